/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mkfs.h - makes a filesystem on a device that is proven blank at that very moment.
 *
 * The only door in the program to a program that destroys. Whatever was probed before, the proof is
 * taken anew under the lock; nothing but a blank verdict, or the remains of our own mkfs that our
 * record vouches for, passes.
 */
#pragma once

#include "claim/facts.h"
#include "err.h"
#include "fs/device.h"
#include "fs/due.h"
#include "fs/probe.h"

#include <stddef.h>

struct mkfs_request {
    const struct device_roots *roots;
    const struct device *device;
    const char *const *args; /* of mkfs: "-t", "ext4", "-m", "0" */
    size_t arg_count;
    const struct uuid *fs; /* to give to the filesystem */
    bool vouched;          /* our record says: created empty, nothing mounted since */
    const char *folders;   /* where to look for mkfs; NULL: the system's */
    struct due due;
};

/*
 * Blocks. out is what a probe says of the result. ERR_FOREIGN, ERR_AMBIGUOUS, ERR_UNREADABLE: not
 * blank, and untouched. ERR_IN_USE: mounted, or held or locked by another. ERR_CONFIG: the
 * arguments name a kind of filesystem we cannot make.
 */
MUST_CHECK enum err mkfs_run(const struct mkfs_request *rq, struct probe_report *out,
                             struct errctx *cx);

/* The kind the arguments ask for: of "-t KIND", "-tKIND", "--type KIND", "--type=KIND". */
MUST_CHECK enum err mkfs_kind(const char *const *args, size_t count, const char **kind,
                              struct errctx *cx);
