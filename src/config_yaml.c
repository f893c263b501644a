/* SPDX-License-Identifier: Apache-2.0 */
/*
 * config_yaml.c - walks the events of one YAML document along the rows of config.def.
 *
 * The walk goes only where a row leads, so its depth is that of the longest path, and what no row
 * names is refused with its place. Anchors, aliases, explicit types and further documents are
 * refused: they serve no purpose here and have hurt others. It must not judge values:
 * config_value.c does.
 */
#include "config.h"
#include "config_value.h"
#include "nearest.h"
#include "scope.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <yaml.h>

enum { PATH_TEXT_MAX = 96, NAME_SHOWN_MAX = 120 };

struct walk {
    struct config *config;
    struct errctx *cx;
    yaml_parser_t parser;
    yaml_event_t event; /* the one at hand; each step frees it and fetches the next */
};

/* A key at hand: where it stood, the whole path it makes, and the first row on or below that path.
 */
struct key {
    struct config_place place;
    char path[PATH_TEXT_MAX];
    int row;
    bool exact;
};

static enum err refuse_at(struct walk *w, yaml_mark_t at, const char *format, ...)
    PRINTF_LIKE(3, 4);
static enum err refuse_at(struct walk *w, yaml_mark_t at, const char *format, ...)
{
    char words[ERR_MESSAGE_MAX];
    va_list args;

    va_start(args, format);
    /* clang 14 loses sight of va_start() where it inlines a static variadic function. */
    /* NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized) */
    (void)vsnprintf(words, sizeof(words), format, args);
    va_end(args);
    return err_set(w->cx, ERR_CONFIG, 0, "%s:%zu:%zu: %s", w->config->file, at.line + 1,
                   at.column + 1, words);
}

static enum err refuse_here(struct walk *w, const char *words)
{
    return refuse_at(w, w->event.start_mark, "%s", words);
}

static const char *scalar(const struct walk *w)
{
    assert(w->event.type == YAML_SCALAR_EVENT);
    return (const char *)w->event.data.scalar.value;
}

/* `key:` with nothing after it, which YAML reads as null. */
static bool is_nothing(const struct walk *w)
{
    return w->event.type == YAML_SCALAR_EVENT && w->event.data.scalar.length == 0 &&
           w->event.data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
}

/* Features that are refused wherever they stand. */
static enum err check_event(struct walk *w)
{
    const yaml_char_t *anchor = NULL;
    const yaml_char_t *tag = NULL;

    if (w->event.type == YAML_ALIAS_EVENT)
        return refuse_here(w, "aliases are not supported");
    if (w->event.type == YAML_SCALAR_EVENT) {
        anchor = w->event.data.scalar.anchor;
        tag = w->event.data.scalar.tag;
        if (strlen(scalar(w)) != w->event.data.scalar.length)
            return refuse_here(w, "a text contains a zero byte");
    } else if (w->event.type == YAML_SEQUENCE_START_EVENT) {
        anchor = w->event.data.sequence_start.anchor;
        tag = w->event.data.sequence_start.tag;
    } else if (w->event.type == YAML_MAPPING_START_EVENT) {
        anchor = w->event.data.mapping_start.anchor;
        tag = w->event.data.mapping_start.tag;
    }
    if (anchor)
        return refuse_here(w, "anchors are not supported");
    if (tag)
        return refuse_here(w, "explicit types are not supported");
    return ERR_OK;
}

/* libyaml marks most errors, but bytes that are no text only by their offset. */
static enum err refuse_syntax(struct walk *w, const char *text)
{
    const yaml_parser_t *p = &w->parser;
    yaml_mark_t at = p->problem_mark;

    if (p->error == YAML_MEMORY_ERROR)
        return err_set(w->cx, ERR_NO_MEMORY, 0, "%s: no memory to read it", w->config->file);
    if (p->error == YAML_READER_ERROR) {
        at.line = 0;
        at.column = 0;
        for (size_t i = 0; i < p->problem_offset && text[i]; i++) {
            at.column = text[i] == '\n' ? 0 : at.column + 1;
            at.line += text[i] == '\n';
        }
    }
    return refuse_at(w, at, "this is not YAML: %s", p->problem ? p->problem : "?");
}

