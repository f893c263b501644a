/* SPDX-License-Identifier: Apache-2.0 */
/*
 * calibrate.h - the stamp that makes the service refuse a late change, and the proof that it does.
 *
 * EC2 refuses a request that reaches it more than 15 minutes after its date stamp. So a change that
 * must not be accepted after some moment is stamped 15 minutes and a margin before it. That the
 * service counts as documented is measured first, with two looks. It must not send anything by
 * itself. Ref: EC2 API Reference, error RequestExpired: "The request reached the service more than
 * 15 minutes after the date stamp on the request".
 */
#pragma once

#include "err.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    CALIBRATE_LIFE_MS = 15 * 60 * 1000,
    CALIBRATE_OPEN_MS = 30 * 1000, /* what the two looks leave open on either side */
    CALIBRATE_CLOCK_MS = 5 * 1000, /* clocks agree within this (design 4) */
    CALIBRATE_MARGIN_MS = CALIBRATE_OPEN_MS + CALIBRATE_CLOCK_MS,
};

/*
 * The stamp for a change that must not be accepted after not_after_ms; never later than now.
 * ERR_EXPIRED when the service would be sure to refuse it already: it need not be sent then.
 */
MUST_CHECK enum err calibrate_stamp(uint64_t not_after_ms, uint64_t now_ms, uint64_t *stamp_ms,
                                    struct errctx *cx);

/* How far the service's clock is ahead of ours, from one answer; ms, within half a round trip + 0.5
 * s. */
int64_t calibrate_offset(uint64_t sent_ms, uint64_t received_ms, uint64_t date_ms);

/* Whether an offset is worth another try with a corrected clock: more than 4 minutes, as in the
 * SDKs. */
bool calibrate_is_skewed(int64_t offset_ms);

/* Sends one look stamped stamp_ms. ERR_EXPIRED when the service refused it for its stamp. */
struct calibrate_probe {
    enum err (*send)(void *context, uint64_t stamp_ms, struct errctx *cx);
    void *context;
};

/*
 * The two looks: one stamped 14.5 minutes back must pass, one stamped 15.5 minutes back must be
 * refused. ERR_OK: late changes are refused as documented. ERR_UNSUPPORTED: they are not, or sooner
 * than that. Anything else: it could not be found out now.
 */
MUST_CHECK enum err calibrate_run(const struct calibrate_probe *probe, uint64_t now_ms,
                                  struct errctx *cx);
