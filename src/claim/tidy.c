/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tidy.c - at the end of a run: give back what is too much, take our flag off, sweep leftovers.
 *
 * All of it is best effort and bounded. Nothing is deleted here that could be the head of anything:
 * a copy goes only while its source stands and no claim on that source is live.
 */
#include "claim/act.h"

#include <assert.h>
#include <stddef.h>
#include <string.h>

void act_tidy(void *claim, void *effect)
{
    act_inspect(claim, effect);
}

/* Out of time, and nothing in our hands: what others left is still swept. */
void act_tidy_late(void *claim, void *effect)
{
    struct claim *c = claim;

    c->exit_code = EXIT_AGAIN;
    c->reason = "the deadline of the run has passed";
    act_inspect(c, effect);
}

void act_give_back(void *claim, void *effect)
{
    struct claim *c = claim;

    (void)fx_change_volume(c, effect, FX_DETACH, &c->extra);
}

void act_unflag_target(void *claim, void *effect)
{
    struct claim *c = claim;
    struct effect *fx = fx_change_volume(c, effect, FX_UNMARK, &c->target.id);

    c->target_flagged = false;
    fx->mark.kind = MARK_CLAIM;
    fx->mark.flag = (struct flag){.instance = c->self.instance,
                                  .token = c->token,
                                  .own = true,
                                  .expires_s = c->target_expires_s};
}

void act_list_garbage(void *claim, void *effect)
{
    struct claim *c = claim;

    survey_start(c);
    c->sweep_again = false;
    (void)fx_read(c, effect, FX_LIST);
}

void act_list_garbage_more(void *claim, void *effect)
{
    act_list_more(claim, effect);
}

void act_sweep(void *claim, void *effect)
{
    struct claim *c = claim;

    if (c->survey.garbage.found) {
        c->swept = c->survey.garbage.id;
        c->swept_failed = c->survey.garbage.failed;
        c->survey.garbage.found = false;
        c->sweeps++;
        c->sweep_again = true;
    }
    (void)fx_read_by_id(c, effect, FX_READ_TAGS, &c->swept);
}

void act_read_swept_claims(void *claim, void *effect)
{
    struct claim *c = claim;

    (void)fx_read_by_id(c, effect, FX_READ_TAGS, &c->swept_source);
}

void act_read_swept_source(void *claim, void *effect)
{
    struct claim *c = claim;

    (void)fx_read_by_id(c, effect, FX_READ_VOLUME, &c->swept_source);
}

void act_void_swept(void *claim, void *effect)
{
    struct claim *c = claim;

    memset(&c->mark, 0, sizeof c->mark);
    c->mark.kind = MARK_VOID;
    c->mark.token = c->token;
    (void)fx_mark(c, effect, &c->swept);
}

void act_delete_swept(void *claim, void *effect)
{
    struct claim *c = claim;

    (void)fx_change_volume(c, effect, FX_DELETE_VOLUME, &c->swept);
}

void act_list_swept_snapshots(void *claim, void *effect)
{
    struct claim *c = claim;

    (void)fx_read_by_id(c, effect, FX_LIST_SNAPSHOTS, &c->swept);
}

void act_check_swept(void *claim, void *effect)
{
    struct claim *c = claim;

    (void)fx_read_by_id(c, effect, FX_READ_TAGS, &c->swept);
}

void act_read_swept(void *claim, void *effect)
{
    struct claim *c = claim;

    (void)fx_read_by_id(c, effect, FX_READ_VOLUME, &c->swept);
}

void act_drop_swept(void *claim, void *effect)
{
    struct claim *c = claim;

    fx_change(c, effect, FX_DELETE_SNAPSHOT, 0)->snapshot = c->swept_snapshot;
}

void act_unflag_swept(void *claim, void *effect)
{
    struct claim *c = claim;
    struct effect *fx = fx_change_volume(c, effect, FX_UNMARK, &c->swept);

    fx->mark.kind = MARK_CLAIM;
    fx->mark.flag = c->swept_flag;
}

static bool is_mounted(const struct inspection *seen, const struct id *volume)
{
    for (uint32_t i = 0; i < seen->present_count && i < PRESENT_MAX; i++) {
        if (id_same(&seen->present[i], volume) && seen->mounted[i]) {
            return true;
        }
    }
    return false;
}

