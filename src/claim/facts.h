/* SPDX-License-Identifier: Apache-2.0 */
/*
 * facts.h - what a cloud and a host can tell the claim, as plain values.
 *
 * These structs are the vocabulary between the pure core and every port: the AWS port fills them
 * from XML, the local provider from its store, the simulator from its model. They hold no pointers
 * into a port's memory but for the items of a page, which live for one step. They must not know a
 * state of the machine, an error code of a provider, or how a tag is spelt (mark.h knows that).
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum {
    ID_MAX = 40,   /* A UUID with its end mark, rounded up: enough for every provider known. */
    ZONE_MAX = 24, /* "ap-southeast-1-han-1a" is the longest zone name AWS publishes. */
    FSTYPE_MAX = 16,
    FLAGS_MAX = 12, /* Claimants on one volume; design 4: tags are finite, rank caps them. */
    REASON_MAX = 48,
    PRESENT_MAX = 32, /* Block devices with a volume id that one host shows us. */
    LEAVING_MAX = 64, /* Instances on their way out that one answer can name. */
    SNAPSHOTS_MAX = 8,
};

/* Text of an id, padded with zero bytes, so that equal ids are equal memory. */
struct id {
    char text[ID_MAX];
};

struct zone {
    char text[ZONE_MAX];
};

/* One run of one process. The token is the identity, not the instance (design 4, rule 5). */
struct token {
    uint64_t hi;
    uint64_t lo;
};

struct uuid {
    uint8_t bytes[16];
};

enum volume_state {
    VOL_NONE,
    VOL_CREATING,
    VOL_AVAILABLE,
    VOL_IN_USE,
    VOL_DELETING,
    VOL_DELETED,
    VOL_ERROR,
};

enum attach_state {
    ATT_NONE,
    ATT_ATTACHING,
    ATT_ATTACHED,
    ATT_DETACHING,
    ATT_BUSY,
};

/* A claim of one instance on one volume: `<token> <want or own> <expires>`. */
struct flag {
    struct id instance;
    struct token token;
    uint64_t expires_s;
    bool own;
};

/* One volume as one answer shows it. The first members are the ones a scan of a long list reads. */
struct volume {
    uint64_t key;        /* id_key() of id */
    uint64_t holder_key; /* id_key() of holder, 0 when nobody holds it */
    uint64_t source_key; /* id_key() of source, 0 without one */
    enum volume_state state;
    enum attach_state attachment;
    uint32_t slot; /* 0: none */
    uint32_t generation;
    uint8_t flag_count; /* flags kept in flags[]; FLAGS_MAX may mean "or more" */
    bool in_pool;       /* every tag of the pool was in the volume's own tag set */
    bool tags_seen;     /* at least one tag came with the answer */
    bool copy;          /* volclaim:state is "copy" */
    bool is_void;       /* volclaim:void is there */
    bool quarantined;
    bool multi_attach;
    bool has_blank; /* volclaim:blank is there, its token in blank */
    bool has_fs;    /* volclaim:fs is there, its value in fs */
    struct id id;
    struct zone zone;
    struct id holder;    /* the instance it is attached to */
    struct id source;    /* volclaim:source */
    struct uuid lineage; /* as tagged, else derived from the id */
    struct uuid fs;
    struct token blank;
    uint64_t created_ms;
    uint32_t size_gib;
    struct flag flags[FLAGS_MAX];
};

/* One page of a listing. Items belong to the port and live until the next call on it. */
struct page {
    const struct volume *const *items;
    uint32_t count;
    bool more; /* another page follows */
};

enum snapshot_state {
    SNAP_NONE,
    SNAP_PENDING,
    SNAP_COMPLETED,
    SNAP_ERROR,
};

struct snapshot {
    struct id id;
    struct id source;   /* volclaim:source */
    struct token token; /* claim it was made under */
    uint32_t attempt;
    uint32_t progress; /* percent */
    enum snapshot_state state;
};

struct snapshot_list {
    struct snapshot items[SNAPSHOTS_MAX];
    uint32_t count;
    bool more; /* there are others than those kept here */
};

/* Who this machine is. */
struct self {
    struct id instance;
    struct zone zone;
};

/* What the machine's kernel shows before anything is asked of the cloud. */
struct inspection {
    struct id present[PRESENT_MAX]; /* volumes whose device is there, by serial */
    bool mounted[PRESENT_MAX];      /* ... and mounted somewhere */
    uint32_t present_count;
    bool target_mounted;     /* something is mounted at the configured target */
    struct id target_volume; /* the volume it is, empty when it is none of a provider's */
};

/* Instances that are shutting down or terminated: their volumes are coming free. */
struct leaving {
    uint64_t keys[LEAVING_MAX]; /* id_key() of each */
    uint32_t count;
};

enum probe_kind {
    PROBE_NONE,
    PROBE_BLANK,      /* no signature, and zeros wherever the design asks for them */
    PROBE_FILESYSTEM, /* one filesystem that we can mount */
    PROBE_NOISE,      /* no signature, but bytes that are not zero */
    PROBE_FOREIGN,   /* a signature that is not a mountable filesystem: partitions, LVM, swap ... */
    PROBE_AMBIGUOUS, /* more than one signature */
    PROBE_UNREADABLE, /* a read failed */
};

struct probe {
    enum probe_kind kind;
    char fstype[FSTYPE_MAX];
    struct uuid uuid;
};

bool id_same(const struct id *a, const struct id *b);
bool id_is_empty(const struct id *a);
/* Negative, zero, positive as text order; decides which of two equal claims withdraws. */
int id_compare(const struct id *a, const struct id *b);
/* Copies at most ID_MAX - 1 characters of text; false when it did not fit (out is then empty). */
bool id_set(struct id *out, const char *text);
/* A 64-bit digest for scans and orders; equal ids have equal keys, the empty id has key 0. */
uint64_t id_key(const struct id *a);
bool zone_same(const struct zone *a, const struct zone *b);
bool zone_set(struct zone *out, const char *text);
bool token_same(struct token a, struct token b);
bool uuid_same(const struct uuid *a, const struct uuid *b);
bool uuid_is_zero(const struct uuid *a);
/* A well-spread 64-bit mix of its argument: the only hash of the core. */
uint64_t mix64(uint64_t x);
