/* SPDX-License-Identifier: Apache-2.0 */
/*
 * table.h - the table and its rows as data, for the step, the tests, the coverage and the diagrams.
 *
 * It declares and never decides; nothing here may change at run time.
 */
#pragma once

#include "claim/claim.h"
#include "fsm/fsm.h"

enum claim_kind { KIND_START, KIND_NORMAL, KIND_HUB, KIND_FINAL };

extern const struct fsm_cell claim_cells[ST_COUNT][EV_COUNT];
extern const struct fsm claim_fsm;

enum claim_kind claim_state_kind(enum claim_state state);
/* The group a state belongs to in diagrams: "choose", "take", "mount" ... */
const char *claim_state_phase(enum claim_state state);
const char *claim_event_words(enum claim_event event);
const char *claim_action_name(enum claim_action action);
enum claim_question claim_action_question(enum claim_action action);
const char *claim_question_name(enum claim_question question);
enum fx claim_question_effect(enum claim_question question);
/* Whether this event may answer that question. */
bool claim_may(enum claim_question question, enum claim_event event);
