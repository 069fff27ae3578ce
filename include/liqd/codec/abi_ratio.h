/* Written by tools/gen_abi from abi/ratio: edit that and run it again.
   What all of these functions have in common stands in liqd/codec/abi.h. Long because each has
   lines for its parameters. */
#ifndef LIQD_CODEC_ABI_RATIO_H
#define LIQD_CODEC_ABI_RATIO_H

#include "liqd/codec/abi.h"

/* clang-format off */

/* function stEthPerToken() */
#define LQ_ABI_RATIO_ST_ETH_PER_TOKEN_SELECTOR 0x035faf82u
#define LQ_ABI_RATIO_ST_ETH_PER_TOKEN_SZ 4
LQ_MUST_USE lq_err_t lq_abi_ratio_st_eth_per_token_encode(uint8_t *out, size_t out_max,
                                                          size_t *out_sz, lq_err_msg_t *msg);
LQ_MUST_USE lq_err_t lq_abi_ratio_st_eth_per_token_decode(lq_u256_t *out, lq_err_msg_t *msg,
                                                          const uint8_t *data, size_t data_sz);

/* function getPooledEthByShares(uint256) */
#define LQ_ABI_RATIO_GET_POOLED_ETH_BY_SHARES_SELECTOR 0x7a28fb88u
#define LQ_ABI_RATIO_GET_POOLED_ETH_BY_SHARES_SZ 36
LQ_MUST_USE lq_err_t lq_abi_ratio_get_pooled_eth_by_shares_encode(uint8_t *out, size_t out_max,
                                                                  size_t *out_sz, lq_err_msg_t *msg,
                                                                  const lq_u256_t *shares_amount);
LQ_MUST_USE lq_err_t lq_abi_ratio_get_pooled_eth_by_shares_decode(lq_u256_t *out, lq_err_msg_t *msg,
                                                                  const uint8_t *data,
                                                                  size_t data_sz);

/* function getRate() */
#define LQ_ABI_RATIO_GET_RATE_SELECTOR 0x679aefceu
#define LQ_ABI_RATIO_GET_RATE_SZ 4
LQ_MUST_USE lq_err_t lq_abi_ratio_get_rate_encode(uint8_t *out, size_t out_max, size_t *out_sz,
                                                  lq_err_msg_t *msg);
LQ_MUST_USE lq_err_t lq_abi_ratio_get_rate_decode(lq_u256_t *out, lq_err_msg_t *msg,
                                                  const uint8_t *data, size_t data_sz);

/* function convertToAssets(uint256) */
#define LQ_ABI_RATIO_CONVERT_TO_ASSETS_SELECTOR 0x07a2d13au
#define LQ_ABI_RATIO_CONVERT_TO_ASSETS_SZ 36
LQ_MUST_USE lq_err_t lq_abi_ratio_convert_to_assets_encode(uint8_t *out, size_t out_max,
                                                           size_t *out_sz, lq_err_msg_t *msg,
                                                           const lq_u256_t *shares);
LQ_MUST_USE lq_err_t lq_abi_ratio_convert_to_assets_decode(lq_u256_t *out, lq_err_msg_t *msg,
                                                           const uint8_t *data, size_t data_sz);

/* clang-format on */

#endif
