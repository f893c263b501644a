/* SPDX-License-Identifier: Apache-2.0 */
/*
 * config_value.c - reads one text as the value its setting wants, or says why it is none.
 *
 * It must not know where the text came from. After a refusal a setting may be empty: the run ends
 * there.
 */
#include "config_value.h"

#include "nearest.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static bool refuse(struct config_why *why, const char *format, ...) PRINTF_LIKE(2, 3);
static bool refuse(struct config_why *why, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    /* clang 14 loses sight of va_start() where it inlines a static variadic function. */
    /* NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized) */
    (void)vsnprintf(why->text, sizeof(why->text), format, args);
    va_end(args);
    return false;
}

static void *member(struct config *c, enum setting id)
{
    return (char *)c + config_settings[id].offset;
}

static bool is_control(unsigned char byte)
{
    return byte < 0x20 || byte == 0x7f;
}

const char *config_quote(const char *text, char out[CONFIG_QUOTE_MAX])
{
    const size_t room = CONFIG_QUOTE_MAX - sizeof("\"...\"");
    size_t used = 0;

    out[used++] = '"';
    for (; *text && used <= room; text++)
        out[used++] = (char)(is_control((unsigned char)*text) ? '?' : *text);
    /* A cut must not leave half a character behind. */
    while (*text && ((unsigned char)*text & 0xc0) == 0x80) {
        text--;
        used--;
    }
    (void)snprintf(out + used, CONFIG_QUOTE_MAX - used, "%s\"", *text ? "..." : "");
    return out;
}

const char *config_keep(struct config *c, const char *text)
{
    const size_t size = strlen(text) + 1;
    char *kept = c->text + c->text_used;

    if (size > sizeof(c->text) - c->text_used)
        return NULL;
    memcpy(kept, text, size);
    c->text_used += size;
    return kept;
}

static bool keep(struct config *c, const char *text, const char **out, struct config_why *why)
{
    const char *kept = config_keep(c, text);

    if (!kept) {
        return refuse(why, "the configuration is too large: more than %d bytes of text",
                      CONFIG_TEXT_MAX);
    }
    *out = kept;
    return true;
}

/* Bytes of the character that begins here; 0 when it is not well-formed UTF-8. */
static size_t character(const char *text)
{
    const unsigned char *at = (const unsigned char *)text;
    size_t length;

    if (at[0] < 0x80)
        return 1;
    if (at[0] < 0xc2 || at[0] > 0xf4)
        return 0;
    length = at[0] < 0xe0 ? 2 : at[0] < 0xf0 ? 3 : 4;
    for (size_t i = 1; i < length; i++) {
        if ((at[i] & 0xc0) != 0x80)
            return 0;
    }
    return length;
}

/* Printable UTF-8 of at most this many characters. */
static bool check_text(const char *text, size_t most, struct config_why *why)
{
    char quote[CONFIG_QUOTE_MAX];
    size_t count = 0;

    for (const char *at = text; *at; count++) {
        const size_t length = character(at);

        if (length == 0)
            return refuse(why, "the text is not UTF-8");
        if (is_control((unsigned char)*at))
            return refuse(why, "%s has a control character", config_quote(text, quote));
        at += length;
    }
    if (count > most) {
        return refuse(why, "%s has %zu characters; %zu are allowed", config_quote(text, quote),
                      count, most);
    }
    return true;
}

/* Decimal digits alone, without a sign; false when there are none or too many. */
static bool digits(const char *text, size_t length, uint64_t *out)
{
    uint64_t value = 0;

    if (length == 0 || length > 15)
        return false;
    for (size_t i = 0; i < length; i++) {
        if (text[i] < '0' || text[i] > '9')
            return false;
        value = value * 10 + (uint64_t)(text[i] - '0');
    }
    *out = value;
    return true;
}

static bool read_number(const struct setting_row *row, const char *text, uint32_t *out,
                        struct config_why *why)
{
    char quote[CONFIG_QUOTE_MAX];
    uint64_t value;

