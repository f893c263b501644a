/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_plan.c - the dry run: what it says, where it stops, and that it changes nothing at all.
 *
 * Every case ends with the count of changes that reached the models, which must be none.
 */
#include "machine.h"
#include "plan.h"
#include "unit.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

static const char *const mkfs[] = {"-t", "ext4", NULL};
static const struct cloud_spec cloud_spec = {.device = "/dev/xvdc", .type = "gp3", .size_gib = 8};
static const struct host_spec host_spec = {
    .mkfs = mkfs, .mkfs_count = 2, .target = "/mnt", .mode = -1};

static struct plan plan;
static char text[128 * 1024];

/* Plans from here on, and returns the exit code; the output is in `text`. */
static int make_plan(struct machine *m, bool json)
{
    struct buf out;
    const struct plan_options options = {
        .real = &m->sim.port, .cloud = &cloud_spec, .host = &host_spec, .out = &out, .json = json};
    int code;

    buf_on(&out, text, sizeof(text));
    plan_init(&plan, &options);
    m->driver.port = &plan.port;
    m->driver.watch = plan_watch;
    m->driver.watch_context = &plan;
    m->log.level = LOG_ERROR;
    code = plan_finish(&plan, machine_run(m), true);
    CU_ASSERT_FALSE(out.overflow);
    CU_ASSERT_EQUAL(sim_port_changes(&m->sim), 0);
    CU_ASSERT_EQUAL(m->sim.calls[FX_MKFS] + m->sim.calls[FX_FSCK] + m->sim.calls[FX_GROW] +
                        m->sim.calls[FX_MOUNT] + m->sim.calls[FX_EXTEND] +
                        m->sim.calls[FX_UNMOUNT] + m->sim.calls[FX_ANNOUNCE],
                    0);
    return code;
}

static void test_a_plan_stops_where_only_the_disk_can_tell(void)
{
    struct machine *m = machine_new();

    machine_add(m, &(struct machine_volume){.zone = 0});
    machine_begin(m, GOAL_RUN);
    CU_ASSERT_EQUAL(make_plan(m, false), PLAN_EXIT_CHANGES);
    CU_ASSERT_PTR_NOT_NULL(
        strstr(text, "+0.1s  listing -> attaching  (free: a free volume can be had in this zone, "
                     "or the chosen one is still free)\n    would change: attach "
                     "volume=vol-00000000000000001 instance=i-00000000000000001 "
                     "device=/dev/xvdc\n"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "Plan: 1 change so far; from here what is on the disk "
                                        "decides: a filesystem is mounted, a blank disk formatted "
                                        "first, anything else left untouched.\n"));
}

static void test_a_plan_to_create_goes_to_the_end(void)
{
    struct machine *m = machine_new();

    machine_begin(m, GOAL_RUN);
    CU_ASSERT_EQUAL(make_plan(m, false), PLAN_EXIT_CHANGES);
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "    would wait 14.9s\n"));
    CU_ASSERT_PTR_NOT_NULL(
        strstr(text, "    would change: create-volume zone=eu-1a size=8GiB type=gp3"));
    CU_ASSERT_PTR_NOT_NULL(
        strstr(text, "    would change: mkfs volume=new-volume-1 arguments=\"-t ext4\"\n"));
    CU_ASSERT_PTR_NOT_NULL(
        strstr(text, "    would change: mount volume=new-volume-1 target=/mnt\n"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "tidying -> done"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "changes, if nobody else acts meanwhile.\n"));
    CU_ASSERT_EQUAL(ec2_volume_count(&m->cloud), 0);
}

/* The wait of 15 s is skipped: the models' clock moves by the calls alone. */
static void test_a_plan_does_not_wait(void)
{
    struct machine *m = machine_new();
    uint64_t before;

    machine_begin(m, GOAL_RUN);
    before = m->sim.now_ms;
    (void)make_plan(m, false);
    CU_ASSERT_TRUE(m->sim.now_ms - before < 5000);
    CU_ASSERT_TRUE(plan.skipped_ms >= 14000);
}

static void test_a_plan_waits_for_a_service_that_asks_for_it(void)
{
    struct machine *m = machine_new();
    uint64_t before;

    machine_begin(m, GOAL_RUN);
    m->sim.fault = (struct sim_port_fault){.of = FX_LIST, .err = ERR_THROTTLED, .times = 4};
    before = m->sim.now_ms;
    CU_ASSERT_EQUAL(make_plan(m, false), PLAN_EXIT_CHANGES);
    CU_ASSERT_TRUE(m->sim.now_ms - before > 1000);
}

