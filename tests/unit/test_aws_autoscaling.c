/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_aws_autoscaling.c - group, members, rank and lifecycle actions; and who STS says one is.
 *
 * The client is that of a cloud port. Nothing here may depend on the order in which members come.
 */
#include "aws/autoscaling.h"
#include "aws/sts.h"
#include "scope.h"
#include "unit/aws_ebs_kit.h"

#include <string.h>

#define GROUP_OF "Action=DescribeAutoScalingInstances&"
#define MEMBERS_OF "Action=DescribeAutoScalingGroups&"
#define MEMBER(id, state) \
    "<member><InstanceId>" id "</InstanceId><LifecycleState>" state "</LifecycleState></member>"

static void ready(struct kit *s)
{
    const struct self *self = NULL;

    kit_begin(s);
    CU_ASSERT_EQUAL_FATAL(s->port->identify(s->port, &s->call, &self), ERR_OK);
}

static void test_an_instance_knows_its_group_or_that_it_has_none(void)
{
    const struct id self = kit_id_of("i-1");
    char group[AUTOSCALING_NAME_MAX];
    struct kit s;

    ready(&s);
    kit_route(&s, GROUP_OF, 200,
              "<DescribeAutoScalingInstancesResponse><DescribeAutoScalingInstancesResult>"
              "<AutoScalingInstances><member><AutoScalingGroupName>web</AutoScalingGroupName>"
              "</member></AutoScalingInstances></DescribeAutoScalingInstancesResult>"
              "</DescribeAutoScalingInstancesResponse>");
    CU_ASSERT_EQUAL(autoscaling_group(&s.ebs.client, &s.call, &self, group), ERR_OK);
    CU_ASSERT_STRING_EQUAL(group, "web");
    CU_ASSERT_STRING_EQUAL(kit_last_body(&s), "Action=DescribeAutoScalingInstances"
                                              "&Version=2011-01-01&InstanceIds.member.1=i-1");
    CU_ASSERT_PTR_NOT_NULL(strstr(http_server_request(s.server, 2), "/autoscaling/aws4_request"));
    s.routes.routes[2].body = "<DescribeAutoScalingInstancesResponse/>";
    CU_ASSERT_EQUAL(autoscaling_group(&s.ebs.client, &s.call, &self, group), ERR_NOT_FOUND);
    kit_end(&s);
}

static void test_members_that_are_there_have_a_rank(void)
{
    struct members m;
    struct kit s;
    struct id id = kit_id_of("i-5");

    ready(&s);
    members_init(&m);
    kit_route(&s, MEMBERS_OF, 200,
              "<DescribeAutoScalingGroupsResponse><DescribeAutoScalingGroupsResult>"
              "<AutoScalingGroups><member><Instances>" MEMBER("i-9", "InService")
                  MEMBER("i-5", "Pending:Wait") MEMBER("i-1", "Terminating")
                      MEMBER("i-3", "InService") "</Instances></member></AutoScalingGroups>"
                                                 "</DescribeAutoScalingGroupsResult></"
                                                 "DescribeAutoScalingGroupsResponse>");
    CU_ASSERT_EQUAL(autoscaling_members(&s.ebs.client, &s.call, "web", &m), ERR_OK);
    CU_ASSERT_EQUAL(m.count, 3);
    CU_ASSERT_EQUAL(members_rank(&m, &id), 1);
    id = kit_id_of("i-1");
    CU_ASSERT_EQUAL(members_rank(&m, &id), 3);
    CU_ASSERT_PTR_NULL(members_at(&m, 3));
    s.routes.routes[2].body = "<DescribeAutoScalingGroupsResponse/>";
    CU_ASSERT_EQUAL(autoscaling_members(&s.ebs.client, &s.call, "web", &m), ERR_OK);
    CU_ASSERT_EQUAL(m.count, 0);
    members_fini(&m);
    kit_end(&s);
}

static void test_lifecycle_actions_are_kept_alive_and_ended(void)
{
    const struct id self = kit_id_of("i-1");
    const struct lifecycle_action action = {.group = "web", .hook = "boot", .instance = &self};
    struct kit s;

    ready(&s);
    kit_route(&s, "Action=RecordLifecycle", 200, "<RecordLifecycleActionHeartbeatResponse/>");
    kit_route(&s, "Action=CompleteLifecycle", 400,
              "<ErrorResponse><Error><Code>ValidationError</Code><Message>No active Lifecycle "
              "Action found</Message></Error></ErrorResponse>");
    CU_ASSERT_EQUAL(autoscaling_heartbeat(&s.ebs.client, &s.call, &action), ERR_OK);
    CU_ASSERT_EQUAL(autoscaling_complete(&s.ebs.client, &s.call, &action, "CONTINUE"), ERR_INVALID);
    CU_ASSERT_STRING_EQUAL(kit_last_body(&s),
                           "Action=CompleteLifecycleAction&Version=2011-01-01&LifecycleHookName="
                           "boot&AutoScalingGroupName=web&InstanceId=i-1"
                           "&LifecycleActionResult=CONTINUE");
    kit_end(&s);
}

static void test_sts_says_who_one_is(void)
{
    const struct credentials *keys = NULL;
    AUTO_BUF struct buf arn;
    struct sts sts;
    struct kit s;

    buf_init(&arn, 256);
    ready(&s);
    sts = (struct sts){.http = &s.ebs.http,
                       .url = s.ebs.client.urls[ENDPOINT_STS],
                       .region = "eu-central-1",
                       .now_ms = s.clock.now_ms,
                       .total_ms = 2000};
    kit_route(&s, "Action=GetCallerIdentity&", 200,
              "<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:iam::1:user/u</Arn>"
              "</GetCallerIdentityResult></GetCallerIdentityResponse>");
    CU_ASSERT_EQUAL(credentials_get(&s.ebs.chain, s.call.deadline_ms, &keys, &s.cx), ERR_OK);
    CU_ASSERT_EQUAL(sts_caller(&sts, keys, &arn, &s.cx), ERR_OK);
    CU_ASSERT_STRING_EQUAL(arn.data, "arn:aws:iam::1:user/u");
    s.routes.routes[2].body = "<GetCallerIdentityResponse/>";
    buf_clear(&arn);
    CU_ASSERT_EQUAL(sts_caller(&sts, keys, &arn, &s.cx), ERR_UNAVAILABLE);
    s.routes.routes[2].body = "garbage";
    CU_ASSERT_EQUAL(sts_caller(&sts, keys, &arn, &s.cx), ERR_UNAVAILABLE);
    kit_end(&s);
}

const struct unit_test suite_aws_autoscaling[] = {
    UNIT_TEST(test_an_instance_knows_its_group_or_that_it_has_none),
    UNIT_TEST(test_members_that_are_there_have_a_rank),
    UNIT_TEST(test_lifecycle_actions_are_kept_alive_and_ended),
    UNIT_TEST(test_sts_says_who_one_is),
    UNIT_END,
};
