/* SPDX-License-Identifier: Apache-2.0 */
/*
 * client.c - one row per effect: which call it is, with which parameters and tags.
 *
 * Keys of ours are spelt by mark_format() alone. The date stamp of a change is derived from its
 * window (design 4, "Server-side expiry"), never from the moment of sending.
 */
#include "sim/client.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

static const char own_prefix[] = "volclaim:";

static void add_tag(struct client_room *room, struct tag tag)
{
    assert(room->tag_count < CLIENT_TAGS_MAX);
    room->tags[room->tag_count++] = tag;
}

static void add_mark(struct client_room *room, const struct mark *m)
{
    struct mark_text *text = &room->marks[room->mark_count];

    assert(room->mark_count < MARKS_MAX);
    room->mark_count++;
    /* A text that does not fit is the core's bug. */
    if (!mark_format(m, text))
        assert(false);
    add_tag(room, (struct tag){.key = text->key, .value = text->value});
}

static void add_pool(const struct client_env *env, struct client_room *room)
{
    for (uint32_t i = 0; i < env->pool_count; i++)
        add_tag(room, env->pool[i]);
}

/* The tags of the source that are not ours: the pool's and the user's. */
static void add_user_tags(const struct client_env *env, uint32_t source, struct client_room *room)
{
    const uint32_t tags = ec2_truth_volume(env->cloud, source, env->now_ms).tags;
    const uint32_t count = ec2_tag_count(env->cloud, tags);

    for (uint32_t i = 0; i < count; i++) {
        const struct tag tag = ec2_tag(env->cloud, tags, i);

        if (strncmp(tag.key, own_prefix, sizeof(own_prefix) - 1) != 0 &&
            room->tag_count + MARKS_MAX < CLIENT_TAGS_MAX)
            add_tag(room, tag);
    }
}

static void filter_by(struct client_room *room, const struct mark *m, struct ec2_request *out)
{
    struct mark_text *text = &room->marks[0];

    if (!mark_format(m, text))
        assert(false);
    room->values[0] = text->value;
    room->filter = (struct ec2_filter){
        .name = EC2_BY_TAG, .key = text->key, .values = room->values, .value_count = 1};
    out->filters = &room->filter;
    out->filter_count = 1;
}

static void by_id(struct client_room *room, const struct id *id, struct ec2_request *out)
{
    room->ids[0] = *id;
    out->ids = room->ids;
    out->id_count = 1;
}

static void paged(const struct client_env *env, const struct client *cl, const struct effect *fx,
                  struct ec2_request *out)
{
    out->max_results = env->page_size;
    out->next_token = fx->page == 0 ? 0 : cl->next_token;
}

static void name_device(uint32_t number, char out[EC2_DEVICE_MAX])
{
    /* F.6: the names that work on every kind of instance. */
    (void)snprintf(out, EC2_DEVICE_MAX, "/dev/xvd%c%c", 'b' + (int)(number / 26 % 2),
                   'a' + (int)(number % 26));
}

static void change_tag(struct client_room *room, const struct effect *fx, struct ec2_request *out)
{
    by_id(room, &fx->volume, out);
    add_mark(room, &fx->mark);
}

static void create_volume(const struct client_env *env, const struct effect *fx,
                          struct client_room *room, struct ec2_request *out)
{
    add_pool(env, room);
    add_mark(room, &(struct mark){.kind = MARK_LINEAGE, .uuid = fx->lineage});
    add_mark(room, &(struct mark){.kind = MARK_GENERATION, .number = 0});
    if (fx->slot > 0)
        add_mark(room, &(struct mark){.kind = MARK_SLOT, .number = fx->slot});
    if (fx->mark.kind != MARK_NONE)
        add_mark(room, &fx->mark);
    if (fx->has_blank)
        add_mark(room, &(struct mark){.kind = MARK_BLANK, .token = fx->blank});
    out->snapshot = fx->snapshot;
    out->size_gib = env->size_gib;
    out->type = EC2_GP3;
}

