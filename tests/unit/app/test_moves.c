/* Which feeds a shock moves, on oracles of a world of contracts. */

#include "../market/oracles_rig.h"

#include "moves.h"

enum {
    WETH = 101,
    WSTETH,
    USDC,
    WBTC,
    LBTC,
    GHO,
    ODD,
    TWIN_A,
    TWIN_B,
    NOBODYS,
    /* contracts */
    ETH_FEED = 1,
    RATIO,
    USDC_FEED,
    USDC_CAP,
    BTC_FEED,
    FIXED,
    OPAQUE,
    LBTC_BTC_FEED,
    MARKET_BOTH,  /* wstETH in USDC: ratio, ETH / USD over USDC / USD */
    MARKET_RATIO, /* wstETH in WETH: a feed of its own */
    WSTETH_FEED,
    SYNC, /* LBTC: LBTC / BTC times BTC / USD */
    UNUSED_FEED,
    MARKET_SWAPPED, /* LBTC in USDC: BTC / USD, LBTC / BTC over USDC / USD */
};

static const char *symbol_of(uint32_t token)
{
    static const char *const symbols[] = {"WETH", "wstETH", "USDC", "WBTC", "LBTC",
                                          "GHO",  "ODD",    "TWIN", "TWIN", "FREE"};
    return symbols[token - WETH];
}

typedef struct world {
    rig_t rig;
    lq_symbol_t tokens[NOBODYS - WETH + 1];
    lq_pricing_t pricings[32];
    lq_moves_feed_t feeds[3];
    lq_moves_ground_t ground;
} world_t;

static world_t world;

static void price(world_t *w, uint32_t token, uint32_t instance, uint32_t oracle, bool quote,
                  uint32_t unit)
{
    lq_pricing_t p = {.token = address_n(token),
                      .oracle = oracle,
                      .instance = instance,
                      .quote = quote,
                      .unit = unit ? address_n(unit) : (lq_address_t){{0}}};
    w->pricings[w->ground.pricing_cnt++] = p;
}

static void put_markets(rig_t *r)
{
    /* 1.2 * 2000 / 1 and 1.2 */
    say_address(r, MARKET_BOTH, SEL(BASE_VAULT), RATIO);
    say(r, MARKET_BOTH, SEL(BASE_VAULT_CONVERSION_SAMPLE), 1);
    say(r, RATIO, LQ_ABI_RATIO_CONVERT_TO_ASSETS_SELECTOR, 1200);
    say_address(r, MARKET_BOTH, SEL(BASE_FEED_1), ETH_FEED);
    say_address(r, MARKET_BOTH, SEL(QUOTE_FEED_1), USDC_FEED);
    say(r, MARKET_BOTH, SEL(SCALE_FACTOR), 1000);
    say(r, MARKET_BOTH, SEL(PRICE), 2400000000);
    /* what it is a ratio to comes first */
    say_address(r, MARKET_SWAPPED, SEL(BASE_FEED_1), BTC_FEED);
    say_address(r, MARKET_SWAPPED, SEL(BASE_FEED_2), LBTC_BTC_FEED);
    say_address(r, MARKET_SWAPPED, SEL(QUOTE_FEED_1), USDC_FEED);
    say(r, MARKET_SWAPPED, SEL(SCALE_FACTOR), 1);
    say(r, MARKET_SWAPPED, SEL(PRICE), 5050000000000);
    say_address(r, MARKET_RATIO, SEL(BASE_FEED_1), WSTETH_FEED);
    say(r, MARKET_RATIO, SEL(SCALE_FACTOR), 1000);
    say(r, MARKET_RATIO, SEL(PRICE), 120000000000);
}

