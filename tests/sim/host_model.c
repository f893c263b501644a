/* SPDX-License-Identifier: Apache-2.0 */
/*
 * host_model.c - what the jobs of a machine do to its devices and to what is on them.
 *
 * It does what it is asked, as a kernel would, and refuses only what a kernel refuses; whether a
 * job broke a promise is for the checkers to say.
 */
#include "sim/host_model.h"

#include <assert.h>
#include <string.h>

enum { AWAIT_STEP_MS = 500, DEVICE_GONE_MS = 500 };

struct host_rates host_rates_usual(void)
{
    return (struct host_rates){
        .device = {0, 1500},
        .late = {20000, 240000},
        .look = {2, 20},
        .probe = {20, 200},
        .mkfs = {500, 5000},
        .fsck = {50, 1000},
        .mount = {10, 100},
        .held = {5000, 120000},
    };
}

void host_init(struct host *h)
{
    *h = (struct host){.mounted = HOST_NONE, .busy_on = HOST_NONE};
}

static uint64_t draw(const struct host_env *env, struct rate_span span)
{
    return prng_between(env->chance, span.low_ms, span.high_ms);
}

static bool strikes(const struct host_env *env, enum fault f)
{
    return env->faults && prng_chance(env->chance, env->faults->ppm[f]);
}

static struct host_device *find_device(struct host *h, uint32_t volume)
{
    for (uint32_t i = 0; i < h->device_count; i++) {
        if (h->devices[i].volume == volume)
            return &h->devices[i];
    }
    return NULL;
}

static bool is_shown(const struct host_device *d, const struct host_env *env)
{
    if (env->now_ms < d->appears_ms || env->now_ms >= d->vanishes_ms)
        return false;
    return ec2_truth_volume(env->cloud, d->volume, env->now_ms).holder == env->machine;
}

bool host_shows(const struct host *h, const struct host_env *env, uint32_t volume)
{
    for (uint32_t i = 0; i < h->device_count; i++) {
        if (h->devices[i].volume == volume)
            return is_shown(&h->devices[i], env);
    }
    return false;
}

/* A place for a device: its own from before, a new one, or that of one that is gone for good. */
static struct host_device *place_device(struct host *h, const struct host_env *env, uint32_t volume)
{
    struct host_device *d = find_device(h, volume);

    if (d)
        return d;
    if (h->device_count < HOST_DEVICES_MAX)
        return &h->devices[h->device_count++];
    for (uint32_t i = 0; i < HOST_DEVICES_MAX; i++) {
        d = &h->devices[i];
        if (d->volume != h->mounted && d->held_ms == 0 &&
            ec2_truth_volume(env->cloud, d->volume, env->now_ms).holder != env->machine)
            return d;
    }
    /* Never seen: the model's limit of attachments is far above what one claim can leave behind. */
    return &h->devices[HOST_DEVICES_MAX - 1];
}

void host_attached(struct host *h, const struct host_env *env, uint32_t volume)
{
    struct host_device *d = place_device(h, env, volume);
    uint64_t appears_ms = env->now_ms + draw(env, env->rates->device);

    if (strikes(env, FAULT_DEVICE_NEVER) || ec2_truth_volume(env->cloud, volume, env->now_ms).stuck)
        appears_ms = UINT64_MAX;
    else if (strikes(env, FAULT_DEVICE_LATE))
        appears_ms = env->now_ms + draw(env, env->rates->late);
    else /* The service takes its seconds; the kernel is about as fast, before or after it. */
        appears_ms += prng_between(env->chance, 500, 3000);
    *d =
        (struct host_device){.volume = volume, .appears_ms = appears_ms, .vanishes_ms = UINT64_MAX};
}

void host_detached(struct host *h, const struct host_env *env, uint32_t volume)
{
    struct host_device *d = find_device(h, volume);

    if (d && h->mounted != volume && d->held_ms == 0)
        d->vanishes_ms = env->now_ms + prng_below(env->chance, DEVICE_GONE_MS);
}

void host_found(struct host *h, uint32_t volume, uint64_t now_ms)
{
    assert(h->device_count < HOST_DEVICES_MAX);
    h->devices[h->device_count++] =
        (struct host_device){.volume = volume, .appears_ms = now_ms, .vanishes_ms = UINT64_MAX};
}

static void unmount(struct host *h, const struct host_env *env, bool clean)
{
    if (h->mounted == HOST_NONE)
        return;
    if (clean)
        ec2_content(env->cloud, h->mounted)->dirty = false;
    ec2_unmounted(env->cloud, h->mounted, env->now_ms);
    h->mounted = HOST_NONE;
}

void host_abort(struct host *h, const struct host_env *env)
{
    (void)env;
    /* The bytes were touched when the job began, so they are half-made already. */
    h->busy_on = HOST_NONE;
}

