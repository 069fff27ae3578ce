#ifndef LIQD_NUM_U256_H
#define LIQD_NUM_U256_H

/* 256-bit unsigned integers: the EVM's word. Plain values, passed by pointer, never allocated.

   What cannot fail returns its result. What can fail returns an lq_err_t and writes to OUT only on
   success; OUT may be one of the inputs. `_checked` fails as Solidity's checked arithmetic reverts:
   LQ_ERR_RANGE where the result has no place in 256 bits, LQ_ERR_DIV_ZERO for a divisor of zero.
   `_wrap` is the result modulo 2^256, `_capped` the nearest that there is. No pointer may be NULL
   unless its function says so. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "liqd/base/compiler.h"
#include "liqd/base/err.h"

/* Four limbs, least significant first: the value is the sum of w[i] * 2^(64 i). */
typedef struct lq_u256 {
    uint64_t w[4];
} lq_u256_t;

/* lq_u256_from_u64 returns V widened. */
static inline lq_u256_t lq_u256_from_u64(uint64_t v)
{
    return (lq_u256_t){{v, 0, 0, 0}};
}

/* lq_u256_from_halves returns HI * 2^128 + LO. */
static inline lq_u256_t lq_u256_from_halves(lq_u128_t hi, lq_u128_t lo)
{
    return (lq_u256_t){{(uint64_t)lo, (uint64_t)(lo >> 64), (uint64_t)hi, (uint64_t)(hi >> 64)}};
}

/* lq_u256_lo returns A mod 2^128. */
static inline lq_u128_t lq_u256_lo(const lq_u256_t *a)
{
    return (lq_u128_t)a->w[1] << 64 | a->w[0];
}

/* lq_u256_hi returns floor(A / 2^128). */
static inline lq_u128_t lq_u256_hi(const lq_u256_t *a)
{
    return (lq_u128_t)a->w[3] << 64 | a->w[2];
}

/* lq_u256_to_u64 sets *OUT = A; LQ_ERR_RANGE where A >= 2^64. */
LQ_MUST_USE static inline lq_err_t lq_u256_to_u64(uint64_t *out, const lq_u256_t *a)
{
    if ((a->w[1] | a->w[2] | a->w[3]) != 0)
        return LQ_ERR_RANGE;
    *out = a->w[0];
    return LQ_OK;
}

/* lq_u256_to_double returns A as a double, within 2^-51 of it: for estimates, never for money. The
   same on every machine. */
static inline double lq_u256_to_double(const lq_u256_t *a)
{
    const double word = 18446744073709551616.0;
    return (((double)a->w[3] * word + (double)a->w[2]) * word + (double)a->w[1]) * word +
           (double)a->w[0];
}

/* lq_u256_is_zero tells whether A = 0. */
static inline bool lq_u256_is_zero(const lq_u256_t *a)
{
    return (a->w[0] | a->w[1] | a->w[2] | a->w[3]) == 0;
}

/* lq_u256_eq tells whether A = B. */
static inline bool lq_u256_eq(const lq_u256_t *a, const lq_u256_t *b)
{
    return ((a->w[0] ^ b->w[0]) | (a->w[1] ^ b->w[1]) | (a->w[2] ^ b->w[2]) |
            (a->w[3] ^ b->w[3])) == 0;
}

/* lq_u256_lt tells whether A < B. */
static inline bool lq_u256_lt(const lq_u256_t *a, const lq_u256_t *b)
{
    lq_u128_t a_hi = lq_u256_hi(a);
    lq_u128_t b_hi = lq_u256_hi(b);
    return (a_hi < b_hi) | ((a_hi == b_hi) & (lq_u256_lo(a) < lq_u256_lo(b)));
}

/* lq_u256_cmp returns -1, 0 or 1 where A is below, equal to or above B. */
static inline int lq_u256_cmp(const lq_u256_t *a, const lq_u256_t *b)
{
    return (int)lq_u256_lt(b, a) - (int)lq_u256_lt(a, b);
}

/* lq_u256_min returns the smaller of A and B. */
static inline lq_u256_t lq_u256_min(const lq_u256_t *a, const lq_u256_t *b)
{
    return lq_u256_lt(b, a) ? *b : *a;
}

/* lq_u256_max returns the larger of A and B. */
static inline lq_u256_t lq_u256_max(const lq_u256_t *a, const lq_u256_t *b)
{
    return lq_u256_lt(a, b) ? *b : *a;
}

/* lq_u256_bit_len returns the number of bits of A without leading zeros: 0 for 0, at most 256. */
unsigned lq_u256_bit_len(const lq_u256_t *a);

/* lq_u256_shl_wrap returns A * 2^BITS mod 2^256: 0 from 256 bits on. */
static inline lq_u256_t lq_u256_shl_wrap(const lq_u256_t *a, unsigned bits)
{
    lq_u128_t lo = lq_u256_lo(a);
    if (bits >= 256)
        return lq_u256_from_u64(0);
    if (bits >= 128)
        return lq_u256_from_halves(lo << (bits - 128), 0);
    return lq_u256_from_halves(lq_u256_hi(a) << bits | lo >> 1 >> (127 - bits), lo << bits);
}

/* lq_u256_shr returns floor(A / 2^BITS): 0 from 256 bits on. */
static inline lq_u256_t lq_u256_shr(const lq_u256_t *a, unsigned bits)
{
    lq_u128_t hi = lq_u256_hi(a);
    if (bits >= 256)
        return lq_u256_from_u64(0);
    if (bits >= 128)
        return lq_u256_from_halves(0, hi >> (bits - 128));
    return lq_u256_from_halves(hi >> bits, lq_u256_lo(a) >> bits | hi << 1 << (127 - bits));
}

