/* SPDX-License-Identifier: Apache-2.0 */
/*
 * main.c - volclaim-sim: reads the command line and runs one command.
 *
 * The only place in the simulator that asks for time that passes, and only to say how fast it was.
 */
#include "sim/explore.h"
#include "sim/options.h"
#include "sim/sim.h"
#include "sim/weaken.h"

#include <string.h>
#include <time.h>

/* Processor time, so that a busy machine does not make the simulator look slow. */
static uint64_t processor_us(void)
{
    const clock_t t = clock();

    return t == (clock_t)-1 ? 0 : (uint64_t)t * 1000000 / (uint64_t)CLOCKS_PER_SEC;
}

int main(int argc, char **argv)
{
    struct sim_options o;
    char why[SIM_WHY_MAX];

    if (!weaken_take(&argc, argv, stderr))
        return SIM_EXIT_USAGE;
    if (argc > 1 && strcmp(argv[1], "explore") == 0)
        return explore_main(argc, argv, processor_us);
    if (!options_parse(argc, argv, &o, why)) {
        (void)fprintf(stderr, "volclaim-sim: %s\n", why);
        return SIM_EXIT_USAGE;
    }
    switch (o.command) {
    case SIM_CMD_RACE: return sim_race(&o, processor_us);
    case SIM_CMD_SWARM: return sim_swarm(&o, processor_us);
    case SIM_CMD_REPLAY: return sim_replay(&o, processor_us);
    case SIM_CMD_HELP:
    case SIM_CMD_NONE: break;
    }
    options_help(stdout);
    return SIM_EXIT_CLEAN;
}
