/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_config.c - what a configuration means: defaults, the file, options above it, the examples.
 *
 * What is refused is in test_config_bad.c. It reads the files of the repository and writes none.
 */
#include "config.h"
#include "nearest.h"
#include "scope.h"
#include "unit.h"

#include <stdio.h>
#include <string.h>

static struct config c;
static struct errctx cx;

static const char good[] =
    "block-provider:\n  aws-ebs:\n    ebs-tags:\n      role: db\n    size: 10\n";

static enum err read_text(const char *yaml)
{
    err_clear(&cx);
    config_init(&c);
    return config_read_text(&c, "v.yaml", yaml, &cx);
}

static enum err read_file(const char *path)
{
    char whole[512];
    enum err e;

    (void)snprintf(whole, sizeof(whole), "%s/%s", SOURCE_DIR, path);
    err_clear(&cx);
    config_init(&c);
    e = config_read_file(&c, whole, &cx);
    if (e == ERR_OK)
        e = config_check(&c, &cx);
    if (e != ERR_OK)
        (void)fprintf(stderr, "  %s\n", cx.message);
    return e;
}

static void test_the_seeds_own_file_works_as_it_is(void)
{
    CU_ASSERT_EQUAL_FATAL(read_file("tests/data/config/seed.yaml"), ERR_OK);
    CU_ASSERT_STRING_EQUAL(c.provider, "aws-ebs");
    CU_ASSERT_STRING_EQUAL(c.cloud.device, "/dev/xvdc");
    CU_ASSERT_EQUAL(c.cloud.tag_count, 2);
    CU_ASSERT_STRING_EQUAL(c.cloud.tags[0].key, "environment");
    CU_ASSERT_STRING_EQUAL(c.cloud.tags[0].value, "Production");
    CU_ASSERT_STRING_EQUAL(c.cloud.tags[1].value, "PostgreSQL");
    CU_ASSERT_STRING_EQUAL(c.cloud.type, "gp2");
    CU_ASSERT_EQUAL(c.cloud.size_gib, 200);
    CU_ASSERT_EQUAL(c.host.mkfs_count, 4);
    CU_ASSERT_STRING_EQUAL(c.host.mkfs[0], "-t");
    CU_ASSERT_STRING_EQUAL(c.host.mkfs[3], "0");
    CU_ASSERT_PTR_NULL(c.host.mkfs[4]);
    CU_ASSERT_STRING_EQUAL(c.host.target, "/mnt");
    CU_ASSERT_EQUAL(c.claim.strategy, STRATEGY_ZONE);
    CU_ASSERT_EQUAL(c.claim.create, CREATE_DEFAULT);
}

static void test_every_example_is_accepted(void)
{
    CU_ASSERT_EQUAL(read_file("examples/zone.yaml"), ERR_OK);
    CU_ASSERT_EQUAL(c.claim.strategy, STRATEGY_ZONE);

    CU_ASSERT_EQUAL(read_file("examples/group.yaml"), ERR_OK);
    CU_ASSERT_EQUAL(c.claim.strategy, STRATEGY_GROUP);
    CU_ASSERT_EQUAL(c.claim.create, CREATE_SHORT);
    CU_ASSERT_EQUAL(c.claim.create_limit, 5);
    CU_ASSERT_EQUAL(c.claim.deadline_ms, 3600000);
    CU_ASSERT_STRING_EQUAL(c.host.options, "noatime,nodev,nosuid");
    CU_ASSERT_STRING_EQUAL(c.host.owner, "consul");
    CU_ASSERT_EQUAL(c.host.mode, 0750);
    CU_ASSERT_TRUE(c.cloud.encrypted);

    CU_ASSERT_EQUAL(read_file("examples/numbered.yaml"), ERR_OK);
    CU_ASSERT_EQUAL(c.claim.strategy, STRATEGY_NUMBERED);
    CU_ASSERT_TRUE(c.claim.create_from_snapshot);
    CU_ASSERT_TRUE(c.claim.snapshot_on_release);
    CU_ASSERT_EQUAL(c.cloud.snapshot_tag_count, 1);
    CU_ASSERT_STRING_EQUAL(c.host.options, "noatime");
}

