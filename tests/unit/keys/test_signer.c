#include "liqd/keys/signer.h"

#include <signal.h>
#include <sys/wait.h>

#include "keys_rig.h"
#include "liqd/codec/keccak.h"
#include "liqd/keys/relay_key.h"
#include "signed_internal.h"

#define KEY "4646464646464646464646464646464646464646464646464646464646464646" /* EIP-155's own */

static const lq_address_t executor = {{0xee, [19] = 1}};
static const lq_address_t token = {{0x70, [19] = 2}};
static const uint8_t liquidate[] = {0x11, 0x22, 0x33, 0x44};
static const uint8_t approve[] = {0x09, 0x5e, 0xa7, 0xb3};

/* A policy with room to break each of its limits by one, and a transaction that touches them all.
 */
typedef struct rig {
    lq_policy_call_t calls[3];
    lq_policy_call_t approvals[1];
    lq_policy_t policy;
    lq_signer_t *signer;
    lq_tx_signed_t *out;
    lq_address_t own;
    uint8_t data[4 + 64];
    uint8_t code[100];
    uint64_t now_ns;
} rig_t;

static lq_wei_t wei(uint64_t v)
{
    return (lq_wei_t){lq_u256_from_u64(v)};
}

static lq_policy_rule_t rule(const lq_policy_call_t *calls, size_t call_cnt)
{
    return (lq_policy_rule_t){.calls = calls,
                              .call_cnt = call_cnt,
                              .value_max = wei(7),
                              .gas_limit_max = 1000000,
                              .max_fee_per_gas_max = wei(100),
                              .total_fee_max = wei(90000000),
                              .rate_cnt = LQ_POLICY_RATE_MAX,
                              .rate_window_ns = 1};
}

static void open_signer(rig_t *rig)
{
    lq_signer_close(rig->signer);
    assert_ok(lq_signer_open(&rig->signer, NULL, rig_key(KEY), &rig->policy));
    rig->own = lq_signer_address(rig->signer);
}

static int setup(void **state)
{
    rig_t *rig = calloc(1, sizeof(*rig));
    assert_non_null(rig);
    rig->calls[0] = (lq_policy_call_t){.to = token, .selector = {1, 2, 3, 4}};
    rig->calls[1] = (lq_policy_call_t){.to = executor, .selector = {9, 9, 9, 9}};
    rig->calls[2] = (lq_policy_call_t){.to = executor};
    memcpy(rig->calls[2].selector, liquidate, 4);
    rig->approvals[0] = (lq_policy_call_t){.to = token, .pins_arg = true};
    memcpy(rig->approvals[0].selector, approve, 4);
    memcpy(rig->approvals[0].arg.b + 12, &executor, sizeof(executor));
    rig->policy.chain_id = 10;
    rig->policy.rules[LQ_PURPOSE_LIQUIDATE] = rule(rig->calls, 3);
    rig->policy.rules[LQ_PURPOSE_APPROVE] = rule(rig->approvals, 1);
    rig->policy.rules[LQ_PURPOSE_CANCEL] = rule(NULL, 0);
    rig->policy.rules[LQ_PURPOSE_DEPLOY] = rule(NULL, 0);
    memset(rig->code, 0x5b, sizeof(rig->code));
    lq_keccak256(rig->policy.rules[LQ_PURPOSE_DEPLOY].initcode.b, rig->code, sizeof(rig->code));
    open_signer(rig);
    assert_ok(lq_tx_signed_new(&rig->out, 4096));
    *state = rig;
    return 0;
}

static int teardown(void **state)
{
    rig_t *rig = *state;
    lq_signer_close(rig->signer);
    lq_tx_signed_free(rig->out);
    free(rig);
    return 0;
}

/* What the policy just allows for PURPOSE. */
static lq_tx_t good(rig_t *rig, lq_purpose_t purpose)
{
    lq_tx_t tx = {.chain_id = 10,
                  .nonce = 3,
                  .max_priority_fee_per_gas = wei(2),
                  .max_fee_per_gas = wei(90),
                  .gas_limit = 1000000,
                  .value = wei(7),
                  .data = rig->data,
                  .data_sz = sizeof(rig->data)};
    memset(rig->data, 0, sizeof(rig->data));
    switch (purpose) {
    case LQ_PURPOSE_LIQUIDATE:
        tx.to = executor;
        memcpy(rig->data, liquidate, 4);
        break;
    case LQ_PURPOSE_APPROVE:
        tx.to = token;
        memcpy(rig->data, approve, 4);
        memcpy(rig->data + 4 + 12, &executor, sizeof(executor));
        break;
    case LQ_PURPOSE_CANCEL:
        tx.to = rig->own;
        tx.value = wei(0);
        tx.data_sz = 0;
        break;
    case LQ_PURPOSE_DEPLOY:
        tx.is_create = true;
        tx.data = rig->code;
        tx.data_sz = sizeof(rig->code);
        break;
    }
    return tx;
}

