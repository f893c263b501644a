/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sigv4.c - the stages of a signature over OpenSSL's SHA-256 and HMAC.
 *
 * Intermediate keys are wiped before they go out of scope. It must not know a service or an action.
 */
#include "aws/sigv4.h"

#include "scope.h"

#include <assert.h>
#include <ctype.h>
#include <inttypes.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { HASH_BYTES = 32, DATE_DIGITS = 8 };

static const char algorithm[] = "AWS4-HMAC-SHA256";

void sigv4_stamp(uint64_t date_ms, char out[SIGV4_STAMP_MAX])
{
    const time_t seconds = (time_t)(date_ms / 1000);
    struct tm tm = {0};

    (void)gmtime_r(&seconds, &tm);
    if (strftime(out, SIGV4_STAMP_MAX, "%Y%m%dT%H%M%SZ", &tm) == 0)
        out[0] = '\0';
}

static void to_hex(const unsigned char bytes[HASH_BYTES], char out[SIGV4_DIGEST_MAX])
{
    static const char digits[] = "0123456789abcdef";

    for (size_t i = 0; i < HASH_BYTES; i++) {
        out[2 * i] = digits[bytes[i] >> 4];
        out[2 * i + 1] = digits[bytes[i] & 0xf];
    }
    out[SIGV4_DIGEST_MAX - 1] = '\0';
}

static enum err hash(const void *bytes, size_t count, char out[SIGV4_DIGEST_MAX], struct errctx *cx)
{
    unsigned char digest[EVP_MAX_MD_SIZE];

    if (EVP_Digest(bytes ? bytes : "", count, digest, NULL, EVP_sha256(), NULL) != 1)
        return err_set(cx, ERR_NO_MEMORY, 0, "SHA-256");
    to_hex(digest, out);
    return ERR_OK;
}

/* Values lose the blanks around them, and runs of blanks within become one. */
static void add_trimmed(struct buf *out, const char *value)
{
    bool gap = false;
    bool any = false;

    for (; *value; value++) {
        if (*value == ' ' || *value == '\t') {
            gap = any;
            continue;
        }
        if (gap)
            buf_char(out, ' ');
        buf_char(out, *value);
        gap = false;
        any = true;
    }
}

static char lower(char c)
{
    if (c < 'A' || c > 'Z')
        return c;
    return (char)(c - 'A' + 'a');
}

static void add_lower(struct buf *out, const char *text)
{
    for (; *text; text++)
        buf_char(out, lower(*text));
}

static int by_name(const void *a, const void *b)
{
    return strcasecmp(((const struct sigv4_header *)a)->name,
                      ((const struct sigv4_header *)b)->name);
}

static bool sort_headers(const struct sigv4_request *request,
                         struct sigv4_header sorted[SIGV4_HEADERS_MAX])
{
    if (request->header_count > SIGV4_HEADERS_MAX)
        return false;
    memcpy(sorted, request->headers, request->header_count * sizeof(*sorted));
    qsort(sorted, request->header_count, sizeof(*sorted), by_name);
    return true;
}

static enum err too_many_headers(struct errctx *cx)
{
    return err_set(cx, ERR_TOO_BIG, 0, "more than %d headers to sign", SIGV4_HEADERS_MAX);
}

static void add_signed_list(struct buf *out, const struct sigv4_header *sorted, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            buf_char(out, ';');
        add_lower(out, sorted[i].name);
    }
}

/* One parameter of a query, name and value as they are spelt there. */
struct pair {
    const char *text;
    size_t name_length;
    size_t length;
};

static int compare_spans(const struct pair *a, const struct pair *b, size_t from_a, size_t from_b)
{
    const size_t length_a = from_a ? a->length - from_a : a->name_length;
    const size_t length_b = from_b ? b->length - from_b : b->name_length;
    const size_t common = length_a < length_b ? length_a : length_b;
    const int order = memcmp(a->text + from_a, b->text + from_b, common);

    if (order != 0 || length_a == length_b)
        return order;
    return length_a < length_b ? -1 : 1;
}

/* By name, then by value: what follows "=" is never compared with a name's characters. */
static int by_pair(const void *left, const void *right)
{
    const struct pair *a = left;
    const struct pair *b = right;
    const int order = compare_spans(a, b, 0, 0);

    return order != 0 ? order : compare_spans(a, b, a->name_length, b->name_length);
}

static enum err add_query(struct buf *out, const char *query, struct errctx *cx)
{
    struct pair pairs[SIGV4_PAIRS_MAX] = {0};
    size_t count = 0;

