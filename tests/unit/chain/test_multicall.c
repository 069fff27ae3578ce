#include "multicall_internal.h"

#include "liqd/codec/abi_multicall3.h"
#include "liqd/codec/hex.h"
#include "lq_test.h"

/* Both by viem 2.21.0: encodeFunctionData and encodeFunctionResult of its multicall3Abi. */
static const char calldata_by_viem[] =
    "82ad56cb"
    "0000000000000000000000000000000000000000000000000000000000000020"
    "0000000000000000000000000000000000000000000000000000000000000002"
    "0000000000000000000000000000000000000000000000000000000000000040"
    "00000000000000000000000000000000000000000000000000000000000000e0"
    "0000000000000000000000001111111111111111111111111111111111111111"
    "0000000000000000000000000000000000000000000000000000000000000001"
    "0000000000000000000000000000000000000000000000000000000000000060"
    "0000000000000000000000000000000000000000000000000000000000000004"
    "70a0823100000000000000000000000000000000000000000000000000000000"
    "0000000000000000000000002222222222222222222222222222222222222222"
    "0000000000000000000000000000000000000000000000000000000000000001"
    "0000000000000000000000000000000000000000000000000000000000000060"
    "0000000000000000000000000000000000000000000000000000000000000024"
    "abababababababababababababababababababababababababababababababab"
    "abababab00000000000000000000000000000000000000000000000000000000";
static const char answer_by_viem[] =
    "0000000000000000000000000000000000000000000000000000000000000020"
    "0000000000000000000000000000000000000000000000000000000000000002"
    "0000000000000000000000000000000000000000000000000000000000000040"
    "00000000000000000000000000000000000000000000000000000000000000c0"
    "0000000000000000000000000000000000000000000000000000000000000001"
    "0000000000000000000000000000000000000000000000000000000000000040"
    "0000000000000000000000000000000000000000000000000000000000000020"
    "0707070707070707070707070707070707070707070707070707070707070707"
    "0000000000000000000000000000000000000000000000000000000000000000"
    "0000000000000000000000000000000000000000000000000000000000000040"
    "0000000000000000000000000000000000000000000000000000000000000004"
    "08c379a000000000000000000000000000000000000000000000000000000000";

static size_t unhex(uint8_t *out, const char *hex)
{
    assert_ok(lq_hex_decode(out, strlen(hex) / 2, NULL, hex, strlen(hex)));
    return strlen(hex) / 2;
}

static void encodes_as_viem_does(void **state)
{
    (void)state;
    uint8_t input[36];
    memset(input, 0xab, sizeof(input));
    lq_abi_multicall3_call3_t calls[2] = {
        {.allow_failure = true, .call_data = {(const uint8_t *)"\x70\xa0\x82\x31", 4}},
        {.allow_failure = true, .call_data = {input, 36}},
    };
    memset(&calls[0].target, 0x11, 20);
    memset(&calls[1].target, 0x22, 20);
    uint8_t got[1024];
    uint8_t want[1024];
    size_t sz;
    size_t want_sz = unhex(want, calldata_by_viem);
    assert_ok(lq_abi_multicall3_aggregate3_encode(got, sizeof(got), &sz, NULL, calls, 2));
    assert_int_equal(sz, want_sz);
    assert_memory_equal(got, want, sz);
    assert_true(sz <= lq_multicall_calldata_max(2, 40));
}

static void writes_a_call_at_a_canonical_block(void **state)
{
    (void)state;
    lq_address_t to;
    lq_hash_t hash;
    memset(&to, 0x12, sizeof(to));
    memset(&hash, 0xbe, sizeof(hash));
    char text[2048];
    size_t sz = lq_multicall_params(text, &to, (const uint8_t *)"\xfe\xed", 2, 0x1234, &hash);
    text[sz] = '\0';
    assert_string_equal(text,
                        "[{\"to\":\"0x1212121212121212121212121212121212121212\","
                        "\"data\":\"0xfeed\",\"gas\":\"0x1234\"},{\"blockHash\":"
                        "\"0xbebebebebebebebebebebebebebebebebebebebebebebebebebebebebebebebe\","
                        "\"requireCanonical\":true}]");
    sz = lq_multicall_params(text, &to, NULL, 0, 0, &hash);
    text[sz] = '\0';
    assert_null(strstr(text, "gas"));
    assert_non_null(strstr(text, "\"data\":\"0x\"}"));
    uint8_t data[500] = {0};
    assert_true(lq_multicall_params(text, &to, data, 500, UINT64_MAX, &hash) <=
                lq_multicall_params_max(500));
}

