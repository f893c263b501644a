/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sim_port.h - the ports of a real run, over the models: one machine, one call at a time, virtual
 * time.
 *
 * The program's own driver and plan run on it from end to end, and so can anything else that takes
 * a struct port. Each call moves the clock by what it would take. It must not race: a world of many
 * machines is world.h.
 */
#pragma once

#include "port.h"
#include "sim/client.h"
#include "sim/ec2.h"
#include "sim/host_model.h"
#include "sim/prng.h"

/* One answer that is not the model's: the call with this effect fails, after `skip` that do not. */
struct sim_port_fault {
    enum fx of;
    enum err err;
    uint32_t skip;
    uint32_t times; /* how many calls fail; 0: none */
    bool after;     /* ... after the model has performed it */
};

struct sim_port_options {
    struct ec2 *cloud;      /* the region, shared and outliving the port */
    uint32_t machine;       /* which instance this is */
    const struct tag *pool; /* outlives the port */
    uint32_t pool_count;
    uint32_t size_gib; /* of created volumes */
    uint32_t page_size;
    uint32_t call_ms; /* how long one call takes, there and back */
    uint64_t now_ms;  /* when it begins; not before the model's last call */
    uint64_t seed;
};

struct sim_port {
    struct clock_port clock;
    struct cloud_port cloud;
    struct host_port host;
    struct port port; /* the three above: what a driver is given */

    struct sim_port_options options;
    struct sim_port_fault fault;
    uint64_t now_ms;
    uint32_t calls[FX_COUNT]; /* by effect, failed ones among them */

    struct client client;
    struct client_room room;
    struct self self;
    struct host kernel;
    struct host_rates rates;
    struct prng chance;
    struct inspection inspection;
    uint64_t next_data_id;
};

void sim_port_init(struct sim_port *p, const struct sim_port_options *options);

/* All calls on the cloud so far, and those of them that asked for a change. */
uint32_t sim_port_cloud_calls(const struct sim_port *p);
uint32_t sim_port_changes(const struct sim_port *p);