static enum err next(struct walk *w)
{
    yaml_event_delete(&w->event);
    if (!yaml_parser_parse(&w->parser, &w->event))
        return refuse_syntax(w, (const char *)w->parser.input.string.start);
    return check_event(w);
}

static bool is_below(const char *path, const char *prefix)
{
    const size_t length = strlen(prefix);

    return strncmp(path, prefix, length) == 0 && (path[length] == '.' || !path[length]);
}

/* The part of a row's path that is one level below prefix, or NULL when it is not below it. */
static const char *child(int row, const char *prefix, char out[PATH_TEXT_MAX])
{
    const char *path = config_settings[row].path;
    const char *rest = path;

    if (prefix[0]) {
        if (!is_below(path, prefix) || !path[strlen(prefix)])
            return NULL;
        rest = path + strlen(prefix) + 1;
    }
    (void)snprintf(out, PATH_TEXT_MAX, "%.*s", (int)strcspn(rest, "."), rest);
    return out;
}

static enum err refuse_unknown(struct walk *w, const char *prefix)
{
    char names[SETTING_COUNT][PATH_TEXT_MAX];
    struct nearest near = nearest_to(scalar(w));
    char quote[CONFIG_QUOTE_MAX];
    char known_text[160];
    struct buf known;

    buf_on(&known, known_text, sizeof(known_text));
    for (int i = 0; i < SETTING_COUNT; i++) {
        const char *name = child(i, prefix, names[i]);
        char before[PATH_TEXT_MAX];
        const char *last = i > 0 ? child(i - 1, prefix, before) : NULL;

        if (!name)
            continue;
        nearest_offer(&near, name);
        if (!last || strcmp(last, name) != 0)
            buf_printf(&known, "%s%s", known.length ? ", " : "", name);
    }
    (void)config_quote(scalar(w), quote);
    if (near.best)
        return refuse_at(w, w->event.start_mark, "unknown key %s; did you mean \"%s\"?", quote,
                         near.best);
    return refuse_at(w, w->event.start_mark, "unknown key %s; known here: %s", quote, known.data);
}

/* The event at hand is a key: finds its row, or refuses. */
static enum err find_key(struct walk *w, const char *prefix, struct key *key)
{
    struct buf path;

    if (w->event.type != YAML_SCALAR_EVENT)
        return refuse_here(w, "a key must be a plain text");
    buf_on(&path, key->path, sizeof(key->path));
    buf_printf(&path, "%s%s%s", prefix, prefix[0] ? "." : "", scalar(w));
    if (path.overflow || strchr(scalar(w), '.'))
        return refuse_unknown(w, prefix);
    key->place = (struct config_place){
        .origin = CONFIG_BY_FILE,
        .line = (uint32_t)w->event.start_mark.line + 1,
        .column = (uint32_t)w->event.start_mark.column + 1,
    };
    for (key->row = 0; key->row < SETTING_COUNT; key->row++) {
        if (is_below(config_settings[key->row].path, key->path)) {
            key->exact = strcmp(config_settings[key->row].path, key->path) == 0;
            return ERR_OK;
        }
    }
    return refuse_unknown(w, prefix);
}

static enum err refuse_value(struct walk *w, enum setting id, const struct config_why *why)
{
    return refuse_at(w, w->event.start_mark, "%s: %s", config_key(id), why->text);
}

static enum err read_list(struct walk *w, enum setting id)
{
    struct config_why why;
    enum err e;

    config_clear(w->config, id);
    for (e = next(w); e == ERR_OK && w->event.type == YAML_SCALAR_EVENT; e = next(w)) {
        if (!config_item(w->config, id, scalar(w), &why))
            return refuse_value(w, id, &why);
    }
    if (e == ERR_OK && w->event.type != YAML_SEQUENCE_END_EVENT)
        return refuse_at(w, w->event.start_mark, "%s: an item must be one text", config_key(id));
    return e;
}

static enum err read_tag(struct walk *w, enum setting id)
{
    char key[520];
    struct config_why why;
    yaml_mark_t at = w->event.start_mark;
    enum err e;

