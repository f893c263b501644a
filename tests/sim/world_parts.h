/* SPDX-License-Identifier: Apache-2.0 */
/*
 * world_parts.h - what the files of the world share. Nothing outside tests/sim/world*.c must
 * include it.
 *
 * world.c: the loop. world_memory.c: the beginning. world_call.c: requests and answers.
 * world_life.c: boots, deaths, turns, writes. world_phase.c: phases and the last judgement.
 */
#pragma once

#include "sim/world.h"

/* Puts something into the future; at_ms earlier than now means now. */
void world_push(struct world *w, enum sim_kind kind, uint32_t machine, uint64_t at_ms,
                uint32_t arg);
/* Tells the trace something; formats only when somebody listens. */
void world_note(struct world *w, uint32_t machine, const char *format, ...) PRINTF_LIKE(3, 4);
/* Draws a fault; counts it, and is false when faults have stopped. */
bool world_strikes(struct world *w, struct prng *p, enum fault f);
/* Whether a plan aims this fault at what the machine is doing now. */
bool world_planned(struct world *w, uint32_t machine, enum fault f);
/* The tags of the pool, WORLD_POOL_TAGS of them. */
const struct tag *world_pool(void);
struct host_env world_host_env(struct world *w, uint32_t machine);
struct client_env world_client_env(struct world *w, uint32_t machine);

/* world.c: one step of a process, with the answer, and what it asks for next. */
void world_answer(struct world *w, uint32_t machine, struct answer *a);
void world_perform(struct world *w, uint32_t machine);
/* Counts, hashes and tells one step that was taken. */
void world_record(struct world *w, uint32_t machine, const struct claim_trace *arrow);

/* world_call.c */
void world_send(struct world *w, uint32_t machine);
void world_arrive(struct world *w, uint32_t flight);
void world_reply(struct world *w, uint32_t flight);
/* Breaks the tie between a process and what it has sent. */
void world_abandon(struct world *w, uint32_t machine);
void world_flights_init(struct world *w);

/* world_life.c */
void world_boot(struct world *w, uint32_t machine, enum claim_goal goal);
void world_boot_at(struct world *w, uint32_t machine, uint64_t at_ms, enum claim_goal goal);
void world_finished(struct world *w, uint32_t machine);
/* Draws what may befall a process right after a step. True when it is gone, or stands still before
 * it could send what it decided. */
bool world_befalls(struct world *w, uint32_t machine);
void world_thaw(struct world *w, uint32_t machine);
void world_take_turn(struct world *w, uint32_t machine);
void world_terminate(struct world *w, uint32_t machine);
void world_write(struct world *w, uint32_t machine, uint32_t run);
void world_stop_process(struct world *w, uint32_t machine);

/* world_phase.c: called when nobody runs and nothing is pending, or when a phase's time is up. */
void world_phase_over(struct world *w, bool in_time);
void world_phase_tick(struct world *w, uint32_t number);
