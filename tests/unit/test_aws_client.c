/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_aws_client.c - what is sent again, with which stamp, and what an outcome is called.
 *
 * The rule under test is that of port.h: a change that may have left this machine is never called
 * undone, and is sent once unless it carries a token.
 */
#include "aws/client.h"
#include "scope.h"
#include "unit.h"
#include "unit/aws_fixture.h"

#include <string.h>

#define CODE_OF(code)                                                                         \
    "<Response><Errors><Error><Code>" code "</Code><Message>words</Message></Error></Errors>" \
    "<RequestID>r</RequestID></Response>"
#define DONE "<AttachVolumeResponse><status>attaching</status></AttachVolumeResponse>"
#define ATTACH "Action=AttachVolume&"

struct setup {
    struct http http;
    struct fixture_clock clock;
    struct fixture_routes routes;
    struct http_server *server;
    struct environment env;
    const char *vars[16];
    struct credentials_chain chain;
    struct imds imds;
    struct client client;
    struct wire_answer answer;
    struct query query;
    struct errctx cx;
    struct port_call call;
};

static void begin(struct setup *s)
{
    const char *const vars[] = {"AWS_ACCESS_KEY_ID",
                                "AKID",
                                "AWS_SECRET_ACCESS_KEY",
                                "HUSH",
                                "AWS_ENDPOINT_URL",
                                NULL,
                                NULL};
    struct credentials_options options;

    memset(s, 0, sizeof(*s));
    fixture_clock_init(&s->clock);
    s->server = http_server_start(fixture_answer, &s->routes);
    memcpy(s->vars, vars, sizeof(vars));
    s->vars[5] = http_server_url(s->server);
    s->env = fixture_environment(s->vars);
    options = (struct credentials_options){.env = &s->env,
                                           .profile = "default",
                                           .region = "eu-central-1",
                                           .http = &s->http,
                                           .imds = &s->imds,
                                           .clock = &s->clock.port};
    CU_ASSERT_EQUAL_FATAL(http_init(&s->http, &s->cx), ERR_OK);
    imds_init(&s->imds, &s->http, &s->clock.port);
    credentials_init(&s->chain, &options);
    s->client =
        (struct client){.http = &s->http, .chain = &s->chain, .clock = &s->clock.port, .random = 1};
    retry_init(&s->client.retry, RETRY_ATTEMPTS);
    pace_init(&s->client.pace);
    CU_ASSERT_EQUAL(client_locate(&s->client, "eu-central-1", &options, &s->cx), ERR_OK);
    wire_answer_init(&s->answer);
    query_init(&s->query, "AttachVolume", "2016-11-15");
    query_text(&s->query, "VolumeId", "vol-1");
    s->call = (struct port_call){.deadline_ms = s->clock.now_ms + 30000, .cx = &s->cx};
}

static void end(struct setup *s)
{
    query_fini(&s->query);
    wire_answer_fini(&s->answer);
    credentials_fini(&s->chain);
    http_fini(&s->http);
    http_server_stop(s->server);
}

static void route(struct setup *s, int status, const char *body, unsigned times)
{
    size_t n = 0;

    while (s->routes.routes[n].mark)
        n++;
    s->routes.routes[n] = (struct fixture_route){ATTACH, status, body, times};
}

static enum err run(struct setup *s, enum client_manner manner)
{
    const struct client_request q = {.service = ENDPOINT_EC2, .query = &s->query, .manner = manner};

    return client_do(&s->client, &s->call, &q, &s->answer);
}

static void test_an_answer_carries_the_services_time(void)
{
    struct setup s;

    begin(&s);
    route(&s, 200, DONE, 0);
    CU_ASSERT_EQUAL(run(&s, CLIENT_ONCE), ERR_OK);
    CU_ASSERT_EQUAL(s.call.date_ms, FIXTURE_NOW_MS);
    CU_ASSERT_EQUAL(s.clock.observations, 1);
    CU_ASSERT_STRING_EQUAL(xml_child_text(&s.answer.xml, xml_root(&s.answer.xml), "status"),
                           "attaching");
    CU_ASSERT_PTR_NOT_NULL(strstr(http_server_request(s.server, 0),
                                  "Credential=AKID/20260102/eu-central-1/ec2/aws4_request"));
    end(&s);
}

