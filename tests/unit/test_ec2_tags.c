/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_ec2_tags.c - tags and snapshots in the EC2 model.
 *
 * Sections B.7, B.8, D.2 and F.3 of the EC2 notes. It must not test lag: test_ec2_read.c does.
 */
#include "test_ec2.h"

#include <stdio.h>

static void test_a_tag_is_overwritten_by_key(void)
{
    struct cloud c;

    cloud_open(&c);
    const uint32_t volume = cloud_volume(&c, "a");

    CU_ASSERT_EQUAL(put_tag(&c, volume, (struct tag){"k", "1"}), EC2_CODE_OK);
    CU_ASSERT_EQUAL(put_tag(&c, volume, (struct tag){"k", "2"}), EC2_CODE_OK);
    CU_ASSERT_STRING_EQUAL(true_tag(&c, volume, "k"), "2");
    CU_ASSERT_EQUAL(ec2_tag_count(&c.m, ec2_truth_volume(&c.m, volume, c.now_ms).tags), 3);
    CU_ASSERT_PTR_NULL(true_tag(&c, volume, "K"));
    cloud_close(&c);
}

static void test_a_tag_is_deleted_by_key_or_by_key_and_value(void)
{
    struct cloud c;

    cloud_open(&c);
    const uint32_t volume = cloud_volume(&c, "a");

    (void)put_tag(&c, volume, (struct tag){"k", "1"});
    /* A value that does not match removes nothing, and the answer does not tell. */
    CU_ASSERT_EQUAL(drop_tag(&c, volume, (struct tag){"k", "2"}), EC2_CODE_OK);
    CU_ASSERT_STRING_EQUAL(true_tag(&c, volume, "k"), "1");
    CU_ASSERT_EQUAL(drop_tag(&c, volume, (struct tag){"k", "1"}), EC2_CODE_OK);
    CU_ASSERT_PTR_NULL(true_tag(&c, volume, "k"));
    (void)put_tag(&c, volume, (struct tag){"k", "1"});
    CU_ASSERT_EQUAL(drop_tag(&c, volume, (struct tag){"k", NULL}), EC2_CODE_OK);
    CU_ASSERT_PTR_NULL(true_tag(&c, volume, "k"));
    CU_ASSERT_STRING_EQUAL(true_tag(&c, volume, "Name"), "data");
    cloud_close(&c);
}

static void test_no_tags_given_to_delete_means_all(void)
{
    struct cloud c;

    cloud_open(&c);
    const uint32_t volume = cloud_volume(&c, "a");
    const struct id id = ec2_volume_id(&c.m, volume);

    CU_ASSERT_EQUAL(
        call(&c, (struct ec2_request){.action = EC2_DELETE_TAGS, .ids = &id, .id_count = 1}),
        EC2_CODE_OK);
    CU_ASSERT_EQUAL(ec2_tag_count(&c.m, ec2_truth_volume(&c.m, volume, c.now_ms).tags), 0);
    CU_ASSERT_FALSE(look(&c, volume, 0)->tags_seen);
    cloud_close(&c);
}

static void test_a_resource_has_at_most_fifty_tags(void)
{
    struct cloud c;
    char key[16];

    cloud_open(&c);
    const uint32_t volume = cloud_volume(&c, "a");

    for (int i = 2; i < 50; i++) {
        (void)snprintf(key, sizeof(key), "k%02d", i);
        CU_ASSERT_EQUAL(put_tag(&c, volume, (struct tag){key, "v"}), EC2_CODE_OK);
    }
    CU_ASSERT_EQUAL(put_tag(&c, volume, (struct tag){"one more", "v"}), EC2_CODE_TAG_LIMIT);
    CU_ASSERT_STRING_EQUAL(ec2_code_name(c.a.code), "TagLimitExceeded");
    CU_ASSERT_EQUAL(put_tag(&c, volume, (struct tag){"k02", "w"}), EC2_CODE_OK);
    cloud_close(&c);
}

