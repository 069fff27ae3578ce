#include "journal_view.h"

#include <inttypes.h>
#include <string.h>

#include "decisions.h"
#include "dry_report.h"
#include "json_value.h"
#include "liqd/app/config.h"
#include "liqd/base/text.h"
#include "liqd/keys/address.h"
#include "table.h"

#define SEC_NS   UINT64_C(1000000000)
#define TEXT_MAX 60u /* bytes of a reason in a table */

/* What a walk through the journal needs to write lines of it. */
typedef struct walk {
    const lq_journal_view_t *view;
    lq_journal_total_t total;
    lq_table_t table;
    json_t *list; /* NULL: the table */
    size_t skip;  /* what is older than the newest */
    bool lost;    /* memory ran out */
    struct {
        lq_address_t token;
        unsigned decimals;
    } tokens[LQ_JOURNAL_TOKEN_MAX]; /* as prices of decisions had them */
    size_t token_cnt;
} walk_t;

static size_t miss_cnt(const lq_journal_total_t *total)
{
    size_t cnt = 0;
    for (size_t i = 0; i < LQ_REASON_CNT; i++)
        cnt += total->miss_cnt[i];
    return cnt;
}

static size_t skip_of(const walk_t *w, size_t cnt)
{
    return cnt > w->view->limit ? cnt - w->view->limit : 0;
}

static const char *outcome_of(const lq_journal_row_t *row)
{
    return row->ended ? lq_tx_outcome_str(row->end.kind) : "open";
}

static bool is_realised(const lq_journal_row_t *row)
{
    return row->ended &&
           (row->end.kind == LQ_OUTCOME_MINED || row->end.kind == LQ_OUTCOME_REVERTED ||
            row->end.kind == LQ_OUTCOME_FINAL);
}

static void learn_decimals(walk_t *w, const lq_tx_intent_t *intent)
{
    for (size_t i = 0; i < intent->price_cnt; i++) {
        size_t k = 0;
        while (k < w->token_cnt && memcmp(&w->tokens[k].token, &intent->prices[i].token,
                                          sizeof(w->tokens[k].token)) != 0)
            k++;
        if (k == LQ_JOURNAL_TOKEN_MAX || lq_u256_is_zero(&intent->prices[i].quote.price_wad))
            continue;
        w->tokens[k].token = intent->prices[i].token;
        w->tokens[k].decimals = intent->prices[i].quote.decimals;
        w->token_cnt += k == w->token_cnt;
    }
}

/* -1: not known. */
static int decimals_of(const walk_t *w, const lq_address_t *token)
{
    for (size_t i = 0; i < w->token_cnt; i++)
        if (memcmp(&w->tokens[i].token, token, sizeof(*token)) == 0)
            return (int)w->tokens[i].decimals;
    return -1;
}

/* ---- for a person */

static void cell_time(lq_table_t *t, uint64_t wall_ns)
{
    char text[LQ_DRY_TIME_SZ];
    lq_table_cell(t, lq_dry_report_time(text, wall_ns / SEC_NS));
}

static void cell_address(lq_table_t *t, const lq_address_t *address)
{
    char text[LQ_ADDRESS_TEXT_SZ + 1];
    lq_address_print(text, address);
    lq_table_cell(t, text);
}

static void cell_usd(lq_table_t *t, const lq_i256_t *usd, bool known)
{
    lq_signed_text_t text;
    lq_table_cell(t, known ? lq_decisions_usd(&text, usd) : "");
}

/* A stranger's words. */
static void cell_text(lq_table_t *t, const char *text)
{
    char shown[TEXT_MAX + 1];
    lq_text_show_cut(shown, sizeof(shown), (const uint8_t *)text, strlen(text));
    lq_table_cell(t, shown);
}

static bool tell_row(void *ctx, const lq_journal_row_t *row)
{
    walk_t *w = ctx;
    char gas[LQ_DECIMAL_SZ];
    learn_decimals(w, &row->intent);
    if (w->skip) {
        w->skip--;
        return true;
    }
    lq_table_t *t = &w->table;
    cell_time(t, row->wall_ns);
    lq_table_number(t, row->intent.id);
    lq_table_cell(t, lq_tx_use_str(row->intent.use));
    cell_text(t, row->intent.market);
    cell_address(t, &row->intent.borrower);
    lq_table_cell(t, outcome_of(row));
    cell_usd(t, &row->end.net_usd, is_realised(row));
    cell_usd(t, &row->intent.estimate.net_usd, true);
    lq_table_cell(t, lq_table_decimal(gas, &row->gas_wei.raw, LQ_CONFIG_COIN_DECIMALS, 6));
    lq_table_number(t, row->attempt_cnt);
    cell_text(t, row->ended ? row->end.why : "");
    return true;
}

