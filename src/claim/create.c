/* SPDX-License-Identifier: Apache-2.0 */
/*
 * create.c - a new volume when none can be had; giving one up that exceeds the limit.
 *
 * The token follows from instance and number, so a repeat, by this process or a later one, finds
 * the same volume. A surplus is deleted only while we hold it, void it, and prove it blank (design
 * 4).
 */
#include "claim/act.h"
#include "claim/digest.h"

#include <assert.h>
#include <stddef.h>
#include <string.h>

enum { BIRTH_MS = 60000 }; /* ec2.md F.1: a creation that failed can also simply vanish. */

static struct token creation_token(const struct claim *c)
{
    const struct token base = {.hi = c->self_key, .lo = mix64(c->self_key ^ c->cfg.pool_key)};

    return token_derive(base, "create", c->create_number);
}

/* The lowest number that no volume of the pool carries. */
static uint32_t free_slot(const struct claim_survey *s)
{
    for (uint32_t slot = 1; slot <= SLOTS_MAX; slot++) {
        if ((s->slots[(slot - 1) / 64] >> ((slot - 1) % 64) & 1) == 0) {
            return slot;
        }
    }
    return 0;
}

static struct flag own_flag(const struct claim *c, bool own, uint64_t expires_s)
{
    return (struct flag){
        .instance = c->self.instance, .token = c->token, .own = own, .expires_s = expires_s};
}

/* A repeat must send the very same request: an idempotency token is bound to its parameters. */
static void plan_creation(struct claim *c)
{
    c->target_expires_s = (c->now_ms + c->cfg.lock_ms) / 1000;
    c->target.slot = c->cfg.strategy == STRATEGY_NUMBERED ? free_slot(&c->survey) : 0;
}

void act_create(void *claim, void *effect)
{
    struct claim *c = claim;
    const struct token token = creation_token(c);
    /* The service forgets a token after hours: only a token of this process names a lineage for
     * good. */
    const struct token birth = token_derive(c->token, "birth", c->create_number);
    struct effect *fx = NULL;

    if (c->target_expires_s == 0) {
        plan_creation(c);
    }
    fx = fx_change(c, effect, FX_CREATE_VOLUME, 0);
    fx->token = token;
    fx->claim_token = c->token;
    fx->attempt = c->create_number;
    fx->lineage = mark_lineage_from(birth);
    fx->slot = c->target.slot;
    fx->snapshot = c->cfg.from_snapshot;
    fx->has_blank = id_is_empty(&c->cfg.from_snapshot) && !c->cfg.create_from_snapshot;
    fx->blank = birth;
    fx->mark = (struct mark){.kind = MARK_CLAIM, .flag = own_flag(c, true, c->target_expires_s)};
}

/* The volume of this token is used up or was given back: the next one has the next number. */
void act_next_token(void *claim, void *effect)
{
    struct claim *c = claim;

    c->create_number++;
    c->target_expires_s = 0;
    act_nap(c, effect);
}

void act_read_target_born(void *claim, void *effect)
{
    act_read_target(claim, effect);
}

/*
 * Everybody who created at the same time is seen by everybody, and so is a void that the one before
 * us wrote while giving this volume up. Held from an earlier process it may be about to be voided
 * by that process still: until its last request cannot land any more.
 */
void act_settle_count(void *claim, void *effect)
{
    struct claim *c = claim;
    const bool found = !c->target_flagged && !c->target_held;
    const uint64_t since_ms = found ? c->attach_sent_ms : c->started_ms;
    const uint64_t alone_ms = since_ms + c->cfg.window_ms + c->cfg.consensus_ms;
    const uint64_t seen_ms = c->attach_sent_ms + c->cfg.lag_ms;
    uint64_t until_ms = c->target_created_ms + c->cfg.consensus_ms;

    until_ms = seen_ms > until_ms ? seen_ms : until_ms;
    fx_sleep_until(c, effect, !c->target_flagged && alone_ms > until_ms ? alone_ms : until_ms);
}

void act_tally(void *claim, void *effect)
{
    struct claim *c = claim;

    survey_start_count(c);
    (void)fx_read(c, effect, FX_LIST);
}

