/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_config_bad.c - what people get wrong in a configuration, and the exact line each is told.
 *
 * The lines are an interface: editors jump to their places, and people search for their words. No
 * case here may be accepted.
 */
#include "config.h"
#include "unit.h"

#include <stdio.h>
#include <string.h>

/* The shortest configuration that is complete: five lines. */
#define GOOD "block-provider:\n  aws-ebs:\n    ebs-tags:\n      role: db\n    size: 10\n"

struct bad {
    const char *yaml;
    const char *line;
};

static const struct bad cases[] = {
    {"blok-device: /dev/x\n" GOOD,
     "v.yaml:1:1: unknown key \"blok-device\"; did you mean \"block-device\"?"},
    {"block-device: /dev/x\nblock-device: /dev/y\n" GOOD,
     "v.yaml:2:1: the key \"block-device\" appears twice, first on line 1"},
    {"", "v.yaml:1:1: the configuration is empty"},
    {"- a\n", "v.yaml:1:1: the configuration must be a mapping of keys to values"},
    {"hello", "v.yaml:1:1: the configuration must be a mapping of keys to values"},
    {"---\n", "v.yaml:2:1: the configuration is empty"},
    {GOOD "---\n" GOOD, "v.yaml:6:1: only one document is allowed"},
    {"a: &x 1\n", "v.yaml:1:1: unknown key \"a\"; known here: block-device, strategy, "
                  "block-provider, create, move, timing, file-system, mount, release"},
    {"strategy: !!str zone\n" GOOD, "v.yaml:1:11: explicit types are not supported"},
    {"block-device: *x\n", "v.yaml:1:15: aliases are not supported"},
    {"block-device: [a\n", "v.yaml:1:15: block-device: it must not be a list"},
    {"block-device: /dev/\n" GOOD, "v.yaml:1:15: block-device: \"/dev/\" names no device"},
    {"block-device: xvdc\n" GOOD, "v.yaml:1:15: block-device: \"xvdc\" must begin with /dev/"},
    {"block-device: [a]\n" GOOD, "v.yaml:1:15: block-device: it must not be a list"},
    {"block-device: {a: b}\n" GOOD, "v.yaml:1:15: block-device: it must not be a mapping"},
    {"block-device:\n" GOOD, "v.yaml:1:14: block-device: the value is missing"},
    {"strategy: zon\n" GOOD,
     "v.yaml:1:11: strategy: \"zon\" is none of zone|group|numbered; did you mean \"zone\"?"},
    {"strategy: auto\n" GOOD, "v.yaml:1:11: strategy: \"auto\" is none of zone|group|numbered"},
    {"block-provider:\n  aws-ebs:\n    size: 10\n",
     "v.yaml:2:3: aws-ebs lacks the required key \"ebs-tags\""},
    {"block-provider:\n  aws-ebs:\n    ebs-tags: {a: b}\n",
     "v.yaml:2:3: aws-ebs lacks the required key \"size\""},
    {"strategy: zone\n", "v.yaml:1:1: the required key \"block-provider\" is missing"},
    {"block-provider:\n  gce:\n    size: 1\n",
     "v.yaml:2:3: unknown key \"gce\"; known here: aws-ebs"},
    {"block-provider:\n  aws-ebs:\n    ebs-tags: {}\n    size: 1\n",
     "v.yaml:3:5: ebs-tags: at least one tag is needed to know the pool by"},
    {"block-provider:\n  aws-ebs:\n    ebs-tags: [a]\n    size: 1\n",
     "v.yaml:3:15: ebs-tags: it must not be a list"},
    {"block-provider:\n  aws-ebs:\n    ebs-tags: {aws:x: y}\n    size: 1\n",
     "v.yaml:3:16: ebs-tags: \"aws:x\": keys that begin with aws: belong to AWS"},
    {"block-provider:\n  aws-ebs:\n    ebs-tags: {Volclaim:x: y}\n    size: 1\n",
     "v.yaml:3:16: ebs-tags: \"Volclaim:x\": keys that begin with volclaim: are records of this "
     "program"},
    {"block-provider:\n  aws-ebs:\n    ebs-tags: {x: }\n    size: 1\n",
     "v.yaml:3:16: ebs-tags: \"x\" has no value; write \"\" for an empty one"},
    {"block-provider:\n  aws-ebs:\n    ebs-tags: {x: [1]}\n    size: 1\n",
     "v.yaml:3:19: ebs-tags: the value of \"x\" must be one text"},
    {"block-provider:\n  aws-ebs:\n    ebs-tags: {x: 1, x: 2}\n    size: 1\n",
     "v.yaml:3:22: ebs-tags: the tag \"x\" appears twice"},
    {"block-provider:\n  aws-ebs:\n    ebs-tags: {k0: v, k1: v, k2: v, k3: v, k4: v, k5: v, k6: v, "
     "k7: v, k8: v, k9: v, k10: v, k11: v, k12: v, k13: v, k14: v, k15: v, k16: v, k17: v, k18: v, "
     "k19: v, k20: v, k21: v, k22: v, k23: v, k24: v}\n    size: 1\n",
     "v.yaml:3:198: ebs-tags: more than 24 tags"},
    {"block-provider:\n  aws-ebs:\n    ebs-tags:\n      role: db\n    size: big\n",
     "v.yaml:5:11: size: \"big\" is not a whole number from 1 to 65536 (GiB)"},
    {"block-provider:\n  aws-ebs:\n    ebs-tags:\n      role: db\n    size: 0\n",
     "v.yaml:5:11: size: \"0\" is not a whole number from 1 to 65536 (GiB)"},
    {"block-provider:\n  aws-ebs:\n    ebs-tags:\n      role: db\n    size: -1\n",
     "v.yaml:5:11: size: \"-1\" is not a whole number from 1 to 65536 (GiB)"},
    {"block-provider:\n  aws-ebs:\n    ebs-tags:\n      role: db\n    size: 1.5\n",
     "v.yaml:5:11: size: \"1.5\" is not a whole number from 1 to 65536 (GiB)"},
    {"block-provider:\n  aws-ebs:\n    ebs-tags:\n      role: db\n    size: 65537\n",
     "v.yaml:5:11: size: \"65537\" is not a whole number from 1 to 65536 (GiB)"},
    {"block-provider:\n  aws-ebs:\n    ebs-tags:\n      role: db\n    size: 99999999999999999999\n",
     "v.yaml:5:11: size: \"99999999999999999999\" is not a whole number from 1 to 65536 (GiB)"},
    {"block-provider:\n  aws-ebs:\n    ebs-tags:\n      role: db\n    size: [1]\n",
     "v.yaml:5:11: size: it must not be a list"},
    {GOOD "    type: st1\n", "v.yaml:5:5: size: a volume of type st1 has 125 to 16384 GiB, not 10"},
    {GOOD "    type: gp4\n", "v.yaml:6:11: type: \"gp4\" is none of "
                             "gp3|gp2|io2|io1|st1|sc1|standard; did you mean \"gp3\"?"},
    {GOOD "    type: io1\n", "v.yaml:6:5: type: a volume of type io1 needs iops as well"},
    {GOOD "    iops: 3000\n", "v.yaml:6:5: iops: a volume of type gp2 takes no iops"},
    {GOOD "    throughput: 200\n",
     "v.yaml:6:5: throughput: a volume of type gp2 takes no throughput"},
    {GOOD "    kms-key-id: k\n", "v.yaml:6:5: kms-key-id: it needs encrypted: true"},
    {GOOD "    encrypted: yes\n", "v.yaml:6:16: encrypted: \"yes\" is neither true nor false"},
    {GOOD "timing:\n  lag-bound: 20s\n",
     "v.yaml:7:3: lag-bound: consensus-wait is 30s but must be 40s or more with this lag-bound: a "
     "claim is believed only when whoever wrote before it has been seen"},
    {GOOD "timing: {consensus-wait: 20}\n",
     "v.yaml:6:10: consensus-wait: consensus-wait is 20s but must be 30s or more with this "
     "lag-bound: a claim is believed only when whoever wrote before it has been seen"},
    {GOOD "timing: {consensus-wait: 5m}\n", "v.yaml:6:26: consensus-wait: \"5m\" is not a "
                                            "duration; write a whole number with ms, s, min or h"},
    {GOOD "timing: {consensus-wait: 2h}\n",
     "v.yaml:6:26: consensus-wait: \"2h\" is outside 1ms to 1h"},
    {GOOD "timing: {lock-timeout: 45s}\n",
     "v.yaml:6:10: lock-timeout: lock-timeout is 45s but must be 90s or more with this "
     "consensus-wait: a claim is renewed every third of its life and must outlive its own wait"},
    {GOOD "timing: {deadline: 10s}\n",
     "v.yaml:6:10: deadline: the deadline must be longer than consensus-wait, or 0 for none"},
    {GOOD "timing: {change-window: 10s}\n",
     "v.yaml:6:10: change-window: change-window is 10s but must be 66s or more with this "
     "change-margin: else every change is refused as late"},
    {GOOD "timing: 5\n", "v.yaml:6:9: timing: it must be a mapping of keys to values"},
    {GOOD "mount: {target: mnt}\n", "v.yaml:6:17: target: \"mnt\" must begin with /"},
    {GOOD "mount: {mode: 888}\n", "v.yaml:6:15: mode: \"888\" is not an octal mode such as 0755"},
    {GOOD "mount: {mode: 077777}\n",
     "v.yaml:6:15: mode: \"077777\" is not an octal mode such as 0755"},
    {GOOD "mount: {owner: 'a b'}\n",
     "v.yaml:6:16: owner: \"a b\" cannot be the name or number of one"},
    {GOOD "mount: {options: [noatime, 'a b']}\n",
     "v.yaml:6:28: options: \"a b\" is no mount option"},
    {GOOD "file-system: {mkfs: -t ext4}\n",
     "v.yaml:6:21: mkfs: it must be a list of texts, not one value"},
    {GOOD "file-system: {mkfs: []}\n",
     "v.yaml:6:15: mkfs: at least one argument is needed, such as -t and ext4"},
    {GOOD "file-system: {mkfs: [[a]]}\n", "v.yaml:6:22: mkfs: an item must be one text"},
    {GOOD "create: {from-snapshot: snap-1, from-snapshot-tags: {a: b}}\n",
     "v.yaml:6:10: from-snapshot: from-snapshot and from-snapshot-tags exclude each other"},
    {GOOD "create: {from-snapshot: 'a b'}\n",
     "v.yaml:6:25: from-snapshot: \"a b\" cannot be an id"},
    {GOOD "create: {limit: many}\n",
     "v.yaml:6:17: limit: \"many\" is not a whole number from 0 to 100000 (volumes)"},
    {GOOD "? [a]\n: b\n", "v.yaml:6:3: a key must be a plain text"},
    {GOOD "mount: {target: \"/a\\0b\"}\n", "v.yaml:6:17: a text contains a zero byte"},
    {GOOD "mount: {target: \"/a\\nb\"}\n", "v.yaml:6:17: target: \"/a?b\" has a control character"},
    {GOOD "\tx: y\n",
     "v.yaml:6:1: this is not YAML: found a tab character that violates indentation"},
    {GOOD "x: \"abc\n", "v.yaml:6:1: unknown key \"x\"; known here: block-device, strategy, "
                        "block-provider, create, move, timing, file-system, mount, release"},
    {"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[",
     "v.yaml:1:1: the configuration must be a mapping of keys to values"},
    {GOOD "  local:\n    size: 1\n", "v.yaml:6:3: unknown key \"local\"; known here: aws-ebs"},
    {GOOD "mount.target: /x\n",
     "v.yaml:6:1: unknown key \"mount.target\"; known here: block-device, strategy, "
     "block-provider, create, move, timing, file-system, mount, release"},
    {GOOD "<<: {a: b}\n", "v.yaml:6:1: unknown key \"<<\"; known here: block-device, strategy, "
                          "block-provider, create, move, timing, file-system, mount, release"},
    {"strategy: &x zone\n" GOOD, "v.yaml:1:11: anchors are not supported"},
    {"block-provider:\n  aws-ebz:\n    size: 1\n",
     "v.yaml:2:3: unknown key \"aws-ebz\"; did you mean \"aws-ebs\"?"},
};

