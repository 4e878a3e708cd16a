#include "voices.h"

#include <string.h>

enum { RECORD = 6, SOUND = VOICE_PUSH - 4 };

#define FORTY_MS 0x10 /* the first byte of an Opus packet: one frame of 40 ms, mono */

struct hearing hearing;

void voices_push(uint8_t out[VOICE_PUSH], uint32_t sequence, uint64_t now) {
    memset(out, 0x55, VOICE_PUSH);
    out[0] = (uint8_t)sequence, out[1] = (uint8_t)(sequence >> 8);
    out[2] = 0, out[3] = 100; /* no flags; the loudness */
    out[4] = FORTY_MS;
    memcpy(out + 5, &now, sizeof now);
}

void voices_records(const uint8_t *data, size_t length, uint64_t now) {
    for (; length >= RECORD + SOUND; data += RECORD + SOUND, length -= RECORD + SOUND) {
        uint64_t sent;
        memcpy(&sent, data + RECORD + 1, sizeof sent);
        hearing.packets++;
        if (data[5] != SOUND || data[6] != FORTY_MS || sent > now) hearing.corrupt++;
        else histogram_add(&hearing.lateness, now - sent);
    }
    hearing.corrupt += length != 0;
}