    if (w->event.data.scalar.length >= sizeof(key))
        return refuse_at(w, at, "%s: the key of a tag has more than 128 characters",
                         config_key(id));
    (void)snprintf(key, sizeof(key), "%s", scalar(w));
    e = next(w);
    if (e != ERR_OK)
        return e;
    if (w->event.type != YAML_SCALAR_EVENT)
        return refuse_at(w, w->event.start_mark, "%s: the value of \"%.60s\" must be one text",
                         config_key(id), key);
    if (is_nothing(w))
        return refuse_at(w, at, "%s: \"%.60s\" has no value; write \"\" for an empty one",
                         config_key(id), key);
    if (config_tag(w->config, id, key, scalar(w), &why))
        return ERR_OK;
    return refuse_at(w, at, "%s: %s", config_key(id), why.text);
}

static enum err read_tags(struct walk *w, enum setting id)
{
    enum err e;

    config_clear(w->config, id);
    for (e = next(w); e == ERR_OK && w->event.type == YAML_SCALAR_EVENT; e = next(w)) {
        e = read_tag(w, id);
        if (e != ERR_OK)
            return e;
    }
    if (e == ERR_OK && w->event.type != YAML_MAPPING_END_EVENT)
        return refuse_here(w, "a key must be a plain text");
    return e;
}

static enum err read_setting(struct walk *w, const struct key *key)
{
    const enum setting id = (enum setting)key->row;
    const enum yaml_event_type_e got = w->event.type;
    struct config_why why;

    w->config->places[id] = key->place;
    if (got == YAML_SEQUENCE_START_EVENT && config_takes_list(id))
        return read_list(w, id);
    if (got == YAML_MAPPING_START_EVENT && config_takes_map(id))
        return read_tags(w, id);
    if (got == YAML_SEQUENCE_START_EVENT)
        return refuse_at(w, w->event.start_mark, "%s: it must not be a list", config_key(id));
    if (got == YAML_MAPPING_START_EVENT)
        return refuse_at(w, w->event.start_mark, "%s: it must not be a mapping", config_key(id));
    if (is_nothing(w))
        return refuse_at(w, w->event.start_mark, "%s: the value is missing", config_key(id));
    return config_value(w->config, id, scalar(w), &why) ? ERR_OK : refuse_value(w, id, &why);
}

static enum err note_provider(struct walk *w, const struct key *key)
{
    static const char parent[] = "block-provider.";

    if (strncmp(key->path, parent, sizeof(parent) - 1) != 0)
        return ERR_OK;
    if (w->config->provider)
        return refuse_here(w, "block-provider: only one provider can be configured");
    w->config->provider = config_keep(w->config, key->path + sizeof(parent) - 1);
    w->config->provider_place = key->place;
    return w->config->provider ? ERR_OK : refuse_here(w, "the configuration is too large");
}

static enum err read_mapping(struct walk *w, const char *prefix);

/* What follows the key of a section: a mapping, or nothing when all of it is commented out. */
static enum err read_section(struct walk *w, const struct key *key)
{
    if (is_nothing(w))
        return ERR_OK;
    if (w->event.type != YAML_MAPPING_START_EVENT)
        return refuse_at(w, w->event.start_mark, "%s: it must be a mapping of keys to values",
                         strrchr(key->path, '.') ? strrchr(key->path, '.') + 1 : key->path);
    return read_mapping(w, key->path);
}

static enum err read_pair(struct walk *w, const struct key *key)
{
    enum err e = key->exact ? ERR_OK : note_provider(w, key);

    if (e == ERR_OK)
        e = next(w);
    if (e != ERR_OK)
        return e;
    return key->exact ? read_setting(w, key) : read_section(w, key);
}

/* The event at hand opens a mapping; on success the one at hand closes it. */
static enum err read_mapping(struct walk *w, const char *prefix)
{
    uint32_t seen[SETTING_COUNT] = {0};
    struct key key = {.row = 0};
    enum err e;

