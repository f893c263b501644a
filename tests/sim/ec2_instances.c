/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ec2_instances.c - instances: their life, what is attached to them, and setting them up.
 *
 * A life is a short list of changes, some of them in the future. The list of attached volumes may
 * hold some that have gone since; whoever walks it drops those. It must not decide what may be
 * attached.
 */
#include "sim/ec2_state.h"

#include <assert.h>

/* --- Life --- */

enum ec2_instance_state inst_state(const struct ec2 *m, uint32_t instance, uint64_t at_ms)
{
    const struct ec2_inst *inst = inst_peek(m, instance);
    uint8_t i = 0;

    while (i + 1 < inst->life_count && inst->life[i].start_ms > at_ms)
        i++;
    return (enum ec2_instance_state)inst->life[i].state;
}

static void life_push(struct ec2_inst *inst, enum ec2_instance_state state, uint64_t start_ms)
{
    memmove(&inst->life[1], &inst->life[0], sizeof(inst->life[0]) * (EC2_LIFE_MAX - 1));
    inst->life[0] = (struct ec2_life){.start_ms = start_ms, .state = state};
    if (inst->life_count < EC2_LIFE_MAX)
        inst->life_count++;
}

/* Drops what has not begun. */
static void life_cancel(struct ec2_inst *inst, uint64_t now_ms)
{
    while (inst->life_count > 1 && inst->life[0].start_ms > now_ms) {
        memmove(&inst->life[0], &inst->life[1], sizeof(inst->life[0]) * (EC2_LIFE_MAX - 1));
        inst->life_count--;
    }
}

static void clock_set(struct ec2 *m, uint64_t now_ms)
{
    assert(now_ms >= ec2_peek(m)->now_ms);
    ec2_state(m)->now_ms = now_ms;
}

/* --- What is attached --- */

static bool still_holds(struct ec2 *m, uint32_t instance, uint32_t volume, uint64_t now_ms)
{
    const struct ec2_version *v = version_now(m, volume, now_ms);

    return v->holder == instance;
}

/* Unlinks what *link leads to. */
static void unlist(struct ec2 *m, uint32_t *link)
{
    struct ec2_volume *vol = volume_at(m, *link);

    *link = vol->next_listed;
    vol->next_listed = EC2_NONE;
    vol->listed_on = EC2_NONE;
}

struct inst_load inst_load(struct ec2 *m, uint32_t instance, const char *device, uint64_t now_ms)
{
    struct inst_load load = {.attached = 0};
    uint32_t *link = &inst_at(m, instance)->first_listed;

    while (*link != EC2_NONE) {
        const uint32_t volume = *link;

        if (!still_holds(m, instance, volume, now_ms)) {
            unlist(m, link);
            continue;
        }
        load.attached++;
        if (device && strcmp(version_now(m, volume, now_ms)->device, device) == 0)
            load.device_taken = true;
        link = &volume_at(m, volume)->next_listed;
    }
    return load;
}

void inst_list(struct ec2 *m, uint32_t instance, uint32_t volume)
{
    struct ec2_volume *vol = volume_at(m, volume);
    struct ec2_inst *inst = inst_at(m, instance);

    if (vol->listed_on == instance)
        return;
    if (vol->listed_on != EC2_NONE) {
        uint32_t *link = &inst_at(m, vol->listed_on)->first_listed;

        while (*link != volume)
            link = &volume_at(m, *link)->next_listed;
        unlist(m, link);
    }
    vol->listed_on = instance;
    vol->next_listed = inst->first_listed;
    inst->first_listed = volume;
}

/* --- Moving machines --- */

uint32_t ec2_add_group(struct ec2 *m, const char *name)
{
    struct ec2_state *s = ec2_state(m);

    assert(s->group_count < EC2_GROUPS_MAX);
    assert(strlen(name) < EC2_GROUP_NAME_MAX);
    s->groups[s->group_count] = text_keep(m, name);
    assert(s->groups[s->group_count] != 0);
    return s->group_count++;
}

static uint8_t zone_index(const struct ec2 *m, const char *name)
{
    uint32_t zone = 0;

    while (zone < ec2_zone_count(m) && strcmp(ec2_zone_name(m, zone), name) != 0)
        zone++;
    assert(zone < ec2_zone_count(m));
    return (uint8_t)zone;
}

