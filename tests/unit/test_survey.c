/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_survey.c - small listings, and the event each of them adds up to.
 *
 * A listing is a row of letters, one volume each; the key stands beside them. Nothing here may
 * depend on which of several equal volumes a seed prefers.
 */
#include "claim/act.h"
#include "unit.h"

#include <stdio.h>
#include <string.h>

enum { VOLUMES_MAX = 16 };

#define NOW_MS UINT64_C(1700000000000)

static struct claim c;
static struct volume volumes[VOLUMES_MAX];
static const struct volume *items[VOLUMES_MAX];

static void prepare(const struct claim_config *cfg)
{
    claim_init(&c, cfg, GOAL_RUN, 1, (struct token){.hi = 1, .lo = 1});
    CU_ASSERT_TRUE(id_set(&c.self.instance, "i-5"));
    CU_ASSERT_TRUE(zone_set(&c.self.zone, "z-a"));
    c.self_key = id_key(&c.self.instance);
    c.now_ms = NOW_MS;
    c.started_ms = NOW_MS - 1000;
    survey_start(&c);
}

static void hold(struct volume *v, const char *instance, enum attach_state how)
{
    CU_ASSERT_TRUE(id_set(&v->holder, instance));
    v->holder_key = id_key(&v->holder);
    v->state = VOL_IN_USE;
    v->attachment = how;
}

static void flag(struct volume *v, const char *instance, bool live)
{
    struct flag *f = &v->flags[v->flag_count++];

    CU_ASSERT_TRUE(id_set(&f->instance, instance));
    f->token = (struct token){.hi = 9, .lo = 9};
    f->own = true;
    f->expires_s = NOW_MS / 1000 + (live ? 60 : 0) - (live ? 0 : 60);
}

static void copy_of(struct volume *v, const char *source)
{
    v->copy = true;
    CU_ASSERT_TRUE(id_set(&v->source, source));
    v->source_key = id_key(&v->source);
}

/* What a letter means; the zone of a capital is another one. */
static void shape(struct volume *v, char letter)
{
    switch (letter) {
    case 'f': break;                                    /* free */
    case 'F': (void)zone_set(&v->zone, "z-b"); break;   /* free, afar */
    case 'u': hold(v, "i-9", ATT_ATTACHED); break;      /* used by another */
    case 'd': hold(v, "i-9", ATT_DETACHING); break;     /* being let go of by another */
    case 'l': hold(v, "i-8", ATT_ATTACHED); break;      /* used by one that leaves */
    case 'h': hold(v, "i-5", ATT_ATTACHED); break;      /* held here */
    case 'b': hold(v, "i-5", ATT_BUSY); break;          /* leaving here */
    case 'w': flag(v, "i-9", true); break;              /* claimed */
    case 'o': flag(v, "i-9", false); break;             /* claimed, lapsed */
    case 'n': v->in_pool = v->tags_seen = false; break; /* its tags are left out */
    case 'q': v->quarantined = true; break;
    case 'm': v->multi_attach = true; break;
    case 'v': v->is_void = true; break;
    case 'c': copy_of(v, "vol-gone"); break;
    case 'C':
        copy_of(v, "vol-gone");
        (void)zone_set(&v->zone, "z-b");
        break;
    case 'x':
        copy_of(v, "vol-gone");
        v->is_void = true;
        break;
    case 'k': v->state = VOL_CREATING; break;
    case 'K':
        v->state = VOL_CREATING;
        flag(v, "i-9", true);
        break;
    case 'e':
        v->state = VOL_ERROR;
        v->has_blank = true;
        break; /* a creation that failed */
    case 'E':
        v->state = VOL_ERROR;
        v->has_fs = true;
        break; /* data that cannot be had */
    case 'D': v->state = VOL_DELETING; break;
    case 's': flag(v, "i-5", true); break; /* claimed by an earlier process of this machine */
    case 'y':
        copy_of(v, "vol-gone");
        hold(v, "i-9", ATT_DETACHING);
        break;
    case 'z':
        copy_of(v, "vol-gone");
        hold(v, "i-9", ATT_ATTACHED);
        break;
    case '1': v->slot = 1; break;
    case '2': v->slot = 2; break;
    case '3':
        v->slot = 3;
        (void)zone_set(&v->zone, "z-b");
        break;
    case '0':
        v->slot = 1;
        (void)zone_set(&v->zone, "z-b");
        break;
    default: CU_FAIL_FATAL("a letter without a meaning");
    }
}

