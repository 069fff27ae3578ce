#include "liqd/market/price.h"

#include "market_test.h"

enum {
    FEED_MAX = 8,
    NOW_SEC = 1700000000,
};

static mpz_t m[8];

static int set_up(void **state)
{
    (void)state;
    for (size_t i = 0; i < LQ_ARRAY_CNT(m); i++)
        mpz_init(m[i]);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    for (size_t i = 0; i < LQ_ARRAY_CNT(m); i++)
        mpz_clear(m[i]);
    return 0;
}

/* ---- helpers ---- */

static void signed_to_mpz(mpz_t out, const lq_i256_t *v)
{
    lq_u256_t abs = lq_i256_abs(v);
    to_mpz(out, &abs);
    if (lq_i256_is_neg(v))
        mpz_neg(out, out);
}

static bool fits_i256(const mpz_t v)
{
    return mpz_sizeinbase(v, 2) <= 255; /* of positive ones */
}

/* Answers as feeds give them: mostly positive, of any width up to 255 bits, now and then 0, 1,
   negative, the largest. */
static lq_i256_t any_answer(lq_rng_t *rng)
{
    lq_i256_t v = {any_u256(rng)};
    switch (lq_rng_below(rng, 12)) {
    case 0:
        return lq_i256_from_i64((int64_t)lq_rng_below(rng, 3) - 1);
    case 1:
        return v;
    case 2:
        v.bits = lq_u256_shr(&U256_MAX, 1);
        return v;
    case 3:
    case 4:
        v.bits = lq_u256_shr(&v.bits, 1);
        return v;
    default:
        v.bits = lq_u256_shr(&v.bits, 128 + (unsigned)lq_rng_below(rng, 100));
        return v;
    }
}

static lq_price_verdict_t eval_at(lq_u256_t *value, const lq_price_t *price, const lq_feed_t *feeds,
                                  uint64_t now_sec)
{
    lq_price_view_t view = {.feeds = feeds, .feed_cnt = FEED_MAX, .now_sec = now_sec};
    *value = UNTOUCHED;
    lq_price_verdict_t verdict = lq_price_eval(value, price, &view);
    if (verdict != LQ_PRICE_OK)
        assert_u256_equal(*value, UNTOUCHED);
    return verdict;
}

/* What an oracle of int256 answers: WANT, which m-arithmetic left, or its sign. */
static void assert_price(lq_price_verdict_t verdict, const lq_u256_t *value, const mpz_t want)
{
    if (mpz_sgn(want) <= 0) {
        assert_int_equal(verdict, LQ_PRICE_NON_POSITIVE);
        return;
    }
    assert_int_equal(verdict, LQ_PRICE_OK);
    assert_u256_equal(*value, from_mpz(want));
}

static void assert_value(const lq_price_t *price, const lq_feed_t *feeds, uint64_t now_sec,
                         const char *want)
{
    lq_u256_t value;
    assert_int_equal(eval_at(&value, price, feeds, now_sec), LQ_PRICE_OK);
    assert_u256_equal(value, u256_of(want));
}

static lq_price_t plain(uint32_t feed)
{
    lq_price_t p = {0};
    assert_ok(lq_price_add_feed(&p, NULL, feed));
    return p;
}

static lq_price_t product(uint8_t up, uint8_t down)
{
    lq_price_t p = plain(0);
    assert_ok(lq_price_add_feed(&p, NULL, 1));
    assert_ok(lq_price_add_product(&p, NULL, 0, 1, up, down));
    return p;
}

static lq_price_t ratio_capped(const lq_price_ratio_cap_t *cap)
{
    lq_price_t p = plain(0);
    assert_ok(lq_price_add_feed(&p, NULL, 1));
    assert_ok(lq_price_add_cap_ratio(&p, NULL, 0, 1, cap));
    return p;
}

static lq_price_t stable_capped(const lq_i256_t *cap)
{
    lq_price_t p = plain(0);
    assert_ok(lq_price_add_cap_stable(&p, NULL, 0, cap));
    return p;
}

/* Feeds 0 to 5 in the order of the inputs; those whose bit of MISSING is set are not there. */
static lq_price_t morpho_of(const lq_u256_t *scale_factor, unsigned missing)
{
    lq_price_t p = {0};
    uint8_t in[6];
    for (uint32_t i = 0; i < 6; i++) {
        in[i] = LQ_PRICE_NO_NODE;
        if (!(missing >> i & 1))
            assert_ok(lq_price_add_feed(&p, &in[i], i));
    }
    lq_price_morpho_t morpho = {*scale_factor, in[0], in[1], in[2], in[3], in[4], in[5]};
    assert_ok(lq_price_add_morpho(&p, NULL, &morpho));
    return p;
}

