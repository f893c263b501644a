/* SPDX-License-Identifier: Apache-2.0 */
/*
 * common.c - actions of every phase: waiting, failing, letting go, ending.
 *
 * A run that fails with a volume attached gives it back first; a run that fails in the middle of a
 * move undoes it first. No action here may look at what was answered.
 */
#include "claim/act.h"

void act_nap(void *claim, void *effect)
{
    struct claim *c = claim;

    fx_sleep_until(c, effect, c->now_ms + (c->attempt > 0 ? backoff_ms(c) : poll_ms(c)));
}

void act_rest(void *claim, void *effect)
{
    act_nap(claim, effect);
}

void act_wait_lag(void *claim, void *effect)
{
    struct claim *c = claim;

    fx_sleep_until(c, effect, c->now_ms + c->cfg.lag_ms);
}

void act_wait_window(void *claim, void *effect)
{
    struct claim *c = claim;

    fx_sleep_until(c, effect, c->window_closed_ms);
}

void act_doubt(void *claim, void *effect)
{
    struct claim *c = claim;

    fx_sleep_until(c, effect, c->short_since_ms + c->cfg.lag_ms);
}

static void blame(struct claim *c, int exit_code, const char *reason)
{
    c->exit_code = exit_code;
    c->reason = reason;
}

static void blame_last(struct claim *c)
{
    /* A conflict or a doubt that brought the run to its end may be over at the next try. */
    const int code = err_exit(c->last_err) == EXIT_DONE ? EXIT_BUG : (int)err_exit(c->last_err);

    blame(c, code, err_words(c->last_err));
}

void act_fail(void *claim, void *effect)
{
    struct claim *c = claim;

    blame_last(c);
    fx_finish(c, effect, c->exit_code, c->reason);
}

void act_fail_denied(void *claim, void *effect)
{
    fx_finish(claim, effect, EXIT_DENIED, "permission denied");
}

void act_fail_late(void *claim, void *effect)
{
    fx_finish(claim, effect, EXIT_AGAIN, "the deadline of the run has passed");
}

void act_fail_limit(void *claim, void *effect)
{
    fx_finish(claim, effect, EXIT_NOTHING, "a limit of the account or the machine is reached");
}

void act_fail_occupied(void *claim, void *effect)
{
    fx_finish(claim, effect, EXIT_CONFIG, "something else is mounted at the mount point");
}

void act_fail_unsafe(void *claim, void *effect)
{
    fx_finish(claim, effect, EXIT_UNSAFE, "what is mounted is not what was expected");
}

void act_finish(void *claim, void *effect)
{
    struct claim *c = claim;

    fx_finish(c, effect, c->exit_code, c->exit_code == EXIT_DONE ? "done" : c->reason);
}

void act_detach(void *claim, void *effect)
{
    struct claim *c = claim;

    struct claim_skip *skip = skip_find(c, c->chosen);

    (void)fx_change_volume(c, effect, FX_DETACH, &c->target.id);
    /* No double of this detach may hit a later attachment of the same volume. */
    if (skip != NULL && skip->yielded && skip->until_ms < c->window_closed_ms) {
        skip->until_ms = c->window_closed_ms;
    }
}

void act_part(void *claim, void *effect)
{
    blame_last(claim);
    act_detach(claim, effect);
}

void act_part_denied(void *claim, void *effect)
{
    blame(claim, EXIT_DENIED, "permission denied");
    act_detach(claim, effect);
}

void act_part_late(void *claim, void *effect)
{
    blame(claim, EXIT_AGAIN, "the deadline of the run has passed");
    act_detach(claim, effect);
}

void act_part_unsafe(void *claim, void *effect)
{
    blame(claim, EXIT_UNSAFE, "the filesystem needs a repair by hand");
    act_detach(claim, effect);
}

/* The reason was given before. */
void act_part_same(void *claim, void *effect)
{
    act_detach(claim, effect);
}
