/* SPDX-License-Identifier: Apache-2.0 */
/*
 * policy.h - the least that IAM must allow for a configuration, as a policy document.
 *
 * Changes are confined to volumes and snapshots that carry the pool's tags, tags to our own keys,
 * and nothing is allowed that the configuration does not need. Pure: it asks nobody. Ref: Service
 * Authorization Reference, "Actions, resources, and condition keys for Amazon EC2".
 */
#pragma once

#include "buf.h"
#include "port.h"

#include <stdbool.h>

struct policy_options {
    const struct cloud_spec *spec;
    const char *partition; /* "aws"; NULL is that */
    const char *region;    /* NULL: any */
    const char *account;   /* NULL: any */
    bool creates;
    bool moves;
    bool snapshots; /* on release */
};

/* Appends the document, indented, with a newline at its end. */
MUST_CHECK enum err policy_write(const struct policy_options *options, struct buf *out,
                                 struct errctx *cx);