static void assert_signs(rig_t *rig, lq_purpose_t purpose, const lq_tx_t *tx)
{
    lq_refusal_t why = LQ_REFUSAL_NONE;
    lq_err_t err = lq_signer_sign(rig->signer, rig->out, &why, purpose, tx, ++rig->now_ns);
    if (err)
        fail_msg("%s: %s", lq_err_name(err), lq_refusal_str(why));
    assert_int_equal(why, LQ_REFUSAL_NONE);
    assert_ok(lq_tx_signed_verify(rig->out));
}

/* Refused, and what was signed before stands. */
static void assert_refuses(rig_t *rig, lq_refusal_t want, lq_purpose_t purpose, const lq_tx_t *tx)
{
    lq_refusal_t why = LQ_REFUSAL_NONE;
    uint8_t before[4096];
    lq_tx_raw_t raw = lq_tx_signed_raw(rig->out);
    memcpy(before, raw.data, raw.sz);
    assert_err(lq_signer_sign(rig->signer, rig->out, &why, purpose, tx, ++rig->now_ns),
               LQ_ERR_POLICY);
    if (why != want)
        fail_msg("refuses %s, not %s", lq_refusal_str(why), lq_refusal_str(want));
    lq_tx_raw_t after = lq_tx_signed_raw(rig->out);
    assert_int_equal(after.sz, raw.sz);
    assert_memory_equal(after.data, before, raw.sz);
    assert_memory_equal(&after.hash, &raw.hash, sizeof(raw.hash));
    assert_err(lq_signer_sign(rig->signer, rig->out, NULL, purpose, tx, rig->now_ns),
               LQ_ERR_POLICY);
}

static void signs_what_each_rule_just_allows(void **state)
{
    rig_t *rig = *state;
    for (lq_purpose_t p = 0; p < LQ_PURPOSE_CNT; p++) {
        lq_tx_t tx = good(rig, p);
        assert_signs(rig, p, &tx);
        lq_tx_raw_t raw = lq_tx_signed_raw(rig->out);
        lq_tx_decoded_t d;
        lq_address_t sender;
        lq_hash_t hash;
        assert_ok(lq_tx_decode(&d, NULL, raw.data, raw.sz));
        assert_int_equal(d.type, LQ_TX_EIP1559);
        assert_int_equal(d.tx.chain_id, tx.chain_id);
        assert_int_equal(d.tx.nonce, tx.nonce);
        assert_int_equal(d.tx.gas_limit, tx.gas_limit);
        assert_int_equal(d.tx.is_create, tx.is_create);
        assert_memory_equal(&d.tx.to, &tx.to, sizeof(tx.to));
        assert_int_equal(d.tx.data_sz, tx.data_sz);
        assert_memory_equal(d.tx.data, tx.data, tx.data_sz);
        assert_ok(lq_tx_sender(&sender, &d));
        assert_memory_equal(&sender, &rig->own, sizeof(sender));
        lq_keccak256(hash.b, raw.data, raw.sz);
        assert_memory_equal(&raw.hash, &hash, sizeof(hash));
    }
}

static void refuses_another_chain(void **state)
{
    rig_t *rig = *state;
    for (lq_purpose_t p = 0; p < LQ_PURPOSE_CNT; p++) {
        lq_tx_t tx = good(rig, p);
        assert_signs(rig, p, &tx);
        tx.chain_id++;
        assert_refuses(rig, LQ_REFUSAL_CHAIN, p, &tx);
        tx.chain_id = 0;
        assert_refuses(rig, LQ_REFUSAL_CHAIN, p, &tx);
    }
}

static void refuses_a_purpose_without_a_rule(void **state)
{
    rig_t *rig = *state;
    lq_tx_t tx = good(rig, LQ_PURPOSE_LIQUIDATE);
    assert_signs(rig, LQ_PURPOSE_LIQUIDATE, &tx);
    lq_policy_rule_t keep = rig->policy.rules[LQ_PURPOSE_LIQUIDATE];
    for (lq_purpose_t p = 0; p < LQ_PURPOSE_CNT; p++)
        rig->policy.rules[p] = p == LQ_PURPOSE_LIQUIDATE ? keep : (lq_policy_rule_t){0};
    open_signer(rig);
    for (lq_purpose_t p = 0; p < LQ_PURPOSE_CNT; p++) {
        tx = good(rig, p);
        if (p == LQ_PURPOSE_LIQUIDATE)
            assert_signs(rig, p, &tx);
        else
            assert_refuses(rig, LQ_REFUSAL_PURPOSE, p, &tx);
    }
    assert_refuses(rig, LQ_REFUSAL_PURPOSE, (lq_purpose_t)LQ_PURPOSE_CNT, &tx);
    assert_refuses(rig, LQ_REFUSAL_PURPOSE, (lq_purpose_t)-1, &tx);
}

