#include "liqd/keys/remote_signer.h"

#include "keys_rig.h"

#define KEY   "4646464646464646464646464646464646464646464646464646464646464646"
#define OTHER "4646464646464646464646464646464646464646464646464646464646464647"
#define TOK   4096u

/* A signer of the account of KEY, and the keys that play what answers. */
typedef struct rig {
    lq_policy_call_t call;
    lq_policy_t policy;
    lq_remote_signer_t *remote;
    lq_signer_t *own;
    lq_signer_t *other;
    lq_tx_signed_t *room; /* of the answering side */
    lq_tx_signed_t *out;
    lq_address_t account;
    uint8_t data[68];
    uint64_t now_ns;
    char text[16384];
    lq_json_tok_t tok[TOK];
    lq_json_t doc;
} rig_t;

static lq_wei_t wei(uint64_t v)
{
    return (lq_wei_t){lq_u256_from_u64(v)};
}

static int setup(void **state)
{
    rig_t *r = calloc(1, sizeof(*r));
    assert_non_null(r);
    r->call = (lq_policy_call_t){.to = {{0xee}}, .selector = {1, 2, 3, 4}};
    const lq_policy_rule_t rule = {.calls = &r->call,
                                   .call_cnt = 1,
                                   .value_max = wei(7),
                                   .gas_limit_max = 1000000,
                                   .max_fee_per_gas_max = wei(100),
                                   .total_fee_max = wei(100000000),
                                   .rate_cnt = 40,
                                   .rate_window_ns = 1000};
    r->policy.chain_id = 10;
    r->policy.rules[LQ_PURPOSE_LIQUIDATE] = rule;
    r->policy.rules[LQ_PURPOSE_CANCEL] = rule;
    r->policy.rules[LQ_PURPOSE_CANCEL].call_cnt = 0;
    assert_ok(lq_signer_open(&r->own, NULL, rig_key(KEY), &r->policy));
    assert_ok(lq_signer_open(&r->other, NULL, rig_key(OTHER), &r->policy));
    r->account = lq_signer_address(r->own);
    assert_ok(lq_remote_signer_new(&r->remote, NULL, &r->account, &r->policy));
    assert_ok(lq_tx_signed_new(&r->room, 4096));
    assert_ok(lq_tx_signed_new(&r->out, 4096));
    *state = r;
    return 0;
}

static int teardown(void **state)
{
    rig_t *r = *state;
    lq_remote_signer_free(r->remote);
    lq_signer_close(r->own);
    lq_signer_close(r->other);
    lq_tx_signed_free(r->room);
    lq_tx_signed_free(r->out);
    free(r);
    return 0;
}

static lq_tx_t good(rig_t *r)
{
    memcpy(r->data, r->call.selector, 4);
    return (lq_tx_t){.chain_id = 10,
                     .nonce = 3,
                     .max_priority_fee_per_gas = wei(2),
                     .max_fee_per_gas = wei(90),
                     .gas_limit = 1000000,
                     .to = r->call.to,
                     .value = wei(7),
                     .data = r->data,
                     .data_sz = sizeof(r->data)};
}

static lq_tx_raw_t sign(rig_t *r, lq_signer_t *signer, const lq_tx_t *tx)
{
    lq_refusal_t why = LQ_REFUSAL_NONE;
    if (lq_signer_sign(signer, r->room, &why, LQ_PURPOSE_LIQUIDATE, tx, r->now_ns += 1000))
        fail_msg("%s", lq_refusal_str(why));
    assert_ok(lq_tx_signed_verify(r->room));
    return lq_tx_signed_raw(r->room);
}

/* What the remote side says: the bytes as data. */
static lq_json_val_t says(rig_t *r, const uint8_t *raw, size_t sz)
{
    const lq_json_limits_t limits = {sizeof(r->text), 4};
    memcpy(r->text, "\"0x", 3);
    lq_hex_encode(r->text + 3, raw, sz);
    r->text[3 + 2 * sz] = '"';
    assert_ok(lq_json_parse(&r->doc, r->tok, TOK, NULL, r->text, 4 + 2 * sz, &limits));
    return lq_json_root(&r->doc);
}

static lq_err_t take(rig_t *r, lq_err_msg_t *msg, const lq_tx_t *tx, const uint8_t *raw, size_t sz)
{
    lq_json_val_t at = says(r, raw, sz);
    return lq_remote_signer_take(r->remote, r->out, msg, tx, &r->doc, at);
}

