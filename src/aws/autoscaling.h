/* SPDX-License-Identifier: Apache-2.0 */
/*
 * autoscaling.h - the group this instance belongs to, its members, and its lifecycle actions.
 *
 * Who else is there may delay a claim by rank, and never decides one: members may be dead, and an
 * answer may be old. Nothing here may change a group. Ref: Amazon EC2 Auto Scaling API Reference.
 */
#pragma once

#include "aws/client.h"

enum {
    AUTOSCALING_NAME_MAX = 256, /* a group's name has at most 255 characters */
    AUTOSCALING_MEMBERS_MAX = 4096,
};

/* ERR_NOT_FOUND when the instance is in no group: Auto Scaling leaves out whom it does not know. */
MUST_CHECK enum err autoscaling_group(struct client *c, struct port_call *call,
                                      const struct id *instance, char out[AUTOSCALING_NAME_MAX]);

/* Members that are pending or in service, as struct id one after the other; ERR_TOO_BIG beyond the
 * cap. */
struct members {
    struct buf ids;
    uint32_t count;
};

void members_init(struct members *m);
void members_fini(struct members *m);
const struct id *members_at(const struct members *m, uint32_t i);

MUST_CHECK enum err autoscaling_members(struct client *c, struct port_call *call, const char *group,
                                        struct members *out);

/* How many members come before this one in the order of ids; the count when it is none of them. */
uint32_t members_rank(const struct members *m, const struct id *instance);

struct lifecycle_action {
    const char *group;
    const char *hook;
    const struct id *instance;
};

/* Asks for the hook's time once more. ERR_INVALID when there is no such action under way. */
MUST_CHECK enum err autoscaling_heartbeat(struct client *c, struct port_call *call,
                                          const struct lifecycle_action *action);

/* Ends the action: "CONTINUE" or "ABANDON". */
MUST_CHECK enum err autoscaling_complete(struct client *c, struct port_call *call,
                                         const struct lifecycle_action *action, const char *result);
