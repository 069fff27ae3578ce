/* Calls in 128 bits. What is too wide goes the wide way, as does what would be below 0, where the
   contract reverts: so that nothing here overflows and no revert can be missed. The widths:
     - Prices and units are below 2^64 and amounts below 2^128, so that no product of the contract
       leaves 256 bits; quotients are tested to be below 2^128.
     - Sums of the account are below 2^112, weighted below 2^126; values of the two legs below 2^104
       each, as in account data. */

#include "aave_v3_adapter_trial.h"
#include "aave_v3_internal.h"

#define SUM_BIT_MAX      112
#define WEIGHTED_BIT_MAX 126
#define VALUE_BIT_MAX    104
#define BPS              10000u

static LQ_ALWAYS_INLINE narrow_divisor_t by_bps(void)
{
    return narrow_divisor(BPS);
}

static LQ_ALWAYS_INLINE narrow_divisor_t by_unit(const lq_aave_v3_unit_t *u)
{
    return (narrow_divisor_t){u->divisor, u->reciprocal, u->shift};
}

static bool is_limb(const lq_u256_t *v)
{
    return (v->w[1] | v->w[2] | v->w[3]) == 0 && v->w[0] != 0;
}

static narrow_rounding_t supply_rounding(const lq_aave_v3_rules_t *rules)
{
    return rules->directional_balances ? NARROW_DOWN : NARROW_HALF_UP;
}

static narrow_rounding_t debt_rounding(const lq_aave_v3_rules_t *rules)
{
    return rules->directional_balances ? NARROW_UP : NARROW_HALF_UP;
}

static narrow_rounding_t debt_value_rounding(const lq_aave_v3_rules_t *rules)
{
    return rules->debt_value_up ? NARROW_UP : NARROW_DOWN;
}

/* ---- a pair ---- */

static bool set_prices(narrow_pair_t *n, const pairing_t *p)
{
    const lq_u256_t *leg_price = lq_aave_v3_price(p->rules, &p->legs[1], p->e_mode);
    const lq_aave_v3_unit_t *uc = &p->assets[0].unit;
    const lq_aave_v3_unit_t *ud = &p->assets[1].unit;
    if (!is_limb(&p->pair.collateral_price) || !is_limb(&p->pair.debt_price) ||
        !is_limb(leg_price) || uc->divisor == 0 || ud->divisor == 0 ||
        p->pair.liquidation_bonus_bps == 0)
        return false;
    n->collateral_price = p->pair.collateral_price.w[0];
    n->debt_price = p->pair.debt_price.w[0];
    n->leg_debt_price = leg_price->w[0];
    n->collateral_unit = by_unit(uc);
    n->debt_unit = by_unit(ud);
    n->by_price = narrow_divisor(n->collateral_price);
    n->by_bonus = narrow_divisor(p->pair.liquidation_bonus_bps);
    n->finer_collateral = uc->value.w[0] >= ud->value.w[0];
    n->units = 1; /* both are powers of ten */
    if (uc->value.w[0] != ud->value.w[0])
        n->units =
            n->finer_collateral ? uc->value.w[0] / ud->value.w[0] : ud->value.w[0] / uc->value.w[0];
    if (!n->finer_collateral)
        n->by_units = narrow_divisor(n->units);
    return true;
}

