/* Written by tools/gen_abi from tests/vectors/abi/sample: edit that and run it again.
   Long because a function has lines for each parameter. */
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

lq_err_t lq_abi_sample_words_encode(uint8_t *out, size_t out_max, size_t *out_sz, lq_err_msg_t *msg,
                                    uint64_t u8, uint64_t u40, uint64_t u64, const lq_u256_t *u72,
                                    const lq_u256_t *u256, int64_t s8, int64_t s40, int64_t s64,
                                    const lq_u256_t *s72, const lq_u256_t *s256, bool flag,
                                    const lq_address_t *owner, const lq_hash_t *b1,
                                    const lq_hash_t *b31, const lq_hash_t *b32)
{
    if (u8 >> 8 != 0)
        return lq_abi_no_fit(msg, "sample.words.u8", "a uint8");
    if (u40 >> 40 != 0)
        return lq_abi_no_fit(msg, "sample.words.u40", "a uint40");
    if (!lq_abi_fits_uint(u72, 72))
        return lq_abi_no_fit(msg, "sample.words.u72", "a uint72");
    if (s8 < -(INT64_C(1) << 7) || s8 >= (INT64_C(1) << 7))
        return lq_abi_no_fit(msg, "sample.words.s8", "an int8");
    if (s40 < -(INT64_C(1) << 39) || s40 >= (INT64_C(1) << 39))
        return lq_abi_no_fit(msg, "sample.words.s40", "an int40");
    if (!lq_abi_fits_int(s72, 72))
        return lq_abi_no_fit(msg, "sample.words.s72", "an int72");
    if (!lq_abi_fits_bytesn(b1->b, 1))
        return lq_abi_no_fit(msg, "sample.words.b1", "a bytes1");
    if (!lq_abi_fits_bytesn(b31->b, 31))
        return lq_abi_no_fit(msg, "sample.words.b31", "a bytes31");
    const size_t sz = 484;
    if (sz > out_max)
        return lq_abi_no_room(msg, "sample.words", sz, out_max);
    lq_abi_put_selector(out, 0x558e7d0eu);
    uint8_t *base = out + 4;
    lq_abi_put_u64(base, u8);
    lq_abi_put_u64(base + 32, u40);
    lq_abi_put_u64(base + 64, u64);
    lq_u256_to_be(base + 96, u72);
    lq_u256_to_be(base + 128, u256);
    lq_abi_put_i64(base + 160, s8);
    lq_abi_put_i64(base + 192, s40);
    lq_abi_put_i64(base + 224, s64);
    lq_u256_to_be(base + 256, s72);
    lq_u256_to_be(base + 288, s256);
    lq_abi_put_u64(base + 320, flag);
    lq_abi_put_address(base + 352, owner);
    memcpy(base + 384, b1->b, 32);
    memcpy(base + 416, b31->b, 32);
    memcpy(base + 448, b32->b, 32);
    *out_sz = sz;
    return LQ_OK;
}

