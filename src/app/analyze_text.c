/* The tables of `liqd analyze`. */

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "analyze.h"
#include "liqd/keys/address.h"
#include "liqd/num/decimal.h"
#include "table.h"

#define AMOUNT_SZ (LQ_DECIMAL_SZ + LQ_ANALYZE_NAME_SZ + 2)

/* ---- cells */

static void put_usd(lq_table_t *t, const lq_usd_t *v)
{
    char text[LQ_ANALYZE_USD_SZ];
    lq_table_cell(t, lq_analyze_usd_of(text, v));
}

static void put_signed(lq_table_t *t, const lq_i256_t *v)
{
    char text[LQ_ANALYZE_USD_SZ];
    lq_table_cell(t, lq_analyze_usd(text, v));
}

static void put_percent(lq_table_t *t, int32_t change)
{
    char number[LQ_SHOCK_TEXT_SZ];
    char text[LQ_SHOCK_TEXT_SZ + 4];
    (void)snprintf(text, sizeof(text), "%s%s %%", change > 0 ? "+" : "",
                   lq_shock_print(number, change));
    lq_table_cell(t, text);
}

static void put_bps(lq_table_t *t, uint32_t bps)
{
    char text[24];
    (void)snprintf(text, sizeof(text), "%" PRIu32 ".%02" PRIu32 " %%", bps / 100, bps % 100);
    lq_table_cell(t, text);
}

static void put_health(lq_table_t *t, const lq_u256_t *factor_wad)
{
    char text[LQ_DECIMAL_SZ];
    bool far = (factor_wad->w[1] | factor_wad->w[2] | factor_wad->w[3]) != 0;
    lq_table_cell(t, far ? "above 18" : lq_table_decimal(text, factor_wad, 18, 4));
}

static void put_owner(lq_table_t *t, const lq_analyze_t *a, uint32_t account)
{
    char owner[LQ_ADDRESS_TEXT_SZ + 1];
    lq_account_t about = lq_ledger_account(lq_sync_ledger(a->state->sync), account);
    lq_address_print(owner, &about.owner);
    lq_table_cell(t, owner);
}

static const char *amount_of(char out[AMOUNT_SZ], const lq_analyze_t *a, uint16_t factor,
                             const lq_u256_t *amount)
{
    char number[LQ_DECIMAL_SZ];
    char name[LQ_ANALYZE_NAME_SZ];
    uint8_t decimals;
    lq_address_t token = lq_state_token(a->state, factor, &decimals);
    (void)snprintf(out, AMOUNT_SZ, "%s %s", lq_table_decimal(number, amount, decimals, 6),
                   lq_analyze_token(a, name, &token));
    return out;
}

static const char *gwei_text(char out[LQ_DECIMAL_SZ], const lq_gas_price_t *gas)
{
    lq_wei_t sum = gas->base_fee_wei;
    if (lq_wei_add_checked(&sum, &gas->base_fee_wei, &gas->tip_wei))
        return "?";
    return lq_table_decimal(out, &sum.raw, 9, 9);
}

static bool is_wanted(const lq_analyze_t *a, uint32_t instance)
{
    return a->query.instance == UINT32_MAX || a->query.instance == instance;
}

/* ---- 1: what can be liquidated */

static void put_sum(lq_table_t *t, const char *name, const lq_analysis_sum_t *sum)
{
    lq_table_cell(t, name);
    lq_table_number(t, sum->liquidatable_cnt);
    put_usd(t, &sum->collateral_usd);
    put_usd(t, &sum->debt_usd);
    put_usd(t, &sum->bad_debt_usd);
    lq_table_number(t, sum->taken_cnt);
    put_signed(t, &sum->gross_usd);
    put_signed(t, &sum->net_usd);
}

static void put_costs(lq_table_t *t, const char *name, const lq_analysis_sum_t *sum)
{
    lq_table_cell(t, name);
    put_usd(t, &sum->repaid_usd);
    put_usd(t, &sum->seized_usd);
    put_usd(t, &sum->swap_usd);
    put_usd(t, &sum->flash_fee_usd);
    put_usd(t, &sum->gas_usd);
    put_usd(t, &sum->bid_usd);
    put_signed(t, &sum->net_usd);
}

