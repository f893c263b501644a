/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_fs_spawn.c - helper programs: their end, their words, their surroundings, their deadline.
 *
 * The shell stands for the helper; the code under test must never start one by itself.
 */
#include "fs/spawn.h"
#include "unit.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PATIENCE_MS = 10000 };

static struct errctx cx;
static int status;

static enum err shell(const char *script, uint64_t span_ms, uint32_t good)
{
    const char *const argv[] = {"sh", "-c", script, NULL};
    const struct spawn_request rq = {
        .argv = argv, .due = due_in(span_ms), .good = good, .keep_fd = -1};

    err_clear(&cx);
    return spawn_run(&rq, &status, &cx);
}

static void test_status_0_is_success(void)
{
    CU_ASSERT_EQUAL(shell("exit 0", PATIENCE_MS, 0), ERR_OK);
    CU_ASSERT_EQUAL(status, 0);
}

static void test_another_status_is_success_only_where_it_is_named(void)
{
    CU_ASSERT_EQUAL(shell("exit 3", PATIENCE_MS, 1 << 0 | 1 << 3), ERR_OK);
    CU_ASSERT_EQUAL(status, 3);
    CU_ASSERT_EQUAL(shell("exit 3", PATIENCE_MS, 0), ERR_IO);
    CU_ASSERT_PTR_NOT_NULL(strstr(cx.message, "status 3"));
    CU_ASSERT_EQUAL(shell("exit 40", PATIENCE_MS, UINT32_MAX), ERR_IO);
}

static void test_what_it_printed_is_in_the_error_as_one_line(void)
{
    CU_ASSERT_EQUAL(shell("echo first; printf 'second\\n\\n' >&2; exit 1", PATIENCE_MS, 0), ERR_IO);
    CU_ASSERT_STRING_EQUAL(cx.message, "sh failed with status 1: first second");
    CU_ASSERT_EQUAL(shell("exit 1", PATIENCE_MS, 0), ERR_IO);
    CU_ASSERT_STRING_EQUAL(cx.message, "sh failed with status 1: it printed nothing");
}

static void test_much_output_is_cut_and_blocks_nobody(void)
{
    CU_ASSERT_EQUAL(
        shell("i=0; while [ $i -lt 20000 ]; do echo 0123456789; i=$((i+1)); done", PATIENCE_MS, 0),
        ERR_OK);
}

static void test_a_signal_is_named(void)
{
    CU_ASSERT_EQUAL(shell("kill -9 $$", PATIENCE_MS, 0), ERR_IO);
    CU_ASSERT_PTR_NOT_NULL(strstr(cx.message, "signal 9"));
}

static void test_the_environment_is_ours_alone(void)
{
    CU_ASSERT_EQUAL(shell("[ \"$LC_ALL\" = C ] && [ -n \"$PATH\" ]", PATIENCE_MS, 0), ERR_OK);
    CU_ASSERT_EQUAL(
        shell("[ $(tr -d -c '\\000' </proc/$$/environ | wc -c) -eq 2 ]", PATIENCE_MS, 0), ERR_OK);
}

static void test_there_is_no_input(void)
{
    CU_ASSERT_EQUAL(shell("! read -r line", PATIENCE_MS, 0), ERR_OK);
}

static void test_descriptors_of_ours_are_not_inherited_but_the_one_kept(void)
{
    const int other = open("/dev/null", O_RDONLY | O_CLOEXEC);
    const int kept = open("/dev/null", O_RDONLY | O_CLOEXEC);
    char script[128];
    const char *const argv[] = {"sh", "-c", script, NULL};
    const struct spawn_request rq = {.argv = argv, .due = due_in(PATIENCE_MS), .keep_fd = kept};

    (void)snprintf(script, sizeof(script), "[ -e /proc/self/fd/%d ] && [ ! -e /proc/self/fd/%d ]",
                   kept, other);
    CU_ASSERT_EQUAL(spawn_run(&rq, &status, &cx), ERR_OK);
    (void)close(other);
    (void)close(kept);
}

