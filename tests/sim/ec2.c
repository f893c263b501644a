/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ec2.c - the EC2 model's front: its memory, and the way of a request through the service.
 *
 * A request is judged in the order the service does it: date stamp, bucket, permission, then the
 * action itself. Only the action changes anything but counters and buckets.
 */
#include "sim/ec2.h"

#include "sim/ec2_state.h"

#include <assert.h>

enum {
    HISTORY_MS = 60000,
    ROOM_MIN = 16,
    SMALL_WORLD = 256,
    BUCKET_PLAIN = 0,
    BUCKET_SCAN = 1,
    DRAW_BITS = 16,
};

/* --- Memory --- */

static uint32_t or_else(uint32_t given, uint32_t fallback)
{
    return given != 0 ? given : fallback;
}

/* The options with every 0 of the room filled in. */
static struct ec2_options filled(const struct ec2_options *o)
{
    struct ec2_options f = *o;

    f.volumes = or_else(o->volumes, ROOM_MIN);
    f.instances = or_else(o->instances, ROOM_MIN);
    f.snapshots = or_else(o->snapshots, f.volumes);
    f.tokens = or_else(o->tokens, f.volumes);
    f.versions =
        or_else(o->versions, f.volumes <= SMALL_WORLD ? 64 + 32 * f.volumes : 8192 + 6 * f.volumes);
    f.text_bytes = or_else(o->text_bytes, 16384 + 1536 * f.volumes + 512 * f.snapshots);
    f.view_bytes = or_else(o->view_bytes, 1048576 + 2048 * f.volumes);
    if (f.history_ms == 0)
        f.history_ms = HISTORY_MS;
    return f;
}

/* Cuts the arena into its regions; the end is its size. */
static size_t layout(struct ec2_state *s, const struct ec2_options *f)
{
    size_t end = (sizeof(*s) + 15) / 16 * 16;

    s->heads = arena_layout(&end, sizeof(uint32_t), f->volumes);
    s->volumes = arena_layout(&end, sizeof(struct ec2_volume), f->volumes);
    s->versions = arena_layout(&end, sizeof(struct ec2_version), f->versions);
    s->mods = arena_layout(&end, sizeof(struct ec2_mod), f->volumes);
    s->snaps = arena_layout(&end, sizeof(struct ec2_snap), f->snapshots);
    s->insts = arena_layout(&end, sizeof(struct ec2_inst), f->instances);
    s->tokens = arena_layout(&end, sizeof(struct ec2_token), f->tokens);
    s->token_heads = arena_layout(&end, sizeof(uint32_t), f->tokens);
    s->text = arena_layout(&end, EC2_TEXT_UNIT, f->text_bytes / EC2_TEXT_UNIT);
    return end;
}

size_t ec2_memory(const struct ec2_options *o)
{
    const struct ec2_options f = filled(o);
    struct ec2_state scratch;

    return layout(&scratch, &f) + slots_size(f.versions) + f.view_bytes;
}

static void options_keep(struct ec2_state *s, const struct ec2_options *f)
{
    s->seed = f->seed;
    s->history_ms = f->history_ms;
    s->prng = prng_stream(f->seed, PRNG_CLOUD, 0);
    s->volumes_limit = f->volumes_limit;
    s->snapshots_limit = f->snapshots_limit;
    s->token_scope = (uint8_t)f->token_scope;
    s->second_delete = (uint8_t)f->second_delete;
    s->tokens_ignore_tags = f->tokens_ignore_tags;
    s->tokens_replay_mismatch = f->tokens_replay_mismatch;
    s->no_throttle = f->no_throttle;
    s->plain_ids = f->plain_ids;
    s->zone_count = f->zone_count;
    for (uint32_t i = 0; i < f->zone_count; i++) {
        const bool fits = zone_set(&s->zones[i], f->zones[i]);

        assert(fits);
        (void)fits;
    }
}

void ec2_init(struct ec2 *m, const struct ec2_options *o, void *memory)
{
    const struct ec2_options f = filled(o);
    struct ec2_state *s = memory;

    assert(o->rates);
    assert(o->zone_count > 0 && o->zone_count <= EC2_ZONES_MAX);
    assert((uintptr_t)memory % 16 == 0);
    memset(s, 0, sizeof(*s));
    *m = (struct ec2){
        .arena = memory,
        .rates = f.rates,
        .pool = f.pool,
        .pool_count = f.pool_count,
        .arena_size = layout(s, &f),
    };
    m->views = m->arena + m->arena_size;
    m->view_base = slots_size(f.versions);
    m->view_size = m->view_base + f.view_bytes;
    options_keep(s, &f);
    tokens_init(m);
    /* Unit 0 of the text stands for the empty text. */
    s->text.used = 1;
    memset(arena_at(m->arena, &s->text, 0), 0, EC2_TEXT_UNIT);
}

