/* SPDX-License-Identifier: Apache-2.0 */
/*
 * skip.c - small memories of volumes: set aside for a while, tried by us, shown by the kernel.
 *
 * They only ever keep a volume from being chosen or make one be given back; none of them permits
 * anything. When one is full the oldest entry goes: it costs a call, never data.
 */
#include "claim/act.h"

/* The entry of this volume, or the one that runs out first: what is for good goes last. */
static struct claim_skip *skip_slot(struct claim *c, uint64_t key)
{
    struct claim_skip *slot = &c->skipped[0];

    for (uint32_t i = 0; i < SKIPPED_MAX; i++) {
        if (c->skipped[i].key == key) {
            return &c->skipped[i];
        }
        if (c->skipped[i].until_ms < slot->until_ms) {
            slot = &c->skipped[i];
        }
    }
    return slot;
}

struct claim_skip *skip_add(struct claim *c, uint64_t key, uint64_t for_ms)
{
    struct claim_skip *slot = skip_slot(c, key);

    *slot = (struct claim_skip){
        .key = key,
        .until_ms = for_ms == SKIP_FOR_GOOD ? SKIP_FOR_GOOD : c->now_ms + for_ms,
    };
    return slot;
}

struct claim_skip *skip_find(struct claim *c, uint64_t key)
{
    for (uint32_t i = 0; i < SKIPPED_MAX; i++) {
        if (c->skipped[i].key == key && c->skipped[i].until_ms > c->now_ms) {
            return &c->skipped[i];
        }
    }
    return NULL;
}

void tried_add(struct claim *c, uint64_t key)
{
    for (uint32_t i = 0; i < c->tried_count && i < SKIPPED_MAX; i++) {
        if (c->tried[i] == key) {
            return;
        }
    }
    c->tried[c->tried_count % SKIPPED_MAX] = key;
    c->tried_count++;
}

bool tried_take(struct claim *c, uint64_t key)
{
    for (uint32_t i = 0; i < c->tried_count && i < SKIPPED_MAX; i++) {
        if (c->tried[i] == key) {
            c->tried[i] = 0;
            return true;
        }
    }
    return false;
}

bool swept_has(const struct claim *c, uint64_t key)
{
    for (uint32_t i = 0; i < c->left_count; i++) {
        if (c->left_keys[i] == key) {
            return true;
        }
    }
    return false;
}

bool present_has(const struct claim *c, uint64_t key)
{
    for (uint32_t i = 0; i < c->present_count && !c->present_used; i++) {
        if (c->present[i] == key) {
            return true;
        }
    }
    return false;
}

/* A list that is full may have left some out: then everybody may be leaving. */
bool leaving_has(const struct claim *c, uint64_t key)
{
    if (c->leaving_count == LEAVING_MAX) {
        return true;
    }
    for (uint32_t i = 0; i < c->leaving_count; i++) {
        if (c->leaving[i] == key) {
            return true;
        }
    }
    return false;
}

bool present_mounted(const struct claim *c, uint64_t key)
{
    for (uint32_t i = 0; i < c->present_count; i++) {
        if (c->present[i] == key) {
            return c->present_mounted[i];
        }
    }
    return false;
}

void skip_note_source(struct claim *c, uint64_t key)
{
    for (uint32_t i = 0; i < SKIPPED_MAX; i++) {
        if (c->skipped[i].source_key == key) {
            c->skipped[i].source_seen = true;
        }
    }
}

/* A copy was set aside because its source stood; if that is gone now, the copy may be the head. */
bool skip_hides_head(const struct claim *c)
{
    for (uint32_t i = 0; i < SKIPPED_MAX; i++) {
        const struct claim_skip *s = &c->skipped[i];

        if (s->source_key != 0 && s->copy_seen && !s->source_seen && s->until_ms > c->now_ms) {
            return true;
        }
    }
    return false;
}
