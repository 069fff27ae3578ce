#include "liqd/base/log.h"

#include <inttypes.h>

#include "log_rig.h"
#include "lq_test.h"

#define SEC_NS 1000000000u

static lq_log_config_t with_rate(uint32_t rate_per_sec, uint32_t burst_cnt)
{
    lq_log_config_t config = usual;
    config.rate_per_sec = rate_per_sec;
    config.burst_cnt = burst_cnt;
    return config;
}

/* Whether a line of the site passes now; it must then carry SUPPRESSED_CNT, 0 for none. */
static bool passes(uint64_t suppressed_cnt)
{
    forget();
    LQ_LOG(&rig.log, LQ_LOG_ERROR, "rpc", "failed");
    if (!rig.line_cnt)
        return false;
    char want[160];
    if (suppressed_cnt)
        (void)snprintf(want, sizeof(want),
                       "level=error module=rpc msg=failed suppressed=%" PRIu64 "\n",
                       suppressed_cnt);
    else
        (void)snprintf(want, sizeof(want), "level=error module=rpc msg=failed\n");
    assert_string_equal(strstr(rig.text, "level="), want);
    return true;
}

static void burst_passes_then_the_rate_rules(void **state)
{
    (void)state;
    lq_log_config_t config = with_rate(3, 4);
    start(&config);
    for (int i = 0; i < 4; i++)
        assert_true(passes(0));
    for (int i = 0; i < 10; i++)
        assert_false(passes(0));
    rig.manual.now.mono_ns += 333333333; /* a third of a second, but for a third of a nanosecond */
    assert_false(passes(0));
    rig.manual.now.mono_ns += 1;
    assert_true(passes(11));
    assert_false(passes(0));
    rig.manual.now.mono_ns += 666666666; /* two thirds: exactly one second in all, three lines */
    assert_true(passes(1));
    assert_true(passes(0));
    assert_false(passes(0));
    lq_clock_manual_advance(&rig.manual, 3600ull * SEC_NS);
    for (int i = 0; i < 4; i++)
        assert_true(passes(i == 0)); /* never more than the burst */
    assert_false(passes(0));
}

static void no_rate_is_no_limit(void **state)
{
    (void)state;
    start(&usual);
    for (int i = 0; i < 1000; i++)
        assert_true(passes(0));
    assert_int_equal(rig.log.site_cnt, 0);
}

static void standing_clock_earns_nothing(void **state)
{
    (void)state;
    lq_log_config_t config = with_rate(LQ_LOG_RATE_MAX, 1);
    start(&config);
    assert_true(passes(0));
    for (int i = 0; i < 1000; i++)
        assert_false(passes(0));
    rig.manual.now.wall_ns = UINT64_MAX; /* the wall clock is not asked */
    assert_false(passes(0));
    rig.manual.now.mono_ns += 999;
    assert_false(passes(0));
    rig.manual.now.mono_ns += 1;
    assert_true(passes(1002));
}

static void clock_at_its_extremes(void **state)
{
    (void)state;
    lq_log_config_t config = with_rate(LQ_LOG_RATE_MAX, 1000);
    start(&config);
    rig.manual.now.mono_ns = 0;
    for (int i = 0; i < 1000; i++)
        assert_true(passes(0));
    assert_false(passes(0));
    rig.manual.now.mono_ns = UINT64_MAX; /* earns 18446744073709551 lines, keeps the burst */
    for (int i = 0; i < 1000; i++)
        assert_true(passes(i == 0));
    assert_false(passes(0));
    rig.manual.now.mono_ns = 0; /* back: nothing earned, and from here it counts on */
    assert_false(passes(0));
    rig.manual.now.mono_ns = 999;
    assert_false(passes(0));
    rig.manual.now.mono_ns = 1000;
    assert_true(passes(3));
    assert_false(passes(0));
}

