/* SPDX-License-Identifier: Apache-2.0 */
/*
 * move.c - the tasks of a move: void, snapshot, copy, attach, prove, commit; and of its undoing.
 *
 * The commit is the deletion of the source. Until then the source is the head and the copy is
 * nothing; once a commit was sent, the copy stays until it is known what became of it. Order is
 * hub.c's.
 */
#include "claim/act.h"
#include "claim/digest.h"

#include <stddef.h>
#include <string.h>

enum { SNAPSHOT_POLL_MS = 5000, SNAPSHOT_POLL_MAX_MS = 30000, DROPS_MAX = 8 };

void act_ask(void *claim, void *effect)
{
    fx_ask(claim, effect);
}

/* A change under the claim: never accepted past the expiry in force. */
static struct effect *claimed_change(struct claim *c, void *effect, enum fx kind)
{
    const uint64_t far_ms = c->now_ms + 10 * c->cfg.lock_ms;
    struct effect *fx = fx_change(c, effect, kind, c->move.expires_ms);

    if (weak(WEAK_NO_FENCE) || weak(WEAK_NO_RENEW)) {
        fx->not_after_ms = far_ms;
    }
    fx->claim_token = c->claim_token;
    return fx;
}

static uint64_t earliest(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* Until the thing waited for, or until the flag wants looking after. */
static void pause_until(struct claim *c, void *effect, uint64_t until_ms)
{
    const uint64_t due_ms = move_flag_due_ms(c);

    fx_sleep_until(c, effect, due_ms > c->now_ms ? earliest(until_ms, due_ms) : until_ms);
}

void act_move_pause(void *claim, void *effect)
{
    struct claim *c = claim;
    const struct claim_move *m = &c->move;
    uint64_t until_ms = c->now_ms + c->cfg.lag_ms;

    if (m->commit_doubt) {
        until_ms = m->commit_closed_ms;
    } else if (c->now_ms < m->snapshot_closed_ms) {
        until_ms = m->snapshot_closed_ms;
    } else if (c->now_ms < m->void_seen_ms + c->cfg.lag_ms) {
        until_ms = m->void_seen_ms + c->cfg.lag_ms;
    }
    pause_until(c, effect, until_ms);
}

void act_void_rival(void *claim, void *effect)
{
    struct claim *c = claim;
    struct effect *fx = claimed_change(c, effect, FX_MARK);

    memset(&c->mark, 0, sizeof c->mark);
    c->mark.kind = MARK_VOID;
    c->mark.token = c->token;
    c->marked = c->move.rival;
    fx->volume = c->move.rival;
    fx->mark = c->mark;
    c->move.rival_to_read = true;
}

void act_read_rival(void *claim, void *effect)
{
    struct claim *c = claim;

    (void)fx_read_by_id(c, effect, FX_READ_TAGS, &c->move.rival);
}

void act_list_snapshots(void *claim, void *effect)
{
    struct claim *c = claim;

    (void)fx_read_by_id(c, effect, FX_LIST_SNAPSHOTS, &c->move.source.id);
}

void act_drop_found(void *claim, void *effect)
{
    struct claim *c = claim;
    struct effect *fx = fx_change(c, effect, FX_DELETE_SNAPSHOT, 0);

    fx->snapshot = c->move.doomed_snapshot;
    memset(&c->move.doomed_snapshot, 0, sizeof c->move.doomed_snapshot);
}

void act_snapshot(void *claim, void *effect)
{
    struct claim *c = claim;
    struct effect *fx = claimed_change(c, effect, FX_CREATE_SNAPSHOT);

    fx->volume = c->move.source.id;
    fx->attempt = c->move.attempt;
    fx->lineage = c->move.source.lineage;
    c->move.snapshot_closed_ms = c->window_closed_ms;
    c->move.doubles_listed = false;
    c->move.poll_ms = SNAPSHOT_POLL_MS;
}

void act_rel_snapshot(void *claim, void *effect)
{
    struct claim *c = claim;
    /* Without a claim token: what movers and sweeps drop is found by source and token. */
    fx_change_volume(c, effect, FX_CREATE_SNAPSHOT, &c->target.id)->lineage = c->target.lineage;
}

void act_read_snapshot(void *claim, void *effect)
{
    struct claim *c = claim;

    fx_read(c, effect, FX_READ_SNAPSHOT)->snapshot = c->move.snapshot;
}

/* Snapshots take minutes to hours and have no fixed limit: look less and less often. */
void act_snapshot_pause(void *claim, void *effect)
{
    struct claim *c = claim;
    struct claim_move *m = &c->move;

    m->poll_ms = earliest(m->poll_ms + m->poll_ms / 2, SNAPSHOT_POLL_MAX_MS);
    pause_until(c, effect, c->now_ms + m->poll_ms);
}

void act_read_source_facts(void *claim, void *effect)
{
    act_weigh_state(claim, effect);
}

void act_make_copy(void *claim, void *effect)
{
    struct claim *c = claim;
    const struct claim_move *m = &c->move;
    struct effect *fx = claimed_change(c, effect, FX_CREATE_COPY);

    c->move.copy_closed_ms = c->window_closed_ms;
    fx->volume = m->source.id;
    fx->snapshot = m->snapshot;
    fx->token = token_derive(c->claim_token, "copy", m->copy_attempt);
    fx->attempt = m->copy_attempt;
    fx->lineage = m->source.lineage;
    fx->generation = m->source.generation + 1;
    fx->slot = m->source.slot;
    fx->fs = m->source.fs;
    fx->has_fs = m->source.has_fs;
    fx->blank = m->source.blank;
    fx->has_blank = m->source.has_blank;
}

static void read_copy(struct claim *c, void *effect)
{
    (void)fx_read_by_id(c, effect, FX_READ_VOLUME, &c->move.copy);
}

void act_read_copy_born(void *claim, void *effect)
{
    read_copy(claim, effect);
}

void act_read_copy_attached(void *claim, void *effect)
{
    read_copy(claim, effect);
}

void act_read_copy_freed(void *claim, void *effect)
{
    read_copy(claim, effect);
}

void act_attach_copy(void *claim, void *effect)
{
    struct claim *c = claim;
    struct effect *fx = claimed_change(c, effect, FX_ATTACH);

    fx->volume = c->move.copy;
    fx->device_name = c->device_name;
    c->move.copy_sent = true;
    c->move.attach_closed_ms = c->window_closed_ms;
    tried_add(c, id_key(&c->move.copy));
}

void act_attach_copy_renamed(void *claim, void *effect)
{
    struct claim *c = claim;

    c->device_name++;
    act_attach_copy(c, effect);
}

void act_await_copy_device(void *claim, void *effect)
{
    struct claim *c = claim;

    fx_host(c, effect, FX_AWAIT_DEVICE, &c->move.copy)->deadline_ms = c->now_ms + c->cfg.device_ms;
}

void act_probe_copy(void *claim, void *effect)
{
    struct claim *c = claim;
    struct effect *fx = fx_host(c, effect, FX_PROBE, &c->move.copy);

    fx->has_blank = c->move.source.has_blank && !c->move.source.has_fs;
}

void act_commit(void *claim, void *effect)
{
    struct claim *c = claim;
    struct claim_move *m = &c->move;
    struct effect *fx = claimed_change(c, effect, FX_DELETE_VOLUME);

    fx->volume = m->source.id;
    if (c->window_closed_ms > m->commit_closed_ms) {
        m->commit_closed_ms = c->window_closed_ms;
    }
}

void act_wait_commit(void *claim, void *effect)
{
    struct claim *c = claim;

    fx_sleep_until(c, effect, weak(WEAK_LATE_COMMIT) ? c->now_ms : c->move.commit_closed_ms);
}

void act_ask_denied(void *claim, void *effect)
{
    struct claim *c = claim;

    c->exit_code = EXIT_DENIED;
    c->reason = "permission denied";
    fx_ask(c, effect);
}

void act_ask_broken(void *claim, void *effect)
{
    struct claim *c = claim;

    c->exit_code = (int)err_exit(c->last_err);
    c->reason = err_words(c->last_err);
    fx_ask(c, effect);
}

void act_read_source(void *claim, void *effect)
{
    act_weigh_state(claim, effect);
}

void act_read_my_copy(void *claim, void *effect)
{
    struct claim *c = claim;

    (void)fx_read_by_id(c, effect, FX_READ_TAGS, &c->move.copy);
}

/* What a listing of the lineage means to the owner of the flag: whose copies are to be voided? */
enum claim_event judge_rivals(struct claim *c, const struct answer *a)
{
    struct claim_move *m = &c->move;
    struct claim_survey *s = &c->survey;

    for (uint32_t i = 0; i < a->page.count; i++) {
        const struct volume *v = a->page.items[i];

        if (v->state == VOL_DELETING || v->state == VOL_DELETED || v->state == VOL_ERROR ||
            id_same(&v->id, &m->source.id)) {
            continue;
        }
        if (!v->tags_seen || !uuid_same(&v->lineage, &m->source.lineage)) {
            s->unsure++; /* The filter found it by a tag that the answer does not show. */
        } else if (!v->is_void && !v->copy) {
            s->rival_ready = true; /* The source is no head any more. */
        } else if (!v->is_void) {
            m->rival = v->id;
            m->rival_to_read = false;
        } else {
            m->void_seen_ms = c->now_ms; /* Whoever wrote it: its owner may not see it yet. */
        }
    }
    if (a->page.more) {
        return EV_MORE;
    }
    if (s->rival_ready) {
        return EV_BEATEN;
    }
    if (s->unsure > 0) {
        memset(&m->rival, 0, sizeof m->rival);
        return EV_UNSURE;
    }
    m->rivals_listed = id_is_empty(&m->rival);
    return EV_OK;
}

enum claim_event judge_void_shown(struct claim *c, const struct answer *a)
{
    struct claim_move *m = &c->move;
    const struct volume *v = a->volume;
    const bool readable = v != NULL && v->in_pool;

    if (readable && !v->is_void) {
        m->rival_to_read = false; /* Written again, until it shows. */
        return EV_OPEN;
    }
    memset(&m->rival, 0, sizeof m->rival);
    m->rivals_listed = false;
    m->void_seen_ms = c->now_ms;
    return readable ? EV_SHOWN : EV_UNSURE;
}

/* Snapshots of the source that are not the one of this claim and attempt are leftovers. */
enum claim_event judge_snaps(struct claim *c, const struct answer *a)
{
    struct claim_move *m = &c->move;
    const struct snapshot_list *list = a->snapshots;
    const struct snapshot *doomed = NULL;

    for (uint32_t i = 0; i < list->count; i++) {
        const struct snapshot *s = &list->items[i];
        const bool mine = token_same(s->token, c->claim_token) && s->attempt == m->attempt;

        if (id_same(&s->id, &m->snapshot) || token_same(s->token, (struct token){0})) {
            continue; /* Ours, or made under no claim: somebody's backup. */
        }
        if (id_is_empty(&m->snapshot) && s->state != SNAP_ERROR &&
            (mine || weak(WEAK_REUSE_FOREIGN_SNAPSHOT))) {
            m->snapshot = s->id;
            m->poll_ms = SNAPSHOT_POLL_MS;
        } else {
            doomed = s;
        }
    }
    if (m->snapshot_sought && (!list->more || !id_is_empty(&m->snapshot))) {
        m->snapshot_sought = false;
        m->attempt += id_is_empty(&m->snapshot) ? 1 : 0;
    } else if (m->snapshot_sought) {
        m->gave_up = true; /* The list was cut short: it cannot be told whether ours is there. */
    }
    if (doomed != NULL && m->drops < DROPS_MAX) {
        m->doomed_snapshot = doomed->id;
        m->snapshots_listed = false;
        m->inherited = true; /* The flag stays until a listing shows none that is not ours. */
        return EV_OK;
    }
    m->snapshots_listed = true;
    m->doubles_listed = m->snapshot_done && c->now_ms >= m->snapshot_closed_ms;
    return EV_OK;
}

static void forget_snapshot(struct claim_move *m)
{
    memset(&m->snapshot, 0, sizeof m->snapshot);
    m->attempt++;
}

enum claim_event judge_snap_state(struct claim *c, const struct answer *a)
{
    struct claim_move *m = &c->move;
    const struct snapshot_list *list = a->err == ERR_OK ? a->snapshots : NULL;

    if (list == NULL || list->count == 0) {
        if (c->now_ms < m->snapshot_closed_ms) {
            return EV_OPEN; /* Not visible yet. */
        }
        forget_snapshot(m);
        return EV_SPOILED;
    }
    switch (list->items[0].state) {
    case SNAP_COMPLETED: m->snapshot_done = true; return EV_OK;
    case SNAP_ERROR:
        m->snapshots_listed = false; /* It is listed, and dropped, as a double; */
        m->inherited = true;         /* and until then the flag stays as its marker. */
        forget_snapshot(m);
        return EV_SPOILED;
    case SNAP_NONE:
    case SNAP_PENDING: break;
    }
    return EV_OPEN;
}

enum claim_event judge_source_facts(struct claim *c, const struct answer *a)
{
    const struct volume *v = a->volume;

    if (v == NULL || v->state == VOL_DELETING || v->state == VOL_DELETED) {
        return EV_GONE;
    }
    c->move.source.size_gib = v->size_gib;
    return EV_OK;
}

static enum claim_event copy_spoiled(struct claim *c)
{
    struct claim_move *m = &c->move;

    memset(&m->copy, 0, sizeof m->copy);
    m->copy_attempt++;
    m->dirty = true; /* A failed creation may still show up: leave the flag for the sweep. */
    return EV_SPOILED;
}

enum claim_event judge_copy_born(struct claim *c, const struct answer *a)
{
    struct claim_move *m = &c->move;
    const struct volume *v = a->volume;

    if (v == NULL) {
        return c->now_ms < m->copy_closed_ms ? EV_OPEN : copy_spoiled(c);
    }
    c->target_created_ms = v->created_ms;
    switch (v->state) {
    case VOL_IN_USE:
        m->copy_attached = v->holder_key == c->self_key;
        m->copy_sent = true;
        m->copy_born = true;
        return EV_OK;
    case VOL_AVAILABLE: m->copy_born = true; return EV_OK;
    case VOL_NONE:
    case VOL_CREATING:
        if (c->now_ms < m->copy_closed_ms + c->cfg.host_ms) {
            return EV_OPEN;
        }
        break;
    case VOL_ERROR:
    case VOL_DELETING:
    case VOL_DELETED: break;
    }
    return copy_spoiled(c);
}

enum claim_event judge_copy_attached(struct claim *c, const struct answer *a)
{
    struct claim_move *m = &c->move;
    const struct volume *v = a->volume;

    if (v != NULL && v->state == VOL_IN_USE && v->holder_key == c->self_key) {
        m->copy_attached = true;
        return EV_MINE;
    }
    if (c->now_ms < m->attach_closed_ms ||
        (v != NULL && v->state == VOL_IN_USE && v->holder_key == 0)) {
        return EV_OPEN; /* In use, and the view does not say by whom. */
    }
    m->copy_sent = false;
    m->gave_up = v == NULL || v->state != VOL_AVAILABLE;
    return v == NULL ? EV_GONE : EV_LOST;
}

/*
 * The copy must hold what the source's tags promise; a blank passes with its record. A blank
 * without one cannot be told from a copy that failed, so it is not moved; content that is not ours
 * stops the run.
 */
enum claim_event judge_sound(struct claim *c, const struct answer *a)
{
    struct claim_move *m = &c->move;
    const bool recorded_blank = m->source.has_blank && !m->source.has_fs;
    enum claim_event event = EV_SPOILED;

    switch (a->probe.kind) {
    case PROBE_FILESYSTEM:
        if (!m->source.has_fs || uuid_same(&a->probe.uuid, &m->source.fs)) {
            event = EV_OK;
        }
        break;
    case PROBE_BLANK: event = recorded_blank ? EV_OK : EV_SPOILED; break;
    case PROBE_NOISE: event = recorded_blank ? EV_OK : EV_UNSAFE; break;
    case PROBE_FOREIGN:
    case PROBE_AMBIGUOUS: event = EV_UNSAFE; break;
    case PROBE_NONE:
    case PROBE_UNREADABLE: break;
    }
    m->proved = event == EV_OK;
    m->copy_blank = a->probe.kind == PROBE_BLANK && !m->source.has_fs;
    return event;
}

enum claim_event judge_my_copy(struct claim *c, const struct answer *a)
{
    if (weak(WEAK_GONE_IS_MINE)) {
        return EV_CLEAR;
    }
    (void)c;
    if (a->volume == NULL || !a->volume->in_pool) {
        return EV_UNSURE;
    }
    return a->volume->is_void ? EV_VOIDED : EV_CLEAR;
}

static void learn_snapshot(struct claim *c, const struct answer *a, enum claim_event event)
{
    struct claim_move *m = &c->move;

    m->waits += event == EV_LIMIT ? 1 : 0;
    if (event == EV_OK) {
        m->snapshot = a->made;
    } else if (event == EV_UNKNOWN || event == EV_EXPIRED) {
        m->snapshot_sought = true;
        m->attempt += weak(WEAK_BLIND_RETRY) ? 1 : 0;
    } else {
        m->snapshots_listed = false; /* Refused; a double of the request may have been accepted. */
        m->inherited = true;
    }
}

static void learn_copy(struct claim *c, const struct answer *a, enum claim_event event)
{
    struct claim_move *m = &c->move;

    /* A refusal of the repeat says nothing of the first one. */
    m->copy_in_doubt = event == EV_UNKNOWN || event == EV_EXPIRED ||
                       (m->copy_in_doubt && event != EV_OK && event != EV_SPENT);
    if (event == EV_OK) {
        m->copy = a->made;
    } else if (event == EV_SPENT) {
        m->copy_attempt++;
        m->rivals_listed =
            false; /* The one of that token may exist: it is voided like any other. */
        m->dirty = true;
    }
}

void move_learn(struct claim *c, const struct answer *a, enum claim_event event)
{
    struct claim_move *m = &c->move;

    if (c->state == ST_SNAPSHOTTING) {
        learn_snapshot(c, a, event);
    } else if (c->state == ST_COPYING) {
        learn_copy(c, a, event);
    } else if (c->state == ST_COPY_ATTACHING) {
        m->device_tries += event == EV_GONE ? 1 : 0;
        m->copy_attached = event == EV_OK;
        m->copy_sent = event != EV_BUSY && event != EV_GONE; /* Refused: nothing is under way. */
    } else if (c->state == ST_COPY_DEVICE) {
        m->device_seen = event == EV_OK;
        m->device_tries += event == EV_OPEN ? 1 : 0;
    } else if (c->state == ST_DROPPING_SNAPSHOT) {
        m->drops += event == EV_GONE || event == EV_BUSY ? 0 : 1;
    } else if (c->state == ST_COPY_PROBING) {
        m->device_tries += event == EV_GONE ? 1 : 0;
    } else if (c->state == ST_RENEWING && event == EV_GONE) {
        m->gave_up = true;
    } else if (c->state == ST_COMMITTING) {
        m->commit_doubt = event != EV_OK && event != EV_TAKEN && event != EV_BUSY;
    }
}