/* The most that one call repays; the two values are of the whole balances. */
static bool set_max_debt(pairing_t *p, const lq_aave_v3_account_t *sums, lq_u128_t collateral_base,
                         lq_u128_t debt_base)
{
    const narrow_pair_t *n = &p->narrow;
    const lq_u256_t *health = &sums->health_factor;
    bool half = lq_u256_hi(health) != 0 || lq_u256_lo(health) > LQ_AAVE_V3_CLOSE_FACTOR_HEALTH_WAD;
    lq_u128_t v = n->debt_balance;
    if (!p->rules->close_by_account) {
        if (half && !narrow_scale(&v, v, LQ_AAVE_V3_CLOSE_FACTOR_BPS, by_bps(), NARROW_HALF_UP))
            return false;
    } else if (half && collateral_base >= p->borders.collateral_large &&
               debt_base >= p->borders.debt_large) {
        lq_u128_t base;
        if (!narrow_scale(&base, lq_u256_lo(&sums->total_debt_base), LQ_AAVE_V3_CLOSE_FACTOR_BPS,
                          by_bps(), NARROW_HALF_UP) ||
            (base < debt_base + p->borders.whole_above &&
             !narrow_value(&v, base, p->assets[1].unit.value.w[0], narrow_divisor(n->debt_price),
                           NARROW_DOWN)))
            return false;
        if (base < debt_base + p->borders.whole_above && v >= n->debt_balance)
            v = n->debt_balance - (n->debt_balance != 0);
    }
    p->max_debt = lq_u256_from_halves(0, v);
    return true;
}

static bool are_narrow(const lq_aave_v3_account_t *sums)
{
    return (lq_u256_hi(&sums->total_collateral_base) | lq_u256_hi(&sums->total_debt_base) |
            lq_u256_hi(&sums->weighted_collateral_bps)) == 0 &&
           lq_u256_lo(&sums->total_collateral_base) >> SUM_BIT_MAX == 0 &&
           lq_u256_lo(&sums->total_debt_base) >> SUM_BIT_MAX == 0 &&
           lq_u256_lo(&sums->weighted_collateral_bps) >> WEIGHTED_BIT_MAX == 0;
}

static void set_sums(pairing_t *p, const lq_aave_v3_account_t *sums, lq_u128_t collateral,
                     lq_u128_t debt)
{
    narrow_pair_t *n = &p->narrow;
    lq_u128_t weighted = collateral * n->threshold_bps;
    n->total_collateral = lq_u256_lo(&sums->total_collateral_base);
    n->rest_collateral = n->total_collateral - collateral;
    n->rest_weighted = lq_u256_lo(&sums->weighted_collateral_bps) - weighted;
    n->rest_debt = lq_u256_lo(&sums->total_debt_base) - debt;
    p->own.total_collateral_base = lq_u256_from_halves(0, collateral);
    p->own.weighted_collateral_bps = lq_u256_from_halves(0, weighted);
    p->own.total_debt_base = lq_u256_from_halves(0, debt);
    p->rest.total_collateral_base = lq_u256_from_halves(0, n->rest_collateral);
    p->rest.weighted_collateral_bps = lq_u256_from_halves(0, n->rest_weighted);
    p->rest.total_debt_base = lq_u256_from_halves(0, n->rest_debt);
}

bool make_narrow(pairing_t *p, const lq_aave_v3_account_t *sums)
{
    const lq_aave_v3_rules_t *rules = p->rules;
    narrow_pair_t *n = &p->narrow;
    const lq_u256_t *supply_index = &p->assets[0].liquidity_index;
    const lq_u256_t *debt_index = &p->assets[1].variable_borrow_index;
    lq_u128_t collateral;
    lq_u128_t debt;
    /* No version has one price for the debt's value and another for its close factor. */
    if ((rules->close_by_account && rules->e_mode_price) || !are_narrow(sums) ||
        !lq_aave_v3_counts(rules, &p->legs[0]) || !set_prices(n, p) ||
        (lq_u256_hi(supply_index) | lq_u256_hi(debt_index)) != 0 ||
        !narrow_index(&n->supply_index, lq_u256_lo(supply_index)) ||
        !narrow_index(&n->debt_index, lq_u256_lo(debt_index)))
        return false;
    n->scaled_supply = lq_u256_lo(&p->legs[0].scaled_supply);
    n->scaled_debt = lq_u256_lo(&p->legs[1].scaled_debt);
    n->threshold_bps = lq_aave_v3_threshold_bps(&p->legs[0], p->e_mode);
    if (!narrow_ray_mul(&n->collateral_balance, n->scaled_supply, n->supply_index.value,
                        supply_rounding(rules)) ||
        !narrow_ray_mul(&n->debt_balance, n->scaled_debt, n->debt_index.value,
                        debt_rounding(rules)) ||
        !narrow_value(&collateral, n->collateral_balance, n->collateral_price, n->collateral_unit,
                      NARROW_DOWN) ||
        !narrow_value(&debt, n->debt_balance, n->leg_debt_price, n->debt_unit,
                      debt_value_rounding(rules)) ||
        (collateral | debt) >> VALUE_BIT_MAX != 0)
        return false;
    lq_u256_t collateral_base = lq_u256_from_halves(0, collateral);
    lq_u256_t debt_base = lq_u256_from_halves(0, debt);
    set_borders(p, &collateral_base, &debt_base);
    if (!set_max_debt(p, sums, collateral, debt))
        return false;
    p->pair.collateral_balance = lq_u256_from_halves(0, n->collateral_balance);
    p->pair.debt_balance = lq_u256_from_halves(0, n->debt_balance);
    set_sums(p, sums, collateral, debt);
    return true;
}

