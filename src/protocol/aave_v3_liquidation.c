#include "liqd/protocol/aave_v3_liquidation.h"

#include "aave_v3_internal.h"
#include "liqd/num/fixed.h"
#include "liqd/protocol/aave_v3_balance.h"
#include "liqd/protocol/aave_v3_health.h"

static bool below(const lq_u256_t *v, uint64_t limit)
{
    lq_u256_t l = lq_u256_from_u64(limit);
    return lq_u256_lt(v, &l);
}

static bool above(const lq_u256_t *v, uint64_t limit)
{
    lq_u256_t l = lq_u256_from_u64(limit);
    return lq_u256_lt(&l, v);
}

lq_aave_v3_verdict_t lq_aave_v3_verdict(const lq_aave_v3_rules_t *rules, const lq_aave_v3_call_t *c)
{
    if (rules->self_liquidation_refused && c->borrower_is_liquidator)
        return LQ_AAVE_V3_SELF_LIQUIDATION;
    if (!c->collateral.active || !c->debt.active)
        return LQ_AAVE_V3_RESERVE_INACTIVE;
    if (c->collateral.paused || c->debt.paused)
        return LQ_AAVE_V3_RESERVE_PAUSED;
    if (rules->sentinel && !c->sentinel_allows &&
        !below(&c->health_factor, LQ_AAVE_V3_CLOSE_FACTOR_HEALTH_WAD))
        return LQ_AAVE_V3_SENTINEL_REFUSES;
    if (rules->grace_period && (c->collateral.liquidation_grace_period_until_sec >= c->now_sec ||
                                c->debt.liquidation_grace_period_until_sec >= c->now_sec))
        return LQ_AAVE_V3_GRACE_PERIOD;
    if (!below(&c->health_factor, LQ_AAVE_V3_LIQUIDATION_HEALTH_WAD))
        return LQ_AAVE_V3_HEALTHY;
    if (!c->used_as_collateral ||
        (rules->zero_threshold_ignored && c->collateral_threshold_bps == 0))
        return LQ_AAVE_V3_NO_COLLATERAL;
    if (lq_u256_is_zero(&c->debt_balance))
        return LQ_AAVE_V3_NO_DEBT;
    return LQ_AAVE_V3_LIQUIDATABLE;
}

/* What BASE is worth, but not all. */
static lq_err_t part_of_debt(lq_u256_t *out, const lq_aave_v3_pair_t *p, const lq_u256_t *base)
{
    const lq_u256_t one = lq_u256_from_u64(lq_u256_is_zero(&p->debt_balance) ? 0 : 1);
    lq_u256_t most = lq_u256_sub_wrap(&p->debt_balance, &one);
    lq_u256_t v;
    lq_err_t err = lq_fixed_mul_div_down(&v, base, &p->debt_unit, &p->debt_price);
    if (!err)
        *out = lq_u256_min(&v, &most);
    return err;
}

/* Half of the account's debt, where both sides of the pair are large; else all of the pair's. */
static lq_err_t max_debt_of_account(const lq_aave_v3_rules_t *rules, lq_u256_t *out,
                                    const lq_aave_v3_pair_t *p, const lq_aave_v3_borders_t *borders,
                                    const lq_u256_t *health_factor,
                                    const lq_u256_t *total_debt_base)
{
    const lq_u256_t half = lq_u256_from_u64(LQ_AAVE_V3_CLOSE_FACTOR_BPS);
    lq_u256_t debt_base;
    lq_u256_t collateral_base;
    lq_u256_t max_base;
    lq_err_t err;
    if ((err = lq_aave_v3_debt_value(rules, &debt_base, &p->debt_balance, &p->debt_price,
                                     &p->debt_unit)) ||
        (err = lq_aave_v3_supply_value(&collateral_base, &p->collateral_balance,
                                       &p->collateral_price, &p->collateral_unit)))
        return err;
    if (!below(&collateral_base, borders->collateral_large) &&
        !below(&debt_base, borders->debt_large) &&
        above(health_factor, LQ_AAVE_V3_CLOSE_FACTOR_HEALTH_WAD)) {
        err = lq_fixed_bps_mul_half_up(&max_base, total_debt_base, &half);
        if (err)
            return err;
        const lq_u256_t above = lq_u256_from_u64(borders->whole_above);
        if ((err = lq_u256_add_checked(&debt_base, &debt_base, &above)))
            return err;
        if (lq_u256_lt(&max_base, &debt_base))
            return part_of_debt(out, p, &max_base);
    }
    *out = p->debt_balance;
    return LQ_OK;
}

