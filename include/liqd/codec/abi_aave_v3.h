/* Written by tools/gen_abi from abi/aave_v3: edit that and run it again.
   What all of these functions have in common stands in liqd/codec/abi.h. Long because each has
   lines for its parameters. */
#ifndef LIQD_CODEC_ABI_AAVE_V3_H
#define LIQD_CODEC_ABI_AAVE_V3_H

#include "liqd/codec/abi.h"

/* clang-format off */

/* event BalanceTransfer(address,address,uint256,uint256) */
extern const lq_hash_t lq_abi_aave_v3_balance_transfer_event_topic;
#define LQ_ABI_AAVE_V3_BALANCE_TRANSFER_EVENT_TOPIC_INIT \
    {{0x4b,0xec,0xcb,0x90,0xf9,0x94,0xc3,0x1a,0xce,0xd7,0xa2,0x3b,0x56,0x11,0x02,0x07, \
      0x28,0xa2,0x3d,0x8e,0xc5,0xcd,0xdd,0x1a,0x3e,0x9d,0x97,0xb9,0x6f,0xda,0x86,0x66,}}
typedef struct lq_abi_aave_v3_balance_transfer_event {
    lq_address_t from;
    lq_address_t to;
    lq_u256_t value;
    lq_u256_t index;
} lq_abi_aave_v3_balance_transfer_event_t;
LQ_MUST_USE lq_err_t lq_abi_aave_v3_balance_transfer_event_decode(
    lq_abi_aave_v3_balance_transfer_event_t *out, lq_err_msg_t *msg, const lq_hash_t *topics,
    size_t topic_cnt, const uint8_t *data, size_t data_sz);

/* function getSourceOfAsset(address) */
#define LQ_ABI_AAVE_V3_GET_SOURCE_OF_ASSET_SELECTOR 0x92bf2be0u
#define LQ_ABI_AAVE_V3_GET_SOURCE_OF_ASSET_SZ 36
LQ_MUST_USE lq_err_t lq_abi_aave_v3_get_source_of_asset_encode(uint8_t *out, size_t out_max,
                                                               size_t *out_sz, lq_err_msg_t *msg,
                                                               const lq_address_t *asset);
LQ_MUST_USE lq_err_t lq_abi_aave_v3_get_source_of_asset_decode(lq_address_t *out, lq_err_msg_t *msg,
                                                               const uint8_t *data, size_t data_sz);

/* function BASE_CURRENCY() */
#define LQ_ABI_AAVE_V3_BASE_CURRENCY_SELECTOR 0xe19f4700u
#define LQ_ABI_AAVE_V3_BASE_CURRENCY_SZ 4
LQ_MUST_USE lq_err_t lq_abi_aave_v3_base_currency_encode(uint8_t *out, size_t out_max,
                                                         size_t *out_sz, lq_err_msg_t *msg);
LQ_MUST_USE lq_err_t lq_abi_aave_v3_base_currency_decode(lq_address_t *out, lq_err_msg_t *msg,
                                                         const uint8_t *data, size_t data_sz);

/* function BASE_CURRENCY_UNIT() */
#define LQ_ABI_AAVE_V3_BASE_CURRENCY_UNIT_SELECTOR 0x8c89b64fu
#define LQ_ABI_AAVE_V3_BASE_CURRENCY_UNIT_SZ 4
LQ_MUST_USE lq_err_t lq_abi_aave_v3_base_currency_unit_encode(uint8_t *out, size_t out_max,
                                                              size_t *out_sz, lq_err_msg_t *msg);
LQ_MUST_USE lq_err_t lq_abi_aave_v3_base_currency_unit_decode(lq_u256_t *out, lq_err_msg_t *msg,
                                                              const uint8_t *data, size_t data_sz);

/* event AssetSourceUpdated(address,address) */
extern const lq_hash_t lq_abi_aave_v3_asset_source_updated_event_topic;
#define LQ_ABI_AAVE_V3_ASSET_SOURCE_UPDATED_EVENT_TOPIC_INIT \
    {{0x22,0xc5,0xb7,0xb2,0xd8,0x56,0x1d,0x39,0xf7,0xf2,0x10,0xb6,0xb3,0x26,0xa1,0xaa, \
      0x69,0xf1,0x53,0x11,0x16,0x30,0x82,0x30,0x8a,0xc4,0x87,0x7d,0xb6,0x33,0x9d,0xc1,}}
typedef struct lq_abi_aave_v3_asset_source_updated_event {
    lq_address_t asset;
    lq_address_t source;
} lq_abi_aave_v3_asset_source_updated_event_t;
LQ_MUST_USE lq_err_t lq_abi_aave_v3_asset_source_updated_event_decode(
    lq_abi_aave_v3_asset_source_updated_event_t *out, lq_err_msg_t *msg, const lq_hash_t *topics,
    size_t topic_cnt, const uint8_t *data, size_t data_sz);

/* event BaseCurrencySet(address,uint256) */
extern const lq_hash_t lq_abi_aave_v3_base_currency_set_event_topic;
#define LQ_ABI_AAVE_V3_BASE_CURRENCY_SET_EVENT_TOPIC_INIT \
    {{0xe2,0x7c,0x4c,0x13,0x72,0x39,0x6a,0x3d,0x15,0xa9,0x92,0x2f,0x74,0xf9,0xdf,0xc7, \
      0xc7,0x2b,0x1a,0xd6,0xd6,0x38,0x68,0x47,0x07,0x87,0x24,0x9c,0x35,0x64,0x54,0xc1,}}
typedef struct lq_abi_aave_v3_base_currency_set_event {
    lq_address_t base_currency;
    lq_u256_t base_currency_unit;
} lq_abi_aave_v3_base_currency_set_event_t;
LQ_MUST_USE lq_err_t lq_abi_aave_v3_base_currency_set_event_decode(
    lq_abi_aave_v3_base_currency_set_event_t *out, lq_err_msg_t *msg, const lq_hash_t *topics,
    size_t topic_cnt, const uint8_t *data, size_t data_sz);

/* error InvalidAmount() */
#define LQ_ABI_AAVE_V3_INVALID_AMOUNT_ERROR_SELECTOR 0x2c5211c6u

/* error ReserveInactive() */
#define LQ_ABI_AAVE_V3_RESERVE_INACTIVE_ERROR_SELECTOR 0x90cd6f24u

/* error ReservePaused() */
#define LQ_ABI_AAVE_V3_RESERVE_PAUSED_ERROR_SELECTOR 0xd37f5f1cu

/* error HealthFactorNotBelowThreshold() */
#define LQ_ABI_AAVE_V3_HEALTH_FACTOR_NOT_BELOW_THRESHOLD_ERROR_SELECTOR 0x930bb771u

/* error CollateralCannotBeLiquidated() */
#define LQ_ABI_AAVE_V3_COLLATERAL_CANNOT_BE_LIQUIDATED_ERROR_SELECTOR 0x979b5ce8u

/* error SpecifiedCurrencyNotBorrowedByUser() */
#define LQ_ABI_AAVE_V3_SPECIFIED_CURRENCY_NOT_BORROWED_BY_USER_ERROR_SELECTOR 0x3653732bu

/* error PriceOracleSentinelCheckFailed() */
#define LQ_ABI_AAVE_V3_PRICE_ORACLE_SENTINEL_CHECK_FAILED_ERROR_SELECTOR 0x91037009u

/* error LiquidationGraceSentinelCheckFailed() */
#define LQ_ABI_AAVE_V3_LIQUIDATION_GRACE_SENTINEL_CHECK_FAILED_ERROR_SELECTOR 0x9e3e6060u

/* error MustNotLeaveDust() */
#define LQ_ABI_AAVE_V3_MUST_NOT_LEAVE_DUST_ERROR_SELECTOR 0xb629b0e4u

/* error SelfLiquidation() */
#define LQ_ABI_AAVE_V3_SELF_LIQUIDATION_ERROR_SELECTOR 0x44511af1u

/* function liquidationCall(address,address,address,uint256,bool) */
#define LQ_ABI_AAVE_V3_LIQUIDATION_CALL_SELECTOR 0x00a718a9u
#define LQ_ABI_AAVE_V3_LIQUIDATION_CALL_SZ 164
LQ_MUST_USE lq_err_t lq_abi_aave_v3_liquidation_call_encode(uint8_t *out, size_t out_max,
                                                            size_t *out_sz, lq_err_msg_t *msg,
                                                            const lq_address_t *collateral_asset,
                                                            const lq_address_t *debt_asset,
                                                            const lq_address_t *borrower,
                                                            const lq_u256_t *debt_to_cover,
                                                            bool receive_a_token);

/* function getUserAccountData(address) */
#define LQ_ABI_AAVE_V3_GET_USER_ACCOUNT_DATA_SELECTOR 0xbf92857cu
#define LQ_ABI_AAVE_V3_GET_USER_ACCOUNT_DATA_SZ 36
LQ_MUST_USE lq_err_t lq_abi_aave_v3_get_user_account_data_encode(uint8_t *out, size_t out_max,
                                                                 size_t *out_sz, lq_err_msg_t *msg,
                                                                 const lq_address_t *user);
