#include <stdlib.h>
#include <string.h>

#include "journal_internal.h"
#include "liqd/base/digest.h"
#include "liqd/codec/hex.h"
#include "liqd/num/decimal.h"

/* A record becomes a row of records, one of its kind's table, and those of what it has several of.
   Numbers of 256 bits are decimal text, since SQLite's have 64; those of 64 bits are its own, which
   have a sign: what is 2^63 or more does not occur and comes back all the same. */

typedef enum table {
    TABLE_RUNS,
    TABLE_INTENTS,
    TABLE_ATTEMPTS,
    TABLE_ANSWERS,
    TABLE_STATES,
    TABLE_RECEIPTS,
    TABLE_ENDED,
    TABLE_HALTS,
    TABLE_CANDIDATES, /* these as lq_tx_record_kind_t has them */
    TABLE_RECORDS,
    TABLE_STEPS,
    TABLE_PRICES,
    TABLE_GAINS,
    TABLE_CNT,
} table_t;

_Static_assert((int)TABLE_CANDIDATES == (int)LQ_TX_RECORD_CANDIDATE, "a table for each kind");
_Static_assert(TABLE_CNT <= JOURNAL_STMT_MAX, "a statement for each table");

#define V5  "?,?,?,?,?"
#define V10 V5 "," V5
static const char *const inserts[TABLE_CNT] = {
    "INSERT INTO runs VALUES (" V5 ")",
    "INSERT INTO intents VALUES (" V10 "," V10 ",?,?,?,?)",
    "INSERT INTO attempts VALUES (" V10 "," V5 ",?)",
    "INSERT INTO answers VALUES (" V5 ",?,?,?,?)",
    "INSERT INTO states VALUES (" V5 ",?,?)",
    "INSERT INTO receipts VALUES (" V10 "," V5 ",?)",
    "INSERT INTO ended VALUES (" V5 ",?)",
    "INSERT INTO halts VALUES (" V5 ")",
    "INSERT INTO candidates VALUES (" V10 ",?)",
    "INSERT INTO records VALUES (" V5 ")",
    "INSERT INTO steps VALUES (" V5 ",?)",
    "INSERT INTO prices VALUES (" V5 ")",
    "INSERT INTO gains VALUES (?,?,?,?)",
};

/* One row, column by column; the first that fails counts. */
typedef struct row {
    lq_journal_t *j;
    sqlite3_stmt *stmt;
    int col;
    int rc;
} row_t;

static row_t row_of(lq_journal_t *j, table_t table)
{
    row_t r = {.j = j, .rc = SQLITE_OK};
    if (!j->stmts[table])
        r.rc = sqlite3_prepare_v3(j->db, inserts[table], -1, SQLITE_PREPARE_PERSISTENT,
                                  &j->stmts[table], NULL);
    r.stmt = j->stmts[table];
    return r;
}

static void add(row_t *r, int rc)
{
    if (!r->rc)
        r->rc = rc;
}

static void add_u64(row_t *r, uint64_t v)
{
    add(r, sqlite3_bind_int64(r->stmt, ++r->col, (sqlite3_int64)v));
}

static void add_plain(row_t *r, const char *text)
{
    add(r, sqlite3_bind_text(r->stmt, ++r->col, text, -1, SQLITE_TRANSIENT));
}

/* A stranger's words: as a terminal may have them. */
static void add_text(row_t *r, const char *text)
{
    char shown[LQ_TEXT_SHOW_SZ * LQ_TX_RECORD_TEXT_SZ];
    lq_text_show_cut(shown, sizeof(shown), (const uint8_t *)text, strlen(text));
    add_plain(r, shown);
}

static void add_u256(row_t *r, const lq_u256_t *v)
{
    char text[LQ_DECIMAL_SZ];
    add(r, lq_decimal_print(text, sizeof(text), v, 0) == LQ_OK ? SQLITE_OK : SQLITE_INTERNAL);
    add_plain(r, text);
}

static void add_i256(row_t *r, const lq_i256_t *v)
{
    char text[LQ_DECIMAL_SZ + 1] = "-";
    lq_u256_t abs = lq_i256_abs(v);
    add(r, lq_decimal_print(text + 1, sizeof(text) - 1, &abs, 0) == LQ_OK ? SQLITE_OK
                                                                          : SQLITE_INTERNAL);
    add_plain(r, lq_i256_is_neg(v) ? text : text + 1);
}

void journal_address_text(char out[43], const lq_address_t *address)
{
    memcpy(out, "0x", 2);
    lq_hex_encode(out + 2, address->b, sizeof(address->b));
    out[42] = '\0';
}

void journal_hash_text(char out[67], const lq_hash_t *hash)
{
    memcpy(out, "0x", 2);
    lq_hex_encode(out + 2, hash->b, sizeof(hash->b));
    out[66] = '\0';
}

static void add_address(row_t *r, const lq_address_t *v)
{
    char text[43];
    journal_address_text(text, v);
    add_plain(r, text);
}

static void add_hash(row_t *r, const lq_hash_t *v)
{
    char text[67];
    journal_hash_text(text, v);
    add_plain(r, text);
}

