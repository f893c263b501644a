/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ec2_volumes.c - CreateVolume and DeleteVolume (B.1, B.5).
 *
 * Each first finds every reason to refuse, then changes; a dry run ends in between. What becomes
 * visible when is written down as versions with a start
 * of their own. It must not decide who holds a volume.
 */
#include "sim/ec2_state.h"

/* --- Creation --- */

/* What has been found out about a CreateVolume before anything is made. */
struct creation {
    struct shape shape;
    uint32_t zone;
    uint32_t snapshot;
};

static enum ec2_code creation_zone(const struct ec2 *m, const char *name, uint32_t *zone)
{
    if (!name || name[0] == '\0')
        return EC2_CODE_MISSING;
    for (*zone = 0; *zone < ec2_zone_count(m); (*zone)++) {
        if (strcmp(ec2_zone_name(m, *zone), name) == 0)
            return EC2_CODE_OK;
    }
    return EC2_CODE_NO_ZONE;
}

/* B.8: volumes are made from completed snapshots only. */
static enum ec2_code creation_snapshot(const struct ec2 *m, const struct ec2_request *rq,
                                       struct creation *c)
{
    struct ec2_snapshot_truth truth;

    c->snapshot = EC2_NONE;
    if (id_is_empty(&rq->snapshot))
        return rq->size_gib == 0 ? EC2_CODE_MISSING : EC2_CODE_OK;
    c->snapshot = ec2_snapshot_index(m, &rq->snapshot);
    if (c->snapshot == EC2_NONE)
        return EC2_CODE_NO_SNAPSHOT;
    truth = ec2_truth_snapshot(m, c->snapshot, ec2_peek(m)->now_ms);
    if (truth.state == SNAP_NONE)
        return EC2_CODE_NO_SNAPSHOT;
    if (truth.state != SNAP_COMPLETED)
        return EC2_CODE_WRONG_STATE;
    if (c->shape.size_gib == 0)
        c->shape.size_gib = truth.size_gib;
    return c->shape.size_gib < truth.size_gib ? EC2_CODE_BAD_VALUE : EC2_CODE_OK;
}

static enum ec2_code creation_check(const struct ec2 *m, const struct ec2_request *rq,
                                    struct creation *c)
{
    enum ec2_code code = creation_zone(m, rq->zone, &c->zone);

    c->shape = (struct shape){rq->type, rq->size_gib, rq->iops, rq->throughput};
    if (code == EC2_CODE_OK)
        code = creation_snapshot(m, rq, c);
    if (code == EC2_CODE_OK)
        code = shape_check(&c->shape);
    if (code == EC2_CODE_OK)
        code = tags_check(m, 0, rq->tags, rq->tag_count);
    if (code != EC2_CODE_OK)
        return code;
    if (rq->client_token && strlen(rq->client_token) > RATE_CLIENT_TOKEN_MAX)
        return EC2_CODE_BAD_VALUE;
    if (rq->kms_key && !rq->encrypted)
        return EC2_CODE_BAD_COMBINATION;
    if (rq->multi_attach && rq->type != EC2_IO1 && rq->type != EC2_IO2)
        return EC2_CODE_BAD_COMBINATION;
    return EC2_CODE_OK;
}

uint32_t volume_new(struct ec2 *m, const struct ec2_volume *init, const struct ec2_version *v)
{
    struct ec2_state *s = ec2_state(m);
    uint32_t volume = 0;

    if (arena_room(&s->volumes) == 0 || !versions_reserve(m, 2))
        return EC2_NONE;
    volume = arena_take(m->arena, &s->volumes);
    (void)arena_take(m->arena, &s->heads);
    *volume_at(m, volume) = *init;
    *head_of(m, volume) = EC2_NONE;
    version_push(m, volume, v);
    s->volumes_live++;
    return volume;
}

