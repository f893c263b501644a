/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check_s5_single.c - S5: one volume a machine, and a run that has nothing to do does nothing.
 *
 * Both are judged at the end of a run, after the faults have stopped and everybody has run once
 * more: before that a second attachment may be on its way back. A machine that is down or
 * terminated is not judged, for nobody runs there.
 */
#include "sim/check.h"

static void judge_holding(struct checks *ck, uint32_t machine, uint32_t volume)
{
    if (ck->held[machine] > 1) {
        check_fail(ck, CHECK_S5, machine,
                   "it holds %u volumes of the pool at the end, %s among them", ck->held[machine],
                   ec2_volume_id(ck->cloud, volume).text);
    } else if (volume != ck->mounted[machine]) {
        check_fail(ck, CHECK_S5, machine,
                   "it holds %s at the end, not mounted and of use to nobody",
                   ec2_volume_id(ck->cloud, volume).text);
    }
}

/* The machine that holds a volume of the pool and is not giving it back; EC2_NONE without one. */
static uint32_t holder_of(struct checks *ck, uint32_t volume)
{
    const struct ec2_volume_truth t = ec2_truth_volume(ck->cloud, volume, ck->now_ms);
    const struct volume *v;

    if (t.state != VOL_IN_USE || t.attachment == ATT_DETACHING || t.attachment == ATT_BUSY)
        return EC2_NONE;
    v = check_facts(ck, volume);
    return v && v->in_pool ? t.holder : EC2_NONE;
}

void check_single(struct checks *ck, const bool *up, uint32_t machines)
{
    const uint32_t count = ec2_volume_count(ck->cloud);

    for (uint32_t i = 0; i < machines; i++)
        ck->held[i] = 0;
    for (uint32_t i = 0; i < count; i++) {
        const uint32_t holder = holder_of(ck, i);

        if (holder == EC2_NONE || holder >= machines || !up[holder])
            continue;
        ck->held[holder]++;
        judge_holding(ck, holder, i);
    }
}

static bool has_copies(struct checks *ck)
{
    const uint32_t count = ec2_volume_count(ck->cloud);

    for (uint32_t i = 0; i < count; i++) {
        const struct volume *v = check_alive(ck, i) ? check_facts(ck, i) : NULL;

        if (v && v->in_pool && v->copy)
            return true;
    }
    return false;
}

void check_rerun(struct checks *ck, const struct check_rerun *r)
{
    if (r->changes > 0) {
        check_fail(ck, CHECK_S5, r->machine,
                   "a run on a machine that holds its volume made %u changes", r->changes);
    } else if (r->calls > r->pages && !has_copies(ck)) {
        check_fail(ck, CHECK_S5, r->machine,
                   "a run on a machine that holds its volume made %u calls, and %u would do",
                   r->calls, r->pages);
    }
}
