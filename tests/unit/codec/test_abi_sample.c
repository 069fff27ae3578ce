/* The C that tools/gen_abi writes for every type and shape, from a protocol that does not exist,
   against viem's encodings. */

#include "abi_support.h"

#include "abi_sample.h"

static size_t sample(uint8_t *out, size_t out_max, const char *key)
{
    json_t *root = load_viem();
    const char *text = json_string_value(json_object_get(json_object_get(root, "sample"), key));
    assert_non_null(text);
    size_t sz = unhex(out, out_max, text);
    json_decref(root);
    return sz;
}

/* The bytes OUT, of which OUT_SZ were written, are viem's KEY. */
static void is_sample(const uint8_t *out, size_t out_sz, const char *key)
{
    uint8_t want[4096];
    size_t want_sz = sample(want, sizeof(want), key);
    assert_int_equal(out_sz, want_sz);
    assert_memory_equal(out, want, want_sz);
}

static lq_hash_t fixed_of(uint8_t byte, size_t n)
{
    lq_hash_t h = {{0}};
    memset(h.b, byte, n);
    return h;
}

/* The arguments of words(), of which a test changes one. */
typedef struct words {
    uint64_t u8, u40, u64;
    lq_u256_t u72, u256;
    int64_t s8, s40, s64;
    lq_u256_t s72, s256;
    lq_hash_t b1, b31;
} words_t;

static const words_t limits = {
    .u8 = UINT8_MAX,
    .u40 = (UINT64_C(1) << 40) - 1,
    .u64 = UINT64_MAX,
    .u72 = {{UINT64_MAX, 0xff, 0, 0}},
    .u256 = {{UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX}},
    .s8 = INT8_MIN,
    .s40 = -(INT64_C(1) << 39),
    .s64 = INT64_MIN,
    .s72 = {{0, UINT64_MAX << 7, UINT64_MAX, UINT64_MAX}},
    .s256 = {{0, 0, 0, UINT64_C(1) << 63}},
    .b1 = {{1}},
    .b31 = {{2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2,
             2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 0}},
};

static lq_err_t encode_words(uint8_t *out, size_t *out_sz, lq_err_msg_t *msg, const words_t *w)
{
    lq_address_t owner = address_of(0xff);
    lq_hash_t b32 = fixed_of(3, 32);
    return lq_abi_sample_words_encode(out, LQ_ABI_SAMPLE_WORDS_SZ, out_sz, msg, w->u8, w->u40,
                                      w->u64, &w->u72, &w->u256, w->s8, w->s40, w->s64, &w->s72,
                                      &w->s256, true, &owner, &w->b1, &w->b31, &b32);
}

static void encodes_every_word(void **state)
{
    (void)state;
    uint8_t out[LQ_ABI_SAMPLE_WORDS_SZ];
    size_t sz;
    assert_ok(encode_words(out, &sz, NULL, &limits));
    is_sample(out, sz, "words");
    assert_ok(lq_abi_sample_nothing_encode(out, 4, &sz, NULL));
    is_sample(out, sz, "nothing");
    assert_err(lq_abi_sample_nothing_encode(out, 3, &sz, NULL), LQ_ERR_FULL);
}

