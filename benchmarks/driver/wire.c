#include "wire.h"

#include "base.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define AHEAD (1 << 17) /* bytes that OpenSSL reads from a socket at once */

static int epoll_fd, port_number;
static SSL_CTX *context;

void wire_setup(int port, bool tls) {
    port_number = port;
    epoll_fd = epoll_create1(0);
    if (epoll_fd < 0) fail("epoll_create1: %s", strerror(errno));
    if (!tls) return;
    context = SSL_CTX_new(TLS_client_method());
    if (context == NULL) fail("no TLS");
    SSL_CTX_set_verify(context, SSL_VERIFY_NONE, NULL); /* the certificate is made for the run */
    SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                  SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_read_ahead(context, 1);
    SSL_CTX_set_default_read_buffer_len(context, AHEAD);
}

int wire_port(void) { return port_number; }

void wire_dial(struct wire *w, void *owner) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port_number)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    w->tail_length = 0;
    w->fd = socket(AF_INET, SOCK_STREAM, 0);
    if (w->fd < 0 || connect(w->fd, (struct sockaddr *)&address, sizeof address))
        fail("cannot connect to port %d: %s", port_number, strerror(errno));
    int one = 1;
    setsockopt(w->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    fcntl(w->fd, F_SETFL, O_NONBLOCK);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = owner};
    if (epoll_ctl(epoll_fd, EPOLL_CTL_ADD, w->fd, &event)) fail("epoll_ctl: %s", strerror(errno));
    if (context == NULL) return;
    w->tls = SSL_new(context);
    if (w->tls == NULL || !SSL_set_fd(w->tls, w->fd)) fail("no TLS connection");
    SSL_set_connect_state(w->tls);
}

void wire_shut(struct wire *w) {
    if (w->tls) {
        ERR_clear_error();
        if (SSL_is_init_finished(w->tls)) SSL_shutdown(w->tls);
        SSL_free(w->tls);
        w->tls = NULL;
    }
    close(w->fd);
    w->fd = -1, w->tail_length = 0;
}

/* The count of a call to OpenSSL as `send` and `recv` here give it. */
static ssize_t counted(struct wire *w, int n) {
    if (n > 0) return n;
    int error = SSL_get_error(w->tls, n);
    return error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE ? 0 : -1;
}

ssize_t wire_read(struct wire *w, uint8_t *buffer, size_t size) {
    if (w->tls) {
        ERR_clear_error();
        return counted(w, SSL_read(w->tls, buffer, (int)size));
    }
    ssize_t n = recv(w->fd, buffer, size, 0);
    if (n > 0) return n;
    return n < 0 && errno == EAGAIN ? 0 : -1;
}

bool wire_pending(const struct wire *w) { return w->tls && SSL_has_pending(w->tls); }

/* How many bytes the socket took: 0 if it is full, or gone, which the next read will tell. */
static size_t taken(struct wire *w, const void *bytes, size_t length) {
    ssize_t n;
    if (w->tls) {
        ERR_clear_error();
        n = counted(w, SSL_write(w->tls, bytes, (int)length));
    } else {
        n = send(w->fd, bytes, length, MSG_NOSIGNAL);
    }
    return n > 0 ? (size_t)n : 0;
}

void wire_flush(struct wire *w) {
    if (w->tail_length == 0) return;
    size_t n = taken(w, w->tail, w->tail_length);
    memmove(w->tail, w->tail + n, w->tail_length -= n);
}

/* OpenSSL wants to be offered again whatever it did not take, so that waits in the tail too. */
bool wire_write(struct wire *w, const void *bytes, size_t length) {
    wire_flush(w);
    if (w->tail_length) return false;
    size_t n = taken(w, bytes, length);
    if (length - n > sizeof w->tail) fail("a message of %zu bytes does not fit", length);
    memcpy(w->tail, (const uint8_t *)bytes + n, w->tail_length = length - n);
    return true;
}

int wire_wait(uint64_t microseconds, void **owners, int most) {
    struct epoll_event events[most];
    struct timespec timeout = {(time_t)(microseconds / 1000000),
                               (long)(microseconds % 1000000) * 1000};
    int count = epoll_pwait2(epoll_fd, events, most, &timeout, NULL);
    for (int i = 0; i < count; i++) owners[i] = events[i].data.ptr;
    return count < 0 ? 0 : count;
}
