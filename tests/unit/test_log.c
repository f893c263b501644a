/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_log.c - the form of a log line, which people and programs read, and what never gets into
 * one.
 *
 * Lines are caught by a sink of the test; nothing is written outside but to a pipe of its own.
 */
#include "log.h"
#include "scope.h"
#include "unit.h"

#include <string.h>

struct caught {
    char text[2 * LOG_LINE_MAX];
    size_t length;
    unsigned lines;
};

static void catch_line(void *context, const char *line, size_t length)
{
    struct caught *c = context;

    CU_ASSERT(length < LOG_LINE_MAX);
    CU_ASSERT_EQUAL(line[length - 1], '\n');
    CU_ASSERT_PTR_EQUAL(memchr(line, '\n', length), line + length - 1);
    memcpy(c->text + c->length, line, length);
    c->length += length;
    c->text[c->length] = '\0';
    c->lines++;
}

static struct log log_into(struct caught *c, enum log_format format)
{
    *c = (struct caught){0};
    return (struct log){.level = LOG_INFO, .format = format, .sink = catch_line, .context = c};
}

static void test_text_is_a_word_and_its_fields(void)
{
    struct caught c;
    const struct log lg = log_into(&c, LOG_AS_TEXT);

    log_write(
        &lg, LOG_INFO, LOG_CLAIM, "step",
        FIELDS(F_TEXT("from", "listing"), F_U64("t", 7), F_I64("off", -2), F_BOOL("own", true)));
    CU_ASSERT_STRING_EQUAL(c.text, "info  step from=listing t=7 off=-2 own=true\n");
}

static void test_text_quotes_what_is_not_one_word(void)
{
    struct caught c;
    const struct log lg = log_into(&c, LOG_AS_TEXT);

    log_write(
        &lg, LOG_WARN, LOG_HOST, "odd",
        FIELDS(F_TEXT("a", "two words"), F_TEXT("b", ""), F_TEXT("c", "x=1"), F_TEXT("d", NULL)));
    CU_ASSERT_STRING_EQUAL(c.text, "warn  odd a=\"two words\" b=\"\" c=\"x=1\" d=\"\"\n");
}

static void test_a_value_cannot_forge_a_second_line(void)
{
    struct caught c;
    const enum log_format formats[] = {LOG_AS_TEXT, LOG_AS_JSON, LOG_AS_JOURNAL};

    for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
        const struct log lg = log_into(&c, formats[i]);

        log_write(&lg, LOG_ERROR, LOG_CLOUD, "answer",
                  FIELDS(F_TEXT("body", "x\n<0>evil\r\x1b[2J\x7f")));
        CU_ASSERT_EQUAL(c.lines, 1);
        CU_ASSERT_PTR_NULL(strchr(c.text, '\x1b'));
        CU_ASSERT_PTR_NULL(strchr(c.text, '\r'));
        CU_ASSERT_PTR_NOT_NULL(strstr(c.text, "x\\n<0>evil\\u000d\\u001b[2J\\u007f"));
    }
}

static void test_json_is_one_object_with_typed_values(void)
{
    struct caught c;
    struct log lg = log_into(&c, LOG_AS_JSON);

    lg.now_ms = 1;
    log_write(&lg, LOG_INFO, LOG_CLAIM, "step",
              FIELDS(F_TEXT("say", "a \"b\" \\"), F_U64("t", 7), F_BOOL("own", false)));
    CU_ASSERT_STRING_EQUAL(c.text, "{\"time\":\"1970-01-01T00:00:00.001Z\",\"level\":\"info\","
                                   "\"subsystem\":\"claim\",\"event\":\"step\","
                                   "\"say\":\"a \\\"b\\\" \\\\\",\"t\":7,\"own\":false}\n");
}

static void test_the_journal_gets_a_priority_and_no_time(void)
{
    struct caught c;
    struct log lg = log_into(&c, LOG_AS_JOURNAL);

    lg.now_ms = 1000;
    lg.debug = UINT32_MAX;
    log_write(&lg, LOG_ERROR, LOG_CLAIM, "e", NULL);
    log_write(&lg, LOG_WARN, LOG_CLAIM, "w", NULL);
    log_write(&lg, LOG_INFO, LOG_CLAIM, "i", NULL);
    log_write(&lg, LOG_DEBUG, LOG_CLAIM, "d", NULL);
    CU_ASSERT_STRING_EQUAL(c.text, "<3>e\n<4>w\n<6>i\n<7>claim: d\n");
}

