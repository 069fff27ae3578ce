/* The keys of venues, lenders and the executor. */

#include "config_load.h"

#include <stdlib.h>

#define POOL_A  "\"0x88e6A0c2dDD26FEEb64F039a2c41296FcB3f5640\""
#define POOL_B  "\"0x8ad599c3A0ff1De082011EFDDc58f1908eb6e6D8\""
#define PAIR    "\"0xB4e16d0168e52d35CaCD2c6185b44281Ec28C9Dc\""
#define FACTORY "\"0x1F98431c8aD98523631AE4a59f267346ea31F984\""
#define AAVE    "\"0x87870Bca3F3fD6335C3F4ce8392D69350B4fA4E2\""
#define MORPHO  "\"0xBBBBBbbBBb9cC5e90e3b3Af64bdAF62C37EEFFCb\""
#define V3      "venues: {uni: {kind: uniswap_v3, factory: " FACTORY ", pools: [" POOL_A ", " POOL_B "]"
#define MARKET  "markets: {aave: {protocol: aave_v3, address: " AAVE ", "

static lq_config_t config;
static lq_schema_doc_t doc;
static lq_venue_pool_config_t pools[LQ_VENUES_POOL_MAX];
static lq_lender_config_t lenders[LQ_VENUES_LENDER_MAX];

static void load(const char *rest, const char *want)
{
    config_load_rest(&doc, &config, rest, want);
}

static void assert_problem(const char *rest, const char *want)
{
    config_load_bad(&doc, &config, rest, want);
}

static void assert_address(const lq_address_t *got, const char *want)
{
    char text[64];
    (void)snprintf(text, sizeof(text), "%.42s", want + 1); /* without its quotes */
    lq_address_t address = lq_config_address(text);
    assert_memory_equal(got, &address, sizeof(address));
}

static void pools_and_lenders_come_out_in_their_order(void **state)
{
    (void)state;
    load(V3 "}, old: {kind: uniswap_v2, pools: " PAIR ", fee: 25}}\n"
            "lenders: {blue: {kind: morpho_blue, address: " MORPHO "},"
            " aave: {kind: aave_v3, address: " AAVE "},"
            " pool: {kind: uniswap_v3, address: " POOL_A "}}",
         "");
    assert_int_equal(lq_config_pools(pools, &config), 3);
    assert_int_equal(pools[0].kind, LQ_VENUE_UNISWAP_V3);
    assert_address(&pools[0].address, POOL_A);
    assert_address(&pools[0].factory, FACTORY);
    assert_address(&pools[1].address, POOL_B);
    assert_int_equal(pools[2].kind, LQ_VENUE_UNISWAP_V2);
    assert_address(&pools[2].address, PAIR);
    assert_int_equal(pools[2].fee_pips, 2500);
    for (size_t i = 0; i < sizeof(pools[2].factory.b); i++)
        assert_int_equal(pools[2].factory.b[i], 0);
    assert_int_equal(lq_config_lenders(lenders, &config), 3);
    assert_int_equal(lenders[0].kind, LQ_LENDER_MORPHO_BLUE);
    assert_address(&lenders[0].contract, MORPHO);
    assert_int_equal(lenders[1].kind, LQ_LENDER_AAVE_V3);
    assert_int_equal(lenders[2].kind, LQ_LENDER_UNISWAP_V3);
    lq_schema_free(&doc);
}

