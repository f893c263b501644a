/* SPDX-License-Identifier: Apache-2.0 */
/*
 * client.h - one action carried out: keys, stamp, sending, and sending again where that is allowed.
 *
 * What port.h says of errors holds here: a change that may have left this machine and was not
 * answered ends in an error of class UNKNOWN, a look never does worse than ERR_UNAVAILABLE. A
 * change that does not repeat is sent once at most, one refused for its stamp never again. It must
 * not know an action.
 */
#pragma once

#include "aws/credentials.h"
#include "aws/endpoint.h"
#include "aws/query.h"
#include "aws/retry.h"
#include "aws/wire.h"
#include "port.h"

enum { CLIENT_URL_MAX = 256, CLIENT_SERVICES = 3 };

enum client_manner {
    CLIENT_LOOKS,
    CLIENT_ONCE,    /* a change that must be sent once at most */
    CLIENT_REPEATS, /* a change with a token: sent twice, it is done once */
};

struct client {
    struct http *http;
    struct credentials_chain *chain;
    struct clock_port *clock;
    char region[IMDS_REGION_MAX];
    char urls[CLIENT_SERVICES][CLIENT_URL_MAX];
    struct retry retry;
    struct pace pace;
    uint64_t random; /* state of the jitter, seeded by whoever makes the client */
};

struct client_request {
    enum endpoint_service service;
    const struct query *query;
    enum client_manner manner;
    uint64_t stamp_ms; /* for calibration: sent once with this stamp; 0: as the call says */
};

/* Computes the endpoints for a region. The rest of the members are the caller's to fill. */
MUST_CHECK enum err client_locate(struct client *c, const char *region,
                                  const struct credentials_options *settings, struct errctx *cx);

/* ERR_OK: the answer is in a->xml. call->date_ms is set whenever an answer told the time. */
MUST_CHECK enum err client_do(struct client *c, struct port_call *call,
                              const struct client_request *q, struct wire_answer *a);
