#include "lq_test.h"
#include "random_tx_record.h"

static uint8_t bytes[LQ_TX_RECORD_SZ_MAX + 1];

/* The record's bytes, in memory of exactly their size, which the caller frees. */
static uint8_t *encoded(size_t *sz, const lq_tx_record_t *record)
{
    *sz = lq_tx_record_sz(record);
    assert_true(*sz <= lq_tx_record_most(record));
    uint8_t *p = malloc(*sz);
    assert_non_null(p);
    assert_int_equal(lq_tx_record_encode(p, record), *sz);
    return p;
}

/* All of the struct is compared, but for where the raw bytes stand. */
static void assert_same(lq_tx_record_room_t *room, const random_tx_record_t *x, const uint8_t *p,
                        size_t sz)
{
    assert_int_equal(room->record.kind, x->record.kind);
    assert_true(room->record.wall_ns == x->record.wall_ns);
    assert_ptr_equal(room->record.as.run, &room->of);
    if (x->record.kind == LQ_TX_RECORD_ATTEMPT) {
        lq_tx_attempt_t *got = &room->of.attempt;
        assert_true(got->raw >= p && got->raw + got->raw_sz <= p + sz);
        assert_int_equal(got->raw_sz, x->of.attempt.raw_sz);
        assert_memory_equal(got->raw, x->of.attempt.raw, got->raw_sz);
        got->raw = x->of.attempt.raw;
    }
    assert_memory_equal(&room->of, &x->of, sizeof(room->of));
}

static void what_is_written_is_read_back(void **state)
{
    (void)state;
    lq_rng_t rng = lq_test_rng();
    static lq_tx_record_room_t room;
    static random_tx_record_t x;
    for (size_t i = 0; i < lq_test_cnt(3000, 300000); i++) {
        random_tx_record(&rng, &x, (lq_tx_record_kind_t)(i % LQ_TX_RECORD_KIND_CNT), false);
        size_t sz = 0;
        uint8_t *p = encoded(&sz, &x.record);
        assert_ok(lq_tx_record_decode(&room, p, sz));
        assert_int_equal(lq_tx_record_encode(bytes, &room.record), sz);
        assert_memory_equal(bytes, p, sz);
        assert_same(&room, &x, p, sz);
        free(p);
    }
}

static void what_plays_no_role_is_not_written(void **state)
{
    (void)state;
    static random_tx_record_t clean;
    static random_tx_record_t dirty;
    for (size_t i = 0; i < lq_test_cnt(900, 90000); i++) {
        lq_rng_t rng;
        lq_tx_record_kind_t kind = (lq_tx_record_kind_t)(i % LQ_TX_RECORD_KIND_CNT);
        lq_rng_seed(&rng, i);
        random_tx_record(&rng, &clean, kind, false);
        lq_rng_seed(&rng, i);
        random_tx_record(&rng, &dirty, kind, true);
        size_t sz = 0;
        uint8_t *p = encoded(&sz, &clean.record);
        assert_int_equal(lq_tx_record_sz(&dirty.record), sz);
        assert_int_equal(lq_tx_record_encode(bytes, &dirty.record), sz);
        assert_memory_equal(bytes, p, sz);
        free(p);
    }
}

/* Whatever the bytes: they are refused, or they are what the record read from them is written as.
 */
static void assert_canonical(lq_tx_record_room_t *room, const uint8_t *p, size_t sz)
{
    uint8_t *exact = malloc(sz ? sz : 1);
    assert_non_null(exact);
    memcpy(exact, p, sz);
    lq_err_t err = lq_tx_record_decode(room, exact, sz);
    if (!err) {
        assert_int_equal(lq_tx_record_sz(&room->record), sz);
        (void)lq_tx_record_encode(bytes, &room->record);
        assert_memory_equal(bytes, p, sz);
    } else {
        assert_int_equal(err, LQ_ERR_SYNTAX);
    }
    free(exact);
}

static void bytes_that_mean_a_thing_are_the_only_ones(void **state)
{
    (void)state;
    lq_rng_t rng = lq_test_rng();
    static lq_tx_record_room_t room;
    static random_tx_record_t x;
    for (size_t i = 0; i < lq_test_cnt(90, 9000); i++) {
        random_tx_record(&rng, &x, (lq_tx_record_kind_t)(i % LQ_TX_RECORD_KIND_CNT), false);
        size_t sz = 0;
        uint8_t *p = encoded(&sz, &x.record);
        for (size_t k = 0; k < sz && k < 800; k++) {
            uint8_t was = p[k];
            for (unsigned bit = 0; bit < 8; bit++) {
                p[k] = (uint8_t)(was ^ (1u << bit));
                assert_canonical(&room, p, sz);
            }
            p[k] = was;
        }
        for (size_t k = 0; k < sz; k += 1 + sz / 200)
            assert_err(lq_tx_record_decode(&room, p, k), LQ_ERR_SYNTAX);
        memcpy(bytes, p, sz);
        bytes[sz] = 0;
        assert_err(lq_tx_record_decode(&room, bytes, sz + 1), LQ_ERR_SYNTAX);
        free(p);
    }
}

