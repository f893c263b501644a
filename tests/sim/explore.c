/* SPDX-License-Identifier: Apache-2.0 */
/*
 * explore.c - `volclaim-sim explore`: the command line, and what is printed.
 *
 * A verdict is "verified" only when every state within the bounds was seen. When a bound on
 * states, depth or memory was met the verdict is "bounded", however well it looked until then.
 */
#include "sim/explore.h"

#include "sim/options.h"
#include "sim/sim.h"

#include <string.h>

enum { EXIT_INCOMPLETE = 2 };

#define MIB (UINT64_C(1) << 20)

typedef bool (*set_fn)(struct explore_options *o, const char *text);

static bool number(const char *text, uint64_t high, uint32_t *out)
{
    uint64_t value = 0;

    if (!options_number(text, 0, high, &value))
        return false;
    *out = (uint32_t)value;
    return true;
}

static bool set_world(struct explore_options *o, const char *text)
{
    (void)o;
    return explore_world_find(text) != NULL; /* It was read before all others. */
}

static bool set_ticks(struct explore_options *o, const char *text)
{
    return number(text, 200, &o->ticks);
}

static bool set_faults(struct explore_options *o, const char *text)
{
    return number(text, EXPLORE_NET_MAX, &o->faults);
}

static bool set_crashes(struct explore_options *o, const char *text)
{
    return number(text, 9, &o->crashes);
}

static bool set_rounds(struct explore_options *o, const char *text)
{
    return number(text, 9, &o->rounds);
}

static bool set_stalls(struct explore_options *o, const char *text)
{
    return number(text, EXPLORE_STALLS_ANY, &o->stalls);
}

static bool set_depth(struct explore_options *o, const char *text)
{
    return number(text, 1000000, &o->depth);
}

static bool set_states(struct explore_options *o, const char *text)
{
    return options_number(text, 1, UINT32_MAX - 1, &o->max_states);
}

static bool set_memory(struct explore_options *o, const char *text)
{
    uint64_t mib = 0;

    if (!options_number(text, 1, 1U << 24, &mib))
        return false;
    o->max_bytes = mib * MIB;
    return true;
}

static bool set_json(struct explore_options *o, const char *text)
{
    (void)text;
    o->json = true;
    return true;
}

static bool set_story(struct explore_options *o, const char *text)
{
    (void)text;
    o->story = true;
    return true;
}

static bool set_progress(struct explore_options *o, const char *text)
{
    (void)text;
    o->progress = true;
    return true;
}

static const struct row {
    const char *name;
    const char *argument;
    set_fn set;
    const char *words;
} rows[] = {
    {"world", "NAME", set_world, "one of the worlds below (movers)"},
    {"ticks", "N", set_ticks, "how far the clock goes; a consensus wait is three ticks"},
    {"faults", "N", set_faults, "changes without an answer, or carried out twice, in all"},
    {"crashes", "N", set_crashes, "reboots and terminations, in all"},
    {"rounds", "N", set_rounds, "runs that each instance may begin"},
    {"stalls", "N", set_stalls, "ticks that instances stand still, in all; 255: no bound"},
    {"depth", "N", set_depth, "events in a row at most; 0: no bound (0)"},
    {"max-states", "N", set_states, "states kept at most (60000000)"},
    {"memory", "MIB", set_memory, "memory taken at most (12288)"},
    {"json", NULL, set_json, "one JSON object instead of the summary"},
    {"story", NULL, set_story, "the counterexample, event by event"},
    {"progress", NULL, set_progress, "a line for every million states"},
};

enum { ROW_COUNT = sizeof(rows) / sizeof(rows[0]) };

static const struct explore_options defaults = {
    .max_states = 60000000,
    .max_bytes = 12288 * MIB,
};

