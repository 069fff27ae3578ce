/* What the senders of a live run may sign. */

#include "senders.h"

#include <string.h>

#include "lq_test.h"
#include "memory_io.h"

#define AAVE "\"0x87870Bca3F3fD6335C3F4ce8392D69350B4fA4E2\""
#define BLUE "\"0xBBBBBbbBBb9cC5e90e3b3Af64bdAF62C37EEFFCb\""
#define USDC "\"0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48\""
#define WETH "\"0xC02aaA39b223FE8D0A0e5C4F27eAD9083C756Cc2\""
#define BASE                                                                                    \
    "markets: {aave: {protocol: aave_v3, funding: inventory, address: " AAVE "}, blue: "        \
    "{protocol: morpho_blue, funding: inventory, address: " BLUE "}, seen: {protocol: aave_v3," \
    " liquidate: false, address: " WETH "}}\n"                                                  \
    "inventory: {usdc: {token: " USDC ", amount: '1'}, weth: {token: " WETH ", amount: '1'},"   \
    " gas: {token: coin, amount: '1'}}\n"

static lq_wei_t wei(uint64_t v)
{
    lq_u256_t raw = lq_u256_from_u64(v);
    return lq_wei_make(&raw);
}

static lq_config_t config;
static lq_schema_doc_t doc;
static lq_senders_t senders;
static lq_policy_t policy;
static const lq_address_t own = {{1}};

static lq_address_t address(const char *text)
{
    char out[64];
    (void)snprintf(out, sizeof(out), "%.42s", text + 1);
    return lq_config_address(out);
}

static void load(const char *rest)
{
    char yaml[4096];
    char text[1024];
    lq_err_msg_t msg;
    (void)snprintf(yaml, sizeof(yaml), "chain: {id: 5}\n" BASE "%s\n", rest);
    memory_io_t files = {.files = {{"c.yaml", yaml}}, .modes = {0600}};
    lq_schema_io_t io = memory_io(&files);
    lq_err_t err = lq_schema_load(&doc, &config, &lq_config_schema, &io, "c.yaml");
    memory_io_problems(text, sizeof(text), &doc);
    assert_string_equal(text, "");
    assert_ok(err);
    assert_ok(lq_senders_policy(&policy, &senders, &msg, &config));
}

/* A transaction to TO with the SZ bytes at DATA. */
static lq_tx_t tx(const lq_address_t *to, const uint8_t *data, size_t sz)
{
    lq_tx_t out = {.chain_id = 5, .gas_limit = 500000, .to = *to};
    out.max_fee_per_gas = wei(UINT64_C(500000000000));
    out.data = data;
    out.data_sz = sz;
    return out;
}

static lq_refusal_t liquidate(const char *to, const uint8_t selector[4], uint64_t value)
{
    lq_address_t at = address(to);
    lq_tx_t t = tx(&at, selector, 4);
    t.value = wei(value);
    return lq_policy_check(&policy, &own, LQ_PURPOSE_LIQUIDATE, &t);
}

static const uint8_t liquidation_call[4] = {0x00, 0xa7, 0x18, 0xa9};
static const uint8_t morpho_liquidate[4] = {0xd8, 0xea, 0xbc, 0xb8};
static const uint8_t execute[4] = {0x09, 0xc5, 0xea, 0xbe};

static void without_an_executor_the_markets_own_calls_are_signed(void **state)
{
    (void)state;
    load("");
    assert_int_equal(liquidate(AAVE, liquidation_call, 0), LQ_REFUSAL_NONE);
    assert_int_equal(liquidate(BLUE, morpho_liquidate, 0), LQ_REFUSAL_NONE);
    assert_int_equal(liquidate(AAVE, morpho_liquidate, 0), LQ_REFUSAL_SELECTOR);
    assert_int_equal(liquidate(AAVE, execute, 0), LQ_REFUSAL_SELECTOR);
    assert_int_equal(liquidate(AAVE, liquidation_call, 1), LQ_REFUSAL_VALUE);
    assert_int_equal(liquidate(WETH, liquidation_call, 0), LQ_REFUSAL_DESTINATION); /* watched */
    lq_schema_free(&doc);
}

