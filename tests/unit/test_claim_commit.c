/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_claim_commit.c - films of the one deletion that decides a move, and of every answer to it.
 *
 * Until the source is known to be gone the copy is nothing; from the moment a commit was sent the
 * copy stays until it is known what became of it. No film may delete both.
 */
#include "lib/script.h"
#include "unit.h"

#include <string.h>

static struct script s;

/* Up to the commit: it is under way. */
static struct staged *open_commit(void)
{
    struct claim_config cfg;
    struct staged *v = NULL;

    claim_defaults(&cfg);
    cfg.strategy = STRATEGY_GROUP;
    script_open(&s, GOAL_RUN, &cfg);
    v = script_volume(&s, "vol-1", SCRIPT_FAR_ZONE);
    script_start(&s);
    script_until(&s, ST_COMMITTING);
    script_cut(&s);
    return v;
}

static struct staged *copy(void)
{
    struct staged *v = script_find(&s, "vol-copy2");

    CU_ASSERT_PTR_NOT_NULL_FATAL(v);
    return v;
}

static void test_the_commit_is_sent_under_the_claim_and_not_before_all_is_proved(void)
{
    const struct staged *v = open_commit();

    CU_ASSERT_EQUAL(s.fx.kind, FX_DELETE_VOLUME);
    CU_ASSERT_STRING_EQUAL(s.fx.volume.text, "vol-1");
    CU_ASSERT_TRUE(s.fx.not_after_ms <= s.claim.move.expires_ms);
    CU_ASSERT_TRUE(s.claim.move.proved);
    CU_ASSERT_EQUAL(copy()->volume.state, VOL_IN_USE);
    CU_ASSERT_TRUE(v->volume.flags[0].own);
}

static void test_a_commit_in_doubt_whose_source_is_gone_was_ours(void)
{
    (void)open_commit();
    script_lose(&s);
    CU_ASSERT_EQUAL(script_finish(&s), 0);
    script_film(&s, "committing unknown -> moving none\n"
                    "moving pause -> move-pausing sleep\n"
                    "move-pausing woke -> moving none\n"
                    "moving renew -> renewing mark vol-1\n"
                    "renewing gone -> moving none\n"
                    "moving doubt -> commit-doubt sleep\n"
                    "commit-doubt woke -> commit-source read-volume vol-1\n"
                    "commit-source gone -> commit-settling sleep\n"
                    "commit-settling woke -> commit-source-again read-volume vol-1\n"
                    "commit-source-again gone -> commit-tags read-tags vol-copy2\n"
                    "commit-tags clear -> commit-lineage list-lineage\n"
                    "commit-lineage head -> crowning mark vol-copy2\n"
                    "crowning ok -> judging read-tags vol-copy2\n"
                    "judging mine -> probing probe vol-copy2\n"
                    "probing known -> checking fsck vol-copy2\n"
                    "(mount vol-copy2)\n"
                    "(done)\n");
    CU_ASSERT_FALSE(copy()->volume.copy);
}

static void test_a_commit_in_doubt_waits_for_the_end_of_its_window(void)
{
    uint64_t not_after_ms = 0;

    (void)open_commit();
    not_after_ms = s.fx.not_after_ms;
    script_lose(&s);
    script_until(&s, ST_COMMIT_SOURCE);
    CU_ASSERT_TRUE(s.now_ms >= not_after_ms + 30000);
}

