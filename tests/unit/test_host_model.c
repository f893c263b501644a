/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_host_model.c - a machine's kernel: devices come and go, content is made and lost as bytes
 * are.
 *
 * Jobs are begun and ended by hand; no claim and no loop is involved.
 */
#include "unit.h"
#include "world_kit.h"

#include <string.h>

static struct host_env env_of(struct world *w, uint32_t machine)
{
    return (struct host_env){
        .cloud = &w->cloud,
        .faults = w->faulty ? &w->faults : NULL,
        .rates = &w->o.host_rates,
        .chance = &w->chance,
        .now_ms = w->now_ms,
        .machine = machine,
        .next_data_id = &w->next_data_id,
        .room = &w->inspection,
    };
}

static void do_job(struct world *w, uint32_t machine, const struct effect *fx, struct answer *a)
{
    struct host_env env = env_of(w, machine);
    struct host *h = &w->machines[machine].host;
    const uint64_t deadline_ms = w->now_ms + 60000;
    uint64_t at_ms = host_begin(h, &env, fx, deadline_ms);

    do {
        CU_ASSERT_FATAL(at_ms >= w->now_ms);
        kit_wait(w, at_ms - w->now_ms);
        env.now_ms = w->now_ms;
        at_ms = host_end(h, &env, fx, deadline_ms, a);
    } while (at_ms > 0);
}

static enum err job(struct world *w, uint32_t machine, enum fx kind, uint32_t volume)
{
    struct effect fx = {.kind = kind, .volume = ec2_volume_id(&w->cloud, volume)};
    struct answer a;

    fx.fs.bytes[0] = 7;
    if (kind == FX_MOUNT)
        memset(&fx.fs, 0, sizeof(fx.fs));
    do_job(w, machine, &fx, &a);
    return a.err;
}

static enum probe_kind probe_kind_of(struct world *w, uint32_t machine, uint32_t volume, bool blank)
{
    const struct effect fx = {
        .kind = FX_PROBE, .volume = ec2_volume_id(&w->cloud, volume), .has_blank = blank};
    struct answer a;

    do_job(w, machine, &fx, &a);
    return a.err == ERR_OK ? a.probe.kind : PROBE_NONE;
}

static void attach(struct world *w, uint32_t volume, uint32_t machine)
{
    const struct host_env env = env_of(w, machine);
    struct ec2_answer a;

    ec2_execute(&w->cloud,
                &(struct ec2_request){.action = EC2_ATTACH_VOLUME,
                                      .volume = ec2_volume_id(&w->cloud, volume),
                                      .instance = ec2_instance_id(&w->cloud, machine),
                                      .device = "/dev/xvdbq"},
                w->now_ms, &a);
    CU_ASSERT_EQUAL_FATAL(a.code, EC2_CODE_OK);
    host_attached(&w->machines[machine].host, &env, volume);
}

static uint32_t blank(struct world *w)
{
    return world_add_volume(w, &(struct world_volume_spec){.holder = WORLD_NONE});
}

static void test_a_device_appears_some_time_after_the_attachment(void)
{
    const struct world_options o = kit_options();
    AUTO_WORLD struct world *w = kit_world(&o);
    const uint32_t m = kit_stands(w, 0);
    const uint32_t v = kit_data(w, 0, WORLD_NONE);

    attach(w, v, m);
    CU_ASSERT_EQUAL(job(w, m, FX_MOUNT, v), ERR_NOT_FOUND);
    CU_ASSERT_EQUAL(job(w, m, FX_AWAIT_DEVICE, v), ERR_OK);
    CU_ASSERT_EQUAL(job(w, m, FX_MOUNT, v), ERR_OK);
    CU_ASSERT_EQUAL(w->machines[m].host.mounted, v);
}

static void test_a_device_that_never_appears_is_waited_for_until_the_deadline(void)
{
    struct world_options o = kit_options();

    o.faults.ppm[FAULT_DEVICE_NEVER] = FAULT_PPM;
    {
        AUTO_WORLD struct world *w = kit_world(&o);
        const uint32_t m = kit_stands(w, 0);
        const uint32_t v = kit_data(w, 0, WORLD_NONE);
        const uint64_t began_ms = w->now_ms;

        attach(w, v, m);
        CU_ASSERT_EQUAL(job(w, m, FX_AWAIT_DEVICE, v), ERR_NOT_FOUND);
        CU_ASSERT_EQUAL(w->now_ms, began_ms + 60000);
    }
}

