/* SPDX-License-Identifier: Apache-2.0 */
/*
 * world_life.c - what happens to machines: they boot, die, freeze, reboot, end, and use what they
 * hold.
 *
 * A process that dies leaves its requests on their way and its mounts in place; a reboot takes the
 * mounts as well; a termination takes the machine. None of it asks the claim for leave.
 */
#include "sim/world_parts.h"

#include <assert.h>

enum {
    RESTART_MIN_MS = 1000, /* a service manager starts a dead process again */
    RESTART_MAX_MS = 10000,
    REBOOT_MIN_MS = 15000,
    REBOOT_MAX_MS = 90000,
    RETRY_MIN_MS = 5000, /* volclaim-retry backs off */
    RETRY_MAX_MS = 60000,
    FREEZE_MIN_MS = 1000,
    FREEZE_MAX_MS = 400000,
    REPLACE_MIN_MS = 20000, /* the group launches another machine */
    REPLACE_MAX_MS = 120000,
    AGAIN_MIN_MS = 5000, /* after a release, until a volume is wanted again */
    AGAIN_MAX_MS = 120000,
    LAST_WRITES_MS = 8000, /* a terminated machine may go on writing for so long */
};

void world_boot_at(struct world *w, uint32_t machine, uint64_t at_ms, enum claim_goal goal)
{
    struct world_machine *m = &w->machines[machine];

    if (m->boot_pending)
        return;
    m->boot_pending = true;
    w->pending++;
    world_push(w, SIM_BOOT, machine, at_ms, goal);
}

static void cancel_turn(struct world *w, struct world_machine *m)
{
    if (!m->turn_pending)
        return;
    m->turn_pending = false;
    w->pending--;
}

static struct token draw_token(struct prng *p)
{
    struct token t;

    t.hi = prng_next(p);
    t.lo = prng_next(p);
    return t;
}

void world_boot(struct world *w, uint32_t machine, enum claim_goal goal)
{
    struct world_machine *m = &w->machines[machine];
    struct prng p = prng_stream(w->o.seed, PRNG_CLAIM, (uint64_t)machine << 32 | m->process);
    struct claim_trace arrow;
    uint64_t seed;

    if (m->boot_pending) {
        m->boot_pending = false;
        w->pending--;
    }
    if (m->life == LIFE_GONE || m->running)
        return;
    m->life = LIFE_UP;
    m->running = true;
    w->running++;
    m->process++;
    m->runs++;
    m->began_ms = w->now_ms;
    m->listed_ms = 0;
    m->calls = m->changes = m->pages = m->tried_count = 0;
    m->client = (struct client){.source = EC2_NONE};
    m->holds = m->host.mounted != HOST_NONE;
    cancel_turn(w, m);
    seed = prng_next(&p);
    claim_init(&m->claim, &w->o.cfg, goal, seed, draw_token(&p));
    claim_start(&m->claim, world_clock(w, machine), &m->fx, &arrow);
    world_record(w, machine, &arrow);
    world_perform(w, machine);
}

void world_stop_process(struct world *w, uint32_t machine)
{
    struct world_machine *m = &w->machines[machine];
    const struct host_env env = world_host_env(w, machine);

    if (!m->running)
        return;
    m->running = false;
    m->unsent = false;
    w->running--;
    world_abandon(w, machine);
    host_abort(&m->host, &env);
}

static void reboot(struct world *w, uint32_t machine, uint64_t down_ms)
{
    struct world_machine *m = &w->machines[machine];
    const struct host_env env = world_host_env(w, machine);

    world_stop_process(w, machine);
    cancel_turn(w, m);
    m->application = false;
    m->frozen_until_ms = 0;
    host_reboot(&m->host, &env);
    check_unmount(&w->checks, machine);
    m->life = LIFE_DOWN;
    world_boot_at(w, machine, w->now_ms + down_ms, GOAL_RUN);
}

static void launch_heir(struct world *w)
{
    for (uint32_t i = 0; i < w->machine_count; i++) {
        struct world_machine *m = &w->machines[i];

        if (!m->spec.heir || m->life != LIFE_UNBORN || m->boot_pending)
            continue;
        world_boot_at(w, i, w->now_ms + prng_between(&w->life, REPLACE_MIN_MS, REPLACE_MAX_MS),
                      GOAL_RUN);
        return;
    }
}

