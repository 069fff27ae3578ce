#include "liqd/protocol/aave_v3_balance.h"

#include "liqd/num/fixed.h"

static bool fits128(const lq_u256_t *v)
{
    return lq_u256_hi(v) == 0;
}

/* floor(A * B / D) in checked arithmetic, for small B and D. */
static lq_err_t mul_div64(lq_u256_t *out, const lq_u256_t *a, uint64_t b, uint64_t d)
{
    lq_u256_t factor = lq_u256_from_u64(b);
    lq_u256_t divisor = lq_u256_from_u64(d);
    return lq_fixed_mul_div_down(out, a, &factor, &divisor);
}

lq_err_t lq_aave_v3_linear_interest(lq_u256_t *out, const lq_u256_t *rate, uint64_t dt)
{
    lq_u256_t v;
    lq_err_t err = mul_div64(&v, rate, dt, LQ_AAVE_V3_YEAR_SEC);
    return err ? err : lq_u256_add_checked(out, &LQ_RAY_ONE, &v);
}

/* 1 + r n + r^2 n (n - 1) / 2 + r^3 n (n - 1) (n - 2) / 6 for N seconds. */
static lq_err_t binomial(lq_u256_t *out, const lq_u256_t *rate, uint64_t n)
{
    const uint64_t year = LQ_AAVE_V3_YEAR_SEC;
    lq_u256_t first;
    lq_u256_t second;
    lq_u256_t third;
    lq_u256_t n0 = lq_u256_from_u64(n);
    lq_u256_t n1 = lq_u256_from_u64(n - 1);
    lq_u256_t n2 = lq_u256_from_u64(n > 2 ? n - 2 : 0);
    lq_u256_t pairs = lq_u256_mul_wrap(&n0, &n1); /* below 2^128, and times n2 below 2^192 */
    lq_u256_t triples = lq_u256_mul_wrap(&pairs, &n2);
    lq_err_t err;
    if ((err = lq_fixed_ray_mul_half_up(&second, rate, rate)) ||
        (err = mul_div64(&second, &second, 1, year * year)) ||
        (err = lq_fixed_ray_mul_half_up(&third, &second, rate)) ||
        (err = mul_div64(&third, &third, 1, year)) ||
        (err = lq_u256_mul_checked(&second, &pairs, &second)) ||
        (err = lq_u256_mul_checked(&third, &triples, &third)) ||
        (err = mul_div64(&third, &third, 1, 6)) || (err = mul_div64(&first, rate, n, year)))
        return err;
    second = lq_u256_shr(&second, 1);
    if ((err = lq_u256_add_checked(&first, &first, &LQ_RAY_ONE)) ||
        (err = lq_u256_add_checked(&first, &first, &second)))
        return err;
    return lq_u256_add_checked(out, &first, &third);
}

/* 1 + x + x^2 / 2 + x^3 / 6, unchecked but for rayMul. */
static lq_err_t polynomial(lq_u256_t *out, const lq_u256_t *rate, uint64_t n)
{
    lq_u256_t seconds = lq_u256_from_u64(n);
    lq_u256_t x = lq_u256_mul_wrap(rate, &seconds);
    lq_u256_t v;
    lq_err_t err;
    if ((err = mul_div64(&x, &x, 1, LQ_AAVE_V3_YEAR_SEC)) || (err = mul_div64(&v, &x, 1, 6)) ||
        (err = lq_fixed_ray_mul_half_up(&v, &x, &v)))
        return err;
    lq_u256_t half = lq_u256_shr(&x, 1);
    v = lq_u256_add_wrap(&half, &v);
    err = lq_fixed_ray_mul_half_up(&v, &x, &v);
    if (err)
        return err;
    x = lq_u256_add_wrap(&LQ_RAY_ONE, &x);
    *out = lq_u256_add_wrap(&x, &v);
    return LQ_OK;
}

lq_err_t lq_aave_v3_compounded_interest(const lq_aave_v3_rules_t *rules, lq_u256_t *out,
                                        const lq_u256_t *rate, uint64_t dt)
{
    if (dt == 0) {
        *out = LQ_RAY_ONE;
        return LQ_OK;
    }
    return rules->polynomial_interest ? polynomial(out, rate, dt) : binomial(out, rate, dt);
}