/* One beyond each limit, both ends. */
static void refuses_words_that_do_not_fit(void **state)
{
    (void)state;
    words_t bad[12];
    for (size_t i = 0; i < LQ_ARRAY_CNT(bad); i++)
        bad[i] = limits;
    bad[0].u8++;
    bad[1].u40++;
    bad[2].u72 = (lq_u256_t){{0, 0x100, 0, 0}};
    bad[3].u72.w[3] = 1;
    bad[4].s8--;
    bad[5].s8 = INT8_MAX + 1;
    bad[6].s40--;
    bad[7].s40 = INT64_C(1) << 39;
    bad[8].s72 = (lq_u256_t){{UINT64_MAX, (UINT64_MAX << 7) - 1, UINT64_MAX, UINT64_MAX}};
    bad[9].s72 = (lq_u256_t){{0, 0x80, 0, 0}};
    bad[10].b1.b[1] = 1;
    bad[11].b31.b[31] = 1;
    static const char *const what[] = {
        "u8: the value does not fit a uint8",   "u40: the value does not fit a uint40",
        "u72: the value does not fit a uint72", "u72: the value does not fit a uint72",
        "s8: the value does not fit an int8",   "s8: the value does not fit an int8",
        "s40: the value does not fit an int40", "s40: the value does not fit an int40",
        "s72: the value does not fit an int72", "s72: the value does not fit an int72",
        "b1: the value does not fit a bytes1",  "b31: the value does not fit a bytes31",
    };
    for (size_t i = 0; i < LQ_ARRAY_CNT(bad); i++) {
        uint8_t out[LQ_ABI_SAMPLE_WORDS_SZ];
        memset(out, 0xa5, sizeof(out));
        size_t sz = 77;
        lq_err_msg_t msg;
        assert_err(encode_words(out, &sz, &msg, &bad[i]), LQ_ERR_RANGE);
        assert_int_equal(strncmp(msg.text, "sample.words.", 13), 0);
        assert_string_equal(msg.text + 13, what[i]);
        assert_int_equal(sz, 77);
        for (size_t k = 0; k < sizeof(out); k++)
            assert_int_equal(out[k], 0xa5);
    }
    words_t top = limits;
    top.s8 = INT8_MAX;
    top.s40 = (INT64_C(1) << 39) - 1;
    top.s72 = (lq_u256_t){{UINT64_MAX, 0x7f, 0, 0}};
    uint8_t out[LQ_ABI_SAMPLE_WORDS_SZ];
    size_t sz;
    assert_ok(encode_words(out, &sz, NULL, &top));
}

/* What words() returns has the same types as its arguments. */
static void decodes_every_word(void **state)
{
    (void)state;
    uint8_t data[LQ_ABI_SAMPLE_WORDS_SZ];
    (void)sample(data, sizeof(data), "words");
    uint8_t *ret = exact_copy(data + 4, 480);
    lq_abi_sample_words_ret_t v;
    assert_ok(lq_abi_sample_words_decode(&v, NULL, ret, 480));
    assert_int_equal(v.u8, limits.u8);
    assert_int_equal(v.u40, limits.u40);
    assert_true(v.u64 == limits.u64);
    assert_true(lq_u256_eq(&v.u72, &limits.u72));
    assert_true(lq_u256_eq(&v.u256, &limits.u256));
    assert_int_equal(v.s8, limits.s8);
    assert_int_equal(v.s40, limits.s40);
    assert_true(v.s64 == limits.s64);
    assert_true(lq_u256_eq(&v.s72, &limits.s72));
    assert_true(lq_u256_eq(&v.s256, &limits.s256));
    assert_true(v.flag);
    lq_address_t owner = address_of(0xff);
    assert_memory_equal(&v.owner, &owner, sizeof(owner));
    assert_memory_equal(&v.b1, &limits.b1, 32);
    assert_memory_equal(&v.b31, &limits.b31, 32);
    lq_hash_t b32 = fixed_of(3, 32);
    assert_memory_equal(&v.b32, &b32, 32);
    /* the lowest bit that must be clean, or the sign, flipped in each word that has one */
    static const uint8_t dirty_at[] = {30, 26, 23, 22, 32, 30, 26, 23, 22, 32, 30, 11, 1, 31, 32};
    static const lq_abi_sample_words_ret_t unset = {.u8 = 77};
    for (size_t i = 0; i < 15; i++) {
        if (dirty_at[i] == 32)
            continue;
        uint8_t *byte = ret + 32 * i + dirty_at[i];
        *byte ^= 1;
        lq_abi_sample_words_ret_t untouched = unset;
        assert_err(lq_abi_sample_words_decode(&untouched, NULL, ret, 480), LQ_ERR_SYNTAX);
        assert_memory_equal(&untouched, &unset, sizeof(unset));
        *byte ^= 1;
    }
    free(ret);
}

static lq_abi_sample_pair_t pair_of(uint8_t byte)
{
    return (lq_abi_sample_pair_t){.token = address_of(byte), .fees = {byte, 0xffffff}};
}