static int set_up(void **state)
{
    world_t *w = &world;
    rig_t *r = &w->rig;
    memset(w, 0, sizeof(*w));
    rig_init(r);
    put_feed(r, ETH_FEED, 200000000000);
    put_ratio(r, RATIO, ETH_FEED, 1200000000000000000, 200000000000);
    put_feed(r, USDC_FEED, 100000000);
    put_cap_stable(r, USDC_CAP, USDC_FEED, 104000000, 100000000);
    put_feed(r, BTC_FEED, 5000000000000);
    put_feed(r, LBTC_BTC_FEED, 101000000);
    put_feed(r, WSTETH_FEED, 120000000);
    put_feed(r, UNUSED_FEED, 5);
    say(r, FIXED, SEL(PRICE), 100000000);
    say(r, FIXED, SEL(LATEST_ANSWER), 100000000);
    say(r, FIXED, SEL(DECIMALS), 8);
    say(r, FIXED, LQ_ABI_CHAINLINK_DECIMALS_SELECTOR, 8);
    say_address(r, FIXED, SEL(ACL_MANAGER), 9);
    say_round(r, OPAQUE, 0, 0, 77, NOW_SEC);
    say(r, OPAQUE, SEL(LATEST_ANSWER), 77);
    say(r, OPAQUE, LQ_ABI_CHAINLINK_DECIMALS_SELECTOR, 8);
    say_address(r, SYNC, SEL(PEG_TO_BASE), BTC_FEED);
    say_address(r, SYNC, SEL(ASSET_TO_PEG), LBTC_BTC_FEED);
    say(r, SYNC, SEL(DENOMINATOR), 10000000000000000);
    say(r, SYNC, LQ_ABI_CHAINLINK_DECIMALS_SELECTOR, 8);
    say(r, SYNC, SEL(LATEST_ANSWER), 5050000000000);
    put_markets(r);
    w->ground = (lq_moves_ground_t){.oracles = r->o,
                                    .tokens = w->tokens,
                                    .token_cnt = LQ_ARRAY_CNT(w->tokens),
                                    .pricings = w->pricings,
                                    .feeds = w->feeds,
                                    .feed_cnt = LQ_ARRAY_CNT(w->feeds)};
    for (uint32_t i = WETH; i <= NOBODYS; i++) {
        w->tokens[i - WETH].token = address_n(i);
        (void)snprintf(w->tokens[i - WETH].text, LQ_TOKEN_SYMBOL_SZ, "%s", symbol_of(i));
    }
    w->feeds[0] = (lq_moves_feed_t){"eth_usd", address_n(ETH_FEED)};
    w->feeds[1] = (lq_moves_feed_t){"btc_usd", address_n(BTC_FEED)};
    w->feeds[2] = (lq_moves_feed_t){"unused", address_n(UNUSED_FEED)};
    price(w, WETH, 0, add_oracle(r, ETH_FEED, LQ_ORACLE_VIEW_ANSWER), false, 0);
    price(w, WSTETH, 0, add_oracle(r, RATIO, LQ_ORACLE_VIEW_ANSWER), false, 0);
    price(w, USDC, 0, add_oracle(r, USDC_CAP, LQ_ORACLE_VIEW_ANSWER), false, 0);
    price(w, WBTC, 0, add_oracle(r, BTC_FEED, LQ_ORACLE_VIEW_ANSWER), false, 0);
    price(w, LBTC, 1, add_oracle(r, MARKET_SWAPPED, LQ_ORACLE_VIEW_PRICE), false, USDC);
    price(w, LBTC, 0, add_oracle(r, SYNC, LQ_ORACLE_VIEW_ANSWER), false, 0);
    price(w, GHO, 0, add_oracle(r, FIXED, LQ_ORACLE_VIEW_ANSWER), false, 0);
    price(w, ODD, 0, add_oracle(r, OPAQUE, LQ_ORACLE_VIEW_ANSWER), false, 0);
    uint32_t both = add_oracle(r, MARKET_BOTH, LQ_ORACLE_VIEW_PRICE);
    uint32_t ratio = add_oracle(r, MARKET_RATIO, LQ_ORACLE_VIEW_PRICE);
    price(w, WSTETH, 1, both, false, USDC);
    price(w, USDC, 1, both, true, 0);
    price(w, WSTETH, 1, ratio, false, WETH);
    price(w, WETH, 1, ratio, true, 0);
    settle(r);
    for (size_t i = 0; i < w->ground.pricing_cnt; i++)
        assert_string_equal(
            lq_price_verdict_str(lq_oracles_get(r->o, w->pricings[i].oracle).verdict),
            lq_price_verdict_str(LQ_PRICE_OK));
    *state = w;
    return 0;
}

