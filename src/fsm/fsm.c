/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fsm.c - the one place in the program where a state changes.
 *
 * It must not have any other concern, so that it can be read in one breath and trusted.
 */
#include "fsm/fsm.h"

#include <assert.h>
#include <stddef.h>

const struct fsm_cell *fsm_cell_at(const struct fsm *m, uint8_t state, uint8_t event)
{
    assert(state < m->state_count);
    assert(event < m->event_count);
    return &m->cells[(size_t)state * m->event_count + event];
}

bool fsm_step(const struct fsm *m, uint8_t *state, uint8_t event, void *subject, void *out)
{
    const struct fsm_cell *cell = fsm_cell_at(m, *state, event);

    if (cell->next == 0) {
        return false;
    }
    assert(cell->next < m->state_count);
    assert(cell->action < m->action_count);
    *state = cell->next;
    m->actions[cell->action](subject, out);
    return true;
}
