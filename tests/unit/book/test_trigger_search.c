#include "lq_test.h"

#include "trigger_internal.h"

/* Answers from 1 to 1,000 and the account's verdict at each; above that it stands as at the last.
 */
enum {
    ANSWER_MAX = 1000,
};

typedef struct table {
    uint8_t verdicts[ANSWER_MAX + 1];
    size_t ask_cnt;
} table_t;

static lq_health_verdict_t look_up(void *ctx, const lq_u256_t *answer)
{
    table_t *t = ctx;
    uint64_t at = ANSWER_MAX;
    (void)!lq_u256_to_u64(&at, answer);
    t->ask_cnt++;
    assert_false(lq_u256_is_zero(answer));
    return (lq_health_verdict_t)t->verdicts[at < ANSWER_MAX ? at : ANSWER_MAX];
}

static void fill(table_t *t, size_t from, size_t to, lq_health_verdict_t verdict)
{
    for (size_t i = from; i <= to; i++)
        t->verdicts[i] = (uint8_t)verdict;
}

static table_t all_safe(void)
{
    table_t t = {.ask_cnt = 0};
    fill(&t, 0, ANSWER_MAX, LQ_HEALTH_SAFE);
    return t;
}

static lq_trigger_kind_t search(table_t *t, uint64_t present, uint64_t *answer,
                                const lq_u256_t *stops, size_t stop_cnt)
{
    lq_trigger_search_t s = {.ask = look_up,
                             .ctx = t,
                             .present = lq_u256_from_u64(present),
                             .stops = stops,
                             .stop_cnt = stop_cnt};
    lq_u256_t at = lq_u256_from_u64(0);
    lq_trigger_kind_t kind = lq_trigger_search(&at, &s);
    assert_ok(lq_u256_to_u64(answer, &at));
    return kind;
}

static void finds_each_boundary_below(void **state)
{
    (void)state;
    for (uint64_t present = 2; present < 60; present++) {
        for (uint64_t want = 1; want < present; want++) {
            table_t t = all_safe();
            uint64_t got = 0;
            fill(&t, 1, want, LQ_HEALTH_LIQUIDATABLE);
            assert_int_equal(search(&t, present, &got, NULL, 0), LQ_TRIGGER_BELOW);
            assert_int_equal(got, want);
        }
    }
}

static void finds_each_boundary_above(void **state)
{
    (void)state;
    for (uint64_t present = 1; present < 40; present++) {
        for (uint64_t want = present + 1; want < ANSWER_MAX; want++) {
            table_t t = all_safe();
            uint64_t got = 0;
            fill(&t, want, ANSWER_MAX, LQ_HEALTH_LIQUIDATABLE);
            assert_int_equal(search(&t, present, &got, NULL, 0), LQ_TRIGGER_ABOVE);
            assert_int_equal(got, want);
            assert_true(t.ask_cnt < 30);
        }
    }
}

static void says_never_where_it_stands_everywhere(void **state)
{
    (void)state;
    for (uint64_t present = 1; present < ANSWER_MAX; present++) {
        table_t t = all_safe();
        uint64_t got = 0;
        assert_int_equal(search(&t, present, &got, NULL, 0), LQ_TRIGGER_NEVER);
        assert_int_equal(got, 0);
        assert_int_equal(t.ask_cnt, present > 1 ? 2 : 1);
    }
}

static void prefers_the_boundary_below(void **state)
{
    (void)state;
    table_t t = all_safe();
    uint64_t got = 0;
    fill(&t, 1, 10, LQ_HEALTH_LIQUIDATABLE);
    fill(&t, 51, ANSWER_MAX, LQ_HEALTH_LIQUIDATABLE);
    assert_int_equal(search(&t, 50, &got, NULL, 0), LQ_TRIGGER_BELOW);
    assert_int_equal(got, 10);
}

/* Where the price runs out before the account does, and where it does not. */
static void takes_what_cannot_be_computed_for_no_liquidation(void **state)
{
    (void)state;
    const lq_health_verdict_t none[] = {LQ_HEALTH_UNKNOWN, LQ_HEALTH_REVERTS};
    for (size_t k = 0; k < 2; k++) {
        table_t t = all_safe();
        uint64_t got = 0;
        fill(&t, 1, 20, none[k]);
        assert_int_equal(search(&t, 50, &got, NULL, 0), LQ_TRIGGER_NEVER);
        fill(&t, 11, 20, LQ_HEALTH_LIQUIDATABLE);
        assert_int_equal(search(&t, 50, &got, NULL, 0), LQ_TRIGGER_BELOW);
        assert_int_equal(got, 20);
        fill(&t, 1, 20, LQ_HEALTH_SAFE);
        fill(&t, 70, 90, LQ_HEALTH_LIQUIDATABLE);
        fill(&t, 91, ANSWER_MAX, none[k]);
        assert_int_equal(search(&t, 50, &got, NULL, 0), LQ_TRIGGER_ABOVE);
        assert_int_equal(got, 70);
    }
}

