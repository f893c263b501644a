/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_aws_xml.c - any bytes as an answer of EC2: read, walked, and turned into facts.
 *
 * Beside not failing it checks one promise: an answer that was refused leaves nothing to be read.
 */
#include "aws/describe.h"
#include "fuzz/fuzz.h"

#include <assert.h>
#include <string.h>

static const struct tag pool[] = {{"pool", "a"}};
static const struct cloud_spec spec = {.tags = pool, .tag_count = 1};

static size_t walk(const struct xml *x, uint32_t node)
{
    size_t bytes = 0;

    for (; node; node = xml_next(x, node)) {
        bytes += strlen(xml_name(x, node)) + strlen(xml_text(x, node));
        bytes += walk(x, xml_first(x, node));
    }
    return bytes;
}

static void describe(const struct xml *x)
{
    const uint32_t root = xml_root(x);

    for (uint32_t item = xml_child(x, root, "volumeSet/item"); item; item = xml_next(x, item)) {
        struct volume v = {.size_gib = 1};
        struct volume_attributes a;

        if (describe_volume(x, item, &spec, &v, NULL) == ERR_OK) {
            assert(v.id.text[0]);
            assert(v.flag_count <= FLAGS_MAX);
        }
        if (describe_attributes(x, item, &a, NULL) == ERR_OK)
            assert(strlen(a.type) < sizeof(a.type));
    }
    for (uint32_t item = xml_child(x, root, "snapshotSet/item"); item; item = xml_next(x, item)) {
        struct snapshot s;

        if (describe_snapshot(x, item, &s, NULL) == ERR_OK)
            assert(s.id.text[0]);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO_XML struct xml x;

    xml_init(&x);
    if (xml_parse(&x, (const char *)data, size, NULL) != ERR_OK) {
        assert(xml_root(&x) == 0);
        return 0;
    }
    assert(xml_root(&x) != 0);
    assert(walk(&x, xml_root(&x)) <= XML_STRINGS_MAX);
    describe(&x);
    return 0;
}
