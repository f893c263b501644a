/* SPDX-License-Identifier: Apache-2.0 */
/*
 * driver.c - performs effects on the ports and reports each step.
 *
 * Every effect has one small function that unpacks it into the typed call it stands for. A new row
 * in effects.def does not compile here until someone decides what performing it means.
 */
#include "driver.h"

#include <assert.h>
#include <string.h>

/* One effect being performed: what is asked, whom, and where the outcome goes. */
struct job {
    const struct port *port;
    const struct effect *fx;
    struct answer *answer;
    struct port_call call;
};

static enum err sleep_until(struct job *j)
{
    j->port->clock->sleep_until(j->port->clock, j->fx->deadline_ms);
    return ERR_OK;
}

static enum err identify(struct job *j)
{
    return j->port->cloud->identify(j->port->cloud, &j->call, &j->answer->self);
}

static enum err list(struct job *j)
{
    return j->port->cloud->list(j->port->cloud, &j->call, j->fx->page, &j->answer->page);
}

static enum err list_lineage(struct job *j)
{
    return j->port->cloud->list_lineage(j->port->cloud, &j->call, &j->fx->lineage, j->fx->page,
                                        &j->answer->page);
}

static enum err read_volume(struct job *j)
{
    return j->port->cloud->read_volume(j->port->cloud, &j->call, &j->fx->volume,
                                       &j->answer->volume);
}

static enum err read_tags(struct job *j)
{
    return j->port->cloud->read_tags(j->port->cloud, &j->call, &j->fx->volume, &j->answer->volume);
}

/* A provider that cannot tell who is leaving is not asked, and nobody is seen to leave. */
static enum err read_leaving(struct job *j)
{
    static const struct leaving nobody;

    if (!(j->port->cloud->capabilities & CLOUD_LEAVING)) {
        j->answer->leaving = &nobody;
        return ERR_OK;
    }
    return j->port->cloud->read_leaving(j->port->cloud, &j->call, &j->answer->leaving);
}

static bool moves(const struct job *j)
{
    return (j->port->cloud->capabilities & CLOUD_MOVES) != 0;
}

static enum err refuse_move(struct job *j)
{
    return err_set(j->call.cx, ERR_UNSUPPORTED, 0, "%s: the provider \"%s\" knows no snapshots",
                   fx_name(j->fx->kind), j->port->cloud->name);
}

/* Where there are no snapshots, none of ours were left behind either. */
static enum err list_snapshots(struct job *j)
{
    static const struct snapshot_list none;

    if (!moves(j)) {
        j->answer->snapshots = &none;
        return ERR_OK;
    }
    return j->port->cloud->list_snapshots(j->port->cloud, &j->call, &j->fx->volume,
                                          &j->answer->snapshots);
}

static enum err read_snapshot(struct job *j)
{
    if (!moves(j))
        return refuse_move(j);
    return j->port->cloud->read_snapshot(j->port->cloud, &j->call, &j->fx->snapshot,
                                         &j->answer->snapshots);
}

static enum err attach(struct job *j)
{
    const struct attach_request request = {
        .volume = j->fx->volume,
        .device_name = j->fx->device_name,
    };

    return j->port->cloud->attach(j->port->cloud, &j->call, &request);
}

static enum err detach(struct job *j)
{
    return j->port->cloud->detach(j->port->cloud, &j->call, &j->fx->volume);
}

static enum err mark(struct job *j)
{
    return j->port->cloud->mark(j->port->cloud, &j->call, &j->fx->volume, &j->fx->mark);
}

static enum err unmark(struct job *j)
{
    return j->port->cloud->unmark(j->port->cloud, &j->call, &j->fx->volume, &j->fx->mark);
}

static enum err create_volume(struct job *j)
{
    const struct create_request request = {
        .token = j->fx->token,
        .lineage = j->fx->lineage,
        .slot = j->fx->slot,
        .mark = j->fx->mark,
        .blank = j->fx->blank,
        .has_blank = j->fx->has_blank,
        .snapshot = j->fx->snapshot,
    };

    return j->port->cloud->create_volume(j->port->cloud, &j->call, &request, &j->answer->made);
}

static enum err create_copy(struct job *j)
{
    const struct copy_request request = {
        .token = j->fx->token,
        .source = j->fx->volume,
        .snapshot = j->fx->snapshot,
        .lineage = j->fx->lineage,
        .fs = j->fx->fs,
        .blank = j->fx->blank,
        .claim_token = j->fx->claim_token,
        .attempt = j->fx->attempt,
        .generation = j->fx->generation,
        .slot = j->fx->slot,
        .has_fs = j->fx->has_fs,
        .has_blank = j->fx->has_blank,
    };

    if (!moves(j))
        return refuse_move(j);
    return j->port->cloud->create_copy(j->port->cloud, &j->call, &request, &j->answer->made);
}