typedef struct lq_abi_aave_v3_get_user_account_data_ret {
    lq_u256_t total_collateral_base;
    lq_u256_t total_debt_base;
    lq_u256_t available_borrows_base;
    lq_u256_t current_liquidation_threshold;
    lq_u256_t ltv;
    lq_u256_t health_factor;
} lq_abi_aave_v3_get_user_account_data_ret_t;
LQ_MUST_USE lq_err_t lq_abi_aave_v3_get_user_account_data_decode(
    lq_abi_aave_v3_get_user_account_data_ret_t *out, lq_err_msg_t *msg, const uint8_t *data,
    size_t data_sz);

/* function FLASHLOAN_PREMIUM_TOTAL() */
#define LQ_ABI_AAVE_V3_FLASHLOAN_PREMIUM_TOTAL_SELECTOR 0x074b2e43u
#define LQ_ABI_AAVE_V3_FLASHLOAN_PREMIUM_TOTAL_SZ 4
LQ_MUST_USE lq_err_t lq_abi_aave_v3_flashloan_premium_total_encode(uint8_t *out, size_t out_max,
                                                                   size_t *out_sz,
                                                                   lq_err_msg_t *msg);
LQ_MUST_USE lq_err_t lq_abi_aave_v3_flashloan_premium_total_decode(lq_u256_t *out,
                                                                   lq_err_msg_t *msg,
                                                                   const uint8_t *data,
                                                                   size_t data_sz);

/* event ReserveDataUpdated(address,uint256,uint256,uint256,uint256,uint256) */
extern const lq_hash_t lq_abi_aave_v3_reserve_data_updated_event_topic;
#define LQ_ABI_AAVE_V3_RESERVE_DATA_UPDATED_EVENT_TOPIC_INIT \
    {{0x80,0x4c,0x9b,0x84,0x2b,0x27,0x48,0xa2,0x2b,0xb6,0x4b,0x34,0x54,0x53,0xa3,0xde, \
      0x7c,0xa5,0x4a,0x6c,0xa4,0x5c,0xe0,0x0d,0x41,0x58,0x94,0x97,0x9e,0x22,0x89,0x7a,}}
typedef struct lq_abi_aave_v3_reserve_data_updated_event {
    lq_address_t reserve;
    lq_u256_t liquidity_rate;
    lq_u256_t stable_borrow_rate;
    lq_u256_t variable_borrow_rate;
    lq_u256_t liquidity_index;
    lq_u256_t variable_borrow_index;
} lq_abi_aave_v3_reserve_data_updated_event_t;
LQ_MUST_USE lq_err_t lq_abi_aave_v3_reserve_data_updated_event_decode(
    lq_abi_aave_v3_reserve_data_updated_event_t *out, lq_err_msg_t *msg, const lq_hash_t *topics,
    size_t topic_cnt, const uint8_t *data, size_t data_sz);

/* event LiquidationCall(address,address,address,uint256,uint256,address,bool) */
extern const lq_hash_t lq_abi_aave_v3_liquidation_call_event_topic;
#define LQ_ABI_AAVE_V3_LIQUIDATION_CALL_EVENT_TOPIC_INIT \
    {{0xe4,0x13,0xa3,0x21,0xe8,0x68,0x1d,0x83,0x1f,0x4d,0xbc,0xcb,0xca,0x79,0x0d,0x29, \
      0x52,0xb5,0x6f,0x97,0x79,0x08,0xe4,0x5b,0xe3,0x73,0x35,0x53,0x3e,0x00,0x52,0x86,}}
typedef struct lq_abi_aave_v3_liquidation_call_event {
    lq_address_t collateral_asset;
    lq_address_t debt_asset;
    lq_address_t user;
    lq_u256_t debt_to_cover;
    lq_u256_t liquidated_collateral_amount;
    lq_address_t liquidator;
    bool receive_a_token;
} lq_abi_aave_v3_liquidation_call_event_t;
LQ_MUST_USE lq_err_t lq_abi_aave_v3_liquidation_call_event_decode(
    lq_abi_aave_v3_liquidation_call_event_t *out, lq_err_msg_t *msg, const lq_hash_t *topics,
    size_t topic_cnt, const uint8_t *data, size_t data_sz);

/* event Supply(address,address,address,uint256,uint16) */
extern const lq_hash_t lq_abi_aave_v3_supply_event_topic;
#define LQ_ABI_AAVE_V3_SUPPLY_EVENT_TOPIC_INIT \
    {{0x2b,0x62,0x77,0x36,0xbc,0xa1,0x5c,0xd5,0x38,0x1d,0xcf,0x80,0xb0,0xbf,0x11,0xfd, \
      0x19,0x7d,0x01,0xa0,0x37,0xc5,0x2b,0x92,0x7a,0x88,0x1a,0x10,0xfb,0x73,0xba,0x61,}}
typedef struct lq_abi_aave_v3_supply_event {
    lq_address_t reserve;
    lq_address_t user;
    lq_address_t on_behalf_of;
    lq_u256_t amount;
    uint64_t referral_code;
} lq_abi_aave_v3_supply_event_t;
LQ_MUST_USE lq_err_t lq_abi_aave_v3_supply_event_decode(lq_abi_aave_v3_supply_event_t *out,
                                                        lq_err_msg_t *msg, const lq_hash_t *topics,
                                                        size_t topic_cnt, const uint8_t *data,
                                                        size_t data_sz);

/* event Withdraw(address,address,address,uint256) */
extern const lq_hash_t lq_abi_aave_v3_withdraw_event_topic;
#define LQ_ABI_AAVE_V3_WITHDRAW_EVENT_TOPIC_INIT \
    {{0x31,0x15,0xd1,0x44,0x9a,0x7b,0x73,0x2c,0x98,0x6c,0xba,0x18,0x24,0x4e,0x89,0x7a, \
      0x45,0x0f,0x61,0xe1,0xbb,0x8d,0x58,0x9c,0xd2,0xe6,0x9e,0x6c,0x89,0x24,0xf9,0xf7,}}
typedef struct lq_abi_aave_v3_withdraw_event {
    lq_address_t reserve;
    lq_address_t user;
    lq_address_t to;
    lq_u256_t amount;
} lq_abi_aave_v3_withdraw_event_t;
LQ_MUST_USE lq_err_t lq_abi_aave_v3_withdraw_event_decode(lq_abi_aave_v3_withdraw_event_t *out,
                                                          lq_err_msg_t *msg,
                                                          const lq_hash_t *topics, size_t topic_cnt,
                                                          const uint8_t *data, size_t data_sz);

/* event Borrow(address,address,address,uint256,uint8,uint256,uint16) */
extern const lq_hash_t lq_abi_aave_v3_borrow_event_topic;
#define LQ_ABI_AAVE_V3_BORROW_EVENT_TOPIC_INIT \
    {{0xb3,0xd0,0x84,0x82,0x0f,0xb1,0xa9,0xde,0xcf,0xfb,0x17,0x64,0x36,0xbd,0x02,0x55, \
      0x8d,0x15,0xfa,0xc9,0xb0,0xdd,0xfe,0xd8,0xc4,0x65,0xbc,0x73,0x59,0xd7,0xdc,0xe0,}}
typedef struct lq_abi_aave_v3_borrow_event {
    lq_address_t reserve;
    lq_address_t user;
    lq_address_t on_behalf_of;
    lq_u256_t amount;
    uint64_t interest_rate_mode;
    lq_u256_t borrow_rate;
    uint64_t referral_code;
} lq_abi_aave_v3_borrow_event_t;
LQ_MUST_USE lq_err_t lq_abi_aave_v3_borrow_event_decode(lq_abi_aave_v3_borrow_event_t *out,
                                                        lq_err_msg_t *msg, const lq_hash_t *topics,
                                                        size_t topic_cnt, const uint8_t *data,
                                                        size_t data_sz);

/* event Repay(address,address,address,uint256,bool) */
extern const lq_hash_t lq_abi_aave_v3_repay_event_topic;
#define LQ_ABI_AAVE_V3_REPAY_EVENT_TOPIC_INIT \
    {{0xa5,0x34,0xc8,0xdb,0xe7,0x1f,0x87,0x1f,0x9f,0x35,0x30,0xe9,0x7a,0x74,0x60,0x1f, \
      0xea,0x17,0xb4,0x26,0xca,0xe0,0x2e,0x1c,0x5a,0xee,0x42,0xc9,0x6c,0x78,0x40,0x51,}}
typedef struct lq_abi_aave_v3_repay_event {
    lq_address_t reserve;
    lq_address_t user;
    lq_address_t repayer;
    lq_u256_t amount;
    bool use_a_tokens;
} lq_abi_aave_v3_repay_event_t;
LQ_MUST_USE lq_err_t lq_abi_aave_v3_repay_event_decode(lq_abi_aave_v3_repay_event_t *out,
                                                       lq_err_msg_t *msg, const lq_hash_t *topics,
                                                       size_t topic_cnt, const uint8_t *data,
                                                       size_t data_sz);

/* event UserEModeSet(address,uint8) */
extern const lq_hash_t lq_abi_aave_v3_user_e_mode_set_event_topic;
#define LQ_ABI_AAVE_V3_USER_E_MODE_SET_EVENT_TOPIC_INIT \
    {{0xd7,0x28,0xda,0x87,0x5f,0xc8,0x89,0x44,0xcb,0xf1,0x76,0x38,0xbc,0xbe,0x4a,0xf0, \
      0xee,0xda,0xef,0x63,0xbe,0xcd,0x1d,0x1c,0x57,0xcc,0x09,0x7e,0xb4,0x60,0x8d,0x84,}}
