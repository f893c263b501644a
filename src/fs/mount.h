/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mount.h - one device at one place: mounted, verified, given its owner, and unmounted again.
 *
 * What is there already is verified, not repeated; what is there and is not ours is refused and
 * named. Nothing here may mount over a mount, over files, or unmount by force.
 */
#pragma once

#include "err.h"
#include "fs/device.h"

struct mount_request {
    const struct device_roots *roots;
    const struct device *device;
    const char *fstype;
    const char *target;  /* made when it is missing */
    const char *options; /* comma separated; NULL: none */
    const char *owner;   /* user by name or number, of the mounted directory; NULL: as it is */
    const char *group;
    int mode; /* permission bits of it; -1: as they are */
};

/*
 * Blocks. ERR_IN_USE: the target or the device is mounted otherwise, or a process sits in the
 * target; it is named. ERR_WRONG_STATE: there are files in the target.
 */
MUST_CHECK enum err mount_run(const struct mount_request *rq, struct errctx *cx);

/* ERR_OK when the device is mounted at the target; else ERR_WRONG_STATE, with what is there. */
MUST_CHECK enum err mount_verify(const struct mount_request *rq, struct errctx *cx);

/*
 * Writes everything back, unmounts, and flushes the device. ERR_OK also when it is not mounted.
 * ERR_IN_USE names who keeps it busy.
 */
MUST_CHECK enum err mount_end(const struct mount_request *rq, struct errctx *cx);

/* The target without links and dots, as the kernel knows it; the text itself where it is not yet.
 */
void mount_real_path(const char *target, char *out, size_t size);
