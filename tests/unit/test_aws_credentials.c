/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_aws_credentials.c - every place that keys come from, and their renewal in time.
 *
 * One server on loopback plays STS, the container's agent and the metadata service. The keys are
 * examples; no words of an error may hold one.
 */
#include "aws/credentials.h"
#include "aws/process.h"
#include "scope.h"
#include "unit.h"
#include "unit/aws_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { VARS_MAX = 32, PATH_ROOM = 64 };

struct setup {
    struct http http;
    struct imds imds;
    struct profiles profiles;
    struct fixture_clock clock;
    struct fixture_routes routes;
    struct http_server *server;
    struct environment env;
    const char *vars[VARS_MAX];
    size_t var_count;
    struct credentials_chain chain;
    const struct credentials *keys;
    struct errctx cx;
};

static void set(struct setup *s, const char *name, const char *value)
{
    s->vars[s->var_count++] = name;
    s->vars[s->var_count++] = value;
}

static void begin(struct setup *s, const char *config)
{
    struct buf text;
    char room[2048];

    memset(s, 0, sizeof(*s));
    fixture_clock_init(&s->clock);
    s->server = http_server_start(fixture_answer, &s->routes);
    s->env = fixture_environment(s->vars);
    set(s, "AWS_ENDPOINT_URL_STS", http_server_url(s->server));
    set(s, "AWS_EC2_METADATA_SERVICE_ENDPOINT", http_server_url(s->server));
    profiles_init(&s->profiles);
    buf_on(&text, room, sizeof(room));
    buf_text(&text, config);
    CU_ASSERT_EQUAL(profiles_read(&s->profiles, PROFILE_CONFIG, "config", &text, &s->cx), ERR_OK);
    CU_ASSERT_EQUAL_FATAL(http_init(&s->http, &s->cx), ERR_OK);
    imds_init(&s->imds, &s->http, &s->clock.port);
}

static enum err get(struct setup *s)
{
    return credentials_get(&s->chain, s->clock.now_ms + 30000, &s->keys, &s->cx);
}

static enum err start(struct setup *s)
{
    const struct credentials_options options = {
        .env = &s->env,
        .profiles = &s->profiles,
        .profile = credentials_profile(&s->env),
        .region = "eu-central-1",
        .http = &s->http,
        .imds = &s->imds,
        .clock = &s->clock.port,
    };

    CU_ASSERT_EQUAL(imds_configure(&s->imds, &s->env, NULL, "default", &s->cx), ERR_OK);
    credentials_init(&s->chain, &options);
    return get(s);
}

static void end(struct setup *s)
{
    CU_ASSERT_PTR_NULL(strstr(s->cx.message, "HUSH"));
    credentials_fini(&s->chain);
    imds_fini(&s->imds);
    http_fini(&s->http);
    profiles_fini(&s->profiles);
    http_server_stop(s->server);
}

#define STS_ANSWER(action, id, expires)                                                          \
    "<" action "Response xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><" action "Result>" \
    "<AssumedRoleUser><Arn>a</Arn></AssumedRoleUser><Credentials><SessionToken>HUSH-T"           \
    "</SessionToken><AccessKeyId>" id "</AccessKeyId><SecretAccessKey>HUSH-K</SecretAccessKey>"  \
    "<Expiration>" expires "</Expiration></Credentials></" action "Result></" action "Response>"

#define ROLE_DOCUMENT(id, expires)                                                     \
    "{\"Code\":\"Success\",\"AccessKeyId\":\"" id "\",\"SecretAccessKey\":\"HUSH-K\"," \
    "\"Token\":\"HUSH-T\",\"Expiration\":\"" expires "\"}"

#define LATER "2026-01-02T09:04:05Z"

static void route(struct setup *s, const char *mark, int status, const char *body)
{
    size_t n = 0;

    while (s->routes.routes[n].mark)
        n++;
    s->routes.routes[n] = (struct fixture_route){mark, status, body, 0};
}

static void add_instance(struct setup *s, const char *document)
{
    route(s, "PUT /latest/api/token ", 200, "TOKEN");
    route(s, "GET /latest/meta-data/iam/security-credentials/ ", 200, "app");
    route(s, "GET /latest/meta-data/iam/security-credentials/app ", 200, document);
}

