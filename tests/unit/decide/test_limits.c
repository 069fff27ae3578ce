#include "limits_rig.h"

#define HOUR UINT64_C(3600)
#define DAY  UINT64_C(86400)
#define YEAR (365 * DAY)

/* ---- names ---- */

static void every_limit_has_a_name_and_a_kind(void **state)
{
    (void)state;
    unsigned breaker_cnt = 0;
    for (unsigned i = 0; i < LQ_LIMIT_CNT; i++) {
        assert_string_not_equal(lq_limit_str((lq_limit_t)i), "unknown");
        breaker_cnt += lq_limit_is_breaker((lq_limit_t)i);
    }
    assert_int_equal(breaker_cnt, 7);
    assert_false(lq_limit_is_breaker(LQ_LIMIT_BORROWER_FAILURES));
    assert_true(lq_limit_is_breaker(LQ_LIMIT_BASE_FEE));
    assert_string_equal(lq_limit_str(LQ_LIMIT_GAS_HOUR), "gas_hour");
    assert_string_equal(lq_limit_str(LQ_LIMIT_CNT), "unknown");
}

static void without_limits_nothing_holds(void **state)
{
    (void)state;
    lq_limits_config_t c = no_limits();
    lq_limits_t *limits = new_limits(&c);
    spend(limits, UINT64_MAX, T0);
    realise(limits, INT64_MIN, T0);
    for (uint32_t i = 0; i < 300; i++)
        revert(limits, borrower(0), T0);
    take(limits, UINT64_MAX, UINT64_MAX, T0);
    assert_free(limits, UINT64_MAX, T0);
    lq_hold_t out;
    for (unsigned i = 0; i < LQ_LIMIT_CNT; i++)
        assert_false(lq_limits_holding(limits, &out, (lq_limit_t)i, T0));
}

/* ---- budgets ---- */

static void gas_of_an_hour_lets_go_when_its_minute_is_an_hour_ago(void **state)
{
    (void)state;
    lq_limits_config_t c = no_limits();
    c.gas_hour_wei = wei(100);
    lq_limits_t *limits = new_limits(&c);
    spend(limits, 60, T0);
    spend(limits, 30, T0 + 100);
    assert_free(limits, 10, T0 + 100);
    uint64_t first = T0 - 20 + 60 + HOUR;   /* the minute of T0 began 20 s before */
    uint64_t second = T0 - 20 + 180 + HOUR; /* that of the other begins with it */
    assert_held(limits, 11, T0 + 100, LQ_LIMIT_GAS_HOUR, first);
    assert_held(limits, 11, first - 1, LQ_LIMIT_GAS_HOUR, first);
    assert_free(limits, 11, first);
    assert_free(limits, 70, first);
    assert_held(limits, 71, first, LQ_LIMIT_GAS_HOUR, second);
    assert_held(limits, 71, second - 1, LQ_LIMIT_GAS_HOUR, second);
    assert_free(limits, 100, second);
    assert_held(limits, 101, second, LQ_LIMIT_GAS_HOUR, 0); /* never */
}

static void other_limits_count_what_was_spent_before(void **state)
{
    (void)state;
    lq_limits_config_t c = no_limits();
    c.gas_hour_wei = wei(100);
    lq_limits_t *limits = new_limits(&c);
    spend(limits, 60, T0);
    assert_free(limits, 40, T0);
    c.gas_hour_wei = wei(70);
    assert_ok(lq_limits_configure(limits, &c));
    assert_free(limits, 10, T0);
    lq_hold_t held;
    assert_true(hold(limits, &held, 1, 11, T0));
    assert_int_equal(held.limit, LQ_LIMIT_GAS_HOUR);
    lq_limits_config_t bad = c;
    bad.gas_day_wei = wei(1);
    assert_err(lq_limits_configure(limits, &bad), LQ_ERR_RANGE);
    assert_free(limits, 10, T0);
}

static void gas_of_a_day_lets_go_when_its_quarter_is_a_day_ago(void **state)
{
    (void)state;
    lq_limits_config_t c = no_limits();
    c.gas_hour_wei = wei(80);
    c.gas_day_wei = wei(100);
    lq_limits_t *limits = new_limits(&c);
    uint64_t quarter = T0 / 900 * 900;
    spend(limits, 80, T0);
    assert_held(limits, 1, T0, LQ_LIMIT_GAS_HOUR, T0 - 20 + 60 + HOUR);
    uint64_t later = T0 + 2 * HOUR;
    assert_held(limits, 21, later, LQ_LIMIT_GAS_DAY, quarter + 900 + DAY);
    assert_free(limits, 20, later);
    assert_held(limits, 21, quarter + 900 + DAY - 1, LQ_LIMIT_GAS_DAY, quarter + 900 + DAY);
    assert_free(limits, 21, quarter + 900 + DAY);
}

