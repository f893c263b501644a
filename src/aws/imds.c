/* SPDX-License-Identifier: Apache-2.0 */
/*
 * imds.c - token, request, and the sorting of answers of the metadata service.
 *
 * Waits between tries go through the clock port. It must not trust an answer for having come from a
 * link-local address: proxies and captive networks answer there too.
 */
#include "aws/imds.h"

#include "aws/json.h"
#include "scope.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

enum {
    CONNECT_MS = 1000,
    ANSWER_MS = 2000,
    TRIES = 3,
    PAUSE_MS = 200, /* doubled at each try */
    TOKEN_LIFE_S = 21600,
    TOKEN_EARLY_MS = 60 * 1000,
};

static const char endpoint_v4[] = "http://169.254.169.254";
static const char endpoint_v6[] = "http://[fd00:ec2::254]";

void imds_init(struct imds *m, struct http *http, struct clock_port *clock)
{
    *m = (struct imds){.http = http, .clock = clock};
    memcpy(m->endpoint, endpoint_v4, sizeof(endpoint_v4));
}

void imds_fini(struct imds *m)
{
    secret_fini(&m->token);
}

/* The environment's word, else the profile's; NULL when neither says anything. */
static const char *setting(const struct environment *env, const char *variable,
                           const struct profiles *profiles, const char *profile, const char *key)
{
    const char *value = environment_get(env, variable);

    if (!value && profiles)
        value = profiles_get(profiles, PROFILE_PROFILE, profile, key);
    return value && value[0] ? value : NULL;
}

static enum err set_endpoint(struct imds *m, const char *url, struct errctx *cx)
{
    size_t length = strlen(url);

    while (length > 0 && url[length - 1] == '/')
        length--;
    if ((strncmp(url, "http://", 7) != 0 && strncmp(url, "https://", 8) != 0) ||
        length >= sizeof(m->endpoint))
        return err_set(cx, ERR_CONFIG, 0, "the metadata endpoint is no http URL: %s", url);
    memcpy(m->endpoint, url, length);
    m->endpoint[length] = '\0';
    return ERR_OK;
}

static bool is(const char *text, const char *word)
{
    return text && strcasecmp(text, word) == 0;
}

enum err imds_configure(struct imds *m, const struct environment *env,
                        const struct profiles *profiles, const char *profile, struct errctx *cx)
{
    const char *url = setting(env, "AWS_EC2_METADATA_SERVICE_ENDPOINT", profiles, profile,
                              "ec2_metadata_service_endpoint");
    const char *mode = setting(env, "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE", profiles, profile,
                               "ec2_metadata_service_endpoint_mode");
    const char *v1 =
        setting(env, "AWS_EC2_METADATA_V1_DISABLED", profiles, profile, "ec2_metadata_v1_disabled");

    m->disabled = is(environment_get(env, "AWS_EC2_METADATA_DISABLED"), "true");
    m->v1_allowed = is(v1, "false");
    if (mode && !is(mode, "IPv4") && !is(mode, "IPv6"))
        return err_set(cx, ERR_CONFIG, 0, "the metadata endpoint mode is IPv4 or IPv6, not %s",
                       mode);
    if (url)
        return set_endpoint(m, url, cx);
    return set_endpoint(m, is(mode, "IPv6") ? endpoint_v6 : endpoint_v4, cx);
}

static uint32_t time_left(const struct imds *m, uint64_t deadline_ms)
{
    const uint64_t now = m->clock->now_ms(m->clock);

    if (now >= deadline_ms)
        return 0;
    return deadline_ms - now < ANSWER_MS ? (uint32_t)(deadline_ms - now) : ANSWER_MS;
}

struct ask {
    const char *method;
    const char *path;
    struct sigv4_header header;
    uint64_t deadline_ms;
};

/* One request, whatever its answer. */
static enum err ask(struct imds *m, const struct ask *a, struct http_response *r, struct errctx *cx)
{
    char url[2 * IMDS_URL_MAX];
    struct http_request q = {
        .method = a->method,
        .url = url,
        .headers = &a->header,
        .header_count = a->header.name ? 1 : 0,
        .connect_ms = CONNECT_MS,
        .total_ms = time_left(m, a->deadline_ms),
        .cap = IMDS_DOCUMENT_MAX,
        .direct = true,
    };

