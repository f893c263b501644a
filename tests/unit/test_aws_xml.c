/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_aws_xml.c - answers as trees, and everything that is not an answer refused.
 *
 * Nothing here knows an action; what a tree means is tested where it is read.
 */
#include "aws/xml.h"
#include "lib/alloc.h"
#include "scope.h"
#include "unit.h"

#include <string.h>

static enum err parse(struct xml *x, const char *text)
{
    return xml_parse(x, text, strlen(text), NULL);
}

static void test_elements_are_found_by_local_name_in_any_order(void)
{
    AUTO_XML struct xml x;
    uint32_t item;

    xml_init(&x);
    CU_ASSERT_EQUAL(parse(&x, "<?xml version=\"1.0\"?>\n<r:Answer xmlns:r=\"urn:x\"><set>"
                              "<item><size>80</size><id>vol-1</id><none/></item>"
                              "<item><id>vol-2</id></item></set><id>x</id></r:Answer>\n"),
                    ERR_OK);
    CU_ASSERT_STRING_EQUAL(xml_name(&x, xml_root(&x)), "Answer");
    item = xml_child(&x, xml_root(&x), "set/item");
    CU_ASSERT_STRING_EQUAL(xml_child_text(&x, item, "id"), "vol-1");
    CU_ASSERT_STRING_EQUAL(xml_child_text(&x, item, "size"), "80");
    CU_ASSERT_NOT_EQUAL(xml_child(&x, item, "none"), 0);
    CU_ASSERT_STRING_EQUAL(xml_child_text(&x, item, "none"), "");
    CU_ASSERT_STRING_EQUAL(xml_child_text(&x, xml_next(&x, item), "id"), "vol-2");
    CU_ASSERT_EQUAL(xml_next(&x, xml_next(&x, item)), 0);
    CU_ASSERT_EQUAL(xml_child(&x, item, "si"), 0);
    CU_ASSERT_EQUAL(xml_child(&x, item, "size/deeper"), 0);
    CU_ASSERT_STRING_EQUAL(xml_child_text(&x, 0, "id"), "");
}

static void test_text_is_joined_and_the_five_entities_are_read(void)
{
    AUTO_XML struct xml x;

    xml_init(&x);
    CU_ASSERT_EQUAL(parse(&x, "<a>x &amp; <!-- no --><![CDATA[<y>]]> &lt;&#233;</a>"), ERR_OK);
    CU_ASSERT_STRING_EQUAL(xml_text(&x, xml_root(&x)), "x & <y> <\xc3\xa9");
    CU_ASSERT_EQUAL(parse(&x, "<a> <b> c </b> </a>"), ERR_OK);
    CU_ASSERT_STRING_EQUAL(xml_text(&x, xml_root(&x)), "");
    CU_ASSERT_STRING_EQUAL(xml_child_text(&x, xml_root(&x), "b"), " c ");
}

static void test_what_is_not_well_formed_leaves_nothing(void)
{
    static const char *const bad[] = {
        "",
        "garbage",
        "<a>",
        "<a></b>",
        "<a/><b/>",
        "<a>&undefined;</a>",
        "<a b=1/>",
        "<html><body><p>502</body></html>",
        "{\"a\":1}",
        "<a>\x01</a>",
        "<a>\xff\xfe</a>",
        "<?xml version=\"1.0\"?>",
        "<!-- only -->",
    };
    AUTO_XML struct xml x;

    xml_init(&x);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        CU_ASSERT_EQUAL(parse(&x, bad[i]), ERR_INVALID);
        CU_ASSERT_EQUAL(xml_root(&x), 0);
    }
}

static void test_a_document_type_is_refused_whatever_it_declares(void)
{
    static const char *const bad[] = {
        "<!DOCTYPE a><a/>",
        "<!DOCTYPE a [<!ENTITY e \"eeee\">]><a>&e;</a>",
        "<!DOCTYPE a SYSTEM \"http://127.0.0.1:1/x.dtd\"><a/>",
        "<!DOCTYPE a [<!ENTITY f SYSTEM \"file:///etc/hostname\">]><a>&f;</a>",
    };
    AUTO_XML struct xml x;
    struct errctx cx = {0};

    xml_init(&x);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        CU_ASSERT_EQUAL(xml_parse(&x, bad[i], strlen(bad[i]), &cx), ERR_INVALID);
        CU_ASSERT_STRING_EQUAL(cx.message, "XML with a document type");
    }
}

/* An encoding in which the document type is not spelt in ASCII is not believed either. */
static void test_another_encoding_hides_nothing(void)
{
    static const char wide[] = "\xff\xfe<\0!\0D\0O\0C\0T\0Y\0P\0E\0 \0a\0>\0<\0a\0/\0>\0";
    AUTO_XML struct xml x;

    xml_init(&x);
    CU_ASSERT_NOT_EQUAL(xml_parse(&x, wide, sizeof(wide) - 1, NULL), ERR_OK);
    CU_ASSERT_EQUAL(xml_root(&x), 0);
}

static void test_depth_and_text_are_capped(void)
{
    AUTO_XML struct xml x;
    AUTO_BUF struct buf b;

    xml_init(&x);
    buf_init(&b, sizeof("<a>") * XML_TEXT_MAX);
    for (size_t i = 0; i <= XML_DEPTH_MAX; i++)
        buf_text(&b, "<a>");
    for (size_t i = 0; i <= XML_DEPTH_MAX; i++)
        buf_text(&b, "</a>");
    CU_ASSERT_EQUAL(parse(&x, b.data), ERR_TOO_BIG);
    buf_clear(&b);
    buf_text(&b, "<a>");
    for (size_t i = 0; i <= XML_TEXT_MAX; i++)
        buf_char(&b, 'x');
    buf_text(&b, "</a>");
    CU_ASSERT_EQUAL(parse(&x, b.data), ERR_TOO_BIG);
    CU_ASSERT_EQUAL(xml_root(&x), 0);
}

static void test_the_number_of_elements_is_capped(void)
{
    AUTO_XML struct xml x;
    AUTO_BUF struct buf b;

    xml_init(&x);
    buf_init(&b, sizeof("<b/>") * XML_NODES_MAX);
    buf_text(&b, "<a>");
    for (size_t i = 0; i < XML_NODES_MAX; i++)
        buf_text(&b, "<b/>");
    buf_text(&b, "</a>");
    CU_ASSERT_EQUAL(parse(&x, b.data), ERR_TOO_BIG);
}

static void parse_once(void)
{
    AUTO_XML struct xml x;
    enum err e;

    xml_init(&x);
    e = parse(&x, "<a><b>c</b></a>");
    CU_ASSERT_TRUE(e == ERR_OK || e == ERR_NO_MEMORY);
    CU_ASSERT_EQUAL(xml_root(&x) != 0, e == ERR_OK);
}

static void test_every_allocation_may_fail(void)
{
    CU_ASSERT(alloc_fail_each(parse_once) >= 2);
}

const struct unit_test suite_aws_xml[] = {
    UNIT_TEST(test_elements_are_found_by_local_name_in_any_order),
    UNIT_TEST(test_text_is_joined_and_the_five_entities_are_read),
    UNIT_TEST(test_what_is_not_well_formed_leaves_nothing),
    UNIT_TEST(test_a_document_type_is_refused_whatever_it_declares),
    UNIT_TEST(test_another_encoding_hides_nothing),
    UNIT_TEST(test_depth_and_text_are_capped),
    UNIT_TEST(test_the_number_of_elements_is_capped),
    UNIT_TEST(test_every_allocation_may_fail),
    UNIT_END,
};
