/* SPDX-License-Identifier: Apache-2.0 */
/*
 * race.c - `volclaim-sim race`: one world, run once, and what came of it.
 *
 * A violation is told as a story: the run is exact, so it is simply made again with somebody
 * listening. It must not judge anything itself: the checkers do.
 */
#include "sim/report.h"
#include "sim/scene.h"
#include "sim/sim.h"

#include <stdlib.h>

enum { TAIL_LINES = 60 };

static void tell(struct world *w, const struct sim_options *o)
{
    static const uint32_t capacity = TAIL_LINES;
    char(*lines)[TRACE_LINE_MAX] = calloc(capacity, sizeof(*lines));
    struct trace_tail tail = {.lines = lines, .capacity = capacity};
    const struct trace_sink sink = trace_to_tail(&tail);
    char mix[2048] = "";

    report_violation(&w->checks.first, stderr);
    (void)faults_format(&o->faults, mix, sizeof(mix));
    (void)fprintf(stderr, "seed %llu, faults %s\nthe last steps:\n", (unsigned long long)o->seed,
                  mix);
    if (lines) {
        scene_race(w, o, &sink);
        world_run(w);
        trace_tail_print(&tail, stderr);
    }
    free(lines);
}

int sim_race(const struct sim_options *o, sim_clock_fn clock_us)
{
    struct world *w = world_new(o->instances, o->volumes);
    const struct trace_sink print = trace_to_stream(stdout);
    struct report r = {.seed = o->seed};
    uint64_t began_us;

    if (!w) {
        (void)fprintf(stderr, "volclaim-sim: out of memory\n");
        return SIM_EXIT_MEMORY;
    }
    scene_race(w, o, o->trace ? &print : NULL);
    began_us = clock_us();
    world_run(w);
    r.elapsed_us = clock_us() - began_us;
    report_add(&r, w, o->seed);
    report_cells(&r, w);
    if (o->json)
        report_json(&r, o, stdout);
    else
        report_text(&r, o, stdout);
    if (o->digest && !o->json)
        (void)printf("digest %016llx\n", (unsigned long long)r.digest);
    if (o->cells)
        report_untaken(w, stdout);
    if (r.violations > 0)
        tell(w, o);
    world_free(w);
    return r.violations > 0 ? SIM_EXIT_VIOLATED : SIM_EXIT_CLEAN;
}
