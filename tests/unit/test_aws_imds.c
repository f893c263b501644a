/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_aws_imds.c - the metadata client against a service on loopback, good and bad.
 *
 * Waits are virtual. Nothing may be believed that is not shaped as the service shapes it.
 */
#include "aws/imds.h"
#include "aws/notice.h"
#include "scope.h"
#include "unit.h"
#include "unit/aws_fixture.h"

#include <stdio.h>
#include <string.h>

#define PUT_TOKEN "PUT /latest/api/token "
#define GET_ID "GET /latest/meta-data/instance-id "
#define IDENTITY "GET /latest/dynamic/instance-identity/document "
#define ROLES "GET /latest/meta-data/iam/security-credentials/ "

#define LONG_NAME "\"aaaaaaaaaaaaaaaaaaaaaaaa\""

struct setup {
    struct http http;
    struct fixture_clock clock;
    struct fixture_routes routes;
    struct http_server *server;
    struct imds imds;
    struct errctx cx;
    struct buf out;
};

static void begin(struct setup *s, const struct fixture_route *routes, size_t count,
                  const char *v1_disabled)
{
    const char *const pairs[] = {"AWS_EC2_METADATA_SERVICE_ENDPOINT", NULL,
                                 "AWS_EC2_METADATA_V1_DISABLED", v1_disabled, NULL};
    const char *vars[sizeof(pairs) / sizeof(pairs[0])];
    struct environment env;

    memset(s, 0, sizeof(*s));
    memcpy(s->routes.routes, routes, count * sizeof(*routes));
    fixture_clock_init(&s->clock);
    s->server = http_server_start(fixture_answer, &s->routes);
    memcpy(vars, pairs, sizeof(pairs));
    vars[1] = http_server_url(s->server);
    env = fixture_environment(vars);
    CU_ASSERT_EQUAL_FATAL(http_init(&s->http, &s->cx), ERR_OK);
    imds_init(&s->imds, &s->http, &s->clock.port);
    CU_ASSERT_EQUAL(imds_configure(&s->imds, &env, NULL, "default", &s->cx), ERR_OK);
    buf_init(&s->out, IMDS_DOCUMENT_MAX);
}

static void end(struct setup *s)
{
    buf_fini(&s->out);
    imds_fini(&s->imds);
    http_fini(&s->http);
    http_server_stop(s->server);
}

static enum err get(struct setup *s)
{
    return imds_get(&s->imds, "meta-data/instance-id", s->clock.now_ms + 10000, &s->out, &s->cx);
}

#define BEGIN(s, routes) begin(s, routes, sizeof(routes) / sizeof((routes)[0]), NULL)

static const struct fixture_route good[] = {
    {PUT_TOKEN, 200, "TOKEN==", 0},
    {GET_ID, 200, "i-0123456789abcdef0", 0},
    {IDENTITY, 200,
     "{\"instanceId\":\"i-0123456789abcdef0\",\"region\":\"eu-central-1\","
     "\"availabilityZone\":\"eu-central-1a\",\"accountId\":\"123456789012\"}",
     0},
    {ROLES, 200, "app-role\n", 0},
};

static void test_a_token_is_fetched_once_and_goes_with_every_request(void)
{
    struct setup s;

    BEGIN(&s, good);
    CU_ASSERT_EQUAL(get(&s), ERR_OK);
    CU_ASSERT_STRING_EQUAL(s.out.data, "i-0123456789abcdef0");
    CU_ASSERT_EQUAL(get(&s), ERR_OK);
    CU_ASSERT_EQUAL(http_server_requests(s.server), 3);
    CU_ASSERT_EQUAL(http_server_connections(s.server), 1);
    CU_ASSERT_PTR_NOT_NULL(strstr(http_server_request(s.server, 0),
                                  "X-aws-ec2-metadata-token-ttl-seconds: 21600\r\n"));
    CU_ASSERT_PTR_NOT_NULL(
        strstr(http_server_request(s.server, 2), "X-aws-ec2-metadata-token: TOKEN==\r\n"));
    end(&s);
}

