#include "phases.h"

#include "base.h"
#include "cost.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define JOIN_DEADLINE 120e6 /* µs for all to join */

static const struct options *options;
static struct population *people;
static uint32_t opening; /* how many are on their way in */
static uint32_t joined_count, next_newcomer;
static uint64_t closed; /* by the server, ever */
static uint64_t sent, blocked;
static struct histogram joins, lag;

static void storm_open(struct client *c) {
    c->token = people->newcomers[next_newcomer++ % people->newcomer_count];
    c->began = now_us();
    c->seen = 0;
    conn_open(&c->conn);
}

static void stay_open(struct client *c) {
    c->began = now_us();
    conn_open(&c->conn);
}

/* Whether a client is one of a storm, who leaves once it has joined. */
static bool newcomer(const struct conn *c) {
    return (const struct client *)c >= people->clients + people->count;
}

static void joined(struct conn *c) {
    joined_count++;
    opening--;
    if (!newcomer(c)) return;
    histogram_add(&joins, now_us() - ((struct client *)c)->began);
    conn_goodbye(c);
}

static void ended(struct conn *c, bool expected) {
    if (c->state < JOINED) opening--;
    c->state = DEAD;
    if (!expected) closed++;
    if (newcomer(c)) opening++, storm_open((struct client *)c);
}

static const struct watcher watcher = {joined, ended};

/* Everything that is reported is counted from here. */
static struct cost measure(void) {
    traffic = (struct traffic){0};
    tally = (struct tally){0};
    sightings = (struct sightings){0};
    hearing = (struct hearing){0};
    joins = lag = (struct histogram){0};
    sent = blocked = 0;
    for (uint32_t i = 0; i < people->count; i++) people->clients[i].poses = 0;
    return cost_start(options->pid);
}

static void turn(uint64_t microseconds) {
    void *ready[256];
    int count = wire_wait(microseconds, ready, 256);
    for (int i = 0; i < count; i++) conn_receive(ready[i]);
}

static void open_all(uint32_t from, uint32_t to) {
    uint64_t start = now_us();
    for (uint32_t i = from; i < to || opening;) {
        /* who is first in a room makes it, alone */
        uint32_t most = i < to && people->clients[i].place.member == 0 ? 1 : (uint32_t)options->concurrency;
        bool first = opening == 1 && i > from && people->clients[i - 1].place.member == 0;
        if (i < to && opening < most && !first) {
            opening++;
            stay_open(&people->clients[i++]);
        } else {
            turn(10000);
        }
        if (closed + conn_errors) fail("a join failed");
        if ((double)(now_us() - start) > JOIN_DEADLINE)
            fail("%u of %u joined in time", joined_count, people->count);
    }
}

static int by_phase(const void *left, const void *right) {
    const uint64_t *a = left, *b = right;
    return (*a > *b) - (*a < *b);
}

/* Messages of the first clients of each group: due at `phase + k × period`, with random phases. */
struct schedule {
    size_t (*message)(struct client *, uint8_t *out);
    uint64_t period, start, round, sent;
    uint32_t count, next;
    uint64_t *order; /* phase in the upper half, the client in the lower */
};

static struct schedule schedule_of(uint32_t count, uint64_t period,
                                   size_t (*message)(struct client *, uint8_t *)) {
    struct schedule s = {.message = message, .period = period, .start = now_us(), .count = count};
    s.order = calloc(count ? count : 1, sizeof *s.order);
    for (uint32_t i = 0; i < count; i++) s.order[i] = (uint64_t)(random_u32() % period) << 32 | i;
    qsort(s.order, count, sizeof *s.order, by_phase);
    return s;
}

static uint64_t due(const struct schedule *s) {
    if (s->count == 0) return UINT64_MAX;
    return s->start + s->round * s->period + (s->order[s->next] >> 32);
}

static void send_due(struct schedule *s) {
    uint64_t now = now_us();
    for (; due(s) <= now; now = now_us()) {
        struct client *c = &people->clients[(uint32_t)s->order[s->next]];
        uint8_t message[256];
        histogram_add(&lag, now - due(s));
        if (c->conn.state == JOINED) {
            size_t length = s->message(c, message);
            conn_send(&c->conn, BINARY, message, length) ? s->sent++ : blocked++;
        }
        if (++s->next == s->count) s->next = 0, s->round++;
    }
}

/* Ten times a second every full decoder is asked how old its knowledge is, in turn. */
static void ask_ages(uint64_t now, uint64_t *next, uint32_t *at, uint32_t samples) {
    for (; *next <= now; *next += 100000 / samples) {
        while (people->clients[*at % people->count].place.sample < 0) ++*at;
        poses_age(&people->clients[(*at)++ % people->count].place, now);
    }
}

