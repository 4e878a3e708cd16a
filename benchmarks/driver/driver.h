/* What the parts of the load driver share: its options, its connections, its counters.
 *
 * One process, one thread, one epoll. conn.c moves bytes and websocket frames, dialects.c knows
 * what three servers say in them, poses.c stamps, recognises and times poses, phases.c runs the
 * clients and reports.
 */
#ifndef DRIVER_H
#define DRIVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum state { IDLE, MATCHING, UPGRADING, JOINING, JOINED, CLOSING, DEAD };

struct conn {
    int fd;
    enum state state;
    uint32_t room, member; /* place in the pose tables */
    int32_t sample;        /* row in the tables of those who decode every record, or -1 */
    uint32_t sequence;     /* of its last pose */
    uint32_t seen;         /* which answers to its join have come, as bits of the dialect's */
    uint64_t began;        /* when it started to connect, in µs */
    uint64_t poses;        /* received while measuring */
    const char *room_name, *token;
    char path[192];        /* colyseus: where the seat is */
    uint8_t *partial;      /* the beginning of a frame whose rest has not come */
    size_t have, capacity;
    uint64_t skip;         /* bytes of a frame that nobody looks at */
    uint8_t tail[4096];    /* what the socket did not take yet */
    size_t tail_length;
};

struct dialect {
    const char *name;
    void (*start)(struct conn *);  /* the TCP connection is open: ask for a websocket */
    void (*opened)(struct conn *); /* the websocket is open: ask to join */
    void (*message)(struct conn *, int opcode, const uint8_t *data, size_t have, size_t length);
    size_t (*pose)(struct conn *, uint8_t *out); /* the next pose as a message */
    void (*matched)(struct conn *, char *body);  /* an HTTP answer came */
};

struct options {
    const char *mode, *clients, *storm;
    int port, pid, processor, hertz, decode_sample, base, concurrency;
    double warm_up, seconds, settle;
    uint32_t seed;
};

struct histogram {
    uint64_t count;
    uint64_t buckets[2048];
};

struct totals {
    uint64_t bytes, frames, poses, sent, blocked;          /* on the wire, while measuring */
    uint64_t decoded, decoded_bytes;                       /* of those, by full decoders */
    uint64_t duplicates, older, superseded, corrupt, unknown_age;
    uint64_t closed, errors;                               /* ever */
    uint64_t joined;                                       /* ever */
    struct histogram latency, age, lag, join;
};

extern struct options options;
extern struct totals totals;
extern struct conn *conns;
extern uint32_t conn_count, room_count, room_size;
extern const struct dialect *dialect;
extern bool measuring;
extern char **storm_tokens;
extern uint32_t storm_count;

/* main.c */
uint64_t now_us(void);
uint32_t random_u32(void);
void fail(const char *format, ...) __attribute__((noreturn, format(printf, 1, 2)));

/* phases.c */
void joined(struct conn *c);
void ended(struct conn *c);
void run_load(void);
void run_idle(void);
void run_storm(void);

/* conn.c */
void conn_open(struct conn *c);
void conn_receive(struct conn *c);
void conn_goodbye(struct conn *c);
void conn_http(struct conn *c, const char *request);
void conn_upgrade(struct conn *c, const char *target);
bool conn_send(struct conn *c, int opcode, const uint8_t *payload, size_t length);
int conn_wait(uint64_t microseconds, struct conn **ready, int most);
void conn_setup(void);

/* poses.c */
struct pose {
    int32_t x, y, z;
    uint32_t rotation;
    const float *quaternion;
};
void poses_setup(uint32_t samples);
struct pose pose_next(struct conn *c, uint64_t now);
void pose_push(uint8_t out[14], const struct pose *pose);
void pose_records(struct conn *c, const uint8_t *data, size_t length, uint64_t now);
void pose_saw(struct conn *c, uint32_t number, int32_t x, int32_t y, int32_t z, uint64_t now);
void poses_age(struct conn *c, uint64_t now);
void histogram_add(struct histogram *h, uint64_t value);
double histogram_ms(const struct histogram *h, double share);

/* dialects.c */
const struct dialect *dialect_named(const char *name);

#endif
