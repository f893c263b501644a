/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_claim_create.c - films of creation: two looks first, one token, and the limit of the pool.
 *
 * No film may create while data of the pool could be had.
 */
#include "lib/script.h"
#include "unit.h"

#include <string.h>

static struct script s;

static struct claim_config config(enum claim_strategy strategy, uint32_t limit)
{
    struct claim_config cfg;

    claim_defaults(&cfg);
    cfg.strategy = strategy;
    cfg.create_limit = limit;
    return cfg;
}

static void open_pool(enum claim_strategy strategy, uint32_t limit)
{
    const struct claim_config cfg = config(strategy, limit);

    script_open(&s, GOAL_RUN, &cfg);
}

static void go(enum claim_state state)
{
    script_start(&s);
    script_until(&s, state);
    script_cut(&s);
}

static void test_an_empty_pool_is_looked_at_twice_before_one_is_created(void)
{
    open_pool(STRATEGY_ZONE, 0);
    CU_ASSERT_EQUAL(script_run(&s), 0);
    script_film(&s, "(opening)\n"
                    "listing short -> looking-for-leavers read-leaving\n"
                    "looking-for-leavers ok -> doubting sleep\n"
                    "doubting woke -> listing list\n"
                    "listing create -> creating create-volume\n"
                    "creating ok -> create-wait read-volume vol-made1\n"
                    "create-wait mine -> attaching attach vol-made1\n"
                    "attaching ok -> awaiting-device await-device vol-made1\n"
                    "awaiting-device ok -> judging read-tags vol-made1\n"
                    "judging mine -> probing probe vol-made1\n"
                    "probing blank -> formatting mkfs vol-made1\n"
                    "formatting ok -> recording-made mark vol-made1\n"
                    "recording-made ok -> unblessing unmark vol-made1\n"
                    "unblessing ok -> checking fsck vol-made1\n"
                    "(mount vol-made1)\n"
                    "tidying unflag -> unflagging unmark vol-made1\n"
                    "unflagging ok -> tidying inspect vol-made1\n"
                    "(done)\n");
    CU_ASSERT_TRUE(s.now_ms >= SCRIPT_START_MS + 15000);
    CU_ASSERT_EQUAL(s.volume_count, 1);
    CU_ASSERT_EQUAL(s.volumes[0].volume.flag_count, 0);
    CU_ASSERT_TRUE(s.volumes[0].volume.has_fs);
    CU_ASSERT_FALSE(s.volumes[0].volume.has_blank);
}

static void test_a_throttled_look_at_the_leavers_is_repeated_and_creates_nothing(void)
{
    open_pool(STRATEGY_ZONE, 0);
    go(ST_LOOKING_FOR_LEAVERS);
    script_answer(&s, ERR_THROTTLED);
    script_answer(&s, ERR_OK);
    script_answer(&s, ERR_OK);
    script_film(&s, "looking-for-leavers busy -> looking-for-leavers sleep\n"
                    "looking-for-leavers woke -> looking-for-leavers read-leaving\n"
                    "looking-for-leavers ok -> doubting sleep\n");
}

static void test_a_volume_whose_holder_is_going_is_waited_for(void)
{
    struct staged *v = NULL;

    open_pool(STRATEGY_ZONE, 0);
    v = script_volume(&s, "vol-1", SCRIPT_ZONE);
    script_hold(v, "i-9");
    s.leaving.keys[0] = v->volume.holder_key;
    s.leaving.count = 1;
    go(ST_DOUBTING);
    for (int i = 0; i < 6; i++) {
        script_answer(&s, ERR_OK);
    }
    v->volume.state = VOL_AVAILABLE;
    v->volume.holder_key = 0;
    CU_ASSERT_EQUAL(script_finish(&s), 0);
    CU_ASSERT_EQUAL(s.volume_count, 1);
    CU_ASSERT_STRING_EQUAL(s.host.target_volume.text, "vol-1");
}

