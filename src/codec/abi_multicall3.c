/* Written by tools/gen_abi from abi/multicall3: edit that and run it again.
   Long because a function has lines for each parameter. */
#include "liqd/codec/abi_multicall3.h"

#include "abi_internal.h"

/* clang-format off */

lq_err_t lq_abi_multicall3_aggregate3_encode(uint8_t *out, size_t out_max, size_t *out_sz,
                                             lq_err_msg_t *msg,
                                             const lq_abi_multicall3_call3_t *calls,
                                             size_t calls_cnt)
{
    size_t sz = 36;
    sz = lq_abi_sz_add(sz, lq_abi_list_sz(calls_cnt, 32));
    for (size_t i1 = 0; i1 < calls_cnt; i1++) {
        sz = lq_abi_sz_add(sz, 96);
        sz = lq_abi_sz_add(sz, lq_abi_tail_sz(calls[i1].call_data.sz));
    }
    if (sz > out_max)
        return lq_abi_no_room(msg, "multicall3.aggregate3", sz, out_max);
    lq_abi_put_selector(out, 0x82ad56cbu);
    uint8_t *base = out + 4;
    uint8_t *end = base + 32;
    lq_abi_put_u64(base, (uint64_t)(end - base));
    lq_abi_put_u64(end, calls_cnt);
    uint8_t *base1 = end + 32;
    end = base1 + calls_cnt * 32;
    for (size_t i1 = 0; i1 < calls_cnt; i1++) {
        lq_abi_put_u64(base1 + i1 * 32, (uint64_t)(end - base1));
        uint8_t *base2 = end;
        end = base2 + 96;
        lq_abi_put_address(base2, &calls[i1].target);
        lq_abi_put_u64(base2 + 32, calls[i1].allow_failure);
        lq_abi_put_u64(base2 + 64, (uint64_t)(end - base2));
        end = lq_abi_put_bytes(end, calls[i1].call_data.data, calls[i1].call_data.sz);
    }
    *out_sz = (size_t)(end - out);
    return LQ_OK;
}

/* clang-format on */
