/* What one types behind --shock, --grid and --gas-price. */

#include "liqd/app/shock.h"

#include <string.h>

#include "lq_test.h"

static void a_change_is_a_number_of_percent(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int32_t change;
        const char *printed;
    } cases[] = {
        {"WETH=-10%", -100000, "-10"},
        {"WETH=+10%", 100000, "10"},
        {"WETH=0%", 0, "0"},
        {"WETH=-0%", 0, "0"},
        {"WETH=-99.9999%", -999999, "-99.9999"},
        {"WETH=10000%", 100000000, "10000"},
        {"WETH=-0.0001%", -1, "-0.0001"},
        {"WETH=2.5%", 25000, "2.5"},
        {"WETH=007.50%", 75000, "7.5"},
        {"WETH=100.0100%", 1000100, "100.01"},
    };
    for (size_t i = 0; i < LQ_ARRAY_CNT(cases); i++) {
        lq_shock_t shock;
        char printed[LQ_SHOCK_TEXT_SZ];
        assert_ok(lq_shock_parse(&shock, NULL, cases[i].text));
        assert_int_equal(shock.change, cases[i].change);
        assert_int_equal(shock.assets.name_cnt, 1);
        assert_string_equal(shock.assets.names[0], "WETH");
        assert_string_equal(lq_shock_print(printed, shock.change), cases[i].printed);
    }
}

static void names_stand_apart_by_commas_before_the_last_sign(void **state)
{
    (void)state;
    lq_shock_t shock;
    assert_ok(lq_shock_parse(&shock, NULL, "WETH,a=b,feeds.eth_usd=-1%"));
    assert_int_equal(shock.assets.name_cnt, 3);
    assert_string_equal(shock.assets.names[0], "WETH");
    assert_string_equal(shock.assets.names[1], "a=b");
    assert_string_equal(shock.assets.names[2], "feeds.eth_usd");
}

static void refuses_what_is_no_shock(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        lq_err_t err;
        const char *why;
    } cases[] = {
        {"", LQ_ERR_SYNTAX, "\"\": is no shock such as WETH=-10%"},
        {"WETH", LQ_ERR_SYNTAX, "\"WETH\": is no shock such as WETH=-10%"},
        {"=-10%", LQ_ERR_SYNTAX, "\"=-10%\": an asset has no name"},
        {"WETH,=1%", LQ_ERR_SYNTAX, "\"WETH,=1%\": an asset has no name"},
        {"WETH=-120%", LQ_ERR_RANGE, "\"WETH=-120%\": a price cannot fall by 100 % or more"},
        {"WETH=-100%", LQ_ERR_RANGE, "\"WETH=-100%\": a price cannot fall by 100 % or more"},
        {"WETH=10000.0001%", LQ_ERR_RANGE, "\"WETH=10000.0001%\": a change is at most +10000 %"},
        {"WETH=99999999999999999999%", LQ_ERR_RANGE,
         "\"WETH=99999999999999999999%\": a change is at most +10000 %"},
        {"WETH=-99999999999999999999.1%", LQ_ERR_RANGE,
         "\"WETH=-99999999999999999999.1%\": a price cannot fall by 100 % or more"},
    };
    static const char *const garbage[] = {"-10",  "10.%", ".5%",  "1.23456%", "--1%", "+-1%",
                                          "1e3%", "1 %",  " 1%",  "%",        "",     "-%",
                                          "1%%",  "1,5%", "0x1%", "1%:2%"};
    lq_shock_t shock = {.change = 77};
    lq_err_msg_t msg;
    for (size_t i = 0; i < LQ_ARRAY_CNT(cases); i++) {
        assert_err(lq_shock_parse(&shock, &msg, cases[i].text), cases[i].err);
        assert_string_equal(msg.text, cases[i].why);
    }
    for (size_t i = 0; i < LQ_ARRAY_CNT(garbage); i++) {
        char text[64];
        (void)snprintf(text, sizeof(text), "WETH=%s", garbage[i]);
        assert_err(lq_shock_parse(&shock, &msg, text), LQ_ERR_SYNTAX);
        assert_non_null(strstr(msg.text, "a change is a number of percent"));
    }
    assert_int_equal(shock.change, 77);
}

static void names_have_bounds(void **state)
{
    (void)state;
    lq_shock_t shock;
    char text[LQ_SHOCK_NAME_SZ + 8];
    memset(text, 'A', sizeof(text));
    (void)snprintf(text + LQ_SHOCK_NAME_SZ - 1, 9, "=1%%");
    assert_ok(lq_shock_parse(&shock, NULL, text));
    memset(text, 'A', sizeof(text));
    (void)snprintf(text + LQ_SHOCK_NAME_SZ, 8, "=1%%");
    assert_err(lq_shock_parse(&shock, NULL, text), LQ_ERR_RANGE);
    assert_ok(lq_shock_parse(&shock, NULL, "a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a=1%"));
    assert_err(lq_shock_parse(&shock, NULL, "a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a=1%"), LQ_ERR_FULL);
}