static void create_copy(const struct client_env *env, const struct effect *fx,
                        struct client_room *room, struct ec2_request *out)
{
    const uint32_t source = ec2_volume_index(env->cloud, &fx->volume);
    struct ec2_volume_truth t;

    assert(source != EC2_NONE);
    t = ec2_truth_volume(env->cloud, source, env->now_ms);
    add_user_tags(env, source, room);
    add_mark(room, &(struct mark){.kind = MARK_LINEAGE, .uuid = fx->lineage});
    add_mark(room, &(struct mark){.kind = MARK_GENERATION, .number = fx->generation});
    add_mark(room, &(struct mark){.kind = MARK_STATE, .number = 1});
    add_mark(room, &(struct mark){.kind = MARK_SOURCE, .id = fx->volume});
    add_mark(room,
             &(struct mark){.kind = MARK_TOKEN, .token = fx->claim_token, .number = fx->attempt});
    if (fx->slot > 0)
        add_mark(room, &(struct mark){.kind = MARK_SLOT, .number = fx->slot});
    if (fx->has_fs)
        add_mark(room, &(struct mark){.kind = MARK_FS, .uuid = fx->fs});
    if (fx->has_blank)
        add_mark(room, &(struct mark){.kind = MARK_BLANK, .token = fx->blank});
    out->snapshot = fx->snapshot;
    out->size_gib = t.size_gib;
    out->type = t.type;
    out->iops = t.iops;
    out->throughput = t.throughput;
    out->encrypted = t.encrypted;
    out->kms_key = t.kms_key[0] != '\0' ? t.kms_key : NULL;
}

static void create(const struct client_env *env, const struct effect *fx, struct client_room *room,
                   struct ec2_request *out)
{
    out->action = EC2_CREATE_VOLUME;
    out->zone = env->self.zone.text;
    token_format(fx->token, room->token);
    out->client_token = room->token;
    if (fx->kind == FX_CREATE_COPY)
        create_copy(env, fx, room, out);
    else
        create_volume(env, fx, room, out);
}

static void create_snapshot(const struct client_env *env, const struct effect *fx,
                            struct client_room *room, struct ec2_request *out)
{
    const bool backup = token_same(fx->claim_token, (struct token){0});

    out->action = EC2_CREATE_SNAPSHOT;
    out->volume = fx->volume;
    add_pool(env, room);
    add_mark(room, &(struct mark){.kind = MARK_LINEAGE, .uuid = fx->lineage});
    if (backup)
        return;
    add_mark(room, &(struct mark){.kind = MARK_SOURCE, .id = fx->volume});
    add_mark(room,
             &(struct mark){.kind = MARK_TOKEN, .token = fx->claim_token, .number = fx->attempt});
}

static void reads(const struct client_env *env, const struct client *cl, const struct effect *fx,
                  struct client_room *room, struct ec2_request *out)
{
    switch ((int)fx->kind) {
    case FX_LIST:
        out->action = EC2_DESCRIBE_VOLUMES;
        out->pool = true;
        paged(env, cl, fx, out);
        break;
    case FX_LIST_LINEAGE:
        out->action = EC2_DESCRIBE_VOLUMES;
        filter_by(room, &(struct mark){.kind = MARK_LINEAGE, .uuid = fx->lineage}, out);
        paged(env, cl, fx, out);
        break;
    case FX_READ_VOLUME:
        out->action = EC2_DESCRIBE_VOLUMES;
        by_id(room, &fx->volume, out);
        break;
    case FX_READ_TAGS:
        out->action = EC2_DESCRIBE_TAGS;
        by_id(room, &fx->volume, out);
        break;
    case FX_READ_LEAVING:
        out->action = EC2_DESCRIBE_INSTANCES;
        out->leaving = true;
        break;
    case FX_LIST_SNAPSHOTS:
        out->action = EC2_DESCRIBE_SNAPSHOTS;
        filter_by(room, &(struct mark){.kind = MARK_SOURCE, .id = fx->volume}, out);
        break;
    case FX_READ_SNAPSHOT:
        out->action = EC2_DESCRIBE_SNAPSHOTS;
        by_id(room, &fx->snapshot, out);
        break;
    default: assert(false);
    }
}

