/* SPDX-License-Identifier: Apache-2.0 */
/*
 * state.h - a claim's configuration, the machine's enums, made from the rows, and its memory.
 *
 * The struct is plain memory: copyable, comparable, hashable. Its members belong to src/claim;
 * nobody else may write them.
 */
#pragma once

#include "claim/effect.h"
#include "claim/facts.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    SKIPPED_MAX = 8, /* volumes set aside for a while after a lost race */
    COUNTED_MAX = 8, /* copies that one count can tell apart */
    SWEEPS_MAX = 6,  /* leftovers one run looks at */
};

enum claim_goal { GOAL_RUN, GOAL_RELEASE };

enum claim_strategy { STRATEGY_ZONE, STRATEGY_GROUP, STRATEGY_NUMBERED };

/*
 * When a volume may be created: always when none can be had now; only when every volume of the pool
 * is in use by a live holder or claimed; never.
 */
enum claim_create { CREATE_DEFAULT, CREATE_ALWAYS, CREATE_SHORT, CREATE_NEVER };

/* Times are durations in milliseconds. claim_defaults() fills in the design's figures. */
struct claim_config {
    enum claim_strategy strategy;
    enum claim_create create;
    uint32_t create_limit;     /* 0: none */
    uint32_t create_wait_ms;   /* how long to wait for a volume whose holder is going away */
    struct id from_snapshot;   /* what a created volume is restored from; empty: nothing */
    bool create_from_snapshot; /* the port picks the newest snapshot with configured tags */
    bool moves_refused;        /* the service does not close windows for us: no move */
    bool snapshot_on_release;
    uint64_t pool_key;     /* a digest of the pool's tags: two pools on a machine share no token */
    bool drop_snapshot;    /* do not keep the snapshot a finished move was made through */
    uint64_t lock_ms;      /* life of a claim: 180 s */
    uint64_t consensus_ms; /* more than twice the visibility lag: 30 s */
    uint64_t lag_ms;       /* what "every reader sees it" is assumed to take: 15 s */
    uint64_t window_ms;    /* how long after its making a change may still be accepted */
    uint64_t margin_ms;    /* how much earlier the service may already refuse it */
    uint64_t call_ms;      /* how long to wait for one answer of the cloud */
    uint64_t host_ms;      /* how long one host job may take */
    uint64_t device_ms;    /* how long an attached device may take to appear */
    uint64_t stuck_ms;     /* after this long in `attaching`, detach and try another */
    uint64_t deadline_ms;  /* the whole run; 0: none */
};

/* Why a volume is set aside, and until when. */
struct claim_skip {
    uint64_t key;
    uint64_t until_ms;
    bool empty;          /* a copy of it was blank: no data is lost by doing without it */
    uint64_t source_key; /* of a copy whose source stood when it was set aside */
    bool source_seen;    /* ... and stands in this listing */
    bool copy_seen;
    bool yielded; /* we let go of it: a view that still shows it here is stale */
};

/* A copy met in a count: a lineage of its own, unless its source is there as well. */
struct claim_counted {
    uint64_t source_key;
    bool listed; /* in this listing */
    bool twin;   /* it carries the slot that is being counted */
    bool source_listed;
};

/* The volume a phase is about, as far as it must be remembered between steps. */
struct claim_target {
    struct id id;
    struct id source;
    struct uuid lineage;
    struct uuid fs;
    struct token blank;
    uint32_t generation;
    uint32_t slot;
    uint32_t size_gib;
    bool has_fs;
    bool has_blank;
    bool copy;
};

enum claim_state {
    ST_NONE,
#define STATE(id, name, kind, phase) ST_##id,
#include "fsm/states.def"
#undef STATE
    ST_COUNT,
};

enum claim_event {
    EV_NONE,
#define EVENT(id, name, words) EV_##id,
#include "fsm/events.def"
#undef EVENT
    EV_COUNT,
};

enum claim_question {
    Q_NONE,
#define QUESTION(id, effect, name) Q_##id,
#define MAY(question, event)
#include "fsm/questions.def"
#undef MAY
#undef QUESTION
    QUESTION_COUNT,
};

enum claim_action {
    ACT_NONE,
#define ACTION(id, fn, question) ACT_##id,
#include "fsm/actions.def"
#undef ACTION
    ACT_COUNT,
};

enum { SLOT_WORDS = 16, SLOTS_MAX = SLOT_WORDS * 64 };

/* The best volume of a kind that a listing has shown so far; the smallest score wins. */
struct claim_pick {
    struct id id;
    uint64_t score;
    uint64_t created_ms;
    bool failed; /* in `error`: nothing will ever come of it */
    bool found;
};

/* What a listing adds up to, page by page. */
struct claim_survey {
    struct claim_pick near_free;
    struct claim_pick far_free;
    struct claim_pick orphan;
    struct claim_pick held;    /* attached here */
    struct claim_pick extra;   /* attached here as well, or still */
    struct claim_pick garbage; /* left behind by a lapsed claim */
    uint32_t page;
    uint32_t near_count;   /* free in this zone */
    uint32_t hidden;       /* free, but tried a moment ago */
    uint32_t coming;       /* about to come free */
    uint32_t unsure;       /* free as it seems, its tags missing from the answer */
    uint32_t blocked;      /* data that exists and cannot be had */
    uint32_t heads;        /* lineages that exist */
    uint32_t others_first; /* created before the one being counted */
    uint32_t twins_first;  /* the same, with its slot */
    uint32_t uncounted;    /* copies beyond those that a count can tell apart */
    bool counted_self;
    bool self_void;
    bool held_leaving;
    bool held_elsewhere; /* a volume of the pool is mounted, but not at the target */
    bool target_seen;    /* the volume mounted at the target is in the listing */
    bool rival_ready;    /* another head of the lineage */
    uint64_t slots[SLOT_WORDS];
};

