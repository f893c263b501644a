/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sim_port.c - typed calls become effects again, and effects requests on the models.
 *
 * The shared client and host model do the work; here is only the unpacking, and the clock. It must
 * not know the protocol, nor give an answer that the models would not.
 */
#include "sim/sim_port.h"

#include <assert.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

static struct sim_port *of_clock(struct clock_port *clock)
{
    return (struct sim_port *)(void *)((char *)clock - offsetof(struct sim_port, clock));
}

static struct sim_port *of_cloud(struct cloud_port *cloud)
{
    return (struct sim_port *)(void *)((char *)cloud - offsetof(struct sim_port, cloud));
}

static struct sim_port *of_host(struct host_port *host)
{
    return (struct sim_port *)(void *)((char *)host - offsetof(struct sim_port, host));
}

static uint64_t now_ms(struct clock_port *clock)
{
    return of_clock(clock)->now_ms;
}

static void sleep_until(struct clock_port *clock, uint64_t wake_ms)
{
    struct sim_port *p = of_clock(clock);

    if (wake_ms > p->now_ms)
        p->now_ms = wake_ms;
}

static enum err fail(const struct port_call *call, enum err e, const struct effect *fx,
                     const char *words)
{
    call->cx->code = e;
    (void)snprintf(call->cx->message, sizeof(call->cx->message), "%s %s: %s", fx_name(fx->kind),
                   fx->volume.text[0] ? fx->volume.text : fx->snapshot.text, words);
    return e;
}

/* Whether the planned failure strikes this call. */
static bool strikes(struct sim_port *p, enum fx kind)
{
    if (p->fault.of != kind || p->fault.times == 0)
        return false;
    if (p->fault.skip > 0) {
        p->fault.skip--;
        return false;
    }
    p->fault.times--;
    return true;
}

static struct client_env client_env(const struct sim_port *p)
{
    return (struct client_env){
        .cloud = p->options.cloud,
        .pool = p->options.pool,
        .pool_count = p->options.pool_count,
        .machine = p->options.machine,
        .self = p->self,
        .page_size = p->options.page_size,
        .size_gib = p->options.size_gib,
        .now_ms = p->now_ms,
    };
}

static struct host_env host_env(struct sim_port *p)
{
    return (struct host_env){
        .cloud = p->options.cloud,
        .rates = &p->rates,
        .chance = &p->chance,
        .now_ms = p->now_ms,
        .machine = p->options.machine,
        .next_data_id = &p->next_data_id,
        .room = &p->inspection,
    };
}

/* What the kernel learns of a change that the service accepted. */
static void tell_kernel(struct sim_port *p, const struct effect *fx)
{
    const struct host_env env = host_env(p);

    if (fx->kind == FX_ATTACH)
        host_attached(&p->kernel, &env, ec2_volume_index(p->options.cloud, &fx->volume));
    if (fx->kind == FX_DETACH)
        host_detached(&p->kernel, &env, ec2_volume_index(p->options.cloud, &fx->volume));
}

/* Half of the time on the way there, half on the way back. */
static enum err ask(struct sim_port *p, struct port_call *call, struct effect *fx,
                    struct answer *answer)
{
    const bool struck = strikes(p, fx->kind);
    const uint64_t past_ms = rates_published().past_ms;
    struct ec2_request rq;
    struct ec2_answer ec2;
    struct client_env env;

    p->calls[fx->kind]++;
    p->now_ms += p->options.call_ms / 2;
    env = client_env(p);
    client_request(&env, &p->client, fx, &p->room, &rq);
    if (call->not_after_ms > 0)
        rq.stamp_ms = client_stamp(call->not_after_ms, past_ms);
    if (!struck || p->fault.after) {
        ec2_execute(p->options.cloud, &rq, p->now_ms, &ec2);
        client_answer(&env, &p->client, fx, &ec2, answer);
        if (answer->err == ERR_OK)
            tell_kernel(p, fx);
    }
    p->now_ms += p->options.call_ms - p->options.call_ms / 2;
    if (struck)
        return fail(call, p->fault.err, fx, "planned failure");
    call->date_ms = answer->date_ms;
    return answer->err == ERR_OK ? ERR_OK : fail(call, answer->err, fx, ec2_code_message(ec2.code));
}

static enum err identify(struct cloud_port *cloud, struct port_call *call, const struct self **out)
{
    struct sim_port *p = of_cloud(cloud);
    const struct effect fx = {.kind = FX_IDENTIFY};

    if (strikes(p, FX_IDENTIFY))
        return fail(call, p->fault.err, &fx, "planned failure");
    *out = &p->self;
    return ERR_OK;
}

static enum err list_page(struct sim_port *p, struct port_call *call, struct effect *fx,
                          struct page *out)
{
    struct answer answer = {.of = fx->kind};
    const enum err e = ask(p, call, fx, &answer);

