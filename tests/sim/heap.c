/* SPDX-License-Identifier: Apache-2.0 */
/*
 * heap.c - the 4-ary heap: flatter than a binary one, and four children share a cache line or two.
 *
 * It must not allocate and must not reorder equals.
 */
#include "heap.h"

#include <assert.h>

enum { ARITY = 4 };

static bool is_before(const struct sim_event *a, const struct sim_event *b)
{
    if (a->time_ms != b->time_ms)
        return a->time_ms < b->time_ms;
    return a->sequence < b->sequence;
}

void heap_init(struct heap *h, struct sim_event *items, uint32_t capacity)
{
    *h = (struct heap){.items = items, .capacity = capacity};
}

void heap_push(struct heap *h, struct sim_event ev)
{
    uint32_t at = h->count;

    assert(h->count < h->capacity);
    assert(h->sequence < UINT32_MAX);
    ev.sequence = h->sequence++;
    h->count++;
    while (at > 0) {
        const uint32_t parent = (at - 1) / ARITY;

        if (!is_before(&ev, &h->items[parent]))
            break;
        h->items[at] = h->items[parent];
        at = parent;
    }
    h->items[at] = ev;
}

static uint32_t earliest_child(const struct heap *h, uint32_t at)
{
    const uint32_t first = at * ARITY + 1;
    uint32_t best = first;

    for (uint32_t i = first + 1; i < first + ARITY && i < h->count; i++) {
        if (is_before(&h->items[i], &h->items[best]))
            best = i;
    }
    return best;
}

bool heap_pop(struct heap *h, struct sim_event *out)
{
    struct sim_event last;
    uint32_t at = 0;

    if (h->count == 0)
        return false;
    *out = h->items[0];
    last = h->items[--h->count];
    while (at * ARITY + 1 < h->count) {
        const uint32_t child = earliest_child(h, at);

        if (!is_before(&h->items[child], &last))
            break;
        h->items[at] = h->items[child];
        at = child;
    }
    h->items[at] = last;
    return true;
}
