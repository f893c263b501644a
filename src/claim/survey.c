/* SPDX-License-Identifier: Apache-2.0 */
/*
 * survey.c - what a listing of the pool adds up to, page by page, and what follows from it.
 *
 * This is the hot loop of a herd: a volume somebody else holds must cost a few instructions. It
 * must never conclude from what an answer leaves out (S4): a free volume without tags makes it
 * unsure, and absence is believed only after two looks, one lag bound apart.
 */
#include "claim/act.h"

#include <stddef.h>
#include <string.h>

void survey_start(struct claim *c)
{
    memset(&c->survey, 0, sizeof c->survey);
    for (uint32_t i = 0; i < SKIPPED_MAX; i++) {
        c->skipped[i].source_seen = c->skipped[i].copy_seen = false;
    }
}

static void take_slot(struct claim_survey *s, const struct volume *v)
{
    if (v->slot > 0 && v->slot <= SLOTS_MAX) {
        s->slots[(v->slot - 1) / 64] |= UINT64_C(1) << ((v->slot - 1) % 64);
    }
}

static bool is_at_target(const struct claim *c, const struct volume *v)
{
    return c->target_mounted && id_same(&v->id, &c->target_volume);
}

static void keep_best_held(struct claim *c, const struct volume *v, uint64_t score)
{
    struct claim_survey *s = &c->survey;

    if (s->held.found && score < s->held.score) {
        s->extra = s->held;
    } else if (s->held.found) {
        pick_offer(&s->extra, v, 0);
    }
    pick_offer(&s->held, v, score);
}

/* What is attached here: the one at the mount point before all, a head before a copy. */
static void fold_held(struct claim *c, const struct volume *v)
{
    struct claim_survey *s = &c->survey;
    const struct claim_skip *skip = skip_find(c, v->key);
    const bool at_target = is_at_target(c, v);

    if (at_target) {
        s->target_seen = true;
    } else if (skip != NULL && skip->yielded) {
        pick_offer(&s->extra, v, 0); /* Let go of, and not gone: once more, when all is done. */
        s->blocked += v->is_void || v->copy ? 0 : 1;
        return;
    } else if (present_mounted(c, v->key)) {
        s->held_elsewhere = true; /* Somebody uses it, at another place than ours. */
        return;
    } else if (v->state == VOL_IN_USE &&
               (v->attachment == ATT_DETACHING || v->attachment == ATT_BUSY)) {
        s->held_leaving = true;
        return;
    }
    tried_add(c, v->key);
    keep_best_held(c, v, at_target ? 0 : v->is_void || v->quarantined ? 3 : v->copy ? 2 : 1);
}

/* A void that nobody needs: a copy, or a volume that was created empty and never used. */
static bool is_rubbish(const struct volume *v)
{
    return v->is_void && !v->quarantined && (v->copy || (v->has_blank && !v->has_fs));
}

static void offer_garbage(struct claim *c, const struct volume *v, uint64_t rank)
{
    if (swept_has(c, v->key)) {
        return;
    }
    pick_offer(&c->survey.garbage, v, rank << 60 | mix64(v->key ^ c->self_key) >> 4);
}

/* A mover that dies between its commit and the crown leaves a copy that is about to come free. */
static bool is_coming(const struct claim *c, const struct volume *v)
{
    return v->attachment == ATT_DETACHING || v->attachment == ATT_BUSY ||
           (c->leaving_count > 0 && leaving_has(c, v->holder_key));
}

static void fold_copy(struct claim *c, const struct volume *v)
{
    struct claim_skip *skip = NULL;

    if (v->state == VOL_IN_USE) {
        c->survey.coming += is_coming(c, v) ? 1 : 0;
        return;
    }
    if (v->state != VOL_AVAILABLE && v->state != VOL_ERROR) {
        return;
    }
    offer_garbage(c, v, 1);
    skip = skip_find(c, v->key);
    if (skip != NULL) {
        skip->copy_seen = true;
    } else if (v->state == VOL_AVAILABLE &&
               (c->cfg.strategy != STRATEGY_ZONE || zone_same(&v->zone, &c->self.zone))) {
        pick_offer(&c->survey.orphan, v, pick_score(c, v));
    }
}