    if (e == ERR_OK)
        *out = answer.page;
    return e;
}

static enum err list(struct cloud_port *cloud, struct port_call *call, uint32_t page,
                     struct page *out)
{
    struct effect fx = {.kind = FX_LIST, .page = page};

    return list_page(of_cloud(cloud), call, &fx, out);
}

static enum err list_lineage(struct cloud_port *cloud, struct port_call *call,
                             const struct uuid *lineage, uint32_t page, struct page *out)
{
    struct effect fx = {.kind = FX_LIST_LINEAGE, .page = page, .lineage = *lineage};

    return list_page(of_cloud(cloud), call, &fx, out);
}

static enum err read_one(struct sim_port *p, struct port_call *call, struct effect *fx,
                         const struct volume **out)
{
    struct answer answer = {.of = fx->kind};
    enum err e = ask(p, call, fx, &answer);

    if (e == ERR_OK && !answer.volume)
        e = fail(call, ERR_NOT_FOUND, fx, "there is no such volume");
    if (e == ERR_OK)
        *out = answer.volume;
    return e;
}

static enum err read_volume(struct cloud_port *cloud, struct port_call *call,
                            const struct id *volume, const struct volume **out)
{
    struct effect fx = {.kind = FX_READ_VOLUME, .volume = *volume};

    return read_one(of_cloud(cloud), call, &fx, out);
}

static enum err read_tags(struct cloud_port *cloud, struct port_call *call, const struct id *volume,
                          const struct volume **out)
{
    struct effect fx = {.kind = FX_READ_TAGS, .volume = *volume};

    return read_one(of_cloud(cloud), call, &fx, out);
}

static enum err read_leaving(struct cloud_port *cloud, struct port_call *call,
                             const struct leaving **out)
{
    struct effect fx = {.kind = FX_READ_LEAVING};
    struct answer answer = {.of = FX_READ_LEAVING};
    const enum err e = ask(of_cloud(cloud), call, &fx, &answer);

    if (e == ERR_OK)
        *out = answer.leaving;
    return e;
}

static enum err read_snapshots(struct sim_port *p, struct port_call *call, struct effect *fx,
                               const struct snapshot_list **out)
{
    struct answer answer = {.of = fx->kind};
    const enum err e = ask(p, call, fx, &answer);

    if (e == ERR_OK)
        *out = answer.snapshots;
    return e;
}

static enum err list_snapshots(struct cloud_port *cloud, struct port_call *call,
                               const struct id *source, const struct snapshot_list **out)
{
    struct effect fx = {.kind = FX_LIST_SNAPSHOTS, .volume = *source};

    return read_snapshots(of_cloud(cloud), call, &fx, out);
}

static enum err read_snapshot(struct cloud_port *cloud, struct port_call *call,
                              const struct id *snapshot, const struct snapshot_list **out)
{
    struct effect fx = {.kind = FX_READ_SNAPSHOT, .snapshot = *snapshot};

    return read_snapshots(of_cloud(cloud), call, &fx, out);
}

/* A change of which nothing but the outcome is wanted. */
static enum err change(struct cloud_port *cloud, struct port_call *call, struct effect *fx)
{
    struct answer answer = {.of = fx->kind};

    return ask(of_cloud(cloud), call, fx, &answer);
}

static enum err attach(struct cloud_port *cloud, struct port_call *call,
                       const struct attach_request *request)
{
    struct effect fx = {
        .kind = FX_ATTACH, .volume = request->volume, .device_name = request->device_name};

    return change(cloud, call, &fx);
}

static enum err detach(struct cloud_port *cloud, struct port_call *call, const struct id *volume)
{
    struct effect fx = {.kind = FX_DETACH, .volume = *volume};

    return change(cloud, call, &fx);
}

static enum err mark(struct cloud_port *cloud, struct port_call *call, const struct id *volume,
                     const struct mark *what)
{
    struct effect fx = {.kind = FX_MARK, .volume = *volume, .mark = *what};

    return change(cloud, call, &fx);
}

static enum err unmark(struct cloud_port *cloud, struct port_call *call, const struct id *volume,
                       const struct mark *what)
{
    struct effect fx = {.kind = FX_UNMARK, .volume = *volume, .mark = *what};

    return change(cloud, call, &fx);
}

static enum err make(struct cloud_port *cloud, struct port_call *call, struct effect *fx,
                     struct id *made)
{
    struct answer answer = {.of = fx->kind};
    const enum err e = ask(of_cloud(cloud), call, fx, &answer);

    if (e == ERR_OK)
        *made = answer.made;
    return e;
}

