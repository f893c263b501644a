/* SPDX-License-Identifier: Apache-2.0 */
/*
 * credentials_remote.c - keys that a service hands out: STS, a container's agent, the instance.
 *
 * Addresses of agents come from the environment, so plain http goes to this machine and its known
 * neighbours alone.
 */
#include "aws/credentials_parts.h"
#include "aws/endpoint.h"
#include "aws/timestamp.h"
#include "scope.h"

#include <stdio.h>
#include <string.h>

enum {
    STS_MS = 10 * 1000,
    CONTAINER_MS = 2000,
    CONTAINER_TRIES = 3,
    CONTAINER_PAUSE_MS = 1000,
    URL_MAX = 512,
    TOKEN_MAX = 20 * 1024 + 1,
    DOCUMENT_MAX = 64 * 1024,
};

static const char agent[] = "http://169.254.170.2";

uint32_t search_time_left(const struct search *s, uint32_t most)
{
    struct clock_port *clock = s->chain->options.clock;
    const uint64_t now = clock->now_ms(clock);

    if (now >= s->deadline_ms)
        return 1;
    return s->deadline_ms - now < most ? (uint32_t)(s->deadline_ms - now) : most;
}

static enum err take(struct secret *out, const json_t *object, const char *key, const char *what,
                     struct errctx *cx)
{
    const char *text = json_text(object, key);

    if (!text[0])
        return err_set(cx, ERR_UNAVAILABLE, 0, "%s has no %s", what, key);
    return secret_text(out, text, key, cx);
}

enum err document_keys(const struct buf *bytes, const struct document_form *form, const char *what,
                       struct credentials *out, struct errctx *cx)
{
    AUTO_JSON json_t *object = NULL;
    const char *code;
    const char *expires;
    enum err e = json_object_parse(bytes, what, &object, cx);

    if (e != ERR_OK)
        return e;
    code = json_text(object, "Code");
    if (code[0] && strcmp(code, "Success") != 0)
        return err_set(cx, ERR_UNAVAILABLE, 0, "%s says %.64s", what, code);
    expires = json_text(object, "Expiration");
    out->expires_ms = 0;
    if ((expires[0] || form->must_expire) && !timestamp_parse(expires, &out->expires_ms))
        return err_set(cx, ERR_UNAVAILABLE, 0, "%s has no end that can be read", what);
    e = take(&out->key_id, object, "AccessKeyId", what, cx);
    if (e == ERR_OK)
        e = take(&out->secret_key, object, "SecretAccessKey", what, cx);
    if (e != ERR_OK || (!form->must_expire && !json_text(object, form->token)[0]))
        return e;
    return take(&out->token, object, form->token, what, cx);
}

static enum err sts_of(const struct search *s, struct buf *url, struct sts *out, struct errctx *cx)
{
    const struct credentials_options *o = &s->chain->options;
    const struct endpoint_request where = {
        .service = ENDPOINT_STS,
        .region = o->region,
        .env = o->env,
        .profiles = o->profiles,
        .profile = o->profile,
    };
    const enum err e = endpoint_url(&where, url, cx);

    *out = (struct sts){
        .http = o->http,
        .url = url->data,
        .region = o->region,
        .now_ms = o->clock->now_ms(o->clock),
        .total_ms = search_time_left(s, STS_MS),
    };
    return e;
}

enum err role_by_keys(const struct search *s, const struct sts_role *role,
                      const struct credentials *with, struct errctx *cx)
{
    AUTO_BUF struct buf url;
    struct sts sts;
    enum err e;

    buf_init(&url, URL_MAX);
    e = sts_of(s, &url, &sts, cx);
    if (e == ERR_OK)
        e = sts_assume_role(&sts, role, with, s->out, cx);
    s->out->source = "an assumed role";
    return e;
}

enum err role_by_web_identity(const struct search *s, const char *arn, const char *token_file,
                              struct errctx *cx)
{
    const char *session = search_variable(s, "AWS_ROLE_SESSION_NAME");
    const struct sts_role role = {.arn = arn, .session_name = session ? session : "volclaim"};
    AUTO_BUF struct buf token;
    AUTO_BUF struct buf url;
    struct sts sts;
    enum err e;

    buf_init(&token, TOKEN_MAX);
    buf_init(&url, URL_MAX);
    e = profile_slurp(token_file, &token, cx);
    if (e == ERR_NOT_FOUND)
        return err_set(cx, ERR_CONFIG, 0, "there is no web identity token file %s", token_file);
    if (e != ERR_OK)
        return e;
    token.data[strcspn(token.data, "\r\n")] = '\0';
    e = sts_of(s, &url, &sts, cx);
    if (e == ERR_OK)
        e = sts_web_identity(&sts, &role, &token, s->out, cx);
    s->out->source = "a web identity";
    return e;
}

enum err place_web_identity(const struct search *s, struct errctx *cx)
{
    const char *file = search_variable(s, "AWS_WEB_IDENTITY_TOKEN_FILE");
    const char *arn = search_variable(s, "AWS_ROLE_ARN");

