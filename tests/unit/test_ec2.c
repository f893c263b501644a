/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_ec2.c - the front of the EC2 model: stamps, buckets, permissions; copies and digests of it
 * all.
 *
 * Sections A.6, B.0 and E.1 of the EC2 notes, and what the explorer needs of the arena. It must not
 * test what single actions do.
 */
#include "test_ec2.h"

#include "sim/prng.h"

static struct ec2_request stamped(uint64_t stamp_ms)
{
    struct ec2_request rq = list_request();

    rq.stamp_ms = stamp_ms;
    return rq;
}

static void test_a_stamp_is_good_for_fifteen_minutes_either_way(void)
{
    struct cloud c;
    const uint64_t quarter_ms = 900000;

    cloud_open(&c);
    c.now_ms = 2 * quarter_ms;
    CU_ASSERT_EQUAL(call(&c, stamped(c.now_ms - quarter_ms)), EC2_CODE_OK);
    CU_ASSERT_EQUAL(call(&c, stamped(c.now_ms - quarter_ms - 1)), EC2_CODE_EXPIRED);
    CU_ASSERT_EQUAL(call(&c, stamped(c.now_ms + quarter_ms)), EC2_CODE_OK);
    CU_ASSERT_EQUAL(call(&c, stamped(c.now_ms + quarter_ms + 1)), EC2_CODE_EXPIRED);
    CU_ASSERT_STRING_EQUAL(ec2_code_name(c.a.code), "RequestExpired");
    CU_ASSERT_EQUAL(ec2_code_err(c.a.code), ERR_EXPIRED);
    cloud_close(&c);
}

static void test_an_expired_change_does_nothing(void)
{
    struct cloud c;

    cloud_open(&c);
    const uint32_t instance = cloud_instance(&c, "a");
    const uint32_t volume = cloud_volume(&c, "a");
    struct ec2_request rq = attach_request(&c, volume, instance);

    rq.stamp_ms = c.now_ms - 900001;
    CU_ASSERT_EQUAL(call(&c, rq), EC2_CODE_EXPIRED);
    CU_ASSERT_EQUAL(look(&c, volume, 0)->state, VOL_AVAILABLE);
    cloud_close(&c);
}

static uint32_t burst(struct cloud *c, struct ec2_request rq)
{
    uint32_t passed = 0;

    while (call(c, rq) != EC2_CODE_THROTTLED)
        passed++;
    return passed;
}

static void test_buckets_hold_what_is_published_and_refill(void)
{
    struct cloud c;
    struct ec2_request attach_rq = {.action = EC2_ATTACH_VOLUME};
    struct ec2_request tags_rq = {.action = EC2_CREATE_TAGS};
    struct ec2_request scan_rq = {.action = EC2_DESCRIBE_VOLUMES};

    cloud_options(&c);
    c.options.no_throttle = false;
    cloud_start(&c);
    CU_ASSERT_EQUAL(burst(&c, list_request()), 100);
    CU_ASSERT_EQUAL(burst(&c, attach_rq), 50);
    CU_ASSERT_EQUAL(burst(&c, tags_rq), 100);
    /* Neither filtered nor paged: a bucket of its own, and a smaller one. */
    CU_ASSERT_EQUAL(burst(&c, scan_rq), 50);
    CU_ASSERT_EQUAL(ec2_throttled(&c.m, EC2_DESCRIBE_VOLUMES), 2);
    c.now_ms += 1000;
    CU_ASSERT_EQUAL(burst(&c, list_request()), 20);
    CU_ASSERT_EQUAL(burst(&c, attach_rq), 5);
    CU_ASSERT_EQUAL(burst(&c, tags_rq), 10);
    CU_ASSERT_EQUAL(burst(&c, scan_rq), 10);
    c.now_ms += 3600000;
    CU_ASSERT_EQUAL(burst(&c, attach_rq), 50);
    CU_ASSERT_EQUAL(ec2_code_http(EC2_CODE_THROTTLED), 503);
    cloud_close(&c);
}