#define RESULT_MAX 300

static lq_err_t decode(lq_read_result_t *out, lq_err_msg_t *msg, const uint8_t *data, size_t sz,
                       size_t cnt)
{
    static lq_abi_val_t vals[1 + 2 * RESULT_MAX];
    lq_abi_type_t type;
    lq_multicall_type(&type);
    uint8_t *exact = malloc(sz ? sz : 1); /* so that a read past the end is seen */
    assert_non_null(exact);
    memcpy(exact, data, sz);
    lq_err_t err = lq_multicall_decode(out, vals, msg, &type, exact, sz, cnt);
    for (size_t i = 0; !err && i < cnt; i++)
        out[i].data = data + (out[i].data - exact);
    free(exact);
    return err;
}

static void decodes_what_viem_encodes(void **state)
{
    (void)state;
    uint8_t data[1024];
    size_t sz = unhex(data, answer_by_viem);
    lq_read_result_t out[2];
    assert_ok(decode(out, NULL, data, sz, 2));
    assert_true(out[0].ok);
    assert_int_equal(out[0].data_sz, 32);
    assert_int_equal(out[0].data[0], 7);
    assert_false(out[1].ok);
    assert_int_equal(out[1].data_sz, 4);
    assert_memory_equal(out[1].data, "\x08\xc3\x79\xa0", 4);
    assert_true(sz <= lq_multicall_answer_max(2, 36));
    assert_ok(decode(out, NULL, data, sz - 28, 2)); /* the padding at the end may be missing */
    lq_read_result_t kept[2] = {out[0], out[1]};
    for (size_t cut = 0; cut < sz - 28; cut++)
        assert_err(decode(out, NULL, data, cut, 2), LQ_ERR_SYNTAX);
    assert_memory_equal(out, kept, sizeof(kept));
}

static void refuses_another_number_of_results(void **state)
{
    (void)state;
    uint8_t data[1024];
    size_t sz = unhex(data, answer_by_viem);
    lq_read_result_t out[4];
    static const size_t cnts[] = {0, 1, 3, 4};
    for (size_t i = 0; i < LQ_ARRAY_CNT(cnts); i++) {
        lq_err_msg_t msg = {""};
        assert_err(decode(out, &msg, data, sz, cnts[i]), LQ_ERR_SYNTAX);
        assert_true(msg.text[0]);
    }
}

/* Any word of the answer replaced by any that lies. */
static void refuses_or_bounds_any_wrong_word(void **state)
{
    (void)state;
    static const uint64_t wrong[] = {
        0,    1,         2,   3,   31,         33,        64,
        65,   255,       256, 288, UINT32_MAX, INT64_MAX, UINT64_MAX - 31,
        1000, UINT64_MAX};
    uint8_t data[1024];
    size_t sz = unhex(data, answer_by_viem);
    size_t refused = 0;
    for (size_t at = 0; at < sz; at += 32)
        for (size_t k = 0; k < 2 * LQ_ARRAY_CNT(wrong); k++) {
            uint8_t lie[1024];
            memcpy(lie, data, sz);
            memset(lie + at, k % 2 ? 0xff : 0, 24);
            for (size_t i = 0; i < 8; i++)
                lie[at + 24 + i] = (uint8_t)(wrong[k / 2] >> (56 - 8 * i));
            lq_read_result_t out[2];
            lq_err_t err = decode(out, NULL, lie, sz, 2);
            refused += err != LQ_OK;
            if (!err)
                assert_true(out[0].data_sz + out[1].data_sz <= sz);
        }
    assert_true(refused > 200);
}

static void put_word(uint8_t *data, size_t *sz, size_t n)
{
    memset(data + *sz, 0, 32);
    data[*sz + 30] = (uint8_t)(n >> 8);
    data[*sz + 31] = (uint8_t)n;
    *sz += 32;
}

