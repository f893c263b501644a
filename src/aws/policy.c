/* SPDX-License-Identifier: Apache-2.0 */
/*
 * policy.c - statements of an IAM policy, built with jansson.
 *
 * Looks cannot be confined to resources in EC2, so they are allowed on all; nothing else is.
 */
#include "aws/policy.h"

#include "scope.h"

#include <jansson.h>
#include <string.h>

enum { ARN_MAX = 256, KEY_MAX = MARK_KEY_MAX + 32 };

/* Statements under construction; one failed allocation spoils the whole. */
struct policy {
    const struct policy_options *options;
    json_t *statements;
    bool failed;
};

static void scope_decref(json_t **value)
{
    json_decref(*value);
}

#define AUTO_VALUE __attribute__((cleanup(scope_decref)))

/* Takes over `value`. */
static void put(struct policy *p, json_t *object, const char *key, json_t *value)
{
    if (json_object_set_new(object, key, value) != 0)
        p->failed = true;
}

/* A new statement for these actions, given as one text with blanks between. */
static json_t *allow(struct policy *p, const char *sid, const char *actions, json_t *resource)
{
    json_t *statement = json_pack("{s:s, s:s}", "Sid", sid, "Effect", "Allow");
    json_t *list = json_array();

    for (const char *at = actions; *at;) {
        const size_t length = strcspn(at, " ");

        if (json_array_append_new(list, json_stringn(at, length)) != 0)
            p->failed = true;
        at += at[length] ? length + 1 : length;
    }
    put(p, statement, "Action", list);
    put(p, statement, "Resource", resource);
    if (json_array_append_new(p->statements, statement) != 0)
        p->failed = true;
    return statement;
}

/* "arn:aws:ec2:eu-central-1:*:volume" and "/" and "*"; snapshots belong to no account there. */
static json_t *arn(const struct policy *p, const char *type)
{
    const struct policy_options *o = p->options;
    const bool snapshot = strcmp(type, "snapshot") == 0;
    char text[ARN_MAX];
    struct buf b;

    buf_on(&b, text, sizeof(text));
    buf_printf(&b, "arn:%s:ec2:%s:%s:%s/*", o->partition ? o->partition : "aws",
               o->region ? o->region : "*", snapshot ? "" : (o->account ? o->account : "*"), type);
    return b.overflow ? NULL : json_string(text);
}

static json_t *condition(struct policy *p, json_t *statement, const char *operator)
{
    json_t *all = json_object_get(statement, "Condition");
    json_t *one;

    if (!all) {
        all = json_object();
        put(p, statement, "Condition", all);
    }
    one = json_object_get(all, operator);
    if (!one) {
        one = json_object();
        put(p, all, operator, one);
    }
    return one;
}

/* Only where the resource carries, or the request gives, every tag of the pool. */
static void only_pool(struct policy *p, json_t *statement, const char *prefix)
{
    json_t *equals = condition(p, statement, "StringEquals");

    for (size_t i = 0; i < p->options->spec->tag_count; i++) {
        const struct tag *tag = &p->options->spec->tags[i];
        char key[KEY_MAX];
        struct buf b;

        buf_on(&b, key, sizeof(key));
        buf_printf(&b, "%s/%s", prefix, tag->key);
        if (b.overflow)
            p->failed = true;
        put(p, equals, key, json_string(tag->value));
    }
}

static void only_our_keys(struct policy *p, json_t *statement)
{
    put(p, condition(p, statement, "ForAllValues:StringLike"), "aws:TagKeys",
        json_pack("[s]", "volclaim:*"));
}

static void only_while(struct policy *p, json_t *statement, const char *action)
{
    put(p, condition(p, statement, "StringEquals"), "ec2:CreateAction", json_string(action));
}

static void add_looks(struct policy *p)
{
    const struct policy_options *o = p->options;
    const bool snapshots = o->moves || o->snapshots || o->spec->snapshot_tag_count > 0;

    (void)allow(p, "Look",
                snapshots ? "ec2:DescribeVolumes ec2:DescribeTags ec2:DescribeInstances "
                            "ec2:DescribeSnapshots"
                          : "ec2:DescribeVolumes ec2:DescribeTags ec2:DescribeInstances",
                json_string("*"));
}

