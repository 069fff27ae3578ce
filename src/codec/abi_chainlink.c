/* Written by tools/gen_abi from abi/chainlink: edit that and run it again.
   Long because a function has lines for each parameter. */
#include "liqd/codec/abi_chainlink.h"

#include "abi_internal.h"

/* clang-format off */

const lq_hash_t lq_abi_chainlink_answer_updated_event_topic = LQ_ABI_CHAINLINK_ANSWER_UPDATED_EVENT_TOPIC_INIT;

lq_err_t lq_abi_chainlink_answer_updated_event_decode(lq_abi_chainlink_answer_updated_event_t *out,
                                                      lq_err_msg_t *msg, const lq_hash_t *topics,
                                                      size_t topic_cnt, const uint8_t *data,
                                                      size_t data_sz)
{
    if (topic_cnt != 3 || data_sz != 32 ||
        !lq_abi_is_topic(topics, &lq_abi_chainlink_answer_updated_event_topic))
        return lq_abi_bad_log(msg, "chainlink.AnswerUpdated",
                              &lq_abi_chainlink_answer_updated_event_topic, topics, topic_cnt, 3,
                              data_sz, 32);
    lq_abi_chainlink_answer_updated_event_t v;
    v.current = lq_u256_from_be(topics[1].b);
    v.round_id = lq_u256_from_be(topics[2].b);
    v.updated_at = lq_u256_from_be(data);
    *out = v;
    return LQ_OK;
}

lq_err_t lq_abi_chainlink_aggregator_encode(uint8_t *out, size_t out_max, size_t *out_sz,
                                            lq_err_msg_t *msg)
{
    const size_t sz = 4;
    if (sz > out_max)
        return lq_abi_no_room(msg, "chainlink.aggregator", sz, out_max);
    lq_abi_put_selector(out, 0x245a7bfcu);
    *out_sz = sz;
    return LQ_OK;
}

lq_err_t lq_abi_chainlink_aggregator_decode(lq_address_t *out, lq_err_msg_t *msg,
                                            const uint8_t *data, size_t data_sz)
{
    if (data_sz < 32)
        return lq_abi_bad_sz(msg, "chainlink.aggregator", data_sz, 32);
    lq_address_t v;
    if (!lq_abi_get_address(&v, data))
        return lq_abi_bad_word(msg, "chainlink.aggregator.aggregator", "data", 0, data,
                               "an address");
    *out = v;
    return LQ_OK;
}

lq_err_t lq_abi_chainlink_decimals_encode(uint8_t *out, size_t out_max, size_t *out_sz,
                                          lq_err_msg_t *msg)
{
    const size_t sz = 4;
    if (sz > out_max)
        return lq_abi_no_room(msg, "chainlink.decimals", sz, out_max);
    lq_abi_put_selector(out, 0x313ce567u);
    *out_sz = sz;
    return LQ_OK;
}

lq_err_t lq_abi_chainlink_decimals_decode(uint64_t *out, lq_err_msg_t *msg, const uint8_t *data,
                                          size_t data_sz)
{
    if (data_sz < 32)
        return lq_abi_bad_sz(msg, "chainlink.decimals", data_sz, 32);
    uint64_t v;
    if (!lq_abi_get_u64(&v, data, 8))
        return lq_abi_bad_word(msg, "chainlink.decimals.decimals", "data", 0, data, "a uint8");
    *out = v;
    return LQ_OK;
}

lq_err_t lq_abi_chainlink_latest_round_data_encode(uint8_t *out, size_t out_max, size_t *out_sz,
                                                   lq_err_msg_t *msg)
{
    const size_t sz = 4;
    if (sz > out_max)
        return lq_abi_no_room(msg, "chainlink.latestRoundData", sz, out_max);
    lq_abi_put_selector(out, 0xfeaf968cu);
    *out_sz = sz;
    return LQ_OK;
}

lq_err_t lq_abi_chainlink_latest_round_data_decode(lq_abi_chainlink_latest_round_data_ret_t *out,
                                                   lq_err_msg_t *msg, const uint8_t *data,
                                                   size_t data_sz)
{
    if (data_sz < 160)
        return lq_abi_bad_sz(msg, "chainlink.latestRoundData", data_sz, 160);
    lq_abi_chainlink_latest_round_data_ret_t v;
    if (!lq_abi_get_uint(&v.round_id, data, 80))
        return lq_abi_bad_word(msg, "chainlink.latestRoundData.roundId", "data", 0, data,
                               "a uint80");
    v.answer = lq_u256_from_be(data + 32);
    v.started_at = lq_u256_from_be(data + 64);
    v.updated_at = lq_u256_from_be(data + 96);
    if (!lq_abi_get_uint(&v.answered_in_round, data + 128, 80))
        return lq_abi_bad_word(msg, "chainlink.latestRoundData.answeredInRound", "data", 128,
                               data + 128, "a uint80");
    *out = v;
    return LQ_OK;
}

