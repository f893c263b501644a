/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_ec2_create.c - volumes in the EC2 model: made, made once, modified, deleted.
 *
 * Sections B.1, B.5, B.6 and C of the EC2 notes. It must not test what readers see late.
 */
#include "test_ec2.h"

static struct ec2_request create_request(const char *token)
{
    return (struct ec2_request){
        .action = EC2_CREATE_VOLUME,
        .zone = "a",
        .size_gib = 8,
        .type = EC2_GP3,
        .client_token = token,
        .tags = test_pool,
        .tag_count = 2,
    };
}

static void test_a_created_volume_has_its_tags_from_the_first_moment(void)
{
    struct cloud c;

    cloud_open(&c);
    CU_ASSERT_EQUAL(call(&c, create_request(NULL)), EC2_CODE_OK);
    const uint32_t volume = c.a.index;

    CU_ASSERT_EQUAL(ec2_volume_index(&c.m, &c.a.made), volume);
    CU_ASSERT_EQUAL(look(&c, volume, 0)->state, VOL_CREATING);
    CU_ASSERT(c.a.volume->in_pool);
    CU_ASSERT_EQUAL(c.a.volume->created_ms, START_MS);
    c.now_ms += TAKES_MS;
    CU_ASSERT_EQUAL(look(&c, volume, 0)->state, VOL_AVAILABLE);
    CU_ASSERT_EQUAL(ec2_truth_volume(&c.m, volume, c.now_ms).iops, 3000);
    cloud_close(&c);
}

static void test_parameters_that_the_service_refuses_are_refused(void)
{
    struct cloud c;
    struct ec2_request rq = create_request(NULL);

    cloud_open(&c);
    rq.zone = "nowhere";
    CU_ASSERT_EQUAL(call(&c, rq), EC2_CODE_NO_ZONE);
    rq = create_request(NULL);
    rq.size_gib = 0;
    CU_ASSERT_EQUAL(call(&c, rq), EC2_CODE_MISSING);
    rq.size_gib = 100000;
    CU_ASSERT_EQUAL(call(&c, rq), EC2_CODE_BAD_VALUE);
    rq = create_request(NULL);
    rq.type = EC2_IO2;
    CU_ASSERT_EQUAL(call(&c, rq), EC2_CODE_MISSING);
    rq.iops = 200000000;
    CU_ASSERT_EQUAL(call(&c, rq), EC2_CODE_BAD_VALUE);
    rq.iops = 1000;
    rq.throughput = 125;
    CU_ASSERT_EQUAL(call(&c, rq), EC2_CODE_BAD_COMBINATION);
    rq = create_request(NULL);
    rq.type = EC2_GP2;
    rq.iops = 100;
    CU_ASSERT_EQUAL(call(&c, rq), EC2_CODE_BAD_COMBINATION);
    rq = create_request(NULL);
    rq.kms_key = "alias/x";
    CU_ASSERT_EQUAL(call(&c, rq), EC2_CODE_BAD_COMBINATION);
    rq = create_request("0123456789012345678901234567890123456789012345678901234567890123x");
    CU_ASSERT_EQUAL(call(&c, rq), EC2_CODE_BAD_VALUE);
    CU_ASSERT_EQUAL(ec2_volume_count(&c.m), 0);
    cloud_close(&c);
}

static void test_the_same_request_again_makes_nothing_and_names_the_first(void)
{
    struct cloud c;

    cloud_open(&c);
    (void)call(&c, create_request("t"));
    const struct id made = c.a.made;

    c.now_ms += 3600000;
    CU_ASSERT_EQUAL(call(&c, create_request("t")), EC2_CODE_OK);
    CU_ASSERT(id_same(&c.a.made, &made));
    CU_ASSERT_EQUAL(c.a.volume->state, VOL_AVAILABLE);
    CU_ASSERT_EQUAL(call(&c, create_request("u")), EC2_CODE_OK);
    CU_ASSERT_FALSE(id_same(&c.a.made, &made));
    CU_ASSERT_EQUAL(ec2_volume_count(&c.m), 2);
    cloud_close(&c);
}

static void test_a_token_with_other_parameters_is_a_mismatch(void)
{
    struct cloud c;
    struct ec2_request rq = create_request("t");

    cloud_open(&c);
    (void)call(&c, rq);
    rq.size_gib = 9;
    CU_ASSERT_EQUAL(call(&c, rq), EC2_CODE_TOKEN_MISMATCH);
    CU_ASSERT_STRING_EQUAL(ec2_code_name(c.a.code), "IdempotentParameterMismatch");
    rq = create_request("t");
    rq.tag_count = 1;
    CU_ASSERT_EQUAL(call(&c, rq), EC2_CODE_TOKEN_MISMATCH);
    CU_ASSERT_EQUAL(ec2_volume_count(&c.m), 1);
    cloud_close(&c);
}