static void test_the_environment_comes_first(void)
{
    struct setup s;

    begin(&s, "[default]\naws_access_key_id=AKIDFILE\naws_secret_access_key=HUSH\n");
    set(&s, "AWS_ACCESS_KEY_ID", "AKIDENV");
    set(&s, "AWS_SECRET_ACCESS_KEY", "HUSH");
    set(&s, "AWS_SESSION_TOKEN", "HUSH-T");
    CU_ASSERT_EQUAL(start(&s), ERR_OK);
    CU_ASSERT_STRING_EQUAL(s.keys->key_id.text, "AKIDENV");
    CU_ASSERT_STRING_EQUAL(s.keys->token.text, "HUSH-T");
    CU_ASSERT_EQUAL(http_server_requests(s.server), 0);
    end(&s);
}

static void test_half_a_key_pair_is_an_error(void)
{
    struct setup s;

    begin(&s, "[default]\naws_secret_access_key=HUSH\n");
    CU_ASSERT_EQUAL(start(&s), ERR_CONFIG);
    end(&s);
    begin(&s, "");
    set(&s, "AWS_SECRET_ACCESS_KEY", "HUSH");
    CU_ASSERT_EQUAL(start(&s), ERR_CONFIG);
    CU_ASSERT_STRING_EQUAL(s.cx.message,
                           "AWS_SECRET_ACCESS_KEY is set, but AWS_ACCESS_KEY_ID is not");
    end(&s);
}

static void test_a_profile_gives_its_own_keys(void)
{
    struct setup s;

    begin(&s, "[profile web]\naws_access_key_id=AKIDFILE\naws_secret_access_key=HUSH\n");
    set(&s, "AWS_PROFILE", "web");
    CU_ASSERT_EQUAL(start(&s), ERR_OK);
    CU_ASSERT_STRING_EQUAL(s.keys->key_id.text, "AKIDFILE");
    CU_ASSERT_EQUAL(s.keys->expires_ms, 0);
    end(&s);
    begin(&s, "");
    set(&s, "AWS_PROFILE", "web");
    CU_ASSERT_EQUAL(start(&s), ERR_CONFIG);
    CU_ASSERT_STRING_EQUAL(s.cx.message, "there is no profile web in the shared files");
    end(&s);
}

static void test_a_role_is_assumed_with_the_keys_of_another_profile(void)
{
    struct setup s;
    const char *seen;

    begin(&s, "[default]\nrole_arn=arn:aws:iam::1:role/r\nsource_profile=base\nexternal_id=x y\n"
              "duration_seconds=900\n[profile base]\naws_access_key_id=AKIDBASE\n"
              "aws_secret_access_key=HUSH\n");
    route(&s, "Action=AssumeRole&", 200, STS_ANSWER("AssumeRole", "ASIAROLE", LATER));
    CU_ASSERT_EQUAL(start(&s), ERR_OK);
    CU_ASSERT_STRING_EQUAL(s.keys->key_id.text, "ASIAROLE");
    CU_ASSERT_STRING_EQUAL(s.keys->token.text, "HUSH-T");
    CU_ASSERT_EQUAL(s.keys->expires_ms, FIXTURE_NOW_MS + 6 * UINT64_C(3600000));
    seen = http_server_request(s.server, 0);
    CU_ASSERT_PTR_NOT_NULL(strstr(seen, "Credential=AKIDBASE/20260102/eu-central-1/sts/"));
    CU_ASSERT_PTR_NOT_NULL(strstr(
        seen, "Action=AssumeRole&Version=2011-06-15&RoleArn=arn%3Aaws%3Aiam%3A%3A1%3Arole%2Fr"
              "&RoleSessionName=volclaim&ExternalId=x+y&DurationSeconds=900"));
    end(&s);
}

static void test_a_denied_role_and_a_circle_of_profiles_are_errors(void)
{
    struct setup s;

    begin(&s, "[default]\nrole_arn=r\ncredential_source=Environment\n");
    CU_ASSERT_EQUAL(start(&s), ERR_CONFIG);
    end(&s);
    begin(&s, "[default]\nrole_arn=r\nsource_profile=b\n[profile b]\nrole_arn=r\n"
              "source_profile=default\n");
    CU_ASSERT_EQUAL(start(&s), ERR_CONFIG);
    end(&s);
    begin(&s, "[default]\nrole_arn=r\nsource_profile=default\naws_access_key_id=AKID\n"
              "aws_secret_access_key=HUSH\n");
    route(&s, "Action=AssumeRole&", 403,
          "<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>User: u is "
          "not authorized to perform: sts:AssumeRole on resource: r</Message></Error>"
          "<RequestId>1</RequestId></ErrorResponse>");
    CU_ASSERT_EQUAL(start(&s), ERR_DENIED);
    CU_ASSERT_STRING_EQUAL(
        s.cx.message, "sts:AssumeRole: the IAM action sts:AssumeRole is missing (AccessDenied)");
    end(&s);
}

