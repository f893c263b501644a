/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_claim_trace.c - films of copies whose mover is gone, and of what lapsed claims left behind.
 *
 * Only a copy whose source is gone, seen twice, may become the head; only one whose source stands
 * may be swept. No film may do both to one copy.
 */
#include "lib/script.h"
#include "unit.h"

#include <string.h>

static struct script s;

static struct staged *open_with_copy(bool source_stands)
{
    struct staged *source = NULL;
    struct staged *v = NULL;

    script_open(&s, GOAL_RUN, NULL);
    source = script_volume(&s, "vol-0", SCRIPT_FAR_ZONE);
    v = script_volume(&s, "vol-1", SCRIPT_ZONE);
    script_copy(v, source);
    if (!source_stands) {
        source->volume.state = VOL_DELETED;
    }
    return v;
}

static void go(enum claim_state state)
{
    script_start(&s);
    script_until(&s, state);
    script_cut(&s);
}

static void test_an_orphan_whose_source_is_gone_is_crowned_and_taken(void)
{
    const struct staged *v = open_with_copy(false);

    CU_ASSERT_EQUAL(script_run(&s), 0);
    script_film(&s, "(opening)\n"
                    "listing orphan -> tracing read-tags vol-1\n"
                    "tracing source -> tracing-source read-volume vol-0\n"
                    "tracing-source gone -> trace-settling sleep\n"
                    "trace-settling woke -> tracing-again read-volume vol-0\n"
                    "tracing-again gone -> tracing-lineage list-lineage\n"
                    "tracing-lineage head -> trace-crowning mark vol-1\n"
                    "trace-crowning ok -> pausing sleep\n"
                    "pausing woke -> listing list\n"
                    "listing free -> attaching attach vol-1\n"
                    "attaching ok -> awaiting-device await-device vol-1\n"
                    "(use vol-1)\n");
    CU_ASSERT_FALSE(v->volume.copy);
    CU_ASSERT_TRUE(s.now_ms >= SCRIPT_START_MS + 15000);
}

static void test_a_copy_whose_source_stands_is_left_alone_and_swept_in_the_end(void)
{
    const struct staged *v = open_with_copy(true);

    (void)script_volume(&s, "vol-2", SCRIPT_ZONE);
    CU_ASSERT_EQUAL(script_run(&s), 0);
    script_film(&s, "(opening)\n"
                    "listing free -> attaching attach vol-2\n"
                    "attaching ok -> awaiting-device await-device vol-2\n"
                    "awaiting-device ok -> judging read-tags vol-2\n"
                    "judging mine -> probing probe vol-2\n"
                    "probing known -> checking fsck vol-2\n"
                    "(mount vol-2)\n"
                    "tidying sweep -> sweeping read-tags vol-1\n"
                    "sweeping source -> sweep-claims read-tags vol-0\n"
                    "sweep-claims clear -> sweep-source read-volume vol-0\n"
                    "sweep-source stands -> sweep-voiding mark vol-1\n"
                    "sweep-voiding ok -> sweep-deleting delete-volume vol-1\n"
                    "sweep-deleting ok -> tidying inspect vol-2\n"
                    "tidying relist -> sweep-listing list\n"
                    "sweep-listing clean -> tidying inspect vol-2\n"
                    "(done)\n");
    CU_ASSERT_EQUAL(v->volume.state, VOL_DELETED);
    CU_ASSERT_EQUAL(s.volumes[0].volume.state, VOL_AVAILABLE);
}

static void test_the_copy_of_a_live_mover_is_left_alone(void)
{
    const struct staged *v = open_with_copy(true);

    script_flag(&s, script_find(&s, "vol-0"), "i-9", true, 600000);
    (void)script_volume(&s, "vol-2", SCRIPT_ZONE);
    go(ST_TIDYING);
    CU_ASSERT_EQUAL(script_finish(&s), 0);
    script_film(&s, "tidying sweep -> sweeping read-tags vol-1\n"
                    "sweeping source -> sweep-claims read-tags vol-0\n"
                    "sweep-claims patience -> tidying inspect vol-2\n"
                    "tidying relist -> sweep-listing list\n"
                    "sweep-listing clean -> tidying inspect vol-2\n"
                    "(done)\n");
    CU_ASSERT_EQUAL(v->volume.state, VOL_AVAILABLE);
    CU_ASSERT_FALSE(v->volume.is_void);
}

