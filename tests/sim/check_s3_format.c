/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check_s3_format.c - S3: only what is blank is formatted.
 *
 * The truth knows what is on the device; a filesystem of ours left half-made by a crash holds
 * nobody's data and counts as blank. The order is judged, not its success: a kernel that refuses is
 * luck.
 */
#include "sim/check.h"

#include <assert.h>

void check_format(struct checks *ck, uint32_t machine, uint32_t volume)
{
    const struct ec2_content *c = ec2_content(ck->cloud, volume);

    if (c->kind == EC2_BLANK || c->kind == EC2_HALF)
        return;
    check_fail(ck, CHECK_S3, machine, "%s was to be formatted, and it is not blank",
               ec2_volume_id(ck->cloud, volume).text);
}

void check_formatted(struct checks *ck, uint32_t machine, uint32_t volume)
{
    const struct ec2_content *c = ec2_content(ck->cloud, volume);

    (void)machine;
    assert(c->data_id < ck->data_capacity);
    ck->data[c->data_id] = (struct check_datum){.latest = c->version, .mounted_on = EC2_NONE};
}
