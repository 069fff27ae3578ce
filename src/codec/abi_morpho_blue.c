/* Written by tools/gen_abi from abi/morpho_blue: edit that and run it again.
   Long because a function has lines for each parameter. */
#include "liqd/codec/abi_morpho_blue.h"

#include "abi_internal.h"

/* clang-format off */

lq_err_t lq_abi_morpho_blue_borrow_rate_view_encode(
    uint8_t *out, size_t out_max, size_t *out_sz, lq_err_msg_t *msg,
    const lq_abi_morpho_blue_market_params_t *market_params,
    const lq_abi_morpho_blue_market_t *market)
{
    if (!lq_abi_fits_uint(&market->total_supply_assets, 128))
        return lq_abi_no_fit(msg, "morpho_blue.borrowRateView.market.totalSupplyAssets",
                             "a uint128");
    if (!lq_abi_fits_uint(&market->total_supply_shares, 128))
        return lq_abi_no_fit(msg, "morpho_blue.borrowRateView.market.totalSupplyShares",
                             "a uint128");
    if (!lq_abi_fits_uint(&market->total_borrow_assets, 128))
        return lq_abi_no_fit(msg, "morpho_blue.borrowRateView.market.totalBorrowAssets",
                             "a uint128");
    if (!lq_abi_fits_uint(&market->total_borrow_shares, 128))
        return lq_abi_no_fit(msg, "morpho_blue.borrowRateView.market.totalBorrowShares",
                             "a uint128");
    if (!lq_abi_fits_uint(&market->last_update, 128))
        return lq_abi_no_fit(msg, "morpho_blue.borrowRateView.market.lastUpdate", "a uint128");
    if (!lq_abi_fits_uint(&market->fee, 128))
        return lq_abi_no_fit(msg, "morpho_blue.borrowRateView.market.fee", "a uint128");
    const size_t sz = 356;
    if (sz > out_max)
        return lq_abi_no_room(msg, "morpho_blue.borrowRateView", sz, out_max);
    lq_abi_put_selector(out, 0x8c00bf6bu);
    uint8_t *base = out + 4;
    lq_abi_put_address(base, &market_params->loan_token);
    lq_abi_put_address(base + 32, &market_params->collateral_token);
    lq_abi_put_address(base + 64, &market_params->oracle);
    lq_abi_put_address(base + 96, &market_params->irm);
    lq_u256_to_be(base + 128, &market_params->lltv);
    lq_u256_to_be(base + 160, &market->total_supply_assets);
    lq_u256_to_be(base + 192, &market->total_supply_shares);
    lq_u256_to_be(base + 224, &market->total_borrow_assets);
    lq_u256_to_be(base + 256, &market->total_borrow_shares);
    lq_u256_to_be(base + 288, &market->last_update);
    lq_u256_to_be(base + 320, &market->fee);
    *out_sz = sz;
    return LQ_OK;
}

lq_err_t lq_abi_morpho_blue_borrow_rate_view_decode(lq_u256_t *out, lq_err_msg_t *msg,
                                                    const uint8_t *data, size_t data_sz)
{
    if (data_sz < 32)
        return lq_abi_bad_sz(msg, "morpho_blue.borrowRateView", data_sz, 32);
    lq_u256_t v;
    v = lq_u256_from_be(data);
    *out = v;
    return LQ_OK;
}

lq_err_t lq_abi_morpho_blue_rate_at_target_encode(uint8_t *out, size_t out_max, size_t *out_sz,
                                                  lq_err_msg_t *msg, const lq_hash_t *id)
{
    const size_t sz = 36;
    if (sz > out_max)
        return lq_abi_no_room(msg, "morpho_blue.rateAtTarget", sz, out_max);
    lq_abi_put_selector(out, 0x01977b57u);
    uint8_t *base = out + 4;
    memcpy(base, id->b, 32);
    *out_sz = sz;
    return LQ_OK;
}