    if (!digits(text, strlen(text), &value) || value < row->least || value > row->most) {
        return refuse(why, "%s is not a whole number from %llu to %llu (%s)",
                      config_quote(text, quote), (unsigned long long)row->least,
                      (unsigned long long)row->most, row->form);
    }
    *out = (uint32_t)value;
    return true;
}

struct unit {
    const char *name;
    uint64_t ms;
};

/* "m" is left out on purpose: it is minutes to some and milliseconds to others. */
static const struct unit units[] = {
    {"ms", 1}, {"s", 1000}, {"min", 60000}, {"h", 3600000}, {"", 1000},
};

static bool read_span(const char *text, uint64_t *out_ms)
{
    const size_t length = strspn(text, "0123456789");
    uint64_t value;

    if (!digits(text, length, &value))
        return false;
    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
        if (strcmp(text + length, units[i].name) == 0) {
            /* 15 digits of hours stay below 2^64 milliseconds only when the product is checked. */
            if (value > UINT64_MAX / units[i].ms)
                return false;
            *out_ms = value * units[i].ms;
            return true;
        }
    }
    return false;
}

void config_format_span(uint64_t span_ms, char out[32])
{
    static const size_t coarse_first[] = {3, 2, 1, 0};

    for (size_t i = 0; i < sizeof(coarse_first) / sizeof(coarse_first[0]); i++) {
        const struct unit *u = &units[coarse_first[i]];

        /* 90 s reads better than 1.5 min, and 120 s than 2 min is a matter of taste. */
        if (span_ms >= u->ms && span_ms % u->ms == 0) {
            (void)snprintf(out, 32, "%llu%s", (unsigned long long)(span_ms / u->ms), u->name);
            return;
        }
    }
    (void)snprintf(out, 32, "0s");
}

static bool check_span(const struct setting_row *row, const char *text, uint64_t *out_ms,
                       struct config_why *why)
{
    char quote[CONFIG_QUOTE_MAX];
    char least[32];
    char most[32];
    uint64_t span_ms;

    if (!read_span(text, &span_ms)) {
        return refuse(why, "%s is not a duration; write a whole number with ms, s, min or h",
                      config_quote(text, quote));
    }
    config_format_span(row->least, least);
    config_format_span(row->most, most);
    if (span_ms < row->least || span_ms > row->most)
        return refuse(why, "%s is outside %s to %s", config_quote(text, quote), least, most);
    *out_ms = span_ms;
    return true;
}

/* The index of a word in `a|b|c`, or -1 with the words of the refusal. */
static int choose(const char *form, const char *text, struct config_why *why)
{
    char quote[CONFIG_QUOTE_MAX];
    char words[8][24];
    int count = 0;
    struct nearest near = nearest_to(text);

    for (const char *at = form; *at; count++) {
        const size_t length = strcspn(at, "|");

        assert(length < sizeof(words[0]));
        assert((size_t)count < sizeof(words) / sizeof(words[0]));
        (void)snprintf(words[count], sizeof(words[0]), "%.*s", (int)length, at);
        if (strcmp(words[count], text) == 0)
            return count;
        nearest_offer(&near, words[count]);
        at += length + (at[length] == '|');
    }
    if (near.best) {
        (void)refuse(why, "%s is none of %s; did you mean \"%s\"?", config_quote(text, quote), form,
                     near.best);
    } else
        (void)refuse(why, "%s is none of %s", config_quote(text, quote), form);
    return -1;
}

static bool read_flag(const char *text, bool *out, struct config_why *why)
{
    char quote[CONFIG_QUOTE_MAX];

    if (strcmp(text, "true") != 0 && strcmp(text, "false") != 0)
        return refuse(why, "%s is neither true nor false", config_quote(text, quote));
    *out = text[0] == 't';
    return true;
}

static bool read_mode(const char *text, int *out, struct config_why *why)
{
    char quote[CONFIG_QUOTE_MAX];
    const size_t length = strspn(text, "01234567");
    int mode = 0;

    if (length == 0 || length > 5 || text[length])
        return refuse(why, "%s is not an octal mode such as 0755", config_quote(text, quote));
    for (size_t i = 0; i < length; i++)
        mode = mode * 8 + (text[i] - '0');
    if (mode > 07777)
        return refuse(why, "%s is more than 07777", config_quote(text, quote));
    *out = mode;
    return true;
}

