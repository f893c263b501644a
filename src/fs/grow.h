/* SPDX-License-Identifier: Apache-2.0 */
/*
 * grow.h - makes a filesystem as large as its device, each kind in its own way.
 *
 * ext grows unmounted, by resize2fs: growing it while mounted takes CAP_SYS_RESOURCE, which a
 * container lacks. xfs and btrfs grow only while mounted, by one call to the kernel and without a
 * helper. Both functions leave a filesystem alone that is not of their kind, or large enough.
 */
#pragma once

#include "err.h"
#include "fs/device.h"
#include "fs/due.h"

struct grow_request {
    const struct device_roots *roots;
    const struct device *device;
    const char *fstype;
    const char *target;  /* grow_mounted: where it is mounted */
    const char *folders; /* where to look for helpers; NULL: the system's */
    struct due due;
};

MUST_CHECK enum err grow_unmounted(const struct grow_request *rq, struct errctx *cx);
MUST_CHECK enum err grow_mounted(const struct grow_request *rq, struct errctx *cx);
