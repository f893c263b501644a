/* SPDX-License-Identifier: Apache-2.0 */
/*
 * aws_ebs_kit.c - the shared parts of the cloud port's suites.
 *
 * It must not decide what a test expects.
 */
#include "unit/aws_ebs_kit.h"

#include <stdio.h>
#include <string.h>

const struct tag kit_pool[] = {{"pool", "a*b"}, {"owner", "c d"}};

void kit_route(struct kit *s, const char *mark, int status, const char *body)
{
    size_t n = 0;

    while (s->routes.routes[n].mark)
        n++;
    s->routes.routes[n] = (struct fixture_route){mark, status, body, 0};
}

void kit_begin(struct kit *s)
{
    const char *const vars[] = {"AWS_ACCESS_KEY_ID",
                                "AKID",
                                "AWS_SECRET_ACCESS_KEY",
                                "HUSH",
                                "AWS_ENDPOINT_URL",
                                NULL,
                                "AWS_EC2_METADATA_SERVICE_ENDPOINT",
                                NULL,
                                NULL};
    struct ebs_options options;

    memset(s, 0, sizeof(*s));
    fixture_clock_init(&s->clock);
    s->server = http_server_start(fixture_answer, &s->routes);
    memcpy(s->vars, vars, sizeof(vars));
    s->vars[5] = s->vars[7] = http_server_url(s->server);
    s->spec = (struct cloud_spec){.size = sizeof(struct cloud_spec),
                                  .tags = kit_pool,
                                  .tag_count = 2,
                                  .device = "/dev/xvdc",
                                  .type = "gp3",
                                  .size_gib = 10,
                                  .iops = 4000,
                                  .throughput = 250,
                                  .encrypted = true,
                                  .kms_key_id = "alias/x"};
    options = (struct ebs_options){.spec = &s->spec,
                                   .clock = &s->clock.port,
                                   .env = fixture_environment(s->vars),
                                   .random = 1};
    CU_ASSERT_EQUAL_FATAL(ebs_init(&s->ebs, &options, &s->cx), ERR_OK);
    s->port = &s->ebs.port;
    s->call = (struct port_call){.deadline_ms = s->clock.now_ms + 30000, .cx = &s->cx};
    kit_route(s, "PUT /latest/api/token ", 200, "TOKEN");
    kit_route(s, "/latest/dynamic/instance-identity/document ", 200,
              "{\"instanceId\":\"i-1\",\"region\":\"eu-central-1\","
              "\"availabilityZone\":\"eu-central-1a\"}");
}

void kit_end(struct kit *s)
{
    s->port->close(s->port);
    http_server_stop(s->server);
}

/* A change, with a service that is seen to refuse what is stamped 15.5 minutes back. */
void kit_fenced(struct kit *s)
{
    s->call.not_after_ms = FIXTURE_NOW_MS + 75000;
    kit_route(s, "X-Amz-Date: 20260102T024835Z", 400, CODE_OF("RequestExpired"));
    kit_route(s, "Action=DescribeTags&", 200,
              "<DescribeTagsResponse><tagSet/></DescribeTagsResponse>");
}

const char *kit_last_body(struct kit *s)
{
    const char *text = http_server_request(s->server, http_server_requests(s->server) - 1);

    return strstr(text, "\r\n\r\n") + 4;
}

struct id kit_id_of(const char *text)
{
    struct id id;

    CU_ASSERT_TRUE(id_set(&id, text));
    return id;
}

const struct uuid kit_uuid = {{0x00, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88, 0x99, 0xaa,
                               0xbb, 0xcc, 0xdd, 0xee, 0xff}};
const struct token kit_token = {1, 2};

const struct mark kit_flag = {
    .kind = MARK_CLAIM,
    .flag = {.instance = {"i-1"}, .token = {1, 2}, .expires_s = 1767323100},
};