static int tear_down(void **state)
{
    world_t *w = *state;
    rig_fini(&w->rig);
    return 0;
}

static lq_err_t find(world_t *w, lq_moves_t *moves, lq_err_msg_t *msg, const char *shock)
{
    lq_shock_t parsed;
    assert_ok(lq_shock_parse(&parsed, NULL, shock));
    return lq_moves_find(moves, msg, &w->ground, &parsed.assets);
}

/* SHOCK moves the feeds of these sources, and no other. */
static lq_moves_t assert_moves(world_t *w, const char *shock, const uint32_t *sources, size_t cnt)
{
    lq_moves_t moves;
    lq_err_msg_t msg = {""};
    lq_err_t err = find(w, &moves, &msg, shock);
    if (err)
        fail_msg("%s: %s", shock, msg.text);
    if (moves.feed_cnt != cnt)
        fail_msg("%s moves %zu feeds, not %zu", shock, moves.feed_cnt, cnt);
    for (size_t i = 0; i < cnt; i++) {
        lq_address_t want = address_n(sources[i]);
        bool found = false;
        for (size_t k = 0; k < cnt; k++)
            found |= memcmp(&lq_oracles_feed(w->rig.o, moves.feeds[k])->source, &want,
                            sizeof(want)) == 0;
        if (!found)
            fail_msg("%s does not move %u", shock, sources[i]);
    }
    return moves;
}

#define SOURCES(...) \
    (const uint32_t[]){__VA_ARGS__}, LQ_ARRAY_CNT(((const uint32_t[]){__VA_ARGS__}))

static void a_token_is_moved_by_its_own_feed(void **state)
{
    lq_moves_t moves = assert_moves(*state, "WETH=-10%", SOURCES(ETH_FEED));
    assert_int_equal(moves.stay_cnt, 1); /* where it is the unit */
    assert_int_equal(moves.stays[0].why, LQ_MOVES_UNIT);
    assert_int_equal(moves.stays[0].instance, 1);
    assert_int_equal(assert_moves(*state, "USDC=-3%", SOURCES(USDC_FEED)).stay_cnt, 0);
    assert_moves(*state, "feeds.eth_usd=1%", SOURCES(ETH_FEED));
    assert_moves(*state, "0xaa00000000000000000000000000000000000065=1%", SOURCES(ETH_FEED));
}

/* The ratio in one, the vault and the market's own feed in the others. */
static void a_ratio_moves_and_not_what_it_is_a_ratio_to(void **state)
{
    lq_moves_t moves = assert_moves(*state, "wstETH=-5%", SOURCES(RATIO, RATIO, WSTETH_FEED));
    assert_int_equal(moves.stay_cnt, 0);
    assert_moves(*state, "LBTC=-5%", SOURCES(LBTC_BTC_FEED));
}

