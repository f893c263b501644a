/* SPDX-License-Identifier: Apache-2.0 */
/*
 * prng.h - the only source of chance in the simulator: small streams derived from one seed.
 *
 * Each purpose has its own stream (prng_stream), so that drawing once more for one purpose never
 * moves what another purpose draws. The figures must be the same with every compiler, so everything
 * here is 64-bit integer arithmetic; nothing may use rand(), the time, or floating point.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* xoshiro256** by Blackman and Vigna: 32 bytes of state, equidistributed, a few instructions. */
struct prng {
    uint64_t s[4];
};

/* What a stream is for. Rows may be added at the end; moving one changes every recorded seed. */
enum prng_purpose {
    PRNG_WORLD = 1, /* which world a seed means */
    PRNG_FAULTS,    /* which fault mix a seed means */
    PRNG_NETWORK,   /* latencies and what is lost */
    PRNG_READS,     /* ages of views */
    PRNG_HOST,      /* devices and jobs */
    PRNG_LIFE,      /* crashes, freezes, ends */
    PRNG_CLAIM,     /* seeds and tokens of processes */
    PRNG_CLOUD,     /* the EC2 model's own */
    PRNG_APP,       /* when applications write */
};

/* splitmix64: advances *state and returns the next number; seeds the streams. */
uint64_t prng_split(uint64_t *state);

/* The stream of one purpose and one index (an instance, or 0) of one seed. */
struct prng prng_stream(uint64_t seed, enum prng_purpose purpose, uint64_t index);

uint64_t prng_next(struct prng *p);
/* Uniform in 0 .. bound - 1; 0 when bound is 0. The bias is below 2^-32 for the bounds used here.
 */
uint64_t prng_below(struct prng *p, uint64_t bound);
/* Uniform in low .. high, both included. */
uint64_t prng_between(struct prng *p, uint64_t low, uint64_t high);
/* True with a chance of `ppm` parts per million; draws nothing when ppm is 0, so that a fault that
 * is switched off does not move the stream. */
bool prng_chance(struct prng *p, uint32_t ppm);
