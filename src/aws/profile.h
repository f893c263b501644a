/* SPDX-License-Identifier: Apache-2.0 */
/*
 * profile.h - the shared files of AWS's tools, ~/.aws/config and ~/.aws/credentials, as they are
 * read.
 *
 * An INI form with profiles, services and one level of nesting. Values may be secrets: they live in
 * memory that is wiped and never come into the words of an error. It must not know what a key
 * means. Ref: AWS SDKs and Tools Reference Guide, "Shared config and credentials files".
 */
#pragma once

#include "buf.h"

#include <stddef.h>

enum {
    PROFILE_FILE_MAX = 256 * 1024,
    PROFILE_ENTRIES_MAX = 4096,
    PROFILE_LINE_MAX = 8192,
};

enum profile_file { PROFILE_CONFIG, PROFILE_CREDENTIALS };
enum profile_section { PROFILE_OTHER, PROFILE_PROFILE, PROFILE_SERVICES };

struct profiles {
    struct buf entries;
    struct buf text;
};

void profiles_init(struct profiles *p);
void profiles_fini(struct profiles *p);

/*
 * Adds what a file says. ERR_CONFIG names the file and the line that cannot be understood, without
 * its text; what came before that line stays.
 */
MUST_CHECK enum err profiles_read(struct profiles *p, enum profile_file kind, const char *name,
                                  const struct buf *bytes, struct errctx *cx);

/* The same for the file at a path. ERR_NOT_FOUND when there is none. */
MUST_CHECK enum err profiles_load(struct profiles *p, enum profile_file kind, const char *path,
                                  struct errctx *cx);

/* Whether any key of the section is known. */
bool profiles_has(const struct profiles *p, enum profile_section section, const char *name);

/*
 * The value, or NULL. The credentials file wins over the config file, and of one file the last
 * line. A nested key is written with a dot: "ec2.endpoint_url". Valid until profiles_fini().
 */
const char *profiles_get(const struct profiles *p, enum profile_section section, const char *name,
                         const char *key);

/* A whole file into a buffer, at most the buffer's cap. ERR_NOT_FOUND when there is none. */
MUST_CHECK enum err profile_slurp(const char *path, struct buf *out, struct errctx *cx);

#define AUTO_PROFILES __attribute__((cleanup(profiles_fini)))
