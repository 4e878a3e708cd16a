#include "histogram.h"

#include <math.h>
#include <stdio.h>

/* Exact below 128, then 64 buckets for every doubling. */
void histogram_add(struct histogram *h, uint64_t microseconds) {
    uint32_t v = microseconds > UINT32_MAX ? UINT32_MAX : (uint32_t)microseconds, index = v;
    if (v >= 128) {
        uint32_t exponent = 31 - (uint32_t)__builtin_clz(v);
        index = (exponent - 5) * 64 + ((v >> (exponent - 6)) & 63);
    }
    h->count++;
    h->buckets[index]++;
}

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

void histogram_print(const char *name, const struct histogram *h) {
    printf(", \"%s_p50_ms\": %.3f, \"%s_p99_ms\": %.3f", name, histogram_ms(h, 0.5), name,
           histogram_ms(h, 0.99));
}