/* The figures stand in two places, the core's and the rows', because both must stand alone. */
static void test_the_defaults_are_those_of_the_core(void)
{
    struct claim_config core;

    memset(&core, 0, sizeof(core));
    claim_defaults(&core);
    CU_ASSERT_EQUAL(read_text(good), ERR_OK);
    CU_ASSERT_EQUAL(config_check(&c, &cx), ERR_OK);
    CU_ASSERT_EQUAL(c.claim.strategy, core.strategy);
    CU_ASSERT_EQUAL(c.claim.create, core.create);
    CU_ASSERT_EQUAL(c.claim.create_limit, core.create_limit);
    CU_ASSERT_EQUAL(c.claim.create_wait_ms, core.create_wait_ms);
    CU_ASSERT_EQUAL(c.claim.snapshot_on_release, core.snapshot_on_release);
    CU_ASSERT_EQUAL(c.claim.drop_snapshot, core.drop_snapshot);
    CU_ASSERT_EQUAL(c.claim.lock_ms, core.lock_ms);
    CU_ASSERT_EQUAL(c.claim.consensus_ms, core.consensus_ms);
    CU_ASSERT_EQUAL(c.claim.lag_ms, core.lag_ms);
    CU_ASSERT_EQUAL(c.claim.window_ms, core.window_ms);
    CU_ASSERT_EQUAL(c.claim.margin_ms, core.margin_ms);
    CU_ASSERT_EQUAL(c.claim.call_ms, core.call_ms);
    CU_ASSERT_EQUAL(c.claim.host_ms, core.host_ms);
    CU_ASSERT_EQUAL(c.claim.device_ms, core.device_ms);
    CU_ASSERT_EQUAL(c.claim.stuck_ms, core.stuck_ms);
    CU_ASSERT_EQUAL(c.claim.deadline_ms, core.deadline_ms);
}

static void test_durations_take_units_and_mean_seconds_without(void)
{
    static const struct {
        const char *text;
        uint64_t ms;
    } spans[] = {
        {"2400", 2400000}, {"2400s", 2400000}, {"40min", 2400000},
        {"1h", 3600000},   {"150ms", 150},     {"0", 0},
    };

    for (size_t i = 0; i < sizeof(spans) / sizeof(spans[0]); i++) {
        CU_ASSERT_EQUAL(read_text(good), ERR_OK);
        CU_ASSERT_EQUAL(config_set(&c, SETTING_DEADLINE, spans[i].text, &cx), ERR_OK);
        CU_ASSERT_EQUAL(c.claim.deadline_ms, spans[i].ms);
    }
}

static void test_an_empty_section_is_as_good_as_none(void)
{
    CU_ASSERT_EQUAL(read_text("block-provider:\n  aws-ebs:\n    ebs-tags: {role: \"\"}\n"
                              "    size: \"10\"\nmount:\n  # target: /srv\nfile-system:\n"),
                    ERR_OK);
    CU_ASSERT_EQUAL(config_check(&c, &cx), ERR_OK);
    CU_ASSERT_STRING_EQUAL(c.host.target, "/mnt");
    CU_ASSERT_STRING_EQUAL(c.cloud.tags[0].value, "");
}

static void test_an_option_stands_above_the_file(void)
{
    CU_ASSERT_EQUAL(read_text("file-system: {mkfs: [-t, xfs]}\nmount: {options: ro}\n"), ERR_OK);
    CU_ASSERT_EQUAL(config_set(&c, SETTING_TAGS, "role=a=b", &cx), ERR_OK);
    CU_ASSERT_EQUAL(config_set(&c, SETTING_TAGS, "x=", &cx), ERR_OK);
    CU_ASSERT_EQUAL(config_set(&c, SETTING_SIZE, "7", &cx), ERR_OK);
    CU_ASSERT_EQUAL(config_set(&c, SETTING_MKFS, "-t", &cx), ERR_OK);
    CU_ASSERT_EQUAL(config_set(&c, SETTING_MKFS, "ext4", &cx), ERR_OK);
    CU_ASSERT_EQUAL(config_set(&c, SETTING_MOUNT_OPTIONS, "noatime", &cx), ERR_OK);
    CU_ASSERT_EQUAL(config_set(&c, SETTING_MOUNT_OPTIONS, "nodev", &cx), ERR_OK);
    CU_ASSERT_EQUAL(config_check(&c, &cx), ERR_OK);
    CU_ASSERT_STRING_EQUAL(c.provider, "aws-ebs");
    CU_ASSERT_EQUAL(c.cloud.tag_count, 2);
    CU_ASSERT_STRING_EQUAL(c.cloud.tags[0].value, "a=b");
    CU_ASSERT_EQUAL(c.host.mkfs_count, 2);
    CU_ASSERT_STRING_EQUAL(c.host.mkfs[1], "ext4");
    CU_ASSERT_STRING_EQUAL(c.host.options, "noatime,nodev");
}

static void test_a_wrong_option_is_named_and_is_wrong_use(void)
{
    CU_ASSERT_EQUAL(read_text(good), ERR_OK);
    CU_ASSERT_EQUAL(config_set(&c, SETTING_SIZE, "big", &cx), ERR_USAGE);
    CU_ASSERT_STRING_EQUAL(cx.message,
                           "--size: \"big\" is not a whole number from 1 to 65536 (GiB)");
    CU_ASSERT_EQUAL(config_set(&c, SETTING_TAGS, "role", &cx), ERR_USAGE);
    CU_ASSERT_STRING_EQUAL(cx.message, "--ebs-tags: write KEY=VALUE");

    CU_ASSERT_EQUAL(read_text(good), ERR_OK);
    CU_ASSERT_EQUAL(config_set(&c, SETTING_LAG_BOUND, "1min", &cx), ERR_OK);
    CU_ASSERT_EQUAL(config_check(&c, &cx), ERR_USAGE);
    CU_ASSERT_STRING_EQUAL(cx.message,
                           "--lag-bound: consensus-wait is 30s but must be 2min or more with this "
                           "lag-bound: a claim is believed only when whoever wrote before it has "
                           "been seen");
}