static void test_a_creation_in_doubt_is_repeated_to_the_letter(void)
{
    struct effect first;

    open_pool(STRATEGY_ZONE, 0);
    go(ST_CREATING);
    first = s.fx;
    script_lose(&s);
    script_answer(&s, ERR_OK);
    CU_ASSERT_EQUAL(s.claim.state, ST_CREATING);
    CU_ASSERT_TRUE(token_same(first.token, s.fx.token));
    CU_ASSERT_TRUE(token_same(first.mark.flag.token, s.fx.mark.flag.token));
    CU_ASSERT_EQUAL(first.mark.flag.expires_s, s.fx.mark.flag.expires_s);
    CU_ASSERT_TRUE(uuid_same(&first.lineage, &s.fx.lineage));
    CU_ASSERT_EQUAL(script_finish(&s), 0);
    CU_ASSERT_EQUAL(s.volume_count, 1);
}

static void test_a_spent_token_gives_way_to_the_next(void)
{
    struct token first;

    open_pool(STRATEGY_ZONE, 0);
    go(ST_CREATING);
    first = s.fx.token;
    script_answer(&s, ERR_MISMATCH);
    script_until(&s, ST_CREATING);
    CU_ASSERT_FALSE(token_same(first, s.fx.token));
    CU_ASSERT_EQUAL(script_finish(&s), 0);
}

static void test_two_pools_of_a_machine_share_no_token(void)
{
    struct claim_config cfg = config(STRATEGY_ZONE, 0);
    struct token first;

    open_pool(STRATEGY_ZONE, 0);
    go(ST_CREATING);
    first = s.fx.token;
    cfg.pool_key = 7;
    script_open(&s, GOAL_RUN, &cfg);
    go(ST_CREATING);
    CU_ASSERT_FALSE(token_same(first, s.fx.token));
}

static void test_a_volume_that_never_appears_is_given_up_for_the_next_token(void)
{
    open_pool(STRATEGY_ZONE, 0);
    go(ST_CREATE_WAIT);
    s.volumes[0].volume.state = VOL_DELETED;
    script_until(&s, ST_CREATING);
    CU_ASSERT_TRUE(s.now_ms >= SCRIPT_START_MS + 60000);
    CU_ASSERT_EQUAL(script_finish(&s), 0);
    CU_ASSERT_EQUAL(s.volume_count, 2);
}

static void test_a_volume_restored_from_a_snapshot_has_no_blank_record(void)
{
    struct claim_config cfg = config(STRATEGY_ZONE, 0);

    CU_ASSERT_TRUE(id_set(&cfg.from_snapshot, "snap-seed"));
    script_open(&s, GOAL_RUN, &cfg);
    go(ST_CREATING);
    CU_ASSERT_FALSE(s.fx.has_blank);
    CU_ASSERT_STRING_EQUAL(s.fx.snapshot.text, "snap-seed");
}

static void test_within_the_limit_a_created_volume_is_counted_and_kept(void)
{
    open_pool(STRATEGY_ZONE, 2);
    script_hold(script_volume(&s, "vol-1", SCRIPT_ZONE), "i-9");
    go(ST_PROBING);
    CU_ASSERT_EQUAL(script_finish(&s), 0);
    script_film(&s, "probing settle -> count-settling sleep\n"
                    "count-settling woke -> counting list\n"
                    "counting keep -> formatting mkfs vol-made2\n"
                    "formatting ok -> recording-made mark vol-made2\n"
                    "recording-made ok -> unblessing unmark vol-made2\n"
                    "unblessing ok -> checking fsck vol-made2\n"
                    "(mount vol-made2)\n"
                    "tidying unflag -> unflagging unmark vol-made2\n"
                    "unflagging ok -> tidying inspect vol-made2\n"
                    "(done)\n");
}

static void test_a_leftover_copy_does_not_hold_up_the_count(void)
{
    struct staged *head = NULL;

    open_pool(STRATEGY_ZONE, 2);
    head = script_volume(&s, "vol-1", SCRIPT_ZONE);
    script_hold(head, "i-9");
    script_copy(script_volume(&s, "vol-left", SCRIPT_FAR_ZONE), head);
    CU_ASSERT_EQUAL(script_run(&s), 0);
}

