/* SPDX-License-Identifier: Apache-2.0 */
/*
 * client.c - the loop around one request.
 *
 * Time is that of the clock port and moves when an answer corrects it; deadlines move with it. It
 * must not read an answer beyond whether it was refused.
 */
#include "aws/client.h"

#include "aws/calibrate.h"
#include "scope.h"

#include <string.h>

enum { CONNECT_MS = 3000, LOOK_MS = 6000 };

/* One request on its way: what has become of it so far. */
struct attempt {
    struct client *c;
    const struct client_request *q;
    struct port_call *call;
    struct wire_answer *answer;
    uint64_t deadline_ms;
    uint32_t number; /* of this sending, from 1 */
    bool cured;      /* one further sending for a wrong clock or stale keys was used up */
    bool in_doubt;   /* an earlier sending may have been carried out */
    bool was_skewed; /* the last answer showed a clock far off */
    struct retry_case failure;
};

enum err client_locate(struct client *c, const char *region,
                       const struct credentials_options *settings, struct errctx *cx)
{
    if (!imds_is_name(region, "-", sizeof(c->region)))
        return err_set(cx, ERR_CONFIG, 0, "%s is no region", region);
    memcpy(c->region, region, strlen(region) + 1);
    for (int i = 0; i < CLIENT_SERVICES; i++) {
        const struct endpoint_request where = {
            .service = (enum endpoint_service)i,
            .region = c->region,
            .env = settings->env,
            .profiles = settings->profiles,
            .profile = settings->profile,
        };
        struct buf url;
        enum err e;

        buf_on(&url, c->urls[i], sizeof(c->urls[i]));
        e = endpoint_url(&where, &url, cx);
        if (e != ERR_OK)
            return e;
    }
    return ERR_OK;
}

static uint64_t now_of(const struct client *c)
{
    return c->clock->now_ms(c->clock);
}

/* Ref: Sebastiano Vigna, "splitmix64": enough for jitter, and nothing else uses it. */
static uint64_t draw(struct client *c)
{
    c->random += UINT64_C(0x9e3779b97f4a7c15);
    return mix64(c->random);
}

static bool is_look(const struct attempt *t)
{
    return t->q->manner == CLIENT_LOOKS;
}

/* Nothing was sent for this failure, and its class must say so when a change was asked for. */
static enum err before_sending(const struct attempt *t, enum err e)
{
    if (is_look(t) || err_class(e) != ERR_CLASS_UNKNOWN)
        return e;
    if (t->call->cx)
        t->call->cx->code = ERR_UNREACHABLE;
    return ERR_UNREACHABLE;
}

static enum err too_late(const struct attempt *t)
{
    return err_set(t->call->cx, is_look(t) ? ERR_UNAVAILABLE : ERR_UNREACHABLE, 0,
                   "%s: the deadline has passed", t->q->query->action);
}

static enum err stamp_of(const struct attempt *t, uint64_t *stamp_ms)
{
    if (t->q->stamp_ms > 0)
        *stamp_ms = t->q->stamp_ms;
    else if (t->call->not_after_ms > 0)
        return calibrate_stamp(t->call->not_after_ms, now_of(t->c), stamp_ms, t->call->cx);
    else
        *stamp_ms = now_of(t->c);
    return ERR_OK;
}

/* Tells the clock what the answer said, and moves the deadline by as much as the clock moved. */
static void learn_time(struct attempt *t, uint64_t sent_ms)
{
    struct clock_port *clock = t->c->clock;
    const uint64_t received_ms = now_of(t->c);
    const uint64_t date_ms = t->answer->date_ms;
    int64_t moved;

    if (date_ms == 0)
        return;
    t->call->date_ms = date_ms;
    t->was_skewed = calibrate_is_skewed(calibrate_offset(sent_ms, received_ms, date_ms));
    if (!clock->observe)
        return;
    clock->observe(clock, sent_ms, received_ms, date_ms);
    moved = (int64_t)(now_of(t->c) - received_ms);
    t->deadline_ms = (uint64_t)((int64_t)t->deadline_ms + moved);
}

static enum err send_once(struct attempt *t)
{
    struct client *c = t->c;
    const uint64_t sent_ms = now_of(c);
    const uint64_t left = t->deadline_ms > sent_ms ? t->deadline_ms - sent_ms : 0;
    const uint32_t total = (uint32_t)(is_look(t) && left > LOOK_MS ? LOOK_MS : left);
    struct wire_request request = {
        .url = c->urls[t->q->service],
        .region = c->region,
        .service = endpoint_name(t->q->service),
        .action = t->q->query->action,
        .body = &t->q->query->body,
        .connect_ms = total < CONNECT_MS ? total : CONNECT_MS,
        .total_ms = total,
        .once = t->q->manner == CLIENT_ONCE,
    };
    enum err e;

