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

enum { HOST_TRIES_MAX = 3, DEVICE_NAMES_MAX = 52 };

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
    if (c->question == Q_DEVICE && (event == EV_UNKNOWN || event == EV_GONE)) {
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
    if (event == EV_NAME_TAKEN && c->device_name >= DEVICE_NAMES_MAX) {
        return EV_LIMIT; /* ec2.md F.6: there are no more names that work everywhere. */
    }
    if (event == EV_ODD && !claim_may(c->question, EV_ODD)) {
        event = EV_TAKEN; /* Not free to be changed: for most requests that is all it says. */
    }
    return event;
}

static enum claim_event judge_wait(struct claim *c, const struct answer *a)
{
    (void)c;
    (void)a;
    return EV_WOKE;
}

static enum claim_event judge_rest(struct claim *c, const struct answer *a)
{
    const bool bounded = c->cfg.deadline_ms != 0;

    (void)a;
    return bounded && c->now_ms >= c->started_ms + c->cfg.deadline_ms ? EV_LATE : EV_WOKE;
}

static enum claim_event judge_marked(struct claim *c, const struct answer *a)
{
    (void)a;
    mark_took(c);
    return EV_OK;
}

static enum claim_event judge_flag(struct claim *c, const struct answer *a)
{
    (void)a;
    flag_written(c);
    return EV_OK;
}

static enum claim_event judge_next(struct claim *c, const struct answer *a)
{
    (void)a;
    return move_next(c);
}

static enum claim_event judge_undo(struct claim *c, const struct answer *a)
{
    (void)a;
    return undo_next(c);
}

static enum claim_event judge_unmounted(struct claim *c, const struct answer *a)
{
    (void)a;
    return c->cfg.snapshot_on_release ? EV_SNAPSHOT : EV_OK;
}

/* Who looks at an answer without an error; without a judge it says just that it was done. */
static enum claim_event (*const judges[QUESTION_COUNT])(struct claim *, const struct answer *) = {
    [Q_WAIT] = judge_wait,
    [Q_REST] = judge_rest,
    [Q_SELF] = judge_self,
    [Q_INSPECTED] = judge_inspected,
    [Q_POOL] = judge_pool,
    [Q_LEAVERS] = judge_leavers,
    [Q_ATTACHED] = judge_attached,
    [Q_DEVICE_DOUBT] = judge_device_doubt,
    [Q_VERDICT] = judge_verdict,
    [Q_FREED] = judge_freed,
    [Q_CONTENT] = judge_content,
    [Q_MKFS] = judge_made,
    [Q_MARK] = judge_marked,
    [Q_MARK_SHOWN] = judge_mark_shown,
    [Q_BORN] = judge_born,
    [Q_COUNT] = judge_count,
    [Q_PROOF] = judge_proof,
    [Q_TRACE] = judge_trace,
    [Q_SOURCE] = judge_source,
    [Q_LINEAGE] = judge_lineage,
    [Q_MOVABLE] = judge_movable,
    [Q_FLAG] = judge_flag,
    [Q_FLAG_SHOWN] = judge_flag_shown,
    [Q_ALONE] = judge_alone,
    [Q_STILL_FREE] = judge_still_free,
    [Q_NEXT] = judge_next,
    [Q_RIVALS] = judge_rivals,
    [Q_VOID_SHOWN] = judge_void_shown,
    [Q_SNAPS] = judge_snaps,
    [Q_SNAP_STATE] = judge_snap_state,
    [Q_SOURCE_FACTS] = judge_source_facts,
    [Q_COPY_BORN] = judge_copy_born,
    [Q_COPY_ATTACHED] = judge_copy_attached,
    [Q_SOUND] = judge_sound,
    [Q_MY_COPY] = judge_my_copy,
    [Q_UNDO] = judge_undo,
    [Q_TIDY] = judge_tidy,
    [Q_GARBAGE] = judge_garbage,
    [Q_SWEEP] = judge_sweep,
    [Q_CLAIMS] = judge_claims,
    [Q_LAPSED_SNAPS] = judge_lapsed_snaps,
    [Q_REL_INSPECT] = judge_rel_inspect,
    [Q_REL_MEMBER] = judge_rel_member,
    [Q_REL_POOL] = judge_rel_pool,
    [Q_REL_FREED] = judge_rel_freed,
    [Q_REL_UNMOUNT] = judge_unmounted,
};

static enum claim_event success(struct claim *c, const struct answer *a)
{
    return judges[c->question] != NULL ? judges[c->question](c, a) : EV_OK;
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
    if (c->create_in_doubt &&
        (event == EV_BUSY || event == EV_LIMIT || event == EV_DENIED || event == EV_BROKEN)) {
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
    } else if (fx_port(c->asked) == FX_PORT_HOST && c->question != Q_CONTENT) {
        c->tries = 0;
    }
    return success(c, &looked);
}

static bool is_refusal(enum claim_event event)
{
    return event == EV_BUSY || event == EV_LIMIT || event == EV_DENIED || event == EV_BROKEN;
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
    if (c->question == Q_FLAG && is_refusal(event)) {
        flag_refused(c);
    }
    move_learn(c, a, event);
    undo_learn(c, event);
    return event;
}