static const lq_table_column_t row_columns[] = {
    {"time", true},     {"intent", false}, {"for", true},     {"market", true},
    {"account", true},  {"outcome", true}, {"net", false},    {"estimate", false},
    {"gas ETH", false}, {"sent", false},   {"because", true}, {0}};

static bool tell_miss(void *ctx, uint64_t wall_ns, const lq_tx_candidate_t *candidate)
{
    walk_t *w = ctx;
    const lq_address_t none = {{0}};
    if (w->skip) {
        w->skip--;
        return true;
    }
    lq_table_t *t = &w->table;
    cell_time(t, wall_ns);
    cell_text(t, candidate->market);
    cell_address(t, &candidate->borrower);
    lq_table_number(t, candidate->began_blk);
    lq_table_number(t, candidate->ended_blk);
    cell_usd(t, &candidate->profit.net_usd, candidate->has_profit);
    lq_table_cell(t, lq_reason_str(candidate->reason));
    if (memcmp(&candidate->liquidator, &none, sizeof(none)) == 0)
        lq_table_cell(t, "");
    else
        cell_address(t, &candidate->liquidator);
    cell_text(t, candidate->text);
    return true;
}

static const lq_table_column_t miss_columns[] = {
    {"time", true},    {"market", true},     {"account", true},  {"from", false},   {"to", false},
    {"earned", false}, {"missed for", true}, {"taken by", true}, {"that is", true}, {0}};

static void print_outcomes(FILE *out, const lq_journal_total_t *total)
{
    uint64_t ended = 0;
    for (size_t i = 0; i < LQ_OUTCOME_CNT; i++)
        ended += total->ended_cnt[i];
    (void)fprintf(out, "intents               %" PRIu64 "\n", total->intent_cnt);
    for (size_t i = 0; i < LQ_OUTCOME_CNT; i++)
        if (total->ended_cnt[i])
            (void)fprintf(out, "  %-19s %" PRIu64 "\n", lq_tx_outcome_str((lq_outcome_kind_t)i),
                          total->ended_cnt[i]);
    if (total->intent_cnt > ended)
        (void)fprintf(out, "  %-19s %" PRIu64 "\n", "open", total->intent_cnt - ended);
}

static void print_gain(FILE *out, const walk_t *w, const lq_gain_t *gain)
{
    char number[LQ_DECIMAL_SZ];
    char token[LQ_ADDRESS_TEXT_SZ + 1];
    lq_u256_t abs = lq_i256_abs(&gain->amount);
    int decimals = decimals_of(w, &gain->token);
    lq_address_print(token, &gain->token);
    if (lq_decimal_print(number, sizeof(number), &abs, decimals < 0 ? 0 : (unsigned)decimals))
        LQ_BUG("an amount has no decimal digits");
    (void)fprintf(out, "  of tokens           %s%s %s%s\n",
                  lq_i256_is_neg(&gain->amount) ? "-" : "", number, decimals < 0 ? "units of " : "",
                  token);
}

static void print_total(FILE *out, const walk_t *w)
{
    const lq_journal_total_t *total = &w->total;
    lq_signed_text_t usd;
    char coins[LQ_DRY_AMOUNT_SZ];
    const lq_i256_t gas = {total->gas_wei.raw};
    const lq_i256_t paid = {total->paid_wei.raw};
    print_outcomes(out, total);
    (void)fprintf(out, "net                   %s USD", lq_decisions_usd(&usd, &total->net_usd));
    (void)fprintf(out, ", estimated %s USD\n", lq_decisions_usd(&usd, &total->estimated_usd));
    (void)fprintf(out, "mined transactions    %" PRIu64 "\n", total->mined_cnt);
    (void)fprintf(out, "  gas paid            %s\n", lq_dry_report_coins(coins, &gas));
    (void)fprintf(out, "  bids paid           %s\n", lq_dry_report_coins(coins, &paid));
    for (size_t i = 0; i < total->gain_cnt; i++)
        print_gain(out, w, &total->gains[i]);
    (void)fprintf(out, "missed                %zu\n", miss_cnt(total));
    for (size_t i = 0; i < LQ_REASON_CNT; i++)
        if (total->miss_cnt[i])
            (void)fprintf(out, "  %-19s %" PRIu64 "\n", lq_reason_str((lq_reason_t)i),
                          total->miss_cnt[i]);
}

