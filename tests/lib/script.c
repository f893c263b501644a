/* SPDX-License-Identifier: Apache-2.0 */
/*
 * script.c - the film of one claim: steps it, writes each step down, compares the whole.
 *
 * What the world answers is stage.c's. Nothing here may judge an answer or a step.
 */
#include "lib/script.h"

#include <CUnit/CUnit.h>
#include <stdio.h>
#include <string.h>

enum { CALL_MS = 100 };

static void must(bool good)
{
    CU_ASSERT_TRUE_FATAL(good);
}

void script_open(struct script *s, enum claim_goal goal, const struct claim_config *cfg)
{
    const struct token token = {.hi = 0xabc, .lo = 0xdef};
    struct claim_config defaults;

    memset(s, 0, sizeof *s);
    claim_defaults(&defaults);
    claim_init(&s->claim, cfg != NULL ? cfg : &defaults, goal, 1, token);
    s->now_ms = SCRIPT_START_MS;
}

struct staged *script_volume(struct script *s, const char *id, const char *zone)
{
    struct staged *v = &s->volumes[s->volume_count++];

    must(s->volume_count <= STAGE_MAX);
    memset(v, 0, sizeof *v);
    must(id_set(&v->volume.id, id) && zone_set(&v->volume.zone, zone));
    v->volume.key = id_key(&v->volume.id);
    v->volume.state = VOL_AVAILABLE;
    v->volume.in_pool = v->volume.tags_seen = true;
    v->volume.lineage = mark_lineage_of(&v->volume.id);
    v->volume.created_ms = SCRIPT_START_MS - 3600000 + s->volume_count;
    v->volume.size_gib = 10;
    v->volume.has_fs = true;
    v->volume.fs.bytes[0] = (uint8_t)s->volume_count;
    v->content = (struct probe){.kind = PROBE_FILESYSTEM, .fstype = "ext4", .uuid = v->volume.fs};
    return v;
}

void script_blank(struct staged *v, bool recorded)
{
    v->volume.has_fs = false;
    memset(&v->volume.fs, 0, sizeof v->volume.fs);
    v->volume.has_blank = recorded;
    v->volume.blank = (struct token){.hi = recorded ? 7 : 0, .lo = 0};
    v->content = (struct probe){.kind = PROBE_BLANK};
}

void script_copy(struct staged *v, const struct staged *source)
{
    v->volume.copy = true;
    v->volume.source = source->volume.id;
    v->volume.source_key = source->volume.key;
    v->volume.lineage = source->volume.lineage;
    v->volume.generation = source->volume.generation + 1;
    v->volume.has_fs = source->volume.has_fs;
    v->volume.fs = source->volume.fs;
    v->content = source->content;
}

void script_hold(struct staged *v, const char *instance)
{
    must(id_set(&v->volume.holder, instance));
    v->volume.holder_key = id_key(&v->volume.holder);
    v->volume.state = VOL_IN_USE;
    v->volume.attachment = ATT_ATTACHED;
}

void script_flag(struct script *s, struct staged *v, const char *instance, bool own,
                 uint64_t live_ms)
{
    struct flag *f = &v->volume.flags[v->volume.flag_count++];

    must(v->volume.flag_count <= FLAGS_MAX);
    must(id_set(&f->instance, instance));
    f->token = (struct token){.hi = id_key(&f->instance), .lo = 1};
    f->own = own;
    f->expires_s = live_ms == 0 ? SCRIPT_START_MS / 1000 - 3600 : (s->now_ms + live_ms) / 1000;
}

void script_snapshot(struct script *s, const char *id, const struct staged *source,
                     struct token token)
{
    struct snapshot *n = &s->snapshots.items[s->snapshots.count++];

    must(s->snapshots.count <= SNAPSHOTS_MAX);
    must(id_set(&n->id, id));
    n->source = source->volume.id;
    n->token = token;
    n->state = SNAP_COMPLETED;
    n->progress = 100;
}

struct staged *script_find(struct script *s, const char *id)
{
    for (uint32_t i = 0; i < s->volume_count; i++) {
        if (strcmp(s->volumes[i].volume.id.text, id) == 0) {
            return &s->volumes[i];
        }
    }
    return NULL;
}

static const char *object_of(const struct script *s, char *room, size_t size)
{
    const struct effect *fx = &s->fx;

    if (fx->kind == FX_FINISH) {
        (void)snprintf(room, size, " %d", fx->exit_code);
    } else if (!id_is_empty(&fx->volume)) {
        (void)snprintf(room, size, " %s", fx->volume.text);
    } else if (!id_is_empty(&fx->snapshot)) {
        (void)snprintf(room, size, " %s", fx->snapshot.text);
    } else {
        room[0] = '\0';
    }
    return room;
}

static void record(struct script *s, const struct claim_trace *t)
{
    char object[ID_MAX + 2];
    char *end = s->film + s->film_length;
    const size_t room = sizeof s->film - s->film_length;
    const int length = snprintf(end, room, "%s %s -> %s %s%s\n", claim_state_name(t->from),
                                claim_event_name(t->event), claim_state_name(t->to),
                                fx_name(s->fx.kind), object_of(s, object, sizeof object));

    must(length > 0 && (size_t)length < room);
    s->film_length += (size_t)length;
}

void script_start(struct script *s)
{
    struct claim_trace trace;

    claim_start(&s->claim, s->now_ms, &s->fx, &trace);
    record(s, &trace);
}

