/* SPDX-License-Identifier: Apache-2.0 */
/*
 * aws_fixture.h - what the tests of the cloud's wire share: a clock, an environment, answers.
 *
 * The clock is virtual: a sleep moves it and returns at once. It must not be used by other suites.
 */
#pragma once

#include "aws/environment.h"
#include "lib/http_server.h"
#include "port.h"

#include <stddef.h>

#define FIXTURE_NOW_MS UINT64_C(1767323045000) /* 2026-01-02T03:04:05Z */

struct fixture_clock {
    struct clock_port port;
    uint64_t now_ms;
    uint64_t slept_ms;
    int64_t observed_ms; /* how far the last date was ahead of the middle of its round trip */
    unsigned observations;
};

void fixture_clock_init(struct fixture_clock *c);

/* Name and value by turns, ended by NULL. */
struct environment fixture_environment(const char *const *pairs);

enum { FIXTURE_ROUTES_MAX = 32, FIXTURE_ANSWERS_MAX = 64, FIXTURE_ANSWER_MAX = 8 * 1024 };

/* Answers a request that contains `mark`; the first route that fits and has answers left. */
struct fixture_route {
    const char *mark;
    int status;
    const char *body;
    unsigned times; /* how often it answers; 0: always */
};

struct fixture_routes {
    struct fixture_route routes[FIXTURE_ROUTES_MAX];
    unsigned used[FIXTURE_ROUTES_MAX];
    const char *type; /* content type; NULL: text/plain */
    const char *date; /* NULL: that of FIXTURE_NOW_MS */
    unsigned answers;
    char room[FIXTURE_ANSWERS_MAX][FIXTURE_ANSWER_MAX];
};

/* An http_answer_fn over a struct fixture_routes; 404 when no route fits. */
http_answer_fn fixture_answer;
