/* SPDX-License-Identifier: Apache-2.0 */
/*
 * buf.h - text under construction, with a hard cap from birth and an overflow that sticks.
 *
 * An append either fits whole or is left out and marks the buffer, and so are all after it; ten
 * appends need one check. The text always ends with a zero byte. Memory is wiped when it is given
 * up, so a secret that passes through stays nowhere. A buffer may not be copied by assignment.
 */
#pragma once

#include "err.h"

#include <stdbool.h>
#include <stddef.h>

struct buf {
    char *data;     /* never NULL between birth and end; ends with a zero byte at `length` */
    size_t length;  /* bytes of text, without the zero byte */
    size_t room;    /* bytes of storage behind data */
    size_t cap;     /* bytes of storage it may ever have, the zero byte included */
    bool heap;      /* data is ours to free */
    bool overflow;  /* something did not fit, or memory ran out; stays until buf_clear */
    bool no_memory; /* overflow came from the allocator, not from the cap */
};

/* A buffer on the heap that grows as needed to `cap` bytes. Allocates nothing yet; never fails. */
void buf_init(struct buf *b, size_t cap);

/* A buffer on the caller's storage, which must outlive it; never allocates. size must be at
 * least 1. */
void buf_on(struct buf *b, char *storage, size_t size);

/* Ends the buffer: wipes and frees. Safe on one that is zeroed, and twice. */
void buf_fini(struct buf *b);

/* Forgets the text and the overflow; keeps the storage. */
void buf_clear(struct buf *b);

/* Shortens to a length it once had, and forgets an overflow that came after it. */
void buf_cut(struct buf *b, size_t length);

void buf_add(struct buf *b, const void *bytes, size_t count);
void buf_text(struct buf *b, const char *text);
void buf_char(struct buf *b, char c);
/* The text and a newline. */
void buf_line(struct buf *b, const char *text);
void buf_printf(struct buf *b, const char *format, ...) PRINTF_LIKE(2, 3);

/* ERR_OK, ERR_TOO_BIG or ERR_NO_MEMORY, with `what` in the words. */
MUST_CHECK enum err buf_check(const struct buf *b, const char *what, struct errctx *cx);