lq_err_t lq_aave_v3_max_debt_by(const lq_aave_v3_rules_t *rules, lq_u256_t *out,
                                const lq_aave_v3_pair_t *p, const lq_aave_v3_borders_t *borders,
                                const lq_u256_t *health_factor, const lq_u256_t *total_debt_base)
{
    if (rules->close_by_account)
        return max_debt_of_account(rules, out, p, borders, health_factor, total_debt_base);
    bool half = above(health_factor, LQ_AAVE_V3_CLOSE_FACTOR_HEALTH_WAD);
    lq_u256_t factor = half ? lq_u256_from_u64(LQ_AAVE_V3_CLOSE_FACTOR_BPS) : LQ_BPS_ONE;
    return lq_fixed_bps_mul_half_up(out, &p->debt_balance, &factor);
}

lq_err_t lq_aave_v3_max_debt(const lq_aave_v3_rules_t *rules, lq_u256_t *out,
                             const lq_aave_v3_pair_t *p, const lq_u256_t *health_factor,
                             const lq_u256_t *total_debt_base)
{
    return lq_aave_v3_max_debt_by(rules, out, p, &LQ_AAVE_V3_BORDERS, health_factor,
                                  total_debt_base);
}

/* floor(P a U / (Q V)), each product checked: an amount of one token in units of the other. */
static lq_err_t convert(lq_u256_t *out, const lq_u256_t *amount, const lq_u256_t *price,
                        const lq_u256_t *to_unit, const lq_u256_t *to_price, const lq_u256_t *unit)
{
    lq_u256_t num;
    lq_u256_t den;
    lq_err_t err;
    if ((err = lq_u256_mul_checked(&num, price, amount)) ||
        (err = lq_u256_mul_checked(&num, &num, to_unit)) ||
        (err = lq_u256_mul_checked(&den, to_price, unit)))
        return err;
    return lq_u256_div_checked(out, &num, &den);
}

/* Moves the protocol's part of the bonus from S's collateral to its fee. */
static lq_err_t take_fee(const lq_aave_v3_rules_t *rules, lq_aave_v3_seizure_t *s,
                         const lq_aave_v3_pair_t *p, const lq_u256_t *bonus)
{
    bool directional = rules->seizure_directional;
    lq_u256_t fee_bps = lq_u256_from_u64(p->protocol_fee_bps);
    lq_u256_t v;
    lq_err_t err;
    if ((err = directional ? lq_fixed_bps_div_down(&v, &s->collateral, bonus)
                           : lq_fixed_bps_div_half_up(&v, &s->collateral, bonus)) ||
        (err = lq_u256_sub_checked(&v, &s->collateral, &v)) ||
        (err = directional ? lq_fixed_bps_mul_up(&v, &v, &fee_bps)
                           : lq_fixed_bps_mul_half_up(&v, &v, &fee_bps)) ||
        (err = lq_u256_sub_checked(&s->collateral, &s->collateral, &v)))
        return err;
    s->protocol_fee = v;
    return LQ_OK;
}

lq_err_t lq_aave_v3_seize(const lq_aave_v3_rules_t *rules, lq_aave_v3_seizure_t *out,
                          const lq_aave_v3_pair_t *p, const lq_u256_t *debt_to_cover)
{
    lq_u256_t bonus = lq_u256_from_u64(p->liquidation_bonus_bps);
    lq_aave_v3_seizure_t s = {.debt_needed = *debt_to_cover};
    lq_u256_t v;
    lq_err_t err;
    if ((err = convert(&v, debt_to_cover, &p->debt_price, &p->collateral_unit, &p->collateral_price,
                       &p->debt_unit)) ||
        (err = rules->seizure_directional ? lq_fixed_bps_mul_down(&s.collateral, &v, &bonus)
                                          : lq_fixed_bps_mul_half_up(&s.collateral, &v, &bonus)))
        return err;
    if (lq_u256_lt(&p->collateral_balance, &s.collateral)) {
        s.collateral = p->collateral_balance;
        if ((err = convert(&v, &s.collateral, &p->collateral_price, &p->debt_unit, &p->debt_price,
                           &p->collateral_unit)) ||
            (err = rules->debt_needed_up ? lq_fixed_bps_div_up(&s.debt_needed, &v, &bonus)
                                         : lq_fixed_bps_div_half_up(&s.debt_needed, &v, &bonus)))
            return err;
    }
    if (rules->bad_debt == LQ_AAVE_V3_BAD_DEBT_VALUE) {
        err = lq_aave_v3_supply_value(&s.collateral_base, &s.collateral, &p->collateral_price,
                                      &p->collateral_unit);
        if (err)
            return err;
    }
    if (p->protocol_fee_bps != 0 && (err = take_fee(rules, &s, p, &bonus)))
        return err;
    *out = s;
    return LQ_OK;
}

