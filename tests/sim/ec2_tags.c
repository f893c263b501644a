/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ec2_tags.c - CreateTags and DeleteTags (B.7).
 *
 * Tags of volumes have a history, as everything that the protocol decides by; those of snapshots
 * and instances are seen by every read at once. There is no conditional write, and no answer tells
 * whether a deletion found anything.
 */
#include "sim/ec2_state.h"

/* A resource that can be tagged now. */
static enum ec2_code resource_find(const struct ec2 *m, const struct id *id, uint64_t seen_ms,
                                   uint32_t *index)
{
    const uint64_t now_ms = ec2_peek(m)->now_ms;

    switch (id_kind(id)) {
    case EC2_VOLUME:
        *index = ec2_volume_index(m, id);
        if (*index == EC2_NONE || volume_is_gone(m, *index, now_ms))
            return EC2_CODE_NO_VOLUME;
        return volume_peek(m, *index)->created_ms > seen_ms ? EC2_CODE_NO_VOLUME : EC2_CODE_OK;
    case EC2_SNAPSHOT:
        *index = ec2_snapshot_index(m, id);
        if (*index == EC2_NONE || ec2_truth_snapshot(m, *index, now_ms).state == SNAP_NONE)
            return EC2_CODE_NO_SNAPSHOT;
        return snap_peek(m, *index)->created_ms > seen_ms ? EC2_CODE_NO_SNAPSHOT : EC2_CODE_OK;
    case EC2_INSTANCE:
        *index = ec2_instance_index(m, id);
        return *index == EC2_NONE ? EC2_CODE_NO_INSTANCE : EC2_CODE_OK;
    case EC2_NOTHING: break;
    }
    return EC2_CODE_NO_RESOURCE;
}

static uint32_t resource_tags(const struct ec2 *m, enum ec2_kind kind, uint32_t index)
{
    switch (kind) {
    case EC2_VOLUME: return version_now(m, index, ec2_peek(m)->now_ms)->tags;
    case EC2_SNAPSHOT: return snap_peek(m, index)->tags;
    case EC2_INSTANCE: return inst_peek(m, index)->tags;
    case EC2_NOTHING: break;
    }
    return 0;
}

/* Takes over the reference to the set. */
static void resource_set(struct ec2 *m, enum ec2_kind kind, uint32_t index, uint32_t set)
{
    uint32_t *place = NULL;

    if (kind == EC2_VOLUME) {
        version_patch(
            m, index,
            &(struct version_patch){.at_ms = ec2_peek(m)->now_ms, .has_tags = true, .tags = set});
        tags_drop(m, set);
        return;
    }
    place = kind == EC2_SNAPSHOT ? &snap_at(m, index)->tags : &inst_at(m, index)->tags;
    tags_drop(m, *place);
    *place = set;
}

static enum ec2_code resource_change(struct ec2 *m, const struct id *id, uint32_t index,
                                     const struct tags_change *change)
{
    const enum ec2_kind kind = id_kind(id);
    const uint32_t old = resource_tags(m, kind, index);
    uint32_t set = 0;

    if (!versions_reserve(m, 1) || !tags_make(m, old, change, &set))
        return EC2_CODE_INTERNAL;
    /* The same tags again are no change that anyone could see. */
    if (set == old)
        tags_drop(m, set);
    else
        resource_set(m, kind, index, set);
    return EC2_CODE_OK;
}

/* All resources and all tags are judged before the first change. */
static enum ec2_code request_check(const struct ec2 *m, const struct ec2_request *rq)
{
    const uint64_t seen_ms = rq->as_of_ms != 0 ? rq->as_of_ms : ec2_peek(m)->now_ms;

    if (rq->faults & EC2_FAULT_TAGS_BUSY)
        return EC2_CODE_TAGS_BUSY;
    if (rq->id_count == 0)
        return EC2_CODE_MISSING;
    if (rq->id_count > RATE_RESOURCES_MAX)
        return EC2_CODE_BAD_VALUE;
    for (uint32_t i = 0; i < rq->id_count; i++) {
        uint32_t index = EC2_NONE;
        enum ec2_code code = resource_find(m, &rq->ids[i], seen_ms, &index);

        if (code == EC2_CODE_OK && rq->action == EC2_CREATE_TAGS)
            code = tags_check(m, resource_tags(m, id_kind(&rq->ids[i]), index), rq->tags,
                              rq->tag_count);
        if (code != EC2_CODE_OK)
            return code;
    }
    return EC2_CODE_OK;
}

static enum ec2_code request_apply(struct ec2 *m, const struct ec2_request *rq,
                                   const struct tags_change *change, struct ec2_answer *a)
{
    for (uint32_t i = 0; i < rq->id_count; i++) {
        enum ec2_code code = EC2_CODE_OK;

        (void)resource_find(m, &rq->ids[i], ec2_peek(m)->now_ms, &a->index);
        code = resource_change(m, &rq->ids[i], a->index, change);
        if (code != EC2_CODE_OK)
            return code;
    }
    return EC2_CODE_OK;
}

enum ec2_code tags_create(struct ec2 *m, const struct ec2_request *rq, struct ec2_answer *a)
{
    const struct tags_change change = {.set = rq->tags, .set_count = rq->tag_count};
    const enum ec2_code code = request_check(m, rq);

    if (code != EC2_CODE_OK)
        return code;
    if (rq->tag_count == 0)
        return EC2_CODE_MISSING;
    return rq->dry_run ? EC2_CODE_DRY_RUN : request_apply(m, rq, &change, a);
}

enum ec2_code tags_delete(struct ec2 *m, const struct ec2_request *rq, struct ec2_answer *a)
{
    const struct tags_change change = {
        .drop = rq->tags, .drop_count = rq->tag_count, .drop_all = rq->tag_count == 0};
    const enum ec2_code code = request_check(m, rq);

    if (code != EC2_CODE_OK)
        return code;
    return rq->dry_run ? EC2_CODE_DRY_RUN : request_apply(m, rq, &change, a);
}