static void fill(lq_feed_t feeds[FEED_MAX], lq_rng_t *rng)
{
    for (size_t i = 0; i < FEED_MAX; i++) {
        lq_i256_t answer = any_answer(rng);
        feeds[i] = feed_of(&answer);
    }
}

/* ---- one by one ---- */

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

/* ---- against GMP ---- */

static void products_equal_gmp(void **state)
{
    (void)state;
    lq_rng_t rng = lq_test_rng();
    for (size_t i = 0; i < lq_test_cnt(60000, 2000000); i++) {
        lq_feed_t feeds[FEED_MAX];
        fill(feeds, &rng);
        unsigned up = lq_rng_below(&rng, 3) ? 0 : (unsigned)lq_rng_below(&rng, 77);
        unsigned down = (unsigned)lq_rng_below(&rng, 77);
        lq_price_t p = product((uint8_t)up, (uint8_t)down);
        lq_u256_t value;
        lq_price_verdict_t verdict = eval_at(&value, &p, feeds, NOW_SEC);
        signed_to_mpz(m[0], &feeds[0].answer);
        signed_to_mpz(m[1], &feeds[1].answer);
        if (mpz_sgn(m[0]) <= 0 || mpz_sgn(m[1]) <= 0) {
            assert_int_equal(verdict, LQ_PRICE_NON_POSITIVE);
            continue;
        }
        mpz_mul(m[2], m[0], m[1]);
        bool fits = fits_i256(m[2]);
        mpz_ui_pow_ui(m[3], 10, up);
        mpz_mul(m[2], m[2], m[3]);
        if (!fits || !fits_i256(m[2])) {
            assert_int_equal(verdict, LQ_PRICE_OVERFLOW);
            continue;
        }
        mpz_ui_pow_ui(m[3], 10, down);
        mpz_fdiv_q(m[2], m[2], m[3]);
        assert_price(verdict, &value, m[2]);
    }
}

static void mpz_set_u128(mpz_t out, lq_u128_t v)
{
    lq_u256_t wide = lq_u256_from_halves(0, v);
    to_mpz(out, &wide);
}

static lq_price_ratio_cap_t any_cap(lq_rng_t *rng, uint16_t *yearly_bps)
{
    lq_u128_t ratio = (lq_u128_t)lq_rng_u64(rng) << 64 | lq_rng_u64(rng);
    ratio >>= 24 + lq_rng_below(rng, 90);
    *yearly_bps = (uint16_t)lq_rng_u64(rng);
    return (lq_price_ratio_cap_t){
        .snapshot_ratio = ratio,
        .max_growth_per_second_scaled = lq_price_cap_growth(ratio, *yearly_bps),
        .snapshot_sec = NOW_SEC,
        .ratio_decimals = (uint8_t)(8 + lq_rng_below(rng, 17)),
    };
}

static void ratio_caps_equal_gmp(void **state)
{
    (void)state;
    lq_rng_t rng = lq_test_rng();
    for (size_t i = 0; i < lq_test_cnt(60000, 2000000); i++) {
        lq_feed_t feeds[FEED_MAX];
        fill(feeds, &rng);
        uint16_t yearly_bps;
        lq_price_ratio_cap_t cap = any_cap(&rng, &yearly_bps);
        /* growth as the contract's own two divisions do it, then cut to 104 bits (no cut ever) */
        mpz_set_u128(m[0], cap.snapshot_ratio);
        mpz_mul_ui(m[1], m[0], yearly_bps);
        mpz_mul_ui(m[1], m[1], 1000000);
        mpz_fdiv_q_ui(m[1], m[1], 10000);
        mpz_fdiv_q_ui(m[1], m[1], 31536000);
        mpz_fdiv_r_2exp(m[1], m[1], 104);
        mpz_set_u128(m[2], cap.max_growth_per_second_scaled);
        assert_int_equal(mpz_cmp(m[1], m[2]), 0);

        uint64_t elapsed = lq_rng_u64(&rng) >> (1 + lq_rng_below(&rng, 63));
        lq_price_t p = ratio_capped(&cap);
        lq_u256_t value;
        lq_price_verdict_t verdict = eval_at(&value, &p, feeds, NOW_SEC + elapsed);
        signed_to_mpz(m[3], &feeds[0].answer);
        signed_to_mpz(m[4], &feeds[1].answer);
        if (mpz_sgn(m[3]) <= 0 || mpz_sgn(m[4]) <= 0) {
            assert_int_equal(verdict, LQ_PRICE_NON_POSITIVE);
            continue;
        }
        mpz_mul_ui(m[1], m[1], elapsed);
        mpz_fdiv_q_ui(m[1], m[1], 1000000);
        mpz_add(m[0], m[0], m[1]);
        if (mpz_cmp(m[0], m[4]) < 0)
            mpz_set(m[4], m[0]);
        mpz_mul(m[3], m[3], m[4]);
        if (!fits_i256(m[3])) {
            assert_int_equal(verdict, LQ_PRICE_OVERFLOW);
            continue;
        }
        mpz_ui_pow_ui(m[5], 10, cap.ratio_decimals);
        mpz_fdiv_q(m[3], m[3], m[5]);
        assert_price(verdict, &value, m[3]);
    }
}