static void add_blob(row_t *r, const void *p, size_t sz)
{
    add(r, sqlite3_bind_blob64(r->stmt, ++r->col, sz ? p : "", sz, SQLITE_TRANSIENT));
}

static void add_null(row_t *r)
{
    add(r, sqlite3_bind_null(r->stmt, ++r->col));
}

/* Returns SQLite's answer. */
static int finish(row_t *r)
{
    if (r->rc)
        return r->rc;
    int rc = sqlite3_step(r->stmt);
    int reset = sqlite3_reset(r->stmt);
    return rc == SQLITE_DONE ? reset : rc;
}

/* ---- the kinds */

static void add_profit(row_t *r, const lq_profit_t *p)
{
    add_u256(r, &p->seized_usd.raw);
    add_u256(r, &p->repaid_usd.raw);
    add_u256(r, &p->swap_usd.raw);
    add_u256(r, &p->flash_fee_usd.raw);
    add_u256(r, &p->gas_usd.raw);
    add_u256(r, &p->bid_usd.raw);
    add_u256(r, &p->gas_wei.raw);
    add_u256(r, &p->bid_wei.raw);
    add_i256(r, &p->net_usd);
    add_i256(r, &p->net_wei);
}

static void add_run(row_t *r, const lq_tx_run_t *run)
{
    add_text(r, run->program);
    add_text(r, run->boot_id);
    add_u64(r, run->pid);
}

static void add_intent(row_t *r, const lq_tx_intent_t *in)
{
    add_u64(r, in->id);
    add_u64(r, in->engine_intent);
    add_plain(r, lq_tx_use_str(in->use));
    add_text(r, in->market);
    add_u64(r, in->instance);
    add_address(r, &in->borrower);
    add_u64(r, in->target_blk);
    add_u64(r, in->last_blk);
    add_u64(r, in->tx_cnt);
    add_profit(r, &in->estimate);
    add_u256(r, &in->least_usd.raw);
    add_u256(r, &in->coin.price_wad);
    add_u64(r, in->coin.decimals);
}

static int insert_steps(lq_journal_t *j, uint64_t seq, const lq_tx_intent_t *in)
{
    int rc = SQLITE_OK;
    for (size_t i = 0; i < in->step_cnt && !rc; i++) {
        row_t r = row_of(j, TABLE_STEPS);
        add_u64(&r, seq);
        add_u64(&r, i);
        add_address(&r, &in->steps[i].collateral);
        add_address(&r, &in->steps[i].debt);
        add_u256(&r, &in->steps[i].repaid);
        add_u256(&r, &in->steps[i].seized);
        rc = finish(&r);
    }
    return rc;
}

static int insert_prices(lq_journal_t *j, uint64_t seq, const lq_tx_intent_t *in)
{
    int rc = SQLITE_OK;
    for (size_t i = 0; i < in->price_cnt && !rc; i++) {
        row_t r = row_of(j, TABLE_PRICES);
        add_u64(&r, seq);
        add_u64(&r, i);
        add_address(&r, &in->prices[i].token);
        add_u256(&r, &in->prices[i].quote.price_wad);
        add_u64(&r, in->prices[i].quote.decimals);
        rc = finish(&r);
    }
    return rc;
}

static void add_attempt(row_t *r, const lq_tx_attempt_t *a)
{
    add_u64(r, a->intent);
    add_u64(r, a->tx_idx);
    add_address(r, &a->sender);
    add_u64(r, a->nonce);
    add_u64(r, a->number);
    add_plain(r, lq_tx_use_str(a->use));
    add_u64(r, a->is_private);
    add_u64(r, a->last_blk);
    add_u64(r, a->gas_limit);
    add_u256(r, &a->value_wei.raw);
    add_u256(r, &a->max_fee_wei.raw);
    add_u256(r, &a->tip_wei.raw);
    add_hash(r, &a->hash);
    add_blob(r, a->raw, a->raw_sz);
}

static void add_answer(row_t *r, const lq_tx_answer_t *a)
{
    add_hash(r, &a->hash);
    add_text(r, a->way);
    add_u64(r, a->target_blk);
    add_u64(r, a->accepted);
    add_text(r, a->class_);
    add_text(r, a->text);
    add_u64(r, a->latency_ns);
}

static void add_moved(row_t *r, const lq_tx_moved_t *m)
{
    add_address(r, &m->sender);
    add_u64(r, m->nonce);
    add_plain(r, lq_tx_state_str(m->state));
    add_hash(r, &m->hash);
    add_text(r, m->why);
}

static void add_receipt(row_t *r, const lq_tx_receipt_t *receipt)
{
    add_address(r, &receipt->sender);
    add_u64(r, receipt->nonce);
    add_hash(r, &receipt->hash);
    add_u64(r, receipt->block.number);
    add_hash(r, &receipt->block.hash);
    add_u64(r, receipt->tx_idx);
    add_u64(r, receipt->ok);
    add_u64(r, receipt->gas);
    add_u256(r, &receipt->gas_price_wei.raw);
    add_u256(r, &receipt->l1_fee_wei.raw);
    add_u256(r, &receipt->paid_wei.raw);
    add_u256(r, &receipt->repaid);
    add_u256(r, &receipt->seized);
    add_text(r, receipt->why);
}

