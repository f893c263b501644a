/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http.h - one HTTP request at a time over libcurl, with what it says about its own failure.
 *
 * Connections are kept for the next request. TLS is always verified on https, redirects are never
 * followed, an answer has a cap, a request has a deadline. A request that must not be performed
 * twice is never sent twice, not even by the library on a connection that died. It must not retry,
 * sign, or read meaning into a status: any complete answer is ERR_OK here.
 */
#pragma once

#include "aws/sigv4.h"
#include "buf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    HTTP_BODY_MAX = 8 * 1024 * 1024 + 1,
    HTTP_HEAD_MAX = 64 * 1024,
    HTTP_TYPE_MAX = 64,
    HTTP_LINE_MAX = 10 * 1024, /* one header of a request: a session token is the longest */
};

struct http {
    void *easy;
    const char *ca_bundle; /* a file of certificates in place of the system's; NULL: the system's */
};

struct http_request {
    const char *method; /* GET, PUT, POST; a body goes with POST alone */
    const char *url;
    const struct sigv4_header
        *headers; /* as they were signed; curl adds none of its own but Accept */
    size_t header_count;
    const char *body; /* may be NULL when there is none */
    size_t body_length;
    uint32_t connect_ms;
    uint32_t total_ms; /* from now to the last byte of the answer */
    size_t cap;        /* bytes of the answer's body at most; 0: HTTP_BODY_MAX */
    bool direct;       /* past any proxy: for link-local services */
    bool once;         /* never to be sent a second time */
};

struct http_response {
    int status;
    uint64_t date_ms; /* of the Date header; 0: none that can be read */
    struct buf body;
    char content_type[HTTP_TYPE_MAX];
    char request_id[ERR_REQUEST_ID_MAX];
};

/* ERR_NO_MEMORY is the only failure. Ends with http_fini(), which closes the connections. */
MUST_CHECK enum err http_init(struct http *h, struct errctx *cx);
void http_fini(struct http *h);

void http_response_init(struct http_response *r);
void http_response_fini(struct http_response *r);

/*
 * Sends and waits. ERR_OK: a whole answer of any status is in r. ERR_UNREACHABLE: nothing was sent.
 * ERR_TIMEOUT: sent, and no whole answer in time. ERR_UNKNOWN: sent, and what came back is no
 * answer: broken off, not HTTP, or too long.
 */
MUST_CHECK enum err http_do(struct http *h, const struct http_request *q, struct http_response *r,
                            struct errctx *cx);

#define AUTO_RESPONSE __attribute__((cleanup(http_response_fini)))
