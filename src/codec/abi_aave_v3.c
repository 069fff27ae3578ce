/* Written by tools/gen_abi from abi/aave_v3: edit that and run it again.
   Long because a function has lines for each parameter. */
#include "liqd/codec/abi_aave_v3.h"

#include "abi_internal.h"

/* clang-format off */

const lq_hash_t lq_abi_aave_v3_balance_transfer_event_topic = LQ_ABI_AAVE_V3_BALANCE_TRANSFER_EVENT_TOPIC_INIT;

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

lq_err_t lq_abi_aave_v3_get_source_of_asset_encode(uint8_t *out, size_t out_max, size_t *out_sz,
                                                   lq_err_msg_t *msg, const lq_address_t *asset)
{
    const size_t sz = 36;
    if (sz > out_max)
        return lq_abi_no_room(msg, "aave_v3.getSourceOfAsset", sz, out_max);
    lq_abi_put_selector(out, 0x92bf2be0u);
    uint8_t *base = out + 4;
    lq_abi_put_address(base, asset);
    *out_sz = sz;
    return LQ_OK;
}

lq_err_t lq_abi_aave_v3_get_source_of_asset_decode(lq_address_t *out, lq_err_msg_t *msg,
                                                   const uint8_t *data, size_t data_sz)
{
    if (data_sz < 32)
        return lq_abi_bad_sz(msg, "aave_v3.getSourceOfAsset", data_sz, 32);
    lq_address_t v;
    if (!lq_abi_get_address(&v, data))
        return lq_abi_bad_word(msg, "aave_v3.getSourceOfAsset.value", "data", 0, data,
                               "an address");
    *out = v;
    return LQ_OK;
}

lq_err_t lq_abi_aave_v3_base_currency_encode(uint8_t *out, size_t out_max, size_t *out_sz,
                                             lq_err_msg_t *msg)
{
    const size_t sz = 4;
    if (sz > out_max)
        return lq_abi_no_room(msg, "aave_v3.BASE_CURRENCY", sz, out_max);
    lq_abi_put_selector(out, 0xe19f4700u);
    *out_sz = sz;
    return LQ_OK;
}

lq_err_t lq_abi_aave_v3_base_currency_decode(lq_address_t *out, lq_err_msg_t *msg,
                                             const uint8_t *data, size_t data_sz)
{
    if (data_sz < 32)
        return lq_abi_bad_sz(msg, "aave_v3.BASE_CURRENCY", data_sz, 32);
    lq_address_t v;
    if (!lq_abi_get_address(&v, data))
        return lq_abi_bad_word(msg, "aave_v3.BASE_CURRENCY.value", "data", 0, data, "an address");
    *out = v;
    return LQ_OK;
}

lq_err_t lq_abi_aave_v3_base_currency_unit_encode(uint8_t *out, size_t out_max, size_t *out_sz,
                                                  lq_err_msg_t *msg)
{
    const size_t sz = 4;
    if (sz > out_max)
        return lq_abi_no_room(msg, "aave_v3.BASE_CURRENCY_UNIT", sz, out_max);
    lq_abi_put_selector(out, 0x8c89b64fu);
    *out_sz = sz;
    return LQ_OK;
}

lq_err_t lq_abi_aave_v3_base_currency_unit_decode(lq_u256_t *out, lq_err_msg_t *msg,
                                                  const uint8_t *data, size_t data_sz)
{
    if (data_sz < 32)
        return lq_abi_bad_sz(msg, "aave_v3.BASE_CURRENCY_UNIT", data_sz, 32);
    lq_u256_t v;
    v = lq_u256_from_be(data);
    *out = v;
    return LQ_OK;
}

const lq_hash_t lq_abi_aave_v3_asset_source_updated_event_topic = LQ_ABI_AAVE_V3_ASSET_SOURCE_UPDATED_EVENT_TOPIC_INIT;

lq_err_t lq_abi_aave_v3_asset_source_updated_event_decode(
    lq_abi_aave_v3_asset_source_updated_event_t *out, lq_err_msg_t *msg, const lq_hash_t *topics,
    size_t topic_cnt, const uint8_t *data, size_t data_sz)
{
    if (topic_cnt != 3 || data_sz != 0 ||
        !lq_abi_is_topic(topics, &lq_abi_aave_v3_asset_source_updated_event_topic))
        return lq_abi_bad_log(msg, "aave_v3.AssetSourceUpdated",
                              &lq_abi_aave_v3_asset_source_updated_event_topic, topics, topic_cnt,
                              3, data_sz, 0);
    lq_abi_aave_v3_asset_source_updated_event_t v;
    (void)data;
    if (!lq_abi_get_address(&v.asset, topics[1].b))
        return lq_abi_bad_word(msg, "aave_v3.AssetSourceUpdated.asset", "topics", 1, topics[1].b,
                               "an address");
    if (!lq_abi_get_address(&v.source, topics[2].b))
        return lq_abi_bad_word(msg, "aave_v3.AssetSourceUpdated.source", "topics", 2, topics[2].b,
                               "an address");
    *out = v;
    return LQ_OK;
}

const lq_hash_t lq_abi_aave_v3_base_currency_set_event_topic = LQ_ABI_AAVE_V3_BASE_CURRENCY_SET_EVENT_TOPIC_INIT;

