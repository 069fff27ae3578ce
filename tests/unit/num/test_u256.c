#include "liqd/num/u256.h"

#include "num_test.h"

/* The operands of one random case, as words and as GMP integers. */
static lq_u256_t a;
static lq_u256_t b;
static lq_u256_t d;
static mpz_t ma;
static mpz_t mb;
static mpz_t md;
static mpz_t want;
static mpz_t rem;

static int set_up(void **state)
{
    (void)state;
    mpz_inits(ma, mb, md, want, rem, NULL);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    mpz_clears(ma, mb, md, want, rem, NULL);
    return 0;
}

static void draw(lq_rng_t *rng)
{
    a = any_u256(rng);
    b = any_u256(rng);
    d = any_u256(rng);
    to_mpz(ma, &a);
    to_mpz(mb, &b);
    to_mpz(md, &d);
}

static void adds_and_subtracts_as_gmp(void **state)
{
    (void)state;
    lq_rng_t rng = lq_test_rng();
    for (size_t i = lq_test_cnt(30000, 20000000); i > 0; i--) {
        draw(&rng);
        lq_u256_t out = UNTOUCHED;
        mpz_add(want, ma, mb);
        assert_u256_equal(lq_u256_add_wrap(&a, &b), from_mpz(want));
        assert_checked(lq_u256_add_checked(&out, &a, &b), out, want);
        bool fits = mpz_sizeinbase(want, 2) <= 256;
        assert_u256_equal(lq_u256_add_capped(&a, &b), fits ? from_mpz(want) : U256_MAX);
        out = UNTOUCHED;
        mpz_sub(want, ma, mb);
        assert_u256_equal(lq_u256_sub_wrap(&a, &b), from_mpz(want));
        assert_checked(lq_u256_sub_checked(&out, &a, &b), out, want);
    }
}

static void multiplies_as_gmp(void **state)
{
    (void)state;
    lq_rng_t rng = lq_test_rng();
    for (size_t i = lq_test_cnt(30000, 20000000); i > 0; i--) {
        draw(&rng);
        lq_u256_t out = UNTOUCHED;
        mpz_mul(want, ma, mb);
        assert_u256_equal(lq_u256_mul_wrap(&a, &b), from_mpz(want));
        assert_checked(lq_u256_mul_checked(&out, &a, &b), out, want);
    }
}

/* The largest b with a b < 2^256, and one more. */
static void multiplies_up_to_the_last_value_that_fits(void **state)
{
    (void)state;
    lq_rng_t rng = lq_test_rng();
    for (size_t i = lq_test_cnt(5000, 2000000); i > 0; i--) {
        draw(&rng);
        if (lq_u256_lt(&a, &(lq_u256_t){{2, 0, 0, 0}}))
            continue;
        lq_u256_t out;
        lq_u256_t one = lq_u256_from_u64(1);
        assert_ok(lq_u256_div_checked(&b, &U256_MAX, &a));
        assert_ok(lq_u256_mul_checked(&out, &a, &b));
        assert_ok(lq_u256_add_checked(&b, &b, &one));
        out = UNTOUCHED;
        assert_err(lq_u256_mul_checked(&out, &a, &b), LQ_ERR_RANGE);
        assert_u256_equal(out, UNTOUCHED);
    }
}

static void divides_as_gmp(void **state)
{
    (void)state;
    lq_rng_t rng = lq_test_rng();
    for (size_t i = lq_test_cnt(30000, 20000000); i > 0; i--) {
        draw(&rng);
        if (lq_u256_is_zero(&b))
            continue;
        lq_u256_t quot;
        lq_u256_t left;
        mpz_tdiv_qr(want, rem, ma, mb);
        assert_ok(lq_u256_divrem_checked(&quot, &left, &a, &b));
        assert_u256_equal(quot, from_mpz(want));
        assert_u256_equal(left, from_mpz(rem));
        assert_ok(lq_u256_div_checked(&quot, &a, &b));
        assert_u256_equal(quot, from_mpz(want));
        assert_ok(lq_u256_mod_checked(&left, &a, &b));
        assert_u256_equal(left, from_mpz(rem));
    }
}

static void refuses_to_divide_by_zero(void **state)
{
    (void)state;
    lq_u256_t zero = lq_u256_from_u64(0);
    lq_u256_t out = UNTOUCHED;
    lq_u256_t left = UNTOUCHED;
    assert_err(lq_u256_div_checked(&out, &U256_MAX, &zero), LQ_ERR_DIV_ZERO);
    assert_err(lq_u256_mod_checked(&out, &zero, &zero), LQ_ERR_DIV_ZERO);
    assert_err(lq_u256_divrem_checked(&out, &left, &U256_MAX, &zero), LQ_ERR_DIV_ZERO);
    assert_err(lq_u256_mul_div_down(&out, &zero, &zero, &zero), LQ_ERR_DIV_ZERO);
    assert_err(lq_u256_mul_div_up(&out, &U256_MAX, &U256_MAX, &zero), LQ_ERR_DIV_ZERO);
    assert_err(lq_u256_mul_div_half_up(&out, &U256_MAX, &zero, &zero), LQ_ERR_DIV_ZERO);
    assert_u256_equal(out, UNTOUCHED);
    assert_u256_equal(left, UNTOUCHED);
}