typedef void put_fn_t(lq_table_t *t, const char *name, const lq_analysis_sum_t *sum);

static void put_markets(lq_table_t *t, const lq_analyze_t *a, const lq_analysis_point_t *point,
                        put_fn_t *put)
{
    size_t cnt = 0;
    for (uint32_t i = 0; i < a->state->instance_cnt; i++) {
        if (!is_wanted(a, i))
            continue;
        put(t, lq_analyze_market(a, i), &point->instances[i]);
        cnt++;
    }
    if (cnt > 1)
        put(t, "all", &point->all);
}

static void print_notes(FILE *out, const lq_analyze_t *a, const lq_analysis_point_t *point)
{
    const lq_analysis_sum_t *sum = lq_analyze_sum(a, point);
    char text[LQ_ANALYZE_USD_SZ];
    if (point->has_together)
        (void)fprintf(out,
                      "Together, each behind those of more profit on the same funds and pools: "
                      "%" PRIu64 " earn %s USD.\n",
                      point->together_cnt, lq_analyze_usd(text, &point->together_usd));
    else if (sum->taken_cnt > 1)
        (void)fprintf(out,
                      "Each is sized alone, with all of the funds and on untouched pools: not "
                      "all can earn that%s.\n",
                      a->query.instance == UINT32_MAX ? " (--together)" : "");
    if (sum->unpriced_cnt)
        (void)fprintf(out,
                      "%" PRIu64 " of them are in no sum of dollars: a price of ours is "
                      "missing.\n",
                      sum->unpriced_cnt);
    if (sum->saturated)
        (void)fprintf(out, "A sum is more than can be counted, and cut.\n");
}

static void print_markets(FILE *out, const lq_analyze_t *a, const lq_analysis_point_t *point)
{
    static const lq_table_column_t columns[] = {
        {"market", true}, {"count", false},    {"collateral", false},
        {"debt", false},  {"bad debt", false}, {"earn", false},
        {"gross", false}, {"net", false},      {NULL, false},
    };
    static const lq_table_column_t costs[] = {
        {"market", true}, {"repaid", false},    {"seized", false},
        {"swaps", false}, {"loan fees", false}, {"gas", false},
        {"bids", false},  {"net", false},       {NULL, false},
    };
    lq_table_t t;
    lq_table_begin(&t, columns);
    put_markets(&t, a, point, put_sum);
    lq_table_end(&t, out, 0);
    if (lq_analyze_sum(a, point)->taken_cnt) {
        (void)fprintf(out, "\n");
        lq_table_begin(&t, costs);
        put_markets(&t, a, point, put_costs);
        lq_table_end(&t, out, 0);
    }
    print_notes(out, a, point);
}

/* The plan of ROW, made again: it was not kept. */
static void print_plan(FILE *out, const lq_analyze_t *a, const lq_analyze_account_t *row)
{
    lq_plan_t plan;
    char repaid[AMOUNT_SZ];
    char seized[AMOUNT_SZ];
    char text[LQ_ANALYZE_USD_SZ];
    if (lq_engine_size(a->state->engine, &plan, row->account) != LQ_SIZING_PLAN)
        return;
    for (size_t i = 0; i < plan.step_cnt; i++) {
        const lq_plan_step_t *step = &plan.steps[i];
        (void)fprintf(out, "      repays %s for %s\n",
                      amount_of(repaid, a, step->call.pair.debt, &step->outcome.repaid),
                      amount_of(seized, a, step->call.pair.collateral, &step->outcome.seized));
    }
    (void)fprintf(out, "      swap %s", lq_analyze_usd_of(text, &row->profit.swap_usd));
    (void)fprintf(out, ", loan fee %s", lq_analyze_usd_of(text, &row->profit.flash_fee_usd));
    (void)fprintf(out, ", gas %s (%" PRIu32 ")", lq_analyze_usd_of(text, &row->profit.gas_usd),
                  plan.gas);
    (void)fprintf(out, ", bid %s\n", lq_analyze_usd_of(text, &row->profit.bid_usd));
}