static void write_file(char path[PATH_ROOM], const char *text)
{
    static const char form[] = "/tmp/volclaim-unit-XXXXXX";
    int fd;

    memcpy(path, form, sizeof(form));
    fd = mkstemp(path);
    CU_ASSERT_FATAL(fd >= 0);
    CU_ASSERT_EQUAL(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    (void)close(fd);
}

static void test_a_web_identity_is_exchanged_without_a_signature(void)
{
    char path[PATH_ROOM];
    struct setup s;
    const char *seen;

    write_file(path, "tok.en.val\n");
    begin(&s, "");
    set(&s, "AWS_WEB_IDENTITY_TOKEN_FILE", path);
    set(&s, "AWS_ROLE_ARN", "arn:aws:iam::123456789012:role/r");
    set(&s, "AWS_ROLE_SESSION_NAME", "sess");
    route(&s, "Action=AssumeRoleWithWebIdentity&", 200,
          STS_ANSWER("AssumeRoleWithWebIdentity", "ASIAWEB", LATER));
    CU_ASSERT_EQUAL(start(&s), ERR_OK);
    CU_ASSERT_STRING_EQUAL(s.keys->key_id.text, "ASIAWEB");
    seen = http_server_request(s.server, 0);
    CU_ASSERT_PTR_NULL(strcasestr(seen, "\r\nAuthorization:"));
    CU_ASSERT_PTR_NULL(strcasestr(seen, "\r\nX-Amz-Date:"));
    CU_ASSERT_PTR_NOT_NULL(strstr(seen, "&RoleSessionName=sess&WebIdentityToken=tok.en.val"));
    end(&s);
    (void)unlink(path);
    begin(&s, "");
    set(&s, "AWS_WEB_IDENTITY_TOKEN_FILE", path);
    set(&s, "AWS_ROLE_ARN", "r");
    CU_ASSERT_EQUAL(start(&s), ERR_CONFIG);
    end(&s);
}

static void test_a_program_prints_keys(void)
{
    struct setup s;

    begin(&s, "[default]\ncredential_process = /bin/echo '{\"Version\":1,\"AccessKeyId\":"
              "\"AKIDPROC\",\"SecretAccessKey\":\"HUSH\"}'\n");
    CU_ASSERT_EQUAL(start(&s), ERR_OK);
    CU_ASSERT_STRING_EQUAL(s.keys->key_id.text, "AKIDPROC");
    CU_ASSERT_EQUAL(s.keys->token.length, 0);
    end(&s);
    begin(&s, "[default]\ncredential_process = /bin/echo HUSH\n");
    CU_ASSERT_EQUAL(start(&s), ERR_INVALID);
    end(&s);
    begin(&s, "[default]\ncredential_process = /bin/false\n");
    CU_ASSERT_EQUAL(start(&s), ERR_CONFIG);
    end(&s);
}

static void test_a_program_is_split_without_a_shell_and_ends_in_time(void)
{
    AUTO_BUF struct buf out;

    buf_init(&out, PROCESS_OUTPUT_MAX);
    CU_ASSERT_EQUAL(process_run(" /bin/echo  a\\ b 'c  $HOME' \"d\"e ", 2000, &out, NULL), ERR_OK);
    CU_ASSERT_STRING_EQUAL(out.data, "a b c  $HOME de\n");
    CU_ASSERT_EQUAL(process_run("/bin/echo 'a", 2000, &out, NULL), ERR_CONFIG);
    CU_ASSERT_EQUAL(process_run("", 2000, &out, NULL), ERR_CONFIG);
    CU_ASSERT_EQUAL(process_run("/nonexistent/program", 2000, &out, NULL), ERR_CONFIG);
    CU_ASSERT_EQUAL(process_run("/bin/cat /dev/zero", 2000, &out, NULL), ERR_UNAVAILABLE);
    CU_ASSERT_EQUAL(process_run("/bin/sh -c 'sleep 60'", 100, &out, NULL), ERR_UNAVAILABLE);
}

static void test_a_container_is_asked_with_its_token(void)
{
    char url[128];
    struct setup s;

    begin(&s, "");
    (void)snprintf(url, sizeof(url), "%s/v1/credentials", http_server_url(s.server));
    set(&s, "AWS_CONTAINER_CREDENTIALS_FULL_URI", url);
    set(&s, "AWS_CONTAINER_AUTHORIZATION_TOKEN", "Bearer x");
    route(&s, "GET /v1/credentials ", 200, ROLE_DOCUMENT("ASIACON", LATER));
    CU_ASSERT_EQUAL(start(&s), ERR_OK);
    CU_ASSERT_STRING_EQUAL(s.keys->key_id.text, "ASIACON");
    CU_ASSERT_PTR_NOT_NULL(
        strstr(http_server_request(s.server, 0), "\r\nAuthorization: Bearer x\r\n"));
    end(&s);
}

static void test_a_container_may_not_be_anywhere_nor_forge_headers(void)
{
    static const char *const urls[] = {"http://example.com/x", "http://localhost.example.com/",
                                       "http://localhost:80@example.com/", "ftp://localhost/"};
    struct setup s;

    for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++) {
        begin(&s, "");
        set(&s, "AWS_CONTAINER_CREDENTIALS_FULL_URI", urls[i]);
        CU_ASSERT_EQUAL(start(&s), ERR_CONFIG);
        end(&s);
    }
    begin(&s, "");
    set(&s, "AWS_CONTAINER_CREDENTIALS_FULL_URI", http_server_url(s.server));
    set(&s, "AWS_CONTAINER_AUTHORIZATION_TOKEN", "a\r\nX: y");
    CU_ASSERT_EQUAL(start(&s), ERR_CONFIG);
    CU_ASSERT_EQUAL(http_server_requests(s.server), 0);
    end(&s);
}