static void add_attachment(struct policy *p)
{
    static const char actions[] = "ec2:AttachVolume ec2:DetachVolume";
    static const char tags[] = "ec2:CreateTags ec2:DeleteTags";
    json_t *statement;

    only_pool(p, allow(p, "AttachPool", actions, arn(p, "volume")), "aws:ResourceTag");
    (void)allow(p, "AttachHere", actions, arn(p, "instance"));
    statement = allow(p, "Record", tags, arn(p, "volume"));
    only_pool(p, statement, "aws:ResourceTag");
    only_our_keys(p, statement);
}

static void add_creation(struct policy *p)
{
    const struct policy_options *o = p->options;

    if (!o->creates && !o->moves)
        return;
    only_pool(p, allow(p, "CreateInPool", "ec2:CreateVolume", arn(p, "volume")), "aws:RequestTag");
    only_while(p, allow(p, "TagOnCreate", "ec2:CreateTags", arn(p, "volume")), "CreateVolume");
    (void)allow(p, "Restore", "ec2:CreateVolume", arn(p, "snapshot"));
}

static void add_snapshots(struct policy *p)
{
    const struct policy_options *o = p->options;

    if (!o->moves && !o->snapshots)
        return;
    only_pool(p, allow(p, "SnapshotPool", "ec2:CreateSnapshot", arn(p, "volume")),
              "aws:ResourceTag");
    only_pool(p, allow(p, "SnapshotTagged", "ec2:CreateSnapshot", arn(p, "snapshot")),
              "aws:RequestTag");
    only_while(p, allow(p, "TagOnSnapshot", "ec2:CreateTags", arn(p, "snapshot")),
               "CreateSnapshot");
}

/* A volume is deleted after a move, and when one was created or copied in vain. */
static void add_deletion(struct policy *p)
{
    const struct policy_options *o = p->options;

    if (o->moves || o->creates)
        only_pool(p, allow(p, "DeleteVolumes", "ec2:DeleteVolume", arn(p, "volume")),
                  "aws:ResourceTag");
    if (o->moves)
        only_pool(p, allow(p, "DeleteSnapshots", "ec2:DeleteSnapshot", arn(p, "snapshot")),
                  "aws:ResourceTag");
}

/* Ref: EBS User Guide, "Permissions for IAM users" of encryption: what EBS asks of the key for us.
 */
static void add_key(struct policy *p)
{
    const char *key = p->options->spec->kms_key_id;
    const bool by_arn = key && strncmp(key, "arn:", 4) == 0;
    json_t *statement;

    if (!p->options->spec->encrypted || !key)
        return;
    (void)allow(p, "UseKey",
                "kms:DescribeKey kms:Decrypt kms:ReEncryptFrom kms:ReEncryptTo "
                "kms:GenerateDataKeyWithoutPlaintext",
                json_string(by_arn ? key : "*"));
    statement = allow(p, "GrantKey", "kms:CreateGrant", json_string(by_arn ? key : "*"));
    put(p, condition(p, statement, "Bool"), "kms:GrantIsForAWSResource", json_true());
}

static int append(const char *bytes, size_t count, void *context)
{
    struct buf *out = context;

    buf_add(out, bytes, count);
    return out->overflow ? -1 : 0;
}

enum err policy_write(const struct policy_options *options, struct buf *out, struct errctx *cx)
{
    struct policy p = {.options = options, .statements = json_array()};
    AUTO_VALUE json_t *document =
        json_pack("{s:s, s:o}", "Version", "2012-10-17", "Statement", p.statements);

    if (!document)
        return err_set(cx, ERR_NO_MEMORY, 0, "an IAM policy");
    add_looks(&p);
    add_attachment(&p);
    add_creation(&p);
    add_snapshots(&p);
    add_deletion(&p);
    add_key(&p);
    if (p.failed)
        return err_set(cx, ERR_NO_MEMORY, 0, "an IAM policy");
    (void)json_dump_callback(document, append, out, JSON_INDENT(2));
    buf_char(out, '\n');
    return buf_check(out, "an IAM policy", cx);
}
