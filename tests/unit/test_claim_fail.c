/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_claim_fail.c - how runs end that cannot succeed: the exit code, and what is left in place.
 *
 * A run that fails with a volume attached gives it back; no failure may leave a changed volume that
 * the next run could not read.
 */
#include "lib/script.h"
#include "unit.h"

#include <stdio.h>
#include <string.h>

static struct script s;

static struct staged *open_near(void)
{
    script_open(&s, GOAL_RUN, NULL);
    return script_volume(&s, "vol-1", SCRIPT_ZONE);
}

/* One error in one state, and how the run ends by it. */
struct row {
    enum claim_state state;
    enum err err;
    int exit_code;
    bool held; /* the volume stays attached */
};

static void check(const struct row *rows, size_t count, bool blank)
{
    for (size_t i = 0; i < count; i++) {
        struct staged *v = open_near();
        int code = 0;

        if (blank) {
            script_blank(v, false);
        }
        script_start(&s);
        script_until(&s, rows[i].state);
        /* What is tried again is refused again. */
        for (int k = 0; k < 8 && s.claim.state == rows[i].state; k++) {
            script_answer(&s, s.fx.kind == FX_SLEEP ? ERR_OK : rows[i].err);
        }
        code = script_finish(&s);
        if (code != rows[i].exit_code || (v->volume.state == VOL_IN_USE) != rows[i].held) {
            (void)printf("\n    %s %s: exit %d", claim_state_name(rows[i].state),
                         err_name(rows[i].err), code);
        }
        CU_ASSERT_EQUAL(code, rows[i].exit_code);
        CU_ASSERT_EQUAL(v->volume.state == VOL_IN_USE, rows[i].held);
    }
}

static void test_each_refusal_ends_with_its_exit_code_and_gives_the_volume_back(void)
{
    static const struct row rows[] = {
        {ST_IDENTIFYING, ERR_DENIED, EXIT_DENIED, false},
        {ST_IDENTIFYING, ERR_INVALID, EXIT_CONFIG, false},
        {ST_INSPECTING, ERR_IO, EXIT_AGAIN, false},
        {ST_LISTING, ERR_DENIED, EXIT_DENIED, false},
        {ST_LISTING, ERR_INVALID, EXIT_CONFIG, false},
        {ST_ATTACHING, ERR_DENIED, EXIT_DENIED, false},
        {ST_ATTACHING, ERR_LIMIT, EXIT_NOTHING, false},
        {ST_ATTACHING, ERR_INVALID, EXIT_CONFIG, false},
        {ST_JUDGING, ERR_DENIED, EXIT_DENIED, false},
        {ST_AWAITING_DEVICE, ERR_UNSUPPORTED, EXIT_CONFIG, false},
        {ST_PROBING, ERR_FOREIGN, EXIT_UNSAFE, false},
        {ST_PROBING, ERR_UNSUPPORTED, EXIT_CONFIG, false},
        {ST_PROBING, ERR_IO, EXIT_AGAIN, false},
        {ST_CHECKING, ERR_IO, EXIT_UNSAFE, false},
        {ST_MOUNTING, ERR_IO, EXIT_AGAIN, false},
        {ST_MOUNTING, ERR_CONFIG, EXIT_CONFIG, false},
        {ST_VERIFYING, ERR_NOT_FOUND, EXIT_UNSAFE, true},
    };

    check(rows, sizeof rows / sizeof rows[0], false);
}

static void test_each_refusal_on_the_way_to_a_filesystem_gives_the_volume_back(void)
{
    static const struct row rows[] = {
        {ST_BLESSING, ERR_DENIED, EXIT_DENIED, false},
        {ST_BLESSING, ERR_LIMIT, EXIT_NOTHING, false},
        {ST_FORMATTING, ERR_FOREIGN, EXIT_UNSAFE, false},
        {ST_FORMATTING, ERR_UNSUPPORTED, EXIT_CONFIG, false},
        {ST_RECORDING_MADE, ERR_DENIED, EXIT_DENIED, false},
        {ST_RECORDING_MADE, ERR_LIMIT, EXIT_NOTHING, false},
        {ST_UNBLESSING, ERR_DENIED, EXIT_DENIED, false},
    };

    check(rows, sizeof rows / sizeof rows[0], true);
}

static void test_failures_that_only_make_it_less_than_wished_do_not_fail_the_run(void)
{
    static const struct row rows[] = {
        {ST_GROWING, ERR_UNSUPPORTED, 0, true},
        {ST_EXTENDING, ERR_UNSUPPORTED, 0, true},
        {ST_ANNOUNCING, ERR_UNSUPPORTED, 0, true},
        {ST_TIDYING, ERR_UNSUPPORTED, 0, true},
    };

    check(rows, sizeof rows / sizeof rows[0], false);
}

static void test_foreign_content_is_quarantined_and_left_untouched(void)
{
    struct staged *v = open_near();

    v->content.kind = PROBE_FOREIGN;
    CU_ASSERT_EQUAL(script_run(&s), EXIT_UNSAFE);
    script_film(&s, "(opening)\n"
                    "listing free -> attaching attach vol-1\n"
                    "attaching ok -> awaiting-device await-device vol-1\n"
                    "awaiting-device ok -> judging read-tags vol-1\n"
                    "judging mine -> probing probe vol-1\n"
                    "probing unsafe -> quarantining mark vol-1\n"
                    "quarantining ok -> parting detach vol-1\n"
                    "parting ok -> failed finish 65\n");
    CU_ASSERT_TRUE(v->volume.quarantined);
    CU_ASSERT_EQUAL(v->volume.state, VOL_AVAILABLE);
    CU_ASSERT_STRING_EQUAL(s.fx.reason, "the device has content that must not be touched");
}