    for (const char *at = query; at && *at;) {
        const size_t length = strcspn(at, "&");

        if (count == SIGV4_PAIRS_MAX)
            return err_set(cx, ERR_TOO_BIG, 0, "more than %d parameters to sign", SIGV4_PAIRS_MAX);
        if (length > 0) {
            const char *equals = memchr(at, '=', length);

            pairs[count++] = (struct pair){
                .text = at,
                .name_length = equals ? (size_t)(equals - at) : length,
                .length = length,
            };
        }
        at += at[length] ? length + 1 : length;
    }
    qsort(pairs, count, sizeof(pairs[0]), by_pair);
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            buf_char(out, '&');
        buf_add(out, pairs[i].text, pairs[i].length);
        if (pairs[i].name_length == pairs[i].length)
            buf_char(out, '=');
    }
    return ERR_OK;
}

enum err sigv4_canonical(const struct sigv4_request *request, struct buf *out, struct errctx *cx)
{
    struct sigv4_header sorted[SIGV4_HEADERS_MAX];
    char payload[SIGV4_DIGEST_MAX];
    enum err e;

    if (!sort_headers(request, sorted))
        return too_many_headers(cx);
    e = hash(request->body, request->body_length, payload, cx);
    if (e != ERR_OK)
        return e;
    buf_line(out, request->method);
    buf_line(out, request->path && request->path[0] ? request->path : "/");
    e = add_query(out, request->query, cx);
    if (e != ERR_OK)
        return e;
    buf_char(out, '\n');
    for (size_t i = 0; i < request->header_count; i++) {
        add_lower(out, sorted[i].name);
        buf_char(out, ':');
        add_trimmed(out, sorted[i].value);
        buf_char(out, '\n');
    }
    buf_char(out, '\n');
    add_signed_list(out, sorted, request->header_count);
    buf_char(out, '\n');
    buf_text(out, payload);
    return buf_check(out, "the canonical request", cx);
}

static void add_scope(struct buf *out, const struct sigv4_scope *scope)
{
    char stamp[SIGV4_STAMP_MAX];

    sigv4_stamp(scope->date_ms, stamp);
    buf_printf(out, "%.*s/%s/%s/aws4_request", DATE_DIGITS, stamp, scope->region, scope->service);
}

enum err sigv4_string_to_sign(const struct buf *canonical, const struct sigv4_scope *scope,
                              struct buf *out, struct errctx *cx)
{
    char stamp[SIGV4_STAMP_MAX];
    char digest[SIGV4_DIGEST_MAX];
    const enum err e = hash(canonical->data, canonical->length, digest, cx);

    if (e != ERR_OK)
        return e;
    sigv4_stamp(scope->date_ms, stamp);
    buf_line(out, algorithm);
    buf_line(out, stamp);
    add_scope(out, scope);
    buf_char(out, '\n');
    buf_text(out, digest);
    return buf_check(out, "the string to sign", cx);
}

/* One link of the key chain: key becomes HMAC(key, text). */
static bool chain(unsigned char key[HASH_BYTES], const char *text, size_t length)
{
    unsigned char next[EVP_MAX_MD_SIZE];
    const bool good = HMAC(EVP_sha256(), key, HASH_BYTES, (const unsigned char *)text, length, next,
                           NULL) != NULL;

    if (good)
        memcpy(key, next, HASH_BYTES);
    OPENSSL_cleanse(next, sizeof(next));
    return good;
}

/* HMAC("AWS4" + secret, date): the first link, whose key is longer than the others. */
static bool chain_begin(const struct secret *secret_key, const char *date,
                        unsigned char key[HASH_BYTES])
{
    unsigned char next[EVP_MAX_MD_SIZE];
    AUTO_SECRET struct secret first = {0};
    bool good = secret_key->length + 4 < sizeof(first.text);

    if (!good)
        return false;
    memcpy(first.text, "AWS4", 4);
    memcpy(first.text + 4, secret_key->text, secret_key->length);
    good = HMAC(EVP_sha256(), first.text, (int)secret_key->length + 4, (const unsigned char *)date,
                DATE_DIGITS, next, NULL) != NULL;
    if (good)
        memcpy(key, next, HASH_BYTES);
    OPENSSL_cleanse(next, sizeof(next));
    return good;
}

enum err sigv4_signature(const struct buf *string_to_sign, const struct sigv4_scope *scope,
                         const struct secret *secret_key, char out[SIGV4_DIGEST_MAX],
                         struct errctx *cx)
{
    static const char end[] = "aws4_request";
    char stamp[SIGV4_STAMP_MAX];
    unsigned char key[HASH_BYTES];
    bool good;

