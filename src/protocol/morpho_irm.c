#include "liqd/protocol/morpho_irm.h"

#include "liqd/num/fixed.h"
#include "liqd/num/power.h"

#define WAD    UINT64_C(1000000000000000000)
#define TARGET LQ_MORPHO_IRM_TARGET_UTILIZATION_WAD

/* A signed number as sign and magnitude: all of the contract's signed divisions truncate towards
   zero, and so are those of the magnitudes. */
typedef struct error {
    bool neg;
    uint64_t abs_wad; /* at most one wad */
} error_t;

/* a b / 1e18 of two numbers whose product has 128 bits and whose quotient has 64. */
static uint64_t wad_mul(uint64_t a, uint64_t b)
{
    return (uint64_t)((lq_u128_t)a * b / WAD);
}

/* The distance of the utilization from the target, each side scaled to one wad. */
static lq_err_t error_of(error_t *out, lq_u128_t supplied, lq_u128_t borrowed)
{
    uint64_t utilization = 0;
    if (borrowed > supplied)
        return LQ_ERR_RANGE;
    if (supplied > 0) {
        lq_u256_t a = lq_u256_from_halves(0, borrowed);
        lq_u256_t b = lq_u256_from_halves(0, supplied);
        lq_err_t err = lq_fixed_wad_div_down(&a, &a, &b);
        if (err)
            return err;
        utilization = a.w[0];
    }
    bool neg = utilization <= TARGET;
    uint64_t distance = neg ? TARGET - utilization : utilization - TARGET;
    uint64_t norm = neg ? TARGET : WAD - TARGET;
    *out = (error_t){neg, (uint64_t)((lq_u128_t)distance * WAD / norm)};
    return LQ_OK;
}

/* START e^x within the bounds, for x of magnitude ADAPTATION. */
static lq_err_t new_rate_at_target(uint64_t *out, uint64_t start, lq_u128_t adaptation, bool neg)
{
    static const lq_i256_t zero = {{{0}}};
    lq_i256_t x = {lq_u256_from_halves(0, adaptation)};
    if (neg)
        x = lq_i256_sub_wrap(&zero, &x);
    lq_u256_t power = lq_power_wexp(&x);
    lq_u256_t rate = lq_u256_from_u64(start);
    lq_err_t err = lq_fixed_wad_mul_down(&rate, &rate, &power);
    if (err)
        return err;
    lq_u256_t low = lq_u256_from_u64(LQ_MORPHO_IRM_MIN_RATE_WAD);
    lq_u256_t high = lq_u256_from_u64(LQ_MORPHO_IRM_MAX_RATE_WAD);
    rate = lq_u256_min(&rate, &high);
    rate = lq_u256_max(&rate, &low);
    *out = rate.w[0];
    return LQ_OK;
}

/* The average rate at target over ELAPSED_SEC and the one at its end, from START. The contract
   leaves out the exponentials where the adaptation is 0; they give START then, which is within the
   bounds. */
static lq_err_t adapt(uint64_t *avg, uint64_t *end, uint64_t start, error_t e, uint64_t elapsed_sec)
{
    if (start == 0) {
        *avg = LQ_MORPHO_IRM_INITIAL_RATE_WAD;
        *end = LQ_MORPHO_IRM_INITIAL_RATE_WAD;
        return LQ_OK;
    }
    lq_u128_t adaptation = (lq_u128_t)wad_mul(LQ_MORPHO_IRM_SPEED_WAD, e.abs_wad) * elapsed_sec;
    uint64_t last = 0;
    uint64_t mid = 0;
    lq_err_t err = new_rate_at_target(&last, start, adaptation, e.neg);
    if (!err)
        err = new_rate_at_target(&mid, start, adaptation / 2, e.neg);
    if (err)
        return err;
    *avg = (start + last + 2 * mid) / 4;
    *end = last;
    return LQ_OK;
}