/* ---- a call ---- */

typedef struct narrow_call {
    lq_u128_t debt_needed;
    lq_u128_t collateral; /* to the liquidator */
    lq_u128_t fee;
    lq_u128_t base; /* value of both parts; not set where bad debt is not told by value */
    lq_u128_t scaled_supply;
    lq_u128_t scaled_debt;
} narrow_call_t;

/* floor(x / (a b)) = floor(floor(x / a) / b): so both ways are divided by a limb at a time. */
static LQ_ALWAYS_INLINE bool convert(lq_u128_t *out, lq_u128_t amount, uint64_t price,
                                     narrow_divisor_t by_price, const narrow_pair_t *n, bool finer)
{
    if (n->units == 1)
        return narrow_value(out, amount, price, by_price, NARROW_DOWN);
    if (!finer) {
        lq_u128_t v;
        return narrow_value(&v, amount, price, by_price, NARROW_DOWN) &&
               narrow_value(out, v, 1, n->finer_collateral ? narrow_divisor(n->units) : n->by_units,
                            NARROW_DOWN);
    }
    return narrow_hi(amount) <= UINT64_MAX / n->units &&
           narrow_value(out, amount * n->units, price, by_price, NARROW_DOWN);
}

/* What is seized is all of the collateral. */
static LQ_NOINLINE bool exhaust(narrow_call_t *c, const pairing_t *p)
{
    const narrow_pair_t *n = &p->narrow;
    lq_u128_t v;
    c->collateral = n->collateral_balance;
    return convert(&v, c->collateral, n->collateral_price, narrow_divisor(n->debt_price), n,
                   !n->finer_collateral) &&
           narrow_scale(&c->debt_needed, v, BPS, n->by_bonus,
                        p->rules->debt_needed_up ? NARROW_UP : NARROW_HALF_UP);
}

static LQ_ALWAYS_INLINE narrow_rounding_t seizure_rounding(const pairing_t *p)
{
    return p->rules->seizure_directional ? NARROW_DOWN : NARROW_HALF_UP;
}

/* Sets debt_needed, and collateral with the fee in it. */
static LQ_ALWAYS_INLINE bool take(narrow_call_t *c, const pairing_t *p, lq_u128_t amount)
{
    const narrow_pair_t *n = &p->narrow;
    lq_u128_t v;
    c->debt_needed = amount;
    c->fee = 0;
    if (!convert(&v, amount, n->debt_price, n->by_price, n, n->finer_collateral) ||
        !narrow_scale(&c->collateral, v, p->pair.liquidation_bonus_bps, by_bps(),
                      seizure_rounding(p)))
        return false;
    return LQ_LIKELY(c->collateral <= n->collateral_balance) || exhaust(c, p);
}

