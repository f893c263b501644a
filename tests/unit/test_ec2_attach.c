/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_ec2_attach.c - attachments in the EC2 model: who gets a volume, and when it is let go.
 *
 * Sections B.3, B.4 and F of the EC2 notes, rule by rule; it must not test the host model.
 */
#include "test_ec2.h"

static void test_of_two_instances_exactly_one_gets_the_volume(void)
{
    struct cloud c;

    cloud_open(&c);
    const uint32_t first = cloud_instance(&c, "a");
    const uint32_t second = cloud_instance(&c, "a");
    const uint32_t volume = cloud_volume(&c, "a");

    CU_ASSERT_EQUAL(attach(&c, volume, first), EC2_CODE_OK);
    CU_ASSERT_EQUAL(attach(&c, volume, second), EC2_CODE_IN_USE);
    CU_ASSERT_EQUAL(attach(&c, volume, first), EC2_CODE_IN_USE);
    c.now_ms += TAKES_MS;
    CU_ASSERT_EQUAL(attach(&c, volume, second), EC2_CODE_IN_USE);
    CU_ASSERT_EQUAL(ec2_truth_volume(&c.m, volume, c.now_ms).holder, first);
    cloud_close(&c);
}

static void test_an_attachment_is_there_at_once_and_attached_later(void)
{
    struct cloud c;

    cloud_open(&c);
    const uint32_t instance = cloud_instance(&c, "a");
    const uint32_t volume = cloud_volume(&c, "a");
    const struct id holder = ec2_instance_id(&c.m, instance);

    (void)attach(&c, volume, instance);
    CU_ASSERT_EQUAL(c.a.volume->state, VOL_IN_USE);
    CU_ASSERT_EQUAL(c.a.volume->attachment, ATT_ATTACHING);
    c.now_ms += TAKES_MS - 1;
    CU_ASSERT_EQUAL(look(&c, volume, 0)->attachment, ATT_ATTACHING);
    c.now_ms += 1;
    CU_ASSERT_EQUAL(look(&c, volume, 0)->attachment, ATT_ATTACHED);
    CU_ASSERT(id_same(&c.a.volume->holder, &holder));
    CU_ASSERT_EQUAL(c.a.volume->holder_key, id_key(&holder));
    cloud_close(&c);
}

static void test_a_volume_of_another_zone_is_refused(void)
{
    struct cloud c;

    cloud_open(&c);
    const uint32_t instance = cloud_instance(&c, "b");
    const uint32_t volume = cloud_volume(&c, "a");

    CU_ASSERT_EQUAL(attach(&c, volume, instance), EC2_CODE_WRONG_ZONE);
    CU_ASSERT_STRING_EQUAL(ec2_code_name(c.a.code), "InvalidVolume.ZoneMismatch");
    CU_ASSERT_EQUAL(ec2_code_err(c.a.code), ERR_WRONG_ZONE);
    CU_ASSERT_EQUAL(look(&c, volume, 0)->state, VOL_AVAILABLE);
    cloud_close(&c);
}

static void test_only_a_running_or_stopped_instance_can_take_a_volume(void)
{
    struct cloud c;

    cloud_open(&c);
    const uint32_t instance = ec2_add_instance(
        &c.m, &(struct ec2_instance_spec){.zone = "a", .launching = true}, c.now_ms);
    const uint32_t volume = cloud_volume(&c, "a");

    CU_ASSERT_EQUAL(attach(&c, volume, instance), EC2_CODE_WRONG_STATE);
    c.now_ms += TAKES_MS;
    ec2_stop(&c.m, instance, c.now_ms);
    CU_ASSERT_EQUAL(attach(&c, volume, instance), EC2_CODE_WRONG_STATE);
    c.now_ms += TAKES_MS;
    CU_ASSERT_EQUAL(attach(&c, volume, instance), EC2_CODE_OK);
    cloud_close(&c);
}

