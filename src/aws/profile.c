/* SPDX-License-Identifier: Apache-2.0 */
/*
 * profile.c - line by line into entries of section, key and value.
 *
 * A section that is neither a profile nor a list of services is kept as "other" and never found. It
 * must not follow references between sections.
 */
#include "aws/profile.h"

#include "scope.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

struct entry {
    enum profile_file file;
    enum profile_section section;
    uint32_t name; /* offsets into text */
    uint32_t key;
    uint32_t value;
};

/* A part of a line. */
struct span {
    const char *at;
    size_t length;
};

struct reader {
    struct profiles *p;
    enum profile_file file;
    enum profile_section section;
    uint32_t name;
    struct span parent; /* the key whose nested keys follow; empty when none */
};

void profiles_init(struct profiles *p)
{
    buf_init(&p->entries, PROFILE_ENTRIES_MAX * sizeof(struct entry));
    buf_init(&p->text, (size_t)2 * PROFILE_FILE_MAX);
}

void profiles_fini(struct profiles *p)
{
    buf_fini(&p->entries);
    buf_fini(&p->text);
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

static struct span trimmed(struct span s)
{
    while (s.length > 0 && is_blank(s.at[0])) {
        s.at++;
        s.length--;
    }
    while (s.length > 0 && is_blank(s.at[s.length - 1]))
        s.length--;
    return s;
}

/* A comment within a value begins with a blank before its sign. */
static struct span without_comment(struct span s)
{
    for (size_t i = 1; i < s.length; i++) {
        if ((s.at[i] == '#' || s.at[i] == ';') && is_blank(s.at[i - 1]))
            s.length = i - 1;
    }
    return trimmed(s);
}

static uint32_t keep(struct profiles *p, struct span a, struct span b)
{
    const uint32_t offset = (uint32_t)p->text.length;

    buf_add(&p->text, a.at, a.length);
    if (b.length > 0) {
        buf_char(&p->text, '.');
        buf_add(&p->text, b.at, b.length);
    }
    buf_char(&p->text, '\0');
    return offset;
}

static bool starts_with(struct span s, const char *word)
{
    const size_t length = strlen(word);

    return s.length > length && memcmp(s.at, word, length) == 0 && is_blank(s.at[length]);
}

static struct span after_word(struct span s, const char *word)
{
    const size_t length = strlen(word);
    struct span rest = trimmed((struct span){s.at + length, s.length - length});

    if (rest.length >= 2 && rest.at[0] == '"' && rest.at[rest.length - 1] == '"')
        rest = trimmed((struct span){rest.at + 1, rest.length - 2});
    return rest;
}

static const struct span nothing = {"", 0};

/* "[profile x]" of the config file, "[x]" of the credentials file; "[default]" in both. */
static void enter(struct reader *r, struct span title)
{
    const bool is_default = title.length == 7 && memcmp(title.at, "default", 7) == 0;

    r->section = PROFILE_OTHER;
    r->parent = nothing;
    if (r->file == PROFILE_CREDENTIALS || is_default) {
        r->section = PROFILE_PROFILE;
    } else if (starts_with(title, "profile")) {
        r->section = PROFILE_PROFILE;
        title = after_word(title, "profile");
    } else if (starts_with(title, "services")) {
        r->section = PROFILE_SERVICES;
        title = after_word(title, "services");
    }
    r->name = keep(r->p, title, nothing);
}

static bool take_title(struct reader *r, struct span line)
{
    const char *end = memchr(line.at, ']', line.length);

    if (!end)
        return false;
    enter(r, trimmed((struct span){line.at + 1, (size_t)(end - line.at) - 1}));
    return true;
}

static bool take_pair(struct reader *r, struct span line, bool indented)
{
    const char *equals = memchr(line.at, '=', line.length);
    const bool nested = indented && r->parent.length > 0;
    struct span key;
    struct span value;
    struct entry entry = {.file = r->file, .section = r->section, .name = r->name};

    /* A line that goes on the one before belongs to keys that we do not read. */
    if (!equals)
        return indented;
    key = trimmed((struct span){line.at, (size_t)(equals - line.at)});
    value = trimmed((struct span){equals + 1, line.length - (size_t)(equals - line.at) - 1});
    value = without_comment(value);
    if (key.length == 0)
        return false;
    if (!nested)
        r->parent = value.length == 0 ? key : nothing;
    entry.key = nested ? keep(r->p, r->parent, key) : keep(r->p, key, nothing);
    entry.value = keep(r->p, value, nothing);
    buf_add(&r->p->entries, &entry, sizeof(entry));
    return true;
}

static bool take_line(struct reader *r, struct span raw)
{
    const bool indented = raw.length > 0 && is_blank(raw.at[0]);
    const struct span line = trimmed(raw);

    if (line.length == 0 || line.at[0] == '#' || line.at[0] == ';')
        return true;
    if (memchr(line.at, '\0', line.length) || line.length > PROFILE_LINE_MAX)
        return false;
    if (line.at[0] == '[')
        return take_title(r, line);
    return take_pair(r, line, indented);
}

enum err profiles_read(struct profiles *p, enum profile_file kind, const char *name,
                       const struct buf *bytes, struct errctx *cx)
{
    struct reader r = {.p = p, .file = kind, .parent = nothing};
    const char *end = bytes->data + bytes->length;
    const char *at = bytes->data;
    enum err e;

    r.name = keep(p, nothing, nothing);
    for (unsigned number = 1; at < end; number++) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        const size_t length = (size_t)((newline ? newline : end) - at);

        if (!take_line(&r, (struct span){at, length}))
            return err_set(cx, ERR_CONFIG, 0, "%s:%u: neither a section nor key = value", name,
                           number);
        at += length + 1;
    }
    e = buf_check(&p->text, name, cx);
    return e == ERR_OK ? buf_check(&p->entries, name, cx) : e;
}

