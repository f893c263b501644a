/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_aws_profile.c - the shared files: profiles, services, comments, precedence, and nonsense.
 *
 * Keys in here are examples. No error may quote what a line held.
 */
#include "aws/profile.h"
#include "scope.h"
#include "unit.h"

#include <string.h>

static enum err read_as(struct profiles *p, enum profile_file kind, const char *text,
                        struct errctx *cx)
{
    AUTO_BUF struct buf bytes;

    buf_init(&bytes, PROFILE_FILE_MAX);
    buf_text(&bytes, text);
    return profiles_read(p, kind, "file", &bytes, cx);
}

static const char config[] = "# a comment\n"
                             "[default]\n"
                             "region=eu-central-1\n"
                             "  output = json ; not read\n"
                             "[profile web]\r\n"
                             "role_arn = arn:aws:iam::123456789012:role/web\r\n"
                             "source_profile = base # the keys\n"
                             "services = local\n"
                             "[profile \"two words\"]\n"
                             "region = us-east-1\n"
                             "[base]\n"
                             "region = never-read\n"
                             "[services local]\n"
                             "ec2 =\n"
                             "  endpoint_url = http://127.0.0.1:4566\n"
                             "sts =\n"
                             "  endpoint_url = http://127.0.0.1:4567\n"
                             "[sso-session x]\n"
                             "sso_region = us-east-1\n";

static const char credentials[] = "[base]\n"
                                  "aws_access_key_id = AKIDEXAMPLE\n"
                                  "aws_secret_access_key = a/b+c=#;d\n"
                                  "[web]\n"
                                  "region = from-credentials\n";

static void test_profiles_of_both_files_are_found_by_their_own_spelling(void)
{
    AUTO_PROFILES struct profiles p;

    profiles_init(&p);
    CU_ASSERT_EQUAL(read_as(&p, PROFILE_CREDENTIALS, credentials, NULL), ERR_OK);
    CU_ASSERT_EQUAL(read_as(&p, PROFILE_CONFIG, config, NULL), ERR_OK);
    CU_ASSERT_STRING_EQUAL(profiles_get(&p, PROFILE_PROFILE, "default", "region"), "eu-central-1");
    CU_ASSERT_STRING_EQUAL(profiles_get(&p, PROFILE_PROFILE, "web", "role_arn"),
                           "arn:aws:iam::123456789012:role/web");
    CU_ASSERT_STRING_EQUAL(profiles_get(&p, PROFILE_PROFILE, "web", "source_profile"), "base");
    CU_ASSERT_STRING_EQUAL(profiles_get(&p, PROFILE_PROFILE, "two words", "region"), "us-east-1");
    CU_ASSERT_STRING_EQUAL(profiles_get(&p, PROFILE_PROFILE, "base", "aws_access_key_id"),
                           "AKIDEXAMPLE");
    CU_ASSERT_PTR_NULL(profiles_get(&p, PROFILE_PROFILE, "base", "region"));
    CU_ASSERT_PTR_NULL(profiles_get(&p, PROFILE_PROFILE, "x", "sso_region"));
    CU_ASSERT_TRUE(profiles_has(&p, PROFILE_PROFILE, "web"));
    CU_ASSERT_FALSE(profiles_has(&p, PROFILE_PROFILE, "local"));
}

static void test_signs_within_a_value_are_no_comment(void)
{
    AUTO_PROFILES struct profiles p;

    profiles_init(&p);
    CU_ASSERT_EQUAL(read_as(&p, PROFILE_CREDENTIALS, credentials, NULL), ERR_OK);
    CU_ASSERT_STRING_EQUAL(profiles_get(&p, PROFILE_PROFILE, "base", "aws_secret_access_key"),
                           "a/b+c=#;d");
}

static void test_services_are_nested_one_level(void)
{
    AUTO_PROFILES struct profiles p;

    profiles_init(&p);
    CU_ASSERT_EQUAL(read_as(&p, PROFILE_CONFIG, config, NULL), ERR_OK);
    CU_ASSERT_STRING_EQUAL(profiles_get(&p, PROFILE_SERVICES, "local", "ec2.endpoint_url"),
                           "http://127.0.0.1:4566");
    CU_ASSERT_STRING_EQUAL(profiles_get(&p, PROFILE_SERVICES, "local", "sts.endpoint_url"),
                           "http://127.0.0.1:4567");
}

static void test_the_credentials_file_wins_and_so_does_the_last_line(void)
{
    AUTO_PROFILES struct profiles p;

    profiles_init(&p);
    CU_ASSERT_EQUAL(read_as(&p, PROFILE_CREDENTIALS, credentials, NULL), ERR_OK);
    CU_ASSERT_EQUAL(
        read_as(&p, PROFILE_CONFIG, "[profile web]\nregion=a\nregion=b\nx=1\nx=2\n", NULL), ERR_OK);
    CU_ASSERT_STRING_EQUAL(profiles_get(&p, PROFILE_PROFILE, "web", "region"), "from-credentials");
    CU_ASSERT_STRING_EQUAL(profiles_get(&p, PROFILE_PROFILE, "web", "x"), "2");
}

static void test_nonsense_is_refused_by_line_without_its_text(void)
{
    static const char *const bad[] = {
        "[default]\nAKIDSECRET\n",
        "[default]\n[AKIDSECRET\n",
        "[default]\n=AKIDSECRET\n",
    };

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        AUTO_PROFILES struct profiles p;
        struct errctx cx = {0};

        profiles_init(&p);
        CU_ASSERT_EQUAL(read_as(&p, PROFILE_CREDENTIALS, bad[i], &cx), ERR_CONFIG);
        CU_ASSERT_STRING_EQUAL(cx.message, "file:2: neither a section nor key = value");
    }
}

static void test_a_file_that_is_not_there_is_told_from_one_that_cannot_be_read(void)
{
    AUTO_PROFILES struct profiles p;

    profiles_init(&p);
    CU_ASSERT_EQUAL(profiles_load(&p, PROFILE_CONFIG, "/nonexistent/config", NULL), ERR_NOT_FOUND);
    CU_ASSERT_EQUAL(profiles_load(&p, PROFILE_CONFIG, "/", NULL), ERR_CONFIG);
}

static void test_what_is_too_big_is_refused(void)
{
    AUTO_PROFILES struct profiles p;
    AUTO_BUF struct buf bytes;

    profiles_init(&p);
    buf_init(&bytes, PROFILE_FILE_MAX);
    for (size_t i = 0; i <= PROFILE_ENTRIES_MAX; i++)
        buf_text(&bytes, "a=b\n");
    CU_ASSERT_EQUAL(profiles_read(&p, PROFILE_CREDENTIALS, "file", &bytes, NULL), ERR_TOO_BIG);
}

const struct unit_test suite_aws_profile[] = {
    UNIT_TEST(test_profiles_of_both_files_are_found_by_their_own_spelling),
    UNIT_TEST(test_signs_within_a_value_are_no_comment),
    UNIT_TEST(test_services_are_nested_one_level),
    UNIT_TEST(test_the_credentials_file_wins_and_so_does_the_last_line),
    UNIT_TEST(test_nonsense_is_refused_by_line_without_its_text),
    UNIT_TEST(test_a_file_that_is_not_there_is_told_from_one_that_cannot_be_read),
    UNIT_TEST(test_what_is_too_big_is_refused),
    UNIT_END,
};
