/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli_help.h - the rows of the command line, and the help that is made from them.
 *
 * Private to the command line. It must not parse, nor write anywhere but to the stream it is given.
 */
#pragma once

#include "cli.h"

enum cli_option {
#define COMMAND(id, name, settings, words)
#define OPTION(id, name, letter, value, commands, words) OPTION_##id,
#include "cli.def"
#undef COMMAND
#undef OPTION
};

enum {
#define COMMAND(id, name, settings, words) CLI_COMMAND_##id,
#define OPTION(id, name, letter, value, commands, words)
#include "cli.def"
#undef COMMAND
#undef OPTION
    CLI_COMMANDS,
};

enum {
#define COMMAND(id, name, settings, words)
#define OPTION(id, name, letter, value, commands, words) CLI_OPTION_##id,
#include "cli.def"
#undef COMMAND
#undef OPTION
    CLI_OPTIONS,
};

struct cli_command_row {
    enum cli_command id;
    const char *name;
    bool settings;
    const char *words;
};

struct cli_option_row {
    enum cli_option id;
    const char *name;
    char letter;
    const char *value;
    uint32_t commands; /* mask of 1 << enum cli_command */
    const char *words;
};

extern const struct cli_command_row cli_commands[CLI_COMMANDS];
extern const struct cli_option_row cli_options[CLI_OPTIONS];

/* The row of a command by its name or its id; NULL when there is none. */
const struct cli_command_row *cli_command_named(const char *name);
const struct cli_command_row *cli_command_of(enum cli_command id);

/* The name of a command; "" when it is none. */
const char *cli_command_name(enum cli_command id);

/* Help on a command, on "settings", or on everything with NULL. False when there is no such topic.
 */
bool cli_help(const char *topic, FILE *out);
