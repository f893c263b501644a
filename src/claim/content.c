/* SPDX-License-Identifier: Apache-2.0 */
/*
 * content.c - from a verdict to a mounted filesystem: probe, format, record, check, mount.
 *
 * Only a device proven blank is formatted, only what is recorded is mounted (S3). Before the first
 * mkfs the volume gets a blank record, and before the first mount the filesystem's uuid: a crash
 * between the two leaves bytes that nobody ever mounted, and says so.
 */
#include "claim/act.h"
#include "claim/digest.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

static void set_mark(struct claim *c, enum mark_kind kind)
{
    memset(&c->mark, 0, sizeof c->mark);
    c->mark.kind = kind;
}

static struct effect *content_call(void *claim, void *effect, enum fx kind)
{
    struct claim *c = claim;
    struct effect *fx = fx_host(c, effect, kind, &c->target.id);

    fx->has_fs = c->target.has_fs;
    fx->fs = c->target.fs;
    fx->has_blank = c->target.has_blank && !c->target.has_fs;
    return fx;
}

void act_probe(void *claim, void *effect)
{
    (void)content_call(claim, effect, FX_PROBE);
}

void act_bless(void *claim, void *effect)
{
    struct claim *c = claim;

    set_mark(c, MARK_BLANK);
    c->mark.token = c->token;
    (void)fx_mark(c, effect, &c->target.id);
}

void act_unbless(void *claim, void *effect)
{
    struct claim *c = claim;

    set_mark(c, MARK_BLANK);
    c->mark.token = c->target.blank;
    fx_change_volume(c, effect, FX_UNMARK, &c->target.id)->mark = c->mark;
}

void act_read_mark(void *claim, void *effect)
{
    struct claim *c = claim;

    (void)fx_read_by_id(c, effect, FX_READ_TAGS, &c->marked);
}

/* The uuid follows from process and volume: a repeat after a lost answer makes the same one. */
void act_mkfs(void *claim, void *effect)
{
    struct claim *c = claim;
    const struct token t = token_derive(c->token, "fs", id_key(&c->target.id));
    char text[33];

    token_format(t, text);
    c->new_fs = uuid_of_name(text, 32);
    content_call(c, effect, FX_MKFS)->fs = c->new_fs;
}

void act_record(void *claim, void *effect)
{
    struct claim *c = claim;

    set_mark(c, MARK_FS);
    c->mark.uuid = c->new_fs;
    (void)fx_mark(c, effect, &c->target.id);
}

void act_fsck(void *claim, void *effect)
{
    (void)content_call(claim, effect, FX_FSCK);
}

void act_grow(void *claim, void *effect)
{
    (void)content_call(claim, effect, FX_GROW);
}

void act_mount(void *claim, void *effect)
{
    (void)content_call(claim, effect, FX_MOUNT);
}

void act_extend(void *claim, void *effect)
{
    (void)content_call(claim, effect, FX_EXTEND);
}

void act_verify(void *claim, void *effect)
{
    (void)content_call(claim, effect, FX_VERIFY);
}

void act_verify_held(void *claim, void *effect)
{
    struct claim *c = claim;

    c->target.id = c->survey.held.id;
    c->target_created_ms = c->survey.held.created_ms;
    c->chosen = id_key(&c->target.id);
    c->target_held = true;
    (void)content_call(c, effect, FX_VERIFY);
}

void act_announce(void *claim, void *effect)
{
    (void)content_call(claim, effect, FX_ANNOUNCE);
}

/* Others shall not meet the same wall one after another; only a person takes the mark off. */
static void quarantine(struct claim *c, void *effect, const struct id *volume)
{
    set_mark(c, MARK_QUARANTINE);
    (void)snprintf(c->mark.reason, sizeof c->mark.reason, "%s", "content that is not ours");
    c->exit_code = EXIT_UNSAFE;
    c->reason = "the device has content that must not be touched";
    (void)fx_mark(c, effect, volume);
}

void act_quarantine(void *claim, void *effect)
{
    struct claim *c = claim;

    quarantine(c, effect, &c->target.id);
}

