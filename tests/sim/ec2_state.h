/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ec2_state.h - what the arena of the EC2 model holds, for the files of the model alone.
 *
 * A volume's life is a chain of versions, newest first, and a version may begin in the future: that
 * is how "attaching now, attached in two seconds" is written down. A reader of any moment walks
 * back to the version that was in force. Versions that a reader may have seen are never changed,
 * only unlinked when no read can reach them; versions of the future may be rewritten or dropped.
 *
 * Everything is an index or an offset. No file but those of the model may include this one.
 */
#pragma once

#include "sim/arena.h"
#include "sim/ec2.h"
#include "sim/prng.h"

#include <string.h>

enum {
    EC2_LIFE_MAX = 4,      /* changes of an instance that are remembered */
    EC2_MOD_TIMES_MAX = 4, /* modifications counted against the rate */
    EC2_TEXT_UNIT = 16,    /* blocks of text are multiples of this */
    EC2_TEXT_CLASSES = 27, /* ... up to a tag of the greatest size: 16 + 128 + 256 + 2 bytes */
};

enum ec2_version_flag {
    EC2_IS_STUCK = 1 << 0,
};

struct ec2_version {
    uint64_t start_ms;
    uint64_t key; /* hash of all that a struct volume shows of it */
    uint64_t attached_ms;
    uint32_t prev;
    uint32_t tags;
    uint32_t holder;
    uint32_t size_gib;
    uint32_t iops;
    uint32_t throughput;
    uint8_t state;
    uint8_t attachment;
    uint8_t type;
    uint8_t flags;
    bool in_pool;
    char device[EC2_DEVICE_MAX];
};

struct ec2_volume {
    uint64_t created_ms;
    uint64_t snapshot_ms; /* when the last snapshot of it was started */
    uint64_t trim_ms;     /* when its chain is looked through next; no part of what is true */
    struct ec2_content content;
    uint32_t snapshot; /* made from */
    uint32_t snapshots_taken;
    uint32_t last_snapshot; /* newest one taken of it, EC2_NONE */
    uint32_t listed_on;     /* the instance in whose list it is */
    uint32_t next_listed;
    uint32_t modification; /* index of its record, EC2_NONE */
    uint32_t kms_key;      /* text */
    uint8_t zone;
    bool mounted;
    bool encrypted;
    bool multi_attach;
    bool delete_on_termination;
};

struct ec2_mod {
    uint64_t times_ms[EC2_MOD_TIMES_MAX]; /* newest first, 0: none */
    uint64_t effective_ms;
    uint64_t completed_ms;
    uint32_t from_gib;
    uint32_t to_gib;
    uint32_t iops;
    uint32_t throughput;
    uint8_t type;
};

struct ec2_snap {
    uint64_t created_ms;
    uint64_t completes_ms;
    uint64_t deleted_ms; /* UINT64_MAX: not deleted */
    struct ec2_content content;
    uint32_t volume;
    uint32_t older; /* the one taken of the same volume before */
    uint32_t size_gib;
    uint32_t tags;
    bool fails;
    bool encrypted;
};

struct ec2_life {
    uint64_t start_ms;
    uint64_t state;
};

struct ec2_inst {
    struct ec2_life life[EC2_LIFE_MAX]; /* newest first; some may begin in the future */
    uint64_t launched_ms;
    uint64_t key;          /* id_key() of its id */
    uint32_t first_listed; /* volumes attached to it, and perhaps some that were */
    uint32_t custom_id;    /* text, 0: made from the index */
    uint32_t tags;
    uint8_t zone;
    uint8_t group;
    uint8_t life_count;
};

struct ec2_token {
    uint64_t hi;
    uint64_t lo;
    uint64_t fingerprint;
    uint64_t made_ms;
    uint32_t volume;
    uint32_t next; /* index + 1, in the list of its bucket */
    uint32_t zone;
};

/* Blocks of text: tags, sets of tags, names. `hash` links free blocks. */
struct ec2_block {
    uint64_t hash;
    uint32_t refs;
    uint8_t class;
    uint8_t key_len;    /* of a tag; the number of tags of a set */
    uint16_t value_len; /* of a tag; 1 for a set that has the pool's tags */
};

