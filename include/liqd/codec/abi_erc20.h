/* Written by tools/gen_abi from abi/erc20: edit that and run it again.
   What all of these functions have in common stands in liqd/codec/abi.h. Long because each has
   lines for its parameters. */
#ifndef LIQD_CODEC_ABI_ERC20_H
#define LIQD_CODEC_ABI_ERC20_H

#include "liqd/codec/abi.h"

/* clang-format off */

/* function transfer(address,uint256) */
#define LQ_ABI_ERC20_TRANSFER_SELECTOR 0xa9059cbbu
#define LQ_ABI_ERC20_TRANSFER_SZ 68
LQ_MUST_USE lq_err_t lq_abi_erc20_transfer_encode(uint8_t *out, size_t out_max, size_t *out_sz,
                                                  lq_err_msg_t *msg, const lq_address_t *recipient,
                                                  const lq_u256_t *amount);

/* function approve(address,uint256) */
#define LQ_ABI_ERC20_APPROVE_SELECTOR 0x095ea7b3u
#define LQ_ABI_ERC20_APPROVE_SZ 68
LQ_MUST_USE lq_err_t lq_abi_erc20_approve_encode(uint8_t *out, size_t out_max, size_t *out_sz,
                                                 lq_err_msg_t *msg, const lq_address_t *spender,
                                                 const lq_u256_t *amount);

/* function balanceOf(address) */
#define LQ_ABI_ERC20_BALANCE_OF_SELECTOR 0x70a08231u
#define LQ_ABI_ERC20_BALANCE_OF_SZ 36
LQ_MUST_USE lq_err_t lq_abi_erc20_balance_of_encode(uint8_t *out, size_t out_max, size_t *out_sz,
                                                    lq_err_msg_t *msg, const lq_address_t *account);
LQ_MUST_USE lq_err_t lq_abi_erc20_balance_of_decode(lq_u256_t *out, lq_err_msg_t *msg,
                                                    const uint8_t *data, size_t data_sz);

/* function allowance(address,address) */
#define LQ_ABI_ERC20_ALLOWANCE_SELECTOR 0xdd62ed3eu
#define LQ_ABI_ERC20_ALLOWANCE_SZ 68
LQ_MUST_USE lq_err_t lq_abi_erc20_allowance_encode(uint8_t *out, size_t out_max, size_t *out_sz,
                                                   lq_err_msg_t *msg, const lq_address_t *owner,
                                                   const lq_address_t *spender);
LQ_MUST_USE lq_err_t lq_abi_erc20_allowance_decode(lq_u256_t *out, lq_err_msg_t *msg,
                                                   const uint8_t *data, size_t data_sz);

/* function decimals() */
#define LQ_ABI_ERC20_DECIMALS_SELECTOR 0x313ce567u
#define LQ_ABI_ERC20_DECIMALS_SZ 4
LQ_MUST_USE lq_err_t lq_abi_erc20_decimals_encode(uint8_t *out, size_t out_max, size_t *out_sz,
                                                  lq_err_msg_t *msg);
LQ_MUST_USE lq_err_t lq_abi_erc20_decimals_decode(uint64_t *out, lq_err_msg_t *msg,
                                                  const uint8_t *data, size_t data_sz);

/* function symbol() */
#define LQ_ABI_ERC20_SYMBOL_SELECTOR 0x95d89b41u
#define LQ_ABI_ERC20_SYMBOL_SZ 4
LQ_MUST_USE lq_err_t lq_abi_erc20_symbol_encode(uint8_t *out, size_t out_max, size_t *out_sz,
                                                lq_err_msg_t *msg);
LQ_MUST_USE lq_err_t lq_abi_erc20_symbol_decode(lq_abi_bytes_t *out, lq_err_msg_t *msg,
                                                const uint8_t *data, size_t data_sz);

/* event Transfer(address,address,uint256) */
extern const lq_hash_t lq_abi_erc20_transfer_event_topic;
#define LQ_ABI_ERC20_TRANSFER_EVENT_TOPIC_INIT \
    {{0xdd,0xf2,0x52,0xad,0x1b,0xe2,0xc8,0x9b,0x69,0xc2,0xb0,0x68,0xfc,0x37,0x8d,0xaa, \
      0x95,0x2b,0xa7,0xf1,0x63,0xc4,0xa1,0x16,0x28,0xf5,0x5a,0x4d,0xf5,0x23,0xb3,0xef,}}
typedef struct lq_abi_erc20_transfer_event {
    lq_address_t from;
    lq_address_t to;
    lq_u256_t value;
} lq_abi_erc20_transfer_event_t;
LQ_MUST_USE lq_err_t lq_abi_erc20_transfer_event_decode(lq_abi_erc20_transfer_event_t *out,
                                                        lq_err_msg_t *msg, const lq_hash_t *topics,
                                                        size_t topic_cnt, const uint8_t *data,
                                                        size_t data_sz);

/* event Approval(address,address,uint256) */
extern const lq_hash_t lq_abi_erc20_approval_event_topic;
#define LQ_ABI_ERC20_APPROVAL_EVENT_TOPIC_INIT \
    {{0x8c,0x5b,0xe1,0xe5,0xeb,0xec,0x7d,0x5b,0xd1,0x4f,0x71,0x42,0x7d,0x1e,0x84,0xf3, \
      0xdd,0x03,0x14,0xc0,0xf7,0xb2,0x29,0x1e,0x5b,0x20,0x0a,0xc8,0xc7,0xc3,0xb9,0x25,}}
typedef struct lq_abi_erc20_approval_event {
    lq_address_t owner;
    lq_address_t spender;
    lq_u256_t value;
} lq_abi_erc20_approval_event_t;
LQ_MUST_USE lq_err_t lq_abi_erc20_approval_event_decode(lq_abi_erc20_approval_event_t *out,
                                                        lq_err_msg_t *msg, const lq_hash_t *topics,
                                                        size_t topic_cnt, const uint8_t *data,
                                                        size_t data_sz);

/* clang-format on */

#endif