static struct ec2_volume creation_volume(struct ec2 *m, const struct ec2_request *rq,
                                         const struct creation *c)
{
    const bool restored = c->snapshot != EC2_NONE;
    struct ec2_volume vol = {
        .created_ms = ec2_peek(m)->now_ms,
        .snapshot = c->snapshot,
        .last_snapshot = EC2_NONE,
        .listed_on = EC2_NONE,
        .next_listed = EC2_NONE,
        .modification = EC2_NONE,
        .zone = (uint8_t)c->zone,
        .encrypted = rq->encrypted,
        .multi_attach = rq->multi_attach,
    };

    if (restored) {
        vol.content = snap_peek(m, c->snapshot)->content;
        vol.encrypted = vol.encrypted || snap_peek(m, c->snapshot)->encrypted;
    }
    vol.kms_key = text_keep(m, rq->kms_key);
    return vol;
}

/* F.1: creating, then available, or error, or gone without a word. */
static void creation_ends(struct ec2 *m, uint32_t volume, uint32_t faults)
{
    struct ec2_version v = version_next(m, volume, ec2_peek(m)->now_ms + draw(m, m->rates->create));

    v.state = VOL_AVAILABLE;
    if (faults & EC2_FAULT_CREATE_ERROR)
        v.state = VOL_ERROR;
    if (faults & EC2_FAULT_CREATE_VANISH) {
        v.state = VOL_DELETED;
        ec2_state(m)->volumes_live--;
    }
    version_push(m, volume, &v);
}

static enum ec2_code creation_make(struct ec2 *m, const struct ec2_request *rq,
                                   const struct creation *c, uint32_t *volume)
{
    const struct tags_change change = {.set = rq->tags, .set_count = rq->tag_count};
    struct ec2_version v = {
        .start_ms = ec2_peek(m)->now_ms,
        .holder = EC2_NONE,
        .prev = EC2_NONE,
        .state = VOL_CREATING,
        .type = (uint8_t)c->shape.type,
        .size_gib = c->shape.size_gib,
        .iops = c->shape.iops,
        .throughput = c->shape.throughput,
    };

    if (!tags_make(m, 0, &change, &v.tags))
        return EC2_CODE_INTERNAL;
    const struct ec2_volume vol = creation_volume(m, rq, c);

    *volume = EC2_NONE;
    if (!rq->kms_key || vol.kms_key != 0)
        *volume = volume_new(m, &vol, &v);
    if (*volume == EC2_NONE) {
        tags_drop(m, v.tags);
        text_drop(m, vol.kms_key);
        return EC2_CODE_INTERNAL;
    }
    creation_ends(m, *volume, rq->faults);
    return EC2_CODE_OK;
}

static void creation_answer(struct ec2 *m, uint32_t volume, struct ec2_answer *a)
{
    a->index = volume;
    a->made = ec2_volume_id(m, volume);
    a->volume = facts_of(m, volume, version_find(m, volume, ec2_peek(m)->now_ms));
}

/* C.4: once its volume is deleted or has failed, a token is burned while it is remembered. */
static enum ec2_code creation_again(struct ec2 *m, const struct token_key *key, uint32_t token,
                                    struct ec2_answer *a)
{
    const struct ec2_token *t = token_peek(m, token);
    const struct ec2_version *v = version_now(m, t->volume, ec2_peek(m)->now_ms);

    if (t->fingerprint != key->fingerprint && !ec2_peek(m)->tokens_replay_mismatch)
        return EC2_CODE_TOKEN_MISMATCH;
    if (v->state == VOL_DELETING || v->state == VOL_DELETED || v->state == VOL_ERROR)
        return EC2_CODE_TOKEN_BURNED;
    creation_answer(m, t->volume, a);
    return EC2_CODE_OK;
}

enum ec2_code volume_create(struct ec2 *m, const struct ec2_request *rq, struct ec2_answer *a)
{
    const struct ec2_state *s = ec2_peek(m);
    struct creation c;
    struct token_key key;
    uint32_t token = EC2_NONE;
    uint32_t volume = EC2_NONE;
    enum ec2_code code = creation_check(m, rq, &c);

