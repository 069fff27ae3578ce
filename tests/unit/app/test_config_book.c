/* The keys of markets, feeds, tokens and the book. */

#include "config_load.h"

#include "liqd/protocol/adapter.h"

#define POOL   "\"0x87870Bca3F3fD6335C3F4ce8392D69350B4fA4E2\""
#define MORPHO "\"0xBBBBBbbBBb9cC5e90e3b3Af64bdAF62C37EEFFCb\""
#define WETH   "\"0xC02aaA39b223FE8D0A0e5C4F27eAD9083C756Cc2\""
#define FEED   "\"0x5f4eC3Df9cbd43714FE2740f5E3616155c5b8419\""
#define ID     "0xb323495f7e4148be5643a4ea4a8221eef163e4bccfdedc2a6f4696baacbc86cc"
#define ID_UP  "0xB323495F7E4148BE5643A4EA4A8221EEF163E4BCCFDEDC2A6F4696BAACBC86CC"

static lq_config_t config;
static lq_schema_doc_t doc;

static void assert_problems(const char *yaml, const char *want)
{
    config_load(&doc, &config, yaml, want);
}

/* The same of the sections REST behind a chain. */
static void assert_rest(const char *rest, const char *want)
{
    if (want[0]) {
        config_load_bad(&doc, &config, rest, want);
        return;
    }
    config_load_rest(&doc, &config, rest, want);
    lq_schema_free(&doc);
}

static void protocols_are_the_adapters(void **state)
{
    (void)state;
    size_t cnt = 0;
    while (lq_adapters[cnt])
        cnt++;
    assert_int_equal(cnt, LQ_CONFIG_PROTOCOL_CNT);
    for (size_t i = 0; i < LQ_CONFIG_PROTOCOL_CNT; i++)
        assert_non_null(lq_adapter_find(lq_config_protocols[i]));
}

static void gives_every_market(void **state)
{
    (void)state;
    assert_problems("chain: {id: 1}\n"
                    "markets:\n"
                    "  aave: {protocol: aave_v3, address: " POOL
                    ", version: '3.5', from_block: 7,\n"
                    "         assets: 12}\n"
                    "  blue:\n"
                    "    protocol: morpho_blue\n"
                    "    address: " MORPHO "\n"
                    "    ids: [" ID
                    ", \"0x0000000000000000000000000000000000000000000000000000000000000001\"]\n"
                    "  other: {protocol: morpho_blue, address: " WETH "}\n",
                    "");
    assert_int_equal(config.market_cnt, 3);
    const lq_config_market_t *aave = &config.markets[0];
    assert_string_equal(aave->name, "aave");
    assert_string_equal(lq_config_protocols[aave->protocol], "aave_v3");
    assert_int_equal(aave->from_blk, 7);
    assert_int_equal(lq_config_assets(aave), 12);
    unsigned version = 77;
    assert_ok(lq_config_version(&version, aave));
    assert_string_equal(lq_adapter_aave_v3.version_names[version], "3.5");
    lq_address_t pool = lq_config_address(aave->address);
    assert_int_equal(pool.b[0], 0x87);
    assert_int_equal(pool.b[19], 0xe2);
    const lq_config_market_t *blue = &config.markets[1];
    assert_int_equal(lq_config_assets(blue), 2);
    assert_int_equal(lq_config_assets(&config.markets[2]), 4096);
    assert_ok(lq_config_version(&version, blue));
    assert_true(version == LQ_ADAPTER_PROBE);
    const char *at = blue->ids;
    size_t sz;
    lq_hash_t id;
    const char *word = lq_config_word(&sz, &at);
    assert_ok(lq_config_id(&id, word, sz));
    assert_int_equal(id.b[31], 0xcc);
    word = lq_config_word(&sz, &at);
    assert_ok(lq_config_id(&id, word, sz));
    assert_int_equal(id.b[31], 1);
    assert_null(lq_config_word(&sz, &at));
    lq_schema_free(&doc);
}