static const lq_table_column_t account_columns[] = {
    {"rank", false}, {"market", true}, {"account", true}, {"health", false},
    {"debt", false}, {"net", false},   {NULL, false},
};

static void put_account(lq_table_t *t, const lq_analyze_t *a, size_t i)
{
    const lq_analyze_account_t *row = &a->accounts[i];
    lq_table_number(t, i + 1);
    lq_table_cell(t, lq_analyze_market(a, row->instance));
    put_owner(t, a, row->account);
    put_health(t, &row->factor_wad);
    put_usd(t, &row->debt_usd);
    if (row->has_profit)
        put_signed(t, &row->profit.net_usd);
    else
        lq_table_cell(t, lq_analyze_why_name(lq_analyze_why(row)));
}

/* Writes the table T line by line, with what belongs to each row behind it. */
static void print_rows(FILE *out, lq_table_t *t, const lq_analyze_t *a)
{
    char *text = NULL;
    size_t text_sz;
    FILE *to = open_memstream(&text, &text_sz);
    lq_table_end(t, to ? to : out, 0);
    if (to)
        (void)fclose(to);
    size_t row = 0;
    bool head = true;
    for (char *line = text, *end; text && (end = strchr(line, '\n')); line = end + 1) {
        (void)fwrite(line, 1, (size_t)(end - line) + 1, out);
        if (!head && row < a->account_cnt) {
            const lq_analyze_account_t *at = &a->accounts[row++];
            if (at->taken)
                print_plan(out, a, at);
            else
                (void)fprintf(out, "      %s\n", lq_analyze_why_str(lq_analyze_why(at)));
        }
        head = false;
    }
    free(text);
}

static void print_reasons(FILE *out, const lq_analyze_t *a)
{
    static const lq_table_column_t columns[] = {{"earn nothing", true},
                                                {"count", false},
                                                {"debt", false},
                                                {"because", true},
                                                {NULL, false}};
    uint64_t cnts[LQ_ANALYZE_WHY_CNT] = {0};
    lq_usd_t debts[LQ_ANALYZE_WHY_CNT] = {{{{0}}}};
    bool any = false;
    lq_table_t t;
    for (size_t i = 0; i < a->account_cnt; i++) {
        lq_analyze_why_t why = lq_analyze_why(&a->accounts[i]);
        cnts[why]++;
        any |= why != LQ_ANALYZE_TAKEN;
        if (lq_usd_add_checked(&debts[why], &debts[why], &a->accounts[i].debt_usd))
            debts[why] = a->accounts[i].debt_usd;
    }
    if (!any)
        return;
    lq_table_begin(&t, columns);
    for (unsigned i = LQ_ANALYZE_TAKEN + 1; i < LQ_ANALYZE_WHY_CNT; i++) {
        if (!cnts[i])
            continue;
        lq_table_cell(&t, lq_analyze_why_name((lq_analyze_why_t)i));
        lq_table_number(&t, cnts[i]);
        put_usd(&t, &debts[i]);
        lq_table_cell(&t, lq_analyze_why_str((lq_analyze_why_t)i));
    }
    (void)fprintf(out, "\n");
    lq_table_end(&t, out, 0);
}

static void print_accounts(FILE *out, const lq_analyze_t *a)
{
    lq_table_t t;
    if (!a->account_cnt)
        return;
    (void)fprintf(out, "\n");
    lq_table_begin(&t, account_columns);
    for (size_t i = 0; i < lq_analyze_shown(a); i++)
        put_account(&t, a, i);
    lq_analyze_see(a, true);
    print_rows(out, &t, a);
    lq_analyze_see(a, false);
    if (a->account_cnt > lq_analyze_shown(a))
        (void)fprintf(out, "      and %zu more: --limit, --csv\n",
                      a->account_cnt - lq_analyze_shown(a));
    print_reasons(out, a);
}

