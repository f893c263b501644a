/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_judge.c - what an error means to each question, and what an answer means to those about a
 * volume of one's own.
 *
 * Each judge is asked alone, from facts that are set by hand. Nothing here may step the table.
 */
#include "claim/table.h"
#include "lib/bench.h"
#include "unit.h"

#include <stdio.h>
#include <string.h>

#define NOW_MS BENCH_NOW_MS

static struct claim *const c = &bench.c;
static struct volume *const v = &bench.v;

/* What the class of an error leaves of its meaning, where nothing finer is asked. */
static bool fits(enum claim_question q, enum err e, enum claim_event event)
{
    const enum fx kind = claim_question_effect(q);

    if (fx_port(kind) == FX_PORT_HOST) {
        return event != EV_OK && event != EV_UNKNOWN;
    }
    switch (err_class(e)) {
    case ERR_CLASS_RETRY: return event == EV_BUSY;
    case ERR_CLASS_UNKNOWN: return event == (fx_manner(kind) == FX_LOOKS ? EV_BUSY : EV_UNKNOWN);
    case ERR_CLASS_DENIED: return event == EV_DENIED;
    case ERR_CLASS_NONE:
    case ERR_CLASS_CONFLICT:
    case ERR_CLASS_FATAL: break;
    }
    return event != EV_OK && event != EV_BUSY && event != EV_UNKNOWN;
}

/* A read by id that finds nothing has an answer, not a failure. */
static bool is_failure(enum claim_question q, enum err e)
{
    const enum fx kind = claim_question_effect(q);

    return e != ERR_NOT_FOUND ||
           (kind != FX_READ_VOLUME && kind != FX_READ_TAGS && kind != FX_READ_SNAPSHOT);
}

static void check_error(enum claim_question q, enum err e)
{
    enum claim_event event;

    bench_prepare(q);
    event = bench_ask_error(e);
    if (!claim_may(q, event) || !fits(q, e, event)) {
        (void)printf("\n    %s: %s means %s", claim_question_name(q), err_name(e),
                     claim_event_name(event));
        CU_FAIL("an error with the wrong meaning");
    }
    CU_ASSERT_EQUAL(c->last_err, e);
}

static void test_no_error_is_ever_read_as_success_or_as_certain_when_it_is_not(void)
{
    for (int q = Q_NONE + 1; q < QUESTION_COUNT; q++) {
        const enum fx_port port = fx_port(claim_question_effect((enum claim_question)q));
        const bool fails = port == FX_PORT_CLOUD || port == FX_PORT_HOST;

        for (int e = ERR_OK + 1; fails && e < ERR_COUNT; e++) {
            if (is_failure((enum claim_question)q, (enum err)e)) {
                check_error((enum claim_question)q, (enum err)e);
            }
        }
    }
}