    for (e = next(w); e == ERR_OK && w->event.type != YAML_MAPPING_END_EVENT; e = next(w)) {
        e = find_key(w, prefix, &key);
        if (e != ERR_OK)
            return e;
        if (seen[key.row]) {
            return refuse_at(w, w->event.start_mark,
                             "the key \"%s\" appears twice, first on line %u", scalar(w),
                             seen[key.row]);
        }
        seen[key.row] = key.place.line;
        e = read_pair(w, &key);
        if (e != ERR_OK)
            return e;
    }
    return e;
}

static enum err read_root(struct walk *w)
{
    if (w->event.type == YAML_STREAM_END_EVENT || w->event.type == YAML_DOCUMENT_END_EVENT ||
        is_nothing(w))
        return refuse_here(w, "the configuration is empty");
    if (w->event.type != YAML_MAPPING_START_EVENT)
        return refuse_here(w, "the configuration must be a mapping of keys to values");
    return read_mapping(w, "");
}

/* Exactly one document: stream start, document start, the root, document end, stream end. */
static enum err read_stream(struct walk *w)
{
    enum err e = next(w);

    if (e == ERR_OK)
        e = next(w);
    if (e == ERR_OK && w->event.type == YAML_DOCUMENT_START_EVENT)
        e = next(w);
    if (e == ERR_OK)
        e = read_root(w);
    if (e == ERR_OK)
        e = next(w);
    if (e == ERR_OK)
        e = next(w);
    if (e == ERR_OK && w->event.type != YAML_STREAM_END_EVENT)
        return refuse_here(w, "only one document is allowed");
    return e;
}

/* A long name is cut at its beginning, so that the place and the reason always fit the message. */
static enum err name_file(struct config *c, const char *name, struct errctx *cx)
{
    const size_t length = strlen(name);
    char shown[NAME_SHOWN_MAX + 4];

    (void)snprintf(shown, sizeof(shown), "%s%s", length > NAME_SHOWN_MAX ? "..." : "",
                   length > NAME_SHOWN_MAX ? name + length - NAME_SHOWN_MAX : name);
    c->file = config_keep(c, shown);
    return c->file ? ERR_OK : err_set(cx, ERR_CONFIG, 0, "%s: the name does not fit", shown);
}

enum err config_read_text(struct config *c, const char *name, const char *text, struct errctx *cx)
{
    struct walk w = {.config = c, .cx = cx};
    enum err e = name_file(c, name, cx);

    if (e != ERR_OK)
        return e;
    if (strlen(text) > CONFIG_FILE_MAX)
        return err_set(cx, ERR_CONFIG, 0, "%s: larger than %d bytes", c->file, CONFIG_FILE_MAX);
    if (!yaml_parser_initialize(&w.parser))
        return err_set(cx, ERR_NO_MEMORY, 0, "%s: no memory to read it", c->file);
    yaml_parser_set_input_string(&w.parser, (const unsigned char *)text, strlen(text));
    e = read_stream(&w);
    yaml_event_delete(&w.event);
    yaml_parser_delete(&w.parser);
    return e;
}

static enum err read_all(int fd, char *out, size_t room, size_t *used)
{
    ssize_t got = 1;

    *used = 0;
    while (got != 0 && *used < room) {
        got = read(fd, out + *used, room - *used);
        if (got < 0 && errno != EINTR)
            return ERR_IO;
        if (got > 0)
            *used += (size_t)got;
    }
    return ERR_OK;
}

enum err config_read_file(struct config *c, const char *path, struct errctx *cx)
{
    char text[CONFIG_FILE_MAX + 2];
    size_t used = 0;
    AUTO_FD int fd = -1;
    enum err e = name_file(c, path, cx);

    if (e != ERR_OK)
        return e;
    fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0)
        return err_set(cx, ERR_CONFIG, 0, "%s: cannot be opened: %s", c->file,
                       strerrordesc_np(errno));
    if (read_all(fd, text, sizeof(text) - 1, &used) != ERR_OK)
        return err_set(cx, ERR_CONFIG, 0, "%s: cannot be read: %s", c->file,
                       strerrordesc_np(errno));
    text[used] = '\0';
    if (memchr(text, '\0', used))
        return err_set(cx, ERR_CONFIG, 0, "%s: contains a zero byte", c->file);
    return config_read_text(c, path, text, cx);
}
