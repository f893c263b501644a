/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_aws_retry.c - quota, jitter and pacing, and the stamps of changes, as arithmetic.
 *
 * Time and chance are numbers here; nothing waits.
 */
#include "aws/calibrate.h"
#include "aws/retry.h"
#include "unit.h"

#include <string.h>

static void test_attempts_are_counted_and_waits_stay_under_the_ceiling(void)
{
    static const uint64_t most[] = {1000, 2000, 4000, 8000, 16000, 20000, 20000, 20000};
    struct retry r;
    uint64_t wait_ms = 0;

    retry_init(&r, 9);
    for (uint32_t attempt = 1; attempt <= 8; attempt++) {
        const struct retry_case low = {attempt, RETRY_TRANSIENT, 0};
        const struct retry_case high = {attempt, RETRY_TRANSIENT, most[attempt - 1]};
        const struct retry_case over = {attempt, RETRY_TRANSIENT, most[attempt - 1] + 1};

        CU_ASSERT_TRUE(retry_again(&r, &low, &wait_ms));
        CU_ASSERT_EQUAL(wait_ms, 0);
        CU_ASSERT_TRUE(retry_again(&r, &high, &wait_ms));
        CU_ASSERT_EQUAL(wait_ms, most[attempt - 1]);
        CU_ASSERT_TRUE(retry_again(&r, &over, &wait_ms));
        CU_ASSERT_EQUAL(wait_ms, 0);
    }
    CU_ASSERT_FALSE(retry_again(&r, &(struct retry_case){9, RETRY_TRANSIENT, 0}, &wait_ms));
}

static void test_the_quota_runs_out_and_success_refills_it(void)
{
    const struct retry_case timeout = {1, RETRY_TIMEOUT, 0};
    const struct retry_case none = {0, RETRY_TRANSIENT, 0};
    struct retry r;
    uint64_t wait_ms;
    unsigned count = 0;

    retry_init(&r, RETRY_ATTEMPTS);
    while (retry_again(&r, &timeout, &wait_ms))
        count++;
    CU_ASSERT_EQUAL(count, RETRY_QUOTA / RETRY_COST_TIMEOUT);
    retry_succeeded(&r, &timeout);
    CU_ASSERT_TRUE(retry_again(&r, &timeout, &wait_ms));
    retry_succeeded(&r, &none);
    CU_ASSERT_EQUAL(r.quota, 1);
    for (int i = 0; i < 1000; i++)
        retry_succeeded(&r, &timeout);
    CU_ASSERT_EQUAL(r.quota, RETRY_QUOTA);
}

static void test_nothing_is_paced_before_the_first_throttle(void)
{
    struct pace p;

    pace_init(&p);
    for (uint64_t t = 1000; t < 1100; t++) {
        CU_ASSERT_EQUAL(pace_take(&p, t), 0);
        pace_learn(&p, t, false);
    }
}

static void test_a_throttle_slows_requests_and_time_speeds_them_up_again(void)
{
    struct pace p;
    double slow;
    uint64_t now = 1000000;

    pace_init(&p);
    for (int i = 0; i < 200; i++, now += 50) /* 20 a second for 10 s */
        (void)pace_take(&p, now);
    pace_learn(&p, now, true);
    slow = p.rate;
    CU_ASSERT(slow > 12);
    CU_ASSERT(slow < 15); /* 0.7 of 20 */
    for (int i = 0; i < 400; i++) {
        now += pace_take(&p, now) + 1;
        pace_learn(&p, now, false);
    }
    CU_ASSERT(p.rate > slow);
    CU_ASSERT(p.rate <= 2 * p.measured + 1);
}

static void test_a_service_that_always_throttles_is_asked_every_two_seconds(void)
{
    struct pace p;
    uint64_t now = 1000000;
    uint64_t wait_ms = 0;

    pace_init(&p);
    for (int i = 0; i < 60; i++) {
        wait_ms = pace_take(&p, now);
        now += wait_ms + 10;
        pace_learn(&p, now, true);
    }
    CU_ASSERT(wait_ms > 1500);
    CU_ASSERT(wait_ms < 4500);
}

static void test_a_change_is_stamped_to_be_refused_after_its_window(void)
{
    const uint64_t now = UINT64_C(1767323045000);
    const uint64_t not_after = now + 75000;
    uint64_t stamp = 0;

    CU_ASSERT_EQUAL(calibrate_stamp(not_after, now, &stamp, NULL), ERR_OK);
    CU_ASSERT_EQUAL(not_after - stamp, UINT64_C(935000));
    /* Whatever the service does between 14.5 and 15.5 minutes: closed by then, open for 10 s. */
    CU_ASSERT(stamp + 930000 < not_after);
    CU_ASSERT(stamp + 870000 > now);
}

