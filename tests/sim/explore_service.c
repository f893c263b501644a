/* SPDX-License-Identifier: Apache-2.0 */
/*
 * explore_service.c - effects at the service and on the machine, with the checkers watching.
 *
 * The same client, service model, host model and checkers as in every other simulation; here each
 * effect is one step, for a kernel's job disturbs nobody and is disturbed by nobody. It must not
 * know the protocol.
 */
#include "sim/explore_parts.h"

#include <assert.h>

static struct client_env client_env(struct lab *lab, uint32_t who)
{
    static const struct tag pool[] = {{.key = "Name", .value = "db"}};

    return (struct client_env){
        .cloud = &lab->cloud,
        .pool = pool,
        .pool_count = 1,
        .machine = who,
        .self = lab->selves[who],
        .page_size = 100,
        .size_gib = 1,
        .now_ms = lab_now(lab),
    };
}

static uint64_t tick_start(const struct lab *lab)
{
    return lab_now(lab) - ec2_snapshot_count(&lab->cloud);
}

/* Which moment a view of this age shows: now, before this tick's changes, before the last one's. */
static uint64_t moment(const struct lab *lab, uint8_t age)
{
    const uint64_t start = tick_start(lab);

    switch (age) {
    case 0: return lab_now(lab);
    case 1: return start - 1;
    default: return start - TICK_MS - 1;
    }
}

/* What has to be known before a change to judge it afterwards. */
struct before {
    uint32_t volume;
    uint32_t snapshot;
    bool volume_alive;
    bool snapshot_alive;
};

static struct before look_before(struct lab *lab, const struct effect *fx)
{
    struct before b = {
        .volume = ec2_volume_index(&lab->cloud, &fx->volume),
        .snapshot = ec2_snapshot_index(&lab->cloud, &fx->snapshot),
    };

    if (fx->kind == FX_DELETE_VOLUME && b.volume != EC2_NONE)
        b.volume_alive = check_alive(&lab->checks, b.volume);
    if (fx->kind == FX_DELETE_SNAPSHOT && b.snapshot != EC2_NONE)
        b.snapshot_alive =
            ec2_truth_snapshot(&lab->cloud, b.snapshot, lab_now(lab)).state != SNAP_NONE;
    return b;
}

static void look_after(struct lab *lab, const struct effect *fx, uint32_t who,
                       const struct before *b)
{
    lab->checks.now_ms = lab_now(lab);
    if (fx->kind == FX_DELETE_VOLUME && b->volume_alive && !check_alive(&lab->checks, b->volume))
        (void)check_delete(&lab->checks, who, b->volume);
    if (fx->kind == FX_DELETE_SNAPSHOT && b->snapshot_alive)
        check_drop(&lab->checks, &(struct check_drop){.machine = who, .snapshot = b->snapshot});
}

static void tell_call(struct lab *lab, uint32_t who, const struct ec2_request *rq,
                      const struct ec2_answer *a)
{
    static const char *const ages[] = {"", ", as it was before this tick",
                                       ", as it was a tick and a moment ago"};
    const uint64_t start = tick_start(lab);
    int age = 0;

    if (!lab->trace)
        return;
    if (rq->as_of_ms != 0)
        age = rq->as_of_ms >= start ? 0 : rq->as_of_ms >= start - TICK_MS ? 1 : 2;
    lab_note(lab, who, "service: %s %s%s%s%s: %s%s", ec2_action_name(rq->action),
             rq->id_count > 0 ? rq->ids[0].text : rq->volume.text, rq->snapshot.text,
             rq->tag_count == 1 ? " " : "", rq->tag_count == 1 ? rq->tags[0].key : "",
             ec2_code_name(a->code), ages[age]);
    if (rq->tag_count == 1)
        lab_note(lab, who, "         value %s", rq->tags[0].value);
}

