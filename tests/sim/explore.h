/* SPDX-License-Identifier: Apache-2.0 */
/*
 * explore.h - `volclaim-sim explore`: every interleaving of a small world, over the real core.
 *
 * What a world is, how far it is searched, and what came of it. The search is exhaustive within the
 * bounds that are printed with its verdict, and says nothing about anything beyond them.
 */
#pragma once

#include "claim/claim.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum {
    EXPLORE_PROCS_MAX = 3,
    EXPLORE_NET_MAX = 2, /* changes on their way that nobody waits for */
    EXPLORE_WHY_MAX = 200,
    EXPLORE_STALLS_ANY = 255,
};

/* What can happen to an instance, beside everything that happens to all. */
struct explore_instance {
    uint8_t zone;
    uint8_t crashes : 1;    /* it may reboot */
    uint8_t terminates : 1; /* it may be terminated */
    uint8_t releases : 1;   /* it gives its volume back, and wants one again while rounds last */
    uint8_t late : 1;       /* it boots when another one has crashed or ended */
};

struct explore_world {
    const char *name;
    const char *words;
    enum claim_strategy strategy;
    enum claim_create create;
    uint32_t limit;
    uint32_t slot;    /* of the volumes there are; 0: none */
    uint32_t volumes; /* in the first zone, each with a filesystem */
    uint32_t instance_count;
    struct explore_instance instances[EXPLORE_PROCS_MAX];
    uint32_t ticks; /* the bounds it is searched in, unless told */
    uint32_t faults;
    uint32_t crashes;
    uint32_t rounds;
    uint32_t stalls;
};

const struct explore_world *explore_world_find(const char *name);
/* NULL after the last. */
const struct explore_world *explore_world_at(uint32_t index);

struct explore_options {
    const struct explore_world *world;
    uint32_t ticks;   /* how far the clock goes */
    uint32_t faults;  /* changes that get no answer, or are carried out twice */
    uint32_t crashes; /* in the whole world */
    uint32_t rounds;  /* runs each instance may begin */
    uint32_t stalls;  /* ticks that instances let pass though they could go on, in all */
    uint32_t depth;   /* events in a row; 0: no bound */
    uint64_t max_states;
    uint64_t max_bytes;
    bool json;
    bool story;
    bool progress;
    bool help;
};

/* False: why[] holds one sentence. */
bool explore_parse(int argc, char **argv, struct explore_options *out, char why[EXPLORE_WHY_MAX]);
void explore_help(FILE *out);

enum explore_verdict { EXPLORE_VERIFIED, EXPLORE_BOUNDED, EXPLORE_VIOLATED };

struct explore_result {
    enum explore_verdict verdict;
    uint64_t states;
    uint64_t transitions;
    uint32_t depth;
    uint64_t procs;    /* distinct states of one instance */
    uint64_t clouds;   /* distinct states of the service */
    uint64_t steps;    /* calls of the core and the model; all else was looked up */
    uint64_t bytes;    /* of memory in use at the end */
    uint64_t ended;    /* states in which everybody is through */
    uint64_t cut;      /* states at the end of time in which somebody is not */
    uint64_t good;     /* states in which everybody is through and somebody has mounted */
    const char *bound; /* which bound was met, NULL */
    char words[400];   /* of the violation */
};

/* Runs a search; the story of a violation goes to `story` unless that is NULL. */
bool explore_run(const struct explore_options *o, FILE *story, struct explore_result *out);

typedef uint64_t (*explore_clock_fn)(void);
/* The command: argv[1] is "explore". Gives the exit code. */
int explore_main(int argc, char **argv, explore_clock_fn clock_us);
