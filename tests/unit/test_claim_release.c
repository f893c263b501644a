/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_claim_release.c - films of giving a volume back: unmount, snapshot if asked to, detach, see.
 *
 * What is mounted, or not the pool's, is never detached in any film.
 */
#include "lib/script.h"
#include "unit.h"

#include <string.h>

static struct script s;

static struct staged *open_mounted(bool snapshot)
{
    struct claim_config cfg;
    struct staged *v = NULL;

    claim_defaults(&cfg);
    cfg.snapshot_on_release = snapshot;
    script_open(&s, GOAL_RELEASE, &cfg);
    v = script_volume(&s, "vol-1", SCRIPT_ZONE);
    script_hold(v, SCRIPT_SELF);
    s.host.target_mounted = true;
    s.host.target_volume = v->volume.id;
    return v;
}

static void test_a_mounted_volume_is_unmounted_detached_and_seen_free(void)
{
    const struct staged *v = open_mounted(false);

    CU_ASSERT_EQUAL(script_run(&s), 0);
    script_film(&s, "idle start-release -> rel-identifying identify\n"
                    "rel-identifying ok -> rel-inspecting inspect\n"
                    "rel-inspecting held-mounted -> rel-checking read-tags vol-1\n"
                    "rel-checking ok -> rel-unmounting unmount vol-1\n"
                    "rel-unmounting ok -> rel-detaching detach vol-1\n"
                    "rel-detaching ok -> rel-waiting read-volume vol-1\n"
                    "rel-waiting freed -> done finish 0\n");
    CU_ASSERT_EQUAL(v->volume.state, VOL_AVAILABLE);
    CU_ASSERT_FALSE(s.host.target_mounted);
}

static void test_a_snapshot_is_taken_between_unmount_and_detach_and_is_a_backup(void)
{
    (void)open_mounted(true);
    script_start(&s);
    script_until(&s, ST_REL_SNAPSHOTTING);
    CU_ASSERT_TRUE(token_same(s.fx.claim_token, (struct token){.hi = 0, .lo = 0}));
    CU_ASSERT_FALSE(s.host.target_mounted);
    CU_ASSERT_EQUAL(script_finish(&s), 0);
    script_film(&s, "idle start-release -> rel-identifying identify\n"
                    "rel-identifying ok -> rel-inspecting inspect\n"
                    "rel-inspecting held-mounted -> rel-checking read-tags vol-1\n"
                    "rel-checking ok -> rel-unmounting unmount vol-1\n"
                    "rel-unmounting snapshot -> rel-snapshotting create-snapshot vol-1\n"
                    "rel-snapshotting ok -> rel-detaching detach vol-1\n"
                    "rel-detaching ok -> rel-waiting read-volume vol-1\n"
                    "rel-waiting freed -> done finish 0\n");
    CU_ASSERT_EQUAL(s.snapshots.count, 1);
}

static void test_a_backup_that_cannot_be_had_keeps_nobody(void)
{
    static const enum err errors[] = {ERR_DENIED, ERR_LIMIT, ERR_UNKNOWN, ERR_IN_USE, ERR_INVALID};

    for (size_t i = 0; i < sizeof errors / sizeof errors[0]; i++) {
        const struct staged *v = open_mounted(true);

        script_start(&s);
        script_until(&s, ST_REL_SNAPSHOTTING);
        script_answer(&s, errors[i]);
        CU_ASSERT_EQUAL(s.claim.state, ST_REL_DETACHING);
        CU_ASSERT_EQUAL(script_finish(&s), 0);
        CU_ASSERT_EQUAL(v->volume.state, VOL_AVAILABLE);
    }
}

static void test_a_volume_that_is_attached_and_not_mounted_is_found_by_a_listing(void)
{
    const struct staged *v = open_mounted(false);

    s.host.target_mounted = false;
    s.page_size = 1;
    (void)script_volume(&s, "vol-2", SCRIPT_ZONE);
    CU_ASSERT_EQUAL(script_run(&s), 0);
    script_film(&s, "idle start-release -> rel-identifying identify\n"
                    "rel-identifying ok -> rel-inspecting inspect\n"
                    "rel-inspecting open -> rel-listing list\n"
                    "rel-listing more -> rel-listing list\n"
                    "rel-listing held -> rel-detaching detach vol-1\n"
                    "rel-detaching ok -> rel-waiting read-volume vol-1\n"
                    "rel-waiting freed -> done finish 0\n");
    CU_ASSERT_EQUAL(v->volume.state, VOL_AVAILABLE);
}