static void refuses_each_limit_broken_by_one(void **state)
{
    rig_t *rig = *state;
    for (lq_purpose_t p = 0; p < LQ_PURPOSE_CNT; p++) {
        lq_tx_t tx = good(rig, p);
        assert_signs(rig, p, &tx);
        tx.value.raw.w[0]++;
        if (p == LQ_PURPOSE_CANCEL)
            assert_int_equal(tx.value.raw.w[0], 1);
        assert_refuses(rig, LQ_REFUSAL_VALUE, p, &tx);
        tx = good(rig, p);
        tx.value.raw = (lq_u256_t){{0, 0, 0, 1}};
        assert_refuses(rig, LQ_REFUSAL_VALUE, p, &tx);
        tx = good(rig, p);
        tx.gas_limit++;
        assert_refuses(rig, LQ_REFUSAL_GAS_LIMIT, p, &tx);
        tx = good(rig, p);
        tx.max_fee_per_gas = wei(100);
        tx.gas_limit = 900000;
        assert_signs(rig, p, &tx);
        tx.max_fee_per_gas = wei(101);
        assert_refuses(rig, LQ_REFUSAL_FEE, p, &tx);
        tx.max_fee_per_gas = wei(100);
        tx.gas_limit++;
        assert_refuses(rig, LQ_REFUSAL_TOTAL_FEE, p, &tx);
        tx = good(rig, p);
        tx.max_priority_fee_per_gas = wei(91);
        assert_refuses(rig, LQ_REFUSAL_TX, p, &tx);
        tx = good(rig, p);
        tx.gas_limit = lq_tx_intrinsic_gas(&tx) - 1;
        assert_refuses(rig, LQ_REFUSAL_TX, p, &tx);
        tx.gas_limit++;
        assert_signs(rig, p, &tx);
        tx.nonce = UINT64_MAX;
        assert_refuses(rig, LQ_REFUSAL_TX, p, &tx);
    }
    /* a product above 2^256 is above any limit */
    lq_tx_t tx = good(rig, LQ_PURPOSE_CANCEL);
    lq_policy_rule_t *limits = &rig->policy.rules[LQ_PURPOSE_CANCEL];
    memset(&limits->max_fee_per_gas_max, 0xff, 32);
    memset(&limits->total_fee_max, 0xff, 32);
    open_signer(rig);
    memset(&tx.max_fee_per_gas, 0xff, 32);
    assert_refuses(rig, LQ_REFUSAL_TOTAL_FEE, LQ_PURPOSE_CANCEL, &tx);
}

static void allows_calls_by_destination_selector_and_pinned_argument(void **state)
{
    rig_t *rig = *state;
    const lq_purpose_t p = LQ_PURPOSE_LIQUIDATE;
    lq_tx_t tx = good(rig, p);
    assert_signs(rig, p, &tx);
    for (size_t i = 0; i < 20; i++) {
        tx.to.b[i] ^= 1;
        assert_refuses(rig, LQ_REFUSAL_DESTINATION, p, &tx);
        tx.to.b[i] ^= 1;
    }
    for (size_t i = 0; i < 4; i++) {
        rig->data[i] ^= 1;
        assert_refuses(rig, LQ_REFUSAL_SELECTOR, p, &tx);
        rig->data[i] ^= 1;
    }
    for (tx.data_sz = 0; tx.data_sz < 4; tx.data_sz++)
        assert_refuses(rig, LQ_REFUSAL_SELECTOR, p, &tx);
    assert_signs(rig, p, &tx); /* of four bytes */
    /* a selector belongs to its destination */
    tx.to = token;
    assert_refuses(rig, LQ_REFUSAL_SELECTOR, p, &tx);
    memcpy(rig->data, (const uint8_t[]){1, 2, 3, 4}, 4);
    assert_signs(rig, p, &tx);
    tx.is_create = true;
    assert_refuses(rig, LQ_REFUSAL_DESTINATION, p, &tx);
    tx = good(rig, LQ_PURPOSE_APPROVE);
    assert_refuses(rig, LQ_REFUSAL_SELECTOR, p, &tx);
    for (size_t i = 4; i < 36; i++) {
        rig->data[i] ^= 0x80;
        assert_refuses(rig, LQ_REFUSAL_ARGUMENT, LQ_PURPOSE_APPROVE, &tx);
        rig->data[i] ^= 0x80;
    }
    rig->data[36] = 0xff; /* the amount is free */
    assert_signs(rig, LQ_PURPOSE_APPROVE, &tx);
    for (tx.data_sz = 67; tx.data_sz <= 69; tx.data_sz += 2)
        assert_refuses(rig, LQ_REFUSAL_ARGUMENT, LQ_PURPOSE_APPROVE, &tx);
    tx.data_sz = 35;
    assert_refuses(rig, LQ_REFUSAL_ARGUMENT, LQ_PURPOSE_APPROVE, &tx);
}

