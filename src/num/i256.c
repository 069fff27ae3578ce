#include "liqd/num/i256.h"

static lq_i256_t negated(const lq_u256_t *a)
{
    lq_u256_t zero = lq_u256_from_u64(0);
    return (lq_i256_t){lq_u256_sub_wrap(&zero, a)};
}

lq_u256_t lq_i256_abs(const lq_i256_t *a)
{
    return lq_i256_is_neg(a) ? negated(&a->bits).bits : a->bits;
}

/* The number of this sign and absolute value, modulo 2^256. */
static lq_i256_t with_sign(bool neg, const lq_u256_t *abs)
{
    return neg ? negated(abs) : (lq_i256_t){*abs};
}

lq_i256_t lq_i256_add_wrap(const lq_i256_t *a, const lq_i256_t *b)
{
    return (lq_i256_t){lq_u256_add_wrap(&a->bits, &b->bits)};
}

lq_i256_t lq_i256_sub_wrap(const lq_i256_t *a, const lq_i256_t *b)
{
    return (lq_i256_t){lq_u256_sub_wrap(&a->bits, &b->bits)};
}

lq_i256_t lq_i256_mul_wrap(const lq_i256_t *a, const lq_i256_t *b)
{
    return (lq_i256_t){lq_u256_mul_wrap(&a->bits, &b->bits)};
}

lq_err_t lq_i256_add_checked(lq_i256_t *out, const lq_i256_t *a, const lq_i256_t *b)
{
    lq_i256_t sum = lq_i256_add_wrap(a, b);
    bool neg = lq_i256_is_neg(a);
    if (neg == lq_i256_is_neg(b) && neg != lq_i256_is_neg(&sum))
        return LQ_ERR_RANGE;
    *out = sum;
    return LQ_OK;
}

lq_err_t lq_i256_sub_checked(lq_i256_t *out, const lq_i256_t *a, const lq_i256_t *b)
{
    lq_i256_t diff = lq_i256_sub_wrap(a, b);
    bool neg = lq_i256_is_neg(a);
    if (neg != lq_i256_is_neg(b) && neg != lq_i256_is_neg(&diff))
        return LQ_ERR_RANGE;
    *out = diff;
    return LQ_OK;
}

lq_err_t lq_i256_mul_checked(lq_i256_t *out, const lq_i256_t *a, const lq_i256_t *b)
{
    lq_u256_t abs_a = lq_i256_abs(a);
    lq_u256_t abs_b = lq_i256_abs(b);
    lq_u256_t abs;
    if (lq_u256_mul_checked(&abs, &abs_a, &abs_b))
        return LQ_ERR_RANGE;
    lq_i256_t product = with_sign(lq_i256_is_neg(a) != lq_i256_is_neg(b), &abs);
    /* An absolute value above 2^255, or of 2^255 without the sign, comes out with the wrong sign.
     */
    if (!lq_u256_is_zero(&abs) &&
        lq_i256_is_neg(&product) != (lq_i256_is_neg(a) != lq_i256_is_neg(b)))
        return LQ_ERR_RANGE;
    *out = product;
    return LQ_OK;
}

lq_err_t lq_i256_div_checked(lq_i256_t *out, const lq_i256_t *a, const lq_i256_t *b)
{
    lq_i256_t quot;
    lq_err_t err = lq_i256_div_wrap(&quot, a, b);
    if (err)
        return err;
    /* only -2^255 / -1 */
    if (lq_i256_is_neg(a) && lq_i256_is_neg(b) && lq_i256_is_neg(&quot))
        return LQ_ERR_RANGE;
    *out = quot;
    return LQ_OK;
}

lq_err_t lq_i256_div_wrap(lq_i256_t *out, const lq_i256_t *a, const lq_i256_t *b)
{
    lq_u256_t abs_a = lq_i256_abs(a);
    lq_u256_t abs_b = lq_i256_abs(b);
    lq_u256_t abs;
    lq_err_t err = lq_u256_div_checked(&abs, &abs_a, &abs_b);
    if (err)
        return err;
    *out = with_sign(lq_i256_is_neg(a) != lq_i256_is_neg(b), &abs);
    return LQ_OK;
}

lq_err_t lq_i256_mod_checked(lq_i256_t *out, const lq_i256_t *a, const lq_i256_t *b)
{
    lq_u256_t abs_a = lq_i256_abs(a);
    lq_u256_t abs_b = lq_i256_abs(b);
    lq_u256_t abs;
    lq_err_t err = lq_u256_mod_checked(&abs, &abs_a, &abs_b);
    if (err)
        return err;
    *out = with_sign(lq_i256_is_neg(a), &abs);
    return LQ_OK;
}
