#include <inttypes.h>
#include <string.h>

#include "journal_internal.h"

#define RECORD_OF(from) \
    "SELECT t.seq, r.bytes, r.digest FROM " from " LEFT JOIN records r ON r.seq = t.seq "

static uint64_t clamp_ns(uint64_t wall_ns)
{
    return wall_ns < INT64_MAX ? wall_ns : INT64_MAX;
}

static lq_err_t too_much(lq_journal_t *j, lq_err_msg_t *msg, lq_err_t err)
{
    return lq_err_msg_set(msg, err, "journal %s: %s: ask for a shorter time", j->path,
                          err == LQ_ERR_FULL ? "more tokens than a sum has room for"
                                             : "the sum leaves 256 bits");
}

/* ---- sums */

static lq_err_t add_wei(lq_wei_t *sum, const lq_u256_t *v)
{
    return lq_u256_add_checked(&sum->raw, &sum->raw, v);
}

static lq_err_t add_gain(lq_gain_t *gains, size_t *cnt, size_t max, const lq_gain_t *gain)
{
    for (size_t i = 0; i < *cnt; i++)
        if (memcmp(&gains[i].token, &gain->token, sizeof(gain->token)) == 0)
            return lq_i256_add_checked(&gains[i].amount, &gains[i].amount, &gain->amount);
    if (*cnt == max)
        return LQ_ERR_FULL;
    gains[(*cnt)++] = *gain;
    return LQ_OK;
}

/* What one receipt adds to gas, coins paid and gains. */
static lq_err_t add_receipt(lq_wei_t *gas_wei, lq_wei_t *paid_wei, lq_gain_t *gains, size_t *cnt,
                            size_t max, const lq_tx_receipt_t *r)
{
    lq_u256_t cost;
    lq_u256_t gas = lq_u256_from_u64(r->gas);
    lq_err_t err = lq_u256_mul_checked(&cost, &gas, &r->gas_price_wei.raw);
    if (!err)
        err = add_wei(gas_wei, &cost);
    if (!err)
        err = add_wei(gas_wei, &r->l1_fee_wei.raw);
    if (!err)
        err = add_wei(paid_wei, &r->paid_wei.raw);
    for (size_t i = 0; i < r->gain_cnt && !err; i++)
        err = add_gain(gains, cnt, max, &r->gains[i]);
    return err;
}

/* ---- intents */

typedef struct rows {
    lq_journal_t *journal;
    lq_err_msg_t *msg;
    lq_journal_row_t row;
    bool (*fn)(void *ctx, const lq_journal_row_t *row);
    void *ctx;
    bool ended; /* FN wants no more */
} rows_t;

static lq_err_t row_ended(void *ctx, uint64_t seq, const lq_tx_record_t *record)
{
    rows_t *rows = ctx;
    (void)seq;
    rows->row.ended = record->as.ended->kind != LQ_OUTCOME_UNMINED; /* a reorg gave it back */
    rows->row.end = *record->as.ended;
    return LQ_OK;
}

static lq_err_t row_attempt(void *ctx, uint64_t seq, const lq_tx_record_t *record)
{
    rows_t *rows = ctx;
    (void)seq;
    if (!rows->row.attempt_cnt++) {
        rows->row.sender = record->as.attempt->sender;
        rows->row.nonce = record->as.attempt->nonce;
    }
    rows->row.hash = record->as.attempt->hash;
    return LQ_OK;
}

static lq_err_t row_receipt(void *ctx, uint64_t seq, const lq_tx_record_t *record)
{
    rows_t *rows = ctx;
    lq_journal_row_t *row = &rows->row;
    const lq_tx_receipt_t *r = record->as.receipt;
    (void)seq;
    row->hash = r->hash;
    row->mined_blk = r->block.number;
    row->gas += r->gas;
    lq_err_t err = add_receipt(&row->gas_wei, &row->paid_wei, row->gains, &row->gain_cnt,
                               LQ_TX_RECORD_TOKEN_MAX, r);
    return err ? too_much(rows->journal, rows->msg, err) : LQ_OK;
}

static lq_err_t row_intent(void *ctx, uint64_t seq, const lq_tx_record_t *record)
{
    rows_t *rows = ctx;
    uint64_t id = record->as.intent->id;
    const journal_query_t ended = {
        .sql = RECORD_OF("ended t") "WHERE t.intent = ?1 ORDER BY t.seq DESC LIMIT 1",
        .kinds = 1u << LQ_TX_RECORD_ENDED,
        .param = id};
    const journal_query_t attempts = {.sql = RECORD_OF("attempts t") "WHERE t.intent = ?1 "
                                                                     "ORDER BY t.seq",
                                      .kinds = 1u << LQ_TX_RECORD_ATTEMPT,
                                      .param = id};
    const journal_query_t receipts = {
        .sql = RECORD_OF("settled t") "WHERE t.hash IN (SELECT hash FROM attempts WHERE intent = "
                                      "?1) ORDER BY t.seq",
        .kinds = 1u << LQ_TX_RECORD_RECEIPT,
        .param = id};
    (void)seq;
    if (rows->ended)
        return LQ_OK;
    memset(&rows->row, 0, sizeof(rows->row));
    rows->row.wall_ns = record->wall_ns;
    rows->row.intent = *record->as.intent;
    lq_err_t err = journal_for_each(rows->journal, rows->msg, &ended, row_ended, rows);
    if (!err)
        err = journal_for_each(rows->journal, rows->msg, &attempts, row_attempt, rows);
    if (!err)
        err = journal_for_each(rows->journal, rows->msg, &receipts, row_receipt, rows);
    if (!err)
        rows->ended = !rows->fn(rows->ctx, &rows->row);
    return err;
}