/* Two others create at the same moment and are counted first. */
static struct staged *make_surplus(void)
{
    struct staged *mine = NULL;

    open_pool(STRATEGY_ZONE, 1);
    go(ST_CREATE_WAIT);
    mine = script_find(&s, "vol-made1");
    script_hold(script_volume(&s, "vol-a", SCRIPT_ZONE), "i-9");
    script_until(&s, ST_COUNTING);
    script_cut(&s);
    return mine;
}

static void test_beyond_the_limit_a_created_volume_is_given_up_and_deleted(void)
{
    const struct staged *mine = make_surplus();

    CU_ASSERT_EQUAL(script_finish(&s), EXIT_AGAIN);
    script_film(&s, "counting surplus -> surplus-voiding mark vol-made1\n"
                    "surplus-voiding ok -> surplus-settling sleep\n"
                    "surplus-settling woke -> surplus-proving probe vol-made1\n"
                    "surplus-proving blank -> surplus-detaching detach vol-made1\n"
                    "surplus-detaching ok -> surplus-freeing read-volume vol-made1\n"
                    "surplus-freeing freed -> surplus-deleting delete-volume vol-made1\n"
                    "surplus-deleting ok -> pausing sleep\n"
                    "pausing woke -> listing list\n"
                    "listing nothing -> tidying inspect\n"
                    "tidying over -> failed finish 75\n");
    CU_ASSERT_TRUE(mine->volume.is_void);
    CU_ASSERT_EQUAL(mine->volume.state, VOL_DELETED);
}

static void test_a_surplus_with_content_is_not_deleted(void)
{
    struct staged *mine = make_surplus();

    script_until(&s, ST_SURPLUS_PROVING);
    mine->content.kind = PROBE_NOISE;
    script_cut(&s);
    (void)script_finish(&s);
    CU_ASSERT_NOT_EQUAL(mine->volume.state, VOL_DELETED);
}

static void test_the_void_of_a_surplus_in_doubt_is_read_back(void)
{
    (void)make_surplus();
    script_until(&s, ST_SURPLUS_VOIDING);
    script_cut(&s);
    script_lose(&s);
    script_until(&s, ST_SURPLUS_DELETING);
    script_film(&s, "surplus-voiding unknown -> surplus-void-doubt read-tags vol-made1\n"
                    "surplus-void-doubt shown -> surplus-settling sleep\n"
                    "surplus-settling woke -> surplus-proving probe vol-made1\n"
                    "surplus-proving blank -> surplus-detaching detach vol-made1\n"
                    "surplus-detaching ok -> surplus-freeing read-volume vol-made1\n"
                    "surplus-freeing freed -> surplus-deleting delete-volume vol-made1\n");
}

static void test_a_full_pool_ends_the_run_for_a_later_try(void)
{
    open_pool(STRATEGY_ZONE, 1);
    script_hold(script_volume(&s, "vol-1", SCRIPT_ZONE), "i-9");
    CU_ASSERT_EQUAL(script_run(&s), EXIT_AGAIN);
    script_film(&s, "(opening)\n"
                    "listing short -> looking-for-leavers read-leaving\n"
                    "looking-for-leavers ok -> doubting sleep\n"
                    "doubting woke -> listing list\n"
                    "listing nothing -> tidying inspect\n"
                    "tidying over -> failed finish 75\n");
}

static void test_numbered_takes_the_lowest_number_that_nobody_has(void)
{
    struct staged *v = NULL;

    open_pool(STRATEGY_NUMBERED, 0);
    v = script_volume(&s, "vol-1", SCRIPT_ZONE);
    v->volume.slot = 1;
    script_hold(v, "i-9");
    v = script_volume(&s, "vol-3", SCRIPT_ZONE);
    v->volume.slot = 3;
    script_hold(v, "i-8");
    go(ST_CREATING);
    CU_ASSERT_EQUAL(s.fx.slot, 2);
    CU_ASSERT_EQUAL(script_finish(&s), 0);
    CU_ASSERT_EQUAL(s.volumes[2].volume.slot, 2);
}

