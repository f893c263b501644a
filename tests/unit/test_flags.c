/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_flags.c - claims live and lapsed, ours and others', and the small memories beside them.
 *
 * Time is the answer's own. Nothing here may step a claim.
 */
#include "claim/act.h"
#include "unit.h"

#include <string.h>

enum { EXPIRY_S = 1000, CONSENSUS_S = 30 };

static struct claim c;

static void prepare(void)
{
    struct claim_config cfg;

    claim_defaults(&cfg);
    claim_init(&c, &cfg, GOAL_RUN, 1, (struct token){.hi = 1, .lo = 1});
    CU_ASSERT_TRUE(id_set(&c.self.instance, "i-5"));
    c.self_key = id_key(&c.self.instance);
    c.claim_token = (struct token){.hi = 2, .lo = 2};
    c.now_ms = 5000000;
}

static struct flag flag_of(const char *instance, uint64_t token, bool own)
{
    struct flag f = {.token = {.hi = token, .lo = token}, .expires_s = EXPIRY_S, .own = own};

    CU_ASSERT_TRUE(id_set(&f.instance, instance));
    return f;
}

static void test_a_claim_is_live_for_one_consensus_wait_beyond_its_expiry(void)
{
    const struct flag f = flag_of("i-9", 9, false);
    const uint64_t end_ms = (EXPIRY_S + CONSENSUS_S) * UINT64_C(1000);

    prepare();
    CU_ASSERT_TRUE(flag_is_live(&c, &f, 0)); /* An answer that tells no time. */
    CU_ASSERT_TRUE(flag_is_live(&c, &f, end_ms - 1));
    CU_ASSERT_FALSE(flag_is_live(&c, &f, end_ms));
}

static void test_a_claim_of_the_greatest_expiry_never_lapses(void)
{
    struct flag f = flag_of("i-9", 9, true);

    prepare();
    f.expires_s = UINT64_C(1) << 40;
    CU_ASSERT_TRUE(flag_is_live(&c, &f, UINT64_C(1) << 45));
}

static void test_the_token_is_the_identity_and_not_the_instance(void)
{
    const struct flag process = flag_of("i-9", 1, false);
    const struct flag move = flag_of("i-9", 2, false);
    const struct flag before_reboot = flag_of("i-5", 3, true);

    prepare();
    CU_ASSERT_TRUE(flag_is_mine(&c, &process));
    CU_ASSERT_TRUE(flag_is_mine(&c, &move));
    CU_ASSERT_FALSE(flag_is_mine(&c, &before_reboot));
}

static void test_only_live_claims_of_others_count(void)
{
    const uint64_t date_ms = EXPIRY_S * UINT64_C(1000);
    struct volume v;
    bool owned = true;

    prepare();
    memset(&v, 0, sizeof v);
    CU_ASSERT_EQUAL(flags_foreign(&c, &v, date_ms, &owned), 0);
    CU_ASSERT_FALSE(owned);
    v.flags[0] = flag_of("i-5", 2, true);
    v.flags[1] = flag_of("i-7", 7, false);
    v.flags[2] = flag_of("i-8", 8, true);
    v.flags[2].expires_s = EXPIRY_S - 60;
    v.flag_count = 3;
    CU_ASSERT_EQUAL(flags_foreign(&c, &v, date_ms, &owned), 1);
    CU_ASSERT_FALSE(owned);
    CU_ASSERT_PTR_EQUAL(flags_lapsed(&c, &v, date_ms), &v.flags[2]);
    v.flags[2].expires_s = EXPIRY_S;
    CU_ASSERT_EQUAL(flags_foreign(&c, &v, date_ms, &owned), 2);
    CU_ASSERT_TRUE(owned);
    CU_ASSERT_PTR_NULL(flags_lapsed(&c, &v, date_ms));
}

static void test_a_volume_is_set_aside_until_its_time_is_over(void)
{
    prepare();
    CU_ASSERT_PTR_NULL(skip_find(&c, 77));
    skip_add(&c, 77, 1000)->yielded = true;
    CU_ASSERT_PTR_NOT_NULL_FATAL(skip_find(&c, 77));
    CU_ASSERT_TRUE(skip_find(&c, 77)->yielded);
    c.now_ms += 999;
    CU_ASSERT_PTR_NOT_NULL(skip_find(&c, 77));
    c.now_ms += 1;
    CU_ASSERT_PTR_NULL(skip_find(&c, 77));
}

