/* SPDX-License-Identifier: Apache-2.0 */
/*
 * world.c - the loop: what is due next happens, one thing at a time.
 *
 * Four things count as events of simulated time, here and nowhere else: a request arrives at the
 * service, an answer (or the end of waiting for one) reaches a process, a sleep ends, a job of a
 * machine ends. Boots, thaws, writes and phases do not count.
 */
#include "sim/world_parts.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum {
    HUB_STEPS_MAX = 64,     /* steps that ask nothing of the world, in a row */
    EVENTS_MAX = 400000000, /* a run that goes on longer is a loop */
};

struct world_options world_defaults(uint64_t seed)
{
    struct world_options o = {
        .seed = seed,
        .faults = faults_none(),
        .rates = rates_published(),
        .host_rates = host_rates_usual(),
        .zones = 3,
        .page_size = 500,
        .size_gib = 4,
        .safety_ms = 1800000,
        .retries = 3,
        .write_ms = 60000,
        .plain_ids = true,
    };

    claim_defaults(&o.cfg);
    return o;
}

void world_push(struct world *w, enum sim_kind kind, uint32_t machine, uint64_t at_ms, uint32_t arg)
{
    heap_push(&w->heap, (struct sim_event){
                            .time_ms = at_ms > w->now_ms ? at_ms : w->now_ms,
                            .instance = machine,
                            .arg = arg,
                            .kind = kind,
                        });
}

void world_note(struct world *w, uint32_t machine, const char *format, ...)
{
    char text[TRACE_LINE_MAX - 64];
    va_list args;

    if (!w->o.trace)
        return;
    va_start(args, format);
    (void)vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    w->o.trace->note(w->o.trace->ctx, w->now_ms - WORLD_BEGIN_MS,
                     machine == WORLD_NONE ? -1 : (int64_t)machine, text);
}

bool world_strikes(struct world *w, struct prng *p, enum fault f)
{
    if (!prng_chance(p, w->faults.ppm[f]))
        return false;
    w->figures.strikes[f]++;
    return true;
}

bool world_planned(struct world *w, uint32_t machine, enum fault f)
{
    for (uint32_t i = 0; i < w->o.plan_count; i++) {
        const struct world_plan *plan = &w->o.plans[i];

        if (plan->fault == f && plan->machine == machine && w->plan_seen[i] == plan->nth &&
            plan->effect == w->machines[machine].fx.kind) {
            w->figures.strikes[f]++;
            return true;
        }
    }
    return false;
}

static void count_plans(struct world *w, uint32_t machine)
{
    for (uint32_t i = 0; i < w->o.plan_count; i++) {
        if (w->o.plans[i].machine == machine &&
            w->o.plans[i].effect == w->machines[machine].fx.kind)
            w->plan_seen[i]++;
    }
}

static int64_t clock_error(const struct world *w, const struct world_machine *m, uint64_t at_ms)
{
    const int64_t bound = w->o.faults.clock_ms;
    const int64_t passed = (int64_t)(at_ms - WORLD_BEGIN_MS);
    const int64_t error = m->clock_ms + passed / 1000000 * m->drift_ppm;

    if (error > bound)
        return bound;
    return error < -bound ? -bound : error;
}

uint64_t world_clock(const struct world *w, uint32_t machine)
{
    return (uint64_t)((int64_t)w->now_ms + clock_error(w, &w->machines[machine], w->now_ms));
}

uint64_t world_when(const struct world *w, uint32_t machine, uint64_t clock_ms)
{
    const struct world_machine *m = &w->machines[machine];
    uint64_t at_ms = (uint64_t)((int64_t)clock_ms - clock_error(w, m, w->now_ms));

    /* The error moves while one waits; a few steps find the moment at which the clock has come far
     * enough. */
    for (int i = 0; i < 4; i++) {
        const uint64_t shown = (uint64_t)((int64_t)at_ms + clock_error(w, m, at_ms));

        if (shown >= clock_ms)
            break;
        at_ms += clock_ms - shown;
    }
    return at_ms > w->now_ms ? at_ms : w->now_ms;
}

