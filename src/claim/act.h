/* SPDX-License-Identifier: Apache-2.0 */
/*
 * act.h - what the files of src/claim share: actions, judges, and the small steps both are made of.
 *
 * Private to src/claim: nothing outside may include it. An action writes one effect; a judge turns
 * one answer into facts and an event.
 */
#pragma once

#include "claim/claim.h"
#include "claim/weak.h"

#define ACTION(id, fn, question) void fn(void *claim, void *effect);
#include "fsm/actions.def"
#undef ACTION

enum { LOOKS_MAX = 8 }; /* in a row that could not be relied on, where going on is safe */

/* The meaning of an answer to the question under way; folds its facts into the claim. */
enum claim_event claim_judge(struct claim *c, const struct answer *a);

/* Judges of one phase each, for answers that came without an error. */
enum claim_event judge_self(struct claim *c, const struct answer *a);
enum claim_event judge_inspected(struct claim *c, const struct answer *a);
enum claim_event judge_pool(struct claim *c, const struct answer *a);
enum claim_event judge_leavers(struct claim *c, const struct answer *a);
enum claim_event judge_attached(struct claim *c, const struct answer *a);
enum claim_event judge_device_doubt(struct claim *c, const struct answer *a);
enum claim_event judge_verdict(struct claim *c, const struct answer *a);
enum claim_event judge_freed(struct claim *c, const struct answer *a);
enum claim_event judge_content(struct claim *c, const struct answer *a);
enum claim_event judge_mark_shown(struct claim *c, const struct answer *a);
enum claim_event judge_born(struct claim *c, const struct answer *a);
enum claim_event judge_count(struct claim *c, const struct answer *a);
enum claim_event judge_proof(struct claim *c, const struct answer *a);
enum claim_event judge_trace(struct claim *c, const struct answer *a);
enum claim_event judge_source(struct claim *c, const struct answer *a);
enum claim_event judge_lineage(struct claim *c, const struct answer *a);
enum claim_event judge_movable(struct claim *c, const struct answer *a);
enum claim_event judge_flag_shown(struct claim *c, const struct answer *a);
enum claim_event judge_alone(struct claim *c, const struct answer *a);
enum claim_event judge_still_free(struct claim *c, const struct answer *a);
enum claim_event judge_rivals(struct claim *c, const struct answer *a);
enum claim_event judge_void_shown(struct claim *c, const struct answer *a);
enum claim_event judge_snaps(struct claim *c, const struct answer *a);
enum claim_event judge_snap_state(struct claim *c, const struct answer *a);
enum claim_event judge_source_facts(struct claim *c, const struct answer *a);
enum claim_event judge_copy_born(struct claim *c, const struct answer *a);
enum claim_event judge_copy_attached(struct claim *c, const struct answer *a);
enum claim_event judge_sound(struct claim *c, const struct answer *a);
enum claim_event judge_my_copy(struct claim *c, const struct answer *a);
enum claim_event judge_tidy(struct claim *c, const struct answer *a);
enum claim_event judge_garbage(struct claim *c, const struct answer *a);
enum claim_event judge_sweep(struct claim *c, const struct answer *a);
enum claim_event judge_claims(struct claim *c, const struct answer *a);
enum claim_event judge_lapsed_snaps(struct claim *c, const struct answer *a);
enum claim_event judge_rel_inspect(struct claim *c, const struct answer *a);
enum claim_event judge_made(struct claim *c, const struct answer *a);
enum claim_event judge_rel_member(struct claim *c, const struct answer *a);
enum claim_event judge_rel_pool(struct claim *c, const struct answer *a);
enum claim_event judge_rel_freed(struct claim *c, const struct answer *a);

/* Changes of a move, answered or not: what the facts of the move learn from it. */
void flag_written(struct claim *c);
void flag_refused(struct claim *c);
void move_learn(struct claim *c, const struct answer *a, enum claim_event event);
void undo_learn(struct claim *c, enum claim_event event);

