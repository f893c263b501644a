/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wire.c - headers, signature, request, answer.
 *
 * It must not decide what a refusal means beyond its row in codes.def.
 */
#include "aws/wire.h"

#include "scope.h"

#include <stdio.h>
#include <string.h>

enum { AUTHORIZATION_MAX = 1024 };

static const char form_type[] = "application/x-www-form-urlencoded; charset=utf-8";

void wire_answer_init(struct wire_answer *a)
{
    *a = (struct wire_answer){.refused = false};
    xml_init(&a->xml);
    http_response_init(&a->http);
}

void wire_answer_fini(struct wire_answer *a)
{
    xml_fini(&a->xml);
    http_response_fini(&a->http);
}

/* "https://host:port/path" to host:port and path; the port stays as it will be sent. */
static bool split_url(const char *url, char host[WIRE_HOST_MAX], const char **path)
{
    const char *at = strstr(url, "://");
    size_t length;

    if (!at)
        return false;
    at += 3;
    length = strcspn(at, "/");
    if (length == 0 || length >= WIRE_HOST_MAX)
        return false;
    memcpy(host, at, length);
    host[length] = '\0';
    *path = at[length] ? at + length : "/";
    return true;
}

static enum err sign(const struct wire_request *q, const struct sigv4_request *request,
                     struct buf *out, struct errctx *cx)
{
    const struct sigv4_scope scope = {q->stamp_ms, q->region, q->service};
    const struct sigv4_keys keys = {&q->keys->key_id, &q->keys->secret_key};

    return sigv4_authorize(request, &scope, &keys, out, cx);
}

/* A page of a proxy, a redirect: not the service's word, so whether the action was performed is
 * open. */
static enum err not_the_service(const struct wire_request *q, const struct wire_answer *a,
                                struct errctx *cx)
{
    return err_set(cx, ERR_UNAVAILABLE, 0, "%s:%s: status %d without an error document", q->service,
                   q->action, a->status);
}

static enum err read_refusal(const struct wire_request *q, struct wire_answer *a, struct errctx *cx)
{
    char action[REFUSAL_CODE_MAX];

    a->refusal = (struct refusal){.status = a->status};
    if (xml_parse(&a->xml, a->http.body.data, a->http.body.length, NULL) != ERR_OK ||
        !refusal_read(&a->xml, &a->refusal))
        return not_the_service(q, a, cx);
    a->refused = true;
    (void)snprintf(action, sizeof(action), "%s:%s", q->service, q->action);
    return codes_explain(&a->refusal, action, cx);
}

static enum err read_answer(const struct wire_request *q, struct wire_answer *a, struct errctx *cx)
{
    enum err e;

    a->status = a->http.status;
    a->date_ms = a->http.date_ms;
    if (cx)
        memcpy(cx->request_id, a->http.request_id, sizeof(cx->request_id));
    if (a->status < 200 || a->status > 299)
        return read_refusal(q, a, cx);
    e = xml_parse(&a->xml, a->http.body.data, a->http.body.length, cx);
    if (e == ERR_OK &&
        strncmp(xml_name(&a->xml, xml_root(&a->xml)), q->action, strlen(q->action)) == 0)
        return ERR_OK;
    if (e == ERR_OK)
        return err_set(cx, ERR_UNKNOWN, 0, "%s:%s: answered with a document of another kind",
                       q->service, q->action);
    if (cx)
        cx->code = ERR_UNKNOWN;
    (void)err_prefix(cx, "%s:%s", q->service, q->action);
    return ERR_UNKNOWN;
}

static enum err send_signed(struct http *http, const struct wire_request *q,
                            const struct sigv4_request *request, struct wire_answer *a,
                            struct errctx *cx)
{
    struct sigv4_header headers[SIGV4_HEADERS_MAX + 1];
    AUTO_BUF struct buf authorization;
    struct http_request out = {
        .method = request->method,
        .url = q->url,
        .headers = headers,
        .header_count = request->header_count,
        .body = q->body->data,
        .body_length = q->body->length,
        .connect_ms = q->connect_ms,
        .total_ms = q->total_ms,
        .once = q->once,
    };
    enum err e = ERR_OK;

    buf_init(&authorization, AUTHORIZATION_MAX);
    memcpy(headers, request->headers, request->header_count * sizeof(headers[0]));
    if (q->keys)
        e = sign(q, request, &authorization, cx);
    if (e != ERR_OK)
        return e;
    if (q->keys)
        headers[out.header_count++] = (struct sigv4_header){"Authorization", authorization.data};
    e = http_do(http, &out, &a->http, cx);
    return e == ERR_OK ? read_answer(q, a, cx) : err_prefix(cx, "%s:%s", q->service, q->action);
}

enum err wire_send(struct http *http, const struct wire_request *q, struct wire_answer *a,
                   struct errctx *cx)
{
    char host[WIRE_HOST_MAX];
    char stamp[SIGV4_STAMP_MAX];
    const char *path = NULL;
    struct sigv4_header headers[4] = {{"Content-Type", form_type}, {"Host", host}};
    struct sigv4_request request = {
        .method = "POST",
        .headers = headers,
        .header_count = 2,
        .body = q->body->data,
        .body_length = q->body->length,
    };

    a->refused = false;
    a->status = 0;
    a->date_ms = 0;
    if (!split_url(q->url, host, &path))
        return err_set(cx, ERR_CONFIG, 0, "%s is no URL of a service", q->url);
    request.path = path;
    if (q->keys) {
        sigv4_stamp(q->stamp_ms, stamp);
        headers[request.header_count++] = (struct sigv4_header){"X-Amz-Date", stamp};
    }
    if (q->keys && q->keys->token.length > 0)
        headers[request.header_count++] =
            (struct sigv4_header){"X-Amz-Security-Token", q->keys->token.text};
    return send_signed(http, q, &request, a, cx);
}