static void contradictions_are_named(void **state)
{
    (void)state;
    assert_problem("lenders:\n  every: 1 s",
                   "3:10: lenders.every: is taken for a section with a name of your own, such as "
                   "morpho: its keys stand indented on the lines below it");
    assert_problem("venues:\n  every: 1 s",
                   "3:10: venues.every: is taken for a section with a name of your own, such as "
                   "uniswap_v3: its keys stand indented on the lines below it");
    assert_problem("venues: {uni: {kind: uniswap_v4, pools: " POOL_A "}}",
                   "2:22: venues.uni.kind: \"uniswap_v4\" is none of uniswap_v3, uniswap_v2");
    assert_problem("venues: {uni: {kind: uniswap_v3, pools: [" POOL_A ", " POOL_A "]}}",
                   "2:41: venues.uni.pools: names 0x88e6A0c2dDD26FEEb64F039a2c41296FcB3f5640, "
                   "which venues.uni has already: remove one");
    assert_problem(V3 "}, old: {kind: uniswap_v2, pools: " POOL_B "}}",
                   "2:222: venues.old.pools: names 0x8ad599c3A0ff1De082011EFDDc58f1908eb6e6D8, "
                   "which venues.uni has already: remove one");
    assert_problem("venues: {uni: {kind: uniswap_v3, fee: 5, pools: " POOL_A "}}",
                   "2:39: venues.uni.fee: has no meaning for uniswap_v3, whose pools tell their "
                   "fee: remove it");
    assert_problem("venues: {uni: {kind: uniswap_v3, factory: x, pools: " POOL_A "}}",
                   "2:43: venues.uni.factory: offset 0: does not begin with 0x: write 0x first");
    assert_problem("lenders: {a: {kind: aave_v3, address: " AAVE
                   "}, b: {kind: aave_v3, address: " AAVE "}}",
                   "2:114: lenders.b.address: is that of lenders.a too: remove one of them");
    assert_problem(
        "executor: {address: \"0x0000000000000000000000000000000000000000\"}",
        "2:21: executor.address: is nobody's: leave it empty where there is no executor");
}

static void more_pools_than_there_is_room_for_are_refused(void **state)
{
    (void)state;
    static char yaml[68000];
    size_t at =
        (size_t)snprintf(yaml, sizeof(yaml), "venues:\n  uni:\n    kind: uniswap_v3\n    pools:\n");
    for (unsigned i = 0; i <= LQ_VENUES_POOL_MAX; i++)
        at += (size_t)snprintf(yaml + at, sizeof(yaml) - at, "      - '0x%040x'\n", i + 1);
    load(yaml, "c.yaml:6:7: venues.uni.pools: is more than the 1024 pools that all venues may "
               "have\n");
    lq_schema_free(&doc);
}

static void without_one_the_executor_is_imagined_only_where_it_is_needed(void **state)
{
    (void)state;
    static const lq_address_t none = {{0}};
    load(MARKET "funding: inventory}}\ninventory: {usdc: {token: " PAIR ", amount: '1'}}", "");
    lq_address_t executor = lq_config_executor(&config);
    assert_memory_equal(&executor, &none, sizeof(none));
    assert_true(lq_config_is_deployed(&config));
    lq_schema_free(&doc);
    load(MARKET "funding: flash}}", "");
    executor = lq_config_executor(&config);
    assert_memory_equal(executor.b, "liqd: not deployed!!", sizeof(executor.b));
    assert_false(lq_config_is_deployed(&config));
    lq_schema_free(&doc);
    load(MARKET "funding: flash}}\nexecutor: {address: " PAIR "}", "");
    executor = lq_config_executor(&config);
    assert_address(&executor, PAIR);
    assert_true(lq_config_is_deployed(&config));
    lq_schema_free(&doc);
}

static void flash_wants_lenders_and_pools(void **state)
{
    (void)state;
    char text[4096];
    load(MARKET "funding: flash}}", "");
    config.coin_token = "0xC02aaA39b223FE8D0A0e5C4F27eAD9083C756Cc2";
    assert_false(lq_config_check_run(&doc, &config));
    memory_io_problems(text, sizeof(text), &doc);
    assert_string_equal(
        text,
        "c.yaml:2:101: markets.aave.funding: is flash, and nobody lends: name one under lenders, or "
        "set inventory\n"
        "c.yaml:2:101: markets.aave.funding: is flash, and there are no pools to swap in: name some "
        "under venues, or set inventory\n");
    lq_schema_free(&doc);
    load(MARKET "funding: flash}}\n" V3 "}}\nlenders: {blue: {kind: morpho_blue, address: " MORPHO
                "}}",
         "");
    config.coin_token = "0xC02aaA39b223FE8D0A0e5C4F27eAD9083C756Cc2";
    assert_true(lq_config_check_run(&doc, &config));
    lq_schema_free(&doc);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(pools_and_lenders_come_out_in_their_order),
        cmocka_unit_test(contradictions_are_named),
        cmocka_unit_test(more_pools_than_there_is_room_for_are_refused),
        cmocka_unit_test(without_one_the_executor_is_imagined_only_where_it_is_needed),
        cmocka_unit_test(flash_wants_lenders_and_pools),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