static void print_end_of_list(FILE *out, walk_t *w, size_t cnt)
{
    size_t older = skip_of(w, cnt);
    if (cnt)
        lq_table_end(&w->table, out, 0);
    if (older)
        (void)fprintf(out, "and %zu older: --limit, --since\n", older);
    if (cnt)
        (void)fprintf(out, "\n");
}

lq_err_t lq_journal_view_print(FILE *out, lq_err_msg_t *msg, const lq_journal_view_t *view)
{
    walk_t w = {.view = view};
    char quoted[LQ_TEXT_QUOTE_SZ];
    char since[LQ_DRY_TIME_SZ];
    lq_err_t err = lq_journal_total(view->journal, msg, &w.total, view->from_wall_ns);
    if (err)
        return err;
    (void)fprintf(out, "journal %s of chain %" PRIu64, lq_text_quote(quoted, view->path),
                  view->chain_id);
    if (view->from_wall_ns)
        (void)fprintf(out, ", since %s", lq_dry_report_time(since, view->from_wall_ns / SEC_NS));
    (void)fprintf(out, "\n\n");
    w.skip = skip_of(&w, w.total.intent_cnt);
    lq_table_begin(&w.table, row_columns);
    err = lq_journal_rows(view->journal, msg, view->from_wall_ns, tell_row, &w);
    print_end_of_list(out, &w, w.total.intent_cnt);
    if (!err && view->misses) {
        w.skip = skip_of(&w, miss_cnt(&w.total));
        lq_table_begin(&w.table, miss_columns);
        err = lq_journal_misses(view->journal, msg, view->from_wall_ns, tell_miss, &w);
        print_end_of_list(out, &w, miss_cnt(&w.total));
    }
    if (!err)
        print_total(out, &w);
    return err;
}

/* ---- for a machine */

/* A stranger's words, which need not be UTF-8. */
static json_t *json_words(const char *text)
{
    char shown[LQ_TEXT_SHOW_SZ * LQ_TX_RECORD_TEXT_SZ];
    lq_text_show_cut(shown, sizeof(shown), (const uint8_t *)text, strlen(text));
    return lq_json_text(shown);
}

static json_t *json_gains(const walk_t *w, const lq_gain_t *gains, size_t cnt)
{
    json_t *list = json_array();
    bool ok = list != NULL;
    for (size_t i = 0; i < cnt && ok; i++) {
        int decimals = decimals_of(w, &gains[i].token);
        ok = lq_json_append(list,
                            json_pack("{s:o, s:o, s:o}", "token", lq_json_address(&gains[i].token),
                                      "amount", lq_json_i256(&gains[i].amount), "decimals",
                                      decimals < 0 ? json_null() : json_integer(decimals)));
    }
    return lq_json_keep_if(list, ok);
}

static bool json_row(void *ctx, const lq_journal_row_t *row)
{
    walk_t *w = ctx;
    const lq_tx_intent_t *in = &row->intent;
    learn_decimals(w, in);
    if (w->skip) {
        w->skip--;
        return true;
    }
    json_t *item = json_pack(
        "{s:o, s:o, s:s, s:o, s:o, s:o, s:o, s:s, s:o, s:o, s:o}", "wall_ns",
        lq_json_count(row->wall_ns), "intent", lq_json_count(in->id), "use", lq_tx_use_str(in->use),
        "market", json_words(in->market), "borrower", lq_json_address(&in->borrower), "target_blk",
        lq_json_count(in->target_blk), "last_blk", lq_json_count(in->last_blk), "outcome",
        outcome_of(row), "net_usd_wad",
        is_realised(row) ? lq_json_i256(&row->end.net_usd) : json_null(), "estimate_usd_wad",
        lq_json_i256(&in->estimate.net_usd), "why", json_words(row->ended ? row->end.why : ""));
    json_t *sent = json_pack(
        "{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "attempts",
        lq_json_count(row->attempt_cnt), "sender",
        row->attempt_cnt ? lq_json_address(&row->sender) : json_null(), "nonce",
        row->attempt_cnt ? lq_json_count(row->nonce) : json_null(), "hash",
        row->attempt_cnt ? lq_json_hash(&row->hash) : json_null(), "mined_blk",
        row->mined_blk ? lq_json_count(row->mined_blk) : json_null(), "gas",
        lq_json_count(row->gas), "gas_wei", lq_json_u256(&row->gas_wei.raw), "paid_wei",
        lq_json_u256(&row->paid_wei.raw), "gains", json_gains(w, row->gains, row->gain_cnt));
    w->lost = !item || !sent || json_object_update_new(item, sent) != 0 ||
              json_array_append(w->list, item) != 0;
    json_decref(item);
    return !w->lost;
}

