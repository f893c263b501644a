/* SPDX-License-Identifier: Apache-2.0 */
/*
 * trace.h - what a run tells of itself: one record per step, and notes about faults and the world.
 *
 * A sink receives records; it may print them, compare them, or draw them (a timeline is just
 * another sink). The words are made here, once, and only when a sink asks: a run without a sink
 * formats nothing. A sink must not change the run it watches.
 */
#pragma once

#include "claim/claim.h"

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum { TRACE_LINE_MAX = 320 };

/* One step of one process. The pointers are valid during the call alone. */
struct trace_step {
    uint64_t time_ms; /* since the run began */
    uint32_t machine;
    uint32_t process; /* 1, 2 ...: processes that ran on this machine */
    struct claim_trace arrow;
    const struct effect *fx; /* what the step asks for */
    const char *volume;      /* the volume the effect is about, "" without one */
    const char *zone;        /* ... and its zone, "" when unknown */
};

struct trace_sink {
    void *ctx;
    void (*step)(void *ctx, const struct trace_step *step);
    /* machine is -1 for what concerns no machine. */
    void (*note)(void *ctx, uint64_t time_ms, int64_t machine, const char *text);
};

/* `[   12.345] i3 listing      free        -> attaching     vol-0007 (us-east-1a)`, without an end.
 */
void trace_format_step(const struct trace_step *s, char out[TRACE_LINE_MAX]);
/* `[   12.400] i3 * the reply to attach is lost`. */
void trace_format_note(uint64_t time_ms, int64_t machine, const char *text,
                       char out[TRACE_LINE_MAX]);

/* A sink that prints each line to a stream. */
struct trace_sink trace_to_stream(FILE *stream);

/* A sink that keeps the text in the caller's buffer; what does not fit is dropped and counted. */
struct trace_text {
    char *text;
    size_t size;
    size_t used;
    uint32_t dropped;
};
struct trace_sink trace_to_text(struct trace_text *t);

/* A sink that keeps the last lines only; lines[] is the caller's, count lines of it. */
struct trace_tail {
    char (*lines)[TRACE_LINE_MAX];
    uint32_t capacity;
    uint64_t seen;
};
struct trace_sink trace_to_tail(struct trace_tail *t);
/* Prints what the tail holds, oldest first. */
void trace_tail_print(const struct trace_tail *t, FILE *stream);