static void is_pair(const lq_abi_sample_pair_t *pair, uint8_t byte)
{
    lq_address_t token = address_of(byte);
    assert_memory_equal(&pair->token, &token, sizeof(token));
    assert_int_equal(pair->fees[0], byte);
    assert_int_equal(pair->fees[1], 0xffffff);
}

static void encodes_fixed_structs_and_arrays(void **state)
{
    (void)state;
    lq_abi_sample_pair_t pair = pair_of(1);
    lq_abi_sample_pair_t pairs[2] = {pair_of(2), pair_of(3)};
    lq_hash_t ids[3] = {{{1, 2, 3, 4}}, {{0}}, {{0xff, 0xff, 0xff, 0xff}}};
    lq_u256_t amounts[2] = {{{7, 0, 0, 0}}, {{UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX}}};
    uint8_t out[LQ_ABI_SAMPLE_FIXED_PARTS_SZ];
    size_t sz = 77;
    lq_err_msg_t msg;
    pairs[1].fees[1]++;
    assert_err(
        lq_abi_sample_fixed_parts_encode(out, sizeof(out), &sz, &msg, &pair, pairs, ids, amounts),
        LQ_ERR_RANGE);
    assert_string_equal(msg.text,
                        "sample.fixedParts.pairs[].fees[]: the value does not fit a uint24");
    pairs[1].fees[1]--;
    ids[2].b[4] = 1;
    assert_err(
        lq_abi_sample_fixed_parts_encode(out, sizeof(out), &sz, &msg, &pair, pairs, ids, amounts),
        LQ_ERR_RANGE);
    ids[2].b[4] = 0;
    assert_int_equal(sz, 77);
    assert_ok(
        lq_abi_sample_fixed_parts_encode(out, sizeof(out), &sz, NULL, &pair, pairs, ids, amounts));
    is_sample(out, sz, "fixedParts");
    lq_abi_sample_pair_t v;
    assert_ok(lq_abi_sample_fixed_parts_decode(&v, NULL, out + 4, 96));
    is_pair(&v, 1);
    out[4 + 32 + 28] = 1;
    assert_err(lq_abi_sample_fixed_parts_decode(&v, &msg, out + 4, 96), LQ_ERR_SYNTAX);
    assert_string_equal(msg.text, "sample.fixedParts.value.fees[0]: data[32]: 0x1000001 is not a "
                                  "uint24: corrupt, or data of another type");
}

static lq_abi_bytes_t bytes(const char *text)
{
    return (lq_abi_bytes_t){(const uint8_t *)text, strlen(text)};
}

static lq_err_t encode_lists(uint8_t *out, size_t out_max, size_t *sz, lq_err_msg_t *msg,
                             uint64_t last)
{
    uint8_t data[33];
    memset(data, 0xab, sizeof(data));
    uint8_t call_data[32];
    memset(call_data, 0xcd, sizeof(call_data));
    const lq_u256_t amounts[] = {{{1}}, {{2}}, {{3}}};
    const bool flags[] = {true, false};
    const int64_t rates[] = {-8388608, 8388607, -1};
    const lq_abi_sample_pair_t pairs[] = {pair_of(4), pair_of(5)};
    const lq_abi_sample_call_t calls[] = {{address_of(6), true, {NULL, 0}},
                                          {address_of(7), false, {call_data, 32}}};
    const lq_address_t pools[] = {address_of(8)};
    const lq_abi_sample_route_t route = {
        .name = bytes("route"),
        .pools = pools,
        .pools_cnt = 1,
        .first = {address_of(9), true, bytes("\xee")},
        .hops = {bytes("\x01"), {NULL, 0}},
        .limit = {{UINT64_MAX, UINT64_MAX, 0, 0}},
    };
    const lq_abi_bytes_t names[] = {{NULL, 0}, bytes("one")};
    return lq_abi_sample_lists_encode(out, out_max, sz, msg, data, sizeof(data),
                                      (const uint8_t *)"text", 4, amounts, 3, flags, 2, rates, 3,
                                      pairs, 2, calls, 2, &route, names, 2, last);
}

