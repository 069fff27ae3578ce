#include "../num/num_test.h"
#include "liqd/market/uniswap.h"

static lq_u256_t got(lq_err_t want, bool exact_out, const char *in, const char *out, uint32_t fee,
                     const char *amount)
{
    lq_u256_t reserve_in = u256_of(in);
    lq_u256_t reserve_out = u256_of(out);
    lq_u256_t a = u256_of(amount);
    lq_u256_t result = UNTOUCHED;
    assert_err(
        (exact_out ? lq_v2_given_out : lq_v2_given_in)(&result, &reserve_in, &reserve_out, fee, &a),
        want);
    if (want)
        assert_u256_equal(result, UNTOUCHED);
    return result;
}

static void amounts_are_as_computed_by_hand(void **state)
{
    (void)state;
    /* 100 * 997 * 1000 / (1000 * 1000 + 100 * 997) = 90.66; 1000 * 90 * 1000 / (910 * 997) = 99.2
     */
    assert_u256_equal(got(LQ_OK, false, "1000", "1000", 3000, "100"), lq_u256_from_u64(90));
    assert_u256_equal(got(LQ_OK, true, "1000", "1000", 3000, "90"), lq_u256_from_u64(100));
    /* Without a fee, and exactly: the router adds one all the same. */
    assert_u256_equal(got(LQ_OK, false, "1000", "1000", 0, "1000"), lq_u256_from_u64(500));
    assert_u256_equal(got(LQ_OK, true, "1000", "1000", 0, "500"), lq_u256_from_u64(1001));
}

static void what_a_pair_cannot_do_is_refused(void **state)
{
    (void)state;
    static const char *const most = "5192296858534827628530496329220095";   /* 2^112 - 1 */
    static const char *const beyond = "5192296858534827628530496329220096"; /* 2^112 */
    static const char *const all_but_one = "5192296858534827628530496329220094";
    for (int out = 0; out < 2; out++) {
        got(LQ_ERR_RANGE, out, "1000", "1000", 3000, "0");
        got(LQ_ERR_RANGE, out, "0", "1000", 3000, "10");
        got(LQ_ERR_RANGE, out, "1000", "0", 3000, "10");
        got(LQ_ERR_RANGE, out, beyond, "1000", 3000, "10");
        got(LQ_ERR_RANGE, out, "1000", beyond, 3000, "10");
        got(LQ_ERR_RANGE, out, "1000", "1000", LQ_PIPS_ONE, "10");
        got(LQ_OK, out, "1000", "1000", LQ_PIPS_ONE - 1, out ? "1" : "2000000");
    }
    got(LQ_ERR_RANGE, true, "1000", "1000", 3000, "1000");
    got(LQ_ERR_RANGE, true, "1000", "1000", 3000, "1001");
    got(LQ_OK, true, "1000", "1000", 3000, "999");
    got(LQ_ERR_EMPTY, false, "1000", "1000", 3000, "1");
    /* The reserve has room for one more, or none. */
    got(LQ_OK, false, all_but_one, most, 0, "1");
    got(LQ_ERR_RANGE, false, most, most, 0, "1");
    got(LQ_ERR_RANGE, false, "1000", "1000", 0, beyond);
    got(LQ_ERR_RANGE, true, all_but_one, most, 0, "1");
    got(LQ_OK, true, "5192296858534827628530496329220093", most, 0, "1");
    got(LQ_ERR_RANGE, true, most, "1000", 0, "999");
    const lq_u256_t reserve = lq_u256_from_u64(1000);
    lq_u256_t out = UNTOUCHED;
    assert_err(lq_v2_given_in(&out, &reserve, &reserve, 0, &U256_MAX), LQ_ERR_RANGE);
    assert_u256_equal(out, UNTOUCHED);
}

static lq_u256_t any_reserve(lq_rng_t *rng)
{
    lq_u256_t v = any_u256(rng);
    return (lq_u256_t){{v.w[0], v.w[1] & 0xffffffffffff, 0, 0}};
}

/* Of a fee in thousandths, in the router's own words. */
static void amounts_are_those_of_gmp(void **state)
{
    (void)state;
    lq_rng_t rng = lq_test_rng();
    mpz_t in;
    mpz_t out;
    mpz_t a;
    mpz_t num;
    mpz_t den;
    mpz_inits(in, out, a, num, den, NULL);
    size_t cnt[2] = {0};
    for (size_t i = lq_test_cnt(20000, 5000000); i > 0; i--) {
        lq_u256_t reserve_in = any_reserve(&rng);
        lq_u256_t reserve_out = any_reserve(&rng);
        lq_u256_t amount = any_reserve(&rng);
        uint64_t fee = lq_rng_below(&rng, 1000);
        bool exact_out = lq_rng_below(&rng, 2) == 0;
        to_mpz(in, &reserve_in);
        to_mpz(out, &reserve_out);
        to_mpz(a, &amount);
        if (mpz_sgn(in) == 0 || mpz_sgn(out) == 0 || mpz_sgn(a) == 0)
            continue;
        if (exact_out) {
            mpz_mul(num, in, a);
            mpz_mul_ui(num, num, 1000);
            mpz_sub(den, out, a);
            mpz_mul_ui(den, den, 1000 - fee);
        } else {
            mpz_mul_ui(num, a, 1000 - fee);
            mpz_mul_ui(den, in, 1000);
            mpz_add(den, den, num);
            mpz_mul(num, num, out);
        }
        lq_err_t want = mpz_sgn(den) <= 0 ? LQ_ERR_RANGE : LQ_OK;
        if (!want) {
            mpz_fdiv_q(num, num, den);
            mpz_add_ui(num, num, exact_out);
            mpz_add(in, in, exact_out ? num : a);
            want = mpz_sizeinbase(in, 2) > 112 ? LQ_ERR_RANGE
                   : mpz_sgn(num) == 0         ? LQ_ERR_EMPTY
                                               : LQ_OK;
        }
        lq_u256_t result = UNTOUCHED;
        assert_err((exact_out ? lq_v2_given_out : lq_v2_given_in)(
                       &result, &reserve_in, &reserve_out, (uint32_t)fee * 1000, &amount),
                   want);
        assert_u256_equal(result, want ? UNTOUCHED : from_mpz(num));
        cnt[exact_out] += want == LQ_OK;
    }
    assert_true(cnt[0] > 1000 && cnt[1] > 1000);
    mpz_clears(in, out, a, num, den, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(amounts_are_as_computed_by_hand),
        cmocka_unit_test(what_a_pair_cannot_do_is_refused),
        cmocka_unit_test(amounts_are_those_of_gmp),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
