#include "liqd/base/rng.h"

#include "lq_test.h"

/* First outputs for the state {1, 2, 3, 4}, from the reference xoshiro256starstar.c. */
static void matches_reference_xoshiro(void **state)
{
    (void)state;
    static const uint64_t want[] = {
        11520u,
        0u,
        1509978240u,
        1215971899390074240u,
        1216172134540287360u,
        607988272756665600u,
        16172922978634559625u,
        8476171486693032832u,
        10595114339597558777u,
        2904607092377533576u,
    };
    lq_rng_t rng = {{1, 2, 3, 4}};
    for (size_t i = 0; i < LQ_ARRAY_CNT(want); i++)
        assert_int_equal(lq_rng_u64(&rng), want[i]);
}

/* First outputs of the reference splitmix64.c for the seed 1234567. */
static void seeds_by_reference_splitmix(void **state)
{
    (void)state;
    lq_rng_t rng;
    lq_rng_seed(&rng, 1234567);
    assert_int_equal(rng.s[0], 6457827717110365317u);
    assert_int_equal(rng.s[1], 3203168211198807973u);
    assert_int_equal(rng.s[2], 9817491932198370423u);
    assert_int_equal(rng.s[3], 4593380528125082431u);
}

static void below_stays_below_and_is_even(void **state)
{
    (void)state;
    lq_rng_t rng = lq_test_rng();
    for (uint64_t n = 1; n < 100; n++)
        for (int i = 0; i < 100; i++)
            assert_true(lq_rng_below(&rng, n) < n);
    assert_int_equal(lq_rng_below(&rng, 1), 0);
    /* n = 3 * 2^62: a plain remainder would hit the lowest third twice as often */
    uint64_t n = 3ull << 62;
    size_t low_cnt = 0;
    enum {
        DRAWS = 30000
    };
    for (size_t i = 0; i < DRAWS; i++)
        low_cnt += lq_rng_below(&rng, n) < n / 3;
    assert_in_range(low_cnt, DRAWS / 3 - 800, DRAWS / 3 + 800); /* 9.8 standard deviations */
}

static void bytes_fill_exactly(void **state)
{
    (void)state;
    lq_rng_t rng;
    lq_rng_seed(&rng, 1);
    uint8_t whole[32];
    lq_rng_bytes(&rng, whole, sizeof(whole));
    for (size_t sz = 0; sz <= 31; sz++) {
        uint8_t buf[33];
        memset(buf, 0xa5, sizeof(buf));
        lq_rng_seed(&rng, 1);
        lq_rng_bytes(&rng, buf, sz);
        assert_memory_equal(buf, whole, sz);
        for (size_t i = sz; i < sizeof(buf); i++)
            assert_int_equal(buf[i], 0xa5);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(matches_reference_xoshiro),
        cmocka_unit_test(seeds_by_reference_splitmix),
        cmocka_unit_test(below_stays_below_and_is_even),
        cmocka_unit_test(bytes_fill_exactly),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
