/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hub.c - what a move does next, and what its undoing does next, from the facts alone.
 *
 * The two functions here are the order of work of a move. They perform nothing and remember
 * nothing: asked twice, they answer the same. A crash anywhere is answered by asking again, in
 * another process.
 */
#include "claim/act.h"

#include <assert.h>

enum { ATTEMPTS_MAX = 3, DEVICE_TRIES_MAX = 4, WAITS_MAX = 20 };

static bool is_over(const struct claim *c)
{
    const struct claim_move *m = &c->move;

    return m->gave_up || c->exit_code != 0 || m->attempt > ATTEMPTS_MAX ||
           m->copy_attempt > ATTEMPTS_MAX || m->device_tries > DEVICE_TRIES_MAX ||
           m->waits > WAITS_MAX;
}

/* Whether a change sent now could still be accepted under the claim. */
static bool is_live(const struct claim *c)
{
    if (weak(WEAK_NO_RENEW) || weak(WEAK_NO_FENCE)) {
        return true;
    }
    return c->now_ms + c->cfg.margin_ms < c->move.expires_ms;
}

/*
 * When the flag wants looking after: a renewal when a third of its life is over and no older write
 * can land any more; or a look at one that an older write could have undone.
 */
uint64_t move_flag_due_ms(const struct claim *c)
{
    const struct claim_move *m = &c->move;
    const uint64_t third_ms = m->expires_ms - (c->cfg.lock_ms - c->cfg.lock_ms / 3);

    if (m->unverified) {
        return m->overlap_ms;
    }
    return third_ms > m->flag_window_ms ? third_ms : m->flag_window_ms;
}

static enum claim_event next_flag(const struct claim *c)
{
    const struct claim_move *m = &c->move;

    if (weak(WEAK_NO_RENEW) || c->now_ms < move_flag_due_ms(c)) {
        return EV_NONE;
    }
    if (m->unverified) {
        return EV_VERIFY_FLAG;
    }
    /* A source that stays in use ends the claim: what is written to it meanwhile must not be lost.
     */
    return m->commit_closed_ms != 0 && !m->commit_doubt ? EV_NONE : EV_RENEW;
}

/* Copies of earlier claims: void them, read the void back. */
static enum claim_event next_rival(const struct claim *c)
{
    const struct claim_move *m = &c->move;

    if (!id_is_empty(&m->rival)) {
        return m->rival_to_read ? EV_READBACK : EV_VOID;
    }
    if (m->rivals_listed) {
        return EV_NONE;
    }
    /* After a copy whose creation token was used up: it is listed, and voided, once it is visible.
     */
    return m->copy_attempt > 0 && c->now_ms < m->copy_closed_ms ? EV_PAUSE : EV_RIVALS;
}

static enum claim_event next_snapshot(const struct claim *c)
{
    const struct claim_move *m = &c->move;

    if (m->snapshot_sought && !weak(WEAK_BLIND_RETRY)) {
        return c->now_ms < m->snapshot_closed_ms ? EV_PAUSE : EV_SNAPSHOTS;
    }
    if (!id_is_empty(&m->doomed_snapshot)) {
        return EV_DROP;
    }
    if (!m->snapshots_listed) {
        return EV_SNAPSHOTS;
    }
    if (id_is_empty(&m->snapshot)) {
        return EV_SNAPSHOT;
    }
    return m->snapshot_done ? EV_NONE : EV_AWAIT_SNAPSHOT;
}

static enum claim_event next_copy(const struct claim *c)
{
    const struct claim_move *m = &c->move;

    if (id_is_empty(&m->copy)) {
        return EV_MAKE_COPY;
    }
    if (!m->copy_born) {
        return EV_AWAIT_COPY;
    }
    if (weak(WEAK_COMMIT_BEFORE_ATTACH)) {
        return EV_NONE;
    }
    if (!m->copy_attached) {
        return m->copy_sent ? EV_RECHECK : EV_ATTACH;
    }
    if (!m->device_seen) {
        return EV_DEVICE;
    }
    return m->proved ? EV_NONE : EV_PROBE;
}

/* Before the commit: no double of our snapshot is on its way, and the last void is seen by all. */
static enum claim_event next_commit(const struct claim *c)
{
    const struct claim_move *m = &c->move;

    if (m->commit_doubt) {
        return c->now_ms < m->commit_closed_ms && !weak(WEAK_LATE_COMMIT) ? EV_PAUSE : EV_DOUBT;
    }
    if (!m->doubles_listed) {
        return c->now_ms < m->snapshot_closed_ms ? EV_PAUSE : EV_SNAPSHOTS;
    }
    if (m->unverified && !weak(WEAK_FLAG_DUP)) {
        return EV_PAUSE; /* Only under a flag that is known to stand is the source deleted. */
    }
    if (m->void_seen_ms != 0 && c->now_ms < m->void_seen_ms + c->cfg.lag_ms &&
        !weak(WEAK_VOID_LAG)) {
        return EV_PAUSE;
    }
    return EV_COMMIT;
}

enum claim_event move_next(struct claim *c)
{
    enum claim_event next = EV_NONE;

    if (!is_live(c) || is_over(c)) {
        /* A commit that was ever sent may still land: clear that up before anything is undone. */
        if (c->move.commit_closed_ms != 0) {
            return EV_DOUBT;
        }
        return is_over(c) ? EV_OVER : EV_LAPSED;
    }
    next = next_flag(c);
    next = next != EV_NONE ? next : next_rival(c);
    next = next != EV_NONE ? next : next_snapshot(c);
    next = next != EV_NONE ? next : next_copy(c);
    return next != EV_NONE ? next : next_commit(c);
}

/* Where the source is gone and not by us, the copy may be all there is: it is let go of, never
 * deleted. */
static enum claim_event undo_copy(const struct claim *c)
{
    const struct claim_move *m = &c->move;

    if (id_is_empty(&m->copy)) {
        return EV_NONE;
    }
    if ((m->copy_sent || m->copy_attached) && !m->freed) {
        return m->detached ? EV_OPEN : EV_DETACH;
    }
    return m->beaten ? EV_NONE : EV_DELETE;
}

enum claim_event undo_next(struct claim *c)
{
    struct claim_move *m = &c->move;
    const enum claim_event next = undo_copy(c);

    assert(m->commit_closed_ms == 0 || m->beaten);
    if (next != EV_NONE) {
        return next;
    }
    if (!id_is_empty(&m->snapshot) && !m->beaten) {
        return EV_DROP;
    }
    /* What was left behind is found by the flag: it must outlive the work it stands for. */
    if (m->flagged && !m->beaten && !m->dirty && !m->copy_in_doubt && !m->snapshot_sought &&
        (!m->inherited || m->snapshots_listed)) {
        return EV_UNFLAG;
    }
    return c->exit_code != 0 ? EV_OVER : EV_PARTED;
}