static enum err create_snapshot(struct job *j)
{
    const struct snapshot_request request = {
        .volume = j->fx->volume,
        .claim_token = j->fx->claim_token,
        .attempt = j->fx->attempt,
    };

    if (!moves(j))
        return refuse_move(j);
    return j->port->cloud->create_snapshot(j->port->cloud, &j->call, &request, &j->answer->made);
}

static enum err delete_volume(struct job *j)
{
    return j->port->cloud->delete_volume(j->port->cloud, &j->call, &j->fx->volume);
}

static enum err delete_snapshot(struct job *j)
{
    if (!moves(j))
        return refuse_move(j);
    return j->port->cloud->delete_snapshot(j->port->cloud, &j->call, &j->fx->snapshot);
}

static enum err inspect(struct job *j)
{
    return j->port->host->inspect(j->port->host, &j->call, &j->answer->inspection);
}

static enum err await_device(struct job *j)
{
    return j->port->host->await_device(j->port->host, &j->call, &j->fx->volume);
}

static enum err probe(struct job *j)
{
    const struct probe_request request = {.volume = j->fx->volume, .vouched = j->fx->has_blank};

    return j->port->host->probe(j->port->host, &j->call, &request, &j->answer->probe);
}

static enum err mkfs(struct job *j)
{
    return j->port->host->mkfs(j->port->host, &j->call, &j->fx->volume, &j->fx->fs,
                               &j->answer->probe);
}

static enum err fsck(struct job *j)
{
    return j->port->host->fsck(j->port->host, &j->call, &j->fx->volume);
}

static enum err grow(struct job *j)
{
    return j->port->host->grow(j->port->host, &j->call, &j->fx->volume);
}

static enum err mount(struct job *j)
{
    return j->port->host->mount(j->port->host, &j->call, &j->fx->volume, &j->fx->fs);
}

static enum err extend(struct job *j)
{
    return j->port->host->extend(j->port->host, &j->call, &j->fx->volume);
}

static enum err verify(struct job *j)
{
    return j->port->host->verify(j->port->host, &j->call, &j->fx->volume, &j->fx->fs,
                                 &j->answer->probe);
}

static enum err announce(struct job *j)
{
    return j->port->host->announce(j->port->host, &j->call, &j->fx->volume);
}

static enum err unmount(struct job *j)
{
    return j->port->host->unmount(j->port->host, &j->call, &j->fx->volume);
}

static enum err call(struct job *j)
{
    switch (j->fx->kind) {
    case FX_NONE: return ERR_OK; /* The machine asks itself what is next. */
    case FX_SLEEP: return sleep_until(j);
    case FX_IDENTIFY: return identify(j);
    case FX_LIST: return list(j);
    case FX_LIST_LINEAGE: return list_lineage(j);
    case FX_READ_VOLUME: return read_volume(j);
    case FX_READ_TAGS: return read_tags(j);
    case FX_READ_LEAVING: return read_leaving(j);
    case FX_LIST_SNAPSHOTS: return list_snapshots(j);
    case FX_READ_SNAPSHOT: return read_snapshot(j);
    case FX_ATTACH: return attach(j);
    case FX_DETACH: return detach(j);
    case FX_MARK: return mark(j);
    case FX_UNMARK: return unmark(j);
    case FX_CREATE_VOLUME: return create_volume(j);
    case FX_CREATE_COPY: return create_copy(j);
    case FX_CREATE_SNAPSHOT: return create_snapshot(j);
    case FX_DELETE_VOLUME: return delete_volume(j);
    case FX_DELETE_SNAPSHOT: return delete_snapshot(j);
    case FX_INSPECT: return inspect(j);
    case FX_AWAIT_DEVICE: return await_device(j);
    case FX_PROBE: return probe(j);
    case FX_MKFS: return mkfs(j);
    case FX_FSCK: return fsck(j);
    case FX_GROW: return grow(j);
    case FX_MOUNT: return mount(j);
    case FX_EXTEND: return extend(j);
    case FX_VERIFY: return verify(j);
    case FX_ANNOUNCE: return announce(j);
    case FX_UNMOUNT: return unmount(j);
    case FX_FINISH:
    case FX_COUNT: break;
    }
    return err_set(j->call.cx, ERR_BUG, 0, "the effect %s cannot be performed",
                   fx_name(j->fx->kind));
}

/* The clock is read after the call: the answer counts from when it is here. */
static struct answer perform(struct driver *d, const struct effect *fx)
{
    struct answer answer = {.of = fx->kind};
    struct errctx cx;
    struct job j = {
        .port = d->port,
        .fx = fx,
        .answer = &answer,
        .call = {.not_after_ms = fx->not_after_ms, .deadline_ms = fx->deadline_ms, .cx = &cx},
    };

