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
#include "claim/state.h"

#include <stdbool.h>
#include <stdint.h>

/* Fills in the figures of the design: every duration, no strategy but `zone`. */
void claim_defaults(struct claim_config *cfg);

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
