/* Durations in buckets of 1.6 % or finer, so that millions of them cost a fixed memory. */
#ifndef HISTOGRAM_H
#define HISTOGRAM_H

#include <stdint.h>

struct histogram {
    uint64_t count;
    uint64_t buckets[2048];
};

void histogram_add(struct histogram *h, uint64_t microseconds);
double histogram_ms(const struct histogram *h, double share); /* below it lies `share` of all */
void histogram_print(const char *name, const struct histogram *h); /* p50 and p99 as JSON */

#endif
