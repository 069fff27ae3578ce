/* Written by tools/gen_abi from abi/uniswap_v3: edit that and run it again.
   Long because a function has lines for each parameter. */
#include "liqd/codec/abi_uniswap_v3.h"

#include "abi_internal.h"

/* clang-format off */

lq_err_t lq_abi_uniswap_v3_get_pool_encode(uint8_t *out, size_t out_max, size_t *out_sz,
                                           lq_err_msg_t *msg, const lq_address_t *token_a,
                                           const lq_address_t *token_b, uint64_t fee)
{
    if (fee >> 24 != 0)
        return lq_abi_no_fit(msg, "uniswap_v3.getPool.fee", "a uint24");
    const size_t sz = 100;
    if (sz > out_max)
        return lq_abi_no_room(msg, "uniswap_v3.getPool", sz, out_max);
    lq_abi_put_selector(out, 0x1698ee82u);
    uint8_t *base = out + 4;
    lq_abi_put_address(base, token_a);
    lq_abi_put_address(base + 32, token_b);
    lq_abi_put_u64(base + 64, fee);
    *out_sz = sz;
    return LQ_OK;
}

lq_err_t lq_abi_uniswap_v3_get_pool_decode(lq_address_t *out, lq_err_msg_t *msg,
                                           const uint8_t *data, size_t data_sz)
{
    if (data_sz < 32)
        return lq_abi_bad_sz(msg, "uniswap_v3.getPool", data_sz, 32);
    lq_address_t v;
    if (!lq_abi_get_address(&v, data))
        return lq_abi_bad_word(msg, "uniswap_v3.getPool.value", "data", 0, data, "an address");
    *out = v;
    return LQ_OK;
}

lq_err_t lq_abi_uniswap_v3_fee_amount_tick_spacing_encode(uint8_t *out, size_t out_max,
                                                          size_t *out_sz, lq_err_msg_t *msg,
                                                          uint64_t fee)
{
    if (fee >> 24 != 0)
        return lq_abi_no_fit(msg, "uniswap_v3.feeAmountTickSpacing.fee", "a uint24");
    const size_t sz = 36;
    if (sz > out_max)
        return lq_abi_no_room(msg, "uniswap_v3.feeAmountTickSpacing", sz, out_max);
    lq_abi_put_selector(out, 0x22afcccbu);
    uint8_t *base = out + 4;
    lq_abi_put_u64(base, fee);
    *out_sz = sz;
    return LQ_OK;
}

lq_err_t lq_abi_uniswap_v3_fee_amount_tick_spacing_decode(int64_t *out, lq_err_msg_t *msg,
                                                          const uint8_t *data, size_t data_sz)
{
    if (data_sz < 32)
        return lq_abi_bad_sz(msg, "uniswap_v3.feeAmountTickSpacing", data_sz, 32);
    int64_t v;
    if (!lq_abi_get_i64(&v, data, 24))
        return lq_abi_bad_word(msg, "uniswap_v3.feeAmountTickSpacing.value", "data", 0, data,
                               "an int24");
    *out = v;
    return LQ_OK;
}

lq_err_t lq_abi_uniswap_v3_token0_encode(uint8_t *out, size_t out_max, size_t *out_sz,
                                         lq_err_msg_t *msg)
{
    const size_t sz = 4;
    if (sz > out_max)
        return lq_abi_no_room(msg, "uniswap_v3.token0", sz, out_max);
    lq_abi_put_selector(out, 0x0dfe1681u);
    *out_sz = sz;
    return LQ_OK;
}

lq_err_t lq_abi_uniswap_v3_token0_decode(lq_address_t *out, lq_err_msg_t *msg, const uint8_t *data,
                                         size_t data_sz)
{
    if (data_sz < 32)
        return lq_abi_bad_sz(msg, "uniswap_v3.token0", data_sz, 32);
    lq_address_t v;
    if (!lq_abi_get_address(&v, data))
        return lq_abi_bad_word(msg, "uniswap_v3.token0.value", "data", 0, data, "an address");
    *out = v;
    return LQ_OK;
}

lq_err_t lq_abi_uniswap_v3_token1_encode(uint8_t *out, size_t out_max, size_t *out_sz,
                                         lq_err_msg_t *msg)
{
    const size_t sz = 4;
    if (sz > out_max)
        return lq_abi_no_room(msg, "uniswap_v3.token1", sz, out_max);
    lq_abi_put_selector(out, 0xd21220a7u);
    *out_sz = sz;
    return LQ_OK;
}