void host_reboot(struct host *h, const struct host_env *env)
{
    host_abort(h, env);
    unmount(h, env, false);
    for (uint32_t i = 0; i < h->device_count; i++) {
        struct host_device *d = &h->devices[i];

        if (d->held_ms > 0)
            ec2_unmounted(env->cloud, d->volume, env->now_ms);
        d->held_ms = 0;
        /* A device that would not appear does after a reboot, unless the service is stuck. */
        if (!ec2_truth_volume(env->cloud, d->volume, env->now_ms).stuck)
            d->appears_ms = env->now_ms;
        d->unreadable = false;
    }
}

uint64_t host_let_go(struct host *h, const struct host_env *env)
{
    uint64_t next = 0;

    for (uint32_t i = 0; i < h->device_count; i++) {
        struct host_device *d = &h->devices[i];

        if (d->held_ms == 0)
            continue;
        if (d->held_ms > env->now_ms) {
            next = next == 0 || d->held_ms < next ? d->held_ms : next;
            continue;
        }
        d->held_ms = 0;
        if (h->mounted != d->volume)
            ec2_unmounted(env->cloud, d->volume, env->now_ms);
    }
    return next;
}

static struct rate_span span_of(const struct host_rates *r, enum fx kind)
{
    switch (kind) {
    case FX_PROBE: return r->probe;
    case FX_MKFS: return r->mkfs;
    case FX_FSCK: return r->fsck;
    case FX_GROW:
    case FX_MOUNT:
    case FX_EXTEND:
    case FX_UNMOUNT: return r->mount;
    case FX_NONE:
    case FX_SLEEP:
    case FX_FINISH:
    case FX_IDENTIFY:
    case FX_LIST:
    case FX_LIST_LINEAGE:
    case FX_READ_VOLUME:
    case FX_READ_TAGS:
    case FX_READ_LEAVING:
    case FX_LIST_SNAPSHOTS:
    case FX_READ_SNAPSHOT:
    case FX_ATTACH:
    case FX_DETACH:
    case FX_MARK:
    case FX_UNMARK:
    case FX_CREATE_VOLUME:
    case FX_CREATE_COPY:
    case FX_CREATE_SNAPSHOT:
    case FX_DELETE_VOLUME:
    case FX_DELETE_SNAPSHOT:
    case FX_INSPECT:
    case FX_AWAIT_DEVICE:
    case FX_VERIFY:
    case FX_ANNOUNCE:
    case FX_COUNT: break;
    }
    return r->look;
}

/* A device that is awaited: when to look next. */
static uint64_t await_until(struct host *h, const struct host_env *env, uint32_t volume,
                            uint64_t deadline_ms)
{
    const struct host_device *d = find_device(h, volume);
    uint64_t next = env->now_ms + AWAIT_STEP_MS;

    if (d && d->appears_ms > env->now_ms && d->vanishes_ms == UINT64_MAX)
        next = d->appears_ms;
    if (d && is_shown(d, env))
        next = env->now_ms + 1;
    return next < deadline_ms ? next : deadline_ms;
}

static bool is_formattable(const struct ec2_content *c)
{
    return c->kind == EC2_BLANK || c->kind == EC2_HALF;
}

uint64_t host_begin(struct host *h, const struct host_env *env, const struct effect *fx,
                    uint64_t deadline_ms)
{
    const uint32_t volume = ec2_volume_index(env->cloud, &fx->volume);
    uint64_t done;

    if (fx->kind == FX_AWAIT_DEVICE)
        return await_until(h, env, volume, deadline_ms);
    done = env->now_ms + draw(env, span_of(env->rates, fx->kind));
    if (fx->kind == FX_MKFS && volume != EC2_NONE && host_shows(h, env, volume)) {
        struct ec2_content *c = ec2_content(env->cloud, volume);

        /* From here on until the end a crash leaves a half-made filesystem. */
        if (is_formattable(c)) {
            c->kind = EC2_HALF;
            h->busy_on = volume;
        }
    }
    return done < deadline_ms ? done : deadline_ms;
}

static void inspect(const struct host *h, const struct host_env *env, struct inspection *out)
{
    *out = (struct inspection){0};
    for (uint32_t i = 0; i < h->device_count; i++) {
        const struct host_device *d = &h->devices[i];

        if (!is_shown(d, env) || out->present_count == PRESENT_MAX)
            continue;
        out->mounted[out->present_count] = d->volume == h->mounted;
        out->present[out->present_count++] = ec2_volume_id(env->cloud, d->volume);
    }
    out->target_mounted = h->mounted != HOST_NONE;
    if (out->target_mounted)
        out->target_volume = ec2_volume_id(env->cloud, h->mounted);
}

static struct probe probe_of(const struct ec2_content *c, bool vouched)
{
    struct probe p = {0};

    switch (c->kind) {
    case EC2_BLANK: p.kind = PROBE_BLANK; break;
    case EC2_HALF: p.kind = vouched ? PROBE_BLANK : PROBE_NOISE; break;
    case EC2_NOISE: p.kind = PROBE_NOISE; break;
    case EC2_FOREIGN: p.kind = PROBE_FOREIGN; break;
    case EC2_FS:
        p.kind = PROBE_FILESYSTEM;
        memcpy(p.fstype, "ext4", 5);
        p.uuid = c->fs;
        break;
    }
    return p;
}