static void test_the_instance_has_a_role(void)
{
    struct setup s;

    begin(&s, "");
    add_instance(&s, ROLE_DOCUMENT("ASIAROLE", LATER));
    CU_ASSERT_EQUAL(start(&s), ERR_OK);
    CU_ASSERT_STRING_EQUAL(s.keys->key_id.text, "ASIAROLE");
    CU_ASSERT_STRING_EQUAL(s.keys->source, "the instance's role");
    CU_ASSERT_EQUAL(get(&s), ERR_OK);
    CU_ASSERT_EQUAL(http_server_requests(s.server), 3);
    end(&s);
}

static void test_documents_without_whole_keys_are_not_used(void)
{
    static const char *const bad[] = {
        "{}",
        "nonsense",
        "{\"Code\":\"AssumeRoleUnauthorizedAccess\"}",
        "{\"AccessKeyId\":\"A\",\"SecretAccessKey\":\"S\",\"Token\":\"T\"}",
        "{\"AccessKeyId\":\"A\",\"SecretAccessKey\":\"S\",\"Expiration\":\"" LATER "\"}",
        "{\"AccessKeyId\":\"A\",\"SecretAccessKey\":7,\"Token\":\"T\",\"Expiration\":\"" LATER
        "\"}",
    };

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct setup s;

        begin(&s, "");
        add_instance(&s, bad[i]);
        CU_ASSERT_NOT_EQUAL(start(&s), ERR_OK);
        CU_ASSERT_PTR_NULL(s.keys);
        end(&s);
    }
}

static void test_nothing_found_says_where_it_looked(void)
{
    struct setup s;

    begin(&s, "");
    CU_ASSERT_EQUAL(start(&s), ERR_DENIED);
    CU_ASSERT_STRING_EQUAL(s.chain.looked.data,
                           "AWS_ACCESS_KEY_ID is not set. AWS_WEB_IDENTITY_TOKEN_FILE is not set. "
                           "the shared files have no profile default. "
                           "AWS_CONTAINER_CREDENTIALS_* are not set. "
                           "there is no metadata service.");
    end(&s);
}

