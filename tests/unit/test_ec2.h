/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_ec2.h - a small region for the tests of the EC2 model: three zones, every duration two
 * seconds.
 *
 * A test opens a cloud, calls, moves the clock by hand, and closes it. Pointers are to answers of
 * the last call. It must not hide which moment a call happens at.
 */
#pragma once

#include "sim/ec2.h"
#include "unit.h"

#include <stdlib.h>
#include <string.h>

#define TAKES_MS UINT64_C(2000)
#define START_MS UINT64_C(1000000)

struct cloud {
    struct ec2 m;
    struct rates rates;
    struct ec2_options options;
    void *memory;
    uint64_t now_ms;
    struct ec2_answer a;
};

static const char *const test_zones[] = {"a", "b", "c"};
static const struct tag test_pool[] = {{"Name", "data"}, {"team", "db"}};

static inline void cloud_options(struct cloud *c)
{
    *c = (struct cloud){.rates = rates_fixed((uint32_t)TAKES_MS), .now_ms = START_MS};
    c->options = (struct ec2_options){
        .seed = 11,
        .zones = test_zones,
        .zone_count = 3,
        .pool = test_pool,
        .pool_count = 2,
        .no_throttle = true,
    };
}

/* Memory for a copy of a state; without it no test can go on. */
static inline void *room_for(size_t size)
{
    void *memory = aligned_alloc(16, (size + 15) / 16 * 16);

    if (!memory)
        abort();
    return memory;
}

static inline void cloud_start(struct cloud *c)
{
    c->options.rates = &c->rates;
    c->memory = room_for(ec2_memory(&c->options));
    ec2_init(&c->m, &c->options, c->memory);
}

static inline void cloud_open(struct cloud *c)
{
    cloud_options(c);
    cloud_start(c);
}

static inline void cloud_close(struct cloud *c)
{
    free(c->memory);
    c->memory = NULL;
}

static inline uint32_t cloud_instance(struct cloud *c, const char *zone)
{
    return ec2_add_instance(&c->m, &(struct ec2_instance_spec){.zone = zone}, c->now_ms);
}

/* A volume of the pool, 8 GiB. */
static inline uint32_t cloud_volume(struct cloud *c, const char *zone)
{
    return ec2_add_volume(&c->m,
                          &(struct ec2_volume_spec){.zone = zone,
                                                    .size_gib = 8,
                                                    .type = EC2_GP3,
                                                    .tags = test_pool,
                                                    .tag_count = 2,
                                                    .created_ms = c->now_ms},
                          c->now_ms);
}

static inline enum ec2_code call(struct cloud *c, struct ec2_request rq)
{
    ec2_execute(&c->m, &rq, c->now_ms, &c->a);
    return c->a.code;
}

static inline struct ec2_request attach_request(struct cloud *c, uint32_t volume, uint32_t instance)
{
    return (struct ec2_request){
        .action = EC2_ATTACH_VOLUME,
        .volume = ec2_volume_id(&c->m, volume),
        .instance = ec2_instance_id(&c->m, instance),
        .device = "/dev/xvdba",
    };
}

static inline enum ec2_code attach(struct cloud *c, uint32_t volume, uint32_t instance)
{
    return call(c, attach_request(c, volume, instance));
}

static inline enum ec2_code detach(struct cloud *c, uint32_t volume)
{
    return call(c, (struct ec2_request){.action = EC2_DETACH_VOLUME,
                                        .volume = ec2_volume_id(&c->m, volume)});
}

static inline enum ec2_code erase(struct cloud *c, uint32_t volume)
{
    return call(c, (struct ec2_request){.action = EC2_DELETE_VOLUME,
                                        .volume = ec2_volume_id(&c->m, volume)});
}

/* DescribeVolumes by id, as of a moment. */
static inline const struct volume *look(struct cloud *c, uint32_t volume, uint64_t as_of_ms)
{
    const struct id id = ec2_volume_id(&c->m, volume);

    (void)call(
        c, (struct ec2_request){
               .action = EC2_DESCRIBE_VOLUMES, .ids = &id, .id_count = 1, .as_of_ms = as_of_ms});
    return c->a.volume;
}

static inline enum ec2_code put_tag(struct cloud *c, uint32_t volume, struct tag tag)
{
    const struct id id = ec2_volume_id(&c->m, volume);

    return call(
        c, (struct ec2_request){
               .action = EC2_CREATE_TAGS, .ids = &id, .id_count = 1, .tags = &tag, .tag_count = 1});
}

static inline enum ec2_code drop_tag(struct cloud *c, uint32_t volume, struct tag tag)
{
    const struct id id = ec2_volume_id(&c->m, volume);

    return call(
        c, (struct ec2_request){
               .action = EC2_DELETE_TAGS, .ids = &id, .id_count = 1, .tags = &tag, .tag_count = 1});
}

static inline const char *true_tag(struct cloud *c, uint32_t volume, const char *key)
{
    return ec2_tag_value(&c->m, ec2_truth_volume(&c->m, volume, c->now_ms).tags, key);
}

static inline struct ec2_request list_request(void)
{
    return (struct ec2_request){.action = EC2_DESCRIBE_VOLUMES, .pool = true};
}
