/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fsck.c - e2fsck -p where the superblock does not say that there is nothing to do.
 *
 * Statuses of e2fsck(8): 0 no errors, 1 errors corrected, 2 corrected and the machine should be
 * rebooted (for a mounted root, which this never is); from 4 on something is left. The lock is the
 * one of mkfs: udev stays away, and a second process of ours waits. It must not be given -y.
 */
#include "fs/fsck.h"

#include "fs/ext.h"
#include "fs/spawn.h"
#include "scope.h"

#include <fcntl.h>
#include <string.h>

/* Exclusive for a moment: so it is neither mounted nor held when the helper starts. */
static enum err is_free(const struct fsck_request *rq, struct errctx *cx)
{
    AUTO_FD int fd = -1;

    return device_open_exclusive(rq->roots, rq->device, rq->due, &fd, cx);
}

static enum err check(const struct fsck_request *rq, int lock, struct errctx *cx)
{
    char path[DEVICE_PATH_MAX];
    const char *const argv[] = {"e2fsck", "-p", rq->full ? "-f" : path, rq->full ? path : NULL,
                                NULL};
    int status = 0;

    device_path(rq->roots, rq->device, path);
    return spawn_run(&(struct spawn_request){.argv = argv,
                                             .folders = rq->folders,
                                             .due = rq->due,
                                             .good = 1 << 0 | 1 << 1 | 1 << 2 | 1 << 3,
                                             .keep_fd = lock},
                     &status, cx);
}

enum err fsck_run(const struct fsck_request *rq, struct errctx *cx)
{
    AUTO_FD int fd = -1;
    struct ext_superblock super;
    enum err e;

    if (strncmp(rq->fstype, "ext", 3) != 0)
        return ERR_OK;
    e = device_open(rq->roots, rq->device, O_RDONLY, &fd, cx);
    if (e == ERR_OK && !rq->full && ext_read(fd, &super) && super.clean)
        return ERR_OK;
    if (e == ERR_OK)
        e = device_lock(fd, rq->device, rq->due, cx);
    if (e == ERR_OK)
        e = is_free(rq, cx);
    return e == ERR_OK ? check(rq, fd, cx) : e;
}
