/* SPDX-License-Identifier: Apache-2.0 */
/*
 * query.h - the body of a request in AWS's query protocols: names, values, form encoding.
 *
 * Names are written as they are on the wire, `Filter.1.Value.2` for EC2 and `InstanceIds.member.1`
 * for the others; nothing here flattens a list by itself. The body has a cap and a sticky overflow,
 * so many appends need the one check of query_end(). It must not sign or send.
 */
#pragma once

#include "buf.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    QUERY_MAX = 64 * 1024, /* a creation with 50 tags of 128 + 256 characters, each escaped, fits */
    QUERY_NAME_MAX = 96,
};

struct query {
    struct buf body;
    const char *action;
    const char *version;
};

/* Begins the body with Action and Version, both static text. Ends with query_fini(). */
void query_init(struct query *q, const char *action, const char *version);
void query_fini(struct query *q);

/* The encoding of A.3: a space is "+", letters, digits and -._~ stay, all else is %XX. */
void query_encode(struct buf *out, const char *text);

void query_text(struct query *q, const char *name, const char *value);
void query_number(struct query *q, const char *name, uint64_t value);
void query_flag(struct query *q, const char *name, bool value);

/* The same for a name that is made of parts: query_item(q, value, "Tag.%u.Key", i). */
void query_item(struct query *q, const char *value, const char *name_format, ...) PRINTF_LIKE(3, 4);

/* ERR_TOO_BIG or ERR_NO_MEMORY when something did not fit. */
MUST_CHECK enum err query_end(const struct query *q, struct errctx *cx);

#define AUTO_QUERY __attribute__((cleanup(query_fini)))
