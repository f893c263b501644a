/* SPDX-License-Identifier: Apache-2.0 */
/*
 * diagram.h - draws any table machine: as Mermaid, as dot, as a plain list.
 *
 * What it draws is read from the table and its names, so a drawing cannot be out of date unless it
 * is old. It must not know what any state or event means.
 */
#pragma once

#include "fsm/fsm.h"

enum diagram_format { DIAGRAM_MERMAID, DIAGRAM_DOT, DIAGRAM_TABLE };

/* Gets one line at a time, without its end, and must not keep it. */
typedef void(diagram_emit_fn)(void *context, const char *line);

/* A machine with the names of its rows. Row 0 of states and events is no row. */
struct diagram {
    const struct fsm *machine;
    const char *(*state)(uint8_t state);
    const char *(*phase)(uint8_t state); /* states with equal phases stand together, in row order */
    const char *(*event)(uint8_t event);
    const char *(*action)(uint8_t action);
    bool (*is_final)(uint8_t state);
    uint8_t start;
};

/*
 * Mermaid and dot join all events between two states into one arrow; Mermaid leaves out the arrows
 * of a state to itself. The list has one line for each cell: state, event, next state, action.
 */
void diagram_draw(const struct diagram *d, enum diagram_format format, diagram_emit_fn *emit,
                  void *context);