static void a_range_has_each_point_up_to_its_end(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t cnt;
        int32_t last;
    } cases[] = {
        {"WETH=-40%:0%:1%", 41, 0},   {"WETH=-40%:-40%:1%", 1, -400000},
        {"WETH=0%:10%:3%", 4, 90000}, {"WETH=-1%:1%:0.5%", 5, 10000},
        {"WETH=0%:1%:100%", 1, 0},    {"WETH=0%:99.99%:0.01%", 10000, 999900},
    };
    for (size_t i = 0; i < LQ_ARRAY_CNT(cases); i++) {
        lq_shock_range_t range;
        assert_ok(lq_shock_range_parse(&range, NULL, cases[i].text));
        assert_int_equal(range.cnt, cases[i].cnt);
        assert_int_equal(lq_shock_range_at(&range, 0), range.from);
        assert_int_equal(lq_shock_range_at(&range, range.cnt - 1), cases[i].last);
    }
}

static void refuses_what_is_no_range(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        lq_err_t err;
        const char *why;
    } cases[] = {
        {"WETH=-40%:0%", LQ_ERR_SYNTAX, "from, to, step"},
        {"WETH=-40%:0%:1%:", LQ_ERR_SYNTAX, "from, to, step"},
        {"WETH=-40%", LQ_ERR_SYNTAX, "from, to, step"},
        {"WETH", LQ_ERR_SYNTAX, "is no grid such as WETH=-40%:0%:1%"},
        {"WETH=0%:-40%:1%", LQ_ERR_RANGE, "from the lower change to the higher"},
        {"WETH=-40%:0%:0%", LQ_ERR_RANGE, "a step is above 0 %"},
        {"WETH=-40%:0%:-1%", LQ_ERR_RANGE, "a step is above 0 %"},
        {"WETH=-120%:0%:1%", LQ_ERR_RANGE, "cannot fall by 100 % or more"},
        {"WETH=0%:100%:0.01%", LQ_ERR_FULL, "more than 10000 points"},
        {"WETH=a%:0%:1%", LQ_ERR_SYNTAX, "a change is a number of percent"},
    };
    lq_shock_range_t range = {.cnt = 77};
    lq_err_msg_t msg;
    for (size_t i = 0; i < LQ_ARRAY_CNT(cases); i++) {
        assert_err(lq_shock_range_parse(&range, &msg, cases[i].text), cases[i].err);
        assert_non_null(strstr(msg.text, cases[i].why));
    }
    assert_int_equal(range.cnt, 77);
}

static void prices_of_gas_are_gwei(void **state)
{
    (void)state;
    lq_shock_gas_t gas;
    assert_ok(lq_shock_gas_parse(&gas, NULL, "12.5"));
    assert_int_equal(gas.cnt, 1);
    assert_int_equal(gas.prices_wei[0].raw.w[0], 12500000000);
    assert_ok(lq_shock_gas_parse(&gas, NULL, "0,0.000000001,9223372036"));
    assert_int_equal(gas.cnt, 3);
    assert_int_equal(gas.prices_wei[1].raw.w[0], 1);
    assert_int_equal(gas.prices_wei[2].raw.w[0], 9223372036000000000);
    assert_ok(lq_shock_gas_parse(&gas, NULL, "1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1"));
    assert_err(lq_shock_gas_parse(&gas, NULL, "1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1"), LQ_ERR_FULL);
    static const char *const bad[] = {"", "a", "-1", "1,", ",1", "1 ", "1gwei", "1e9"};
    for (size_t i = 0; i < LQ_ARRAY_CNT(bad); i++)
        assert_err(lq_shock_gas_parse(&gas, NULL, bad[i]), LQ_ERR_SYNTAX);
    assert_err(lq_shock_gas_parse(&gas, NULL, "0.0000000001"), LQ_ERR_RANGE);
    assert_err(lq_shock_gas_parse(&gas, NULL, "9223372037"), LQ_ERR_RANGE);
    assert_int_equal(gas.cnt, 16);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_change_is_a_number_of_percent),
        cmocka_unit_test(names_stand_apart_by_commas_before_the_last_sign),
        cmocka_unit_test(refuses_what_is_no_shock),
        cmocka_unit_test(names_have_bounds),
        cmocka_unit_test(a_range_has_each_point_up_to_its_end),
        cmocka_unit_test(refuses_what_is_no_range),
        cmocka_unit_test(prices_of_gas_are_gwei),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