static void largest_burst_fits_its_bucket(void **state)
{
    (void)state;
    lq_log_config_t config = with_rate(LQ_LOG_RATE_MAX, LQ_LOG_BURST_MAX);
    start(&config);
    assert_true(passes(0));
    assert_int_equal(rig.log.sites[0].credit, (LQ_LOG_BURST_MAX - 1ull) * SEC_NS);
    rig.manual.now.mono_ns = UINT64_MAX;
    assert_true(passes(0));
    assert_int_equal(rig.log.sites[0].credit, (LQ_LOG_BURST_MAX - 1ull) * SEC_NS);
}

static void sites_do_not_share(void **state)
{
    (void)state;
    lq_log_config_t config = with_rate(1, 1);
    start(&config);
    for (int i = 0; i < 3; i++) {
        LQ_LOG(&rig.log, LQ_LOG_ERROR, "rpc", "failed");
        LQ_LOG(&rig.log, LQ_LOG_WARN, "rpc", "failed");
        LQ_LOG(&rig.log, LQ_LOG_ERROR, "net", "failed");
        LQ_LOG(&rig.log, LQ_LOG_ERROR, "rpc", "failed again");
    }
    assert_int_equal(rig.line_cnt, 4);
    assert_int_equal(rig.log.site_cnt, 4);
}

/* Token buckets let pass exactly what keeps every window that starts at an earlier line within
   burst + rate * its length: passing lines are checked against all before, and so are suppressed
   ones, which must break one of these. */
static void random_times_keep_every_window(void **state)
{
    (void)state;
    enum {
        LINE_CNT = 150
    };
    lq_rng_t rng = lq_test_rng();
    for (size_t round = lq_test_cnt(60, 20000); round; round--) {
        uint32_t rate_per_sec = 1 + (uint32_t)(LQ_LOG_RATE_MAX * lq_rng_below(&rng, 1000) / 1000 %
                                               (1u << lq_rng_below(&rng, 20)));
        uint32_t burst_cnt = 1 + (uint32_t)lq_rng_below(&rng, 8);
        lq_log_config_t config = with_rate(rate_per_sec, burst_cnt);
        start(&config);
        rig.manual.now.mono_ns = lq_rng_u64(&rng) >> 1;
        uint64_t passed_ns[LINE_CNT];
        size_t passed_cnt = 0;
        uint64_t suppressed_cnt = 0;
        for (size_t i = 0; i < LINE_CNT; i++) {
            uint64_t step_ns = lq_rng_below(&rng, 2 * SEC_NS / rate_per_sec);
            rig.manual.now.mono_ns += lq_rng_below(&rng, 3) ? step_ns : 0;
            uint64_t now_ns = rig.manual.now.mono_ns;
            bool room = true;
            for (size_t k = 0; k < passed_cnt; k++)
                room = room && (lq_u128_t)(passed_cnt - k + 1) * SEC_NS <=
                                   (lq_u128_t)burst_cnt * SEC_NS +
                                       (lq_u128_t)rate_per_sec * (now_ns - passed_ns[k]);
            assert_int_equal(passes(suppressed_cnt), room);
            suppressed_cnt = room ? 0 : suppressed_cnt + 1;
            if (room)
                passed_ns[passed_cnt++] = now_ns;
        }
    }
}

static char messages[LQ_LOG_SITE_MAX + 44][8];

static void log_message(lq_log_level_t level, size_t i)
{
    static const lq_log_field_t end[] = {{0}};
    (void)snprintf(messages[i], sizeof(messages[i]), "m%zu", i);
    lq_log_write(&rig.log, level, "many", messages[i], end);
}

