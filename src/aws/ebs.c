/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ebs.c - the port's beginning and end, its table, and what its members share.
 *
 * No action of the pool is here: they are in ebs_look.c, ebs_snapshot.c, ebs_change.c,
 * ebs_create.c.
 */
#include "aws/ebs.h"

#include "aws/calibrate.h"
#include "aws/ebs_parts.h"
#include "claim/effect.h"

#include <assert.h>
#include <errno.h>
#include <string.h>
#include <sys/random.h>

void ebs_filter(struct query *q, unsigned n, const char *name, const char *value)
{
    char text[2 * MARK_VALUE_MAX];
    struct buf escaped;

    buf_on(&escaped, text, sizeof(text));
    /* Ref: EC2 User Guide, "Filter resources": a literal * ? or \ is written behind a \. */
    for (; *value; value++) {
        if (strchr("*?\\", *value))
            buf_char(&escaped, '\\');
        buf_char(&escaped, *value);
    }
    query_item(q, name, "Filter.%u.Name", n);
    query_item(q, escaped.data, "Filter.%u.Value.1", n);
    /* A value that did not fit would widen the filter; such a tag cannot exist. */
    if (escaped.overflow)
        q->body.overflow = true;
}

void ebs_filter_tag(struct query *q, unsigned n, const struct tag *tag)
{
    char name[MARK_KEY_MAX + 8];
    struct buf b;

    buf_on(&b, name, sizeof(name));
    buf_text(&b, "tag:");
    buf_text(&b, tag->key);
    if (b.overflow)
        q->body.overflow = true;
    ebs_filter(q, n, name, tag->value);
}

void tag_list_begin(struct tag_list *l, struct query *q, const char *resource)
{
    *l = (struct tag_list){.query = q};
    query_text(q, "TagSpecification.1.ResourceType", resource);
}

void tag_list_add(struct tag_list *l, const struct tag *tag)
{
    l->count++;
    query_item(l->query, tag->key, "TagSpecification.1.Tag.%u.Key", l->count);
    query_item(l->query, tag->value, "TagSpecification.1.Tag.%u.Value", l->count);
}

void tag_list_mark(struct tag_list *l, const struct mark *mark)
{
    struct mark_text text;
    const bool fits = mark_format(mark, &text);

    assert(fits);
    tag_list_add(l, &(struct tag){text.key, text.value});
}

enum err ebs_ready(struct ebs *e, struct port_call *call)
{
    enum err err;

    if (e->identified)
        return ERR_OK;
    err = imds_identify(&e->imds, call->deadline_ms, &e->identity, call->cx);
    /* Nothing was asked of the service yet: a change must hear that nothing was sent. */
    if (err != ERR_OK && call->not_after_ms > 0)
        return err_set(call->cx, ERR_UNREACHABLE, 0, "this machine does not know who it is");
    if (err != ERR_OK)
        return err_prefix(call->cx, "ask this machine who it is");
    err = client_locate(&e->client, e->identity.region, &e->chain.options, call->cx);
    e->identified = err == ERR_OK;
    return err;
}

enum err ebs_ask(struct ebs *e, struct port_call *call, const struct query *q,
                 enum client_manner manner)
{
    const struct client_request request = {.service = ENDPOINT_EC2, .query = q, .manner = manner};

    return client_do(&e->client, call, &request, &e->answer);
}

/* What a look of the calibration is sent with. */
struct fence_look {
    struct ebs *ebs;
    struct port_call *call;
};

static enum err send_probe(void *context, uint64_t stamp_ms, struct errctx *cx)
{
    const struct fence_look *p = context;
    struct port_call call = {.deadline_ms = p->call->deadline_ms, .cx = cx};
    AUTO_QUERY struct query q;
    const struct client_request request = {
        .service = ENDPOINT_EC2, .query = &q, .manner = CLIENT_LOOKS, .stamp_ms = stamp_ms};

    query_init(&q, "DescribeTags", EBS_VERSION);
    ebs_filter(&q, 1, "resource-id", p->ebs->identity.self.instance.text);
    query_number(&q, "MaxResults", 5);
    return client_do(&p->ebs->client, &call, &request, &p->ebs->answer);
}

enum err ebs_fence(struct ebs *e, struct port_call *call)
{
    struct fence_look p = {e, call};
    const struct calibrate_probe probe = {send_probe, &p};
    enum err err;

    if (e->fenced || call->not_after_ms == 0)
        return ERR_OK;
    err = calibrate_run(&probe, e->client.clock->now_ms(e->client.clock), call->cx);
    e->fenced = err == ERR_OK;
    /* Looks failed; of the change itself nothing was sent. */
    if (err_class(err) == ERR_CLASS_UNKNOWN)
        return err_set(call->cx, ERR_UNREACHABLE, 0, "the service's clock could not be tried");
    return err;
}

static enum err identify(struct cloud_port *cloud, struct port_call *call, const struct self **out)
{
    struct ebs *e = ebs_of(cloud);
    const enum err err = ebs_ready(e, call);

    if (err == ERR_OK)
        *out = &e->identity.self;
    return err;
}

