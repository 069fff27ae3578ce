#ifndef LIQD_BASE_RNG_H
#define LIQD_BASE_RNG_H

/* A seeded generator: the same seed gives the same numbers on every machine. It drives tests,
   jitter and simulated worlds; it is not for secrets. */

#include <stddef.h>
#include <stdint.h>

/* xoshiro256**. Plain value: copy it to fork it. */
typedef struct lq_rng {
    uint64_t s[4];
} lq_rng_t;

/* lq_rng_seed sets RNG from any 64-bit seed, zero included: four outputs of splitmix64.
   @src https://prng.di.unimi.it/splitmix64.c */
void lq_rng_seed(lq_rng_t *rng, uint64_t seed);

/* lq_rng_u64 returns 64 uniform bits. @src https://prng.di.unimi.it/xoshiro256starstar.c */
uint64_t lq_rng_u64(lq_rng_t *rng);

/* lq_rng_below returns a uniform number in [0, n), without bias; n >= 1. Draws once, rarely more.
   @src Lemire, "Fast Random Integer Generation in an Interval", 2019, algorithm 5 */
uint64_t lq_rng_below(lq_rng_t *rng, uint64_t n);

/* lq_rng_bytes fills OUT with OUT_SZ uniform bytes. */
void lq_rng_bytes(lq_rng_t *rng, void *out, size_t out_sz);

#endif
