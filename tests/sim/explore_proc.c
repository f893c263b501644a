/* SPDX-License-Identifier: Apache-2.0 */
/*
 * explore_proc.c - what one instance can do next, given the service: each way it can go is tried.
 *
 * A read may show any of three ages of states and of tags. A change goes well, or gets no answer
 * and lands later or never, or goes well and lands once more. What a claim remembers and can never
 * ask again (the time of its last step, the dice it threw) is wiped before the state is numbered,
 * so that histories which came to the same are the same. No choice of the protocol is made here.
 */
#include "sim/explore_parts.h"

#include <stdlib.h>
#include <string.h>

enum { AGES = 3 };

static uint64_t start_of(const struct lab *lab, uint32_t tick)
{
    return lab_now(lab) - ec2_snapshot_count(&lab->cloud) + ((uint64_t)tick - lab->tick) * TICK_MS;
}

static void tell_step(struct lab *lab, const struct proc *p, const struct claim_trace *arrow)
{
    struct trace_step step = {
        .time_ms = (uint64_t)lab->tick * 1000,
        .machine = p->who,
        .process = p->run,
        .arrow = *arrow,
        .fx = &p->fx,
        .volume = p->fx.volume.text,
        .zone = "",
    };

    if (lab->trace)
        lab->trace->step(lab->trace->ctx, &step);
}

static void begin(struct lab *lab, struct proc *p, enum claim_goal goal)
{
    const struct token token = {.hi = p->who + UINT64_C(1), .lo = p->run + UINT64_C(1)};
    struct claim_trace arrow;

    p->run++;
    p->stage = STAGE_RUN;
    p->client = (struct client){.source = EC2_NONE};
    claim_init(&p->claim, &lab->cfg, goal, lab->seed, token);
    claim_start(&p->claim, start_of(lab, lab->tick), &p->fx, &arrow);
    tell_step(lab, p, &arrow);
}

static void rest(struct proc *p, enum stage stage)
{
    memset(&p->claim, 0, sizeof(p->claim));
    memset(&p->fx, 0, sizeof(p->fx));
    p->client = (struct client){.source = EC2_NONE};
    p->wake = 0;
    p->stage = (uint8_t)stage;
}

/* A run has come to its end: what does the instance do then? */
static void conclude(struct lab *lab, struct proc *p)
{
    const bool mounted = lab->truth.mounted[p->who] != EC2_NONE;

    lab->truth.fell |= UINT32_C(1) << p->who;
    lab->changed = true;
    if (p->claim.goal == GOAL_RUN && mounted) {
        machine_write(lab, p->who);
        rest(p, STAGE_USE);
        return;
    }
    rest(p, STAGE_OVER);
    if (p->rounds > 0) {
        p->rounds--;
        begin(lab, p, GOAL_RUN);
    }
}

static void step(struct lab *lab, struct proc *p, struct answer *a)
{
    struct claim_trace arrow;

    a->now_ms = start_of(lab, lab->tick);
    lab->steps++;
    if (!claim_step(&p->claim, a, &p->fx, &arrow)) {
        check_fail(&lab->checks, CHECK_TABLE, p->who, "no cell for %s in %s",
                   claim_event_name(arrow.event), claim_state_name(arrow.from));
        return;
    }
    tell_step(lab, p, &arrow);
    if (claim_is_over(&p->claim))
        conclude(lab, p);
}

static struct answer perform(struct lab *lab, struct proc *p, const struct choice *choice)
{
    switch (fx_port(p->fx.kind)) {
    case FX_PORT_HOST: return machine_perform(lab, p);
    case FX_PORT_CLOUD: return service_perform(lab, p, choice);
    case FX_PORT_NONE:
    case FX_PORT_CLOCK: break;
    }
    return (struct answer){.of = p->fx.kind};
}

