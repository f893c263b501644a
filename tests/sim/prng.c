/* SPDX-License-Identifier: Apache-2.0 */
/*
 * prng.c - splitmix64 and xoshiro256**, written from their published definitions.
 *
 * It must not use anything but 64-bit arithmetic: other compilers replay recorded seeds.
 */
#include "prng.h"

enum { PPM = 1000000 };

uint64_t prng_split(uint64_t *state)
{
    uint64_t z = (*state += 0x9E3779B97F4A7C15U);

    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9U;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBU;
    return z ^ (z >> 31);
}

struct prng prng_stream(uint64_t seed, enum prng_purpose purpose, uint64_t index)
{
    uint64_t state = seed;
    struct prng p;

    /* Two rounds of mixing keep neighbouring seeds, purposes and indices apart. */
    state = prng_split(&state) ^ ((uint64_t)purpose << 56) ^ index;
    state = prng_split(&state);
    for (int i = 0; i < 4; i++)
        p.s[i] = prng_split(&state);
    return p;
}

static uint64_t rotate_left(uint64_t x, int by)
{
    return (x << by) | (x >> (64 - by));
}

uint64_t prng_next(struct prng *p)
{
    const uint64_t result = rotate_left(p->s[1] * 5, 7) * 9;
    const uint64_t shifted = p->s[1] << 17;

    p->s[2] ^= p->s[0];
    p->s[3] ^= p->s[1];
    p->s[1] ^= p->s[2];
    p->s[0] ^= p->s[3];
    p->s[2] ^= shifted;
    p->s[3] = rotate_left(p->s[3], 45);
    return result;
}

uint64_t prng_below(struct prng *p, uint64_t bound)
{
    const uint64_t draw = prng_next(p);

    if (bound == 0)
        return 0;
    /* Scaling the high half is faster than a remainder where the bound fits 32 bits. */
    if (bound <= UINT32_MAX)
        return ((draw >> 32) * bound) >> 32;
    return draw % bound;
}

uint64_t prng_between(struct prng *p, uint64_t low, uint64_t high)
{
    return low + prng_below(p, high - low + 1);
}

bool prng_chance(struct prng *p, uint32_t ppm)
{
    return ppm > 0 && prng_below(p, PPM) < ppm;
}
