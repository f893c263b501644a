/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ec2_list.c - the other Describe calls: tags, snapshots, instances, groups, modifications.
 *
 * They look into the past as DescribeVolumes does. DescribeTags is the one that never leaves out a
 * tag without saying so (D.2), so no fault of a tag set is looked at here. Reads change no state.
 */
#include "sim/ec2_state.h"

#include <assert.h>

enum { PERCENT = 100 };

/* --- DescribeTags --- */

/* B.7: the tags of what is gone remain for a while. */
static uint32_t tags_seen(const struct ec2 *m, const struct ec2_request *rq, uint32_t volume)
{
    const uint64_t at_ms = read_tags_moment(m, rq, volume);
    const struct ec2_version *v = version_now(m, volume, at_ms);

    if (!v || (v->state == VOL_DELETED && at_ms - v->start_ms > m->rates->tag_linger_ms))
        return 0;
    return v->tags;
}

/* A volume with nothing but its id and the facts of its tags. */
static enum ec2_code tags_of_one(struct ec2 *m, const struct ec2_request *rq, struct ec2_answer *a)
{
    const uint32_t volume = ec2_volume_index(m, &rq->ids[0]);
    const uint64_t at_ms = volume == EC2_NONE ? 0 : read_tags_moment(m, rq, volume);
    const uint32_t at = volume == EC2_NONE ? EC2_NONE : version_find(m, volume, at_ms);
    struct volume *out = view_take(m, sizeof(*out));

    if (!out)
        return EC2_CODE_INTERNAL;
    a->index = volume;
    a->volume = out;
    if (at != EC2_NONE && tags_seen(m, rq, volume) != 0) {
        *out = *facts_of(m, volume, at);
        out->state = VOL_NONE;
        out->attachment = ATT_NONE;
        out->multi_attach = false;
        out->holder_key = 0;
        out->created_ms = 0;
        out->size_gib = 0;
        memset(&out->holder, 0, sizeof(out->holder));
        memset(&out->zone, 0, sizeof(out->zone));
        a->count = ec2_tag_count(m, version_peek(m, at)->tags);
        return EC2_CODE_OK;
    }
    memset(out, 0, sizeof(*out));
    out->id = rq->ids[0];
    out->key = id_key(&out->id);
    facts_read_tags(m, out, 0);
    return EC2_CODE_OK;
}

/* Rows are counted in a first pass and kept in a second, so that they need no more room than there
 * are. */
struct rows {
    struct ec2_tag_row *items; /* NULL: count only */
    uint32_t seen;
    uint32_t count;
    struct page_span span;
};

static bool row_is_asked_for(const struct ec2 *m, const struct ec2_request *rq,
                             const struct ec2_tag_row *row)
{
    for (uint32_t i = 0; i < rq->id_count; i++) {
        const struct id *id = &rq->ids[i];
        uint32_t index = EC2_NONE;

        if (id_kind(id) != row->kind)
            continue;
        if (row->kind == EC2_VOLUME)
            index = ec2_volume_index(m, id);
        else
            index =
                row->kind == EC2_SNAPSHOT ? ec2_snapshot_index(m, id) : ec2_instance_index(m, id);
        if (index == row->index)
            return true;
    }
    return rq->id_count == 0;
}

static void rows_add(struct ec2 *m, const struct ec2_request *rq, struct ec2_tag_row row,
                     uint32_t tags, struct rows *out)
{
    const uint32_t count = ec2_tag_count(m, tags);

    if (count == 0 || !row_is_asked_for(m, rq, &row))
        return;
    for (uint32_t i = 0; i < count; i++) {
        row.tag = ec2_tag(m, tags, i);
        if (!filters_pass_row(m, rq, &row))
            continue;
        if (out->seen++ < out->span.from || out->count >= out->span.limit)
            continue;
        if (out->items)
            out->items[out->count] = row;
        out->count++;
    }
}

