/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_cli.c - what the program answers to its command line: the words, the streams, the exit
 * codes.
 *
 * The whole program runs in this process but for its streams. Nothing here reaches a provider:
 * there is none in the build, and that is one of the cases.
 */
#include "claim/table.h"
#include "cli.h"
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ARGS_MAX = 24 };

struct said {
    int code;
    char *out;
    char *err;
};

/* Cuts the words apart at blanks, in place; the program's name is the first. */
static int split(char *words, char *argv[ARGS_MAX + 1])
{
    int argc = 0;

    for (char *at = words; *at && argc < ARGS_MAX; argc++) {
        const size_t length = strcspn(at, " ");

        argv[argc] = at;
        at += length;
        if (*at)
            *at++ = '\0';
    }
    argv[argc] = NULL;
    return argc;
}

/* Runs the program with these words. */
static struct said volclaim(const char *words)
{
    char copy[512];
    char *argv[ARGS_MAX + 1];
    size_t length;
    struct said said = {0};
    FILE *out = open_memstream(&said.out, &length);
    FILE *err = open_memstream(&said.err, &length);

    (void)snprintf(copy, sizeof(copy), "volclaim %s", words);
    said.code = cli_main(split(copy, argv), argv, out, err);
    (void)fclose(out);
    (void)fclose(err);
    return said;
}

static void forget(struct said *said)
{
    free(said->out);
    free(said->err);
}

struct refusal {
    const char *words;
    int code;
    const char *line;
};

static const struct refusal refusals[] = {
    {"", 64, "volclaim: a command is missing; see \"volclaim help\"\n"},
    {"rnu", 64, "volclaim: unknown command \"rnu\"; did you mean \"run\"?\n"},
    {"status", 64, "volclaim: unknown command \"status\"; see \"volclaim help\"\n"},
    {"run --confg x", 64, "volclaim: unknown option \"--confg\"; did you mean \"--config\"?\n"},
    {"run --sise 4", 64, "volclaim: unknown option \"--sise\"; did you mean \"--size\"?\n"},
    {"run --entirely-unknown", 64,
     "volclaim: unknown option \"--entirely-unknown\"; see \"volclaim help\"\n"},
    {"run -x", 64, "volclaim: unknown option \"-x\"; see \"volclaim help\"\n"},
    {"run -qv", 64, "volclaim: unknown option \"-qv\"; see \"volclaim help\"\n"},
    {"run --config", 64, "volclaim: --config needs a value\n"},
    {"run --size", 64, "volclaim: --size needs a value\n"},
    {"run --json=1", 64, "volclaim: --json takes no value\n"},
    {"run now", 64, "volclaim: unexpected argument \"now\"\n"},
    {"run --detailed-exitcode", 64, "volclaim: --detailed-exitcode means nothing to \"run\"\n"},
    {"graph --size 4", 64, "volclaim: --size means nothing to \"graph\"\n"},
    {"graph --config x", 64, "volclaim: --config means nothing to \"graph\"\n"},
    {"graph --format svg", 64, "volclaim: --format: \"svg\" is none of mermaid, dot, table\n"},
    {"help nothing", 64, "volclaim: there is no help on \"nothing\"; see \"volclaim help\"\n"},
    {"run --config /nonexistent.yaml", 78,
     "volclaim: /nonexistent.yaml: cannot be opened: No such file or directory\n"},
    {"run --config /dev/null", 78, "volclaim: /dev/null:1:1: the configuration is empty\n"},
    {"run --ebs-tags role --size 5", 64, "volclaim: --ebs-tags: write KEY=VALUE\n"},
    {"run --ebs-tags a=b --size 5 --strategy zome", 64,
     "volclaim: --strategy: \"zome\" is none of zone|group|numbered; did you mean \"zone\"?\n"},
    {"run --ebs-tags a=b --size 5 --type io2", 64,
     "volclaim: --type: a volume of type io2 needs iops as well\n"},
    {"run --ebs-tags a=b --size 5", 78,
     "volclaim: this build has no provider \"aws-ebs\" (providers in it: none); nothing was "
     "done\n"},
    {"plan --json --detailed-exitcode --ebs-tags=a=b --size=5", 78,
     "volclaim: this build has no provider \"aws-ebs\" (providers in it: none); nothing was "
     "done\n"},
    {"release --ebs-tags a=b --size 5", 78,
     "volclaim: this build has no provider \"aws-ebs\" (providers in it: none); nothing was "
     "done\n"},
};

