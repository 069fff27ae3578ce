#include "liqd/num/decimal.h"

#include "num_test.h"

#define MAX_TEXT "115792089237316195423570985008687907853269984665640564039457584007913129639935"

static void reads_amounts_of_ether(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *wei;
    } rows[] = {
        {"0.01 ETH", "10000000000000000"},
        {"25 gwei", "25000000000"},
        {"25gwei", "25000000000"},
        {"1 ether", "1000000000000000000"},
        {"1ether", "1000000000000000000"},
        {"1ETH", "1000000000000000000"},
        {"0 wei", "0"},
        {"0 ETH", "0"},
        {"007 wei", "7"},
        {"00.10 ETH", "100000000000000000"},
        {"1.000000000000000001 ETH", "1000000000000000001"},
        {"0.000000000000000001 ETH", "1"},
        {"0.000000001 gwei", "1"},
        {"1.500000000 gwei", "1500000000"},
        {MAX_TEXT " wei", MAX_TEXT},
        {"115792089237316195423570985008687907853269984665640564039457.584007913129639935 ETH",
         MAX_TEXT},
    };
    for (size_t i = 0; i < LQ_ARRAY_CNT(rows); i++) {
        lq_wei_t out = {UNTOUCHED};
        lq_err_msg_t msg = {"unset"};
        assert_ok(lq_wei_parse(&out, &msg, rows[i].text, strlen(rows[i].text)));
        assert_u256_equal(out.raw, u256_of(rows[i].wei));
        assert_string_equal(msg.text, "unset");
    }
}

static void refuses_what_is_no_amount_of_ether(void **state)
{
    (void)state;
#define IS_NOT " is not an amount in wei, gwei or ETH: offset "
#define REMEDY "; write it like 0.01 ETH or 25 gwei"
    static const struct {
        const char *text;
        lq_err_t err;
        const char *msg;
    } rows[] = {
        {"", LQ_ERR_SYNTAX, "\"\"" IS_NOT "0: the text ends" REMEDY},
        {"0.0.1 ETH", LQ_ERR_SYNTAX, "\"0.0.1 ETH\"" IS_NOT "3: a point out of place" REMEDY},
        {"0.01", LQ_ERR_SYNTAX, "\"0.01\"" IS_NOT "4: no unit behind the number" REMEDY},
        {"0", LQ_ERR_SYNTAX, "\"0\"" IS_NOT "1: no unit behind the number" REMEDY},
        {"1 ", LQ_ERR_SYNTAX, "\"1 \"" IS_NOT "1: no unit behind the number" REMEDY},
        {"1  ETH", LQ_ERR_SYNTAX, "\"1  ETH\"" IS_NOT "2: a space out of place" REMEDY},
        {" 1 ETH", LQ_ERR_SYNTAX, "\" 1 ETH\"" IS_NOT "0: a space out of place" REMEDY},
        {"1 ETH ", LQ_ERR_SYNTAX, "\"1 ETH \"" IS_NOT "2: another unit" REMEDY},
        {"1 eth", LQ_ERR_SYNTAX, "\"1 eth\"" IS_NOT "2: another unit" REMEDY},
        {"1 Gwei", LQ_ERR_SYNTAX, "\"1 Gwei\"" IS_NOT "2: another unit" REMEDY},
        {"1 ET", LQ_ERR_SYNTAX, "\"1 ET\"" IS_NOT "2: another unit" REMEDY},
        {"1 ETHE", LQ_ERR_SYNTAX, "\"1 ETHE\"" IS_NOT "2: another unit" REMEDY},
        {"1\tETH", LQ_ERR_SYNTAX, "\"1?ETH\"" IS_NOT "1: another unit" REMEDY},
        {"ETH", LQ_ERR_SYNTAX, "\"ETH\"" IS_NOT "0: no digit" REMEDY},
        {"-1 ETH", LQ_ERR_SYNTAX, "\"-1 ETH\"" IS_NOT "0: a sign" REMEDY},
        {"+1 ETH", LQ_ERR_SYNTAX, "\"+1 ETH\"" IS_NOT "0: a sign" REMEDY},
        {".5 ETH", LQ_ERR_SYNTAX, "\".5 ETH\"" IS_NOT "0: a point out of place" REMEDY},
        {"5. ETH", LQ_ERR_SYNTAX, "\"5. ETH\"" IS_NOT "1: a point without digits behind it" REMEDY},
        {"1_000 wei", LQ_ERR_SYNTAX, "\"1_000 wei\"" IS_NOT "1: a separator" REMEDY},
        {"0,01 ETH", LQ_ERR_SYNTAX, "\"0,01 ETH\"" IS_NOT "1: a separator" REMEDY},
        {"1e18 wei", LQ_ERR_SYNTAX, "\"1e18 wei\"" IS_NOT "1: an exponent" REMEDY},
        {"1E2", LQ_ERR_SYNTAX, "\"1E2\"" IS_NOT "1: an exponent" REMEDY},
        {"1.5 wei", LQ_ERR_RANGE, "\"1.5 wei\"" IS_NOT "2: the unit is not divided" REMEDY},
        {"1.0 wei", LQ_ERR_RANGE, "\"1.0 wei\"" IS_NOT "2: the unit is not divided" REMEDY},
        {"0.0000000001 gwei", LQ_ERR_RANGE,
         "\"0.0000000001 gwei\"" IS_NOT
         "11: more digits behind the point than the unit has" REMEDY},
        {"0.0000000000000000000 ETH", LQ_ERR_RANGE,
         "\"0.0000000000000000000 ETH\"" IS_NOT
         "20: more digits behind the point than the unit has" REMEDY},
        {"115792089237316195423570985008687907853269984665640564039457584007913129639936 wei",
         LQ_ERR_RANGE,
         "\"115792089237316195423570985008687907853269984665...\"" IS_NOT
         "0: 2^256 smallest units or more" REMEDY},
        {"115792089237316195423570985008687907853269984665640564039457.584007913129639936 ETH",
         LQ_ERR_RANGE,
         "\"115792089237316195423570985008687907853269984665...\"" IS_NOT
         "0: 2^256 smallest units or more" REMEDY},
        {"115792089237316195423570985008687907853269984665640564039458 ETH", LQ_ERR_RANGE,
         "\"115792089237316195423570985008687907853269984665...\"" IS_NOT
         "0: 2^256 smallest units or more" REMEDY},
    };
    for (size_t i = 0; i < LQ_ARRAY_CNT(rows); i++) {
        lq_wei_t out = {UNTOUCHED};
        lq_err_msg_t msg = {""};
        assert_err(lq_wei_parse(&out, &msg, rows[i].text, strlen(rows[i].text)), rows[i].err);
        assert_string_equal(msg.text, rows[i].msg);
        assert_u256_equal(out.raw, UNTOUCHED);
        assert_err(lq_wei_parse(&out, NULL, rows[i].text, strlen(rows[i].text)), rows[i].err);
    }
#undef IS_NOT
#undef REMEDY
}

