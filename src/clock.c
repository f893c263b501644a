/* SPDX-License-Identifier: Apache-2.0 */
/*
 * clock.c - keeps the offset between the steady clock and the cloud's time.
 *
 * An answer that was asked at s and came at r, and says it is d o'clock (a whole second, so
 * anything up to d + 1 s), puts the error of this clock between d - r and d + 1 s - s. The clock
 * takes up the middle of the narrowest such bracket, and of any that the one it has lies outside
 * of: it has drifted. It must never make time go back: after such a correction it stands still
 * until the cloud has caught up.
 */
#include "clock.h"

#include <errno.h>
#include <time.h>

enum {
    DATE_STEP_MS = 1000, /* a Date header counts whole seconds */
    DOUBT_AT_START_MS = 1000 * 1000 * 1000,
};

static uint64_t ms_of(clockid_t id)
{
    struct timespec ts;

    if (clock_gettime(id, &ts) != 0)
        return 0;
    return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

/* CLOCK_BOOTTIME goes on while the machine is suspended: a claim does not live longer for a nap. */
static uint64_t machine_steady_ms(void *context)
{
    (void)context;
    return ms_of(CLOCK_BOOTTIME);
}

static void machine_wait_until(void *context, uint64_t steady_ms)
{
    const struct timespec until = {
        .tv_sec = (time_t)(steady_ms / 1000),
        .tv_nsec = (long)(steady_ms % 1000) * 1000000,
    };

    (void)context;
    while (clock_nanosleep(CLOCK_BOOTTIME, TIMER_ABSTIME, &until, NULL) == EINTR)
        continue;
}

static struct clock *self(struct clock_port *port)
{
    return (struct clock *)port;
}

static uint64_t now_ms(struct clock_port *port)
{
    struct clock *c = self(port);
    const int64_t now = (int64_t)c->source.steady_ms(c->source.context) + c->offset_ms;

    if (now > 0 && (uint64_t)now > c->last_ms)
        c->last_ms = (uint64_t)now;
    return c->last_ms;
}

static void sleep_until(struct clock_port *port, uint64_t wake_ms)
{
    struct clock *c = self(port);

    /* After a correction backwards now_ms() stands still for a while, so the wait is repeated. */
    while (now_ms(port) < wake_ms)
        c->source.wait_until(c->source.context, (uint64_t)((int64_t)wake_ms - c->offset_ms));
}

/* sent_ms and received_ms are in cloud time as believed now; only their distances to d matter. */
static void observe(struct clock_port *port, uint64_t sent_ms, uint64_t received_ms,
                    uint64_t date_ms)
{
    struct clock *c = self(port);
    const int64_t low = (int64_t)date_ms - (int64_t)received_ms;
    const int64_t high = (int64_t)date_ms + DATE_STEP_MS - (int64_t)sent_ms;
    const int64_t doubt = (high - low) / 2;
    const int64_t shift = low + doubt;

    if (received_ms < sent_ms)
        return;
    /* A wider bracket teaches something only when the one we have lies outside of it. */
    if (doubt > c->doubt_ms && low <= c->doubt_ms && high >= -c->doubt_ms)
        return;
    c->offset_ms += shift;
    c->doubt_ms = doubt;
}

void clock_init_from(struct clock *c, const struct clock_source *source, int64_t offset_ms)
{
    *c = (struct clock){
        .port = {.size = sizeof(struct clock_port),
                 .version = PORT_VERSION,
                 .now_ms = now_ms,
                 .sleep_until = sleep_until,
                 .observe = observe},
        .source = *source,
        .offset_ms = offset_ms,
        .doubt_ms = DOUBT_AT_START_MS,
    };
}

void clock_init(struct clock *c)
{
    const struct clock_source machine = {
        .steady_ms = machine_steady_ms,
        .wait_until = machine_wait_until,
    };
    const int64_t offset_ms = (int64_t)ms_of(CLOCK_REALTIME) - (int64_t)ms_of(CLOCK_BOOTTIME);

    clock_init_from(c, &machine, offset_ms);
}
