/* Packets of voice that carry the time at which they were sent, so that each shows its lateness. */
#ifndef VOICES_H
#define VOICES_H

#include "histogram.h"

#include <stddef.h>
#include <stdint.h>

/* What was heard, since it was last set to zero. */
struct hearing {
    uint64_t packets, corrupt;
    struct histogram lateness; /* from before the push to after the read */
};

extern struct hearing hearing;

enum { VOICE_PUSH = 4 + 120 }; /* bytes: a packet of 40 ms at 24 kbit/s */

void voices_push(uint8_t out[VOICE_PUSH], uint32_t sequence, uint64_t now);
void voices_records(const uint8_t *data, size_t length, uint64_t now);

#endif
