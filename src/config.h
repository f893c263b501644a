/* SPDX-License-Identifier: Apache-2.0 */
/*
 * config.h - what one run is told: the YAML file and the options, checked, as plain values.
 *
 * Every setting is a row of config.def; its origin is remembered, so that a complaint names the
 * file, line and column it came from, or the option. A struct config keeps every text it hands out
 * in its own storage: it may not be copied, and it owns nothing that must be freed. No secret is a
 * setting. Nothing here may ask a cloud or look at the machine beyond the one file it is given.
 */
#pragma once

#include "claim/claim.h"
#include "err.h"
#include "port.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    CONFIG_FILE_MAX = 64 * 1024,  /* bytes of a configuration file */
    CONFIG_TEXT_MAX = 128 * 1024, /* bytes of all texts kept, from the file and from the options */
    CONFIG_WORDS_MAX = 64,        /* arguments of mkfs */
    /*
     * EC2 allows 50 tags on a volume (ec2.md E.3). 10 are our own records, 12 the flags of
     * claimants, and 4 stay free for what other tools add.
     */
    CONFIG_TAGS_MAX = 24,
};

enum setting {
#define SETTING(id, path, option, kind, member, least, most, need, fallback, form, words) \
    SETTING_##id,
#include "config.def"
#undef SETTING
    SETTING_COUNT,
};

enum setting_kind {
    SETTING_IS_TEXT,   /* const char * */
    SETTING_IS_WORD,   /* const char *, one of the words in form */
    SETTING_IS_NAME,   /* const char *: a user or group, by name or number */
    SETTING_IS_PATH,   /* const char *: an absolute path */
    SETTING_IS_DEVICE, /* const char *: a path under /dev */
    SETTING_IS_COMMA,  /* const char *: words with commas between; a list is joined */
    SETTING_IS_ID,     /* struct id */
    SETTING_IS_NUMBER, /* uint32_t */
    SETTING_IS_MODE,   /* int, octal; -1 when not set */
    SETTING_IS_FLAG,   /* bool */
    SETTING_IS_CHOICE, /* int: the index in form */
    SETTING_IS_SPAN,   /* uint64_t, milliseconds */
    SETTING_IS_SPAN32, /* uint32_t, milliseconds */
    SETTING_IS_WORDS,  /* struct config_words */
    SETTING_IS_TAGS,   /* struct config_tags */
};

enum setting_need { SETTING_OPTIONAL, SETTING_REQUIRED };

struct setting_row {
    const char *path;
    const char *option;
    enum setting_kind kind;
    enum setting_need need;
    size_t offset;
    uint64_t least;
    uint64_t most;
    const char *fallback;
    const char *form;
    const char *words;
};

extern const struct setting_row config_settings[SETTING_COUNT];

enum config_origin { CONFIG_BY_DEFAULT, CONFIG_BY_FILE, CONFIG_BY_OPTION };

/* Where a value came from; line and column count from 1, as editors do. */
struct config_place {
    enum config_origin origin;
    uint32_t line;
    uint32_t column;
};

struct config_words {
    const char *items[CONFIG_WORDS_MAX + 1]; /* NULL-terminated, as posix_spawn wants them */
    size_t count;
};

struct config_tags {
    struct tag items[CONFIG_TAGS_MAX];
    size_t count;
};

struct config {
    const char *provider; /* the key under block-provider; NULL until one is named */
    struct claim_config claim;
    struct cloud_spec cloud;
    struct host_spec host;
    bool local_deadline; /* move even when the provider lacks CLOUD_FENCE */

    /* As written; config_check() carries these over into the members above. */
    int strategy;
    int create_policy;
    bool keep_snapshot;
    bool fsck;
    struct config_tags tags;
    struct config_tags snapshot_tags;
    struct config_words mkfs;

    struct config_place places[SETTING_COUNT];
    struct config_place provider_place;
    const char *file; /* name of the file read, for messages; NULL when there was none */
    size_t text_used;
    char text[CONFIG_TEXT_MAX];
};

/* Every setting at its default. */
void config_init(struct config *c);

/* Reads a file over the defaults; call it once. ERR_CONFIG with `FILE:LINE:COLUMN: ...`. */
MUST_CHECK enum err config_read_file(struct config *c, const char *path, struct errctx *cx);

/* The same for text in memory; name stands for the file in messages. */
MUST_CHECK enum err config_read_text(struct config *c, const char *name, const char *text,
                                     struct errctx *cx);

/*
 * Sets one setting from an option, over whatever the file said; a list or a map begins anew at the
 * first option and grows with each further one. ERR_USAGE with `--option: ...`.
 */
MUST_CHECK enum err config_set(struct config *c, enum setting id, const char *value,
                               struct errctx *cx);

/*
 * Checks what no single setting can: required ones, and those that must fit each other. Must pass
 * before the claim, cloud and host members are used. ERR_CONFIG, or ERR_USAGE where an option is at
 * fault.
 */
MUST_CHECK enum err config_check(struct config *c, struct errctx *cx);

/* The row with this option's name, or SETTING_COUNT. */
enum setting config_by_option(const char *option);

/* The setting's own key, the last part of its path. */
const char *config_key(enum setting id);
