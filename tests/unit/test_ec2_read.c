/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_ec2_read.c - what a reader of the EC2 model sees: late, out of order, incomplete, page by
 * page.
 *
 * Sections A.4, B.2, B.11 and D.2 of the EC2 notes. It must not test who gets a volume.
 */
#include "test_ec2.h"

#include <stdio.h>

static void test_a_read_shows_the_moment_it_is_asked_for(void)
{
    struct cloud c;

    cloud_open(&c);
    const uint32_t instance = cloud_instance(&c, "a");
    const uint32_t volume = cloud_volume(&c, "a");

    c.now_ms += 10000;
    (void)attach(&c, volume, instance);
    const uint64_t attach_ms = c.now_ms;

    c.now_ms += 10000;
    CU_ASSERT_EQUAL(look(&c, volume, 0)->attachment, ATT_ATTACHED);
    CU_ASSERT_EQUAL(look(&c, volume, attach_ms - 1)->state, VOL_AVAILABLE);
    /* Back in time after a newer view, and forward again: no reader's views are in order. */
    CU_ASSERT_EQUAL(look(&c, volume, attach_ms)->attachment, ATT_ATTACHING);
    CU_ASSERT_EQUAL(look(&c, volume, attach_ms - 1)->state, VOL_AVAILABLE);
    CU_ASSERT_EQUAL(look(&c, volume, attach_ms + TAKES_MS)->attachment, ATT_ATTACHED);
    cloud_close(&c);
}

static void test_what_was_just_made_is_not_found_yet(void)
{
    struct cloud c;

    cloud_open(&c);
    CU_ASSERT_EQUAL(call(&c, (struct ec2_request){.action = EC2_CREATE_VOLUME,
                                                  .zone = "a",
                                                  .size_gib = 8,
                                                  .tags = test_pool,
                                                  .tag_count = 2}),
                    EC2_CODE_OK);
    const uint32_t volume = c.a.index;
    const struct id id = c.a.made;
    const struct tag tag = {"k", "v"};
    struct ec2_request rq = {.action = EC2_CREATE_TAGS,
                             .ids = &id,
                             .id_count = 1,
                             .tags = &tag,
                             .tag_count = 1,
                             .as_of_ms = c.now_ms - 1};

    CU_ASSERT_PTR_NULL(look(&c, volume, c.now_ms - 1));
    CU_ASSERT_EQUAL(c.a.code, EC2_CODE_NO_VOLUME);
    CU_ASSERT_EQUAL(call(&c, rq), EC2_CODE_NO_VOLUME);
    rq.as_of_ms = c.now_ms;
    CU_ASSERT_EQUAL(call(&c, rq), EC2_CODE_OK);
    CU_ASSERT_PTR_NOT_NULL(look(&c, volume, c.now_ms));
    cloud_close(&c);
}

static void test_what_is_deleted_is_seen_by_an_old_view(void)
{
    struct cloud c;

    cloud_open(&c);
    const uint32_t volume = cloud_volume(&c, "a");

    c.now_ms += 1000;
    (void)erase(&c, volume);
    c.now_ms += TAKES_MS;
    CU_ASSERT_EQUAL(look(&c, volume, c.now_ms - TAKES_MS - 1)->state, VOL_AVAILABLE);
    CU_ASSERT_PTR_NULL(look(&c, volume, 0));
    struct ec2_request rq = list_request();

    CU_ASSERT_EQUAL(call(&c, rq), EC2_CODE_OK);
    CU_ASSERT_EQUAL(c.a.page.count, 0);
    rq.faults = EC2_FAULT_GHOSTS;
    (void)call(&c, rq);
    CU_ASSERT_EQUAL_FATAL(c.a.page.count, 1);
    CU_ASSERT_EQUAL(c.a.page.items[0]->state, VOL_AVAILABLE);
    cloud_close(&c);
}