static void fold(const char *letters)
{
    struct page page = {.items = items};

    memset(volumes, 0, sizeof volumes);
    for (; letters[page.count] != '\0'; page.count++) {
        struct volume *v = &volumes[page.count];
        const char name[] = {'v', 'o', 'l', '-', (char)('a' + (char)page.count), '\0'};

        CU_ASSERT_FATAL(page.count < VOLUMES_MAX);
        CU_ASSERT_TRUE(id_set(&v->id, name) && zone_set(&v->zone, "z-a"));
        v->key = id_key(&v->id);
        v->state = VOL_AVAILABLE;
        v->in_pool = v->tags_seen = true;
        v->lineage.bytes[0] = (uint8_t)(page.count + 1);
        shape(v, letters[page.count]);
        items[page.count] = v;
    }
    survey_fold(&c, &page, NOW_MS);
}

struct row {
    const char *letters;
    enum claim_event event;
};

static void check(const struct claim_config *cfg, const struct row *rows)
{
    for (; rows->letters != NULL; rows++) {
        enum claim_event event;

        prepare(cfg);
        c.leaving[0] = id_key(&(struct id){{"i-8"}});
        c.leaving_count = 1;
        /* Nothing was to be had for long enough to be believed, if nothing is. */
        c.short_since_ms = NOW_MS - cfg->lag_ms;
        fold(rows->letters);
        event = survey_choice(&c);
        if (event != rows->event) {
            (void)printf("\n    \"%s\": %s, not %s", rows->letters, claim_event_name(event),
                         claim_event_name(rows->event));
        }
        CU_ASSERT_EQUAL(event, rows->event);
    }
}

static struct claim_config config(enum claim_strategy strategy)
{
    struct claim_config cfg;

    claim_defaults(&cfg);
    cfg.strategy = strategy;
    return cfg;
}

static void test_in_a_zone_whatever_is_free_there_is_taken_else_one_is_created(void)
{
    static const struct row rows[] = {
        {"", EV_CREATE},        {"f", EV_FREE},   {"uf", EV_FREE},         {"F", EV_CREATE},
        {"Ff", EV_FREE},        {"u", EV_CREATE}, {"w", EV_CREATE},        {"o", EV_FREE},
        {"q", EV_CREATE},       {"m", EV_CREATE}, {"v", EV_CREATE},        {"x", EV_CREATE},
        {"c", EV_ORPHAN},       {"C", EV_CREATE}, {"cf", EV_FREE},         {"E", EV_CREATE},
        {"e", EV_CREATE},       {"D", EV_CREATE}, {"n", EV_UNSURE},        {"nf", EV_FREE},
        {"un", EV_UNSURE},      {"d", EV_COMING}, {"l", EV_COMING},        {"k", EV_COMING},
        {"K", EV_CREATE},       {"df", EV_FREE},  {"h", EV_HELD},          {"hf", EV_HELD},
        {"b", EV_HELD_LEAVING}, {"bh", EV_HELD},  {"bf", EV_HELD_LEAVING}, {"s", EV_HIDDEN},
        {"sf", EV_FREE},        {"y", EV_COMING}, {"z", EV_CREATE},        {NULL, EV_NONE},
    };
    const struct claim_config cfg = config(STRATEGY_ZONE);

    check(&cfg, rows);
}

static void test_in_a_group_a_free_volume_elsewhere_is_moved(void)
{
    static const struct row rows[] = {
        {"", EV_CREATE},  {"f", EV_FREE},    {"F", EV_AFAR},    {"Ff", EV_FREE},
        {"cF", EV_AFAR},  {"c", EV_ORPHAN},  {"C", EV_ORPHAN},  {"u", EV_CREATE},
        {"w", EV_CREATE}, {"q", EV_NOTHING}, {"m", EV_NOTHING}, {"E", EV_NOTHING},
        {"e", EV_CREATE}, {"d", EV_COMING},  {"n", EV_UNSURE},  {NULL, EV_NONE},
    };
    const struct claim_config cfg = config(STRATEGY_GROUP);

    check(&cfg, rows);
}

static void test_where_moves_are_refused_data_elsewhere_cannot_be_had(void)
{
    static const struct row rows[] = {
        {"F", EV_NOTHING}, {"Ff", EV_FREE}, {"", EV_CREATE}, {NULL, EV_NONE}};
    struct claim_config cfg = config(STRATEGY_GROUP);

    cfg.moves_refused = true;
    check(&cfg, rows);
}