static void take_world(struct explore_options *o, const struct explore_world *w)
{
    *o = defaults;
    o->world = w;
    o->ticks = w->ticks;
    o->faults = w->faults;
    o->crashes = w->crashes;
    o->rounds = w->rounds;
    o->stalls = w->stalls;
}

static const struct row *find_row(const char *name, size_t length)
{
    for (int i = 0; i < ROW_COUNT; i++) {
        if (strlen(rows[i].name) == length && memcmp(rows[i].name, name, length) == 0)
            return &rows[i];
    }
    return NULL;
}

/* The world decides what the other options are by default, so it is looked for first. */
static bool find_world(int argc, char **argv, struct explore_options *o, char *why)
{
    const struct explore_world *w = explore_world_at(0);

    for (int i = 2; i < argc && w; i++) {
        if (strncmp(argv[i], "--world=", 8) == 0)
            w = explore_world_find(argv[i] + 8);
        else if (strcmp(argv[i], "--world") == 0 && i + 1 < argc)
            w = explore_world_find(argv[i + 1]);
    }
    if (!w) {
        (void)snprintf(why, EXPLORE_WHY_MAX, "--world: there is no such world");
        return false;
    }
    take_world(o, w);
    return true;
}

static bool take_option(int argc, char **argv, int *at, struct explore_options *o, char *why)
{
    const char *word = argv[*at];
    const size_t length = strcspn(word, "=");
    const struct row *row =
        strncmp(word, "--", 2) == 0 && length > 2 ? find_row(word + 2, length - 2) : NULL;
    const char *value = NULL;

    if (!row) {
        (void)snprintf(why, EXPLORE_WHY_MAX, "%s: unknown", word);
        return false;
    }
    if (word[length] == '=')
        value = word + length + 1;
    else if (row->argument && *at + 1 < argc)
        value = argv[++*at];
    if ((row->argument == NULL) != (value == NULL) || !row->set(o, value)) {
        (void)snprintf(why, EXPLORE_WHY_MAX, "--%s: \"%s\" will not do: %s", row->name,
                       value ? value : "", row->words);
        return false;
    }
    return true;
}

bool explore_parse(int argc, char **argv, struct explore_options *out, char why[EXPLORE_WHY_MAX])
{
    if (!find_world(argc, argv, out, why))
        return false;
    for (int at = 2; at < argc; at++) {
        if (strcmp(argv[at], "--help") == 0 || strcmp(argv[at], "-h") == 0) {
            out->help = true;
            return true;
        }
        if (!take_option(argc, argv, &at, out, why))
            return false;
    }
    return true;
}

void explore_help(FILE *out)
{
    const struct explore_world *w = NULL;

    (void)fprintf(out, "usage: volclaim-sim explore [OPTION]...\n\noptions:\n");
    for (int i = 0; i < ROW_COUNT; i++)
        (void)fprintf(out, "  --%-10s %-5s %s\n", rows[i].name,
                      rows[i].argument ? rows[i].argument : "", rows[i].words);
    (void)fprintf(out, "\nworlds, and their bounds:\n");
    for (uint32_t i = 0; (w = explore_world_at(i)); i++)
        (void)fprintf(out, "  %-10s %s (ticks %u, faults %u, crashes %u, rounds %u)\n", w->name,
                      w->words, w->ticks, w->faults, w->crashes, w->rounds);
    (void)fprintf(out, "\nexit status: 0 verified, 1 a promise was broken, 2 a bound was met, "
                       "64 wrong use, 71 no memory\n");
}

/* --- What is printed --- */

static const char *const verdicts[] = {[EXPLORE_VERIFIED] = "verified",
                                       [EXPLORE_BOUNDED] = "bounded",
                                       [EXPLORE_VIOLATED] = "violated"};

static unsigned long long per_second(uint64_t count, uint64_t us)
{
    return (unsigned long long)(us == 0 ? 0 : count * 1000000 / us);
}

