/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_checks_end.c - the checkers of creations, endings and leftovers, each shown a crime.
 *
 * The violations are planted by hand; a crime that the core itself commits must not be needed here.
 */
#include "unit.h"
#include "world_kit.h"

#include <string.h>

static struct world_options plain_options(void)
{
    return kit_options();
}

/* --- S4 --- */

struct created_case {
    const char *why;
    uint64_t wait_ms;   /* between the listing and the creation */
    uint64_t listed_ms; /* after the volume had come free */
    bool tried;
    bool claimed;
    enum claim_create create;
    bool guilty;
};

static void plant_creation(struct world *w, const struct created_case *c)
{
    const uint32_t machine = kit_stands(w, 0);
    const uint32_t one = kit_data(w, 0, WORLD_NONE);
    struct claim_config cfg;
    uint64_t listed_ms;

    claim_defaults(&cfg);
    cfg.create = c->create;
    if (c->claimed) {
        kit_mark(w, one,
                 &(struct mark){.kind = MARK_CLAIM,
                                .flag = {.instance = {.text = "i-other"},
                                         .token = {.hi = 1, .lo = 2},
                                         .expires_s = w->now_ms / 1000 + 180}});
    }
    kit_wait(w, c->listed_ms);
    listed_ms = w->now_ms;
    kit_wait(w, c->wait_ms);
    check_created(&w->checks, &(struct check_create){
                                  .machine = machine,
                                  .made = kit_data(w, 0, WORLD_NONE),
                                  .cfg = &cfg,
                                  .listed_ms = listed_ms,
                                  .lag_ms = 14000,
                                  .tried = &one,
                                  .tried_count = c->tried ? 1 : 0,
                              });
}

static void test_s4_convicts_a_creation_beside_a_volume_that_stood_free(void)
{
    static const struct created_case cases[] = {
        {"free all the time", 1000, 60000, false, false, CREATE_ALWAYS, true},
        {"the creator tried it", 1000, 60000, true, false, CREATE_ALWAYS, false},
        {"claimed", 1000, 60000, false, true, CREATE_ALWAYS, false},
        {"never", 1000, 60000, true, false, CREATE_NEVER, true},
    };
    const struct world_options o = plain_options();

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        AUTO_WORLD struct world *w = kit_world(&o);

        plant_creation(w, &cases[i]);
        CU_ASSERT_EQUAL(kit_convicted(w, CHECK_S4), cases[i].guilty);
        CU_ASSERT_EQUAL(world_is_clean(w), !cases[i].guilty);
    }
}

static void test_s4_keeps_quiet_when_the_volume_came_free_after_the_listing(void)
{
    const struct world_options o = plain_options();
    AUTO_WORLD struct world *w = kit_world(&o);
    const uint32_t machine = kit_stands(w, 0);
    const uint32_t one = kit_data(w, 0, machine);
    struct claim_config cfg;
    const struct id id = ec2_volume_id(&w->cloud, one);
    struct ec2_answer a;
    uint64_t listed_ms;

    claim_defaults(&cfg);
    kit_wait(w, 60000);
    listed_ms = w->now_ms;
    ec2_execute(&w->cloud, &(struct ec2_request){.action = EC2_DETACH_VOLUME, .volume = id},
                w->now_ms, &a);
    CU_ASSERT_EQUAL(a.code, EC2_CODE_OK);
    kit_wait(w, 20000);
    check_created(&w->checks, &(struct check_create){.machine = machine,
                                                     .made = kit_data(w, 0, WORLD_NONE),
                                                     .cfg = &cfg,
                                                     .listed_ms = listed_ms,
                                                     .lag_ms = 14000});
    CU_ASSERT_TRUE(world_is_clean(w));
}

