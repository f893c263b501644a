/* SPDX-License-Identifier: Apache-2.0 */
/*
 * scope.h - what ends with its scope: descriptors, files and buffers that close themselves.
 *
 * Declare such a variable in one line with its acquisition. Ownership leaves only through TAKE or
 * TAKE_FD, by name. The core owns nothing and must not include this.
 */
#pragma once

#include "buf.h"

#include <stdio.h>
#include <unistd.h>

static inline void scope_close_fd(const int *fd)
{
    /* EINTR after close leaves nothing to repeat on Linux: the descriptor is gone either way. */
    if (*fd >= 0)
        (void)close(*fd);
}

static inline void scope_close_file(FILE *const *file)
{
    if (*file)
        (void)fclose(*file);
}

static inline int scope_take_fd(int *fd)
{
    const int taken = *fd;

    *fd = -1;
    return taken;
}

/* For readers and scratch: whoever must know that a write arrived closes by hand and checks. */
#define AUTO_FD __attribute__((cleanup(scope_close_fd)))
#define AUTO_FILE __attribute__((cleanup(scope_close_file)))
#define AUTO_BUF __attribute__((cleanup(buf_fini)))

/* The value of an AUTO_FD variable, which then owns nothing. */
#define TAKE_FD(fd) scope_take_fd(&(fd))

/* The value of an owning pointer, which is then NULL. */
#define TAKE(pointer)                           \
    __extension__({                             \
        __typeof__(pointer) taken_ = (pointer); \
        (pointer) = NULL;                       \
        taken_;                                 \
    })
