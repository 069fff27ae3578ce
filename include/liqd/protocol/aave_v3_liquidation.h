#ifndef LIQD_PROTOCOL_AAVE_V3_LIQUIDATION_H
#define LIQD_PROTOCOL_AAVE_V3_LIQUIDATION_H

/* liquidationCall of Aave v3 step by step, bit for bit in each version: may it be called, how much
   debt may be repaid, what is seized for it, may that remainder be left, does it leave bad debt.

   Values are in the pool's base currency, token amounts in the token's smallest unit. Each function
   writes to its outputs only on success and fails where the contract reverts: LQ_ERR_RANGE where
   checked arithmetic overflows, LQ_ERR_DIV_ZERO for a divisor (a price, a unit, a bonus) of zero.
   No pointer may be NULL. Pure, nothing allocates.
   @src aave-dao/aave-v3-origin:src/contracts/protocol/libraries, each file named below it */

#include "liqd/num/u256.h"
#include "liqd/protocol/aave_v3_rules.h"

/* In wads. Below one an account can be liquidated; above 0.95 only half of its debt, and only if
   the oracle sentinel allows it. @src logic/ValidationLogic.sol, logic/LiquidationLogic.sol */
#define LQ_AAVE_V3_LIQUIDATION_HEALTH_WAD  1000000000000000000u
#define LQ_AAVE_V3_CLOSE_FACTOR_HEALTH_WAD 950000000000000000u

/* Part of the debt that can be repaid above that, in bps. @src logic/LiquidationLogic.sol */
#define LQ_AAVE_V3_CLOSE_FACTOR_BPS 5000u

/* In base units of 8 decimals. Where collateral or debt is below the first, all can be repaid; less
   than the second must not be left of both. @src logic/LiquidationLogic.sol */
#define LQ_AAVE_V3_MIN_CLOSE_FACTOR_BASE 200000000000u
#define LQ_AAVE_V3_MIN_LEFTOVER_BASE     100000000000u

/* Why a liquidation is refused, in the order in which the contract asks. */
typedef enum lq_aave_v3_verdict {
    LQ_AAVE_V3_LIQUIDATABLE,
    LQ_AAVE_V3_SELF_LIQUIDATION, /* the borrower is the liquidator */
    LQ_AAVE_V3_RESERVE_INACTIVE,
    LQ_AAVE_V3_RESERVE_PAUSED,
    LQ_AAVE_V3_SENTINEL_REFUSES,
    LQ_AAVE_V3_GRACE_PERIOD,
    LQ_AAVE_V3_HEALTHY,
    LQ_AAVE_V3_NO_COLLATERAL, /* the reserve is no collateral of the account's */
    LQ_AAVE_V3_NO_DEBT,
} lq_aave_v3_verdict_t;

/* What the question asks about a reserve. */
typedef struct lq_aave_v3_reserve_state {
    bool active;
    bool paused;
    uint64_t liquidation_grace_period_until_sec;
} lq_aave_v3_reserve_state_t;

typedef struct lq_aave_v3_call {
    lq_u256_t health_factor;
    lq_u256_t debt_balance; /* of the debt reserve */
    uint64_t now_sec;
    lq_aave_v3_reserve_state_t collateral;
    lq_aave_v3_reserve_state_t debt;
    uint16_t collateral_threshold_bps; /* the collateral reserve's own */
    bool used_as_collateral;           /* the account's flag */
    bool borrower_is_liquidator;
    bool sentinel_allows; /* isLiquidationAllowed(); true where the pool has no sentinel */
} lq_aave_v3_call_t;

/* lq_aave_v3_verdict returns whether the call C passes validation, else its first refusal.
   @src logic/ValidationLogic.sol#validateLiquidationCall */
lq_aave_v3_verdict_t lq_aave_v3_verdict(const lq_aave_v3_rules_t *rules,
                                        const lq_aave_v3_call_t *c);

/* The two reserves of one liquidation, prices by the e-mode's source where the version has one
   (lq_aave_v3_price), bonus and collateral balance those of the borrower. */
typedef struct lq_aave_v3_pair {
    lq_u256_t collateral_price;
    lq_u256_t collateral_unit; /* 10^decimals */
    lq_u256_t collateral_balance;
    lq_u256_t debt_price;
    lq_u256_t debt_unit;
    lq_u256_t debt_balance;         /* in this reserve, stable debt included */
    uint16_t liquidation_bonus_bps; /* 10500 for 5 %: the e-mode's for its collaterals */
    uint16_t protocol_fee_bps;      /* of the bonus */
} lq_aave_v3_pair_t;

