/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_aws_refusal.c - any bytes as an error document: its code, class and words.
 *
 * The first byte chooses the status. Nothing but a dry run may ever be called success.
 */
#include "aws/codes.h"
#include "fuzz/fuzz.h"

#include <assert.h>
#include <string.h>

static const int statuses[] = {400, 401, 403, 404, 409, 412, 429, 500, 502, 503};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO_XML struct xml x;
    struct refusal r = {.status = 500};
    struct errctx cx = {.code = ERR_OK};
    enum err e;

    xml_init(&x);
    if (size == 0)
        return 0;
    r.status = statuses[data[0] % (sizeof(statuses) / sizeof(statuses[0]))];
    if (xml_parse(&x, (const char *)data + 1, size - 1, &cx) != ERR_OK || !refusal_read(&x, &r))
        return 0;
    assert(r.code[0]);
    e = codes_explain(&r, "ec2:AttachVolume", &cx);
    assert(e < ERR_COUNT);
    assert(e != ERR_OK || strstr(r.code, "DryRunOperation"));
    assert(strlen(cx.message) < sizeof(cx.message));
    return 0;
}
