/* Written by tools/gen_abi from abi/erc20: edit that and run it again.
   Long because a function has lines for each parameter. */
#include "liqd/codec/abi_erc20.h"

#include "abi_internal.h"

/* clang-format off */

lq_err_t lq_abi_erc20_transfer_encode(uint8_t *out, size_t out_max, size_t *out_sz,
                                      lq_err_msg_t *msg, const lq_address_t *recipient,
                                      const lq_u256_t *amount)
{
    const size_t sz = 68;
    if (sz > out_max)
        return lq_abi_no_room(msg, "erc20.transfer", sz, out_max);
    lq_abi_put_selector(out, 0xa9059cbbu);
    uint8_t *base = out + 4;
    lq_abi_put_address(base, recipient);
    lq_u256_to_be(base + 32, amount);
    *out_sz = sz;
    return LQ_OK;
}

lq_err_t lq_abi_erc20_approve_encode(uint8_t *out, size_t out_max, size_t *out_sz,
                                     lq_err_msg_t *msg, const lq_address_t *spender,
                                     const lq_u256_t *amount)
{
    const size_t sz = 68;
    if (sz > out_max)
        return lq_abi_no_room(msg, "erc20.approve", sz, out_max);
    lq_abi_put_selector(out, 0x095ea7b3u);
    uint8_t *base = out + 4;
    lq_abi_put_address(base, spender);
    lq_u256_to_be(base + 32, amount);
    *out_sz = sz;
    return LQ_OK;
}

lq_err_t lq_abi_erc20_balance_of_encode(uint8_t *out, size_t out_max, size_t *out_sz,
                                        lq_err_msg_t *msg, const lq_address_t *account)
{
    const size_t sz = 36;
    if (sz > out_max)
        return lq_abi_no_room(msg, "erc20.balanceOf", sz, out_max);
    lq_abi_put_selector(out, 0x70a08231u);
    uint8_t *base = out + 4;
    lq_abi_put_address(base, account);
    *out_sz = sz;
    return LQ_OK;
}

lq_err_t lq_abi_erc20_balance_of_decode(lq_u256_t *out, lq_err_msg_t *msg, const uint8_t *data,
                                        size_t data_sz)
{
    if (data_sz < 32)
        return lq_abi_bad_sz(msg, "erc20.balanceOf", data_sz, 32);
    lq_u256_t v;
    v = lq_u256_from_be(data);
    *out = v;
    return LQ_OK;
}

lq_err_t lq_abi_erc20_allowance_encode(uint8_t *out, size_t out_max, size_t *out_sz,
                                       lq_err_msg_t *msg, const lq_address_t *owner,
                                       const lq_address_t *spender)
{
    const size_t sz = 68;
    if (sz > out_max)
        return lq_abi_no_room(msg, "erc20.allowance", sz, out_max);
    lq_abi_put_selector(out, 0xdd62ed3eu);
    uint8_t *base = out + 4;
    lq_abi_put_address(base, owner);
    lq_abi_put_address(base + 32, spender);
    *out_sz = sz;
    return LQ_OK;
}

lq_err_t lq_abi_erc20_allowance_decode(lq_u256_t *out, lq_err_msg_t *msg, const uint8_t *data,
                                       size_t data_sz)
{
    if (data_sz < 32)
        return lq_abi_bad_sz(msg, "erc20.allowance", data_sz, 32);
    lq_u256_t v;
    v = lq_u256_from_be(data);
    *out = v;
    return LQ_OK;
}

lq_err_t lq_abi_erc20_decimals_encode(uint8_t *out, size_t out_max, size_t *out_sz,
                                      lq_err_msg_t *msg)
{
    const size_t sz = 4;
    if (sz > out_max)
        return lq_abi_no_room(msg, "erc20.decimals", sz, out_max);
    lq_abi_put_selector(out, 0x313ce567u);
    *out_sz = sz;
    return LQ_OK;
}

