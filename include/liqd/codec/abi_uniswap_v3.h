/* Written by tools/gen_abi from abi/uniswap_v3: edit that and run it again.
   What all of these functions have in common stands in liqd/codec/abi.h. Long because each has
   lines for its parameters. */
#ifndef LIQD_CODEC_ABI_UNISWAP_V3_H
#define LIQD_CODEC_ABI_UNISWAP_V3_H

#include "liqd/codec/abi.h"

/* clang-format off */

/* function getPool(address,address,uint24) */
#define LQ_ABI_UNISWAP_V3_GET_POOL_SELECTOR 0x1698ee82u
#define LQ_ABI_UNISWAP_V3_GET_POOL_SZ 100
LQ_MUST_USE lq_err_t lq_abi_uniswap_v3_get_pool_encode(uint8_t *out, size_t out_max, size_t *out_sz,
                                                       lq_err_msg_t *msg,
                                                       const lq_address_t *token_a,
                                                       const lq_address_t *token_b, uint64_t fee);
LQ_MUST_USE lq_err_t lq_abi_uniswap_v3_get_pool_decode(lq_address_t *out, lq_err_msg_t *msg,
                                                       const uint8_t *data, size_t data_sz);

/* function feeAmountTickSpacing(uint24) */
#define LQ_ABI_UNISWAP_V3_FEE_AMOUNT_TICK_SPACING_SELECTOR 0x22afcccbu
#define LQ_ABI_UNISWAP_V3_FEE_AMOUNT_TICK_SPACING_SZ 36
LQ_MUST_USE lq_err_t lq_abi_uniswap_v3_fee_amount_tick_spacing_encode(uint8_t *out, size_t out_max,
                                                                      size_t *out_sz,
                                                                      lq_err_msg_t *msg,
                                                                      uint64_t fee);
LQ_MUST_USE lq_err_t lq_abi_uniswap_v3_fee_amount_tick_spacing_decode(int64_t *out,
                                                                      lq_err_msg_t *msg,
                                                                      const uint8_t *data,
                                                                      size_t data_sz);

/* function token0() */
#define LQ_ABI_UNISWAP_V3_TOKEN0_SELECTOR 0x0dfe1681u
#define LQ_ABI_UNISWAP_V3_TOKEN0_SZ 4
LQ_MUST_USE lq_err_t lq_abi_uniswap_v3_token0_encode(uint8_t *out, size_t out_max, size_t *out_sz,
                                                     lq_err_msg_t *msg);
LQ_MUST_USE lq_err_t lq_abi_uniswap_v3_token0_decode(lq_address_t *out, lq_err_msg_t *msg,
                                                     const uint8_t *data, size_t data_sz);

/* function token1() */
#define LQ_ABI_UNISWAP_V3_TOKEN1_SELECTOR 0xd21220a7u
#define LQ_ABI_UNISWAP_V3_TOKEN1_SZ 4
LQ_MUST_USE lq_err_t lq_abi_uniswap_v3_token1_encode(uint8_t *out, size_t out_max, size_t *out_sz,
                                                     lq_err_msg_t *msg);
LQ_MUST_USE lq_err_t lq_abi_uniswap_v3_token1_decode(lq_address_t *out, lq_err_msg_t *msg,
                                                     const uint8_t *data, size_t data_sz);

/* function fee() */
#define LQ_ABI_UNISWAP_V3_FEE_SELECTOR 0xddca3f43u
#define LQ_ABI_UNISWAP_V3_FEE_SZ 4
LQ_MUST_USE lq_err_t lq_abi_uniswap_v3_fee_encode(uint8_t *out, size_t out_max, size_t *out_sz,
                                                  lq_err_msg_t *msg);
LQ_MUST_USE lq_err_t lq_abi_uniswap_v3_fee_decode(uint64_t *out, lq_err_msg_t *msg,
                                                  const uint8_t *data, size_t data_sz);

/* function tickSpacing() */
#define LQ_ABI_UNISWAP_V3_TICK_SPACING_SELECTOR 0xd0c93a7cu
#define LQ_ABI_UNISWAP_V3_TICK_SPACING_SZ 4
LQ_MUST_USE lq_err_t lq_abi_uniswap_v3_tick_spacing_encode(uint8_t *out, size_t out_max,
                                                           size_t *out_sz, lq_err_msg_t *msg);