static void test_lengths_and_the_reserved_prefix_are_judged(void)
{
    struct cloud c;
    char key[EC2_TAG_KEY_MAX + 2] = "";
    char value[EC2_TAG_VALUE_MAX + 2] = "";

    cloud_open(&c);
    const uint32_t volume = cloud_volume(&c, "a");

    memset(key, 'k', EC2_TAG_KEY_MAX);
    memset(value, 'v', EC2_TAG_VALUE_MAX);
    CU_ASSERT_EQUAL(put_tag(&c, volume, (struct tag){key, value}), EC2_CODE_OK);
    CU_ASSERT_STRING_EQUAL(true_tag(&c, volume, key), value);
    value[EC2_TAG_VALUE_MAX] = 'v';
    CU_ASSERT_EQUAL(put_tag(&c, volume, (struct tag){"k", value}), EC2_CODE_BAD_VALUE);
    key[EC2_TAG_KEY_MAX] = 'k';
    CU_ASSERT_EQUAL(put_tag(&c, volume, (struct tag){key, "v"}), EC2_CODE_BAD_VALUE);
    CU_ASSERT_EQUAL(put_tag(&c, volume, (struct tag){"", "v"}), EC2_CODE_BAD_VALUE);
    CU_ASSERT_EQUAL(put_tag(&c, volume, (struct tag){"aws:x", "v"}), EC2_CODE_BAD_VALUE);
    cloud_close(&c);
}

static void test_a_tag_written_while_attaching_stays_when_attached(void)
{
    struct cloud c;

    cloud_open(&c);
    const uint32_t instance = cloud_instance(&c, "a");
    const uint32_t volume = cloud_volume(&c, "a");

    (void)attach(&c, volume, instance);
    c.now_ms += TAKES_MS / 2;
    (void)put_tag(&c, volume, (struct tag){"k", "v"});
    c.now_ms += TAKES_MS;
    CU_ASSERT_EQUAL(look(&c, volume, 0)->attachment, ATT_ATTACHED);
    CU_ASSERT_STRING_EQUAL(true_tag(&c, volume, "k"), "v");
    cloud_close(&c);
}

static void test_tags_of_what_does_not_exist_are_refused(void)
{
    struct cloud c;
    const struct tag tag = {"k", "v"};
    struct id ids[2] = {{.text = "vol-00000000000000000"}};

    cloud_open(&c);
    const uint32_t volume = cloud_volume(&c, "a");
    struct ec2_request rq = {
        .action = EC2_CREATE_TAGS, .ids = ids, .id_count = 2, .tags = &tag, .tag_count = 1};

    ids[1] = ids[0];
    ids[0] = ec2_volume_id(&c.m, volume);
    CU_ASSERT_EQUAL(call(&c, rq), EC2_CODE_NO_VOLUME);
    CU_ASSERT_PTR_NULL(true_tag(&c, volume, "k"));
    rq.faults = EC2_FAULT_TAGS_BUSY;
    CU_ASSERT_EQUAL(call(&c, rq), EC2_CODE_TAGS_BUSY);
    rq.faults = 0;
    ids[1] = (struct id){.text = "nonsense"};
    CU_ASSERT_EQUAL(call(&c, rq), EC2_CODE_NO_RESOURCE);
    rq.id_count = 1;
    CU_ASSERT_EQUAL(call(&c, rq), EC2_CODE_OK);
    cloud_close(&c);
}

static void test_text_is_used_again_for_ever(void)
{
    struct cloud c;
    char value[64];

    cloud_options(&c);
    c.options.text_bytes = 8192;
    cloud_start(&c);
    const uint32_t volume = cloud_volume(&c, "a");

    for (int i = 0; i < 20000; i++) {
        (void)snprintf(value, sizeof(value), "%0*d", i % 40, i);
        CU_ASSERT_EQUAL_FATAL(put_tag(&c, volume, (struct tag){"k", value}), EC2_CODE_OK);
        CU_ASSERT_EQUAL_FATAL(drop_tag(&c, volume, (struct tag){"k", value}), EC2_CODE_OK);
        c.now_ms += 10000;
    }
    CU_ASSERT_EQUAL(ec2_exhausted(&c.m), 0);
    cloud_close(&c);
}

