/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_aws_sigv4.c - signatures against vectors, stage by stage.
 *
 * The expected values are AWS's published examples and those of an independent implementation; none
 * was made with the code under test.
 */
#include "aws/sigv4.h"
#include "scope.h"
#include "unit.h"

#include <string.h>

#define KEY_ID "AKIDEXAMPLE"
#define SECRET_KEY "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"

enum { TEXT_MAX = 8192 };

struct vector {
    const char *name;
    struct sigv4_request request;
    struct sigv4_scope scope;
    const char *canonical_hash; /* last line of the string to sign; NULL: not published */
    const char *signature;
};

#define DATE_2015 UINT64_C(1440938160000) /* 20150830T123600Z */
#define DATE_2026 UINT64_C(1767323045000) /* 20260102T030405Z */

static const char describe[] = "Action=DescribeVolumes&Version=2016-11-15&Filter.1.Name=tag%3AName"
                               "&Filter.1.Value.1=a+b";

static const struct sigv4_header vanilla[] = {
    {"Host", "example.amazonaws.com"},
    {"X-Amz-Date", "20150830T123600Z"},
};
static const struct sigv4_header list_users[] = {
    {"X-Amz-Date", "20150830T123600Z"},
    {"Host", "iam.amazonaws.com"},
    {"Content-Type", "application/x-www-form-urlencoded; charset=utf-8"},
};
static const struct sigv4_header multiple[] = {
    {"My-Header2", "    \"a   b   c\"  "},
    {"My-Header1", " value1"},
    {"Host", "example.amazonaws.com"},
    {"X-Amz-Date", "20150830T123600Z"},
};
static const struct sigv4_header ec2[] = {
    {"content-type", "application/x-www-form-urlencoded; charset=utf-8"},
    {"host", "ec2.us-east-1.amazonaws.com"},
    {"x-amz-date", "20260102T030405Z"},
};
static const struct sigv4_header ec2_session[] = {
    {"x-amz-security-token", "SESSION/TOKEN+=="},
    {"content-type", "application/x-www-form-urlencoded; charset=utf-8"},
    {"host", "ec2.us-east-1.amazonaws.com"},
    {"x-amz-date", "20260102T030405Z"},
};

#define HEADERS(list) .headers = (list), .header_count = sizeof(list) / sizeof((list)[0])

static const struct vector vectors[] = {
    {
        .name = "get-vanilla",
        .request = {.method = "GET", .path = "/", HEADERS(vanilla)},
        .scope = {DATE_2015, "us-east-1", "service"},
        .canonical_hash = "bb579772317eb040ac9ed261061d46c1f17a8133879d6129b6e1c25292927e63",
        .signature = "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
    },
    {
        .name = "iam-list-users",
        .request = {.method = "GET",
                    .query = "Version=2010-05-08&Action=ListUsers",
                    HEADERS(list_users)},
        .scope = {DATE_2015, "us-east-1", "iam"},
        .canonical_hash = "f536975d06c0309214f805bb90ccff089219ecd68b2577efef23edd43b7e1a59",
        .signature = "5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7",
    },
    {
        .name = "get-vanilla-query-order-key-case",
        .request = {.method = "GET", .query = "Param2=value2&Param1=value1", HEADERS(vanilla)},
        .scope = {DATE_2015, "us-east-1", "service"},
        .signature = "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500",
    },
    {
        .name = "get-header-value-trim",
        .request = {.method = "GET", HEADERS(multiple)},
        .scope = {DATE_2015, "us-east-1", "service"},
        .signature = "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736",
    },
    {
        .name = "ec2-post",
        .request =
            {.method = "POST", .body = describe, .body_length = sizeof(describe) - 1, HEADERS(ec2)},
        .scope = {DATE_2026, "us-east-1", "ec2"},
        .canonical_hash = "0720b7b2aa6d2bd771b44f7c3b4b3d3ed75f1213ab26c19b90913590f13ccfa5",
        .signature = "e1b294b8b6b05f57bef03d75ebd710976623b97a11dd6b98b17faab8d496a9dd",
    },
    {
        .name = "ec2-post-session",
        .request = {.method = "POST",
                    .body = describe,
                    .body_length = sizeof(describe) - 1,
                    HEADERS(ec2_session)},
        .scope = {DATE_2026, "us-east-1", "ec2"},
        .canonical_hash = "e7f94054d8e2dd209c36bb88d0f2ab39ff64300f40ca9368afc9728a326bfec2",
        .signature = "75e14b0186d2cdd4a4cc9be05026c258bdfa8b2f0c1162f933e584e610cc463f",
    },
};

