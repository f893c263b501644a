/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mount.c - refuse, guard, mount, prove, own; and the way back.
 *
 * libmount does the mounting: it knows which options are the kernel's and which are not. No fstab
 * entry is consulted and no mount helper is run. The node stays open from its proof to the end, so
 * the path given to libmount cannot come to mean another disk.
 */
#include "fs/mount.h"

#include "fs/guard.h"
#include "fs/holder.h"
#include "fs/mounts.h"
#include "fs/owner.h"
#include "scope.h"

#include <errno.h>
#include <fcntl.h>
#include <libmount/libmount.h>
#include <limits.h>
#include <linux/fs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

enum { HOLDERS_MAX = 128, TARGET_MODE = 0755 };

static inline void free_context(struct libmnt_context *const *context)
{
    mnt_free_context(*context); /* NULL is allowed. */
}

#define AUTO_CONTEXT __attribute__((cleanup(free_context)))

void mount_real_path(const char *target, char *out, size_t size)
{
    char real[PATH_MAX];

    (void)snprintf(out, size, "%s", realpath(target, real) ? real : target);
}

/* One folder after the other, as mkdir -p does. */
static enum err make_folders(const char *target, struct errctx *cx)
{
    char path[PATH_MAX];
    const size_t length = strlen(target);

    if (length == 0 || length >= sizeof(path) || target[0] != '/')
        return err_set(cx, ERR_CONFIG, 0, "%s is no absolute path", target);
    for (size_t i = 1; i <= length; i++) {
        if (target[i] != '/' && target[i] != '\0')
            continue;
        memcpy(path, target, i);
        path[i] = '\0';
        if (mkdir(path, TARGET_MODE) < 0 && errno != EEXIST)
            return err_set(cx, ERR_IO, errno, "make the folder %s", path);
    }
    return ERR_OK;
}

/* A process that sits in the bare directory would go on writing below the mount. */
static enum err refuse_sitters(const char *target, struct errctx *cx)
{
    char who[HOLDERS_MAX];
    struct stat st;

    if (stat(target, &st) < 0)
        return err_set(cx, ERR_IO, errno, "look at %s", target);
    const struct holder_ask ask = {.dev = st.st_dev, .inode = st.st_ino};

    if (holder_find(&ask, who, sizeof(who)))
        return err_set(cx, ERR_IN_USE, 0, "%s is the working directory of %s", target, who);
    return ERR_OK;
}

/* *there: our device is mounted at the target. Any other mount of either is refused. */
static enum err look(const struct mount_request *rq, const char *target, bool *there,
                     struct errctx *cx)
{
    struct mounted m;
    bool found = false;
    enum err e = mounts_at(target, &m, &found, cx);

    if (e != ERR_OK)
        return e;
    *there = found && device_is(rq->device, m.dev);
    if (found && !*there)
        return err_set(cx, ERR_IN_USE, 0, "%s already has %s (%s) mounted, not %s", target,
                       m.source, m.fstype, rq->device->volume.text);
    if (*there)
        return ERR_OK;
    e = mounts_of(makedev(rq->device->major, rq->device->minor), &m, &found, cx);
    if (e == ERR_OK && found)
        e = err_set(cx, ERR_IN_USE, 0, "%s is already mounted, at %s", rq->device->volume.text,
                    m.target);
    return e;
}

static enum err call_libmount(const struct mount_request *rq, const char *target, struct errctx *cx)
{
    AUTO_CONTEXT struct libmnt_context *const context = mnt_new_context();
    char source[DEVICE_PATH_MAX];
    char words[128] = "";

    device_path(rq->roots, rq->device, source);
    if (!context || mnt_context_set_optsmode(context, MNT_OMODE_NOTAB) != 0 ||
        mnt_context_disable_helpers(context, 1) != 0 ||
        mnt_context_set_source(context, source) != 0 ||
        mnt_context_set_target(context, target) != 0 ||
        mnt_context_set_fstype(context, rq->fstype) != 0 ||
        mnt_context_set_options(context, rq->options) != 0)
        return err_set(cx, ERR_NO_MEMORY, 0, "prepare to mount %s", source);
    const int rc = mnt_context_mount(context);

    if (rc == 0 && mnt_context_get_status(context) == 1)
        return ERR_OK;
    const int sys_errno = mnt_context_get_syscall_errno(context);

    (void)mnt_context_get_excode(context, rc, words, sizeof(words));
    return err_set(cx, sys_errno == EBUSY ? ERR_IN_USE : ERR_IO, sys_errno,
                   "mount %s (%s) at %s as %s with options %s: %s", source, rq->device->volume.text,
                   target, rq->fstype, rq->options ? rq->options : "none", words);
}

