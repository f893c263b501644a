/* SPDX-License-Identifier: Apache-2.0 */
/*
 * process.c - posix_spawn, a pipe, a deadline.
 *
 * The program gets a process group of its own, so that killing it leaves nothing behind. Its words
 * on standard error are not read: they may hold what must not be logged.
 */
#include "aws/process.h"

#include "scope.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

enum { REAP_PAUSE_MS = 5 };

struct words {
    char text[PROCESS_COMMAND_MAX];
    char *items[PROCESS_WORDS_MAX + 1];
    size_t count;
};

static bool is_quote(char c)
{
    return c == '"' || c == '\'';
}

static void toggle(char *quote, char sign)
{
    if (*quote)
        *quote = '\0';
    else
        *quote = sign;
}

/* One word from *at on, written to *to with its zero byte; false for a quote that does not end. */
static bool take_word(const char **at, char **to)
{
    char quote = '\0';

    for (; **at && (quote || !strchr(" \t", **at)); (*at)++) {
        if (quote ? **at == quote : is_quote(**at)) {
            toggle(&quote, **at);
            continue;
        }
        if (**at == '\\' && quote != '\'' && (*at)[1])
            (*at)++;
        *(*to)++ = **at;
    }
    *(*to)++ = '\0';
    return quote == '\0';
}

static bool split(const char *command, struct words *w)
{
    const char *at = command + strspn(command, " \t");
    char *to = w->text;

    w->count = 0;
    /* Each word loses at least the blank before it, so its zero byte has room. */
    if (strlen(command) + 1 >= sizeof(w->text))
        return false;
    while (*at) {
        if (w->count == PROCESS_WORDS_MAX)
            return false;
        w->items[w->count++] = to;
        if (!take_word(&at, &to))
            return false;
        at += strspn(at, " \t");
    }
    w->items[w->count] = NULL;
    return w->count > 0;
}

static uint64_t steady_ms(void)
{
    struct timespec ts = {0};

    (void)clock_gettime(CLOCK_MONOTONIC, &ts);
    return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

static int left(uint64_t until_ms)
{
    const uint64_t now = steady_ms();

    return now < until_ms ? (int)(until_ms - now) : 0;
}

static int spawn(struct words *w, int output, pid_t *pid)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    int code = posix_spawn_file_actions_init(&actions);

    if (code != 0)
        return code;
    code = posix_spawnattr_init(&attributes);
    if (code != 0) {
        (void)posix_spawn_file_actions_destroy(&actions);
        return code;
    }
    if (posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0) != 0 ||
        posix_spawn_file_actions_adddup2(&actions, output, 1) != 0 ||
        posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0) != 0 ||
        posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP) != 0)
        code = ENOMEM;
    if (code == 0)
        code = posix_spawnp(pid, w->items[0], &actions, &attributes, w->items, environ);
    (void)posix_spawnattr_destroy(&attributes);
    (void)posix_spawn_file_actions_destroy(&actions);
    return code;
}

/* Reads to the end of the output; false when time or room ran out first. */
static bool collect(int fd, uint64_t until_ms, struct buf *out)
{
    char chunk[4096];
    ssize_t count = 1;

    while (count > 0 && !out->overflow) {
        struct pollfd waits = {.fd = fd, .events = POLLIN};

        if (poll(&waits, 1, left(until_ms)) <= 0)
            break;
        count = read(fd, chunk, sizeof(chunk));
        if (count > 0)
            buf_add(out, chunk, (size_t)count);
    }
    explicit_bzero(chunk, sizeof(chunk));
    return count == 0;
}

/* Waits for the end of the program, and kills it and all its children when it is not wanted any
 * more. */
static bool reap(pid_t pid, uint64_t until_ms, int *status)
{
    while (waitpid(pid, status, WNOHANG) == 0) {
        if (left(until_ms) == 0) {
            (void)kill(-pid, SIGKILL);
            (void)waitpid(pid, status, 0);
            return false;
        }
        (void)poll(NULL, 0, REAP_PAUSE_MS);
    }
    return true;
}

enum err process_run(const char *command, uint32_t ms, struct buf *out, struct errctx *cx)
{
    const uint64_t until_ms = steady_ms() + ms;
    struct words w = {.count = 0};
    int pipes[2];
    pid_t pid = -1;
    int status = 0;
    int code;
    bool whole;

    if (!split(command, &w))
        return err_set(cx, ERR_CONFIG, 0, "credential_process cannot be split into words");
    if (pipe2(pipes, O_CLOEXEC) != 0)
        return err_set(cx, ERR_NO_MEMORY, errno, "pipe");
    code = spawn(&w, pipes[1], &pid);
    (void)close(pipes[1]);
    if (code != 0) {
        (void)close(pipes[0]);
        return err_set(cx, ERR_CONFIG, code, "start %s", w.items[0]);
    }
    whole = collect(pipes[0], until_ms, out);
    (void)close(pipes[0]);
    if (!reap(pid, whole ? until_ms : 0, &status) || !whole)
        return err_set(cx, ERR_UNAVAILABLE, 0, "%s did not end in time", w.items[0]);
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
        return err_set(cx, ERR_CONFIG, 0, "%s failed", w.items[0]);
    return ERR_OK;
}
