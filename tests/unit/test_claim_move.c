/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_claim_move.c - films of a move: want, wait, own, snapshot, copy, commit, and its doubts.
 *
 * What the commit may have done decides everything after it, so each answer to it has a film. No
 * film may rely on how long a real snapshot takes.
 */
#include "lib/script.h"
#include "unit.h"

#include <string.h>

static struct script s;

/* A volume in the other zone, strategy group. */
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

static const struct staged *copy(void)
{
    const struct staged *v = script_find(&s, "vol-copy2");

    CU_ASSERT_PTR_NOT_NULL_FATAL(v);
    return v;
}

static void test_a_move_goes_from_want_to_ready(void)
{
    const struct staged *source = open_far();

    CU_ASSERT_EQUAL(script_run(&s), 0);
    script_film(&s, "(opening)\n"
                    "listing afar -> confirming read-tags vol-1\n"
                    "confirming free -> wanting mark vol-1\n"
                    "wanting ok -> settling sleep\n"
                    "settling woke -> weighing read-tags vol-1\n"
                    "weighing alone -> weighing-state read-volume vol-1\n"
                    "weighing-state free -> owning mark vol-1\n"
                    "owning ok -> moving none\n"
                    "moving rivals -> listing-rivals list-lineage\n"
                    "listing-rivals ok -> moving none\n"
                    "moving snapshots -> listing-snapshots list-snapshots vol-1\n"
                    "listing-snapshots ok -> moving none\n"
                    "moving snapshot -> snapshotting create-snapshot vol-1\n"
                    "snapshotting ok -> moving none\n"
                    "moving await-snapshot -> awaiting-snapshot read-snapshot snap-1\n"
                    "awaiting-snapshot open -> move-pausing sleep\n"
                    "move-pausing woke -> moving none\n"
                    "moving await-snapshot -> awaiting-snapshot read-snapshot snap-1\n"
                    "awaiting-snapshot open -> move-pausing sleep\n"
                    "move-pausing woke -> moving none\n"
                    "moving await-snapshot -> awaiting-snapshot read-snapshot snap-1\n"
                    "awaiting-snapshot ok -> moving none\n"
                    "moving make-copy -> reading-source read-volume vol-1\n"
                    "reading-source ok -> copying create-copy vol-1\n"
                    "copying ok -> moving none\n"
                    "moving await-copy -> awaiting-copy read-volume vol-copy2\n"
                    "awaiting-copy ok -> moving none\n"
                    "moving attach -> copy-attaching attach vol-copy2\n"
                    "copy-attaching ok -> moving none\n"
                    "moving device -> copy-device await-device vol-copy2\n"
                    "copy-device ok -> moving none\n"
                    "moving probe -> copy-probing probe vol-copy2\n"
                    "copy-probing ok -> moving none\n"
                    "moving pause -> move-pausing sleep\n"
                    "move-pausing woke -> moving none\n"
                    "moving verify-flag -> renew-doubt read-tags vol-1\n"
                    "renew-doubt shown -> moving none\n"
                    "moving pause -> move-pausing sleep\n"
                    "move-pausing woke -> moving none\n"
                    "moving renew -> renewing mark vol-1\n"
                    "renewing ok -> moving none\n"
                    "moving pause -> move-pausing sleep\n"
                    "move-pausing woke -> moving none\n"
                    "moving snapshots -> listing-snapshots list-snapshots vol-1\n"
                    "listing-snapshots ok -> moving none\n"
                    "moving commit -> committing delete-volume vol-1\n"
                    "committing ok -> crowning mark vol-copy2\n"
                    "crowning ok -> judging read-tags vol-copy2\n"
                    "judging mine -> probing probe vol-copy2\n"
                    "probing known -> checking fsck vol-copy2\n"
                    "(mount vol-copy2)\n"
                    "(done)\n");
    CU_ASSERT_EQUAL(source->volume.state, VOL_DELETED);
    CU_ASSERT_FALSE(copy()->volume.copy);
    CU_ASSERT_EQUAL(copy()->volume.generation, 1);
    CU_ASSERT_TRUE(uuid_same(&copy()->volume.lineage, &source->volume.lineage));
    CU_ASSERT_EQUAL(s.snapshots.count, 1);
}