static void refuses_a_policy_whose_approval_pins_no_spender(void **state)
{
    rig_t *rig = *state;
    lq_err_msg_t msg;
    lq_private_key_t *key = rig_key(KEY);
    lq_signer_t *signer = NULL;
    rig->approvals[0].pins_arg = false;
    assert_err(lq_signer_open(&signer, &msg, key, &rig->policy), LQ_ERR_INVAL);
    assert_string_equal(msg.text, "policy: approval 0: pins no spender: set pins_arg");
    assert_null(signer);
    lq_private_key_free(key);
}

/* A transaction decoded from a room points into it: signed into the same room, it would change
   under the policy's eyes. */
static void refuses_to_sign_into_what_it_reads(void **state)
{
    rig_t *rig = *state;
    lq_tx_t tx = good(rig, LQ_PURPOSE_LIQUIDATE);
    assert_signs(rig, LQ_PURPOSE_LIQUIDATE, &tx);
    lq_tx_raw_t raw = lq_tx_signed_raw(rig->out);
    lq_tx_decoded_t decoded;
    assert_ok(lq_tx_decode(&decoded, NULL, raw.data, raw.sz));
    decoded.tx.max_fee_per_gas = wei(80);
    assert_err(lq_signer_sign(rig->signer, rig->out, NULL, LQ_PURPOSE_LIQUIDATE, &decoded.tx, 0),
               LQ_ERR_INVAL);
    assert_ptr_equal(lq_tx_signed_raw(rig->out).data, raw.data); /* as before */
    tx.access_list = raw.data + raw.sz - 1;
    tx.access_list_sz = 1;
    assert_err(lq_signer_sign(rig->signer, rig->out, NULL, LQ_PURPOSE_LIQUIDATE, &tx, 0),
               LQ_ERR_INVAL);
    lq_tx_signed_t *other;
    assert_ok(lq_tx_signed_new(&other, 4096));
    assert_ok(lq_signer_sign(rig->signer, other, NULL, LQ_PURPOSE_LIQUIDATE, &decoded.tx, 0));
    assert_ok(lq_tx_signed_verify(other));
    lq_tx_signed_free(other);
}

static void cancels_to_itself_with_nothing_in_it(void **state)
{
    rig_t *rig = *state;
    static const uint8_t empty_list[] = {0xc0};
    const lq_purpose_t p = LQ_PURPOSE_CANCEL;
    lq_tx_t tx = good(rig, p);
    assert_signs(rig, p, &tx);
    tx.to.b[19] ^= 1;
    assert_refuses(rig, LQ_REFUSAL_DESTINATION, p, &tx);
    tx = good(rig, p);
    tx.is_create = true;
    assert_refuses(rig, LQ_REFUSAL_DESTINATION, p, &tx);
    tx = good(rig, p);
    tx.data_sz = 1;
    assert_refuses(rig, LQ_REFUSAL_DATA, p, &tx);
    tx = good(rig, p);
    tx.access_list = empty_list;
    tx.access_list_sz = 1;
    assert_refuses(rig, LQ_REFUSAL_DATA, p, &tx);
}

static void deploys_the_code_that_is_pinned(void **state)
{
    rig_t *rig = *state;
    const lq_purpose_t p = LQ_PURPOSE_DEPLOY;
    lq_tx_t tx = good(rig, p);
    assert_signs(rig, p, &tx);
    tx.data_sz--;
    assert_refuses(rig, LQ_REFUSAL_INITCODE, p, &tx);
    tx.data_sz = 0;
    assert_refuses(rig, LQ_REFUSAL_INITCODE, p, &tx);
    tx = good(rig, p);
    rig->code[99] ^= 1;
    assert_refuses(rig, LQ_REFUSAL_INITCODE, p, &tx);
    rig->code[99] ^= 1;
    tx.is_create = false;
    assert_refuses(rig, LQ_REFUSAL_DESTINATION, p, &tx);
}

