/* SPDX-License-Identifier: Apache-2.0 */
/*
 * buf.c - the bounded buffer: the one place of the program that asks the heap for bytes.
 *
 * It must not print, log, or end the program; a failed allocation is an overflow like any other.
 */
#include "buf.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BUF_ROOM_FIRST = 256 };

/* What data points at before the first append, so that it is a text from birth. Never written to.
 */
static char nothing[1];

void buf_init(struct buf *b, size_t cap)
{
    assert(cap > 0);
    *b = (struct buf){.data = nothing, .cap = cap, .heap = true};
}

void buf_on(struct buf *b, char *storage, size_t size)
{
    assert(storage);
    assert(size > 0);
    *b = (struct buf){.data = storage, .room = size, .cap = size};
    storage[0] = '\0';
}

void buf_fini(struct buf *b)
{
    if (b->room > 0)
        explicit_bzero(b->data, b->room);
    if (b->heap && b->room > 0)
        free(b->data);
    *b = (struct buf){.data = nothing};
}

void buf_clear(struct buf *b)
{
    buf_cut(b, 0);
}

void buf_cut(struct buf *b, size_t length)
{
    assert(length <= b->length);
    b->length = length;
    if (b->room > 0)
        b->data[length] = '\0';
    b->overflow = false;
    b->no_memory = false;
}

/* realloc may leave a copy behind that nobody wipes, so growth is a new block and a wiped old one.
 */
static bool grow(struct buf *b, size_t needed)
{
    size_t room = b->room > 0 ? b->room : BUF_ROOM_FIRST;
    char *data;

    while (room < needed)
        room = room > b->cap / 2 ? b->cap : room * 2;
    if (room > b->cap)
        room = b->cap;
    data = malloc(room);
    if (!data)
        return false;
    memcpy(data, b->data, b->length + 1);
    if (b->room > 0) {
        explicit_bzero(b->data, b->room);
        free(b->data);
    }
    b->data = data;
    b->room = room;
    return true;
}

/* Makes room for `count` more bytes and the zero byte; false leaves the buffer marked. */
static bool reserve(struct buf *b, size_t count)
{
    if (b->overflow)
        return false;
    if (b->cap == 0 || count > b->cap - 1 - b->length) {
        b->overflow = true;
        return false;
    }
    if (b->length + count + 1 <= b->room || grow(b, b->length + count + 1))
        return true;
    b->overflow = true;
    b->no_memory = true;
    return false;
}

void buf_add(struct buf *b, const void *bytes, size_t count)
{
    if (count == 0 || !reserve(b, count))
        return;
    memcpy(b->data + b->length, bytes, count);
    b->length += count;
    b->data[b->length] = '\0';
}

void buf_text(struct buf *b, const char *text)
{
    buf_add(b, text, strlen(text));
}

void buf_char(struct buf *b, char c)
{
    buf_add(b, &c, 1);
}

void buf_line(struct buf *b, const char *text)
{
    size_t before = b->length;

    buf_text(b, text);
    buf_char(b, '\n');
    /* All or nothing: a line without its end would join the next one. */
    if (b->overflow && b->length > before) {
        b->length = before;
        b->data[before] = '\0';
    }
}

void buf_printf(struct buf *b, const char *format, ...)
{
    va_list args;
    int count;

    va_start(args, format);
    count = vsnprintf(NULL, 0, format, args);
    va_end(args);
    assert(count >= 0);
    if (count == 0 || !reserve(b, (size_t)count))
        return;
    va_start(args, format);
    (void)vsnprintf(b->data + b->length, (size_t)count + 1, format, args);
    va_end(args);
    b->length += (size_t)count;
}

enum err buf_check(const struct buf *b, const char *what, struct errctx *cx)
{
    if (!b->overflow)
        return ERR_OK;
    if (b->no_memory)
        return err_set(cx, ERR_NO_MEMORY, 0, "%s", what);
    return err_set(cx, ERR_TOO_BIG, 0, "%s is longer than %zu bytes", what, b->cap - 1);
}