lq_err_t lq_abi_morpho_blue_rate_at_target_decode(lq_u256_t *out, lq_err_msg_t *msg,
                                                  const uint8_t *data, size_t data_sz)
{
    if (data_sz < 32)
        return lq_abi_bad_sz(msg, "morpho_blue.rateAtTarget", data_sz, 32);
    lq_u256_t v;
    v = lq_u256_from_be(data);
    *out = v;
    return LQ_OK;
}

lq_err_t lq_abi_morpho_blue_borrow_rate_stored_encode(uint8_t *out, size_t out_max, size_t *out_sz,
                                                      lq_err_msg_t *msg, const lq_hash_t *id)
{
    const size_t sz = 36;
    if (sz > out_max)
        return lq_abi_no_room(msg, "morpho_blue.borrowRateStored", sz, out_max);
    lq_abi_put_selector(out, 0xa69985c8u);
    uint8_t *base = out + 4;
    memcpy(base, id->b, 32);
    *out_sz = sz;
    return LQ_OK;
}

lq_err_t lq_abi_morpho_blue_borrow_rate_stored_decode(lq_u256_t *out, lq_err_msg_t *msg,
                                                      const uint8_t *data, size_t data_sz)
{
    if (data_sz < 32)
        return lq_abi_bad_sz(msg, "morpho_blue.borrowRateStored", data_sz, 32);
    lq_u256_t v;
    v = lq_u256_from_be(data);
    *out = v;
    return LQ_OK;
}

const lq_hash_t lq_abi_morpho_blue_borrow_rate_update_event_topic = LQ_ABI_MORPHO_BLUE_BORROW_RATE_UPDATE_EVENT_TOPIC_INIT;

lq_err_t lq_abi_morpho_blue_borrow_rate_update_event_decode(
    lq_abi_morpho_blue_borrow_rate_update_event_t *out, lq_err_msg_t *msg, const lq_hash_t *topics,
    size_t topic_cnt, const uint8_t *data, size_t data_sz)
{
    if (topic_cnt != 2 || data_sz != 64 ||
        !lq_abi_is_topic(topics, &lq_abi_morpho_blue_borrow_rate_update_event_topic))
        return lq_abi_bad_log(msg, "morpho_blue.BorrowRateUpdate",
                              &lq_abi_morpho_blue_borrow_rate_update_event_topic, topics, topic_cnt,
                              2, data_sz, 64);
    lq_abi_morpho_blue_borrow_rate_update_event_t v;
    memcpy(v.id.b, topics[1].b, 32);
    v.avg_borrow_rate = lq_u256_from_be(data);
    v.rate_at_target = lq_u256_from_be(data + 32);
    *out = v;
    return LQ_OK;
}

const lq_hash_t lq_abi_morpho_blue_set_borrow_rate_event_topic = LQ_ABI_MORPHO_BLUE_SET_BORROW_RATE_EVENT_TOPIC_INIT;

lq_err_t lq_abi_morpho_blue_set_borrow_rate_event_decode(
    lq_abi_morpho_blue_set_borrow_rate_event_t *out, lq_err_msg_t *msg, const lq_hash_t *topics,
    size_t topic_cnt, const uint8_t *data, size_t data_sz)
{
    if (topic_cnt != 2 || data_sz != 32 ||
        !lq_abi_is_topic(topics, &lq_abi_morpho_blue_set_borrow_rate_event_topic))
        return lq_abi_bad_log(msg, "morpho_blue.SetBorrowRate",
                              &lq_abi_morpho_blue_set_borrow_rate_event_topic, topics, topic_cnt, 2,
                              data_sz, 32);
    lq_abi_morpho_blue_set_borrow_rate_event_t v;
    memcpy(v.id.b, topics[1].b, 32);
    v.new_borrow_rate = lq_u256_from_be(data);
    *out = v;
    return LQ_OK;
}

