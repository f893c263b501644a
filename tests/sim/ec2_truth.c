/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ec2_truth.c - the model from behind: adding volumes, and what is true of everything at a moment.
 *
 * Checkers and host models read here what no request may see. Nothing is delayed, and misuse
 * asserts.
 */
#include "sim/ec2_state.h"

#include <assert.h>

static uint32_t zone_find(const struct ec2 *m, const char *name)
{
    uint32_t zone = 0;

    while (zone < ec2_zone_count(m) && strcmp(ec2_zone_name(m, zone), name) != 0)
        zone++;
    assert(zone < ec2_zone_count(m));
    return zone;
}

static struct ec2_version spec_version(struct ec2 *m, const struct ec2_volume_spec *s)
{
    const struct tags_change change = {.set = s->tags, .set_count = s->tag_count};
    struct shape shape = {.type = s->type, .size_gib = s->size_gib};
    struct ec2_version v = {
        .start_ms = s->created_ms,
        .holder = EC2_NONE,
        .prev = EC2_NONE,
        .state = VOL_AVAILABLE,
    };
    bool made = false;

    (void)shape_check(&shape);
    v.size_gib = shape.size_gib;
    v.iops = shape.iops;
    v.throughput = shape.throughput;
    v.type = (uint8_t)shape.type;
    made = tags_make(m, 0, &change, &v.tags);
    assert(made);
    if (s->holder != 0) {
        v.state = VOL_IN_USE;
        v.attachment = ATT_ATTACHED;
        v.holder = s->holder - 1;
        v.attached_ms = s->created_ms;
        assert(s->device && strlen(s->device) < EC2_DEVICE_MAX);
        memcpy(v.device, s->device, strlen(s->device));
    }
    return v;
}

uint32_t ec2_add_volume(struct ec2 *m, const struct ec2_volume_spec *s, uint64_t now_ms)
{
    const struct ec2_volume vol = {
        .created_ms = s->created_ms,
        .content = s->content,
        .snapshot = EC2_NONE,
        .last_snapshot = EC2_NONE,
        .listed_on = EC2_NONE,
        .next_listed = EC2_NONE,
        .modification = EC2_NONE,
        .zone = (uint8_t)zone_find(m, s->zone),
        .encrypted = s->encrypted,
        .multi_attach = s->multi_attach,
        .delete_on_termination = s->delete_on_termination,
    };
    uint32_t volume = EC2_NONE;

    assert(now_ms >= ec2_peek(m)->now_ms && s->created_ms <= now_ms);
    ec2_state(m)->now_ms = now_ms;
    const struct ec2_version v = spec_version(m, s);

    volume = volume_new(m, &vol, &v);
    assert(volume != EC2_NONE);
    if (s->holder != 0)
        inst_list(m, s->holder - 1, volume);
    return volume;
}

void ec2_deny(struct ec2 *m, uint32_t actions)
{
    ec2_state(m)->denied = actions;
}

void ec2_throttle_on(struct ec2 *m)
{
    ec2_state(m)->no_throttle = false;
}

void ec2_throttle_off(struct ec2 *m)
{
    ec2_state(m)->no_throttle = true;
}

struct ec2_content *ec2_content(struct ec2 *m, uint32_t volume)
{
    assert(volume < ec2_peek(m)->volumes.used);
    return &volume_at(m, volume)->content;
}

uint32_t ec2_volume_count(const struct ec2 *m)
{
    return ec2_peek(m)->volumes.used;
}

struct ec2_volume_truth ec2_truth_volume(const struct ec2 *m, uint32_t volume, uint64_t at_ms)
{
    const struct ec2_volume *vol = volume_peek(m, volume);
    const struct ec2_version *v = version_now(m, volume, at_ms);
    struct ec2_volume_truth truth = {
        .state = VOL_NONE,
        .holder = EC2_NONE,
        .zone = vol->zone,
        .snapshot = vol->snapshot,
        .created_ms = vol->created_ms,
        .kms_key = text_peek(m, vol->kms_key),
        .mounted = vol->mounted,
        .encrypted = vol->encrypted,
        .multi_attach = vol->multi_attach,
        .delete_on_termination = vol->delete_on_termination,
    };

    if (!v)
        return truth;
    truth.state = (enum volume_state)v->state;
    truth.attachment = (enum attach_state)v->attachment;
    truth.holder = v->holder;
    truth.size_gib = v->size_gib;
    truth.iops = v->iops;
    truth.throughput = v->throughput;
    truth.type = (enum ec2_type)v->type;
    truth.attached_ms = v->attached_ms;
    truth.tags = v->tags;
    truth.stuck = v->flags & EC2_IS_STUCK;
    memcpy(truth.device, v->device, sizeof(truth.device));
    return truth;
}

const struct volume *ec2_truth_facts(struct ec2 *m, uint32_t volume, uint64_t at_ms)
{
    const uint32_t at = version_find(m, volume, at_ms);

    return at == EC2_NONE ? NULL : facts_of(m, volume, at);
}

/* --- What is to come --- */

static uint64_t sooner(uint64_t best_ms, uint64_t at_ms, uint64_t now_ms)
{
    return at_ms > now_ms && at_ms < best_ms ? at_ms : best_ms;
}

uint64_t ec2_next_change(const struct ec2 *m, uint64_t now_ms)
{
    const struct ec2_state *s = ec2_peek(m);
    uint64_t best_ms = UINT64_MAX;

    for (uint32_t i = 0; i < s->volumes.used; i++) {
        uint32_t at = head_peek(m, i);

        for (; at != EC2_NONE && version_peek(m, at)->start_ms > now_ms;
             at = version_peek(m, at)->prev)
            best_ms = sooner(best_ms, version_peek(m, at)->start_ms, now_ms);
    }
    for (uint32_t i = 0; i < s->snaps.used; i++) {
        if (snap_peek(m, i)->deleted_ms > now_ms)
            best_ms = sooner(best_ms, snap_peek(m, i)->completes_ms, now_ms);
    }
    for (uint32_t i = 0; i < s->insts.used; i++) {
        const struct ec2_inst *inst = inst_peek(m, i);

        for (uint8_t j = 0; j < inst->life_count; j++)
            best_ms = sooner(best_ms, inst->life[j].start_ms, now_ms);
    }
    return best_ms;
}
