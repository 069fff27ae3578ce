#include "liqd/market/value.h"

#include "market_test.h"

enum {
    NOW_SEC = 1700000000,
};

static const lq_value_limits_t limits = {.grace_sec = 60, .deviation_bps = 100};

/* A source of PRICE with 8 decimals, AGE_SEC old. */
static lq_value_source_t source_of(uint64_t price, uint64_t age_sec)
{
    return (lq_value_source_t){lq_u256_from_u64(price), NOW_SEC - age_sec, 3600, 8};
}

static lq_u256_t wad_of(uint64_t price)
{
    lq_u256_t v = lq_u256_from_u64(price);
    lq_u256_t scale = lq_u256_from_u64(10000000000);
    return lq_u256_mul_wrap(&v, &scale);
}

static lq_value_verdict_t aggregate(lq_value_t *out, const lq_value_source_t *sources, size_t cnt)
{
    memset(out, 0x5a, sizeof(*out));
    return lq_value_aggregate(out, sources, cnt, &limits, NOW_SEC);
}

static void the_median_of_fresh_sources_counts(void **state)
{
    (void)state;
    lq_value_source_t sources[] = {source_of(2010, 30), source_of(1990, 20), source_of(2000, 10),
                                   source_of(5000, 3661)};
    lq_value_t v;
    assert_int_equal(aggregate(&v, sources, 4), LQ_VALUE_FRESH);
    assert_u256_equal(v.price_wad, wad_of(2000)); /* the stale one is no part of it */
    assert_int_equal(v.source_cnt, 3);
    assert_int_equal(v.outlier_cnt, 0);
    assert_int_equal(v.spread_bps, 50);
    assert_int_equal(v.updated_sec, NOW_SEC - 30);
}

static void one_outlier_of_three_does_not_matter_two_sources_apart_do(void **state)
{
    (void)state;
    lq_value_source_t sources[] = {source_of(2000, 1), source_of(2001, 1), source_of(9000, 1)};
    lq_value_t v;
    assert_int_equal(aggregate(&v, sources, 3), LQ_VALUE_FRESH);
    assert_u256_equal(v.price_wad, wad_of(2001));
    assert_int_equal(v.outlier_cnt, 1);
    sources[0] = source_of(1000, 1); /* now nobody is near anybody */
    assert_int_equal(aggregate(&v, sources, 3), LQ_VALUE_DEVIATING);
    assert_int_equal(v.outlier_cnt, 2);
    sources[1] = source_of(1010, 1);
    assert_int_equal(aggregate(&v, sources, 2), LQ_VALUE_FRESH); /* 100 bps exactly */
    assert_u256_equal(v.price_wad, wad_of(1000));                /* the lower of two */
    assert_int_equal(v.spread_bps, 100);
    sources[0] = source_of(10000, 1);
    sources[1] = source_of(10101, 1);
    assert_int_equal(aggregate(&v, sources, 2), LQ_VALUE_DEVIATING); /* 101 */
    assert_int_equal(aggregate(&v, sources, 1), LQ_VALUE_FRESH);
}

static void freshness_ends_with_heartbeat_and_grace(void **state)
{
    (void)state;
    lq_value_source_t s = source_of(2000, 3660);
    lq_value_t v;
    assert_int_equal(aggregate(&v, &s, 1), LQ_VALUE_FRESH);
    s = source_of(2000, 3661);
    assert_int_equal(aggregate(&v, &s, 1), LQ_VALUE_STALE);
    assert_u256_equal(v.price_wad, wad_of(2000));
    assert_int_equal(v.source_cnt, 1);
    s.updated_sec = NOW_SEC + 60; /* a clock ahead of ours */
    assert_int_equal(aggregate(&v, &s, 1), LQ_VALUE_FRESH);
    s.updated_sec = NOW_SEC + 61;
    assert_int_equal(aggregate(&v, &s, 1), LQ_VALUE_NONE);
    s.updated_sec = NOW_SEC - 61;
    s.heartbeat_sec = 0;
    assert_int_equal(aggregate(&v, &s, 1), LQ_VALUE_STALE);
    s.updated_sec = 0;
    s.heartbeat_sec = UINT32_MAX;
    assert_int_equal(lq_value_aggregate(&v, &s, 1, &(lq_value_limits_t){UINT32_MAX, 0},
                                        2 * (uint64_t)UINT32_MAX),
                     LQ_VALUE_FRESH);
    assert_int_equal(lq_value_aggregate(&v, &s, 1, &(lq_value_limits_t){UINT32_MAX, 0},
                                        2 * (uint64_t)UINT32_MAX + 1),
                     LQ_VALUE_STALE);
}

