/* SPDX-License-Identifier: Apache-2.0 */
/*
 * explore_worlds.c - the small worlds there are, and how one begins.
 *
 * Instances are told apart by their ids, and ids decide (of two equal claims the higher one
 * withdraws, and each looks at a list in an order of its own), so that no two of them may be merged
 * as symmetric. The bounds of a row are those in which it is searched to the end in minutes.
 */
#include "sim/explore_parts.h"

#include <string.h>

#define BEGIN_MS UINT64_C(1800000000000)

/* clang-format off */
static const struct explore_world worlds[] = {
    {
        .name = "movers", .words = "one local, two movers, one volume",
        .strategy = STRATEGY_GROUP, .create = CREATE_NEVER, .volumes = 1,
        .instance_count = 3,
        .instances = {{.zone = 0, .releases = 1, .crashes = 1}, {.zone = 1, .crashes = 1},
                      {.zone = 1, .crashes = 1}},
        .ticks = 9, .rounds = 1, .stalls = 0,
    },
    {
        .name = "locals", .words = "two locals, one mover, one volume",
        .strategy = STRATEGY_GROUP, .create = CREATE_NEVER, .volumes = 1,
        .instance_count = 3,
        .instances = {{.zone = 0, .releases = 1, .crashes = 1},
                      {.zone = 0, .releases = 1, .crashes = 1}, {.zone = 1, .crashes = 1}},
        .ticks = 9, .rounds = 1, .stalls = 0,
    },
    {
        .name = "creators", .words = "two creators under a limit of one",
        .strategy = STRATEGY_ZONE, .create = CREATE_DEFAULT, .limit = 1,
        .instance_count = 2,
        .instances = {{.zone = 0, .releases = 1, .crashes = 1},
                      {.zone = 0, .releases = 1, .crashes = 1}},
        .ticks = 8, .rounds = 1, .stalls = EXPLORE_STALLS_ANY,
    },
    {
        .name = "numbered", .words = "two numbered instances, and the first slot",
        .strategy = STRATEGY_NUMBERED, .create = CREATE_ALWAYS,
        .instance_count = 2,
        .instances = {{.zone = 0, .crashes = 1}, {.zone = 1, .crashes = 1}},
        .ticks = 7, .rounds = 1, .stalls = EXPLORE_STALLS_ANY,
    },
    {
        .name = "crash", .words = "a mover that crashes at each step, then a third instance",
        .strategy = STRATEGY_GROUP, .create = CREATE_NEVER, .volumes = 1,
        .instance_count = 2,
        .instances = {{.zone = 1, .crashes = 1, .terminates = 1}, {.zone = 2, .late = 1}},
        .ticks = 9, .crashes = 1, .rounds = 1, .stalls = 0,
    },
    {
        .name = "pair", .words = "one local, one mover, one volume: small enough to go far",
        .strategy = STRATEGY_GROUP, .create = CREATE_NEVER, .volumes = 1,
        .instance_count = 2,
        .instances = {{.zone = 0, .releases = 1, .crashes = 1}, {.zone = 1, .crashes = 1}},
        .ticks = 9, .rounds = 1, .stalls = 2,
    },
};
/* clang-format on */

enum { WORLD_COUNT = sizeof(worlds) / sizeof(worlds[0]) };

const struct explore_world *explore_world_at(uint32_t index)
{
    return index < WORLD_COUNT ? &worlds[index] : NULL;
}

const struct explore_world *explore_world_find(const char *name)
{
    for (uint32_t i = 0; i < WORLD_COUNT; i++) {
        if (strcmp(worlds[i].name, name) == 0)
            return &worlds[i];
    }
    return NULL;
}

static void add_instance(struct lab *lab, uint32_t who)
{
    const uint8_t zone = lab->o.world->instances[who].zone;
    const uint32_t index = ec2_add_instance(
        &lab->cloud, &(struct ec2_instance_spec){.zone = ec2_zone_name(&lab->cloud, zone)},
        BEGIN_MS);

    lab->selves[who].instance = ec2_instance_id(&lab->cloud, index);
    (void)zone_set(&lab->selves[who].zone, ec2_zone_name(&lab->cloud, zone));
    lab->truth.mounted[who] = EC2_NONE;
}

static void add_volume(struct lab *lab, uint32_t number)
{
    const struct mark slot = {.kind = MARK_SLOT, .number = lab->o.world->slot + number};
    struct mark fs = {.kind = MARK_FS};
    struct mark_text slot_text;
    struct mark_text fs_text;
    struct tag tags[3] = {{.key = "Name", .value = "db"}};
    struct ec2_content content = {.data_id = number + 1, .version = 1, .kind = EC2_FS, .fs_gib = 1};

    content.fs.bytes[0] = (uint8_t)(number + 1);
    fs.uuid = content.fs;
    (void)mark_format(&fs, &fs_text);
    (void)mark_format(&slot, &slot_text);
    tags[1] = (struct tag){.key = fs_text.key, .value = fs_text.value};
    tags[2] = (struct tag){.key = slot_text.key, .value = slot_text.value};
    (void)ec2_add_volume(&lab->cloud,
                         &(struct ec2_volume_spec){
                             .zone = ec2_zone_name(&lab->cloud, 0),
                             .size_gib = 1,
                             .type = EC2_GP3,
                             .tags = tags,
                             .tag_count = lab->o.world->slot > 0 ? 3 : 2,
                             .content = content,
                             .created_ms = BEGIN_MS - UINT64_C(100) * TICK_MS,
                         },
                         BEGIN_MS);
    lab->truth.next_data_id = number + 1;
    check_know(&lab->checks, &content);
}

bool worlds_build(struct lab *lab)
{
    for (uint32_t i = 0; i < EXPLORE_PROCS_MAX; i++)
        lab->truth.mounted[i] = EC2_NONE;
    for (uint32_t i = 0; i < DATA_MAX; i++)
        lab->truth.data[i].mounted_on = EC2_NONE;
    for (uint32_t i = 0; i < lab->o.world->instance_count; i++)
        add_instance(lab, i);
    for (uint32_t i = 0; i < lab->o.world->volumes; i++)
        add_volume(lab, i);
    lab->tick = 0;
    return lab_store(lab) != 0;
}
