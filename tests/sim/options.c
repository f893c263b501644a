/* SPDX-License-Identifier: Apache-2.0 */
/*
 * options.c - reads the command line of volclaim-sim, row by row.
 *
 * It must not guess: an unknown word, a number with something after it, or a value out of range
 * ends with a sentence that names it.
 */
#include "sim/options.h"

#include <string.h>

enum {
    IN_RACE = 1 << SIM_CMD_RACE,
    IN_SWARM = 1 << SIM_CMD_SWARM,
    IN_REPLAY = 1 << SIM_CMD_REPLAY,
    IN_ALL = IN_RACE | IN_SWARM | IN_REPLAY,
};

/* Sets one member from text; false when the text is none of what the row says. NULL text: a switch.
 */
typedef bool (*option_fn)(struct sim_options *o, const char *text, char *why);

struct option_row {
    const char *name;
    const char *argument; /* NULL: a switch */
    unsigned commands;
    option_fn set;
    const char *words;
};

struct command_row {
    const char *name;
    enum sim_command command;
    const char *words;
};

bool options_number(const char *text, uint64_t low, uint64_t high, uint64_t *out)
{
    uint64_t value = 0;

    if (text[0] == '\0')
        return false;
    for (; *text; text++) {
        const uint64_t digit = (uint64_t)(*text - '0');

        if (*text < '0' || *text > '9' || value > (UINT64_MAX - digit) / 10)
            return false;
        value = value * 10 + digit;
    }
    if (value < low || value > high)
        return false;
    *out = value;
    return true;
}

bool options_duration(const char *text, uint32_t *ms)
{
    static const struct {
        const char *suffix;
        uint32_t factor;
    } units[] = {{"ms", 1}, {"min", 60000}, {"s", 1000}, {"", 1000}};
    char digits[16];
    const size_t length = strspn(text, "0123456789");
    uint64_t value;

    if (length == 0 || length >= sizeof(digits))
        return false;
    memcpy(digits, text, length);
    digits[length] = '\0';
    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
        if (strcmp(text + length, units[i].suffix) != 0)
            continue;
        if (!options_number(digits, 0, 86400000 / units[i].factor, &value))
            return false;
        *ms = (uint32_t)value * units[i].factor;
        return true;
    }
    return false;
}

static bool set_u32(const char *text, uint64_t low, uint64_t high, uint32_t *out)
{
    uint64_t value;

    if (!options_number(text, low, high, &value))
        return false;
    *out = (uint32_t)value;
    return true;
}

static bool set_instances(struct sim_options *o, const char *text, char *why)
{
    (void)why;
    return set_u32(text, 1, SIM_INSTANCES_MAX, &o->instances);
}

static bool set_volumes(struct sim_options *o, const char *text, char *why)
{
    (void)why;
    return set_u32(text, 0, SIM_VOLUMES_MAX, &o->volumes);
}

static bool set_zones(struct sim_options *o, const char *text, char *why)
{
    (void)why;
    return set_u32(text, 1, SIM_ZONES_MAX, &o->zones);
}

static bool set_limit(struct sim_options *o, const char *text, char *why)
{
    (void)why;
    return set_u32(text, 0, SIM_VOLUMES_MAX, &o->limit);
}

static bool set_stagger(struct sim_options *o, const char *text, char *why)
{
    (void)why;
    return options_duration(text, &o->stagger_ms);
}

static bool set_lag(struct sim_options *o, const char *text, char *why)
{
    (void)why;
    return options_duration(text, &o->lag_ms);
}

static bool set_seed(struct sim_options *o, const char *text, char *why)
{
    (void)why;
    o->seed_set = true;
    return options_number(text, 0, UINT64_MAX, &o->seed);
}

static bool set_runs(struct sim_options *o, const char *text, char *why)
{
    (void)why;
    return options_number(text, 1, 1000000000, &o->runs);
}

static bool set_faults(struct sim_options *o, const char *text, char *why)
{
    o->faults_set = true;
    return faults_parse(text, &o->faults, why, SIM_WHY_MAX);
}

/* Finds text among count names and gives its place. */
static bool choose(const char *text, const char *const *names, int count, int *out)
{
    for (int i = 0; i < count; i++) {
        if (strcmp(text, names[i]) == 0) {
            *out = i;
            return true;
        }
    }
    return false;
}

