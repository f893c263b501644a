/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_aws_ebs.c - what EC2 describes, as facts, and who this machine is.
 *
 * An answer that cannot be read is no answer, and never an empty one.
 */
#include "claim/effect.h"
#include "unit/aws_ebs_kit.h"

#include <string.h>

static void test_the_table_is_whole_and_names_its_actions(void)
{
    struct kit s;

    kit_begin(&s);
    CU_ASSERT_EQUAL(s.port->size, sizeof(struct cloud_port));
    CU_ASSERT_EQUAL(s.port->version, PORT_VERSION);
    CU_ASSERT_STRING_EQUAL(s.port->name, "aws-ebs");
    CU_ASSERT_STRING_EQUAL(s.port->action_of(s.port, FX_ATTACH), "ec2:AttachVolume");
    CU_ASSERT_PTR_NULL(s.port->action_of(s.port, FX_MKFS));
    CU_ASSERT_PTR_NULL(s.port->action_of(s.port, FX_COUNT));
    kit_end(&s);
}

static void test_the_machine_knows_who_it_is(void)
{
    const struct self *self = NULL;
    struct kit s;

    kit_begin(&s);
    CU_ASSERT_EQUAL(s.port->identify(s.port, &s.call, &self), ERR_OK);
    CU_ASSERT_STRING_EQUAL(self->instance.text, "i-1");
    CU_ASSERT_EQUAL(s.port->identify(s.port, &s.call, &self), ERR_OK);
    CU_ASSERT_EQUAL(http_server_requests(s.server), 2);
    kit_end(&s);
}

static void test_a_page_of_the_pool_becomes_facts(void)
{
    struct page page;
    struct kit s;

    kit_begin(&s);
    kit_route(&s, "&NextToken=n%2F1", 200, VOLUMES("", ""));
    kit_route(&s, "Action=DescribeVolumes&", 200,
              VOLUMES(VOLUME("vol-1", "available",
                             "<tagSet>" TAG("pool", "a*b") TAG("owner", "c d")
                                 TAG("volclaim:lineage", UUID_TEXT) "</tagSet>")
                          VOLUME("vol-2", "in-use",
                                 "<attachmentSet><item><volumeId>vol-2</volumeId><instanceId>i-9"
                                 "</instanceId><status>attached</status></item></attachmentSet>"),
                      "<nextToken>n/1</nextToken>"));
    CU_ASSERT_EQUAL(s.port->list(s.port, &s.call, 0, &page), ERR_OK);
    CU_ASSERT_STRING_EQUAL(
        kit_last_body(&s),
        "Action=DescribeVolumes&Version=2016-11-15&Filter.1.Name=tag%3Apool&Filter.1.Value.1="
        "a%5C%2Ab&Filter.2.Name=tag%3Aowner&Filter.2.Value.1=c+d&MaxResults=500");
    CU_ASSERT_EQUAL_FATAL(page.count, 2);
    CU_ASSERT_TRUE(page.more);
    CU_ASSERT_STRING_EQUAL(page.items[0]->id.text, "vol-1");
    CU_ASSERT_EQUAL(page.items[0]->state, VOL_AVAILABLE);
    CU_ASSERT_EQUAL(page.items[0]->size_gib, 80);
    CU_ASSERT_EQUAL(page.items[0]->created_ms, FIXTURE_NOW_MS);
    CU_ASSERT_STRING_EQUAL(page.items[0]->zone.text, "eu-central-1a");
    CU_ASSERT_TRUE(page.items[0]->in_pool);
    CU_ASSERT_TRUE(uuid_same(&page.items[0]->lineage, &kit_uuid));
    CU_ASSERT_EQUAL(page.items[1]->attachment, ATT_ATTACHED);
    CU_ASSERT_STRING_EQUAL(page.items[1]->holder.text, "i-9");
    CU_ASSERT_FALSE(page.items[1]->in_pool);
    CU_ASSERT_FALSE(page.items[1]->tags_seen);
    CU_ASSERT_EQUAL(s.call.date_ms, FIXTURE_NOW_MS);
    CU_ASSERT_EQUAL(s.port->list(s.port, &s.call, 1, &page), ERR_OK);
    CU_ASSERT_EQUAL(page.count, 0);
    CU_ASSERT_FALSE(page.more);
    CU_ASSERT_EQUAL(s.port->list(s.port, &s.call, 2, &page), ERR_BUG);
    kit_end(&s);
}

static void test_a_lineage_is_listed_by_its_tag(void)
{
    struct page page;
    struct kit s;

    kit_begin(&s);
    kit_route(&s, "Action=DescribeVolumes&", 200, VOLUMES("", ""));
    CU_ASSERT_EQUAL(s.port->list_lineage(s.port, &s.call, &kit_uuid, 0, &page), ERR_OK);
    CU_ASSERT_PTR_NOT_NULL(strstr(kit_last_body(&s), "&Filter.1.Name=tag%3Avolclaim%3Alineage"
                                                     "&Filter.1.Value.1=" UUID_TEXT "&"));
    kit_end(&s);
}

