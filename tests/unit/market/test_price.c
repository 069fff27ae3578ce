#include "liqd/market/price.h"

#include "price_rig.h"

static void assert_value(const lq_price_t *price, const lq_feed_t *feeds, uint64_t now_sec,
                         const char *want)
{
    lq_u256_t value;
    assert_int_equal(eval_at(&value, price, feeds, now_sec), LQ_PRICE_OK);
    assert_u256_equal(value, u256_of(want));
}

static void a_plain_feed_is_its_answer(void **state)
{
    (void)state;
    lq_feed_t feeds[FEED_MAX] = {0};
    lq_i256_t answer = i256_of("184467000000");
    feeds[0] = feed_of(&answer);
    lq_price_t p = plain(0);
    assert_value(&p, feeds, NOW_SEC, "184467000000");
    answer = i256_of("-1");
    feeds[0] = feed_of(&answer);
    lq_u256_t value;
    assert_int_equal(eval_at(&value, &p, feeds, NOW_SEC), LQ_PRICE_NON_POSITIVE);
    answer = i256_of("0");
    feeds[0] = feed_of(&answer);
    assert_int_equal(eval_at(&value, &p, feeds, NOW_SEC), LQ_PRICE_NON_POSITIVE);
}

static void a_fixed_price_needs_no_feed(void **state)
{
    (void)state;
    lq_price_t p = {0};
    lq_i256_t one = i256_of("100000000");
    assert_ok(lq_price_add_fixed(&p, NULL, &one));
    lq_price_view_t view = {0};
    lq_u256_t value;
    assert_int_equal(lq_price_eval(&value, &p, &view), LQ_PRICE_OK);
    assert_u256_equal(value, u256_of("100000000"));
    uint32_t feeds[LQ_PRICE_NODE_MAX];
    assert_int_equal(lq_price_feeds(feeds, &p), 0);
}

static void a_feed_without_a_good_answer_gives_no_price(void **state)
{
    (void)state;
    lq_address_t proxy = address_of(1);
    lq_feed_t feeds[FEED_MAX] = {0};
    feeds[0] = lq_feed_init_chainlink(&proxy, false, 8, 0, 0);
    lq_price_t p = plain(0);
    lq_u256_t value;
    assert_int_equal(eval_at(&value, &p, feeds, NOW_SEC), LQ_PRICE_ABSENT);
    static const lq_feed_outcome_t doubts[] = {LQ_FEED_AGGREGATOR, LQ_FEED_ROUND_BACK,
                                               LQ_FEED_TIME_BACK,  LQ_FEED_TIME_AHEAD,
                                               LQ_FEED_DECIMALS,   LQ_FEED_MALFORMED};
    lq_i256_t answer = i256_of("5");
    for (size_t i = 0; i < LQ_ARRAY_CNT(doubts); i++) {
        feeds[0] = feed_of(&answer);
        feeds[0].mark = doubts[i];
        assert_int_equal(eval_at(&value, &p, feeds, NOW_SEC), LQ_PRICE_DOUBTFUL);
    }
    p = plain(FEED_MAX); /* beyond the view */
    assert_int_equal(eval_at(&value, &p, feeds, NOW_SEC), LQ_PRICE_ABSENT);
}

/* The numbers of the contract's own unit test: 10 % a year on a ratio of 1 with 8 decimals. */
static void the_ratio_cap_reproduces_its_own_test(void **state)
{
    (void)state;
    lq_u128_t growth = lq_price_cap_growth(100000000, 1000);
    assert_true(growth == 317097);
    lq_price_ratio_cap_t cap = {100000000, growth, NOW_SEC, 8};
    lq_price_t p = ratio_capped(&cap);
    lq_feed_t feeds[FEED_MAX] = {0};
    lq_i256_t one = i256_of("100000000");
    lq_i256_t two = i256_of("200000000");
    lq_i256_t negative = i256_of("-1");
    feeds[0] = feed_of(&one);
    feeds[1] = feed_of(&one);
    assert_value(&p, feeds, NOW_SEC, "100000000");
    feeds[1] = feed_of(&two); /* 317097 * 15552000 / 1e6 = 4931492.5... in 180 days */
    assert_value(&p, feeds, NOW_SEC + 180 * 86400, "104931492");
    assert_value(&p, feeds, NOW_SEC, "100000000");
    lq_u256_t value;
    assert_int_equal(eval_at(&value, &p, feeds, NOW_SEC - 1), LQ_PRICE_TOO_EARLY);
    feeds[0] = feed_of(&negative);
    assert_int_equal(eval_at(&value, &p, feeds, NOW_SEC), LQ_PRICE_NON_POSITIVE);
    assert_int_equal(eval_at(&value, &p, feeds, NOW_SEC - 1), LQ_PRICE_NON_POSITIVE);
    feeds[0] = feed_of(&one);
    feeds[1] = feed_of(&negative);
    assert_int_equal(eval_at(&value, &p, feeds, NOW_SEC), LQ_PRICE_NON_POSITIVE);
}

