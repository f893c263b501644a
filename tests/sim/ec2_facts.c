/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ec2_facts.c - versions as the core sees them, and the memory that answers point to.
 *
 * Nothing here is state: every struct volume follows from a version, and is kept in a slot for as
 * long as the version is what it was made from. Other parts of answers lie in a ring, oldest first,
 * for EC2_VIEW_KEEP_MS. Both can be thrown away at any time but for the promise to the holder of an
 * answer.
 */
#include "sim/ec2_state.h"

enum { SLOT_ALIGN = 16, LOOK_BACK = 8 };

static size_t align_up(size_t n)
{
    return (n + SLOT_ALIGN - 1) / SLOT_ALIGN * SLOT_ALIGN;
}

/* The views: a key for each slot, the slots, and the blocks of ec2_views.c. */
static size_t keys_size(uint32_t versions)
{
    return align_up(sizeof(uint64_t) * versions);
}

size_t slots_size(uint32_t versions)
{
    return keys_size(versions) + align_up(sizeof(struct volume) * versions);
}

static uint64_t *slot_keys(const struct ec2 *m)
{
    return (uint64_t *)(void *)m->views;
}

static struct volume *slot_of(const struct ec2 *m, uint32_t version)
{
    return (struct volume *)(void *)(m->views + keys_size(ec2_peek(m)->versions.capacity)) +
           version;
}

void facts_read_tags(struct ec2 *m, struct volume *v, uint32_t tags)
{
    struct tag list[EC2_TAGS_MAX];
    const uint32_t count = ec2_tag_count(m, tags);

    for (uint32_t i = 0; i < count; i++)
        list[i] = ec2_tag(m, tags, i);
    mark_read(v, list, count, m->pool, m->pool_count);
}

static void facts_set_state(struct ec2 *m, struct volume *v, const struct ec2_version *from)
{
    v->state = (enum volume_state)from->state;
    v->attachment = (enum attach_state)from->attachment;
    v->size_gib = from->size_gib;
    memset(&v->holder, 0, sizeof(v->holder));
    v->holder_key = 0;
    if (from->holder != EC2_NONE) {
        v->holder = ec2_instance_id(m, from->holder);
        v->holder_key = id_key(&v->holder);
    }
}

static void facts_build(struct ec2 *m, struct volume *v, uint32_t volume,
                        const struct ec2_version *from)
{
    const struct ec2_volume *vol = volume_peek(m, volume);

    memset(v, 0, sizeof(*v));
    v->id = ec2_volume_id(m, volume);
    v->key = id_key(&v->id);
    v->zone = ec2_peek(m)->zones[vol->zone];
    v->created_ms = vol->created_ms;
    v->multi_attach = vol->multi_attach;
    facts_read_tags(m, v, from->tags);
    facts_set_state(m, v, from);
}

/* Slots are cleared when they are first reached, so that a small world pays for few. */
static void slots_reach(struct ec2 *m, uint32_t version)
{
    const uint32_t used = ec2_peek(m)->versions.used;

    if (version < m->slots)
        return;
    memset(slot_keys(m) + m->slots, 0, sizeof(uint64_t) * (used - m->slots));
    m->slots = used;
}

/* Most versions differ from those before by their state alone: then the tags have been read
 * already. */
static const struct volume *slot_alike(const struct ec2 *m, const struct ec2_version *v)
{
    uint32_t at = v->prev;

    for (int i = 0; i < LOOK_BACK && at != EC2_NONE; i++) {
        const struct ec2_version *older = version_peek(m, at);

        if (older->tags != v->tags)
            return NULL;
        if (at < m->slots && slot_keys(m)[at] == older->key)
            return slot_of(m, at);
        at = older->prev;
    }
    return NULL;
}

const struct volume *facts_of(struct ec2 *m, uint32_t volume, uint32_t version)
{
    const struct ec2_version *v = version_peek(m, version);
    struct volume *slot = slot_of(m, version);

    slots_reach(m, version);
    uint64_t *key = slot_keys(m) + version;

    if (*key == v->key)
        return slot;
    const struct volume *alike = slot_alike(m, v);

    if (alike) {
        *slot = *alike;
        facts_set_state(m, slot, v);
    } else {
        facts_build(m, slot, volume, v);
    }
    *key = v->key;
    return slot;
}

struct volume *facts_copy(struct ec2 *m, const struct volume *v)
{
    struct volume *copy = view_take(m, sizeof(*copy));

    if (copy)
        *copy = *v;
    return copy;
}
