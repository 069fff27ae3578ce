/* Written by tools/gen_abi from abi/morpho_blue: edit that and run it again.
   What all of these functions have in common stands in liqd/codec/abi.h. Long because each has
   lines for its parameters. */
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
#define LQ_ABI_MORPHO_BLUE_BORROW_RATE_UPDATE_EVENT_TOPIC_INIT \
    {{0x71,0x20,0x16,0x1a,0x7b,0x3d,0x31,0x25,0x1e,0x01,0x29,0x4a,0xb3,0x51,0xef,0x15, \
      0xa4,0x1b,0x91,0x65,0x9a,0x36,0x03,0x2e,0x46,0x41,0xbb,0x89,0xb1,0x21,0xe3,0x21,}}
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
#define LQ_ABI_MORPHO_BLUE_SET_BORROW_RATE_EVENT_TOPIC_INIT \
    {{0x50,0x7a,0x19,0xc0,0x1f,0xaa,0x46,0xc1,0x0b,0x2c,0x48,0xfd,0x9e,0x69,0x3f,0x9a, \
      0x06,0x30,0x07,0xf6,0xf6,0x6a,0xb9,0x80,0x66,0xa6,0xf1,0xdb,0xa3,0xc3,0x1f,0x2d,}}
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
#define LQ_ABI_MORPHO_BLUE_CREATE_MARKET_EVENT_TOPIC_INIT \
    {{0xac,0x4b,0x24,0x00,0xf1,0x69,0x22,0x0b,0x0c,0x0a,0xfd,0xde,0x7a,0x0b,0x32,0xe7, \
      0x75,0xba,0x72,0x7e,0xa1,0xcb,0x30,0xb3,0x5f,0x93,0x5c,0xda,0xab,0x86,0x83,0xac,}}
typedef struct lq_abi_morpho_blue_create_market_event {
    lq_hash_t id;
    lq_abi_morpho_blue_market_params_t market_params;
} lq_abi_morpho_blue_create_market_event_t;
LQ_MUST_USE lq_err_t lq_abi_morpho_blue_create_market_event_decode(
    lq_abi_morpho_blue_create_market_event_t *out, lq_err_msg_t *msg, const lq_hash_t *topics,
    size_t topic_cnt, const uint8_t *data, size_t data_sz);

/* event Supply(bytes32,address,address,uint256,uint256) */
extern const lq_hash_t lq_abi_morpho_blue_supply_event_topic;
#define LQ_ABI_MORPHO_BLUE_SUPPLY_EVENT_TOPIC_INIT \
    {{0xed,0xf8,0x87,0x04,0x33,0xc8,0x38,0x23,0xeb,0x07,0x1d,0x3d,0xf1,0xca,0xa8,0xd0, \
      0x08,0xf1,0x2f,0x64,0x40,0x91,0x8c,0x20,0xd7,0x5a,0x36,0x02,0xcd,0xa3,0x0f,0xe0,}}
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
#define LQ_ABI_MORPHO_BLUE_WITHDRAW_EVENT_TOPIC_INIT \
    {{0xa5,0x6f,0xc0,0xad,0x57,0x02,0xec,0x05,0xce,0x63,0x66,0x62,0x21,0xf7,0x96,0xfb, \
      0x62,0x43,0x7c,0x32,0xdb,0x1a,0xa1,0xaa,0x07,0x5f,0xc6,0x48,0x4c,0xf5,0x8f,0xbf,}}
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
#define LQ_ABI_MORPHO_BLUE_BORROW_EVENT_TOPIC_INIT \
    {{0x57,0x09,0x54,0x54,0x0b,0xed,0x6b,0x13,0x04,0xa8,0x7d,0xfe,0x81,0x5a,0x5e,0xda, \
      0x4a,0x64,0x8f,0x70,0x97,0xa1,0x62,0x40,0xdc,0xd8,0x5c,0x9b,0x5f,0xd4,0x2a,0x43,}}
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
#define LQ_ABI_MORPHO_BLUE_REPAY_EVENT_TOPIC_INIT \
    {{0x52,0xac,0xb0,0x5c,0xeb,0xbd,0x3c,0xd3,0x97,0x15,0x46,0x9f,0x22,0xaf,0xbf,0x5a, \
      0x17,0x49,0x62,0x95,0xef,0x3b,0xc9,0xbb,0x59,0x44,0x05,0x6c,0x63,0xcc,0xaa,0x09,}}
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
#define LQ_ABI_MORPHO_BLUE_SUPPLY_COLLATERAL_EVENT_TOPIC_INIT \
    {{0xa3,0xb9,0x47,0x2a,0x13,0x99,0xe1,0x7e,0x12,0x3f,0x3c,0x2e,0x65,0x86,0xc2,0x3e, \
      0x50,0x41,0x84,0xd5,0x04,0xde,0x59,0xcd,0xaa,0x2b,0x37,0x5e,0x88,0x0c,0x61,0x84,}}
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
#define LQ_ABI_MORPHO_BLUE_WITHDRAW_COLLATERAL_EVENT_TOPIC_INIT \
    {{0xe8,0x0e,0xbd,0x7c,0xc9,0x22,0x3d,0x73,0x82,0xaa,0xb2,0xe0,0xd1,0xd6,0x15,0x5c, \
      0x65,0x65,0x1f,0x83,0xd5,0x3c,0x8b,0x9b,0x06,0x90,0x1d,0x16,0x7e,0x32,0x11,0x42,}}
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
#define LQ_ABI_MORPHO_BLUE_LIQUIDATE_EVENT_TOPIC_INIT \
    {{0xa4,0x94,0x6e,0xde,0x45,0xd0,0xc6,0xf0,0x6a,0x0f,0x5c,0xe9,0x2c,0x9a,0xd3,0xb4, \
      0x75,0x14,0x52,0xd2,0xfe,0x0e,0x25,0x01,0x07,0x83,0xbc,0xab,0x57,0xa6,0x7e,0x41,}}
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
#define LQ_ABI_MORPHO_BLUE_ACCRUE_INTEREST_EVENT_TOPIC_INIT \
    {{0x9d,0x9b,0xd5,0x01,0xd0,0x65,0x7d,0x7d,0xfe,0x41,0x5f,0x77,0x9a,0x62,0x0a,0x62, \
      0xb7,0x8b,0xc5,0x08,0xdd,0xc0,0x89,0x1f,0xbb,0xd8,0xb7,0xac,0x0f,0x8f,0xce,0x87,}}
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
#define LQ_ABI_MORPHO_BLUE_SET_FEE_EVENT_TOPIC_INIT \
    {{0x13,0x9d,0x6f,0x58,0xe9,0xa1,0x27,0x22,0x96,0x67,0xc8,0xe3,0xb3,0x6e,0x88,0x89, \
      0x0a,0x66,0xcf,0xc8,0xab,0x10,0x24,0xdd,0xc5,0x13,0xe1,0x89,0xe1,0x25,0xb7,0x5b,}}
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
