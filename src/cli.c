/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli.c - reads the arguments along the rows of cli.def and config.def.
 *
 * No abbreviations: a script that works today must not break because an option was added. What it
 * does not know it refuses with the nearest thing it does. It must not perform a command: command.c
 * does.
 */
#include "cli.h"

#include "cli_help.h"
#include "command.h"
#include "config_value.h"
#include "nearest.h"

#include <assert.h>
#include <string.h>
#include <unistd.h>

const struct cli_command_row cli_commands[CLI_COMMANDS] = {
#define COMMAND(id, name, settings, words) {COMMAND_##id, name, settings, words},
#define OPTION(id, name, letter, value, commands, words)
#include "cli.def"
#undef COMMAND
#undef OPTION
};

#define FOR(id) (1U << COMMAND_##id)
#define FOR_ALL (~0U)
const struct cli_option_row cli_options[CLI_OPTIONS] = {
#define COMMAND(id, name, settings, words)
#define OPTION(id, name, letter, value, commands, words) \
    {OPTION_##id, name, letter, value, commands, words},
#include "cli.def"
#undef COMMAND
#undef OPTION
};
#undef FOR
#undef FOR_ALL

static const char default_path[] = "/etc/volclaim.yaml";

/* Where the reading of the arguments stands. */
struct args {
    int argc;
    char *const *argv;
    int at;
    struct cli *cli;
    struct errctx *cx;
};

const struct cli_command_row *cli_command_named(const char *name)
{
    for (size_t i = 0; i < CLI_COMMANDS; i++) {
        if (strcmp(cli_commands[i].name, name) == 0)
            return &cli_commands[i];
    }
    return NULL;
}

static enum err refuse_unknown(struct args *a, const char *what, const struct nearest *near,
                               const char *dashes)
{
    char quote[CONFIG_QUOTE_MAX];
    char whole[CONFIG_QUOTE_MAX];

    (void)snprintf(whole, sizeof(whole), "%s%.59s", dashes, near->wrong);
    (void)config_quote(whole, quote);
    if (near->best)
        return err_set(a->cx, ERR_USAGE, 0, "unknown %s %s; did you mean \"%s%s\"?", what, quote,
                       dashes, near->best);
    return err_set(a->cx, ERR_USAGE, 0, "unknown %s %s; see \"volclaim help\"", what, quote);
}

static enum err read_command(struct args *a, const char *name)
{
    const struct cli_command_row *row = cli_command_named(name);
    struct nearest near = nearest_to(name);

    if (!row) {
        for (size_t i = 0; i < CLI_COMMANDS; i++)
            nearest_offer(&near, cli_commands[i].name);
        return refuse_unknown(a, "command", &near, "");
    }
    a->cli->command = row->id;
    return ERR_OK;
}

/* The first word is the command; only help takes a second one. */
static enum err read_word(struct args *a, const char *word)
{
    char quote[CONFIG_QUOTE_MAX];

    if (a->cli->command == COMMAND_NONE)
        return read_command(a, word);
    if (a->cli->command == COMMAND_HELP && !a->cli->topic) {
        a->cli->topic = word;
        return ERR_OK;
    }
    return err_set(a->cx, ERR_USAGE, 0, "unexpected argument %s", config_quote(word, quote));
}

static enum err read_debug(struct args *a, const char *names)
{
    return log_parse_debug(names, &a->cli->debug, a->cx);
}

static enum err read_graph(struct args *a, const char *name)
{
    static const char *const names[] = {"mermaid", "dot", "table"};
    char quote[CONFIG_QUOTE_MAX];

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (strcmp(names[i], name) == 0) {
            a->cli->graph = (enum cli_graph)i;
            return ERR_OK;
        }
    }
    return err_set(a->cx, ERR_USAGE, 0, "--format: %s is none of mermaid, dot, table",
                   config_quote(name, quote));
}

static enum err take_option(struct args *a, enum cli_option id, const char *value)
{
    struct cli *cli = a->cli;

