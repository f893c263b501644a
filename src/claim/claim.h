/* SPDX-License-Identifier: Apache-2.0 */
/*
 * claim.h - one instance's claim: its configuration, what it remembers, and its one step.
 *
 * The claim is a function: an answer comes in, an effect goes out (claim_step). It performs
 * nothing, reads no clock, and allocates nothing; a struct claim may be copied, compared and hashed
 * as memory, which is what the simulator and the explorer do. It must not be reached into by ports.
 */
#pragma once

#include "claim/effect.h"
#include "claim/facts.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    SKIPPED_MAX = 8, /* volumes set aside for a while after a lost race */
    SWEEPS_MAX = 6,  /* leftovers one run looks at */
};

enum claim_goal { GOAL_RUN, GOAL_RELEASE };

enum claim_strategy { STRATEGY_ZONE, STRATEGY_GROUP, STRATEGY_NUMBERED };

/*
 * When a volume may be created: always when none can be had now; only when every volume of the pool
 * is in use by a live holder or claimed; never.
 */
enum claim_create { CREATE_DEFAULT, CREATE_ALWAYS, CREATE_SHORT, CREATE_NEVER };

/* Times are durations in milliseconds. claim_defaults() fills in the design's figures. */
struct claim_config {
    enum claim_strategy strategy;
    enum claim_create create;
    uint32_t create_limit;     /* 0: none */
    uint32_t create_wait_ms;   /* how long to wait for a volume whose holder is going away */
    struct id from_snapshot;   /* what a created volume is restored from; empty: nothing */
    bool create_from_snapshot; /* the port picks the newest snapshot with configured tags */
    bool moves_refused;        /* the service does not close windows for us: no move */
    bool snapshot_on_release;
    bool drop_snapshot; /* do not keep the snapshot a finished move was made through */
    bool no_fsck;
    uint64_t lock_ms;      /* life of a claim: 180 s */
    uint64_t consensus_ms; /* more than twice the visibility lag: 30 s */
    uint64_t lag_ms;       /* what "every reader sees it" is assumed to take: 15 s */
    uint64_t window_ms;    /* how long after its making a change may still be accepted */
    uint64_t margin_ms;    /* how much earlier the service may already refuse it */
    uint64_t call_ms;      /* how long to wait for one answer of the cloud */
    uint64_t host_ms;      /* how long one host job may take */
    uint64_t device_ms;    /* how long an attached device may take to appear */
    uint64_t stuck_ms;     /* after this long in `attaching`, detach and try another */
    uint64_t deadline_ms;  /* the whole run; 0: none */
};

void claim_defaults(struct claim_config *cfg);

/* Why a volume is set aside, and until when. */
struct claim_skip {
    uint64_t key;
    uint64_t until_ms;
    bool yielded; /* we let go of it: a view that still shows it here is stale */
};

/* The volume a phase is about, as far as it must be remembered between steps. */
struct claim_target {
    struct id id;
    struct id source;
    struct uuid lineage;
    struct uuid fs;
    struct token blank;
    uint32_t generation;
    uint32_t slot;
    uint32_t size_gib;
    bool has_fs;
    bool has_blank;
    bool copy;
};

#include "claim/state.h"

/* What one step did, for the step log and the trace. */
struct claim_trace {
    enum claim_state from;
    enum claim_event event;
    enum claim_state to;
};

/*
 * Prepares a claim. `seed` drives jitter and spread; `token` must be fresh for every process
 * (random in production, drawn from the seed in a simulation). Nothing is asked of the world yet.
 */
void claim_init(struct claim *c, const struct claim_config *cfg, enum claim_goal goal,
                uint64_t seed, struct token token);

/* The first step: the clock's time in, the first effect out. */
void claim_start(struct claim *c, uint64_t now_ms, struct effect *fx, struct claim_trace *trace);

/*
 * One step. The answer must be to the effect that the last step gave. Returns false when the table
 * has no cell for what happened: a bug of ours; the claim is then in no state to go on, nothing was
 * changed by this step, and trace names the pair. After FX_FINISH no further step is taken.
 */
bool claim_step(struct claim *c, const struct answer *a, struct effect *fx,
                struct claim_trace *trace);

/* Names of rows, for logs, traces and diagrams. */
const char *claim_state_name(enum claim_state state);
const char *claim_event_name(enum claim_event event);

/* True in a state that ends a run. */
bool claim_is_over(const struct claim *c);