static void test_a_device_name_is_taken_once_per_instance(void)
{
    struct cloud c;

    cloud_open(&c);
    const uint32_t instance = cloud_instance(&c, "a");
    const uint32_t first = cloud_volume(&c, "a");
    const uint32_t second = cloud_volume(&c, "a");
    struct ec2_request rq = attach_request(&c, second, instance);

    (void)attach(&c, first, instance);
    CU_ASSERT_EQUAL(call(&c, rq), EC2_CODE_NAME_TAKEN);
    CU_ASSERT_EQUAL(ec2_code_err(c.a.code), ERR_NAME_TAKEN);
    CU_ASSERT_STRING_EQUAL(ec2_code_name(c.a.code), "InvalidParameterValue");
    rq.device = "/dev/xvdbb";
    CU_ASSERT_EQUAL(call(&c, rq), EC2_CODE_OK);
    rq.device = "sdf";
    CU_ASSERT_EQUAL(call(&c, rq), EC2_CODE_BAD_VALUE);
    cloud_close(&c);
}

static void test_an_instance_takes_no_more_than_its_limit(void)
{
    struct cloud c;

    cloud_options(&c);
    c.rates.attachments_max = 4;
    cloud_start(&c);
    const uint32_t instance = cloud_instance(&c, "a");
    const uint32_t volumes[] = {cloud_volume(&c, "a"), cloud_volume(&c, "a"),
                                cloud_volume(&c, "a")};
    struct ec2_request rq = attach_request(&c, volumes[1], instance);

    (void)attach(&c, volumes[0], instance);
    rq.device = "/dev/xvdbb";
    CU_ASSERT_EQUAL(call(&c, rq), EC2_CODE_OK);
    rq = attach_request(&c, volumes[2], instance);
    rq.device = "/dev/xvdbc";
    CU_ASSERT_EQUAL(call(&c, rq), EC2_CODE_ATTACHMENT_LIMIT);
    (void)detach(&c, volumes[0]);
    CU_ASSERT_EQUAL(call(&c, rq), EC2_CODE_ATTACHMENT_LIMIT);
    c.now_ms += TAKES_MS;
    CU_ASSERT_EQUAL(call(&c, rq), EC2_CODE_OK);
    cloud_close(&c);
}

static void test_a_volume_is_available_strictly_after_its_attachment_is_gone(void)
{
    struct cloud c;

    cloud_open(&c);
    const uint32_t instance = cloud_instance(&c, "a");
    const uint32_t volume = cloud_volume(&c, "a");

    (void)attach(&c, volume, instance);
    c.now_ms += TAKES_MS;
    CU_ASSERT_EQUAL(detach(&c, volume), EC2_CODE_OK);
    CU_ASSERT_EQUAL(c.a.volume->attachment, ATT_DETACHING);
    c.now_ms += TAKES_MS;
    CU_ASSERT_EQUAL(look(&c, volume, 0)->attachment, ATT_NONE);
    CU_ASSERT_EQUAL(c.a.volume->state, VOL_IN_USE);
    CU_ASSERT_EQUAL(attach(&c, volume, instance), EC2_CODE_WRONG_STATE);
    c.now_ms += TAKES_MS;
    CU_ASSERT_EQUAL(look(&c, volume, 0)->state, VOL_AVAILABLE);
    CU_ASSERT_EQUAL(attach(&c, volume, instance), EC2_CODE_OK);
    cloud_close(&c);
}

static void test_a_detach_needs_an_attachment_and_the_right_one(void)
{
    struct cloud c;

    cloud_open(&c);
    const uint32_t holder = cloud_instance(&c, "a");
    const uint32_t other = cloud_instance(&c, "a");
    const uint32_t volume = cloud_volume(&c, "a");
    struct ec2_request rq = attach_request(&c, volume, other);

    CU_ASSERT_EQUAL(detach(&c, volume), EC2_CODE_WRONG_STATE);
    (void)attach(&c, volume, holder);
    rq.action = EC2_DETACH_VOLUME;
    CU_ASSERT_EQUAL(call(&c, rq), EC2_CODE_NO_ATTACHMENT);
    rq = attach_request(&c, volume, holder);
    rq.action = EC2_DETACH_VOLUME;
    rq.device = "/dev/xvdbz";
    CU_ASSERT_EQUAL(call(&c, rq), EC2_CODE_NO_ATTACHMENT);
    rq.device = NULL;
    CU_ASSERT_EQUAL(call(&c, rq), EC2_CODE_OK);
    /* A second one changes nothing. */
    c.now_ms += 1;
    CU_ASSERT_EQUAL(call(&c, rq), EC2_CODE_OK);
    c.now_ms += 2 * TAKES_MS - 1;
    CU_ASSERT_EQUAL(look(&c, volume, 0)->state, VOL_AVAILABLE);
    cloud_close(&c);
}

