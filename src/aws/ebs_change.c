/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ebs_change.c - changes of one volume: attach, detach, one tag, delete.
 *
 * Each is sent once at most, stamped so that it is refused when it comes late. Nothing is ever
 * forced.
 */
#include "aws/ebs_parts.h"

#include <stdio.h>
#include <string.h>

/*
 * Ref: EC2 User Guide, "Device names": /dev/sd[b-z] and /dev/xvd[b-z] for data, and /dev/xvdb[a-z],
 * /dev/xvdc[a-z] on every HVM instance. After the letters behind the first name come those.
 */
bool ebs_device_name(const char *first, uint32_t n, char out[EBS_DEVICE_MAX])
{
    const size_t length = strlen(first);
    uint32_t letters = 0;
    char last;

    if (length == 0 || length >= EBS_DEVICE_MAX)
        return false;
    last = first[length - 1];
    if (last >= 'a' && last <= 'z')
        letters = (uint32_t)('z' - last);
    if (n == 0)
        return snprintf(out, EBS_DEVICE_MAX, "%s", first) > 0;
    if (n <= letters)
        return snprintf(out, EBS_DEVICE_MAX, "%.*s%c", (int)length - 1, first, last + (int)n) > 0;
    n -= letters + 1;
    if (n >= 52)
        return false;
    return snprintf(out, EBS_DEVICE_MAX, "/dev/xvd%c%c", 'b' + (int)(n / 26), 'a' + (int)(n % 26)) >
           0;
}

static enum err change(struct ebs *e, struct port_call *call, const struct query *q)
{
    const enum err err = ebs_ready(e, call);

    return err == ERR_OK ? ebs_ask(e, call, q, CLIENT_ONCE) : err;
}

enum err ebs_attach(struct cloud_port *cloud, struct port_call *call,
                    const struct attach_request *request)
{
    struct ebs *e = ebs_of(cloud);
    char device[EBS_DEVICE_MAX];
    AUTO_QUERY struct query q;
    enum err err;

    query_init(&q, "AttachVolume", EBS_VERSION);
    err = ebs_ready(e, call);
    if (err != ERR_OK)
        return err;
    if (!ebs_device_name(e->spec->device, request->device_name, device))
        return err_set(call->cx, ERR_LIMIT, 0, "no device name is left after %s", e->spec->device);
    query_text(&q, "Device", device);
    query_text(&q, "InstanceId", e->identity.self.instance.text);
    query_text(&q, "VolumeId", request->volume.text);
    return ebs_ask(e, call, &q, CLIENT_ONCE);
}

enum err ebs_detach(struct cloud_port *cloud, struct port_call *call, const struct id *volume)
{
    struct ebs *e = ebs_of(cloud);
    AUTO_QUERY struct query q;
    enum err err;

    query_init(&q, "DetachVolume", EBS_VERSION);
    err = ebs_ready(e, call);
    if (err != ERR_OK)
        return err;
    query_text(&q, "InstanceId", e->identity.self.instance.text);
    query_text(&q, "VolumeId", volume->text);
    return ebs_ask(e, call, &q, CLIENT_ONCE);
}

static enum err tag_query(struct query *q, const struct id *volume, const struct mark *mark,
                          struct errctx *cx)
{
    struct mark_text text;

    if (!mark_format(mark, &text))
        return err_set(cx, ERR_BUG, 0, "a mark that cannot be spelt");
    query_text(q, "ResourceId.1", volume->text);
    query_text(q, "Tag.1.Key", text.key);
    query_text(q, "Tag.1.Value", text.value);
    return ERR_OK;
}

enum err ebs_mark(struct cloud_port *cloud, struct port_call *call, const struct id *volume,
                  const struct mark *mark)
{
    struct ebs *e = ebs_of(cloud);
    AUTO_QUERY struct query q;
    enum err err;

    query_init(&q, "CreateTags", EBS_VERSION);
    err = tag_query(&q, volume, mark, call->cx);
    if (err == ERR_OK)
        err = ebs_ready(e, call);
    /* A flag is what a move is fenced by, so it is written only where late writes are refused. */
    if (err == ERR_OK && mark->kind == MARK_CLAIM)
        err = ebs_fence(e, call);
    return err == ERR_OK ? change(e, call, &q) : err;
}

/* With key and value EC2 deletes the tag only if it has that value, and says "true" either way. */
enum err ebs_unmark(struct cloud_port *cloud, struct port_call *call, const struct id *volume,
                    const struct mark *mark)
{
    AUTO_QUERY struct query q;
    enum err err;

    query_init(&q, "DeleteTags", EBS_VERSION);
    err = tag_query(&q, volume, mark, call->cx);
    return err == ERR_OK ? change(ebs_of(cloud), call, &q) : err;
}

enum err ebs_delete_volume(struct cloud_port *cloud, struct port_call *call,
                           const struct id *volume)
{
    struct ebs *e = ebs_of(cloud);
    AUTO_QUERY struct query q;
    enum err err;

    query_init(&q, "DeleteVolume", EBS_VERSION);
    query_text(&q, "VolumeId", volume->text);
    err = ebs_ready(e, call);
    if (err == ERR_OK)
        err = ebs_fence(e, call);
    return err == ERR_OK ? change(e, call, &q) : err;
}
