/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ebs.h - the cloud port for EC2 and EBS: struct cloud_port over the wire.
 *
 * Each member of the table is one action, or one and the pages that follow it. The port keeps what
 * the contract of port.h lets it hand out, the place in a listing, and the attributes of the volume
 * it read last. It must not decide anything: which volume, when, whether again, is the claim's.
 */
#pragma once

#include "aws/client.h"
#include "aws/describe.h"
#include "port.h"

#include <stdbool.h>

enum {
    EBS_PAGE_MAX = 500,
    EBS_PAGES_MAX = 200, /* of a listing that is read to its end in one call */
    EBS_TOKEN_MAX = 4096,
    EBS_SOURCE_TAGS_MAX = 32 * 1024,
    EBS_DEVICE_MAX = 32,
};

/* What the last volume read by its id has beyond the facts: a copy of it needs that. */
struct ebs_source {
    struct id id;
    struct volume_attributes attributes;
    struct buf tags; /* key and value by turns, each with its zero byte; none of ours */
};

struct ebs {
    struct cloud_port port; /* first: a port is found again by a cast */
    const struct cloud_spec *spec;
    struct environment env;
    struct http http;
    struct profiles profiles;
    struct imds imds;
    struct credentials_chain chain;
    struct client client;
    struct imds_identity identity;
    bool identified;
    bool fenced; /* the service was seen to refuse late requests */
    struct wire_answer answer;
    struct buf next_token;
    struct buf volumes;
    struct buf pointers;
    struct volume one;
    struct snapshot_list snapshots;
    struct leaving leaving;
    struct ebs_source source;
    struct id chosen; /* the snapshot that creation `chosen_for` is made from */
    struct token chosen_for;
};

struct ebs_options {
    const struct cloud_spec *spec; /* outlives the port, as does the clock */
    struct clock_port *clock;
    struct environment env;
    uint64_t random; /* seed of the jitter */
};

/* Reads the shared files and settings; sends nothing. Ends with ebs_fini(). */
MUST_CHECK enum err ebs_init(struct ebs *e, const struct ebs_options *options, struct errctx *cx);
void ebs_fini(struct ebs *e);

/*
 * What provider.h asks for: the port of this process, in its own environment. There can be one at a
 * time; its close() ends it.
 */
enum err ebs_open(const struct cloud_spec *spec, struct clock_port *clock, struct cloud_port **out,
                  struct errctx *cx);
