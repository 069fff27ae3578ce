#include "liqd/num/fixed.h"

#include "u256_internal.h"

typedef enum rounding {
    DOWN,
    HALF_UP,
    UP,    /* from the remainder */
    SUM_UP /* by adding the divisor less one */
} rounding_t;

/* Division of any X < 2^256 by the constants D = 1e27, 1e18 and 1e4 is a multiplication by
   m = floor(2^K / D) and a shift by K. It is exact:
     - X m / 2^K is at most X / D, and further terms of the product, none negative, are left out. So
       the estimate Q is at most floor(X / D).
     - What is lost, X / D - X m / 2^K < X / 2^K and the terms left out over 2^K, is less than one
       for each constant, as shown there. So Q is at least floor(X / D) - 1.
     - So X - Q D lies in [0, 2 D). It is computed modulo 2^128 or 2^64, which is above 2 D, and
       tells whether Q or Q + 1 is the quotient. */

/* Sets *QUOT = floor(X / D) and returns whether a remainder is left. */
typedef bool divide_fn_t(lq_u256_t *quot, const lq_u256_t *x);

/* K = 281 and m < 2^192. Lost are X / 2^K < 2^-25; the lowest limb of X, 2^64 / 1e27 < 2^-25; and
   of the product of the three other limbs by those of m, in units of 2^64, the columns 0 and 1,
   below 2^128 + 2 * 2^192, and the low halves of column 2, below 3 * 2^192: together below
   2^(64 + 195), over 2^K 2^-22. In all less than 2^-21. */
static LQ_ALWAYS_INLINE bool divide_by_ray(lq_u256_t *quot, const lq_u256_t *x)
{
    static const uint64_t m0 = 0xca49f1c05120c9c7u;
    static const uint64_t m1 = 0x775ea264cf55347du;
    static const uint64_t m2 = 0x9e74d1b791e07e48u;
    const uint64_t d0 = LQ_RAY_ONE.w[0];
    const uint64_t d1 = LQ_RAY_ONE.w[1];
    lq_u128_t p12 = lq_mul64(x->w[2], m2);
    lq_u128_t p21 = lq_mul64(x->w[3], m1);
    lq_u128_t low = (lq_u128_t)lq_hi64(lq_mul64(x->w[1], m2)) + lq_hi64(lq_mul64(x->w[2], m1)) +
                    lq_hi64(lq_mul64(x->w[3], m0)) + lq_lo64(p12) + lq_lo64(p21);
    lq_u128_t high = lq_mul64(x->w[3], m2) + lq_hi64(p12) + lq_hi64(p21) + lq_hi64(low);
    lq_u256_t q = lq_u256_from_halves(high >> 89, high << 39 | lq_lo64(low) >> 25);
    lq_u128_t d = lq_join64(d1, d0);
    lq_u128_t rem = lq_u256_lo(x) - lq_mul64(q.w[0], d0) - lq_join64(q.w[1] * d0 + q.w[0] * d1, 0);
    bool above = rem >= d;
    lq_u256_t one = lq_u256_from_u64(above);
    *quot = lq_u256_add_wrap(&q, &one);
    return rem != (above ? d : 0);
}

/* K = 256 + SHIFT with 2^SHIFT < D < 2^(SHIFT + 1), so that m < 2^256. Lost are X / 2^K < 2^-SHIFT
   and, of the product of four limbs by four, the columns 0 to 2, below 2^128 + 2 * 2^192 +
   3 * 2^256, and the low halves of column 3, below 4 * 2^256: together below 2^259, over 2^K
   2^(3 - SHIFT). In all less than 2^-9 for SHIFT >= 13. */