static void test_a_device_that_is_awaited_before_the_request_lands_is_seen_when_it_does(void)
{
    const struct world_options o = kit_options();
    AUTO_WORLD struct world *w = kit_world(&o);
    const uint32_t m = kit_stands(w, 0);
    const uint32_t v = kit_data(w, 0, WORLD_NONE);
    const struct effect fx = {.kind = FX_AWAIT_DEVICE, .volume = ec2_volume_id(&w->cloud, v)};
    struct host_env env = env_of(w, m);
    struct answer a;
    uint64_t at_ms;

    at_ms = host_begin(&w->machines[m].host, &env, &fx, w->now_ms + 60000);
    CU_ASSERT(at_ms > w->now_ms);
    attach(w, v, m);
    kit_wait(w, 20000);
    env.now_ms = w->now_ms;
    CU_ASSERT_EQUAL(host_end(&w->machines[m].host, &env, &fx, w->now_ms + 40000, &a), 0);
    CU_ASSERT_EQUAL(a.err, ERR_OK);
}

static void test_a_blank_is_formatted_and_its_filesystem_found_again(void)
{
    const struct world_options o = kit_options();
    AUTO_WORLD struct world *w = kit_world(&o);
    const uint32_t m = kit_stands(w, 0);
    const uint32_t v = blank(w);

    attach(w, v, m);
    CU_ASSERT_EQUAL(job(w, m, FX_AWAIT_DEVICE, v), ERR_OK);
    CU_ASSERT_EQUAL(probe_kind_of(w, m, v, false), PROBE_BLANK);
    CU_ASSERT_EQUAL(job(w, m, FX_MKFS, v), ERR_OK);
    CU_ASSERT_EQUAL(probe_kind_of(w, m, v, false), PROBE_FILESYSTEM);
    CU_ASSERT_EQUAL(ec2_content(&w->cloud, v)->fs.bytes[0], 7);
    CU_ASSERT_NOT_EQUAL(ec2_content(&w->cloud, v)->data_id, 0);
}

static void test_a_crash_during_mkfs_leaves_noise_that_only_our_record_vouches_for(void)
{
    const struct world_options o = kit_options();
    AUTO_WORLD struct world *w = kit_world(&o);
    const uint32_t m = kit_stands(w, 0);
    const uint32_t v = blank(w);
    const struct effect fx = {.kind = FX_MKFS, .volume = ec2_volume_id(&w->cloud, v)};
    struct host_env env;

    attach(w, v, m);
    CU_ASSERT_EQUAL(job(w, m, FX_AWAIT_DEVICE, v), ERR_OK);
    env = env_of(w, m);
    (void)host_begin(&w->machines[m].host, &env, &fx, w->now_ms + 60000);
    host_abort(&w->machines[m].host, &env);
    CU_ASSERT_EQUAL(ec2_content(&w->cloud, v)->kind, EC2_HALF);
    CU_ASSERT_EQUAL(probe_kind_of(w, m, v, false), PROBE_NOISE);
    CU_ASSERT_EQUAL(probe_kind_of(w, m, v, true), PROBE_BLANK);
    CU_ASSERT_EQUAL(job(w, m, FX_MKFS, v), ERR_OK);
}

static void test_what_is_not_blank_is_neither_formatted_nor_changed(void)
{
    static const enum ec2_content_kind kinds[] = {EC2_FS, EC2_FOREIGN, EC2_NOISE};
    static const enum probe_kind probes[] = {PROBE_FILESYSTEM, PROBE_FOREIGN, PROBE_NOISE};
    const struct world_options o = kit_options();

    for (int i = 0; i < 3; i++) {
        AUTO_WORLD struct world *w = kit_world(&o);
        const uint32_t m = kit_stands(w, 0);
        const uint32_t v = world_add_volume(
            w, &(struct world_volume_spec){.holder = WORLD_NONE, .content = kinds[i]});
        const struct ec2_content before = *ec2_content(&w->cloud, v);

        attach(w, v, m);
        CU_ASSERT_EQUAL(job(w, m, FX_AWAIT_DEVICE, v), ERR_OK);
        CU_ASSERT_EQUAL(probe_kind_of(w, m, v, true), probes[i]);
        CU_ASSERT_EQUAL(job(w, m, FX_MKFS, v), ERR_FOREIGN);
        CU_ASSERT_EQUAL(ec2_content(&w->cloud, v)->kind, before.kind);
        CU_ASSERT_EQUAL(ec2_content(&w->cloud, v)->data_id, before.data_id);
    }
}

static void test_a_read_error_is_unreadable_and_never_blank(void)
{
    struct world_options o = kit_options();

    o.faults.ppm[FAULT_READ_ERROR] = FAULT_PPM;
    {
        AUTO_WORLD struct world *w = kit_world(&o);
        const uint32_t m = kit_stands(w, 0);
        const uint32_t v = blank(w);

        attach(w, v, m);
        CU_ASSERT_EQUAL(job(w, m, FX_AWAIT_DEVICE, v), ERR_OK);
        CU_ASSERT_EQUAL(probe_kind_of(w, m, v, true), PROBE_UNREADABLE);
    }
}

