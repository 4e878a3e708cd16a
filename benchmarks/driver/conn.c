#include "conn.h"

#include "base.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define READ_SIZE (1 << 18)
#define HEADER_PEEK 512 /* bytes kept of a frame that is not decoded */

enum { CLOSE = 8, PING = 9, PONG = 10 };

struct traffic traffic;
uint64_t conn_errors;

static const struct protocol *protocol;
static const struct watcher *watcher;
static uint8_t read_buffer[READ_SIZE];

void conn_setup(const struct protocol *spoken, const struct watcher *watching) {
    protocol = spoken;
    watcher = watching;
}

static void shut(struct conn *c) {
    wire_shut(&c->wire);
    free(c->partial);
    c->partial = NULL;
    c->have = c->capacity = 0, c->skip = 0;
}

static void gone(struct conn *c) {
    if (c->state == DEAD || c->state == IDLE) return;
    bool expected = c->state == CLOSING;
    shut(c);
    watcher->ended(c, expected);
}

void conn_open(struct conn *c) {
    wire_dial(&c->wire, c);
    protocol->start(c);
}

void conn_joined(struct conn *c) {
    c->state = JOINED;
    watcher->joined(c);
}

void conn_goodbye(struct conn *c) {
    uint8_t normal[2] = {1000 >> 8, 1000 & 255};
    c->state = CLOSING;
    conn_send(c, CLOSE, normal, 2);
}

static void ask(struct conn *c, enum state state, const char *request, int length) {
    c->state = state;
    if (!wire_write(&c->wire, request, (size_t)length)) fail("a request was not taken");
}

void conn_get(struct conn *c, const char *target) {
    char request[2048];
    ask(c, ASKING, request,
        snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n\r\n", target,
                 wire_port()));
}

void conn_post(struct conn *c, const char *target, const char *json) {
    char request[2048];
    ask(c, ASKING, request,
        snprintf(request, sizeof request,
                 "POST %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nContent-Type: application/json\r\n"
                 "Content-Length: %zu\r\n\r\n%s",
                 target, wire_port(), strlen(json), json));
}

void conn_upgrade(struct conn *c, const char *target, const char *cookie) {
    char request[2048];
    ask(c, UPGRADING, request,
        snprintf(request, sizeof request,
                 "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nUpgrade: websocket\r\n"
                 "Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                 "Sec-WebSocket-Version: 13\r\n%s%s%s\r\n",
                 target, wire_port(), *cookie ? "Cookie: " : "", cookie, *cookie ? "\r\n" : ""));
}

bool conn_send(struct conn *c, int opcode, const uint8_t *payload, size_t length) {
    uint8_t frame[4096], *p = frame;
    if (length > sizeof frame - 8) fail("a message of %zu bytes", length);
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
    return wire_write(&c->wire, frame, (size_t)(p - frame) + length);
}

static void keep(struct conn *c, const uint8_t *bytes, size_t length, size_t needed) {
    if (needed > c->capacity) {
        c->capacity = needed + needed / 2;
        c->partial = realloc(c->partial, c->capacity);
        if (c->partial == NULL) fail("no memory for %zu bytes", needed);
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
        protocol->message(c, opcode, data, have, length);
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
    bool whole = (view[0] & 15) == BINARY && (c->whole || c->state == JOINING);
    return *header + (whole || *length < HEADER_PEEK ? *length : HEADER_PEEK);
}

static void frames(struct conn *c, const uint8_t *p, size_t n) {
    traffic.bytes += n;
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
        traffic.frames++;
        if (!(view[0] & 0x80)) conn_errors++; /* these servers send every message in one frame */
        frame(c, view[0] & 15, view + header, need - header, (size_t)length);
        if (c->state != JOINING && c->state != JOINED && c->state != CLOSING) return; /* or anew */
    }
}

static void refused(struct conn *c, const char *head) {
    fprintf(stderr, "refused: %.60s\n", head);
    conn_errors++;
    gone(c);
}

/* Hands an answer on once its body is whole, and dials anew for whatever is asked next. */
static void answer(struct conn *c, char *head, char *body, size_t length) {
    char *field = strcasestr(head, "\r\ncontent-length:");
    if (field == NULL || field > body) {
        refused(c, head);
        return;
    }
    if (strtoul(field + 17, NULL, 10) > length) return;
    if (strncmp(head, "HTTP/1.1 200", 12)) {
        refused(c, head);
        return;
    }
    uint8_t *kept = c->partial; /* where head and body lie */
    c->partial = NULL;
    shut(c);
    wire_dial(&c->wire, c);
    body[-1] = 0; /* ends the head */
    protocol->answered(c, head, body);
    free(kept);
}

static void http(struct conn *c, const uint8_t *p, size_t n) {
    keep(c, p, n, c->have + n + 1);
    c->partial[c->have] = 0;
    char *head = (char *)c->partial, *end = strstr(head, "\r\n\r\n");
    if (end == NULL) return;
    size_t rest = c->have - (size_t)(end + 4 - head);
    if (c->state == ASKING) {
        answer(c, head, end + 4, rest);
        return;
    }
    if (strncmp(head, "HTTP/1.1 101", 12)) {
        refused(c, head);
        return;
    }
    uint8_t *early = malloc(rest + 1);
    if (early == NULL) fail("no memory");
    memcpy(early, end + 4, rest);
    c->have = 0;
    c->state = JOINING;
    protocol->opened(c);
    frames(c, early, rest);
    free(early);
}

/* A call in here may close the connection and open another: that one has nothing pending. */
void conn_receive(struct conn *c) {
    if (c->wire.fd < 0) return;
    do {
        ssize_t n = wire_read(&c->wire, read_buffer, sizeof read_buffer);
        if (n < 0) gone(c);
        else if (n > 0 && (c->state == ASKING || c->state == UPGRADING))
            http(c, read_buffer, (size_t)n);
        else if (n > 0) frames(c, read_buffer, (size_t)n);
        if (n <= 0) break;
    } while (wire_pending(&c->wire));
    if (c->wire.fd >= 0) wire_flush(&c->wire);
}
