/* SPDX-License-Identifier: Apache-2.0 */
/*
 * spawn.c - posix_spawn, a pipe, and a deadline.
 *
 * The order at the end matters: the leader is seen dead but left a zombie, so that its number still
 * names the group; the group is killed; only then is the leader reaped. No number of a process that
 * may be someone else's is ever signalled.
 */
#include "fs/spawn.h"

#include "scope.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

enum { TICK_MS = 20, PROGRAM_MAX = 256, BURIAL_MS = 2000 };

static const char system_folders[] = "/usr/sbin:/usr/bin:/sbin:/bin";

/* Programs we ask for by name, and what a Debian user installs to have them. */
static const struct {
    const char *program;
    const char *package;
} packages[] = {
    {"mkfs.ext2", "e2fsprogs"},    {"mkfs.ext3", "e2fsprogs"}, {"mkfs.ext4", "e2fsprogs"},
    {"e2fsck", "e2fsprogs"},       {"resize2fs", "e2fsprogs"}, {"mkfs.xfs", "xfsprogs"},
    {"mkfs.btrfs", "btrfs-progs"},
};

struct child {
    pid_t pid;
    int output;  /* read end of its stdout and stderr */
    bool silent; /* its output has ended, or cannot be read */
    struct buf *text;
};

static enum err missing(const char *program, struct errctx *cx)
{
    for (size_t i = 0; i < sizeof(packages) / sizeof(packages[0]); i++) {
        if (strcmp(packages[i].program, program) == 0) {
            return err_set(cx, ERR_UNSUPPORTED, ENOENT,
                           "%s is not installed; Debian has it in the package %s", program,
                           packages[i].package);
        }
    }
    return err_set(cx, ERR_UNSUPPORTED, ENOENT, "%s is not installed", program);
}

static enum err look_up(const struct spawn_request *rq, char path[PROGRAM_MAX], struct errctx *cx)
{
    const char *const program = rq->argv[0];
    const char *folder = rq->folders ? rq->folders : system_folders;

    if (strchr(program, '/'))
        folder = "";
    for (size_t n = strcspn(folder, ":");; n = strcspn(folder, ":")) {
        const int length =
            snprintf(path, PROGRAM_MAX, "%.*s%s%s", (int)n, folder, n ? "/" : "", program);

        if (length < PROGRAM_MAX && access(path, X_OK) == 0)
            return ERR_OK;
        if (folder[n] == '\0')
            return missing(program, cx);
        folder += n + 1;
    }
}

static int add_files(posix_spawn_file_actions_t *files, const struct spawn_request *rq, int output)
{
    int e = posix_spawn_file_actions_addopen(files, 0, "/dev/null", O_RDONLY, 0);

    if (e == 0)
        e = posix_spawn_file_actions_adddup2(files, output, 1);
    if (e == 0)
        e = posix_spawn_file_actions_adddup2(files, output, 2);
    /* Onto its own number: glibc then clears the close-on-exec mark (2.29 and later). */
    if (e == 0 && rq->keep_fd >= 0)
        e = posix_spawn_file_actions_adddup2(files, rq->keep_fd, rq->keep_fd);
    return e;
}

static int add_attributes(posix_spawnattr_t *attributes)
{
    sigset_t none;
    sigset_t all;
    int e;

    (void)sigemptyset(&none);
    (void)sigfillset(&all);
    e = posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK |
                                                 POSIX_SPAWN_SETSIGDEF);
    if (e == 0)
        e = posix_spawnattr_setpgroup(attributes, 0);
    if (e == 0)
        e = posix_spawnattr_setsigmask(attributes, &none);
    if (e == 0)
        e = posix_spawnattr_setsigdefault(attributes, &all);
    return e;
}

static int start_with(const struct spawn_request *rq, const char *path, int output, pid_t *pid)
{
    char *const environment[] = {(char[]){"PATH=/usr/sbin:/usr/bin:/sbin:/bin"},
                                 (char[]){"LC_ALL=C"}, NULL};
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attributes;
    int e = posix_spawn_file_actions_init(&files);

    if (e != 0)
        return e;
    e = posix_spawnattr_init(&attributes);
    if (e == 0) {
        e = add_files(&files, rq, output);
        if (e == 0)
            e = add_attributes(&attributes);
        if (e == 0) {
            union {
                const char *const *given;
                char *const *wanted; /* POSIX promises not to write through it. */
            } argv = {.given = rq->argv};

            e = posix_spawn(pid, path, &files, &attributes, argv.wanted, environment);
        }
        (void)posix_spawnattr_destroy(&attributes);
    }
    (void)posix_spawn_file_actions_destroy(&files);
    return e;
}

/* The read end of what the helper prints goes to *output, also when it could not be started. */
static enum err start(const struct spawn_request *rq, pid_t *pid, int *output, struct errctx *cx)
{
    char path[PROGRAM_MAX];
    int ends[2];
    enum err e = look_up(rq, path, cx);

    if (e != ERR_OK)
        return e;
    if (pipe2(ends, O_CLOEXEC) < 0)
        return err_set(cx, ERR_IO, errno, "make a pipe for %s", path);
    *output = ends[0];
    AUTO_FD const int theirs = ends[1];
    const int failed = start_with(rq, path, theirs, pid);