static bool json_miss(void *ctx, uint64_t wall_ns, const lq_tx_candidate_t *c)
{
    walk_t *w = ctx;
    bool has_liquidator = c->reason == LQ_REASON_LOST || c->reason == LQ_REASON_OUTBID;
    if (w->skip) {
        w->skip--;
        return true;
    }
    w->lost = !lq_json_append(
        w->list,
        json_pack("{s:o, s:o, s:o, s:s, s:o, s:o, s:o, s:o, s:o}", "wall_ns",
                  lq_json_count(wall_ns), "market", json_words(c->market), "borrower",
                  lq_json_address(&c->borrower), "reason", lq_reason_str(c->reason), "began_blk",
                  lq_json_count(c->began_blk), "ended_blk", lq_json_count(c->ended_blk),
                  "net_usd_wad", c->has_profit ? lq_json_i256(&c->profit.net_usd) : json_null(),
                  "liquidator", has_liquidator ? lq_json_address(&c->liquidator) : json_null(),
                  "text", json_words(c->text)));
    return !w->lost;
}

static json_t *json_counts(const uint64_t *cnts, size_t cnt, const char *(*name)(size_t i))
{
    json_t *o = json_object();
    for (size_t i = 0; i < cnt && o; i++)
        if (cnts[i] && json_object_set_new(o, name(i), lq_json_count(cnts[i])) != 0) {
            json_decref(o);
            o = NULL;
        }
    return o;
}

static const char *outcome_name(size_t i)
{
    return lq_tx_outcome_str((lq_outcome_kind_t)i);
}

static const char *reason_name(size_t i)
{
    return lq_reason_str((lq_reason_t)i);
}

static json_t *json_total(const walk_t *w)
{
    const lq_journal_total_t *t = &w->total;
    return json_pack(
        "{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "intents", lq_json_count(t->intent_cnt),
        "outcomes", json_counts(t->ended_cnt, LQ_OUTCOME_CNT, outcome_name), "misses",
        json_counts(t->miss_cnt, LQ_REASON_CNT, reason_name), "mined", lq_json_count(t->mined_cnt),
        "gas_wei", lq_json_u256(&t->gas_wei.raw), "paid_wei", lq_json_u256(&t->paid_wei.raw),
        "net_usd_wad", lq_json_i256(&t->net_usd), "estimated_usd_wad",
        lq_json_i256(&t->estimated_usd), "gains", json_gains(w, t->gains, t->gain_cnt));
}

/* Sets NAME of ROOT to the list that WALK filled. */
static bool keep_list(json_t *root, const char *name, walk_t *w)
{
    bool ok = !w->lost && json_object_set_new(root, name, w->list) == 0;
    if (w->lost)
        json_decref(w->list);
    w->list = json_array();
    return ok && w->list;
}

lq_err_t lq_journal_view_json(json_t **root, lq_err_msg_t *msg, const lq_journal_view_t *view)
{
    walk_t w = {.view = view, .list = json_array()};
    json_t *o = json_pack("{s:s, s:o, s:o}", "journal", view->path, "chain_id",
                          lq_json_count(view->chain_id), "since_wall_ns",
                          lq_json_count(view->from_wall_ns));
    lq_err_t err = o && w.list ? lq_journal_total(view->journal, msg, &w.total, view->from_wall_ns)
                               : lq_err_msg_set(msg, LQ_ERR_NOMEM, "%s", lq_err_str(LQ_ERR_NOMEM));
    w.skip = skip_of(&w, w.total.intent_cnt);
    if (!err)
        err = lq_journal_rows(view->journal, msg, view->from_wall_ns, json_row, &w);
    bool ok = !err && keep_list(o, "intents", &w);
    w.skip = skip_of(&w, miss_cnt(&w.total));
    if (ok && view->misses) {
        err = lq_journal_misses(view->journal, msg, view->from_wall_ns, json_miss, &w);
        ok = !err && keep_list(o, "misses", &w);
    }
    ok = ok && json_object_set_new(o, "total", json_total(&w)) == 0;
    json_decref(w.list);
    if (ok)
        *root = o;
    else
        json_decref(o);
    if (!err && !ok)
        err = lq_err_msg_set(msg, LQ_ERR_NOMEM, "%s", lq_err_str(LQ_ERR_NOMEM));
    return err;
}
