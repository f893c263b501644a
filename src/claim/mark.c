/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mark.c - the spelling of the protocol's tags, in one place.
 *
 * Every key has one kind of writer (design 4), so nothing here ever merges values. What cannot be
 * read is never taken for "nothing there".
 */
#include "claim/mark.h"

#include "claim/digest.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define PREFIX "volclaim:"
#define CLAIM_KEY PREFIX "claim/"

/* Keys of one fixed spelling; the claim's key ends with the instance id and is handled apart. */
static const char *const keys[] = {
    [MARK_NONE] = "",
    [MARK_LINEAGE] = PREFIX "lineage",
    [MARK_GENERATION] = PREFIX "generation",
    [MARK_STATE] = PREFIX "state",
    [MARK_VOID] = PREFIX "void",
    [MARK_QUARANTINE] = PREFIX "quarantine",
    [MARK_SOURCE] = PREFIX "source",
    [MARK_CLAIM] = CLAIM_KEY,
    [MARK_BLANK] = PREFIX "blank",
    [MARK_FS] = PREFIX "fs",
    [MARK_SLOT] = PREFIX "slot",
    [MARK_TOKEN] = PREFIX "token",
};

static const int mark_kinds = sizeof keys / sizeof keys[0];

static const char hex_digits[] = "0123456789abcdef";

static void put_hex(char *out, uint64_t x)
{
    for (size_t i = 0; i < 16; i++) {
        out[i] = hex_digits[(x >> (60 - 4 * i)) & 0xf];
    }
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    if (c >= 'a' && c <= 'f') {
        return c - 'a' + 10;
    }
    return -1;
}

/* Upper case is refused: we never write it, and two spellings of one token would differ by value.
 */
static bool get_hex(const char *text, uint64_t *out)
{
    uint64_t x = 0;

    for (size_t i = 0; i < 16; i++) {
        const int digit = hex_value(text[i]);

        if (digit < 0) {
            return false;
        }
        x = x << 4 | (uint64_t)digit;
    }
    *out = x;
    return true;
}

void token_format(struct token t, char text[33])
{
    put_hex(text, t.hi);
    put_hex(text + 16, t.lo);
    text[32] = '\0';
}

bool token_parse(const char *text, struct token *out)
{
    struct token t;

    if (strlen(text) != 32 || !get_hex(text, &t.hi) || !get_hex(text + 16, &t.lo)) {
        return false;
    }
    *out = t;
    return true;
}

void uuid_format(const struct uuid *u, char text[37])
{
    size_t at = 0;

    for (size_t i = 0; i < sizeof u->bytes; i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10) {
            text[at++] = '-';
        }
        text[at++] = hex_digits[u->bytes[i] >> 4];
        text[at++] = hex_digits[u->bytes[i] & 0xf];
    }
    text[at] = '\0';
}

bool uuid_parse(const char *text, struct uuid *out)
{
    struct uuid u;
    size_t at = 0;

    if (strlen(text) != 36) {
        return false;
    }
    for (size_t i = 0; i < sizeof u.bytes; i++) {
        if ((i == 4 || i == 6 || i == 8 || i == 10) && text[at++] != '-') {
            return false;
        }
        const int high = hex_value(text[at++]);
        const int low = hex_value(text[at++]);

        if (high < 0 || low < 0) {
            return false;
        }
        u.bytes[i] = (uint8_t)(high << 4 | low);
    }
    *out = u;
    return true;
}

/* A decimal number and nothing else; leading zeros and signs are not ours. */
static bool number_parse(const char *text, uint64_t max, uint64_t *out)
{
    uint64_t x = 0;

    if (text[0] == '\0' || (text[0] == '0' && text[1] != '\0')) {
        return false;
    }
    for (; *text != '\0'; text++) {
        if (*text < '0' || *text > '9') {
            return false;
        }
        const uint64_t digit = (uint64_t)(*text - '0');

        if (x > (max - digit) / 10) {
            return false;
        }
        x = x * 10 + digit;
    }
    *out = x;
    return true;
}

static bool fits(int length, size_t size)
{
    return length >= 0 && (size_t)length < size;
}