static uint64_t curve(uint64_t rate_at_target, error_t e)
{
    const uint64_t coeff_below = WAD - WAD / (LQ_MORPHO_IRM_STEEPNESS_WAD / WAD);
    const uint64_t coeff_above = LQ_MORPHO_IRM_STEEPNESS_WAD - WAD;
    uint64_t factor =
        e.neg ? WAD - wad_mul(coeff_below, e.abs_wad) : WAD + wad_mul(coeff_above, e.abs_wad);
    return wad_mul(factor, rate_at_target);
}

static lq_err_t adaptive(lq_morpho_irm_rate_t *out, uint64_t start, lq_u128_t supplied,
                         lq_u128_t borrowed, uint64_t elapsed_sec)
{
    if (start != 0 && (start < LQ_MORPHO_IRM_MIN_RATE_WAD || start > LQ_MORPHO_IRM_MAX_RATE_WAD))
        return LQ_ERR_RANGE;
    error_t e;
    uint64_t avg = 0;
    uint64_t end = 0;
    lq_err_t err = error_of(&e, supplied, borrowed);
    if (!err)
        err = adapt(&avg, &end, start, e, elapsed_sec);
    if (!err)
        *out = (lq_morpho_irm_rate_t){curve(avg, e), end};
    return err;
}

lq_err_t lq_morpho_irm_borrow_rate(lq_morpho_irm_rate_t *out, const lq_morpho_irm_t *irm,
                                   lq_u128_t total_supply_assets, lq_u128_t total_borrow_assets,
                                   uint64_t elapsed_sec)
{
    switch (irm->kind) {
    case LQ_MORPHO_IRM_ZERO:
        *out = (lq_morpho_irm_rate_t){0, 0};
        return LQ_OK;
    case LQ_MORPHO_IRM_ADAPTIVE:
        return adaptive(out, irm->rate_wad, total_supply_assets, total_borrow_assets, elapsed_sec);
    case LQ_MORPHO_IRM_FIXED:
        if (irm->rate_wad == 0)
            return LQ_ERR_PERM;
        *out = (lq_morpho_irm_rate_t){irm->rate_wad, 0};
        return LQ_OK;
    case LQ_MORPHO_IRM_UNKNOWN:
        return LQ_ERR_NOT_FOUND;
    }
    LQ_BUG("no such rate model: %d", (int)irm->kind);
}

lq_err_t lq_morpho_irm_apply_update(lq_morpho_irm_t *irm, lq_u128_t total_supply_assets,
                                    lq_u128_t total_borrow_assets, uint64_t elapsed_sec,
                                    const lq_u256_t *avg_borrow_rate_wad,
                                    const lq_u256_t *rate_at_target_wad)
{
    if (irm->kind != LQ_MORPHO_IRM_ADAPTIVE)
        return LQ_ERR_INVAL;
    lq_morpho_irm_rate_t rate;
    lq_err_t err =
        adaptive(&rate, irm->rate_wad, total_supply_assets, total_borrow_assets, elapsed_sec);
    if (err)
        return err;
    lq_u256_t avg = lq_u256_from_u64(rate.borrow_rate_wad);
    lq_u256_t end = lq_u256_from_u64(rate.rate_at_target_wad);
    if (!lq_u256_eq(&avg, avg_borrow_rate_wad) || !lq_u256_eq(&end, rate_at_target_wad))
        return LQ_ERR_INVAL;
    irm->rate_wad = rate.rate_at_target_wad;
    return LQ_OK;
}

lq_err_t lq_morpho_irm_apply_fixed(lq_morpho_irm_t *irm, const lq_u256_t *new_borrow_rate_wad)
{
    uint64_t rate = 0;
    if (irm->kind != LQ_MORPHO_IRM_FIXED)
        return LQ_ERR_INVAL;
    if (irm->rate_wad != 0)
        return LQ_ERR_EXISTS;
    if (lq_u256_to_u64(&rate, new_borrow_rate_wad) || rate == 0 ||
        rate > LQ_MORPHO_IRM_MAX_FIXED_RATE_WAD)
        return LQ_ERR_RANGE;
    irm->rate_wad = rate;
    return LQ_OK;
}
