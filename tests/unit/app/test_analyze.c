/* What analyses are told as: dollars, tables and files. */

#include "analyze.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lq_test.h"
#include "out_file.h"
#include "table.h"

static void dollars_have_two_digits_and_are_cut(void **state)
{
    (void)state;
    static const struct {
        int64_t wads; /* millionths of a cent */
        const char *want;
    } cases[] = {
        {0, "0.00"},
        {1, "0.00"},
        {-1, "0.00"},
        {999999, "0.00"},
        {1000000, "0.01"},
        {-1000000, "-0.01"},
        {-1999999, "-0.01"},
        {99999999, "0.99"},
        {100000000, "1.00"},
        {123456789012, "1234.56"},
        {-123456789012, "-1234.56"},
    };
    for (size_t i = 0; i < LQ_ARRAY_CNT(cases); i++) {
        const lq_i256_t unit = lq_i256_from_i64(10000000000);
        lq_i256_t v = lq_i256_from_i64(cases[i].wads);
        char text[LQ_ANALYZE_USD_SZ];
        v = lq_i256_mul_wrap(&v, &unit);
        assert_string_equal(lq_analyze_usd(text, &v), cases[i].want);
    }
    lq_i256_t least = {{{0, 0, 0, (uint64_t)1 << 63}}};
    char text[LQ_ANALYZE_USD_SZ];
    assert_string_equal(lq_analyze_usd(text, &least),
                        "-57896044618658097711785492504343953926634992332820282019728.79");
}

static void columns_are_as_wide_as_their_widest_cell(void **state)
{
    (void)state;
    static const lq_table_column_t columns[] = {
        {"name", true}, {"n", false}, {"last", true}, {NULL, false}};
    static const char want[] = "  name      n  last\n"
                               "  a        12  x\n"
                               "  longer  345  yy\n";
    char *text = NULL;
    size_t text_sz;
    FILE *out = open_memstream(&text, &text_sz);
    lq_table_t t;
    lq_table_begin(&t, columns);
    lq_table_cell(&t, "a");
    lq_table_number(&t, 12);
    lq_table_cell(&t, "x");
    lq_table_cell(&t, "longer");
    lq_table_number(&t, 345);
    lq_table_cell(&t, "yy");
    lq_table_end(&t, out, 2);
    (void)fclose(out);
    assert_string_equal(text, want);
    free(text);
}

/* Of a grid of one axis with two points. */
static char *written(void (*write)(FILE *out, const lq_analyze_t *a), const char *axis)
{
    static lq_analyze_t a;
    static lq_analyze_point_t points[2];
    char *text = NULL;
    size_t text_sz;
    FILE *out = open_memstream(&text, &text_sz);
    memset(&a, 0, sizeof(a));
    assert_ok(lq_shock_range_parse(&a.query.axes[0], NULL, axis));
    a.query.axis_texts[0] = axis;
    a.query.axis_cnt = 1;
    a.points = points;
    a.point_cnt = 2;
    for (size_t i = 0; i < 2; i++)
        points[i].changes[0] = lq_shock_range_at(&a.query.axes[0], i);
    points[0].sum.liquidatable_cnt = 3;
    points[0].sum.collateral_usd.raw = lq_u256_from_u64(1500000000000000000u);
    points[0].sum.net_usd = lq_i256_from_i64(-2);
    write(out, &a);
    (void)fclose(out);
    return text;
}

static void csv_quotes_what_would_end_a_field(void **state)
{
    (void)state;
    char *text = written(lq_analyze_csv, "A,\"B=-10%:0%:10%");
    assert_string_equal(text,
                        "\"A,\"\"B_percent\",liquidatable,collateral_usd,debt_usd,bad_debt_usd,"
                        "taken,gross_usd,swap_usd,flash_fee_usd,gas_usd,bid_usd,net_usd\r\n"
                        "-10,3,1.5,0,0,0,0,0,0,0,0,-0.000000000000000002\r\n"
                        "0,0,0,0,0,0,0,0,0,0,0,0\r\n");
    free(text);
}

/* A name is in single quotes, in which gnuplot obeys nothing. */
static void a_name_cannot_speak_to_gnuplot(void **state)
{
    (void)state;
    char *text = written(lq_analyze_plot, "'`id`\n\"=-10%:0%:10%");
    assert_non_null(strstr(text, "set xlabel '''`id`\\x0a\", %'\n"));
    assert_non_null(strstr(text, "\n-10 0 1.50 -0.00 0.00\n0 0 0.00 0.00 0.00\nEOD\n"));
    free(text);
}

static void a_file_has_its_name_once_it_is_whole(void **state)
{
    (void)state;
    char folder[] = "/tmp/lq-out-XXXXXX";
    assert_non_null(mkdtemp(folder));
    assert_int_equal(chdir(folder), 0);
    lq_out_file_t f;
    lq_err_msg_t msg;
    assert_ok(lq_out_file_open(&f, &msg, "x"));
    (void)fputs("new", f.to);
    assert_int_equal(access("x", F_OK), -1);
    assert_ok(lq_out_file_keep(&f, &msg));
    assert_int_equal(access("x", F_OK), 0);
    assert_ok(lq_out_file_open(&f, &msg, "x"));
    lq_out_file_drop(&f);
    lq_out_file_drop(&f);
    assert_int_equal(access("x", F_OK), 0);
    assert_int_equal(access("x.part", F_OK), -1);
    assert_err(lq_out_file_open(&f, &msg, "none/x"), LQ_ERR_IO);
    assert_string_equal(msg.text, "\"none/x\": No such file or directory");
    assert_int_equal(unlink("x"), 0);
    assert_int_equal(rmdir(folder), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dollars_have_two_digits_and_are_cut),
        cmocka_unit_test(columns_are_as_wide_as_their_widest_cell),
        cmocka_unit_test(csv_quotes_what_would_end_a_field),
        cmocka_unit_test(a_name_cannot_speak_to_gnuplot),
        cmocka_unit_test(a_file_has_its_name_once_it_is_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