static void test_text_starts_with_the_time_of_the_step(void)
{
    struct caught c;
    struct log lg = log_into(&c, LOG_AS_TEXT);

    lg.now_ms = UINT64_C(951827696789);
    log_write(&lg, LOG_INFO, LOG_CLAIM, "leap", NULL);
    CU_ASSERT_STRING_EQUAL(c.text, "2000-02-29T12:34:56.789Z info  leap\n");
}

static void test_levels_filter_and_debug_is_by_subsystem(void)
{
    struct caught c;
    struct log lg = log_into(&c, LOG_AS_TEXT);

    lg.level = LOG_WARN;
    lg.debug = UINT32_C(1) << LOG_CLOUD;
    CU_ASSERT_TRUE(log_wants(&lg, LOG_ERROR, LOG_CLAIM));
    CU_ASSERT_TRUE(log_wants(&lg, LOG_WARN, LOG_CLAIM));
    CU_ASSERT_FALSE(log_wants(&lg, LOG_INFO, LOG_CLOUD));
    CU_ASSERT_FALSE(log_wants(&lg, LOG_DEBUG, LOG_CLAIM));
    CU_ASSERT_TRUE(log_wants(&lg, LOG_DEBUG, LOG_CLOUD));
    log_write(&lg, LOG_INFO, LOG_CLOUD, "unwanted", NULL);
    CU_ASSERT_EQUAL(c.lines, 0);
}

static void test_the_value_of_a_credential_is_hidden_by_its_key(void)
{
    struct caught c;
    const struct log lg = log_into(&c, LOG_AS_TEXT);

    log_write(&lg, LOG_INFO, LOG_CLOUD, "call",
              FIELDS(F_TEXT("secret_key", "hush1"), F_TEXT("X-Amz-Security-Session", "hush2"),
                     F_TEXT("Authorization", "hush3"), F_TEXT("volume", "vol-1")));
    CU_ASSERT_PTR_NULL(strstr(c.text, "hush"));
    CU_ASSERT_PTR_NOT_NULL(strstr(c.text, "secret_key=(hidden)"));
    CU_ASSERT_PTR_NOT_NULL(strstr(c.text, "volume=vol-1"));
}

static void test_a_line_too_long_loses_whole_fields_and_says_so(void)
{
    char many[2 * LOG_LINE_MAX];
    struct caught c;
    const struct log lg = log_into(&c, LOG_AS_JSON);

    memset(many, '"', sizeof(many) - 1);
    many[sizeof(many) - 1] = '\0';
    log_write(&lg, LOG_INFO, LOG_CLOUD, "big",
              FIELDS(F_TEXT("a", "first"), F_TEXT("b", many), F_TEXT("c", "last")));
    CU_ASSERT_PTR_NOT_NULL(strstr(c.text, "\"a\":\"first\",\"c\":\"last\",\"cut\":true}\n"));
}

static void test_bytes_that_are_no_utf8_are_replaced(void)
{
    struct caught c;
    const struct log lg = log_into(&c, LOG_AS_JSON);

    log_write(&lg, LOG_INFO, LOG_CLOUD, "u",
              FIELDS(F_TEXT("good", "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80"),
                     F_TEXT("cut", "\xe2\x82"), F_TEXT("overlong", "\xc0\xaf"),
                     F_TEXT("surrogate", "\xed\xa0\x80"), F_TEXT("wide", "\xf5")));
    CU_ASSERT_PTR_NOT_NULL(strstr(c.text, "\"good\":\"\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80\""));
    CU_ASSERT_PTR_NOT_NULL(strstr(c.text, "\"cut\":\"\\ufffd\\ufffd\""));
    CU_ASSERT_PTR_NOT_NULL(strstr(c.text, "\"overlong\":\"\\ufffd\\ufffd\""));
    CU_ASSERT_PTR_NOT_NULL(strstr(c.text, "\"surrogate\":\"\\ufffd\\ufffd\\ufffd\""));
    CU_ASSERT_PTR_NOT_NULL(strstr(c.text, "\"wide\":\"\\ufffd\""));
}

static void test_a_failure_is_one_error_line_with_all_that_is_known(void)
{
    struct caught c;
    const struct log lg = log_into(&c, LOG_AS_TEXT);
    struct errctx cx;

    err_clear(&cx);
    (void)err_set(&cx, ERR_DENIED, 0, "attach vol-1");
    log_failure(&lg, LOG_CLOUD, &cx);
    CU_ASSERT_PTR_NOT_NULL(strstr(c.text, "error failed error=denied message=\"attach vol-1: "));
}