static void test_a_copy_held_from_before_a_crash_is_adopted_when_its_source_is_gone(void)
{
    struct staged *v = open_with_copy(false);

    script_hold(v, SCRIPT_SELF);
    CU_ASSERT_EQUAL(script_run(&s), 0);
    script_film(&s, "(opening)\n"
                    "listing held-copy -> tracing read-tags vol-1\n"
                    "tracing source -> tracing-source read-volume vol-0\n"
                    "tracing-source gone -> trace-settling sleep\n"
                    "trace-settling woke -> tracing-again read-volume vol-0\n"
                    "tracing-again gone -> tracing-lineage list-lineage\n"
                    "tracing-lineage head -> trace-crowning mark vol-1\n"
                    "trace-crowning ok -> pausing sleep\n"
                    "pausing woke -> listing list\n"
                    "listing held -> awaiting-device await-device vol-1\n"
                    "(use vol-1)\n");
    CU_ASSERT_FALSE(v->volume.copy);
    CU_ASSERT_STRING_EQUAL(s.host.target_volume.text, "vol-1");
}

static void test_a_copy_held_from_before_a_crash_is_let_go_when_its_source_stands(void)
{
    struct staged *v = open_with_copy(true);

    script_hold(v, SCRIPT_SELF);
    go(ST_TRACING);
    script_until(&s, ST_LISTING);
    script_film(&s, "tracing source -> tracing-source read-volume vol-0\n"
                    "tracing-source leftover -> yielding detach vol-1\n"
                    "yielding ok -> listing list\n");
    CU_ASSERT_EQUAL(v->volume.state, VOL_AVAILABLE);
}

static void test_a_source_that_shows_again_keeps_the_copy_a_copy(void)
{
    struct staged *v = open_with_copy(false);

    go(ST_TRACE_SETTLING);
    s.volumes[0].volume.state = VOL_AVAILABLE;
    script_until(&s, ST_LISTING);
    script_film(&s, "trace-settling woke -> tracing-again read-volume vol-0\n"
                    "tracing-again stands -> listing list\n");
    CU_ASSERT_TRUE(v->volume.copy);
}

static void test_an_orphan_beside_a_ready_volume_of_its_lineage_has_lost(void)
{
    struct staged *v = open_with_copy(false);
    struct staged *head = script_volume(&s, "vol-2", SCRIPT_FAR_ZONE);

    head->volume.lineage = v->volume.lineage;
    script_hold(head, "i-9");
    go(ST_TRACING_LINEAGE);
    script_until(&s, ST_LISTING);
    script_film(&s, "tracing-lineage beaten -> listing list\n");
    CU_ASSERT_TRUE(v->volume.copy);
}

static void test_of_two_orphans_of_one_generation_the_smaller_id_is_the_head(void)
{
    struct staged *v = open_with_copy(false);
    struct staged *twin = script_volume(&s, "vol-2", SCRIPT_ZONE);

    *twin = (struct staged){.volume = v->volume, .content = v->content};
    CU_ASSERT_TRUE(id_set(&twin->volume.id, "vol-2"));
    twin->volume.key = id_key(&twin->volume.id);
    CU_ASSERT_EQUAL(script_run(&s), 0);
    CU_ASSERT_FALSE(v->volume.copy);
    CU_ASSERT_TRUE(twin->volume.copy);
}

static void test_an_orphan_that_vanished_does_not_hold_up_the_run(void)
{
    struct staged *v = open_with_copy(false);

    go(ST_TRACING);
    v->volume.state = VOL_DELETED;
    (void)script_volume(&s, "vol-2", SCRIPT_ZONE);
    CU_ASSERT_EQUAL(script_finish(&s), 0);
    CU_ASSERT_STRING_EQUAL(s.host.target_volume.text, "vol-2");
}

static void test_a_crown_in_doubt_shows_in_the_next_listing(void)
{
    (void)open_with_copy(false);
    go(ST_TRACE_CROWNING);
    script_lose(&s);
    script_film(&s, "trace-crowning unknown -> pausing sleep\n");
    CU_ASSERT_EQUAL(script_finish(&s), 0);
}