static void test_options_may_replay_a_mismatch_or_leave_tags_out(void)
{
    struct cloud c;
    struct ec2_request rq = create_request("t");

    cloud_options(&c);
    c.options.tokens_ignore_tags = true;
    cloud_start(&c);
    (void)call(&c, rq);
    rq.tag_count = 1;
    CU_ASSERT_EQUAL(call(&c, rq), EC2_CODE_OK);
    CU_ASSERT_EQUAL(ec2_volume_count(&c.m), 1);
    cloud_close(&c);
    cloud_options(&c);
    c.options.tokens_replay_mismatch = true;
    cloud_start(&c);
    rq = create_request("t");
    (void)call(&c, rq);
    rq.size_gib = 9;
    CU_ASSERT_EQUAL(call(&c, rq), EC2_CODE_OK);
    CU_ASSERT_EQUAL(ec2_volume_count(&c.m), 1);
    cloud_close(&c);
}

static void test_a_token_makes_one_volume_in_each_zone(void)
{
    struct cloud c;
    struct ec2_request rq = create_request("t");

    cloud_open(&c);
    (void)call(&c, rq);
    rq.zone = "b";
    CU_ASSERT_EQUAL(call(&c, rq), EC2_CODE_OK);
    CU_ASSERT_EQUAL(ec2_volume_count(&c.m), 2);
    cloud_close(&c);
}

static void test_a_regional_token_makes_one_volume_in_all(void)
{
    struct cloud c;
    struct ec2_request rq = create_request("t");

    cloud_options(&c);
    c.options.token_scope = EC2_TOKENS_REGIONAL;
    cloud_start(&c);
    (void)call(&c, rq);
    rq.zone = "b";
    CU_ASSERT_EQUAL(call(&c, rq), EC2_CODE_OK);
    CU_ASSERT_EQUAL(ec2_volume_count(&c.m), 1);
    cloud_close(&c);
}

static void test_a_token_is_burned_once_its_volume_is_deleted_or_failed(void)
{
    struct cloud c;
    struct ec2_request rq = create_request("failed");

    cloud_open(&c);
    (void)call(&c, create_request("deleted"));
    rq.faults = EC2_FAULT_CREATE_ERROR;
    CU_ASSERT_EQUAL(call(&c, rq), EC2_CODE_OK);
    c.now_ms += TAKES_MS;
    CU_ASSERT_EQUAL(look(&c, 1, 0)->state, VOL_ERROR);
    (void)erase(&c, 0);
    CU_ASSERT_EQUAL(call(&c, create_request("deleted")), EC2_CODE_TOKEN_BURNED);
    CU_ASSERT_EQUAL(call(&c, create_request("failed")), EC2_CODE_TOKEN_BURNED);
    CU_ASSERT_EQUAL(ec2_code_err(c.a.code), ERR_MISMATCH);
    c.now_ms += c.rates.token_ms + 1;
    CU_ASSERT_EQUAL(call(&c, create_request("deleted")), EC2_CODE_OK);
    cloud_close(&c);
}

static void test_refused_calls_bind_no_token(void)
{
    struct cloud c;
    struct ec2_request rq = create_request("t");

    cloud_open(&c);
    rq.size_gib = 9;
    rq.faults = EC2_FAULT_THROTTLE;
    CU_ASSERT_EQUAL(call(&c, rq), EC2_CODE_THROTTLED);
    rq.faults = EC2_FAULT_REFUSE;
    CU_ASSERT_EQUAL(call(&c, rq), EC2_CODE_UNAVAILABLE);
    rq.faults = 0;
    rq.dry_run = true;
    CU_ASSERT_EQUAL(call(&c, rq), EC2_CODE_DRY_RUN);
    CU_ASSERT_EQUAL(call(&c, create_request("t")), EC2_CODE_OK);
    CU_ASSERT_EQUAL(ec2_volume_count(&c.m), 1);
    cloud_close(&c);
}

static void test_tokens_make_room_for_new_ones_when_they_are_forgotten(void)
{
    struct cloud c;

    cloud_options(&c);
    c.options.tokens = 2;
    cloud_start(&c);
    CU_ASSERT_EQUAL(call(&c, create_request("1")), EC2_CODE_OK);
    CU_ASSERT_EQUAL(call(&c, create_request("2")), EC2_CODE_OK);
    CU_ASSERT_EQUAL(call(&c, create_request("3")), EC2_CODE_INTERNAL);
    CU_ASSERT_EQUAL(ec2_exhausted(&c.m), 1);
    c.now_ms += c.rates.token_ms + 1;
    CU_ASSERT_EQUAL(call(&c, create_request("3")), EC2_CODE_OK);
    cloud_close(&c);
}