lq_err_t lq_abi_morpho_blue_liquidate_encode(
    uint8_t *out, size_t out_max, size_t *out_sz, lq_err_msg_t *msg,
    const lq_abi_morpho_blue_market_params_t *market_params, const lq_address_t *borrower,
    const lq_u256_t *seized_assets, const lq_u256_t *repaid_shares, const uint8_t *data,
    size_t data_sz)
{
    size_t sz = 292;
    sz = lq_abi_sz_add(sz, lq_abi_tail_sz(data_sz));
    if (sz > out_max)
        return lq_abi_no_room(msg, "morpho_blue.liquidate", sz, out_max);
    lq_abi_put_selector(out, 0xd8eabcb8u);
    uint8_t *base = out + 4;
    uint8_t *end = base + 288;
    lq_abi_put_address(base, &market_params->loan_token);
    lq_abi_put_address(base + 32, &market_params->collateral_token);
    lq_abi_put_address(base + 64, &market_params->oracle);
    lq_abi_put_address(base + 96, &market_params->irm);
    lq_u256_to_be(base + 128, &market_params->lltv);
    lq_abi_put_address(base + 160, borrower);
    lq_u256_to_be(base + 192, seized_assets);
    lq_u256_to_be(base + 224, repaid_shares);
    lq_abi_put_u64(base + 256, (uint64_t)(end - base));
    end = lq_abi_put_bytes(end, data, data_sz);
    *out_sz = (size_t)(end - out);
    return LQ_OK;
}

lq_err_t lq_abi_morpho_blue_market_encode(uint8_t *out, size_t out_max, size_t *out_sz,
                                          lq_err_msg_t *msg, const lq_hash_t *id)
{
    const size_t sz = 36;
    if (sz > out_max)
        return lq_abi_no_room(msg, "morpho_blue.market", sz, out_max);
    lq_abi_put_selector(out, 0x5c60e39au);
    uint8_t *base = out + 4;
    memcpy(base, id->b, 32);
    *out_sz = sz;
    return LQ_OK;
}

lq_err_t lq_abi_morpho_blue_market_decode(lq_abi_morpho_blue_market_ret_t *out, lq_err_msg_t *msg,
                                          const uint8_t *data, size_t data_sz)
{
    if (data_sz < 192)
        return lq_abi_bad_sz(msg, "morpho_blue.market", data_sz, 192);
    lq_abi_morpho_blue_market_ret_t v;
    if (!lq_abi_get_uint(&v.total_supply_assets, data, 128))
        return lq_abi_bad_word(msg, "morpho_blue.market.totalSupplyAssets", "data", 0, data,
                               "a uint128");
    if (!lq_abi_get_uint(&v.total_supply_shares, data + 32, 128))
        return lq_abi_bad_word(msg, "morpho_blue.market.totalSupplyShares", "data", 32, data + 32,
                               "a uint128");
    if (!lq_abi_get_uint(&v.total_borrow_assets, data + 64, 128))
        return lq_abi_bad_word(msg, "morpho_blue.market.totalBorrowAssets", "data", 64, data + 64,
                               "a uint128");
    if (!lq_abi_get_uint(&v.total_borrow_shares, data + 96, 128))
        return lq_abi_bad_word(msg, "morpho_blue.market.totalBorrowShares", "data", 96, data + 96,
                               "a uint128");
    if (!lq_abi_get_uint(&v.last_update, data + 128, 128))
        return lq_abi_bad_word(msg, "morpho_blue.market.lastUpdate", "data", 128, data + 128,
                               "a uint128");
    if (!lq_abi_get_uint(&v.fee, data + 160, 128))
        return lq_abi_bad_word(msg, "morpho_blue.market.fee", "data", 160, data + 160, "a uint128");
    *out = v;
    return LQ_OK;
}

lq_err_t lq_abi_morpho_blue_position_encode(uint8_t *out, size_t out_max, size_t *out_sz,
                                            lq_err_msg_t *msg, const lq_hash_t *id,
                                            const lq_address_t *user)
{
    const size_t sz = 68;
    if (sz > out_max)
        return lq_abi_no_room(msg, "morpho_blue.position", sz, out_max);
    lq_abi_put_selector(out, 0x93c52062u);
    uint8_t *base = out + 4;
    memcpy(base, id->b, 32);
    lq_abi_put_address(base + 32, user);
    *out_sz = sz;
    return LQ_OK;
}