static void fold_free(struct claim *c, const struct volume *v)
{
    struct claim_survey *s = &c->survey;
    const struct claim_skip *skip = skip_find(c, v->key);

    if (c->cfg.strategy == STRATEGY_NUMBERED && v->slot == 0) {
        return; /* It carries no number, so it is none of this strategy's. */
    }
    if (zone_same(&v->zone, &c->self.zone)) {
        if (skip != NULL) {
            s->hidden++;
            return;
        }
        s->near_count++;
        pick_offer(&s->near_free, v, pick_score(c, v));
    } else if (c->cfg.strategy == STRATEGY_ZONE || c->cfg.moves_refused) {
        s->blocked++;
    } else if (skip != NULL) {
        s->hidden += skip->until_ms == SKIP_FOR_GOOD ? 0 : 1;
        s->blocked += skip->until_ms == SKIP_FOR_GOOD && !skip->empty ? 1 : 0;
    } else {
        pick_offer(&s->far_free, v, pick_score(c, v));
    }
}

/*
 * What live claims of others make of a free volume. A flag of this machine, of an earlier process,
 * lapses by itself: the volume can be had soon, and must not be taken for one that is in use.
 */
static bool is_claimed(struct claim *c, const struct volume *v, uint64_t date_ms)
{
    bool own_machine = false;

    for (uint32_t i = 0; i < v->flag_count; i++) {
        const struct flag *f = &v->flags[i];

        if (flag_is_mine(c, f) || !flag_is_live(c, f, date_ms)) {
            continue;
        }
        if (!id_same(&f->instance, &c->self.instance)) {
            return true;
        }
        own_machine = true;
    }
    c->survey.hidden += own_machine ? 1 : 0;
    return own_machine;
}

static void fold_available(struct claim *c, const struct volume *v, uint64_t date_ms)
{
    if (!v->in_pool && !weak(WEAK_TRUST_EMPTY_TAGS)) {
        c->survey.unsure++; /* The filter found it, its tags are not in the answer. */
        return;
    }
    if (v->flag_count > 0) {
        if (flags_lapsed(c, v, date_ms) != NULL) {
            offer_garbage(c, v, 2);
        }
        if (is_claimed(c, v, date_ms)) {
            return; /* As good as in use, or to be had later. */
        }
    }
    fold_free(c, v);
}

static void fold_marked(struct claim *c, const struct volume *v, uint64_t date_ms)
{
    if (v->is_void) {
        if (v->state == VOL_AVAILABLE && is_rubbish(v)) {
            offer_garbage(c, v, 0);
        }
        c->survey.blocked += !v->copy && v->has_fs ? 1 : 0; /* Data, whoever voided it. */
        return;
    }
    if (v->copy) {
        fold_copy(c, v);
        return;
    }
    if (v->flag_count > 0 && flags_lapsed(c, v, date_ms) != NULL) {
        offer_garbage(c, v, 2);
    }
    take_slot(&c->survey, v);
    c->survey.heads++;
    c->survey.blocked++; /* Quarantined or multi-attach: data that nobody may have. */
}

static void fold_in_use(struct claim *c, const struct volume *v, uint64_t date_ms)
{
    if (is_coming(c, v)) {
        c->survey.coming++;
    }
    if (v->flag_count > 0 && flags_lapsed(c, v, date_ms) != NULL) {
        offer_garbage(c, v, 2);
    }
}

static void fold_creating(struct claim *c, const struct volume *v, uint64_t date_ms)
{
    if (!is_claimed(c, v, date_ms)) {
        c->survey.coming++;
    }
}

static void fold_head(struct claim *c, const struct volume *v, uint64_t date_ms)
{
    if (v->state == VOL_ERROR && v->has_blank && !v->has_fs) {
        return; /* A creation that failed left nothing. */
    }
    c->survey.heads++;
    take_slot(&c->survey, v);
    switch (v->state) {
    case VOL_IN_USE: fold_in_use(c, v, date_ms); break;
    case VOL_AVAILABLE: fold_available(c, v, date_ms); break;
    case VOL_CREATING: fold_creating(c, v, date_ms); break;
    case VOL_ERROR: c->survey.blocked++; break; /* Data that cannot be had. */
    case VOL_NONE:
    case VOL_DELETING:
    case VOL_DELETED: break;
    }
}

static void fold_one(struct claim *c, const struct volume *v, uint64_t date_ms)
{
    if (v->state == VOL_DELETING || v->state == VOL_DELETED) {
        return; /* Counts as gone (S2). */
    }
    skip_note_source(c, v->key);
    if ((v->holder_key == c->self_key || present_has(c, v->key)) &&
        (!v->multi_attach || is_at_target(c, v))) {
        take_slot(&c->survey, v);
        fold_held(c, v);
        if (!v->is_void && !v->copy && flags_lapsed(c, v, date_ms) != NULL) {
            offer_garbage(c, v, 2);
        }
    } else if (v->is_void || v->copy || v->quarantined || v->multi_attach) {
        fold_marked(c, v, date_ms);
    } else {
        fold_head(c, v, date_ms);
    }
}

