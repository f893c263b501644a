/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stage.c - the world of a film: a cloud and a host that do at once what they are asked.
 *
 * It is as simple as the contract of port.h allows, without lag, windows or faults; those belong to
 * the simulator. It must not look into the claim.
 */
#include "lib/script.h"

#include <string.h>

static struct staged *find(struct script *s, const struct id *id)
{
    struct staged *v = script_find(s, id->text);

    return v != NULL && v->volume.state != VOL_DELETED ? v : NULL;
}

static void self(struct answer *a)
{
    static struct self me;

    (void)id_set(&me.instance, SCRIPT_SELF);
    (void)zone_set(&me.zone, SCRIPT_ZONE);
    a->self = &me;
}

static bool is_here(const struct volume *v)
{
    return v->state == VOL_IN_USE && strcmp(v->holder.text, SCRIPT_SELF) == 0;
}

static void inspect(struct script *s, struct answer *a)
{
    struct inspection *seen = &s->host;

    seen->present_count = 0;
    for (uint32_t i = 0; i < s->volume_count; i++) {
        const struct volume *v = &s->volumes[i].volume;

        if (is_here(v)) {
            seen->mounted[seen->present_count] =
                (seen->target_mounted && id_same(&v->id, &seen->target_volume)) ||
                id_same(&v->id, &s->mounted_elsewhere);
            seen->present[seen->present_count++] = v->id;
        }
    }
    a->inspection = seen;
}

static void list(struct script *s, struct answer *a, const struct uuid *lineage)
{
    static const struct volume *items[STAGE_MAX];
    const uint32_t size = s->page_size != 0 ? s->page_size : STAGE_MAX;
    const uint32_t skip = s->fx.page * size;
    uint32_t found = 0;

    a->page = (struct page){.items = items};
    for (uint32_t i = 0; i < s->volume_count; i++) {
        const struct volume *v = &s->volumes[i].volume;

        if (v->state == VOL_DELETED || (lineage != NULL && !uuid_same(&v->lineage, lineage))) {
            continue;
        }
        if (found >= skip && a->page.count < size) {
            items[a->page.count++] = v;
        }
        found++;
    }
    a->page.more = found > skip + a->page.count;
}

static void read_one(struct script *s, struct answer *a)
{
    struct staged *v = find(s, &s->fx.volume);

    a->volume = v != NULL ? &v->volume : NULL;
    a->err = v != NULL ? ERR_OK : ERR_NOT_FOUND;
}

static void list_snapshots(struct script *s, struct answer *a)
{
    static struct snapshot_list found;

    memset(&found, 0, sizeof found);
    for (uint32_t i = 0; i < s->snapshots.count; i++) {
        if (id_same(&s->snapshots.items[i].source, &s->fx.volume)) {
            found.items[found.count++] = s->snapshots.items[i];
        }
    }
    a->snapshots = &found;
}

/* A snapshot is half done at the first look and done at the second. */
static void read_snapshot(struct script *s, struct answer *a)
{
    static struct snapshot_list one;

    memset(&one, 0, sizeof one);
    for (uint32_t i = 0; i < s->snapshots.count; i++) {
        struct snapshot *n = &s->snapshots.items[i];

        if (!id_same(&n->id, &s->fx.snapshot)) {
            continue;
        }
        one.items[one.count++] = *n;
        if (n->state == SNAP_PENDING) {
            n->state = n->progress == 50 ? SNAP_COMPLETED : SNAP_PENDING;
            n->progress = 50;
        }
    }
    a->snapshots = &one;
    a->err = one.count > 0 ? ERR_OK : ERR_NOT_FOUND;
}

static enum err attach(struct script *s)
{
    struct staged *v = find(s, &s->fx.volume);

    if (v == NULL) {
        return ERR_NOT_FOUND;
    }
    if (v->volume.state != VOL_AVAILABLE) {
        return ERR_IN_USE;
    }
    script_hold(v, SCRIPT_SELF);
    return ERR_OK;
}