lq_err_t lq_abi_morpho_blue_position_decode(lq_abi_morpho_blue_position_ret_t *out,
                                            lq_err_msg_t *msg, const uint8_t *data, size_t data_sz)
{
    if (data_sz < 96)
        return lq_abi_bad_sz(msg, "morpho_blue.position", data_sz, 96);
    lq_abi_morpho_blue_position_ret_t v;
    v.supply_shares = lq_u256_from_be(data);
    if (!lq_abi_get_uint(&v.borrow_shares, data + 32, 128))
        return lq_abi_bad_word(msg, "morpho_blue.position.borrowShares", "data", 32, data + 32,
                               "a uint128");
    if (!lq_abi_get_uint(&v.collateral, data + 64, 128))
        return lq_abi_bad_word(msg, "morpho_blue.position.collateral", "data", 64, data + 64,
                               "a uint128");
    *out = v;
    return LQ_OK;
}

lq_err_t lq_abi_morpho_blue_id_to_market_params_encode(uint8_t *out, size_t out_max, size_t *out_sz,
                                                       lq_err_msg_t *msg, const lq_hash_t *id)
{
    const size_t sz = 36;
    if (sz > out_max)
        return lq_abi_no_room(msg, "morpho_blue.idToMarketParams", sz, out_max);
    lq_abi_put_selector(out, 0x2c3c9157u);
    uint8_t *base = out + 4;
    memcpy(base, id->b, 32);
    *out_sz = sz;
    return LQ_OK;
}

lq_err_t lq_abi_morpho_blue_id_to_market_params_decode(
    lq_abi_morpho_blue_id_to_market_params_ret_t *out, lq_err_msg_t *msg, const uint8_t *data,
    size_t data_sz)
{
    if (data_sz < 160)
        return lq_abi_bad_sz(msg, "morpho_blue.idToMarketParams", data_sz, 160);
    lq_abi_morpho_blue_id_to_market_params_ret_t v;
    if (!lq_abi_get_address(&v.loan_token, data))
        return lq_abi_bad_word(msg, "morpho_blue.idToMarketParams.loanToken", "data", 0, data,
                               "an address");
    if (!lq_abi_get_address(&v.collateral_token, data + 32))
        return lq_abi_bad_word(msg, "morpho_blue.idToMarketParams.collateralToken", "data", 32,
                               data + 32, "an address");
    if (!lq_abi_get_address(&v.oracle, data + 64))
        return lq_abi_bad_word(msg, "morpho_blue.idToMarketParams.oracle", "data", 64, data + 64,
                               "an address");
    if (!lq_abi_get_address(&v.irm, data + 96))
        return lq_abi_bad_word(msg, "morpho_blue.idToMarketParams.irm", "data", 96, data + 96,
                               "an address");
    v.lltv = lq_u256_from_be(data + 128);
    *out = v;
    return LQ_OK;
}

const lq_hash_t lq_abi_morpho_blue_create_market_event_topic = LQ_ABI_MORPHO_BLUE_CREATE_MARKET_EVENT_TOPIC_INIT;