static void test_the_lowest_slot_goes_first_wherever_it_lies(void)
{
    static const struct row rows[] = {
        {"f", EV_CREATE}, {"1", EV_FREE},  {"21", EV_FREE}, {"23", EV_FREE},
        {"20", EV_AFAR},  {"30", EV_AFAR}, {"3", EV_AFAR},  {NULL, EV_NONE},
    };
    const struct claim_config cfg = config(STRATEGY_NUMBERED);

    check(&cfg, rows);
    prepare(&cfg);
    fold("21");
    CU_ASSERT_EQUAL(survey_choice(&c), EV_FREE);
    CU_ASSERT_STRING_EQUAL(c.survey.near_free.id.text, "vol-b");
}

static void test_a_pool_that_may_not_grow_ends_with_nothing(void)
{
    static const struct row rows[] = {
        {"", EV_NOTHING}, {"u", EV_NOTHING}, {"f", EV_FREE}, {"d", EV_COMING}, {NULL, EV_NONE}};
    struct claim_config cfg = config(STRATEGY_ZONE);

    cfg.create = CREATE_NEVER;
    check(&cfg, rows);
    CU_ASSERT_EQUAL(c.exit_code, 0);
    prepare(&cfg);
    c.short_since_ms = 1;
    fold("u");
    CU_ASSERT_EQUAL(survey_choice(&c), EV_NOTHING);
    CU_ASSERT_EQUAL(c.exit_code, EXIT_NOTHING);
}

static void test_a_short_policy_creates_only_when_no_data_waits(void)
{
    static const struct row rows[] = {
        {"", EV_CREATE},   {"u", EV_CREATE},  {"w", EV_CREATE}, {"F", EV_NOTHING},
        {"q", EV_NOTHING}, {"E", EV_NOTHING}, {NULL, EV_NONE},
    };
    struct claim_config cfg = config(STRATEGY_ZONE);

    cfg.create = CREATE_SHORT;
    check(&cfg, rows);
    prepare(&cfg);
    c.short_since_ms = 1;
    fold("F");
    CU_ASSERT_EQUAL(survey_choice(&c), EV_NOTHING);
    CU_ASSERT_EQUAL(c.exit_code, EXIT_AGAIN);
}

static void test_an_always_policy_creates_beside_data_that_cannot_be_had(void)
{
    static const struct row rows[] = {{"q", EV_CREATE}, {"E", EV_CREATE}, {NULL, EV_NONE}};
    struct claim_config cfg = config(STRATEGY_GROUP);

    cfg.create = CREATE_ALWAYS;
    check(&cfg, rows);
}

static void test_a_full_pool_is_not_added_to(void)
{
    static const struct row rows[] = {{"u", EV_CREATE},  {"uu", EV_NOTHING}, {"ux", EV_CREATE},
                                      {"uD", EV_CREATE}, {"wu", EV_NOTHING}, {"uuf", EV_FREE},
                                      {NULL, EV_NONE}};
    struct claim_config cfg = config(STRATEGY_ZONE);

    cfg.create_limit = 2;
    check(&cfg, rows);
}

static void test_nothing_is_believed_at_the_first_look(void)
{
    const struct claim_config cfg = config(STRATEGY_ZONE);

    prepare(&cfg);
    fold("u");
    CU_ASSERT_EQUAL(survey_choice(&c), EV_SHORT);
    c.now_ms += 14999;
    CU_ASSERT_EQUAL(survey_choice(&c), EV_DOUBT);
    c.now_ms += 1;
    CU_ASSERT_EQUAL(survey_choice(&c), EV_CREATE);
}

static void test_a_volume_that_comes_free_is_waited_for_so_long(void)
{
    const struct claim_config cfg = config(STRATEGY_ZONE);

    prepare(&cfg);
    c.short_since_ms = 1;
    fold("d");
    CU_ASSERT_EQUAL(survey_choice(&c), EV_COMING);
    c.now_ms += cfg.create_wait_ms - 1;
    CU_ASSERT_EQUAL(survey_choice(&c), EV_COMING);
    c.now_ms += 1;
    CU_ASSERT_EQUAL(survey_choice(&c), EV_CREATE);
}

