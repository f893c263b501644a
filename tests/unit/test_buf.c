/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_buf.c - the bounded buffer and the variables that end with their scope.
 *
 * Every allocation of the buffer is made to fail in turn; nothing here may depend on how it grows.
 */
#include "lib/alloc.h"
#include "scope.h"
#include "unit.h"

#include <fcntl.h>
#include <string.h>

static void test_a_new_buffer_is_an_empty_text(void)
{
    AUTO_BUF struct buf b;

    buf_init(&b, 10);
    CU_ASSERT_STRING_EQUAL(b.data, "");
    CU_ASSERT_EQUAL(b.length, 0);
    CU_ASSERT_EQUAL(buf_check(&b, "text", NULL), ERR_OK);
}

static void test_appends_follow_each_other(void)
{
    AUTO_BUF struct buf b;

    buf_init(&b, 100);
    buf_text(&b, "one");
    buf_char(&b, ',');
    buf_line(&b, "two");
    buf_printf(&b, "%d", 3);
    buf_add(&b, "4\0", 2);
    CU_ASSERT_EQUAL(b.length, 11);
    CU_ASSERT_EQUAL(memcmp(b.data, "one,two\n34\0", 12), 0);
}

static void test_the_cap_counts_the_zero_byte(void)
{
    AUTO_BUF struct buf b;

    buf_init(&b, 4);
    buf_text(&b, "abc");
    CU_ASSERT_FALSE(b.overflow);
    buf_char(&b, 'd');
    CU_ASSERT_TRUE(b.overflow);
    CU_ASSERT_STRING_EQUAL(b.data, "abc");
}

static void test_what_does_not_fit_is_left_out_whole_and_overflow_sticks(void)
{
    char storage[8];
    struct buf b;

    buf_on(&b, storage, sizeof(storage));
    buf_text(&b, "abcde");
    buf_text(&b, "fgh");
    CU_ASSERT_STRING_EQUAL(b.data, "abcde");
    buf_text(&b, "f");
    buf_printf(&b, "%c", 'f');
    CU_ASSERT_STRING_EQUAL(b.data, "abcde");
    CU_ASSERT_EQUAL(buf_check(&b, "text", NULL), ERR_TOO_BIG);
}

static void test_a_line_that_loses_its_end_is_left_out_whole(void)
{
    char storage[4];
    struct buf b;

    buf_on(&b, storage, sizeof(storage));
    buf_line(&b, "abc");
    CU_ASSERT_STRING_EQUAL(b.data, "");
    CU_ASSERT_TRUE(b.overflow);
}

static void test_clearing_forgets_the_overflow(void)
{
    char storage[3];
    struct buf b;

    buf_on(&b, storage, sizeof(storage));
    buf_text(&b, "abc");
    buf_clear(&b);
    buf_text(&b, "ab");
    CU_ASSERT_STRING_EQUAL(b.data, "ab");
    buf_cut(&b, 1);
    CU_ASSERT_STRING_EQUAL(b.data, "a");
}

static void test_a_buffer_grows_to_its_cap_and_no_further(void)
{
    AUTO_BUF struct buf b;

    buf_init(&b, 1001);
    for (int i = 0; i < 1000; i++)
        buf_char(&b, (char)('a' + i % 26));
    CU_ASSERT_FALSE(b.overflow);
    CU_ASSERT_EQUAL(b.length, 1000);
    CU_ASSERT(b.room <= 1001);
    for (int i = 0; i < 1000; i++)
        CU_ASSERT_EQUAL(b.data[i], (char)('a' + i % 26));
    buf_char(&b, 'x');
    CU_ASSERT_TRUE(b.overflow);
}

static void test_the_callers_storage_is_wiped_at_the_end(void)
{
    char storage[16];
    struct buf b;

    buf_on(&b, storage, sizeof(storage));
    buf_text(&b, "hush");
    buf_fini(&b);
    for (size_t i = 0; i < sizeof(storage); i++)
        CU_ASSERT_EQUAL(storage[i], 0);
    buf_fini(&b);
}

static void fill(void)
{
    AUTO_BUF struct buf b;
    struct errctx cx;

    buf_init(&b, 4096);
    for (int i = 0; i < 300; i++)
        buf_printf(&b, "%d ", i);
    if (alloc_has_failed()) {
        err_clear(&cx);
        CU_ASSERT_EQUAL(buf_check(&b, "numbers", &cx), ERR_NO_MEMORY);
        CU_ASSERT_EQUAL(strlen(b.data), b.length);
    } else {
        CU_ASSERT_EQUAL(buf_check(&b, "numbers", NULL), ERR_OK);
    }
}

static void test_memory_that_runs_out_is_an_overflow_with_its_own_code(void)
{
    CU_ASSERT(alloc_fail_each(fill) >= 2);
}

static void test_a_descriptor_closes_with_its_scope_unless_taken(void)
{
    int left;
    int kept;

    {
        AUTO_FD int first = open("/dev/null", O_RDONLY | O_CLOEXEC);
        AUTO_FD int second = open("/dev/null", O_RDONLY | O_CLOEXEC);

        left = first;
        kept = TAKE_FD(second);
        CU_ASSERT_EQUAL(second, -1);
    }
    CU_ASSERT_EQUAL(fcntl(left, F_GETFD), -1);
    CU_ASSERT_NOT_EQUAL(fcntl(kept, F_GETFD), -1);
    CU_ASSERT_EQUAL(close(kept), 0);
}

static void test_a_taken_pointer_leaves_null_behind(void)
{
    char letter = 'a';
    char *owner = &letter;
    char *const next = TAKE(owner);

    CU_ASSERT_PTR_NULL(owner);
    CU_ASSERT_PTR_EQUAL(next, &letter);
}

static void test_a_file_closes_with_its_scope(void)
{
    int left = -1;

    {
        AUTO_FILE FILE *file = fopen("/dev/null", "re");

        CU_ASSERT_PTR_NOT_NULL(file);
        if (file)
            left = fileno(file);
    }
    CU_ASSERT_EQUAL(fcntl(left, F_GETFD), -1);
}

const struct unit_test suite_buf[] = {
    UNIT_TEST(test_a_new_buffer_is_an_empty_text),
    UNIT_TEST(test_appends_follow_each_other),
    UNIT_TEST(test_the_cap_counts_the_zero_byte),
    UNIT_TEST(test_what_does_not_fit_is_left_out_whole_and_overflow_sticks),
    UNIT_TEST(test_a_line_that_loses_its_end_is_left_out_whole),
    UNIT_TEST(test_clearing_forgets_the_overflow),
    UNIT_TEST(test_a_buffer_grows_to_its_cap_and_no_further),
    UNIT_TEST(test_the_callers_storage_is_wiped_at_the_end),
    UNIT_TEST(test_memory_that_runs_out_is_an_overflow_with_its_own_code),
    UNIT_TEST(test_a_descriptor_closes_with_its_scope_unless_taken),
    UNIT_TEST(test_a_taken_pointer_leaves_null_behind),
    UNIT_TEST(test_a_file_closes_with_its_scope),
    UNIT_END,
};