static void test_of_two_blanks_with_one_number_the_later_is_given_up(void)
{
    struct staged *mine = NULL;
    struct staged *twin = NULL;

    open_pool(STRATEGY_NUMBERED, 0);
    go(ST_CREATE_WAIT);
    mine = script_find(&s, "vol-made1");
    twin = script_volume(&s, "vol-twin", SCRIPT_ZONE);
    twin->volume.slot = 1;
    script_hold(twin, "i-9");
    script_until(&s, ST_COUNTING);
    script_answer(&s, ERR_OK);
    CU_ASSERT_EQUAL(s.claim.state, ST_SURPLUS_VOIDING);
    CU_ASSERT_EQUAL(script_finish(&s), 0);
    CU_ASSERT_EQUAL(mine->volume.state, VOL_DELETED);
    CU_ASSERT_EQUAL(s.volumes[2].volume.slot, 2);
}

static void test_listings_are_read_to_their_last_page(void)
{
    open_pool(STRATEGY_ZONE, 0);
    s.page_size = 1;
    script_hold(script_volume(&s, "vol-1", SCRIPT_ZONE), "i-9");
    script_hold(script_volume(&s, "vol-2", SCRIPT_ZONE), "i-8");
    (void)script_volume(&s, "vol-3", SCRIPT_ZONE);
    script_start(&s);
    script_until(&s, ST_ATTACHING);
    script_film(&s, "(opening)\n"
                    "listing more -> listing list\n"
                    "listing more -> listing list\n"
                    "listing free -> attaching attach vol-3\n");
}

static void test_a_page_that_cannot_be_read_starts_the_listing_anew(void)
{
    open_pool(STRATEGY_ZONE, 0);
    s.page_size = 1;
    script_hold(script_volume(&s, "vol-1", SCRIPT_ZONE), "i-9");
    (void)script_volume(&s, "vol-3", SCRIPT_ZONE);
    go(ST_LISTING);
    script_answer(&s, ERR_OK);
    script_answer(&s, ERR_UNAVAILABLE);
    script_answer(&s, ERR_OK);
    CU_ASSERT_EQUAL(s.fx.page, 0);
    script_until(&s, ST_ATTACHING);
    script_film(&s, "listing more -> listing list\n"
                    "listing busy -> pausing sleep\n"
                    "pausing woke -> listing list\n"
                    "listing more -> listing list\n"
                    "listing free -> attaching attach vol-3\n");
}

const struct unit_test suite_claim_create[] = {
    UNIT_TEST(test_an_empty_pool_is_looked_at_twice_before_one_is_created),
    UNIT_TEST(test_a_throttled_look_at_the_leavers_is_repeated_and_creates_nothing),
    UNIT_TEST(test_a_volume_whose_holder_is_going_is_waited_for),
    UNIT_TEST(test_a_creation_in_doubt_is_repeated_to_the_letter),
    UNIT_TEST(test_a_spent_token_gives_way_to_the_next),
    UNIT_TEST(test_two_pools_of_a_machine_share_no_token),
    UNIT_TEST(test_a_volume_that_never_appears_is_given_up_for_the_next_token),
    UNIT_TEST(test_a_volume_restored_from_a_snapshot_has_no_blank_record),
    UNIT_TEST(test_within_the_limit_a_created_volume_is_counted_and_kept),
    UNIT_TEST(test_a_leftover_copy_does_not_hold_up_the_count),
    UNIT_TEST(test_beyond_the_limit_a_created_volume_is_given_up_and_deleted),
    UNIT_TEST(test_a_surplus_with_content_is_not_deleted),
    UNIT_TEST(test_the_void_of_a_surplus_in_doubt_is_read_back),
    UNIT_TEST(test_a_full_pool_ends_the_run_for_a_later_try),
    UNIT_TEST(test_numbered_takes_the_lowest_number_that_nobody_has),
    UNIT_TEST(test_of_two_blanks_with_one_number_the_later_is_given_up),
    UNIT_TEST(test_listings_are_read_to_their_last_page),
    UNIT_TEST(test_a_page_that_cannot_be_read_starts_the_listing_anew),
    UNIT_END,
};
