/* SPDX-License-Identifier: Apache-2.0 */
/*
 * world_call.c - requests on their way to the service, what becomes of them there, and the answers.
 *
 * A request outlives the process that sent it: it may be lost, wait, arrive twice, or land long
 * after anybody listens. Whatever happens, a process gets exactly one answer to what it asked, at
 * its deadline at the latest. Faults of the network and of views must not be drawn anywhere else.
 */
#include "sim/world_parts.h"

#include <assert.h>

enum {
    UP_MIN_MS = 3, /* to the service */
    UP_SPREAD_MS = 32,
    DOWN_MIN_MS = 20, /* its work, and the way back */
    DOWN_SPREAD_MS = 128,
    METADATA_MS = 5,    /* the instance's own metadata service */
    LATE_MIN_MS = 2000, /* how long a request can be held up on its way */
    LATE_MAX_MS = 100000,
    TWICE_SOON_MS = 5000,  /* a double made by the network follows soon */
    TWICE_LATE_MS = 70000, /* a double made by a port that tries again, knowingly */
    BURST_MIN_MS = 2000,
    BURST_MAX_MS = 20000,
    BURST_PPM = 900000,
    HIT_PPM = 300000, /* share of a list that omissions hit */
    OTHER_SLACK_PPM = 100000,
    ACCEPT_SLACK_MAX_MS = 60000,
};

void world_flights_init(struct world *w)
{
    for (uint32_t i = 0; i < w->flight_capacity; i++)
        w->flights[i].next_free = i + 1;
    w->flights[w->flight_capacity - 1].next_free = WORLD_NONE;
    w->flight_free = 0;
}

static uint32_t take_flight(struct world *w)
{
    const uint32_t index = w->flight_free;

    if (index == WORLD_NONE)
        return WORLD_NONE;
    w->flight_free = w->flights[index].next_free;
    return index;
}

static void drop_flight(struct world *w, uint32_t flight)
{
    struct world_flight *f = &w->flights[flight];

    assert(f->pending > 0);
    if (--f->pending > 0)
        return;
    f->next_free = w->flight_free;
    w->flight_free = flight;
}

static void push_flight(struct world *w, enum sim_kind kind, uint32_t flight, uint64_t at_ms)
{
    w->flights[flight].pending++;
    world_push(w, kind, w->flights[flight].machine, at_ms, flight);
}

static bool hit(struct world *w, uint32_t machine, enum fault f)
{
    return (w->o.plan_count > 0 && world_planned(w, machine, f)) ||
           world_strikes(w, &w->network, f);
}

static uint64_t stamp_of(struct world *w, const struct effect *fx)
{
    uint64_t slack_ms = w->accept_slack_ms;

    if (fx->not_after_ms == 0)
        return 0;
    /* Mostly the service is as strict from call to call, for its rule does not change. */
    if (w->faulty && prng_chance(&w->network, OTHER_SLACK_PPM))
        slack_ms = prng_below(&w->network, ACCEPT_SLACK_MAX_MS + 1);
    return client_stamp(fx->not_after_ms - slack_ms, w->o.rates.past_ms);
}

static void count_call(struct world_machine *m, const struct effect *fx, uint32_t volume)
{
    m->calls++;
    m->pages += fx->kind == FX_LIST;
    m->changes += fx_manner(fx->kind) != FX_LOOKS;
    m->attaches += fx->kind == FX_ATTACH;
    if ((fx->kind == FX_ATTACH || fx->kind == FX_MARK) && m->tried_count < CHECK_TRIED_MAX)
        m->tried[m->tried_count++] = volume;
}

/* What the network does to it. True when it will reach the service, at *at_ms. */
static bool route(struct world *w, uint32_t machine, struct world_flight *f, uint64_t *at_ms)
{
    const uint64_t bits = prng_next(&w->network);

    *at_ms = w->now_ms + UP_MIN_MS + bits % UP_SPREAD_MS;
    if (!w->faulty && w->o.plan_count == 0)
        return true;
    if (hit(w, machine, FAULT_REQUEST_LOST)) {
        world_note(w, machine, "the request %s is lost", fx_name(f->fx.kind));
        return false;
    }
    if (hit(w, machine, FAULT_LATE)) {
        *at_ms += prng_between(&w->network, LATE_MIN_MS, LATE_MAX_MS);
        world_note(w, machine, "the request %s is held up", fx_name(f->fx.kind));
    }
    f->reply_lost = hit(w, machine, FAULT_REPLY_LOST);
    f->reply_late = hit(w, machine, FAULT_REPLY_LATE);
    f->fail_before = hit(w, machine, FAULT_ERROR_BEFORE);
    f->fail_after = !f->fail_before && hit(w, machine, FAULT_ERROR_AFTER);
    return true;
}