static void test_what_is_wrong_gets_one_line_and_its_exit_code(void)
{
    for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
        struct said said = volclaim(refusals[i].words);

        CU_ASSERT_EQUAL(said.code, refusals[i].code);
        CU_ASSERT_STRING_EQUAL(said.err, refusals[i].line);
        CU_ASSERT_STRING_EQUAL(said.out, "");
        if (strcmp(said.err, refusals[i].line) != 0)
            (void)fprintf(stderr, "  %s: %s", refusals[i].words, said.err);
        forget(&said);
    }
}

static void test_a_broken_file_is_exit_78_with_its_place(void)
{
    char path[] = "/tmp/volclaim-test-XXXXXX";
    const int fd = mkstemp(path);
    char words[128];
    struct said said;
    FILE *file = fdopen(fd, "w");

    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
    (void)fputs("block-device: /dev/xvdc\nblok-device: /dev/xvdd\n", file);
    (void)fclose(file);
    (void)snprintf(words, sizeof(words), "run -c %s", path);
    said = volclaim(words);
    CU_ASSERT_EQUAL(said.code, 78);
    CU_ASSERT_PTR_NOT_NULL(
        strstr(said.err, ":2:1: unknown key \"blok-device\"; did you mean \"block-device\"?\n"));
    (void)remove(path);
    forget(&said);
}

static void test_help_names_every_command_and_every_setting(void)
{
    static const char *const commands[] = {"run", "plan", "release", "graph", "version", "help"};
    struct said said = volclaim("help");

    CU_ASSERT_EQUAL(said.code, 0);
    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
        CU_ASSERT_PTR_NOT_NULL(strstr(said.out, commands[i]));
    CU_ASSERT_PTR_NOT_NULL(strstr(said.out, "78   wrong configuration"));
    CU_ASSERT_STRING_EQUAL(said.err, "");
    forget(&said);

    said = volclaim("help settings");
    CU_ASSERT_EQUAL(said.code, 0);
    for (int i = 0; i < SETTING_COUNT; i++) {
        CU_ASSERT_PTR_NOT_NULL(strstr(said.out, config_settings[i].path));
        CU_ASSERT_PTR_NOT_NULL(strstr(said.out, config_settings[i].words));
    }
    forget(&said);
}

static void test_help_may_be_asked_for_in_every_way(void)
{
    struct said by_word = volclaim("help plan");
    struct said by_option = volclaim("plan --help");
    struct said by_letter = volclaim("-h plan");

    CU_ASSERT_PTR_NOT_NULL(strstr(by_word.out, "--detailed-exitcode"));
    CU_ASSERT_STRING_EQUAL(by_word.out, by_option.out);
    CU_ASSERT_STRING_EQUAL(by_word.out, by_letter.out);
    CU_ASSERT_EQUAL(by_option.code, 0);
    forget(&by_word);
    forget(&by_option);
    forget(&by_letter);
}

static void test_version_is_one_line_or_one_object(void)
{
    struct said text = volclaim("version");
    struct said json = volclaim("version --json");
    struct said option = volclaim("--version");

    CU_ASSERT_EQUAL(text.code, 0);
    CU_ASSERT_EQUAL(strncmp(text.out, "volclaim ", 9), 0);
    CU_ASSERT_STRING_EQUAL(text.out, option.out);
    CU_ASSERT_EQUAL(strncmp(json.out, "{\"version\":\"", 12), 0);
    forget(&text);
    forget(&json);
    forget(&option);
}

