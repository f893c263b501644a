/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ec2_names.c - the rows of actions, codes and types as names, statuses and errors.
 *
 * Text comes from the .def files alone; nothing here decides.
 */
#include "sim/ec2.h"

#include <string.h>

enum manner { READS, WRITES };

const char *ec2_action_name(enum ec2_action action)
{
    switch (action) {
#define ACTION(id, name, class, manner) \
    case EC2_##id:                      \
        return name;
#include "sim/ec2_actions.def"
#undef ACTION
    case EC2_ACTION_COUNT: break;
    }
    return "NoSuchAction";
}

bool ec2_action_writes(enum ec2_action action)
{
    switch (action) {
#define ACTION(id, name, class, manner) \
    case EC2_##id:                      \
        return (manner) == WRITES;
#include "sim/ec2_actions.def"
#undef ACTION
    case EC2_ACTION_COUNT: break;
    }
    return false;
}

struct code_row {
    const char *name;
    const char *message;
    int http;
    enum err err;
};

static const struct code_row codes[EC2_CODE_COUNT] = {
#define CODE(id, name, http, err, message) [EC2_CODE_##id] = {name, message, http, ERR_##err},
#include "sim/ec2_codes.def"
#undef CODE
};

const char *ec2_code_name(enum ec2_code code)
{
    return code < EC2_CODE_COUNT ? codes[code].name : "NoSuchCode";
}

const char *ec2_code_message(enum ec2_code code)
{
    return code < EC2_CODE_COUNT ? codes[code].message : "";
}

int ec2_code_http(enum ec2_code code)
{
    return code < EC2_CODE_COUNT ? codes[code].http : 0;
}

enum err ec2_code_err(enum ec2_code code)
{
    return code < EC2_CODE_COUNT ? codes[code].err : ERR_UNKNOWN;
}

static const char *const types[EC2_TYPE_COUNT] = {
#define TYPE(id, name, gib_min, gib_max, iops_min, iops_max, iops_gib) [EC2_##id] = (name),
#include "sim/ec2_types.def"
#undef TYPE
};

const char *ec2_type_name(enum ec2_type type)
{
    return type < EC2_TYPE_COUNT ? types[type] : "no-such-type";
}

enum ec2_type ec2_type_parse(const char *text)
{
    enum ec2_type type = 0;

    while (type < EC2_TYPE_COUNT && strcmp(types[type], text) != 0)
        type++;
    return type;
}

const char *ec2_instance_state_name(enum ec2_instance_state state)
{
    static const char *const names[EC2_INSTANCE_STATE_COUNT] = {
        [EC2_PENDING] = "pending",
        [EC2_RUNNING] = "running",
        [EC2_SHUTTING_DOWN] = "shutting-down",
        [EC2_TERMINATED] = "terminated",
        [EC2_STOPPING] = "stopping",
        [EC2_STOPPED] = "stopped",
    };

    return state < EC2_INSTANCE_STATE_COUNT ? names[state] : "no-such-state";
}

const char *ec2_kind_name(enum ec2_kind kind)
{
    switch (kind) {
    case EC2_VOLUME: return "volume";
    case EC2_SNAPSHOT: return "snapshot";
    case EC2_INSTANCE: return "instance";
    case EC2_NOTHING: break;
    }
    return "";
}
