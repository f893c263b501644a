/* SPDX-License-Identifier: Apache-2.0 */
/*
 * arena.c - regions: taking, giving back, packing.
 *
 * The list of free items runs through the first four bytes of each; it must not
 * reach beyond the region.
 */
#include "sim/arena.h"

#include <assert.h>
#include <string.h>

enum { ALIGN = 16 };

struct arena_region arena_layout(size_t *end, uint32_t item_size, uint32_t capacity)
{
    const struct arena_region r = {
        .offset = (uint32_t)*end,
        .item_size = item_size,
        .capacity = capacity,
        .free_head = ARENA_NONE,
    };

    *end += ((size_t)item_size * capacity + ALIGN - 1) / ALIGN * ALIGN;
    assert(*end < UINT32_MAX);
    return r;
}

uint32_t arena_take(unsigned char *base, struct arena_region *r)
{
    const uint32_t index = r->free_head;

    if (index == ARENA_NONE)
        return r->used < r->capacity ? r->used++ : ARENA_NONE;
    memcpy(&r->free_head, arena_at(base, r, index), sizeof(r->free_head));
    r->free_count--;
    return index;
}

void arena_give(unsigned char *base, struct arena_region *r, uint32_t index)
{
    assert(index < r->used);
    memcpy(arena_at(base, r, index), &r->free_head, sizeof(r->free_head));
    r->free_head = index;
    r->free_count++;
}

unsigned char *arena_pack(const unsigned char *base, const struct arena_region *r,
                          unsigned char *to)
{
    memcpy(to, base + r->offset, arena_bytes(r));
    return to + arena_bytes(r);
}

const unsigned char *arena_unpack(unsigned char *base, const struct arena_region *r,
                                  const unsigned char *from)
{
    memcpy(base + r->offset, from, arena_bytes(r));
    return from + arena_bytes(r);
}
