/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ec2_digest.c - the state as one number: all of it for replays, what can still matter for
 * explorers.
 *
 * Fields are hashed one by one, so padding, free items and counters of calls never count. Times are
 * hashed through one function, absolute or relative; nothing here may hash a time any other way.
 */
#include "sim/ec2_state.h"

/* How times are seen: origin is subtracted, and what lies before the floor is one and the same. */
struct lens {
    uint64_t origin_ms;
    uint64_t floor_ms;
    bool relative;
};

static uint64_t time_seen(const struct lens *lens, uint64_t at_ms)
{
    if (!lens->relative)
        return at_ms;
    return at_ms <= lens->floor_ms ? 0 : at_ms - lens->origin_ms + (UINT64_C(1) << 62);
}

/* The same lens with its floor pushed back: for what is remembered longer than a view is old. */
static struct lens look_back(const struct lens *lens, uint64_t more_ms)
{
    struct lens back = *lens;

    back.floor_ms = lens->floor_ms > more_ms ? lens->floor_ms - more_ms : 0;
    return back;
}

static uint64_t hash_content(uint64_t h, const struct ec2_content *c)
{
    uint64_t halves[2];

    memcpy(halves, c->fs.bytes, sizeof(halves));
    h = hash_mix(h, c->data_id);
    h = hash_mix(h, c->version);
    h = hash_mix(h, halves[0]);
    h = hash_mix(h, halves[1]);
    return hash_mix(h, (uint64_t)c->kind << 40 | (uint64_t)c->fs_gib << 1 | c->dirty);
}

static uint64_t hash_version(const struct ec2 *m, uint64_t h, const struct ec2_version *v,
                             const struct lens *lens)
{
    /* B.7: tags outlive their volume, so when it went is of interest for longer. */
    const bool gone = v->state == VOL_DELETED;
    const struct lens past = look_back(lens, gone ? m->rates->tag_linger_ms : 0);
    uint64_t device[2];

    memcpy(device, v->device, sizeof(device));
    h = hash_mix(h, time_seen(&past, v->start_ms));
    h = hash_mix(h, tags_hash(m, v->tags));
    h = hash_mix(h, (uint64_t)v->holder << 32 | v->size_gib);
    h = hash_mix(h, (uint64_t)v->iops << 32 | v->throughput);
    h = hash_mix(h, device[0]);
    h = hash_mix(h, device[1]);
    return hash_mix(h, (uint64_t)v->state << 24 | (uint64_t)v->attachment << 16 |
                           (uint64_t)v->type << 8 | v->flags);
}

/* From the newest version to the one in force at the floor: nobody can see what lies behind it. */
static uint64_t hash_chain(const struct ec2 *m, uint64_t h, uint32_t volume,
                           const struct lens *lens)
{
    for (uint32_t at = head_peek(m, volume); at != EC2_NONE; at = version_peek(m, at)->prev) {
        const struct ec2_version *v = version_peek(m, at);

        h = hash_version(m, h, v, lens);
        if (v->start_ms <= lens->floor_ms)
            break;
    }
    return h;
}

static uint64_t hash_mod(const struct ec2 *m, uint64_t h, const struct ec2_mod *mod,
                         const struct lens *lens)
{
    const struct lens day = look_back(lens, m->rates->modification_window_ms);

    for (uint32_t i = 0; i < EC2_MOD_TIMES_MAX; i++)
        h = hash_mix(h, mod->times_ms[i] == 0 ? 0 : time_seen(&day, mod->times_ms[i]));
    h = hash_mix(h, time_seen(lens, mod->effective_ms));
    h = hash_mix(h, time_seen(lens, mod->completed_ms));
    return hash_mix(h, (uint64_t)mod->from_gib << 32 | mod->to_gib);
}

static uint64_t hash_volume(const struct ec2 *m, uint64_t h, uint32_t volume,
                            const struct lens *lens)
{
    const struct ec2_volume *vol = volume_peek(m, volume);
    /* Who is older decides, not by how much: relative, only the order of creation counts. */
    const uint64_t born =
        lens->relative ? volume > 0 && vol->created_ms == volume_peek(m, volume - 1)->created_ms
                       : vol->created_ms;
    const struct lens pause = look_back(lens, m->rates->snapshot_pause_ms);

    h = hash_mix(h, born);
    h = hash_content(h, &vol->content);
    h = hash_mix(h, (uint64_t)vol->snapshot << 32 | vol->last_snapshot);
    h = hash_mix(h, vol->snapshots_taken == 0 ? 0 : 1 + time_seen(&pause, vol->snapshot_ms));
    h = hash_mix(h, hash_bytes(text_peek(m, vol->kms_key), strlen(text_peek(m, vol->kms_key))));
    h = hash_mix(h, (uint64_t)vol->zone << 8 | (uint64_t)vol->mounted << 3 |
                        (uint64_t)vol->encrypted << 2 | (uint64_t)vol->multi_attach << 1 |
                        vol->delete_on_termination);
    if (vol->modification != EC2_NONE)
        h = hash_mod(m, h, mod_peek(m, vol->modification), lens);
    return hash_chain(m, h, volume, lens);
}