struct host_env world_host_env(struct world *w, uint32_t machine)
{
    return (struct host_env){
        .cloud = &w->cloud,
        .faults = w->faulty ? &w->faults : NULL,
        .rates = &w->o.host_rates,
        .chance = &w->chance,
        .now_ms = w->now_ms,
        .machine = machine,
        .next_data_id = &w->next_data_id,
        .room = &w->inspection,
    };
}

struct client_env world_client_env(struct world *w, uint32_t machine)
{
    return (struct client_env){
        .cloud = &w->cloud,
        .pool = world_pool(),
        .pool_count = WORLD_POOL_TAGS,
        .machine = machine,
        .self = w->machines[machine].self,
        .page_size = w->o.page_size,
        .size_gib = w->o.size_gib,
        .now_ms = w->now_ms,
    };
}

static void trace_step(struct world *w, uint32_t machine, const struct claim_trace *arrow)
{
    const struct world_machine *m = &w->machines[machine];
    const uint32_t volume = ec2_volume_index(&w->cloud, &m->fx.volume);
    const struct trace_step step = {
        .time_ms = w->now_ms - WORLD_BEGIN_MS,
        .machine = machine,
        .process = m->process,
        .arrow = *arrow,
        .fx = &m->fx,
        .volume = m->fx.volume.text,
        .zone = volume == EC2_NONE
                    ? ""
                    : ec2_zone_name(&w->cloud, ec2_truth_volume(&w->cloud, volume, w->now_ms).zone),
    };

    w->o.trace->step(w->o.trace->ctx, &step);
}

void world_record(struct world *w, uint32_t machine, const struct claim_trace *arrow)
{
    const struct world_machine *m = &w->machines[machine];
    const uint64_t step = (uint64_t)arrow->from << 48 | (uint64_t)arrow->event << 40 |
                          (uint64_t)arrow->to << 32 | (uint64_t)m->fx.kind << 24 | machine;

    w->figures.steps++;
    w->taken[arrow->from][arrow->event]++;
    w->figures.digest = mix64(w->figures.digest ^ step) + w->now_ms;
    if (w->o.trace)
        trace_step(w, machine, arrow);
    if (w->o.plan_count > 0)
        count_plans(w, machine);
}

static void no_cell(struct world *w, uint32_t machine, const struct claim_trace *arrow)
{
    check_fail(&w->checks, CHECK_TABLE, machine, "no cell for `%s` in `%s`",
               claim_event_name(arrow->event), claim_state_name(arrow->from));
    world_stop_process(w, machine);
}

void world_answer(struct world *w, uint32_t machine, struct answer *a)
{
    struct world_machine *m = &w->machines[machine];
    struct claim_trace arrow;

    for (int i = 0; i < HUB_STEPS_MAX; i++) {
        a->now_ms = world_clock(w, machine);
        if (!claim_step(&m->claim, a, &m->fx, &arrow)) {
            no_cell(w, machine, &arrow);
            return;
        }
        world_record(w, machine, &arrow);
        if (m->fx.kind != FX_NONE) {
            if ((!w->faulty && w->o.plan_count == 0) || !world_befalls(w, machine))
                world_perform(w, machine);
            return;
        }
        *a = (struct answer){.of = FX_NONE};
    }
    check_fail(&w->checks, CHECK_LIVE, machine, "%d steps in a row ask nothing of the world",
               HUB_STEPS_MAX);
    world_stop_process(w, machine);
}