static void test_graph_draws_the_table_in_three_forms(void)
{
    struct said mermaid = volclaim("graph");
    struct said dot = volclaim("graph --format dot");
    struct said table = volclaim("graph -f table");

    CU_ASSERT_EQUAL(strncmp(mermaid.out, "stateDiagram-v2\n", 16), 0);
    CU_ASSERT_PTR_NOT_NULL(strstr(mermaid.out, "    [*] --> idle\n"));
    CU_ASSERT_PTR_NOT_NULL(strstr(mermaid.out, "    done --> [*]\n"));
    CU_ASSERT_PTR_NOT_NULL(strstr(mermaid.out, "    idle --> identifying: start\n"));
    CU_ASSERT_EQUAL(strncmp(dot.out, "digraph claim {\n", 16), 0);
    CU_ASSERT_PTR_NOT_NULL(strstr(dot.out, "    failed [peripheries=2];\n"));
    CU_ASSERT_PTR_NOT_NULL(strstr(table.out, "idle                   start          -> "));
    CU_ASSERT_EQUAL(mermaid.code, 0);
    CU_ASSERT_EQUAL(dot.code, 0);
    CU_ASSERT_EQUAL(table.code, 0);
    forget(&mermaid);
    forget(&dot);
    forget(&table);
}

static void test_the_graph_as_a_table_has_a_line_for_every_cell(void)
{
    struct said said = volclaim("graph --format table");
    size_t cells = 0;
    size_t lines = 0;

    for (int state = 0; state < ST_COUNT; state++) {
        for (int event = 0; event < EV_COUNT; event++)
            cells += claim_cells[state][event].next != ST_NONE;
    }
    for (const char *at = said.out; *at; at++)
        lines += *at == '\n';
    CU_ASSERT_EQUAL(lines, cells);
    forget(&said);
}

/* The page is written by hand; no command and no option may be missing in it. */
static void test_the_manual_names_every_option(void)
{
    static const char *const options[] = {"Fl c , Fl Fl config",     "Fl j , Fl Fl json",
                                          "Fl q , Fl Fl quiet",      "Fl v , Fl Fl verbose",
                                          "Fl Fl log-format",        "Fl Fl debug",
                                          "Fl Fl detailed-exitcode", "Fl f , Fl Fl format",
                                          "Fl h , Fl Fl help",       "Fl V , Fl Fl version"};
    static char page[32 * 1024];
    FILE *f = fopen(SOURCE_DIR "/docs/volclaim.1", "r");

    CU_ASSERT_PTR_NOT_NULL_FATAL(f);
    page[fread(page, 1, sizeof(page) - 1, f)] = '\0';
    (void)fclose(f);
    for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++)
        CU_ASSERT_PTR_NOT_NULL(strstr(page, options[i]));
#define EXIT(id, number, words) CU_ASSERT_PTR_NOT_NULL(strstr(page, ".It " #number "\n"));
#include "exit.def"
#undef EXIT
}

static void test_options_are_kept_until_the_file_was_read(void)
{
    char words[] = "volclaim --size=7 run --mkfs -t --mkfs=xfs -q --log-format json --debug cloud";
    char *argv[ARGS_MAX + 1];
    const int argc = split(words, argv);
    struct cli cli;
    struct errctx cx;

    CU_ASSERT_EQUAL(cli_parse(argc, argv, &cli, &cx), ERR_OK);
    CU_ASSERT_EQUAL(cli.command, COMMAND_RUN);
    CU_ASSERT_EQUAL(cli.setting_count, 3);
    CU_ASSERT_EQUAL(cli.settings[0].id, SETTING_SIZE);
    CU_ASSERT_STRING_EQUAL(cli.settings[1].value, "-t");
    CU_ASSERT_STRING_EQUAL(cli.settings[2].value, "xfs");
    CU_ASSERT_EQUAL(cli.level, LOG_ERROR);
    CU_ASSERT_EQUAL(cli.log_format, LOG_AS_JSON);
    CU_ASSERT_EQUAL(cli.debug, 1U << LOG_CLOUD);
}

const struct unit_test suite_cli[] = {
    UNIT_TEST(test_what_is_wrong_gets_one_line_and_its_exit_code),
    UNIT_TEST(test_a_broken_file_is_exit_78_with_its_place),
    UNIT_TEST(test_help_names_every_command_and_every_setting),
    UNIT_TEST(test_help_may_be_asked_for_in_every_way),
    UNIT_TEST(test_version_is_one_line_or_one_object),
    UNIT_TEST(test_graph_draws_the_table_in_three_forms),
    UNIT_TEST(test_the_graph_as_a_table_has_a_line_for_every_cell),
    UNIT_TEST(test_the_manual_names_every_option),
    UNIT_TEST(test_options_are_kept_until_the_file_was_read),
    UNIT_END,
};