static void test_conflicts_say_by_themselves_what_became_of_a_call(void)
{
    static const struct {
        enum claim_question question;
        enum err err;
        enum claim_event event;
    } rows[] = {
        {Q_ATTACH, ERR_IN_USE, EV_TAKEN},
        {Q_ATTACH, ERR_WRONG_STATE, EV_TAKEN},
        {Q_ATTACH, ERR_NOT_FOUND, EV_GONE},
        {Q_ATTACH, ERR_WRONG_ZONE, EV_WRONG_ZONE},
        {Q_ATTACH, ERR_NAME_TAKEN, EV_NAME_TAKEN},
        {Q_ATTACH, ERR_LIMIT, EV_LIMIT},
        {Q_ATTACH, ERR_EXPIRED, EV_EXPIRED},
        {Q_ATTACH, ERR_MISMATCH, EV_BROKEN},
        {Q_DETACH, ERR_WRONG_STATE, EV_TAKEN},
        {Q_DETACH, ERR_NOT_FOUND, EV_GONE},
        {Q_DELETE, ERR_IN_USE, EV_TAKEN},
        {Q_DELETE, ERR_NOT_FOUND, EV_GONE},
        {Q_COMMIT, ERR_IN_USE, EV_TAKEN},
        {Q_COMMIT, ERR_WRONG_STATE, EV_ODD},
        {Q_COMMIT, ERR_NOT_FOUND, EV_GONE},
        {Q_COMMIT, ERR_EXPIRED, EV_EXPIRED},
        {Q_MARK, ERR_LIMIT, EV_LIMIT},
        {Q_MARK, ERR_IN_USE, EV_BROKEN},
        {Q_CREATE, ERR_MISMATCH, EV_SPENT},
        {Q_CREATE, ERR_NOT_FOUND, EV_BROKEN},
        {Q_MAKE_COPY, ERR_MISMATCH, EV_SPENT},
        {Q_MAKE_COPY, ERR_NOT_FOUND, EV_GONE},
        {Q_SNAPSHOT, ERR_IN_USE, EV_TAKEN},
        {Q_POOL, ERR_NOT_FOUND, EV_BROKEN},
        {Q_CONTENT, ERR_FOREIGN, EV_UNSAFE},
        {Q_CONTENT, ERR_NOT_FOUND, EV_GONE},
        {Q_MKFS, ERR_AMBIGUOUS, EV_UNSAFE},
        {Q_DEVICE, ERR_TIMEOUT, EV_OPEN},
        {Q_DEVICE, ERR_NOT_FOUND, EV_OPEN},
        {Q_MOUNTED, ERR_DENIED, EV_BROKEN},
        {Q_JOB, ERR_UNSUPPORTED, EV_BROKEN},
        {Q_JOB, ERR_CONFIG, EV_BROKEN},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        enum claim_event event;

        bench_prepare(rows[i].question);
        event = bench_ask_error(rows[i].err);
        if (event != rows[i].event) {
            (void)printf("\n    %s: %s", claim_question_name(rows[i].question),
                         err_name(rows[i].err));
        }
        CU_ASSERT_EQUAL(event, rows[i].event);
    }
}

static void test_a_host_job_is_tried_three_times(void)
{
    bench_prepare(Q_JOB);
    CU_ASSERT_EQUAL(bench_ask_error(ERR_IO), EV_BUSY);
    CU_ASSERT_EQUAL(bench_ask_error(ERR_IO), EV_BUSY);
    CU_ASSERT_EQUAL(bench_ask_error(ERR_IO), EV_BROKEN);
}

static void test_a_rest_minds_the_deadline_and_a_wait_does_not(void)
{
    bench_prepare(Q_REST);
    CU_ASSERT_EQUAL(bench_ask_error(ERR_OK), EV_WOKE);
    c->started_ms = NOW_MS - c->cfg.deadline_ms;
    CU_ASSERT_EQUAL(bench_ask_error(ERR_OK), EV_LATE);
    c->cfg.deadline_ms = 0;
    CU_ASSERT_EQUAL(bench_ask_error(ERR_OK), EV_WOKE);
    bench_prepare(Q_WAIT);
    c->started_ms = NOW_MS - c->cfg.deadline_ms;
    CU_ASSERT_EQUAL(bench_ask_error(ERR_OK), EV_WOKE);
}

static void test_an_attach_in_doubt_is_open_until_it_can_no_longer_land(void)
{
    bench_prepare(Q_ATTACHED);
    c->window_closed_ms = NOW_MS + 1;
    CU_ASSERT_EQUAL(bench_ask(), EV_OPEN);
    CU_ASSERT_EQUAL(bench_ask_nothing(), EV_OPEN);
    bench_hold("i-9", ATT_ATTACHED);
    CU_ASSERT_EQUAL(bench_ask(), EV_OPEN);
    c->window_closed_ms = NOW_MS;
    CU_ASSERT_EQUAL(bench_ask(), EV_LOST);
    CU_ASSERT_EQUAL(bench_ask_nothing(), EV_LOST);
    bench_hold("i-5", ATT_DETACHING);
    CU_ASSERT_EQUAL(bench_ask(), EV_LOST);
    bench_hold("i-5", ATT_ATTACHING);
    CU_ASSERT_EQUAL(bench_ask(), EV_MINE);
    bench_hold("i-5", ATT_ATTACHED);
    CU_ASSERT_EQUAL(bench_ask(), EV_MINE);
}

static void test_a_device_may_take_its_time_and_is_then_let_go(void)
{
    bench_prepare(Q_DEVICE_DOUBT);
    bench_hold("i-5", ATT_ATTACHING);
    c->attach_sent_ms = NOW_MS - c->cfg.stuck_ms + 1;
    CU_ASSERT_EQUAL(bench_ask(), EV_OPEN);
    c->attach_sent_ms = NOW_MS - c->cfg.stuck_ms;
    CU_ASSERT_EQUAL(bench_ask(), EV_STUCK);
    bench_hold("i-9", ATT_ATTACHED);
    CU_ASSERT_EQUAL(bench_ask(), EV_LOST);
    CU_ASSERT_EQUAL(bench_ask_nothing(), EV_LOST);
}

