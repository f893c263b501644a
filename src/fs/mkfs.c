/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mkfs.c - lock, prove, look again, make, look at the result.
 *
 * The device is opened twice: one descriptor keeps the lock and the node from the proof to the end
 * (and is inherited by mkfs, so that both outlive this process), the other is exclusive while the
 * zeros are read. mkfs opens exclusively itself, so that one must be closed before; between the two
 * lies one more look at the signatures. No mkfs may be called with a force option by us.
 */
#include "fs/mkfs.h"

#include "claim/mark.h"
#include "fs/probe_name.h"
#include "fs/spawn.h"
#include "scope.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

enum { UUID_TEXT_MAX = 48, SECTOR_BYTES = 4096 };

static bool takes_value(const char *arg, const char **inline_value)
{
    *inline_value = NULL;
    if (strcmp(arg, "-t") == 0 || strcmp(arg, "--type") == 0)
        return true;
    if (strncmp(arg, "--type=", 7) == 0)
        *inline_value = arg + 7;
    else if (strncmp(arg, "-t", 2) == 0)
        *inline_value = arg + 2;
    return *inline_value != NULL;
}

enum err mkfs_kind(const char *const *args, size_t count, const char **kind, struct errctx *cx)
{
    const char *found = NULL;
    const char *given = NULL;

    for (size_t i = 0; i < count; i++) {
        if (!takes_value(args[i], &given))
            continue;
        if (!given && i + 1 == count)
            return err_set(cx, ERR_CONFIG, 0, "mkfs arguments: %s needs a value", args[i]);
        found = given ? given : args[++i];
    }
    if (!found)
        return err_set(cx, ERR_CONFIG, 0, "mkfs arguments: -t is missing: ext4, xfs or btrfs");
    if (!probe_is_mountable(found))
        return err_set(cx, ERR_CONFIG, 0,
                       "mkfs arguments: cannot make %s, only ext2, ext3, ext4, xfs, btrfs", found);
    *kind = found;
    return ERR_OK;
}

struct command {
    const char *argv[SPAWN_ARGS_MAX];
    size_t count;
    char program[32];
    char uuid[UUID_TEXT_MAX];
    char path[DEVICE_PATH_MAX];
};

static void add(struct command *c, const char *arg)
{
    if (c->count < SPAWN_ARGS_MAX - 1)
        c->argv[c->count++] = arg;
}

static void add_uuid(struct command *c, const char *kind, const struct uuid *fs)
{
    const bool xfs = strcmp(kind, "xfs") == 0;
    char text[37];

    uuid_format(fs, text);
    (void)snprintf(c->uuid, sizeof(c->uuid), "%s%s", xfs ? "uuid=" : "", text);
    add(c, xfs ? "-m" : "-U");
    add(c, c->uuid);
}

static enum err compose(const struct mkfs_request *rq, struct command *c, struct errctx *cx)
{
    const char *kind = "";
    const char *given = NULL;
    const enum err e = mkfs_kind(rq->args, rq->arg_count, &kind, cx);

    if (e != ERR_OK)
        return e;
    if (rq->arg_count > SPAWN_ARGS_MAX - 8)
        return err_set(cx, ERR_CONFIG, 0, "mkfs arguments: more than %d", SPAWN_ARGS_MAX - 8);
    (void)snprintf(c->program, sizeof(c->program), "mkfs.%s", kind);
    add(c, c->program);
    for (size_t i = 0; i < rq->arg_count; i++) {
        if (!takes_value(rq->args[i], &given))
            add(c, rq->args[i]);
        else if (!given)
            i++;
    }
    add(c, "-q");
    add_uuid(c, kind, rq->fs);
    device_path(rq->roots, rq->device, c->path);
    add(c, c->path);
    return ERR_OK;
}

/* The remains of our own mkfs pass where the record says that nobody ever mounted anything. */
static enum err judge(const struct mkfs_request *rq, const struct probe_report *r,
                      struct errctx *cx)
{
    char name[DEVICE_PATH_MAX + ID_MAX + 4];
    char path[DEVICE_PATH_MAX];