typedef struct lq_abi_aave_v3_user_e_mode_set_event {
    lq_address_t user;
    uint64_t category_id;
} lq_abi_aave_v3_user_e_mode_set_event_t;
LQ_MUST_USE lq_err_t lq_abi_aave_v3_user_e_mode_set_event_decode(
    lq_abi_aave_v3_user_e_mode_set_event_t *out, lq_err_msg_t *msg, const lq_hash_t *topics,
    size_t topic_cnt, const uint8_t *data, size_t data_sz);

/* event ReserveUsedAsCollateralEnabled(address,address) */
extern const lq_hash_t lq_abi_aave_v3_reserve_used_as_collateral_enabled_event_topic;
#define LQ_ABI_AAVE_V3_RESERVE_USED_AS_COLLATERAL_ENABLED_EVENT_TOPIC_INIT \
    {{0x00,0x05,0x8a,0x56,0xea,0x94,0x65,0x3c,0xdf,0x4f,0x15,0x2d,0x22,0x7a,0xce,0x22, \
      0xd4,0xc0,0x0a,0xd9,0x9e,0x2a,0x43,0xf5,0x8c,0xb7,0xd9,0xe3,0xfe,0xb2,0x95,0xf2,}}
typedef struct lq_abi_aave_v3_reserve_used_as_collateral_enabled_event {
    lq_address_t reserve;
    lq_address_t user;
} lq_abi_aave_v3_reserve_used_as_collateral_enabled_event_t;
LQ_MUST_USE lq_err_t lq_abi_aave_v3_reserve_used_as_collateral_enabled_event_decode(
    lq_abi_aave_v3_reserve_used_as_collateral_enabled_event_t *out, lq_err_msg_t *msg,
    const lq_hash_t *topics, size_t topic_cnt, const uint8_t *data, size_t data_sz);

/* event ReserveUsedAsCollateralDisabled(address,address) */
extern const lq_hash_t lq_abi_aave_v3_reserve_used_as_collateral_disabled_event_topic;
#define LQ_ABI_AAVE_V3_RESERVE_USED_AS_COLLATERAL_DISABLED_EVENT_TOPIC_INIT \
    {{0x44,0xc5,0x8d,0x81,0x36,0x5b,0x66,0xdd,0x4b,0x1a,0x7f,0x36,0xc2,0x5a,0xa9,0x7b, \
      0x8c,0x71,0xc3,0x61,0xee,0x49,0x37,0xad,0xc1,0xa0,0x00,0x00,0x22,0x7d,0xb5,0xdd,}}
typedef struct lq_abi_aave_v3_reserve_used_as_collateral_disabled_event {
    lq_address_t reserve;
    lq_address_t user;
} lq_abi_aave_v3_reserve_used_as_collateral_disabled_event_t;
LQ_MUST_USE lq_err_t lq_abi_aave_v3_reserve_used_as_collateral_disabled_event_decode(
    lq_abi_aave_v3_reserve_used_as_collateral_disabled_event_t *out, lq_err_msg_t *msg,
    const lq_hash_t *topics, size_t topic_cnt, const uint8_t *data, size_t data_sz);

/* function ADDRESSES_PROVIDER() */
#define LQ_ABI_AAVE_V3_ADDRESSES_PROVIDER_SELECTOR 0x0542975cu
#define LQ_ABI_AAVE_V3_ADDRESSES_PROVIDER_SZ 4
LQ_MUST_USE lq_err_t lq_abi_aave_v3_addresses_provider_encode(uint8_t *out, size_t out_max,
                                                              size_t *out_sz, lq_err_msg_t *msg);
LQ_MUST_USE lq_err_t lq_abi_aave_v3_addresses_provider_decode(lq_address_t *out, lq_err_msg_t *msg,
                                                              const uint8_t *data, size_t data_sz);

/* function getReservesList() */
#define LQ_ABI_AAVE_V3_GET_RESERVES_LIST_SELECTOR 0xd1946dbcu
#define LQ_ABI_AAVE_V3_GET_RESERVES_LIST_SZ 4
LQ_MUST_USE lq_err_t lq_abi_aave_v3_get_reserves_list_encode(uint8_t *out, size_t out_max,
                                                             size_t *out_sz, lq_err_msg_t *msg);

/* function getReserveData(address) */
#define LQ_ABI_AAVE_V3_GET_RESERVE_DATA_SELECTOR 0x35ea6a75u
#define LQ_ABI_AAVE_V3_GET_RESERVE_DATA_SZ 36
LQ_MUST_USE lq_err_t lq_abi_aave_v3_get_reserve_data_encode(uint8_t *out, size_t out_max,
                                                            size_t *out_sz, lq_err_msg_t *msg,
                                                            const lq_address_t *asset);

/* struct ReserveDataLegacy (uint256,uint128,uint128,uint128,uint128,uint128,uint40,uint16,
   address,address,address,address,uint128,uint128,uint128) */
typedef struct lq_abi_aave_v3_reserve_data_legacy {
    lq_u256_t configuration;
    lq_u256_t liquidity_index;
    lq_u256_t current_liquidity_rate;
    lq_u256_t variable_borrow_index;
    lq_u256_t current_variable_borrow_rate;
    lq_u256_t current_stable_borrow_rate;
    uint64_t last_update_timestamp;
    uint64_t id;
    lq_address_t a_token_address;
    lq_address_t stable_debt_token_address;
    lq_address_t variable_debt_token_address;
    lq_address_t interest_rate_strategy_address;
    lq_u256_t accrued_to_treasury;
    lq_u256_t unbacked;
    lq_u256_t isolation_mode_total_debt;
} lq_abi_aave_v3_reserve_data_legacy_t;
LQ_MUST_USE lq_err_t lq_abi_aave_v3_get_reserve_data_decode(
    lq_abi_aave_v3_reserve_data_legacy_t *out, lq_err_msg_t *msg, const uint8_t *data,
    size_t data_sz);

/* function getVirtualUnderlyingBalance(address) */
#define LQ_ABI_AAVE_V3_GET_VIRTUAL_UNDERLYING_BALANCE_SELECTOR 0x6fb07f96u
#define LQ_ABI_AAVE_V3_GET_VIRTUAL_UNDERLYING_BALANCE_SZ 36
LQ_MUST_USE lq_err_t lq_abi_aave_v3_get_virtual_underlying_balance_encode(
    uint8_t *out, size_t out_max, size_t *out_sz, lq_err_msg_t *msg, const lq_address_t *asset);
LQ_MUST_USE lq_err_t lq_abi_aave_v3_get_virtual_underlying_balance_decode(lq_u256_t *out,
                                                                          lq_err_msg_t *msg,
                                                                          const uint8_t *data,
                                                                          size_t data_sz);

/* function getReserveDataExtended(address) */
#define LQ_ABI_AAVE_V3_GET_RESERVE_DATA_EXTENDED_SELECTOR 0x8381995fu
#define LQ_ABI_AAVE_V3_GET_RESERVE_DATA_EXTENDED_SZ 36
LQ_MUST_USE lq_err_t lq_abi_aave_v3_get_reserve_data_extended_encode(uint8_t *out, size_t out_max,
                                                                     size_t *out_sz,
                                                                     lq_err_msg_t *msg,
                                                                     const lq_address_t *asset);

/* struct ReserveData (uint256,uint128,uint128,uint128,uint128,uint128,uint40,uint16,uint40,
   address,address,address,address,uint128,uint128,uint128,uint128) */
typedef struct lq_abi_aave_v3_reserve_data {
    lq_u256_t configuration;
    lq_u256_t liquidity_index;
    lq_u256_t current_liquidity_rate;
    lq_u256_t variable_borrow_index;
    lq_u256_t current_variable_borrow_rate;
    lq_u256_t current_stable_borrow_rate;
    uint64_t last_update_timestamp;
    uint64_t id;
    uint64_t liquidation_grace_period_until;
    lq_address_t a_token_address;
    lq_address_t stable_debt_token_address;
    lq_address_t variable_debt_token_address;
    lq_address_t interest_rate_strategy_address;
    lq_u256_t accrued_to_treasury;
    lq_u256_t unbacked;
    lq_u256_t isolation_mode_total_debt;
    lq_u256_t virtual_underlying_balance;
} lq_abi_aave_v3_reserve_data_t;
LQ_MUST_USE lq_err_t lq_abi_aave_v3_get_reserve_data_extended_decode(
    lq_abi_aave_v3_reserve_data_t *out, lq_err_msg_t *msg, const uint8_t *data, size_t data_sz);

/* function getReservesCount() */
#define LQ_ABI_AAVE_V3_GET_RESERVES_COUNT_SELECTOR 0x72218d04u
#define LQ_ABI_AAVE_V3_GET_RESERVES_COUNT_SZ 4
LQ_MUST_USE lq_err_t lq_abi_aave_v3_get_reserves_count_encode(uint8_t *out, size_t out_max,
                                                              size_t *out_sz, lq_err_msg_t *msg);
