/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_mark.c - how facts are spelt as tags and read back; what cannot be read never looks free.
 *
 * The spellings are those of the design's table, written out here once more: they are on real
 * volumes and can never change.
 */
#include "claim/mark.h"
#include "unit.h"

#include <stdio.h>
#include <string.h>

#define HEX16 "0123456789abcdef"
#define TOKEN HEX16 "fedcba9876543210"
#define UUID "01234567-89ab-cdef-fedc-ba9876543210"
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* clang-format off */
#define TOKEN_BITS {UINT64_C(0x0123456789abcdef), UINT64_C(0xfedcba9876543210)}
#define UUID_BYTES {{0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef, \
                     0xfe, 0xdc, 0xba, 0x98, 0x76, 0x54, 0x32, 0x10}}
/* clang-format on */

static const struct token a_token = TOKEN_BITS;
static const struct uuid a_uuid = UUID_BYTES;
static const struct tag pool[] = {{"Name", "db"}, {"role", "data"}};

static struct id id_of(const char *text)
{
    struct id id;

    CU_ASSERT_TRUE(id_set(&id, text));
    return id;
}

struct spelling {
    struct mark mark;
    const char *key;
    const char *value;
};

static const struct spelling spellings[] = {
    {{.kind = MARK_LINEAGE, .uuid = UUID_BYTES}, "volclaim:lineage", UUID},
    {{.kind = MARK_GENERATION, .number = 0}, "volclaim:generation", "0"},
    {{.kind = MARK_GENERATION, .number = UINT32_MAX}, "volclaim:generation", "4294967295"},
    {{.kind = MARK_STATE, .number = 0}, "volclaim:state", "ready"},
    {{.kind = MARK_STATE, .number = 1}, "volclaim:state", "copy"},
    {{.kind = MARK_VOID, .token = TOKEN_BITS}, "volclaim:void", TOKEN},
    {{.kind = MARK_QUARANTINE, .reason = "disk on fire"}, "volclaim:quarantine", "disk on fire"},
    {{.kind = MARK_SOURCE, .id = {"vol-1"}}, "volclaim:source", "vol-1"},
    {{.kind = MARK_CLAIM, .flag = {{"i-7"}, TOKEN_BITS, 1700000000, false}},
     "volclaim:claim/i-7",
     TOKEN " want 1700000000"},
    {{.kind = MARK_CLAIM, .flag = {{"i-7"}, TOKEN_BITS, 0, true}},
     "volclaim:claim/i-7",
     TOKEN " own 0"},
    {{.kind = MARK_BLANK, .token = TOKEN_BITS}, "volclaim:blank", TOKEN},
    {{.kind = MARK_FS, .uuid = UUID_BYTES}, "volclaim:fs", UUID},
    {{.kind = MARK_SLOT, .number = 12}, "volclaim:slot", "12"},
    {{.kind = MARK_TOKEN, .token = TOKEN_BITS, .number = 3}, "volclaim:token", TOKEN " 3"},
};

static void test_every_mark_is_spelt_as_the_design_says(void)
{
    for (size_t i = 0; i < COUNT(spellings); i++) {
        struct mark_text text;

        CU_ASSERT_TRUE(mark_format(&spellings[i].mark, &text));
        CU_ASSERT_STRING_EQUAL(text.key, spellings[i].key);
        CU_ASSERT_STRING_EQUAL(text.value, spellings[i].value);
    }
}

static void test_every_mark_is_read_back_as_it_was_written(void)
{
    for (size_t i = 0; i < COUNT(spellings); i++) {
        const struct tag tag = {spellings[i].key, spellings[i].value};
        struct mark got;
        struct mark_text again;

        CU_ASSERT_TRUE(mark_parse(&tag, &got));
        CU_ASSERT_EQUAL(got.kind, spellings[i].mark.kind);
        CU_ASSERT_EQUAL(got.number, spellings[i].mark.number);
        CU_ASSERT_TRUE(mark_format(&got, &again));
        CU_ASSERT_STRING_EQUAL(again.key, spellings[i].key);
        CU_ASSERT_STRING_EQUAL(again.value, spellings[i].value);
    }
}

