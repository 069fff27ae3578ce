/* Written by tools/gen_abi from abi/aave_v3: edit that and run it again.
   Long because a function has lines for each parameter. */
#include "liqd/codec/abi_aave_v3.h"

#include "abi_internal.h"

/* clang-format off */

const lq_hash_t lq_abi_aave_v3_balance_transfer_event_topic = {{
    0x4b, 0xec, 0xcb, 0x90, 0xf9, 0x94, 0xc3, 0x1a, 0xce, 0xd7, 0xa2, 0x3b, 0x56, 0x11, 0x02, 0x07,
    0x28, 0xa2, 0x3d, 0x8e, 0xc5, 0xcd, 0xdd, 0x1a, 0x3e, 0x9d, 0x97, 0xb9, 0x6f, 0xda, 0x86, 0x66,
}};

lq_err_t lq_abi_aave_v3_balance_transfer_event_decode(lq_abi_aave_v3_balance_transfer_event_t *out,
                                                      lq_err_msg_t *msg, const lq_hash_t *topics,
                                                      size_t topic_cnt, const uint8_t *data,
                                                      size_t data_sz)
{
    if (topic_cnt != 3 || data_sz != 64 ||
        !lq_abi_is_topic(topics, &lq_abi_aave_v3_balance_transfer_event_topic))
        return lq_abi_bad_log(msg, "aave_v3.BalanceTransfer",
                              &lq_abi_aave_v3_balance_transfer_event_topic, topics, topic_cnt, 3,
                              data_sz, 64);
    lq_abi_aave_v3_balance_transfer_event_t v;
    if (!lq_abi_get_address(&v.from, topics[1].b))
        return lq_abi_bad_word(msg, "aave_v3.BalanceTransfer.from", "topics", 1, topics[1].b,
                               "an address");
    if (!lq_abi_get_address(&v.to, topics[2].b))
        return lq_abi_bad_word(msg, "aave_v3.BalanceTransfer.to", "topics", 2, topics[2].b,
                               "an address");
    v.value = lq_u256_from_be(data);
    v.index = lq_u256_from_be(data + 32);
    *out = v;
    return LQ_OK;
}

lq_err_t lq_abi_aave_v3_liquidation_call_encode(uint8_t *out, size_t out_max, size_t *out_sz,
                                                lq_err_msg_t *msg,
                                                const lq_address_t *collateral_asset,
                                                const lq_address_t *debt_asset,
                                                const lq_address_t *borrower,
                                                const lq_u256_t *debt_to_cover,
                                                bool receive_a_token)
{
    const size_t sz = 164;
    if (sz > out_max)
        return lq_abi_no_room(msg, "aave_v3.liquidationCall", sz, out_max);
    lq_abi_put_selector(out, 0x00a718a9u);
    uint8_t *base = out + 4;
    lq_abi_put_address(base, collateral_asset);
    lq_abi_put_address(base + 32, debt_asset);
    lq_abi_put_address(base + 64, borrower);
    lq_u256_to_be(base + 96, debt_to_cover);
    lq_abi_put_u64(base + 128, receive_a_token);
    *out_sz = sz;
    return LQ_OK;
}

lq_err_t lq_abi_aave_v3_get_user_account_data_encode(uint8_t *out, size_t out_max, size_t *out_sz,
                                                     lq_err_msg_t *msg, const lq_address_t *user)
{
    const size_t sz = 36;
    if (sz > out_max)
        return lq_abi_no_room(msg, "aave_v3.getUserAccountData", sz, out_max);
    lq_abi_put_selector(out, 0xbf92857cu);
    uint8_t *base = out + 4;
    lq_abi_put_address(base, user);
    *out_sz = sz;
    return LQ_OK;
}

