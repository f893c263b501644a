/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_world_parts.c - the simulator's small parts: chance, the order of events, fault mixes,
 * options.
 *
 * Nothing here runs a world; test_world.c does.
 */
#include "sim/faults.h"
#include "sim/heap.h"
#include "sim/options.h"
#include "sim/prng.h"
#include "unit.h"

#include <stdio.h>
#include <string.h>

static void test_the_published_vectors_of_splitmix64_come_out(void)
{
    uint64_t state = 1234567;

    /* The first numbers of the reference program with this seed. */
    CU_ASSERT_EQUAL(prng_split(&state), 6457827717110365317U);
    CU_ASSERT_EQUAL(prng_split(&state), 3203168211198807973U);
    CU_ASSERT_EQUAL(prng_split(&state), 9817491932198370423U);
}

static void test_streams_of_one_seed_differ_by_purpose_and_index(void)
{
    struct prng a = prng_stream(7, PRNG_WORLD, 0);
    struct prng b = prng_stream(7, PRNG_FAULTS, 0);
    struct prng c = prng_stream(7, PRNG_WORLD, 1);
    struct prng again = prng_stream(7, PRNG_WORLD, 0);
    const uint64_t first = prng_next(&a);

    CU_ASSERT_NOT_EQUAL(first, prng_next(&b));
    CU_ASSERT_NOT_EQUAL(first, prng_next(&c));
    CU_ASSERT_EQUAL(first, prng_next(&again));
}

static void test_draws_keep_their_bounds(void)
{
    struct prng p = prng_stream(3, PRNG_WORLD, 0);
    bool low = false;
    bool high = false;

    CU_ASSERT_EQUAL(prng_below(&p, 0), 0);
    CU_ASSERT_EQUAL(prng_below(&p, 1), 0);
    for (int i = 0; i < 1000; i++) {
        const uint64_t n = prng_between(&p, 5, 8);

        CU_ASSERT(n >= 5 && n <= 8);
        low = low || n == 5;
        high = high || n == 8;
    }
    CU_ASSERT(low && high);
}

static void test_a_fault_that_is_off_does_not_move_the_stream(void)
{
    struct prng a = prng_stream(3, PRNG_LIFE, 0);
    struct prng b = a;

    CU_ASSERT_FALSE(prng_chance(&a, 0));
    CU_ASSERT_EQUAL(memcmp(&a, &b, sizeof(a)), 0);
    CU_ASSERT_TRUE(prng_chance(&a, FAULT_PPM));
}

static void test_events_come_out_by_time_and_then_in_the_order_they_went_in(void)
{
    enum { COUNT = 500 };
    static const uint32_t spread = 40;
    struct sim_event items[COUNT];
    struct sim_event ev = {0};
    struct sim_event last = {0};
    struct heap h;
    struct prng p = prng_stream(9, PRNG_WORLD, 0);

    heap_init(&h, items, COUNT);
    for (uint32_t i = 0; i < COUNT; i++)
        heap_push(&h, (struct sim_event){.time_ms = prng_below(&p, spread), .arg = i});
    for (uint32_t i = 0; i < COUNT; i++) {
        CU_ASSERT_TRUE_FATAL(heap_pop(&h, &ev));
        CU_ASSERT(i == 0 || ev.time_ms > last.time_ms ||
                  (ev.time_ms == last.time_ms && ev.arg > last.arg));
        last = ev;
    }
    CU_ASSERT_FALSE(heap_pop(&h, &ev));
}

struct parse_case {
    const char *text;
    const char *why; /* NULL: it is accepted */
};

static void test_a_fault_mix_that_is_wrong_gets_one_clear_sentence(void)
{
    static const struct parse_case cases[] = {
        {"none", NULL},
        {"all", NULL},
        {"reply-lost=0.02", NULL},
        {"all,reply-lost=0,frozen=1", NULL},
        {"", "no fault is named; write none, all, or NAME=RATE"},
        {"reply-lots=0.1", "there is no fault \"reply-lots\""},
        {"reply-lost", "fault \"reply-lost\" needs a rate, as in reply-lost=0.02"},
        {"reply-lost=-0.1", "the rate in \"reply-lost=-0.1\" is not a number from 0 to 1"},
        {"reply-lost=1.5", "the rate in \"reply-lost=1.5\" is not a number from 0 to 1"},
        {"reply-lost=2", "the rate in \"reply-lost=2\" is not a number from 0 to 1"},
        {"reply-lost=0.1x", "the rate in \"reply-lost=0.1x\" is not a number from 0 to 1"},
        {"reply-lost=", "the rate in \"reply-lost=\" is not a number from 0 to 1"},
        {"reply-lost=0.", "the rate in \"reply-lost=0.\" is not a number from 0 to 1"},
        {"frozen=0.1,,killed=0.1", "there is no fault \"\""},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct faults f = faults_none();
        const struct faults before = f;
        char why[SIM_WHY_MAX] = "";

        CU_ASSERT_EQUAL(faults_parse(cases[i].text, &f, why, sizeof(why)), cases[i].why == NULL);
        if (cases[i].why) {
            CU_ASSERT_STRING_EQUAL(why, cases[i].why);
            CU_ASSERT_EQUAL(memcmp(&f, &before, sizeof(f)), 0);
        }
    }
}

