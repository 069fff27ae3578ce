#include "liqd/num/power.h"

#include "liqd/num/fixed.h"

#define LN_2_WAD    UINT64_C(693147180559945309)
#define MINUTES_MAX UINT64_C(525600000)

lq_u256_t lq_power_wexp(const lq_i256_t *x)
{
    static const lq_u256_t lower = {{0x3f2fa8f6da5b9d28u, 2, 0, 0}}; /* 41446531673892822312 */
    static const lq_u256_t upper = {{0x168fd0946fc0415fu, 5, 0, 0}}; /* 93859467695000404319 */
    static const lq_u256_t upper_value = {{0, 0, 0x31d81650c7d88b80u, 9}};
    bool neg = lq_i256_is_neg(x);
    lq_u256_t abs = lq_i256_abs(x);
    if (neg && lq_u256_lt(&lower, &abs))
        return lq_u256_from_u64(0);
    if (!neg && !lq_u256_lt(&abs, &upper))
        return upper_value;
    /* From here abs < 2^67, q <= 135 and |r| <= LN_2_WAD / 2, whose square stays below 2^117. The
       contract's q and r change their sign with x. */
    lq_u128_t a = lq_u256_lo(&abs);
    unsigned q = (unsigned)((a + LN_2_WAD / 2) / LN_2_WAD);
    uint64_t r = (uint64_t)(a - (lq_u128_t)q * LN_2_WAD); /* modulo 2^64 */
    if (neg)
        r = 0 - r;
    uint64_t abs_r = r >> 63 != 0 ? 0 - r : r;
    uint64_t square = (uint64_t)((lq_u128_t)abs_r * abs_r / LQ_WAD_ONE.w[0]);
    lq_u256_t e = lq_u256_from_u64(LQ_WAD_ONE.w[0] + r + square / 2);
    return neg ? lq_u256_shr(&e, q) : lq_u256_shl_wrap(&e, q);
}

lq_err_t lq_power_wtaylor(lq_u256_t *out, const lq_u256_t *x, const lq_u256_t *n)
{
    static const lq_u256_t wad2 = {{UINT64_C(2000000000000000000), 0, 0, 0}};
    static const lq_u256_t wad3 = {{UINT64_C(3000000000000000000), 0, 0, 0}};
    lq_u256_t first;
    lq_u256_t second;
    lq_u256_t third;
    if (lq_u256_mul_checked(&first, x, n) ||
        lq_fixed_mul_div_down(&second, &first, &first, &wad2) ||
        lq_fixed_mul_div_down(&third, &second, &first, &wad3))
        return LQ_ERR_RANGE;
    /* The contract checks the sums too, but they are small: the terms are below 2^128, 2^256 / 2e18
       and 2^256 / 3e18. */
    second = lq_u256_add_wrap(&second, &third);
    *out = lq_u256_add_wrap(&first, &second);
    return LQ_OK;
}

/* a b / base, half up; the usual base has a fast path. */
static lq_err_t rpow_mul(lq_u256_t *out, const lq_u256_t *a, const lq_u256_t *b,
                         const lq_u256_t *base)
{
    if (LQ_LIKELY(lq_u256_eq(base, &LQ_RAY_ONE)))
        return lq_fixed_ray_mul_half_up(out, a, b);
    return lq_fixed_mul_div_half_up(out, a, b, base);
}

lq_err_t lq_power_rpow(lq_u256_t *out, const lq_u256_t *x, uint64_t n, const lq_u256_t *base)
{
    if (lq_u256_is_zero(base))
        return LQ_ERR_DIV_ZERO;
    lq_u256_t square = *x;
    lq_u256_t z = n % 2 != 0 ? *x : *base;
    for (n /= 2; n > 0; n /= 2) {
        if (rpow_mul(&square, &square, &square, base))
            return LQ_ERR_RANGE;
        if (n % 2 != 0 && rpow_mul(&z, &z, &square, base))
            return LQ_ERR_RANGE;
    }
    *out = z;
    return LQ_OK;
}

lq_err_t lq_power_decpow(lq_u256_t *out, const lq_u256_t *base, uint64_t minutes)
{
    uint64_t n = minutes < MINUTES_MAX ? minutes : MINUTES_MAX;
    lq_u256_t x = *base;
    lq_u256_t y = LQ_WAD_ONE;
    if (n == 0) {
        *out = y;
        return LQ_OK;
    }
    for (; n > 1; n /= 2) {
        if (n % 2 != 0 && lq_fixed_wad_mul_half_up(&y, &x, &y))
            return LQ_ERR_RANGE;
        if (lq_fixed_wad_mul_half_up(&x, &x, &x))
            return LQ_ERR_RANGE;
    }
    return lq_fixed_wad_mul_half_up(out, &x, &y);
}