/* --- Copies --- */

enum { REGIONS = 9 };

static void regions_of(struct ec2_state *s, struct arena_region *out[REGIONS])
{
    struct arena_region *const all[REGIONS] = {
        &s->heads, &s->volumes, &s->versions,    &s->mods, &s->snaps,
        &s->insts, &s->tokens,  &s->token_heads, &s->text,
    };

    memcpy(out, all, sizeof(all));
}

size_t ec2_state_size(const struct ec2 *m)
{
    struct ec2_state *s = (struct ec2_state *)(void *)m->arena;
    struct arena_region *regions[REGIONS];
    size_t size = sizeof(*s);

    regions_of(s, regions);
    for (int i = 0; i < REGIONS; i++)
        size += arena_bytes(regions[i]);
    return size;
}

size_t ec2_save(const struct ec2 *m, void *to)
{
    struct ec2_state *s = (struct ec2_state *)(void *)m->arena;
    struct arena_region *regions[REGIONS];
    unsigned char *at = to;

    memcpy(at, s, sizeof(*s));
    at += sizeof(*s);
    regions_of(s, regions);
    for (int i = 0; i < REGIONS; i++)
        at = arena_pack(m->arena, regions[i], at);
    return (size_t)(at - (unsigned char *)to);
}

void ec2_load(struct ec2 *m, const void *from)
{
    struct ec2_state *s = ec2_state(m);
    struct arena_region *regions[REGIONS];
    const unsigned char *at = from;

    memcpy(s, at, sizeof(*s));
    at += sizeof(*s);
    regions_of(s, regions);
    for (int i = 0; i < REGIONS; i++)
        at = arena_unpack(m->arena, regions[i], at);
    views_reset(m);
}

void ec2_bind(struct ec2 *m, const struct ec2 *like, void *arena, void *views)
{
    *m = *like;
    m->arena = arena;
    m->views = views;
    m->slots = 0;
    views_reset(m);
}

/* --- Chance --- */

/* The square of a uniform draw: short durations are the common ones. Equal ends draw nothing. */
uint64_t draw(struct ec2 *m, struct rate_span span)
{
    uint64_t u = 0;

    if (span.low_ms >= span.high_ms)
        return span.low_ms;
    u = prng_next(&ec2_state(m)->prng) >> (64 - DRAW_BITS);
    u = u * u >> DRAW_BITS;
    return span.low_ms + ((span.high_ms - span.low_ms) * u >> DRAW_BITS);
}

/* --- The gate --- */

static enum rate_class class_of(enum ec2_action action)
{
    static const uint8_t classes[EC2_ACTION_COUNT] = {
#define ACTION(id, name, class, manner) [EC2_##id] = RATE_##class,
#include "sim/ec2_actions.def"
#undef ACTION
    };

    return (enum rate_class)classes[action];
}

/* E.1: neither filter nor page makes a read a scan, which has a smaller bucket. */
static bool is_scan(const struct ec2_request *rq)
{
    return !ec2_action_writes(rq->action) && rq->id_count == 0 && rq->filter_count == 0 &&
           !rq->pool && !rq->leaving && rq->max_results == 0 && rq->next_token == 0;
}

/*
 * A bucket is kept as the moment at which it would be full again. A call moves that moment one
 * period on, and is refused when it would then lie further ahead than the whole bucket takes to
 * fill.
 */
static bool bucket_take(struct ec2 *m, const struct ec2_request *rq)
{
    struct ec2_state *s = ec2_state(m);
    const bool scan = is_scan(rq);
    const struct rate_bucket *b = &m->rates->buckets[scan ? RATE_SCANS : class_of(rq->action)];
    uint64_t *full_ms = &s->buckets[rq->action][scan ? BUCKET_SCAN : BUCKET_PLAIN];
    const uint64_t from_ms = *full_ms > s->now_ms ? *full_ms : s->now_ms;

    if (s->no_throttle)
        return true;
    if (from_ms + b->period_ms - s->now_ms > (uint64_t)b->capacity * b->period_ms)
        return false;
    *full_ms = from_ms + b->period_ms;
    return true;
}