static void gives_feeds_tokens_and_limits(void **state)
{
    (void)state;
    assert_problems(
        "chain: {id: 1}\n"
        "feeds: {eth: {address: " FEED ", heartbeat: 1 h, deviation: 50}}\n"
        "tokens: {weth: {address: " WETH ", sources: [" FEED ", " POOL "]}}\n"
        "value: {grace: 30 s, deviation: 5}\n"
        "book: {accounts: 1000, legs: 2000, margin: 3, groups: 16, oracles: 17, feeds: 18,\n"
        "       undo: 1 MiB, replay: 2 MiB}\n"
        "audit: {accounts: 1, riskiest: 2, mismatch_max: 0, recheck: 4}\n"
        "snapshot: {file: x/y, every: 1 s, max_age: 1 min}\n",
        "");
    assert_int_equal(config.feed_cnt, 1);
    assert_int_equal(config.feeds[0].heartbeat_ns, 3600000000000);
    assert_int_equal(config.feeds[0].deviation_bps, 50);
    assert_int_equal(config.token_cnt, 1);
    assert_string_equal(config.tokens[0].sources, "0x5f4eC3Df9cbd43714FE2740f5E3616155c5b8419 "
                                                  "0x87870Bca3F3fD6335C3F4ce8392D69350B4fA4E2");
    assert_int_equal(config.value_grace_ns, 30000000000);
    assert_int_equal(config.value_deviation_bps, 5);
    assert_int_equal(config.book_accounts, 1000);
    assert_int_equal(config.book_legs, 2000);
    assert_int_equal(config.book_margin_bps, 3);
    assert_int_equal(config.book_groups, 16);
    assert_int_equal(config.book_oracles, 17);
    assert_int_equal(config.book_feeds, 18);
    assert_int_equal(config.book_undo_sz, 1 << 20);
    assert_int_equal(config.book_replay_sz, 2 << 20);
    assert_int_equal(config.audit_accounts, 1);
    assert_int_equal(config.audit_riskiest, 2);
    assert_int_equal(config.audit_mismatch_max, 0);
    assert_int_equal(config.audit_recheck_blk, 4);
    assert_string_equal(config.snapshot_file, "x/y");
    assert_int_equal(config.snapshot_every_ns, 1000000000);
    assert_int_equal(config.snapshot_max_age_ns, 60000000000);
    lq_schema_free(&doc);
}

static void names_what_is_wrong_with_a_market(void **state)
{
    (void)state;
    assert_rest("markets: {a: {protocol: aave_v4, address: " POOL "}}",
                "2:25: markets.a.protocol: \"aave_v4\" is none of aave_v3, morpho_blue");
    assert_rest("markets: {a: {protocol: aave_v3}}",
                " markets.a.address: must be set: liqd.yaml(5) "
                "explains it");
    assert_rest("markets: {a: {protocol: aave_v3, address: '0x1'}}",
                "2:43: markets.a.address: \"0x1\" is 3 bytes long: from 42 to 42");
    assert_rest(
        "markets: {a: {protocol: aave_v3, address: '0x87870Bca3F3fD6335C3F4ce8392D69350B4fA4e2'}}",
        "2:43: markets.a.address: the checksum of 0x87870Bca3F3fD6335C3F4ce8392D69350B4fA4e2 is "
        "wrong: check each digit; for these the case would be "
        "0x87870Bca3F3fD6335C3F4ce8392D69350B4fA4E2");
    assert_rest("markets: {a: {protocol: aave_v3, address: " POOL "},\n"
                "  b: {protocol: aave_v3, address: '0x87870bca3f3fd6335c3f4ce8392d69350b4fa4e2'}}",
                "3:35: markets.b.address: is that of markets.a too: remove one of them");
    assert_rest("markets: {a: {protocol: morpho_blue, address: " MORPHO ", ids: 0x12}}",
                "2:98: markets.a.ids: \"0x12\" is not 64 hexadecimal digits behind 0x");
    assert_rest("markets: {a: {protocol: aave_v3, address: " POOL ", ids: " ID "}}",
                "2:94: markets.a.ids: has no meaning for aave_v3, which has no isolated markets: "
                "remove it");
}

