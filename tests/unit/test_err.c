/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_err.c - the rows of err.def and exit.def, and the context of a failure.
 *
 * It walks the rows as data, so a new row is covered at once; it must not repeat their words.
 */
#include "err.h"
#include "unit.h"

#include <errno.h>
#include <string.h>

static void expect_told_apart(enum err e, enum err f)
{
    CU_ASSERT_STRING_NOT_EQUAL(err_name(e), err_name(f));
    CU_ASSERT_STRING_NOT_EQUAL(err_words(e), err_words(f));
}

static void test_every_code_has_a_name_and_words_of_its_own(void)
{
    for (enum err e = ERR_OK; e < ERR_COUNT; e++) {
        CU_ASSERT(strlen(err_name(e)) > 0);
        CU_ASSERT(strlen(err_words(e)) > 0);
        for (enum err f = ERR_OK; f < e; f++)
            expect_told_apart(e, f);
    }
}

static void test_zero_is_the_only_code_that_is_no_error(void)
{
    CU_ASSERT_EQUAL(ERR_OK, 0);
    CU_ASSERT_EQUAL(err_class(ERR_OK), ERR_CLASS_NONE);
    CU_ASSERT_EQUAL(err_exit(ERR_OK), EXIT_DONE);
    for (enum err e = ERR_OK + 1; e < ERR_COUNT; e++) {
        CU_ASSERT_NOT_EQUAL(err_class(e), ERR_CLASS_NONE);
        CU_ASSERT_NOT_EQUAL(err_exit(e), EXIT_DONE);
    }
}

static void test_a_request_without_an_answer_is_never_a_failure(void)
{
    CU_ASSERT_EQUAL(err_class(ERR_TIMEOUT), ERR_CLASS_UNKNOWN);
    CU_ASSERT_EQUAL(err_class(ERR_UNKNOWN), ERR_CLASS_UNKNOWN);
    CU_ASSERT_EQUAL(err_class(ERR_UNAVAILABLE), ERR_CLASS_UNKNOWN);
}

static void test_a_value_that_is_no_code_reads_as_unknown(void)
{
    CU_ASSERT_EQUAL(err_class(ERR_COUNT), ERR_CLASS_UNKNOWN);
    CU_ASSERT_EQUAL(err_exit(ERR_COUNT), EXIT_BUG);
    CU_ASSERT_STRING_EQUAL(err_name(ERR_COUNT), "no-such-error");
    CU_ASSERT_STRING_EQUAL(err_words(ERR_COUNT), "no such error");
}

static void test_content_that_is_not_ours_ends_with_its_own_exit_code(void)
{
    CU_ASSERT_EQUAL(err_exit(ERR_FOREIGN), 65);
    CU_ASSERT_EQUAL(err_exit(ERR_AMBIGUOUS), 65);
    CU_ASSERT_EQUAL(err_exit(ERR_UNREADABLE), 65);
}

static void test_exit_codes_keep_the_numbers_of_sysexits(void)
{
    CU_ASSERT_EQUAL(EXIT_USAGE, 64);
    CU_ASSERT_EQUAL(EXIT_NOTHING, 69);
    CU_ASSERT_EQUAL(EXIT_BUG, 70);
    CU_ASSERT_EQUAL(EXIT_AGAIN, 75);
    CU_ASSERT_EQUAL(EXIT_DENIED, 77);
    CU_ASSERT_EQUAL(EXIT_CONFIG, 78);
    CU_ASSERT_STRING_NOT_EQUAL(exit_words(EXIT_AGAIN), exit_words(EXIT_NOTHING));
}

static void test_a_failure_keeps_code_errno_and_words(void)
{
    struct errctx cx;
    char line[512];

    err_clear(&cx);
    CU_ASSERT_EQUAL(err_set(&cx, ERR_IO, EIO, "read %s", "disk"), ERR_IO);
    CU_ASSERT_EQUAL(cx.code, ERR_IO);
    CU_ASSERT_EQUAL(cx.sys_errno, EIO);
    CU_ASSERT_STRING_EQUAL(cx.message, "read disk");
    err_format(&cx, line, sizeof(line));
    CU_ASSERT_PTR_NOT_NULL(strstr(line, "read disk: "));
    CU_ASSERT_PTR_NOT_NULL(strstr(line, "(Input/output error)"));
}

static void test_a_prefix_keeps_what_was_said_below(void)
{
    struct errctx cx;

    err_clear(&cx);
    (void)err_set(&cx, ERR_DENIED, 0, "attach");
    CU_ASSERT_EQUAL(err_prefix(&cx, "volume %d", 7), ERR_DENIED);
    CU_ASSERT_STRING_EQUAL(cx.message, "volume 7: attach");
}

static void test_the_service_s_own_words_are_in_the_line(void)
{
    struct errctx cx;
    char line[512];

    err_clear(&cx);
    cx.http_status = 503;
    memcpy(cx.request_id, "abc", sizeof("abc"));
    (void)err_set(&cx, ERR_UNAVAILABLE, 0, "list");
    err_format(&cx, line, sizeof(line));
    CU_ASSERT_PTR_NOT_NULL(strstr(line, "[HTTP 503] [request abc]"));
}

static void test_words_that_are_too_long_are_cut_not_overrun(void)
{
    struct errctx cx;
    char many[2 * ERR_MESSAGE_MAX];
    char line[16];

    memset(many, 'x', sizeof(many) - 1);
    many[sizeof(many) - 1] = '\0';
    err_clear(&cx);
    (void)err_set(&cx, ERR_IO, 0, "%s", many);
    CU_ASSERT_EQUAL(strlen(cx.message), ERR_MESSAGE_MAX - 1);
    (void)err_prefix(&cx, "%s", many);
    CU_ASSERT_EQUAL(strlen(cx.message), ERR_MESSAGE_MAX - 1);
    err_format(&cx, line, sizeof(line));
    CU_ASSERT_EQUAL(strlen(line), sizeof(line) - 1);
}

static void test_a_caller_without_a_context_still_gets_the_code(void)
{
    CU_ASSERT_EQUAL(err_set(NULL, ERR_LIMIT, 0, "unheard"), ERR_LIMIT);
}

const struct unit_test suite_err[] = {
    UNIT_TEST(test_every_code_has_a_name_and_words_of_its_own),
    UNIT_TEST(test_zero_is_the_only_code_that_is_no_error),
    UNIT_TEST(test_a_request_without_an_answer_is_never_a_failure),
    UNIT_TEST(test_a_value_that_is_no_code_reads_as_unknown),
    UNIT_TEST(test_content_that_is_not_ours_ends_with_its_own_exit_code),
    UNIT_TEST(test_exit_codes_keep_the_numbers_of_sysexits),
    UNIT_TEST(test_a_failure_keeps_code_errno_and_words),
    UNIT_TEST(test_a_prefix_keeps_what_was_said_below),
    UNIT_TEST(test_the_service_s_own_words_are_in_the_line),
    UNIT_TEST(test_words_that_are_too_long_are_cut_not_overrun),
    UNIT_TEST(test_a_caller_without_a_context_still_gets_the_code),
    UNIT_END,
};