/* The numbers of the contract's own unit test: a cap of 1.04. */
static void the_stable_cap_reproduces_its_own_test(void **state)
{
    (void)state;
    lq_i256_t cap = i256_of("104000000");
    lq_price_t p = stable_capped(&cap);
    lq_feed_t feeds[FEED_MAX] = {0};
    static const struct {
        const char *answer;
        const char *want;
    } rows[] = {{"100000000", "100000000"},
                {"104000000", "104000000"},
                {"105000000", "104000000"},
                {"1", "1"},
                {"0", NULL},
                {"-1", NULL}};
    for (size_t i = 0; i < LQ_ARRAY_CNT(rows); i++) {
        lq_i256_t answer = i256_of(rows[i].answer);
        feeds[0] = feed_of(&answer);
        lq_u256_t value;
        lq_price_verdict_t verdict = eval_at(&value, &p, feeds, NOW_SEC);
        assert_int_equal(verdict, rows[i].want ? LQ_PRICE_OK : LQ_PRICE_NON_POSITIVE);
        if (rows[i].want)
            assert_u256_equal(value, u256_of(rows[i].want));
    }
}

/* The oracles of morpho-blue-oracles' MorphoChainlinkOracleV2Test, its answers replaced by numbers
   and its expressions worked out apart. */
typedef struct morpho_row {
    const char *name;
    lq_price_morpho_params_t params;
    const char *in[6]; /* vault, feed 1, feed 2 of base, then of quote; NULL: none */
    const char *scale_factor;
    const char *want;
} morpho_row_t;

#define ONE_SAMPLE \
    {              \
        {          \
            1      \
        }          \
    }
#define WAD_SAMPLE                        \
    {                                     \
        {                                 \
            UINT64_C(1000000000000000000) \
        }                                 \
    }

static const morpho_row_t morpho_rows[] = {
    {"WBTC/USDC",
     {ONE_SAMPLE, ONE_SAMPLE, 8, 8, 8, 6, 8, 0},
     {NULL, "99950000", "6512345678901", NULL, "100010000", NULL},
     "100000000000000000000000000", /* 10^(36 + 8 + 6 - 8 - 8 - 8) */
     "650843866219532996700329967003299670032"},
    {"USDC/WBTC",
     {ONE_SAMPLE, ONE_SAMPLE, 6, 8, 0, 8, 8, 8},
     {NULL, "100010000", NULL, NULL, "99950000", "6512345678901"},
     "10000000000000000000000000000000000000000000000", /* 10^(36 + 8 + 8 + 8 - 6 - 8) */
     "1536466811631124501543689496546344"},
    {"ETH/USD",
     {ONE_SAMPLE, ONE_SAMPLE, 18, 8, 0, 0, 0, 0},
     {NULL, "184467000000", NULL, NULL, NULL, NULL},
     "10000000000",
     "1844670000000000000000"},
    {"ETH/stETH",
     {ONE_SAMPLE, ONE_SAMPLE, 18, 0, 0, 18, 18, 0},
     {NULL, NULL, NULL, NULL, "999000000000000000", NULL},
     "1000000000000000000000000000000000000000000000000000000",
     "1001001001001001001001001001001001001"},
    {"sDAI/ETH",
     {WAD_SAMPLE, ONE_SAMPLE, 18, 18, 0, 18, 0, 0},
     {"1060000000000000000", "400000000000000", NULL, NULL, NULL, NULL},
     "1", /* 10^(36 + 18 - 18 - 18) / 1e18 */
     "424000000000000000000000000000000"},
    {"ETH/sDAI",
     {ONE_SAMPLE, WAD_SAMPLE, 18, 0, 0, 18, 18, 0},
     {NULL, NULL, NULL, "1060000000000000000", "400000000000000", NULL},
     "1000000000000000000000000000000000000000000000000000000000000000000000000",
     "2358490566037735849056603773584905660377"},
};

