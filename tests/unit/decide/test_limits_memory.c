#include "limits_rig.h"

#include "liqd/base/digest.h"

/* Where the parts lie; see limits_memory.c. */
enum {
    VERSION = 8,
    COUNT = 12,
    PAUSED = 16,
    CLOCK_KNOWN = 17,
    CLOCK_TIME = 18,
    CLOCK_AHEAD = 26,
    HOUR_BUCKET = 34,
    HOUR_LEFT = 42,
    HOUR_SZ = 8 + 61 * 32,
    DAY_SZ = 8 + 97 * 32,
    REVERTED = HOUR_BUCKET + HOUR_SZ + 2 * DAY_SZ,
    OUTCOME_CNT = REVERTED + 32,
    HELD_UNTIL = OUTCOME_CNT + 4,
    REST = HELD_UNTIL + 8,
    FAILURES_SZ = 20 + 4 + 16 * 8,
    MEMORY_MAX = 20000
};

static lq_limits_config_t config(void)
{
    lq_limits_config_t c = no_limits();
    c.gas_hour_wei = wei(1000);
    c.gas_day_wei = wei(1500);
    c.loss_day_usd = usd(100);
    c.exposure_usd = usd(100);
    c.revert_ratio_bps = 7500;
    c.revert_window = 4;
    c.revert_hold_sec = 10000;
    c.borrower_failure_max = 2;
    c.borrower_failure_sec = 5000;
    return c;
}

/* Limits that have counted something of each. */
static lq_limits_t *counted(void)
{
    lq_limits_config_t c = config();
    lq_limits_t *limits = new_limits(&c);
    spend(limits, 600, T0);
    spend(limits, 300, T0 + 1000);
    realise(limits, -60, T0 + 1000);
    revert(limits, borrower(1), T0 + 1001);
    revert(limits, borrower(2), T0 + 1002);
    revert(limits, borrower(1), T0 + 1003);
    take(limits, 70, 50, T0 + 1003);
    return limits;
}

static size_t save(const lq_limits_t *limits, uint8_t out[MEMORY_MAX])
{
    size_t sz = lq_limits_memory_sz(limits);
    assert_true(sz <= MEMORY_MAX);
    lq_limits_save(limits, out);
    return sz;
}

static lq_limits_t *empty(void)
{
    lq_limits_config_t c = config();
    return new_limits(&c);
}

static void a_restart_keeps_what_was_counted_and_takes_what_is_in_flight_for_spent(void **state)
{
    (void)state;
    static uint8_t memory[MEMORY_MAX];
    static uint8_t again[MEMORY_MAX];
    lq_limits_t *before = counted();
    lq_limits_set_pause(before, true);
    size_t sz = save(before, memory);
    assert_int_equal(save(before, again), sz); /* it has not been spent by that */
    assert_memory_equal(again, memory, sz);
    lq_limits_t *limits = empty();
    assert_ok(lq_limits_load(limits, memory, sz));
    assert_int_equal(save(limits, again), sz);
    assert_memory_equal(again, memory, sz);

    assert_true(lq_limits_paused(limits));
    lq_limits_set_pause(limits, false);
    uint64_t now = T0 + 1003;
    assert_free(limits, 50, now); /* 600, 300, and 50 in flight */
    assert_held(limits, 51, now, LQ_LIMIT_GAS_HOUR, T0 - 20 + 60 + 3600);
    lq_address_t who = borrower(1);
    lq_usd_t tied = usd(100);
    lq_wei_t cost = wei(1);
    lq_hold_t out;
    assert_true(lq_limits_hold(limits, &out, &who, &tied, &cost, now));
    assert_int_equal(out.limit, LQ_LIMIT_BORROWER_FAILURES); /* not EXPOSURE */
    assert_int_equal(out.until_sec, T0 + 6001);
    realise(limits, -40, now);
    assert_held(limits, 1, now, LQ_LIMIT_LOSS_DAY, (T0 + 1000) / 900 * 900 + 900 + 86400);
    revert(limits, borrower(5), now); /* the newest four */
    lq_limits_resume(limits);
    revert(limits, borrower(6), now);
    assert_free(limits, 1, now); /* of a window that began anew */
    assert_held(limits, 551, now + 7200, LQ_LIMIT_GAS_DAY, T0 / 900 * 900 + 900 + 86400);
}

/* Over and over: what was in flight when it was killed is never given back early. */
static void kills_with_something_in_flight_pass_no_budget_by(void **state)
{
    (void)state;
    static uint8_t memory[MEMORY_MAX];
    lq_limits_t *limits = empty();
    uint64_t taken = 0;
    lq_hold_t out;
    for (uint64_t now = T0; !hold(limits, &out, 1, 90, now); now += 10) {
        take(limits, 1, 90, now);
        taken += 90;
        assert_true(taken <= 1000);
        size_t sz = save(limits, memory);
        lq_arena_reset(&arena);
        limits = empty();
        assert_ok(lq_limits_load(limits, memory, sz));
    }
    assert_int_equal(out.limit, LQ_LIMIT_GAS_HOUR);
    assert_int_equal(taken, 990);
}

