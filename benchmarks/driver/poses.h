/* Stamps poses so that whoever receives one knows its sender, its sequence and so its age.
 *
 * A pose lies within a few metres of the origin, as in a real room: x carries the member's number
 * in the room, y the sequence, z a function of both that shows a corrupt record. When a sequence
 * was sent stands in a table; a receiver looks it up.
 */
#ifndef POSES_H
#define POSES_H

#include "histogram.h"

#include <stddef.h>
#include <stdint.h>

/* Where a client stands in the tables. */
struct place {
    uint32_t room, member;
    int32_t sample;    /* row in the tables of those who decode every record, or -1 */
    uint32_t sequence; /* of its last pose */
    int32_t apart;     /* where its group stands along x, in units of a pose */
};

struct pose {
    int32_t x, y, z;
    uint32_t rotation; /* packed */
    const float *quaternion;
};

/* What those who decode every record found, since it was last set to zero. */
struct sightings {
    uint64_t duplicates; /* came twice */
    uint64_t older;      /* came after a newer one */
    uint64_t superseded; /* never came, but a newer one did */
    uint64_t corrupt;    /* damaged, or of another user than its number says */
    uint64_t missing;    /* of a user of whom no pose ever came */
    struct histogram latency, age;
};

extern struct sightings sightings;

void poses_setup(uint32_t rooms, uint32_t size, uint32_t samples);
struct pose pose_next(struct place *p, uint64_t now);
void pose_push(uint8_t out[14], const struct pose *pose);
void pose_records(const struct place *p, const uint8_t *data, size_t length, uint64_t now);
void pose_saw(const struct place *p, uint32_t number, int32_t x, int32_t y, int32_t z, uint64_t now);
void poses_age(const struct place *p, uint64_t now);

#endif
