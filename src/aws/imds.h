/* SPDX-License-Identifier: Apache-2.0 */
/*
 * imds.h - the metadata service of the instance this runs on.
 *
 * Version 2: a token first, kept until shortly before it ends, fetched anew once when it is
 * refused. Version 1 is spoken only where the configuration asks for it by name. Answers are
 * link-local and never go through a proxy. What comes back is checked for its form before it is
 * believed; it must not cache a document, for they change. Ref: EC2 User Guide, "Use the Instance
 * Metadata Service".
 */
#pragma once

#include "aws/environment.h"
#include "aws/http.h"
#include "aws/profile.h"
#include "aws/secret.h"
#include "port.h"

#include <stdbool.h>

enum {
    IMDS_URL_MAX = 256,
    IMDS_DOCUMENT_MAX = 64 * 1024,
    IMDS_REGION_MAX = 32,
    IMDS_NAME_MAX = 128,
};

struct imds {
    struct http *http;
    struct clock_port *clock;
    bool disabled;   /* AWS_EC2_METADATA_DISABLED */
    bool v1_allowed; /* asked for by name */
    bool v1;         /* in use: the service knows no tokens */
    char endpoint[IMDS_URL_MAX];
    struct secret token;
    uint64_t token_until_ms;
};

/* At the usual address, version 2. http and clock outlive it. Sends nothing. */
void imds_init(struct imds *m, struct http *http, struct clock_port *clock);

/*
 * Takes up AWS_EC2_METADATA_* and the profile's ec2_metadata_*; profiles may be NULL. ERR_CONFIG
 * for an endpoint or a mode that is none.
 */
MUST_CHECK enum err imds_configure(struct imds *m, const struct environment *env,
                                   const struct profiles *profiles, const char *profile,
                                   struct errctx *cx);
void imds_fini(struct imds *m);

/*
 * One document under /latest/, "meta-data/instance-id". ERR_NOT_FOUND for what is not there,
 * ERR_DENIED where access is off, ERR_UNREACHABLE where no service answers at all, ERR_UNAVAILABLE
 * when it did not answer in time or in form. Tries thrice within deadline_ms.
 */
MUST_CHECK enum err imds_get(struct imds *m, const char *path, uint64_t deadline_ms,
                             struct buf *out, struct errctx *cx);

struct imds_identity {
    struct self self;
    char region[IMDS_REGION_MAX];
};

/* The identity document's words. ERR_UNAVAILABLE when they name no instance, zone and region. */
MUST_CHECK enum err imds_identity_parse(const struct buf *document, struct imds_identity *out,
                                        struct errctx *cx);

/* Who this machine is, from the identity document: one request for all of it. */
MUST_CHECK enum err imds_identify(struct imds *m, uint64_t deadline_ms, struct imds_identity *out,
                                  struct errctx *cx);

/* The name of the role, ERR_NOT_FOUND when the instance has none. */
MUST_CHECK enum err imds_role(struct imds *m, uint64_t deadline_ms, char out[IMDS_NAME_MAX],
                              struct errctx *cx);

/* True for a text of one or more letters, digits and the signs given, that fits in size. */
bool imds_is_name(const char *text, const char *signs, size_t size);