/* Nothing is known of this run that a volume in somebody else's hands could matter to. */
static bool is_simple(const struct claim *c)
{
    for (uint32_t i = 0; i < SKIPPED_MAX; i++) {
        if (c->skipped[i].source_key != 0) {
            return false;
        }
    }
    return (c->present_used || c->present_count == 0) && c->leaving_count == 0 &&
           c->cfg.strategy != STRATEGY_NUMBERED; /* which must see every slot */
}

/*
 * In a herd nearly all of a listing is this: attached to another, or free and not the best for us,
 * with nothing on it to look at. True when that is all there is to know of it.
 */
static bool is_passed_over(const struct claim *c, const struct volume *v)
{
    const struct claim_survey *s = &c->survey;

    if (v->flag_count != 0 || v->is_void || v->copy || v->quarantined || v->multi_attach) {
        return false;
    }
    if (v->state == VOL_IN_USE) {
        return v->attachment == ATT_ATTACHED && v->holder_key != c->self_key;
    }
    return v->state == VOL_AVAILABLE && v->in_pool && s->near_count > 1 &&
           pick_score(c, v) >= s->near_free.score;
}

void survey_fold(struct claim *c, const struct page *page, uint64_t date_ms)
{
    const bool simple = is_simple(c);

    for (uint32_t i = 0; i < page->count; i++) {
        const struct volume *v = page->items[i];

        if (simple && is_passed_over(c, v)) {
            c->survey.heads++;
        } else {
            fold_one(c, v, date_ms);
        }
    }
}

void survey_fold_garbage(struct claim *c, const struct page *page, uint64_t date_ms)
{
    struct claim_survey *s = &c->survey;

    for (uint32_t i = 0; i < page->count; i++) {
        const struct volume *v = page->items[i];

        if (v->state != VOL_AVAILABLE && v->state != VOL_IN_USE && v->state != VOL_ERROR) {
            continue; /* Its flags may outlive it: what was made under them is not left over. */
        }
        if (v->state == VOL_AVAILABLE && is_rubbish(v)) {
            offer_garbage(c, v, 0);
        } else if (v->state != VOL_IN_USE && v->copy && !v->is_void) {
            offer_garbage(c, v, 1);
        } else if (v->flag_count > 0 && !v->copy && !v->is_void &&
                   flags_lapsed(c, v, date_ms) != NULL) {
            offer_garbage(c, v, 2);
        }
        s->heads++;
    }
}

/*
 * The order in which volumes have a right to stay under a limit: those in use, for they cannot be
 * given up, then blanks by age. A move makes a blank young; that can only make it give way.
 */
static bool is_before(const struct volume *v, const struct claim *c)
{
    if (!v->has_blank || v->has_fs || !create_is_ours(&v->lineage, v->blank)) {
        return true;
    }
    if (v->created_ms != c->target_created_ms) {
        return v->created_ms < c->target_created_ms;
    }
    return id_compare(&v->id, &c->target.id) < 0;
}

/* Remembered over counts: a source that stands before its copy in the listing is met at the next
 * one. */
static void count_copy(struct claim *c, const struct volume *v)
{
    struct claim_counted *entry = NULL;

    for (uint32_t i = 0; i < c->counted_count; i++) {
        if (c->counted[i].source_key == v->source_key) {
            entry = &c->counted[i];
        }
    }
    if (entry == NULL && c->counted_count < COUNTED_MAX) {
        entry = &c->counted[c->counted_count++];
        *entry = (struct claim_counted){.source_key = v->source_key};
    }
    if (entry == NULL) {
        c->survey.uncounted++;
        return;
    }
    entry->listed = true;
    entry->twin = v->slot != 0 && v->slot == c->target.slot;
}

static void count_source(struct claim *c, uint64_t key)
{
    for (uint32_t i = 0; i < c->counted_count; i++) {
        if (c->counted[i].source_key == key) {
            c->counted[i].source_listed = true;
        }
    }
}

void survey_start_count(struct claim *c)
{
    uint32_t kept = 0;

    survey_start(c);
    for (uint32_t i = 0; i < c->counted_count; i++) {
        if (c->counted[i].listed) {
            c->counted[kept] = c->counted[i];
            c->counted[kept].listed = c->counted[kept].source_listed = false;
            kept++;
        }
    }
    c->counted_count = kept;
}

