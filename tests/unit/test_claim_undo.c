/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_claim_undo.c - films of taking a move back, and of the corners of a move.
 *
 * What could not be undone leaves the flag behind as a marker. No film may touch the source.
 */
#include "lib/script.h"
#include "unit.h"

#include <string.h>

static struct script s;

static struct staged *open_far(void)
{
    struct claim_config cfg;

    claim_defaults(&cfg);
    cfg.strategy = STRATEGY_GROUP;
    script_open(&s, GOAL_RUN, &cfg);
    return script_volume(&s, "vol-1", SCRIPT_FAR_ZONE);
}

static void go(enum claim_state state)
{
    script_start(&s);
    script_until(&s, state);
    script_cut(&s);
}

/* A copy that is not what was expected: the move is undone from its probe on. */
static struct staged *undo_from_probe(void)
{
    struct staged *v = open_far();

    go(ST_COPY_PROBING);
    script_find(&s, "vol-copy2")->content.uuid.bytes[3] = 99;
    script_answer(&s, ERR_OK);
    script_cut(&s);
    return v;
}

static void test_permission_missing_in_a_move_undoes_it_and_ends_the_run(void)
{
    static const enum claim_state states[] = {
        ST_WEIGHING, ST_OWNING,        ST_LISTING_RIVALS, ST_LISTING_SNAPSHOTS, ST_READING_SOURCE,
        ST_COPYING,  ST_AWAITING_COPY, ST_COPY_ATTACHING, ST_AWAITING_SNAPSHOT,
    };

    for (size_t i = 0; i < sizeof states / sizeof states[0]; i++) {
        const struct staged *v = open_far();

        go(states[i]);
        script_answer(&s, ERR_DENIED);
        CU_ASSERT_EQUAL(script_finish(&s), EXIT_DENIED);
        CU_ASSERT_EQUAL(v->volume.state, VOL_AVAILABLE);
        CU_ASSERT_EQUAL(v->volume.flag_count, 0);
        CU_ASSERT_EQUAL(s.snapshots.count, 0);
        CU_ASSERT_TRUE(s.volume_count == 1 || s.volumes[1].volume.state == VOL_DELETED);
    }
}

/* The region may have carried out a double of the refused request; a sweep looks for it. */
static void test_a_refused_snapshot_leaves_the_flag_as_a_marker(void)
{
    const struct staged *v = open_far();

    go(ST_SNAPSHOTTING);
    script_answer(&s, ERR_DENIED);
    CU_ASSERT_EQUAL(script_finish(&s), EXIT_DENIED);
    CU_ASSERT_EQUAL(v->volume.flag_count, 1);
    CU_ASSERT_EQUAL(s.snapshots.count, 0);
}

static void test_an_answer_that_no_retry_mends_undoes_the_move_too(void)
{
    const struct staged *v = open_far();

    go(ST_COPYING);
    script_answer(&s, ERR_INVALID);
    CU_ASSERT_EQUAL(script_finish(&s), EXIT_CONFIG);
    CU_ASSERT_EQUAL(v->volume.flag_count, 0);
}

static void test_a_quota_for_copies_sends_the_mover_back_to_the_pool(void)
{
    (void)open_far();
    go(ST_COPYING);
    script_answer(&s, ERR_LIMIT);
    script_until(&s, ST_BACKING_OFF);
    script_film(&s, "copying limit -> undoing none\n"
                    "undoing drop -> undo-dropping delete-snapshot snap-1\n"
                    "undo-dropping ok -> undoing none\n"
                    "undoing unflag -> undo-unflagging unmark vol-1\n"
                    "undo-unflagging ok -> undoing none\n"
                    "undoing parted -> backing-off sleep\n");
}

static void test_a_copy_that_cannot_be_deleted_leaves_the_flag_as_a_marker(void)
{
    const struct staged *v = undo_from_probe();

    script_until(&s, ST_UNDO_DELETING);
    script_answer(&s, ERR_UNKNOWN);
    script_until(&s, ST_BACKING_OFF);
    script_film(&s, "undoing detach -> undo-detaching detach vol-copy2\n"
                    "undo-detaching ok -> undoing none\n"
                    "undoing open -> undo-freeing read-volume vol-copy2\n"
                    "undo-freeing freed -> undoing none\n"
                    "undoing delete -> undo-deleting delete-volume vol-copy2\n"
                    "undo-deleting unknown -> undoing none\n"
                    "undoing drop -> undo-dropping delete-snapshot snap-1\n"
                    "undo-dropping ok -> undoing none\n"
                    "undoing parted -> backing-off sleep\n");
    CU_ASSERT_EQUAL(v->volume.flag_count, 1);
}

static void test_a_copy_that_may_not_be_detached_leaves_the_flag_as_a_marker(void)
{
    const struct staged *v = undo_from_probe();

    script_answer(&s, ERR_OK);
    script_answer(&s, ERR_DENIED);
    script_until(&s, ST_BACKING_OFF);
    script_film(&s, "undoing detach -> undo-detaching detach vol-copy2\n"
                    "undo-detaching denied -> undoing none\n"
                    "undoing drop -> undo-dropping delete-snapshot snap-1\n"
                    "undo-dropping ok -> undoing none\n"
                    "undoing parted -> backing-off sleep\n");
    CU_ASSERT_EQUAL(v->volume.flag_count, 1);
}

