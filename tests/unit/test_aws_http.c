/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_aws_http.c - requests over loopback against servers that behave, and servers that do not.
 *
 * Every failure must be told apart by one thing: whether anything was sent. No test may reach
 * beyond this machine, nor wait longer than its own short deadline.
 */
#include "aws/http.h"
#include "lib/http_server.h"
#include "unit.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { DEADLINE_MS = 300, SLACK_MS = 2000, URL_MAX = 128, CAP = 64 * 1024 };

struct fixture {
    struct http http;
    struct http_response response;
    struct errctx cx;
    struct http_server *server;
    struct http_reply reply;
};

static void begin(struct fixture *f, const char *bytes, enum http_then then)
{
    *f = (struct fixture){.reply = {.bytes = bytes, .then = then}};
    CU_ASSERT_EQUAL_FATAL(http_init(&f->http, &f->cx), ERR_OK);
    http_response_init(&f->response);
    f->server = http_server_start(http_answer_always, &f->reply);
}

static void end(struct fixture *f)
{
    http_response_fini(&f->response);
    http_fini(&f->http);
    http_server_stop(f->server);
}

static enum err send_to(struct fixture *f, const char *url, const char *body)
{
    const struct http_request q = {
        .method = body ? "POST" : "GET",
        .url = url,
        .body = body,
        .body_length = body ? strlen(body) : 0,
        .connect_ms = DEADLINE_MS,
        .total_ms = DEADLINE_MS,
        .cap = CAP,
        .direct = true,
        .once = body != NULL,
    };

    return http_do(&f->http, &q, &f->response, &f->cx);
}

static enum err post(struct fixture *f)
{
    return send_to(f, http_server_url(f->server), "Action=AttachVolume");
}

