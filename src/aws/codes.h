/* SPDX-License-Identifier: Apache-2.0 */
/*
 * codes.h - a refusal of an AWS service: what it said, and what the program makes of it.
 *
 * The rows are in codes.def. A code outranks the HTTP status, for AWS documents codes and not every
 * status. Nothing here may decide whether a request is repeated.
 */
#pragma once

#include "aws/xml.h"
#include "err.h"

#include <stdbool.h>

enum {
    REFUSAL_CODE_MAX = 96,
    REFUSAL_MESSAGE_MAX = 512, /* longer ones are cut; encoded denials run to kilobytes */
};

struct refusal {
    int status; /* of HTTP */
    char code[REFUSAL_CODE_MAX];
    char message[REFUSAL_MESSAGE_MAX];
    char request_id[ERR_REQUEST_ID_MAX];
};

enum cure { CURE_NONE, CURE_CLOCK, CURE_KEYS };

/* Reads an error document of EC2 or of STS and Auto Scaling; false when it is neither. */
bool refusal_read(const struct xml *x, struct refusal *out);

/* ERR_OK for a dry run that would have passed; else never ERR_OK. */
enum err codes_err(const struct refusal *r);
enum cure codes_cure(const struct refusal *r);

/*
 * The words of a refusal into cx, with status and request id; a denial names the IAM action that is
 * missing: the one the service names, or `action`, "ec2:AttachVolume". Returns codes_err().
 */
enum err codes_explain(const struct refusal *r, const char *action, struct errctx *cx);