void survey_fold_count(struct claim *c, const struct page *page)
{
    struct claim_survey *s = &c->survey;

    for (uint32_t i = 0; i < page->count; i++) {
        const struct volume *v = page->items[i];

        if (v->state == VOL_DELETING || v->state == VOL_DELETED || v->state == VOL_ERROR) {
            continue;
        }
        count_source(c, v->key);
        if (id_same(&v->id, &c->target.id)) {
            s->counted_self = v->in_pool;
            s->self_void = v->is_void;
        } else if (!v->in_pool) {
            s->unsure++;
        } else if (v->copy && !v->is_void) {
            count_copy(c, v);
        } else if (!v->is_void && is_before(v, c)) {
            s->others_first++;
            s->twins_first += v->slot != 0 && v->slot == c->target.slot ? 1 : 0;
        }
    }
}

static enum claim_event held_choice(struct claim *c)
{
    const struct claim_survey *s = &c->survey;

    if (s->held.score == 0) {
        return EV_HELD_MOUNTED;
    }
    return s->held.score == 2 ? EV_HELD_COPY : EV_HELD;
}

/* Nothing was found. Is that so, and what may be done about it? */
static enum claim_event shortage(struct claim *c)
{
    const struct claim_survey *s = &c->survey;
    const bool always = c->cfg.create == CREATE_ALWAYS ||
                        (c->cfg.create == CREATE_DEFAULT && c->cfg.strategy == STRATEGY_ZONE);

    if (c->short_since_ms == 0) {
        c->short_since_ms = c->now_ms;
        return EV_SHORT;
    }
    if (s->coming == 0) {
        c->coming_since_ms = 0;
    } else {
        c->coming_since_ms = c->coming_since_ms != 0 ? c->coming_since_ms : c->now_ms;
        if (c->now_ms - c->coming_since_ms < c->cfg.create_wait_ms) {
            return EV_COMING;
        }
    }
    if (c->now_ms - c->short_since_ms < c->cfg.lag_ms) {
        return EV_DOUBT;
    }
    if (c->cfg.create == CREATE_NEVER) {
        c->exit_code = EXIT_NOTHING;
        c->reason = "no volume can be had, and none may be created";
        return EV_NOTHING;
    }
    if (!always && (s->blocked > 0 || s->coming > 0)) {
        c->exit_code = EXIT_AGAIN;
        c->reason = "data of the pool exists and cannot be had now";
        return EV_NOTHING;
    }
    if (c->cfg.create_limit > 0 && s->heads >= c->cfg.create_limit) {
        c->exit_code = EXIT_AGAIN;
        c->reason = "every volume is in use and the limit of the pool is reached";
        return EV_NOTHING;
    }
    return EV_CREATE;
}

/* The kernel shows a mount at the target; only a listing that shows its volume tells that it is
 * ours. */
static enum claim_event occupied(struct claim *c)
{
    c->looks++;
    return id_is_empty(&c->target_volume) || c->looks >= LOOKS_MAX ? EV_OCCUPIED : EV_UNSURE;
}

/* The best of what is free, near before far but by slot, and copies last; NONE when nothing is. */
static enum claim_event free_choice(const struct claim *c)
{
    const struct claim_survey *s = &c->survey;
    const bool numbered = c->cfg.strategy == STRATEGY_NUMBERED;

    if (s->near_free.found && !(numbered && (pick_is_better(&s->far_free, &s->near_free) ||
                                             pick_is_better(&s->orphan, &s->near_free)))) {
        return EV_FREE;
    }
    if (s->far_free.found && !(numbered && pick_is_better(&s->orphan, &s->far_free))) {
        return EV_AFAR;
    }
    if (s->orphan.found) {
        return EV_ORPHAN;
    }
    if (s->hidden > 0 || skip_hides_head(c)) {
        return EV_HIDDEN;
    }
    return s->unsure > 0 ? EV_UNSURE : EV_NONE;
}

enum claim_event survey_choice(struct claim *c)
{
    const struct claim_survey *s = &c->survey;
    enum claim_event event = EV_NONE;

    if (c->target_mounted && !s->target_seen) {
        return occupied(c);
    }
    if (s->held_elsewhere) {
        return EV_OCCUPIED;
    }
    if (s->held.found) {
        return held_choice(c);
    }
    if (s->held_leaving) {
        return EV_HELD_LEAVING;
    }
    if (c->cfg.deadline_ms != 0 && c->now_ms >= c->started_ms + c->cfg.deadline_ms) {
        return EV_LATE;
    }
    event = free_choice(c);
    if (event != EV_NONE) {
        c->short_since_ms = c->coming_since_ms = 0; /* Two looks that found nothing, in a row. */
        return event;
    }
    return shortage(c);
}
