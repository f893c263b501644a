/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_judge_move.c - what an answer means to a move, its undoing, a trace, a sweep, a release.
 *
 * Each judge is asked alone, from facts that are set by hand. Nothing here may step the table.
 */
#include "lib/bench.h"
#include "unit.h"

#include <string.h>

#define NOW_MS BENCH_NOW_MS

static struct claim *const c = &bench.c;
static struct volume *const v = &bench.v;

/* A want or an own of this claim is on the source, the volume at hand. */
static void prepare_claimed(enum claim_question question, bool own)
{
    bench_prepare(question);
    c->claim_token = (struct token){.hi = 2, .lo = 2};
    c->move.source.id = v->id;
    c->move.flag_own = own;
    c->move.expires_ms = c->move.asked_expires_ms = NOW_MS + 100000;
    c->move.flag_closed_ms = NOW_MS + 50000;
    bench_flag("i-5", own, c->move.asked_expires_ms);
    v->flags[0].token = c->claim_token;
}

static void be_copy(const char *source)
{
    v->copy = true;
    CU_ASSERT_TRUE(id_set(&v->source, source));
    v->source_key = id_key(&v->source);
}

static void test_a_volume_is_movable_when_nobody_claims_it(void)
{
    bench_prepare(Q_MOVABLE);
    v->generation = 4;
    CU_ASSERT_EQUAL(bench_ask(), EV_FREE);
    CU_ASSERT_EQUAL(c->move.source.generation, 4);
    CU_ASSERT_EQUAL(bench_ask_nothing(), EV_UNSURE);
    bench_flag("i-9", false, NOW_MS + 1000);
    CU_ASSERT_EQUAL(bench_ask(), EV_TAKEN);
    v->flags[0].expires_s -= 60;
    CU_ASSERT_EQUAL(bench_ask(), EV_FREE);
    for (int i = 0; i < 7; i++) {
        bench_flag("i-8", false, 0);
    }
    CU_ASSERT_EQUAL(bench_ask(), EV_TAKEN);
    v->flag_count = 0;
    v->quarantined = true;
    CU_ASSERT_EQUAL(bench_ask(), EV_TAKEN);
    v->in_pool = false;
    CU_ASSERT_EQUAL(bench_ask(), EV_UNSURE);
}

static void test_a_flag_is_shown_when_its_kind_and_expiry_are(void)
{
    prepare_claimed(Q_FLAG_SHOWN, true);
    CU_ASSERT_EQUAL(bench_ask(), EV_SHOWN);
    v->flags[0].own = false;
    CU_ASSERT_EQUAL(bench_ask(), EV_OPEN);
    v->flags[0].own = true;
    v->flags[0].expires_s--;
    CU_ASSERT_EQUAL(bench_ask(), EV_OPEN);
    c->move.flag_closed_ms = NOW_MS;
    CU_ASSERT_EQUAL(bench_ask(), EV_LOST);
    CU_ASSERT_EQUAL(bench_ask_nothing(), EV_LOST);
    c->move.expires_ms = NOW_MS + 65000;
    CU_ASSERT_EQUAL(bench_ask(), EV_LAPSED);
}

static void test_a_claim_is_alone_only_in_a_view_that_shows_it(void)
{
    prepare_claimed(Q_ALONE, false);
    CU_ASSERT_EQUAL(bench_ask(), EV_ALONE);
    CU_ASSERT_EQUAL(bench_ask_nothing(), EV_UNSURE);
    v->flags[0].token.lo++;
    CU_ASSERT_EQUAL(bench_ask(), EV_UNSURE);
    v->flags[0].token.lo--;
    v->copy = true;
    CU_ASSERT_EQUAL(bench_ask(), EV_WITHDRAW);
    v->copy = false;
    bench_flag("i-9", false, NOW_MS + 1000);
    CU_ASSERT_EQUAL(bench_ask(), EV_PATIENCE);
    bench_flag("i-1", false, NOW_MS + 1000);
    CU_ASSERT_EQUAL(bench_ask(), EV_WITHDRAW);
    c->move.expires_ms = NOW_MS + 65000;
    CU_ASSERT_EQUAL(bench_ask(), EV_LAPSED);
}

