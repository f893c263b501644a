/* SPDX-License-Identifier: Apache-2.0 */
/*
 * arena.h - one block of memory cut into regions of equal items, addressed by index.
 *
 * Items are taken in order and may be given back to a list inside the region, so that a region
 * never holds a pointer and can be copied to any address. A region only grows: `used` is how far it
 * was ever touched, and nothing beyond it is read, copied or cleared. It must not allocate.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { ARENA_NONE = 0x7fffffff };

struct arena_region {
    uint32_t offset;
    uint32_t item_size;
    uint32_t capacity;
    uint32_t used;
    uint32_t free_head;
    uint32_t free_count;
};

/* Lays out a region at *end and moves *end behind it, aligned to 16. */
struct arena_region arena_layout(size_t *end, uint32_t item_size, uint32_t capacity);

static inline void *arena_at(unsigned char *base, const struct arena_region *r, uint32_t index)
{
    return base + r->offset + (size_t)r->item_size * index;
}

static inline const void *arena_peek(const unsigned char *base, const struct arena_region *r,
                                     uint32_t index)
{
    return base + r->offset + (size_t)r->item_size * index;
}

/* How many more items can be taken. */
static inline uint32_t arena_room(const struct arena_region *r)
{
    return r->free_count + (r->capacity - r->used);
}

/* The index of an item of unspecified content; ARENA_NONE when the region is full. */
uint32_t arena_take(unsigned char *base, struct arena_region *r);
void arena_give(unsigned char *base, struct arena_region *r, uint32_t index);

/* Bytes in use; copies them out of or into a region; both return the position behind them. */
static inline size_t arena_bytes(const struct arena_region *r)
{
    return (size_t)r->item_size * r->used;
}

unsigned char *arena_pack(const unsigned char *base, const struct arena_region *r,
                          unsigned char *to);
const unsigned char *arena_unpack(unsigned char *base, const struct arena_region *r,
                                  const unsigned char *from);