LQ_MUST_USE lq_err_t lq_abi_aave_v3_get_reserves_count_decode(lq_u256_t *out, lq_err_msg_t *msg,
                                                              const uint8_t *data, size_t data_sz);

/* function getLiquidationGracePeriod(address) */
#define LQ_ABI_AAVE_V3_GET_LIQUIDATION_GRACE_PERIOD_SELECTOR 0x5c9a8b18u
#define LQ_ABI_AAVE_V3_GET_LIQUIDATION_GRACE_PERIOD_SZ 36
LQ_MUST_USE lq_err_t lq_abi_aave_v3_get_liquidation_grace_period_encode(uint8_t *out,
                                                                        size_t out_max,
                                                                        size_t *out_sz,
                                                                        lq_err_msg_t *msg,
                                                                        const lq_address_t *asset);
LQ_MUST_USE lq_err_t lq_abi_aave_v3_get_liquidation_grace_period_decode(uint64_t *out,
                                                                        lq_err_msg_t *msg,
                                                                        const uint8_t *data,
                                                                        size_t data_sz);

/* function getReserveDeficit(address) */
#define LQ_ABI_AAVE_V3_GET_RESERVE_DEFICIT_SELECTOR 0xc952485du
#define LQ_ABI_AAVE_V3_GET_RESERVE_DEFICIT_SZ 36
LQ_MUST_USE lq_err_t lq_abi_aave_v3_get_reserve_deficit_encode(uint8_t *out, size_t out_max,
                                                               size_t *out_sz, lq_err_msg_t *msg,
                                                               const lq_address_t *asset);
LQ_MUST_USE lq_err_t lq_abi_aave_v3_get_reserve_deficit_decode(lq_u256_t *out, lq_err_msg_t *msg,
                                                               const uint8_t *data, size_t data_sz);

/* function getReserveNormalizedIncome(address) */
#define LQ_ABI_AAVE_V3_GET_RESERVE_NORMALIZED_INCOME_SELECTOR 0xd15e0053u
#define LQ_ABI_AAVE_V3_GET_RESERVE_NORMALIZED_INCOME_SZ 36
LQ_MUST_USE lq_err_t lq_abi_aave_v3_get_reserve_normalized_income_encode(uint8_t *out,
                                                                         size_t out_max,
                                                                         size_t *out_sz,
                                                                         lq_err_msg_t *msg,
                                                                         const lq_address_t *asset);
LQ_MUST_USE lq_err_t lq_abi_aave_v3_get_reserve_normalized_income_decode(lq_u256_t *out,
                                                                         lq_err_msg_t *msg,
                                                                         const uint8_t *data,
                                                                         size_t data_sz);

/* function getReserveNormalizedVariableDebt(address) */
#define LQ_ABI_AAVE_V3_GET_RESERVE_NORMALIZED_VARIABLE_DEBT_SELECTOR 0x386497fdu
#define LQ_ABI_AAVE_V3_GET_RESERVE_NORMALIZED_VARIABLE_DEBT_SZ 36
LQ_MUST_USE lq_err_t lq_abi_aave_v3_get_reserve_normalized_variable_debt_encode(
    uint8_t *out, size_t out_max, size_t *out_sz, lq_err_msg_t *msg, const lq_address_t *asset);
LQ_MUST_USE lq_err_t lq_abi_aave_v3_get_reserve_normalized_variable_debt_decode(lq_u256_t *out,
                                                                                lq_err_msg_t *msg,
                                                                                const uint8_t *data,
                                                                                size_t data_sz);

/* function getUserConfiguration(address) */
#define LQ_ABI_AAVE_V3_GET_USER_CONFIGURATION_SELECTOR 0x4417a583u
#define LQ_ABI_AAVE_V3_GET_USER_CONFIGURATION_SZ 36
LQ_MUST_USE lq_err_t lq_abi_aave_v3_get_user_configuration_encode(uint8_t *out, size_t out_max,
                                                                  size_t *out_sz, lq_err_msg_t *msg,
                                                                  const lq_address_t *user);

/* struct UserConfigurationMap (uint256) */
typedef struct lq_abi_aave_v3_user_configuration_map {
    lq_u256_t data;
} lq_abi_aave_v3_user_configuration_map_t;
LQ_MUST_USE lq_err_t lq_abi_aave_v3_get_user_configuration_decode(
    lq_abi_aave_v3_user_configuration_map_t *out, lq_err_msg_t *msg, const uint8_t *data,
    size_t data_sz);

/* function getUserEMode(address) */
#define LQ_ABI_AAVE_V3_GET_USER_E_MODE_SELECTOR 0xeddf1b79u
#define LQ_ABI_AAVE_V3_GET_USER_E_MODE_SZ 36
LQ_MUST_USE lq_err_t lq_abi_aave_v3_get_user_e_mode_encode(uint8_t *out, size_t out_max,
                                                           size_t *out_sz, lq_err_msg_t *msg,
                                                           const lq_address_t *user);
LQ_MUST_USE lq_err_t lq_abi_aave_v3_get_user_e_mode_decode(lq_u256_t *out, lq_err_msg_t *msg,
                                                           const uint8_t *data, size_t data_sz);

/* function getEModeCategoryData(uint8) */
#define LQ_ABI_AAVE_V3_GET_E_MODE_CATEGORY_DATA_SELECTOR 0x6c6f6ae1u
#define LQ_ABI_AAVE_V3_GET_E_MODE_CATEGORY_DATA_SZ 36
LQ_MUST_USE lq_err_t lq_abi_aave_v3_get_e_mode_category_data_encode(uint8_t *out, size_t out_max,
                                                                    size_t *out_sz,
                                                                    lq_err_msg_t *msg, uint64_t id);

/* function getEModeCategoryCollateralConfig(uint8) */
#define LQ_ABI_AAVE_V3_GET_E_MODE_CATEGORY_COLLATERAL_CONFIG_SELECTOR 0xb286f467u
#define LQ_ABI_AAVE_V3_GET_E_MODE_CATEGORY_COLLATERAL_CONFIG_SZ 36
LQ_MUST_USE lq_err_t lq_abi_aave_v3_get_e_mode_category_collateral_config_encode(uint8_t *out,
                                                                                 size_t out_max,
                                                                                 size_t *out_sz,
                                                                                 lq_err_msg_t *msg,
                                                                                 uint64_t id);

/* struct CollateralConfig (uint16,uint16,uint16) */
typedef struct lq_abi_aave_v3_collateral_config {
    uint64_t ltv;
    uint64_t liquidation_threshold;
    uint64_t liquidation_bonus;
} lq_abi_aave_v3_collateral_config_t;
LQ_MUST_USE lq_err_t lq_abi_aave_v3_get_e_mode_category_collateral_config_decode(
    lq_abi_aave_v3_collateral_config_t *out, lq_err_msg_t *msg, const uint8_t *data,
    size_t data_sz);

/* function getEModeCategoryCollateralBitmap(uint8) */
#define LQ_ABI_AAVE_V3_GET_E_MODE_CATEGORY_COLLATERAL_BITMAP_SELECTOR 0xb0771dbau
#define LQ_ABI_AAVE_V3_GET_E_MODE_CATEGORY_COLLATERAL_BITMAP_SZ 36
LQ_MUST_USE lq_err_t lq_abi_aave_v3_get_e_mode_category_collateral_bitmap_encode(uint8_t *out,
                                                                                 size_t out_max,
                                                                                 size_t *out_sz,
                                                                                 lq_err_msg_t *msg,
                                                                                 uint64_t id);
LQ_MUST_USE lq_err_t lq_abi_aave_v3_get_e_mode_category_collateral_bitmap_decode(
    lq_u256_t *out, lq_err_msg_t *msg, const uint8_t *data, size_t data_sz);

/* function isApprovedPositionManager(address,address) */
#define LQ_ABI_AAVE_V3_IS_APPROVED_POSITION_MANAGER_SELECTOR 0xf9c2bd87u
#define LQ_ABI_AAVE_V3_IS_APPROVED_POSITION_MANAGER_SZ 68
LQ_MUST_USE lq_err_t lq_abi_aave_v3_is_approved_position_manager_encode(
    uint8_t *out, size_t out_max, size_t *out_sz, lq_err_msg_t *msg, const lq_address_t *user,
    const lq_address_t *position_manager);
LQ_MUST_USE lq_err_t lq_abi_aave_v3_is_approved_position_manager_decode(bool *out,
                                                                        lq_err_msg_t *msg,
                                                                        const uint8_t *data,
                                                                        size_t data_sz);

/* function getEModeCategoryLtvzeroBitmap(uint8) */
#define LQ_ABI_AAVE_V3_GET_E_MODE_CATEGORY_LTVZERO_BITMAP_SELECTOR 0xfd89dee5u
#define LQ_ABI_AAVE_V3_GET_E_MODE_CATEGORY_LTVZERO_BITMAP_SZ 36
LQ_MUST_USE lq_err_t lq_abi_aave_v3_get_e_mode_category_ltvzero_bitmap_encode(uint8_t *out,
                                                                              size_t out_max,
                                                                              size_t *out_sz,
                                                                              lq_err_msg_t *msg,
                                                                              uint64_t id);