static enum err detach(struct script *s)
{
    struct staged *v = find(s, &s->fx.volume);

    if (v == NULL || !is_here(&v->volume)) {
        return v == NULL ? ERR_NOT_FOUND : ERR_WRONG_STATE;
    }
    v->volume.state = VOL_AVAILABLE;
    v->volume.attachment = ATT_NONE;
    v->volume.holder_key = 0;
    memset(&v->volume.holder, 0, sizeof v->volume.holder);
    return ERR_OK;
}

static void put_flag(struct volume *v, const struct flag *flag)
{
    for (uint32_t i = 0; i < v->flag_count; i++) {
        if (id_same(&v->flags[i].instance, &flag->instance)) {
            v->flags[i] = *flag;
            return;
        }
    }
    if (v->flag_count < FLAGS_MAX) {
        v->flags[v->flag_count++] = *flag;
    }
}

static void drop_flag(struct volume *v, const struct flag *flag)
{
    for (uint32_t i = 0; i < v->flag_count; i++) {
        const struct flag *f = &v->flags[i];

        if (id_same(&f->instance, &flag->instance) && token_same(f->token, flag->token) &&
            f->own == flag->own && f->expires_s == flag->expires_s) {
            v->flags[i] = v->flags[--v->flag_count];
            return;
        }
    }
}

static enum err mark(struct script *s)
{
    struct staged *staged = find(s, &s->fx.volume);
    const struct mark *m = &s->fx.mark;
    struct volume *v = NULL;

    if (staged == NULL) {
        return ERR_NOT_FOUND;
    }
    v = &staged->volume;
    v->has_fs = v->has_fs || m->kind == MARK_FS;
    v->fs = m->kind == MARK_FS ? m->uuid : v->fs;
    v->has_blank = v->has_blank || m->kind == MARK_BLANK;
    v->blank = m->kind == MARK_BLANK ? m->token : v->blank;
    v->is_void = v->is_void || m->kind == MARK_VOID;
    v->quarantined = v->quarantined || m->kind == MARK_QUARANTINE;
    v->copy = m->kind == MARK_STATE ? m->number == 1 : v->copy;
    if (m->kind == MARK_CLAIM) {
        put_flag(v, &m->flag);
    }
    return ERR_OK;
}

static enum err unmark(struct script *s)
{
    struct staged *v = find(s, &s->fx.volume);

    if (v == NULL) {
        return ERR_NOT_FOUND;
    }
    if (s->fx.mark.kind == MARK_CLAIM) {
        drop_flag(&v->volume, &s->fx.mark.flag);
    } else if (s->fx.mark.kind == MARK_BLANK && token_same(v->volume.blank, s->fx.mark.token)) {
        v->volume.has_blank = false;
    }
    return ERR_OK;
}

/* What the token made before is given again. */
static void create(struct script *s, struct answer *a, bool copy)
{
    const struct effect *fx = &s->fx;
    struct staged *v = NULL;

    for (uint32_t i = 0; i < s->volume_count; i++) {
        if (token_same(s->volumes[i].made_by, fx->token)) {
            a->err = s->volumes[i].volume.state == VOL_DELETED ? ERR_MISMATCH : ERR_OK;
            a->made = s->volumes[i].volume.id;
            return;
        }
    }
    v = script_volume(s, copy ? "vol-copy" : "vol-made", SCRIPT_ZONE);
    v->volume.id.text[8] = (char)('0' + s->volume_count);
    v->volume.key = id_key(&v->volume.id);
    v->made_by = fx->token;
    v->volume.created_ms = s->now_ms;
    if (copy) {
        script_copy(v, find(s, &fx->volume));
    } else {
        script_blank(v, fx->has_blank);
        put_flag(&v->volume, &fx->mark.flag);
    }
    v->volume.blank = fx->blank;
    v->volume.has_blank = fx->has_blank;
    v->volume.lineage = fx->lineage;
    v->volume.generation = fx->generation;
    v->volume.slot = fx->slot;
    a->made = v->volume.id;
}