static void test_a_source_is_still_free_when_it_is_available(void)
{
    prepare_claimed(Q_STILL_FREE, false);
    CU_ASSERT_EQUAL(bench_ask(), EV_FREE);
    CU_ASSERT_EQUAL(bench_ask_nothing(), EV_GONE);
    v->state = VOL_DELETING;
    CU_ASSERT_EQUAL(bench_ask(), EV_GONE);
    bench_hold("i-9", ATT_ATTACHED);
    CU_ASSERT_EQUAL(bench_ask(), EV_TAKEN);
    v->state = VOL_ERROR;
    CU_ASSERT_EQUAL(bench_ask(), EV_TAKEN);
    c->move.expires_ms = NOW_MS + 65000;
    CU_ASSERT_EQUAL(bench_ask(), EV_LAPSED);
}

static void test_rivals_are_the_copies_that_are_not_void(void)
{
    static const struct volume *items[] = {&bench.v};

    bench_prepare(Q_RIVALS);
    CU_ASSERT_TRUE(id_set(&c->move.source.id, "vol-0"));
    v->lineage = c->move.source.lineage;
    CU_ASSERT_EQUAL(bench_ask_page(items, 0, false), EV_OK);
    CU_ASSERT_TRUE(c->move.rivals_listed);
    CU_ASSERT_EQUAL(bench_ask_page(items, 1, true), EV_MORE);
    survey_start(c);
    CU_ASSERT_EQUAL(bench_ask_page(items, 1, false), EV_BEATEN);
    survey_start(c);
    be_copy("vol-0");
    CU_ASSERT_EQUAL(bench_ask_page(items, 1, false), EV_OK);
    CU_ASSERT_FALSE(c->move.rivals_listed);
    CU_ASSERT_TRUE(id_same(&c->move.rival, &v->id));
    survey_start(c);
    v->is_void = true;
    memset(&c->move.rival, 0, sizeof c->move.rival);
    CU_ASSERT_EQUAL(bench_ask_page(items, 1, false), EV_OK);
    CU_ASSERT_TRUE(c->move.rivals_listed);
    survey_start(c);
    v->tags_seen = false;
    CU_ASSERT_EQUAL(bench_ask_page(items, 1, false), EV_UNSURE);
    survey_start(c);
    v->state = VOL_DELETED;
    CU_ASSERT_EQUAL(bench_ask_page(items, 1, false), EV_OK);
}

static void test_a_void_counts_when_it_was_read_back(void)
{
    bench_prepare(Q_VOID_SHOWN);
    c->move.rival = v->id;
    c->move.rival_to_read = true;
    CU_ASSERT_EQUAL(bench_ask(), EV_OPEN);
    CU_ASSERT_FALSE(c->move.rival_to_read);
    v->is_void = true;
    CU_ASSERT_EQUAL(bench_ask(), EV_SHOWN);
    CU_ASSERT_TRUE(id_is_empty(&c->move.rival));
    CU_ASSERT_EQUAL(c->move.void_seen_ms, NOW_MS);
    CU_ASSERT_EQUAL(bench_ask_nothing(), EV_UNSURE);
}

static struct snapshot_list one_snapshot(enum snapshot_state state)
{
    struct snapshot_list list = {.count = 1};

    CU_ASSERT_TRUE(id_set(&list.items[0].id, "snap-1"));
    list.items[0].state = state;
    list.items[0].token = (struct token){.hi = 2, .lo = 2};
    return list;
}

static void test_a_snapshot_is_open_until_it_is_complete_and_spoiled_when_it_failed(void)
{
    struct snapshot_list list = one_snapshot(SNAP_PENDING);

    bench_prepare(Q_SNAP_STATE);
    c->move.snapshot = list.items[0].id;
    c->move.snapshot_closed_ms = NOW_MS + 1;
    CU_ASSERT_EQUAL(bench_ask_snapshots(&list), EV_OPEN);
    CU_ASSERT_EQUAL(bench_ask_nothing(), EV_OPEN);
    list.items[0].state = SNAP_COMPLETED;
    CU_ASSERT_EQUAL(bench_ask_snapshots(&list), EV_OK);
    CU_ASSERT_TRUE(c->move.snapshot_done);
    list.items[0].state = SNAP_ERROR;
    CU_ASSERT_EQUAL(bench_ask_snapshots(&list), EV_SPOILED);
    CU_ASSERT_EQUAL(c->move.attempt, 1);
    c->move.snapshot_closed_ms = NOW_MS;
    CU_ASSERT_EQUAL(bench_ask_nothing(), EV_SPOILED);
    list.count = 0;
    CU_ASSERT_EQUAL(bench_ask_snapshots(&list), EV_SPOILED);
}

