/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fsck.h - checks an unmounted filesystem and repairs what is safe to repair without asking.
 *
 * Preening only: what needs a decision is left to a person. xfs and btrfs replay their logs when
 * they are mounted and have nothing to preen; for them it does nothing.
 */
#pragma once

#include "err.h"
#include "fs/device.h"
#include "fs/due.h"

struct fsck_request {
    const struct device_roots *roots;
    const struct device *device;
    const char *fstype;
    const char *folders; /* where to look for e2fsck; NULL: the system's */
    bool full;           /* also when the superblock says it is clean, as resize2fs demands */
    struct due due;
};

/* Blocks. ERR_IO with e2fsck's words when a person has to decide; ERR_IN_USE when it is mounted. */
MUST_CHECK enum err fsck_run(const struct fsck_request *rq, struct errctx *cx);
