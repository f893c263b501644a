/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_aws_ebs_change.c - each change as EC2 wants it, byte for byte.
 *
 * No change may be forced, untagged, or sent before the fence it needs was proven.
 */
#include "aws/ebs_parts.h"
#include "unit/aws_ebs_kit.h"

#include <string.h>

static void test_attaching_names_this_instance_and_the_next_device(void)
{
    const struct attach_request request = {.volume = kit_id_of("vol-1"), .device_name = 2};
    struct kit s;

    kit_begin(&s);
    s.call.not_after_ms = FIXTURE_NOW_MS + 75000;
    kit_route(&s, "Action=AttachVolume&", 200,
              "<AttachVolumeResponse><status>attaching</status></AttachVolumeResponse>");
    CU_ASSERT_EQUAL(s.port->attach(s.port, &s.call, &request), ERR_OK);
    CU_ASSERT_STRING_EQUAL(kit_last_body(&s),
                           "Action=AttachVolume&Version=2016-11-15&Device=%2Fdev%2F"
                           "xvde&InstanceId=i-1&VolumeId=vol-1");
    s.routes.routes[2] = (struct fixture_route){"Attach", 400, CODE_OF("VolumeInUse"), 0};
    CU_ASSERT_EQUAL(s.port->attach(s.port, &s.call, &request), ERR_IN_USE);
    kit_end(&s);
}

static void test_device_names_go_on_behind_the_last_letter(void)
{
    char name[EBS_DEVICE_MAX];

    CU_ASSERT_TRUE(ebs_device_name("/dev/sdf", 0, name));
    CU_ASSERT_STRING_EQUAL(name, "/dev/sdf");
    CU_ASSERT_TRUE(ebs_device_name("/dev/sdf", 20, name));
    CU_ASSERT_STRING_EQUAL(name, "/dev/sdz");
    CU_ASSERT_TRUE(ebs_device_name("/dev/sdf", 21, name));
    CU_ASSERT_STRING_EQUAL(name, "/dev/xvdba");
    CU_ASSERT_TRUE(ebs_device_name("/dev/sdf", 72, name));
    CU_ASSERT_STRING_EQUAL(name, "/dev/xvdcz");
    CU_ASSERT_FALSE(ebs_device_name("/dev/sdf", 73, name));
    CU_ASSERT_TRUE(ebs_device_name("/dev/sda1", 1, name));
    CU_ASSERT_STRING_EQUAL(name, "/dev/xvdba");
}

static void test_detaching_is_never_forced(void)
{
    const struct id id = kit_id_of("vol-1");
    struct kit s;

    kit_begin(&s);
    kit_route(&s, "Action=DetachVolume&", 200, "<DetachVolumeResponse/>");
    CU_ASSERT_EQUAL(s.port->detach(s.port, &s.call, &id), ERR_OK);
    CU_ASSERT_STRING_EQUAL(kit_last_body(&s),
                           "Action=DetachVolume&Version=2016-11-15&InstanceId=i-1"
                           "&VolumeId=vol-1");
    kit_end(&s);
}

static void test_a_flag_is_written_only_behind_a_proven_fence(void)
{
    const struct id id = kit_id_of("vol-1");
    struct kit s;

    kit_begin(&s);
    kit_fenced(&s);
    kit_route(&s, "Action=CreateTags&", 200, "<CreateTagsResponse/>");
    CU_ASSERT_EQUAL(s.port->mark(s.port, &s.call, &id, &kit_flag), ERR_OK);
    CU_ASSERT_STRING_EQUAL(kit_last_body(&s), "Action=CreateTags" FLAG_BODY);
    CU_ASSERT_EQUAL(http_server_requests(s.server), 5);
    CU_ASSERT_EQUAL(s.port->mark(s.port, &s.call, &id, &kit_flag), ERR_OK);
    CU_ASSERT_EQUAL(http_server_requests(s.server), 6);
    kit_end(&s);
}

