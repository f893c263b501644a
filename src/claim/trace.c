/* SPDX-License-Identifier: Apache-2.0 */
/*
 * trace.c - is a copy, whose mover is gone, the head of its lineage?
 *
 * It is when its source is gone, seen twice and one lag bound apart, it is not void, and its
 * lineage has neither a ready volume nor a higher generation (design 4, crash of a mover). Anybody
 * may then say so by tagging it ready; only that makes it a candidate like any other.
 */
#include "claim/act.h"

#include <stddef.h>
#include <string.h>

void act_trace_target(void *claim, void *effect)
{
    act_read_target_tags(claim, effect);
}

void act_trace_held(void *claim, void *effect)
{
    struct claim *c = claim;

    c->target.id = c->survey.held.id;
    c->target_created_ms = c->survey.held.created_ms;
    c->chosen = id_key(&c->target.id);
    c->looks = 0;
    c->target_held = true;
    act_trace_target(c, effect);
}

void act_trace_orphan(void *claim, void *effect)
{
    struct claim *c = claim;

    c->target.id = c->survey.orphan.id;
    c->target_created_ms = c->survey.orphan.created_ms;
    c->looks = 0;
    c->chosen = id_key(&c->target.id);
    c->target_held = false;
    act_trace_target(c, effect);
}

void act_read_traced_source(void *claim, void *effect)
{
    struct claim *c = claim;

    (void)fx_read_by_id(c, effect, FX_READ_VOLUME, &c->target.source);
}

static void list_lineage(struct claim *c, void *effect, const struct uuid *lineage)
{
    struct effect *fx = fx_read(c, effect, FX_LIST_LINEAGE);

    fx->lineage = *lineage;
    fx->page = c->survey.page;
}

void act_list_lineage(void *claim, void *effect)
{
    struct claim *c = claim;

    survey_start(c);
    list_lineage(c, effect, &c->target.lineage);
}

void act_list_lineage_more(void *claim, void *effect)
{
    struct claim *c = claim;

    c->survey.page++;
    list_lineage(c, effect, &c->target.lineage);
}

void act_list_rivals(void *claim, void *effect)
{
    struct claim *c = claim;

    survey_start(c);
    list_lineage(c, effect, &c->move.source.lineage);
}

void act_list_rivals_more(void *claim, void *effect)
{
    struct claim *c = claim;

    c->survey.page++;
    list_lineage(c, effect, &c->move.source.lineage);
}

void act_list_move_lineage(void *claim, void *effect)
{
    act_list_rivals(claim, effect);
}

void act_list_move_lineage_more(void *claim, void *effect)
{
    act_list_rivals_more(claim, effect);
}

static void write_ready(struct claim *c, void *effect)
{
    memset(&c->mark, 0, sizeof c->mark);
    c->mark.kind = MARK_STATE;
    c->mark.number = 0;
    (void)fx_mark(c, effect, &c->target.id);
}

void act_crown_target(void *claim, void *effect)
{
    write_ready(claim, effect);
}

/* The copy is the head from here on: it becomes what this run is about. */
void act_crown_copy(void *claim, void *effect)
{
    struct claim *c = claim;

    c->target = c->move.source;
    c->target.id = c->move.copy;
    c->target.source = c->move.source.id;
    c->target.generation = c->move.source.generation + 1;
    c->target.copy = true;
    c->chosen = id_key(&c->target.id);
    c->attach_sent_ms = c->now_ms;
    c->move.committed = true;
    c->exit_code = EXIT_DONE;
    write_ready(c, effect);
}

/* With the copy in our hands there is nothing to skip: it must be let go of. */
static enum claim_event unless_held(const struct claim *c, enum claim_event event)
{
    return c->target_held ? EV_LEFTOVER : event;
}

enum claim_event judge_trace(struct claim *c, const struct answer *a)
{
    const struct volume *v = a->volume;

    if (v == NULL || !v->in_pool) {
        c->looks++;
        return c->looks < LOOKS_MAX ? EV_UNSURE : unless_held(c, EV_VOIDED);
    }
    c->looks = 0;
    if (v->is_void || v->quarantined) {
        return unless_held(c, EV_VOIDED);
    }
    if (!v->copy) {
        return EV_READY;
    }
    if (v->source_key == 0) {
        return unless_held(c, EV_VOIDED); /* A copy of nothing: not one of ours. */
    }
    target_from(&c->target, v);
    return EV_SOURCE;
}

static bool is_gone(const struct volume *v)
{
    return v == NULL || v->state == VOL_DELETING || v->state == VOL_DELETED;
}

enum claim_event judge_source(struct claim *c, const struct answer *a)
{
    if (is_gone(a->volume)) {
        return EV_GONE;
    }
    c->move.commit_closed_ms = 0; /* A commit in doubt did not land, and no longer can. */
    c->move.commit_doubt = false;
    return unless_held(c, EV_STANDS);
}

/* Of two copies the higher generation is the head; of one generation, the smaller id. */
static bool is_elder(const struct claim *c, const struct volume *v)
{
    const struct id *subject = c->state == ST_COMMIT_LINEAGE ? &c->move.copy : &c->target.id;

    if (v->generation != c->target.generation) {
        return v->generation > c->target.generation;
    }
    return id_compare(&v->id, subject) < 0;
}

/* One member of the lineage beside the copy in question. */
static void fold_relative(struct claim *c, const struct volume *v)
{
    struct claim_survey *s = &c->survey;

    if (v->state == VOL_ERROR || is_gone(v)) {
        return;
    }
    if (!v->tags_seen || v->key == id_key(&c->target.source) ||
        !uuid_same(&v->lineage, &c->target.lineage)) {
        s->unsure++; /* Its role cannot be told, or the view is from before the source was gone. */
    } else if (!v->is_void && (!v->copy || is_elder(c, v))) {
        s->rival_ready = true;
    }
}

/* The copy in question is target, but for the mover's own, which is not the target yet. */
enum claim_event judge_lineage(struct claim *c, const struct answer *a)
{
    struct claim_survey *s = &c->survey;
    const bool moving = c->state == ST_COMMIT_LINEAGE;
    const struct id subject = moving ? c->move.copy : c->target.id;

    if (moving) {
        c->target.source = c->move.source.id;
        c->target.generation = c->move.source.generation + 1;
        c->target.lineage = c->move.source.lineage;
    }
    for (uint32_t i = 0; i < a->page.count; i++) {
        const struct volume *v = a->page.items[i];

        if (id_same(&v->id, &subject)) {
            s->counted_self = true;
            s->rival_ready = s->rival_ready || v->is_void;
        } else {
            fold_relative(c, v);
        }
    }
    if (a->page.more) {
        return EV_MORE;
    }
    if (s->rival_ready) {
        return unless_held(c, EV_BEATEN);
    }
    if (s->counted_self && s->unsure == 0) {
        return EV_HEAD;
    }
    c->looks++;
    return c->looks < LOOKS_MAX || moving ? EV_UNSURE : unless_held(c, EV_BEATEN);
}