    if (snprintf(url, sizeof(url), "%s/latest/%s", m->endpoint, a->path) >= (int)sizeof(url))
        return err_set(cx, ERR_TOO_BIG, 0, "a metadata path");
    if (q.total_ms == 0)
        return err_set(cx, ERR_UNAVAILABLE, 0, "%s: the deadline has passed", url);
    return http_do(m->http, &q, r, cx);
}

/* A token is one line of printable characters; a page of some portal is not. */
static bool is_token(const struct buf *b)
{
    for (size_t i = 0; i < b->length; i++) {
        if (!isgraph((unsigned char)b->data[i]))
            return false;
    }
    return b->length > 0;
}

static enum err token_refused(struct imds *m, int status, struct errctx *cx)
{
    /* Ref: the SDKs fall back on these three; here only where version 1 was asked for. */
    if (m->v1_allowed && (status == 403 || status == 404 || status == 405)) {
        m->v1 = true;
        return ERR_OK;
    }
    if (status == 403)
        return err_set(cx, ERR_DENIED, 0, "the metadata service is turned off for this instance");
    if (status >= 500)
        return err_set(cx, ERR_UNAVAILABLE, 0, "the metadata service answered %d", status);
    return err_set(cx, ERR_UNREACHABLE, 0, "%s gives no token (status %d)", m->endpoint, status);
}

static enum err fetch_token(struct imds *m, uint64_t deadline_ms, struct errctx *cx)
{
    const struct ask a = {
        .method = "PUT",
        .path = "api/token",
        .header = {"X-aws-ec2-metadata-token-ttl-seconds", "21600"},
        .deadline_ms = deadline_ms,
    };
    AUTO_RESPONSE struct http_response r;
    enum err e;

    http_response_init(&r);
    e = ask(m, &a, &r, cx);
    /* The answer's hop limit is 1 by default: a container behind a bridge never gets it. */
    if (e == ERR_TIMEOUT)
        return err_prefix(cx, "no token; in a container the hop limit must be 2 or more");
    if (e != ERR_OK)
        return e;
    if (r.status != 200)
        return token_refused(m, r.status, cx);
    if (!is_token(&r.body))
        return err_set(cx, ERR_UNAVAILABLE, 0, "%s answers, but not with a token", m->endpoint);
    m->token_until_ms = m->clock->now_ms(m->clock) + (uint64_t)TOKEN_LIFE_S * 1000 - TOKEN_EARLY_MS;
    return secret_set(&m->token, r.body.data, r.body.length, "the metadata token", cx);
}

static enum err need_token(struct imds *m, uint64_t deadline_ms, struct errctx *cx)
{
    if (m->v1 || (m->token.length > 0 && m->clock->now_ms(m->clock) < m->token_until_ms))
        return ERR_OK;
    return fetch_token(m, deadline_ms, cx);
}

static enum err judge(const struct http_response *r, const char *path, struct errctx *cx)
{
    if (r->status == 200)
        return ERR_OK;
    if (r->status == 404)
        return err_set(cx, ERR_NOT_FOUND, 0, "the metadata service has no %s", path);
    if (r->status == 403)
        return err_set(cx, ERR_DENIED, 0, "the metadata service refuses %s", path);
    return err_set(cx, ERR_UNAVAILABLE, 0, "the metadata service answered %d to %s", r->status,
                   path);
}

/* One document, with one new token when the one we have is refused. */
static enum err get_once(struct imds *m, const char *path, uint64_t deadline_ms,
                         struct http_response *r, struct errctx *cx)
{
    for (int fresh = 0;; fresh++) {
        struct ask a = {.method = "GET", .path = path, .deadline_ms = deadline_ms};
        enum err e = need_token(m, deadline_ms, cx);

        if (e != ERR_OK)
            return e;
        if (!m->v1)
            a.header = (struct sigv4_header){"X-aws-ec2-metadata-token", m->token.text};
        e = ask(m, &a, r, cx);
        if (e != ERR_OK)
            return e;
        if (r->status != 401 || fresh > 0)
            return judge(r, path, cx);
        secret_fini(&m->token);
        m->v1 = false;
    }
}

