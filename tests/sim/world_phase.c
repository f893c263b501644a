/* SPDX-License-Identifier: Apache-2.0 */
/*
 * world_phase.c - the phases of a run, and the last judgement.
 *
 * Faults strike in the safety phase alone. What follows asks for liveness and for cleanliness: all
 * must come to an end, then every claim lapses, then everybody runs once more, then those who hold
 * a volume run again and must do nothing.
 */
#include "sim/world_parts.h"

#include <assert.h>

enum {
    LIVENESS_SLACK_MS =
        1500000, /* beyond the deadline of a run: work that must be ended has none */
    CALM_SLACK_MS = 60000,
    ROUNDS_MAX = 5,
    STAGGER_MS = 3000,
};

static void enter(struct world *w, enum world_phase phase, uint64_t longest_ms)
{
    w->phase = phase;
    w->phase_began_ms = w->now_ms;
    w->phase_number++;
    world_push(w, SIM_PHASE, 0, w->now_ms + longest_ms, w->phase_number);
}

static uint64_t longest_run_ms(const struct world *w)
{
    const uint64_t deadline = w->o.cfg.deadline_ms > 0 ? w->o.cfg.deadline_ms : 3600000;

    return deadline + LIVENESS_SLACK_MS;
}

/* Until whatever was claimed has lapsed, for every reader. */
static uint64_t calm_ms(const struct world *w)
{
    return w->o.cfg.lock_ms + w->o.cfg.consensus_ms + w->o.cfg.window_ms + CALM_SLACK_MS;
}

static void heal(struct world *w)
{
    w->faults = faults_none();
    w->faulty = false;
    w->burst_until_ms = 0;
    world_note(w, WORLD_NONE, "faults stop");
    enter(w, PHASE_LIVENESS, longest_run_ms(w));
    for (uint32_t i = 0; i < w->machine_count; i++) {
        struct world_machine *m = &w->machines[i];

        if (m->turn_pending) {
            m->turn_pending = false;
            w->pending--;
        }
        if (m->running)
            world_thaw(w, i);
        m->frozen_until_ms = 0;
    }
}

static bool may_run(const struct world_machine *m)
{
    return m->life == LIFE_UP && !m->spec.foreign && !m->running;
}

static void run_again(struct world *w, bool holders_only)
{
    for (uint32_t i = 0; i < w->machine_count; i++) {
        struct world_machine *m = &w->machines[i];

        if (!may_run(m) || (holders_only && m->host.mounted == HOST_NONE))
            continue;
        m->retries_left = w->o.retries;
        world_boot_at(w, i, w->now_ms + prng_below(&w->life, STAGGER_MS), GOAL_RUN);
    }
}

/* Where nobody is left to run again, the next machine of the group does: one in every zone. */
static void launch_fresh(struct world *w)
{
    for (uint32_t i = 0; i < w->machine_count; i++) {
        if (may_run(&w->machines[i]))
            return;
    }
    for (uint32_t zone = 0; zone < w->o.zones && w->machine_count < w->machine_capacity; zone++)
        (void)world_add_machine(
            w, &(struct world_machine_spec){.zone = zone, .boot_ms = w->now_ms - WORLD_BEGIN_MS});
}

static void judge_machine(struct world *w, uint32_t machine)
{
    const struct world_machine *m = &w->machines[machine];

    w->up[machine] = m->life == LIFE_UP && !m->spec.foreign;
    if (!w->up[machine])
        return;
    /* A run that met content it must not touch stops there, and rightly leaves the rest alone. */
    if (m->host.mounted == HOST_NONE &&
        (m->exit_code == EXIT_AGAIN || m->exit_code == EXIT_NOTHING)) {
        check_idle(&w->checks, &(struct check_idle){.machine = machine,
                                                    .zone = m->spec.zone,
                                                    .since_ms = m->began_ms,
                                                    .cfg = &m->claim.cfg});
    }
}

static void judge(struct world *w)
{
    w->phase = PHASE_OVER;
    for (uint32_t i = 0; i < w->machine_count; i++)
        judge_machine(w, i);
    check_single(&w->checks, w->up, w->machine_count);
    check_orphans(&w->checks, &w->o.cfg);
    /* A creator that died before it had counted could not give its surplus up. */
    if (!w->died)
        check_limit(&w->checks, w->o.cfg.create_limit, w->heads_found);
}

static void blame_the_slow(struct world *w)
{
    for (uint32_t i = 0; i < w->machine_count; i++) {
        const struct world_machine *m = &w->machines[i];

        if (m->running)
            check_still_running(&w->checks, i, claim_state_name((enum claim_state)m->claim.state));
    }
}

static void settle(struct world *w)
{
    w->figures.settled_ms = w->now_ms - WORLD_BEGIN_MS;
    w->figures.throttled = 0;
    for (int i = 0; i < EC2_ACTION_COUNT; i++) {
        w->figures.calls[i] = ec2_calls(&w->cloud, (enum ec2_action)i);
        w->figures.throttled += ec2_throttled(&w->cloud, (enum ec2_action)i);
    }
}

void world_phase_over(struct world *w, bool in_time)
{
    if (!in_time && w->phase != PHASE_SAFETY)
        blame_the_slow(w);
    switch (w->phase) {
    case PHASE_SAFETY: heal(w); break;
    case PHASE_LIVENESS:
        settle(w);
        if (w->o.first_run_only)
            w->phase = PHASE_OVER;
        else
            enter(w, PHASE_CALM, calm_ms(w));
        break;
    case PHASE_CALM:
        w->rounds++;
        w->round_changes = 0;
        enter(w, PHASE_RERUN, longest_run_ms(w) * (w->o.retries + 1));
        world_note(w, WORLD_NONE, "everybody runs once more");
        launch_fresh(w);
        run_again(w, false);
        break;
    case PHASE_RERUN:
        /* Who changed something may have left something, were it a claim that has to lapse. */
        if (w->round_changes > 0 && w->rounds < ROUNDS_MAX) {
            enter(w, PHASE_CALM, calm_ms(w));
            break;
        }
        enter(w, PHASE_QUIET, longest_run_ms(w));
        world_note(w, WORLD_NONE, "those who hold a volume run again");
        run_again(w, true);
        break;
    case PHASE_QUIET: judge(w); break;
    case PHASE_OVER: assert(false);
    }
    /* A phase in which nobody runs is over at once. */
    if (w->running == 0 && w->pending == 0 && w->phase != PHASE_CALM && w->phase != PHASE_OVER)
        world_phase_over(w, true);
}

void world_phase_tick(struct world *w, uint32_t number)
{
    if (number == w->phase_number && w->phase != PHASE_OVER)
        world_phase_over(w, w->running == 0);
}