static void test_only_a_snapshot_of_this_claim_and_attempt_is_used(void)
{
    struct snapshot_list list = one_snapshot(SNAP_COMPLETED);

    bench_prepare(Q_SNAPS);
    c->claim_token = list.items[0].token;
    CU_ASSERT_EQUAL(bench_ask_snapshots(&list), EV_OK);
    CU_ASSERT_TRUE(id_same(&c->move.snapshot, &list.items[0].id));
    CU_ASSERT_TRUE(id_is_empty(&c->move.doomed_snapshot));
    bench_prepare(Q_SNAPS);
    c->claim_token = list.items[0].token;
    c->move.attempt = 1;
    CU_ASSERT_EQUAL(bench_ask_snapshots(&list), EV_OK);
    CU_ASSERT_TRUE(id_is_empty(&c->move.snapshot));
    CU_ASSERT_TRUE(id_same(&c->move.doomed_snapshot, &list.items[0].id));
    bench_prepare(Q_SNAPS);
    c->move.snapshot_sought = true;
    list.count = 0;
    CU_ASSERT_EQUAL(bench_ask_snapshots(&list), EV_OK);
    CU_ASSERT_FALSE(c->move.snapshot_sought);
    CU_ASSERT_EQUAL(c->move.attempt, 1);
}

static void test_the_sources_size_is_read_before_the_copy_is_made(void)
{
    bench_prepare(Q_SOURCE_FACTS);
    v->size_gib = 12;
    CU_ASSERT_EQUAL(bench_ask(), EV_OK);
    CU_ASSERT_EQUAL(bench_ask_nothing(), EV_GONE);
    v->state = VOL_DELETED;
    CU_ASSERT_EQUAL(bench_ask(), EV_GONE);
}

static void test_a_copy_is_waited_for_and_replaced_when_it_failed(void)
{
    bench_prepare(Q_COPY_BORN);
    c->move.copy = v->id;
    c->move.copy_closed_ms = NOW_MS + 1;
    CU_ASSERT_EQUAL(bench_ask_nothing(), EV_OPEN);
    v->state = VOL_CREATING;
    CU_ASSERT_EQUAL(bench_ask(), EV_OPEN);
    v->state = VOL_AVAILABLE;
    CU_ASSERT_EQUAL(bench_ask(), EV_OK);
    CU_ASSERT_TRUE(c->move.copy_born);
    CU_ASSERT_FALSE(c->move.copy_attached);
    bench_hold("i-5", ATT_ATTACHED);
    CU_ASSERT_EQUAL(bench_ask(), EV_OK);
    CU_ASSERT_TRUE(c->move.copy_attached);
    v->state = VOL_ERROR;
    CU_ASSERT_EQUAL(bench_ask(), EV_SPOILED);
    CU_ASSERT_EQUAL(c->move.copy_attempt, 1);
    CU_ASSERT_TRUE(id_is_empty(&c->move.copy));
    c->move.copy_closed_ms = NOW_MS;
    CU_ASSERT_EQUAL(bench_ask_nothing(), EV_SPOILED);
}

static void test_a_copys_attach_in_doubt_is_open_until_it_can_no_longer_land(void)
{
    bench_prepare(Q_COPY_ATTACHED);
    c->move.copy_sent = true;
    c->move.attach_closed_ms = NOW_MS + 1;
    CU_ASSERT_EQUAL(bench_ask(), EV_OPEN);
    CU_ASSERT_EQUAL(bench_ask_nothing(), EV_OPEN);
    bench_hold("i-5", ATT_ATTACHED);
    CU_ASSERT_EQUAL(bench_ask(), EV_MINE);
    v->state = VOL_AVAILABLE;
    c->move.attach_closed_ms = NOW_MS;
    CU_ASSERT_EQUAL(bench_ask(), EV_LOST);
    CU_ASSERT_FALSE(c->move.copy_sent);
    CU_ASSERT_FALSE(c->move.gave_up);
    CU_ASSERT_EQUAL(bench_ask_nothing(), EV_GONE);
    CU_ASSERT_TRUE(c->move.gave_up);
}

