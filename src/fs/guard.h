/* SPDX-License-Identifier: Apache-2.0 */
/*
 * guard.h - keeps services from writing into a mount point while nothing is mounted there.
 *
 * A service that starts before its disk fills the root disk instead and nobody notices (pains.md
 * 34). The bare directory is made immutable, which binds root too; where the filesystem below knows
 * no such mark, it gets mode 0, which binds all but root. Mounting over it works all the same. It
 * must never be put on anything mounted.
 */
#pragma once

#include "err.h"

#include <stdbool.h>

/*
 * Guards an empty directory that is no mount point. Repeats. ERR_WRONG_STATE: it is not empty, the
 * first entry is named; then nothing was changed.
 */
MUST_CHECK enum err guard_set(const char *directory, struct errctx *cx);

/* Takes the mark off again, for whoever wants the directory back, with this mode. */
MUST_CHECK enum err guard_lift(const char *directory, int mode, struct errctx *cx);
