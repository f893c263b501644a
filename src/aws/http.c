/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http.c - libcurl held to one request at a time, and its failures sorted by what was sent.
 *
 * Header lines of a request pass through wiped memory of ours; curl's own copy is out of reach.
 * Nothing here may follow, decompress, authenticate or log.
 */
#include "aws/http.h"

#include "scope.h"

#include <assert.h>
#include <curl/curl.h>
#include <stdio.h>
#include <string.h>

/* What the callbacks of one transfer share. */
struct transfer {
    const struct http_request *request;
    struct http_response *response;
    size_t sent; /* bytes of the body that curl took */
    size_t head; /* bytes of header lines received */
    bool too_long;
    bool framed;     /* a header said where the body ends */
    bool whole_head; /* the blank line after the headers came */
};

static void scope_free_list(struct curl_slist **list)
{
    curl_slist_free_all(*list);
}

#define AUTO_LIST __attribute__((cleanup(scope_free_list)))

enum err http_init(struct http *h, struct errctx *cx)
{
    *h = (struct http){.easy = NULL};
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        return err_set(cx, ERR_NO_MEMORY, 0, "libcurl");
    h->easy = curl_easy_init();
    if (h->easy)
        return ERR_OK;
    curl_global_cleanup();
    return err_set(cx, ERR_NO_MEMORY, 0, "libcurl");
}

void http_fini(struct http *h)
{
    if (!h->easy)
        return;
    curl_easy_cleanup(h->easy);
    curl_global_cleanup();
    h->easy = NULL;
}

void http_response_init(struct http_response *r)
{
    *r = (struct http_response){.status = 0};
    buf_init(&r->body, HTTP_BODY_MAX);
}

void http_response_fini(struct http_response *r)
{
    buf_fini(&r->body);
}

static size_t give_body(char *room, size_t size, size_t count, void *context)
{
    struct transfer *t = context;
    size_t most = size * count;

    if (most > t->request->body_length - t->sent)
        most = t->request->body_length - t->sent;
    if (most > 0)
        memcpy(room, t->request->body + t->sent, most);
    t->sent += most;
    return most;
}

/*
 * curl repeats a request by itself when a kept connection turns out to be dead, and asks here for
 * the body to be read again. For a change that must be sent once at most, this is where that ends.
 */
static int rewind_body(void *context, curl_off_t offset, int origin)
{
    struct transfer *t = context;

    if ((t->request->once && t->sent > 0) || origin != SEEK_SET || offset < 0 ||
        (uint64_t)offset > t->request->body_length)
        return CURL_SEEKFUNC_FAIL;
    t->sent = (size_t)offset;
    return CURL_SEEKFUNC_OK;
}

static size_t take_body(char *bytes, size_t size, size_t count, void *context)
{
    struct transfer *t = context;
    const size_t cap = t->request->cap > 0 ? t->request->cap : HTTP_BODY_MAX - 1;

    if (size * count > cap - t->response->body.length) {
        t->too_long = true;
        return 0;
    }
    buf_add(&t->response->body, bytes, size * count);
    return t->response->body.overflow ? 0 : size * count;
}

/* Copies the value behind "name:" when the line is that header; false when it is another. */
static bool header_value(const char *line, size_t length, const char *name, struct buf *out)
{
    const size_t name_length = strlen(name);

    if (length <= name_length || strncasecmp(line, name, name_length) != 0 ||
        line[name_length] != ':')
        return false;
    line += name_length + 1;
    length -= name_length + 1;
    for (; length > 0 && (*line == ' ' || *line == '\t'); line++)
        length--;
    while (length > 0 && strchr(" \t\r\n", line[length - 1]))
        length--;
    buf_clear(out);
    buf_add(out, line, length);
    return true;
}

/* The status line of each head begins it anew: an answer may follow one of a proxy, or "100
 * Continue". */
static void read_framing(struct transfer *t, const char *line, size_t length)
{
    char text[128];
    struct buf value;

    buf_on(&value, text, sizeof(text));
    if (length > 5 && strncmp(line, "HTTP/", 5) == 0)
        t->framed = t->whole_head = false;
    if (header_value(line, length, "content-length", &value) ||
        header_value(line, length, "transfer-encoding", &value))
        t->framed = true;
    if (length == 2 && memcmp(line, "\r\n", 2) == 0)
        t->whole_head = true;
}

static void read_header(struct http_response *r, const char *line, size_t length)
{
    char text[128];
    struct buf date;
    struct buf id;
    struct buf type;

    buf_on(&date, text, sizeof(text));
    if (header_value(line, length, "date", &date)) {
        const time_t seconds = curl_getdate(date.data, NULL);

        r->date_ms = seconds > 0 ? (uint64_t)seconds * 1000 : 0;
        return;
    }
    buf_on(&id, text, sizeof(r->request_id));
    if (header_value(line, length, "x-amzn-requestid", &id) ||
        header_value(line, length, "x-amz-request-id", &id)) {
        memcpy(r->request_id, id.data, id.length + 1);
        return;
    }
    buf_on(&type, text, sizeof(r->content_type));
    if (header_value(line, length, "content-type", &type))
        memcpy(r->content_type, type.data, type.length + 1);
}

static size_t take_header(char *line, size_t size, size_t count, void *context)
{
    struct transfer *t = context;

    t->head += size * count;
    if (t->head > HTTP_HEAD_MAX) {
        t->too_long = true;
        return 0;
    }
    read_framing(t, line, size * count);
    read_header(t->response, line, size * count);
    return size * count;
}