/* A step the table has no cell for ends the test, and says which. */
static void step(struct script *s, struct answer *a)
{
    struct claim_trace trace;

    a->now_ms = s->now_ms;
    a->date_ms = s->now_ms;
    if (!claim_step(&s->claim, a, &s->fx, &trace)) {
        (void)printf("\n    no cell for %s %s", claim_state_name(trace.from),
                     claim_event_name(trace.event));
        CU_FAIL_FATAL("no cell");
    }
    record(s, &trace);
}

static void pass_time(struct script *s)
{
    const enum fx_port port = fx_port(s->fx.kind);

    if (port == FX_PORT_CLOCK) {
        s->now_ms = s->fx.deadline_ms > s->now_ms ? s->fx.deadline_ms : s->now_ms;
    } else if (port != FX_PORT_NONE) {
        s->now_ms += CALL_MS;
    }
    /* Who it is, a machine asks of itself, not of the service that counts its calls. */
    s->cloud_calls += port == FX_PORT_CLOUD && s->fx.kind != FX_IDENTIFY ? 1 : 0;
    s->changes += fx_manner(s->fx.kind) != FX_LOOKS ? 1 : 0;
}

void script_say(struct script *s, struct answer a)
{
    a.of = s->fx.kind;
    pass_time(s);
    step(s, &a);
}

void script_answer(struct script *s, enum err err)
{
    struct answer a = {.of = s->fx.kind, .err = err};

    pass_time(s);
    if (err == ERR_OK) {
        stage_perform(s, &a);
    }
    step(s, &a);
}

void script_lose(struct script *s)
{
    struct answer a = {.of = s->fx.kind};

    pass_time(s);
    stage_perform(s, &a);
    memset(&a, 0, sizeof a);
    a.of = s->fx.kind;
    a.err = ERR_UNKNOWN;
    step(s, &a);
}

/* Ends the test when the film goes on for too long, or ended elsewhere; shows its end. */
static void must_go_on(const struct script *s, int steps, const char *words)
{
    const size_t shown = s->film_length < 2000 ? s->film_length : 2000;

    if (steps < SCRIPT_STEPS_MAX && !claim_is_over(&s->claim)) {
        return;
    }
    (void)printf("\n    never %s:\n%s", words, s->film + s->film_length - shown);
    CU_FAIL_FATAL("never reached");
}

void script_until(struct script *s, enum claim_state state)
{
    for (int i = 0; s->claim.state != state; i++) {
        must_go_on(s, i, claim_state_name(state));
        script_answer(s, ERR_OK);
    }
}

int script_finish(struct script *s)
{
    for (int i = 0; !claim_is_over(&s->claim); i++) {
        must_go_on(s, i, "over");
        script_answer(s, ERR_OK);
    }
    return s->fx.exit_code;
}

int script_run(struct script *s)
{
    script_start(s);
    return script_finish(s);
}

void script_cut(struct script *s)
{
    s->film_length = 0;
    s->film[0] = '\0';
}

/* Scenes that many films share; each line's @ stands for the volume. */
static const struct scene {
    const char *name;
    const char *lines;
} scenes[] = {
    {"(opening)", "idle start -> identifying identify\n"
                  "identifying ok -> inspecting inspect\n"
                  "inspecting ok -> listing list\n"},
    {"(mount ", "checking ok -> growing grow @\n"
                "growing ok -> mounting mount @\n"
                "mounting ok -> extending extend @\n"
                "extending ok -> verifying verify @\n"
                "verifying ok -> announcing announce @\n"
                "announcing ok -> tidying inspect @\n"},
    {"(use ", "awaiting-device ok -> judging read-tags @\n"
              "judging mine -> probing probe @\n"
              "probing known -> checking fsck @\n"
              "checking ok -> growing grow @\n"
              "growing ok -> mounting mount @\n"
              "mounting ok -> extending extend @\n"
              "extending ok -> verifying verify @\n"
              "verifying ok -> announcing announce @\n"
              "announcing ok -> tidying inspect @\n"
              "tidying clean -> done finish 0\n"},
    {"(done)", "tidying clean -> done finish 0\n"},
};

static size_t put(char *out, size_t at, const char *text, size_t length)
{
    must(at + length < FILM_MAX);
    memcpy(out + at, text, length);
    return at + length;
}

static size_t put_scene(char *out, size_t at, const char *lines, const char *volume)
{
    const size_t length = strcspn(volume, ")");

    for (; *lines != '\0'; lines++) {
        at = *lines == '@' ? put(out, at, volume, length) : put(out, at, lines, 1);
    }
    return at;
}

/* One line of the text, or the scene it stands for. */
static size_t put_line(char *out, size_t at, const char *line, size_t length)
{
    for (size_t i = 0; i < sizeof scenes / sizeof scenes[0]; i++) {
        const size_t name = strlen(scenes[i].name);

        if (strncmp(line, scenes[i].name, name) == 0) {
            return put_scene(out, at, scenes[i].lines, line + name);
        }
    }
    return put(out, at, line, length);
}

static void expand(const char *wanted, char *out)
{
    size_t at = 0;

    while (*wanted != '\0') {
        const size_t length = strcspn(wanted, "\n") + 1;

        at = put_line(out, at, wanted, length);
        wanted += length;
    }
    out[at] = '\0';
}

void script_film(struct script *s, const char *wanted)
{
    static char whole[FILM_MAX];

    expand(wanted, whole);
    if (strcmp(s->film, whole) != 0) {
        (void)printf("\n    wanted:\n%s    filmed:\n%s", whole, s->film);
    }
    CU_ASSERT_STRING_EQUAL(s->film, whole);
}