static void test_tags_may_be_older_than_states(void)
{
    struct cloud c;

    cloud_open(&c);
    const uint32_t instance = cloud_instance(&c, "a");
    const uint32_t volume = cloud_volume(&c, "a");
    const struct id id = ec2_volume_id(&c.m, volume);
    const uint64_t before_ms = c.now_ms;

    c.now_ms += 1000;
    (void)put_tag(&c, volume, (struct tag){"volclaim:slot", "4"});
    (void)attach(&c, volume, instance);
    CU_ASSERT_EQUAL(look(&c, volume, 0)->slot, 4);
    (void)call(&c, (struct ec2_request){.action = EC2_DESCRIBE_VOLUMES,
                                        .ids = &id,
                                        .id_count = 1,
                                        .tags_as_of_ms = before_ms});
    CU_ASSERT_EQUAL(c.a.volume->slot, 0);
    CU_ASSERT(c.a.volume->in_pool);
    CU_ASSERT_EQUAL(c.a.volume->state, VOL_IN_USE);
    (void)call(&c, (struct ec2_request){.action = EC2_DESCRIBE_VOLUMES,
                                        .ids = &id,
                                        .id_count = 1,
                                        .as_of_ms = before_ms,
                                        .tags_as_of_ms = c.now_ms});
    CU_ASSERT_EQUAL(c.a.volume->slot, 4);
    CU_ASSERT_EQUAL(c.a.volume->state, VOL_AVAILABLE);
    cloud_close(&c);
}

static void test_items_of_one_list_may_differ_in_age(void)
{
    struct cloud c;
    uint32_t fresh = 0;

    cloud_open(&c);
    const uint32_t instance = cloud_instance(&c, "a");

    for (int i = 0; i < 16; i++)
        (void)cloud_volume(&c, "a");
    c.now_ms += 10000;
    for (uint32_t i = 0; i < 16; i++) {
        char device[EC2_DEVICE_MAX];
        struct ec2_request rq = attach_request(&c, i, instance);

        (void)snprintf(device, sizeof(device), "/dev/xvdb%c", (int)('a' + i));
        rq.device = device;
        CU_ASSERT_EQUAL(call(&c, rq), EC2_CODE_OK);
    }
    c.now_ms += 1000;
    struct ec2_request rq = list_request();

    rq.spread_ms = 2000;
    rq.salt = 5;
    (void)call(&c, rq);
    CU_ASSERT_EQUAL(c.a.page.count, 16);
    for (uint32_t i = 0; i < c.a.page.count; i++)
        fresh += c.a.page.items[i]->state == VOL_IN_USE;
    CU_ASSERT(fresh > 0 && fresh < 16);
    cloud_close(&c);
}

static void test_describe_volumes_may_leave_out_tags_and_describe_tags_never(void)
{
    struct cloud c;

    cloud_open(&c);
    const uint32_t volume = cloud_volume(&c, "a");
    const struct id id = ec2_volume_id(&c.m, volume);
    struct ec2_request rq = list_request();

    rq.faults = EC2_FAULT_NO_TAGS;
    (void)call(&c, rq);
    /* The filter knows the tags, the answer does not show them. */
    CU_ASSERT_EQUAL_FATAL(c.a.page.count, 1);
    CU_ASSERT_FALSE(c.a.page.items[0]->tags_seen);
    CU_ASSERT_FALSE(c.a.page.items[0]->in_pool);
    CU_ASSERT_EQUAL(c.a.page.items[0]->state, VOL_AVAILABLE);
    (void)call(&c, (struct ec2_request){.action = EC2_DESCRIBE_TAGS,
                                        .ids = &id,
                                        .id_count = 1,
                                        .faults = EC2_FAULT_NO_TAGS});
    CU_ASSERT(c.a.volume->tags_seen);
    CU_ASSERT(c.a.volume->in_pool);
    CU_ASSERT_EQUAL(c.a.volume->state, VOL_NONE);
    CU_ASSERT(look(&c, volume, 0)->tags_seen);
    cloud_close(&c);
}

static void test_an_attachment_list_may_be_empty_though_in_use(void)
{
    struct cloud c;

    cloud_open(&c);
    const uint32_t instance = cloud_instance(&c, "a");
    const uint32_t volume = cloud_volume(&c, "a");
    const struct id id = ec2_volume_id(&c.m, volume);

    (void)attach(&c, volume, instance);
    (void)call(&c, (struct ec2_request){.action = EC2_DESCRIBE_VOLUMES,
                                        .ids = &id,
                                        .id_count = 1,
                                        .faults = EC2_FAULT_NO_ATTACHMENT});
    CU_ASSERT_EQUAL(c.a.volume->state, VOL_IN_USE);
    CU_ASSERT_EQUAL(c.a.volume->attachment, ATT_NONE);
    CU_ASSERT_EQUAL(c.a.volume->holder_key, 0);
    CU_ASSERT_EQUAL(look(&c, volume, 0)->attachment, ATT_ATTACHING);
    cloud_close(&c);
}