lq_err_t lq_abi_sample_words_decode(lq_abi_sample_words_ret_t *out, lq_err_msg_t *msg,
                                    const uint8_t *data, size_t data_sz)
{
    if (data_sz < 480)
        return lq_abi_bad_sz(msg, "sample.words", data_sz, 480);
    lq_abi_sample_words_ret_t v;
    if (!lq_abi_get_u64(&v.u8, data, 8))
        return lq_abi_bad_word(msg, "sample.words.u8", "data", 0, data, "a uint8");
    if (!lq_abi_get_u64(&v.u40, data + 32, 40))
        return lq_abi_bad_word(msg, "sample.words.u40", "data", 32, data + 32, "a uint40");
    if (!lq_abi_get_u64(&v.u64, data + 64, 64))
        return lq_abi_bad_word(msg, "sample.words.u64", "data", 64, data + 64, "a uint64");
    if (!lq_abi_get_uint(&v.u72, data + 96, 72))
        return lq_abi_bad_word(msg, "sample.words.u72", "data", 96, data + 96, "a uint72");
    v.u256 = lq_u256_from_be(data + 128);
    if (!lq_abi_get_i64(&v.s8, data + 160, 8))
        return lq_abi_bad_word(msg, "sample.words.s8", "data", 160, data + 160, "an int8");
    if (!lq_abi_get_i64(&v.s40, data + 192, 40))
        return lq_abi_bad_word(msg, "sample.words.s40", "data", 192, data + 192, "an int40");
    if (!lq_abi_get_i64(&v.s64, data + 224, 64))
        return lq_abi_bad_word(msg, "sample.words.s64", "data", 224, data + 224, "an int64");
    if (!lq_abi_get_int(&v.s72, data + 256, 72))
        return lq_abi_bad_word(msg, "sample.words.s72", "data", 256, data + 256, "an int72");
    v.s256 = lq_u256_from_be(data + 288);
    if (!lq_abi_get_bool(&v.flag, data + 320))
        return lq_abi_bad_word(msg, "sample.words.flag", "data", 320, data + 320, "a bool");
    if (!lq_abi_get_address(&v.owner, data + 352))
        return lq_abi_bad_word(msg, "sample.words.owner", "data", 352, data + 352, "an address");
    if (!lq_abi_get_bytesn(&v.b1, data + 384, 1))
        return lq_abi_bad_word(msg, "sample.words.b1", "data", 384, data + 384, "a bytes1");
    if (!lq_abi_get_bytesn(&v.b31, data + 416, 31))
        return lq_abi_bad_word(msg, "sample.words.b31", "data", 416, data + 416, "a bytes31");
    memcpy(v.b32.b, data + 448, 32);
    *out = v;
    return LQ_OK;
}

lq_err_t lq_abi_sample_fixed_parts_encode(uint8_t *out, size_t out_max, size_t *out_sz,
                                          lq_err_msg_t *msg, const lq_abi_sample_pair_t *pair,
                                          const lq_abi_sample_pair_t pairs[2],
                                          const lq_hash_t ids[3], const lq_u256_t amounts[2])
{
    for (size_t i1 = 0; i1 < 2; i1++) {
        if (pair->fees[i1] >> 24 != 0)
            return lq_abi_no_fit(msg, "sample.fixedParts.pair.fees[]", "a uint24");
    }
    for (size_t i1 = 0; i1 < 2; i1++) {
        for (size_t i2 = 0; i2 < 2; i2++) {
            if (pairs[i1].fees[i2] >> 24 != 0)
                return lq_abi_no_fit(msg, "sample.fixedParts.pairs[].fees[]", "a uint24");
        }
    }
    for (size_t i1 = 0; i1 < 3; i1++) {
        if (!lq_abi_fits_bytesn(ids[i1].b, 4))
            return lq_abi_no_fit(msg, "sample.fixedParts.ids[]", "a bytes4");
    }
    const size_t sz = 452;
    if (sz > out_max)
        return lq_abi_no_room(msg, "sample.fixedParts", sz, out_max);
    lq_abi_put_selector(out, 0xfbfc9376u);
    uint8_t *base = out + 4;
    lq_abi_put_address(base, &pair->token);
    for (size_t i1 = 0; i1 < 2; i1++) {
        lq_abi_put_u64(base + i1 * 32 + 32, pair->fees[i1]);
    }
    for (size_t i1 = 0; i1 < 2; i1++) {
        lq_abi_put_address(base + i1 * 96 + 96, &pairs[i1].token);
        for (size_t i2 = 0; i2 < 2; i2++) {
            lq_abi_put_u64(base + i1 * 96 + i2 * 32 + 128, pairs[i1].fees[i2]);
        }
    }
    for (size_t i1 = 0; i1 < 3; i1++) {
        memcpy(base + i1 * 32 + 288, ids[i1].b, 32);
    }
    for (size_t i1 = 0; i1 < 2; i1++) {
        lq_u256_to_be(base + i1 * 32 + 384, &amounts[i1]);
    }
    *out_sz = sz;
    return LQ_OK;
}

