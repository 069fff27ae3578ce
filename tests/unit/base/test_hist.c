#include "liqd/base/hist.h"

#include <sys/wait.h>
#include <unistd.h>

#include "lq_test.h"

static lq_hist_t hist;
static lq_hist_t other;

/* The highest value of V's bucket, from the header's text by division alone. */
static uint64_t top_by_definition(uint64_t v)
{
    uint64_t power = 1;
    while (power <= v / 2)
        power *= 2;
    uint64_t w = power < 64 ? 1 : power / 64;
    return v - v % w + (w - 1);
}

/* As recorded between 0 and UINT64_MAX, so that neither end is what is reported. */
static uint64_t reported(uint64_t v)
{
    lq_hist_reset(&hist);
    lq_hist_record(&hist, 0);
    lq_hist_record(&hist, v);
    lq_hist_record(&hist, UINT64_MAX);
    uint64_t out;
    assert_ok(lq_hist_percentile(&hist, &out, 500000));
    return out;
}

static void check_bucket(uint64_t v)
{
    uint64_t out = reported(v);
    assert_int_equal(out, top_by_definition(v));
    assert_true(out >= v && out - v <= v / 64);
    assert_true(lq_hist_bucket(v) < LQ_HIST_BUCKET_CNT);
}

static void small_values_are_exact(void **state)
{
    (void)state;
    for (uint64_t v = 0; v < LQ_HIST_EXACT_CNT; v++)
        assert_int_equal(reported(v), v);
    assert_int_equal(reported(LQ_HIST_EXACT_CNT), LQ_HIST_EXACT_CNT + 1); /* one beyond */
}

static void every_bucket_ends_where_the_header_says(void **state)
{
    (void)state;
    for (unsigned shift = 0; shift <= 57; shift++) {
        for (uint64_t lead = 64; lead < 128; lead++) {
            uint64_t bottom = lead << shift;
            check_bucket(bottom - 1);
            check_bucket(bottom);
            check_bucket(bottom + 1);
        }
    }
    check_bucket(UINT64_MAX - 1);
    check_bucket(UINT64_MAX);
}

static void buckets_are_in_order_without_gaps(void **state)
{
    (void)state;
    assert_int_equal(lq_hist_bucket(0), 0);
    assert_int_equal(lq_hist_bucket(UINT64_MAX), LQ_HIST_BUCKET_CNT - 1);
    size_t cnt = 1;
    for (uint64_t v = 0; (v = top_by_definition(v)) != UINT64_MAX; v++) {
        assert_int_equal(lq_hist_bucket(v + 1), lq_hist_bucket(v) + 1);
        cnt++;
    }
    assert_int_equal(cnt, LQ_HIST_BUCKET_CNT);
}

static void empty_has_no_percentile(void **state)
{
    (void)state;
    lq_hist_reset(&hist);
    assert_int_equal(hist.cnt, 0);
    assert_int_equal(hist.min, UINT64_MAX);
    assert_int_equal(hist.max, 0);
    assert_true(hist.sum == 0);
    uint64_t v = 77;
    assert_err(lq_hist_percentile(&hist, &v, 0), LQ_ERR_EMPTY);
    assert_err(lq_hist_percentile(&hist, &v, LQ_HIST_PPM_MAX), LQ_ERR_EMPTY);
    assert_err(lq_hist_percentile(&hist, &v, LQ_HIST_PPM_MAX + 1), LQ_ERR_RANGE);
    assert_int_equal(v, 77);
}

static void rejects_a_share_above_the_whole(void **state)
{
    (void)state;
    lq_hist_reset(&hist);
    lq_hist_record(&hist, 5);
    uint64_t v = 77;
    assert_err(lq_hist_percentile(&hist, &v, LQ_HIST_PPM_MAX + 1), LQ_ERR_RANGE);
    assert_err(lq_hist_percentile(&hist, &v, UINT32_MAX), LQ_ERR_RANGE);
    assert_int_equal(v, 77);
    assert_ok(lq_hist_percentile(&hist, &v, LQ_HIST_PPM_MAX));
    assert_int_equal(v, 5);
}

static void both_ends_are_exact(void **state)
{
    (void)state;
    lq_hist_reset(&hist);
    for (uint64_t v = 1000003; v <= 1000005; v++) /* one bucket: 999424 to 1007615 */
        lq_hist_record(&hist, v);
    uint64_t v;
    assert_ok(lq_hist_percentile(&hist, &v, 0));
    assert_int_equal(v, 1000003);
    assert_ok(lq_hist_percentile(&hist, &v, 333333)); /* the largest share of rank 1 */
    assert_int_equal(v, 1000003);
    assert_ok(lq_hist_percentile(&hist, &v, 333334));
    assert_int_equal(v, 1000005); /* the bucket's top, held down to max */
    assert_ok(lq_hist_percentile(&hist, &v, LQ_HIST_PPM_MAX));
    assert_int_equal(v, 1000005);
}