static void test_the_verdict_lets_only_an_unclaimed_head_be_mounted(void)
{
    bench_prepare(Q_VERDICT);
    CU_ASSERT_EQUAL(bench_ask(), EV_MINE);
    CU_ASSERT_EQUAL(bench_ask_nothing(), EV_UNSURE);
    v->in_pool = false;
    CU_ASSERT_EQUAL(bench_ask(), EV_UNSURE);
    v->in_pool = true;
    v->is_void = true;
    CU_ASSERT_EQUAL(bench_ask(), EV_VOIDED);
    v->is_void = false;
    v->quarantined = true;
    CU_ASSERT_EQUAL(bench_ask(), EV_VOIDED);
    v->quarantined = false;
    v->copy = true;
    CU_ASSERT_EQUAL(bench_ask(), EV_COPY);
    c->target_crowned = true;
    CU_ASSERT_EQUAL(bench_ask(), EV_UNSURE); /* A view from before we said it is the head. */
}

static void test_the_verdict_yields_to_an_owner_and_waits_for_a_want(void)
{
    bench_prepare(Q_VERDICT);
    bench_flag("i-9", false, NOW_MS + 1000);
    CU_ASSERT_EQUAL(bench_ask(), EV_PATIENCE);
    c->survey.near_count = 2;
    CU_ASSERT_EQUAL(bench_ask(), EV_YIELD);
    bench_flag("i-8", true, NOW_MS + 1000);
    c->survey.near_count = 1;
    CU_ASSERT_EQUAL(bench_ask(), EV_YIELD);
    bench_prepare(Q_VERDICT);
    bench_flag("i-9", true, NOW_MS - 31000);
    CU_ASSERT_EQUAL(bench_ask(), EV_MINE);
    bench_prepare(Q_VERDICT);
    c->survey.near_count = 2;
    bench_flag("i-5", true, NOW_MS + 1000);
    CU_ASSERT_EQUAL(bench_ask(), EV_PATIENCE); /* An earlier process of this machine. */
    v->flags[0].token = c->token;
    CU_ASSERT_EQUAL(bench_ask(), EV_MINE);
}

static void test_content_is_formatted_only_when_blank_and_mounted_only_when_expected(void)
{
    const struct uuid known = {{1}};
    const struct uuid other = {{2}};

    bench_prepare(Q_CONTENT);
    CU_ASSERT_EQUAL(bench_ask_probe(PROBE_BLANK, NULL), EV_BARE);
    CU_ASSERT_EQUAL(bench_ask_probe(PROBE_NOISE, NULL), EV_UNSAFE);
    CU_ASSERT_EQUAL(bench_ask_probe(PROBE_FOREIGN, NULL), EV_UNSAFE);
    CU_ASSERT_EQUAL(bench_ask_probe(PROBE_AMBIGUOUS, NULL), EV_UNSAFE);
    CU_ASSERT_EQUAL(bench_ask_probe(PROBE_NONE, NULL), EV_UNSAFE);
    CU_ASSERT_EQUAL(bench_ask_probe(PROBE_FILESYSTEM, &known), EV_NEW);
    CU_ASSERT_TRUE(uuid_same(&c->new_fs, &known));
    c->target.has_blank = true;
    CU_ASSERT_EQUAL(bench_ask_probe(PROBE_BLANK, NULL), EV_BLANK);
    CU_ASSERT_EQUAL(bench_ask_probe(PROBE_NOISE, NULL), EV_BLANK);
    CU_ASSERT_EQUAL(bench_ask_probe(PROBE_FOREIGN, NULL), EV_UNSAFE);
    c->target.has_fs = true;
    c->target.fs = known;
    CU_ASSERT_EQUAL(bench_ask_probe(PROBE_BLANK, NULL), EV_UNSAFE);
    CU_ASSERT_EQUAL(bench_ask_probe(PROBE_NOISE, NULL), EV_UNSAFE);
    CU_ASSERT_EQUAL(bench_ask_probe(PROBE_FILESYSTEM, &known), EV_KNOWN_BLESSED);
    CU_ASSERT_EQUAL(bench_ask_probe(PROBE_FILESYSTEM, &other), EV_UNSAFE);
    c->target.has_blank = false;
    CU_ASSERT_EQUAL(bench_ask_probe(PROBE_FILESYSTEM, &known), EV_KNOWN);
}