static void test_a_detach_without_effect_is_sent_again_before_the_copy_is_left(void)
{
    const struct staged *v = undo_from_probe();

    script_answer(&s, ERR_OK);
    for (int i = 0; s.claim.state != ST_BACKING_OFF && i < 1000; i++) {
        script_answer(&s, s.fx.kind == FX_DETACH ? ERR_UNKNOWN : ERR_OK);
    }
    CU_ASSERT_EQUAL(s.claim.state, ST_BACKING_OFF);
    CU_ASSERT_EQUAL(script_find(&s, "vol-copy2")->volume.state, VOL_IN_USE);
    CU_ASSERT_EQUAL(v->volume.flag_count, 1);
}

static void test_a_snapshot_that_is_in_use_leaves_the_flag_as_a_marker(void)
{
    const struct staged *v = undo_from_probe();

    script_until(&s, ST_UNDO_DROPPING);
    script_answer(&s, ERR_THROTTLED);
    script_answer(&s, ERR_OK);
    script_answer(&s, ERR_IN_USE);
    script_until(&s, ST_BACKING_OFF);
    CU_ASSERT_EQUAL(v->volume.flag_count, 1);
    CU_ASSERT_EQUAL(s.snapshots.count, 1);
}

static void test_a_source_that_vanished_keeps_copy_and_snapshot(void)
{
    struct staged *v = open_far();

    go(ST_READING_SOURCE);
    v->volume.state = VOL_DELETED;
    script_until(&s, ST_BACKING_OFF);
    script_film(&s, "reading-source gone -> undoing none\n"
                    "undoing parted -> backing-off sleep\n");
    CU_ASSERT_EQUAL(s.snapshots.count, 1);
}

static void test_the_next_device_name_is_tried_for_a_copy_too(void)
{
    (void)open_far();
    go(ST_COPY_ATTACHING);
    script_answer(&s, ERR_NAME_TAKEN);
    CU_ASSERT_EQUAL(s.fx.device_name, 1);
    CU_ASSERT_EQUAL(script_finish(&s), 0);
}

static void test_a_spent_token_of_a_copy_has_its_volume_voided_before_the_next(void)
{
    struct staged *old = NULL;

    (void)open_far();
    go(ST_COPYING);
    script_lose(&s);
    old = script_find(&s, "vol-copy2");
    script_until(&s, ST_COPYING);
    old->made_by = (struct token){.hi = 1, .lo = 99};
    script_answer(&s, ERR_MISMATCH);
    CU_ASSERT_EQUAL(script_finish(&s), 0);
    CU_ASSERT_TRUE(old->volume.is_void);
    CU_ASSERT_STRING_EQUAL(s.host.target_volume.text, "vol-copy3");
}

static void test_lineages_are_read_to_their_last_page(void)
{
    struct staged *v = open_far();
    struct staged *old = script_volume(&s, "vol-old", SCRIPT_ZONE);

    script_copy(old, v);
    old->volume.is_void = true;
    s.page_size = 1;
    go(ST_LISTING_RIVALS);
    script_until(&s, ST_LISTING_SNAPSHOTS);
    script_film(&s, "listing-rivals more -> listing-rivals list-lineage\n"
                    "listing-rivals ok -> moving none\n"
                    "moving snapshots -> listing-snapshots list-snapshots vol-1\n");
    script_until(&s, ST_COMMITTING);
    script_lose(&s);
    script_until(&s, ST_COMMIT_LINEAGE);
    script_cut(&s);
    script_until(&s, ST_CROWNING);
    CU_ASSERT_EQUAL(script_finish(&s), 0);
}

const struct unit_test suite_claim_undo[] = {
    UNIT_TEST(test_permission_missing_in_a_move_undoes_it_and_ends_the_run),
    UNIT_TEST(test_a_refused_snapshot_leaves_the_flag_as_a_marker),
    UNIT_TEST(test_an_answer_that_no_retry_mends_undoes_the_move_too),
    UNIT_TEST(test_a_quota_for_copies_sends_the_mover_back_to_the_pool),
    UNIT_TEST(test_a_copy_that_cannot_be_deleted_leaves_the_flag_as_a_marker),
    UNIT_TEST(test_a_copy_that_may_not_be_detached_leaves_the_flag_as_a_marker),
    UNIT_TEST(test_a_detach_without_effect_is_sent_again_before_the_copy_is_left),
    UNIT_TEST(test_a_snapshot_that_is_in_use_leaves_the_flag_as_a_marker),
    UNIT_TEST(test_a_source_that_vanished_keeps_copy_and_snapshot),
    UNIT_TEST(test_the_next_device_name_is_tried_for_a_copy_too),
    UNIT_TEST(test_a_spent_token_of_a_copy_has_its_volume_voided_before_the_next),
    UNIT_TEST(test_lineages_are_read_to_their_last_page),
    UNIT_END,
};