static void check(const struct vector *v, const struct secret *secret_key)
{
    AUTO_BUF struct buf canonical;
    AUTO_BUF struct buf text;
    char signature[SIGV4_DIGEST_MAX] = "";
    struct errctx cx = {0};

    buf_init(&canonical, TEXT_MAX);
    buf_init(&text, TEXT_MAX);
    CU_ASSERT_EQUAL(sigv4_canonical(&v->request, &canonical, &cx), ERR_OK);
    CU_ASSERT_EQUAL(sigv4_string_to_sign(&canonical, &v->scope, &text, &cx), ERR_OK);
    if (v->canonical_hash)
        CU_ASSERT_STRING_EQUAL(text.data + text.length - 64, v->canonical_hash);
    CU_ASSERT_EQUAL(sigv4_signature(&text, &v->scope, secret_key, signature, &cx), ERR_OK);
    CU_ASSERT_STRING_EQUAL(signature, v->signature);
    if (strcmp(signature, v->signature) != 0)
        CU_FAIL(v->name);
}

static void test_the_published_vectors_hold_stage_by_stage(void)
{
    struct secret secret_key = {0};

    CU_ASSERT_EQUAL(secret_text(&secret_key, SECRET_KEY, "key", NULL), ERR_OK);
    for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++)
        check(&vectors[i], &secret_key);
    secret_fini(&secret_key);
}