static void test_a_mounted_volume_stays_busy_until_it_is_unmounted(void)
{
    struct cloud c;

    cloud_open(&c);
    const uint32_t instance = cloud_instance(&c, "a");
    const uint32_t volume = cloud_volume(&c, "a");

    (void)attach(&c, volume, instance);
    c.now_ms += TAKES_MS;
    ec2_mounted(&c.m, volume, c.now_ms);
    (void)detach(&c, volume);
    c.now_ms += 3600000;
    CU_ASSERT_EQUAL(look(&c, volume, 0)->attachment, ATT_BUSY);
    CU_ASSERT_EQUAL(erase(&c, volume), EC2_CODE_IN_USE);
    ec2_unmounted(&c.m, volume, c.now_ms);
    CU_ASSERT_EQUAL(look(&c, volume, 0)->attachment, ATT_DETACHING);
    c.now_ms += 2 * TAKES_MS;
    CU_ASSERT_EQUAL(look(&c, volume, 0)->state, VOL_AVAILABLE);
    cloud_close(&c);
}

static void test_force_does_not_wait_for_the_guest(void)
{
    struct cloud c;

    cloud_open(&c);
    const uint32_t instance = cloud_instance(&c, "a");
    const uint32_t volume = cloud_volume(&c, "a");
    struct ec2_request rq = attach_request(&c, volume, instance);

    (void)call(&c, rq);
    ec2_mounted(&c.m, volume, c.now_ms);
    (void)detach(&c, volume);
    rq.action = EC2_DETACH_VOLUME;
    rq.force = true;
    CU_ASSERT_EQUAL(call(&c, rq), EC2_CODE_OK);
    c.now_ms += 2 * TAKES_MS;
    CU_ASSERT_EQUAL(look(&c, volume, 0)->state, VOL_AVAILABLE);
    cloud_close(&c);
}

static void test_a_stuck_attachment_ends_by_a_detach_alone(void)
{
    struct cloud c;

    cloud_open(&c);
    const uint32_t instance = cloud_instance(&c, "a");
    const uint32_t volume = cloud_volume(&c, "a");
    struct ec2_request rq = attach_request(&c, volume, instance);

    rq.faults = EC2_FAULT_STUCK;
    CU_ASSERT_EQUAL(call(&c, rq), EC2_CODE_OK);
    c.now_ms += 3600000;
    CU_ASSERT_EQUAL(look(&c, volume, 0)->attachment, ATT_ATTACHING);
    CU_ASSERT(ec2_truth_volume(&c.m, volume, c.now_ms).stuck);
    (void)detach(&c, volume);
    c.now_ms += 2 * TAKES_MS;
    CU_ASSERT_EQUAL(look(&c, volume, 0)->state, VOL_AVAILABLE);
    cloud_close(&c);
}

static void test_a_terminated_instance_frees_its_volumes_after_a_while(void)
{
    struct cloud c;

    cloud_open(&c);
    const uint32_t instance = cloud_instance(&c, "a");
    const uint32_t volume = cloud_volume(&c, "a");

    (void)attach(&c, volume, instance);
    ec2_mounted(&c.m, volume, c.now_ms);
    c.now_ms += TAKES_MS;
    ec2_terminate(&c.m, instance, c.now_ms);
    CU_ASSERT_EQUAL(ec2_truth_instance(&c.m, instance, c.now_ms).state, EC2_SHUTTING_DOWN);
    CU_ASSERT_EQUAL(look(&c, volume, 0)->attachment, ATT_ATTACHED);
    c.now_ms += TAKES_MS;
    CU_ASSERT_EQUAL(ec2_truth_instance(&c.m, instance, c.now_ms).state, EC2_TERMINATED);
    CU_ASSERT_EQUAL(look(&c, volume, 0)->attachment, ATT_ATTACHED);
    c.now_ms += TAKES_MS;
    CU_ASSERT_EQUAL(look(&c, volume, 0)->attachment, ATT_DETACHING);
    c.now_ms += 2 * TAKES_MS;
    CU_ASSERT_EQUAL(look(&c, volume, 0)->state, VOL_AVAILABLE);
    cloud_close(&c);
}

