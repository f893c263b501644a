/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ec2_read.c - DescribeVolumes: the past as one reader sees it (D.2, L.3).
 *
 * Every read has an age of its own; tags may be of another age than states, and each item older
 * still. The plain case, one age and no fault, is a walk over heads and versions without a copy,
 * and the list that was built last is handed out again while nothing has changed in it. Reads
 * change no state.
 */
#include "sim/ec2_state.h"

#include <assert.h>

enum { PPM = 1000000, TOKEN_CHECK_BITS = 16, POINTER_SIZE = sizeof(void *) };

/* --- Moments --- */

static uint64_t moment(const struct ec2 *m, const struct ec2_request *rq, uint64_t base_ms,
                       uint32_t index)
{
    const struct ec2_state *s = ec2_peek(m);
    const uint64_t oldest_ms = s->now_ms > s->history_ms ? s->now_ms - s->history_ms : 0;
    uint64_t back_ms = 0;

    if (base_ms == 0)
        base_ms = s->now_ms;
    assert(base_ms <= s->now_ms);
    if (rq->spread_ms > 0)
        back_ms = hash_mix(rq->salt, index) % ((uint64_t)rq->spread_ms + 1);
    base_ms = base_ms > back_ms ? base_ms - back_ms : 0;
    return base_ms > oldest_ms ? base_ms : oldest_ms;
}

uint64_t read_moment(const struct ec2 *m, const struct ec2_request *rq, uint32_t index)
{
    return moment(m, rq, rq->as_of_ms, index);
}

uint64_t read_tags_moment(const struct ec2 *m, const struct ec2_request *rq, uint32_t index)
{
    return moment(m, rq, rq->tags_as_of_ms != 0 ? rq->tags_as_of_ms : rq->as_of_ms, index);
}

/* --- Pages --- */

static uint64_t token_check(const struct ec2 *m, uint64_t position)
{
    return hash_mix(ec2_peek(m)->seed, position) >> (64 - TOKEN_CHECK_BITS);
}

uint64_t page_token(const struct ec2 *m, uint32_t next)
{
    const uint64_t position = (uint64_t)next + 1;

    return position << TOKEN_CHECK_BITS | token_check(m, position);
}

enum ec2_code page_start(const struct ec2 *m, const struct ec2_request *rq, struct page_span *out)
{
    const uint64_t position = rq->next_token >> TOKEN_CHECK_BITS;

    *out = (struct page_span){.from = 0, .limit = UINT32_MAX};
    if (rq->id_count > 0 && (rq->max_results > 0 || rq->next_token != 0))
        return EC2_CODE_BAD_COMBINATION;
    if (rq->max_results > 0 && rq->max_results < m->rates->page_min)
        return EC2_CODE_BAD_VALUE;
    if (rq->max_results > 0)
        out->limit = rq->max_results < m->rates->page_max ? rq->max_results : m->rates->page_max;
    if (rq->next_token != 0) {
        if (position == 0 || position > EC2_NONE ||
            rq->next_token != (position << TOKEN_CHECK_BITS | token_check(m, position)))
            return EC2_CODE_BAD_PAGE;
        out->from = (uint32_t)(position - 1);
    }
    /* L.11: a page may be short, even empty, and yet not the last. */
    if (rq->faults & EC2_FAULT_SHORT_PAGE && out->limit != UINT32_MAX)
        out->limit = (uint32_t)(hash_mix(rq->salt, position) % (out->limit + 1));
    return EC2_CODE_OK;
}

/* --- One volume, as a read sees it --- */

struct seen {
    uint32_t version;
    uint32_t tags;
};

/* L.3: a ghost is shown as it was before it was deleted, while its history is there. */
static uint32_t ghost_of(const struct ec2 *m, uint32_t version)
{
    while (version != EC2_NONE && version_peek(m, version)->state >= VOL_DELETING &&
           version_peek(m, version)->state != VOL_ERROR)
        version = version_peek(m, version)->prev;
    return version;
}

static bool see(const struct ec2 *m, const struct ec2_request *rq, uint32_t volume,
                struct seen *out)
{
    const uint64_t at_ms = read_moment(m, rq, volume);
    const uint64_t tags_ms = read_tags_moment(m, rq, volume);
    uint32_t tagged = EC2_NONE;

    out->version = version_find(m, volume, at_ms);
    if (out->version != EC2_NONE && rq->faults & EC2_FAULT_GHOSTS)
        out->version = ghost_of(m, out->version);
    if (out->version == EC2_NONE || version_peek(m, out->version)->state == VOL_DELETED)
        return false;
    tagged = tags_ms == at_ms ? out->version : version_find(m, volume, tags_ms);
    /* B.1: tags given at creation are there from the start, whatever the age of the view. */
    if (tagged == EC2_NONE)
        tagged = version_find(m, volume, volume_peek(m, volume)->created_ms);
    if (tagged == EC2_NONE)
        tagged = out->version;
    out->tags = version_peek(m, tagged)->tags;
    return true;
}