/* lq_u256_add_wrap returns A + B mod 2^256. */
static inline lq_u256_t lq_u256_add_wrap(const lq_u256_t *a, const lq_u256_t *b)
{
    lq_u128_t lo = lq_u256_lo(a) + lq_u256_lo(b);
    return lq_u256_from_halves(lq_u256_hi(a) + lq_u256_hi(b) + (lo < lq_u256_lo(a)), lo);
}

/* lq_u256_add_checked sets *OUT = A + B; LQ_ERR_RANGE. */
LQ_MUST_USE static inline lq_err_t lq_u256_add_checked(lq_u256_t *out, const lq_u256_t *a,
                                                       const lq_u256_t *b)
{
    lq_u256_t sum = lq_u256_add_wrap(a, b);
    if (LQ_UNLIKELY(lq_u256_lt(&sum, a)))
        return LQ_ERR_RANGE;
    *out = sum;
    return LQ_OK;
}

/* lq_u256_add_capped returns A + B, or the largest number where that is above it. */
static inline lq_u256_t lq_u256_add_capped(const lq_u256_t *a, const lq_u256_t *b)
{
    lq_u256_t sum = {{UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX}};
    (void)!lq_u256_add_checked(&sum, a, b);
    return sum;
}

/* lq_u256_sub_wrap returns A - B mod 2^256. */
static inline lq_u256_t lq_u256_sub_wrap(const lq_u256_t *a, const lq_u256_t *b)
{
    bool borrow = lq_u256_lo(a) < lq_u256_lo(b);
    return lq_u256_from_halves(lq_u256_hi(a) - lq_u256_hi(b) - borrow,
                               lq_u256_lo(a) - lq_u256_lo(b));
}

/* lq_u256_sub_checked sets *OUT = A - B; LQ_ERR_RANGE where A < B. */
LQ_MUST_USE static inline lq_err_t lq_u256_sub_checked(lq_u256_t *out, const lq_u256_t *a,
                                                       const lq_u256_t *b)
{
    if (LQ_UNLIKELY(lq_u256_lt(a, b)))
        return LQ_ERR_RANGE;
    *out = lq_u256_sub_wrap(a, b);
    return LQ_OK;
}

/* lq_u256_mul_wrap returns A * B mod 2^256. */
lq_u256_t lq_u256_mul_wrap(const lq_u256_t *a, const lq_u256_t *b);

/* lq_u256_mul_checked sets *OUT = A * B; LQ_ERR_RANGE. */
LQ_MUST_USE lq_err_t lq_u256_mul_checked(lq_u256_t *out, const lq_u256_t *a, const lq_u256_t *b);

/* lq_u256_div_checked sets *OUT = floor(A / B); LQ_ERR_DIV_ZERO. It cannot overflow. */
LQ_MUST_USE lq_err_t lq_u256_div_checked(lq_u256_t *out, const lq_u256_t *a, const lq_u256_t *b);

/* lq_u256_mod_checked sets *OUT = A - B * floor(A / B); LQ_ERR_DIV_ZERO. */
LQ_MUST_USE lq_err_t lq_u256_mod_checked(lq_u256_t *out, const lq_u256_t *a, const lq_u256_t *b);

/* lq_u256_divrem_checked sets both *QUOT = floor(A / B) and *REM = A - B * *QUOT, two different
   objects; LQ_ERR_DIV_ZERO. */
LQ_MUST_USE lq_err_t lq_u256_divrem_checked(lq_u256_t *quot, lq_u256_t *rem, const lq_u256_t *a,
                                            const lq_u256_t *b);

/* lq_u256_mul_div_down, _up and _half_up set *OUT = A * B / D through the full product, so that
   only the result must fit (fixed.h has those that revert as soon as the product does not).
   LQ_ERR_DIV_ZERO for D = 0; LQ_ERR_RANGE where the rounded quotient is 2^256 or more.
   @formula down: floor(a b / d); up: ceil(a b / d); half_up: floor((a b + floor(d / 2)) / d). The
            product and the sum have 512 bits, the quotient 256.
   @src uniswap/v3-core:contracts/libraries/FullMath.sol#mulDiv, #mulDivRoundingUp */
LQ_MUST_USE lq_err_t lq_u256_mul_div_down(lq_u256_t *out, const lq_u256_t *a, const lq_u256_t *b,
                                          const lq_u256_t *d);
LQ_MUST_USE lq_err_t lq_u256_mul_div_up(lq_u256_t *out, const lq_u256_t *a, const lq_u256_t *b,
                                        const lq_u256_t *d);
LQ_MUST_USE lq_err_t lq_u256_mul_div_half_up(lq_u256_t *out, const lq_u256_t *a, const lq_u256_t *b,
                                             const lq_u256_t *d);

/* lq_u256_from_be returns the big-endian number of the 32 bytes at IN, as the EVM stores words. */
static inline lq_u256_t lq_u256_from_be(const uint8_t in[32])
{
    lq_u256_t a;
    for (size_t i = 0; i < 4; i++) {
        uint64_t w;
        memcpy(&w, in + 8 * (3 - i), 8);
        a.w[i] = __builtin_bswap64(w);
    }
    return a;
}

/* lq_u256_to_be writes A big-endian to the 32 bytes at OUT. */
static inline void lq_u256_to_be(uint8_t out[32], const lq_u256_t *a)
{
    for (size_t i = 0; i < 4; i++) {
        uint64_t w = __builtin_bswap64(a->w[i]);
        memcpy(out + 8 * (3 - i), &w, 8);
    }
}

#endif
