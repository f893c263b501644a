/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ec2.h - a deterministic EC2: volumes, attachments, tags, snapshots and instances as one value.
 *
 * A request and a time go in, an answer comes out (ec2_execute). Writes happen at that moment, one
 * after the other: the core of the service is linearizable. Reads may be asked to look into the
 * past, each by an age of its own, which is how lag, views that go back in time and views that
 * disagree come about. The model draws nothing but durations; every fault is a bit of the request,
 * drawn by the caller.
 *
 * The whole state lies in one arena without a pointer in it, in memory that the caller gives. It
 * must not perform I/O, ask a clock, allocate, or keep anything outside the memory it was given.
 * Letters in comments are sections of the EC2 notes the behaviour was taken from.
 */
#pragma once

#include "claim/facts.h"
#include "claim/mark.h"
#include "err.h"
#include "sim/ec2_kinds.h"
#include "sim/rates.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* --- Options --- */

struct ec2_options {
    uint64_t seed;
    const struct rates *rates; /* the caller's, to outlive the model; rates_published() ... */
    const char *const *zones;  /* names, copied; at most EC2_ZONES_MAX */
    uint32_t zone_count;
    uint32_t pool_count;
    const struct tag *pool; /* the tags in_pool means; the caller's, to outlive the model */

    /* Room, counted over the whole life: slots are not reused. 0 takes a default from the others.
     */
    uint32_t volumes;
    uint32_t instances;
    uint32_t snapshots;
    uint32_t tokens;     /* client tokens remembered at a time */
    uint32_t versions;   /* changes of volumes that readers may still see */
    uint32_t text_bytes; /* tags and other text */
    uint32_t view_bytes; /* answers of the last EC2_VIEW_KEEP_MS; not part of the state */

    uint64_t history_ms;    /* the greatest age a read may ask for; 0: a minute */
    uint32_t volumes_limit; /* account limits; 0: none */
    uint32_t snapshots_limit;
    enum ec2_token_scope token_scope;
    enum ec2_second_delete second_delete;
    bool tokens_ignore_tags;     /* L.1: tags are not compared */
    bool tokens_replay_mismatch; /* C.2 quote 4: other parameters may also be answered with success
                                  */
    bool no_throttle;            /* the buckets are out of service */
    bool plain_ids;              /* ids count up: readable stories; else they look drawn */
};

/*
 * The handle. It holds no state of the service, only where that is; it may be moved, and two
 * handles may be compared by what their arenas hold. Members are for the model alone.
 */
struct ec2 {
    unsigned char *arena;
    unsigned char *views;
    const struct rates *rates;
    const struct tag *pool;
    uint32_t pool_count;
    uint32_t epoch;
    uint32_t slots;
    uint32_t taken_count;
    size_t arena_size;
    size_t view_size;
    size_t view_base;
    size_t view_used;
    const void *taken[EC2_HELD_MAX];
    struct ec2_view_class {
        uint32_t free;
        uint32_t oldest;
        uint32_t youngest;
    } view_classes[EC2_VIEW_CLASSES];
    struct ec2_reuse {
        uint64_t key;
        uint64_t changes;
        uint64_t from_ms;
        uint64_t until_ms;
        uint64_t next_token;
        uint64_t expires_ms;
        const struct volume *const *items;
        uint32_t count;
    } reuse;
};

/* How much memory ec2_init wants for these options, arena and views together. */
size_t ec2_memory(const struct ec2_options *o);

/*
 * Builds an empty region in `memory`, 16-byte aligned and of ec2_memory() bytes, which stays the
 * caller's. Touches only what is used. There is no fini: forget the memory.
 */
void ec2_init(struct ec2 *m, const struct ec2_options *o, void *memory);

/* --- The arena: copy, restore, compare. --- */

/* How many bytes a snapshot of the state takes now; it grows with use only. */
size_t ec2_state_size(const struct ec2 *m);
/* Packs the state, without its unused room, into `to` (ec2_state_size bytes); returns that size. */
size_t ec2_save(const struct ec2 *m, void *to);
/* Puts a packed state back, into a model with the same options. Earlier answers lose their meaning.
 */
void ec2_load(struct ec2 *m, const void *from);
/*
 * Binds a handle to an arena that was copied as memory (arena_size bytes at m->arena). `views` is
 * other memory of view_size bytes. The copy evolves as the original would.
 */
void ec2_bind(struct ec2 *m, const struct ec2 *like, void *arena, void *views);

/* A hash of the state, all of it, for digests of replays. Counters of calls are not part of it. */
uint64_t ec2_digest(const struct ec2 *m);

/*
 * A hash of what can still matter at now_ms to reads no older than age_ms, with every time taken
 * relative to now: two moments that no request can tell apart from here on hash alike. For
 * explorers.
 */
uint64_t ec2_digest_from(const struct ec2 *m, uint64_t now_ms, uint64_t age_ms);