/* A.6: RequestExpired when the stamp is too old or too far ahead as the request arrives. */
static bool stamp_is_good(const struct ec2 *m, const struct ec2_request *rq)
{
    const uint64_t now_ms = ec2_peek(m)->now_ms;

    if (rq->stamp_ms == 0)
        return true;
    if (rq->stamp_ms > now_ms)
        return rq->stamp_ms - now_ms <= m->rates->future_ms;
    return now_ms - rq->stamp_ms <= m->rates->past_ms;
}

static enum ec2_code gate(struct ec2 *m, const struct ec2_request *rq)
{
    struct ec2_state *s = ec2_state(m);

    s->calls[rq->action]++;
    if (!stamp_is_good(m, rq))
        return EC2_CODE_EXPIRED;
    if (rq->faults & EC2_FAULT_THROTTLE || !bucket_take(m, rq)) {
        s->throttled[rq->action]++;
        return EC2_CODE_THROTTLED;
    }
    if (s->denied >> rq->action & 1)
        return EC2_CODE_DENIED;
    return rq->faults & EC2_FAULT_REFUSE ? EC2_CODE_UNAVAILABLE : EC2_CODE_OK;
}

static enum ec2_code read_zones(const struct ec2 *m, struct ec2_answer *a)
{
    a->count = ec2_zone_count(m);
    return EC2_CODE_OK;
}

static enum ec2_code perform(struct ec2 *m, const struct ec2_request *rq, struct ec2_answer *a)
{
    if (rq->dry_run && !ec2_action_writes(rq->action))
        return EC2_CODE_DRY_RUN;
    switch (rq->action) {
    case EC2_DESCRIBE_VOLUMES: return read_volumes(m, rq, a);
    case EC2_DESCRIBE_TAGS: return read_tags(m, rq, a);
    case EC2_DESCRIBE_SNAPSHOTS: return read_snapshots(m, rq, a);
    case EC2_DESCRIBE_INSTANCES: return read_instances(m, rq, a);
    case EC2_DESCRIBE_MODIFICATIONS: return read_modifications(m, rq, a);
    case EC2_DESCRIBE_ZONES: return read_zones(m, a);
    case EC2_DESCRIBE_GROUP_INSTANCES:
    case EC2_DESCRIBE_GROUPS: return read_group_instances(m, rq, a);
    case EC2_CREATE_VOLUME: return volume_create(m, rq, a);
    case EC2_DELETE_VOLUME: return volume_delete(m, rq, a);
    case EC2_ATTACH_VOLUME: return volume_attach(m, rq, a);
    case EC2_DETACH_VOLUME: return volume_detach(m, rq, a);
    case EC2_MODIFY_VOLUME: return volume_modify(m, rq, a);
    case EC2_CREATE_TAGS: return tags_create(m, rq, a);
    case EC2_DELETE_TAGS: return tags_delete(m, rq, a);
    case EC2_CREATE_SNAPSHOT: return snapshot_create(m, rq, a);
    case EC2_DELETE_SNAPSHOT: return snapshot_delete(m, rq, a);
    case EC2_ACTION_COUNT: break;
    }
    return EC2_CODE_BAD_VALUE;
}

void ec2_execute(struct ec2 *m, const struct ec2_request *rq, uint64_t now_ms, struct ec2_answer *a)
{
    struct ec2_state *s = ec2_state(m);

    assert(rq->action < EC2_ACTION_COUNT);
    assert(now_ms >= s->now_ms);
    s->now_ms = now_ms;
    memset(a, 0, sizeof(*a));
    m->taken_count = 0;
    a->code = gate(m, rq);
    if (a->code == EC2_CODE_OK)
        a->code = perform(m, rq, a);
    if (a->code == EC2_CODE_INTERNAL)
        s->exhausted++;
    /* L.2: the effect stands, only the answer does not tell. */
    if (a->code == EC2_CODE_OK && rq->faults & EC2_FAULT_AFTER)
        *a = (struct ec2_answer){.code = EC2_CODE_UNAVAILABLE};
    a->date_ms = now_ms;
    a->epoch = m->epoch;
    memcpy(a->held, m->taken, sizeof(a->held[0]) * m->taken_count);
}

uint32_t ec2_exhausted(const struct ec2 *m)
{
    return ec2_peek(m)->exhausted;
}

uint32_t ec2_calls(const struct ec2 *m, enum ec2_action action)
{
    return ec2_peek(m)->calls[action];
}

uint32_t ec2_throttled(const struct ec2 *m, enum ec2_action action)
{
    return ec2_peek(m)->throttled[action];
}
