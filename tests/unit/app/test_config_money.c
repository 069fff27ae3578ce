/* The keys of profit, bids, limits and the inventory; the configuration that a recording holds. */

#include "config_load.h"

#include <stdlib.h>

#include "liqd/decide/money.h"
#include "liqd/decide/sizing.h"

#define POOL   "\"0x87870Bca3F3fD6335C3F4ce8392D69350B4fA4E2\""
#define MORPHO "\"0xBBBBBbbBBb9cC5e90e3b3Af64bdAF62C37EEFFCb\""
#define WETH   "\"0xC02aaA39b223FE8D0A0e5C4F27eAD9083C756Cc2\""
#define FEED   "\"0x5f4eC3Df9cbd43714FE2740f5E3616155c5b8419\""
#define AAVE   "markets: {aave: {protocol: aave_v3, address: " POOL ", "

static lq_config_t config;
static lq_schema_doc_t doc;

static void load(const char *rest, const char *want)
{
    config_load_rest(&doc, &config, rest, want);
}

static void assert_problem(const char *rest, const char *want)
{
    config_load_bad(&doc, &config, rest, want);
}

static void assert_good(const char *rest)
{
    load(rest, "");
    lq_schema_free(&doc);
}

static void assert_u256(const lq_u256_t *v, uint64_t high, uint64_t low)
{
    assert_int_equal(v->w[0], low);
    assert_int_equal(v->w[1], high);
    assert_int_equal(v->w[2] | v->w[3], 0);
}

/* What KEY is printed as. */
static const char *print(char out[128], const char *path)
{
    for (size_t i = 0; i < doc.schema->key_cnt; i++)
        if (strcmp(doc.schema->keys[i].path, path) == 0) {
            lq_schema_print(out, 128, &doc.schema->keys[i], &config);
            return out;
        }
    fail_msg("no key %s", path);
    return NULL;
}

static void amounts_are_exact_and_printed_shortest(void **state)
{
    (void)state;
    static const struct {
        const char *text, *printed;
        uint64_t wei;
    } cases[] = {
        {"0.1 gwei", "0.1 gwei", 100000000},
        {"100000000 wei", "0.1 gwei", 100000000},
        {"7 wei", "7 wei", 7},
        {"7wei", "7 wei", 7},
        {"0.000000003 ETH", "3 gwei", 3000000000},
        {"0 wei", "0 ETH", 0},
        {"0.001 ETH", "0.001 ETH", 1000000000000000}, /* the most */
    };
    for (size_t i = 0; i < LQ_ARRAY_CNT(cases); i++) {
        char yaml[128];
        char text[128];
        (void)snprintf(yaml, sizeof(yaml), "gas: {tip: %s}", cases[i].text);
        load(yaml, "");
        assert_u256(&config.tip_wei.raw, 0, cases[i].wei);
        assert_string_equal(print(text, "gas.tip"), cases[i].printed);
        lq_schema_free(&doc);
    }
    load("profit: {min: 12.50}\nlimits: {exposure: 1000000000000, loss_day: 0}", "");
    char text[128];
    assert_u256(&config.profit_min_usd.raw, 0, 12500000000000000000u);
    assert_string_equal(print(text, "profit.min"), "12.5");
    assert_string_equal(print(text, "limits.exposure"), "1000000000000");
    assert_u256(&config.loss_day_usd.raw, 0, 0);
    lq_schema_free(&doc);
}

static void refuses_what_is_no_amount(void **state)
{
    (void)state;
    assert_problem("gas: {tip: 1}", "2:12: gas.tip: \"1\" is not an amount such as \"0.1 gwei\", "
                                    "\"0.05 ETH\" or \"7 wei\"");
    assert_problem("gas: {tip: -1 wei}", "2:12: gas.tip: \"-1 wei\" is not an amount such as "
                                         "\"0.1 gwei\", \"0.05 ETH\" or \"7 wei\"");
    assert_problem("gas: {tip: 0.0011 ETH}",
                   "2:12: gas.tip: \"0.0011 ETH\" is out of range: from 0 ETH to 0.001 ETH");
    assert_problem("gas: {tip: 1000000000000001 wei}",
                   "2:12: gas.tip: \"1000000000000001 wei\" is out of range: from 0 ETH to 0.001 "
                   "ETH");
    assert_problem("gas: {tip: 0.1 wei}",
                   "2:12: gas.tip: \"0.1 wei\" is out of range: from 0 ETH to 0.001 ETH");
    assert_problem("profit: {min: 5 USD}",
                   "2:15: profit.min: \"5 USD\" is not an amount of dollars "
                   "such as \"5\" or \"12.50\"");
    assert_problem("profit: {min: 1000000000.01}", "2:15: profit.min: \"1000000000.01\" is out of "
                                                   "range: from 0 to 1000000000 dollars");
}