static void test_a_volume_set_aside_again_keeps_one_place(void)
{
    prepare();
    for (uint64_t i = 0; i < UINT64_C(2) * SKIPPED_MAX; i++) {
        (void)skip_add(&c, 77, 1000 + i);
    }
    (void)skip_add(&c, 78, 1000);
    CU_ASSERT_PTR_NOT_NULL(skip_find(&c, 77));
    CU_ASSERT_PTR_NOT_NULL(skip_find(&c, 78));
}

static void test_what_is_set_aside_for_good_stays_so(void)
{
    prepare();
    (void)skip_add(&c, 77, SKIP_FOR_GOOD);
    c.now_ms += UINT64_C(1) << 40;
    CU_ASSERT_PTR_NOT_NULL(skip_find(&c, 77));
}

static void test_when_all_places_are_taken_one_gives_way(void)
{
    unsigned kept = 0;

    prepare();
    for (uint64_t i = 1; i <= SKIPPED_MAX + 1; i++) {
        (void)skip_add(&c, i, 1000 * i);
    }
    for (uint64_t i = 1; i <= SKIPPED_MAX + 1; i++) {
        kept += skip_find(&c, i) != NULL ? 1 : 0;
    }
    CU_ASSERT_EQUAL(kept, SKIPPED_MAX);
    CU_ASSERT_PTR_NOT_NULL(skip_find(&c, SKIPPED_MAX + 1));
}

static void test_a_volume_tried_is_taken_once(void)
{
    prepare();
    CU_ASSERT_FALSE(tried_take(&c, 7));
    tried_add(&c, 7);
    tried_add(&c, 7);
    tried_add(&c, 8);
    CU_ASSERT_TRUE(tried_take(&c, 7));
    CU_ASSERT_FALSE(tried_take(&c, 7));
    CU_ASSERT_TRUE(tried_take(&c, 8));
    for (uint64_t i = 10; i < 10 + SKIPPED_MAX; i++) {
        tried_add(&c, i);
    }
    CU_ASSERT_TRUE(tried_take(&c, 10 + SKIPPED_MAX - 1));
}

static void test_what_the_kernel_shows_and_who_leaves_is_looked_up_by_key(void)
{
    prepare();
    c.present[0] = 4;
    c.present_count = 1;
    c.leaving[0] = 5;
    c.leaving_count = 1;
    CU_ASSERT_TRUE(present_has(&c, 4));
    CU_ASSERT_FALSE(present_has(&c, 5));
    CU_ASSERT_TRUE(leaving_has(&c, 5));
    CU_ASSERT_FALSE(leaving_has(&c, 4));
}

static void test_waits_grow_to_a_bound_and_repeat_from_the_seed(void)
{
    uint64_t first[12];

    prepare();
    for (uint32_t i = 0; i < 12; i++) {
        const uint64_t span_ms = UINT64_C(1000) << (i < 5 ? i : 5);

        c.attempt = i;
        first[i] = backoff_ms(&c);
        CU_ASSERT_TRUE(first[i] >= span_ms / 2);
        CU_ASSERT_TRUE(first[i] <= span_ms / 2 + span_ms);
    }
    prepare();
    for (uint32_t i = 0; i < 12; i++) {
        c.attempt = i;
        CU_ASSERT_EQUAL(backoff_ms(&c), first[i]);
    }
    CU_ASSERT_TRUE(poll_ms(&c) >= 2000);
    CU_ASSERT_TRUE(poll_ms(&c) < 3000);
    CU_ASSERT_EQUAL(random_below(&c, 1), 0);
}

const struct unit_test suite_flags[] = {
    UNIT_TEST(test_a_claim_is_live_for_one_consensus_wait_beyond_its_expiry),
    UNIT_TEST(test_a_claim_of_the_greatest_expiry_never_lapses),
    UNIT_TEST(test_the_token_is_the_identity_and_not_the_instance),
    UNIT_TEST(test_only_live_claims_of_others_count),
    UNIT_TEST(test_a_volume_is_set_aside_until_its_time_is_over),
    UNIT_TEST(test_a_volume_set_aside_again_keeps_one_place),
    UNIT_TEST(test_what_is_set_aside_for_good_stays_so),
    UNIT_TEST(test_when_all_places_are_taken_one_gives_way),
    UNIT_TEST(test_a_volume_tried_is_taken_once),
    UNIT_TEST(test_what_the_kernel_shows_and_who_leaves_is_looked_up_by_key),
    UNIT_TEST(test_waits_grow_to_a_bound_and_repeat_from_the_seed),
    UNIT_END,
};