/* A short answer whose results all name the same bytes must not grow when they are copied. */
static void refuses_results_that_overlap_to_more_than_the_answer(void **state)
{
    (void)state;
    static uint8_t data[32 * (RESULT_MAX + 40)];
    size_t sz = 0;
    put_word(data, &sz, 32);
    put_word(data, &sz, RESULT_MAX);
    for (size_t i = 0; i < RESULT_MAX; i++)
        put_word(data, &sz, (size_t)32 * RESULT_MAX);
    put_word(data, &sz, 1);
    put_word(data, &sz, 64);
    put_word(data, &sz, 800);
    memset(data + sz, 0, 800);
    sz += 800;
    static lq_read_result_t out[RESULT_MAX];
    lq_err_msg_t msg;
    assert_err(decode(out, &msg, data, sz, RESULT_MAX), LQ_ERR_SYNTAX);
    assert_non_null(strstr(msg.text, "more bytes"));
}

/* Marks the request of PLAN: done, or, where AGAIN, to be asked alone. */
static void mark(lq_multicall_plan_t *plan, bool again)
{
    for (size_t i = plan->from; i < plan->to; i++)
        if (lq_multicall_plan_has(plan, i))
            plan->states[i] = again ? LQ_MULTICALL_ALONE : LQ_MULTICALL_DONE;
}

static void plans_chunks_in_order(void **state)
{
    (void)state;
    uint8_t states[300];
    lq_multicall_plan_t p;
    lq_multicall_plan_init(&p, states, 10, 4, true);
    assert_true(lq_multicall_plan_next(&p));
    assert_int_equal(p.cnt, 4);
    assert_int_equal(p.to, 4);
    assert_true(lq_multicall_plan_next(&p)); /* the same again */
    assert_int_equal(p.to, 4);
    mark(&p, true);
    assert_true(lq_multicall_plan_next(&p));
    assert_int_equal(p.from, 4);
    assert_int_equal(p.state, LQ_MULTICALL_TOGETHER);
    assert_true(lq_multicall_plan_halve(&p));
    for (size_t from = 4; from < 10; from += 2) {
        assert_true(lq_multicall_plan_next(&p));
        assert_int_equal(p.from, from);
        assert_int_equal(p.cnt, 2);
        mark(&p, false);
    }
    assert_true(lq_multicall_plan_next(&p)); /* the first four, alone */
    assert_int_equal(p.state, LQ_MULTICALL_ALONE);
    assert_int_equal(p.from, 0);
    assert_int_equal(p.cnt, 2);
    mark(&p, false);
    assert_true(lq_multicall_plan_next(&p));
    assert_true(lq_multicall_plan_halve(&p));
    assert_true(lq_multicall_plan_next(&p));
    assert_int_equal(p.cnt, 1);
    assert_false(lq_multicall_plan_halve(&p));
    mark(&p, false);
    assert_true(lq_multicall_plan_next(&p));
    mark(&p, false);
    assert_false(lq_multicall_plan_next(&p));
}

static void bounds_batches_by_what_a_call_may_hold(void **state)
{
    (void)state;
    uint8_t states[300];
    lq_multicall_plan_t p;
    lq_multicall_plan_init(&p, states, 300, 1000, false);
    assert_true(lq_multicall_plan_next(&p));
    assert_int_equal(p.cnt, LQ_RPC_ITEM_MAX);
    lq_multicall_plan_init(&p, states, 300, 1000, true);
    assert_true(lq_multicall_plan_next(&p));
    assert_int_equal(p.cnt, 300);
    lq_multicall_plan_split(&p);
    assert_true(lq_multicall_plan_next(&p));
    assert_int_equal(p.cnt, LQ_RPC_ITEM_MAX);
    assert_int_equal(p.state, LQ_MULTICALL_ALONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(encodes_as_viem_does),
        cmocka_unit_test(writes_a_call_at_a_canonical_block),
        cmocka_unit_test(decodes_what_viem_encodes),
        cmocka_unit_test(refuses_another_number_of_results),
        cmocka_unit_test(refuses_or_bounds_any_wrong_word),
        cmocka_unit_test(refuses_results_that_overlap_to_more_than_the_answer),
        cmocka_unit_test(plans_chunks_in_order),
        cmocka_unit_test(bounds_batches_by_what_a_call_may_hold),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
