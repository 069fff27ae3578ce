/* Tokens and our own price of them. */

#include "oracles_rig.h"

static rig_t rig;

static int set_up(void **state)
{
    rig_init(&rig);
    *state = &rig;
    return 0;
}

static int tear_down(void **state)
{
    rig_fini(*state);
    return 0;
}

static uint32_t add_token(rig_t *r, uint32_t at)
{
    uint32_t token;
    lq_address_t address = address_n(at);
    assert_ok(lq_oracles_add_token(r->o, &token, &address));
    return token;
}

/* symbol() as a string: offset, size, text. */
static void say_symbol(rig_t *r, uint32_t at, const char *text, size_t sz)
{
    world_view_t *v = view_of(r, at, LQ_ABI_ERC20_SYMBOL_SELECTOR);
    memset(v->answer, 0, sizeof(v->answer));
    v->answer[31] = 32;
    v->answer[63] = (uint8_t)sz;
    memcpy(v->answer + 64, text, sz);
    v->sz = 64 + (sz + 31) / 32 * 32;
}

static void a_token_tells_its_decimals_and_symbol(void **state)
{
    rig_t *r = *state;
    say(r, 1, LQ_ABI_ERC20_DECIMALS_SELECTOR, 6);
    say_symbol(r, 1, "USDC", 4);
    uint32_t token = add_token(r, 1);
    assert_int_equal(add_token(r, 1), token);
    assert_int_equal(lq_oracles_token(r->o, token)->decimals, LQ_FEED_DECIMALS_UNKNOWN);
    settle(r);
    assert_int_equal(lq_oracles_token_cnt(r->o), 1);
    assert_int_equal(lq_oracles_token(r->o, token)->decimals, 6);
    assert_string_equal(lq_oracles_token(r->o, token)->symbol, "USDC");
}

static void symbols_of_strangers_are_made_printable_and_cut(void **state)
{
    rig_t *r = *state;
    static const char right_to_left[] = {'\xe2', '\x80', '\xae', 'C', 'D', 'S', 'U'};
    static const struct {
        const char *text;
        size_t sz;
        const char *want;
    } rows[] = {
        {"\x1b[2J", 4, "\\x1b[2J"},
        {"a\0b", 3, "a\\x00b"},
        {right_to_left, sizeof(right_to_left), "\\xe2\\x80\\xaeCDSU"},
        {"\xff", 1, "\\xff"},
        {"\xe2\x82\xae", 3, "\xe2\x82\xae"},
        {"", 0, ""},
        {"1234567890123456789012345678901234567890", 40, "1234567890123456789012345678901"},
        {"123456789012345678901234567890\n", 31, "123456789012345678901234567890"},
    };
    for (size_t i = 0; i < LQ_ARRAY_CNT(rows); i++) {
        say_symbol(r, 10 + (uint32_t)i, rows[i].text, rows[i].sz);
        uint32_t token = add_token(r, 10 + (uint32_t)i);
        settle(r);
        assert_string_equal(lq_oracles_token(r->o, token)->symbol, rows[i].want);
        assert_int_equal(lq_oracles_token(r->o, token)->decimals, LQ_FEED_DECIMALS_UNKNOWN);
    }
}

static void bytes32_and_nonsense_are_taken_as_they_are(void **state)
{
    rig_t *r = *state;
    lq_u256_t mkr = {{0, 0, 0, 0x4d4b520000000000}};
    say_word(r, 1, LQ_ABI_ERC20_SYMBOL_SELECTOR, mkr);
    say(r, 1, LQ_ABI_ERC20_DECIMALS_SELECTOR, 18);
    uint32_t token = add_token(r, 1);
    settle(r);
    assert_string_equal(lq_oracles_token(r->o, token)->symbol, "MKR");
    assert_int_equal(lq_oracles_token(r->o, token)->decimals, 18);
    say_symbol(r, 2, "x", 1);
    view_of(r, 2, LQ_ABI_ERC20_SYMBOL_SELECTOR)->answer[0] = 0xff;
    say(r, 2, LQ_ABI_ERC20_DECIMALS_SELECTOR, 256);
    token = add_token(r, 2);
    settle(r);
    assert_string_equal(lq_oracles_token(r->o, token)->symbol, "");
    assert_int_equal(lq_oracles_token(r->o, token)->decimals, LQ_FEED_DECIMALS_UNKNOWN);
}