static void test_keys_are_fetched_anew_before_they_end(void)
{
    struct setup s;

    begin(&s, "");
    add_instance(&s, ROLE_DOCUMENT("ASIAONE", LATER));
    CU_ASSERT_EQUAL(start(&s), ERR_OK);
    s.clock.now_ms = s.keys->expires_ms - CREDENTIALS_ADVISORY_MS - 1;
    CU_ASSERT_EQUAL(get(&s), ERR_OK);
    CU_ASSERT_EQUAL(http_server_requests(s.server), 3);
    s.clock.now_ms++;
    s.routes.routes[2].body = ROLE_DOCUMENT("ASIATWO", "2026-01-02T15:04:05Z");
    CU_ASSERT_EQUAL(get(&s), ERR_OK);
    CU_ASSERT_STRING_EQUAL(s.keys->key_id.text, "ASIATWO");
    credentials_doubt(&s.chain);
    s.routes.routes[2].body = ROLE_DOCUMENT("ASIATHREE", "2026-01-02T15:04:05Z");
    CU_ASSERT_EQUAL(get(&s), ERR_OK);
    CU_ASSERT_STRING_EQUAL(s.keys->key_id.text, "ASIATHREE");
    end(&s);
}

static void test_the_instances_keys_are_kept_when_its_service_is_gone(void)
{
    struct setup s;

    begin(&s, "");
    add_instance(&s, ROLE_DOCUMENT("ASIAONE", LATER));
    CU_ASSERT_EQUAL(start(&s), ERR_OK);
    s.routes.routes[2].status = 500;
    s.clock.now_ms = s.keys->expires_ms + 3600000;
    CU_ASSERT_EQUAL(get(&s), ERR_OK);
    CU_ASSERT_STRING_EQUAL(s.keys->key_id.text, "ASIAONE");
    end(&s);
}

static void test_other_keys_are_kept_until_shortly_before_their_end(void)
{
    struct setup s;

    begin(&s, "[default]\nrole_arn=r\nsource_profile=default\naws_access_key_id=AKID\n"
              "aws_secret_access_key=HUSH\n");
    route(&s, "Action=AssumeRole&", 200, STS_ANSWER("AssumeRole", "ASIAROLE", LATER));
    CU_ASSERT_EQUAL(start(&s), ERR_OK);
    s.routes.routes[0].status = 500;
    s.clock.now_ms = s.keys->expires_ms - CREDENTIALS_MANDATORY_MS - 1;
    CU_ASSERT_EQUAL(get(&s), ERR_OK);
    s.clock.now_ms += 60000;
    CU_ASSERT_EQUAL(get(&s), ERR_UNAVAILABLE);
    end(&s);
}

static void test_the_shared_files_are_found_by_the_environment(void)
{
    char path[PATH_ROOM];
    const char *vars[] = {"AWS_CONFIG_FILE", path, "HOME", "/nonexistent",
                          "AWS_PROFILE",     "p",  NULL};
    struct environment env = fixture_environment(vars);
    AUTO_PROFILES struct profiles p;

    write_file(path, "[profile p]\nregion = eu-north-1\n");
    profiles_init(&p);
    CU_ASSERT_EQUAL(credentials_load_files(&env, &p, NULL), ERR_OK);
    CU_ASSERT_STRING_EQUAL(credentials_region(&env, &p), "eu-north-1");
    (void)unlink(path);
    CU_ASSERT_EQUAL(credentials_load_files(&env, &p, NULL), ERR_OK);
    CU_ASSERT_PTR_NOT_NULL(credentials_environment()->get(NULL, "PATH"));
}

const struct unit_test suite_aws_credentials[] = {
    UNIT_TEST(test_the_environment_comes_first),
    UNIT_TEST(test_half_a_key_pair_is_an_error),
    UNIT_TEST(test_a_profile_gives_its_own_keys),
    UNIT_TEST(test_a_role_is_assumed_with_the_keys_of_another_profile),
    UNIT_TEST(test_a_denied_role_and_a_circle_of_profiles_are_errors),
    UNIT_TEST(test_a_web_identity_is_exchanged_without_a_signature),
    UNIT_TEST(test_a_program_prints_keys),
    UNIT_TEST(test_a_program_is_split_without_a_shell_and_ends_in_time),
    UNIT_TEST(test_a_container_is_asked_with_its_token),
    UNIT_TEST(test_a_container_may_not_be_anywhere_nor_forge_headers),
    UNIT_TEST(test_the_instance_has_a_role),
    UNIT_TEST(test_documents_without_whole_keys_are_not_used),
    UNIT_TEST(test_nothing_found_says_where_it_looked),
    UNIT_TEST(test_keys_are_fetched_anew_before_they_end),
    UNIT_TEST(test_the_instances_keys_are_kept_when_its_service_is_gone),
    UNIT_TEST(test_other_keys_are_kept_until_shortly_before_their_end),
    UNIT_TEST(test_the_shared_files_are_found_by_the_environment),
    UNIT_END,
};
