/* A connection: HTTP first, then websocket frames (RFC 6455) both ways.
 *
 * Whole reads are parsed where they lie. Of a frame only what its protocol wants is kept; the rest
 * is skipped, so that a client that merely counts costs a read and a look at a header.
 */
#ifndef CONN_H
#define CONN_H

#include "wire.h"

enum { TEXT = 1, BINARY = 2 };

enum state { IDLE, ASKING, UPGRADING, JOINING, JOINED, CLOSING, DEAD };

struct conn {
    struct wire wire;
    enum state state;
    bool whole;       /* every binary frame is wanted to its last byte */
    uint8_t *partial; /* the beginning of a frame or an answer whose rest has not come */
    size_t have, capacity;
    uint64_t skip; /* bytes of a frame that nobody looks at */
};

/* How a client gets from a TCP connection into a room; called by the connection. */
struct protocol {
    void (*start)(struct conn *);                             /* connected: ask for something */
    void (*answered)(struct conn *, const char *head, char *body); /* of conn_get, conn_post */
    void (*opened)(struct conn *);                            /* the websocket is open: join */
    void (*message)(struct conn *, int opcode, const uint8_t *data, size_t have, size_t length);
};

/* Who wants to know what becomes of connections. */
struct watcher {
    void (*joined)(struct conn *);
    void (*ended)(struct conn *, bool expected);
};

/* What came, since it was last set to zero. */
struct traffic {
    uint64_t bytes, frames;
};

extern struct traffic traffic;
extern uint64_t conn_errors; /* broken rules of the protocol, and refusals, ever */

void conn_setup(const struct protocol *protocol, const struct watcher *watcher);
void conn_open(struct conn *c);
void conn_receive(struct conn *c);
void conn_joined(struct conn *c);
void conn_goodbye(struct conn *c);

/* An answer that has come whole goes to `answered`, on a new connection. */
void conn_get(struct conn *c, const char *target);
void conn_post(struct conn *c, const char *target, const char *json);
void conn_upgrade(struct conn *c, const char *target, const char *cookie); /* "" for none */
bool conn_send(struct conn *c, int opcode, const uint8_t *payload, size_t length);

#endif