lq_err_t lq_abi_aave_v3_get_user_account_data_decode(
    lq_abi_aave_v3_get_user_account_data_ret_t *out, lq_err_msg_t *msg, const uint8_t *data,
    size_t data_sz)
{
    if (data_sz < 192)
        return lq_abi_bad_sz(msg, "aave_v3.getUserAccountData", data_sz, 192);
    lq_abi_aave_v3_get_user_account_data_ret_t v;
    v.total_collateral_base = lq_u256_from_be(data);
    v.total_debt_base = lq_u256_from_be(data + 32);
    v.available_borrows_base = lq_u256_from_be(data + 64);
    v.current_liquidation_threshold = lq_u256_from_be(data + 96);
    v.ltv = lq_u256_from_be(data + 128);
    v.health_factor = lq_u256_from_be(data + 160);
    *out = v;
    return LQ_OK;
}

const lq_hash_t lq_abi_aave_v3_reserve_data_updated_event_topic = {{
    0x80, 0x4c, 0x9b, 0x84, 0x2b, 0x27, 0x48, 0xa2, 0x2b, 0xb6, 0x4b, 0x34, 0x54, 0x53, 0xa3, 0xde,
    0x7c, 0xa5, 0x4a, 0x6c, 0xa4, 0x5c, 0xe0, 0x0d, 0x41, 0x58, 0x94, 0x97, 0x9e, 0x22, 0x89, 0x7a,
}};

lq_err_t lq_abi_aave_v3_reserve_data_updated_event_decode(
    lq_abi_aave_v3_reserve_data_updated_event_t *out, lq_err_msg_t *msg, const lq_hash_t *topics,
    size_t topic_cnt, const uint8_t *data, size_t data_sz)
{
    if (topic_cnt != 2 || data_sz != 160 ||
        !lq_abi_is_topic(topics, &lq_abi_aave_v3_reserve_data_updated_event_topic))
        return lq_abi_bad_log(msg, "aave_v3.ReserveDataUpdated",
                              &lq_abi_aave_v3_reserve_data_updated_event_topic, topics, topic_cnt,
                              2, data_sz, 160);
    lq_abi_aave_v3_reserve_data_updated_event_t v;
    if (!lq_abi_get_address(&v.reserve, topics[1].b))
        return lq_abi_bad_word(msg, "aave_v3.ReserveDataUpdated.reserve", "topics", 1, topics[1].b,
                               "an address");
    v.liquidity_rate = lq_u256_from_be(data);
    v.stable_borrow_rate = lq_u256_from_be(data + 32);
    v.variable_borrow_rate = lq_u256_from_be(data + 64);
    v.liquidity_index = lq_u256_from_be(data + 96);
    v.variable_borrow_index = lq_u256_from_be(data + 128);
    *out = v;
    return LQ_OK;
}

const lq_hash_t lq_abi_aave_v3_liquidation_call_event_topic = {{
    0xe4, 0x13, 0xa3, 0x21, 0xe8, 0x68, 0x1d, 0x83, 0x1f, 0x4d, 0xbc, 0xcb, 0xca, 0x79, 0x0d, 0x29,
    0x52, 0xb5, 0x6f, 0x97, 0x79, 0x08, 0xe4, 0x5b, 0xe3, 0x73, 0x35, 0x53, 0x3e, 0x00, 0x52, 0x86,
}};