static void sites_beyond_the_table_share_one_bucket(void **state)
{
    (void)state;
    lq_log_config_t config = with_rate(1, 2);
    start(&config);
    for (size_t i = 0; i < LQ_ARRAY_CNT(messages); i++)
        log_message(LQ_LOG_INFO, i);
    assert_int_equal(rig.line_cnt, LQ_LOG_SITE_MAX + 2);
    forget();
    for (size_t i = 0; i < LQ_ARRAY_CNT(messages); i++)
        log_message(LQ_LOG_INFO, i);
    assert_int_equal(rig.line_cnt, LQ_LOG_SITE_MAX); /* the known ones still have one each */
    forget();
    lq_clock_manual_advance(&rig.manual, SEC_NS);
    log_message(LQ_LOG_INFO, LQ_LOG_SITE_MAX + 7);
    assert_string_equal(strstr(rig.text, "level="),
                        "level=info module=many msg=m263 suppressed=86\n"); /* 42 + 44 */
}

static void flush_reports_what_no_line_did(void **state)
{
    (void)state;
    lq_log_config_t config = with_rate(1, 1);
    config.level = LQ_LOG_INFO;
    start(&config);
    for (int i = 0; i < 3; i++)
        LQ_LOG(&rig.log, LQ_LOG_INFO, "rpc", "slow \"node\"");
    for (int i = 0; i < 8; i++)
        LQ_LOG(&rig.log, LQ_LOG_ERROR, "net", "closed");
    LQ_LOG(&rig.log, LQ_LOG_WARN, "net", "only once");
    forget();
    lq_log_flush(&rig.log);
    assert_string_equal(rig.text,
                        LOGFMT_HEAD "info module=log msg=\"lines suppressed\" of_module=rpc "
                                    "of_msg=\"slow \\\"node\\\"\" suppressed=2\n" LOGFMT_HEAD
                                    "error module=log msg=\"lines suppressed\" of_module=net "
                                    "of_msg=closed suppressed=7\n");
    assert_int_equal(rig.last_level, LQ_LOG_ERROR);
    forget();
    lq_log_flush(&rig.log); /* reported once */
    assert_int_equal(rig.line_cnt, 0);
    rig.manual.now.mono_ns += SEC_NS;
    LQ_LOG(&rig.log, LQ_LOG_ERROR, "net", "closed");
    assert_null(strstr(rig.text, "suppressed"));
}

static void flush_reports_the_shared_bucket(void **state)
{
    (void)state;
    lq_log_config_t config = with_rate(1, 1);
    config.format = LQ_LOG_JSON;
    start(&config);
    for (size_t i = 0; i <= LQ_LOG_SITE_MAX; i++)
        log_message(LQ_LOG_ERROR, i);
    log_message(LQ_LOG_INFO, LQ_LOG_SITE_MAX);
    log_message(LQ_LOG_WARN, LQ_LOG_SITE_MAX + 1);
    log_message(LQ_LOG_DEBUG, LQ_LOG_SITE_MAX + 2);
    forget();
    lq_log_flush(&rig.log);
    assert_string_equal(rig.text, JSON_HEAD "warn\",\"module\":\"log\",\"msg\":\"lines "
                                            "suppressed\",\"suppressed\":3}\n");
    log_message(LQ_LOG_DEBUG, LQ_LOG_SITE_MAX + 3);
    forget();
    lq_log_flush(&rig.log); /* the level starts anew */
    assert_string_equal(rig.text, JSON_HEAD "debug\",\"module\":\"log\",\"msg\":\"lines "
                                            "suppressed\",\"suppressed\":1}\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(burst_passes_then_the_rate_rules),
        cmocka_unit_test(no_rate_is_no_limit),
        cmocka_unit_test(standing_clock_earns_nothing),
        cmocka_unit_test(clock_at_its_extremes),
        cmocka_unit_test(largest_burst_fits_its_bucket),
        cmocka_unit_test(sites_do_not_share),
        cmocka_unit_test(random_times_keep_every_window),
        cmocka_unit_test(sites_beyond_the_table_share_one_bucket),
        cmocka_unit_test(flush_reports_what_no_line_did),
        cmocka_unit_test(flush_reports_the_shared_bucket),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
