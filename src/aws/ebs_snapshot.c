/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ebs_snapshot.c - snapshots: ours of a volume, one by its id, making and deleting one.
 *
 * Owner is always "self": without it EC2 lists what others made public. Nothing here may wait for
 * one.
 */
#include "aws/ebs_parts.h"
#include "aws/timestamp.h"

#include <string.h>

enum { PAGE_SNAPSHOTS = 1000 };

/* What a listing of snapshots does with each page of the answer. */
struct visitor {
    enum err (*page)(struct ebs *e, void *context, struct errctx *cx);
    void *context;
};

static const struct tag *mark_tag(const struct mark *mark, struct mark_text *text, struct tag *out)
{
    if (!mark_format(mark, text))
        return NULL;
    *out = (struct tag){text->key, text->value};
    return out;
}

/* Pages to the end, even over empty ones. */
static enum err visit(struct ebs *e, struct port_call *call, const struct tag *tags, size_t count,
                      const struct visitor *v)
{
    enum err err = ebs_ready(e, call);

    buf_clear(&e->next_token);
    for (unsigned page = 0; err == ERR_OK && (page == 0 || e->next_token.length > 0); page++) {
        const struct xml *x = &e->answer.xml;
        AUTO_QUERY struct query q;

        query_init(&q, "DescribeSnapshots", EBS_VERSION);
        query_text(&q, "Owner.1", "self");
        for (size_t i = 0; i < count; i++)
            ebs_filter_tag(&q, (unsigned)i + 1, &tags[i]);
        query_number(&q, "MaxResults", PAGE_SNAPSHOTS);
        if (page > 0)
            query_text(&q, "NextToken", e->next_token.data);
        err = page < EBS_PAGES_MAX ? ebs_ask(e, call, &q, CLIENT_LOOKS)
                                   : err_set(call->cx, ERR_UNAVAILABLE, 0, "snapshots without end");
        if (err == ERR_OK)
            err = v->page(e, v->context, call->cx);
        if (err != ERR_OK)
            return err;
        buf_clear(&e->next_token);
        buf_text(&e->next_token, xml_child_text(x, xml_root(x), "nextToken"));
        err = buf_check(&e->next_token, "a page's token", call->cx);
    }
    return err;
}

static enum err keep_page(struct ebs *e, void *context, struct errctx *cx)
{
    const struct xml *x = &e->answer.xml;
    struct snapshot_list *list = context;

    for (uint32_t item = xml_child(x, xml_root(x), "snapshotSet/item"); item;
         item = xml_next(x, item)) {
        struct snapshot s;
        const enum err err = describe_snapshot(x, item, &s, cx);

        if (err != ERR_OK)
            return err;
        if (token_same(s.token, (struct token){0}))
            continue; /* A backup: no claim ever looks for one. */
        if (list->count < SNAPSHOTS_MAX)
            list->items[list->count++] = s;
        else
            list->more = true;
    }
    return ERR_OK;
}

enum err ebs_list_snapshots(struct cloud_port *cloud, struct port_call *call,
                            const struct id *source, const struct snapshot_list **out)
{
    const struct mark mark = {.kind = MARK_SOURCE, .id = *source};
    struct ebs *e = ebs_of(cloud);
    const struct visitor v = {keep_page, &e->snapshots};
    struct mark_text text;
    struct tag tag;
    enum err err;

    e->snapshots = (struct snapshot_list){.count = 0};
    if (!mark_tag(&mark, &text, &tag))
        return err_set(call->cx, ERR_BUG, 0, "a source that cannot be spelt");
    err = visit(e, call, &tag, 1, &v);
    if (err == ERR_OK)
        *out = &e->snapshots;
    return err;
}

