/* SPDX-License-Identifier: Apache-2.0 */
/*
 * world_memory.c - the one allocation of a world, and how a run begins in it.
 *
 * world_new() takes all the memory there will be; world_reset() must touch only what a small world
 * uses, for the swarm makes thousands a second.
 */
#include "sim/world_parts.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum {
    CACHE_LINE = 64,
    FLIGHTS_EACH =
        6, /* requests a machine can have on their way, those of dead processes included */
    EVENTS_EACH = 16,
    CREATED_EACH = 6, /* volumes one machine can make in a run */
    SNAPSHOTS_EACH = 8,
    ROOM_MIN = 48,
    ACCEPT_SLACK_MAX_MS = 60000,
    HISTORY_MS = 120000,
    PAGE_MAX = 1000,
    VIEW_EACH = 4096,
    VIEWS_MIN = 67108864,
    SMALL_WORLD = 64, /* machines up to which room for every accident is cheap */
};

static const char *const zone_names[WORLD_ZONES_MAX] = {"us-east-1a", "us-east-1b", "us-east-1c",
                                                        "us-east-1d", "us-east-1e", "us-east-1f"};

static const struct tag pool_tags[WORLD_POOL_TAGS] = {{.key = "Name", .value = "db"},
                                                      {.key = "env", .value = "prod"}};

const struct tag *world_pool(void)
{
    return pool_tags;
}

static uint32_t volumes_for(uint32_t machines, uint32_t volumes)
{
    const uint32_t each = machines <= SMALL_WORLD ? CREATED_EACH : 2;

    return volumes + machines * each + ROOM_MIN;
}

/* In a large world every machine may be reading a list of its own, with records of its own. */
static uint32_t view_bytes(const struct world *w)
{
    const uint32_t listed = w->volume_capacity < PAGE_MAX ? w->volume_capacity : PAGE_MAX;

    if (w->machine_capacity <= SMALL_WORLD)
        return 0;
    return VIEWS_MIN + w->machine_capacity * (listed * (uint32_t)sizeof(void *) + VIEW_EACH);
}

static struct ec2_options cloud_options(const struct world *w)
{
    const uint32_t each = w->machine_capacity <= SMALL_WORLD ? SNAPSHOTS_EACH : 2;

    return (struct ec2_options){
        .seed = w->o.seed,
        .rates = &w->o.rates,
        .zones = zone_names,
        .zone_count = w->o.zones > 0 ? w->o.zones : 1,
        .pool = pool_tags,
        .pool_count = WORLD_POOL_TAGS,
        .volumes = volumes_for(w->machine_capacity, w->volume_capacity),
        .instances = w->machine_capacity,
        .snapshots = w->machine_capacity * each + ROOM_MIN,
        .view_bytes = view_bytes(w),
        .history_ms = HISTORY_MS,
        .no_throttle = w->o.no_throttle,
        .plain_ids = w->o.plain_ids,
    };
}

static size_t round_up(size_t n)
{
    return (n + CACHE_LINE - 1) / CACHE_LINE * CACHE_LINE;
}

static void *take(size_t count, size_t size)
{
    void *p = aligned_alloc(CACHE_LINE, round_up(count * size));

    if (p)
        memset(p, 0, round_up(count * size));
    return p;
}

static bool take_checks(struct world *w, const struct ec2_options *cloud)
{
    struct check_room *r = &w->check_room;

    r->machine_capacity = w->machine_capacity;
    r->snapshot_capacity = cloud->snapshots;
    r->data_capacity = cloud->volumes * 2;
    r->data = take(r->data_capacity, sizeof(r->data[0]));
    r->mounted = take(r->machine_capacity, sizeof(r->mounted[0]));
    r->held = take(r->machine_capacity, sizeof(r->held[0]));
    for (r->head_capacity = 1; r->head_capacity < cloud->volumes * 2;)
        r->head_capacity *= 2;
    r->heads = take(r->head_capacity, sizeof(r->heads[0]));
    r->kept = take(r->snapshot_capacity, sizeof(r->kept[0]));
    w->up = take(w->machine_capacity, sizeof(w->up[0]));
    return r->data && r->mounted && r->held && r->heads && r->kept && w->up;
}