lq_err_t lq_aave_v3_index_at(const lq_aave_v3_rules_t *rules, lq_u256_t *out,
                             const lq_aave_v3_accrual_t *a, lq_aave_v3_token_t token,
                             uint64_t now_sec)
{
    if (now_sec < a->last_update_sec)
        return LQ_ERR_RANGE;
    bool supply = token == LQ_AAVE_V3_ATOKEN;
    const lq_u256_t *index = supply ? &a->liquidity_index : &a->variable_borrow_index;
    uint64_t dt = now_sec - a->last_update_sec;
    if (dt == 0) {
        *out = *index;
        return LQ_OK;
    }
    lq_u256_t interest;
    lq_err_t err = supply ? lq_aave_v3_linear_interest(&interest, &a->current_liquidity_rate, dt)
                          : lq_aave_v3_compounded_interest(rules, &interest,
                                                           &a->current_variable_borrow_rate, dt);
    return err ? err : lq_fixed_ray_mul_half_up(out, &interest, index);
}

/* The debt's interest between the two indices. */
static lq_err_t debt_accrued(const lq_aave_v3_rules_t *rules, lq_u256_t *out,
                             const lq_u256_t *scaled_debt, const lq_u256_t *before,
                             const lq_u256_t *after)
{
    lq_u256_t prev;
    lq_u256_t curr;
    lq_err_t err;
    if (rules->directional_balances) {
        err = lq_u256_sub_checked(&curr, after, before);
        return err ? err : lq_fixed_ray_mul_down(out, scaled_debt, &curr);
    }
    if ((err = lq_fixed_ray_mul_half_up(&prev, scaled_debt, before)) ||
        (err = lq_fixed_ray_mul_half_up(&curr, scaled_debt, after)))
        return err;
    return lq_u256_sub_checked(out, &curr, &prev);
}

lq_err_t lq_aave_v3_accrue(const lq_aave_v3_rules_t *rules, lq_aave_v3_accrual_t *a,
                           const lq_u256_t *scaled_debt, uint32_t reserve_factor_bps,
                           uint64_t now_sec)
{
    if (now_sec == a->last_update_sec)
        return LQ_OK;
    lq_aave_v3_accrual_t next = *a;
    lq_u256_t factor = lq_u256_from_u64(reserve_factor_bps);
    lq_u256_t mint;
    lq_err_t err = lq_aave_v3_index_at(rules, &next.liquidity_index, a, LQ_AAVE_V3_ATOKEN, now_sec);
    if (!err && !lq_u256_is_zero(scaled_debt))
        err = lq_aave_v3_index_at(rules, &next.variable_borrow_index, a, LQ_AAVE_V3_DEBT, now_sec);
    if (!err && reserve_factor_bps != 0) {
        if ((err = debt_accrued(rules, &mint, scaled_debt, &a->variable_borrow_index,
                                &next.variable_borrow_index)) ||
            (err = lq_fixed_bps_mul_half_up(&mint, &mint, &factor)))
            return err;
        if (!lq_u256_is_zero(&mint) &&
            ((err = lq_aave_v3_scaled_mint(rules, &mint, LQ_AAVE_V3_ATOKEN, &mint,
                                           &next.liquidity_index)) ||
             (err =
                  lq_u256_add_checked(&next.accrued_to_treasury, &a->accrued_to_treasury, &mint))))
            return err;
    }
    if (err)
        return err;
    if (!fits128(&next.liquidity_index) || !fits128(&next.variable_borrow_index) ||
        !fits128(&next.accrued_to_treasury))
        return LQ_ERR_RANGE;
    next.last_update_sec = now_sec;
    *a = next;
    return LQ_OK;
}

lq_err_t lq_aave_v3_balance(const lq_aave_v3_rules_t *rules, lq_u256_t *out,
                            lq_aave_v3_token_t token, const lq_u256_t *scaled,
                            const lq_u256_t *index)
{
    if (!rules->directional_balances)
        return lq_fixed_ray_mul_half_up(out, scaled, index);
    return token == LQ_AAVE_V3_ATOKEN ? lq_fixed_ray_mul_down(out, scaled, index)
                                      : lq_fixed_ray_mul_up(out, scaled, index);
}

lq_err_t lq_aave_v3_scaled_mint(const lq_aave_v3_rules_t *rules, lq_u256_t *out,
                                lq_aave_v3_token_t token, const lq_u256_t *amount,
                                const lq_u256_t *index)
{
    if (!rules->directional_balances)
        return lq_fixed_ray_div_half_up(out, amount, index);
    return token == LQ_AAVE_V3_ATOKEN ? lq_fixed_ray_div_down(out, amount, index)
                                      : lq_fixed_ray_div_up(out, amount, index);
}