static void gas_in_flight_counts_until_it_is_known_what_it_took(void **state)
{
    (void)state;
    lq_limits_config_t c = no_limits();
    c.gas_hour_wei = wei(100);
    lq_limits_t *limits = new_limits(&c);
    take(limits, 0, 90, T0);
    assert_held(limits, 11, T0, LQ_LIMIT_GAS_HOUR, 0); /* no time gives that back */
    assert_held(limits, 11, T0 + 5 * HOUR, LQ_LIMIT_GAS_HOUR, 0);
    assert_free(limits, 10, T0);
    lq_limits_end_t end = end_of(0, 90, 40);
    lq_limits_ended(limits, &end, T0);
    assert_free(limits, 60, T0);
    assert_held(limits, 61, T0, LQ_LIMIT_GAS_HOUR, T0 - 20 + 60 + HOUR);
    take(limits, 0, 90, T0 + 5 * HOUR);
    end = (lq_limits_end_t){.gas_wei = wei(90)}; /* never mined */
    lq_limits_ended(limits, &end, T0 + 5 * HOUR);
    assert_free(limits, 100, T0 + 5 * HOUR);
}

static void losses_of_a_day_hold_once_they_reach_the_limit(void **state)
{
    (void)state;
    lq_limits_config_t c = no_limits();
    c.loss_day_usd = usd(1000);
    lq_limits_t *limits = new_limits(&c);
    uint64_t quarter = T0 / 900 * 900;
    realise(limits, 100000, T0); /* what was earned pays for no loss */
    realise(limits, -600, T0);
    realise(limits, -399, T0 + 900);
    assert_free(limits, 1, T0 + 900);
    realise(limits, -1, T0 + 900);
    assert_held(limits, 1, T0 + 900, LQ_LIMIT_LOSS_DAY, quarter + 900 + DAY);
    assert_held(limits, 0, quarter + 900 + DAY - 1, LQ_LIMIT_LOSS_DAY, quarter + 900 + DAY);
    assert_free(limits, 1, quarter + 900 + DAY);
}

static void the_largest_amounts_hold_and_let_go(void **state)
{
    (void)state;
    lq_limits_config_t c = no_limits();
    const lq_u256_t max = {{UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX}};
    const lq_u256_t least = {{0, 0, 0, 1ull << 63}};
    c.gas_hour_wei = c.gas_day_wei = (lq_wei_t){max};
    c.loss_day_usd = c.exposure_usd = (lq_usd_t){max};
    lq_limits_t *limits = new_limits(&c);
    lq_limits_end_t end = {.exposure = {max}, .gas_wei = {max}, .spent_wei = {max}, .mined = true};
    for (int i = 0; i < 3; i++)
        lq_limits_taken(limits, &end.exposure, &end.gas_wei, T0);
    assert_held(limits, 1, T0, LQ_LIMIT_GAS_HOUR, 0);
    for (int i = 0; i < 3; i++)
        lq_limits_ended(limits, &end, T0);
    assert_held(limits, 1, T0, LQ_LIMIT_GAS_HOUR, T0 - 20 + 60 + HOUR);
    const lq_i256_t loss = {least}; /* -2^255 */
    lq_limits_realised(limits, &loss, T0);
    lq_limits_realised(limits, &loss, T0);
    lq_hold_t out;
    assert_true(lq_limits_holding(limits, &out, LQ_LIMIT_LOSS_DAY, T0));
    assert_free(limits, 1, T0 + 2 * DAY);
}

static void exposure_in_flight_holds_until_it_has_ended(void **state)
{
    (void)state;
    lq_limits_config_t c = no_limits();
    c.exposure_usd = usd(100);
    lq_limits_t *limits = new_limits(&c);
    lq_hold_t out;
    take(limits, 70, 0, T0);
    assert_false(hold(limits, &out, 30, 0, T0));
    assert_true(hold(limits, &out, 31, 0, T0 + YEAR));
    assert_int_equal(out.limit, LQ_LIMIT_EXPOSURE);
    assert_int_equal(out.until_sec, 0);
    lq_limits_end_t end = end_of(70, 0, 0);
    lq_limits_ended(limits, &end, T0 + YEAR);
    assert_false(hold(limits, &out, 100, 0, T0 + YEAR));
    assert_true(hold(limits, &out, 101, 0, T0 + YEAR));
}