lq_err_t lq_aave_v3_leaves_dust(const lq_aave_v3_rules_t *rules, bool *out,
                                const lq_aave_v3_pair_t *p, const lq_aave_v3_seizure_t *s)
{
    return lq_aave_v3_leaves_dust_by(rules, out, p, &LQ_AAVE_V3_BORDERS, s);
}

lq_err_t lq_aave_v3_leaves_dust_by(const lq_aave_v3_rules_t *rules, bool *out,
                                   const lq_aave_v3_pair_t *p, const lq_aave_v3_borders_t *borders,
                                   const lq_aave_v3_seizure_t *s)
{
    lq_u256_t debt;
    lq_u256_t collateral;
    lq_err_t err;
    if ((err = lq_u256_sub_checked(&debt, &p->debt_balance, &s->debt_needed)) ||
        (err = lq_u256_sub_checked(&collateral, &p->collateral_balance, &s->collateral)) ||
        (err = lq_u256_sub_checked(&collateral, &collateral, &s->protocol_fee)))
        return err;
    if (!rules->dust_refused || lq_u256_is_zero(&debt) || lq_u256_is_zero(&collateral)) {
        *out = false;
        return LQ_OK;
    }
    if ((err = lq_aave_v3_debt_value(rules, &debt, &debt, &p->debt_price, &p->debt_unit)) ||
        (err = lq_aave_v3_supply_value(&collateral, &collateral, &p->collateral_price,
                                       &p->collateral_unit)))
        return err;
    *out = below(&debt, borders->debt_leftover) || below(&collateral, borders->collateral_leftover);
    return LQ_OK;
}

/* The value of the scaled units that the liquidator and the treasury take, each rounded up. */
static lq_err_t consumed_base(const lq_aave_v3_rules_t *rules, lq_u256_t *out,
                              const lq_aave_v3_pair_t *p, const lq_aave_v3_seizure_t *s,
                              const lq_u256_t *scaled_supply, const lq_u256_t *index)
{
    lq_u256_t v;
    lq_u256_t fee;
    lq_err_t err;
    if ((err = lq_aave_v3_scaled_burn(rules, &v, LQ_AAVE_V3_ATOKEN, &s->collateral, index)) ||
        (err = lq_aave_v3_scaled_burn(rules, &fee, LQ_AAVE_V3_ATOKEN, &s->protocol_fee, index)) ||
        (err = lq_u256_add_checked(&v, &v, &fee)))
        return err;
    v = lq_u256_min(&v, scaled_supply);
    err = lq_aave_v3_balance(rules, &v, LQ_AAVE_V3_ATOKEN, &v, index);
    return err ? err : lq_aave_v3_supply_value(out, &v, &p->collateral_price, &p->collateral_unit);
}

lq_err_t lq_aave_v3_no_collateral_left(const lq_aave_v3_rules_t *rules, bool *out,
                                       const lq_aave_v3_pair_t *p, const lq_aave_v3_seizure_t *s,
                                       const lq_u256_t *total_collateral_base,
                                       const lq_u256_t *scaled_supply, const lq_u256_t *index)
{
    lq_u256_t consumed = s->collateral_base;
    switch (rules->bad_debt) {
    case LQ_AAVE_V3_BAD_DEBT_NONE:
        *out = false;
        return LQ_OK;
    case LQ_AAVE_V3_BAD_DEBT_VALUE:
        break;
    case LQ_AAVE_V3_BAD_DEBT_SCALED: {
        lq_err_t err = consumed_base(rules, &consumed, p, s, scaled_supply, index);
        if (err)
            return err;
        break;
    }
    }
    *out = lq_u256_eq(&consumed, total_collateral_base);
    return LQ_OK;
}

lq_err_t lq_aave_v3_fee_scaled(const lq_aave_v3_rules_t *rules, lq_u256_t *out,
                               const lq_u256_t *protocol_fee, const lq_u256_t *scaled_left,
                               const lq_u256_t *index)
{
    lq_u256_t v;
    lq_err_t err = lq_aave_v3_scaled_burn(rules, &v, LQ_AAVE_V3_ATOKEN, protocol_fee, index);
    if (err)
        return err;
    *out = lq_u256_min(&v, scaled_left);
    return LQ_OK;
}