static enum err own(const struct mount_request *rq, const char *target, struct errctx *cx)
{
    const struct owner_request owner = {.user = rq->owner, .group = rq->group, .mode = rq->mode};
    AUTO_FD const int fd = open(target, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (fd < 0)
        return err_set(cx, ERR_IO, errno, "open %s", target);
    return owner_set(fd, &owner, cx);
}

enum err mount_verify(const struct mount_request *rq, struct errctx *cx)
{
    char target[PATH_MAX];
    struct mounted m;
    bool found = false;

    mount_real_path(rq->target, target, sizeof(target));
    const enum err e = mounts_at(target, &m, &found, cx);

    if (e != ERR_OK)
        return e;
    if (!found)
        return err_set(cx, ERR_WRONG_STATE, 0, "nothing is mounted at %s", target);
    if (!device_is(rq->device, m.dev))
        return err_set(cx, ERR_WRONG_STATE, 0, "%s has %s mounted, not %s", target, m.source,
                       rq->device->volume.text);
    return ERR_OK;
}

static enum err mount_anew(const struct mount_request *rq, const char *target, struct errctx *cx)
{
    enum err e = refuse_sitters(target, cx);

    if (e == ERR_OK)
        e = guard_set(target, cx);
    if (e == ERR_OK)
        e = call_libmount(rq, target, cx);
    if (e != ERR_OK)
        return e;
    e = mount_verify(rq, cx);
    /* Mounted a moment ago, and not what it should be: away with it before anyone uses it. */
    if (e == ERR_WRONG_STATE)
        (void)umount2(target, UMOUNT_NOFOLLOW);
    return e;
}

enum err mount_run(const struct mount_request *rq, struct errctx *cx)
{
    char target[PATH_MAX];
    bool there = false;
    AUTO_FD int fd = -1;
    enum err e = make_folders(rq->target, cx);

    if (e != ERR_OK)
        return e;
    mount_real_path(rq->target, target, sizeof(target));
    e = device_open(rq->roots, rq->device, O_RDONLY, &fd, cx);
    if (e == ERR_OK)
        e = look(rq, target, &there, cx);
    if (e == ERR_OK && !there)
        e = mount_anew(rq, target, cx);
    return e == ERR_OK ? own(rq, target, cx) : e;
}

static enum err busy(const char *target, struct errctx *cx)
{
    char who[HOLDERS_MAX];
    struct stat st;
    const bool seen = stat(target, &st) == 0 &&
                      holder_find(&(struct holder_ask){.dev = st.st_dev}, who, sizeof(who));

    return err_set(cx, ERR_IN_USE, EBUSY, "%s is kept busy by %s", target,
                   seen ? who : "somebody in another mount namespace, or the kernel");
}

static enum err write_back(const char *target, struct errctx *cx)
{
    AUTO_FD const int fd = open(target, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (fd < 0 || syncfs(fd) < 0)
        return err_set(cx, ERR_IO, errno, "write back what was written to %s", target);
    return ERR_OK;
}

static enum err unmount(const char *target, struct errctx *cx)
{
    const enum err e = write_back(target, cx);

    if (e != ERR_OK)
        return e;
    if (umount2(target, UMOUNT_NOFOLLOW) == 0)
        return ERR_OK;
    return errno == EBUSY ? busy(target, cx) : err_set(cx, ERR_IO, errno, "unmount %s", target);
}

static enum err flush(const struct mount_request *rq, struct errctx *cx)
{
    AUTO_FD int fd = -1;
    const enum err e = device_open(rq->roots, rq->device, O_RDONLY, &fd, cx);

    /* A device that is gone has nothing left to flush. */
    if (e != ERR_OK)
        return e == ERR_NOT_FOUND ? ERR_OK : e;
    if (fsync(fd) < 0 || ioctl(fd, BLKFLSBUF, 0) < 0)
        return err_set(cx, ERR_IO, errno, "flush %s", rq->device->name);
    return ERR_OK;
}

enum err mount_end(const struct mount_request *rq, struct errctx *cx)
{
    char target[PATH_MAX];
    struct mounted m;
    bool found = false;
    bool unmounted = false;
    enum err e;

    mount_real_path(rq->target, target, sizeof(target));
    e = mounts_at(target, &m, &found, cx);
    while (e == ERR_OK && found && device_is(rq->device, m.dev)) {
        e = unmount(target, cx);
        unmounted = true;
        if (e == ERR_OK)
            e = mounts_at(target, &m, &found, cx);
    }
    if (e == ERR_OK)
        e = mounts_of(makedev(rq->device->major, rq->device->minor), &m, &found, cx);
    if (e == ERR_OK && found)
        e = err_set(cx, ERR_IN_USE, 0, "%s is mounted at %s too", rq->device->volume.text,
                    m.target);
    return e == ERR_OK && unmounted ? flush(rq, cx) : e;
}
