/* SPDX-License-Identifier: Apache-2.0 */
/*
 * want.c - the right to move a volume: a flag of one's own, a wait, a look, and only then `own`.
 *
 * Each claimant writes its own tag, so nothing is overwritten: of two claimants whoever writes
 * later sees the other, however long anyone stalls. A want is never renewed (design 4, rule 8).
 */
#include "claim/act.h"
#include "claim/digest.h"

#include <stddef.h>
#include <string.h>

enum { CLAIMANTS_MAX = FLAGS_MAX - 4 }; /* Tags are finite, and an unread flag is an unknown one. */

void act_confirm(void *claim, void *effect)
{
    struct claim *c = claim;

    (void)fx_read_by_id(c, effect, FX_READ_TAGS, &c->move.source.id);
}

void act_confirm_best(void *claim, void *effect)
{
    struct claim *c = claim;

    memset(&c->move, 0, sizeof c->move);
    c->moves++;
    c->claim_token = token_derive(c->token, "claim", c->moves);
    /* A flag of an earlier process of this machine may still be on its way, under the same key. */
    c->move.flag_window_ms = c->started_ms + c->cfg.window_ms;
    c->move.source.id = c->survey.far_free.id;
    c->chosen = id_key(&c->move.source.id);
    act_confirm(c, effect);
}

enum claim_event judge_movable(struct claim *c, const struct answer *a)
{
    const struct volume *v = a->volume;
    bool owned = false;

    if (v == NULL || !v->in_pool) {
        return EV_UNSURE;
    }
    if (v->is_void || v->quarantined || v->copy || v->flag_count >= CLAIMANTS_MAX ||
        flags_foreign(c, v, a->date_ms, &owned) > 0) {
        return EV_TAKEN;
    }
    target_from(&c->move.source, v);
    for (uint32_t i = 0; i < v->flag_count; i++) {
        c->move.inherited = c->move.inherited || id_same(&v->flags[i].instance, &c->self.instance);
    }
    return EV_FREE;
}

/* What the write asks for, and until when it, or an older one, can still land. */
static void plan_flag(struct claim *c, bool own, uint64_t expires_ms)
{
    struct claim_move *m = &c->move;

    m->asked_expires_ms = expires_ms / 1000 * 1000;
    m->flag_own = own;
    m->flagged = true;
    m->overlap_ms = m->flag_window_ms;
    m->older_window_ms = m->flag_window_ms;
    m->settled_ms = weak(WEAK_WAIT_FROM_SEND) && !own ? c->now_ms : m->settled_ms;
    memset(&c->mark, 0, sizeof c->mark);
    c->mark.kind = MARK_CLAIM;
    c->mark.flag = (struct flag){.instance = c->self.instance,
                                 .token = c->claim_token,
                                 .own = own,
                                 .expires_s = expires_ms / 1000};
}

static void write_flag(struct claim *c, void *effect, bool own, uint64_t expires_ms)
{
    struct claim_move *m = &c->move;
    /* The expiry in force fences its own renewal (rule 4); a first flag is fenced by what it asks.
     */
    const uint64_t in_force = m->expires_ms != 0 ? m->expires_ms : expires_ms;
    const uint64_t limit = weak(WEAK_RENEW_NEW_EXPIRY) ? expires_ms : in_force;
    struct effect *fx = NULL;

    plan_flag(c, own, expires_ms);
    fx = fx_change(c, effect, FX_MARK, limit);
    if (weak(WEAK_FLAG_DUP)) {
        fx->not_after_ms = limit;
    }
    fx->volume = m->source.id;
    fx->mark = c->mark;
    c->marked = m->source.id;
    m->flag_window_ms = fx->not_after_ms > m->flag_window_ms ? fx->not_after_ms : m->flag_window_ms;
    m->flag_closed_ms = window_closed(c, fx);
}

void act_want(void *claim, void *effect)
{
    struct claim *c = claim;

    write_flag(c, effect, false, c->now_ms + c->cfg.lock_ms);
}

void act_own(void *claim, void *effect)
{
    struct claim *c = claim;

    write_flag(c, effect, true, c->now_ms + c->cfg.lock_ms);
}

void act_renew(void *claim, void *effect)
{
    struct claim *c = claim;

    write_flag(c, effect, true, c->now_ms + c->cfg.lock_ms);
}

void act_read_flag(void *claim, void *effect)
{
    act_confirm(claim, effect);
}

/*
 * Rule 6: the wait starts at a positive answer, or at the first read that shows this very value.
 * Rule 3: a double of an older write may still land on top of a renewal, so it counts only when
 * that is over and the renewal still stands.
 */
