/* `liqd analyze --csv`: one table with a line of heads, as RFC 4180 has it. Dollars are exact. */

#include <inttypes.h>
#include <string.h>

#include "analyze.h"
#include "liqd/keys/address.h"
#include "liqd/num/decimal.h"

#define USD_DECIMALS 18

/* Quotes where what is in TEXT would end the field. */
static void put_text(FILE *out, const char *text)
{
    bool quoted = strpbrk(text, ",\"\r\n") != NULL;
    if (quoted)
        (void)fputc('"', out);
    for (; *text; text++)
        (void)fprintf(out, *text == '"' ? "\"%c" : "%c", *text);
    if (quoted)
        (void)fputc('"', out);
}

static void put_decimal(FILE *out, const lq_u256_t *v)
{
    char text[LQ_DECIMAL_SZ];
    if (lq_decimal_print(text, sizeof(text), v, USD_DECIMALS))
        LQ_BUG("a number has no decimal digits");
    (void)fprintf(out, ",%s", text);
}

static void put_usd(FILE *out, const lq_usd_t *v)
{
    put_decimal(out, &v->raw);
}

static void put_signed(FILE *out, const lq_i256_t *v)
{
    char text[LQ_DECIMAL_SZ];
    lq_u256_t abs = lq_i256_abs(v);
    if (lq_decimal_print(text, sizeof(text), &abs, USD_DECIMALS))
        LQ_BUG("a number has no decimal digits");
    (void)fprintf(out, ",%s%s", lq_i256_is_neg(v) ? "-" : "", text);
}

static void put_point(FILE *out, const lq_analyze_t *a, const lq_analyze_point_t *point)
{
    const lq_analysis_sum_t *sum = &point->sum;
    for (size_t i = 0; i < a->query.axis_cnt; i++) {
        char number[LQ_SHOCK_TEXT_SZ];
        (void)fprintf(out, "%s%s", i ? "," : "", lq_shock_print(number, point->changes[i]));
    }
    (void)fprintf(out, ",%" PRIu64, sum->liquidatable_cnt);
    put_usd(out, &sum->collateral_usd);
    put_usd(out, &sum->debt_usd);
    put_usd(out, &sum->bad_debt_usd);
    (void)fprintf(out, ",%" PRIu64, sum->taken_cnt);
    put_signed(out, &sum->gross_usd);
    put_usd(out, &sum->swap_usd);
    put_usd(out, &sum->flash_fee_usd);
    put_usd(out, &sum->gas_usd);
    put_usd(out, &sum->bid_usd);
    put_signed(out, &sum->net_usd);
    if (a->query.together) {
        (void)fprintf(out, ",%" PRIu64, point->together_cnt);
        put_signed(out, &point->together_usd);
    }
    (void)fputs("\r\n", out);
}

static void write_grid(FILE *out, const lq_analyze_t *a)
{
    for (size_t i = 0; i < a->query.axis_cnt; i++) {
        char label[LQ_ANALYZE_NAME_SZ];
        char head[LQ_ANALYZE_NAME_SZ + 16];
        (void)snprintf(head, sizeof(head), "%s_percent",
                       lq_analyze_label(label, a->query.axis_texts[i]));
        if (i)
            (void)fputc(',', out);
        put_text(out, head);
    }
    (void)fprintf(out,
                  ",liquidatable,collateral_usd,debt_usd,bad_debt_usd,taken,gross_usd,swap_usd,"
                  "flash_fee_usd,gas_usd,bid_usd,net_usd%s\r\n",
                  a->query.together ? ",together_taken,together_net_usd" : "");
    for (size_t i = 0; i < a->point_cnt; i++)
        put_point(out, a, &a->points[i]);
}

static void put_account(FILE *out, const lq_analyze_t *a, const lq_analyze_account_t *row)
{
    char owner[LQ_ADDRESS_TEXT_SZ + 1];
    lq_account_t about = lq_ledger_account(lq_sync_ledger(a->state->sync), row->account);
    lq_address_print(owner, &about.owner);
    put_text(out, lq_analyze_market(a, row->instance));
    (void)fprintf(out, ",%s", owner);
    put_decimal(out, &row->factor_wad);
    put_usd(out, &row->collateral_usd);
    put_usd(out, &row->debt_usd);
    (void)fprintf(out, ",%s", lq_analyze_why_name(lq_analyze_why(row)));
    if (row->has_profit) {
        put_usd(out, &row->profit.repaid_usd);
        put_usd(out, &row->profit.seized_usd);
        put_usd(out, &row->profit.swap_usd);
        put_usd(out, &row->profit.flash_fee_usd);
        put_usd(out, &row->profit.gas_usd);
        put_usd(out, &row->profit.bid_usd);
        put_signed(out, &row->profit.net_usd);
    } else {
        (void)fputs(",,,,,,,", out);
    }
    (void)fputs("\r\n", out);
}

void lq_analyze_csv(FILE *out, const lq_analyze_t *a)
{
    if (a->query.axis_cnt) {
        write_grid(out, a);
        return;
    }
    (void)fputs("market,account,health_factor,collateral_usd,debt_usd,reason,repaid_usd,seized_usd,"
                "swap_usd,flash_fee_usd,gas_usd,bid_usd,net_usd\r\n",
                out);
    for (size_t i = 0; i < a->account_cnt; i++)
        put_account(out, a, &a->accounts[i]);
}