static void limits_are_the_engines(void **state)
{
    (void)state;
    load("limits: {gas_hour: 1 ETH, gas_day: 2 ETH, loss_day: 3, revert_ratio: 4,\n"
         "  revert_window: 5, revert_hold: 6 s, exposure: 7, borrower_failures: 8,\n"
         "  borrower_window: 9 s, base_fee: 10 gwei, gas_balance: 11 wei, stale_head: 12 s,\n"
         "  gap: 13}",
         "");
    const uint64_t eth = 1000000000000000000;
    lq_limits_config_t limits = lq_config_limits(&config);
    assert_u256(&limits.gas_hour_wei.raw, 0, eth);
    assert_u256(&limits.gas_day_wei.raw, 0, 2 * eth);
    assert_u256(&limits.loss_day_usd.raw, 0, 3 * eth);
    assert_int_equal(limits.revert_ratio_bps, 4);
    assert_int_equal(limits.revert_window, 5);
    assert_int_equal(limits.revert_hold_sec, 6);
    assert_u256(&limits.exposure_usd.raw, 0, 7 * eth);
    assert_int_equal(limits.borrower_failure_max, 8);
    assert_int_equal(limits.borrower_failure_sec, 9);
    assert_u256(&limits.base_fee_max_wei.raw, 0, 10000000000);
    assert_u256(&limits.gas_balance_min_wei.raw, 0, 11);
    assert_int_equal(limits.stale_head_sec, 12);
    assert_int_equal(limits.gap_bps, 13);
    lq_schema_free(&doc);
}

static void finds_what_contradicts_what(void **state)
{
    (void)state;
    assert_problem(
        "limits: {gas_hour: 2 ETH, gas_day: 1 ETH}",
        "2:20: limits.gas_hour: contradicts limits.gas_day: an hour would allow more than "
        "its day; lower limits.gas_hour or raise limits.gas_day");
    assert_problem(
        "limits: {gas_day: 0.01 ETH}",
        "2:19: limits.gas_day: contradicts limits.gas_hour: an hour would allow more than "
        "its day; lower limits.gas_hour or raise limits.gas_day");
    assert_good("limits: {gas_day: 0 ETH}"); /* no limit */
    assert_good("limits: {gas_hour: 0.5 ETH}");
    assert_problem(
        "limits: {gas_hour: 0.001 ETH}",
        "2:20: limits.gas_hour: gas_hour: 0.001 ETH pays for no transaction at base_fee, "
        "1000 gwei: raise the one or lower the other");
    assert_problem("limits: {base_fee: 5000 gwei}",
                   "2:20: limits.base_fee: gas_hour: 0.1 ETH pays for no transaction at base_fee, "
                   "5000 gwei: raise the one or lower the other");
    assert_good("limits: {gas_hour: 0.001 ETH, base_fee: 0 ETH}");
    assert_problem(
        "bid: {share: 9001}",
        "2:14: bid.share: contradicts bid.cap: a share above the cap is never bid; lower "
        "bid.share or raise bid.cap");
    assert_problem(
        "bid: {cap: 4999}",
        "2:12: bid.cap: contradicts bid.share: a share above the cap is never bid; lower "
        "bid.share or raise bid.cap");
    assert_good("bid: {kind: fixed, cap: 4999}");
    assert_good("bid: {share: 9000}");
    assert_problem("chain.coin_token: x",
                   "2:1: \"chain.coin_token\" is no key: write a section and "
                   "its key on two lines");
}

