/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check.h - the promises as code that watches: one invariant per file, apart from the models.
 *
 * The world (or an explorer, or a test) reports what really happened; a checker compares it with
 * the ground truth and remembers the first violation in words. A checker reads the models and never
 * writes them; each says in its own file when it goes quiet, and why.
 */
#pragma once

#include "claim/claim.h"
#include "sim/ec2.h"

#include <stdbool.h>
#include <stdint.h>

enum check {
#define CHECK(id, name, words) CHECK_##id,
#include "sim/check.def"
#undef CHECK
    CHECK_COUNT,
};

enum { CHECK_WORDS_MAX = 280, CHECK_TRIED_MAX = 24 };

const char *check_name(enum check c);
const char *check_words(enum check c);

/* One body of data over its whole life, by its data_id. */
struct check_datum {
    uint64_t latest;     /* version of the last write, 0: there is no such data */
    uint32_t mounted_on; /* machine that mounted it last, EC2_NONE */
    bool safe;           /* at the end: some volume has the latest version */
};

struct check_violation {
    enum check which;
    uint64_t time_ms; /* the cloud's time */
    uint32_t machine; /* EC2_NONE: of the whole world */
    char words[CHECK_WORDS_MAX];
};

/* What the checkers remember of one run. The arrays are the caller's. */
struct checks {
    struct ec2 *cloud;
    uint64_t now_ms;
    struct check_datum *data; /* by data_id */
    uint32_t *mounted;        /* by machine: the volume mounted there, EC2_NONE */
    uint32_t *held;           /* by machine: room to count what it holds */
    uint32_t *heads;          /* room for a table of lineages, head_capacity of them */
    bool *kept; /* by snapshot: made for a release, or a finished move came through it */
    uint32_t data_capacity;
    uint32_t machine_capacity;
    uint32_t snapshot_capacity;
    uint32_t head_capacity; /* a power of two */
    uint32_t count;
    uint32_t by[CHECK_COUNT];
    struct check_violation first;
};

/* Room for data_capacity data and machine_capacity machines, given by the caller. */
struct check_room {
    struct check_datum *data;
    uint32_t *mounted;
    uint32_t *held;
    uint32_t *heads;
    bool *kept;
    uint32_t data_capacity;
    uint32_t machine_capacity;
    uint32_t snapshot_capacity;
    uint32_t head_capacity;
};

void check_init(struct checks *ck, struct ec2 *cloud, const struct check_room *room);

/* Remembers a violation. machine is EC2_NONE where it concerns none. */
void check_fail(struct checks *ck, enum check which, uint32_t machine, const char *format, ...)
    PRINTF_LIKE(4, 5);

/* Data that exist when the run begins. */
void check_know(struct checks *ck, const struct ec2_content *c);

/* S1, check_s1_exclusive.c. A mount or a write is reported when it happens; a write before the
 * content's version counts up. Whatever ends a mount is an unmount. */
void check_mount(struct checks *ck, uint32_t machine, uint32_t volume);
void check_unmount(struct checks *ck, uint32_t machine);
void check_write(struct checks *ck, uint32_t machine, uint32_t volume);

/* S2, check_s2_source.c: right after the service accepted the deletion. True when it was the commit
 * of a move: a copy of it is attached to the deleter. */
bool check_delete(struct checks *ck, uint32_t machine, uint32_t volume);
struct check_drop {
    uint32_t machine;
    uint32_t snapshot;
    bool may_drop; /* the configuration does not keep snapshots */
};
void check_drop(struct checks *ck, const struct check_drop *drop);
/* A snapshot that is meant to stay, made at a release. */
void check_keep(struct checks *ck, uint32_t snapshot);

/* S3, check_s3_format.c: before the formatting begins, and after it was done. */
void check_format(struct checks *ck, uint32_t machine, uint32_t volume);
void check_formatted(struct checks *ck, uint32_t machine, uint32_t volume);

/* S4, check_s4_create.c: right after the service created a volume that was not there before. */
struct check_create {
    uint32_t machine;
    uint32_t zone; /* the machine's */
    uint32_t made;
    const struct claim_config *cfg;
    uint64_t listed_ms;    /* when the service made the last listing this process saw; 0: none */
    uint64_t lag_ms;       /* how much older than that it may have been */
    const uint32_t *tried; /* volumes this process has asked to change before */
    uint32_t tried_count;
};
void check_created(struct checks *ck, const struct check_create *c);
/* At the end: the pool is no larger than the limit allows. `found` heads were there at the start.
 */
void check_limit(struct checks *ck, uint32_t limit, uint32_t found);

/* S5, check_s5_single.c: at the end, of every machine that is up; and what a process did on a
 * machine that held its volume. */
void check_single(struct checks *ck, const bool *up, uint32_t machines);
struct check_rerun {
    uint32_t machine;
    uint32_t calls;   /* to the service, metadata not counted */
    uint32_t changes; /* of those, changes */
    uint32_t pages;   /* of a listing of this pool */
};
void check_rerun(struct checks *ck, const struct check_rerun *r);

/* S6, check_s6_orphans.c: at the end. */
void check_orphans(struct checks *ck, const struct claim_config *cfg);

/* Liveness and exits, check_live.c. */
struct check_exit {
    uint32_t machine;
    enum claim_goal goal;
    int code;
    const char *reason;
    uint32_t mounted; /* volume at the target, EC2_NONE */
};
void check_exit(struct checks *ck, const struct check_exit *e);
void check_still_running(struct checks *ck, uint32_t machine, const char *state);
/* At the end: a machine without a volume although one can be had. */
struct check_idle {
    uint32_t machine;
    uint32_t zone;
    uint64_t since_ms; /* its last run began */
    const struct claim_config *cfg;
};
void check_idle(struct checks *ck, const struct check_idle *i);

/* The budget, check_budget.c: when a process ends. */
struct check_budget {
    uint32_t machine;
    uint32_t calls;
    uint64_t lasted_ms;
};
void check_budget(struct checks *ck, const struct check_budget *b);

/* --- Shared by the checkers. --- */

/* True when the volume exists and could be attached: available or in use. */
bool check_alive(const struct checks *ck, uint32_t volume);
/* True when `copy` was made from a snapshot of `source`. */
bool check_descends(const struct checks *ck, uint32_t copy, uint32_t source);
/* The volume as an up-to-date reader sees it; NULL when it is gone. */
const struct volume *check_facts(struct checks *ck, uint32_t volume);
/*
 * True when nobody held, claimed or marked the volume between two moments, as far as the history
 * goes and a look every half second can tell.
 */
bool check_stood_free(struct checks *ck, uint32_t volume, uint64_t from_ms, uint64_t consensus_ms);
/* Whether a machine of this zone could take the volume under this configuration, were it free. */
struct check_reach {
    const struct claim_config *cfg;
    uint32_t zone;
    uint32_t slot; /* of a volume that was made instead; 0: none */
    bool creating; /* by a policy that creates only when no data of the pool is left anywhere */
};
bool check_in_reach(struct checks *ck, uint32_t volume, const struct check_reach *r);
/* True when some claim on it is live: its expiry plus the consensus wait has not passed. */
bool check_claimed(const struct checks *ck, const struct volume *v, uint64_t consensus_ms);
