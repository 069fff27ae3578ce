/* Account data in 128 bits. An operand that could leave them sends the account to the wide way, so
   that nothing here overflows and no revert of the contract can be missed:
     - A balance is a scaled amount below 2^128 times an index below 2^128, over 1e27; the quotient
       is tested to be below 2^128.
     - A value is a balance below 2^128 times a price below 2^64, over 10^decimals, decimals at most
       19, that is below 2^64; the quotient is tested to be below 2^128, then below 2^104.
     - With at most 256 legs the sums of values are below 2^112 and those of values times thresholds
       of 16 bits below 2^128.
   So each divisor has one limb but for 1e27, which is 2^27 * 5^27, a shift and one limb. */

#include "aave_v3_internal.h"
#include "aave_v3_narrow.h"

#include "liqd/num/fixed.h"

#define LEG_MAX       256
#define VALUE_BIT_MAX 104
#define FAST_DECIMALS 19
#define MAX_DECIMALS  77

lq_err_t lq_aave_v3_unit_make(lq_aave_v3_unit_t *out, unsigned decimals)
{
    if (decimals > MAX_DECIMALS)
        return LQ_ERR_RANGE;
    lq_aave_v3_unit_t u = {.value = lq_u256_from_u64(1)};
    lq_u256_t ten = lq_u256_from_u64(10);
    for (unsigned i = 0; i < decimals; i++)
        u.value = lq_u256_mul_wrap(&u.value, &ten);
    if (decimals <= FAST_DECIMALS) {
        const narrow_divisor_t d = narrow_divisor(u.value.w[0]);
        u.divisor = d.divisor;
        u.reciprocal = d.reciprocal;
        u.shift = d.shift;
    }
    *out = u;
    return LQ_OK;
}

/* Sets *OUT to the balance of SCALED at INDEX. */
static LQ_ALWAYS_INLINE bool balance(lq_u128_t *out, const lq_u256_t *scaled,
                                     const lq_u256_t *index, narrow_rounding_t rounding)
{
    return LQ_LIKELY((lq_u256_hi(scaled) | lq_u256_hi(index)) == 0) &&
           narrow_ray_mul(out, lq_u256_lo(scaled), lq_u256_lo(index), rounding);
}

/* Sets *OUT to the value of AMOUNT at PRICE. */
static LQ_ALWAYS_INLINE bool value(lq_u128_t *out, lq_u128_t amount, const lq_u256_t *price,
                                   const lq_aave_v3_unit_t *unit, narrow_rounding_t rounding)
{
    const narrow_divisor_t d = {unit->divisor, unit->reciprocal, unit->shift};
    return LQ_LIKELY((price->w[1] | price->w[2] | price->w[3]) == 0) &&
           narrow_value(out, amount, price->w[0], d, rounding);
}

typedef struct sums {
    lq_u128_t collateral;
    lq_u128_t weighted;
    lq_u128_t debt;
    lq_u128_t values; /* the bits of all values */
} sums_t;

/* The legs' sums. DIRECTIONAL is a constant where this is inlined. */
static LQ_ALWAYS_INLINE bool sum_legs(sums_t *out, const lq_aave_v3_rules_t *rules,
                                      const lq_aave_v3_leg_t *legs, size_t cnt,
                                      const lq_aave_v3_e_mode_t *e_mode, bool directional)
{
    sums_t s = {0};
    for (size_t i = 0; i < cnt; i++) {
        const lq_aave_v3_leg_t *leg = &legs[i];
        const lq_aave_v3_asset_t *asset = leg->asset;
        const lq_u256_t *price = lq_aave_v3_price(rules, leg, e_mode);
        lq_u128_t v;
        if (lq_aave_v3_counts(rules, leg)) {
            if (!balance(&v, &leg->scaled_supply, &asset->liquidity_index,
                         directional ? NARROW_DOWN : NARROW_HALF_UP) ||
                !value(&v, v, price, &asset->unit, NARROW_DOWN))
                return false;
            s.collateral += v;
            s.weighted += v * lq_aave_v3_threshold_bps(leg, e_mode);
            s.values |= v;
        }
        if (leg->flags & LQ_AAVE_V3_BORROWING) {
            if ((rules->stable_debt && !lq_u256_is_zero(&leg->stable_debt)) ||
                !balance(&v, &leg->scaled_debt, &asset->variable_borrow_index,
                         directional ? NARROW_UP : NARROW_HALF_UP) ||
                !value(&v, v, price, &asset->unit, directional ? NARROW_UP : NARROW_DOWN))
                return false;
            s.debt += v;
            s.values |= v;
        }
    }
    *out = s;
    return s.values >> VALUE_BIT_MAX == 0;
}

