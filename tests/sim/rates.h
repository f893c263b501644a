/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rates.h - every rate, duration and limit of the EC2 model, as data, each with its source.
 *
 * Letters are sections of the project's EC2 notes (ec2.md), which give the original. A figure that
 * no document states says so. Nothing here decides anything; nothing else in the model may spell a
 * figure.
 */
#pragma once

#include <stdint.h>

/* Figures of the interface, the same in every region and for every account. */
enum {
    RATE_CLIENT_TOKEN_MAX = 64, /* C.2: "up to 64 ASCII characters". */
    RATE_RESOURCES_MAX = 1000,  /* B.7: resources of one CreateTags. */
    RATE_GP3_IOPS = 3000,       /* I: what a gp3 volume has if nothing is said. */
    RATE_GP3_THROUGHPUT = 125,  /* I */
    RATE_GP2_IOPS_GIB = 3,      /* I: gp2 has 3 IOPS a GiB, */
    RATE_GP2_IOPS_MIN = 100,    /* ... but no fewer than this */
    RATE_GP2_IOPS_MAX = 16000,  /* ... and no more than this. */
    RATE_PENDING_ON_DISKS = 1,  /* E.3: concurrent snapshots of st1 and sc1. */
};

/* A duration drawn between both ends, nearer to the low one: the median lies a quarter of the way
 * up. */
struct rate_span {
    uint32_t low_ms;
    uint32_t high_ms;
};

/* A token bucket: so many calls at once, then one more every period. */
struct rate_bucket {
    uint32_t capacity;
    uint32_t period_ms;
};

enum rate_class { RATE_READS, RATE_SCANS, RATE_CHANGES, RATE_VOLUMES, RATE_TAGS, RATE_CLASS_COUNT };

struct rates {
    struct rate_bucket buckets[RATE_CLASS_COUNT];
    struct rate_span create;         /* creating -> available */
    struct rate_span attach;         /* attaching -> attached */
    struct rate_span detach;         /* detaching -> the attachment is gone */
    struct rate_span free;           /* ... -> available, strictly after */
    struct rate_span busy;           /* detaching -> busy, while the guest has it mounted */
    struct rate_span erase;          /* deleting -> NotFound */
    struct rate_span modify;         /* modifying -> optimizing: the new size counts */
    struct rate_span optimize;       /* optimizing -> completed */
    struct rate_span snapshot;       /* the least a snapshot takes */
    uint32_t snapshot_gib_ms;        /* ... and for every GiB of the first one of a volume */
    uint32_t snapshot_next_gib_ms;   /* ... of a later one, which holds the changed blocks only */
    struct rate_span launch;         /* pending -> running */
    struct rate_span stop;           /* stopping -> stopped */
    struct rate_span terminate;      /* shutting-down -> terminated */
    struct rate_span release;        /* terminated -> its volumes begin to detach */
    uint64_t past_ms;                /* how old the date stamp of a request may be */
    uint64_t future_ms;              /* how far ahead it may lie */
    uint64_t token_ms;               /* how long a client token is remembered */
    uint64_t snapshot_pause_ms;      /* between two snapshots of one volume */
    uint64_t modification_window_ms; /* the window in which modifications are counted */
    uint64_t tag_linger_ms;          /* how long tags outlive what they were on */
    uint64_t terminated_ms;          /* how long a terminated instance is still described */
    uint32_t modifications_max;      /* per volume and window */
    uint32_t snapshots_pending_max;  /* per volume */
    uint32_t attachments_max;   /* per instance, the root volume and the network card included */
    uint32_t attachments_taken; /* ... of which these two are never ours */
    uint32_t page_min;
    uint32_t page_max;
};

/* The figures that are published or were measured in public. */
static inline struct rates rates_published(void)
{
    return (struct rates){
        /* E.1: capacity and refill per second: 100 and 20, 50 and 10, 50 and 5, 100 and 5, 100
           and 10. */
        .buckets = {[RATE_READS] = {100, 50},
                    [RATE_SCANS] = {50, 100},
                    [RATE_CHANGES] = {50, 200},
                    [RATE_VOLUMES] = {100, 200},
                    [RATE_TAGS] = {100, 100}},
        .create = {1000, 4000}, /* K: median about 1.5 s, p99 about 4 s. */
        .attach = {1000, 4000}, /* K: "Most attach/detach operations finish within 1-4 seconds". */
        .detach = {1000, 4000}, /* K, as above. */
        .free = {100, 1000},    /* F.2 gives the order only; the length is our guess. */
        .busy = {1000, 5000},   /* B.4 gives the state only; the length is our guess. */
        .erase = {120000, 300000},     /* B.5: "several minutes". */
        .modify = {1000, 10000},       /* F.4, K: "seconds". */
        .optimize = {60000, 21600000}, /* F.4: up to 6 h for 1 TiB. */
        .snapshot = {30000, 180000}, /* K: small snapshots take about 3 min, seen by 15 s polls. */
        .snapshot_gib_ms = 20000,    /* K: 50 GB in 16-20 min, 1 TB in 350 min: about 20 s a GiB. */
        .snapshot_next_gib_ms =
            2000,                /* F.3: by changed blocks; a tenth of the full one is our guess. */
        .launch = {5000, 30000}, /* Not published; our guess. */
        .stop = {10000, 60000},  /* Not published; our guess. */
        .terminate = {10000, 90000}, /* Not published; our guess. */
        .release = {500, 5000},      /* Not published; our guess. */
        .past_ms = 900000,           /* A.6: RequestExpired beyond 15 min. */
        .future_ms = 900000,         /* A.6, L.9: on either side. */
        .token_ms = 43200000,        /* C.3: "measured as 12 hours under normal conditions". */
        .snapshot_pause_ms = 15000,  /* B.8, E.3: wait at least 15 s. */
        .modification_window_ms = 86400000, /* B.6: a rolling 24 h. */
        .tag_linger_ms = 60000,             /* B.7: "a short period"; the length is our guess. */
        .terminated_ms = 3600000,           /* B.11: about an hour. */
        .modifications_max = 4,             /* B.6. */
        .snapshots_pending_max = 5,         /* E.3. */
        .attachments_max = 28,              /* F.5: most Nitro instances. */
        .attachments_taken = 2,
        .page_min = 5,    /* E.3. */
        .page_max = 1000, /* E.1: "at most 1000 per page". */
    };
}

/*
 * The same with every duration one fixed length, so that the model never draws: for an explorer,
 * which tries all lengths that matter by moving the clock itself.
 */
static inline struct rates rates_fixed(uint32_t ms)
{
    struct rates r = rates_published();
    const struct rate_span fixed = {ms, ms};

    r.create = r.attach = r.detach = r.free = r.busy = r.erase = fixed;
    r.modify = r.optimize = r.snapshot = r.launch = r.stop = r.terminate = r.release = fixed;
    r.tag_linger_ms = ms;
    r.terminated_ms = ms;
    r.snapshot_gib_ms = 0;
    r.snapshot_next_gib_ms = 0;
    return r;
}
