#include "liqd/num/power.h"

#include "liqd/num/fixed.h"
#include "num_test.h"

static mpz_t want;
static mpz_t x;
static mpz_t y;
static mpz_t t;

static int set_up(void **state)
{
    (void)state;
    mpz_inits(want, x, y, t, NULL);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    mpz_clears(want, x, y, t, NULL);
    return 0;
}

static lq_i256_t i256_of(const char *text)
{
    return (lq_i256_t){u256_of(text)};
}

/* The contract's integer operations in GMP's signed ones, on X. */
static void oracle_wexp(mpz_t out)
{
    mpz_t q;
    mpz_init(q);
    mpz_set_str(t, "693147180559945309", 10);
    mpz_fdiv_q_2exp(q, t, 1);
    if (mpz_sgn(x) < 0)
        mpz_neg(q, q);
    mpz_add(q, q, x);
    mpz_tdiv_q(q, q, t);
    mpz_mul(t, t, q);
    mpz_sub(t, x, t); /* r */
    mpz_mul(out, t, t);
    mpz_set_ui(y, 1000000000000000000);
    mpz_tdiv_q(out, out, y);
    mpz_tdiv_q_ui(out, out, 2);
    mpz_add(out, out, t);
    mpz_add(out, out, y);
    long shift = mpz_get_si(q);
    if (shift >= 0)
        mpz_mul_2exp(out, out, (mp_bitcnt_t)shift);
    else
        mpz_fdiv_q_2exp(out, out, (mp_bitcnt_t)-shift);
    mpz_clear(q);
}

static void wexp_is_its_formula(void **state)
{
    (void)state;
    lq_rng_t rng = lq_test_rng();
    for (size_t i = lq_test_cnt(50000, 20000000); i > 0; i--) {
        /* -41.4 to 93.8 wads, evenly and near zero */
        mpz_set_ui(x, lq_rng_u64(&rng));
        mpz_mul_ui(x, x, lq_rng_u64(&rng) & 1 ? 135305999368893231 : 1);
        mpz_fdiv_q_2exp(x, x, (mp_bitcnt_t)lq_rng_below(&rng, 64));
        mpz_set_str(t, "135305999368893226631", 10);
        mpz_fdiv_r(x, x, t);
        mpz_set_str(t, "41446531673892822312", 10);
        mpz_sub(x, x, t);
        lq_i256_t in = {from_mpz(x)};
        oracle_wexp(want);
        assert_u256_equal(lq_power_wexp(&in), from_mpz(want));
    }
    for (int q = -60; q <= 135; q++) { /* where q changes: beside the odd halves of ln 2 */
        for (int delta = -2; delta <= 2; delta++) {
            mpz_set_si(x, 693147180559945309);
            mpz_mul_si(x, x, 2 * q + 1);
            mpz_tdiv_q_ui(x, x, 2);
            mpz_set_si(t, delta);
            mpz_add(x, x, t);
            mpz_set_str(t, "-41446531673892822312", 10);
            if (mpz_cmp(x, t) < 0)
                continue;
            mpz_set_str(t, "93859467695000404319", 10);
            if (mpz_cmp(x, t) >= 0)
                continue;
            lq_i256_t in = {from_mpz(x)};
            oracle_wexp(want);
            assert_u256_equal(lq_power_wexp(&in), from_mpz(want));
        }
    }
}

static void wexp_is_clipped_at_both_ends(void **state)
{
    (void)state;
    lq_u256_t top = u256_of("57716089161558943949701069502944508345128422502756744429568");
    static const struct {
        const char *x;
        bool is_top;
    } rows[] = {
        {"93859467695000404319", true},
        {"93859467695000404320", true},
        {"57896044618658097711785492504343953926634992332820282019728792003956564819967", true},
        {"-41446531673892822313", false},
        {"-57896044618658097711785492504343953926634992332820282019728792003956564819968", false},
    };
    for (size_t i = 0; i < LQ_ARRAY_CNT(rows); i++) {
        lq_i256_t in = i256_of(rows[i].x);
        assert_u256_equal(lq_power_wexp(&in), rows[i].is_top ? top : lq_u256_from_u64(0));
    }
    mpz_set_str(x, "93859467695000404318", 10);
    lq_i256_t in = {from_mpz(x)};
    oracle_wexp(want);
    assert_u256_equal(lq_power_wexp(&in), from_mpz(want));
}