/* Sets *OUT to the health factor where that costs one division of the CPU's: to some ten million
   dollars of debt, or some hundred of collateral. */
static LQ_ALWAYS_INLINE bool health(lq_u128_t *out, const sums_t *s, bool by_average)
{
    const uint64_t wad = 1000000000000000000u;
    if (by_average) {
        if (s->weighted >> 63 != 0 || s->collateral >> 64 != 0 || s->debt >> 64 != 0)
            return false;
        uint64_t c = narrow_lo(s->collateral);
        uint64_t avg = c ? narrow_lo(s->weighted) / c : 0;
        uint64_t part = (c * avg + 5000) / 10000; /* c avg <= weighted */
        *out = ((lq_u128_t)part * wad + (s->debt >> 1)) / narrow_lo(s->debt);
        return true;
    }
    if (s->weighted >> 68 != 0 || s->debt >> 50 != 0)
        return false;
    /* floor(floor(x / d) / 10000) = floor(x / (10000 d)); x < 2^68 1e18 + 2^49 < 2^128 */
    *out = (s->weighted * wad + (s->debt >> 1)) / (s->debt * 10000);
    return true;
}

bool lq_aave_v3_account_fast(const lq_aave_v3_rules_t *rules, lq_aave_v3_account_t *out,
                             const lq_aave_v3_leg_t *legs, size_t cnt,
                             const lq_aave_v3_e_mode_t *e_mode)
{
    sums_t s;
    if (cnt > LEG_MAX)
        return false;
    /* The rounding rules came together with 3.5; were they ever apart, the wide way knows. */
    bool directional = rules->directional_balances;
    if (directional != rules->debt_value_up)
        return false;
    if (directional ? !sum_legs(&s, rules, legs, cnt, e_mode, true)
                    : !sum_legs(&s, rules, legs, cnt, e_mode, false))
        return false;
    out->total_collateral_base = lq_u256_from_halves(0, s.collateral);
    out->total_debt_base = lq_u256_from_halves(0, s.debt);
    out->weighted_collateral_bps = lq_u256_from_halves(0, s.weighted);
    lq_u128_t hf;
    if (s.debt != 0 && health(&hf, &s, rules->health_by_average)) {
        out->health_factor = lq_u256_from_halves(0, hf);
        return true;
    }
    /* Cannot fail: weighted or collateral < 2^128, times 1e18 plus debt / 2 fits. */
    return lq_aave_v3_set_health(rules, out) == LQ_OK;
}

bool lq_aave_v3_set_health_fast(const lq_aave_v3_rules_t *rules, lq_aave_v3_account_t *a)
{
    const sums_t s = {.collateral = lq_u256_lo(&a->total_collateral_base),
                      .weighted = lq_u256_lo(&a->weighted_collateral_bps),
                      .debt = lq_u256_lo(&a->total_debt_base)};
    lq_u128_t hf;
    if ((lq_u256_hi(&a->total_collateral_base) | lq_u256_hi(&a->weighted_collateral_bps) |
         lq_u256_hi(&a->total_debt_base)) != 0 ||
        s.debt == 0 || !health(&hf, &s, rules->health_by_average))
        return false;
    a->health_factor = lq_u256_from_halves(0, hf);
    return true;
}
