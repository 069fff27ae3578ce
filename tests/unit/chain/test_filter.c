#include "lq_test.h"

#include "liqd/base/arena.h"
#include "liqd/chain/decode.h"
#include "liqd/chain/filter.h"
#include "watch_internal.h"

#define CNT 4

static lq_address_t addresses[CNT];
static lq_hash_t topics[CNT];

static void fill(lq_rng_t *rng)
{
    lq_rng_bytes(rng, addresses, sizeof(addresses));
    lq_rng_bytes(rng, topics, sizeof(topics));
}

static void writes_addresses_and_topics(void **state)
{
    (void)state;
    memset(addresses, 0x11, sizeof(addresses));
    memset(topics, 0x22, sizeof(topics));
    lq_filter_t f = {addresses, 2, topics, 1};
    const char *want = "\"address\":[\"0x1111111111111111111111111111111111111111\","
                       "\"0x1111111111111111111111111111111111111111\"],\"topics\":[[\"0x"
                       "2222222222222222222222222222222222222222222222222222222222222222\"]]";
    char out[512];
    size_t sz = 7;
    assert_ok(lq_filter_write(out, &sz, lq_filter_text_max(&f), &f));
    assert_int_equal(sz, strlen(want));
    assert_memory_equal(out, want, sz);
    for (size_t max = 0; max < sz; max++) {
        size_t same = 7;
        assert_err(lq_filter_write(out, &same, max, &f), LQ_ERR_TOO_LONG);
        assert_int_equal(same, 7);
    }
    assert_ok(lq_filter_write(out, &sz, strlen(want), &f));
    f = (lq_filter_t){0};
    assert_ok(lq_filter_write(out, &sz, 0, &f));
    assert_int_equal(sz, 0);
    f.topics = topics;
    f.topic_cnt = 1;
    assert_ok(lq_filter_write(out, &sz, sizeof(out), &f));
    assert_memory_equal(out, "\"topics\":[[", 11);
}

/* The bits of an address worked out by hand: keccak256 of 20 zero bytes begins 5380c7b7ae81. */
static void sets_the_bits_of_the_yellow_paper(void **state)
{
    (void)state;
    const uint8_t zero[20] = {0};
    uint8_t bloom[LQ_BLOOM_SZ] = {0};
    lq_bloom_add(bloom, zero, sizeof(zero));
    uint8_t want[LQ_BLOOM_SZ] = {0};
    const unsigned bits[] = {0x5380 & 0x7ff, 0xc7b7 & 0x7ff, 0xae81 & 0x7ff};
    for (size_t i = 0; i < 3; i++)
        want[LQ_BLOOM_SZ - 1 - bits[i] / 8] |= (uint8_t)(1u << bits[i] % 8);
    assert_memory_equal(bloom, want, LQ_BLOOM_SZ);
    assert_true(lq_bloom_has(bloom, zero, sizeof(zero)));
    assert_false(lq_bloom_has(bloom, zero, sizeof(zero) - 1));
}

static void watches_what_the_linear_filter_does(void **state)
{
    (void)state;
    lq_rng_t rng = lq_test_rng();
    for (size_t i = 0; i < lq_test_cnt(2000, 100000); i++) {
        fill(&rng);
        lq_filter_t f = {addresses, lq_rng_below(&rng, CNT + 1), topics,
                         lq_rng_below(&rng, CNT + 1)};
        lq_arena_t arena;
        assert_ok(lq_arena_init(&arena, 1 << 16));
        lq_watched_t w;
        assert_ok(lq_watched_init(&w, &arena, &f, lq_rng_u64(&rng)));
        lq_evm_log_t log = {.topic_cnt = (uint32_t)lq_rng_below(&rng, 3)};
        log.address = addresses[lq_rng_below(&rng, CNT)];
        log.topics[0] = topics[lq_rng_below(&rng, CNT)];
        assert_int_equal(lq_watched_has(&w, &log), lq_filter_has(&f, &log));
        uint8_t bloom[LQ_BLOOM_SZ] = {0};
        assert_false(lq_filter_may_match(&f, bloom));
        assert_false(lq_watched_may_match(&w, bloom));
        lq_bloom_add(bloom, log.address.b, sizeof(log.address));
        for (uint32_t k = 0; k < log.topic_cnt; k++)
            lq_bloom_add(bloom, log.topics[k].b, sizeof(lq_hash_t));
        assert_int_equal(lq_watched_may_match(&w, bloom), lq_filter_may_match(&f, bloom));
        if (lq_filter_has(&f, &log))
            assert_true(lq_filter_may_match(&f, bloom));
        assert_true(lq_watched_in_bloom(&w, bloom, &log, true));
        log.address.b[0] ^= 1;
        assert_false(lq_watched_in_bloom(&w, bloom, &log, true));
        lq_arena_fini(&arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writes_addresses_and_topics),
        cmocka_unit_test(sets_the_bits_of_the_yellow_paper),
        cmocka_unit_test(watches_what_the_linear_filter_does),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
