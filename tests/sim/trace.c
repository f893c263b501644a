/* SPDX-License-Identifier: Apache-2.0 */
/*
 * trace.c - the words of a trace, and the sinks that print or keep them.
 *
 * The columns are a tested interface and must not change lightly: tests compare whole lines.
 */
#include "sim/trace.h"

#include <string.h>

static void format_head(uint64_t time_ms, char *out, size_t size)
{
    (void)snprintf(out, size, "[%5llu.%03u]", (unsigned long long)(time_ms / 1000),
                   (unsigned)(time_ms % 1000));
}

void trace_format_step(const struct trace_step *s, char out[TRACE_LINE_MAX])
{
    char head[40];
    char where[ZONE_MAX + 4] = "";
    size_t length;

    format_head(s->time_ms, head, sizeof(head));
    if (s->zone[0] != '\0')
        (void)snprintf(where, sizeof(where), " (%s)", s->zone);
    (void)snprintf(out, TRACE_LINE_MAX, "%s i%u %-18s %-13s -> %-18s %s%s", head, s->machine,
                   claim_state_name(s->arrow.from), claim_event_name(s->arrow.event),
                   claim_state_name(s->arrow.to), s->volume, where);
    if (s->fx && s->fx->kind == FX_FINISH) {
        length = strlen(out);
        (void)snprintf(out + length, TRACE_LINE_MAX - length, "%sexit %d: %s",
                       s->volume[0] != '\0' ? ", " : "", s->fx->exit_code,
                       s->fx->reason ? s->fx->reason : "");
    }
    /* Columns pad to the right, so a line without a volume would end in blanks. */
    length = strlen(out);
    while (length > 0 && out[length - 1] == ' ')
        out[--length] = '\0';
}

void trace_format_note(uint64_t time_ms, int64_t machine, const char *text,
                       char out[TRACE_LINE_MAX])
{
    char head[40];

    format_head(time_ms, head, sizeof(head));
    if (machine < 0)
        (void)snprintf(out, TRACE_LINE_MAX, "%s * %s", head, text);
    else
        (void)snprintf(out, TRACE_LINE_MAX, "%s i%lld * %s", head, (long long)machine, text);
}

static void stream_step(void *ctx, const struct trace_step *s)
{
    char line[TRACE_LINE_MAX];

    trace_format_step(s, line);
    (void)fprintf((FILE *)ctx, "%s\n", line);
}

static void stream_note(void *ctx, uint64_t time_ms, int64_t machine, const char *text)
{
    char line[TRACE_LINE_MAX];

    trace_format_note(time_ms, machine, text, line);
    (void)fprintf((FILE *)ctx, "%s\n", line);
}

struct trace_sink trace_to_stream(FILE *stream)
{
    return (struct trace_sink){.ctx = stream, .step = stream_step, .note = stream_note};
}

static void text_add(struct trace_text *t, const char *line)
{
    const size_t length = strlen(line);

    if (t->used + length + 2 > t->size) {
        t->dropped++;
        return;
    }
    memcpy(t->text + t->used, line, length);
    t->used += length;
    t->text[t->used++] = '\n';
    t->text[t->used] = '\0';
}

static void text_step(void *ctx, const struct trace_step *s)
{
    char line[TRACE_LINE_MAX];

    trace_format_step(s, line);
    text_add((struct trace_text *)ctx, line);
}

static void text_note(void *ctx, uint64_t time_ms, int64_t machine, const char *text)
{
    char line[TRACE_LINE_MAX];

    trace_format_note(time_ms, machine, text, line);
    text_add((struct trace_text *)ctx, line);
}

struct trace_sink trace_to_text(struct trace_text *t)
{
    return (struct trace_sink){.ctx = t, .step = text_step, .note = text_note};
}

static char *tail_line(struct trace_tail *t)
{
    return t->lines[t->seen++ % t->capacity];
}

static void tail_step(void *ctx, const struct trace_step *s)
{
    trace_format_step(s, tail_line((struct trace_tail *)ctx));
}

static void tail_note(void *ctx, uint64_t time_ms, int64_t machine, const char *text)
{
    trace_format_note(time_ms, machine, text, tail_line((struct trace_tail *)ctx));
}

struct trace_sink trace_to_tail(struct trace_tail *t)
{
    return (struct trace_sink){.ctx = t, .step = tail_step, .note = tail_note};
}

void trace_tail_print(const struct trace_tail *t, FILE *stream)
{
    const uint64_t kept = t->seen < t->capacity ? t->seen : t->capacity;

    for (uint64_t i = t->seen - kept; i < t->seen; i++)
        (void)fprintf(stream, "%s\n", t->lines[i % t->capacity]);
}