static void double_it(struct world *w, uint32_t flight, uint64_t at_ms)
{
    struct world_flight *f = &w->flights[flight];
    const uint32_t machine = f->machine;

    if ((!w->faulty && w->o.plan_count == 0) || !hit(w, machine, FAULT_TWICE))
        return;
    f->doubtful = prng_below(&w->network, 2) == 0;
    push_flight(w, SIM_ARRIVE, flight,
                at_ms + prng_below(&w->network, f->doubtful ? TWICE_LATE_MS : TWICE_SOON_MS));
    world_note(w, machine, "the request %s will arrive twice", fx_name(f->fx.kind));
}

/* Member by member: the answer, most of a flight, is filled in on arrival. */
static void prepare(struct world *w, uint32_t machine, struct world_flight *f)
{
    const struct world_machine *m = &w->machines[machine];

    f->fx = m->fx;
    f->client = m->client;
    f->stamp_ms = stamp_of(w, &m->fx);
    f->deadline_ms = world_when(w, machine, m->fx.deadline_ms);
    f->goal = m->claim.goal;
    f->machine = machine;
    f->process = m->process;
    f->pending = 0;
    f->replied = f->answered = f->reply_lost = f->reply_late = false;
    f->doubtful = f->fail_before = f->fail_after = false;
}

void world_send(struct world *w, uint32_t machine)
{
    struct world_machine *m = &w->machines[machine];
    uint32_t flight;
    struct world_flight *f;
    uint64_t at_ms = 0;

    if (m->fx.kind == FX_IDENTIFY) {
        world_push(w, SIM_HOST, machine, w->now_ms + METADATA_MS, m->process);
        return;
    }
    flight = take_flight(w);
    if (flight == WORLD_NONE) {
        check_fail(&w->checks, CHECK_ROOM, machine, "too many requests are on their way");
        return;
    }
    count_call(m, &m->fx, ec2_volume_index(&w->cloud, &m->fx.volume));
    f = &w->flights[flight];
    prepare(w, machine, f);
    m->flight = flight;
    if (!route(w, machine, f, &at_ms)) {
        f->reply_lost = true;
        f->replied = true;
        push_flight(w, SIM_REPLY, flight, f->deadline_ms);
        return;
    }
    push_flight(w, SIM_ARRIVE, flight, at_ms);
    double_it(w, flight, at_ms);
    if (at_ms > f->deadline_ms) {
        f->reply_lost = true;
        f->replied = true;
        push_flight(w, SIM_REPLY, flight, f->deadline_ms);
    }
}

void world_abandon(struct world *w, uint32_t machine)
{
    w->machines[machine].flight = WORLD_NONE;
}

static void note_burst(struct world *w, uint32_t machine)
{
    if (!world_strikes(w, &w->network, FAULT_THROTTLE_BURST))
        return;
    w->burst_until_ms = w->now_ms + prng_between(&w->network, BURST_MIN_MS, BURST_MAX_MS);
    world_note(w, machine, "the service begins to refuse nearly everything");
}

