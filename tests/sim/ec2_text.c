/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ec2_text.c - texts and sets of tags in the arena: counted blocks of a few sizes.
 *
 * A tag is a block, a set is a block of tags' offsets in order of key, and both are never changed
 * once made: a changed set is a new set that shares its tags with the old one. Blocks return to the
 * list of their size when nothing refers to them. It must not know what a tag means.
 */
#include "sim/ec2_state.h"

#include <assert.h>

#define AWS_PREFIX "aws:"

enum { SET_TAGS_MAX = EC2_TAGS_MAX };

static struct ec2_block *block_at(struct ec2 *m, uint32_t block)
{
    return arena_at(m->arena, &ec2_state(m)->text, block);
}

static const struct ec2_block *block_peek(const struct ec2 *m, uint32_t block)
{
    return arena_peek(m->arena, &ec2_peek(m)->text, block);
}

static const char *key_of(const struct ec2_block *b)
{
    return (const char *)(b + 1);
}

static const char *value_of(const struct ec2_block *b)
{
    return key_of(b) + b->key_len + 1;
}

static const uint32_t *members_of(const struct ec2_block *set)
{
    return (const uint32_t *)(const void *)(set + 1);
}

static uint32_t class_units(uint32_t class)
{
    return class + 1;
}

/* A block of a greater class serves as well when the end of the text has been reached. */
static uint32_t block_reuse(struct ec2 *m, uint32_t class)
{
    struct ec2_state *s = ec2_state(m);
    const bool tight = s->text.capacity - s->text.used < class_units(class);
    uint32_t block = 0;

    while (s->text_free[class] == 0 && tight && class + 1 < EC2_TEXT_CLASSES)
        class ++;
    block = s->text_free[class];
    if (block != 0)
        s->text_free[class] = (uint32_t)block_at(m, block)->hash;
    return block;
}

uint32_t text_take(struct ec2 *m, size_t size)
{
    struct ec2_state *s = ec2_state(m);
    const uint32_t units =
        (uint32_t)((sizeof(struct ec2_block) + size + EC2_TEXT_UNIT - 1) / EC2_TEXT_UNIT);
    uint32_t block = 0;

    assert(units > 0 && units <= EC2_TEXT_CLASSES);
    block = block_reuse(m, units - 1);
    if (block == 0) {
        if (s->text.capacity - s->text.used < units)
            return 0;
        block = s->text.used;
        s->text.used += units;
        block_at(m, block)->class = (uint8_t)(units - 1);
    }
    block_at(m, block)->refs = 1;
    return block;
}

void text_drop(struct ec2 *m, uint32_t block)
{
    struct ec2_state *s = ec2_state(m);
    struct ec2_block *b = block_at(m, block);

    if (block == 0)
        return;
    assert(b->refs > 0);
    b->refs--;
    if (b->refs > 0)
        return;
    b->hash = s->text_free[b->class];
    s->text_free[b->class] = block;
}

/* Key and value lie behind the head, each with its end mark; a lone text is a key without a value.
 */
static uint32_t tag_new(struct ec2 *m, const struct tag *tag)
{
    const size_t key_len = strlen(tag->key);
    const size_t value_len = tag->value ? strlen(tag->value) : 0;
    const uint32_t block = text_take(m, key_len + value_len + 2);
    char *text = NULL;

    if (block == 0)
        return 0;
    struct ec2_block *b = block_at(m, block);

    text = (char *)(b + 1);
    memcpy(text, tag->key, key_len + 1);
    if (value_len > 0)
        memcpy(text + key_len + 1, tag->value, value_len);
    text[key_len + 1 + value_len] = '\0';
    b->key_len = (uint8_t)key_len;
    b->value_len = (uint16_t)value_len;
    b->hash = hash_bytes(text, key_len + value_len + 2);
    return block;
}

uint32_t text_keep(struct ec2 *m, const char *text)
{
    const struct tag tag = {text, ""};

    return text && text[0] != '\0' ? tag_new(m, &tag) : 0;
}