static uint64_t now_ms(void)
{
    struct timespec ts;

    (void)clock_gettime(CLOCK_MONOTONIC, &ts);
    return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

static void test_an_answer_comes_with_its_date_type_and_request_id(void)
{
    struct fixture f;

    begin(&f,
          "HTTP/1.1 400 Bad Request\r\nDate: Fri, 02 Jan 2026 03:04:05 GMT\r\n"
          "X-Amzn-Requestid:  abc-1 \r\ncontent-type: text/xml;charset=UTF-8\r\n"
          "Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n3\r\n<a/\r\n1\r\n>\r\n0\r\n\r\n",
          HTTP_THEN_CLOSE);
    CU_ASSERT_EQUAL(post(&f), ERR_OK);
    CU_ASSERT_EQUAL(f.response.status, 400);
    CU_ASSERT_EQUAL(f.response.date_ms, UINT64_C(1767323045000));
    CU_ASSERT_STRING_EQUAL(f.response.request_id, "abc-1");
    CU_ASSERT_STRING_EQUAL(f.response.content_type, "text/xml;charset=UTF-8");
    CU_ASSERT_STRING_EQUAL(f.response.body.data, "<a/>");
    CU_ASSERT_PTR_NOT_NULL(strstr(http_server_request(f.server, 0), "\r\n\r\nAction=AttachVolume"));
    CU_ASSERT_PTR_NULL(strstr(http_server_request(f.server, 0), "Expect"));
    end(&f);
}

static void test_connections_are_kept_for_the_next_request(void)
{
    struct fixture f;

    begin(&f, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", HTTP_THEN_KEEP);
    for (int i = 0; i < 3; i++) {
        CU_ASSERT_EQUAL(post(&f), ERR_OK);
        CU_ASSERT_STRING_EQUAL(f.response.body.data, "ok");
    }
    CU_ASSERT_EQUAL(http_server_connections(f.server), 1);
    CU_ASSERT_EQUAL(http_server_requests(f.server), 3);
    end(&f);
}

/* The first request is answered, the next ones are read and then the connection is closed on them.
 */
static void answer_once(void *context, const char *request, struct http_reply *out)
{
    static const struct http_reply good = {"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
                                           HTTP_THEN_KEEP};
    static const struct http_reply gone = {NULL, HTTP_THEN_CLOSE};
    int *count = context;

    (void)request;
    *out = (*count)++ == 0 ? good : gone;
}

static void test_a_change_is_sent_once_even_when_a_kept_connection_dies_under_it(void)
{
    struct fixture f;
    int count = 0;

    begin(&f, NULL, HTTP_THEN_CLOSE);
    http_server_stop(f.server);
    f.server = http_server_start(answer_once, &count);
    CU_ASSERT_EQUAL(post(&f), ERR_OK);
    CU_ASSERT_EQUAL(post(&f), ERR_UNKNOWN);
    CU_ASSERT_EQUAL(http_server_requests(f.server), 2);
    end(&f);
}

static void test_nothing_was_sent_when_nobody_listens(void)
{
    struct fixture f;
    char url[URL_MAX];

    begin(&f, "", HTTP_THEN_CLOSE);
    memcpy(url, http_server_url(f.server), strlen(http_server_url(f.server)) + 1);
    http_server_stop(f.server);
    CU_ASSERT_EQUAL(send_to(&f, url, "a"), ERR_UNREACHABLE);
    CU_ASSERT_EQUAL(send_to(&f, "http://no-such-host.invalid/", "a"), ERR_UNREACHABLE);
    CU_ASSERT_EQUAL(send_to(&f, "file:///etc/hostname", NULL), ERR_UNREACHABLE);
    CU_ASSERT_NOT_EQUAL(f.cx.message[0], '\0');
    f.server = http_server_start(http_answer_always, &f.reply);
    end(&f);
}

static void test_nothing_was_sent_when_the_other_side_speaks_no_tls(void)
{
    struct fixture f;
    char url[URL_MAX] = "https";

    begin(&f, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", HTTP_THEN_CLOSE);
    memcpy(url + 5, http_server_url(f.server) + 4, strlen(http_server_url(f.server)) - 3);
    CU_ASSERT_EQUAL(send_to(&f, url, "a"), ERR_UNREACHABLE);
    CU_ASSERT_EQUAL(http_server_requests(f.server), 0);
    end(&f);
}

struct bad_server {
    const char *bytes;
    enum http_then then;
    enum err err;
};

/* A length that is not kept, no HTTP at all, half a head, silence, drops, a flood. */
static const struct bad_server bad_servers[] = {
    {NULL, HTTP_THEN_CLOSE, ERR_UNKNOWN},
    {NULL, HTTP_THEN_HANG, ERR_TIMEOUT},
    {"\x15\x03\x01 garbage\r\n\r\n", HTTP_THEN_CLOSE, ERR_UNKNOWN},
    {"HTTP/1.1 200 OK\r\nContent-Length: 90\r\n\r\n<a>", HTTP_THEN_CLOSE, ERR_UNKNOWN},
    {"HTTP/1.1 200 OK\r\nContent-Length: 90\r\n\r\n<a>", HTTP_THEN_HANG, ERR_TIMEOUT},
    {"HTTP/1.1 200 OK\r\nContent-Len", HTTP_THEN_CLOSE, ERR_UNKNOWN},
    {"HTTP/1.1 200 OK\r\n\r\n<a/>", HTTP_THEN_CLOSE, ERR_UNKNOWN},
    {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n<a/>", HTTP_THEN_CLOSE,
     ERR_UNKNOWN},
    {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", HTTP_THEN_CLOSE, ERR_UNKNOWN},
    {"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\nslow, and slower, and slower still: this "
     "goes on for longer than anybody waits",
     HTTP_THEN_DRIP, ERR_TIMEOUT},
    {"HTTP/1.1 200 OK\r\n\r\n<html>five hundred pages of it</html>", HTTP_THEN_REPEAT, ERR_UNKNOWN},
    {"HTTP/1.1 200 OK\r\nX-Long: xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\r\n",
     HTTP_THEN_REPEAT, ERR_UNKNOWN},
};

static void test_a_server_that_misbehaves_is_an_unknown_outcome_within_the_deadline(void)
{
    for (size_t i = 0; i < sizeof(bad_servers) / sizeof(bad_servers[0]); i++) {
        const uint64_t began = now_ms();
        struct fixture f;

        begin(&f, bad_servers[i].bytes, bad_servers[i].then);
        CU_ASSERT_EQUAL(post(&f), bad_servers[i].err);
        CU_ASSERT(now_ms() - began < SLACK_MS);
        CU_ASSERT_EQUAL(http_server_requests(f.server), 1);
        CU_ASSERT_NOT_EQUAL(f.cx.message[0], '\0');
        end(&f);
    }
}

static void test_redirects_are_answers_and_are_not_followed(void)
{
    struct fixture f;

    begin(&f,
          "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n"
          "Connection: close\r\n\r\n",
          HTTP_THEN_CLOSE);
    CU_ASSERT_EQUAL(post(&f), ERR_OK);
    CU_ASSERT_EQUAL(f.response.status, 302);
    CU_ASSERT_EQUAL(http_server_requests(f.server), 1);
    end(&f);
}

static void test_a_put_has_a_length_and_no_type_and_headers_go_out_as_given(void)
{
    static const struct sigv4_header headers[] = {{"X-aws-ec2-metadata-token-ttl-seconds", "60"},
                                                  {"X-Empty", ""}};
    struct fixture f;
    struct http_request q = {.method = "PUT",
                             .headers = headers,
                             .header_count = 2,
                             .connect_ms = DEADLINE_MS,
                             .total_ms = DEADLINE_MS,
                             .direct = true};
    const char *seen;

    begin(&f, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", HTTP_THEN_KEEP);
    q.url = http_server_url(f.server);
    CU_ASSERT_EQUAL(http_do(&f.http, &q, &f.response, &f.cx), ERR_OK);
    seen = http_server_request(f.server, 0);
    CU_ASSERT_EQUAL(strncmp(seen, "PUT / HTTP/1.1\r\n", 16), 0);
    CU_ASSERT_PTR_NOT_NULL(strstr(seen, "\r\nX-aws-ec2-metadata-token-ttl-seconds: 60\r\n"));
    CU_ASSERT_PTR_NOT_NULL(strstr(seen, "\r\nX-Empty:\r\n"));
    CU_ASSERT_PTR_NOT_NULL(strstr(seen, "\r\nContent-Length: 0\r\n"));
    CU_ASSERT_PTR_NULL(strstr(seen, "Content-Type"));
    end(&f);
}

static void test_a_proxy_of_the_environment_is_used_unless_the_way_is_direct(void)
{
    struct fixture f;
    struct http_request q = {.method = "GET",
                             .url = "http://ec2.example.invalid/",
                             .connect_ms = DEADLINE_MS,
                             .total_ms = DEADLINE_MS};

    begin(&f, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", HTTP_THEN_KEEP);
    /* The server's thread reads no environment. */
    /* NOLINTNEXTLINE(concurrency-mt-unsafe) */
    CU_ASSERT_EQUAL(setenv("http_proxy", http_server_url(f.server), 1), 0);
    CU_ASSERT_EQUAL(http_do(&f.http, &q, &f.response, &f.cx), ERR_OK);
    CU_ASSERT_EQUAL(strncmp(http_server_request(f.server, 0),
                            "GET http://ec2.example.invalid/ HTTP/1.1\r\n", 42),
                    0);
    q.direct = true;
    CU_ASSERT_EQUAL(http_do(&f.http, &q, &f.response, &f.cx), ERR_UNREACHABLE);
    /* NOLINTNEXTLINE(concurrency-mt-unsafe) */
    CU_ASSERT_EQUAL(unsetenv("http_proxy"), 0);
    end(&f);
}

static void test_a_server_may_have_an_ipv6_address(void)
{
    struct fixture f;

    begin(&f, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", HTTP_THEN_KEEP);
    http_server_stop(f.server);
    f.server = http_server_start_v6(http_answer_always, &f.reply);
    CU_ASSERT_EQUAL(post(&f), ERR_OK);
    end(&f);
}

const struct unit_test suite_aws_http[] = {
    UNIT_TEST(test_an_answer_comes_with_its_date_type_and_request_id),
    UNIT_TEST(test_connections_are_kept_for_the_next_request),
    UNIT_TEST(test_a_change_is_sent_once_even_when_a_kept_connection_dies_under_it),
    UNIT_TEST(test_nothing_was_sent_when_nobody_listens),
    UNIT_TEST(test_nothing_was_sent_when_the_other_side_speaks_no_tls),
    UNIT_TEST(test_a_server_that_misbehaves_is_an_unknown_outcome_within_the_deadline),
    UNIT_TEST(test_redirects_are_answers_and_are_not_followed),
    UNIT_TEST(test_a_put_has_a_length_and_no_type_and_headers_go_out_as_given),
    UNIT_TEST(test_a_proxy_of_the_environment_is_used_unless_the_way_is_direct),
    UNIT_TEST(test_a_server_may_have_an_ipv6_address),
    UNIT_END,
};
