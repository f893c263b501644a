/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_facts.c - the small values every port fills: ids, zones, tokens, uuids, and their digest.
 *
 * Equal values must be equal memory, for the core compares and hashes them as such. Nothing here
 * may depend on a provider.
 */
#include "claim/facts.h"
#include "unit.h"

#include <string.h>

static struct id id_of(const char *text)
{
    struct id id;

    CU_ASSERT_TRUE(id_set(&id, text));
    return id;
}

static void test_equal_ids_are_equal_memory_whatever_stood_there_before(void)
{
    struct id a;
    struct id b;

    memset(&a, 'x', sizeof a);
    memset(&b, 'y', sizeof b);
    CU_ASSERT_TRUE(id_set(&a, "vol-1"));
    CU_ASSERT_TRUE(id_set(&b, "vol-1"));
    CU_ASSERT_TRUE(id_same(&a, &b));
    CU_ASSERT_EQUAL(memcmp(&a, &b, sizeof a), 0);
    CU_ASSERT_EQUAL(id_key(&a), id_key(&b));
}

static void test_an_id_that_does_not_fit_is_refused_and_left_empty(void)
{
    char text[ID_MAX + 1];
    struct id id = id_of("vol-1");

    memset(text, 'a', sizeof text);
    text[ID_MAX] = '\0';
    CU_ASSERT_FALSE(id_set(&id, text));
    CU_ASSERT_TRUE(id_is_empty(&id));
    text[ID_MAX - 1] = '\0';
    CU_ASSERT_TRUE(id_set(&id, text));
    CU_ASSERT_STRING_EQUAL(id.text, text);
}

static void test_ids_are_ordered_as_their_texts_are(void)
{
    const struct id a = id_of("i-09");
    const struct id b = id_of("i-0a");
    const struct id longer = id_of("i-0a0");

    CU_ASSERT_TRUE(id_compare(&a, &b) < 0);
    CU_ASSERT_TRUE(id_compare(&b, &a) > 0);
    CU_ASSERT_TRUE(id_compare(&b, &longer) < 0);
    CU_ASSERT_EQUAL(id_compare(&a, &a), 0);
}

static void test_only_the_empty_id_has_the_key_zero(void)
{
    const struct id none = {{0}};
    const struct id a = id_of("vol-1");
    const struct id b = id_of("vol-2");

    CU_ASSERT_EQUAL(id_key(&none), 0);
    CU_ASSERT_NOT_EQUAL(id_key(&a), 0);
    CU_ASSERT_NOT_EQUAL(id_key(&a), id_key(&b));
}

static void test_keys_of_neighbouring_ids_do_not_collide(void)
{
    enum { IDS = 2000 };
    static uint64_t keys[IDS];
    unsigned same = 0;

    for (unsigned i = 0; i < IDS; i++) {
        const char digits[] = {'v',
                               (char)('0' + i / 1000),
                               (char)('0' + i / 100 % 10),
                               (char)('0' + i / 10 % 10),
                               (char)('0' + i % 10),
                               '\0'};
        const struct id id = id_of(digits);

        keys[i] = id_key(&id);
        for (unsigned k = 0; k < i; k++) {
            same += keys[k] == keys[i] ? 1 : 0;
        }
    }
    CU_ASSERT_EQUAL(same, 0);
}

static void test_zones_are_the_same_when_their_names_are(void)
{
    struct zone a;
    struct zone b;
    struct zone c;

    memset(&a, 'x', sizeof a);
    memset(&b, 'y', sizeof b);
    CU_ASSERT_TRUE(zone_set(&a, "eu-west-1a"));
    CU_ASSERT_TRUE(zone_set(&b, "eu-west-1a"));
    CU_ASSERT_TRUE(zone_set(&c, "eu-west-1b"));
    CU_ASSERT_TRUE(zone_same(&a, &b));
    CU_ASSERT_FALSE(zone_same(&a, &c));
    CU_ASSERT_TRUE(zone_set(&a, "ap-southeast-1-han-1a"));
    CU_ASSERT_FALSE(zone_set(&a, "a-zone-with-a-name-that-is-far-too-long"));
}

static void test_tokens_and_uuids_differ_in_any_bit(void)
{
    const struct token t = {.hi = 1, .lo = 2};
    const struct uuid zero = {{0}};
    struct uuid u = zero;

    CU_ASSERT_TRUE(token_same(t, (struct token){.hi = 1, .lo = 2}));
    CU_ASSERT_FALSE(token_same(t, (struct token){.hi = 1, .lo = 3}));
    CU_ASSERT_FALSE(token_same(t, (struct token){.hi = 2, .lo = 2}));
    CU_ASSERT_TRUE(uuid_is_zero(&u));
    u.bytes[15] = 1;
    CU_ASSERT_FALSE(uuid_is_zero(&u));
    CU_ASSERT_FALSE(uuid_same(&u, &zero));
}

static void test_the_mix_is_that_of_splitmix64(void)
{
    /* The published generator, seeded with 1234567, yields these two first. */
    CU_ASSERT_EQUAL(mix64(1234567), UINT64_C(6457827717110365317));
    CU_ASSERT_EQUAL(mix64(1234567 + UINT64_C(0x9e3779b97f4a7c15)), UINT64_C(3203168211198807973));
}

const struct unit_test suite_facts[] = {
    UNIT_TEST(test_equal_ids_are_equal_memory_whatever_stood_there_before),
    UNIT_TEST(test_an_id_that_does_not_fit_is_refused_and_left_empty),
    UNIT_TEST(test_ids_are_ordered_as_their_texts_are),
    UNIT_TEST(test_only_the_empty_id_has_the_key_zero),
    UNIT_TEST(test_keys_of_neighbouring_ids_do_not_collide),
    UNIT_TEST(test_zones_are_the_same_when_their_names_are),
    UNIT_TEST(test_tokens_and_uuids_differ_in_any_bit),
    UNIT_TEST(test_the_mix_is_that_of_splitmix64),
    UNIT_END,
};