/* ---- 2: shocks and grids */

static void print_moves(FILE *out, const lq_analyze_t *a, const char *text, const lq_moves_t *moves)
{
    char name[LQ_ANALYZE_NAME_SZ];
    (void)fprintf(out, "  %s moves", lq_analyze_label(name, text));
    for (size_t i = 0; i < moves->feed_cnt; i++)
        (void)fprintf(out, "%s %s", i ? "," : "", lq_analyze_feed(a, name, moves->feeds[i]));
    (void)fprintf(out, "\n");
}

static void print_stays(FILE *out, const lq_analyze_t *a, const lq_moves_t *moves)
{
    char name[LQ_ANALYZE_NAME_SZ];
    for (size_t i = 0; i < moves->stay_cnt; i++) {
        const lq_moves_stay_t *stay = &moves->stays[i];
        (void)fprintf(out, "warning: %s: the price of %s stays as it is",
                      lq_analyze_market(a, stay->instance),
                      lq_analyze_token(a, name, &stay->token));
        if (stay->cnt > 1)
            (void)fprintf(out, " at %zu oracles", stay->cnt);
        (void)fprintf(out, ": %s\n", lq_moves_why_str(stay->why));
    }
}

void lq_analyze_warn(FILE *out, const lq_analyze_t *a)
{
    char name[LQ_ANALYZE_NAME_SZ];
    char number[LQ_SHOCK_TEXT_SZ];
    for (size_t i = 0; i < a->query.shock_cnt; i++)
        print_stays(out, a, &a->shock_moves[i]);
    for (size_t i = 0; i < a->query.axis_cnt; i++)
        print_stays(out, a, &a->axis_moves[i]);
    for (size_t i = 0; i < a->odd_cnt; i++)
        (void)fprintf(out, "warning: %s: the price of %s moves by %s %%: as its oracle has it\n",
                      lq_analyze_market(a, a->odds[i].instance),
                      lq_analyze_token(a, name, &a->odds[i].token),
                      lq_shock_print(number, a->odds[i].change));
}

static void print_shocks(FILE *out, const lq_analyze_t *a)
{
    (void)fprintf(out, "\nUnder");
    for (size_t i = 0; i < a->query.shock_cnt; i++) {
        char name[LQ_ANALYZE_NAME_SZ];
        char number[LQ_SHOCK_TEXT_SZ];
        (void)fprintf(out, "%s %s %s %%", i ? "," : "",
                      lq_analyze_label(name, a->query.shock_texts[i]),
                      lq_shock_print(number, a->query.shocks[i].change));
    }
    (void)fprintf(out, "\n");
    for (size_t i = 0; i < a->query.shock_cnt; i++)
        print_moves(out, a, a->query.shock_texts[i], &a->shock_moves[i]);
    (void)fprintf(out, "\n");
    print_markets(out, a, &a->shocked);
}

static void print_grid(FILE *out, const lq_analyze_t *a)
{
    lq_table_column_t columns[LQ_TABLE_COLUMN_MAX] = {{NULL, false}};
    char labels[LQ_ANALYZE_AXIS_MAX][LQ_ANALYZE_NAME_SZ];
    static const char *const heads[] = {"count", "collateral", "debt", "bad debt",
                                        "earn",  "gross",      "net"};
    size_t cnt = 0;
    lq_table_t t;
    (void)fprintf(out, "\nGrid%s\n", a->query.shock_cnt ? ", under the shock" : "");
    for (size_t i = 0; i < a->query.axis_cnt; i++) {
        print_moves(out, a, a->query.axis_texts[i], &a->axis_moves[i]);
        columns[cnt++].head = lq_analyze_label(labels[i], a->query.axis_texts[i]);
    }
    for (size_t i = 0; i < LQ_ARRAY_CNT(heads); i++)
        columns[cnt++].head = heads[i];
    if (a->query.together)
        columns[cnt++].head = "together";
    (void)fprintf(out, "\n");
    lq_table_begin(&t, columns);
    for (size_t i = 0; i < a->point_cnt; i++) {
        const lq_analyze_point_t *point = &a->points[i];
        for (size_t k = 0; k < a->query.axis_cnt; k++)
            put_percent(&t, point->changes[k]);
        lq_table_number(&t, point->sum.liquidatable_cnt);
        put_usd(&t, &point->sum.collateral_usd);
        put_usd(&t, &point->sum.debt_usd);
        put_usd(&t, &point->sum.bad_debt_usd);
        lq_table_number(&t, point->sum.taken_cnt);
        put_signed(&t, &point->sum.gross_usd);
        put_signed(&t, &point->sum.net_usd);
        if (a->query.together)
            put_signed(&t, &point->together_usd);
    }
    lq_table_end(&t, out, 0);
}

