/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli_help.c - prints the rows for people.
 *
 * The manual pages say more; what is here must be true without them.
 */
#include "cli_help.h"

#include <string.h>

const struct cli_command_row *cli_command_of(enum cli_command id)
{
    for (size_t i = 0; i < CLI_COMMANDS; i++) {
        if (cli_commands[i].id == id)
            return &cli_commands[i];
    }
    return NULL;
}

const char *cli_command_name(enum cli_command id)
{
    const struct cli_command_row *row = cli_command_of(id);

    return row ? row->name : "";
}

static void print_options(enum cli_command id, FILE *out)
{
    (void)fprintf(out, "\nOptions:\n");
    for (size_t i = 0; i < CLI_OPTIONS; i++) {
        const struct cli_option_row *row = &cli_options[i];
        char left[64];

        if (id != COMMAND_NONE && !(row->commands & (1U << id)))
            continue;
        (void)snprintf(left, sizeof(left), "--%s%s%s", row->name, row->value[0] ? " " : "",
                       row->value);
        if (row->letter)
            (void)fprintf(out, "  -%c, %-22s %s\n", row->letter, left, row->words);
        else
            (void)fprintf(out, "      %-22s %s\n", left, row->words);
    }
}

static void print_exit_codes(FILE *out)
{
    (void)fprintf(out, "\nExit codes:\n");
#define EXIT(id, number, words) (void)fprintf(out, "  %-4d %s\n", (number), (words));
#include "exit.def"
#undef EXIT
}

static void print_settings(FILE *out)
{
    (void)fprintf(out, "Settings, each a key of the configuration file and an option:\n");
    for (int i = 0; i < SETTING_COUNT; i++) {
        const struct setting_row *row = &config_settings[i];

        (void)fprintf(out, "\n  --%s %s\n      %s\n      %s\n      ", row->option, row->form,
                      row->path, row->words);
        if (row->need == SETTING_REQUIRED)
            (void)fprintf(out, "required\n");
        else
            (void)fprintf(out, "default: %s\n", row->fallback[0] ? row->fallback : "none");
    }
}

static void print_overview(FILE *out)
{
    (void)fprintf(out, "volclaim gives a cloud server its persistent disk.\n\n"
                       "Usage: volclaim COMMAND [OPTIONS] [--SETTING VALUE ...]\n\nCommands:\n");
    for (size_t i = 0; i < CLI_COMMANDS; i++)
        (void)fprintf(out, "  %-9s %s\n", cli_commands[i].name, cli_commands[i].words);
    print_options(COMMAND_NONE, out);
    print_exit_codes(out);
    (void)fprintf(out, "\nSettings: volclaim help settings; the file: man volclaim.yaml\n");
}

bool cli_help(const char *topic, FILE *out)
{
    const struct cli_command_row *row;

    if (!topic) {
        print_overview(out);
        return true;
    }
    if (strcmp(topic, "settings") == 0) {
        print_settings(out);
        return true;
    }
    row = cli_command_named(topic);
    if (!row)
        return false;
    (void)fprintf(out, "Usage: volclaim %s [OPTIONS]%s\n\n%s\n", row->name,
                  row->settings ? " [--SETTING VALUE ...]" : "", row->words);
    print_options(row->id, out);
    if (row->settings)
        (void)fprintf(out, "\nEvery setting is an option too: volclaim help settings\n");
    return true;
}
