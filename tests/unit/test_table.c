/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_table.c - the machine's table, walked as data: total, reachable, with ends, without
 * surprises.
 *
 * Nothing here runs an action. A cell that is missing, or that no answer can reach, is named.
 */
#include "claim/table.h"
#include "unit.h"

#include <stdio.h>
#include <string.h>

static bool enters[ST_COUNT][QUESTION_COUNT];

/* Which questions can be under way in which state: those of the actions that lead there. */
static void collect_entries(void)
{
    memset(enters, 0, sizeof enters);
    enters[ST_IDLE][Q_START] = true;
    for (int s = 1; s < ST_COUNT; s++) {
        for (int e = 1; e < EV_COUNT; e++) {
            const struct fsm_cell cell = claim_cells[s][e];

            if (cell.next != ST_NONE) {
                enters[cell.next][claim_action_question((enum claim_action)cell.action)] = true;
            }
        }
    }
}

static bool is_final(int s)
{
    return claim_state_kind((enum claim_state)s) == KIND_FINAL;
}

static bool can_happen(int s, int e)
{
    for (int q = 1; q < QUESTION_COUNT; q++) {
        if (enters[s][q] && claim_may((enum claim_question)q, (enum claim_event)e)) {
            return true;
        }
    }
    return false;
}

static unsigned count_cells(bool missing)
{
    unsigned found = 0;

    for (int s = 1; s < ST_COUNT; s++) {
        for (int e = 1; e < EV_COUNT && !is_final(s); e++) {
            const bool there = claim_cells[s][e].next != ST_NONE;

            if (missing ? can_happen(s, e) && !there : there && !can_happen(s, e)) {
                (void)printf("\n    %s [%s][%s]", missing ? "no cell" : "nothing leads to",
                             claim_state_name((enum claim_state)s),
                             claim_event_name((enum claim_event)e));
                found++;
            }
        }
    }
    return found;
}

static void test_every_answer_that_may_come_has_a_cell(void)
{
    collect_entries();
    CU_ASSERT_EQUAL(count_cells(true), 0);
}

static void test_every_cell_can_be_reached_by_some_answer(void)
{
    collect_entries();
    CU_ASSERT_EQUAL(count_cells(false), 0);
}

static void walk(int from, bool *seen)
{
    seen[from] = true;
    for (int e = 1; e < EV_COUNT; e++) {
        const int next = claim_cells[from][e].next;

        if (next != ST_NONE && !seen[next]) {
            walk(next, seen);
        }
    }
}

static void test_every_state_can_be_reached_from_the_start(void)
{
    bool seen[ST_COUNT] = {false};

    walk(ST_IDLE, seen);
    for (int s = 1; s < ST_COUNT; s++) {
        CU_ASSERT_TRUE(seen[s]);
    }
}

static void test_from_every_state_an_end_can_be_reached(void)
{
    for (int s = 1; s < ST_COUNT; s++) {
        bool seen[ST_COUNT] = {false};

        walk(s, seen);
        CU_ASSERT_TRUE(seen[ST_DONE] || seen[ST_FAILED]);
    }
}

/* A cell is of no final state, and its action ends the run when its next state is final. */
static bool ends_well(int s, int e)
{
    const struct fsm_cell cell = claim_cells[s][e];
    enum claim_question q = Q_END;

    if (cell.next == ST_NONE) {
        return true;
    }
    q = claim_action_question((enum claim_action)cell.action);
    return !is_final(s) && is_final(cell.next) == (q == Q_END);
}

static void test_a_final_state_has_no_exit_and_only_ends_lead_to_it(void)
{
    for (int s = 1; s < ST_COUNT; s++) {
        for (int e = 1; e < EV_COUNT; e++) {
            CU_ASSERT_TRUE(ends_well(s, e));
        }
    }
}

/* Rule 2: after a change in doubt nothing is changed before something was looked at, or waited for.
 */
static bool looks_first(enum claim_action action)
{
    const enum fx kind = claim_question_effect(claim_action_question(action));

    return fx_manner(kind) != FX_CHANGES;
}

/* A quarantine or a backup in doubt keeps nobody from letting go. */
static bool is_excused(int s)
{
    return s == ST_QUARANTINING || s == ST_REL_SNAPSHOTTING;
}

