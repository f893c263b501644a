/* SPDX-License-Identifier: Apache-2.0 */
/*
 * credentials.h - where this process gets its keys, and when it gets new ones.
 *
 * The places are asked in the SDKs' order: environment, web identity, shared files, container,
 * instance. Keys are fetched anew well before they end; when that fails, those at hand are used as
 * long as they can be. A place that is configured and broken is an error, not a reason to go on to
 * the next one. It must not log, and keys never come into words. Ref: AWS SDKs and Tools Reference
 * Guide, "Standardized credential providers".
 */
#pragma once

#include "aws/environment.h"
#include "aws/imds.h"
#include "aws/profile.h"
#include "aws/wire.h"

enum {
    CREDENTIALS_LOOKED_MAX = 2048,
    CREDENTIALS_ADVISORY_MS = 15 * 60 * 1000, /* fetched anew this long before their end */
    CREDENTIALS_MANDATORY_MS = 10 * 60 * 1000,
};

struct credentials_options {
    const struct environment *env;
    const struct profiles *profiles;
    const char *profile; /* name; "default" when none was chosen */
    const char *region;  /* STS is asked there */
    struct http *http;
    struct imds *imds;
    struct clock_port *clock;
};

struct credentials_chain {
    struct credentials_options options; /* all outlive the chain */
    struct credentials current;
    bool known;
    bool from_instance;  /* kept past their end: "static stability" */
    uint64_t refresh_ms; /* when new ones are tried */
    uint64_t must_ms;    /* when these are no longer used */
    struct buf looked;   /* one sentence for each place, of the last search */
};

void credentials_init(struct credentials_chain *c, const struct credentials_options *options);
void credentials_fini(struct credentials_chain *c);

/*
 * The keys to sign with now; valid until the next call. ERR_DENIED when there are none anywhere,
 * and c->looked then tells where they were looked for.
 */
MUST_CHECK enum err credentials_get(struct credentials_chain *c, uint64_t deadline_ms,
                                    const struct credentials **out, struct errctx *cx);

/* The service does not accept the keys: the next call fetches new ones first. */
void credentials_doubt(struct credentials_chain *c);

/* The process's own environment. */
const struct environment *credentials_environment(void);

/* Reads the shared files that the environment names, or those in the home directory, if there. */
MUST_CHECK enum err credentials_load_files(const struct environment *env, struct profiles *out,
                                           struct errctx *cx);

/* The chosen profile: AWS_PROFILE, AWS_DEFAULT_PROFILE, "default". */
const char *credentials_profile(const struct environment *env);

/* The region of the environment or the profile, NULL when neither names one. */
const char *credentials_region(const struct environment *env, const struct profiles *profiles);