static void test_a_window_that_is_closed_is_not_tried_and_a_long_one_is_stamped_now(void)
{
    const uint64_t now = UINT64_C(1767323045000);
    uint64_t stamp = 7;

    CU_ASSERT_EQUAL(calibrate_stamp(now + 65000, now, &stamp, NULL), ERR_EXPIRED);
    CU_ASSERT_EQUAL(calibrate_stamp(now - 1, now, &stamp, NULL), ERR_EXPIRED);
    CU_ASSERT_EQUAL(stamp, 7);
    CU_ASSERT_EQUAL(calibrate_stamp(now + 65001, now, &stamp, NULL), ERR_OK);
    CU_ASSERT_EQUAL(calibrate_stamp(now + 3600000, now, &stamp, NULL), ERR_OK);
    CU_ASSERT_EQUAL(stamp, now);
}

static void test_the_offset_is_taken_from_the_middle_of_the_round_trip(void)
{
    CU_ASSERT_EQUAL(calibrate_offset(10000, 11000, 10000), 0);
    CU_ASSERT_EQUAL(calibrate_offset(10000, 11000, 610000), 600000);
    CU_ASSERT_FALSE(calibrate_is_skewed(240000));
    CU_ASSERT_TRUE(calibrate_is_skewed(240001));
    CU_ASSERT_TRUE(calibrate_is_skewed(-240001));
}

/* A service whose stamps live for `life_ms`; answers ERR_UNREACHABLE to look number `lost`. */
struct service {
    uint64_t now_ms;
    uint64_t life_ms;
    int lost;
    int looks;
};

static enum err look(void *context, uint64_t stamp_ms, struct errctx *cx)
{
    struct service *s = context;

    if (++s->looks == s->lost)
        return err_set(cx, ERR_UNREACHABLE, 0, "gone");
    return s->now_ms - stamp_ms > s->life_ms ? err_set(cx, ERR_EXPIRED, 0, "late") : ERR_OK;
}

static enum err calibrated(uint64_t life_ms, int lost)
{
    struct service s = {.now_ms = UINT64_C(1767323045000), .life_ms = life_ms, .lost = lost};
    const struct calibrate_probe probe = {look, &s};
    struct errctx cx = {0};
    const enum err e = calibrate_run(&probe, s.now_ms, &cx);

    CU_ASSERT_EQUAL(e == ERR_OK, cx.message[0] == '\0');
    return e;
}

static void test_the_fence_is_believed_only_when_both_looks_came_out_right(void)
{
    CU_ASSERT_EQUAL(calibrated(900000, 0), ERR_OK);
    CU_ASSERT_EQUAL(calibrated(870000, 0), ERR_OK);
    CU_ASSERT_EQUAL(calibrated(869999, 0), ERR_UNSUPPORTED);
    CU_ASSERT_EQUAL(calibrated(929999, 0), ERR_OK);
    CU_ASSERT_EQUAL(calibrated(930000, 0), ERR_UNSUPPORTED);
    CU_ASSERT_EQUAL(calibrated(UINT64_C(1) << 40, 0), ERR_UNSUPPORTED);
    CU_ASSERT_EQUAL(calibrated(900000, 1), ERR_UNREACHABLE);
    CU_ASSERT_EQUAL(calibrated(900000, 2), ERR_UNREACHABLE);
}

const struct unit_test suite_aws_retry[] = {
    UNIT_TEST(test_attempts_are_counted_and_waits_stay_under_the_ceiling),
    UNIT_TEST(test_the_quota_runs_out_and_success_refills_it),
    UNIT_TEST(test_nothing_is_paced_before_the_first_throttle),
    UNIT_TEST(test_a_throttle_slows_requests_and_time_speeds_them_up_again),
    UNIT_TEST(test_a_service_that_always_throttles_is_asked_every_two_seconds),
    UNIT_TEST(test_a_change_is_stamped_to_be_refused_after_its_window),
    UNIT_TEST(test_a_window_that_is_closed_is_not_tried_and_a_long_one_is_stamped_now),
    UNIT_TEST(test_the_offset_is_taken_from_the_middle_of_the_round_trip),
    UNIT_TEST(test_the_fence_is_believed_only_when_both_looks_came_out_right),
    UNIT_END,
};