static void test_describe_tags_shows_tags_of_the_gone_for_a_while_and_no_error(void)
{
    struct cloud c;

    cloud_open(&c);
    const uint32_t volume = cloud_volume(&c, "a");
    const struct id ids[] = {ec2_volume_id(&c.m, volume), {.text = "vol-00000000000000000"}};
    struct ec2_request rq = {.action = EC2_DESCRIBE_TAGS, .ids = ids, .id_count = 1};

    (void)erase(&c, volume);
    c.now_ms += TAKES_MS + 1;
    CU_ASSERT_EQUAL(call(&c, rq), EC2_CODE_OK);
    CU_ASSERT(c.a.volume->tags_seen);
    c.now_ms += c.rates.tag_linger_ms;
    CU_ASSERT_EQUAL(call(&c, rq), EC2_CODE_OK);
    CU_ASSERT_FALSE(c.a.volume->tags_seen);
    rq.ids = ids + 1;
    CU_ASSERT_EQUAL(call(&c, rq), EC2_CODE_OK);
    CU_ASSERT_FALSE(c.a.volume->tags_seen);
    CU_ASSERT(id_same(&c.a.volume->id, &ids[1]));
    cloud_close(&c);
}

static void test_one_unknown_id_fails_the_whole_call(void)
{
    struct cloud c;

    cloud_open(&c);
    struct id ids[] = {ec2_volume_id(&c.m, cloud_volume(&c, "a")),
                       {.text = "vol-00000000000000000"}};
    struct ec2_request rq = {.action = EC2_DESCRIBE_VOLUMES, .ids = ids, .id_count = 2};

    CU_ASSERT_EQUAL(call(&c, rq), EC2_CODE_NO_VOLUME);
    CU_ASSERT_EQUAL(c.a.page.count, 0);
    ids[1] = (struct id){.text = "volume"};
    CU_ASSERT_EQUAL(call(&c, rq), EC2_CODE_BAD_VOLUME_ID);
    rq.id_count = 1;
    rq.max_results = 5;
    CU_ASSERT_EQUAL(call(&c, rq), EC2_CODE_BAD_COMBINATION);
    cloud_close(&c);
}

static void fill(struct cloud *c, uint32_t count)
{
    cloud_options(c);
    c->options.volumes = count;
    cloud_start(c);
    for (uint32_t i = 0; i < count; i++)
        (void)cloud_volume(c, test_zones[i % 3]);
}

static void test_pages_show_every_volume_once(void)
{
    struct cloud c;
    struct ec2_request rq = list_request();
    bool seen[23] = {false};
    uint32_t total = 0;

    fill(&c, 23);
    rq.max_results = 5;
    do {
        CU_ASSERT_EQUAL_FATAL(call(&c, rq), EC2_CODE_OK);
        CU_ASSERT(c.a.page.count <= 5);
        CU_ASSERT_EQUAL(c.a.page.more, c.a.next_token != 0);
        for (uint32_t i = 0; i < c.a.page.count; i++) {
            const uint32_t index = ec2_volume_index(&c.m, &c.a.page.items[i]->id);

            CU_ASSERT_FALSE(seen[index]);
            seen[index] = true;
        }
        total += c.a.page.count;
        rq.next_token = c.a.next_token;
    } while (rq.next_token != 0);
    CU_ASSERT_EQUAL(total, 23);
    cloud_close(&c);
}

static void test_pages_may_be_short_or_empty_or_in_any_order(void)
{
    struct cloud c;
    struct ec2_request rq = list_request();
    uint32_t total = 0;
    bool short_page = false;

    fill(&c, 23);
    rq.max_results = 5;
    rq.faults = EC2_FAULT_SHORT_PAGE | EC2_FAULT_SHUFFLE;
    do {
        rq.salt++;
        CU_ASSERT_EQUAL_FATAL(call(&c, rq), EC2_CODE_OK);
        short_page = short_page || (c.a.page.more && c.a.page.count < 5);
        total += c.a.page.count;
        rq.next_token = c.a.next_token;
    } while (rq.next_token != 0);
    CU_ASSERT_EQUAL(total, 23);
    CU_ASSERT(short_page);
    cloud_close(&c);
}

static void test_page_parameters_are_judged(void)
{
    struct cloud c;
    struct ec2_request rq = list_request();

    fill(&c, 8);
    rq.max_results = 4;
    CU_ASSERT_EQUAL(call(&c, rq), EC2_CODE_BAD_VALUE);
    rq.max_results = 5;
    rq.next_token = 12345;
    CU_ASSERT_EQUAL(call(&c, rq), EC2_CODE_BAD_PAGE);
    cloud_close(&c);
}