/* ---- 3: what it hangs on */

/* "x 0.5", or nothing where the price was named. */
static const char *tenths_text(char out[24], int64_t tenths)
{
    out[0] = '\0';
    if (tenths)
        (void)snprintf(out, 24, tenths % 10 ? "x %" PRId64 ".%" PRId64 : "x %" PRId64, tenths / 10,
                       tenths % 10);
    return out;
}

static const char *sense_text(char out[96], const lq_analyze_sense_t *s)
{
    char number[LQ_DECIMAL_SZ];
    char by[24];
    switch (s->lever) {
    case LQ_ANALYZE_GAS:
        (void)snprintf(out, 96, "gas %.40s gwei%s%s",
                       lq_table_decimal(number, &s->gas_wei.raw, 9, 9), s->value ? ", " : "",
                       tenths_text(by, s->value));
        return out;
    case LQ_ANALYZE_BONUS:
        (void)snprintf(out, 96, "bonus %+" PRId64 " bps", s->value);
        return out;
    case LQ_ANALYZE_CLOSE:
        (void)snprintf(out, 96, "close factor %" PRId64 " %%", s->value / 100);
        return out;
    case LQ_ANALYZE_SWAP:
        (void)snprintf(out, 96, "slippage %" PRId64 " bps", s->value);
        return out;
    case LQ_ANALYZE_LEVER_CNT:
        break;
    }
    LQ_BUG("a lever is %d", (int)s->lever);
}

static void print_senses(FILE *out, const lq_analyze_t *a)
{
    static const lq_table_column_t columns[] = {
        {"if", true}, {"earn", false}, {"net", false}, {NULL, false}};
    lq_table_t t;
    (void)fprintf(out, "\nSensitivity%s\n\n", a->query.shock_cnt ? ", under the shock" : "");
    lq_table_begin(&t, columns);
    for (size_t i = 0; i < a->sense_cnt; i++) {
        char text[96];
        lq_table_cell(&t, sense_text(text, &a->senses[i]));
        lq_table_number(&t, a->senses[i].taken_cnt);
        put_signed(&t, &a->senses[i].net_usd);
    }
    lq_table_end(&t, out, 0);
}

/* ---- 4: the smallest that is worth it */

static void put_break_even(lq_table_t *t, const lq_analysis_break_even_t *at)
{
    if (at->err == LQ_OK)
        put_usd(t, &at->profit.repaid_usd);
    else
        lq_table_cell(t, at->err == LQ_ERR_NOT_FOUND ? "never" : "-");
}