static void signs_and_checks_access_lists(void **state)
{
    rig_t *rig = *state;
    const lq_purpose_t p = LQ_PURPOSE_LIQUIDATE;
    lq_tx_t tx = good(rig, p);
    size_t sz;
    uint8_t *list = rig_hex(&sz, "d7d6940000000000000000000000000000000000000007c0");
    assert_signs(rig, p, &tx);
    tx.access_list = list;
    tx.access_list_sz = sz;
    assert_signs(rig, p, &tx);
    tx.access_list_sz--;
    assert_refuses(rig, LQ_REFUSAL_TX, p, &tx);
    free(list);
}

/* Against a count of what was signed within the window. */
static void limits_the_rate_in_every_window(void **state)
{
    rig_t *rig = *state;
    lq_rng_t rng = lq_test_rng();
    static const uint32_t rates[] = {1, 2, 5, LQ_POLICY_RATE_MAX};
    size_t cnt = lq_test_cnt(1500, 100000);
    for (size_t r = 0; r < LQ_ARRAY_CNT(rates); r++) {
        uint64_t *signed_ns = calloc(cnt, sizeof(*signed_ns));
        assert_non_null(signed_ns);
        size_t signed_cnt = 0;
        uint64_t now_ns = 0;
        lq_policy_rule_t *limits = &rig->policy.rules[LQ_PURPOSE_CANCEL];
        limits->rate_cnt = rates[r];
        limits->rate_window_ns = 1000;
        open_signer(rig);
        lq_tx_t tx = good(rig, LQ_PURPOSE_CANCEL);
        for (size_t i = 0; i < cnt; i++) {
            lq_refusal_t why;
            size_t recent_cnt = 0;
            now_ns += lq_rng_below(&rng, 3) ? lq_rng_below(&rng, 2200 / rates[r] + 2) : 0;
            for (size_t k = signed_cnt; k && now_ns - signed_ns[k - 1] < 1000; k--)
                recent_cnt++;
            lq_err_t err =
                lq_signer_sign(rig->signer, rig->out, &why, LQ_PURPOSE_CANCEL, &tx, now_ns);
            if (recent_cnt < rates[r]) {
                assert_ok(err);
                signed_ns[signed_cnt++] = now_ns;
            } else {
                assert_err(err, LQ_ERR_POLICY);
                assert_int_equal(why, LQ_REFUSAL_RATE);
            }
        }
        assert_true(signed_cnt > rates[r]);
        assert_true(signed_cnt < cnt);
        free(signed_ns);
    }
}

static void takes_a_time_that_goes_back_for_the_last(void **state)
{
    rig_t *rig = *state;
    lq_refusal_t why;
    lq_tx_t tx = good(rig, LQ_PURPOSE_CANCEL);
    rig->policy.rules[LQ_PURPOSE_CANCEL].rate_cnt = 1;
    rig->policy.rules[LQ_PURPOSE_CANCEL].rate_window_ns = 1000;
    open_signer(rig);
    const lq_purpose_t p = LQ_PURPOSE_CANCEL;
    assert_ok(lq_signer_sign(rig->signer, rig->out, &why, p, &tx, 5000));
    assert_err(lq_signer_sign(rig->signer, rig->out, &why, p, &tx, 0), LQ_ERR_POLICY);
    assert_err(lq_signer_sign(rig->signer, rig->out, &why, p, &tx, 3999), LQ_ERR_POLICY);
    assert_err(lq_signer_sign(rig->signer, rig->out, &why, p, &tx, 5999), LQ_ERR_POLICY);
    assert_ok(lq_signer_sign(rig->signer, rig->out, &why, p, &tx, 6000));
    assert_ok(lq_signer_sign(rig->signer, rig->out, &why, p, &tx, UINT64_MAX));
    assert_err(lq_signer_sign(rig->signer, rig->out, &why, p, &tx, UINT64_MAX), LQ_ERR_POLICY);
    /* the purposes count apart */
    tx = good(rig, LQ_PURPOSE_LIQUIDATE);
    assert_ok(lq_signer_sign(rig->signer, rig->out, &why, LQ_PURPOSE_LIQUIDATE, &tx, UINT64_MAX));
}

