/* SPDX-License-Identifier: Apache-2.0 */
/*
 * client.h - what the EC2 port does, without a wire: an effect becomes a request, an answer an
 * answer.
 *
 * Both directions are functions of their arguments, so that a world with a clock and an explorer
 * without one share them. It must not draw, wait, or remember anything but what a port remembers
 * between two calls: the next page, and the source a copy takes its attributes from.
 */
#pragma once

#include "claim/effect.h"
#include "sim/ec2.h"

#include <stdbool.h>
#include <stdint.h>

enum { CLIENT_TAGS_MAX = MARKS_MAX + 16 };

/* What one process's port remembers between two calls. */
struct client {
    uint64_t next_token; /* of the listing under way */
    uint32_t source;     /* volume that was last read by id, EC2_NONE */
};

/* The port's configuration and its machine. */
struct client_env {
    struct ec2 *cloud;
    const struct tag *pool;
    uint32_t pool_count;
    uint32_t machine; /* index of the instance */
    struct self self;
    uint32_t page_size; /* of a listing */
    uint32_t size_gib;  /* of a created volume */
    uint64_t now_ms;    /* when the request is executed */
};

/* The texts one request points to: it must live until the request was executed. */
struct client_room {
    struct mark_text marks[MARKS_MAX];
    struct tag tags[CLIENT_TAGS_MAX];
    struct id ids[1];
    struct ec2_filter filter;
    const char *values[1];
    char token[40];
    char device[EC2_DEVICE_MAX];
    uint32_t mark_count;
    uint32_t tag_count;
};

/* Turns a cloud effect into a request; FX_IDENTIFY is not one. Stamp, ages and faults are the
 * caller's to add. */
void client_request(const struct client_env *env, const struct client *cl, const struct effect *fx,
                    struct client_room *room, struct ec2_request *out);

/* Turns the service's answer into the port's. What it points to is the model's. */
void client_answer(const struct client_env *env, struct client *cl, const struct effect *fx,
                   const struct ec2_answer *in, struct answer *out);

/* The answer when none came: unknown for a change, unavailable for a look. */
struct answer client_silence(enum fx kind);

/*
 * The date stamp that closes a window: the service refuses the request from `accept_until` on.
 * `past_ms` is the service's rule (ec2.md A.6).
 */
uint64_t client_stamp(uint64_t accept_until_ms, uint64_t past_ms);
