#ifndef LIQD_NUM_U256_INTERNAL_H
#define LIQD_NUM_U256_INTERNAL_H

/* Limbs of 64 bits, least significant first: what the sources of num share. */

#include <stddef.h>

#include "liqd/num/u256.h"

/* lq_u512_t holds any product of two 256-bit values. */
typedef struct lq_u512 {
    uint64_t w[8];
} lq_u512_t;

static LQ_ALWAYS_INLINE uint64_t lq_lo64(lq_u128_t v)
{
    return (uint64_t)v;
}

static LQ_ALWAYS_INLINE uint64_t lq_hi64(lq_u128_t v)
{
    return (uint64_t)(v >> 64);
}

static LQ_ALWAYS_INLINE lq_u128_t lq_join64(uint64_t hi, uint64_t lo)
{
    return (lq_u128_t)hi << 64 | lo;
}

static LQ_ALWAYS_INLINE lq_u128_t lq_mul64(uint64_t a, uint64_t b)
{
    return (lq_u128_t)a * b;
}

/* lq_mul_add64 returns the low limb of A * B + ADD + *CARRY and leaves the high one in *CARRY: the
   sum is at most (2^64 - 1)^2 + 2 (2^64 - 1) = 2^128 - 1. */
static LQ_ALWAYS_INLINE uint64_t lq_mul_add64(uint64_t *carry, uint64_t a, uint64_t b, uint64_t add)
{
    lq_u128_t t = lq_mul64(a, b) + add + *carry;
    *carry = lq_hi64(t);
    return lq_lo64(t);
}

/* lq_fits128 tells whether A < 2^128. */
static LQ_ALWAYS_INLINE bool lq_fits128(const lq_u256_t *a)
{
    return (a->w[2] | a->w[3]) == 0;
}

/* lq_mul128 returns A * B of two values below 2^128. */
static LQ_ALWAYS_INLINE lq_u256_t lq_mul128(const lq_u256_t *a, const lq_u256_t *b)
{
    lq_u128_t low = lq_mul64(a->w[0], b->w[0]);
    lq_u128_t mid0 = lq_mul64(a->w[0], b->w[1]);
    lq_u128_t mid1 = lq_mul64(a->w[1], b->w[0]);
    lq_u128_t mid = (lq_u128_t)lq_hi64(low) + lq_lo64(mid0) + lq_lo64(mid1);
    lq_u128_t high = lq_mul64(a->w[1], b->w[1]) + lq_hi64(mid0) + lq_hi64(mid1) + lq_hi64(mid);
    return lq_u256_from_halves(high, lq_join64(lq_lo64(mid), lq_lo64(low)));
}

/* lq_mul256 returns A * B in full. */
static LQ_ALWAYS_INLINE lq_u512_t lq_mul256(const lq_u256_t *a, const lq_u256_t *b)
{
    lq_u512_t p = {{0}};
    for (size_t i = 0; i < 4; i++) {
        uint64_t carry = 0;
        for (size_t j = 0; j < 4; j++)
            p.w[i + j] = lq_mul_add64(&carry, a->w[i], b->w[j], p.w[i + j]);
        p.w[i + 4] = carry;
    }
    return p;
}

/* lq_mul_fits sets *OUT = A * B and returns true where that is below 2^256. */
static LQ_ALWAYS_INLINE bool lq_mul_fits(lq_u256_t *out, const lq_u256_t *a, const lq_u256_t *b)
{
    if (LQ_LIKELY(lq_fits128(a) && lq_fits128(b))) {
        *out = lq_mul128(a, b);
        return true;
    }
    lq_u512_t p = lq_mul256(a, b);
    if (LQ_UNLIKELY((p.w[4] | p.w[5] | p.w[6] | p.w[7]) != 0))
        return false;
    *out = (lq_u256_t){{p.w[0], p.w[1], p.w[2], p.w[3]}};
    return true;
}

/* lq_add_fits sets *OUT = A + B and returns true where that is below 2^256. */
static LQ_ALWAYS_INLINE bool lq_add_fits(lq_u256_t *out, const lq_u256_t *a, const lq_u256_t *b)
{
    return lq_u256_add_checked(out, a, b) == LQ_OK;
}

/* lq_divide sets *QUOT = floor(U / D) and *REM = U mod D. U has U_CNT limbs, 4 or 8; D is not 0,
   and U < D * 2^256, so that the quotient fits. QUOT and REM are two objects; either may be an
   input. */
void lq_divide(lq_u256_t *quot, lq_u256_t *rem, const uint64_t *u, size_t u_cnt,
               const lq_u256_t *d);

#endif