/* One state of the journal, whatever is written meanwhile. */
static lq_err_t begin(lq_journal_t *j, lq_err_msg_t *msg, bool *began)
{
    *began = sqlite3_get_autocommit(j->db) != 0;
    return *began ? journal_exec(j->db, msg, j->path, "BEGIN") : LQ_OK;
}

static lq_err_t each_row(lq_journal_t *j, lq_err_msg_t *msg, uint64_t from_wall_ns,
                         bool (*fn)(void *ctx, const lq_journal_row_t *row), void *ctx)
{
    rows_t rows = {.journal = j, .msg = msg, .fn = fn, .ctx = ctx};
    const journal_query_t query = {
        .sql = RECORD_OF("intents t") "WHERE t.time_ns >= ?1 ORDER BY t.seq",
        .kinds = 1u << LQ_TX_RECORD_INTENT,
        .param = clamp_ns(from_wall_ns)};
    return journal_for_each(j, msg, &query, row_intent, &rows);
}

lq_err_t lq_journal_rows(lq_journal_t *j, lq_err_msg_t *msg, uint64_t from_wall_ns,
                         bool (*fn)(void *ctx, const lq_journal_row_t *row), void *ctx)
{
    bool began = false;
    lq_err_t err = begin(j, msg, &began);
    if (err)
        return err;
    err = each_row(j, msg, from_wall_ns, fn, ctx);
    return began ? journal_end(j->db, msg, j->path, err) : err;
}

/* ---- misses */

typedef struct misses {
    bool (*fn)(void *ctx, uint64_t wall_ns, const lq_tx_candidate_t *candidate);
    void *ctx;
    bool ended;
} misses_t;

static lq_err_t give_miss(void *ctx, uint64_t seq, const lq_tx_record_t *record)
{
    misses_t *m = ctx;
    (void)seq;
    if (!m->ended && record->as.candidate->reason != LQ_REASON_TAKEN)
        m->ended = !m->fn(m->ctx, record->wall_ns, record->as.candidate);
    return LQ_OK;
}

lq_err_t lq_journal_misses(lq_journal_t *j, lq_err_msg_t *msg, uint64_t from_wall_ns,
                           bool (*fn)(void *ctx, uint64_t wall_ns,
                                      const lq_tx_candidate_t *candidate),
                           void *ctx)
{
    misses_t misses = {.fn = fn, .ctx = ctx};
    const journal_query_t query = {
        .sql = RECORD_OF("candidates t") "WHERE t.time_ns >= ?1 ORDER BY t.seq",
        .kinds = 1u << LQ_TX_RECORD_CANDIDATE,
        .param = clamp_ns(from_wall_ns)};
    return journal_for_each(j, msg, &query, give_miss, &misses);
}

/* ---- totals */

typedef struct totals {
    lq_journal_t *journal;
    lq_err_msg_t *msg;
    lq_journal_total_t *out;
    lq_err_t err;
} totals_t;

static bool is_realised(lq_outcome_kind_t kind)
{
    return kind == LQ_OUTCOME_MINED || kind == LQ_OUTCOME_REVERTED || kind == LQ_OUTCOME_FINAL;
}

static bool total_row(void *ctx, const lq_journal_row_t *row)
{
    totals_t *t = ctx;
    lq_journal_total_t *out = t->out;
    out->intent_cnt++;
    if (!row->ended)
        return true;
    out->ended_cnt[row->end.kind]++;
    if (!is_realised(row->end.kind))
        return true;
    t->err = lq_i256_add_checked(&out->net_usd, &out->net_usd, &row->end.net_usd);
    if (!t->err)
        t->err = lq_i256_add_checked(&out->estimated_usd, &out->estimated_usd,
                                     &row->intent.estimate.net_usd);
    return !t->err;
}

static bool total_miss(void *ctx, uint64_t wall_ns, const lq_tx_candidate_t *candidate)
{
    totals_t *t = ctx;
    (void)wall_ns;
    t->out->miss_cnt[candidate->reason]++;
    return true;
}

static lq_err_t total_receipt(void *ctx, uint64_t seq, const lq_tx_record_t *record)
{
    totals_t *t = ctx;
    lq_journal_total_t *out = t->out;
    (void)seq;
    out->mined_cnt++;
    lq_err_t err = add_receipt(&out->gas_wei, &out->paid_wei, out->gains, &out->gain_cnt,
                               LQ_JOURNAL_TOKEN_MAX, record->as.receipt);
    return err ? too_much(t->journal, t->msg, err) : LQ_OK;
}

static lq_err_t total_all(totals_t *t, uint64_t from_wall_ns)
{
    lq_journal_t *j = t->journal;
    const journal_query_t receipts = {
        .sql = RECORD_OF("settled t") "WHERE t.time_ns >= ?1 ORDER BY t.seq",
        .kinds = 1u << LQ_TX_RECORD_RECEIPT,
        .param = clamp_ns(from_wall_ns)};
    lq_err_t err = each_row(j, t->msg, from_wall_ns, total_row, t);
    if (!err && t->err)
        err = too_much(j, t->msg, t->err);
    if (!err)
        err = lq_journal_misses(j, t->msg, from_wall_ns, total_miss, t);
    return err ? err : journal_for_each(j, t->msg, &receipts, total_receipt, t);
}

lq_err_t lq_journal_total(lq_journal_t *j, lq_err_msg_t *msg, lq_journal_total_t *out,
                          uint64_t from_wall_ns)
{
    bool began = false;
    totals_t totals = {.journal = j, .msg = msg, .out = out};
    memset(out, 0, sizeof(*out));
    lq_err_t err = begin(j, msg, &began);
    if (err)
        return err;
    err = total_all(&totals, from_wall_ns);
    return began ? journal_end(j->db, msg, j->path, err) : err;
}