static void rows_walk(struct ec2 *m, const struct ec2_request *rq, struct rows *out)
{
    const struct ec2_state *s = ec2_peek(m);

    out->seen = 0;
    out->count = 0;
    for (uint32_t i = 0; i < s->volumes.used; i++)
        rows_add(m, rq, (struct ec2_tag_row){.kind = EC2_VOLUME, .index = i}, tags_seen(m, rq, i),
                 out);
    for (uint32_t i = 0; i < s->snaps.used; i++) {
        const struct ec2_snapshot_truth t = ec2_truth_snapshot(m, i, read_tags_moment(m, rq, i));

        if (t.state != SNAP_NONE)
            rows_add(m, rq, (struct ec2_tag_row){.kind = EC2_SNAPSHOT, .index = i}, t.tags, out);
    }
    for (uint32_t i = 0; i < s->insts.used; i++)
        rows_add(m, rq, (struct ec2_tag_row){.kind = EC2_INSTANCE, .index = i},
                 inst_peek(m, i)->tags, out);
}

enum ec2_code read_tags(struct ec2 *m, const struct ec2_request *rq, struct ec2_answer *a)
{
    struct rows rows = {.items = NULL};
    struct page_span span;
    /* Here an id is a filter by resource-id, so ids and pages go together. */
    struct ec2_request paging = *rq;
    enum ec2_code code = EC2_CODE_OK;

    if (rq->id_count == 1 && rq->filter_count == 0 && !rq->rows &&
        id_kind(&rq->ids[0]) == EC2_VOLUME)
        return tags_of_one(m, rq, a);
    paging.id_count = 0;
    code = page_start(m, &paging, &span);
    if (code != EC2_CODE_OK)
        return code;
    rows.span = span;
    rows_walk(m, rq, &rows);
    rows.items = view_take(m, sizeof(rows.items[0]) * rows.count);
    if (!rows.items)
        return EC2_CODE_INTERNAL;
    rows_walk(m, rq, &rows);
    a->tag_rows = rows.items;
    a->count = rows.count;
    if (rows.seen > (uint64_t)span.from + rows.count)
        a->next_token = page_token(m, span.from + rows.count);
    return EC2_CODE_OK;
}

/* --- DescribeSnapshots --- */

static bool snapshot_seen(struct ec2 *m, const struct ec2_request *rq, uint32_t snapshot)
{
    return ec2_truth_snapshot(m, snapshot, read_moment(m, rq, snapshot)).state != SNAP_NONE;
}

static void snapshot_facts(struct ec2 *m, const struct ec2_request *rq, uint32_t snapshot,
                           struct snapshot *out)
{
    const struct ec2_snapshot_truth t =
        ec2_truth_snapshot(m, snapshot, read_moment(m, rq, snapshot));
    const uint32_t count = ec2_tag_count(m, t.tags);
    struct tag list[EC2_TAGS_MAX];

    for (uint32_t i = 0; i < count; i++)
        list[i] = ec2_tag(m, t.tags, i);
    memset(out, 0, sizeof(*out));
    out->id = ec2_snapshot_id(m, snapshot);
    mark_read_snapshot(out, list, count);
    out->progress = t.progress;
    out->state = t.state;
}

/* Keeps the newest where more match than the list takes; order of making. */
static enum ec2_code snapshot_list(struct ec2 *m, const struct ec2_request *rq,
                                   struct ec2_answer *a)
{
    struct snapshot_list *list = view_take(m, sizeof(*list));
    const uint32_t skip = a->count > SNAPSHOTS_MAX ? a->count - SNAPSHOTS_MAX : 0;

    if (!list)
        return EC2_CODE_INTERNAL;
    list->count = a->count - skip;
    list->more = skip > 0 || a->next_token != 0;
    for (uint32_t i = 0; i < list->count; i++)
        snapshot_facts(m, rq, a->snapshot_items[skip + i], &list->items[i]);
    a->snapshots = list;
    return EC2_CODE_OK;
}

static enum ec2_code snapshots_by_id(struct ec2 *m, const struct ec2_request *rq, uint32_t *items,
                                     uint32_t *count)
{
    for (uint32_t i = 0; i < rq->id_count; i++) {
        const uint32_t snapshot = ec2_snapshot_index(m, &rq->ids[i]);

        if (snapshot == EC2_NONE || !snapshot_seen(m, rq, snapshot))
            return EC2_CODE_NO_SNAPSHOT;
        if (filters_pass_snapshot(m, rq, snapshot))
            items[(*count)++] = snapshot;
    }
    return EC2_CODE_OK;
}

static uint32_t snapshots_by_filter(struct ec2 *m, const struct ec2_request *rq,
                                    struct page_span span, uint32_t *items, uint32_t *count)
{
    const uint32_t used = ec2_peek(m)->snaps.used;
    uint32_t i = span.from;