static void test_snapshots_of_a_lapsed_claim_go_before_its_flag_and_backups_stay(void)
{
    const struct token lapsed = {.hi = 5, .lo = 5};
    struct staged *v = NULL;

    script_open(&s, GOAL_RUN, NULL);
    v = script_volume(&s, "vol-1", SCRIPT_ZONE);
    script_flag(&s, v, "i-9", true, 0);
    script_snapshot(&s, "snap-left", v, lapsed);
    script_snapshot(&s, "snap-backup", v, (struct token){.hi = 0, .lo = 0});
    go(ST_TIDYING);
    CU_ASSERT_EQUAL(script_finish(&s), 0);
    script_film(&s, "tidying sweep -> sweeping read-tags vol-1\n"
                    "sweeping snapshots -> sweep-snapshots list-snapshots vol-1\n"
                    "sweep-snapshots drop -> sweep-checking read-tags vol-1\n"
                    "sweep-checking clear -> sweep-standing read-volume vol-1\n"
                    "sweep-standing stands -> sweep-dropping delete-snapshot snap-left\n"
                    "sweep-dropping ok -> sweep-settling sleep\n"
                    "sweep-settling woke -> sweep-snapshots list-snapshots vol-1\n"
                    "sweep-snapshots unflag -> sweep-unflagging unmark vol-1\n"
                    "sweep-unflagging ok -> tidying inspect vol-1\n"
                    "tidying relist -> sweep-listing list\n"
                    "sweep-listing clean -> tidying inspect vol-1\n"
                    "(done)\n");
    CU_ASSERT_EQUAL(v->volume.flag_count, 0);
    CU_ASSERT_EQUAL_FATAL(s.snapshots.count, 1);
    CU_ASSERT_STRING_EQUAL(s.snapshots.items[0].id.text, "snap-backup");
}

static void test_a_void_copy_is_deleted_by_whoever_comes(void)
{
    struct staged *v = open_with_copy(false);

    v->volume.is_void = true;
    (void)script_volume(&s, "vol-2", SCRIPT_ZONE);
    go(ST_TIDYING);
    CU_ASSERT_EQUAL(script_finish(&s), 0);
    script_film(&s, "tidying sweep -> sweeping read-tags vol-1\n"
                    "sweeping delete -> sweep-deleting delete-volume vol-1\n"
                    "sweep-deleting ok -> tidying inspect vol-2\n"
                    "tidying relist -> sweep-listing list\n"
                    "sweep-listing clean -> tidying inspect vol-2\n"
                    "(done)\n");
    CU_ASSERT_EQUAL(v->volume.state, VOL_DELETED);
}

static void test_a_quarantined_void_is_a_persons_business(void)
{
    struct staged *v = open_with_copy(false);

    v->volume.is_void = v->volume.quarantined = true;
    (void)script_volume(&s, "vol-2", SCRIPT_ZONE);
    CU_ASSERT_EQUAL(script_run(&s), 0);
    CU_ASSERT_EQUAL(v->volume.state, VOL_AVAILABLE);
}

static void test_a_sweep_that_is_refused_ends_the_tidying_not_the_run(void)
{
    (void)open_with_copy(true);
    (void)script_volume(&s, "vol-2", SCRIPT_ZONE);
    go(ST_SWEEPING);
    script_answer(&s, ERR_DENIED);
    script_until(&s, ST_SWEEP_VOIDING);
    script_answer(&s, ERR_THROTTLED);
    script_answer(&s, ERR_OK);
    script_lose(&s);
    CU_ASSERT_EQUAL(script_finish(&s), 0);
}

const struct unit_test suite_claim_trace[] = {
    UNIT_TEST(test_an_orphan_whose_source_is_gone_is_crowned_and_taken),
    UNIT_TEST(test_a_copy_whose_source_stands_is_left_alone_and_swept_in_the_end),
    UNIT_TEST(test_the_copy_of_a_live_mover_is_left_alone),
    UNIT_TEST(test_a_copy_held_from_before_a_crash_is_adopted_when_its_source_is_gone),
    UNIT_TEST(test_a_copy_held_from_before_a_crash_is_let_go_when_its_source_stands),
    UNIT_TEST(test_a_source_that_shows_again_keeps_the_copy_a_copy),
    UNIT_TEST(test_an_orphan_beside_a_ready_volume_of_its_lineage_has_lost),
    UNIT_TEST(test_of_two_orphans_of_one_generation_the_smaller_id_is_the_head),
    UNIT_TEST(test_an_orphan_that_vanished_does_not_hold_up_the_run),
    UNIT_TEST(test_a_crown_in_doubt_shows_in_the_next_listing),
    UNIT_TEST(test_snapshots_of_a_lapsed_claim_go_before_its_flag_and_backups_stay),
    UNIT_TEST(test_a_void_copy_is_deleted_by_whoever_comes),
    UNIT_TEST(test_a_quarantined_void_is_a_persons_business),
    UNIT_TEST(test_a_sweep_that_is_refused_ends_the_tidying_not_the_run),
    UNIT_END,
};
