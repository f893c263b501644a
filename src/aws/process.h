/* SPDX-License-Identifier: Apache-2.0 */
/*
 * process.h - runs a helper program for its output, within a deadline.
 *
 * No shell: the command is split into words, and quotes keep blanks together. It must not be used
 * for anything but credential_process; programs that change the machine have a place of their own.
 */
#pragma once

#include "buf.h"

#include <stdint.h>

enum { PROCESS_WORDS_MAX = 64, PROCESS_COMMAND_MAX = 8192, PROCESS_OUTPUT_MAX = 64 * 1024 };

/*
 * Appends what the program wrote to its standard output. ERR_CONFIG for a command that cannot be
 * split or started, or that exits with another status than 0; ERR_UNAVAILABLE when it took longer
 * than ms, and then it and its children were killed.
 */
MUST_CHECK enum err process_run(const char *command, uint32_t ms, struct buf *out,
                                struct errctx *cx);
