/* SPDX-License-Identifier: Apache-2.0 */
/*
 * report.h - what volclaim-sim says at the end: figures for people or as one JSON object.
 *
 * Nothing here runs a world; it only words what one has come to.
 */
#pragma once

#include "sim/options.h"
#include "sim/world.h"

#include <stdio.h>

/* What one run, or many added up, came to. */
struct report {
    uint64_t runs;
    uint64_t seed;        /* the first */
    uint64_t failed_seed; /* of the first violation */
    uint64_t instances;
    uint64_t volumes;
    uint64_t mounted;
    uint64_t created;
    uint64_t moved;
    uint64_t failed; /* runs of a process that ended without success */
    uint64_t rerun_failed;
    uint64_t violations;
    uint64_t calls[EC2_ACTION_COUNT];
    uint64_t throttled;
    uint64_t virtual_ms; /* until everybody's first run had ended */
    uint64_t last_mount_ms;
    uint64_t floor_ms; /* what the bucket of attach calls alone allows */
    uint64_t events;
    uint64_t elapsed_us; /* processor time */
    uint64_t digest;
    uint64_t strikes[FAULT_COUNT];
    uint32_t cells_taken;
    uint32_t cells;
    struct check_violation first;
};

void report_add(struct report *r, const struct world *w, uint64_t seed);
void report_cells(struct report *r, const struct world *w);
void report_json(const struct report *r, const struct sim_options *o, FILE *out);
void report_text(const struct report *r, const struct sim_options *o, FILE *out);
/* The invariant in words, and what was seen. */
void report_violation(const struct check_violation *v, FILE *out);
/* The cells of the table that no run took, one a line. */
void report_untaken(const struct world *w, FILE *out);
