/* SPDX-License-Identifier: Apache-2.0 */
/*
 * flags.c - which claims on a volume are live, which are ours, which have lapsed.
 *
 * Liveness is judged by the time of the answer that carries the flag, never by this machine's clock
 * (design 4, rule 8). A flag counts as live for one consensus wait beyond its expiry.
 */
#include "claim/act.h"

bool flag_is_live(const struct claim *c, const struct flag *f, uint64_t date_ms)
{
    return date_ms < f->expires_s * 1000 + c->cfg.consensus_ms;
}

/* The token is the identity: a flag of this instance with another token is a stranger's (rule 5).
 */
bool flag_is_mine(const struct claim *c, const struct flag *f)
{
    if (weak(WEAK_OWN_FLAG_AFTER_REBOOT)) {
        return id_same(&f->instance, &c->self.instance);
    }
    return token_same(f->token, c->token) || token_same(f->token, c->claim_token);
}

uint32_t flags_foreign(const struct claim *c, const struct volume *v, uint64_t date_ms,
                       bool *has_own)
{
    uint32_t count = 0;

    *has_own = false;
    for (uint32_t i = 0; i < v->flag_count; i++) {
        const struct flag *f = &v->flags[i];

        if (!flag_is_mine(c, f) && flag_is_live(c, f, date_ms)) {
            count++;
            *has_own = *has_own || f->own;
        }
    }
    return count;
}

const struct flag *flags_lapsed(const struct claim *c, const struct volume *v, uint64_t date_ms)
{
    for (uint32_t i = 0; i < v->flag_count; i++) {
        if (!flag_is_mine(c, &v->flags[i]) && !flag_is_live(c, &v->flags[i], date_ms)) {
            return &v->flags[i];
        }
    }
    return NULL;
}