static void our_price_is_that_of_fresh_sources_and_has_a_gap(void **state)
{
    rig_t *r = *state;
    const lq_value_limits_t limits = {.grace_sec = 10, .deviation_bps = 100};
    lq_value_t value;
    lq_value_gap_t gap;
    put_feed(r, 1, 200000000000);
    put_feed(r, 2, 201000000000);
    lq_feed_promise_t promise = {.proxy = address_n(1), .heartbeat_sec = 3600, .deviation_bps = 50};
    assert_ok(lq_oracles_promise(r->o, &promise));
    uint32_t token = add_token(r, 9);
    uint32_t a = add_oracle(r, 1, LQ_ORACLE_VIEW_ANSWER);
    uint32_t b = add_oracle(r, 2, LQ_ORACLE_VIEW_ANSWER);
    assert_ok(lq_oracles_add_source(r->o, token, a));
    assert_ok(lq_oracles_add_source(r->o, token, a));
    assert_int_equal(lq_oracles_value(r->o, &value, token, &limits), LQ_VALUE_NONE);
    assert_err(lq_oracles_gap(r->o, &gap, b, token, &limits), LQ_ERR_EMPTY);
    settle(r);
    assert_int_equal(lq_oracles_feed(r->o, 0)->heartbeat_sec, 3600);
    assert_int_equal(lq_oracles_value(r->o, &value, token, &limits), LQ_VALUE_FRESH);
    assert_u256_equal(value.price_wad, u256_of("2000000000000000000000"));
    assert_int_equal(value.source_cnt, 1);
    assert_ok(lq_oracles_gap(r->o, &gap, b, token, &limits));
    assert_int_equal(gap.gap_bps, -49);
    assert_int_equal(gap.lag_sec, 0);
    lq_oracles_set_now(r->o, NOW_SEC + 3610);
    assert_int_equal(lq_oracles_value(r->o, &value, token, &limits), LQ_VALUE_FRESH);
    lq_oracles_set_now(r->o, NOW_SEC + 3611);
    assert_int_equal(lq_oracles_value(r->o, &value, token, &limits), LQ_VALUE_STALE);
    /* a promise that comes later counts at once */
    promise.heartbeat_sec = 7200;
    assert_ok(lq_oracles_promise(r->o, &promise));
    assert_int_equal(lq_oracles_value(r->o, &value, token, &limits), LQ_VALUE_FRESH);
}

/* The product of two feeds is as fresh as the one that is due first, not as the older one. */
static void a_source_is_as_fresh_as_its_feed_that_is_due_first(void **state)
{
    rig_t *r = *state;
    const lq_value_limits_t limits = {.grace_sec = 10, .deviation_bps = 100};
    lq_value_t value;
    put_feed(r, 1, 200000000000);
    put_feed(r, 2, 100000000);
    say_round(r, 1, 1, 10, 200000000000, NOW_SEC - 1000);
    say_address(r, 3, SEL(PEG_TO_BASE), 1);
    say_address(r, 3, SEL(ASSET_TO_PEG), 2);
    say(r, 3, SEL(DENOMINATOR), 10000000000000000);
    say(r, 3, LQ_ABI_CHAINLINK_DECIMALS_SELECTOR, 8);
    say(r, 3, SEL(LATEST_ANSWER), 200000000000);
    const lq_feed_promise_t promises[] = {{.proxy = address_n(1), .heartbeat_sec = 86400},
                                          {.proxy = address_n(2), .heartbeat_sec = 3600}};
    assert_ok(lq_oracles_promise(r->o, &promises[0]));
    assert_ok(lq_oracles_promise(r->o, &promises[1]));
    uint32_t token = add_token(r, 9);
    assert_ok(lq_oracles_add_source(r->o, token, add_oracle(r, 3, LQ_ORACLE_VIEW_ANSWER)));
    settle(r);
    lq_oracles_set_now(r->o, NOW_SEC + 3610);
    assert_int_equal(lq_oracles_value(r->o, &value, token, &limits), LQ_VALUE_FRESH);
    assert_int_equal(value.updated_sec, NOW_SEC);
    lq_oracles_set_now(r->o, NOW_SEC + 3611);
    assert_int_equal(lq_oracles_value(r->o, &value, token, &limits), LQ_VALUE_STALE);
}

