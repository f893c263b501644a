/* SPDX-License-Identifier: Apache-2.0 */
/*
 * scene_swarm.c - the small world that a seed means: who boots, what lies there, how lives go on.
 *
 * Everything that a pool in the wild may hold is drawn here: data, blanks, foreign disks, volumes
 * in other hands, marks of claims long gone, volumes of others. The order of draws is part of what
 * a seed means: a new draw goes to the end of its function, and none must be moved.
 */
#include "sim/scene.h"

#include <stdio.h>
#include <string.h>

enum {
    MACHINES_MIN = 2,
    MACHINES_MAX = 8,
    HEIRS_MAX = 3,
    HOLDERS_MAX = 2,
    VOLUMES_MAX = 6,
    SLOTS = 4,
    LONG_AGO_S = 100000,
    SOON_S = 120,
};

/* The marks one volume may carry, and room for them. */
struct marking {
    struct mark marks[MARKS_MAX];
    uint32_t count;
};

static bool one_in(struct prng *p, uint32_t n)
{
    return prng_below(p, n) == 0;
}

static void draw_policy(struct prng *p, struct claim_config *cfg)
{
    cfg->strategy = (enum claim_strategy)prng_below(p, STRATEGY_NUMBERED + 1);
    cfg->create =
        one_in(p, 2) ? CREATE_DEFAULT : (enum claim_create)prng_below(p, CREATE_NEVER + 1);
    cfg->create_limit = one_in(p, 4) ? (uint32_t)prng_between(p, 1, 5) : 0;
    cfg->create_wait_ms = one_in(p, 2) ? 30000 : 120000;
    cfg->moves_refused = one_in(p, 12);
    cfg->snapshot_on_release = one_in(p, 5);
    cfg->drop_snapshot = one_in(p, 5);
    cfg->deadline_ms = one_in(p, 3) ? 600000 : 1800000;
}

static void draw_options(struct prng *p, struct world_options *o)
{
    draw_policy(p, &o->cfg);
    o->zones = (uint32_t)prng_between(p, 1, 3);
    o->page_size = one_in(p, 3) ? 5 : 500;
    o->size_gib = (uint32_t)prng_between(p, 1, 4);
    o->safety_ms = (uint32_t)prng_between(p, 120, 1500) * 1000;
    o->write_ms = (uint32_t)prng_between(p, 20, 200) * 1000;
    o->retries = (uint32_t)prng_between(p, 0, 3);
}

static void add_machines(struct world *w, struct prng *p)
{
    const uint32_t count = (uint32_t)prng_between(p, MACHINES_MIN, MACHINES_MAX);
    const uint32_t heirs = (uint32_t)prng_below(p, HEIRS_MAX + 1);
    const uint32_t stagger_ms = one_in(p, 2) ? 0 : (uint32_t)prng_between(p, 1, 90) * 1000;

    for (uint32_t i = 0; i < count + heirs; i++) {
        const bool turns = one_in(p, 2);

        (void)world_add_machine(
            w, &(struct world_machine_spec){
                   .zone = (uint32_t)prng_below(p, w->o.zones),
                   .boot_ms = prng_below(p, (uint64_t)stagger_ms + 1),
                   .hold_ms = (uint32_t)prng_between(p, 1, 300) * 1000,
                   .turn =
                       (enum world_turn)(turns ? prng_between(p, TURN_RELEASE, TURN_TERMINATE) : 0),
                   .heir = i >= count,
               });
    }
}

/* Machines of others, or of ours long gone, that hold something and may or may not die. */
static uint32_t add_holders(struct world *w, struct prng *p)
{
    const uint32_t count = one_in(p, 2) ? (uint32_t)prng_between(p, 1, HOLDERS_MAX) : 0;

    for (uint32_t i = 0; i < count; i++) {
        (void)world_add_machine(w, &(struct world_machine_spec){
                                       .zone = (uint32_t)prng_below(p, w->o.zones),
                                       .boot_ms = prng_below(p, 300) * 1000,
                                       .turn = one_in(p, 2) ? TURN_TERMINATE : TURN_NONE,
                                       .foreign = true,
                                   });
    }
    return count;
}

static void add_mark(struct marking *k, struct mark m)
{
    k->marks[k->count++] = m;
}