static const char *action_of(const struct cloud_port *cloud, int effect)
{
    static const char *const actions[FX_COUNT] = {
        [FX_IDENTIFY] = "imds:instance-identity/document",
        [FX_LIST] = "ec2:DescribeVolumes",
        [FX_LIST_LINEAGE] = "ec2:DescribeVolumes",
        [FX_READ_VOLUME] = "ec2:DescribeVolumes",
        [FX_READ_TAGS] = "ec2:DescribeTags",
        [FX_READ_LEAVING] = "ec2:DescribeInstances",
        [FX_LIST_SNAPSHOTS] = "ec2:DescribeSnapshots",
        [FX_READ_SNAPSHOT] = "ec2:DescribeSnapshots",
        [FX_ATTACH] = "ec2:AttachVolume",
        [FX_DETACH] = "ec2:DetachVolume",
        [FX_MARK] = "ec2:CreateTags",
        [FX_UNMARK] = "ec2:DeleteTags",
        [FX_CREATE_VOLUME] = "ec2:CreateVolume",
        [FX_CREATE_COPY] = "ec2:CreateVolume",
        [FX_CREATE_SNAPSHOT] = "ec2:CreateSnapshot",
        [FX_DELETE_VOLUME] = "ec2:DeleteVolume",
        [FX_DELETE_SNAPSHOT] = "ec2:DeleteSnapshot",
    };

    (void)cloud;
    return effect >= 0 && effect < FX_COUNT ? actions[effect] : NULL;
}

static void close_port(struct cloud_port *cloud)
{
    ebs_fini(ebs_of(cloud));
}

static const struct cloud_port table = {
    .size = sizeof(struct cloud_port),
    .version = PORT_VERSION,
    .capabilities = CLOUD_MOVES | CLOUD_FENCE | CLOUD_ZONES | CLOUD_LIMITS | CLOUD_LEAVING,
    .name = "aws-ebs",
    .close = close_port,
    .action_of = action_of,
    .identify = identify,
    .list = ebs_list,
    .list_lineage = ebs_list_lineage,
    .read_volume = ebs_read_volume,
    .read_tags = ebs_read_tags,
    .read_leaving = ebs_read_leaving,
    .list_snapshots = ebs_list_snapshots,
    .read_snapshot = ebs_read_snapshot,
    .attach = ebs_attach,
    .detach = ebs_detach,
    .mark = ebs_mark,
    .unmark = ebs_unmark,
    .create_volume = ebs_create_volume,
    .create_copy = ebs_create_copy,
    .create_snapshot = ebs_create_snapshot,
    .delete_volume = ebs_delete_volume,
    .delete_snapshot = ebs_delete_snapshot,
};

static void init_memory(struct ebs *e)
{
    wire_answer_init(&e->answer);
    profiles_init(&e->profiles);
    buf_init(&e->next_token, EBS_TOKEN_MAX);
    buf_init(&e->volumes, EBS_PAGE_MAX * sizeof(struct volume) + 1);
    buf_init(&e->pointers, EBS_PAGE_MAX * sizeof(struct volume *) + 1);
    buf_init(&e->source.tags, EBS_SOURCE_TAGS_MAX);
}

static enum err configure(struct ebs *e, const struct ebs_options *options, struct errctx *cx)
{
    const struct credentials_options where = {
        .env = &e->env,
        .profiles = &e->profiles,
        .profile = credentials_profile(&e->env),
        .region = e->identity.region,
        .http = &e->http,
        .imds = &e->imds,
        .clock = options->clock,
    };
    enum err err = credentials_load_files(&e->env, &e->profiles, cx);

    if (err == ERR_OK)
        err = imds_configure(&e->imds, &e->env, &e->profiles, where.profile, cx);
    credentials_init(&e->chain, &where);
    e->http.ca_bundle = environment_get(&e->env, "AWS_CA_BUNDLE");
    e->client = (struct client){
        .http = &e->http, .chain = &e->chain, .clock = options->clock, .random = options->random};
    retry_init(&e->client.retry, RETRY_ATTEMPTS);
    pace_init(&e->client.pace);
    return err;
}

enum err ebs_init(struct ebs *e, const struct ebs_options *options, struct errctx *cx)
{
    enum err err;

    *e = (struct ebs){.port = table, .spec = options->spec, .env = options->env};
    init_memory(e);
    imds_init(&e->imds, &e->http, options->clock);
    err = http_init(&e->http, cx);
    if (err == ERR_OK)
        err = configure(e, options, cx);
    if (err != ERR_OK)
        ebs_fini(e);
    return err;
}

void ebs_fini(struct ebs *e)
{
    credentials_fini(&e->chain);
    imds_fini(&e->imds);
    profiles_fini(&e->profiles);
    http_fini(&e->http);
    wire_answer_fini(&e->answer);
    buf_fini(&e->next_token);
    buf_fini(&e->volumes);
    buf_fini(&e->pointers);
    buf_fini(&e->source.tags);
    e->spec = NULL;
}

enum err ebs_open(const struct cloud_spec *spec, struct clock_port *clock, struct cloud_port **out,
                  struct errctx *cx)
{
    /* A process has one environment and one instance, so it has one port. */
    static struct ebs port;
    struct ebs_options options = {.spec = spec, .clock = clock, .env = *credentials_environment()};
    enum err err;

    if (port.spec)
        return err_set(cx, ERR_BUG, 0, "the EC2 port is open already");
    if (getrandom(&options.random, sizeof(options.random), 0) != (ssize_t)sizeof(options.random))
        return err_set(cx, ERR_IO, errno, "the system gave no random numbers");
    err = ebs_init(&port, &options, cx);
    if (err == ERR_OK)
        *out = &port.port;
    return err;
}