static void test_a_throttled_change_does_nothing(void)
{
    struct cloud c;

    cloud_open(&c);
    const uint32_t instance = cloud_instance(&c, "a");
    const uint32_t volume = cloud_volume(&c, "a");
    struct ec2_request rq = attach_request(&c, volume, instance);

    rq.faults = EC2_FAULT_THROTTLE;
    CU_ASSERT_EQUAL(call(&c, rq), EC2_CODE_THROTTLED);
    CU_ASSERT_EQUAL(ec2_code_err(c.a.code), ERR_THROTTLED);
    CU_ASSERT_EQUAL(look(&c, volume, 0)->state, VOL_AVAILABLE);
    cloud_close(&c);
}

static void test_an_unavailable_service_may_have_acted(void)
{
    struct cloud c;

    cloud_open(&c);
    const uint32_t instance = cloud_instance(&c, "a");
    const uint32_t volume = cloud_volume(&c, "a");
    struct ec2_request rq = attach_request(&c, volume, instance);

    rq.faults = EC2_FAULT_REFUSE;
    CU_ASSERT_EQUAL(call(&c, rq), EC2_CODE_UNAVAILABLE);
    CU_ASSERT_EQUAL(look(&c, volume, 0)->state, VOL_AVAILABLE);
    rq.faults = EC2_FAULT_AFTER;
    CU_ASSERT_EQUAL(call(&c, rq), EC2_CODE_UNAVAILABLE);
    CU_ASSERT_PTR_NULL(c.a.volume);
    CU_ASSERT_EQUAL(look(&c, volume, 0)->state, VOL_IN_USE);
    CU_ASSERT_EQUAL(ec2_code_err(EC2_CODE_UNAVAILABLE), ERR_UNAVAILABLE);
    cloud_close(&c);
}

static void test_what_is_denied_is_denied_and_a_dry_run_changes_nothing(void)
{
    struct cloud c;

    cloud_open(&c);
    const uint32_t instance = cloud_instance(&c, "a");
    const uint32_t volume = cloud_volume(&c, "a");
    struct ec2_request rq = attach_request(&c, volume, instance);

    rq.dry_run = true;
    CU_ASSERT_EQUAL(call(&c, rq), EC2_CODE_DRY_RUN);
    CU_ASSERT_EQUAL(ec2_code_http(c.a.code), 412);
    CU_ASSERT_EQUAL(look(&c, volume, 0)->state, VOL_AVAILABLE);
    ec2_deny(&c.m, 1U << EC2_ATTACH_VOLUME);
    CU_ASSERT_EQUAL(call(&c, rq), EC2_CODE_DENIED);
    CU_ASSERT_EQUAL(ec2_code_err(c.a.code), ERR_DENIED);
    CU_ASSERT_EQUAL(erase(&c, volume), EC2_CODE_OK);
    cloud_close(&c);
}

static void test_ids_are_found_again_and_look_like_the_services(void)
{
    struct cloud c;

    for (int plain = 0; plain < 2; plain++) {
        cloud_options(&c);
        c.options.plain_ids = plain == 1;
        cloud_start(&c);
        for (uint32_t i = 0; i < 10; i++) {
            const uint32_t volume = cloud_volume(&c, "a");
            const struct id id = ec2_volume_id(&c.m, volume);

            CU_ASSERT_EQUAL(strlen(id.text), 21);
            CU_ASSERT_EQUAL(ec2_volume_index(&c.m, &id), volume);
            CU_ASSERT_EQUAL(ec2_instance_index(&c.m, &id), EC2_NONE);
        }
        const struct id first = ec2_volume_id(&c.m, 0);

        CU_ASSERT_EQUAL(strcmp(first.text, "vol-00000000000000001") == 0, plain == 1);
        cloud_close(&c);
    }
}