/* How old the view is that this read will get. */
static void age_view(struct world *w, const struct world_flight *f, struct ec2_request *rq)
{
    struct world_machine *m = &w->machines[f->machine];
    const uint64_t lag_ms = w->faults.lag_ms;
    const bool by_id = f->fx.kind == FX_READ_VOLUME || f->fx.kind == FX_READ_TAGS ||
                       f->fx.kind == FX_READ_SNAPSHOT;
    uint64_t age_ms = 0;

    if (world_strikes(w, &w->reads, FAULT_LAG))
        age_ms = prng_below(&w->reads, lag_ms + 1);
    rq->as_of_ms = w->now_ms - age_ms;
    if (world_strikes(w, &w->reads, FAULT_BACKWARDS)) {
        rq->tags_as_of_ms = w->now_ms - prng_below(&w->reads, lag_ms + 1);
        rq->spread_ms = (uint32_t)(lag_ms - age_ms) / 2;
    } else if (rq->as_of_ms < m->view_ms) {
        rq->as_of_ms = m->view_ms;
    }
    if (rq->tags_as_of_ms > 0 && w->now_ms - rq->tags_as_of_ms + rq->spread_ms > lag_ms)
        rq->spread_ms = (uint32_t)(lag_ms - (w->now_ms - rq->tags_as_of_ms));
    if (by_id && world_strikes(w, &w->reads, FAULT_FRESH_NOT_FOUND)) {
        rq->as_of_ms = w->now_ms - lag_ms;
        rq->tags_as_of_ms = 0;
        rq->spread_ms = 0;
    }
    if (rq->as_of_ms > m->view_ms)
        m->view_ms = rq->as_of_ms;
}

static void spoil_read(struct world *w, const struct world_flight *f, struct ec2_request *rq)
{
    if (w->faults.lag_ms > 0)
        age_view(w, f, rq);
    if (rq->action != EC2_DESCRIBE_VOLUMES)
        return;
    if (world_strikes(w, &w->reads, FAULT_TAGS_OMITTED))
        rq->faults |= EC2_FAULT_NO_TAGS;
    if (world_strikes(w, &w->reads, FAULT_ATTACHMENTS_OMITTED))
        rq->faults |= EC2_FAULT_NO_ATTACHMENT;
    rq->fault_ppm = HIT_PPM;
}

static void spoil_change(struct world *w, const struct world_flight *f, struct ec2_request *rq)
{
    if (rq->action == EC2_ATTACH_VOLUME && hit(w, f->machine, FAULT_STUCK_ATTACHING))
        rq->faults |= EC2_FAULT_STUCK;
    if (rq->action == EC2_CREATE_VOLUME && hit(w, f->machine, FAULT_CREATE_ERROR))
        rq->faults |= prng_below(&w->network, 4) == 0 ? (unsigned)EC2_FAULT_CREATE_VANISH
                                                      : (unsigned)EC2_FAULT_CREATE_ERROR;
    if (rq->action == EC2_CREATE_SNAPSHOT && hit(w, f->machine, FAULT_SNAPSHOT_ERROR))
        rq->faults |= EC2_FAULT_SNAPSHOT_ERROR;
    if (world_strikes(w, &w->reads, FAULT_FRESH_NOT_FOUND))
        rq->as_of_ms = w->now_ms - w->faults.lag_ms;
}

/* The quota that a change can meet; OK for those that use none up. */
static enum ec2_code quota_of(enum ec2_action action)
{
    switch ((int)action) {
    case EC2_ATTACH_VOLUME: return EC2_CODE_ATTACHMENT_LIMIT;
    case EC2_CREATE_VOLUME: return EC2_CODE_VOLUME_LIMIT;
    case EC2_CREATE_SNAPSHOT: return EC2_CODE_SNAPSHOT_LIMIT;
    case EC2_CREATE_TAGS: return EC2_CODE_TAG_LIMIT;
    default: return EC2_CODE_OK;
    }
}

/* Why a request is refused before anything is done; OK when it is not. */
static enum ec2_code refusal(struct world *w, const struct world_flight *f,
                             const struct ec2_request *rq)
{
    if (hit(w, f->machine, FAULT_DENIED))
        return EC2_CODE_DENIED;
    if (hit(w, f->machine, FAULT_INVALID))
        return EC2_CODE_BAD_VALUE;
    if (!ec2_action_writes(rq->action))
        return EC2_CODE_OK;
    if (hit(w, f->machine, FAULT_EXPIRED))
        return EC2_CODE_EXPIRED;
    return hit(w, f->machine, FAULT_QUOTA) ? quota_of(rq->action) : EC2_CODE_OK;
}