static void free_too_much(void)
{
    lq_limits_config_t c = no_limits();
    lq_limits_t *limits = new_limits(&c);
    lq_limits_end_t end = end_of(71, 0, 0);
    take(limits, 70, 0, T0);
    lq_limits_ended(limits, &end, T0);
}

static void freeing_more_than_was_tied_up_is_a_bug(void **state)
{
    (void)state;
    assert_dies(free_too_much, "carry_cnt");
}

/* ---- reverts ---- */

static void mine(lq_limits_t *limits, const char *outcomes, uint64_t now_sec)
{
    for (; *outcomes; outcomes++) {
        lq_limits_end_t end = end_of(0, 0, 0);
        end.mined = *outcomes != '-';
        end.failed = *outcomes == 'r';
        take(limits, 0, 0, now_sec);
        lq_limits_ended(limits, &end, now_sec);
    }
}

static lq_limits_config_t half_of_four(void)
{
    lq_limits_config_t c = no_limits();
    c.revert_ratio_bps = 5000;
    c.revert_window = 4;
    c.revert_hold_sec = 777;
    return c;
}

static void too_many_reverts_hold_for_their_time(void **state)
{
    (void)state;
    lq_limits_config_t c = half_of_four();
    lq_limits_t *limits = new_limits(&c);
    mine(limits, "r-r-r-", T0); /* too few, those never mined apart */
    assert_free(limits, 1, T0);
    limits = new_limits(&c);
    mine(limits, "rr..rr", T0); /* of the newest four never more than two */
    assert_free(limits, 1, T0);
    mine(limits, "r", T0 + 5);
    assert_held(limits, 1, T0 + 5, LQ_LIMIT_REVERT_RATIO, T0 + 782);
    mine(limits, "rrrr", T0 + 600); /* what was in flight yet counts for nothing */
    assert_held(limits, 1, T0 + 781, LQ_LIMIT_REVERT_RATIO, T0 + 782);
    assert_free(limits, 1, T0 + 782);
    mine(limits, "rrr", T0 + 782); /* the window began anew */
    assert_free(limits, 1, T0 + 782);
    mine(limits, "r", T0 + 782);
    assert_held(limits, 1, T0 + 782, LQ_LIMIT_REVERT_RATIO, T0 + 782 + 777);
}

static void the_largest_window_counts_all_of_it(void **state)
{
    (void)state;
    lq_limits_config_t c = half_of_four();
    c.revert_window = LQ_LIMITS_WINDOW_MAX;
    lq_limits_t *limits = new_limits(&c);
    for (int i = 0; i < 128; i++)
        mine(limits, "r.", T0);
    assert_free(limits, 1, T0);
    mine(limits, "r", T0); /* the oldest, which reverted too, goes */
    assert_free(limits, 1, T0);
    mine(limits, "r", T0); /* and now one that did not */
    assert_held(limits, 1, T0, LQ_LIMIT_REVERT_RATIO, T0 + 777);
}

/* ---- borrowers ---- */

static lq_limits_config_t three_failures(void)
{
    lq_limits_config_t c = no_limits();
    c.borrower_failure_max = 3;
    c.borrower_failure_sec = 1000;
    return c;
}

static bool holds_borrower(lq_limits_t *limits, uint32_t i, uint64_t *until_sec, uint64_t now_sec)
{
    lq_address_t who = borrower(i);
    lq_usd_t none_usd = usd(0);
    lq_wei_t none_wei = wei(0);
    lq_hold_t out = {LQ_LIMIT_CNT, 0};
    bool held = lq_limits_hold(limits, &out, &who, &none_usd, &none_wei, now_sec);
    assert_true(!held || out.limit == LQ_LIMIT_BORROWER_FAILURES);
    *until_sec = out.until_sec;
    return held;
}