void world_terminate(struct world *w, uint32_t machine)
{
    struct world_machine *m = &w->machines[machine];

    world_note(w, machine, "is terminated");
    world_stop_process(w, machine);
    cancel_turn(w, m);
    m->life = LIFE_GONE;
    m->frozen_until_ms = 0;
    ec2_terminate(&w->cloud, machine, w->now_ms);
    /* The kernel may run on for a moment, and so may what writes. */
    if (m->application)
        world_push(w, SIM_WRITE, machine, w->now_ms + prng_below(&w->app, LAST_WRITES_MS), m->runs);
    launch_heir(w);
}

void world_write(struct world *w, uint32_t machine, uint32_t run)
{
    struct world_machine *m = &w->machines[machine];
    const uint32_t volume = m->host.mounted;

    if (!m->application || m->runs != run || volume == HOST_NONE)
        return;
    if (ec2_truth_volume(&w->cloud, volume, w->now_ms).holder != machine) {
        /* The service has taken the device away: the write fails, and with it the application. */
        m->application = false;
        check_unmount(&w->checks, machine);
        return;
    }
    check_write(&w->checks, machine, volume);
    ec2_content(&w->cloud, volume)->version++;
    if (w->o.write_ms > 0 && w->phase != PHASE_OVER)
        world_push(w, SIM_WRITE, machine,
                   w->now_ms + w->o.write_ms / 2 + prng_below(&w->app, w->o.write_ms), run);
}

static void start_application(struct world *w, uint32_t machine)
{
    struct world_machine *m = &w->machines[machine];

    if (m->host.mounted == HOST_NONE)
        return;
    m->application = true;
    if (w->figures.first_mounted_ms == 0)
        w->figures.first_mounted_ms = w->now_ms;
    if (!m->mounted_once && (w->phase == PHASE_SAFETY || w->phase == PHASE_LIVENESS)) {
        m->mounted_once = true;
        w->figures.last_mounted_ms = w->now_ms;
        w->figures.mounts++;
    }
    world_write(w, machine, m->runs);
    if (m->spec.turn == TURN_NONE || w->phase != PHASE_SAFETY)
        return;
    m->turn_pending = true;
    w->pending++;
    world_push(w, SIM_LIFE, machine, w->now_ms + m->spec.hold_ms, 0);
}

static void released(struct world *w, uint32_t machine)
{
    const enum world_turn turn = w->machines[machine].spec.turn;

    /* A life takes one turn. */
    w->machines[machine].spec.turn = TURN_NONE;
    if (w->phase != PHASE_SAFETY)
        return;
    if (turn == TURN_LEAVE)
        world_terminate(w, machine);
    else
        world_boot_at(w, machine, w->now_ms + prng_between(&w->life, AGAIN_MIN_MS, AGAIN_MAX_MS),
                      GOAL_RUN);
}

static void try_again(struct world *w, uint32_t machine)
{
    struct world_machine *m = &w->machines[machine];

    if ((m->exit_code != EXIT_AGAIN && m->exit_code != EXIT_NOTHING) || m->retries_left == 0 ||
        (w->phase != PHASE_SAFETY && w->phase != PHASE_RERUN))
        return;
    m->retries_left--;
    world_boot_at(w, machine, w->now_ms + prng_between(&w->life, RETRY_MIN_MS, RETRY_MAX_MS),
                  m->claim.goal);
}

static void judge_end(struct world *w, uint32_t machine)
{
    const struct world_machine *m = &w->machines[machine];

    check_exit(&w->checks, &(struct check_exit){.machine = machine,
                                                .goal = m->claim.goal,
                                                .code = m->fx.exit_code,
                                                .reason = m->fx.reason,
                                                .mounted = m->host.mounted});
    check_budget(&w->checks, &(struct check_budget){.machine = machine,
                                                    .calls = m->calls,
                                                    .lasted_ms = w->now_ms - m->began_ms});
    if (w->phase == PHASE_QUIET && m->holds) {
        check_rerun(&w->checks, &(struct check_rerun){.machine = machine,
                                                      .calls = m->calls,
                                                      .changes = m->changes,
                                                      .pages = m->pages});
    }
}