/* --- Copies --- */

/* A busy hour: every action, by chance, with answers folded into a number. */
static uint64_t stir(struct ec2 *m, struct prng *p, uint64_t now_ms, int steps)
{
    uint64_t sum = 0;

    for (int i = 0; i < steps; i++) {
        static const char *const values[] = {"1", "2", "3"};
        const struct id id = ec2_volume_id(m, (uint32_t)prng_below(p, ec2_volume_count(m)));
        const struct tag tag = {"volclaim:slot", values[prng_below(p, 3)]};
        struct ec2_answer a;
        const struct ec2_request rq = {
            .action = (enum ec2_action)prng_below(p, EC2_ACTION_COUNT),
            .volume = id,
            .ids = &id,
            .id_count = 1,
            .instance = ec2_instance_id(m, (uint32_t)prng_below(p, ec2_instance_count(m))),
            .snapshot = ec2_snapshot_id(m, (uint32_t)prng_below(p, 4)),
            .device = "/dev/xvdba",
            .zone = "a",
            .size_gib = 10,
            .type = EC2_GP3,
            .tags = &tag,
            .tag_count = 1,
            .as_of_ms = now_ms - prng_below(p, 10000),
        };

        ec2_execute(m, &rq, now_ms, &a);
        sum = sum * 31 + (uint64_t)a.code;
        if (a.volume)
            sum = sum * 31 + (uint64_t)a.volume->state * 7 + a.volume->slot;
        now_ms += prng_below(p, 3000);
    }
    return sum * 31 + ec2_digest(m);
}

static void stir_setup(struct cloud *c)
{
    cloud_options(c);
    c->rates = rates_published();
    c->options.volumes = 400;
    cloud_start(c);
    for (int i = 0; i < 4; i++) {
        (void)cloud_instance(c, "a");
        (void)cloud_volume(c, "a");
    }
}

static void test_a_copied_arena_evolves_as_the_original_does(void)
{
    struct cloud c;
    struct ec2 copy;
    struct prng p = prng_stream(3, PRNG_WORLD, 0);
    struct prng q;

    stir_setup(&c);
    (void)stir(&c.m, &p, c.now_ms, 300);
    void *arena = room_for(c.m.arena_size);
    void *views = room_for(c.m.view_size);

    memcpy(arena, c.m.arena, c.m.arena_size);
    ec2_bind(&copy, &c.m, arena, views);
    CU_ASSERT_EQUAL(ec2_digest(&copy), ec2_digest(&c.m));
    q = p;
    CU_ASSERT_EQUAL(stir(&c.m, &p, 10000000, 300), stir(&copy, &q, 10000000, 300));
    CU_ASSERT_EQUAL(ec2_exhausted(&c.m), 0);
    free(arena);
    free(views);
    cloud_close(&c);
}

static void test_a_saved_state_comes_back_as_it_was(void)
{
    struct cloud c;
    struct prng p = prng_stream(5, PRNG_WORLD, 0);
    struct prng q;
    uint64_t first = 0;

    stir_setup(&c);
    (void)stir(&c.m, &p, c.now_ms, 200);
    const size_t size = ec2_state_size(&c.m);
    void *saved = room_for(size);
    const uint64_t digest = ec2_digest(&c.m);

    CU_ASSERT_EQUAL(ec2_save(&c.m, saved), size);
    q = p;
    first = stir(&c.m, &p, 10000000, 200);
    CU_ASSERT_NOT_EQUAL(ec2_digest(&c.m), digest);
    ec2_load(&c.m, saved);
    CU_ASSERT_EQUAL(ec2_digest(&c.m), digest);
    CU_ASSERT_EQUAL(stir(&c.m, &q, 10000000, 200), first);
    free(saved);
    cloud_close(&c);
}