lq_err_t lq_abi_uniswap_v3_token1_decode(lq_address_t *out, lq_err_msg_t *msg, const uint8_t *data,
                                         size_t data_sz)
{
    if (data_sz < 32)
        return lq_abi_bad_sz(msg, "uniswap_v3.token1", data_sz, 32);
    lq_address_t v;
    if (!lq_abi_get_address(&v, data))
        return lq_abi_bad_word(msg, "uniswap_v3.token1.value", "data", 0, data, "an address");
    *out = v;
    return LQ_OK;
}

lq_err_t lq_abi_uniswap_v3_fee_encode(uint8_t *out, size_t out_max, size_t *out_sz,
                                      lq_err_msg_t *msg)
{
    const size_t sz = 4;
    if (sz > out_max)
        return lq_abi_no_room(msg, "uniswap_v3.fee", sz, out_max);
    lq_abi_put_selector(out, 0xddca3f43u);
    *out_sz = sz;
    return LQ_OK;
}

lq_err_t lq_abi_uniswap_v3_fee_decode(uint64_t *out, lq_err_msg_t *msg, const uint8_t *data,
                                      size_t data_sz)
{
    if (data_sz < 32)
        return lq_abi_bad_sz(msg, "uniswap_v3.fee", data_sz, 32);
    uint64_t v;
    if (!lq_abi_get_u64(&v, data, 24))
        return lq_abi_bad_word(msg, "uniswap_v3.fee.value", "data", 0, data, "a uint24");
    *out = v;
    return LQ_OK;
}

lq_err_t lq_abi_uniswap_v3_tick_spacing_encode(uint8_t *out, size_t out_max, size_t *out_sz,
                                               lq_err_msg_t *msg)
{
    const size_t sz = 4;
    if (sz > out_max)
        return lq_abi_no_room(msg, "uniswap_v3.tickSpacing", sz, out_max);
    lq_abi_put_selector(out, 0xd0c93a7cu);
    *out_sz = sz;
    return LQ_OK;
}

lq_err_t lq_abi_uniswap_v3_tick_spacing_decode(int64_t *out, lq_err_msg_t *msg, const uint8_t *data,
                                               size_t data_sz)
{
    if (data_sz < 32)
        return lq_abi_bad_sz(msg, "uniswap_v3.tickSpacing", data_sz, 32);
    int64_t v;
    if (!lq_abi_get_i64(&v, data, 24))
        return lq_abi_bad_word(msg, "uniswap_v3.tickSpacing.value", "data", 0, data, "an int24");
    *out = v;
    return LQ_OK;
}

lq_err_t lq_abi_uniswap_v3_liquidity_encode(uint8_t *out, size_t out_max, size_t *out_sz,
                                            lq_err_msg_t *msg)
{
    const size_t sz = 4;
    if (sz > out_max)
        return lq_abi_no_room(msg, "uniswap_v3.liquidity", sz, out_max);
    lq_abi_put_selector(out, 0x1a686502u);
    *out_sz = sz;
    return LQ_OK;
}

lq_err_t lq_abi_uniswap_v3_liquidity_decode(lq_u256_t *out, lq_err_msg_t *msg, const uint8_t *data,
                                            size_t data_sz)
{
    if (data_sz < 32)
        return lq_abi_bad_sz(msg, "uniswap_v3.liquidity", data_sz, 32);
    lq_u256_t v;
    if (!lq_abi_get_uint(&v, data, 128))
        return lq_abi_bad_word(msg, "uniswap_v3.liquidity.value", "data", 0, data, "a uint128");
    *out = v;
    return LQ_OK;
}

lq_err_t lq_abi_uniswap_v3_slot0_encode(uint8_t *out, size_t out_max, size_t *out_sz,
                                        lq_err_msg_t *msg)
{
    const size_t sz = 4;
    if (sz > out_max)
        return lq_abi_no_room(msg, "uniswap_v3.slot0", sz, out_max);
    lq_abi_put_selector(out, 0x3850c7bdu);
    *out_sz = sz;
    return LQ_OK;
}