static void test_a_token_is_fetched_anew_before_it_ends(void)
{
    struct setup s;

    BEGIN(&s, good);
    CU_ASSERT_EQUAL(get(&s), ERR_OK);
    s.clock.now_ms += UINT64_C(21600000) - 60000;
    CU_ASSERT_EQUAL(get(&s), ERR_OK);
    CU_ASSERT_EQUAL(http_server_requests(s.server), 4);
    end(&s);
}

static void test_a_refused_token_is_replaced_once(void)
{
    static const struct fixture_route routes[] = {{PUT_TOKEN, 200, "one", 1},
                                                  {PUT_TOKEN, 200, "two", 0},
                                                  {"token: one", 401, "", 0},
                                                  {"token: two", 200, "i-1", 0}};
    static const struct fixture_route never[] = {{PUT_TOKEN, 200, "one", 0}, {GET_ID, 401, "", 0}};
    struct setup s;

    BEGIN(&s, routes);
    CU_ASSERT_EQUAL(get(&s), ERR_OK);
    CU_ASSERT_STRING_EQUAL(s.out.data, "i-1");
    CU_ASSERT_EQUAL(http_server_requests(s.server), 4);
    end(&s);
    BEGIN(&s, never);
    CU_ASSERT_EQUAL(get(&s), ERR_UNAVAILABLE);
    end(&s);
}

static void test_what_is_absent_refused_or_failing_is_told_apart(void)
{
    static const struct {
        int status;
        enum err err;
        unsigned requests;
    } cases[] = {
        {404, ERR_NOT_FOUND, 2},
        {403, ERR_DENIED, 2},
        {302, ERR_UNAVAILABLE, 4},
        {503, ERR_UNAVAILABLE, 4},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const struct fixture_route routes[] = {{PUT_TOKEN, 200, "one", 0},
                                               {GET_ID, cases[i].status, "<html>no</html>", 0}};
        struct setup s;

        BEGIN(&s, routes);
        CU_ASSERT_EQUAL(get(&s), cases[i].err);
        CU_ASSERT_EQUAL(http_server_requests(s.server), cases[i].requests);
        end(&s);
    }
}

static void test_a_service_that_stutters_is_asked_again_after_a_pause(void)
{
    static const struct fixture_route routes[] = {{PUT_TOKEN, 503, "", 1},
                                                  {PUT_TOKEN, 200, "one", 0},
                                                  {GET_ID, 503, "", 1},
                                                  {GET_ID, 200, "i-1", 0}};
    struct setup s;

    BEGIN(&s, routes);
    CU_ASSERT_EQUAL(get(&s), ERR_OK);
    CU_ASSERT(s.clock.slept_ms >= 1000);
    end(&s);
}

static void test_version_1_is_spoken_only_when_asked_for(void)
{
    static const struct fixture_route routes[] = {{PUT_TOKEN, 404, "", 0}, {GET_ID, 200, "i-1", 0}};
    struct setup s;

    BEGIN(&s, routes);
    CU_ASSERT_EQUAL(get(&s), ERR_UNREACHABLE);
    end(&s);
    begin(&s, routes, 2, "false");
    CU_ASSERT_EQUAL(get(&s), ERR_OK);
    CU_ASSERT_PTR_NULL(strstr(http_server_request(s.server, 1), "metadata-token"));
    end(&s);
    begin(&s, routes, 2, "true");
    CU_ASSERT_EQUAL(get(&s), ERR_UNREACHABLE);
    end(&s);
}

static void test_a_page_in_place_of_a_token_is_not_used_as_one(void)
{
    static const struct fixture_route routes[] = {
        {PUT_TOKEN, 200, "<html> please log in </html>", 0}, {GET_ID, 200, "i-1", 0}};
    struct setup s;

    BEGIN(&s, routes);
    CU_ASSERT_EQUAL(get(&s), ERR_UNAVAILABLE);
    end(&s);
}

static void test_nobody_there_is_unreachable_and_disabled_asks_nobody(void)
{
    static const char *const off[] = {"AWS_EC2_METADATA_DISABLED", "TRUE", NULL};
    struct environment env = fixture_environment(off);
    struct setup s;

    BEGIN(&s, good);
    CU_ASSERT_EQUAL(imds_configure(&s.imds, &env, NULL, "default", &s.cx), ERR_OK);
    CU_ASSERT_EQUAL(get(&s), ERR_UNREACHABLE);
    CU_ASSERT_EQUAL(http_server_requests(s.server), 0);
    s.imds.disabled = false;
    memcpy(s.imds.endpoint, "http://127.0.0.1:1", sizeof("http://127.0.0.1:1"));
    CU_ASSERT_EQUAL(get(&s), ERR_UNREACHABLE);
    end(&s);
}