static void encodes_lists_and_dynamic_structs(void **state)
{
    (void)state;
    uint8_t want[4096];
    size_t want_sz = sample(want, sizeof(want), "lists");
    size_t sz = 77;
    for (size_t max = 0; max <= want_sz; max++) {
        uint8_t *out = malloc(max ? max : 1);
        assert_non_null(out);
        lq_err_t err = encode_lists(out, max, &sz, NULL, 65535);
        assert_err(err, max < want_sz ? LQ_ERR_FULL : LQ_OK);
        assert_int_equal(sz, max < want_sz ? 77 : want_sz);
        if (!err)
            assert_memory_equal(out, want, want_sz);
        free(out);
    }
    lq_err_msg_t msg;
    assert_err(encode_lists(want, sizeof(want), &sz, &msg, 65536), LQ_ERR_RANGE);
    assert_string_equal(msg.text, "sample.lists.out: the value does not fit a uint16");
}

static void encodes_empty_lists(void **state)
{
    (void)state;
    uint8_t out[4096];
    size_t sz;
    const lq_abi_sample_route_t route = {.pools_cnt = 0};
    assert_ok(lq_abi_sample_lists_encode(out, sizeof(out), &sz, NULL, NULL, 0, NULL, 0, NULL, 0,
                                         NULL, 0, NULL, 0, NULL, 0, NULL, 0, &route, NULL, 0, 0));
    is_sample(out, sz, "emptyLists");
}

/* Sizes that no buffer has, of each list that need not be read to be measured. */
static void refuses_immense_lists(void **state)
{
    (void)state;
    uint8_t out[4096]; /* more than the lists take whose sizes wrap to zero */
    size_t sz = 77;
    static const size_t cnts[] = {SIZE_MAX, SIZE_MAX / 32, SIZE_MAX / 32 + 1, SIZE_MAX / 64};
    const lq_abi_sample_route_t route = {.pools_cnt = 0};
    for (size_t i = 0; i < LQ_ARRAY_CNT(cnts); i++) {
        assert_err(lq_abi_sample_lists_encode(out, sizeof(out), &sz, NULL, NULL, 0, NULL, 0, NULL,
                                              cnts[i], NULL, cnts[i], NULL, 0, NULL, 0, NULL, 0,
                                              &route, NULL, 0, 0),
                   LQ_ERR_FULL);
        assert_err(lq_abi_sample_lists_encode(out, sizeof(out), &sz, NULL, NULL, cnts[i], NULL,
                                              cnts[i], NULL, 0, NULL, 0, NULL, 0, NULL, 0, NULL, 0,
                                              &route, NULL, 0, 0),
                   LQ_ERR_FULL);
    }
    assert_int_equal(sz, 77);
}

static void keeps_clear_of_c_names(void **state)
{
    (void)state;
    uint8_t out[LQ_ABI_SAMPLE_DEFAULT_SZ];
    size_t sz;
    lq_u256_t one = lq_u256_from_u64(1);
    lq_address_t two = address_of(2);
    assert_ok(lq_abi_sample_default_encode(out, sizeof(out), &sz, NULL, &one, true, &two));
    is_sample(out, sz, "default");
    lq_abi_sample_default_ret_t ret;
    assert_ok(lq_abi_sample_default_decode(&ret, NULL, out + 4, 64));
    assert_true(lq_u256_eq(&ret.value[0], &one));
    assert_true(lq_u256_eq(&ret.value[1], &one));
}

static void decodes_bytes_among_words(void **state)
{
    (void)state;
    uint8_t data[512];
    size_t sz = sample(data, sizeof(data), "description");
    lq_abi_bytes_t text;
    assert_ok(lq_abi_sample_description_decode(&text, NULL, data, sz));
    assert_int_equal(text.sz, 6);
    assert_memory_equal(text.data, "a feed", 6);

    sz = sample(data, sizeof(data), "record");
    lq_abi_sample_record_ret_t v;
    assert_ok(lq_abi_sample_record_decode(&v, NULL, data, sz));
    lq_hash_t id = fixed_of(1, 32);
    assert_memory_equal(&v.id, &id, 32);
    assert_int_equal(v.payload.sz, 40);
    uint8_t payload[40];
    memset(payload, 2, sizeof(payload));
    assert_memory_equal(v.payload.data, payload, 40);
    assert_int_equal(v.note.sz, 4);
    assert_memory_equal(v.note.data, "note", 4);
    assert_int_equal(v.size, UINT32_MAX);
    lq_abi_sample_record_ret_t before = v;
    lq_err_msg_t msg;
    data[94] = 1; /* the offset of note, 0xe0 */
    assert_err(lq_abi_sample_record_decode(&v, &msg, data, sz), LQ_ERR_SYNTAX);
    assert_string_equal(msg.text, "sample.record.note: data[64]: 0x1e0 is not an offset into the "
                                  "data: corrupt, or data of another type");
    data[94] = 0;
    data[128 + 31] = 200; /* the length of payload */
    assert_err(lq_abi_sample_record_decode(&v, &msg, data, sz), LQ_ERR_SYNTAX);
    assert_string_equal(msg.text, "sample.record.payload: data[128]: 0xc8 is not a size within "
                                  "the data: corrupt, or data of another type");
    assert_memory_equal(&v, &before, sizeof(v));
}

