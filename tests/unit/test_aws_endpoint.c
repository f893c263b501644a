/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_aws_endpoint.c - host names by partition, and configured endpoints by precedence.
 *
 * Pure: no name is looked up.
 */
#include "aws/endpoint.h"
#include "unit.h"
#include "unit/aws_fixture.h"

#include <string.h>

static enum err url_of(const char *const *vars, const struct profiles *profiles, const char *region,
                       char out[128])
{
    const struct environment env = fixture_environment(vars);
    const struct endpoint_request q = {.service = ENDPOINT_EC2,
                                       .region = region,
                                       .env = &env,
                                       .profiles = profiles,
                                       .profile = "default"};
    struct buf url;
    enum err e;

    buf_on(&url, out, 128);
    e = endpoint_url(&q, &url, NULL);
    return e;
}

static void test_each_partition_has_its_own_suffix(void)
{
    static const char *const none[] = {NULL};
    static const char *const dual[] = {"AWS_USE_DUALSTACK_ENDPOINT", "true", NULL};
    static const char *const fips[] = {"AWS_USE_FIPS_ENDPOINT", "true", NULL};
    static const struct {
        const char *const *vars;
        const char *region;
        const char *url;
    } cases[] = {
        {none, "eu-central-1", "https://ec2.eu-central-1.amazonaws.com"},
        {none, "xx-future-9", "https://ec2.xx-future-9.amazonaws.com"},
        {none, "cn-north-1", "https://ec2.cn-north-1.amazonaws.com.cn"},
        {none, "eusc-de-east-1", "https://ec2.eusc-de-east-1.amazonaws.eu"},
        {none, "us-isob-east-1", "https://ec2.us-isob-east-1.sc2s.sgov.gov"},
        {dual, "eu-central-1", "https://ec2.eu-central-1.api.aws"},
        {fips, "us-east-1", "https://ec2-fips.us-east-1.amazonaws.com"},
        {fips, "us-gov-west-1", "https://ec2.us-gov-west-1.amazonaws.com"},
    };
    char url[128];

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        CU_ASSERT_EQUAL(url_of(cases[i].vars, NULL, cases[i].region, url), ERR_OK);
        CU_ASSERT_STRING_EQUAL(url, cases[i].url);
    }
    CU_ASSERT_EQUAL(url_of(dual, NULL, "us-iso-east-1", url), ERR_CONFIG);
    CU_ASSERT_STRING_EQUAL(endpoint_partition("us-gov-west-1"), "aws-us-gov");
    CU_ASSERT_STRING_EQUAL(endpoint_name(ENDPOINT_STS), "sts");
}

static void test_configured_endpoints_have_an_order(void)
{
    static const char file[] = "[default]\nservices = local\nendpoint_url = http://profile\n"
                               "[services local]\nec2 =\n  endpoint_url = http://service\n";
    static const char *const all[] = {"AWS_ENDPOINT_URL_EC2", "http://one", "AWS_ENDPOINT_URL",
                                      "http://two", NULL};
    static const char *const general[] = {"AWS_ENDPOINT_URL", "http://two", NULL};
    static const char *const none[] = {NULL};
    static const char *const ignore[] = {"AWS_ENDPOINT_URL", "http://two",
                                         "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true", NULL};
    AUTO_PROFILES struct profiles p;
    struct buf text;
    char room[256];
    char url[128];

    profiles_init(&p);
    buf_on(&text, room, sizeof(room));
    buf_text(&text, file);
    CU_ASSERT_EQUAL(profiles_read(&p, PROFILE_CONFIG, "config", &text, NULL), ERR_OK);
    CU_ASSERT_EQUAL(url_of(all, &p, "eu-central-1", url), ERR_OK);
    CU_ASSERT_STRING_EQUAL(url, "http://one");
    CU_ASSERT_EQUAL(url_of(general, &p, "eu-central-1", url), ERR_OK);
    CU_ASSERT_STRING_EQUAL(url, "http://two");
    CU_ASSERT_EQUAL(url_of(none, &p, "eu-central-1", url), ERR_OK);
    CU_ASSERT_STRING_EQUAL(url, "http://service");
    CU_ASSERT_EQUAL(url_of(ignore, &p, "eu-central-1", url), ERR_OK);
    CU_ASSERT_STRING_EQUAL(url, "https://ec2.eu-central-1.amazonaws.com");
}

static void test_a_configured_endpoint_is_a_url_and_goes_with_no_variant(void)
{
    static const char *const odd[] = {"AWS_ENDPOINT_URL", "ec2.example.com", NULL};
    static const char *const both[] = {"AWS_ENDPOINT_URL", "http://x", "AWS_USE_FIPS_ENDPOINT",
                                       "true", NULL};
    char url[128];

    CU_ASSERT_EQUAL(url_of(odd, NULL, "eu-central-1", url), ERR_CONFIG);
    CU_ASSERT_EQUAL(url_of(both, NULL, "eu-central-1", url), ERR_CONFIG);
}

const struct unit_test suite_aws_endpoint[] = {
    UNIT_TEST(test_each_partition_has_its_own_suffix),
    UNIT_TEST(test_configured_endpoints_have_an_order),
    UNIT_TEST(test_a_configured_endpoint_is_a_url_and_goes_with_no_variant),
    UNIT_END,
};