static bool value_format(const struct mark *m, char *out, size_t size)
{
    char text[37];

    switch (m->kind) {
    case MARK_LINEAGE:
    case MARK_FS: uuid_format(&m->uuid, text); return fits(snprintf(out, size, "%s", text), size);
    case MARK_GENERATION:
    case MARK_SLOT: return fits(snprintf(out, size, "%" PRIu32, m->number), size);
    case MARK_STATE:
        return fits(snprintf(out, size, "%s", m->number == 0 ? "ready" : "copy"), size);
    case MARK_VOID:
    case MARK_BLANK:
        token_format(m->token, text);
        return fits(snprintf(out, size, "%s", text), size);
    case MARK_QUARANTINE: return fits(snprintf(out, size, "%s", m->reason), size);
    case MARK_SOURCE: return fits(snprintf(out, size, "%s", m->id.text), size);
    case MARK_CLAIM:
        token_format(m->flag.token, text);
        return fits(snprintf(out, size, "%s %s %" PRIu64, text, m->flag.own ? "own" : "want",
                             m->flag.expires_s),
                    size);
    case MARK_TOKEN:
        token_format(m->token, text);
        return fits(snprintf(out, size, "%s %" PRIu32, text, m->number), size);
    case MARK_NONE: break;
    }
    return false;
}

bool mark_format(const struct mark *m, struct mark_text *out)
{
    const char *instance = m->kind == MARK_CLAIM ? m->flag.instance.text : "";

    if (m->kind == MARK_NONE || (int)m->kind >= mark_kinds) {
        return false;
    }
    return fits(snprintf(out->key, sizeof out->key, "%s%s", keys[m->kind], instance),
                sizeof out->key) &&
           value_format(m, out->value, sizeof out->value);
}

/* `<token> <rest>`: gives the rest. */
static bool token_then(const char *text, struct token *token, const char **rest)
{
    char head[33];

    if (strlen(text) < 34 || text[32] != ' ') {
        return false;
    }
    memcpy(head, text, 32);
    head[32] = '\0';
    *rest = text + 33;
    return token_parse(head, token);
}

static bool flag_parse(const struct tag *tag, struct flag *out)
{
    const char *rest = NULL;
    const size_t prefix = sizeof CLAIM_KEY - 1;

    if (!id_set(&out->instance, tag->key + prefix) || id_is_empty(&out->instance) ||
        !token_then(tag->value, &out->token, &rest)) {
        return false;
    }
    out->own = strncmp(rest, "own ", 4) == 0;
    if (!out->own && strncmp(rest, "want ", 5) != 0) {
        return false;
    }
    /* The bound keeps every later sum of expiry and waits far from overflow. */
    return number_parse(rest + (out->own ? 4 : 5), UINT64_C(1) << 40, &out->expires_s);
}

static bool numbered_parse(const char *text, uint32_t *out)
{
    uint64_t number = 0;

    if (!number_parse(text, UINT32_MAX, &number)) {
        return false;
    }
    *out = (uint32_t)number;
    return true;
}

static bool value_parse(const struct tag *tag, struct mark *m)
{
    const char *rest = NULL;

    switch (m->kind) {
    case MARK_LINEAGE:
    case MARK_FS: return uuid_parse(tag->value, &m->uuid);
    case MARK_GENERATION:
    case MARK_SLOT: return numbered_parse(tag->value, &m->number);
    case MARK_STATE:
        m->number = strncmp(tag->value, "copy", 5) == 0;
        return m->number == 1 || strncmp(tag->value, "ready", 6) == 0;
    case MARK_VOID:
    case MARK_BLANK: return token_parse(tag->value, &m->token);
    case MARK_QUARANTINE:
        (void)snprintf(m->reason, sizeof m->reason, "%s", tag->value);
        return true;
    case MARK_SOURCE: return id_set(&m->id, tag->value) && !id_is_empty(&m->id);
    case MARK_CLAIM: return flag_parse(tag, &m->flag);
    case MARK_TOKEN:
        return token_then(tag->value, &m->token, &rest) && numbered_parse(rest, &m->number);
    case MARK_NONE: break;
    }
    return false;
}

static enum mark_kind kind_of(const char *key)
{
    if (strncmp(key, PREFIX, sizeof PREFIX - 1) != 0) {
        return MARK_NONE;
    }
    if (strncmp(key, CLAIM_KEY, sizeof CLAIM_KEY - 1) == 0) {
        return MARK_CLAIM;
    }
    for (int kind = MARK_NONE + 1; kind < mark_kinds; kind++) {
        if (kind != MARK_CLAIM && strcmp(key, keys[kind]) == 0) {
            return (enum mark_kind)kind;
        }
    }
    return MARK_NONE;
}

bool mark_parse(const struct tag *tag, struct mark *out)
{
    struct mark m = {.kind = kind_of(tag->key)};

    if (m.kind == MARK_NONE || !value_parse(tag, &m)) {
        *out = (struct mark){.kind = MARK_NONE};
        return false;
    }
    *out = m;
    return true;
}

struct uuid mark_lineage_of(const struct id *volume)
{
    return uuid_of_name(volume->text, strlen(volume->text));
}

