/* SPDX-License-Identifier: Apache-2.0 */
/*
 * plan_cloud.c - the cloud as a plan shows it: real looks, with the plan's own changes laid over
 * them.
 *
 * It may call the looks of the real port and nothing else of it.
 */
#include "plan.h"

#include <assert.h>
#include <stddef.h>
#include <string.h>

static struct plan *plan_of(struct cloud_port *cloud)
{
    return (struct plan *)(void *)((char *)cloud - offsetof(struct plan, cloud));
}

static struct cloud_port *real(const struct plan *p)
{
    return p->options.real->cloud;
}

/* The call as the real port must see it: its time has not skipped anything. */
static struct port_call to_real(const struct plan *p, const struct port_call *call)
{
    return (struct port_call){
        .deadline_ms = call->deadline_ms > p->skipped_ms ? call->deadline_ms - p->skipped_ms : 0,
        .cx = call->cx,
    };
}

static enum err back(struct plan *p, struct port_call *call, const struct port_call *inner,
                     enum err e)
{
    const enum err_class class = err_class(e);

    call->date_ms = inner->date_ms > 0 ? inner->date_ms + p->skipped_ms : 0;
    p->troubled = class == ERR_CLASS_RETRY || class == ERR_CLASS_UNKNOWN;
    return e;
}

/* An answer that no service gave: the plan's own time stands for the service's. */
static enum err pretend(struct plan *p, struct port_call *call)
{
    call->date_ms = p->world.now_ms;
    p->troubled = false;
    return ERR_OK;
}

static enum err too_many(struct port_call *call)
{
    return err_set(call->cx, ERR_TOO_BIG, 0, "the plan touches more than it can keep in mind");
}

/* The volume as the plan has it, read once if the plan has not touched it yet. */
static enum err adopt(struct plan *p, struct port_call *call, const struct id *id,
                      struct plan_volume **out)
{
    struct port_call inner = to_real(p, call);
    const struct volume *facts = NULL;
    enum err e;

    *out = plan_volume(&p->world, id);
    if (*out)
        return pretend(p, call);
    e = back(p, call, &inner, real(p)->read_volume(real(p), &inner, id, &facts));
    if (e != ERR_OK)
        return e;
    *out = plan_adopt(&p->world, facts);
    return *out ? ERR_OK : too_many(call);
}

static bool is_gone(const struct plan_volume *v)
{
    return v->facts.state == VOL_DELETED;
}

static const char *action_of(const struct cloud_port *cloud, int effect)
{
    const struct plan *p =
        (const struct plan *)(const void *)((const char *)cloud - offsetof(struct plan, cloud));

    return real(p)->action_of ? real(p)->action_of(real(p), effect) : NULL;
}

static enum err identify(struct cloud_port *cloud, struct port_call *call, const struct self **out)
{
    struct plan *p = plan_of(cloud);
    struct port_call inner = to_real(p, call);
    const enum err e = back(p, call, &inner, real(p)->identify(real(p), &inner, out));

    if (e == ERR_OK)
        p->world.self = **out;
    return e;
}

/* Lays the plan's volumes over a page; those it made follow on the last page. */
static enum err overlay(struct plan *p, struct port_call *call, const struct uuid *lineage,
                        struct page *page)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < page->count; i++) {
        const struct plan_volume *v = plan_volume(&p->world, &page->items[i]->id);

        if (v && is_gone(v))
            continue;
        if (count == PLAN_PAGE_MAX)
            return too_many(call);
        p->page[count++] = v ? &v->facts : page->items[i];
    }
    for (uint32_t i = 0; !page->more && i < p->world.volume_count; i++) {
        const struct plan_volume *v = &p->world.volumes[i];

        if (!v->made || is_gone(v) || (lineage && !uuid_same(lineage, &v->facts.lineage)))
            continue;
        if (count == PLAN_PAGE_MAX)
            return too_many(call);
        p->page[count++] = &v->facts;
    }
    page->items = p->page;
    page->count = count;
    return ERR_OK;
}

static enum err list(struct cloud_port *cloud, struct port_call *call, uint32_t page,
                     struct page *out)
{
    struct plan *p = plan_of(cloud);
    struct port_call inner = to_real(p, call);
    struct page seen;
    enum err e = back(p, call, &inner, real(p)->list(real(p), &inner, page, &seen));

    if (e == ERR_OK)
        e = overlay(p, call, NULL, &seen);
    if (e == ERR_OK)
        *out = seen;
    return e;
}

