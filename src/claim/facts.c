/* SPDX-License-Identifier: Apache-2.0 */
/*
 * facts.c - comparing, copying and digesting the small values of facts.h.
 *
 * Nothing here may know a tag, a state of the machine, or a provider.
 */
#include "claim/facts.h"

#include <assert.h>
#include <string.h>

bool id_same(const struct id *a, const struct id *b)
{
    return memcmp(a->text, b->text, ID_MAX) == 0;
}

bool id_is_empty(const struct id *a)
{
    return a->text[0] == '\0';
}

int id_compare(const struct id *a, const struct id *b)
{
    return memcmp(a->text, b->text, ID_MAX);
}

/* The padding makes equal texts equal memory, so the rest of `out` is always cleared. */
static bool text_set(char *out, size_t size, const char *text)
{
    const size_t length = strlen(text);

    memset(out, 0, size);
    if (length >= size) {
        return false;
    }
    memcpy(out, text, length);
    return true;
}

bool id_set(struct id *out, const char *text)
{
    return text_set(out->text, ID_MAX, text);
}

uint64_t mix64(uint64_t x)
{
    x += UINT64_C(0x9e3779b97f4a7c15);
    x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
    return x ^ (x >> 31);
}

uint64_t id_key(const struct id *a)
{
    uint64_t key = 0;

    if (id_is_empty(a)) {
        return 0;
    }
    /* Bytes are taken in a fixed order, so a key is the same on every machine. */
    for (size_t at = 0; at < ID_MAX; at += 8) {
        uint64_t word = 0;

        for (size_t i = 0; i < 8; i++) {
            word |= (uint64_t)(unsigned char)a->text[at + i] << (8 * i);
        }
        key = mix64(key ^ word);
    }
    return key != 0 ? key : 1;
}

bool zone_same(const struct zone *a, const struct zone *b)
{
    return memcmp(a->text, b->text, ZONE_MAX) == 0;
}

bool zone_set(struct zone *out, const char *text)
{
    return text_set(out->text, ZONE_MAX, text);
}

bool token_same(struct token a, struct token b)
{
    return a.hi == b.hi && a.lo == b.lo;
}

bool uuid_same(const struct uuid *a, const struct uuid *b)
{
    return memcmp(a->bytes, b->bytes, sizeof a->bytes) == 0;
}

bool uuid_is_zero(const struct uuid *a)
{
    static const struct uuid zero = {{0}};

    return uuid_same(a, &zero);
}

static_assert(ID_MAX % 8 == 0, "id_key() reads whole words");
