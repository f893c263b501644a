/* SPDX-License-Identifier: Apache-2.0 */
/*
 * guard.c - the immutable mark of a directory, by ioctl (ioctl_iflags(2)).
 *
 * Everything goes through one descriptor, and the directory's filesystem is compared with that of
 * its parent: the mark must land on the bare directory, and never on what is mounted over it.
 */
#include "fs/guard.h"

#include "scope.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

static enum err open_bare(const char *directory, int *fd, struct errctx *cx)
{
    AUTO_FD int opened = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    struct stat here;
    struct stat above;

    if (opened < 0)
        return err_set(cx, errno == ENOTDIR ? ERR_CONFIG : ERR_IO, errno, "open %s", directory);
    if (fstat(opened, &here) < 0 || fstatat(opened, "..", &above, 0) < 0)
        return err_set(cx, ERR_IO, errno, "look at %s", directory);
    if (here.st_dev != above.st_dev)
        return err_set(cx, ERR_IN_USE, 0, "something is mounted at %s", directory);
    *fd = TAKE_FD(opened);
    return ERR_OK;
}

static enum err check_empty(int fd, const char *directory, struct errctx *cx)
{
    const struct dirent *entry = NULL;
    AUTO_FD int again = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *const stream = again < 0 ? NULL : fdopendir(again);
    enum err e = ERR_OK;

    if (!stream)
        return err_set(cx, ERR_IO, errno, "list %s", directory);
    (void)TAKE_FD(again); /* The stream owns it now. */
    do {
        errno = 0;
        /* One stream, one thread: readdir is safe. */
        /* NOLINTNEXTLINE(concurrency-mt-unsafe) */
        entry = readdir(stream);
    } while (entry && (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0));
    if (entry) {
        e = err_set(cx, ERR_WRONG_STATE, 0,
                    "%s is not empty, it holds %s: a mount would hide that; move it away first",
                    directory, entry->d_name);
    } else if (errno != 0) {
        e = err_set(cx, ERR_IO, errno, "list %s", directory);
    }
    (void)closedir(stream);
    return e;
}

/* True when the mark is as wanted now. */
static bool mark(int fd, bool immutable)
{
    unsigned flags = 0;

    if (ioctl(fd, FS_IOC_GETFLAGS, &flags) < 0)
        return false;
    const unsigned wanted =
        immutable ? flags | FS_IMMUTABLE_FL : flags & ~(unsigned)FS_IMMUTABLE_FL;

    return wanted == flags || ioctl(fd, FS_IOC_SETFLAGS, &wanted) == 0;
}

enum err guard_set(const char *directory, struct errctx *cx)
{
    AUTO_FD int fd = -1;
    enum err e = open_bare(directory, &fd, cx);

    if (e == ERR_OK)
        e = check_empty(fd, directory, cx);
    if (e != ERR_OK || mark(fd, true))
        return e;
    if (fchmod(fd, 0) < 0)
        return err_set(cx, ERR_IO, errno, "guard %s", directory);
    return ERR_OK;
}

enum err guard_lift(const char *directory, int mode, struct errctx *cx)
{
    AUTO_FD int fd = -1;
    const enum err e = open_bare(directory, &fd, cx);

    if (e != ERR_OK)
        return e;
    (void)mark(fd, false);
    if (fchmod(fd, (mode_t)mode) < 0)
        return err_set(cx, ERR_IO, errno, "unguard %s", directory);
    return ERR_OK;
}