static bool read_id(const char *text, struct id *out, struct config_why *why)
{
    char quote[CONFIG_QUOTE_MAX];
    const size_t length = strlen(text);

    if (length == 0 || length >= ID_MAX ||
        strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_") !=
            length) {
        return refuse(why, "%s cannot be an id", config_quote(text, quote));
    }
    memset(out, 0, sizeof(*out));
    memcpy(out->text, text, length);
    return true;
}

static bool read_path(struct config *c, enum setting id, const char *text, struct config_why *why)
{
    const char *root = config_settings[id].kind == SETTING_IS_DEVICE ? "/dev/" : "/";
    const size_t length = strlen(root);
    char quote[CONFIG_QUOTE_MAX];

    if (!check_text(text, 1024, why))
        return false;
    if (strncmp(text, root, length) != 0)
        return refuse(why, "%s must begin with %s", config_quote(text, quote), root);
    if (id == SETTING_DEVICE && !text[length])
        return refuse(why, "%s names no device", config_quote(text, quote));
    return keep(c, text, member(c, id), why);
}

static bool read_name(struct config *c, enum setting id, const char *text, struct config_why *why)
{
    char quote[CONFIG_QUOTE_MAX];

    if (!*text || strlen(text) > 64 || strpbrk(text, " \t\r\n:/,"))
        return refuse(why, "%s cannot be the name or number of one", config_quote(text, quote));
    return check_text(text, 64, why) && keep(c, text, member(c, id), why);
}

static bool read_words(struct config *c, enum setting id, const char *text, struct config_why *why)
{
    const struct setting_row *row = &config_settings[id];

    if (row->kind == SETTING_IS_WORD && choose(row->form, text, why) < 0)
        return false;
    if (!*text)
        return refuse(why, "the text is empty");
    return check_text(text, row->most ? row->most : 1024, why) && keep(c, text, member(c, id), why);
}

static bool read_choice(struct config *c, enum setting id, const char *text, struct config_why *why)
{
    const int chosen = choose(config_settings[id].form, text, why);

    if (chosen < 0)
        return false;
    *(int *)member(c, id) = chosen;
    return true;
}

static bool read_span32(struct config *c, enum setting id, const char *text, struct config_why *why)
{
    uint64_t span_ms = 0;

    if (!check_span(&config_settings[id], text, &span_ms, why))
        return false;
    assert(span_ms <= UINT32_MAX);
    *(uint32_t *)member(c, id) = (uint32_t)span_ms;
    return true;
}

bool config_value(struct config *c, enum setting id, const char *text, struct config_why *why)
{
    const struct setting_row *row = &config_settings[id];
    void *to = member(c, id);

    switch (row->kind) {
    case SETTING_IS_TEXT:
    case SETTING_IS_WORD: return read_words(c, id, text, why);
    case SETTING_IS_NAME: return read_name(c, id, text, why);
    case SETTING_IS_PATH:
    case SETTING_IS_DEVICE: return read_path(c, id, text, why);
    case SETTING_IS_ID: return read_id(text, to, why);
    case SETTING_IS_NUMBER: return read_number(row, text, to, why);
    case SETTING_IS_MODE: return read_mode(text, to, why);
    case SETTING_IS_FLAG: return read_flag(text, to, why);
    case SETTING_IS_CHOICE: return read_choice(c, id, text, why);
    case SETTING_IS_SPAN: return check_span(row, text, to, why);
    case SETTING_IS_SPAN32: return read_span32(c, id, text, why);
    case SETTING_IS_COMMA: config_clear(c, id); return config_item(c, id, text, why);
    case SETTING_IS_WORDS: return refuse(why, "it must be a list of texts, not one value");
    case SETTING_IS_TAGS: return refuse(why, "it must be a mapping of tags to values");
    }
    return refuse(why, "no such kind of setting");
}

