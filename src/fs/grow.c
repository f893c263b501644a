/* SPDX-License-Identifier: Apache-2.0 */
/*
 * grow.c - resize2fs for ext; an ioctl each for xfs and btrfs.
 *
 * resize2fs demands a forced e2fsck before ("Please run e2fsck -f first"). The structs of xfs are
 * restated here, for its header is not one of the kernel's exported ones; their sizes are part of
 * the request numbers, so a mistake is refused by the kernel, not obeyed. Nothing here may shrink.
 */
#include "fs/grow.h"

#include "fs/ext.h"
#include "fs/fsck.h"
#include "fs/spawn.h"
#include "scope.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/btrfs.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>

/* Ref xfs_fs.h: struct xfs_fsop_geom_v1, struct xfs_growfs_data. */
struct xfs_geometry {
    uint32_t blocksize;
    uint32_t rtextsize;
    uint32_t agblocks;
    uint32_t agcount;
    uint32_t logblocks;
    uint32_t sectsize;
    uint32_t inodesize;
    uint32_t imaxpct;
    uint64_t datablocks;
    uint64_t rtblocks;
    uint64_t rtextents;
    uint64_t logstart;
    uint8_t uuid[16];
    uint32_t sunit;
    uint32_t swidth;
    int32_t version;
    uint32_t flags;
    uint32_t logsectsize;
    uint32_t rtsectsize;
    uint32_t dirblocksize;
};

struct xfs_growth {
    uint64_t newblocks;
    uint32_t imaxpct;
};

#define XFS_GEOMETRY _IOR('X', 100, struct xfs_geometry)
#define XFS_GROW _IOW('X', 110, struct xfs_growth)

static enum err resize_ext(const struct grow_request *rq, int lock, struct errctx *cx)
{
    char path[DEVICE_PATH_MAX];
    const char *const argv[] = {"resize2fs", path, NULL};
    int status = 0;

    device_path(rq->roots, rq->device, path);
    return spawn_run(
        &(struct spawn_request){
            .argv = argv, .folders = rq->folders, .due = rq->due, .keep_fd = lock},
        &status, cx);
}

/* e2fsck takes the lock itself and lets it go; then resize2fs takes it. */
static enum err grow_ext(const struct grow_request *rq, int fd, struct errctx *cx)
{
    const struct fsck_request check = {.roots = rq->roots,
                                       .device = rq->device,
                                       .fstype = rq->fstype,
                                       .folders = rq->folders,
                                       .full = true,
                                       .due = rq->due};
    enum err e = fsck_run(&check, cx);

    if (e == ERR_OK)
        e = device_lock(fd, rq->device, rq->due, cx);
    return e == ERR_OK ? resize_ext(rq, fd, cx) : e;
}

enum err grow_unmounted(const struct grow_request *rq, struct errctx *cx)
{
    AUTO_FD int fd = -1;
    struct ext_superblock super;
    uint64_t size = 0;
    enum err e;

    if (strncmp(rq->fstype, "ext", 3) != 0)
        return ERR_OK;
    e = device_open(rq->roots, rq->device, O_RDONLY, &fd, cx);
    if (e == ERR_OK)
        e = device_size(fd, &size, cx);
    if (e != ERR_OK)
        return e;
    if (!ext_read(fd, &super))
        return err_set(cx, ERR_IO, 0, "%s has no ext superblock that can be read",
                       rq->device->name);
    if (size < super.size_bytes + super.block_bytes)
        return ERR_OK;
    return grow_ext(rq, fd, cx);
}

static enum err grow_xfs(const struct grow_request *rq, int at, uint64_t size, struct errctx *cx)
{
    struct xfs_geometry g = {0};

    if (ioctl(at, XFS_GEOMETRY, &g) < 0 || g.blocksize == 0)
        return err_set(cx, ERR_IO, errno, "ask for the geometry of %s", rq->target);
    const struct xfs_growth growth = {.newblocks = size / g.blocksize, .imaxpct = g.imaxpct};

    if (growth.newblocks <= g.datablocks)
        return ERR_OK;
    /* Less than one more allocation group may be too little for it, which is no failure. */
    if (ioctl(at, XFS_GROW, &growth) < 0 && errno != ENOSPC && errno != EINVAL)
        return err_set(cx, ERR_IO, errno, "grow xfs at %s", rq->target);
    return ERR_OK;
}

static enum err grow_btrfs(const struct grow_request *rq, int at, struct errctx *cx)
{
    /* The device with number 1: a filesystem of ours has one. */
    struct btrfs_ioctl_vol_args args = {.name = "1:max"};

    if (ioctl(at, BTRFS_IOC_RESIZE, &args) < 0)
        return err_set(cx, ERR_IO, errno, "grow btrfs at %s", rq->target);
    return ERR_OK;
}

static bool btrfs_is_full(int at, uint64_t size)
{
    struct btrfs_ioctl_dev_info_args info = {.devid = 1};
    enum { UNIT = 4096 };

    return ioctl(at, BTRFS_IOC_DEV_INFO, &info) == 0 && size / UNIT <= info.total_bytes / UNIT;
}

enum err grow_mounted(const struct grow_request *rq, struct errctx *cx)
{
    const bool xfs = strcmp(rq->fstype, "xfs") == 0;
    uint64_t size = 0;
    AUTO_FD int fd = -1;
    enum err e;

    if (!xfs && strcmp(rq->fstype, "btrfs") != 0)
        return ERR_OK;
    e = device_open(rq->roots, rq->device, O_RDONLY, &fd, cx);
    if (e == ERR_OK)
        e = device_size(fd, &size, cx);
    if (e != ERR_OK)
        return e;
    AUTO_FD const int at = open(rq->target, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (at < 0)
        return err_set(cx, ERR_IO, errno, "open %s", rq->target);
    if (xfs)
        return grow_xfs(rq, at, size, cx);
    return btrfs_is_full(at, size) ? ERR_OK : grow_btrfs(rq, at, cx);
}
