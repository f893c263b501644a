/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ec2_filters.c - the filters of the Describe calls (B.2, B.7): all must hold, any value will do.
 *
 * Values are compared as text with the wildcards * and ?, as the service does. A filter that an
 * action does not know passes nothing, which the caller has to find out beforehand where it
 * matters.
 */
#include "sim/ec2_state.h"

enum { NUMBER_MAX = 12 };

/* Case-sensitive, with one step back at the last star. */
static bool fits(const char *pattern, const char *text)
{
    const char *star = NULL;
    const char *back = NULL;

    while (*text != '\0') {
        if (*pattern == '*') {
            star = pattern++;
            back = text;
        } else if (*pattern == '?' || *pattern == *text) {
            pattern++;
            text++;
        } else if (star) {
            pattern = star + 1;
            text = ++back;
        } else {
            return false;
        }
    }
    while (*pattern == '*')
        pattern++;
    return *pattern == '\0';
}

static bool any_value(const struct ec2_filter *f, const char *text)
{
    for (uint32_t i = 0; i < f->value_count; i++) {
        if (fits(f->values[i], text))
            return true;
    }
    return false;
}

static bool any_number(const struct ec2_filter *f, uint32_t number)
{
    char text[NUMBER_MAX];
    char *at = text + NUMBER_MAX - 1;

    *at = '\0';
    do {
        *--at = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    return any_value(f, at);
}

static bool any_key(const struct ec2 *m, const struct ec2_filter *f, uint32_t tags)
{
    const uint32_t count = ec2_tag_count(m, tags);

    for (uint32_t i = 0; i < count; i++) {
        if (any_value(f, ec2_tag(m, tags, i).key))
            return true;
    }
    return false;
}

static bool any_tag(const struct ec2 *m, const struct ec2_filter *f, uint32_t tags)
{
    const char *value = ec2_tag_value(m, tags, f->key);

    return value && any_value(f, value);
}

static const char *volume_state_text(enum volume_state state)
{
    switch (state) {
    case VOL_CREATING: return "creating";
    case VOL_AVAILABLE: return "available";
    case VOL_IN_USE: return "in-use";
    case VOL_DELETING: return "deleting";
    case VOL_DELETED: return "deleted";
    case VOL_ERROR: return "error";
    case VOL_NONE: break;
    }
    return "";
}

static const char *attach_state_text(enum attach_state state)
{
    switch (state) {
    case ATT_ATTACHING: return "attaching";
    case ATT_ATTACHED: return "attached";
    case ATT_DETACHING: return "detaching";
    case ATT_BUSY: return "busy";
    case ATT_NONE: break;
    }
    return "";
}

static const char *snapshot_state_text(enum snapshot_state state)
{
    switch (state) {
    case SNAP_PENDING: return "pending";
    case SNAP_COMPLETED: return "completed";
    case SNAP_ERROR: return "error";
    case SNAP_NONE: break;
    }
    return "";
}

static bool has_id(const struct ec2_filter *f, struct id id)
{
    return any_value(f, id.text);
}

/* A volume as one read sees it. */
struct seen_volume {
    const struct ec2_version *v;
    uint32_t volume;
    uint32_t tags;
};

static bool volume_passes(const struct ec2 *m, const struct ec2_filter *f,
                          const struct seen_volume *seen)
{
    const struct ec2_volume *vol = volume_peek(m, seen->volume);
    const struct ec2_version *v = seen->v;

    switch (f->name) {
    case EC2_BY_TAG: return any_tag(m, f, seen->tags);
    case EC2_BY_TAG_KEY: return any_key(m, f, seen->tags);
    case EC2_BY_STATUS: return any_value(f, volume_state_text((enum volume_state)v->state));
    case EC2_BY_ZONE: return any_value(f, ec2_zone_name(m, vol->zone));
    case EC2_BY_HOLDER: return v->holder != EC2_NONE && has_id(f, ec2_instance_id(m, v->holder));
    case EC2_BY_ATTACHMENT:
        return v->attachment != ATT_NONE &&
               any_value(f, attach_state_text((enum attach_state)v->attachment));
    case EC2_BY_DEVICE: return v->holder != EC2_NONE && any_value(f, v->device);
    case EC2_BY_TYPE: return any_value(f, ec2_type_name((enum ec2_type)v->type));
    case EC2_BY_SIZE: return any_number(f, v->size_gib);
    case EC2_BY_SNAPSHOT:
        return vol->snapshot != EC2_NONE && has_id(f, ec2_snapshot_id(m, vol->snapshot));
    case EC2_BY_VOLUME: return has_id(f, ec2_volume_id(m, seen->volume));
    case EC2_BY_RESOURCE:
    case EC2_BY_KIND:
    case EC2_BY_KEY:
    case EC2_BY_VALUE:
    case EC2_BY_INSTANCE:
    case EC2_BY_GROUP:
    case EC2_FILTER_COUNT: break;
    }
    return false;
}

bool filters_pass_volume(struct ec2 *m, const struct ec2_request *rq, uint32_t volume,
                         const struct ec2_version *v, uint32_t tags)
{
    const struct seen_volume seen = {v, volume, tags};

    for (uint32_t i = 0; i < rq->filter_count; i++) {
        if (!volume_passes(m, &rq->filters[i], &seen))
            return false;
    }
    return true;
}

static bool snapshot_passes(const struct ec2 *m, const struct ec2_filter *f, uint32_t snapshot,
                            uint64_t at_ms)
{
    const struct ec2_snapshot_truth truth = ec2_truth_snapshot(m, snapshot, at_ms);

    switch (f->name) {
    case EC2_BY_TAG: return any_tag(m, f, truth.tags);
    case EC2_BY_TAG_KEY: return any_key(m, f, truth.tags);
    case EC2_BY_STATUS: return any_value(f, snapshot_state_text(truth.state));
    case EC2_BY_SIZE: return any_number(f, truth.size_gib);
    case EC2_BY_SNAPSHOT: return has_id(f, ec2_snapshot_id(m, snapshot));
    case EC2_BY_VOLUME:
        return truth.volume != EC2_NONE && has_id(f, ec2_volume_id(m, truth.volume));
    case EC2_BY_ZONE:
    case EC2_BY_HOLDER:
    case EC2_BY_ATTACHMENT:
    case EC2_BY_DEVICE:
    case EC2_BY_TYPE:
    case EC2_BY_RESOURCE:
    case EC2_BY_KIND:
    case EC2_BY_KEY:
    case EC2_BY_VALUE:
    case EC2_BY_INSTANCE:
    case EC2_BY_GROUP:
    case EC2_FILTER_COUNT: break;
    }
    return false;
}

bool filters_pass_snapshot(struct ec2 *m, const struct ec2_request *rq, uint32_t snapshot)
{
    for (uint32_t i = 0; i < rq->filter_count; i++) {
        if (!snapshot_passes(m, &rq->filters[i], snapshot, read_moment(m, rq, snapshot)))
            return false;
    }
    return true;
}

static bool instance_passes(const struct ec2 *m, const struct ec2_filter *f, uint32_t instance,
                            enum ec2_instance_state state)
{
    const struct ec2_inst *inst = inst_peek(m, instance);

    switch (f->name) {
    case EC2_BY_TAG: return any_tag(m, f, inst->tags);
    case EC2_BY_TAG_KEY: return any_key(m, f, inst->tags);
    case EC2_BY_STATUS: return any_value(f, ec2_instance_state_name(state));
    case EC2_BY_ZONE: return any_value(f, ec2_zone_name(m, inst->zone));
    case EC2_BY_INSTANCE: return has_id(f, ec2_instance_id(m, instance));
    case EC2_BY_GROUP: return inst->group != 0 && any_value(f, ec2_group_name(m, inst->group - 1U));
    case EC2_BY_HOLDER:
    case EC2_BY_ATTACHMENT:
    case EC2_BY_DEVICE:
    case EC2_BY_TYPE:
    case EC2_BY_SIZE:
    case EC2_BY_SNAPSHOT:
    case EC2_BY_VOLUME:
    case EC2_BY_RESOURCE:
    case EC2_BY_KIND:
    case EC2_BY_KEY:
    case EC2_BY_VALUE:
    case EC2_FILTER_COUNT: break;
    }
    return false;
}

bool filters_pass_instance(struct ec2 *m, const struct ec2_request *rq, uint32_t instance,
                           enum ec2_instance_state state)
{
    for (uint32_t i = 0; i < rq->filter_count; i++) {
        if (!instance_passes(m, &rq->filters[i], instance, state))
            return false;
    }
    return true;
}

static struct id row_id(const struct ec2 *m, const struct ec2_tag_row *row)
{
    switch (row->kind) {
    case EC2_VOLUME: return ec2_volume_id(m, row->index);
    case EC2_SNAPSHOT: return ec2_snapshot_id(m, row->index);
    case EC2_INSTANCE: return ec2_instance_id(m, row->index);
    case EC2_NOTHING: break;
    }
    return (struct id){.text = ""};
}

static bool row_passes(const struct ec2 *m, const struct ec2_filter *f,
                       const struct ec2_tag_row *row)
{
    switch (f->name) {
    case EC2_BY_RESOURCE: return has_id(f, row_id(m, row));
    case EC2_BY_KIND: return any_value(f, ec2_kind_name(row->kind));
    case EC2_BY_KEY: return any_value(f, row->tag.key);
    case EC2_BY_VALUE: return any_value(f, row->tag.value);
    case EC2_BY_TAG: return strcmp(f->key, row->tag.key) == 0 && any_value(f, row->tag.value);
    case EC2_BY_TAG_KEY:
    case EC2_BY_STATUS:
    case EC2_BY_ZONE:
    case EC2_BY_HOLDER:
    case EC2_BY_ATTACHMENT:
    case EC2_BY_DEVICE:
    case EC2_BY_TYPE:
    case EC2_BY_SIZE:
    case EC2_BY_SNAPSHOT:
    case EC2_BY_VOLUME:
    case EC2_BY_INSTANCE:
    case EC2_BY_GROUP:
    case EC2_FILTER_COUNT: break;
    }
    return false;
}

bool filters_pass_row(struct ec2 *m, const struct ec2_request *rq, const struct ec2_tag_row *row)
{
    for (uint32_t i = 0; i < rq->filter_count; i++) {
        if (!row_passes(m, &rq->filters[i], row))
            return false;
    }
    return true;
}