static void checks_the_inventory(void **state)
{
    (void)state;
    assert_problem("inventory: {a: {token: " WETH ", amount: 1}, b: {token: " WETH ", amount: 2}}",
                   "2:93: inventory.b.token: is that of inventory.a too: remove one of them");
    assert_problem("inventory: {a: {token: coin, amount: 1}, b: {token: coin, amount: 2}}",
                   "2:53: inventory.b.token: is that of inventory.a too: remove one of them");
    assert_good("inventory: {a: {token: coin, amount: 0.5}, b: {token: " WETH ", amount: 2}}");
    load("inventory: {a: {token: coin, amount: 0.5}}", "");
    lq_u256_t amount;
    assert_ok(lq_config_amount(&amount, NULL, &config.inventory[0], LQ_CONFIG_COIN_DECIMALS));
    assert_u256(&amount, 0, 500000000000000000);
    assert_err(lq_config_amount(&amount, NULL, &config.inventory[0], 0), LQ_ERR_RANGE);
    lq_schema_free(&doc);
    assert_problem(
        AAVE "funding: inventory}}",
        "2:101: markets.aave.funding: is inventory, and there is none: name tokens under "
        "inventory, or set flash");
    /* the coin repays nothing */
    assert_problem(
        AAVE "funding: inventory}}\ninventory: {a: {token: coin, amount: 1}}",
        "2:101: markets.aave.funding: is inventory, and there is none: name tokens under "
        "inventory, or set flash");
    assert_good(AAVE "funding: inventory}}\ninventory: {a: {token: " WETH ", amount: 1}}");
    assert_good(AAVE "funding: inventory, liquidate: false}}");
}

/* What lq_config_check_run says of REST. */
static void assert_run(const char *rest, const char *want)
{
    char text[4096];
    load(rest, "");
    assert_int_equal(lq_config_check_run(&doc, &config), !want[0]);
    memory_io_problems(text, sizeof(text), &doc);
    assert_string_equal(text, want);
    lq_schema_free(&doc);
}

static void a_market_that_liquidates_has_prices(void **state)
{
    (void)state;
    static const char coin[] =
        "c.yaml: markets.aave.liquidate: is true, but what gas costs is not known: set "
        "chain.coin_token to the token that wraps the chain's coin, or false\n";
    static const char price[] = "c.yaml: markets.blue.liquidate: is true, but no token has a price "
                                "of ours: name sources under tokens, or set false\n";
#define USDC "inventory: {usdc: {token: " WETH ", amount: '1'}}\n"
#define OWN  "funding: inventory}}\n" USDC
#define BLUE "markets: {blue: {protocol: morpho_blue, address: " MORPHO ", " OWN
    assert_run(AAVE OWN, coin);
    assert_run(AAVE "liquidate: false}}", "");
    assert_run(BLUE,
               "c.yaml: markets.blue.liquidate: is true, but what gas costs is not known: set "
               "chain.coin_token to the token that wraps the chain's coin, or false\n");
    load(BLUE, "");
    config.coin_token = "0xC02aaA39b223FE8D0A0e5C4F27eAD9083C756Cc2";
    char text[4096];
    assert_false(lq_config_check_run(&doc, &config));
    memory_io_problems(text, sizeof(text), &doc);
    assert_string_equal(text, price);
    lq_schema_free(&doc);
    load(BLUE "tokens: {weth: {address: " WETH ", sources: " FEED "}}", "");
    config.coin_token = "0xC02aaA39b223FE8D0A0e5C4F27eAD9083C756Cc2";
    assert_true(lq_config_check_run(&doc, &config));
    lq_schema_free(&doc);
    load(AAVE OWN, "");
    config.coin_token = "0xC02aaA39b223FE8D0A0e5C4F27eAD9083C756Cc2";
    assert_true(lq_config_check_run(&doc, &config));
    config.protocol_prices = 0;
    assert_false(lq_config_check_run(&doc, &config));
    lq_schema_free(&doc);
}

/* ---- written and read again */

