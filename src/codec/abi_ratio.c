/* Written by tools/gen_abi from abi/ratio: edit that and run it again.
   Long because a function has lines for each parameter. */
#include "liqd/codec/abi_ratio.h"

#include "abi_internal.h"

/* clang-format off */

lq_err_t lq_abi_ratio_st_eth_per_token_encode(uint8_t *out, size_t out_max, size_t *out_sz,
                                              lq_err_msg_t *msg)
{
    const size_t sz = 4;
    if (sz > out_max)
        return lq_abi_no_room(msg, "ratio.stEthPerToken", sz, out_max);
    lq_abi_put_selector(out, 0x035faf82u);
    *out_sz = sz;
    return LQ_OK;
}

lq_err_t lq_abi_ratio_st_eth_per_token_decode(lq_u256_t *out, lq_err_msg_t *msg,
                                              const uint8_t *data, size_t data_sz)
{
    if (data_sz < 32)
        return lq_abi_bad_sz(msg, "ratio.stEthPerToken", data_sz, 32);
    lq_u256_t v;
    v = lq_u256_from_be(data);
    *out = v;
    return LQ_OK;
}

lq_err_t lq_abi_ratio_get_pooled_eth_by_shares_encode(uint8_t *out, size_t out_max, size_t *out_sz,
                                                      lq_err_msg_t *msg,
                                                      const lq_u256_t *shares_amount)
{
    const size_t sz = 36;
    if (sz > out_max)
        return lq_abi_no_room(msg, "ratio.getPooledEthByShares", sz, out_max);
    lq_abi_put_selector(out, 0x7a28fb88u);
    uint8_t *base = out + 4;
    lq_u256_to_be(base, shares_amount);
    *out_sz = sz;
    return LQ_OK;
}

lq_err_t lq_abi_ratio_get_pooled_eth_by_shares_decode(lq_u256_t *out, lq_err_msg_t *msg,
                                                      const uint8_t *data, size_t data_sz)
{
    if (data_sz < 32)
        return lq_abi_bad_sz(msg, "ratio.getPooledEthByShares", data_sz, 32);
    lq_u256_t v;
    v = lq_u256_from_be(data);
    *out = v;
    return LQ_OK;
}

lq_err_t lq_abi_ratio_get_rate_encode(uint8_t *out, size_t out_max, size_t *out_sz,
                                      lq_err_msg_t *msg)
{
    const size_t sz = 4;
    if (sz > out_max)
        return lq_abi_no_room(msg, "ratio.getRate", sz, out_max);
    lq_abi_put_selector(out, 0x679aefceu);
    *out_sz = sz;
    return LQ_OK;
}

lq_err_t lq_abi_ratio_get_rate_decode(lq_u256_t *out, lq_err_msg_t *msg, const uint8_t *data,
                                      size_t data_sz)
{
    if (data_sz < 32)
        return lq_abi_bad_sz(msg, "ratio.getRate", data_sz, 32);
    lq_u256_t v;
    v = lq_u256_from_be(data);
    *out = v;
    return LQ_OK;
}

lq_err_t lq_abi_ratio_convert_to_assets_encode(uint8_t *out, size_t out_max, size_t *out_sz,
                                               lq_err_msg_t *msg, const lq_u256_t *shares)
{
    const size_t sz = 36;
    if (sz > out_max)
        return lq_abi_no_room(msg, "ratio.convertToAssets", sz, out_max);
    lq_abi_put_selector(out, 0x07a2d13au);
    uint8_t *base = out + 4;
    lq_u256_to_be(base, shares);
    *out_sz = sz;
    return LQ_OK;
}

lq_err_t lq_abi_ratio_convert_to_assets_decode(lq_u256_t *out, lq_err_msg_t *msg,
                                               const uint8_t *data, size_t data_sz)
{
    if (data_sz < 32)
        return lq_abi_bad_sz(msg, "ratio.convertToAssets", data_sz, 32);
    lq_u256_t v;
    v = lq_u256_from_be(data);
    *out = v;
    return LQ_OK;
}

/* clang-format on */
