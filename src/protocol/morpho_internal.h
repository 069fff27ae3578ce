#ifndef LIQD_PROTOCOL_MORPHO_INTERNAL_H
#define LIQD_PROTOCOL_MORPHO_INTERNAL_H

#include "liqd/num/u256.h"

/* lq_morpho_word returns V as a word. */
static inline lq_u256_t lq_morpho_word(lq_u128_t v)
{
    return lq_u256_from_halves(0, v);
}

/* lq_morpho_u128 sets *OUT = A; LQ_ERR_RANGE where A >= 2^128: the contract's toUint128. */
LQ_MUST_USE static inline lq_err_t lq_morpho_u128(lq_u128_t *out, const lq_u256_t *a)
{
    if (lq_u256_hi(a) != 0)
        return LQ_ERR_RANGE;
    *out = lq_u256_lo(a);
    return LQ_OK;
}

/* lq_morpho_add sets *OUT = A + B and lq_morpho_sub *OUT = A - B; LQ_ERR_RANGE beyond 128 bits. */
LQ_MUST_USE static inline lq_err_t lq_morpho_add(lq_u128_t *out, lq_u128_t a, lq_u128_t b)
{
    if (a + b < a)
        return LQ_ERR_RANGE;
    *out = a + b;
    return LQ_OK;
}

LQ_MUST_USE static inline lq_err_t lq_morpho_sub(lq_u128_t *out, lq_u128_t a, lq_u128_t b)
{
    if (a < b)
        return LQ_ERR_RANGE;
    *out = a - b;
    return LQ_OK;
}

/* lq_morpho_zero_floor_sub returns max(0, A - B). */
static inline lq_u128_t lq_morpho_zero_floor_sub(lq_u128_t a, const lq_u256_t *b)
{
    lq_u256_t word = lq_morpho_word(a);
    return lq_u256_lt(b, &word) ? a - lq_u256_lo(b) : 0;
}

#endif
