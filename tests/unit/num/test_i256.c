#include "liqd/num/i256.h"

#include "num_test.h"

static lq_i256_t a;
static lq_i256_t b;
static mpz_t ma;
static mpz_t mb;
static mpz_t want;
static const lq_i256_t I256_MIN = {{{0, 0, 0, 1ull << 63}}};
static const lq_i256_t I256_MAX = {{{UINT64_MAX, UINT64_MAX, UINT64_MAX, INT64_MAX}}};

static int set_up(void **state)
{
    (void)state;
    mpz_inits(ma, mb, want, NULL);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    mpz_clears(ma, mb, want, NULL);
    return 0;
}

static void signed_to_mpz(mpz_t out, const lq_i256_t *v)
{
    to_mpz(out, &v->bits);
    if (mpz_tstbit(out, 255)) {
        mpz_t modulus;
        mpz_init_set_ui(modulus, 1);
        mpz_mul_2exp(modulus, modulus, 256);
        mpz_sub(out, out, modulus);
        mpz_clear(modulus);
    }
}

/* -2^255 <= V < 2^255: bit 255 of V and all above are equal. */
static bool mpz_fits_i256(const mpz_t v)
{
    mpz_t t;
    mpz_init(t);
    mpz_fdiv_q_2exp(t, v, 255);
    bool fits = mpz_sgn(t) == 0 || mpz_cmp_si(t, -1) == 0;
    mpz_clear(t);
    return fits;
}

static lq_i256_t any_i256(lq_rng_t *rng)
{
    lq_i256_t v = {any_u256(rng)};
    lq_i256_t zero = lq_i256_from_i64(0);
    return lq_rng_u64(rng) & 1 ? lq_i256_sub_wrap(&zero, &v) : v;
}

static void draw(lq_rng_t *rng)
{
    a = any_i256(rng);
    b = any_i256(rng);
    signed_to_mpz(ma, &a);
    signed_to_mpz(mb, &b);
}

static void check(lq_err_t err, const lq_i256_t *out)
{
    bool fits = mpz_fits_i256(want);
    assert_err(err, fits ? LQ_OK : LQ_ERR_RANGE);
    assert_u256_equal(out->bits, fits ? from_mpz(want) : UNTOUCHED);
}

static void computes_as_gmp(void **state)
{
    (void)state;
    lq_rng_t rng = lq_test_rng();
    for (size_t i = lq_test_cnt(30000, 20000000); i > 0; i--) {
        draw(&rng);
        lq_i256_t out = {UNTOUCHED};
        mpz_add(want, ma, mb);
        assert_u256_equal(lq_i256_add_wrap(&a, &b).bits, from_mpz(want));
        check(lq_i256_add_checked(&out, &a, &b), &out);
        out.bits = UNTOUCHED;
        mpz_sub(want, ma, mb);
        assert_u256_equal(lq_i256_sub_wrap(&a, &b).bits, from_mpz(want));
        check(lq_i256_sub_checked(&out, &a, &b), &out);
        out.bits = UNTOUCHED;
        mpz_mul(want, ma, mb);
        assert_u256_equal(lq_i256_mul_wrap(&a, &b).bits, from_mpz(want));
        check(lq_i256_mul_checked(&out, &a, &b), &out);
    }
}

static void divides_towards_zero_as_gmp(void **state)
{
    (void)state;
    lq_rng_t rng = lq_test_rng();
    for (size_t i = lq_test_cnt(30000, 20000000); i > 0; i--) {
        draw(&rng);
        if (mpz_sgn(mb) == 0)
            continue;
        lq_i256_t out = {UNTOUCHED};
        mpz_tdiv_q(want, ma, mb);
        check(lq_i256_div_checked(&out, &a, &b), &out);
        assert_ok(lq_i256_div_wrap(&out, &a, &b));
        assert_u256_equal(out.bits, from_mpz(want));
        mpz_tdiv_r(want, ma, mb);
        out.bits = UNTOUCHED;
        check(lq_i256_mod_checked(&out, &a, &b), &out);
    }
}