/* lq_aave_v3_max_debt sets *OUT to the most of the pair's debt that one call repays, for an account
   of HEALTH_FACTOR and TOTAL_DEBT_BASE. The call takes the smaller of this and what it is given.
   @formula by reserve (to 3.2): percentMul(debt, health > 0.95 ? 5000 : 10000). By account: debt,
            but where health > 0.95 and both values v are at least 2000e8: m = percentMul(total
            debt, 5000); v(debt) > m: floor(m unit / price)
   @src logic/LiquidationLogic.sol#executeLiquidationCall; 3.0: #_calculateDebt */
LQ_MUST_USE lq_err_t lq_aave_v3_max_debt(const lq_aave_v3_rules_t *rules, lq_u256_t *out,
                                         const lq_aave_v3_pair_t *p, const lq_u256_t *health_factor,
                                         const lq_u256_t *total_debt_base);

typedef struct lq_aave_v3_seizure {
    lq_u256_t collateral;      /* to the liquidator */
    lq_u256_t protocol_fee;    /* collateral to the treasury */
    lq_u256_t debt_needed;     /* repaid */
    lq_u256_t collateral_base; /* value of both parts; 0 where bad debt is not told by value */
} lq_aave_v3_seizure_t;

/* lq_aave_v3_seize sets *OUT to what repaying DEBT_TO_COVER of the pair's debt, at most
   lq_aave_v3_max_debt, exchanges.
   @formula B the bonus, f the fee; directional (3.7) roundings behind the stroke:
            base = floor(Pd debt Uc / (Pc Ud)); max = percentMul(base, B) | down;
            max > balance: all = balance, need = percentDiv(floor(Pc all Ud / (Pd Uc)), B), up by
            debt_needed_up; else all = max, need = debt.
            f > 0: fee = percentMul(all - percentDiv(all, B) | down, f) | up; liquidator all - fee
   @src logic/LiquidationLogic.sol#_calculateAvailableCollateralToLiquidate */
LQ_MUST_USE lq_err_t lq_aave_v3_seize(const lq_aave_v3_rules_t *rules, lq_aave_v3_seizure_t *out,
                                      const lq_aave_v3_pair_t *p, const lq_u256_t *debt_to_cover);

/* lq_aave_v3_leaves_dust sets *OUT to whether the contract refuses the seizure S of P because it
   leaves both collateral and debt, and less than 1000e8 of either. LQ_ERR_RANGE too where S takes
   more than there is.
   @src logic/LiquidationLogic.sol#executeLiquidationCall, MustNotLeaveDust */
LQ_MUST_USE lq_err_t lq_aave_v3_leaves_dust(const lq_aave_v3_rules_t *rules, bool *out,
                                            const lq_aave_v3_pair_t *p,
                                            const lq_aave_v3_seizure_t *s);

/* lq_aave_v3_no_collateral_left sets *OUT to whether the seizure S leaves an account without
   collateral: its remaining debts, of each active reserve, are then burnt, and what was not repaid
   (debt balance less debt_needed; the whole balance elsewhere) is added to that reserve's deficit.
   TOTAL_COLLATERAL_BASE is the account's before; SCALED_SUPPLY its scaled aToken balance of the
   pair's collateral, INDEX that reserve's normalized liquidity index.
   @formula by value: collateral_base = total. Scaled (3.7): u = min(ceil(collateral 1e27 / index) +
            ceil(fee 1e27 / index), supply); floor(floor(u index / 1e27) Pc / Uc) = total
   @src logic/LiquidationLogic.sol#executeLiquidationCall, hasNoCollateralLeft */
LQ_MUST_USE lq_err_t lq_aave_v3_no_collateral_left(const lq_aave_v3_rules_t *rules, bool *out,
                                                   const lq_aave_v3_pair_t *p,
                                                   const lq_aave_v3_seizure_t *s,
                                                   const lq_u256_t *total_collateral_base,
                                                   const lq_u256_t *scaled_supply,
                                                   const lq_u256_t *index);

/* lq_aave_v3_fee_scaled sets *OUT to the scaled aTokens that the treasury receives for
   PROTOCOL_FEE, of the SCALED_LEFT that the borrower has after the liquidator's part, at the
   liquidity INDEX of at least 1e27.
   @formula min(scaled burn of the fee, left)
   @src logic/LiquidationLogic.sol#executeLiquidationCall */
LQ_MUST_USE lq_err_t lq_aave_v3_fee_scaled(const lq_aave_v3_rules_t *rules, lq_u256_t *out,
                                           const lq_u256_t *protocol_fee,
                                           const lq_u256_t *scaled_left, const lq_u256_t *index);

#endif
