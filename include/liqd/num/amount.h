#ifndef LIQD_NUM_AMOUNT_H
#define LIQD_NUM_AMOUNT_H

/* Amounts that cannot be mixed: each quantity is a struct of its own around its number, so that the
   compiler refuses to add wei to token units or to pass a ray for a wad. They mark what crosses
   module borders; inside a formula the raw words of u256.h and fixed.h do the work. */

#include "liqd/num/u256.h"

/* LQ_AMOUNT_DEFINE(NAME) defines, for the type lq_<NAME>_t with the number in .raw:
       lq_<NAME>_make(raw)              returns the amount of RAW
       lq_<NAME>_cmp(a, b)              returns -1, 0 or 1 where A is below, equal to or above B
       lq_<NAME>_add_checked(out, a, b) sets *OUT = A + B; LQ_ERR_RANGE above 2^256 - 1
       lq_<NAME>_sub_checked(out, a, b) sets *OUT = A - B; LQ_ERR_RANGE where A < B
   OUT is written only on success and may be an input. To leave the type, read .raw: it is the one
   place where units can get lost, and easy to search for. */
#define LQ_AMOUNT_DEFINE(name)                                                        \
    typedef struct lq_##name {                                                        \
        lq_u256_t raw;                                                                \
    } lq_##name##_t;                                                                  \
    static inline lq_##name##_t lq_##name##_make(const lq_u256_t *raw)                \
    {                                                                                 \
        return (lq_##name##_t){*raw};                                                 \
    }                                                                                 \
    static inline int lq_##name##_cmp(const lq_##name##_t *a, const lq_##name##_t *b) \
    {                                                                                 \
        return lq_u256_cmp(&a->raw, &b->raw);                                         \
    }                                                                                 \
    LQ_MUST_USE static inline lq_err_t lq_##name##_add_checked(                       \
        lq_##name##_t *out, const lq_##name##_t *a, const lq_##name##_t *b)           \
    {                                                                                 \
        return lq_u256_add_checked(&out->raw, &a->raw, &b->raw);                      \
    }                                                                                 \
    LQ_MUST_USE static inline lq_err_t lq_##name##_sub_checked(                       \
        lq_##name##_t *out, const lq_##name##_t *a, const lq_##name##_t *b)           \
    {                                                                                 \
        return lq_u256_sub_checked(&out->raw, &a->raw, &b->raw);                      \
    }

/* lq_wei_t: the chain's own currency in its smallest unit, 1e-18 ETH; gas prices too, per gas. */
LQ_AMOUNT_DEFINE(wei)

/* lq_token_amount_t: units of one ERC-20 token, 10^-decimals of it. Which token the context knows:
   amounts of two tokens have one type. */
LQ_AMOUNT_DEFINE(token_amount)

/* lq_usd_t: worth in units of account, 1e-18 of one: dollars as wads. */
LQ_AMOUNT_DEFINE(usd)

/* lq_wad_t: a number in units of 1e-18, e.g. a health factor. */
LQ_AMOUNT_DEFINE(wad)

/* lq_ray_t: a number in units of 1e-27, e.g. an index or a rate. */
LQ_AMOUNT_DEFINE(ray)

/* lq_bps_t: a number in units of 1e-4, e.g. a close factor. 32 bits: contracts store 16. */
typedef struct lq_bps {
    uint32_t raw;
} lq_bps_t;

/* lq_bps_make returns RAW basis points. */
static inline lq_bps_t lq_bps_make(uint32_t raw)
{
    return (lq_bps_t){raw};
}

/* lq_bps_cmp returns -1, 0 or 1 where A is below, equal to or above B. */
static inline int lq_bps_cmp(lq_bps_t a, lq_bps_t b)
{
    return (int)(a.raw > b.raw) - (int)(a.raw < b.raw);
}

/* lq_bps_add_checked sets *OUT = A + B; LQ_ERR_RANGE above 2^32 - 1. */
LQ_MUST_USE static inline lq_err_t lq_bps_add_checked(lq_bps_t *out, lq_bps_t a, lq_bps_t b)
{
    if (b.raw > UINT32_MAX - a.raw)
        return LQ_ERR_RANGE;
    out->raw = a.raw + b.raw;
    return LQ_OK;
}

/* lq_bps_sub_checked sets *OUT = A - B; LQ_ERR_RANGE where A < B. */
LQ_MUST_USE static inline lq_err_t lq_bps_sub_checked(lq_bps_t *out, lq_bps_t a, lq_bps_t b)
{
    if (a.raw < b.raw)
        return LQ_ERR_RANGE;
    out->raw = a.raw - b.raw;
    return LQ_OK;
}

/* lq_wad_from_bps returns A as a wad: exact, below 2^79. */
lq_wad_t lq_wad_from_bps(lq_bps_t a);

/* lq_ray_from_wad sets *OUT to A as a ray: exact. LQ_ERR_RANGE where A * 1e9 is 2^256 or more. */
LQ_MUST_USE lq_err_t lq_ray_from_wad(lq_ray_t *out, const lq_wad_t *a);

#endif
