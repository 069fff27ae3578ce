/* Written by tools/gen_abi from abi/solidity: edit that and run it again.
   What all of these functions have in common stands in liqd/codec/abi.h. Long because each has
   lines for its parameters. */
#ifndef LIQD_CODEC_ABI_SOLIDITY_H
#define LIQD_CODEC_ABI_SOLIDITY_H

#include "liqd/codec/abi.h"

/* clang-format off */

/* error Error(string) */
#define LQ_ABI_SOLIDITY_ERROR_ERROR_SELECTOR 0x08c379a0u
typedef struct lq_abi_solidity_error_error {
    lq_abi_bytes_t message;
} lq_abi_solidity_error_error_t;
LQ_MUST_USE lq_err_t lq_abi_solidity_error_error_decode(lq_abi_solidity_error_error_t *out,
                                                        lq_err_msg_t *msg, const uint8_t *revert,
                                                        size_t revert_sz);

/* error Panic(uint256) */
#define LQ_ABI_SOLIDITY_PANIC_ERROR_SELECTOR 0x4e487b71u
typedef struct lq_abi_solidity_panic_error {
    lq_u256_t code;
} lq_abi_solidity_panic_error_t;
LQ_MUST_USE lq_err_t lq_abi_solidity_panic_error_decode(lq_abi_solidity_panic_error_t *out,
                                                        lq_err_msg_t *msg, const uint8_t *revert,
                                                        size_t revert_sz);

/* clang-format on */

#endif
