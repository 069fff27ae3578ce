/* Written by tools/gen_abi from abi/chainlink_ocr1: edit that and run it again.
   Long because a function has lines for each parameter. */
#include "liqd/codec/abi_chainlink_ocr1.h"

#include "abi_internal.h"

/* clang-format off */

lq_err_t lq_abi_chainlink_ocr1_transmit_encode(uint8_t *out, size_t out_max, size_t *out_sz,
                                               lq_err_msg_t *msg, const uint8_t *report,
                                               size_t report_sz, const lq_hash_t *rs, size_t rs_cnt,
                                               const lq_hash_t *ss, size_t ss_cnt,
                                               const lq_hash_t *raw_vs)
{
    size_t sz = 132;
    sz = lq_abi_sz_add(sz, lq_abi_tail_sz(report_sz));
    sz = lq_abi_sz_add(sz, lq_abi_list_sz(rs_cnt, 32));
    sz = lq_abi_sz_add(sz, lq_abi_list_sz(ss_cnt, 32));
    if (sz > out_max)
        return lq_abi_no_room(msg, "chainlink_ocr1.transmit", sz, out_max);
    lq_abi_put_selector(out, 0xc9807539u);
    uint8_t *base = out + 4;
    uint8_t *end = base + 128;
    lq_abi_put_u64(base, (uint64_t)(end - base));
    end = lq_abi_put_bytes(end, report, report_sz);
    lq_abi_put_u64(base + 32, (uint64_t)(end - base));
    lq_abi_put_u64(end, rs_cnt);
    uint8_t *base1 = end + 32;
    end = base1 + rs_cnt * 32;
    for (size_t i1 = 0; i1 < rs_cnt; i1++) {
        memcpy(base1 + i1 * 32, rs[i1].b, 32);
    }
    lq_abi_put_u64(base + 64, (uint64_t)(end - base));
    lq_abi_put_u64(end, ss_cnt);
    uint8_t *base2 = end + 32;
    end = base2 + ss_cnt * 32;
    for (size_t i1 = 0; i1 < ss_cnt; i1++) {
        memcpy(base2 + i1 * 32, ss[i1].b, 32);
    }
    memcpy(base + 96, raw_vs->b, 32);
    *out_sz = (size_t)(end - out);
    return LQ_OK;
}

/* clang-format on */