void act_tally_more(void *claim, void *effect)
{
    act_list_more(claim, effect);
}

void act_prove(void *claim, void *effect)
{
    act_probe(claim, effect);
}

void act_void_surplus(void *claim, void *effect)
{
    struct claim *c = claim;

    memset(&c->mark, 0, sizeof c->mark);
    c->mark.kind = MARK_VOID;
    c->mark.token = c->token;
    (void)fx_mark(c, effect, &c->target.id);
}

void act_read_target_freed(void *claim, void *effect)
{
    act_read_target(claim, effect);
}

void act_delete_surplus(void *claim, void *effect)
{
    struct claim *c = claim;

    (void)fx_change_volume(c, effect, FX_DELETE_VOLUME, &c->target.id);
}

static enum claim_event unborn(const struct claim *c)
{
    return c->now_ms < c->attach_sent_ms + BIRTH_MS ? EV_OPEN : EV_SPENT;
}

/*
 * A volume that one of us created is counted before its first use, by whoever uses it: its creator
 * may be gone. An operator's own blank is none of these; its lineage does not follow from the
 * record.
 */
bool create_is_ours(const struct uuid *lineage, struct token blank)
{
    const struct uuid made = mark_lineage_from(blank);

    return uuid_same(lineage, &made);
}

bool create_must_count(const struct claim *c)
{
    return (c->cfg.create_limit > 0 || c->cfg.strategy == STRATEGY_NUMBERED) &&
           c->target.has_blank && create_is_ours(&c->target.lineage, c->target.blank);
}

enum claim_event judge_born(struct claim *c, const struct answer *a)
{
    const struct volume *v = a->volume;

    if (v == NULL) {
        return unborn(c);
    }
    c->target_created_ms = v->created_ms;
    switch (v->state) {
    case VOL_NONE:
    case VOL_CREATING: return EV_OPEN;
    case VOL_AVAILABLE:
        if (v->is_void) {
            return EV_SPENT;
        }
        return EV_MINE;
    case VOL_IN_USE: return v->holder_key == c->self_key ? EV_HELD : EV_SPENT;
    case VOL_DELETING:
    case VOL_DELETED:
    case VOL_ERROR: break;
    }
    return EV_SPENT;
}

/* Against a bound: surely beyond, surely within, or depending on copies whose moves are not over.
 */
static enum claim_event against(uint32_t bound, uint32_t first, uint32_t copies)
{
    if (first >= bound) {
        return EV_SURPLUS;
    }
    return first + copies >= bound ? EV_UNSURE : EV_KEEP;
}

static uint32_t lone_copies(const struct claim *c, bool twins)
{
    uint32_t count = c->survey.uncounted;

    for (uint32_t i = 0; i < c->counted_count; i++) {
        const struct claim_counted *entry = &c->counted[i];

        count += entry->listed && !entry->source_listed && (entry->twin || !twins) ? 1 : 0;
    }
    return count;
}

static enum claim_event count_verdict(const struct claim *c)
{
    const struct claim_survey *s = &c->survey;
    enum claim_event event = EV_KEEP;

    if (s->self_void) {
        return EV_SURPLUS; /* Somebody was giving it up, and did not come to the end. */
    }
    if (c->cfg.create_limit > 0) {
        event = against(c->cfg.create_limit, s->others_first, lone_copies(c, false));
    }
    if (event == EV_KEEP && c->cfg.strategy == STRATEGY_NUMBERED) {
        event = against(1, s->twins_first, lone_copies(c, true));
    }
    return event;
}

enum claim_event judge_count(struct claim *c, const struct answer *a)
{
    const struct claim_survey *s = &c->survey;

    survey_fold_count(c, &a->page);
    if (a->page.more) {
        return EV_MORE;
    }
    if (!s->counted_self || s->unsure > 0) {
        return EV_UNSURE;
    }
    return count_verdict(c);
}

enum claim_event judge_proof(struct claim *c, const struct answer *a)
{
    (void)c;
    if (a->probe.kind == PROBE_BLANK || weak(WEAK_GIVE_UP_WITHOUT_PROOF)) {
        return EV_BLANK;
    }
    return EV_FULL;
}
