/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sigv4.h - AWS Signature Version 4, as a pure function of request, keys and date.
 *
 * Three stages, each of which can be tested by itself: the canonical request, the string to sign,
 * the signature. The date is an input: that is what lets a change be signed so that the service
 * refuses it when it comes late. Nothing here may read a clock, an environment, or a file. Ref: AWS
 * General Reference, "Signature Version 4 signing process".
 */
#pragma once

#include "aws/secret.h"
#include "buf.h"

#include <stdint.h>

enum {
    SIGV4_STAMP_MAX = 17,   /* "20260102T030405Z" and its zero byte */
    SIGV4_DIGEST_MAX = 65,  /* SHA-256 in hex */
    SIGV4_HEADERS_MAX = 12, /* headers of one request */
    SIGV4_PAIRS_MAX = 64,   /* parameters of one query */
    SIGV4_CANONICAL_MAX = 64 * 1024,
};

struct sigv4_header {
    const char *name; /* in any case */
    const char *value;
};

/* The request as it will be sent. Texts belong to the caller. */
struct sigv4_request {
    const char *method;
    const char *path;  /* encoded already; NULL or "" is "/" */
    const char *query; /* encoded already, in any order, without the "?"; NULL: none */
    const struct sigv4_header
        *headers; /* all that are to be signed, in any order, Host among them */
    size_t header_count;
    const void *body;
    size_t body_length;
};

struct sigv4_scope {
    uint64_t date_ms; /* the stamp; milliseconds are dropped */
    const char *region;
    const char *service;
};

struct sigv4_keys {
    const struct secret *key_id;
    const struct secret *secret_key;
};

/* 20260102T030405Z of milliseconds since the epoch. */
void sigv4_stamp(uint64_t date_ms, char out[SIGV4_STAMP_MAX]);

/* Stage 1. ERR_TOO_BIG when the request has more headers or text than any of ours. */
MUST_CHECK enum err sigv4_canonical(const struct sigv4_request *request, struct buf *out,
                                    struct errctx *cx);

/* Stage 2: of the text of stage 1. */
MUST_CHECK enum err sigv4_string_to_sign(const struct buf *canonical,
                                         const struct sigv4_scope *scope, struct buf *out,
                                         struct errctx *cx);

/* Stage 3: the signature in hex, of the text of stage 2. */
MUST_CHECK enum err sigv4_signature(const struct buf *string_to_sign,
                                    const struct sigv4_scope *scope,
                                    const struct secret *secret_key, char out[SIGV4_DIGEST_MAX],
                                    struct errctx *cx);

/* The three in turn: appends the value of the Authorization header to out. */
MUST_CHECK enum err sigv4_authorize(const struct sigv4_request *request,
                                    const struct sigv4_scope *scope, const struct sigv4_keys *keys,
                                    struct buf *out, struct errctx *cx);

struct sigv4_presign {
    struct sigv4_scope scope;
    struct sigv4_keys keys;
    const struct secret *token; /* session token; NULL or empty: none */
    uint32_t expires_s;
};

/*
 * The query form: appends to out the request's query with everything the signature needs, and the
 * signature last. Host must be among the headers; the body must be the one that will be sent.
 */
MUST_CHECK enum err sigv4_presign(const struct sigv4_request *request,
                                  const struct sigv4_presign *how, struct buf *out,
                                  struct errctx *cx);

/* Appends text with everything but A-Z a-z 0-9 - _ . ~ as %XX. */
void sigv4_encode(struct buf *out, const char *text);