lq_err_t lq_abi_aave_v3_liquidation_call_event_decode(lq_abi_aave_v3_liquidation_call_event_t *out,
                                                      lq_err_msg_t *msg, const lq_hash_t *topics,
                                                      size_t topic_cnt, const uint8_t *data,
                                                      size_t data_sz)
{
    if (topic_cnt != 4 || data_sz != 128 ||
        !lq_abi_is_topic(topics, &lq_abi_aave_v3_liquidation_call_event_topic))
        return lq_abi_bad_log(msg, "aave_v3.LiquidationCall",
                              &lq_abi_aave_v3_liquidation_call_event_topic, topics, topic_cnt, 4,
                              data_sz, 128);
    lq_abi_aave_v3_liquidation_call_event_t v;
    if (!lq_abi_get_address(&v.collateral_asset, topics[1].b))
        return lq_abi_bad_word(msg, "aave_v3.LiquidationCall.collateralAsset", "topics", 1,
                               topics[1].b, "an address");
    if (!lq_abi_get_address(&v.debt_asset, topics[2].b))
        return lq_abi_bad_word(msg, "aave_v3.LiquidationCall.debtAsset", "topics", 2, topics[2].b,
                               "an address");
    if (!lq_abi_get_address(&v.user, topics[3].b))
        return lq_abi_bad_word(msg, "aave_v3.LiquidationCall.user", "topics", 3, topics[3].b,
                               "an address");
    v.debt_to_cover = lq_u256_from_be(data);
    v.liquidated_collateral_amount = lq_u256_from_be(data + 32);
    if (!lq_abi_get_address(&v.liquidator, data + 64))
        return lq_abi_bad_word(msg, "aave_v3.LiquidationCall.liquidator", "data", 64, data + 64,
                               "an address");
    if (!lq_abi_get_bool(&v.receive_a_token, data + 96))
        return lq_abi_bad_word(msg, "aave_v3.LiquidationCall.receiveAToken", "data", 96, data + 96,
                               "a bool");
    *out = v;
    return LQ_OK;
}

const lq_hash_t lq_abi_aave_v3_supply_event_topic = {{
    0x2b, 0x62, 0x77, 0x36, 0xbc, 0xa1, 0x5c, 0xd5, 0x38, 0x1d, 0xcf, 0x80, 0xb0, 0xbf, 0x11, 0xfd,
    0x19, 0x7d, 0x01, 0xa0, 0x37, 0xc5, 0x2b, 0x92, 0x7a, 0x88, 0x1a, 0x10, 0xfb, 0x73, 0xba, 0x61,
}};

lq_err_t lq_abi_aave_v3_supply_event_decode(lq_abi_aave_v3_supply_event_t *out, lq_err_msg_t *msg,
                                            const lq_hash_t *topics, size_t topic_cnt,
                                            const uint8_t *data, size_t data_sz)
{
    if (topic_cnt != 4 || data_sz != 64 ||
        !lq_abi_is_topic(topics, &lq_abi_aave_v3_supply_event_topic))
        return lq_abi_bad_log(msg, "aave_v3.Supply", &lq_abi_aave_v3_supply_event_topic, topics,
                              topic_cnt, 4, data_sz, 64);
    lq_abi_aave_v3_supply_event_t v;
    if (!lq_abi_get_address(&v.reserve, topics[1].b))
        return lq_abi_bad_word(msg, "aave_v3.Supply.reserve", "topics", 1, topics[1].b,
                               "an address");
    if (!lq_abi_get_address(&v.on_behalf_of, topics[2].b))
        return lq_abi_bad_word(msg, "aave_v3.Supply.onBehalfOf", "topics", 2, topics[2].b,
                               "an address");
    if (!lq_abi_get_u64(&v.referral_code, topics[3].b, 16))
        return lq_abi_bad_word(msg, "aave_v3.Supply.referralCode", "topics", 3, topics[3].b,
                               "a uint16");
    if (!lq_abi_get_address(&v.user, data))
        return lq_abi_bad_word(msg, "aave_v3.Supply.user", "data", 0, data, "an address");
    v.amount = lq_u256_from_be(data + 32);
    *out = v;
    return LQ_OK;
}

const lq_hash_t lq_abi_aave_v3_withdraw_event_topic = {{
    0x31, 0x15, 0xd1, 0x44, 0x9a, 0x7b, 0x73, 0x2c, 0x98, 0x6c, 0xba, 0x18, 0x24, 0x4e, 0x89, 0x7a,
    0x45, 0x0f, 0x61, 0xe1, 0xbb, 0x8d, 0x58, 0x9c, 0xd2, 0xe6, 0x9e, 0x6c, 0x89, 0x24, 0xf9, 0xf7,
}};

