/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sts.c - three actions of STS over the wire.
 *
 * Keys in an answer go straight into secrets. It must not keep them anywhere else.
 */
#include "aws/sts.h"

#include "aws/query.h"
#include "aws/timestamp.h"
#include "scope.h"

#include <string.h>

enum { CONNECT_MS = 3000 };

static const char version[] = "2011-06-15";

static enum err send_query(const struct sts *s, const struct query *q,
                           const struct credentials *keys, struct wire_answer *a, struct errctx *cx)
{
    const struct wire_request request = {
        .url = s->url,
        .region = s->region,
        .service = "sts",
        .action = q->action,
        .body = &q->body,
        .keys = keys,
        .stamp_ms = s->now_ms,
        .connect_ms = CONNECT_MS < s->total_ms ? CONNECT_MS : s->total_ms,
        .total_ms = s->total_ms,
    };
    enum err e = query_end(q, cx);

    if (e == ERR_OK)
        e = wire_send(s->http, &request, a, cx);
    /* Keys that may have been made and were not seen do no harm: a look, to us. */
    if (e == ERR_TIMEOUT || e == ERR_UNKNOWN) {
        if (cx)
            cx->code = ERR_UNAVAILABLE;
        return ERR_UNAVAILABLE;
    }
    return e;
}

static enum err read_keys(const struct xml *x, uint32_t node, struct credentials *out,
                          struct errctx *cx)
{
    const char *key_id = xml_child_text(x, node, "AccessKeyId");
    const char *secret_key = xml_child_text(x, node, "SecretAccessKey");
    const char *token = xml_child_text(x, node, "SessionToken");
    uint64_t expires_ms = 0;
    enum err e;

    if (!key_id[0] || !secret_key[0] || !token[0] ||
        !timestamp_parse(xml_child_text(x, node, "Expiration"), &expires_ms))
        return err_set(cx, ERR_UNAVAILABLE, 0, "sts answered without whole credentials");
    e = secret_text(&out->key_id, key_id, "an access key id", cx);
    if (e == ERR_OK)
        e = secret_text(&out->secret_key, secret_key, "a secret key", cx);
    if (e == ERR_OK)
        e = secret_text(&out->token, token, "a session token", cx);
    out->expires_ms = expires_ms;
    return e;
}

static enum err ask_keys(const struct sts *s, const struct query *q, const struct credentials *with,
                         struct credentials *out, struct errctx *cx)
{
    AUTO_ANSWER struct wire_answer a;
    uint32_t node;
    enum err e;

    wire_answer_init(&a);
    e = send_query(s, q, with, &a, cx);
    if (e != ERR_OK)
        return e;
    node = xml_first(&a.xml, xml_root(&a.xml));
    while (node && !xml_child(&a.xml, node, "Credentials"))
        node = xml_next(&a.xml, node);
    return read_keys(&a.xml, xml_child(&a.xml, node, "Credentials"), out, cx);
}

static void add_role(struct query *q, const struct sts_role *role)
{
    query_text(q, "RoleArn", role->arn);
    query_text(q, "RoleSessionName", role->session_name);
}

enum err sts_assume_role(const struct sts *s, const struct sts_role *role,
                         const struct credentials *with, struct credentials *out, struct errctx *cx)
{
    AUTO_QUERY struct query q;

    query_init(&q, "AssumeRole", version);
    add_role(&q, role);
    if (role->external_id)
        query_text(&q, "ExternalId", role->external_id);
    if (role->duration_s > 0)
        query_number(&q, "DurationSeconds", role->duration_s);
    return ask_keys(s, &q, with, out, cx);
}

enum err sts_web_identity(const struct sts *s, const struct sts_role *role, const struct buf *token,
                          struct credentials *out, struct errctx *cx)
{
    AUTO_QUERY struct query q;

    query_init(&q, "AssumeRoleWithWebIdentity", version);
    add_role(&q, role);
    query_text(&q, "WebIdentityToken", token->data);
    if (role->duration_s > 0)
        query_number(&q, "DurationSeconds", role->duration_s);
    return ask_keys(s, &q, NULL, out, cx);
}

enum err sts_caller(const struct sts *s, const struct credentials *with, struct buf *arn,
                    struct errctx *cx)
{
    AUTO_QUERY struct query q;
    AUTO_ANSWER struct wire_answer a;
    enum err e;

    query_init(&q, "GetCallerIdentity", version);
    wire_answer_init(&a);
    e = send_query(s, &q, with, &a, cx);
    if (e != ERR_OK)
        return e;
    buf_text(arn, xml_child_text(&a.xml, xml_root(&a.xml), "GetCallerIdentityResult/Arn"));
    if (arn->length == 0)
        return err_set(cx, ERR_UNAVAILABLE, 0, "sts answered without an ARN");
    return buf_check(arn, "an ARN", cx);
}