static void test_a_commit_in_doubt_whose_copy_is_void_has_lost(void)
{
    (void)open_commit();
    script_lose(&s);
    copy()->volume.is_void = true;
    script_until(&s, ST_LISTING);
    script_film(&s, "committing unknown -> moving none\n"
                    "moving pause -> move-pausing sleep\n"
                    "move-pausing woke -> moving none\n"
                    "moving renew -> renewing mark vol-1\n"
                    "renewing gone -> moving none\n"
                    "moving doubt -> commit-doubt sleep\n"
                    "commit-doubt woke -> commit-source read-volume vol-1\n"
                    "commit-source gone -> commit-settling sleep\n"
                    "commit-settling woke -> commit-source-again read-volume vol-1\n"
                    "commit-source-again gone -> commit-tags read-tags vol-copy2\n"
                    "commit-tags voided -> undoing none\n"
                    "undoing detach -> undo-detaching detach vol-copy2\n"
                    "undo-detaching ok -> undoing none\n"
                    "undoing open -> undo-freeing read-volume vol-copy2\n"
                    "undo-freeing freed -> undoing none\n"
                    "undoing parted -> backing-off sleep\n"
                    "backing-off woke -> listing list\n");
    CU_ASSERT_TRUE(copy()->volume.copy);
}

static void test_a_commit_in_doubt_beside_a_ready_volume_has_lost(void)
{
    struct staged *v = open_commit();
    struct staged *head = script_volume(&s, "vol-head", SCRIPT_FAR_ZONE);

    head->volume.lineage = v->volume.lineage;
    script_hold(head, "i-9");
    script_lose(&s);
    script_until(&s, ST_LISTING);
    CU_ASSERT_TRUE(copy()->volume.copy);
    CU_ASSERT_EQUAL(head->volume.state, VOL_IN_USE);
}

static void test_a_commit_in_doubt_whose_source_stands_is_undone_or_sent_again(void)
{
    struct staged *v = open_commit();

    script_answer(&s, ERR_UNKNOWN);
    script_until(&s, ST_COMMIT_SOURCE);
    script_answer(&s, ERR_OK);
    script_answer(&s, ERR_OK);
    CU_ASSERT_TRUE(s.claim.state == ST_UNDOING || s.claim.state == ST_COMMITTING ||
                   s.claim.state == ST_RENEWING);
    CU_ASSERT_EQUAL(v->volume.state, VOL_AVAILABLE);
    CU_ASSERT_EQUAL(script_finish(&s), 0);
}

static void test_a_source_in_use_is_committed_when_the_local_has_let_go(void)
{
    struct staged *v = open_commit();

    script_hold(v, "i-9");
    script_answer(&s, ERR_OK);
    script_answer(&s, ERR_OK);
    v->volume.state = VOL_AVAILABLE;
    script_until(&s, ST_CROWNING);
    script_film(&s, "committing taken -> move-pausing sleep\n"
                    "move-pausing woke -> moving none\n"
                    "moving commit -> committing delete-volume vol-1\n"
                    "committing ok -> crowning mark vol-copy2\n");
    CU_ASSERT_EQUAL(v->volume.state, VOL_DELETED);
}

static void test_a_source_that_stays_in_use_ends_the_move_with_both_intact(void)
{
    struct staged *v = open_commit();

    script_hold(v, "i-9");
    script_until(&s, ST_BACKING_OFF);
    CU_ASSERT_EQUAL(v->volume.state, VOL_IN_USE);
    CU_ASSERT_EQUAL(copy()->volume.state, VOL_DELETED);
    CU_ASSERT_EQUAL(v->volume.flag_count, 0);
}

static void test_a_commit_that_finds_the_source_gone_clears_up_whose_it_was(void)
{
    struct staged *v = open_commit();

    v->volume.state = VOL_DELETED;
    CU_ASSERT_EQUAL(script_finish(&s), 0);
    CU_ASSERT_FALSE(copy()->volume.copy);
}

static void test_a_denied_commit_is_waited_for_and_undone(void)
{
    struct staged *v = open_commit();

    script_answer(&s, ERR_DENIED);
    CU_ASSERT_EQUAL(script_finish(&s), EXIT_DENIED);
    CU_ASSERT_EQUAL(v->volume.state, VOL_AVAILABLE);
    CU_ASSERT_EQUAL(copy()->volume.state, VOL_DELETED);
    script_film(&s, "committing denied -> moving none\n"
                    "moving doubt -> commit-doubt sleep\n"
                    "commit-doubt woke -> commit-source read-volume vol-1\n"
                    "commit-source stands -> moving none\n"
                    "moving over -> undoing none\n"
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
                    "undoing over -> failed finish 77\n");
}