lq_err_t lq_abi_morpho_blue_create_market_event_decode(
    lq_abi_morpho_blue_create_market_event_t *out, lq_err_msg_t *msg, const lq_hash_t *topics,
    size_t topic_cnt, const uint8_t *data, size_t data_sz)
{
    if (topic_cnt != 2 || data_sz != 160 ||
        !lq_abi_is_topic(topics, &lq_abi_morpho_blue_create_market_event_topic))
        return lq_abi_bad_log(msg, "morpho_blue.CreateMarket",
                              &lq_abi_morpho_blue_create_market_event_topic, topics, topic_cnt, 2,
                              data_sz, 160);
    lq_abi_morpho_blue_create_market_event_t v;
    memcpy(v.id.b, topics[1].b, 32);
    if (!lq_abi_get_address(&v.market_params.loan_token, data))
        return lq_abi_bad_word(msg, "morpho_blue.CreateMarket.marketParams.loanToken", "data", 0,
                               data, "an address");
    if (!lq_abi_get_address(&v.market_params.collateral_token, data + 32))
        return lq_abi_bad_word(msg, "morpho_blue.CreateMarket.marketParams.collateralToken", "data",
                               32, data + 32, "an address");
    if (!lq_abi_get_address(&v.market_params.oracle, data + 64))
        return lq_abi_bad_word(msg, "morpho_blue.CreateMarket.marketParams.oracle", "data", 64,
                               data + 64, "an address");
    if (!lq_abi_get_address(&v.market_params.irm, data + 96))
        return lq_abi_bad_word(msg, "morpho_blue.CreateMarket.marketParams.irm", "data", 96,
                               data + 96, "an address");
    v.market_params.lltv = lq_u256_from_be(data + 128);
    *out = v;
    return LQ_OK;
}

const lq_hash_t lq_abi_morpho_blue_supply_event_topic = LQ_ABI_MORPHO_BLUE_SUPPLY_EVENT_TOPIC_INIT;

lq_err_t lq_abi_morpho_blue_supply_event_decode(lq_abi_morpho_blue_supply_event_t *out,
                                                lq_err_msg_t *msg, const lq_hash_t *topics,
                                                size_t topic_cnt, const uint8_t *data,
                                                size_t data_sz)
{
    if (topic_cnt != 4 || data_sz != 64 ||
        !lq_abi_is_topic(topics, &lq_abi_morpho_blue_supply_event_topic))
        return lq_abi_bad_log(msg, "morpho_blue.Supply", &lq_abi_morpho_blue_supply_event_topic,
                              topics, topic_cnt, 4, data_sz, 64);
    lq_abi_morpho_blue_supply_event_t v;
    memcpy(v.id.b, topics[1].b, 32);
    if (!lq_abi_get_address(&v.caller, topics[2].b))
        return lq_abi_bad_word(msg, "morpho_blue.Supply.caller", "topics", 2, topics[2].b,
                               "an address");
    if (!lq_abi_get_address(&v.on_behalf, topics[3].b))
        return lq_abi_bad_word(msg, "morpho_blue.Supply.onBehalf", "topics", 3, topics[3].b,
                               "an address");
    v.assets = lq_u256_from_be(data);
    v.shares = lq_u256_from_be(data + 32);
    *out = v;
    return LQ_OK;
}

const lq_hash_t lq_abi_morpho_blue_withdraw_event_topic = LQ_ABI_MORPHO_BLUE_WITHDRAW_EVENT_TOPIC_INIT;

lq_err_t lq_abi_morpho_blue_withdraw_event_decode(lq_abi_morpho_blue_withdraw_event_t *out,
                                                  lq_err_msg_t *msg, const lq_hash_t *topics,
                                                  size_t topic_cnt, const uint8_t *data,
                                                  size_t data_sz)
{
    if (topic_cnt != 4 || data_sz != 96 ||
        !lq_abi_is_topic(topics, &lq_abi_morpho_blue_withdraw_event_topic))
        return lq_abi_bad_log(msg, "morpho_blue.Withdraw", &lq_abi_morpho_blue_withdraw_event_topic,
                              topics, topic_cnt, 4, data_sz, 96);
    lq_abi_morpho_blue_withdraw_event_t v;
    memcpy(v.id.b, topics[1].b, 32);
    if (!lq_abi_get_address(&v.on_behalf, topics[2].b))
        return lq_abi_bad_word(msg, "morpho_blue.Withdraw.onBehalf", "topics", 2, topics[2].b,
                               "an address");
    if (!lq_abi_get_address(&v.receiver, topics[3].b))
        return lq_abi_bad_word(msg, "morpho_blue.Withdraw.receiver", "topics", 3, topics[3].b,
                               "an address");
    if (!lq_abi_get_address(&v.caller, data))
        return lq_abi_bad_word(msg, "morpho_blue.Withdraw.caller", "data", 0, data, "an address");
    v.assets = lq_u256_from_be(data + 32);
    v.shares = lq_u256_from_be(data + 64);
    *out = v;
    return LQ_OK;
}