static lq_price_overlay_t overlay_of(const rig_t *r, uint32_t proxy, int64_t answer)
{
    const lq_address_t at = address_n(proxy);
    uint32_t i = 0;
    while (memcmp(&lq_oracles_feed(r->o, i)->source, &at, sizeof(at)) != 0)
        i++;
    return (lq_price_overlay_t){.answer = lq_i256_from_i64(answer), .feed = i};
}

static void what_an_overlay_says_is_a_price_and_new(void **state)
{
    rig_t *r = *state;
    const lq_value_limits_t limits = {.grace_sec = 10, .deviation_bps = 100};
    lq_value_t value;
    put_feed(r, 1, 200000000000);
    put_feed(r, 2, 200000000000);
    const lq_feed_promise_t promise = {.proxy = address_n(1), .heartbeat_sec = 3600};
    assert_ok(lq_oracles_promise(r->o, &promise));
    uint32_t token = add_token(r, 9);
    for (uint32_t i = 1; i < 3; i++)
        assert_ok(lq_oracles_add_source(r->o, token, add_oracle(r, i, LQ_ORACLE_VIEW_ANSWER)));
    settle(r);
    const lq_price_overlay_t overlays[] = {overlay_of(r, 1, 150000000000),
                                           overlay_of(r, 2, 150100000000)};
    assert_int_equal(lq_oracles_value_under(r->o, &value, token, &limits, overlays, 2, 0),
                     LQ_VALUE_FRESH);
    assert_u256_equal(value.price_wad, u256_of("1500000000000000000000"));
    assert_int_equal(value.source_cnt, 2);
    assert_int_equal(lq_oracles_value_under(r->o, &value, token, &limits, overlays, 1, 0),
                     LQ_VALUE_DEVIATING);
    assert_int_equal(lq_oracles_value_under(r->o, &value, token, &limits, NULL, 0, 0),
                     LQ_VALUE_FRESH);
    assert_u256_equal(value.price_wad, u256_of("2000000000000000000000"));
    lq_oracles_set_now(r->o, NOW_SEC + 100000); /* both are old */
    assert_int_equal(lq_oracles_value(r->o, &value, token, &limits), LQ_VALUE_STALE);
    assert_int_equal(lq_oracles_value_under(r->o, &value, token, &limits, overlays, 1, 0),
                     LQ_VALUE_FRESH);
    assert_u256_equal(value.price_wad, u256_of("1500000000000000000000"));
    assert_int_equal(value.updated_sec, NOW_SEC + 100000);
    assert_int_equal(lq_oracles_value(r->o, &value, token, &limits), LQ_VALUE_STALE);
}

static void a_token_has_so_many_sources(void **state)
{
    rig_t *r = *state;
    uint32_t token = add_token(r, 9);
    for (uint32_t i = 0; i < LQ_VALUE_SOURCE_MAX; i++)
        assert_ok(lq_oracles_add_source(r->o, token, add_oracle(r, i, LQ_ORACLE_VIEW_ANSWER)));
    assert_err(lq_oracles_add_source(r->o, token, add_oracle(r, 50, LQ_ORACLE_VIEW_ANSWER)),
               LQ_ERR_FULL);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        CASE(a_token_tells_its_decimals_and_symbol),
        CASE(symbols_of_strangers_are_made_printable_and_cut),
        CASE(bytes32_and_nonsense_are_taken_as_they_are),
        CASE(our_price_is_that_of_fresh_sources_and_has_a_gap),
        CASE(a_source_is_as_fresh_as_its_feed_that_is_due_first),
        CASE(what_an_overlay_says_is_a_price_and_new),
        CASE(a_token_has_so_many_sources),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