static void test_s4_convicts_a_creation_without_a_look_and_a_pool_beyond_its_limit(void)
{
    const struct world_options o = plain_options();
    AUTO_WORLD struct world *w = kit_world(&o);
    AUTO_WORLD struct world *x = kit_world(&o);
    struct claim_config cfg;

    claim_defaults(&cfg);
    (void)kit_stands(w, 0);
    check_created(&w->checks, &(struct check_create){
                                  .made = kit_data(w, 0, WORLD_NONE), .cfg = &cfg, .lag_ms = 1});
    CU_ASSERT_TRUE(kit_convicted(w, CHECK_S4));

    (void)kit_data(x, 0, WORLD_NONE);
    (void)kit_data(x, 0, WORLD_NONE);
    check_limit(&x->checks, 2, 1);
    check_limit(&x->checks, 1, 2);
    check_limit(&x->checks, 0, 0);
    CU_ASSERT_TRUE(world_is_clean(x));
    check_limit(&x->checks, 1, 1);
    CU_ASSERT_TRUE(kit_convicted(x, CHECK_S4));
}

/* --- S5 --- */

static void test_s5_convicts_a_machine_that_keeps_two(void)
{
    const struct world_options o = plain_options();
    AUTO_WORLD struct world *w = kit_world(&o);
    const uint32_t a = kit_stands(w, 0);
    const bool up[] = {true};
    const uint32_t one = kit_data(w, 0, a);
    uint32_t two;

    check_mount(&w->checks, a, one);
    check_single(&w->checks, up, 1);
    CU_ASSERT_TRUE(world_is_clean(w));
    two = kit_data(w, 0, WORLD_NONE);
    kit_attach(w, two, a);
    check_single(&w->checks, up, 1);
    CU_ASSERT_TRUE(kit_convicted(w, CHECK_S5));
}

static void test_s5_convicts_a_machine_that_holds_what_it_does_not_use(void)
{
    const struct world_options o = plain_options();
    AUTO_WORLD struct world *w = kit_world(&o);
    const uint32_t a = kit_stands(w, 0);
    const bool up[] = {true};

    (void)kit_data(w, 0, a);
    check_single(&w->checks, up, 1);
    CU_ASSERT_TRUE(kit_convicted(w, CHECK_S5));
}

static void test_s5_convicts_a_second_run_that_does_anything(void)
{
    const struct world_options o = plain_options();
    AUTO_WORLD struct world *w = kit_world(&o);

    check_rerun(&w->checks, &(struct check_rerun){.calls = 2, .pages = 2});
    CU_ASSERT_TRUE(world_is_clean(w));
    check_rerun(&w->checks, &(struct check_rerun){.calls = 2, .pages = 1});
    check_rerun(&w->checks, &(struct check_rerun){.calls = 2, .pages = 1, .changes = 1});
    CU_ASSERT_TRUE(kit_convicted(w, CHECK_S5));
    CU_ASSERT_EQUAL(w->checks.count, 2);
}

/* --- S6 --- */

static void judge_orphans(struct world *w)
{
    struct claim_config cfg;

    claim_defaults(&cfg);
    check_orphans(&w->checks, &cfg);
}

static void test_s6_lets_a_pool_of_heads_pass(void)
{
    const struct world_options o = plain_options();
    AUTO_WORLD struct world *w = kit_world(&o);

    (void)kit_data(w, 0, WORLD_NONE);
    (void)kit_data(w, 1, WORLD_NONE);
    judge_orphans(w);
    CU_ASSERT_TRUE(world_is_clean(w));
}

static void test_s6_convicts_a_copy_beside_its_source_and_the_snapshot_between(void)
{
    const struct world_options o = plain_options();
    AUTO_WORLD struct world *w = kit_world(&o);
    const uint32_t one = kit_data(w, 0, WORLD_NONE);

    (void)kit_copy(w, kit_snapshot(w, one), one, 1);
    judge_orphans(w);
    CU_ASSERT_TRUE(kit_convicted(w, CHECK_S6));
    CU_ASSERT_EQUAL(w->checks.count, 2);
}

static void test_s6_minds_neither_copy_nor_snapshot_under_a_live_claim(void)
{
    const struct world_options o = plain_options();
    AUTO_WORLD struct world *w = kit_world(&o);
    const uint32_t one = kit_data(w, 0, WORLD_NONE);
    const uint32_t copy = kit_copy(w, kit_snapshot(w, one), one, 1);
    const struct mark claim = {.kind = MARK_CLAIM,
                               .flag = {.instance = {.text = "i-other"},
                                        .token = {.hi = 1, .lo = 2},
                                        .own = true,
                                        .expires_s = w->now_ms / 1000 + 180}};

    kit_mark(w, one, &claim);
    kit_mark(w, copy, &claim);
    judge_orphans(w);
    CU_ASSERT_TRUE(world_is_clean(w));
}