lq_err_t lq_abi_erc20_decimals_decode(uint64_t *out, lq_err_msg_t *msg, const uint8_t *data,
                                      size_t data_sz)
{
    if (data_sz < 32)
        return lq_abi_bad_sz(msg, "erc20.decimals", data_sz, 32);
    uint64_t v;
    if (!lq_abi_get_u64(&v, data, 8))
        return lq_abi_bad_word(msg, "erc20.decimals.value", "data", 0, data, "a uint8");
    *out = v;
    return LQ_OK;
}

lq_err_t lq_abi_erc20_symbol_encode(uint8_t *out, size_t out_max, size_t *out_sz, lq_err_msg_t *msg)
{
    const size_t sz = 4;
    if (sz > out_max)
        return lq_abi_no_room(msg, "erc20.symbol", sz, out_max);
    lq_abi_put_selector(out, 0x95d89b41u);
    *out_sz = sz;
    return LQ_OK;
}

lq_err_t lq_abi_erc20_symbol_decode(lq_abi_bytes_t *out, lq_err_msg_t *msg, const uint8_t *data,
                                    size_t data_sz)
{
    if (data_sz < 32)
        return lq_abi_bad_sz(msg, "erc20.symbol", data_sz, 32);
    lq_abi_bytes_t v;
    lq_err_t err;
    err = lq_abi_get_bytes(&v, msg, data, data_sz, 0, "erc20.symbol.value");
    if (err)
        return err;
    *out = v;
    return LQ_OK;
}

const lq_hash_t lq_abi_erc20_transfer_event_topic = LQ_ABI_ERC20_TRANSFER_EVENT_TOPIC_INIT;

lq_err_t lq_abi_erc20_transfer_event_decode(lq_abi_erc20_transfer_event_t *out, lq_err_msg_t *msg,
                                            const lq_hash_t *topics, size_t topic_cnt,
                                            const uint8_t *data, size_t data_sz)
{
    if (topic_cnt != 3 || data_sz != 32 ||
        !lq_abi_is_topic(topics, &lq_abi_erc20_transfer_event_topic))
        return lq_abi_bad_log(msg, "erc20.Transfer", &lq_abi_erc20_transfer_event_topic, topics,
                              topic_cnt, 3, data_sz, 32);
    lq_abi_erc20_transfer_event_t v;
    if (!lq_abi_get_address(&v.from, topics[1].b))
        return lq_abi_bad_word(msg, "erc20.Transfer.from", "topics", 1, topics[1].b, "an address");
    if (!lq_abi_get_address(&v.to, topics[2].b))
        return lq_abi_bad_word(msg, "erc20.Transfer.to", "topics", 2, topics[2].b, "an address");
    v.value = lq_u256_from_be(data);
    *out = v;
    return LQ_OK;
}

const lq_hash_t lq_abi_erc20_approval_event_topic = LQ_ABI_ERC20_APPROVAL_EVENT_TOPIC_INIT;

lq_err_t lq_abi_erc20_approval_event_decode(lq_abi_erc20_approval_event_t *out, lq_err_msg_t *msg,
                                            const lq_hash_t *topics, size_t topic_cnt,
                                            const uint8_t *data, size_t data_sz)
{
    if (topic_cnt != 3 || data_sz != 32 ||
        !lq_abi_is_topic(topics, &lq_abi_erc20_approval_event_topic))
        return lq_abi_bad_log(msg, "erc20.Approval", &lq_abi_erc20_approval_event_topic, topics,
                              topic_cnt, 3, data_sz, 32);
    lq_abi_erc20_approval_event_t v;
    if (!lq_abi_get_address(&v.owner, topics[1].b))
        return lq_abi_bad_word(msg, "erc20.Approval.owner", "topics", 1, topics[1].b, "an address");
    if (!lq_abi_get_address(&v.spender, topics[2].b))
        return lq_abi_bad_word(msg, "erc20.Approval.spender", "topics", 2, topics[2].b,
                               "an address");
    v.value = lq_u256_from_be(data);
    *out = v;
    return LQ_OK;
}

/* clang-format on */