static LQ_ALWAYS_INLINE bool seize(narrow_call_t *c, const pairing_t *p, lq_u128_t amount)
{
    const narrow_pair_t *n = &p->narrow;
    lq_u128_t v;
    if (!take(c, p, amount))
        return false;
    if (p->rules->bad_debt == LQ_AAVE_V3_BAD_DEBT_VALUE &&
        !narrow_value(&c->base, c->collateral, n->collateral_price, n->collateral_unit,
                      NARROW_DOWN))
        return false;
    if (p->pair.protocol_fee_bps == 0)
        return true;
    if (!narrow_scale(&v, c->collateral, BPS, n->by_bonus, seizure_rounding(p)) ||
        c->collateral < v ||
        !narrow_scale(&c->fee, c->collateral - v, p->pair.protocol_fee_bps, by_bps(),
                      p->rules->seizure_directional ? NARROW_UP : NARROW_HALF_UP) ||
        c->collateral < c->fee)
        return false;
    c->collateral -= c->fee;
    return true;
}

static LQ_ALWAYS_INLINE bool set_dust(bool *out, const pairing_t *p, const narrow_call_t *c)
{
    const narrow_pair_t *n = &p->narrow;
    lq_u128_t debt = n->debt_balance - c->debt_needed;
    lq_u128_t collateral = n->collateral_balance - (c->collateral + c->fee);
    if (n->debt_balance < c->debt_needed || n->collateral_balance < c->collateral + c->fee)
        return false;
    *out = false;
    if (!p->rules->dust_refused || debt == 0 || collateral == 0)
        return true;
    if (!narrow_value(&debt, debt, n->debt_price, n->debt_unit, debt_value_rounding(p->rules)) ||
        !narrow_value(&collateral, collateral, n->collateral_price, n->collateral_unit,
                      NARROW_DOWN))
        return false;
    *out = debt < p->borders.debt_leftover || collateral < p->borders.collateral_leftover;
    return true;
}

/* Whether nothing is left of any collateral, of which BURNT and FEE scaled units go. */
static LQ_ALWAYS_INLINE bool set_bad_debt(bool *out, const pairing_t *p, const narrow_call_t *c,
                                          lq_u128_t burnt, lq_u128_t fee)
{
    const narrow_pair_t *n = &p->narrow;
    lq_u128_t consumed = c->base;
    if (p->rules->bad_debt == LQ_AAVE_V3_BAD_DEBT_SCALED) {
        lq_u128_t v = burnt + fee;
        if (v < burnt)
            return false;
        v = v < n->scaled_supply ? v : n->scaled_supply;
        if (!narrow_ray_mul(&v, v, n->supply_index.value, supply_rounding(p->rules)) ||
            !narrow_value(&consumed, v, n->collateral_price, n->collateral_unit, NARROW_DOWN))
            return false;
    }
    *out = p->rules->bad_debt != LQ_AAVE_V3_BAD_DEBT_NONE && consumed == n->total_collateral;
    return true;
}

/* The burns; *ERR is LQ_ERR_PERM where one is of nothing. */
static LQ_ALWAYS_INLINE bool burn(effect_t *e, lq_err_t *err, narrow_call_t *c, const pairing_t *p)
{
    const narrow_pair_t *n = &p->narrow;
    bool directional = p->rules->directional_balances;
    narrow_rounding_t supply = directional ? NARROW_UP : NARROW_HALF_UP;
    narrow_rounding_t debt = directional ? NARROW_DOWN : NARROW_HALF_UP;
    lq_u128_t burnt;
    lq_u128_t fee = 0;
    lq_u128_t repaid;
    if (!narrow_ray_div(&burnt, c->collateral, &n->supply_index, supply) ||
        (c->fee != 0 && !narrow_ray_div(&fee, c->fee, &n->supply_index, supply)) ||
        !set_bad_debt(&e->bad_debt, p, c, burnt, fee) ||
        !narrow_ray_div(&repaid, e->bad_debt ? n->debt_balance : c->debt_needed, &n->debt_index,
                        debt))
        return false;
    *err = LQ_ERR_PERM;
    if (repaid == 0)
        return true;
    if (n->scaled_debt < repaid)
        return false;
    if (burnt == 0)
        return true;
    if (n->scaled_supply < burnt)
        return false;
    *err = LQ_OK;
    c->scaled_debt = n->scaled_debt - repaid;
    c->scaled_supply = n->scaled_supply - burnt;
    c->scaled_supply -= fee < c->scaled_supply ? fee : c->scaled_supply;
    return true;
}