/* The file's number is the child of the helper: nobody may be left of its group. */
static void test_the_whole_group_ends_at_the_deadline(void)
{
    char path[] = "/tmp/volclaim-unit-XXXXXX";
    const int fd = mkstemp(path);
    char script[128];
    char text[32] = "";
    const uint64_t start_ms = due_now_ms();

    (void)snprintf(script, sizeof(script), "sleep 60 & echo $! > %s; echo hangs; wait", path);
    CU_ASSERT_EQUAL(shell(script, 200, 0), ERR_TIMEOUT);
    CU_ASSERT_PTR_NOT_NULL(strstr(cx.message, "killed: hangs"));
    CU_ASSERT_TRUE(due_now_ms() - start_ms < 5000);
    CU_ASSERT_TRUE(read(fd, text, sizeof(text) - 1) > 0);
    const pid_t pid = (pid_t)strtol(text, NULL, 10);

    /* The last of them is buried by init, which may take a moment. */
    while (pid > 1 && kill(pid, 0) == 0 && due_now_ms() - start_ms < 5000)
        due_nap(due_in(PATIENCE_MS));
    CU_ASSERT_TRUE(pid > 1 && kill(pid, 0) < 0);
    (void)close(fd);
    (void)unlink(path);
}

static void test_a_child_left_behind_does_not_hold_us_up(void)
{
    const uint64_t start_ms = due_now_ms();

    CU_ASSERT_EQUAL(shell("sleep 60 & exit 0", PATIENCE_MS, 0), ERR_OK);
    CU_ASSERT_TRUE(due_now_ms() - start_ms < 5000);
}

static void test_a_lost_status_is_never_success(void)
{
    const struct sigaction ignore = {.sa_handler = SIG_IGN};
    struct sigaction before;

    CU_ASSERT_EQUAL(sigaction(SIGCHLD, &ignore, &before), 0);
    CU_ASSERT_EQUAL(shell("exit 1", PATIENCE_MS, 0), ERR_UNKNOWN);
    CU_ASSERT_EQUAL(sigaction(SIGCHLD, &before, NULL), 0);
}

static void test_a_missing_program_is_named_with_its_package(void)
{
    const char *const argv[] = {"mkfs.xfs", NULL};
    const struct spawn_request rq = {
        .argv = argv, .folders = "/nowhere:/proc", .due = due_in(PATIENCE_MS), .keep_fd = -1};

    CU_ASSERT_EQUAL(spawn_run(&rq, &status, &cx), ERR_UNSUPPORTED);
    CU_ASSERT_STRING_EQUAL(cx.message,
                           "mkfs.xfs is not installed; Debian has it in the package xfsprogs");
}

static void test_arguments_are_no_shell_words(void)
{
    const char *const argv[] = {"/bin/sh", "-c",        "[ \"$1\" = 'a; exit 9' ]",
                                "x",       "a; exit 9", NULL};
    const struct spawn_request rq = {.argv = argv, .due = due_in(PATIENCE_MS), .keep_fd = -1};

    CU_ASSERT_EQUAL(spawn_run(&rq, &status, &cx), ERR_OK);
}

const struct unit_test suite_fs_spawn[] = {
    UNIT_TEST(test_status_0_is_success),
    UNIT_TEST(test_another_status_is_success_only_where_it_is_named),
    UNIT_TEST(test_what_it_printed_is_in_the_error_as_one_line),
    UNIT_TEST(test_much_output_is_cut_and_blocks_nobody),
    UNIT_TEST(test_a_signal_is_named),
    UNIT_TEST(test_the_environment_is_ours_alone),
    UNIT_TEST(test_there_is_no_input),
    UNIT_TEST(test_descriptors_of_ours_are_not_inherited_but_the_one_kept),
    UNIT_TEST(test_the_whole_group_ends_at_the_deadline),
    UNIT_TEST(test_a_child_left_behind_does_not_hold_us_up),
    UNIT_TEST(test_a_lost_status_is_never_success),
    UNIT_TEST(test_a_missing_program_is_named_with_its_package),
    UNIT_TEST(test_arguments_are_no_shell_words),
    UNIT_END,
};
