/* SPDX-License-Identifier: Apache-2.0 */
/*
 * autoscaling.c - four actions of Auto Scaling.
 *
 * It must not rank by anything but ids: every member must come to the same order.
 */
#include "aws/autoscaling.h"

#include "scope.h"

#include <string.h>

static const char version[] = "2011-01-01";

static enum err ask(struct client *c, struct port_call *call, const struct query *q,
                    enum client_manner manner, struct wire_answer *a)
{
    const struct client_request request = {
        .service = ENDPOINT_AUTOSCALING, .query = q, .manner = manner};

    return client_do(c, call, &request, a);
}

enum err autoscaling_group(struct client *c, struct port_call *call, const struct id *instance,
                           char out[AUTOSCALING_NAME_MAX])
{
    AUTO_ANSWER struct wire_answer a;
    AUTO_QUERY struct query q;
    const char *name;
    enum err e;

    wire_answer_init(&a);
    query_init(&q, "DescribeAutoScalingInstances", version);
    query_text(&q, "InstanceIds.member.1", instance->text);
    e = ask(c, call, &q, CLIENT_LOOKS, &a);
    if (e != ERR_OK)
        return e;
    name = xml_child_text(&a.xml, xml_root(&a.xml),
                          "DescribeAutoScalingInstancesResult/AutoScalingInstances/member/"
                          "AutoScalingGroupName");
    if (!name[0])
        return err_set(call->cx, ERR_NOT_FOUND, 0, "%s is in no group", instance->text);
    if (strlen(name) >= AUTOSCALING_NAME_MAX)
        return err_set(call->cx, ERR_TOO_BIG, 0, "the name of a group");
    memcpy(out, name, strlen(name) + 1);
    return ERR_OK;
}

void members_init(struct members *m)
{
    buf_init(&m->ids, AUTOSCALING_MEMBERS_MAX * sizeof(struct id) + 1);
    m->count = 0;
}

void members_fini(struct members *m)
{
    buf_fini(&m->ids);
}

/* The storage holds nothing but ids, which are text. */
const struct id *members_at(const struct members *m, uint32_t i)
{
    return i < m->count ? (const struct id *)(const void *)m->ids.data + i : NULL;
}

static bool is_there(const char *state)
{
    return strncmp(state, "Pending", 7) == 0 || strcmp(state, "InService") == 0;
}

static enum err collect(const struct xml *x, struct members *out, struct errctx *cx)
{
    uint32_t member = xml_child(x, xml_root(x),
                                "DescribeAutoScalingGroupsResult/AutoScalingGroups/member/"
                                "Instances/member");

    for (; member; member = xml_next(x, member)) {
        struct id id;

        if (!is_there(xml_child_text(x, member, "LifecycleState")))
            continue;
        if (!id_set(&id, xml_child_text(x, member, "InstanceId")) || id_is_empty(&id))
            return err_set(cx, ERR_UNAVAILABLE, 0, "a group has a member without an id");
        buf_add(&out->ids, &id, sizeof(id));
        out->count++;
    }
    return buf_check(&out->ids, "the members of a group", cx);
}

enum err autoscaling_members(struct client *c, struct port_call *call, const char *group,
                             struct members *out)
{
    AUTO_ANSWER struct wire_answer a;
    AUTO_QUERY struct query q;
    enum err e;

    wire_answer_init(&a);
    query_init(&q, "DescribeAutoScalingGroups", version);
    query_text(&q, "AutoScalingGroupNames.member.1", group);
    buf_clear(&out->ids);
    out->count = 0;
    e = ask(c, call, &q, CLIENT_LOOKS, &a);
    if (e == ERR_OK)
        e = collect(&a.xml, out, call->cx);
    if (e != ERR_OK)
        out->count = 0;
    return e;
}

uint32_t members_rank(const struct members *m, const struct id *instance)
{
    uint32_t before = 0;
    bool found = false;

    for (uint32_t i = 0; i < m->count; i++) {
        const int order = id_compare(members_at(m, i), instance);

        before += order < 0 ? 1 : 0;
        found = found || order == 0;
    }
    return found ? before : m->count;
}

static void add_action(struct query *q, const struct lifecycle_action *action)
{
    query_text(q, "LifecycleHookName", action->hook);
    query_text(q, "AutoScalingGroupName", action->group);
    query_text(q, "InstanceId", action->instance->text);
}

/* Both may be sent twice: a heartbeat counts from when it comes, and an action that ended stays so.
 */
enum err autoscaling_heartbeat(struct client *c, struct port_call *call,
                               const struct lifecycle_action *action)
{
    AUTO_ANSWER struct wire_answer a;
    AUTO_QUERY struct query q;

    wire_answer_init(&a);
    query_init(&q, "RecordLifecycleActionHeartbeat", version);
    add_action(&q, action);
    return ask(c, call, &q, CLIENT_REPEATS, &a);
}

enum err autoscaling_complete(struct client *c, struct port_call *call,
                              const struct lifecycle_action *action, const char *result)
{
    AUTO_ANSWER struct wire_answer a;
    AUTO_QUERY struct query q;

    wire_answer_init(&a);
    query_init(&q, "CompleteLifecycleAction", version);
    add_action(&q, action);
    query_text(&q, "LifecycleActionResult", result);
    return ask(c, call, &q, CLIENT_REPEATS, &a);
}
