/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_claim_local.c - films of a claim in its own zone: attach, verdict, mount, and what may come
 * between.
 *
 * Each film is the whole of what the claim did. No film may depend on the seed but for its waits.
 */
#include "lib/script.h"
#include "unit.h"

#include <string.h>

static struct script s;

static void open_run(void)
{
    script_open(&s, GOAL_RUN, NULL);
}

static void test_a_local_claim_without_contention_takes_three_cloud_calls(void)
{
    open_run();
    (void)script_volume(&s, "vol-1", SCRIPT_ZONE);
    CU_ASSERT_EQUAL(script_run(&s), 0);
    script_film(&s, "(opening)\n"
                    "listing free -> attaching attach vol-1\n"
                    "attaching ok -> awaiting-device await-device vol-1\n"
                    "(use vol-1)\n");
    CU_ASSERT_EQUAL(s.cloud_calls, 3);
}

static void test_a_machine_that_holds_its_volume_asks_once_and_changes_nothing(void)
{
    struct staged *v = NULL;

    open_run();
    v = script_volume(&s, "vol-1", SCRIPT_ZONE);
    script_hold(v, SCRIPT_SELF);
    s.host.target_mounted = true;
    s.host.target_volume = v->volume.id;
    CU_ASSERT_EQUAL(script_run(&s), 0);
    script_film(&s, "(opening)\n"
                    "listing held-mounted -> verifying verify vol-1\n"
                    "verifying ok -> announcing announce vol-1\n"
                    "announcing ok -> tidying inspect vol-1\n"
                    "(done)\n");
    CU_ASSERT_EQUAL(s.cloud_calls, 1);
}

static void test_a_volume_attached_by_an_earlier_run_is_judged_before_it_is_mounted(void)
{
    open_run();
    script_hold(script_volume(&s, "vol-1", SCRIPT_ZONE), SCRIPT_SELF);
    CU_ASSERT_EQUAL(script_run(&s), 0);
    script_film(&s, "(opening)\n"
                    "listing held -> awaiting-device await-device vol-1\n"
                    "(use vol-1)\n");
    CU_ASSERT_EQUAL(s.cloud_calls, 2);
}

static void test_a_bare_blank_gets_its_record_before_its_first_filesystem(void)
{
    open_run();
    script_blank(script_volume(&s, "vol-1", SCRIPT_ZONE), false);
    CU_ASSERT_EQUAL(script_run(&s), 0);
    script_film(&s, "(opening)\n"
                    "listing free -> attaching attach vol-1\n"
                    "attaching ok -> awaiting-device await-device vol-1\n"
                    "awaiting-device ok -> judging read-tags vol-1\n"
                    "judging mine -> probing probe vol-1\n"
                    "probing bare -> blessing mark vol-1\n"
                    "blessing ok -> formatting mkfs vol-1\n"
                    "formatting ok -> recording-made mark vol-1\n"
                    "recording-made ok -> unblessing unmark vol-1\n"
                    "unblessing ok -> checking fsck vol-1\n"
                    "(mount vol-1)\n"
                    "(done)\n");
    CU_ASSERT_TRUE(s.volumes[0].volume.has_fs);
    CU_ASSERT_FALSE(s.volumes[0].volume.has_blank);
    CU_ASSERT_TRUE(uuid_same(&s.volumes[0].volume.fs, &s.volumes[0].content.uuid));
}

static void test_a_recorded_blank_is_formatted_at_once_though_half_made_bytes_are_on_it(void)
{
    struct staged *v = NULL;

    open_run();
    v = script_volume(&s, "vol-1", SCRIPT_ZONE);
    script_blank(v, true);
    v->content.kind = PROBE_NOISE;
    script_start(&s);
    script_until(&s, ST_PROBING);
    script_cut(&s);
    CU_ASSERT_EQUAL(script_finish(&s), 0);
    script_film(&s, "probing blank -> formatting mkfs vol-1\n"
                    "formatting ok -> recording-made mark vol-1\n"
                    "recording-made ok -> unblessing unmark vol-1\n"
                    "unblessing ok -> checking fsck vol-1\n"
                    "(mount vol-1)\n"
                    "(done)\n");
}

static void test_a_filesystem_that_nobody_recorded_is_recorded_before_it_is_mounted(void)
{
    struct staged *v = NULL;

    open_run();
    v = script_volume(&s, "vol-1", SCRIPT_ZONE);
    v->volume.has_fs = false;
    script_start(&s);
    script_until(&s, ST_PROBING);
    script_cut(&s);
    CU_ASSERT_EQUAL(script_finish(&s), 0);
    script_film(&s, "probing new -> recording mark vol-1\n"
                    "recording ok -> checking fsck vol-1\n"
                    "(mount vol-1)\n"
                    "(done)\n");
    CU_ASSERT_TRUE(v->volume.has_fs);
    CU_ASSERT_TRUE(uuid_same(&v->volume.fs, &v->content.uuid));
}

