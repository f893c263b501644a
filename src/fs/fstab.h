/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fstab.h - one entry in fstab, for tools that look there.
 *
 * The entry never mounts at boot (noauto) and never holds it up (nofail): the volume may be on
 * another machine by then, and which one is decided anew each time (pains.md 32, 33). No other
 * line may be changed.
 */
#pragma once

#include "claim/facts.h"
#include "err.h"

struct fstab_entry {
    const struct uuid *fs;
    const char *target;
    const char *fstype;
    const char *options; /* NULL: none */
};

/*
 * Adds the entry, or replaces the one for this target that we made before; atomic. Repeats.
 * ERR_IN_USE: the target has an entry that someone else made.
 */
MUST_CHECK enum err fstab_set(const char *file, const struct fstab_entry *entry, struct errctx *cx);
