/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bench.h - one claim that waits for one answer, to ask a single judge.
 *
 * The facts are set by hand between the questions; the table is never stepped. It must not be used
 * where a film can tell the same.
 */
#pragma once

#include "claim/act.h"

#define BENCH_NOW_MS UINT64_C(1700000000000)

struct bench {
    struct claim c;
    struct volume v;
};

extern struct bench bench;

/* A claim of i-5 in z-a that waits for the answer to this question; vol-1 is free, in z-a. */
void bench_prepare(enum claim_question question);
/* Attaches the volume, as seen. */
void bench_hold(const char *instance, enum attach_state how);
/* Adds a claim of somebody with an unknown token. */
void bench_flag(const char *instance, bool own, uint64_t expires_ms);
/* The event when the answer is the volume; when there is none; this probe; this page; these
 * snapshots; this error. */
enum claim_event bench_ask(void);
enum claim_event bench_ask_nothing(void);
enum claim_event bench_ask_probe(enum probe_kind kind, const struct uuid *uuid);
enum claim_event bench_ask_page(const struct volume *const *items, uint32_t count, bool more);
enum claim_event bench_ask_snapshots(const struct snapshot_list *list);
enum claim_event bench_ask_error(enum err err);