enum err ebs_read_snapshot(struct cloud_port *cloud, struct port_call *call,
                           const struct id *snapshot, const struct snapshot_list **out)
{
    struct ebs *e = ebs_of(cloud);
    const struct xml *x = &e->answer.xml;
    AUTO_QUERY struct query q;
    enum err err;

    query_init(&q, "DescribeSnapshots", EBS_VERSION);
    query_text(&q, "SnapshotId.1", snapshot->text);
    err = ebs_ready(e, call);
    if (err == ERR_OK)
        err = ebs_ask(e, call, &q, CLIENT_LOOKS);
    if (err != ERR_OK)
        return err;
    e->snapshots = (struct snapshot_list){.count = 1};
    err = describe_snapshot(x, xml_child(x, xml_root(x), "snapshotSet/item"),
                            &e->snapshots.items[0], call->cx);
    if (err == ERR_OK && !id_same(&e->snapshots.items[0].id, snapshot))
        err = err_set(call->cx, ERR_UNAVAILABLE, 0, "asked for %s, got another", snapshot->text);
    if (err == ERR_OK)
        *out = &e->snapshots;
    return err;
}

/* The newest so far. */
struct newest {
    struct id id;
    uint64_t started_ms;
};

static enum err newest_of_page(struct ebs *e, void *context, struct errctx *cx)
{
    const struct xml *x = &e->answer.xml;
    struct newest *n = context;

    for (uint32_t item = xml_child(x, xml_root(x), "snapshotSet/item"); item;
         item = xml_next(x, item)) {
        struct snapshot s;
        uint64_t started_ms;
        const enum err err = describe_snapshot(x, item, &s, cx);

        if (err != ERR_OK)
            return err;
        if (s.state != SNAP_COMPLETED ||
            !timestamp_parse(xml_child_text(x, item, "startTime"), &started_ms))
            continue;
        if (id_is_empty(&n->id) || started_ms > n->started_ms) {
            n->id = s.id;
            n->started_ms = started_ms;
        }
    }
    return ERR_OK;
}

enum err ebs_newest_snapshot(struct ebs *e, struct port_call *call, struct id *out)
{
    struct port_call look = {.deadline_ms = call->deadline_ms, .cx = call->cx};
    struct newest n = {.started_ms = 0};
    const struct visitor v = {newest_of_page, &n};
    const enum err err = visit(e, &look, e->spec->snapshot_tags, e->spec->snapshot_tag_count, &v);

    if (err != ERR_OK)
        return err;
    if (id_is_empty(&n.id))
        return err_set(call->cx, ERR_NOT_FOUND, 0, "no completed snapshot has the tags asked for");
    *out = n.id;
    return ERR_OK;
}

enum err ebs_create_snapshot(struct cloud_port *cloud, struct port_call *call,
                             const struct snapshot_request *request, struct id *made)
{
    struct ebs *e = ebs_of(cloud);
    const struct xml *x = &e->answer.xml;
    AUTO_QUERY struct query q;
    struct tag_list tags;
    struct id id;
    enum err err;

    query_init(&q, "CreateSnapshot", EBS_VERSION);
    query_text(&q, "VolumeId", request->volume.text);
    query_text(&q, "Description", "volclaim: a move between zones");
    tag_list_begin(&tags, &q, "snapshot");
    tag_list_mark(&tags, &(struct mark){.kind = MARK_SOURCE, .id = request->volume});
    tag_list_mark(&tags, &(struct mark){.kind = MARK_TOKEN,
                                        .token = request->claim_token,
                                        .number = request->attempt});
    for (size_t i = 0; i < e->spec->tag_count; i++)
        tag_list_add(&tags, &e->spec->tags[i]);
    err = ebs_ready(e, call);
    if (err == ERR_OK)
        err = ebs_fence(e, call);
    if (err == ERR_OK)
        err = ebs_ask(e, call, &q, CLIENT_ONCE);
    if (err != ERR_OK)
        return err;
    if (!id_set(&id, xml_child_text(x, xml_root(x), "snapshotId")) || id_is_empty(&id))
        return err_set(call->cx, ERR_UNKNOWN, 0, "ec2:CreateSnapshot answered without an id");
    *made = id;
    return ERR_OK;
}

enum err ebs_delete_snapshot(struct cloud_port *cloud, struct port_call *call,
                             const struct id *snapshot)
{
    struct ebs *e = ebs_of(cloud);
    AUTO_QUERY struct query q;
    enum err err;

    query_init(&q, "DeleteSnapshot", EBS_VERSION);
    query_text(&q, "SnapshotId", snapshot->text);
    err = ebs_ready(e, call);
    return err == ERR_OK ? ebs_ask(e, call, &q, CLIENT_ONCE) : err;
}