lq_err_t lq_abi_sample_fixed_parts_decode(lq_abi_sample_pair_t *out, lq_err_msg_t *msg,
                                          const uint8_t *data, size_t data_sz)
{
    if (data_sz < 96)
        return lq_abi_bad_sz(msg, "sample.fixedParts", data_sz, 96);
    lq_abi_sample_pair_t v;
    if (!lq_abi_get_address(&v.token, data))
        return lq_abi_bad_word(msg, "sample.fixedParts.value.token", "data", 0, data, "an address");
    if (!lq_abi_get_u64(&v.fees[0], data + 32, 24))
        return lq_abi_bad_word(msg, "sample.fixedParts.value.fees[0]", "data", 32, data + 32,
                               "a uint24");
    if (!lq_abi_get_u64(&v.fees[1], data + 64, 24))
        return lq_abi_bad_word(msg, "sample.fixedParts.value.fees[1]", "data", 64, data + 64,
                               "a uint24");
    *out = v;
    return LQ_OK;
}

lq_err_t lq_abi_sample_lists_encode(uint8_t *out, size_t out_max, size_t *out_sz, lq_err_msg_t *msg,
                                    const uint8_t *data, size_t data_sz, const uint8_t *text,
                                    size_t text_sz, const lq_u256_t *amounts, size_t amounts_cnt,
                                    const bool *flags, size_t flags_cnt, const int64_t *rates,
                                    size_t rates_cnt, const lq_abi_sample_pair_t *pairs,
                                    size_t pairs_cnt, const lq_abi_sample_call_t *calls,
                                    size_t calls_cnt, const lq_abi_sample_route_t *route,
                                    const lq_abi_bytes_t *names, size_t names_cnt, uint64_t out_)
{
    for (size_t i1 = 0; i1 < rates_cnt; i1++) {
        if (rates[i1] < -(INT64_C(1) << 23) || rates[i1] >= (INT64_C(1) << 23))
            return lq_abi_no_fit(msg, "sample.lists.rates[]", "an int24");
    }
    for (size_t i1 = 0; i1 < pairs_cnt; i1++) {
        for (size_t i2 = 0; i2 < 2; i2++) {
            if (pairs[i1].fees[i2] >> 24 != 0)
                return lq_abi_no_fit(msg, "sample.lists.pairs[].fees[]", "a uint24");
        }
    }
    if (!lq_abi_fits_uint(&route->limit, 128))
        return lq_abi_no_fit(msg, "sample.lists.route.limit", "a uint128");
    if (out_ >> 16 != 0)
        return lq_abi_no_fit(msg, "sample.lists.out", "a uint16");
    size_t sz = 324;
    sz = lq_abi_sz_add(sz, lq_abi_tail_sz(data_sz));
    sz = lq_abi_sz_add(sz, lq_abi_tail_sz(text_sz));
    sz = lq_abi_sz_add(sz, lq_abi_list_sz(amounts_cnt, 32));
    sz = lq_abi_sz_add(sz, lq_abi_list_sz(flags_cnt, 32));
    sz = lq_abi_sz_add(sz, lq_abi_list_sz(rates_cnt, 32));
    sz = lq_abi_sz_add(sz, lq_abi_list_sz(pairs_cnt, 96));
    sz = lq_abi_sz_add(sz, lq_abi_list_sz(calls_cnt, 32));
    for (size_t i1 = 0; i1 < calls_cnt; i1++) {
        sz = lq_abi_sz_add(sz, 96);
        sz = lq_abi_sz_add(sz, lq_abi_tail_sz(calls[i1].call_data.sz));
    }
    sz = lq_abi_sz_add(sz, 160);
    sz = lq_abi_sz_add(sz, lq_abi_tail_sz(route->name.sz));
    sz = lq_abi_sz_add(sz, lq_abi_list_sz(route->pools_cnt, 32));
    sz = lq_abi_sz_add(sz, 96);
    sz = lq_abi_sz_add(sz, lq_abi_tail_sz(route->first.call_data.sz));
    sz = lq_abi_sz_add(sz, 64);
    for (size_t i1 = 0; i1 < 2; i1++) {
        sz = lq_abi_sz_add(sz, lq_abi_tail_sz(route->hops[i1].sz));
    }
    sz = lq_abi_sz_add(sz, lq_abi_list_sz(names_cnt, 32));
    for (size_t i1 = 0; i1 < names_cnt; i1++) {
        sz = lq_abi_sz_add(sz, lq_abi_tail_sz(names[i1].sz));
    }
    if (sz > out_max)
        return lq_abi_no_room(msg, "sample.lists", sz, out_max);
    lq_abi_put_selector(out, 0xae9d5dfau);
    uint8_t *base = out + 4;
    uint8_t *end = base + 320;
    lq_abi_put_u64(base, (uint64_t)(end - base));
    end = lq_abi_put_bytes(end, data, data_sz);
    lq_abi_put_u64(base + 32, (uint64_t)(end - base));
    end = lq_abi_put_bytes(end, text, text_sz);
    lq_abi_put_u64(base + 64, (uint64_t)(end - base));
    lq_abi_put_u64(end, amounts_cnt);
    uint8_t *base1 = end + 32;
    end = base1 + amounts_cnt * 32;
    for (size_t i1 = 0; i1 < amounts_cnt; i1++) {
        lq_u256_to_be(base1 + i1 * 32, &amounts[i1]);
    }
    lq_abi_put_u64(base + 96, (uint64_t)(end - base));
    lq_abi_put_u64(end, flags_cnt);
    uint8_t *base2 = end + 32;
    end = base2 + flags_cnt * 32;
    for (size_t i1 = 0; i1 < flags_cnt; i1++) {
        lq_abi_put_u64(base2 + i1 * 32, flags[i1]);
    }
    lq_abi_put_u64(base + 128, (uint64_t)(end - base));
    lq_abi_put_u64(end, rates_cnt);
    uint8_t *base3 = end + 32;
    end = base3 + rates_cnt * 32;
    for (size_t i1 = 0; i1 < rates_cnt; i1++) {
        lq_abi_put_i64(base3 + i1 * 32, rates[i1]);
    }
    lq_abi_put_u64(base + 160, (uint64_t)(end - base));
    lq_abi_put_u64(end, pairs_cnt);
    uint8_t *base4 = end + 32;
    end = base4 + pairs_cnt * 96;
    for (size_t i1 = 0; i1 < pairs_cnt; i1++) {
        lq_abi_put_address(base4 + i1 * 96, &pairs[i1].token);
        for (size_t i2 = 0; i2 < 2; i2++) {
            lq_abi_put_u64(base4 + i1 * 96 + i2 * 32 + 32, pairs[i1].fees[i2]);
        }
    }
    lq_abi_put_u64(base + 192, (uint64_t)(end - base));
    lq_abi_put_u64(end, calls_cnt);
    uint8_t *base5 = end + 32;
    end = base5 + calls_cnt * 32;
    for (size_t i1 = 0; i1 < calls_cnt; i1++) {
        lq_abi_put_u64(base5 + i1 * 32, (uint64_t)(end - base5));
        uint8_t *base6 = end;
        end = base6 + 96;
        lq_abi_put_address(base6, &calls[i1].target);
        lq_abi_put_u64(base6 + 32, calls[i1].allow_failure);
        lq_abi_put_u64(base6 + 64, (uint64_t)(end - base6));
        end = lq_abi_put_bytes(end, calls[i1].call_data.data, calls[i1].call_data.sz);
    }
    lq_abi_put_u64(base + 224, (uint64_t)(end - base));
    uint8_t *base7 = end;
    end = base7 + 160;
    lq_abi_put_u64(base7, (uint64_t)(end - base7));
    end = lq_abi_put_bytes(end, route->name.data, route->name.sz);
    lq_abi_put_u64(base7 + 32, (uint64_t)(end - base7));
    lq_abi_put_u64(end, route->pools_cnt);
    uint8_t *base8 = end + 32;
    end = base8 + route->pools_cnt * 32;
    for (size_t i1 = 0; i1 < route->pools_cnt; i1++) {
        lq_abi_put_address(base8 + i1 * 32, &route->pools[i1]);
    }
    lq_abi_put_u64(base7 + 64, (uint64_t)(end - base7));
    uint8_t *base9 = end;
    end = base9 + 96;
    lq_abi_put_address(base9, &route->first.target);
    lq_abi_put_u64(base9 + 32, route->first.allow_failure);
    lq_abi_put_u64(base9 + 64, (uint64_t)(end - base9));
    end = lq_abi_put_bytes(end, route->first.call_data.data, route->first.call_data.sz);
    lq_abi_put_u64(base7 + 96, (uint64_t)(end - base7));
    uint8_t *base10 = end;
    end = base10 + 64;
    for (size_t i1 = 0; i1 < 2; i1++) {
        lq_abi_put_u64(base10 + i1 * 32, (uint64_t)(end - base10));
        end = lq_abi_put_bytes(end, route->hops[i1].data, route->hops[i1].sz);
    }
    lq_u256_to_be(base7 + 128, &route->limit);
    lq_abi_put_u64(base + 256, (uint64_t)(end - base));
    lq_abi_put_u64(end, names_cnt);
    uint8_t *base11 = end + 32;
    end = base11 + names_cnt * 32;
    for (size_t i1 = 0; i1 < names_cnt; i1++) {
        lq_abi_put_u64(base11 + i1 * 32, (uint64_t)(end - base11));
        end = lq_abi_put_bytes(end, names[i1].data, names[i1].sz);
    }
    lq_abi_put_u64(base + 288, out_);
    *out_sz = (size_t)(end - out);
    return LQ_OK;
}