    if (total == 0)
        return before_sending(t, too_late(t));
    e = credentials_get(c->chain, t->deadline_ms, &request.keys, t->call->cx);
    if (e == ERR_OK)
        e = stamp_of(t, &request.stamp_ms);
    if (e != ERR_OK)
        return before_sending(t, e);
    t->answer->date_ms = 0;
    e = wire_send(c->http, &request, t->answer, t->call->cx);
    learn_time(t, sent_ms);
    return e;
}

/* Sends when the pace allows. */
static enum err send_paced(struct attempt *t)
{
    struct client *c = t->c;
    const uint64_t now = now_of(c);
    const uint64_t wait_ms = pace_take(&c->pace, now);
    enum err e;

    if (wait_ms > 0 && now + wait_ms >= t->deadline_ms)
        return err_set(t->call->cx, ERR_THROTTLED, 0, "%s: held back, as the service is throttling",
                       t->q->query->action);
    if (wait_ms > 0)
        c->clock->sleep_until(c->clock, now + wait_ms);
    t->number++;
    e = send_once(t);
    pace_learn(&c->pace, now_of(c), e == ERR_THROTTLED);
    return e;
}

/* A refusal that a corrected clock or fresh keys may turn: true when it was not tried yet. */
static bool can_be_cured(struct attempt *t)
{
    const enum cure cure = t->answer->refused ? codes_cure(&t->answer->refusal) : CURE_NONE;

    /* A change that came late must stay refused, and one sent once is not sent twice. */
    if (cure == CURE_NONE || t->cured || t->q->manner == CLIENT_ONCE || t->q->stamp_ms > 0 ||
        (t->call->not_after_ms > 0 && codes_err(&t->answer->refusal) == ERR_EXPIRED))
        return false;
    /* Ref: error RequestExpired, which also means that temporary credentials have ended. */
    if (cure == CURE_KEYS || !t->was_skewed)
        credentials_doubt(t->c->chain);
    t->cured = true;
    return true;
}

static bool may_repeat(const struct attempt *t, enum err e)
{
    if (e == ERR_UNREACHABLE)
        return true;
    return t->q->manner != CLIENT_ONCE && (e == ERR_THROTTLED || err_class(e) == ERR_CLASS_UNKNOWN);
}

static enum retry_cause cause_of(enum err e)
{
    if (e == ERR_THROTTLED)
        return RETRY_THROTTLE;
    return e == ERR_TIMEOUT ? RETRY_TIMEOUT : RETRY_TRANSIENT;
}

/* Waits and says true when it shall be sent again. */
static bool again(struct attempt *t, enum err e)
{
    struct client *c = t->c;
    uint64_t wait_ms = 0;

    if (t->q->stamp_ms > 0 || !may_repeat(t, e))
        return false;
    t->failure = (struct retry_case){t->number, cause_of(e), draw(c)};
    if (!retry_again(&c->retry, &t->failure, &wait_ms) || now_of(c) + wait_ms >= t->deadline_ms)
        return false;
    c->clock->sleep_until(c->clock, now_of(c) + wait_ms);
    return true;
}

static enum err as(const struct attempt *t, enum err e)
{
    if (t->call->cx)
        t->call->cx->code = e;
    return e;
}

/* The last failure, in the class that the whole deserves. */
static enum err conclude(const struct attempt *t, enum err e)
{
    if (is_look(t) && (e == ERR_TIMEOUT || e == ERR_UNKNOWN))
        return as(t, ERR_UNAVAILABLE);
    if (is_look(t) && e == ERR_EXPIRED && t->q->stamp_ms == 0)
        return as(t, ERR_UNAVAILABLE);
    /* One sending may have been carried out; that a later one was not says nothing about it. */
    if (t->in_doubt && err_class(e) != ERR_CLASS_UNKNOWN)
        return as(t, ERR_UNKNOWN);
    return e;
}

enum err client_do(struct client *c, struct port_call *call, const struct client_request *q,
                   struct wire_answer *a)
{
    struct attempt t = {
        .c = c, .q = q, .call = call, .answer = a, .deadline_ms = call->deadline_ms};
    enum err e = query_end(q->query, call->cx);

    if (e != ERR_OK)
        return e;
    for (;;) {
        e = send_paced(&t);
        if (e == ERR_OK) {
            retry_succeeded(&c->retry, &t.failure);
            err_clear(call->cx);
            return ERR_OK;
        }
        if (can_be_cured(&t))
            continue;
        if (!is_look(&t) && err_class(e) == ERR_CLASS_UNKNOWN)
            t.in_doubt = true;
        if (!again(&t, e))
            return conclude(&t, e);
    }
}