static void morpho_prices_equal_gmp(void **state)
{
    (void)state;
    lq_rng_t rng = lq_test_rng();
    size_t good_cnt = 0;
    for (size_t i = 0; i < lq_test_cnt(60000, 2000000); i++) {
        lq_feed_t feeds[FEED_MAX];
        fill(feeds, &rng);
        lq_u256_t scale_factor = any_u256(&rng);
        unsigned missing = (unsigned)lq_rng_below(&rng, 64);
        lq_price_t p = morpho_of(&scale_factor, missing);
        lq_u256_t value;
        lq_price_verdict_t verdict = eval_at(&value, &p, feeds, NOW_SEC);
        lq_price_verdict_t want = LQ_PRICE_OK;
        for (unsigned k = 0; k < 6 && want == LQ_PRICE_OK; k++) {
            mpz_t *bracket = &m[k / 3];
            if (k % 3 == 0)
                mpz_set_ui(*bracket, 1);
            if (missing >> k & 1)
                continue;
            signed_to_mpz(m[2], &feeds[k].answer);
            mpz_mul(*bracket, *bracket, m[2]);
            if (mpz_sgn(m[2]) < 0)
                want = LQ_PRICE_NEGATIVE;
            else if (!mpz_fits_u256(*bracket))
                want = LQ_PRICE_OVERFLOW;
        }
        if (want == LQ_PRICE_OK && mpz_sgn(m[1]) == 0)
            want = LQ_PRICE_DIV_ZERO;
        if (want != LQ_PRICE_OK) {
            assert_int_equal(verdict, want);
            continue;
        }
        to_mpz(m[2], &scale_factor);
        mpz_mul(m[2], m[2], m[0]);
        mpz_fdiv_q(m[2], m[2], m[1]);
        if (!mpz_fits_u256(m[2])) {
            assert_int_equal(verdict, LQ_PRICE_OVERFLOW);
            continue;
        }
        assert_price(verdict, &value, m[2]);
        good_cnt += verdict == LQ_PRICE_OK;
    }
    assert_true(good_cnt > 1000);
}

/* ---- laws ---- */

/* A price of any kind over the feeds 0 to 5. */
static lq_price_t any_price(lq_rng_t *rng)
{
    uint16_t yearly_bps;
    lq_price_ratio_cap_t cap = any_cap(rng, &yearly_bps);
    lq_i256_t stable = {lq_u256_from_u64(lq_rng_u64(rng))};
    lq_u256_t scale_factor = any_u256(rng);
    switch (lq_rng_below(rng, 6)) {
    case 0:
        return plain(0);
    case 1:
        return product(0, (uint8_t)lq_rng_below(rng, 20));
    case 2:
        return ratio_capped(&cap);
    case 3:
        return stable_capped(&stable);
    case 4: {
        lq_price_t p = ratio_capped(&cap);
        assert_ok(lq_price_add_cap_stable(&p, NULL, 2, &stable));
        return p;
    }
    default:
        return morpho_of(&scale_factor, (unsigned)lq_rng_below(rng, 64));
    }
}

/* The price under the answers; 0 where it is none, so that it can be compared. */
static bool number_of(lq_u256_t *out, const lq_price_t *p, const lq_feed_t *feeds,
                      const lq_price_overlay_t *overlay)
{
    lq_price_view_t view = {feeds, overlay, FEED_MAX, overlay ? 1 : 0, NOW_SEC + 1000};
    *out = lq_u256_from_u64(0);
    lq_price_verdict_t verdict = lq_price_eval(out, p, &view);
    return verdict == LQ_PRICE_OK || verdict == LQ_PRICE_NON_POSITIVE;
}

