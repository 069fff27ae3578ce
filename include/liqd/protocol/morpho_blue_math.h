#ifndef LIQD_PROTOCOL_MORPHO_BLUE_MATH_H
#define LIQD_PROTOCOL_MORPHO_BLUE_MATH_H

/* Morpho Blue's arithmetic bit for bit: interest, shares, health, liquidation. Pure functions of
   plain values; the events that move those values stand in morpho_blue_events.h, the rate models in
   morpho_irm.h.

   Where the contract reverts, these fail: LQ_ERR_RANGE where checked arithmetic or toUint128 does,
   LQ_ERR_DIV_ZERO for a divisor of zero, LQ_ERR_PERM where a `require` refuses, LQ_ERR_INVAL for
   input that it calls inconsistent. On failure outputs and in-outs are as they were. OUT may be an
   input. Prices are the oracle's: loan token units for one collateral token unit, times 1e36. */

#include "liqd/codec/abi_morpho_blue.h"
#include "liqd/num/u256.h"

/* @src morpho-org/morpho-blue:src/libraries/ConstantsLib.sol */
#define LQ_MORPHO_MAX_FEE_WAD              UINT64_C(250000000000000000)
#define LQ_MORPHO_LIQUIDATION_CURSOR_WAD   UINT64_C(300000000000000000)
#define LQ_MORPHO_MAX_INCENTIVE_FACTOR_WAD UINT64_C(1150000000000000000)

/* @src morpho-org/morpho-blue:src/libraries/SharesMathLib.sol */
#define LQ_MORPHO_VIRTUAL_SHARES UINT64_C(1000000)
#define LQ_MORPHO_VIRTUAL_ASSETS UINT64_C(1)

/* A market: the contract's struct of that name, and what of its parameters the arithmetic needs.
   The totals are as of last_update_sec; they have 128 bits in the contract too. Since each way in
   and out checks it, total_borrow_assets <= total_supply_assets. */
typedef struct lq_morpho_market {
    lq_u128_t total_supply_assets;
    lq_u128_t total_supply_shares;
    lq_u128_t total_borrow_assets;
    lq_u128_t total_borrow_shares;
    uint64_t last_update_sec; /* a block's timestamp; 0: not created */
    uint64_t fee_wad;         /* of the interest, at most LQ_MORPHO_MAX_FEE_WAD */
    uint64_t lltv_wad;        /* below 1e18 */
    bool has_irm;             /* false for address 0: no interest, and no event of accruing it */
    uint64_t incentive_wad;   /* what is seized over what is repaid, for who asks what if; 0: what
                                 lltv_wad comes to, as the contract has it */
} lq_morpho_market_t;

/* What one account has in one market. */
typedef struct lq_morpho_position {
    lq_u256_t supply_shares; /* 256 bits in the contract too */
    lq_u128_t borrow_shares;
    lq_u128_t collateral;
} lq_morpho_position_t;

/* lq_morpho_market_id returns the id of a market.
   @formula keccak256 of the five parameters as words
   @src morpho-org/morpho-blue:src/libraries/MarketParamsLib.sol#id */
lq_hash_t lq_morpho_market_id(const lq_abi_morpho_blue_market_params_t *params);

/* lq_morpho_market_load sets *OUT to what the contract's market(id) returned for a market of
   PARAMS. LQ_ERR_NOT_FOUND where it is not created; LQ_ERR_RANGE where a number is larger than the
   contract can hold, or the loan to value at or above 1; LQ_ERR_INVAL where more is borrowed than
   supplied. */
LQ_MUST_USE lq_err_t lq_morpho_market_load(lq_morpho_market_t *out,
                                           const lq_abi_morpho_blue_market_ret_t *read,
                                           const lq_abi_morpho_blue_market_params_t *params);

/* lq_morpho_position_load sets *OUT to what the contract's position(id, user) returned;
   LQ_ERR_RANGE where a number is larger than the contract can hold. */
LQ_MUST_USE lq_err_t lq_morpho_position_load(lq_morpho_position_t *out,
                                             const lq_abi_morpho_blue_position_ret_t *read);