static bool is_worth_another_try(enum err e)
{
    return e == ERR_UNAVAILABLE || e == ERR_TIMEOUT || e == ERR_UNKNOWN;
}

enum err imds_get(struct imds *m, const char *path, uint64_t deadline_ms, struct buf *out,
                  struct errctx *cx)
{
    AUTO_RESPONSE struct http_response r;
    enum err e;

    http_response_init(&r);
    if (m->disabled)
        return err_set(cx, ERR_UNREACHABLE, 0, "AWS_EC2_METADATA_DISABLED is set");
    e = get_once(m, path, deadline_ms, &r, cx);
    for (uint32_t i = 1; i < TRIES && is_worth_another_try(e); i++) {
        const uint64_t wake_ms = m->clock->now_ms(m->clock) + ((uint64_t)PAUSE_MS << i);

        if (wake_ms >= deadline_ms)
            break;
        m->clock->sleep_until(m->clock, wake_ms);
        e = get_once(m, path, deadline_ms, &r, cx);
    }
    /* A look that got no answer: asking again harms nobody. */
    if (e == ERR_TIMEOUT || e == ERR_UNKNOWN) {
        if (cx)
            cx->code = ERR_UNAVAILABLE;
        return ERR_UNAVAILABLE;
    }
    if (e != ERR_OK)
        return e;
    buf_clear(out);
    buf_add(out, r.body.data, r.body.length);
    return buf_check(out, path, cx);
}

bool imds_is_name(const char *text, const char *signs, size_t size)
{
    const size_t length = strlen(text);

    for (size_t i = 0; i < length; i++) {
        if (!isalnum((unsigned char)text[i]) && !strchr(signs, text[i]))
            return false;
    }
    return length > 0 && length < size;
}

static enum err read_identity(const json_t *object, struct imds_identity *out, struct errctx *cx)
{
    const char *instance = json_text(object, "instanceId");
    const char *region = json_text(object, "region");
    const char *zone = json_text(object, "availabilityZone");
    struct imds_identity id = {0};

    if (strncmp(instance, "i-", 2) != 0 || !imds_is_name(instance, "-", ID_MAX) ||
        !imds_is_name(region, "-", sizeof(id.region)) || !imds_is_name(zone, "-", ZONE_MAX))
        return err_set(cx, ERR_UNAVAILABLE, 0, "the identity document names no instance and zone");
    (void)id_set(&id.self.instance, instance);
    (void)zone_set(&id.self.zone, zone);
    memcpy(id.region, region, strlen(region) + 1);
    *out = id;
    return ERR_OK;
}

enum err imds_identity_parse(const struct buf *document, struct imds_identity *out,
                             struct errctx *cx)
{
    AUTO_JSON json_t *object = NULL;

    if (json_object_parse(document, "the identity document", &object, cx) != ERR_OK)
        return err_set(cx, ERR_UNAVAILABLE, 0, "the identity document is not JSON");
    return read_identity(object, out, cx);
}

enum err imds_identify(struct imds *m, uint64_t deadline_ms, struct imds_identity *out,
                       struct errctx *cx)
{
    AUTO_BUF struct buf document;
    enum err e;

    buf_init(&document, IMDS_DOCUMENT_MAX);
    e = imds_get(m, "dynamic/instance-identity/document", deadline_ms, &document, cx);
    return e == ERR_OK ? imds_identity_parse(&document, out, cx) : e;
}

enum err imds_role(struct imds *m, uint64_t deadline_ms, char out[IMDS_NAME_MAX], struct errctx *cx)
{
    AUTO_BUF struct buf list;
    enum err e;

    buf_init(&list, IMDS_DOCUMENT_MAX);
    e = imds_get(m, "meta-data/iam/security-credentials/", deadline_ms, &list, cx);
    if (e != ERR_OK)
        return e;
    list.data[strcspn(list.data, "\r\n")] = '\0';
    if (list.data[0] == '\0')
        return err_set(cx, ERR_NOT_FOUND, 0, "the instance has no role");
    if (!imds_is_name(list.data, "+=,.@_-", IMDS_NAME_MAX))
        return err_set(cx, ERR_UNAVAILABLE, 0, "the metadata service names no role");
    memcpy(out, list.data, strlen(list.data) + 1);
    return ERR_OK;
}
