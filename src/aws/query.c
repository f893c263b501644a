/* SPDX-License-Identifier: Apache-2.0 */
/*
 * query.c - form encoding into a bounded buffer.
 *
 * It must not know which parameters an action takes.
 */
#include "aws/query.h"

#include <assert.h>
#include <ctype.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void query_encode(struct buf *out, const char *text)
{
    for (; *text; text++) {
        if (isalnum((unsigned char)*text) || strchr("-_.~", *text))
            buf_char(out, *text);
        else if (*text == ' ')
            buf_char(out, '+');
        else
            buf_printf(out, "%%%02X", (unsigned)(unsigned char)*text);
    }
}

void query_init(struct query *q, const char *action, const char *version)
{
    buf_init(&q->body, QUERY_MAX);
    q->action = action;
    q->version = version;
    buf_printf(&q->body, "Action=%s&Version=%s", action, version);
}

void query_fini(struct query *q)
{
    buf_fini(&q->body);
}

void query_text(struct query *q, const char *name, const char *value)
{
    buf_printf(&q->body, "&%s=", name);
    query_encode(&q->body, value);
}

void query_number(struct query *q, const char *name, uint64_t value)
{
    buf_printf(&q->body, "&%s=%" PRIu64, name, value);
}

void query_flag(struct query *q, const char *name, bool value)
{
    query_text(q, name, value ? "true" : "false");
}

void query_item(struct query *q, const char *value, const char *name_format, ...)
{
    char name[QUERY_NAME_MAX];
    va_list args;
    int length;

    va_start(args, name_format);
    length = vsnprintf(name, sizeof(name), name_format, args);
    va_end(args);
    assert(length > 0);
    assert((size_t)length < sizeof(name));
    query_text(q, name, value);
}

enum err query_end(const struct query *q, struct errctx *cx)
{
    return buf_check(&q->body, q->action, cx);
}