/* --- Requests --- */

/* Faults of one call, each drawn by the caller (L). `salt` decides which items of a list they hit.
 */
enum ec2_fault {
    EC2_FAULT_NO_TAGS = 1 << 0, /* D.2: DescribeVolumes without the tag sets of some volumes */
    EC2_FAULT_NO_ATTACHMENT =
        1 << 1,                    /* D.2: in-use with an empty attachment set, for some volumes */
    EC2_FAULT_SHORT_PAGE = 1 << 2, /* L.11: fewer items than fit, perhaps none, and a next page */
    EC2_FAULT_SHUFFLE = 1 << 3,    /* L.11: a page in some other order */
    EC2_FAULT_GHOSTS = 1 << 4,     /* L.3: volumes that are gone are listed as they last were */
    EC2_FAULT_STUCK = 1 << 5,      /* F.2: AttachVolume stays in `attaching` */
    EC2_FAULT_CREATE_ERROR = 1 << 6,   /* F.1: the created volume ends in `error` ... */
    EC2_FAULT_CREATE_VANISH = 1 << 7,  /* ... or is gone without a word */
    EC2_FAULT_SNAPSHOT_ERROR = 1 << 8, /* the snapshot ends in `error` */
    EC2_FAULT_REFUSE = 1 << 9,         /* L.2: Unavailable before any effect */
    EC2_FAULT_AFTER = 1 << 10,         /* L.2: Unavailable after the effect */
    EC2_FAULT_THROTTLE = 1 << 11,      /* RequestLimitExceeded whatever the bucket says */
    EC2_FAULT_TAGS_BUSY = 1 << 12,     /* B.7: ConcurrentTagAccess */
};

enum ec2_filter_name {
    EC2_BY_TAG,        /* tag:<key>, key in `key` */
    EC2_BY_TAG_KEY,    /* tag-key */
    EC2_BY_STATUS,     /* status; instance-state-name for instances */
    EC2_BY_ZONE,       /* availability-zone */
    EC2_BY_HOLDER,     /* attachment.instance-id */
    EC2_BY_ATTACHMENT, /* attachment.status */
    EC2_BY_DEVICE,     /* attachment.device */
    EC2_BY_TYPE,       /* volume-type */
    EC2_BY_SIZE,       /* size; volume-size for snapshots */
    EC2_BY_SNAPSHOT,   /* snapshot-id */
    EC2_BY_VOLUME,     /* volume-id */
    EC2_BY_RESOURCE,   /* resource-id */
    EC2_BY_KIND,       /* resource-type */
    EC2_BY_KEY,        /* key, of DescribeTags */
    EC2_BY_VALUE,      /* value, of DescribeTags */
    EC2_BY_INSTANCE,   /* instance-id */
    EC2_BY_GROUP,      /* tag:aws:autoscaling:groupName */
    EC2_FILTER_COUNT,
};

/* One filter: any of the values, in which * and ? are wildcards (B.2). All filters must hold. */
struct ec2_filter {
    enum ec2_filter_name name;
    uint32_t value_count;
    const char *key;
    const char *const *values;
};

/*
 * One request. Zero means "not given" throughout; pointers are the caller's and are not kept.
 *
 * DESCRIBE_VOLUMES      ids, or pool, filters, max_results + next_token
 * DESCRIBE_TAGS         ids (resources), filters, max_results + next_token
 * DESCRIBE_SNAPSHOTS    ids, filters, max_results + next_token; the owner is always self
 * DESCRIBE_INSTANCES    ids, filters, leaving, max_results + next_token
 * DESCRIBE_MODIFICATIONS  ids
 * DESCRIBE_ZONES        -
 * DESCRIBE_GROUP_INSTANCES  ids; none: all, as DESCRIBE_GROUPS. Unknown ids are left out (B.12)
 * CREATE_VOLUME         zone, size_gib or snapshot, type, iops, throughput, encrypted, kms_key,
 *                       multi_attach, client_token, tags
 * ATTACH_VOLUME         volume, instance, device       DETACH_VOLUME  volume, [instance, device],
 * force DELETE_VOLUME         volume                         MODIFY_VOLUME  volume, size_gib, type,
 * iops ... CREATE_TAGS           ids, tags                      DELETE_TAGS    ids, tags; value
 * NULL: any value, no tags: all of the user's CREATE_SNAPSHOT       volume, tags DELETE_SNAPSHOT
 * snapshot
 */
struct ec2_request {
    enum ec2_action action;
    uint32_t caller;    /* index of the instance that asks, or EC2_NONE; not judged */
    uint32_t faults;    /* enum ec2_fault, or-ed */
    uint32_t fault_ppm; /* share of the items that NO_TAGS and NO_ATTACHMENT hit; 0: all */
    uint64_t salt;
    uint64_t stamp_ms; /* date stamp (A.6); 0: now */