static void test_running_out_of_text_changes_nothing_and_is_counted(void)
{
    struct cloud c;
    char key[16];
    char value[EC2_TAG_VALUE_MAX + 1] = "";
    enum ec2_code code = EC2_CODE_OK;

    cloud_options(&c);
    c.options.text_bytes = 2048;
    cloud_start(&c);
    const uint32_t volume = cloud_volume(&c, "a");

    memset(value, 'v', EC2_TAG_VALUE_MAX);
    for (int i = 0; i < 20 && code == EC2_CODE_OK; i++) {
        (void)snprintf(key, sizeof(key), "k%d", i);
        code = put_tag(&c, volume, (struct tag){key, value});
    }
    CU_ASSERT_EQUAL(code, EC2_CODE_INTERNAL);
    CU_ASSERT_EQUAL(ec2_exhausted(&c.m), 1);
    CU_ASSERT_PTR_NULL(true_tag(&c, volume, key));
    CU_ASSERT_STRING_EQUAL(true_tag(&c, volume, "k0"), value);
    CU_ASSERT_STRING_EQUAL(true_tag(&c, volume, "Name"), "data");
    cloud_close(&c);
}

static void test_tag_rows_are_for_servers(void)
{
    struct cloud c;
    const char *const value = "d*";
    const struct ec2_filter filter = {.name = EC2_BY_VALUE, .values = &value, .value_count = 1};

    cloud_open(&c);
    (void)cloud_volume(&c, "a");
    (void)cloud_volume(&c, "b");
    struct ec2_request rq = {.action = EC2_DESCRIBE_TAGS, .rows = true};

    (void)call(&c, rq);
    CU_ASSERT_EQUAL(c.a.count, 4);
    CU_ASSERT_EQUAL(c.a.tag_rows[3].index, 1);
    CU_ASSERT_STRING_EQUAL(c.a.tag_rows[3].tag.key, "team");
    rq.filters = &filter;
    rq.filter_count = 1;
    rq.max_results = 5;
    (void)call(&c, rq);
    CU_ASSERT_EQUAL(c.a.count, 4);
    CU_ASSERT_EQUAL(c.a.next_token, 0);
    cloud_close(&c);
}

/* --- Snapshots --- */

static enum ec2_code snap(struct cloud *c, uint32_t volume)
{
    return call(c, (struct ec2_request){.action = EC2_CREATE_SNAPSHOT,
                                        .volume = ec2_volume_id(&c->m, volume),
                                        .tags = test_pool,
                                        .tag_count = 2});
}

static const struct snapshot *look_snapshot(struct cloud *c, uint32_t snapshot)
{
    const struct id id = ec2_snapshot_id(&c->m, snapshot);

    (void)call(c,
               (struct ec2_request){.action = EC2_DESCRIBE_SNAPSHOTS, .ids = &id, .id_count = 1});
    return c->a.snapshots ? &c->a.snapshots->items[0] : NULL;
}

static enum ec2_code restore(struct cloud *c, uint32_t snapshot, const char *zone)
{
    return call(c, (struct ec2_request){.action = EC2_CREATE_VOLUME,
                                        .zone = zone,
                                        .type = EC2_GP3,
                                        .snapshot = ec2_snapshot_id(&c->m, snapshot)});
}