static enum err read_and_check(const char *yaml, struct errctx *cx)
{
    static struct config c;
    enum err e;

    err_clear(cx);
    config_init(&c);
    e = config_read_text(&c, "v.yaml", yaml, cx);
    return e == ERR_OK ? config_check(&c, cx) : e;
}

static void test_every_mistake_gets_its_one_line(void)
{
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct errctx cx;

        CU_ASSERT_EQUAL(read_and_check(cases[i].yaml, &cx), ERR_CONFIG);
        CU_ASSERT_STRING_EQUAL(cx.message, cases[i].line);
        if (strcmp(cx.message, cases[i].line) != 0)
            (void)fprintf(stderr, "  case %zu: %s\n", i, cx.message);
    }
}

/* A tag set of this many tags in flow style, or one tag with a key and value of these lengths. */
static void write_tags(char *out, size_t size, int count, int key_length, int value_length)
{
    size_t used = (size_t)snprintf(out, size,
                                   "block-provider:\n  aws-ebs:\n    size: 1\n"
                                   "    ebs-tags: {");

    for (int i = 0; i < count; i++)
        used += (size_t)snprintf(out + used, size - used, "%s%0*d: %0*d", i > 0 ? ", " : "",
                                 key_length, i, value_length, i);
    (void)snprintf(out + used, size - used, "}\n");
}