static void morphos_oracle_reproduces_its_own_tests(void **state)
{
    (void)state;
    for (size_t i = 0; i < LQ_ARRAY_CNT(morpho_rows); i++) {
        const morpho_row_t *row = &morpho_rows[i];
        lq_u256_t scale_factor;
        assert_ok(lq_price_morpho_scale_factor(&scale_factor, &row->params));
        assert_u256_equal(scale_factor, u256_of(row->scale_factor));
        lq_feed_t feeds[FEED_MAX] = {0};
        unsigned missing = 0;
        for (unsigned k = 0; k < 6; k++) {
            if (!row->in[k]) {
                missing |= 1u << k;
                continue;
            }
            lq_i256_t answer = i256_of(row->in[k]);
            feeds[k] = feed_of(&answer);
        }
        lq_price_t p = morpho_of(&scale_factor, missing);
        assert_value(&p, feeds, NOW_SEC, row->want);
    }
}

static void morphos_oracle_reverts_as_it_must(void **state)
{
    (void)state;
    lq_feed_t feeds[FEED_MAX] = {0};
    lq_u256_t one = lq_u256_from_u64(1);
    lq_i256_t minus = i256_of("-1");
    lq_i256_t zero = i256_of("0");
    lq_i256_t big = {lq_u256_shr(&U256_MAX, 1)};
    lq_i256_t unit = i256_of("1");
    for (size_t i = 0; i < 6; i++)
        feeds[i] = feed_of(&unit);
    lq_price_t p = morpho_of(&one, 0);
    assert_value(&p, feeds, NOW_SEC, "1");
    lq_u256_t value;
    for (size_t i = 0; i < 6; i++) {
        feeds[i] = feed_of(&minus);
        assert_int_equal(eval_at(&value, &p, feeds, NOW_SEC), LQ_PRICE_NEGATIVE);
        feeds[i] = feed_of(&zero); /* a base of 0 is a price of 0, a quote of 0 a revert */
        assert_int_equal(eval_at(&value, &p, feeds, NOW_SEC),
                         i < 3 ? LQ_PRICE_NON_POSITIVE : LQ_PRICE_DIV_ZERO);
        feeds[i] = feed_of(&unit);
    }
    feeds[0] = feed_of(&big);
    feeds[1] = feed_of(&big);
    assert_int_equal(eval_at(&value, &p, feeds, NOW_SEC), LQ_PRICE_OVERFLOW);
    feeds[1] = feed_of(&unit);
    p = morpho_of(&U256_MAX, 0); /* the quotient alone overflows */
    assert_int_equal(eval_at(&value, &p, feeds, NOW_SEC), LQ_PRICE_OVERFLOW);
    feeds[0] = feed_of(&unit); /* as large as a uint256 can be, which is no negative number */
    assert_int_equal(eval_at(&value, &p, feeds, NOW_SEC), LQ_PRICE_OK);
    assert_u256_equal(value, U256_MAX);
}

