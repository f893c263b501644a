/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_driver.c - whole runs of the program's own loop, over the simulated region and machine.
 *
 * It asserts what people and programs see: the step lines, the exit code, the calls, the end. Times
 * are the models' business and are not asserted, but for the first.
 */
#include "machine.h"
#include "unit.h"

#include <stdio.h>
#include <string.h>

/* The log as a film: of each step line the words between `from=` and the volume, one to a line. */
static const char *film(const struct machine *m)
{
    static char out[16 * 1024];
    size_t used = 0;

    out[0] = '\0';
    for (const char *at = strstr(m->lines, " from="); at; at = strstr(at + 1, " from=")) {
        const char *end = strstr(at, " volume=");

        if (!end)
            break;
        used +=
            (size_t)snprintf(out + used, sizeof(out) - used, "%.*s\n", (int)(end - at - 1), at + 1);
    }
    return out;
}

static void test_a_step_is_one_line_with_these_fields(void)
{
    struct machine *m = machine_new();

    machine_add(m, &(struct machine_volume){.zone = 0});
    machine_begin(m, GOAL_RUN);
    CU_ASSERT_EQUAL(machine_run(m), EXIT_DONE);
    CU_ASSERT_PTR_NOT_NULL(strstr(m->lines, " step t=1767322986000 from=idle event=start "
                                            "to=identifying effect=identify volume=- attempt=0 "
                                            "answer=ok\n"));
    CU_ASSERT_PTR_NOT_NULL(strstr(m->lines, " from=listing event=free to=attaching effect=attach "
                                            "volume=vol-00000000000000001 attempt=0 answer=ok\n"));
    CU_ASSERT_PTR_NOT_NULL(strstr(m->lines, "done reason=done exit=0\n"));
}

static void test_a_free_volume_is_attached_checked_and_mounted(void)
{
    struct machine *m = machine_new();
    const uint32_t volume = machine_add(m, &(struct machine_volume){.zone = 0});

    machine_begin(m, GOAL_RUN);
    CU_ASSERT_EQUAL(machine_run(m), EXIT_DONE);
    CU_ASSERT_EQUAL(machine_mounted(m), volume);
    CU_ASSERT_EQUAL(m->sim.calls[FX_MKFS], 0);
    CU_ASSERT_STRING_EQUAL(film(m),
                           "from=idle event=start to=identifying effect=identify\n"
                           "from=identifying event=ok to=inspecting effect=inspect\n"
                           "from=inspecting event=ok to=listing effect=list\n"
                           "from=listing event=free to=attaching effect=attach\n"
                           "from=attaching event=ok to=awaiting-device effect=await-device\n"
                           "from=awaiting-device event=ok to=judging effect=read-tags\n"
                           "from=judging event=mine to=probing effect=probe\n"
                           "from=probing event=new to=recording effect=mark\n"
                           "from=recording event=ok to=checking effect=fsck\n"
                           "from=checking event=ok to=growing effect=grow\n"
                           "from=growing event=ok to=mounting effect=mount\n"
                           "from=mounting event=ok to=extending effect=extend\n"
                           "from=extending event=ok to=verifying effect=verify\n"
                           "from=verifying event=ok to=announcing effect=announce\n"
                           "from=announcing event=ok to=tidying effect=inspect\n"
                           "from=tidying event=clean to=done effect=finish\n");
}

static void test_a_second_run_asks_once_and_changes_nothing(void)
{
    struct machine *m = machine_new();
    const uint32_t volume = machine_add(m, &(struct machine_volume){.zone = 0});

    machine_begin(m, GOAL_RUN);
    CU_ASSERT_EQUAL(machine_run(m), EXIT_DONE);
    machine_again(m, GOAL_RUN);
    CU_ASSERT_EQUAL(machine_run(m), EXIT_DONE);
    CU_ASSERT_EQUAL(sim_port_cloud_calls(&m->sim), 1);
    CU_ASSERT_EQUAL(sim_port_changes(&m->sim), 0);
    CU_ASSERT_EQUAL(machine_mounted(m), volume);
}