static void test_the_limits_of_tags_are_kept(void)
{
    char yaml[4096];
    struct errctx cx;

    write_tags(yaml, sizeof(yaml), CONFIG_TAGS_MAX, 3, 1);
    CU_ASSERT_EQUAL(read_and_check(yaml, &cx), ERR_OK);
    write_tags(yaml, sizeof(yaml), CONFIG_TAGS_MAX + 1, 3, 1);
    CU_ASSERT_EQUAL(read_and_check(yaml, &cx), ERR_CONFIG);
    CU_ASSERT_PTR_NOT_NULL(strstr(cx.message, "ebs-tags: more than 24 tags"));
    write_tags(yaml, sizeof(yaml), 1, 128, 256);
    CU_ASSERT_EQUAL(read_and_check(yaml, &cx), ERR_OK);
    write_tags(yaml, sizeof(yaml), 1, 129, 1);
    CU_ASSERT_EQUAL(read_and_check(yaml, &cx), ERR_CONFIG);
    CU_ASSERT_PTR_NOT_NULL(strstr(cx.message, "has 129 characters; 128 are allowed"));
    write_tags(yaml, sizeof(yaml), 1, 1, 257);
    CU_ASSERT_EQUAL(read_and_check(yaml, &cx), ERR_CONFIG);
    CU_ASSERT_PTR_NOT_NULL(strstr(cx.message, "has 257 characters; 256 are allowed"));
}