static bool add_word(struct config *c, enum setting id, const char *text, struct config_why *why)
{
    struct config_words *list = member(c, id);

    if (list->count == config_settings[id].most)
        return refuse(why, "more than %zu items", list->count);
    if (!check_text(text, 1024, why) || !keep(c, text, &list->items[list->count], why))
        return false;
    list->count++;
    list->items[list->count] = NULL;
    return true;
}

/* Joins with a comma; the joined text is a new one each time, as the storage only grows. */
static bool add_comma(struct config *c, enum setting id, const char *text, struct config_why *why)
{
    const char **joined = member(c, id);
    char quote[CONFIG_QUOTE_MAX];
    char whole[1024];
    int length;

    if (!*text || strpbrk(text, " \t\r\n"))
        return refuse(why, "%s is no mount option", config_quote(text, quote));
    length =
        snprintf(whole, sizeof(whole), "%s%s%s", *joined ? *joined : "", *joined ? "," : "", text);
    if (length < 0 || (size_t)length >= sizeof(whole))
        return refuse(why, "more than %zu characters", sizeof(whole) - 1);
    return check_text(whole, sizeof(whole), why) && keep(c, whole, joined, why);
}

bool config_item(struct config *c, enum setting id, const char *text, struct config_why *why)
{
    if (config_settings[id].kind == SETTING_IS_WORDS)
        return add_word(c, id, text, why);
    assert(config_settings[id].kind == SETTING_IS_COMMA);
    return add_comma(c, id, text, why);
}

static bool has_prefix(const char *text, const char *lower)
{
    for (; *lower; text++, lower++) {
        const int folded = *text >= 'A' && *text <= 'Z' ? *text - 'A' + 'a' : *text;

        if (folded != *lower)
            return false;
    }
    return true;
}

/* The limits of EC2 (ec2.md B.7), and the two families of keys that are not the user's. */
static bool check_tag(const char *key, const char *value, struct config_why *why)
{
    char quote[CONFIG_QUOTE_MAX];

    if (!*key)
        return refuse(why, "a tag needs a key");
    if (has_prefix(key, "aws:"))
        return refuse(why, "%s: keys that begin with aws: belong to AWS", config_quote(key, quote));
    if (has_prefix(key, "volclaim:")) {
        return refuse(why, "%s: keys that begin with volclaim: are records of this program",
                      config_quote(key, quote));
    }
    return check_text(key, 128, why) && check_text(value, 256, why);
}

bool config_tag(struct config *c, enum setting id, const char *key, const char *value,
                struct config_why *why)
{
    struct config_tags *tags = member(c, id);
    struct tag *next = &tags->items[tags->count];
    char quote[CONFIG_QUOTE_MAX];

    if (!check_tag(key, value, why))
        return false;
    for (size_t i = 0; i < tags->count; i++) {
        if (strcmp(tags->items[i].key, key) == 0)
            return refuse(why, "the tag %s appears twice", config_quote(key, quote));
    }
    if (tags->count == CONFIG_TAGS_MAX)
        return refuse(why, "more than %d tags", CONFIG_TAGS_MAX);
    if (!keep(c, key, &next->key, why) || !keep(c, value, &next->value, why))
        return false;
    tags->count++;
    return true;
}

void config_clear(struct config *c, enum setting id)
{
    const enum setting_kind kind = config_settings[id].kind;

    if (kind == SETTING_IS_WORDS)
        *(struct config_words *)member(c, id) = (struct config_words){.count = 0};
    if (kind == SETTING_IS_TAGS)
        *(struct config_tags *)member(c, id) = (struct config_tags){.count = 0};
    if (kind == SETTING_IS_COMMA)
        *(const char **)member(c, id) = NULL;
}

bool config_takes_list(enum setting id)
{
    const enum setting_kind kind = config_settings[id].kind;

    return kind == SETTING_IS_WORDS || kind == SETTING_IS_COMMA;
}

bool config_takes_map(enum setting id)
{
    return config_settings[id].kind == SETTING_IS_TAGS;
}
