/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sim.h - the commands of volclaim-sim. Each runs, prints, and gives the exit code.
 *
 * They take parsed options; the command line is options.h's. clock_us gives real time, for speeds
 * alone.
 */
#pragma once

#include "sim/options.h"

#include <stdint.h>

typedef uint64_t (*sim_clock_fn)(void);

enum { SIM_EXIT_CLEAN = 0, SIM_EXIT_VIOLATED = 1, SIM_EXIT_USAGE = 64, SIM_EXIT_MEMORY = 71 };

int sim_race(const struct sim_options *o, sim_clock_fn clock_us);
int sim_swarm(const struct sim_options *o, sim_clock_fn clock_us);
int sim_replay(const struct sim_options *o, sim_clock_fn clock_us);
