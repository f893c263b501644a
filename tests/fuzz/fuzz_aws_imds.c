/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_aws_imds.c - any bytes as each document of the metadata service, and as a time.
 *
 * A document is taken whole or not at all: keys, token and end must all be there, and so must who
 * the machine is. No name may leave the characters that names have.
 */
#include "aws/credentials_parts.h"
#include "aws/notice.h"
#include "aws/timestamp.h"
#include "fuzz/fuzz.h"
#include "scope.h"

#include <assert.h>
#include <string.h>

enum { DOCUMENT_MAX = 64 * 1024 };

static void read_others(const struct buf *bytes)
{
    struct imds_identity id = {.region = ""};
    struct notice n = {.spot = NOTICE_NONE};

    if (imds_identity_parse(bytes, &id, NULL) == ERR_OK) {
        assert(strncmp(id.self.instance.text, "i-", 2) == 0);
        assert(imds_is_name(id.self.zone.text, "-", ZONE_MAX));
        assert(imds_is_name(id.region, "-", IMDS_REGION_MAX));
    }
    if (notice_parse(bytes, &n, NULL) == ERR_OK)
        assert(n.spot != NOTICE_NONE);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct document_form role = {.token = "Token", .must_expire = true};
    static const struct document_form process = {.token = "SessionToken"};
    static struct credentials keys;
    AUTO_BUF struct buf bytes;
    uint64_t ms;

    buf_init(&bytes, DOCUMENT_MAX);
    buf_add(&bytes, data, size);
    if (document_keys(&bytes, &role, "document", &keys, NULL) == ERR_OK) {
        assert(keys.key_id.length > 0);
        assert(keys.secret_key.length > 0);
        assert(keys.token.length > 0);
        assert(keys.expires_ms > 0);
    }
    if (document_keys(&bytes, &process, "document", &keys, NULL) == ERR_OK) {
        assert(keys.key_id.length > 0);
        assert(keys.secret_key.length > 0);
    }
    read_others(&bytes);
    if (timestamp_parse(bytes.data, &ms))
        assert(strlen(bytes.data) >= sizeof("2026-01-02T03:04:05Z") - 1);
    return 0;
}
