#include <time.h>

#include "lq_test.h"
#include "since.h"

#define SEC UINT64_C(1000000000)
#define NOW (UINT64_C(1795330000) * SEC + 5)

static uint64_t parsed(const char *text)
{
    uint64_t ns = 0;
    if (lq_since_parse(&ns, text, NOW) != LQ_OK)
        fail_msg("\"%s\" is refused", text);
    return ns;
}

static void assert_refused(const char *text, lq_err_t want)
{
    uint64_t ns = 7;
    assert_err(lq_since_parse(&ns, text, NOW), want);
    assert_true(ns == 7);
}

static void a_span_counts_back_from_now(void **state)
{
    (void)state;
    assert_true(parsed("0s") == NOW);
    assert_true(parsed("90s") == NOW - 90 * SEC);
    assert_true(parsed("30m") == NOW - 1800 * SEC);
    assert_true(parsed("24h") == NOW - 86400 * SEC);
    assert_true(parsed("7d") == NOW - 604800 * SEC);
    assert_true(parsed("2w") == NOW - 1209600 * SEC);
    assert_true(parsed("1795330000s") == 5);
    assert_refused("1795330001s", LQ_ERR_RANGE);
    assert_refused("99999999999999999999999w", LQ_ERR_RANGE);
}

static void a_day_begins_at_midnight_in_utc(void **state)
{
    (void)state;
    assert_true(parsed("1970-01-01") == 0);
    assert_true(parsed("2000-02-29") == 951782400 * SEC);
    assert_true(parsed("2026-11-22") == 1795305600 * SEC);
    assert_refused("1969-12-31", LQ_ERR_RANGE);
    assert_refused("2026-11-23", LQ_ERR_RANGE);
    assert_refused("9999-12-31", LQ_ERR_RANGE);
}

static void a_time_is_that_of_rfc_3339(void **state)
{
    (void)state;
    assert_true(parsed("2026-11-22T06:30:01Z") == 1795329001 * SEC);
    assert_true(parsed("2026-11-22t06:30:01z") == 1795329001 * SEC);
    assert_true(parsed("2026-11-22 08:30:01+02:00") == 1795329001 * SEC);
    assert_true(parsed("2026-11-21T23:30:01-07:00") == 1795329001 * SEC);
    assert_true(parsed("2026-11-22T06:30:01.25Z") == 1795329001 * SEC + 250000000);
    assert_true(parsed("2026-11-22T06:30:01.1234567899Z") == 1795329001 * SEC + 123456789);
}

static void anything_else_is_refused(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",
        "h",
        "24",
        "24 h",
        "24H",
        "-1h",
        "1.5h",
        "24hours",
        "5y",
        "now",
        "2026",
        "2026-11",
        "2026-13-01",
        "2026-00-01",
        "2026-11-00",
        "2026-11-31",
        "2026-02-29",
        "2100-02-29",
        "26-11-22",
        "2026/11/22",
        "2026-11-22T",
        "2026-11-22 ",
        "2026-11-22T06:30",
        "2026-11-22T06:30:01",
        "2026-11-22T24:00:00Z",
        "2026-11-22T06:60:00Z",
        "2026-11-22T06:30:60Z",
        "2026-11-22T06:30:01.Z",
        "2026-11-22T06:30:01+2:00",
        "2026-11-22T06:30:01+24:00",
        "2026-11-22T06:30:01+02:60",
        "2026-11-22T06:30:01Zx",
        "2026-11-22x",
        "2026-11-221",
    };
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        assert_refused(texts[i], LQ_ERR_SYNTAX);
}

static void days_are_counted_as_the_system_counts_them(void **state)
{
    (void)state;
    lq_rng_t rng = lq_test_rng();
    for (size_t i = 0; i < lq_test_cnt(2000, 100000); i++) {
        char text[32];
        struct tm tm;
        time_t t = (time_t)lq_rng_below(&rng, NOW / SEC);
        assert_non_null(gmtime_r(&t, &tm));
        assert_true(strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm) > 0);
        assert_true(parsed(text) == (uint64_t)t * SEC);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_span_counts_back_from_now),
        cmocka_unit_test(a_day_begins_at_midnight_in_utc),
        cmocka_unit_test(a_time_is_that_of_rfc_3339),
        cmocka_unit_test(anything_else_is_refused),
        cmocka_unit_test(days_are_counted_as_the_system_counts_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
