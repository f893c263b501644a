/* SPDX-License-Identifier: Apache-2.0 */
/*
 * swarm.c - `volclaim-sim swarm`: many small worlds, one seed each, each with its own faults; and
 * `volclaim-sim replay`: one of them again.
 *
 * The first violation ends a swarm, with all that is needed to see it again. Nothing here must
 * depend on how many runs came before.
 */
#include "sim/report.h"
#include "sim/scene.h"
#include "sim/sim.h"

#include <stdlib.h>

enum { TAIL_LINES = 60 };

static const char *const strategies[] = {
    [STRATEGY_ZONE] = "zone", [STRATEGY_GROUP] = "group", [STRATEGY_NUMBERED] = "numbered"};

static void print_world(const struct world *w, uint64_t seed, FILE *out)
{
    char mix[2048] = "";

    (void)faults_format(&w->o.faults, mix, sizeof(mix));
    (void)fprintf(out, "seed %llu: strategy %s, %u machines, %u volumes in %u zones\nfaults %s\n",
                  (unsigned long long)seed, strategies[w->o.cfg.strategy], w->machine_count,
                  w->heads_found, w->o.zones, mix);
}

/* The command that replays a run: what was not drawn from the seed must be given again. */
static void print_again(uint64_t seed, const struct sim_options *o)
{
    char mix[2048];

    (void)fprintf(stderr, "again: volclaim-sim replay --seed %llu --lag %ums",
                  (unsigned long long)seed, (unsigned)o->lag_ms);
    if (o->faults_set && faults_format(&o->faults, mix, sizeof(mix)))
        (void)fprintf(stderr, " --faults %s", mix);
    (void)fprintf(stderr, " --trace\n");
}

static void tell(struct world *w, uint64_t seed, const struct sim_options *o)
{
    char(*lines)[TRACE_LINE_MAX] = calloc(TAIL_LINES, sizeof(*lines));
    struct trace_tail tail = {.lines = lines, .capacity = TAIL_LINES};
    const struct trace_sink sink = trace_to_tail(&tail);

    scene_swarm(w, seed, o, lines ? &sink : NULL);
    world_run(w);
    report_violation(&w->checks.first, stderr);
    print_world(w, seed, stderr);
    if (lines) {
        (void)fprintf(stderr, "the last steps:\n");
        trace_tail_print(&tail, stderr);
    }
    print_again(seed, o);
    free(lines);
}

static void print_results(const struct report *r, const struct sim_options *o)
{
    if (o->json)
        report_json(r, o, stdout);
    else if (o->digest)
        (void)printf("digest %016llx\n", (unsigned long long)r->digest);
    else
        report_text(r, o, stdout);
}

int sim_swarm(const struct sim_options *o, sim_clock_fn clock_us)
{
    struct world *w = world_new(SCENE_SMALL_MACHINES, SCENE_SMALL_VOLUMES);
    struct report r = {.seed = o->seed};
    const uint64_t began_us = clock_us();

    if (!w) {
        (void)fprintf(stderr, "volclaim-sim: out of memory\n");
        return SIM_EXIT_MEMORY;
    }
    for (uint64_t i = 0; i < o->runs && (o->keep_going || r.violations == 0); i++) {
        const uint64_t seed = o->seed + i;

        scene_swarm(w, seed, o, NULL);
        world_run(w);
        report_add(&r, w, seed);
    }
    r.elapsed_us = clock_us() - began_us;
    report_cells(&r, w);
    print_results(&r, o);
    if (o->cells)
        report_untaken(w, stdout);
    if (r.violations > 0)
        tell(w, r.failed_seed, o);
    world_free(w);
    return r.violations > 0 ? SIM_EXIT_VIOLATED : SIM_EXIT_CLEAN;
}

int sim_replay(const struct sim_options *o, sim_clock_fn clock_us)
{
    struct world *w = world_new(SCENE_SMALL_MACHINES, SCENE_SMALL_VOLUMES);
    const struct trace_sink print = trace_to_stream(stdout);
    struct report r = {.seed = o->seed};
    uint64_t began_us;

    if (!w) {
        (void)fprintf(stderr, "volclaim-sim: out of memory\n");
        return SIM_EXIT_MEMORY;
    }
    scene_swarm(w, o->seed, o, o->trace ? &print : NULL);
    if (!o->json)
        print_world(w, o->seed, stdout);
    began_us = clock_us();
    world_run(w);
    r.elapsed_us = clock_us() - began_us;
    report_add(&r, w, o->seed);
    report_cells(&r, w);
    if (o->json)
        report_json(&r, o, stdout);
    else
        (void)printf("digest %016llx\n", (unsigned long long)r.digest);
    if (r.violations > 0)
        report_violation(&w->checks.first, stderr);
    world_free(w);
    return r.violations > 0 ? SIM_EXIT_VIOLATED : SIM_EXIT_CLEAN;
}