static enum err create_volume(struct cloud_port *cloud, struct port_call *call,
                              const struct create_request *request, struct id *made)
{
    struct effect fx = {
        .kind = FX_CREATE_VOLUME,
        .token = request->token,
        .lineage = request->lineage,
        .slot = request->slot,
        .mark = request->mark,
        .snapshot = request->snapshot,
        .has_blank = request->has_blank,
        .blank = request->blank,
    };

    return make(cloud, call, &fx, made);
}

static enum err create_copy(struct cloud_port *cloud, struct port_call *call,
                            const struct copy_request *request, struct id *made)
{
    struct effect fx = {
        .kind = FX_CREATE_COPY,
        .token = request->token,
        .volume = request->source,
        .snapshot = request->snapshot,
        .lineage = request->lineage,
        .fs = request->fs,
        .blank = request->blank,
        .claim_token = request->claim_token,
        .attempt = request->attempt,
        .generation = request->generation,
        .slot = request->slot,
        .has_fs = request->has_fs,
        .has_blank = request->has_blank,
    };

    return make(cloud, call, &fx, made);
}

static enum err create_snapshot(struct cloud_port *cloud, struct port_call *call,
                                const struct snapshot_request *request, struct id *made)
{
    struct effect fx = {
        .kind = FX_CREATE_SNAPSHOT,
        .volume = request->volume,
        .claim_token = request->claim_token,
        .attempt = request->attempt,
    };

    return make(cloud, call, &fx, made);
}

static enum err delete_volume(struct cloud_port *cloud, struct port_call *call,
                              const struct id *volume)
{
    struct effect fx = {.kind = FX_DELETE_VOLUME, .volume = *volume};

    return change(cloud, call, &fx);
}

static enum err delete_snapshot(struct cloud_port *cloud, struct port_call *call,
                                const struct id *snapshot)
{
    struct effect fx = {.kind = FX_DELETE_SNAPSHOT, .snapshot = *snapshot};

    return change(cloud, call, &fx);
}

/* Begins a job, lets its time pass, and ends it; one that waits is come back to. */
static enum err work(struct host_port *host, struct port_call *call, const struct effect *fx,
                     struct answer *answer)
{
    struct sim_port *p = of_host(host);
    struct host_env env = host_env(p);
    uint64_t again_ms = host_begin(&p->kernel, &env, fx, call->deadline_ms);

    p->calls[fx->kind]++;
    while (again_ms > 0) {
        p->now_ms = again_ms > p->now_ms ? again_ms : p->now_ms;
        env.now_ms = p->now_ms;
        again_ms = host_end(&p->kernel, &env, fx, call->deadline_ms, answer);
    }
    if (strikes(p, fx->kind))
        return fail(call, p->fault.err, fx, "planned failure");
    return answer->err == ERR_OK ? ERR_OK : fail(call, answer->err, fx, err_words(answer->err));
}

static enum err inspect(struct host_port *host, struct port_call *call,
                        const struct inspection **out)
{
    const struct effect fx = {.kind = FX_INSPECT};
    struct answer answer = {.of = FX_INSPECT};
    const enum err e = work(host, call, &fx, &answer);

    if (e == ERR_OK)
        *out = answer.inspection;
    return e;
}

static enum err look(struct host_port *host, struct port_call *call, const struct effect *fx,
                     struct probe *out)
{
    struct answer answer = {.of = fx->kind};
    const enum err e = work(host, call, fx, &answer);

    if (e == ERR_OK && out)
        *out = answer.probe;
    return e;
}

static enum err await_device(struct host_port *host, struct port_call *call,
                             const struct id *volume)
{
    const struct effect fx = {.kind = FX_AWAIT_DEVICE, .volume = *volume};

    return look(host, call, &fx, NULL);
}

static enum err probe(struct host_port *host, struct port_call *call,
                      const struct probe_request *request, struct probe *out)
{
    const struct effect fx = {
        .kind = FX_PROBE, .volume = request->volume, .has_blank = request->vouched};

    return look(host, call, &fx, out);
}

static enum err mkfs(struct host_port *host, struct port_call *call, const struct id *volume,
                     const struct uuid *fs, struct probe *out)
{
    const struct effect fx = {.kind = FX_MKFS, .volume = *volume, .fs = *fs};

    return look(host, call, &fx, out);
}

static enum err fsck(struct host_port *host, struct port_call *call, const struct id *volume)
{
    const struct effect fx = {.kind = FX_FSCK, .volume = *volume};

    return look(host, call, &fx, NULL);
}

static enum err grow(struct host_port *host, struct port_call *call, const struct id *volume)
{
    const struct effect fx = {.kind = FX_GROW, .volume = *volume};

    return look(host, call, &fx, NULL);
}