lq_err_t lq_abi_chainlink_transmit_secondary_encode(uint8_t *out, size_t out_max, size_t *out_sz,
                                                    lq_err_msg_t *msg,
                                                    const lq_hash_t report_context[3],
                                                    const uint8_t *report, size_t report_sz,
                                                    const lq_hash_t *rs, size_t rs_cnt,
                                                    const lq_hash_t *ss, size_t ss_cnt,
                                                    const lq_hash_t *raw_vs)
{
    size_t sz = 228;
    sz = lq_abi_sz_add(sz, lq_abi_tail_sz(report_sz));
    sz = lq_abi_sz_add(sz, lq_abi_list_sz(rs_cnt, 32));
    sz = lq_abi_sz_add(sz, lq_abi_list_sz(ss_cnt, 32));
    if (sz > out_max)
        return lq_abi_no_room(msg, "chainlink.transmitSecondary", sz, out_max);
    lq_abi_put_selector(out, 0xba0cb29eu);
    uint8_t *base = out + 4;
    uint8_t *end = base + 224;
    for (size_t i1 = 0; i1 < 3; i1++) {
        memcpy(base + i1 * 32, report_context[i1].b, 32);
    }
    lq_abi_put_u64(base + 96, (uint64_t)(end - base));
    end = lq_abi_put_bytes(end, report, report_sz);
    lq_abi_put_u64(base + 128, (uint64_t)(end - base));
    lq_abi_put_u64(end, rs_cnt);
    uint8_t *base1 = end + 32;
    end = base1 + rs_cnt * 32;
    for (size_t i1 = 0; i1 < rs_cnt; i1++) {
        memcpy(base1 + i1 * 32, rs[i1].b, 32);
    }
    lq_abi_put_u64(base + 160, (uint64_t)(end - base));
    lq_abi_put_u64(end, ss_cnt);
    uint8_t *base2 = end + 32;
    end = base2 + ss_cnt * 32;
    for (size_t i1 = 0; i1 < ss_cnt; i1++) {
        memcpy(base2 + i1 * 32, ss[i1].b, 32);
    }
    memcpy(base + 192, raw_vs->b, 32);
    *out_sz = (size_t)(end - out);
    return LQ_OK;
}

lq_err_t lq_abi_chainlink_forward_encode(uint8_t *out, size_t out_max, size_t *out_sz,
                                         lq_err_msg_t *msg, const lq_address_t *to,
                                         const uint8_t *data, size_t data_sz)
{
    size_t sz = 68;
    sz = lq_abi_sz_add(sz, lq_abi_tail_sz(data_sz));
    if (sz > out_max)
        return lq_abi_no_room(msg, "chainlink.forward", sz, out_max);
    lq_abi_put_selector(out, 0x6fadcf72u);
    uint8_t *base = out + 4;
    uint8_t *end = base + 64;
    lq_abi_put_address(base, to);
    lq_abi_put_u64(base + 32, (uint64_t)(end - base));
    end = lq_abi_put_bytes(end, data, data_sz);
    *out_sz = (size_t)(end - out);
    return LQ_OK;
}

lq_err_t lq_abi_chainlink_transmit_encode(uint8_t *out, size_t out_max, size_t *out_sz,
                                          lq_err_msg_t *msg, const lq_hash_t report_context[3],
                                          const uint8_t *report, size_t report_sz,
                                          const lq_hash_t *rs, size_t rs_cnt, const lq_hash_t *ss,
                                          size_t ss_cnt, const lq_hash_t *raw_vs)
{
    size_t sz = 228;
    sz = lq_abi_sz_add(sz, lq_abi_tail_sz(report_sz));
    sz = lq_abi_sz_add(sz, lq_abi_list_sz(rs_cnt, 32));
    sz = lq_abi_sz_add(sz, lq_abi_list_sz(ss_cnt, 32));
    if (sz > out_max)
        return lq_abi_no_room(msg, "chainlink.transmit", sz, out_max);
    lq_abi_put_selector(out, 0xb1dc65a4u);
    uint8_t *base = out + 4;
    uint8_t *end = base + 224;
    for (size_t i1 = 0; i1 < 3; i1++) {
        memcpy(base + i1 * 32, report_context[i1].b, 32);
    }
    lq_abi_put_u64(base + 96, (uint64_t)(end - base));
    end = lq_abi_put_bytes(end, report, report_sz);
    lq_abi_put_u64(base + 128, (uint64_t)(end - base));
    lq_abi_put_u64(end, rs_cnt);
    uint8_t *base1 = end + 32;
    end = base1 + rs_cnt * 32;
    for (size_t i1 = 0; i1 < rs_cnt; i1++) {
        memcpy(base1 + i1 * 32, rs[i1].b, 32);
    }
    lq_abi_put_u64(base + 160, (uint64_t)(end - base));
    lq_abi_put_u64(end, ss_cnt);
    uint8_t *base2 = end + 32;
    end = base2 + ss_cnt * 32;
    for (size_t i1 = 0; i1 < ss_cnt; i1++) {
        memcpy(base2 + i1 * 32, ss[i1].b, 32);
    }
    memcpy(base + 192, raw_vs->b, 32);
    *out_sz = (size_t)(end - out);
    return LQ_OK;
}

/* clang-format on */
