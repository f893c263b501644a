/* SPDX-License-Identifier: Apache-2.0 */
/*
 * clock.h - this machine's clock, corrected to the cloud's.
 *
 * It counts on the machine's steady clock, which neither steps nor stops while the machine sleeps,
 * and starts from its wall clock; what providers observe in answers then narrows the offset. It
 * must not be read anywhere but in the driver and in ports.
 */
#pragma once

#include "port.h"

/* Time of some steady count in milliseconds, and a wait for it; tests bring their own. */
struct clock_source {
    uint64_t (*steady_ms)(void *context);
    void (*wait_until)(void *context, uint64_t steady_ms);
    void *context;
};

struct clock {
    struct clock_port port;
    struct clock_source source;
    int64_t offset_ms; /* cloud time = steady + offset */
    int64_t doubt_ms;  /* the true offset is this near at most; shrinks with good observations */
    uint64_t last_ms;  /* what now_ms() said last: it never goes back */
};

/* The machine's own clocks. */
void clock_init(struct clock *c);

/* Any source, with an offset to begin from. */
void clock_init_from(struct clock *c, const struct clock_source *source, int64_t offset_ms);