static void test_keys_and_values_fit_into_a_tag_at_their_longest(void)
{
    struct mark m = {.kind = MARK_CLAIM};
    struct mark_text text;

    memset(m.flag.instance.text, 'i', ID_MAX - 1);
    m.flag.token = (struct token){UINT64_MAX, UINT64_MAX};
    m.flag.expires_s = UINT64_MAX;
    CU_ASSERT_TRUE(mark_format(&m, &text));
    CU_ASSERT_TRUE(strlen(text.key) < 128);
    CU_ASSERT_TRUE(strlen(text.value) < 256);
}

static void test_a_mark_of_no_kind_has_no_spelling(void)
{
    struct mark_text text;

    CU_ASSERT_FALSE(mark_format(&(struct mark){.kind = MARK_NONE}, &text));
    CU_ASSERT_FALSE(mark_format(&(struct mark){.kind = (enum mark_kind)(MARK_TOKEN + 1)}, &text));
}

#define LONG_ID "vol-0123456789012345678901234567890123456789"

static const struct tag malformed[] = {
    {"volclaim:lineage", ""},
    {"volclaim:lineage", UUID "0"},
    {"volclaim:lineage", "01234567-89AB-cdef-fedc-ba9876543210"},
    {"volclaim:lineage", "0123456789ab-cdef-fedc-ba9876543210----"},
    {"volclaim:lineage", "01234567x89ab-cdef-fedc-ba9876543210"},
    {"volclaim:lineage", "01234567-89ab-cdef-fedc-ba987654321g"},
    {"volclaim:generation", ""},
    {"volclaim:generation", "-1"},
    {"volclaim:generation", "+1"},
    {"volclaim:generation", "01"},
    {"volclaim:generation", " 1"},
    {"volclaim:generation", "1 "},
    {"volclaim:generation", "4294967296"},
    {"volclaim:generation", "99999999999999999999999"},
    {"volclaim:slot", "1e3"},
    {"volclaim:slot", "0x1"},
    {"volclaim:state", "Copy"},
    {"volclaim:state", "copying"},
    {"volclaim:state", ""},
    {"volclaim:void", "yes"},
    {"volclaim:void", TOKEN "0"},
    {"volclaim:blank", HEX16},
    {"volclaim:blank", "0123456789ABCDEFfedcba9876543210"},
    {"volclaim:fs", "none"},
    {"volclaim:source", ""},
    {"volclaim:source", LONG_ID},
    {"volclaim:token", TOKEN},
    {"volclaim:token", TOKEN " "},
    {"volclaim:token", TOKEN " -1"},
};

static const struct tag malformed_claims[] = {
    {"volclaim:claim/", TOKEN " own 5"},
    {"volclaim:claim/i-7", ""},
    {"volclaim:claim/i-7", TOKEN},
    {"volclaim:claim/i-7", TOKEN " "},
    {"volclaim:claim/i-7", TOKEN " own"},
    {"volclaim:claim/i-7", TOKEN " own "},
    {"volclaim:claim/i-7", TOKEN " owner 5"},
    {"volclaim:claim/i-7", TOKEN " Own 5"},
    {"volclaim:claim/i-7", TOKEN "  own 5"},
    {"volclaim:claim/i-7", TOKEN " own 05"},
    {"volclaim:claim/i-7", TOKEN " own -5"},
    {"volclaim:claim/i-7", TOKEN " own 5 "},
    {"volclaim:claim/i-7", TOKEN " own 1099511627777"},
    {"volclaim:claim/i-7", TOKEN " own 18446744073709551621"},
    {"volclaim:claim/i-7", "0123456789ABCDEFfedcba9876543210 own 5"},
    {"volclaim:claim/i-7", "single-token 1700000000"},
    {"volclaim:claim/" LONG_ID, TOKEN " own 5"},
};

