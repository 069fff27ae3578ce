/* What transactions were made for, and what their receipts come to. */

#include <string.h>

#include "exec_internal.h"

/* Each has its place: a transaction that is on its way out does not wait for a search. */
static exec_intent_t *find_intent(const lq_exec_t *x, uint64_t id)
{
    exec_intent_t *in = &x->intents[id % EXEC_INTENTS];
    return id && in->id == id ? in : NULL;
}

exec_attempt_t *exec_attempt(const lq_exec_t *x, const lq_hash_t *hash)
{
    size_t cnt = x->attempt_cnt < EXEC_ATTEMPTS ? (size_t)x->attempt_cnt : EXEC_ATTEMPTS;
    for (size_t i = 1; i <= cnt; i++) {
        exec_attempt_t *a = &x->attempts[(x->attempt_cnt - i) % EXEC_ATTEMPTS];
        if (!memcmp(&a->hash, hash, sizeof(*hash)))
            return a;
    }
    return NULL;
}

static void note_intent(lq_exec_t *x, const lq_tx_intent_t *about)
{
    exec_intent_t *in = &x->intents[about->id % EXEC_INTENTS];
    x->call_id = about->id;
    if (in->id > about->id)
        return; /* the newest are kept */
    *in = (exec_intent_t){.id = about->id,
                          .engine_intent = about->engine_intent,
                          .use = about->use,
                          .instance = about->instance,
                          .target_blk = about->target_blk,
                          .price_cnt = about->price_cnt};
    memcpy(in->prices, about->prices, sizeof(in->prices));
}

static void note_attempt(lq_exec_t *x, const lq_tx_attempt_t *attempt)
{
    x->attempts[x->attempt_cnt++ % EXEC_ATTEMPTS] =
        (exec_attempt_t){.hash = attempt->hash,
                         .intent = attempt->intent,
                         .gas_limit = attempt->gas_limit,
                         .value_wei = attempt->value_wei,
                         .is_cancel = attempt->use == LQ_TX_USE_CANCEL};
}

void exec_note_record(lq_exec_t *x, const lq_tx_record_t *r)
{
    if (r->kind == LQ_TX_RECORD_INTENT)
        note_intent(x, r->as.intent);
    else if (r->kind == LQ_TX_RECORD_ATTEMPT)
        note_attempt(x, r->as.attempt);
}

void exec_cancel_ways(lq_exec_t *x, uint64_t engine_intent)
{
    size_t cnt = x->attempt_cnt < EXEC_ATTEMPTS ? (size_t)x->attempt_cnt : EXEC_ATTEMPTS;
    for (size_t i = 0; engine_intent && i < EXEC_INTENTS; i++) {
        const exec_intent_t *in = &x->intents[i];
        if (!in->id || in->engine_intent != engine_intent)
            continue;
        for (size_t k = 0; k < cnt; k++)
            if (x->attempts[k].intent == in->id && !x->attempts[k].is_cancel)
                lq_ways_cancel(x->ways, &x->attempts[k].hash);
    }
}

/* ---- receipts ---- */

/* Who is us: senders, executor, owner. */
static size_t list_ours(const lq_exec_t *x, lq_address_t out[LQ_TXMAN_SENDER_MAX + 2])
{
    size_t cnt = 0;
    for (; cnt < x->config.sender_cnt; cnt++)
        out[cnt] = x->senders[cnt].address;
    out[cnt++] = x->config.executor;
    out[cnt++] = x->config.owner;
    return cnt;
}

/* Adds what the logs AT tell. */
static lq_err_t add_logs(lq_exec_t *x, lq_tx_receipt_t *out, lq_err_msg_t *msg,
                         const exec_intent_t *in, const lq_json_t *doc, lq_json_val_t at)
{
    lq_address_t ours[LQ_TXMAN_SENDER_MAX + 2];
    lq_address_t tokens[LQ_TX_RECORD_TOKEN_MAX];
    lq_gain_of_t of = {.ours = ours, .tokens = tokens, .token_cnt = in->price_cnt};
    lq_json_iter_t it;
    lq_json_val_t v;
    of.our_cnt = list_ours(x, ours);
    for (size_t i = 0; i < in->price_cnt; i++)
        tokens[i] = in->prices[i].token;
    lq_err_t err = lq_json_iter(doc, &it, msg, at, "logs");
    while (!err && lq_json_next(doc, NULL, &v, &it)) {
        lq_evm_log_t log;
        bool removed;
        lq_u256_t repaid;
        lq_u256_t seized;
        err = lq_evm_log_decode(doc, &log, &removed, x->data, EXEC_DATA_MAX, msg, v);
        if (!err)
            err = lq_gain_add(out->gains, &out->gain_cnt, LQ_TX_RECORD_TOKEN_MAX, &of, &log);
        if (!err && in->use == LQ_TX_USE_LIQUIDATE &&
            x->sink.liquidated(x->sink.ctx, in->instance, &log, &repaid, &seized)) {
            out->repaid = lq_u256_add_capped(&out->repaid, &repaid);
            out->seized = lq_u256_add_capped(&out->seized, &seized);
        }
    }
    return err;
}

/* A rollup's own member, which others lack: the OP stack's. */
static lq_wei_t l1_fee_of(const lq_json_t *doc, lq_json_val_t at)
{
    lq_wei_t fee = {{{0}}};
    if (lq_json_get_qty_u256(doc, &fee.raw, NULL, at, "l1Fee"))
        return (lq_wei_t){{{0}}};
    return fee;
}

/* How long it took, once for each transaction. */
static void count_blocks(lq_exec_t *x, exec_attempt_t *a, const exec_intent_t *in, uint64_t blk)
{
    if (a->is_counted || a->is_cancel || !in->target_blk)
        return;
    a->is_counted = true;
    lq_hist_record(&x->hists.mined_blk, blk > in->target_blk ? blk - in->target_blk : 0);
}

lq_err_t exec_take_receipt(lq_exec_t *x, lq_tx_receipt_t *out, lq_err_msg_t *msg,
                           const lq_hash_t *hash, const lq_json_t *doc, lq_json_val_t at)
{
    lq_receipt_t receipt;
    exec_attempt_t *a = exec_attempt(x, hash);
    const exec_intent_t *in = a ? find_intent(x, a->intent) : NULL;
    lq_err_t err = lq_receipt_decode(doc, &receipt, msg, at);
    if (err)
        return err;
    if (memcmp(&receipt.tx_hash, hash, sizeof(*hash)) != 0)
        return lq_err_msg_set(msg, LQ_ERR_RANGE, "the receipt of another transaction");
    if (receipt.gas_used > UINT32_MAX)
        return lq_err_msg_set(msg, LQ_ERR_RANGE, "more gas than a block has");
    memset(out, 0, sizeof(*out));
    out->hash = *hash;
    out->block = receipt.block;
    out->tx_idx = receipt.tx_idx;
    out->ok = receipt.success;
    out->gas = (uint32_t)receipt.gas_used;
    out->gas_price_wei = receipt.effective_gas_price_wei;
    out->l1_fee_wei = l1_fee_of(doc, at);
    if (a && out->ok) /* of what reverts nothing but gas is paid */
        out->paid_wei = a->value_wei;
    if (in && out->ok && !a->is_cancel)
        err = add_logs(x, out, msg, in, doc, at);
    if (!err && in)
        count_blocks(x, a, in, receipt.block.number);
    return err;
}
