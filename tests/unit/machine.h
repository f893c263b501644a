/* SPDX-License-Identifier: Apache-2.0 */
/*
 * machine.h - one machine in a small simulated region, with the program's own driver on it.
 *
 * For tests of the driver and the plan. It has two zones; the machine is in the first. There is no
 * fault and no other machine but those a test adds.
 */
#pragma once

#include "driver.h"
#include "sim/sim_port.h"

enum {
    MACHINE_LINES_MAX = 32 * 1024,
    MACHINE_START_MS = 1767322985, /* seconds; 2026, as claims carry their expiry in seconds */
};

struct machine {
    struct ec2 cloud;
    struct sim_port sim;
    uint32_t instance;
    uint32_t other; /* an instance in the second zone that never acts */
    struct claim_config cfg;
    struct claim claim;
    struct log log;
    struct driver driver;
    char lines[MACHINE_LINES_MAX]; /* the log, cut when it is full */
    size_t length;
};

/* A volume of the pool in zone 0 or 1; holder: instance index + 1, 0 nobody; blank or with ext4. */
struct machine_volume {
    uint32_t zone;
    uint32_t holder;
    bool blank;
    bool foreign;
};

/* Builds the region and the machine. There is one at a time. */
struct machine *machine_new(void);
uint32_t machine_add(struct machine *m, const struct machine_volume *v);

/* Begins the port, with all that was added, and a claim; then machine_run() drives it. */
void machine_begin(struct machine *m, enum claim_goal goal);
int machine_run(struct machine *m);

/* A new process on the same machine, later: the same port, a new claim. */
void machine_again(struct machine *m, enum claim_goal goal);

/* What is mounted at the target now, EC2_NONE: nothing. */
uint32_t machine_mounted(const struct machine *m);