static void put_pair(lq_table_t *t, const lq_analyze_t *a, const lq_analyze_pair_t *pair,
                     size_t cnt)
{
    const lq_analysis_break_even_t *row = &pair->at[0];
    char names[2][LQ_ANALYZE_NAME_SZ];
    char text[2 * LQ_ANALYZE_NAME_SZ];
    char percent[LQ_DECIMAL_SZ];
    uint8_t decimals;
    lq_address_t collateral = lq_state_token(a->state, row->pair.collateral, &decimals);
    lq_address_t debt = lq_state_token(a->state, row->pair.debt, &decimals);
    (void)snprintf(text, sizeof(text), "%s/%s", lq_analyze_token(a, names[0], &collateral),
                   lq_analyze_token(a, names[1], &debt));
    lq_table_cell(t, lq_analyze_market(a, row->instance));
    lq_table_cell(t, text);
    put_usd(t, &row->debt_usd);
    const lq_u256_t one = lq_u256_from_u64(1000000000000000000u);
    lq_u256_t more;
    if (lq_u256_sub_checked(&more, &row->incentive.seized_wad, &one))
        more = lq_u256_from_u64(0);
    (void)snprintf(text, sizeof(text), "%.20s %%", lq_table_decimal(percent, &more, 16, 2));
    lq_table_cell(t, text);
    for (size_t i = 0; i < cnt; i++)
        put_break_even(t, &pair->at[i]);
}

static void print_pairs(FILE *out, const lq_analyze_t *a)
{
    enum {
        FIXED = 4,
        SHOWN = 6 /* what 100 columns hold; JSON has all */
    };
    lq_table_column_t columns[LQ_TABLE_COLUMN_MAX] = {
        {"market", true}, {"pair", true}, {"debt", false}, {"bonus", false}};
    char heads[LQ_ANALYZE_GAS_MAX][LQ_DECIMAL_SZ + 8];
    lq_table_t t;
    if (!a->pair_cnt)
        return;
    (void)fprintf(out, "\nBreak-even%s: the smallest debt worth repaying, by the price of gas\n\n",
                  a->query.shock_cnt ? ", under the shock" : "");
    size_t cnt = a->gas_cnt < SHOWN ? a->gas_cnt : SHOWN;
    for (size_t i = 0; i < cnt; i++) {
        char number[LQ_DECIMAL_SZ];
        if (a->gas_tenths[i])
            (void)tenths_text(heads[i], a->gas_tenths[i]);
        else
            (void)snprintf(heads[i], sizeof(heads[i]), "%s gwei", gwei_text(number, &a->gases[i]));
        columns[FIXED + i].head = heads[i];
    }
    lq_table_begin(&t, columns);
    for (size_t i = 0; i < a->pair_cnt; i++)
        put_pair(&t, a, &a->pairs[i], cnt);
    lq_table_end(&t, out, 0);
}

/* ---- 5: whom a few hold */

static void print_holders(FILE *out, const lq_analyze_t *a)
{
    static const lq_table_column_t columns[] = {{"market", true},      {"account", true},
                                                {"health", false},     {"debt", false},
                                                {"collateral", false}, {NULL, false}};
    const lq_analysis_concentration_t *c = &a->concentration;
    lq_table_t t;
    lq_table_begin(&t, columns);
    size_t shown = 0;
    for (size_t i = 0; i < c->holder_cnt && shown < a->query.limit; i++) {
        const lq_analysis_holder_t *h = &c->holders[i];
        if (!is_wanted(a, h->instance))
            continue;
        lq_table_cell(&t, lq_analyze_market(a, h->instance));
        put_owner(&t, a, h->account);
        put_health(&t, &h->factor_wad);
        put_usd(&t, &h->debt_usd);
        put_usd(&t, &h->collateral_usd);
        shown++;
    }
    lq_table_end(&t, out, 0);
}

#define SIDE_SZ 22 /* what 100 columns hold; JSON has all */

static const char *side_text(char out[SIDE_SZ], const lq_analyze_t *a, const lq_address_t *tokens,
                             size_t cnt)
{
    size_t sz = 0;
    out[0] = '\0';
    for (size_t i = 0; i < cnt; i++) {
        char name[LQ_ANALYZE_NAME_SZ];
        const char *symbol = lq_analyze_token(a, name, &tokens[i]);
        if (strlen(symbol) > 12)
            (void)snprintf(name + 10, sizeof(name) - 10, "..");
        if (i >= LQ_ANALYSIS_SIDE_MAX || sz + strlen(symbol) + 5 >= SIDE_SZ) {
            (void)snprintf(out + sz, SIDE_SZ - sz, "%s+%zu", i ? " " : "", cnt - i);
            return out;
        }
        sz += (size_t)snprintf(out + sz, SIDE_SZ - sz, "%s%s", i ? " " : "", symbol);
    }
    return out;
}