    if (rq->vouched && r->probe.kind == PROBE_NOISE)
        return ERR_OK;
    device_path(rq->roots, rq->device, path);
    (void)snprintf(name, sizeof(name), "%s (%s)", path, rq->device->volume.text);
    return probe_refuse(r, name, cx);
}

/* The full proof, with the device held exclusively while it is read. */
static enum err prove(const struct mkfs_request *rq, struct probe_report *r, struct errctx *cx)
{
    AUTO_FD int fd = -1;
    enum err e = device_open_exclusive(rq->roots, rq->device, rq->due, &fd, cx);

    if (e != ERR_OK)
        return e;
    e = probe_device(&(struct probe_ask){.fd = fd, .vouched = rq->vouched, .due = rq->due}, r, cx);
    return e == ERR_OK ? judge(rq, r, cx) : e;
}

/* One more look through the descriptor that was open all the time. */
static enum err look_again(const struct mkfs_request *rq, int fd, struct errctx *cx)
{
    struct probe_report r;
    const enum err e = probe_signatures(&(struct probe_ask){.fd = fd, .due = rq->due}, &r, cx);

    return e == ERR_OK ? judge(rq, &r, cx) : e;
}

/* mkfs refuses what looks like a filesystem, and so it must: its own remains are unsigned first. */
static enum err unsign(const struct mkfs_request *rq, struct errctx *cx)
{
    static const char zeros[SECTOR_BYTES];
    AUTO_FD int fd = -1;
    const enum err e = device_open(rq->roots, rq->device, O_RDWR | O_EXCL, &fd, cx);

    if (e != ERR_OK)
        return e;
    if (pwrite(fd, zeros, sizeof(zeros), 0) != (ssize_t)sizeof(zeros) || fsync(fd) < 0)
        return err_set(cx, ERR_IO, errno, "unsign the half-made filesystem on %s",
                       rq->device->name);
    return ERR_OK;
}

static enum err make(const struct mkfs_request *rq, int lock, struct errctx *cx)
{
    struct command c = {.count = 0};
    int status = 0;
    const enum err e = compose(rq, &c, cx);

    if (e != ERR_OK)
        return e;
    return spawn_run(
        &(struct spawn_request){
            .argv = c.argv, .folders = rq->folders, .due = rq->due, .keep_fd = lock},
        &status, cx);
}

/* What was made must read back as what was asked for. */
static enum err check_result(const struct mkfs_request *rq, int fd, struct probe_report *out,
                             struct errctx *cx)
{
    struct probe_report r;
    const enum err e = probe_signatures(&(struct probe_ask){.fd = fd, .due = rq->due}, &r, cx);

    if (e != ERR_OK)
        return e;
    if (r.probe.kind != PROBE_FILESYSTEM || !uuid_same(&r.probe.uuid, rq->fs))
        return err_set(cx, ERR_IO, 0, "after mkfs, %s reads as %s", rq->device->name, r.evidence);
    *out = r;
    return ERR_OK;
}

enum err mkfs_run(const struct mkfs_request *rq, struct probe_report *out, struct errctx *cx)
{
    AUTO_FD int fd = -1;
    const char *kind = NULL;
    struct probe_report r;
    enum err e = mkfs_kind(rq->args, rq->arg_count, &kind, cx);

    if (e == ERR_OK)
        e = device_open(rq->roots, rq->device, O_RDONLY, &fd, cx);
    if (e == ERR_OK)
        e = device_lock(fd, rq->device, rq->due, cx);
    if (e == ERR_OK)
        e = prove(rq, &r, cx);
    if (e == ERR_OK && r.half_made)
        e = unsign(rq, cx);
    if (e == ERR_OK)
        e = look_again(rq, fd, cx);
    if (e == ERR_OK)
        e = make(rq, fd, cx);
    if (e == ERR_OK)
        e = check_result(rq, fd, out, cx);
    return e;
}