static void test_a_service_without_a_fence_gets_no_flag(void)
{
    const struct mark fs = {.kind = MARK_FS, .uuid = kit_uuid};
    const struct id id = kit_id_of("vol-1");
    struct kit s;

    kit_begin(&s);
    s.call.not_after_ms = FIXTURE_NOW_MS + 75000;
    kit_route(&s, "Action=DescribeTags&", 200,
              "<DescribeTagsResponse><tagSet/></DescribeTagsResponse>");
    kit_route(&s, "Action=CreateTags&", 200, "<CreateTagsResponse/>");
    CU_ASSERT_EQUAL(s.port->mark(s.port, &s.call, &id, &kit_flag), ERR_UNSUPPORTED);
    CU_ASSERT_EQUAL(s.port->mark(s.port, &s.call, &id, &fs), ERR_OK);
    s.routes.routes[2].status = 500;
    CU_ASSERT_EQUAL(s.port->mark(s.port, &s.call, &id, &kit_flag), ERR_UNREACHABLE);
    kit_end(&s);
}

static void test_a_flag_is_deleted_by_key_and_value(void)
{
    const struct id id = kit_id_of("vol-1");
    struct kit s;

    kit_begin(&s);
    kit_route(&s, "Action=DeleteTags&", 200,
              "<DeleteTagsResponse><return>true</return></DeleteTagsResponse>");
    CU_ASSERT_EQUAL(s.port->unmark(s.port, &s.call, &id, &kit_flag), ERR_OK);
    CU_ASSERT_STRING_EQUAL(kit_last_body(&s), "Action=DeleteTags" FLAG_BODY);
    kit_end(&s);
}

static void test_a_creation_carries_every_tag_and_its_token(void)
{
    const struct create_request request = {.token = kit_token,
                                           .lineage = kit_uuid,
                                           .slot = 3,
                                           .mark = kit_flag,
                                           .blank = kit_token,
                                           .has_blank = true};
    struct id made;
    struct kit s;

    kit_begin(&s);
    kit_route(&s, "Action=CreateVolume&", 200,
              "<CreateVolumeResponse><volumeId>vol-9</volumeId></CreateVolumeResponse>");
    CU_ASSERT_EQUAL(s.port->create_volume(s.port, &s.call, &request, &made), ERR_OK);
    CU_ASSERT_STRING_EQUAL(made.text, "vol-9");
    CU_ASSERT_STRING_EQUAL(
        kit_last_body(&s),
        "Action=CreateVolume&Version=2016-11-15&AvailabilityZone=eu-central-1a&VolumeType=gp3"
        "&Size=10&Iops=4000&Throughput=250&Encrypted=true&KmsKeyId=alias%2Fx"
        "&ClientToken=" TOKEN_TEXT "&TagSpecification.1.ResourceType=volume"
        "&TagSpecification.1.Tag.1.Key=pool&TagSpecification.1.Tag.1.Value=a%2Ab"
        "&TagSpecification.1.Tag.2.Key=owner&TagSpecification.1.Tag.2.Value=c+d"
        "&TagSpecification.1.Tag.3.Key=volclaim%3Alineage&TagSpecification.1.Tag.3.Value=" UUID_TEXT
        "&TagSpecification.1.Tag.4.Key=volclaim%3Ageneration&TagSpecification.1.Tag.4.Value=0"
        "&TagSpecification.1.Tag.5.Key=volclaim%3Aslot&TagSpecification.1.Tag.5.Value=3"
        "&TagSpecification.1.Tag.6.Key=volclaim%3Aclaim%2Fi-1&TagSpecification.1.Tag.6."
        "Value=" TOKEN_TEXT "+want+1767323100"
        "&TagSpecification.1.Tag.7.Key=volclaim%3Ablank&TagSpecification.1.Tag.7."
        "Value=" TOKEN_TEXT);
    s.routes.routes[2].body = "<CreateVolumeResponse/>";
    CU_ASSERT_EQUAL(s.port->create_volume(s.port, &s.call, &request, &made), ERR_UNKNOWN);
    kit_end(&s);
}