struct world *world_new(uint32_t machines, uint32_t volumes)
{
    struct world *w = take(1, sizeof(*w));
    struct ec2_options cloud;

    if (!w)
        return NULL;
    w->o = world_defaults(0);
    w->o.zones = WORLD_ZONES_MAX;
    w->machine_capacity = machines;
    w->volume_capacity = volumes;
    w->flight_capacity = machines * FLIGHTS_EACH + ROOM_MIN;
    cloud = cloud_options(w);
    w->cloud_size = ec2_memory(&cloud);
    w->machines = take(machines, sizeof(w->machines[0]));
    w->flights = take(w->flight_capacity, sizeof(w->flights[0]));
    w->events = take((size_t)machines * EVENTS_EACH + (size_t)ROOM_MIN * 4, sizeof(w->events[0]));
    /* Not touched: most of it is room for the views of a crowd that may never come. */
    w->cloud_memory = aligned_alloc(CACHE_LINE, round_up(w->cloud_size));
    if (!w->machines || !w->flights || !w->events || !w->cloud_memory || !take_checks(w, &cloud)) {
        world_free(w);
        return NULL;
    }
    return w;
}

void world_free(struct world *w)
{
    if (!w)
        return;
    free(w->machines);
    free(w->flights);
    free(w->events);
    free(w->cloud_memory);
    free(w->check_room.data);
    free(w->check_room.mounted);
    free(w->check_room.held);
    free(w->check_room.heads);
    free(w->check_room.kept);
    free(w->up);
    free(w);
}

static void streams_init(struct world *w)
{
    w->network = prng_stream(w->o.seed, PRNG_NETWORK, 0);
    w->reads = prng_stream(w->o.seed, PRNG_READS, 0);
    w->chance = prng_stream(w->o.seed, PRNG_HOST, 0);
    w->life = prng_stream(w->o.seed, PRNG_LIFE, 0);
    w->app = prng_stream(w->o.seed, PRNG_APP, 0);
    /* Calibration leaves a minute open: the service closes windows somewhere in it. */
    w->accept_slack_ms = prng_below(&w->network, ACCEPT_SLACK_MAX_MS + 1);
}

void world_reset(struct world *w, const struct world_options *o)
{
    struct ec2_options cloud;

    w->o = *o;
    w->faults = o->faults;
    w->faulty = faults_any(&o->faults);
    cloud = cloud_options(w);
    assert(ec2_memory(&cloud) <= w->cloud_size);
    ec2_init(&w->cloud, &cloud, w->cloud_memory);
    heap_init(&w->heap, w->events, w->machine_capacity * EVENTS_EACH + ROOM_MIN * 4);
    w->now_ms = WORLD_BEGIN_MS;
    check_init(&w->checks, &w->cloud, &w->check_room);
    w->checks.now_ms = w->now_ms;
    w->figures = (struct world_figures){0};
    streams_init(w);
    if (prng_chance(&w->life, w->faults.ppm[FAULT_SNAPSHOT_SLOW])) {
        w->figures.strikes[FAULT_SNAPSHOT_SLOW]++;
        w->o.rates.snapshot.low_ms *= 4;
        w->o.rates.snapshot.high_ms *= 4;
    }
    w->next_data_id = 0;
    w->phase_began_ms = w->now_ms;
    w->burst_until_ms = 0;
    w->machine_count = 0;
    w->running = 0;
    w->pending = 0;
    w->heads_found = 0;
    w->phase = PHASE_SAFETY;
    w->phase_number = 0;
    w->rounds = 0;
    w->round_changes = 0;
    w->died = false;
    memset(w->plan_seen, 0, sizeof(w->plan_seen));
    world_flights_init(w);
    world_push(w, SIM_PHASE, 0, w->now_ms + o->safety_ms, 0);
}

static int32_t draw_signed(struct world *w, enum fault f, uint32_t bound)
{
    if (!world_strikes(w, &w->life, f))
        return 0;
    return (int32_t)prng_below(&w->life, 2 * bound + 1) - (int32_t)bound;
}

