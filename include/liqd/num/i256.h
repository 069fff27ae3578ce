#ifndef LIQD_NUM_I256_H
#define LIQD_NUM_I256_H

/* 256-bit signed integers: Solidity's int256, from -2^255 to 2^255 - 1. Conventions as in u256.h:
   OUT is written only on success and may be an input; `_checked` fails with LQ_ERR_RANGE or
   LQ_ERR_DIV_ZERO where Solidity's checked arithmetic reverts; `_wrap` is the result modulo 2^256,
   read as two's complement. */

#include "liqd/num/u256.h"

/* Two's complement. A type of its own, so that a word cannot be compared or divided as unsigned by
   mistake. */
typedef struct lq_i256 {
    lq_u256_t bits;
} lq_i256_t;

/* lq_i256_from_i64 returns V widened. */
static inline lq_i256_t lq_i256_from_i64(int64_t v)
{
    uint64_t sign = v < 0 ? UINT64_MAX : 0;
    return (lq_i256_t){{{(uint64_t)v, sign, sign, sign}}};
}

/* lq_i256_is_neg tells whether A < 0. */
static inline bool lq_i256_is_neg(const lq_i256_t *a)
{
    return a->bits.w[3] >> 63 != 0;
}

/* lq_i256_from_u256 sets *OUT = A; LQ_ERR_RANGE where A >= 2^255. */
LQ_MUST_USE static inline lq_err_t lq_i256_from_u256(lq_i256_t *out, const lq_u256_t *a)
{
    if (a->w[3] >> 63 != 0)
        return LQ_ERR_RANGE;
    out->bits = *a;
    return LQ_OK;
}

/* lq_i256_to_u256 sets *OUT = A; LQ_ERR_RANGE where A < 0. */
LQ_MUST_USE static inline lq_err_t lq_i256_to_u256(lq_u256_t *out, const lq_i256_t *a)
{
    if (lq_i256_is_neg(a))
        return LQ_ERR_RANGE;
    *out = a->bits;
    return LQ_OK;
}

/* lq_i256_abs returns the absolute value of A, which for -2^255 has a place only as unsigned. */
lq_u256_t lq_i256_abs(const lq_i256_t *a);

/* lq_i256_eq tells whether A = B. */
static inline bool lq_i256_eq(const lq_i256_t *a, const lq_i256_t *b)
{
    return lq_u256_eq(&a->bits, &b->bits);
}

/* lq_i256_lt tells whether A < B. */
static inline bool lq_i256_lt(const lq_i256_t *a, const lq_i256_t *b)
{
    bool a_neg = lq_i256_is_neg(a);
    return a_neg == lq_i256_is_neg(b) ? lq_u256_lt(&a->bits, &b->bits) : a_neg;
}

/* lq_i256_cmp returns -1, 0 or 1 where A is below, equal to or above B. */
static inline int lq_i256_cmp(const lq_i256_t *a, const lq_i256_t *b)
{
    return (int)lq_i256_lt(b, a) - (int)lq_i256_lt(a, b);
}

/* lq_i256_add_wrap, _sub_wrap and _mul_wrap return A + B, A - B and A * B. */
lq_i256_t lq_i256_add_wrap(const lq_i256_t *a, const lq_i256_t *b);
lq_i256_t lq_i256_sub_wrap(const lq_i256_t *a, const lq_i256_t *b);
lq_i256_t lq_i256_mul_wrap(const lq_i256_t *a, const lq_i256_t *b);

/* lq_i256_add_checked, _sub_checked and _mul_checked set *OUT to A + B, A - B and A * B;
   LQ_ERR_RANGE. */
LQ_MUST_USE lq_err_t lq_i256_add_checked(lq_i256_t *out, const lq_i256_t *a, const lq_i256_t *b);
LQ_MUST_USE lq_err_t lq_i256_sub_checked(lq_i256_t *out, const lq_i256_t *a, const lq_i256_t *b);
LQ_MUST_USE lq_err_t lq_i256_mul_checked(lq_i256_t *out, const lq_i256_t *a, const lq_i256_t *b);

/* lq_i256_div_checked sets *OUT = A / B, truncated towards zero; LQ_ERR_DIV_ZERO; LQ_ERR_RANGE for
   -2^255 / -1, which lq_i256_div_wrap gives as -2^255. */
LQ_MUST_USE lq_err_t lq_i256_div_checked(lq_i256_t *out, const lq_i256_t *a, const lq_i256_t *b);
LQ_MUST_USE lq_err_t lq_i256_div_wrap(lq_i256_t *out, const lq_i256_t *a, const lq_i256_t *b);

/* lq_i256_mod_checked sets *OUT = A - B * (A / B), 0 or of the sign of A; LQ_ERR_DIV_ZERO. It
   cannot overflow. */
LQ_MUST_USE lq_err_t lq_i256_mod_checked(lq_i256_t *out, const lq_i256_t *a, const lq_i256_t *b);

#endif