const lq_hash_t lq_abi_morpho_blue_borrow_event_topic = LQ_ABI_MORPHO_BLUE_BORROW_EVENT_TOPIC_INIT;

lq_err_t lq_abi_morpho_blue_borrow_event_decode(lq_abi_morpho_blue_borrow_event_t *out,
                                                lq_err_msg_t *msg, const lq_hash_t *topics,
                                                size_t topic_cnt, const uint8_t *data,
                                                size_t data_sz)
{
    if (topic_cnt != 4 || data_sz != 96 ||
        !lq_abi_is_topic(topics, &lq_abi_morpho_blue_borrow_event_topic))
        return lq_abi_bad_log(msg, "morpho_blue.Borrow", &lq_abi_morpho_blue_borrow_event_topic,
                              topics, topic_cnt, 4, data_sz, 96);
    lq_abi_morpho_blue_borrow_event_t v;
    memcpy(v.id.b, topics[1].b, 32);
    if (!lq_abi_get_address(&v.on_behalf, topics[2].b))
        return lq_abi_bad_word(msg, "morpho_blue.Borrow.onBehalf", "topics", 2, topics[2].b,
                               "an address");
    if (!lq_abi_get_address(&v.receiver, topics[3].b))
        return lq_abi_bad_word(msg, "morpho_blue.Borrow.receiver", "topics", 3, topics[3].b,
                               "an address");
    if (!lq_abi_get_address(&v.caller, data))
        return lq_abi_bad_word(msg, "morpho_blue.Borrow.caller", "data", 0, data, "an address");
    v.assets = lq_u256_from_be(data + 32);
    v.shares = lq_u256_from_be(data + 64);
    *out = v;
    return LQ_OK;
}

const lq_hash_t lq_abi_morpho_blue_repay_event_topic = LQ_ABI_MORPHO_BLUE_REPAY_EVENT_TOPIC_INIT;

lq_err_t lq_abi_morpho_blue_repay_event_decode(lq_abi_morpho_blue_repay_event_t *out,
                                               lq_err_msg_t *msg, const lq_hash_t *topics,
                                               size_t topic_cnt, const uint8_t *data,
                                               size_t data_sz)
{
    if (topic_cnt != 4 || data_sz != 64 ||
        !lq_abi_is_topic(topics, &lq_abi_morpho_blue_repay_event_topic))
        return lq_abi_bad_log(msg, "morpho_blue.Repay", &lq_abi_morpho_blue_repay_event_topic,
                              topics, topic_cnt, 4, data_sz, 64);
    lq_abi_morpho_blue_repay_event_t v;
    memcpy(v.id.b, topics[1].b, 32);
    if (!lq_abi_get_address(&v.caller, topics[2].b))
        return lq_abi_bad_word(msg, "morpho_blue.Repay.caller", "topics", 2, topics[2].b,
                               "an address");
    if (!lq_abi_get_address(&v.on_behalf, topics[3].b))
        return lq_abi_bad_word(msg, "morpho_blue.Repay.onBehalf", "topics", 3, topics[3].b,
                               "an address");
    v.assets = lq_u256_from_be(data);
    v.shares = lq_u256_from_be(data + 32);
    *out = v;
    return LQ_OK;
}

const lq_hash_t lq_abi_morpho_blue_supply_collateral_event_topic = LQ_ABI_MORPHO_BLUE_SUPPLY_COLLATERAL_EVENT_TOPIC_INIT;