/* A flag of an instance that is no more: mostly lapsed long ago, sometimes just lapsing. */
static struct mark old_flag(struct prng *p)
{
    struct mark m = {.kind = MARK_CLAIM};
    const uint64_t begin_s = WORLD_BEGIN_MS / 1000;
    char name[ID_MAX];

    (void)snprintf(name, sizeof(name), "i-0000000000dead%03u", (unsigned)prng_below(p, 1000));
    (void)id_set(&m.flag.instance, name);
    m.flag.token = (struct token){.hi = prng_next(p), .lo = prng_next(p)};
    m.flag.own = one_in(p, 2);
    m.flag.expires_s = one_in(p, 3) ? begin_s + prng_below(p, SOON_S) : begin_s - LONG_AGO_S;
    return m;
}

/* In an odd pool lie disks that nobody may touch; most pools are not odd. */
static enum ec2_content_kind draw_content(struct prng *p, bool odd)
{
    const uint64_t at = prng_below(p, 20);

    if (at < 14)
        return EC2_FS;
    if (at < 17 || !odd)
        return EC2_BLANK;
    if (at < 18)
        return EC2_HALF;
    return at < 19 ? EC2_FOREIGN : EC2_NOISE;
}

static void draw_marks(struct world *w, struct prng *p, struct marking *k,
                       enum ec2_content_kind content, bool odd)
{
    const struct token t = {.hi = prng_next(p), .lo = prng_next(p)};

    if (w->o.cfg.strategy == STRATEGY_NUMBERED || one_in(p, 10))
        add_mark(k,
                 (struct mark){.kind = MARK_SLOT, .number = (uint32_t)prng_between(p, 1, SLOTS)});
    if (one_in(p, 3)) {
        add_mark(k, (struct mark){.kind = MARK_LINEAGE, .uuid = mark_lineage_from(t)});
        add_mark(k, (struct mark){.kind = MARK_GENERATION, .number = (uint32_t)prng_below(p, 3)});
    }
    if (one_in(p, 6))
        add_mark(k, old_flag(p));
    if (odd && one_in(p, 8))
        add_mark(k, (struct mark){.kind = MARK_QUARANTINE, .reason = "seen before"});
    /* Only what we created empty carries the record, and only until its filesystem is made. */
    if ((content == EC2_BLANK || content == EC2_HALF) && one_in(p, 2))
        add_mark(k, (struct mark){.kind = MARK_BLANK, .token = t});
}

static void add_volumes(struct world *w, struct prng *p, uint32_t first_holder, uint32_t holders)
{
    const uint32_t count = (uint32_t)prng_below(p, VOLUMES_MAX + 1);
    const bool odd = one_in(p, 3);

    for (uint32_t i = 0; i < count; i++) {
        struct marking k = {0};
        const enum ec2_content_kind content = draw_content(p, odd);
        uint32_t holder = WORLD_NONE;
        uint32_t zone = (uint32_t)prng_below(p, w->o.zones);

        if (holders > 0 && one_in(p, 3)) {
            holder = first_holder + (uint32_t)prng_below(p, holders);
            zone = w->machines[holder].spec.zone;
            if (w->machines[holder].host.device_count > 0)
                holder = WORLD_NONE;
        }
        draw_marks(w, p, &k, content, odd);
        (void)world_add_volume(w, &(struct world_volume_spec){
                                      .zone = zone,
                                      .size_gib = (uint32_t)prng_between(p, 1, 4),
                                      .holder = holder,
                                      .marks = k.marks,
                                      .mark_count = k.count,
                                      .content = content,
                                      .stranger = one_in(p, 10),
                                      .multi_attach = odd && one_in(p, 10),
                                  });
    }
}

void scene_swarm(struct world *w, uint64_t seed, const struct sim_options *o,
                 const struct trace_sink *trace)
{
    struct world_options wo = world_defaults(seed);
    struct prng p = prng_stream(seed, PRNG_WORLD, 0);
    struct prng mix = prng_stream(seed, PRNG_FAULTS, 0);
    uint32_t holders;
    uint32_t first;

    draw_options(&p, &wo);
    wo.faults = o->faults_set ? o->faults : faults_draw(&mix);
    wo.faults.lag_ms = o->lag_ms;
    wo.trace = trace;
    world_reset(w, &wo);
    add_machines(w, &p);
    first = w->machine_count;
    holders = add_holders(w, &p);
    add_volumes(w, &p, first, holders);
}
