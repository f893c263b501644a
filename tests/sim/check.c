/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check.c - what the checkers share: the record of the run, and a few looks at the truth.
 *
 * It must not change a model, and must cost nothing while all is well.
 */
#include "sim/check.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const char *const names[CHECK_COUNT] = {
#define CHECK(id, name, words) [CHECK_##id] = (name),
#include "sim/check.def"
#undef CHECK
};

static const char *const sentences[CHECK_COUNT] = {
#define CHECK(id, name, words) [CHECK_##id] = (words),
#include "sim/check.def"
#undef CHECK
};

const char *check_name(enum check c)
{
    return names[c];
}

const char *check_words(enum check c)
{
    return sentences[c];
}

void check_init(struct checks *ck, struct ec2 *cloud, const struct check_room *room)
{
    *ck = (struct checks){
        .cloud = cloud,
        .data = room->data,
        .mounted = room->mounted,
        .held = room->held,
        .heads = room->heads,
        .head_capacity = room->head_capacity,
        .kept = room->kept,
        .data_capacity = room->data_capacity,
        .machine_capacity = room->machine_capacity,
        .snapshot_capacity = room->snapshot_capacity,
    };
    for (uint32_t i = 0; i < room->data_capacity; i++)
        ck->data[i] = (struct check_datum){.mounted_on = EC2_NONE};
    for (uint32_t i = 0; i < room->machine_capacity; i++)
        ck->mounted[i] = EC2_NONE;
    memset(room->kept, 0, room->snapshot_capacity * sizeof(room->kept[0]));
}

void check_fail(struct checks *ck, enum check which, uint32_t machine, const char *format, ...)
{
    va_list args;

    ck->by[which]++;
    if (ck->count++ > 0)
        return;
    ck->first = (struct check_violation){.which = which, .time_ms = ck->now_ms, .machine = machine};
    va_start(args, format);
    (void)vsnprintf(ck->first.words, sizeof(ck->first.words), format, args);
    va_end(args);
}

void check_know(struct checks *ck, const struct ec2_content *c)
{
    if (c->data_id == 0)
        return;
    assert(c->data_id < ck->data_capacity);
    if (c->version > ck->data[c->data_id].latest)
        ck->data[c->data_id].latest = c->version;
}

bool check_alive(const struct checks *ck, uint32_t volume)
{
    const enum volume_state state = ec2_truth_volume(ck->cloud, volume, ck->now_ms).state;

    return state == VOL_AVAILABLE || state == VOL_IN_USE;
}

bool check_descends(const struct checks *ck, uint32_t copy, uint32_t source)
{
    const uint32_t snapshot = ec2_truth_volume(ck->cloud, copy, ck->now_ms).snapshot;

    return snapshot != EC2_NONE &&
           ec2_truth_snapshot(ck->cloud, snapshot, ck->now_ms).volume == source;
}

const struct volume *check_facts(struct checks *ck, uint32_t volume)
{
    return ec2_truth_facts(ck->cloud, volume, ck->now_ms);
}

bool check_claimed(const struct checks *ck, const struct volume *v, uint64_t consensus_ms)
{
    for (uint32_t i = 0; i < v->flag_count; i++) {
        if (v->flags[i].expires_s > (UINT64_MAX - consensus_ms) / 1000 ||
            v->flags[i].expires_s * 1000 + consensus_ms > ck->now_ms)
            return true;
    }
    return false;
}
