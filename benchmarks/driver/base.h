/* The ground of the load driver: its clock, its random numbers, its way to give up. */
#ifndef BASE_H
#define BASE_H

#include <stdint.h>

uint64_t now_us(void); /* µs since the first call, which is 1 */
void random_seed(uint32_t seed);
uint32_t random_u32(void);
void fail(const char *format, ...) __attribute__((noreturn, format(printf, 1, 2)));

#endif
