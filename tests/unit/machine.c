/* SPDX-License-Identifier: Apache-2.0 */
/*
 * machine.c - sets up the models, the port and the driver for one test.
 *
 * It must not know what a test expects.
 */
#include "machine.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static const char *const zones[] = {"eu-1a", "eu-1b"};
static const struct tag pool[] = {{"role", "db"}};
static const uint64_t start_ms = (uint64_t)MACHINE_START_MS * 1000;

static void keep_line(void *context, const char *line, size_t length)
{
    struct machine *m = context;

    if (m->length + length >= sizeof(m->lines))
        return;
    memcpy(m->lines + m->length, line, length);
    m->length += length;
    m->lines[m->length] = '\0';
}

struct machine *machine_new(void)
{
    static struct machine m;
    static _Alignas(16) unsigned char memory[8 * 1024 * 1024];
    static struct rates rates;
    const struct ec2_options options = {
        .seed = 7,
        .rates = &rates,
        .zones = zones,
        .zone_count = 2,
        .pool = pool,
        .pool_count = 1,
        .volumes = 32,
        .instances = 8,
        .snapshots = 16,
        .plain_ids = true,
    };

    rates = rates_published();
    assert(ec2_memory(&options) <= sizeof(memory));
    memset(&m, 0, sizeof(m));
    ec2_init(&m.cloud, &options, memory);
    m.instance =
        ec2_add_instance(&m.cloud, &(struct ec2_instance_spec){.zone = zones[0]}, start_ms);
    m.other = ec2_add_instance(&m.cloud, &(struct ec2_instance_spec){.zone = zones[1]}, start_ms);
    claim_defaults(&m.cfg);
    return &m;
}

uint32_t machine_add(struct machine *m, const struct machine_volume *v)
{
    struct ec2_volume_spec spec = {
        .zone = zones[v->zone],
        .size_gib = 8,
        .type = EC2_GP3,
        .tags = pool,
        .tag_count = 1,
        .created_ms = start_ms,
        .holder = v->holder,
        .device = "/dev/xvdc",
    };

    if (v->foreign)
        spec.content.kind = EC2_FOREIGN;
    else if (!v->blank)
        spec.content = (struct ec2_content){
            .data_id = 1, .version = 1, .fs = {{1, 2, 3}}, .kind = EC2_FS, .fs_gib = 8};
    return ec2_add_volume(&m->cloud, &spec, start_ms);
}

static void begin_claim(struct machine *m, enum claim_goal goal)
{
    const struct token token = {.hi = 1, .lo = m->sim.now_ms};

    claim_init(&m->claim, &m->cfg, goal, 5, token);
    m->length = 0;
    m->lines[0] = '\0';
    m->log = (struct log){.level = LOG_INFO, .sink = keep_line, .context = m};
    m->driver = (struct driver){.port = &m->sim.port, .log = &m->log};
}

void machine_begin(struct machine *m, enum claim_goal goal)
{
    sim_port_init(&m->sim, &(struct sim_port_options){
                               .cloud = &m->cloud,
                               .machine = m->instance,
                               .pool = pool,
                               .pool_count = 1,
                               .size_gib = 8,
                               .page_size = 100,
                               .call_ms = 100,
                               .now_ms = start_ms + 1000,
                               .seed = 11,
                           });
    begin_claim(m, goal);
}

void machine_again(struct machine *m, enum claim_goal goal)
{
    m->sim.now_ms += 60000;
    memset(m->sim.calls, 0, sizeof(m->sim.calls));
    begin_claim(m, goal);
}

int machine_run(struct machine *m)
{
    return driver_run(&m->driver, &m->claim);
}

uint32_t machine_mounted(const struct machine *m)
{
    return m->sim.kernel.mounted;
}
