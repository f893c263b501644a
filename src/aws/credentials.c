/* SPDX-License-Identifier: Apache-2.0 */
/*
 * credentials.c - the chain and its timing, and the one place of the port that reads the
 * environment.
 *
 * It must not know how a place works (credentials_*.c).
 */
#include "aws/credentials.h"

#include "aws/credentials_parts.h"
#include "scope.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PATH_LENGTH_MAX = 4096, RETRY_MS = 60 * 1000 };

static const struct place {
    enum err (*ask)(const struct search *s, struct errctx *cx);
    bool instance;
} places[] = {
    {place_environment, false}, {place_web_identity, false}, {place_profile, false},
    {place_container, false},   {place_instance, true},
};

static const char *get_real(const void *context, const char *name)
{
    (void)context;
    /* One thread reads, none writes. */
    /* NOLINTNEXTLINE(concurrency-mt-unsafe) */
    return getenv(name);
}

const struct environment *credentials_environment(void)
{
    static const struct environment real = {.get = get_real};

    return &real;
}

void credentials_init(struct credentials_chain *c, const struct credentials_options *options)
{
    *c = (struct credentials_chain){.options = *options};
    buf_init(&c->looked, CREDENTIALS_LOOKED_MAX);
}

static void wipe(struct credentials *k)
{
    explicit_bzero(k, sizeof(*k));
}

#define AUTO_KEYS __attribute__((cleanup(wipe)))

void credentials_fini(struct credentials_chain *c)
{
    wipe(&c->current);
    buf_fini(&c->looked);
    c->known = false;
}

enum err place_environment(const struct search *s, struct errctx *cx)
{
    const char *key_id = search_variable(s, "AWS_ACCESS_KEY_ID");
    const char *secret_key = search_variable(s, "AWS_SECRET_ACCESS_KEY");
    const char *token = search_variable(s, "AWS_SESSION_TOKEN");
    enum err e;

    if (!key_id && !secret_key)
        return err_set(cx, ERR_NOT_FOUND, 0, "AWS_ACCESS_KEY_ID is not set");
    if (!key_id || !secret_key) {
        return err_set(cx, ERR_CONFIG, 0, "%s is set, but %s is not",
                       key_id ? "AWS_ACCESS_KEY_ID" : "AWS_SECRET_ACCESS_KEY",
                       key_id ? "AWS_SECRET_ACCESS_KEY" : "AWS_ACCESS_KEY_ID");
    }
    e = secret_text(&s->out->key_id, key_id, "AWS_ACCESS_KEY_ID", cx);
    if (e == ERR_OK)
        e = secret_text(&s->out->secret_key, secret_key, "AWS_SECRET_ACCESS_KEY", cx);
    if (e == ERR_OK)
        e = secret_text(&s->out->token, token ? token : "", "AWS_SESSION_TOKEN", cx);
    s->out->source = "the environment";
    return e;
}

static void note(struct credentials_chain *c, const struct errctx *cx)
{
    buf_printf(&c->looked, "%s%s.", c->looked.length > 0 ? " " : "", cx->message);
}

static enum err search(struct search *s, bool *instance, struct errctx *cx)
{
    struct credentials_chain *c = s->chain;

    buf_clear(&c->looked);
    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        struct errctx place = {0};
        enum err e;

        wipe(s->out);
        e = places[i].ask(s, &place);
        *instance = places[i].instance;
        if (e == ERR_OK)
            return ERR_OK;
        note(c, &place);
        if (e != ERR_NOT_FOUND) {
            if (cx)
                *cx = place;
            return e;
        }
    }
    return err_set(cx, ERR_DENIED, 0, "no credentials: %s", c->looked.data);
}