static void begin_job(struct world *w, uint32_t machine)
{
    struct world_machine *m = &w->machines[machine];
    const struct host_env env = world_host_env(w, machine);
    uint64_t done_ms;

    if (m->fx.kind == FX_MKFS) {
        const uint32_t volume = ec2_volume_index(&w->cloud, &m->fx.volume);

        if (volume != EC2_NONE && host_shows(&m->host, &env, volume))
            check_format(&w->checks, machine, volume);
    }
    done_ms = host_begin(&m->host, &env, &m->fx, world_when(w, machine, m->fx.deadline_ms));
    world_push(w, SIM_HOST, machine, done_ms, m->process);
}

void world_perform(struct world *w, uint32_t machine)
{
    struct world_machine *m = &w->machines[machine];

    switch (fx_port(m->fx.kind)) {
    case FX_PORT_NONE:
        assert(m->fx.kind == FX_FINISH);
        world_finished(w, machine);
        break;
    case FX_PORT_CLOCK:
        world_push(w, SIM_WAKE, machine, world_when(w, machine, m->fx.deadline_ms), m->process);
        break;
    case FX_PORT_CLOUD: world_send(w, machine); break;
    case FX_PORT_HOST: begin_job(w, machine); break;
    }
}

static void job_done(struct world *w, uint32_t machine, const struct answer *a)
{
    struct world_machine *m = &w->machines[machine];
    const struct host_env env = world_host_env(w, machine);
    uint64_t held_ms;

    if (a->err != ERR_OK)
        return;
    if (m->fx.kind == FX_MKFS) {
        check_formatted(&w->checks, machine, ec2_volume_index(&w->cloud, &m->fx.volume));
    } else if (m->fx.kind == FX_MOUNT) {
        check_mount(&w->checks, machine, m->host.mounted);
    } else if (m->fx.kind == FX_UNMOUNT) {
        m->application = false;
        if (m->host.mounted == HOST_NONE)
            check_unmount(&w->checks, machine);
        held_ms = host_let_go(&m->host, &env);
        if (held_ms > 0)
            world_push(w, SIM_LET_GO, machine, held_ms, 0);
    }
}

/* What the metadata service says to a process that asks who it is. */
static void identify(struct world *w, uint32_t machine, struct answer *a)
{
    *a = (struct answer){.of = FX_IDENTIFY, .err = ERR_OK, .self = &w->machines[machine].self};
    if (!world_strikes(w, &w->network, FAULT_METADATA))
        return;
    switch (prng_below(&w->network, 8)) {
    case 0: a->err = ERR_DENIED; break;
    case 1: a->err = ERR_UNSUPPORTED; break;
    default: a->err = ERR_UNREACHABLE; break;
    }
}

/* A job that fails as a whole: nothing of it is done, but for what a formatting has spoilt. */
static bool job_fails(struct world *w, uint32_t machine, struct answer *a)
{
    const struct host_env env = world_host_env(w, machine);

    if (!world_strikes(w, &w->chance, FAULT_HOST_FAILS))
        return false;
    host_abort(&w->machines[machine].host, &env);
    *a = (struct answer){
        .of = w->machines[machine].fx.kind,
        .err = prng_below(&w->chance, 2) == 0 ? ERR_TIMEOUT : ERR_IO,
    };
    return true;
}

static void end_job(struct world *w, uint32_t machine)
{
    struct world_machine *m = &w->machines[machine];
    const struct host_env env = world_host_env(w, machine);
    struct answer a;
    uint64_t again_ms;

    if (m->fx.kind == FX_IDENTIFY) {
        identify(w, machine, &a);
    } else if (!job_fails(w, machine, &a)) {
        again_ms = host_end(&m->host, &env, &m->fx, world_when(w, machine, m->fx.deadline_ms), &a);
        if (again_ms > 0) {
            world_push(w, SIM_HOST, machine, again_ms, m->process);
            return;
        }
        job_done(w, machine, &a);
    }
    world_answer(w, machine, &a);
}

static void let_go(struct world *w, uint32_t machine)
{
    const struct host_env env = world_host_env(w, machine);
    const uint64_t next = host_let_go(&w->machines[machine].host, &env);

    if (next > 0)
        world_push(w, SIM_LET_GO, machine, next, 0);
}