lq_err_t lq_abi_sample_default_encode(uint8_t *out, size_t out_max, size_t *out_sz,
                                      lq_err_msg_t *msg, const lq_u256_t *register_, bool i0_,
                                      const lq_address_t *msg_)
{
    const size_t sz = 100;
    if (sz > out_max)
        return lq_abi_no_room(msg, "sample.default", sz, out_max);
    lq_abi_put_selector(out, 0x02c90525u);
    uint8_t *base = out + 4;
    lq_u256_to_be(base, register_);
    lq_abi_put_u64(base + 32, i0_);
    lq_abi_put_address(base + 64, msg_);
    *out_sz = sz;
    return LQ_OK;
}

lq_err_t lq_abi_sample_default_decode(lq_abi_sample_default_ret_t *out, lq_err_msg_t *msg,
                                      const uint8_t *data, size_t data_sz)
{
    if (data_sz < 64)
        return lq_abi_bad_sz(msg, "sample.default", data_sz, 64);
    lq_abi_sample_default_ret_t v;
    v.value[0] = lq_u256_from_be(data);
    v.value[1] = lq_u256_from_be(data + 32);
    *out = v;
    return LQ_OK;
}

lq_err_t lq_abi_sample_description_encode(uint8_t *out, size_t out_max, size_t *out_sz,
                                          lq_err_msg_t *msg)
{
    const size_t sz = 4;
    if (sz > out_max)
        return lq_abi_no_room(msg, "sample.description", sz, out_max);
    lq_abi_put_selector(out, 0x7284e416u);
    *out_sz = sz;
    return LQ_OK;
}

