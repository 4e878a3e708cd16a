/* Stamps poses so that whoever receives one knows its sender, its sequence and so its age.
 *
 * A pose lies within a few metres of the origin, as in a real room: x carries the member's number
 * in the room, y the sequence, z a function of both that shows a corrupt record. When a sequence
 * was sent stands in a table; a receiver looks it up.
 */
#include "driver.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SEQUENCES 4096 /* 200 s at 20 Hz before a sequence comes again */
#define ROTATIONS 256
#define NEVER UINT32_MAX

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

void poses_setup(uint32_t samples) {
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

struct pose pose_next(struct conn *c, uint64_t now) {
    uint32_t sequence = c->sequence = (c->sequence + 1) % SEQUENCES;
    uint32_t turn = (sequence + c->member * 7) % ROTATIONS;
    sent_at[((size_t)sequence * room_count + c->room) * room_size + c->member] = (uint32_t)now;
    return (struct pose){
        .x = (int32_t)(c->member << 3 | (sequence & 7)),
        .y = (int32_t)sequence,
        .z = check_value(c->member, sequence),
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

void pose_records(struct conn *c, const uint8_t *data, size_t length, uint64_t now) {
    if (length % 16 && measuring) totals.corrupt++;
    for (; length >= 16; data += 16, length -= 16) {
        uint32_t number = data[1] | (uint32_t)data[2] << 8;
        pose_saw(c, number, get24(data + 3), get24(data + 6), get24(data + 9), now);
    }
}

void pose_saw(struct conn *c, uint32_t number, int32_t x, int32_t y, int32_t z, uint64_t now) {
    uint32_t member = (uint32_t)x >> 3, sequence = (uint32_t)y;
    if (member >= room_size || sequence >= SEQUENCES || ((uint32_t)x & 7) != (sequence & 7) ||
        z != check_value(member, sequence)) {
        totals.corrupt += measuring; /* before the first moves it is where somebody spawned */
        return;
    }
    uint32_t *known = &numbers[c->room * room_size + member];
    if (*known == NEVER) *known = number;
    totals.corrupt += measuring && *known != number;
    uint32_t *last = &latest[(size_t)c->sample * room_size + member];
    uint32_t ahead = (sequence - *last) % SEQUENCES;
    if (*last != NEVER && (ahead == 0 || ahead > SEQUENCES / 2)) {
        totals.duplicates += measuring && ahead == 0;
        totals.older += measuring && ahead != 0;
        return;
    }
    totals.superseded += measuring && *last != NEVER ? ahead - 1 : 0;
    *last = sequence;
    if (!measuring || member == c->member) return;
    size_t at = ((size_t)sequence * room_count + c->room) * room_size + member;
    histogram_add(&totals.latency, (uint32_t)now - sent_at[at]);
}

/* How old is what this receiver knows of every other user, at this moment? */
void poses_age(struct conn *c, uint64_t now) {
    const uint32_t *row = &latest[(size_t)c->sample * room_size];
    for (uint32_t member = 0; member < room_size; member++) {
        if (member == c->member) continue;
        size_t at = ((size_t)row[member] * room_count + c->room) * room_size + member;
        if (row[member] == NEVER) totals.unknown_age++;
        else histogram_add(&totals.age, (uint32_t)now - sent_at[at]);
    }
}

/* Buckets of 1.6 % or finer: exact below 128, then 64 for every doubling. */
void histogram_add(struct histogram *h, uint64_t value) {
    uint32_t v = value > UINT32_MAX ? UINT32_MAX : (uint32_t)value, index = v;
    if (v >= 128) {
        uint32_t exponent = 31 - (uint32_t)__builtin_clz(v);
        index = (exponent - 5) * 64 + ((v >> (exponent - 6)) & 63);
    }
    h->count++;
    h->buckets[index]++;
}

/* The value below which `share` of all lie; they were µs, it is ms. */
double histogram_ms(const struct histogram *h, double share) {
    uint64_t wanted = (uint64_t)ceil(share * (double)h->count), sum = 0;
    for (uint32_t index = 0; index < 2048; index++) {
        sum += h->buckets[index];
        if (sum < wanted || sum == 0) continue;
        if (index < 128) return index / 1000.0;
        uint32_t exponent = index / 64 + 5;
        return ldexp(64.5 + index % 64, (int)exponent - 6) / 1000.0;
    }
    return 0;
}