static void test_the_snapshot_of_a_finished_move_goes_when_it_is_not_to_be_kept(void)
{
    (void)open_far();
    s.claim.cfg.drop_snapshot = true;
    CU_ASSERT_EQUAL(script_run(&s), 0);
    CU_ASSERT_EQUAL(s.snapshots.count, 0);
}

static void test_a_want_is_weighed_one_consensus_wait_after_it_was_answered(void)
{
    (void)open_far();
    go(ST_WEIGHING);
    CU_ASSERT_TRUE(s.now_ms >= SCRIPT_START_MS + 30000);
    CU_ASSERT_TRUE(s.now_ms < SCRIPT_START_MS + 31000);
}

static void test_a_want_in_doubt_counts_from_the_read_that_shows_it(void)
{
    uint64_t shown_ms = 0;

    (void)open_far();
    go(ST_WANTING);
    script_lose(&s);
    s.now_ms += 5000;
    script_answer(&s, ERR_OK);
    shown_ms = s.now_ms;
    script_until(&s, ST_WEIGHING);
    CU_ASSERT_TRUE(s.now_ms >= shown_ms + 30000);
    script_film(&s, "wanting unknown -> want-doubt read-tags vol-1\n"
                    "want-doubt shown -> settling sleep\n"
                    "settling woke -> weighing read-tags vol-1\n");
}

static void test_a_want_that_never_shows_is_given_up(void)
{
    (void)open_far();
    go(ST_WANTING);
    script_answer(&s, ERR_UNKNOWN);
    script_until(&s, ST_LISTING);
    CU_ASSERT_TRUE(s.now_ms >= SCRIPT_START_MS + 75000 + 30000);
    CU_ASSERT_EQUAL(s.volumes[0].volume.flag_count, 0);
}

static void test_a_rivals_own_makes_the_mover_withdraw_and_back_off(void)
{
    struct staged *v = open_far();

    go(ST_SETTLING);
    script_flag(&s, v, "i-9", true, 120000);
    script_until(&s, ST_LISTING);
    script_film(&s, "settling woke -> weighing read-tags vol-1\n"
                    "weighing withdraw -> undoing none\n"
                    "undoing unflag -> undo-unflagging unmark vol-1\n"
                    "undo-unflagging ok -> undoing none\n"
                    "undoing parted -> backing-off sleep\n"
                    "backing-off woke -> listing list\n");
    CU_ASSERT_EQUAL(v->volume.flag_count, 1);
    CU_ASSERT_TRUE(s.now_ms >= SCRIPT_START_MS + 30000 + 60000);
}

static void test_of_two_wants_the_higher_instance_withdraws(void)
{
    struct staged *v = open_far();

    go(ST_SETTLING);
    script_flag(&s, v, "i-1", false, 120000);
    script_until(&s, ST_BACKING_OFF);
    script_film(&s, "settling woke -> weighing read-tags vol-1\n"
                    "weighing withdraw -> undoing none\n"
                    "undoing unflag -> undo-unflagging unmark vol-1\n"
                    "undo-unflagging ok -> undoing none\n"
                    "undoing parted -> backing-off sleep\n");
}

static void test_of_two_wants_the_lower_instance_waits_for_the_other(void)
{
    struct staged *v = open_far();

    go(ST_SETTLING);
    script_flag(&s, v, "i-9", false, 120000);
    script_until(&s, ST_WEIGHING);
    script_answer(&s, ERR_OK);
    v->volume.flag_count = 1;
    script_until(&s, ST_OWNING);
    script_film(&s, "settling woke -> weighing read-tags vol-1\n"
                    "weighing patience -> weighing sleep\n"
                    "weighing woke -> weighing read-tags vol-1\n"
                    "weighing alone -> weighing-state read-volume vol-1\n"
                    "weighing-state free -> owning mark vol-1\n");
}