static void reads_amounts_of_tokens(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *symbol;
        unsigned decimals;
        const char *units;
    } rows[] = {
        {"1500.25 USDC", "USDC", 6, "1500250000"},
        {"1500.25USDC", "USDC", 6, "1500250000"},
        {"0.00000001 WBTC", "WBTC", 8, "1"},
        {"3 GUSD", "GUSD", 2, "300"},
        {"5 1INCH", "1INCH", 18, "5000000000000000000"},
        {"7 USDC.e", "USDC.e", 6, "7000000"},
        {"7 e", "e", 1, "70"},
        {"1 WHOLE", "WHOLE", 0, "1"},
        {"1 MANY", "MANY", 77,
         "100000000000000000000000000000000000000000000000000000000000000000000000000000"},
    };
    for (size_t i = 0; i < LQ_ARRAY_CNT(rows); i++) {
        lq_token_amount_t out = {UNTOUCHED};
        assert_ok(lq_token_amount_parse(&out, NULL, rows[i].text, strlen(rows[i].text),
                                        rows[i].symbol, rows[i].decimals));
        assert_u256_equal(out.raw, u256_of(rows[i].units));
    }
}

static void refuses_what_is_no_amount_of_the_token(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *symbol;
        unsigned decimals;
        lq_err_t err;
        const char *msg;
    } rows[] = {
        {"1.0000001 USDC", "USDC", 6, LQ_ERR_RANGE,
         "\"1.0000001 USDC\" is not an amount of USDC: offset 8: more digits behind the point than "
         "the unit has; write it like 1500.5 USDC"},
        {"1 USDT", "USDC", 6, LQ_ERR_SYNTAX,
         "\"1 USDT\" is not an amount of USDC: offset 2: another unit; write it like 1500.5 USDC"},
        {"51INCH", "1INCH", 18, LQ_ERR_SYNTAX,
         "\"51INCH\" is not an amount of 1INCH: offset 2: another unit; write it like 1500.5 1INCH"},
        {"1 WHOLE\n", "WHOLE\n\x7f", 0, LQ_ERR_SYNTAX,
         "\"1 WHOLE?\" is not an amount of WHOLE??: offset 2: another unit; write it like 1500 "
         "WHOLE??"},
        {"1 MANY", "MANY", 78, LQ_ERR_RANGE,
         "78 decimals: 256 bits hold at most 77; correct those of the unit"},
        {"2 MANY", "MANY", 77, LQ_ERR_RANGE,
         "\"2 MANY\" is not an amount of MANY: offset 0: 2^256 smallest units or more; write it "
         "like 1500.5 MANY"},
    };
    for (size_t i = 0; i < LQ_ARRAY_CNT(rows); i++) {
        lq_token_amount_t out = {UNTOUCHED};
        lq_err_msg_t msg = {""};
        assert_err(lq_token_amount_parse(&out, &msg, rows[i].text, strlen(rows[i].text),
                                         rows[i].symbol, rows[i].decimals),
                   rows[i].err);
        assert_string_equal(msg.text, rows[i].msg);
        assert_u256_equal(out.raw, UNTOUCHED);
    }
}