static bool set_strategy(struct sim_options *o, const char *text, char *why)
{
    static const char *const names[] = {
        [STRATEGY_ZONE] = "zone", [STRATEGY_GROUP] = "group", [STRATEGY_NUMBERED] = "numbered"};
    int which = 0;

    (void)why;
    if (!choose(text, names, STRATEGY_NUMBERED + 1, &which))
        return false;
    o->strategy = (enum claim_strategy)which;
    return true;
}

static bool set_create(struct sim_options *o, const char *text, char *why)
{
    static const char *const names[] = {[CREATE_DEFAULT] = "default",
                                        [CREATE_ALWAYS] = "always",
                                        [CREATE_SHORT] = "short",
                                        [CREATE_NEVER] = "never"};
    int which = 0;

    (void)why;
    if (!choose(text, names, CREATE_NEVER + 1, &which))
        return false;
    o->create = (enum claim_create)which;
    return true;
}

static bool set_json(struct sim_options *o, const char *text, char *why)
{
    (void)text;
    (void)why;
    o->json = true;
    return true;
}

static bool set_trace(struct sim_options *o, const char *text, char *why)
{
    (void)text;
    (void)why;
    o->trace = true;
    return true;
}

static bool set_cells(struct sim_options *o, const char *text, char *why)
{
    (void)text;
    (void)why;
    o->cells = true;
    return true;
}

static bool set_digest(struct sim_options *o, const char *text, char *why)
{
    (void)text;
    (void)why;
    o->digest = true;
    return true;
}

static bool set_keep_going(struct sim_options *o, const char *text, char *why)
{
    (void)text;
    (void)why;
    o->keep_going = true;
    return true;
}

static bool set_skewed(struct sim_options *o, const char *text, char *why)
{
    (void)text;
    (void)why;
    o->skewed = true;
    return true;
}

static const struct option_row rows[] = {
    {"instances", "N", IN_RACE, set_instances, "machines that boot (12)"},
    {"volumes", "N", IN_RACE, set_volumes, "free volumes at the start (8)"},
    {"zones", "N", IN_RACE, set_zones, "availability zones, 1 to 6 (3)"},
    {"skewed", NULL, IN_RACE, set_skewed, "most volumes lie in the first zone"},
    {"stagger", "TIME", IN_RACE, set_stagger, "boots are spread over this time (0s)"},
    {"strategy", "NAME", IN_RACE, set_strategy, "zone, group or numbered (group)"},
    {"limit", "N", IN_RACE, set_limit, "create.limit of the pool, 0 for none (0)"},
    {"create", "NAME", IN_RACE, set_create, "default, always, short or never (default)"},
    {"lag", "TIME", IN_ALL, set_lag,
     "bound of a view's age (14s); 15s and more break the protocol"},
    {"faults", "MIX", IN_ALL, set_faults, "none, all, or NAME=RATE,... (race: none; swarm: drawn)"},
    {"seed", "N", IN_ALL, set_seed, "the world, its chances and its faults (1)"},
    {"runs", "N", IN_SWARM, set_runs, "runs, with the seeds from --seed on (1000)"},
    {"json", NULL, IN_ALL, set_json, "one JSON object instead of the summary"},
    {"trace", NULL, IN_RACE | IN_REPLAY, set_trace, "one line per step"},
    {"keep-going", NULL, IN_SWARM, set_keep_going, "run on after a violation; the first is told"},
    {"cells", NULL, IN_ALL, set_cells, "list the cells of the table that no run took"},
    {"digest", NULL, IN_ALL, set_digest, "print the digest of all steps and end states"},
};

static const struct command_row commands[] = {
    {"race", SIM_CMD_RACE, "one world: how many boot, what they find, who gets what"},
    {"swarm", SIM_CMD_SWARM, "many small worlds, each with its own faults, one seed each"},
    {"replay", SIM_CMD_REPLAY, "one run of the swarm again, exactly"},
    {"help", SIM_CMD_HELP, "this text"},
};

enum {
    ROW_COUNT = sizeof(rows) / sizeof(rows[0]),
    COMMAND_COUNT = sizeof(commands) / sizeof(commands[0]),
};