static void asks_as_web3signer_takes_it(void **state)
{
    rig_t *r = *state;
    static const char want[] =
        "[{\"from\":\"0x9d8a62f656a8d1615c1294fd71e9cfb3e4855a4f\","
        "\"to\":\"0xee00000000000000000000000000000000000000\",\"gas\":\"0xf4240\","
        "\"maxFeePerGas\":\"0x5a\",\"maxPriorityFeePerGas\":\"0x2\",\"nonce\":\"0x3\","
        "\"value\":\"0x7\",\"data\":\"0x01020304ff\",\"chainId\":\"0xa\"}]";
    lq_tx_t tx = good(r);
    r->data[4] = 0xff;
    tx.data_sz = 5;
    char out[LQ_REMOTE_SIGNER_OVERHEAD + 10];
    size_t sz = 0;
    assert_ok(
        lq_remote_signer_ask(r->remote, out, &sz, sizeof(out), NULL, LQ_PURPOSE_LIQUIDATE, &tx, 1));
    assert_int_equal(sz, sizeof(want) - 1);
    assert_memory_equal(out, want, sz);
    assert_err(lq_remote_signer_ask(r->remote, out, &sz, sizeof(out) - 1, NULL,
                                    LQ_PURPOSE_LIQUIDATE, &tx, 1),
               LQ_ERR_FULL);
    lq_address_t account = lq_remote_signer_address(r->remote);
    assert_memory_equal(&account, &r->account, sizeof(account));
}

static void fits_what_it_says_it_takes(void **state)
{
    rig_t *r = *state;
    lq_tx_t tx = good(r);
    char out[LQ_REMOTE_SIGNER_OVERHEAD + 2 * sizeof(r->data)];
    size_t sz = 0;
    memset(&r->policy.rules[0].value_max, 0xff, sizeof(lq_wei_t));
    memset(&r->policy.rules[0].max_fee_per_gas_max, 0xff, sizeof(lq_wei_t));
    memset(&r->policy.rules[0].total_fee_max, 0xff, sizeof(lq_wei_t));
    r->policy.rules[0].gas_limit_max = UINT64_MAX;
    lq_remote_signer_free(r->remote);
    assert_ok(lq_remote_signer_new(&r->remote, NULL, &r->account, &r->policy));
    memset(&tx.value, 0xff, sizeof(tx.value));
    memset(&tx.max_fee_per_gas, 0xff, sizeof(lq_wei_t));
    tx.max_fee_per_gas.raw.w[3] = UINT64_MAX >> 20; /* with the gas within 256 bits */
    tx.max_priority_fee_per_gas = tx.max_fee_per_gas;
    tx.nonce = UINT64_MAX - 1;
    assert_ok(
        lq_remote_signer_ask(r->remote, out, &sz, sizeof(out), NULL, LQ_PURPOSE_LIQUIDATE, &tx, 1));
    assert_true(sz <= sizeof(out));
}

static void holds_what_is_asked_to_the_policy(void **state)
{
    rig_t *r = *state;
    char out[2048];
    size_t sz = 77;
    lq_refusal_t why = LQ_REFUSAL_NONE;
    lq_tx_t tx = good(r);
    tx.max_fee_per_gas = wei(101);
    assert_err(
        lq_remote_signer_ask(r->remote, out, &sz, sizeof(out), &why, LQ_PURPOSE_LIQUIDATE, &tx, 1),
        LQ_ERR_POLICY);
    assert_int_equal(why, LQ_REFUSAL_FEE);
    static const uint8_t list[] = {0xc0};
    tx = good(r);
    tx.access_list = list;
    tx.access_list_sz = 1;
    assert_err(
        lq_remote_signer_ask(r->remote, out, &sz, sizeof(out), &why, LQ_PURPOSE_LIQUIDATE, &tx, 1),
        LQ_ERR_POLICY);
    assert_int_equal(why, LQ_REFUSAL_DATA);
    assert_int_equal(sz, 77);
    tx = good(r);
    for (size_t i = 0; i < 40; i++)
        assert_ok(lq_remote_signer_ask(r->remote, out, &sz, sizeof(out), &why, LQ_PURPOSE_LIQUIDATE,
                                       &tx, 1));
    assert_err(lq_remote_signer_ask(r->remote, out, &sz, sizeof(out), &why, LQ_PURPOSE_LIQUIDATE,
                                    &tx, 1000),
               LQ_ERR_POLICY);
    assert_int_equal(why, LQ_REFUSAL_RATE);
    assert_ok(lq_remote_signer_ask(r->remote, out, &sz, sizeof(out), &why, LQ_PURPOSE_LIQUIDATE,
                                   &tx, 1001));
}

static void takes_the_very_transaction(void **state)
{
    rig_t *r = *state;
    lq_tx_t tx = good(r);
    lq_tx_raw_t raw = sign(r, r->own, &tx);
    assert_ok(take(r, NULL, &tx, raw.data, raw.sz));
    lq_tx_raw_t got = lq_tx_signed_raw(r->out);
    assert_int_equal(got.sz, raw.sz);
    assert_memory_equal(got.data, raw.data, raw.sz);
    assert_memory_equal(&got.hash, &raw.hash, sizeof(raw.hash));
    assert_ok(lq_tx_signed_verify(r->out)); /* as if it had been signed here */
}

