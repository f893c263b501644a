/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check_s6_orphans.c - S6: nothing is left behind, nothing is doubled, nothing is lost.
 *
 * Judged once, at the end, when the faults have stopped, every claim has lapsed, and everybody has
 * run again. A volume in `error` is nobody's work to remove and holds no data, so the checker is
 * quiet about it, as about a copy whose source is gone: that is the head, waiting to be adopted.
 * Snapshots of finished moves and of releases are kept on purpose.
 */
#include "sim/check.h"

static bool source_stands(const struct checks *ck, const struct volume *v)
{
    const uint32_t source = ec2_volume_index(ck->cloud, &v->source);

    return source != EC2_NONE && check_alive(ck, source);
}

/* Another volume of the same lineage that is a head; EC2_NONE when there is none. */
static uint32_t rival_of(struct checks *ck, uint32_t volume, const struct volume *v)
{
    const uint32_t count = ec2_volume_count(ck->cloud);

    for (uint32_t i = 0; i < count; i++) {
        const struct volume *w = i != volume && check_alive(ck, i) ? check_facts(ck, i) : NULL;

        if (w && w->in_pool && !w->copy && !w->is_void && uuid_same(&w->lineage, &v->lineage))
            return i;
    }
    return EC2_NONE;
}

static void judge_volume(struct checks *ck, uint32_t volume, const struct claim_config *cfg)
{
    const struct volume *v = check_facts(ck, volume);
    uint32_t rival;

    if (!v || !v->in_pool || check_claimed(ck, v, cfg->consensus_ms))
        return;
    if (v->is_void) {
        check_fail(ck, CHECK_S6, EC2_NONE, "%s is void and still there", v->id.text);
        return;
    }
    if (v->copy && source_stands(ck, v)) {
        check_fail(ck, CHECK_S6, EC2_NONE, "%s is a copy of a lapsed claim, its source %s stands",
                   v->id.text, v->source.text);
        return;
    }
    rival = rival_of(ck, volume, v);
    if (rival != EC2_NONE && (v->copy || rival > volume))
        check_fail(ck, CHECK_S6, EC2_NONE, "%s and %s are of one lineage", v->id.text,
                   ec2_volume_id(ck->cloud, rival).text);
}

static void judge_snapshot(struct checks *ck, uint32_t snapshot, const struct claim_config *cfg)
{
    const struct ec2_snapshot_truth t = ec2_truth_snapshot(ck->cloud, snapshot, ck->now_ms);
    const struct volume *source;

    if (t.state == SNAP_NONE || t.volume == EC2_NONE || ck->kept[snapshot])
        return;
    source = check_alive(ck, t.volume) ? check_facts(ck, t.volume) : NULL;
    if (source && check_claimed(ck, source, cfg->consensus_ms))
        return;
    check_fail(ck, CHECK_S6, EC2_NONE, "%s is a snapshot of a lapsed claim on %s",
               ec2_snapshot_id(ck->cloud, snapshot).text, ec2_volume_id(ck->cloud, t.volume).text);
}

/* Some volume that is not void must hold the latest version of every body of data. */
static void judge_data(struct checks *ck, uint64_t data_id)
{
    const uint32_t count = ec2_volume_count(ck->cloud);

    for (uint32_t i = 0; i < count; i++) {
        const struct ec2_content *c = ec2_content(ck->cloud, i);
        const struct volume *v;

        if (c->data_id != data_id || c->version != ck->data[data_id].latest || !check_alive(ck, i))
            continue;
        v = check_facts(ck, i);
        if (v && !v->is_void)
            return;
    }
    check_fail(ck, CHECK_S6, EC2_NONE, "version %llu of body of data %llu is lost",
               (unsigned long long)ck->data[data_id].latest, (unsigned long long)data_id);
}

void check_orphans(struct checks *ck, const struct claim_config *cfg)
{
    const uint32_t volumes = ec2_volume_count(ck->cloud);
    const uint32_t snapshots = ec2_snapshot_count(ck->cloud);

    for (uint32_t i = 0; i < volumes; i++) {
        if (check_alive(ck, i))
            judge_volume(ck, i, cfg);
    }
    for (uint32_t i = 0; i < snapshots; i++)
        judge_snapshot(ck, i, cfg);
    for (uint64_t i = 1; i < ck->data_capacity; i++) {
        if (ck->data[i].latest > 0)
            judge_data(ck, i);
    }
}
