/* SPDX-License-Identifier: Apache-2.0 */
/*
 * config_check.c - what no single setting can show: that required ones are there, that they fit
 * each other, and that the times keep the promises the protocol rests on.
 *
 * It must not ask the provider: what only a service can know, it will say itself.
 */
#include "config.h"
#include "config_value.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Words with the place of the setting that is at fault: the line of the file, the option, or
 * neither. */
static enum err blame(const struct config *c, enum setting id, struct errctx *cx,
                      const char *format, ...) PRINTF_LIKE(4, 5);
static enum err blame(const struct config *c, enum setting id, struct errctx *cx,
                      const char *format, ...)
{
    const struct config_place *at = &c->places[id];
    char words[ERR_MESSAGE_MAX];
    va_list args;

    va_start(args, format);
    /* clang 14 loses sight of va_start() where it inlines a static variadic function. */
    /* NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized) */
    (void)vsnprintf(words, sizeof(words), format, args);
    va_end(args);
    switch (at->origin) {
    case CONFIG_BY_FILE:
        return err_set(cx, ERR_CONFIG, 0, "%s:%u:%u: %s: %s", c->file, at->line, at->column,
                       config_key(id), words);
    case CONFIG_BY_OPTION:
        return err_set(cx, ERR_USAGE, 0, "--%s: %s", config_settings[id].option, words);
    case CONFIG_BY_DEFAULT: break;
    }
    return err_set(cx, ERR_CONFIG, 0, "%s (by default): %s", config_settings[id].path, words);
}

/* Of two settings that clash, the one somebody wrote is at fault; an option before the file. */
static enum setting culprit(const struct config *c, enum setting a, enum setting b)
{
    return c->places[b].origin > c->places[a].origin ? b : a;
}

static enum err check_required(const struct config *c, struct errctx *cx)
{
    const char *file = c->file ? c->file : "configuration";

    if (!c->provider && c->file) {
        return err_set(cx, ERR_CONFIG, 0, "%s:1:1: the required key \"block-provider\" is missing",
                       file);
    }
    for (int i = 0; i < SETTING_COUNT; i++) {
        const struct setting_row *row = &config_settings[i];

        if (row->need != SETTING_REQUIRED || c->places[i].origin != CONFIG_BY_DEFAULT)
            continue;
        if (c->provider_place.origin == CONFIG_BY_FILE) {
            return err_set(cx, ERR_CONFIG, 0, "%s:%u:%u: %s lacks the required key \"%s\"", file,
                           c->provider_place.line, c->provider_place.column, c->provider,
                           config_key((enum setting)i));
        }
        return err_set(cx, ERR_CONFIG, 0, "%s is required: set it in the file or by --%s",
                       row->path, row->option);
    }
    return ERR_OK;
}

static enum err check_tags(const struct config *c, struct errctx *cx)
{
    if (c->tags.count == 0)
        return blame(c, SETTING_TAGS, cx, "at least one tag is needed to know the pool by");
    if (c->places[SETTING_FROM_SNAPSHOT_TAGS].origin != CONFIG_BY_DEFAULT &&
        c->snapshot_tags.count == 0) {
        return blame(c, SETTING_FROM_SNAPSHOT_TAGS, cx, "at least one tag is needed");
    }
    if (c->snapshot_tags.count > 0 && c->claim.from_snapshot.text[0]) {
        return blame(c, culprit(c, SETTING_FROM_SNAPSHOT, SETTING_FROM_SNAPSHOT_TAGS), cx,
                     "from-snapshot and from-snapshot-tags exclude each other");
    }
    if (c->mkfs.count == 0)
        return blame(c, SETTING_MKFS, cx, "at least one argument is needed, such as -t and ext4");
    return ERR_OK;
}

/* What AWS documents of volume types (ec2.md I), as far as it holds everywhere. */
struct volume_type {
    const char *name;
    uint32_t least_gib;
    uint32_t most_gib;
    bool takes_iops;
    bool needs_iops;
    bool takes_throughput;
};

static const struct volume_type volume_types[] = {
    {.name = "gp3",
     .least_gib = 1,
     .most_gib = 65536,
     .takes_iops = true,
     .takes_throughput = true},
    {.name = "gp2", .least_gib = 1, .most_gib = 16384},
    {.name = "io2", .least_gib = 4, .most_gib = 65536, .takes_iops = true, .needs_iops = true},
    {.name = "io1", .least_gib = 4, .most_gib = 16384, .takes_iops = true, .needs_iops = true},
    {.name = "st1", .least_gib = 125, .most_gib = 16384},
    {.name = "sc1", .least_gib = 125, .most_gib = 16384},
    {.name = "standard", .least_gib = 1, .most_gib = 1024},
};

static const struct volume_type *find_type(const char *name)
{
    const struct volume_type *t = volume_types;

    while (strcmp(t->name, name) != 0) {
        t++;
        assert(t < volume_types + sizeof(volume_types) / sizeof(volume_types[0]));
    }
    return t;
}

