/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_digest.c - SHA-1, name-based UUIDs and derived tokens, against published and outside values.
 *
 * The examples of FIPS 180 and the UUIDs that libuuid makes of the same names. Nothing here may be
 * computed with the code under test.
 */
#include "claim/digest.h"
#include "claim/mark.h"
#include "unit.h"

#include <string.h>

static void check_sha1(const char *text, size_t size, const char *wanted)
{
    static const char digits[] = "0123456789abcdef";
    uint8_t hash[SHA1_SIZE];
    char got[2 * SHA1_SIZE + 1] = "";

    sha1(text, size, hash);
    for (size_t i = 0; i < SHA1_SIZE; i++) {
        got[2 * i] = digits[hash[i] >> 4];
        got[2 * i + 1] = digits[hash[i] & 0xf];
    }
    CU_ASSERT_STRING_EQUAL(got, wanted);
}

static void test_the_examples_of_the_standard_come_out(void)
{
    static const char two_blocks[] = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
    static char million[1000000];

    memset(million, 'a', sizeof million);
    check_sha1("", 0, "da39a3ee5e6b4b0d3255bfef95601890afd80709");
    check_sha1("abc", 3, "a9993e364706816aba3e25717850c26c9cd0d89d");
    check_sha1(two_blocks, sizeof two_blocks - 1, "84983e441c3bd26ebaae4aa1f95129e5e54670f1");
    check_sha1(million, sizeof million, "34aa973cd4c4daa4f61eeb2bdbad27316534016f");
}

/* Where the length still fits into the last block, and where it no longer does. */
static void test_lengths_around_a_block_come_out(void)
{
    char text[130];

    memset(text, 'a', sizeof text);
    check_sha1(text, 55, "c1c8bbdc22796e28c0e15163d20899b65621d65a");
    check_sha1(text, 56, "c2db330f6083854c99d4b5bfb6e8f29f201be699");
    check_sha1(text, 63, "03f09f5b158a7a8cdad920bddc29b81c18a551f5");
    check_sha1(text, 64, "0098ba824b5c16427bd7a1122a5a442a25ec644d");
    check_sha1(text, 65, "11655326c708d70319be2610e8a57d9a5b959d3b");
}

static void check_name(const char *name, size_t size, const char *wanted)
{
    const struct uuid u = uuid_of_name(name, size);
    char got[37];

    uuid_format(&u, got);
    CU_ASSERT_STRING_EQUAL(got, wanted);
}

static void test_names_give_the_uuids_that_other_programs_make_of_them(void)
{
    check_name("vol-0123456789abcdef0", 21, "19981c1c-d5b8-53df-8373-0cb2052c8efe");
    check_name("vol-1", 5, "0473aa6c-affd-5c2f-9d58-2db04b825104");
    check_name("", 0, "36860274-a35f-5050-94ee-d2467b99430f");
}

static void test_a_name_counts_up_to_256_bytes(void)
{
    char name[300];
    struct uuid longest;
    struct uuid longer;

    memset(name, 'a', sizeof name);
    check_name(name, 256, "b937458e-670d-596e-a309-2de0a7981e14");
    longest = uuid_of_name(name, 256);
    longer = uuid_of_name(name, 300);
    CU_ASSERT_TRUE(uuid_same(&longest, &longer));
}

static void test_lineages_are_named_by_volume_or_by_token(void)
{
    const struct token t = {.hi = UINT64_C(0x0123456789abcdef), .lo = UINT64_C(0x0123456789abcdef)};
    struct uuid u = mark_lineage_from(t);
    struct id volume;
    char text[37];

    uuid_format(&u, text);
    CU_ASSERT_STRING_EQUAL(text, "c2240d16-437b-5114-909a-a9b6fa2ca7c5");
    CU_ASSERT_TRUE(id_set(&volume, "vol-1"));
    u = mark_lineage_of(&volume);
    uuid_format(&u, text);
    CU_ASSERT_STRING_EQUAL(text, "0473aa6c-affd-5c2f-9d58-2db04b825104");
}

static void test_a_derived_token_follows_from_all_it_is_made_of(void)
{
    const struct token base = {.hi = 1, .lo = 2};
    const struct token t = token_derive(base, "copy", 3);
    char text[33];

    token_format(t, text);
    /* The first 16 bytes of SHA-1 over base, number and purpose. */
    CU_ASSERT_STRING_EQUAL(text, "65b1ff2c3d695637a88fe0cdc331cf88");
    CU_ASSERT_TRUE(token_same(t, token_derive(base, "copy", 3)));
    CU_ASSERT_FALSE(token_same(t, token_derive(base, "copy", 4)));
    CU_ASSERT_FALSE(token_same(t, token_derive(base, "copz", 3)));
    CU_ASSERT_FALSE(token_same(t, token_derive((struct token){.hi = 1, .lo = 3}, "copy", 3)));
    CU_ASSERT_FALSE(token_same(t, token_derive((struct token){.hi = 2, .lo = 2}, "copy", 3)));
}

const struct unit_test suite_digest[] = {
    UNIT_TEST(test_the_examples_of_the_standard_come_out),
    UNIT_TEST(test_lengths_around_a_block_come_out),
    UNIT_TEST(test_names_give_the_uuids_that_other_programs_make_of_them),
    UNIT_TEST(test_a_name_counts_up_to_256_bytes),
    UNIT_TEST(test_lineages_are_named_by_volume_or_by_token),
    UNIT_TEST(test_a_derived_token_follows_from_all_it_is_made_of),
    UNIT_END,
};