lq_err_t lq_abi_aave_v3_withdraw_event_decode(lq_abi_aave_v3_withdraw_event_t *out,
                                              lq_err_msg_t *msg, const lq_hash_t *topics,
                                              size_t topic_cnt, const uint8_t *data, size_t data_sz)
{
    if (topic_cnt != 4 || data_sz != 32 ||
        !lq_abi_is_topic(topics, &lq_abi_aave_v3_withdraw_event_topic))
        return lq_abi_bad_log(msg, "aave_v3.Withdraw", &lq_abi_aave_v3_withdraw_event_topic, topics,
                              topic_cnt, 4, data_sz, 32);
    lq_abi_aave_v3_withdraw_event_t v;
    if (!lq_abi_get_address(&v.reserve, topics[1].b))
        return lq_abi_bad_word(msg, "aave_v3.Withdraw.reserve", "topics", 1, topics[1].b,
                               "an address");
    if (!lq_abi_get_address(&v.user, topics[2].b))
        return lq_abi_bad_word(msg, "aave_v3.Withdraw.user", "topics", 2, topics[2].b,
                               "an address");
    if (!lq_abi_get_address(&v.to, topics[3].b))
        return lq_abi_bad_word(msg, "aave_v3.Withdraw.to", "topics", 3, topics[3].b, "an address");
    v.amount = lq_u256_from_be(data);
    *out = v;
    return LQ_OK;
}

const lq_hash_t lq_abi_aave_v3_borrow_event_topic = {{
    0xb3, 0xd0, 0x84, 0x82, 0x0f, 0xb1, 0xa9, 0xde, 0xcf, 0xfb, 0x17, 0x64, 0x36, 0xbd, 0x02, 0x55,
    0x8d, 0x15, 0xfa, 0xc9, 0xb0, 0xdd, 0xfe, 0xd8, 0xc4, 0x65, 0xbc, 0x73, 0x59, 0xd7, 0xdc, 0xe0,
}};

lq_err_t lq_abi_aave_v3_borrow_event_decode(lq_abi_aave_v3_borrow_event_t *out, lq_err_msg_t *msg,
                                            const lq_hash_t *topics, size_t topic_cnt,
                                            const uint8_t *data, size_t data_sz)
{
    if (topic_cnt != 4 || data_sz != 128 ||
        !lq_abi_is_topic(topics, &lq_abi_aave_v3_borrow_event_topic))
        return lq_abi_bad_log(msg, "aave_v3.Borrow", &lq_abi_aave_v3_borrow_event_topic, topics,
                              topic_cnt, 4, data_sz, 128);
    lq_abi_aave_v3_borrow_event_t v;
    if (!lq_abi_get_address(&v.reserve, topics[1].b))
        return lq_abi_bad_word(msg, "aave_v3.Borrow.reserve", "topics", 1, topics[1].b,
                               "an address");
    if (!lq_abi_get_address(&v.on_behalf_of, topics[2].b))
        return lq_abi_bad_word(msg, "aave_v3.Borrow.onBehalfOf", "topics", 2, topics[2].b,
                               "an address");
    if (!lq_abi_get_u64(&v.referral_code, topics[3].b, 16))
        return lq_abi_bad_word(msg, "aave_v3.Borrow.referralCode", "topics", 3, topics[3].b,
                               "a uint16");
    if (!lq_abi_get_address(&v.user, data))
        return lq_abi_bad_word(msg, "aave_v3.Borrow.user", "data", 0, data, "an address");
    v.amount = lq_u256_from_be(data + 32);
    if (!lq_abi_get_u64(&v.interest_rate_mode, data + 64, 8))
        return lq_abi_bad_word(msg, "aave_v3.Borrow.interestRateMode", "data", 64, data + 64,
                               "a uint8");
    v.borrow_rate = lq_u256_from_be(data + 96);
    *out = v;
    return LQ_OK;
}

