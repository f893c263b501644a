/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wire.h - one signed request to one service, and its answer as XML or as a refusal.
 *
 * Signing, sending and reading, once: no retry, no clock, no choice of keys. An answer that is not
 * XML of the service is no answer.
 */
#pragma once

#include "aws/codes.h"
#include "aws/http.h"
#include "aws/secret.h"
#include "aws/xml.h"

#include <stdbool.h>
#include <stdint.h>

enum { WIRE_HOST_MAX = 256 };

struct credentials {
    struct secret key_id;
    struct secret secret_key;
    struct secret token; /* empty for keys that do not end */
    uint64_t expires_ms; /* 0: never */
    const char *source;  /* static words for people: "the instance's role" */
};

struct wire_request {
    const char *url;     /* of the service, "https://ec2.eu-central-1.amazonaws.com" */
    const char *region;  /* to sign for */
    const char *service; /* signing name, "ec2" */
    const char *action;  /* "AttachVolume", for words */
    const struct buf *body;
    const struct credentials *keys; /* NULL: unsigned */
    uint64_t stamp_ms;
    uint32_t connect_ms;
    uint32_t total_ms;
    bool once;
};

struct wire_answer {
    struct xml xml;
    struct refusal refusal; /* with `refused` */
    bool refused;
    int status;
    uint64_t date_ms;
    struct http_response http;
};

void wire_answer_init(struct wire_answer *a);
void wire_answer_fini(struct wire_answer *a);

/*
 * ERR_OK: the action was performed and its answer is in a->xml. With a->refused, what codes_err()
 * makes of the refusal. Else ERR_UNREACHABLE, ERR_TIMEOUT, ERR_UNKNOWN of http.h; ERR_UNKNOWN also
 * when a 2xx came that cannot be read.
 */
MUST_CHECK enum err wire_send(struct http *http, const struct wire_request *q,
                              struct wire_answer *a, struct errctx *cx);

#define AUTO_ANSWER __attribute__((cleanup(wire_answer_fini)))
