/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sts.h - temporary keys in exchange for other keys or for a web identity, and who one is.
 *
 * Each call is one request; none repeats. It must not know where the first keys come from.
 * Ref: AWS Security Token Service API Reference.
 */
#pragma once

#include "aws/wire.h"

#include <stdint.h>

/* The service as it is to be asked. */
struct sts {
    struct http *http;
    const char *url;
    const char *region;
    uint64_t now_ms; /* the stamp */
    uint32_t total_ms;
};

struct sts_role {
    const char *arn;
    const char *session_name;
    const char *external_id; /* NULL: none */
    uint32_t duration_s;     /* 0: the service's default */
};

/* ERR_DENIED when the role may not be assumed. */
MUST_CHECK enum err sts_assume_role(const struct sts *s, const struct sts_role *role,
                                    const struct credentials *with, struct credentials *out,
                                    struct errctx *cx);

/* The same with a token of an identity provider in place of keys. */
MUST_CHECK enum err sts_web_identity(const struct sts *s, const struct sts_role *role,
                                     const struct buf *token, struct credentials *out,
                                     struct errctx *cx);

/* The caller's ARN; needs no permission. */
MUST_CHECK enum err sts_caller(const struct sts *s, const struct credentials *with, struct buf *arn,
                               struct errctx *cx);