static void with_one_nothing_else_is(void **state)
{
    (void)state;
    load("executor: {address: " USDC "}");
    assert_int_equal(liquidate(USDC, execute, UINT64_C(10000000000000000000)), LQ_REFUSAL_NONE);
    assert_int_equal(liquidate(USDC, liquidation_call, 0), LQ_REFUSAL_SELECTOR);
    assert_int_equal(liquidate(AAVE, liquidation_call, 0), LQ_REFUSAL_DESTINATION);
    assert_int_equal(senders.call_cnt, 1);
    lq_schema_free(&doc);
    load("executor: {address: " USDC "}\nbid: {kind: fixed, amount: 7 wei}");
    assert_int_equal(liquidate(USDC, execute, 7), LQ_REFUSAL_NONE);
    assert_int_equal(liquidate(USDC, execute, 8), LQ_REFUSAL_VALUE);
    lq_schema_free(&doc);
}

static lq_refusal_t approve(const char *token, const char *spender)
{
    uint8_t data[68] = {0x09, 0x5e, 0xa7, 0xb3};
    lq_address_t to = address(token);
    lq_address_t who = address(spender);
    memcpy(data + 16, who.b, 20);
    lq_tx_t t = tx(&to, data, sizeof(data));
    return lq_policy_check(&policy, &own, LQ_PURPOSE_APPROVE, &t);
}

static void tokens_of_the_inventory_are_approved_to_the_markets_alone(void **state)
{
    (void)state;
    load("");
    assert_int_equal(approve(USDC, AAVE), LQ_REFUSAL_NONE);
    assert_int_equal(approve(WETH, BLUE), LQ_REFUSAL_NONE);
    assert_int_equal(approve(USDC, WETH), LQ_REFUSAL_ARGUMENT);
    assert_int_equal(approve(AAVE, BLUE), LQ_REFUSAL_DESTINATION);
    assert_int_equal(senders.approval_cnt, 4);
    lq_schema_free(&doc);
    load("executor: {address: " USDC "}");
    assert_int_equal(approve(USDC, AAVE), LQ_REFUSAL_PURPOSE);
    lq_schema_free(&doc);
}

static void fees_have_a_cap_and_nothing_is_deployed(void **state)
{
    (void)state;
    lq_address_t to = address(AAVE);
    load("send: {max_fee: 100 gwei}\nlimits: {gas_day: 0.5 ETH}");
    lq_tx_t t = tx(&to, liquidation_call, 4);
    t.max_fee_per_gas = wei(UINT64_C(100000000000));
    assert_int_equal(lq_policy_check(&policy, &own, LQ_PURPOSE_LIQUIDATE, &t), LQ_REFUSAL_NONE);
    t.max_fee_per_gas = wei(UINT64_C(100000000001));
    assert_int_equal(lq_policy_check(&policy, &own, LQ_PURPOSE_LIQUIDATE, &t), LQ_REFUSAL_FEE);
    t.max_fee_per_gas = wei(UINT64_C(100000000000));
    t.gas_limit = 5000000; /* half a coin, as a day */
    assert_int_equal(lq_policy_check(&policy, &own, LQ_PURPOSE_LIQUIDATE, &t), LQ_REFUSAL_NONE);
    t.gas_limit = 5000001;
    assert_int_equal(lq_policy_check(&policy, &own, LQ_PURPOSE_LIQUIDATE, &t),
                     LQ_REFUSAL_TOTAL_FEE);
    t = tx(&own, NULL, 0);
    t.max_fee_per_gas = wei(1);
    assert_int_equal(lq_policy_check(&policy, &own, LQ_PURPOSE_CANCEL, &t), LQ_REFUSAL_NONE);
    assert_int_equal(lq_policy_check(&policy, &own, LQ_PURPOSE_DEPLOY, &t), LQ_REFUSAL_PURPOSE);
    t.chain_id = 6;
    assert_int_equal(lq_policy_check(&policy, &own, LQ_PURPOSE_CANCEL, &t), LQ_REFUSAL_CHAIN);
    lq_schema_free(&doc);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_an_executor_the_markets_own_calls_are_signed),
        cmocka_unit_test(with_one_nothing_else_is),
        cmocka_unit_test(tokens_of_the_inventory_are_approved_to_the_markets_alone),
        cmocka_unit_test(fees_have_a_cap_and_nothing_is_deployed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