struct ec2_state {
    uint64_t now_ms;
    uint64_t changes; /* one more at each change of a chain */
    uint64_t seed;
    uint64_t history_ms;
    struct prng prng;
    uint64_t buckets[EC2_ACTION_COUNT]
                    [2];       /* when the bucket would be empty of debt (see throttle) */
    struct arena_region heads; /* newest version of each volume */
    struct arena_region volumes;
    struct arena_region versions;
    struct arena_region mods;
    struct arena_region snaps;
    struct arena_region insts;
    struct arena_region tokens;
    struct arena_region token_heads;
    struct arena_region text;             /* items are units; blocks are taken from its end */
    uint32_t text_free[EC2_TEXT_CLASSES]; /* unit of the first free block of a class, 0: none */
    uint32_t groups[EC2_GROUPS_MAX];
    uint32_t group_count;
    uint32_t zone_count;
    uint32_t volumes_live;
    uint32_t snaps_live;
    uint32_t volumes_limit;
    uint32_t snapshots_limit;
    uint32_t denied;
    uint32_t exhausted;
    uint8_t token_scope;
    uint8_t second_delete;
    bool tokens_ignore_tags;
    bool tokens_replay_mismatch;
    bool no_throttle;
    bool plain_ids;
    uint32_t calls[EC2_ACTION_COUNT];
    uint32_t throttled[EC2_ACTION_COUNT];
    struct zone zones[EC2_ZONES_MAX];
};

/* --- Access --- */

static inline struct ec2_state *ec2_state(struct ec2 *m)
{
    return (struct ec2_state *)(void *)m->arena;
}

static inline const struct ec2_state *ec2_peek(const struct ec2 *m)
{
    return (const struct ec2_state *)(const void *)m->arena;
}

#define EC2_ACCESS(type, name, region)                                                \
    static inline struct type *name##_at(struct ec2 *m, uint32_t index)               \
    {                                                                                 \
        return arena_at(m->arena, &ec2_state(m)->region, index);                      \
    }                                                                                 \
    static inline const struct type *name##_peek(const struct ec2 *m, uint32_t index) \
    {                                                                                 \
        return arena_peek(m->arena, &ec2_peek(m)->region, index);                     \
    }
EC2_ACCESS(ec2_volume, volume, volumes)
EC2_ACCESS(ec2_version, version, versions)
EC2_ACCESS(ec2_mod, mod, mods)
EC2_ACCESS(ec2_snap, snap, snaps)
EC2_ACCESS(ec2_inst, inst, insts)
EC2_ACCESS(ec2_token, token, tokens)
#undef EC2_ACCESS

static inline uint32_t *head_of(struct ec2 *m, uint32_t volume)
{
    return arena_at(m->arena, &ec2_state(m)->heads, volume);
}

static inline uint32_t head_peek(const struct ec2 *m, uint32_t volume)
{
    return *(const uint32_t *)arena_peek(m->arena, &ec2_peek(m)->heads, volume);
}

/* --- Hashing: for keys of caches and digests, never an order. --- */

static inline uint64_t hash_mix(uint64_t h, uint64_t x)
{
    h = (h ^ x) * 0x9FB21C651E98DF25U;
    return h ^ (h >> 29);
}

static inline uint64_t hash_bytes(const char *bytes, size_t size)
{
    uint64_t h = 0x243F6A8885A308D3U ^ size;
    uint64_t word = 0;

    for (; size >= sizeof(word); bytes += sizeof(word), size -= sizeof(word)) {
        memcpy(&word, bytes, sizeof(word));
        h = hash_mix(h, word);
    }
    word = 0;
    memcpy(&word, bytes, size);
    return hash_mix(hash_mix(h, word), 0x13198A2E03707344U);
}

/* --- ec2_ids.c --- */

bool id_number(const struct ec2 *m, const struct id *id, enum ec2_kind kind, uint32_t *out);
enum ec2_kind id_kind(const struct id *id);

/* --- ec2_text.c: blocks, tags, sets of tags. An offset counts units; 0 is the empty text or set.
 * --- */

uint32_t text_take(struct ec2 *m, size_t size);
void text_drop(struct ec2 *m, uint32_t block);
uint32_t text_keep(struct ec2 *m, const char *text);
const char *text_peek(const struct ec2 *m, uint32_t block);

/*
 * A set made of an old one: `set` replaced or added, then `drop` removed. Returns false when there
 * is no room. The new set, in *out, is the caller's to drop; it is the old one, kept once more, if
 * nothing changed.
 */