static enum err probe(struct host_device *d, const struct host_env *env, bool vouched,
                      struct probe *out)
{
    if (strikes(env, FAULT_READ_ERROR))
        d->unreadable = true;
    if (d->unreadable)
        *out = (struct probe){.kind = PROBE_UNREADABLE};
    else
        *out = probe_of(ec2_content(env->cloud, d->volume), vouched);
    return ERR_OK;
}

static enum err mkfs(struct host *h, const struct host_env *env, const struct effect *fx,
                     struct host_device *d, struct probe *out)
{
    struct ec2_content *c = ec2_content(env->cloud, d->volume);

    if (h->busy_on != d->volume)
        return ERR_FOREIGN;
    h->busy_on = HOST_NONE;
    if (strikes(env, FAULT_MKFS_FAILS))
        return ERR_IO;
    *c = (struct ec2_content){
        .data_id = ++*env->next_data_id,
        .version = 1,
        .fs = fx->fs,
        .kind = EC2_FS,
        .fs_gib = ec2_truth_volume(env->cloud, d->volume, env->now_ms).size_gib,
    };
    *out = probe_of(c, false);
    return ERR_OK;
}

static enum err mount(struct host *h, const struct host_env *env, const struct effect *fx,
                      const struct host_device *d)
{
    struct ec2_content *c = ec2_content(env->cloud, d->volume);

    if (h->mounted == d->volume)
        return ERR_OK;
    if (h->mounted != HOST_NONE)
        return ERR_IN_USE;
    if (strikes(env, FAULT_MOUNT_FAILS))
        return ERR_IO;
    if (c->kind != EC2_FS || (!uuid_is_zero(&fx->fs) && !uuid_same(&fx->fs, &c->fs)))
        return ERR_FOREIGN;
    c->dirty = true;
    h->mounted = d->volume;
    ec2_mounted(env->cloud, d->volume, env->now_ms);
    return ERR_OK;
}

static enum err unmount_job(struct host *h, const struct host_env *env, struct host_device *d)
{
    const bool held = strikes(env, FAULT_BUSY_DETACH);

    if (h->mounted != d->volume)
        return ERR_OK;
    if (!held) {
        unmount(h, env, true);
        return ERR_OK;
    }
    /* Unmounted, but somebody on the machine still has the device open. */
    ec2_content(env->cloud, h->mounted)->dirty = false;
    h->mounted = HOST_NONE;
    d->held_ms = env->now_ms + draw(env, env->rates->held);
    return ERR_OK;
}

/* The jobs on one device that is there. */
static enum err work(struct host *h, const struct host_env *env, const struct effect *fx,
                     struct host_device *d, struct probe *out)
{
    struct ec2_content *c = ec2_content(env->cloud, d->volume);

    switch ((int)fx->kind) {
    case FX_PROBE: return probe(d, env, fx->has_blank, out);
    case FX_MKFS: return mkfs(h, env, fx, d, out);
    case FX_FSCK:
        if (strikes(env, FAULT_MOUNT_FAILS))
            return ERR_IO;
        if (c->kind != EC2_FS)
            return ERR_FOREIGN;
        c->dirty = false;
        return ERR_OK;
    case FX_GROW:
    case FX_EXTEND:
        c->fs_gib = ec2_truth_volume(env->cloud, d->volume, env->now_ms).size_gib;
        return ERR_OK;
    case FX_MOUNT: return mount(h, env, fx, d);
    case FX_UNMOUNT: return unmount_job(h, env, d);
    case FX_VERIFY:
        if (h->mounted != d->volume)
            return ERR_NOT_FOUND;
        *out = probe_of(c, false);
        return ERR_OK;
    default: return ERR_OK;
    }
}

static bool needs_device(enum fx kind)
{
    return kind != FX_INSPECT && kind != FX_ANNOUNCE && kind != FX_AWAIT_DEVICE;
}

uint64_t host_end(struct host *h, const struct host_env *env, const struct effect *fx,
                  uint64_t deadline_ms, struct answer *a)
{
    const uint32_t volume = ec2_volume_index(env->cloud, &fx->volume);
    struct host_device *d = volume == EC2_NONE ? NULL : find_device(h, volume);

    *a = (struct answer){.of = fx->kind, .err = ERR_OK};
    if (fx->kind == FX_INSPECT) {
        inspect(h, env, env->room);
        a->inspection = env->room;
    } else if (fx->kind == FX_AWAIT_DEVICE && !(d && is_shown(d, env))) {
        if (env->now_ms < deadline_ms)
            return await_until(h, env, volume, deadline_ms);
        a->err = ERR_NOT_FOUND;
    } else if (needs_device(fx->kind)) {
        if (d && is_shown(d, env))
            a->err = work(h, env, fx, d, &a->probe);
        else
            a->err = fx->kind == FX_UNMOUNT ? ERR_OK : ERR_NOT_FOUND;
    }
    return 0;
}
