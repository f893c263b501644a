/* SPDX-License-Identifier: Apache-2.0 */
/*
 * claim.c - a claim's beginning and its step: judge the answer, let the table say what follows.
 *
 * It must not know a phase: whatever is specific to one belongs to the file of that phase.
 */
#include "claim/claim.h"

#include "claim/act.h"
#include "claim/table.h"

#include <assert.h>
#include <string.h>

#ifdef VOLCLAIM_WEAKEN
enum weakness claim_weakness = WEAK_NONE;
#endif

void claim_defaults(struct claim_config *cfg)
{
    memset(cfg, 0, sizeof *cfg);
    cfg->strategy = STRATEGY_ZONE;
    cfg->create = CREATE_DEFAULT;
    cfg->create_wait_ms = 120000;
    cfg->lock_ms = 180000;
    cfg->consensus_ms = 30000;
    cfg->lag_ms = 15000;
    cfg->window_ms = 75000;
    cfg->margin_ms = 65000;
    cfg->call_ms = 15000;
    cfg->host_ms = 600000;
    cfg->device_ms = 30000;
    cfg->stuck_ms = 90000; /* ec2.md F.2: the CSI driver gives `attaching` 90 s. */
    cfg->deadline_ms = 1800000;
}

void claim_init(struct claim *c, const struct claim_config *cfg, enum claim_goal goal,
                uint64_t seed, struct token token)
{
    assert(cfg->consensus_ms >= 2 * cfg->lag_ms);
    assert(cfg->lock_ms > cfg->consensus_ms + cfg->window_ms);
    memset(c, 0, sizeof *c);
    c->cfg = *cfg;
    c->goal = goal;
    c->random = seed;
    c->token = token;
    c->state = ST_IDLE;
    c->question = Q_START;
    c->reason = "";
}

/* The one place where an event meets the table; the step is not taken when the cell is empty. */
static bool advance(struct claim *c, enum claim_event event, struct effect *fx,
                    struct claim_trace *trace)
{
    const struct fsm_cell *cell = fsm_cell_at(&claim_fsm, c->state, (uint8_t)event);
    const enum claim_question asked = claim_action_question((enum claim_action)cell->action);

    *trace = (struct claim_trace){.from = c->state, .event = event, .to = cell->next};
    if (!fsm_step(&claim_fsm, &c->state, (uint8_t)event, c, fx)) {
        return false;
    }
    assert(fx->kind == claim_question_effect(asked));
    c->question = (uint8_t)asked;
    c->asked = fx->kind;
    return true;
}

void claim_start(struct claim *c, uint64_t now_ms, struct effect *fx, struct claim_trace *trace)
{
    bool taken = false;

    assert(c->state == ST_IDLE);
    c->now_ms = now_ms;
    c->started_ms = now_ms;
    taken = advance(c, c->goal == GOAL_RUN ? EV_START : EV_START_RELEASE, fx, trace);
    assert(taken);
    (void)taken;
}

bool claim_step(struct claim *c, const struct answer *a, struct effect *fx,
                struct claim_trace *trace)
{
    assert(a->of == c->asked);
    assert(!claim_is_over(c));
    /* A clock that was set back must not make a wait look shorter than it was. */
    c->now_ms = a->now_ms > c->now_ms ? a->now_ms : c->now_ms;
    return advance(c, claim_judge(c, a), fx, trace);
}

bool claim_is_over(const struct claim *c)
{
    return c->state == ST_DONE || c->state == ST_FAILED;
}
