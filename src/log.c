/* SPDX-License-Identifier: Apache-2.0 */
/*
 * log.c - forms log lines and hands them to the sink.
 *
 * It allocates nothing and keeps nothing. It must not fail: a line too long is cut at a field and
 * says so, a sink that cannot write loses the line, and the run goes on.
 */
#include "log.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
    CUT_ROOM = 32, /* kept free for the mark of a cut line and its end */
};

static_assert(LOG_SUBSYSTEM_COUNT <= 32, "a subsystem is a bit of a 32-bit mask");

static const char *const level_names[] = {
    [LOG_ERROR] = "error",
    [LOG_WARN] = "warn",
    [LOG_INFO] = "info",
    [LOG_DEBUG] = "debug",
};

/* The priorities of syslog, which journald reads from the start of a line. */
static const int level_priorities[] = {
    [LOG_ERROR] = 3,
    [LOG_WARN] = 4,
    [LOG_INFO] = 6,
    [LOG_DEBUG] = 7,
};

static const char *const format_names[] = {
    [LOG_AS_TEXT] = "text",
    [LOG_AS_JSON] = "json",
    [LOG_AS_JOURNAL] = "journal",
};

static const char *const subsystem_names[LOG_SUBSYSTEM_COUNT] = {
#define SUBSYSTEM(id, name, help) [LOG_##id] = (name),
#include "log.def"
#undef SUBSYSTEM
};

static const char *const subsystem_help[LOG_SUBSYSTEM_COUNT] = {
#define SUBSYSTEM(id, name, help) [LOG_##id] = (help),
#include "log.def"
#undef SUBSYSTEM
};

/* A field whose key holds one of these never shows its value. */
static const char *const hidden_keys[] = {
    "secret", "password", "authorization", "signature", "session", "credential",
};

static bool is_hidden(const char *key)
{
    for (size_t i = 0; i < sizeof(hidden_keys) / sizeof(hidden_keys[0]); i++) {
        if (strcasestr(key, hidden_keys[i]))
            return true;
    }
    return false;
}

/* How many bytes the UTF-8 character at `at` has; 0 when it is none. Overlong forms are none. */
static size_t utf8_length(const unsigned char *at)
{
    size_t length = at[0] >= 0xf0 ? 4 : at[0] >= 0xe0 ? 3 : 2;

    if (at[0] < 0xc2 || at[0] > 0xf4)
        return 0;
    for (size_t i = 1; i < length; i++) {
        if ((at[i] & 0xc0) != 0x80)
            return 0;
    }
    if ((at[0] == 0xe0 && at[1] < 0xa0) || (at[0] == 0xed && at[1] > 0x9f))
        return 0;
    if ((at[0] == 0xf0 && at[1] < 0x90) || (at[0] == 0xf4 && at[1] > 0x8f))
        return 0;
    return length;
}

/* One character within quotes, in the escapes of JSON, which the text form shares. Returns its
 * size. */
static size_t put_char(struct buf *out, const unsigned char *at)
{
    const size_t wide = at[0] < 0x80 ? 1 : utf8_length(at);

    if (at[0] == '"' || at[0] == '\\')
        buf_printf(out, "\\%c", at[0]);
    else if (at[0] == '\n')
        buf_text(out, "\\n");
    else if (at[0] < 0x20 || at[0] == 0x7f)
        buf_printf(out, "\\u%04x", at[0]);
    else if (wide == 0)
        buf_text(out, "\\ufffd");
    else
        buf_add(out, at, wide);
    return wide > 0 ? wide : 1;
}

static void put_quoted(struct buf *out, const char *text)
{
    const unsigned char *at = (const unsigned char *)text;

    buf_char(out, '"');
    while (*at)
        at += put_char(out, at);
    buf_char(out, '"');
}

/* Bare words stay bare, so that common lines are easy on the eye and on grep. */
static bool is_bare(const char *text)
{
    if (!*text)
        return false;
    for (const char *at = text; *at; at++) {
        if (*at <= ' ' || *at > '~' || strchr("\"\\=", *at))
            return false;
    }
    return true;
}

static void put_text(struct buf *out, const char *text, bool json)
{
    if (!json && is_bare(text))
        buf_text(out, text);
    else
        put_quoted(out, text);
}

static void put_value(struct buf *out, const struct log_field *field, bool json)
{
    if (is_hidden(field->key)) {
        put_text(out, "(hidden)", json);
        return;
    }
    switch (field->kind) {
    case LOG_KIND_TEXT: put_text(out, field->text ? field->text : "", json); break;
    case LOG_KIND_UNSIGNED: buf_printf(out, "%" PRIu64, field->number); break;
    case LOG_KIND_SIGNED: buf_printf(out, "%" PRId64, field->signed_number); break;
    case LOG_KIND_BOOL: buf_text(out, field->flag ? "true" : "false"); break;
    case LOG_KIND_END: assert(false); break;
    }
}

static void put_field(struct buf *out, const struct log_field *field, bool json)
{
    if (json)
        buf_printf(out, ",\"%s\":", field->key);
    else
        buf_printf(out, " %s=", field->key);
    put_value(out, field, json);
}

/* 2026-01-31T23:59:59.123Z */
static void put_time(struct buf *out, uint64_t now_ms)
{
    const time_t seconds = (time_t)(now_ms / 1000);
    struct tm tm;
    char text[32];

    if (!gmtime_r(&seconds, &tm) || strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &tm) == 0)
        return;
    buf_printf(out, "%s.%03uZ", text, (unsigned)(now_ms % 1000));
}