static uint64_t hash_snap(const struct ec2 *m, uint64_t h, const struct ec2_snap *snap,
                          const struct lens *lens)
{
    /* A snapshot that nobody can see any more is a number that was used, and no more than that. */
    if (lens->relative && snap->deleted_ms <= lens->floor_ms)
        return hash_mix(h, 1);
    h = hash_mix(h, time_seen(lens, snap->created_ms));
    h = hash_mix(h, time_seen(lens, snap->completes_ms));
    h = hash_mix(h, snap->deleted_ms == UINT64_MAX ? 2 : time_seen(lens, snap->deleted_ms));
    h = hash_content(h, &snap->content);
    h = hash_mix(h, tags_hash(m, snap->tags));
    h = hash_mix(h, (uint64_t)snap->volume << 32 | snap->size_gib);
    return hash_mix(h, (uint64_t)snap->fails << 1 | snap->encrypted);
}

static uint64_t hash_inst(const struct ec2 *m, uint64_t h, const struct ec2_inst *inst,
                          const struct lens *lens)
{
    h = hash_mix(h, time_seen(lens, inst->launched_ms));
    h = hash_mix(h, inst->key);
    h = hash_mix(h, tags_hash(m, inst->tags));
    h = hash_mix(h, (uint64_t)inst->zone << 8 | inst->group);
    for (uint8_t i = 0; i < inst->life_count; i++) {
        /* B.11: a terminated instance is described for another hour. */
        const bool gone = inst->life[i].state == EC2_TERMINATED;
        const struct lens past = look_back(lens, gone ? m->rates->terminated_ms : 0);

        h = hash_mix(h, time_seen(&past, inst->life[i].start_ms));
        h = hash_mix(h, inst->life[i].state);
        if (inst->life[i].start_ms <= lens->floor_ms)
            break;
    }
    return h;
}

/* Tokens lie in no order that means anything, so their hashes are added up. */
static uint64_t hash_tokens(const struct ec2 *m, const struct lens *lens)
{
    const struct ec2_state *s = ec2_peek(m);
    uint64_t sum = 0;

    for (uint32_t i = 0; i < s->token_heads.used; i++) {
        uint32_t next = *(const uint32_t *)arena_peek(m->arena, &s->token_heads, i);

        for (; next != 0; next = token_peek(m, next - 1)->next) {
            const struct ec2_token *t = token_peek(m, next - 1);
            uint64_t h = hash_mix(t->hi, t->lo);

            h = hash_mix(h, t->fingerprint);
            h = hash_mix(h, (uint64_t)t->volume << 32 | t->zone);
            sum += hash_mix(h, lens->relative ? 0 : t->made_ms);
        }
    }
    return sum;
}

static uint64_t hash_gate(const struct ec2 *m, uint64_t h, const struct lens *lens)
{
    const struct ec2_state *s = ec2_peek(m);

    h = hash_mix(h, (uint64_t)s->denied << 1 | s->no_throttle);
    for (int i = 0; i < 4; i++)
        h = hash_mix(h, s->prng.s[i]);
    if (s->no_throttle)
        return h;
    for (int i = 0; i < EC2_ACTION_COUNT; i++) {
        for (int j = 0; j < 2; j++) {
            const struct lens now = {lens->origin_ms, lens->origin_ms, lens->relative};

            h = hash_mix(h, time_seen(&now, s->buckets[i][j]));
        }
    }
    return h;
}

static uint64_t hash_all(const struct ec2 *m, const struct lens *lens)
{
    const struct ec2_state *s = ec2_peek(m);
    uint64_t h = hash_mix(s->seed, lens->relative ? 0 : s->now_ms);

    h = hash_gate(m, h, lens);
    for (uint32_t i = 0; i < s->volumes.used; i++)
        h = hash_volume(m, h, i, lens);
    for (uint32_t i = 0; i < s->snaps.used; i++)
        h = hash_snap(m, h, snap_peek(m, i), lens);
    for (uint32_t i = 0; i < s->insts.used; i++)
        h = hash_inst(m, h, inst_peek(m, i), lens);
    h = hash_mix(h, hash_tokens(m, lens));
    h = hash_mix(h, (uint64_t)s->volumes.used << 32 | s->snaps.used);
    return hash_mix(h, s->insts.used);
}

uint64_t ec2_digest(const struct ec2 *m)
{
    const struct lens lens = {.relative = false};

    return hash_all(m, &lens);
}

uint64_t ec2_digest_from(const struct ec2 *m, uint64_t now_ms, uint64_t age_ms)
{
    const struct lens lens = {
        .origin_ms = now_ms,
        .floor_ms = now_ms > age_ms ? now_ms - age_ms : 0,
        .relative = true,
    };

    return hash_all(m, &lens);
}