static void needs_the_room_it_says(void **state)
{
    rig_t *rig = *state;
    lq_tx_t tx = good(rig, LQ_PURPOSE_LIQUIDATE);
    lq_tx_signed_t *small = NULL;
    static const size_t sizes[] = {0, LQ_TX_OVERHEAD_MAX - 1, LQ_TX_OVERHEAD_MAX + 67};
    for (size_t i = 0; i < LQ_ARRAY_CNT(sizes); i++) {
        assert_ok(lq_tx_signed_new(&small, sizes[i]));
        assert_err(lq_signer_sign(rig->signer, small, NULL, LQ_PURPOSE_LIQUIDATE, &tx, 1),
                   LQ_ERR_FULL);
        assert_err(lq_tx_signed_verify(small), LQ_ERR_SIGNATURE); /* nothing is there */
        lq_tx_signed_free(small);
    }
    assert_ok(lq_tx_signed_new(&small, LQ_TX_OVERHEAD_MAX + 68));
    assert_ok(lq_signer_sign(rig->signer, small, NULL, LQ_PURPOSE_LIQUIDATE, &tx, 1));
    assert_ok(lq_tx_signed_verify(small));
    lq_tx_signed_free(small);
    small = NULL;
    assert_err(lq_tx_signed_new(&small, SIZE_MAX), LQ_ERR_NOMEM);
    if (!RIG_SANITIZED) /* which takes the attempt for a bug */
        assert_err(lq_tx_signed_new(&small, SIZE_MAX / 4), LQ_ERR_NOMEM);
    assert_null(small);
    lq_tx_signed_free(NULL);
}

/* The overhead of the largest numbers in every field. */
static void has_room_for_the_largest_overhead(void **state)
{
    (void)state;
    lq_tx_t tx = {.chain_id = UINT64_MAX, .nonce = UINT64_MAX, .gas_limit = UINT64_MAX};
    lq_signature_t sig = {.y_parity = 1};
    static uint8_t raw[70000 + LQ_TX_OVERHEAD_MAX];
    static uint8_t data[70000];
    size_t sz;
    memset(&tx.max_fee_per_gas, 0xff, 32);
    memset(&tx.max_priority_fee_per_gas, 0xff, 32);
    memset(&tx.value, 0xff, 32);
    memset(sig.r, 0xff, 32);
    memset(sig.s, 0xff, 32);
    tx.data = data;
    tx.data_sz = sizeof(data);
    assert_ok(lq_tx_encode(raw, &sz, sizeof(raw), NULL, &tx, &sig));
    assert_true(sz + 16 <= sizeof(raw)); /* sizes of 2^64 would take 10 bytes more */
}

/* A child of ours, which is to end before end_child; 0: this is it. */
static pid_t begin_child(void)
{
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        (void)signal(SIGABRT, SIG_DFL);
        (void)close(STDERR_FILENO); /* it would say why it ends */
    }
    return pid;
}

static void end_child(pid_t pid)
{
    int status;
    if (pid == 0)
        _exit(0);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_not_equal(status, 0);
}

static void read_unverified(lq_tx_signed_t *tx)
{
    pid_t pid = begin_child();
    if (pid == 0)
        (void)lq_tx_signed_raw(tx);
    end_child(pid);
}

static void gives_nothing_out_before_it_is_verified(void **state)
{
    rig_t *rig = *state;
    lq_tx_t tx = good(rig, LQ_PURPOSE_CANCEL);
    read_unverified(rig->out);
    assert_signs(rig, LQ_PURPOSE_CANCEL, &tx);
    (void)lq_tx_signed_raw(rig->out);
    assert_ok(lq_signer_sign(rig->signer, rig->out, NULL, LQ_PURPOSE_CANCEL, &tx, ++rig->now_ns));
    read_unverified(rig->out);
    assert_ok(lq_tx_signed_verify(rig->out));
    assert_ok(lq_tx_signed_verify(rig->out)); /* and again */
}

/* A bit that flips anywhere in memory, or in the arithmetic, before the verification. */
static void sees_each_flipped_bit(void **state)
{
    rig_t *rig = *state;
    lq_tx_t tx = good(rig, LQ_PURPOSE_LIQUIDATE);
    assert_signs(rig, LQ_PURPOSE_LIQUIDATE, &tx);
    lq_tx_raw_t raw = lq_tx_signed_raw(rig->out);
    uint8_t *bytes; /* what the API gives const */
    memcpy(&bytes, &raw.data, sizeof(bytes));
    size_t stride = lq_test_cnt(3, 1);
    for (size_t bit = 0; bit < 8 * raw.sz; bit += stride) {
        assert_ok(
            lq_signer_sign(rig->signer, rig->out, NULL, LQ_PURPOSE_LIQUIDATE, &tx, ++rig->now_ns));
        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_err(lq_tx_signed_verify(rig->out), LQ_ERR_SIGNATURE);
    }
    read_unverified(rig->out);
    /* what was verified once is not for ever */
    assert_signs(rig, LQ_PURPOSE_LIQUIDATE, &tx);
    bytes[raw.sz - 1] ^= 1;
    assert_err(lq_tx_signed_verify(rig->out), LQ_ERR_SIGNATURE);
    read_unverified(rig->out);
}