static void a_cap_never_raises(void **state)
{
    (void)state;
    lq_rng_t rng = lq_test_rng();
    for (size_t i = 0; i < lq_test_cnt(10000, 500000); i++) {
        lq_feed_t feeds[FEED_MAX];
        fill(feeds, &rng);
        uint16_t yearly_bps;
        lq_price_ratio_cap_t cap = any_cap(&rng, &yearly_bps);
        lq_i256_t stable = {lq_u256_from_u64(lq_rng_u64(&rng))};
        lq_price_t pairs[2][2] = {{product(0, cap.ratio_decimals), ratio_capped(&cap)},
                                  {plain(0), stable_capped(&stable)}};
        for (size_t k = 0; k < 2; k++) {
            lq_u256_t free;
            lq_u256_t capped;
            bool both = number_of(&free, &pairs[k][0], feeds, NULL);
            both &= number_of(&capped, &pairs[k][1], feeds, NULL);
            if (both)
                assert_false(lq_u256_lt(&free, &capped));
        }
    }
}

static void prices_are_monotone_in_each_feed(void **state)
{
    (void)state;
    lq_rng_t rng = lq_test_rng();
    size_t moved_cnt = 0;
    for (size_t i = 0; i < lq_test_cnt(20000, 500000); i++) {
        lq_feed_t feeds[FEED_MAX];
        fill(feeds, &rng);
        lq_price_t p = any_price(&rng);
        uint32_t feed = (uint32_t)lq_rng_below(&rng, 6);
        lq_price_overlay_t overlay = {any_answer(&rng), feed};
        lq_u256_t before;
        lq_u256_t after;
        if (!number_of(&before, &p, feeds, NULL) || !number_of(&after, &p, feeds, &overlay))
            continue;
        bool up = lq_i256_lt(&feeds[feed].answer, &overlay.answer);
        if (p.nodes[p.node_cnt - 1].op == LQ_PRICE_MORPHO && feed >= 3)
            up = !up;
        moved_cnt += !lq_u256_eq(&before, &after);
        if (up)
            assert_false(lq_u256_lt(&after, &before));
        else
            assert_false(lq_u256_lt(&before, &after));
    }
    assert_true(moved_cnt > 500);
}

static void overlays_are_what_ifs(void **state)
{
    (void)state;
    lq_rng_t rng = lq_test_rng();
    for (size_t i = 0; i < lq_test_cnt(20000, 500000); i++) {
        lq_feed_t feeds[FEED_MAX];
        lq_feed_t copy[FEED_MAX];
        fill(feeds, &rng);
        memcpy(copy, feeds, sizeof(feeds));
        lq_price_t p = any_price(&rng);
        uint32_t feed = (uint32_t)lq_rng_below(&rng, 6);
        /* that of the same value changes nothing */
        lq_price_overlay_t overlays[2] = {{feeds[feed].answer, feed}, {any_answer(&rng), feed}};
        lq_price_view_t plain_view = {feeds, NULL, FEED_MAX, 0, NOW_SEC + 1000};
        lq_price_view_t view = {feeds, overlays, FEED_MAX, 2, NOW_SEC + 1000};
        lq_u256_t a = UNTOUCHED;
        lq_u256_t b = UNTOUCHED;
        assert_int_equal(lq_price_eval(&a, &p, &plain_view), lq_price_eval(&b, &p, &view));
        assert_u256_equal(a, b);
        /* that of another is what committing it gives, and commits nothing itself */
        view.overlays = overlays + 1;
        view.overlay_cnt = 1;
        b = UNTOUCHED;
        lq_price_verdict_t what_if = lq_price_eval(&b, &p, &view);
        assert_memory_equal(copy, feeds, sizeof(feeds));
        lq_feed_update_t u = {overlays[1].answer, 2, 2};
        (void)lq_feed_apply_log(&feeds[feed], &u, 2);
        a = UNTOUCHED;
        assert_int_equal(lq_price_eval(&a, &p, &plain_view), what_if);
        assert_u256_equal(a, b);
    }
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
        cmocka_unit_test(products_equal_gmp),
        cmocka_unit_test(ratio_caps_equal_gmp),
        cmocka_unit_test(morpho_prices_equal_gmp),
        cmocka_unit_test(a_cap_never_raises),
        cmocka_unit_test(prices_are_monotone_in_each_feed),
        cmocka_unit_test(overlays_are_what_ifs),
        cmocka_unit_test(an_overlay_stands_before_a_mark),
        cmocka_unit_test(every_verdict_has_a_name),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