/* What a move, or its undoing, does next, as the facts stand. */
enum claim_event move_next(struct claim *c);
enum claim_event undo_next(struct claim *c);
uint64_t move_flag_due_ms(const struct claim *c);

/* survey.c: a listing, page by page. `date_ms` is the answer's own time. */
void survey_start(struct claim *c);
void survey_fold(struct claim *c, const struct page *page, uint64_t date_ms);
void survey_start_count(struct claim *c);
void survey_fold_count(struct claim *c, const struct page *page);
void survey_fold_garbage(struct claim *c, const struct page *page, uint64_t date_ms);
enum claim_event survey_choice(struct claim *c);

/* pick.c: which of several volumes is tried first. The smaller score wins. */
uint64_t pick_score(const struct claim *c, const struct volume *v);
void pick_offer(struct claim_pick *best, const struct volume *v, uint64_t score);
bool pick_is_better(const struct claim_pick *a, const struct claim_pick *b);

/* skip.c: volumes set aside, volumes tried, volumes the kernel shows. */
#define SKIP_FOR_GOOD UINT64_MAX /* as a time: for the rest of this run */
struct claim_skip *skip_add(struct claim *c, uint64_t key, uint64_t for_ms);
struct claim_skip *skip_find(struct claim *c, uint64_t key);
void tried_add(struct claim *c, uint64_t key);
bool tried_take(struct claim *c, uint64_t key);
bool swept_has(const struct claim *c, uint64_t key);
bool present_has(const struct claim *c, uint64_t key);
bool present_mounted(const struct claim *c, uint64_t key);
void skip_note_source(struct claim *c, uint64_t key);
bool skip_hides_head(const struct claim *c);
bool leaving_has(const struct claim *c, uint64_t key);

/* flags.c: live or lapsed, judged by the time of the answer that carries the flag (rule 8). */
bool flag_is_live(const struct claim *c, const struct flag *f, uint64_t date_ms);
bool flag_is_mine(const struct claim *c, const struct flag *f);
/* How many live flags of others, wants and owns; has_own says whether one of them owns. */
uint32_t flags_foreign(const struct claim *c, const struct volume *v, uint64_t date_ms,
                       bool *has_own);
const struct flag *flags_lapsed(const struct claim *c, const struct volume *v, uint64_t date_ms);

/* backoff.c: the random numbers of a claim, and how long to wait. */
uint64_t random_below(struct claim *c, uint64_t limit);
uint64_t backoff_ms(struct claim *c);
uint64_t poll_ms(struct claim *c);

/* effect_make.c: effects with their deadlines and windows filled in. */
struct effect *fx_read(struct claim *c, void *out, enum fx kind);
struct effect *fx_read_by_id(struct claim *c, void *out, enum fx kind, const struct id *volume);
/* A change that must not be accepted after limit_ms (0: the short window alone). */
struct effect *fx_change(struct claim *c, void *out, enum fx kind, uint64_t limit_ms);
struct effect *fx_change_volume(struct claim *c, void *out, enum fx kind, const struct id *volume);
struct effect *fx_host(struct claim *c, void *out, enum fx kind, const struct id *volume);
void fx_sleep_until(struct claim *c, void *out, uint64_t until_ms);
void fx_ask(struct claim *c, void *out);
void fx_finish(struct claim *c, void *out, int exit_code, const char *reason);
/* Writes c->mark on `volume`. */
struct effect *fx_mark(struct claim *c, void *out, const struct id *volume);
/* A late change of this size cannot land any more after this time, and is visible. */
uint64_t window_closed(const struct claim *c, const struct effect *fx);

/* A blank of ours is counted before it is formatted: the pool has a limit, or slots. */
bool create_must_count(const struct claim *c);
/* Whether a volume with this lineage and blank record was created by one of us. */
bool create_is_ours(const struct uuid *lineage, struct token blank);

/* Copies what tags say of a volume into what is remembered of it. */
void target_from(struct claim_target *t, const struct volume *v);
/* The mark just written is there: draws the consequences. */
void mark_took(struct claim *c);