static void test_a_plan_to_move_shows_flag_snapshot_and_copy(void)
{
    struct machine *m = machine_new();

    machine_add(m, &(struct machine_volume){.zone = 1});
    m->cfg.strategy = STRATEGY_GROUP;
    machine_begin(m, GOAL_RUN);
    CU_ASSERT_EQUAL(make_plan(m, false), PLAN_EXIT_CHANGES);
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "tag=volclaim:claim/i-00000000000000001="));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, " want "));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "    would wait 30.0s\n"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, " own "));
    CU_ASSERT_PTR_NOT_NULL(
        strstr(text, "    would change: create-snapshot volume=vol-00000000000000001\n"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "    would change: create-copy "));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "the copy's own content decides"));
    CU_ASSERT_EQUAL(ec2_snapshot_count(&m->cloud), 0);
    CU_ASSERT_EQUAL(ec2_volume_count(&m->cloud), 1);
}

static void test_a_plan_reads_the_disk_of_a_volume_that_is_here(void)
{
    struct machine *m = machine_new();

    machine_add(m, &(struct machine_volume){.holder = m->instance + 1});
    machine_begin(m, GOAL_RUN);
    CU_ASSERT_EQUAL(make_plan(m, false), PLAN_EXIT_CHANGES);
    CU_ASSERT_EQUAL(m->sim.calls[FX_PROBE], 1);
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "tag=volclaim:fs=01020300-0000-0000-0000-000000000000"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "Plan: 5 changes, if nobody else acts meanwhile.\n"));
}

static void test_a_machine_that_holds_its_volume_has_an_empty_plan(void)
{
    struct machine *m = machine_new();

    machine_add(m, &(struct machine_volume){.zone = 0});
    machine_begin(m, GOAL_RUN);
    CU_ASSERT_EQUAL(machine_run(m), EXIT_DONE);
    machine_again(m, GOAL_RUN);
    CU_ASSERT_EQUAL(make_plan(m, false), EXIT_DONE);
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "Plan: no changes.\n"));
    CU_ASSERT_EQUAL(sim_port_cloud_calls(&m->sim), 1);
}

static void test_a_plan_that_would_fail_has_the_runs_exit_code(void)
{
    struct machine *m = machine_new();

    machine_add(m, &(struct machine_volume){.zone = 1, .holder = m->other + 1});
    m->cfg.strategy = STRATEGY_GROUP;
    m->cfg.create = CREATE_NEVER;
    machine_begin(m, GOAL_RUN);
    CU_ASSERT_EQUAL(make_plan(m, false), EXIT_NOTHING);
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "Plan: the run would end with exit code 69: "));
}

static void test_a_plan_as_json_is_one_object(void)
{
    struct machine *m = machine_new();
    const json_t *steps;
    const json_t *result;
    size_t changes = 0;
    json_t *whole;

    machine_begin(m, GOAL_RUN);
    CU_ASSERT_EQUAL(make_plan(m, true), PLAN_EXIT_CHANGES);
    whole = json_loads(text, 0, NULL);
    CU_ASSERT_PTR_NOT_NULL_FATAL(whole);
    steps = json_object_get(whole, "steps");
    result = json_object_get(whole, "result");
    CU_ASSERT_TRUE(json_array_size(steps) > 15);
    for (size_t i = 0; i < json_array_size(steps); i++) {
        const json_t *step = json_array_get(steps, i);

        changes += json_is_true(json_object_get(step, "change"));
        CU_ASSERT_PTR_NOT_NULL(json_string_value(json_object_get(step, "reason")));
        CU_ASSERT_PTR_NOT_NULL(json_string_value(json_object_get(step, "call")));
    }
    CU_ASSERT_EQUAL(json_integer_value(json_object_get(result, "changes")), (json_int_t)changes);
    CU_ASSERT_TRUE(json_is_true(json_object_get(result, "complete")));
    json_decref(whole);
}

static void test_a_plan_of_a_pool_in_use_gives_up_waiting_for_others(void)
{
    struct machine *m = machine_new();

    machine_add(m, &(struct machine_volume){.zone = 1, .holder = m->other + 1});
    m->cfg.strategy = STRATEGY_GROUP;
    m->cfg.create = CREATE_SHORT;
    machine_begin(m, GOAL_RUN);
    ec2_terminate(&m->cloud, m->other, m->sim.now_ms);
    (void)make_plan(m, false);
    CU_ASSERT_TRUE(plan.steps < PLAN_STEPS_MAX);
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "Plan: "));
}

const struct unit_test suite_plan[] = {
    UNIT_TEST(test_a_plan_stops_where_only_the_disk_can_tell),
    UNIT_TEST(test_a_plan_to_create_goes_to_the_end),
    UNIT_TEST(test_a_plan_does_not_wait),
    UNIT_TEST(test_a_plan_waits_for_a_service_that_asks_for_it),
    UNIT_TEST(test_a_plan_to_move_shows_flag_snapshot_and_copy),
    UNIT_TEST(test_a_plan_reads_the_disk_of_a_volume_that_is_here),
    UNIT_TEST(test_a_machine_that_holds_its_volume_has_an_empty_plan),
    UNIT_TEST(test_a_plan_that_would_fail_has_the_runs_exit_code),
    UNIT_TEST(test_a_plan_as_json_is_one_object),
    UNIT_TEST(test_a_plan_of_a_pool_in_use_gives_up_waiting_for_others),
    UNIT_END,
};
