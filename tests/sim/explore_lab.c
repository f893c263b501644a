/* SPDX-License-Identifier: Apache-2.0 */
/*
 * explore_lab.c - the one service and the one process that are worked on, and how a state gets its
 * number.
 *
 * Two services get one number when no request can tell them apart from here on: the model says so
 * (ec2_digest_from), and what is true beside the model is the same. That rests on 64 bits of hash;
 * with a million services the chance that two different ones ever meet is below one in ten million.
 * Instances are compared whole. Nothing here decides what happens.
 */
#include "sim/explore_parts.h"

#include <assert.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define BEGIN_MS UINT64_C(1800000000000)

enum { VOLUMES = 10, VERSIONS = 512, TEXT_BYTES = 65536, VIEW_BYTES = 131072, HISTORY_TICKS = 2 };

static const char *const zones[] = {"us-east-1a", "us-east-1b", "us-east-1c"};
static const struct tag pool_tags[] = {{.key = "Name", .value = "db"}};

/* What lies before the packed model. */
struct packed {
    struct truth truth;
    uint64_t tick;
};

uint64_t lab_now(const struct lab *lab)
{
    /* A snapshot takes a millisecond; what comes after one comes after that. */
    return BEGIN_MS + (uint64_t)lab->tick * TICK_MS + ec2_snapshot_count(&lab->cloud);
}

static void watch(struct lab *lab)
{
    lab->checks.now_ms = lab_now(lab);
    lab->checks.count = 0;
    lab->checks.data = lab->truth.data;
    lab->checks.mounted = lab->truth.mounted;
    lab->checks.kept = lab->truth.kept;
}

void lab_load(struct lab *lab, uint32_t cloud)
{
    const unsigned char *at = pool_get(&lab->clouds, cloud);
    struct packed head;

    memcpy(&head, at, sizeof(head));
    lab->truth = head.truth;
    lab->tick = (uint32_t)head.tick;
    ec2_load(&lab->cloud, at + sizeof(head));
    lab->cloud_number = cloud;
    lab->changed = false;
    watch(lab);
}

uint32_t lab_tick_of(const struct lab *lab, uint32_t cloud)
{
    struct packed head;

    memcpy(&head, pool_get(&lab->clouds, cloud), sizeof(head));
    return (uint32_t)head.tick;
}

static uint64_t mix(uint64_t h, uint64_t x)
{
    return mix64(h ^ x);
}

static uint64_t truth_hash(const struct lab *lab)
{
    const struct truth *t = &lab->truth;
    const uint32_t volumes = ec2_volume_count(&lab->cloud);
    /* Small numbers are mixed one by one: together they could cancel out. */
    uint64_t h = mix(mix64(lab->tick + UINT64_C(1)), (uint64_t)t->gone << 32 | t->fell);

    for (uint32_t i = 0; i <= t->next_data_id; i++)
        h = mix(h, t->data[i].latest << 32 | t->data[i].mounted_on);
    for (uint32_t i = 0; i < EXPLORE_PROCS_MAX; i++)
        h = mix(h, t->mounted[i]);
    for (uint32_t i = 0; i < ec2_snapshot_count(&lab->cloud); i++)
        h = mix(h, t->kept[i]);
    /* Creators go by the very time of a creation; the model's digest keeps no more than the order.
     */
    for (uint32_t i = 0; i < volumes; i++)
        h = mix(h, ec2_truth_volume(&lab->cloud, i, lab_now(lab)).created_ms);
    return h;
}

uint32_t lab_store(struct lab *lab)
{
    const uint64_t now_ms = lab_now(lab);
    /* No view is older than the end of the tick before the last. */
    const uint64_t age_ms = now_ms - (BEGIN_MS + (uint64_t)lab->tick * TICK_MS - TICK_MS - 1);
    struct packed *head = (struct packed *)(void *)lab->packed;
    uint32_t size = 0;

    assert(ec2_exhausted(&lab->cloud) == 0);
    assert(ec2_state_size(&lab->cloud) + sizeof(*head) <= CLOUD_MAX);
    head->truth = lab->truth;
    head->tick = lab->tick;
    size = (uint32_t)(sizeof(*head) + ec2_save(&lab->cloud, lab->packed + sizeof(*head)));
    lab->cloud_number =
        pool_put(&lab->clouds, lab->packed, size,
                 mix(truth_hash(lab), ec2_digest_from(&lab->cloud, now_ms, age_ms)));
    return lab->cloud_number;
}

/* Naps are drawn at their shortest, for longer ones are stalls: a seed whose first draws are small.
 */
