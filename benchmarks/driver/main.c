/* Puts clients on a server, lets them move, and says as JSON what arrived and what it cost.
 *
 * Options, the list of clients, the clock; phases.c does the work.
 */
#include "driver.h"

#include <getopt.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

struct options options = {.mode = "load", .processor = 1, .hertz = 20, .decode_sample = 1,
                          .concurrency = 16, .warm_up = 3, .seconds = 10, .settle = 3, .seed = 1};
struct totals totals;
struct conn *conns;
uint32_t conn_count, room_count, room_size;
const struct dialect *dialect;
bool measuring;
char **storm_tokens;
uint32_t storm_count;

static uint32_t random_state;

uint64_t now_us(void) {
    static uint64_t origin;
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    uint64_t now = (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
    if (origin == 0) origin = now - 1;
    return now - origin;
}

uint32_t random_u32(void) {
    random_state ^= random_state << 13;
    random_state ^= random_state >> 17;
    return random_state ^= random_state << 5;
}

void fail(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    fputs("driver: ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    exit(1);
}

/* One client a line, `room token`; rooms of equal size, each named by its first client. */
static void read_clients(void) {
    FILE *file = fopen(options.clients, "r");
    char room[128], token[900];
    char *names[4096];
    if (file == NULL) fail("cannot read %s", options.clients);
    conns = calloc(65536, sizeof *conns);
    uint32_t *members = calloc(4096, sizeof *members);
    while (conn_count < 65536 && fscanf(file, "%127s %899s", room, token) == 2) {
        struct conn *c = &conns[conn_count++];
        while (c->room < room_count && strcmp(names[c->room], room)) c->room++;
        if (c->room == room_count && room_count < 4096) names[room_count++] = strdup(room);
        c->room_name = names[c->room], c->token = strdup(token);
        c->member = members[c->room]++;
        if (members[c->room] > room_size) room_size = members[c->room];
        c->fd = -1;
        c->sample = -1;
    }
    fclose(file);
    free(members);
}

static void read_storm(void) {
    char token[900];
    FILE *file = fopen(options.storm, "r");
    storm_tokens = calloc(65536, sizeof *storm_tokens);
    if (file == NULL) fail("cannot read %s", options.storm);
    while (storm_count < 65536 && fscanf(file, "%899s", token) == 1)
        storm_tokens[storm_count++] = strdup(token);
    fclose(file);
}

static void read_options(int count, char **values) {
    static const struct option known[] = {
        {"mode", 1, 0, 'm'},     {"dialect", 1, 0, 'd'}, {"clients", 1, 0, 'c'},
        {"storm", 1, 0, 't'},    {"port", 1, 0, 'p'},    {"pid", 1, 0, 'i'},
        {"processor", 1, 0, 'x'}, {"hertz", 1, 0, 'h'},  {"decode-sample", 1, 0, 'k'},
        {"base", 1, 0, 'b'},     {"concurrency", 1, 0, 'n'}, {"warm-up", 1, 0, 'w'},
        {"seconds", 1, 0, 's'},  {"settle", 1, 0, 'e'},  {"seed", 1, 0, 'r'},
        {0, 0, 0, 0}};
    int letter;
    while ((letter = getopt_long(count, values, "", known, NULL)) != -1) {
        switch (letter) {
        case 'm': options.mode = optarg; break;
        case 'd': dialect = dialect_named(optarg); break;
        case 'c': options.clients = optarg; break;
        case 't': options.storm = optarg; break;
        case 'p': options.port = atoi(optarg); break;
        case 'i': options.pid = atoi(optarg); break;
        case 'x': options.processor = atoi(optarg); break;
        case 'h': options.hertz = atoi(optarg); break;
        case 'k': options.decode_sample = atoi(optarg); break;
        case 'b': options.base = atoi(optarg); break;
        case 'n': options.concurrency = atoi(optarg); break;
        case 'w': options.warm_up = atof(optarg); break;
        case 's': options.seconds = atof(optarg); break;
        case 'e': options.settle = atof(optarg); break;
        case 'r': options.seed = (uint32_t)atoi(optarg); break;
        default: exit(2);
        }
    }
}

int main(int count, char **values) {
    read_options(count, values);
    if (!dialect || !options.clients || !options.port || !options.pid)
        fail("wanted: --dialect --clients --port --pid");
    random_state = options.seed * 2654435761u | 1;
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET((unsigned)options.processor, &set);
    sched_setaffinity(0, sizeof set, &set);
    signal(SIGPIPE, SIG_IGN);
    struct rlimit files;
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    conn_setup();
    read_clients();
    if (options.storm) read_storm();
    if (!strcmp(options.mode, "load")) run_load();
    else if (!strcmp(options.mode, "idle")) run_idle();
    else if (!strcmp(options.mode, "storm")) run_storm();
    else fail("there is no mode %s", options.mode);
    return 0;
}
