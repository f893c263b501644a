/* SPDX-License-Identifier: Apache-2.0 */
/*
 * faults.h - which faults a run knows, and how often each strikes: one struct, one rate per row.
 *
 * The rows are in faults.def. Beside the rates stand the assumptions of the protocol as figures
 * (lag bound, clock bound): a run keeps them unless it is told to break them. Nothing here draws or
 * acts.
 */
#pragma once

#include "sim/prng.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum fault {
#define FAULT(id, name, unit, all_ppm, most_ppm, words) FAULT_##id,
#include "sim/faults.def"
#undef FAULT
    FAULT_COUNT,
};

/* What one draw is made for. */
enum fault_unit {
    FAULT_PER_REQUEST,   /* one request to the service */
    FAULT_PER_READ,      /* one answered read */
    FAULT_PER_OPERATION, /* one attachment, snapshot, creation, probe ... that the row names */
    FAULT_PER_STEP,      /* one step of one process */
    FAULT_PER_MACHINE,   /* one machine, when it is launched */
    FAULT_PER_RUN,       /* one run of a world */
};

enum {
    FAULT_PPM = 1000000,
    /* Design 2: a write is visible in less than half the consensus wait of 30 s. */
    FAULT_LAG_MS = 14000,
    /* Design 2: clocks agree within 5 s after calibration. */
    FAULT_CLOCK_MS = 2500,
};

struct faults {
    uint32_t ppm[FAULT_COUNT];
    uint32_t lag_ms; /* no view is older than this */
    uint32_t
        clock_ms; /* no clock is further off than this, so two differ by at most twice as much */
};

/* No fault at all; the bounds are those of the protocol. */
struct faults faults_none(void);
/* Every fault at its all_ppm. */
struct faults faults_all(void);
/* A mix for one seed: each fault on or off, each rate drawn on a scale of halves. */
struct faults faults_draw(struct prng *p);

const char *fault_name(enum fault f);
const char *fault_words(enum fault f);
enum fault_unit fault_unit(enum fault f);

/* True when any rate is above 0. */
bool faults_any(const struct faults *f);

/*
 * Reads `none`, `all`, or `NAME=RATE` parted by commas; a later part changes what earlier ones
 * said. A rate is a number from 0 to 1 with at most six decimals. On failure *f is unchanged and
 * why[] holds one sentence that names the part.
 */
bool faults_parse(const char *text, struct faults *f, char *why, size_t why_size);

/* Writes the mix so that faults_parse reads it back: `none`, or the parts. Returns false when cut.
 */
bool faults_format(const struct faults *f, char *out, size_t size);

/* Reads a plain decimal from 0 to 1 as parts per million; the whole text must be one number. */
bool faults_parse_rate(const char *text, size_t length, uint32_t *ppm);