static void without_a_price_there_is_none(void **state)
{
    (void)state;
    lq_value_t v;
    lq_value_t untouched;
    memset(&untouched, 0x5a, sizeof(untouched));
    assert_int_equal(aggregate(&v, NULL, 0), LQ_VALUE_NONE);
    lq_value_source_t sources[] = {source_of(0, 1), source_of(1, 1), source_of(1, 1),
                                   source_of(1, 1)};
    sources[1].decimals = 78;
    sources[2].decimals = 19; /* less than a wad's last digit */
    sources[3].price = U256_MAX;
    assert_int_equal(aggregate(&v, sources, 4), LQ_VALUE_NONE);
    assert_memory_equal(&v, &untouched, sizeof(v));
}

static void decimals_become_a_wad(void **state)
{
    (void)state;
    lq_u256_t out = UNTOUCHED;
    lq_u256_t price = u256_of("123456789012345678901234567890");
    assert_ok(lq_value_to_wad(&out, &price, 18));
    assert_u256_equal(out, price);
    assert_ok(lq_value_to_wad(&out, &price, 0));
    assert_u256_equal(out, u256_of("123456789012345678901234567890000000000000000000"));
    assert_ok(lq_value_to_wad(&out, &price, 27));
    assert_u256_equal(out, u256_of("123456789012345678901"));
    assert_ok(lq_value_to_wad(&out, &price, 77));
    assert_u256_equal(out, u256_of("0"));
    out = UNTOUCHED;
    assert_err(lq_value_to_wad(&out, &price, 78), LQ_ERR_RANGE);
    assert_err(lq_value_to_wad(&out, &U256_MAX, 17), LQ_ERR_RANGE);
    assert_u256_equal(out, UNTOUCHED);
}

static void the_gap_has_a_sign_and_a_time(void **state)
{
    (void)state;
    lq_value_gap_t gap;
    lq_u256_t theirs = lq_u256_from_u64(2000);
    lq_u256_t ours = lq_u256_from_u64(2011);
    assert_ok(lq_value_gap(&gap, &theirs, 100, &ours, 107));
    assert_int_equal(gap.gap_bps, 55);
    assert_int_equal(gap.lag_sec, 7);
    assert_ok(lq_value_gap(&gap, &ours, 107, &theirs, 100));
    assert_int_equal(gap.gap_bps, -54); /* 54.69 */
    assert_int_equal(gap.lag_sec, -7);
    assert_ok(lq_value_gap(&gap, &ours, 0, &ours, UINT64_MAX));
    assert_int_equal(gap.gap_bps, 0);
    assert_true(gap.lag_sec == INT64_MAX);
    lq_u256_t one = lq_u256_from_u64(1);
    assert_ok(lq_value_gap(&gap, &one, UINT64_MAX, &U256_MAX, 0));
    assert_int_equal(gap.gap_bps, INT32_MAX);
    assert_true(gap.lag_sec == -INT64_MAX);
    assert_ok(lq_value_gap(&gap, &U256_MAX, 0, &one, 0));
    assert_int_equal(gap.gap_bps, -9999);
    lq_u256_t zero = lq_u256_from_u64(0);
    assert_err(lq_value_gap(&gap, &zero, 0, &one, 0), LQ_ERR_DIV_ZERO);
    assert_int_equal(gap.gap_bps, -9999);
}

static int by_price(const void *a, const void *b)
{
    return lq_u256_cmp(a, b);
}