/* Poses and packets of voice, until `end`. */
static void move(struct schedule *poses, struct schedule *voices, uint64_t end, uint32_t samples) {
    static uint32_t asked;
    uint64_t now, ask = now_us();
    while ((now = now_us()) < end) {
        void *ready[64];
        send_due(poses), send_due(voices);
        if (samples) ask_ages(now, &ask, &asked, samples);
        now = now_us();
        uint64_t next = due(poses) < due(voices) ? due(poses) : due(voices);
        int count = wire_wait(next > now + 500 ? next - now : 500, ready, 64);
        for (int i = 0; i < count; i++) {
            conn_receive(ready[i]);
            if (i % 16 == 15) send_due(poses), send_due(voices);
        }
    }
}

static uint32_t choose_samples(void) {
    uint32_t samples = 0;
    for (uint32_t i = 0; i < people->count; i += (uint32_t)options->decode_sample) {
        people->clients[i].place.sample = (int32_t)samples++;
        people->clients[i].conn.whole = true;
    }
    return samples;
}

static void report_load(const struct cost *cost) {
    double seconds = cost->seconds;
    uint64_t poses = tally.poses, least = UINT64_MAX;
    if (poses == 0 && tally.decoded_bytes) /* counted by their bytes */
        poses = tally.decoded * traffic.bytes / tally.decoded_bytes;
    for (uint32_t i = 0; i < people->count; i++)
        if (people->clients[i].poses < least) least = people->clients[i].poses;
    printf("{\"clients\": %u, \"rooms\": %u, \"hertz\": %d, \"seconds\": %.2f", people->count,
           people->rooms, options->hertz, seconds);
    printf(", \"sent_per_s\": %.0f, \"poses_per_s\": %.0f", (double)sent / seconds,
           (double)poses / seconds);
    histogram_print("latency", &sightings.latency);
    histogram_print("age", &sightings.age);
    cost_print(cost);
    histogram_print("driver_lag", &lag);
    printf(", \"bytes_per_pose\": %.2f, \"frames_per_s\": %.0f, \"wire_mb_per_s\": %.2f",
           (double)traffic.bytes / (double)poses, (double)traffic.frames / seconds,
           (double)traffic.bytes / seconds / 1e6);
    printf(", \"decoded_poses\": %lu, \"superseded\": %lu, \"duplicates\": %lu, \"older\": %lu",
           tally.decoded, sightings.superseded, sightings.duplicates, sightings.older);
    printf(", \"corrupt\": %lu, \"missing\": %lu, \"blocked\": %lu, \"closed\": %lu"
           ", \"errors\": %lu, \"least_poses_of_a_client\": %lu",
           sightings.corrupt, sightings.missing, blocked, closed, conn_errors, least);
}

static void run_load(void) {
    uint32_t samples = choose_samples();
    poses_setup(people->rooms, people->room_size, samples);
    double empty = resident_kib(options->pid);
    uint64_t before = now_us();
    open_all(0, people->count);
    double joining = (double)(now_us() - before) / 1e6;
    struct schedule silence = {0};
    struct schedule s = schedule_of(people->count, 1000000u / (uint32_t)options->hertz,
                                    options->dialect->pose);
    move(&s, &silence, now_us() + (uint64_t)(options->warm_up * 1e6), samples);
    struct cost cost = measure();
    s.sent = 0;
    move(&s, &silence, cost.start + (uint64_t)(options->seconds * 1e6), samples);
    cost_end(&cost);
    sent = s.sent;
    report_load(&cost);
    double full = resident_kib(options->pid);
    printf(", \"all_joined_s\": %.2f, \"resident_mib\": %.1f, \"kib_per_connection\": %.2f}\n",
           joining, full / 1024, (full - empty) / people->count);
    free(s.order);
}

enum { GROUP_APART = 80000, PACKET = 40000 }; /* 100 m in units of a pose; µs of a packet */