const char *text_peek(const struct ec2 *m, uint32_t block)
{
    return block == 0 ? "" : key_of(block_peek(m, block));
}

/* --- Sets --- */

/* A set being made; members are held with a reference each. */
struct draft {
    uint32_t count;
    bool changed;
    bool full;
    uint32_t tags[SET_TAGS_MAX];
};

static void draft_open(struct ec2 *m, struct draft *d, uint32_t set)
{
    d->count = 0;
    d->changed = false;
    d->full = false;
    if (set == 0)
        return;
    d->count = block_at(m, set)->key_len;
    memcpy(d->tags, members_of(block_at(m, set)), sizeof(d->tags[0]) * d->count);
    for (uint32_t i = 0; i < d->count; i++)
        block_at(m, d->tags[i])->refs++;
}

static void draft_close(struct ec2 *m, const struct draft *d)
{
    for (uint32_t i = 0; i < d->count; i++)
        text_drop(m, d->tags[i]);
}

/* Where the key is, or belongs. */
static uint32_t draft_find(struct ec2 *m, const struct draft *d, const char *key, bool *found)
{
    uint32_t at = 0;
    int order = -1;

    while (at < d->count) {
        order = strcmp(key_of(block_at(m, d->tags[at])), key);
        if (order >= 0)
            break;
        at++;
    }
    *found = order == 0 && at < d->count;
    return at;
}

static bool draft_set(struct ec2 *m, struct draft *d, const struct tag *tag)
{
    bool found = false;
    const uint32_t at = draft_find(m, d, tag->key, &found);
    const char *value = tag->value ? tag->value : "";
    uint32_t block = 0;

    if (found && strcmp(value_of(block_at(m, d->tags[at])), value) == 0)
        return true;
    block = !found && d->count == SET_TAGS_MAX ? 0 : tag_new(m, tag);
    if (block == 0)
        return false;
    if (found) {
        text_drop(m, d->tags[at]);
    } else {
        memmove(&d->tags[at + 1], &d->tags[at], sizeof(d->tags[0]) * (d->count - at));
        d->count++;
    }
    d->tags[at] = block;
    d->changed = true;
    return true;
}

static void draft_drop(struct ec2 *m, struct draft *d, const struct tag *tag)
{
    bool found = false;
    const uint32_t at = draft_find(m, d, tag->key, &found);

    /* B.7: with a value, "only if its value" matches. */
    if (!found)
        return;
    if (tag->value && strcmp(value_of(block_at(m, d->tags[at])), tag->value) != 0)
        return;
    text_drop(m, d->tags[at]);
    d->count--;
    memmove(&d->tags[at], &d->tags[at + 1], sizeof(d->tags[0]) * (d->count - at));
    d->changed = true;
}

static bool draft_in_pool(struct ec2 *m, const struct draft *d)
{
    for (uint32_t i = 0; i < m->pool_count; i++) {
        bool found = false;
        const uint32_t at = draft_find(m, d, m->pool[i].key, &found);

        if (!found || strcmp(value_of(block_at(m, d->tags[at])), m->pool[i].value) != 0)
            return false;
    }
    return true;
}

/* The finished set takes over the references of the draft. */
static bool draft_finish(struct ec2 *m, const struct draft *d, uint32_t *out)
{
    const uint32_t block = d->count == 0 ? 0 : text_take(m, sizeof(d->tags[0]) * d->count);
    uint64_t hash = d->count;

    *out = block;
    if (d->count == 0)
        return true;
    if (block == 0)
        return false;
    struct ec2_block *set = block_at(m, block);

    memcpy(set + 1, d->tags, sizeof(d->tags[0]) * d->count);
    for (uint32_t i = 0; i < d->count; i++)
        hash = hash_mix(hash, block_at(m, d->tags[i])->hash);
    set->hash = hash;
    set->key_len = (uint8_t)d->count;
    set->value_len = draft_in_pool(m, d) ? 1 : 0;
    return true;
}