static bool is_current(const struct world *w, const struct sim_event *ev)
{
    const struct world_machine *m = &w->machines[ev->instance];

    return m->running && m->process == ev->arg;
}

/* What a machine does itself waits until it thaws; what the service does does not. */
static bool is_frozen(const struct world *w, const struct sim_event *ev)
{
    if (ev->kind == SIM_ARRIVE || ev->kind == SIM_PHASE || ev->kind == SIM_THAW)
        return false;
    return w->machines[ev->instance].frozen_until_ms > w->now_ms;
}

static void dispatch(struct world *w, const struct sim_event *ev)
{
    struct answer woke = {.of = FX_SLEEP};

    switch ((enum sim_kind)ev->kind) {
    case SIM_BOOT: world_boot(w, ev->instance, (enum claim_goal)ev->arg); break;
    case SIM_ARRIVE:
        w->figures.events++;
        world_arrive(w, ev->arg);
        break;
    case SIM_REPLY:
        w->figures.events++;
        world_reply(w, ev->arg);
        break;
    case SIM_WAKE:
        if (!is_current(w, ev))
            break;
        w->figures.events++;
        world_answer(w, ev->instance, &woke);
        break;
    case SIM_HOST:
        if (!is_current(w, ev))
            break;
        w->figures.events++;
        end_job(w, ev->instance);
        break;
    case SIM_LET_GO: let_go(w, ev->instance); break;
    case SIM_THAW:
        if (is_current(w, ev))
            world_thaw(w, ev->instance);
        break;
    case SIM_WRITE: world_write(w, ev->instance, ev->arg); break;
    case SIM_LIFE:
        if (w->machines[ev->instance].turn_pending)
            world_take_turn(w, ev->instance);
        break;
    case SIM_PHASE: world_phase_tick(w, ev->arg); break;
    case SIM_NONE:
    case SIM_KIND_COUNT: assert(false);
    }
}

bool world_step(struct world *w)
{
    struct sim_event ev;

    if (w->phase == PHASE_OVER || !heap_pop(&w->heap, &ev))
        return false;
    assert(ev.time_ms >= w->now_ms);
    /* The next one is another machine's: fetch it while this one works. */
    if (w->heap.count > 0)
        __builtin_prefetch(&w->machines[w->heap.items[0].instance]);
    w->now_ms = ev.time_ms;
    w->checks.now_ms = ev.time_ms;
    /* Nobody freezes without faults, and a look at a machine of thousands costs a cache miss. */
    if ((w->faulty || w->o.plan_count > 0) && is_frozen(w, &ev)) {
        world_push(w, (enum sim_kind)ev.kind, ev.instance, w->machines[ev.instance].frozen_until_ms,
                   ev.arg);
        return true;
    }
    dispatch(w, &ev);
    if (w->running == 0 && w->pending == 0 && w->phase != PHASE_CALM && w->phase != PHASE_OVER)
        world_phase_over(w, true);
    return w->phase != PHASE_OVER;
}

void world_run(struct world *w)
{
    while (world_is_clean(w) && world_step(w)) {
        if (w->figures.events > EVENTS_MAX)
            check_fail(&w->checks, CHECK_LIVE, WORLD_NONE, "the run does not come to an end");
    }
    if (ec2_exhausted(&w->cloud) > 0)
        check_fail(&w->checks, CHECK_ROOM, WORLD_NONE, "the model has run out of room");
}

void world_run_until(struct world *w, uint64_t ms)
{
    while (w->heap.count > 0 && w->heap.items[0].time_ms <= WORLD_BEGIN_MS + ms && world_step(w))
        continue;
}

bool world_is_clean(const struct world *w)
{
    return w->checks.count == 0;
}

uint64_t world_digest(const struct world *w)
{
    return mix64(w->figures.digest ^ ec2_digest(&w->cloud));
}