enum err profile_slurp(const char *path, struct buf *out, struct errctx *cx)
{
    AUTO_FD int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    char chunk[4096];
    ssize_t count;

    if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
        return err_set(cx, ERR_NOT_FOUND, errno, "%s", path);
    if (fd < 0)
        return err_set(cx, ERR_CONFIG, errno, "open %s", path);
    do {
        count = read(fd, chunk, sizeof(chunk));
        if (count > 0)
            buf_add(out, chunk, (size_t)count);
    } while ((count > 0 && !out->overflow) || (count < 0 && errno == EINTR));
    explicit_bzero(chunk, sizeof(chunk));
    if (count < 0)
        return err_set(cx, ERR_CONFIG, errno, "read %s", path);
    return buf_check(out, path, cx);
}

enum err profiles_load(struct profiles *p, enum profile_file kind, const char *path,
                       struct errctx *cx)
{
    AUTO_BUF struct buf bytes;
    enum err e;

    buf_init(&bytes, PROFILE_FILE_MAX);
    e = profile_slurp(path, &bytes, cx);
    return e == ERR_OK ? profiles_read(p, kind, path, &bytes, cx) : e;
}

static size_t entry_count(const struct profiles *p)
{
    return p->entries.length / sizeof(struct entry);
}

/* The storage comes from malloc and holds nothing but entries, so it is aligned for them. */
static const struct entry *entry_at(const struct profiles *p, size_t i)
{
    return (const struct entry *)(const void *)p->entries.data + i;
}

static bool is_in(const struct profiles *p, const struct entry *e, enum profile_section section,
                  const char *name)
{
    return e->section == section && strcmp(p->text.data + e->name, name) == 0;
}

bool profiles_has(const struct profiles *p, enum profile_section section, const char *name)
{
    for (size_t i = 0; i < entry_count(p); i++) {
        if (is_in(p, entry_at(p, i), section, name))
            return true;
    }
    return false;
}

const char *profiles_get(const struct profiles *p, enum profile_section section, const char *name,
                         const char *key)
{
    const struct entry *best = NULL;

    for (size_t i = 0; i < entry_count(p); i++) {
        const struct entry *e = entry_at(p, i);

        if (is_in(p, e, section, name) && strcmp(p->text.data + e->key, key) == 0 &&
            (!best || e->file >= best->file))
            best = e;
    }
    return best ? p->text.data + best->value : NULL;
}