/* lq_morpho_to_shares_down and _up set *OUT to the shares that ASSETS are worth in a pool of
   TOTAL_ASSETS and TOTAL_SHARES; lq_morpho_to_assets_down and _up to the assets of SHARES.
   LQ_ERR_RANGE.
   @formula TA = total assets + 1, TS = total shares + 1e6; shares: floor(a TS / TA), up:
            floor((a TS + TA - 1) / TA); assets: the same with TA and TS exchanged. Each numerator
            fits 256 bits
   @src morpho-org/morpho-blue:src/libraries/SharesMathLib.sol */
LQ_MUST_USE lq_err_t lq_morpho_to_shares_down(lq_u256_t *out, const lq_u256_t *assets,
                                              lq_u128_t total_assets, lq_u128_t total_shares);
LQ_MUST_USE lq_err_t lq_morpho_to_shares_up(lq_u256_t *out, const lq_u256_t *assets,
                                            lq_u128_t total_assets, lq_u128_t total_shares);
LQ_MUST_USE lq_err_t lq_morpho_to_assets_down(lq_u256_t *out, const lq_u256_t *shares,
                                              lq_u128_t total_assets, lq_u128_t total_shares);
LQ_MUST_USE lq_err_t lq_morpho_to_assets_up(lq_u256_t *out, const lq_u256_t *shares,
                                            lq_u128_t total_assets, lq_u128_t total_shares);

/* What an accrual adds. */
typedef struct lq_morpho_accrual {
    lq_u128_t interest;   /* to both totals of assets */
    lq_u128_t fee_shares; /* to the supply shares, in total and of the fee recipient */
} lq_morpho_accrual_t;

/* lq_morpho_accrue brings MARKET to NOW_SEC at BORROW_RATE_WAD a second, which the market's rate
   model gave for the time elapsed, and sets *OUT to what that added: nothing where no time has
   passed or where there is no model. The fee shares are the caller's to credit to the fee
   recipient. LQ_ERR_RANGE, for a NOW_SEC before the last update too.
   @formula interest = floor(TBA wTaylorCompounded(rate, elapsed) / 1e18), to TBA and TSA;
            fee = floor(interest feeRate / 1e18);
            fee shares = floor(fee (TSS + 1e6) / (TSA - fee + 1)), to TSS; all fit 128 bits
   @src morpho-org/morpho-blue:src/Morpho.sol#_accrueInterest */
LQ_MUST_USE lq_err_t lq_morpho_accrue(lq_morpho_accrual_t *out, lq_morpho_market_t *market,
                                      uint64_t now_sec, const lq_u256_t *borrow_rate_wad);

/* The four below see MARKET as it is: accrue it to the time in question first. */

/* lq_morpho_collateral_value sets *OUT to the worth of COLLATERAL in loan token units;
   LQ_ERR_RANGE.
   @formula floor(collateral price / 1e36), the product fits 256 bits
   @src morpho-org/morpho-blue:src/Morpho.sol#_isHealthy */
LQ_MUST_USE lq_err_t lq_morpho_collateral_value(lq_u256_t *out, lq_u128_t collateral,
                                                const lq_u256_t *price);

/* lq_morpho_max_borrow sets *OUT to what COLLATERAL may secure at LLTV_WAD; LQ_ERR_RANGE.
   @formula floor(value lltv / 1e18), the product fits 256 bits
   @src morpho-org/morpho-blue:src/Morpho.sol#_isHealthy */
LQ_MUST_USE lq_err_t lq_morpho_max_borrow(lq_u256_t *out, lq_u128_t collateral, uint64_t lltv_wad,
                                          const lq_u256_t *price);

/* lq_morpho_borrowed sets *OUT to what POSITION owes, rounded up; LQ_ERR_RANGE. */
LQ_MUST_USE lq_err_t lq_morpho_borrowed(lq_u256_t *out, const lq_morpho_market_t *market,
                                        const lq_morpho_position_t *position);