static void changes(const struct client_env *env, const struct effect *fx, struct client_room *room,
                    struct ec2_request *out)
{
    switch ((int)fx->kind) {
    case FX_ATTACH:
        out->action = EC2_ATTACH_VOLUME;
        out->volume = fx->volume;
        out->instance = env->self.instance;
        name_device(fx->device_name, room->device);
        out->device = room->device;
        break;
    case FX_DETACH:
        out->action = EC2_DETACH_VOLUME;
        out->volume = fx->volume;
        out->instance = env->self.instance;
        break;
    case FX_MARK:
        out->action = EC2_CREATE_TAGS;
        change_tag(room, fx, out);
        break;
    case FX_UNMARK:
        out->action = EC2_DELETE_TAGS;
        change_tag(room, fx, out);
        break;
    case FX_CREATE_VOLUME:
    case FX_CREATE_COPY: create(env, fx, room, out); break;
    case FX_CREATE_SNAPSHOT: create_snapshot(env, fx, room, out); break;
    case FX_DELETE_VOLUME:
        out->action = EC2_DELETE_VOLUME;
        out->volume = fx->volume;
        break;
    case FX_DELETE_SNAPSHOT:
        out->action = EC2_DELETE_SNAPSHOT;
        out->snapshot = fx->snapshot;
        break;
    default: assert(false);
    }
}

void client_request(const struct client_env *env, const struct client *cl, const struct effect *fx,
                    struct client_room *room, struct ec2_request *out)
{
    *out = (struct ec2_request){.caller = env->machine};
    room->mark_count = 0;
    room->tag_count = 0;
    if (fx_manner(fx->kind) == FX_LOOKS)
        reads(env, cl, fx, room, out);
    else
        changes(env, fx, room, out);
    if (room->tag_count > 0) {
        out->tags = room->tags;
        out->tag_count = room->tag_count;
    }
}

struct answer client_silence(enum fx kind)
{
    return (struct answer){
        .of = kind,
        .err = fx_manner(kind) == FX_LOOKS ? ERR_UNAVAILABLE : ERR_UNKNOWN,
    };
}

void client_answer(const struct client_env *env, struct client *cl, const struct effect *fx,
                   const struct ec2_answer *in, struct answer *out)
{
    *out = (struct answer){.of = fx->kind, .err = ec2_code_err(in->code)};
    /* The Date header counts whole seconds. */
    out->date_ms = in->date_ms - in->date_ms % 1000;
    if (out->err != ERR_OK)
        return;
    switch ((int)fx->kind) {
    case FX_LIST:
    case FX_LIST_LINEAGE:
        out->page = in->page;
        cl->next_token = in->next_token;
        break;
    case FX_READ_VOLUME:
        cl->source = ec2_volume_index(env->cloud, &fx->volume);
        out->volume = in->volume;
        break;
    case FX_READ_TAGS: out->volume = in->volume; break;
    case FX_READ_LEAVING: out->leaving = in->leaving; break;
    case FX_LIST_SNAPSHOTS:
    case FX_READ_SNAPSHOT: out->snapshots = in->snapshots; break;
    case FX_CREATE_VOLUME:
    case FX_CREATE_COPY:
    case FX_CREATE_SNAPSHOT: out->made = in->made; break;
    default: break;
    }
}

uint64_t client_stamp(uint64_t accept_until_ms, uint64_t past_ms)
{
    return accept_until_ms > past_ms ? accept_until_ms - past_ms : 1;
}
