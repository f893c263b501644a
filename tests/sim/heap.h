/* SPDX-License-Identifier: Apache-2.0 */
/*
 * heap.h - the order of things to come: a 4-ary heap of events by time, then by sequence.
 *
 * Two events of one moment come out in the order they were put in, so a run has exactly one order.
 * The caller gives the memory; nothing is allocated here, and a full heap is a bug that asserts.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* What can happen next; world.c gives each its meaning. */
enum sim_kind {
    SIM_NONE,
    SIM_BOOT,   /* a process starts on a machine */
    SIM_ARRIVE, /* a request reaches the service */
    SIM_REPLY,  /* an answer, or the end of waiting for one, reaches a process */
    SIM_WAKE,   /* a sleep ends */
    SIM_HOST,   /* a job of the machine ends */
    SIM_LET_GO, /* the guest lets go of a device it held after an unmount */
    SIM_THAW,   /* a frozen machine goes on */
    SIM_WRITE,  /* an application writes to what is mounted */
    SIM_LIFE,   /* the life of a machine takes a turn: release, reboot, end */
    SIM_PHASE,  /* the run enters its next phase */
    SIM_KIND_COUNT,
};

struct sim_event {
    uint64_t time_ms;
    uint32_t sequence;
    uint32_t instance;
    uint32_t arg;
    uint32_t kind;
};

struct heap {
    struct sim_event *items;
    uint32_t count;
    uint32_t capacity;
    uint32_t sequence;
};

void heap_init(struct heap *h, struct sim_event *items, uint32_t capacity);
/* The sequence of *ev is given by the heap. */
void heap_push(struct heap *h, struct sim_event ev);
/* False when nothing is to come. */
bool heap_pop(struct heap *h, struct sim_event *out);