static void a_borrower_who_failed_too_often_is_left_alone_for_a_time(void **state)
{
    (void)state;
    lq_limits_config_t c = three_failures();
    lq_limits_t *limits = new_limits(&c);
    uint64_t until;
    revert(limits, borrower(1), T0);
    revert(limits, borrower(1), T0 + 10);
    assert_false(holds_borrower(limits, 1, &until, T0 + 10));
    revert(limits, borrower(1), T0 + 999);
    assert_true(holds_borrower(limits, 1, &until, T0 + 999));
    assert_int_equal(until, T0 + 1000);
    assert_false(holds_borrower(limits, 2, &until, T0 + 999));
    assert_false(holds_borrower(limits, 1, &until, T0 + 1000));
    revert(limits, borrower(1), T0 + 1005);
    assert_true(holds_borrower(limits, 1, &until, T0 + 1009));
    assert_int_equal(until, T0 + 1010);
    revert(limits, borrower(1), T0 + 1006); /* in flight yet */
    assert_true(holds_borrower(limits, 1, &until, T0 + 1010));
    assert_int_equal(until, T0 + 1999);
    assert_true(holds_borrower(limits, 1, &until, T0 + 1998));
    assert_false(holds_borrower(limits, 1, &until, T0 + 1999));
}

static void thousands_who_fail_do_not_push_out_one_who_is_held(void **state)
{
    (void)state;
    lq_limits_config_t c = three_failures();
    lq_limits_t *limits = new_limits(&c);
    uint64_t until;
    for (int i = 0; i < 3; i++)
        revert(limits, borrower(1), T0);
    revert(limits, borrower(2), T0);
    revert(limits, borrower(2), T0);
    for (uint32_t i = 0; i < 5000; i++)
        revert(limits, borrower(10 + i), T0 + i / 10);
    assert_true(holds_borrower(limits, 1, &until, T0 + 999));
    assert_int_equal(until, T0 + 1000);
    revert(limits, borrower(2), T0 + 501); /* nor one who is near */
    assert_true(holds_borrower(limits, 2, &until, T0 + 501));
    revert(limits, borrower(5009), T0 + 501); /* of equals the one of longest ago went */
    revert(limits, borrower(5009), T0 + 501);
    assert_true(holds_borrower(limits, 5009, &until, T0 + 501));
    revert(limits, borrower(10), T0 + 501);
    revert(limits, borrower(10), T0 + 501);
    assert_false(holds_borrower(limits, 10, &until, T0 + 501));
}

static void where_all_are_held_the_others_fail_together(void **state)
{
    (void)state;
    lq_limits_config_t c = three_failures();
    lq_limits_t *limits = new_limits(&c);
    uint64_t until;
    lq_hold_t out;
    for (uint32_t i = 0; i < LQ_LIMITS_BORROWER_MAX; i++)
        for (int k = 0; k < 3; k++)
            revert(limits, borrower(i), T0);
    revert(limits, borrower(5000), T0 + 1);
    revert(limits, borrower(5001), T0 + 2);
    assert_false(holds_borrower(limits, 6000, &until, T0 + 3));
    assert_false(lq_limits_holding(limits, &out, LQ_LIMIT_BORROWER_FAILURES, T0 + 3));
    revert(limits, borrower(5002), T0 + 3);
    assert_true(holds_borrower(limits, 6000, &until, T0 + 3));
    assert_int_equal(until, T0 + 1001);
    assert_true(lq_limits_holding(limits, &out, LQ_LIMIT_BORROWER_FAILURES, T0 + 3));
    for (uint32_t i = 0; i < LQ_LIMITS_BORROWER_MAX; i++)
        assert_true(holds_borrower(limits, i, &until, T0 + 999));
    assert_true(holds_borrower(limits, 6000, &until, T0 + 1000));
    assert_false(holds_borrower(limits, 6000, &until, T0 + 1001));
    assert_false(holds_borrower(limits, 0, &until, T0 + 1001));
}

/* ---- breakers ---- */

static void a_base_fee_above_the_ceiling_holds(void **state)
{
    (void)state;
    lq_limits_config_t c = no_limits();
    c.base_fee_max_wei = wei(50);
    lq_limits_t *limits = new_limits(&c);
    assert_held(limits, 1, T0, LQ_LIMIT_BASE_FEE, 0); /* nobody has said how high it is */
    lq_wei_t fee = wei(50);
    lq_limits_set_base_fee(limits, &fee);
    assert_free(limits, 1, T0);
    fee = wei(51);
    lq_limits_set_base_fee(limits, &fee);
    assert_held(limits, 1, T0, LQ_LIMIT_BASE_FEE, 0);
}

