/* What is done with the clients, and what is reported of it.
 *
 * load   everybody joins, moves at the given rate, and is measured after a warm-up
 * voice  as load, first while nobody talks, then while some of them do; they stand in groups
 * idle   the memory of the server before and after connections that join and stay silent
 * storm  clients join and leave one after the other, a few at a time, beside those who stay
 */
#ifndef PHASES_H
#define PHASES_H

#include "dialects.h"

struct options {
    const char *mode, *clients, *storm;
    const struct dialect *dialect;
    int port, tls, pid, processor, hertz, decode_sample, base, concurrency, talkers, groups;
    double warm_up, seconds, settle;
    uint32_t seed;
};

struct population {
    struct client *clients; /* those who stay; behind them is room for those of a storm */
    uint32_t count, rooms, room_size;
    char **newcomers; /* tokens of those of a storm */
    uint32_t newcomer_count;
};

void phases_run(const struct options *options, struct population *population);

#endif