static void test_a_copy_is_sound_when_it_holds_what_the_source_promised(void)
{
    const struct uuid known = {{1}};
    const struct uuid other = {{2}};

    bench_prepare(Q_SOUND);
    CU_ASSERT_EQUAL(bench_ask_probe(PROBE_FILESYSTEM, &other), EV_OK);
    CU_ASSERT_EQUAL(bench_ask_probe(PROBE_BLANK, NULL), EV_SPOILED);
    CU_ASSERT_EQUAL(bench_ask_probe(PROBE_NOISE, NULL), EV_UNSAFE);
    CU_ASSERT_FALSE(c->move.proved);
    c->move.source.has_blank = true;
    CU_ASSERT_EQUAL(bench_ask_probe(PROBE_BLANK, NULL), EV_OK);
    CU_ASSERT_TRUE(c->move.proved);
    CU_ASSERT_EQUAL(bench_ask_probe(PROBE_NOISE, NULL), EV_OK);
    c->move.source.has_fs = true;
    c->move.source.fs = known;
    CU_ASSERT_EQUAL(bench_ask_probe(PROBE_BLANK, NULL), EV_SPOILED);
    CU_ASSERT_EQUAL(bench_ask_probe(PROBE_FILESYSTEM, &known), EV_OK);
    CU_ASSERT_EQUAL(bench_ask_probe(PROBE_FILESYSTEM, &other), EV_SPOILED);
    CU_ASSERT_EQUAL(bench_ask_probe(PROBE_FOREIGN, NULL), EV_UNSAFE);
    CU_ASSERT_EQUAL(bench_ask_probe(PROBE_UNREADABLE, NULL), EV_SPOILED);
    CU_ASSERT_FALSE(c->move.proved);
}

static void test_a_void_copy_of_ours_has_lost(void)
{
    bench_prepare(Q_MY_COPY);
    CU_ASSERT_EQUAL(bench_ask(), EV_CLEAR);
    v->is_void = true;
    CU_ASSERT_EQUAL(bench_ask(), EV_VOIDED);
    v->in_pool = false;
    CU_ASSERT_EQUAL(bench_ask(), EV_UNSURE);
    CU_ASSERT_EQUAL(bench_ask_nothing(), EV_UNSURE);
}

static void test_a_copy_is_traced_by_its_source(void)
{
    bench_prepare(Q_TRACE);
    CU_ASSERT_EQUAL(bench_ask(), EV_READY);
    v->copy = true;
    CU_ASSERT_EQUAL(bench_ask(), EV_VOIDED); /* A copy of nothing. */
    be_copy("vol-0");
    CU_ASSERT_EQUAL(bench_ask(), EV_SOURCE);
    v->is_void = true;
    CU_ASSERT_EQUAL(bench_ask(), EV_VOIDED);
    c->target_held = true;
    CU_ASSERT_EQUAL(bench_ask(), EV_LEFTOVER);
    v->in_pool = false;
    CU_ASSERT_EQUAL(bench_ask(), EV_UNSURE);
}

static void test_a_source_is_gone_when_it_is_not_there_or_being_deleted(void)
{
    bench_prepare(Q_SOURCE);
    CU_ASSERT_EQUAL(bench_ask_nothing(), EV_GONE);
    CU_ASSERT_EQUAL(bench_ask(), EV_STANDS);
    c->target_held = true;
    CU_ASSERT_EQUAL(bench_ask(), EV_LEFTOVER);
    v->state = VOL_DELETING;
    CU_ASSERT_EQUAL(bench_ask(), EV_GONE);
}