/* wstETH moves with WETH's feed already, and what is priced in WETH stays. */
static void what_is_named_together_moves_once(void **state)
{
    world_t *w = *state;
    lq_moves_t moves = assert_moves(w, "WETH,wstETH=-20%", SOURCES(ETH_FEED));
    lq_shock_t shock;
    lq_price_overlay_t overlays[LQ_BOOK_OVERLAY_MAX];
    size_t cnt = 0;
    lq_moves_odd_t odd;
    assert_ok(lq_shock_parse(&shock, NULL, "WETH,wstETH=-20%"));
    assert_ok(lq_moves_overlay(overlays, &cnt, NULL, w->rig.o, &moves, shock.change));
    assert_int_equal(
        lq_moves_odd(&odd, 1, &w->ground, &shock.assets, overlays, cnt, shock.change, NOW_SEC), 0);
    assert_moves(w, "wstETH,WETH=-20%", SOURCES(ETH_FEED));
    assert_moves(w, "WETH,WETH=-20%", SOURCES(ETH_FEED));
    assert_moves(w, "WETH,feeds.eth_usd=-20%", SOURCES(ETH_FEED));
    assert_moves(w, "WETH,WBTC=-20%", SOURCES(ETH_FEED, BTC_FEED));
}

static void what_cannot_be_moved_is_said(void **state)
{
    world_t *w = *state;
    static const struct {
        const char *shock;
        lq_err_t err;
        const char *why;
    } cases[] = {
        {"GHO=-1%", LQ_ERR_EMPTY, "GHO: its price cannot be moved: its oracle is a fixed number"},
        {"ODD=-1%", LQ_ERR_EMPTY,
         "ODD: its price cannot be moved: its oracle is of no known shape"},
        {"FREE=-1%", LQ_ERR_EMPTY, "FREE: nothing here has a price of it"},
        {"WETH,GHO=-1%", LQ_ERR_EMPTY,
         "GHO: its price cannot be moved: its oracle is a fixed number"},
        {"feeds.unused=-1%", LQ_ERR_EMPTY, "feeds.unused: nothing here is priced by that feed"},
        {"TWIN=-1%", LQ_ERR_EXISTS,
         "\"TWIN\": two tokens have that symbol, 0xaA0000000000000000000000000000000000006C and "
         "0xaA0000000000000000000000000000000000006d: name the address"},
        {"WTEH=-1%", LQ_ERR_NOT_FOUND, "\"WTEH\": no such asset here: did you mean WETH, wstETH?"},
        {"weth=-1%", LQ_ERR_NOT_FOUND,
         "\"weth\": no such asset here: did you mean WETH, wstETH, WBTC?"},
        {"BTC=-1%", LQ_ERR_NOT_FOUND, "\"BTC\": no such asset here: did you mean WBTC, LBTC?"},
        {"nonsense=-1%", LQ_ERR_NOT_FOUND,
         "\"nonsense\": no such token here: name its symbol, its address, or feeds.NAME"},
        {"feeds.eth_usb=-1%", LQ_ERR_NOT_FOUND,
         "\"feeds.eth_usb\": no such asset here: did you mean feeds.eth_usd, feeds.btc_usd?"},
        {"feeds.=-1%", LQ_ERR_NOT_FOUND, "\"feeds.\": no feed of the configuration has that name"},
        {"0xaa00000000000000000000000000000000000001=1%", LQ_ERR_NOT_FOUND,
         "0xaa00000000000000000000000000000000000001: no market here has such a token"},
        {"0xzz00000000000000000000000000000000000001=1%", LQ_ERR_SYNTAX, NULL},
    };
    for (size_t i = 0; i < LQ_ARRAY_CNT(cases); i++) {
        lq_moves_t moves = {.feed_cnt = 77};
        lq_err_msg_t msg = {""};
        assert_err(find(w, &moves, &msg, cases[i].shock), cases[i].err);
        if (cases[i].why)
            assert_string_equal(msg.text, cases[i].why);
        assert_int_equal(moves.feed_cnt, 77);
    }
}