static void put_head_json(struct buf *out, const struct log *lg, enum log_level level,
                          enum log_subsystem subsystem, const char *event)
{
    buf_text(out, "{");
    if (lg->now_ms > 0) {
        buf_text(out, "\"time\":\"");
        put_time(out, lg->now_ms);
        buf_text(out, "\",");
    }
    buf_printf(out, "\"level\":\"%s\",\"subsystem\":\"%s\",\"event\":", level_names[level],
               subsystem_names[subsystem]);
    put_quoted(out, event);
}

static void put_head_text(struct buf *out, const struct log *lg, enum log_level level,
                          enum log_subsystem subsystem, const char *event)
{
    if (lg->format == LOG_AS_JOURNAL) {
        buf_printf(out, "<%d>", level_priorities[level]);
    } else if (lg->now_ms > 0) {
        put_time(out, lg->now_ms);
        buf_char(out, ' ');
    }
    if (lg->format == LOG_AS_TEXT)
        buf_printf(out, "%-5s ", level_names[level]);
    if (level == LOG_DEBUG)
        buf_printf(out, "%s: ", subsystem_names[subsystem]);
    put_text(out, event, false);
}

bool log_wants(const struct log *lg, enum log_level level, enum log_subsystem subsystem)
{
    assert(subsystem < LOG_SUBSYSTEM_COUNT);
    if (level == LOG_DEBUG)
        return (lg->debug & (UINT32_C(1) << subsystem)) != 0;
    return level <= lg->level;
}

void log_write(const struct log *lg, enum log_level level, enum log_subsystem subsystem,
               const char *event, const struct log_field *fields)
{
    const bool json = lg->format == LOG_AS_JSON;
    char storage[LOG_LINE_MAX];
    struct buf line;
    bool cut = false;

    if (!log_wants(lg, level, subsystem))
        return;
    assert(strlen(event) < LOG_EVENT_MAX);
    buf_on(&line, storage, sizeof(storage));
    if (json)
        put_head_json(&line, lg, level, subsystem, event);
    else
        put_head_text(&line, lg, level, subsystem, event);
    for (const struct log_field *f = fields; f && f->kind != LOG_KIND_END; f++) {
        const size_t before = line.length;

        put_field(&line, f, json);
        if (line.overflow || line.length > sizeof(storage) - CUT_ROOM) {
            buf_cut(&line, before);
            cut = true;
        }
    }
    if (cut)
        put_field(&line, &(struct log_field)F_BOOL("cut", true), json);
    buf_text(&line, json ? "}\n" : "\n");
    assert(!line.overflow);
    lg->sink(lg->context, line.data, line.length);
}

void log_failure(const struct log *lg, enum log_subsystem subsystem, const struct errctx *cx)
{
    char story[ERR_MESSAGE_MAX * 2];

    err_format(cx, story, sizeof(story));
    log_write(lg, LOG_ERROR, subsystem, "failed",
              FIELDS(F_TEXT("error", err_name(cx->code)), F_TEXT("message", story)));
}

/* The subsystem with this name of `length` characters; LOG_SUBSYSTEM_COUNT when there is none. */
static unsigned find_subsystem(const char *name, size_t length)
{
    unsigned i = 0;

    while (i < LOG_SUBSYSTEM_COUNT &&
           (strlen(subsystem_names[i]) != length || memcmp(subsystem_names[i], name, length) != 0))
        i++;
    return i;
}

static enum err refuse_subsystem(const char *name, size_t length, struct errctx *cx)
{
    char storage[128];
    struct buf known;

    buf_on(&known, storage, sizeof(storage));
    for (unsigned i = 0; i < LOG_SUBSYSTEM_COUNT; i++)
        buf_printf(&known, " %s", subsystem_names[i]);
    return err_set(cx, ERR_USAGE, 0, "debug: there is no subsystem \"%.*s\"; known: all%s",
                   (int)(length < 40 ? length : 40), name, known.data);
}

enum err log_parse_debug(const char *names, uint32_t *mask, struct errctx *cx)
{
    uint32_t found = 0;

    for (const char *at = names; *at;) {
        const size_t length = strcspn(at, ",");
        const unsigned i = find_subsystem(at, length);

        if (length == strlen("all") && memcmp(at, "all", length) == 0)
            found = UINT32_MAX;
        else if (i < LOG_SUBSYSTEM_COUNT)
            found |= UINT32_C(1) << i;
        else
            return refuse_subsystem(at, length, cx);
        at += length + (at[length] == ',' ? 1 : 0);
    }
    *mask = found;
    return ERR_OK;
}

enum err log_parse_format(const char *name, enum log_format *format, struct errctx *cx)
{
    for (unsigned i = 0; i < sizeof(format_names) / sizeof(format_names[0]); i++) {
        if (strcmp(format_names[i], name) == 0) {
            *format = (enum log_format)i;
            return ERR_OK;
        }
    }
    return err_set(cx, ERR_USAGE, 0, "log format: \"%.40s\" is none of text, json, journal", name);
}

void log_help_debug(struct buf *out)
{
    for (unsigned i = 0; i < LOG_SUBSYSTEM_COUNT; i++)
        buf_printf(out, "  %-8s %s\n", subsystem_names[i], subsystem_help[i]);
}

void log_to_fd(void *context, const char *line, size_t length)
{
    const int fd = *(const int *)context;

    while (length > 0) {
        const ssize_t written = write(fd, line, length);

        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return;
        line += written;
        length -= (size_t)written;
    }
}