static void test_malformed_marks_are_refused(void)
{
    struct mark m;

    for (size_t i = 0; i < COUNT(malformed); i++) {
        CU_ASSERT_FALSE(mark_parse(&malformed[i], &m));
        CU_ASSERT_EQUAL(m.kind, MARK_NONE);
    }
    for (size_t i = 0; i < COUNT(malformed_claims); i++) {
        CU_ASSERT_FALSE(mark_parse(&malformed_claims[i], &m));
        CU_ASSERT_EQUAL(m.kind, MARK_NONE);
    }
}

static void test_tags_of_others_are_none_of_ours(void)
{
    static const struct tag others[] = {
        {"Name", "db"},
        {"volclaim", "1"},
        {"volclaim:", "1"},
        {"volclaim:lineages", UUID},
        {"Volclaim:lineage", UUID},
        {"volclaim:claim", TOKEN " own 5"},
        {"aws:volclaim:void", TOKEN},
    };
    struct mark m;

    for (size_t i = 0; i < COUNT(others); i++) {
        CU_ASSERT_FALSE(mark_parse(&others[i], &m));
    }
}

/* A volume of the pool with these tags beside the pool's own. */
static struct volume read_with(const struct tag *tags, size_t count)
{
    struct tag all[40];
    struct volume v;

    memset(&v, 0, sizeof v);
    v.id = id_of("vol-1");
    memcpy(all, pool, sizeof pool);
    CU_ASSERT_FATAL(count + COUNT(pool) <= COUNT(all));
    if (count > 0) {
        memcpy(all + COUNT(pool), tags, count * sizeof *tags);
    }
    mark_read(&v, all, count + COUNT(pool), pool, COUNT(pool));
    return v;
}

static bool looks_free(const struct volume *v)
{
    return v->in_pool && !v->copy && !v->is_void && !v->quarantined && v->flag_count == 0;
}

static void test_a_volume_with_the_pools_tags_alone_is_free_and_of_its_own_lineage(void)
{
    const struct volume v = read_with(NULL, 0);
    const struct uuid own = mark_lineage_of(&v.id);

    CU_ASSERT_TRUE(looks_free(&v));
    CU_ASSERT_TRUE(v.tags_seen);
    CU_ASSERT_TRUE(uuid_same(&v.lineage, &own));
    CU_ASSERT_EQUAL(v.generation, 0);
    CU_ASSERT_EQUAL(v.slot, 0);
    CU_ASSERT_EQUAL(v.source_key, 0);
    CU_ASSERT_FALSE(v.has_fs);
    CU_ASSERT_FALSE(v.has_blank);
}

static void test_a_malformed_mark_never_makes_a_volume_look_free(void)
{
    for (size_t i = 0; i < COUNT(malformed); i++) {
        const struct volume v = read_with(&malformed[i], 1);

        /* The token names what a copy was made under; nothing hangs on it. */
        CU_ASSERT_EQUAL(looks_free(&v), strcmp(malformed[i].key, "volclaim:token") == 0);
    }
}

static void test_a_malformed_claim_is_an_owner_that_never_lapses(void)
{
    for (size_t i = 0; i < COUNT(malformed_claims); i++) {
        const struct volume v = read_with(&malformed_claims[i], 1);

        CU_ASSERT_FALSE(looks_free(&v));
        CU_ASSERT_EQUAL_FATAL(v.flag_count, 1);
        CU_ASSERT_TRUE(v.flags[0].own);
        CU_ASSERT_EQUAL(v.flags[0].expires_s, UINT64_C(1) << 40);
        CU_ASSERT_TRUE(token_same(v.flags[0].token, (struct token){0, 0}));
    }
}