static void test_a_broken_answer_to_a_commit_that_landed_is_a_success(void)
{
    struct staged *v = open_commit();

    v->volume.state = VOL_DELETED;
    script_answer(&s, ERR_INVALID);
    CU_ASSERT_EQUAL(script_finish(&s), 0);
    CU_ASSERT_FALSE(copy()->volume.copy);
}

static void test_a_refused_renewal_undoes_nothing_while_a_commit_may_land(void)
{
    struct staged *v = open_commit();

    script_hold(v, "i-9");
    for (int i = 0; s.claim.state != ST_RENEWING && i < 200; i++) {
        script_answer(&s, ERR_OK);
        if (s.claim.state == ST_UNDOING || s.claim.state == ST_COMMIT_DOUBT) {
            return; /* The claim is not renewed any more: nothing to test. */
        }
    }
    script_answer(&s, ERR_DENIED);
    CU_ASSERT_NOT_EQUAL(s.claim.state, ST_UNDOING);
    script_until(&s, ST_COMMIT_DOUBT);
}

static void test_a_crown_in_doubt_is_read_back(void)
{
    (void)open_commit();
    script_answer(&s, ERR_OK);
    script_cut(&s);
    script_lose(&s);
    script_until(&s, ST_JUDGING);
    script_film(&s, "crowning unknown -> crown-doubt read-tags vol-copy2\n"
                    "crown-doubt shown -> judging read-tags vol-copy2\n");
    CU_ASSERT_EQUAL(script_finish(&s), 0);
}

static void test_a_crown_that_was_not_written_is_written_again(void)
{
    (void)open_commit();
    script_answer(&s, ERR_OK);
    script_cut(&s);
    script_answer(&s, ERR_UNKNOWN);
    script_until(&s, ST_JUDGING);
    script_film(&s, "crowning unknown -> crown-doubt read-tags vol-copy2\n"
                    "crown-doubt open -> crown-doubt sleep\n"
                    "crown-doubt woke -> crowning mark vol-copy2\n"
                    "crowning ok -> judging read-tags vol-copy2\n");
    CU_ASSERT_EQUAL(script_finish(&s), 0);
}

const struct unit_test suite_claim_commit[] = {
    UNIT_TEST(test_the_commit_is_sent_under_the_claim_and_not_before_all_is_proved),
    UNIT_TEST(test_a_commit_in_doubt_whose_source_is_gone_was_ours),
    UNIT_TEST(test_a_commit_in_doubt_waits_for_the_end_of_its_window),
    UNIT_TEST(test_a_commit_in_doubt_whose_copy_is_void_has_lost),
    UNIT_TEST(test_a_commit_in_doubt_beside_a_ready_volume_has_lost),
    UNIT_TEST(test_a_commit_in_doubt_whose_source_stands_is_undone_or_sent_again),
    UNIT_TEST(test_a_source_in_use_is_committed_when_the_local_has_let_go),
    UNIT_TEST(test_a_source_that_stays_in_use_ends_the_move_with_both_intact),
    UNIT_TEST(test_a_commit_that_finds_the_source_gone_clears_up_whose_it_was),
    UNIT_TEST(test_a_denied_commit_is_waited_for_and_undone),
    UNIT_TEST(test_a_broken_answer_to_a_commit_that_landed_is_a_success),
    UNIT_TEST(test_a_refused_renewal_undoes_nothing_while_a_commit_may_land),
    UNIT_TEST(test_a_crown_in_doubt_is_read_back),
    UNIT_TEST(test_a_crown_that_was_not_written_is_written_again),
    UNIT_END,
};
