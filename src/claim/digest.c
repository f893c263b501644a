/* SPDX-License-Identifier: Apache-2.0 */
/*
 * digest.c - SHA-1 (FIPS 180-4, section 6.1) and what is derived with it.
 *
 * It serves naming, never secrecy. Keep it small: anything faster or stronger belongs in a library.
 */
#include "claim/digest.h"

#include <assert.h>
#include <string.h>

enum { BLOCK_SIZE = 64, ROUNDS = 80 };

static uint32_t rotate_left(uint32_t x, unsigned n)
{
    return (x << n) | (x >> (32 - n));
}

static uint32_t round_mix(size_t t, const uint32_t h[5])
{
    if (t < 20) {
        return ((h[1] & h[2]) | (~h[1] & h[3])) + UINT32_C(0x5a827999);
    }
    if (t < 40) {
        return (h[1] ^ h[2] ^ h[3]) + UINT32_C(0x6ed9eba1);
    }
    if (t < 60) {
        return ((h[1] & h[2]) | (h[1] & h[3]) | (h[2] & h[3])) + UINT32_C(0x8f1bbcdc);
    }
    return (h[1] ^ h[2] ^ h[3]) + UINT32_C(0xca62c1d6);
}

static void block(uint32_t state[5], const uint8_t data[BLOCK_SIZE])
{
    uint32_t w[ROUNDS];
    uint32_t h[5];

    for (size_t t = 0; t < 16; t++) {
        w[t] = (uint32_t)data[4 * t] << 24 | (uint32_t)data[4 * t + 1] << 16 |
               (uint32_t)data[4 * t + 2] << 8 | (uint32_t)data[4 * t + 3];
    }
    for (size_t t = 16; t < ROUNDS; t++) {
        w[t] = rotate_left(w[t - 3] ^ w[t - 8] ^ w[t - 14] ^ w[t - 16], 1);
    }
    memcpy(h, state, sizeof h);
    for (size_t t = 0; t < ROUNDS; t++) {
        const uint32_t next = rotate_left(h[0], 5) + round_mix(t, h) + h[4] + w[t];

        h[4] = h[3];
        h[3] = h[2];
        h[2] = rotate_left(h[1], 30);
        h[1] = h[0];
        h[0] = next;
    }
    for (size_t i = 0; i < 5; i++) {
        state[i] += h[i];
    }
}

void sha1(const void *data, size_t size, uint8_t out[SHA1_SIZE])
{
    uint32_t state[5] = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0};
    const uint8_t *bytes = data;
    uint8_t tail[2 * BLOCK_SIZE] = {0};
    const size_t whole = size / BLOCK_SIZE * BLOCK_SIZE;
    const size_t rest = size - whole;
    const size_t tail_size = rest < BLOCK_SIZE - 8 ? BLOCK_SIZE : 2 * BLOCK_SIZE;
    const uint64_t bits = (uint64_t)size * 8;

    for (size_t at = 0; at < whole; at += BLOCK_SIZE) {
        block(state, bytes + at);
    }
    memcpy(tail, bytes + whole, rest);
    tail[rest] = 0x80;
    for (size_t i = 0; i < 8; i++) {
        tail[tail_size - 1 - i] = (uint8_t)(bits >> (8 * i));
    }
    for (size_t at = 0; at < tail_size; at += BLOCK_SIZE) {
        block(state, tail + at);
    }
    for (size_t i = 0; i < SHA1_SIZE; i++) {
        out[i] = (uint8_t)(state[i / 4] >> (24 - 8 * (i % 4)));
    }
}

struct uuid uuid_of_name(const char *name, size_t size)
{
    /* The namespace of volclaim, drawn once at random; it can never change. */
    static const uint8_t space[16] = {0x6f, 0x1c, 0x0a, 0x54, 0x37, 0xd2, 0x4b, 0x0e,
                                      0x9c, 0x61, 0x5e, 0xa8, 0xb3, 0x92, 0x7d, 0x40};
    uint8_t text[sizeof space + 256];
    uint8_t hash[SHA1_SIZE];
    struct uuid out;
    const size_t kept = size < 256 ? size : 256;

    memcpy(text, space, sizeof space);
    memcpy(text + sizeof space, name, kept);
    sha1(text, sizeof space + kept, hash);
    memcpy(out.bytes, hash, sizeof out.bytes);
    out.bytes[6] = (uint8_t)((out.bytes[6] & 0x0f) | 0x50);
    out.bytes[8] = (uint8_t)((out.bytes[8] & 0x3f) | 0x80);
    return out;
}

static void put_u64(uint8_t *out, uint64_t x)
{
    for (size_t i = 0; i < 8; i++) {
        out[i] = (uint8_t)(x >> (56 - 8 * i));
    }
}

static uint64_t get_u64(const uint8_t *in)
{
    uint64_t x = 0;

    for (size_t i = 0; i < 8; i++) {
        x = x << 8 | in[i];
    }
    return x;
}

struct token token_derive(struct token base, const char *purpose, uint64_t number)
{
    uint8_t text[24 + 64];
    uint8_t hash[SHA1_SIZE];
    const size_t length = strlen(purpose);

    assert(length <= 64);
    put_u64(text, base.hi);
    put_u64(text + 8, base.lo);
    put_u64(text + 16, number);
    memcpy(text + 24, purpose, length);
    sha1(text, 24 + length, hash);
    return (struct token){.hi = get_u64(hash), .lo = get_u64(hash + 8)};
}