static bool draft_change(struct ec2 *m, struct draft *d, const struct tags_change *change)
{
    for (uint32_t i = 0; i < change->set_count; i++) {
        if (!draft_set(m, d, &change->set[i]))
            return false;
    }
    for (uint32_t i = 0; i < change->drop_count; i++)
        draft_drop(m, d, &change->drop[i]);
    return true;
}

bool tags_make(struct ec2 *m, uint32_t old, const struct tags_change *change, uint32_t *out)
{
    struct draft d;
    bool good = false;

    draft_open(m, &d, change->drop_all ? 0 : old);
    good = draft_change(m, &d, change);
    if (good && !d.changed && !(change->drop_all && old != 0)) {
        draft_close(m, &d);
        tags_keep(m, old);
        *out = old;
        return true;
    }
    good = good && draft_finish(m, &d, out);
    if (!good)
        draft_close(m, &d);
    return good;
}

void tags_keep(struct ec2 *m, uint32_t set)
{
    if (set != 0)
        block_at(m, set)->refs++;
}

void tags_drop(struct ec2 *m, uint32_t set)
{
    if (set == 0)
        return;
    struct ec2_block *b = block_at(m, set);

    if (b->refs == 1) {
        for (uint32_t i = 0; i < b->key_len; i++)
            text_drop(m, members_of(b)[i]);
    }
    text_drop(m, set);
}

uint64_t tags_hash(const struct ec2 *m, uint32_t set)
{
    return set == 0 ? 0 : block_peek(m, set)->hash;
}

bool tags_in_pool(const struct ec2 *m, uint32_t set)
{
    return set == 0 ? m->pool_count == 0 : block_peek(m, set)->value_len != 0;
}

static bool is_reserved(const char *key)
{
    return strncmp(key, AWS_PREFIX, sizeof(AWS_PREFIX) - 1) == 0;
}

/* B.7: lengths, the reserved prefix, at most 50. */
enum ec2_code tags_check(const struct ec2 *m, uint32_t old, const struct tag *tags, uint32_t count)
{
    uint32_t total = ec2_tag_count(m, old);

    for (uint32_t i = 0; i < count; i++) {
        const size_t key_len = tags[i].key ? strlen(tags[i].key) : 0;

        if (key_len == 0 || key_len > EC2_TAG_KEY_MAX || is_reserved(tags[i].key))
            return EC2_CODE_BAD_VALUE;
        if (tags[i].value && strlen(tags[i].value) > EC2_TAG_VALUE_MAX)
            return EC2_CODE_BAD_VALUE;
        if (!ec2_tag_value(m, old, tags[i].key))
            total++;
    }
    return total > EC2_TAGS_MAX ? EC2_CODE_TAG_LIMIT : EC2_CODE_OK;
}

uint64_t tags_fingerprint(const struct tag *tags, uint32_t count)
{
    uint64_t sum = count;

    for (uint32_t i = 0; i < count; i++) {
        const char *value = tags[i].value ? tags[i].value : "";

        sum += hash_mix(hash_bytes(tags[i].key, strlen(tags[i].key)),
                        hash_bytes(value, strlen(value)));
    }
    return sum;
}

/* --- For everyone --- */

uint32_t ec2_tag_count(const struct ec2 *m, uint32_t tags)
{
    return tags == 0 ? 0 : block_peek(m, tags)->key_len;
}

struct tag ec2_tag(const struct ec2 *m, uint32_t tags, uint32_t at)
{
    const struct ec2_block *b = NULL;

    assert(at < ec2_tag_count(m, tags));
    b = block_peek(m, members_of(block_peek(m, tags))[at]);
    return (struct tag){key_of(b), value_of(b)};
}

const char *ec2_tag_value(const struct ec2 *m, uint32_t tags, const char *key)
{
    const uint32_t count = ec2_tag_count(m, tags);

    for (uint32_t i = 0; i < count; i++) {
        const struct ec2_block *b = block_peek(m, members_of(block_peek(m, tags))[i]);

        if (strcmp(key_of(b), key) == 0)
            return value_of(b);
    }
    return NULL;
}