static void execute(struct lab *lab, const struct effect *fx, uint32_t who,
                    const struct client *client, struct ec2_answer *a)
{
    const struct client_env env = client_env(lab, who);
    const struct before b = look_before(lab, fx);
    struct ec2_request rq;

    client_request(&env, client, fx, &lab->room, &rq);
    rq.stamp_ms = client_stamp(fx->not_after_ms + SNAPS_MAX, lab->rates.past_ms);
    ec2_execute(&lab->cloud, &rq, env.now_ms, a);
    tell_call(lab, who, &rq, a);
    if (a->code != EC2_CODE_OK)
        return;
    lab->changed = true;
    look_after(lab, fx, who, &b);
}

static struct answer read(struct lab *lab, struct proc *p, const struct choice *choice)
{
    const struct client_env env = client_env(lab, p->who);
    struct ec2_request rq;
    struct ec2_answer reply;
    struct answer a;

    client_request(&env, &p->client, &p->fx, &lab->room, &rq);
    rq.as_of_ms = moment(lab, choice->age);
    rq.tags_as_of_ms = moment(lab, choice->tags_age);
    ec2_execute(&lab->cloud, &rq, env.now_ms, &reply);
    tell_call(lab, p->who, &rq, &reply);
    client_answer(&env, &p->client, &p->fx, &reply, &a);
    p->client.next_token = 0;
    return a;
}

struct answer service_perform(struct lab *lab, struct proc *p, const struct choice *choice)
{
    const struct client_env env = client_env(lab, p->who);
    struct ec2_answer reply;
    struct answer a;

    if (p->fx.kind == FX_IDENTIFY)
        return (struct answer){.of = FX_IDENTIFY, .self = &lab->selves[p->who]};
    if (fx_manner(p->fx.kind) == FX_LOOKS)
        return read(lab, p, choice);
    if (choice->how == GOES_UNANSWERED) {
        lab_note(lab, p->who, "no answer to %s; the request is still on its way",
                 fx_name(p->fx.kind));
        return client_silence(p->fx.kind);
    }
    execute(lab, &p->fx, p->who, &p->client, &reply);
    client_answer(&env, &p->client, &p->fx, &reply, &a);
    if (choice->how == GOES_TWICE)
        lab_note(lab, p->who, "a double of %s is still on its way", fx_name(p->fx.kind));
    return a;
}

void service_land(struct lab *lab, const struct letter *letter)
{
    struct ec2_answer reply;

    lab_note(lab, letter->who, "the %s on its way lands", fx_name(letter->fx.kind));
    execute(lab, &letter->fx, letter->who, &letter->client, &reply);
}

/* --- The machine --- */

static struct host_env host_env(struct lab *lab, uint32_t who)
{
    return (struct host_env){
        .cloud = &lab->cloud,
        .rates = &lab->host_rates,
        .chance = &lab->chance,
        .now_ms = lab_now(lab),
        .machine = who,
        .next_data_id = &lab->truth.next_data_id,
        .room = &lab->inspection,
    };
}

/* The kernel shows what is attached, at once: it is made anew from the truth each time. */
static void host_of(struct lab *lab, uint32_t who, struct host *h)
{
    host_init(h);
    for (uint32_t i = 0; i < ec2_volume_count(&lab->cloud); i++) {
        if (ec2_truth_volume(&lab->cloud, i, lab_now(lab)).holder == who)
            host_found(h, i, 0);
    }
    h->mounted = lab->truth.mounted[who] == EC2_NONE ? HOST_NONE : lab->truth.mounted[who];
}