static void test_a_creation_takes_the_newest_completed_snapshot_and_keeps_to_it(void)
{
    const struct create_request request = {.token = kit_token, .lineage = kit_uuid};
    struct id made;
    struct kit s;

    kit_begin(&s);
    s.spec.snapshot_tags = kit_pool;
    s.spec.snapshot_tag_count = 1;
    kit_route(&s, "Action=DescribeSnapshots&", 200,
              SNAPSHOTS(SNAPSHOT("snap-1", "completed", "2026-01-01T00:00:00Z")
                            SNAPSHOT("snap-2", "completed", "2026-01-02T00:00:00Z")
                                SNAPSHOT("snap-3", "pending", "2026-01-03T00:00:00Z")));
    kit_route(&s, "&SnapshotId=snap-2&", 200,
              "<CreateVolumeResponse><volumeId>vol-9</volumeId></CreateVolumeResponse>");
    CU_ASSERT_EQUAL(s.port->create_volume(s.port, &s.call, &request, &made), ERR_OK);
    s.routes.routes[2].status = 500;
    CU_ASSERT_EQUAL(s.port->create_volume(s.port, &s.call, &request, &made), ERR_OK);
    kit_end(&s);
}

static void test_a_copy_takes_over_what_the_source_has(void)
{
    const struct copy_request request = {.token = kit_token,
                                         .source = kit_id_of("vol-1"),
                                         .snapshot = kit_id_of("snap-1"),
                                         .lineage = kit_uuid,
                                         .claim_token = kit_token,
                                         .attempt = 4,
                                         .generation = 5};
    const struct volume *v = NULL;
    struct id made;
    struct kit s;

    kit_begin(&s);
    kit_fenced(&s);
    kit_route(&s, "Action=CreateVolume&", 200,
              "<CreateVolumeResponse><volumeId>vol-9</volumeId></CreateVolumeResponse>");
    kit_route(
        &s, "VolumeId.1=vol-1", 200,
        VOLUMES(VOLUME("vol-1", "available",
                       "<iops>5000</iops><throughput>300</throughput><encrypted>true</encrypted>"
                       "<kmsKeyId>arn:k</kmsKeyId><tagSet>" TAG("z", "last") TAG("pool", "a*b")
                           TAG("aws:x", "reserved") TAG("volclaim:slot", "9") "</tagSet>"),
                ""));
    CU_ASSERT_EQUAL(s.port->create_copy(s.port, &s.call, &request, &made), ERR_BUG);
    CU_ASSERT_EQUAL(s.port->read_volume(s.port, &s.call, &request.source, &v), ERR_OK);
    CU_ASSERT_EQUAL(s.port->create_copy(s.port, &s.call, &request, &made), ERR_OK);
    CU_ASSERT_STRING_EQUAL(
        kit_last_body(&s),
        "Action=CreateVolume&Version=2016-11-15&AvailabilityZone=eu-central-1a&SnapshotId=snap-1"
        "&VolumeType=gp3&Size=80&Iops=5000&Throughput=300&Encrypted=true&KmsKeyId=arn%3Ak"
        "&ClientToken=" TOKEN_TEXT "&TagSpecification.1.ResourceType=volume"
        "&TagSpecification.1.Tag.1.Key=pool&TagSpecification.1.Tag.1.Value=a%2Ab"
        "&TagSpecification.1.Tag.2.Key=z&TagSpecification.1.Tag.2.Value=last"
        "&TagSpecification.1.Tag.3.Key=volclaim%3Alineage&TagSpecification.1.Tag.3.Value=" UUID_TEXT
        "&TagSpecification.1.Tag.4.Key=volclaim%3Ageneration&TagSpecification.1.Tag.4.Value=5"
        "&TagSpecification.1.Tag.5.Key=volclaim%3Astate&TagSpecification.1.Tag.5.Value=copy"
        "&TagSpecification.1.Tag.6.Key=volclaim%3Asource&TagSpecification.1.Tag.6.Value=vol-1"
        "&TagSpecification.1.Tag.7.Key=volclaim%3Atoken&TagSpecification.1.Tag.7.Value=" TOKEN_TEXT
        "+4");
    kit_end(&s);
}