static void test_a_device_that_cannot_be_read_is_read_again_and_never_blank(void)
{
    bench_prepare(Q_CONTENT);
    c->target.has_blank = true;
    CU_ASSERT_EQUAL(bench_ask_probe(PROBE_UNREADABLE, NULL), EV_BUSY);
    CU_ASSERT_EQUAL(bench_ask_probe(PROBE_UNREADABLE, NULL), EV_BUSY);
    CU_ASSERT_EQUAL(bench_ask_probe(PROBE_UNREADABLE, NULL), EV_UNSAFE);
}

static void test_a_blank_of_ours_is_counted_before_its_use_when_there_is_a_limit(void)
{
    bench_prepare(Q_CONTENT);
    c->target.has_blank = true;
    c->target.blank = (struct token){.hi = 4, .lo = 4};
    c->target.lineage = mark_lineage_from(c->target.blank);
    CU_ASSERT_EQUAL(bench_ask_probe(PROBE_BLANK, NULL), EV_BLANK);
    c->cfg.create_limit = 3;
    CU_ASSERT_EQUAL(bench_ask_probe(PROBE_BLANK, NULL), EV_SETTLE);
    c->target.lineage.bytes[0] ^= 1;
    CU_ASSERT_EQUAL(bench_ask_probe(PROBE_BLANK, NULL), EV_BLANK); /* An operator's own. */
}

static void test_a_proof_is_blank_or_it_is_none(void)
{
    bench_prepare(Q_PROOF);
    CU_ASSERT_EQUAL(bench_ask_probe(PROBE_BLANK, NULL), EV_BLANK);
    CU_ASSERT_EQUAL(bench_ask_probe(PROBE_NOISE, NULL), EV_FULL);
    CU_ASSERT_EQUAL(bench_ask_probe(PROBE_UNREADABLE, NULL), EV_FULL);
    CU_ASSERT_EQUAL(bench_ask_probe(PROBE_FILESYSTEM, NULL), EV_FULL);
}

static void test_a_created_volume_is_waited_for_and_a_spent_token_is_told(void)
{
    bench_prepare(Q_BORN);
    c->attach_sent_ms = NOW_MS;
    CU_ASSERT_EQUAL(bench_ask_nothing(), EV_OPEN);
    c->attach_sent_ms = NOW_MS - 60000;
    CU_ASSERT_EQUAL(bench_ask_nothing(), EV_SPENT);
    CU_ASSERT_EQUAL(bench_ask(), EV_MINE);
    v->state = VOL_CREATING;
    CU_ASSERT_EQUAL(bench_ask(), EV_OPEN);
    v->state = VOL_ERROR;
    CU_ASSERT_EQUAL(bench_ask(), EV_SPENT);
    v->state = VOL_DELETING;
    CU_ASSERT_EQUAL(bench_ask(), EV_SPENT);
    bench_hold("i-5", ATT_ATTACHED);
    CU_ASSERT_EQUAL(bench_ask(), EV_HELD);
    bench_hold("i-9", ATT_ATTACHED);
    CU_ASSERT_EQUAL(bench_ask(), EV_SPENT);
    v->state = VOL_AVAILABLE;
    v->is_void = true;
    CU_ASSERT_EQUAL(bench_ask(), EV_SPENT);
}

static void test_a_creation_in_doubt_stays_so_when_the_repeat_is_refused_for_now(void)
{

    bench_prepare(Q_CREATE);
    CU_ASSERT_EQUAL(bench_ask_error(ERR_THROTTLED), EV_BUSY);
    CU_ASSERT_EQUAL(bench_ask_error(ERR_TIMEOUT), EV_UNKNOWN);
    CU_ASSERT_EQUAL(bench_ask_error(ERR_THROTTLED), EV_UNKNOWN);
}

