/* Written by tools/gen_abi from tests/vectors/abi/sample: edit that and run it again. What all of these
   functions have in common stands in liqd/codec/abi.h. */
#ifndef LIQD_CODEC_ABI_SAMPLE_H
#define LIQD_CODEC_ABI_SAMPLE_H

#include "liqd/codec/abi.h"

/* clang-format off */

/* function nothing() */
#define LQ_ABI_SAMPLE_NOTHING_SELECTOR 0x448f30a3u
#define LQ_ABI_SAMPLE_NOTHING_SZ 4
LQ_MUST_USE lq_err_t lq_abi_sample_nothing_encode(uint8_t *out, size_t out_max, size_t *out_sz,
                                                  lq_err_msg_t *msg);

/* clang-format on */

#endif
