/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_aws_policy.c - the policy for a configuration: enough, and nothing beyond.
 *
 * The document is parsed again, so that its form is JSON and not only text.
 */
#include "aws/policy.h"
#include "scope.h"
#include "unit.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

enum { POLICY_MAX = 32 * 1024 };

static const struct tag pool[] = {{"pool", "db"}, {"stage", "a \"b\""}};

static json_t *written(const struct policy_options *options)
{
    AUTO_BUF struct buf out;
    json_t *document;

    buf_init(&out, POLICY_MAX);
    CU_ASSERT_EQUAL(policy_write(options, &out, NULL), ERR_OK);
    document = json_loads(out.data, 0, NULL);
    CU_ASSERT_PTR_NOT_NULL_FATAL(document);
    return document;
}

static json_t *statement(const json_t *document, const char *sid)
{
    size_t i;
    json_t *value;

    json_array_foreach(json_object_get(document, "Statement"), i, value)
    {
        if (strcmp(json_string_value(json_object_get(value, "Sid")), sid) == 0)
            return value;
    }
    return NULL;
}

static bool allows(const json_t *document, const char *action)
{
    size_t i;
    size_t j;
    json_t *value;
    json_t *name;

    json_array_foreach(json_object_get(document, "Statement"), i, value)
    {
        json_array_foreach(json_object_get(value, "Action"), j, name)
        {
            if (strcmp(json_string_value(name), action) == 0)
                return true;
        }
    }
    return false;
}

static const char *condition(const json_t *s, const char *operator, const char * key)
{
    const json_t *all = json_object_get(s, "Condition");

    return json_string_value(json_object_get(json_object_get(all, operator), key));
}

static void test_a_pool_that_is_only_taken_from_needs_no_creation(void)
{
    const struct cloud_spec spec = {.tags = pool, .tag_count = 2};
    const struct policy_options options = {.spec = &spec};
    json_t *d = written(&options);

    CU_ASSERT_TRUE(allows(d, "ec2:AttachVolume"));
    CU_ASSERT_TRUE(allows(d, "ec2:DescribeTags"));
    CU_ASSERT_FALSE(allows(d, "ec2:DescribeSnapshots"));
    CU_ASSERT_FALSE(allows(d, "ec2:CreateVolume"));
    CU_ASSERT_FALSE(allows(d, "ec2:CreateSnapshot"));
    CU_ASSERT_FALSE(allows(d, "ec2:DeleteVolume"));
    CU_ASSERT_FALSE(allows(d, "kms:CreateGrant"));
    json_decref(d);
}

static void test_changes_are_confined_to_the_pools_tags(void)
{
    static const char *const sids[] = {"AttachPool", "Record", "SnapshotPool", "DeleteVolumes",
                                       "DeleteSnapshots"};
    const struct cloud_spec spec = {.tags = pool, .tag_count = 2};
    const struct policy_options options = {.spec = &spec,
                                           .region = "eu-central-1",
                                           .account = "123456789012",
                                           .creates = true,
                                           .moves = true};
    json_t *d = written(&options);

    for (size_t i = 0; i < sizeof(sids) / sizeof(sids[0]); i++) {
        const json_t *s = statement(d, sids[i]);

        CU_ASSERT_STRING_EQUAL(condition(s, "StringEquals", "aws:ResourceTag/pool"), "db");
        CU_ASSERT_STRING_EQUAL(condition(s, "StringEquals", "aws:ResourceTag/stage"), "a \"b\"");
    }
    CU_ASSERT_STRING_EQUAL(
        json_string_value(json_object_get(statement(d, "AttachPool"), "Resource")),
        "arn:aws:ec2:eu-central-1:123456789012:volume/*");
    CU_ASSERT_STRING_EQUAL(
        json_string_value(json_object_get(statement(d, "DeleteSnapshots"), "Resource")),
        "arn:aws:ec2:eu-central-1::snapshot/*");
    CU_ASSERT_STRING_EQUAL(
        condition(statement(d, "CreateInPool"), "StringEquals", "aws:RequestTag/pool"), "db");
    CU_ASSERT_STRING_EQUAL(
        condition(statement(d, "TagOnCreate"), "StringEquals", "ec2:CreateAction"), "CreateVolume");
    json_decref(d);
}

static void test_a_key_is_used_by_its_arn(void)
{
    const struct cloud_spec spec = {
        .tags = pool, .tag_count = 1, .encrypted = true, .kms_key_id = "arn:aws:kms:x:1:key/k"};
    const struct policy_options options = {.spec = &spec, .partition = "aws-cn", .creates = true};
    json_t *d = written(&options);

    CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(statement(d, "GrantKey"), "Resource")),
                           "arn:aws:kms:x:1:key/k");
    CU_ASSERT_STRING_EQUAL(
        json_string_value(json_object_get(statement(d, "AttachHere"), "Resource")),
        "arn:aws-cn:ec2:*:*:instance/*");
    json_decref(d);
}

static void test_a_document_that_does_not_fit_is_refused(void)
{
    const struct cloud_spec spec = {.tags = pool, .tag_count = 1};
    const struct policy_options options = {.spec = &spec};
    char room[64];
    struct buf out;

    buf_on(&out, room, sizeof(room));
    CU_ASSERT_EQUAL(policy_write(&options, &out, NULL), ERR_TOO_BIG);
}

const struct unit_test suite_aws_policy[] = {
    UNIT_TEST(test_a_pool_that_is_only_taken_from_needs_no_creation),
    UNIT_TEST(test_changes_are_confined_to_the_pools_tags),
    UNIT_TEST(test_a_key_is_used_by_its_arn),
    UNIT_TEST(test_a_document_that_does_not_fit_is_refused),
    UNIT_END,
};
