/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_aws_codes.c - refusals of the services: their documents, their classes, their words.
 *
 * The bodies are shaped as the services shape them. No code may be read as success by chance.
 */
#include "aws/codes.h"
#include "unit.h"

#include <string.h>

static struct refusal refused(const char *code, int status)
{
    struct refusal r = {.status = status};

    memcpy(r.code, code, strlen(code) + 1);
    return r;
}

static struct refusal read_body(const char *body, int status)
{
    AUTO_XML struct xml x;
    struct refusal r = {.status = status};

    xml_init(&x);
    CU_ASSERT_EQUAL(xml_parse(&x, body, strlen(body), NULL), ERR_OK);
    CU_ASSERT_TRUE(refusal_read(&x, &r));
    return r;
}

static void test_an_error_of_ec2_is_read(void)
{
    const struct refusal r = read_body(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Response><Errors><Error>"
        "<Code>VolumeInUse</Code><Message>vol-1 is already attached to an instance</Message>"
        "</Error></Errors><RequestID>ea966190-f9aa-478e-9ede-example</RequestID></Response>",
        400);
    struct errctx cx = {0};

    CU_ASSERT_EQUAL(codes_explain(&r, "ec2:AttachVolume", &cx), ERR_IN_USE);
    CU_ASSERT_STRING_EQUAL(
        cx.message, "ec2:AttachVolume: VolumeInUse: vol-1 is already attached to an instance");
    CU_ASSERT_STRING_EQUAL(cx.request_id, "ea966190-f9aa-478e-9ede-example");
    CU_ASSERT_EQUAL(cx.http_status, 400);
}

static void test_an_error_of_sts_is_read(void)
{
    const struct refusal r = read_body(
        "<ErrorResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><Error>"
        "<Type>Sender</Type><Code>ExpiredToken</Code><Message>The token has expired</Message>"
        "</Error><RequestId>abc</RequestId></ErrorResponse>",
        403);

    CU_ASSERT_EQUAL(codes_err(&r), ERR_DENIED);
    CU_ASSERT_EQUAL(codes_cure(&r), CURE_KEYS);
    CU_ASSERT_STRING_EQUAL(r.request_id, "abc");
}

static void test_a_page_that_is_no_error_document_is_no_refusal(void)
{
    AUTO_XML struct xml x;
    struct refusal r = {0};
    const char *body = "<html><body>Error</body></html>";

    xml_init(&x);
    CU_ASSERT_EQUAL(xml_parse(&x, body, strlen(body), NULL), ERR_OK);
    CU_ASSERT_FALSE(refusal_read(&x, &r));
    r.status = 502;
    CU_ASSERT_EQUAL(codes_err(&r), ERR_UNAVAILABLE);
}

static void test_each_code_has_its_class(void)
{
    static const struct {
        const char *code;
        int status;
        enum err err;
    } cases[] = {
        {"RequestLimitExceeded", 503, ERR_THROTTLED},
        {"Client.RequestLimitExceeded", 503, ERR_THROTTLED},
        {"Server.Unavailable", 503, ERR_UNAVAILABLE},
        {"InternalError", 500, ERR_UNAVAILABLE},
        {"RequestExpired", 400, ERR_EXPIRED},
        {"InvalidVolume.NotFound", 400, ERR_NOT_FOUND},
        {"InvalidVolume.ZoneMismatch", 400, ERR_WRONG_ZONE},
        {"InvalidVolumeID.ZoneMismatch", 400, ERR_WRONG_ZONE},
        {"IncorrectState", 400, ERR_WRONG_STATE},
        {"IdempotentParameterMismatch", 400, ERR_MISMATCH},
        {"VolumeLimitExceeded", 400, ERR_LIMIT},
        {"DryRunOperation", 412, ERR_OK},
        {"UnauthorizedOperation", 403, ERR_DENIED},
        {"InvalidParameterValue", 400, ERR_INVALID},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const struct refusal r = refused(cases[i].code, cases[i].status);

        CU_ASSERT_EQUAL(codes_err(&r), cases[i].err);
    }
}

static void test_an_unknown_code_is_judged_by_its_family_then_by_status(void)
{
    static const struct {
        const char *code;
        int status;
        enum err err;
    } cases[] = {
        {"InvalidGadget.NotFound", 400, ERR_NOT_FOUND},
        {"GadgetLimitExceeded", 400, ERR_LIMIT},
        {"GadgetLimitExceeded", 500, ERR_UNAVAILABLE},
        {"GadgetThrottled", 503, ERR_THROTTLED},
        {"GadgetInUse", 400, ERR_IN_USE},
        {"IncorrectGadgetState", 400, ERR_WRONG_STATE},
        {"InvalidGadget", 400, ERR_INVALID},
        {"UnsupportedGadget", 400, ERR_UNSUPPORTED},
        {"Gadget", 400, ERR_INVALID},
        {"Gadget", 403, ERR_DENIED},
        {"Gadget", 429, ERR_THROTTLED},
        {"Gadget", 500, ERR_UNAVAILABLE},
        {"Gadget", 200, ERR_UNAVAILABLE},
        {"", 404, ERR_INVALID},
        {"", 503, ERR_UNAVAILABLE},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const struct refusal r = refused(cases[i].code, cases[i].status);

        CU_ASSERT_EQUAL(codes_err(&r), cases[i].err);
    }
}

static void test_a_taken_device_name_is_told_from_a_wrong_parameter(void)
{
    struct refusal r = refused("InvalidParameterValue", 400);

    memcpy(r.message, "already in use", sizeof("already in use"));
    CU_ASSERT_EQUAL(codes_err(&r), ERR_NAME_TAKEN);
}

static void test_a_denial_names_the_missing_action(void)
{
    struct refusal r = refused("UnauthorizedOperation", 403);
    struct errctx cx = {0};
    static const char words[] = "You are not authorized to perform this operation. User: "
                                "arn:aws:sts::123456789012:assumed-role/r/i-1 is not authorized "
                                "to perform: ec2:CreateTags on resource: arn:aws:ec2:x";

    CU_ASSERT_EQUAL(codes_explain(&r, "ec2:CreateVolume", &cx), ERR_DENIED);
    CU_ASSERT_STRING_EQUAL(cx.message, "ec2:CreateVolume: the IAM action ec2:CreateVolume is "
                                       "missing (UnauthorizedOperation)");
    memcpy(r.message, words, sizeof(words));
    CU_ASSERT_EQUAL(codes_explain(&r, "ec2:CreateVolume", &cx), ERR_DENIED);
    CU_ASSERT_STRING_EQUAL(cx.message, "ec2:CreateVolume: the IAM action ec2:CreateTags is "
                                       "missing (UnauthorizedOperation)");
}

const struct unit_test suite_aws_codes[] = {
    UNIT_TEST(test_an_error_of_ec2_is_read),
    UNIT_TEST(test_an_error_of_sts_is_read),
    UNIT_TEST(test_a_page_that_is_no_error_document_is_no_refusal),
    UNIT_TEST(test_each_code_has_its_class),
    UNIT_TEST(test_an_unknown_code_is_judged_by_its_family_then_by_status),
    UNIT_TEST(test_a_taken_device_name_is_told_from_a_wrong_parameter),
    UNIT_TEST(test_a_denial_names_the_missing_action),
    UNIT_END,
};