static void sign_ahead(rig_t *rig, const lq_tx_t *tx)
{
    assert_ok(
        lq_signer_sign_ahead(rig->signer, rig->out, NULL, LQ_PURPOSE_LIQUIDATE, tx, ++rig->now_ns));
}

static void gives_the_same_out_ahead_of_its_verification(void **state)
{
    rig_t *rig = *state;
    lq_hash_t hash;
    uint8_t bytes[4096];
    lq_tx_t tx = good(rig, LQ_PURPOSE_LIQUIDATE);
    assert_signs(rig, LQ_PURPOSE_LIQUIDATE, &tx);
    lq_tx_raw_t want = lq_tx_signed_raw(rig->out);
    assert_true(want.sz <= sizeof(bytes));
    memcpy(bytes, want.data, want.sz);
    sign_ahead(rig, &tx);
    lq_tx_raw_t raw = lq_tx_signed_raw(rig->out);
    assert_int_equal(raw.sz, want.sz);
    assert_memory_equal(raw.data, bytes, raw.sz);
    lq_keccak256(hash.b, bytes, raw.sz);
    assert_memory_equal(&raw.hash, &hash, sizeof(hash));
    assert_ok(lq_signer_verify(rig->signer, rig->out));
    assert_memory_equal(lq_tx_signed_raw(rig->out).data, bytes, raw.sz);
    assert_signs(rig, LQ_PURPOSE_LIQUIDATE, &tx); /* it goes on */
}

static void signs_nothing_behind_what_is_not_verified(void **state)
{
    rig_t *rig = *state;
    lq_tx_signed_t *other;
    lq_tx_t tx = good(rig, LQ_PURPOSE_LIQUIDATE);
    assert_ok(lq_tx_signed_new(&other, 4096));
    for (int i = 0; i < 3; i++) {
        pid_t pid = begin_child();
        if (pid == 0) {
            rig->signer = NULL; /* a child has no keys of its parent's */
            open_signer(rig);
            sign_ahead(rig, &tx);
            (void)!(i == 0 ? lq_signer_sign(rig->signer, other, NULL, LQ_PURPOSE_LIQUIDATE, &tx, 99)
                    : i == 1 ? lq_signer_sign_ahead(rig->signer, rig->out, NULL,
                                                    LQ_PURPOSE_LIQUIDATE, &tx, 99)
                             : lq_signer_verify(rig->signer, other));
        }
        end_child(pid);
    }
    lq_tx_signed_free(other);
}

static void assert_signs_no_more(rig_t *rig, const lq_tx_t *tx)
{
    read_unverified(rig->out);
    assert_err(lq_signer_sign(rig->signer, rig->out, NULL, LQ_PURPOSE_LIQUIDATE, tx, ++rig->now_ns),
               LQ_ERR_SIGNATURE);
    assert_err(
        lq_signer_sign_ahead(rig->signer, rig->out, NULL, LQ_PURPOSE_LIQUIDATE, tx, ++rig->now_ns),
        LQ_ERR_SIGNATURE);
}

/* One in each byte, wherever it stands: what is signed, the signature, the hash. */
static void never_signs_again_behind_a_faulty_signature(void **state)
{
    rig_t *rig = *state;
    lq_tx_t tx = good(rig, LQ_PURPOSE_LIQUIDATE);
    sign_ahead(rig, &tx);
    size_t sz = lq_tx_signed_raw(rig->out).sz;
    assert_ok(lq_signer_verify(rig->signer, rig->out));
    for (size_t at = 0; at < sz + sizeof(lq_hash_t); at++) {
        uint8_t *bytes; /* what the API gives const */
        sign_ahead(rig, &tx);
        lq_tx_raw_t raw = lq_tx_signed_raw(rig->out);
        memcpy(&bytes, &raw.data, sizeof(bytes));
        lq_hash_t *hash = &rig->out->hash;
        *(at < sz ? &bytes[at] : &hash->b[at - sz]) ^= (uint8_t)(1u << at % 8);
        assert_err(lq_signer_verify(rig->signer, rig->out), LQ_ERR_SIGNATURE);
        assert_signs_no_more(rig, &tx);
        open_signer(rig);
    }
}

