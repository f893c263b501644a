/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli.h - the command line: what was asked for, as values; and the program's own words.
 *
 * Commands and options are rows, so the parser, the help and the hints cannot drift apart. This is
 * the only place that writes to the standard streams, apart from the log. It must not touch a port.
 */
#pragma once

#include "config.h"
#include "err.h"
#include "log.h"

#include <stdbool.h>
#include <stdio.h>

enum { CLI_SETTINGS_MAX = 256 };

enum cli_command {
    COMMAND_NONE,
    COMMAND_RUN,
    COMMAND_PLAN,
    COMMAND_RELEASE,
    COMMAND_GRAPH,
    COMMAND_VERSION,
    COMMAND_HELP,
};

enum cli_graph { GRAPH_MERMAID, GRAPH_DOT, GRAPH_TABLE };

/* One `--setting VALUE`, kept until the file has been read, as options stand above it. */
struct cli_setting {
    enum setting id;
    const char *value;
};

struct cli {
    enum cli_command command;
    const char *topic;       /* what help is asked about; NULL: everything */
    const char *config_path; /* NULL: the usual place, if something is there */
    bool json;
    bool detailed_exitcode;
    enum log_level level;
    enum log_format log_format;
    uint32_t debug;
    enum cli_graph graph;
    size_t setting_count;
    struct cli_setting settings[CLI_SETTINGS_MAX];
};

/* Reads the arguments; their texts are kept, not copied. ERR_USAGE says in one line what is wrong.
 */
MUST_CHECK enum err cli_parse(int argc, char *const *argv, struct cli *cli, struct errctx *cx);

/* Reads the configuration the options name, and the settings among them, and checks it. */
MUST_CHECK enum err cli_configure(const struct cli *cli, struct config *config, struct errctx *cx);

/* The whole program but for its streams: returns the exit code. */
int cli_main(int argc, char *const *argv, FILE *out, FILE *err);
