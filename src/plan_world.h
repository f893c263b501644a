/* SPDX-License-Identifier: Apache-2.0 */
/*
 * plan_world.h - what a plan pretends: volumes and snapshots as they would be after its changes.
 *
 * Plain values, few of them, as one run touches few. It must not look at the real world.
 */
#pragma once

#include "claim/facts.h"
#include "claim/mark.h"

#include <stdbool.h>
#include <stdint.h>

enum { PLAN_VOLUMES_MAX = 12, PLAN_SNAPSHOTS_MAX = 4 };

struct plan_volume {
    struct volume facts;
    bool made;     /* by the plan: no real look can show it */
    bool empty;    /* made without a snapshot, so blank until formatted */
    bool attached; /* by the plan: its device is not there */
};

/* A disk that the plan formatted or mounted, whether it is really here or not. */
struct plan_disk {
    struct id volume;
    struct probe content;
    bool mounted;
};

struct plan_world {
    struct self self;
    struct plan_volume volumes[PLAN_VOLUMES_MAX];
    uint32_t volume_count;
    struct plan_disk disks[PLAN_VOLUMES_MAX];
    uint32_t disk_count;
    struct snapshot snapshots[PLAN_SNAPSHOTS_MAX];
    uint32_t snapshot_count;
    uint32_t made_count;
    uint64_t now_ms;
};

/* The pretended volume, or NULL when the plan has not touched it. */
struct plan_volume *plan_volume(struct plan_world *w, const struct id *id);

/* The pretended disk, or NULL; and the same, made up when there is none: NULL when too many. */
struct plan_disk *plan_disk(struct plan_world *w, const struct id *volume);
struct plan_disk *plan_touch(struct plan_world *w, const struct id *volume);

/* Begins to pretend about a volume, from what a look has shown. NULL when there are too many. */
struct plan_volume *plan_adopt(struct plan_world *w, const struct volume *facts);

/* A new volume or snapshot, named so that nobody takes it for a real one. NULL when too many. */
struct plan_volume *plan_make_volume(struct plan_world *w);
struct snapshot *plan_make_snapshot(struct plan_world *w);
struct snapshot *plan_snapshot(struct plan_world *w, const struct id *id);

void plan_attach(struct plan_world *w, struct plan_volume *v);
void plan_detach(struct plan_volume *v);
void plan_mark(struct plan_volume *v, const struct mark *mark);
void plan_unmark(struct plan_volume *v, const struct mark *mark);
