/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http_server.h - a server on loopback that answers with exactly the bytes a test gives it.
 *
 * It reads whole requests and writes raw bytes, so that garbage, broken-off, endless and slow
 * answers are as easy as good ones; a library that speaks proper HTTP could send none of those. One
 * thread, one connection at a time. It must not be linked into anything but tests.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    HTTP_SERVER_REQUESTS_MAX = 64,
    HTTP_SERVER_REQUEST_MAX = 16 * 1024,
    HTTP_SERVER_URL_MAX = 64,
};

enum http_then {
    HTTP_THEN_KEEP,   /* wait for the next request on this connection */
    HTTP_THEN_CLOSE,  /* close it */
    HTTP_THEN_HANG,   /* say nothing more and keep it open */
    HTTP_THEN_REPEAT, /* send the same bytes again and again */
    HTTP_THEN_DRIP,   /* send the bytes one by one, with 10 ms between, then hang */
};

struct http_reply {
    const char *bytes; /* static, or alive until the server is stopped; NULL: nothing */
    enum http_then then;
};

/* Chooses the answer to one whole request: head, blank line, body. Runs in the server's thread. */
typedef void(http_answer_fn)(void *context, const char *request, struct http_reply *out);

struct http_server;

/* Listens on a free port of 127.0.0.1, or of ::1. Aborts when it cannot: a test then means nothing.
 */
struct http_server *http_server_start(http_answer_fn *answer, void *context);
struct http_server *http_server_start_v6(http_answer_fn *answer, void *context);
void http_server_stop(struct http_server *s);

/* "http://127.0.0.1:40123", without a slash at its end. */
const char *http_server_url(const struct http_server *s);
/* Requests so far, and connections so far. */
unsigned http_server_requests(struct http_server *s);
unsigned http_server_connections(struct http_server *s);
/* The text of the n-th request from 0, "" when there was none. Valid until the server is stopped.
 */
const char *http_server_request(struct http_server *s, unsigned n);

/* Answers every request with *(struct http_reply *)context. */
http_answer_fn http_answer_always;