static void test_with_nothing_held_there_is_nothing_to_do(void)
{
    script_open(&s, GOAL_RELEASE, NULL);
    (void)script_volume(&s, "vol-1", SCRIPT_ZONE);
    CU_ASSERT_EQUAL(script_run(&s), 0);
    script_film(&s, "idle start-release -> rel-identifying identify\n"
                    "rel-identifying ok -> rel-inspecting inspect\n"
                    "rel-inspecting open -> rel-listing list\n"
                    "rel-listing nothing -> done finish 0\n");
    CU_ASSERT_EQUAL(s.changes, 0);
}

static void test_a_volume_mounted_at_another_place_is_not_detached(void)
{
    const struct staged *v = open_mounted(false);

    s.host.target_mounted = false;
    s.mounted_elsewhere = v->volume.id;
    CU_ASSERT_EQUAL(script_run(&s), EXIT_CONFIG);
    CU_ASSERT_EQUAL(v->volume.state, VOL_IN_USE);
    CU_ASSERT_EQUAL(s.changes, 0);
}

static void test_a_volume_that_is_not_the_pools_is_not_unmounted(void)
{
    struct staged *v = open_mounted(false);

    v->volume.in_pool = false;
    CU_ASSERT_EQUAL(script_run(&s), EXIT_CONFIG);
    CU_ASSERT_EQUAL(v->volume.state, VOL_IN_USE);
    CU_ASSERT_TRUE(s.host.target_mounted);
}

static void test_a_target_mounted_from_something_unknown_is_left_alone(void)
{
    const struct staged *v = open_mounted(false);

    memset(&s.host.target_volume, 0, sizeof s.host.target_volume);
    CU_ASSERT_EQUAL(script_run(&s), EXIT_CONFIG);
    CU_ASSERT_EQUAL(v->volume.state, VOL_IN_USE);
}

static void test_a_mount_that_stays_busy_ends_the_release_with_all_in_place(void)
{
    const struct staged *v = open_mounted(false);

    script_start(&s);
    script_until(&s, ST_REL_UNMOUNTING);
    for (int i = 0; i < 5; i++) {
        script_answer(&s, i % 2 == 0 ? ERR_IN_USE : ERR_OK);
    }
    CU_ASSERT_EQUAL(s.claim.state, ST_FAILED);
    CU_ASSERT_EQUAL(s.fx.exit_code, EXIT_AGAIN);
    CU_ASSERT_EQUAL(v->volume.state, VOL_IN_USE);
}

static void test_a_detach_without_effect_is_sent_again_after_its_window(void)
{
    const struct staged *v = open_mounted(false);

    script_start(&s);
    script_until(&s, ST_REL_DETACHING);
    script_cut(&s);
    script_answer(&s, ERR_UNKNOWN);
    script_until(&s, ST_REL_DETACHING);
    CU_ASSERT_TRUE(s.now_ms >= SCRIPT_START_MS + 75000 + 30000);
    CU_ASSERT_EQUAL(script_finish(&s), 0);
    CU_ASSERT_EQUAL(v->volume.state, VOL_AVAILABLE);
}

static void test_a_view_without_attachments_does_not_say_it_is_free(void)
{
    struct staged *v = open_mounted(false);

    script_start(&s);
    script_until(&s, ST_REL_WAITING);
    v->volume.state = VOL_IN_USE;
    v->volume.holder_key = 0;
    script_answer(&s, ERR_OK);
    CU_ASSERT_EQUAL(s.claim.state, ST_REL_WAITING);
}

const struct unit_test suite_claim_release[] = {
    UNIT_TEST(test_a_mounted_volume_is_unmounted_detached_and_seen_free),
    UNIT_TEST(test_a_snapshot_is_taken_between_unmount_and_detach_and_is_a_backup),
    UNIT_TEST(test_a_backup_that_cannot_be_had_keeps_nobody),
    UNIT_TEST(test_a_volume_that_is_attached_and_not_mounted_is_found_by_a_listing),
    UNIT_TEST(test_with_nothing_held_there_is_nothing_to_do),
    UNIT_TEST(test_a_volume_mounted_at_another_place_is_not_detached),
    UNIT_TEST(test_a_volume_that_is_not_the_pools_is_not_unmounted),
    UNIT_TEST(test_a_target_mounted_from_something_unknown_is_left_alone),
    UNIT_TEST(test_a_mount_that_stays_busy_ends_the_release_with_all_in_place),
    UNIT_TEST(test_a_detach_without_effect_is_sent_again_after_its_window),
    UNIT_TEST(test_a_view_without_attachments_does_not_say_it_is_free),
    UNIT_END,
};
