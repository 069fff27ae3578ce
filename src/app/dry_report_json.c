/* What a dry run came to, for machines: numbers in base units as decimal strings, beside their
   decimals. */

#include <string.h>

#include "dry_report.h"
#include "json_value.h"

#define SEC_NS   UINT64_C(1000000000)
#define USD      "USD"
#define COIN     "ETH"
#define DECIMALS 18

static json_t *value_json(const lq_i256_t *v, const char *unit)
{
    return json_pack("{s:o, s:i, s:s}", "amount", lq_json_i256(v), "decimals", DECIMALS, "unit",
                     unit);
}

static json_t *usd_json(const lq_i256_t *v)
{
    return value_json(v, USD);
}

static json_t *wei_json(const lq_wei_t *v)
{
    lq_i256_t wei = {v->raw};
    return value_json(&wei, COIN);
}

static json_t *time_json(uint64_t wall_ns)
{
    char text[LQ_DRY_TIME_SZ];
    return json_string(lq_dry_report_time(text, wall_ns / SEC_NS));
}

/* ---- rows */

static const lq_dry_token_t *find_token(const lq_dry_report_t *r, const lq_address_t *token)
{
    for (size_t i = 0; i < r->token_cnt; i++)
        if (memcmp(&r->tokens[i].token, token, sizeof(*token)) == 0)
            return &r->tokens[i];
    return NULL;
}

static json_t *gain_json(const lq_dry_report_t *r, const lq_address_t *token,
                         const lq_i256_t *amount)
{
    const lq_dry_token_t *own = find_token(r, token);
    return json_pack("{s:o, s:o, s:o, s:o}", "token", lq_json_address(token), "symbol",
                     own ? lq_json_text(own->symbol) : json_null(), "decimals",
                     own && own->known ? json_integer(own->decimals) : json_null(), "amount",
                     lq_json_i256(amount));
}

static json_t *gains_json(const lq_dry_report_t *r, const lq_dry_row_t *row)
{
    json_t *out = json_array();
    bool ok = true;
    if (!row->has_gains) {
        json_decref(out);
        return json_null();
    }
    for (size_t i = 0; i < row->gain_cnt; i++)
        ok &= lq_json_append(out, gain_json(r, &row->gains[i].token, &row->gains[i].amount));
    return lq_json_keep_if(out, ok);
}

static json_t *rival_json(const lq_dry_rival_t *rival)
{
    if (!rival->known)
        return json_null();
    return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o}", "liquidator",
                     lq_json_address(&rival->liquidator), "transaction",
                     lq_json_hash(&rival->tx_hash), "block", lq_json_count(rival->blk), "index",
                     lq_json_count(rival->tx_idx), "tip_per_gas",
                     rival->has_tip ? wei_json(&rival->tip_wei) : json_null(), "payment",
                     rival->has_payment ? wei_json(&rival->payment_wei) : json_null());
}

static json_t *row_json(const lq_dry_report_t *r, const lq_dry_entry_t *entry)
{
    const lq_dry_row_t *row = &entry->row;
    return json_pack(
        "{s:o, s:s, s:o, s:o, s:o, s:o, s:s, s:b, s:b, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, "
        "s:o, s:o, s:o}",
        "intent", lq_json_count(row->intent), "market", lq_dry_report_market(r, row->instance),
        "account", lq_json_address(&row->borrower), "block", lq_json_count(row->target_blk), "time",
        time_json(row->target_sec * SEC_NS), "booked", time_json(entry->wall_ns), "verdict",
        lq_dry_verdict_str(row->verdict), "final", (int)entry->final, "tried", (int)row->tried,
        "estimate", usd_json(&row->estimate.net_usd), "net", usd_json(&row->net_usd), "gains",
        gains_json(r, row), "gas", row->gas ? lq_json_count(row->gas) : json_null(), "gas_cost",
        wei_json(&row->gas_wei), "bid", wei_json(&row->bid_wei), "tip_per_gas",
        wei_json(&row->tip_wei), "rival", rival_json(&row->rival), "late_blocks",
        row->rival.known ? json_integer((json_int_t)row->late_blk) : json_null(), "error",
        row->error ? json_string(lq_executor_error_str(row->error)) : json_null(), "why",
        lq_json_text(row->why));
}

static json_t *rows_json(const lq_dry_report_t *r)
{
    json_t *out = json_array();
    bool ok = true;
    for (size_t i = 0; i < r->entry_cnt; i++)
        ok &= lq_json_append(out, row_json(r, &r->entries[i]));
    return lq_json_keep_if(out, ok);
}

/* ---- candidates */

static json_t *reasons_json(const lq_dry_candidate_t *c)
{
    json_t *out = json_object();
    bool ok = true;
    for (unsigned i = 0; i < LQ_REASON_CNT; i++)
        if (c->reason_cnt[i])
            ok &= json_object_set_new(out, lq_reason_str((lq_reason_t)i),
                                      lq_json_count(c->reason_cnt[i])) == 0;
    return lq_json_keep_if(out, ok);
}

