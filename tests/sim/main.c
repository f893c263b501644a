/* SPDX-License-Identifier: Apache-2.0 */
/*
 * main.c - volclaim-sim: reads the command line and runs one command.
 *
 * The only place in the simulator that asks for real time, and only to say how fast it was.
 */
#include "sim/options.h"
#include "sim/sim.h"

#include <time.h>

static uint64_t real_us(void)
{
    struct timespec t;

    if (timespec_get(&t, TIME_UTC) != TIME_UTC)
        return 0;
    return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

int main(int argc, char **argv)
{
    struct sim_options o;
    char why[SIM_WHY_MAX];

    if (!options_parse(argc, argv, &o, why)) {
        (void)fprintf(stderr, "volclaim-sim: %s\n", why);
        return SIM_EXIT_USAGE;
    }
    switch (o.command) {
    case SIM_CMD_RACE: return sim_race(&o, real_us);
    case SIM_CMD_SWARM: return sim_swarm(&o, real_us);
    case SIM_CMD_REPLAY: return sim_replay(&o, real_us);
    case SIM_CMD_HELP:
    case SIM_CMD_NONE: break;
    }
    options_help(stdout);
    return SIM_EXIT_CLEAN;
}