static void print_text(const struct explore_options *o, const struct explore_result *r, uint64_t us)
{
    (void)printf("%s: %s\n", o->world->name, o->world->words);
    (void)printf(
        "  bounds       %u ticks, %u faults, %u crashes, %u runs an instance, %u stalls%s\n",
        o->ticks, o->faults, o->crashes, o->rounds, o->stalls,
        o->stalls == EXPLORE_STALLS_ANY ? " (no bound)" : "");
    (void)printf("  states       %llu, distinct\n", (unsigned long long)r->states);
    (void)printf("  transitions  %llu\n", (unsigned long long)r->transitions);
    (void)printf("  depth        %u\n", r->depth);
    (void)printf("  made of      %llu states of instances, %llu of the service, %llu steps of the "
                 "core\n",
                 (unsigned long long)r->procs, (unsigned long long)r->clouds,
                 (unsigned long long)r->steps);
    (void)printf("  ends         %llu with everybody through (%llu of them with a volume in use); "
                 "%llu cut at the last tick\n",
                 (unsigned long long)r->ended, (unsigned long long)r->good,
                 (unsigned long long)r->cut);
    (void)printf("  speed        %llu states a second, %llu transitions a second\n",
                 per_second(r->states, us), per_second(r->transitions, us));
    (void)printf("  memory       %llu MiB\n", (unsigned long long)(r->bytes / MIB));
    (void)printf("  verdict      %s%s%s\n", verdicts[r->verdict], r->bound ? ": stopped at " : "",
                 r->bound ? r->bound : "");
    if (r->verdict == EXPLORE_VIOLATED)
        (void)printf("  violation    %s\n", r->words);
}

static void print_json(const struct explore_options *o, const struct explore_result *r, uint64_t us)
{
    (void)printf(
        "{\"world\":\"%s\",\"ticks\":%u,\"faults\":%u,\"crashes\":%u,\"rounds\":%u,\"stalls\":%u,",
        o->world->name, o->ticks, o->faults, o->crashes, o->rounds, o->stalls);
    (void)printf("\"states\":%llu,\"transitions\":%llu,\"depth\":%u,\"instance_states\":%llu,"
                 "\"service_states\":%llu,\"steps\":%llu,",
                 (unsigned long long)r->states, (unsigned long long)r->transitions, r->depth,
                 (unsigned long long)r->procs, (unsigned long long)r->clouds,
                 (unsigned long long)r->steps);
    (void)printf("\"ended\":%llu,\"cut\":%llu,\"states_per_s\":%llu,\"bytes\":%llu,"
                 "\"verdict\":\"%s\",\"violation\":\"%s\"}\n",
                 (unsigned long long)r->ended, (unsigned long long)r->cut,
                 per_second(r->states, us), (unsigned long long)r->bytes, verdicts[r->verdict],
                 r->words);
}

int explore_main(int argc, char **argv, explore_clock_fn clock_us)
{
    struct explore_options o;
    struct explore_result r;
    char why[EXPLORE_WHY_MAX];
    uint64_t us = 0;

    if (!explore_parse(argc, argv, &o, why)) {
        (void)fprintf(stderr, "volclaim-sim: explore: %s\n", why);
        return SIM_EXIT_USAGE;
    }
    if (o.help) {
        explore_help(stdout);
        return SIM_EXIT_CLEAN;
    }
    us = clock_us();
    if (!explore_run(&o, o.story && !o.json ? stdout : NULL, &r)) {
        (void)fprintf(stderr, "volclaim-sim: out of memory\n");
        return SIM_EXIT_MEMORY;
    }
    us = clock_us() - us;
    if (o.json)
        print_json(&o, &r, us);
    else
        print_text(&o, &r, us);
    if (r.verdict == EXPLORE_VIOLATED)
        return SIM_EXIT_VIOLATED;
    return r.verdict == EXPLORE_VERIFIED ? SIM_EXIT_CLEAN : EXIT_INCOMPLETE;
}