    if (failed != 0)
        return err_set(cx, ERR_IO, failed, "start %s", path);
    return ERR_OK;
}

/* Reads what is there; false at the end of the output. */
static bool drain(struct child *child)
{
    char piece[512];
    const ssize_t n = read(child->output, piece, sizeof(piece));

    if (n < 0)
        return errno == EINTR;
    for (ssize_t i = 0; i < n; i++)
        buf_char(child->text, piece[i]);
    return n > 0;
}

static void listen_for(struct child *child, int span_ms)
{
    struct pollfd p = {.fd = child->output, .events = POLLIN};

    /* A negative descriptor makes poll() a plain wait. */
    if (child->silent)
        p.fd = -1;
    if (poll(&p, 1, span_ms) > 0)
        child->silent = !drain(child);
}

enum stage { STAGE_ALIVE, STAGE_DEAD, STAGE_LOST };

/* Dead means not yet reaped: the number is still its own. Lost means that it may be another's. */
static enum stage stage_of(const struct child *child)
{
    siginfo_t info = {0};

    if (waitid(P_PID, (id_t)child->pid, &info, WEXITED | WNOHANG | WNOWAIT) != 0)
        return errno == EINTR ? STAGE_ALIVE : STAGE_LOST;
    return info.si_pid == child->pid ? STAGE_DEAD : STAGE_ALIVE;
}

static bool wait_until(struct child *child, struct due due)
{
    while (stage_of(child) == STAGE_ALIVE) {
        if (due_over(due))
            return false;
        /* After the end of its output nothing tells of its end but asking, which is soon. */
        listen_for(child, due_poll_ms(due, child->silent ? 1 : TICK_MS));
    }
    return true;
}

static void take_rest(struct child *child)
{
    struct pollfd p = {.fd = child->output, .events = POLLIN};

    while (!child->silent && poll(&p, 1, 0) > 0 && drain(child)) {
    }
}

/*
 * Kills what is left of the group and takes the leader's status. False when nobody can tell how it
 * ended: it sits in the kernel and does not die, or someone ignores SIGCHLD and its status is lost.
 */
static bool reap(const struct child *child, int *status)
{
    const struct due end = due_in(BURIAL_MS);
    pid_t buried = 0;

    if (stage_of(child) != STAGE_LOST)
        (void)kill(-child->pid, SIGKILL);
    for (;;) {
        buried = waitpid(child->pid, status, WNOHANG);
        if (buried == child->pid)
            return true;
        if ((buried < 0 && errno != EINTR) || due_over(end))
            return false;
        due_nap(end);
    }
}

/* The helper's lines as one, for the words of an error. */
static const char *one_line(struct buf *text)
{
    size_t to = 0;

    for (size_t i = 0; i < text->length; i++) {
        const unsigned char c = (unsigned char)text->data[i];
        const bool gap = c <= ' ' || c == 127;

        if (gap && (to == 0 || text->data[to - 1] == ' '))
            continue;
        text->data[to++] = (char)(gap ? ' ' : c);
    }
    while (to > 0 && text->data[to - 1] == ' ')
        to--;
    text->data[to] = '\0';
    return to > 0 ? text->data : "it printed nothing";
}

static enum err judge(const struct spawn_request *rq, int raw, int *status, struct buf *text,
                      struct errctx *cx)
{
    const uint32_t good = rq->good ? rq->good : 1;
    const char *const program = rq->argv[0];

    if (WIFSIGNALED(raw))
        return err_set(cx, ERR_IO, 0, "%s was killed by signal %d: %s", program, WTERMSIG(raw),
                       one_line(text));
    const int code = WEXITSTATUS(raw);

    if (code >= 32 || (good & UINT32_C(1) << code) == 0)
        return err_set(cx, ERR_IO, 0, "%s failed with status %d: %s", program, code,
                       one_line(text));
    *status = code;
    return ERR_OK;
}

enum err spawn_run(const struct spawn_request *rq, int *status, struct errctx *cx)
{
    char storage[SPAWN_OUTPUT_MAX];
    struct buf text;
    pid_t pid = 0;
    AUTO_FD int output = -1;

    assert(rq->argv[0]);
    buf_on(&text, storage, sizeof(storage));
    const enum err e = start(rq, &pid, &output, cx);

    if (e != ERR_OK)
        return e;
    struct child child = {.pid = pid, .output = output, .text = &text};
    const bool in_time = wait_until(&child, rq->due);
    int raw = 0;
    const bool buried = reap(&child, &raw);

    take_rest(&child);
    if (!buried) {
        return err_set(cx, in_time ? ERR_UNKNOWN : ERR_TIMEOUT, 0,
                       "%s was killed or ended, and how cannot be told: %s", rq->argv[0],
                       one_line(&text));
    }
    if (!in_time)
        return err_set(cx, ERR_TIMEOUT, 0, "%s did not end in time and was killed: %s", rq->argv[0],
                       one_line(&text));
    return judge(rq, raw, status, &text, cx);
}
