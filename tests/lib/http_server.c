/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http_server.c - one thread, one connection, bytes in and bytes out.
 *
 * It waits with poll alone, always for the stop pipe as well, so stopping never takes long. It must
 * not interpret a request beyond where it ends.
 */
#include "lib/http_server.h"

#include <arpa/inet.h>
#include <assert.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { DRIP_MS = 10, NEVER = -1 };

struct http_server {
    http_answer_fn *answer;
    void *context;
    int listener;
    int stop[2];
    pthread_t thread;
    char url[HTTP_SERVER_URL_MAX];
    atomic_uint requests;
    atomic_uint connections;
    char seen[HTTP_SERVER_REQUESTS_MAX][HTTP_SERVER_REQUEST_MAX];
};

/* Waits until fd can be read, or for ms; false when the server shall stop. fd may be -1. */
static bool wait_for(const struct http_server *s, int fd, int ms, bool *ready)
{
    struct pollfd fds[2] = {{.fd = s->stop[0], .events = POLLIN}, {.fd = fd, .events = POLLIN}};

    if (poll(fds, 2, ms) < 0)
        return false;
    *ready = fds[1].revents != 0;
    return fds[0].revents == 0;
}

/* Bytes that the whole request has, once its head is there; 0 before. */
static size_t whole(const char *text)
{
    const char *end = strstr(text, "\r\n\r\n");
    const char *length = strcasestr(text, "\r\nContent-Length:");
    size_t body = 0;

    if (!end)
        return 0;
    if (length && length < end)
        body = strtoul(length + 17, NULL, 10);
    return (size_t)(end - text) + 4 + body;
}

/* One whole request into its place; false when the connection ended or the server shall stop. */
static bool read_request(struct http_server *s, int fd, char *room)
{
    size_t length = 0;
    bool ready = false;

    memset(room, 0, HTTP_SERVER_REQUEST_MAX);
    while (whole(room) == 0 || length < whole(room)) {
        ssize_t count;

        if (length == HTTP_SERVER_REQUEST_MAX - 1 || !wait_for(s, fd, NEVER, &ready))
            return false;
        count = read(fd, room + length, HTTP_SERVER_REQUEST_MAX - 1 - length);
        if (count <= 0)
            return false;
        length += (size_t)count;
    }
    return true;
}

static bool send_bytes(int fd, const char *bytes, size_t count)
{
    while (count > 0) {
        const ssize_t sent = send(fd, bytes, count, MSG_NOSIGNAL);

        if (sent <= 0)
            return false;
        bytes += sent;
        count -= (size_t)sent;
    }
    return true;
}

/* Waits until the client goes away or the server shall stop. */
static void hang(const struct http_server *s, int fd)
{
    bool ready = false;

    (void)wait_for(s, fd, NEVER, &ready);
}

static void drip(const struct http_server *s, int fd, const char *bytes)
{
    bool gone = false;

    for (; *bytes && send_bytes(fd, bytes, 1); bytes++) {
        if (!wait_for(s, fd, DRIP_MS, &gone) || gone)
            return;
    }
    hang(s, fd);
}

static void repeat(const struct http_server *s, int fd, const char *bytes)
{
    bool gone = false;

    while (!gone && send_bytes(fd, bytes, strlen(bytes)) && wait_for(s, fd, 0, &gone))
        continue;
}

/* True when the connection stays for another request. */
static bool reply(const struct http_server *s, int fd, const struct http_reply *r)
{
    const char *bytes = r->bytes ? r->bytes : "";

    if (r->then == HTTP_THEN_DRIP) {
        drip(s, fd, bytes);
        return false;
    }
    if (!send_bytes(fd, bytes, strlen(bytes)))
        return false;
    if (r->then == HTTP_THEN_HANG)
        hang(s, fd);
    if (r->then == HTTP_THEN_REPEAT)
        repeat(s, fd, bytes);
    return r->then == HTTP_THEN_KEEP;
}

static void serve(struct http_server *s, int fd)
{
    bool more = true;

    while (more) {
        const unsigned n = atomic_load(&s->requests);
        struct http_reply r;

        if (n == HTTP_SERVER_REQUESTS_MAX || !read_request(s, fd, s->seen[n]))
            return;
        atomic_store(&s->requests, n + 1);
        r = (struct http_reply){.bytes = NULL};
        s->answer(s->context, s->seen[n], &r);
        more = reply(s, fd, &r);
    }
}

static void *run(void *context)
{
    struct http_server *s = context;
    bool ready = false;

    while (wait_for(s, s->listener, NEVER, &ready)) {
        const int fd = ready ? accept(s->listener, NULL, NULL) : -1;

        if (fd < 0)
            continue;
        atomic_fetch_add(&s->connections, 1);
        serve(s, fd);
        (void)shutdown(fd, SHUT_RDWR);
        (void)close(fd);
    }
    return NULL;
}

static struct http_server *start(http_answer_fn *answer, void *context, int family)
{
    struct http_server *s = calloc(1, sizeof(*s));
    struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    struct sockaddr *address = family == AF_INET ? (void *)&v4 : (void *)&v6;
    socklen_t size = family == AF_INET ? sizeof(v4) : sizeof(v6);

    assert(s);
    s->answer = answer;
    s->context = context;
    s->listener = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (s->listener < 0 || bind(s->listener, address, size) != 0 || listen(s->listener, 8) != 0 ||
        getsockname(s->listener, address, &size) != 0 || pipe(s->stop) != 0)
        abort();
    (void)snprintf(s->url, sizeof(s->url), "http://%s:%u",
                   family == AF_INET ? "127.0.0.1" : "[::1]",
                   (unsigned)ntohs(family == AF_INET ? v4.sin_port : v6.sin6_port));
    if (pthread_create(&s->thread, NULL, run, s) != 0)
        abort();
    return s;
}

struct http_server *http_server_start(http_answer_fn *answer, void *context)
{
    return start(answer, context, AF_INET);
}

struct http_server *http_server_start_v6(http_answer_fn *answer, void *context)
{
    return start(answer, context, AF_INET6);
}

void http_server_stop(struct http_server *s)
{
    (void)close(s->stop[1]);
    (void)pthread_join(s->thread, NULL);
    (void)close(s->stop[0]);
    (void)close(s->listener);
    free(s);
}

const char *http_server_url(const struct http_server *s)
{
    return s->url;
}

unsigned http_server_requests(struct http_server *s)
{
    return atomic_load(&s->requests);
}

unsigned http_server_connections(struct http_server *s)
{
    return atomic_load(&s->connections);
}

const char *http_server_request(struct http_server *s, unsigned n)
{
    return n < atomic_load(&s->requests) ? s->seen[n] : "";
}

void http_answer_always(void *context, const char *request, struct http_reply *out)
{
    (void)request;
    *out = *(const struct http_reply *)context;
}
