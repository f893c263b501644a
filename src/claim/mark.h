/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mark.h - how the protocol's facts are written as tags, and read back.
 *
 * One place knows the spelling of every `volclaim:` key and value. Ports call mark_format() to turn
 * a mark into a tag, and mark_read() to turn a tag set into the facts of a volume; they never spell
 * a key themselves. Pure: it must not ask a clock, a provider, or the heap.
 */
#pragma once

#include "claim/facts.h"

#include <stddef.h>

enum {
    MARK_KEY_MAX = 128 + 1, /* EC2: a key has at most 128 characters, a value 256. */
    MARK_VALUE_MAX = 256 + 1,
    MARKS_MAX = 12, /* marks of ours that one creation can carry */
};

enum mark_kind {
    MARK_NONE,
    MARK_LINEAGE,    /* uuid */
    MARK_GENERATION, /* number */
    MARK_STATE,      /* number: 0 ready, 1 copy */
    MARK_VOID,       /* token */
    MARK_QUARANTINE, /* reason */
    MARK_SOURCE,     /* id */
    MARK_CLAIM,      /* flag */
    MARK_BLANK,      /* token */
    MARK_FS,         /* uuid */
    MARK_SLOT,       /* number */
    MARK_TOKEN, /* token and number: claim token and attempt a snapshot or copy was made under */
};

struct mark {
    enum mark_kind kind;
    uint32_t number;
    struct token token;
    struct uuid uuid;
    struct id id;
    struct flag flag;
    char reason[REASON_MAX];
};

/* A tag as a provider hands it over; the texts stay the provider's. */
struct tag {
    const char *key;
    const char *value;
};

struct mark_text {
    char key[MARK_KEY_MAX];
    char value[MARK_VALUE_MAX];
};

/* Spells one mark. False when a text did not fit: the caller's bug, so callers assert on it. */
bool mark_format(const struct mark *m, struct mark_text *out);

/* Reads one tag. False when it is none of ours or is malformed; `out` is then MARK_NONE. */
bool mark_parse(const struct tag *tag, struct mark *out);

/*
 * Folds a whole tag set into the facts of a volume: in_pool, lineage, flags and so on. The id must
 * be set before. Every earlier fact from tags is forgotten. pool[] are the configured tags. A flag
 * that cannot be parsed counts as a live `own` of its writer for ever: garbage must never look
 * free.
 */
void mark_read(struct volume *v, const struct tag *tags, size_t tag_count, const struct tag *pool,
               size_t pool_count);

/* Folds the tags of a snapshot: source, token, attempt. */
void mark_read_snapshot(struct snapshot *s, const struct tag *tags, size_t tag_count);

/* The lineage of a volume that carries no tag for it: a name-based UUID of its id. */
struct uuid mark_lineage_of(const struct id *volume);

/* A name-based UUID of a token: the lineage of a volume created under it. */
struct uuid mark_lineage_from(struct token token);

/* 32 lower-case hex digits, and back. text has room for 33 characters. */
void token_format(struct token t, char text[33]);
bool token_parse(const char *text, struct token *out);
/* 8-4-4-4-12, and back. text has room for 37 characters. */
void uuid_format(const struct uuid *u, char text[37]);
bool uuid_parse(const char *text, struct uuid *out);