LQ_MUST_USE lq_err_t lq_abi_aave_v3_get_e_mode_category_ltvzero_bitmap_decode(lq_u256_t *out,
                                                                              lq_err_msg_t *msg,
                                                                              const uint8_t *data,
                                                                              size_t data_sz);

/* function getIsEModeCategoryIsolated(uint8) */
#define LQ_ABI_AAVE_V3_GET_IS_E_MODE_CATEGORY_ISOLATED_SELECTOR 0x05f68acbu
#define LQ_ABI_AAVE_V3_GET_IS_E_MODE_CATEGORY_ISOLATED_SZ 36
LQ_MUST_USE lq_err_t lq_abi_aave_v3_get_is_e_mode_category_isolated_encode(uint8_t *out,
                                                                           size_t out_max,
                                                                           size_t *out_sz,
                                                                           lq_err_msg_t *msg,
                                                                           uint64_t id);
LQ_MUST_USE lq_err_t lq_abi_aave_v3_get_is_e_mode_category_isolated_decode(bool *out,
                                                                           lq_err_msg_t *msg,
                                                                           const uint8_t *data,
                                                                           size_t data_sz);

/* event SwapBorrowRateMode(address,address,uint8) */
extern const lq_hash_t lq_abi_aave_v3_swap_borrow_rate_mode_event_topic;
#define LQ_ABI_AAVE_V3_SWAP_BORROW_RATE_MODE_EVENT_TOPIC_INIT \
    {{0x79,0x62,0xb3,0x94,0xd8,0x5a,0x53,0x40,0x33,0xba,0x2e,0xfc,0xf4,0x3c,0xd3,0x6d, \
      0xe5,0x7b,0x7e,0xbe,0xb3,0xde,0x0c,0xa4,0x42,0x89,0x65,0xd9,0xb3,0xdd,0xc4,0x81,}}
typedef struct lq_abi_aave_v3_swap_borrow_rate_mode_event {
    lq_address_t reserve;
    lq_address_t user;
    uint64_t interest_rate_mode;
} lq_abi_aave_v3_swap_borrow_rate_mode_event_t;
LQ_MUST_USE lq_err_t lq_abi_aave_v3_swap_borrow_rate_mode_event_decode(
    lq_abi_aave_v3_swap_borrow_rate_mode_event_t *out, lq_err_msg_t *msg, const lq_hash_t *topics,
    size_t topic_cnt, const uint8_t *data, size_t data_sz);

/* event DeficitCreated(address,address,uint256) */
extern const lq_hash_t lq_abi_aave_v3_deficit_created_event_topic;
#define LQ_ABI_AAVE_V3_DEFICIT_CREATED_EVENT_TOPIC_INIT \
    {{0x2b,0xcc,0xfb,0x3f,0xad,0x37,0x6d,0x59,0xd7,0xac,0xcf,0x97,0x05,0x15,0xeb,0x77, \
      0xb2,0xf2,0x7b,0x08,0x2c,0x90,0xed,0x0f,0xb1,0x55,0x83,0xdd,0x5a,0x94,0x26,0x99,}}
typedef struct lq_abi_aave_v3_deficit_created_event {
    lq_address_t user;
    lq_address_t debt_asset;
    lq_u256_t amount_created;
} lq_abi_aave_v3_deficit_created_event_t;
LQ_MUST_USE lq_err_t lq_abi_aave_v3_deficit_created_event_decode(
    lq_abi_aave_v3_deficit_created_event_t *out, lq_err_msg_t *msg, const lq_hash_t *topics,
    size_t topic_cnt, const uint8_t *data, size_t data_sz);

/* event DeficitCovered(address,address,uint256) */
extern const lq_hash_t lq_abi_aave_v3_deficit_covered_event_topic;
#define LQ_ABI_AAVE_V3_DEFICIT_COVERED_EVENT_TOPIC_INIT \
    {{0x84,0xb2,0x03,0xe4,0x9f,0x1a,0x4b,0x55,0x30,0x88,0x06,0x15,0x34,0x23,0x19,0x69, \
      0xa6,0x8a,0xd1,0xc8,0x1b,0xe1,0x92,0x20,0x5e,0x96,0xd2,0x3a,0x20,0x6c,0xb2,0x6a,}}
typedef struct lq_abi_aave_v3_deficit_covered_event {
    lq_address_t reserve;
    lq_address_t caller;
    lq_u256_t amount_covered;
} lq_abi_aave_v3_deficit_covered_event_t;
LQ_MUST_USE lq_err_t lq_abi_aave_v3_deficit_covered_event_decode(
    lq_abi_aave_v3_deficit_covered_event_t *out, lq_err_msg_t *msg, const lq_hash_t *topics,
    size_t topic_cnt, const uint8_t *data, size_t data_sz);

/* function getPriceOracle() */
#define LQ_ABI_AAVE_V3_GET_PRICE_ORACLE_SELECTOR 0xfca513a8u
#define LQ_ABI_AAVE_V3_GET_PRICE_ORACLE_SZ 4
LQ_MUST_USE lq_err_t lq_abi_aave_v3_get_price_oracle_encode(uint8_t *out, size_t out_max,
                                                            size_t *out_sz, lq_err_msg_t *msg);
LQ_MUST_USE lq_err_t lq_abi_aave_v3_get_price_oracle_decode(lq_address_t *out, lq_err_msg_t *msg,
                                                            const uint8_t *data, size_t data_sz);

/* function getPoolConfigurator() */
#define LQ_ABI_AAVE_V3_GET_POOL_CONFIGURATOR_SELECTOR 0x631adfcau
#define LQ_ABI_AAVE_V3_GET_POOL_CONFIGURATOR_SZ 4
LQ_MUST_USE lq_err_t lq_abi_aave_v3_get_pool_configurator_encode(uint8_t *out, size_t out_max,
                                                                 size_t *out_sz, lq_err_msg_t *msg);
LQ_MUST_USE lq_err_t lq_abi_aave_v3_get_pool_configurator_decode(lq_address_t *out,
                                                                 lq_err_msg_t *msg,
                                                                 const uint8_t *data,
                                                                 size_t data_sz);

/* function getPriceOracleSentinel() */
#define LQ_ABI_AAVE_V3_GET_PRICE_ORACLE_SENTINEL_SELECTOR 0x5eb88d3du
#define LQ_ABI_AAVE_V3_GET_PRICE_ORACLE_SENTINEL_SZ 4
LQ_MUST_USE lq_err_t lq_abi_aave_v3_get_price_oracle_sentinel_encode(uint8_t *out, size_t out_max,
                                                                     size_t *out_sz,
                                                                     lq_err_msg_t *msg);
LQ_MUST_USE lq_err_t lq_abi_aave_v3_get_price_oracle_sentinel_decode(lq_address_t *out,
                                                                     lq_err_msg_t *msg,
                                                                     const uint8_t *data,
                                                                     size_t data_sz);

/* event PoolUpdated(address,address) */
extern const lq_hash_t lq_abi_aave_v3_pool_updated_event_topic;
#define LQ_ABI_AAVE_V3_POOL_UPDATED_EVENT_TOPIC_INIT \
    {{0x90,0xaf,0xfc,0x16,0x3f,0x1a,0x2d,0xfe,0xdc,0xd3,0x6a,0xa0,0x2e,0xd9,0x92,0xee, \
      0xeb,0xa8,0x10,0x0a,0x40,0x14,0xf0,0xb4,0xcd,0xc2,0x0e,0xa2,0x65,0xa6,0x66,0x27,}}
typedef struct lq_abi_aave_v3_pool_updated_event {
    lq_address_t old_address;
    lq_address_t new_address;
} lq_abi_aave_v3_pool_updated_event_t;
LQ_MUST_USE lq_err_t lq_abi_aave_v3_pool_updated_event_decode(
    lq_abi_aave_v3_pool_updated_event_t *out, lq_err_msg_t *msg, const lq_hash_t *topics,
    size_t topic_cnt, const uint8_t *data, size_t data_sz);

/* event PoolConfiguratorUpdated(address,address) */
extern const lq_hash_t lq_abi_aave_v3_pool_configurator_updated_event_topic;
#define LQ_ABI_AAVE_V3_POOL_CONFIGURATOR_UPDATED_EVENT_TOPIC_INIT \
    {{0x89,0x32,0x89,0x25,0x69,0xeb,0xa5,0x9c,0x83,0x82,0xa0,0x89,0xd9,0xb7,0x32,0xd1, \
      0xf4,0x92,0x72,0x87,0x87,0x75,0x23,0x57,0x61,0xa2,0xa6,0xb0,0x30,0x9c,0xd4,0x65,}}
typedef struct lq_abi_aave_v3_pool_configurator_updated_event {
    lq_address_t old_address;
    lq_address_t new_address;
} lq_abi_aave_v3_pool_configurator_updated_event_t;
LQ_MUST_USE lq_err_t lq_abi_aave_v3_pool_configurator_updated_event_decode(
    lq_abi_aave_v3_pool_configurator_updated_event_t *out, lq_err_msg_t *msg,
    const lq_hash_t *topics, size_t topic_cnt, const uint8_t *data, size_t data_sz);

