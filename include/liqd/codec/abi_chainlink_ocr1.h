/* Written by tools/gen_abi from abi/chainlink_ocr1: edit that and run it again.
   What all of these functions have in common stands in liqd/codec/abi.h. Long because each has
   lines for its parameters. */
#ifndef LIQD_CODEC_ABI_CHAINLINK_OCR1_H
#define LIQD_CODEC_ABI_CHAINLINK_OCR1_H

#include "liqd/codec/abi.h"

/* clang-format off */

/* function transmit(bytes,bytes32[],bytes32[],bytes32) */
#define LQ_ABI_CHAINLINK_OCR1_TRANSMIT_SELECTOR 0xc9807539u
LQ_MUST_USE lq_err_t lq_abi_chainlink_ocr1_transmit_encode(uint8_t *out, size_t out_max,
                                                           size_t *out_sz, lq_err_msg_t *msg,
                                                           const uint8_t *report, size_t report_sz,
                                                           const lq_hash_t *rs, size_t rs_cnt,
                                                           const lq_hash_t *ss, size_t ss_cnt,
                                                           const lq_hash_t *raw_vs);

/* clang-format on */

#endif
