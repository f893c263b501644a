/* SPDX-License-Identifier: Apache-2.0 */
/*
 * err.c - fills the context of a failure and turns it into one sentence.
 *
 * It must not decide what an error means for the run: that is a row in err.def, or a cell of
 * the table.
 */
#include "err.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void err_clear(struct errctx *cx)
{
    *cx = (struct errctx){.code = ERR_OK};
}

enum err err_set(struct errctx *cx, enum err code, int sys_errno, const char *format, ...)
{
    va_list args;

    assert(code > ERR_OK);
    assert(code < ERR_COUNT);
    if (!cx)
        return code;
    cx->code = code;
    cx->sys_errno = sys_errno;
    va_start(args, format);
    (void)vsnprintf(cx->message, sizeof(cx->message), format, args);
    va_end(args);
    return code;
}

enum err err_prefix(struct errctx *cx, const char *format, ...)
{
    char old[ERR_MESSAGE_MAX];
    va_list args;
    size_t used;

    assert(cx->code != ERR_OK);
    memcpy(old, cx->message, sizeof(old));
    va_start(args, format);
    (void)vsnprintf(cx->message, sizeof(cx->message), format, args);
    va_end(args);
    used = strlen(cx->message);
    (void)snprintf(cx->message + used, sizeof(cx->message) - used, ": %s", old);
    return cx->code;
}

/* Appends like snprintf at *used, which never passes the last byte. */
static void add(char *out, size_t size, size_t *used, const char *format, ...) PRINTF_LIKE(4, 5);
static void add(char *out, size_t size, size_t *used, const char *format, ...)
{
    va_list args;
    int written;

    va_start(args, format);
    written = vsnprintf(out + *used, size - *used, format, args);
    va_end(args);
    if (written > 0)
        *used += (size_t)written < size - *used ? (size_t)written : size - *used - 1;
}

/* strerror() may share its storage between threads; this has none. */
static const char *errno_words(int sys_errno)
{
    const char *words = strerrordesc_np(sys_errno);

    return words ? words : "unknown errno";
}

void err_format(const struct errctx *cx, char *out, size_t size)
{
    size_t used = 0;

    assert(size > 0);
    out[0] = '\0';
    add(out, size, &used, "%s", cx->message[0] ? cx->message : err_words(cx->code));
    if (cx->message[0])
        add(out, size, &used, ": %s", err_words(cx->code));
    if (cx->sys_errno != 0)
        add(out, size, &used, " (%s)", errno_words(cx->sys_errno));
    if (cx->http_status != 0)
        add(out, size, &used, " [HTTP %d]", cx->http_status);
    if (cx->request_id[0])
        add(out, size, &used, " [request %s]", cx->request_id);
}