static LQ_ALWAYS_INLINE bool divide_by_limb(lq_u256_t *quot, const lq_u256_t *x, uint64_t d,
                                            const lq_u256_t *m, unsigned shift)
{
    lq_u128_t p13 = lq_mul64(x->w[1], m->w[3]);
    lq_u128_t p22 = lq_mul64(x->w[2], m->w[2]);
    lq_u128_t p31 = lq_mul64(x->w[3], m->w[1]);
    lq_u128_t p23 = lq_mul64(x->w[2], m->w[3]);
    lq_u128_t p32 = lq_mul64(x->w[3], m->w[2]);
    lq_u128_t c4 = (lq_u128_t)lq_hi64(lq_mul64(x->w[0], m->w[3])) +
                   lq_hi64(lq_mul64(x->w[1], m->w[2])) + lq_hi64(lq_mul64(x->w[2], m->w[1])) +
                   lq_hi64(lq_mul64(x->w[3], m->w[0])) + lq_lo64(p13) + lq_lo64(p22) + lq_lo64(p31);
    lq_u128_t c5 = (lq_u128_t)lq_hi64(p13) + lq_hi64(p22) + lq_hi64(p31) + lq_lo64(p23) +
                   lq_lo64(p32) + lq_hi64(c4);
    lq_u128_t c6 = lq_mul64(x->w[3], m->w[3]) + lq_hi64(p23) + lq_hi64(p32) + lq_hi64(c5);
    lq_u128_t low = lq_join64(lq_lo64(c5), lq_lo64(c4));
    lq_u256_t q = lq_u256_from_halves(c6 >> shift, c6 << (128 - shift) | low >> shift);
    uint64_t rem = x->w[0] - q.w[0] * d;
    bool above = rem >= d;
    lq_u256_t one = lq_u256_from_u64(above);
    *quot = lq_u256_add_wrap(&q, &one);
    return rem != (above ? d : 0);
}

/* m = floor(2^315 / 1e18). */
static LQ_ALWAYS_INLINE bool divide_by_wad(lq_u256_t *quot, const lq_u256_t *x)
{
    static const lq_u256_t m = {
        {0x0cac0c573bf9e1b5u, 0x32d7f344649470f9u, 0x3aff322e62439fcfu, 0x9392ee8e921d5d07u}};
    return divide_by_limb(quot, x, LQ_WAD_ONE.w[0], &m, 59);
}

/* m = floor(2^269 / 10000). */
static LQ_ALWAYS_INLINE bool divide_by_bps(lq_u256_t *quot, const lq_u256_t *x)
{
    static const lq_u256_t m = {
        {0x67381d7dbf487fcbu, 0xc154c985f06f6944u, 0xd3c36113404ea4a8u, 0xd1b71758e219652bu}};
    return divide_by_limb(quot, x, LQ_BPS_ONE.w[0], &m, 13);
}

/* a b / unit, where DIVIDE divides by UNIT. */
static LQ_ALWAYS_INLINE lq_err_t mul_by(lq_u256_t *out, const lq_u256_t *a, const lq_u256_t *b,
                                        const lq_u256_t *unit, divide_fn_t *divide,
                                        rounding_t rounding)
{
    lq_u256_t p;
    if (!lq_mul_fits(&p, a, b))
        return LQ_ERR_RANGE;
    if (rounding == HALF_UP) {
        lq_u256_t half = lq_u256_shr(unit, 1);
        if (LQ_UNLIKELY(!lq_add_fits(&p, &p, &half)))
            return LQ_ERR_RANGE;
    }
    lq_u256_t quot;
    bool inexact = divide(&quot, &p);
    lq_u256_t up = lq_u256_from_u64(rounding == UP && inexact);
    *out = lq_u256_add_wrap(&quot, &up);
    return LQ_OK;
}

static LQ_ALWAYS_INLINE lq_err_t mul_div(lq_u256_t *out, const lq_u256_t *a, const lq_u256_t *b,
                                         const lq_u256_t *d, rounding_t rounding)
{
    if (LQ_UNLIKELY(lq_u256_is_zero(d)))
        return LQ_ERR_DIV_ZERO;
    lq_u256_t p;
    if (!lq_mul_fits(&p, a, b))
        return LQ_ERR_RANGE;
    lq_u256_t add = lq_u256_from_u64(0);
    if (rounding == HALF_UP)
        add = lq_u256_shr(d, 1);
    lq_u256_t one = lq_u256_from_u64(1);
    if (rounding == SUM_UP)
        add = lq_u256_sub_wrap(d, &one);
    if (LQ_UNLIKELY(!lq_add_fits(&p, &p, &add)))
        return LQ_ERR_RANGE;
    lq_u256_t quot;
    lq_u256_t rem;
    lq_divide(&quot, &rem, p.w, 4, d);
    lq_u256_t up = lq_u256_from_u64(rounding == UP && !lq_u256_is_zero(&rem));
    *out = lq_u256_add_wrap(&quot, &up);
    return LQ_OK;
}

lq_err_t lq_fixed_mul_div_down(lq_u256_t *out, const lq_u256_t *a, const lq_u256_t *b,
                               const lq_u256_t *d)
{
    return mul_div(out, a, b, d, DOWN);
}

lq_err_t lq_fixed_mul_div_half_up(lq_u256_t *out, const lq_u256_t *a, const lq_u256_t *b,
                                  const lq_u256_t *d)
{
    return mul_div(out, a, b, d, HALF_UP);
}