/* event PriceOracleUpdated(address,address) */
extern const lq_hash_t lq_abi_aave_v3_price_oracle_updated_event_topic;
#define LQ_ABI_AAVE_V3_PRICE_ORACLE_UPDATED_EVENT_TOPIC_INIT \
    {{0x56,0xb5,0xf8,0x0d,0x8c,0xac,0x14,0x79,0x69,0x8a,0xa7,0xd0,0x16,0x05,0xfd,0x61, \
      0x11,0xe9,0x0b,0x15,0xfc,0x4d,0x2b,0x37,0x74,0x17,0xf4,0x60,0x34,0x87,0x6c,0xbd,}}
typedef struct lq_abi_aave_v3_price_oracle_updated_event {
    lq_address_t old_address;
    lq_address_t new_address;
} lq_abi_aave_v3_price_oracle_updated_event_t;
LQ_MUST_USE lq_err_t lq_abi_aave_v3_price_oracle_updated_event_decode(
    lq_abi_aave_v3_price_oracle_updated_event_t *out, lq_err_msg_t *msg, const lq_hash_t *topics,
    size_t topic_cnt, const uint8_t *data, size_t data_sz);

/* event PriceOracleSentinelUpdated(address,address) */
extern const lq_hash_t lq_abi_aave_v3_price_oracle_sentinel_updated_event_topic;
#define LQ_ABI_AAVE_V3_PRICE_ORACLE_SENTINEL_UPDATED_EVENT_TOPIC_INIT \
    {{0x53,0x26,0x51,0x4e,0xec,0xa9,0x04,0x94,0xa1,0x4b,0xed,0xab,0xcf,0xf8,0x12,0xa0, \
      0xe6,0x83,0x02,0x9e,0xe8,0x5d,0x1e,0x23,0x82,0x4d,0x44,0xfd,0x14,0xcd,0x6a,0xe7,}}
typedef struct lq_abi_aave_v3_price_oracle_sentinel_updated_event {
    lq_address_t old_address;
    lq_address_t new_address;
} lq_abi_aave_v3_price_oracle_sentinel_updated_event_t;
LQ_MUST_USE lq_err_t lq_abi_aave_v3_price_oracle_sentinel_updated_event_decode(
    lq_abi_aave_v3_price_oracle_sentinel_updated_event_t *out, lq_err_msg_t *msg,
    const lq_hash_t *topics, size_t topic_cnt, const uint8_t *data, size_t data_sz);

/* event ProxyCreated(bytes32,address,address) */
extern const lq_hash_t lq_abi_aave_v3_proxy_created_event_topic;
#define LQ_ABI_AAVE_V3_PROXY_CREATED_EVENT_TOPIC_INIT \
    {{0x4a,0x46,0x5a,0x9b,0xd8,0x19,0xd9,0x66,0x25,0x63,0xc1,0xe1,0x1a,0xe9,0x58,0xf8, \
      0x10,0x9e,0x43,0x7e,0x7f,0x4b,0xf1,0xc6,0xef,0x0b,0x9a,0x7b,0x3f,0x35,0xd4,0x78,}}
typedef struct lq_abi_aave_v3_proxy_created_event {
    lq_hash_t id;
    lq_address_t proxy_address;
    lq_address_t implementation_address;
} lq_abi_aave_v3_proxy_created_event_t;
LQ_MUST_USE lq_err_t lq_abi_aave_v3_proxy_created_event_decode(
    lq_abi_aave_v3_proxy_created_event_t *out, lq_err_msg_t *msg, const lq_hash_t *topics,
    size_t topic_cnt, const uint8_t *data, size_t data_sz);

/* event AddressSet(bytes32,address,address) */
extern const lq_hash_t lq_abi_aave_v3_address_set_event_topic;
#define LQ_ABI_AAVE_V3_ADDRESS_SET_EVENT_TOPIC_INIT \
    {{0x9e,0xf0,0xe8,0xc8,0xe5,0x27,0x43,0xbb,0x38,0xb8,0x3b,0x17,0xd9,0x42,0x91,0x41, \
      0xd4,0x94,0xb8,0x04,0x1c,0xa6,0xd6,0x16,0xa6,0xc7,0x7c,0xeb,0xae,0x9c,0xd8,0xb7,}}
typedef struct lq_abi_aave_v3_address_set_event {
    lq_hash_t id;
    lq_address_t old_address;
    lq_address_t new_address;
} lq_abi_aave_v3_address_set_event_t;
LQ_MUST_USE lq_err_t lq_abi_aave_v3_address_set_event_decode(
    lq_abi_aave_v3_address_set_event_t *out, lq_err_msg_t *msg, const lq_hash_t *topics,
    size_t topic_cnt, const uint8_t *data, size_t data_sz);

/* event AddressSetAsProxy(bytes32,address,address,address) */
extern const lq_hash_t lq_abi_aave_v3_address_set_as_proxy_event_topic;
#define LQ_ABI_AAVE_V3_ADDRESS_SET_AS_PROXY_EVENT_TOPIC_INIT \
    {{0x3b,0xbd,0x45,0xb5,0x42,0x9b,0x38,0x5e,0x3f,0xb3,0x7a,0xd5,0xcd,0x1c,0xd1,0x43, \
      0x5a,0x3c,0x8e,0xc3,0x21,0x96,0xc7,0x93,0x75,0x97,0x36,0x5a,0x3f,0xd3,0xe9,0x9c,}}
typedef struct lq_abi_aave_v3_address_set_as_proxy_event {
    lq_hash_t id;
    lq_address_t proxy_address;
    lq_address_t old_implementation_address;
    lq_address_t new_implementation_address;
} lq_abi_aave_v3_address_set_as_proxy_event_t;
LQ_MUST_USE lq_err_t lq_abi_aave_v3_address_set_as_proxy_event_decode(
    lq_abi_aave_v3_address_set_as_proxy_event_t *out, lq_err_msg_t *msg, const lq_hash_t *topics,
    size_t topic_cnt, const uint8_t *data, size_t data_sz);

/* event ReserveInitialized(address,address,address,address,address) */
extern const lq_hash_t lq_abi_aave_v3_reserve_initialized_event_topic;
#define LQ_ABI_AAVE_V3_RESERVE_INITIALIZED_EVENT_TOPIC_INIT \
    {{0x3a,0x0c,0xa7,0x21,0xfc,0x36,0x44,0x24,0x56,0x63,0x85,0xa1,0xaa,0x27,0x1e,0xd5, \
      0x08,0xcc,0x2c,0x09,0x49,0xc2,0x27,0x25,0x75,0xfb,0x30,0x13,0xa1,0x63,0xa4,0x5f,}}
typedef struct lq_abi_aave_v3_reserve_initialized_event {
    lq_address_t asset;
    lq_address_t a_token;
    lq_address_t stable_debt_token;
    lq_address_t variable_debt_token;
    lq_address_t interest_rate_strategy_address;
} lq_abi_aave_v3_reserve_initialized_event_t;
LQ_MUST_USE lq_err_t lq_abi_aave_v3_reserve_initialized_event_decode(
    lq_abi_aave_v3_reserve_initialized_event_t *out, lq_err_msg_t *msg, const lq_hash_t *topics,
    size_t topic_cnt, const uint8_t *data, size_t data_sz);

/* event CollateralConfigurationChanged(address,uint256,uint256,uint256) */
extern const lq_hash_t lq_abi_aave_v3_collateral_configuration_changed_event_topic;
#define LQ_ABI_AAVE_V3_COLLATERAL_CONFIGURATION_CHANGED_EVENT_TOPIC_INIT \
    {{0x63,0x7f,0xeb,0xbd,0xa9,0x27,0x5a,0xea,0x2e,0x85,0xc0,0xff,0x69,0x04,0x44,0xc8, \
      0xd8,0x7e,0xb2,0xe8,0x33,0x9b,0xbe,0xde,0x97,0x15,0xab,0xcc,0x89,0xcb,0x09,0x95,}}
typedef struct lq_abi_aave_v3_collateral_configuration_changed_event {
    lq_address_t asset;
    lq_u256_t ltv;
    lq_u256_t liquidation_threshold;
    lq_u256_t liquidation_bonus;
} lq_abi_aave_v3_collateral_configuration_changed_event_t;
LQ_MUST_USE lq_err_t lq_abi_aave_v3_collateral_configuration_changed_event_decode(
    lq_abi_aave_v3_collateral_configuration_changed_event_t *out, lq_err_msg_t *msg,
    const lq_hash_t *topics, size_t topic_cnt, const uint8_t *data, size_t data_sz);

/* event ReserveActive(address,bool) */
extern const lq_hash_t lq_abi_aave_v3_reserve_active_event_topic;
#define LQ_ABI_AAVE_V3_RESERVE_ACTIVE_EVENT_TOPIC_INIT \
    {{0xc3,0x6c,0x7d,0x11,0xba,0x01,0xa5,0x86,0x9d,0x52,0xaa,0x4a,0x37,0x81,0x93,0x9d, \
      0xab,0x85,0x1c,0xbc,0x9e,0xe6,0xe7,0xfd,0xce,0xdc,0x7d,0x58,0x89,0x8a,0x3f,0x1e,}}
typedef struct lq_abi_aave_v3_reserve_active_event {
    lq_address_t asset;
    bool active;
} lq_abi_aave_v3_reserve_active_event_t;
LQ_MUST_USE lq_err_t lq_abi_aave_v3_reserve_active_event_decode(
    lq_abi_aave_v3_reserve_active_event_t *out, lq_err_msg_t *msg, const lq_hash_t *topics,
    size_t topic_cnt, const uint8_t *data, size_t data_sz);

