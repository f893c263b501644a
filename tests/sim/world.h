/* SPDX-License-Identifier: Apache-2.0 */
/*
 * world.h - machines that run the real core against the EC2 model, in virtual time, from one seed.
 *
 * A world is a discrete-event loop: the earliest of {a request arrives, an answer arrives, a sleep
 * ends, a job of a machine ends, a life takes a turn} happens, then the next. Nothing sleeps,
 * nothing is drawn but from the seed, and no memory is taken after world_new(). The world performs
 * effects and reports to the checkers; it must never decide anything for a claim.
 *
 * A run: world_reset, world_add_machine and world_add_volume for what is there, then world_run,
 * which goes through the phases. Tests may step through it by hand with world_step.
 */
#pragma once

#include "sim/check.h"
#include "sim/client.h"
#include "sim/faults.h"
#include "sim/heap.h"
#include "sim/host_model.h"
#include "sim/trace.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    WORLD_NONE = EC2_NONE,
    WORLD_ZONES_MAX = 6,
    WORLD_POOL_TAGS = 2,
    WORLD_PLANS_MAX = 8,
};

/* Where the virtual clock begins: 2027-01-15 08:00:00 UTC, a moment like any other. */
#define WORLD_BEGIN_MS UINT64_C(1800000000000)

enum world_phase {
    PHASE_SAFETY,   /* faults strike, lives take turns */
    PHASE_LIVENESS, /* faults have stopped; everybody must come to an end in time */
    PHASE_CALM,     /* nobody runs until every claim has lapsed */
    PHASE_RERUN,    /* everybody runs again: what was left behind is finished or undone */
    PHASE_QUIET,    /* and once more: those who hold a volume must do nothing at all */
    PHASE_OVER,
};

/* How a machine's life goes on after it has held a volume for a while. */
enum world_turn {
    TURN_NONE,
    TURN_RELEASE, /* gives it back, and wants one again later */
    TURN_LEAVE,   /* gives it back and is terminated */
    TURN_REBOOT,
    TURN_TERMINATE, /* without a word */
};

enum world_life { LIFE_UNBORN, LIFE_DOWN, LIFE_UP, LIFE_GONE };

struct world_machine_spec {
    uint32_t zone;
    uint32_t hold_ms; /* how long until the turn */
    uint64_t boot_ms; /* since the beginning */
    enum world_turn turn;
    bool foreign; /* never runs us: it only holds what it is given */
    bool heir;    /* boots when another machine has been terminated, not at boot_ms */
};

struct world_volume_spec {
    uint32_t zone;
    uint32_t size_gib;
    uint32_t holder; /* machine, WORLD_NONE */
    uint32_t mark_count;
    const struct mark *marks;
    enum ec2_content_kind content;
    bool stranger; /* without the pool's tags */
    bool multi_attach;
};

/* A fault aimed by hand: strikes the nth time this machine performs that effect. For film scripts.
 */
struct world_plan {
    uint32_t machine;
    enum fx effect;
    uint32_t nth; /* 1 is the first */
    enum fault fault;
};

struct world_options {
    uint64_t seed;
    struct claim_config cfg;
    struct faults faults;
    struct rates rates;
    struct host_rates host_rates;
    uint32_t zones;
    uint32_t page_size;
    uint32_t size_gib;  /* of created volumes */
    uint32_t safety_ms; /* the longest the safety phase may last */
    uint32_t retries;   /* how often a failed run is started again, as volclaim-retry does */
    uint32_t write_ms;  /* an application writes this often while it runs; 0: at its start only */
    uint32_t plan_count;
    struct world_plan plans[WORLD_PLANS_MAX];
    const struct trace_sink *trace; /* NULL: nobody listens */
    bool no_throttle;
    bool plain_ids;
    bool first_run_only; /* ends when everybody's first run has: no calm, no second run */
};

/* The protocol's defaults, no fault, three zones. */
struct world_options world_defaults(uint64_t seed);

/* What every event looks at comes first: machines of a large world do not fit a cache. */
struct world_machine {
    bool running;
    bool unsent;      /* frozen between deciding and sending */
    bool application; /* runs on what is mounted, and writes */
    bool mounted_once;
    bool turn_pending;
    bool boot_pending;
    bool holds; /* it held a mounted volume when this process began */
    enum world_life life;
    uint32_t process; /* counts processes, 0: none yet */
    uint32_t flight;  /* the request under way, WORLD_NONE */
    uint32_t retries_left;
    uint32_t runs;     /* that were begun */
    int exit_code;     /* of the last run that ended */
    int32_t clock_ms;  /* how far its clock is off when it boots ... */
    int32_t drift_ppm; /* ... and how fast it goes astray */
    uint64_t frozen_until_ms;
    uint64_t began_ms;  /* the process under way, or the last */
    uint64_t listed_ms; /* the pool was listed for it */
    uint64_t view_ms;   /* the newest moment an answer has shown it */
    uint32_t calls;     /* of this process */
    uint32_t changes;
    uint32_t pages;
    uint32_t attaches; /* of all its processes */
    uint32_t tried[CHECK_TRIED_MAX];
    uint32_t tried_count;
    struct client client;
    struct effect fx;
    struct claim claim;
    struct host host;
    struct self self;
    struct world_machine_spec spec;
};

