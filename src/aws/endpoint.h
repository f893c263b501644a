/* SPDX-License-Identifier: Apache-2.0 */
/*
 * endpoint.h - where a service is, for a region and the settings of the environment and the
 * profile.
 *
 * Names are computed, never probed. Pure but for what is handed in.
 * Ref: AWS SDKs and Tools Reference Guide, "Service-specific endpoints", "Dual-stack and FIPS
 * endpoints".
 */
#pragma once

#include "aws/environment.h"
#include "aws/profile.h"
#include "buf.h"

#include <stdbool.h>

enum endpoint_service { ENDPOINT_EC2, ENDPOINT_STS, ENDPOINT_AUTOSCALING };

struct endpoint_request {
    enum endpoint_service service;
    const char *region;
    const struct environment *env;
    const struct profiles *profiles; /* may be NULL */
    const char *profile;
};

/* The signing name: "ec2". */
const char *endpoint_name(enum endpoint_service service);

/*
 * Appends the URL. ERR_CONFIG when a configured one is no URL, or is combined with FIPS or
 * dual-stack, which it cannot be.
 */
MUST_CHECK enum err endpoint_url(const struct endpoint_request *q, struct buf *out,
                                 struct errctx *cx);

/* The partition's name in ARNs, for a region: "aws", "aws-cn", ... */
const char *endpoint_partition(const char *region);