static const char full[] =
    "nodes: {secret: {url: 'wss://host/KEY', header: 'A: $$SECRET'}}\n"
    "log: {level: debug}\n"
    "snapshot: {file: /s}\n"
    "memory: {file: /m}\n"
    "markets:\n"
    "  aave: {protocol: aave_v3, address: " POOL ", funding: inventory}\n"
    "  blue: {protocol: morpho_blue, address: " MORPHO ", liquidate: false, ids: "
    "'0x0000000000000000000000000000000000000000000000000000000000000001 "
    "0x0000000000000000000000000000000000000000000000000000000000000002'}\n"
    "feeds: {eth: {address: " FEED ", heartbeat: 1 h}}\n"
    "tokens: {weth: {address: " WETH ", sources: [" FEED "]}}\n"
    "inventory: {weth: {token: " WETH ", amount: '0.25'}, gas: {token: coin, amount: '1'}}\n"
    "bid: {kind: fixed, amount: 3 gwei}\n"
    "limits: {stale_head: 7 s}";

static void a_written_configuration_loads_as_the_same(void **state)
{
    (void)state;
    char *text;
    char *again;
    size_t sz;
    size_t again_sz;
    lq_schema_doc_t read_doc;
    lq_config_t read;
    load(full, "");
    config.chain_name = "a \"b\" \\ ${c}";
    assert_ok(lq_config_write(&text, &sz, &doc, &config));
    assert_ok(lq_config_parse(&read_doc, &read, "written", text, sz));
    assert_string_equal(read.chain_name, config.chain_name);
    assert_int_equal(read.market_cnt, 2);
    assert_string_equal(read.markets[0].name, "aave");
    assert_int_equal(read.markets[0].funding, LQ_FUNDING_INVENTORY);
    assert_int_equal(read.markets[1].liquidate, 0);
    assert_string_equal(read.markets[1].ids, config.markets[1].ids);
    assert_int_equal(read.feeds[0].heartbeat_ns, UINT64_C(3600000000000));
    assert_string_equal(read.tokens[0].sources, config.tokens[0].sources);
    assert_int_equal(read.inventory_cnt, 2);
    assert_string_equal(read.inventory[0].amount, "0.25");
    assert_int_equal(read.bid_kind, LQ_BID_FIXED);
    assert_u256(&read.bid_fixed_wei.raw, 0, 3000000000);
    assert_int_equal(read.stale_head_ns, UINT64_C(7000000000));
    assert_ok(lq_config_write(&again, &again_sz, &read_doc, &read));
    assert_int_equal(again_sz, sz);
    assert_memory_equal(again, text, sz);
    free(again);
    free(text);
    lq_schema_free(&read_doc);
    lq_schema_free(&doc);
}

static void a_written_configuration_names_no_secret(void **state)
{
    (void)state;
    char *text;
    size_t sz;
    load(full, "");
    assert_ok(lq_config_write(&text, &sz, &doc, &config));
    static const char *const words[] = {"SECRET", "KEY", "wss",   "host",
                                        "/s",     "/m",  "nodes", "debug"};
    for (size_t i = 0; i < LQ_ARRAY_CNT(words); i++)
        assert_null(strstr(text, words[i]));
    free(text);
    lq_schema_free(&doc);
}

static void a_damaged_configuration_is_refused(void **state)
{
    (void)state;
    lq_config_t read;
    static const char bad[] = "chain:\n  id: \"0\"\n";
    assert_err(lq_config_parse(&doc, &read, "written", bad, sizeof(bad) - 1), LQ_ERR_CONFIG);
    assert_int_equal(doc.problem_cnt, 1);
    assert_string_equal(doc.problems[0].place.file, "written");
    lq_schema_free(&doc);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(amounts_are_exact_and_printed_shortest),
        cmocka_unit_test(refuses_what_is_no_amount),
        cmocka_unit_test(limits_are_the_engines),
        cmocka_unit_test(finds_what_contradicts_what),
        cmocka_unit_test(checks_the_inventory),
        cmocka_unit_test(a_market_that_liquidates_has_prices),
        cmocka_unit_test(a_written_configuration_loads_as_the_same),
        cmocka_unit_test(a_written_configuration_names_no_secret),
        cmocka_unit_test(a_damaged_configuration_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
