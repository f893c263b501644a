/* SPDX-License-Identifier: Apache-2.0 */
/*
 * plan.c - sees each step of a plan, writes it down, and knows where planning must end.
 *
 * It must not perform anything; it decides only whether the next effect can be pretended soundly.
 */
#include "plan.h"

#include "claim/table.h"

#include <assert.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

/* One line of the plan as values, for both forms of output. */
struct line {
    const struct driver_step *step;
    bool change;
    const char *action; /* the service's own name of the call, or the effect's */
    char details[MARK_KEY_MAX + MARK_VALUE_MAX + 512];
};

/* Telling others on this machine that all is well changes nothing that a plan is read for. */
static bool is_change(enum fx kind)
{
    return fx_manner(kind) != FX_LOOKS && kind != FX_ANNOUNCE;
}

static void describe_mark(struct buf *out, const struct mark *mark)
{
    struct mark_text text;

    if (mark->kind != MARK_NONE && mark_format(mark, &text))
        buf_printf(out, " tag=%s=%s", text.key, text.value);
}

static void describe_create(struct buf *out, const struct plan *p, const struct effect *fx)
{
    const struct cloud_spec *spec = p->options.cloud;

    buf_printf(out, " zone=%s size=%uGiB", p->world.self.zone.text, spec->size_gib);
    if (spec->type)
        buf_printf(out, " type=%s", spec->type);
    if (fx->snapshot.text[0])
        buf_printf(out, " snapshot=%s", fx->snapshot.text);
    if (fx->slot > 0)
        buf_printf(out, " slot=%u", fx->slot);
    for (size_t i = 0; i < spec->tag_count; i++)
        buf_printf(out, " tag=%s=%s", spec->tags[i].key, spec->tags[i].value);
    describe_mark(out, &fx->mark);
}

static void describe_mkfs(struct buf *out, const struct host_spec *spec)
{
    buf_text(out, " arguments=\"");
    for (size_t i = 0; i < spec->mkfs_count; i++)
        buf_printf(out, "%s%s", i > 0 ? " " : "", spec->mkfs[i]);
    buf_char(out, '"');
}

/* What the call would be given, as words of the form name=value. */
static void describe(struct buf *out, const struct plan *p, const struct effect *fx)
{
    if (fx->volume.text[0])
        buf_printf(out, " volume=%s", fx->volume.text);
    switch (fx->kind) {
    case FX_ATTACH:
        buf_printf(out, " instance=%s device=%s", p->world.self.instance.text,
                   p->options.cloud->device);
        if (fx->device_name > 0)
            buf_printf(out, "+%u", fx->device_name);
        break;
    case FX_DETACH: buf_printf(out, " instance=%s", p->world.self.instance.text); break;
    case FX_MARK:
    case FX_UNMARK: describe_mark(out, &fx->mark); break;
    case FX_CREATE_VOLUME: describe_create(out, p, fx); break;
    case FX_CREATE_COPY:
        buf_printf(out, " snapshot=%s zone=%s generation=%u", fx->snapshot.text,
                   p->world.self.zone.text, fx->generation);
        break;
    case FX_READ_SNAPSHOT:
    case FX_DELETE_SNAPSHOT: buf_printf(out, " snapshot=%s", fx->snapshot.text); break;
    case FX_MKFS: describe_mkfs(out, p->options.host); break;
    case FX_MOUNT:
        buf_printf(out, " target=%s", p->options.host->target);
        if (p->options.host->options)
            buf_printf(out, " options=%s", p->options.host->options);
        break;
    case FX_VERIFY:
    case FX_UNMOUNT: buf_printf(out, " target=%s", p->options.host->target); break;
    case FX_NONE:
    case FX_SLEEP:
    case FX_FINISH:
    case FX_IDENTIFY:
    case FX_LIST:
    case FX_LIST_LINEAGE:
    case FX_READ_VOLUME:
    case FX_READ_TAGS:
    case FX_READ_LEAVING:
    case FX_LIST_SNAPSHOTS:
    case FX_CREATE_SNAPSHOT:
    case FX_DELETE_VOLUME:
    case FX_INSPECT:
    case FX_AWAIT_DEVICE:
    case FX_PROBE:
    case FX_FSCK:
    case FX_GROW:
    case FX_EXTEND:
    case FX_ANNOUNCE:
    case FX_COUNT: break;
    }
}

static uint64_t wait_ms(const struct driver_step *step)
{
    const uint64_t until = step->effect->deadline_ms;

    return step->effect->kind == FX_SLEEP && until > step->now_ms ? until - step->now_ms : 0;
}

static void write_text(const struct plan *p, const struct line *l)
{
    const struct driver_step *s = l->step;
    const uint64_t at_ms = s->now_ms - p->started_ms;
    struct buf *out = p->options.out;

    /* The machine asking itself what is next is of no interest to people. */
    if (s->effect->kind == FX_NONE)
        return;
    buf_printf(out, "+%llu.%llus  %s -> %s  (%s: %s)\n", (unsigned long long)(at_ms / 1000),
               (unsigned long long)(at_ms % 1000 / 100), claim_state_name(s->trace->from),
               claim_state_name(s->trace->to), claim_event_name(s->trace->event),
               claim_event_words(s->trace->event));
    if (l->change)
        buf_printf(out, "    would change: %s%s\n", l->action, l->details);
    else if (wait_ms(s) > 0) {
        buf_printf(out, "    would wait %llu.%llus\n", (unsigned long long)(wait_ms(s) / 1000),
                   (unsigned long long)(wait_ms(s) % 1000 / 100));
    }
}

static int add_json(const char *text, size_t length, void *context)
{
    buf_add(context, text, length);
    return 0;
}