static void test_debug_names_become_a_mask(void)
{
    uint32_t mask = 0;

    CU_ASSERT_EQUAL(log_parse_debug("cloud,host", &mask, NULL), ERR_OK);
    CU_ASSERT_EQUAL(mask, UINT32_C(1) << LOG_CLOUD | UINT32_C(1) << LOG_HOST);
    CU_ASSERT_EQUAL(log_parse_debug("all", &mask, NULL), ERR_OK);
    CU_ASSERT_EQUAL(mask, UINT32_MAX);
    CU_ASSERT_EQUAL(log_parse_debug("", &mask, NULL), ERR_OK);
    CU_ASSERT_EQUAL(mask, 0);
}

static void test_an_unknown_debug_name_is_refused_with_the_known_ones(void)
{
    struct errctx cx;
    uint32_t mask = 42;

    err_clear(&cx);
    CU_ASSERT_EQUAL(log_parse_debug("cloud,hosts", &mask, &cx), ERR_USAGE);
    CU_ASSERT_EQUAL(mask, 42);
    CU_ASSERT_PTR_NOT_NULL(strstr(cx.message, "\"hosts\""));
    CU_ASSERT_PTR_NOT_NULL(strstr(cx.message, " host"));
}

static void test_formats_have_names(void)
{
    enum log_format format = LOG_AS_TEXT;

    CU_ASSERT_EQUAL(log_parse_format("journal", &format, NULL), ERR_OK);
    CU_ASSERT_EQUAL(format, LOG_AS_JOURNAL);
    CU_ASSERT_EQUAL(log_parse_format("xml", &format, NULL), ERR_USAGE);
    CU_ASSERT_EQUAL(format, LOG_AS_JOURNAL);
}

static void test_help_has_a_line_for_each_subsystem(void)
{
    char storage[1024];
    struct buf out;
    unsigned lines = 0;

    buf_on(&out, storage, sizeof(storage));
    log_help_debug(&out);
    for (size_t i = 0; i < out.length; i++)
        lines += out.data[i] == '\n';
    CU_ASSERT_EQUAL(lines, LOG_SUBSYSTEM_COUNT);
    CU_ASSERT_FALSE(out.overflow);
}

static void test_a_descriptor_gets_the_whole_line(void)
{
    int ends[2];
    char got[64] = {0};

    CU_ASSERT_EQUAL_FATAL(pipe(ends), 0);
    {
        AUTO_FD int in = ends[0];
        AUTO_FD int out = ends[1];
        const struct log lg = {.level = LOG_INFO, .sink = log_to_fd, .context = &out};

        log_write(&lg, LOG_INFO, LOG_HOST, "hello", NULL);
        CU_ASSERT_EQUAL(read(in, got, sizeof(got) - 1), (ssize_t)strlen("info  hello\n"));
        CU_ASSERT_STRING_EQUAL(got, "info  hello\n");
    }
}

const struct unit_test suite_log[] = {
    UNIT_TEST(test_text_is_a_word_and_its_fields),
    UNIT_TEST(test_text_quotes_what_is_not_one_word),
    UNIT_TEST(test_a_value_cannot_forge_a_second_line),
    UNIT_TEST(test_json_is_one_object_with_typed_values),
    UNIT_TEST(test_the_journal_gets_a_priority_and_no_time),
    UNIT_TEST(test_text_starts_with_the_time_of_the_step),
    UNIT_TEST(test_levels_filter_and_debug_is_by_subsystem),
    UNIT_TEST(test_the_value_of_a_credential_is_hidden_by_its_key),
    UNIT_TEST(test_a_line_too_long_loses_whole_fields_and_says_so),
    UNIT_TEST(test_bytes_that_are_no_utf8_are_replaced),
    UNIT_TEST(test_a_failure_is_one_error_line_with_all_that_is_known),
    UNIT_TEST(test_debug_names_become_a_mask),
    UNIT_TEST(test_an_unknown_debug_name_is_refused_with_the_known_ones),
    UNIT_TEST(test_formats_have_names),
    UNIT_TEST(test_help_has_a_line_for_each_subsystem),
    UNIT_TEST(test_a_descriptor_gets_the_whole_line),
    UNIT_END,
};
