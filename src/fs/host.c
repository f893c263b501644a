/* SPDX-License-Identifier: Apache-2.0 */
/*
 * host.c - each call of the port: find the device anew, do the one job, remember what it showed.
 *
 * The id is the only name of a device, so every call resolves it again. A probe's word about our
 * record is remembered for the mkfs that may follow, and for that volume alone: without it the
 * proof of blankness is the strict one. No device is kept open between two calls.
 */
#include "fs/host.h"

#include "fs/fsck.h"
#include "fs/fstab.h"
#include "fs/grow.h"
#include "fs/mkfs.h"
#include "fs/mount.h"
#include "fs/mounts.h"
#include "fs/ready.h"
#include "scope.h"

#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/sysmacros.h>

static struct host *of(struct host_port *port)
{
    return (struct host *)(void *)port;
}

/* The call's time is the cloud's; what is left of it is the same on any clock. */
static struct due due_of(const struct host *h, const struct port_call *call)
{
    const uint64_t now_ms = h->clock->now_ms(h->clock);

    return due_in(call->deadline_ms > now_ms ? call->deadline_ms - now_ms : 0);
}

static void close_host(struct host_port *port)
{
    (void)port; /* The storage is the caller's, and nothing is kept open. */
}

static enum err see_mount(const struct device *d, struct inspection *seen, uint32_t i,
                          const struct mounted *at, struct errctx *cx)
{
    struct mounted m;
    bool found = false;
    const enum err e = mounts_of(makedev(d->major, d->minor), &m, &found, cx);

    if (e != ERR_OK)
        return e;
    seen->present[i] = d->volume;
    seen->mounted[i] = found;
    if (seen->target_mounted && device_is(d, at->dev))
        seen->target_volume = d->volume;
    return ERR_OK;
}

/*
 * Xen shows no id, so nothing is present here by itself; a volume comes to light when it is awaited
 * by the name it was attached under.
 */
static enum err host_inspect(struct host_port *port, struct port_call *call,
                             const struct inspection **out)
{
    struct host *const h = of(port);
    struct inspection seen = {.present_count = 0};
    struct device_list list;
    struct mounted at;
    char target[PATH_MAX];

    mount_real_path(h->spec.target, target, sizeof(target));
    enum err e = mounts_at(target, &at, &seen.target_mounted, call->cx);

    if (e == ERR_OK)
        e = device_list(&h->options.roots, &list, call->cx);
    for (uint32_t i = 0; e == ERR_OK && i < list.count; i++)
        e = see_mount(&list.items[i], &seen, i, &at, call->cx);
    if (e != ERR_OK)
        return e;
    seen.present_count = list.count;
    h->seen = seen;
    *out = &h->seen;
    return ERR_OK;
}

static enum err host_await(struct host_port *port, struct port_call *call, const struct id *volume)
{
    struct host *const h = of(port);
    struct device d;

    return device_await(&h->options.roots, volume, due_of(h, call), &d, call->cx);
}

static enum err is_mounted(const struct device *d, bool *mounted, struct errctx *cx)
{
    struct mounted m;

    return mounts_of(makedev(d->major, d->minor), &m, mounted, cx);
}

/* A mount does not go away by waiting, as another's probe does. */
static enum err refuse_mounted(const struct device *d, struct errctx *cx)
{
    struct mounted m;
    bool mounted = false;
    const enum err e = mounts_of(makedev(d->major, d->minor), &m, &mounted, cx);

    if (e == ERR_OK && mounted)
        return err_set(cx, ERR_IN_USE, 0, "%s is mounted at %s", d->volume.text, m.target);
    return e;
}

static void remember(struct host *h, const struct id *volume, const struct probe *content)
{
    h->known = *volume;
    h->content = *content;
}

static enum err host_probe(struct host_port *port, struct port_call *call,
                           const struct probe_request *request, struct probe *out)
{
    struct host *const h = of(port);
    const struct due due = due_of(h, call);
    struct device d;
    struct probe_report report;
    AUTO_FD int fd = -1;
    enum err e = device_find(&h->options.roots, &request->volume, &d, call->cx);

    if (e == ERR_OK)
        e = refuse_mounted(&d, call->cx);
    if (e == ERR_OK)
        e = device_open_exclusive(&h->options.roots, &d, due, &fd, call->cx);
    if (e != ERR_OK)
        return e;
    /* No record can vouch for a disk whose identity nobody verified. */
    const bool vouched = request->vouched && d.verified;
    const struct probe_ask ask = {.fd = fd, .vouched = vouched, .due = due};

    e = probe_device(&ask, &report, call->cx);
    if (e != ERR_OK)
        return err_prefix(call->cx, "probe %s", request->volume.text);
    remember(h, &request->volume, &report.probe);
    h->vouched = vouched;
    *out = report.probe;
    return ERR_OK;
}