static void refuses_policies_beyond_their_bounds(void **state)
{
    rig_t *rig = *state;
    lq_signer_t *signer = NULL;
    lq_err_msg_t msg;
    lq_private_key_t *key = rig_key(KEY);
    lq_policy_t bad = rig->policy;
    static const uint64_t chains[] = {0, LQ_TX_CHAIN_ID_MAX + 1, UINT64_MAX};
    for (size_t i = 0; i < LQ_ARRAY_CNT(chains); i++) {
        bad.chain_id = chains[i];
        assert_err(lq_signer_open(&signer, &msg, key, &bad), LQ_ERR_INVAL);
        assert_says(&msg, "chain id");
    }
    bad = rig->policy;
    bad.rules[3].rate_cnt = LQ_POLICY_RATE_MAX + 1;
    assert_err(lq_signer_open(&signer, &msg, key, &bad), LQ_ERR_INVAL);
    assert_says(&msg, "purpose 3", "257");
    bad = rig->policy;
    bad.rules[0].rate_window_ns = 0;
    assert_err(lq_signer_open(&signer, &msg, key, &bad), LQ_ERR_INVAL);
    bad = rig->policy;
    bad.rules[1].call_cnt = LQ_POLICY_CALL_MAX + 1;
    assert_err(lq_signer_open(&signer, &msg, key, &bad), LQ_ERR_INVAL);
    assert_says(&msg, "purpose 1", "257 calls");
    assert_null(signer);
    /* the key stayed ours */
    lq_policy_call_t calls[LQ_POLICY_CALL_MAX] = {0};
    calls[LQ_POLICY_CALL_MAX - 1] = rig->calls[2];
    bad = rig->policy;
    bad.chain_id = LQ_TX_CHAIN_ID_MAX;
    bad.rules[0].calls = calls;
    bad.rules[0].call_cnt = LQ_POLICY_CALL_MAX;
    assert_ok(lq_signer_open(&signer, &msg, key, &bad));
    memset(calls, 0, sizeof(calls)); /* the signer has a copy */
    lq_tx_t tx = good(rig, LQ_PURPOSE_LIQUIDATE);
    tx.chain_id = LQ_TX_CHAIN_ID_MAX;
    assert_ok(lq_signer_sign(signer, rig->out, NULL, LQ_PURPOSE_LIQUIDATE, &tx, 1));
    assert_ok(lq_tx_signed_verify(rig->out));
    lq_signer_close(signer);
    lq_signer_close(NULL);
}

static void says_what_each_refusal_means(void **state)
{
    (void)state;
    for (lq_refusal_t i = LQ_REFUSAL_NONE; i <= LQ_REFUSAL_RATE; i++)
        for (lq_refusal_t k = LQ_REFUSAL_NONE; k < i; k++)
            assert_string_not_equal(lq_refusal_str(i), lq_refusal_str(k));
    assert_string_equal(lq_refusal_str((lq_refusal_t)999), "unknown refusal");
}

/* A relay key where a signer is wanted, or the other way round, does not compile. */
_Static_assert(_Generic((lq_relay_key_t *)0, lq_signer_t * : 0, default : 1), "one type");
_Static_assert(_Generic((lq_private_key_t *)0, lq_signer_t * : 0, lq_relay_key_t * : 0,
                        default : 1),
               "one type");

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(signs_what_each_rule_just_allows),
        TEST(refuses_another_chain),
        TEST(refuses_a_purpose_without_a_rule),
        TEST(refuses_each_limit_broken_by_one),
        TEST(allows_calls_by_destination_selector_and_pinned_argument),
        TEST(cancels_to_itself_with_nothing_in_it),
        TEST(deploys_the_code_that_is_pinned),
        TEST(signs_and_checks_access_lists),
        TEST(limits_the_rate_in_every_window),
        TEST(takes_a_time_that_goes_back_for_the_last),
        TEST(needs_the_room_it_says),
        TEST(has_room_for_the_largest_overhead),
        TEST(gives_nothing_out_before_it_is_verified),
        TEST(sees_each_flipped_bit),
        TEST(gives_the_same_out_ahead_of_its_verification),
        TEST(signs_nothing_behind_what_is_not_verified),
        TEST(never_signs_again_behind_a_faulty_signature),
        TEST(refuses_policies_beyond_their_bounds),
        TEST(says_what_each_refusal_means),
        TEST(refuses_a_policy_whose_approval_pins_no_spender),
        TEST(refuses_to_sign_into_what_it_reads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
