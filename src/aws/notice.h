/* SPDX-License-Identifier: Apache-2.0 */
/*
 * notice.h - what the metadata service says of this instance's end: spot, rebalancing, its group's
 * wish.
 *
 * Three documents that are absent as long as there is nothing to say. Whoever asks must ask again,
 * every five seconds for spot; nothing here may wait. Ref: EC2 User Guide, "Spot Instance
 * interruption notices"; Auto Scaling User Guide, "Retrieve the target lifecycle state through
 * instance metadata".
 */
#pragma once

#include "aws/imds.h"

enum { NOTICE_STATE_MAX = 32 };

enum notice_action { NOTICE_NONE, NOTICE_STOP, NOTICE_HIBERNATE, NOTICE_TERMINATE };

struct notice {
    enum notice_action spot;
    uint64_t spot_ms;              /* when that is to happen */
    bool rebalance;                /* a rebalance recommendation is out */
    char target[NOTICE_STATE_MAX]; /* "InService", "Terminated", ...; "" when in no group */
};

/* The spot document: {"action":"terminate","time":"..."}. ERR_UNAVAILABLE when it is none. */
MUST_CHECK enum err notice_parse(const struct buf *document, struct notice *out, struct errctx *cx);

/* Asks for all three. A machine without a metadata service is ERR_UNREACHABLE. */
MUST_CHECK enum err notice_read(struct imds *m, uint64_t deadline_ms, struct notice *out,
                                struct errctx *cx);
