/* Why a transaction of ours reverted: what a trace of it returns; where no node traces, what the
   same call returns at the block before, which may be another story and is said to be. */

#include <stdio.h>
#include <string.h>

#include "exec_internal.h"
#include "liqd/base/text.h"
#include "liqd/codec/json_write.h"
#include "liqd/exec/revert.h"

static void give(lq_exec_t *x, const lq_tx_receipt_t *receipt, const lq_block_ref_t *at)
{
    lq_txman_told_t told = {.hash = receipt->hash, .at = *at, .receipt = receipt};
    lq_txman_event_t event = {.kind = LQ_TXMAN_TOLD, .as.told = &told};
    lq_ways_mined(x->ways, &receipt->hash);
    exec_give(x, &event);
}

/* E is over; WHY is what is known. */
static void finish(exec_explain_t *e, const char *why)
{
    lq_exec_t *x = e->x;
    exec_attempt_t *a = exec_attempt(x, &e->receipt.hash);
    (void)snprintf(e->receipt.why, sizeof(e->receipt.why), "%s", why);
    if (a) {
        a->explaining = false;
        a->is_explained = true;
        memcpy(a->why, e->receipt.why, sizeof(a->why));
    }
    e->used = false;
    give(x, &e->receipt, &e->at);
}

static void step(exec_explain_t *e);

static void next(exec_explain_t *e, exec_explain_step_t to)
{
    e->step = to;
    step(e);
}

static bool is_out_of_gas(const exec_explain_t *e)
{
    const exec_attempt_t *a = exec_attempt(e->x, &e->receipt.hash);
    return a && a->gas_limit == e->receipt.gas;
}

static void finish_data(exec_explain_t *e, const uint8_t *data, size_t sz, const char *how)
{
    char text[LQ_TX_RECORD_TEXT_SZ];
    char why[LQ_TX_RECORD_TEXT_SZ + 64];
    if (!sz && is_out_of_gas(e)) {
        finish(e, "out of gas: it took all of its limit");
        return;
    }
    lq_revert_text(text, sizeof(text), data, sz);
    (void)snprintf(why, sizeof(why), "%s%s", text, how);
    finish(e, why);
}

/* ---- by a trace ---- */

static void take_trace(exec_explain_t *e, const lq_rpc_answer_t *answer)
{
    lq_exec_t *x = e->x;
    const lq_rpc_result_t *r = &answer->results[0];
    size_t sz = 0;
    lq_err_t err = LQ_ERR_NOT_FOUND;
    if (r->class_ == LQ_RPC_OK)
        err = lq_json_get_data_max(answer->doc, x->data, &sz, EXEC_DATA_MAX, NULL, r->value,
                                   "output");
    if (!err) {
        finish_data(e, x->data, sz, "");
        return;
    }
    lq_json_val_t error;
    if (r->class_ == LQ_RPC_OK && !lq_json_find(answer->doc, &error, NULL, r->value, "error"))
        finish_data(e, NULL, 0, ""); /* and no output: nothing was returned */
    else
        next(e, EXEC_EXPLAIN_FETCH);
}

/* ---- by doing it again ---- */

static void take_tx(exec_explain_t *e, const lq_rpc_answer_t *answer)
{
    lq_exec_t *x = e->x;
    const lq_rpc_result_t *r = &answer->results[0];
    bool mined;
    if (r->class_ != LQ_RPC_OK ||
        lq_pending_tx_decode(answer->doc, &e->tx, &mined, x->data, EXEC_DATA_MAX, NULL, r->value)) {
        finish(e, "no node tells why");
        return;
    }
    next(e, EXEC_EXPLAIN_CALL);
}

static void take_call(exec_explain_t *e, const lq_rpc_answer_t *answer)
{
    lq_exec_t *x = e->x;
    const lq_rpc_result_t *r = &answer->results[0];
    size_t sz = 0;
    if (r->class_ == LQ_RPC_OK) {
        finish(e, "it would have gone through at the end of the block before: what stood before "
                  "it in its own changed that");
        return;
    }
    if (lq_json_kind(r->data) == LQ_JSON_KIND_STRING &&
        !lq_json_get_data_max(answer->doc, x->data, &sz, EXEC_DATA_MAX, NULL, r->data, NULL)) {
        finish_data(e, x->data, sz, " (by a call at the block before)");
        return;
    }
    if (r->class_ != LQ_RPC_REVERT && r->class_ != LQ_RPC_GAS) {
        finish(e, "no node tells why");
        return;
    }
    char text[LQ_TX_RECORD_TEXT_SZ];
    lq_text_show_cut(text, sizeof(text), (const uint8_t *)r->message, r->message_sz);
    finish(e, text);
}