/* One event of one instance, on what is loaded. */
static void happen(struct lab *lab, struct proc *p, const struct choice *choice)
{
    struct answer a;

    if (choice->how == GOES_DOWN) {
        machine_reboot(lab, p->who);
        begin(lab, p, GOAL_RUN);
    } else if (choice->how == GOES_AWAY) {
        machine_terminate(lab, p->who);
        rest(p, STAGE_OVER);
        p->rounds = 0;
    } else if (p->stage == STAGE_UNBORN) {
        begin(lab, p, GOAL_RUN);
    } else if (p->stage == STAGE_USE) {
        begin(lab, p, GOAL_RELEASE);
    } else {
        a = perform(lab, p, choice);
        step(lab, p, &a);
    }
}

/* --- Numbers --- */

/* The first tick at which a sleep is over. What is far below a tick takes no tick. */
static uint32_t wake_tick(const struct lab *lab, uint64_t deadline_ms)
{
    const uint64_t begin_ms = start_of(lab, 0);
    const uint64_t ahead_ms = deadline_ms > begin_ms ? deadline_ms - begin_ms : 0;
    const uint64_t short_ms = TICK_MS / 4;

    return ahead_ms <= short_ms ? 0 : (uint32_t)((ahead_ms - short_ms + TICK_MS - 1) / TICK_MS);
}

/* A moment that has passed is like any other that has: only whether it was set still counts. */
static void fade(uint64_t *at_ms, uint64_t lasts_ms, uint64_t now_ms)
{
    if (*at_ms != 0 && *at_ms + lasts_ms <= now_ms)
        *at_ms = 1;
}

static void fade_times(struct lab *lab, struct claim *c, uint64_t now_ms)
{
    const uint64_t born_ms = UINT64_C(60000); /* create.c: how long a creation is waited for */
    const uint64_t stuck_ms = lab->cfg.stuck_ms > born_ms ? lab->cfg.stuck_ms : born_ms;

    fade(&c->window_closed_ms, 0, now_ms);
    fade(&c->attach_sent_ms, stuck_ms, now_ms);
    fade(&c->short_since_ms, lab->cfg.lag_ms, now_ms);
    fade(&c->coming_since_ms, lab->cfg.create_wait_ms, now_ms);
    fade(&c->move.flag_closed_ms, 0, now_ms);
    fade(&c->move.settled_ms, lab->cfg.consensus_ms, now_ms);
    fade(&c->move.void_seen_ms, lab->cfg.lag_ms, now_ms);
    fade(&c->move.snapshot_closed_ms, 0, now_ms);
    fade(&c->move.attach_closed_ms, 0, now_ms);
    fade(&c->move.copy_closed_ms, lab->cfg.host_ms, now_ms);
    fade(&c->move.commit_closed_ms, 0, now_ms);
    for (uint32_t i = 0; i < SKIPPED_MAX; i++) {
        if (c->skipped[i].until_ms <= now_ms)
            memset(&c->skipped[i], 0, sizeof(c->skipped[i]));
    }
}

/* What no step will ever look at again. */
static void wipe(struct lab *lab, struct proc *p)
{
    const uint64_t now_ms = start_of(lab, lab->tick);

    if (p->stage != STAGE_RUN) {
        p->wake = 0;
        return;
    }
    if (p->fx.kind == FX_SLEEP) {
        p->wake = p->fx.deadline_ms != 0 ? wake_tick(lab, p->fx.deadline_ms) : p->wake;
        p->wake = p->wake > lab->tick ? p->wake : 0;
    } else {
        p->wake = 0;
    }
    if (p->fx.not_after_ms != 0 && p->fx.not_after_ms + TICK_MS <= now_ms)
        p->fx.not_after_ms = 1; /* Too late, however late. */
    p->fx.deadline_ms = 0;
    p->claim.now_ms = 0;
    p->claim.started_ms = 0;
    p->claim.random = lab->seed;
    fade_times(lab, &p->claim, now_ms);
}

