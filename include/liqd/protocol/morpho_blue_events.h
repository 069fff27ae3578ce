#ifndef LIQD_PROTOCOL_MORPHO_BLUE_EVENTS_H
#define LIQD_PROTOCOL_MORPHO_BLUE_EVENTS_H

/* Morpho Blue's events applied to the plain values of a market and a position.

   Each event tells enough to see whether it fits the values: assets and shares imply each other, an
   accrual its interest, a liquidation its bad debt. So nothing is taken on trust, and drift (a lost
   log, a wrong start) shows at the first event instead of in a liquidation that reverts:
     LQ_ERR_NOT_FOUND  the market is not created.
     LQ_ERR_RANGE      something below zero or above what the contract can hold.
     LQ_ERR_INVAL      the event contradicts the values: it could not follow from them by the
                       contract's arithmetic, or not at that time.
   On failure market and position are unchanged; they are to be read from the chain again.

   NOW_SEC is the timestamp of the event's block. All but SupplyCollateral accrue first, with an
   event of its own (AccrueInterest) unless the market is up to date or without a rate model. So
   NOW_SEC must be the market's last update; without a model it may be later, and becomes it. */

#include "liqd/protocol/morpho_blue_math.h"

/* lq_morpho_apply_create_market makes *MARKET, which has last_update_sec = 0, an empty market of
   PARAMS. LQ_ERR_EXISTS where it is created; LQ_ERR_RANGE for a loan to value at or above 1 or a
   NOW_SEC of 0. */
LQ_MUST_USE lq_err_t lq_morpho_apply_create_market(
    lq_morpho_market_t *market, uint64_t now_sec, const lq_abi_morpho_blue_market_params_t *params);

/* lq_morpho_apply_accrue_interest applies AccrueInterest. FEE_POSITION is the position of the fee
   recipient; NULL where it is not kept. NOW_SEC must be after the last update. */
LQ_MUST_USE lq_err_t lq_morpho_apply_accrue_interest(
    lq_morpho_market_t *market, lq_morpho_position_t *fee_position, uint64_t now_sec,
    const lq_u256_t *prev_borrow_rate_wad, const lq_u256_t *interest, const lq_u256_t *fee_shares);

/* lq_morpho_apply_set_fee applies SetFee; LQ_ERR_INVAL for the fee it has. */
LQ_MUST_USE lq_err_t lq_morpho_apply_set_fee(lq_morpho_market_t *market, uint64_t now_sec,
                                             const lq_u256_t *new_fee_wad);

/* lq_morpho_apply_supply and _withdraw apply Supply and Withdraw. POSITION is NULL where those of
   suppliers are not kept. */
LQ_MUST_USE lq_err_t lq_morpho_apply_supply(lq_morpho_market_t *market,
                                            lq_morpho_position_t *position, uint64_t now_sec,
                                            const lq_u256_t *assets, const lq_u256_t *shares);
LQ_MUST_USE lq_err_t lq_morpho_apply_withdraw(lq_morpho_market_t *market,
                                              lq_morpho_position_t *position, uint64_t now_sec,
                                              const lq_u256_t *assets, const lq_u256_t *shares);

/* lq_morpho_apply_borrow and _repay apply Borrow and Repay. */
LQ_MUST_USE lq_err_t lq_morpho_apply_borrow(lq_morpho_market_t *market,
                                            lq_morpho_position_t *position, uint64_t now_sec,
                                            const lq_u256_t *assets, const lq_u256_t *shares);
LQ_MUST_USE lq_err_t lq_morpho_apply_repay(lq_morpho_market_t *market,
                                           lq_morpho_position_t *position, uint64_t now_sec,
                                           const lq_u256_t *assets, const lq_u256_t *shares);

/* lq_morpho_apply_supply_collateral and _withdraw_collateral apply SupplyCollateral, which leaves
   the market alone, and WithdrawCollateral. */
LQ_MUST_USE lq_err_t lq_morpho_apply_supply_collateral(lq_morpho_position_t *position,
                                                       const lq_morpho_market_t *market,
                                                       const lq_u256_t *assets);
LQ_MUST_USE lq_err_t lq_morpho_apply_withdraw_collateral(lq_morpho_market_t *market,
                                                         lq_morpho_position_t *position,
                                                         uint64_t now_sec, const lq_u256_t *assets);

/* lq_morpho_apply_liquidate applies Liquidate, to the borrower's POSITION. */
LQ_MUST_USE lq_err_t lq_morpho_apply_liquidate(lq_morpho_market_t *market,
                                               lq_morpho_position_t *position, uint64_t now_sec,
                                               const lq_morpho_liquidation_t *event);

#endif