void options_help(FILE *out)
{
    (void)fprintf(out, "usage: volclaim-sim COMMAND [OPTION]...\n\ncommands:\n");
    for (int i = 0; i < COMMAND_COUNT; i++)
        (void)fprintf(out, "  %-8s %s\n", commands[i].name, commands[i].words);
    (void)fprintf(out, "\noptions:\n");
    for (int i = 0; i < ROW_COUNT; i++) {
        (void)fprintf(out, "  --%-10s %-5s %s\n", rows[i].name,
                      rows[i].argument ? rows[i].argument : "", rows[i].words);
    }
    (void)fprintf(out, "\nfaults (rates from 0 to 1):\n");
    for (int i = 0; i < FAULT_COUNT; i++) {
        (void)fprintf(out, "  %-20s %s\n", fault_name((enum fault)i), fault_words((enum fault)i));
    }
    (void)fprintf(out, "\nexit status: 0 clean, 1 a promise was broken, 64 wrong use\n");
}

static const struct option_row *find_option(const char *name, size_t length)
{
    for (int i = 0; i < ROW_COUNT; i++) {
        if (strlen(rows[i].name) == length && memcmp(rows[i].name, name, length) == 0)
            return &rows[i];
    }
    return NULL;
}

static bool find_command(const char *name, enum sim_command *out)
{
    for (int i = 0; i < COMMAND_COUNT; i++) {
        if (strcmp(commands[i].name, name) == 0) {
            *out = commands[i].command;
            return true;
        }
    }
    return false;
}

static bool is_help(const char *text)
{
    return strcmp(text, "--help") == 0 || strcmp(text, "-h") == 0;
}

/* Reads one option at argv[*at]; *at moves past its value. */
static bool take_option(int argc, char **argv, int *at, struct sim_options *o, char *why)
{
    const char *word = argv[*at];
    const size_t length = strcspn(word, "=");
    const struct option_row *row = NULL;
    const char *value = NULL;

    if (strncmp(word, "--", 2) == 0)
        row = find_option(word + 2, length - 2);
    if (!row || (row->commands & (1U << o->command)) == 0) {
        (void)snprintf(why, SIM_WHY_MAX, "%s: unknown %s", word,
                       word[0] == '-' ? "option" : "argument");
        return false;
    }
    if (word[length] == '=')
        value = word + length + 1;
    else if (row->argument && *at + 1 < argc)
        value = argv[++*at];
    if ((row->argument == NULL) != (value == NULL)) {
        (void)snprintf(why, SIM_WHY_MAX, "--%s: %s", row->name,
                       row->argument ? "a value is missing" : "takes no value");
        return false;
    }
    why[0] = '\0';
    if (row->set(o, value, why))
        return true;
    if (why[0] == '\0')
        (void)snprintf(why, SIM_WHY_MAX, "--%s: \"%s\" will not do: %s", row->name, value,
                       row->words);
    return false;
}

bool options_parse(int argc, char **argv, struct sim_options *out, char why[SIM_WHY_MAX])
{
    *out = (struct sim_options){
        .instances = 12,
        .volumes = 8,
        .zones = 3,
        .strategy = STRATEGY_GROUP,
        .seed = 1,
        .runs = 1000,
        .lag_ms = FAULT_LAG_MS,
        .faults = faults_none(),
    };
    if (argc < 2) {
        (void)snprintf(why, SIM_WHY_MAX, "a command is missing: race, swarm, replay or help");
        return false;
    }
    if (is_help(argv[1])) {
        out->command = SIM_CMD_HELP;
        return true;
    }
    if (!find_command(argv[1], &out->command)) {
        (void)snprintf(why, SIM_WHY_MAX, "%s: unknown command", argv[1]);
        return false;
    }
    for (int at = 2; at < argc; at++) {
        if (is_help(argv[at])) {
            out->command = SIM_CMD_HELP;
            return true;
        }
        if (!take_option(argc, argv, &at, out, why))
            return false;
    }
    out->faults.lag_ms = out->lag_ms;
    if (out->command == SIM_CMD_REPLAY && !out->seed_set) {
        (void)snprintf(why, SIM_WHY_MAX, "replay: --seed is missing");
        return false;
    }
    return true;
}
