#include "cost.h"

#include "base.h"

#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

/* Seconds of CPU that a process has used, all its threads. */
static double cpu_of(int pid) {
    char path[64], line[1024];
    snprintf(path, sizeof path, "/proc/%d/stat", pid);
    FILE *file = fopen(path, "r");
    if (file == NULL || fgets(line, sizeof line, file) == NULL) fail("no process %d", pid);
    fclose(file);
    unsigned long user = 0, kernel = 0;
    sscanf(strrchr(line, ')') + 1, " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user,
           &kernel);
    return (double)(user + kernel) / (double)sysconf(_SC_CLK_TCK);
}

/* Seconds of CPU that all processes of the machine have used; stolen time counts as used. */
static double cpu_of_all(void) {
    unsigned long used[8] = {0};
    FILE *file = fopen("/proc/stat", "r");
    if (file == NULL || fscanf(file, "cpu %lu %lu %lu %lu %lu %lu %lu %lu", &used[0], &used[1],
                               &used[2], &used[3], &used[4], &used[5], &used[6], &used[7]) != 8)
        fail("cannot read /proc/stat");
    fclose(file);
    unsigned long sum = 0;
    for (int i = 0; i < 8; i++) sum += i == 3 || i == 4 ? 0 : used[i]; /* not idle, not waiting */
    return (double)sum / (double)sysconf(_SC_CLK_TCK);
}

static double own_cpu(void) {
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (double)usage.ru_utime.tv_sec + (double)usage.ru_stime.tv_sec +
           (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

double resident_kib(int pid) {
    char path[64], line[256];
    double kib = 0;
    snprintf(path, sizeof path, "/proc/%d/status", pid);
    FILE *file = fopen(path, "r");
    while (file && fgets(line, sizeof line, file))
        if (sscanf(line, "VmRSS: %lf", &kib) == 1) break;
    if (file) fclose(file);
    return kib;
}

struct cost cost_start(int pid) {
    struct cost c = {
        .pid = pid, .start = now_us(), .server = cpu_of(pid), .driver = own_cpu()};
    c.others = cpu_of_all() - c.server - c.driver;
    return c;
}

void cost_end(struct cost *c) {
    double server = cpu_of(c->pid), driver = own_cpu();
    c->seconds = (double)(now_us() - c->start) / 1e6;
    c->others = (cpu_of_all() - server - driver - c->others) / c->seconds;
    c->server = (server - c->server) / c->seconds;
    c->driver = (driver - c->driver) / c->seconds;
}

void cost_print(const struct cost *c) {
    printf(", \"server_cpu\": %.4f, \"driver_cpu\": %.4f, \"others_cpu\": %.4f", c->server,
           c->driver, c->others > 0 ? c->others : 0);
}
