/* SPDX-License-Identifier: Apache-2.0 */
/*
 * take.c - attach, see the device, take the verdict, let go.
 *
 * AttachVolume decides among the instances of one zone; the verdict decides against a mover. It is
 * taken before every mount, however the volume came to be attached (design 4, rule 7). It must
 * never mount.
 */
#include "claim/act.h"

#include <stddef.h>

static void choose(struct claim *c, const struct claim_pick *pick)
{
    c->target.id = pick->id;
    c->target_created_ms = pick->created_ms;
    c->chosen = id_key(&pick->id);
    c->device_name = 0;
}

void act_attach(void *claim, void *effect)
{
    struct claim *c = claim;
    struct effect *fx = fx_change_volume(c, effect, FX_ATTACH, &c->target.id);

    fx->device_name = c->device_name;
    c->attach_sent_ms = c->now_ms;
    tried_add(c, c->chosen);
}

void act_attach_best(void *claim, void *effect)
{
    struct claim *c = claim;

    choose(c, &c->survey.near_free);
    act_attach(c, effect);
}

void act_attach_renamed(void *claim, void *effect)
{
    struct claim *c = claim;

    c->device_name++;
    act_attach(c, effect);
}

void act_read_target(void *claim, void *effect)
{
    struct claim *c = claim;

    (void)fx_read_by_id(c, effect, FX_READ_VOLUME, &c->target.id);
}

void act_read_stuck(void *claim, void *effect)
{
    act_read_target(claim, effect);
}

void act_await_device(void *claim, void *effect)
{
    struct claim *c = claim;

    fx_host(c, effect, FX_AWAIT_DEVICE, &c->target.id)->deadline_ms = c->now_ms + c->cfg.device_ms;
}

/* It was attached here before we asked: by an earlier run, or by an answer that was lost. */
void act_keep(void *claim, void *effect)
{
    struct claim *c = claim;

    choose(c, &c->survey.held);
    c->target_held = true;
    c->attach_sent_ms = c->now_ms;
    act_await_device(c, effect);
}

void act_read_target_tags(void *claim, void *effect)
{
    struct claim *c = claim;

    (void)fx_read_by_id(c, effect, FX_READ_TAGS, &c->target.id);
}

/* Set aside until no double of the detach can land, lest it hit a later attachment. */
void act_yield(void *claim, void *effect)
{
    struct claim *c = claim;

    act_detach(c, effect);
    skip_add(c, c->chosen, c->window_closed_ms - c->now_ms)->yielded = true;
}

void act_yield_long(void *claim, void *effect)
{
    struct claim *c = claim;

    act_detach(c, effect);
    skip_add(c, c->chosen, c->window_closed_ms - c->now_ms + c->cfg.lock_ms)->yielded = true;
}

static bool is_here(const struct claim *c, const struct volume *v)
{
    return v != NULL && v->state == VOL_IN_USE && v->holder_key == c->self_key &&
           id_same(&v->holder, &c->self.instance) &&
           (v->attachment == ATT_ATTACHING || v->attachment == ATT_ATTACHED);
}

enum claim_event judge_attached(struct claim *c, const struct answer *a)
{
    if (is_here(c, a->volume)) {
        return EV_MINE;
    }
    return c->now_ms < c->window_closed_ms ? EV_OPEN : EV_LOST;
}

/* The device has not come. A view that shows no attachment may be behind; only time decides. */
enum claim_event judge_device_doubt(struct claim *c, const struct answer *a)
{
    if (c->now_ms < c->attach_sent_ms + c->cfg.stuck_ms) {
        return EV_OPEN;
    }
    return is_here(c, a->volume) ? EV_STUCK : EV_LOST;
}

void target_from(struct claim_target *t, const struct volume *v)
{
    t->source = v->source;
    t->lineage = v->lineage;
    t->fs = v->fs;
    t->blank = v->blank;
    t->generation = v->generation;
    t->slot = v->slot;
    t->has_fs = v->has_fs;
    t->has_blank = v->has_blank;
    t->copy = v->copy;
}

/* Claims of others on what is attached here. */
static enum claim_event claims_verdict(const struct claim *c, const struct volume *v,
                                       uint64_t date_ms)
{
    uint32_t live = 0;
    bool own_instance = false;
    bool owned = false;

    for (uint32_t i = 0; i < v->flag_count; i++) {
        const struct flag *f = &v->flags[i];

        if (flag_is_mine(c, f) || !flag_is_live(c, f, date_ms)) {
            continue;
        }
        live++;
        if (id_same(&f->instance, &c->self.instance)) {
            own_instance = true; /* An earlier process of this machine: wait until it lapses. */
        } else {
            owned = owned || f->own;
        }
    }
    if (owned) {
        return EV_YIELD;
    }
    if (live > 0) {
        return c->survey.near_count > 1 && !own_instance ? EV_YIELD : EV_PATIENCE;
    }
    return EV_MINE;
}

enum claim_event judge_verdict(struct claim *c, const struct answer *a)
{
    const struct volume *v = a->volume;

    if (weak(WEAK_NO_POST_ATTACH_CHECK)) {
        if (v != NULL) {
            target_from(&c->target, v);
        }
        return EV_MINE;
    }
    if (v == NULL || !v->in_pool) {
        return EV_UNSURE; /* DescribeTags of a volume we hold shows the pool's tags, or lies. */
    }
    if (v->is_void || v->quarantined) {
        return EV_VOIDED;
    }
    if (v->copy) {
        return c->target_crowned ? EV_UNSURE : EV_COPY;
    }
    target_from(&c->target, v);
    c->target_marked = flags_lapsed(c, v, a->date_ms) != NULL;
    return claims_verdict(c, v, a->date_ms);
}

enum claim_event judge_freed(struct claim *c, const struct answer *a)
{
    const struct volume *v = a->volume;

    if (v == NULL || v->state == VOL_DELETING || v->state == VOL_DELETED) {
        return EV_GONE;
    }
    if (v->state == VOL_AVAILABLE) {
        c->move.freed = true;
        /* A surplus with flags left on it is swept, so that what they stand for is found first. */
        return c->state == ST_SURPLUS_FREEING && c->target_marked ? EV_GONE : EV_FREED;
    }
    if (v->holder_key != 0 && v->holder_key != c->self_key) {
        return EV_LOST;
    }
    return c->now_ms < c->window_closed_ms ? EV_OPEN : EV_STILL;
}
