/* SPDX-License-Identifier: Apache-2.0 */
/*
 * report.c - adds up runs and prints them.
 *
 * The JSON members are an interface: they may be added to, never renamed.
 */
#include "sim/report.h"

#include "claim/table.h"

enum {
    BUCKET_ATTACHES = 50, /* ec2.md E.1: AttachVolume: 50 at once, then 5 a second */
    BUCKET_PERIOD_MS = 200,
};

static uint64_t floor_of(uint64_t attaches)
{
    return attaches > BUCKET_ATTACHES ? (attaches - BUCKET_ATTACHES) * BUCKET_PERIOD_MS : 0;
}

void report_add(struct report *r, const struct world *w, uint64_t seed)
{
    uint64_t claimers = 0;

    for (uint32_t i = 0; i < w->machine_count; i++) {
        const struct world_machine *m = &w->machines[i];

        claimers += !m->spec.foreign && m->runs > 0;
        r->mounted += m->life == LIFE_UP && m->host.mounted != HOST_NONE;
    }
    r->runs++;
    r->instances += claimers;
    r->volumes += w->heads_found;
    r->created += w->figures.created;
    r->moved += w->figures.moved;
    r->failed += w->figures.failed;
    r->rerun_failed += w->figures.rerun_failed;
    r->throttled += w->figures.throttled;
    r->virtual_ms += w->figures.settled_ms;
    r->floor_ms += floor_of(claimers);
    r->events += w->figures.events;
    r->digest = mix64(r->digest ^ world_digest(w));
    if (w->figures.last_mounted_ms > 0)
        r->last_mount_ms += w->figures.last_mounted_ms - WORLD_BEGIN_MS;
    for (int i = 0; i < EC2_ACTION_COUNT; i++)
        r->calls[i] += w->figures.calls[i];
    for (int i = 0; i < FAULT_COUNT; i++)
        r->strikes[i] += w->figures.strikes[i];
    if (w->checks.count > 0 && r->violations == 0) {
        r->first = w->checks.first;
        r->failed_seed = seed;
    }
    r->violations += w->checks.count;
}

void report_cells(struct report *r, const struct world *w)
{
    r->cells = 0;
    r->cells_taken = 0;
    for (int s = 0; s < ST_COUNT; s++) {
        for (int e = 0; e < EV_COUNT; e++) {
            const bool is_there = claim_cells[s][e].next != 0;

            r->cells += is_there;
            r->cells_taken += is_there && w->taken[s][e] > 0;
        }
    }
}

static void print_cell(enum claim_state state, enum claim_event event, FILE *out)
{
    (void)fprintf(out, "%s %s -> %s\n", claim_state_name(state), claim_event_name(event),
                  claim_state_name((enum claim_state)claim_cells[state][event].next));
}

static bool is_untaken(const struct world *w, int s, int e)
{
    return claim_cells[s][e].next != 0 && w->taken[s][e] == 0;
}

void report_untaken(const struct world *w, FILE *out)
{
    for (int s = 0; s < ST_COUNT; s++) {
        for (int e = 0; e < EV_COUNT; e++) {
            if (is_untaken(w, s, e))
                print_cell((enum claim_state)s, (enum claim_event)e, out);
        }
    }
}

static uint64_t per_second(uint64_t count, uint64_t us)
{
    return us > 0 ? count * 1000000 / us : 0;
}

static const char *mix_text(const struct report *r, const struct sim_options *o, char *room,
                            size_t size)
{
    if (o->command != SIM_CMD_RACE && !o->faults_set)
        return r->runs > 1 ? "drawn for each seed" : "drawn for this seed";
    return faults_format(&o->faults, room, size) ? room : "?";
}

static void json_calls(const struct report *r, FILE *out)
{
    const char *comma = "";

    (void)fprintf(out, ",\"api_calls\":{");
    for (int i = 0; i < EC2_ACTION_COUNT; i++) {
        if (r->calls[i] == 0)
            continue;
        (void)fprintf(out, "%s\"%s\":%llu", comma, ec2_action_name((enum ec2_action)i),
                      (unsigned long long)r->calls[i]);
        comma = ",";
    }
    (void)fprintf(out, "}");
}

static void json_number(FILE *out, const char *name, uint64_t value)
{
    (void)fprintf(out, ",\"%s\":%llu", name, (unsigned long long)value);
}

