/* SPDX-License-Identifier: Apache-2.0 */
/*
 * secret.h - text that must not be seen: keys, session tokens, metadata tokens.
 *
 * A secret has storage of a fixed size, is wiped when it is given up or replaced, and has no way to
 * be formatted: whoever signs or sends it reads `text` by name. It must not be passed to a log or
 * put into the words of an error.
 */
#pragma once

#include "err.h"

#include <stdbool.h>
#include <stddef.h>

/* AWS publishes no limit for session tokens; IAM asks clients to assume none, and 4096 is in use.
 */
enum { SECRET_MAX = 8192 };

struct secret {
    size_t length;
    char text[SECRET_MAX]; /* ends with a zero byte at `length` */
};

/* Wipes it; the secret is then empty. */
void secret_fini(struct secret *s);

/* Takes up `count` bytes in place of what it held; ERR_TOO_BIG names `what`, never the bytes. */
MUST_CHECK enum err secret_set(struct secret *s, const char *bytes, size_t count, const char *what,
                               struct errctx *cx);

/* The same for a text. */
MUST_CHECK enum err secret_text(struct secret *s, const char *text, const char *what,
                                struct errctx *cx);

/* Equal length and bytes, in a time that does not tell where they differ. */
bool secret_same(const struct secret *a, const struct secret *b);

/* Wipes memory of any kind when its scope ends: see AUTO_SECRET. */
#define AUTO_SECRET __attribute__((cleanup(secret_fini)))
