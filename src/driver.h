/* SPDX-License-Identifier: Apache-2.0 */
/*
 * driver.h - the loop of a real run: one effect out of the core, one call on a port, one answer
 * back.
 *
 * It is the only place where an effect becomes a call, and where the clock is read: once per step.
 * It must not decide anything the protocol decides, nor know one provider from another.
 */
#pragma once

#include "claim/claim.h"
#include "err.h"
#include "log.h"
#include "port.h"
#include "recorder.h"

#include <stdbool.h>

enum { DRIVER_STOPPED = -1 };

/* What is about to be performed, and what led to it. */
struct driver_step {
    const struct claim *claim;
    const struct claim_trace *trace;
    const struct effect *effect;
    uint64_t now_ms;
};

/* Sees each step before its effect is performed; false stops the run there, with nothing performed.
 */
typedef bool(driver_watch_fn)(void *context, const struct driver_step *step);

struct driver {
    const struct port *port;
    struct log *log;
    driver_watch_fn *watch; /* may be NULL */
    void *watch_context;
    struct recorder recorder;
    struct errctx failures[ERR_COUNT]; /* the last one of each code; code ERR_OK: none */
    enum err last_failure;             /* the code of the last one of all */
    uint64_t failed_step;              /* how many steps had been taken then */
};

/*
 * Runs a claim that was just initialised to its end, and returns the exit code it ended with, or
 * DRIVER_STOPPED. Blocks for as long as the claim lasts. A failed run leaves its words and its last
 * steps in the log.
 */
int driver_run(struct driver *d, struct claim *c);
