/* SPDX-License-Identifier: Apache-2.0 */
/*
 * credentials_profile.c - keys of a profile: its own, a program's, or a role's.
 *
 * Profiles may refer to each other; a chain of them is followed a few steps and no further. It must
 * not ask for a code on a device: nobody sits at a server that boots.
 */
#include "aws/credentials_parts.h"
#include "aws/process.h"
#include "scope.h"

#include <stdlib.h>
#include <string.h>

enum { STEPS_MAX = 4, PROCESS_MS = 60 * 1000 };

static enum err keys_of(const struct search *s, const char *name, unsigned steps,
                        struct errctx *cx);

static const char *value(const struct search *s, const char *profile, const char *key)
{
    const struct profiles *p = s->chain->options.profiles;
    const char *text = p ? profiles_get(p, PROFILE_PROFILE, profile, key) : NULL;

    return text && text[0] ? text : NULL;
}

static enum err own_keys(const struct search *s, const char *name, struct errctx *cx)
{
    const char *key_id = value(s, name, "aws_access_key_id");
    const char *secret_key = value(s, name, "aws_secret_access_key");
    const char *token = value(s, name, "aws_session_token");
    enum err e;

    if (!key_id || !secret_key)
        return err_set(cx, ERR_CONFIG, 0, "profile %s has one half of a key pair", name);
    e = secret_text(&s->out->key_id, key_id, "aws_access_key_id", cx);
    if (e == ERR_OK)
        e = secret_text(&s->out->secret_key, secret_key, "aws_secret_access_key", cx);
    if (e == ERR_OK)
        e = secret_text(&s->out->token, token ? token : "", "aws_session_token", cx);
    s->out->source = "the shared files";
    return e;
}

static enum err process_keys(const struct search *s, const char *command, struct errctx *cx)
{
    static const struct document_form form = {.token = "SessionToken"};
    AUTO_BUF struct buf output;
    enum err e;

    buf_init(&output, PROCESS_OUTPUT_MAX);
    e = process_run(command, search_time_left(s, PROCESS_MS), &output, cx);
    if (e == ERR_OK)
        e = document_keys(&output, &form, "the output of credential_process", s->out, cx);
    s->out->source = "credential_process";
    return e;
}

/* credential_source: the keys that a role is assumed with come from another place. */
static enum err source_keys(const struct search *s, const char *source, struct errctx *cx)
{
    enum err e;

    if (strcmp(source, "Environment") == 0)
        e = place_environment(s, cx);
    else if (strcmp(source, "Ec2InstanceMetadata") == 0)
        e = place_instance(s, cx);
    else if (strcmp(source, "EcsContainer") == 0)
        e = place_container(s, cx);
    else
        return err_set(cx, ERR_CONFIG, 0, "credential_source %s is not known", source);
    /* It is configured, so not finding it is no reason to look elsewhere. */
    return e == ERR_NOT_FOUND
               ? err_set(cx, ERR_CONFIG, 0, "credential_source %s has no keys", source)
               : e;
}

static enum err base_keys(const struct search *s, const char *name, unsigned steps,
                          struct errctx *cx)
{
    const char *profile = value(s, name, "source_profile");
    const char *source = value(s, name, "credential_source");

    if (profile && source)
        return err_set(cx, ERR_CONFIG, 0,
                       "profile %s has both source_profile and credential_source", name);
    if (source)
        return source_keys(s, source, cx);
    if (!profile) {
        return err_set(cx, ERR_CONFIG, 0,
                       "profile %s has a role_arn and neither source_profile nor credential_source",
                       name);
    }
    /* A profile may name itself: then its own keys assume its role. */
    if (strcmp(profile, name) == 0)
        return own_keys(s, name, cx);
    return keys_of(s, profile, steps + 1, cx);
}

static enum err role_keys(const struct search *s, const char *name, unsigned steps,
                          struct errctx *cx)
{
    const char *session = value(s, name, "role_session_name");
    const char *seconds = value(s, name, "duration_seconds");
    const char *token_file = value(s, name, "web_identity_token_file");
    const struct sts_role role = {
        .arn = value(s, name, "role_arn"),
        .session_name = session ? session : "volclaim",
        .external_id = value(s, name, "external_id"),
        .duration_s = seconds ? (uint32_t)strtoul(seconds, NULL, 10) : 0,
    };
    struct credentials with = {.source = ""};
    struct search inner = *s;
    enum err e;

    if (token_file)
        return role_by_web_identity(s, role.arn, token_file, cx);
    if (value(s, name, "mfa_serial"))
        return err_set(cx, ERR_CONFIG, 0, "profile %s asks for a code on a device", name);
    inner.out = &with;
    e = base_keys(&inner, name, steps, cx);
    if (e == ERR_OK)
        e = role_by_keys(s, &role, &with, cx);
    explicit_bzero(&with, sizeof(with));
    return e;
}

static enum err keys_of(const struct search *s, const char *name, unsigned steps, struct errctx *cx)
{
    const char *command = value(s, name, "credential_process");

    if (steps == STEPS_MAX)
        return err_set(cx, ERR_CONFIG, 0, "profiles refer to each other for too long: %s", name);
    if (value(s, name, "role_arn"))
        return role_keys(s, name, steps, cx);
    if (value(s, name, "aws_access_key_id") || value(s, name, "aws_secret_access_key"))
        return own_keys(s, name, cx);
    if (command)
        return process_keys(s, command, cx);
    if (steps > 0)
        return err_set(cx, ERR_CONFIG, 0, "profile %s has no keys", name);
    return err_set(cx, ERR_NOT_FOUND, 0, "profile %s has no keys", name);
}

enum err place_profile(const struct search *s, struct errctx *cx)
{
    const struct credentials_options *o = &s->chain->options;

    if (o->profiles && profiles_has(o->profiles, PROFILE_PROFILE, o->profile))
        return keys_of(s, o->profile, 0, cx);
    if (strcmp(o->profile, "default") != 0)
        return err_set(cx, ERR_CONFIG, 0, "there is no profile %s in the shared files", o->profile);
    return err_set(cx, ERR_NOT_FOUND, 0, "the shared files have no profile default");
}