lq_err_t lq_abi_aave_v3_base_currency_set_event_decode(
    lq_abi_aave_v3_base_currency_set_event_t *out, lq_err_msg_t *msg, const lq_hash_t *topics,
    size_t topic_cnt, const uint8_t *data, size_t data_sz)
{
    if (topic_cnt != 2 || data_sz != 32 ||
        !lq_abi_is_topic(topics, &lq_abi_aave_v3_base_currency_set_event_topic))
        return lq_abi_bad_log(msg, "aave_v3.BaseCurrencySet",
                              &lq_abi_aave_v3_base_currency_set_event_topic, topics, topic_cnt, 2,
                              data_sz, 32);
    lq_abi_aave_v3_base_currency_set_event_t v;
    if (!lq_abi_get_address(&v.base_currency, topics[1].b))
        return lq_abi_bad_word(msg, "aave_v3.BaseCurrencySet.baseCurrency", "topics", 1,
                               topics[1].b, "an address");
    v.base_currency_unit = lq_u256_from_be(data);
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

lq_err_t lq_abi_aave_v3_flashloan_premium_total_encode(uint8_t *out, size_t out_max, size_t *out_sz,
                                                       lq_err_msg_t *msg)
{
    const size_t sz = 4;
    if (sz > out_max)
        return lq_abi_no_room(msg, "aave_v3.FLASHLOAN_PREMIUM_TOTAL", sz, out_max);
    lq_abi_put_selector(out, 0x074b2e43u);
    *out_sz = sz;
    return LQ_OK;
}

lq_err_t lq_abi_aave_v3_flashloan_premium_total_decode(lq_u256_t *out, lq_err_msg_t *msg,
                                                       const uint8_t *data, size_t data_sz)
{
    if (data_sz < 32)
        return lq_abi_bad_sz(msg, "aave_v3.FLASHLOAN_PREMIUM_TOTAL", data_sz, 32);
    lq_u256_t v;
    if (!lq_abi_get_uint(&v, data, 128))
        return lq_abi_bad_word(msg, "aave_v3.FLASHLOAN_PREMIUM_TOTAL.value", "data", 0, data,
                               "a uint128");
    *out = v;
    return LQ_OK;
}

const lq_hash_t lq_abi_aave_v3_reserve_data_updated_event_topic = LQ_ABI_AAVE_V3_RESERVE_DATA_UPDATED_EVENT_TOPIC_INIT;

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

const lq_hash_t lq_abi_aave_v3_liquidation_call_event_topic = LQ_ABI_AAVE_V3_LIQUIDATION_CALL_EVENT_TOPIC_INIT;

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

const lq_hash_t lq_abi_aave_v3_supply_event_topic = LQ_ABI_AAVE_V3_SUPPLY_EVENT_TOPIC_INIT;

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

const lq_hash_t lq_abi_aave_v3_withdraw_event_topic = LQ_ABI_AAVE_V3_WITHDRAW_EVENT_TOPIC_INIT;

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

const lq_hash_t lq_abi_aave_v3_borrow_event_topic = LQ_ABI_AAVE_V3_BORROW_EVENT_TOPIC_INIT;

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

const lq_hash_t lq_abi_aave_v3_repay_event_topic = LQ_ABI_AAVE_V3_REPAY_EVENT_TOPIC_INIT;

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

const lq_hash_t lq_abi_aave_v3_user_e_mode_set_event_topic = LQ_ABI_AAVE_V3_USER_E_MODE_SET_EVENT_TOPIC_INIT;

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

const lq_hash_t lq_abi_aave_v3_reserve_used_as_collateral_enabled_event_topic = LQ_ABI_AAVE_V3_RESERVE_USED_AS_COLLATERAL_ENABLED_EVENT_TOPIC_INIT;

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

const lq_hash_t lq_abi_aave_v3_reserve_used_as_collateral_disabled_event_topic = LQ_ABI_AAVE_V3_RESERVE_USED_AS_COLLATERAL_DISABLED_EVENT_TOPIC_INIT;

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

lq_err_t lq_abi_aave_v3_addresses_provider_encode(uint8_t *out, size_t out_max, size_t *out_sz,
                                                  lq_err_msg_t *msg)
{
    const size_t sz = 4;
    if (sz > out_max)
        return lq_abi_no_room(msg, "aave_v3.ADDRESSES_PROVIDER", sz, out_max);
    lq_abi_put_selector(out, 0x0542975cu);
    *out_sz = sz;
    return LQ_OK;
}

lq_err_t lq_abi_aave_v3_addresses_provider_decode(lq_address_t *out, lq_err_msg_t *msg,
                                                  const uint8_t *data, size_t data_sz)
{
    if (data_sz < 32)
        return lq_abi_bad_sz(msg, "aave_v3.ADDRESSES_PROVIDER", data_sz, 32);
    lq_address_t v;
    if (!lq_abi_get_address(&v, data))
        return lq_abi_bad_word(msg, "aave_v3.ADDRESSES_PROVIDER.value", "data", 0, data,
                               "an address");
    *out = v;
    return LQ_OK;
}

lq_err_t lq_abi_aave_v3_get_reserves_list_encode(uint8_t *out, size_t out_max, size_t *out_sz,
                                                 lq_err_msg_t *msg)
{
    const size_t sz = 4;
    if (sz > out_max)
        return lq_abi_no_room(msg, "aave_v3.getReservesList", sz, out_max);
    lq_abi_put_selector(out, 0xd1946dbcu);
    *out_sz = sz;
    return LQ_OK;
}

lq_err_t lq_abi_aave_v3_get_reserve_data_encode(uint8_t *out, size_t out_max, size_t *out_sz,
                                                lq_err_msg_t *msg, const lq_address_t *asset)
{
    const size_t sz = 36;
    if (sz > out_max)
        return lq_abi_no_room(msg, "aave_v3.getReserveData", sz, out_max);
    lq_abi_put_selector(out, 0x35ea6a75u);
    uint8_t *base = out + 4;
    lq_abi_put_address(base, asset);
    *out_sz = sz;
    return LQ_OK;
}

lq_err_t lq_abi_aave_v3_get_reserve_data_decode(lq_abi_aave_v3_reserve_data_legacy_t *out,
                                                lq_err_msg_t *msg, const uint8_t *data,
                                                size_t data_sz)
{
    if (data_sz < 480)
        return lq_abi_bad_sz(msg, "aave_v3.getReserveData", data_sz, 480);
    lq_abi_aave_v3_reserve_data_legacy_t v;
    v.configuration = lq_u256_from_be(data);
    if (!lq_abi_get_uint(&v.liquidity_index, data + 32, 128))
        return lq_abi_bad_word(msg, "aave_v3.getReserveData.value.liquidityIndex", "data", 32,
                               data + 32, "a uint128");
    if (!lq_abi_get_uint(&v.current_liquidity_rate, data + 64, 128))
        return lq_abi_bad_word(msg, "aave_v3.getReserveData.value.currentLiquidityRate", "data", 64,
                               data + 64, "a uint128");
    if (!lq_abi_get_uint(&v.variable_borrow_index, data + 96, 128))
        return lq_abi_bad_word(msg, "aave_v3.getReserveData.value.variableBorrowIndex", "data", 96,
                               data + 96, "a uint128");
    if (!lq_abi_get_uint(&v.current_variable_borrow_rate, data + 128, 128))
        return lq_abi_bad_word(msg, "aave_v3.getReserveData.value.currentVariableBorrowRate",
                               "data", 128, data + 128, "a uint128");
    if (!lq_abi_get_uint(&v.current_stable_borrow_rate, data + 160, 128))
        return lq_abi_bad_word(msg, "aave_v3.getReserveData.value.currentStableBorrowRate", "data",
                               160, data + 160, "a uint128");
    if (!lq_abi_get_u64(&v.last_update_timestamp, data + 192, 40))
        return lq_abi_bad_word(msg, "aave_v3.getReserveData.value.lastUpdateTimestamp", "data", 192,
                               data + 192, "a uint40");
    if (!lq_abi_get_u64(&v.id, data + 224, 16))
        return lq_abi_bad_word(msg, "aave_v3.getReserveData.value.id", "data", 224, data + 224,
                               "a uint16");
    if (!lq_abi_get_address(&v.a_token_address, data + 256))
        return lq_abi_bad_word(msg, "aave_v3.getReserveData.value.aTokenAddress", "data", 256,
                               data + 256, "an address");
    if (!lq_abi_get_address(&v.stable_debt_token_address, data + 288))
        return lq_abi_bad_word(msg, "aave_v3.getReserveData.value.stableDebtTokenAddress", "data",
                               288, data + 288, "an address");
    if (!lq_abi_get_address(&v.variable_debt_token_address, data + 320))
        return lq_abi_bad_word(msg, "aave_v3.getReserveData.value.variableDebtTokenAddress", "data",
                               320, data + 320, "an address");
    if (!lq_abi_get_address(&v.interest_rate_strategy_address, data + 352))
        return lq_abi_bad_word(msg, "aave_v3.getReserveData.value.interestRateStrategyAddress",
                               "data", 352, data + 352, "an address");
    if (!lq_abi_get_uint(&v.accrued_to_treasury, data + 384, 128))
        return lq_abi_bad_word(msg, "aave_v3.getReserveData.value.accruedToTreasury", "data", 384,
                               data + 384, "a uint128");
    if (!lq_abi_get_uint(&v.unbacked, data + 416, 128))
        return lq_abi_bad_word(msg, "aave_v3.getReserveData.value.unbacked", "data", 416,
                               data + 416, "a uint128");
    if (!lq_abi_get_uint(&v.isolation_mode_total_debt, data + 448, 128))
        return lq_abi_bad_word(msg, "aave_v3.getReserveData.value.isolationModeTotalDebt", "data",
                               448, data + 448, "a uint128");
    *out = v;
    return LQ_OK;
}

lq_err_t lq_abi_aave_v3_get_virtual_underlying_balance_encode(uint8_t *out, size_t out_max,
                                                              size_t *out_sz, lq_err_msg_t *msg,
                                                              const lq_address_t *asset)
{
    const size_t sz = 36;
    if (sz > out_max)
        return lq_abi_no_room(msg, "aave_v3.getVirtualUnderlyingBalance", sz, out_max);
    lq_abi_put_selector(out, 0x6fb07f96u);
    uint8_t *base = out + 4;
    lq_abi_put_address(base, asset);
    *out_sz = sz;
    return LQ_OK;
}

lq_err_t lq_abi_aave_v3_get_virtual_underlying_balance_decode(lq_u256_t *out, lq_err_msg_t *msg,
                                                              const uint8_t *data, size_t data_sz)
{
    if (data_sz < 32)
        return lq_abi_bad_sz(msg, "aave_v3.getVirtualUnderlyingBalance", data_sz, 32);
    lq_u256_t v;
    if (!lq_abi_get_uint(&v, data, 128))
        return lq_abi_bad_word(msg, "aave_v3.getVirtualUnderlyingBalance.value", "data", 0, data,
                               "a uint128");
    *out = v;
    return LQ_OK;
}

lq_err_t lq_abi_aave_v3_get_reserve_data_extended_encode(uint8_t *out, size_t out_max,
                                                         size_t *out_sz, lq_err_msg_t *msg,
                                                         const lq_address_t *asset)
{
    const size_t sz = 36;
    if (sz > out_max)
        return lq_abi_no_room(msg, "aave_v3.getReserveDataExtended", sz, out_max);
    lq_abi_put_selector(out, 0x8381995fu);
    uint8_t *base = out + 4;
    lq_abi_put_address(base, asset);
    *out_sz = sz;
    return LQ_OK;
}

lq_err_t lq_abi_aave_v3_get_reserve_data_extended_decode(lq_abi_aave_v3_reserve_data_t *out,
                                                         lq_err_msg_t *msg, const uint8_t *data,
                                                         size_t data_sz)
{
    if (data_sz < 544)
        return lq_abi_bad_sz(msg, "aave_v3.getReserveDataExtended", data_sz, 544);
    lq_abi_aave_v3_reserve_data_t v;
    v.configuration = lq_u256_from_be(data);
    if (!lq_abi_get_uint(&v.liquidity_index, data + 32, 128))
        return lq_abi_bad_word(msg, "aave_v3.getReserveDataExtended.value.liquidityIndex", "data",
                               32, data + 32, "a uint128");
    if (!lq_abi_get_uint(&v.current_liquidity_rate, data + 64, 128))
        return lq_abi_bad_word(msg, "aave_v3.getReserveDataExtended.value.currentLiquidityRate",
                               "data", 64, data + 64, "a uint128");
    if (!lq_abi_get_uint(&v.variable_borrow_index, data + 96, 128))
        return lq_abi_bad_word(msg, "aave_v3.getReserveDataExtended.value.variableBorrowIndex",
                               "data", 96, data + 96, "a uint128");
    if (!lq_abi_get_uint(&v.current_variable_borrow_rate, data + 128, 128))
        return lq_abi_bad_word(msg,
                               "aave_v3.getReserveDataExtended.value.currentVariableBorrowRate",
                               "data", 128, data + 128, "a uint128");
    if (!lq_abi_get_uint(&v.current_stable_borrow_rate, data + 160, 128))
        return lq_abi_bad_word(msg, "aave_v3.getReserveDataExtended.value.currentStableBorrowRate",
                               "data", 160, data + 160, "a uint128");
    if (!lq_abi_get_u64(&v.last_update_timestamp, data + 192, 40))
        return lq_abi_bad_word(msg, "aave_v3.getReserveDataExtended.value.lastUpdateTimestamp",
                               "data", 192, data + 192, "a uint40");
    if (!lq_abi_get_u64(&v.id, data + 224, 16))
        return lq_abi_bad_word(msg, "aave_v3.getReserveDataExtended.value.id", "data", 224,
                               data + 224, "a uint16");
    if (!lq_abi_get_u64(&v.liquidation_grace_period_until, data + 256, 40))
        return lq_abi_bad_word(msg,
                               "aave_v3.getReserveDataExtended.value.liquidationGracePeriodUntil",
                               "data", 256, data + 256, "a uint40");
    if (!lq_abi_get_address(&v.a_token_address, data + 288))
        return lq_abi_bad_word(msg, "aave_v3.getReserveDataExtended.value.aTokenAddress", "data",
                               288, data + 288, "an address");
    if (!lq_abi_get_address(&v.stable_debt_token_address, data + 320))
        return lq_abi_bad_word(msg, "aave_v3.getReserveDataExtended.value.stableDebtTokenAddress",
                               "data", 320, data + 320, "an address");
    if (!lq_abi_get_address(&v.variable_debt_token_address, data + 352))
        return lq_abi_bad_word(msg, "aave_v3.getReserveDataExtended.value.variableDebtTokenAddress",
                               "data", 352, data + 352, "an address");
    if (!lq_abi_get_address(&v.interest_rate_strategy_address, data + 384))
        return lq_abi_bad_word(msg,
                               "aave_v3.getReserveDataExtended.value.interestRateStrategyAddress",
                               "data", 384, data + 384, "an address");
    if (!lq_abi_get_uint(&v.accrued_to_treasury, data + 416, 128))
        return lq_abi_bad_word(msg, "aave_v3.getReserveDataExtended.value.accruedToTreasury",
                               "data", 416, data + 416, "a uint128");
    if (!lq_abi_get_uint(&v.unbacked, data + 448, 128))
        return lq_abi_bad_word(msg, "aave_v3.getReserveDataExtended.value.unbacked", "data", 448,
                               data + 448, "a uint128");
    if (!lq_abi_get_uint(&v.isolation_mode_total_debt, data + 480, 128))
        return lq_abi_bad_word(msg, "aave_v3.getReserveDataExtended.value.isolationModeTotalDebt",
                               "data", 480, data + 480, "a uint128");
    if (!lq_abi_get_uint(&v.virtual_underlying_balance, data + 512, 128))
        return lq_abi_bad_word(msg, "aave_v3.getReserveDataExtended.value.virtualUnderlyingBalance",
                               "data", 512, data + 512, "a uint128");
    *out = v;
    return LQ_OK;
}

lq_err_t lq_abi_aave_v3_get_reserves_count_encode(uint8_t *out, size_t out_max, size_t *out_sz,
                                                  lq_err_msg_t *msg)
{
    const size_t sz = 4;
    if (sz > out_max)
        return lq_abi_no_room(msg, "aave_v3.getReservesCount", sz, out_max);
    lq_abi_put_selector(out, 0x72218d04u);
    *out_sz = sz;
    return LQ_OK;
}

lq_err_t lq_abi_aave_v3_get_reserves_count_decode(lq_u256_t *out, lq_err_msg_t *msg,
                                                  const uint8_t *data, size_t data_sz)
{
    if (data_sz < 32)
        return lq_abi_bad_sz(msg, "aave_v3.getReservesCount", data_sz, 32);
    lq_u256_t v;
    v = lq_u256_from_be(data);
    *out = v;
    return LQ_OK;
}

lq_err_t lq_abi_aave_v3_get_liquidation_grace_period_encode(uint8_t *out, size_t out_max,
                                                            size_t *out_sz, lq_err_msg_t *msg,
                                                            const lq_address_t *asset)
{
    const size_t sz = 36;
    if (sz > out_max)
        return lq_abi_no_room(msg, "aave_v3.getLiquidationGracePeriod", sz, out_max);
    lq_abi_put_selector(out, 0x5c9a8b18u);
    uint8_t *base = out + 4;
    lq_abi_put_address(base, asset);
    *out_sz = sz;
    return LQ_OK;
}

lq_err_t lq_abi_aave_v3_get_liquidation_grace_period_decode(uint64_t *out, lq_err_msg_t *msg,
                                                            const uint8_t *data, size_t data_sz)
{
    if (data_sz < 32)
        return lq_abi_bad_sz(msg, "aave_v3.getLiquidationGracePeriod", data_sz, 32);
    uint64_t v;
    if (!lq_abi_get_u64(&v, data, 40))
        return lq_abi_bad_word(msg, "aave_v3.getLiquidationGracePeriod.value", "data", 0, data,
                               "a uint40");
    *out = v;
    return LQ_OK;
}

lq_err_t lq_abi_aave_v3_get_reserve_deficit_encode(uint8_t *out, size_t out_max, size_t *out_sz,
                                                   lq_err_msg_t *msg, const lq_address_t *asset)
{
    const size_t sz = 36;
    if (sz > out_max)
        return lq_abi_no_room(msg, "aave_v3.getReserveDeficit", sz, out_max);
    lq_abi_put_selector(out, 0xc952485du);
    uint8_t *base = out + 4;
    lq_abi_put_address(base, asset);
    *out_sz = sz;
    return LQ_OK;
}

lq_err_t lq_abi_aave_v3_get_reserve_deficit_decode(lq_u256_t *out, lq_err_msg_t *msg,
                                                   const uint8_t *data, size_t data_sz)
{
    if (data_sz < 32)
        return lq_abi_bad_sz(msg, "aave_v3.getReserveDeficit", data_sz, 32);
    lq_u256_t v;
    v = lq_u256_from_be(data);
    *out = v;
    return LQ_OK;
}

lq_err_t lq_abi_aave_v3_get_reserve_normalized_income_encode(uint8_t *out, size_t out_max,
                                                             size_t *out_sz, lq_err_msg_t *msg,
                                                             const lq_address_t *asset)
{
    const size_t sz = 36;
    if (sz > out_max)
        return lq_abi_no_room(msg, "aave_v3.getReserveNormalizedIncome", sz, out_max);
    lq_abi_put_selector(out, 0xd15e0053u);
    uint8_t *base = out + 4;
    lq_abi_put_address(base, asset);
    *out_sz = sz;
    return LQ_OK;
}

lq_err_t lq_abi_aave_v3_get_reserve_normalized_income_decode(lq_u256_t *out, lq_err_msg_t *msg,
                                                             const uint8_t *data, size_t data_sz)
{
    if (data_sz < 32)
        return lq_abi_bad_sz(msg, "aave_v3.getReserveNormalizedIncome", data_sz, 32);
    lq_u256_t v;
    v = lq_u256_from_be(data);
    *out = v;
    return LQ_OK;
}

lq_err_t lq_abi_aave_v3_get_reserve_normalized_variable_debt_encode(uint8_t *out, size_t out_max,
                                                                    size_t *out_sz,
                                                                    lq_err_msg_t *msg,
                                                                    const lq_address_t *asset)
{
    const size_t sz = 36;
    if (sz > out_max)
        return lq_abi_no_room(msg, "aave_v3.getReserveNormalizedVariableDebt", sz, out_max);
    lq_abi_put_selector(out, 0x386497fdu);
    uint8_t *base = out + 4;
    lq_abi_put_address(base, asset);
    *out_sz = sz;
    return LQ_OK;
}

lq_err_t lq_abi_aave_v3_get_reserve_normalized_variable_debt_decode(lq_u256_t *out,
                                                                    lq_err_msg_t *msg,
                                                                    const uint8_t *data,
                                                                    size_t data_sz)
{
    if (data_sz < 32)
        return lq_abi_bad_sz(msg, "aave_v3.getReserveNormalizedVariableDebt", data_sz, 32);
    lq_u256_t v;
    v = lq_u256_from_be(data);
    *out = v;
    return LQ_OK;
}

lq_err_t lq_abi_aave_v3_get_user_configuration_encode(uint8_t *out, size_t out_max, size_t *out_sz,
                                                      lq_err_msg_t *msg, const lq_address_t *user)
{
    const size_t sz = 36;
    if (sz > out_max)
        return lq_abi_no_room(msg, "aave_v3.getUserConfiguration", sz, out_max);
    lq_abi_put_selector(out, 0x4417a583u);
    uint8_t *base = out + 4;
    lq_abi_put_address(base, user);
    *out_sz = sz;
    return LQ_OK;
}

lq_err_t lq_abi_aave_v3_get_user_configuration_decode(lq_abi_aave_v3_user_configuration_map_t *out,
                                                      lq_err_msg_t *msg, const uint8_t *data,
                                                      size_t data_sz)
{
    if (data_sz < 32)
        return lq_abi_bad_sz(msg, "aave_v3.getUserConfiguration", data_sz, 32);
    lq_abi_aave_v3_user_configuration_map_t v;
    v.data = lq_u256_from_be(data);
    *out = v;
    return LQ_OK;
}

lq_err_t lq_abi_aave_v3_get_user_e_mode_encode(uint8_t *out, size_t out_max, size_t *out_sz,
                                               lq_err_msg_t *msg, const lq_address_t *user)
{
    const size_t sz = 36;
    if (sz > out_max)
        return lq_abi_no_room(msg, "aave_v3.getUserEMode", sz, out_max);
    lq_abi_put_selector(out, 0xeddf1b79u);
    uint8_t *base = out + 4;
    lq_abi_put_address(base, user);
    *out_sz = sz;
    return LQ_OK;
}

lq_err_t lq_abi_aave_v3_get_user_e_mode_decode(lq_u256_t *out, lq_err_msg_t *msg,
                                               const uint8_t *data, size_t data_sz)
{
    if (data_sz < 32)
        return lq_abi_bad_sz(msg, "aave_v3.getUserEMode", data_sz, 32);
    lq_u256_t v;
    v = lq_u256_from_be(data);
    *out = v;
    return LQ_OK;
}

lq_err_t lq_abi_aave_v3_get_e_mode_category_data_encode(uint8_t *out, size_t out_max,
                                                        size_t *out_sz, lq_err_msg_t *msg,
                                                        uint64_t id)
{
    if (id >> 8 != 0)
        return lq_abi_no_fit(msg, "aave_v3.getEModeCategoryData.id", "a uint8");
    const size_t sz = 36;
    if (sz > out_max)
        return lq_abi_no_room(msg, "aave_v3.getEModeCategoryData", sz, out_max);
    lq_abi_put_selector(out, 0x6c6f6ae1u);
    uint8_t *base = out + 4;
    lq_abi_put_u64(base, id);
    *out_sz = sz;
    return LQ_OK;
}

lq_err_t lq_abi_aave_v3_get_e_mode_category_collateral_config_encode(uint8_t *out, size_t out_max,
                                                                     size_t *out_sz,
                                                                     lq_err_msg_t *msg, uint64_t id)
{
    if (id >> 8 != 0)
        return lq_abi_no_fit(msg, "aave_v3.getEModeCategoryCollateralConfig.id", "a uint8");
    const size_t sz = 36;
    if (sz > out_max)
        return lq_abi_no_room(msg, "aave_v3.getEModeCategoryCollateralConfig", sz, out_max);
    lq_abi_put_selector(out, 0xb286f467u);
    uint8_t *base = out + 4;
    lq_abi_put_u64(base, id);
    *out_sz = sz;
    return LQ_OK;
}

lq_err_t lq_abi_aave_v3_get_e_mode_category_collateral_config_decode(
    lq_abi_aave_v3_collateral_config_t *out, lq_err_msg_t *msg, const uint8_t *data, size_t data_sz)
{
    if (data_sz < 96)
        return lq_abi_bad_sz(msg, "aave_v3.getEModeCategoryCollateralConfig", data_sz, 96);
    lq_abi_aave_v3_collateral_config_t v;
    if (!lq_abi_get_u64(&v.ltv, data, 16))
        return lq_abi_bad_word(msg, "aave_v3.getEModeCategoryCollateralConfig.value.ltv", "data", 0,
                               data, "a uint16");
    if (!lq_abi_get_u64(&v.liquidation_threshold, data + 32, 16))
        return lq_abi_bad_word(
            msg, "aave_v3.getEModeCategoryCollateralConfig.value.liquidationThreshold", "data", 32,
            data + 32, "a uint16");
    if (!lq_abi_get_u64(&v.liquidation_bonus, data + 64, 16))
        return lq_abi_bad_word(msg,
                               "aave_v3.getEModeCategoryCollateralConfig.value.liquidationBonus",
                               "data", 64, data + 64, "a uint16");
    *out = v;
    return LQ_OK;
}

lq_err_t lq_abi_aave_v3_get_e_mode_category_collateral_bitmap_encode(uint8_t *out, size_t out_max,
                                                                     size_t *out_sz,
                                                                     lq_err_msg_t *msg, uint64_t id)
{
    if (id >> 8 != 0)
        return lq_abi_no_fit(msg, "aave_v3.getEModeCategoryCollateralBitmap.id", "a uint8");
    const size_t sz = 36;
    if (sz > out_max)
        return lq_abi_no_room(msg, "aave_v3.getEModeCategoryCollateralBitmap", sz, out_max);
    lq_abi_put_selector(out, 0xb0771dbau);
    uint8_t *base = out + 4;
    lq_abi_put_u64(base, id);
    *out_sz = sz;
    return LQ_OK;
}

lq_err_t lq_abi_aave_v3_get_e_mode_category_collateral_bitmap_decode(lq_u256_t *out,
                                                                     lq_err_msg_t *msg,
                                                                     const uint8_t *data,
                                                                     size_t data_sz)
{
    if (data_sz < 32)
        return lq_abi_bad_sz(msg, "aave_v3.getEModeCategoryCollateralBitmap", data_sz, 32);
    lq_u256_t v;
    if (!lq_abi_get_uint(&v, data, 128))
        return lq_abi_bad_word(msg, "aave_v3.getEModeCategoryCollateralBitmap.value", "data", 0,
                               data, "a uint128");
    *out = v;
    return LQ_OK;
}

lq_err_t lq_abi_aave_v3_is_approved_position_manager_encode(uint8_t *out, size_t out_max,
                                                            size_t *out_sz, lq_err_msg_t *msg,
                                                            const lq_address_t *user,
                                                            const lq_address_t *position_manager)
{
    const size_t sz = 68;
    if (sz > out_max)
        return lq_abi_no_room(msg, "aave_v3.isApprovedPositionManager", sz, out_max);
    lq_abi_put_selector(out, 0xf9c2bd87u);
    uint8_t *base = out + 4;
    lq_abi_put_address(base, user);
    lq_abi_put_address(base + 32, position_manager);
    *out_sz = sz;
    return LQ_OK;
}

lq_err_t lq_abi_aave_v3_is_approved_position_manager_decode(bool *out, lq_err_msg_t *msg,
                                                            const uint8_t *data, size_t data_sz)
{
    if (data_sz < 32)
        return lq_abi_bad_sz(msg, "aave_v3.isApprovedPositionManager", data_sz, 32);
    bool v;
    if (!lq_abi_get_bool(&v, data))
        return lq_abi_bad_word(msg, "aave_v3.isApprovedPositionManager.value", "data", 0, data,
                               "a bool");
    *out = v;
    return LQ_OK;
}

lq_err_t lq_abi_aave_v3_get_e_mode_category_ltvzero_bitmap_encode(uint8_t *out, size_t out_max,
                                                                  size_t *out_sz, lq_err_msg_t *msg,
                                                                  uint64_t id)
{
    if (id >> 8 != 0)
        return lq_abi_no_fit(msg, "aave_v3.getEModeCategoryLtvzeroBitmap.id", "a uint8");
    const size_t sz = 36;
    if (sz > out_max)
        return lq_abi_no_room(msg, "aave_v3.getEModeCategoryLtvzeroBitmap", sz, out_max);
    lq_abi_put_selector(out, 0xfd89dee5u);
    uint8_t *base = out + 4;
    lq_abi_put_u64(base, id);
    *out_sz = sz;
    return LQ_OK;
}

lq_err_t lq_abi_aave_v3_get_e_mode_category_ltvzero_bitmap_decode(lq_u256_t *out, lq_err_msg_t *msg,
                                                                  const uint8_t *data,
                                                                  size_t data_sz)
{
    if (data_sz < 32)
        return lq_abi_bad_sz(msg, "aave_v3.getEModeCategoryLtvzeroBitmap", data_sz, 32);
    lq_u256_t v;
    if (!lq_abi_get_uint(&v, data, 128))
        return lq_abi_bad_word(msg, "aave_v3.getEModeCategoryLtvzeroBitmap.value", "data", 0, data,
                               "a uint128");
    *out = v;
    return LQ_OK;
}

lq_err_t lq_abi_aave_v3_get_is_e_mode_category_isolated_encode(uint8_t *out, size_t out_max,
                                                               size_t *out_sz, lq_err_msg_t *msg,
                                                               uint64_t id)
{
    if (id >> 8 != 0)
        return lq_abi_no_fit(msg, "aave_v3.getIsEModeCategoryIsolated.id", "a uint8");
    const size_t sz = 36;
    if (sz > out_max)
        return lq_abi_no_room(msg, "aave_v3.getIsEModeCategoryIsolated", sz, out_max);
    lq_abi_put_selector(out, 0x05f68acbu);
    uint8_t *base = out + 4;
    lq_abi_put_u64(base, id);
    *out_sz = sz;
    return LQ_OK;
}

lq_err_t lq_abi_aave_v3_get_is_e_mode_category_isolated_decode(bool *out, lq_err_msg_t *msg,
                                                               const uint8_t *data, size_t data_sz)
{
    if (data_sz < 32)
        return lq_abi_bad_sz(msg, "aave_v3.getIsEModeCategoryIsolated", data_sz, 32);
    bool v;
    if (!lq_abi_get_bool(&v, data))
        return lq_abi_bad_word(msg, "aave_v3.getIsEModeCategoryIsolated.value", "data", 0, data,
                               "a bool");
    *out = v;
    return LQ_OK;
}

const lq_hash_t lq_abi_aave_v3_swap_borrow_rate_mode_event_topic = LQ_ABI_AAVE_V3_SWAP_BORROW_RATE_MODE_EVENT_TOPIC_INIT;

lq_err_t lq_abi_aave_v3_swap_borrow_rate_mode_event_decode(
    lq_abi_aave_v3_swap_borrow_rate_mode_event_t *out, lq_err_msg_t *msg, const lq_hash_t *topics,
    size_t topic_cnt, const uint8_t *data, size_t data_sz)
{
    if (topic_cnt != 3 || data_sz != 32 ||
        !lq_abi_is_topic(topics, &lq_abi_aave_v3_swap_borrow_rate_mode_event_topic))
        return lq_abi_bad_log(msg, "aave_v3.SwapBorrowRateMode",
                              &lq_abi_aave_v3_swap_borrow_rate_mode_event_topic, topics, topic_cnt,
                              3, data_sz, 32);
    lq_abi_aave_v3_swap_borrow_rate_mode_event_t v;
    if (!lq_abi_get_address(&v.reserve, topics[1].b))
        return lq_abi_bad_word(msg, "aave_v3.SwapBorrowRateMode.reserve", "topics", 1, topics[1].b,
                               "an address");
    if (!lq_abi_get_address(&v.user, topics[2].b))
        return lq_abi_bad_word(msg, "aave_v3.SwapBorrowRateMode.user", "topics", 2, topics[2].b,
                               "an address");
    if (!lq_abi_get_u64(&v.interest_rate_mode, data, 8))
        return lq_abi_bad_word(msg, "aave_v3.SwapBorrowRateMode.interestRateMode", "data", 0, data,
                               "a uint8");
    *out = v;
    return LQ_OK;
}

const lq_hash_t lq_abi_aave_v3_deficit_created_event_topic = LQ_ABI_AAVE_V3_DEFICIT_CREATED_EVENT_TOPIC_INIT;

lq_err_t lq_abi_aave_v3_deficit_created_event_decode(lq_abi_aave_v3_deficit_created_event_t *out,
                                                     lq_err_msg_t *msg, const lq_hash_t *topics,
                                                     size_t topic_cnt, const uint8_t *data,
                                                     size_t data_sz)
{
    if (topic_cnt != 3 || data_sz != 32 ||
        !lq_abi_is_topic(topics, &lq_abi_aave_v3_deficit_created_event_topic))
        return lq_abi_bad_log(msg, "aave_v3.DeficitCreated",
                              &lq_abi_aave_v3_deficit_created_event_topic, topics, topic_cnt, 3,
                              data_sz, 32);
    lq_abi_aave_v3_deficit_created_event_t v;
    if (!lq_abi_get_address(&v.user, topics[1].b))
        return lq_abi_bad_word(msg, "aave_v3.DeficitCreated.user", "topics", 1, topics[1].b,
                               "an address");
    if (!lq_abi_get_address(&v.debt_asset, topics[2].b))
        return lq_abi_bad_word(msg, "aave_v3.DeficitCreated.debtAsset", "topics", 2, topics[2].b,
                               "an address");
    v.amount_created = lq_u256_from_be(data);
    *out = v;
    return LQ_OK;
}

const lq_hash_t lq_abi_aave_v3_deficit_covered_event_topic = LQ_ABI_AAVE_V3_DEFICIT_COVERED_EVENT_TOPIC_INIT;

lq_err_t lq_abi_aave_v3_deficit_covered_event_decode(lq_abi_aave_v3_deficit_covered_event_t *out,
                                                     lq_err_msg_t *msg, const lq_hash_t *topics,
                                                     size_t topic_cnt, const uint8_t *data,
                                                     size_t data_sz)
{
    if (topic_cnt != 2 || data_sz != 64 ||
        !lq_abi_is_topic(topics, &lq_abi_aave_v3_deficit_covered_event_topic))
        return lq_abi_bad_log(msg, "aave_v3.DeficitCovered",
                              &lq_abi_aave_v3_deficit_covered_event_topic, topics, topic_cnt, 2,
                              data_sz, 64);
    lq_abi_aave_v3_deficit_covered_event_t v;
    if (!lq_abi_get_address(&v.reserve, topics[1].b))
        return lq_abi_bad_word(msg, "aave_v3.DeficitCovered.reserve", "topics", 1, topics[1].b,
                               "an address");
    if (!lq_abi_get_address(&v.caller, data))
        return lq_abi_bad_word(msg, "aave_v3.DeficitCovered.caller", "data", 0, data, "an address");
    v.amount_covered = lq_u256_from_be(data + 32);
    *out = v;
    return LQ_OK;
}

lq_err_t lq_abi_aave_v3_get_price_oracle_encode(uint8_t *out, size_t out_max, size_t *out_sz,
                                                lq_err_msg_t *msg)
{
    const size_t sz = 4;
    if (sz > out_max)
        return lq_abi_no_room(msg, "aave_v3.getPriceOracle", sz, out_max);
    lq_abi_put_selector(out, 0xfca513a8u);
    *out_sz = sz;
    return LQ_OK;
}

lq_err_t lq_abi_aave_v3_get_price_oracle_decode(lq_address_t *out, lq_err_msg_t *msg,
                                                const uint8_t *data, size_t data_sz)
{
    if (data_sz < 32)
        return lq_abi_bad_sz(msg, "aave_v3.getPriceOracle", data_sz, 32);
    lq_address_t v;
    if (!lq_abi_get_address(&v, data))
        return lq_abi_bad_word(msg, "aave_v3.getPriceOracle.value", "data", 0, data, "an address");
    *out = v;
    return LQ_OK;
}

lq_err_t lq_abi_aave_v3_get_pool_configurator_encode(uint8_t *out, size_t out_max, size_t *out_sz,
                                                     lq_err_msg_t *msg)
{
    const size_t sz = 4;
    if (sz > out_max)
        return lq_abi_no_room(msg, "aave_v3.getPoolConfigurator", sz, out_max);
    lq_abi_put_selector(out, 0x631adfcau);
    *out_sz = sz;
    return LQ_OK;
}

lq_err_t lq_abi_aave_v3_get_pool_configurator_decode(lq_address_t *out, lq_err_msg_t *msg,
                                                     const uint8_t *data, size_t data_sz)
{
    if (data_sz < 32)
        return lq_abi_bad_sz(msg, "aave_v3.getPoolConfigurator", data_sz, 32);
    lq_address_t v;
    if (!lq_abi_get_address(&v, data))
        return lq_abi_bad_word(msg, "aave_v3.getPoolConfigurator.value", "data", 0, data,
                               "an address");
    *out = v;
    return LQ_OK;
}

lq_err_t lq_abi_aave_v3_get_price_oracle_sentinel_encode(uint8_t *out, size_t out_max,
                                                         size_t *out_sz, lq_err_msg_t *msg)
{
    const size_t sz = 4;
    if (sz > out_max)
        return lq_abi_no_room(msg, "aave_v3.getPriceOracleSentinel", sz, out_max);
    lq_abi_put_selector(out, 0x5eb88d3du);
    *out_sz = sz;
    return LQ_OK;
}

lq_err_t lq_abi_aave_v3_get_price_oracle_sentinel_decode(lq_address_t *out, lq_err_msg_t *msg,
                                                         const uint8_t *data, size_t data_sz)
{
    if (data_sz < 32)
        return lq_abi_bad_sz(msg, "aave_v3.getPriceOracleSentinel", data_sz, 32);
    lq_address_t v;
    if (!lq_abi_get_address(&v, data))
        return lq_abi_bad_word(msg, "aave_v3.getPriceOracleSentinel.value", "data", 0, data,
                               "an address");
    *out = v;
    return LQ_OK;
}

const lq_hash_t lq_abi_aave_v3_pool_updated_event_topic = LQ_ABI_AAVE_V3_POOL_UPDATED_EVENT_TOPIC_INIT;

lq_err_t lq_abi_aave_v3_pool_updated_event_decode(lq_abi_aave_v3_pool_updated_event_t *out,
                                                  lq_err_msg_t *msg, const lq_hash_t *topics,
                                                  size_t topic_cnt, const uint8_t *data,
                                                  size_t data_sz)
{
    if (topic_cnt != 3 || data_sz != 0 ||
        !lq_abi_is_topic(topics, &lq_abi_aave_v3_pool_updated_event_topic))
        return lq_abi_bad_log(msg, "aave_v3.PoolUpdated", &lq_abi_aave_v3_pool_updated_event_topic,
                              topics, topic_cnt, 3, data_sz, 0);
    lq_abi_aave_v3_pool_updated_event_t v;
    (void)data;
    if (!lq_abi_get_address(&v.old_address, topics[1].b))
        return lq_abi_bad_word(msg, "aave_v3.PoolUpdated.oldAddress", "topics", 1, topics[1].b,
                               "an address");
    if (!lq_abi_get_address(&v.new_address, topics[2].b))
        return lq_abi_bad_word(msg, "aave_v3.PoolUpdated.newAddress", "topics", 2, topics[2].b,
                               "an address");
    *out = v;
    return LQ_OK;
}

const lq_hash_t lq_abi_aave_v3_pool_configurator_updated_event_topic = LQ_ABI_AAVE_V3_POOL_CONFIGURATOR_UPDATED_EVENT_TOPIC_INIT;

lq_err_t lq_abi_aave_v3_pool_configurator_updated_event_decode(
    lq_abi_aave_v3_pool_configurator_updated_event_t *out, lq_err_msg_t *msg,
    const lq_hash_t *topics, size_t topic_cnt, const uint8_t *data, size_t data_sz)
{
    if (topic_cnt != 3 || data_sz != 0 ||
        !lq_abi_is_topic(topics, &lq_abi_aave_v3_pool_configurator_updated_event_topic))
        return lq_abi_bad_log(msg, "aave_v3.PoolConfiguratorUpdated",
                              &lq_abi_aave_v3_pool_configurator_updated_event_topic, topics,
                              topic_cnt, 3, data_sz, 0);
    lq_abi_aave_v3_pool_configurator_updated_event_t v;
    (void)data;
    if (!lq_abi_get_address(&v.old_address, topics[1].b))
        return lq_abi_bad_word(msg, "aave_v3.PoolConfiguratorUpdated.oldAddress", "topics", 1,
                               topics[1].b, "an address");
    if (!lq_abi_get_address(&v.new_address, topics[2].b))
        return lq_abi_bad_word(msg, "aave_v3.PoolConfiguratorUpdated.newAddress", "topics", 2,
                               topics[2].b, "an address");
    *out = v;
    return LQ_OK;
}

const lq_hash_t lq_abi_aave_v3_price_oracle_updated_event_topic = LQ_ABI_AAVE_V3_PRICE_ORACLE_UPDATED_EVENT_TOPIC_INIT;

lq_err_t lq_abi_aave_v3_price_oracle_updated_event_decode(
    lq_abi_aave_v3_price_oracle_updated_event_t *out, lq_err_msg_t *msg, const lq_hash_t *topics,
    size_t topic_cnt, const uint8_t *data, size_t data_sz)
{
    if (topic_cnt != 3 || data_sz != 0 ||
        !lq_abi_is_topic(topics, &lq_abi_aave_v3_price_oracle_updated_event_topic))
        return lq_abi_bad_log(msg, "aave_v3.PriceOracleUpdated",
                              &lq_abi_aave_v3_price_oracle_updated_event_topic, topics, topic_cnt,
                              3, data_sz, 0);
    lq_abi_aave_v3_price_oracle_updated_event_t v;
    (void)data;
    if (!lq_abi_get_address(&v.old_address, topics[1].b))
        return lq_abi_bad_word(msg, "aave_v3.PriceOracleUpdated.oldAddress", "topics", 1,
                               topics[1].b, "an address");
    if (!lq_abi_get_address(&v.new_address, topics[2].b))
        return lq_abi_bad_word(msg, "aave_v3.PriceOracleUpdated.newAddress", "topics", 2,
                               topics[2].b, "an address");
    *out = v;
    return LQ_OK;
}

const lq_hash_t lq_abi_aave_v3_price_oracle_sentinel_updated_event_topic = LQ_ABI_AAVE_V3_PRICE_ORACLE_SENTINEL_UPDATED_EVENT_TOPIC_INIT;

lq_err_t lq_abi_aave_v3_price_oracle_sentinel_updated_event_decode(
    lq_abi_aave_v3_price_oracle_sentinel_updated_event_t *out, lq_err_msg_t *msg,
    const lq_hash_t *topics, size_t topic_cnt, const uint8_t *data, size_t data_sz)
{
    if (topic_cnt != 3 || data_sz != 0 ||
        !lq_abi_is_topic(topics, &lq_abi_aave_v3_price_oracle_sentinel_updated_event_topic))
        return lq_abi_bad_log(msg, "aave_v3.PriceOracleSentinelUpdated",
                              &lq_abi_aave_v3_price_oracle_sentinel_updated_event_topic, topics,
                              topic_cnt, 3, data_sz, 0);
    lq_abi_aave_v3_price_oracle_sentinel_updated_event_t v;
    (void)data;
    if (!lq_abi_get_address(&v.old_address, topics[1].b))
        return lq_abi_bad_word(msg, "aave_v3.PriceOracleSentinelUpdated.oldAddress", "topics", 1,
                               topics[1].b, "an address");
    if (!lq_abi_get_address(&v.new_address, topics[2].b))
        return lq_abi_bad_word(msg, "aave_v3.PriceOracleSentinelUpdated.newAddress", "topics", 2,
                               topics[2].b, "an address");
    *out = v;
    return LQ_OK;
}

const lq_hash_t lq_abi_aave_v3_proxy_created_event_topic = LQ_ABI_AAVE_V3_PROXY_CREATED_EVENT_TOPIC_INIT;

lq_err_t lq_abi_aave_v3_proxy_created_event_decode(lq_abi_aave_v3_proxy_created_event_t *out,
                                                   lq_err_msg_t *msg, const lq_hash_t *topics,
                                                   size_t topic_cnt, const uint8_t *data,
                                                   size_t data_sz)
{
    if (topic_cnt != 4 || data_sz != 0 ||
        !lq_abi_is_topic(topics, &lq_abi_aave_v3_proxy_created_event_topic))
        return lq_abi_bad_log(msg, "aave_v3.ProxyCreated",
                              &lq_abi_aave_v3_proxy_created_event_topic, topics, topic_cnt, 4,
                              data_sz, 0);
    lq_abi_aave_v3_proxy_created_event_t v;
    (void)data;
    memcpy(v.id.b, topics[1].b, 32);
    if (!lq_abi_get_address(&v.proxy_address, topics[2].b))
        return lq_abi_bad_word(msg, "aave_v3.ProxyCreated.proxyAddress", "topics", 2, topics[2].b,
                               "an address");
    if (!lq_abi_get_address(&v.implementation_address, topics[3].b))
        return lq_abi_bad_word(msg, "aave_v3.ProxyCreated.implementationAddress", "topics", 3,
                               topics[3].b, "an address");
    *out = v;
    return LQ_OK;
}

const lq_hash_t lq_abi_aave_v3_address_set_event_topic = LQ_ABI_AAVE_V3_ADDRESS_SET_EVENT_TOPIC_INIT;

lq_err_t lq_abi_aave_v3_address_set_event_decode(lq_abi_aave_v3_address_set_event_t *out,
                                                 lq_err_msg_t *msg, const lq_hash_t *topics,
                                                 size_t topic_cnt, const uint8_t *data,
                                                 size_t data_sz)
{
    if (topic_cnt != 4 || data_sz != 0 ||
        !lq_abi_is_topic(topics, &lq_abi_aave_v3_address_set_event_topic))
        return lq_abi_bad_log(msg, "aave_v3.AddressSet", &lq_abi_aave_v3_address_set_event_topic,
                              topics, topic_cnt, 4, data_sz, 0);
    lq_abi_aave_v3_address_set_event_t v;
    (void)data;
    memcpy(v.id.b, topics[1].b, 32);
    if (!lq_abi_get_address(&v.old_address, topics[2].b))
        return lq_abi_bad_word(msg, "aave_v3.AddressSet.oldAddress", "topics", 2, topics[2].b,
                               "an address");
    if (!lq_abi_get_address(&v.new_address, topics[3].b))
        return lq_abi_bad_word(msg, "aave_v3.AddressSet.newAddress", "topics", 3, topics[3].b,
                               "an address");
    *out = v;
    return LQ_OK;
}

const lq_hash_t lq_abi_aave_v3_address_set_as_proxy_event_topic = LQ_ABI_AAVE_V3_ADDRESS_SET_AS_PROXY_EVENT_TOPIC_INIT;

lq_err_t lq_abi_aave_v3_address_set_as_proxy_event_decode(
    lq_abi_aave_v3_address_set_as_proxy_event_t *out, lq_err_msg_t *msg, const lq_hash_t *topics,
    size_t topic_cnt, const uint8_t *data, size_t data_sz)
{
    if (topic_cnt != 4 || data_sz != 32 ||
        !lq_abi_is_topic(topics, &lq_abi_aave_v3_address_set_as_proxy_event_topic))
        return lq_abi_bad_log(msg, "aave_v3.AddressSetAsProxy",
                              &lq_abi_aave_v3_address_set_as_proxy_event_topic, topics, topic_cnt,
                              4, data_sz, 32);
    lq_abi_aave_v3_address_set_as_proxy_event_t v;
    memcpy(v.id.b, topics[1].b, 32);
    if (!lq_abi_get_address(&v.proxy_address, topics[2].b))
        return lq_abi_bad_word(msg, "aave_v3.AddressSetAsProxy.proxyAddress", "topics", 2,
                               topics[2].b, "an address");
    if (!lq_abi_get_address(&v.new_implementation_address, topics[3].b))
        return lq_abi_bad_word(msg, "aave_v3.AddressSetAsProxy.newImplementationAddress", "topics",
                               3, topics[3].b, "an address");
    if (!lq_abi_get_address(&v.old_implementation_address, data))
        return lq_abi_bad_word(msg, "aave_v3.AddressSetAsProxy.oldImplementationAddress", "data", 0,
                               data, "an address");
    *out = v;
    return LQ_OK;
}

const lq_hash_t lq_abi_aave_v3_reserve_initialized_event_topic = LQ_ABI_AAVE_V3_RESERVE_INITIALIZED_EVENT_TOPIC_INIT;

lq_err_t lq_abi_aave_v3_reserve_initialized_event_decode(
    lq_abi_aave_v3_reserve_initialized_event_t *out, lq_err_msg_t *msg, const lq_hash_t *topics,
    size_t topic_cnt, const uint8_t *data, size_t data_sz)
{
    if (topic_cnt != 3 || data_sz != 96 ||
        !lq_abi_is_topic(topics, &lq_abi_aave_v3_reserve_initialized_event_topic))
        return lq_abi_bad_log(msg, "aave_v3.ReserveInitialized",
                              &lq_abi_aave_v3_reserve_initialized_event_topic, topics, topic_cnt, 3,
                              data_sz, 96);
    lq_abi_aave_v3_reserve_initialized_event_t v;
    if (!lq_abi_get_address(&v.asset, topics[1].b))
        return lq_abi_bad_word(msg, "aave_v3.ReserveInitialized.asset", "topics", 1, topics[1].b,
                               "an address");
    if (!lq_abi_get_address(&v.a_token, topics[2].b))
        return lq_abi_bad_word(msg, "aave_v3.ReserveInitialized.aToken", "topics", 2, topics[2].b,
                               "an address");
    if (!lq_abi_get_address(&v.stable_debt_token, data))
        return lq_abi_bad_word(msg, "aave_v3.ReserveInitialized.stableDebtToken", "data", 0, data,
                               "an address");
    if (!lq_abi_get_address(&v.variable_debt_token, data + 32))
        return lq_abi_bad_word(msg, "aave_v3.ReserveInitialized.variableDebtToken", "data", 32,
                               data + 32, "an address");
    if (!lq_abi_get_address(&v.interest_rate_strategy_address, data + 64))
        return lq_abi_bad_word(msg, "aave_v3.ReserveInitialized.interestRateStrategyAddress",
                               "data", 64, data + 64, "an address");
    *out = v;
    return LQ_OK;
}

const lq_hash_t lq_abi_aave_v3_collateral_configuration_changed_event_topic = LQ_ABI_AAVE_V3_COLLATERAL_CONFIGURATION_CHANGED_EVENT_TOPIC_INIT;

lq_err_t lq_abi_aave_v3_collateral_configuration_changed_event_decode(
    lq_abi_aave_v3_collateral_configuration_changed_event_t *out, lq_err_msg_t *msg,
    const lq_hash_t *topics, size_t topic_cnt, const uint8_t *data, size_t data_sz)
{
    if (topic_cnt != 2 || data_sz != 96 ||
        !lq_abi_is_topic(topics, &lq_abi_aave_v3_collateral_configuration_changed_event_topic))
        return lq_abi_bad_log(msg, "aave_v3.CollateralConfigurationChanged",
                              &lq_abi_aave_v3_collateral_configuration_changed_event_topic, topics,
                              topic_cnt, 2, data_sz, 96);
    lq_abi_aave_v3_collateral_configuration_changed_event_t v;
    if (!lq_abi_get_address(&v.asset, topics[1].b))
        return lq_abi_bad_word(msg, "aave_v3.CollateralConfigurationChanged.asset", "topics", 1,
                               topics[1].b, "an address");
    v.ltv = lq_u256_from_be(data);
    v.liquidation_threshold = lq_u256_from_be(data + 32);
    v.liquidation_bonus = lq_u256_from_be(data + 64);
    *out = v;
    return LQ_OK;
}

const lq_hash_t lq_abi_aave_v3_reserve_active_event_topic = LQ_ABI_AAVE_V3_RESERVE_ACTIVE_EVENT_TOPIC_INIT;

lq_err_t lq_abi_aave_v3_reserve_active_event_decode(lq_abi_aave_v3_reserve_active_event_t *out,
                                                    lq_err_msg_t *msg, const lq_hash_t *topics,
                                                    size_t topic_cnt, const uint8_t *data,
                                                    size_t data_sz)
{
    if (topic_cnt != 2 || data_sz != 32 ||
        !lq_abi_is_topic(topics, &lq_abi_aave_v3_reserve_active_event_topic))
        return lq_abi_bad_log(msg, "aave_v3.ReserveActive",
                              &lq_abi_aave_v3_reserve_active_event_topic, topics, topic_cnt, 2,
                              data_sz, 32);
    lq_abi_aave_v3_reserve_active_event_t v;
    if (!lq_abi_get_address(&v.asset, topics[1].b))
        return lq_abi_bad_word(msg, "aave_v3.ReserveActive.asset", "topics", 1, topics[1].b,
                               "an address");
    if (!lq_abi_get_bool(&v.active, data))
        return lq_abi_bad_word(msg, "aave_v3.ReserveActive.active", "data", 0, data, "a bool");
    *out = v;
    return LQ_OK;
}

const lq_hash_t lq_abi_aave_v3_reserve_paused_event_topic = LQ_ABI_AAVE_V3_RESERVE_PAUSED_EVENT_TOPIC_INIT;

lq_err_t lq_abi_aave_v3_reserve_paused_event_decode(lq_abi_aave_v3_reserve_paused_event_t *out,
                                                    lq_err_msg_t *msg, const lq_hash_t *topics,
                                                    size_t topic_cnt, const uint8_t *data,
                                                    size_t data_sz)
{
    if (topic_cnt != 2 || data_sz != 32 ||
        !lq_abi_is_topic(topics, &lq_abi_aave_v3_reserve_paused_event_topic))
        return lq_abi_bad_log(msg, "aave_v3.ReservePaused",
                              &lq_abi_aave_v3_reserve_paused_event_topic, topics, topic_cnt, 2,
                              data_sz, 32);
    lq_abi_aave_v3_reserve_paused_event_t v;
    if (!lq_abi_get_address(&v.asset, topics[1].b))
        return lq_abi_bad_word(msg, "aave_v3.ReservePaused.asset", "topics", 1, topics[1].b,
                               "an address");
    if (!lq_abi_get_bool(&v.paused, data))
        return lq_abi_bad_word(msg, "aave_v3.ReservePaused.paused", "data", 0, data, "a bool");
    *out = v;
    return LQ_OK;
}

const lq_hash_t lq_abi_aave_v3_reserve_dropped_event_topic = LQ_ABI_AAVE_V3_RESERVE_DROPPED_EVENT_TOPIC_INIT;

lq_err_t lq_abi_aave_v3_reserve_dropped_event_decode(lq_abi_aave_v3_reserve_dropped_event_t *out,
                                                     lq_err_msg_t *msg, const lq_hash_t *topics,
                                                     size_t topic_cnt, const uint8_t *data,
                                                     size_t data_sz)
{
    if (topic_cnt != 2 || data_sz != 0 ||
        !lq_abi_is_topic(topics, &lq_abi_aave_v3_reserve_dropped_event_topic))
        return lq_abi_bad_log(msg, "aave_v3.ReserveDropped",
                              &lq_abi_aave_v3_reserve_dropped_event_topic, topics, topic_cnt, 2,
                              data_sz, 0);
    lq_abi_aave_v3_reserve_dropped_event_t v;
    (void)data;
    if (!lq_abi_get_address(&v.asset, topics[1].b))
        return lq_abi_bad_word(msg, "aave_v3.ReserveDropped.asset", "topics", 1, topics[1].b,
                               "an address");
    *out = v;
    return LQ_OK;
}

const lq_hash_t lq_abi_aave_v3_liquidation_protocol_fee_changed_event_topic = LQ_ABI_AAVE_V3_LIQUIDATION_PROTOCOL_FEE_CHANGED_EVENT_TOPIC_INIT;

lq_err_t lq_abi_aave_v3_liquidation_protocol_fee_changed_event_decode(
    lq_abi_aave_v3_liquidation_protocol_fee_changed_event_t *out, lq_err_msg_t *msg,
    const lq_hash_t *topics, size_t topic_cnt, const uint8_t *data, size_t data_sz)
{
    if (topic_cnt != 2 || data_sz != 64 ||
        !lq_abi_is_topic(topics, &lq_abi_aave_v3_liquidation_protocol_fee_changed_event_topic))
        return lq_abi_bad_log(msg, "aave_v3.LiquidationProtocolFeeChanged",
                              &lq_abi_aave_v3_liquidation_protocol_fee_changed_event_topic, topics,
                              topic_cnt, 2, data_sz, 64);
    lq_abi_aave_v3_liquidation_protocol_fee_changed_event_t v;
    if (!lq_abi_get_address(&v.asset, topics[1].b))
        return lq_abi_bad_word(msg, "aave_v3.LiquidationProtocolFeeChanged.asset", "topics", 1,
                               topics[1].b, "an address");
    v.old_fee = lq_u256_from_be(data);
    v.new_fee = lq_u256_from_be(data + 32);
    *out = v;
    return LQ_OK;
}

const lq_hash_t lq_abi_aave_v3_liquidation_grace_period_changed_event_topic = LQ_ABI_AAVE_V3_LIQUIDATION_GRACE_PERIOD_CHANGED_EVENT_TOPIC_INIT;

lq_err_t lq_abi_aave_v3_liquidation_grace_period_changed_event_decode(
    lq_abi_aave_v3_liquidation_grace_period_changed_event_t *out, lq_err_msg_t *msg,
    const lq_hash_t *topics, size_t topic_cnt, const uint8_t *data, size_t data_sz)
{
    if (topic_cnt != 2 || data_sz != 32 ||
        !lq_abi_is_topic(topics, &lq_abi_aave_v3_liquidation_grace_period_changed_event_topic))
        return lq_abi_bad_log(msg, "aave_v3.LiquidationGracePeriodChanged",
                              &lq_abi_aave_v3_liquidation_grace_period_changed_event_topic, topics,
                              topic_cnt, 2, data_sz, 32);
    lq_abi_aave_v3_liquidation_grace_period_changed_event_t v;
    if (!lq_abi_get_address(&v.asset, topics[1].b))
        return lq_abi_bad_word(msg, "aave_v3.LiquidationGracePeriodChanged.asset", "topics", 1,
                               topics[1].b, "an address");
    if (!lq_abi_get_u64(&v.grace_period_until, data, 40))
        return lq_abi_bad_word(msg, "aave_v3.LiquidationGracePeriodChanged.gracePeriodUntil",
                               "data", 0, data, "a uint40");
    *out = v;
    return LQ_OK;
}

const lq_hash_t lq_abi_aave_v3_liquidation_grace_period_disabled_event_topic = LQ_ABI_AAVE_V3_LIQUIDATION_GRACE_PERIOD_DISABLED_EVENT_TOPIC_INIT;

lq_err_t lq_abi_aave_v3_liquidation_grace_period_disabled_event_decode(
    lq_abi_aave_v3_liquidation_grace_period_disabled_event_t *out, lq_err_msg_t *msg,
    const lq_hash_t *topics, size_t topic_cnt, const uint8_t *data, size_t data_sz)
{
    if (topic_cnt != 2 || data_sz != 0 ||
        !lq_abi_is_topic(topics, &lq_abi_aave_v3_liquidation_grace_period_disabled_event_topic))
        return lq_abi_bad_log(msg, "aave_v3.LiquidationGracePeriodDisabled",
                              &lq_abi_aave_v3_liquidation_grace_period_disabled_event_topic, topics,
                              topic_cnt, 2, data_sz, 0);
    lq_abi_aave_v3_liquidation_grace_period_disabled_event_t v;
    (void)data;
    if (!lq_abi_get_address(&v.asset, topics[1].b))
        return lq_abi_bad_word(msg, "aave_v3.LiquidationGracePeriodDisabled.asset", "topics", 1,
                               topics[1].b, "an address");
    *out = v;
    return LQ_OK;
}

const lq_hash_t lq_abi_aave_v3_e_mode_category_added_event_topic = LQ_ABI_AAVE_V3_E_MODE_CATEGORY_ADDED_EVENT_TOPIC_INIT;

lq_err_t lq_abi_aave_v3_e_mode_category_added_event_decode(
    lq_abi_aave_v3_e_mode_category_added_event_t *out, lq_err_msg_t *msg, const lq_hash_t *topics,
    size_t topic_cnt, const uint8_t *data, size_t data_sz)
{
    if (topic_cnt != 2 || data_sz < 160 ||
        !lq_abi_is_topic(topics, &lq_abi_aave_v3_e_mode_category_added_event_topic))
        return lq_abi_bad_log(msg, "aave_v3.EModeCategoryAdded",
                              &lq_abi_aave_v3_e_mode_category_added_event_topic, topics, topic_cnt,
                              2, data_sz, 160);
    lq_abi_aave_v3_e_mode_category_added_event_t v;
    lq_err_t err;
    if (!lq_abi_get_u64(&v.category_id, topics[1].b, 8))
        return lq_abi_bad_word(msg, "aave_v3.EModeCategoryAdded.categoryId", "topics", 1,
                               topics[1].b, "a uint8");
    v.ltv = lq_u256_from_be(data);
    v.liquidation_threshold = lq_u256_from_be(data + 32);
    v.liquidation_bonus = lq_u256_from_be(data + 64);
    if (!lq_abi_get_address(&v.oracle, data + 96))
        return lq_abi_bad_word(msg, "aave_v3.EModeCategoryAdded.oracle", "data", 96, data + 96,
                               "an address");
    err = lq_abi_get_bytes(&v.label, msg, data, data_sz, 128, "aave_v3.EModeCategoryAdded.label");
    if (err)
        return err;
    *out = v;
    return LQ_OK;
}

const lq_hash_t lq_abi_aave_v3_e_mode_asset_category_changed_event_topic = LQ_ABI_AAVE_V3_E_MODE_ASSET_CATEGORY_CHANGED_EVENT_TOPIC_INIT;

lq_err_t lq_abi_aave_v3_e_mode_asset_category_changed_event_decode(
    lq_abi_aave_v3_e_mode_asset_category_changed_event_t *out, lq_err_msg_t *msg,
    const lq_hash_t *topics, size_t topic_cnt, const uint8_t *data, size_t data_sz)
{
    if (topic_cnt != 2 || data_sz != 64 ||
        !lq_abi_is_topic(topics, &lq_abi_aave_v3_e_mode_asset_category_changed_event_topic))
        return lq_abi_bad_log(msg, "aave_v3.EModeAssetCategoryChanged",
                              &lq_abi_aave_v3_e_mode_asset_category_changed_event_topic, topics,
                              topic_cnt, 2, data_sz, 64);
    lq_abi_aave_v3_e_mode_asset_category_changed_event_t v;
    if (!lq_abi_get_address(&v.asset, topics[1].b))
        return lq_abi_bad_word(msg, "aave_v3.EModeAssetCategoryChanged.asset", "topics", 1,
                               topics[1].b, "an address");
    if (!lq_abi_get_u64(&v.old_category_id, data, 8))
        return lq_abi_bad_word(msg, "aave_v3.EModeAssetCategoryChanged.oldCategoryId", "data", 0,
                               data, "a uint8");
    if (!lq_abi_get_u64(&v.new_category_id, data + 32, 8))
        return lq_abi_bad_word(msg, "aave_v3.EModeAssetCategoryChanged.newCategoryId", "data", 32,
                               data + 32, "a uint8");
    *out = v;
    return LQ_OK;
}

const lq_hash_t lq_abi_aave_v3_asset_collateral_in_e_mode_changed_event_topic = LQ_ABI_AAVE_V3_ASSET_COLLATERAL_IN_E_MODE_CHANGED_EVENT_TOPIC_INIT;

lq_err_t lq_abi_aave_v3_asset_collateral_in_e_mode_changed_event_decode(
    lq_abi_aave_v3_asset_collateral_in_e_mode_changed_event_t *out, lq_err_msg_t *msg,
    const lq_hash_t *topics, size_t topic_cnt, const uint8_t *data, size_t data_sz)
{
    if (topic_cnt != 2 || data_sz != 64 ||
        !lq_abi_is_topic(topics, &lq_abi_aave_v3_asset_collateral_in_e_mode_changed_event_topic))
        return lq_abi_bad_log(msg, "aave_v3.AssetCollateralInEModeChanged",
                              &lq_abi_aave_v3_asset_collateral_in_e_mode_changed_event_topic,
                              topics, topic_cnt, 2, data_sz, 64);
    lq_abi_aave_v3_asset_collateral_in_e_mode_changed_event_t v;
    if (!lq_abi_get_address(&v.asset, topics[1].b))
        return lq_abi_bad_word(msg, "aave_v3.AssetCollateralInEModeChanged.asset", "topics", 1,
                               topics[1].b, "an address");
    if (!lq_abi_get_u64(&v.category_id, data, 8))
        return lq_abi_bad_word(msg, "aave_v3.AssetCollateralInEModeChanged.categoryId", "data", 0,
                               data, "a uint8");
    if (!lq_abi_get_bool(&v.collateral, data + 32))
        return lq_abi_bad_word(msg, "aave_v3.AssetCollateralInEModeChanged.collateral", "data", 32,
                               data + 32, "a bool");
    *out = v;
    return LQ_OK;
}

const lq_hash_t lq_abi_aave_v3_a_token_upgraded_event_topic = LQ_ABI_AAVE_V3_A_TOKEN_UPGRADED_EVENT_TOPIC_INIT;

lq_err_t lq_abi_aave_v3_a_token_upgraded_event_decode(lq_abi_aave_v3_a_token_upgraded_event_t *out,
                                                      lq_err_msg_t *msg, const lq_hash_t *topics,
                                                      size_t topic_cnt, const uint8_t *data,
                                                      size_t data_sz)
{
    if (topic_cnt != 4 || data_sz != 0 ||
        !lq_abi_is_topic(topics, &lq_abi_aave_v3_a_token_upgraded_event_topic))
        return lq_abi_bad_log(msg, "aave_v3.ATokenUpgraded",
                              &lq_abi_aave_v3_a_token_upgraded_event_topic, topics, topic_cnt, 4,
                              data_sz, 0);
    lq_abi_aave_v3_a_token_upgraded_event_t v;
    (void)data;
    if (!lq_abi_get_address(&v.asset, topics[1].b))
        return lq_abi_bad_word(msg, "aave_v3.ATokenUpgraded.asset", "topics", 1, topics[1].b,
                               "an address");
    if (!lq_abi_get_address(&v.proxy, topics[2].b))
        return lq_abi_bad_word(msg, "aave_v3.ATokenUpgraded.proxy", "topics", 2, topics[2].b,
                               "an address");
    if (!lq_abi_get_address(&v.implementation, topics[3].b))
        return lq_abi_bad_word(msg, "aave_v3.ATokenUpgraded.implementation", "topics", 3,
                               topics[3].b, "an address");
    *out = v;
    return LQ_OK;
}

const lq_hash_t lq_abi_aave_v3_variable_debt_token_upgraded_event_topic = LQ_ABI_AAVE_V3_VARIABLE_DEBT_TOKEN_UPGRADED_EVENT_TOPIC_INIT;

lq_err_t lq_abi_aave_v3_variable_debt_token_upgraded_event_decode(
    lq_abi_aave_v3_variable_debt_token_upgraded_event_t *out, lq_err_msg_t *msg,
    const lq_hash_t *topics, size_t topic_cnt, const uint8_t *data, size_t data_sz)
{
    if (topic_cnt != 4 || data_sz != 0 ||
        !lq_abi_is_topic(topics, &lq_abi_aave_v3_variable_debt_token_upgraded_event_topic))
        return lq_abi_bad_log(msg, "aave_v3.VariableDebtTokenUpgraded",
                              &lq_abi_aave_v3_variable_debt_token_upgraded_event_topic, topics,
                              topic_cnt, 4, data_sz, 0);
    lq_abi_aave_v3_variable_debt_token_upgraded_event_t v;
    (void)data;
    if (!lq_abi_get_address(&v.asset, topics[1].b))
        return lq_abi_bad_word(msg, "aave_v3.VariableDebtTokenUpgraded.asset", "topics", 1,
                               topics[1].b, "an address");
    if (!lq_abi_get_address(&v.proxy, topics[2].b))
        return lq_abi_bad_word(msg, "aave_v3.VariableDebtTokenUpgraded.proxy", "topics", 2,
                               topics[2].b, "an address");
    if (!lq_abi_get_address(&v.implementation, topics[3].b))
        return lq_abi_bad_word(msg, "aave_v3.VariableDebtTokenUpgraded.implementation", "topics", 3,
                               topics[3].b, "an address");
    *out = v;
    return LQ_OK;
}

lq_err_t lq_abi_aave_v3_is_liquidation_allowed_encode(uint8_t *out, size_t out_max, size_t *out_sz,
                                                      lq_err_msg_t *msg)
{
    const size_t sz = 4;
    if (sz > out_max)
        return lq_abi_no_room(msg, "aave_v3.isLiquidationAllowed", sz, out_max);
    lq_abi_put_selector(out, 0x7a5d20eau);
    *out_sz = sz;
    return LQ_OK;
}

lq_err_t lq_abi_aave_v3_is_liquidation_allowed_decode(bool *out, lq_err_msg_t *msg,
                                                      const uint8_t *data, size_t data_sz)
{
    if (data_sz < 32)
        return lq_abi_bad_sz(msg, "aave_v3.isLiquidationAllowed", data_sz, 32);
    bool v;
    if (!lq_abi_get_bool(&v, data))
        return lq_abi_bad_word(msg, "aave_v3.isLiquidationAllowed.value", "data", 0, data,
                               "a bool");
    *out = v;
    return LQ_OK;
}

const lq_hash_t lq_abi_aave_v3_mint_event_topic = LQ_ABI_AAVE_V3_MINT_EVENT_TOPIC_INIT;

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

const lq_hash_t lq_abi_aave_v3_burn_event_topic = LQ_ABI_AAVE_V3_BURN_EVENT_TOPIC_INIT;

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

lq_err_t lq_abi_aave_v3_scaled_balance_of_encode(uint8_t *out, size_t out_max, size_t *out_sz,
                                                 lq_err_msg_t *msg, const lq_address_t *user)
{
    const size_t sz = 36;
    if (sz > out_max)
        return lq_abi_no_room(msg, "aave_v3.scaledBalanceOf", sz, out_max);
    lq_abi_put_selector(out, 0x1da24f3eu);
    uint8_t *base = out + 4;
    lq_abi_put_address(base, user);
    *out_sz = sz;
    return LQ_OK;
}

lq_err_t lq_abi_aave_v3_scaled_balance_of_decode(lq_u256_t *out, lq_err_msg_t *msg,
                                                 const uint8_t *data, size_t data_sz)
{
    if (data_sz < 32)
        return lq_abi_bad_sz(msg, "aave_v3.scaledBalanceOf", data_sz, 32);
    lq_u256_t v;
    v = lq_u256_from_be(data);
    *out = v;
    return LQ_OK;
}

lq_err_t lq_abi_aave_v3_scaled_total_supply_encode(uint8_t *out, size_t out_max, size_t *out_sz,
                                                   lq_err_msg_t *msg)
{
    const size_t sz = 4;
    if (sz > out_max)
        return lq_abi_no_room(msg, "aave_v3.scaledTotalSupply", sz, out_max);
    lq_abi_put_selector(out, 0xb1bf962du);
    *out_sz = sz;
    return LQ_OK;
}

lq_err_t lq_abi_aave_v3_scaled_total_supply_decode(lq_u256_t *out, lq_err_msg_t *msg,
                                                   const uint8_t *data, size_t data_sz)
{
    if (data_sz < 32)
        return lq_abi_bad_sz(msg, "aave_v3.scaledTotalSupply", data_sz, 32);
    lq_u256_t v;
    v = lq_u256_from_be(data);
    *out = v;
    return LQ_OK;
}

lq_err_t lq_abi_aave_v3_total_supply_encode(uint8_t *out, size_t out_max, size_t *out_sz,
                                            lq_err_msg_t *msg)
{
    const size_t sz = 4;
    if (sz > out_max)
        return lq_abi_no_room(msg, "aave_v3.totalSupply", sz, out_max);
    lq_abi_put_selector(out, 0x18160dddu);
    *out_sz = sz;
    return LQ_OK;
}

lq_err_t lq_abi_aave_v3_total_supply_decode(lq_u256_t *out, lq_err_msg_t *msg, const uint8_t *data,
                                            size_t data_sz)
{
    if (data_sz < 32)
        return lq_abi_bad_sz(msg, "aave_v3.totalSupply", data_sz, 32);
    lq_u256_t v;
    v = lq_u256_from_be(data);
    *out = v;
    return LQ_OK;
}

lq_err_t lq_abi_aave_v3_principal_balance_of_encode(uint8_t *out, size_t out_max, size_t *out_sz,
                                                    lq_err_msg_t *msg, const lq_address_t *user)
{
    const size_t sz = 36;
    if (sz > out_max)
        return lq_abi_no_room(msg, "aave_v3.principalBalanceOf", sz, out_max);
    lq_abi_put_selector(out, 0xc634dfaau);
    uint8_t *base = out + 4;
    lq_abi_put_address(base, user);
    *out_sz = sz;
    return LQ_OK;
}

lq_err_t lq_abi_aave_v3_principal_balance_of_decode(lq_u256_t *out, lq_err_msg_t *msg,
                                                    const uint8_t *data, size_t data_sz)
{
    if (data_sz < 32)
        return lq_abi_bad_sz(msg, "aave_v3.principalBalanceOf", data_sz, 32);
    lq_u256_t v;
    v = lq_u256_from_be(data);
    *out = v;
    return LQ_OK;
}

/* clang-format on */
