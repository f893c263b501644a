/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pick.c - which of several free volumes is tried first.
 *
 * Instances that walk one list in one order collide at every step; a hash of instance and volume
 * sends each its own way. The order is stable for an instance, so a re-read list changes nothing in
 * it.
 */
#include "claim/act.h"

uint64_t pick_score(const struct claim *c, const struct volume *v)
{
    const uint64_t spread = mix64(v->key ^ c->self_key);

    if (c->cfg.strategy == STRATEGY_NUMBERED) {
        return (uint64_t)v->slot << 32 | spread >> 32; /* The lowest slot; among doubles, any. */
    }
    return spread;
}

void pick_offer(struct claim_pick *best, const struct volume *v, uint64_t score)
{
    if (!best->found || score < best->score) {
        best->found = true;
        best->score = score;
        best->id = v->id;
        best->created_ms = v->created_ms;
        best->failed = v->state == VOL_ERROR;
    }
}

bool pick_is_better(const struct claim_pick *a, const struct claim_pick *b)
{
    return a->found && (!b->found || a->score < b->score);
}