/*
 * What the listing showed attached beside the one we use, and what we sent an attach for and the
 * kernel shows; in use by nobody.
 */
static bool find_extra(struct claim *c, const struct inspection *seen)
{
    struct claim_pick *listed = &c->survey.extra;

    if (listed->found) {
        listed->found = false;
        c->extra = listed->id;
        return !id_same(&c->extra, &c->target.id) && !is_mounted(seen, &c->extra);
    }
    for (uint32_t i = 0; i < seen->present_count && i < PRESENT_MAX; i++) {
        if (!id_same(&seen->present[i], &c->target.id) && !seen->mounted[i] &&
            tried_take(c, id_key(&seen->present[i]))) {
            c->extra = seen->present[i];
            return true;
        }
    }
    return false;
}

enum claim_event judge_tidy(struct claim *c, const struct answer *a)
{
    if (find_extra(c, a->inspection)) {
        return EV_EXTRA;
    }
    if (c->target_flagged) {
        return EV_UNFLAG;
    }
    if (c->cfg.drop_snapshot && c->move.committed && !id_is_empty(&c->move.snapshot)) {
        return EV_DROP;
    }
    if (c->sweeps < SWEEPS_MAX && c->survey.garbage.found) {
        return EV_SWEEP;
    }
    if (c->sweeps < SWEEPS_MAX && c->sweep_again) {
        return EV_RELIST;
    }
    return c->exit_code != EXIT_DONE ? EV_OVER : EV_CLEAN;
}

enum claim_event judge_garbage(struct claim *c, const struct answer *a)
{
    survey_fold_garbage(c, &a->page, a->date_ms);
    if (a->page.more) {
        return EV_MORE;
    }
    return c->survey.garbage.found ? EV_SWEEP : EV_CLEAN;
}

/* Somebody works on it, or it is none of ours: not again in this run. */
static enum claim_event leave_alone(struct claim *c, enum claim_event event)
{
    assert(c->left_count < SWEEPS_MAX);
    c->left_keys[c->left_count++] = id_key(&c->swept);
    return event;
}

enum claim_event judge_sweep(struct claim *c, const struct answer *a)
{
    const struct volume *v = a->volume;
    const struct flag *lapsed = NULL;

    if (v == NULL || !v->in_pool) {
        return leave_alone(c, EV_CLEAN);
    }
    if (v->copy && c->swept_failed) {
        return EV_DELETE; /* A copy in error is never a head, whatever became of its source. */
    }
    if (!v->is_void && v->copy && v->source_key != 0) {
        c->swept_source = v->source;
        return EV_SOURCE;
    }
    lapsed = flags_lapsed(c, v, a->date_ms);
    if (lapsed == NULL) {
        const bool rubbish =
            v->is_void && !v->quarantined && (v->copy || (v->has_blank && !v->has_fs));

        return rubbish && v->flag_count == 0 ? EV_DELETE : leave_alone(c, EV_CLEAN);
    }
    c->swept_flag = *lapsed;
    return EV_SNAPSHOTS;
}

/* Live claims first, the source's existence after: a commit lands before its claim lapses. */
enum claim_event judge_claims(struct claim *c, const struct answer *a)
{
    bool owned = false;

    if (a->volume == NULL || !a->volume->in_pool) {
        return leave_alone(c, EV_UNSURE);
    }
    if (flags_foreign(c, a->volume, a->date_ms, &owned) > 0) {
        return leave_alone(c, EV_PATIENCE);
    }
    return EV_CLEAR;
}

/*
 * The flags are read once more after this list: a claim that uses one of these snapshots wrote its
 * flag a consensus wait before it made the snapshot, so that read shows it.
 */
enum claim_event judge_lapsed_snaps(struct claim *c, const struct answer *a)
{
    for (uint32_t i = 0; i < a->snapshots->count; i++) {
        const struct snapshot *s = &a->snapshots->items[i];

        if (!token_same(s->token, (struct token){0})) {
            c->swept_snapshot = s->id;
            return EV_DROP;
        }
    }
    return EV_UNFLAG;
}