static void test_a_want_that_waits_too_long_is_withdrawn_too(void)
{
    struct staged *v = open_far();

    go(ST_SETTLING);
    script_flag(&s, v, "i-9", false, 600000);
    script_until(&s, ST_BACKING_OFF);
    CU_ASSERT_TRUE(s.now_ms < SCRIPT_START_MS + 180000);
    CU_ASSERT_EQUAL(v->volume.flag_count, 1);
}

static void test_a_volume_taken_by_a_local_meanwhile_is_left_to_it(void)
{
    struct staged *v = open_far();

    go(ST_SETTLING);
    script_hold(v, "i-9");
    script_until(&s, ST_BACKING_OFF);
    script_film(&s, "settling woke -> weighing read-tags vol-1\n"
                    "weighing alone -> weighing-state read-volume vol-1\n"
                    "weighing-state taken -> undoing none\n"
                    "undoing unflag -> undo-unflagging unmark vol-1\n"
                    "undo-unflagging ok -> undoing none\n"
                    "undoing parted -> backing-off sleep\n");
}

static void test_no_want_is_written_over_a_live_claim_or_many(void)
{
    struct staged *v = open_far();

    go(ST_CONFIRMING);
    script_flag(&s, v, "i-9", false, 60000);
    script_until(&s, ST_LISTING);
    script_film(&s, "confirming taken -> listing list\n");
    v = open_far();
    for (int i = 0; i < 8; i++) {
        const char name[] = {'i', '-', 'x', (char)('0' + i), '\0'};

        script_flag(&s, v, name, false, 0);
    }
    go(ST_CONFIRMING);
    script_until(&s, ST_LISTING);
    script_film(&s, "confirming taken -> listing list\n");
}

static void test_an_own_flag_in_doubt_is_looked_for(void)
{
    (void)open_far();
    go(ST_OWNING);
    script_lose(&s);
    script_until(&s, ST_LISTING_RIVALS);
    script_film(&s, "owning unknown -> own-doubt read-tags vol-1\n"
                    "own-doubt shown -> moving none\n"
                    "moving rivals -> listing-rivals list-lineage\n");
}

static void test_a_renewal_in_doubt_extends_nothing_until_it_shows(void)
{
    uint64_t before_ms = 0;

    (void)open_far();
    go(ST_RENEWING);
    before_ms = s.claim.move.expires_ms;
    script_lose(&s);
    CU_ASSERT_EQUAL(s.claim.move.expires_ms, before_ms);
    script_answer(&s, ERR_OK);
    CU_ASSERT_TRUE(s.claim.move.expires_ms > before_ms);
    CU_ASSERT_EQUAL(script_finish(&s), 0);
}

static void test_a_renewal_is_fenced_by_the_expiry_in_force(void)
{
    (void)open_far();
    go(ST_RENEWING);
    CU_ASSERT_TRUE(s.fx.not_after_ms <= s.claim.move.expires_ms);
    CU_ASSERT_TRUE(s.fx.mark.flag.expires_s * 1000 > s.claim.move.expires_ms);
}

/* One step while the snapshot takes its time; flag writes are answered so. */
static void step_slowly(enum err flags)
{
    if (s.snapshots.count > 0) {
        s.snapshots.items[0].state = SNAP_PENDING;
    }
    script_cut(&s);
    script_answer(&s, s.fx.kind == FX_MARK ? flags : ERR_OK);
}

static void wait_for_snapshot(uint64_t for_ms)
{
    const uint64_t until_ms = s.now_ms + for_ms;

    while (s.now_ms < until_ms && s.claim.state != ST_BACKING_OFF) {
        step_slowly(ERR_OK);
    }
}