static void test_a_release_unmounts_and_gives_back(void)
{
    struct machine *m = machine_new();
    const uint32_t volume = machine_add(m, &(struct machine_volume){.zone = 0});

    machine_begin(m, GOAL_RUN);
    CU_ASSERT_EQUAL(machine_run(m), EXIT_DONE);
    machine_again(m, GOAL_RELEASE);
    CU_ASSERT_EQUAL(machine_run(m), EXIT_DONE);
    CU_ASSERT_EQUAL(machine_mounted(m), EC2_NONE);
    CU_ASSERT_EQUAL(ec2_truth_volume(&m->cloud, volume, m->sim.now_ms).state, VOL_AVAILABLE);
}

static void test_an_empty_pool_gets_a_new_formatted_volume(void)
{
    struct machine *m = machine_new();

    machine_begin(m, GOAL_RUN);
    CU_ASSERT_EQUAL(machine_run(m), EXIT_DONE);
    CU_ASSERT_EQUAL(ec2_volume_count(&m->cloud), 1);
    CU_ASSERT_EQUAL(machine_mounted(m), 0);
    CU_ASSERT_EQUAL(m->sim.calls[FX_CREATE_VOLUME], 1);
    CU_ASSERT_EQUAL(m->sim.calls[FX_MKFS], 1);
}

static void test_a_volume_in_the_other_zone_is_moved_here(void)
{
    struct machine *m = machine_new();
    const uint32_t source = machine_add(m, &(struct machine_volume){.zone = 1});
    uint32_t copy;

    m->cfg.strategy = STRATEGY_GROUP;
    machine_begin(m, GOAL_RUN);
    CU_ASSERT_EQUAL(machine_run(m), EXIT_DONE);
    copy = machine_mounted(m);
    CU_ASSERT_NOT_EQUAL(copy, source);
    CU_ASSERT_NOT_EQUAL_FATAL(copy, EC2_NONE);
    CU_ASSERT_EQUAL(ec2_content(&m->cloud, copy)->data_id, ec2_content(&m->cloud, source)->data_id);
    CU_ASSERT_EQUAL(m->sim.calls[FX_CREATE_SNAPSHOT], 1);
    CU_ASSERT_EQUAL(m->sim.calls[FX_CREATE_COPY], 1);
    CU_ASSERT_EQUAL(m->sim.calls[FX_DELETE_VOLUME], 1);
    CU_ASSERT_EQUAL(m->sim.calls[FX_MKFS], 0);
    CU_ASSERT_NOT_EQUAL(ec2_truth_volume(&m->cloud, source, m->sim.now_ms).state, VOL_AVAILABLE);
}

static void test_foreign_content_ends_with_65_and_is_left_alone(void)
{
    struct machine *m = machine_new();
    const uint32_t volume = machine_add(m, &(struct machine_volume){.foreign = true});

    machine_begin(m, GOAL_RUN);
    CU_ASSERT_EQUAL(machine_run(m), EXIT_UNSAFE);
    CU_ASSERT_EQUAL(ec2_content(&m->cloud, volume)->kind, EC2_FOREIGN);
    CU_ASSERT_EQUAL(m->sim.calls[FX_MKFS], 0);
    CU_ASSERT_EQUAL(m->sim.calls[FX_MOUNT], 0);
}

static void test_a_denial_ends_with_77_and_the_leafs_words(void)
{
    struct machine *m = machine_new();

    machine_add(m, &(struct machine_volume){.zone = 0});
    machine_begin(m, GOAL_RUN);
    m->sim.fault = (struct sim_port_fault){.of = FX_ATTACH, .err = ERR_DENIED, .times = 1};
    CU_ASSERT_EQUAL(machine_run(m), EXIT_DENIED);
    CU_ASSERT_PTR_NOT_NULL(strstr(m->lines, "failed reason="));
    CU_ASSERT_PTR_NOT_NULL(strstr(m->lines, "exit=77\n"));
    CU_ASSERT_PTR_NOT_NULL(strstr(m->lines, "attach vol-00000000000000001: planned failure"));
    CU_ASSERT_PTR_NULL(strstr(m->lines, "recorder"));
}

