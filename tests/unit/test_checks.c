/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_checks.c - every checker is shown a crime and an innocent: a checker that cannot fail is
 * none.
 *
 * The violations are planted in the models by hand, or by a disk that lies; the core commits none.
 */
#include "unit.h"
#include "world_kit.h"

#include <string.h>

static struct world_options plain_options(void)
{
    return kit_options();
}

/* --- S1 --- */

static void test_s1_convicts_the_same_data_mounted_in_two_places(void)
{
    const struct world_options o = plain_options();
    AUTO_WORLD struct world *w = kit_world(&o);
    const uint32_t a = kit_stands(w, 0);
    const uint32_t b = kit_stands(w, 0);
    const uint32_t one = kit_data(w, 0, a);
    const uint32_t two = kit_data(w, 0, b);

    *ec2_content(&w->cloud, two) = *ec2_content(&w->cloud, one);
    check_mount(&w->checks, a, one);
    CU_ASSERT_TRUE(world_is_clean(w));
    check_mount(&w->checks, b, two);
    CU_ASSERT_TRUE(kit_convicted(w, CHECK_S1));
}

static void test_s1_lets_the_next_holder_mount_what_the_last_one_unmounted(void)
{
    const struct world_options o = plain_options();
    AUTO_WORLD struct world *w = kit_world(&o);
    const uint32_t a = kit_stands(w, 0);
    const uint32_t b = kit_stands(w, 0);
    const uint32_t one = kit_data(w, 0, a);

    check_mount(&w->checks, a, one);
    check_unmount(&w->checks, a);
    check_mount(&w->checks, b, one);
    CU_ASSERT_TRUE(world_is_clean(w));
}

static void test_s1_convicts_a_mount_that_does_not_see_the_last_write(void)
{
    const struct world_options o = plain_options();
    AUTO_WORLD struct world *w = kit_world(&o);
    const uint32_t a = kit_stands(w, 0);
    const uint32_t one = kit_data(w, 0, a);
    const uint32_t copy = kit_copy(w, kit_snapshot(w, one), one, 1);

    check_mount(&w->checks, a, one);
    check_write(&w->checks, a, one);
    ec2_content(&w->cloud, one)->version++;
    check_unmount(&w->checks, a);
    CU_ASSERT_TRUE(world_is_clean(w));
    check_mount(&w->checks, a, copy);
    CU_ASSERT_TRUE(kit_convicted(w, CHECK_S1));
}

static void test_s1_convicts_a_write_that_forks_the_data(void)
{
    const struct world_options o = plain_options();
    AUTO_WORLD struct world *w = kit_world(&o);
    const uint32_t a = kit_stands(w, 0);
    const uint32_t one = kit_data(w, 0, a);
    const uint32_t copy = kit_copy(w, kit_snapshot(w, one), one, 1);

    check_write(&w->checks, a, one);
    ec2_content(&w->cloud, one)->version++;
    check_write(&w->checks, a, copy);
    CU_ASSERT_TRUE(kit_convicted(w, CHECK_S1));
}

/* The whole way: two machines, the real core, and a second disk with the first one's data. */
static void test_s1_convicts_a_forged_twin_that_the_core_cannot_know(void)
{
    const struct world_options o = plain_options();
    AUTO_WORLD struct world *w = kit_world(&o);
    uint32_t one;
    uint32_t two;

    (void)kit_boots(w, 0, 0);
    (void)kit_boots(w, 0, 0);
    one = kit_data(w, 0, WORLD_NONE);
    two = kit_data(w, 0, WORLD_NONE);
    *ec2_content(&w->cloud, two) = *ec2_content(&w->cloud, one);
    world_run(w);
    CU_ASSERT_TRUE(kit_convicted(w, CHECK_S1));
}

/* --- S2 --- */

static void test_s2_convicts_the_deletion_of_the_only_copy_of_data(void)
{
    const struct world_options o = plain_options();
    AUTO_WORLD struct world *w = kit_world(&o);
    const uint32_t a = kit_stands(w, 0);
    const uint32_t one = kit_data(w, 0, WORLD_NONE);

    kit_delete(w, one);
    CU_ASSERT_FALSE(check_delete(&w->checks, a, one));
    CU_ASSERT_TRUE(kit_convicted(w, CHECK_S2));
}

static void test_s2_convicts_a_commit_before_the_copy_is_attached(void)
{
    const struct world_options o = plain_options();
    AUTO_WORLD struct world *w = kit_world(&o);
    const uint32_t a = kit_stands(w, 1);
    const uint32_t one = kit_data(w, 0, WORLD_NONE);

    (void)kit_copy(w, kit_snapshot(w, one), one, 1);
    kit_delete(w, one);
    CU_ASSERT_FALSE(check_delete(&w->checks, a, one));
    CU_ASSERT_TRUE(kit_convicted(w, CHECK_S2));
}

