/* SPDX-License-Identifier: Apache-2.0 */
/*
 * retry.c - the arithmetic of quota, jitter and pacing.
 *
 * It must not read a clock or draw a number.
 */
#include "aws/retry.h"

#include <math.h>

/* Ref: the same guide, "adaptive": beta 0.7, scale 0.4, smoothing 0.8, at least 0.5 a second. */
static const double beta = 0.7;
static const double scale = 0.4;
static const double smoothing = 0.8;
static const double rate_min = 0.5;
static const double room_min = 1.0;

void retry_init(struct retry *r, uint32_t attempts)
{
    *r = (struct retry){.quota = RETRY_QUOTA, .attempts = attempts};
}

static uint32_t cost_of(enum retry_cause cause)
{
    return cause == RETRY_TIMEOUT ? RETRY_COST_TIMEOUT : RETRY_COST;
}

/* Full jitter: anything from 0 to min(base * 2^(attempt - 1), cap). */
static uint64_t jitter_ms(const struct retry_case *now)
{
    const uint32_t shift = now->attempt - 1 < 5 ? now->attempt - 1 : 5;
    const uint64_t most = (uint64_t)RETRY_BASE_MS << shift;

    return now->random % ((most < RETRY_CAP_MS ? most : RETRY_CAP_MS) + 1);
}

bool retry_again(struct retry *r, const struct retry_case *now, uint64_t *wait_ms)
{
    const uint32_t cost = cost_of(now->cause);

    if (now->attempt >= r->attempts || r->quota < cost)
        return false;
    r->quota -= cost;
    *wait_ms = jitter_ms(now);
    return true;
}

void retry_succeeded(struct retry *r, const struct retry_case *last_failure)
{
    r->quota += last_failure->attempt > 0 ? cost_of(last_failure->cause) : 1;
    if (r->quota > RETRY_QUOTA)
        r->quota = RETRY_QUOTA;
}

void pace_init(struct pace *p)
{
    *p = (struct pace){.rate = rate_min, .room = room_min};
}

static void measure(struct pace *p, uint64_t now_ms)
{
    const uint64_t bucket = now_ms / 500;

    if (bucket > p->bucket) {
        const double seconds = (double)(bucket - p->bucket) / 2;

        if (p->bucket > 0)
            p->measured = (p->sent / seconds) * smoothing + p->measured * (1 - smoothing);
        p->sent = 0;
        p->bucket = bucket;
    }
}

static void fill(struct pace *p, uint64_t now_ms)
{
    const double most = p->rate > room_min ? p->rate : room_min;

    if (p->filled_ms > 0 && now_ms > p->filled_ms)
        p->room += p->rate * (double)(now_ms - p->filled_ms) / 1000;
    if (p->room > most)
        p->room = most;
    p->filled_ms = now_ms;
}

uint64_t pace_take(struct pace *p, uint64_t now_ms)
{
    uint64_t wait_ms = 0;

    measure(p, now_ms);
    p->sent++;
    if (!p->on)
        return 0;
    fill(p, now_ms);
    if (p->room < 1)
        wait_ms = (uint64_t)ceil((1 - p->room) / p->rate * 1000);
    p->room -= 1;
    return wait_ms;
}

static double after_throttle(struct pace *p, uint64_t now_ms)
{
    double rate = p->measured > rate_min ? p->measured : rate_min;

    if (p->on && p->rate < rate)
        rate = p->rate;
    p->best = rate;
    p->window_s = cbrt(rate * (1 - beta) / scale);
    p->throttled_ms = now_ms;
    p->on = true;
    return rate * beta;
}

static double after_success(const struct pace *p, uint64_t now_ms)
{
    const double since = (double)(now_ms - p->throttled_ms) / 1000 - p->window_s;

    return scale * since * since * since + p->best;
}

void pace_learn(struct pace *p, uint64_t now_ms, bool throttled)
{
    double rate;

    measure(p, now_ms);
    if (!throttled && !p->on)
        return;
    if (p->on)
        fill(p, now_ms);
    rate = throttled ? after_throttle(p, now_ms) : after_success(p, now_ms);
    if (!throttled && p->measured > 0 && rate > 2 * p->measured)
        rate = 2 * p->measured;
    p->rate = rate > rate_min ? rate : rate_min;
}