static bool add_header(struct curl_slist **list, const char *name, const char *value)
{
    AUTO_BUF struct buf line;
    struct curl_slist *longer;

    buf_init(&line, HTTP_LINE_MAX);
    /* A header without a value is spelt with ";", else curl leaves it out. */
    buf_printf(&line, value[0] ? "%s: %s" : "%s;%s", name, value);
    if (line.overflow)
        return false;
    longer = curl_slist_append(*list, line.data);
    if (longer)
        *list = longer;
    return longer != NULL;
}

static bool add_headers(struct curl_slist **list, const struct http_request *q)
{
    bool typed = false;

    for (size_t i = 0; i < q->header_count; i++) {
        typed = typed || strcasecmp(q->headers[i].name, "content-type") == 0;
        if (!add_header(list, q->headers[i].name, q->headers[i].value))
            return false;
    }
    /* What curl would add by itself: a wait for "100 Continue", and a type. */
    *list = curl_slist_append(*list, "Expect:");
    if (*list && !typed)
        *list = curl_slist_append(*list, "Content-Type:");
    return *list != NULL;
}

static void set_body(CURL *easy, struct transfer *t)
{
    const struct http_request *q = t->request;

    if (strcmp(q->method, "GET") == 0) {
        curl_easy_setopt(easy, CURLOPT_HTTPGET, 1L);
        return;
    }
    curl_easy_setopt(easy, CURLOPT_POST, 1L);
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)q->body_length);
    curl_easy_setopt(easy, CURLOPT_READFUNCTION, give_body);
    curl_easy_setopt(easy, CURLOPT_READDATA, t);
    curl_easy_setopt(easy, CURLOPT_SEEKFUNCTION, rewind_body);
    curl_easy_setopt(easy, CURLOPT_SEEKDATA, t);
    if (strcmp(q->method, "POST") != 0)
        curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, q->method);
}

static void set_up(CURL *easy, const struct http *h, struct transfer *t, struct curl_slist *headers)
{
    const struct http_request *q = t->request;

    curl_easy_setopt(easy, CURLOPT_URL, q->url);
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L);
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L);
    if (h->ca_bundle)
        curl_easy_setopt(easy, CURLOPT_CAINFO, h->ca_bundle);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)q->connect_ms);
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)q->total_ms);
    curl_easy_setopt(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(easy, CURLOPT_USERAGENT, "volclaim");
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, t);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, take_header);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, t);
    if (q->direct)
        curl_easy_setopt(easy, CURLOPT_PROXY, "");
    set_body(easy, t);
}

/* Whether any byte of the request itself went out. Setting up TLS does not count: nobody can act on
 * it. */
static bool was_sent(CURL *easy)
{
    long bytes = 0;

    return curl_easy_getinfo(easy, CURLINFO_REQUEST_SIZE, &bytes) != CURLE_OK || bytes > 0;
}

/* The words for a failed transfer. The URL is of ours and holds no secret; the headers are left
 * out. */
static enum err failed(CURL *easy, const struct transfer *t, CURLcode code, struct errctx *cx)
{
    const char *url = t->request->url;
    long sys_errno = 0;
    const char *words = curl_easy_strerror(code);

    (void)curl_easy_getinfo(easy, CURLINFO_OS_ERRNO, &sys_errno);
    if (!was_sent(easy))
        return err_set(cx, code == CURLE_OUT_OF_MEMORY ? ERR_NO_MEMORY : ERR_UNREACHABLE,
                       (int)sys_errno, "%s: %s", url, words);
    if (t->too_long)
        return err_set(cx, ERR_UNKNOWN, 0, "%s: the answer is too long", url);
    if (code == CURLE_OPERATION_TIMEDOUT)
        return err_set(cx, ERR_TIMEOUT, 0, "%s: no whole answer within %u ms", url,
                       (unsigned)t->request->total_ms);
    return err_set(cx, ERR_UNKNOWN, (int)sys_errno, "%s: %s", url, words);
}

enum err http_do(struct http *h, const struct http_request *q, struct http_response *r,
                 struct errctx *cx)
{
    struct transfer t = {.request = q, .response = r};
    AUTO_LIST struct curl_slist *headers = NULL;
    CURLcode code;
    long status = 0;

    assert(q->total_ms > 0); /* 0 is "for ever" to curl */
    r->status = 0;
    r->date_ms = 0;
    r->request_id[0] = '\0';
    r->content_type[0] = '\0';
    buf_clear(&r->body);
    if (!add_headers(&headers, q))
        return err_set(cx, ERR_NO_MEMORY, 0, "headers of a request to %s", q->url);
    curl_easy_reset(h->easy);
    set_up(h->easy, h, &t, headers);
    code = curl_easy_perform(h->easy);
    if (code != CURLE_OK)
        return failed(h->easy, &t, code, cx);
    (void)curl_easy_getinfo(h->easy, CURLINFO_RESPONSE_CODE, &status);
    /* curl takes the end of a connection for the end of an answer; a broken one looks just the
     * same. */
    if (!t.whole_head || !t.framed)
        return err_set(cx, ERR_UNKNOWN, 0, "%s: the answer broke off", q->url);
    r->status = (int)status;
    if (cx)
        cx->http_status = r->status;
    return ERR_OK;
}
