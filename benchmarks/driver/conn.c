/* Connections: TCP, the HTTP in front of a websocket, and frames (RFC 6455) both ways.
 *
 * Whole reads are parsed where they lie. Of a frame only what its dialect wants is kept; the rest
 * is skipped, so that a client that merely counts costs a read and a look at a header.
 */
#include "driver.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define READ_SIZE (1 << 18)
#define HEADER_PEEK 512 /* what is kept of a frame that is not decoded */

enum { TEXT = 1, BINARY = 2, CLOSE = 8, PING = 9, PONG = 10 };

static int epoll_fd;
static uint8_t read_buffer[READ_SIZE];

void conn_setup(void) {
    epoll_fd = epoll_create1(0);
    if (epoll_fd < 0) fail("epoll_create1: %s", strerror(errno));
}

int conn_wait(uint64_t microseconds, struct conn **ready, int most) {
    struct epoll_event events[most];
    struct timespec timeout = {(time_t)(microseconds / 1000000),
                               (long)(microseconds % 1000000) * 1000};
    int count = epoll_pwait2(epoll_fd, events, most, &timeout, NULL);
    for (int i = 0; i < count; i++) ready[i] = events[i].data.ptr;
    return count < 0 ? 0 : count;
}

static void shut(struct conn *c) {
    close(c->fd);
    free(c->partial);
    c->fd = -1, c->partial = NULL;
    c->have = c->capacity = c->tail_length = 0, c->skip = 0;
}

static void gone(struct conn *c) {
    if (c->state == DEAD || c->state == IDLE) return;
    shut(c);
    ended(c);
}

static void dial(struct conn *c) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)options.port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    c->fd = socket(AF_INET, SOCK_STREAM, 0);
    if (c->fd < 0 || connect(c->fd, (struct sockaddr *)&address, sizeof address))
        fail("cannot connect to port %d: %s", options.port, strerror(errno));
    int one = 1;
    setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    fcntl(c->fd, F_SETFL, O_NONBLOCK);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = c};
    if (epoll_ctl(epoll_fd, EPOLL_CTL_ADD, c->fd, &event)) fail("epoll_ctl: %s", strerror(errno));
}

void conn_open(struct conn *c) {
    c->began = now_us();
    c->seen = 0;
    dial(c);
    dialect->start(c);
}

/* What does not fit now waits in the tail, which a later send tries first. */
static bool put(struct conn *c, const void *bytes, size_t length) {
    if (c->tail_length) {
        ssize_t n = send(c->fd, c->tail, c->tail_length, MSG_NOSIGNAL);
        if (n > 0) memmove(c->tail, c->tail + n, c->tail_length -= (size_t)n);
        if (c->tail_length) return false;
    }
    ssize_t n = send(c->fd, bytes, length, MSG_NOSIGNAL);
    if (n < 0 && errno != EAGAIN) return false; /* the read will tell that it is gone */
    if (n <= 0) return false;
    c->tail_length = length - (size_t)n;
    if (c->tail_length > sizeof c->tail) fail("a message of %zu bytes does not fit", length);
    memcpy(c->tail, (const uint8_t *)bytes + n, c->tail_length);
    return true;
}

bool conn_send(struct conn *c, int opcode, const uint8_t *payload, size_t length) {
    uint8_t frame[4096 + 14], *p = frame;
    if (length > 4096) fail("a message of %zu bytes", length);
    *p++ = (uint8_t)(0x80 | opcode);
    if (length < 126) {
        *p++ = (uint8_t)(0x80 | length);
    } else {
        *p++ = 0x80 | 126, *p++ = (uint8_t)(length >> 8), *p++ = (uint8_t)length;
    }
    uint32_t mask = random_u32();
    memcpy(p, &mask, 4);
    p += 4;
    for (size_t i = 0; i < length; i++) p[i] = payload[i] ^ (uint8_t)(mask >> 8 * (i & 3));
    return put(c, frame, (size_t)(p - frame) + length);
}

void conn_goodbye(struct conn *c) {
    uint8_t normal[2] = {1000 >> 8, 1000 & 255};
    c->state = CLOSING;
    conn_send(c, CLOSE, normal, 2);
}

void conn_http(struct conn *c, const char *request) {
    c->state = MATCHING;
    if (!put(c, request, strlen(request))) fail("a request was not taken");
}

void conn_upgrade(struct conn *c, const char *target) {
    char request[2048];
    snprintf(request, sizeof request,
             "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nUpgrade: websocket\r\n"
             "Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
             "Sec-WebSocket-Version: 13\r\n\r\n",
             target, options.port);
    c->state = UPGRADING;
    if (!put(c, request, strlen(request))) fail("a request was not taken");
}