static void test_an_answer_that_cannot_be_read_is_no_answer(void)
{
    static const char *const bad[] = {
        VOLUMES(VOLUME("", "available", ""), ""),
        VOLUMES(VOLUME("vol-1", "melting", ""), ""),
        VOLUMES(VOLUME("vol-1", "in-use",
                       "<attachmentSet><item><instanceId>i-1</instanceId><status>odd</status>"
                       "</item></attachmentSet>"),
                ""),
        VOLUMES("<item><volumeId>vol-1</volumeId><status>available</status></item>", ""),
        "<DescribeTagsResponse/>",
        "<html/>",
        "",
    };

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct page page = {.count = 77};
        struct kit s;

        kit_begin(&s);
        kit_route(&s, "Action=DescribeVolumes&", 200, bad[i]);
        CU_ASSERT_EQUAL(s.port->list(s.port, &s.call, 0, &page), ERR_UNAVAILABLE);
        CU_ASSERT_EQUAL(page.count, 77);
        kit_end(&s);
    }
}

static void test_one_volume_is_read_by_its_id(void)
{
    const struct volume *v = NULL;
    const struct id id = kit_id_of("vol-1");
    struct kit s;

    kit_begin(&s);
    kit_route(&s, "VolumeId.1=vol-1", 200, VOLUMES(VOLUME("vol-1", "available", ""), ""));
    CU_ASSERT_EQUAL(s.port->read_volume(s.port, &s.call, &id, &v), ERR_OK);
    CU_ASSERT_STRING_EQUAL(v->id.text, "vol-1");
    s.routes.routes[2].body = VOLUMES(VOLUME("vol-2", "available", ""), "");
    CU_ASSERT_EQUAL(s.port->read_volume(s.port, &s.call, &id, &v), ERR_UNAVAILABLE);
    s.routes.routes[2].body = VOLUMES(VOLUME("vol-1", "deleted", ""), "");
    CU_ASSERT_EQUAL(s.port->read_volume(s.port, &s.call, &id, &v), ERR_NOT_FOUND);
    s.routes.routes[2].body = CODE_OF("InvalidVolume.NotFound");
    s.routes.routes[2].status = 400;
    CU_ASSERT_EQUAL(s.port->read_volume(s.port, &s.call, &id, &v), ERR_NOT_FOUND);
    kit_end(&s);
}

static void test_flags_are_read_by_describe_tags_to_the_last_page(void)
{
    const struct volume *v = NULL;
    const struct id id = kit_id_of("vol-1");
    struct kit s;

    kit_begin(&s);
    kit_route(&s, "NextToken=2", 200,
              "<DescribeTagsResponse><tagSet><item><resourceId>vol-1</resourceId>"
              "<key>volclaim:claim/i-7</key><value>" TOKEN_TEXT " own 1767323100</value></item>"
              "</tagSet></DescribeTagsResponse>");
    kit_route(&s, "Action=DescribeTags&", 200,
              "<DescribeTagsResponse><tagSet><item><resourceId>vol-1</resourceId><key>pool</key>"
              "<value>a*b</value></item></tagSet><nextToken>2</nextToken></DescribeTagsResponse>");
    CU_ASSERT_EQUAL(s.port->read_tags(s.port, &s.call, &id, &v), ERR_OK);
    CU_ASSERT_EQUAL(v->flag_count, 1);
    CU_ASSERT_STRING_EQUAL(v->flags[0].instance.text, "i-7");
    CU_ASSERT_TRUE(v->flags[0].own);
    CU_ASSERT_EQUAL(v->state, VOL_NONE);
    kit_end(&s);
}

static void test_instances_on_their_way_out_are_named(void)
{
    const struct leaving *l = NULL;
    const struct id id = kit_id_of("i-5");
    struct kit s;

    kit_begin(&s);
    kit_route(
        &s, "Action=DescribeInstances&", 200,
        "<DescribeInstancesResponse><reservationSet><item><instancesSet><item><instanceId>i-5"
        "</instanceId><instanceState><code>32</code><name>shutting-down</name></instanceState>"
        "</item><item><instanceId>i-6</instanceId><instanceState><code>16</code><name>running"
        "</name></instanceState></item></instancesSet></item></reservationSet>"
        "</DescribeInstancesResponse>");
    CU_ASSERT_EQUAL(s.port->read_leaving(s.port, &s.call, &l), ERR_OK);
    CU_ASSERT_EQUAL(l->count, 1);
    CU_ASSERT_EQUAL(l->keys[0], id_key(&id));
    kit_end(&s);
}

static void test_a_machine_that_is_no_instance_says_so(void)
{
    const struct self *self = NULL;
    struct kit s;

    kit_begin(&s);
    s.routes.routes[0].status = 404;
    CU_ASSERT_EQUAL(s.port->identify(s.port, &s.call, &self), ERR_UNREACHABLE);
    CU_ASSERT_PTR_NOT_NULL(strstr(s.cx.message, "ask this machine who it is"));
    kit_end(&s);
}

const struct unit_test suite_aws_ebs[] = {
    UNIT_TEST(test_the_table_is_whole_and_names_its_actions),
    UNIT_TEST(test_the_machine_knows_who_it_is),
    UNIT_TEST(test_a_page_of_the_pool_becomes_facts),
    UNIT_TEST(test_a_lineage_is_listed_by_its_tag),
    UNIT_TEST(test_an_answer_that_cannot_be_read_is_no_answer),
    UNIT_TEST(test_one_volume_is_read_by_its_id),
    UNIT_TEST(test_flags_are_read_by_describe_tags_to_the_last_page),
    UNIT_TEST(test_instances_on_their_way_out_are_named),
    UNIT_TEST(test_a_machine_that_is_no_instance_says_so),
    UNIT_END,
};