/* Adds what goes wrong at the service; gives the code when it is not even executed. */
static enum ec2_code spoil(struct world *w, const struct world_flight *f, struct ec2_request *rq)
{
    rq->salt = prng_next(&w->network);
    if (w->now_ms >= w->burst_until_ms)
        note_burst(w, f->machine);
    if (w->now_ms < w->burst_until_ms && prng_chance(&w->network, BURST_PPM))
        rq->faults |= EC2_FAULT_THROTTLE;
    if (f->fail_before)
        rq->faults |= EC2_FAULT_REFUSE;
    if (f->fail_after)
        rq->faults |= EC2_FAULT_AFTER;
    if (ec2_action_writes(rq->action))
        spoil_change(w, f, rq);
    else
        spoil_read(w, f, rq);
    return refusal(w, f, rq);
}

/* What has to be known before a change to judge it afterwards. */
struct before {
    uint32_t volume;
    uint32_t snapshot;
    uint32_t volumes;
    uint32_t snapshots;
    bool volume_alive;
    bool snapshot_alive;
};

static struct before look_before(struct world *w, const struct world_flight *f)
{
    struct before b = {
        .volume = ec2_volume_index(&w->cloud, &f->fx.volume),
        .snapshot = ec2_snapshot_index(&w->cloud, &f->fx.snapshot),
        .volumes = ec2_volume_count(&w->cloud),
        .snapshots = ec2_snapshot_count(&w->cloud),
    };

    if (f->fx.kind == FX_DELETE_VOLUME && b.volume != EC2_NONE)
        b.volume_alive = check_alive(&w->checks, b.volume);
    if (f->fx.kind == FX_DELETE_SNAPSHOT && b.snapshot != EC2_NONE)
        b.snapshot_alive = ec2_truth_snapshot(&w->cloud, b.snapshot, w->now_ms).state != SNAP_NONE;
    return b;
}

static void judge_creation(struct world *w, const struct world_flight *f, uint32_t made)
{
    const struct world_machine *m = &w->machines[f->machine];

    w->figures.created++;
    /* What a process that is no more left behind is judged by what the process knew: nothing kept.
     */
    if (m->process != f->process)
        return;
    check_created(&w->checks, &(struct check_create){
                                  .machine = f->machine,
                                  .zone = m->spec.zone,
                                  .made = made,
                                  .cfg = &m->claim.cfg,
                                  .listed_ms = m->listed_ms,
                                  .lag_ms = faults_any(&w->o.faults) ? w->o.faults.lag_ms : 0,
                                  .tried = m->tried,
                                  .tried_count = m->tried_count,
                              });
}

static bool has_changed(const struct ec2_request *rq, const struct ec2_answer *a)
{
    /* An internal error after the effect is an effect all the same. */
    return a->code == EC2_CODE_OK ||
           (a->code == EC2_CODE_UNAVAILABLE && (rq->faults & EC2_FAULT_AFTER) != 0 &&
            (rq->faults & EC2_FAULT_REFUSE) == 0);
}

static void follow_up(struct world *w, const struct world_flight *f, const struct before *b)
{
    struct world_machine *m = &w->machines[f->machine];
    const struct host_env env = world_host_env(w, f->machine);

    switch ((int)f->fx.kind) {
    case FX_ATTACH:
        if (ec2_truth_volume(&w->cloud, b->volume, w->now_ms).holder == f->machine)
            host_attached(&m->host, &env, b->volume);
        break;
    case FX_DETACH: host_detached(&m->host, &env, b->volume); break;
    case FX_CREATE_VOLUME:
        if (ec2_volume_count(&w->cloud) > b->volumes)
            judge_creation(w, f, b->volumes);
        break;
    case FX_DELETE_VOLUME:
        if (b->volume_alive && !check_alive(&w->checks, b->volume) &&
            check_delete(&w->checks, f->machine, b->volume))
            w->figures.moved++;
        break;
    case FX_CREATE_SNAPSHOT:
        if (f->goal == GOAL_RELEASE && ec2_snapshot_count(&w->cloud) > b->snapshots)
            check_keep(&w->checks, b->snapshots);
        break;
    case FX_DELETE_SNAPSHOT:
        if (b->snapshot_alive) {
            check_drop(&w->checks, &(struct check_drop){.machine = f->machine,
                                                        .snapshot = b->snapshot,
                                                        .may_drop = m->claim.cfg.drop_snapshot});
        }
        break;
    default: break;
    }
}