static void refuses_another_transaction_and_names_the_field(void **state)
{
    rig_t *r = *state;
    for (int i = 0; i < 7; i++) {
        static const char *const names[] = {"nonce",       "priority fee", "fee", "gas limit",
                                            "destination", "value",        "data"};
        lq_tx_t tx = good(r);
        lq_err_msg_t msg = {""};
        char want[64];
        lq_tx_raw_t raw = sign(r, r->own, &tx);
        tx.nonce += i == 0;
        tx.max_priority_fee_per_gas = wei(i == 1 ? 3 : 2);
        tx.max_fee_per_gas = wei(i == 2 ? 91 : 90);
        tx.gas_limit -= i == 3;
        tx.to.b[19] = i == 4;
        tx.value = wei(i == 5 ? 6 : 7);
        tx.data_sz -= i == 6;
        assert_err(take(r, &msg, &tx, raw.data, raw.sz), LQ_ERR_INVAL);
        (void)snprintf(want, sizeof(want), "its %s differs", names[i]);
        assert_says(&msg, want);
    }
}

static void refuses_another_account_and_what_is_no_transaction(void **state)
{
    rig_t *r = *state;
    lq_tx_t tx = good(r);
    lq_err_msg_t msg = {""};
    uint8_t raw[4096];
    lq_tx_raw_t signed_ = sign(r, r->other, &tx);
    size_t sz = signed_.sz;
    assert_err(take(r, &msg, &tx, signed_.data, sz), LQ_ERR_SIGNATURE);
    signed_ = sign(r, r->own, &tx);
    memcpy(raw, signed_.data, sz);
    for (size_t i = 0; i < sz; i++) { /* whatever bit is wrong, it is not taken */
        for (unsigned bit = 0; bit < 8; bit++) {
            raw[i] ^= (uint8_t)(1u << bit);
            lq_err_t err = take(r, &msg, &tx, raw, sz);
            assert_true(err == LQ_ERR_SYNTAX || err == LQ_ERR_INVAL || err == LQ_ERR_SIGNATURE);
            assert_true(msg.text[0]);
            raw[i] ^= (uint8_t)(1u << bit);
        }
        assert_err(take(r, &msg, &tx, raw, i), LQ_ERR_SYNTAX);
    }
    assert_err(take(r, &msg, &tx, raw, sz + 1), LQ_ERR_SYNTAX);
    assert_ok(take(r, &msg, &tx, raw, sz));
}

/* n - s, the other parity: a signature of the same account that no block may hold. */
static void refuses_the_upper_half(void **state)
{
    rig_t *r = *state;
    static const lq_u256_t order = {
        {0xbfd25e8cd0364141u, 0xbaaedce6af48a03bu, 0xfffffffffffffffeu, 0xffffffffffffffffu}};
    lq_tx_t tx = good(r);
    lq_tx_decoded_t d;
    uint8_t raw[4096];
    size_t sz = 0;
    lq_tx_raw_t signed_ = sign(r, r->own, &tx);
    assert_ok(lq_tx_decode(&d, NULL, signed_.data, signed_.sz));
    lq_u256_t s = {{0}};
    for (size_t i = 0; i < 32; i++)
        s.w[3 - i / 8] = s.w[3 - i / 8] << 8 | d.sig.s[i];
    s = lq_u256_sub_wrap(&order, &s);
    for (size_t i = 0; i < 32; i++)
        d.sig.s[i] = (uint8_t)(s.w[3 - i / 8] >> (8 * (7 - i % 8)));
    d.sig.y_parity ^= 1;
    assert_ok(lq_tx_encode(raw, &sz, sizeof(raw), NULL, &d.tx, &d.sig));
    assert_err(take(r, NULL, &tx, raw, sz), LQ_ERR_SYNTAX);
}

static void refuses_what_is_no_data_and_what_is_too_long(void **state)
{
    rig_t *r = *state;
    lq_tx_t tx = good(r);
    const lq_json_limits_t limits = {64, 4};
    static const char *const texts[] = {"null", "true", "7",       "{}",
                                        "[]",   "\"\"", "\"0x0\"", "\"zz\""};
    for (size_t i = 0; i < LQ_ARRAY_CNT(texts); i++) {
        assert_ok(lq_json_parse(&r->doc, r->tok, TOK, NULL, texts[i], strlen(texts[i]), &limits));
        assert_err(
            lq_remote_signer_take(r->remote, r->out, NULL, &tx, &r->doc, lq_json_root(&r->doc)),
            LQ_ERR_SYNTAX);
    }
    static uint8_t much[4097];
    assert_err(take(r, NULL, &tx, much, sizeof(much)), LQ_ERR_FULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(asks_as_web3signer_takes_it, setup, teardown),
        cmocka_unit_test_setup_teardown(fits_what_it_says_it_takes, setup, teardown),
        cmocka_unit_test_setup_teardown(holds_what_is_asked_to_the_policy, setup, teardown),
        cmocka_unit_test_setup_teardown(takes_the_very_transaction, setup, teardown),
        cmocka_unit_test_setup_teardown(refuses_another_transaction_and_names_the_field, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(refuses_another_account_and_what_is_no_transaction, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(refuses_the_upper_half, setup, teardown),
        cmocka_unit_test_setup_teardown(refuses_what_is_no_data_and_what_is_too_long, setup,
                                        teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
