/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ec2_kinds.h - the vocabulary of the EC2 model: actions, codes, types, states, content, and
 * limits.
 *
 * Rows in the .def files make the enums and the names. It must hold no state and decide nothing.
 */
#pragma once

#include "claim/facts.h"
#include "err.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    EC2_VIEW_KEEP_MS = 60000, /* how long what an answer points to stays as it is */
    EC2_NONE = 0x7fffffff,    /* no volume, no instance, no snapshot */
    EC2_HELD_MAX = 4,
    EC2_VIEW_CLASSES = 88, /* sizes of the parts of answers, up to 200 MB */
    EC2_TAGS_MAX = 50,     /* B.7 */
    EC2_TAG_KEY_MAX = 128,
    EC2_TAG_VALUE_MAX = 256,
    EC2_DEVICE_MAX = 16, /* "/dev/xvddx" is the longest name EC2 takes. */
    EC2_ZONES_MAX = 8,
    EC2_GROUPS_MAX = 16,
    EC2_GROUP_NAME_MAX = 64,
};

enum ec2_action {
#define ACTION(id, name, class, manner) EC2_##id,
#include "sim/ec2_actions.def"
#undef ACTION
    EC2_ACTION_COUNT,
};

enum ec2_code {
#define CODE(id, name, http, err, message) EC2_CODE_##id,
#include "sim/ec2_codes.def"
#undef CODE
    EC2_CODE_COUNT,
};

const char *ec2_action_name(enum ec2_action action);
bool ec2_action_writes(enum ec2_action action);
const char *ec2_code_name(enum ec2_code code);
const char *ec2_code_message(enum ec2_code code);
int ec2_code_http(enum ec2_code code);
enum err ec2_code_err(enum ec2_code code);

/* I: the volume types there are. */
enum ec2_type {
    EC2_GP2,
    EC2_GP3,
    EC2_IO1,
    EC2_IO2,
    EC2_ST1,
    EC2_SC1,
    EC2_STANDARD,
    EC2_TYPE_COUNT
};

const char *ec2_type_name(enum ec2_type type);
/* EC2_TYPE_COUNT when there is no such type. */
enum ec2_type ec2_type_parse(const char *text);

enum ec2_instance_state {
    EC2_PENDING,
    EC2_RUNNING,
    EC2_SHUTTING_DOWN,
    EC2_TERMINATED,
    EC2_STOPPING,
    EC2_STOPPED,
    EC2_INSTANCE_STATE_COUNT,
};

const char *ec2_instance_state_name(enum ec2_instance_state state);

/* F.4. */
enum ec2_modification_state { EC2_MOD_NONE, EC2_MODIFYING, EC2_OPTIMIZING, EC2_MOD_COMPLETED };

/* L.1: what the documents leave open about client tokens. The default is how they read (C.5). */
enum ec2_token_scope { EC2_TOKENS_ZONAL, EC2_TOKENS_REGIONAL };

/* B.5: what a second DeleteVolume is told while the first is going on: undocumented, so each may
 * be. */
enum ec2_second_delete { EC2_DELETE_SUCCEEDS, EC2_DELETE_NOT_FOUND, EC2_DELETE_WRONG_STATE };

/* --- What is on a volume: for the host model and the checkers, never seen by a request. --- */

enum ec2_content_kind {
    EC2_BLANK,   /* zeros */
    EC2_HALF,    /* an interrupted mkfs left something behind */
    EC2_FS,      /* a filesystem, its uuid in fs */
    EC2_FOREIGN, /* a signature that is not ours: partitions, LVM ... */
    EC2_NOISE,   /* no signature, but bytes that are not zero */
};

/* Copied by CreateSnapshot at the moment of the call, and from there into a restored volume. */
struct ec2_content {
    uint64_t data_id; /* which body of data this is: set by whoever made the filesystem */
    uint64_t version; /* one more at each write */
    struct uuid fs;
    enum ec2_content_kind kind;
    uint32_t fs_gib; /* what the filesystem takes up of the volume */
    bool dirty;      /* mounted, or not cleanly unmounted */
};