static void test_a_copy_is_the_head_when_no_other_is_ready_or_newer(void)
{
    static struct volume other;
    static const struct volume *items[] = {&bench.v, &other};

    bench_prepare(Q_LINEAGE);
    be_copy("vol-0");
    v->generation = 2;
    target_from(&c->target, v);
    other = *v;
    CU_ASSERT_TRUE(id_set(&other.id, "vol-2"));
    other.key = id_key(&other.id);
    other.generation = 1;
    CU_ASSERT_EQUAL(bench_ask_page(items, 1, true), EV_MORE);
    CU_ASSERT_EQUAL(bench_ask_page(items + 1, 1, false), EV_HEAD);
    survey_start(c);
    CU_ASSERT_EQUAL(bench_ask_page(items + 1, 1, false), EV_UNSURE); /* It does not show itself. */
    survey_start(c);
    other.generation = 3;
    CU_ASSERT_EQUAL(bench_ask_page(items, 2, false), EV_BEATEN);
    survey_start(c);
    other.is_void = true;
    CU_ASSERT_EQUAL(bench_ask_page(items, 2, false), EV_HEAD);
    survey_start(c);
    other.is_void = other.copy = false;
    other.generation = 0;
    CU_ASSERT_EQUAL(bench_ask_page(items, 2, false), EV_BEATEN);
    survey_start(c);
    other.state = VOL_ERROR;
    CU_ASSERT_EQUAL(bench_ask_page(items, 2, false), EV_HEAD);
}

static void test_what_was_left_behind_is_swept_as_what_it_is(void)
{
    bench_prepare(Q_SWEEP);
    CU_ASSERT_EQUAL(bench_ask(), EV_CLEAN);
    bench_prepare(Q_SWEEP);
    CU_ASSERT_EQUAL(bench_ask_nothing(), EV_CLEAN);
    bench_prepare(Q_SWEEP);
    bench_flag("i-9", true, NOW_MS - 31000);
    CU_ASSERT_EQUAL(bench_ask(), EV_SNAPSHOTS);
    bench_prepare(Q_SWEEP);
    be_copy("vol-0");
    CU_ASSERT_EQUAL(bench_ask(), EV_SOURCE);
    v->is_void = true;
    CU_ASSERT_EQUAL(bench_ask(), EV_DELETE);
    bench_prepare(Q_SWEEP);
    v->is_void = true;
    CU_ASSERT_EQUAL(bench_ask(), EV_CLEAN); /* It may hold data: void is all that may be said. */
}

static void test_a_live_claim_on_the_source_keeps_its_copies_from_the_sweep(void)
{
    bench_prepare(Q_CLAIMS);
    CU_ASSERT_EQUAL(bench_ask(), EV_CLEAR);
    bench_flag("i-9", true, NOW_MS - 29000);
    CU_ASSERT_EQUAL(bench_ask(), EV_PATIENCE);
    bench_prepare(Q_CLAIMS);
    v->in_pool = false;
    CU_ASSERT_EQUAL(bench_ask(), EV_UNSURE);
}

const struct unit_test suite_judge_move[] = {
    UNIT_TEST(test_a_volume_is_movable_when_nobody_claims_it),
    UNIT_TEST(test_a_flag_is_shown_when_its_kind_and_expiry_are),
    UNIT_TEST(test_a_claim_is_alone_only_in_a_view_that_shows_it),
    UNIT_TEST(test_a_source_is_still_free_when_it_is_available),
    UNIT_TEST(test_rivals_are_the_copies_that_are_not_void),
    UNIT_TEST(test_a_void_counts_when_it_was_read_back),
    UNIT_TEST(test_a_snapshot_is_open_until_it_is_complete_and_spoiled_when_it_failed),
    UNIT_TEST(test_only_a_snapshot_of_this_claim_and_attempt_is_used),
    UNIT_TEST(test_the_sources_size_is_read_before_the_copy_is_made),
    UNIT_TEST(test_a_copy_is_waited_for_and_replaced_when_it_failed),
    UNIT_TEST(test_a_copys_attach_in_doubt_is_open_until_it_can_no_longer_land),
    UNIT_TEST(test_a_copy_is_sound_when_it_holds_what_the_source_promised),
    UNIT_TEST(test_a_void_copy_of_ours_has_lost),
    UNIT_TEST(test_a_copy_is_traced_by_its_source),
    UNIT_TEST(test_a_source_is_gone_when_it_is_not_there_or_being_deleted),
    UNIT_TEST(test_a_copy_is_the_head_when_no_other_is_ready_or_newer),
    UNIT_TEST(test_what_was_left_behind_is_swept_as_what_it_is),
    UNIT_TEST(test_a_live_claim_on_the_source_keeps_its_copies_from_the_sweep),
    UNIT_END,
};
