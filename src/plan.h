/* SPDX-License-Identifier: Apache-2.0 */
/*
 * plan.h - the dry run: a port around another port that lets looks pass and keeps changes back.
 *
 * A change is written down with its reason and the call it would be, and answered as if it had been
 * done; what was so changed is shown changed in later looks. A wait passes in no time. The plan
 * says what would happen if nobody else acted meanwhile, and stops, saying so, where only the world
 * can tell. No function of the port inside that changes anything is ever called.
 */
#pragma once

#include "buf.h"
#include "driver.h"
#include "plan_world.h"
#include "port.h"

enum {
    PLAN_PAGE_MAX = 1024, /* volumes on one page that can be shown with changes made to them */
    PLAN_IDLE_WAITS = 40, /* waits without a change between them, before the plan gives up */
    PLAN_STEPS_MAX = 1000,
    PLAN_EXIT_CHANGES = 2,
};

/* What a plan is made of; everything pointed to must outlive it. */
struct plan_options {
    const struct port *real;
    const struct cloud_spec *cloud; /* for the words of what would be created */
    const struct host_spec *host;
    struct buf *out; /* gets lines of text, or one JSON object */
    bool json;
};

struct plan {
    struct plan_options options;
    struct port port; /* what the driver is given */
    struct clock_port clock;
    struct cloud_port cloud;
    struct host_port host;

    struct plan_world world;
    uint64_t skipped_ms; /* how far waits have taken the plan ahead of the clock */
    bool troubled;       /* the last look failed: the wait for it to mend must be a real one */
    struct probe probed; /* what the last real probe said */

    const struct volume *page[PLAN_PAGE_MAX]; /* handed out by the last look */
    struct volume tags_only;
    struct snapshot_list snapshots;

    uint64_t started_ms;
    uint32_t steps;
    uint32_t changes;
    uint32_t idle_waits;
    bool ended; /* the run would end by itself, with exit_code */
    int exit_code;
    const char *stopped; /* why the plan ends before the run would; NULL: it does not */
};

/* Prepares a plan. Give its port and plan_watch to a driver. */
void plan_init(struct plan *p, const struct plan_options *options);

/* A driver_watch_fn; the context is the plan. */
bool plan_watch(void *context, const struct driver_step *step);

/*
 * Writes the end of the plan, given what driver_run returned, and returns the exit code: that of a
 * run that would fail; else 0, or 2 when detailed is asked for and something would change.
 */
int plan_finish(struct plan *p, int driven, bool detailed);

/* Whether a volume's device is only pretended; and what is on it, PROBE_NONE: only the disk knows.
 */
bool plan_is_pretended(struct plan *p, const struct id *id);
struct probe plan_content(struct plan *p, const struct id *id);

/* Fills in the ports of a plan; private to its three files. */
void plan_cloud_init(struct plan *p);
void plan_host_init(struct plan *p);