static void test_s2_lets_a_mover_with_an_attached_copy_commit(void)
{
    const struct world_options o = plain_options();
    AUTO_WORLD struct world *w = kit_world(&o);
    const uint32_t a = kit_stands(w, 1);
    const uint32_t one = kit_data(w, 0, WORLD_NONE);
    const uint32_t copy = kit_copy(w, kit_snapshot(w, one), one, 1);

    kit_attach(w, copy, a);
    kit_delete(w, one);
    CU_ASSERT_TRUE(check_delete(&w->checks, a, one));
    CU_ASSERT_TRUE(world_is_clean(w));
}

static void test_s2_convicts_a_commit_whose_snapshot_is_gone(void)
{
    const struct world_options o = plain_options();
    AUTO_WORLD struct world *w = kit_world(&o);
    const uint32_t a = kit_stands(w, 1);
    const uint32_t one = kit_data(w, 0, WORLD_NONE);
    const uint32_t snapshot = kit_snapshot(w, one);
    const uint32_t copy = kit_copy(w, snapshot, one, 1);

    kit_attach(w, copy, a);
    kit_drop(w, snapshot);
    kit_delete(w, one);
    (void)check_delete(&w->checks, a, one);
    CU_ASSERT_TRUE(kit_convicted(w, CHECK_S2));
}

static void test_s2_lets_a_redundant_copy_go_and_minds_what_came_through_a_snapshot(void)
{
    const struct world_options o = plain_options();
    AUTO_WORLD struct world *w = kit_world(&o);
    const uint32_t a = kit_stands(w, 1);
    const uint32_t one = kit_data(w, 0, WORLD_NONE);
    const uint32_t snapshot = kit_snapshot(w, one);
    const uint32_t copy = kit_copy(w, snapshot, one, 1);
    const uint32_t head = kit_copy(w, snapshot, one, 1);

    kit_delete(w, copy);
    CU_ASSERT_FALSE(check_delete(&w->checks, a, copy));
    kit_drop(w, snapshot);
    check_drop(&w->checks, &(struct check_drop){.machine = a, .snapshot = snapshot});
    CU_ASSERT_TRUE(world_is_clean(w)); /* `head` is a copy yet. */
    kit_mark(w, head, &(struct mark){.kind = MARK_STATE, .number = 0});
    check_drop(&w->checks, &(struct check_drop){.machine = a, .snapshot = snapshot});
    CU_ASSERT_TRUE(kit_convicted(w, CHECK_S2));
}

/* --- S3 --- */

static void test_s3_convicts_formatting_anything_but_a_blank(void)
{
    static const enum ec2_content_kind guilty[] = {EC2_FS, EC2_FOREIGN, EC2_NOISE};
    static const enum ec2_content_kind innocent[] = {EC2_BLANK, EC2_HALF};
    const struct world_options o = plain_options();

    for (int i = 0; i < 3; i++) {
        AUTO_WORLD struct world *w = kit_world(&o);
        const uint32_t v = world_add_volume(
            w, &(struct world_volume_spec){.holder = WORLD_NONE, .content = guilty[i]});

        check_format(&w->checks, 0, v);
        CU_ASSERT_TRUE(kit_convicted(w, CHECK_S3));
    }
    for (int i = 0; i < 2; i++) {
        AUTO_WORLD struct world *w = kit_world(&o);
        const uint32_t v = world_add_volume(
            w, &(struct world_volume_spec){.holder = WORLD_NONE, .content = innocent[i]});

        check_format(&w->checks, 0, v);
        CU_ASSERT_TRUE(world_is_clean(w));
    }
}

const struct unit_test suite_checks[] = {
    UNIT_TEST(test_s1_convicts_the_same_data_mounted_in_two_places),
    UNIT_TEST(test_s1_lets_the_next_holder_mount_what_the_last_one_unmounted),
    UNIT_TEST(test_s1_convicts_a_mount_that_does_not_see_the_last_write),
    UNIT_TEST(test_s1_convicts_a_write_that_forks_the_data),
    UNIT_TEST(test_s1_convicts_a_forged_twin_that_the_core_cannot_know),
    UNIT_TEST(test_s2_convicts_the_deletion_of_the_only_copy_of_data),
    UNIT_TEST(test_s2_convicts_a_commit_before_the_copy_is_attached),
    UNIT_TEST(test_s2_lets_a_mover_with_an_attached_copy_commit),
    UNIT_TEST(test_s2_convicts_a_commit_whose_snapshot_is_gone),
    UNIT_TEST(test_s2_lets_a_redundant_copy_go_and_minds_what_came_through_a_snapshot),
    UNIT_TEST(test_s3_convicts_formatting_anything_but_a_blank),
    UNIT_END,
};
