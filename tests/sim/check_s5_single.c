/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check_s5_single.c - S5: one volume a machine, and a run that has nothing to do does nothing.
 *
 * Both are judged at the end of a run, after the faults have stopped and everybody has run once
 * more: before that a second attachment may be on its way back. A machine that is down or
 * terminated is not judged, for nobody runs there.
 */
#include "sim/check.h"

void check_single(struct checks *ck, uint32_t machine)
{
    const uint32_t count = ec2_volume_count(ck->cloud);
    uint32_t held = 0;
    uint32_t last = EC2_NONE;

    for (uint32_t i = 0; i < count; i++) {
        const struct ec2_volume_truth t = ec2_truth_volume(ck->cloud, i, ck->now_ms);
        const struct volume *v;

        /* What is being detached is on its way back. */
        if (t.state != VOL_IN_USE || t.holder != machine || t.attachment == ATT_DETACHING ||
            t.attachment == ATT_BUSY)
            continue;
        v = check_facts(ck, i);
        if (!v || !v->in_pool)
            continue;
        held++;
        if (i != ck->mounted[machine])
            last = i;
    }
    if (held > 1)
        check_fail(ck, CHECK_S5, machine,
                   "it holds %u volumes of the pool at the end, %s among them", held,
                   ec2_volume_id(ck->cloud, last).text);
    else if (held == 1 && last != EC2_NONE)
        check_fail(ck, CHECK_S5, machine,
                   "it holds %s at the end, not mounted and of use to nobody",
                   ec2_volume_id(ck->cloud, last).text);
}

void check_rerun(struct checks *ck, const struct check_rerun *r)
{
    if (r->changes > 0)
        check_fail(ck, CHECK_S5, r->machine,
                   "a run on a machine that holds its volume made %u changes", r->changes);
    else if (r->calls > r->pages)
        check_fail(ck, CHECK_S5, r->machine,
                   "a run on a machine that holds its volume made %u calls, and %u would do",
                   r->calls, r->pages);
}
