#ifndef LIQD_PROTOCOL_AAVE_V3_HEALTH_H
#define LIQD_PROTOCOL_AAVE_V3_HEALTH_H

/* Account data of Aave v3: collateral, debt and health factor as the pool computes them, bit for
   bit in each version.

   Values are in the pool's base currency (8 decimals of a dollar on every deployment known), token
   amounts in the token's smallest unit, indices in rays. Pure, nothing allocates; no pointer may be
   NULL unless said. */

#include <stddef.h>

#include "liqd/num/u256.h"
#include "liqd/protocol/aave_v3_balance.h"

/* 10^decimals, with what dividing by it takes. Made by lq_aave_v3_unit_make; only VALUE is of use
   to others. */
typedef struct lq_aave_v3_unit {
    lq_u256_t value;
    uint64_t divisor;    /* value shifted left until its top bit is set; 0 above 19 decimals */
    uint64_t reciprocal; /* floor((2^128 - 1) / divisor) - 2^64 */
    unsigned shift;      /* by how much */
} lq_aave_v3_unit_t;

/* lq_aave_v3_unit_make sets *OUT to one whole token of DECIMALS. LQ_ERR_RANGE above 77, where
   10^decimals has no place in 256 bits: no account with such a reserve can be computed. */
LQ_MUST_USE lq_err_t lq_aave_v3_unit_make(lq_aave_v3_unit_t *out, unsigned decimals);

/* A reserve as all accounts see it at one time. */
typedef struct lq_aave_v3_asset {
    lq_u256_t price;           /* of one whole token, from the pool's oracle */
    lq_u256_t liquidity_index; /* normalized, lq_aave_v3_index_at */
    lq_u256_t variable_borrow_index;
    lq_aave_v3_unit_t unit;
    uint16_t liquidation_threshold_bps; /* the reserve's own */
} lq_aave_v3_asset_t;

/* The e-mode category of an account. */
typedef struct lq_aave_v3_e_mode {
    uint16_t liquidation_threshold_bps;
    lq_u256_t price; /* of its own source; 0 for none. Not looked at where the rule is off */
} lq_aave_v3_e_mode_t;

/* Flags of a leg. */
#define LQ_AAVE_V3_COLLATERAL 1u /* the account uses the reserve as collateral */
#define LQ_AAVE_V3_BORROWING  2u /* the account borrows from the reserve */
#define LQ_AAVE_V3_IN_E_MODE                                               \
    4u /* the reserve belongs to the account's e-mode: by category to 3.1, \
          by the bitmap of its collaterals since */

/* lq_aave_v3_in_e_mode tells whether the reserve RESERVE_ID, itself of RESERVE_CATEGORY (to 3.1),
   belongs to an account's e-mode CATEGORY, 0 for none, whose collaterals are COLLATERAL_BITMAP
   (from 3.2).
   @src
   aave-dao/aave-v3-origin:src/contracts/protocol/libraries/configuration/EModeConfiguration.sol
        #isReserveEnabledOnBitmap; aave/aave-v3-core: EModeLogic.sol#isInEModeCategory */
static inline bool lq_aave_v3_in_e_mode(const lq_aave_v3_rules_t *rules, uint8_t category,
                                        uint8_t reserve_category, lq_u128_t collateral_bitmap,
                                        unsigned reserve_id)
{
    if (category == 0)
        return false;
    if (!rules->e_mode_by_bitmap)
        return reserve_category == category;
    return reserve_id < 128 && (collateral_bitmap >> reserve_id & 1) != 0;
}

/* One reserve of an account. An amount whose flag is not set does not count, whatever it is. What
   the contract asks a token's balanceOf for, as 3.3 does for a GHO whose balance is discounted, is
   given as scaled with an index of 1e27, which every rounding leaves as it is. */
typedef struct lq_aave_v3_leg {
    const lq_aave_v3_asset_t *asset;
    lq_u256_t scaled_supply;
    lq_u256_t scaled_debt;
    lq_u256_t stable_debt; /* balance; not looked at where there is no stable debt */
    unsigned flags;
} lq_aave_v3_leg_t;

typedef struct lq_aave_v3_account {
    lq_u256_t total_collateral_base;
    lq_u256_t total_debt_base;
    lq_u256_t weighted_collateral_bps; /* sum of each collateral's value times its threshold */
    lq_u256_t health_factor;           /* in wads; 2^256 - 1 without debt */
} lq_aave_v3_account_t;

/* lq_aave_v3_account sets *OUT to the account data of the CNT LEGS (NULL for none), whose owner is
   in E_MODE (NULL for none). LQ_ERR_RANGE where the contract reverts for an overflow; it cannot be
   liquidated then. About 20 ns a leg while scaled amounts and indices are below 2^128, prices below
   2^64, decimals at most 19 and values below 2^104; else slower, with the same result.
   @formula c = floor(aToken balance price / unit), for a collateral whose own threshold is not 0 or
            where that is not asked; d = debt balance price / unit, down, or up by debt_value_up;
            C = sum c, D = sum d, W = sum c threshold, the threshold that of the e-mode for its
            assets. Health: by average: wadDiv(percentMul(C, floor(W / C)), D); else
            floor(wadDiv(W, D) / 10000). Every product and sum fits(256).
   @src aave-dao/aave-v3-origin:src/contracts/protocol/libraries/logic/GenericLogic.sol
        #calculateUserAccountData */
LQ_MUST_USE lq_err_t lq_aave_v3_account(const lq_aave_v3_rules_t *rules, lq_aave_v3_account_t *out,
                                        const lq_aave_v3_leg_t *legs, size_t cnt,
                                        const lq_aave_v3_e_mode_t *e_mode);

/* lq_aave_v3_average_threshold_bps returns floor(W / C), 0 without collateral: getUserAccountData's
   currentLiquidationThreshold in every version. */
uint16_t lq_aave_v3_average_threshold_bps(const lq_aave_v3_account_t *a);

/* lq_aave_v3_price returns the price of LEG for an account in E_MODE (NULL for none).
   @src aave/aave-v3-core:contracts/protocol/libraries/logic/GenericLogic.sol, EModeLogic.sol */
const lq_u256_t *lq_aave_v3_price(const lq_aave_v3_rules_t *rules, const lq_aave_v3_leg_t *leg,
                                  const lq_aave_v3_e_mode_t *e_mode);

/* lq_aave_v3_supply_value and lq_aave_v3_debt_value set *OUT to the value of a token AMOUNT at
   PRICE: c and d above. LQ_ERR_DIV_ZERO for a UNIT of 0. */
LQ_MUST_USE lq_err_t lq_aave_v3_supply_value(lq_u256_t *out, const lq_u256_t *amount,
                                             const lq_u256_t *price, const lq_u256_t *unit);
LQ_MUST_USE lq_err_t lq_aave_v3_debt_value(const lq_aave_v3_rules_t *rules, lq_u256_t *out,
                                           const lq_u256_t *amount, const lq_u256_t *price,
                                           const lq_u256_t *unit);

#endif
