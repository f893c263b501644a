/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ebs_create.c - volumes made new, and copies made from a snapshot.
 *
 * The client token makes a repeated call give the same volume, as long as every parameter is the
 * same; so nothing in a request may depend on when it is made. All tags go into the one call, for
 * EC2 creates a volume with its tags or not at all.
 */
#include "aws/ebs_parts.h"

#include <string.h>

static void add_token(struct query *q, struct token token)
{
    char text[33];

    token_format(token, text);
    query_text(q, "ClientToken", text);
}

/* Ref: CreateVolume: Iops for io1, io2, gp3 alone; Throughput for gp3 alone. */
static void add_speed(struct query *q, const char *type, uint32_t iops, uint32_t throughput)
{
    const bool gp3 = strcmp(type, "gp3") == 0;

    if (iops > 0 && (gp3 || strcmp(type, "io1") == 0 || strcmp(type, "io2") == 0))
        query_number(q, "Iops", iops);
    if (throughput > 0 && gp3)
        query_number(q, "Throughput", throughput);
}

static void add_encryption(struct query *q, bool encrypted, const char *kms_key_id)
{
    if (!encrypted)
        return;
    query_flag(q, "Encrypted", true);
    if (kms_key_id && kms_key_id[0])
        query_text(q, "KmsKeyId", kms_key_id);
}

static enum err create(struct ebs *e, struct port_call *call, const struct query *q,
                       struct id *made)
{
    const struct xml *x = &e->answer.xml;
    const enum err err = ebs_ask(e, call, q, CLIENT_REPEATS);
    struct id id;

    if (err != ERR_OK)
        return err;
    if (!id_set(&id, xml_child_text(x, xml_root(x), "volumeId")) || id_is_empty(&id))
        return err_set(call->cx, ERR_UNKNOWN, 0, "ec2:CreateVolume answered without an id");
    *made = id;
    return ERR_OK;
}

/* The snapshot to restore: the one named, or by the spec's tags, chosen once for each token. */
static enum err choose_snapshot(struct ebs *e, struct port_call *call,
                                const struct create_request *request, struct id *out)
{
    enum err err;

    *out = request->snapshot;
    if (!id_is_empty(out) || e->spec->snapshot_tag_count == 0)
        return ERR_OK;
    if (id_is_empty(&e->chosen) || !token_same(e->chosen_for, request->token)) {
        err = ebs_newest_snapshot(e, call, &e->chosen);
        /* Of the creation itself nothing was sent. */
        if (err_class(err) == ERR_CLASS_UNKNOWN)
            return err_set(call->cx, ERR_UNREACHABLE, 0, "the snapshots could not be listed");
        if (err != ERR_OK)
            return err;
        e->chosen_for = request->token;
    }
    *out = e->chosen;
    return ERR_OK;
}

static void add_new_tags(struct query *q, const struct cloud_spec *spec,
                         const struct create_request *request)
{
    struct tag_list tags;

    tag_list_begin(&tags, q, "volume");
    for (size_t i = 0; i < spec->tag_count; i++)
        tag_list_add(&tags, &spec->tags[i]);
    tag_list_mark(&tags, &(struct mark){.kind = MARK_LINEAGE, .uuid = request->lineage});
    tag_list_mark(&tags, &(struct mark){.kind = MARK_GENERATION, .number = 0});
    if (request->slot > 0)
        tag_list_mark(&tags, &(struct mark){.kind = MARK_SLOT, .number = request->slot});
    if (request->mark.kind != MARK_NONE)
        tag_list_mark(&tags, &request->mark);
    if (request->has_blank)
        tag_list_mark(&tags, &(struct mark){.kind = MARK_BLANK, .token = request->blank});
}

enum err ebs_create_volume(struct cloud_port *cloud, struct port_call *call,
                           const struct create_request *request, struct id *made)
{
    struct ebs *e = ebs_of(cloud);
    const struct cloud_spec *spec = e->spec;
    const char *type = spec->type ? spec->type : "gp2";
    struct id snapshot;
    AUTO_QUERY struct query q;
    enum err err;

    query_init(&q, "CreateVolume", EBS_VERSION);
    err = ebs_ready(e, call);
    if (err == ERR_OK)
        err = choose_snapshot(e, call, request, &snapshot);
    if (err != ERR_OK)
        return err;
    query_text(&q, "AvailabilityZone", e->identity.self.zone.text);
    query_text(&q, "VolumeType", type);
    if (spec->size_gib > 0)
        query_number(&q, "Size", spec->size_gib);
    if (!id_is_empty(&snapshot))
        query_text(&q, "SnapshotId", snapshot.text);
    add_speed(&q, type, spec->iops, spec->throughput);
    add_encryption(&q, spec->encrypted, spec->kms_key_id);
    add_token(&q, request->token);
    add_new_tags(&q, spec, request);
    return create(e, call, &q, made);
}

static void add_copy_tags(struct query *q, const struct ebs_source *source,
                          const struct copy_request *r)
{
    struct tag_list tags;

    tag_list_begin(&tags, q, "volume");
    for (const char *at = source->tags.data; at < source->tags.data + source->tags.length;) {
        const char *value = at + strlen(at) + 1;

        tag_list_add(&tags, &(struct tag){at, value});
        at = value + strlen(value) + 1;
    }
    tag_list_mark(&tags, &(struct mark){.kind = MARK_LINEAGE, .uuid = r->lineage});
    tag_list_mark(&tags, &(struct mark){.kind = MARK_GENERATION, .number = r->generation});
    tag_list_mark(&tags, &(struct mark){.kind = MARK_STATE, .number = 1});
    tag_list_mark(&tags, &(struct mark){.kind = MARK_SOURCE, .id = r->source});
    tag_list_mark(
        &tags, &(struct mark){.kind = MARK_TOKEN, .token = r->claim_token, .number = r->attempt});
    if (r->slot > 0)
        tag_list_mark(&tags, &(struct mark){.kind = MARK_SLOT, .number = r->slot});
    if (r->has_fs)
        tag_list_mark(&tags, &(struct mark){.kind = MARK_FS, .uuid = r->fs});
    if (r->has_blank)
        tag_list_mark(&tags, &(struct mark){.kind = MARK_BLANK, .token = r->blank});
}

enum err ebs_create_copy(struct cloud_port *cloud, struct port_call *call,
                         const struct copy_request *request, struct id *made)
{
    struct ebs *e = ebs_of(cloud);
    const struct volume_attributes *a = &e->source.attributes;
    AUTO_QUERY struct query q;
    enum err err;

    query_init(&q, "CreateVolume", EBS_VERSION);
    err = ebs_ready(e, call);
    if (err == ERR_OK)
        err = ebs_fence(e, call);
    if (err != ERR_OK)
        return err;
    if (!id_same(&e->source.id, &request->source))
        return err_set(call->cx, ERR_BUG, 0, "%s was not the volume read last",
                       request->source.text);
    query_text(&q, "AvailabilityZone", e->identity.self.zone.text);
    query_text(&q, "SnapshotId", request->snapshot.text);
    query_text(&q, "VolumeType", a->type);
    query_number(&q, "Size", a->size_gib);
    add_speed(&q, a->type, a->iops, a->throughput);
    add_encryption(&q, a->encrypted, a->kms_key_id);
    add_token(&q, request->token);
    add_copy_tags(&q, &e->source, request);
    return create(e, call, &q, made);
}