/* A machine of others runs nothing of ours, but it may be taken away. */
static void begin_foreign(struct world *w, uint32_t index)
{
    struct world_machine *m = &w->machines[index];

    m->life = LIFE_UP;
    if (m->spec.turn != TURN_TERMINATE)
        return;
    m->turn_pending = true;
    w->pending++;
    world_push(w, SIM_LIFE, index, WORLD_BEGIN_MS + m->spec.boot_ms, 0);
}

uint32_t world_add_machine(struct world *w, const struct world_machine_spec *s)
{
    const uint32_t index = w->machine_count++;
    struct world_machine *m = &w->machines[index];
    uint32_t made;

    assert(index < w->machine_capacity);
    assert(s->zone < w->o.zones);
    memset(m, 0, sizeof(*m));
    made = ec2_add_instance(&w->cloud, &(struct ec2_instance_spec){.zone = zone_names[s->zone]},
                            w->now_ms);
    assert(made == index);
    m->self.instance = ec2_instance_id(&w->cloud, made);
    (void)zone_set(&m->self.zone, zone_names[s->zone]);
    m->spec = *s;
    m->flight = WORLD_NONE;
    m->retries_left = w->o.retries;
    m->clock_ms = draw_signed(w, FAULT_CLOCK_WRONG, w->o.faults.clock_ms);
    m->drift_ppm = draw_signed(w, FAULT_CLOCK_DRIFT, 200);
    host_init(&m->host);
    if (s->foreign)
        begin_foreign(w, index);
    else if (!s->heir)
        world_boot_at(w, index, WORLD_BEGIN_MS + s->boot_ms, GOAL_RUN);
    return index;
}

/* What is on a volume at the beginning: its own body of data, unless it is blank. */
static struct ec2_content content_of(struct world *w, enum ec2_content_kind kind, uint32_t gib)
{
    struct ec2_content c = {.kind = kind};

    if (kind == EC2_BLANK || kind == EC2_HALF)
        return c;
    c.data_id = ++w->next_data_id;
    c.version = 1;
    c.fs_gib = gib;
    if (kind == EC2_FS) {
        const uint64_t half = mix64(c.data_id ^ w->o.seed);

        memcpy(c.fs.bytes, &c.data_id, sizeof(c.data_id));
        memcpy(c.fs.bytes + 8, &half, sizeof(half));
    }
    return c;
}

uint32_t world_add_volume(struct world *w, const struct world_volume_spec *s)
{
    struct mark_text text[MARKS_MAX];
    struct tag tags[WORLD_POOL_TAGS + MARKS_MAX];
    struct ec2_volume_spec v = {
        .zone = zone_names[s->zone],
        .size_gib = s->size_gib > 0 ? s->size_gib : 1,
        .type = EC2_GP3,
        .tags = tags,
        .content = content_of(w, s->content, s->size_gib),
        .created_ms = WORLD_BEGIN_MS - 86400000,
        .holder = s->holder == WORLD_NONE ? 0 : s->holder + 1,
        .device = s->holder == WORLD_NONE ? NULL : "/dev/xvdba",
        .multi_attach = s->multi_attach,
    };
    uint32_t index;

    assert(s->mark_count <= MARKS_MAX);
    if (!s->stranger) {
        memcpy(tags, pool_tags, sizeof(pool_tags));
        v.tag_count = WORLD_POOL_TAGS;
        w->heads_found++;
    }
    for (uint32_t i = 0; i < s->mark_count; i++) {
        const bool fits = mark_format(&s->marks[i], &text[i]);

        assert(fits);
        (void)fits;
        tags[v.tag_count++] = (struct tag){.key = text[i].key, .value = text[i].value};
    }
    index = ec2_add_volume(&w->cloud, &v, w->now_ms);
    check_know(&w->checks, &v.content);
    if (s->holder != WORLD_NONE)
        host_found(&w->machines[s->holder].host, index, w->now_ms);
    return index;
}
