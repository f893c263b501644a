/* SPDX-License-Identifier: Apache-2.0 */
/*
 * names.c - the rows of the .def files as tables of names and relations.
 *
 * Everything here is made from rows; a fact that is written by hand does not belong here.
 */
#include "claim/act.h"
#include "claim/table.h"

#include <assert.h>

static const char *const state_names[ST_COUNT] = {
    [ST_NONE] = "none",
#define STATE(id, name, kind, phase) [ST_##id] = (name),
#include "fsm/states.def"
#undef STATE
};

static const enum claim_kind state_kinds[ST_COUNT] = {
#define STATE(id, name, kind, phase) [ST_##id] = KIND_##kind,
#include "fsm/states.def"
#undef STATE
};

static const char *const state_phases[ST_COUNT] = {
    [ST_NONE] = "",
#define STATE(id, name, kind, phase) [ST_##id] = #phase,
#include "fsm/states.def"
#undef STATE
};

static const char *const event_names[EV_COUNT] = {
    [EV_NONE] = "none",
#define EVENT(id, name, words) [EV_##id] = (name),
#include "fsm/events.def"
#undef EVENT
};

static const char *const event_words[EV_COUNT] = {
    [EV_NONE] = "",
#define EVENT(id, name, words) [EV_##id] = (words),
#include "fsm/events.def"
#undef EVENT
};

static const char *const question_names[QUESTION_COUNT] = {
    [Q_NONE] = "none",
#define QUESTION(id, effect, name) [Q_##id] = (name),
#define MAY(question, event)
#include "fsm/questions.def"
#undef MAY
#undef QUESTION
};

static const enum fx question_effects[QUESTION_COUNT] = {
#define QUESTION(id, effect, name) [Q_##id] = FX_##effect,
#define MAY(question, event)
#include "fsm/questions.def"
#undef MAY
#undef QUESTION
};

static const bool may[QUESTION_COUNT][EV_COUNT] = {
#define QUESTION(id, effect, name)
#define MAY(question, event) [Q_##question][EV_##event] = true,
#include "fsm/questions.def"
#undef MAY
#undef QUESTION
};

static const char *const action_names[ACT_COUNT] = {
    [ACT_NONE] = "none",
#define ACTION(id, fn, question) [ACT_##id] = #id,
#include "fsm/actions.def"
#undef ACTION
};

static const enum claim_question action_questions[ACT_COUNT] = {
#define ACTION(id, fn, question) [ACT_##id] = Q_##question,
#include "fsm/actions.def"
#undef ACTION
};

static const fsm_action_fn action_fns[ACT_COUNT] = {
#define ACTION(id, fn, question) [ACT_##id] = (fn),
#include "fsm/actions.def"
#undef ACTION
};

const struct fsm claim_fsm = {
    .cells = &claim_cells[0][0],
    .actions = action_fns,
    .state_count = ST_COUNT,
    .event_count = EV_COUNT,
    .action_count = ACT_COUNT,
};

static_assert(ST_COUNT <= UINT8_MAX, "a cell names a state in one byte");
static_assert(EV_COUNT <= UINT8_MAX, "an event is one byte");
static_assert(ACT_COUNT <= UINT8_MAX, "a cell names an action in one byte");

const char *claim_state_name(enum claim_state state)
{
    return state < ST_COUNT ? state_names[state] : "?";
}

const char *claim_event_name(enum claim_event event)
{
    return event < EV_COUNT ? event_names[event] : "?";
}

enum claim_kind claim_state_kind(enum claim_state state)
{
    assert(state < ST_COUNT);
    return state_kinds[state];
}

const char *claim_state_phase(enum claim_state state)
{
    return state < ST_COUNT ? state_phases[state] : "?";
}

const char *claim_event_words(enum claim_event event)
{
    return event < EV_COUNT ? event_words[event] : "?";
}

const char *claim_action_name(enum claim_action action)
{
    return action < ACT_COUNT ? action_names[action] : "?";
}

enum claim_question claim_action_question(enum claim_action action)
{
    assert(action < ACT_COUNT);
    return action_questions[action];
}

const char *claim_question_name(enum claim_question question)
{
    return question < QUESTION_COUNT ? question_names[question] : "?";
}

enum fx claim_question_effect(enum claim_question question)
{
    assert(question < QUESTION_COUNT);
    return question_effects[question];
}

bool claim_may(enum claim_question question, enum claim_event event)
{
    assert(question < QUESTION_COUNT);
    assert(event < EV_COUNT);
    return may[question][event];
}

static const char *const fx_names[FX_COUNT] = {
#define EFFECT(id, name, port, manner) [FX_##id] = (name),
#include "fsm/effects.def"
#undef EFFECT
};

static const enum fx_port fx_ports[FX_COUNT] = {
#define EFFECT(id, name, port, manner) [FX_##id] = FX_PORT_##port,
#include "fsm/effects.def"
#undef EFFECT
};

static const enum fx_manner fx_manners[FX_COUNT] = {
#define EFFECT(id, name, port, manner) [FX_##id] = FX_##manner,
#include "fsm/effects.def"
#undef EFFECT
};

const char *fx_name(enum fx kind)
{
    return kind < FX_COUNT ? fx_names[kind] : "?";
}

enum fx_port fx_port(enum fx kind)
{
    assert(kind < FX_COUNT);
    return fx_ports[kind];
}

enum fx_manner fx_manner(enum fx kind)
{
    assert(kind < FX_COUNT);
    return fx_manners[kind];
}