void act_quarantine_source(void *claim, void *effect)
{
    struct claim *c = claim;

    quarantine(c, effect, &c->move.source.id);
}

void mark_took(struct claim *c)
{
    if (!id_same(&c->marked, &c->target.id)) {
        return;
    }
    switch (c->mark.kind) {
    case MARK_BLANK:
        c->target.has_blank = true;
        c->target.blank = c->mark.token;
        break;
    case MARK_FS:
        c->target.has_fs = true;
        c->target.fs = c->mark.uuid;
        break;
    case MARK_STATE: c->target_crowned = true; break;
    case MARK_NONE:
    case MARK_LINEAGE:
    case MARK_GENERATION:
    case MARK_VOID:
    case MARK_QUARANTINE:
    case MARK_SOURCE:
    case MARK_CLAIM:
    case MARK_SLOT:
    case MARK_TOKEN: break;
    }
}

static bool mark_stands(const struct mark *m, const struct volume *v)
{
    switch (m->kind) {
    case MARK_BLANK: return v->has_blank && token_same(v->blank, m->token);
    case MARK_FS: return v->has_fs && uuid_same(&v->fs, &m->uuid);
    case MARK_STATE: return !v->copy;
    case MARK_VOID: return v->is_void;
    case MARK_QUARANTINE: return v->quarantined;
    case MARK_NONE:
    case MARK_LINEAGE:
    case MARK_GENERATION:
    case MARK_SOURCE:
    case MARK_CLAIM:
    case MARK_SLOT:
    case MARK_TOKEN: break;
    }
    return false;
}

enum claim_event judge_mark_shown(struct claim *c, const struct answer *a)
{
    if (a->volume == NULL || !a->volume->in_pool || !mark_stands(&c->mark, a->volume)) {
        return EV_OPEN;
    }
    mark_took(c);
    return EV_SHOWN;
}

static enum claim_event unreadable(struct claim *c)
{
    enum { READ_TRIES_MAX = 3 };

    if (weak(WEAK_FORMAT_ON_READ_ERROR)) {
        return c->target.has_blank ? EV_BLANK : EV_BARE;
    }
    c->tries++;
    return c->tries < READ_TRIES_MAX ? EV_BUSY : EV_UNSAFE;
}

/* Bytes without a signature are a half-made mkfs only where our record says nobody mounted it yet.
 */
static enum claim_event blank_or_noise(const struct claim *c, bool blank)
{
    if (c->target.has_fs) {
        return EV_UNSAFE; /* A filesystem is recorded and is not there. */
    }
    if (c->target.has_blank) {
        return create_must_count(c) ? EV_SETTLE : EV_BLANK;
    }
    return blank ? EV_BARE : EV_UNSAFE;
}

static enum claim_event filesystem(struct claim *c, const struct uuid *found)
{
    if (!c->target.has_fs) {
        c->new_fs = *found;
        return EV_NEW;
    }
    if (!uuid_same(found, &c->target.fs)) {
        return EV_UNSAFE;
    }
    return c->target.has_blank ? EV_KNOWN_BLESSED : EV_KNOWN;
}

/* What was made is what is recorded, should mkfs not have taken the uuid it was given. */
enum claim_event judge_made(struct claim *c, const struct answer *a)
{
    if (a->probe.kind == PROBE_FILESYSTEM) {
        c->new_fs = a->probe.uuid;
    }
    return EV_OK;
}

enum claim_event judge_content(struct claim *c, const struct answer *a)
{
    switch (a->probe.kind) {
    case PROBE_BLANK: return blank_or_noise(c, true);
    case PROBE_NOISE: return blank_or_noise(c, false);
    case PROBE_FILESYSTEM: return filesystem(c, &a->probe.uuid);
    case PROBE_UNREADABLE: return unreadable(c);
    case PROBE_NONE:
    case PROBE_FOREIGN:
    case PROBE_AMBIGUOUS: break;
    }
    return EV_UNSAFE;
}