void flag_written(struct claim *c)
{
    struct claim_move *m = &c->move;

    m->own_in_force = m->flag_own;
    if (!m->flag_own && !weak(WEAK_WAIT_FROM_SEND)) {
        m->settled_ms = c->now_ms;
    }
    m->unverified = m->asked_expires_ms > m->expires_ms && m->expires_ms != 0 &&
                    c->now_ms < m->overlap_ms && !weak(WEAK_FLAG_DUP);
    if (!m->unverified) {
        m->expires_ms = m->asked_expires_ms;
    }
}

void act_settle(void *claim, void *effect)
{
    struct claim *c = claim;

    fx_sleep_until(c, effect, c->move.settled_ms + c->cfg.consensus_ms);
}

void act_weigh(void *claim, void *effect)
{
    act_confirm(claim, effect);
}

void act_weigh_state(void *claim, void *effect)
{
    struct claim *c = claim;

    (void)fx_read_by_id(c, effect, FX_READ_VOLUME, &c->move.source.id);
}

static const struct flag *find_mine(const struct claim *c, const struct volume *v)
{
    for (uint32_t i = 0; i < v->flag_count; i++) {
        if (id_same(&v->flags[i].instance, &c->self.instance) &&
            token_same(v->flags[i].token, c->claim_token)) {
            return &v->flags[i];
        }
    }
    return NULL;
}

/* Nothing under a claim is begun when it could not be finished before the claim runs out. */
static bool is_lapsed(const struct claim *c)
{
    return c->move.expires_ms != 0 && c->now_ms + c->cfg.margin_ms >= c->move.expires_ms;
}

/* It was not written, or undone by an older one: what was known before holds. */
static void flag_lost(struct claim *c)
{
    struct claim_move *m = &c->move;

    m->unverified = false;
    m->asked_expires_ms = m->expires_ms;
    m->flag_own = m->own_in_force;
    m->flagged = m->expires_ms != 0;
}

/* The service said no: nothing of this write can land. */
void flag_refused(struct claim *c)
{
    c->move.flag_window_ms = c->move.older_window_ms;
    flag_lost(c);
}

enum claim_event judge_flag_shown(struct claim *c, const struct answer *a)
{
    const struct claim_move *m = &c->move;
    const struct flag *f = NULL;

    if (a->volume != NULL && a->volume->in_pool) {
        f = find_mine(c, a->volume);
    }
    if (f != NULL && f->own == m->flag_own && f->expires_s * 1000 == m->asked_expires_ms) {
        flag_written(c);
        return EV_SHOWN;
    }
    if (is_lapsed(c)) {
        return EV_LAPSED;
    }
    if (c->now_ms < m->flag_closed_ms) {
        return EV_OPEN;
    }
    flag_lost(c);
    return EV_LOST;
}

/* Against a live want the higher instance id withdraws; the lower one waits, up to its own margin.
 */
static enum claim_event against_wants(const struct claim *c, const struct volume *v,
                                      uint64_t date_ms)
{
    for (uint32_t i = 0; i < v->flag_count; i++) {
        const struct flag *f = &v->flags[i];

        if (flag_is_mine(c, f) || !flag_is_live(c, f, date_ms)) {
            continue;
        }
        if (f->own || id_compare(&c->self.instance, &f->instance) > 0) {
            return EV_WITHDRAW;
        }
    }
    return EV_PATIENCE;
}

enum claim_event judge_alone(struct claim *c, const struct answer *a)
{
    const struct volume *v = a->volume;
    bool owned = false;

    if (is_lapsed(c)) {
        return EV_LAPSED;
    }
    if (weak(WEAK_NO_FLAG_RECHECK)) {
        return EV_ALONE;
    }
    if (v == NULL || !v->in_pool || find_mine(c, v) == NULL) {
        return EV_UNSURE; /* A view without our own flag is older than it. */
    }
    if (v->is_void || v->copy || v->quarantined) {
        return EV_WITHDRAW;
    }
    if (flags_foreign(c, v, a->date_ms, &owned) == 0) {
        return EV_ALONE;
    }
    return against_wants(c, v, a->date_ms);
}

enum claim_event judge_still_free(struct claim *c, const struct answer *a)
{
    const struct volume *v = a->volume;

    if (is_lapsed(c)) {
        return EV_LAPSED;
    }
    if (v == NULL || v->state == VOL_DELETING || v->state == VOL_DELETED) {
        return EV_GONE;
    }
    return v->state == VOL_AVAILABLE ? EV_FREE : EV_TAKEN;
}
