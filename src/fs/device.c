/* SPDX-License-Identifier: Apache-2.0 */
/*
 * device.c - opening a node and proving whose it is; locks, sizes, and the wait for a device.
 *
 * Ref ec2.md F.7, the reuse race: "resolve, open, fstat rdev, read the serial for that number after
 * the open, compare, only then use the descriptor". While a descriptor is open the kernel gives its
 * number and name to no other disk, so what was proven stays true until it is closed. No path of
 * /dev may be used for anything without an open descriptor beside it.
 */
#include "fs/device.h"

#include "fs/device_scan.h"
#include "fs/nvme.h"
#include "fs/sysfs.h"
#include "fs/uevent.h"
#include "scope.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

enum {
    RESCAN_MS = 200,
    /* Who holds a disk exclusively either lets go soon (a probe) or not at all (a mount). */
    PATIENCE_MS = 5000,
};

const struct device_roots device_roots_system = {.sys = "/sys", .dev = "/dev"};

void device_path(const struct device_roots *roots, const struct device *d,
                 char out[DEVICE_PATH_MAX])
{
    (void)snprintf(out, DEVICE_PATH_MAX, "%s/%s", roots->dev, d->name);
}

bool device_is(const struct device *d, uint64_t dev)
{
    return major(dev) == d->major && minor(dev) == d->minor;
}

enum err device_size(int fd, uint64_t *bytes, struct errctx *cx)
{
    struct stat st;

    if (fstat(fd, &st) < 0)
        return err_set(cx, ERR_IO, errno, "look at a device");
    if (S_ISREG(st.st_mode)) {
        *bytes = (uint64_t)st.st_size;
        return ERR_OK;
    }
    if (ioctl(fd, BLKGETSIZE64, bytes) < 0)
        return err_set(cx, ERR_IO, errno, "ask for the size of a device");
    return ERR_OK;
}

/* The controller as a second witness, where it can be asked. */
static enum err ask_controller(int fd, const struct device *want, struct errctx *cx)
{
    struct nvme_identity identity;
    struct id said;
    struct errctx unheard;

    if (nvme_identify(fd, &identity, &unheard) != ERR_OK)
        return ERR_OK;
    if (device_id_of_serial(identity.serial, &said) && id_same(&said, &want->volume))
        return ERR_OK;
    return err_set(cx, ERR_WRONG_STATE, 0, "%s: its controller bears the serial %s, not that of %s",
                   want->name, identity.serial, want->volume.text);
}

static enum err prove(const struct device_roots *roots, const struct device *want, int fd,
                      struct errctx *cx)
{
    char folder[64];
    struct stat st;
    struct device seen = {.name = ""};

    if (fstat(fd, &st) < 0)
        return err_set(cx, ERR_IO, errno, "look at %s", want->name);
    if (!S_ISBLK(st.st_mode))
        return err_set(cx, ERR_WRONG_STATE, 0, "%s/%s is not a block device", roots->dev,
                       want->name);
    (void)snprintf(folder, sizeof(folder), "dev/block/%u:%u", major(st.st_rdev), minor(st.st_rdev));
    if (want->verified) {
        if (!device_identity(roots, folder, &seen.volume))
            return err_set(cx, ERR_WRONG_STATE, 0, "%s: the kernel shows no volume id for it",
                           want->name);
        if (!id_same(&seen.volume, &want->volume))
            return err_set(cx, ERR_WRONG_STATE, 0, "%s is %s, not %s", want->name, seen.volume.text,
                           want->volume.text);
        return ask_controller(fd, want, cx);
    }
    if (!device_is(want, st.st_rdev))
        return err_set(cx, ERR_WRONG_STATE, 0, "%s/%s is another disk than the kernel's %s",
                       roots->dev, want->name, want->name);
    return ERR_OK;
}

enum err device_open(const struct device_roots *roots, const struct device *want, int flags,
                     int *fd, struct errctx *cx)
{
    char path[DEVICE_PATH_MAX];

    device_path(roots, want, path);
    AUTO_FD int opened = open(path, flags | O_CLOEXEC | O_NONBLOCK);

    if (opened < 0 && errno == EBUSY)
        return err_set(cx, ERR_IN_USE, errno, "%s (%s) is in use", path, want->volume.text);
    if (opened < 0 && (errno == ENOENT || errno == ENXIO))
        return err_set(cx, ERR_NOT_FOUND, errno, "the kernel shows %s as %s, but %s does not open",
                       want->volume.text, want->name, path);
    if (opened < 0)
        return err_set(cx, errno == EACCES || errno == EPERM ? ERR_DENIED : ERR_IO, errno,
                       "open %s", path);
    const enum err e = prove(roots, want, opened, cx);

    if (e == ERR_OK)
        *fd = TAKE_FD(opened);
    return e;
}

enum err device_open_exclusive(const struct device_roots *roots, const struct device *want,
                               struct due due, int *fd, struct errctx *cx)
{
    const struct due end = due_in((uint64_t)due_poll_ms(due, PATIENCE_MS));

    /* Ref open(2): "O_EXCL without O_CREAT on a block device in use fails with EBUSY". */
    enum err e = device_open(roots, want, O_RDONLY | O_EXCL, fd, cx);

    while (e == ERR_IN_USE && !due_over(end)) {
        due_nap(end);
        e = device_open(roots, want, O_RDONLY | O_EXCL, fd, cx);
    }
    return e;
}

enum err device_lock(int fd, const struct device *d, struct due due, struct errctx *cx)
{
    const struct due end = due_in((uint64_t)due_poll_ms(due, PATIENCE_MS));

    /* Ref systemd.io/BLOCK_DEVICE_LOCKING: udev takes a shared lock, briefly, while it probes. */
    while (flock(fd, LOCK_EX | LOCK_NB) < 0) {
        if (errno != EWOULDBLOCK && errno != EINTR)
            return err_set(cx, ERR_IO, errno, "lock %s", d->name);
        if (due_over(end))
            return err_set(cx, ERR_IN_USE, EWOULDBLOCK, "%s (%s) is locked by another process",
                           d->name, d->volume.text);
        due_nap(end);
    }
    return ERR_OK;
}

static enum err find_and_open(const struct device_roots *roots, const struct id *volume,
                              struct device *out, struct errctx *cx)
{
    AUTO_FD int fd = -1;
    struct device found;
    enum err e = device_find(roots, volume, &found, cx);

    if (e == ERR_OK)
        e = device_open(roots, &found, O_RDONLY, &fd, cx);
    if (e == ERR_OK)
        *out = found;
    return e;
}

enum err device_await(const struct device_roots *roots, const struct id *volume, struct due due,
                      struct device *out, struct errctx *cx)
{
    struct errctx unheard;
    AUTO_FD int events = -1;
    enum err e;

    /* Before the first look, so that no device can come between the look and the listening. */
    if (uevent_open(&events, &unheard) != ERR_OK)
        events = -1;
    e = find_and_open(roots, volume, out, cx);
    while ((e == ERR_NOT_FOUND || e == ERR_WRONG_STATE) && !due_over(due)) {
        uevent_wait(events, due, RESCAN_MS);
        e = find_and_open(roots, volume, out, cx);
    }
    return e;
}