static void test_every_mark_finds_its_place_in_the_volume(void)
{
    static const struct tag tags[] = {
        {"volclaim:lineage", UUID},
        {"volclaim:generation", "7"},
        {"volclaim:state", "copy"},
        {"volclaim:void", TOKEN},
        {"volclaim:quarantine", "why"},
        {"volclaim:source", "vol-0"},
        {"volclaim:claim/i-2", TOKEN " want 90"},
        {"volclaim:blank", TOKEN},
        {"volclaim:fs", UUID},
        {"volclaim:slot", "3"},
        {"volclaim:token", TOKEN " 1"},
    };
    const struct volume v = read_with(tags, COUNT(tags));
    const struct id source = id_of("vol-0");

    CU_ASSERT_TRUE(uuid_same(&v.lineage, &a_uuid));
    CU_ASSERT_EQUAL(v.generation, 7);
    CU_ASSERT_TRUE(v.copy);
    CU_ASSERT_TRUE(v.is_void);
    CU_ASSERT_TRUE(v.quarantined);
    CU_ASSERT_TRUE(id_same(&v.source, &source));
    CU_ASSERT_EQUAL(v.source_key, id_key(&source));
    CU_ASSERT_EQUAL(v.flag_count, 1);
    CU_ASSERT_STRING_EQUAL(v.flags[0].instance.text, "i-2");
    CU_ASSERT_FALSE(v.flags[0].own);
    CU_ASSERT_EQUAL(v.flags[0].expires_s, 90);
    CU_ASSERT_TRUE(v.has_blank && token_same(v.blank, a_token));
    CU_ASSERT_TRUE(v.has_fs && uuid_same(&v.fs, &a_uuid));
    CU_ASSERT_EQUAL(v.slot, 3);
}

static void test_reading_again_forgets_what_the_last_tags_said(void)
{
    static const struct tag tags[] = {
        {"volclaim:state", "copy"}, {"volclaim:source", "vol-0"}, {"volclaim:fs", UUID},
        {"volclaim:slot", "3"},     {"volclaim:blank", TOKEN},    {"volclaim:generation", "7"},
    };
    struct volume v = read_with(tags, COUNT(tags));
    const struct volume fresh = read_with(NULL, 0);

    mark_read(&v, pool, COUNT(pool), pool, COUNT(pool));
    CU_ASSERT_FALSE(v.copy || v.has_fs || v.has_blank);
    CU_ASSERT_TRUE(id_is_empty(&v.source) && v.source_key == 0);
    CU_ASSERT_TRUE(uuid_same(&v.fs, &fresh.fs) && token_same(v.blank, fresh.blank));
    CU_ASSERT_EQUAL(v.slot, 0);
    CU_ASSERT_EQUAL(v.generation, 0);
}

static void test_a_volume_is_of_the_pool_when_it_shows_all_of_the_pools_tags(void)
{
    static const struct tag half[] = {{"role", "data"}};
    static const struct tag other[] = {{"Name", "db2"}, {"role", "data"}};
    static const struct tag empty[] = {{"Name", ""}, {"role", ""}};
    struct volume v;

    memset(&v, 0, sizeof v);
    v.id = id_of("vol-1");
    mark_read(&v, NULL, 0, pool, COUNT(pool));
    CU_ASSERT_FALSE(v.in_pool);
    CU_ASSERT_FALSE(v.tags_seen);
    mark_read(&v, half, COUNT(half), pool, COUNT(pool));
    CU_ASSERT_FALSE(v.in_pool);
    CU_ASSERT_TRUE(v.tags_seen);
    mark_read(&v, other, COUNT(other), pool, COUNT(pool));
    CU_ASSERT_FALSE(v.in_pool);
    mark_read(&v, empty, COUNT(empty), pool, COUNT(pool));
    CU_ASSERT_FALSE(v.in_pool);
}

