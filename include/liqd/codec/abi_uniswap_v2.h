/* Written by tools/gen_abi from abi/uniswap_v2: edit that and run it again.
   What all of these functions have in common stands in liqd/codec/abi.h. Long because each has
   lines for its parameters. */
#ifndef LIQD_CODEC_ABI_UNISWAP_V2_H
#define LIQD_CODEC_ABI_UNISWAP_V2_H

#include "liqd/codec/abi.h"

/* clang-format off */

/* function getPair(address,address) */
#define LQ_ABI_UNISWAP_V2_GET_PAIR_SELECTOR 0xe6a43905u
#define LQ_ABI_UNISWAP_V2_GET_PAIR_SZ 68
LQ_MUST_USE lq_err_t lq_abi_uniswap_v2_get_pair_encode(uint8_t *out, size_t out_max, size_t *out_sz,
                                                       lq_err_msg_t *msg,
                                                       const lq_address_t *token_a,
                                                       const lq_address_t *token_b);
LQ_MUST_USE lq_err_t lq_abi_uniswap_v2_get_pair_decode(lq_address_t *out, lq_err_msg_t *msg,
                                                       const uint8_t *data, size_t data_sz);

/* function token0() */
#define LQ_ABI_UNISWAP_V2_TOKEN0_SELECTOR 0x0dfe1681u
#define LQ_ABI_UNISWAP_V2_TOKEN0_SZ 4
LQ_MUST_USE lq_err_t lq_abi_uniswap_v2_token0_encode(uint8_t *out, size_t out_max, size_t *out_sz,
                                                     lq_err_msg_t *msg);
LQ_MUST_USE lq_err_t lq_abi_uniswap_v2_token0_decode(lq_address_t *out, lq_err_msg_t *msg,
                                                     const uint8_t *data, size_t data_sz);

/* function token1() */
#define LQ_ABI_UNISWAP_V2_TOKEN1_SELECTOR 0xd21220a7u
#define LQ_ABI_UNISWAP_V2_TOKEN1_SZ 4
LQ_MUST_USE lq_err_t lq_abi_uniswap_v2_token1_encode(uint8_t *out, size_t out_max, size_t *out_sz,
                                                     lq_err_msg_t *msg);
LQ_MUST_USE lq_err_t lq_abi_uniswap_v2_token1_decode(lq_address_t *out, lq_err_msg_t *msg,
                                                     const uint8_t *data, size_t data_sz);

/* function getReserves() */
#define LQ_ABI_UNISWAP_V2_GET_RESERVES_SELECTOR 0x0902f1acu
#define LQ_ABI_UNISWAP_V2_GET_RESERVES_SZ 4
LQ_MUST_USE lq_err_t lq_abi_uniswap_v2_get_reserves_encode(uint8_t *out, size_t out_max,
                                                           size_t *out_sz, lq_err_msg_t *msg);
typedef struct lq_abi_uniswap_v2_get_reserves_ret {
    lq_u256_t reserve0;
    lq_u256_t reserve1;
    uint64_t block_timestamp_last;
} lq_abi_uniswap_v2_get_reserves_ret_t;
LQ_MUST_USE lq_err_t lq_abi_uniswap_v2_get_reserves_decode(
    lq_abi_uniswap_v2_get_reserves_ret_t *out, lq_err_msg_t *msg, const uint8_t *data,
    size_t data_sz);

/* event Sync(uint112,uint112) */
extern const lq_hash_t lq_abi_uniswap_v2_sync_event_topic;
#define LQ_ABI_UNISWAP_V2_SYNC_EVENT_TOPIC_INIT \
    {{0x1c,0x41,0x1e,0x9a,0x96,0xe0,0x71,0x24,0x1c,0x2f,0x21,0xf7,0x72,0x6b,0x17,0xae, \
      0x89,0xe3,0xca,0xb4,0xc7,0x8b,0xe5,0x0e,0x06,0x2b,0x03,0xa9,0xff,0xfb,0xba,0xd1,}}
typedef struct lq_abi_uniswap_v2_sync_event {
    lq_u256_t reserve0;
    lq_u256_t reserve1;
} lq_abi_uniswap_v2_sync_event_t;
LQ_MUST_USE lq_err_t lq_abi_uniswap_v2_sync_event_decode(lq_abi_uniswap_v2_sync_event_t *out,
                                                         lq_err_msg_t *msg, const lq_hash_t *topics,
                                                         size_t topic_cnt, const uint8_t *data,
                                                         size_t data_sz);

/* clang-format on */

#endif