static void check_mul_div(void)
{
    lq_u256_t down = UNTOUCHED;
    lq_u256_t up = UNTOUCHED;
    lq_u256_t half = UNTOUCHED;
    mpz_mul(rem, ma, mb);
    mpz_fdiv_q(want, rem, md);
    lq_err_t down_err = lq_u256_mul_div_down(&down, &a, &b, &d);
    assert_checked(down_err, down, want);
    mpz_cdiv_q(want, rem, md);
    lq_err_t up_err = lq_u256_mul_div_up(&up, &a, &b, &d);
    assert_checked(up_err, up, want);
    mpz_fdiv_q_2exp(want, md, 1);
    mpz_add(rem, rem, want);
    mpz_fdiv_q(want, rem, md);
    lq_err_t half_err = lq_u256_mul_div_half_up(&half, &a, &b, &d);
    assert_checked(half_err, half, want);
    if (!down_err && !up_err && !half_err) {
        assert_false(lq_u256_lt(&half, &down));
        assert_false(lq_u256_lt(&up, &half));
    }
}

static void mul_div_rounds_as_gmp(void **state)
{
    (void)state;
    lq_rng_t rng = lq_test_rng();
    for (size_t i = lq_test_cnt(40000, 20000000); i > 0; i--) {
        draw(&rng);
        if (!lq_u256_is_zero(&d))
            check_mul_div();
    }
}

/* Quotients around 2^256: d = floor(a b / 2^256) plus a little. */
static void mul_div_fails_exactly_beyond_256_bits(void **state)
{
    (void)state;
    lq_rng_t rng = lq_test_rng();
    size_t range_cnt = 0;
    for (size_t i = lq_test_cnt(20000, 5000000); i > 0; i--) {
        draw(&rng);
        mpz_mul(md, ma, mb);
        mpz_fdiv_q_2exp(md, md, 256);
        mpz_add_ui(md, md, (unsigned long)lq_rng_below(&rng, 3));
        d = from_mpz(md);
        if (lq_u256_is_zero(&d))
            continue;
        check_mul_div();
        lq_u256_t out;
        range_cnt += lq_u256_mul_div_down(&out, &a, &b, &d) == LQ_ERR_RANGE;
    }
    assert_true(range_cnt > 0);
}

/* a = (5 * 2^256 - 1) / 11, b = 11, d = 5: the quotient is 2^256 - 1 / 5. */
static void mul_div_up_fails_where_only_the_rounding_overflows(void **state)
{
    (void)state;
    lq_u256_t out;
    assert_ok(lq_u256_mul_div_up(&out, &U256_MAX, &U256_MAX, &U256_MAX));
    assert_u256_equal(out, U256_MAX);
    mpz_set_ui(ma, 5);
    mpz_mul_2exp(ma, ma, 256);
    mpz_sub_ui(ma, ma, 1);
    assert_true(mpz_divisible_ui_p(ma, 11));
    mpz_divexact_ui(ma, ma, 11);
    a = from_mpz(ma);
    b = lq_u256_from_u64(11);
    d = lq_u256_from_u64(5);
    assert_ok(lq_u256_mul_div_down(&out, &a, &b, &d));
    assert_u256_equal(out, U256_MAX);
    out = UNTOUCHED;
    assert_err(lq_u256_mul_div_up(&out, &a, &b, &d), LQ_ERR_RANGE);
    assert_err(lq_u256_mul_div_half_up(&out, &a, &b, &d), LQ_ERR_RANGE);
    assert_u256_equal(out, UNTOUCHED);
}

typedef lq_err_t two_fn_t(lq_u256_t *, const lq_u256_t *, const lq_u256_t *);
typedef lq_err_t three_fn_t(lq_u256_t *, const lq_u256_t *, const lq_u256_t *, const lq_u256_t *);

static void out_may_be_an_input(void **state)
{
    (void)state;
    static two_fn_t *const two[] = {lq_u256_add_checked, lq_u256_sub_checked, lq_u256_mul_checked,
                                    lq_u256_div_checked, lq_u256_mod_checked};
    static three_fn_t *const three[] = {lq_u256_mul_div_down, lq_u256_mul_div_up,
                                        lq_u256_mul_div_half_up};
    lq_rng_t rng = lq_test_rng();
    for (size_t i = lq_test_cnt(5000, 1000000); i > 0; i--) {
        draw(&rng);
        lq_u256_t in[3] = {a, b, d};
        for (size_t f = 0; f < LQ_ARRAY_CNT(two); f++) {
            for (size_t k = 0; k < 2; k++) {
                lq_u256_t alias[2] = {a, b};
                lq_u256_t out = in[k];
                lq_err_t err = two[f](&out, &a, &b);
                assert_err(two[f](&alias[k], &alias[0], &alias[1]), err);
                assert_u256_equal(alias[k], out);
            }
        }
        for (size_t f = 0; f < LQ_ARRAY_CNT(three); f++) {
            for (size_t k = 0; k < 3; k++) {
                lq_u256_t alias[3] = {a, b, d};
                lq_u256_t out = in[k];
                lq_err_t err = three[f](&out, &a, &b, &d);
                assert_err(three[f](&alias[k], &alias[0], &alias[1], &alias[2]), err);
                assert_u256_equal(alias[k], out);
            }
        }
    }
}