static void wtaylor_is_its_formula(void **state)
{
    (void)state;
    lq_rng_t rng = lq_test_rng();
    size_t ok_cnt = 0;
    size_t range_cnt = 0;
    for (size_t i = lq_test_cnt(20000, 5000000); i > 0; i--) {
        lq_u256_t rate = any_u256(&rng);
        lq_u256_t n = any_u256(&rng);
        if (lq_rng_u64(&rng) & 1) {
            rate = lq_u256_shr(&rate, 128);
            n = lq_u256_shr(&n, 192);
        }
        bool fits = true;
        to_mpz(x, &rate);
        to_mpz(y, &n);
        mpz_mul(x, x, y);
        fits = fits && mpz_fits_u256(x);
        mpz_mul(y, x, x);
        fits = fits && mpz_fits_u256(y);
        mpz_fdiv_q_ui(y, y, 2000000000000000000);
        mpz_mul(t, y, x);
        fits = fits && mpz_fits_u256(t);
        mpz_fdiv_q_ui(t, t, 3000000000000000000);
        mpz_add(want, x, y);
        mpz_add(want, want, t);
        lq_u256_t out = UNTOUCHED;
        assert_err(lq_power_wtaylor(&out, &rate, &n), fits ? LQ_OK : LQ_ERR_RANGE);
        assert_u256_equal(out, fits ? from_mpz(want) : UNTOUCHED);
        ok_cnt += fits;
        range_cnt += !fits;
    }
    assert_true(ok_cnt > 0 && range_cnt > 0);
}

/* X = floor((X Y + floor(b / 2)) / b) with Y or X itself; false where the numerator does not fit.
 */
static bool step(mpz_t out, const mpz_t p, const mpz_t q, const mpz_t b)
{
    mpz_fdiv_q_2exp(t, b, 1);
    mpz_mul(out, p, q);
    mpz_add(out, out, t);
    bool fits = mpz_fits_u256(out);
    mpz_fdiv_q(out, out, b);
    return fits;
}

/* X to the power of N / b: a product over the set bits of N, the lowest first. */
static bool oracle_rpow(uint64_t n, const mpz_t b)
{
    mpz_set(want, n & 1 ? x : b);
    for (unsigned bit = 1; bit < 64 && n >> bit != 0; bit++) {
        if (!step(x, x, x, b))
            return false;
        if ((n >> bit & 1) && !step(want, want, x, b))
            return false;
    }
    return true;
}

static void rpow_is_its_formula(void **state)
{
    (void)state;
    lq_rng_t rng = lq_test_rng();
    size_t ok_cnt = 0;
    size_t range_cnt = 0;
    mpz_t b;
    mpz_init(b);
    for (size_t i = lq_test_cnt(10000, 2000000); i > 0; i--) {
        lq_u256_t base = LQ_RAY_ONE;
        lq_u256_t in = any_u256(&rng);
        uint64_t n = lq_rng_u64(&rng) >> lq_rng_below(&rng, 64);
        switch (lq_rng_below(&rng, 4)) {
        case 0:
            base = any_u256(&rng);
            break;
        case 1: /* a rate of some per cent a year */
            in = lq_u256_from_u64(lq_rng_below(&rng, 1000000000000000000));
            in = lq_u256_add_wrap(&LQ_RAY_ONE, &in);
            n = lq_rng_below(&rng, 100000000);
            break;
        case 2: /* a factor below one */
            in = lq_u256_from_u64(lq_rng_u64(&rng));
            in = lq_u256_sub_wrap(&LQ_RAY_ONE, &in);
            break;
        default:
            in = lq_u256_shr(&in, 160);
            break;
        }
        if (lq_u256_is_zero(&base))
            continue;
        to_mpz(x, &in);
        to_mpz(b, &base);
        bool fits = oracle_rpow(n, b);
        lq_u256_t out = UNTOUCHED;
        assert_err(lq_power_rpow(&out, &in, n, &base), fits ? LQ_OK : LQ_ERR_RANGE);
        assert_u256_equal(out, fits ? from_mpz(want) : UNTOUCHED);
        ok_cnt += fits;
        range_cnt += !fits;
    }
    mpz_clear(b);
    assert_true(ok_cnt > 0 && range_cnt > 0);
}

static void rpow_knows_its_corners(void **state)
{
    (void)state;
    lq_u256_t zero = lq_u256_from_u64(0);
    lq_u256_t two128 = {{0, 0, 1, 0}};
    lq_u256_t max128 = {{UINT64_MAX, UINT64_MAX, 0, 0}};
    lq_u256_t out = UNTOUCHED;
    assert_err(lq_power_rpow(&out, &LQ_RAY_ONE, 5, &zero), LQ_ERR_DIV_ZERO);
    assert_err(lq_power_rpow(&out, &two128, 2, &LQ_RAY_ONE), LQ_ERR_RANGE);
    assert_u256_equal(out, UNTOUCHED);
    assert_ok(lq_power_rpow(&out, &max128, 2, &LQ_RAY_ONE));
    assert_ok(lq_power_rpow(&out, &U256_MAX, 1, &LQ_RAY_ONE)); /* no product: no overflow */
    assert_u256_equal(out, U256_MAX);
    assert_ok(lq_power_rpow(&out, &U256_MAX, 0, &LQ_RAY_ONE));
    assert_u256_equal(out, LQ_RAY_ONE);
    assert_ok(lq_power_rpow(&out, &zero, 0, &LQ_RAY_ONE));
    assert_u256_equal(out, LQ_RAY_ONE);
    for (uint64_t n = 1; n < 10; n++) {
        assert_ok(lq_power_rpow(&out, &zero, n, &LQ_RAY_ONE));
        assert_u256_equal(out, zero);
    }
    assert_ok(lq_power_rpow(&out, &LQ_RAY_ONE, UINT64_MAX, &LQ_RAY_ONE));
    assert_u256_equal(out, LQ_RAY_ONE);
}