static void test_a_change_in_its_window_is_stamped_to_lapse_with_it(void)
{
    struct setup s;

    begin(&s);
    route(&s, 200, DONE, 0);
    s.call.not_after_ms = FIXTURE_NOW_MS + 75000;
    CU_ASSERT_EQUAL(run(&s, CLIENT_ONCE), ERR_OK);
    /* 03:04:05 + 75 s - 35 s - 15 min. */
    CU_ASSERT_PTR_NOT_NULL(
        strstr(http_server_request(s.server, 0), "X-Amz-Date: 20260102T024945Z\r\n"));
    s.call.not_after_ms = FIXTURE_NOW_MS + 60000;
    CU_ASSERT_EQUAL(run(&s, CLIENT_ONCE), ERR_EXPIRED);
    CU_ASSERT_EQUAL(http_server_requests(s.server), 1);
    end(&s);
}

struct outcome {
    enum client_manner manner;
    int status;
    const char *body;
    enum err err;
    unsigned requests;
};

static const struct outcome outcomes[] = {
    {CLIENT_ONCE, 503, CODE_OF("RequestLimitExceeded"), ERR_THROTTLED, 1},
    {CLIENT_ONCE, 500, CODE_OF("InternalError"), ERR_UNAVAILABLE, 1},
    {CLIENT_ONCE, 400, CODE_OF("VolumeInUse"), ERR_IN_USE, 1},
    {CLIENT_ONCE, 400, CODE_OF("RequestExpired"), ERR_EXPIRED, 1},
    {CLIENT_ONCE, 401, CODE_OF("AuthFailure"), ERR_DENIED, 1},
    {CLIENT_ONCE, 200, "<html>hello</html>", ERR_UNKNOWN, 1},
    {CLIENT_ONCE, 200, "garbage", ERR_UNKNOWN, 1},
    {CLIENT_ONCE, 200, "", ERR_UNKNOWN, 1},
    {CLIENT_ONCE, 302, "", ERR_UNAVAILABLE, 1},
    {CLIENT_ONCE, 404, "<html>proxy</html>", ERR_UNAVAILABLE, 1},
    {CLIENT_REPEATS, 503, CODE_OF("RequestLimitExceeded"), ERR_THROTTLED, 3},
    {CLIENT_REPEATS, 500, CODE_OF("InternalError"), ERR_UNAVAILABLE, 3},
    {CLIENT_REPEATS, 400, CODE_OF("IdempotentParameterMismatch"), ERR_MISMATCH, 1},
    {CLIENT_LOOKS, 503, CODE_OF("RequestLimitExceeded"), ERR_THROTTLED, 3},
    {CLIENT_LOOKS, 500, CODE_OF("InternalError"), ERR_UNAVAILABLE, 3},
    {CLIENT_LOOKS, 200, "garbage", ERR_UNAVAILABLE, 3},
    {CLIENT_LOOKS, 400, CODE_OF("InvalidVolume.NotFound"), ERR_NOT_FOUND, 1},
    {CLIENT_LOOKS, 403, CODE_OF("UnauthorizedOperation"), ERR_DENIED, 1},
    {CLIENT_LOOKS, 401, CODE_OF("AuthFailure"), ERR_DENIED, 2},
};

static void test_what_may_be_repeated_is_and_what_must_not_is_not(void)
{
    for (size_t i = 0; i < sizeof(outcomes) / sizeof(outcomes[0]); i++) {
        struct setup s;

        begin(&s);
        route(&s, outcomes[i].status, outcomes[i].body, 0);
        CU_ASSERT_EQUAL(run(&s, outcomes[i].manner), outcomes[i].err);
        CU_ASSERT_EQUAL(s.cx.code, outcomes[i].err);
        CU_ASSERT_EQUAL(http_server_requests(s.server), outcomes[i].requests);
        end(&s);
    }
}