lq_err_t lq_abi_sample_description_decode(lq_abi_bytes_t *out, lq_err_msg_t *msg,
                                          const uint8_t *data, size_t data_sz)
{
    if (data_sz < 32)
        return lq_abi_bad_sz(msg, "sample.description", data_sz, 32);
    lq_abi_bytes_t v;
    lq_err_t err;
    err = lq_abi_get_bytes(&v, msg, data, data_sz, 0, "sample.description.value");
    if (err)
        return err;
    *out = v;
    return LQ_OK;
}

lq_err_t lq_abi_sample_record_encode(uint8_t *out, size_t out_max, size_t *out_sz,
                                     lq_err_msg_t *msg)
{
    const size_t sz = 4;
    if (sz > out_max)
        return lq_abi_no_room(msg, "sample.record", sz, out_max);
    lq_abi_put_selector(out, 0x266cf109u);
    *out_sz = sz;
    return LQ_OK;
}

lq_err_t lq_abi_sample_record_decode(lq_abi_sample_record_ret_t *out, lq_err_msg_t *msg,
                                     const uint8_t *data, size_t data_sz)
{
    if (data_sz < 128)
        return lq_abi_bad_sz(msg, "sample.record", data_sz, 128);
    lq_abi_sample_record_ret_t v;
    lq_err_t err;
    memcpy(v.id.b, data, 32);
    err = lq_abi_get_bytes(&v.payload, msg, data, data_sz, 32, "sample.record.payload");
    if (err)
        return err;
    err = lq_abi_get_bytes(&v.note, msg, data, data_sz, 64, "sample.record.note");
    if (err)
        return err;
    if (!lq_abi_get_u64(&v.size, data + 96, 32))
        return lq_abi_bad_word(msg, "sample.record.size", "data", 96, data + 96, "a uint32");
    *out = v;
    return LQ_OK;
}

