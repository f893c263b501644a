/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_scenario_crashes.c - a fault aimed at every step of a claim, a move, a creation and a
 * release.
 *
 * Each run aims one fault at one call and then goes through all phases: nothing may be lost,
 * doubled or left behind, and everybody must come to an end. What is enumerated here needs no luck
 * to be met.
 */
#include "unit.h"
#include "world_kit.h"

#include <stdio.h>

/* What can strike any call to the service, and what can strike any step. */
static const enum fault call_faults[] = {
    FAULT_REQUEST_LOST, FAULT_REPLY_LOST,   FAULT_LATE,       FAULT_TWICE,
    FAULT_ERROR_AFTER,  FAULT_ERROR_BEFORE, FAULT_REPLY_LATE,
};
static const enum fault step_faults[] = {FAULT_KILLED, FAULT_REBOOTED, FAULT_TERMINATED,
                                         FAULT_FROZEN};

enum {
    CALL_FAULTS = sizeof(call_faults) / sizeof(call_faults[0]),
    STEP_FAULTS = sizeof(step_faults) / sizeof(step_faults[0]),
};

/* Two machines in two zones, one volume in a third: a move, and a creation by whoever is beaten. */
static void set_up_move(struct world *w)
{
    (void)kit_boots(w, 1, 0);
    (void)world_add_machine(w, &(struct world_machine_spec){.zone = 2, .boot_ms = 1000});
    (void)world_add_machine(w, &(struct world_machine_spec){.zone = 1, .heir = true});
    (void)kit_data(w, 0, WORLD_NONE);
}

/* One machine takes, gives back, and takes again. */
static void set_up_release(struct world *w)
{
    (void)world_add_machine(
        w, &(struct world_machine_spec){.zone = 0, .turn = TURN_RELEASE, .hold_ms = 10000});
    (void)world_add_machine(w, &(struct world_machine_spec){.zone = 0, .heir = true});
    (void)kit_data(w, 0, WORLD_NONE);
}

/* Two machines, nothing there, room for one. */
static void set_up_creation(struct world *w)
{
    (void)kit_boots(w, 0, 0);
    (void)kit_boots(w, 0, 0);
    (void)world_add_machine(w, &(struct world_machine_spec){.zone = 0, .heir = true});
}

typedef void (*set_up_fn)(struct world *w);

/* One run with one aimed fault; says which when a promise was broken. */
static void aim(struct world *w, struct world_options *o, set_up_fn set_up,
                const struct world_plan *plan)
{
    o->plan_count = 1;
    o->plans[0] = *plan;
    o->zones = 3;
    world_reset(w, o);
    set_up(w);
    world_run(w);
    CU_ASSERT_TRUE(world_is_clean(w));
    if (!world_is_clean(w)) {
        (void)printf("\n    %s at %s %u on i%u, seed %llu: %s: %s", fault_name(plan->fault),
                     fx_name(plan->effect), plan->nth, plan->machine, (unsigned long long)o->seed,
                     check_name(w->checks.first.which), w->checks.first.words);
    }
}

static void aim_at_all(struct world_options *o, set_up_fn set_up, const enum fault *faults,
                       uint32_t count)
{
    AUTO_WORLD struct world *w = world_new(8, 8);
    uint32_t struck = 0;

    CU_ASSERT_PTR_NOT_NULL_FATAL(w);
    if (!w)
        return; /* CUnit has left already; a linter does not know. */
    for (enum fx kind = FX_SLEEP; kind < FX_COUNT; kind++) {
        for (uint32_t i = 0; i < count; i++) {
            for (uint32_t nth = 1; nth <= 3; nth++) {
                const struct world_plan plan = {.effect = kind, .nth = nth, .fault = faults[i]};

                aim(w, o, set_up, &plan);
                struck += w->figures.strikes[faults[i]];
            }
        }
    }
    /* Most calls of these stories are made: an aim that hits nothing proves nothing. */
    CU_ASSERT(struck > count * 10);
}

static void test_a_move_survives_any_call_that_goes_wrong(void)
{
    struct world_options o = kit_options();

    o.cfg.strategy = STRATEGY_GROUP;
    aim_at_all(&o, set_up_move, call_faults, CALL_FAULTS);
}

static void test_a_move_survives_a_death_or_a_freeze_at_any_step(void)
{
    struct world_options o = kit_options();

    o.cfg.strategy = STRATEGY_GROUP;
    for (o.seed = 1; o.seed <= 4; o.seed++)
        aim_at_all(&o, set_up_move, step_faults, STEP_FAULTS);
}

