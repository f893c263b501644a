/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bench.c - prepares a claim for one question and puts the answer to its judge.
 *
 * It must not set a fact that a test does not ask for.
 */
#include "lib/bench.h"

#include "claim/table.h"

#include <CUnit/CUnit.h>
#include <string.h>

struct bench bench;

void bench_prepare(enum claim_question question)
{
    struct claim *c = &bench.c;
    struct volume *v = &bench.v;
    struct claim_config cfg;

    claim_defaults(&cfg);
    claim_init(c, &cfg, GOAL_RUN, 1, (struct token){.hi = 1, .lo = 1});
    CU_ASSERT_TRUE(id_set(&c->self.instance, "i-5"));
    CU_ASSERT_TRUE(zone_set(&c->self.zone, "z-a"));
    c->self_key = id_key(&c->self.instance);
    c->question = (uint8_t)question;
    c->asked = claim_question_effect(question);
    c->now_ms = BENCH_NOW_MS;
    c->started_ms = BENCH_NOW_MS;
    memset(v, 0, sizeof *v);
    CU_ASSERT_TRUE(id_set(&v->id, "vol-1") && zone_set(&v->zone, "z-a"));
    v->key = id_key(&v->id);
    v->state = VOL_AVAILABLE;
    v->in_pool = v->tags_seen = true;
    c->target.id = v->id;
}

void bench_hold(const char *instance, enum attach_state how)
{
    struct volume *v = &bench.v;

    CU_ASSERT_TRUE(id_set(&v->holder, instance));
    v->holder_key = id_key(&v->holder);
    v->state = VOL_IN_USE;
    v->attachment = how;
}

void bench_flag(const char *instance, bool own, uint64_t expires_ms)
{
    struct flag *f = &bench.v.flags[bench.v.flag_count++];

    CU_ASSERT_TRUE(id_set(&f->instance, instance));
    f->token = (struct token){.hi = 9, .lo = 9};
    f->own = own;
    f->expires_s = expires_ms / 1000;
}

static struct answer answer(enum err err)
{
    return (struct answer){
        .of = bench.c.asked, .err = err, .now_ms = BENCH_NOW_MS, .date_ms = BENCH_NOW_MS};
}

enum claim_event bench_ask(void)
{
    struct answer a = answer(ERR_OK);

    a.volume = &bench.v;
    return claim_judge(&bench.c, &a);
}

enum claim_event bench_ask_nothing(void)
{
    return bench_ask_error(ERR_NOT_FOUND);
}

enum claim_event bench_ask_probe(enum probe_kind kind, const struct uuid *uuid)
{
    struct answer a = answer(ERR_OK);

    a.probe = (struct probe){.kind = kind};
    if (uuid != NULL) {
        a.probe.uuid = *uuid;
    }
    return claim_judge(&bench.c, &a);
}

enum claim_event bench_ask_page(const struct volume *const *items, uint32_t count, bool more)
{
    struct answer a = answer(ERR_OK);

    a.page = (struct page){.items = items, .count = count, .more = more};
    return claim_judge(&bench.c, &a);
}

enum claim_event bench_ask_snapshots(const struct snapshot_list *list)
{
    struct answer a = answer(ERR_OK);

    a.snapshots = list;
    return claim_judge(&bench.c, &a);
}

enum claim_event bench_ask_error(enum err err)
{
    const struct answer a = answer(err);

    return claim_judge(&bench.c, &a);
}