static void test_who_we_are_takes_one_document(void)
{
    struct imds_identity id;
    struct setup s;

    BEGIN(&s, good);
    CU_ASSERT_EQUAL(imds_identify(&s.imds, s.clock.now_ms + 10000, &id, &s.cx), ERR_OK);
    CU_ASSERT_STRING_EQUAL(id.self.instance.text, "i-0123456789abcdef0");
    CU_ASSERT_STRING_EQUAL(id.self.zone.text, "eu-central-1a");
    CU_ASSERT_STRING_EQUAL(id.region, "eu-central-1");
    CU_ASSERT_EQUAL(http_server_requests(s.server), 2);
    end(&s);
}

static void test_an_identity_that_is_misshapen_is_not_believed(void)
{
    static const char *const bad[] = {
        "",
        "garbage",
        "[]",
        "{}",
        "{\"instanceId\":1}",
        "{\"instanceId\":\"i-1\",\"region\":\"eu\"}",
        "{\"instanceId\":\"../x\",\"region\":\"eu\",\"availabilityZone\":\"a\"}",
        "{\"instanceId\":\"i-1\",\"region\":\"eu.evil/\",\"availabilityZone\":\"a\"}",
        ("{\"instanceId\":\"i-1\",\"region\":\"eu\",\"availabilityZone\":" LONG_NAME "}"),
        "<html>x</html>",
    };

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        const struct fixture_route routes[] = {{PUT_TOKEN, 200, "one", 0},
                                               {IDENTITY, 200, bad[i], 0}};
        struct imds_identity id = {.region = "untouched"};
        struct setup s;

        BEGIN(&s, routes);
        CU_ASSERT_EQUAL(imds_identify(&s.imds, s.clock.now_ms + 10000, &id, &s.cx),
                        ERR_UNAVAILABLE);
        CU_ASSERT_STRING_EQUAL(id.region, "untouched");
        end(&s);
    }
}

static void test_the_role_is_a_name_or_none(void)
{
    static const char *const bodies[] = {"", "<html>", "a/../b"};
    static const enum err errs[] = {ERR_NOT_FOUND, ERR_UNAVAILABLE, ERR_UNAVAILABLE};
    char role[IMDS_NAME_MAX] = "";
    struct setup s;

    BEGIN(&s, good);
    CU_ASSERT_EQUAL(imds_role(&s.imds, s.clock.now_ms + 10000, role, &s.cx), ERR_OK);
    CU_ASSERT_STRING_EQUAL(role, "app-role");
    end(&s);
    for (size_t i = 0; i < 3; i++) {
        const struct fixture_route routes[] = {{PUT_TOKEN, 200, "one", 0},
                                               {ROLES, 200, bodies[i], 0}};

        BEGIN(&s, routes);
        CU_ASSERT_EQUAL(imds_role(&s.imds, s.clock.now_ms + 10000, role, &s.cx), errs[i]);
        end(&s);
    }
}

static void test_no_notice_means_nothing_to_say(void)
{
    static const struct fixture_route routes[] = {{PUT_TOKEN, 200, "one", 0}};
    struct notice n = {.rebalance = true};
    struct setup s;

    BEGIN(&s, routes);
    CU_ASSERT_EQUAL(notice_read(&s.imds, s.clock.now_ms + 10000, &n, &s.cx), ERR_OK);
    CU_ASSERT_EQUAL(n.spot, NOTICE_NONE);
    CU_ASSERT_FALSE(n.rebalance);
    CU_ASSERT_STRING_EQUAL(n.target, "");
    end(&s);
}