static void write_json(const struct plan *p, const struct line *l)
{
    const struct driver_step *s = l->step;
    json_t *object = json_pack(
        "{s:I, s:s, s:s, s:s, s:s, s:s, s:b, s:s, s:s, s:s, s:I}", "at_ms",
        (json_int_t)(s->now_ms - p->started_ms), "from", claim_state_name(s->trace->from), "event",
        claim_event_name(s->trace->event), "reason", claim_event_words(s->trace->event), "to",
        claim_state_name(s->trace->to), "effect", fx_name(s->effect->kind), "change",
        (int)l->change, "call", l->action, "details", l->details[0] ? l->details + 1 : "", "volume",
        s->effect->volume.text, "wait_ms", (json_int_t)wait_ms(s));

    if (p->steps > 0)
        buf_char(p->options.out, ',');
    if (object)
        (void)json_dump_callback(object, add_json, p->options.out, JSON_COMPACT);
    json_decref(object);
}

static void write_step(struct plan *p, const struct driver_step *step)
{
    struct line l = {.step = step, .change = is_change(step->effect->kind)};
    struct buf details;

    buf_on(&details, l.details, sizeof(l.details));
    describe(&details, p, step->effect);
    if (fx_port(step->effect->kind) == FX_PORT_CLOUD && p->cloud.action_of)
        l.action = p->cloud.action_of(&p->cloud, (int)step->effect->kind);
    if (!l.action)
        l.action = fx_name(step->effect->kind);
    if (p->options.json)
        write_json(p, &l);
    else
        write_text(p, &l);
    p->steps++;
    if (l.change) {
        p->changes++;
        p->idle_waits = 0;
    }
}

/* A disk that is not here: what would be done with it, by what might be on it. */
static const char *limit_of_probe(struct plan *p, const struct id *id)
{
    const struct plan_volume *v = plan_volume(&p->world, id);

    if (!plan_is_pretended(p, id) || plan_content(p, id).kind != PROBE_NONE)
        return NULL;
    if (v && v->facts.copy) {
        return "the copy's own content decides: if it reads, the source is deleted, its snapshot "
               "kept, and the copy mounted in its place; else all of this is undone";
    }
    return "what is on the disk decides: a filesystem is mounted, a blank disk formatted first, "
           "anything else left untouched";
}

/* Why this effect cannot be pretended, or NULL when it can, or need not be. */
static const char *limit_of(struct plan *p, const struct effect *fx)
{
    if (fx->kind == FX_SLEEP)
        p->idle_waits++;
    if (p->idle_waits > PLAN_IDLE_WAITS)
        return "it waits for others, and how long only they decide";
    if (p->steps >= PLAN_STEPS_MAX)
        return "it does not come to an end";
    return fx->kind == FX_PROBE ? limit_of_probe(p, &fx->volume) : NULL;
}

bool plan_watch(void *context, const struct driver_step *step)
{
    struct plan *p = context;

    p->world.now_ms = step->now_ms;
    if (p->steps == 0)
        p->started_ms = step->now_ms;
    write_step(p, step);
    if (step->effect->kind == FX_FINISH) {
        p->ended = true;
        p->exit_code = step->effect->exit_code;
        p->stopped = p->exit_code == EXIT_DONE ? NULL : step->effect->reason;
        return false;
    }
    p->stopped = limit_of(p, step->effect);
    return p->stopped == NULL;
}

static void finish_text(const struct plan *p)
{
    struct buf *out = p->options.out;
    const char *plural = p->changes == 1 ? "" : "s";

    if (p->ended && p->exit_code != EXIT_DONE) {
        buf_printf(out, "Plan: the run would end with exit code %d: %s.\n", p->exit_code,
                   p->stopped ? p->stopped : exit_words((enum exit_code)p->exit_code));
    } else if (!p->ended) {
        buf_printf(out, "Plan: %u change%s so far; from here %s.\n", p->changes, plural,
                   p->stopped ? p->stopped : "it cannot go on");
    } else if (p->changes > 0) {
        buf_printf(out, "Plan: %u change%s, if nobody else acts meanwhile.\n", p->changes, plural);
    } else {
        buf_text(out, "Plan: no changes.\n");
    }
}

static void finish_json(const struct plan *p)
{
    json_t *object =
        json_pack("{s:I, s:b, s:i, s:s}", "changes", (json_int_t)p->changes, "complete",
                  (int)p->ended, "exit", p->exit_code, "stopped", p->stopped ? p->stopped : "");

    buf_text(p->options.out, "],\"result\":");
    if (object)
        (void)json_dump_callback(object, add_json, p->options.out, JSON_COMPACT);
    buf_text(p->options.out, "}\n");
    json_decref(object);
}

int plan_finish(struct plan *p, int driven, bool detailed)
{
    if (driven != DRIVER_STOPPED) {
        /* plan_watch() stops every run itself; only a bug of the machine ends it otherwise. */
        p->exit_code = driven;
        p->ended = true;
    }
    if (p->options.json)
        finish_json(p);
    else
        finish_text(p);
    if (p->ended && p->exit_code != EXIT_DONE)
        return p->exit_code;
    return detailed && p->changes > 0 ? PLAN_EXIT_CHANGES : EXIT_DONE;
}

void plan_init(struct plan *p, const struct plan_options *options)
{
    *p = (struct plan){.options = *options};
    plan_cloud_init(p);
    plan_host_init(p);
    p->port = (struct port){.clock = &p->clock, .cloud = &p->cloud, .host = &p->host};
    if (p->options.json)
        buf_text(p->options.out, "{\"steps\":[");
}
