/* Puts clients on a server, lets them move, and says as JSON what arrived and what it cost.
 *
 * One process, one thread, one epoll. Each part knows only those before it: base, histogram, poses,
 * voices and wire; conn (HTTP and frames) on wire; dialects on conn, poses and voices; cost; phases
 * on all of them. Here are the options and the list of clients.
 */
#include "base.h"
#include "phases.h"

#include <getopt.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#define MOST_CLIENTS 65536
#define MOST_ROOMS 4096

static struct options options = {.mode = "load", .processor = 1, .hertz = 20, .decode_sample = 1,
                                 .concurrency = 16, .groups = 1, .warm_up = 3, .seconds = 10, .settle = 3,
                                 .seed = 1};

/* One client a line, `room token`; rooms of equal size, each named by its first client. */
static void read_clients(struct population *people) {
    FILE *file = fopen(options.clients, "r");
    char room[128], token[900];
    char *names[MOST_ROOMS];
    if (file == NULL) fail("cannot read %s", options.clients);
    people->clients = calloc(MOST_CLIENTS, sizeof *people->clients);
    uint32_t *members = calloc(MOST_ROOMS, sizeof *members);
    while (people->count + (uint32_t)options.concurrency < MOST_CLIENTS &&
           fscanf(file, "%127s %899s", room, token) == 2) {
        struct client *c = &people->clients[people->count++];
        struct place *p = &c->place;
        while (p->room < people->rooms && strcmp(names[p->room], room)) p->room++;
        if (p->room == MOST_ROOMS) fail("more than %d rooms", MOST_ROOMS);
        if (p->room == people->rooms) names[people->rooms++] = strdup(room);
        c->room = names[p->room], c->token = strdup(token);
        p->member = members[p->room]++;
        if (members[p->room] > people->room_size) people->room_size = members[p->room];
        c->conn.wire.fd = -1;
        p->sample = -1;
    }
    fclose(file);
    free(members);
}

static void read_newcomers(struct population *people) {
    char token[900];
    FILE *file = fopen(options.storm, "r");
    if (file == NULL) fail("cannot read %s", options.storm);
    people->newcomers = calloc(MOST_CLIENTS, sizeof *people->newcomers);
    while (people->newcomer_count < MOST_CLIENTS && fscanf(file, "%899s", token) == 1)
        people->newcomers[people->newcomer_count++] = strdup(token);
    fclose(file);
}

static void read_options(int count, char **values) {
    static const struct option known[] = {
        {"mode", 1, 0, 'm'},     {"dialect", 1, 0, 'd'}, {"clients", 1, 0, 'c'},
        {"storm", 1, 0, 't'},    {"port", 1, 0, 'p'},    {"pid", 1, 0, 'i'},
        {"processor", 1, 0, 'x'}, {"hertz", 1, 0, 'h'},  {"decode-sample", 1, 0, 'k'},
        {"base", 1, 0, 'b'},     {"concurrency", 1, 0, 'n'}, {"warm-up", 1, 0, 'w'},
        {"seconds", 1, 0, 's'},  {"settle", 1, 0, 'e'},  {"seed", 1, 0, 'r'},
        {"tls", 1, 0, 'l'},      {"talkers", 1, 0, 'a'}, {"groups", 1, 0, 'g'},
        {0, 0, 0, 0}};
    int letter;
    while ((letter = getopt_long(count, values, "", known, NULL)) != -1) {
        switch (letter) {
        case 'm': options.mode = optarg; break;
        case 'd': options.dialect = dialect_named(optarg); break;
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
        case 'l': options.tls = atoi(optarg); break;
        case 'a': options.talkers = atoi(optarg); break;
        case 'g': options.groups = atoi(optarg); break;
        default: exit(2);
        }
    }
}

int main(int count, char **values) {
    read_options(count, values);
    if (!options.dialect || !options.clients || !options.port || !options.pid)
        fail("wanted: --dialect --clients --port --pid");
    random_seed(options.seed);
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET((unsigned)options.processor, &set);
    sched_setaffinity(0, sizeof set, &set);
    signal(SIGPIPE, SIG_IGN);
    struct rlimit files;
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    struct population people = {0};
    read_clients(&people);
    if (options.storm) read_newcomers(&people);
    wire_setup(options.port, options.tls);
    phases_run(&options, &people);
    return 0;
}