static void limit_check(struct lab *lab, uint32_t who)
{
    uint32_t heads = 0;
    uint32_t twins = 0;
    uint32_t slots = 0;

    for (uint32_t i = 0; i < ec2_volume_count(&lab->cloud); i++) {
        const struct volume *v = check_alive(&lab->checks, i) ? check_facts(&lab->checks, i) : NULL;

        if (!v || v->copy || v->is_void || ec2_content(&lab->cloud, i)->kind != EC2_FS)
            continue;
        heads++;
        twins += v->slot > 0 && v->slot < 32 && (slots >> v->slot & 1) != 0;
        slots |= v->slot < 32 ? UINT32_C(1) << v->slot : 0;
    }
    if (lab->cfg.create_limit > 0 && heads > lab->cfg.create_limit)
        check_fail(&lab->checks, CHECK_S4, who, "%u volumes are in use, and the limit is %u", heads,
                   lab->cfg.create_limit);
    if (lab->cfg.strategy == STRATEGY_NUMBERED && twins > 0)
        check_fail(&lab->checks, CHECK_S4, who, "two volumes in use carry the same slot");
}

static void watch_job(struct lab *lab, const struct proc *p, const struct answer *a)
{
    const uint32_t volume = ec2_volume_index(&lab->cloud, &p->fx.volume);

    if (p->fx.kind == FX_MKFS && a->err == ERR_OK) {
        check_formatted(&lab->checks, p->who, volume);
        limit_check(lab, p->who);
    }
    if (p->fx.kind == FX_MOUNT && a->err == ERR_OK)
        check_mount(&lab->checks, p->who, volume);
    if (p->fx.kind == FX_UNMOUNT && a->err == ERR_OK)
        check_unmount(&lab->checks, p->who);
}

/* A check clears a flag that nothing here looks at: it leaves the service as it was. */
static bool is_job(enum fx kind)
{
    return kind == FX_MKFS || kind == FX_MOUNT || kind == FX_UNMOUNT;
}

struct answer machine_perform(struct lab *lab, struct proc *p)
{
    const struct host_env env = host_env(lab, p->who);
    const uint32_t volume = ec2_volume_index(&lab->cloud, &p->fx.volume);
    struct host h;
    struct answer a;

    host_of(lab, p->who, &h);
    if (p->fx.kind == FX_MKFS && volume != EC2_NONE)
        check_format(&lab->checks, p->who, volume);
    if (p->fx.kind == FX_UNMOUNT)
        machine_write(lab, p->who);
    (void)host_begin(&h, &env, &p->fx, env.now_ms);
    (void)host_end(&h, &env, &p->fx, env.now_ms, &a);
    lab->changed = lab->changed || is_job(p->fx.kind);
    watch_job(lab, p, &a);
    lab_note(lab, p->who, "machine: %s %s: %s", fx_name(p->fx.kind), p->fx.volume.text,
             a.err == ERR_OK ? "done" : err_words(a.err));
    return a;
}

void machine_write(struct lab *lab, uint32_t who)
{
    const uint32_t volume = lab->truth.mounted[who];

    if (volume == EC2_NONE || ec2_truth_volume(&lab->cloud, volume, lab_now(lab)).holder != who)
        return;
    check_write(&lab->checks, who, volume);
    ec2_content(&lab->cloud, volume)->version++;
    lab->changed = true;
    lab_note(lab, who, "application: writes version %llu to %s",
             (unsigned long long)ec2_content(&lab->cloud, volume)->version,
             ec2_volume_id(&lab->cloud, volume).text);
}

void machine_reboot(struct lab *lab, uint32_t who)
{
    const struct host_env env = host_env(lab, who);
    struct host h;

    lab_note(lab, who, "the machine reboots");
    host_of(lab, who, &h);
    host_reboot(&h, &env);
    check_unmount(&lab->checks, who);
    lab->truth.fell |= UINT32_C(1) << who;
    lab->changed = true;
}

void machine_terminate(struct lab *lab, uint32_t who)
{
    lab_note(lab, who, "the machine is terminated");
    ec2_terminate(&lab->cloud, who, lab_now(lab));
    check_unmount(&lab->checks, who);
    lab->truth.gone |= UINT32_C(1) << who;
    lab->truth.fell |= UINT32_C(1) << who;
    lab->changed = true;
}

void service_count(struct lab *lab)
{
    check_limit(&lab->checks, lab->cfg.create_limit, lab->o.world->volumes);
}