    for (; i < used && *count < span.limit; i++) {
        if (snapshot_seen(m, rq, i) && filters_pass_snapshot(m, rq, i))
            items[(*count)++] = i;
    }
    return i;
}

enum ec2_code read_snapshots(struct ec2 *m, const struct ec2_request *rq, struct ec2_answer *a)
{
    const uint32_t used = ec2_peek(m)->snaps.used;
    struct page_span span;
    uint32_t *items = NULL;
    uint32_t next = used;
    enum ec2_code code = page_start(m, rq, &span);

    if (code != EC2_CODE_OK)
        return code;
    items = view_take(m, sizeof(*items) * (rq->id_count > used ? rq->id_count : used));
    if (!items)
        return EC2_CODE_INTERNAL;
    if (rq->id_count > 0)
        code = snapshots_by_id(m, rq, items, &a->count);
    else
        next = snapshots_by_filter(m, rq, span, items, &a->count);
    if (code != EC2_CODE_OK)
        return code;
    a->snapshot_items = items;
    a->next_token = next < used ? page_token(m, next) : 0;
    if (rq->id_count == 1 && a->count == 1)
        a->index = items[0];
    return snapshot_list(m, rq, a);
}

/* --- DescribeInstances --- */

/* B.11: a terminated instance stays visible for about an hour. */
static bool instance_seen(const struct ec2 *m, const struct ec2_request *rq, uint32_t instance,
                          enum ec2_instance_state *state)
{
    const struct ec2_inst *inst = inst_peek(m, instance);
    const uint64_t at_ms = read_moment(m, rq, instance);

    *state = inst_state(m, instance, at_ms);
    if (inst->launched_ms > at_ms)
        return false;
    return *state != EC2_TERMINATED || at_ms - inst->life[0].start_ms <= m->rates->terminated_ms;
}

static struct ec2_peer peer_of(const struct ec2 *m, uint32_t instance,
                               enum ec2_instance_state state)
{
    const struct ec2_inst *inst = inst_peek(m, instance);

    return (struct ec2_peer){
        .key = inst->key,
        .index = instance,
        .zone = inst->zone,
        .group = inst->group,
        .state = (uint8_t)state,
        .launched_ms = inst->launched_ms,
    };
}

static enum ec2_code read_leaving(struct ec2 *m, const struct ec2_request *rq, struct ec2_answer *a)
{
    const uint32_t used = ec2_peek(m)->insts.used;
    struct leaving *out = view_take(m, sizeof(*out));

    if (!out)
        return EC2_CODE_INTERNAL;
    memset(out, 0, sizeof(*out));
    /* The youngest first: where more are leaving than fit, the oldest have let go already. */
    for (uint32_t i = used; i > 0 && out->count < LEAVING_MAX; i--) {
        enum ec2_instance_state state = EC2_PENDING;

        if (!instance_seen(m, rq, i - 1, &state))
            continue;
        if (state == EC2_SHUTTING_DOWN || state == EC2_TERMINATED)
            out->keys[out->count++] = inst_peek(m, i - 1)->key;
    }
    a->leaving = out;
    a->count = out->count;
    return EC2_CODE_OK;
}

static enum ec2_code instances_by_id(struct ec2 *m, const struct ec2_request *rq,
                                     struct ec2_peer *peers, uint32_t *count)
{
    for (uint32_t i = 0; i < rq->id_count; i++) {
        const uint32_t instance = ec2_instance_index(m, &rq->ids[i]);
        enum ec2_instance_state state = EC2_PENDING;

        if (instance == EC2_NONE || !instance_seen(m, rq, instance, &state))
            return EC2_CODE_NO_INSTANCE;
        if (filters_pass_instance(m, rq, instance, state))
            peers[(*count)++] = peer_of(m, instance, state);
    }
    return EC2_CODE_OK;
}

static uint32_t instances_by_filter(struct ec2 *m, const struct ec2_request *rq,
                                    struct page_span span, struct ec2_peer *peers, uint32_t *count)
{
    const uint32_t used = ec2_peek(m)->insts.used;
    uint32_t i = span.from;

    for (; i < used && *count < span.limit; i++) {
        enum ec2_instance_state state = EC2_PENDING;

        if (instance_seen(m, rq, i, &state) && filters_pass_instance(m, rq, i, state))
            peers[(*count)++] = peer_of(m, i, state);
    }
    return i;
}

