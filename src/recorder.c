/* SPDX-License-Identifier: Apache-2.0 */
/*
 * recorder.c - a ring of steps, and the one spelling of the step line.
 *
 * The step line is an interface: people and programs read it, tests assert it. A field may be added
 * at its end; none may change its name or its meaning.
 */
#include "recorder.h"

void recorder_add(struct recorder *r, const struct recorded *step)
{
    r->steps[r->count % RECORDER_STEPS] = *step;
    r->count++;
}

const struct recorded *recorder_at(const struct recorder *r, uint64_t i)
{
    const uint64_t kept = r->count < RECORDER_STEPS ? r->count : RECORDER_STEPS;

    return i < kept ? &r->steps[(r->count - kept + i) % RECORDER_STEPS] : NULL;
}

void recorder_write(const struct recorded *step, const struct log *lg, enum log_level level)
{
    log_write(lg, level, LOG_CLAIM, "step",
              FIELDS(F_U64("t", step->now_ms), F_TEXT("from", claim_state_name(step->trace.from)),
                     F_TEXT("event", claim_event_name(step->trace.event)),
                     F_TEXT("to", claim_state_name(step->trace.to)),
                     F_TEXT("effect", fx_name(step->effect)),
                     F_TEXT("volume", step->object.text[0] ? step->object.text : "-"),
                     F_U64("attempt", step->attempt), F_TEXT("answer", err_name(step->err))));
}

void recorder_dump(const struct recorder *r, const struct log *lg)
{
    const uint64_t kept = r->count < RECORDER_STEPS ? r->count : RECORDER_STEPS;

    log_write(lg, LOG_ERROR, LOG_CLAIM, "recorder",
              FIELDS(F_U64("steps", kept), F_U64("before", r->count - kept)));
    for (uint64_t i = 0; i < kept; i++)
        recorder_write(recorder_at(r, i), lg, LOG_ERROR);
}
