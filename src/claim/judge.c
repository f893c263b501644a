/* SPDX-License-Identifier: Apache-2.0 */
/*
 * judge.c - from an answer to an event: the one place where an error code gets a meaning.
 *
 * A change without a positive answer is in doubt, a read without one is merely not answered (design
 * 4, rule 2). An error that the question does not expect is fatal, never ignored.
 */
#include "claim/act.h"
#include "claim/table.h"

#include <assert.h>
#include <stddef.h>

enum { HOST_TRIES_MAX = 3 };

/* Errors that say by themselves what became of a call. */
static enum claim_event plain_meaning(enum err e)
{
    switch (e) {
    case ERR_OK: return EV_OK;
    case ERR_DENIED: return EV_DENIED;
    case ERR_NOT_FOUND: return EV_GONE;
    case ERR_IN_USE: return EV_TAKEN;
    case ERR_WRONG_STATE: return EV_ODD;
    case ERR_WRONG_ZONE: return EV_WRONG_ZONE;
    case ERR_NAME_TAKEN: return EV_NAME_TAKEN;
    case ERR_EXPIRED: return EV_EXPIRED;
    case ERR_MISMATCH: return EV_SPENT;
    case ERR_LIMIT: return EV_LIMIT;
    case ERR_AMBIGUOUS:
    case ERR_FOREIGN:
    case ERR_UNREADABLE: return EV_UNSAFE;
    case ERR_THROTTLED:
    case ERR_UNREACHABLE:
    case ERR_NO_MEMORY: return EV_BUSY;
    case ERR_UNAVAILABLE:
    case ERR_TIMEOUT:
    case ERR_UNKNOWN: return EV_UNKNOWN;
    case ERR_INVALID:
    case ERR_UNSUPPORTED:
    case ERR_IO:
    case ERR_TOO_BIG:
    case ERR_CONFIG:
    case ERR_USAGE:
    case ERR_BUG:
    case ERR_COUNT: break;
    }
    return EV_BROKEN;
}

static enum claim_event host_failure(struct claim *c, enum claim_event event, enum err e)
{
    if (c->question == Q_DEVICE && event == EV_UNKNOWN) {
        return EV_OPEN; /* It has not appeared in time. */
    }
    if (event == EV_GONE || event == EV_UNSAFE) {
        return event;
    }
    if (e == ERR_UNSUPPORTED || e == ERR_CONFIG || e == ERR_INVALID || e == ERR_DENIED) {
        return EV_BROKEN;
    }
    c->tries++;
    return c->tries < HOST_TRIES_MAX ? EV_BUSY : EV_BROKEN;
}

static enum claim_event failure(struct claim *c, enum err e)
{
    enum claim_event event = plain_meaning(e);

    if (fx_port(c->asked) == FX_PORT_HOST) {
        return host_failure(c, event, e);
    }
    if (event == EV_UNKNOWN && fx_manner(c->asked) == FX_LOOKS) {
        event = EV_BUSY;
    }
    if (event == EV_ODD && !claim_may(c->question, EV_ODD)) {
        event = EV_TAKEN; /* Not free to be changed: for most requests that is all it says. */
    }
    return event;
}

/* Answers without an error, by question; what only changes something needs no look at the answer.
 */