static void rank_is_the_nearest_one(void **state)
{
    (void)state;
    lq_hist_reset(&hist);
    for (uint64_t v = 1; v <= 100; v++)
        lq_hist_record(&hist, v);
    static const struct {
        uint32_t ppm;
        uint64_t want;
    } rows[] = {{0, 1},       {1, 1},       {10000, 1},    {10001, 2},    {500000, 50},
                {500001, 51}, {990000, 99}, {990001, 100}, {1000000, 100}};
    for (size_t i = 0; i < LQ_ARRAY_CNT(rows); i++) {
        uint64_t v;
        assert_ok(lq_hist_percentile(&hist, &v, rows[i].ppm));
        assert_int_equal(v, rows[i].want);
    }
}

/* 2^POWER values V in OUT. */
static void fill(lq_hist_t *out, uint64_t v, int power)
{
    lq_hist_reset(out);
    lq_hist_record(out, v);
    while (power--) {
        lq_hist_t same = *out;
        lq_hist_merge(out, &same);
    }
}

/* Counts so large that cnt * ppm needs 128 bits, and ranks beyond 2^62. */
static void huge_counts_keep_their_ranks(void **state)
{
    (void)state;
    fill(&hist, 3, 62);
    fill(&other, 9, 62);
    lq_hist_merge(&hist, &other);
    assert_int_equal(hist.cnt, 1ull << 63);
    assert_true(hist.sum == (lq_u128_t)12 << 62);
    uint64_t v;
    assert_ok(lq_hist_percentile(&hist, &v, 500000));
    assert_int_equal(v, 3);
    assert_ok(lq_hist_percentile(&hist, &v, 500001));
    assert_int_equal(v, 9);
}

