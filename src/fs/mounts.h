/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mounts.h - what the kernel says is mounted, and where.
 *
 * Read anew from /proc/self/mountinfo at every question; /etc/mtab and fstab say nothing here.
 */
#pragma once

#include "claim/facts.h"
#include "err.h"

#include <stdbool.h>
#include <stdint.h>

enum { MOUNTS_PATH_MAX = 4096, MOUNTS_SOURCE_MAX = 256 };

struct mounted {
    uint64_t dev; /* of the source device, also where the filesystem hides it behind its own */
    char target[MOUNTS_PATH_MAX];
    char source[MOUNTS_SOURCE_MAX];
    char fstype[FSTYPE_MAX];
};

/* The uppermost mount at exactly this path; *found is false when there is none. */
MUST_CHECK enum err mounts_at(const char *target, struct mounted *out, bool *found,
                              struct errctx *cx);

/* A mount of this block device, anywhere. */
MUST_CHECK enum err mounts_of(uint64_t dev, struct mounted *out, bool *found, struct errctx *cx);