/* A move in progress: from the own flag on the source to the commit. */
struct claim_move {
    struct claim_target source;
    struct id copy;
    struct id rival; /* copy of an earlier claim that is being voided */
    struct id snapshot;
    struct id doomed_snapshot; /* of an earlier claim, or a double of ours */
    uint32_t attempt;          /* names the snapshot, with the token */
    uint32_t copy_attempt;     /* names the copy */
    uint64_t expires_ms;       /* the flag's expiry in force: confirmed */
    uint64_t asked_expires_ms; /* the expiry the last flag write asked for */
    uint64_t flag_closed_ms;   /* the last flag write's window is closed, and its effect visible */
    uint64_t older_window_ms;  /* the same, before the write under way */
    uint64_t flag_window_ms;   /* the last flag write cannot land after this */
    uint64_t overlap_ms;       /* an older flag write may land, over the last one, until this */
    uint64_t settled_ms;       /* own flag known to be written since */
    uint64_t void_seen_ms;     /* the last void was read back then; 0: none was needed */
    uint64_t snapshot_closed_ms; /* no snapshot request of ours can land later */
    uint64_t attach_closed_ms;
    uint64_t copy_closed_ms;   /* a creation that succeeded is visible since */
    uint64_t commit_closed_ms; /* 0: no commit was sent */
    uint64_t poll_ms;
    bool rivals_listed;
    bool rival_to_read;
    bool snapshots_listed;
    bool doubles_listed;
    bool snapshot_sought; /* a snapshot request is in doubt: look for it by its tags */
    bool snapshot_done;
    bool copy_in_doubt;
    bool copy_born;
    bool copy_attached;
    bool copy_sent; /* an attach was sent */
    bool device_seen;
    bool proved;
    bool copy_blank;
    bool unverified; /* renewed, and an older write may still undo that */
    bool flagged;    /* a flag of ours may be on the source */
    bool flag_own;
    bool own_in_force; /* the flag known to be written owns */
    bool commit_doubt; /* the last commit was not answered */
    bool gave_up;
    bool inherited; /* it overwrites a lapsed flag of this machine, which may mark work left */
    bool dirty;     /* something was left behind: leave the flag as a marker */
    bool detached;
    bool beaten;
    bool freed;
    bool committed;
    uint32_t device_tries;
    uint32_t detach_tries;
    uint32_t waits; /* for a limit of the account */
    uint32_t drops;
};

struct claim {
    struct claim_config cfg;
    struct self self;
    uint64_t self_key;
    uint64_t random;
    struct token token;       /* of this process */
    struct token claim_token; /* of the move under way: never used for two claims */
    uint32_t moves;
    uint8_t state;    /* written by fsm_step() alone */
    uint8_t question; /* what the effect under way was asked for */
    enum claim_goal goal;
    enum fx asked;   /* the effect under way */
    uint64_t now_ms; /* the clock as of this step */
    uint64_t started_ms;
    uint32_t attempt; /* of what is being tried, for back-off */
    uint32_t tries;   /* of a host job */
    uint32_t device_name;
    uint32_t create_number;
    int exit_code; /* of a failure on its way; 0: none */
    enum err last_err;
    const char *reason;
    uint64_t chosen; /* key of the volume under consideration */

    struct claim_survey survey;
    struct claim_counted counted[COUNTED_MAX];
    uint32_t counted_count;
    struct claim_skip skipped[SKIPPED_MAX];
    uint64_t tried[SKIPPED_MAX]; /* keys of volumes an attach was sent for */
    uint32_t tried_count;
    uint64_t present[PRESENT_MAX];     /* keys of what the kernel showed at the start */
    bool present_mounted[PRESENT_MAX]; /* holds for the whole run: it is never let go of */
    bool present_used; /* a listing was judged with it: that it is there says no more */
    uint32_t present_count;
    bool target_mounted;
    struct id target_volume;
    uint32_t looks; /* in a row that could not be relied on */
    uint64_t leaving[LEAVING_MAX];
    uint32_t leaving_count;
    uint64_t short_since_ms; /* nothing was to be had since; 0: something was */
    uint64_t coming_since_ms;

    struct claim_target target;
    uint64_t attach_sent_ms;
    uint64_t window_closed_ms; /* of the last change, its effect visible */
    bool create_in_doubt;      /* a creation was sent and not answered: repeat the very same */
    bool target_flagged;       /* created by us: our own flag is on it */
    bool target_marked;        /* flags of lapsed claims are on it */
    bool target_crowned;       /* we wrote `ready`: a view that says `copy` is stale */
    bool target_held;          /* it was attached here before we asked for it */
    uint64_t target_expires_s; /* of our own flag on it */
    uint64_t target_created_ms;
    struct uuid new_fs;
    struct mark mark; /* the last mark written */
    struct id marked; /* on this volume */

    struct claim_move move;

    struct id extra; /* attachment to give back */
    struct id swept; /* what a lapsed claim left, being looked at */
    bool swept_failed;
    struct id swept_source;
    struct id swept_snapshot;
    struct flag swept_flag;
    uint64_t left_keys[SWEEPS_MAX]; /* looked at, and to be left alone */
    uint32_t left_count;
    uint32_t sweeps;
    bool sweep_again;
};
