/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ebs_look.c - volumes, tags and instances as EC2 describes them.
 *
 * Listings are by tag filters and page by page; one volume is by its id; flags are by DescribeTags,
 * which fails rather than omit. Nothing here may change anything.
 */
#include "aws/ebs_parts.h"

#include <stdlib.h>
#include <string.h>

enum { PAGE_SMALL = 1000 };

/* The token for the next page, or none. */
static enum err keep_token(struct ebs *e, const struct xml *x, struct errctx *cx)
{
    buf_clear(&e->next_token);
    buf_text(&e->next_token, xml_child_text(x, xml_root(x), "nextToken"));
    return buf_check(&e->next_token, "a page's token", cx);
}

static enum err read_volumes(struct ebs *e, struct port_call *call, struct page *out)
{
    const struct xml *x = &e->answer.xml;
    uint32_t count = 0;
    enum err err = keep_token(e, x, call->cx);

    buf_clear(&e->volumes);
    buf_clear(&e->pointers);
    for (uint32_t item = xml_child(x, xml_root(x), "volumeSet/item"); item && err == ERR_OK;
         item = xml_next(x, item)) {
        struct volume v;

        err = describe_volume(x, item, e->spec, &v, call->cx);
        if (err != ERR_OK)
            return err;
        buf_add(&e->volumes, &v, sizeof(v));
        count++;
        err = buf_check(&e->volumes, "a page of volumes", call->cx);
    }
    /* Only now does the storage stay where it is. */
    for (uint32_t i = 0; i < count && err == ERR_OK; i++) {
        const struct volume *at = (const struct volume *)(const void *)e->volumes.data + i;

        /* NOLINTNEXTLINE(bugprone-sizeof-expression): an array of pointers is what it is. */
        buf_add(&e->pointers, &at, sizeof(at));
        err = buf_check(&e->pointers, "a page of volumes", call->cx);
    }
    if (err != ERR_OK)
        return err;
    *out = (struct page){
        .items = (const struct volume *const *)(const void *)e->pointers.data,
        .count = count,
        .more = e->next_token.length > 0,
    };
    return ERR_OK;
}

/* One page of what the query's filters select. */
static enum err list_page(struct ebs *e, struct port_call *call, struct query *q, uint32_t page,
                          struct page *out)
{
    enum err err;

    if (page > 0 && e->next_token.length == 0)
        return err_set(call->cx, ERR_BUG, 0, "page %u of a listing that has ended", (unsigned)page);
    query_number(q, "MaxResults", EBS_PAGE_MAX);
    if (page > 0)
        query_text(q, "NextToken", e->next_token.data);
    err = ebs_ask(e, call, q, CLIENT_LOOKS);
    return err == ERR_OK ? read_volumes(e, call, out) : err;
}

enum err ebs_list(struct cloud_port *cloud, struct port_call *call, uint32_t page, struct page *out)
{
    struct ebs *e = ebs_of(cloud);
    AUTO_QUERY struct query q;
    enum err err;

    query_init(&q, "DescribeVolumes", EBS_VERSION);
    err = ebs_ready(e, call);
    if (err != ERR_OK)
        return err;
    for (size_t i = 0; i < e->spec->tag_count; i++)
        ebs_filter_tag(&q, (unsigned)i + 1, &e->spec->tags[i]);
    return list_page(e, call, &q, page, out);
}

enum err ebs_list_lineage(struct cloud_port *cloud, struct port_call *call,
                          const struct uuid *lineage, uint32_t page, struct page *out)
{
    const struct mark mark = {.kind = MARK_LINEAGE, .uuid = *lineage};
    struct ebs *e = ebs_of(cloud);
    struct mark_text text;
    AUTO_QUERY struct query q;
    enum err err;

    query_init(&q, "DescribeVolumes", EBS_VERSION);
    err = ebs_ready(e, call);
    if (err != ERR_OK)
        return err;
    if (!mark_format(&mark, &text))
        return err_set(call->cx, ERR_BUG, 0, "a lineage that cannot be spelt");
    ebs_filter_tag(&q, 1, &(struct tag){text.key, text.value});
    return list_page(e, call, &q, page, out);
}

