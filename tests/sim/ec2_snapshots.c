/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ec2_snapshots.c - CreateSnapshot and DeleteSnapshot, and what a snapshot is at a moment (B.8,
 * F.3).
 *
 * A snapshot holds what was on the volume at the moment of the call, however long it takes to
 * complete. There is no client token: a repeated call makes a second snapshot.
 */
#include "sim/ec2_state.h"

#include <assert.h>

enum { PERCENT = 100 };

struct ec2_snapshot_truth ec2_truth_snapshot(const struct ec2 *m, uint32_t snapshot, uint64_t at_ms)
{
    const struct ec2_snap *snap = snap_peek(m, snapshot);
    struct ec2_snapshot_truth truth = {
        .state = SNAP_PENDING,
        .volume = snap->volume,
        .size_gib = snap->size_gib,
        .created_ms = snap->created_ms,
        .completes_ms = snap->completes_ms,
        .tags = snap->tags,
        .encrypted = snap->encrypted,
    };

    if (at_ms < snap->created_ms || at_ms >= snap->deleted_ms)
        truth.state = SNAP_NONE;
    else if (at_ms >= snap->completes_ms)
        truth.state = snap->fails ? SNAP_ERROR : SNAP_COMPLETED;
    if (truth.state == SNAP_COMPLETED)
        truth.progress = PERCENT;
    if (truth.state == SNAP_PENDING)
        truth.progress = (uint32_t)((at_ms - snap->created_ms) * PERCENT /
                                    (snap->completes_ms - snap->created_ms));
    return truth;
}

uint32_t ec2_snapshot_count(const struct ec2 *m)
{
    return ec2_peek(m)->snaps.used;
}

const struct ec2_content *ec2_snapshot_content(const struct ec2 *m, uint32_t snapshot)
{
    return &snap_peek(m, snapshot)->content;
}

/* Snapshots in `error` count as well (B.8). */
static uint32_t pending_of(const struct ec2 *m, uint32_t volume)
{
    uint32_t count = 0;

    for (uint32_t at = volume_peek(m, volume)->last_snapshot; at != EC2_NONE;
         at = snap_peek(m, at)->older) {
        const enum snapshot_state state = ec2_truth_snapshot(m, at, ec2_peek(m)->now_ms).state;

        count += state == SNAP_PENDING || state == SNAP_ERROR;
    }
    return count;
}

static uint32_t pending_max(const struct ec2 *m, const struct ec2_version *v)
{
    return v->type == EC2_ST1 || v->type == EC2_SC1 ? RATE_PENDING_ON_DISKS
                                                    : m->rates->snapshots_pending_max;
}

static enum ec2_code create_check(const struct ec2 *m, const struct ec2_request *rq,
                                  uint32_t *volume)
{
    const struct ec2_state *s = ec2_peek(m);
    enum ec2_code code = volume_of(m, rq, volume);

    if (code == EC2_CODE_OK)
        code = tags_check(m, 0, rq->tags, rq->tag_count);
    if (code != EC2_CODE_OK)
        return code;
    const struct ec2_volume *vol = volume_peek(m, *volume);
    const struct ec2_version *v = version_now(m, *volume, s->now_ms);

    if (v->state != VOL_AVAILABLE && v->state != VOL_IN_USE)
        return EC2_CODE_WRONG_STATE;
    if (vol->snapshots_taken > 0 && s->now_ms - vol->snapshot_ms < m->rates->snapshot_pause_ms)
        return EC2_CODE_SNAPSHOT_RATE;
    if (pending_of(m, *volume) >= pending_max(m, v))
        return EC2_CODE_SNAPSHOTS_PENDING;
    if (s->snapshots_limit > 0 && s->snaps_live >= s->snapshots_limit)
        return EC2_CODE_SNAPSHOT_LIMIT;
    return EC2_CODE_OK;
}