struct tags_change {
    const struct tag *set;
    uint32_t set_count;
    uint32_t drop_count;
    const struct tag *drop; /* value NULL: whatever the value */
    bool drop_all;
};

bool tags_make(struct ec2 *m, uint32_t old, const struct tags_change *change, uint32_t *out);
void tags_keep(struct ec2 *m, uint32_t set);
void tags_drop(struct ec2 *m, uint32_t set);
uint64_t tags_hash(const struct ec2 *m, uint32_t set);
bool tags_in_pool(const struct ec2 *m, uint32_t set);
/* How many tags the set would have; EC2_CODE_OK, or what is wrong with the tags of a request. */
enum ec2_code tags_check(const struct ec2 *m, uint32_t old, const struct tag *tags, uint32_t count);
/* A hash of tags whatever their order. */
uint64_t tags_fingerprint(const struct tag *tags, uint32_t count);

/* --- ec2_versions.c: the chains --- */

/* The version in force at a moment, EC2_NONE before the volume was made. */
uint32_t version_find(const struct ec2 *m, uint32_t volume, uint64_t at_ms);
const struct ec2_version *version_now(const struct ec2 *m, uint32_t volume, uint64_t at_ms);
/* Makes sure that `count` more versions can be taken; false when there is no room. */
bool versions_reserve(struct ec2 *m, uint32_t count);
/* Drops what has not begun by now_ms. */
void versions_cancel(struct ec2 *m, uint32_t volume, uint64_t now_ms);
/*
 * Puts a copy of *v in force from v->start_ms on, after all other versions of the volume; it takes
 * over one reference to v->tags. Versions must have been reserved.
 */
void version_push(struct ec2 *m, uint32_t volume, const struct ec2_version *v);
/* A copy of the newest version, with a reference to its tags of its own, to be changed and pushed.
 */
struct ec2_version version_next(struct ec2 *m, uint32_t volume, uint64_t start_ms);
/*
 * Applies a patch to every version from at_ms on, the one that begins at at_ms being made if need
 * be. One version must have been reserved.
 */
struct version_patch {
    uint64_t at_ms;
    uint32_t tags;
    uint32_t size_gib;
    uint32_t iops;
    uint32_t throughput;
    bool has_tags;
    bool has_size;
    uint8_t type;
};

void version_patch(struct ec2 *m, uint32_t volume, const struct version_patch *patch);
/* The last version is gone for good, whatever a reader may still see. */
bool volume_is_gone(const struct ec2 *m, uint32_t volume, uint64_t at_ms);

/* --- ec2_views.c: the memory of answers. A view is held by the answer of the call it was taken in.
 * --- */

/* NULL when there is no room. */
void *view_take(struct ec2 *m, size_t size);
/* Hands a view out once more, held by this answer too. */
void view_keep(struct ec2 *m, const void *memory);
/* Holds a view for ourselves, and lets go of it. */
void view_hold(struct ec2 *m, const void *memory);
void view_drop(struct ec2 *m, const void *memory);
void views_reset(struct ec2 *m);

/* --- ec2_facts.c: what a struct volume shows --- */

size_t slots_size(uint32_t versions);
/* The facts of a version, in its slot. */
const struct volume *facts_of(struct ec2 *m, uint32_t volume, uint32_t version);
struct volume *facts_copy(struct ec2 *m, const struct volume *v);
/* Turns facts into those of another set of tags. */
void facts_read_tags(struct ec2 *m, struct volume *v, uint32_t tags);

/* --- ec2_instances.c --- */

enum ec2_instance_state inst_state(const struct ec2 *m, uint32_t instance, uint64_t at_ms);
/* Volumes attached to it at a moment, those that hold `device` apart. */
struct inst_load {
    uint32_t attached;
    bool device_taken;
};

struct inst_load inst_load(struct ec2 *m, uint32_t instance, const char *device, uint64_t now_ms);
void inst_list(struct ec2 *m, uint32_t instance, uint32_t volume);

/* --- Writes; each answers with a code and leaves everything as it was unless that is OK. --- */

