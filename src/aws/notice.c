/* SPDX-License-Identifier: Apache-2.0 */
/*
 * notice.c - three documents of the metadata service, each of which may be absent.
 *
 * An action that is not known counts as the worst one; absence alone means that there is nothing.
 */
#include "aws/notice.h"

#include "aws/json.h"
#include "aws/timestamp.h"
#include "scope.h"

#include <string.h>

enum err notice_parse(const struct buf *document, struct notice *out, struct errctx *cx)
{
    AUTO_JSON json_t *object = NULL;
    const char *action;
    uint64_t when_ms = 0;

    if (json_object_parse(document, "the spot notice", &object, cx) != ERR_OK)
        return err_set(cx, ERR_UNAVAILABLE, 0, "the spot notice is not JSON");
    action = json_text(object, "action");
    if (!action[0] || !timestamp_parse(json_text(object, "time"), &when_ms))
        return err_set(cx, ERR_UNAVAILABLE, 0, "the spot notice has no action and time");
    out->spot = NOTICE_TERMINATE;
    if (strcmp(action, "stop") == 0)
        out->spot = NOTICE_STOP;
    else if (strcmp(action, "hibernate") == 0)
        out->spot = NOTICE_HIBERNATE;
    out->spot_ms = when_ms;
    return ERR_OK;
}

/* One document into `text`; an absent one leaves it empty. */
static enum err read_one(struct imds *m, const char *path, uint64_t deadline_ms, struct buf *text,
                         struct errctx *cx)
{
    const enum err e = imds_get(m, path, deadline_ms, text, cx);

    if (e != ERR_NOT_FOUND)
        return e;
    buf_clear(text);
    err_clear(cx);
    return ERR_OK;
}

static enum err take_target(const struct buf *text, struct notice *out, struct errctx *cx)
{
    if (text->length == 0)
        return ERR_OK;
    if (!imds_is_name(text->data, ":-", sizeof(out->target)))
        return err_set(cx, ERR_UNAVAILABLE, 0, "the target lifecycle state is no word");
    memcpy(out->target, text->data, text->length + 1);
    return ERR_OK;
}

enum err notice_read(struct imds *m, uint64_t deadline_ms, struct notice *out, struct errctx *cx)
{
    AUTO_BUF struct buf text;
    struct notice n = {.spot = NOTICE_NONE};
    enum err e;

    buf_init(&text, IMDS_DOCUMENT_MAX);
    e = read_one(m, "meta-data/spot/instance-action", deadline_ms, &text, cx);
    if (e == ERR_OK && text.length > 0)
        e = notice_parse(&text, &n, cx);
    if (e == ERR_OK)
        e = read_one(m, "meta-data/events/recommendations/rebalance", deadline_ms, &text, cx);
    n.rebalance = text.length > 0;
    if (e == ERR_OK)
        e = read_one(m, "meta-data/autoscaling/target-lifecycle-state", deadline_ms, &text, cx);
    if (e == ERR_OK)
        e = take_target(&text, &n, cx);
    if (e == ERR_OK)
        *out = n;
    return e;
}
