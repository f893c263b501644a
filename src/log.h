/* SPDX-License-Identifier: Apache-2.0 */
/*
 * log.h - one line per event, as key=value text, as JSON, or for the journal.
 *
 * A line is a word for what happened and fields; its form is decided here alone, so every value is
 * quoted the same way and no value can forge a second line. Keys of credentials are refused by
 * name, as a second fence: callers must not pass secrets. It reads no clock; the driver sets now_ms
 * per step.
 */
#pragma once

#include "buf.h"
#include "err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum log_level { LOG_ERROR, LOG_WARN, LOG_INFO, LOG_DEBUG };

/* journal is text behind the <N> priority that journald and the kernel understand, without the
 * time. */
enum log_format { LOG_AS_TEXT, LOG_AS_JSON, LOG_AS_JOURNAL };

enum log_subsystem {
#define SUBSYSTEM(id, name, help) LOG_##id,
#include "log.def"
#undef SUBSYSTEM
    LOG_SUBSYSTEM_COUNT,
};

enum {
    LOG_EVENT_MAX = 64,
    LOG_LINE_MAX = 2048, /* a longer line loses the fields that do not fit, and says so */
};

/* Gets one whole line with its newline, and must not keep it. */
typedef void(log_sink_fn)(void *context, const char *line, size_t length);

struct log {
    enum log_level level; /* the least urgent level written; LOG_DEBUG counts as LOG_INFO here */
    enum log_format format;
    uint32_t debug;  /* bit 1 << subsystem: its debug lines are written, whatever the level */
    uint64_t now_ms; /* since the epoch; 0 leaves the time out */
    log_sink_fn *sink;
    void *context;
};

enum log_kind { LOG_KIND_END, LOG_KIND_TEXT, LOG_KIND_UNSIGNED, LOG_KIND_SIGNED, LOG_KIND_BOOL };

struct log_field {
    const char *key;
    enum log_kind kind;
    union {
        const char *text;
        uint64_t number;
        int64_t signed_number;
        bool flag;
    };
};

/* clang-format off */
#define F_TEXT(k, v) { .key = (k), .kind = LOG_KIND_TEXT, .text = (v) }
#define F_U64(k, v)  { .key = (k), .kind = LOG_KIND_UNSIGNED, .number = (v) }
#define F_I64(k, v)  { .key = (k), .kind = LOG_KIND_SIGNED, .signed_number = (v) }
#define F_BOOL(k, v) { .key = (k), .kind = LOG_KIND_BOOL, .flag = (v) }
/* The fields of one line: log_write(lg, LOG_INFO, LOG_CLAIM, "step", FIELDS(F_U64("t", now))). */
#define FIELDS(...) (const struct log_field[]){ __VA_ARGS__, { .kind = LOG_KIND_END } }
/* clang-format on */

/* True when such a line would be written; for callers whose fields cost something to make. */
bool log_wants(const struct log *lg, enum log_level level, enum log_subsystem subsystem);

/* Writes one line. `event` is a short static word; fields may be NULL. A NULL text is written as
 * "". */
void log_write(const struct log *lg, enum log_level level, enum log_subsystem subsystem,
               const char *event, const struct log_field *fields);

/* Writes the failure as an error line, with everything the context knows. */
void log_failure(const struct log *lg, enum log_subsystem subsystem, const struct errctx *cx);

/* "cloud,host" or "all" to a mask. An unknown name is ERR_USAGE and names the known ones. */
MUST_CHECK enum err log_parse_debug(const char *names, uint32_t *mask, struct errctx *cx);
MUST_CHECK enum err log_parse_format(const char *name, enum log_format *format, struct errctx *cx);

/* One line per subsystem, for people who ask for help. */
void log_help_debug(struct buf *out);

/* A sink that writes to a descriptor, *(int *)context. A line that cannot be written is lost. */
void log_to_fd(void *context, const char *line, size_t length);
