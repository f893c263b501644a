/* SPDX-License-Identifier: Apache-2.0 */
/*
 * json.h - the few JSON documents of the metadata services, over jansson.
 *
 * Only objects of texts at the top are ever read. Documents may hold keys, so what ends with its
 * scope is wiped. It must not put a document into the words of an error.
 */
#pragma once

#include "buf.h"

#include <jansson.h>

/* An object, or NULL with ERR_INVALID and words that name `what`. */
MUST_CHECK enum err json_object_parse(const struct buf *bytes, const char *what, json_t **out,
                                      struct errctx *cx);

/* The text of a key, "" when it is missing or no text. */
const char *json_text(const json_t *object, const char *key);

/* Wipes every text of the object at its top, and lets go of it. */
void json_wipe(json_t **object);

#define AUTO_JSON __attribute__((cleanup(json_wipe)))
