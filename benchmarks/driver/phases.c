/* What is done with the clients, and what is reported of it.
 *
 * load   everybody joins, moves at the given rate, and is measured after a warm-up
 * idle   the memory of the server before and after connections that join and stay silent
 * storm  clients join and leave one after the other, a few at a time, beside those who stay
 */
#include "driver.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#define JOIN_DEADLINE 120e6 /* µs for all to join */

static uint32_t opening; /* how many are on their way in */
static bool storming;
static uint32_t storm_next;

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

static double resident_kib(int pid) {
    char path[64], line[256];
    double kib = 0;
    snprintf(path, sizeof path, "/proc/%d/status", pid);
    FILE *file = fopen(path, "r");
    while (file && fgets(line, sizeof line, file))
        if (sscanf(line, "VmRSS: %lf", &kib) == 1) break;
    if (file) fclose(file);
    return kib;
}

/* CPU seconds a second of a stretch of time: of the server, of this driver, of everybody else. */
struct cost {
    uint64_t start;
    double server, driver, others, seconds;
};

static struct cost cost_start(void) {
    struct cost c = {.start = now_us(), .server = cpu_of(options.pid), .driver = own_cpu()};
    c.others = cpu_of_all() - c.server - c.driver;
    return c;
}

static void cost_end(struct cost *c) {
    double server = cpu_of(options.pid), driver = own_cpu();
    c->seconds = (double)(now_us() - c->start) / 1e6;
    c->others = (cpu_of_all() - server - driver - c->others) / c->seconds;
    c->server = (server - c->server) / c->seconds;
    c->driver = (driver - c->driver) / c->seconds;
}

static void print_cost(const struct cost *c) {
    printf(", \"server_cpu\": %.4f, \"driver_cpu\": %.4f, \"others_cpu\": %.4f", c->server,
           c->driver, c->others > 0 ? c->others : 0);
}

static void storm_open(struct conn *c) {
    c->token = storm_tokens[storm_next++ % storm_count];
    conn_open(c);
}

void joined(struct conn *c) {
    c->state = JOINED;
    totals.joined++;
    opening--;
    if (storming && c >= conns + conn_count) {
        if (measuring) histogram_add(&totals.join, now_us() - c->began);
        conn_goodbye(c);
    }
}

void ended(struct conn *c) {
    bool expected = c->state == CLOSING;
    if (c->state < JOINED) opening--;
    c->state = DEAD;
    if (!expected) totals.closed++;
    if (storming && c >= conns + conn_count) opening++, storm_open(c);
}

static void turn(uint64_t microseconds) {
    struct conn *ready[256];
    int count = conn_wait(microseconds, ready, 256);
    for (int i = 0; i < count; i++) conn_receive(ready[i]);
}

static void open_all(uint32_t from, uint32_t to) {
    uint64_t start = now_us();
    for (uint32_t i = from; i < to || opening;) {
        /* who is first in a room makes it, alone */
        uint32_t most = i < to && conns[i].member == 0 ? 1 : (uint32_t)options.concurrency;
        bool first = opening == 1 && i > from && conns[i - 1].member == 0;
        if (i < to && opening < most && !first) {
            opening++;
            conn_open(&conns[i++]);
        } else {
            turn(10000);
        }
        if (totals.closed + totals.errors) fail("a join failed");
        if ((double)(now_us() - start) > JOIN_DEADLINE)
            fail("%u of %u joined in time", (uint32_t)totals.joined, conn_count);
    }
}

static int by_phase(const void *left, const void *right) {
    const uint64_t *a = left, *b = right;
    return (*a > *b) - (*a < *b);
}

/* Everybody moves until `end`: sends are due at `phase + k × period`, the phases are random. */
struct schedule {
    uint64_t period, start, round;
    uint32_t next;
    uint64_t *order; /* phase in the upper half, the client in the lower */
};

static uint64_t due(const struct schedule *s) {
    return s->start + s->round * s->period + (s->order[s->next] >> 32);
}

static void send_due(struct schedule *s) {
    uint64_t now = now_us();
    for (; due(s) <= now; now = now_us()) {
        struct conn *c = &conns[(uint32_t)s->order[s->next]];
        uint8_t message[256];
        if (measuring) histogram_add(&totals.lag, now - due(s));
        if (c->state == JOINED) {
            size_t length = dialect->pose(c, message);
            bool taken = conn_send(c, 2, message, length);
            if (measuring) taken ? totals.sent++ : totals.blocked++;
        }
        if (++s->next == conn_count) s->next = 0, s->round++;
    }
}

/* Ten times a second every full decoder is asked how old its knowledge is, in turn. */
static void ask_ages(uint64_t now, uint64_t *next, uint32_t *at, uint32_t samples) {
    for (; measuring && *next <= now; *next += 100000 / samples) {
        while (conns[*at % conn_count].sample < 0) ++*at;
        poses_age(&conns[(*at)++ % conn_count], now);
    }
}

static void move(struct schedule *s, uint64_t end, uint32_t samples) {
    static uint32_t asked;
    uint64_t now, ask = now_us();
    while ((now = now_us()) < end) {
        struct conn *ready[64];
        send_due(s);
        ask_ages(now, &ask, &asked, samples);
        now = now_us();
        uint64_t wait = due(s) > now + 500 ? due(s) - now : 500;
        int count = conn_wait(wait, ready, 64);
        for (int i = 0; i < count; i++) {
            conn_receive(ready[i]);
            if (i % 16 == 15) send_due(s);
        }
    }
}