/* Tags of our own are written anew for a copy; "aws:" is reserved and cannot be written. */
static bool is_users(const struct tag *tag)
{
    return strncmp(tag->key, "volclaim:", 9) != 0 && strncmp(tag->key, "aws:", 4) != 0;
}

static int by_key(const void *a, const void *b)
{
    return strcmp(((const struct tag *)a)->key, ((const struct tag *)b)->key);
}

/*
 * In order of key: EC2 promises no order, and a copy that is asked for twice must be asked for with
 * the same bytes.
 */
static enum err remember(struct ebs *e, uint32_t item, struct errctx *cx)
{
    const struct xml *x = &e->answer.xml;
    struct ebs_source *s = &e->source;
    struct described_tags tags;
    enum err err = describe_attributes(x, item, &s->attributes, cx);

    s->id = (struct id){{0}};
    buf_clear(&s->tags);
    if (err != ERR_OK)
        return err;
    if (!describe_tags(x, xml_child(x, item, "tagSet"), &tags))
        return err_set(cx, ERR_TOO_BIG, 0, "more tags than a volume can have");
    qsort(tags.items, tags.count, sizeof(tags.items[0]), by_key);
    for (size_t i = 0; i < tags.count; i++) {
        if (!is_users(&tags.items[i]))
            continue;
        buf_add(&s->tags, tags.items[i].key, strlen(tags.items[i].key) + 1);
        buf_add(&s->tags, tags.items[i].value, strlen(tags.items[i].value) + 1);
    }
    err = buf_check(&s->tags, "the tags of a volume", cx);
    if (err == ERR_OK)
        s->id = e->one.id;
    return err;
}

enum err ebs_read_volume(struct cloud_port *cloud, struct port_call *call, const struct id *volume,
                         const struct volume **out)
{
    struct ebs *e = ebs_of(cloud);
    const struct xml *x = &e->answer.xml;
    AUTO_QUERY struct query q;
    uint32_t item;
    enum err err;

    query_init(&q, "DescribeVolumes", EBS_VERSION);
    query_text(&q, "VolumeId.1", volume->text);
    err = ebs_ready(e, call);
    if (err == ERR_OK)
        err = ebs_ask(e, call, &q, CLIENT_LOOKS);
    if (err != ERR_OK)
        return err;
    item = xml_child(x, xml_root(x), "volumeSet/item");
    err = describe_volume(x, item, e->spec, &e->one, call->cx);
    if (err != ERR_OK)
        return err;
    if (!id_same(&e->one.id, volume))
        return err_set(call->cx, ERR_UNAVAILABLE, 0, "asked for %s, got %s", volume->text,
                       e->one.id.text);
    if (e->one.state == VOL_DELETED)
        return err_set(call->cx, ERR_NOT_FOUND, 0, "%s is deleted", volume->text);
    err = remember(e, item, call->cx);
    if (err == ERR_OK)
        *out = &e->one;
    return err;
}

/* Adds a page of tags to what there is; texts go into `texts` first, for the tree is used anew. */
static enum err collect_tags(struct ebs *e, const struct id *volume, struct buf *texts,
                             struct errctx *cx)
{
    const struct xml *x = &e->answer.xml;

    for (uint32_t item = xml_child(x, xml_root(x), "tagSet/item"); item; item = xml_next(x, item)) {
        const char *key = xml_child_text(x, item, "key");
        const char *value = xml_child_text(x, item, "value");

        if (strcmp(xml_child_text(x, item, "resourceId"), volume->text) != 0)
            return err_set(cx, ERR_UNAVAILABLE, 0, "asked for the tags of %s, got others",
                           volume->text);
        buf_add(texts, key, strlen(key) + 1);
        buf_add(texts, value, strlen(value) + 1);
    }
    return buf_check(texts, "the tags of a volume", cx);
}

static enum err fold_tags(struct ebs *e, const struct id *volume, const struct buf *texts,
                          struct errctx *cx)
{
    struct described_tags tags = {.count = 0};

