/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ec2_tokens.c - the client tokens of CreateVolume (C, L.1).
 *
 * A token is remembered with a fingerprint of the parameters it came with, by zone unless the
 * options say that tokens are regional. Texts are kept as 128 bits of digest. Throttled and refused
 * calls never get here, so they never bind a token.
 */
#include "sim/ec2_state.h"

#include <assert.h>

static uint64_t text_hash(const char *text)
{
    return text ? hash_bytes(text, strlen(text)) : 0;
}

/* C.2 quote 2: all parameters "other than the Region or Availability Zone" are compared. */
static uint64_t fingerprint(const struct ec2 *m, const struct ec2_request *rq)
{
    uint64_t h = hash_mix(rq->type, (uint64_t)rq->size_gib << 32 | rq->iops);

    h = hash_mix(h,
                 (uint64_t)rq->throughput << 2 | (uint64_t)rq->encrypted << 1 | rq->multi_attach);
    h = hash_mix(h, text_hash(rq->kms_key));
    h = hash_mix(h, text_hash(rq->snapshot.text));
    if (!ec2_peek(m)->tokens_ignore_tags)
        h = hash_mix(h, tags_fingerprint(rq->tags, rq->tag_count));
    return h;
}

struct token_key token_key(const struct ec2 *m, const struct ec2_request *rq, uint32_t zone)
{
    const size_t size = strlen(rq->client_token);
    const uint64_t hi = hash_bytes(rq->client_token, size);

    return (struct token_key){
        .hi = hi,
        .lo =
            hash_mix(hash_mix(size, hi), hash_bytes(rq->client_token + size / 2, size - size / 2)),
        .fingerprint = fingerprint(m, rq),
        .zone = ec2_peek(m)->token_scope == EC2_TOKENS_ZONAL ? zone : EC2_NONE,
    };
}

static uint32_t *bucket_of(struct ec2 *m, const struct token_key *key)
{
    const struct arena_region *heads = &ec2_state(m)->token_heads;

    return arena_at(m->arena, heads, (uint32_t)(key->hi % heads->capacity));
}

void tokens_init(struct ec2 *m)
{
    struct arena_region *heads = &ec2_state(m)->token_heads;

    heads->used = heads->capacity;
    memset(arena_at(m->arena, heads, 0), 0, arena_bytes(heads));
}

static bool is_forgotten(const struct ec2 *m, const struct ec2_token *t)
{
    return ec2_peek(m)->now_ms - t->made_ms > m->rates->token_ms;
}

/* Takes forgotten tokens out of a bucket. */
static void bucket_clean(struct ec2 *m, uint32_t *link)
{
    while (*link != 0) {
        const uint32_t at = *link - 1;
        struct ec2_token *t = token_at(m, at);

        if (!is_forgotten(m, t)) {
            link = &t->next;
            continue;
        }
        *link = t->next;
        arena_give(m->arena, &ec2_state(m)->tokens, at);
    }
}

uint32_t token_find(struct ec2 *m, const struct token_key *key)
{
    uint32_t *bucket = bucket_of(m, key);

    bucket_clean(m, bucket);
    for (uint32_t next = *bucket; next != 0; next = token_peek(m, next - 1)->next) {
        const struct ec2_token *t = token_peek(m, next - 1);

        if (t->hi == key->hi && t->lo == key->lo && t->zone == key->zone)
            return next - 1;
    }
    return EC2_NONE;
}

bool token_room(struct ec2 *m)
{
    struct ec2_state *s = ec2_state(m);

    for (uint32_t i = 0; arena_room(&s->tokens) == 0 && i < s->token_heads.capacity; i++)
        bucket_clean(m, arena_at(m->arena, &s->token_heads, i));
    return arena_room(&s->tokens) > 0;
}

void token_bind(struct ec2 *m, const struct token_key *key, uint32_t volume)
{
    const uint32_t at = arena_take(m->arena, &ec2_state(m)->tokens);
    uint32_t *bucket = bucket_of(m, key);

    assert(at != ARENA_NONE);
    *token_at(m, at) = (struct ec2_token){
        .hi = key->hi,
        .lo = key->lo,
        .fingerprint = key->fingerprint,
        .made_ms = ec2_peek(m)->now_ms,
        .volume = volume,
        .next = *bucket,
        .zone = key->zone,
    };
    *bucket = at + 1;
}