static void on_answer(void *ctx, const lq_rpc_answer_t *answer)
{
    exec_explain_t *e = ctx;
    lq_exec_t *x = e->x;
    e->rpc = (lq_rpc_id_t){0};
    switch (e->step) {
    case EXEC_EXPLAIN_TRACE:
        take_trace(e, answer);
        break;
    case EXEC_EXPLAIN_FETCH:
        take_tx(e, answer);
        break;
    case EXEC_EXPLAIN_CALL:
        take_call(e, answer);
        break;
    }
    exec_end(x);
}

/* ---- asking ---- */

static size_t write_call(char *out, const exec_explain_t *e)
{
    const lq_pending_tx_t *tx = &e->tx;
    char *at =
        lq_json_put_hex(lq_json_put_text(out, "[{\"from\":"), tx->from.b, sizeof(tx->from.b));
    if (!tx->creates)
        at = lq_json_put_hex(lq_json_put_text(at, ",\"to\":"), tx->to.b, sizeof(tx->to.b));
    at = lq_json_put_u64(lq_json_put_text(at, ",\"gas\":"), tx->gas_limit);
    at = lq_json_put_u256(lq_json_put_text(at, ",\"value\":"), &tx->value_wei.raw);
    at = lq_json_put_hex(lq_json_put_text(at, ",\"data\":"), tx->input, tx->input_sz);
    at = lq_json_put_u64(lq_json_put_text(at, "},"), e->receipt.block.number - 1);
    return (size_t)(lq_json_put_text(at, "]") - out);
}

static size_t write_params(const char **method, char *out, const exec_explain_t *e)
{
    char *at;
    switch (e->step) {
    case EXEC_EXPLAIN_TRACE:
        *method = "debug_traceTransaction";
        at = lq_json_put_hex(lq_json_put_text(out, "["), e->receipt.hash.b,
                             sizeof(e->receipt.hash.b));
        at = lq_json_put_text(
            at, ",{\"tracer\":\"callTracer\",\"tracerConfig\":{\"onlyTopCall\":true}}]");
        return (size_t)(at - out);
    case EXEC_EXPLAIN_FETCH:
        *method = "eth_getTransactionByHash";
        at = lq_json_put_hex(lq_json_put_text(out, "["), e->receipt.hash.b,
                             sizeof(e->receipt.hash.b));
        return (size_t)(lq_json_put_text(at, "]") - out);
    case EXEC_EXPLAIN_CALL:
        break;
    }
    *method = "eth_call";
    return write_call(out, e);
}

static void step(exec_explain_t *e)
{
    lq_exec_t *x = e->x;
    lq_rpc_item_t item = {.params = x->explain_text};
    item.params_sz = write_params(&item.method, x->explain_text, e);
    lq_pool_call_t call = {.rpc = {&item, 1, x->config.timeout_ns, on_answer, e},
                           .role = LQ_ROLE_READ,
                           .min_head_blk = e->receipt.block.number};
    if (lq_pool_call(x->pool, &e->rpc, &call))
        finish(e, "no node could be asked why");
}

void exec_tell_receipt(lq_exec_t *x, const lq_tx_receipt_t *receipt, const lq_block_ref_t *at)
{
    exec_attempt_t *a = exec_attempt(x, &receipt->hash);
    exec_explain_t *e = NULL;
    for (size_t i = 0; i < EXEC_EXPLAINS && !e; i++)
        if (!x->explains[i].used)
            e = &x->explains[i];
    if (a && a->explaining)
        return;
    if (receipt->ok || (a && a->is_explained) || !e) {
        lq_tx_receipt_t told = *receipt;
        if (!receipt->ok && a)
            memcpy(told.why, a->why, sizeof(told.why));
        give(x, &told, at);
        return;
    }
    if (a)
        a->explaining = true;
    *e = (exec_explain_t){.x = x, .used = true, .at = *at, .receipt = *receipt};
    step(e);
}

void exec_explain_free(lq_exec_t *x)
{
    for (size_t i = 0; i < EXEC_EXPLAINS; i++)
        if (x->explains[i].used && x->explains[i].rpc.id)
            lq_pool_cancel(x->pool, x->explains[i].rpc);
}