static void test_records_in_doubt_are_read_back_and_written_once_more(void)
{
    open_run();
    script_blank(script_volume(&s, "vol-1", SCRIPT_ZONE), false);
    script_start(&s);
    script_until(&s, ST_BLESSING);
    script_cut(&s);
    script_lose(&s);
    script_answer(&s, ERR_OK);
    script_until(&s, ST_RECORDING_MADE);
    script_answer(&s, ERR_TIMEOUT);
    script_answer(&s, ERR_OK);
    script_until(&s, ST_UNBLESSING);
    script_lose(&s);
    script_film(&s, "blessing unknown -> bless-doubt read-tags vol-1\n"
                    "bless-doubt shown -> formatting mkfs vol-1\n"
                    "formatting ok -> recording-made mark vol-1\n"
                    "recording-made unknown -> record-made-doubt read-tags vol-1\n"
                    "record-made-doubt open -> record-made-doubt sleep\n"
                    "record-made-doubt woke -> recording-made mark vol-1\n"
                    "recording-made ok -> unblessing unmark vol-1\n"
                    "unblessing unknown -> checking fsck vol-1\n");
    CU_ASSERT_EQUAL(script_finish(&s), 0);
}

static void test_a_lost_race_is_followed_by_the_next_volume(void)
{
    const char *first = NULL;

    open_run();
    (void)script_volume(&s, "vol-1", SCRIPT_ZONE);
    (void)script_volume(&s, "vol-2", SCRIPT_ZONE);
    script_start(&s);
    script_until(&s, ST_ATTACHING);
    first = s.fx.volume.text;
    script_hold(script_find(&s, first), "i-9");
    script_cut(&s);
    CU_ASSERT_EQUAL(script_finish(&s), 0);
    script_film(&s, "attaching taken -> listing list\n"
                    "listing free -> attaching attach vol-2\n"
                    "attaching ok -> awaiting-device await-device vol-2\n"
                    "(use vol-2)\n");
}

static void test_a_volume_lost_to_another_is_not_tried_again_while_views_may_be_stale(void)
{
    open_run();
    (void)script_volume(&s, "vol-1", SCRIPT_ZONE);
    script_start(&s);
    script_until(&s, ST_ATTACHING);
    script_cut(&s);
    script_answer(&s, ERR_IN_USE);
    script_answer(&s, ERR_OK);
    script_film(&s, "attaching taken -> listing list\n"
                    "listing hidden -> pausing sleep\n");
    script_until(&s, ST_ATTACHING);
    CU_ASSERT_TRUE(s.now_ms >= SCRIPT_START_MS + 15000);
}

static void test_an_attach_in_doubt_that_was_done_is_found_by_a_look(void)
{
    open_run();
    (void)script_volume(&s, "vol-1", SCRIPT_ZONE);
    script_start(&s);
    script_until(&s, ST_ATTACHING);
    script_cut(&s);
    script_lose(&s);
    CU_ASSERT_EQUAL(script_finish(&s), 0);
    script_film(&s, "attaching unknown -> attach-doubt read-volume vol-1\n"
                    "attach-doubt mine -> awaiting-device await-device vol-1\n"
                    "(use vol-1)\n");
}

static void test_an_attach_in_doubt_is_given_up_when_it_can_no_longer_land(void)
{
    open_run();
    (void)script_volume(&s, "vol-1", SCRIPT_ZONE);
    script_start(&s);
    script_until(&s, ST_ATTACHING);
    script_answer(&s, ERR_UNKNOWN);
    script_until(&s, ST_LISTING);
    CU_ASSERT_TRUE(s.now_ms >= SCRIPT_START_MS + 75000 + 30000);
    CU_ASSERT_EQUAL(script_finish(&s), 0);
}

static void test_a_movers_own_makes_a_local_let_go(void)
{
    open_run();
    (void)script_volume(&s, "vol-1", SCRIPT_ZONE);
    script_start(&s);
    script_until(&s, ST_JUDGING);
    script_flag(&s, script_find(&s, "vol-1"), "i-9", true, 60000);
    script_cut(&s);
    script_until(&s, ST_LISTING);
    script_film(&s, "judging yield -> yielding detach vol-1\n"
                    "yielding ok -> listing list\n");
    CU_ASSERT_EQUAL(script_find(&s, "vol-1")->volume.state, VOL_AVAILABLE);
}