static void compares_as_gmp(void **state)
{
    (void)state;
    lq_rng_t rng = lq_test_rng();
    for (size_t i = lq_test_cnt(30000, 10000000); i > 0; i--) {
        draw(&rng);
        if (lq_rng_below(&rng, 4) == 0) { /* neighbours: equal but for one limb or nothing */
            b = a;
            b.w[lq_rng_below(&rng, 4)] += lq_rng_below(&rng, 3) - 1;
            to_mpz(mb, &b);
        }
        int cmp = mpz_cmp(ma, mb);
        int sign = (cmp > 0) - (cmp < 0);
        assert_int_equal(lq_u256_cmp(&a, &b), sign);
        assert_int_equal(lq_u256_lt(&a, &b), sign < 0);
        assert_int_equal(lq_u256_eq(&a, &b), sign == 0);
        assert_u256_equal(lq_u256_min(&a, &b), sign < 0 ? a : b);
        assert_u256_equal(lq_u256_max(&a, &b), sign < 0 ? b : a);
        assert_int_equal(lq_u256_is_zero(&a), mpz_sgn(ma) == 0);
        assert_int_equal(lq_u256_bit_len(&a), mpz_sgn(ma) == 0 ? 0 : mpz_sizeinbase(ma, 2));
    }
}

static void shifts_by_every_count(void **state)
{
    (void)state;
    lq_rng_t rng = lq_test_rng();
    for (unsigned bits = 0; bits <= 300; bits++) {
        for (int i = 0; i < 20; i++) {
            draw(&rng);
            mpz_mul_2exp(want, ma, bits);
            assert_u256_equal(lq_u256_shl_wrap(&a, bits), from_mpz(want));
            mpz_fdiv_q_2exp(want, ma, bits);
            assert_u256_equal(lq_u256_shr(&a, bits), from_mpz(want));
        }
    }
    assert_u256_equal(lq_u256_shl_wrap(&U256_MAX, UINT32_MAX), lq_u256_from_u64(0));
    assert_u256_equal(lq_u256_shr(&U256_MAX, UINT32_MAX), lq_u256_from_u64(0));
}

static void narrows_to_64_bits_or_refuses(void **state)
{
    (void)state;
    uint64_t out = 7;
    lq_u256_t v = lq_u256_from_u64(UINT64_MAX);
    assert_ok(lq_u256_to_u64(&out, &v));
    assert_true(out == UINT64_MAX);
    out = 7;
    for (size_t i = 1; i < 4; i++) {
        v = lq_u256_from_u64(0);
        v.w[i] = 1;
        assert_err(lq_u256_to_u64(&out, &v), LQ_ERR_RANGE);
    }
    assert_int_equal(out, 7);
}

static void halves_and_bytes_round_trip(void **state)
{
    (void)state;
    lq_rng_t rng = lq_test_rng();
    for (size_t i = lq_test_cnt(5000, 1000000); i > 0; i--) {
        draw(&rng);
        assert_u256_equal(lq_u256_from_halves(lq_u256_hi(&a), lq_u256_lo(&a)), a);
        uint8_t be[32];
        lq_u256_to_be(be, &a);
        mpz_import(want, 32, 1, 1, 0, 0, be);
        assert_u256_equal(from_mpz(want), a);
        assert_u256_equal(lq_u256_from_be(be), a);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(adds_and_subtracts_as_gmp),
        cmocka_unit_test(multiplies_as_gmp),
        cmocka_unit_test(multiplies_up_to_the_last_value_that_fits),
        cmocka_unit_test(divides_as_gmp),
        cmocka_unit_test(refuses_to_divide_by_zero),
        cmocka_unit_test(mul_div_rounds_as_gmp),
        cmocka_unit_test(mul_div_fails_exactly_beyond_256_bits),
        cmocka_unit_test(mul_div_up_fails_where_only_the_rounding_overflows),
        cmocka_unit_test(out_may_be_an_input),
        cmocka_unit_test(compares_as_gmp),
        cmocka_unit_test(shifts_by_every_count),
        cmocka_unit_test(narrows_to_64_bits_or_refuses),
        cmocka_unit_test(halves_and_bytes_round_trip),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
