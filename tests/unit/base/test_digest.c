#include "liqd/base/digest.h"

#include "lq_test.h"

static void every_flipped_bit_shows(void **state)
{
    (void)state;
    lq_rng_t rng = lq_test_rng();
    for (size_t sz = 0; sz < 150; sz++) {
        uint8_t bytes[150];
        lq_rng_bytes(&rng, bytes, sizeof(bytes));
        uint64_t digest = lq_digest(bytes, sz);
        for (size_t bit = 0; bit < 8 * sz; bit++) {
            bytes[bit / 8] = (uint8_t)(bytes[bit / 8] ^ (1u << bit % 8));
            assert_int_not_equal(lq_digest(bytes, sz), digest);
            bytes[bit / 8] = (uint8_t)(bytes[bit / 8] ^ (1u << bit % 8));
        }
        assert_int_equal(lq_digest(bytes, sz), digest);
    }
}

static void order_and_number_of_words_show(void **state)
{
    (void)state;
    uint64_t words[12] = {0};
    uint64_t seen[13];
    for (size_t cnt = 0; cnt <= 12; cnt++) { /* zeros alone */
        seen[cnt] = lq_digest(words, cnt * sizeof(words[0]));
        for (size_t i = 0; i < cnt; i++)
            assert_int_not_equal(seen[i], seen[cnt]);
    }
    for (size_t i = 0; i < 12; i++)
        words[i] = i + 1;
    uint64_t digest = lq_digest(words, sizeof(words));
    for (size_t i = 0; i < 12; i++)
        for (size_t k = 0; k < i; k++) {
            uint64_t word = words[i];
            words[i] = words[k];
            words[k] = word;
            assert_int_not_equal(lq_digest(words, sizeof(words)), digest);
            words[k] = words[i];
            words[i] = word;
        }
}

static void does_not_depend_on_where_the_bytes_are(void **state)
{
    (void)state;
    uint8_t bytes[200];
    for (size_t i = 0; i < 100; i++)
        bytes[i] = (uint8_t)(7 * i);
    uint64_t digest = lq_digest(bytes, 100);
    for (size_t shift = 1; shift < 64; shift++) {
        memmove(bytes + shift, bytes + shift - 1, 100);
        bytes[shift + 100] = (uint8_t)shift; /* not looked at */
        assert_int_equal(lq_digest(bytes + shift, 100), digest);
    }
}

static void pieces_are_as_the_whole(void **state)
{
    (void)state;
    lq_rng_t rng = lq_test_rng();
    uint8_t bytes[300];
    lq_rng_bytes(&rng, bytes, sizeof(bytes));
    for (size_t i = 0; i < lq_test_cnt(3000, 300000); i++) {
        size_t sz = (size_t)lq_rng_below(&rng, sizeof(bytes) + 1);
        lq_digest_state_t digest;
        lq_digest_begin(&digest);
        for (size_t at = 0; at < sz;) {
            size_t n = (size_t)lq_rng_below(&rng, i % 2 ? 8 : sz - at + 1);
            n = n < sz - at ? n : sz - at;
            lq_digest_add(&digest, bytes + at, n);
            at += n;
        }
        assert_true(lq_digest_end(&digest) == lq_digest(bytes, sz));
    }
}

/* From a second implementation, in Python. */
static void is_the_same_on_every_machine(void **state)
{
    (void)state;
    assert_true(lq_digest("", 0) == 0xe821a9cc1f06a6e9u);
    assert_true(lq_digest("0123456789abcdefghijklmnopqrstuvwxyz", 36) == 0xcc6643ca7701ae7bu);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_flipped_bit_shows),
        cmocka_unit_test(order_and_number_of_words_show),
        cmocka_unit_test(does_not_depend_on_where_the_bytes_are),
        cmocka_unit_test(pieces_are_as_the_whole),
        cmocka_unit_test(is_the_same_on_every_machine),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