static uint64_t patient_seed(void)
{
    enum { ODD_MS = 90000, STEP_MS = 500, NAPS = 4, SHARE = 8 };

    for (uint64_t seed = 1;; seed++) {
        const uint64_t u = mix64(seed + UINT64_C(0x9e3779b97f4a7c15));
        bool small = u % (2 * (uint64_t)ODD_MS) < (uint64_t)ODD_MS / SHARE && u % 1000 < 125;

        for (uint64_t nap = 0; small && nap < NAPS; nap++)
            small = u % (((uint64_t)STEP_MS << nap) * 2 + 1) < (uint64_t)STEP_MS;
        if (small)
            return seed;
    }
}

/*
 * Durations in ticks, so that they keep their order. A view is at most one tick and a moment old;
 * the lag bound is one tick and a half, and a wait of it takes two; the consensus wait is three,
 * more than twice the age of a view. A window is one tick, a claim six, and naps are far below a
 * tick.
 */
static struct claim_config configuration(const struct explore_world *w)
{
    struct claim_config cfg;

    claim_defaults(&cfg);
    cfg.strategy = w->strategy;
    cfg.create = w->create;
    cfg.create_limit = w->limit;
    cfg.lag_ms = TICK_MS + TICK_MS / 2;
    cfg.consensus_ms = (uint64_t)3 * TICK_MS;
    cfg.window_ms = TICK_MS;
    cfg.margin_ms = 0;
    cfg.lock_ms = (uint64_t)6 * TICK_MS;
    cfg.stuck_ms = (uint64_t)3 * TICK_MS;
    cfg.create_wait_ms = (uint64_t)2 * TICK_MS;
    cfg.deadline_ms = 0;
    return cfg;
}

static struct ec2_options cloud_options(const struct lab *lab)
{
    return (struct ec2_options){
        .seed = 1,
        .rates = &lab->rates,
        .zones = zones,
        .zone_count = sizeof(zones) / sizeof(zones[0]),
        .pool = pool_tags,
        .pool_count = sizeof(pool_tags) / sizeof(pool_tags[0]),
        .volumes = VOLUMES,
        .instances = EXPLORE_PROCS_MAX,
        .snapshots = SNAPS_MAX,
        .versions = VERSIONS,
        .text_bytes = TEXT_BYTES,
        .view_bytes = VIEW_BYTES,
        .history_ms = (uint64_t)HISTORY_TICKS * TICK_MS,
        .no_throttle = true,
        .plain_ids = true,
    };
}

bool lab_init(struct lab *lab, const struct explore_options *o)
{
    struct ec2_options cloud;

    *lab = (struct lab){.o = *o, .cfg = configuration(o->world), .seed = patient_seed()};
    /* Everything the service does is done at once, but for what the clock is moved on for. */
    lab->rates = rates_fixed(0);
    cloud = cloud_options(lab);
    lab->memory = aligned_alloc(64, (ec2_memory(&cloud) + 63) / 64 * 64);
    lab->packed = malloc(CLOUD_MAX);
    if (!lab->memory || !lab->packed)
        return false;
    ec2_init(&lab->cloud, &cloud, lab->memory);
    lab->clouds.by_hash = true;
    check_init(&lab->checks, &lab->cloud,
               &(struct check_room){
                   .data = lab->truth.data,
                   .mounted = lab->truth.mounted,
                   .held = lab->held,
                   .heads = lab->heads,
                   .kept = lab->truth.kept,
                   .data_capacity = DATA_MAX,
                   .machine_capacity = EXPLORE_PROCS_MAX,
                   .snapshot_capacity = SNAPS_MAX,
                   .head_capacity = sizeof(lab->heads) / sizeof(lab->heads[0]),
               });
    watch(lab);
    return worlds_build(lab);
}

void lab_fini(struct lab *lab)
{
    free(lab->memory);
    free(lab->packed);
    free(lab->proc_kind);
    pool_free(&lab->procs);
    pool_free(&lab->clouds);
    pool_free(&lab->letters);
}

uint64_t lab_bytes(const struct lab *lab)
{
    return lab->procs.bytes + lab->clouds.bytes + lab->letters.bytes;
}

void lab_note(struct lab *lab, int64_t machine, const char *format, ...)
{
    char text[TRACE_LINE_MAX];
    va_list args;

    if (!lab->trace)
        return;
    va_start(args, format);
    (void)vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    lab->trace->note(lab->trace->ctx, (uint64_t)lab->tick * 1000, machine, text);
}