lq_err_t lq_abi_uniswap_v3_slot0_decode(lq_abi_uniswap_v3_slot0_ret_t *out, lq_err_msg_t *msg,
                                        const uint8_t *data, size_t data_sz)
{
    if (data_sz < 224)
        return lq_abi_bad_sz(msg, "uniswap_v3.slot0", data_sz, 224);
    lq_abi_uniswap_v3_slot0_ret_t v;
    if (!lq_abi_get_uint(&v.sqrt_price_x96, data, 160))
        return lq_abi_bad_word(msg, "uniswap_v3.slot0.sqrtPriceX96", "data", 0, data, "a uint160");
    if (!lq_abi_get_i64(&v.tick, data + 32, 24))
        return lq_abi_bad_word(msg, "uniswap_v3.slot0.tick", "data", 32, data + 32, "an int24");
    if (!lq_abi_get_u64(&v.observation_index, data + 64, 16))
        return lq_abi_bad_word(msg, "uniswap_v3.slot0.observationIndex", "data", 64, data + 64,
                               "a uint16");
    if (!lq_abi_get_u64(&v.observation_cardinality, data + 96, 16))
        return lq_abi_bad_word(msg, "uniswap_v3.slot0.observationCardinality", "data", 96,
                               data + 96, "a uint16");
    if (!lq_abi_get_u64(&v.observation_cardinality_next, data + 128, 16))
        return lq_abi_bad_word(msg, "uniswap_v3.slot0.observationCardinalityNext", "data", 128,
                               data + 128, "a uint16");
    if (!lq_abi_get_u64(&v.fee_protocol, data + 160, 8))
        return lq_abi_bad_word(msg, "uniswap_v3.slot0.feeProtocol", "data", 160, data + 160,
                               "a uint8");
    if (!lq_abi_get_bool(&v.unlocked, data + 192))
        return lq_abi_bad_word(msg, "uniswap_v3.slot0.unlocked", "data", 192, data + 192, "a bool");
    *out = v;
    return LQ_OK;
}

lq_err_t lq_abi_uniswap_v3_tick_bitmap_encode(uint8_t *out, size_t out_max, size_t *out_sz,
                                              lq_err_msg_t *msg, int64_t word_position)
{
    if (word_position < -(INT64_C(1) << 15) || word_position >= (INT64_C(1) << 15))
        return lq_abi_no_fit(msg, "uniswap_v3.tickBitmap.wordPosition", "an int16");
    const size_t sz = 36;
    if (sz > out_max)
        return lq_abi_no_room(msg, "uniswap_v3.tickBitmap", sz, out_max);
    lq_abi_put_selector(out, 0x5339c296u);
    uint8_t *base = out + 4;
    lq_abi_put_i64(base, word_position);
    *out_sz = sz;
    return LQ_OK;
}

lq_err_t lq_abi_uniswap_v3_tick_bitmap_decode(lq_u256_t *out, lq_err_msg_t *msg,
                                              const uint8_t *data, size_t data_sz)
{
    if (data_sz < 32)
        return lq_abi_bad_sz(msg, "uniswap_v3.tickBitmap", data_sz, 32);
    lq_u256_t v;
    v = lq_u256_from_be(data);
    *out = v;
    return LQ_OK;
}

lq_err_t lq_abi_uniswap_v3_ticks_encode(uint8_t *out, size_t out_max, size_t *out_sz,
                                        lq_err_msg_t *msg, int64_t tick)
{
    if (tick < -(INT64_C(1) << 23) || tick >= (INT64_C(1) << 23))
        return lq_abi_no_fit(msg, "uniswap_v3.ticks.tick", "an int24");
    const size_t sz = 36;
    if (sz > out_max)
        return lq_abi_no_room(msg, "uniswap_v3.ticks", sz, out_max);
    lq_abi_put_selector(out, 0xf30dba93u);
    uint8_t *base = out + 4;
    lq_abi_put_i64(base, tick);
    *out_sz = sz;
    return LQ_OK;
}

