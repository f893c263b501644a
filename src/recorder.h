/* SPDX-License-Identifier: Apache-2.0 */
/*
 * recorder.h - the flight recorder: the last steps of a run, kept in case it fails.
 *
 * It keeps values, not text, so that recording costs next to nothing; words are made when it is
 * read. It must not decide whether a run failed.
 */
#pragma once

#include "claim/claim.h"
#include "log.h"

enum { RECORDER_STEPS = 64 };

/* One step: how the last answer ended, what followed from it, and what is asked for next. */
struct recorded {
    uint64_t now_ms;
    struct claim_trace trace;
    enum err err; /* of the answer that led here */
    enum fx effect;
    struct id object; /* the volume or snapshot it is about; empty: none */
    uint32_t attempt;
};

struct recorder {
    struct recorded steps[RECORDER_STEPS];
    uint64_t count; /* all ever recorded; the last RECORDER_STEPS of them are kept */
};

void recorder_add(struct recorder *r, const struct recorded *step);

/* The i-th step kept, 0 being the oldest; NULL past the newest. */
const struct recorded *recorder_at(const struct recorder *r, uint64_t i);

/* The step line, the one form in which steps are written: `step t=... from=... event=... to=... `.
 */
void recorder_write(const struct recorded *step, const struct log *lg, enum log_level level);

/* All that is kept, oldest first, as error lines behind one that says how many came before. */
void recorder_dump(const struct recorder *r, const struct log *lg);