static enum claim_event success(struct claim *c, const struct answer *a)
{
    switch ((enum claim_question)c->question) {
    case Q_SELF: return judge_self(c, a);
    case Q_INSPECTED: return judge_inspected(c, a);
    case Q_POOL: return judge_pool(c, a);
    case Q_LEAVERS: return judge_leavers(c, a);
    case Q_ATTACHED: return judge_attached(c, a);
    case Q_DEVICE_DOUBT: return judge_device_doubt(c, a);
    case Q_VERDICT: return judge_verdict(c, a);
    case Q_FREED: return judge_freed(c, a);
    case Q_CONTENT: return judge_content(c, a);
    case Q_MARK_SHOWN: return judge_mark_shown(c, a);
    case Q_BORN: return judge_born(c, a);
    case Q_COUNT: return judge_count(c, a);
    case Q_PROOF: return judge_proof(c, a);
    case Q_TRACE: return judge_trace(c, a);
    case Q_SOURCE: return judge_source(c, a);
    case Q_LINEAGE: return judge_lineage(c, a);
    case Q_MOVABLE: return judge_movable(c, a);
    case Q_FLAG_SHOWN: return judge_flag_shown(c, a);
    case Q_ALONE: return judge_alone(c, a);
    case Q_STILL_FREE: return judge_still_free(c, a);
    case Q_NEXT: return move_next(c);
    case Q_RIVALS: return judge_rivals(c, a);
    case Q_VOID_SHOWN: return judge_void_shown(c, a);
    case Q_SNAPS: return judge_snaps(c, a);
    case Q_SNAP_STATE: return judge_snap_state(c, a);
    case Q_SOURCE_FACTS: return judge_source_facts(c, a);
    case Q_COPY_BORN: return judge_copy_born(c, a);
    case Q_COPY_ATTACHED: return judge_copy_attached(c, a);
    case Q_SOUND: return judge_sound(c, a);
    case Q_MY_COPY: return judge_my_copy(c, a);
    case Q_UNDO: return undo_next(c);
    case Q_TIDY: return judge_tidy(c, a);
    case Q_GARBAGE: return judge_garbage(c, a);
    case Q_SWEEP: return judge_sweep(c, a);
    case Q_CLAIMS: return judge_claims(c, a);
    case Q_LAPSED_SNAPS: return judge_lapsed_snaps(c, a);
    case Q_REL_INSPECT: return judge_rel_inspect(c, a);
    case Q_REL_POOL: return judge_rel_pool(c, a);
    case Q_REL_FREED: return judge_rel_freed(c, a);
    case Q_REL_UNMOUNT: return c->cfg.snapshot_on_release ? EV_SNAPSHOT : EV_OK;
    case Q_WAIT: return EV_WOKE;
    case Q_REST:
        return c->cfg.deadline_ms != 0 && c->now_ms >= c->started_ms + c->cfg.deadline_ms ? EV_LATE
                                                                                          : EV_WOKE;
    case Q_MARK: mark_took(c); return EV_OK;
    case Q_FLAG: flag_written(c); return EV_OK;
    case Q_NONE:
    case Q_START:
    case Q_END:
    case Q_ATTACH:
    case Q_DEVICE:
    case Q_DETACH:
    case Q_MKFS:
    case Q_UNMARK:
    case Q_JOB:
    case Q_GROWN:
    case Q_MOUNTED:
    case Q_EXTENDED:
    case Q_VERIFIED:
    case Q_ANNOUNCED:
    case Q_CREATE:
    case Q_DELETE:
    case Q_SNAP_DELETE:
    case Q_SNAPSHOT:
    case Q_MAKE_COPY:
    case Q_COMMIT:
    case QUESTION_COUNT: break;
    }
    return EV_OK;
}

/* A read by id that finds nothing is an answer, not a failure. */
static bool is_answer(const struct claim *c, enum err e)
{
    return e == ERR_OK ||
           (e == ERR_NOT_FOUND && (c->asked == FX_READ_VOLUME || c->asked == FX_READ_TAGS ||
                                   c->asked == FX_READ_SNAPSHOT));
}

static enum claim_event learn_creation(struct claim *c, const struct answer *a,
                                       enum claim_event event)
{
    if (event == EV_OK) {
        c->target.id = a->made;
        c->chosen = id_key(&a->made);
        c->target_flagged = true;
        c->attach_sent_ms = c->now_ms;
    }
    /* Refused now, but an earlier one may have been carried out: only the same request tells. */
    if (event == EV_BUSY && c->create_in_doubt) {
        return EV_UNKNOWN;
    }
    c->create_in_doubt = event == EV_UNKNOWN || event == EV_EXPIRED;
    return event;
}

static enum claim_event judged(struct claim *c, const struct answer *a)
{
    struct answer looked = *a;

    if (!is_answer(c, a->err)) {
        c->attempt++;
        c->last_err = a->err;
        return failure(c, a->err);
    }
    if (a->err == ERR_NOT_FOUND) {
        looked.volume = NULL;
    }
    if (fx_port(c->asked) == FX_PORT_CLOUD) {
        c->attempt = 0;
    }
    return success(c, &looked);
}

enum claim_event claim_judge(struct claim *c, const struct answer *a)
{
    enum claim_event event = judged(c, a);

    if (!claim_may(c->question, event)) {
        assert(a->err != ERR_OK); /* A judge of ours must keep to its rows. */
        event = claim_may(c->question, EV_BROKEN) ? EV_BROKEN : event;
    }
    if (c->question == Q_CREATE) {
        event = learn_creation(c, a, event);
    }
    move_learn(c, a, event);
    undo_learn(c, event);
    return event;
}
