/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_clock.c - how the clock learns the cloud's time, and that it never goes back.
 *
 * The steady count behind it is a number of the test; nothing sleeps.
 */
#include "clock.h"
#include "unit.h"

static uint64_t steady;

static uint64_t steady_ms(void *context)
{
    (void)context;
    return steady;
}

static void wait_until(void *context, uint64_t until_ms)
{
    (void)context;
    steady = until_ms;
}

static struct clock clock_at(uint64_t steady_now, int64_t offset_ms)
{
    const struct clock_source source = {.steady_ms = steady_ms, .wait_until = wait_until};
    struct clock c;

    steady = steady_now;
    clock_init_from(&c, &source, offset_ms);
    return c;
}

static void test_time_is_the_steady_count_and_an_offset(void)
{
    struct clock c = clock_at(1000, 5000);

    CU_ASSERT_EQUAL(c.port.now_ms(&c.port), 6000);
    steady += 250;
    CU_ASSERT_EQUAL(c.port.now_ms(&c.port), 6250);
}

static void test_a_wait_ends_when_the_time_has_come_and_not_before(void)
{
    struct clock c = clock_at(1000, 5000);

    c.port.sleep_until(&c.port, 7000);
    CU_ASSERT_EQUAL(steady, 2000);
    c.port.sleep_until(&c.port, 6500);
    CU_ASSERT_EQUAL(steady, 2000);
}

/* Asked and answered at 100.0 s by a clock that is wrong by 40 s: the service says 140 s. */
static void test_an_answer_corrects_the_offset(void)
{
    struct clock c = clock_at(100000, 0);

    c.port.observe(&c.port, 99900, 100100, 140000);
    CU_ASSERT_TRUE(c.port.now_ms(&c.port) >= 139900);
    CU_ASSERT_TRUE(c.port.now_ms(&c.port) <= 141100);
    CU_ASSERT_TRUE(c.doubt_ms <= 600);
}

static void test_a_slow_answer_does_not_spoil_what_a_quick_one_taught(void)
{
    struct clock c = clock_at(100000, 0);
    int64_t offset;

    c.port.observe(&c.port, 99990, 100010, 140000);
    offset = c.offset_ms;
    c.port.observe(&c.port, 140000, 170000, 150000);
    CU_ASSERT_EQUAL(c.offset_ms, offset);
}

static void test_an_answer_that_contradicts_is_believed(void)
{
    struct clock c = clock_at(100000, 0);

    c.port.observe(&c.port, 99990, 100010, 140000);
    c.port.observe(&c.port, 150000, 153000, 170000);
    CU_ASSERT_TRUE(c.offset_ms >= 40000 + 16000);
}

static void test_time_stands_still_rather_than_go_back(void)
{
    struct clock c = clock_at(100000, 0);
    uint64_t before;

    CU_ASSERT_EQUAL(c.port.now_ms(&c.port), 100000);
    c.port.observe(&c.port, 99990, 100010, 60000);
    before = c.port.now_ms(&c.port);
    CU_ASSERT_EQUAL(before, 100000);
    steady += 10000;
    CU_ASSERT_EQUAL(c.port.now_ms(&c.port), before);
    steady += 50000;
    CU_ASSERT_TRUE(c.port.now_ms(&c.port) > before);
}

static void test_the_machines_own_clock_is_near_the_wall(void)
{
    struct clock c;
    uint64_t first;

    clock_init(&c);
    first = c.port.now_ms(&c.port);
    CU_ASSERT_TRUE(first > UINT64_C(1600000000000));
    c.port.sleep_until(&c.port, first);
    CU_ASSERT_TRUE(c.port.now_ms(&c.port) >= first);
}

const struct unit_test suite_clock[] = {
    UNIT_TEST(test_time_is_the_steady_count_and_an_offset),
    UNIT_TEST(test_a_wait_ends_when_the_time_has_come_and_not_before),
    UNIT_TEST(test_an_answer_corrects_the_offset),
    UNIT_TEST(test_a_slow_answer_does_not_spoil_what_a_quick_one_taught),
    UNIT_TEST(test_an_answer_that_contradicts_is_believed),
    UNIT_TEST(test_time_stands_still_rather_than_go_back),
    UNIT_TEST(test_the_machines_own_clock_is_near_the_wall),
    UNIT_END,
};
