/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_aws_query.c - request bodies, byte for byte as AWS's own clients send them.
 *
 * Each expected body was recorded from another client; none comes from the code under test.
 */
#include "aws/query.h"
#include "unit.h"

static const char ec2_version[] = "2016-11-15";

static void test_ec2_lists_are_flat_and_values_are_form_encoded(void)
{
    AUTO_QUERY struct query q;

    query_init(&q, "DescribeVolumes", ec2_version);
    query_text(&q, "VolumeId.1", "vol-1");
    query_text(&q, "Filter.1.Name", "tag:Name");
    query_item(&q, "a b", "Filter.%u.Value.%u", 1U, 1U);
    query_number(&q, "MaxResults", 100);
    query_text(&q, "NextToken", "x/=+");
    query_flag(&q, "DryRun", true);
    CU_ASSERT_EQUAL(query_end(&q, NULL), ERR_OK);
    CU_ASSERT_STRING_EQUAL(q.body.data,
                           "Action=DescribeVolumes&Version=2016-11-15&VolumeId.1=vol-1"
                           "&Filter.1.Name=tag%3AName&Filter.1.Value.1=a+b&MaxResults=100"
                           "&NextToken=x%2F%3D%2B&DryRun=true");
}

static void test_a_creation_is_sent_as_other_clients_send_it(void)
{
    AUTO_QUERY struct query q;

    query_init(&q, "CreateVolume", ec2_version);
    query_text(&q, "AvailabilityZone", "us-east-1a");
    query_flag(&q, "Encrypted", true);
    query_number(&q, "Iops", 3000);
    query_text(&q, "KmsKeyId", "alias/x");
    query_number(&q, "Size", 1);
    query_text(&q, "SnapshotId", "snap-1");
    query_text(&q, "VolumeType", "gp3");
    query_text(&q, "TagSpecification.1.ResourceType", "volume");
    query_item(&q, "a b", "TagSpecification.1.Tag.%u.Key", 1U);
    query_item(&q, "c/d", "TagSpecification.1.Tag.%u.Value", 1U);
    query_item(&q, "e", "TagSpecification.1.Tag.%u.Key", 2U);
    query_item(&q, "", "TagSpecification.1.Tag.%u.Value", 2U);
    query_flag(&q, "MultiAttachEnabled", false);
    query_number(&q, "Throughput", 125);
    query_text(&q, "ClientToken", "tok~en_*");
    query_number(&q, "VolumeInitializationRate", 300);
    CU_ASSERT_STRING_EQUAL(
        q.body.data,
        "Action=CreateVolume&Version=2016-11-15&AvailabilityZone=us-east-1a&Encrypted=true"
        "&Iops=3000&KmsKeyId=alias%2Fx&Size=1&SnapshotId=snap-1&VolumeType=gp3"
        "&TagSpecification.1.ResourceType=volume&TagSpecification.1.Tag.1.Key=a+b"
        "&TagSpecification.1.Tag.1.Value=c%2Fd&TagSpecification.1.Tag.2.Key=e"
        "&TagSpecification.1.Tag.2.Value=&MultiAttachEnabled=false&Throughput=125"
        "&ClientToken=tok~en_%2A&VolumeInitializationRate=300");
}

static void test_other_services_name_their_members(void)
{
    AUTO_QUERY struct query q;

    query_init(&q, "DescribeAutoScalingGroups", "2011-01-01");
    query_text(&q, "AutoScalingGroupNames.member.1", "g");
    query_number(&q, "MaxRecords", 10);
    query_text(&q, "Filters.member.1.Name", "tag:k");
    query_text(&q, "Filters.member.1.Values.member.1", "v");
    CU_ASSERT_STRING_EQUAL(q.body.data,
                           "Action=DescribeAutoScalingGroups&Version=2011-01-01"
                           "&AutoScalingGroupNames.member.1=g&MaxRecords=10"
                           "&Filters.member.1.Name=tag%3Ak&Filters.member.1.Values.member.1=v");
}

static void test_a_body_that_does_not_fit_is_refused_by_its_action(void)
{
    AUTO_QUERY struct query q;
    struct errctx cx = {0};

    query_init(&q, "CreateTags", ec2_version);
    for (size_t i = 0; i < QUERY_MAX / 8; i++)
        query_text(&q, "ResourceId.1", "vol-1");
    CU_ASSERT_EQUAL(query_end(&q, &cx), ERR_TOO_BIG);
    CU_ASSERT_STRING_EQUAL(cx.message, "CreateTags is longer than 65535 bytes");
}

static void test_every_byte_that_is_not_plain_is_escaped(void)
{
    struct buf b;
    char room[64];

    buf_on(&b, room, sizeof(room));
    query_encode(&b, "-._~ \x01&=%\xc3\xa9\n");
    CU_ASSERT_STRING_EQUAL(b.data, "-._~+%01%26%3D%25%C3%A9%0A");
}

const struct unit_test suite_aws_query[] = {
    UNIT_TEST(test_ec2_lists_are_flat_and_values_are_form_encoded),
    UNIT_TEST(test_a_creation_is_sent_as_other_clients_send_it),
    UNIT_TEST(test_other_services_name_their_members),
    UNIT_TEST(test_a_body_that_does_not_fit_is_refused_by_its_action),
    UNIT_TEST(test_every_byte_that_is_not_plain_is_escaped),
    UNIT_END,
};
