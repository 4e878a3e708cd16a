/* The words of three servers on a websocket: ours, a plain relay, and Colyseus.
 *
 * Each dialect knows how to join, how to send a pose, and how to find poses in what comes.
 */
#ifndef DIALECTS_H
#define DIALECTS_H

#include "conn.h"
#include "poses.h"
#include "voices.h"

struct client {
    struct conn conn; /* first: the connection's calls tell it, and mean the client around it */
    struct place place;
    const char *room, *token;
    char path[1024]; /* where its websocket or its page is */
    uint32_t seen;   /* which answers to its join have come, as bits of the dialect's */
    uint64_t began;  /* when it started to connect, in µs */
    uint64_t poses;  /* received */
    uint32_t spoken; /* packets of voice sent */
};

struct dialect {
    const char *name;
    struct protocol protocol;
    size_t (*pose)(struct client *, uint8_t *out);  /* the next pose as a message */
    size_t (*voice)(struct client *, uint8_t *out); /* the next packet; NULL where there is none */
};

/* Poses that came, since it was last set to zero. */
struct tally {
    uint64_t poses;                  /* counted by everybody */
    uint64_t decoded, decoded_bytes; /* of those who decode every record */
};

extern struct tally tally;

const struct dialect *dialect_named(const char *name);

#endif