const lq_hash_t lq_abi_aave_v3_repay_event_topic = {{
    0xa5, 0x34, 0xc8, 0xdb, 0xe7, 0x1f, 0x87, 0x1f, 0x9f, 0x35, 0x30, 0xe9, 0x7a, 0x74, 0x60, 0x1f,
    0xea, 0x17, 0xb4, 0x26, 0xca, 0xe0, 0x2e, 0x1c, 0x5a, 0xee, 0x42, 0xc9, 0x6c, 0x78, 0x40, 0x51,
}};

lq_err_t lq_abi_aave_v3_repay_event_decode(lq_abi_aave_v3_repay_event_t *out, lq_err_msg_t *msg,
                                           const lq_hash_t *topics, size_t topic_cnt,
                                           const uint8_t *data, size_t data_sz)
{
    if (topic_cnt != 4 || data_sz != 64 ||
        !lq_abi_is_topic(topics, &lq_abi_aave_v3_repay_event_topic))
        return lq_abi_bad_log(msg, "aave_v3.Repay", &lq_abi_aave_v3_repay_event_topic, topics,
                              topic_cnt, 4, data_sz, 64);
    lq_abi_aave_v3_repay_event_t v;
    if (!lq_abi_get_address(&v.reserve, topics[1].b))
        return lq_abi_bad_word(msg, "aave_v3.Repay.reserve", "topics", 1, topics[1].b,
                               "an address");
    if (!lq_abi_get_address(&v.user, topics[2].b))
        return lq_abi_bad_word(msg, "aave_v3.Repay.user", "topics", 2, topics[2].b, "an address");
    if (!lq_abi_get_address(&v.repayer, topics[3].b))
        return lq_abi_bad_word(msg, "aave_v3.Repay.repayer", "topics", 3, topics[3].b,
                               "an address");
    v.amount = lq_u256_from_be(data);
    if (!lq_abi_get_bool(&v.use_a_tokens, data + 32))
        return lq_abi_bad_word(msg, "aave_v3.Repay.useATokens", "data", 32, data + 32, "a bool");
    *out = v;
    return LQ_OK;
}

const lq_hash_t lq_abi_aave_v3_user_e_mode_set_event_topic = {{
    0xd7, 0x28, 0xda, 0x87, 0x5f, 0xc8, 0x89, 0x44, 0xcb, 0xf1, 0x76, 0x38, 0xbc, 0xbe, 0x4a, 0xf0,
    0xee, 0xda, 0xef, 0x63, 0xbe, 0xcd, 0x1d, 0x1c, 0x57, 0xcc, 0x09, 0x7e, 0xb4, 0x60, 0x8d, 0x84,
}};

lq_err_t lq_abi_aave_v3_user_e_mode_set_event_decode(lq_abi_aave_v3_user_e_mode_set_event_t *out,
                                                     lq_err_msg_t *msg, const lq_hash_t *topics,
                                                     size_t topic_cnt, const uint8_t *data,
                                                     size_t data_sz)
{
    if (topic_cnt != 2 || data_sz != 32 ||
        !lq_abi_is_topic(topics, &lq_abi_aave_v3_user_e_mode_set_event_topic))
        return lq_abi_bad_log(msg, "aave_v3.UserEModeSet",
                              &lq_abi_aave_v3_user_e_mode_set_event_topic, topics, topic_cnt, 2,
                              data_sz, 32);
    lq_abi_aave_v3_user_e_mode_set_event_t v;
    if (!lq_abi_get_address(&v.user, topics[1].b))
        return lq_abi_bad_word(msg, "aave_v3.UserEModeSet.user", "topics", 1, topics[1].b,
                               "an address");
    if (!lq_abi_get_u64(&v.category_id, data, 8))
        return lq_abi_bad_word(msg, "aave_v3.UserEModeSet.categoryId", "data", 0, data, "a uint8");
    *out = v;
    return LQ_OK;
}

