/* Bytes to and from the server on 127.0.0.1, plain or by TLS, many sockets around one epoll. */
#ifndef WIRE_H
#define WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct wire {
    int fd;             /* -1 where there is none */
    struct ssl_st *tls; /* NULL where the bytes go plain */
    uint8_t tail[4096]; /* not taken by the socket yet */
    size_t tail_length;
};

void wire_setup(int port, bool tls);
int wire_port(void);
void wire_dial(struct wire *w, void *owner); /* connected on return; a TLS handshake goes on */
void wire_shut(struct wire *w);

/* The number of bytes that came, 0 if none are there now, -1 if the other side is gone. */
ssize_t wire_read(struct wire *w, uint8_t *buffer, size_t size);
bool wire_pending(const struct wire *w); /* whether more may be read that epoll cannot see */

/* Whether the bytes are sent or wait in the tail; not if an earlier tail is still in the way. */
bool wire_write(struct wire *w, const void *bytes, size_t length);
void wire_flush(struct wire *w);

int wire_wait(uint64_t microseconds, void **owners, int most); /* how many have something to read */

#endif
