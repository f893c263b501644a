/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_scenario_claims.c - who gets which volume: films of races, moves, creations and bad content.
 *
 * Each is a complaint that users of other tools had. Lines of the trace are the expectation; times
 * are left out where they are not the point.
 */
#include "unit.h"
#include "world_kit.h"

#include <string.h>

static uint32_t mounted_count(const struct world *w)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < w->machine_count; i++)
        count += w->machines[i].host.mounted != HOST_NONE;
    return count;
}

/* Snapshots of a volume that are there and usable. */
static uint32_t snapshots_of(const struct world *w, uint32_t volume)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < ec2_snapshot_count(&w->cloud); i++) {
        const struct ec2_snapshot_truth t = ec2_truth_snapshot(&w->cloud, i, w->now_ms);

        count += t.volume == volume && t.state == SNAP_COMPLETED;
    }
    return count;
}

static void test_five_boot_two_volumes_lie_there_and_three_are_created(void)
{
    const struct world_options o = kit_options();
    AUTO_WORLD struct world *w = kit_world(&o);

    for (int i = 0; i < 5; i++)
        (void)kit_boots(w, 0, 0);
    (void)kit_data(w, 0, WORLD_NONE);
    (void)kit_data(w, 0, WORLD_NONE);
    world_run(w);
    CU_ASSERT_TRUE(world_is_clean(w));
    CU_ASSERT_EQUAL(mounted_count(w), 5);
    CU_ASSERT_EQUAL(w->figures.created, 3);
}

static void test_one_volume_two_instances_the_second_creates_after_looking_twice(void)
{
    struct world_options o = kit_options();
    static struct kit_story story;
    const struct trace_sink listen = kit_listen(&story);
    static const char *const told[] = {
        "i0 listing free -> attaching vol-00000000000000001 (us-east-1a)",
        "i0 attaching ok -> awaiting-device vol-00000000000000001",
        "i1 listing short -> looking-for-leavers",
        "i1 looking-for-leavers ok -> doubting",
        "i1 doubting woke -> listing",
        "i1 listing create -> creating",
        NULL,
    };

    o.trace = &listen;
    {
        AUTO_WORLD struct world *w = kit_world(&o);

        (void)kit_boots(w, 0, 0);
        (void)kit_boots(w, 0, 2000);
        (void)kit_data(w, 0, WORLD_NONE);
        world_run(w);
        CU_ASSERT_TRUE(world_is_clean(w));
        CU_ASSERT_TRUE(kit_told(&story, told));
        CU_ASSERT_EQUAL(w->figures.created, 1);
    }
}

static void test_a_volume_in_another_zone_is_moved_once_by_one_of_two(void)
{
    struct world_options o = kit_options();
    static struct kit_story story;
    const struct trace_sink listen = kit_listen(&story);

    o.trace = &listen;
    o.zones = 3;
    o.cfg.strategy = STRATEGY_GROUP;
    {
        AUTO_WORLD struct world *w = kit_world(&o);
        uint32_t v;

        (void)kit_boots(w, 1, 0);
        (void)kit_boots(w, 2, 0);
        v = kit_data(w, 0, WORLD_NONE);
        world_run(w);
        CU_ASSERT_TRUE(world_is_clean(w));
        CU_ASSERT_EQUAL(w->figures.moved, 1);
        CU_ASSERT_EQUAL(kit_times(&story, "i0 moving commit -> committing") +
                            kit_times(&story, "i1 moving commit -> committing"),
                        1);
        CU_ASSERT_EQUAL(ec2_truth_volume(&w->cloud, v, w->now_ms).state, VOL_DELETED);
        CU_ASSERT_EQUAL(mounted_count(w), 2);
        /* The one that was beaten creates: by then the data is in use. */
        CU_ASSERT_EQUAL(w->figures.created, 1);
    }
}