static void print_groups(FILE *out, const lq_analyze_t *a)
{
    static const lq_table_column_t columns[] = {
        {"market", true}, {"count", false},        {"debt", false},   {"collateral", false},
        {"least", false}, {"of collateral", true}, {"in debt", true}, {NULL, false}};
    const lq_analysis_concentration_t *c = &a->concentration;
    lq_table_t t;
    if (!c->group_cnt)
        return;
    (void)fprintf(out, "\nWhat falls together, by debt, and the least health among them\n\n");
    lq_table_begin(&t, columns);
    size_t shown = 0;
    for (size_t i = 0; i < c->group_cnt && shown < a->query.limit; i++) {
        const lq_analysis_group_t *g = &c->groups[i];
        char side[SIDE_SZ];
        if (!is_wanted(a, g->instance))
            continue;
        shown++;
        lq_table_cell(&t, lq_analyze_market(a, g->instance));
        lq_table_number(&t, g->account_cnt);
        put_usd(&t, &g->debt_usd);
        put_usd(&t, &g->collateral_usd);
        put_health(&t, &g->least_factor_wad);
        lq_table_cell(&t, side_text(side, a, g->collaterals, g->collateral_cnt));
        lq_table_cell(&t, side_text(side, a, g->debts, g->debt_cnt));
    }
    lq_table_end(&t, out, 0);
    if (a->query.instance == UINT32_MAX && shown < c->group_all_cnt)
        (void)fprintf(out, "      and %zu more groups\n", c->group_all_cnt - shown);
}

static void print_concentration(FILE *out, const lq_analyze_t *a)
{
    static const lq_table_column_t columns[] = {
        {"accounts", false}, {"debt", false}, {"top 1", false}, {"top 10", false},
        {"top 100", false},  {"HHI", false},  {NULL, false}};
    const lq_analysis_concentration_t *c = &a->concentration;
    lq_table_t t;
    (void)fprintf(out, "\nConcentration of debt%s%s\n\n",
                  a->query.shock_cnt ? ", before the shock" : "",
                  a->query.instance == UINT32_MAX ? "" : ", shares of all markets");
    lq_table_begin(&t, columns);
    lq_table_number(&t, c->account_cnt);
    put_usd(&t, &c->debt_usd);
    for (size_t i = 0; i < LQ_ARRAY_CNT(c->top_bps); i++)
        put_bps(&t, c->top_bps[i]);
    lq_table_number(&t, c->hhi_bps);
    lq_table_end(&t, out, 0);
    (void)fprintf(out, "\n");
    print_holders(out, a);
    print_groups(out, a);
}

/* ---- all of it */

void lq_analyze_print(FILE *out, const lq_analyze_t *a, uint64_t clock_sec)
{
    char gwei[LQ_DECIMAL_SZ];
    uint64_t age = clock_sec > a->block_sec ? clock_sec - a->block_sec : 0;
    (void)fprintf(out,
                  "%s, block %" PRIu64 ", %" PRIu64 " s old; amounts in USD\ngas at %s gwei, %s\n",
                  a->state->config->chain_name, a->block.number, age,
                  gwei_text(gwei, &a->terms.gas_price), lq_report_gas_str(a->terms.gas));
    if (a->terms.whole_funds)
        (void)fprintf(out, "no inventory is configured: there is as much as is owed\n");
    (void)fprintf(out, "\nNow\n\n");
    print_markets(out, a, &a->now);
    if (a->query.shock_cnt)
        print_shocks(out, a);
    print_accounts(out, a);
    if (a->query.axis_cnt)
        print_grid(out, a);
    print_senses(out, a);
    print_pairs(out, a);
    print_concentration(out, a);
}