static enum err host_mkfs(struct host_port *port, struct port_call *call, const struct id *volume,
                          const struct uuid *fs, struct probe *out)
{
    struct host *const h = of(port);
    struct device d;
    struct probe_report report;
    enum err e = device_find(&h->options.roots, volume, &d, call->cx);

    if (e == ERR_OK)
        e = refuse_mounted(&d, call->cx);
    if (e != ERR_OK)
        return e;
    const struct mkfs_request rq = {.roots = &h->options.roots,
                                    .device = &d,
                                    .args = h->spec.mkfs,
                                    .arg_count = h->spec.mkfs_count,
                                    .fs = fs,
                                    .vouched = h->vouched && id_same(&h->known, volume),
                                    .folders = h->options.folders,
                                    .due = due_of(h, call)};

    e = mkfs_run(&rq, &report, call->cx);
    if (e != ERR_OK)
        return e;
    remember(h, volume, &report.probe);
    *out = report.probe;
    return ERR_OK;
}

/* What the signatures say now, through a descriptor proven to be the volume's. */
static enum err look_at(struct host *h, struct port_call *call, const struct id *volume,
                        struct device *d, struct probe *out)
{
    struct probe_report report;
    AUTO_FD int fd = -1;
    enum err e = device_find(&h->options.roots, volume, d, call->cx);

    if (e == ERR_OK)
        e = device_open(&h->options.roots, d, O_RDONLY, &fd, call->cx);
    if (e == ERR_OK)
        e = probe_signatures(&(struct probe_ask){.fd = fd, .due = due_of(h, call)}, &report,
                             call->cx);
    if (e != ERR_OK)
        return e;
    if (report.probe.kind != PROBE_FILESYSTEM) {
        e = report.probe.kind == PROBE_UNREADABLE ? ERR_UNREADABLE : ERR_FOREIGN;
        return err_set(call->cx, e, 0, "%s holds no filesystem that can be mounted: %s",
                       volume->text, report.evidence);
    }
    remember(h, volume, &report.probe);
    *out = report.probe;
    return ERR_OK;
}

/* The device and its kind of filesystem; the kind from memory where it was seen already. */
static enum err find_kind(struct host *h, struct port_call *call, const struct id *volume,
                          struct device *d, struct probe *out)
{
    if (!id_same(&h->known, volume) || h->content.kind != PROBE_FILESYSTEM)
        return look_at(h, call, volume, d, out);
    *out = h->content;
    return device_find(&h->options.roots, volume, d, call->cx);
}

static enum err host_fsck(struct host_port *port, struct port_call *call, const struct id *volume)
{
    struct host *const h = of(port);
    struct device d;
    struct probe content;
    bool mounted = false;
    enum err e = find_kind(h, call, volume, &d, &content);

    /* A mounted filesystem had its check before it was mounted. */
    if (e == ERR_OK)
        e = is_mounted(&d, &mounted, call->cx);
    if (e != ERR_OK || mounted)
        return e;
    return fsck_run(&(struct fsck_request){.roots = &h->options.roots,
                                           .device = &d,
                                           .fstype = content.fstype,
                                           .folders = h->options.folders,
                                           .due = due_of(h, call)},
                    call->cx);
}

static enum err grow_by(struct host *h, struct port_call *call, const struct id *volume,
                        enum err (*grow)(const struct grow_request *rq, struct errctx *cx))
{
    struct device d;
    struct probe content;
    const enum err e = find_kind(h, call, volume, &d, &content);

    if (e != ERR_OK)
        return e;
    return grow(&(struct grow_request){.roots = &h->options.roots,
                                       .device = &d,
                                       .fstype = content.fstype,
                                       .target = h->spec.target,
                                       .folders = h->options.folders,
                                       .due = due_of(h, call)},
                call->cx);
}

static enum err host_grow(struct host_port *port, struct port_call *call, const struct id *volume)
{
    struct host *const h = of(port);
    struct device d;
    bool mounted = false;
    enum err e = device_find(&h->options.roots, volume, &d, call->cx);

    if (e == ERR_OK)
        e = is_mounted(&d, &mounted, call->cx);
    if (e != ERR_OK || mounted)
        return e;
    return grow_by(h, call, volume, grow_unmounted);
}