static json_t *candidate_json(const lq_dry_report_t *r, const lq_dry_candidate_t *c)
{
    return json_pack("{s:s, s:o, s:o, s:b, s:s, s:o, s:o, s:o, s:o, s:o}", "market",
                     lq_dry_report_market(r, c->instance), "id",
                     c->has_pool_id ? lq_json_hash(&c->pool_id) : json_null(), "account",
                     lq_json_address(&c->borrower), "stands", (int)c->stands, "reason",
                     lq_reason_str(c->reason), "profit",
                     c->has_profit ? usd_json(&c->profit_usd) : json_null(), "times",
                     lq_json_count(c->began_cnt), "first", time_json(c->first_wall_ns), "last",
                     time_json(c->last_wall_ns), "reasons", reasons_json(c));
}

static json_t *candidates_json(const lq_dry_report_t *r)
{
    json_t *out = json_array();
    bool ok = true;
    for (size_t i = 0; i < r->candidate_cnt; i++)
        ok &= lq_json_append(out, candidate_json(r, &r->candidates[i]));
    return lq_json_keep_if(out, ok);
}

/* ---- sums */

static json_t *sum_json(const lq_dry_sum_t *sum)
{
    return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "count", lq_json_count(sum->cnt),
                     "tried", lq_json_count(sum->tried_cnt), "without_gains",
                     lq_json_count(sum->gainless_cnt), "net", usd_json(&sum->net_usd), "estimate",
                     usd_json(&sum->estimate_usd), "gas_cost", value_json(&sum->gas_wei, COIN),
                     "bid", value_json(&sum->bid_wei, COIN));
}

static json_t *verdicts_json(const lq_dry_report_t *r)
{
    json_t *out = json_object();
    bool ok = true;
    for (unsigned i = 0; i < LQ_DRY_VERDICT_CNT; i++)
        ok &= json_object_set_new(out, lq_dry_verdict_str((lq_dry_verdict_t)i),
                                  sum_json(&r->sums[i])) == 0;
    return lq_json_keep_if(out, ok);
}

static json_t *tokens_json(const lq_dry_report_t *r)
{
    json_t *out = json_array();
    bool ok = true;
    for (size_t i = 0; i < r->token_cnt; i++)
        if (!lq_u256_is_zero(&r->tokens[i].amount.bits))
            ok &= lq_json_append(out, gain_json(r, &r->tokens[i].token, &r->tokens[i].amount));
    return lq_json_keep_if(out, ok);
}

static json_t *taker_json(const lq_dry_taker_t *taker, bool named)
{
    return json_pack("{s:o, s:o, s:o}", "liquidator",
                     named ? lq_json_address(&taker->liquidator) : json_null(), "count",
                     lq_json_count(taker->cnt), "net", usd_json(&taker->net_usd));
}

static json_t *takers_json(const lq_dry_report_t *r)
{
    json_t *out = json_array();
    bool ok = true;
    for (size_t i = 0; i < r->taker_cnt; i++)
        if (r->takers[i].cnt)
            ok &= lq_json_append(out, taker_json(&r->takers[i], true));
    if (r->other_takers.cnt)
        ok &= lq_json_append(out, taker_json(&r->other_takers, false));
    return lq_json_keep_if(out, ok);
}

static json_t *percentile_json(const lq_hist_t *hist, uint32_t ppm)
{
    uint64_t v;
    return lq_hist_percentile(hist, &v, ppm) ? json_null() : lq_json_count(v);
}

static json_t *latency_json(const lq_hist_t *hist)
{
    return json_pack("{s:o, s:o, s:o, s:o}", "count", lq_json_count(hist->cnt), "p50",
                     percentile_json(hist, 500000), "p99", percentile_json(hist, 990000), "max",
                     percentile_json(hist, LQ_HIST_PPM_MAX));
}

static json_t *latencies_json(const lq_dry_report_t *r)
{
    return json_pack("{s:o, s:o, s:o, s:o}", "block_to_transaction", latency_json(&r->aged),
                     "received_to_engine", latency_json(&r->given), "engine_to_transaction",
                     latency_json(&r->decided), "simulation", latency_json(&r->simulated));
}

static json_t *notes_json(void)
{
    json_t *out = json_array();
    bool ok = true;
    for (const char *const *note = lq_dry_report_notes; *note; note++)
        ok &= lq_json_append(out, json_string(*note));
    return lq_json_keep_if(out, ok);
}

json_t *lq_dry_report_json(const lq_dry_report_t *r)
{
    return json_pack(
        "{s:{s:o, s:s}, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:b, s:b, s:o, s:o, s:o, s:o, s:o, "
        "s:o}",
        "chain", "id", lq_json_count(r->chain_id), "name", r->chain_name, "begun",
        time_json(r->begun_wall_ns), "ended", time_json(r->now_wall_ns), "verdicts",
        verdicts_json(r), "gained", tokens_json(r), "lost_to", takers_json(r),
        "lost_without_payment", lq_json_count(r->untold_cnt), "latency_ns", latencies_json(r),
        "not_booked", lq_json_count(r->full_cnt), "by_eth_call", (int)r->by_call,
        "without_executor", (int)r->bidless, "rows_not_kept", lq_json_count(r->dropped_cnt),
        "candidates_not_kept", lq_json_count(r->candidate_full_cnt), "rows", rows_json(r),
        "candidates", candidates_json(r), "decisions", lq_decisions_json(&r->engine, &r->decisions),
        "notes", notes_json());
}