    if (!file)
        return err_set(cx, ERR_NOT_FOUND, 0, "AWS_WEB_IDENTITY_TOKEN_FILE is not set");
    if (!arn)
        return err_set(cx, ERR_CONFIG, 0,
                       "AWS_WEB_IDENTITY_TOKEN_FILE is set, AWS_ROLE_ARN is not");
    return role_by_web_identity(s, arn, file, cx);
}

/* Ref: the same guide, "Container credential provider": https, or one of these hosts. */
static bool may_be_asked(const char *url)
{
    static const char *const hosts[] = {
        "http://localhost",     "http://127.0.0.1",      "http://[::1]",
        "http://169.254.170.2", "http://169.254.170.23", "http://[fd00:ec2::23]",
    };

    if (strncmp(url, "https://", 8) == 0)
        return true;
    for (size_t i = 0; i < sizeof(hosts) / sizeof(hosts[0]); i++) {
        const size_t length = strlen(hosts[i]);

        /* What follows the host may be a port or a path; "@" would make it a user's name. */
        if (strncmp(url, hosts[i], length) == 0 && strchr(":/", url[length]) &&
            !memchr(url, '@', strcspn(url + 7, "/") + 7))
            return true;
    }
    return false;
}

/* The token's file is read anew each time and wins; a line break in it would forge a header. */
static enum err container_token(const struct search *s, struct buf *out, struct errctx *cx)
{
    const char *file = search_variable(s, "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE");
    const char *token = search_variable(s, "AWS_CONTAINER_AUTHORIZATION_TOKEN");
    enum err e = ERR_OK;

    if (file)
        e = profile_slurp(file, out, cx);
    else if (token)
        buf_text(out, token);
    if (e == ERR_NOT_FOUND)
        return err_set(cx, ERR_CONFIG, 0, "there is no token file %s", file);
    if (e == ERR_OK && strpbrk(out->data, "\r\n"))
        return err_set(cx, ERR_CONFIG, 0, "the container's token has a line break");
    return e == ERR_OK ? buf_check(out, "the container's token", cx) : e;
}

static enum err ask_container(const struct search *s, const char *url, struct http_response *r,
                              struct errctx *cx)
{
    struct clock_port *clock = s->chain->options.clock;
    AUTO_BUF struct buf token;
    struct sigv4_header header = {"Authorization", NULL};
    struct http_request q = {
        .method = "GET", .url = url, .headers = &header, .cap = DOCUMENT_MAX, .direct = true};
    enum err e;

    buf_init(&token, SECRET_MAX);
    e = container_token(s, &token, cx);
    if (e != ERR_OK)
        return e;
    header.value = token.data;
    q.header_count = token.length > 0 ? 1 : 0;
    for (int i = 0; i < CONTAINER_TRIES; i++) {
        if (i > 0)
            clock->sleep_until(clock, clock->now_ms(clock) + CONTAINER_PAUSE_MS);
        q.connect_ms = q.total_ms = search_time_left(s, CONTAINER_MS);
        e = http_do(s->chain->options.http, &q, r, cx);
        if (e == ERR_OK && r->status < 500)
            break;
    }
    return e;
}

enum err place_container(const struct search *s, struct errctx *cx)
{
    static const struct document_form form = {.token = "Token", .must_expire = true};
    const char *path = search_variable(s, "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
    const char *full = search_variable(s, "AWS_CONTAINER_CREDENTIALS_FULL_URI");
    AUTO_RESPONSE struct http_response r;
    char url[URL_MAX];
    enum err e;

    http_response_init(&r);
    if (!path && !full)
        return err_set(cx, ERR_NOT_FOUND, 0, "AWS_CONTAINER_CREDENTIALS_* are not set");
    if (snprintf(url, sizeof(url), "%s%s", path ? agent : full, path ? path : "") >=
            (int)sizeof(url) ||
        !may_be_asked(url))
        return err_set(cx, ERR_CONFIG, 0, "AWS_CONTAINER_CREDENTIALS_*: keys may not come from %s",
                       path ? path : full);
    e = ask_container(s, url, &r, cx);
    if (e != ERR_OK)
        return e;
    if (r.status != 200)
        return err_set(cx, ERR_UNAVAILABLE, 0, "the container's agent answered %d", r.status);
    s->out->source = "the container's role";
    return document_keys(&r.body, &form, "the container's document", s->out, cx);
}

enum err place_instance(const struct search *s, struct errctx *cx)
{
    static const struct document_form form = {.token = "Token", .must_expire = true};
    struct imds *imds = s->chain->options.imds;
    char path[URL_MAX];
    char role[IMDS_NAME_MAX];
    AUTO_BUF struct buf document;
    enum err e;

    buf_init(&document, DOCUMENT_MAX);
    e = imds_role(imds, s->deadline_ms, role, cx);
    if (e == ERR_UNREACHABLE)
        return err_set(cx, ERR_NOT_FOUND, 0, "there is no metadata service");
    if (e != ERR_OK)
        return e;
    (void)snprintf(path, sizeof(path), "meta-data/iam/security-credentials/%s", role);
    e = imds_get(imds, path, s->deadline_ms, &document, cx);
    if (e != ERR_OK)
        return e;
    s->out->source = "the instance's role";
    return document_keys(&document, &form, "the role's document", s->out, cx);
}
