#include "poses.h"

#include "base.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SEQUENCES 4096 /* 200 s at 20 Hz before a sequence comes again */
#define ROTATIONS 256
#define NEVER UINT32_MAX

struct sightings sightings;

static uint32_t room_count, room_size;
static uint32_t *sent_at;  /* [sequence][room][member]: µs since the start */
static uint32_t *latest;   /* [sample][member]: newest sequence known */
static uint32_t *numbers;  /* [room][member]: the number that the server gave this user */
static float quaternions[ROTATIONS][4];
static uint32_t rotations[ROTATIONS];

static uint32_t *filled(size_t count, uint32_t value) {
    uint32_t *array = malloc(count * sizeof *array);
    if (array == NULL) fail("no memory for %zu numbers", count);
    for (size_t i = 0; i < count; i++) array[i] = value;
    return array;
}

/* "Smallest three", as docs/protocol.md describes it. */
static uint32_t pack_rotation(const float q[4]) {
    int largest = 0;
    for (int i = 1; i < 4; i++)
        if (fabsf(q[i]) > fabsf(q[largest])) largest = i;
    double scale = (q[largest] < 0 ? -511 : 511) * sqrt(2);
    uint32_t bits = (uint32_t)largest;
    for (int i = 0; i < 4; i++)
        if (i != largest) bits = bits << 10 | (uint32_t)(lrint(q[i] * scale) + 511);
    return bits;
}

void poses_setup(uint32_t rooms, uint32_t size, uint32_t samples) {
    room_count = rooms, room_size = size;
    sent_at = filled((size_t)SEQUENCES * room_count * room_size, 0);
    latest = filled((size_t)(samples ? samples : 1) * room_size, NEVER);
    numbers = filled((size_t)room_count * room_size, NEVER);
    for (int i = 0; i < ROTATIONS; i++) {
        double yaw = 2 * 3.14159265358979 * i / ROTATIONS, pitch = 0.3 * sin(yaw * 3) + 0.05;
        float *q = quaternions[i];
        q[0] = (float)(cos(yaw / 2) * sin(pitch / 2));
        q[1] = (float)(sin(yaw / 2) * cos(pitch / 2));
        q[2] = (float)(-sin(yaw / 2) * sin(pitch / 2));
        q[3] = (float)(cos(yaw / 2) * cos(pitch / 2));
        rotations[i] = pack_rotation(q);
    }
}

static int32_t check_value(uint32_t member, uint32_t sequence) {
    return (int32_t)((sequence * 37 + member * 11) & 1023);
}

struct pose pose_next(struct place *p, uint64_t now) {
    uint32_t sequence = p->sequence = (p->sequence + 1) % SEQUENCES;
    uint32_t turn = (sequence + p->member * 7) % ROTATIONS;
    sent_at[((size_t)sequence * room_count + p->room) * room_size + p->member] = (uint32_t)now;
    return (struct pose){
        .x = (int32_t)(p->member << 3 | (sequence & 7)) + p->apart,
        .y = (int32_t)sequence,
        .z = check_value(p->member, sequence),
        .rotation = rotations[turn],
        .quaternion = quaternions[turn],
    };
}

static void put24(uint8_t *out, int32_t value) {
    out[0] = (uint8_t)value, out[1] = (uint8_t)(value >> 8), out[2] = (uint8_t)(value >> 16);
}

static int32_t get24(const uint8_t *in) {
    return (int32_t)((uint32_t)in[0] << 8 | (uint32_t)in[1] << 16 | (uint32_t)in[2] << 24) >> 8;
}

/* A client's push: kind 0 (head only), three coordinates, the rotation. */
void pose_push(uint8_t out[14], const struct pose *pose) {
    out[0] = 0;
    put24(out + 1, pose->x), put24(out + 4, pose->y), put24(out + 7, pose->z);
    memcpy(out + 10, &pose->rotation, 4);
}

void pose_records(const struct place *p, const uint8_t *data, size_t length, uint64_t now) {
    sightings.corrupt += length % 16 != 0;
    for (; length >= 16; data += 16, length -= 16) {
        uint32_t number = data[1] | (uint32_t)data[2] << 8;
        pose_saw(p, number, get24(data + 3), get24(data + 6), get24(data + 9), now);
    }
}

void pose_saw(const struct place *p, uint32_t number, int32_t x, int32_t y, int32_t z, uint64_t now) {
    uint32_t member = (uint32_t)x >> 3, sequence = (uint32_t)y;
    if (member >= room_size || sequence >= SEQUENCES || ((uint32_t)x & 7) != (sequence & 7) ||
        z != check_value(member, sequence)) {
        sightings.corrupt++; /* or, before the first moves, where somebody spawned */
        return;
    }
    uint32_t *known = &numbers[p->room * room_size + member];
    if (*known == NEVER) *known = number;
    sightings.corrupt += *known != number;
    uint32_t *last = &latest[(size_t)p->sample * room_size + member];
    uint32_t ahead = (sequence - *last) % SEQUENCES;
    if (*last != NEVER && (ahead == 0 || ahead > SEQUENCES / 2)) {
        sightings.duplicates += ahead == 0;
        sightings.older += ahead != 0;
        return;
    }
    sightings.superseded += *last != NEVER ? ahead - 1 : 0;
    *last = sequence;
    if (member == p->member) return;
    size_t at = ((size_t)sequence * room_count + p->room) * room_size + member;
    histogram_add(&sightings.latency, (uint32_t)now - sent_at[at]);
}

/* How old is what this receiver knows of every other user, at this moment? */
void poses_age(const struct place *p, uint64_t now) {
    const uint32_t *row = &latest[(size_t)p->sample * room_size];
    for (uint32_t member = 0; member < room_size; member++) {
        if (member == p->member) continue;
        size_t at = ((size_t)row[member] * room_count + p->room) * room_size + member;
        if (row[member] == NEVER) sightings.missing++;
        else histogram_add(&sightings.age, (uint32_t)now - sent_at[at]);
    }
}