/* lq_morpho_is_healthy sets *HEALTHY to whether POSITION may not be liquidated at PRICE. One
   without debt is healthy whatever the price, as where the contract then reads none; LQ_ERR_RANGE.
   @formula borrow shares = 0, or max borrow >= borrowed
   @src morpho-org/morpho-blue:src/Morpho.sol#_isHealthy
   Costs two divisions by a constant, none by a variable: see the source. */
LQ_MUST_USE lq_err_t lq_morpho_is_healthy(bool *healthy, const lq_morpho_market_t *market,
                                          const lq_morpho_position_t *position,
                                          const lq_u256_t *price);

/* lq_morpho_incentive_factor_wad returns the worth of what a liquidator seizes over what he repays.
   LLTV_WAD is at most 1e18.
   @formula min(1.15e18, floor(1e36 / (1e18 - floor(0.3e18 (1e18 - lltv) / 1e18))))
   @src morpho-org/morpho-blue:src/Morpho.sol#liquidate */
uint64_t lq_morpho_incentive_factor_wad(uint64_t lltv_wad);

/* lq_morpho_shares_for_seized sets *OUT to the shares that a liquidator repays who seizes SEIZED;
   lq_morpho_seized_for_shares to the collateral that he gets for repaying SHARES. Neither looks at
   a position. LQ_ERR_RANGE; the latter LQ_ERR_DIV_ZERO for a price of 0.
   @formula F the market's incentive factor: toSharesUp(wDivUp(mulDivUp(seized, price, 1e36), F));
            mulDivDown(wMulDown(toAssetsDown(shares), F), 1e36, price)
   @src morpho-org/morpho-blue:src/Morpho.sol#liquidate */
LQ_MUST_USE lq_err_t lq_morpho_shares_for_seized(lq_u256_t *out, const lq_morpho_market_t *market,
                                                 const lq_u256_t *seized, const lq_u256_t *price);
LQ_MUST_USE lq_err_t lq_morpho_seized_for_shares(lq_u256_t *out, const lq_morpho_market_t *market,
                                                 const lq_u256_t *shares, const lq_u256_t *price);

/* A liquidation as its event tells it. */
typedef struct lq_morpho_liquidation {
    lq_u256_t repaid_assets; /* what the liquidator pays; may exceed the total by 1 */
    lq_u256_t repaid_shares;
    lq_u256_t seized_assets;   /* what he gets, in collateral */
    lq_u256_t bad_debt_assets; /* what the suppliers lose */
    lq_u256_t bad_debt_shares;
} lq_morpho_liquidation_t;

/* lq_morpho_settle takes REPAID_SHARES of debt and SEIZED_ASSETS of collateral from POSITION and
   MARKET, and the rest of the debt as bad where no collateral is left: the part of a liquidation
   that no longer depends on the price. OUT may be NULL. LQ_ERR_RANGE where the position has less.
   @formula repaid = toAssetsUp(shares); TBA = max(0, TBA - repaid); with all collateral gone: bad
            shares = what is left, bad = min(TBA, toAssetsUp(bad shares)) by the new totals, from
            TBA and TSA
   @src morpho-org/morpho-blue:src/Morpho.sol#liquidate */
LQ_MUST_USE lq_err_t lq_morpho_settle(lq_morpho_liquidation_t *out, lq_morpho_market_t *market,
                                      lq_morpho_position_t *position,
                                      const lq_u256_t *seized_assets,
                                      const lq_u256_t *repaid_shares);

/* lq_morpho_liquidate does what the contract's liquidate does to an accrued MARKET at PRICE.
   Exactly one of SEIZED_ASSETS and REPAID_SHARES is not zero, else LQ_ERR_INVAL. LQ_ERR_PERM where
   POSITION is healthy; LQ_ERR_RANGE where it has less than that; LQ_ERR_DIV_ZERO for shares at a
   price of 0.
   @src morpho-org/morpho-blue:src/Morpho.sol#liquidate */
LQ_MUST_USE lq_err_t lq_morpho_liquidate(lq_morpho_liquidation_t *out, lq_morpho_market_t *market,
                                         lq_morpho_position_t *position, const lq_u256_t *price,
                                         const lq_u256_t *seized_assets,
                                         const lq_u256_t *repaid_shares);

#endif