static void test_a_stutter_is_ridden_out(void)
{
    struct setup s;

    begin(&s);
    route(&s, 503, CODE_OF("RequestLimitExceeded"), 1);
    route(&s, 500, CODE_OF("InternalError"), 1);
    route(&s, 200, DONE, 0);
    CU_ASSERT_EQUAL(run(&s, CLIENT_LOOKS), ERR_OK);
    CU_ASSERT_EQUAL(s.cx.code, ERR_OK);
    CU_ASSERT_EQUAL(http_server_requests(s.server), 3);
    end(&s);
}

static void test_a_doubt_stays_when_the_repetition_is_refused(void)
{
    struct setup s;

    begin(&s);
    route(&s, 500, CODE_OF("InternalError"), 1);
    route(&s, 400, CODE_OF("VolumeLimitExceeded"), 0);
    CU_ASSERT_EQUAL(run(&s, CLIENT_REPEATS), ERR_UNKNOWN);
    end(&s);
}

/* The clock is 20 minutes behind; the first answer says so, and the look goes out again. */
static void test_a_wrong_clock_is_corrected_by_the_answer(void)
{
    struct setup s;

    begin(&s);
    s.clock.now_ms -= 1200000;
    s.call.deadline_ms -= 1200000;
    route(&s, 400, CODE_OF("RequestExpired"), 1);
    route(&s, 200, DONE, 0);
    CU_ASSERT_EQUAL(run(&s, CLIENT_LOOKS), ERR_OK);
    CU_ASSERT_PTR_NOT_NULL(
        strstr(http_server_request(s.server, 1), "X-Amz-Date: 20260102T030405Z\r\n"));
    end(&s);
}

static void test_a_change_refused_for_its_stamp_is_not_stamped_anew(void)
{
    struct setup s;

    begin(&s);
    route(&s, 400, CODE_OF("RequestExpired"), 0);
    s.call.not_after_ms = FIXTURE_NOW_MS + 75000;
    CU_ASSERT_EQUAL(run(&s, CLIENT_REPEATS), ERR_EXPIRED);
    CU_ASSERT_EQUAL(http_server_requests(s.server), 1);
    end(&s);
}

static void test_nothing_is_sent_without_keys_or_after_the_deadline(void)
{
    struct setup s;

    begin(&s);
    route(&s, 200, DONE, 0);
    s.call.deadline_ms = s.clock.now_ms;
    CU_ASSERT_EQUAL(run(&s, CLIENT_ONCE), ERR_UNREACHABLE);
    CU_ASSERT_EQUAL(run(&s, CLIENT_LOOKS), ERR_UNAVAILABLE);
    s.call.deadline_ms = s.clock.now_ms + 30000;
    s.vars[1] = "";
    CU_ASSERT_EQUAL(run(&s, CLIENT_ONCE), ERR_CONFIG);
    CU_ASSERT_EQUAL(http_server_requests(s.server), 0);
    end(&s);
}

static void test_an_endpoint_that_is_gone_was_sent_nothing(void)
{
    struct setup s;

    begin(&s);
    memcpy(s.client.urls[ENDPOINT_EC2], "http://127.0.0.1:1", sizeof("http://127.0.0.1:1"));
    CU_ASSERT_EQUAL(run(&s, CLIENT_ONCE), ERR_UNREACHABLE);
    CU_ASSERT_EQUAL(run(&s, CLIENT_LOOKS), ERR_UNREACHABLE);
    end(&s);
}

const struct unit_test suite_aws_client[] = {
    UNIT_TEST(test_an_answer_carries_the_services_time),
    UNIT_TEST(test_a_change_in_its_window_is_stamped_to_lapse_with_it),
    UNIT_TEST(test_what_may_be_repeated_is_and_what_must_not_is_not),
    UNIT_TEST(test_a_stutter_is_ridden_out),
    UNIT_TEST(test_a_doubt_stays_when_the_repetition_is_refused),
    UNIT_TEST(test_a_wrong_clock_is_corrected_by_the_answer),
    UNIT_TEST(test_a_change_refused_for_its_stamp_is_not_stamped_anew),
    UNIT_TEST(test_nothing_is_sent_without_keys_or_after_the_deadline),
    UNIT_TEST(test_an_endpoint_that_is_gone_was_sent_nothing),
    UNIT_END,
};
