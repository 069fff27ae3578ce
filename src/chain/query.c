#include "liqd/chain/query.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "liqd/codec/hex.h"

typedef struct slot {
    lq_query_t *q;
    uint64_t id; /* 0: free */
    lq_rpc_id_t rpc;
    lq_receipt_fn_t *receipt_fn; /* one of the two */
    lq_fee_fn_t *fee_fn;
    void *ctx;
    lq_hash_t tx_hash; /* whose receipt is asked for */
    size_t block_cnt;  /* of the fees */
    size_t percentile_cnt;
} slot_t;

struct lq_query {
    lq_log_t *log;
    lq_pool_t *pool;
    lq_query_stat_t stat;
    uint64_t timeout_ns;
    uint64_t last_id;
    size_t slot_cnt;
    lq_fee_history_t history; /* of the answer that is being given */
    slot_t slots[];
};

lq_err_t lq_query_new(lq_query_t **q, lq_arena_t *arena, lq_log_t *log, lq_pool_t *pool,
                      size_t query_max, uint64_t timeout_ns)
{
    size_t sz = sizeof(lq_query_t) + query_max * sizeof(slot_t);
    lq_query_t *n = lq_arena_alloc(arena, sz, _Alignof(lq_query_t));
    if (!n)
        return LQ_ERR_NOMEM;
    memset(n, 0, sz);
    n->log = log;
    n->pool = pool;
    n->timeout_ns = timeout_ns;
    n->slot_cnt = query_max;
    for (size_t i = 0; i < query_max; i++)
        n->slots[i].q = n;
    *q = n;
    return LQ_OK;
}

static slot_t *find(lq_query_t *q, uint64_t id)
{
    for (size_t i = 0; i < q->slot_cnt; i++)
        if (q->slots[i].id == id)
            return &q->slots[i];
    return NULL;
}

void lq_query_cancel(lq_query_t *q, lq_query_id_t id)
{
    slot_t *slot = id.id ? find(q, id.id) : NULL;
    if (!slot)
        return;
    lq_pool_cancel(q->pool, slot->rpc);
    slot->id = 0;
}

void lq_query_free(lq_query_t *q)
{
    for (size_t i = 0; q && i < q->slot_cnt; i++)
        lq_query_cancel(q, (lq_query_id_t){q->slots[i].id});
}

/* LQ_OK where R is an answer, else what it means to who asked. */
static lq_err_t refusal(const lq_rpc_result_t *r)
{
    if (!r->class_)
        return LQ_OK;
    return r->class_ == LQ_RPC_TIMEOUT || r->class_ == LQ_RPC_UNSENT ? LQ_ERR_TIMEOUT
                                                                     : LQ_ERR_REMOTE;
}

/* Counts an answer of ENDPOINT that cannot be what was asked for. */
static void note_garbage(lq_query_t *q, uint32_t endpoint, const lq_err_msg_t *msg)
{
    q->stat.garbage_cnt++;
    LQ_LOG(q->log, LQ_LOG_WARN, "chain", "answer to a question not believed",
           LQ_LOG_CSTR("endpoint", lq_pool_name(q->pool, endpoint)), LQ_LOG_CSTR("why", msg->text));
    lq_pool_note_fault(q->pool, endpoint);
}

/* Takes the receipt AT, which must be of the transaction TX_HASH, and its logs. */
static lq_err_t take_receipt(lq_receipt_t *receipt, lq_json_val_t *logs, lq_err_msg_t *msg,
                             const lq_hash_t *tx_hash, const lq_json_t *doc, lq_json_val_t at)
{
    lq_err_t err = lq_receipt_decode(doc, receipt, msg, at);
    if (err)
        return err;
    if (memcmp(&receipt->tx_hash, tx_hash, sizeof(*tx_hash)) != 0)
        return lq_err_msg_set(msg, LQ_ERR_RANGE, "the receipt of another transaction");
    err = lq_json_find(doc, logs, msg, at, "logs");
    if (!err && lq_json_kind(*logs) != LQ_JSON_KIND_ARRAY)
        err = lq_err_msg_set(msg, LQ_ERR_SYNTAX, "the receipt's logs are no array");
    return err;
}

static void give_receipt(const slot_t *slot, const lq_rpc_answer_t *rpc)
{
    const lq_rpc_result_t *r = &rpc->results[0];
    lq_receipt_t receipt;
    lq_err_msg_t msg = {{0}};
    lq_receipt_answer_t answer = {.err = refusal(r), .endpoint = rpc->endpoint, .doc = rpc->doc};
    if (!answer.err && lq_json_kind(r->value) != LQ_JSON_KIND_NULL) {
        answer.err = take_receipt(&receipt, &answer.logs, &msg, &slot->tx_hash, rpc->doc, r->value);
        answer.found = !answer.err;
        answer.receipt = answer.found ? &receipt : NULL;
        if (answer.err)
            note_garbage(slot->q, rpc->endpoint, &msg);
    }
    slot->receipt_fn(slot->ctx, &answer);
}

