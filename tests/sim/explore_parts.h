/* SPDX-License-Identifier: Apache-2.0 */
/*
 * explore_parts.h - what the files of the explorer share.
 *
 * A state of a small world is a handful of numbers: each instance, the service, and the changes on
 * their way are states of their own, kept once, and numbered. What one instance does next depends
 * on its own state and on the service's alone, so that it is worked out once for each pair, by the
 * real core and the real model, and looked up ever after. That is why the explorer is fast. Nothing
 * outside the explorer may include this file.
 */
#pragma once

#include "sim/check.h"
#include "sim/client.h"
#include "sim/ec2.h"
#include "sim/explore.h"
#include "sim/host_model.h"
#include "sim/trace.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    TICK_MS = 30000,
    DATA_MAX = 12,
    SNAPS_MAX = 16,
    CLOUD_MAX = 65536,   /* bytes of one packed service */
    SUCCESSORS_MAX = 64, /* of one instance in one service */
    NOBODY = 0x7fffffff,
};

/* --- explore_pool.c: things kept once, and numbered from 1 --- */

struct pool {
    unsigned char **chunks;
    uint64_t *at; /* by number: chunk << 32 | offset */
    uint32_t *sizes;
    uint64_t *hashes;
    uint32_t *table; /* open addressing, 0: free */
    uint32_t count;
    uint32_t capacity;
    uint32_t table_size;
    uint32_t chunk_count;
    uint32_t chunk_used;
    bool by_hash; /* equal hashes are taken for equal things */
    bool failed;
    uint64_t bytes;
};

/* 0 when there is no memory. `fresh` is told whether it was not there before; it may be NULL. */
uint32_t pool_put(struct pool *p, const void *thing, uint32_t size, uint64_t hash);
const void *pool_get(const struct pool *p, uint32_t number);
void pool_free(struct pool *p);
uint64_t pool_hash(const void *bytes, size_t size);

/* A map from a pair of numbers to a span of an array. */
struct memo {
    struct memo_entry {
        uint64_t key; /* 0: free */
        uint32_t first;
        uint32_t count;
    } * entries;
    uint64_t size;
    uint64_t used;
};

/* The entry of this key; made, with count UINT32_MAX, when there is none; NULL without memory. */
struct memo_entry *memo_at(struct memo *m, uint64_t key);
void memo_free(struct memo *m);

/* --- one instance --- */

enum stage { STAGE_UNBORN, STAGE_RUN, STAGE_USE, STAGE_OVER };

/* An instance: what its process remembers and waits for. Its kernel is the service's truth. */
struct proc {
    struct claim claim;
    struct effect fx;
    struct client client;
    uint32_t wake; /* of a sleep: the tick */
    uint8_t who;
    uint8_t stage;
    uint8_t run;    /* processes so far; in the token */
    uint8_t rounds; /* runs it may still begin */
};

/* What is true beside the model: what the checkers remember, and what is mounted. */
struct truth {
    struct check_datum data[DATA_MAX];
    uint32_t mounted[EXPLORE_PROCS_MAX];
    bool kept[SNAPS_MAX];
    uint64_t next_data_id;
    uint32_t gone; /* mask of instances that were terminated */
    uint32_t fell; /* mask of instances that have crashed or ended */
};

/* A change on its way. */
struct letter {
    struct effect fx;
    struct client client;
    uint32_t who;
    uint32_t last; /* the last tick in which it may land */
};

/* How one event goes. */
enum happening {
    GOES_WELL,
    GOES_UNANSWERED, /* a change: no answer, and it may land any time in its window, or never */
    GOES_TWICE,      /* a change: done and answered, and it may land once more */
    GOES_DOWN,       /* the machine reboots */
    GOES_AWAY,       /* the machine is terminated */
};

struct choice {
    uint8_t how;
    uint8_t age;      /* of what a read shows: 0 now, 1 before this tick, 2 before the last */
    uint8_t tags_age; /* of its tags */
};

/* What one event leads to. */
struct outcome {
    uint32_t proc;
    uint32_t cloud;
    uint32_t letter; /* 0: none */
    struct choice choice;
    uint8_t bad; /* a violation: number of its check + 1 */
};

/* --- the laboratory: the one service and the one process that are worked on --- */

struct lab {
    struct explore_options o;
    struct claim_config cfg;
    struct rates rates;
    struct host_rates host_rates;
    struct prng chance;
    struct ec2 cloud;
    void *memory;
    unsigned char *packed;
    struct truth truth;
    struct checks checks;
    struct client_room room;
    struct inspection inspection;
    uint32_t held[EXPLORE_PROCS_MAX];
    uint32_t heads[64];
    uint32_t tick;
    uint32_t cloud_number; /* the one that is loaded */
    bool changed;
    uint64_t seed;
    uint64_t steps;
    struct self selves[EXPLORE_PROCS_MAX];

    struct pool procs;
    struct pool clouds;
    struct pool letters;
    uint8_t *proc_kind; /* by number: enum proc_kind */
    uint32_t proc_kinds;

    const struct trace_sink *trace; /* a story is being told */
};

/* Everything the search needs to know of an instance's state. */
enum proc_kind {
    PROC_OPEN,  /* others may go first */
    PROC_LOCAL, /* its next step touches nothing that others see, and sees nothing they do */
    PROC_SLEEP,
    PROC_ARRIVING, /* open, and it has not looked at the pool yet */
    PROC_LATE,     /* not booted yet */
    PROC_OVER,
    PROC_USING,
};

/* explore_lab.c */
bool lab_init(struct lab *lab, const struct explore_options *o);
void lab_fini(struct lab *lab);
/* Loads a service; lab_store() numbers it as it is now, after lab->tick was set. */
void lab_load(struct lab *lab, uint32_t cloud);
uint32_t lab_store(struct lab *lab);
uint64_t lab_now(const struct lab *lab);
uint32_t lab_tick_of(const struct lab *lab, uint32_t cloud);
uint64_t lab_bytes(const struct lab *lab);
void lab_note(struct lab *lab, int64_t machine, const char *format, ...) PRINTF_LIKE(3, 4);

/* explore_service.c: effects at the service and on the machine. */
struct answer service_perform(struct lab *lab, struct proc *p, const struct choice *choice);
void service_land(struct lab *lab, const struct letter *letter);
struct answer machine_perform(struct lab *lab, struct proc *p);
void machine_write(struct lab *lab, uint32_t who);
void machine_reboot(struct lab *lab, uint32_t who);
void machine_terminate(struct lab *lab, uint32_t who);
/* At the end: how many volumes there are. */
void service_count(struct lab *lab);

/* explore_proc.c: what an instance can do next. */
uint32_t proc_first(struct lab *lab, uint32_t who);
uint32_t proc_put(struct lab *lab, struct proc *p);
/* The same instance in the tick that is set now: what has passed is forgotten. */
uint32_t proc_tick(struct lab *lab, uint32_t number);
/* All that can happen to process `number` in service `cloud`; how many were written to out. */
uint32_t proc_outcomes(struct lab *lab, uint32_t number, uint32_t cloud,
                       struct outcome out[SUCCESSORS_MAX]);
/* One of them again, with the trace listening. */
void proc_tell(struct lab *lab, uint32_t number, uint32_t cloud, const struct choice *choice);
enum proc_kind proc_kind(const struct lab *lab, uint32_t number);

/* explore_worlds.c */
bool worlds_build(struct lab *lab);
