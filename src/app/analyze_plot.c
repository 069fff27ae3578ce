/* `liqd analyze --plot`: what gnuplot is told. */

#include <string.h>

#include "analyze.h"
#include "liqd/num/decimal.h"

#define WAD 1e18

/* In single quotes gnuplot takes nothing for a command; a quote is doubled. */
static void put_quoted(FILE *out, const char *text)
{
    (void)fputc('\'', out);
    for (; *text; text++)
        (void)fprintf(out, *text == '\'' ? "'%c" : "%c", *text);
    (void)fputc('\'', out);
}

static void put_label(FILE *out, const char *axis, const char *text)
{
    char label[LQ_ANALYZE_NAME_SZ];
    char said[LQ_ANALYZE_NAME_SZ + 8];
    (void)snprintf(said, sizeof(said), "%s, %%", lq_analyze_label(label, text));
    (void)fprintf(out, "set %slabel ", axis);
    put_quoted(out, said);
    (void)fputc('\n', out);
}

static double dollars(const lq_i256_t *v)
{
    lq_u256_t abs = lq_i256_abs(v);
    double d = lq_u256_to_double(&abs) / WAD;
    return lq_i256_is_neg(v) ? -d : d;
}

/* A drawing is for the eye: doubles will do. */
static void put_data(FILE *out, const lq_analyze_t *a)
{
    (void)fputs("$points << EOD\n", out);
    for (size_t i = 0; i < a->point_cnt; i++) {
        const lq_analyze_point_t *point = &a->points[i];
        char x[LQ_SHOCK_TEXT_SZ];
        char y[LQ_SHOCK_TEXT_SZ];
        (void)fprintf(out, "%s %s %.2f %.2f %.2f\n", lq_shock_print(x, point->changes[0]),
                      lq_shock_print(y, point->changes[1]),
                      lq_u256_to_double(&point->sum.collateral_usd.raw) / WAD,
                      dollars(&point->sum.net_usd),
                      lq_u256_to_double(&point->sum.bad_debt_usd.raw) / WAD);
    }
    (void)fputs("EOD\n", out);
}

static void put_curves(FILE *out, const lq_analyze_t *a)
{
    put_label(out, "x", a->query.axis_texts[0]);
    (void)fputs("set multiplot layout 3,1\nset grid\nunset key\nset ylabel 'USD'\n"
                "set title 'Collateral that can be liquidated'\n"
                "plot $points using 1:3 with linespoints pointtype 7 pointsize 0.3\n"
                "set title 'Net profit'\n"
                "plot $points using 1:4 with linespoints pointtype 7 pointsize 0.3\n"
                "set title 'Bad debt'\n"
                "plot $points using 1:5 with linespoints pointtype 7 pointsize 0.3\n"
                "unset multiplot\n",
                out);
}

/* Half a step in percent: what a point of the map covers to each side. */
static double half_of(const lq_shock_range_t *range)
{
    return (double)range->step * 100 / LQ_SHOCK_ONE / 2;
}

static void put_range(FILE *out, char axis, const lq_shock_range_t *range)
{
    double half = half_of(range);
    double last = (double)lq_shock_range_at(range, range->cnt - 1);
    (void)fprintf(out, "set %crange [%.6f:%.6f]\n", axis,
                  (double)range->from * 100 / LQ_SHOCK_ONE - half,
                  last * 100 / LQ_SHOCK_ONE + half);
}

/* Boxes rather than an image, which a single row is not. */
static void put_map(FILE *out, const lq_analyze_t *a)
{
    const lq_shock_range_t *axes = a->query.axes;
    put_label(out, "x", a->query.axis_texts[0]);
    put_label(out, "y", a->query.axis_texts[1]);
    put_range(out, 'x', &axes[0]);
    put_range(out, 'y', &axes[1]);
    (void)fprintf(out,
                  "set title 'Net profit, USD'\nunset key\nset tics out\n"
                  "plot $points using 1:2:(%.6f):(%.6f):4 with boxxyerror "
                  "fillcolor palette fillstyle solid noborder\n",
                  half_of(&axes[0]), half_of(&axes[1]));
}

void lq_analyze_plot(FILE *out, const lq_analyze_t *a)
{
    bool map = a->query.axis_cnt > 1;
    (void)fprintf(out, "set terminal svg size 900,%d background '#ffffff' noenhanced\n",
                  map ? 700 : 1000);
    (void)fputs("set format y '%.0f'\nset format cb '%.0f'\n", out);
    if (map)
        (void)fputs("set format y '%g'\n", out);
    put_data(out, a);
    if (map)
        put_map(out, a);
    else
        put_curves(out, a);
    (void)fputs("unset output\n", out);
}
