/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ec2_attach.c - AttachVolume and DetachVolume: the one exclusive thing in the service (B.3, B.4,
 * F.2).
 *
 * An attachment exists from the moment of the call. A detach ends only when the guest lets go,
 * unless it is forced, and the volume is available strictly after the attachment is gone.
 */
#include "sim/ec2_state.h"

#include <assert.h>

#define DEVICE_PREFIX "/dev/"

/* A new version of the volume's present, to be changed and pushed; the future is cancelled. */
static struct ec2_version present(struct ec2 *m, uint32_t volume)
{
    versions_cancel(m, volume, ec2_peek(m)->now_ms);
    return version_next(m, volume, ec2_peek(m)->now_ms);
}

/* --- Attach --- */

static enum ec2_code attach_volume_check(const struct ec2_version *v)
{
    switch ((enum volume_state)v->state) {
    case VOL_AVAILABLE: return EC2_CODE_OK;
    case VOL_IN_USE:
        /* F.2: the attachment goes first, `available` comes later; in between it is neither. */
        return v->attachment == ATT_NONE ? EC2_CODE_WRONG_STATE : EC2_CODE_IN_USE;
    case VOL_NONE:
    case VOL_CREATING:
    case VOL_DELETING:
    case VOL_DELETED:
    case VOL_ERROR: break;
    }
    return EC2_CODE_WRONG_STATE;
}

/* F.2: the instance must be running or stopped. */
static bool can_take(enum ec2_instance_state state)
{
    return state == EC2_RUNNING || state == EC2_STOPPED;
}

static enum ec2_code attach_instance_check(struct ec2 *m, const struct ec2_request *rq,
                                           uint32_t instance)
{
    const struct inst_load load = inst_load(m, instance, rq->device, ec2_peek(m)->now_ms);

    if (!can_take(inst_state(m, instance, ec2_peek(m)->now_ms)))
        return EC2_CODE_WRONG_STATE;
    if (load.device_taken)
        return EC2_CODE_NAME_TAKEN;
    if (load.attached + m->rates->attachments_taken >= m->rates->attachments_max)
        return EC2_CODE_ATTACHMENT_LIMIT;
    return EC2_CODE_OK;
}

static enum ec2_code device_check(const char *device)
{
    if (!device || device[0] == '\0')
        return EC2_CODE_MISSING;
    if (strncmp(device, DEVICE_PREFIX, sizeof(DEVICE_PREFIX) - 1) != 0 ||
        strlen(device) >= EC2_DEVICE_MAX)
        return EC2_CODE_BAD_VALUE;
    return EC2_CODE_OK;
}

static enum ec2_code attach_check(struct ec2 *m, const struct ec2_request *rq, uint32_t *volume,
                                  uint32_t *instance)
{
    enum ec2_code code = volume_of(m, rq, volume);

    if (code == EC2_CODE_OK)
        code = device_check(rq->device);
    if (code != EC2_CODE_OK)
        return code;
    *instance = ec2_instance_index(m, &rq->instance);
    if (*instance == EC2_NONE || inst_state(m, *instance, ec2_peek(m)->now_ms) == EC2_TERMINATED)
        return EC2_CODE_NO_INSTANCE;
    if (volume_peek(m, *volume)->zone != inst_peek(m, *instance)->zone)
        return EC2_CODE_WRONG_ZONE;
    code = attach_volume_check(version_now(m, *volume, ec2_peek(m)->now_ms));
    return code != EC2_CODE_OK ? code : attach_instance_check(m, rq, *instance);
}

static void answer_volume(struct ec2 *m, uint32_t volume, struct ec2_answer *a)
{
    a->index = volume;
    a->volume = facts_of(m, volume, version_find(m, volume, ec2_peek(m)->now_ms));
}

enum ec2_code volume_attach(struct ec2 *m, const struct ec2_request *rq, struct ec2_answer *a)
{
    const uint64_t now_ms = ec2_peek(m)->now_ms;
    uint32_t volume = EC2_NONE;
    uint32_t instance = EC2_NONE;
    struct ec2_version v;
    const enum ec2_code code = attach_check(m, rq, &volume, &instance);

    if (code != EC2_CODE_OK)
        return code;
    if (rq->dry_run)
        return EC2_CODE_DRY_RUN;
    if (!versions_reserve(m, 3))
        return EC2_CODE_INTERNAL;
    v = present(m, volume);
    v.state = VOL_IN_USE;
    v.attachment = ATT_ATTACHING;
    v.holder = instance;
    v.attached_ms = now_ms;
    v.flags = rq->faults & EC2_FAULT_STUCK ? EC2_IS_STUCK : 0;
    memset(v.device, 0, sizeof(v.device));
    memcpy(v.device, rq->device, strlen(rq->device));
    version_push(m, volume, &v);
    if (!(rq->faults & EC2_FAULT_STUCK)) {
        v = version_next(m, volume, now_ms + draw(m, m->rates->attach));
        v.attachment = ATT_ATTACHED;
        version_push(m, volume, &v);
    }
    volume_modify_on(m, volume);
    inst_list(m, instance, volume);
    answer_volume(m, volume, a);
    return EC2_CODE_OK;
}

