#include "liqd/market/uniswap.h"

/* Reserves have 112 bits, pips 20: the products below have at most 244, so nothing wraps. */

static bool is_too_wide(const lq_u256_t *a)
{
    return (a->w[3] | a->w[2] | a->w[1] >> 48) != 0;
}

/* Whether a pair can have these reserves, and this fee. */
static bool is_pair(const lq_u256_t *reserve_in, const lq_u256_t *reserve_out, uint32_t fee_pips)
{
    return !is_too_wide(reserve_in) && !is_too_wide(reserve_out) && !lq_u256_is_zero(reserve_in) &&
           !lq_u256_is_zero(reserve_out) && fee_pips < LQ_PIPS_ONE;
}

/* Whether the pair has room for AMOUNT beside RESERVE. */
static bool holds(const lq_u256_t *reserve, const lq_u256_t *amount)
{
    lq_u256_t sum = lq_u256_add_wrap(reserve, amount);
    return !is_too_wide(amount) && !is_too_wide(&sum);
}

static lq_u256_t times_pips(const lq_u256_t *a, uint32_t pips)
{
    lq_u256_t by = lq_u256_from_u64(pips);
    return lq_u256_mul_wrap(a, &by);
}

lq_err_t lq_v2_given_in(lq_u256_t *out, const lq_u256_t *reserve_in, const lq_u256_t *reserve_out,
                        uint32_t fee_pips, const lq_u256_t *amount)
{
    if (!is_pair(reserve_in, reserve_out, fee_pips) || lq_u256_is_zero(amount) ||
        !holds(reserve_in, amount))
        return LQ_ERR_RANGE;
    lq_u256_t net = times_pips(amount, LQ_PIPS_ONE - fee_pips);
    lq_u256_t divisor = times_pips(reserve_in, LQ_PIPS_ONE);
    divisor = lq_u256_add_wrap(&divisor, &net);
    lq_u256_t got = lq_u256_mul_wrap(&net, reserve_out);
    lq_err_t err = lq_u256_div_checked(&got, &got, &divisor);
    if (err)
        return err;
    if (lq_u256_is_zero(&got))
        return LQ_ERR_EMPTY;
    *out = got;
    return LQ_OK;
}

lq_err_t lq_v2_given_out(lq_u256_t *out, const lq_u256_t *reserve_in, const lq_u256_t *reserve_out,
                         uint32_t fee_pips, const lq_u256_t *amount)
{
    if (!is_pair(reserve_in, reserve_out, fee_pips) || lq_u256_is_zero(amount) ||
        !lq_u256_lt(amount, reserve_out))
        return LQ_ERR_RANGE;
    const lq_u256_t one = lq_u256_from_u64(1);
    lq_u256_t divisor = lq_u256_sub_wrap(reserve_out, amount);
    divisor = times_pips(&divisor, LQ_PIPS_ONE - fee_pips);
    lq_u256_t paid = times_pips(reserve_in, LQ_PIPS_ONE);
    paid = lq_u256_mul_wrap(&paid, amount);
    lq_err_t err = lq_u256_div_checked(&paid, &paid, &divisor);
    if (err)
        return err;
    paid = lq_u256_add_wrap(&paid, &one);
    if (!holds(reserve_in, &paid))
        return LQ_ERR_RANGE;
    *out = paid;
    return LQ_OK;
}
