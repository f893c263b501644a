/* SPDX-License-Identifier: Apache-2.0 */
/*
 * aws_ebs_kit.h - what the suites of the cloud port share: a port, a server, answers of EC2.
 *
 * The server plays the metadata service and EC2. It knows no state: what a request does is tested
 * elsewhere, what it says is tested here.
 */
#pragma once

#include "aws/ebs.h"
#include "unit.h"
#include "unit/aws_fixture.h"

#define XMLNS " xmlns=\"http://ec2.amazonaws.com/doc/2016-11-15/\""

#define TOKEN_TEXT "00000000000000010000000000000002"

#define UUID_TEXT "00112233-4455-6677-8899-aabbccddeeff"

#define VOLUME(id, status, more)                                                    \
    "<item><volumeId>" id "</volumeId><size>80</size><snapshotId/>"                 \
    "<availabilityZone>eu-central-1a</availabilityZone><status>" status "</status>" \
    "<createTime>2026-01-02T03:04:05.000Z</createTime><volumeType>gp3</volumeType>" more "</item>"

#define TAG(key, value) "<item><key>" key "</key><value>" value "</value></item>"

#define VOLUMES(items, more)                                                      \
    "<DescribeVolumesResponse" XMLNS "><requestId>1</requestId><volumeSet>" items \
    "</volumeSet>" more "</DescribeVolumesResponse>"

#define CODE_OF(code)                                                                         \
    "<Response><Errors><Error><Code>" code "</Code><Message>words</Message></Error></Errors>" \
    "<RequestID>r</RequestID></Response>"

#define FLAG_BODY                                                                    \
    "&Version=2016-11-15&ResourceId.1=vol-1&Tag.1.Key=volclaim%3Aclaim%2Fi-1&Tag.1." \
    "Value=" TOKEN_TEXT "+want+1767323100"

#define SNAPSHOT(id, status, start)                                                     \
    "<item><snapshotId>" id "</snapshotId><status>" status "</status><startTime>" start \
    "</startTime><progress>60%</progress><tagSet>" TAG("volclaim:source", "vol-1")      \
        TAG("volclaim:token", TOKEN_TEXT " 4") "</tagSet></item>"

#define SNAPSHOTS(items) \
    "<DescribeSnapshotsResponse><snapshotSet>" items "</snapshotSet></DescribeSnapshotsResponse>"

struct kit {
    struct fixture_clock clock;
    struct fixture_routes routes;
    struct http_server *server;
    const char *vars[16];
    struct cloud_spec spec;
    struct ebs ebs;
    struct cloud_port *port;
    struct errctx cx;
    struct port_call call;
};

extern const struct tag kit_pool[2];
extern const struct uuid kit_uuid;
extern const struct token kit_token;
extern const struct mark kit_flag; /* a want of this instance */

void kit_begin(struct kit *s);
void kit_end(struct kit *s);
/* Adds a route behind those there are. */
void kit_route(struct kit *s, const char *mark, int status, const char *body);
/* Makes the call a change, of a service that refuses what is stamped 15.5 minutes back. */
void kit_fenced(struct kit *s);
/* The body of the last request. */
const char *kit_last_body(struct kit *s);
struct id kit_id_of(const char *text);
