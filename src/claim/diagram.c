/* SPDX-License-Identifier: Apache-2.0 */
/*
 * diagram.c - hands the table and its names to the drawer.
 *
 * It adds nothing to what the rows say.
 */
#include "claim/diagram.h"

#include "claim/table.h"

static const char *state(uint8_t s)
{
    return claim_state_name((enum claim_state)s);
}

static const char *phase(uint8_t s)
{
    return claim_state_phase((enum claim_state)s);
}

static const char *event(uint8_t e)
{
    return claim_event_name((enum claim_event)e);
}

static const char *action(uint8_t a)
{
    return claim_action_name((enum claim_action)a);
}

static bool is_final(uint8_t s)
{
    return claim_state_kind((enum claim_state)s) == KIND_FINAL;
}

void claim_diagram(enum diagram_format format, diagram_emit_fn *emit, void *context)
{
    const struct diagram d = {
        .machine = &claim_fsm,
        .state = state,
        .phase = phase,
        .event = event,
        .action = action,
        .is_final = is_final,
        .start = ST_IDLE,
    };

    diagram_draw(&d, format, emit, context);
}