static enum err mount(struct host_port *host, struct port_call *call, const struct id *volume,
                      const struct uuid *fs)
{
    const struct effect fx = {.kind = FX_MOUNT, .volume = *volume, .fs = *fs};

    return look(host, call, &fx, NULL);
}

static enum err extend(struct host_port *host, struct port_call *call, const struct id *volume)
{
    const struct effect fx = {.kind = FX_EXTEND, .volume = *volume};

    return look(host, call, &fx, NULL);
}

static enum err verify(struct host_port *host, struct port_call *call, const struct id *volume,
                       const struct uuid *fs, struct probe *out)
{
    const struct effect fx = {.kind = FX_VERIFY, .volume = *volume, .fs = *fs};

    return look(host, call, &fx, out);
}

static enum err announce(struct host_port *host, struct port_call *call, const struct id *volume)
{
    const struct effect fx = {.kind = FX_ANNOUNCE, .volume = *volume};

    return look(host, call, &fx, NULL);
}

static enum err unmount(struct host_port *host, struct port_call *call, const struct id *volume)
{
    const struct effect fx = {.kind = FX_UNMOUNT, .volume = *volume};

    return look(host, call, &fx, NULL);
}

static void close_cloud(struct cloud_port *cloud)
{
    (void)cloud;
}

static void close_host(struct host_port *host)
{
    (void)host;
}

static const struct cloud_port cloud_port = {
    .size = sizeof(struct cloud_port),
    .version = PORT_VERSION,
    .capabilities = CLOUD_MOVES | CLOUD_FENCE | CLOUD_ZONES | CLOUD_LIMITS | CLOUD_LEAVING,
    .name = "sim",
    .close = close_cloud,
    .identify = identify,
    .list = list,
    .list_lineage = list_lineage,
    .read_volume = read_volume,
    .read_tags = read_tags,
    .read_leaving = read_leaving,
    .list_snapshots = list_snapshots,
    .read_snapshot = read_snapshot,
    .attach = attach,
    .detach = detach,
    .mark = mark,
    .unmark = unmark,
    .create_volume = create_volume,
    .create_copy = create_copy,
    .create_snapshot = create_snapshot,
    .delete_volume = delete_volume,
    .delete_snapshot = delete_snapshot,
};

static const struct host_port host_port = {
    .size = sizeof(struct host_port),
    .version = PORT_VERSION,
    .close = close_host,
    .inspect = inspect,
    .await_device = await_device,
    .probe = probe,
    .mkfs = mkfs,
    .fsck = fsck,
    .grow = grow,
    .mount = mount,
    .extend = extend,
    .verify = verify,
    .announce = announce,
    .unmount = unmount,
};

static const struct clock_port clock_port = {
    .size = sizeof(struct clock_port),
    .version = PORT_VERSION,
    .now_ms = now_ms,
    .sleep_until = sleep_until,
};

/* What is attached to this machine already has its device. */
static void find_devices(struct sim_port *p)
{
    struct ec2 *m = p->options.cloud;

    for (uint32_t i = 0; i < ec2_volume_count(m); i++) {
        if (ec2_truth_volume(m, i, p->now_ms).holder == p->options.machine)
            host_found(&p->kernel, i, p->now_ms);
    }
}

void sim_port_init(struct sim_port *p, const struct sim_port_options *options)
{
    const struct ec2_instance_truth t =
        ec2_truth_instance(options->cloud, options->machine, options->now_ms);

    memset(p, 0, sizeof(*p));
    p->options = *options;
    p->clock = clock_port;
    p->cloud = cloud_port;
    p->host = host_port;
    p->port = (struct port){.clock = &p->clock, .cloud = &p->cloud, .host = &p->host};
    p->now_ms = options->now_ms;
    p->client.source = EC2_NONE;
    p->self.instance = ec2_instance_id(options->cloud, options->machine);
    if (!zone_set(&p->self.zone, ec2_zone_name(options->cloud, t.zone)))
        assert(false);
    p->rates = host_rates_usual();
    p->chance = prng_stream(options->seed, PRNG_HOST, options->machine);
    p->next_data_id = 1000 * (1 + (uint64_t)options->machine);
    host_init(&p->kernel);
    find_devices(p);
}

static uint32_t count_calls(const struct sim_port *p, bool changes_only)
{
    uint32_t count = 0;

    for (int kind = 0; kind < FX_COUNT; kind++) {
        if (fx_port((enum fx)kind) == FX_PORT_CLOUD &&
            (!changes_only || fx_manner((enum fx)kind) != FX_LOOKS))
            count += p->calls[kind];
    }
    return count;
}

uint32_t sim_port_cloud_calls(const struct sim_port *p)
{
    return count_calls(p, false);
}

uint32_t sim_port_changes(const struct sim_port *p)
{
    return count_calls(p, true);
}
