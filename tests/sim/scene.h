/* SPDX-License-Identifier: Apache-2.0 */
/*
 * scene.h - which world a command line or a seed means.
 *
 * A scene fills a world before its run; the same arguments give the same world, always. It must
 * draw from its own streams only, so that the run's chances do not depend on how the world was
 * made.
 */
#pragma once

#include "sim/options.h"
#include "sim/world.h"

enum {
    SCENE_SMALL_MACHINES = 20, /* room that scene_swarm needs */
    SCENE_SMALL_VOLUMES = 12,
};

/* One race as the options describe it. */
void scene_race(struct world *w, const struct sim_options *o, const struct trace_sink *trace);

/* The small world of one seed. The fault mix is drawn, unless o->faults_set. */
void scene_swarm(struct world *w, uint64_t seed, const struct sim_options *o,
                 const struct trace_sink *trace);