/* All that one step of rounding can do: in each order of verdicts around the boundary, what is
   found is one. */
static void finds_a_boundary_among_several(void **state)
{
    (void)state;
    for (unsigned bits = 0; bits < 1024; bits++) {
        table_t t = all_safe();
        uint64_t got = 0;
        fill(&t, 1, 20, LQ_HEALTH_LIQUIDATABLE);
        for (unsigned i = 0; i < 10; i++)
            if (bits >> i & 1)
                t.verdicts[21 + i] = LQ_HEALTH_LIQUIDATABLE;
        assert_int_equal(search(&t, 50, &got, NULL, 0), LQ_TRIGGER_BELOW);
        assert_int_equal(t.verdicts[got], LQ_HEALTH_LIQUIDATABLE);
        assert_int_equal(t.verdicts[got + 1], LQ_HEALTH_SAFE);
        assert_in_range(got, 20, 30);
    }
}

/* Two caps: health falls to the one and rises behind it, so that no end shows anything. */
static void finds_what_lies_around_a_stop(void **state)
{
    (void)state;
    for (uint64_t stop = 2; stop < 60; stop++) {
        for (uint64_t reach = 0; reach < 5 && reach + 1 < stop; reach++) {
            lq_u256_t stops[] = {lq_u256_from_u64(0), lq_u256_from_u64(stop),
                                 lq_u256_from_u64(stop + 500)};
            table_t t = all_safe();
            uint64_t got = 0;
            fill(&t, stop - reach, stop + reach, LQ_HEALTH_LIQUIDATABLE);
            assert_int_equal(search(&t, stop + reach + 7, &got, stops, 3), LQ_TRIGGER_BELOW);
            assert_int_equal(got, stop + reach);
            assert_int_equal(search(&t, stop - reach - 1, &got, stops, 3), LQ_TRIGGER_ABOVE);
            assert_int_equal(got, stop - reach);
        }
    }
}

typedef struct line {
    lq_u256_t from; /* liquidatable from here on */
    lq_u256_t last; /* asked */
} line_t;

static lq_health_verdict_t beyond(void *ctx, const lq_u256_t *answer)
{
    line_t *l = ctx;
    if (lq_u256_lt(&l->last, answer))
        l->last = *answer;
    return lq_u256_lt(answer, &l->from) ? LQ_HEALTH_SAFE : LQ_HEALTH_LIQUIDATABLE;
}

static void looks_up_to_two_to_the_64_times_the_answer(void **state)
{
    (void)state;
    lq_u256_t present = lq_u256_from_u64(265012345678);
    lq_u256_t top = lq_u256_shl_wrap(&present, 64);
    lq_u256_t one = lq_u256_from_u64(1);
    line_t l = {.from = top};
    lq_trigger_search_t s = {.ask = beyond, .ctx = &l, .present = present};
    lq_u256_t got;
    assert_int_equal(lq_trigger_search(&got, &s), LQ_TRIGGER_ABOVE);
    assert_true(lq_u256_eq(&got, &top));
    l.from = lq_u256_add_wrap(&top, &one);
    assert_int_equal(lq_trigger_search(&got, &s), LQ_TRIGGER_NEVER);
    assert_true(lq_u256_eq(&l.last, &top));
}

static void asks_for_no_answer_that_is_no_int256(void **state)
{
    (void)state;
    lq_u256_t max = {{UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX >> 1}};
    lq_u256_t one = lq_u256_from_u64(1);
    for (unsigned shift = 0; shift < 255; shift++) {
        lq_u256_t present = lq_u256_shl_wrap(&one, shift);
        line_t l = {.from = max};
        lq_trigger_search_t s = {.ask = beyond, .ctx = &l, .present = present};
        lq_u256_t got;
        lq_trigger_kind_t kind = lq_trigger_search(&got, &s);
        assert_int_equal(kind, shift > 255 - 65 ? LQ_TRIGGER_ABOVE : LQ_TRIGGER_NEVER);
        assert_true(lq_u256_lt(&l.last, &max) || lq_u256_eq(&l.last, &max));
    }
}