    /*
     * Reads: which moment the answer shows; 0: now. Later than now is a bug of the caller, and what
     * is older than the history is shown as of its beginning. Writes: what was made after this
     * moment is not found yet (D.2), although the write itself happens now.
     */
    uint64_t as_of_ms;
    uint64_t tags_as_of_ms; /* tags may be shown as of another moment than states; 0: the same */
    uint32_t spread_ms;     /* each item is up to this much older still, as salt will have it */

    uint32_t max_results;
    uint64_t next_token;
    const struct id *ids;
    uint32_t id_count;
    uint32_t filter_count;
    const struct ec2_filter *filters;

    const struct tag *tags;
    uint32_t tag_count;
    enum ec2_type type; /* EC2_GP2 is the default of the API as well (B.1) */
    uint32_t size_gib;
    uint32_t iops;
    uint32_t throughput;
    const char *zone;
    const char *device;
    const char *client_token;
    const char *kms_key;
    struct id volume;
    struct id instance;
    struct id snapshot;

    bool dry_run;
    bool pool;    /* by the pool's tags, as one filter for each: the fast way */
    bool leaving; /* instances: answer with those that are on their way out */
    bool force;
    bool encrypted;
    bool multi_attach;
    bool has_type; /* MODIFY_VOLUME: type is given */
    bool rows;     /* DESCRIBE_TAGS: answer with tag_rows, for servers */
};

/* --- Answers --- */

enum ec2_kind { EC2_NOTHING, EC2_VOLUME, EC2_SNAPSHOT, EC2_INSTANCE };

const char *ec2_kind_name(enum ec2_kind kind);

/* One instance as one answer shows it; the rest is in ec2_instance_*. */
struct ec2_peer {
    uint64_t key; /* id_key() of its id */
    uint32_t index;
    uint16_t zone; /* index of the zone */
    uint8_t group; /* index of the group + 1, 0: none */
    uint8_t state; /* enum ec2_instance_state */
    uint64_t launched_ms;
};

struct ec2_tag_row {
    enum ec2_kind kind;
    uint32_t index; /* of the resource */
    struct tag tag;
};

struct ec2_modification {
    enum ec2_modification_state state;
    uint32_t progress; /* percent */
    uint32_t from_gib;
    uint32_t to_gib;
    uint64_t start_ms;
};

/*
 * Everything that is pointed to lies in the model's memory and stays as it is until the time of a
 * later call is more than EC2_VIEW_KEEP_MS on, or the state is loaded anew. tag_rows alone end with
 * the next call. Which members an action sets: DESCRIBE_VOLUMES     page, next_token; volume as
 * well when exactly one id was asked for DESCRIBE_TAGS        volume for one id of a volume:
 * nothing but id and its tags' facts; tag_rows DESCRIBE_SNAPSHOTS   snapshots (the newest, where
 * more match than fit), snapshot_items, next_token DESCRIBE_INSTANCES   peers, or leaving;
 * next_token      DESCRIBE_GROUP*  peers DESCRIBE_MODIFICATIONS  modification DESCRIBE_ZONES count
 *   CREATE_VOLUME        made, volume      ATTACH, DETACH   volume      CREATE_SNAPSHOT  made
 */
struct ec2_answer {
    enum ec2_code code;
    uint32_t epoch;
    const void *held[EC2_HELD_MAX]; /* for ec2_done */
    uint32_t count;                 /* items of whatever list was asked for */
    uint64_t date_ms;               /* the service's clock */
    uint64_t next_token;            /* 0: there is no further page */
    uint32_t index;                 /* of what was made or asked for by id */
    struct id made;
    struct page page;
    const struct volume *volume;
    const struct snapshot_list *snapshots;
    const uint32_t *snapshot_items; /* indices of the whole page */
    const struct ec2_peer *peers;
    const struct leaving *leaving;
    const struct ec2_tag_row *tag_rows;
    struct ec2_modification modification;
};

/*
 * Performs one request at now_ms, which must not lie before the time of an earlier call. What was
 * due by then has happened before it. Running out of the room given at init is answered with
 * InternalError, changes nothing, and is counted (ec2_exhausted): a world must treat it as its own
 * mistake.
 */
void ec2_execute(struct ec2 *m, const struct ec2_request *rq, uint64_t now_ms,
                 struct ec2_answer *a);

/*
 * The caller is done with an answer before its time: what it points to may be used again. Optional,
 * but a world that calls it touches a hundredth of the memory. Once for each answer.
 */
void ec2_done(struct ec2 *m, struct ec2_answer *a);

uint32_t ec2_exhausted(const struct ec2 *m);
/* Calls that arrived, and those of them that were throttled, by action. */
uint32_t ec2_calls(const struct ec2 *m, enum ec2_action action);
uint32_t ec2_throttled(const struct ec2 *m, enum ec2_action action);

#include "sim/ec2_truth.h"