/* More claims than are kept: whichever come first, nothing may be taken for free. */
static void test_of_more_claims_than_fit_as_many_are_kept_as_fit(void)
{
    static char keys[FLAGS_MAX + 8][40];
    struct tag tags[FLAGS_MAX + 8];
    struct volume v;

    for (size_t i = 0; i < COUNT(tags); i++) {
        (void)snprintf(keys[i], sizeof keys[i], "volclaim:claim/i-%zu", i);
        tags[i] = (struct tag){keys[i], TOKEN " want 5"};
    }
    v = read_with(tags, COUNT(tags));
    CU_ASSERT_EQUAL(v.flag_count, FLAGS_MAX);
    CU_ASSERT_FALSE(looks_free(&v));
}

static void test_a_snapshot_is_known_by_its_source_token_and_attempt(void)
{
    static const struct tag tags[] = {
        {"Name", "db"}, {"volclaim:source", "vol-1"}, {"volclaim:token", TOKEN " 2"}};
    static const struct tag garbled[] = {{"volclaim:source", LONG_ID}, {"volclaim:token", "2"}};
    struct snapshot s;

    memset(&s, 0xff, sizeof s);
    mark_read_snapshot(&s, tags, COUNT(tags));
    CU_ASSERT_STRING_EQUAL(s.source.text, "vol-1");
    CU_ASSERT_TRUE(token_same(s.token, a_token));
    CU_ASSERT_EQUAL(s.attempt, 2);
    mark_read_snapshot(&s, garbled, COUNT(garbled));
    CU_ASSERT_TRUE(id_is_empty(&s.source));
    CU_ASSERT_TRUE(token_same(s.token, (struct token){0, 0}));
    CU_ASSERT_EQUAL(s.attempt, 0);
}

static void test_tokens_and_uuids_survive_a_round_trip(void)
{
    char text[37];
    struct token t = {0, 0};
    struct uuid u = {{0}};

    token_format(a_token, text);
    CU_ASSERT_STRING_EQUAL(text, TOKEN);
    CU_ASSERT_TRUE(token_parse(text, &t));
    CU_ASSERT_TRUE(token_same(t, a_token));
    CU_ASSERT_FALSE(token_parse("", &t));
    CU_ASSERT_FALSE(token_parse(HEX16 "fedcba987654321 ", &t));
    CU_ASSERT_TRUE(token_same(t, a_token));
    uuid_format(&a_uuid, text);
    CU_ASSERT_STRING_EQUAL(text, UUID);
    CU_ASSERT_TRUE(uuid_parse(text, &u));
    CU_ASSERT_TRUE(uuid_same(&u, &a_uuid));
}

const struct unit_test suite_mark[] = {
    UNIT_TEST(test_every_mark_is_spelt_as_the_design_says),
    UNIT_TEST(test_every_mark_is_read_back_as_it_was_written),
    UNIT_TEST(test_keys_and_values_fit_into_a_tag_at_their_longest),
    UNIT_TEST(test_a_mark_of_no_kind_has_no_spelling),
    UNIT_TEST(test_malformed_marks_are_refused),
    UNIT_TEST(test_tags_of_others_are_none_of_ours),
    UNIT_TEST(test_a_volume_with_the_pools_tags_alone_is_free_and_of_its_own_lineage),
    UNIT_TEST(test_a_malformed_mark_never_makes_a_volume_look_free),
    UNIT_TEST(test_a_malformed_claim_is_an_owner_that_never_lapses),
    UNIT_TEST(test_every_mark_finds_its_place_in_the_volume),
    UNIT_TEST(test_reading_again_forgets_what_the_last_tags_said),
    UNIT_TEST(test_a_volume_is_of_the_pool_when_it_shows_all_of_the_pools_tags),
    UNIT_TEST(test_of_more_claims_than_fit_as_many_are_kept_as_fit),
    UNIT_TEST(test_a_snapshot_is_known_by_its_source_token_and_attempt),
    UNIT_TEST(test_tokens_and_uuids_survive_a_round_trip),
    UNIT_END,
};
