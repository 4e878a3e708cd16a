/* What a stretch of time costs: CPU of the server, of this driver, of everybody else; memory. */
#ifndef COST_H
#define COST_H

#include <stdint.h>

struct cost {
    int pid;
    uint64_t start;
    double server, driver, others, seconds; /* CPU in seconds a second, once it is ended */
};

struct cost cost_start(int pid);
void cost_end(struct cost *c);
void cost_print(const struct cost *c); /* as JSON */
double resident_kib(int pid);

#endif
