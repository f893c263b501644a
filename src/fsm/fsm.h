/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fsm.h - a table machine and its one step.
 *
 * A machine is a table [state][event] -> {next, action} and a list of actions. The step looks up,
 * commits the state, and runs the action: nothing else moves a state anywhere in the program. It
 * knows neither volumes nor clouds, and holds no state of its own.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* next == 0 is an empty cell: that event in that state is a bug of the machine's author. */
struct fsm_cell {
    uint8_t next;
    uint8_t action;
};

/* An action reads and writes what it is given, and never a state. */
typedef void (*fsm_action_fn)(void *subject, void *out);

struct fsm {
    const struct fsm_cell *cells; /* [state_count][event_count], row by row */
    const fsm_action_fn *actions;
    uint8_t state_count;
    uint8_t event_count;
    uint8_t action_count;
};

const struct fsm_cell *fsm_cell_at(const struct fsm *m, uint8_t state, uint8_t event);

/* False, with nothing changed and no action run, when the cell is empty or out of the table. */
bool fsm_step(const struct fsm *m, uint8_t *state, uint8_t event, void *subject, void *out);