static void test_one_target_holds_one_mount_and_a_reboot_clears_it(void)
{
    const struct world_options o = kit_options();
    AUTO_WORLD struct world *w = kit_world(&o);
    const uint32_t m = kit_stands(w, 0);
    const uint32_t one = kit_data(w, 0, m);
    const uint32_t two = kit_data(w, 0, m);
    struct host_env env;
    struct answer a;

    CU_ASSERT_EQUAL(job(w, m, FX_MOUNT, one), ERR_OK);
    CU_ASSERT_EQUAL(job(w, m, FX_MOUNT, one), ERR_OK);
    CU_ASSERT_EQUAL(job(w, m, FX_MOUNT, two), ERR_IN_USE);
    do_job(w, m, &(struct effect){.kind = FX_INSPECT}, &a);
    CU_ASSERT_EQUAL(a.inspection->present_count, 2);
    CU_ASSERT_TRUE(a.inspection->target_mounted);
    env = env_of(w, m);
    host_reboot(&w->machines[m].host, &env);
    do_job(w, m, &(struct effect){.kind = FX_INSPECT}, &a);
    CU_ASSERT_EQUAL(a.inspection->present_count, 2);
    CU_ASSERT_FALSE(a.inspection->target_mounted);
    CU_ASSERT_TRUE(ec2_content(&w->cloud, one)->dirty);
    CU_ASSERT_EQUAL(job(w, m, FX_FSCK, one), ERR_OK);
    CU_ASSERT_FALSE(ec2_content(&w->cloud, one)->dirty);
}

static void test_a_mount_of_the_wrong_filesystem_is_refused(void)
{
    const struct world_options o = kit_options();
    AUTO_WORLD struct world *w = kit_world(&o);
    const uint32_t m = kit_stands(w, 0);
    const uint32_t v = kit_data(w, 0, m);
    struct effect fx = {.kind = FX_MOUNT, .volume = ec2_volume_id(&w->cloud, v), .has_fs = true};
    struct answer a;

    fx.fs.bytes[3] = 99;
    do_job(w, m, &fx, &a);
    CU_ASSERT_EQUAL(a.err, ERR_FOREIGN);
    fx.fs = ec2_content(&w->cloud, v)->fs;
    do_job(w, m, &fx, &a);
    CU_ASSERT_EQUAL(a.err, ERR_OK);
}

static void test_a_held_device_is_let_go_of_after_a_while(void)
{
    struct world_options o = kit_options();

    o.faults.ppm[FAULT_BUSY_DETACH] = FAULT_PPM;
    {
        AUTO_WORLD struct world *w = kit_world(&o);
        const uint32_t m = kit_stands(w, 0);
        const uint32_t v = kit_data(w, 0, m);
        struct host_env env;

        CU_ASSERT_EQUAL(job(w, m, FX_MOUNT, v), ERR_OK);
        CU_ASSERT_EQUAL(job(w, m, FX_UNMOUNT, v), ERR_OK);
        CU_ASSERT_TRUE(ec2_truth_volume(&w->cloud, v, w->now_ms).mounted);
        kit_wait(w, 130000);
        env = env_of(w, m);
        CU_ASSERT_EQUAL(host_let_go(&w->machines[m].host, &env), 0);
        CU_ASSERT_FALSE(ec2_truth_volume(&w->cloud, v, w->now_ms).mounted);
    }
}

const struct unit_test suite_host_model[] = {
    UNIT_TEST(test_a_device_appears_some_time_after_the_attachment),
    UNIT_TEST(test_a_device_that_never_appears_is_waited_for_until_the_deadline),
    UNIT_TEST(test_a_device_that_is_awaited_before_the_request_lands_is_seen_when_it_does),
    UNIT_TEST(test_a_blank_is_formatted_and_its_filesystem_found_again),
    UNIT_TEST(test_a_crash_during_mkfs_leaves_noise_that_only_our_record_vouches_for),
    UNIT_TEST(test_what_is_not_blank_is_neither_formatted_nor_changed),
    UNIT_TEST(test_a_read_error_is_unreadable_and_never_blank),
    UNIT_TEST(test_one_target_holds_one_mount_and_a_reboot_clears_it),
    UNIT_TEST(test_a_mount_of_the_wrong_filesystem_is_refused),
    UNIT_TEST(test_a_held_device_is_let_go_of_after_a_while),
    UNIT_END,
};