static enum err check_volume(const struct config *c, struct errctx *cx)
{
    const struct volume_type *t = find_type(c->cloud.type);

    if (c->cloud.size_gib < t->least_gib || c->cloud.size_gib > t->most_gib) {
        return blame(c, culprit(c, SETTING_SIZE, SETTING_TYPE), cx,
                     "a volume of type %s has %u to %u GiB, not %u", t->name, t->least_gib,
                     t->most_gib, c->cloud.size_gib);
    }
    if (c->cloud.iops > 0 && !t->takes_iops)
        return blame(c, SETTING_IOPS, cx, "a volume of type %s takes no iops", t->name);
    if (c->cloud.iops == 0 && t->needs_iops)
        return blame(c, SETTING_TYPE, cx, "a volume of type %s needs iops as well", t->name);
    if (c->cloud.throughput > 0 && !t->takes_throughput)
        return blame(c, SETTING_THROUGHPUT, cx, "a volume of type %s takes no throughput", t->name);
    if (c->cloud.kms_key_id && !c->cloud.encrypted)
        return blame(c, SETTING_KMS_KEY_ID, cx, "it needs encrypted: true");
    return ERR_OK;
}

/* One thing that must hold between two times, and the reason it must. */
struct time_rule {
    enum setting longer;
    uint32_t times; /* longer >= times * shorter + plus_ms */
    enum setting shorter;
    uint32_t plus_ms;
    const char *reason;
};

/*
 * Every change is visible in less than the lag bound, so a wait of twice the bound is more than
 * twice the lag: what the model of the protocol asks for.
 */
static const struct time_rule time_rules[] = {
    {SETTING_CONSENSUS_WAIT, 2, SETTING_LAG_BOUND, 0,
     "a claim is believed only when whoever wrote before it has been seen"},
    {SETTING_LOCK_TIMEOUT, 3, SETTING_CONSENSUS_WAIT, 0,
     "a claim is renewed every third of its life and must outlive its own wait"},
    {SETTING_CHANGE_WINDOW, 1, SETTING_CHANGE_MARGIN, 1000, "else every change is refused as late"},
    {SETTING_LOCK_TIMEOUT, 2, SETTING_CHANGE_WINDOW, 0,
     "a change made under a claim must land while the claim is alive"},
    {SETTING_CHANGE_WINDOW, 1, SETTING_CALL_TIMEOUT, 0,
     "an answer is not waited for longer than the request may still land"},
};

static uint64_t span_of(const struct config *c, enum setting id)
{
    return *(const uint64_t *)(const void *)((const char *)c + config_settings[id].offset);
}

static enum err check_times(const struct config *c, struct errctx *cx)
{
    for (size_t i = 0; i < sizeof(time_rules) / sizeof(time_rules[0]); i++) {
        const struct time_rule *rule = &time_rules[i];
        const uint64_t least_ms = span_of(c, rule->shorter) * rule->times + rule->plus_ms;
        char has[32];
        char least[32];

        if (span_of(c, rule->longer) >= least_ms)
            continue;
        config_format_span(span_of(c, rule->longer), has);
        config_format_span(least_ms, least);
        return blame(c, culprit(c, rule->longer, rule->shorter), cx,
                     "%s is %s but must be %s or more with this %s: %s", config_key(rule->longer),
                     has, least, config_key(rule->shorter), rule->reason);
    }
    if (c->claim.deadline_ms > 0 && c->claim.deadline_ms <= c->claim.consensus_ms) {
        return blame(c, culprit(c, SETTING_DEADLINE, SETTING_CONSENSUS_WAIT), cx,
                     "the deadline must be longer than consensus-wait, or 0 for none");
    }
    return ERR_OK;
}

/* What is kept in another shape than it is written in. */
static void carry_over(struct config *c)
{
    static const enum claim_strategy strategies[] = {STRATEGY_ZONE, STRATEGY_GROUP,
                                                     STRATEGY_NUMBERED};
    static const enum claim_create policies[] = {CREATE_DEFAULT, CREATE_ALWAYS, CREATE_SHORT,
                                                 CREATE_NEVER};

    c->claim.strategy = strategies[c->strategy];
    c->claim.create = policies[c->create_policy];
    c->claim.drop_snapshot = !c->keep_snapshot;
    c->claim.create_from_snapshot = c->snapshot_tags.count > 0;
    c->cloud.tags = c->tags.items;
    c->cloud.tag_count = c->tags.count;
    c->cloud.snapshot_tags = c->snapshot_tags.items;
    c->cloud.snapshot_tag_count = c->snapshot_tags.count;
    c->host.mkfs = c->mkfs.items;
    c->host.mkfs_count = c->mkfs.count;
    c->host.skip_fsck = !c->fsck;
}

enum err config_check(struct config *c, struct errctx *cx)
{
    enum err e = check_required(c, cx);

    if (e == ERR_OK)
        e = check_tags(c, cx);
    if (e == ERR_OK)
        e = check_volume(c, cx);
    if (e == ERR_OK)
        e = check_times(c, cx);
    if (e == ERR_OK)
        carry_over(c);
    return e;
}