static void test_a_claim_is_renewed_for_as_long_as_the_snapshot_takes(void)
{
    (void)open_far();
    go(ST_AWAITING_SNAPSHOT);
    wait_for_snapshot(3600000);
    CU_ASSERT_EQUAL(s.snapshots_made, 1);
    CU_ASSERT_EQUAL(script_finish(&s), 0);
    CU_ASSERT_EQUAL(s.snapshots_made, 1);
}

static void test_a_claim_that_cannot_be_renewed_is_undone_before_it_lapses(void)
{
    struct staged *v = open_far();
    uint64_t expires_ms = 0;

    go(ST_AWAITING_SNAPSHOT);
    expires_ms = v->volume.flags[0].expires_s * 1000;
    while (s.now_ms < expires_ms && s.claim.state != ST_BACKING_OFF) {
        step_slowly(ERR_THROTTLED);
    }
    CU_ASSERT_EQUAL(s.claim.state, ST_BACKING_OFF);
    CU_ASSERT_TRUE(s.now_ms < expires_ms);
    CU_ASSERT_EQUAL(v->volume.state, VOL_AVAILABLE);
    CU_ASSERT_EQUAL(v->volume.flag_count, 0);
    CU_ASSERT_EQUAL(s.snapshots.count, 0);
}

static void test_a_throttled_renewal_is_tried_again_in_time(void)
{
    (void)open_far();
    go(ST_AWAITING_SNAPSHOT);
    for (int i = 0; s.claim.state != ST_RENEWING && i < 200; i++) {
        step_slowly(ERR_OK);
    }
    step_slowly(ERR_THROTTLED);
    wait_for_snapshot(600000);
    CU_ASSERT_EQUAL(s.snapshots_made, 1);
    CU_ASSERT_EQUAL(script_finish(&s), 0);
    CU_ASSERT_EQUAL(s.snapshots_made, 1);
}

static void test_copies_and_snapshots_of_an_earlier_claim_are_cleared_away_first(void)
{
    const struct token earlier = {.hi = 9, .lo = 9};
    struct staged *v = open_far();
    struct staged *old = script_volume(&s, "vol-old", SCRIPT_ZONE);

    script_copy(old, v);
    script_hold(old, "i-9");
    script_snapshot(&s, "snap-old", v, earlier);
    go(ST_LISTING_RIVALS);
    script_until(&s, ST_SNAPSHOTTING);
    script_film(&s, "listing-rivals ok -> moving none\n"
                    "moving void -> voiding mark vol-old\n"
                    "voiding ok -> moving none\n"
                    "moving readback -> reading-void read-tags vol-old\n"
                    "reading-void shown -> moving none\n"
                    "moving rivals -> listing-rivals list-lineage\n"
                    "listing-rivals ok -> moving none\n"
                    "moving snapshots -> listing-snapshots list-snapshots vol-1\n"
                    "listing-snapshots ok -> moving none\n"
                    "moving drop -> dropping-snapshot delete-snapshot snap-old\n"
                    "dropping-snapshot ok -> moving none\n"
                    "moving snapshots -> listing-snapshots list-snapshots vol-1\n"
                    "listing-snapshots ok -> moving none\n"
                    "moving snapshot -> snapshotting create-snapshot vol-1\n");
    CU_ASSERT_TRUE(old->volume.is_void);
    CU_ASSERT_EQUAL(s.snapshots.count, 0);
}

static void test_another_head_of_the_lineage_ends_the_move(void)
{
    struct staged *v = open_far();
    struct staged *other = script_volume(&s, "vol-other", SCRIPT_FAR_ZONE);

    other->volume.lineage = v->volume.lineage;
    script_hold(other, "i-9");
    go(ST_LISTING_RIVALS);
    script_until(&s, ST_BACKING_OFF);
    script_film(&s, "listing-rivals beaten -> undoing none\n"
                    "undoing unflag -> undo-unflagging unmark vol-1\n"
                    "undo-unflagging ok -> undoing none\n"
                    "undoing parted -> backing-off sleep\n");
}

