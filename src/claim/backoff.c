/* SPDX-License-Identifier: Apache-2.0 */
/*
 * backoff.c - how long to wait, and the only random numbers of the core.
 *
 * The state of the generator is in the claim, so a run repeats exactly from its seed. Jitter
 * spreads instances that failed together; it must never decide who is right.
 */
#include "claim/act.h"

#include <assert.h>

enum {
    BACKOFF_BASE_MS = 1000,
    BACKOFF_SHIFT_MAX = 5,
    POLL_MS = 2000, /* ec2.md D.3: a first look after 1 to 2 s */
};

uint64_t random_below(struct claim *c, uint64_t limit)
{
    assert(limit > 0);
    c->random += UINT64_C(0x9e3779b97f4a7c15);
    return mix64(c->random) % limit;
}

/* Exponential, capped, half of it jitter: a herd that was throttled together comes back apart. */
uint64_t backoff_ms(struct claim *c)
{
    const uint32_t shift = c->attempt < BACKOFF_SHIFT_MAX ? c->attempt : BACKOFF_SHIFT_MAX;
    const uint64_t span = (uint64_t)BACKOFF_BASE_MS << shift;

    return span / 2 + random_below(c, span + 1);
}

uint64_t poll_ms(struct claim *c)
{
    return POLL_MS + random_below(c, POLL_MS / 2);
}
