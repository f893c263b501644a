/* SPDX-License-Identifier: Apache-2.0 */
/*
 * secret.c - storage for secrets that is wiped, and nothing else.
 *
 * It must not allocate: a copy on the heap would be one that nobody wipes.
 */
#include "aws/secret.h"

#include <openssl/crypto.h>
#include <string.h>

void secret_fini(struct secret *s)
{
    explicit_bzero(s, sizeof(*s));
}

enum err secret_set(struct secret *s, const char *bytes, size_t count, const char *what,
                    struct errctx *cx)
{
    if (count >= sizeof(s->text))
        return err_set(cx, ERR_TOO_BIG, 0, "%s is longer than %zu bytes", what,
                       sizeof(s->text) - 1);
    secret_fini(s);
    memcpy(s->text, bytes, count);
    s->length = count;
    return ERR_OK;
}

enum err secret_text(struct secret *s, const char *text, const char *what, struct errctx *cx)
{
    return secret_set(s, text, strlen(text), what, cx);
}

bool secret_same(const struct secret *a, const struct secret *b)
{
    return a->length == b->length && CRYPTO_memcmp(a->text, b->text, a->length) == 0;
}