LQ_MUST_USE lq_err_t lq_abi_uniswap_v3_tick_spacing_decode(int64_t *out, lq_err_msg_t *msg,
                                                           const uint8_t *data, size_t data_sz);

/* function liquidity() */
#define LQ_ABI_UNISWAP_V3_LIQUIDITY_SELECTOR 0x1a686502u
#define LQ_ABI_UNISWAP_V3_LIQUIDITY_SZ 4
LQ_MUST_USE lq_err_t lq_abi_uniswap_v3_liquidity_encode(uint8_t *out, size_t out_max,
                                                        size_t *out_sz, lq_err_msg_t *msg);
LQ_MUST_USE lq_err_t lq_abi_uniswap_v3_liquidity_decode(lq_u256_t *out, lq_err_msg_t *msg,
                                                        const uint8_t *data, size_t data_sz);

/* function slot0() */
#define LQ_ABI_UNISWAP_V3_SLOT0_SELECTOR 0x3850c7bdu
#define LQ_ABI_UNISWAP_V3_SLOT0_SZ 4
LQ_MUST_USE lq_err_t lq_abi_uniswap_v3_slot0_encode(uint8_t *out, size_t out_max, size_t *out_sz,
                                                    lq_err_msg_t *msg);
typedef struct lq_abi_uniswap_v3_slot0_ret {
    lq_u256_t sqrt_price_x96;
    int64_t tick;
    uint64_t observation_index;
    uint64_t observation_cardinality;
    uint64_t observation_cardinality_next;
    uint64_t fee_protocol;
    bool unlocked;
} lq_abi_uniswap_v3_slot0_ret_t;
LQ_MUST_USE lq_err_t lq_abi_uniswap_v3_slot0_decode(lq_abi_uniswap_v3_slot0_ret_t *out,
                                                    lq_err_msg_t *msg, const uint8_t *data,
                                                    size_t data_sz);

/* function tickBitmap(int16) */
#define LQ_ABI_UNISWAP_V3_TICK_BITMAP_SELECTOR 0x5339c296u
#define LQ_ABI_UNISWAP_V3_TICK_BITMAP_SZ 36
LQ_MUST_USE lq_err_t lq_abi_uniswap_v3_tick_bitmap_encode(uint8_t *out, size_t out_max,
                                                          size_t *out_sz, lq_err_msg_t *msg,
                                                          int64_t word_position);
LQ_MUST_USE lq_err_t lq_abi_uniswap_v3_tick_bitmap_decode(lq_u256_t *out, lq_err_msg_t *msg,
                                                          const uint8_t *data, size_t data_sz);

/* function ticks(int24) */
#define LQ_ABI_UNISWAP_V3_TICKS_SELECTOR 0xf30dba93u
#define LQ_ABI_UNISWAP_V3_TICKS_SZ 36
LQ_MUST_USE lq_err_t lq_abi_uniswap_v3_ticks_encode(uint8_t *out, size_t out_max, size_t *out_sz,
                                                    lq_err_msg_t *msg, int64_t tick);
typedef struct lq_abi_uniswap_v3_ticks_ret {
    lq_u256_t liquidity_gross;
    lq_u256_t liquidity_net;
    lq_u256_t fee_growth_outside0_x128;
    lq_u256_t fee_growth_outside1_x128;
    int64_t tick_cumulative_outside;
    lq_u256_t seconds_per_liquidity_outside_x128;
    uint64_t seconds_outside;
    bool initialized;
} lq_abi_uniswap_v3_ticks_ret_t;
LQ_MUST_USE lq_err_t lq_abi_uniswap_v3_ticks_decode(lq_abi_uniswap_v3_ticks_ret_t *out,
                                                    lq_err_msg_t *msg, const uint8_t *data,
                                                    size_t data_sz);

/* event Initialize(uint160,int24) */
extern const lq_hash_t lq_abi_uniswap_v3_initialize_event_topic;
#define LQ_ABI_UNISWAP_V3_INITIALIZE_EVENT_TOPIC_INIT \
    {{0x98,0x63,0x60,0x36,0xcb,0x66,0xa9,0xc1,0x9a,0x37,0x43,0x5e,0xfc,0x1e,0x90,0x14, \
      0x21,0x90,0x21,0x4e,0x8a,0xbe,0xb8,0x21,0xbd,0xba,0x3f,0x29,0x90,0xdd,0x4c,0x95,}}