static void execute(struct world *w, struct world_flight *f, struct ec2_answer *a)
{
    const struct client_env env = world_client_env(w, f->machine);
    const bool changes = fx_manner(f->fx.kind) != FX_LOOKS;
    struct ec2_request rq;
    struct before b = {0};
    enum ec2_code refused = EC2_CODE_OK;

    client_request(&env, &f->client, &f->fx, &w->room, &rq);
    rq.stamp_ms = f->stamp_ms;
    if (w->faulty || w->o.plan_count > 0)
        refused = spoil(w, f, &rq);
    if (refused != EC2_CODE_OK) {
        *a = (struct ec2_answer){.code = refused, .date_ms = w->now_ms};
        return;
    }
    if (!changes) {
        ec2_execute(&w->cloud, &rq, w->now_ms, a);
        return;
    }
    b = look_before(w, f);
    ec2_execute(&w->cloud, &rq, w->now_ms, a);
    if (has_changed(&rq, a))
        follow_up(w, f, &b);
}

static void plan_reply(struct world *w, uint32_t flight)
{
    struct world_flight *f = &w->flights[flight];
    const uint64_t left_ms = f->deadline_ms > w->now_ms ? f->deadline_ms - w->now_ms : 0;
    uint64_t at_ms = w->now_ms + DOWN_MIN_MS + prng_next(&w->network) % DOWN_SPREAD_MS;

    f->replied = true;
    if (f->reply_late)
        at_ms += prng_below(&w->network, left_ms + left_ms / 2 + 1);
    if (f->reply_lost || at_ms > f->deadline_ms) {
        f->reply_lost = true;
        at_ms = f->deadline_ms;
        ec2_done(&w->cloud, &f->answer);
        f->answered = false;
    }
    push_flight(w, SIM_REPLY, flight, at_ms);
}

void world_arrive(struct world *w, uint32_t flight)
{
    struct world_flight *f = &w->flights[flight];
    struct ec2_answer again;
    const bool first = !f->replied;

    execute(w, f, first ? &f->answer : &again);
    if ((first ? f->answer.code : again.code) == EC2_CODE_INTERNAL)
        check_fail(&w->checks, CHECK_ROOM, f->machine, "the model has run out of room");
    if (first) {
        f->answered = true;
        plan_reply(w, flight);
    } else {
        world_note(w, f->machine, "the request %s lands: %s", fx_name(f->fx.kind),
                   again.code == EC2_CODE_OK ? "done" : ec2_code_name(again.code));
        ec2_done(&w->cloud, &again);
    }
    drop_flight(w, flight);
}

/* What the answer to a flight says to the process that waits for it. */
static void read_answer(struct world *w, struct world_flight *f, struct answer *a)
{
    struct world_machine *m = &w->machines[f->machine];
    const struct client_env env = world_client_env(w, f->machine);

    /* A view is kept for a minute; a machine that was frozen for longer has lost the connection. */
    if (f->reply_lost || w->now_ms - f->answer.date_ms > EC2_VIEW_KEEP_MS) {
        *a = client_silence(f->fx.kind);
        world_note(w, f->machine, "no answer to %s", fx_name(f->fx.kind));
        return;
    }
    client_answer(&env, &m->client, &f->fx, &f->answer, a);
    if (f->doubtful && fx_manner(f->fx.kind) != FX_LOOKS && a->err == ERR_OK)
        *a = client_silence(f->fx.kind);
    if (f->fx.kind == FX_LIST && f->fx.page == 0 && a->err == ERR_OK)
        m->listed_ms = f->answer.date_ms;
}

void world_reply(struct world *w, uint32_t flight)
{
    struct world_flight *f = &w->flights[flight];
    struct world_machine *m = &w->machines[f->machine];
    struct answer a;

    if (m->running && m->process == f->process && m->flight == flight) {
        m->flight = WORLD_NONE;
        read_answer(w, f, &a);
        world_answer(w, f->machine, &a);
    }
    if (f->answered)
        ec2_done(&w->cloud, &f->answer);
    f->answered = false;
    drop_flight(w, flight);
}