static void more_than_a_word_in_flight_uses_up_every_budget(void **state)
{
    (void)state;
    static uint8_t memory[MEMORY_MAX];
    lq_limits_t *before = empty();
    lq_wei_t most = {{{UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX}}};
    lq_usd_t none = usd(0);
    lq_limits_taken(before, &none, &most, T0);
    lq_limits_taken(before, &none, &most, T0);
    size_t sz = save(before, memory);
    lq_limits_t *limits = empty();
    assert_ok(lq_limits_load(limits, memory, sz));
    assert_held(limits, 1, T0, LQ_LIMIT_GAS_HOUR, T0 - 20 + 60 + 3600);
    assert_held(limits, 1, T0 + 7200, LQ_LIMIT_GAS_DAY, T0 / 900 * 900 + 900 + 86400);
}

/* Whoever writes them when they differ writes nothing while nothing happens. */
static void time_alone_changes_no_byte(void **state)
{
    (void)state;
    static uint8_t memory[MEMORY_MAX];
    static uint8_t again[MEMORY_MAX];
    lq_limits_t *limits = counted();
    lq_limits_end_t end = end_of(70, 50, 50);
    lq_limits_ended(limits, &end, T0 + 1004);
    size_t sz = save(limits, memory);
    for (uint64_t now = T0 + 1004; now < T0 + 20000; now += 100) {
        lq_hold_t out;
        (void)hold(limits, &out, 1, 1, now);
        lq_limits_tell_time(limits, now);
        realise(limits, 5, now);
        assert_int_equal(save(limits, again), sz);
        assert_memory_equal(again, memory, sz);
    }
}

/* Also when that was long after anything was counted. */
static void a_clock_that_went_back_far_loads(void **state)
{
    (void)state;
    static uint8_t memory[MEMORY_MAX];
    lq_limits_t *before = counted();
    lq_limits_tell_time(before, 3 * T0);
    lq_limits_tell_time(before, 5000);
    size_t sz = save(before, memory);
    lq_limits_t *limits = empty();
    assert_ok(lq_limits_load(limits, memory, sz));
    assert_free(limits, 100, 5000);
}

static void a_hold_goes_on_over_a_restart(void **state)
{
    (void)state;
    static uint8_t memory[MEMORY_MAX];
    lq_limits_t *before = counted();
    revert(before, borrower(3), T0 + 1004);
    assert_held(before, 1, T0 + 1004, LQ_LIMIT_REVERT_RATIO, T0 + 11004);
    size_t sz = save(before, memory);
    lq_limits_t *limits = empty();
    assert_ok(lq_limits_load(limits, memory, sz));
    assert_held(limits, 1, T0 + 11003, LQ_LIMIT_REVERT_RATIO, T0 + 11004);
    assert_free(limits, 1, T0 + 11004);
}

static void a_pause_before_loading_stays(void **state)
{
    (void)state;
    static uint8_t memory[MEMORY_MAX];
    size_t sz = save(counted(), memory);
    for (int good = 0; good < 2; good++) {
        lq_limits_t *limits = empty();
        lq_limits_set_pause(limits, true);
        assert_err(lq_limits_load(limits, memory, sz - !good), good ? LQ_OK : LQ_ERR_SYNTAX);
        assert_true(lq_limits_paused(limits));
        lq_arena_reset(&arena);
    }
}

/* As one who writes a right checksum over wrong bytes. */
static void sign(uint8_t *memory, size_t sz)
{
    uint64_t digest = lq_digest(memory, sz - 8);
    memcpy(memory + sz - 8, &digest, sizeof(digest));
}

/* Nothing is taken of what is refused. */
static void check_refused(const uint8_t *memory, size_t sz, lq_err_t err)
{
    static uint8_t before[MEMORY_MAX];
    static uint8_t after[MEMORY_MAX];
    lq_limits_t *limits = empty();
    size_t empty_sz = save(limits, before);
    assert_err(lq_limits_load(limits, memory, sz), err);
    assert_int_equal(save(limits, after), empty_sz);
    assert_memory_equal(after, before, empty_sz);
    lq_arena_reset(&arena);
}

static void every_flipped_bit_and_every_cut_is_found(void **state)
{
    (void)state;
    static uint8_t memory[MEMORY_MAX];
    size_t sz = save(counted(), memory);
    lq_limits_t *limits = empty();
    for (size_t i = 0; i < sz * 8; i++) {
        memory[i / 8] ^= (uint8_t)(1u << i % 8);
        assert_err(lq_limits_load(limits, memory, sz), LQ_ERR_SYNTAX);
        memory[i / 8] ^= (uint8_t)(1u << i % 8);
    }
    for (size_t i = 0; i < sz; i++)
        assert_err(lq_limits_load(limits, memory, i), LQ_ERR_SYNTAX);
    assert_ok(lq_limits_load(limits, memory, sz));
}