static void test_the_limit_of_volumes_is_judged_before_the_token(void)
{
    struct cloud c;

    cloud_options(&c);
    c.options.volumes_limit = 1;
    cloud_start(&c);
    CU_ASSERT_EQUAL(call(&c, create_request("t")), EC2_CODE_OK);
    CU_ASSERT_EQUAL(call(&c, create_request("t")), EC2_CODE_VOLUME_LIMIT);
    c.now_ms += TAKES_MS;
    (void)erase(&c, 0);
    CU_ASSERT_EQUAL(call(&c, create_request("u")), EC2_CODE_OK);
    cloud_close(&c);
}

static void test_a_failed_creation_may_vanish_without_a_word(void)
{
    struct cloud c;
    struct ec2_request rq = create_request(NULL);

    cloud_open(&c);
    rq.faults = EC2_FAULT_CREATE_VANISH;
    CU_ASSERT_EQUAL(call(&c, rq), EC2_CODE_OK);
    CU_ASSERT_EQUAL(look(&c, 0, 0)->state, VOL_CREATING);
    c.now_ms += TAKES_MS;
    CU_ASSERT_PTR_NULL(look(&c, 0, 0));
    CU_ASSERT_EQUAL(c.a.code, EC2_CODE_NO_VOLUME);
    cloud_close(&c);
}

static void test_a_deleted_volume_goes_through_deleting(void)
{
    struct cloud c;

    cloud_open(&c);
    const uint32_t instance = cloud_instance(&c, "a");
    const uint32_t volume = cloud_volume(&c, "a");

    CU_ASSERT_EQUAL(erase(&c, volume), EC2_CODE_OK);
    CU_ASSERT_EQUAL(look(&c, volume, 0)->state, VOL_DELETING);
    CU_ASSERT_EQUAL(attach(&c, volume, instance), EC2_CODE_WRONG_STATE);
    c.now_ms += TAKES_MS;
    CU_ASSERT_PTR_NULL(look(&c, volume, 0));
    CU_ASSERT_EQUAL(erase(&c, volume), EC2_CODE_NO_VOLUME);
    CU_ASSERT_EQUAL(attach(&c, volume, instance), EC2_CODE_NO_VOLUME);
    CU_ASSERT_EQUAL(ec2_truth_volume(&c.m, volume, c.now_ms).state, VOL_DELETED);
    cloud_close(&c);
}

static void test_a_volume_in_use_or_in_creation_cannot_be_deleted(void)
{
    struct cloud c;

    cloud_open(&c);
    const uint32_t instance = cloud_instance(&c, "a");
    const uint32_t volume = cloud_volume(&c, "a");

    (void)attach(&c, volume, instance);
    CU_ASSERT_EQUAL(erase(&c, volume), EC2_CODE_IN_USE);
    CU_ASSERT_STRING_EQUAL(ec2_code_name(c.a.code), "VolumeInUse");
    (void)call(&c, create_request(NULL));
    CU_ASSERT_EQUAL(erase(&c, c.a.index), EC2_CODE_WRONG_STATE);
    cloud_close(&c);
}

static void test_a_second_delete_is_told_what_the_options_say(void)
{
    static const enum ec2_code told[] = {
        [EC2_DELETE_SUCCEEDS] = EC2_CODE_OK,
        [EC2_DELETE_NOT_FOUND] = EC2_CODE_NO_VOLUME,
        [EC2_DELETE_WRONG_STATE] = EC2_CODE_WRONG_STATE,
    };

    for (enum ec2_second_delete d = EC2_DELETE_SUCCEEDS; d <= EC2_DELETE_WRONG_STATE; d++) {
        struct cloud c;

        cloud_options(&c);
        c.options.second_delete = d;
        cloud_start(&c);
        const uint32_t volume = cloud_volume(&c, "a");

        (void)erase(&c, volume);
        CU_ASSERT_EQUAL(erase(&c, volume), told[d]);
        cloud_close(&c);
    }
}

static enum ec2_code resize(struct cloud *c, uint32_t volume, uint32_t size_gib)
{
    return call(c, (struct ec2_request){.action = EC2_MODIFY_VOLUME,
                                        .volume = ec2_volume_id(&c->m, volume),
                                        .size_gib = size_gib});
}

static enum ec2_modification_state modification(struct cloud *c, uint32_t volume)
{
    const struct id id = ec2_volume_id(&c->m, volume);

    (void)call(
        c, (struct ec2_request){.action = EC2_DESCRIBE_MODIFICATIONS, .ids = &id, .id_count = 1});
    return c->a.modification.state;
}