/* The sums as they are after the call. */
static LQ_ALWAYS_INLINE bool settle(effect_t *e, lq_err_t *err, const narrow_call_t *c,
                                    const pairing_t *p)
{
    const narrow_pair_t *n = &p->narrow;
    lq_u128_t collateral = 0;
    lq_u128_t debt;
    if ((!e->flag_off && (!narrow_ray_mul(&collateral, c->scaled_supply, n->supply_index.value,
                                          supply_rounding(p->rules)) ||
                          !narrow_value(&collateral, collateral, n->collateral_price,
                                        n->collateral_unit, NARROW_DOWN))) ||
        !narrow_ray_mul(&debt, c->scaled_debt, n->debt_index.value, debt_rounding(p->rules)) ||
        !narrow_value(&debt, debt, n->leg_debt_price, n->debt_unit,
                      debt_value_rounding(p->rules)) ||
        (collateral | debt) >> VALUE_BIT_MAX != 0)
        return false;
    lq_u128_t weighted = collateral * n->threshold_bps;
    e->own.total_collateral_base = lq_u256_from_halves(0, collateral);
    e->own.weighted_collateral_bps = lq_u256_from_halves(0, weighted);
    e->own.total_debt_base = lq_u256_from_halves(0, debt);
    e->sums.total_collateral_base = lq_u256_from_halves(0, n->rest_collateral + collateral);
    e->sums.weighted_collateral_bps = lq_u256_from_halves(0, n->rest_weighted + weighted);
    e->sums.total_debt_base = lq_u256_from_halves(0, n->rest_debt + debt);
    if (LQ_UNLIKELY(!lq_aave_v3_set_health_fast(p->rules, &e->sums)))
        *err = lq_aave_v3_set_health(p->rules, &e->sums);
    return true;
}

bool take_narrow(narrow_take_t *out, const pairing_t *p, const lq_u256_t *amount)
{
    narrow_call_t c;
    if (lq_u256_hi(amount) != 0 || !take(&c, p, lq_u256_lo(amount)) || !set_dust(&out->dust, p, &c))
        return false;
    out->all = c.collateral == p->narrow.collateral_balance;
    out->repaid = c.debt_needed;
    return true;
}

bool set_effect_narrow(effect_t *out, lq_err_t *err, const pairing_t *p, const lq_u256_t *amount,
                       bool with_sums)
{
    const narrow_pair_t *n = &p->narrow;
    narrow_call_t c;
    c.base = 0;
    if (lq_u256_hi(amount) != 0 || !seize(&c, p, lq_u256_lo(amount)) ||
        !set_dust(&out->dust, p, &c))
        return false;
    if (out->dust) {
        *err = LQ_ERR_PERM;
        return true;
    }
    if (!burn(out, err, &c, p))
        return false;
    if (*err)
        return true;
    out->seizure.collateral = lq_u256_from_halves(0, c.collateral);
    out->seizure.protocol_fee = lq_u256_from_halves(0, c.fee);
    out->seizure.debt_needed = lq_u256_from_halves(0, c.debt_needed);
    out->seizure.collateral_base = lq_u256_from_halves(0, c.base);
    out->scaled_supply = lq_u256_from_halves(0, c.scaled_supply);
    out->scaled_debt = lq_u256_from_halves(0, c.scaled_debt);
    out->flag_off = p->rules->bad_debt == LQ_AAVE_V3_BAD_DEBT_SCALED
                        ? out->bad_debt || c.scaled_supply == 0
                        : c.collateral + c.fee == n->collateral_balance;
    return !with_sums || out->bad_debt || settle(out, err, &c, p);
}
