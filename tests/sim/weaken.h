/* SPDX-License-Identifier: Apache-2.0 */
/*
 * weaken.h - `--mutant NAME`: leaves one mechanism of the protocol out, in a build that can.
 *
 * Set once, before the first run. In the build that is shipped it does nothing but say so.
 */
#pragma once

#include <stdbool.h>
#include <stdio.h>

bool weaken_can(void);
/* False when there is no mechanism of this name, or the core of this build is not to be weakened.
 */
bool weaken(const char *name);
/* One line for each mechanism. */
void weaken_list(FILE *out);
/*
 * Takes `--mutant NAME` out of a command line, wherever it stands, and weakens the core by it.
 * False, with a sentence on `err`, when that cannot be done.
 */
bool weaken_take(int *argc, char **argv, FILE *err);