static void merging_more_than_can_be_counted_is_a_bug(void **state)
{
    (void)state;
    fill(&hist, UINT64_MAX, 63);
    other = hist;
    other.cnt--;
    other.bucket_cnt[LQ_HIST_BUCKET_CNT - 1]--;
    other.sum -= UINT64_MAX;
    lq_hist_t most = hist;
    lq_hist_merge(&most, &other);
    assert_int_equal(most.cnt, UINT64_MAX);
    assert_true(most.sum == (lq_u128_t)UINT64_MAX * UINT64_MAX);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        (void)close(2); /* what it says is not wanted in the test's report */
        lq_hist_merge(&hist, &hist);
        _exit(0);
    }
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_false(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static void sum_is_exact_beyond_64_bits(void **state)
{
    (void)state;
    lq_hist_reset(&hist);
    for (int i = 0; i < 1000; i++)
        lq_hist_record(&hist, UINT64_MAX);
    assert_true(hist.sum == (lq_u128_t)UINT64_MAX * 1000);
}

static uint64_t random_value(lq_rng_t *rng, unsigned bits_max)
{
    unsigned bits = (unsigned)lq_rng_below(rng, bits_max + 1);
    return bits ? lq_rng_u64(rng) >> (64 - bits) : 0;
}

static int by_value(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a;
    uint64_t y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static uint32_t random_ppm(lq_rng_t *rng)
{
    static const uint32_t usual[] = {0, 1, 500000, 900000, 990000, 999000, 999900, 999999, 1000000};
    uint64_t i = lq_rng_below(rng, 2 * LQ_ARRAY_CNT(usual));
    return i < LQ_ARRAY_CNT(usual) ? usual[i] : (uint32_t)lq_rng_below(rng, LQ_HIST_PPM_MAX + 1);
}

/* By the definition: the first of which enough samples do not exceed it. */
static uint64_t exact_percentile(const uint64_t *sorted, size_t cnt, uint32_t ppm)
{
    size_t idx = 0;
    while ((uint64_t)(idx + 1) * LQ_HIST_PPM_MAX < (uint64_t)cnt * ppm)
        idx++;
    return sorted[idx];
}

static void error_stays_within_its_bound(void **state)
{
    (void)state;
    enum {
        CNT_MAX = 700
    };
    static uint64_t samples[CNT_MAX];
    lq_rng_t rng = lq_test_rng();
    for (size_t round = lq_test_cnt(1000, 100000); round; round--) {
        size_t cnt = (size_t)lq_rng_below(&rng, CNT_MAX) + 1;
        unsigned bits_max = (unsigned)lq_rng_below(&rng, 65);
        lq_hist_reset(&hist);
        lq_u128_t sum = 0;
        for (size_t i = 0; i < cnt; i++) {
            samples[i] = random_value(&rng, bits_max);
            lq_hist_record(&hist, samples[i]);
            sum += samples[i];
        }
        qsort(samples, cnt, sizeof(samples[0]), by_value);
        assert_int_equal(hist.cnt, cnt);
        assert_int_equal(hist.min, samples[0]);
        assert_int_equal(hist.max, samples[cnt - 1]);
        assert_true(hist.sum == sum);
        uint64_t last = 0;
        uint32_t last_ppm = 0;
        for (int k = 0; k < 40; k++) {
            uint32_t ppm = random_ppm(&rng);
            uint64_t exact = exact_percentile(samples, cnt, ppm);
            uint64_t v;
            assert_ok(lq_hist_percentile(&hist, &v, ppm));
            assert_true(v >= exact && v - exact <= exact / 64 && v <= hist.max);
            if (exact < LQ_HIST_EXACT_CNT)
                assert_int_equal(v, exact);
            assert_true(ppm >= last_ppm ? v >= last : v <= last); /* monotone */
            last = v;
            last_ppm = ppm;
        }
    }
}

static void merge_equals_recording_both(void **state)
{
    (void)state;
    static lq_hist_t both;
    lq_rng_t rng = lq_test_rng();
    for (size_t round = lq_test_cnt(500, 20000); round; round--) {
        lq_hist_reset(&hist);
        lq_hist_reset(&other);
        lq_hist_reset(&both);
        for (size_t i = (size_t)lq_rng_below(&rng, 300); i; i--) {
            uint64_t v = random_value(&rng, 64);
            lq_hist_record(lq_rng_below(&rng, 3) ? &hist : &other, v);
            lq_hist_record(&both, v);
        }
        lq_hist_merge(&hist, &other);
        assert_memory_equal(&hist, &both, sizeof(hist));
    }
}

static void merging_an_empty_one_changes_nothing(void **state)
{
    (void)state;
    static lq_hist_t before;
    lq_hist_reset(&hist);
    lq_hist_reset(&other);
    lq_hist_record(&hist, 4711);
    before = hist;
    lq_hist_merge(&hist, &other);
    assert_memory_equal(&hist, &before, sizeof(hist));
    lq_hist_merge(&other, &hist);
    assert_memory_equal(&other, &before, sizeof(hist));
}

static void reset_forgets_all(void **state)
{
    (void)state;
    lq_hist_reset(&hist);
    lq_hist_reset(&other);
    lq_rng_t rng = lq_test_rng();
    for (int i = 0; i < 1000; i++)
        lq_hist_record(&hist, random_value(&rng, 64));
    lq_hist_reset(&hist);
    assert_memory_equal(&hist, &other, sizeof(hist));
}

static void what_is_put_off_is_recorded_all_the_same(void **state)
{
    (void)state;
    lq_hist_later_t later = {0};
    lq_rng_t rng = lq_test_rng();
    lq_hist_reset(&hist);
    lq_hist_reset(&other);
    for (size_t i = 0; i < 5 * LQ_HIST_LATER_MAX / 2; i++) {
        uint64_t v = random_value(&rng, 64);
        lq_hist_record(&hist, v);
        lq_hist_put(&later, &other, v);
    }
    assert_int_equal(other.cnt, 2 * LQ_HIST_LATER_MAX);
    lq_hist_settle(&later);
    assert_memory_equal(&hist, &other, sizeof(hist));
    lq_hist_settle(&later);
    assert_memory_equal(&hist, &other, sizeof(hist));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(small_values_are_exact),
        cmocka_unit_test(every_bucket_ends_where_the_header_says),
        cmocka_unit_test(buckets_are_in_order_without_gaps),
        cmocka_unit_test(empty_has_no_percentile),
        cmocka_unit_test(rejects_a_share_above_the_whole),
        cmocka_unit_test(both_ends_are_exact),
        cmocka_unit_test(rank_is_the_nearest_one),
        cmocka_unit_test(huge_counts_keep_their_ranks),
        cmocka_unit_test(merging_more_than_can_be_counted_is_a_bug),
        cmocka_unit_test(sum_is_exact_beyond_64_bits),
        cmocka_unit_test(error_stays_within_its_bound),
        cmocka_unit_test(merge_equals_recording_both),
        cmocka_unit_test(merging_an_empty_one_changes_nothing),
        cmocka_unit_test(reset_forgets_all),
        cmocka_unit_test(what_is_put_off_is_recorded_all_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