    switch (id) {
    case OPTION_CONFIG: cli->config_path = value; return ERR_OK;
    case OPTION_JSON: cli->json = true; return ERR_OK;
    case OPTION_QUIET: cli->level = LOG_ERROR; return ERR_OK;
    case OPTION_VERBOSE:
        cli->level = LOG_INFO;
        cli->debug = UINT32_MAX;
        return ERR_OK;
    case OPTION_LOG_FORMAT: return log_parse_format(value, &cli->log_format, a->cx);
    case OPTION_DEBUG: return read_debug(a, value);
    case OPTION_DETAILED_EXITCODE: cli->detailed_exitcode = true; return ERR_OK;
    case OPTION_FORMAT: return read_graph(a, value);
    case OPTION_HELP:
        if (cli->command != COMMAND_NONE && cli->command != COMMAND_HELP)
            cli->topic = cli_command_name(cli->command);
        cli->command = COMMAND_HELP;
        return ERR_OK;
    case OPTION_VERSION: cli->command = COMMAND_VERSION; return ERR_OK;
    }
    return err_set(a->cx, ERR_BUG, 0, "an option without a meaning");
}

/* The value after `=`, or the next argument. */
static enum err find_value(struct args *a, const char *name, const char *after, const char **out)
{
    if (after) {
        *out = after;
        return ERR_OK;
    }
    if (a->at + 1 >= a->argc)
        return err_set(a->cx, ERR_USAGE, 0, "--%s needs a value", name);
    a->at++;
    *out = a->argv[a->at];
    return ERR_OK;
}

static enum err take_row(struct args *a, const struct cli_option_row *row, const char *after)
{
    const char *value = NULL;
    enum err e = ERR_OK;

    if (row->value[0])
        e = find_value(a, row->name, after, &value);
    else if (after)
        e = err_set(a->cx, ERR_USAGE, 0, "--%s takes no value", row->name);
    return e == ERR_OK ? take_option(a, row->id, value) : e;
}

static enum err take_setting(struct args *a, enum setting id, const char *after)
{
    struct cli_setting *next = &a->cli->settings[a->cli->setting_count];
    enum err e;

    if (a->cli->setting_count == CLI_SETTINGS_MAX)
        return err_set(a->cx, ERR_USAGE, 0, "more than %d settings", CLI_SETTINGS_MAX);
    e = find_value(a, config_settings[id].option, after, &next->value);
    if (e != ERR_OK)
        return e;
    next->id = id;
    a->cli->setting_count++;
    return ERR_OK;
}

static enum err refuse_option(struct args *a, const char *name)
{
    struct nearest near = nearest_to(name);

    for (size_t i = 0; i < CLI_OPTIONS; i++)
        nearest_offer(&near, cli_options[i].name);
    for (int i = 0; i < SETTING_COUNT; i++)
        nearest_offer(&near, config_settings[i].option);
    return refuse_unknown(a, "option", &near, "--");
}

static enum err read_long(struct args *a, const char *text)
{
    char name[64];
    const size_t length = strcspn(text, "=");
    const char *after = text[length] ? text + length + 1 : NULL;
    enum setting id;

    if (length >= sizeof(name))
        return refuse_option(a, text);
    memcpy(name, text, length);
    name[length] = '\0';
    for (size_t i = 0; i < CLI_OPTIONS; i++) {
        if (strcmp(cli_options[i].name, name) == 0)
            return take_row(a, &cli_options[i], after);
    }
    id = config_by_option(name);
    return id < SETTING_COUNT ? take_setting(a, id, after) : refuse_option(a, name);
}

static enum err read_letter(struct args *a, const char *text)
{
    char quote[CONFIG_QUOTE_MAX];

    for (size_t i = 0; i < CLI_OPTIONS; i++) {
        if (cli_options[i].letter && cli_options[i].letter == text[1] && !text[2])
            return take_row(a, &cli_options[i], NULL);
    }
    return err_set(a->cx, ERR_USAGE, 0, "unknown option %s; see \"volclaim help\"",
                   config_quote(text, quote));
}