/* LOW < V < HIGH. */
static void assert_between(lq_u256_t v, const char *low, const char *high)
{
    lq_u256_t lo = u256_of(low);
    lq_u256_t hi = u256_of(high);
    assert_true(lq_u256_lt(&lo, &v) && lq_u256_lt(&v, &hi));
}

/* Figures of the protocols' own making: Maker's `duty` for 5 % a year, and Liquity's
   MINUTE_DECAY_FACTOR, whose 720th power is one half. */
static void powers_give_known_rates(void **state)
{
    (void)state;
    lq_u256_t out;
    lq_u256_t duty = u256_of("1000000001547125957863212448");
    assert_ok(lq_power_rpow(&out, &duty, 31536000, &LQ_RAY_ONE));
    assert_between(out, "1049999999999999999000000000", "1050000000000000001000000000");
    lq_u256_t decay = u256_of("999037758833783000");
    assert_ok(lq_power_decpow(&out, &decay, 720));
    assert_between(out, "499999999999000000", "500000000001000000");
    lq_i256_t one = {LQ_WAD_ONE};
    assert_between(lq_power_wexp(&one), "2700000000000000000", "2730000000000000000");
}

static bool oracle_decpow(uint64_t n, const mpz_t wad)
{
    mpz_set(want, wad);
    n = n > 525600000 ? 525600000 : n;
    unsigned top = 0;
    while (n >> top > 1)
        top++;
    for (unsigned bit = 0; bit <= top; bit++) {
        if ((n >> bit & 1) && !step(want, want, x, wad))
            return false;
        if (bit < top && !step(x, x, x, wad))
            return false;
    }
    return true;
}

static void decpow_is_its_formula(void **state)
{
    (void)state;
    lq_rng_t rng = lq_test_rng();
    size_t ok_cnt = 0;
    size_t range_cnt = 0;
    mpz_t wad;
    mpz_init_set_ui(wad, 1000000000000000000);
    for (size_t i = lq_test_cnt(10000, 2000000); i > 0; i--) {
        lq_u256_t in = any_u256(&rng);
        uint64_t n = lq_rng_u64(&rng) >> lq_rng_below(&rng, 64);
        if (lq_rng_u64(&rng) & 1)
            in = lq_u256_from_u64(1000000000000000000 - lq_rng_below(&rng, 10000000000000));
        to_mpz(x, &in);
        bool fits = oracle_decpow(n, wad);
        lq_u256_t out = UNTOUCHED;
        assert_err(lq_power_decpow(&out, &in, n), fits ? LQ_OK : LQ_ERR_RANGE);
        assert_u256_equal(out, fits ? from_mpz(want) : UNTOUCHED);
        ok_cnt += fits;
        range_cnt += !fits;
    }
    mpz_clear(wad);
    assert_true(ok_cnt > 0 && range_cnt > 0);
}

static void decpow_is_capped_at_a_thousand_years(void **state)
{
    (void)state;
    lq_u256_t base = lq_u256_from_u64(999999999999999999);
    lq_u256_t at_cap;
    lq_u256_t out;
    assert_ok(lq_power_decpow(&at_cap, &base, 525600000));
    assert_ok(lq_power_decpow(&out, &base, 525600001));
    assert_u256_equal(out, at_cap);
    assert_ok(lq_power_decpow(&out, &base, UINT64_MAX));
    assert_u256_equal(out, at_cap);
    assert_ok(lq_power_decpow(&out, &base, 525599999));
    assert_true(lq_u256_lt(&at_cap, &out));
    assert_ok(lq_power_decpow(&out, &U256_MAX, 0));
    assert_u256_equal(out, LQ_WAD_ONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wexp_is_its_formula),
        cmocka_unit_test(wexp_is_clipped_at_both_ends),
        cmocka_unit_test(wtaylor_is_its_formula),
        cmocka_unit_test(rpow_is_its_formula),
        cmocka_unit_test(rpow_knows_its_corners),
        cmocka_unit_test(powers_give_known_rates),
        cmocka_unit_test(decpow_is_its_formula),
        cmocka_unit_test(decpow_is_capped_at_a_thousand_years),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