uint32_t ec2_add_instance(struct ec2 *m, const struct ec2_instance_spec *s, uint64_t now_ms)
{
    const uint32_t index = arena_take(m->arena, &ec2_state(m)->insts);
    struct ec2_inst *inst = NULL;

    assert(index != ARENA_NONE);
    clock_set(m, now_ms);
    inst = inst_at(m, index);
    *inst = (struct ec2_inst){
        .launched_ms = now_ms,
        .first_listed = EC2_NONE,
        .custom_id = text_keep(m, s->id),
        .zone = zone_index(m, s->zone),
        .group = (uint8_t)s->group,
    };
    assert(!s->id || inst->custom_id != 0);
    const struct id id = ec2_instance_id(m, index);

    inst->key = id_key(&id);
    life_push(inst, s->launching ? EC2_PENDING : EC2_RUNNING, now_ms);
    if (s->launching)
        life_push(inst, EC2_RUNNING, now_ms + draw(m, m->rates->launch));
    return index;
}

/* Calls for each volume that the instance has, and forgets that the guest has it mounted. */
static void each_attached(struct ec2 *m, uint32_t instance,
                          void (*act)(struct ec2 *, uint32_t volume, uint64_t at_ms),
                          uint64_t at_ms)
{
    uint32_t volume = inst_peek(m, instance)->first_listed;

    while (volume != EC2_NONE) {
        if (still_holds(m, instance, volume, ec2_peek(m)->now_ms)) {
            volume_at(m, volume)->mounted = false;
            act(m, volume, at_ms);
        }
        volume = volume_peek(m, volume)->next_listed;
    }
}

static bool is_leaving(const struct ec2_version *v)
{
    return v->attachment == ATT_DETACHING || v->attachment == ATT_BUSY;
}

/* A detach that is going on ends at the latest now that the guest is gone. */
static void finish_detach(struct ec2 *m, uint32_t volume, uint64_t at_ms)
{
    if (is_leaving(version_now(m, volume, ec2_peek(m)->now_ms)) && versions_reserve(m, 4))
        volume_free(m, volume, at_ms);
}

static void begin_detach(struct ec2 *m, uint32_t volume, uint64_t at_ms)
{
    const struct ec2_version *now = version_now(m, volume, ec2_peek(m)->now_ms);

    if (now->attachment == ATT_DETACHING &&
        version_peek(m, head_peek(m, volume))->holder == EC2_NONE)
        return;
    if (!versions_reserve(m, 6)) {
        ec2_state(m)->exhausted++;
        return;
    }
    volume_free(m, volume, at_ms);
    if (volume_peek(m, volume)->delete_on_termination)
        volume_erase(m, volume, version_peek(m, head_peek(m, volume))->start_ms);
}

void ec2_terminate(struct ec2 *m, uint32_t instance, uint64_t now_ms)
{
    struct ec2_inst *inst = inst_at(m, instance);
    const uint64_t gone_ms = now_ms + draw(m, m->rates->terminate);
    const enum ec2_instance_state state = inst_state(m, instance, now_ms);

    clock_set(m, now_ms);
    if (state == EC2_SHUTTING_DOWN || state == EC2_TERMINATED)
        return;
    life_cancel(inst, now_ms);
    life_push(inst, EC2_SHUTTING_DOWN, now_ms);
    life_push(inst, EC2_TERMINATED, gone_ms);
    each_attached(m, instance, begin_detach, gone_ms + draw(m, m->rates->release));
}

void ec2_stop(struct ec2 *m, uint32_t instance, uint64_t now_ms)
{
    struct ec2_inst *inst = inst_at(m, instance);
    const uint64_t stopped_ms = now_ms + draw(m, m->rates->stop);

    clock_set(m, now_ms);
    assert(inst_state(m, instance, now_ms) == EC2_RUNNING);
    life_push(inst, EC2_STOPPING, now_ms);
    life_push(inst, EC2_STOPPED, stopped_ms);
    /* F.2: stopping the instance ends a detach that was busy; other attachments stay. */
    each_attached(m, instance, finish_detach, stopped_ms);
}

void ec2_start(struct ec2 *m, uint32_t instance, uint64_t now_ms)
{
    struct ec2_inst *inst = inst_at(m, instance);

    clock_set(m, now_ms);
    assert(inst_state(m, instance, now_ms) == EC2_STOPPED);
    life_push(inst, EC2_PENDING, now_ms);
    life_push(inst, EC2_RUNNING, now_ms + draw(m, m->rates->launch));
}

uint32_t ec2_instance_count(const struct ec2 *m)
{
    return ec2_peek(m)->insts.used;
}

struct ec2_instance_truth ec2_truth_instance(const struct ec2 *m, uint32_t instance, uint64_t at_ms)
{
    const struct ec2_inst *inst = inst_peek(m, instance);

    return (struct ec2_instance_truth){
        .state = inst_state(m, instance, at_ms),
        .zone = inst->zone,
        .group = inst->group,
        .launched_ms = inst->launched_ms,
    };
}