    for (const char *at = texts->data; at < texts->data + texts->length;) {
        const char *value = at + strlen(at) + 1;

        if (tags.count == DESCRIBE_TAGS_MAX)
            return err_set(cx, ERR_TOO_BIG, 0, "more tags than a volume can have");
        tags.items[tags.count++] = (struct tag){at, value};
        at = value + strlen(value) + 1;
    }
    e->one = (struct volume){.id = *volume, .key = id_key(volume)};
    mark_read(&e->one, tags.items, tags.count, e->spec->tags, e->spec->tag_count);
    return ERR_OK;
}

enum err ebs_read_tags(struct cloud_port *cloud, struct port_call *call, const struct id *volume,
                       const struct volume **out)
{
    struct ebs *e = ebs_of(cloud);
    AUTO_BUF struct buf texts;
    enum err err;

    buf_init(&texts, EBS_SOURCE_TAGS_MAX);
    buf_clear(&e->next_token);
    err = ebs_ready(e, call);
    for (unsigned page = 0; err == ERR_OK && (page == 0 || e->next_token.length > 0); page++) {
        AUTO_QUERY struct query q;

        query_init(&q, "DescribeTags", EBS_VERSION);
        ebs_filter(&q, 1, "resource-id", volume->text);
        query_number(&q, "MaxResults", PAGE_SMALL);
        if (page > 0)
            query_text(&q, "NextToken", e->next_token.data);
        err = page < EBS_PAGES_MAX ? ebs_ask(e, call, &q, CLIENT_LOOKS)
                                   : err_set(call->cx, ERR_UNAVAILABLE, 0, "tags without end");
        if (err == ERR_OK)
            err = collect_tags(e, volume, &texts, call->cx);
        if (err == ERR_OK)
            err = keep_token(e, &e->answer.xml, call->cx);
    }
    if (err == ERR_OK)
        err = fold_tags(e, volume, &texts, call->cx);
    if (err == ERR_OK)
        *out = &e->one;
    return err;
}

/* Those that do not fit are left out: their volumes are then waited for a little less. */
static void collect_leaving(struct ebs *e)
{
    const struct xml *x = &e->answer.xml;

    for (uint32_t set = xml_child(x, xml_root(x), "reservationSet/item"); set;
         set = xml_next(x, set)) {
        for (uint32_t item = xml_child(x, set, "instancesSet/item"); item;
             item = xml_next(x, item)) {
            const char *state = xml_child_text(x, item, "instanceState/name");
            struct id id;

            if (e->leaving.count < LEAVING_MAX &&
                (strcmp(state, "shutting-down") == 0 || strcmp(state, "terminated") == 0) &&
                id_set(&id, xml_child_text(x, item, "instanceId")) && !id_is_empty(&id))
                e->leaving.keys[e->leaving.count++] = id_key(&id);
        }
    }
}

enum err ebs_read_leaving(struct cloud_port *cloud, struct port_call *call,
                          const struct leaving **out)
{
    struct ebs *e = ebs_of(cloud);
    enum err err;

    e->leaving.count = 0;
    buf_clear(&e->next_token);
    err = ebs_ready(e, call);
    for (unsigned page = 0; err == ERR_OK && (page == 0 || e->next_token.length > 0) &&
                            page < EBS_PAGES_MAX && e->leaving.count < LEAVING_MAX;
         page++) {
        AUTO_QUERY struct query q;

        query_init(&q, "DescribeInstances", EBS_VERSION);
        ebs_filter(&q, 1, "instance-state-name", "shutting-down");
        query_text(&q, "Filter.1.Value.2", "terminated");
        query_number(&q, "MaxResults", PAGE_SMALL);
        if (page > 0)
            query_text(&q, "NextToken", e->next_token.data);
        err = ebs_ask(e, call, &q, CLIENT_LOOKS);
        if (err != ERR_OK)
            return err;
        collect_leaving(e);
        err = keep_token(e, &e->answer.xml, call->cx);
    }
    if (err == ERR_OK)
        *out = &e->leaving;
    return err;
}