static void test_a_move_keeps_the_data_and_its_snapshot(void)
{
    struct world_options o = kit_options();

    o.cfg.strategy = STRATEGY_GROUP;
    {
        AUTO_WORLD struct world *w = kit_world(&o);
        const uint32_t m = kit_boots(w, 1, 0);
        const uint32_t v = kit_data(w, 0, WORLD_NONE);
        const uint64_t data_id = ec2_content(&w->cloud, v)->data_id;
        uint32_t copy;

        world_run(w);
        CU_ASSERT_TRUE(world_is_clean(w));
        copy = w->machines[m].host.mounted;
        CU_ASSERT_NOT_EQUAL_FATAL(copy, HOST_NONE);
        CU_ASSERT_EQUAL(ec2_content(&w->cloud, copy)->data_id, data_id);
        CU_ASSERT_EQUAL(ec2_truth_volume(&w->cloud, copy, w->now_ms).zone, 1);
        CU_ASSERT_EQUAL(snapshots_of(w, v), 1);
    }
}

static void test_strategy_zone_leaves_other_zones_alone(void)
{
    const struct world_options o = kit_options();
    AUTO_WORLD struct world *w = kit_world(&o);
    const uint32_t v = kit_data(w, 1, WORLD_NONE);

    (void)kit_boots(w, 0, 0);
    world_run(w);
    CU_ASSERT_TRUE(world_is_clean(w));
    CU_ASSERT_EQUAL(w->figures.created, 1);
    CU_ASSERT_EQUAL(ec2_truth_volume(&w->cloud, v, w->now_ms).state, VOL_AVAILABLE);
}

static void test_a_gap_in_the_numbers_is_filled(void)
{
    struct world_options o = kit_options();

    o.cfg.strategy = STRATEGY_NUMBERED;
    o.zones = 1;
    {
        AUTO_WORLD struct world *w = kit_world(&o);
        const struct mark one = {.kind = MARK_SLOT, .number = 1};
        const struct mark three = {.kind = MARK_SLOT, .number = 3};
        uint32_t made;

        kit_mark(w, kit_data(w, 0, WORLD_NONE), &one);
        kit_mark(w, kit_data(w, 0, WORLD_NONE), &three);
        for (int i = 0; i < 3; i++)
            (void)kit_boots(w, 0, 0);
        world_run(w);
        CU_ASSERT_TRUE(world_is_clean(w));
        CU_ASSERT_EQUAL(w->figures.created, 1);
        made = ec2_volume_count(&w->cloud) - 1;
        CU_ASSERT_EQUAL(check_facts(&w->checks, made)->slot, 2);
    }
}

static void test_the_limit_lets_so_many_be_created_and_no_more(void)
{
    struct world_options o = kit_options();

    o.cfg.create_limit = 3;
    o.retries = 0;
    for (o.seed = 1; o.seed < 6; o.seed++) {
        AUTO_WORLD struct world *w = kit_world(&o);

        for (int i = 0; i < 6; i++)
            (void)kit_boots(w, 0, 0);
        world_run(w);
        CU_ASSERT_TRUE(world_is_clean(w));
        CU_ASSERT_EQUAL(mounted_count(w), 3);
    }
}

static void test_a_volume_that_comes_free_is_waited_for_rather_than_replaced(void)
{
    struct world_options o = kit_options();

    o.cfg.create = CREATE_SHORT;
    {
        AUTO_WORLD struct world *w = kit_world(&o);
        const uint32_t dying = kit_stands(w, 0);
        const uint32_t v = kit_data(w, 0, dying);
        const uint32_t m = kit_boots(w, 0, 5000);

        ec2_terminate(&w->cloud, dying, w->now_ms);
        world_run(w);
        CU_ASSERT_TRUE(world_is_clean(w));
        CU_ASSERT_EQUAL(w->figures.created, 0);
        CU_ASSERT_EQUAL(w->machines[m].host.mounted, v);
    }
}

struct content_case {
    enum ec2_content_kind content;
    int exit_code;
    bool mounted;
};