static void test_what_was_tried_a_moment_ago_is_hidden_not_absent(void)
{
    const struct claim_config zone = config(STRATEGY_ZONE);
    const struct claim_config group = config(STRATEGY_GROUP);
    const struct id a = {{"vol-a"}};

    prepare(&zone);
    (void)skip_add(&c, id_key(&a), 15000);
    fold("f");
    CU_ASSERT_EQUAL(survey_choice(&c), EV_HIDDEN);
    prepare(&group);
    (void)skip_add(&c, id_key(&a), 15000);
    fold("F");
    CU_ASSERT_EQUAL(survey_choice(&c), EV_HIDDEN);
    prepare(&group);
    c.short_since_ms = 1;
    (void)skip_add(&c, id_key(&a), SKIP_FOR_GOOD);
    fold("F");
    CU_ASSERT_EQUAL(survey_choice(&c), EV_NOTHING);
}

static void test_a_deadline_ends_the_looking_but_not_what_is_held(void)
{
    const struct claim_config cfg = config(STRATEGY_ZONE);

    prepare(&cfg);
    c.started_ms = NOW_MS - cfg.deadline_ms;
    fold("f");
    CU_ASSERT_EQUAL(survey_choice(&c), EV_LATE);
    survey_start(&c);
    fold("h");
    CU_ASSERT_EQUAL(survey_choice(&c), EV_HELD);
}

static void test_of_what_is_held_the_mounted_goes_first_then_a_head_then_a_copy(void)
{
    const struct claim_config cfg = config(STRATEGY_ZONE);

    prepare(&cfg);
    fold("hhh");
    CU_ASSERT_EQUAL(survey_choice(&c), EV_HELD);
    survey_start(&c);
    c.target_mounted = true;
    c.target_volume = volumes[2].id;
    fold("hhh");
    CU_ASSERT_EQUAL(survey_choice(&c), EV_HELD_MOUNTED);
    CU_ASSERT_TRUE(id_same(&c.survey.held.id, &volumes[2].id));
    prepare(&cfg);
    c.present[0] = id_key(&(struct id){{"vol-a"}});
    c.present_count = 1;
    fold("c");
    CU_ASSERT_EQUAL(survey_choice(&c), EV_HELD_COPY);
}

static void test_something_else_at_the_target_is_never_covered(void)
{
    const struct claim_config cfg = config(STRATEGY_ZONE);

    prepare(&cfg);
    c.target_mounted = true;
    fold("f");
    CU_ASSERT_EQUAL(survey_choice(&c), EV_OCCUPIED);
}

static void test_what_a_lapsed_claim_left_is_remembered_for_the_end(void)
{
    static const struct row rows[] = {{"f", EV_NONE},  {"o", EV_SWEEP}, {"c", EV_SWEEP},
                                      {"x", EV_SWEEP}, {"u", EV_NONE},  {"v", EV_NONE},
                                      {"w", EV_NONE},  {"K", EV_NONE},  {NULL, EV_NONE}};
    const struct claim_config cfg = config(STRATEGY_ZONE);

    for (const struct row *r = rows; r->letters != NULL; r++) {
        struct page page = {.items = items, .count = 1};

        prepare(&cfg);
        fold(r->letters);
        CU_ASSERT_EQUAL(c.survey.garbage.found, r->event == EV_SWEEP);
        survey_start(&c);
        survey_fold_garbage(&c, &page, NOW_MS);
        CU_ASSERT_EQUAL(c.survey.garbage.found, r->event == EV_SWEEP);
    }
}

static void test_what_is_let_go_of_and_still_shown_is_given_back_in_the_end(void)
{
    const struct claim_config cfg = config(STRATEGY_GROUP);
    const struct id a = {{"vol-a"}};

    prepare(&cfg);
    c.short_since_ms = 1;
    skip_add(&c, id_key(&a), 15000)->yielded = true;
    fold("h");
    CU_ASSERT_TRUE(c.survey.extra.found);
    CU_ASSERT_FALSE(c.survey.held.found);
    CU_ASSERT_EQUAL(survey_choice(&c), EV_NOTHING); /* Its data exists, and cannot be had. */
}

