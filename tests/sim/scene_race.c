/* SPDX-License-Identifier: Apache-2.0 */
/*
 * scene_race.c - the world of `volclaim-sim race`: so many machines, so many free volumes.
 *
 * Machines go round the zones; volumes do too, unless most of them are to lie in the first. It must
 * not draw from the streams that the run itself uses.
 */
#include "sim/scene.h"

enum { RACE_PAGE = 1000, RACE_SIZE_GIB = 4, PER_MACHINE_MS = 1000, STAY_MS = 0 };

static uint32_t zone_of_volume(const struct sim_options *o, uint32_t i)
{
    if (o->skewed && i % 4 != 3)
        return 0;
    return i % o->zones;
}

static void add_volume(struct world *w, const struct sim_options *o, uint32_t i)
{
    const struct mark slot = {.kind = MARK_SLOT, .number = i + 1};
    const bool numbered = o->strategy == STRATEGY_NUMBERED;

    (void)world_add_volume(w, &(struct world_volume_spec){
                                  .zone = zone_of_volume(o, i),
                                  .size_gib = RACE_SIZE_GIB,
                                  .holder = WORLD_NONE,
                                  .content = EC2_FS,
                                  .marks = &slot,
                                  .mark_count = numbered ? 1 : 0,
                              });
}

void scene_race(struct world *w, const struct sim_options *o, const struct trace_sink *trace)
{
    struct world_options wo = world_defaults(o->seed);
    struct prng p = prng_stream(o->seed, PRNG_WORLD, 0);

    wo.cfg.strategy = o->strategy;
    wo.cfg.create = o->create;
    wo.cfg.create_limit = o->limit;
    wo.faults = o->faults;
    wo.zones = o->zones;
    wo.page_size = RACE_PAGE;
    wo.size_gib = RACE_SIZE_GIB;
    wo.safety_ms += o->instances * PER_MACHINE_MS + o->stagger_ms;
    wo.write_ms = STAY_MS;
    wo.trace = trace;
    world_reset(w, &wo);
    for (uint32_t i = 0; i < o->instances; i++) {
        (void)world_add_machine(w, &(struct world_machine_spec){
                                       .zone = i % o->zones,
                                       .boot_ms = prng_below(&p, (uint64_t)o->stagger_ms + 1),
                                   });
    }
    for (uint32_t i = 0; i < o->volumes; i++)
        add_volume(w, o, i);
}