/* A request on its way, or its answer. A process that dies leaves its requests behind. */
struct world_flight {
    struct effect fx;
    struct ec2_answer answer;
    struct client client;
    uint64_t stamp_ms;
    uint64_t deadline_ms; /* true time */
    enum claim_goal goal; /* of the process that sent it */
    uint32_t machine;
    uint32_t process;
    uint32_t pending; /* events that still name it */
    uint32_t next_free;
    bool replied;  /* the reply is on its way, or given up */
    bool answered; /* `answer` holds something of the model's */
    bool reply_lost;
    bool reply_late;
    bool doubtful; /* sent twice by the port itself, which must then not be sure */
    bool fail_before;
    bool fail_after;
};

/* Figures of one run. */
struct world_figures {
    uint64_t events; /* world.c says what counts */
    uint64_t steps;
    uint64_t digest;
    uint64_t first_mounted_ms;
    uint64_t last_mounted_ms; /* the last first mount of a machine */
    uint32_t mounts;          /* machines that came to hold a volume */
    uint32_t created;
    uint32_t moved;
    uint32_t failed;       /* runs that ended without success */
    uint32_t rerun_failed; /* ... when everybody ran again */
    uint32_t strikes[FAULT_COUNT];
    /* As they stood when everybody's first run had ended. */
    uint64_t settled_ms;
    uint32_t calls[EC2_ACTION_COUNT];
    uint32_t throttled;
};

struct world {
    struct world_options o;
    struct ec2 cloud;
    struct heap heap;
    struct checks checks;
    struct world_figures figures;
    struct prng network;
    struct prng reads;
    struct prng chance; /* of hosts */
    struct prng life;
    struct prng app;
    uint64_t now_ms;
    uint64_t next_data_id;
    uint64_t phase_began_ms;
    uint64_t burst_until_ms;  /* a burst of throttling lasts until then */
    uint64_t accept_slack_ms; /* how much before its end the service closes a window */
    uint32_t machine_count;
    uint32_t running;
    uint32_t pending; /* boots and turns to come */
    uint32_t heads_found;
    enum world_phase phase;
    uint32_t rounds;        /* of everybody running again ... */
    uint32_t round_changes; /* ... and what the processes of this one changed */
    uint32_t phase_number;  /* tells a stale end of a phase from its own */
    uint32_t plan_seen[WORLD_PLANS_MAX];
    struct faults faults; /* in force: the options' until they stop */
    bool faulty;          /* some rate is above 0 */
    bool died;            /* a process died in the middle of something */

    /* Taken once, by world_new. */
    struct world_machine *machines;
    struct world_flight *flights;
    struct sim_event *events;
    void *cloud_memory;
    size_t cloud_size;
    struct check_room check_room;
    bool *up; /* by machine: to be judged at the end */
    uint32_t machine_capacity;
    uint32_t volume_capacity;
    uint32_t flight_capacity;
    uint32_t flight_free;
    struct client_room room;
    struct inspection inspection;
    /* (state, event) pairs that were met, over all runs since world_new. */
    uint64_t taken[ST_COUNT][EV_COUNT];
};

/* Room for so many machines, and volumes at the start. NULL when there is no memory. */
struct world *world_new(uint32_t machines, uint32_t volumes);
void world_free(struct world *w);

/* An empty world at its beginning; forgets everything but `taken`. Costs microseconds. */
void world_reset(struct world *w, const struct world_options *o);
uint32_t world_add_machine(struct world *w, const struct world_machine_spec *s);
uint32_t world_add_volume(struct world *w, const struct world_volume_spec *s);

/* Runs through all phases, or until a violation. */
void world_run(struct world *w);
/* One event; false when nothing is to come or the run is over. */
bool world_step(struct world *w);
/* Everything that happens until so long after the beginning. */
void world_run_until(struct world *w, uint64_t ms);

/* A hash of all steps and the model's state: equal in every build. */
uint64_t world_digest(const struct world *w);

/* The clock of a machine at this moment, and the moment at which it shows a time. */
uint64_t world_clock(const struct world *w, uint32_t machine);
uint64_t world_when(const struct world *w, uint32_t machine, uint64_t clock_ms);

bool world_is_clean(const struct world *w);