const lq_hash_t lq_abi_aave_v3_reserve_used_as_collateral_enabled_event_topic = {{
    0x00, 0x05, 0x8a, 0x56, 0xea, 0x94, 0x65, 0x3c, 0xdf, 0x4f, 0x15, 0x2d, 0x22, 0x7a, 0xce, 0x22,
    0xd4, 0xc0, 0x0a, 0xd9, 0x9e, 0x2a, 0x43, 0xf5, 0x8c, 0xb7, 0xd9, 0xe3, 0xfe, 0xb2, 0x95, 0xf2,
}};

lq_err_t lq_abi_aave_v3_reserve_used_as_collateral_enabled_event_decode(
    lq_abi_aave_v3_reserve_used_as_collateral_enabled_event_t *out, lq_err_msg_t *msg,
    const lq_hash_t *topics, size_t topic_cnt, const uint8_t *data, size_t data_sz)
{
    if (topic_cnt != 3 || data_sz != 0 ||
        !lq_abi_is_topic(topics, &lq_abi_aave_v3_reserve_used_as_collateral_enabled_event_topic))
        return lq_abi_bad_log(msg, "aave_v3.ReserveUsedAsCollateralEnabled",
                              &lq_abi_aave_v3_reserve_used_as_collateral_enabled_event_topic,
                              topics, topic_cnt, 3, data_sz, 0);
    lq_abi_aave_v3_reserve_used_as_collateral_enabled_event_t v;
    (void)data;
    if (!lq_abi_get_address(&v.reserve, topics[1].b))
        return lq_abi_bad_word(msg, "aave_v3.ReserveUsedAsCollateralEnabled.reserve", "topics", 1,
                               topics[1].b, "an address");
    if (!lq_abi_get_address(&v.user, topics[2].b))
        return lq_abi_bad_word(msg, "aave_v3.ReserveUsedAsCollateralEnabled.user", "topics", 2,
                               topics[2].b, "an address");
    *out = v;
    return LQ_OK;
}

const lq_hash_t lq_abi_aave_v3_reserve_used_as_collateral_disabled_event_topic = {{
    0x44, 0xc5, 0x8d, 0x81, 0x36, 0x5b, 0x66, 0xdd, 0x4b, 0x1a, 0x7f, 0x36, 0xc2, 0x5a, 0xa9, 0x7b,
    0x8c, 0x71, 0xc3, 0x61, 0xee, 0x49, 0x37, 0xad, 0xc1, 0xa0, 0x00, 0x00, 0x22, 0x7d, 0xb5, 0xdd,
}};

lq_err_t lq_abi_aave_v3_reserve_used_as_collateral_disabled_event_decode(
    lq_abi_aave_v3_reserve_used_as_collateral_disabled_event_t *out, lq_err_msg_t *msg,
    const lq_hash_t *topics, size_t topic_cnt, const uint8_t *data, size_t data_sz)
{
    if (topic_cnt != 3 || data_sz != 0 ||
        !lq_abi_is_topic(topics, &lq_abi_aave_v3_reserve_used_as_collateral_disabled_event_topic))
        return lq_abi_bad_log(msg, "aave_v3.ReserveUsedAsCollateralDisabled",
                              &lq_abi_aave_v3_reserve_used_as_collateral_disabled_event_topic,
                              topics, topic_cnt, 3, data_sz, 0);
    lq_abi_aave_v3_reserve_used_as_collateral_disabled_event_t v;
    (void)data;
    if (!lq_abi_get_address(&v.reserve, topics[1].b))
        return lq_abi_bad_word(msg, "aave_v3.ReserveUsedAsCollateralDisabled.reserve", "topics", 1,
                               topics[1].b, "an address");
    if (!lq_abi_get_address(&v.user, topics[2].b))
        return lq_abi_bad_word(msg, "aave_v3.ReserveUsedAsCollateralDisabled.user", "topics", 2,
                               topics[2].b, "an address");
    *out = v;
    return LQ_OK;
}