/* --- Detach --- */

static void let_go(struct ec2_version *v)
{
    v->attachment = ATT_NONE;
    v->holder = EC2_NONE;
    v->attached_ms = 0;
    v->flags = 0;
    memset(v->device, 0, sizeof(v->device));
}

void volume_free(struct ec2 *m, uint32_t volume, uint64_t at_ms)
{
    const uint64_t gone_ms = at_ms + draw(m, m->rates->detach);
    struct ec2_version v;

    versions_cancel(m, volume, ec2_peek(m)->now_ms);
    v = version_next(m, volume, at_ms);
    v.attachment = ATT_DETACHING;
    version_push(m, volume, &v);
    v = version_next(m, volume, gone_ms);
    let_go(&v);
    version_push(m, volume, &v);
    v = version_next(m, volume, gone_ms + draw(m, m->rates->free));
    v.state = VOL_AVAILABLE;
    version_push(m, volume, &v);
    volume_modify_on(m, volume);
}

/* B.4: busy, "delayed indefinitely", while the guest uses it. */
static void volume_hold(struct ec2 *m, uint32_t volume)
{
    struct ec2_version v = present(m, volume);

    v.attachment = ATT_DETACHING;
    version_push(m, volume, &v);
    v = version_next(m, volume, ec2_peek(m)->now_ms + draw(m, m->rates->busy));
    v.attachment = ATT_BUSY;
    version_push(m, volume, &v);
    volume_modify_on(m, volume);
}

static enum ec2_code detach_check(struct ec2 *m, const struct ec2_request *rq, uint32_t *volume)
{
    const enum ec2_code code = volume_of(m, rq, volume);
    const struct ec2_version *v = NULL;

    if (code != EC2_CODE_OK)
        return code;
    v = version_now(m, *volume, ec2_peek(m)->now_ms);
    if (v->state != VOL_IN_USE || v->attachment == ATT_NONE)
        return EC2_CODE_WRONG_STATE;
    if (!id_is_empty(&rq->instance) && ec2_instance_index(m, &rq->instance) != v->holder)
        return EC2_CODE_NO_ATTACHMENT;
    if (rq->device && strcmp(rq->device, v->device) != 0)
        return EC2_CODE_NO_ATTACHMENT;
    return EC2_CODE_OK;
}

/* Whether the detach goes through by itself in the end. */
static bool is_let_go(const struct ec2 *m, uint32_t volume)
{
    return version_peek(m, head_peek(m, volume))->holder == EC2_NONE;
}

enum ec2_code volume_detach(struct ec2 *m, const struct ec2_request *rq, struct ec2_answer *a)
{
    const uint64_t now_ms = ec2_peek(m)->now_ms;
    uint32_t volume = EC2_NONE;
    const enum ec2_code code = detach_check(m, rq, &volume);
    enum attach_state attachment = ATT_NONE;

    if (code != EC2_CODE_OK)
        return code;
    if (rq->dry_run)
        return EC2_CODE_DRY_RUN;
    if (!versions_reserve(m, 4))
        return EC2_CODE_INTERNAL;
    attachment = (enum attach_state)version_now(m, volume, now_ms)->attachment;
    if (attachment == ATT_DETACHING || attachment == ATT_BUSY) {
        /* A second detach changes nothing, unless it is by force and the first one is held up. */
        if (rq->force && !is_let_go(m, volume))
            volume_free(m, volume, now_ms);
    } else if (volume_peek(m, volume)->mounted && !rq->force) {
        volume_hold(m, volume);
    } else {
        volume_free(m, volume, now_ms);
    }
    answer_volume(m, volume, a);
    return EC2_CODE_OK;
}

/* --- The guest --- */

static void clock_set(struct ec2 *m, uint64_t now_ms)
{
    assert(now_ms >= ec2_peek(m)->now_ms);
    ec2_state(m)->now_ms = now_ms;
}

void ec2_mounted(struct ec2 *m, uint32_t volume, uint64_t now_ms)
{
    const struct ec2_version *v = NULL;

    clock_set(m, now_ms);
    volume_at(m, volume)->mounted = true;
    v = version_now(m, volume, now_ms);
    /* Mounted while a detach is going on: the guest has it again, so the detach is held up. */
    if (v->attachment != ATT_DETACHING || !is_let_go(m, volume))
        return;
    if (versions_reserve(m, 3))
        volume_hold(m, volume);
    else
        ec2_state(m)->exhausted++;
}

void ec2_unmounted(struct ec2 *m, uint32_t volume, uint64_t now_ms)
{
    const struct ec2_version *v = NULL;

    clock_set(m, now_ms);
    volume_at(m, volume)->mounted = false;
    v = version_now(m, volume, now_ms);
    if ((v->attachment != ATT_BUSY && v->attachment != ATT_DETACHING) || is_let_go(m, volume))
        return;
    if (versions_reserve(m, 4))
        volume_free(m, volume, now_ms);
    else
        ec2_state(m)->exhausted++;
}
