/* SPDX-License-Identifier: Apache-2.0 */
/*
 * codes.c - the table of codes, the families of those it lacks, and the words for people.
 *
 * A code nobody knows with a status of 5xx is never taken for "not performed".
 */
#include "aws/codes.h"

#include <stdio.h>
#include <string.h>

struct row {
    const char *name;
    enum err err;
    enum cure cure;
};

static const struct row rows[] = {
#define CODE(name, err, cure) {name, ERR_##err, CURE_##cure},
#include "aws/codes.def"
#undef CODE
};

/* What part of a code says what, for codes that are not rows; the first that fits decides. */
enum place { AT_START, AT_END, ANYWHERE };

static const struct family {
    const char *part;
    enum place place;
    enum err err;
} families[] = {
    {"Throttl", ANYWHERE, ERR_THROTTLED},
    {".NotFound", AT_END, ERR_NOT_FOUND},
    {".Malformed", AT_END, ERR_INVALID},
    {".ZoneMismatch", AT_END, ERR_WRONG_ZONE},
    {"RateExceeded", AT_END, ERR_THROTTLED},
    {"LimitExceeded", ANYWHERE, ERR_LIMIT},
    {"QuotaExceeded", ANYWHERE, ERR_LIMIT},
    {"Insufficient", AT_START, ERR_LIMIT},
    {"InUse", AT_END, ERR_IN_USE},
    {"AccessDenied", ANYWHERE, ERR_DENIED},
    {"Unauthorized", AT_START, ERR_DENIED},
    {"Incorrect", AT_START, ERR_WRONG_STATE},
    {"IdempotentParameter", AT_START, ERR_MISMATCH},
    {"Unsupported", AT_START, ERR_UNSUPPORTED},
    {"NotSupported", ANYWHERE, ERR_UNSUPPORTED},
    {"Invalid", AT_START, ERR_INVALID},
    {"Malformed", AT_START, ERR_INVALID},
    {"Missing", AT_START, ERR_INVALID},
};

static void cut(char *out, size_t size, const char *text)
{
    (void)snprintf(out, size, "%s", text);
}

bool refusal_read(const struct xml *x, struct refusal *out)
{
    const uint32_t root = xml_root(x);
    uint32_t error = xml_child(x, root, "Errors/Error");
    uint32_t id = xml_child(x, root, "RequestID");

    if (!error)
        error = xml_child(x, root, "Error");
    if (!id)
        id = xml_child(x, root, "RequestId");
    if (xml_child_text(x, error, "Code")[0] == '\0')
        return false;
    cut(out->code, sizeof(out->code), xml_child_text(x, error, "Code"));
    cut(out->message, sizeof(out->message), xml_child_text(x, error, "Message"));
    cut(out->request_id, sizeof(out->request_id), xml_text(x, id));
    return true;
}

/* Some tools write the code with its side before it: "Client.VolumeInUse". The wire does not. */
static const char *bare(const char *code)
{
    static const char client[] = "Client.";
    static const char server[] = "Server.";

    if (strncmp(code, client, sizeof(client) - 1) == 0)
        return code + sizeof(client) - 1;
    if (strncmp(code, server, sizeof(server) - 1) == 0)
        return code + sizeof(server) - 1;
    return code;
}

static const struct row *find(const char *code)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (strcmp(rows[i].name, code) == 0)
            return &rows[i];
    }
    return NULL;
}

static bool fits(const struct family *f, const char *code)
{
    const size_t length = strlen(code);
    const size_t part = strlen(f->part);

    switch (f->place) {
    case AT_START: return strncmp(code, f->part, part) == 0;
    case AT_END: return length >= part && strcmp(code + length - part, f->part) == 0;
    case ANYWHERE: break;
    }
    return strstr(code, f->part) != NULL;
}

static enum err by_status(int status)
{
    if (status == 401 || status == 403 || status == 407)
        return ERR_DENIED;
    if (status == 429)
        return ERR_THROTTLED;
    if (status >= 400 && status < 500)
        return ERR_INVALID;
    return ERR_UNAVAILABLE;
}

static enum err by_family(const char *code, int status)
{
    for (size_t i = 0; i < sizeof(families) / sizeof(families[0]); i++) {
        const struct family *f = &families[i];

        /* With a 5xx only "too many" is certain not to have been performed. */
        if (fits(f, code) && (status < 500 || f->err == ERR_THROTTLED))
            return f->err;
    }
    return by_status(status);
}

/*
 * One code for two things. "Invalid value '/dev/xvdba' for unixDevice. Attachment point /dev/xvdba
 * is already in use" is the taken name; everything else is a parameter that is wrong.
 */
static bool is_name_taken(const struct refusal *r)
{
    return strcmp(bare(r->code), "InvalidParameterValue") == 0 &&
           strstr(r->message, "already in use") != NULL;
}

enum err codes_err(const struct refusal *r)
{
    const char *code = bare(r->code);
    const struct row *row = find(code);

    if (is_name_taken(r))
        return ERR_NAME_TAKEN;
    if (row)
        return row->err;
    return code[0] ? by_family(code, r->status) : by_status(r->status);
}

enum cure codes_cure(const struct refusal *r)
{
    const struct row *row = find(bare(r->code));

    return row ? row->cure : CURE_NONE;
}

/* "... is not authorized to perform: ec2:CreateVolume on resource ..." */
static void find_action(const char *message, const char *fallback, char *out, size_t size)
{
    static const char mark[] = "not authorized to perform: ";
    const char *at = strstr(message, mark);

    if (!at) {
        cut(out, size, fallback);
        return;
    }
    at += sizeof(mark) - 1;
    (void)snprintf(out, size, "%.*s", (int)strcspn(at, " ,."), at);
}

enum err codes_explain(const struct refusal *r, const char *action, struct errctx *cx)
{
    const enum err e = codes_err(r);
    char missing[REFUSAL_CODE_MAX];

    if (cx) {
        cx->http_status = r->status;
        cut(cx->request_id, sizeof(cx->request_id), r->request_id);
    }
    if (e == ERR_OK)
        return e;
    if (e == ERR_DENIED && codes_cure(r) == CURE_NONE) {
        find_action(r->message, action, missing, sizeof(missing));
        return err_set(cx, e, 0, "%s: the IAM action %s is missing (%s)", action, missing,
                       r->code[0] ? r->code : "no error code");
    }
    return err_set(cx, e, 0, "%s: %s: %s", action, r->code[0] ? r->code : "no error code",
                   r->message);
}