static uint32_t count_by(struct cloud *c, enum ec2_filter_name name, const char *key,
                         const char *value)
{
    const struct ec2_filter filter = {.name = name, .key = key, .values = &value, .value_count = 1};

    (void)call(c, (struct ec2_request){
                      .action = EC2_DESCRIBE_VOLUMES, .filters = &filter, .filter_count = 1});
    return c->a.page.count;
}

static void test_filters_choose_by_state_zone_holder_and_tags(void)
{
    struct cloud c;

    cloud_open(&c);
    const uint32_t instance = cloud_instance(&c, "a");
    const uint32_t held = cloud_volume(&c, "a");
    const uint32_t tagged = cloud_volume(&c, "b");

    (void)cloud_volume(&c, "b");
    (void)attach(&c, held, instance);
    (void)put_tag(&c, tagged, (struct tag){"color", "dark blue"});
    CU_ASSERT_EQUAL(count_by(&c, EC2_BY_STATUS, NULL, "in-use"), 1);
    CU_ASSERT_EQUAL(count_by(&c, EC2_BY_STATUS, NULL, "available"), 2);
    CU_ASSERT_EQUAL(count_by(&c, EC2_BY_ZONE, NULL, "b"), 2);
    CU_ASSERT_EQUAL(count_by(&c, EC2_BY_HOLDER, NULL, ec2_instance_id(&c.m, instance).text), 1);
    CU_ASSERT_EQUAL(count_by(&c, EC2_BY_ATTACHMENT, NULL, "attaching"), 1);
    CU_ASSERT_EQUAL(count_by(&c, EC2_BY_DEVICE, NULL, "/dev/xvdb?"), 1);
    CU_ASSERT_EQUAL(count_by(&c, EC2_BY_TAG, "color", "*blue"), 1);
    CU_ASSERT_EQUAL(count_by(&c, EC2_BY_TAG, "color", "blue"), 0);
    CU_ASSERT_EQUAL(count_by(&c, EC2_BY_TAG_KEY, NULL, "col*"), 1);
    CU_ASSERT_EQUAL(count_by(&c, EC2_BY_SIZE, NULL, "8"), 3);
    CU_ASSERT_EQUAL(count_by(&c, EC2_BY_TYPE, NULL, "gp3"), 3);
    cloud_close(&c);
}

static void test_what_an_answer_points_to_stays_for_a_minute(void)
{
    struct cloud c;
    const struct volume *items[2];

    cloud_open(&c);
    const uint32_t instance = cloud_instance(&c, "a");
    const uint32_t volume = cloud_volume(&c, "a");

    (void)call(&c, list_request());
    const struct page page = c.a.page;
    const struct volume before = *page.items[0];

    items[0] = page.items[0];
    for (uint32_t i = 0; i < 9; i++) {
        c.now_ms += 6000;
        (void)attach(&c, volume, instance);
        (void)put_tag(&c, volume, (struct tag){"volclaim:slot", i % 2 == 0 ? "1" : "2"});
        c.now_ms += 100;
        (void)call(&c, list_request());
        items[1] = c.a.page.items[0];
        CU_ASSERT_PTR_NOT_EQUAL(items[1], items[0]);
        (void)detach(&c, volume);
    }
    CU_ASSERT_PTR_EQUAL(page.items[0], items[0]);
    CU_ASSERT_EQUAL(page.items[0]->state, before.state);
    CU_ASSERT_EQUAL(page.items[0]->slot, before.slot);
    CU_ASSERT(id_same(&page.items[0]->id, &before.id));
    cloud_close(&c);
}

static void test_a_list_is_reused_only_while_it_would_look_the_same(void)
{
    struct cloud c;

    cloud_open(&c);
    const uint32_t instance = cloud_instance(&c, "a");
    const uint32_t volume = cloud_volume(&c, "a");

    c.now_ms += 5000;
    (void)call(&c, list_request());
    const struct volume *const *items = c.a.page.items;

    c.now_ms += 5000;
    (void)call(&c, list_request());
    CU_ASSERT_PTR_EQUAL(c.a.page.items, items);
    (void)attach(&c, volume, instance);
    (void)call(&c, list_request());
    CU_ASSERT_EQUAL(c.a.page.items[0]->attachment, ATT_ATTACHING);
    c.now_ms += TAKES_MS;
    (void)call(&c, list_request());
    CU_ASSERT_EQUAL(c.a.page.items[0]->attachment, ATT_ATTACHED);
    struct ec2_request rq = list_request();

    rq.as_of_ms = c.now_ms - 1;
    (void)call(&c, rq);
    CU_ASSERT_EQUAL(c.a.page.items[0]->attachment, ATT_ATTACHING);
    cloud_close(&c);
}