static void names_contradictions(void **state)
{
    (void)state;
    assert_rest("book: {accounts: 1000, legs: 1999}",
                "2:30: book.legs: is less than two for each of book.accounts, which a borrower has "
                "at least: raise it, or set 0");
    assert_rest("book: {accounts: 1000, legs: 2000}", "");
    assert_rest("audit: {accounts: 0, riskiest: 0}",
                "2:19: audit.accounts: is 0, and audit.riskiest too: no market would ever be "
                "trusted; raise one of them");
    assert_rest("audit: {accounts: 0}", "");
    assert_rest("tokens: {t: {address: " WETH ", sources: [" FEED ", " FEED "]}}",
                "2:78: tokens.t.sources: names 0x5f4eC3Df9cbd43714FE2740f5E3616155c5b8419 twice, "
                "which would count twice: remove one");
    assert_rest("tokens: {t: {address: " WETH
                ", sources: '0x1 0x2  0x3 0x4 0x5 0x6 0x7 0x8 0x9 0xa'}}",
                "2:78: tokens.t.sources: \"0x1 0x2  0x3 0x4 0x5 0x6 0x7 0x8 0x9 0xa\" has an empty "
                "word: one space between two, or a list");
    assert_rest("tokens: {t: {address: " WETH ", sources: " FEED "},\n"
                "  u: {address: " WETH ", sources: " FEED "}}",
                "3:16: tokens.u.address: is that of tokens.t too: name all sources in one");
    assert_rest("feeds: {f: {address: " FEED "}, g: {address: " FEED "}}",
                "2:82: feeds.g.address: is that of feeds.f too: remove one of them");
}

static void an_id_counts_once_in_any_case(void **state)
{
    (void)state;
    char yaml[512];
    (void)snprintf(yaml, sizeof(yaml),
                   "markets: {a: {protocol: morpho_blue, address: " MORPHO ", ids: [%s, %s]}}", ID,
                   ID_UP);
    char want[256];
    (void)snprintf(want, sizeof(want),
                   "2:98: markets.a.ids: names \"%.64s...\" twice: remove one "
                   "of them",
                   ID);
    assert_rest(yaml, want);
    (void)snprintf(yaml, sizeof(yaml),
                   "markets: {a: {protocol: morpho_blue, address: " MORPHO ", assets: 1, ids: [%s, "
                   "0x0000000000000000000000000000000000000000000000000000000000000001]}}",
                   ID);
    assert_rest(yaml, "2:101: markets.a.assets: is less than the 2 markets that ids names: remove "
                      "it");
}

static void a_version_is_one_of_its_protocols(void **state)
{
    (void)state;
    char text[1024];
    memory_io_t files = {
        .files = {{"c.yaml", "chain: {id: 1}\nmarkets: {a: {protocol: morpho_blue, address: " MORPHO
                             ", version: '3.5'}}"}}};
    lq_schema_io_t io = memory_io(&files);
    assert_err(lq_schema_load(&doc, &config, &lq_config_schema, &io, "c.yaml"), LQ_ERR_CONFIG);
    memory_io_problems(text, sizeof(text), &doc);
    assert_non_null(strstr(text, "markets.a.version: \"3.5\" is none of morpho_blue's: probe"));
    lq_schema_free(&doc);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(protocols_are_the_adapters),
        cmocka_unit_test(gives_every_market),
        cmocka_unit_test(gives_feeds_tokens_and_limits),
        cmocka_unit_test(names_what_is_wrong_with_a_market),
        cmocka_unit_test(names_contradictions),
        cmocka_unit_test(an_id_counts_once_in_any_case),
        cmocka_unit_test(a_version_is_one_of_its_protocols),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
