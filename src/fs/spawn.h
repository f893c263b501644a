/* SPDX-License-Identifier: Apache-2.0 */
/*
 * spawn.h - runs one helper program to its end, bounded in time, output and surroundings.
 *
 * The program gets an argument vector, never a shell; an environment of our own, never ours; no
 * input; and a process group of its own, which is killed when the time is over. What it printed
 * becomes the words of the error. Nothing here may know what a helper does.
 */
#pragma once

#include "err.h"
#include "fs/due.h"

#include <stdint.h>

enum {
    SPAWN_OUTPUT_MAX = 4096, /* bytes of output kept; the rest is read and dropped */
    SPAWN_ARGS_MAX = 96,
};

struct spawn_request {
    /* NULL-terminated. [0] is a name to look up, or a path if it has a slash. */
    const char *const *argv;
    const char *folders; /* where to look, colons between; NULL: the system's */
    struct due due;
    /*
     * Exit statuses that mean success, bit n for status n; 0 stands for status 0 alone. fsck and
     * its kin say "repaired" with a status of their own.
     */
    uint32_t good;
    /*
     * A descriptor that the helper shall inherit under the same number, or -1. With the locked
     * descriptor of a device the lock lives as long as the helper, even if this process is killed.
     */
    int keep_fd;
};

/*
 * Blocks until the helper and its group are gone, or cannot be killed because the kernel waits for
 * a disk. *status is its exit status. ERR_UNSUPPORTED: the program is missing, its package is
 * named. ERR_TIMEOUT: killed at the deadline. ERR_IO: any other exit status, or a signal; the words
 * are the helper's own. ERR_UNKNOWN: its status was lost.
 */
MUST_CHECK enum err spawn_run(const struct spawn_request *rq, int *status, struct errctx *cx);