void report_json(const struct report *r, const struct sim_options *o, FILE *out)
{
    const uint64_t attaches = r->calls[EC2_ATTACH_VOLUME];
    const uint64_t share = r->instances > 0 ? attaches * 1000 / r->instances : 0;
    char room[2048];

    (void)fprintf(out, "{\"instances\":%llu", (unsigned long long)r->instances);
    json_number(out, "volumes", r->volumes);
    json_number(out, "mounted", r->mounted);
    json_number(out, "created", r->created);
    json_number(out, "moved", r->moved);
    json_number(out, "failed", r->failed);
    json_number(out, "rerun_failed", r->rerun_failed);
    json_number(out, "violations", r->violations);
    json_number(out, "attach_calls", attaches);
    (void)fprintf(out, ",\"attach_per_instance\":%llu.%03u", (unsigned long long)(share / 1000),
                  (unsigned)(share % 1000));
    json_number(out, "throttled", r->throttled);
    json_calls(r, out);
    json_number(out, "virtual_ms", r->virtual_ms);
    json_number(out, "last_mount_ms", r->last_mount_ms);
    json_number(out, "floor_ms", r->floor_ms);
    json_number(out, "events", r->events);
    json_number(out, "events_per_second", per_second(r->events, r->elapsed_us));
    json_number(out, "runs", r->runs);
    json_number(out, "runs_per_second", per_second(r->runs, r->elapsed_us));
    json_number(out, "cells", r->cells);
    json_number(out, "cells_taken", r->cells_taken);
    json_number(out, "seed", r->seed);
    if (r->violations > 0) {
        json_number(out, "failed_seed", r->failed_seed);
        (void)fprintf(out, ",\"violated\":\"%s\"", check_name(r->first.which));
    }
    (void)fprintf(out, ",\"digest\":\"%016llx\"", (unsigned long long)r->digest);
    (void)fprintf(out, ",\"faults\":\"%s\"}\n", mix_text(r, o, room, sizeof(room)));
}

static void text_calls(const struct report *r, FILE *out)
{
    for (int i = 0; i < EC2_ACTION_COUNT; i++) {
        if (r->calls[i] > 0)
            (void)fprintf(out, "  %-30s %10llu\n", ec2_action_name((enum ec2_action)i),
                          (unsigned long long)r->calls[i]);
    }
}

void report_text(const struct report *r, const struct sim_options *o, FILE *out)
{
    char room[2048];

    if (r->runs > 1) {
        (void)fprintf(out, "%llu runs from seed %llu, %llu a second\n", (unsigned long long)r->runs,
                      (unsigned long long)r->seed,
                      (unsigned long long)per_second(r->runs, r->elapsed_us));
    } else {
        (void)fprintf(out, "seed %llu\n", (unsigned long long)r->seed);
    }
    (void)fprintf(out, "faults: %s\n", mix_text(r, o, room, sizeof(room)));
    (void)fprintf(out,
                  "%llu instances, %llu volumes at the start: %llu mounted, %llu created, "
                  "%llu moved, %llu runs failed\n",
                  (unsigned long long)r->instances, (unsigned long long)r->volumes,
                  (unsigned long long)r->mounted, (unsigned long long)r->created,
                  (unsigned long long)r->moved, (unsigned long long)r->failed);
    (void)fprintf(out,
                  "last mount after %llu.%03u s, the attach bucket alone allows %llu.%03u s; all "
                  "settled after %llu s\n",
                  (unsigned long long)(r->last_mount_ms / 1000),
                  (unsigned)(r->last_mount_ms % 1000), (unsigned long long)(r->floor_ms / 1000),
                  (unsigned)(r->floor_ms % 1000), (unsigned long long)(r->virtual_ms / 1000));
    (void)fprintf(out, "calls, %llu of them throttled:\n", (unsigned long long)r->throttled);
    text_calls(r, out);
    (void)fprintf(out, "%llu events, %llu a second; %u of %u cells of the table taken\n",
                  (unsigned long long)r->events,
                  (unsigned long long)per_second(r->events, r->elapsed_us), r->cells_taken,
                  r->cells);
    (void)fprintf(out, "violations: %llu\n", (unsigned long long)r->violations);
}

void report_violation(const struct check_violation *v, FILE *out)
{
    (void)fprintf(out, "violated: %s: %s\n", check_name(v->which), check_words(v->which));
    if (v->machine == EC2_NONE) {
        (void)fprintf(out, "seen at %llu.%03u s: %s\n",
                      (unsigned long long)((v->time_ms - WORLD_BEGIN_MS) / 1000),
                      (unsigned)(v->time_ms % 1000), v->words);
    } else {
        (void)fprintf(out, "seen at %llu.%03u s on i%u: %s\n",
                      (unsigned long long)((v->time_ms - WORLD_BEGIN_MS) / 1000),
                      (unsigned)(v->time_ms % 1000), v->machine, v->words);
    }
}