static void report_voice(const struct cost *cost, const struct cost *silent, uint64_t packets,
                         uint64_t silent_bytes) {
    double seconds = cost->seconds, listeners = people->count;
    double heard = (double)packets * (listeners / options->groups - 1);
    double bytes = (double)traffic.bytes / seconds - (double)silent_bytes / silent->seconds;
    printf("{\"clients\": %u, \"talkers\": %d, \"groups\": %d, \"hertz\": %d, \"seconds\": %.2f",
           people->count, options->talkers, options->groups, options->hertz, seconds);
    printf(", \"packets_per_s\": %.0f, \"heard_per_s\": %.0f, \"voice_delivered\": %.4f",
           (double)packets / seconds, (double)hearing.packets / seconds,
           (double)hearing.packets / heard);
    histogram_print("lateness", &hearing.lateness);
    cost_print(cost);
    printf(", \"silent_cpu\": %.4f, \"voice_cpu\": %.4f", silent->server,
           cost->server - silent->server);
    histogram_print("driver_lag", &lag);
    printf(", \"voice_kbit_per_listener\": %.1f, \"voice_mbit_per_s\": %.2f, \"frames_per_s\": %.0f",
           bytes * 8 / 1000 / listeners, bytes * 8 / 1e6, (double)traffic.frames / seconds);
    printf(", \"corrupt\": %lu, \"blocked\": %lu, \"closed\": %lu, \"errors\": %lu}\n",
           hearing.corrupt, blocked, closed, conn_errors);
}

/* The first clients talk; the groups take turns, so each has the same number of them. */
static void run_voice(void) {
    poses_setup(people->rooms, people->room_size, 0);
    for (uint32_t i = 0; i < people->count; i++) {
        people->clients[i].conn.whole = true;
        people->clients[i].place.apart = (int32_t)(i % (uint32_t)options->groups) * GROUP_APART;
    }
    open_all(0, people->count);
    struct schedule poses = schedule_of(people->count, 1000000u / (uint32_t)options->hertz,
                                        options->dialect->pose);
    struct schedule silence = {0};
    move(&poses, &silence, now_us() + (uint64_t)(options->warm_up * 1e6), 0);
    struct cost silent = measure();
    move(&poses, &silence, silent.start + (uint64_t)(options->seconds * 1e6), 0);
    cost_end(&silent);
    uint64_t silent_bytes = traffic.bytes;
    struct schedule voices = schedule_of((uint32_t)options->talkers, PACKET, options->dialect->voice);
    move(&poses, &voices, now_us() + (uint64_t)(options->warm_up * 1e6), 0);
    struct cost cost = measure();
    voices.sent = 0;
    move(&poses, &voices, cost.start + (uint64_t)(options->seconds * 1e6), 0);
    cost_end(&cost);
    report_voice(&cost, &silent, voices.sent, silent_bytes);
    free(poses.order), free(voices.order);
}

static void wait_for(double seconds) {
    for (uint64_t end = now_us() + (uint64_t)(seconds * 1e6); now_us() < end;) turn(10000);
}

static void run_idle(void) {
    poses_setup(people->rooms, people->room_size, 0);
    open_all(0, (uint32_t)options->base);
    wait_for(options->settle);
    double before = resident_kib(options->pid);
    open_all((uint32_t)options->base, people->count);
    wait_for(options->settle);
    double after = resident_kib(options->pid);
    struct cost cost = measure();
    wait_for(options->settle);
    cost_end(&cost);
    printf("{\"connections\": %u, \"kib_per_connection\": %.2f, \"before_mib\": %.1f"
           ", \"after_mib\": %.1f, \"closed\": %lu, \"errors\": %lu",
           people->count - (uint32_t)options->base, (after - before) / (people->count - options->base),
           before / 1024, after / 1024, closed, conn_errors);
    cost_print(&cost);
    puts("}");
}

static void run_storm(void) {
    poses_setup(people->rooms, people->room_size, 0);
    open_all(0, people->count);
    for (uint32_t i = 0; i < (uint32_t)options->concurrency; i++) {
        struct client *c = &people->clients[people->count + i];
        *c = (struct client){.place.sample = -1, .room = people->clients[0].room};
        opening++;
        storm_open(c);
    }
    wait_for(options->warm_up);
    struct cost cost = measure();
    wait_for(options->seconds);
    cost_end(&cost);
    printf("{\"present\": %u, \"at_a_time\": %d, \"joins_per_s\": %.1f", people->count,
           options->concurrency, (double)joins.count / cost.seconds);
    histogram_print("join", &joins);
    cost_print(&cost);
    printf(", \"closed\": %lu, \"errors\": %lu}\n", closed, conn_errors);
}

static const struct {
    const char *name;
    void (*run)(void);
} modes[] = {{"load", run_load}, {"voice", run_voice}, {"idle", run_idle}, {"storm", run_storm}};

void phases_run(const struct options *given, struct population *population) {
    options = given;
    people = population;
    conn_setup(&options->dialect->protocol, &watcher);
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
        if (strcmp(modes[i].name, options->mode)) continue;
        modes[i].run();
        return;
    }
    fail("there is no mode %s", options->mode);
}