lq_err_t lq_abi_uniswap_v3_ticks_decode(lq_abi_uniswap_v3_ticks_ret_t *out, lq_err_msg_t *msg,
                                        const uint8_t *data, size_t data_sz)
{
    if (data_sz < 256)
        return lq_abi_bad_sz(msg, "uniswap_v3.ticks", data_sz, 256);
    lq_abi_uniswap_v3_ticks_ret_t v;
    if (!lq_abi_get_uint(&v.liquidity_gross, data, 128))
        return lq_abi_bad_word(msg, "uniswap_v3.ticks.liquidityGross", "data", 0, data,
                               "a uint128");
    if (!lq_abi_get_int(&v.liquidity_net, data + 32, 128))
        return lq_abi_bad_word(msg, "uniswap_v3.ticks.liquidityNet", "data", 32, data + 32,
                               "an int128");
    v.fee_growth_outside0_x128 = lq_u256_from_be(data + 64);
    v.fee_growth_outside1_x128 = lq_u256_from_be(data + 96);
    if (!lq_abi_get_i64(&v.tick_cumulative_outside, data + 128, 56))
        return lq_abi_bad_word(msg, "uniswap_v3.ticks.tickCumulativeOutside", "data", 128,
                               data + 128, "an int56");
    if (!lq_abi_get_uint(&v.seconds_per_liquidity_outside_x128, data + 160, 160))
        return lq_abi_bad_word(msg, "uniswap_v3.ticks.secondsPerLiquidityOutsideX128", "data", 160,
                               data + 160, "a uint160");
    if (!lq_abi_get_u64(&v.seconds_outside, data + 192, 32))
        return lq_abi_bad_word(msg, "uniswap_v3.ticks.secondsOutside", "data", 192, data + 192,
                               "a uint32");
    if (!lq_abi_get_bool(&v.initialized, data + 224))
        return lq_abi_bad_word(msg, "uniswap_v3.ticks.initialized", "data", 224, data + 224,
                               "a bool");
    *out = v;
    return LQ_OK;
}

const lq_hash_t lq_abi_uniswap_v3_initialize_event_topic = LQ_ABI_UNISWAP_V3_INITIALIZE_EVENT_TOPIC_INIT;

lq_err_t lq_abi_uniswap_v3_initialize_event_decode(lq_abi_uniswap_v3_initialize_event_t *out,
                                                   lq_err_msg_t *msg, const lq_hash_t *topics,
                                                   size_t topic_cnt, const uint8_t *data,
                                                   size_t data_sz)
{
    if (topic_cnt != 1 || data_sz != 64 ||
        !lq_abi_is_topic(topics, &lq_abi_uniswap_v3_initialize_event_topic))
        return lq_abi_bad_log(msg, "uniswap_v3.Initialize",
                              &lq_abi_uniswap_v3_initialize_event_topic, topics, topic_cnt, 1,
                              data_sz, 64);
    lq_abi_uniswap_v3_initialize_event_t v;
    if (!lq_abi_get_uint(&v.sqrt_price_x96, data, 160))
        return lq_abi_bad_word(msg, "uniswap_v3.Initialize.sqrtPriceX96", "data", 0, data,
                               "a uint160");
    if (!lq_abi_get_i64(&v.tick, data + 32, 24))
        return lq_abi_bad_word(msg, "uniswap_v3.Initialize.tick", "data", 32, data + 32,
                               "an int24");
    *out = v;
    return LQ_OK;
}

const lq_hash_t lq_abi_uniswap_v3_mint_event_topic = LQ_ABI_UNISWAP_V3_MINT_EVENT_TOPIC_INIT;

lq_err_t lq_abi_uniswap_v3_mint_event_decode(lq_abi_uniswap_v3_mint_event_t *out, lq_err_msg_t *msg,
                                             const lq_hash_t *topics, size_t topic_cnt,
                                             const uint8_t *data, size_t data_sz)
{
    if (topic_cnt != 4 || data_sz != 128 ||
        !lq_abi_is_topic(topics, &lq_abi_uniswap_v3_mint_event_topic))
        return lq_abi_bad_log(msg, "uniswap_v3.Mint", &lq_abi_uniswap_v3_mint_event_topic, topics,
                              topic_cnt, 4, data_sz, 128);
    lq_abi_uniswap_v3_mint_event_t v;
    if (!lq_abi_get_address(&v.owner, topics[1].b))
        return lq_abi_bad_word(msg, "uniswap_v3.Mint.owner", "topics", 1, topics[1].b,
                               "an address");
    if (!lq_abi_get_i64(&v.tick_lower, topics[2].b, 24))
        return lq_abi_bad_word(msg, "uniswap_v3.Mint.tickLower", "topics", 2, topics[2].b,
                               "an int24");
    if (!lq_abi_get_i64(&v.tick_upper, topics[3].b, 24))
        return lq_abi_bad_word(msg, "uniswap_v3.Mint.tickUpper", "topics", 3, topics[3].b,
                               "an int24");
    if (!lq_abi_get_address(&v.sender, data))
        return lq_abi_bad_word(msg, "uniswap_v3.Mint.sender", "data", 0, data, "an address");
    if (!lq_abi_get_uint(&v.amount, data + 32, 128))
        return lq_abi_bad_word(msg, "uniswap_v3.Mint.amount", "data", 32, data + 32, "a uint128");
    v.amount0 = lq_u256_from_be(data + 64);
    v.amount1 = lq_u256_from_be(data + 96);
    *out = v;
    return LQ_OK;
}

