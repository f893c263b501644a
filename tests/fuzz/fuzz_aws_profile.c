/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_aws_profile.c - any bytes as a shared file of AWS's tools.
 *
 * The words of an error must never hold what was in the file.
 */
#include "aws/profile.h"
#include "fuzz/fuzz.h"
#include "scope.h"

#include <assert.h>
#include <string.h>

static void read_as(enum profile_file kind, const struct buf *bytes)
{
    AUTO_PROFILES struct profiles p;
    struct errctx cx = {.code = ERR_OK};
    const char *value;

    profiles_init(&p);
    if (profiles_read(&p, kind, "file", bytes, &cx) != ERR_OK)
        assert(strncmp(cx.message, "file", 4) == 0);
    assert(!strstr(cx.message, "HUSH"));
    value = profiles_get(&p, PROFILE_PROFILE, "default", "aws_secret_access_key");
    assert(!value || !strchr(value, '\n'));
    (void)profiles_get(&p, PROFILE_SERVICES, "local", "ec2.endpoint_url");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO_BUF struct buf bytes;

    buf_init(&bytes, PROFILE_FILE_MAX);
    buf_add(&bytes, data, size);
    read_as(PROFILE_CONFIG, &bytes);
    read_as(PROFILE_CREDENTIALS, &bytes);
    return 0;
}