static enum err list_lineage(struct cloud_port *cloud, struct port_call *call,
                             const struct uuid *lineage, uint32_t page, struct page *out)
{
    struct plan *p = plan_of(cloud);
    struct port_call inner = to_real(p, call);
    struct page seen;
    enum err e =
        back(p, call, &inner, real(p)->list_lineage(real(p), &inner, lineage, page, &seen));

    if (e == ERR_OK)
        e = overlay(p, call, lineage, &seen);
    if (e == ERR_OK)
        *out = seen;
    return e;
}

static enum err read_volume(struct cloud_port *cloud, struct port_call *call,
                            const struct id *volume, const struct volume **out)
{
    struct plan *p = plan_of(cloud);
    const struct plan_volume *v = plan_volume(&p->world, volume);
    struct port_call inner = to_real(p, call);

    if (!v)
        return back(p, call, &inner, real(p)->read_volume(real(p), &inner, volume, out));
    (void)pretend(p, call);
    if (is_gone(v))
        return err_set(call->cx, ERR_NOT_FOUND, 0, "%s is deleted in this plan", volume->text);
    *out = &v->facts;
    return ERR_OK;
}

static enum err read_tags(struct cloud_port *cloud, struct port_call *call, const struct id *volume,
                          const struct volume **out)
{
    struct plan *p = plan_of(cloud);
    const struct plan_volume *v = plan_volume(&p->world, volume);
    struct port_call inner = to_real(p, call);

    if (!v)
        return back(p, call, &inner, real(p)->read_tags(real(p), &inner, volume, out));
    (void)pretend(p, call);
    p->tags_only = v->facts;
    p->tags_only.state = VOL_NONE;
    p->tags_only.attachment = ATT_NONE;
    p->tags_only.holder_key = 0;
    p->tags_only.created_ms = 0;
    p->tags_only.size_gib = 0;
    memset(&p->tags_only.holder, 0, sizeof(p->tags_only.holder));
    memset(&p->tags_only.zone, 0, sizeof(p->tags_only.zone));
    *out = &p->tags_only;
    return ERR_OK;
}

static enum err read_leaving(struct cloud_port *cloud, struct port_call *call,
                             const struct leaving **out)
{
    struct plan *p = plan_of(cloud);
    struct port_call inner = to_real(p, call);

    return back(p, call, &inner, real(p)->read_leaving(real(p), &inner, out));
}

/* The plan's snapshots of this source beside the real ones. */
static enum err list_snapshots(struct cloud_port *cloud, struct port_call *call,
                               const struct id *source, const struct snapshot_list **out)
{
    struct plan *p = plan_of(cloud);
    struct port_call inner = to_real(p, call);
    const struct snapshot_list *seen;
    const enum err e =
        back(p, call, &inner, real(p)->list_snapshots(real(p), &inner, source, &seen));

    if (e != ERR_OK)
        return e;
    p->snapshots = *seen;
    for (uint32_t i = 0; i < p->world.snapshot_count; i++) {
        if (!id_same(&p->world.snapshots[i].source, source) ||
            p->world.snapshots[i].state == SNAP_NONE)
            continue;
        if (p->snapshots.count == SNAPSHOTS_MAX)
            return too_many(call);
        p->snapshots.items[p->snapshots.count++] = p->world.snapshots[i];
    }
    *out = &p->snapshots;
    return ERR_OK;
}

static enum err read_snapshot(struct cloud_port *cloud, struct port_call *call,
                              const struct id *snapshot, const struct snapshot_list **out)
{
    struct plan *p = plan_of(cloud);
    const struct snapshot *s = plan_snapshot(&p->world, snapshot);
    struct port_call inner = to_real(p, call);

    if (!s)
        return back(p, call, &inner, real(p)->read_snapshot(real(p), &inner, snapshot, out));
    (void)pretend(p, call);
    p->snapshots = (struct snapshot_list){.items = {*s}, .count = 1};
    *out = &p->snapshots;
    return ERR_OK;
}

static enum err attach(struct cloud_port *cloud, struct port_call *call,
                       const struct attach_request *request)
{
    struct plan *p = plan_of(cloud);
    struct plan_volume *v;
    const enum err e = adopt(p, call, &request->volume, &v);

    if (e == ERR_OK)
        plan_attach(&p->world, v);
    return e;
}

static enum err detach(struct cloud_port *cloud, struct port_call *call, const struct id *volume)
{
    struct plan *p = plan_of(cloud);
    struct plan_volume *v;
    const enum err e = adopt(p, call, volume, &v);

