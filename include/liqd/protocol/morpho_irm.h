#ifndef LIQD_PROTOCOL_MORPHO_IRM_H
#define LIQD_PROTOCOL_MORPHO_IRM_H

/* The interest rate models of Morpho Blue's markets, bit for bit: what borrowRate returns, and the
   state it keeps. Rates are wads a second (1e18 is 100 % a second). */

#include "liqd/num/u256.h"

typedef enum lq_morpho_irm_kind {
    LQ_MORPHO_IRM_ZERO,     /* address 0: the market bears no interest */
    LQ_MORPHO_IRM_ADAPTIVE, /* AdaptiveCurveIrm */
    LQ_MORPHO_IRM_FIXED,    /* FixedRateIrm */
    LQ_MORPHO_IRM_UNKNOWN   /* any other contract: its rate is read from the chain */
} lq_morpho_irm_kind_t;

/* What one model keeps for one market. Plain value. */
typedef struct lq_morpho_irm {
    lq_morpho_irm_kind_t kind;
    uint64_t rate_wad; /* ADAPTIVE: rateAtTarget, 0 before the first interaction. FIXED:
                          borrowRateStored, 0 while none is set. Else 0 */
} lq_morpho_irm_t;

/* What borrowRate returns and leaves behind. */
typedef struct lq_morpho_irm_rate {
    uint64_t borrow_rate_wad;    /* averaged over the time elapsed, for wTaylorCompounded */
    uint64_t rate_at_target_wad; /* ADAPTIVE: the new state. Else 0 */
} lq_morpho_irm_rate_t;

/* The curve's constants, in wads, with 365 days to a year: target utilization 90 %, steepness 4,
   50 a year of speed; rates at target from 0.1 % to 200 % a year, 4 % at first; the largest fixed
   rate 800 % a year.
   @src morpho-org/morpho-blue-irm:src/adaptive-curve-irm/libraries/ConstantsLib.sol;
        src/fixed-rate-irm/FixedRateIrm.sol#MAX_BORROW_RATE */
#define LQ_MORPHO_IRM_TARGET_UTILIZATION_WAD UINT64_C(900000000000000000)
#define LQ_MORPHO_IRM_STEEPNESS_WAD          UINT64_C(4000000000000000000)
#define LQ_MORPHO_IRM_SPEED_WAD              UINT64_C(1585489599188) /* a second */
#define LQ_MORPHO_IRM_INITIAL_RATE_WAD       UINT64_C(1268391679)
#define LQ_MORPHO_IRM_MIN_RATE_WAD           UINT64_C(31709791)
#define LQ_MORPHO_IRM_MAX_RATE_WAD           UINT64_C(63419583967)
#define LQ_MORPHO_IRM_MAX_FIXED_RATE_WAD     UINT64_C(253678335870)

/* lq_morpho_irm_borrow_rate sets *OUT to what borrowRate gives for a market with these totals as
   last stored, ELAPSED_SEC after its last update.
     LQ_ERR_NOT_FOUND  the model is UNKNOWN: read borrowRateView.
     LQ_ERR_PERM       FIXED without a rate, where the contract reverts ("rate not set").
     LQ_ERR_RANGE      no state a market can be in: more borrowed than supplied, a rate at target
                       outside its bounds. The contract would go on; we do not trust such input.
   AdaptiveCurveIrm itself never reverts on a state a market can be in.
   @formula W = 1e18, division truncates towards zero; u = TBA W / TSA, 0 for TSA = 0; T = 0.9 W;
            e = (u - T) W / (u > T ? W - T : T); s the rate at target;
            s = 0: avg = end = INITIAL; else l = (SPEED e / W) elapsed; l = 0: avg = end = s;
            else f(x) = min(max(s wExp(x) / W, MIN), MAX), end = f(l),
            avg = (s + end + 2 f(l / 2)) / 4.
            borrow rate = (k e / W + W) avg / W with k = 0.75 W for e < 0, else 3 W.
            |e| <= W, |l| < 2^105, s wExp < 2^232, the result below 4 MAX < 2^38
   @src morpho-org/morpho-blue-irm:src/adaptive-curve-irm/AdaptiveCurveIrm.sol#_borrowRate */
LQ_MUST_USE lq_err_t lq_morpho_irm_borrow_rate(lq_morpho_irm_rate_t *out,
                                               const lq_morpho_irm_t *irm,
                                               lq_u128_t total_supply_assets,
                                               lq_u128_t total_borrow_assets, uint64_t elapsed_sec);

/* lq_morpho_irm_apply_update moves IRM by the event BorrowRateUpdate(id, avgBorrowRate,
   rateAtTarget), which comes before the AccrueInterest of the same accrual (or behind the
   CreateMarket), for the totals as they stood then. LQ_ERR_INVAL where the event contradicts the
   formula or IRM is not ADAPTIVE; else as lq_morpho_irm_borrow_rate. On failure IRM is unchanged.
   @src morpho-org/morpho-blue-irm:src/adaptive-curve-irm/AdaptiveCurveIrm.sol#borrowRate */
LQ_MUST_USE lq_err_t lq_morpho_irm_apply_update(lq_morpho_irm_t *irm, lq_u128_t total_supply_assets,
                                                lq_u128_t total_borrow_assets, uint64_t elapsed_sec,
                                                const lq_u256_t *avg_borrow_rate_wad,
                                                const lq_u256_t *rate_at_target_wad);

/* lq_morpho_irm_apply_fixed sets IRM's rate by FixedRateIrm's event SetBorrowRate, once and for
   all. LQ_ERR_INVAL where IRM is not FIXED, LQ_ERR_EXISTS where a rate is set, LQ_ERR_RANGE for 0
   and above MAX_FIXED: where the contract reverts. On failure IRM is unchanged.
   @src morpho-org/morpho-blue-irm:src/fixed-rate-irm/FixedRateIrm.sol#setBorrowRate */
LQ_MUST_USE lq_err_t lq_morpho_irm_apply_fixed(lq_morpho_irm_t *irm,
                                               const lq_u256_t *new_borrow_rate_wad);

#endif