static void test_a_movers_want_is_waited_for_when_nothing_else_is_free(void)
{
    struct staged *v = NULL;

    open_run();
    v = script_volume(&s, "vol-1", SCRIPT_ZONE);
    script_start(&s);
    script_until(&s, ST_JUDGING);
    script_flag(&s, v, "i-9", false, 60000);
    script_cut(&s);
    for (int i = 0; i < 3; i++) {
        script_answer(&s, ERR_OK);
    }
    v->volume.flag_count = 0;
    script_until(&s, ST_PROBING);
    script_film(&s, "judging patience -> judging sleep\n"
                    "judging woke -> judging read-tags vol-1\n"
                    "judging patience -> judging sleep\n"
                    "judging woke -> judging read-tags vol-1\n"
                    "judging mine -> probing probe vol-1\n");
    v->volume.flag_count = 0;
    CU_ASSERT_EQUAL(script_finish(&s), 0);
}

static void test_a_movers_want_sends_a_local_to_another_free_volume(void)
{
    open_run();
    (void)script_volume(&s, "vol-1", SCRIPT_ZONE);
    (void)script_volume(&s, "vol-2", SCRIPT_ZONE);
    script_start(&s);
    script_until(&s, ST_JUDGING);
    script_flag(&s, script_find(&s, s.fx.volume.text), "i-9", false, 60000);
    script_cut(&s);
    CU_ASSERT_EQUAL(script_finish(&s), 0);
    script_film(&s, "judging yield -> yielding detach vol-1\n"
                    "yielding ok -> listing list\n"
                    "listing free -> attaching attach vol-2\n"
                    "attaching ok -> awaiting-device await-device vol-2\n"
                    "(use vol-2)\n");
}

static void test_a_lapsed_claim_stands_in_nobodys_way_and_is_swept(void)
{
    open_run();
    script_flag(&s, script_volume(&s, "vol-1", SCRIPT_ZONE), "i-9", true, 0);
    script_start(&s);
    script_until(&s, ST_TIDYING);
    script_cut(&s);
    CU_ASSERT_EQUAL(script_finish(&s), 0);
    script_film(&s, "tidying sweep -> sweeping read-tags vol-1\n"
                    "sweeping snapshots -> sweep-snapshots list-snapshots vol-1\n"
                    "sweep-snapshots unflag -> sweep-unflagging unmark vol-1\n"
                    "sweep-unflagging ok -> tidying inspect vol-1\n"
                    "tidying relist -> sweep-listing list\n"
                    "sweep-listing clean -> tidying inspect vol-1\n"
                    "(done)\n");
    CU_ASSERT_EQUAL(s.volumes[0].volume.flag_count, 0);
}

static void test_an_own_flag_of_an_earlier_process_is_a_strangers_until_it_lapses(void)
{
    struct staged *v = NULL;

    open_run();
    v = script_volume(&s, "vol-1", SCRIPT_ZONE);
    script_hold(v, SCRIPT_SELF);
    script_flag(&s, v, SCRIPT_SELF, true, 20000);
    script_start(&s);
    script_until(&s, ST_PROBING);
    CU_ASSERT_TRUE(s.now_ms >= SCRIPT_START_MS + 20000 + 30000);
    CU_ASSERT_EQUAL(script_finish(&s), 0);
}

static void test_a_void_volume_that_is_held_is_let_go_and_another_taken(void)
{
    struct staged *v = NULL;

    open_run();
    v = script_volume(&s, "vol-1", SCRIPT_ZONE);
    v->volume.is_void = true;
    script_hold(v, SCRIPT_SELF);
    (void)script_volume(&s, "vol-2", SCRIPT_ZONE);
    CU_ASSERT_EQUAL(script_run(&s), 0);
    CU_ASSERT_STRING_EQUAL(s.host.target_volume.text, "vol-2");
    CU_ASSERT_EQUAL(v->volume.state, VOL_AVAILABLE);
}

static void test_a_device_that_never_comes_is_let_go_after_the_time_for_it(void)
{
    open_run();
    (void)script_volume(&s, "vol-1", SCRIPT_ZONE);
    script_start(&s);
    script_until(&s, ST_AWAITING_DEVICE);
    script_cut(&s);
    for (int i = 0; i < 3; i++) {
        s.now_ms = s.fx.deadline_ms;
        script_answer(&s, ERR_NOT_FOUND);
        script_answer(&s, ERR_OK);
    }
    script_until(&s, ST_LISTING);
    script_film(&s, "awaiting-device open -> device-doubt read-volume vol-1\n"
                    "device-doubt open -> awaiting-device await-device vol-1\n"
                    "awaiting-device open -> device-doubt read-volume vol-1\n"
                    "device-doubt open -> awaiting-device await-device vol-1\n"
                    "awaiting-device open -> device-doubt read-volume vol-1\n"
                    "device-doubt stuck -> yielding detach vol-1\n"
                    "yielding ok -> listing list\n");
}