void world_finished(struct world *w, uint32_t machine)
{
    struct world_machine *m = &w->machines[machine];

    m->exit_code = m->fx.exit_code;
    m->running = false;
    w->running--;
    w->round_changes += m->changes;
    judge_end(w, machine);
    if (m->exit_code != EXIT_DONE) {
        if (w->phase == PHASE_SAFETY || w->phase == PHASE_LIVENESS)
            w->figures.failed++;
        else
            w->figures.rerun_failed++;
        try_again(w, machine);
    } else if (m->claim.goal == GOAL_RELEASE) {
        released(w, machine);
    } else {
        start_application(w, machine);
    }
}

void world_take_turn(struct world *w, uint32_t machine)
{
    struct world_machine *m = &w->machines[machine];

    cancel_turn(w, m);
    if (w->phase != PHASE_SAFETY || m->running || m->life != LIFE_UP)
        return;
    switch (m->spec.turn) {
    case TURN_NONE: break;
    case TURN_RELEASE:
    case TURN_LEAVE:
        world_note(w, machine, "gives its volume back");
        m->application = false;
        world_boot(w, machine, GOAL_RELEASE);
        break;
    case TURN_REBOOT:
        world_note(w, machine, "reboots");
        m->spec.turn = TURN_NONE;
        reboot(w, machine, prng_between(&w->life, REBOOT_MIN_MS, REBOOT_MAX_MS));
        break;
    case TURN_TERMINATE:
        m->spec.turn = TURN_NONE;
        world_terminate(w, machine);
        break;
    }
}

static bool strikes_now(struct world *w, uint32_t machine, enum fault f)
{
    return (w->o.plan_count > 0 && world_planned(w, machine, f)) || world_strikes(w, &w->life, f);
}

/* Half of all deaths come before what was decided could be sent. */
static void perform_perhaps(struct world *w, uint32_t machine)
{
    if (w->machines[machine].fx.kind != FX_FINISH && prng_below(&w->life, 2) == 0)
        world_perform(w, machine);
}

static void freeze(struct world *w, uint32_t machine)
{
    struct world_machine *m = &w->machines[machine];
    const uint64_t until_ms = w->now_ms + prng_between(&w->life, FREEZE_MIN_MS, FREEZE_MAX_MS);

    world_note(w, machine, "stands still for %u s", (unsigned)((until_ms - w->now_ms) / 1000));
    if (prng_below(&w->life, 2) == 0) {
        m->unsent = true;
        world_push(w, SIM_THAW, machine, until_ms, m->process);
    } else {
        world_perform(w, machine);
    }
    m->frozen_until_ms = until_ms;
}

bool world_befalls(struct world *w, uint32_t machine)
{
    if (strikes_now(w, machine, FAULT_FROZEN)) {
        freeze(w, machine);
        return true;
    }
    if (strikes_now(w, machine, FAULT_KILLED)) {
        const enum claim_goal goal = w->machines[machine].claim.goal;

        world_note(w, machine, "its process dies");
        w->died = true;
        perform_perhaps(w, machine);
        world_stop_process(w, machine);
        world_boot_at(w, machine,
                      w->now_ms + prng_between(&w->life, RESTART_MIN_MS, RESTART_MAX_MS), goal);
        return true;
    }
    if (strikes_now(w, machine, FAULT_REBOOTED)) {
        world_note(w, machine, "reboots without warning");
        w->died = true;
        perform_perhaps(w, machine);
        reboot(w, machine, prng_between(&w->life, REBOOT_MIN_MS, REBOOT_MAX_MS));
        return true;
    }
    if (strikes_now(w, machine, FAULT_TERMINATED)) {
        w->died = true;
        perform_perhaps(w, machine);
        world_terminate(w, machine);
        return true;
    }
    return false;
}

void world_thaw(struct world *w, uint32_t machine)
{
    struct world_machine *m = &w->machines[machine];

    m->frozen_until_ms = 0;
    if (!m->unsent)
        return;
    m->unsent = false;
    world_perform(w, machine);
}