static void morphos_scale_factor_reverts_as_its_constructor(void **state)
{
    (void)state;
    lq_u256_t out = UNTOUCHED;
    lq_price_morpho_params_t p = {ONE_SAMPLE, ONE_SAMPLE, 18, 18, 0, 0, 0, 0};
    assert_ok(lq_price_morpho_scale_factor(&out, &p));
    assert_u256_equal(out, u256_of("1"));
    out = UNTOUCHED;
    p.base_feed_2_decimals = 1;
    assert_err(lq_price_morpho_scale_factor(&out, &p), LQ_ERR_RANGE);
    p = (lq_price_morpho_params_t){ONE_SAMPLE, ONE_SAMPLE, 0, 0, 0, 41, 0, 0}; /* 10^77 */
    assert_ok(lq_price_morpho_scale_factor(&out, &p));
    out = UNTOUCHED;
    p.quote_sample = lq_u256_from_u64(2); /* above 2^256 */
    assert_err(lq_price_morpho_scale_factor(&out, &p), LQ_ERR_RANGE);
    p.quote_sample = lq_u256_from_u64(1);
    p.quote_feed_1_decimals = 1;
    assert_err(lq_price_morpho_scale_factor(&out, &p), LQ_ERR_RANGE);
    p = (lq_price_morpho_params_t){{{0}}, ONE_SAMPLE, 0, 0, 0, 0, 0, 0};
    assert_err(lq_price_morpho_scale_factor(&out, &p), LQ_ERR_DIV_ZERO);
    assert_u256_equal(out, UNTOUCHED);
}

static void building_refuses_what_no_oracle_is(void **state)
{
    (void)state;
    lq_price_t p = {0};
    lq_i256_t cap = i256_of("-1");
    uint8_t node = 77;
    assert_err(lq_price_add_product(&p, &node, 0, 0, 0, 8), LQ_ERR_INVAL);
    assert_err(lq_price_add_cap_stable(&p, &node, 0, &cap), LQ_ERR_INVAL);
    assert_ok(lq_price_add_feed(&p, NULL, 3));
    assert_err(lq_price_add_cap_stable(&p, &node, 0, &cap), LQ_ERR_RANGE);
    assert_err(lq_price_add_product(&p, &node, 0, 1, 0, 8), LQ_ERR_INVAL);
    assert_err(lq_price_add_product(&p, &node, 0, 0, 0, 77), LQ_ERR_RANGE);
    assert_err(lq_price_add_product(&p, &node, 0, 0, 77, 0), LQ_ERR_RANGE);
    lq_price_ratio_cap_t bad = {(lq_u128_t)1 << 104, 0, 0, 18};
    assert_err(lq_price_add_cap_ratio(&p, &node, 0, 0, &bad), LQ_ERR_RANGE);
    bad = (lq_price_ratio_cap_t){1, (lq_u128_t)1 << 104, 0, 18};
    assert_err(lq_price_add_cap_ratio(&p, &node, 0, 0, &bad), LQ_ERR_RANGE);
    bad = (lq_price_ratio_cap_t){1, 1, UINT64_C(1) << 48, 18};
    assert_err(lq_price_add_cap_ratio(&p, &node, 0, 0, &bad), LQ_ERR_RANGE);
    bad = (lq_price_ratio_cap_t){1, 1, 1, 77};
    assert_err(lq_price_add_cap_ratio(&p, &node, 0, 0, &bad), LQ_ERR_RANGE);
    assert_err(lq_price_add_cap_ratio(&p, &node, 0, 1, &bad), LQ_ERR_INVAL);
    lq_price_morpho_t morpho = {{{1}}, 0, 1, 255, 255, 255, 255};
    assert_err(lq_price_add_morpho(&p, &node, &morpho), LQ_ERR_INVAL);
    assert_int_equal(node, 77);
    assert_int_equal(p.node_cnt, 1);
    morpho.base_feed_1 = 0;
    assert_ok(lq_price_add_morpho(&p, &node, &morpho));
    assert_int_equal(node, 1);
    assert_err(lq_price_add_feed(&p, &node, 1), LQ_ERR_INVAL); /* nothing behind Morpho's */
    p = (lq_price_t){0};
    for (uint32_t i = 0; i < LQ_PRICE_NODE_MAX; i++)
        assert_ok(lq_price_add_feed(&p, NULL, i));
    assert_err(lq_price_add_feed(&p, &node, 1), LQ_ERR_FULL);
}