static struct mount_request mount_of(const struct host *h, const struct device *d,
                                     const struct probe *content)
{
    return (struct mount_request){.roots = &h->options.roots,
                                  .device = d,
                                  .fstype = content->fstype,
                                  .target = h->spec.target,
                                  .options = h->spec.options,
                                  .owner = h->spec.owner,
                                  .group = h->spec.group,
                                  .mode = h->spec.mode};
}

static enum err host_extend(struct host_port *port, struct port_call *call, const struct id *volume)
{
    struct host *const h = of(port);
    struct device d;
    struct probe content;
    enum err e = find_kind(h, call, volume, &d, &content);

    /* Whatever is at the target must be this volume before it is grown. */
    if (e == ERR_OK) {
        const struct mount_request rq = mount_of(h, &d, &content);

        e = mount_verify(&rq, call->cx);
    }
    return e == ERR_OK ? grow_by(h, call, volume, grow_mounted) : e;
}

/* All zero stands for any, but not where the uuid is the only thing that can be verified. */
static enum err check_uuid(const struct device *d, const struct probe *content,
                           const struct uuid *fs, struct errctx *cx)
{
    if (uuid_is_zero(fs) && d->verified)
        return ERR_OK;
    if (uuid_is_zero(fs)) {
        return err_set(cx, ERR_UNSUPPORTED, 0,
                       "%s shows no volume id, and no uuid is recorded to know %s by", d->name,
                       d->volume.text);
    }
    if (uuid_same(&content->uuid, fs))
        return ERR_OK;
    return err_set(cx, ERR_FOREIGN, 0, "the filesystem on %s is not the one recorded for it",
                   d->volume.text);
}

static enum err enter_in_fstab(const struct host *h, const struct probe *content, struct errctx *cx)
{
    if (!h->options.fstab)
        return ERR_OK;
    return fstab_set(h->options.fstab,
                     &(struct fstab_entry){.fs = &content->uuid,
                                           .target = h->spec.target,
                                           .fstype = content->fstype,
                                           .options = h->spec.options},
                     cx);
}

static enum err host_mount(struct host_port *port, struct port_call *call, const struct id *volume,
                           const struct uuid *fs)
{
    struct host *const h = of(port);
    struct device d;
    struct probe content;
    enum err e = look_at(h, call, volume, &d, &content);

    if (e == ERR_OK)
        e = check_uuid(&d, &content, fs, call->cx);
    if (e == ERR_OK) {
        const struct mount_request rq = mount_of(h, &d, &content);

        e = mount_run(&rq, call->cx);
    }
    return e == ERR_OK ? enter_in_fstab(h, &content, call->cx) : e;
}

static enum err host_verify(struct host_port *port, struct port_call *call, const struct id *volume,
                            const struct uuid *fs, struct probe *out)
{
    struct host *const h = of(port);
    struct device d;
    struct probe content;
    enum err e = look_at(h, call, volume, &d, &content);

    if (e == ERR_OK)
        e = check_uuid(&d, &content, fs, call->cx);
    if (e == ERR_OK) {
        const struct mount_request rq = mount_of(h, &d, &content);

        e = mount_verify(&rq, call->cx);
    }
    if (e == ERR_OK)
        *out = content;
    return e;
}

static enum err host_announce(struct host_port *port, struct port_call *call,
                              const struct id *volume)
{
    struct host *const h = of(port);

    return h->options.ready ? ready_set(h->options.ready, volume->text, call->cx) : ERR_OK;
}

static enum err host_unmount(struct host_port *port, struct port_call *call,
                             const struct id *volume)
{
    struct host *const h = of(port);
    const struct probe none = {.kind = PROBE_NONE};
    struct device d;
    /* First, so that nobody starts to use what is about to go. */
    enum err e = h->options.ready ? ready_clear(h->options.ready, call->cx) : ERR_OK;

    if (e == ERR_OK)
        e = device_find(&h->options.roots, volume, &d, call->cx);
    if (e != ERR_OK)
        return e;
    const struct mount_request rq = mount_of(h, &d, &none);

    return mount_end(&rq, call->cx);
}

void host_init(struct host *h, const struct host_spec *spec, struct clock_port *clock,
               const struct host_options *options)
{
    memset(h, 0, sizeof(*h));
    h->port = (struct host_port){
        .size = sizeof(struct host_port),
        .version = PORT_VERSION,
        .close = close_host,
        .inspect = host_inspect,
        .await_device = host_await,
        .probe = host_probe,
        .mkfs = host_mkfs,
        .fsck = host_fsck,
        .grow = host_grow,
        .mount = host_mount,
        .extend = host_extend,
        .verify = host_verify,
        .announce = host_announce,
        .unmount = host_unmount,
    };
    h->spec = *spec;
    h->clock = clock;
    h->options = *options;
}
