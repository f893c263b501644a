/* SPDX-License-Identifier: Apache-2.0 */
/*
 * aws_fixture.c - the shared parts of the wire's tests.
 *
 * It must not assert anything: suites do.
 */
#include "unit/aws_fixture.h"

#include <stdio.h>
#include <string.h>

static uint64_t now_ms(struct clock_port *port)
{
    return ((struct fixture_clock *)port)->now_ms;
}

static void sleep_until(struct clock_port *port, uint64_t wake_ms)
{
    struct fixture_clock *c = (struct fixture_clock *)port;

    if (wake_ms <= c->now_ms)
        return;
    c->slept_ms += wake_ms - c->now_ms;
    c->now_ms = wake_ms;
}

static void observe(struct clock_port *port, uint64_t sent_ms, uint64_t received_ms,
                    uint64_t date_ms)
{
    struct fixture_clock *c = (struct fixture_clock *)port;

    c->observed_ms = (int64_t)date_ms - (int64_t)(sent_ms / 2 + received_ms / 2);
    c->observations++;
    if (c->observed_ms > 60000 || c->observed_ms < -60000)
        c->now_ms = date_ms;
}

void fixture_clock_init(struct fixture_clock *c)
{
    *c = (struct fixture_clock){
        .port = {.size = sizeof(struct clock_port),
                 .version = PORT_VERSION,
                 .now_ms = now_ms,
                 .sleep_until = sleep_until,
                 .observe = observe},
        .now_ms = FIXTURE_NOW_MS,
    };
}

static const char *get(const void *context, const char *name)
{
    for (const char *const *pair = context; pair && *pair; pair += 2) {
        if (strcmp(pair[0], name) == 0)
            return pair[1];
    }
    return NULL;
}

struct environment fixture_environment(const char *const *pairs)
{
    return (struct environment){.get = get, .context = (const void *)pairs};
}

static const struct fixture_route *route(struct fixture_routes *r, const char *request)
{
    static const struct fixture_route nowhere = {.status = 404, .body = "no route"};

    for (size_t i = 0; i < FIXTURE_ROUTES_MAX && r->routes[i].mark; i++) {
        const struct fixture_route *at = &r->routes[i];

        if (!strstr(request, at->mark) || (at->times > 0 && r->used[i] == at->times))
            continue;
        r->used[i]++;
        return at;
    }
    return &nowhere;
}

void fixture_answer(void *context, const char *request, struct http_reply *out)
{
    struct fixture_routes *r = context;
    const struct fixture_route *at = route(r, request);
    char *room = r->room[r->answers++ % FIXTURE_ANSWERS_MAX];

    *out = (struct http_reply){.bytes = room, .then = HTTP_THEN_KEEP};
    (void)snprintf(room, FIXTURE_ANSWER_MAX,
                   "HTTP/1.1 %d Words\r\nDate: %s\r\nContent-Type: %s\r\n"
                   "Content-Length: %zu\r\n\r\n%s",
                   at->status, r->date ? r->date : "Fri, 02 Jan 2026 03:04:05 GMT",
                   r->type ? r->type : "text/plain", strlen(at->body), at->body);
}
