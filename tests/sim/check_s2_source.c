/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check_s2_source.c - S2: what is deleted is not needed, and the snapshot of a finished move is
 * kept.
 *
 * A deletion of data is judged by what else has the same bytes at that moment. A volume in
 * creation, deletion or error counts as gone. Deleting the source of a copy asks for that copy,
 * attached to the deleter, and for the snapshot between both; deleting a redundant copy asks only
 * that the latest version lives on elsewhere. The checker is quiet about volumes without data:
 * nothing is lost.
 */
#include "sim/check.h"

#include <assert.h>

/* What else has the latest bytes of a deleted volume. */
struct rest {
    uint32_t alive;
    uint32_t copies;   /* made from a snapshot of the deleted volume */
    uint32_t attached; /* ... attached to the deleter, their snapshot kept */
    uint32_t through;  /* the snapshot of the last of those */
};

static bool is_attached_to(const struct checks *ck, uint32_t volume, uint32_t machine)
{
    const struct ec2_volume_truth t = ec2_truth_volume(ck->cloud, volume, ck->now_ms);

    /* The kernel may have the device, and have read it, before the service says `attached`. */
    return t.holder == machine && !t.stuck &&
           (t.attachment == ATT_ATTACHED || t.attachment == ATT_ATTACHING);
}

static bool snapshot_kept(const struct checks *ck, uint32_t copy)
{
    const uint32_t snapshot = ec2_truth_volume(ck->cloud, copy, ck->now_ms).snapshot;

    return ec2_truth_snapshot(ck->cloud, snapshot, ck->now_ms).state == SNAP_COMPLETED;
}

static struct rest look_around(const struct checks *ck, uint32_t machine, uint32_t volume)
{
    const struct ec2_content *gone = ec2_content(ck->cloud, volume);
    const uint64_t latest = gone->data_id > 0 ? ck->data[gone->data_id].latest : gone->version;
    const uint32_t count = ec2_volume_count(ck->cloud);
    struct rest r = {.through = EC2_NONE};

    for (uint32_t i = 0; i < count; i++) {
        const struct ec2_content *c = ec2_content(ck->cloud, i);

        if (i == volume || c->data_id != gone->data_id || c->version != latest ||
            !check_alive(ck, i))
            continue;
        r.alive++;
        if (!check_descends(ck, i, volume))
            continue;
        r.copies++;
        if (is_attached_to(ck, i, machine) && snapshot_kept(ck, i)) {
            r.attached++;
            r.through = ec2_truth_volume(ck->cloud, i, ck->now_ms).snapshot;
        }
    }
    return r;
}

void check_keep(struct checks *ck, uint32_t snapshot)
{
    assert(snapshot < ck->snapshot_capacity);
    ck->kept[snapshot] = true;
}

bool check_delete(struct checks *ck, uint32_t machine, uint32_t volume)
{
    const struct ec2_content *c = ec2_content(ck->cloud, volume);
    const struct rest r = look_around(ck, machine, volume);

    if (c->data_id > 0 && r.alive == 0) {
        check_fail(ck, CHECK_S2, machine,
                   "%s was deleted, and nothing else holds version %llu of its data",
                   ec2_volume_id(ck->cloud, volume).text,
                   (unsigned long long)ck->data[c->data_id].latest);
    } else if (c->data_id > 0 && r.copies > 0 && r.attached == 0) {
        check_fail(
            ck, CHECK_S2, machine,
            "%s was deleted although no copy of it is attached to the deleter, its snapshot kept",
            ec2_volume_id(ck->cloud, volume).text);
    }
    if (r.attached > 0)
        check_keep(ck, r.through);
    return r.attached > 0;
}

void check_drop(struct checks *ck, const struct check_drop *drop)
{
    const uint32_t count = ec2_volume_count(ck->cloud);

    if (drop->may_drop)
        return;
    for (uint32_t i = 0; i < count; i++) {
        const struct volume *v;

        if (ec2_truth_volume(ck->cloud, i, ck->now_ms).snapshot != drop->snapshot ||
            !check_alive(ck, i))
            continue;
        v = check_facts(ck, i);
        if (v && !v->copy && !v->is_void)
            check_fail(ck, CHECK_S2, drop->machine, "%s, through which %s came to be, was deleted",
                       ec2_snapshot_id(ck->cloud, drop->snapshot).text, v->id.text);
    }
}