lq_err_t lq_abi_morpho_blue_supply_collateral_event_decode(
    lq_abi_morpho_blue_supply_collateral_event_t *out, lq_err_msg_t *msg, const lq_hash_t *topics,
    size_t topic_cnt, const uint8_t *data, size_t data_sz)
{
    if (topic_cnt != 4 || data_sz != 32 ||
        !lq_abi_is_topic(topics, &lq_abi_morpho_blue_supply_collateral_event_topic))
        return lq_abi_bad_log(msg, "morpho_blue.SupplyCollateral",
                              &lq_abi_morpho_blue_supply_collateral_event_topic, topics, topic_cnt,
                              4, data_sz, 32);
    lq_abi_morpho_blue_supply_collateral_event_t v;
    memcpy(v.id.b, topics[1].b, 32);
    if (!lq_abi_get_address(&v.caller, topics[2].b))
        return lq_abi_bad_word(msg, "morpho_blue.SupplyCollateral.caller", "topics", 2, topics[2].b,
                               "an address");
    if (!lq_abi_get_address(&v.on_behalf, topics[3].b))
        return lq_abi_bad_word(msg, "morpho_blue.SupplyCollateral.onBehalf", "topics", 3,
                               topics[3].b, "an address");
    v.assets = lq_u256_from_be(data);
    *out = v;
    return LQ_OK;
}

const lq_hash_t lq_abi_morpho_blue_withdraw_collateral_event_topic = LQ_ABI_MORPHO_BLUE_WITHDRAW_COLLATERAL_EVENT_TOPIC_INIT;

lq_err_t lq_abi_morpho_blue_withdraw_collateral_event_decode(
    lq_abi_morpho_blue_withdraw_collateral_event_t *out, lq_err_msg_t *msg, const lq_hash_t *topics,
    size_t topic_cnt, const uint8_t *data, size_t data_sz)
{
    if (topic_cnt != 4 || data_sz != 64 ||
        !lq_abi_is_topic(topics, &lq_abi_morpho_blue_withdraw_collateral_event_topic))
        return lq_abi_bad_log(msg, "morpho_blue.WithdrawCollateral",
                              &lq_abi_morpho_blue_withdraw_collateral_event_topic, topics,
                              topic_cnt, 4, data_sz, 64);
    lq_abi_morpho_blue_withdraw_collateral_event_t v;
    memcpy(v.id.b, topics[1].b, 32);
    if (!lq_abi_get_address(&v.on_behalf, topics[2].b))
        return lq_abi_bad_word(msg, "morpho_blue.WithdrawCollateral.onBehalf", "topics", 2,
                               topics[2].b, "an address");
    if (!lq_abi_get_address(&v.receiver, topics[3].b))
        return lq_abi_bad_word(msg, "morpho_blue.WithdrawCollateral.receiver", "topics", 3,
                               topics[3].b, "an address");
    if (!lq_abi_get_address(&v.caller, data))
        return lq_abi_bad_word(msg, "morpho_blue.WithdrawCollateral.caller", "data", 0, data,
                               "an address");
    v.assets = lq_u256_from_be(data + 32);
    *out = v;
    return LQ_OK;
}

const lq_hash_t lq_abi_morpho_blue_liquidate_event_topic = LQ_ABI_MORPHO_BLUE_LIQUIDATE_EVENT_TOPIC_INIT;

lq_err_t lq_abi_morpho_blue_liquidate_event_decode(lq_abi_morpho_blue_liquidate_event_t *out,
                                                   lq_err_msg_t *msg, const lq_hash_t *topics,
                                                   size_t topic_cnt, const uint8_t *data,
                                                   size_t data_sz)
{
    if (topic_cnt != 4 || data_sz != 160 ||
        !lq_abi_is_topic(topics, &lq_abi_morpho_blue_liquidate_event_topic))
        return lq_abi_bad_log(msg, "morpho_blue.Liquidate",
                              &lq_abi_morpho_blue_liquidate_event_topic, topics, topic_cnt, 4,
                              data_sz, 160);
    lq_abi_morpho_blue_liquidate_event_t v;
    memcpy(v.id.b, topics[1].b, 32);
    if (!lq_abi_get_address(&v.caller, topics[2].b))
        return lq_abi_bad_word(msg, "morpho_blue.Liquidate.caller", "topics", 2, topics[2].b,
                               "an address");
    if (!lq_abi_get_address(&v.borrower, topics[3].b))
        return lq_abi_bad_word(msg, "morpho_blue.Liquidate.borrower", "topics", 3, topics[3].b,
                               "an address");
    v.repaid_assets = lq_u256_from_be(data);
    v.repaid_shares = lq_u256_from_be(data + 32);
    v.seized_assets = lq_u256_from_be(data + 64);
    v.bad_debt_assets = lq_u256_from_be(data + 96);
    v.bad_debt_shares = lq_u256_from_be(data + 128);
    *out = v;
    return LQ_OK;
}

