/* Written by tools/gen_abi from abi/morpho_blue: edit that and run it again.
   What all of these functions have in common stands in liqd/codec/abi.h. */
#ifndef LIQD_CODEC_ABI_MORPHO_BLUE_H
#define LIQD_CODEC_ABI_MORPHO_BLUE_H

#include "liqd/codec/abi.h"

/* clang-format off */

/* struct MarketParams (address,address,address,address,uint256) */
typedef struct lq_abi_morpho_blue_market_params {
    lq_address_t loan_token;
    lq_address_t collateral_token;
    lq_address_t oracle;
    lq_address_t irm;
    lq_u256_t lltv;
} lq_abi_morpho_blue_market_params_t;

/* struct Market (uint128,uint128,uint128,uint128,uint128,uint128) */
typedef struct lq_abi_morpho_blue_market {
    lq_u256_t total_supply_assets;
    lq_u256_t total_supply_shares;
    lq_u256_t total_borrow_assets;
    lq_u256_t total_borrow_shares;
    lq_u256_t last_update;
    lq_u256_t fee;
} lq_abi_morpho_blue_market_t;

/* function borrowRateView((address,address,address,address,uint256),(uint128,uint128,uint128,
   uint128,uint128,uint128)) */
#define LQ_ABI_MORPHO_BLUE_BORROW_RATE_VIEW_SELECTOR 0x8c00bf6bu
#define LQ_ABI_MORPHO_BLUE_BORROW_RATE_VIEW_SZ 356
LQ_MUST_USE lq_err_t lq_abi_morpho_blue_borrow_rate_view_encode(
    uint8_t *out, size_t out_max, size_t *out_sz, lq_err_msg_t *msg,
    const lq_abi_morpho_blue_market_params_t *market_params,
    const lq_abi_morpho_blue_market_t *market);
LQ_MUST_USE lq_err_t lq_abi_morpho_blue_borrow_rate_view_decode(lq_u256_t *out, lq_err_msg_t *msg,
                                                                const uint8_t *data,
                                                                size_t data_sz);

/* function rateAtTarget(bytes32) */
#define LQ_ABI_MORPHO_BLUE_RATE_AT_TARGET_SELECTOR 0x01977b57u
#define LQ_ABI_MORPHO_BLUE_RATE_AT_TARGET_SZ 36
LQ_MUST_USE lq_err_t lq_abi_morpho_blue_rate_at_target_encode(uint8_t *out, size_t out_max,
                                                              size_t *out_sz, lq_err_msg_t *msg,
                                                              const lq_hash_t *id);
LQ_MUST_USE lq_err_t lq_abi_morpho_blue_rate_at_target_decode(lq_u256_t *out, lq_err_msg_t *msg,
                                                              const uint8_t *data, size_t data_sz);

/* function borrowRateStored(bytes32) */
#define LQ_ABI_MORPHO_BLUE_BORROW_RATE_STORED_SELECTOR 0xa69985c8u
#define LQ_ABI_MORPHO_BLUE_BORROW_RATE_STORED_SZ 36
LQ_MUST_USE lq_err_t lq_abi_morpho_blue_borrow_rate_stored_encode(uint8_t *out, size_t out_max,
                                                                  size_t *out_sz, lq_err_msg_t *msg,
                                                                  const lq_hash_t *id);
LQ_MUST_USE lq_err_t lq_abi_morpho_blue_borrow_rate_stored_decode(lq_u256_t *out, lq_err_msg_t *msg,
                                                                  const uint8_t *data,
                                                                  size_t data_sz);

/* event BorrowRateUpdate(bytes32,uint256,uint256) */
extern const lq_hash_t lq_abi_morpho_blue_borrow_rate_update_event_topic;
typedef struct lq_abi_morpho_blue_borrow_rate_update_event {
    lq_hash_t id;
    lq_u256_t avg_borrow_rate;
    lq_u256_t rate_at_target;
} lq_abi_morpho_blue_borrow_rate_update_event_t;
LQ_MUST_USE lq_err_t lq_abi_morpho_blue_borrow_rate_update_event_decode(
    lq_abi_morpho_blue_borrow_rate_update_event_t *out, lq_err_msg_t *msg, const lq_hash_t *topics,
    size_t topic_cnt, const uint8_t *data, size_t data_sz);