static void the_minimum_of_coin_stays_whatever_is_in_flight(void **state)
{
    (void)state;
    lq_limits_config_t c = no_limits();
    c.gas_balance_min_wei = wei(100);
    lq_limits_t *limits = new_limits(&c);
    assert_held(limits, 1, T0, LQ_LIMIT_GAS_BALANCE, 0);
    lq_wei_t balance = wei(150);
    lq_limits_set_gas_balance(limits, &balance);
    assert_free(limits, 50, T0);
    assert_held(limits, 51, T0, LQ_LIMIT_GAS_BALANCE, 0);
    take(limits, 0, 30, T0);
    assert_free(limits, 20, T0);
    assert_held(limits, 21, T0, LQ_LIMIT_GAS_BALANCE, 0);
    assert_held(limits, 500, T0, LQ_LIMIT_GAS_BALANCE, 0);
    lq_limits_end_t end = end_of(0, 30, 10);
    lq_limits_ended(limits, &end, T0); /* what was spent is gone before anyone says so */
    assert_free(limits, 40, T0);
    assert_held(limits, 41, T0, LQ_LIMIT_GAS_BALANCE, 0);
    lq_limits_set_gas_balance(limits, &balance);
    assert_free(limits, 50, T0);
    take(limits, 0, 0, T0);
    end = end_of(0, 0, 1000); /* more than there was */
    lq_limits_ended(limits, &end, T0);
    assert_held(limits, 0, T0, LQ_LIMIT_GAS_BALANCE, 0);
}

static void a_head_that_is_too_old_holds(void **state)
{
    (void)state;
    lq_limits_config_t c = no_limits();
    c.stale_head_sec = 36;
    lq_limits_t *limits = new_limits(&c);
    assert_held(limits, 1, T0, LQ_LIMIT_STALE_HEAD, 0);
    lq_limits_set_head(limits, T0);
    assert_free(limits, 1, T0 - 5); /* of a clock that runs behind */
    assert_free(limits, 1, T0 + 36);
    assert_held(limits, 1, T0 + 37, LQ_LIMIT_STALE_HEAD, 0);
    lq_limits_set_head(limits, T0 + 12);
    assert_free(limits, 1, T0 + 37);
}

static void a_pause_holds_until_an_operator_ends_it(void **state)
{
    (void)state;
    lq_limits_config_t c = no_limits();
    lq_limits_t *limits = new_limits(&c);
    lq_limits_set_pause(limits, true);
    assert_true(lq_limits_paused(limits));
    assert_held(limits, 1, T0 + YEAR, LQ_LIMIT_PAUSE, 0);
    lq_limits_resume(limits);
    assert_false(lq_limits_paused(limits));
    assert_free(limits, 1, T0 + YEAR);
}

/* ---- order, reports ---- */

static void the_first_in_the_table_is_named(void **state)
{
    (void)state;
    lq_limits_config_t c = half_of_four();
    c.gas_hour_wei = wei(100);
    c.loss_day_usd = usd(5);
    c.base_fee_max_wei = (lq_wei_t){lq_u256_from_u64(0)};
    c.stale_head_sec = 10;
    lq_limits_t *limits = new_limits(&c);
    lq_hold_t out;
    lq_limits_set_pause(limits, true);
    assert_held(limits, 1, T0, LQ_LIMIT_STALE_HEAD, 0);
    mine(limits, "rrrr", T0);
    assert_held(limits, 1, T0, LQ_LIMIT_REVERT_RATIO, T0 + 777);
    realise(limits, -5, T0);
    assert_held(limits, 1, T0, LQ_LIMIT_LOSS_DAY, T0 / 900 * 900 + 900 + DAY);
    spend(limits, 100, T0);
    assert_held(limits, 1, T0, LQ_LIMIT_GAS_HOUR, T0 - 20 + 60 + HOUR);
    const lq_limit_t all[] = {LQ_LIMIT_GAS_HOUR, LQ_LIMIT_LOSS_DAY, LQ_LIMIT_REVERT_RATIO,
                              LQ_LIMIT_STALE_HEAD, LQ_LIMIT_PAUSE};
    for (size_t i = 0; i < LQ_ARRAY_CNT(all); i++) {
        assert_true(lq_limits_holding(limits, &out, all[i], T0));
        assert_int_equal(out.limit, all[i]);
    }
    assert_false(lq_limits_holding(limits, &out, LQ_LIMIT_GAS_DAY, T0));
}