static void test_the_canonical_request_is_spelt_as_aws_spells_it(void)
{
    AUTO_BUF struct buf canonical;

    buf_init(&canonical, TEXT_MAX);
    CU_ASSERT_EQUAL(sigv4_canonical(&vectors[1].request, &canonical, NULL), ERR_OK);
    CU_ASSERT_STRING_EQUAL(canonical.data,
                           "GET\n/\nAction=ListUsers&Version=2010-05-08\n"
                           "content-type:application/x-www-form-urlencoded; charset=utf-8\n"
                           "host:iam.amazonaws.com\nx-amz-date:20150830T123600Z\n\n"
                           "content-type;host;x-amz-date\n"
                           "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

static void test_the_header_form_names_key_scope_and_headers(void)
{
    AUTO_BUF struct buf out;
    struct secret key_id = {0};
    struct secret secret_key = {0};
    const struct sigv4_keys keys = {&key_id, &secret_key};

    buf_init(&out, TEXT_MAX);
    CU_ASSERT_EQUAL(secret_text(&key_id, KEY_ID, "key", NULL), ERR_OK);
    CU_ASSERT_EQUAL(secret_text(&secret_key, SECRET_KEY, "key", NULL), ERR_OK);
    CU_ASSERT_EQUAL(sigv4_authorize(&vectors[4].request, &vectors[4].scope, &keys, &out, NULL),
                    ERR_OK);
    CU_ASSERT_STRING_EQUAL(
        out.data, "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260102/us-east-1/ec2/aws4_request, "
                  "SignedHeaders=content-type;host;x-amz-date, "
                  "Signature=e1b294b8b6b05f57bef03d75ebd710976623b97a11dd6b98b17faab8d496a9dd");
}

/* The order within the query is free; the signature is over the sorted one. */
static void test_the_query_form_carries_everything_but_the_secret(void)
{
    static const struct sigv4_header host[] = {{"host", "ec2.us-east-1.amazonaws.com"}};
    AUTO_BUF struct buf out;
    struct secret key_id = {0};
    struct secret secret_key = {0};
    struct secret token = {0};
    const struct sigv4_request request = {
        .method = "GET", .query = "Version=2016-11-15&Action=CopySnapshot", HEADERS(host)};
    const struct sigv4_presign how = {.scope = {DATE_2026, "us-east-1", "ec2"},
                                      .keys = {&key_id, &secret_key},
                                      .token = &token,
                                      .expires_s = 3600};

    buf_init(&out, TEXT_MAX);
    CU_ASSERT_EQUAL(secret_text(&key_id, KEY_ID, "key", NULL), ERR_OK);
    CU_ASSERT_EQUAL(secret_text(&secret_key, SECRET_KEY, "key", NULL), ERR_OK);
    CU_ASSERT_EQUAL(secret_text(&token, "SESSION/TOKEN+==", "token", NULL), ERR_OK);
    CU_ASSERT_EQUAL(sigv4_presign(&request, &how, &out, NULL), ERR_OK);
    CU_ASSERT_STRING_EQUAL(
        out.data,
        "Version=2016-11-15&Action=CopySnapshot&X-Amz-Algorithm=AWS4-HMAC-SHA256"
        "&X-Amz-Credential=AKIDEXAMPLE%2F20260102%2Fus-east-1%2Fec2%2Faws4_request"
        "&X-Amz-Date=20260102T030405Z&X-Amz-Expires=3600"
        "&X-Amz-Security-Token=SESSION%2FTOKEN%2B%3D%3D&X-Amz-SignedHeaders=host"
        "&X-Amz-Signature=12f2994069fbc6a67c8516181f1bd1dd080484709bd174eb2c972fa187bd8be3");
}

static void test_a_request_with_too_many_headers_or_parameters_is_refused(void)
{
    struct sigv4_header many[SIGV4_HEADERS_MAX + 1];
    AUTO_BUF struct buf out;
    AUTO_BUF struct buf query;
    struct sigv4_request request = {.method = "GET", HEADERS(many)};

    for (size_t i = 0; i < sizeof(many) / sizeof(many[0]); i++)
        many[i] = (struct sigv4_header){"a", "b"};
    buf_init(&out, TEXT_MAX);
    buf_init(&query, TEXT_MAX);
    CU_ASSERT_EQUAL(sigv4_canonical(&request, &out, NULL), ERR_TOO_BIG);
    for (size_t i = 0; i <= SIGV4_PAIRS_MAX; i++)
        buf_text(&query, "a=b&");
    request = (struct sigv4_request){.method = "GET", .query = query.data, HEADERS(vanilla)};
    CU_ASSERT_EQUAL(sigv4_canonical(&request, &out, NULL), ERR_TOO_BIG);
}

static void test_parameters_are_ordered_by_name_before_value(void)
{
    AUTO_BUF struct buf out;
    const struct sigv4_request request = {
        .method = "GET", .query = "a-b=1&a=2&a=1&&a&ab=0", HEADERS(vanilla)};

    buf_init(&out, TEXT_MAX);
    CU_ASSERT_EQUAL(sigv4_canonical(&request, &out, NULL), ERR_OK);
    CU_ASSERT_EQUAL(strncmp(out.data, "GET\n/\na=&a=1&a=2&a-b=1&ab=0\n", 28), 0);
}

static void test_a_secret_is_wiped_and_bounded(void)
{
    static char longer[SECRET_MAX + 1];
    static const struct secret nothing;
    struct secret s = {0};
    struct errctx cx = {0};

    memset(longer, 'x', SECRET_MAX);
    CU_ASSERT_EQUAL(secret_text(&s, "hush", "a key", &cx), ERR_OK);
    CU_ASSERT_EQUAL(secret_text(&s, longer, "a key", &cx), ERR_TOO_BIG);
    CU_ASSERT_PTR_NULL(strstr(cx.message, "xx"));
    CU_ASSERT_STRING_EQUAL(s.text, "hush");
    secret_fini(&s);
    CU_ASSERT_EQUAL(memcmp(&s, &nothing, sizeof(s)), 0);
}

const struct unit_test suite_aws_sigv4[] = {
    UNIT_TEST(test_the_published_vectors_hold_stage_by_stage),
    UNIT_TEST(test_the_canonical_request_is_spelt_as_aws_spells_it),
    UNIT_TEST(test_the_header_form_names_key_scope_and_headers),
    UNIT_TEST(test_the_query_form_carries_everything_but_the_secret),
    UNIT_TEST(test_a_request_with_too_many_headers_or_parameters_is_refused),
    UNIT_TEST(test_parameters_are_ordered_by_name_before_value),
    UNIT_TEST(test_a_secret_is_wiped_and_bounded),
    UNIT_END,
};
