/* Written by tools/gen_abi from abi/multicall3: edit that and run it again.
   What all of these functions have in common stands in liqd/codec/abi.h. Long because each has
   lines for its parameters. */
#ifndef LIQD_CODEC_ABI_MULTICALL3_H
#define LIQD_CODEC_ABI_MULTICALL3_H

#include "liqd/codec/abi.h"

/* clang-format off */

/* struct Call3 (address,bool,bytes) */
typedef struct lq_abi_multicall3_call3 {
    lq_address_t target;
    bool allow_failure;
    lq_abi_bytes_t call_data;
} lq_abi_multicall3_call3_t;

/* function aggregate3((address,bool,bytes)[]) */
#define LQ_ABI_MULTICALL3_AGGREGATE3_SELECTOR 0x82ad56cbu
LQ_MUST_USE lq_err_t lq_abi_multicall3_aggregate3_encode(uint8_t *out, size_t out_max,
                                                         size_t *out_sz, lq_err_msg_t *msg,
                                                         const lq_abi_multicall3_call3_t *calls,
                                                         size_t calls_cnt);

/* clang-format on */

#endif