static void test_a_snapshot_holds_what_was_there_at_the_call(void)
{
    struct cloud c;

    cloud_open(&c);
    const uint32_t volume = cloud_volume(&c, "a");

    *ec2_content(&c.m, volume) =
        (struct ec2_content){.data_id = 7, .version = 3, .kind = EC2_FS, .fs_gib = 8};
    CU_ASSERT_EQUAL(snap(&c, volume), EC2_CODE_OK);
    const uint32_t snapshot = c.a.index;

    ec2_content(&c.m, volume)->version = 4;
    c.now_ms += TAKES_MS;
    CU_ASSERT_EQUAL(restore(&c, snapshot, "b"), EC2_CODE_OK);
    CU_ASSERT_EQUAL(ec2_content(&c.m, c.a.index)->version, 3);
    CU_ASSERT_EQUAL(ec2_content(&c.m, c.a.index)->data_id, 7);
    CU_ASSERT_EQUAL(ec2_content(&c.m, c.a.index)->kind, EC2_FS);
    CU_ASSERT_EQUAL(c.a.volume->size_gib, 8);
    CU_ASSERT_EQUAL(ec2_content(&c.m, volume)->version, 4);
    cloud_close(&c);
}

static void test_a_snapshot_is_pending_with_progress_and_then_completed(void)
{
    struct cloud c;

    cloud_open(&c);
    const uint32_t volume = cloud_volume(&c, "a");

    (void)snap(&c, volume);
    CU_ASSERT_EQUAL(look_snapshot(&c, 0)->state, SNAP_PENDING);
    CU_ASSERT_EQUAL(c.a.snapshots->items[0].progress, 0);
    CU_ASSERT_EQUAL(restore(&c, 0, "b"), EC2_CODE_WRONG_STATE);
    c.now_ms += TAKES_MS / 2;
    CU_ASSERT_EQUAL(look_snapshot(&c, 0)->progress, 50);
    c.now_ms += TAKES_MS / 2;
    CU_ASSERT_EQUAL(look_snapshot(&c, 0)->state, SNAP_COMPLETED);
    CU_ASSERT_EQUAL(c.a.snapshots->items[0].progress, 100);
    CU_ASSERT_EQUAL(restore(&c, 0, "b"), EC2_CODE_OK);
    cloud_close(&c);
}

static void test_a_snapshot_can_fail_and_be_deleted(void)
{
    struct cloud c;

    cloud_open(&c);
    const uint32_t volume = cloud_volume(&c, "a");
    struct ec2_request rq = {.action = EC2_DELETE_SNAPSHOT};

    (void)call(&c, (struct ec2_request){.action = EC2_CREATE_SNAPSHOT,
                                        .volume = ec2_volume_id(&c.m, volume),
                                        .faults = EC2_FAULT_SNAPSHOT_ERROR});
    c.now_ms += TAKES_MS;
    CU_ASSERT_EQUAL(look_snapshot(&c, 0)->state, SNAP_ERROR);
    CU_ASSERT_EQUAL(restore(&c, 0, "b"), EC2_CODE_WRONG_STATE);
    rq.snapshot = ec2_snapshot_id(&c.m, 0);
    CU_ASSERT_EQUAL(call(&c, rq), EC2_CODE_OK);
    CU_ASSERT_EQUAL(call(&c, rq), EC2_CODE_NO_SNAPSHOT);
    CU_ASSERT_PTR_NULL(look_snapshot(&c, 0));
    CU_ASSERT_EQUAL(c.a.code, EC2_CODE_NO_SNAPSHOT);
    CU_ASSERT_EQUAL(restore(&c, 0, "b"), EC2_CODE_NO_SNAPSHOT);
    cloud_close(&c);
}

static void test_snapshots_of_one_volume_are_limited_in_rate_and_number(void)
{
    struct cloud c;

    cloud_options(&c);
    c.rates.snapshot = (struct rate_span){3600000, 3600000};
    cloud_start(&c);
    const uint32_t volume = cloud_volume(&c, "a");

    CU_ASSERT_EQUAL(snap(&c, volume), EC2_CODE_OK);
    CU_ASSERT_EQUAL(snap(&c, volume), EC2_CODE_SNAPSHOT_RATE);
    for (int i = 1; i < 5; i++) {
        c.now_ms += c.rates.snapshot_pause_ms;
        CU_ASSERT_EQUAL(snap(&c, volume), EC2_CODE_OK);
    }
    c.now_ms += c.rates.snapshot_pause_ms;
    CU_ASSERT_EQUAL(snap(&c, volume), EC2_CODE_SNAPSHOTS_PENDING);
    c.now_ms += 3600000;
    CU_ASSERT_EQUAL(snap(&c, volume), EC2_CODE_OK);
    cloud_close(&c);
}

