/* SPDX-License-Identifier: Apache-2.0 */
/*
 * config.c - the rows as data, the defaults, and what an option sets.
 *
 * Reading YAML is config_yaml.c, reading one value config_value.c, judging them together
 * config_check.c. Nothing here may know a key by name except through its row.
 */
#include "config.h"

#include "config_value.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

const struct setting_row config_settings[SETTING_COUNT] = {
#define SETTING(id, path, option, kind, member, least, most, need, fallback, form, words)         \
    [SETTING_##                                                                                   \
        id] = {path,  option, SETTING_IS_##kind, SETTING_##need, offsetof(struct config, member), \
               least, most,   fallback,          form,           words},
#include "config.def"
#undef SETTING
};

const char *config_key(enum setting id)
{
    const char *dot = strrchr(config_settings[id].path, '.');

    return dot ? dot + 1 : config_settings[id].path;
}

enum setting config_by_option(const char *option)
{
    for (int i = 0; i < SETTING_COUNT; i++) {
        if (strcmp(config_settings[i].option, option) == 0)
            return (enum setting)i;
    }
    return SETTING_COUNT;
}

/* Words of a default are parted by blanks, and none of them contains one. */
static bool set_words(struct config *c, enum setting id, struct config_why *why)
{
    char word[32];

    for (const char *at = config_settings[id].fallback; *at;) {
        const size_t length = strcspn(at, " ");

        (void)snprintf(word, sizeof(word), "%.*s", (int)length, at);
        if (!config_item(c, id, word, why))
            return false;
        at += length + (at[length] == ' ');
    }
    return true;
}

static bool set_default(struct config *c, enum setting id, struct config_why *why)
{
    const struct setting_row *row = &config_settings[id];

    if (!row->fallback[0])
        return true;
    return config_takes_list(id) ? set_words(c, id, why) : config_value(c, id, row->fallback, why);
}

void config_init(struct config *c)
{
    struct config_why why;

    memset(c, 0, sizeof(*c));
    claim_defaults(&c->claim);
    c->cloud.size = sizeof(c->cloud);
    c->host.size = sizeof(c->host);
    c->host.mode = -1;
    for (int i = 0; i < SETTING_COUNT; i++) {
        const bool accepted = set_default(c, (enum setting)i, &why);

        assert(accepted);
        (void)accepted;
    }
}

/* block-provider.NAME.key: an option for a provider also chooses it. */
static bool choose_provider(struct config *c, enum setting id)
{
    static const char parent[] = "block-provider.";
    const char *path = config_settings[id].path;
    const char *name = path + sizeof(parent) - 1;
    char word[64];

    if (strncmp(path, parent, sizeof(parent) - 1) != 0)
        return true;
    (void)snprintf(word, sizeof(word), "%.*s", (int)strcspn(name, "."), name);
    if (!c->provider) {
        c->provider = config_keep(c, word);
        c->provider_place = (struct config_place){.origin = CONFIG_BY_OPTION};
    }
    return c->provider && strcmp(c->provider, word) == 0;
}

static bool set_tag(struct config *c, enum setting id, const char *text, struct config_why *why)
{
    const size_t length = strcspn(text, "=");
    char key[520];

    if (!text[length] || length >= sizeof(key)) {
        (void)snprintf(why->text, sizeof(why->text), "write KEY=VALUE");
        return false;
    }
    memcpy(key, text, length);
    key[length] = '\0';
    return config_tag(c, id, key, text + length + 1, why);
}

enum err config_set(struct config *c, enum setting id, const char *value, struct errctx *cx)
{
    const struct setting_row *row = &config_settings[id];
    struct config_why why;
    bool accepted;

    if (!choose_provider(c, id))
        return err_set(cx, ERR_USAGE, 0, "--%s: it is no setting of the provider \"%s\"",
                       row->option, c->provider);
    if (c->places[id].origin != CONFIG_BY_OPTION)
        config_clear(c, id);
    c->places[id] = (struct config_place){.origin = CONFIG_BY_OPTION};
    if (config_takes_map(id))
        accepted = set_tag(c, id, value, &why);
    else if (config_takes_list(id))
        accepted = config_item(c, id, value, &why);
    else
        accepted = config_value(c, id, value, &why);
    return accepted ? ERR_OK : err_set(cx, ERR_USAGE, 0, "--%s: %s", row->option, why.text);
}