static uint32_t choose_samples(void) {
    uint32_t samples = 0;
    for (uint32_t i = 0; i < conn_count; i += (uint32_t)options.decode_sample)
        conns[i].sample = (int32_t)samples++;
    return samples;
}

static void print_ms(const char *name, const struct histogram *h) {
    printf(", \"%s_p50_ms\": %.3f, \"%s_p99_ms\": %.3f", name, histogram_ms(h, 0.5), name,
           histogram_ms(h, 0.99));
}

static void report_load(const struct cost *cost) {
    double seconds = cost->seconds;
    uint64_t poses = totals.poses, least = UINT64_MAX;
    if (poses == 0 && totals.decoded_bytes) /* counted by their bytes */
        poses = totals.decoded * totals.bytes / totals.decoded_bytes;
    for (uint32_t i = 0; i < conn_count; i++)
        if (conns[i].poses < least) least = conns[i].poses;
    printf("{\"clients\": %u, \"rooms\": %u, \"hertz\": %d, \"seconds\": %.2f", conn_count,
           room_count, options.hertz, seconds);
    printf(", \"sent_per_s\": %.0f, \"poses_per_s\": %.0f", (double)totals.sent / seconds,
           (double)poses / seconds);
    print_ms("latency", &totals.latency);
    print_ms("age", &totals.age);
    print_cost(cost);
    print_ms("driver_lag", &totals.lag);
    printf(", \"bytes_per_pose\": %.2f, \"frames_per_s\": %.0f, \"wire_mb_per_s\": %.2f",
           (double)totals.bytes / (double)poses, (double)totals.frames / seconds,
           (double)totals.bytes / seconds / 1e6);
    printf(", \"decoded_poses\": %lu, \"superseded\": %lu, \"duplicates\": %lu, \"older\": %lu",
           totals.decoded, totals.superseded, totals.duplicates, totals.older);
    printf(", \"corrupt\": %lu, \"missing\": %lu, \"blocked\": %lu, \"closed\": %lu"
           ", \"errors\": %lu, \"least_poses_of_a_client\": %lu",
           totals.corrupt, totals.unknown_age, totals.blocked, totals.closed, totals.errors, least);
}

void run_load(void) {
    uint32_t samples = choose_samples();
    poses_setup(samples);
    double empty = resident_kib(options.pid);
    uint64_t before = now_us();
    open_all(0, conn_count);
    double joining = (double)(now_us() - before) / 1e6;
    struct schedule s = {.period = 1000000u / (uint32_t)options.hertz, .start = now_us()};
    s.order = calloc(conn_count, sizeof *s.order);
    for (uint32_t i = 0; i < conn_count; i++)
        s.order[i] = (uint64_t)(random_u32() % s.period) << 32 | i;
    qsort(s.order, conn_count, sizeof *s.order, by_phase);
    move(&s, now_us() + (uint64_t)(options.warm_up * 1e6), samples);
    measuring = true;
    struct cost cost = cost_start();
    move(&s, cost.start + (uint64_t)(options.seconds * 1e6), samples);
    measuring = false;
    cost_end(&cost);
    report_load(&cost);
    double full = resident_kib(options.pid);
    printf(", \"all_joined_s\": %.2f, \"resident_mib\": %.1f, \"kib_per_connection\": %.2f}\n",
           joining, full / 1024, (full - empty) / conn_count);
    free(s.order);
}

static void wait_for(double seconds) {
    for (uint64_t end = now_us() + (uint64_t)(seconds * 1e6); now_us() < end;) turn(10000);
}

void run_idle(void) {
    poses_setup(0);
    open_all(0, (uint32_t)options.base);
    wait_for(options.settle);
    double before = resident_kib(options.pid);
    open_all((uint32_t)options.base, conn_count);
    wait_for(options.settle);
    double after = resident_kib(options.pid);
    struct cost cost = cost_start();
    wait_for(options.settle);
    cost_end(&cost);
    printf("{\"connections\": %u, \"kib_per_connection\": %.2f, \"before_mib\": %.1f"
           ", \"after_mib\": %.1f, \"closed\": %lu, \"errors\": %lu",
           conn_count - (uint32_t)options.base, (after - before) / (conn_count - options.base),
           before / 1024, after / 1024, totals.closed, totals.errors);
    print_cost(&cost);
    puts("}");
}

void run_storm(void) {
    poses_setup(0);
    open_all(0, conn_count);
    storming = true;
    for (uint32_t i = 0; i < (uint32_t)options.concurrency; i++) {
        struct conn *c = &conns[conn_count + i];
        *c = (struct conn){.fd = -1, .sample = -1, .room_name = conns[0].room_name};
        opening++;
        storm_open(c);
    }
    wait_for(options.warm_up);
    measuring = true;
    struct cost cost = cost_start();
    wait_for(options.seconds);
    measuring = false;
    cost_end(&cost);
    printf("{\"present\": %u, \"at_a_time\": %d, \"joins_per_s\": %.1f", conn_count,
           options.concurrency, (double)totals.join.count / cost.seconds);
    print_ms("join", &totals.join);
    print_cost(&cost);
    printf(", \"closed\": %lu, \"errors\": %lu}\n", totals.closed, totals.errors);
}
