/* Written by tools/gen_abi from tests/vectors/abi/sample: edit that and run it again. */
#include "abi_sample.h"

#include "abi_internal.h"

/* clang-format off */

lq_err_t lq_abi_sample_nothing_encode(uint8_t *out, size_t out_max, size_t *out_sz,
                                      lq_err_msg_t *msg)
{
    const size_t sz = 4;
    if (sz > out_max)
        return lq_abi_no_room(msg, "sample.nothing", sz, out_max);
    lq_abi_put_selector(out, 0x448f30a3u);
    *out_sz = sz;
    return LQ_OK;
}

/* clang-format on */