/* A quarter and a sixth of a short life take the place of 15 and 10 minutes. */
static void plan(struct credentials_chain *c, uint64_t now_ms)
{
    const uint64_t ends = c->current.expires_ms;
    const uint64_t life = ends > now_ms ? ends - now_ms : 0;

    if (ends == 0) {
        c->refresh_ms = c->must_ms = UINT64_MAX;
        return;
    }
    c->refresh_ms =
        ends - (life / 4 < CREDENTIALS_ADVISORY_MS ? life / 4 : CREDENTIALS_ADVISORY_MS);
    c->must_ms = ends - (life / 6 < CREDENTIALS_MANDATORY_MS ? life / 6 : CREDENTIALS_MANDATORY_MS);
    /* Keys that come over already: the service hands out what it has, and EC2 may still take them.
     */
    if (life == 0)
        c->refresh_ms = now_ms + RETRY_MS;
    if (c->from_instance)
        c->must_ms = UINT64_MAX;
}

static enum err refresh(struct credentials_chain *c, uint64_t now_ms, uint64_t deadline_ms,
                        struct errctx *cx)
{
    AUTO_KEYS struct credentials fresh = {.source = ""};
    struct search s = {.chain = c, .deadline_ms = deadline_ms, .out = &fresh};
    bool instance = false;
    const enum err e = search(&s, &instance, cx);

    if (e == ERR_OK) {
        c->current = fresh;
        c->known = true;
        c->from_instance = instance;
        plan(c, now_ms);
    }
    return e;
}

enum err credentials_get(struct credentials_chain *c, uint64_t deadline_ms,
                         const struct credentials **out, struct errctx *cx)
{
    const uint64_t now_ms = c->options.clock->now_ms(c->options.clock);

    if (!c->known || now_ms >= c->refresh_ms) {
        const enum err e = refresh(c, now_ms, deadline_ms, cx);

        if (e != ERR_OK && (!c->known || now_ms >= c->must_ms))
            return e;
        if (e != ERR_OK)
            c->refresh_ms = now_ms + RETRY_MS;
    }
    *out = &c->current;
    return ERR_OK;
}

void credentials_doubt(struct credentials_chain *c)
{
    c->refresh_ms = 0;
}

const char *credentials_profile(const struct environment *env)
{
    const char *name = environment_get(env, "AWS_PROFILE");

    if (!name)
        name = environment_get(env, "AWS_DEFAULT_PROFILE");
    return name ? name : "default";
}

const char *credentials_region(const struct environment *env, const struct profiles *profiles)
{
    const char *region = environment_get(env, "AWS_REGION");

    if (!region)
        region = environment_get(env, "AWS_DEFAULT_REGION");
    if (!region && profiles)
        region = profiles_get(profiles, PROFILE_PROFILE, credentials_profile(env), "region");
    return region;
}

struct shared_file {
    enum profile_file kind;
    const char *variable;
    const char *name; /* below the home directory */
};

/* A file that is not there is as good as an empty one, named or not, as with other clients. */
static enum err load(const struct environment *env, const struct shared_file *f,
                     struct profiles *out, struct errctx *cx)
{
    const char *named = environment_get(env, f->variable);
    const char *home = environment_get(env, "HOME");
    char path[PATH_LENGTH_MAX];
    struct errctx why = {0};
    enum err e;

    if (!named && !home)
        return ERR_OK;
    if (snprintf(path, sizeof(path), "%s%s", named ? named : home, named ? "" : f->name) >=
        (int)sizeof(path))
        return err_set(cx, ERR_CONFIG, 0, "%s is too long", f->variable);
    e = profiles_load(out, f->kind, path, &why);
    if (e == ERR_OK || e == ERR_NOT_FOUND)
        return ERR_OK;
    if (cx)
        *cx = why;
    return e;
}

enum err credentials_load_files(const struct environment *env, struct profiles *out,
                                struct errctx *cx)
{
    static const struct shared_file config = {PROFILE_CONFIG, "AWS_CONFIG_FILE", "/.aws/config"};
    static const struct shared_file credentials = {
        PROFILE_CREDENTIALS, "AWS_SHARED_CREDENTIALS_FILE", "/.aws/credentials"};
    const enum err e = load(env, &config, out, cx);

    return e == ERR_OK ? load(env, &credentials, out, cx) : e;
}