/* event SetBorrowRate(bytes32,uint256) */
extern const lq_hash_t lq_abi_morpho_blue_set_borrow_rate_event_topic;
typedef struct lq_abi_morpho_blue_set_borrow_rate_event {
    lq_hash_t id;
    lq_u256_t new_borrow_rate;
} lq_abi_morpho_blue_set_borrow_rate_event_t;
LQ_MUST_USE lq_err_t lq_abi_morpho_blue_set_borrow_rate_event_decode(
    lq_abi_morpho_blue_set_borrow_rate_event_t *out, lq_err_msg_t *msg, const lq_hash_t *topics,
    size_t topic_cnt, const uint8_t *data, size_t data_sz);

/* function liquidate((address,address,address,address,uint256),address,uint256,uint256,bytes) */
#define LQ_ABI_MORPHO_BLUE_LIQUIDATE_SELECTOR 0xd8eabcb8u
LQ_MUST_USE lq_err_t lq_abi_morpho_blue_liquidate_encode(
    uint8_t *out, size_t out_max, size_t *out_sz, lq_err_msg_t *msg,
    const lq_abi_morpho_blue_market_params_t *market_params, const lq_address_t *borrower,
    const lq_u256_t *seized_assets, const lq_u256_t *repaid_shares, const uint8_t *data,
    size_t data_sz);

/* function market(bytes32) */
#define LQ_ABI_MORPHO_BLUE_MARKET_SELECTOR 0x5c60e39au
#define LQ_ABI_MORPHO_BLUE_MARKET_SZ 36
LQ_MUST_USE lq_err_t lq_abi_morpho_blue_market_encode(uint8_t *out, size_t out_max, size_t *out_sz,
                                                      lq_err_msg_t *msg, const lq_hash_t *id);
typedef struct lq_abi_morpho_blue_market_ret {
    lq_u256_t total_supply_assets;
    lq_u256_t total_supply_shares;
    lq_u256_t total_borrow_assets;
    lq_u256_t total_borrow_shares;
    lq_u256_t last_update;
    lq_u256_t fee;
} lq_abi_morpho_blue_market_ret_t;
LQ_MUST_USE lq_err_t lq_abi_morpho_blue_market_decode(lq_abi_morpho_blue_market_ret_t *out,
                                                      lq_err_msg_t *msg, const uint8_t *data,
                                                      size_t data_sz);

/* function position(bytes32,address) */
#define LQ_ABI_MORPHO_BLUE_POSITION_SELECTOR 0x93c52062u
#define LQ_ABI_MORPHO_BLUE_POSITION_SZ 68
LQ_MUST_USE lq_err_t lq_abi_morpho_blue_position_encode(uint8_t *out, size_t out_max,
                                                        size_t *out_sz, lq_err_msg_t *msg,
                                                        const lq_hash_t *id,
                                                        const lq_address_t *user);
typedef struct lq_abi_morpho_blue_position_ret {
    lq_u256_t supply_shares;
    lq_u256_t borrow_shares;
    lq_u256_t collateral;
} lq_abi_morpho_blue_position_ret_t;
LQ_MUST_USE lq_err_t lq_abi_morpho_blue_position_decode(lq_abi_morpho_blue_position_ret_t *out,
                                                        lq_err_msg_t *msg, const uint8_t *data,
                                                        size_t data_sz);

/* function idToMarketParams(bytes32) */
#define LQ_ABI_MORPHO_BLUE_ID_TO_MARKET_PARAMS_SELECTOR 0x2c3c9157u
#define LQ_ABI_MORPHO_BLUE_ID_TO_MARKET_PARAMS_SZ 36
LQ_MUST_USE lq_err_t lq_abi_morpho_blue_id_to_market_params_encode(uint8_t *out, size_t out_max,
                                                                   size_t *out_sz,
                                                                   lq_err_msg_t *msg,
                                                                   const lq_hash_t *id);
