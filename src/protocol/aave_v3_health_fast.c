/* Account data in 128 bits. An operand that could leave them sends the account to the wide way, so
   that nothing here overflows and no revert of the contract can be missed:
     - A balance is a scaled amount below 2^128 times an index below 2^128, over 1e27; the quotient
       is tested to be below 2^128.
     - A value is a balance below 2^128 times a price below 2^64, over 10^decimals, decimals at most
       19, that is below 2^64; the quotient is tested to be below 2^128, then below 2^104.
     - With at most 256 legs the sums of values are below 2^112 and those of values times thresholds
       of 16 bits below 2^128.
   So each divisor has one limb but for 1e27, which is 2^27 * 5^27, a shift and one limb.
   Reciprocals are known ahead, and the divisors shifted until their top bit is set: Möller and
   Granlund, "Improved division by invariant integers", 2011, algorithm 4. */

#include "aave_v3_internal.h"

#include "liqd/num/fixed.h"

#define LEG_MAX       256
#define VALUE_BIT_MAX 104
#define FAST_DECIMALS 19
#define MAX_DECIMALS  77

typedef enum rounding {
    DOWN,
    HALF_UP, /* for a division by a ray only */
    UP,
} rounding_t;

/* 2 * 5^27 = 1e27 / 2^26, whose top bit is set, its reciprocal, and 5e26. */
#define RAY_DIVISOR    0xcecb8f27f4200f3au
#define RAY_RECIPROCAL 0x3ce9a36f23c0fc90u
#define RAY_HALF       ((lq_u128_t)0x19d971eu << 64 | 0x4fe8401e74000000u)

static LQ_ALWAYS_INLINE uint64_t lo64(lq_u128_t v)
{
    return (uint64_t)v;
}

static LQ_ALWAYS_INLINE uint64_t hi64(lq_u128_t v)
{
    return (uint64_t)(v >> 64);
}

static LQ_ALWAYS_INLINE lq_u128_t join64(uint64_t hi, uint64_t lo)
{
    return (lq_u128_t)hi << 64 | lo;
}

lq_err_t lq_aave_v3_unit_make(lq_aave_v3_unit_t *out, unsigned decimals)
{
    if (decimals > MAX_DECIMALS)
        return LQ_ERR_RANGE;
    lq_aave_v3_unit_t u = {.value = lq_u256_from_u64(1)};
    lq_u256_t ten = lq_u256_from_u64(10);
    for (unsigned i = 0; i < decimals; i++)
        u.value = lq_u256_mul_wrap(&u.value, &ten);
    if (decimals <= FAST_DECIMALS) {
        u.shift = (unsigned)__builtin_clzll(u.value.w[0]);
        u.divisor = u.value.w[0] << u.shift;
        u.reciprocal = lo64(join64(~u.divisor, UINT64_MAX) / u.divisor);
    }
    *out = u;
    return LQ_OK;
}

/* The quotient of (REM, LOW) by D, REM < D, and the remainder in *REM. */
static LQ_ALWAYS_INLINE uint64_t divide_2by1(uint64_t *rem, uint64_t low, uint64_t d, uint64_t v)
{
    lq_u128_t q = (lq_u128_t)v * *rem + join64(*rem, low);
    uint64_t digit = hi64(q) + 1;
    uint64_t r = low - digit * d;
    bool over = r > lo64(q);
    digit -= over;
    r += over ? d : 0;
    if (LQ_UNLIKELY(r >= d)) {
        digit++;
        r -= d;
    }
    *rem = r;
    return digit;
}

/* Sets *OUT to the balance of SCALED at INDEX: their product over 2^26 * (2 * 5^27). */
static LQ_ALWAYS_INLINE bool balance(lq_u128_t *out, const lq_u256_t *scaled,
                                     const lq_u256_t *index, rounding_t rounding)
{
    if (LQ_UNLIKELY((scaled->w[2] | scaled->w[3] | index->w[2] | index->w[3]) != 0))
        return false;
    lq_u128_t p00 = (lq_u128_t)scaled->w[0] * index->w[0];
    lq_u128_t p01 = (lq_u128_t)scaled->w[0] * index->w[1];
    lq_u128_t p10 = (lq_u128_t)scaled->w[1] * index->w[0];
    lq_u128_t p11 = (lq_u128_t)scaled->w[1] * index->w[1];
    lq_u128_t mid = (lq_u128_t)hi64(p00) + lo64(p01) + lo64(p10);
    lq_u128_t low = join64(lo64(mid), lo64(p00));
    lq_u128_t high = p11 + hi64(p01) + hi64(p10) + hi64(mid);
    if (rounding == HALF_UP) { /* the product is at most (2^128 - 1)^2, so that the sum fits */
        low += RAY_HALF;
        high += low < RAY_HALF;
    }
    if (LQ_UNLIKELY(high >> 26 >= RAY_DIVISOR)) /* the quotient has more than two limbs */
        return false;
    uint64_t r = lo64(high >> 26);
    lq_u128_t rest = high << 102 | low >> 26;
    uint64_t q1 = divide_2by1(&r, hi64(rest), RAY_DIVISOR, RAY_RECIPROCAL);
    uint64_t q0 = divide_2by1(&r, lo64(rest), RAY_DIVISOR, RAY_RECIPROCAL);
    bool up = rounding == UP && (r | (low & ((1u << 26) - 1))) != 0;
    *out = join64(q1, q0) + up;
    return !up || *out != 0;
}

/* Sets *OUT to the value of AMOUNT at PRICE. */
static LQ_ALWAYS_INLINE bool value(lq_u128_t *out, lq_u128_t amount, const lq_u256_t *price,
                                   const lq_aave_v3_unit_t *unit, rounding_t rounding)
{
    uint64_t d = unit->divisor;
    unsigned s = unit->shift;
    lq_u128_t low = (lq_u128_t)lo64(amount) * price->w[0];
    lq_u128_t high = (lq_u128_t)hi64(amount) * price->w[0] + hi64(low);
    if (LQ_UNLIKELY((price->w[1] | price->w[2] | price->w[3]) != 0 || hi64(high) >= d >> s))
        return false;
    high = high << s | lo64(low) >> 1 >> (63 - s);
    uint64_t q1 = 0;
    uint64_t r = lo64(high);
    if (LQ_UNLIKELY(high >= d)) {
        r = hi64(high);
        q1 = divide_2by1(&r, lo64(high), d, unit->reciprocal);
    }
    uint64_t q0 = divide_2by1(&r, lo64(low) << s, d, unit->reciprocal);
    bool up = rounding == UP && r != 0;
    *out = join64(q1, q0) + up;
    return !up || *out != 0;
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
                         directional ? DOWN : HALF_UP) ||
                !value(&v, v, price, &asset->unit, DOWN))
                return false;
            s.collateral += v;
            s.weighted += v * lq_aave_v3_threshold_bps(leg, e_mode);
            s.values |= v;
        }
        if (leg->flags & LQ_AAVE_V3_BORROWING) {
            if ((rules->stable_debt && !lq_u256_is_zero(&leg->stable_debt)) ||
                !balance(&v, &leg->scaled_debt, &asset->variable_borrow_index,
                         directional ? UP : HALF_UP) ||
                !value(&v, v, price, &asset->unit, directional ? UP : DOWN))
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
        uint64_t c = lo64(s->collateral);
        uint64_t avg = c ? lo64(s->weighted) / c : 0;
        uint64_t part = (c * avg + 5000) / 10000; /* c avg <= weighted */
        *out = ((lq_u128_t)part * wad + (s->debt >> 1)) / lo64(s->debt);
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