typedef struct lq_abi_uniswap_v3_initialize_event {
    lq_u256_t sqrt_price_x96;
    int64_t tick;
} lq_abi_uniswap_v3_initialize_event_t;
LQ_MUST_USE lq_err_t lq_abi_uniswap_v3_initialize_event_decode(
    lq_abi_uniswap_v3_initialize_event_t *out, lq_err_msg_t *msg, const lq_hash_t *topics,
    size_t topic_cnt, const uint8_t *data, size_t data_sz);

/* event Mint(address,address,int24,int24,uint128,uint256,uint256) */
extern const lq_hash_t lq_abi_uniswap_v3_mint_event_topic;
#define LQ_ABI_UNISWAP_V3_MINT_EVENT_TOPIC_INIT \
    {{0x7a,0x53,0x08,0x0b,0xa4,0x14,0x15,0x8b,0xe7,0xec,0x69,0xb9,0x87,0xb5,0xfb,0x7d, \
      0x07,0xde,0xe1,0x01,0xfe,0x85,0x48,0x8f,0x08,0x53,0xae,0x16,0x23,0x9d,0x0b,0xde,}}
typedef struct lq_abi_uniswap_v3_mint_event {
    lq_address_t sender;
    lq_address_t owner;
    int64_t tick_lower;
    int64_t tick_upper;
    lq_u256_t amount;
    lq_u256_t amount0;
    lq_u256_t amount1;
} lq_abi_uniswap_v3_mint_event_t;
LQ_MUST_USE lq_err_t lq_abi_uniswap_v3_mint_event_decode(lq_abi_uniswap_v3_mint_event_t *out,
                                                         lq_err_msg_t *msg, const lq_hash_t *topics,
                                                         size_t topic_cnt, const uint8_t *data,
                                                         size_t data_sz);

/* event Burn(address,int24,int24,uint128,uint256,uint256) */
extern const lq_hash_t lq_abi_uniswap_v3_burn_event_topic;
#define LQ_ABI_UNISWAP_V3_BURN_EVENT_TOPIC_INIT \
    {{0x0c,0x39,0x6c,0xd9,0x89,0xa3,0x9f,0x44,0x59,0xb5,0xfa,0x1a,0xed,0x6a,0x9a,0x8d, \
      0xcd,0xbc,0x45,0x90,0x8a,0xcf,0xd6,0x7e,0x02,0x8c,0xd5,0x68,0xda,0x98,0x98,0x2c,}}
typedef struct lq_abi_uniswap_v3_burn_event {
    lq_address_t owner;
    int64_t tick_lower;
    int64_t tick_upper;
    lq_u256_t amount;
    lq_u256_t amount0;
    lq_u256_t amount1;
} lq_abi_uniswap_v3_burn_event_t;
LQ_MUST_USE lq_err_t lq_abi_uniswap_v3_burn_event_decode(lq_abi_uniswap_v3_burn_event_t *out,
                                                         lq_err_msg_t *msg, const lq_hash_t *topics,
                                                         size_t topic_cnt, const uint8_t *data,
                                                         size_t data_sz);

/* event Swap(address,address,int256,int256,uint160,uint128,int24) */
extern const lq_hash_t lq_abi_uniswap_v3_swap_event_topic;
#define LQ_ABI_UNISWAP_V3_SWAP_EVENT_TOPIC_INIT \
    {{0xc4,0x20,0x79,0xf9,0x4a,0x63,0x50,0xd7,0xe6,0x23,0x5f,0x29,0x17,0x49,0x24,0xf9, \
      0x28,0xcc,0x2a,0xc8,0x18,0xeb,0x64,0xfe,0xd8,0x00,0x4e,0x11,0x5f,0xbc,0xca,0x67,}}
typedef struct lq_abi_uniswap_v3_swap_event {
    lq_address_t sender;
    lq_address_t recipient;
    lq_u256_t amount0;
    lq_u256_t amount1;
    lq_u256_t sqrt_price_x96;
    lq_u256_t liquidity;
    int64_t tick;
} lq_abi_uniswap_v3_swap_event_t;
LQ_MUST_USE lq_err_t lq_abi_uniswap_v3_swap_event_decode(lq_abi_uniswap_v3_swap_event_t *out,
                                                         lq_err_msg_t *msg, const lq_hash_t *topics,
                                                         size_t topic_cnt, const uint8_t *data,
                                                         size_t data_sz);

/* clang-format on */

#endif