static void test_a_new_size_counts_from_optimizing_on(void)
{
    struct cloud c;

    cloud_open(&c);
    const uint32_t volume = cloud_volume(&c, "a");

    CU_ASSERT_EQUAL(modification(&c, volume), EC2_MOD_NONE);
    CU_ASSERT_EQUAL(c.a.code, EC2_CODE_NO_MODIFICATION);
    CU_ASSERT_EQUAL(resize(&c, volume, 7), EC2_CODE_BAD_VALUE);
    CU_ASSERT_EQUAL(resize(&c, volume, 20), EC2_CODE_OK);
    CU_ASSERT_EQUAL(modification(&c, volume), EC2_MODIFYING);
    CU_ASSERT_EQUAL(look(&c, volume, 0)->size_gib, 8);
    CU_ASSERT_EQUAL(resize(&c, volume, 30), EC2_CODE_MODIFICATION_STATE);
    c.now_ms += TAKES_MS;
    CU_ASSERT_EQUAL(modification(&c, volume), EC2_OPTIMIZING);
    CU_ASSERT_EQUAL(look(&c, volume, 0)->size_gib, 20);
    c.now_ms += TAKES_MS;
    CU_ASSERT_EQUAL(modification(&c, volume), EC2_MOD_COMPLETED);
    CU_ASSERT_EQUAL(c.a.modification.progress, 100);
    cloud_close(&c);
}

static void test_an_attach_in_between_does_not_undo_a_modification(void)
{
    struct cloud c;

    cloud_open(&c);
    const uint32_t instance = cloud_instance(&c, "a");
    const uint32_t volume = cloud_volume(&c, "a");

    (void)resize(&c, volume, 20);
    c.now_ms += TAKES_MS / 2;
    CU_ASSERT_EQUAL(attach(&c, volume, instance), EC2_CODE_OK);
    CU_ASSERT_EQUAL(look(&c, volume, 0)->size_gib, 8);
    c.now_ms += TAKES_MS / 2;
    CU_ASSERT_EQUAL(look(&c, volume, 0)->size_gib, 20);
    CU_ASSERT_EQUAL(c.a.volume->attachment, ATT_ATTACHING);
    c.now_ms += TAKES_MS / 2;
    CU_ASSERT_EQUAL(look(&c, volume, 0)->size_gib, 20);
    CU_ASSERT_EQUAL(c.a.volume->attachment, ATT_ATTACHED);
    cloud_close(&c);
}

static void test_a_volume_is_modified_four_times_a_day(void)
{
    struct cloud c;

    cloud_open(&c);
    const uint32_t volume = cloud_volume(&c, "a");

    for (uint32_t i = 1; i <= 4; i++) {
        CU_ASSERT_EQUAL(resize(&c, volume, 8 + i), EC2_CODE_OK);
        c.now_ms += 2 * TAKES_MS;
    }
    CU_ASSERT_EQUAL(resize(&c, volume, 20), EC2_CODE_MODIFICATION_RATE);
    c.now_ms += c.rates.modification_window_ms;
    CU_ASSERT_EQUAL(resize(&c, volume, 20), EC2_CODE_OK);
    cloud_close(&c);
}

const struct unit_test suite_ec2_create[] = {
    UNIT_TEST(test_a_created_volume_has_its_tags_from_the_first_moment),
    UNIT_TEST(test_parameters_that_the_service_refuses_are_refused),
    UNIT_TEST(test_the_same_request_again_makes_nothing_and_names_the_first),
    UNIT_TEST(test_a_token_with_other_parameters_is_a_mismatch),
    UNIT_TEST(test_options_may_replay_a_mismatch_or_leave_tags_out),
    UNIT_TEST(test_a_token_makes_one_volume_in_each_zone),
    UNIT_TEST(test_a_regional_token_makes_one_volume_in_all),
    UNIT_TEST(test_a_token_is_burned_once_its_volume_is_deleted_or_failed),
    UNIT_TEST(test_refused_calls_bind_no_token),
    UNIT_TEST(test_tokens_make_room_for_new_ones_when_they_are_forgotten),
    UNIT_TEST(test_the_limit_of_volumes_is_judged_before_the_token),
    UNIT_TEST(test_a_failed_creation_may_vanish_without_a_word),
    UNIT_TEST(test_a_deleted_volume_goes_through_deleting),
    UNIT_TEST(test_a_volume_in_use_or_in_creation_cannot_be_deleted),
    UNIT_TEST(test_a_second_delete_is_told_what_the_options_say),
    UNIT_TEST(test_a_new_size_counts_from_optimizing_on),
    UNIT_TEST(test_an_attach_in_between_does_not_undo_a_modification),
    UNIT_TEST(test_a_volume_is_modified_four_times_a_day),
    UNIT_END,
};
