/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_world.c - the loop itself: exact replays, clocks, the phases, and what calls cost.
 *
 * Whole runs of the real core, small ones; it must not tell stories, test_scenario_*.c do.
 */
#include "sim/scene.h"
#include "unit.h"
#include "world_kit.h"

#include <stdio.h>
#include <string.h>

static uint64_t digest_of(struct world *w, uint64_t seed, const struct trace_sink *trace)
{
    const struct sim_options o = {.lag_ms = FAULT_LAG_MS};

    scene_swarm(w, seed, &o, trace);
    world_run(w);
    return world_digest(w);
}

static void test_a_seed_replays_exactly_whatever_ran_before_and_whoever_listens(void)
{
    AUTO_WORLD struct world *w = world_new(SCENE_SMALL_MACHINES, SCENE_SMALL_VOLUMES);
    AUTO_WORLD struct world *x = world_new(SCENE_SMALL_MACHINES, SCENE_SMALL_VOLUMES);
    static struct kit_story story;
    const struct trace_sink listen = kit_listen(&story);

    CU_ASSERT_PTR_NOT_NULL_FATAL(w);
    CU_ASSERT_PTR_NOT_NULL_FATAL(x);
    for (uint64_t seed = 1; seed <= 60; seed++) {
        const uint64_t first = digest_of(w, seed, NULL);

        CU_ASSERT_EQUAL(digest_of(x, seed, &listen), first);
        CU_ASSERT_NOT_EQUAL(digest_of(w, seed + 1, NULL), first);
    }
}

static void test_a_small_swarm_with_all_faults_keeps_every_promise(void)
{
    AUTO_WORLD struct world *w = world_new(SCENE_SMALL_MACHINES, SCENE_SMALL_VOLUMES);
    const struct sim_options o = {
        .lag_ms = FAULT_LAG_MS, .faults = faults_all(), .faults_set = true};
    uint32_t clean = 0;

    CU_ASSERT_PTR_NOT_NULL_FATAL(w);
    for (uint64_t seed = 1; seed <= 100; seed++) {
        scene_swarm(w, seed, &o, NULL);
        world_run(w);
        clean += world_is_clean(w);
    }
    CU_ASSERT_EQUAL(clean, 100);
}

static void test_clocks_stay_within_their_bound_and_waits_end_when_they_show_it(void)
{
    struct world_options o = kit_options();

    o.faults.ppm[FAULT_CLOCK_WRONG] = FAULT_PPM;
    o.faults.ppm[FAULT_CLOCK_DRIFT] = FAULT_PPM;
    for (o.seed = 1; o.seed < 20; o.seed++) {
        AUTO_WORLD struct world *w = kit_world(&o);
        const uint32_t m = kit_stands(w, 0);

        for (int hours = 0; hours < 5; hours++) {
            const uint64_t shown = world_clock(w, m);
            const uint64_t when = world_when(w, m, shown + 30000);

            CU_ASSERT(shown + FAULT_CLOCK_MS >= w->now_ms);
            CU_ASSERT(shown <= w->now_ms + FAULT_CLOCK_MS);
            kit_wait(w, when - w->now_ms);
            CU_ASSERT(world_clock(w, m) >= shown + 30000);
            kit_wait(w, 3600000);
        }
    }
}

static uint32_t known_volume(struct world *w)
{
    const uint32_t v = kit_data(w, 0, WORLD_NONE);

    kit_mark(w, v, &(struct mark){.kind = MARK_FS, .uuid = ec2_content(&w->cloud, v)->fs});
    return v;
}

static void test_a_local_claim_takes_three_calls_and_a_second_run_one(void)
{
    const struct world_options o = kit_options();
    AUTO_WORLD struct world *w = kit_world(&o);
    const uint32_t m = kit_boots(w, 0, 0);
    const uint32_t v = known_volume(w);
    const uint32_t before = ec2_calls(&w->cloud, EC2_CREATE_TAGS);

    world_run(w);
    CU_ASSERT_TRUE(world_is_clean(w));
    CU_ASSERT_EQUAL(w->machines[m].host.mounted, v);
    CU_ASSERT_EQUAL(w->figures.calls[EC2_DESCRIBE_VOLUMES], 1);
    CU_ASSERT_EQUAL(w->figures.calls[EC2_ATTACH_VOLUME], 1);
    CU_ASSERT_EQUAL(w->figures.calls[EC2_DESCRIBE_TAGS], 1);
    CU_ASSERT_EQUAL(w->figures.calls[EC2_CREATE_TAGS], before);
    CU_ASSERT_EQUAL(w->machines[m].process, 3);
    CU_ASSERT_EQUAL(w->machines[m].calls, 1);
    CU_ASSERT_EQUAL(w->machines[m].changes, 0);
}

static void test_the_phases_follow_each_other_to_the_end(void)
{
    const struct world_options o = kit_options();
    AUTO_WORLD struct world *w = kit_world(&o);

    (void)kit_boots(w, 0, 0);
    (void)known_volume(w);
    CU_ASSERT_EQUAL(w->phase, PHASE_SAFETY);
    world_run_until(w, 60000);
    CU_ASSERT_EQUAL(w->phase, PHASE_CALM);
    world_run(w);
    CU_ASSERT_EQUAL(w->phase, PHASE_OVER);
    CU_ASSERT_FALSE(world_step(w));
}