static void test_branches_from_one_state_do_not_see_each_others_facts(void)
{
    struct cloud c;

    cloud_open(&c);
    const uint32_t volume = cloud_volume(&c, "a");
    void *saved = room_for(ec2_state_size(&c.m));

    (void)ec2_save(&c.m, saved);
    (void)put_tag(&c, volume, (struct tag){"volclaim:slot", "1"});
    (void)call(&c, list_request());
    CU_ASSERT_EQUAL(c.a.page.items[0]->slot, 1);
    ec2_load(&c.m, saved);
    (void)put_tag(&c, volume, (struct tag){"volclaim:slot", "2"});
    (void)call(&c, list_request());
    CU_ASSERT_EQUAL(c.a.page.items[0]->slot, 2);
    CU_ASSERT_EQUAL(look(&c, volume, 0)->slot, 2);
    free(saved);
    cloud_close(&c);
}

static void test_a_state_in_use_is_small(void)
{
    struct cloud c;

    cloud_open(&c);
    for (int i = 0; i < 6; i++)
        (void)cloud_instance(&c, "a");
    for (int i = 0; i < 4; i++)
        (void)cloud_volume(&c, "a");
    CU_ASSERT(ec2_state_size(&c.m) < 4096);
    cloud_close(&c);
}

static void test_a_large_region_fits_in_a_hundred_megabytes(void)
{
    struct ec2_options o = {
        .zones = test_zones, .zone_count = 3, .volumes = 10000, .instances = 10000};

    CU_ASSERT(ec2_memory(&o) < 150U << 20);
}

static void test_the_relative_digest_forgets_what_nobody_can_see(void)
{
    struct cloud c;
    struct cloud d;

    cloud_open(&c);
    cloud_open(&d);
    const uint32_t one = cloud_volume(&c, "a");
    const uint32_t two = cloud_volume(&d, "a");

    /* One of them has a past; once it is past all lag, both look the same, at different times. */
    (void)put_tag(&c, one, (struct tag){"k", "v"});
    (void)drop_tag(&c, one, (struct tag){"k", NULL});
    CU_ASSERT_NOT_EQUAL(ec2_digest(&c.m), ec2_digest(&d.m));
    CU_ASSERT_EQUAL(ec2_digest_from(&c.m, c.now_ms + 5000, 4000),
                    ec2_digest_from(&d.m, d.now_ms + 9000, 4000));
    (void)put_tag(&c, one, (struct tag){"k", "v"});
    CU_ASSERT_NOT_EQUAL(ec2_digest_from(&c.m, c.now_ms + 5000, 4000),
                        ec2_digest_from(&d.m, d.now_ms + 9000, 4000));
    (void)put_tag(&d, two, (struct tag){"k", "v"});
    CU_ASSERT_EQUAL(ec2_digest_from(&c.m, c.now_ms + 5000, 4000),
                    ec2_digest_from(&d.m, d.now_ms + 9000, 4000));
    cloud_close(&c);
    cloud_close(&d);
}

static void test_the_relative_digest_remembers_what_lingers(void)
{
    struct cloud c;
    struct cloud d;

    cloud_open(&c);
    cloud_open(&d);
    (void)erase(&c, cloud_volume(&c, "a"));
    (void)erase(&d, cloud_volume(&d, "a"));
    /* Gone for long by the age of views, but the tags of one are described for longer. */
    const uint64_t gone_ms = START_MS + TAKES_MS;
    const uint64_t linger_ms = c.rates.tag_linger_ms;

    CU_ASSERT_NOT_EQUAL(ec2_digest_from(&c.m, gone_ms + 1000, 100),
                        ec2_digest_from(&d.m, gone_ms + 1500, 100));
    CU_ASSERT_EQUAL(ec2_digest_from(&c.m, gone_ms + linger_ms + 1000, 100),
                    ec2_digest_from(&d.m, gone_ms + linger_ms + 1500, 100));
    cloud_close(&c);
    cloud_close(&d);
}

