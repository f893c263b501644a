/* SPDX-License-Identifier: Apache-2.0 */
/*
 * describe.h - EC2's answers as the facts of facts.h.
 *
 * From a tree to values and nothing else: no request, no state. What cannot be read is never taken
 * for absent: an item without an id or a state that is known spoils the whole answer.
 */
#pragma once

#include "aws/xml.h"
#include "claim/facts.h"
#include "claim/mark.h"
#include "port.h"

#include <stdbool.h>

enum {
    DESCRIBE_TAGS_MAX = 64, /* 50 a resource, and those that AWS itself adds */
    DESCRIBE_TYPE_MAX = 16,
    DESCRIBE_KMS_MAX = 2048,
};

/* The tags of one resource; texts belong to the tree. */
struct described_tags {
    struct tag items[DESCRIBE_TAGS_MAX];
    size_t count;
};

/* <tagSet><item><key/><value/>: false when there are more than can be kept. */
bool describe_tags(const struct xml *x, uint32_t set, struct described_tags *out);

/* One item of a volumeSet. `spec` says what the pool is. ERR_UNAVAILABLE when it cannot be read. */
MUST_CHECK enum err describe_volume(const struct xml *x, uint32_t item,
                                    const struct cloud_spec *spec, struct volume *out,
                                    struct errctx *cx);

/* One item of a snapshotSet. */
MUST_CHECK enum err describe_snapshot(const struct xml *x, uint32_t item, struct snapshot *out,
                                      struct errctx *cx);

/* What a copy takes over from its source beyond the facts. */
struct volume_attributes {
    char type[DESCRIBE_TYPE_MAX];
    uint32_t iops;
    uint32_t throughput;
    uint32_t size_gib;
    bool encrypted;
    char kms_key_id[DESCRIBE_KMS_MAX];
};

MUST_CHECK enum err describe_attributes(const struct xml *x, uint32_t item,
                                        struct volume_attributes *out, struct errctx *cx);

/* A decimal number that fits, or false. */
bool describe_number(const char *text, uint32_t *out);
