/* SPDX-License-Identifier: Apache-2.0 */
/*
 * explore_pool.c - things kept once and numbered, and a map from pairs of numbers.
 *
 * Memory is taken in chunks and never given back before the end. A pool compares whole things,
 * unless it was told that equal hashes will do. It must not know what it keeps.
 */
#include "sim/explore_parts.h"

#include <stdlib.h>
#include <string.h>

enum { CHUNK_BYTES = 1 << 24, FIRST = 1024 };

uint64_t pool_hash(const void *bytes, size_t size)
{
    const unsigned char *at = bytes;
    uint64_t h = UINT64_C(0x9e3779b97f4a7c15) ^ size;
    uint64_t word = 0;

    for (; size >= sizeof(word); at += sizeof(word), size -= sizeof(word)) {
        memcpy(&word, at, sizeof(word));
        h = (h ^ word) * UINT64_C(0x9FB21C651E98DF25);
        h ^= h >> 32;
    }
    word = 0;
    memcpy(&word, at, size);
    return mix64(h ^ word);
}

static bool regrow(void **array, size_t item, uint32_t capacity)
{
    void *bigger = realloc(*array, item * capacity);

    if (!bigger)
        return false;
    *array = bigger;
    return true;
}

static bool grow_items(struct pool *p)
{
    const uint32_t capacity = p->capacity == 0 ? FIRST : p->capacity * 2;
    void *at = p->at;
    void *sizes = p->sizes;
    void *hashes = p->hashes;
    const bool good = regrow(&at, sizeof(p->at[0]), capacity) &&
                      regrow(&sizes, sizeof(p->sizes[0]), capacity) &&
                      regrow(&hashes, sizeof(p->hashes[0]), capacity);

    p->at = at;
    p->sizes = sizes;
    p->hashes = hashes;
    if (!good)
        return false;
    p->bytes += (uint64_t)(capacity - p->capacity) * 20;
    p->capacity = capacity;
    return true;
}

static void table_add(struct pool *p, uint32_t number)
{
    uint32_t at = (uint32_t)p->hashes[number - 1] & (p->table_size - 1);

    while (p->table[at] != 0)
        at = (at + 1) & (p->table_size - 1);
    p->table[at] = number;
}

static bool grow_table(struct pool *p)
{
    const uint32_t size = p->table_size == 0 ? 4 * FIRST : p->table_size * 2;
    uint32_t *table = calloc(size, sizeof(*table));

    if (!table)
        return false;
    free(p->table);
    p->table = table;
    p->bytes += (uint64_t)(size - p->table_size) * sizeof(*table);
    p->table_size = size;
    for (uint32_t i = 1; i <= p->count; i++)
        table_add(p, i);
    return true;
}

/* Room for `size` bytes in the last chunk, or in a new one. */
static bool take_room(struct pool *p, uint32_t size)
{
    void *chunks = p->chunks;

    if (p->chunk_count > 0 && CHUNK_BYTES - p->chunk_used >= size)
        return true;
    if (!regrow(&chunks, sizeof(p->chunks[0]), p->chunk_count + 1))
        return false;
    p->chunks = chunks;
    p->chunks[p->chunk_count] = malloc(CHUNK_BYTES);
    if (!p->chunks[p->chunk_count])
        return false;
    p->chunk_count++;
    p->chunk_used = 0;
    p->bytes += CHUNK_BYTES;
    return true;
}

static uint32_t find(const struct pool *p, const void *thing, uint32_t size, uint64_t hash)
{
    uint32_t at = (uint32_t)hash & (p->table_size - 1);

    for (; p->table[at] != 0; at = (at + 1) & (p->table_size - 1)) {
        const uint32_t number = p->table[at];

        if (p->hashes[number - 1] == hash &&
            (p->by_hash ||
             (p->sizes[number - 1] == size && memcmp(pool_get(p, number), thing, size) == 0)))
            return number;
    }
    return 0;
}

uint32_t pool_put(struct pool *p, const void *thing, uint32_t size, uint64_t hash)
{
    const uint32_t padded = (size + 15) / 16 * 16;
    uint32_t number = 0;

    if (p->table_size == 0 && !grow_table(p))
        return 0;
    number = find(p, thing, size, hash);
    if (number != 0)
        return number;
    if ((p->count == p->capacity && !grow_items(p)) || !take_room(p, padded) ||
        (p->count >= p->table_size / 2 && !grow_table(p))) {
        p->failed = true;
        return 0;
    }
    memcpy(p->chunks[p->chunk_count - 1] + p->chunk_used, thing, size);
    p->at[p->count] = (uint64_t)(p->chunk_count - 1) << 32 | p->chunk_used;
    p->sizes[p->count] = size;
    p->hashes[p->count] = hash;
    p->chunk_used += padded;
    p->count++;
    table_add(p, p->count);
    return p->count;
}

const void *pool_get(const struct pool *p, uint32_t number)
{
    const uint64_t at = p->at[number - 1];

    return p->chunks[at >> 32] + (uint32_t)at;
}

void pool_free(struct pool *p)
{
    for (uint32_t i = 0; i < p->chunk_count; i++)
        free(p->chunks[i]);
    free(p->chunks);
    free(p->at);
    free(p->sizes);
    free(p->hashes);
    free(p->table);
    *p = (struct pool){0};
}

static struct memo_entry *memo_find(const struct memo *m, uint64_t key)
{
    uint64_t at = mix64(key) & (m->size - 1);

    while (m->entries[at].key != 0 && m->entries[at].key != key)
        at = (at + 1) & (m->size - 1);
    return &m->entries[at];
}

static bool memo_grow(struct memo *m)
{
    const struct memo old = *m;

    m->size = old.size == 0 ? (size_t)4 * FIRST : old.size * 2;
    m->entries = calloc(m->size, sizeof(m->entries[0]));
    if (!m->entries) {
        *m = old;
        return false;
    }
    for (uint64_t i = 0; i < old.size; i++) {
        if (old.entries[i].key != 0)
            *memo_find(m, old.entries[i].key) = old.entries[i];
    }
    free(old.entries);
    return true;
}

struct memo_entry *memo_at(struct memo *m, uint64_t key)
{
    struct memo_entry *e = NULL;

    if (m->used >= m->size / 2 && !memo_grow(m))
        return NULL;
    e = memo_find(m, key);
    if (e->key == 0) {
        *e = (struct memo_entry){.key = key, .count = UINT32_MAX};
        m->used++;
    }
    return e;
}

void memo_free(struct memo *m)
{
    free(m->entries);
    *m = (struct memo){0};
}