static void test_a_quiet_run_that_fails_tells_its_last_steps(void)
{
    struct machine *m = machine_new();

    machine_add(m, &(struct machine_volume){.zone = 0});
    machine_begin(m, GOAL_RUN);
    m->log.level = LOG_ERROR;
    m->sim.fault = (struct sim_port_fault){.of = FX_ATTACH, .err = ERR_DENIED, .times = 1};
    CU_ASSERT_EQUAL(machine_run(m), EXIT_DENIED);
    CU_ASSERT_PTR_NOT_NULL(strstr(m->lines, "recorder steps=5 before=0\n"));
    CU_ASSERT_PTR_NOT_NULL(strstr(m->lines, "from=listing event=free to=attaching"));
    CU_ASSERT_PTR_NOT_NULL(strstr(m->lines, "answer=denied\n"));
}

static void test_an_attach_that_was_done_but_not_answered_is_not_sent_again(void)
{
    struct machine *m = machine_new();
    const uint32_t volume = machine_add(m, &(struct machine_volume){.zone = 0});

    machine_begin(m, GOAL_RUN);
    m->sim.fault =
        (struct sim_port_fault){.of = FX_ATTACH, .err = ERR_UNKNOWN, .times = 1, .after = true};
    CU_ASSERT_EQUAL(machine_run(m), EXIT_DONE);
    CU_ASSERT_EQUAL(m->sim.calls[FX_ATTACH], 1);
    CU_ASSERT_EQUAL(machine_mounted(m), volume);
}

static void test_throttled_looks_are_repeated_until_they_are_answered(void)
{
    struct machine *m = machine_new();

    machine_add(m, &(struct machine_volume){.zone = 0});
    machine_begin(m, GOAL_RUN);
    m->sim.fault = (struct sim_port_fault){.of = FX_LIST, .err = ERR_THROTTLED, .times = 5};
    CU_ASSERT_EQUAL(machine_run(m), EXIT_DONE);
    CU_ASSERT_EQUAL(m->sim.calls[FX_LIST], 6);
    CU_ASSERT_EQUAL(m->sim.calls[FX_CREATE_VOLUME], 0);
}

static void test_a_failure_that_was_overcome_is_not_blamed_at_the_end(void)
{
    struct machine *m = machine_new();

    machine_add(m, &(struct machine_volume){.zone = 1, .holder = m->other + 1});
    m->cfg.strategy = STRATEGY_GROUP;
    m->cfg.create = CREATE_NEVER;
    machine_begin(m, GOAL_RUN);
    m->sim.fault = (struct sim_port_fault){.of = FX_LIST, .err = ERR_THROTTLED, .times = 2};
    CU_ASSERT_EQUAL(machine_run(m), EXIT_NOTHING);
    CU_ASSERT_PTR_NOT_NULL(strstr(m->lines, "failed reason=\"no volume can be had"));
    CU_ASSERT_PTR_NULL(strstr(m->lines, "planned failure"));
}

static void test_a_run_without_time_left_tells_what_it_was_in(void)
{
    struct machine *m = machine_new();

    machine_add(m, &(struct machine_volume){.zone = 0});
    m->cfg.deadline_ms = 60000;
    machine_begin(m, GOAL_RUN);
    m->sim.fault = (struct sim_port_fault){.of = FX_LIST, .err = ERR_THROTTLED, .times = 10000};
    CU_ASSERT_EQUAL(machine_run(m), EXIT_AGAIN);
    CU_ASSERT_PTR_NOT_NULL(
        strstr(m->lines, "failed reason=\"the deadline of the run has passed\""));
    CU_ASSERT_PTR_NOT_NULL(strstr(m->lines, "planned failure"));
}

static void test_a_provider_is_never_asked_for_what_it_cannot_do(void)
{
    struct machine *m = machine_new();

    machine_begin(m, GOAL_RUN);
    m->sim.cloud.capabilities = 0;
    CU_ASSERT_EQUAL(machine_run(m), EXIT_DONE);
    CU_ASSERT_EQUAL(m->sim.calls[FX_READ_LEAVING], 0);
    CU_ASSERT_EQUAL(m->sim.calls[FX_LIST_SNAPSHOTS], 0);
}

