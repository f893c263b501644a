/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ec2_truth.h - the EC2 model from behind: setting it up, moving its machines, and the truth in it.
 *
 * For worlds, host models, checkers and servers; a request never sees any of it. Include sim/ec2.h,
 * which ends with this file. Nothing here is throttled, delayed or refused: misuse asserts.
 */
#pragma once

#include "claim/facts.h"
#include "claim/mark.h"
#include "sim/ec2_kinds.h"

#include <stdbool.h>
#include <stdint.h>

struct ec2;

/* --- Setting up and moving the world --- */

struct ec2_volume_spec {
    const char *zone;
    uint32_t size_gib;
    enum ec2_type type;
    uint32_t tag_count;
    const struct tag *tags;
    struct ec2_content content;
    uint64_t created_ms;
    uint32_t holder;    /* index of an instance + 1 that has it attached; 0: nobody */
    const char *device; /* its name there */
    bool encrypted;
    bool multi_attach;
    bool delete_on_termination;
};

struct ec2_instance_spec {
    const char *zone;
    const char *id; /* NULL: the model makes one */
    uint32_t group; /* index of the group + 1; 0: none */
    bool launching; /* pending first; else running at once */
};

struct ec2_snapshot_spec {
    struct ec2_content content;
    uint32_t size_gib;
    uint32_t tag_count;
    const struct tag *tags;
    uint64_t created_ms;
};

/* Each gives the index of what was added; there must be room. Nothing is throttled or delayed. */
uint32_t ec2_add_group(struct ec2 *m, const char *name);
uint32_t ec2_add_instance(struct ec2 *m, const struct ec2_instance_spec *s, uint64_t now_ms);
uint32_t ec2_add_volume(struct ec2 *m, const struct ec2_volume_spec *s, uint64_t now_ms);
uint32_t ec2_add_snapshot(struct ec2 *m, const struct ec2_snapshot_spec *s, uint64_t now_ms);

/* B.4, F.2: what is attached to a terminated instance comes free after a while, mounted or not. */
void ec2_terminate(struct ec2 *m, uint32_t instance, uint64_t now_ms);
void ec2_stop(struct ec2 *m, uint32_t instance, uint64_t now_ms);
void ec2_start(struct ec2 *m, uint32_t instance, uint64_t now_ms);

/*
 * The guest's use of an attached volume, told by the host model: while it is mounted a detach stays
 * `busy`, and ends only after the unmount (B.4).
 */
void ec2_mounted(struct ec2 *m, uint32_t volume, uint64_t now_ms);
void ec2_unmounted(struct ec2 *m, uint32_t volume, uint64_t now_ms);

/* Actions answered with UnauthorizedOperation from now on: bit 1 << action. */
void ec2_deny(struct ec2 *m, uint32_t actions);
/* The token buckets are in service unless options said otherwise. */
void ec2_throttle_on(struct ec2 *m);
void ec2_throttle_off(struct ec2 *m);

/* --- Looking things up; names and ids never change. --- */

/* EC2_NONE when there is no such id, whatever has become of it. */
uint32_t ec2_volume_index(const struct ec2 *m, const struct id *id);
uint32_t ec2_instance_index(const struct ec2 *m, const struct id *id);
uint32_t ec2_snapshot_index(const struct ec2 *m, const struct id *id);
struct id ec2_volume_id(const struct ec2 *m, uint32_t volume);
struct id ec2_instance_id(const struct ec2 *m, uint32_t instance);
struct id ec2_snapshot_id(const struct ec2 *m, uint32_t snapshot);
uint32_t ec2_zone_count(const struct ec2 *m);
const char *ec2_zone_name(const struct ec2 *m, uint32_t zone);
const char *ec2_group_name(const struct ec2 *m, uint32_t group);

/* What is on a volume or a snapshot, to be read and written by the host model. */
struct ec2_content *ec2_content(struct ec2 *m, uint32_t volume);
const struct ec2_content *ec2_snapshot_content(const struct ec2 *m, uint32_t snapshot);

/* --- The truth at a moment: for checkers and the host model, and raw facts for servers. --- */

/* At a moment that is not in the future and not older than the history. */
struct ec2_volume_truth {
    enum volume_state state; /* VOL_NONE: not there yet; VOL_DELETED: gone */
    enum attach_state attachment;
    uint32_t holder; /* index of the instance, EC2_NONE */
    uint32_t zone;
    uint32_t size_gib;
    uint32_t iops;
    uint32_t throughput;
    enum ec2_type type;
    uint32_t snapshot; /* it was made from, EC2_NONE */
    uint64_t created_ms;
    uint64_t attached_ms; /* when AttachVolume was called */
    uint32_t tags;        /* for ec2_tag() */
    const char *kms_key;  /* "" where there is none */
    char device[EC2_DEVICE_MAX];
    bool stuck; /* it will stay in `attaching` */
    bool mounted;
    bool encrypted;
    bool multi_attach;
    bool delete_on_termination;
};

struct ec2_snapshot_truth {
    enum snapshot_state state; /* SNAP_NONE: deleted, or not there yet */
    uint32_t progress;
    uint32_t volume; /* EC2_NONE for one that was added */
    uint32_t size_gib;
    uint64_t created_ms;
    uint64_t completes_ms;
    uint32_t tags;
    bool encrypted;
};

struct ec2_instance_truth {
    enum ec2_instance_state state;
    uint32_t zone;
    uint32_t group; /* index + 1, 0: none */
    uint64_t launched_ms;
};

/* All that ever were, deleted ones included: indices 0 .. count - 1. */
uint32_t ec2_volume_count(const struct ec2 *m);
uint32_t ec2_snapshot_count(const struct ec2 *m);
uint32_t ec2_instance_count(const struct ec2 *m);
struct ec2_volume_truth ec2_truth_volume(const struct ec2 *m, uint32_t volume, uint64_t at_ms);
struct ec2_snapshot_truth ec2_truth_snapshot(const struct ec2 *m, uint32_t snapshot,
                                             uint64_t at_ms);
struct ec2_instance_truth ec2_truth_instance(const struct ec2 *m, uint32_t instance,
                                             uint64_t at_ms);
/* The same as the core would see it; lives as an answer does. */
const struct volume *ec2_truth_facts(struct ec2 *m, uint32_t volume, uint64_t at_ms);

/* The tags of a set, in order of key's age; texts stay until the set is replaced and forgotten. */
uint32_t ec2_tag_count(const struct ec2 *m, uint32_t tags);
struct tag ec2_tag(const struct ec2 *m, uint32_t tags, uint32_t at);
/* The value of a key, NULL when there is no such tag. */
const char *ec2_tag_value(const struct ec2 *m, uint32_t tags, const char *key);

/* When the next thing happens by itself after now_ms; UINT64_MAX: nothing is to come. */
uint64_t ec2_next_change(const struct ec2 *m, uint64_t now_ms);