uint64_t draw(struct ec2 *m, struct rate_span span);
enum ec2_code volume_create(struct ec2 *m, const struct ec2_request *rq, struct ec2_answer *a);
enum ec2_code volume_delete(struct ec2 *m, const struct ec2_request *rq, struct ec2_answer *a);
enum ec2_code volume_modify(struct ec2 *m, const struct ec2_request *rq, struct ec2_answer *a);
enum ec2_code volume_attach(struct ec2 *m, const struct ec2_request *rq, struct ec2_answer *a);
enum ec2_code volume_detach(struct ec2 *m, const struct ec2_request *rq, struct ec2_answer *a);
enum ec2_code tags_create(struct ec2 *m, const struct ec2_request *rq, struct ec2_answer *a);
enum ec2_code tags_delete(struct ec2 *m, const struct ec2_request *rq, struct ec2_answer *a);
enum ec2_code snapshot_create(struct ec2 *m, const struct ec2_request *rq, struct ec2_answer *a);
enum ec2_code snapshot_delete(struct ec2 *m, const struct ec2_request *rq, struct ec2_answer *a);
/* What a volume is like. shape_check fills in the defaults of its type, or says what is wrong with
 * it. */
struct shape {
    enum ec2_type type;
    uint32_t size_gib;
    uint32_t iops;
    uint32_t throughput;
};

enum ec2_code shape_check(struct shape *s);
/* The volume of a request; EC2_CODE_OK, or why there is none. */
enum ec2_code volume_of(const struct ec2 *m, const struct ec2_request *rq, uint32_t *volume);
/* Detaches at at_ms and frees the volume after that; four versions must have been reserved. */
void volume_free(struct ec2 *m, uint32_t volume, uint64_t at_ms);
/* Deletes from at_ms on; two versions must have been reserved. */
void volume_erase(struct ec2 *m, uint32_t volume, uint64_t at_ms);
/* Lets a modification that is going on take effect, after the future was cancelled; takes one
 * version. */
void volume_modify_on(struct ec2 *m, uint32_t volume);
/* A new volume with one version, which is *v; EC2_NONE when there is no room. Takes over v->tags.
 */
uint32_t volume_new(struct ec2 *m, const struct ec2_volume *init, const struct ec2_version *v);

/* --- ec2_tokens.c --- */

struct token_key {
    uint64_t hi;
    uint64_t lo;
    uint64_t fingerprint;
    uint32_t zone;
};

struct token_key token_key(const struct ec2 *m, const struct ec2_request *rq, uint32_t zone);
/* The token's record, EC2_NONE when it is not remembered. */
uint32_t token_find(struct ec2 *m, const struct token_key *key);
/* There is room for one more, if need be that of one that is forgotten. */
bool token_room(struct ec2 *m);
void token_bind(struct ec2 *m, const struct token_key *key, uint32_t volume);
void tokens_init(struct ec2 *m);

/* --- Reads --- */

enum ec2_code read_volumes(struct ec2 *m, const struct ec2_request *rq, struct ec2_answer *a);
enum ec2_code read_tags(struct ec2 *m, const struct ec2_request *rq, struct ec2_answer *a);
enum ec2_code read_snapshots(struct ec2 *m, const struct ec2_request *rq, struct ec2_answer *a);
enum ec2_code read_instances(struct ec2 *m, const struct ec2_request *rq, struct ec2_answer *a);
enum ec2_code read_group_instances(struct ec2 *m, const struct ec2_request *rq,
                                   struct ec2_answer *a);
enum ec2_code read_modifications(struct ec2 *m, const struct ec2_request *rq, struct ec2_answer *a);

/* Which moment a read shows of item `index`. */
uint64_t read_moment(const struct ec2 *m, const struct ec2_request *rq, uint32_t index);
uint64_t read_tags_moment(const struct ec2 *m, const struct ec2_request *rq, uint32_t index);
/* Where a page begins and how much fits; the code says what is wrong with the request. */
struct page_span {
    uint32_t from;
    uint32_t limit;
};

/* A page begins anew at item 0, or where a token says; ids go without pages. */
enum ec2_code page_start(const struct ec2 *m, const struct ec2_request *rq, struct page_span *out);
uint64_t page_token(const struct ec2 *m, uint32_t next);

/* --- ec2_filters.c: does a resource pass all filters? --- */

bool filters_pass_volume(struct ec2 *m, const struct ec2_request *rq, uint32_t volume,
                         const struct ec2_version *v, uint32_t tags);
bool filters_pass_snapshot(struct ec2 *m, const struct ec2_request *rq, uint32_t snapshot);
bool filters_pass_instance(struct ec2 *m, const struct ec2_request *rq, uint32_t instance,
                           enum ec2_instance_state state);
bool filters_pass_row(struct ec2 *m, const struct ec2_request *rq, const struct ec2_tag_row *row);