const lq_hash_t lq_abi_sample_happened_event_topic = LQ_ABI_SAMPLE_HAPPENED_EVENT_TOPIC_INIT;

lq_err_t lq_abi_sample_happened_event_decode(lq_abi_sample_happened_event_t *out, lq_err_msg_t *msg,
                                             const lq_hash_t *topics, size_t topic_cnt,
                                             const uint8_t *data, size_t data_sz)
{
    if (topic_cnt != 4 || data_sz < 256 ||
        !lq_abi_is_topic(topics, &lq_abi_sample_happened_event_topic))
        return lq_abi_bad_log(msg, "sample.Happened", &lq_abi_sample_happened_event_topic, topics,
                              topic_cnt, 4, data_sz, 256);
    lq_abi_sample_happened_event_t v;
    lq_err_t err;
    memcpy(v.note_hash.b, topics[1].b, 32);
    memcpy(v.pair_hash.b, topics[2].b, 32);
    if (!lq_abi_get_bytesn(&v.kind, topics[3].b, 4))
        return lq_abi_bad_word(msg, "sample.Happened.kind", "topics", 3, topics[3].b, "a bytes4");
    if (!lq_abi_get_i64(&v.level, data, 16))
        return lq_abi_bad_word(msg, "sample.Happened.level", "data", 0, data, "an int16");
    if (!lq_abi_get_address(&v.pairs[0].token, data + 32))
        return lq_abi_bad_word(msg, "sample.Happened.pairs[0].token", "data", 32, data + 32,
                               "an address");
    if (!lq_abi_get_u64(&v.pairs[0].fees[0], data + 64, 24))
        return lq_abi_bad_word(msg, "sample.Happened.pairs[0].fees[0]", "data", 64, data + 64,
                               "a uint24");
    if (!lq_abi_get_u64(&v.pairs[0].fees[1], data + 96, 24))
        return lq_abi_bad_word(msg, "sample.Happened.pairs[0].fees[1]", "data", 96, data + 96,
                               "a uint24");
    if (!lq_abi_get_address(&v.pairs[1].token, data + 128))
        return lq_abi_bad_word(msg, "sample.Happened.pairs[1].token", "data", 128, data + 128,
                               "an address");
    if (!lq_abi_get_u64(&v.pairs[1].fees[0], data + 160, 24))
        return lq_abi_bad_word(msg, "sample.Happened.pairs[1].fees[0]", "data", 160, data + 160,
                               "a uint24");
    if (!lq_abi_get_u64(&v.pairs[1].fees[1], data + 192, 24))
        return lq_abi_bad_word(msg, "sample.Happened.pairs[1].fees[1]", "data", 192, data + 192,
                               "a uint24");
    err = lq_abi_get_bytes(&v.payload, msg, data, data_sz, 224, "sample.Happened.payload");
    if (err)
        return err;
    *out = v;
    return LQ_OK;
}

const lq_hash_t lq_abi_sample_silent_event_topic = LQ_ABI_SAMPLE_SILENT_EVENT_TOPIC_INIT;

lq_err_t lq_abi_sample_too_high_error_decode(lq_abi_sample_too_high_error_t *out, lq_err_msg_t *msg,
                                             const uint8_t *revert, size_t revert_sz)
{
    if (revert_sz < 100 || !lq_abi_is_selector(revert, 0x4b49e9beu))
        return lq_abi_bad_error(msg, "sample.TooHigh", 0x4b49e9beu, revert, revert_sz, 100);
    const uint8_t *data = revert + 4;
    size_t data_sz = revert_sz - 4;
    lq_err_t err;
    lq_abi_sample_too_high_error_t v;
    if (!lq_abi_get_address(&v.pool, data))
        return lq_abi_bad_word(msg, "sample.TooHigh.pool", "data", 0, data, "an address");
    if (!lq_abi_get_u64(&v.fee, data + 32, 24))
        return lq_abi_bad_word(msg, "sample.TooHigh.fee", "data", 32, data + 32, "a uint24");
    err = lq_abi_get_bytes(&v.why, msg, data, data_sz, 64, "sample.TooHigh.why");
    if (err)
        return err;
    *out = v;
    return LQ_OK;
}

/* clang-format on */