/* ---- operators ---- */

static void resuming_is_as_if_the_time_had_come(void **state)
{
    (void)state;
    lq_limits_config_t c = half_of_four();
    c.loss_day_usd = usd(1000);
    c.gas_hour_wei = wei(100);
    c.borrower_failure_max = 2;
    c.borrower_failure_sec = 1000;
    lq_limits_t *limits = new_limits(&c);
    uint64_t until;
    realise(limits, -700, T0);
    realise(limits, -900, T0 + 1800);
    revert(limits, borrower(1), T0 + 1800);
    revert(limits, borrower(1), T0 + 1805);
    revert(limits, borrower(2), T0 + 1805);
    mine(limits, "r", T0 + 1805); /* of borrower 0; the fourth that reverts */
    lq_limits_resume(limits);
    assert_false(holds_borrower(limits, 1, &until, T0 + 1805)); /* nor losses, nor reverts */
    realise(limits, -99, T0 + 1805);
    assert_free(limits, 1, T0 + 1805); /* the later 900 counts on */
    realise(limits, -1, T0 + 1805);
    assert_held(limits, 1, T0 + 1805, LQ_LIMIT_LOSS_DAY, (T0 + 1800) / 900 * 900 + 900 + DAY);
    lq_limits_resume(limits);
    revert(limits, borrower(1), T0 + 1806); /* and the later failure */
    assert_true(holds_borrower(limits, 1, &until, T0 + 1806));
    revert(limits, borrower(2), T0 + 1806);
    assert_true(holds_borrower(limits, 2, &until, T0 + 1806));
    spend(limits, 100, T0 + 1806);
    lq_limits_resume(limits); /* gas is not let go */
    assert_held(limits, 1, T0 + 1806, LQ_LIMIT_GAS_HOUR, (T0 + 1800) / 60 * 60 + 60 + HOUR);
}

/* ---- clocks ---- */

static lq_limits_t *spent_100_of_100(void)
{
    lq_limits_config_t c = no_limits();
    c.gas_hour_wei = wei(100);
    lq_limits_t *limits = new_limits(&c);
    spend(limits, 100, T0);
    return limits;
}

static void a_clock_that_goes_back_a_little_is_waited_for(void **state)
{
    (void)state;
    lq_limits_t *limits = spent_100_of_100();
    uint64_t until = T0 - 20 + 60 + HOUR;
    for (uint64_t i = 0; i < 1000; i++) /* to and fro frees nothing */
        assert_held(limits, 1, T0 + (i & 1) * LQ_LIMITS_BACK_SEC, LQ_LIMIT_GAS_HOUR, until);
    assert_held(limits, 1, until - 1, LQ_LIMIT_GAS_HOUR, until);
    assert_free(limits, 1, until);
    assert_free(limits, 1, until - LQ_LIMITS_BACK_SEC);
    spend(limits, 100, until - LQ_LIMITS_BACK_SEC); /* counts as of now */
    assert_held(limits, 1, until, LQ_LIMIT_GAS_HOUR, until / 60 * 60 + 60 + HOUR);
}

static void a_clock_that_goes_back_far_holds_no_longer_than_its_own_time(void **state)
{
    (void)state;
    const uint64_t backs[] = {LQ_LIMITS_BACK_SEC + 1, DAY, 20 * YEAR, T0};
    for (size_t i = 0; i < LQ_ARRAY_CNT(backs); i++) {
        lq_arena_reset(&arena);
        lq_limits_t *limits = spent_100_of_100();
        lq_hold_t out;
        uint64_t now = T0 - backs[i];
        uint64_t until = now - 20 + 60 + HOUR;
        assert_true(lq_limits_holding(limits, &out, LQ_LIMIT_GAS_HOUR, now));
        assert_int_equal(out.until_sec, until);
        assert_held(limits, 1, now, LQ_LIMIT_GAS_HOUR, until);
        assert_held(limits, 1, until - 1, LQ_LIMIT_GAS_HOUR, until);
        assert_free(limits, 1, until);
        spend(limits, 100, until);
        assert_held(limits, 1, until, LQ_LIMIT_GAS_HOUR, until + 60 + HOUR);
    }
}