lq_err_t lq_fixed_mul_div_up(lq_u256_t *out, const lq_u256_t *a, const lq_u256_t *b,
                             const lq_u256_t *d)
{
    return mul_div(out, a, b, d, UP);
}

lq_err_t lq_fixed_mul_div_sum_up(lq_u256_t *out, const lq_u256_t *a, const lq_u256_t *b,
                                 const lq_u256_t *d)
{
    return mul_div(out, a, b, d, SUM_UP);
}

lq_err_t lq_fixed_wad_mul_down(lq_u256_t *out, const lq_u256_t *a, const lq_u256_t *b)
{
    return mul_by(out, a, b, &LQ_WAD_ONE, divide_by_wad, DOWN);
}

lq_err_t lq_fixed_wad_mul_half_up(lq_u256_t *out, const lq_u256_t *a, const lq_u256_t *b)
{
    return mul_by(out, a, b, &LQ_WAD_ONE, divide_by_wad, HALF_UP);
}

lq_err_t lq_fixed_wad_div_down(lq_u256_t *out, const lq_u256_t *a, const lq_u256_t *b)
{
    return mul_div(out, a, &LQ_WAD_ONE, b, DOWN);
}

lq_err_t lq_fixed_wad_div_half_up(lq_u256_t *out, const lq_u256_t *a, const lq_u256_t *b)
{
    return mul_div(out, a, &LQ_WAD_ONE, b, HALF_UP);
}

lq_err_t lq_fixed_wad_div_sum_up(lq_u256_t *out, const lq_u256_t *a, const lq_u256_t *b)
{
    return mul_div(out, a, &LQ_WAD_ONE, b, SUM_UP);
}

lq_err_t lq_fixed_ray_mul_down(lq_u256_t *out, const lq_u256_t *a, const lq_u256_t *b)
{
    return mul_by(out, a, b, &LQ_RAY_ONE, divide_by_ray, DOWN);
}

lq_err_t lq_fixed_ray_mul_half_up(lq_u256_t *out, const lq_u256_t *a, const lq_u256_t *b)
{
    return mul_by(out, a, b, &LQ_RAY_ONE, divide_by_ray, HALF_UP);
}

lq_err_t lq_fixed_ray_mul_up(lq_u256_t *out, const lq_u256_t *a, const lq_u256_t *b)
{
    return mul_by(out, a, b, &LQ_RAY_ONE, divide_by_ray, UP);
}

lq_err_t lq_fixed_ray_div_down(lq_u256_t *out, const lq_u256_t *a, const lq_u256_t *b)
{
    return mul_div(out, a, &LQ_RAY_ONE, b, DOWN);
}

lq_err_t lq_fixed_ray_div_half_up(lq_u256_t *out, const lq_u256_t *a, const lq_u256_t *b)
{
    return mul_div(out, a, &LQ_RAY_ONE, b, HALF_UP);
}

lq_err_t lq_fixed_ray_div_up(lq_u256_t *out, const lq_u256_t *a, const lq_u256_t *b)
{
    return mul_div(out, a, &LQ_RAY_ONE, b, UP);
}

lq_err_t lq_fixed_bps_mul_down(lq_u256_t *out, const lq_u256_t *a, const lq_u256_t *p)
{
    return mul_by(out, a, p, &LQ_BPS_ONE, divide_by_bps, DOWN);
}

lq_err_t lq_fixed_bps_mul_half_up(lq_u256_t *out, const lq_u256_t *a, const lq_u256_t *p)
{
    return mul_by(out, a, p, &LQ_BPS_ONE, divide_by_bps, HALF_UP);
}

lq_err_t lq_fixed_bps_mul_up(lq_u256_t *out, const lq_u256_t *a, const lq_u256_t *p)
{
    return mul_by(out, a, p, &LQ_BPS_ONE, divide_by_bps, UP);
}

lq_err_t lq_fixed_bps_div_down(lq_u256_t *out, const lq_u256_t *a, const lq_u256_t *p)
{
    return mul_div(out, a, &LQ_BPS_ONE, p, DOWN);
}

lq_err_t lq_fixed_bps_div_half_up(lq_u256_t *out, const lq_u256_t *a, const lq_u256_t *p)
{
    return mul_div(out, a, &LQ_BPS_ONE, p, HALF_UP);
}

lq_err_t lq_fixed_bps_div_up(lq_u256_t *out, const lq_u256_t *a, const lq_u256_t *p)
{
    return mul_div(out, a, &LQ_BPS_ONE, p, UP);
}
