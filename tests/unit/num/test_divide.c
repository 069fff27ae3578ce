#include "num_test.h"
#include "u256_internal.h"

/* The limbs on which algorithm D goes wrong when it does: the estimate of a digit is one too large,
   two too large, or the remainder's top equals the divisor's. */
static uint64_t any_limb(lq_rng_t *rng)
{
    const uint64_t limbs[] = {0,
                              1,
                              2,
                              (1ull << 63) - 1,
                              1ull << 63,
                              (1ull << 63) + 1,
                              UINT64_MAX - 1,
                              UINT64_MAX,
                              lq_rng_u64(rng),
                              lq_rng_u64(rng) >> lq_rng_below(rng, 64)};
    return limbs[lq_rng_below(rng, LQ_ARRAY_CNT(limbs))];
}

static lq_u256_t any_limbs(lq_rng_t *rng, size_t cnt)
{
    lq_u256_t v = {{0}};
    for (size_t i = 0; i < cnt; i++)
        v.w[i] = any_limb(rng);
    return v;
}

static void check(const mpz_t mq, const mpz_t mr, const mpz_t mu, const lq_u256_t *d)
{
    uint64_t u[8] = {0};
    mpz_export(u, NULL, -1, sizeof(uint64_t), 0, 0, mu);
    lq_u256_t quot;
    lq_u256_t rem;
    lq_divide(&quot, &rem, u, 8, d);
    assert_u256_equal(quot, from_mpz(mq));
    assert_u256_equal(rem, from_mpz(mr));
    if (mpz_sizeinbase(mu, 2) <= 256) {
        lq_divide(&quot, &rem, u, 4, d);
        assert_u256_equal(quot, from_mpz(mq));
        assert_u256_equal(rem, from_mpz(mr));
    }
}

/* u = q d + r with r at either end: every width of divisor and quotient, every digit extreme. */
static void finds_quotient_and_remainder_that_made_the_dividend(void **state)
{
    (void)state;
    lq_rng_t rng = lq_test_rng();
    mpz_t mu;
    mpz_t mq;
    mpz_t mr;
    mpz_t md;
    mpz_inits(mu, mq, mr, md, NULL);
    for (size_t i = lq_test_cnt(200000, 100000000); i > 0; i--) {
        lq_u256_t d = any_limbs(&rng, 1 + lq_rng_below(&rng, 4));
        lq_u256_t q = any_limbs(&rng, lq_rng_below(&rng, 5));
        if (lq_u256_is_zero(&d))
            continue;
        to_mpz(md, &d);
        to_mpz(mq, &q);
        switch (lq_rng_below(&rng, 4)) {
        case 0:
            mpz_set_ui(mr, 0);
            break;
        case 1:
            mpz_sub_ui(mr, md, 1);
            break;
        default: {
            lq_u256_t r = any_limbs(&rng, 4);
            to_mpz(mr, &r);
            mpz_fdiv_r(mr, mr, md);
        }
        }
        mpz_mul(mu, mq, md);
        mpz_add(mu, mu, mr);
        check(mq, mr, mu, &d);
    }
    mpz_clears(mu, mq, mr, md, NULL);
}

/* u = d * 2^256 - 1 - small: the largest dividends there are, all digits 2^64 - 1 or near. */
static void divides_the_largest_dividends(void **state)
{
    (void)state;
    lq_rng_t rng = lq_test_rng();
    mpz_t mu;
    mpz_t mq;
    mpz_t mr;
    mpz_t md;
    mpz_inits(mu, mq, mr, md, NULL);
    for (size_t i = lq_test_cnt(50000, 20000000); i > 0; i--) {
        lq_u256_t d = any_limbs(&rng, 1 + lq_rng_below(&rng, 4));
        if (lq_u256_is_zero(&d))
            continue;
        to_mpz(md, &d);
        mpz_mul_2exp(mu, md, 256);
        lq_u256_t less = any_limbs(&rng, 1 + lq_rng_below(&rng, 2));
        to_mpz(mr, &less);
        mpz_fdiv_r(mr, mr, mu);
        mpz_sub(mu, mu, mr);
        mpz_sub_ui(mu, mu, 1);
        mpz_fdiv_qr(mq, mr, mu, md);
        check(mq, mr, mu, &d);
    }
    mpz_clears(mu, mq, mr, md, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_quotient_and_remainder_that_made_the_dividend),
        cmocka_unit_test(divides_the_largest_dividends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