static void test_what_is_required_may_come_from_options_alone(void)
{
    config_init(&c);
    CU_ASSERT_EQUAL(config_check(&c, &cx), ERR_CONFIG);
    CU_ASSERT_STRING_EQUAL(cx.message, "block-provider.aws-ebs.ebs-tags is required: set it in the "
                                       "file or by --ebs-tags");
    CU_ASSERT_EQUAL(config_set(&c, SETTING_TAGS, "a=b", &cx), ERR_OK);
    CU_ASSERT_EQUAL(config_set(&c, SETTING_SIZE, "1", &cx), ERR_OK);
    CU_ASSERT_EQUAL(config_check(&c, &cx), ERR_OK);
}

static void test_a_missing_file_is_one_line_without_a_place(void)
{
    config_init(&c);
    CU_ASSERT_EQUAL(config_read_file(&c, "/nonexistent/volclaim.yaml", &cx), ERR_CONFIG);
    CU_ASSERT_STRING_EQUAL(
        cx.message, "/nonexistent/volclaim.yaml: cannot be opened: No such file or directory");
    config_init(&c);
    CU_ASSERT_EQUAL(config_read_file(&c, "/", &cx), ERR_CONFIG);
    CU_ASSERT_STRING_EQUAL(cx.message, "/: cannot be read: Is a directory");
}

static void test_options_and_paths_of_rows_are_unique(void)
{
    for (int i = 0; i < SETTING_COUNT; i++) {
        CU_ASSERT_EQUAL((int)config_by_option(config_settings[i].option), i);
        for (int j = 0; j < i; j++)
            CU_ASSERT_STRING_NOT_EQUAL(config_settings[i].path, config_settings[j].path);
    }
    CU_ASSERT_EQUAL(config_by_option("nothing"), SETTING_COUNT);
}

/* The manual page is written by hand; no setting may be missing in it. */
static void test_the_manual_names_every_setting_and_its_default(void)
{
    static char page[64 * 1024];
    AUTO_FILE FILE *f = fopen(SOURCE_DIR "/docs/volclaim.yaml.5", "r");
    size_t length;

    CU_ASSERT_PTR_NOT_NULL_FATAL(f);
    length = fread(page, 1, sizeof(page) - 1, f);
    page[length] = '\0';
    for (int i = 0; i < SETTING_COUNT; i++) {
        char line[160];

        (void)snprintf(line, sizeof(line), ".\\\" %s = \"%s\"\n", config_settings[i].path,
                       config_settings[i].fallback);
        CU_ASSERT_PTR_NOT_NULL(strstr(page, line));
        if (!strstr(page, line))
            (void)fprintf(stderr, "  the manual lacks: %s", line);
    }
}

static const char *guess(const char *wrong)
{
    static const char *const known[] = {"block-device", "strategy", "mount", "target", "mode"};
    struct nearest near = nearest_to(wrong);

    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
        nearest_offer(&near, known[i]);
    return near.best;
}

static void test_a_guess_is_made_only_when_it_is_near(void)
{
    CU_ASSERT_STRING_EQUAL(guess("blok-device"), "block-device");
    CU_ASSERT_STRING_EQUAL(guess("blockdevice"), "block-device");
    CU_ASSERT_STRING_EQUAL(guess("stategry"), "strategy");
    CU_ASSERT_STRING_EQUAL(guess("tagret"), "target");
    CU_ASSERT_STRING_EQUAL(guess("moed"), "mode");
    CU_ASSERT_PTR_NULL(guess("x"));
    CU_ASSERT_PTR_NULL(guess("encryption"));
    CU_ASSERT_PTR_NULL(guess(""));
}

const struct unit_test suite_config[] = {
    UNIT_TEST(test_the_seeds_own_file_works_as_it_is),
    UNIT_TEST(test_every_example_is_accepted),
    UNIT_TEST(test_the_defaults_are_those_of_the_core),
    UNIT_TEST(test_durations_take_units_and_mean_seconds_without),
    UNIT_TEST(test_an_empty_section_is_as_good_as_none),
    UNIT_TEST(test_an_option_stands_above_the_file),
    UNIT_TEST(test_a_wrong_option_is_named_and_is_wrong_use),
    UNIT_TEST(test_what_is_required_may_come_from_options_alone),
    UNIT_TEST(test_a_missing_file_is_one_line_without_a_place),
    UNIT_TEST(test_options_and_paths_of_rows_are_unique),
    UNIT_TEST(test_the_manual_names_every_setting_and_its_default),
    UNIT_TEST(test_a_guess_is_made_only_when_it_is_near),
    UNIT_END,
};
