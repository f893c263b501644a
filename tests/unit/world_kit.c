/* SPDX-License-Identifier: Apache-2.0 */
/*
 * world_kit.c - small worlds for tests, and a service that is called by hand.
 *
 * The calls go through ec2_execute like any other, but nobody decides them: that is how a test
 * plants what the core would never do.
 */
#include "world_kit.h"

#include "unit.h"

#include <string.h>

enum { KIT_MACHINES = 8, KIT_VOLUMES = 8 };

void kit_free(struct world **w)
{
    world_free(*w);
}

struct world_options kit_options(void)
{
    struct world_options o = world_defaults(1);

    o.zones = 2;
    o.page_size = 100;
    o.size_gib = 1;
    o.write_ms = 0;
    return o;
}

struct world *kit_world(const struct world_options *o)
{
    struct world *w = world_new(KIT_MACHINES, KIT_VOLUMES);

    CU_ASSERT_PTR_NOT_NULL_FATAL(w);
    world_reset(w, o);
    return w;
}

uint32_t kit_boots(struct world *w, uint32_t zone, uint64_t boot_ms)
{
    return world_add_machine(w, &(struct world_machine_spec){.zone = zone, .boot_ms = boot_ms});
}

uint32_t kit_stands(struct world *w, uint32_t zone)
{
    return world_add_machine(w, &(struct world_machine_spec){.zone = zone, .foreign = true});
}

uint32_t kit_data(struct world *w, uint32_t zone, uint32_t holder)
{
    return world_add_volume(w,
                            &(struct world_volume_spec){
                                .zone = zone, .size_gib = 1, .holder = holder, .content = EC2_FS});
}

void kit_wait(struct world *w, uint64_t ms)
{
    w->now_ms += ms;
    w->checks.now_ms = w->now_ms;
}

static struct ec2_answer call(struct world *w, struct ec2_request *rq)
{
    struct ec2_answer a;

    rq->caller = EC2_NONE;
    ec2_execute(&w->cloud, rq, w->now_ms, &a);
    CU_ASSERT_EQUAL(a.code, EC2_CODE_OK);
    return a;
}

uint32_t kit_snapshot(struct world *w, uint32_t volume)
{
    const struct id id = ec2_volume_id(&w->cloud, volume);
    const struct mark source = {.kind = MARK_SOURCE, .id = id};
    struct mark_text text;
    struct tag tag;
    uint32_t made;

    CU_ASSERT_TRUE(mark_format(&source, &text));
    tag = (struct tag){.key = text.key, .value = text.value};
    (void)call(w, &(struct ec2_request){
                      .action = EC2_CREATE_SNAPSHOT, .volume = id, .tags = &tag, .tag_count = 1});
    made = ec2_snapshot_count(&w->cloud) - 1;
    /* Longer than the longest small snapshot takes. */
    kit_wait(w, 1000000);
    return made;
}

uint32_t kit_copy(struct world *w, uint32_t snapshot, uint32_t source, uint32_t zone)
{
    const struct mark marks[] = {
        {.kind = MARK_STATE, .number = 1},
        {.kind = MARK_SOURCE, .id = ec2_volume_id(&w->cloud, source)},
    };
    struct mark_text text[2];
    struct tag tags[4] = {{.key = "Name", .value = "db"}, {.key = "env", .value = "prod"}};

    for (int i = 0; i < 2; i++) {
        CU_ASSERT_TRUE(mark_format(&marks[i], &text[i]));
        tags[2 + i] = (struct tag){.key = text[i].key, .value = text[i].value};
    }
    (void)call(w, &(struct ec2_request){
                      .action = EC2_CREATE_VOLUME,
                      .zone = ec2_zone_name(&w->cloud, zone),
                      .snapshot = ec2_snapshot_id(&w->cloud, snapshot),
                      .type = EC2_GP3,
                      .tags = tags,
                      .tag_count = 4,
                  });
    kit_wait(w, 10000);
    return ec2_volume_count(&w->cloud) - 1;
}

void kit_attach(struct world *w, uint32_t volume, uint32_t machine)
{
    (void)call(w, &(struct ec2_request){
                      .action = EC2_ATTACH_VOLUME,
                      .volume = ec2_volume_id(&w->cloud, volume),
                      .instance = ec2_instance_id(&w->cloud, machine),
                      .device = "/dev/xvdbz",
                  });
    kit_wait(w, 10000);
}

void kit_delete(struct world *w, uint32_t volume)
{
    (void)call(w, &(struct ec2_request){.action = EC2_DELETE_VOLUME,
                                        .volume = ec2_volume_id(&w->cloud, volume)});
}

void kit_drop(struct world *w, uint32_t snapshot)
{
    (void)call(w, &(struct ec2_request){.action = EC2_DELETE_SNAPSHOT,
                                        .snapshot = ec2_snapshot_id(&w->cloud, snapshot)});
}

void kit_mark(struct world *w, uint32_t volume, const struct mark *m)
{
    const struct id id = ec2_volume_id(&w->cloud, volume);
    struct mark_text text;
    struct tag tag;

    CU_ASSERT_TRUE(mark_format(m, &text));
    tag = (struct tag){.key = text.key, .value = text.value};
    (void)call(
        w, &(struct ec2_request){
               .action = EC2_CREATE_TAGS, .ids = &id, .id_count = 1, .tags = &tag, .tag_count = 1});
}

bool kit_convicted(const struct world *w, enum check which)
{
    return w->checks.count > 0 && w->checks.by[which] == w->checks.count &&
           w->checks.first.which == which;
}

/* Copies a line without its time, and with single blanks. */
static void story_add(struct kit_story *s, const char *line)
{
    const char *from = strchr(line, ']');

    if (!from || s->used + strlen(line) + 2 > sizeof(s->text))
        return;
    for (from += 2; *from; from++) {
        if (from[0] == ' ' && (from[1] == ' ' || from[1] == '\0'))
            continue;
        s->text[s->used++] = *from;
    }
    s->text[s->used++] = '\n';
    s->text[s->used] = '\0';
}

static void story_step(void *ctx, const struct trace_step *step)
{
    char line[TRACE_LINE_MAX];

    trace_format_step(step, line);
    story_add((struct kit_story *)ctx, line);
}

static void story_note(void *ctx, uint64_t time_ms, int64_t machine, const char *text)
{
    char line[TRACE_LINE_MAX];

    trace_format_note(time_ms, machine, text, line);
    story_add((struct kit_story *)ctx, line);
}

struct trace_sink kit_listen(struct kit_story *s)
{
    s->used = 0;
    s->text[0] = '\0';
    return (struct trace_sink){.ctx = s, .step = story_step, .note = story_note};
}

bool kit_told(const struct kit_story *s, const char *const *lines)
{
    const char *at = s->text;

    for (; *lines; lines++) {
        at = strstr(at, *lines);
        if (!at)
            return false;
        at += strlen(*lines);
    }
    return true;
}

uint32_t kit_times(const struct kit_story *s, const char *words)
{
    const size_t length = strlen(words);
    uint32_t times = 0;

    for (const char *at = s->text; *at; at += strcspn(at, "\n") + 1)
        times += strncmp(at, words, length) == 0;
    return times;
}
