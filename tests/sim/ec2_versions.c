/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ec2_versions.c - the chains of versions: finding, adding, patching, and forgetting.
 *
 * What a read may still reach is never changed here. Only this file links versions.
 */
#include "sim/ec2_state.h"

#include <assert.h>

enum { TRIMS = 4 };

uint32_t version_find(const struct ec2 *m, uint32_t volume, uint64_t at_ms)
{
    uint32_t at = head_peek(m, volume);

    /* The oldest version begins with the volume, or before anything that may still be asked for. */
    while (at != EC2_NONE && version_peek(m, at)->start_ms > at_ms)
        at = version_peek(m, at)->prev;
    return at;
}

const struct ec2_version *version_now(const struct ec2 *m, uint32_t volume, uint64_t at_ms)
{
    const uint32_t at = version_find(m, volume, at_ms);

    return at == EC2_NONE ? NULL : version_peek(m, at);
}

bool volume_is_gone(const struct ec2 *m, uint32_t volume, uint64_t at_ms)
{
    const struct ec2_version *v = version_now(m, volume, at_ms);

    return !v || v->state == VOL_DELETED;
}

static void version_forget(struct ec2 *m, uint32_t at)
{
    tags_drop(m, version_at(m, at)->tags);
    arena_give(m->arena, &ec2_state(m)->versions, at);
}

/* Frees what no read and no view can reach any more. */
static void chain_trim(struct ec2 *m, uint32_t volume)
{
    const struct ec2_state *s = ec2_peek(m);
    const uint64_t keep_ms = s->history_ms + EC2_VIEW_KEEP_MS;
    const uint64_t cutoff_ms = s->now_ms > keep_ms ? s->now_ms - keep_ms : 0;
    uint32_t at = head_peek(m, volume);
    uint32_t older = EC2_NONE;

    while (at != EC2_NONE && version_peek(m, at)->start_ms > cutoff_ms)
        at = version_peek(m, at)->prev;
    if (at == EC2_NONE)
        return;
    older = version_peek(m, at)->prev;
    version_at(m, at)->prev = EC2_NONE;
    while (older != EC2_NONE) {
        at = older;
        older = version_peek(m, at)->prev;
        version_forget(m, at);
    }
}

/* Now and then is enough: a long chain costs room, and walking it at each change costs time. */
static void chain_trim_sometimes(struct ec2 *m, uint32_t volume)
{
    const struct ec2_state *s = ec2_peek(m);
    struct ec2_volume *vol = volume_at(m, volume);

    if (s->now_ms < vol->trim_ms)
        return;
    vol->trim_ms = s->now_ms + (s->history_ms + EC2_VIEW_KEEP_MS) / TRIMS;
    chain_trim(m, volume);
}

bool versions_reserve(struct ec2 *m, uint32_t count)
{
    struct ec2_state *s = ec2_state(m);

    if (arena_room(&s->versions) >= count)
        return true;
    for (uint32_t i = 0; i < s->volumes.used; i++)
        chain_trim(m, i);
    return arena_room(&s->versions) >= count;
}

void versions_cancel(struct ec2 *m, uint32_t volume, uint64_t now_ms)
{
    uint32_t *head = head_of(m, volume);

    while (version_at(m, *head)->start_ms > now_ms) {
        const uint32_t at = *head;

        *head = version_at(m, at)->prev;
        assert(*head != EC2_NONE);
        version_forget(m, at);
        ec2_state(m)->changes++;
    }
}

/* Everything that struct volume shows of a version goes in, so that equal keys show alike. */
static uint64_t version_key(const struct ec2 *m, uint32_t volume, const struct ec2_version *v)
{
    const struct ec2_volume *vol = volume_peek(m, volume);
    uint64_t h = hash_mix(tags_hash(m, v->tags), (uint64_t)volume << 32 | v->holder);

    h = hash_mix(h, vol->created_ms);
    h = hash_mix(h, (uint64_t)v->size_gib << 32 | (uint32_t)v->state << 24 |
                        (uint32_t)v->attachment << 16 | (uint32_t)vol->zone << 8 |
                        (uint32_t)vol->multi_attach);
    return h != 0 ? h : 1;
}

void version_push(struct ec2 *m, uint32_t volume, const struct ec2_version *v)
{
    struct ec2_state *s = ec2_state(m);
    const uint32_t at = arena_take(m->arena, &s->versions);
    uint32_t *head = head_of(m, volume);
    struct ec2_version *fresh = NULL;

    assert(at != ARENA_NONE);
    fresh = version_at(m, at);
    *fresh = *v;
    fresh->prev = *head;
    fresh->in_pool = tags_in_pool(m, v->tags);
    fresh->key = version_key(m, volume, v);
    assert(*head == EC2_NONE || version_at(m, *head)->start_ms <= v->start_ms);
    *head = at;
    s->changes++;
    chain_trim_sometimes(m, volume);
}

struct ec2_version version_next(struct ec2 *m, uint32_t volume, uint64_t start_ms)
{
    struct ec2_version v = *version_at(m, *head_of(m, volume));

    v.start_ms = start_ms;
    tags_keep(m, v.tags);
    return v;
}

static void patch_one(struct ec2 *m, uint32_t volume, uint32_t at, const struct version_patch *p)
{
    struct ec2_version *v = version_at(m, at);

    if (p->has_tags) {
        tags_keep(m, p->tags);
        tags_drop(m, v->tags);
        v->tags = p->tags;
        v->in_pool = tags_in_pool(m, p->tags);
    }
    if (p->has_size) {
        v->size_gib = p->size_gib;
        v->iops = p->iops;
        v->throughput = p->throughput;
        v->type = p->type;
    }
    v->key = version_key(m, volume, v);
}

/* A copy of the version in force at a moment, linked to begin there. */
static void chain_split(struct ec2 *m, uint32_t volume, uint64_t at_ms)
{
    const uint32_t fresh = arena_take(m->arena, &ec2_state(m)->versions);
    uint32_t *link = head_of(m, volume);

    assert(fresh != ARENA_NONE);
    while (version_at(m, *link)->start_ms > at_ms) {
        assert(version_at(m, *link)->prev != EC2_NONE);
        link = &version_at(m, *link)->prev;
    }
    *version_at(m, fresh) = *version_at(m, *link);
    version_at(m, fresh)->start_ms = at_ms;
    version_at(m, fresh)->prev = *link;
    tags_keep(m, version_at(m, fresh)->tags);
    *link = fresh;
}

void version_patch(struct ec2 *m, uint32_t volume, const struct version_patch *patch)
{
    uint32_t at = EC2_NONE;

    chain_split(m, volume, patch->at_ms);
    at = head_peek(m, volume);
    while (version_peek(m, at)->start_ms > patch->at_ms) {
        patch_one(m, volume, at, patch);
        at = version_peek(m, at)->prev;
    }
    patch_one(m, volume, at, patch);
    ec2_state(m)->changes++;
    chain_trim_sometimes(m, volume);
}
