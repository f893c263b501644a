/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ec2_modify.c - the shapes a volume can have, and ModifyVolume (B.1, B.6, F.4, I).
 *
 * A modification takes effect at a moment of its own: a version in the future, which is put back
 * when an attachment or a detach cancels the future. It must not touch states or attachments.
 */
#include "sim/ec2_state.h"

struct type_row {
    uint32_t gib_min;
    uint32_t gib_max;
    uint32_t iops_min;
    uint32_t iops_max;
    uint32_t iops_gib;
};

static const struct type_row types[EC2_TYPE_COUNT] = {
#define TYPE(id, name, gib_min, gib_max, iops_min, iops_max, iops_gib) \
    [EC2_##id] = {gib_min, gib_max, iops_min, iops_max, iops_gib},
#include "sim/ec2_types.def"
#undef TYPE
};

static uint32_t iops_default(const struct shape *s)
{
    const uint32_t by_size = s->size_gib * RATE_GP2_IOPS_GIB;

    if (s->type == EC2_GP3)
        return RATE_GP3_IOPS;
    if (s->type != EC2_GP2)
        return 0;
    if (by_size < RATE_GP2_IOPS_MIN)
        return RATE_GP2_IOPS_MIN;
    return by_size > RATE_GP2_IOPS_MAX ? RATE_GP2_IOPS_MAX : by_size;
}

/* I, B.1: io1 and io2 require IOPS, other types but gp3 do not take them; throughput is gp3's. */
static enum ec2_code shape_iops(struct shape *s)
{
    const struct type_row *row = &types[s->type];
    const bool required = s->type == EC2_IO1 || s->type == EC2_IO2;

    if (s->iops == 0 && required)
        return EC2_CODE_MISSING;
    if (s->iops == 0)
        s->iops = iops_default(s);
    else if (row->iops_min == 0)
        return EC2_CODE_BAD_COMBINATION;
    if (row->iops_min > 0 && (s->iops < row->iops_min || s->iops > row->iops_max))
        return EC2_CODE_BAD_VALUE;
    if (row->iops_gib > 0 && s->iops > RATE_GP3_IOPS &&
        (uint64_t)s->iops > (uint64_t)row->iops_gib * s->size_gib)
        return EC2_CODE_BAD_VALUE;
    if (s->throughput != 0 && s->type != EC2_GP3)
        return EC2_CODE_BAD_COMBINATION;
    if (s->throughput == 0 && s->type == EC2_GP3)
        s->throughput = RATE_GP3_THROUGHPUT;
    return EC2_CODE_OK;
}

enum ec2_code shape_check(struct shape *s)
{
    if (s->type >= EC2_TYPE_COUNT)
        return EC2_CODE_UNKNOWN_TYPE;
    if (s->size_gib < types[s->type].gib_min || s->size_gib > types[s->type].gib_max)
        return EC2_CODE_BAD_VALUE;
    return shape_iops(s);
}

/* --- Modification --- */

static enum ec2_code modify_check(const struct ec2 *m, const struct ec2_request *rq,
                                  uint32_t volume, struct shape *shape)
{
    const uint64_t now_ms = ec2_peek(m)->now_ms;
    const struct ec2_version *v = version_now(m, volume, now_ms);
    const uint32_t record = volume_peek(m, volume)->modification;
    const struct ec2_mod *mod = record == EC2_NONE ? NULL : mod_peek(m, record);
    uint32_t recent = 0;

    if (v->state != VOL_AVAILABLE && v->state != VOL_IN_USE)
        return EC2_CODE_WRONG_STATE;
    if (mod && mod->completed_ms > now_ms)
        return EC2_CODE_MODIFICATION_STATE;
    for (uint32_t i = 0; mod && i < EC2_MOD_TIMES_MAX; i++)
        recent +=
            mod->times_ms[i] != 0 && now_ms - mod->times_ms[i] < m->rates->modification_window_ms;
    if (recent >= m->rates->modifications_max)
        return EC2_CODE_MODIFICATION_RATE;
    if (rq->size_gib != 0 && rq->size_gib < v->size_gib)
        return EC2_CODE_BAD_VALUE;
    *shape = (struct shape){
        .type = rq->has_type ? rq->type : (enum ec2_type)v->type,
        .size_gib = rq->size_gib != 0 ? rq->size_gib : v->size_gib,
        .iops = rq->iops,
        .throughput = rq->throughput,
    };
    if (!rq->has_type && rq->iops == 0 && v->type != EC2_GP2)
        shape->iops = v->iops;
    if (!rq->has_type && rq->throughput == 0)
        shape->throughput = v->throughput;
    return shape_check(shape);
}

static struct ec2_mod *mod_record(struct ec2 *m, uint32_t volume)
{
    struct ec2_volume *vol = volume_at(m, volume);

    if (vol->modification == EC2_NONE) {
        vol->modification = arena_take(m->arena, &ec2_state(m)->mods);
        memset(mod_at(m, vol->modification), 0, sizeof(struct ec2_mod));
    }
    return mod_at(m, vol->modification);
}

void volume_modify_on(struct ec2 *m, uint32_t volume)
{
    const uint32_t record = volume_peek(m, volume)->modification;
    const struct ec2_mod *mod = record == EC2_NONE ? NULL : mod_peek(m, record);

    if (!mod || mod->effective_ms <= ec2_peek(m)->now_ms)
        return;
    version_patch(m, volume,
                  &(struct version_patch){.at_ms = mod->effective_ms,
                                          .has_size = true,
                                          .size_gib = mod->to_gib,
                                          .iops = mod->iops,
                                          .throughput = mod->throughput,
                                          .type = mod->type});
}

/* F.4: the new size counts from optimizing on. */
enum ec2_code volume_modify(struct ec2 *m, const struct ec2_request *rq, struct ec2_answer *a)
{
    const uint64_t now_ms = ec2_peek(m)->now_ms;
    uint32_t volume = EC2_NONE;
    struct shape shape;
    struct ec2_mod *mod = NULL;
    enum ec2_code code = volume_of(m, rq, &volume);

    if (code == EC2_CODE_OK)
        code = modify_check(m, rq, volume, &shape);
    if (code != EC2_CODE_OK)
        return code;
    if (rq->dry_run)
        return EC2_CODE_DRY_RUN;
    if (!versions_reserve(m, 1))
        return EC2_CODE_INTERNAL;
    mod = mod_record(m, volume);
    memmove(&mod->times_ms[1], &mod->times_ms[0],
            sizeof(mod->times_ms[0]) * (EC2_MOD_TIMES_MAX - 1));
    mod->times_ms[0] = now_ms;
    mod->effective_ms = now_ms + draw(m, m->rates->modify);
    mod->completed_ms = mod->effective_ms + draw(m, m->rates->optimize);
    mod->from_gib = version_now(m, volume, now_ms)->size_gib;
    mod->to_gib = shape.size_gib;
    mod->iops = shape.iops;
    mod->throughput = shape.throughput;
    mod->type = (uint8_t)shape.type;
    volume_modify_on(m, volume);
    a->index = volume;
    a->modification =
        (struct ec2_modification){EC2_MODIFYING, 0, mod->from_gib, mod->to_gib, now_ms};
    return EC2_CODE_OK;
}