const lq_hash_t lq_abi_aave_v3_mint_event_topic = {{
    0x45, 0x8f, 0x5f, 0xa4, 0x12, 0xd0, 0xf6, 0x9b, 0x08, 0xdd, 0x84, 0x87, 0x2b, 0x02, 0x15, 0x67,
    0x5c, 0xc6, 0x7b, 0xc1, 0xd5, 0xb6, 0xfd, 0x93, 0x30, 0x0a, 0x1c, 0x38, 0x78, 0xb8, 0x61, 0x96,
}};

lq_err_t lq_abi_aave_v3_mint_event_decode(lq_abi_aave_v3_mint_event_t *out, lq_err_msg_t *msg,
                                          const lq_hash_t *topics, size_t topic_cnt,
                                          const uint8_t *data, size_t data_sz)
{
    if (topic_cnt != 3 || data_sz != 96 ||
        !lq_abi_is_topic(topics, &lq_abi_aave_v3_mint_event_topic))
        return lq_abi_bad_log(msg, "aave_v3.Mint", &lq_abi_aave_v3_mint_event_topic, topics,
                              topic_cnt, 3, data_sz, 96);
    lq_abi_aave_v3_mint_event_t v;
    if (!lq_abi_get_address(&v.caller, topics[1].b))
        return lq_abi_bad_word(msg, "aave_v3.Mint.caller", "topics", 1, topics[1].b, "an address");
    if (!lq_abi_get_address(&v.on_behalf_of, topics[2].b))
        return lq_abi_bad_word(msg, "aave_v3.Mint.onBehalfOf", "topics", 2, topics[2].b,
                               "an address");
    v.value = lq_u256_from_be(data);
    v.balance_increase = lq_u256_from_be(data + 32);
    v.index = lq_u256_from_be(data + 64);
    *out = v;
    return LQ_OK;
}

const lq_hash_t lq_abi_aave_v3_burn_event_topic = {{
    0x4c, 0xf2, 0x5b, 0xc1, 0xd9, 0x91, 0xc1, 0x75, 0x29, 0xc2, 0x52, 0x13, 0xd3, 0xcc, 0x0c, 0xda,
    0x29, 0x5e, 0xea, 0xad, 0x5f, 0x13, 0xf3, 0x61, 0x96, 0x9b, 0x12, 0xea, 0x48, 0x01, 0x5f, 0x90,
}};

lq_err_t lq_abi_aave_v3_burn_event_decode(lq_abi_aave_v3_burn_event_t *out, lq_err_msg_t *msg,
                                          const lq_hash_t *topics, size_t topic_cnt,
                                          const uint8_t *data, size_t data_sz)
{
    if (topic_cnt != 3 || data_sz != 96 ||
        !lq_abi_is_topic(topics, &lq_abi_aave_v3_burn_event_topic))
        return lq_abi_bad_log(msg, "aave_v3.Burn", &lq_abi_aave_v3_burn_event_topic, topics,
                              topic_cnt, 3, data_sz, 96);
    lq_abi_aave_v3_burn_event_t v;
    if (!lq_abi_get_address(&v.from, topics[1].b))
        return lq_abi_bad_word(msg, "aave_v3.Burn.from", "topics", 1, topics[1].b, "an address");
    if (!lq_abi_get_address(&v.target, topics[2].b))
        return lq_abi_bad_word(msg, "aave_v3.Burn.target", "topics", 2, topics[2].b, "an address");
    v.value = lq_u256_from_be(data);
    v.balance_increase = lq_u256_from_be(data + 32);
    v.index = lq_u256_from_be(data + 64);
    *out = v;
    return LQ_OK;
}

/* clang-format on */