/* ---- stops ---- */

static void names_the_answers_where_caps_begin_to_hold(void **state)
{
    (void)state;
    lq_price_t p = {0};
    uint8_t base;
    uint8_t ratio;
    uint8_t stable;
    lq_i256_t cap = lq_i256_from_i64(104000000);
    lq_price_ratio_cap_t growing = {.snapshot_ratio = 1000000,
                                    .max_growth_per_second_scaled = 2500000,
                                    .snapshot_sec = 100,
                                    .ratio_decimals = 6};
    assert_ok(lq_price_add_feed(&p, &base, 7));
    assert_ok(lq_price_add_feed(&p, &ratio, 8));
    assert_ok(lq_price_add_cap_stable(&p, &stable, base, &cap));
    assert_ok(lq_price_add_cap_ratio(&p, NULL, stable, ratio, &growing));
    lq_u256_t stops[4];
    assert_int_equal(lq_trigger_stops(stops, 0, 4, &p, 7, 103), 1);
    assert_int_equal(stops[0].w[0], 104000000);
    assert_int_equal(lq_trigger_stops(stops, 1, 4, &p, 8, 103), 2);
    assert_int_equal(stops[0].w[0], 1000007); /* 2.5 a second, down */
    assert_int_equal(stops[1].w[0], 104000000);
    assert_int_equal(lq_trigger_stops(stops, 2, 4, &p, 8, 103), 2); /* each once */
    assert_int_equal(lq_trigger_stops(stops, 2, 2, &p, 8, 200), 2); /* no room */
    assert_int_equal(lq_trigger_stops(stops, 2, 4, &p, 9, 103), 2);
    assert_int_equal(lq_trigger_stops(stops, 2, 4, &p, 8, 50), 3); /* before its snapshot */
    assert_int_equal(stops[0].w[0], 1000000);
    assert_int_equal(stops[1].w[0], 1000007);
}

/* ---- time ---- */

static bool from_on(void *ctx, uint64_t after_sec)
{
    return after_sec >= *(const uint64_t *)ctx;
}

static void finds_each_second(void **state)
{
    (void)state;
    const uint64_t horizons[] = {0, 1, 2, 3, 1000, 1023, 1024, 1025, 5000};
    for (size_t k = 0; k < sizeof(horizons) / sizeof(horizons[0]); k++) {
        for (uint64_t want = 0; want <= 5100; want++) {
            uint64_t got = lq_trigger_time(from_on, &want, horizons[k]);
            assert_int_equal(got, want <= horizons[k] ? want : UINT64_MAX);
        }
    }
    uint64_t late = UINT64_MAX - 5;
    assert_int_equal(lq_trigger_time(from_on, &late, UINT64_MAX - 1), late);
    assert_int_equal(lq_trigger_time(from_on, &late, UINT64_MAX - 6), UINT64_MAX);
}

typedef struct span {
    uint64_t from;
    uint64_t to;
} span_t;

static bool inside(void *ctx, uint64_t after_sec)
{
    const span_t *s = ctx;
    return after_sec >= s->from && after_sec < s->to;
}

static void finds_what_lasts_as_long_as_a_step(void **state)
{
    (void)state;
    uint64_t horizon = UINT64_C(100) * LQ_TRIGGER_STEP_CNT;
    for (uint64_t from = 1; from < 3000; from++) {
        span_t s = {from, from + 100};
        assert_int_equal(lq_trigger_time(inside, &s, horizon), from);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_each_boundary_below),
        cmocka_unit_test(finds_each_boundary_above),
        cmocka_unit_test(says_never_where_it_stands_everywhere),
        cmocka_unit_test(prefers_the_boundary_below),
        cmocka_unit_test(takes_what_cannot_be_computed_for_no_liquidation),
        cmocka_unit_test(finds_a_boundary_among_several),
        cmocka_unit_test(finds_what_lies_around_a_stop),
        cmocka_unit_test(looks_up_to_two_to_the_64_times_the_answer),
        cmocka_unit_test(asks_for_no_answer_that_is_no_int256),
        cmocka_unit_test(names_the_answers_where_caps_begin_to_hold),
        cmocka_unit_test(finds_each_second),
        cmocka_unit_test(finds_what_lasts_as_long_as_a_step),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
