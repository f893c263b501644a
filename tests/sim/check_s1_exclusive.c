/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check_s1_exclusive.c - S1: one lineage mounted in one place, no write lost, no write forked.
 *
 * Every body of data has one latest version, counted up by each write anywhere. A mount must see
 * it, for else a write is lost; a write must follow it, for else the data has forked. A second
 * mount is judged by the truth: a machine whose volume the service took away after its termination
 * has none. The checker is quiet about what is not mounted: a stale copy is harmless until then (S6
 * finds it).
 */
#include "sim/check.h"

#include <assert.h>

static struct check_datum *datum_of(struct checks *ck, uint32_t volume)
{
    const struct ec2_content *c = ec2_content(ck->cloud, volume);

    assert(c->data_id < ck->data_capacity);
    return c->data_id == 0 ? NULL : &ck->data[c->data_id];
}

/* True when that machine still has a volume with these very data under its mount. */
static bool still_mounted(const struct checks *ck, uint32_t machine, const struct ec2_content *c)
{
    const uint32_t volume = ck->mounted[machine];

    if (volume == EC2_NONE || ec2_content(ck->cloud, volume)->data_id != c->data_id)
        return false;
    return ec2_truth_volume(ck->cloud, volume, ck->now_ms).holder == machine;
}

void check_mount(struct checks *ck, uint32_t machine, uint32_t volume)
{
    const struct ec2_content *c = ec2_content(ck->cloud, volume);
    struct check_datum *d = datum_of(ck, volume);

    assert(machine < ck->machine_capacity);
    ck->mounted[machine] = volume;
    if (!d)
        return;
    if (d->mounted_on != EC2_NONE && d->mounted_on != machine &&
        still_mounted(ck, d->mounted_on, c)) {
        check_fail(ck, CHECK_S1, machine,
                   "%s was mounted while i%u has the same data mounted on %s",
                   ec2_volume_id(ck->cloud, volume).text, d->mounted_on,
                   ec2_volume_id(ck->cloud, ck->mounted[d->mounted_on]).text);
    }
    if (c->version != d->latest) {
        check_fail(ck, CHECK_S1, machine,
                   "%s was mounted with version %llu of its data, and version %llu was written",
                   ec2_volume_id(ck->cloud, volume).text, (unsigned long long)c->version,
                   (unsigned long long)d->latest);
    }
    d->mounted_on = machine;
}

void check_unmount(struct checks *ck, uint32_t machine)
{
    const uint32_t volume = ck->mounted[machine];
    struct check_datum *d = volume == EC2_NONE ? NULL : datum_of(ck, volume);

    if (d && d->mounted_on == machine)
        d->mounted_on = EC2_NONE;
    ck->mounted[machine] = EC2_NONE;
}

void check_write(struct checks *ck, uint32_t machine, uint32_t volume)
{
    const struct ec2_content *c = ec2_content(ck->cloud, volume);
    struct check_datum *d = datum_of(ck, volume);

    if (!d)
        return;
    if (c->version != d->latest) {
        check_fail(ck, CHECK_S1, machine,
                   "a write to %s follows version %llu, and version %llu was written elsewhere",
                   ec2_volume_id(ck->cloud, volume).text, (unsigned long long)c->version,
                   (unsigned long long)d->latest);
    }
    d->latest = c->version + 1;
}