static void test_s6_convicts_a_void_and_two_heads_of_one_lineage(void)
{
    const struct world_options o = plain_options();
    AUTO_WORLD struct world *w = kit_world(&o);
    AUTO_WORLD struct world *x = kit_world(&o);
    const uint32_t rubbish = kit_data(w, 0, WORLD_NONE);
    const struct mark lineage = {.kind = MARK_LINEAGE, .uuid = {.bytes = {1, 2, 3}}};

    ec2_content(&w->cloud, rubbish)->data_id = 0;
    w->checks.data[1].latest = 0;
    kit_mark(w, rubbish, &(struct mark){.kind = MARK_VOID, .token = {.hi = 1, .lo = 2}});
    judge_orphans(w);
    CU_ASSERT_TRUE(kit_convicted(w, CHECK_S6));

    kit_mark(x, kit_data(x, 0, WORLD_NONE), &lineage);
    kit_mark(x, kit_data(x, 1, WORLD_NONE), &lineage);
    judge_orphans(x);
    CU_ASSERT_TRUE(kit_convicted(x, CHECK_S6));
}

static void test_s6_convicts_lost_data(void)
{
    const struct world_options o = plain_options();
    AUTO_WORLD struct world *w = kit_world(&o);

    kit_delete(w, kit_data(w, 0, WORLD_NONE));
    judge_orphans(w);
    CU_ASSERT_TRUE(kit_convicted(w, CHECK_S6));
}

/* --- Liveness, budget, table, room --- */

static void test_liveness_convicts_an_exit_that_says_nothing_or_lies(void)
{
    static const struct check_exit guilty[] = {
        {.code = EXIT_BUG, .reason = "a bug", .mounted = WORLD_NONE},
        {.code = EXIT_AGAIN, .reason = "", .mounted = WORLD_NONE},
        {.code = EXIT_DONE, .goal = GOAL_RUN, .mounted = WORLD_NONE},
        {.code = EXIT_DONE, .goal = GOAL_RELEASE, .mounted = 1},
    };
    static const struct check_exit innocent[] = {
        {.code = EXIT_AGAIN, .reason = "later", .mounted = WORLD_NONE},
        {.code = EXIT_DONE, .goal = GOAL_RUN, .mounted = 1},
        {.code = EXIT_DONE, .goal = GOAL_RELEASE, .mounted = WORLD_NONE},
    };
    const struct world_options o = plain_options();

    for (int i = 0; i < 4; i++) {
        AUTO_WORLD struct world *w = kit_world(&o);

        check_exit(&w->checks, &guilty[i]);
        CU_ASSERT_TRUE(kit_convicted(w, CHECK_LIVE));
    }
    for (int i = 0; i < 3; i++) {
        AUTO_WORLD struct world *w = kit_world(&o);

        check_exit(&w->checks, &innocent[i]);
        CU_ASSERT_TRUE(world_is_clean(w));
    }
}

static void test_liveness_convicts_a_run_without_an_end(void)
{
    struct world_options o = plain_options();

    o.safety_ms = 1000;
    {
        AUTO_WORLD struct world *w = kit_world(&o);

        (void)kit_boots(w, 0, 0);
        (void)kit_data(w, 0, WORLD_NONE);
        world_run_until(w, 500);
        CU_ASSERT_TRUE_FATAL(w->machines[0].running);
        /* Its next event is taken away, as if the core had forgotten to ask for one. */
        w->machines[0].process++;
        world_run(w);
        CU_ASSERT_TRUE(kit_convicted(w, CHECK_LIVE));
    }
}

