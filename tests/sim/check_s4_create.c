/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check_s4_create.c - S4: nothing is created while data of the pool can still be had.
 *
 * When is that decidable? The creator knows no more than its last listing, which shows each volume
 * as of some moment between `lag` before the listing was made and the listing itself. So a creation
 * is wrong for certain when a volume within the creator's reach stood free, unclaimed and unmarked
 * during all of that time and until now: whatever moment the listing showed, it showed the volume.
 * The checker is quiet about volumes that changed meanwhile; about those that the creator itself
 * tried to take before (it may have good reasons not to try again at once: stuck, unreadable,
 * lost); about copies not yet crowned; and when the listing lies beyond the history that the model
 * keeps.
 */
#include "sim/check.h"

enum { LOOK_EVERY_MS = 500, HISTORY_MS = 120000 };

static bool policy_minds_all_zones(const struct claim_config *cfg)
{
    if (cfg->create == CREATE_DEFAULT)
        return cfg->strategy != STRATEGY_ZONE;
    return cfg->create == CREATE_SHORT;
}

bool check_in_reach(struct checks *ck, uint32_t volume, const struct check_reach *r)
{
    const struct volume *v = check_facts(ck, volume);
    const bool here = ec2_truth_volume(ck->cloud, volume, ck->now_ms).zone == r->zone;

    if (!v || !v->in_pool || v->copy || v->is_void || v->quarantined || v->multi_attach)
        return false;
    if (r->cfg->strategy == STRATEGY_NUMBERED && v->slot != r->slot)
        return false;
    if (here)
        return true;
    if (r->cfg->strategy == STRATEGY_ZONE)
        return r->creating && policy_minds_all_zones(r->cfg);
    return !r->cfg->moves_refused;
}

bool check_stood_free(struct checks *ck, uint32_t volume, uint64_t from_ms, uint64_t consensus_ms)
{
    const struct ec2_volume_truth now = ec2_truth_volume(ck->cloud, volume, ck->now_ms);
    const struct volume *v;

    if (now.state != VOL_AVAILABLE || from_ms + HISTORY_MS < ck->now_ms || from_ms > ck->now_ms)
        return false;
    for (uint64_t at = from_ms; at < ck->now_ms; at += LOOK_EVERY_MS) {
        const struct ec2_volume_truth then = ec2_truth_volume(ck->cloud, volume, at);

        if (then.state != VOL_AVAILABLE || then.tags != now.tags)
            return false;
    }
    /* Tags stood still, so what is live now with an earlier clock was live all the time. */
    v = ec2_truth_facts(ck->cloud, volume, ck->now_ms);
    for (uint32_t i = 0; v && i < v->flag_count; i++) {
        if (v->flags[i].expires_s > from_ms / 1000 ||
            v->flags[i].expires_s * 1000 + consensus_ms > from_ms)
            return false;
    }
    return v != NULL;
}

static bool was_tried(const struct check_create *c, uint32_t volume)
{
    for (uint32_t i = 0; i < c->tried_count; i++) {
        if (c->tried[i] == volume)
            return true;
    }
    return c->tried_count >= CHECK_TRIED_MAX;
}

void check_created(struct checks *ck, const struct check_create *c)
{
    const struct volume *made = check_facts(ck, c->made);
    const struct check_reach reach = {
        .cfg = c->cfg, .zone = c->zone, .slot = made ? made->slot : 0, .creating = true};
    const uint32_t count = ec2_volume_count(ck->cloud);

    if (c->cfg->create == CREATE_NEVER)
        check_fail(ck, CHECK_S4, c->machine, "%s was created, and the configuration says never",
                   ec2_volume_id(ck->cloud, c->made).text);
    if (c->listed_ms < c->lag_ms) {
        check_fail(ck, CHECK_S4, c->machine, "%s was created without a listing of the pool before",
                   ec2_volume_id(ck->cloud, c->made).text);
        return;
    }
    for (uint32_t i = 0; i < count; i++) {
        if (i == c->made || was_tried(c, i) ||
            ec2_truth_volume(ck->cloud, i, ck->now_ms).state != VOL_AVAILABLE ||
            !check_in_reach(ck, i, &reach) ||
            !check_stood_free(ck, i, c->listed_ms - c->lag_ms, c->cfg->consensus_ms))
            continue;
        check_fail(ck, CHECK_S4, c->machine, "%s was created, and %s in %s stood free all the time",
                   ec2_volume_id(ck->cloud, c->made).text, ec2_volume_id(ck->cloud, i).text,
                   ec2_zone_name(ck->cloud, ec2_truth_volume(ck->cloud, i, ck->now_ms).zone));
        return;
    }
}

/*
 * Whether a volume counts against the limit. A quarantined one is out of the pool until a person
 * decides; a blank that nobody holds is counted, and given up, by whoever takes it next.
 */
static bool counts(struct checks *ck, uint32_t volume)
{
    const struct volume *v = check_alive(ck, volume) ? check_facts(ck, volume) : NULL;

    if (!v || !v->in_pool || v->copy || v->is_void || v->quarantined)
        return false;
    return v->state == VOL_IN_USE || ec2_content(ck->cloud, volume)->data_id != 0;
}

void check_limit(struct checks *ck, uint32_t limit, uint32_t found)
{
    const uint32_t most = limit > found ? limit : found;
    const uint32_t count = ec2_volume_count(ck->cloud);
    uint32_t heads = 0;

    if (limit == 0)
        return;
    for (uint32_t i = 0; i < count; i++)
        heads += counts(ck, i);
    if (heads > most)
        check_fail(ck, CHECK_S4, EC2_NONE, "the pool has %u volumes, and the limit is %u", heads,
                   limit);
}