static void test_a_snapshot_in_doubt_is_looked_for_before_another_is_made(void)
{
    (void)open_far();
    go(ST_SNAPSHOTTING);
    script_lose(&s);
    script_until(&s, ST_READING_SOURCE);
    CU_ASSERT_EQUAL(s.snapshots.count, 1);
    CU_ASSERT_EQUAL(script_finish(&s), 0);
}

static void test_a_snapshot_that_was_never_made_is_made_under_the_next_attempt(void)
{
    (void)open_far();
    go(ST_SNAPSHOTTING);
    CU_ASSERT_EQUAL(s.fx.attempt, 0);
    script_answer(&s, ERR_UNKNOWN);
    script_until(&s, ST_SNAPSHOTTING);
    CU_ASSERT_EQUAL(s.fx.attempt, 1);
    CU_ASSERT_EQUAL(script_finish(&s), 0);
}

static void test_a_snapshot_in_error_is_replaced(void)
{
    (void)open_far();
    go(ST_AWAITING_SNAPSHOT);
    s.snapshots.items[0].state = SNAP_ERROR;
    script_until(&s, ST_SNAPSHOTTING);
    CU_ASSERT_EQUAL(s.fx.attempt, 1);
    CU_ASSERT_EQUAL(script_finish(&s), 0);
    CU_ASSERT_EQUAL(s.snapshots.count, 1);
}

static void test_a_copy_in_doubt_is_asked_for_with_the_same_token(void)
{
    struct token token;

    (void)open_far();
    go(ST_COPYING);
    token = s.fx.token;
    script_lose(&s);
    script_until(&s, ST_COPYING);
    CU_ASSERT_TRUE(token_same(token, s.fx.token));
    CU_ASSERT_EQUAL(script_finish(&s), 0);
    CU_ASSERT_EQUAL(s.volume_count, 2);
}

static void test_a_copy_in_error_is_replaced_by_another_of_the_next_attempt(void)
{
    (void)open_far();
    go(ST_AWAITING_COPY);
    script_find(&s, "vol-copy2")->volume.state = VOL_ERROR;
    CU_ASSERT_EQUAL(script_finish(&s), 0);
    CU_ASSERT_STRING_EQUAL(s.host.target_volume.text, "vol-copy3");
}

static void test_the_copys_attach_in_doubt_is_looked_into(void)
{
    (void)open_far();
    go(ST_COPY_ATTACHING);
    script_lose(&s);
    script_until(&s, ST_COPY_DEVICE);
    script_film(&s, "copy-attaching unknown -> copy-attach-doubt read-volume vol-copy2\n"
                    "copy-attach-doubt mine -> moving none\n"
                    "moving device -> copy-device await-device vol-copy2\n");
}

static void test_a_copy_with_another_filesystem_than_recorded_is_never_committed(void)
{
    struct staged *v = open_far();

    go(ST_COPY_PROBING);
    script_find(&s, "vol-copy2")->content.uuid.bytes[3] = 99;
    script_until(&s, ST_BACKING_OFF);
    script_film(&s, "copy-probing spoiled -> undoing none\n"
                    "undoing detach -> undo-detaching detach vol-copy2\n"
                    "undo-detaching ok -> undoing none\n"
                    "undoing open -> undo-freeing read-volume vol-copy2\n"
                    "undo-freeing freed -> undoing none\n"
                    "undoing delete -> undo-deleting delete-volume vol-copy2\n"
                    "undo-deleting ok -> undoing none\n"
                    "undoing drop -> undo-dropping delete-snapshot snap-1\n"
                    "undo-dropping ok -> undoing none\n"
                    "undoing unflag -> undo-unflagging unmark vol-1\n"
                    "undo-unflagging ok -> undoing none\n"
                    "undoing parted -> backing-off sleep\n");
    CU_ASSERT_EQUAL(v->volume.state, VOL_AVAILABLE);
}