/* That every option given means something to the command given. */
static enum err check_use(struct args *a, const struct cli_option_row *row)
{
    const char *command = cli_command_name(a->cli->command);

    if (row->commands & (1U << a->cli->command))
        return ERR_OK;
    return err_set(a->cx, ERR_USAGE, 0, "--%s means nothing to \"%s\"", row->name, command);
}

static const struct cli_option_row *option_in(const char *argument)
{
    for (size_t i = 0; i < CLI_OPTIONS; i++) {
        const size_t length = strlen(cli_options[i].name);

        if (argument[1] == '-' && strncmp(argument + 2, cli_options[i].name, length) == 0 &&
            (!argument[2 + length] || argument[2 + length] == '='))
            return &cli_options[i];
        if (cli_options[i].letter && argument[1] == cli_options[i].letter && !argument[2])
            return &cli_options[i];
    }
    return NULL;
}

static enum err read_one(struct args *a, uint32_t *given)
{
    const char *text = a->argv[a->at];
    const struct cli_option_row *row;

    if (text[0] != '-' || !text[1])
        return read_word(a, text);
    row = option_in(text);
    if (row)
        *given |= 1U << row->id;
    return text[1] == '-' ? read_long(a, text + 2) : read_letter(a, text);
}

static enum err check_all(struct args *a, uint32_t given)
{
    const struct cli_command_row *command = cli_command_of(a->cli->command);

    if (!command)
        return err_set(a->cx, ERR_USAGE, 0, "a command is missing; see \"volclaim help\"");
    for (size_t i = 0; i < CLI_OPTIONS; i++) {
        enum err e = given & (1U << cli_options[i].id) ? check_use(a, &cli_options[i]) : ERR_OK;

        /* Help and version are asked for beside anything. */
        if (e != ERR_OK && a->cli->command != COMMAND_HELP && a->cli->command != COMMAND_VERSION)
            return e;
    }
    if (a->cli->setting_count > 0 && !command->settings && a->cli->command != COMMAND_HELP)
        return err_set(a->cx, ERR_USAGE, 0, "--%s means nothing to \"%s\"",
                       config_settings[a->cli->settings[0].id].option, command->name);
    return ERR_OK;
}

enum err cli_parse(int argc, char *const *argv, struct cli *cli, struct errctx *cx)
{
    struct args a = {.argc = argc, .argv = argv, .cli = cli, .cx = cx};
    uint32_t given = 0;

    *cli = (struct cli){.level = LOG_INFO};
    for (a.at = 1; a.at < argc; a.at++) {
        const enum err e = read_one(&a, &given);

        if (e != ERR_OK)
            return e;
    }
    return check_all(&a, given);
}

enum err cli_configure(const struct cli *cli, struct config *config, struct errctx *cx)
{
    const char *path = cli->config_path ? cli->config_path : default_path;
    enum err e = ERR_OK;

    config_init(config);
    /* Options may say everything there is to say; then no file need be in the usual place. */
    if (cli->config_path || cli->setting_count == 0 || access(path, F_OK) == 0)
        e = config_read_file(config, path, cx);
    for (size_t i = 0; e == ERR_OK && i < cli->setting_count; i++)
        e = config_set(config, cli->settings[i].id, cli->settings[i].value, cx);
    return e == ERR_OK ? config_check(config, cx) : e;
}

int cli_main(int argc, char *const *argv, FILE *out, FILE *err)
{
    struct cli cli;
    struct errctx cx;
    enum err e;

    err_clear(&cx);
    e = cli_parse(argc, argv, &cli, &cx);
    if (e != ERR_OK) {
        (void)fprintf(err, "volclaim: %s\n", cx.message);
        return (int)err_exit(e);
    }
    return command_run(&cli, out, err);
}
