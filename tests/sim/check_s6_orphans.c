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

#include <string.h>

static bool source_stands(const struct checks *ck, const struct volume *v)
{
    const uint32_t source = ec2_volume_index(ck->cloud, &v->source);

    return source != EC2_NONE && check_alive(ck, source);
}

static uint32_t spread_of(const struct checks *ck, const struct uuid *lineage)
{
    uint64_t half;

    memcpy(&half, lineage->bytes, sizeof(half));
    return (uint32_t)mix64(half) & (ck->head_capacity - 1);
}

/* The head of this lineage that was met before; when there is none, `volume` is, from now on. */
static uint32_t head_before(struct checks *ck, uint32_t volume, const struct volume *v)
{
    uint32_t at = spread_of(ck, &v->lineage);

    for (;; at = (at + 1) & (ck->head_capacity - 1)) {
        const struct volume *w;

        if (ck->heads[at] == EC2_NONE) {
            if (!v->copy)
                ck->heads[at] = volume;
            return EC2_NONE;
        }
        w = check_facts(ck, ck->heads[at]);
        if (uuid_same(&w->lineage, &v->lineage))
            return ck->heads[at];
    }
}

static void judge_rivals(struct checks *ck, uint32_t volume, const struct volume *v)
{
    const uint32_t rival = head_before(ck, volume, v);

    if (rival != EC2_NONE)
        check_fail(ck, CHECK_S6, EC2_NONE, "%s and %s are of one lineage", v->id.text,
                   ec2_volume_id(ck->cloud, rival).text);
}

/* What is left of lapsed claims; then heads, then copies whose source is gone, against the heads.
 */
static void judge_volume(struct checks *ck, uint32_t volume, const struct claim_config *cfg,
                         bool copies)
{
    const struct volume *v = check_facts(ck, volume);

    if (!v || !v->in_pool || v->copy != copies || check_claimed(ck, v, cfg->consensus_ms))
        return;
    if (v->is_void)
        check_fail(ck, CHECK_S6, EC2_NONE, "%s is void and still there", v->id.text);
    else if (v->copy && source_stands(ck, v)) {
        check_fail(ck, CHECK_S6, EC2_NONE, "%s is a copy of a lapsed claim, its source %s stands",
                   v->id.text, v->source.text);
    } else {
        judge_rivals(ck, volume, v);
    }
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
static void find_data(struct checks *ck, uint32_t volume)
{
    const struct ec2_content *c = ec2_content(ck->cloud, volume);
    const struct volume *v;

    if (c->data_id == 0 || c->version != ck->data[c->data_id].latest)
        return;
    v = check_facts(ck, volume);
    if (v && !v->is_void)
        ck->data[c->data_id].safe = true;
}

static void judge_data(struct checks *ck)
{
    for (uint32_t i = 1; i < ck->data_capacity; i++) {
        if (ck->data[i].latest > 0 && !ck->data[i].safe)
            check_fail(ck, CHECK_S6, EC2_NONE, "version %llu of body of data %u is lost",
                       (unsigned long long)ck->data[i].latest, i);
    }
}

void check_orphans(struct checks *ck, const struct claim_config *cfg)
{
    const uint32_t volumes = ec2_volume_count(ck->cloud);
    const uint32_t snapshots = ec2_snapshot_count(ck->cloud);

    for (uint32_t i = 0; i < ck->head_capacity; i++)
        ck->heads[i] = EC2_NONE;
    for (uint32_t i = 0; i < volumes; i++) {
        if (!check_alive(ck, i))
            continue;
        find_data(ck, i);
        judge_volume(ck, i, cfg, false);
    }
    for (uint32_t i = 0; i < volumes; i++) {
        if (check_alive(ck, i))
            judge_volume(ck, i, cfg, true);
    }
    for (uint32_t i = 0; i < snapshots; i++)
        judge_snapshot(ck, i, cfg);
    judge_data(ck);
}