typedef struct lq_abi_morpho_blue_id_to_market_params_ret {
    lq_address_t loan_token;
    lq_address_t collateral_token;
    lq_address_t oracle;
    lq_address_t irm;
    lq_u256_t lltv;
} lq_abi_morpho_blue_id_to_market_params_ret_t;
LQ_MUST_USE lq_err_t lq_abi_morpho_blue_id_to_market_params_decode(
    lq_abi_morpho_blue_id_to_market_params_ret_t *out, lq_err_msg_t *msg, const uint8_t *data,
    size_t data_sz);

/* event CreateMarket(bytes32,(address,address,address,address,uint256)) */
extern const lq_hash_t lq_abi_morpho_blue_create_market_event_topic;
typedef struct lq_abi_morpho_blue_create_market_event {
    lq_hash_t id;
    lq_abi_morpho_blue_market_params_t market_params;
} lq_abi_morpho_blue_create_market_event_t;
LQ_MUST_USE lq_err_t lq_abi_morpho_blue_create_market_event_decode(
    lq_abi_morpho_blue_create_market_event_t *out, lq_err_msg_t *msg, const lq_hash_t *topics,
    size_t topic_cnt, const uint8_t *data, size_t data_sz);

/* event Supply(bytes32,address,address,uint256,uint256) */
extern const lq_hash_t lq_abi_morpho_blue_supply_event_topic;
typedef struct lq_abi_morpho_blue_supply_event {
    lq_hash_t id;
    lq_address_t caller;
    lq_address_t on_behalf;
    lq_u256_t assets;
    lq_u256_t shares;
} lq_abi_morpho_blue_supply_event_t;
LQ_MUST_USE lq_err_t lq_abi_morpho_blue_supply_event_decode(lq_abi_morpho_blue_supply_event_t *out,
                                                            lq_err_msg_t *msg,
                                                            const lq_hash_t *topics,
                                                            size_t topic_cnt, const uint8_t *data,
                                                            size_t data_sz);

/* event Withdraw(bytes32,address,address,address,uint256,uint256) */
extern const lq_hash_t lq_abi_morpho_blue_withdraw_event_topic;
typedef struct lq_abi_morpho_blue_withdraw_event {
    lq_hash_t id;
    lq_address_t caller;
    lq_address_t on_behalf;
    lq_address_t receiver;
    lq_u256_t assets;
    lq_u256_t shares;
} lq_abi_morpho_blue_withdraw_event_t;
LQ_MUST_USE lq_err_t lq_abi_morpho_blue_withdraw_event_decode(
    lq_abi_morpho_blue_withdraw_event_t *out, lq_err_msg_t *msg, const lq_hash_t *topics,
    size_t topic_cnt, const uint8_t *data, size_t data_sz);

/* event Borrow(bytes32,address,address,address,uint256,uint256) */
extern const lq_hash_t lq_abi_morpho_blue_borrow_event_topic;
typedef struct lq_abi_morpho_blue_borrow_event {
    lq_hash_t id;
    lq_address_t caller;
    lq_address_t on_behalf;
    lq_address_t receiver;
    lq_u256_t assets;
    lq_u256_t shares;
} lq_abi_morpho_blue_borrow_event_t;
LQ_MUST_USE lq_err_t lq_abi_morpho_blue_borrow_event_decode(lq_abi_morpho_blue_borrow_event_t *out,
                                                            lq_err_msg_t *msg,
                                                            const lq_hash_t *topics,
                                                            size_t topic_cnt, const uint8_t *data,
                                                            size_t data_sz);

/* event Repay(bytes32,address,address,uint256,uint256) */
extern const lq_hash_t lq_abi_morpho_blue_repay_event_topic;
typedef struct lq_abi_morpho_blue_repay_event {
    lq_hash_t id;
    lq_address_t caller;
    lq_address_t on_behalf;
    lq_u256_t assets;
    lq_u256_t shares;
} lq_abi_morpho_blue_repay_event_t;
LQ_MUST_USE lq_err_t lq_abi_morpho_blue_repay_event_decode(lq_abi_morpho_blue_repay_event_t *out,
                                                           lq_err_msg_t *msg,
                                                           const lq_hash_t *topics,
                                                           size_t topic_cnt, const uint8_t *data,
                                                           size_t data_sz);