    if (code != EC2_CODE_OK)
        return code;
    /* C.4: the limit is judged before the token, so a repeated call may be refused by it. */
    if (s->volumes_limit > 0 && s->volumes_live >= s->volumes_limit)
        return EC2_CODE_VOLUME_LIMIT;
    if (rq->dry_run)
        return EC2_CODE_DRY_RUN;
    if (rq->client_token) {
        key = token_key(m, rq, c.zone);
        token = token_find(m, &key);
        if (token != EC2_NONE)
            return creation_again(m, &key, token, a);
        if (!token_room(m))
            return EC2_CODE_INTERNAL;
    }
    code = creation_make(m, rq, &c, &volume);
    if (code != EC2_CODE_OK)
        return code;
    if (rq->client_token)
        token_bind(m, &key, volume);
    creation_answer(m, volume, a);
    return EC2_CODE_OK;
}

/* --- Deletion --- */

enum ec2_code volume_of(const struct ec2 *m, const struct ec2_request *rq, uint32_t *volume)
{
    const uint64_t seen_ms = rq->as_of_ms != 0 ? rq->as_of_ms : ec2_peek(m)->now_ms;

    if (id_is_empty(&rq->volume))
        return EC2_CODE_MISSING;
    if (id_kind(&rq->volume) != EC2_VOLUME)
        return EC2_CODE_BAD_VOLUME_ID;
    *volume = ec2_volume_index(m, &rq->volume);
    if (*volume == EC2_NONE || volume_is_gone(m, *volume, ec2_peek(m)->now_ms))
        return EC2_CODE_NO_VOLUME;
    return volume_peek(m, *volume)->created_ms > seen_ms ? EC2_CODE_NO_VOLUME : EC2_CODE_OK;
}

void volume_erase(struct ec2 *m, uint32_t volume, uint64_t at_ms)
{
    struct ec2_version v = version_next(m, volume, at_ms);

    v.state = VOL_DELETING;
    version_push(m, volume, &v);
    v = version_next(m, volume, at_ms + draw(m, m->rates->erase));
    v.state = VOL_DELETED;
    version_push(m, volume, &v);
    ec2_state(m)->volumes_live--;
}

static enum ec2_code delete_again(const struct ec2 *m)
{
    switch ((enum ec2_second_delete)ec2_peek(m)->second_delete) {
    case EC2_DELETE_NOT_FOUND: return EC2_CODE_NO_VOLUME;
    case EC2_DELETE_WRONG_STATE: return EC2_CODE_WRONG_STATE;
    case EC2_DELETE_SUCCEEDS: break;
    }
    return EC2_CODE_OK;
}

/* B.5: only what is available, or has failed, can be deleted. */
enum ec2_code volume_delete(struct ec2 *m, const struct ec2_request *rq, struct ec2_answer *a)
{
    uint32_t volume = EC2_NONE;
    const enum ec2_code code = volume_of(m, rq, &volume);
    const struct ec2_version *v = NULL;

    if (code != EC2_CODE_OK)
        return code;
    a->index = volume;
    v = version_now(m, volume, ec2_peek(m)->now_ms);
    if (v->state == VOL_IN_USE)
        return EC2_CODE_IN_USE;
    if (v->state == VOL_CREATING)
        return EC2_CODE_WRONG_STATE;
    if (v->state == VOL_DELETING)
        return rq->dry_run ? EC2_CODE_DRY_RUN : delete_again(m);
    if (rq->dry_run)
        return EC2_CODE_DRY_RUN;
    if (!versions_reserve(m, 2))
        return EC2_CODE_INTERNAL;
    versions_cancel(m, volume, ec2_peek(m)->now_ms);
    volume_erase(m, volume, ec2_peek(m)->now_ms);
    return EC2_CODE_OK;
}
