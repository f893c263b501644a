/* SPDX-License-Identifier: Apache-2.0 */
/*
 * choose.c - who am I, what does the kernel show, what does the pool offer.
 *
 * It only looks. What a listing adds up to is survey.c's; what is done about it is the table's.
 */
#include "claim/act.h"

#include <stddef.h>
#include <string.h>

void act_identify(void *claim, void *effect)
{
    (void)fx_read(claim, effect, FX_IDENTIFY);
}

void act_inspect(void *claim, void *effect)
{
    struct claim *c = claim;

    (void)fx_host(c, effect, FX_INSPECT, &c->target.id);
}

/* A new listing starts a new choice: nothing chosen before is remembered but what is set aside. */
void act_list(void *claim, void *effect)
{
    struct claim *c = claim;

    survey_start(c);
    memset(&c->target, 0, sizeof c->target);
    c->target_crowned = c->target_held = c->target_flagged = false;
    c->target_expires_s = 0;
    c->tries = 0;
    (void)fx_read(c, effect, FX_LIST);
}

void act_list_more(void *claim, void *effect)
{
    struct claim *c = claim;

    c->survey.page++;
    fx_read(c, effect, FX_LIST)->page = c->survey.page;
}

/* Others saw it change before us: this reader may be behind for one lag bound. */
void act_list_after_loss(void *claim, void *effect)
{
    struct claim *c = claim;

    (void)skip_add(c, c->chosen, c->cfg.lag_ms);
    act_list(c, effect);
}

void act_list_after_refusal(void *claim, void *effect)
{
    struct claim *c = claim;

    skip_add(c, c->chosen, c->cfg.lock_ms + c->cfg.consensus_ms)->source_key =
        c->target.copy ? id_key(&c->target.source) : 0;
    act_list(c, effect);
}

void act_read_leaving(void *claim, void *effect)
{
    (void)fx_read(claim, effect, FX_READ_LEAVING);
}

enum claim_event judge_self(struct claim *c, const struct answer *a)
{
    c->self = *a->self;
    c->self_key = id_key(&c->self.instance);
    return EV_OK;
}

enum claim_event judge_inspected(struct claim *c, const struct answer *a)
{
    const struct inspection *seen = a->inspection;

    c->present_count = 0;
    c->present_used = false;
    for (uint32_t i = 0; i < seen->present_count && i < PRESENT_MAX; i++) {
        c->present[i] = id_key(&seen->present[i]);
        c->present_mounted[i] = seen->mounted[i];
        c->present_count++;
    }
    c->target_mounted = seen->target_mounted;
    c->target_volume = seen->target_volume;
    return EV_OK;
}

enum claim_event judge_pool(struct claim *c, const struct answer *a)
{
    enum claim_event event = EV_MORE;

    survey_fold(c, &a->page, a->date_ms);
    if (a->page.more) {
        return EV_MORE;
    }
    event = survey_choice(c);
    if (event != EV_UNSURE) {
        c->present_used = true; /* What the kernel showed at the start is used once. */
        c->looks = 0;
    }
    return event;
}

enum claim_event judge_leavers(struct claim *c, const struct answer *a)
{
    c->leaving_count = 0;
    for (uint32_t i = 0; i < a->leaving->count && i < LEAVING_MAX; i++) {
        c->leaving[c->leaving_count++] = a->leaving->keys[i];
    }
    return EV_OK;
}