static void keep(struct conn *c, const uint8_t *bytes, size_t length, size_t needed) {
    if (needed > c->capacity) {
        c->capacity = needed + needed / 2;
        c->partial = realloc(c->partial, c->capacity);
        if (c->partial == NULL) fail("no memory for a frame of %zu bytes", needed);
    }
    memcpy(c->partial + c->have, bytes, length);
    c->have += length;
}

static void frame(struct conn *c, int opcode, const uint8_t *data, size_t have, size_t length) {
    if (opcode == PING) {
        conn_send(c, PONG, data, have);
    } else if (opcode == CLOSE) {
        if (c->state != CLOSING) {
            int code = have >= 2 ? data[0] << 8 | data[1] : 1005;
            fprintf(stderr, "closed by the server: %d %.*s\n", code, have > 2 ? (int)have - 2 : 0,
                    (const char *)data + 2);
        }
        gone(c);
    } else if (c->state == JOINING || c->state == JOINED) {
        dialect->message(c, opcode, data, have, length);
    }
}

/* How much of the frame that starts at `view` must be there before it can be handled. */
static size_t needed(const struct conn *c, const uint8_t *view, size_t size, size_t *header,
                     uint64_t *length) {
    *header = 2, *length = 0;
    if (size < 2) return 2;
    unsigned short_length = view[1] & 127;
    *header = short_length == 126 ? 4 : short_length == 127 ? 10 : 2;
    if (size < *header) return *header;
    *length = *header == 2 ? short_length : 0;
    for (size_t i = 2; i < *header; i++) *length = *length << 8 | view[i];
    bool whole = (view[0] & 15) == BINARY && (c->sample >= 0 || c->state == JOINING);
    return *header + (whole || *length < HEADER_PEEK ? *length : HEADER_PEEK);
}

static void frames(struct conn *c, const uint8_t *p, size_t n) {
    if (measuring) totals.bytes += n;
    for (;;) {
        if (c->skip) {
            size_t take = n < c->skip ? n : (size_t)c->skip;
            c->skip -= take, p += take, n -= take;
            if (c->skip) return;
        }
        const uint8_t *view = c->have ? c->partial : p;
        size_t size = c->have ? c->have : n, header, need;
        uint64_t length;
        need = needed(c, view, size, &header, &length);
        if (size < need) {
            if (n == 0) return;
            size_t take = need - c->have < n ? need - c->have : n;
            keep(c, p, take, need);
            p += take, n -= take;
            continue;
        }
        if (c->have) c->have = 0;
        else p += need, n -= need;
        c->skip = header + length - need;
        if (measuring) totals.frames++;
        if (!(view[0] & 0x80)) totals.errors++; /* these servers send every message in one frame */
        frame(c, view[0] & 15, view + header, need - header, (size_t)length);
        if (c->state != JOINING && c->state != JOINED && c->state != CLOSING) return; /* or dialled anew */
    }
}

static void http(struct conn *c, const uint8_t *p, size_t n) {
    keep(c, p, n, c->have + n + 1);
    c->partial[c->have] = 0;
    char *head = (char *)c->partial, *end = strstr(head, "\r\n\r\n");
    if (end == NULL) return;
    size_t rest = c->have - (size_t)(end + 4 - head);
    if (c->state == MATCHING) {
        char *field = strcasestr(head, "\r\ncontent-length:");
        if (field == NULL || strtoul(field + 17, NULL, 10) > rest) return;
        char body[1024];
        snprintf(body, sizeof body, "%s", end + 4);
        shut(c);
        dial(c);
        dialect->matched(c, body);
        return;
    }
    if (strncmp(head, "HTTP/1.1 101", 12)) {
        fprintf(stderr, "no websocket: %.60s\n", head);
        totals.errors++;
        gone(c);
        return;
    }
    uint8_t *early = malloc(rest + 1);
    if (early == NULL) fail("no memory");
    memcpy(early, end + 4, rest);
    c->have = 0;
    c->state = JOINING;
    dialect->opened(c);
    frames(c, early, rest);
    free(early);
}

void conn_receive(struct conn *c) {
    if (c->fd < 0) return;
    ssize_t n = recv(c->fd, read_buffer, sizeof read_buffer, 0);
    if (n < 0 && errno == EAGAIN) return;
    if (n <= 0) gone(c);
    else if (c->state == MATCHING || c->state == UPGRADING) http(c, read_buffer, (size_t)n);
    else frames(c, read_buffer, (size_t)n);
}