const lq_hash_t lq_abi_uniswap_v3_burn_event_topic = LQ_ABI_UNISWAP_V3_BURN_EVENT_TOPIC_INIT;

lq_err_t lq_abi_uniswap_v3_burn_event_decode(lq_abi_uniswap_v3_burn_event_t *out, lq_err_msg_t *msg,
                                             const lq_hash_t *topics, size_t topic_cnt,
                                             const uint8_t *data, size_t data_sz)
{
    if (topic_cnt != 4 || data_sz != 96 ||
        !lq_abi_is_topic(topics, &lq_abi_uniswap_v3_burn_event_topic))
        return lq_abi_bad_log(msg, "uniswap_v3.Burn", &lq_abi_uniswap_v3_burn_event_topic, topics,
                              topic_cnt, 4, data_sz, 96);
    lq_abi_uniswap_v3_burn_event_t v;
    if (!lq_abi_get_address(&v.owner, topics[1].b))
        return lq_abi_bad_word(msg, "uniswap_v3.Burn.owner", "topics", 1, topics[1].b,
                               "an address");
    if (!lq_abi_get_i64(&v.tick_lower, topics[2].b, 24))
        return lq_abi_bad_word(msg, "uniswap_v3.Burn.tickLower", "topics", 2, topics[2].b,
                               "an int24");
    if (!lq_abi_get_i64(&v.tick_upper, topics[3].b, 24))
        return lq_abi_bad_word(msg, "uniswap_v3.Burn.tickUpper", "topics", 3, topics[3].b,
                               "an int24");
    if (!lq_abi_get_uint(&v.amount, data, 128))
        return lq_abi_bad_word(msg, "uniswap_v3.Burn.amount", "data", 0, data, "a uint128");
    v.amount0 = lq_u256_from_be(data + 32);
    v.amount1 = lq_u256_from_be(data + 64);
    *out = v;
    return LQ_OK;
}

const lq_hash_t lq_abi_uniswap_v3_swap_event_topic = LQ_ABI_UNISWAP_V3_SWAP_EVENT_TOPIC_INIT;

lq_err_t lq_abi_uniswap_v3_swap_event_decode(lq_abi_uniswap_v3_swap_event_t *out, lq_err_msg_t *msg,
                                             const lq_hash_t *topics, size_t topic_cnt,
                                             const uint8_t *data, size_t data_sz)
{
    if (topic_cnt != 3 || data_sz != 160 ||
        !lq_abi_is_topic(topics, &lq_abi_uniswap_v3_swap_event_topic))
        return lq_abi_bad_log(msg, "uniswap_v3.Swap", &lq_abi_uniswap_v3_swap_event_topic, topics,
                              topic_cnt, 3, data_sz, 160);
    lq_abi_uniswap_v3_swap_event_t v;
    if (!lq_abi_get_address(&v.sender, topics[1].b))
        return lq_abi_bad_word(msg, "uniswap_v3.Swap.sender", "topics", 1, topics[1].b,
                               "an address");
    if (!lq_abi_get_address(&v.recipient, topics[2].b))
        return lq_abi_bad_word(msg, "uniswap_v3.Swap.recipient", "topics", 2, topics[2].b,
                               "an address");
    v.amount0 = lq_u256_from_be(data);
    v.amount1 = lq_u256_from_be(data + 32);
    if (!lq_abi_get_uint(&v.sqrt_price_x96, data + 64, 160))
        return lq_abi_bad_word(msg, "uniswap_v3.Swap.sqrtPriceX96", "data", 64, data + 64,
                               "a uint160");
    if (!lq_abi_get_uint(&v.liquidity, data + 96, 128))
        return lq_abi_bad_word(msg, "uniswap_v3.Swap.liquidity", "data", 96, data + 96,
                               "a uint128");
    if (!lq_abi_get_i64(&v.tick, data + 128, 24))
        return lq_abi_bad_word(msg, "uniswap_v3.Swap.tick", "data", 128, data + 128, "an int24");
    *out = v;
    return LQ_OK;
}

/* clang-format on */