/* Nobody asks for hours: what passes then has passed, whatever the clock does in between. */
static void time_that_is_told_passes_although_nobody_asks(void **state)
{
    (void)state;
    lq_limits_config_t c = no_limits();
    c.gas_hour_wei = wei(100);
    lq_limits_t *limits = new_limits(&c);
    spend(limits, 100, T0);
    uint64_t now = T0 - DAY; /* it goes back now */
    for (uint64_t sec = 0; sec < HOUR + 60; sec += 60)
        lq_limits_tell_time(limits, now + sec);
    assert_free(limits, 100, now + HOUR + 60);

    spend(limits, 100, now + HOUR + 60);
    now += 2 * HOUR + 120; /* it has let go, and stays so when it goes back */
    lq_limits_tell_time(limits, now);
    assert_free(limits, 100, now - HOUR);
}

static void a_clock_that_leaps_ahead_frees_once_and_counts_on(void **state)
{
    (void)state;
    const uint64_t leaps[] = {2 * HOUR, 100 * YEAR, UINT64_MAX - T0};
    for (size_t i = 0; i < LQ_ARRAY_CNT(leaps); i++) {
        lq_arena_reset(&arena);
        lq_limits_t *limits = spent_100_of_100();
        lq_hold_t out;
        assert_free(limits, 100, T0 + leaps[i]);
        spend(limits, 100, T0 + leaps[i]);
        assert_true(hold(limits, &out, 1, 1, T0 + leaps[i]));
        assert_true(hold(limits, &out, 1, 1, T0)); /* and back: the new one still counts */
        assert_true(out.until_sec > T0 + HOUR && out.until_sec <= T0 + HOUR + 60);
        uint64_t until = out.until_sec;
        assert_held(limits, 1, until - 1, LQ_LIMIT_GAS_HOUR, until);
        assert_free(limits, 1, until);
    }
}

static void reverts_and_failures_end_in_their_time_after_a_clock_went_back(void **state)
{
    (void)state;
    lq_limits_config_t c = half_of_four();
    c.borrower_failure_max = 4;
    c.borrower_failure_sec = 1000;
    lq_limits_t *limits = new_limits(&c);
    mine(limits, "rrrr", T0); /* failures of borrower 0, too */
    uint64_t now = T0 - YEAR;
    assert_held(limits, 1, now, LQ_LIMIT_REVERT_RATIO, now + 777);
    assert_held(limits, 1, now + 776, LQ_LIMIT_REVERT_RATIO, now + 777);
    assert_held(limits, 1, now + 777, LQ_LIMIT_BORROWER_FAILURES, now + 1000);
    assert_free(limits, 1, now + 1000);
}

/* ---- configurations ---- */

static void check_refused(const lq_limits_config_t *c, const char *saying)
{
    lq_err_msg_t msg = {""};
    lq_limits_t *limits = NULL;
    assert_err(lq_limits_check(c, &msg), LQ_ERR_RANGE);
    if (!strstr(msg.text, saying))
        print_error("\"%s\" does not say \"%s\"\n", msg.text, saying);
    assert_non_null(strstr(msg.text, saying));
    assert_err(lq_limits_new(&limits, &arena, c, 7), LQ_ERR_RANGE);
    assert_null(limits);
}

#define REFUSED(saying, ...)                                                           \
    do {                                                                               \
        lq_limits_config_t c = no_limits();                                            \
        c = (lq_limits_config_t){.revert_ratio_bps = c.revert_ratio_bps, __VA_ARGS__}; \
        check_refused(&c, saying);                                                     \
    } while (0)

static void contradictions_are_named_with_their_remedy(void **state)
{
    (void)state;
    const uint64_t finney = UINT64_C(1000000000000000);
    const uint64_t gwei = 1000000000;
    REFUSED("gas_hour: 0.003 ETH is more than gas_day allows, 0.002 ETH: lower",
            .gas_hour_wei = wei(3 * finney), .gas_day_wei = wei(2 * finney));
    REFUSED("gas_hour: 0.001 ETH pays for no transaction at base_fee, 50 gwei: raise",
            .gas_hour_wei = wei(finney), .base_fee_max_wei = wei(50 * gwei));
    REFUSED("gas_day: 0.001 ETH pays for no transaction at base_fee, 50 gwei: raise",
            .gas_day_wei = wei(finney), .base_fee_max_wei = wei(50 * gwei));
    REFUSED("gas_day", .gas_day_wei = wei(finney),
            .base_fee_max_wei = {{{UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX}}});
    REFUSED("gap: 10001 bps", .gap_bps = 10001);
    REFUSED("borrower_failures: 17 is above 16", .borrower_failure_max = 17,
            .borrower_failure_sec = 5);
    REFUSED("borrower_window: 0 s", .borrower_failure_max = 1);
    lq_limits_config_t c = half_of_four();
    c.revert_ratio_bps = 10001;
    check_refused(&c, "revert_ratio: 10001 bps");
    c = half_of_four();
    c.revert_window = 0;
    check_refused(&c, "revert_window: 0 is not from 1 to 256");
    c.revert_window = 257;
    check_refused(&c, "revert_window: 257");
    c = half_of_four();
    c.revert_hold_sec = 0;
    check_refused(&c, "revert_hold: 0 s");
}