static void test_a_snapshot_takes_time_by_size_and_the_first_one_longer(void)
{
    struct cloud c;

    cloud_options(&c);
    c.rates.snapshot_gib_ms = 1000;
    c.rates.snapshot_next_gib_ms = 10;
    cloud_start(&c);
    const uint32_t volume = cloud_volume(&c, "a");

    (void)snap(&c, volume);
    CU_ASSERT_EQUAL(ec2_truth_snapshot(&c.m, 0, c.now_ms).completes_ms, c.now_ms + TAKES_MS + 8000);
    c.now_ms += 60000;
    (void)snap(&c, volume);
    CU_ASSERT_EQUAL(ec2_truth_snapshot(&c.m, 1, c.now_ms).completes_ms, c.now_ms + TAKES_MS + 80);
    cloud_close(&c);
}

static void test_the_newest_snapshots_are_kept_where_more_match(void)
{
    struct cloud c;
    const char *const value = "data";
    const struct ec2_filter filter = {
        .name = EC2_BY_TAG, .key = "Name", .values = &value, .value_count = 1};

    cloud_open(&c);
    const uint32_t volume = cloud_volume(&c, "a");

    for (int i = 0; i < 10; i++) {
        CU_ASSERT_EQUAL(snap(&c, volume), EC2_CODE_OK);
        c.now_ms += c.rates.snapshot_pause_ms;
    }
    (void)call(&c, (struct ec2_request){
                       .action = EC2_DESCRIBE_SNAPSHOTS, .filters = &filter, .filter_count = 1});
    const struct id newest = ec2_snapshot_id(&c.m, 9);

    CU_ASSERT_EQUAL(c.a.count, 10);
    CU_ASSERT_EQUAL(c.a.snapshots->count, SNAPSHOTS_MAX);
    CU_ASSERT(c.a.snapshots->more);
    CU_ASSERT(id_same(&c.a.snapshots->items[SNAPSHOTS_MAX - 1].id, &newest));
    cloud_close(&c);
}

const struct unit_test suite_ec2_tags[] = {
    UNIT_TEST(test_a_tag_is_overwritten_by_key),
    UNIT_TEST(test_a_tag_is_deleted_by_key_or_by_key_and_value),
    UNIT_TEST(test_no_tags_given_to_delete_means_all),
    UNIT_TEST(test_a_resource_has_at_most_fifty_tags),
    UNIT_TEST(test_lengths_and_the_reserved_prefix_are_judged),
    UNIT_TEST(test_a_tag_written_while_attaching_stays_when_attached),
    UNIT_TEST(test_tags_of_what_does_not_exist_are_refused),
    UNIT_TEST(test_text_is_used_again_for_ever),
    UNIT_TEST(test_running_out_of_text_changes_nothing_and_is_counted),
    UNIT_TEST(test_tag_rows_are_for_servers),
    UNIT_TEST(test_a_snapshot_holds_what_was_there_at_the_call),
    UNIT_TEST(test_a_snapshot_is_pending_with_progress_and_then_completed),
    UNIT_TEST(test_a_snapshot_can_fail_and_be_deleted),
    UNIT_TEST(test_snapshots_of_one_volume_are_limited_in_rate_and_number),
    UNIT_TEST(test_a_snapshot_takes_time_by_size_and_the_first_one_longer),
    UNIT_TEST(test_the_newest_snapshots_are_kept_where_more_match),
    UNIT_END,
};