static void test_the_next_change_is_known(void)
{
    struct cloud c;

    cloud_open(&c);
    const uint32_t instance = cloud_instance(&c, "a");
    const uint32_t volume = cloud_volume(&c, "a");

    CU_ASSERT_EQUAL(ec2_next_change(&c.m, c.now_ms), UINT64_MAX);
    (void)attach(&c, volume, instance);
    CU_ASSERT_EQUAL(ec2_next_change(&c.m, c.now_ms), c.now_ms + TAKES_MS);
    CU_ASSERT_EQUAL(ec2_next_change(&c.m, c.now_ms + TAKES_MS), UINT64_MAX);
    cloud_close(&c);
}

static void test_durations_lie_between_their_ends(void)
{
    struct cloud c;
    uint64_t least = UINT64_MAX;
    uint64_t most = 0;

    cloud_options(&c);
    c.rates = rates_published();
    c.options.volumes = 400;
    cloud_start(&c);
    for (int i = 0; i < 400; i++) {
        CU_ASSERT_EQUAL(
            call(&c, (struct ec2_request){.action = EC2_CREATE_VOLUME, .zone = "a", .size_gib = 1}),
            EC2_CODE_OK);
        const uint64_t took_ms = ec2_next_change(&c.m, c.now_ms) - c.now_ms;

        c.now_ms += took_ms;
        least = took_ms < least ? took_ms : least;
        most = took_ms > most ? took_ms : most;
    }
    CU_ASSERT(least >= 1000 && least < 1200);
    CU_ASSERT(most <= 4000 && most > 3500);
    cloud_close(&c);
}

static void test_every_row_has_a_name(void)
{
    for (enum ec2_action a = 0; a < EC2_ACTION_COUNT; a++)
        CU_ASSERT(strlen(ec2_action_name(a)) > 8);
    for (enum ec2_code code = EC2_CODE_OK + 1; code < EC2_CODE_COUNT; code++) {
        CU_ASSERT(strlen(ec2_code_name(code)) > 0);
        CU_ASSERT(ec2_code_http(code) >= 400);
    }
    for (enum ec2_type t = 0; t < EC2_TYPE_COUNT; t++)
        CU_ASSERT_EQUAL(ec2_type_parse(ec2_type_name(t)), t);
    CU_ASSERT_EQUAL(ec2_type_parse("gp9"), EC2_TYPE_COUNT);
    CU_ASSERT_STRING_EQUAL(ec2_instance_state_name(EC2_SHUTTING_DOWN), "shutting-down");
}

const struct unit_test suite_ec2[] = {
    UNIT_TEST(test_a_stamp_is_good_for_fifteen_minutes_either_way),
    UNIT_TEST(test_an_expired_change_does_nothing),
    UNIT_TEST(test_buckets_hold_what_is_published_and_refill),
    UNIT_TEST(test_a_throttled_change_does_nothing),
    UNIT_TEST(test_an_unavailable_service_may_have_acted),
    UNIT_TEST(test_what_is_denied_is_denied_and_a_dry_run_changes_nothing),
    UNIT_TEST(test_ids_are_found_again_and_look_like_the_services),
    UNIT_TEST(test_a_copied_arena_evolves_as_the_original_does),
    UNIT_TEST(test_a_saved_state_comes_back_as_it_was),
    UNIT_TEST(test_branches_from_one_state_do_not_see_each_others_facts),
    UNIT_TEST(test_a_state_in_use_is_small),
    UNIT_TEST(test_a_large_region_fits_in_a_hundred_megabytes),
    UNIT_TEST(test_the_relative_digest_forgets_what_nobody_can_see),
    UNIT_TEST(test_the_relative_digest_remembers_what_lingers),
    UNIT_TEST(test_the_next_change_is_known),
    UNIT_TEST(test_durations_lie_between_their_ends),
    UNIT_TEST(test_every_row_has_a_name),
    UNIT_END,
};