static void reads_plain_numbers_and_nothing_behind_them(void **state)
{
    (void)state;
    lq_u256_t out = UNTOUCHED;
    lq_err_msg_t msg = {""};
    assert_ok(lq_decimal_parse(&out, &msg, MAX_TEXT, strlen(MAX_TEXT), 0));
    assert_u256_equal(out, U256_MAX);
    assert_ok(lq_decimal_parse(&out, &msg, "12345", 3, 0)); /* not a byte beyond the size */
    assert_u256_equal(out, lq_u256_from_u64(123));
    assert_ok(lq_decimal_parse(&out, &msg, "1.25", 4, 2));
    assert_u256_equal(out, lq_u256_from_u64(125));
    out = UNTOUCHED;
    assert_err(lq_decimal_parse(&out, &msg, "1 ", 2, 2), LQ_ERR_SYNTAX);
    assert_string_equal(msg.text, "\"1 \" is not a decimal number: offset 1: a space out of place; "
                                  "write digits like 1500.5");
    assert_err(lq_decimal_parse(&out, &msg, "1\0", 2, 0), LQ_ERR_SYNTAX);
    assert_string_equal(msg.text, "\"1?\" is not a whole number: offset 1: no digit; "
                                  "write digits like 1500");
    assert_err(lq_decimal_parse(&out, &msg, "1.5", 3, 0), LQ_ERR_RANGE);
    assert_err(lq_decimal_parse(&out, &msg, NULL, 0, 0), LQ_ERR_SYNTAX);
    assert_err(lq_decimal_parse(&out, &msg, "1", 1, LQ_DECIMALS_MAX + 1), LQ_ERR_RANGE);
    assert_u256_equal(out, UNTOUCHED);
}

static void prints_the_shortest_form(void **state)
{
    (void)state;
    static const struct {
        const char *value;
        unsigned decimals;
        const char *text;
    } rows[] = {
        {"0", 0, "0"},
        {"0", 18, "0"},
        {"0", LQ_DECIMALS_MAX, "0"},
        {"10", 0, "10"},
        {"10", 1, "1"},
        {"10", 2, "0.1"},
        {"1", 18, "0.000000000000000001"},
        {"1000000000000000000", 18, "1"},
        {"1000000000000000001", 18, "1.000000000000000001"},
        {"10000000000000000000", 0, "10000000000000000000"},
        {"100000000000000000000000000000000000000", 19, "10000000000000000000"},
        {MAX_TEXT, 0, MAX_TEXT},
        {MAX_TEXT, 18,
         "115792089237316195423570985008687907853269984665640564039457.584007913129639935"},
        {MAX_TEXT, LQ_DECIMALS_MAX,
         "1.15792089237316195423570985008687907853269984665640564039457584007913129639935"},
        {"1", LQ_DECIMALS_MAX,
         "0.00000000000000000000000000000000000000000000000000000000000000000000000000001"},
    };
    for (size_t i = 0; i < LQ_ARRAY_CNT(rows); i++) {
        lq_u256_t v = u256_of(rows[i].value);
        char out[LQ_DECIMAL_SZ];
        assert_ok(lq_decimal_print(out, sizeof(out), &v, rows[i].decimals));
        assert_string_equal(out, rows[i].text);
    }
    lq_wei_t wei = {u256_of("10000000000000000")};
    char out[LQ_WEI_TEXT_SZ];
    assert_ok(lq_wei_print(out, sizeof(out), &wei, LQ_WEI_UNIT_ETH));
    assert_string_equal(out, "0.01 ETH");
    assert_ok(lq_wei_print(out, sizeof(out), &wei, LQ_WEI_UNIT_GWEI));
    assert_string_equal(out, "10000000 gwei");
    assert_ok(lq_wei_print(out, sizeof(out), &wei, LQ_WEI_UNIT_WEI));
    assert_string_equal(out, "10000000000000000 wei");
    lq_token_amount_t usdc = {u256_of("1500250000")};
    assert_ok(lq_token_amount_print(out, sizeof(out), &usdc, "USDC", 6));
    assert_string_equal(out, "1500.25 USDC");
}