static void test_a_release_survives_anything_at_any_step(void)
{
    struct world_options o = kit_options();

    aim_at_all(&o, set_up_release, call_faults, CALL_FAULTS);
    aim_at_all(&o, set_up_release, step_faults, STEP_FAULTS);
    o.cfg.snapshot_on_release = true;
    aim_at_all(&o, set_up_release, call_faults, CALL_FAULTS);
    aim_at_all(&o, set_up_release, step_faults, STEP_FAULTS);
}

static void test_a_creation_under_a_limit_survives_anything_at_any_step(void)
{
    struct world_options o = kit_options();

    o.cfg.create_limit = 1;
    aim_at_all(&o, set_up_creation, call_faults, CALL_FAULTS);
    aim_at_all(&o, set_up_creation, step_faults, STEP_FAULTS);
}

static void test_a_creation_whose_answer_is_lost_makes_one_volume(void)
{
    struct world_options o = kit_options();

    o.plan_count = 1;
    o.plans[0] =
        (struct world_plan){.effect = FX_CREATE_VOLUME, .nth = 1, .fault = FAULT_REPLY_LOST};
    {
        AUTO_WORLD struct world *w = kit_world(&o);

        (void)kit_boots(w, 0, 0);
        world_run(w);
        CU_ASSERT_TRUE(world_is_clean(w));
        CU_ASSERT_EQUAL(w->figures.strikes[FAULT_REPLY_LOST], 1);
        CU_ASSERT_EQUAL(w->figures.created, 1);
        CU_ASSERT_EQUAL(ec2_volume_count(&w->cloud), 1);
    }
}

static void test_a_volume_stuck_in_attaching_is_let_go_of_and_another_taken(void)
{
    struct world_options o = kit_options();

    o.plan_count = 1;
    o.plans[0] = (struct world_plan){.effect = FX_ATTACH, .nth = 1, .fault = FAULT_STUCK_ATTACHING};
    {
        AUTO_WORLD struct world *w = kit_world(&o);
        const uint32_t m = kit_boots(w, 0, 0);

        (void)kit_data(w, 0, WORLD_NONE);
        (void)kit_data(w, 0, WORLD_NONE);
        world_run(w);
        CU_ASSERT_TRUE(world_is_clean(w));
        CU_ASSERT_EQUAL(w->figures.strikes[FAULT_STUCK_ATTACHING], 1);
        CU_ASSERT_NOT_EQUAL(w->machines[m].host.mounted, HOST_NONE);
        CU_ASSERT_EQUAL(w->figures.created, 0);
    }
}

static void test_a_reboot_finds_the_volume_again_and_makes_none(void)
{
    const struct world_options o = kit_options();
    AUTO_WORLD struct world *w = kit_world(&o);
    const uint32_t m =
        world_add_machine(w, &(struct world_machine_spec){.turn = TURN_REBOOT, .hold_ms = 60000});
    const uint32_t v = kit_data(w, 0, WORLD_NONE);

    world_run(w);
    CU_ASSERT_TRUE(world_is_clean(w));
    CU_ASSERT_EQUAL(w->machines[m].host.mounted, v);
    CU_ASSERT_EQUAL(w->figures.created, 0);
    CU_ASSERT_EQUAL(w->figures.calls[EC2_ATTACH_VOLUME], 1);
}

static void test_the_next_machine_takes_over_from_a_terminated_one(void)
{
    const struct world_options o = kit_options();
    AUTO_WORLD struct world *w = kit_world(&o);
    const uint32_t m = world_add_machine(
        w, &(struct world_machine_spec){.turn = TURN_TERMINATE, .hold_ms = 60000});
    const uint32_t heir = world_add_machine(w, &(struct world_machine_spec){.heir = true});
    const uint32_t v = kit_data(w, 0, WORLD_NONE);

    world_run(w);
    CU_ASSERT_TRUE(world_is_clean(w));
    CU_ASSERT_EQUAL(w->machines[m].life, LIFE_GONE);
    CU_ASSERT_EQUAL(w->machines[heir].host.mounted, v);
    CU_ASSERT_EQUAL(w->figures.created, 0);
}

const struct unit_test suite_scenario_crashes[] = {
    UNIT_TEST(test_a_move_survives_any_call_that_goes_wrong),
    UNIT_TEST(test_a_move_survives_a_death_or_a_freeze_at_any_step),
    UNIT_TEST(test_a_release_survives_anything_at_any_step),
    UNIT_TEST(test_a_creation_under_a_limit_survives_anything_at_any_step),
    UNIT_TEST(test_a_creation_whose_answer_is_lost_makes_one_volume),
    UNIT_TEST(test_a_volume_stuck_in_attaching_is_let_go_of_and_another_taken),
    UNIT_TEST(test_a_reboot_finds_the_volume_again_and_makes_none),
    UNIT_TEST(test_the_next_machine_takes_over_from_a_terminated_one),
    UNIT_END,
};