/* Indexed values of more than one word are hashes; what is not indexed may be dynamic. */
static void decodes_an_event_with_hashes_and_bytes(void **state)
{
    (void)state;
    json_t *root = load_viem();
    json_t *texts = json_object_get(json_object_get(root, "sample"), "happenedTopics");
    lq_hash_t topics[4];
    for (size_t i = 0; i < 4; i++) {
        const char *text = json_string_value(json_array_get(texts, i));
        topics[i] = fixed_of(9, 32); /* viem hashes no struct */
        if (text)
            (void)unhex(topics[i].b, 32, text);
    }
    json_decref(root);
    uint8_t data[512] = {0};
    size_t sz = sample(data, sizeof(data), "happenedData");
    assert_int_equal(sz, 320);
    lq_abi_sample_happened_event_t v;
    assert_ok(lq_abi_sample_happened_event_decode(&v, NULL, topics, 4, data, sz));
    assert_memory_equal(&v.note_hash, &topics[1], 32);
    assert_memory_equal(&v.pair_hash, &topics[2], 32);
    assert_memory_equal(&v.kind, &topics[3], 32);
    assert_int_equal(v.level, -300);
    is_pair(&v.pairs[0], 1);
    is_pair(&v.pairs[1], 2);
    assert_int_equal(v.payload.sz, 2);
    assert_memory_equal(v.payload.data, "\x01\x02", 2);
    /* a tail of any length: no more than the heads is asked for, and no less */
    assert_ok(lq_abi_sample_happened_event_decode(&v, NULL, topics, 4, data, sz + 1));
    lq_err_msg_t msg;
    assert_err(lq_abi_sample_happened_event_decode(&v, &msg, topics, 4, data, 255), LQ_ERR_SYNTAX);
    assert_string_equal(msg.text, "sample.Happened: 255 bytes of data instead of 256: cut, or a "
                                  "contract of another kind");
    topics[3].b[4] = 1;
    assert_err(lq_abi_sample_happened_event_decode(&v, NULL, topics, 4, data, sz), LQ_ERR_SYNTAX);
}

static void decodes_an_error(void **state)
{
    (void)state;
    uint8_t data[512];
    size_t sz = sample(data, sizeof(data), "tooHigh");
    lq_abi_sample_too_high_error_t v;
    assert_ok(lq_abi_sample_too_high_error_decode(&v, NULL, data, sz));
    lq_address_t pool = address_of(1);
    assert_memory_equal(&v.pool, &pool, sizeof(pool));
    assert_int_equal(v.fee, 3000);
    assert_int_equal(v.why.sz, 17);
    assert_memory_equal(v.why.data, "fee above the cap", 17);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(encodes_every_word),
        cmocka_unit_test(refuses_words_that_do_not_fit),
        cmocka_unit_test(decodes_every_word),
        cmocka_unit_test(encodes_fixed_structs_and_arrays),
        cmocka_unit_test(encodes_lists_and_dynamic_structs),
        cmocka_unit_test(encodes_empty_lists),
        cmocka_unit_test(refuses_immense_lists),
        cmocka_unit_test(keeps_clear_of_c_names),
        cmocka_unit_test(decodes_bytes_among_words),
        cmocka_unit_test(decodes_an_event_with_hashes_and_bytes),
        cmocka_unit_test(decodes_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
