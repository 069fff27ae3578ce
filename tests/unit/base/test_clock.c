#include "liqd/base/clock.h"

#include <time.h>

#include "lq_test.h"

static uint64_t ns_of(clockid_t id)
{
    struct timespec t;
    assert_int_equal(clock_gettime(id, &t), 0);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* No clock is set while tests run; a wall clock that is slewed does not go back either. */
static void system_clock_reads_both_scales(void **state)
{
    (void)state;
    lq_clock_t clock = lq_clock_system();
    for (int i = 0; i < 1000; i++) {
        uint64_t wall_before = ns_of(CLOCK_REALTIME);
        uint64_t mono_before = ns_of(CLOCK_MONOTONIC);
        lq_time_t now = lq_clock_now(clock);
        assert_in_range(now.wall_ns, wall_before, ns_of(CLOCK_REALTIME));
        assert_in_range(now.mono_ns, mono_before, ns_of(CLOCK_MONOTONIC));
        uint64_t mono = lq_clock_mono(clock);
        assert_in_range(mono, now.mono_ns, ns_of(CLOCK_MONOTONIC));
    }
}

static void manual_clock_stands_still_until_told(void **state)
{
    (void)state;
    lq_clock_manual_t manual = {{.wall_ns = 1700000000000000000u, .mono_ns = 5}};
    lq_clock_t clock = lq_clock_manual(&manual);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(lq_clock_now(clock).wall_ns, 1700000000000000000u);
        assert_int_equal(lq_clock_now(clock).mono_ns, 5);
    }
    lq_clock_manual_advance(&manual, 7);
    assert_int_equal(lq_clock_now(clock).wall_ns, 1700000000000000007u);
    assert_int_equal(lq_clock_now(clock).mono_ns, 12);
    lq_clock_manual_advance(&manual, 0);
    assert_int_equal(lq_clock_now(clock).mono_ns, 12);
}

static void manual_scales_jump_apart(void **state)
{
    (void)state;
    lq_clock_manual_t manual = {{.wall_ns = 100, .mono_ns = 200}};
    lq_clock_t clock = lq_clock_manual(&manual);
    manual.now.wall_ns = 40; /* the operator set the clock back */
    assert_int_equal(lq_clock_now(clock).wall_ns, 40);
    assert_int_equal(lq_clock_now(clock).mono_ns, 200);
    manual.now.mono_ns = 1;
    assert_int_equal(lq_clock_now(clock).wall_ns, 40);
    assert_int_equal(lq_clock_now(clock).mono_ns, 1);
    assert_int_equal(lq_clock_mono(clock), 1);
}

static void advance_stops_at_the_end_of_time(void **state)
{
    (void)state;
    lq_clock_manual_t manual = {{.wall_ns = UINT64_MAX - 10, .mono_ns = UINT64_MAX - 11}};
    lq_clock_manual_advance(&manual, 10);
    assert_int_equal(manual.now.wall_ns, UINT64_MAX);
    assert_int_equal(manual.now.mono_ns, UINT64_MAX - 1);
    lq_clock_manual_advance(&manual, 1);
    assert_int_equal(manual.now.wall_ns, UINT64_MAX);
    assert_int_equal(manual.now.mono_ns, UINT64_MAX);
    manual.now = (lq_time_t){0};
    lq_clock_manual_advance(&manual, UINT64_MAX);
    assert_int_equal(manual.now.wall_ns, UINT64_MAX);
}

static lq_time_t count_reads(void *ctx)
{
    uint64_t *cnt = ctx;
    ++*cnt;
    return (lq_time_t){.wall_ns = *cnt, .mono_ns = 2 * *cnt};
}

static void any_function_is_a_source(void **state)
{
    (void)state;
    uint64_t cnt = 0;
    lq_clock_t clock = {.read = count_reads, .ctx = &cnt};
    assert_int_equal(lq_clock_now(clock).wall_ns, 1);
    assert_int_equal(lq_clock_now(clock).mono_ns, 4);
    assert_int_equal(cnt, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(system_clock_reads_both_scales),
        cmocka_unit_test(manual_clock_stands_still_until_told),
        cmocka_unit_test(manual_scales_jump_apart),
        cmocka_unit_test(advance_stops_at_the_end_of_time),
        cmocka_unit_test(any_function_is_a_source),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