static bool is_hit(const struct ec2_request *rq, enum ec2_fault fault, uint32_t volume)
{
    if (!(rq->faults & (uint32_t)fault))
        return false;
    return rq->fault_ppm == 0 ||
           hash_mix(hash_mix(rq->salt, (uint64_t)fault), volume) % PPM < rq->fault_ppm;
}

/* The facts of what is seen: those of its version, or a copy that is put together anew. */
static const struct volume *show(struct ec2 *m, const struct ec2_request *rq, uint32_t volume,
                                 const struct seen *seen)
{
    const struct volume *facts = facts_of(m, volume, seen->version);
    const bool tagless = is_hit(rq, EC2_FAULT_NO_TAGS, volume);
    const bool loose = is_hit(rq, EC2_FAULT_NO_ATTACHMENT, volume);
    struct volume *copy = NULL;

    if (!tagless && !loose && seen->tags == version_peek(m, seen->version)->tags)
        return facts;
    copy = facts_copy(m, facts);
    if (!copy)
        return NULL;
    if (tagless || seen->tags != version_peek(m, seen->version)->tags)
        facts_read_tags(m, copy, tagless ? 0 : seen->tags);
    if (loose) {
        copy->attachment = ATT_NONE;
        copy->holder_key = 0;
        memset(&copy->holder, 0, sizeof(copy->holder));
    }
    return copy;
}

static bool passes(struct ec2 *m, const struct ec2_request *rq, uint32_t volume,
                   const struct seen *seen)
{
    if (rq->pool && !tags_in_pool(m, seen->tags))
        return false;
    return filters_pass_volume(m, rq, volume, version_peek(m, seen->version), seen->tags);
}

/* --- By id --- */

static enum ec2_code find_by_id(const struct ec2 *m, const struct ec2_request *rq, uint32_t at,
                                uint32_t *volume, struct seen *seen)
{
    if (id_kind(&rq->ids[at]) != EC2_VOLUME)
        return EC2_CODE_BAD_VOLUME_ID;
    *volume = ec2_volume_index(m, &rq->ids[at]);
    if (*volume == EC2_NONE || !see(m, rq, *volume, seen))
        return EC2_CODE_NO_VOLUME;
    return EC2_CODE_OK;
}

/* B.2: one unknown id fails the whole call. */
static enum ec2_code read_ids(struct ec2 *m, const struct ec2_request *rq, struct ec2_answer *a)
{
    const struct volume **items = view_take(m, (size_t)POINTER_SIZE * rq->id_count);
    uint32_t count = 0;

    if (!items)
        return EC2_CODE_INTERNAL;
    for (uint32_t i = 0; i < rq->id_count; i++) {
        struct seen seen;
        const enum ec2_code code = find_by_id(m, rq, i, &a->index, &seen);

        if (code != EC2_CODE_OK)
            return code;
        if (!passes(m, rq, a->index, &seen))
            continue;
        items[count] = show(m, rq, a->index, &seen);
        if (!items[count++])
            return EC2_CODE_INTERNAL;
    }
    a->page = (struct page){.items = items, .count = count};
    a->count = count;
    a->volume = rq->id_count == 1 && count == 1 ? items[0] : NULL;
    return EC2_CODE_OK;
}

/* --- By filter --- */

/* A list being built, and for how long it would look the same. */
struct listing {
    const struct volume **items;
    uint32_t count;
    uint32_t next; /* the volume the next page begins with */
    uint64_t from_ms;
    uint64_t until_ms;
};

static bool is_plain(const struct ec2_request *rq)
{
    const uint32_t shaping = EC2_FAULT_NO_TAGS | EC2_FAULT_NO_ATTACHMENT | EC2_FAULT_SHORT_PAGE |
                             EC2_FAULT_SHUFFLE | EC2_FAULT_GHOSTS;

    return rq->filter_count == 0 && rq->spread_ms == 0 && rq->tags_as_of_ms == 0 &&
           !(rq->faults & shaping);
}

/* The plain walk: four loads a volume. */
static void list_plain(struct ec2 *m, const struct ec2_request *rq, struct page_span span,
                       struct listing *l)
{
    const uint64_t at_ms = read_moment(m, rq, 0);
    const uint32_t used = ec2_peek(m)->volumes.used;
    uint32_t volume = span.from;

    for (; volume < used && l->count < span.limit; volume++) {
        uint32_t at = head_peek(m, volume);
        const struct ec2_version *v = version_peek(m, at);

        while (v->start_ms > at_ms) {
            if (v->start_ms < l->until_ms)
                l->until_ms = v->start_ms;
            at = v->prev;
            if (at == EC2_NONE)
                break;
            v = version_peek(m, at);
        }
        if (at == EC2_NONE)
            continue;
        if (v->start_ms > l->from_ms)
            l->from_ms = v->start_ms;
        if (v->state != VOL_DELETED && (!rq->pool || v->in_pool))
            l->items[l->count++] = facts_of(m, volume, at);
    }
    l->next = volume;
}