struct uuid mark_lineage_from(struct token token)
{
    char text[33];

    token_format(token, text);
    return uuid_of_name(text, 32);
}

/* When there is no room the flag that ends first goes: a live one is never lost to lapsed ones. */
static void add_flag(struct volume *v, const struct flag *flag)
{
    struct flag *first = &v->flags[0];

    if (v->flag_count < FLAGS_MAX) {
        v->flags[v->flag_count++] = *flag;
        return;
    }
    for (uint32_t i = 1; i < FLAGS_MAX; i++) {
        if (v->flags[i].expires_s < first->expires_s) {
            first = &v->flags[i];
        }
    }
    if (first->expires_s < flag->expires_s) {
        *first = *flag;
    }
}

/* A claim that cannot be read is an owner that never lapses: only a person can tell what it was. */
static void add_garbled_flag(struct volume *v, const struct tag *tag)
{
    struct flag flag = {.own = true, .expires_s = UINT64_C(1) << 40};

    if (!id_set(&flag.instance, tag->key + sizeof CLAIM_KEY - 1)) {
        (void)id_set(&flag.instance, "?");
    }
    add_flag(v, &flag);
}

static void fold(struct volume *v, const struct mark *m)
{
    switch (m->kind) {
    case MARK_LINEAGE: v->lineage = m->uuid; break;
    case MARK_GENERATION: v->generation = m->number; break;
    case MARK_STATE: v->copy = m->number == 1; break;
    case MARK_VOID: v->is_void = true; break;
    case MARK_QUARANTINE: v->quarantined = true; break;
    case MARK_SOURCE:
        v->source = m->id;
        v->source_key = id_key(&m->id);
        break;
    case MARK_CLAIM: add_flag(v, &m->flag); break;
    case MARK_BLANK:
        v->has_blank = true;
        v->blank = m->token;
        break;
    case MARK_FS:
        v->has_fs = true;
        v->fs = m->uuid;
        break;
    case MARK_SLOT: v->slot = m->number; break;
    case MARK_TOKEN:
    case MARK_NONE: break;
    }
}

/* Malformed marks of ours: whatever they were, they must only ever make us more careful. */
static void fold_garbled(struct volume *v, const struct tag *tag)
{
    switch (kind_of(tag->key)) {
    case MARK_CLAIM: add_garbled_flag(v, tag); break;
    case MARK_VOID:
    case MARK_LINEAGE:
    case MARK_GENERATION:
    case MARK_STATE:
    case MARK_SOURCE:
    case MARK_BLANK:
    case MARK_FS:
    case MARK_SLOT:
    case MARK_QUARANTINE: v->quarantined = true; break;
    case MARK_TOKEN:
    case MARK_NONE: break;
    }
}

static bool has_tag(const struct tag *tags, size_t tag_count, const struct tag *wanted)
{
    for (size_t i = 0; i < tag_count; i++) {
        if (strcmp(tags[i].key, wanted->key) == 0) {
            return strcmp(tags[i].value, wanted->value) == 0;
        }
    }
    return false;
}

void mark_read(struct volume *v, const struct tag *tags, size_t tag_count, const struct tag *pool,
               size_t pool_count)
{
    v->in_pool = true;
    v->tags_seen = tag_count > 0;
    v->copy = v->is_void = v->quarantined = v->has_blank = v->has_fs = false;
    v->slot = v->generation = 0;
    v->source_key = 0;
    v->flag_count = 0;
    memset(&v->source, 0, sizeof v->source);
    memset(&v->fs, 0, sizeof v->fs);
    memset(&v->blank, 0, sizeof v->blank);
    memset(v->flags, 0, sizeof v->flags);
    v->lineage = mark_lineage_of(&v->id);
    for (size_t i = 0; i < pool_count; i++) {
        v->in_pool = v->in_pool && has_tag(tags, tag_count, &pool[i]);
    }
    for (size_t i = 0; i < tag_count; i++) {
        struct mark m;

        if (mark_parse(&tags[i], &m)) {
            fold(v, &m);
        } else {
            fold_garbled(v, &tags[i]);
        }
    }
}

void mark_read_snapshot(struct snapshot *s, const struct tag *tags, size_t tag_count)
{
    memset(&s->source, 0, sizeof s->source);
    s->token = (struct token){0};
    s->attempt = 0;
    for (size_t i = 0; i < tag_count; i++) {
        struct mark m;

        if (!mark_parse(&tags[i], &m)) {
            continue;
        }
        if (m.kind == MARK_SOURCE) {
            s->source = m.id;
        } else if (m.kind == MARK_TOKEN) {
            s->token = m.token;
            s->attempt = m.number;
        }
    }
}