static void test_an_aimed_fault_strikes_once_and_there(void)
{
    struct world_options o = kit_options();
    static struct kit_story story;
    const struct trace_sink listen = kit_listen(&story);

    o.trace = &listen;
    o.plan_count = 1;
    o.plans[0] =
        (struct world_plan){.machine = 0, .effect = FX_ATTACH, .nth = 1, .fault = FAULT_REPLY_LOST};
    {
        AUTO_WORLD struct world *w = kit_world(&o);

        (void)kit_boots(w, 0, 0);
        (void)known_volume(w);
        world_run(w);
        CU_ASSERT_TRUE(world_is_clean(w));
        CU_ASSERT_EQUAL(w->figures.strikes[FAULT_REPLY_LOST], 1);
        CU_ASSERT_EQUAL(kit_times(&story, "i0 * no answer to attach"), 1);
        CU_ASSERT_EQUAL(w->figures.calls[EC2_ATTACH_VOLUME], 1);
    }
}

static void test_a_request_that_arrives_after_its_window_is_refused(void)
{
    const struct world_options o = kit_options();
    AUTO_WORLD struct world *w = kit_world(&o);
    const uint32_t m = kit_stands(w, 0);
    const uint32_t v = kit_data(w, 0, WORLD_NONE);
    struct ec2_request rq = {.action = EC2_ATTACH_VOLUME,
                             .volume = ec2_volume_id(&w->cloud, v),
                             .instance = ec2_instance_id(&w->cloud, m),
                             .device = "/dev/xvdba"};
    struct ec2_answer a;

    rq.stamp_ms = client_stamp(w->now_ms + 5000, w->o.rates.past_ms);
    kit_wait(w, 5001);
    ec2_execute(&w->cloud, &rq, w->now_ms, &a);
    CU_ASSERT_EQUAL(a.code, EC2_CODE_EXPIRED);
    rq.stamp_ms = client_stamp(w->now_ms + 5000, w->o.rates.past_ms);
    ec2_execute(&w->cloud, &rq, w->now_ms, &a);
    CU_ASSERT_EQUAL(a.code, EC2_CODE_OK);
}

static void test_trace_lines_have_columns_that_can_be_relied_on(void)
{
    const struct effect fx = {.kind = FX_ATTACH};
    const struct effect end = {.kind = FX_FINISH, .exit_code = 75, .reason = "later"};
    struct trace_step step = {
        .time_ms = 12345,
        .machine = 3,
        .process = 1,
        .arrow = {.from = ST_LISTING, .event = EV_FREE, .to = ST_ATTACHING},
        .fx = &fx,
        .volume = "vol-0007",
        .zone = "us-east-1a",
    };
    char line[TRACE_LINE_MAX];

    trace_format_step(&step, line);
    CU_ASSERT_STRING_EQUAL(line, "[   12.345] i3 listing            free          -> attaching"
                                 "          vol-0007 (us-east-1a)");
    step.arrow = (struct claim_trace){.from = ST_LISTING, .event = EV_LATE, .to = ST_FAILED};
    step.fx = &end;
    step.volume = step.zone = "";
    trace_format_step(&step, line);
    CU_ASSERT_STRING_EQUAL(line, "[   12.345] i3 listing            late          -> failed"
                                 "             exit 75: later");
    trace_format_note(61002, 4, "reboots", line);
    CU_ASSERT_STRING_EQUAL(line, "[   61.002] i4 * reboots");
    trace_format_note(61002, -1, "faults stop", line);
    CU_ASSERT_STRING_EQUAL(line, "[   61.002] * faults stop");
}

static void test_a_tail_keeps_the_last_lines(void)
{
    char lines[3][TRACE_LINE_MAX];
    struct trace_tail tail = {.lines = lines, .capacity = 3};
    const struct trace_sink sink = trace_to_tail(&tail);

    sink.note(sink.ctx, 0, 0, "one");
    sink.note(sink.ctx, 0, 0, "two");
    sink.note(sink.ctx, 0, 0, "three");
    sink.note(sink.ctx, 0, 0, "four");
    CU_ASSERT_EQUAL(tail.seen, 4);
    CU_ASSERT_STRING_EQUAL(lines[0], "[    0.000] i0 * four");
    CU_ASSERT_STRING_EQUAL(lines[1], "[    0.000] i0 * two");
}

const struct unit_test suite_world[] = {
    UNIT_TEST(test_a_seed_replays_exactly_whatever_ran_before_and_whoever_listens),
    UNIT_TEST(test_a_small_swarm_with_all_faults_keeps_every_promise),
    UNIT_TEST(test_clocks_stay_within_their_bound_and_waits_end_when_they_show_it),
    UNIT_TEST(test_a_local_claim_takes_three_calls_and_a_second_run_one),
    UNIT_TEST(test_the_phases_follow_each_other_to_the_end),
    UNIT_TEST(test_an_aimed_fault_strikes_once_and_there),
    UNIT_TEST(test_a_request_that_arrives_after_its_window_is_refused),
    UNIT_TEST(test_trace_lines_have_columns_that_can_be_relied_on),
    UNIT_TEST(test_a_tail_keeps_the_last_lines),
    UNIT_END,
};
