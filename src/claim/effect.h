/* SPDX-License-Identifier: Apache-2.0 */
/*
 * effect.h - what leaves the core and what comes back: one effect, one answer.
 *
 * An effect is one call on one port, with everything the call needs. An answer is the outcome of
 * that call as values. Neither holds a decision: the claim judges an answer, the table says what
 * follows. All times are milliseconds of the cloud's clock since the epoch, as far as this machine
 * knows it.
 */
#pragma once

#include "claim/facts.h"
#include "claim/mark.h"
#include "err.h"

#include <stdint.h>

enum fx {
#define EFFECT(id, name, port, manner) FX_##id,
#include "fsm/effects.def"
#undef EFFECT
    FX_COUNT,
};

enum fx_port { FX_PORT_NONE, FX_PORT_CLOCK, FX_PORT_CLOUD, FX_PORT_HOST };
enum fx_manner { FX_LOOKS, FX_CHANGES, FX_REPEATS };

const char *fx_name(enum fx kind);
enum fx_port fx_port(enum fx kind);
enum fx_manner fx_manner(enum fx kind);

/* clang-format off */
/*
 * Which members an effect uses, beside kind, not_after_ms and deadline_ms:
 *   NONE             nothing is to be done: answered at once, with ERR_OK
 *   SLEEP            deadline_ms is when to wake
 *   FINISH           exit_code, reason
 *   LIST             page (0, 1, 2 ...): the pool, by its tags
 *   LIST_LINEAGE     page, lineage: all volumes with that lineage tag
 *   READ_VOLUME      volume, by id
 *   READ_TAGS        volume, by DescribeTags; answered with nothing but the facts of its tags
 *   LIST_SNAPSHOTS   volume: our snapshots with volclaim:source = volume
 *   READ_SNAPSHOT    snapshot
 *   ATTACH           volume, to this instance; device_name counts up after "name taken"
 *   DETACH           volume, from this instance
 *   MARK, UNMARK     volume, mark; UNMARK deletes by key and value
 *   CREATE_VOLUME    token (client token), lineage, slot, mark (the creator's own flag), snapshot
 *                    (to restore from), has_blank, blank; the rest, and the pool's tags, is the
 *                    port's configuration
 *   CREATE_COPY      token, snapshot, lineage, slot, generation, fs, has_fs, has_blank, blank; all
 *                    other attributes and the user's tags are those of `volume`, the source, which
 *                    the port was last asked to read by id; marked copy, source, and with
 *                    claim_token + attempt
 *   CREATE_SNAPSHOT  volume, lineage, claim_token, attempt; with a zero claim_token it is a backup
 *                    to keep: tagged with the lineage, and neither with source nor with token
 *   DELETE_VOLUME    volume
 *   DELETE_SNAPSHOT  snapshot
 *   AWAIT_DEVICE .. VERIFY, UNMOUNT   volume; MKFS: fs is the uuid to give; MOUNT, VERIFY: fs must
 *                    match where has_fs
 *   PROBE            volume; has_blank says that our record vouches for blocks not sampled
 */
/* clang-format on */
struct effect {
    enum fx kind;
    uint32_t page;
    uint32_t attempt;
    uint32_t slot;
    uint32_t generation;
    uint32_t device_name;
    int exit_code;
    bool has_fs;
    bool has_blank;
    uint64_t not_after_ms; /* a change must not be accepted later than this; 0 for all else */
    uint64_t deadline_ms;  /* the port stops waiting for an answer at this time */
    struct id volume;
    struct id snapshot;
    struct token token;
    struct token claim_token;
    struct token blank;
    struct uuid lineage;
    struct uuid fs;
    struct mark mark;
    const char *reason; /* static text */
};

/*
 * What the members mean by effect: LIST, LIST_LINEAGE: page. READ_VOLUME, READ_TAGS: volume (NULL
 * with ERR_NOT_FOUND). CREATE_*: made. LIST_SNAPSHOTS, READ_SNAPSHOT: snapshots. PROBE, VERIFY:
 * probe. MKFS: probe of the result. Everything else: err alone.
 */
struct answer {
    enum fx of;
    enum err err;
    uint64_t now_ms;  /* this machine's clock when the answer came; read once for the step */
    uint64_t date_ms; /* the cloud's own time in the answer, 0 where there is none */
    union {
        struct page page;
        const struct volume *volume;
        struct id made;
        const struct snapshot_list *snapshots;
        const struct self *self;
        const struct inspection *inspection;
        const struct leaving *leaving;
        struct probe probe;
    };
};