static void the_longest_raw_bytes_fit_and_more_are_refused(void **state)
{
    (void)state;
    static lq_tx_record_room_t room;
    static uint8_t raw[LQ_TX_RAW_MAX + 1];
    lq_tx_attempt_t attempt = {.raw = raw, .raw_sz = LQ_TX_RAW_MAX};
    lq_tx_record_t record = {.kind = LQ_TX_RECORD_ATTEMPT, .as = {.attempt = &attempt}};
    size_t sz = lq_tx_record_encode(bytes, &record);
    assert_true(sz <= LQ_TX_RECORD_SZ_MAX);
    assert_ok(lq_tx_record_decode(&room, bytes, sz));
    size_t at = sz - LQ_TX_RAW_MAX - 3; /* its size, 0x10000 */
    assert_int_equal(bytes[at], 0x80);
    bytes[at] = 0x81;
    bytes[sz] = 0;
    assert_err(lq_tx_record_decode(&room, bytes, sz + 1), LQ_ERR_SYNTAX);
}

static void the_largest_of_each_kind_fits_the_maximum(void **state)
{
    (void)state;
    static random_tx_record_t x;
    lq_rng_t rng;
    for (unsigned kind = 0; kind < LQ_TX_RECORD_KIND_CNT; kind++) {
        if (kind == LQ_TX_RECORD_ATTEMPT)
            continue; /* above */
        lq_rng_seed(&rng, kind);
        random_tx_record(&rng, &x, (lq_tx_record_kind_t)kind, false);
        /* each number of 256 bits takes a byte more than in memory, counts and sizes one or two */
        assert_true(2 * sizeof(x.of) < LQ_TX_RECORD_SZ_MAX);
        assert_true(lq_tx_record_sz(&x.record) <= 2 * sizeof(x.of));
    }
}

static void a_text_ends_before_a_nul(void **state)
{
    (void)state;
    static lq_tx_record_room_t room;
    lq_tx_halt_t halt = {.halted = true, .why = "abc"};
    lq_tx_record_t record = {.kind = LQ_TX_RECORD_HALT, .as = {.halt = &halt}};
    size_t sz = lq_tx_record_encode(bytes, &record);
    assert_memory_equal(bytes + sz - 3, "abc", 3);
    bytes[sz - 2] = '\0';
    assert_err(lq_tx_record_decode(&room, bytes, sz), LQ_ERR_SYNTAX);
    memset(halt.why, 'x', sizeof(halt.why) - 1);
    sz = lq_tx_record_encode(bytes, &record);
    assert_ok(lq_tx_record_decode(&room, bytes, sz));
    assert_string_equal(room.of.halt.why, halt.why);
}

static void encode_a_text_without_an_end(void)
{
    lq_tx_halt_t halt;
    lq_tx_record_t record = {.kind = LQ_TX_RECORD_HALT, .as = {.halt = &halt}};
    memset(&halt, 0, sizeof(halt));
    memset(halt.why, 'x', sizeof(halt.why));
    (void)lq_tx_record_sz(&record);
}

static void a_text_without_an_end_is_a_bug(void **state)
{
    (void)state;
    assert_dies(encode_a_text_without_an_end, "does not hold");
}

static void names_are_told_apart(void **state)
{
    (void)state;
    for (unsigned i = 0; i < LQ_TX_STATE_CNT; i++)
        for (unsigned k = 0; k < i; k++)
            assert_string_not_equal(lq_tx_state_str((lq_tx_state_t)i),
                                    lq_tx_state_str((lq_tx_state_t)k));
    for (unsigned i = 0; i < LQ_TX_USE_CNT; i++)
        for (unsigned k = 0; k < i; k++)
            assert_string_not_equal(lq_tx_use_str((lq_tx_use_t)i), lq_tx_use_str((lq_tx_use_t)k));
    for (unsigned i = 0; i < LQ_TX_RECORD_KIND_CNT; i++)
        for (unsigned k = 0; k < i; k++)
            assert_string_not_equal(lq_tx_record_kind_str((lq_tx_record_kind_t)i),
                                    lq_tx_record_kind_str((lq_tx_record_kind_t)k));
    assert_string_equal(lq_tx_state_str(LQ_TX_STATE_CNT), "unknown");
    assert_string_equal(lq_tx_use_str(LQ_TX_USE_CNT), "unknown");
    assert_string_equal(lq_tx_record_kind_str(LQ_TX_RECORD_KIND_CNT), "unknown");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_is_read_back),
        cmocka_unit_test(what_plays_no_role_is_not_written),
        cmocka_unit_test(bytes_that_mean_a_thing_are_the_only_ones),
        cmocka_unit_test(the_longest_raw_bytes_fit_and_more_are_refused),
        cmocka_unit_test(the_largest_of_each_kind_fits_the_maximum),
        cmocka_unit_test(a_text_ends_before_a_nul),
        cmocka_unit_test(a_text_without_an_end_is_a_bug),
        cmocka_unit_test(names_are_told_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
