/* SPDX-License-Identifier: Apache-2.0 */
/*
 * credentials_parts.h - the places that keys come from, one function each.
 *
 * Every one answers ERR_NOT_FOUND, with a sentence, when it is not configured; any other error
 * means that it is and does not work. For the files of the chain alone.
 */
#pragma once

#include "aws/credentials.h"
#include "aws/json.h"
#include "aws/sts.h"

/* What a place is asked with. */
struct search {
    struct credentials_chain *chain;
    uint64_t deadline_ms;
    struct credentials *out;
};

enum err place_environment(const struct search *s, struct errctx *cx);
enum err place_web_identity(const struct search *s, struct errctx *cx);
enum err place_profile(const struct search *s, struct errctx *cx);
enum err place_container(const struct search *s, struct errctx *cx);
enum err place_instance(const struct search *s, struct errctx *cx);

/* A variable of the environment that is set and not empty, else NULL. */
static inline const char *search_variable(const struct search *s, const char *name)
{
    return environment_get(s->chain->options.env, name);
}

/* The names of the members differ by document. */
struct document_form {
    const char *token; /* "Token" or "SessionToken" */
    bool must_expire;
};

/* Keys from a JSON object. ERR_UNAVAILABLE when one is missing; `what` names the document. */
MUST_CHECK enum err document_keys(const struct buf *bytes, const struct document_form *form,
                                  const char *what, struct credentials *out, struct errctx *cx);

/* A role in exchange for the token in a file, which is read anew each time. */
MUST_CHECK enum err role_by_web_identity(const struct search *s, const char *arn,
                                         const char *token_file, struct errctx *cx);

/* A role in exchange for keys. */
MUST_CHECK enum err role_by_keys(const struct search *s, const struct sts_role *role,
                                 const struct credentials *with, struct errctx *cx);

/* Milliseconds until the deadline of the search, at most `most`, at least 1. */
uint32_t search_time_left(const struct search *s, uint32_t most);
