/* SPDX-License-Identifier: Apache-2.0 */
/*
 * undo.c - taking back a move that did not come to its commit: copy, snapshot, flag, in this order.
 *
 * Everything here is best effort: what fails is left, with the flag as a marker, for any later run
 * to sweep. It must never be entered while a commit of ours may still land.
 */
#include "claim/act.h"

#include <string.h>

void act_ask_undo(void *claim, void *effect)
{
    fx_ask(claim, effect);
}

/* Withdrawn, lapsed, or beaten: set the volume aside so that the others get on with it. */
void act_undo(void *claim, void *effect)
{
    struct claim *c = claim;

    (void)skip_add(c, id_key(&c->move.source.id), 2 * c->cfg.consensus_ms);
    fx_ask(c, effect);
}

/*
 * It can be moved neither now nor later in this run: it counts as data that cannot be had, unless
 * its copy was blank.
 */
void act_undo_for_good(void *claim, void *effect)
{
    struct claim *c = claim;

    skip_add(c, id_key(&c->move.source.id), SKIP_FOR_GOOD)->empty = c->move.copy_blank;
    fx_ask(c, effect);
}

void act_undo_denied(void *claim, void *effect)
{
    struct claim *c = claim;

    c->exit_code = EXIT_DENIED;
    c->reason = "permission denied";
    fx_ask(c, effect);
}

void act_undo_broken(void *claim, void *effect)
{
    struct claim *c = claim;

    c->exit_code = (int)err_exit(c->last_err);
    c->reason = err_words(c->last_err);
    fx_ask(c, effect);
}

/* The source is gone, and not by us: copy and snapshot are let go of and kept, a later run judges
 * them. */
void act_undo_beaten(void *claim, void *effect)
{
    struct claim *c = claim;

    c->move.beaten = true;
    fx_ask(c, effect);
}

void act_detach_copy(void *claim, void *effect)
{
    struct claim *c = claim;

    (void)fx_change_volume(c, effect, FX_DETACH, &c->move.copy);
    c->move.detached = true;
}

void act_delete_copy(void *claim, void *effect)
{
    struct claim *c = claim;

    (void)fx_change_volume(c, effect, FX_DELETE_VOLUME, &c->move.copy);
}

void act_drop_snapshot(void *claim, void *effect)
{
    struct claim *c = claim;

    fx_change(c, effect, FX_DELETE_SNAPSHOT, 0)->snapshot = c->move.snapshot;
}

/* By key and value: a flag that was written since is another one, and stays. */
void act_unflag_claim(void *claim, void *effect)
{
    struct claim *c = claim;
    const struct claim_move *m = &c->move;
    struct effect *fx = fx_change_volume(c, effect, FX_UNMARK, &m->source.id);

    memset(&fx->mark, 0, sizeof fx->mark);
    fx->mark.kind = MARK_CLAIM;
    fx->mark.flag = (struct flag){.instance = c->self.instance,
                                  .token = c->claim_token,
                                  .own = m->flag_own,
                                  .expires_s = m->asked_expires_ms / 1000};
}

/* At random, at least two consensus waits: the one that stays must be able to finish its look. */
void act_back_off(void *claim, void *effect)
{
    struct claim *c = claim;
    const uint64_t base = 2 * c->cfg.consensus_ms;

    memset(&c->move, 0, sizeof c->move);
    fx_sleep_until(c, effect, c->now_ms + base + random_below(c, base));
}

/* What was just made may not be visible yet: that it is not found says nothing before this time. */
static bool is_done(const struct claim *c, enum claim_event event, uint64_t visible_ms)
{
    return event == EV_OK || (event == EV_GONE && c->now_ms >= visible_ms);
}

static void learn_deletion(struct claim *c, enum claim_event event)
{
    struct claim_move *m = &c->move;

    if (event == EV_BUSY || event == EV_WOKE) {
        return;
    }
    m->dirty = m->dirty || !is_done(c, event, m->copy_closed_ms);
    memset(&m->copy, 0, sizeof m->copy);
}

static void learn_freeing(struct claim *c, enum claim_event event)
{
    enum { DETACH_TRIES_MAX = 2 };
    struct claim_move *m = &c->move;

    if (event == EV_STILL && m->detach_tries < DETACH_TRIES_MAX) {
        m->detach_tries++;
        m->detached = false;
    } else if (event == EV_STILL || event == EV_LOST || event == EV_GONE || event == EV_DENIED ||
               event == EV_BROKEN) {
        m->dirty = m->dirty || event != EV_GONE || c->now_ms < m->copy_closed_ms;
        memset(&m->copy, 0, sizeof m->copy);
    }
}

void undo_learn(struct claim *c, enum claim_event event)
{
    struct claim_move *m = &c->move;

    if (c->state == ST_UNDO_DELETING) {
        learn_deletion(c, event);
    } else if (c->state == ST_UNDO_FREEING) {
        learn_freeing(c, event);
    } else if (c->state == ST_UNDO_DETACHING && (event == EV_DENIED || event == EV_BROKEN)) {
        m->dirty = true;
        memset(&m->copy, 0, sizeof m->copy);
    } else if ((c->state == ST_UNDO_DROPPING || c->state == ST_DROPPING_OWN) && event != EV_BUSY &&
               event != EV_WOKE) {
        m->dirty = m->dirty || !is_done(c, event, m->snapshot_closed_ms);
        memset(&m->snapshot, 0, sizeof m->snapshot);
    } else if (c->state == ST_UNDO_UNFLAGGING && event != EV_BUSY && event != EV_WOKE) {
        m->flagged = false;
    }
}