    if (e == ERR_OK)
        plan_detach(v);
    return e;
}

static enum err mark(struct cloud_port *cloud, struct port_call *call, const struct id *volume,
                     const struct mark *what)
{
    struct plan *p = plan_of(cloud);
    struct plan_volume *v;
    const enum err e = adopt(p, call, volume, &v);

    if (e == ERR_OK)
        plan_mark(v, what);
    return e;
}

static enum err unmark(struct cloud_port *cloud, struct port_call *call, const struct id *volume,
                       const struct mark *what)
{
    struct plan *p = plan_of(cloud);
    struct plan_volume *v;
    const enum err e = adopt(p, call, volume, &v);

    if (e == ERR_OK)
        plan_unmark(v, what);
    return e;
}

static enum err create_volume(struct cloud_port *cloud, struct port_call *call,
                              const struct create_request *request, struct id *made)
{
    struct plan *p = plan_of(cloud);
    struct plan_volume *v = plan_make_volume(&p->world);

    if (!v)
        return too_many(call);
    v->facts.lineage = request->lineage;
    v->facts.slot = request->slot;
    v->facts.size_gib = p->options.cloud->size_gib;
    v->facts.has_blank = request->has_blank;
    v->facts.blank = request->blank;
    v->empty = !request->snapshot.text[0] && p->options.cloud->snapshot_tag_count == 0;
    if (request->mark.kind != MARK_NONE)
        plan_mark(v, &request->mark);
    *made = v->facts.id;
    return pretend(p, call);
}

static enum err create_copy(struct cloud_port *cloud, struct port_call *call,
                            const struct copy_request *request, struct id *made)
{
    struct plan *p = plan_of(cloud);
    struct plan_volume *v = plan_make_volume(&p->world);
    const struct plan_volume *source = plan_volume(&p->world, &request->source);

    if (!v)
        return too_many(call);
    v->facts.lineage = request->lineage;
    v->facts.generation = request->generation;
    v->facts.slot = request->slot;
    v->facts.copy = true;
    v->facts.source = request->source;
    v->facts.source_key = id_key(&request->source);
    v->facts.has_fs = request->has_fs;
    v->facts.fs = request->fs;
    v->facts.has_blank = request->has_blank;
    v->facts.blank = request->blank;
    v->facts.size_gib = source ? source->facts.size_gib : 0;
    v->empty = request->has_blank;
    *made = v->facts.id;
    return pretend(p, call);
}

static enum err create_snapshot(struct cloud_port *cloud, struct port_call *call,
                                const struct snapshot_request *request, struct id *made)
{
    struct plan *p = plan_of(cloud);
    struct snapshot *s = plan_make_snapshot(&p->world);

    if (!s)
        return too_many(call);
    s->source = request->volume;
    s->token = request->claim_token;
    s->attempt = request->attempt;
    *made = s->id;
    return pretend(p, call);
}

static enum err delete_volume(struct cloud_port *cloud, struct port_call *call,
                              const struct id *volume)
{
    struct plan *p = plan_of(cloud);
    struct plan_volume *v;
    const enum err e = adopt(p, call, volume, &v);

    if (e == ERR_OK)
        v->facts.state = VOL_DELETED;
    return e;
}

static enum err delete_snapshot(struct cloud_port *cloud, struct port_call *call,
                                const struct id *snapshot)
{
    struct plan *p = plan_of(cloud);
    struct snapshot *s = plan_snapshot(&p->world, snapshot);

    if (s)
        s->state = SNAP_NONE;
    return pretend(p, call);
}

static void close_nothing(struct cloud_port *cloud)
{
    (void)cloud;
}

void plan_cloud_init(struct plan *p)
{
    p->cloud = (struct cloud_port){
        .size = sizeof(struct cloud_port),
        .version = PORT_VERSION,
        .capabilities = real(p)->capabilities,
        .name = real(p)->name,
        .close = close_nothing,
        .action_of = action_of,
        .identify = identify,
        .list = list,
        .list_lineage = list_lineage,
        .read_volume = read_volume,
        .read_tags = read_tags,
        .read_leaving = read_leaving,
        .list_snapshots = list_snapshots,
        .read_snapshot = read_snapshot,
        .attach = attach,
        .detach = detach,
        .mark = mark,
        .unmark = unmark,
        .create_volume = create_volume,
        .create_copy = create_copy,
        .create_snapshot = create_snapshot,
        .delete_volume = delete_volume,
        .delete_snapshot = delete_snapshot,
    };
}