static void test_a_change_in_doubt_is_looked_into_before_the_next_change(void)
{
    for (int s = 1; s < ST_COUNT; s++) {
        const struct fsm_cell cell = claim_cells[s][EV_UNKNOWN];

        if (cell.next != ST_NONE && !is_excused(s)) {
            CU_ASSERT_TRUE(looks_first((enum claim_action)cell.action));
        }
    }
}

static void test_every_question_of_a_change_may_stay_in_doubt(void)
{
    for (int q = 1; q < QUESTION_COUNT; q++) {
        const enum fx kind = claim_question_effect((enum claim_question)q);

        if (fx_port(kind) == FX_PORT_CLOUD && fx_manner(kind) != FX_LOOKS) {
            CU_ASSERT_TRUE(claim_may((enum claim_question)q, EV_UNKNOWN));
            CU_ASSERT_TRUE(claim_may((enum claim_question)q, EV_EXPIRED));
            CU_ASSERT_TRUE(claim_may((enum claim_question)q, EV_DENIED));
        }
    }
}

static void test_names_are_there_and_differ(void)
{
    for (int s = 1; s < ST_COUNT; s++) {
        for (int t = s + 1; t < ST_COUNT; t++) {
            CU_ASSERT_STRING_NOT_EQUAL(claim_state_name((enum claim_state)s),
                                       claim_state_name((enum claim_state)t));
        }
        CU_ASSERT_TRUE(claim_state_phase((enum claim_state)s)[0] != '\0');
    }
    for (int e = 1; e < EV_COUNT; e++) {
        CU_ASSERT_TRUE(claim_event_name((enum claim_event)e)[0] != '\0');
        CU_ASSERT_TRUE(claim_event_words((enum claim_event)e)[0] != '\0');
    }
    CU_ASSERT_STRING_EQUAL(claim_state_name(ST_COUNT), "?");
    CU_ASSERT_STRING_EQUAL(claim_event_name(EV_COUNT), "?");
    CU_ASSERT_STRING_EQUAL(claim_event_words(EV_COUNT), "?");
    CU_ASSERT_STRING_EQUAL(claim_state_phase(ST_COUNT), "?");
    CU_ASSERT_STRING_EQUAL(claim_action_name(ACT_COUNT), "?");
    CU_ASSERT_STRING_EQUAL(claim_question_name(QUESTION_COUNT), "?");
    CU_ASSERT_STRING_EQUAL(fx_name(FX_COUNT), "?");
    CU_ASSERT_STRING_EQUAL(claim_action_name(ACT_LIST), "LIST");
    CU_ASSERT_STRING_EQUAL(claim_question_name(Q_POOL), "pool");
}

static void toy_action(void *subject, void *out)
{
    (void)out;
    ++*(int *)subject;
}

static void test_an_empty_cell_changes_nothing_and_runs_nothing(void)
{
    static const struct fsm_cell cells[3][2] = {[1] = {[1] = {2, 1}}};
    static const fsm_action_fn actions[] = {NULL, toy_action};
    const struct fsm toy = {&cells[0][0], actions, 3, 2, 2};
    uint8_t state = 1;
    int calls = 0;

    CU_ASSERT_FALSE(fsm_step(&toy, &state, 0, &calls, NULL));
    CU_ASSERT_EQUAL(state, 1);
    CU_ASSERT_TRUE(fsm_step(&toy, &state, 1, &calls, NULL));
    CU_ASSERT_EQUAL(state, 2);
    CU_ASSERT_FALSE(fsm_step(&toy, &state, 1, &calls, NULL));
    CU_ASSERT_EQUAL(calls, 1);
}

const struct unit_test suite_table[] = {
    UNIT_TEST(test_every_answer_that_may_come_has_a_cell),
    UNIT_TEST(test_every_cell_can_be_reached_by_some_answer),
    UNIT_TEST(test_every_state_can_be_reached_from_the_start),
    UNIT_TEST(test_from_every_state_an_end_can_be_reached),
    UNIT_TEST(test_a_final_state_has_no_exit_and_only_ends_lead_to_it),
    UNIT_TEST(test_a_change_in_doubt_is_looked_into_before_the_next_change),
    UNIT_TEST(test_every_question_of_a_change_may_stay_in_doubt),
    UNIT_TEST(test_names_are_there_and_differ),
    UNIT_TEST(test_an_empty_cell_changes_nothing_and_runs_nothing),
    UNIT_END,
};
