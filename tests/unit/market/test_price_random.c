#include "liqd/market/price.h"

#include "price_rig.h"

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

/* What an oracle of int256 answers: WANT, or what its sign makes of it. */
static void assert_price(lq_price_verdict_t verdict, const lq_u256_t *value, const mpz_t want)
{
    if (mpz_sgn(want) <= 0) {
        assert_int_equal(verdict, LQ_PRICE_NON_POSITIVE);
        return;
    }
    assert_int_equal(verdict, LQ_PRICE_OK);
    assert_u256_equal(*value, from_mpz(want));
}

static void fill(lq_feed_t feeds[FEED_MAX], lq_rng_t *rng)
{
    for (size_t i = 0; i < FEED_MAX; i++) {
        lq_i256_t answer = any_answer(rng);
        feeds[i] = feed_of(&answer);
    }
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(products_equal_gmp),
        cmocka_unit_test(ratio_caps_equal_gmp),
        cmocka_unit_test(morpho_prices_equal_gmp),
        cmocka_unit_test(a_cap_never_raises),
        cmocka_unit_test(prices_are_monotone_in_each_feed),
        cmocka_unit_test(overlays_are_what_ifs),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