lq_err_t lq_aave_v3_scaled_burn(const lq_aave_v3_rules_t *rules, lq_u256_t *out,
                                lq_aave_v3_token_t token, const lq_u256_t *amount,
                                const lq_u256_t *index)
{
    if (!rules->directional_balances)
        return lq_fixed_ray_div_half_up(out, amount, index);
    return token == LQ_AAVE_V3_ATOKEN ? lq_fixed_ray_div_up(out, amount, index)
                                      : lq_fixed_ray_div_down(out, amount, index);
}

static lq_err_t set128(lq_u256_t *scaled, const lq_u256_t *next)
{
    if (!fits128(next))
        return LQ_ERR_RANGE;
    *scaled = *next;
    return LQ_OK;
}

/* Adds (or takes away) the scaled units of AMOUNT. */
static lq_err_t move(lq_u256_t *scaled, bool up, const lq_u256_t *amount, const lq_u256_t *index)
{
    lq_u256_t v;
    lq_err_t err = lq_fixed_ray_div_half_up(&v, amount, index);
    if (!err)
        err = up ? lq_u256_add_checked(&v, scaled, &v) : lq_u256_sub_checked(&v, scaled, &v);
    return err ? err : set128(scaled, &v);
}

/* Sets *SCALED to what has the balance before E's interest, plus (or minus) E's value. */
static lq_err_t move_rounded(const lq_aave_v3_rules_t *rules, lq_u256_t *scaled, bool up,
                             lq_aave_v3_token_t token, const lq_aave_v3_scaled_event_t *e)
{
    if (lq_u256_lt(&e->index, &LQ_RAY_ONE))
        return LQ_ERR_RANGE;
    lq_u256_t v;
    lq_u256_t balance;
    lq_u256_t check;
    lq_err_t err;
    if ((err = lq_aave_v3_balance(rules, &v, token, scaled, &e->index)) ||
        (err = lq_u256_sub_checked(&v, &v, &e->balance_increase)) ||
        (err = up ? lq_u256_add_checked(&balance, &v, &e->value)
                  : lq_u256_sub_checked(&balance, &v, &e->value)) ||
        (err = token == LQ_AAVE_V3_ATOKEN ? lq_fixed_ray_div_up(&v, &balance, &e->index)
                                          : lq_fixed_ray_div_down(&v, &balance, &e->index)) ||
        (err = lq_aave_v3_balance(rules, &check, token, &v, &e->index)))
        return err;
    if (!lq_u256_eq(&check, &balance)) /* no scaled balance has this balance */
        return LQ_ERR_RANGE;
    return set128(scaled, &v);
}

lq_err_t lq_aave_v3_apply_mint(const lq_aave_v3_rules_t *rules, lq_u256_t *scaled,
                               lq_aave_v3_token_t token, const lq_aave_v3_scaled_event_t *e)
{
    if (rules->rounded_events)
        return move_rounded(rules, scaled, true, token, e);
    bool up = !lq_u256_lt(&e->value, &e->balance_increase);
    lq_u256_t amount = up ? lq_u256_sub_wrap(&e->value, &e->balance_increase)
                          : lq_u256_sub_wrap(&e->balance_increase, &e->value);
    return move(scaled, up, &amount, &e->index);
}

lq_err_t lq_aave_v3_apply_burn(const lq_aave_v3_rules_t *rules, lq_u256_t *scaled,
                               lq_aave_v3_token_t token, const lq_aave_v3_scaled_event_t *e)
{
    if (rules->rounded_events)
        return move_rounded(rules, scaled, false, token, e);
    lq_u256_t amount;
    lq_err_t err = lq_u256_add_checked(&amount, &e->value, &e->balance_increase);
    return err ? err : move(scaled, false, &amount, &e->index);
}

lq_err_t lq_aave_v3_apply_transfer(lq_u256_t *from, lq_u256_t *to, const lq_u256_t *scaled_value)
{
    lq_u256_t left;
    lq_u256_t sum;
    lq_err_t err = lq_u256_sub_checked(&left, from, scaled_value);
    if (err || from == to)
        return err;
    err = lq_u256_add_checked(&sum, to, scaled_value);
    if (err)
        return err;
    if (!fits128(&left) || !fits128(&sum))
        return LQ_ERR_RANGE;
    *from = left;
    *to = sum;
    return LQ_OK;
}