static void answers_are_cut_towards_zero_and_never_zero(void **state)
{
    world_t *w = *state;
    static const struct {
        int64_t answer;
        int32_t change;
        uint64_t want;
    } cases[] = {
        {200000000000, -100000, 180000000000},
        {3, -100000, 2},
        {1, -999999, 1},
        {1, 999999, 1},
        {1, 1000000, 2},
        {7, 0, 7},
        {199999999999, -1, 199999799999},
        {5, 100000000, 505},
    };
    lq_moves_t moves = assert_moves(w, "WETH=-10%", SOURCES(ETH_FEED));
    for (size_t i = 0; i < LQ_ARRAY_CNT(cases); i++) {
        lq_price_overlay_t overlay[LQ_BOOK_OVERLAY_MAX];
        size_t cnt = 0;
        (void)log_answer(&w->rig, NULL, ETH_FEED, 11 + i, cases[i].answer);
        assert_ok(lq_moves_overlay(overlay, &cnt, NULL, w->rig.o, &moves, cases[i].change));
        assert_int_equal(cnt, 1);
        assert_int_equal(overlay[0].feed, moves.feeds[0]);
        assert_u256_equal(overlay[0].answer.bits, lq_u256_from_u64(cases[i].want));
    }
}

static void a_feed_moves_by_one_change_alone(void **state)
{
    world_t *w = *state;
    lq_price_overlay_t overlay[LQ_BOOK_OVERLAY_MAX];
    lq_err_msg_t msg;
    size_t cnt = 0;
    lq_moves_t a = assert_moves(w, "WETH=-10%", SOURCES(ETH_FEED));
    lq_moves_t b = assert_moves(w, "wstETH=-5%", SOURCES(RATIO, RATIO, WSTETH_FEED));
    assert_ok(lq_moves_overlay(overlay, &cnt, NULL, w->rig.o, &a, -100000));
    assert_ok(lq_moves_overlay(overlay, &cnt, NULL, w->rig.o, &b, -50000));
    assert_int_equal(cnt, 4);
    assert_err(lq_moves_overlay(overlay, &cnt, &msg, w->rig.o, &a, -50000), LQ_ERR_EXISTS);
    assert_non_null(strstr(msg.text, "two changes move the feed 0x"));
    assert_int_equal(cnt, 4);
    cnt = LQ_BOOK_OVERLAY_MAX - 2;
    for (size_t i = 0; i < cnt; i++)
        overlay[i].feed = (uint32_t)(1000 + i);
    assert_err(lq_moves_overlay(overlay, &cnt, &msg, w->rig.o, &b, -50000), LQ_ERR_FULL);
    assert_int_equal(cnt, LQ_BOOK_OVERLAY_MAX - 2);
}

static void a_cap_that_holds_is_told(void **state)
{
    world_t *w = *state;
    lq_moves_t moves = assert_moves(w, "USDC=10%", SOURCES(USDC_FEED));
    lq_shock_t shock;
    lq_price_overlay_t overlays[LQ_BOOK_OVERLAY_MAX];
    size_t cnt = 0;
    lq_moves_odd_t odd[2];
    lq_address_t usdc = address_n(USDC);
    assert_ok(lq_shock_parse(&shock, NULL, "USDC=10%"));
    assert_ok(lq_moves_overlay(overlays, &cnt, NULL, w->rig.o, &moves, shock.change));
    assert_int_equal(
        lq_moves_odd(odd, 2, &w->ground, &shock.assets, overlays, cnt, shock.change, NOW_SEC), 1);
    assert_memory_equal(&odd[0].token, &usdc, sizeof(usdc));
    assert_int_equal(odd[0].change, 40000);
    cnt = 0;
    assert_ok(lq_moves_overlay(overlays, &cnt, NULL, w->rig.o, &moves, 30000));
    assert_int_equal(lq_moves_odd(odd, 2, &w->ground, &shock.assets, overlays, cnt, 30000, NOW_SEC),
                     0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_token_is_moved_by_its_own_feed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_ratio_moves_and_not_what_it_is_a_ratio_to, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(what_is_named_together_moves_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_cannot_be_moved_is_said, set_up, tear_down),
        cmocka_unit_test_setup_teardown(answers_are_cut_towards_zero_and_never_zero, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_feed_moves_by_one_change_alone, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_cap_that_holds_is_told, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