const lq_hash_t lq_abi_morpho_blue_accrue_interest_event_topic = LQ_ABI_MORPHO_BLUE_ACCRUE_INTEREST_EVENT_TOPIC_INIT;

lq_err_t lq_abi_morpho_blue_accrue_interest_event_decode(
    lq_abi_morpho_blue_accrue_interest_event_t *out, lq_err_msg_t *msg, const lq_hash_t *topics,
    size_t topic_cnt, const uint8_t *data, size_t data_sz)
{
    if (topic_cnt != 2 || data_sz != 96 ||
        !lq_abi_is_topic(topics, &lq_abi_morpho_blue_accrue_interest_event_topic))
        return lq_abi_bad_log(msg, "morpho_blue.AccrueInterest",
                              &lq_abi_morpho_blue_accrue_interest_event_topic, topics, topic_cnt, 2,
                              data_sz, 96);
    lq_abi_morpho_blue_accrue_interest_event_t v;
    memcpy(v.id.b, topics[1].b, 32);
    v.prev_borrow_rate = lq_u256_from_be(data);
    v.interest = lq_u256_from_be(data + 32);
    v.fee_shares = lq_u256_from_be(data + 64);
    *out = v;
    return LQ_OK;
}

const lq_hash_t lq_abi_morpho_blue_set_fee_event_topic = LQ_ABI_MORPHO_BLUE_SET_FEE_EVENT_TOPIC_INIT;

lq_err_t lq_abi_morpho_blue_set_fee_event_decode(lq_abi_morpho_blue_set_fee_event_t *out,
                                                 lq_err_msg_t *msg, const lq_hash_t *topics,
                                                 size_t topic_cnt, const uint8_t *data,
                                                 size_t data_sz)
{
    if (topic_cnt != 2 || data_sz != 32 ||
        !lq_abi_is_topic(topics, &lq_abi_morpho_blue_set_fee_event_topic))
        return lq_abi_bad_log(msg, "morpho_blue.SetFee", &lq_abi_morpho_blue_set_fee_event_topic,
                              topics, topic_cnt, 2, data_sz, 32);
    lq_abi_morpho_blue_set_fee_event_t v;
    memcpy(v.id.b, topics[1].b, 32);
    v.new_fee = lq_u256_from_be(data);
    *out = v;
    return LQ_OK;
}

lq_err_t lq_abi_morpho_blue_price_encode(uint8_t *out, size_t out_max, size_t *out_sz,
                                         lq_err_msg_t *msg)
{
    const size_t sz = 4;
    if (sz > out_max)
        return lq_abi_no_room(msg, "morpho_blue.price", sz, out_max);
    lq_abi_put_selector(out, 0xa035b1feu);
    *out_sz = sz;
    return LQ_OK;
}

lq_err_t lq_abi_morpho_blue_price_decode(lq_u256_t *out, lq_err_msg_t *msg, const uint8_t *data,
                                         size_t data_sz)
{
    if (data_sz < 32)
        return lq_abi_bad_sz(msg, "morpho_blue.price", data_sz, 32);
    lq_u256_t v;
    v = lq_u256_from_be(data);
    *out = v;
    return LQ_OK;
}

/* clang-format on */
