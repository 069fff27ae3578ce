#include "liqd/protocol/aave_v3_health.h"

#include "aave_v3_internal.h"

#include "liqd/num/fixed.h"

static const lq_u256_t no_debt_health = {{UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX}};

lq_err_t lq_aave_v3_account(const lq_aave_v3_rules_t *rules, lq_aave_v3_account_t *out,
                            const lq_aave_v3_leg_t *legs, size_t cnt,
                            const lq_aave_v3_e_mode_t *e_mode)
{
    if (LQ_LIKELY(lq_aave_v3_account_fast(rules, out, legs, cnt, e_mode)))
        return LQ_OK;
    return lq_aave_v3_account_wide(rules, out, legs, cnt, e_mode);
}

uint16_t lq_aave_v3_average_threshold_bps(const lq_aave_v3_account_t *a)
{
    lq_u256_t avg = lq_u256_from_u64(0); /* stays so for a division by 0 */
    (void)!lq_u256_div_checked(&avg, &a->weighted_collateral_bps, &a->total_collateral_base);
    return (uint16_t)avg.w[0];
}

const lq_u256_t *lq_aave_v3_price(const lq_aave_v3_rules_t *rules, const lq_aave_v3_leg_t *leg,
                                  const lq_aave_v3_e_mode_t *e_mode)
{
    if (rules->e_mode_price && e_mode && (leg->flags & LQ_AAVE_V3_IN_E_MODE) &&
        !lq_u256_is_zero(&e_mode->price))
        return &e_mode->price;
    return &leg->asset->price;
}

lq_err_t lq_aave_v3_supply_value(lq_u256_t *out, const lq_u256_t *amount, const lq_u256_t *price,
                                 const lq_u256_t *unit)
{
    return lq_fixed_mul_div_down(out, amount, price, unit);
}

lq_err_t lq_aave_v3_debt_value(const lq_aave_v3_rules_t *rules, lq_u256_t *out,
                               const lq_u256_t *amount, const lq_u256_t *price,
                               const lq_u256_t *unit)
{
    return rules->debt_value_up ? lq_fixed_mul_div_up(out, amount, price, unit)
                                : lq_fixed_mul_div_down(out, amount, price, unit);
}

static lq_err_t add_supply(const lq_aave_v3_rules_t *rules, lq_aave_v3_account_t *a,
                           const lq_aave_v3_leg_t *leg, const lq_aave_v3_e_mode_t *e_mode)
{
    const lq_aave_v3_asset_t *asset = leg->asset;
    lq_u256_t threshold = lq_u256_from_u64(lq_aave_v3_threshold_bps(leg, e_mode));
    lq_u256_t v;
    lq_err_t err;
    if ((err = lq_aave_v3_balance(rules, &v, LQ_AAVE_V3_ATOKEN, &leg->scaled_supply,
                                  &asset->liquidity_index)) ||
        (err = lq_aave_v3_supply_value(&v, &v, lq_aave_v3_price(rules, leg, e_mode),
                                       &asset->unit.value)) ||
        (err = lq_u256_add_checked(&a->total_collateral_base, &a->total_collateral_base, &v)) ||
        (err = lq_u256_mul_checked(&v, &v, &threshold)))
        return err;
    return lq_u256_add_checked(&a->weighted_collateral_bps, &a->weighted_collateral_bps, &v);
}

static lq_err_t add_debt(const lq_aave_v3_rules_t *rules, lq_aave_v3_account_t *a,
                         const lq_aave_v3_leg_t *leg, const lq_aave_v3_e_mode_t *e_mode)
{
    const lq_aave_v3_asset_t *asset = leg->asset;
    lq_u256_t v;
    lq_err_t err;
    if ((err = lq_aave_v3_balance(rules, &v, LQ_AAVE_V3_DEBT, &leg->scaled_debt,
                                  &asset->variable_borrow_index)) ||
        (rules->stable_debt && (err = lq_u256_add_checked(&v, &v, &leg->stable_debt))) ||
        (err = lq_aave_v3_debt_value(rules, &v, &v, lq_aave_v3_price(rules, leg, e_mode),
                                     &asset->unit.value)))
        return err;
    return lq_u256_add_checked(&a->total_debt_base, &a->total_debt_base, &v);
}

lq_err_t lq_aave_v3_set_health(const lq_aave_v3_rules_t *rules, lq_aave_v3_account_t *a)
{
    static const lq_u256_t one_bps = {{1, 0, 0, 0}};
    if (lq_u256_is_zero(&a->total_debt_base)) {
        a->health_factor = no_debt_health;
        return LQ_OK;
    }
    lq_u256_t v = lq_u256_from_u64(lq_aave_v3_average_threshold_bps(a));
    lq_err_t err;
    if (rules->health_by_average) {
        err = lq_fixed_bps_mul_half_up(&v, &a->total_collateral_base, &v);
        return err ? err : lq_fixed_wad_div_half_up(&a->health_factor, &v, &a->total_debt_base);
    }
    err = lq_fixed_wad_div_half_up(&v, &a->weighted_collateral_bps, &a->total_debt_base);
    return err ? err : lq_fixed_bps_mul_down(&a->health_factor, &v, &one_bps);
}

lq_err_t lq_aave_v3_account_wide(const lq_aave_v3_rules_t *rules, lq_aave_v3_account_t *out,
                                 const lq_aave_v3_leg_t *legs, size_t cnt,
                                 const lq_aave_v3_e_mode_t *e_mode)
{
    lq_aave_v3_account_t a = {.total_debt_base = {{0}}};
    lq_err_t err;
    for (size_t i = 0; i < cnt; i++) {
        if (lq_aave_v3_counts(rules, &legs[i]) && (err = add_supply(rules, &a, &legs[i], e_mode)))
            return err;
        if ((legs[i].flags & LQ_AAVE_V3_BORROWING) && (err = add_debt(rules, &a, &legs[i], e_mode)))
            return err;
    }
    err = lq_aave_v3_set_health(rules, &a);
    if (err)
        return err;
    *out = a;
    return LQ_OK;
}