/* event ReservePaused(address,bool) */
extern const lq_hash_t lq_abi_aave_v3_reserve_paused_event_topic;
#define LQ_ABI_AAVE_V3_RESERVE_PAUSED_EVENT_TOPIC_INIT \
    {{0xe1,0x88,0xd5,0x42,0xa5,0xf1,0x19,0x25,0xd3,0xa3,0xaf,0x33,0x70,0x3c,0xdd,0x30, \
      0xa4,0x3c,0xb3,0xe8,0x06,0x6a,0x3c,0xf6,0x8b,0x1b,0x57,0xf6,0x1a,0x5a,0x94,0xb5,}}
typedef struct lq_abi_aave_v3_reserve_paused_event {
    lq_address_t asset;
    bool paused;
} lq_abi_aave_v3_reserve_paused_event_t;
LQ_MUST_USE lq_err_t lq_abi_aave_v3_reserve_paused_event_decode(
    lq_abi_aave_v3_reserve_paused_event_t *out, lq_err_msg_t *msg, const lq_hash_t *topics,
    size_t topic_cnt, const uint8_t *data, size_t data_sz);

/* event ReserveDropped(address) */
extern const lq_hash_t lq_abi_aave_v3_reserve_dropped_event_topic;
#define LQ_ABI_AAVE_V3_RESERVE_DROPPED_EVENT_TOPIC_INIT \
    {{0xee,0xec,0x4c,0x06,0xf7,0xad,0xad,0x21,0x5c,0xbd,0xb4,0xd2,0x96,0x08,0x96,0xc8, \
      0x3c,0x26,0xae,0xdc,0xe0,0x2d,0xde,0x76,0xd3,0x6f,0xa2,0x85,0x88,0xd6,0x2d,0xa4,}}
typedef struct lq_abi_aave_v3_reserve_dropped_event {
    lq_address_t asset;
} lq_abi_aave_v3_reserve_dropped_event_t;
LQ_MUST_USE lq_err_t lq_abi_aave_v3_reserve_dropped_event_decode(
    lq_abi_aave_v3_reserve_dropped_event_t *out, lq_err_msg_t *msg, const lq_hash_t *topics,
    size_t topic_cnt, const uint8_t *data, size_t data_sz);

/* event LiquidationProtocolFeeChanged(address,uint256,uint256) */
extern const lq_hash_t lq_abi_aave_v3_liquidation_protocol_fee_changed_event_topic;
#define LQ_ABI_AAVE_V3_LIQUIDATION_PROTOCOL_FEE_CHANGED_EVENT_TOPIC_INIT \
    {{0xb5,0xb0,0xa9,0x63,0x82,0x53,0x37,0x80,0x8b,0x6e,0x31,0x54,0xde,0x8e,0x98,0x02, \
      0x75,0x95,0xa5,0xca,0xd4,0x21,0x9b,0xb3,0xa9,0xbc,0x55,0xb1,0x92,0xf4,0xb3,0x91,}}
typedef struct lq_abi_aave_v3_liquidation_protocol_fee_changed_event {
    lq_address_t asset;
    lq_u256_t old_fee;
    lq_u256_t new_fee;
} lq_abi_aave_v3_liquidation_protocol_fee_changed_event_t;
LQ_MUST_USE lq_err_t lq_abi_aave_v3_liquidation_protocol_fee_changed_event_decode(
    lq_abi_aave_v3_liquidation_protocol_fee_changed_event_t *out, lq_err_msg_t *msg,
    const lq_hash_t *topics, size_t topic_cnt, const uint8_t *data, size_t data_sz);

/* event LiquidationGracePeriodChanged(address,uint40) */
extern const lq_hash_t lq_abi_aave_v3_liquidation_grace_period_changed_event_topic;
#define LQ_ABI_AAVE_V3_LIQUIDATION_GRACE_PERIOD_CHANGED_EVENT_TOPIC_INIT \
    {{0xdf,0x4f,0x96,0x44,0x87,0x86,0xbc,0xd6,0xfe,0xcc,0x9f,0x1f,0xa2,0x5f,0x1f,0xbb, \
      0xbe,0xe6,0xa5,0xc9,0xe7,0x6d,0x63,0x5a,0x61,0x5a,0xc5,0x7b,0xb5,0x98,0x3d,0x10,}}
typedef struct lq_abi_aave_v3_liquidation_grace_period_changed_event {
    lq_address_t asset;
    uint64_t grace_period_until;
} lq_abi_aave_v3_liquidation_grace_period_changed_event_t;
LQ_MUST_USE lq_err_t lq_abi_aave_v3_liquidation_grace_period_changed_event_decode(
    lq_abi_aave_v3_liquidation_grace_period_changed_event_t *out, lq_err_msg_t *msg,
    const lq_hash_t *topics, size_t topic_cnt, const uint8_t *data, size_t data_sz);

/* event LiquidationGracePeriodDisabled(address) */
extern const lq_hash_t lq_abi_aave_v3_liquidation_grace_period_disabled_event_topic;
#define LQ_ABI_AAVE_V3_LIQUIDATION_GRACE_PERIOD_DISABLED_EVENT_TOPIC_INIT \
    {{0x1d,0xf3,0x6d,0xc1,0x65,0x1d,0x06,0xd9,0x90,0x80,0x50,0x68,0xd2,0x28,0x11,0xa3, \
      0xa9,0xca,0x43,0x96,0x19,0x07,0x87,0xef,0x59,0xf9,0x10,0x2e,0x61,0x86,0x8f,0xff,}}
typedef struct lq_abi_aave_v3_liquidation_grace_period_disabled_event {
    lq_address_t asset;
} lq_abi_aave_v3_liquidation_grace_period_disabled_event_t;
LQ_MUST_USE lq_err_t lq_abi_aave_v3_liquidation_grace_period_disabled_event_decode(
    lq_abi_aave_v3_liquidation_grace_period_disabled_event_t *out, lq_err_msg_t *msg,
    const lq_hash_t *topics, size_t topic_cnt, const uint8_t *data, size_t data_sz);

/* event EModeCategoryAdded(uint8,uint256,uint256,uint256,address,string) */
extern const lq_hash_t lq_abi_aave_v3_e_mode_category_added_event_topic;
#define LQ_ABI_AAVE_V3_E_MODE_CATEGORY_ADDED_EVENT_TOPIC_INIT \
    {{0x0a,0xcf,0x8b,0x4a,0x3c,0xac,0xe1,0x07,0x79,0x79,0x8a,0x89,0xa2,0x06,0xa0,0xae, \
      0x73,0xa7,0x1b,0x63,0xac,0xdd,0x3b,0xe2,0x80,0x1d,0x39,0xc2,0xef,0x7a,0xb3,0xcb,}}
typedef struct lq_abi_aave_v3_e_mode_category_added_event {
    uint64_t category_id;
    lq_u256_t ltv;
    lq_u256_t liquidation_threshold;
    lq_u256_t liquidation_bonus;
    lq_address_t oracle;
    lq_abi_bytes_t label;
} lq_abi_aave_v3_e_mode_category_added_event_t;
LQ_MUST_USE lq_err_t lq_abi_aave_v3_e_mode_category_added_event_decode(
    lq_abi_aave_v3_e_mode_category_added_event_t *out, lq_err_msg_t *msg, const lq_hash_t *topics,
    size_t topic_cnt, const uint8_t *data, size_t data_sz);

/* event EModeAssetCategoryChanged(address,uint8,uint8) */
extern const lq_hash_t lq_abi_aave_v3_e_mode_asset_category_changed_event_topic;
#define LQ_ABI_AAVE_V3_E_MODE_ASSET_CATEGORY_CHANGED_EVENT_TOPIC_INIT \
    {{0x5b,0xb6,0x97,0x95,0xb6,0xa2,0xea,0x22,0x2d,0x73,0xa5,0xf8,0x93,0x9c,0x23,0x47, \
      0x1a,0x1f,0x85,0xa9,0x9c,0x7c,0xa4,0x3c,0x20,0x7f,0x1b,0x71,0xf1,0x0c,0x62,0x64,}}
typedef struct lq_abi_aave_v3_e_mode_asset_category_changed_event {
    lq_address_t asset;
    uint64_t old_category_id;
    uint64_t new_category_id;
} lq_abi_aave_v3_e_mode_asset_category_changed_event_t;
LQ_MUST_USE lq_err_t lq_abi_aave_v3_e_mode_asset_category_changed_event_decode(
    lq_abi_aave_v3_e_mode_asset_category_changed_event_t *out, lq_err_msg_t *msg,
    const lq_hash_t *topics, size_t topic_cnt, const uint8_t *data, size_t data_sz);

/* event AssetCollateralInEModeChanged(address,uint8,bool) */
extern const lq_hash_t lq_abi_aave_v3_asset_collateral_in_e_mode_changed_event_topic;
#define LQ_ABI_AAVE_V3_ASSET_COLLATERAL_IN_E_MODE_CHANGED_EVENT_TOPIC_INIT \
    {{0x79,0x40,0x91,0x90,0x10,0x8b,0x26,0xfc,0xb0,0xe4,0x57,0x0f,0x8e,0x24,0x0f,0x62, \
      0x7b,0xf1,0x8f,0xd0,0x1a,0x55,0xf7,0x51,0x01,0x02,0x24,0xd5,0xbd,0x48,0x60,0x98,}}
