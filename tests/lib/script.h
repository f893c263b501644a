/* SPDX-License-Identifier: Apache-2.0 */
/*
 * script.h - runs one claim against a small stage, and keeps the film of its steps as text.
 *
 * The stage is a cloud and a host without any lag or fault: it answers every effect at once, as it
 * stands. A test sets it, lets the claim run up to a state, answers single effects otherwise, and
 * compares the film, one line a step: `state event -> state effect object`. It must not know the
 * table: whatever the claim asks for next is answered.
 */
#pragma once

#include "claim/claim.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    STAGE_MAX = 12,       /* volumes on a stage */
    FILM_MAX = 24 * 1024, /* bytes of text */
    SCRIPT_STEPS_MAX = 600,
};

/* The clock's first time in every film. */
#define SCRIPT_START_MS UINT64_C(1700000000000)
/* The instance that acts, and where. */
#define SCRIPT_SELF "i-5"
#define SCRIPT_ZONE "z-a"
#define SCRIPT_FAR_ZONE "z-b"

struct staged {
    struct volume volume;
    struct probe content;
    struct token made_by; /* the creation's token, of what was created here */
};

struct script {
    struct claim claim;
    struct effect fx; /* under way */
    uint64_t now_ms;
    uint32_t cloud_calls;
    uint32_t changes;   /* calls that may change something, of the cloud or of the host's content */
    uint32_t page_size; /* of listings; 0: all on one page */
    struct staged volumes[STAGE_MAX];
    uint32_t volume_count;
    struct snapshot_list snapshots;
    uint32_t snapshots_made;
    struct inspection host; /* target_mounted and target_volume count; the rest is made */
    struct id mounted_elsewhere;
    struct leaving leaving;
    char film[FILM_MAX];
    size_t film_length;
};

/* An empty stage, and a claim that has not started. cfg may be NULL for the defaults. */
void script_open(struct script *s, enum claim_goal goal, const struct claim_config *cfg);

/* Puts an available volume of the pool on the stage, with a filesystem that is recorded. */
struct staged *script_volume(struct script *s, const char *id, const char *zone);
/* Makes it empty; with `recorded` it carries our blank record. */
void script_blank(struct staged *v, bool recorded);
/* Makes it a copy of `source`, one generation on. */
void script_copy(struct staged *v, const struct staged *source);
/* Gives it a holder: this machine for SCRIPT_SELF. */
void script_hold(struct staged *v, const char *instance);
/* Another instance's claim, live for so long from now; 0: long lapsed. */
void script_flag(struct script *s, struct staged *v, const char *instance, bool own,
                 uint64_t live_ms);
/* A snapshot of `source` under this token. */
void script_snapshot(struct script *s, const char *id, const struct staged *source,
                     struct token token);
/* The volume of this id, or NULL. */
struct staged *script_find(struct script *s, const char *id);

/* The first step. */
void script_start(struct script *s);
/* One step: the effect under way is answered as the stage stands, or with this error and nothing
 * done. */
void script_answer(struct script *s, enum err err);
/* One step: the effect is performed, its answer never arrives. */
void script_lose(struct script *s);
/* One step with exactly this answer; `of` and the times are filled in. */
void script_say(struct script *s, struct answer a);
/* Steps as the stage stands until the claim is in `state`; fails the test when it never is. */
void script_until(struct script *s, enum claim_state state);
/* Starts, and steps to the end; gives the exit code. */
int script_run(struct script *s);
/* Steps to the end from where the claim is; gives the exit code. */
int script_finish(struct script *s);

/* Forgets the film so far. */
void script_cut(struct script *s);
/*
 * Fails the test, and shows both, when the film is another one. A line in brackets stands for a
 * scene that many films share: (opening), (mount VOLUME), (use VOLUME), (done).
 */
void script_film(struct script *s, const char *wanted);

/* stage.c: performs the effect under way on the stage and fills in the answer. */
void stage_perform(struct script *s, struct answer *a);