static void test_foreign_content_in_the_copy_quarantines_the_source(void)
{
    struct staged *v = open_far();

    go(ST_COPY_PROBING);
    script_find(&s, "vol-copy2")->content.kind = PROBE_FOREIGN;
    CU_ASSERT_EQUAL(script_finish(&s), EXIT_UNSAFE);
    script_film(&s, "copy-probing unsafe -> source-quarantining mark vol-1\n"
                    "source-quarantining ok -> undoing none\n"
                    "undoing detach -> undo-detaching detach vol-copy2\n"
                    "undo-detaching ok -> undoing none\n"
                    "undoing open -> undo-freeing read-volume vol-copy2\n"
                    "undo-freeing freed -> undoing none\n"
                    "undoing delete -> undo-deleting delete-volume vol-copy2\n"
                    "undo-deleting ok -> undoing none\n"
                    "undoing drop -> undo-dropping delete-snapshot snap-1\n"
                    "undo-dropping ok -> undoing none\n"
                    "undoing unflag -> undo-unflagging unmark vol-1\n"
                    "undo-unflagging ok -> undoing none\n"
                    "undoing over -> failed finish 65\n");
    CU_ASSERT_EQUAL(v->volume.state, VOL_AVAILABLE);
    CU_ASSERT_TRUE(v->volume.quarantined);
}

const struct unit_test suite_claim_move[] = {
    UNIT_TEST(test_a_move_goes_from_want_to_ready),
    UNIT_TEST(test_the_snapshot_of_a_finished_move_goes_when_it_is_not_to_be_kept),
    UNIT_TEST(test_a_want_is_weighed_one_consensus_wait_after_it_was_answered),
    UNIT_TEST(test_a_want_in_doubt_counts_from_the_read_that_shows_it),
    UNIT_TEST(test_a_want_that_never_shows_is_given_up),
    UNIT_TEST(test_a_rivals_own_makes_the_mover_withdraw_and_back_off),
    UNIT_TEST(test_of_two_wants_the_higher_instance_withdraws),
    UNIT_TEST(test_of_two_wants_the_lower_instance_waits_for_the_other),
    UNIT_TEST(test_a_want_that_waits_too_long_is_withdrawn_too),
    UNIT_TEST(test_a_volume_taken_by_a_local_meanwhile_is_left_to_it),
    UNIT_TEST(test_no_want_is_written_over_a_live_claim_or_many),
    UNIT_TEST(test_an_own_flag_in_doubt_is_looked_for),
    UNIT_TEST(test_a_renewal_in_doubt_extends_nothing_until_it_shows),
    UNIT_TEST(test_a_renewal_is_fenced_by_the_expiry_in_force),
    UNIT_TEST(test_a_claim_is_renewed_for_as_long_as_the_snapshot_takes),
    UNIT_TEST(test_a_claim_that_cannot_be_renewed_is_undone_before_it_lapses),
    UNIT_TEST(test_a_throttled_renewal_is_tried_again_in_time),
    UNIT_TEST(test_copies_and_snapshots_of_an_earlier_claim_are_cleared_away_first),
    UNIT_TEST(test_another_head_of_the_lineage_ends_the_move),
    UNIT_TEST(test_a_snapshot_in_doubt_is_looked_for_before_another_is_made),
    UNIT_TEST(test_a_snapshot_that_was_never_made_is_made_under_the_next_attempt),
    UNIT_TEST(test_a_snapshot_in_error_is_replaced),
    UNIT_TEST(test_a_copy_in_doubt_is_asked_for_with_the_same_token),
    UNIT_TEST(test_a_copy_in_error_is_replaced_by_another_of_the_next_attempt),
    UNIT_TEST(test_the_copys_attach_in_doubt_is_looked_into),
    UNIT_TEST(test_a_copy_with_another_filesystem_than_recorded_is_never_committed),
    UNIT_TEST(test_foreign_content_in_the_copy_quarantines_the_source),
    UNIT_END,
};
