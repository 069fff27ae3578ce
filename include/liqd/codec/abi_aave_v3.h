/* Written by tools/gen_abi from abi/aave_v3: edit that and run it again.
   What all of these functions have in common stands in liqd/codec/abi.h. */
#ifndef LIQD_CODEC_ABI_AAVE_V3_H
#define LIQD_CODEC_ABI_AAVE_V3_H

#include "liqd/codec/abi.h"

/* clang-format off */

/* event BalanceTransfer(address,address,uint256,uint256) */
extern const lq_hash_t lq_abi_aave_v3_balance_transfer_event_topic;
typedef struct lq_abi_aave_v3_balance_transfer_event {
    lq_address_t from;
    lq_address_t to;
    lq_u256_t value;
    lq_u256_t index;
} lq_abi_aave_v3_balance_transfer_event_t;
LQ_MUST_USE lq_err_t lq_abi_aave_v3_balance_transfer_event_decode(
    lq_abi_aave_v3_balance_transfer_event_t *out, lq_err_msg_t *msg, const lq_hash_t *topics,
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

/* event ReserveDataUpdated(address,uint256,uint256,uint256,uint256,uint256) */
extern const lq_hash_t lq_abi_aave_v3_reserve_data_updated_event_topic;
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
typedef struct lq_abi_aave_v3_user_e_mode_set_event {
    lq_address_t user;
    uint64_t category_id;
} lq_abi_aave_v3_user_e_mode_set_event_t;
LQ_MUST_USE lq_err_t lq_abi_aave_v3_user_e_mode_set_event_decode(
    lq_abi_aave_v3_user_e_mode_set_event_t *out, lq_err_msg_t *msg, const lq_hash_t *topics,
    size_t topic_cnt, const uint8_t *data, size_t data_sz);

/* event ReserveUsedAsCollateralEnabled(address,address) */
extern const lq_hash_t lq_abi_aave_v3_reserve_used_as_collateral_enabled_event_topic;
typedef struct lq_abi_aave_v3_reserve_used_as_collateral_enabled_event {
    lq_address_t reserve;
    lq_address_t user;
} lq_abi_aave_v3_reserve_used_as_collateral_enabled_event_t;
LQ_MUST_USE lq_err_t lq_abi_aave_v3_reserve_used_as_collateral_enabled_event_decode(
    lq_abi_aave_v3_reserve_used_as_collateral_enabled_event_t *out, lq_err_msg_t *msg,
    const lq_hash_t *topics, size_t topic_cnt, const uint8_t *data, size_t data_sz);

/* event ReserveUsedAsCollateralDisabled(address,address) */
extern const lq_hash_t lq_abi_aave_v3_reserve_used_as_collateral_disabled_event_topic;
typedef struct lq_abi_aave_v3_reserve_used_as_collateral_disabled_event {
    lq_address_t reserve;
    lq_address_t user;
} lq_abi_aave_v3_reserve_used_as_collateral_disabled_event_t;
LQ_MUST_USE lq_err_t lq_abi_aave_v3_reserve_used_as_collateral_disabled_event_decode(
    lq_abi_aave_v3_reserve_used_as_collateral_disabled_event_t *out, lq_err_msg_t *msg,
    const lq_hash_t *topics, size_t topic_cnt, const uint8_t *data, size_t data_sz);

/* event Mint(address,address,uint256,uint256,uint256) */
extern const lq_hash_t lq_abi_aave_v3_mint_event_topic;
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

/* clang-format on */

#endif