    sigv4_stamp(scope->date_ms, stamp);
    good = chain_begin(secret_key, stamp, key) &&
           chain(key, scope->region, strlen(scope->region)) &&
           chain(key, scope->service, strlen(scope->service)) && chain(key, end, sizeof(end) - 1) &&
           chain(key, string_to_sign->data, string_to_sign->length);
    if (good)
        to_hex(key, out);
    OPENSSL_cleanse(key, sizeof(key));
    return good ? ERR_OK : err_set(cx, ERR_NO_MEMORY, 0, "HMAC");
}

static enum err sign(const struct sigv4_request *request, const struct sigv4_scope *scope,
                     const struct secret *secret_key, char out[SIGV4_DIGEST_MAX], struct errctx *cx)
{
    AUTO_BUF struct buf canonical;
    AUTO_BUF struct buf text;
    enum err e;

    buf_init(&canonical, SIGV4_CANONICAL_MAX);
    buf_init(&text, SIGV4_CANONICAL_MAX);
    e = sigv4_canonical(request, &canonical, cx);
    if (e == ERR_OK)
        e = sigv4_string_to_sign(&canonical, scope, &text, cx);
    if (e == ERR_OK)
        e = sigv4_signature(&text, scope, secret_key, out, cx);
    return e;
}

enum err sigv4_authorize(const struct sigv4_request *request, const struct sigv4_scope *scope,
                         const struct sigv4_keys *keys, struct buf *out, struct errctx *cx)
{
    struct sigv4_header sorted[SIGV4_HEADERS_MAX];
    char signature[SIGV4_DIGEST_MAX];
    enum err e;

    if (!sort_headers(request, sorted))
        return too_many_headers(cx);
    e = sign(request, scope, keys->secret_key, signature, cx);
    if (e != ERR_OK)
        return e;
    buf_printf(out, "%s Credential=%s/", algorithm, keys->key_id->text);
    add_scope(out, scope);
    buf_text(out, ", SignedHeaders=");
    add_signed_list(out, sorted, request->header_count);
    buf_printf(out, ", Signature=%s", signature);
    return buf_check(out, "the Authorization header", cx);
}

void sigv4_encode(struct buf *out, const char *text)
{
    for (; *text; text++) {
        if (isalnum((unsigned char)*text) || strchr("-_.~", *text))
            buf_char(out, *text);
        else
            buf_printf(out, "%%%02X", (unsigned)(unsigned char)*text);
    }
}

static enum err add_presign_query(const struct sigv4_request *request,
                                  const struct sigv4_presign *how, struct buf *out,
                                  struct errctx *cx)
{
    struct sigv4_header sorted[SIGV4_HEADERS_MAX];
    char stamp[SIGV4_STAMP_MAX];

    if (!sort_headers(request, sorted))
        return too_many_headers(cx);
    sigv4_stamp(how->scope.date_ms, stamp);
    if (request->query && request->query[0])
        buf_printf(out, "%s&", request->query);
    buf_printf(out, "X-Amz-Algorithm=%s&X-Amz-Credential=", algorithm);
    sigv4_encode(out, how->keys.key_id->text);
    buf_printf(out, "%%2F%.*s%%2F", DATE_DIGITS, stamp);
    sigv4_encode(out, how->scope.region);
    buf_printf(out, "%%2F%s%%2Faws4_request&X-Amz-Date=%s&X-Amz-Expires=%" PRIu32,
               how->scope.service, stamp, how->expires_s);
    if (how->token && how->token->length > 0) {
        buf_text(out, "&X-Amz-Security-Token=");
        sigv4_encode(out, how->token->text);
    }
    buf_text(out, "&X-Amz-SignedHeaders=");
    for (size_t i = 0; i < request->header_count; i++) {
        buf_text(out, i > 0 ? "%3B" : "");
        add_lower(out, sorted[i].name);
    }
    return buf_check(out, "the signed query", cx);
}

enum err sigv4_presign(const struct sigv4_request *request, const struct sigv4_presign *how,
                       struct buf *out, struct errctx *cx)
{
    AUTO_BUF struct buf query;
    char signature[SIGV4_DIGEST_MAX];
    struct sigv4_request with = *request;
    enum err e;

    buf_init(&query, SIGV4_CANONICAL_MAX);
    e = add_presign_query(request, how, &query, cx);
    with.query = query.data;
    if (e == ERR_OK)
        e = sign(&with, &how->scope, how->keys.secret_key, signature, cx);
    if (e != ERR_OK)
        return e;
    buf_printf(out, "%s&X-Amz-Signature=%s", query.data, signature);
    return buf_check(out, "the signed query", cx);
}