static enum ec2_code list_any(struct ec2 *m, const struct ec2_request *rq, struct page_span span,
                              struct listing *l)
{
    const uint32_t used = ec2_peek(m)->volumes.used;
    uint32_t volume = span.from;

    for (; volume < used && l->count < span.limit; volume++) {
        struct seen seen;

        if (!see(m, rq, volume, &seen) || !passes(m, rq, volume, &seen))
            continue;
        l->items[l->count] = show(m, rq, volume, &seen);
        if (!l->items[l->count++])
            return EC2_CODE_INTERNAL;
    }
    l->next = volume;
    return EC2_CODE_OK;
}

static void shuffle(const struct ec2_request *rq, struct listing *l)
{
    if (!(rq->faults & EC2_FAULT_SHUFFLE))
        return;
    for (uint32_t i = l->count; i > 1; i--) {
        const uint32_t j = (uint32_t)(hash_mix(rq->salt, i) % i);
        const struct volume *item = l->items[j];

        l->items[j] = l->items[i - 1];
        l->items[i - 1] = item;
    }
}

static void answer_list(struct ec2 *m, const struct listing *l, struct ec2_answer *a)
{
    const bool more = l->next < ec2_peek(m)->volumes.used;

    a->page = (struct page){.items = l->items, .count = l->count, .more = more};
    a->count = l->count;
    a->next_token = more ? page_token(m, l->next) : 0;
}

static uint64_t reuse_key(const struct ec2_request *rq, struct page_span span)
{
    return hash_mix((uint64_t)span.from << 32 | span.limit, rq->pool);
}

static bool reuse_answer(struct ec2 *m, const struct ec2_request *rq, struct page_span span,
                         struct ec2_answer *a)
{
    struct ec2_reuse *r = &m->reuse;
    const uint64_t at_ms = read_moment(m, rq, 0);

    if (!r->items || r->changes != ec2_peek(m)->changes)
        return false;
    if (r->key != reuse_key(rq, span) || at_ms < r->from_ms || at_ms >= r->until_ms)
        return false;
    if (r->expires_ms < ec2_peek(m)->now_ms)
        return false;
    view_keep(m, r->items);
    r->expires_ms = ec2_peek(m)->now_ms + EC2_VIEW_KEEP_MS;
    a->page = (struct page){.items = r->items, .count = r->count, .more = r->next_token != 0};
    a->count = r->count;
    a->next_token = r->next_token;
    return true;
}

static void reuse_keep(struct ec2 *m, uint64_t key, const struct listing *l,
                       const struct ec2_answer *a)
{
    /* What is past its time may be another's already. */
    if (m->reuse.items && m->reuse.expires_ms >= ec2_peek(m)->now_ms)
        view_drop(m, m->reuse.items);
    view_hold(m, l->items);
    m->reuse = (struct ec2_reuse){
        .key = key,
        .changes = ec2_peek(m)->changes,
        .from_ms = l->from_ms,
        .until_ms = l->until_ms,
        .next_token = a->next_token,
        .expires_ms = ec2_peek(m)->now_ms + EC2_VIEW_KEEP_MS,
        .items = l->items,
        .count = l->count,
    };
}

static uint32_t most_items(const struct ec2 *m, struct page_span span)
{
    const uint32_t used = ec2_peek(m)->volumes.used;
    const uint32_t left = span.from < used ? used - span.from : 0;

    return left < span.limit ? left : span.limit;
}

static enum ec2_code read_list(struct ec2 *m, const struct ec2_request *rq, struct page_span span,
                               struct ec2_answer *a)
{
    struct listing l = {.from_ms = 0, .until_ms = UINT64_MAX};
    enum ec2_code code = EC2_CODE_OK;

    l.items = view_take(m, (size_t)POINTER_SIZE * most_items(m, span));
    if (!l.items)
        return EC2_CODE_INTERNAL;
    if (is_plain(rq)) {
        list_plain(m, rq, span, &l);
        answer_list(m, &l, a);
        reuse_keep(m, reuse_key(rq, span), &l, a);
        return EC2_CODE_OK;
    }
    code = list_any(m, rq, span, &l);
    shuffle(rq, &l);
    answer_list(m, &l, a);
    return code;
}

enum ec2_code read_volumes(struct ec2 *m, const struct ec2_request *rq, struct ec2_answer *a)
{
    struct page_span span;
    const enum ec2_code code = page_start(m, rq, &span);

    if (code != EC2_CODE_OK)
        return code;
    if (rq->id_count > 0)
        return read_ids(m, rq, a);
    if (is_plain(rq) && reuse_answer(m, rq, span, a))
        return EC2_CODE_OK;
    return read_list(m, rq, span, a);
}