static bool is_local(const struct proc *p)
{
    switch ((int)p->fx.kind) {
    case FX_NONE:
    case FX_IDENTIFY:
    case FX_INSPECT:
    case FX_AWAIT_DEVICE:
    case FX_FSCK:
    case FX_GROW:
    case FX_EXTEND:
    case FX_VERIFY:
    case FX_ANNOUNCE: return true;
    case FX_PROBE: return p->claim.state != ST_COPY_PROBING; /* A commit's date follows it. */
    default: return false;
    }
}

static enum proc_kind kind_of(const struct lab *lab, const struct proc *p)
{
    switch ((enum stage)p->stage) {
    case STAGE_UNBORN: return lab->o.world->instances[p->who].late ? PROC_LATE : PROC_LOCAL;
    case STAGE_USE: return PROC_USING;
    case STAGE_OVER: return PROC_OVER;
    case STAGE_RUN: break;
    }
    if (p->fx.kind == FX_SLEEP && p->wake > 0)
        return PROC_SLEEP;
    if (p->fx.kind == FX_SLEEP) {
        return p->claim.state == ST_MOVE_PAUSING || p->claim.state == ST_SURPLUS_SETTLING
                   ? PROC_OPEN
                   : PROC_LOCAL;
    }
    if (is_local(p))
        return PROC_LOCAL;
    return p->fx.kind == FX_LIST && p->claim.state == ST_LISTING && p->claim.short_since_ms == 0 &&
                   p->claim.moves == 0 && p->claim.tried_count == 0
               ? PROC_ARRIVING
               : PROC_OPEN;
}

uint32_t proc_put(struct lab *lab, struct proc *p)
{
    uint32_t number = 0;

    wipe(lab, p);
    number = pool_put(&lab->procs, p, sizeof(*p), pool_hash(p, sizeof(*p)));
    if (number >= lab->proc_kinds) {
        const uint32_t more = lab->proc_kinds == 0 ? 4096 : lab->proc_kinds * 2;
        uint8_t *kinds = realloc(lab->proc_kind, more);

        if (!kinds)
            return 0;
        lab->proc_kind = kinds;
        lab->proc_kinds = more;
    }
    lab->proc_kind[number] = (uint8_t)kind_of(lab, p);
    return number;
}

enum proc_kind proc_kind(const struct lab *lab, uint32_t number)
{
    return (enum proc_kind)lab->proc_kind[number];
}

uint32_t proc_first(struct lab *lab, uint32_t who)
{
    struct proc p;

    memset(&p, 0, sizeof(p));
    p.who = (uint8_t)who;
    p.rounds = (uint8_t)(lab->o.rounds > 0 ? lab->o.rounds - 1 : 0);
    rest(&p, STAGE_UNBORN);
    return proc_put(lab, &p);
}

/* --- Choices --- */

struct choices {
    struct choice items[SUCCESSORS_MAX];
    uint32_t count;
};

static void add(struct choices *c, struct choice choice)
{
    c->items[c->count++] = choice;
}

/* Lists show states and tags of different ages; what is asked by id shows one or the other. */
static void add_views(struct choices *c, enum fx kind)
{
    const bool both = kind == FX_LIST || kind == FX_LIST_LINEAGE;

    for (int age = 0; age < AGES; age++) {
        for (int tags = 0; tags < AGES; tags++) {
            if (both || age == tags)
                add(c, (struct choice){.age = (uint8_t)age, .tags_age = (uint8_t)tags});
        }
    }
}

static void add_run(const struct lab *lab, const struct proc *p, struct choices *c)
{
    if (p->fx.kind == FX_SLEEP && p->wake > lab->tick)
        return;
    if (fx_port(p->fx.kind) == FX_PORT_CLOUD && p->fx.kind != FX_IDENTIFY &&
        fx_manner(p->fx.kind) == FX_LOOKS) {
        add_views(c, p->fx.kind);
        return;
    }
    add(c, (struct choice){.how = GOES_WELL});
    if (fx_port(p->fx.kind) == FX_PORT_CLOUD && fx_manner(p->fx.kind) != FX_LOOKS &&
        lab->o.faults > 0) {
        add(c, (struct choice){.how = GOES_UNANSWERED});
        add(c, (struct choice){.how = GOES_TWICE});
    }
}