static void test_notices_are_read_and_an_unknown_action_is_the_worst(void)
{
    static const char *const actions[] = {"stop", "hibernate", "terminate", "evaporate"};
    static const enum notice_action means[] = {NOTICE_STOP, NOTICE_HIBERNATE, NOTICE_TERMINATE,
                                               NOTICE_TERMINATE};

    for (size_t i = 0; i < 4; i++) {
        char body[128];
        const struct fixture_route routes[] = {
            {PUT_TOKEN, 200, "one", 0},
            {"/spot/instance-action ", 200, body, 0},
            {"/rebalance ", 200, "{\"noticeTime\":\"2026-01-02T03:04:05Z\"}", 0},
            {"/target-lifecycle-state ", 200, "Warmed:Stopped", 0}};
        struct notice n;
        struct setup s;

        (void)snprintf(body, sizeof(body), "{\"action\":\"%s\",\"time\":\"2026-01-02T03:04:05Z\"}",
                       actions[i]);
        BEGIN(&s, routes);
        CU_ASSERT_EQUAL(notice_read(&s.imds, s.clock.now_ms + 10000, &n, &s.cx), ERR_OK);
        CU_ASSERT_EQUAL(n.spot, means[i]);
        CU_ASSERT_EQUAL(n.spot_ms, FIXTURE_NOW_MS);
        CU_ASSERT_TRUE(n.rebalance);
        CU_ASSERT_STRING_EQUAL(n.target, "Warmed:Stopped");
        end(&s);
    }
}

static void test_a_notice_that_cannot_be_read_is_not_nothing(void)
{
    static const char *const bad[] = {"x", "{}", "{\"action\":\"stop\"}"};

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        const struct fixture_route routes[] = {{PUT_TOKEN, 200, "one", 0},
                                               {"/spot/instance-action ", 200, bad[i], 0}};
        struct notice n = {.target = "untouched"};
        struct setup s;

        BEGIN(&s, routes);
        CU_ASSERT_EQUAL(notice_read(&s.imds, s.clock.now_ms + 10000, &n, &s.cx), ERR_UNAVAILABLE);
        CU_ASSERT_STRING_EQUAL(n.target, "untouched");
        end(&s);
    }
}

static void test_settings_choose_the_endpoint(void)
{
    static const char *const v6[] = {"AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE", "ipv6", NULL};
    static const char *const odd[] = {"AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE", "v5", NULL};
    static const char *const ftp[] = {"AWS_EC2_METADATA_SERVICE_ENDPOINT", "ftp://x", NULL};
    struct environment env = fixture_environment(v6);
    struct imds m;

    imds_init(&m, NULL, NULL);
    CU_ASSERT_STRING_EQUAL(m.endpoint, "http://169.254.169.254");
    CU_ASSERT_EQUAL(imds_configure(&m, &env, NULL, "default", NULL), ERR_OK);
    CU_ASSERT_STRING_EQUAL(m.endpoint, "http://[fd00:ec2::254]");
    env = fixture_environment(odd);
    CU_ASSERT_EQUAL(imds_configure(&m, &env, NULL, "default", NULL), ERR_CONFIG);
    env = fixture_environment(ftp);
    CU_ASSERT_EQUAL(imds_configure(&m, &env, NULL, "default", NULL), ERR_CONFIG);
}

const struct unit_test suite_aws_imds[] = {
    UNIT_TEST(test_a_token_is_fetched_once_and_goes_with_every_request),
    UNIT_TEST(test_a_token_is_fetched_anew_before_it_ends),
    UNIT_TEST(test_a_refused_token_is_replaced_once),
    UNIT_TEST(test_what_is_absent_refused_or_failing_is_told_apart),
    UNIT_TEST(test_a_service_that_stutters_is_asked_again_after_a_pause),
    UNIT_TEST(test_version_1_is_spoken_only_when_asked_for),
    UNIT_TEST(test_a_page_in_place_of_a_token_is_not_used_as_one),
    UNIT_TEST(test_nobody_there_is_unreachable_and_disabled_asks_nobody),
    UNIT_TEST(test_who_we_are_takes_one_document),
    UNIT_TEST(test_an_identity_that_is_misshapen_is_not_believed),
    UNIT_TEST(test_the_role_is_a_name_or_none),
    UNIT_TEST(test_no_notice_means_nothing_to_say),
    UNIT_TEST(test_notices_are_read_and_an_unknown_action_is_the_worst),
    UNIT_TEST(test_a_notice_that_cannot_be_read_is_not_nothing),
    UNIT_TEST(test_settings_choose_the_endpoint),
    UNIT_END,
};