static void test_a_detach_is_over_when_the_volume_is_free_or_somebody_elses(void)
{
    bench_prepare(Q_FREED);
    c->window_closed_ms = NOW_MS + 1;
    CU_ASSERT_EQUAL(bench_ask_nothing(), EV_GONE);
    CU_ASSERT_EQUAL(bench_ask(), EV_FREED);
    bench_hold("i-5", ATT_DETACHING);
    CU_ASSERT_EQUAL(bench_ask(), EV_OPEN);
    c->window_closed_ms = NOW_MS;
    CU_ASSERT_EQUAL(bench_ask(), EV_STILL);
    bench_hold("i-9", ATT_ATTACHED);
    CU_ASSERT_EQUAL(bench_ask(), EV_LOST);
    v->state = VOL_DELETING;
    CU_ASSERT_EQUAL(bench_ask(), EV_GONE);
}

static void test_a_mark_is_shown_when_this_very_value_is_there(void)
{
    bench_prepare(Q_MARK_SHOWN);
    c->marked = c->target.id;
    c->mark = (struct mark){.kind = MARK_FS, .uuid = {{3}}};
    CU_ASSERT_EQUAL(bench_ask_nothing(), EV_OPEN);
    CU_ASSERT_EQUAL(bench_ask(), EV_OPEN);
    v->has_fs = true;
    CU_ASSERT_EQUAL(bench_ask(), EV_OPEN);
    v->fs = c->mark.uuid;
    CU_ASSERT_EQUAL(bench_ask(), EV_SHOWN);
    CU_ASSERT_TRUE(c->target.has_fs && uuid_same(&c->target.fs, &v->fs));
    c->mark = (struct mark){.kind = MARK_BLANK, .token = {3, 3}};
    CU_ASSERT_EQUAL(bench_ask(), EV_OPEN);
    v->has_blank = true;
    v->blank = c->mark.token;
    CU_ASSERT_EQUAL(bench_ask(), EV_SHOWN);
    c->mark.kind = MARK_VOID;
    CU_ASSERT_EQUAL(bench_ask(), EV_OPEN);
    v->is_void = true;
    CU_ASSERT_EQUAL(bench_ask(), EV_SHOWN);
    c->mark.kind = MARK_QUARANTINE;
    CU_ASSERT_EQUAL(bench_ask(), EV_OPEN);
    v->quarantined = true;
    CU_ASSERT_EQUAL(bench_ask(), EV_SHOWN);
    c->mark.kind = MARK_STATE;
    v->copy = true;
    CU_ASSERT_EQUAL(bench_ask(), EV_OPEN);
    v->copy = false;
    CU_ASSERT_EQUAL(bench_ask(), EV_SHOWN);
    c->mark.kind = MARK_SLOT;
    CU_ASSERT_EQUAL(bench_ask(), EV_OPEN);
    v->in_pool = false;
    c->mark.kind = MARK_FS;
    CU_ASSERT_EQUAL(bench_ask(), EV_OPEN);
}

const struct unit_test suite_judge[] = {
    UNIT_TEST(test_no_error_is_ever_read_as_success_or_as_certain_when_it_is_not),
    UNIT_TEST(test_conflicts_say_by_themselves_what_became_of_a_call),
    UNIT_TEST(test_a_host_job_is_tried_three_times),
    UNIT_TEST(test_a_rest_minds_the_deadline_and_a_wait_does_not),
    UNIT_TEST(test_an_attach_in_doubt_is_open_until_it_can_no_longer_land),
    UNIT_TEST(test_a_device_may_take_its_time_and_is_then_let_go),
    UNIT_TEST(test_the_verdict_lets_only_an_unclaimed_head_be_mounted),
    UNIT_TEST(test_the_verdict_yields_to_an_owner_and_waits_for_a_want),
    UNIT_TEST(test_content_is_formatted_only_when_blank_and_mounted_only_when_expected),
    UNIT_TEST(test_a_device_that_cannot_be_read_is_read_again_and_never_blank),
    UNIT_TEST(test_a_blank_of_ours_is_counted_before_its_use_when_there_is_a_limit),
    UNIT_TEST(test_a_proof_is_blank_or_it_is_none),
    UNIT_TEST(test_a_created_volume_is_waited_for_and_a_spent_token_is_told),
    UNIT_TEST(test_a_creation_in_doubt_stays_so_when_the_repeat_is_refused_for_now),
    UNIT_TEST(test_a_detach_is_over_when_the_volume_is_free_or_somebody_elses),
    UNIT_TEST(test_a_mark_is_shown_when_this_very_value_is_there),
    UNIT_END,
};
