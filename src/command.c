/* SPDX-License-Identifier: Apache-2.0 */
/*
 * command.c - puts configuration, ports, log and claim together and lets the driver run.
 *
 * What is missing is said before anything is touched. It must not decide what the core decides.
 */
#include "command.h"

#include "buf.h"
#include "claim/diagram.h"
#include "cli_help.h"
#include "clock.h"
#include "config_value.h"
#include "driver.h"
#include "plan.h"
#include "provider.h"
#include "scope.h"

#include <jansson.h>
#include <string.h>
#include <sys/random.h>

enum { PLAN_TEXT_MAX = 4 * 1024 * 1024 };

/* All that one run needs, in the order in which it comes to be. */
struct session {
    const struct cli *cli;
    FILE *out;
    FILE *err;
    struct errctx cx;
    struct config config;
    struct clock clock;
    struct port port;
    struct log log;
    struct claim claim;
};

static int complain(struct session *s, enum err e)
{
    (void)fprintf(s->err, "volclaim: %s\n", s->cx.message);
    return (int)err_exit(e);
}

static void log_to_stream(void *context, const char *line, size_t length)
{
    FILE *stream = context;

    (void)fwrite(line, 1, length, stream);
    (void)fflush(stream);
}

static enum err open_cloud(struct session *s)
{
    const struct provider *p = provider_find(s->config.provider);
    char names[256];

    if (p)
        return p->open(&s->config.cloud, &s->clock.port, &s->port.cloud, &s->cx);
    return err_set(&s->cx, ERR_UNSUPPORTED, 0,
                   "this build has no provider \"%s\" (providers in it: %s); nothing was done",
                   s->config.provider, provider_names(names, sizeof(names)));
}

static enum err open_host(struct session *s)
{
    const struct host_provider *p = provider_host();

    if (p)
        return p->open(&s->config.host, &s->clock.port, &s->port.host, &s->cx);
    return err_set(&s->cx, ERR_UNSUPPORTED, 0,
                   "this build has no host port for devices and mounts; nothing was done");
}

static enum err open_session(struct session *s)
{
    enum err e = cli_configure(s->cli, &s->config, &s->cx);

    if (e != ERR_OK)
        return e;
    clock_init(&s->clock);
    s->port.clock = &s->clock.port;
    s->log = (struct log){
        .level = s->cli->level,
        .format = s->cli->log_format,
        .debug = s->cli->debug,
        .sink = log_to_stream,
        .context = s->err,
    };
    e = open_cloud(s);
    return e == ERR_OK ? open_host(s) : e;
}

static void close_session(struct session *s)
{
    if (s->port.host)
        s->port.host->close(s->port.host);
    if (s->port.cloud)
        s->port.cloud->close(s->port.cloud);
}

/* The token names this process among all that ever were; chance alone makes it, and nothing else
 * may. */
static enum err begin_claim(struct session *s, enum claim_goal goal)
{
    struct {
        uint64_t seed;
        struct token token;
    } drawn;
    struct claim_config *cfg = &s->config.claim;
    const uint32_t capabilities = s->port.cloud->capabilities;

    if (getrandom(&drawn, sizeof(drawn), 0) != (ssize_t)sizeof(drawn))
        return err_set(&s->cx, ERR_IO, 0, "the system gave no random numbers");
    cfg->moves_refused = !(capabilities & CLOUD_MOVES) ||
                         (!(capabilities & CLOUD_FENCE) && !s->config.local_deadline);
    claim_init(&s->claim, cfg, goal, drawn.seed, drawn.token);
    return ERR_OK;
}

static void print_result(struct session *s, int code)
{
    json_t *object = json_pack("{s:i, s:s, s:s, s:s, s:s}", "exit", code, "result",
                               exit_words((enum exit_code)code), "state",
                               claim_state_name((enum claim_state)s->claim.state), "volume",
                               s->claim.target.id.text, "target", s->config.host.target);

    if (object)
        (void)json_dumpf(object, s->out, JSON_COMPACT);
    (void)fputc('\n', s->out);
    json_decref(object);
}