static void test_an_attachment_that_vanished_sends_the_claim_back_to_the_pool(void)
{
    struct staged *v = NULL;

    open_run();
    v = script_volume(&s, "vol-1", SCRIPT_ZONE);
    script_start(&s);
    script_until(&s, ST_CHECKING);
    script_hold(v, "i-9");
    (void)script_volume(&s, "vol-2", SCRIPT_ZONE);
    s.now_ms += 90000;
    script_cut(&s);
    CU_ASSERT_EQUAL(script_finish(&s), 0);
    script_film(&s, "checking gone -> device-doubt read-volume vol-1\n"
                    "device-doubt lost -> listing list\n"
                    "listing free -> attaching attach vol-2\n"
                    "attaching ok -> awaiting-device await-device vol-2\n"
                    "(use vol-2)\n");
}

static void test_a_second_volume_attached_by_accident_is_given_back(void)
{
    struct staged *v = NULL;

    open_run();
    v = script_volume(&s, "vol-1", SCRIPT_ZONE);
    script_hold(v, SCRIPT_SELF);
    s.host.target_mounted = true;
    s.host.target_volume = v->volume.id;
    v = script_volume(&s, "vol-2", SCRIPT_ZONE);
    script_hold(v, SCRIPT_SELF);
    script_start(&s);
    script_until(&s, ST_TIDYING);
    script_cut(&s);
    CU_ASSERT_EQUAL(script_finish(&s), 0);
    script_film(&s, "tidying extra -> giving-back detach vol-2\n"
                    "giving-back ok -> tidying inspect vol-1\n"
                    "(done)\n");
    CU_ASSERT_EQUAL(v->volume.state, VOL_AVAILABLE);
}

static void test_a_detach_in_doubt_is_waited_for_before_anything_else(void)
{
    open_run();
    (void)script_volume(&s, "vol-1", SCRIPT_ZONE);
    script_start(&s);
    script_until(&s, ST_JUDGING);
    script_flag(&s, script_find(&s, "vol-1"), "i-9", true, 60000);
    script_until(&s, ST_YIELDING);
    script_cut(&s);
    script_answer(&s, ERR_THROTTLED);
    script_answer(&s, ERR_OK);
    script_lose(&s);
    script_until(&s, ST_LISTING);
    script_film(&s, "yielding busy -> yielding sleep\n"
                    "yielding woke -> yielding detach vol-1\n"
                    "yielding unknown -> yield-doubt sleep\n"
                    "yield-doubt woke -> listing list\n");
    CU_ASSERT_TRUE(s.now_ms >= SCRIPT_START_MS + 75000 + 30000);
}

const struct unit_test suite_claim_local[] = {
    UNIT_TEST(test_a_local_claim_without_contention_takes_three_cloud_calls),
    UNIT_TEST(test_a_machine_that_holds_its_volume_asks_once_and_changes_nothing),
    UNIT_TEST(test_a_volume_attached_by_an_earlier_run_is_judged_before_it_is_mounted),
    UNIT_TEST(test_a_bare_blank_gets_its_record_before_its_first_filesystem),
    UNIT_TEST(test_a_recorded_blank_is_formatted_at_once_though_half_made_bytes_are_on_it),
    UNIT_TEST(test_a_filesystem_that_nobody_recorded_is_recorded_before_it_is_mounted),
    UNIT_TEST(test_records_in_doubt_are_read_back_and_written_once_more),
    UNIT_TEST(test_a_lost_race_is_followed_by_the_next_volume),
    UNIT_TEST(test_a_volume_lost_to_another_is_not_tried_again_while_views_may_be_stale),
    UNIT_TEST(test_an_attach_in_doubt_that_was_done_is_found_by_a_look),
    UNIT_TEST(test_an_attach_in_doubt_is_given_up_when_it_can_no_longer_land),
    UNIT_TEST(test_a_movers_own_makes_a_local_let_go),
    UNIT_TEST(test_a_movers_want_is_waited_for_when_nothing_else_is_free),
    UNIT_TEST(test_a_movers_want_sends_a_local_to_another_free_volume),
    UNIT_TEST(test_a_lapsed_claim_stands_in_nobodys_way_and_is_swept),
    UNIT_TEST(test_an_own_flag_of_an_earlier_process_is_a_strangers_until_it_lapses),
    UNIT_TEST(test_a_void_volume_that_is_held_is_let_go_and_another_taken),
    UNIT_TEST(test_a_device_that_never_comes_is_let_go_after_the_time_for_it),
    UNIT_TEST(test_an_attachment_that_vanished_sends_the_claim_back_to_the_pool),
    UNIT_TEST(test_a_second_volume_attached_by_accident_is_given_back),
    UNIT_TEST(test_a_detach_in_doubt_is_waited_for_before_anything_else),
    UNIT_END,
};
