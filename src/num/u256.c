#include "liqd/num/u256.h"

#include <stddef.h>
#include <string.h>

#include "u256_internal.h"

unsigned lq_u256_bit_len(const lq_u256_t *a)
{
    for (unsigned i = 4; i-- > 0;) {
        if (a->w[i] != 0)
            return 64 * (i + 1) - (unsigned)__builtin_clzll(a->w[i]);
    }
    return 0;
}

lq_u256_t lq_u256_mul_wrap(const lq_u256_t *a, const lq_u256_t *b)
{
    lq_u512_t p = lq_mul256(a, b);
    return (lq_u256_t){{p.w[0], p.w[1], p.w[2], p.w[3]}};
}

lq_err_t lq_u256_mul_checked(lq_u256_t *out, const lq_u256_t *a, const lq_u256_t *b)
{
    return lq_mul_fits(out, a, b) ? LQ_OK : LQ_ERR_RANGE;
}

lq_err_t lq_u256_div_checked(lq_u256_t *out, const lq_u256_t *a, const lq_u256_t *b)
{
    lq_u256_t rem;
    return lq_u256_divrem_checked(out, &rem, a, b);
}

lq_err_t lq_u256_mod_checked(lq_u256_t *out, const lq_u256_t *a, const lq_u256_t *b)
{
    lq_u256_t quot;
    return lq_u256_divrem_checked(&quot, out, a, b);
}

lq_err_t lq_u256_divrem_checked(lq_u256_t *quot, lq_u256_t *rem, const lq_u256_t *a,
                                const lq_u256_t *b)
{
    if (lq_u256_is_zero(b))
        return LQ_ERR_DIV_ZERO;
    lq_divide(quot, rem, a->w, 4, b);
    return LQ_OK;
}

/* floor((a b + add) / d) and its remainder; ADD is below 2^255. */
static LQ_ALWAYS_INLINE lq_err_t mul_div(lq_u256_t *quot, lq_u256_t *rem, const lq_u256_t *a,
                                         const lq_u256_t *b, const lq_u256_t *d,
                                         const lq_u256_t *add)
{
    if (LQ_UNLIKELY(lq_u256_is_zero(d)))
        return LQ_ERR_DIV_ZERO;
    lq_u512_t p = {{0}};
    if (lq_fits128(a) && lq_fits128(b)) {
        lq_u256_t lo = lq_mul128(a, b);
        memcpy(p.w, lo.w, sizeof(lo.w));
    } else {
        p = lq_mul256(a, b);
    }
    uint64_t carry = 0;
    for (size_t i = 0; i < 8; i++) {
        lq_u128_t t = (lq_u128_t)p.w[i] + (i < 4 ? add->w[i] : 0) + carry;
        p.w[i] = lq_lo64(t);
        carry = lq_hi64(t);
    }
    lq_u256_t hi = {{p.w[4], p.w[5], p.w[6], p.w[7]}};
    if (LQ_UNLIKELY(!lq_u256_lt(&hi, d)))
        return LQ_ERR_RANGE;
    lq_divide(quot, rem, p.w, 8, d);
    return LQ_OK;
}

lq_err_t lq_u256_mul_div_down(lq_u256_t *out, const lq_u256_t *a, const lq_u256_t *b,
                              const lq_u256_t *d)
{
    static const lq_u256_t zero = {{0}};
    lq_u256_t rem;
    return mul_div(out, &rem, a, b, d, &zero);
}

lq_err_t lq_u256_mul_div_up(lq_u256_t *out, const lq_u256_t *a, const lq_u256_t *b,
                            const lq_u256_t *d)
{
    static const lq_u256_t zero = {{0}};
    lq_u256_t quot;
    lq_u256_t rem;
    lq_err_t err = mul_div(&quot, &rem, a, b, d, &zero);
    if (err)
        return err;
    lq_u256_t inexact = lq_u256_from_u64(!lq_u256_is_zero(&rem));
    return lq_u256_add_checked(out, &quot, &inexact);
}

lq_err_t lq_u256_mul_div_half_up(lq_u256_t *out, const lq_u256_t *a, const lq_u256_t *b,
                                 const lq_u256_t *d)
{
    lq_u256_t half = lq_u256_shr(d, 1);
    lq_u256_t rem;
    return mul_div(out, &rem, a, b, d, &half);
}