/* The median and the count of outliers as GMP and qsort see them; the order of sources is nothing.
 */
static void random_sources_equal_a_plain_recount(void **state)
{
    (void)state;
    lq_rng_t rng = lq_test_rng();
    mpz_t a;
    mpz_t b;
    mpz_inits(a, b, NULL);
    for (size_t i = 0; i < lq_test_cnt(20000, 500000); i++) {
        lq_value_source_t sources[LQ_VALUE_SOURCE_MAX];
        lq_u256_t fresh[LQ_VALUE_SOURCE_MAX];
        lq_u256_t stale[LQ_VALUE_SOURCE_MAX];
        size_t fresh_cnt = 0;
        size_t stale_cnt = 0;
        size_t cnt = lq_rng_below(&rng, LQ_VALUE_SOURCE_MAX + 1);
        for (size_t k = 0; k < cnt; k++) {
            sources[k] = source_of(9900 + lq_rng_below(&rng, 200), lq_rng_below(&rng, 7000));
            bool is_fresh = NOW_SEC - sources[k].updated_sec <= 3660;
            *(is_fresh ? &fresh[fresh_cnt++] : &stale[stale_cnt++]) = wad_of(sources[k].price.w[0]);
        }
        lq_u256_t *those = fresh_cnt ? fresh : stale;
        size_t those_cnt = fresh_cnt ? fresh_cnt : stale_cnt;
        lq_value_t v;
        lq_value_verdict_t verdict = aggregate(&v, sources, cnt);
        if (those_cnt == 0) {
            assert_int_equal(verdict, LQ_VALUE_NONE);
            continue;
        }
        qsort(those, those_cnt, sizeof(*those), by_price);
        lq_u256_t median = those[(those_cnt - 1) / 2];
        assert_u256_equal(v.price_wad, median);
        size_t near_cnt = 0;
        for (size_t k = 0; k < those_cnt; k++) {
            to_mpz(a, &those[k]);
            to_mpz(b, &median);
            mpz_sub(a, a, b);
            mpz_abs(a, a);
            mpz_mul_ui(a, a, 10000);
            mpz_mul_ui(b, b, limits.deviation_bps);
            near_cnt += mpz_cmp(a, b) <= 0;
        }
        assert_int_equal(v.outlier_cnt, those_cnt - near_cnt);
        lq_value_verdict_t want = 2 * near_cnt > those_cnt ? LQ_VALUE_FRESH : LQ_VALUE_DEVIATING;
        assert_int_equal(verdict, fresh_cnt ? want : LQ_VALUE_STALE);
        lq_value_t again;
        for (size_t k = cnt; k > 1; k--) {
            size_t other = lq_rng_below(&rng, k);
            lq_value_source_t s = sources[other];
            sources[other] = sources[k - 1];
            sources[k - 1] = s;
        }
        assert_int_equal(aggregate(&again, sources, cnt), verdict);
        assert_u256_equal(again.price_wad, v.price_wad);
        assert_int_equal(again.updated_sec, v.updated_sec);
        assert_int_equal(again.spread_bps, v.spread_bps);
    }
    mpz_clears(a, b, NULL);
}

static void every_verdict_has_a_name(void **state)
{
    (void)state;
    for (int v = LQ_VALUE_FRESH; v <= LQ_VALUE_NONE; v++)
        assert_string_not_equal(lq_value_verdict_str((lq_value_verdict_t)v), "unknown");
    assert_string_equal(lq_value_verdict_str((lq_value_verdict_t)99), "unknown");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_median_of_fresh_sources_counts),
        cmocka_unit_test(one_outlier_of_three_does_not_matter_two_sources_apart_do),
        cmocka_unit_test(freshness_ends_with_heartbeat_and_grace),
        cmocka_unit_test(without_a_price_there_is_none),
        cmocka_unit_test(decimals_become_a_wad),
        cmocka_unit_test(the_gap_has_a_sign_and_a_time),
        cmocka_unit_test(random_sources_equal_a_plain_recount),
        cmocka_unit_test(every_verdict_has_a_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
