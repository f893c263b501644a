/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ready.h - a file that is there while the target is mounted and verified.
 *
 * Units and scripts wait for it (a systemd path unit, a loop with test -e). It holds the volume's
 * id and must hold nothing else.
 */
#pragma once

#include "err.h"

/* Atomic: whoever sees the file reads the whole text. Repeats. Makes the folder, not its parents.
 */
MUST_CHECK enum err ready_set(const char *file, const char *text, struct errctx *cx);

/* Repeats. */
MUST_CHECK enum err ready_clear(const char *file, struct errctx *cx);
