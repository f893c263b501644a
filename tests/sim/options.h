/* SPDX-License-Identifier: Apache-2.0 */
/*
 * options.h - the command line of volclaim-sim as one struct, and the rows it is read by.
 *
 * Every option is a row with its argument, the commands that know it, and its words; the help text
 * is made from the rows. A bad command line is one sentence and exit code 64. Nothing here runs
 * anything.
 */
#pragma once

#include "claim/claim.h"
#include "sim/faults.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum sim_command { SIM_CMD_NONE, SIM_CMD_RACE, SIM_CMD_SWARM, SIM_CMD_REPLAY, SIM_CMD_HELP };

enum {
    SIM_INSTANCES_MAX = 20000,
    SIM_VOLUMES_MAX = 40000,
    SIM_ZONES_MAX = 6,
    SIM_WHY_MAX = 200,
};

struct sim_options {
    enum sim_command command;
    uint32_t instances;
    uint32_t volumes;
    uint32_t zones;
    uint32_t stagger_ms;
    uint32_t limit;
    uint32_t lag_ms;
    enum claim_strategy strategy;
    enum claim_create create;
    uint64_t seed;
    uint64_t runs;
    struct faults faults;
    bool faults_set; /* the swarm draws its own mix unless told */
    bool seed_set;
    bool json;
    bool trace;
    bool cells;
    bool digest;
    bool keep_going; /* a swarm does not end with its first violation */
    bool skewed;     /* three quarters of the volumes lie in the first zone */
};

/* Reads argv[1..]. False: why[] holds one sentence. `help`, --help and -h give SIM_CMD_HELP. */
bool options_parse(int argc, char **argv, struct sim_options *out, char why[SIM_WHY_MAX]);

/* The help text, from the rows. */
void options_help(FILE *out);

/* Reads a whole decimal number, low .. high; no sign, no blanks, nothing after it. */
bool options_number(const char *text, uint64_t low, uint64_t high, uint64_t *out);
/* Reads `250ms`, `30s`, `2min`, or plain seconds. */
bool options_duration(const char *text, uint32_t *ms);
