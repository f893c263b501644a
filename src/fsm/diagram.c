/* SPDX-License-Identifier: Apache-2.0 */
/*
 * diagram.c - walks a table and writes one line for each thing in it.
 *
 * Lines come in the order of the rows, so that two drawings of one table are the same text. It must
 * not leave out an arrow without saying so in the drawing.
 */
#include "fsm/diagram.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

enum { LABEL_MAX = 512, NAME_MAX_SHOWN = 48, LINE_MAX_SHOWN = LABEL_MAX + 4 * NAME_MAX_SHOWN };

struct drawing {
    const struct diagram *d;
    diagram_emit_fn *emit;
    void *context;
};

static void say(const struct drawing *w, const char *line)
{
    w->emit(w->context, line);
}

/* A name as an identifier of Mermaid and dot, which take no hyphens in one. */
static const char *identifier(const char *name, char out[NAME_MAX_SHOWN])
{
    size_t i = 0;

    for (; name[i] && i + 1 < NAME_MAX_SHOWN; i++)
        out[i] = name[i];
    for (size_t j = 0; j < i; j++) {
        if (out[j] == '-')
            out[j] = '_';
    }
    out[i] = '\0';
    return out;
}

/* All events that lead from one state to another, with commas between; false when there is none. */
static bool label(const struct diagram *d, uint8_t from, uint8_t to, char out[LABEL_MAX])
{
    size_t used = 0;

    out[0] = '\0';
    for (uint8_t event = 1; event < d->machine->event_count; event++) {
        const char *name = d->event(event);
        const size_t length = strlen(name);

        if (fsm_cell_at(d->machine, from, event)->next != to)
            continue;
        assert(used + length + 3 < LABEL_MAX);
        if (used > 0) {
            memcpy(out + used, ", ", 2);
            used += 2;
        }
        memcpy(out + used, name, length + 1);
        used += length;
    }
    return used > 0;
}

static void draw_arrows(const struct drawing *w, uint8_t from, const char *form, bool loops)
{
    char labels[LABEL_MAX];
    char a[NAME_MAX_SHOWN];
    char b[NAME_MAX_SHOWN];
    char line[LINE_MAX_SHOWN];

    for (uint8_t to = 1; to < w->d->machine->state_count; to++) {
        if ((to == from && !loops) || !label(w->d, from, to, labels))
            continue;
        (void)identifier(w->d->state(from), a);
        (void)identifier(w->d->state(to), b);
        /* The two forms differ in words alone; both take from, to, label. */
        if (form[0] == 'm')
            (void)snprintf(line, sizeof(line), "    %s --> %s: %s", a, b, labels);
        else
            (void)snprintf(line, sizeof(line), "    %s -> %s [label=\"%s\"];", a, b, labels);
        say(w, line);
    }
}

/* Calls begin and end around each run of rows with the same phase, and row for each state. */
static void draw_phases(const struct drawing *w, bool mermaid)
{
    const uint8_t count = w->d->machine->state_count;
    char name[NAME_MAX_SHOWN];
    char line[LINE_MAX_SHOWN];

    for (uint8_t s = 1; s < count; s++) {
        const char *phase = w->d->phase(s);

        if (s == 1 || strcmp(phase, w->d->phase((uint8_t)(s - 1))) != 0) {
            (void)snprintf(line, sizeof(line),
                           mermaid ? "    state %s {" : "    subgraph cluster_%s {", phase);
            say(w, line);
        }
        (void)snprintf(line, sizeof(line), mermaid ? "        %s" : "        %s;",
                       identifier(w->d->state(s), name));
        say(w, line);
        if (s + 1 == count || strcmp(phase, w->d->phase((uint8_t)(s + 1))) != 0)
            say(w, "    }");
    }
}

static void draw_mermaid(const struct drawing *w)
{
    char name[NAME_MAX_SHOWN];
    char line[LINE_MAX_SHOWN];

    say(w, "stateDiagram-v2");
    say(w, "    %% Arrows of a state to itself (try again, wait) are left out.");
    draw_phases(w, true);
    (void)snprintf(line, sizeof(line), "    [*] --> %s",
                   identifier(w->d->state(w->d->start), name));
    say(w, line);
    for (uint8_t s = 1; s < w->d->machine->state_count; s++) {
        draw_arrows(w, s, "mermaid", false);
        if (w->d->is_final(s)) {
            (void)snprintf(line, sizeof(line), "    %s --> [*]", identifier(w->d->state(s), name));
            say(w, line);
        }
    }
}

static void draw_dot(const struct drawing *w)
{
    char name[NAME_MAX_SHOWN];
    char line[LINE_MAX_SHOWN];

    say(w, "digraph claim {");
    say(w, "    node [shape=box, style=rounded];");
    draw_phases(w, false);
    for (uint8_t s = 1; s < w->d->machine->state_count; s++) {
        if (w->d->is_final(s)) {
            (void)snprintf(line, sizeof(line), "    %s [peripheries=2];",
                           identifier(w->d->state(s), name));
            say(w, line);
        }
        draw_arrows(w, s, "dot", true);
    }
    say(w, "}");
}

static void draw_table(const struct drawing *w)
{
    const struct fsm *m = w->d->machine;
    char line[LINE_MAX_SHOWN];

    for (uint8_t s = 1; s < m->state_count; s++) {
        for (uint8_t e = 1; e < m->event_count; e++) {
            const struct fsm_cell *cell = fsm_cell_at(m, s, e);

            if (cell->next == 0)
                continue;
            (void)snprintf(line, sizeof(line), "%-22s %-14s -> %-22s %s", w->d->state(s),
                           w->d->event(e), w->d->state(cell->next), w->d->action(cell->action));
            say(w, line);
        }
    }
}

void diagram_draw(const struct diagram *d, enum diagram_format format, diagram_emit_fn *emit,
                  void *context)
{
    const struct drawing w = {.d = d, .emit = emit, .context = context};

    switch (format) {
    case DIAGRAM_MERMAID: draw_mermaid(&w); break;
    case DIAGRAM_DOT: draw_dot(&w); break;
    case DIAGRAM_TABLE: draw_table(&w); break;
    }
}