    err_clear(&cx);
    answer.err = call(&j);
    answer.date_ms = j.call.date_ms;
    answer.now_ms = d->port->clock->now_ms(d->port->clock);
    if (answer.err != ERR_OK) {
        if (cx.code != answer.err)
            (void)err_set(&cx, answer.err, 0, "%s %s", fx_name(fx->kind), fx->volume.text);
        d->failures[cx.code] = cx;
        d->last_failure = cx.code;
        d->failed_step = d->recorder.count;
    }
    return answer;
}

static void report_answer(const struct driver *d, const struct answer *answer)
{
    const enum fx_port port = fx_port(answer->of);
    const enum log_subsystem who = port == FX_PORT_HOST ? LOG_HOST : LOG_CLOUD;
    const char *words = answer->err == ERR_OK ? "" : d->failures[answer->err].message;

    if (port != FX_PORT_HOST && port != FX_PORT_CLOUD)
        return;
    log_write(d->log, LOG_DEBUG, who, "answer",
              FIELDS(F_TEXT("to", fx_name(answer->of)), F_TEXT("error", err_name(answer->err)),
                     F_TEXT("words", words), F_U64("date", answer->date_ms)));
}

static void report_step(struct driver *d, const struct claim *c, const struct driver_step *step,
                        enum err err)
{
    const struct effect *fx = step->effect;
    struct recorded record = {
        .now_ms = step->now_ms,
        .trace = *step->trace,
        .err = err,
        .effect = fx->kind,
        .object = fx->volume,
        .attempt = c->attempt,
    };

    if (!record.object.text[0])
        record.object = fx->snapshot;
    recorder_add(&d->recorder, &record);
    recorder_write(&record, d->log, LOG_INFO);
}

/*
 * The failure that the reason is about, if one is: the core gives the words of its code. Else one
 * that came just before the end, as a run that ends for lack of time leaves off in the middle of
 * it.
 */
static const struct errctx *cause(const struct driver *d, const char *reason)
{
    enum { RECENT_STEPS = 3 };

    for (int code = ERR_OK + 1; code < ERR_COUNT; code++) {
        if (d->failures[code].code != ERR_OK && strcmp(err_words((enum err)code), reason) == 0)
            return &d->failures[code];
    }
    if (d->last_failure != ERR_OK && d->failed_step + RECENT_STEPS >= d->recorder.count)
        return &d->failures[d->last_failure];
    return NULL;
}

static int report_end(struct driver *d, const struct effect *fx)
{
    const bool good = fx->exit_code == EXIT_DONE;
    const struct errctx *failure = cause(d, fx->reason);

    log_write(d->log, good ? LOG_INFO : LOG_ERROR, LOG_CLAIM, good ? "done" : "failed",
              FIELDS(F_TEXT("reason", fx->reason), F_I64("exit", fx->exit_code)));
    if (good)
        return fx->exit_code;
    if (failure)
        log_failure(d->log, LOG_CLAIM, failure);
    /* Steps that are in the log already need no second telling. */
    if (!log_wants(d->log, LOG_INFO, LOG_CLAIM))
        recorder_dump(&d->recorder, d->log);
    return fx->exit_code;
}

/* The table has no cell for what happened: a bug of ours, told with all there is to find it. */
static int report_bug(struct driver *d, const struct claim_trace *trace)
{
    log_write(d->log, LOG_ERROR, LOG_CLAIM, "bug",
              FIELDS(F_TEXT("state", claim_state_name(trace->from)),
                     F_TEXT("event", claim_event_name(trace->event)),
                     F_TEXT("words", "the table has no cell for this event in this state")));
    recorder_dump(&d->recorder, d->log);
    return EXIT_BUG;
}

int driver_run(struct driver *d, struct claim *c)
{
    struct claim_trace trace = {0};
    struct effect fx = {.kind = FX_NONE};
    struct driver_step step = {.claim = c, .trace = &trace, .effect = &fx};
    struct answer answer = {.err = ERR_OK};

    d->last_failure = ERR_OK;
    for (int code = 0; code < ERR_COUNT; code++)
        err_clear(&d->failures[code]);
    step.now_ms = d->port->clock->now_ms(d->port->clock);
    claim_start(c, step.now_ms, &fx, &trace);
    for (;;) {
        d->log->now_ms = step.now_ms;
        report_step(d, c, &step, answer.err);
        if (d->watch && !d->watch(d->watch_context, &step))
            return DRIVER_STOPPED;
        if (fx.kind == FX_FINISH)
            return report_end(d, &fx);
        answer = perform(d, &fx);
        step.now_ms = answer.now_ms;
        report_answer(d, &answer);
        if (!claim_step(c, &answer, &fx, &trace))
            return report_bug(d, &trace);
    }
}