/* event SupplyCollateral(bytes32,address,address,uint256) */
extern const lq_hash_t lq_abi_morpho_blue_supply_collateral_event_topic;
typedef struct lq_abi_morpho_blue_supply_collateral_event {
    lq_hash_t id;
    lq_address_t caller;
    lq_address_t on_behalf;
    lq_u256_t assets;
} lq_abi_morpho_blue_supply_collateral_event_t;
LQ_MUST_USE lq_err_t lq_abi_morpho_blue_supply_collateral_event_decode(
    lq_abi_morpho_blue_supply_collateral_event_t *out, lq_err_msg_t *msg, const lq_hash_t *topics,
    size_t topic_cnt, const uint8_t *data, size_t data_sz);

/* event WithdrawCollateral(bytes32,address,address,address,uint256) */
extern const lq_hash_t lq_abi_morpho_blue_withdraw_collateral_event_topic;
typedef struct lq_abi_morpho_blue_withdraw_collateral_event {
    lq_hash_t id;
    lq_address_t caller;
    lq_address_t on_behalf;
    lq_address_t receiver;
    lq_u256_t assets;
} lq_abi_morpho_blue_withdraw_collateral_event_t;
LQ_MUST_USE lq_err_t lq_abi_morpho_blue_withdraw_collateral_event_decode(
    lq_abi_morpho_blue_withdraw_collateral_event_t *out, lq_err_msg_t *msg, const lq_hash_t *topics,
    size_t topic_cnt, const uint8_t *data, size_t data_sz);

/* event Liquidate(bytes32,address,address,uint256,uint256,uint256,uint256,uint256) */
extern const lq_hash_t lq_abi_morpho_blue_liquidate_event_topic;
typedef struct lq_abi_morpho_blue_liquidate_event {
    lq_hash_t id;
    lq_address_t caller;
    lq_address_t borrower;
    lq_u256_t repaid_assets;
    lq_u256_t repaid_shares;
    lq_u256_t seized_assets;
    lq_u256_t bad_debt_assets;
    lq_u256_t bad_debt_shares;
} lq_abi_morpho_blue_liquidate_event_t;
LQ_MUST_USE lq_err_t lq_abi_morpho_blue_liquidate_event_decode(
    lq_abi_morpho_blue_liquidate_event_t *out, lq_err_msg_t *msg, const lq_hash_t *topics,
    size_t topic_cnt, const uint8_t *data, size_t data_sz);

/* event AccrueInterest(bytes32,uint256,uint256,uint256) */
extern const lq_hash_t lq_abi_morpho_blue_accrue_interest_event_topic;
typedef struct lq_abi_morpho_blue_accrue_interest_event {
    lq_hash_t id;
    lq_u256_t prev_borrow_rate;
    lq_u256_t interest;
    lq_u256_t fee_shares;
} lq_abi_morpho_blue_accrue_interest_event_t;
LQ_MUST_USE lq_err_t lq_abi_morpho_blue_accrue_interest_event_decode(
    lq_abi_morpho_blue_accrue_interest_event_t *out, lq_err_msg_t *msg, const lq_hash_t *topics,
    size_t topic_cnt, const uint8_t *data, size_t data_sz);

/* event SetFee(bytes32,uint256) */
extern const lq_hash_t lq_abi_morpho_blue_set_fee_event_topic;
typedef struct lq_abi_morpho_blue_set_fee_event {
    lq_hash_t id;
    lq_u256_t new_fee;
} lq_abi_morpho_blue_set_fee_event_t;
LQ_MUST_USE lq_err_t lq_abi_morpho_blue_set_fee_event_decode(
    lq_abi_morpho_blue_set_fee_event_t *out, lq_err_msg_t *msg, const lq_hash_t *topics,
    size_t topic_cnt, const uint8_t *data, size_t data_sz);

/* function price() */
#define LQ_ABI_MORPHO_BLUE_PRICE_SELECTOR 0xa035b1feu
#define LQ_ABI_MORPHO_BLUE_PRICE_SZ 4
LQ_MUST_USE lq_err_t lq_abi_morpho_blue_price_encode(uint8_t *out, size_t out_max, size_t *out_sz,
                                                     lq_err_msg_t *msg);
LQ_MUST_USE lq_err_t lq_abi_morpho_blue_price_decode(lq_u256_t *out, lq_err_msg_t *msg,
                                                     const uint8_t *data, size_t data_sz);

/* clang-format on */

#endif