typedef struct lq_abi_aave_v3_asset_collateral_in_e_mode_changed_event {
    lq_address_t asset;
    uint64_t category_id;
    bool collateral;
} lq_abi_aave_v3_asset_collateral_in_e_mode_changed_event_t;
LQ_MUST_USE lq_err_t lq_abi_aave_v3_asset_collateral_in_e_mode_changed_event_decode(
    lq_abi_aave_v3_asset_collateral_in_e_mode_changed_event_t *out, lq_err_msg_t *msg,
    const lq_hash_t *topics, size_t topic_cnt, const uint8_t *data, size_t data_sz);

/* event ATokenUpgraded(address,address,address) */
extern const lq_hash_t lq_abi_aave_v3_a_token_upgraded_event_topic;
#define LQ_ABI_AAVE_V3_A_TOKEN_UPGRADED_EVENT_TOPIC_INIT \
    {{0xa7,0x6f,0x65,0x41,0x1e,0xc6,0x6a,0x7f,0xb6,0xbc,0x46,0x74,0x32,0xeb,0x14,0x76, \
      0x79,0x00,0x44,0x9a,0xe4,0x46,0x9f,0xa2,0x95,0xe4,0x44,0x1f,0xe5,0xe1,0xcb,0x73,}}
typedef struct lq_abi_aave_v3_a_token_upgraded_event {
    lq_address_t asset;
    lq_address_t proxy;
    lq_address_t implementation;
} lq_abi_aave_v3_a_token_upgraded_event_t;
LQ_MUST_USE lq_err_t lq_abi_aave_v3_a_token_upgraded_event_decode(
    lq_abi_aave_v3_a_token_upgraded_event_t *out, lq_err_msg_t *msg, const lq_hash_t *topics,
    size_t topic_cnt, const uint8_t *data, size_t data_sz);

/* event VariableDebtTokenUpgraded(address,address,address) */
extern const lq_hash_t lq_abi_aave_v3_variable_debt_token_upgraded_event_topic;
#define LQ_ABI_AAVE_V3_VARIABLE_DEBT_TOKEN_UPGRADED_EVENT_TOPIC_INIT \
    {{0x94,0x39,0x65,0x8a,0x56,0x2a,0x5c,0x46,0xb1,0x17,0x35,0x89,0xdf,0x89,0xcf,0x00, \
      0x14,0x83,0xd6,0x85,0xba,0xd2,0x8a,0xed,0xaf,0xf4,0xa8,0x86,0x56,0x29,0x2d,0x81,}}
typedef struct lq_abi_aave_v3_variable_debt_token_upgraded_event {
    lq_address_t asset;
    lq_address_t proxy;
    lq_address_t implementation;
} lq_abi_aave_v3_variable_debt_token_upgraded_event_t;
LQ_MUST_USE lq_err_t lq_abi_aave_v3_variable_debt_token_upgraded_event_decode(
    lq_abi_aave_v3_variable_debt_token_upgraded_event_t *out, lq_err_msg_t *msg,
    const lq_hash_t *topics, size_t topic_cnt, const uint8_t *data, size_t data_sz);

/* function isLiquidationAllowed() */
#define LQ_ABI_AAVE_V3_IS_LIQUIDATION_ALLOWED_SELECTOR 0x7a5d20eau
#define LQ_ABI_AAVE_V3_IS_LIQUIDATION_ALLOWED_SZ 4
LQ_MUST_USE lq_err_t lq_abi_aave_v3_is_liquidation_allowed_encode(uint8_t *out, size_t out_max,
                                                                  size_t *out_sz,
                                                                  lq_err_msg_t *msg);
LQ_MUST_USE lq_err_t lq_abi_aave_v3_is_liquidation_allowed_decode(bool *out, lq_err_msg_t *msg,
                                                                  const uint8_t *data,
                                                                  size_t data_sz);

/* event Mint(address,address,uint256,uint256,uint256) */
extern const lq_hash_t lq_abi_aave_v3_mint_event_topic;
#define LQ_ABI_AAVE_V3_MINT_EVENT_TOPIC_INIT \
    {{0x45,0x8f,0x5f,0xa4,0x12,0xd0,0xf6,0x9b,0x08,0xdd,0x84,0x87,0x2b,0x02,0x15,0x67, \
      0x5c,0xc6,0x7b,0xc1,0xd5,0xb6,0xfd,0x93,0x30,0x0a,0x1c,0x38,0x78,0xb8,0x61,0x96,}}
typedef struct lq_abi_aave_v3_mint_event {
    lq_address_t caller;
    lq_address_t on_behalf_of;
    lq_u256_t value;
    lq_u256_t balance_increase;
    lq_u256_t index;
} lq_abi_aave_v3_mint_event_t;
LQ_MUST_USE lq_err_t lq_abi_aave_v3_mint_event_decode(lq_abi_aave_v3_mint_event_t *out,
                                                      lq_err_msg_t *msg, const lq_hash_t *topics,
                                                      size_t topic_cnt, const uint8_t *data,
                                                      size_t data_sz);

/* event Burn(address,address,uint256,uint256,uint256) */
extern const lq_hash_t lq_abi_aave_v3_burn_event_topic;
#define LQ_ABI_AAVE_V3_BURN_EVENT_TOPIC_INIT \
    {{0x4c,0xf2,0x5b,0xc1,0xd9,0x91,0xc1,0x75,0x29,0xc2,0x52,0x13,0xd3,0xcc,0x0c,0xda, \
      0x29,0x5e,0xea,0xad,0x5f,0x13,0xf3,0x61,0x96,0x9b,0x12,0xea,0x48,0x01,0x5f,0x90,}}
typedef struct lq_abi_aave_v3_burn_event {
    lq_address_t from;
    lq_address_t target;
    lq_u256_t value;
    lq_u256_t balance_increase;
    lq_u256_t index;
} lq_abi_aave_v3_burn_event_t;
LQ_MUST_USE lq_err_t lq_abi_aave_v3_burn_event_decode(lq_abi_aave_v3_burn_event_t *out,
                                                      lq_err_msg_t *msg, const lq_hash_t *topics,
                                                      size_t topic_cnt, const uint8_t *data,
                                                      size_t data_sz);

/* function scaledBalanceOf(address) */
#define LQ_ABI_AAVE_V3_SCALED_BALANCE_OF_SELECTOR 0x1da24f3eu
#define LQ_ABI_AAVE_V3_SCALED_BALANCE_OF_SZ 36
LQ_MUST_USE lq_err_t lq_abi_aave_v3_scaled_balance_of_encode(uint8_t *out, size_t out_max,
                                                             size_t *out_sz, lq_err_msg_t *msg,
                                                             const lq_address_t *user);
LQ_MUST_USE lq_err_t lq_abi_aave_v3_scaled_balance_of_decode(lq_u256_t *out, lq_err_msg_t *msg,
                                                             const uint8_t *data, size_t data_sz);

/* function scaledTotalSupply() */
#define LQ_ABI_AAVE_V3_SCALED_TOTAL_SUPPLY_SELECTOR 0xb1bf962du
#define LQ_ABI_AAVE_V3_SCALED_TOTAL_SUPPLY_SZ 4
LQ_MUST_USE lq_err_t lq_abi_aave_v3_scaled_total_supply_encode(uint8_t *out, size_t out_max,
                                                               size_t *out_sz, lq_err_msg_t *msg);
LQ_MUST_USE lq_err_t lq_abi_aave_v3_scaled_total_supply_decode(lq_u256_t *out, lq_err_msg_t *msg,
                                                               const uint8_t *data, size_t data_sz);

/* function totalSupply() */
#define LQ_ABI_AAVE_V3_TOTAL_SUPPLY_SELECTOR 0x18160dddu
#define LQ_ABI_AAVE_V3_TOTAL_SUPPLY_SZ 4
LQ_MUST_USE lq_err_t lq_abi_aave_v3_total_supply_encode(uint8_t *out, size_t out_max,
                                                        size_t *out_sz, lq_err_msg_t *msg);
LQ_MUST_USE lq_err_t lq_abi_aave_v3_total_supply_decode(lq_u256_t *out, lq_err_msg_t *msg,
                                                        const uint8_t *data, size_t data_sz);

/* function principalBalanceOf(address) */
#define LQ_ABI_AAVE_V3_PRINCIPAL_BALANCE_OF_SELECTOR 0xc634dfaau
#define LQ_ABI_AAVE_V3_PRINCIPAL_BALANCE_OF_SZ 36
LQ_MUST_USE lq_err_t lq_abi_aave_v3_principal_balance_of_encode(uint8_t *out, size_t out_max,
                                                                size_t *out_sz, lq_err_msg_t *msg,
                                                                const lq_address_t *user);
LQ_MUST_USE lq_err_t lq_abi_aave_v3_principal_balance_of_decode(lq_u256_t *out, lq_err_msg_t *msg,
                                                                const uint8_t *data,
                                                                size_t data_sz);

/* clang-format on */

#endif