static void test_answers_given_back_are_used_again(void)
{
    struct cloud c;

    cloud_options(&c);
    c.options.view_bytes = 8192;
    cloud_start(&c);
    const uint32_t volume = cloud_volume(&c, "a");
    const struct id id = ec2_volume_id(&c.m, volume);
    const struct ec2_request rq = {.action = EC2_DESCRIBE_TAGS, .ids = &id, .id_count = 1};

    for (int i = 0; i < 1000; i++) {
        CU_ASSERT_EQUAL(call(&c, rq), EC2_CODE_OK);
        ec2_done(&c.m, &c.a);
    }
    CU_ASSERT_EQUAL(ec2_exhausted(&c.m), 0);
    while (call(&c, rq) == EC2_CODE_OK)
        continue;
    CU_ASSERT_EQUAL(ec2_exhausted(&c.m), 1);
    c.now_ms += EC2_VIEW_KEEP_MS + 1;
    CU_ASSERT_EQUAL(call(&c, rq), EC2_CODE_OK);
    cloud_close(&c);
}

static void test_leaving_instances_are_named_and_the_others_listed(void)
{
    struct cloud c;

    cloud_open(&c);
    const uint32_t group = ec2_add_group(&c.m, "web");
    const uint32_t going = cloud_instance(&c, "a");
    const uint32_t member = ec2_add_instance(
        &c.m, &(struct ec2_instance_spec){.zone = "b", .group = group + 1, .id = "i-mine"},
        c.now_ms);
    const struct id id = ec2_instance_id(&c.m, going);
    const struct id mine = {.text = "i-mine"};
    const struct id asked[] = {id, mine, {.text = "i-nobody"}};

    CU_ASSERT_EQUAL(ec2_instance_index(&c.m, &mine), member);
    c.now_ms += 1000;
    ec2_terminate(&c.m, going, c.now_ms);
    (void)call(&c, (struct ec2_request){.action = EC2_DESCRIBE_INSTANCES, .leaving = true});
    CU_ASSERT_EQUAL(c.a.leaving->count, 1);
    CU_ASSERT_EQUAL(c.a.leaving->keys[0], id_key(&id));
    (void)call(&c, (struct ec2_request){.action = EC2_DESCRIBE_INSTANCES,
                                        .leaving = true,
                                        .as_of_ms = c.now_ms - 1});
    CU_ASSERT_EQUAL(c.a.leaving->count, 0);
    (void)call(&c, (struct ec2_request){
                       .action = EC2_DESCRIBE_GROUP_INSTANCES, .ids = asked, .id_count = 3});
    CU_ASSERT_EQUAL_FATAL(c.a.count, 1);
    CU_ASSERT_EQUAL(c.a.peers[0].index, member);
    c.now_ms += TAKES_MS + c.rates.terminated_ms + 1;
    (void)call(&c, (struct ec2_request){.action = EC2_DESCRIBE_INSTANCES});
    CU_ASSERT_EQUAL(c.a.count, 1);
    cloud_close(&c);
}

const struct unit_test suite_ec2_read[] = {
    UNIT_TEST(test_a_read_shows_the_moment_it_is_asked_for),
    UNIT_TEST(test_what_was_just_made_is_not_found_yet),
    UNIT_TEST(test_what_is_deleted_is_seen_by_an_old_view),
    UNIT_TEST(test_tags_may_be_older_than_states),
    UNIT_TEST(test_items_of_one_list_may_differ_in_age),
    UNIT_TEST(test_describe_volumes_may_leave_out_tags_and_describe_tags_never),
    UNIT_TEST(test_an_attachment_list_may_be_empty_though_in_use),
    UNIT_TEST(test_describe_tags_shows_tags_of_the_gone_for_a_while_and_no_error),
    UNIT_TEST(test_one_unknown_id_fails_the_whole_call),
    UNIT_TEST(test_pages_show_every_volume_once),
    UNIT_TEST(test_pages_may_be_short_or_empty_or_in_any_order),
    UNIT_TEST(test_page_parameters_are_judged),
    UNIT_TEST(test_filters_choose_by_state_zone_holder_and_tags),
    UNIT_TEST(test_what_an_answer_points_to_stays_for_a_minute),
    UNIT_TEST(test_a_list_is_reused_only_while_it_would_look_the_same),
    UNIT_TEST(test_answers_given_back_are_used_again),
    UNIT_TEST(test_leaving_instances_are_named_and_the_others_listed),
    UNIT_END,
};