static void test_liveness_convicts_standing_idle_beside_a_free_volume(void)
{
    const struct world_options o = plain_options();
    AUTO_WORLD struct world *w = kit_world(&o);
    struct claim_config cfg;
    struct check_idle idle = {.cfg = &cfg};

    claim_defaults(&cfg);
    (void)kit_stands(w, 0);
    (void)kit_data(w, 1, WORLD_NONE);
    kit_wait(w, 30000);
    idle.since_ms = w->now_ms - 20000;
    check_idle(&w->checks, &idle);
    CU_ASSERT_TRUE(world_is_clean(w)); /* It lies in another zone. */
    cfg.strategy = STRATEGY_GROUP;
    check_idle(&w->checks, &idle);
    CU_ASSERT_TRUE(kit_convicted(w, CHECK_LIVE));
}

static void test_the_budget_convicts_a_loop_without_a_wait(void)
{
    const struct world_options o = plain_options();
    AUTO_WORLD struct world *w = kit_world(&o);

    check_budget(&w->checks, &(struct check_budget){.calls = 60});
    check_budget(&w->checks, &(struct check_budget){.calls = 1000, .lasted_ms = 1000000});
    CU_ASSERT_TRUE(world_is_clean(w));
    check_budget(&w->checks, &(struct check_budget){.calls = 100, .lasted_ms = 10000});
    CU_ASSERT_TRUE(kit_convicted(w, CHECK_BUDGET));
}

static void test_a_missing_cell_of_the_table_is_reported_with_its_pair(void)
{
    const struct world_options o = plain_options();
    AUTO_WORLD struct world *w = kit_world(&o);

    (void)kit_boots(w, 0, 0);
    world_run_until(w, 2);
    /* A state that no answer to what was asked can be met in. */
    w->machines[0].claim.state = ST_IDLE;
    world_run(w);
    CU_ASSERT_TRUE(kit_convicted(w, CHECK_TABLE));
    CU_ASSERT_STRING_EQUAL(w->checks.first.words, "no cell for `ok` in `idle`");
}

static void test_a_model_out_of_room_is_the_worlds_own_fault(void)
{
    const struct world_options o = plain_options();
    AUTO_WORLD struct world *w = kit_world(&o);
    struct ec2_answer a = {.code = EC2_CODE_OK};

    for (int i = 0; i < 10000 && ec2_exhausted(&w->cloud) == 0; i++) {
        kit_wait(w, 1000);
        ec2_execute(&w->cloud,
                    &(struct ec2_request){.action = EC2_CREATE_VOLUME,
                                          .zone = ec2_zone_name(&w->cloud, 0),
                                          .size_gib = 1},
                    w->now_ms, &a);
    }
    CU_ASSERT_NOT_EQUAL(a.code, EC2_CODE_OK);
    world_run(w);
    CU_ASSERT_TRUE(kit_convicted(w, CHECK_ROOM));
}

const struct unit_test suite_checks_end[] = {
    UNIT_TEST(test_s4_convicts_a_creation_beside_a_volume_that_stood_free),
    UNIT_TEST(test_s4_keeps_quiet_when_the_volume_came_free_after_the_listing),
    UNIT_TEST(test_s4_convicts_a_creation_without_a_look_and_a_pool_beyond_its_limit),
    UNIT_TEST(test_s5_convicts_a_machine_that_keeps_two),
    UNIT_TEST(test_s5_convicts_a_machine_that_holds_what_it_does_not_use),
    UNIT_TEST(test_s5_convicts_a_second_run_that_does_anything),
    UNIT_TEST(test_s6_lets_a_pool_of_heads_pass),
    UNIT_TEST(test_s6_convicts_a_copy_beside_its_source_and_the_snapshot_between),
    UNIT_TEST(test_s6_minds_neither_copy_nor_snapshot_under_a_live_claim),
    UNIT_TEST(test_s6_convicts_a_void_and_two_heads_of_one_lineage),
    UNIT_TEST(test_s6_convicts_lost_data),
    UNIT_TEST(test_liveness_convicts_an_exit_that_says_nothing_or_lies),
    UNIT_TEST(test_liveness_convicts_a_run_without_an_end),
    UNIT_TEST(test_liveness_convicts_standing_idle_beside_a_free_volume),
    UNIT_TEST(test_the_budget_convicts_a_loop_without_a_wait),
    UNIT_TEST(test_a_missing_cell_of_the_table_is_reported_with_its_pair),
    UNIT_TEST(test_a_model_out_of_room_is_the_worlds_own_fault),
    UNIT_END,
};