/* Every size from nothing to enough: all or nothing is written, and never a byte more. */
static void prints_all_or_nothing(void **state)
{
    (void)state;
    lq_token_amount_t v = {u256_of("1500250000")};
    const char want[] = "1500.25 USDC";
    for (size_t sz = 0; sz <= sizeof(want) + 1; sz++) {
        char *out = malloc(sz + 1);
        assert_non_null(out);
        memset(out, '#', sz + 1);
        lq_err_t err = lq_token_amount_print(out, sz, &v, "USDC", 6);
        assert_err(err, sz < sizeof(want) ? LQ_ERR_TOO_LONG : LQ_OK);
        if (!err)
            assert_string_equal(out, want);
        for (size_t i = err ? 0 : sizeof(want); i <= sz; i++)
            assert_int_equal(out[i], '#');
        free(out);
    }
    char out[LQ_DECIMAL_SZ] = "#";
    assert_err(lq_decimal_print(out, sizeof(out), &U256_MAX, LQ_DECIMALS_MAX + 1), LQ_ERR_RANGE);
    assert_err(lq_decimal_print(out, sizeof(out), &U256_MAX, UINT32_MAX), LQ_ERR_RANGE);
    assert_string_equal(out, "#");
}

static void prints_and_reads_as_gmp(void **state)
{
    (void)state;
    lq_rng_t rng = lq_test_rng();
    mpz_t mv;
    mpz_t scale;
    mpz_inits(mv, scale, NULL);
    for (size_t i = lq_test_cnt(20000, 5000000); i > 0; i--) {
        lq_u256_t v = any_u256(&rng);
        unsigned decimals = (unsigned)lq_rng_below(&rng, LQ_DECIMALS_MAX + 1);
        to_mpz(mv, &v);
        if (lq_rng_u64(&rng) & 1) { /* zeros at the end */
            mpz_ui_pow_ui(scale, 10, (unsigned long)lq_rng_below(&rng, 60));
            mpz_fdiv_r_2exp(mv, mv, 50);
            mpz_mul(mv, mv, scale);
            mpz_fdiv_r_2exp(mv, mv, 256);
            v = from_mpz(mv);
        }
        char text[LQ_DECIMAL_SZ];
        char want[256];
        assert_ok(lq_decimal_print(text, sizeof(text), &v, 0));
        (void)gmp_snprintf(want, sizeof(want), "%Zd", mv);
        assert_string_equal(text, want);
        lq_u256_t back = UNTOUCHED;
        assert_ok(lq_decimal_parse(&back, NULL, want, strlen(want), 0));
        assert_u256_equal(back, v);

        mpz_ui_pow_ui(scale, 10, decimals);
        mpz_t whole;
        mpz_init(whole);
        mpz_fdiv_qr(whole, scale, mv, scale);
        int n = gmp_snprintf(want, sizeof(want), decimals > 0 ? "%Zd.%0*Zd" : "%Zd", whole,
                             (int)decimals, scale);
        mpz_clear(whole);
        assert_ok(lq_decimal_parse(&back, NULL, want, (size_t)n, decimals));
        assert_u256_equal(back, v);
        assert_ok(lq_decimal_print(text, sizeof(text), &v, decimals));
        while (decimals > 0 && want[n - 1] == '0')
            want[--n] = '\0';
        if (want[n - 1] == '.')
            want[--n] = '\0';
        assert_string_equal(text, want);
    }
    mpz_clears(mv, scale, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_amounts_of_ether),
        cmocka_unit_test(refuses_what_is_no_amount_of_ether),
        cmocka_unit_test(reads_amounts_of_tokens),
        cmocka_unit_test(refuses_what_is_no_amount_of_the_token),
        cmocka_unit_test(reads_plain_numbers_and_nothing_behind_them),
        cmocka_unit_test(prints_the_shortest_form),
        cmocka_unit_test(prints_all_or_nothing),
        cmocka_unit_test(prints_and_reads_as_gmp),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
