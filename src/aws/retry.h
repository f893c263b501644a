/* SPDX-License-Identifier: Apache-2.0 */
/*
 * retry.h - whether and when a refused request is sent again, and how fast requests may follow.
 *
 * The SDKs' standard mode: a quota that a stuttering service uses up, and full jitter. Beside it
 * their adaptive pacing, which slows all requests after a throttle and then speeds up on a cubic
 * curve. Pure arithmetic: time and chance are arguments. Which requests may be repeated at all is
 * not known here. Ref: AWS SDKs and Tools Reference Guide, "Retry behavior".
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum {
    RETRY_QUOTA = 500,
    RETRY_COST = 5,
    RETRY_COST_TIMEOUT = 10,
    RETRY_ATTEMPTS = 3,
    RETRY_BASE_MS = 1000,
    RETRY_CAP_MS = 20000,
};

enum retry_cause { RETRY_TRANSIENT, RETRY_TIMEOUT, RETRY_THROTTLE };

struct retry {
    uint32_t quota;    /* tokens left */
    uint32_t attempts; /* of one request, the first included */
};

struct retry_case {
    uint32_t attempt; /* 1 for the first that failed */
    enum retry_cause cause;
    uint64_t random; /* drawn for this decision */
};

void retry_init(struct retry *r, uint32_t attempts);

/* True when it may be sent again, after *wait_ms; the quota pays. */
bool retry_again(struct retry *r, const struct retry_case *now, uint64_t *wait_ms);

/* A request succeeded: its last retry is refunded, or 1 when it needed none. */
void retry_succeeded(struct retry *r, const struct retry_case *last_failure);

/* Adaptive pacing: a bucket whose rate follows what the service bears. Off until the first
 * throttle. */
struct pace {
    bool on;
    double rate;     /* requests a second that are let through */
    double room;     /* requests that may go at once now */
    double measured; /* smoothed rate of requests sent */
    double best;     /* the rate at which the last throttle came */
    double window_s; /* until the curve is back there */
    uint64_t throttled_ms;
    uint64_t filled_ms;
    uint64_t bucket; /* half seconds since the epoch */
    uint32_t sent;   /* requests in that half second */
};

void pace_init(struct pace *p);

/* How long to wait before the next request goes out; it is counted as sent then. */
uint64_t pace_take(struct pace *p, uint64_t now_ms);

/* What became of a request. */
void pace_learn(struct pace *p, uint64_t now_ms, bool throttled);