static void test_a_detach_in_doubt_at_the_end_is_waited_for(void)
{
    (void)open_near();
    script_start(&s);
    script_until(&s, ST_JUDGING);
    script_answer(&s, ERR_DENIED);
    script_cut(&s);
    script_answer(&s, ERR_THROTTLED);
    script_answer(&s, ERR_OK);
    script_lose(&s);
    CU_ASSERT_EQUAL(script_finish(&s), EXIT_DENIED);
    script_film(&s, "parting busy -> parting sleep\n"
                    "parting woke -> parting detach vol-1\n"
                    "parting unknown -> part-doubt sleep\n"
                    "part-doubt woke -> failed finish 77\n");
    CU_ASSERT_TRUE(s.now_ms >= SCRIPT_START_MS + 75000 + 30000);
}

static void test_the_deadline_ends_a_run_that_only_waits(void)
{
    struct claim_config cfg;
    struct staged *v = NULL;

    claim_defaults(&cfg);
    cfg.deadline_ms = 60000;
    script_open(&s, GOAL_RUN, &cfg);
    v = script_volume(&s, "vol-1", SCRIPT_ZONE);
    script_hold(v, SCRIPT_SELF);
    v->volume.attachment = ATT_BUSY;
    CU_ASSERT_EQUAL(script_run(&s), EXIT_AGAIN);
    CU_ASSERT_TRUE(s.now_ms < SCRIPT_START_MS + 66000);
    v = open_near();
    s.claim.cfg.deadline_ms = 60000;
    script_start(&s);
    script_until(&s, ST_JUDGING);
    script_flag(&s, v, "i-9", false, 600000);
    CU_ASSERT_EQUAL(script_finish(&s), EXIT_AGAIN);
    CU_ASSERT_EQUAL(v->volume.state, VOL_AVAILABLE);
}

static void test_something_else_at_the_target_is_a_matter_of_configuration(void)
{
    (void)open_near();
    s.host.target_mounted = true;
    CU_ASSERT_EQUAL(script_run(&s), EXIT_CONFIG);
    script_film(&s, "(opening)\n"
                    "listing occupied -> failed finish 78\n");
    CU_ASSERT_EQUAL(s.changes, 0);
}

static void test_a_volume_mounted_elsewhere_is_neither_checked_nor_detached(void)
{
    struct staged *v = open_near();

    script_hold(v, SCRIPT_SELF);
    s.mounted_elsewhere = v->volume.id;
    CU_ASSERT_EQUAL(script_run(&s), EXIT_CONFIG);
    CU_ASSERT_EQUAL(v->volume.state, VOL_IN_USE);
    CU_ASSERT_EQUAL(s.changes, 0);
}

static void test_another_volume_is_never_mounted_over_an_occupied_target(void)
{
    (void)open_near();
    script_hold(script_find(&s, "vol-1"), SCRIPT_SELF);
    s.host.target_mounted = true;
    CU_ASSERT_TRUE(id_set(&s.host.target_volume, "vol-foreign"));
    CU_ASSERT_EQUAL(script_run(&s), EXIT_CONFIG);
    CU_ASSERT_EQUAL(s.changes, 0);
}

static void test_a_device_name_in_use_is_counted_up_to_the_last(void)
{
    (void)open_near();
    script_start(&s);
    script_until(&s, ST_ATTACHING);
    script_answer(&s, ERR_NAME_TAKEN);
    CU_ASSERT_EQUAL(s.fx.device_name, 1);
    for (int i = 0; i < 100 && s.claim.state == ST_ATTACHING; i++) {
        script_answer(&s, ERR_NAME_TAKEN);
    }
    CU_ASSERT_EQUAL(s.claim.state, ST_FAILED);
    CU_ASSERT_EQUAL(s.fx.exit_code, EXIT_NOTHING);
}

static void test_a_clock_set_back_shortens_no_wait(void)
{
    (void)open_near();
    script_start(&s);
    s.now_ms -= 3600000;
    script_answer(&s, ERR_OK);
    CU_ASSERT_EQUAL(s.claim.now_ms, SCRIPT_START_MS);
}

const struct unit_test suite_claim_fail[] = {
    UNIT_TEST(test_each_refusal_ends_with_its_exit_code_and_gives_the_volume_back),
    UNIT_TEST(test_each_refusal_on_the_way_to_a_filesystem_gives_the_volume_back),
    UNIT_TEST(test_failures_that_only_make_it_less_than_wished_do_not_fail_the_run),
    UNIT_TEST(test_foreign_content_is_quarantined_and_left_untouched),
    UNIT_TEST(test_a_detach_in_doubt_at_the_end_is_waited_for),
    UNIT_TEST(test_the_deadline_ends_a_run_that_only_waits),
    UNIT_TEST(test_something_else_at_the_target_is_a_matter_of_configuration),
    UNIT_TEST(test_a_volume_mounted_elsewhere_is_neither_checked_nor_detached),
    UNIT_TEST(test_another_volume_is_never_mounted_over_an_occupied_target),
    UNIT_TEST(test_a_device_name_in_use_is_counted_up_to_the_last),
    UNIT_TEST(test_a_clock_set_back_shortens_no_wait),
    UNIT_END,
};
