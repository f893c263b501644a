/* SPDX-License-Identifier: Apache-2.0 */
/*
 * describe.c - element by element into facts, by the wire names of EC2.
 *
 * It must not spell a tag key: mark.h knows those.
 */
#include "aws/describe.h"

#include "aws/timestamp.h"

#include <string.h>

struct word {
    const char *text;
    int value;
};

static const struct word volume_states[] = {
    {"creating", VOL_CREATING},
    {"available", VOL_AVAILABLE},
    {"in-use", VOL_IN_USE},
    {"deleting", VOL_DELETING},
    {"deleted", VOL_DELETED},
    {"error", VOL_ERROR},
    {NULL, 0},
};

/* A detached attachment is one that lingers. */
static const struct word attach_states[] = {
    {"attaching", ATT_ATTACHING}, {"attached", ATT_ATTACHED}, {"detaching", ATT_DETACHING},
    {"busy", ATT_BUSY},           {"detached", ATT_NONE},     {NULL, 0},
};

/* A snapshot in the recycle bin cannot be used: as good as failed. */
static const struct word snapshot_states[] = {
    {"pending", SNAP_PENDING},   {"completed", SNAP_COMPLETED}, {"error", SNAP_ERROR},
    {"recoverable", SNAP_ERROR}, {"recovering", SNAP_PENDING},  {NULL, 0},
};

static bool find_word(const struct word *words, const char *text, int *out)
{
    for (; words->text; words++) {
        if (strcmp(words->text, text) == 0) {
            *out = words->value;
            return true;
        }
    }
    return false;
}

bool describe_number(const char *text, uint32_t *out)
{
    uint64_t value = 0;

    for (const char *at = text; *at; at++) {
        if (*at < '0' || *at > '9' || value > UINT32_MAX)
            return false;
        value = value * 10 + (uint64_t)(*at - '0');
    }
    if (!text[0] || value > UINT32_MAX)
        return false;
    *out = (uint32_t)value;
    return true;
}

bool describe_tags(const struct xml *x, uint32_t set, struct described_tags *out)
{
    out->count = 0;
    for (uint32_t item = xml_first(x, set); item; item = xml_next(x, item)) {
        if (out->count == DESCRIBE_TAGS_MAX)
            return false;
        out->items[out->count++] = (struct tag){
            .key = xml_child_text(x, item, "key"),
            .value = xml_child_text(x, item, "value"),
        };
    }
    return true;
}

static enum err unreadable(const char *what, const char *id, struct errctx *cx)
{
    return err_set(cx, ERR_UNAVAILABLE, 0, "the answer describes %s of %s in a way not known", what,
                   id[0] ? id : "nobody");
}

/*
 * The holder is whoever has it in any state; of several, a Multi-Attach volume's, the first. An
 * answer may say "in-use" and name nobody: then there is a holder, and it is not known.
 */
static bool read_attachment(const struct xml *x, uint32_t item, struct volume *v)
{
    uint32_t at = xml_child(x, item, "attachmentSet/item");

    for (; at; at = xml_next(x, at)) {
        int state = ATT_NONE;

        if (!find_word(attach_states, xml_child_text(x, at, "status"), &state) ||
            !id_set(&v->holder, xml_child_text(x, at, "instanceId")))
            return false;
        v->attachment = (enum attach_state)state;
        if (v->attachment != ATT_NONE)
            break;
        v->holder = (struct id){{0}};
    }
    v->holder_key = id_key(&v->holder);
    return true;
}

static bool read_state(const struct xml *x, uint32_t item, struct volume *v)
{
    int state = VOL_NONE;
    const bool known = find_word(volume_states, xml_child_text(x, item, "status"), &state);

    v->state = (enum volume_state)state;
    return known;
}

enum err describe_volume(const struct xml *x, uint32_t item, const struct cloud_spec *spec,
                         struct volume *out, struct errctx *cx)
{
    const char *id = xml_child_text(x, item, "volumeId");
    struct volume v = {.state = VOL_NONE};
    struct described_tags tags;

    if (!id_set(&v.id, id) || id_is_empty(&v.id))
        return unreadable("the id", "", cx);
    v.key = id_key(&v.id);
    if (!read_state(x, item, &v))
        return unreadable("the state", id, cx);
    if (!zone_set(&v.zone, xml_child_text(x, item, "availabilityZone")))
        return unreadable("the zone", id, cx);
    if (!describe_number(xml_child_text(x, item, "size"), &v.size_gib))
        return unreadable("the size", id, cx);
    if (!timestamp_parse(xml_child_text(x, item, "createTime"), &v.created_ms))
        return unreadable("the age", id, cx);
    if (!read_attachment(x, item, &v))
        return unreadable("the attachment", id, cx);
    v.multi_attach = strcmp(xml_child_text(x, item, "multiAttachEnabled"), "true") == 0;
    if (!describe_tags(x, xml_child(x, item, "tagSet"), &tags))
        return unreadable("the tags", id, cx);
    mark_read(&v, tags.items, tags.count, spec->tags, spec->tag_count);
    *out = v;
    return ERR_OK;
}

enum err describe_snapshot(const struct xml *x, uint32_t item, struct snapshot *out,
                           struct errctx *cx)
{
    const char *id = xml_child_text(x, item, "snapshotId");
    char progress[8] = "";
    struct snapshot s = {.state = SNAP_NONE};
    struct described_tags tags;
    int state = SNAP_NONE;
    size_t digits;

    if (!id_set(&s.id, id) || id_is_empty(&s.id))
        return unreadable("the id", "", cx);
    if (!find_word(snapshot_states, xml_child_text(x, item, "status"), &state))
        return unreadable("the state", id, cx);
    s.state = (enum snapshot_state)state;
    /* "60%", or nothing yet. */
    digits = strcspn(xml_child_text(x, item, "progress"), "%");
    if (digits < sizeof(progress)) {
        memcpy(progress, xml_child_text(x, item, "progress"), digits);
        (void)describe_number(progress, &s.progress);
    }
    if (!describe_tags(x, xml_child(x, item, "tagSet"), &tags))
        return unreadable("the tags", id, cx);
    mark_read_snapshot(&s, tags.items, tags.count);
    *out = s;
    return ERR_OK;
}

static bool copy_text(char *out, size_t size, const char *text)
{
    const size_t length = strlen(text);

    if (length >= size)
        return false;
    memcpy(out, text, length + 1);
    return true;
}

static uint32_t number_or_zero(const struct xml *x, uint32_t item, const char *name)
{
    uint32_t number = 0;

    (void)describe_number(xml_child_text(x, item, name), &number);
    return number;
}

enum err describe_attributes(const struct xml *x, uint32_t item, struct volume_attributes *out,
                             struct errctx *cx)
{
    const char *id = xml_child_text(x, item, "volumeId");
    struct volume_attributes a = {
        .iops = number_or_zero(x, item, "iops"),
        .throughput = number_or_zero(x, item, "throughput"),
        .size_gib = number_or_zero(x, item, "size"),
        .encrypted = strcmp(xml_child_text(x, item, "encrypted"), "true") == 0,
    };

    if (!copy_text(a.type, sizeof(a.type), xml_child_text(x, item, "volumeType")) ||
        !copy_text(a.kms_key_id, sizeof(a.kms_key_id), xml_child_text(x, item, "kmsKeyId")))
        return unreadable("the attributes", id, cx);
    *out = a;
    return ERR_OK;
}