static void test_a_fault_mix_reads_back_as_it_was_written(void)
{
    for (uint64_t seed = 0; seed < 200; seed++) {
        struct prng p = prng_stream(seed, PRNG_FAULTS, 0);
        const struct faults drawn = faults_draw(&p);
        struct faults read = faults_none();
        char text[2048];
        char why[SIM_WHY_MAX];

        CU_ASSERT_TRUE_FATAL(faults_format(&drawn, text, sizeof(text)));
        CU_ASSERT_TRUE_FATAL(faults_parse(text, &read, why, sizeof(why)));
        CU_ASSERT_EQUAL(memcmp(&drawn, &read, sizeof(read)), 0);
    }
}

struct argv_case {
    const char *words[6];
    const char *why;
};

static void test_a_command_line_that_is_wrong_gets_one_clear_sentence(void)
{
    static const struct argv_case cases[] = {
        {{"sim"}, "a command is missing: race, swarm, replay or help"},
        {{"sim", "rase"}, "rase: unknown command"},
        {{"sim", "race", "--instancs", "3"}, "--instancs: unknown option"},
        {{"sim", "race", "12"}, "12: unknown argument"},
        {{"sim", "race", "--instances", "0"},
         "--instances: \"0\" will not do: machines that boot (12)"},
        {{"sim", "race", "--instances", "3x"},
         "--instances: \"3x\" will not do: machines that boot (12)"},
        {{"sim", "race", "--instances", "-3"},
         "--instances: \"-3\" will not do: machines that boot (12)"},
        {{"sim", "race", "--instances"}, "--instances: a value is missing"},
        {{"sim", "race", "--json=yes"}, "--json: takes no value"},
        {{"sim", "race", "--runs", "3"}, "--runs: unknown option"},
        {{"sim", "race", "--stagger", "3h"},
         "--stagger: \"3h\" will not do: boots are spread over this time (0s)"},
        {{"sim", "race", "--strategy", "groop"},
         "--strategy: \"groop\" will not do: zone, group or numbered (group)"},
        {{"sim", "race", "--faults", "frozen=-1"},
         "the rate in \"frozen=-1\" is not a number from 0 to 1"},
        {{"sim", "race", "--seed", "18446744073709551616"},
         "--seed: \"18446744073709551616\" will not do: the world, its chances and its faults (1)"},
        {{"sim", "replay"}, "replay: --seed is missing"},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct sim_options o;
        char copies[6][64];
        char *argv[7] = {0};
        char why[SIM_WHY_MAX] = "";
        int argc = 0;

        for (; argc < 6 && cases[i].words[argc]; argc++) {
            (void)snprintf(copies[argc], sizeof(copies[argc]), "%s", cases[i].words[argc]);
            argv[argc] = copies[argc];
        }
        CU_ASSERT_FALSE(options_parse(argc, argv, &o, why));
        CU_ASSERT_STRING_EQUAL(why, cases[i].why);
    }
}

static void test_durations_are_read_with_their_units(void)
{
    uint32_t ms = 0;

    CU_ASSERT(options_duration("250ms", &ms) && ms == 250);
    CU_ASSERT(options_duration("30s", &ms) && ms == 30000);
    CU_ASSERT(options_duration("2min", &ms) && ms == 120000);
    CU_ASSERT(options_duration("60", &ms) && ms == 60000);
    CU_ASSERT_FALSE(options_duration("", &ms));
    CU_ASSERT_FALSE(options_duration("s", &ms));
    CU_ASSERT_FALSE(options_duration("1.5s", &ms));
    CU_ASSERT_FALSE(options_duration("99999999min", &ms));
}

const struct unit_test suite_world_parts[] = {
    UNIT_TEST(test_the_published_vectors_of_splitmix64_come_out),
    UNIT_TEST(test_streams_of_one_seed_differ_by_purpose_and_index),
    UNIT_TEST(test_draws_keep_their_bounds),
    UNIT_TEST(test_a_fault_that_is_off_does_not_move_the_stream),
    UNIT_TEST(test_events_come_out_by_time_and_then_in_the_order_they_went_in),
    UNIT_TEST(test_a_fault_mix_that_is_wrong_gets_one_clear_sentence),
    UNIT_TEST(test_a_fault_mix_reads_back_as_it_was_written),
    UNIT_TEST(test_a_command_line_that_is_wrong_gets_one_clear_sentence),
    UNIT_TEST(test_durations_are_read_with_their_units),
    UNIT_END,
};