static struct ec2_peer *peers_take(struct ec2 *m, const struct ec2_request *rq,
                                   struct page_span span)
{
    const uint32_t used = ec2_peek(m)->insts.used;
    const uint32_t all = rq->id_count > used ? rq->id_count : used;

    return view_take(m, sizeof(struct ec2_peer) * (span.limit < all ? span.limit : all));
}

enum ec2_code read_instances(struct ec2 *m, const struct ec2_request *rq, struct ec2_answer *a)
{
    const uint32_t used = ec2_peek(m)->insts.used;
    struct page_span span;
    struct ec2_peer *peers = NULL;
    uint32_t next = used;
    enum ec2_code code = page_start(m, rq, &span);

    if (code != EC2_CODE_OK)
        return code;
    if (rq->leaving)
        return read_leaving(m, rq, a);
    peers = peers_take(m, rq, span);
    if (!peers)
        return EC2_CODE_INTERNAL;
    if (rq->id_count > 0)
        code = instances_by_id(m, rq, peers, &a->count);
    else
        next = instances_by_filter(m, rq, span, peers, &a->count);
    if (code != EC2_CODE_OK)
        return code;
    a->peers = peers;
    a->next_token = next < used ? page_token(m, next) : 0;
    return EC2_CODE_OK;
}

/* --- Groups: B.12 --- */

static bool is_member(const struct ec2 *m, const struct ec2_request *rq, uint32_t instance,
                      enum ec2_instance_state *state)
{
    return instance < ec2_peek(m)->insts.used && inst_peek(m, instance)->group != 0 &&
           instance_seen(m, rq, instance, state) && *state != EC2_TERMINATED;
}

enum ec2_code read_group_instances(struct ec2 *m, const struct ec2_request *rq,
                                   struct ec2_answer *a)
{
    const uint32_t count = rq->id_count > 0 ? rq->id_count : ec2_peek(m)->insts.used;
    struct ec2_peer *peers = view_take(m, sizeof(*peers) * count);

    if (!peers)
        return EC2_CODE_INTERNAL;
    for (uint32_t i = 0; i < count; i++) {
        const uint32_t instance = rq->id_count > 0 ? ec2_instance_index(m, &rq->ids[i]) : i;
        enum ec2_instance_state state = EC2_PENDING;

        if (is_member(m, rq, instance, &state) && filters_pass_instance(m, rq, instance, state))
            peers[a->count++] = peer_of(m, instance, state);
    }
    a->peers = peers;
    return EC2_CODE_OK;
}

/* --- DescribeVolumesModifications --- */

enum ec2_code read_modifications(struct ec2 *m, const struct ec2_request *rq, struct ec2_answer *a)
{
    const uint32_t volume = rq->id_count == 1 ? ec2_volume_index(m, &rq->ids[0]) : EC2_NONE;
    const struct ec2_mod *mod = NULL;
    uint64_t at_ms = 0;

    if (rq->id_count != 1)
        return EC2_CODE_MISSING;
    if (volume == EC2_NONE)
        return EC2_CODE_NO_VOLUME;
    at_ms = read_moment(m, rq, volume);
    if (volume_is_gone(m, volume, at_ms))
        return EC2_CODE_NO_VOLUME;
    if (volume_peek(m, volume)->modification == EC2_NONE)
        return EC2_CODE_NO_MODIFICATION;
    mod = mod_peek(m, volume_peek(m, volume)->modification);
    if (mod->times_ms[0] > at_ms)
        return EC2_CODE_NO_MODIFICATION;
    a->count = 1;
    a->index = volume;
    a->modification = (struct ec2_modification){
        .state = EC2_MODIFYING,
        .from_gib = mod->from_gib,
        .to_gib = mod->to_gib,
        .start_ms = mod->times_ms[0],
    };
    if (at_ms >= mod->effective_ms)
        a->modification.state = EC2_OPTIMIZING;
    if (at_ms >= mod->completed_ms) {
        a->modification.state = EC2_MOD_COMPLETED;
        a->modification.progress = PERCENT;
    } else {
        a->modification.progress = (uint32_t)((at_ms - mod->times_ms[0]) * PERCENT /
                                              (mod->completed_ms - mod->times_ms[0]));
    }
    return EC2_CODE_OK;
}