static void test_snapshots_are_listed_read_made_and_deleted(void)
{
    const struct snapshot_request request = {
        .volume = kit_id_of("vol-1"), .claim_token = kit_token, .attempt = 4};
    const struct snapshot_list *list = NULL;
    const struct id id = kit_id_of("snap-1");
    struct id made;
    struct kit s;

    kit_begin(&s);
    kit_fenced(&s);
    kit_route(&s, "Action=DescribeSnapshots&", 200,
              SNAPSHOTS(SNAPSHOT("snap-1", "pending", "2026-01-01T00:00:00Z")));
    kit_route(&s, "Action=CreateSnapshot&", 200,
              "<CreateSnapshotResponse><snapshotId>snap-5</snapshotId></CreateSnapshotResponse>");
    kit_route(&s, "Action=DeleteSnapshot&", 200, "<DeleteSnapshotResponse/>");
    CU_ASSERT_EQUAL(s.port->list_snapshots(s.port, &s.call, &request.volume, &list), ERR_OK);
    CU_ASSERT_PTR_NOT_NULL(strstr(kit_last_body(&s), "&Owner.1=self&Filter.1.Name=tag%3Avolclaim%3A"
                                                     "source&Filter.1.Value.1=vol-1&"));
    CU_ASSERT_EQUAL(list->count, 1);
    CU_ASSERT_EQUAL(list->items[0].state, SNAP_PENDING);
    CU_ASSERT_EQUAL(list->items[0].progress, 60);
    CU_ASSERT_EQUAL(list->items[0].attempt, 4);
    CU_ASSERT_EQUAL(s.port->read_snapshot(s.port, &s.call, &id, &list), ERR_OK);
    CU_ASSERT_EQUAL(s.port->create_snapshot(s.port, &s.call, &request, &made), ERR_OK);
    CU_ASSERT_STRING_EQUAL(made.text, "snap-5");
    CU_ASSERT_PTR_NOT_NULL(strstr(kit_last_body(&s),
                                  "Tag.2.Key=volclaim%3Atoken&TagSpecification.1."
                                  "Tag.2.Value=" TOKEN_TEXT "+4&"));
    CU_ASSERT_EQUAL(s.port->delete_snapshot(s.port, &s.call, &id), ERR_OK);
    CU_ASSERT_STRING_EQUAL(kit_last_body(&s),
                           "Action=DeleteSnapshot&Version=2016-11-15&SnapshotId=snap-1");
    kit_end(&s);
}

static void test_deleting_a_volume_needs_the_fence(void)
{
    const struct id id = kit_id_of("vol-1");
    struct kit s;

    kit_begin(&s);
    kit_fenced(&s);
    kit_route(&s, "Action=DeleteVolume&", 400, CODE_OF("VolumeInUse"));
    CU_ASSERT_EQUAL(s.port->delete_volume(s.port, &s.call, &id), ERR_IN_USE);
    CU_ASSERT_TRUE(s.ebs.fenced);
    kit_end(&s);
}

const struct unit_test suite_aws_ebs_change[] = {
    UNIT_TEST(test_attaching_names_this_instance_and_the_next_device),
    UNIT_TEST(test_device_names_go_on_behind_the_last_letter),
    UNIT_TEST(test_detaching_is_never_forced),
    UNIT_TEST(test_a_flag_is_written_only_behind_a_proven_fence),
    UNIT_TEST(test_a_service_without_a_fence_gets_no_flag),
    UNIT_TEST(test_a_flag_is_deleted_by_key_and_value),
    UNIT_TEST(test_a_creation_carries_every_tag_and_its_token),
    UNIT_TEST(test_a_creation_takes_the_newest_completed_snapshot_and_keeps_to_it),
    UNIT_TEST(test_a_copy_takes_over_what_the_source_has),
    UNIT_TEST(test_snapshots_are_listed_read_made_and_deleted),
    UNIT_TEST(test_deleting_a_volume_needs_the_fence),
    UNIT_END,
};