/* A clock that counts how often it is read. */
struct counting_clock {
    struct clock_port port;
    struct clock_port *inner;
    uint32_t reads;
};

static uint64_t counted_now(struct clock_port *clock)
{
    struct counting_clock *c = (struct counting_clock *)clock;

    c->reads++;
    return c->inner->now_ms(c->inner);
}

static void counted_sleep(struct clock_port *clock, uint64_t wake_ms)
{
    struct counting_clock *c = (struct counting_clock *)clock;

    c->inner->sleep_until(c->inner, wake_ms);
}

static void test_the_clock_is_read_once_for_each_step(void)
{
    struct machine *m = machine_new();
    struct counting_clock clock = {
        .port = {.now_ms = counted_now, .sleep_until = counted_sleep},
    };

    machine_begin(m, GOAL_RUN);
    clock.inner = &m->sim.clock;
    m->sim.port.clock = &clock.port;
    CU_ASSERT_EQUAL(machine_run(m), EXIT_DONE);
    CU_ASSERT_EQUAL(clock.reads, m->driver.recorder.count);
}

static bool stop_before_changes(void *context, const struct driver_step *step)
{
    uint32_t *seen = context;

    (*seen)++;
    return fx_manner(step->effect->kind) == FX_LOOKS;
}

static void test_a_watch_stops_the_run_before_the_effect(void)
{
    struct machine *m = machine_new();
    uint32_t seen = 0;

    machine_add(m, &(struct machine_volume){.zone = 0});
    machine_begin(m, GOAL_RUN);
    m->driver.watch = stop_before_changes;
    m->driver.watch_context = &seen;
    CU_ASSERT_EQUAL(machine_run(m), DRIVER_STOPPED);
    CU_ASSERT_EQUAL(seen, 4);
    CU_ASSERT_EQUAL(sim_port_changes(&m->sim), 0);
}

static void test_the_recorder_keeps_the_last_steps(void)
{
    struct recorder r = {.count = 0};

    CU_ASSERT_PTR_NULL(recorder_at(&r, 0));
    for (uint32_t i = 0; i < 100; i++)
        recorder_add(&r, &(struct recorded){.now_ms = i});
    CU_ASSERT_EQUAL(recorder_at(&r, 0)->now_ms, 100 - RECORDER_STEPS);
    CU_ASSERT_EQUAL(recorder_at(&r, RECORDER_STEPS - 1)->now_ms, 99);
    CU_ASSERT_PTR_NULL(recorder_at(&r, RECORDER_STEPS));
}

const struct unit_test suite_driver[] = {
    UNIT_TEST(test_a_step_is_one_line_with_these_fields),
    UNIT_TEST(test_a_free_volume_is_attached_checked_and_mounted),
    UNIT_TEST(test_a_second_run_asks_once_and_changes_nothing),
    UNIT_TEST(test_a_release_unmounts_and_gives_back),
    UNIT_TEST(test_an_empty_pool_gets_a_new_formatted_volume),
    UNIT_TEST(test_a_volume_in_the_other_zone_is_moved_here),
    UNIT_TEST(test_foreign_content_ends_with_65_and_is_left_alone),
    UNIT_TEST(test_a_denial_ends_with_77_and_the_leafs_words),
    UNIT_TEST(test_a_quiet_run_that_fails_tells_its_last_steps),
    UNIT_TEST(test_an_attach_that_was_done_but_not_answered_is_not_sent_again),
    UNIT_TEST(test_throttled_looks_are_repeated_until_they_are_answered),
    UNIT_TEST(test_a_failure_that_was_overcome_is_not_blamed_at_the_end),
    UNIT_TEST(test_a_run_without_time_left_tells_what_it_was_in),
    UNIT_TEST(test_a_provider_is_never_asked_for_what_it_cannot_do),
    UNIT_TEST(test_the_clock_is_read_once_for_each_step),
    UNIT_TEST(test_a_watch_stops_the_run_before_the_effect),
    UNIT_TEST(test_the_recorder_keeps_the_last_steps),
    UNIT_END,
};
