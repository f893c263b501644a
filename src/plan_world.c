/* SPDX-License-Identifier: Apache-2.0 */
/*
 * plan_world.c - applies a plan's changes to its own values, as a service would to its.
 *
 * It must not be cleverer than a service: a mark is a tag, an attach is an attachment, nothing
 * more.
 */
#include "plan_world.h"

#include <stdio.h>
#include <string.h>

struct plan_volume *plan_volume(struct plan_world *w, const struct id *id)
{
    for (uint32_t i = 0; i < w->volume_count; i++) {
        if (id_same(&w->volumes[i].facts.id, id))
            return &w->volumes[i];
    }
    return NULL;
}

struct plan_volume *plan_adopt(struct plan_world *w, const struct volume *facts)
{
    struct plan_volume *v = &w->volumes[w->volume_count];

    if (w->volume_count == PLAN_VOLUMES_MAX)
        return NULL;
    *v = (struct plan_volume){.facts = *facts};
    w->volume_count++;
    return v;
}

struct plan_disk *plan_disk(struct plan_world *w, const struct id *volume)
{
    for (uint32_t i = 0; i < w->disk_count; i++) {
        if (id_same(&w->disks[i].volume, volume))
            return &w->disks[i];
    }
    return NULL;
}

struct plan_disk *plan_touch(struct plan_world *w, const struct id *volume)
{
    struct plan_disk *d = plan_disk(w, volume);

    if (d || w->disk_count == PLAN_VOLUMES_MAX)
        return d;
    d = &w->disks[w->disk_count++];
    *d = (struct plan_disk){.volume = *volume};
    return d;
}

static void name(struct plan_world *w, const char *form, struct id *out)
{
    w->made_count++;
    memset(out, 0, sizeof(*out));
    (void)snprintf(out->text, sizeof(out->text), "%s-%u", form, w->made_count);
}

struct plan_volume *plan_make_volume(struct plan_world *w)
{
    struct volume facts = {
        .state = VOL_AVAILABLE,
        .in_pool = true,
        .tags_seen = true,
        .zone = w->self.zone,
        .created_ms = w->now_ms,
    };
    struct plan_volume *v;

    name(w, "new-volume", &facts.id);
    facts.key = id_key(&facts.id);
    v = plan_adopt(w, &facts);
    if (v)
        v->made = true;
    return v;
}

struct snapshot *plan_make_snapshot(struct plan_world *w)
{
    struct snapshot *s = &w->snapshots[w->snapshot_count];

    if (w->snapshot_count == PLAN_SNAPSHOTS_MAX)
        return NULL;
    *s = (struct snapshot){.state = SNAP_COMPLETED, .progress = 100};
    name(w, "new-snapshot", &s->id);
    w->snapshot_count++;
    return s;
}

struct snapshot *plan_snapshot(struct plan_world *w, const struct id *id)
{
    for (uint32_t i = 0; i < w->snapshot_count; i++) {
        if (id_same(&w->snapshots[i].id, id))
            return &w->snapshots[i];
    }
    return NULL;
}

void plan_attach(struct plan_world *w, struct plan_volume *v)
{
    v->facts.state = VOL_IN_USE;
    v->facts.attachment = ATT_ATTACHED;
    v->facts.holder = w->self.instance;
    v->facts.holder_key = id_key(&w->self.instance);
    v->attached = true;
}

void plan_detach(struct plan_volume *v)
{
    v->facts.state = VOL_AVAILABLE;
    v->facts.attachment = ATT_NONE;
    memset(&v->facts.holder, 0, sizeof(v->facts.holder));
    v->facts.holder_key = 0;
    v->attached = false;
}

static void set_flag(struct volume *v, const struct flag *flag)
{
    for (uint8_t i = 0; i < v->flag_count; i++) {
        if (id_same(&v->flags[i].instance, &flag->instance)) {
            v->flags[i] = *flag;
            return;
        }
    }
    if (v->flag_count < FLAGS_MAX)
        v->flags[v->flag_count++] = *flag;
}

/* By key and value, as the tag is deleted: a flag with another token stays. */
static void drop_flag(struct volume *v, const struct flag *flag)
{
    for (uint8_t i = 0; i < v->flag_count; i++) {
        const struct flag *at = &v->flags[i];

        if (id_same(&at->instance, &flag->instance) && token_same(at->token, flag->token) &&
            at->expires_s == flag->expires_s && at->own == flag->own) {
            v->flag_count--;
            v->flags[i] = v->flags[v->flag_count];
            return;
        }
    }
}

static void apply(struct volume *v, const struct mark *mark, bool there)
{
    switch (mark->kind) {
    case MARK_LINEAGE: v->lineage = there ? mark->uuid : mark_lineage_of(&v->id); break;
    case MARK_GENERATION: v->generation = there ? mark->number : 0; break;
    case MARK_STATE: v->copy = there && mark->number == 1; break;
    case MARK_VOID: v->is_void = there; break;
    case MARK_QUARANTINE: v->quarantined = there; break;
    case MARK_SOURCE:
        v->source = there ? mark->id : (struct id){{0}};
        v->source_key = id_key(&v->source);
        break;
    case MARK_CLAIM:
        if (there)
            set_flag(v, &mark->flag);
        else
            drop_flag(v, &mark->flag);
        break;
    case MARK_BLANK:
        v->has_blank = there;
        v->blank = mark->token;
        break;
    case MARK_FS:
        v->has_fs = there;
        v->fs = mark->uuid;
        break;
    case MARK_SLOT: v->slot = there ? mark->number : 0; break;
    case MARK_NONE:
    case MARK_TOKEN: break;
    }
    v->tags_seen = true;
}

void plan_mark(struct plan_volume *v, const struct mark *mark)
{
    apply(&v->facts, mark, true);
}

void plan_unmark(struct plan_volume *v, const struct mark *mark)
{
    apply(&v->facts, mark, false);
}