static void test_bytes_that_are_no_text_are_refused_with_their_place(void)
{
    struct errctx cx;

    CU_ASSERT_EQUAL(read_and_check("strategy: zone\nmount: {target: /\xff\xfe}\n", &cx),
                    ERR_CONFIG);
    CU_ASSERT_STRING_EQUAL(cx.message,
                           "v.yaml:2:18: this is not YAML: invalid leading UTF-8 octet");
}

static void test_a_large_text_is_refused_unread(void)
{
    static char yaml[CONFIG_FILE_MAX + 16];
    struct errctx cx;

    memset(yaml, '#', sizeof(yaml) - 1);
    CU_ASSERT_EQUAL(read_and_check(yaml, &cx), ERR_CONFIG);
    CU_ASSERT_STRING_EQUAL(cx.message, "v.yaml: larger than 65536 bytes");
}

static void test_a_deep_text_is_refused_at_its_first_wrong_level(void)
{
    static char yaml[40 * 1024];
    struct errctx cx;

    memset(yaml, '[', sizeof(yaml) - 1);
    CU_ASSERT_EQUAL(read_and_check(yaml, &cx), ERR_CONFIG);
    CU_ASSERT_STRING_EQUAL(cx.message,
                           "v.yaml:1:1: the configuration must be a mapping of keys to values");
}

const struct unit_test suite_config_bad[] = {
    UNIT_TEST(test_every_mistake_gets_its_one_line),
    UNIT_TEST(test_the_limits_of_tags_are_kept),
    UNIT_TEST(test_bytes_that_are_no_text_are_refused_with_their_place),
    UNIT_TEST(test_a_large_text_is_refused_unread),
    UNIT_TEST(test_a_deep_text_is_refused_at_its_first_wrong_level),
    UNIT_END,
};