static void choices_of(const struct lab *lab, const struct proc *p, struct choices *c)
{
    const struct explore_instance *is = &lab->o.world->instances[p->who];
    const uint32_t others = lab->truth.fell & ~(UINT32_C(1) << p->who);

    c->count = 0;
    if (p->stage == STAGE_OVER)
        return;
    if (p->stage == STAGE_UNBORN) {
        if (!is->late || others != 0)
            add(c, (struct choice){.how = GOES_WELL});
        return;
    }
    if (p->stage == STAGE_RUN)
        add_run(lab, p, c);
    else if (is->releases)
        add(c, (struct choice){.how = GOES_WELL});
    if (lab->o.crashes > 0 && is->crashes)
        add(c, (struct choice){.how = GOES_DOWN});
    if (lab->o.crashes > 0 && is->terminates)
        add(c, (struct choice){.how = GOES_AWAY});
}

static uint32_t post(struct lab *lab, const struct proc *p, const struct choice *choice)
{
    const uint64_t begin_ms = start_of(lab, 0);
    struct letter letter;

    if (choice->how != GOES_UNANSWERED && choice->how != GOES_TWICE)
        return 0;
    memset(&letter, 0, sizeof(letter));
    memcpy(&letter.fx, &p->fx, sizeof(letter.fx));
    memcpy(&letter.client, &p->client, sizeof(letter.client));
    letter.who = p->who;
    letter.last =
        p->fx.not_after_ms > begin_ms ? (uint32_t)((p->fx.not_after_ms - begin_ms) / TICK_MS) : 0;
    if (letter.last < lab->tick)
        return 0;
    return pool_put(&lab->letters, &letter, sizeof(letter), pool_hash(&letter, sizeof(letter)));
}

static uint8_t badness(const struct lab *lab)
{
    return lab->checks.count == 0 ? 0 : (uint8_t)(lab->checks.first.which + 1);
}

static bool is_new(const struct outcome *out, uint32_t count, const struct outcome *o)
{
    for (uint32_t i = 0; i < count; i++) {
        if (out[i].proc == o->proc && out[i].cloud == o->cloud && out[i].letter == o->letter &&
            (out[i].choice.how >= GOES_DOWN) == (o->choice.how >= GOES_DOWN) &&
            (out[i].choice.how == GOES_WELL || o->choice.how != GOES_WELL) && out[i].bad == o->bad)
            return false;
    }
    return true;
}

uint32_t proc_tick(struct lab *lab, uint32_t number)
{
    struct proc p;

    memcpy(&p, pool_get(&lab->procs, number), sizeof(p));
    return proc_put(lab, &p);
}

uint32_t proc_outcomes(struct lab *lab, uint32_t number, uint32_t cloud,
                       struct outcome out[SUCCESSORS_MAX])
{
    struct choices c;
    struct proc p;
    uint32_t count = 0;

    lab_load(lab, cloud);
    memcpy(&p, pool_get(&lab->procs, number), sizeof(p));
    choices_of(lab, &p, &c);
    for (uint32_t i = 0; i < c.count; i++) {
        struct outcome o = {.choice = c.items[i]};

        if (lab->changed || lab->cloud_number != cloud)
            lab_load(lab, cloud);
        lab->checks.count = 0;
        memcpy(&p, pool_get(&lab->procs, number), sizeof(p));
        o.letter = post(lab, &p, &c.items[i]);
        happen(lab, &p, &c.items[i]);
        o.bad = badness(lab);
        o.cloud = lab->changed ? lab_store(lab) : cloud;
        o.proc = proc_put(lab, &p);
        if (is_new(out, count, &o))
            out[count++] = o;
    }
    return count;
}

void proc_tell(struct lab *lab, uint32_t number, uint32_t cloud, const struct choice *choice)
{
    struct proc p;

    lab_load(lab, cloud);
    memcpy(&p, pool_get(&lab->procs, number), sizeof(p));
    happen(lab, &p, choice);
}