static void names_each_feed_once_and_what_moves_with_time(void **state)
{
    (void)state;
    lq_price_t p = plain(7);
    assert_ok(lq_price_add_feed(&p, NULL, 9));
    assert_ok(lq_price_add_feed(&p, NULL, 7));
    uint32_t feeds[LQ_PRICE_NODE_MAX];
    assert_int_equal(lq_price_feeds(feeds, &p), 2);
    assert_int_equal(feeds[0], 7);
    assert_int_equal(feeds[1], 9);
    assert_false(lq_price_moves_with_time(&p));
    lq_price_ratio_cap_t cap = {1, 0, 1, 18};
    assert_ok(lq_price_add_cap_ratio(&p, NULL, 0, 1, &cap));
    assert_false(lq_price_moves_with_time(&p));
    cap.max_growth_per_second_scaled = 1;
    assert_ok(lq_price_add_cap_ratio(&p, NULL, 0, 1, &cap));
    assert_true(lq_price_moves_with_time(&p));
}

/* wstETH/USDC in Morpho over a capped product: nodes that name nodes that name nodes. */
static void nests_without_recursion(void **state)
{
    (void)state;
    lq_feed_t feeds[FEED_MAX] = {0};
    lq_i256_t eth = i256_of("200000000000");
    lq_i256_t ratio = i256_of("1200000000000000000");
    lq_i256_t usdc = i256_of("105000000");
    feeds[0] = feed_of(&eth);
    feeds[1] = feed_of(&ratio);
    feeds[2] = feed_of(&usdc);
    lq_price_ratio_cap_t cap = {UINT64_C(1100000000000000000), 0, NOW_SEC, 18};
    lq_i256_t stable = i256_of("104000000");
    lq_price_t p = ratio_capped(&cap); /* nodes 0 to 2: 2200e8 */
    uint8_t feed;
    uint8_t quote;
    assert_ok(lq_price_add_feed(&p, &feed, 2));
    assert_ok(lq_price_add_cap_stable(&p, &quote, feed, &stable));
    lq_price_morpho_t morpho = {{{UINT64_C(1000000)}}, LQ_PRICE_NO_NODE, 2,
                                LQ_PRICE_NO_NODE,      LQ_PRICE_NO_NODE, quote,
                                LQ_PRICE_NO_NODE};
    assert_ok(lq_price_add_morpho(&p, NULL, &morpho));
    assert_value(&p, feeds, NOW_SEC, "2115384615"); /* 1e6 * 2200e8 / 1.04e8 */
    uint32_t ids[LQ_PRICE_NODE_MAX];
    assert_int_equal(lq_price_feeds(ids, &p), 3);
}

static void an_overlay_stands_before_a_mark(void **state)
{
    (void)state;
    lq_feed_t feeds[FEED_MAX] = {0};
    lq_address_t proxy = address_of(1);
    feeds[0] = lq_feed_init_chainlink(&proxy, false, 8, 0, 0);
    lq_price_t p = plain(0);
    lq_price_overlay_t overlay = {i256_of("7"), 0};
    lq_price_view_t view = {feeds, &overlay, FEED_MAX, 1, NOW_SEC};
    lq_u256_t value;
    assert_int_equal(lq_price_eval(&value, &p, &view), LQ_PRICE_OK);
    assert_u256_equal(value, u256_of("7"));
}

static void every_verdict_has_a_name(void **state)
{
    (void)state;
    for (int v = LQ_PRICE_OK; v <= LQ_PRICE_TOO_EARLY; v++)
        assert_string_not_equal(lq_price_verdict_str((lq_price_verdict_t)v), "unknown");
    assert_string_equal(lq_price_verdict_str((lq_price_verdict_t)99), "unknown");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_plain_feed_is_its_answer),
        cmocka_unit_test(a_fixed_price_needs_no_feed),
        cmocka_unit_test(a_feed_without_a_good_answer_gives_no_price),
        cmocka_unit_test(the_ratio_cap_reproduces_its_own_test),
        cmocka_unit_test(the_stable_cap_reproduces_its_own_test),
        cmocka_unit_test(morphos_oracle_reproduces_its_own_tests),
        cmocka_unit_test(morphos_oracle_reverts_as_it_must),
        cmocka_unit_test(morphos_scale_factor_reverts_as_its_constructor),
        cmocka_unit_test(building_refuses_what_no_oracle_is),
        cmocka_unit_test(names_each_feed_once_and_what_moves_with_time),
        cmocka_unit_test(nests_without_recursion),
        cmocka_unit_test(an_overlay_stands_before_a_mark),
        cmocka_unit_test(every_verdict_has_a_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