static void create_snapshot(struct script *s, struct answer *a)
{
    struct staged *v = find(s, &s->fx.volume);
    struct snapshot *n = NULL;

    if (v == NULL || s->snapshots.count == SNAPSHOTS_MAX) {
        a->err = v == NULL ? ERR_NOT_FOUND : ERR_LIMIT;
        return;
    }
    script_snapshot(s, "snap-", v, s->fx.claim_token);
    n = &s->snapshots.items[s->snapshots.count - 1];
    n->id.text[5] = (char)('1' + s->snapshots_made++);
    n->attempt = s->fx.attempt;
    n->state = SNAP_PENDING;
    n->progress = 0;
    a->made = n->id;
}

static enum err delete_volume(struct script *s)
{
    struct staged *v = find(s, &s->fx.volume);

    if (v == NULL) {
        return ERR_NOT_FOUND;
    }
    if (v->volume.state == VOL_IN_USE) {
        return ERR_IN_USE;
    }
    v->volume.state = VOL_DELETED;
    return ERR_OK;
}

static enum err delete_snapshot(struct script *s)
{
    for (uint32_t i = 0; i < s->snapshots.count; i++) {
        if (id_same(&s->snapshots.items[i].id, &s->fx.snapshot)) {
            s->snapshots.items[i] = s->snapshots.items[--s->snapshots.count];
            return ERR_OK;
        }
    }
    return ERR_NOT_FOUND;
}

/* The jobs on the device of a volume. */
static enum err host_job(struct script *s, struct answer *a)
{
    struct staged *v = find(s, &s->fx.volume);

    if (v == NULL || !is_here(&v->volume)) {
        return ERR_NOT_FOUND;
    }
    if (s->fx.kind == FX_MKFS) {
        v->content = (struct probe){.kind = PROBE_FILESYSTEM, .fstype = "ext4", .uuid = s->fx.fs};
    } else if (s->fx.kind == FX_MOUNT || s->fx.kind == FX_UNMOUNT) {
        s->host.target_mounted = s->fx.kind == FX_MOUNT;
        s->host.target_volume = v->volume.id;
    }
    a->probe = v->content;
    return ERR_OK;
}

void stage_perform(struct script *s, struct answer *a)
{
    switch (s->fx.kind) {
    case FX_NONE:
    case FX_SLEEP: break;
    case FX_IDENTIFY: self(a); break;
    case FX_LIST: list(s, a, NULL); break;
    case FX_LIST_LINEAGE: list(s, a, &s->fx.lineage); break;
    case FX_READ_VOLUME:
    case FX_READ_TAGS: read_one(s, a); break;
    case FX_READ_LEAVING: a->leaving = &s->leaving; break;
    case FX_LIST_SNAPSHOTS: list_snapshots(s, a); break;
    case FX_READ_SNAPSHOT: read_snapshot(s, a); break;
    case FX_ATTACH: a->err = attach(s); break;
    case FX_DETACH: a->err = detach(s); break;
    case FX_MARK: a->err = mark(s); break;
    case FX_UNMARK: a->err = unmark(s); break;
    case FX_CREATE_VOLUME: create(s, a, false); break;
    case FX_CREATE_COPY: create(s, a, true); break;
    case FX_CREATE_SNAPSHOT: create_snapshot(s, a); break;
    case FX_DELETE_VOLUME: a->err = delete_volume(s); break;
    case FX_DELETE_SNAPSHOT: a->err = delete_snapshot(s); break;
    case FX_INSPECT: inspect(s, a); break;
    case FX_AWAIT_DEVICE:
    case FX_PROBE:
    case FX_MKFS:
    case FX_FSCK:
    case FX_GROW:
    case FX_MOUNT:
    case FX_EXTEND:
    case FX_VERIFY:
    case FX_ANNOUNCE:
    case FX_UNMOUNT: a->err = host_job(s, a); break;
    case FX_FINISH:
    case FX_COUNT: a->err = ERR_BUG; break;
    }
}
