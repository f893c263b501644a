/* SPDX-License-Identifier: Apache-2.0 */
/*
 * release.c - giving a volume back: unmount, snapshot if asked to, detach, see it gone.
 *
 * It works from what the kernel shows, so that a release needs no listing while the cloud is slow.
 * It must never detach what is still mounted.
 */
#include "claim/act.h"

#include <stddef.h>

void act_rel_inspect(void *claim, void *effect)
{
    act_inspect(claim, effect);
}

void act_rel_check(void *claim, void *effect)
{
    act_read_target_tags(claim, effect);
}

void act_rel_list(void *claim, void *effect)
{
    struct claim *c = claim;

    survey_start(c);
    (void)fx_read(c, effect, FX_LIST);
}

void act_rel_list_more(void *claim, void *effect)
{
    act_list_more(claim, effect);
}

void act_unmount(void *claim, void *effect)
{
    struct claim *c = claim;

    (void)fx_host(c, effect, FX_UNMOUNT, &c->target.id);
}

void act_detach_held(void *claim, void *effect)
{
    struct claim *c = claim;

    c->target.id = c->survey.held.id;
    c->chosen = id_key(&c->target.id);
    act_detach(c, effect);
}

void act_read_target_released(void *claim, void *effect)
{
    act_read_target(claim, effect);
}

enum claim_event judge_rel_inspect(struct claim *c, const struct answer *a)
{
    (void)judge_inspected(c, a);
    if (!c->target_mounted) {
        return EV_OPEN;
    }
    if (id_is_empty(&c->target_volume)) {
        return EV_OCCUPIED; /* Mounted, and no volume of a provider as far as the kernel shows. */
    }
    c->target.id = c->target_volume;
    c->chosen = id_key(&c->target.id);
    c->looks = 0;
    return EV_HELD_MOUNTED;
}

/* Nothing is unmounted and given away that is not the pool's. */
enum claim_event judge_rel_member(struct claim *c, const struct answer *a)
{
    if (a->volume != NULL && a->volume->in_pool) {
        target_from(&c->target, a->volume);
        return EV_OK;
    }
    c->looks++;
    return c->looks < LOOKS_MAX ? EV_UNSURE : EV_OCCUPIED;
}

enum claim_event judge_rel_pool(struct claim *c, const struct answer *a)
{
    survey_fold(c, &a->page, a->date_ms);
    if (a->page.more) {
        return EV_MORE;
    }
    if (c->survey.held_elsewhere) {
        return EV_OCCUPIED;
    }
    return c->survey.held.found ? EV_HELD : EV_NOTHING;
}

enum claim_event judge_rel_freed(struct claim *c, const struct answer *a)
{
    const struct volume *v = a->volume;

    if (v == NULL || v->state == VOL_AVAILABLE || v->state == VOL_DELETING ||
        v->state == VOL_DELETED || (v->holder_key != 0 && v->holder_key != c->self_key)) {
        return EV_FREED;
    }
    return c->now_ms < c->window_closed_ms ? EV_OPEN : EV_STILL;
}
