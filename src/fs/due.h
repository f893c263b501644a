/* SPDX-License-Identifier: Apache-2.0 */
/*
 * due.h - the moment by which a job on this machine must have ended.
 *
 * It counts on the kernel's steady clock, for helpers, locks and kernel events are waited for with
 * it and none of them knows the cloud's time. The host port makes one from a call's deadline; no
 * other file may turn a cloud time into one.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

struct due {
    uint64_t at_ms;
};

static inline uint64_t due_now_ms(void)
{
    struct timespec t = {0};

    /* It cannot fail: the clock exists since Linux 2.6 and the pointer is good. */
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static inline struct due due_in(uint64_t span_ms)
{
    return (struct due){.at_ms = due_now_ms() + span_ms};
}

static inline uint64_t due_left_ms(struct due due)
{
    const uint64_t now_ms = due_now_ms();

    return now_ms < due.at_ms ? due.at_ms - now_ms : 0;
}

static inline bool due_over(struct due due)
{
    return due_left_ms(due) == 0;
}

/* What is left, but at most most_ms: the time-out of one poll(). */
static inline int due_poll_ms(struct due due, int most_ms)
{
    const uint64_t left_ms = due_left_ms(due);

    return left_ms < (uint64_t)most_ms ? (int)left_ms : most_ms;
}

/* Lets other processes go on; for locks and exclusive opens, which have no event to wait for. */
static inline void due_nap(struct due due)
{
    enum { NAP_MS = 10 };
    const struct timespec t = {.tv_nsec = (long)due_poll_ms(due, NAP_MS) * 1000000L};

    (void)nanosleep(&t, NULL);
}
