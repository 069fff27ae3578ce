/* Written by tools/gen_abi from abi/uniswap_v2: edit that and run it again.
   Long because a function has lines for each parameter. */
#include "liqd/codec/abi_uniswap_v2.h"

#include "abi_internal.h"

/* clang-format off */

lq_err_t lq_abi_uniswap_v2_get_pair_encode(uint8_t *out, size_t out_max, size_t *out_sz,
                                           lq_err_msg_t *msg, const lq_address_t *token_a,
                                           const lq_address_t *token_b)
{
    const size_t sz = 68;
    if (sz > out_max)
        return lq_abi_no_room(msg, "uniswap_v2.getPair", sz, out_max);
    lq_abi_put_selector(out, 0xe6a43905u);
    uint8_t *base = out + 4;
    lq_abi_put_address(base, token_a);
    lq_abi_put_address(base + 32, token_b);
    *out_sz = sz;
    return LQ_OK;
}

lq_err_t lq_abi_uniswap_v2_get_pair_decode(lq_address_t *out, lq_err_msg_t *msg,
                                           const uint8_t *data, size_t data_sz)
{
    if (data_sz < 32)
        return lq_abi_bad_sz(msg, "uniswap_v2.getPair", data_sz, 32);
    lq_address_t v;
    if (!lq_abi_get_address(&v, data))
        return lq_abi_bad_word(msg, "uniswap_v2.getPair.value", "data", 0, data, "an address");
    *out = v;
    return LQ_OK;
}

lq_err_t lq_abi_uniswap_v2_token0_encode(uint8_t *out, size_t out_max, size_t *out_sz,
                                         lq_err_msg_t *msg)
{
    const size_t sz = 4;
    if (sz > out_max)
        return lq_abi_no_room(msg, "uniswap_v2.token0", sz, out_max);
    lq_abi_put_selector(out, 0x0dfe1681u);
    *out_sz = sz;
    return LQ_OK;
}

lq_err_t lq_abi_uniswap_v2_token0_decode(lq_address_t *out, lq_err_msg_t *msg, const uint8_t *data,
                                         size_t data_sz)
{
    if (data_sz < 32)
        return lq_abi_bad_sz(msg, "uniswap_v2.token0", data_sz, 32);
    lq_address_t v;
    if (!lq_abi_get_address(&v, data))
        return lq_abi_bad_word(msg, "uniswap_v2.token0.value", "data", 0, data, "an address");
    *out = v;
    return LQ_OK;
}

lq_err_t lq_abi_uniswap_v2_token1_encode(uint8_t *out, size_t out_max, size_t *out_sz,
                                         lq_err_msg_t *msg)
{
    const size_t sz = 4;
    if (sz > out_max)
        return lq_abi_no_room(msg, "uniswap_v2.token1", sz, out_max);
    lq_abi_put_selector(out, 0xd21220a7u);
    *out_sz = sz;
    return LQ_OK;
}

lq_err_t lq_abi_uniswap_v2_token1_decode(lq_address_t *out, lq_err_msg_t *msg, const uint8_t *data,
                                         size_t data_sz)
{
    if (data_sz < 32)
        return lq_abi_bad_sz(msg, "uniswap_v2.token1", data_sz, 32);
    lq_address_t v;
    if (!lq_abi_get_address(&v, data))
        return lq_abi_bad_word(msg, "uniswap_v2.token1.value", "data", 0, data, "an address");
    *out = v;
    return LQ_OK;
}

lq_err_t lq_abi_uniswap_v2_get_reserves_encode(uint8_t *out, size_t out_max, size_t *out_sz,
                                               lq_err_msg_t *msg)
{
    const size_t sz = 4;
    if (sz > out_max)
        return lq_abi_no_room(msg, "uniswap_v2.getReserves", sz, out_max);
    lq_abi_put_selector(out, 0x0902f1acu);
    *out_sz = sz;
    return LQ_OK;
}

lq_err_t lq_abi_uniswap_v2_get_reserves_decode(lq_abi_uniswap_v2_get_reserves_ret_t *out,
                                               lq_err_msg_t *msg, const uint8_t *data,
                                               size_t data_sz)
{
    if (data_sz < 96)
        return lq_abi_bad_sz(msg, "uniswap_v2.getReserves", data_sz, 96);
    lq_abi_uniswap_v2_get_reserves_ret_t v;
    if (!lq_abi_get_uint(&v.reserve0, data, 112))
        return lq_abi_bad_word(msg, "uniswap_v2.getReserves._reserve0", "data", 0, data,
                               "a uint112");
    if (!lq_abi_get_uint(&v.reserve1, data + 32, 112))
        return lq_abi_bad_word(msg, "uniswap_v2.getReserves._reserve1", "data", 32, data + 32,
                               "a uint112");
    if (!lq_abi_get_u64(&v.block_timestamp_last, data + 64, 32))
        return lq_abi_bad_word(msg, "uniswap_v2.getReserves._blockTimestampLast", "data", 64,
                               data + 64, "a uint32");
    *out = v;
    return LQ_OK;
}

const lq_hash_t lq_abi_uniswap_v2_sync_event_topic = LQ_ABI_UNISWAP_V2_SYNC_EVENT_TOPIC_INIT;

lq_err_t lq_abi_uniswap_v2_sync_event_decode(lq_abi_uniswap_v2_sync_event_t *out, lq_err_msg_t *msg,
                                             const lq_hash_t *topics, size_t topic_cnt,
                                             const uint8_t *data, size_t data_sz)
{
    if (topic_cnt != 1 || data_sz != 64 ||
        !lq_abi_is_topic(topics, &lq_abi_uniswap_v2_sync_event_topic))
        return lq_abi_bad_log(msg, "uniswap_v2.Sync", &lq_abi_uniswap_v2_sync_event_topic, topics,
                              topic_cnt, 1, data_sz, 64);
    lq_abi_uniswap_v2_sync_event_t v;
    if (!lq_abi_get_uint(&v.reserve0, data, 112))
        return lq_abi_bad_word(msg, "uniswap_v2.Sync.reserve0", "data", 0, data, "a uint112");
    if (!lq_abi_get_uint(&v.reserve1, data + 32, 112))
        return lq_abi_bad_word(msg, "uniswap_v2.Sync.reserve1", "data", 32, data + 32, "a uint112");
    *out = v;
    return LQ_OK;
}

/* clang-format on */