static void test_only_a_blank_is_formatted_and_the_rest_is_left_untouched(void)
{
    static const struct content_case cases[] = {
        {EC2_FS, EXIT_DONE, true},         {EC2_BLANK, EXIT_DONE, true},
        {EC2_FOREIGN, EXIT_UNSAFE, false}, {EC2_NOISE, EXIT_UNSAFE, false},
        {EC2_HALF, EXIT_UNSAFE, false},
    };
    struct world_options o = kit_options();

    o.first_run_only = true;
    o.retries = 0;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        AUTO_WORLD struct world *w = kit_world(&o);
        const uint32_t m = kit_boots(w, 0, 0);
        const uint32_t v = world_add_volume(
            w, &(struct world_volume_spec){.holder = WORLD_NONE, .content = cases[i].content});

        world_run(w);
        CU_ASSERT_TRUE(world_is_clean(w));
        CU_ASSERT_EQUAL(w->machines[m].exit_code, cases[i].exit_code);
        CU_ASSERT_EQUAL(w->machines[m].host.mounted != HOST_NONE, cases[i].mounted);
        if (!cases[i].mounted)
            CU_ASSERT_EQUAL(ec2_content(&w->cloud, v)->kind, cases[i].content);
    }
}

static void test_volumes_of_others_and_shared_ones_are_never_taken(void)
{
    const struct world_options o = kit_options();
    AUTO_WORLD struct world *w = kit_world(&o);
    const uint32_t m = kit_boots(w, 0, 0);
    const uint32_t strange = world_add_volume(
        w, &(struct world_volume_spec){.holder = WORLD_NONE, .content = EC2_FS, .stranger = true});
    const uint32_t shared = world_add_volume(
        w,
        &(struct world_volume_spec){.holder = WORLD_NONE, .content = EC2_FS, .multi_attach = true});

    world_run(w);
    CU_ASSERT_TRUE(world_is_clean(w));
    CU_ASSERT_NOT_EQUAL(w->machines[m].host.mounted, strange);
    CU_ASSERT_NOT_EQUAL(w->machines[m].host.mounted, shared);
    CU_ASSERT_EQUAL(w->figures.created, 1);
}

static void test_a_pool_of_many_pages_is_read_to_the_end(void)
{
    struct world_options o = kit_options();

    o.page_size = 5;
    {
        AUTO_WORLD struct world *w = kit_world(&o);
        const uint32_t others = kit_stands(w, 0);
        uint32_t last = WORLD_NONE;
        const uint32_t m = kit_boots(w, 0, 0);

        for (int i = 0; i < 7; i++)
            (void)kit_data(w, 0, others);
        last = kit_data(w, 0, WORLD_NONE);
        world_run(w);
        CU_ASSERT_TRUE(world_is_clean(w));
        CU_ASSERT_EQUAL(w->machines[m].host.mounted, last);
        CU_ASSERT_EQUAL(w->figures.created, 0);
    }
}

static void test_a_denial_or_throttling_is_never_answered_with_a_new_volume(void)
{
    struct world_options o = kit_options();

    o.faults.ppm[FAULT_THROTTLE_BURST] = FAULT_PPM;
    o.safety_ms = 240000;
    {
        AUTO_WORLD struct world *w = kit_world(&o);

        (void)kit_boots(w, 0, 0);
        (void)kit_data(w, 0, WORLD_NONE);
        world_run(w);
        CU_ASSERT_TRUE(world_is_clean(w));
        CU_ASSERT_EQUAL(w->figures.created, 0);
        CU_ASSERT_EQUAL(mounted_count(w), 1);
    }
}

const struct unit_test suite_scenario_claims[] = {
    UNIT_TEST(test_five_boot_two_volumes_lie_there_and_three_are_created),
    UNIT_TEST(test_one_volume_two_instances_the_second_creates_after_looking_twice),
    UNIT_TEST(test_a_volume_in_another_zone_is_moved_once_by_one_of_two),
    UNIT_TEST(test_a_move_keeps_the_data_and_its_snapshot),
    UNIT_TEST(test_strategy_zone_leaves_other_zones_alone),
    UNIT_TEST(test_a_gap_in_the_numbers_is_filled),
    UNIT_TEST(test_the_limit_lets_so_many_be_created_and_no_more),
    UNIT_TEST(test_a_volume_that_comes_free_is_waited_for_rather_than_replaced),
    UNIT_TEST(test_only_a_blank_is_formatted_and_the_rest_is_left_untouched),
    UNIT_TEST(test_volumes_of_others_and_shared_ones_are_never_taken),
    UNIT_TEST(test_a_pool_of_many_pages_is_read_to_the_end),
    UNIT_TEST(test_a_denial_or_throttling_is_never_answered_with_a_new_volume),
    UNIT_END,
};