static void bytes_that_mean_nothing_are_refused_whatever_their_checksum(void **state)
{
    (void)state;
    const struct {
        const char *what;
        size_t at;
        uint8_t value;
        lq_err_t err;
    } cases[] = {
        {"another version", VERSION, 2, LQ_ERR_INVAL},
        {"a borrower more", COUNT, 4, LQ_ERR_SYNTAX},
        {"a borrower less", COUNT, 1, LQ_ERR_SYNTAX},
        {"more than can be", COUNT + 2, 1, LQ_ERR_SYNTAX},
        {"half a pause", PAUSED, 2, LQ_ERR_SYNTAX},
        {"a flag that is none", CLOCK_KNOWN, 2, LQ_ERR_SYNTAX},
        {"a time of an unknown clock", CLOCK_KNOWN, 0, LQ_ERR_SYNTAX},
        {"a time beyond all", CLOCK_TIME + 7, 0x40, LQ_ERR_SYNTAX},
        {"ahead of itself", CLOCK_AHEAD + 5, 1, LQ_ERR_SYNTAX},
        {"a budget used later than now", HOUR_BUCKET + 5, 1, LQ_ERR_SYNTAX},
        {"a budget that grows by itself", HOUR_LEFT + 60 * 32 + 31, 1, LQ_ERR_SYNTAX},
        {"a day's that grows", HOUR_BUCKET + HOUR_SZ + 8 + 96 * 32 + 31, 1, LQ_ERR_SYNTAX},
        {"losses that grow", HOUR_BUCKET + HOUR_SZ + DAY_SZ + 8 + 96 * 32 + 31, 1, LQ_ERR_SYNTAX},
        {"more reverted than mined", REVERTED + 31, 1, LQ_ERR_SYNTAX},
        {"more outcomes than are kept", OUTCOME_CNT + 1, 2, LQ_ERR_SYNTAX},
        {"held for ever", HELD_UNTIL + 5, 1, LQ_ERR_SYNTAX},
        {"a name for all others", REST, 1, LQ_ERR_SYNTAX},
        {"more failures than are kept", REST + FAILURES_SZ + 20, 17, LQ_ERR_SYNTAX},
        {"more failures than are named", REST + FAILURES_SZ + 20, 1, LQ_ERR_SYNTAX},
        {"a failure later than now", REST + FAILURES_SZ + 24 + 5, 1, LQ_ERR_SYNTAX},
        {"failures out of order", REST + FAILURES_SZ + 32 + 2, 0xf2, LQ_ERR_SYNTAX},
    };
    static uint8_t memory[MEMORY_MAX];
    size_t sz = save(counted(), memory);
    for (size_t i = 0; i < LQ_ARRAY_CNT(cases); i++) {
        uint8_t was = memory[cases[i].at];
        memory[cases[i].at] = cases[i].value;
        sign(memory, sz);
        print_message("%s\n", cases[i].what);
        check_refused(memory, sz, cases[i].err);
        memory[cases[i].at] = was;
    }
    /* the same borrower twice */
    memcpy(memory + REST + (size_t)2 * FAILURES_SZ, memory + REST + FAILURES_SZ, 20);
    sign(memory, sz);
    check_refused(memory, sz, LQ_ERR_SYNTAX);
}

static void a_time_to_come_in_memory_holds_no_longer_than_its_own(void **state)
{
    (void)state;
    static uint8_t memory[MEMORY_MAX];
    lq_limits_config_t c = config();
    lq_limits_t *before = new_limits(&c);
    const uint64_t future = T0 + UINT64_C(1000) * 31536000;
    spend(before, 1000, future);
    size_t sz = save(before, memory);
    lq_limits_t *limits = empty();
    assert_ok(lq_limits_load(limits, memory, sz));
    lq_hold_t out;
    assert_true(hold(limits, &out, 1, 1, T0));
    assert_true(out.until_sec > T0 && out.until_sec <= T0 + 3660);
    assert_free(limits, 1, out.until_sec);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(
            a_restart_keeps_what_was_counted_and_takes_what_is_in_flight_for_spent, reset),
        cmocka_unit_test_setup(kills_with_something_in_flight_pass_no_budget_by, reset),
        cmocka_unit_test_setup(more_than_a_word_in_flight_uses_up_every_budget, reset),
        cmocka_unit_test_setup(time_alone_changes_no_byte, reset),
        cmocka_unit_test_setup(a_clock_that_went_back_far_loads, reset),
        cmocka_unit_test_setup(a_hold_goes_on_over_a_restart, reset),
        cmocka_unit_test_setup(a_pause_before_loading_stays, reset),
        cmocka_unit_test_setup(every_flipped_bit_and_every_cut_is_found, reset),
        cmocka_unit_test_setup(bytes_that_mean_nothing_are_refused_whatever_their_checksum, reset),
        cmocka_unit_test_setup(a_time_to_come_in_memory_holds_no_longer_than_its_own, reset),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
