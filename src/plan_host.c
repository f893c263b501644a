/* SPDX-License-Identifier: Apache-2.0 */
/*
 * plan_host.c - this machine and its clock as a plan shows them.
 *
 * It may call inspect, await_device, probe and verify of the real port, and nothing else of it.
 * What is on a disk that the plan only pretends to have, it must not make up.
 */
#include "plan.h"

#include <stddef.h>

static struct plan *plan_of(struct host_port *host)
{
    return (struct plan *)(void *)((char *)host - offsetof(struct plan, host));
}

static struct plan *plan_of_clock(struct clock_port *clock)
{
    return (struct plan *)(void *)((char *)clock - offsetof(struct plan, clock));
}

static struct host_port *real(const struct plan *p)
{
    return p->options.real->host;
}

static struct port_call to_real(const struct plan *p, const struct port_call *call)
{
    return (struct port_call){
        .deadline_ms = call->deadline_ms > p->skipped_ms ? call->deadline_ms - p->skipped_ms : 0,
        .cx = call->cx,
    };
}

/* A volume whose device is not really here. */
static const struct plan_volume *pretended(struct plan *p, const struct id *id)
{
    const struct plan_volume *v = plan_volume(&p->world, id);

    return v && (v->attached || v->made) ? v : NULL;
}

static enum err inspect(struct host_port *host, struct port_call *call,
                        const struct inspection **out)
{
    struct plan *p = plan_of(host);
    struct port_call inner = to_real(p, call);

    return real(p)->inspect(real(p), &inner, out);
}

static enum err await_device(struct host_port *host, struct port_call *call,
                             const struct id *volume)
{
    struct plan *p = plan_of(host);
    struct port_call inner = to_real(p, call);

    return pretended(p, volume) ? ERR_OK : real(p)->await_device(real(p), &inner, volume);
}

/* What the plan did to a disk, or records tell of it; PROBE_NONE when only the disk could tell. */
struct probe plan_content(struct plan *p, const struct id *id)
{
    const struct plan_disk *d = plan_disk(&p->world, id);
    const struct plan_volume *v = pretended(p, id);

    if (d && d->content.kind != PROBE_NONE)
        return d->content;
    if (v && v->facts.has_fs)
        return (struct probe){.kind = PROBE_FILESYSTEM, .uuid = v->facts.fs};
    return (struct probe){.kind = v && v->empty ? PROBE_BLANK : PROBE_NONE};
}

bool plan_is_pretended(struct plan *p, const struct id *id)
{
    return pretended(p, id) != NULL;
}

static enum err probe(struct host_port *host, struct port_call *call,
                      const struct probe_request *request, struct probe *out)
{
    struct plan *p = plan_of(host);
    const struct probe known = plan_content(p, &request->volume);
    struct port_call inner = to_real(p, call);
    enum err e;

    if (known.kind != PROBE_NONE) {
        *out = known;
        return ERR_OK;
    }
    if (pretended(p, &request->volume))
        return err_set(call->cx, ERR_IO, 0, "%s is not attached: its content is not known",
                       request->volume.text);
    e = real(p)->probe(real(p), &inner, request, out);
    if (e == ERR_OK)
        p->probed = *out;
    return e;
}

static enum err mkfs(struct host_port *host, struct port_call *call, const struct id *volume,
                     const struct uuid *fs, struct probe *out)
{
    struct plan_disk *d = plan_touch(&plan_of(host)->world, volume);

    if (!d)
        return err_set(call->cx, ERR_TOO_BIG, 0, "the plan touches too many volumes");
    d->content = (struct probe){.kind = PROBE_FILESYSTEM, .uuid = *fs};
    *out = d->content;
    return ERR_OK;
}

static enum err mount(struct host_port *host, struct port_call *call, const struct id *volume,
                      const struct uuid *fs)
{
    struct plan *p = plan_of(host);
    struct plan_disk *d = plan_touch(&p->world, volume);

    if (!d)
        return err_set(call->cx, ERR_TOO_BIG, 0, "the plan touches too many volumes");
    d->mounted = true;
    if (d->content.kind == PROBE_NONE)
        d->content = pretended(p, volume) ? plan_content(p, volume) : p->probed;
    d->content.kind = PROBE_FILESYSTEM;
    if (!uuid_is_zero(fs))
        d->content.uuid = *fs;
    return ERR_OK;
}

static enum err verify(struct host_port *host, struct port_call *call, const struct id *volume,
                       const struct uuid *fs, struct probe *out)
{
    struct plan *p = plan_of(host);
    const struct plan_disk *d = plan_disk(&p->world, volume);
    struct port_call inner = to_real(p, call);

    if (!d || !d->mounted)
        return real(p)->verify(real(p), &inner, volume, fs, out);
    *out = d->content;
    return ERR_OK;
}

/* The jobs that change something and say nothing but that it was done. */
static enum err done(struct host_port *host, struct port_call *call, const struct id *volume)
{
    (void)host;
    (void)call;
    (void)volume;
    return ERR_OK;
}

static enum err unmount(struct host_port *host, struct port_call *call, const struct id *volume)
{
    struct plan_disk *d = plan_touch(&plan_of(host)->world, volume);

    if (d)
        d->mounted = false;
    return done(host, call, volume);
}

static void close_nothing(struct host_port *host)
{
    (void)host;
}

static uint64_t now_ms(struct clock_port *clock)
{
    const struct plan *p = plan_of_clock(clock);

    return p->options.real->clock->now_ms(p->options.real->clock) + p->skipped_ms;
}

/* A wait for time to pass is skipped; a wait for a service to recover is not ours to skip. */
static void sleep_until(struct clock_port *clock, uint64_t wake_ms)
{
    struct plan *p = plan_of_clock(clock);
    struct clock_port *inner = p->options.real->clock;
    const uint64_t now = now_ms(clock);

    if (wake_ms <= now)
        return;
    if (p->troubled && wake_ms > p->skipped_ms)
        inner->sleep_until(inner, wake_ms - p->skipped_ms);
    else
        p->skipped_ms += wake_ms - now;
}

void plan_host_init(struct plan *p)
{
    p->clock = (struct clock_port){
        .size = sizeof(struct clock_port),
        .version = PORT_VERSION,
        .now_ms = now_ms,
        .sleep_until = sleep_until,
    };
    p->host = (struct host_port){
        .size = sizeof(struct host_port),
        .version = PORT_VERSION,
        .close = close_nothing,
        .inspect = inspect,
        .await_device = await_device,
        .probe = probe,
        .mkfs = mkfs,
        .fsck = done,
        .grow = done,
        .mount = mount,
        .extend = done,
        .verify = verify,
        .announce = done,
        .unmount = unmount,
    };
}