/* K: by size, and a first snapshot holds every block. */
static uint64_t duration(struct ec2 *m, const struct ec2_volume *vol, uint32_t size_gib)
{
    const struct rates *r = m->rates;
    const uint64_t gib_ms =
        vol->snapshots_taken == 0 ? r->snapshot_gib_ms : r->snapshot_next_gib_ms;
    const uint64_t whole_ms = draw(m, r->snapshot) + gib_ms * size_gib;

    return whole_ms > 0 ? whole_ms : 1;
}

enum ec2_code snapshot_create(struct ec2 *m, const struct ec2_request *rq, struct ec2_answer *a)
{
    struct ec2_state *s = ec2_state(m);
    const struct tags_change change = {.set = rq->tags, .set_count = rq->tag_count};
    uint32_t volume = EC2_NONE;
    uint32_t tags = 0;
    const enum ec2_code code = create_check(m, rq, &volume);

    if (code != EC2_CODE_OK)
        return code;
    if (rq->dry_run)
        return EC2_CODE_DRY_RUN;
    if (arena_room(&s->snaps) == 0 || !tags_make(m, 0, &change, &tags))
        return EC2_CODE_INTERNAL;
    struct ec2_volume *vol = volume_at(m, volume);
    const uint32_t size_gib = version_now(m, volume, s->now_ms)->size_gib;

    a->index = arena_take(m->arena, &s->snaps);
    a->made = ec2_snapshot_id(m, a->index);
    *snap_at(m, a->index) = (struct ec2_snap){
        .created_ms = s->now_ms,
        .completes_ms = s->now_ms + duration(m, vol, size_gib),
        .deleted_ms = UINT64_MAX,
        .content = vol->content,
        .volume = volume,
        .older = vol->last_snapshot,
        .size_gib = size_gib,
        .tags = tags,
        .fails = (rq->faults & EC2_FAULT_SNAPSHOT_ERROR) != 0,
        .encrypted = vol->encrypted,
    };
    vol->snapshot_ms = s->now_ms;
    vol->snapshots_taken++;
    vol->last_snapshot = a->index;
    s->snaps_live++;
    return EC2_CODE_OK;
}

enum ec2_code snapshot_delete(struct ec2 *m, const struct ec2_request *rq, struct ec2_answer *a)
{
    const uint64_t now_ms = ec2_peek(m)->now_ms;
    const uint64_t seen_ms = rq->as_of_ms != 0 ? rq->as_of_ms : now_ms;
    const uint32_t snapshot = ec2_snapshot_index(m, &rq->snapshot);

    if (id_is_empty(&rq->snapshot))
        return EC2_CODE_MISSING;
    if (snapshot == EC2_NONE || ec2_truth_snapshot(m, snapshot, now_ms).state == SNAP_NONE ||
        snap_peek(m, snapshot)->created_ms > seen_ms)
        return EC2_CODE_NO_SNAPSHOT;
    if (rq->dry_run)
        return EC2_CODE_DRY_RUN;
    a->index = snapshot;
    snap_at(m, snapshot)->deleted_ms = now_ms;
    ec2_state(m)->snaps_live--;
    return EC2_CODE_OK;
}

uint32_t ec2_add_snapshot(struct ec2 *m, const struct ec2_snapshot_spec *s, uint64_t now_ms)
{
    const struct tags_change change = {.set = s->tags, .set_count = s->tag_count};
    const uint32_t index = arena_take(m->arena, &ec2_state(m)->snaps);
    uint32_t tags = 0;
    bool made = false;

    assert(index != ARENA_NONE);
    assert(now_ms >= ec2_peek(m)->now_ms);
    ec2_state(m)->now_ms = now_ms;
    made = tags_make(m, 0, &change, &tags);
    assert(made);
    *snap_at(m, index) = (struct ec2_snap){
        .created_ms = s->created_ms,
        .completes_ms = s->created_ms,
        .deleted_ms = UINT64_MAX,
        .content = s->content,
        .volume = EC2_NONE,
        .older = EC2_NONE,
        .size_gib = s->size_gib,
        .tags = tags,
    };
    ec2_state(m)->snaps_live++;
    return index;
}