static int insert_gains(lq_journal_t *j, uint64_t seq, const lq_tx_receipt_t *receipt)
{
    int rc = SQLITE_OK;
    for (size_t i = 0; i < receipt->gain_cnt && !rc; i++) {
        row_t r = row_of(j, TABLE_GAINS);
        add_u64(&r, seq);
        add_u64(&r, i);
        add_address(&r, &receipt->gains[i].token);
        add_i256(&r, &receipt->gains[i].amount);
        rc = finish(&r);
    }
    return rc;
}

static void add_ended(row_t *r, const lq_tx_ended_t *e)
{
    add_u64(r, e->intent);
    add_plain(r, lq_tx_outcome_str(e->kind));
    add_i256(r, &e->net_usd);
    add_text(r, e->why);
}

static void add_halt(row_t *r, const lq_tx_halt_t *h)
{
    add_address(r, &h->sender);
    add_u64(r, h->halted);
    add_text(r, h->why);
}

static void add_candidate(row_t *r, const lq_tx_candidate_t *c)
{
    bool has_liquidator = c->reason == LQ_REASON_LOST || c->reason == LQ_REASON_OUTBID;
    add_text(r, c->market);
    add_address(r, &c->borrower);
    add_plain(r, lq_reason_str(c->reason));
    add_u64(r, c->began_blk);
    add_u64(r, c->ended_blk);
    if (c->has_profit) {
        add_i256(r, &c->profit.net_usd);
        add_i256(r, &c->profit.net_wei);
    } else {
        add_null(r);
        add_null(r);
    }
    if (has_liquidator)
        add_address(r, &c->liquidator);
    else
        add_null(r);
    add_text(r, c->text);
}

static void add_of(row_t *r, const lq_tx_record_t *record)
{
    switch (record->kind) {
    case LQ_TX_RECORD_RUN:
        add_run(r, record->as.run);
        return;
    case LQ_TX_RECORD_INTENT:
        add_intent(r, record->as.intent);
        return;
    case LQ_TX_RECORD_ATTEMPT:
        add_attempt(r, record->as.attempt);
        return;
    case LQ_TX_RECORD_ANSWER:
        add_answer(r, record->as.answer);
        return;
    case LQ_TX_RECORD_STATE:
        add_moved(r, record->as.moved);
        return;
    case LQ_TX_RECORD_RECEIPT:
        add_receipt(r, record->as.receipt);
        return;
    case LQ_TX_RECORD_ENDED:
        add_ended(r, record->as.ended);
        return;
    case LQ_TX_RECORD_HALT:
        add_halt(r, record->as.halt);
        return;
    case LQ_TX_RECORD_CANDIDATE:
        add_candidate(r, record->as.candidate);
        return;
    case LQ_TX_RECORD_KIND_CNT:
        return;
    }
}

uint64_t journal_digest(uint64_t seq, const void *p, size_t sz)
{
    return lq_digest_word(seq, lq_digest(p, sz));
}

static int insert_rows(lq_journal_t *j, const journal_item_t *item, const lq_tx_record_t *record)
{
    row_t r = row_of(j, TABLE_RECORDS);
    add_u64(&r, item->seq);
    add_u64(&r, record->wall_ns);
    add_plain(&r, lq_tx_record_kind_str(record->kind));
    add_blob(&r, item->p, item->sz);
    add_u64(&r, journal_digest(item->seq, item->p, item->sz));
    int rc = finish(&r);
    if (rc)
        return rc;
    r = row_of(j, (table_t)record->kind);
    add_u64(&r, item->seq);
    add_u64(&r, record->wall_ns);
    add_of(&r, record);
    rc = finish(&r);
    if (!rc && record->kind == LQ_TX_RECORD_INTENT)
        rc = insert_steps(j, item->seq, record->as.intent);
    if (!rc && record->kind == LQ_TX_RECORD_INTENT)
        rc = insert_prices(j, item->seq, record->as.intent);
    if (!rc && record->kind == LQ_TX_RECORD_RECEIPT)
        rc = insert_gains(j, item->seq, record->as.receipt);
    return rc;
}

lq_err_t journal_insert(lq_journal_t *j, lq_err_msg_t *msg, const journal_item_t *item)
{
    if (lq_tx_record_decode(&j->room, item->p, item->sz) != LQ_OK)
        return lq_err_msg_set(msg, LQ_ERR_SYNTAX,
                              "journal %s: record %llu of the write-ahead log is none that this "
                              "liqd knows: start the one that wrote it",
                              j->path, (unsigned long long)item->seq);
    int rc = insert_rows(j, item, &j->room.record);
    return rc ? journal_fail(j->db, msg, j->path, rc) : LQ_OK;
}

void journal_drop_statements(lq_journal_t *j)
{
    for (size_t i = 0; i < JOURNAL_STMT_MAX; i++) {
        (void)sqlite3_finalize(j->stmts[i]);
        j->stmts[i] = NULL;
    }
}