static void test_a_volume_marked_so_is_deleted_with_its_instance(void)
{
    struct cloud c;

    cloud_open(&c);
    const uint32_t instance = cloud_instance(&c, "a");
    const uint32_t volume = ec2_add_volume(&c.m,
                                           &(struct ec2_volume_spec){.zone = "a",
                                                                     .size_gib = 8,
                                                                     .holder = instance + 1,
                                                                     .device = "/dev/xvda",
                                                                     .delete_on_termination = true},
                                           c.now_ms);

    ec2_terminate(&c.m, instance, c.now_ms);
    c.now_ms += 4 * TAKES_MS;
    CU_ASSERT_EQUAL(look(&c, volume, 0)->state, VOL_DELETING);
    c.now_ms += TAKES_MS;
    CU_ASSERT_PTR_NULL(look(&c, volume, 0));
    CU_ASSERT_EQUAL(c.a.code, EC2_CODE_NO_VOLUME);
    cloud_close(&c);
}

static void test_a_stopped_instance_keeps_its_volumes(void)
{
    struct cloud c;

    cloud_open(&c);
    const uint32_t instance = cloud_instance(&c, "a");
    const uint32_t volume = cloud_volume(&c, "a");

    (void)attach(&c, volume, instance);
    c.now_ms += TAKES_MS;
    ec2_stop(&c.m, instance, c.now_ms);
    c.now_ms += 100 * TAKES_MS;
    CU_ASSERT_EQUAL(look(&c, volume, 0)->attachment, ATT_ATTACHED);
    ec2_start(&c.m, instance, c.now_ms);
    CU_ASSERT_EQUAL(ec2_truth_instance(&c.m, instance, c.now_ms).state, EC2_PENDING);
    c.now_ms += TAKES_MS;
    CU_ASSERT_EQUAL(ec2_truth_instance(&c.m, instance, c.now_ms).state, EC2_RUNNING);
    cloud_close(&c);
}

static void test_a_volume_moves_between_instances_and_names_are_free_again(void)
{
    struct cloud c;

    cloud_open(&c);
    const uint32_t first = cloud_instance(&c, "a");
    const uint32_t second = cloud_instance(&c, "a");
    const uint32_t volume = cloud_volume(&c, "a");
    const uint32_t other = cloud_volume(&c, "a");

    for (int i = 0; i < 100; i++) {
        CU_ASSERT_EQUAL(attach(&c, volume, i % 2 == 0 ? first : second), EC2_CODE_OK);
        CU_ASSERT_EQUAL(attach(&c, other, i % 2 == 0 ? second : first), EC2_CODE_OK);
        c.now_ms += TAKES_MS;
        CU_ASSERT_EQUAL(detach(&c, volume), EC2_CODE_OK);
        CU_ASSERT_EQUAL(detach(&c, other), EC2_CODE_OK);
        c.now_ms += 2 * TAKES_MS;
    }
    CU_ASSERT_EQUAL(ec2_exhausted(&c.m), 0);
    cloud_close(&c);
}

const struct unit_test suite_ec2_attach[] = {
    UNIT_TEST(test_of_two_instances_exactly_one_gets_the_volume),
    UNIT_TEST(test_an_attachment_is_there_at_once_and_attached_later),
    UNIT_TEST(test_a_volume_of_another_zone_is_refused),
    UNIT_TEST(test_only_a_running_or_stopped_instance_can_take_a_volume),
    UNIT_TEST(test_a_device_name_is_taken_once_per_instance),
    UNIT_TEST(test_an_instance_takes_no_more_than_its_limit),
    UNIT_TEST(test_a_volume_is_available_strictly_after_its_attachment_is_gone),
    UNIT_TEST(test_a_detach_needs_an_attachment_and_the_right_one),
    UNIT_TEST(test_a_mounted_volume_stays_busy_until_it_is_unmounted),
    UNIT_TEST(test_force_does_not_wait_for_the_guest),
    UNIT_TEST(test_a_stuck_attachment_ends_by_a_detach_alone),
    UNIT_TEST(test_a_terminated_instance_frees_its_volumes_after_a_while),
    UNIT_TEST(test_a_volume_marked_so_is_deleted_with_its_instance),
    UNIT_TEST(test_a_stopped_instance_keeps_its_volumes),
    UNIT_TEST(test_a_volume_moves_between_instances_and_names_are_free_again),
    UNIT_END,
};