static void what_is_no_contradiction_is_taken(void **state)
{
    (void)state;
    lq_limits_config_t c = half_of_four();
    c.gas_hour_wei = c.gas_day_wei = wei(21000);
    c.base_fee_max_wei = wei(1);
    c.gap_bps = 10000;
    c.revert_window = LQ_LIMITS_WINDOW_MAX;
    c.borrower_failure_max = LQ_LIMITS_FAILURE_MAX;
    c.borrower_failure_sec = 1;
    assert_ok(lq_limits_check(&c, NULL));
    c.gas_day_wei = wei(0); /* none, not nothing */
    assert_ok(lq_limits_check(&c, NULL));
    lq_limits_t *limits = NULL;
    lq_arena_t small;
    assert_ok(lq_arena_init(&small, lq_limits_arena_sz()));
    assert_ok(lq_limits_new(&limits, &small, &c, 7)); /* what it says is enough */
    assert_err(lq_limits_new(&limits, &small, &c, 7), LQ_ERR_NOMEM);
    lq_arena_fini(&small);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_limit_has_a_name_and_a_kind),
        cmocka_unit_test_setup(without_limits_nothing_holds, reset),
        cmocka_unit_test_setup(gas_of_an_hour_lets_go_when_its_minute_is_an_hour_ago, reset),
        cmocka_unit_test_setup(other_limits_count_what_was_spent_before, reset),
        cmocka_unit_test_setup(gas_of_a_day_lets_go_when_its_quarter_is_a_day_ago, reset),
        cmocka_unit_test_setup(gas_in_flight_counts_until_it_is_known_what_it_took, reset),
        cmocka_unit_test_setup(losses_of_a_day_hold_once_they_reach_the_limit, reset),
        cmocka_unit_test_setup(the_largest_amounts_hold_and_let_go, reset),
        cmocka_unit_test_setup(exposure_in_flight_holds_until_it_has_ended, reset),
        cmocka_unit_test_setup(freeing_more_than_was_tied_up_is_a_bug, reset),
        cmocka_unit_test_setup(too_many_reverts_hold_for_their_time, reset),
        cmocka_unit_test_setup(the_largest_window_counts_all_of_it, reset),
        cmocka_unit_test_setup(a_borrower_who_failed_too_often_is_left_alone_for_a_time, reset),
        cmocka_unit_test_setup(thousands_who_fail_do_not_push_out_one_who_is_held, reset),
        cmocka_unit_test_setup(where_all_are_held_the_others_fail_together, reset),
        cmocka_unit_test_setup(a_base_fee_above_the_ceiling_holds, reset),
        cmocka_unit_test_setup(the_minimum_of_coin_stays_whatever_is_in_flight, reset),
        cmocka_unit_test_setup(a_head_that_is_too_old_holds, reset),
        cmocka_unit_test_setup(a_pause_holds_until_an_operator_ends_it, reset),
        cmocka_unit_test_setup(the_first_in_the_table_is_named, reset),
        cmocka_unit_test_setup(resuming_is_as_if_the_time_had_come, reset),
        cmocka_unit_test_setup(a_clock_that_goes_back_a_little_is_waited_for, reset),
        cmocka_unit_test_setup(a_clock_that_goes_back_far_holds_no_longer_than_its_own_time, reset),
        cmocka_unit_test_setup(time_that_is_told_passes_although_nobody_asks, reset),
        cmocka_unit_test_setup(a_clock_that_leaps_ahead_frees_once_and_counts_on, reset),
        cmocka_unit_test_setup(reverts_and_failures_end_in_their_time_after_a_clock_went_back,
                               reset),
        cmocka_unit_test_setup(contradictions_are_named_with_their_remedy, reset),
        cmocka_unit_test_setup(what_is_no_contradiction_is_taken, reset),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