static void knows_the_ends_of_the_range(void **state)
{
    (void)state;
    lq_i256_t out = {UNTOUCHED};
    lq_i256_t one = lq_i256_from_i64(1);
    lq_i256_t minus_one = lq_i256_from_i64(-1);
    lq_i256_t zero = lq_i256_from_i64(0);
    lq_i256_t two = lq_i256_from_i64(2);
    assert_err(lq_i256_div_checked(&out, &I256_MIN, &minus_one), LQ_ERR_RANGE);
    assert_err(lq_i256_mul_checked(&out, &I256_MIN, &minus_one), LQ_ERR_RANGE);
    assert_err(lq_i256_mul_checked(&out, &I256_MIN, &two), LQ_ERR_RANGE);
    assert_err(lq_i256_mul_checked(&out, &I256_MIN, &I256_MIN), LQ_ERR_RANGE);
    assert_err(lq_i256_sub_checked(&out, &zero, &I256_MIN), LQ_ERR_RANGE);
    assert_err(lq_i256_sub_checked(&out, &I256_MIN, &one), LQ_ERR_RANGE);
    assert_err(lq_i256_add_checked(&out, &I256_MAX, &one), LQ_ERR_RANGE);
    assert_err(lq_i256_div_checked(&out, &I256_MIN, &zero), LQ_ERR_DIV_ZERO);
    assert_err(lq_i256_div_wrap(&out, &zero, &zero), LQ_ERR_DIV_ZERO);
    assert_err(lq_i256_mod_checked(&out, &one, &zero), LQ_ERR_DIV_ZERO);
    assert_u256_equal(out.bits, UNTOUCHED);
    assert_ok(lq_i256_div_wrap(&out, &I256_MIN, &minus_one));
    assert_u256_equal(out.bits, I256_MIN.bits);
    assert_ok(lq_i256_mod_checked(&out, &I256_MIN, &minus_one));
    assert_u256_equal(out.bits, zero.bits);
    assert_ok(lq_i256_mul_checked(&out, &I256_MIN, &one));
    assert_u256_equal(out.bits, I256_MIN.bits);
    assert_ok(lq_i256_sub_checked(&out, &minus_one, &I256_MIN));
    assert_u256_equal(out.bits, I256_MAX.bits);
}

static void compares_as_gmp(void **state)
{
    (void)state;
    lq_rng_t rng = lq_test_rng();
    for (size_t i = lq_test_cnt(30000, 10000000); i > 0; i--) {
        draw(&rng);
        if (lq_rng_below(&rng, 4) == 0) {
            b = a;
            b.bits.w[lq_rng_below(&rng, 4)] += lq_rng_below(&rng, 3) - 1;
            signed_to_mpz(mb, &b);
        }
        int cmp = mpz_cmp(ma, mb);
        int sign = (cmp > 0) - (cmp < 0);
        assert_int_equal(lq_i256_cmp(&a, &b), sign);
        assert_int_equal(lq_i256_lt(&a, &b), sign < 0);
        assert_int_equal(lq_i256_eq(&a, &b), sign == 0);
        assert_int_equal(lq_i256_is_neg(&a), mpz_sgn(ma) < 0);
        mpz_abs(want, ma);
        assert_u256_equal(lq_i256_abs(&a), from_mpz(want));
    }
}

static void converts_or_refuses(void **state)
{
    (void)state;
    lq_i256_t out = {UNTOUCHED};
    lq_u256_t word = UNTOUCHED;
    assert_err(lq_i256_from_u256(&out, &I256_MIN.bits), LQ_ERR_RANGE);
    assert_err(lq_i256_from_u256(&out, &U256_MAX), LQ_ERR_RANGE);
    assert_u256_equal(out.bits, UNTOUCHED);
    assert_ok(lq_i256_from_u256(&out, &I256_MAX.bits));
    assert_u256_equal(out.bits, I256_MAX.bits);
    lq_i256_t minus_one = lq_i256_from_i64(-1);
    assert_err(lq_i256_to_u256(&word, &minus_one), LQ_ERR_RANGE);
    assert_err(lq_i256_to_u256(&word, &I256_MIN), LQ_ERR_RANGE);
    assert_u256_equal(word, UNTOUCHED);
    assert_ok(lq_i256_to_u256(&word, &I256_MAX));
    assert_u256_equal(word, I256_MAX.bits);
    static const int64_t small[] = {INT64_MIN, INT64_MIN + 1, -2, -1, 0, 1, 2, INT64_MAX};
    for (size_t i = 0; i < LQ_ARRAY_CNT(small); i++) {
        mpz_set_si(want, small[i]);
        assert_u256_equal(lq_i256_from_i64(small[i]).bits, from_mpz(want));
    }
}

typedef lq_err_t two_fn_t(lq_i256_t *, const lq_i256_t *, const lq_i256_t *);

static void out_may_be_an_input(void **state)
{
    (void)state;
    static two_fn_t *const two[] = {lq_i256_add_checked, lq_i256_sub_checked, lq_i256_mul_checked,
                                    lq_i256_div_checked, lq_i256_div_wrap,    lq_i256_mod_checked};
    lq_rng_t rng = lq_test_rng();
    for (size_t i = lq_test_cnt(5000, 1000000); i > 0; i--) {
        draw(&rng);
        for (size_t f = 0; f < LQ_ARRAY_CNT(two); f++) {
            for (size_t k = 0; k < 2; k++) {
                lq_i256_t alias[2] = {a, b};
                lq_i256_t out = alias[k];
                lq_err_t err = two[f](&out, &a, &b);
                assert_err(two[f](&alias[k], &alias[0], &alias[1]), err);
                assert_u256_equal(alias[k].bits, out.bits);
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(computes_as_gmp),
        cmocka_unit_test(divides_towards_zero_as_gmp),
        cmocka_unit_test(knows_the_ends_of_the_range),
        cmocka_unit_test(compares_as_gmp),
        cmocka_unit_test(converts_or_refuses),
        cmocka_unit_test(out_may_be_an_input),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