static void give_fees(const slot_t *slot, const lq_rpc_answer_t *rpc)
{
    const lq_rpc_result_t *r = &rpc->results[0];
    lq_fee_history_t *history = &slot->q->history;
    lq_err_msg_t msg = {{0}};
    lq_fee_answer_t answer = {.err = refusal(r)};
    if (!answer.err) {
        answer.err = lq_fee_history_decode(rpc->doc, history, &msg, r->value, slot->percentile_cnt);
        if (!answer.err && history->block_cnt > slot->block_cnt) /* a young chain has fewer */
            answer.err = lq_err_msg_set(&msg, LQ_ERR_RANGE, "the fees of %zu blocks instead of %zu",
                                        history->block_cnt, slot->block_cnt);
        if (answer.err)
            note_garbage(slot->q, rpc->endpoint, &msg);
    }
    answer.history = answer.err ? NULL : history;
    slot->fee_fn(slot->ctx, &answer);
}

static void on_answer(void *ctx, const lq_rpc_answer_t *answer)
{
    slot_t *slot = ctx;
    slot_t ended = *slot; /* its place is free for what the callback asks */
    slot->id = 0;
    if (ended.receipt_fn)
        give_receipt(&ended, answer);
    else
        give_fees(&ended, answer);
}

static lq_err_t ask(lq_query_t *q, lq_query_id_t *id, const slot_t *what, const char *method,
                    const char *params, uint64_t min_head_blk)
{
    slot_t *slot = find(q, 0);
    if (!slot)
        return LQ_ERR_FULL;
    lq_rpc_item_t item = {method, params, strlen(params)};
    lq_pool_call_t call = {
        .rpc = {.items = &item,
                .item_cnt = 1,
                .timeout_ns = q->timeout_ns,
                .fn = on_answer,
                .ctx = slot},
        .role = LQ_ROLE_READ,
        .min_head_blk = min_head_blk,
    };
    lq_rpc_id_t rpc;
    lq_err_t err = lq_pool_call(q->pool, &rpc, &call);
    if (err)
        return err;
    *slot = *what;
    slot->q = q;
    slot->rpc = rpc;
    slot->id = ++q->last_id;
    id->id = slot->id;
    return LQ_OK;
}

lq_err_t lq_query_receipt(lq_query_t *q, lq_query_id_t *id, const lq_hash_t *tx_hash,
                          uint64_t min_head_blk, lq_receipt_fn_t *fn, void *ctx)
{
    char params[] = "[\"0x0000000000000000000000000000000000000000000000000000000000000000\"]";
    slot_t what = {.receipt_fn = fn, .ctx = ctx, .tx_hash = *tx_hash};
    lq_hex_encode(params + 4, tx_hash->b, sizeof(tx_hash->b));
    return ask(q, id, &what, "eth_getTransactionReceipt", params, min_head_blk);
}

lq_err_t lq_query_fees(lq_query_t *q, lq_query_id_t *id, size_t block_cnt,
                       const uint8_t *percentiles, size_t percentile_cnt, lq_fee_fn_t *fn,
                       void *ctx)
{
    char params[64 + 4 * LQ_FEE_PERCENTILE_MAX];
    if (!block_cnt || block_cnt > LQ_FEE_BLOCKS_MAX || percentile_cnt > LQ_FEE_PERCENTILE_MAX)
        return LQ_ERR_INVAL;
    for (size_t i = 0; i < percentile_cnt; i++)
        if (percentiles[i] > 100 || (i && percentiles[i] <= percentiles[i - 1]))
            return LQ_ERR_INVAL;
    int sz = snprintf(params, sizeof(params), "[\"0x%zx\",\"latest\",[", block_cnt);
    for (size_t i = 0; i < percentile_cnt; i++)
        sz += snprintf(params + sz, sizeof(params) - (size_t)sz, "%s%u", i ? "," : "",
                       percentiles[i]);
    (void)snprintf(params + sz, sizeof(params) - (size_t)sz, "]]");
    slot_t what = {
        .fee_fn = fn, .ctx = ctx, .block_cnt = block_cnt, .percentile_cnt = percentile_cnt};
    return ask(q, id, &what, "eth_feeHistory", params, 0);
}

const lq_query_stat_t *lq_query_stat(const lq_query_t *q)
{
    return &q->stat;
}