static int drive(struct session *s)
{
    struct driver driver = {.port = &s->port, .log = &s->log};
    const int code = driver_run(&driver, &s->claim);

    if (s->cli->json)
        print_result(s, code);
    return code;
}

static int drive_plan(struct session *s)
{
    AUTO_BUF struct buf text = {0};
    const struct plan_options options = {
        .real = &s->port,
        .cloud = &s->config.cloud,
        .host = &s->config.host,
        .out = &text,
        .json = s->cli->json,
    };
    struct plan plan;
    struct driver driver = {.log = &s->log, .watch = plan_watch, .watch_context = &plan};
    int code;

    buf_init(&text, PLAN_TEXT_MAX);
    plan_init(&plan, &options);
    driver.port = &plan.port;
    /* The plan tells each step itself. */
    if (s->log.debug == 0)
        s->log.level = LOG_ERROR;
    code = plan_finish(&plan, driver_run(&driver, &s->claim), s->cli->detailed_exitcode);
    (void)fwrite(text.data, 1, text.length, s->out);
    if (buf_check(&text, "the plan", &s->cx) != ERR_OK)
        return complain(s, s->cx.code);
    return code;
}

static int with_session(struct session *s, enum claim_goal goal, int (*body)(struct session *))
{
    enum err e = open_session(s);
    int code;

    if (e == ERR_OK)
        e = begin_claim(s, goal);
    code = e == ERR_OK ? body(s) : complain(s, e);
    close_session(s);
    return code;
}

static void print_line(void *context, const char *line)
{
    (void)fprintf(context, "%s\n", line);
}

static int graph(const struct cli *cli, FILE *out)
{
    static const enum diagram_format formats[] = {
        [GRAPH_MERMAID] = DIAGRAM_MERMAID,
        [GRAPH_DOT] = DIAGRAM_DOT,
        [GRAPH_TABLE] = DIAGRAM_TABLE,
    };

    claim_diagram(formats[cli->graph], print_line, out);
    return EXIT_DONE;
}

static int version(const struct cli *cli, FILE *out)
{
    (void)fprintf(out, cli->json ? "{\"version\":\"%s\"}\n" : "volclaim %s\n", VOLCLAIM_VERSION);
    return EXIT_DONE;
}

static int help(const struct cli *cli, FILE *out, FILE *err)
{
    char quote[CONFIG_QUOTE_MAX];

    if (cli_help(cli->topic, out))
        return EXIT_DONE;
    (void)fprintf(err, "volclaim: there is no help on %s; see \"volclaim help\"\n",
                  config_quote(cli->topic, quote));
    return EXIT_USAGE;
}

/* What was asked for must have reached its reader: a full disk or a closed pipe is a failure. */
static int flush(int code, FILE *out, FILE *err)
{
    if (fflush(out) == 0 && !ferror(out))
        return code;
    (void)fprintf(err, "volclaim: the output could not be written\n");
    return code == EXIT_DONE ? EXIT_AGAIN : code;
}

int command_run(const struct cli *cli, FILE *out, FILE *err)
{
    struct session s = {.cli = cli, .out = out, .err = err};
    int code = EXIT_BUG;

    switch (cli->command) {
    case COMMAND_RUN: code = with_session(&s, GOAL_RUN, drive); break;
    case COMMAND_PLAN: code = with_session(&s, GOAL_RUN, drive_plan); break;
    case COMMAND_RELEASE: code = with_session(&s, GOAL_RELEASE, drive); break;
    case COMMAND_GRAPH: code = graph(cli, out); break;
    case COMMAND_VERSION: code = version(cli, out); break;
    case COMMAND_HELP: code = help(cli, out, err); break;
    case COMMAND_NONE: break;
    }
    return flush(code, out, err);
}
