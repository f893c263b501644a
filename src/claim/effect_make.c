/* SPDX-License-Identifier: Apache-2.0 */
/*
 * effect_make.c - effects with their deadlines and windows filled in, the same way everywhere.
 *
 * Every change of the cloud gets a time after which the service must refuse it (design 4, rule 1).
 * No action may write not_after_ms itself.
 */
#include "claim/act.h"

#include <string.h>

static struct effect *fresh(void *out, enum fx kind)
{
    struct effect *fx = out;

    memset(fx, 0, sizeof *fx);
    fx->kind = kind;
    return fx;
}

struct effect *fx_read(struct claim *c, void *out, enum fx kind)
{
    struct effect *fx = fresh(out, kind);

    fx->deadline_ms = c->now_ms + c->cfg.call_ms;
    return fx;
}

struct effect *fx_read_by_id(struct claim *c, void *out, enum fx kind, const struct id *volume)
{
    struct effect *fx = fx_read(c, out, kind);

    fx->volume = *volume;
    return fx;
}

uint64_t window_closed(const struct claim *c, const struct effect *fx)
{
    return fx->not_after_ms + c->cfg.consensus_ms;
}

struct effect *fx_change(struct claim *c, void *out, enum fx kind, uint64_t limit_ms)
{
    struct effect *fx = fx_read(c, out, kind);
    const uint64_t window_ms = c->now_ms + c->cfg.window_ms;

    fx->not_after_ms = limit_ms != 0 && limit_ms < window_ms ? limit_ms : window_ms;
    c->window_closed_ms = window_closed(c, fx);
    return fx;
}

struct effect *fx_change_volume(struct claim *c, void *out, enum fx kind, const struct id *volume)
{
    struct effect *fx = fx_change(c, out, kind, 0);

    fx->volume = *volume;
    return fx;
}

struct effect *fx_host(struct claim *c, void *out, enum fx kind, const struct id *volume)
{
    struct effect *fx = fresh(out, kind);

    fx->deadline_ms = c->now_ms + c->cfg.host_ms;
    fx->volume = *volume;
    return fx;
}

void fx_sleep_until(struct claim *c, void *out, uint64_t until_ms)
{
    struct effect *fx = fresh(out, FX_SLEEP);

    fx->deadline_ms = until_ms > c->now_ms ? until_ms : c->now_ms;
}

/* The hub's question: nothing is done, the answer comes at once, the facts decide. */
void fx_ask(struct claim *c, void *out)
{
    struct effect *fx = fresh(out, FX_NONE);

    fx->deadline_ms = c->now_ms;
}

void fx_finish(struct claim *c, void *out, int exit_code, const char *reason)
{
    struct effect *fx = fresh(out, FX_FINISH);

    c->exit_code = exit_code;
    c->reason = reason;
    fx->exit_code = exit_code;
    fx->reason = reason;
    fx->volume = c->target.id;
}

struct effect *fx_mark(struct claim *c, void *out, const struct id *volume)
{
    struct effect *fx = fx_change_volume(c, out, FX_MARK, volume);

    fx->mark = c->mark;
    c->marked = *volume;
    return fx;
}