static void test_a_copy_set_aside_whose_source_is_gone_now_is_not_forgotten(void)
{
    const struct claim_config cfg = config(STRATEGY_ZONE);
    const struct id a = {{"vol-a"}};
    const struct id source = {{"vol-b"}};

    prepare(&cfg);
    c.short_since_ms = 1;
    skip_add(&c, id_key(&a), 15000)->source_key = id_key(&source);
    fold("cu");
    CU_ASSERT_EQUAL(survey_choice(&c), EV_CREATE); /* vol-b still stands. */
    survey_start(&c);
    c.short_since_ms = 1;
    fold("c");
    CU_ASSERT_EQUAL(survey_choice(&c), EV_HIDDEN);
}

static void test_when_more_leave_than_can_be_named_everybody_may_be_leaving(void)
{
    const struct claim_config cfg = config(STRATEGY_ZONE);

    prepare(&cfg);
    c.short_since_ms = 1;
    c.leaving_count = LEAVING_MAX;
    fold("u");
    CU_ASSERT_EQUAL(survey_choice(&c), EV_COMING);
}

/* How many of these have a right to stay before the blank that is being counted, vol-z. */
static uint32_t count_among(const char *letters, bool made_here)
{
    const struct claim_config cfg = config(STRATEGY_NUMBERED);
    struct page page = {.items = items};

    prepare(&cfg);
    fold(letters);
    survey_start(&c);
    CU_ASSERT_TRUE(id_set(&c.target.id, "vol-z"));
    c.target_created_ms = 5;
    page.count = (uint32_t)strlen(letters);
    for (uint32_t i = 0; i < page.count; i++) {
        volumes[i].has_blank = letters[i] == 'f';
        volumes[i].blank = (struct token){.hi = 1, .lo = i + 1};
        if (made_here) {
            volumes[i].lineage = mark_lineage_from(volumes[i].blank);
        }
        volumes[i].created_ms = 4 + i;
    }
    survey_fold_count(&c, &page);
    return c.survey.others_first;
}

static uint32_t count_first(const char *letters)
{
    return count_among(letters, true);
}

static void test_volumes_in_use_come_before_blanks_and_blanks_by_age(void)
{
    CU_ASSERT_EQUAL(count_first("uuu"), 3);
    CU_ASSERT_EQUAL(count_first("fff"), 2); /* Older; as old, and of the smaller id; younger. */
    CU_ASSERT_EQUAL(count_first("xDE"), 0);
    CU_ASSERT_EQUAL(count_first("nf"), 1);
    CU_ASSERT_EQUAL(c.survey.unsure, 1);
}

static void test_blanks_that_an_operator_made_come_first_whatever_their_age(void)
{
    CU_ASSERT_EQUAL(count_among("fff", false), 3);
}

const struct unit_test suite_survey[] = {
    UNIT_TEST(test_in_a_zone_whatever_is_free_there_is_taken_else_one_is_created),
    UNIT_TEST(test_in_a_group_a_free_volume_elsewhere_is_moved),
    UNIT_TEST(test_where_moves_are_refused_data_elsewhere_cannot_be_had),
    UNIT_TEST(test_the_lowest_slot_goes_first_wherever_it_lies),
    UNIT_TEST(test_a_pool_that_may_not_grow_ends_with_nothing),
    UNIT_TEST(test_a_short_policy_creates_only_when_no_data_waits),
    UNIT_TEST(test_an_always_policy_creates_beside_data_that_cannot_be_had),
    UNIT_TEST(test_a_full_pool_is_not_added_to),
    UNIT_TEST(test_nothing_is_believed_at_the_first_look),
    UNIT_TEST(test_a_volume_that_comes_free_is_waited_for_so_long),
    UNIT_TEST(test_what_was_tried_a_moment_ago_is_hidden_not_absent),
    UNIT_TEST(test_a_deadline_ends_the_looking_but_not_what_is_held),
    UNIT_TEST(test_of_what_is_held_the_mounted_goes_first_then_a_head_then_a_copy),
    UNIT_TEST(test_something_else_at_the_target_is_never_covered),
    UNIT_TEST(test_what_a_lapsed_claim_left_is_remembered_for_the_end),
    UNIT_TEST(test_what_is_let_go_of_and_still_shown_is_given_back_in_the_end),
    UNIT_TEST(test_a_copy_set_aside_whose_source_is_gone_now_is_not_forgotten),
    UNIT_TEST(test_when_more_leave_than_can_be_named_everybody_may_be_leaving),
    UNIT_TEST(test_volumes_in_use_come_before_blanks_and_blanks_by_age),
    UNIT_TEST(test_blanks_that_an_operator_made_come_first_whatever_their_age),
    UNIT_END,
};
