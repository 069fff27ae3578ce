#include "simulate_internal.h"

#include <string.h>

#include "liqd/chain/decode.h"
#include "liqd/codec/json_write.h"

/* What a transaction paid: its receipt, then its trace. Without the latter the former still counts.
 */

static void finish(lq_simulate_payment_t *p, lq_err_t err)
{
    lq_simulate_paid_t paid = p->paid;
    if (err)
        paid = (lq_simulate_paid_t){.err = err};
    p->used = false;
    p->fn(p->ctx, p->id, &paid);
}

static void on_trace(void *ctx, const lq_rpc_answer_t *answer);
static void on_receipt(void *ctx, const lq_rpc_answer_t *answer);

static void ask_trace(lq_simulate_payment_t *p)
{
    lq_simulate_t *s = p->owner;
    uint32_t lacks = lq_simulate_lacks(s, LQ_SIMULATE_WAY_TRACE);
    lq_rpc_item_t item = {"debug_traceTransaction", s->text,
                          lq_simulate_write_trace(s->text, &p->tx_hash)};
    if (lq_simulate_is_spent(s, LQ_SIMULATE_WAY_TRACE, 0) ||
        lq_simulate_send(s, &p->rpc, &p->request_cnt, &item, 1, p->block.number, lacks, on_trace,
                         p) != LQ_OK)
        finish(p, LQ_OK);
}

static void on_trace(void *ctx, const lq_rpc_answer_t *answer)
{
    lq_simulate_payment_t *p = ctx;
    lq_simulate_t *s = p->owner;
    const lq_rpc_result_t *r = &answer->results[0];
    if (r->class_ == LQ_RPC_METHOD) {
        lq_simulate_note_lack(s, LQ_SIMULATE_WAY_TRACE, answer->endpoint);
        ask_trace(p);
        return;
    }
    if (r->class_ == LQ_RPC_OK) {
        uint32_t shunned = 0;
        lq_err_t err = lq_simulate_read_trace(&p->paid.payment_wei, s->stack, &s->why, answer->doc,
                                              r->value, &p->from, &p->recipient);
        p->paid.has_payment = err == LQ_OK;
        if (err)
            lq_simulate_shun(s, &shunned, answer->endpoint, true);
    }
    finish(p, LQ_OK);
}

/* Takes the receipt AT. LQ_ERR_NOT_FOUND: there is none, or it is of another block. */
static lq_err_t take_receipt(lq_simulate_payment_t *p, const lq_json_t *doc, lq_json_val_t at)
{
    lq_err_msg_t *why = &p->owner->why;
    lq_receipt_t receipt;
    if (lq_json_kind(at) == LQ_JSON_KIND_NULL)
        return lq_err_msg_set(why, LQ_ERR_NOT_FOUND, "no receipt");
    lq_err_t err = lq_receipt_decode(doc, &receipt, why, at);
    if (err)
        return LQ_ERR_SYNTAX;
    if (memcmp(&receipt.tx_hash, &p->tx_hash, sizeof(p->tx_hash)) != 0)
        return lq_err_msg_set(why, LQ_ERR_SYNTAX, "the receipt of another transaction");
    if (memcmp(&receipt.block.hash, &p->block.hash, sizeof(p->block.hash)) != 0)
        return lq_err_msg_set(why, LQ_ERR_NOT_FOUND, "mined in another block");
    lq_wei_t tip;
    if (lq_wei_sub_checked(&tip, &receipt.effective_gas_price_wei, &p->base_fee_wei) != LQ_OK ||
        receipt.gas_used > UINT32_MAX)
        return lq_err_msg_set(why, LQ_ERR_SYNTAX, "gas or its price out of range");
    p->from = receipt.from;
    p->paid.tip_wei = tip;
    p->paid.gas = (uint32_t)receipt.gas_used;
    return LQ_OK;
}

static lq_err_t ask_receipt(lq_simulate_payment_t *p)
{
    lq_simulate_t *s = p->owner;
    char *at = lq_json_put_text(s->text, "[");
    at = lq_json_put_hex(at, p->tx_hash.b, sizeof(p->tx_hash.b));
    at = lq_json_put_text(at, "]");
    lq_rpc_item_t item = {"eth_getTransactionReceipt", s->text, (size_t)(at - s->text)};
    return lq_simulate_send(s, &p->rpc, &p->request_cnt, &item, 1, p->block.number, p->shunned,
                            on_receipt, p);
}

/* Another node may know what one does not: where it is behind, or lies. */
static void on_receipt(void *ctx, const lq_rpc_answer_t *answer)
{
    lq_simulate_payment_t *p = ctx;
    const lq_rpc_result_t *r = &answer->results[0];
    if (r->class_ != LQ_RPC_OK) {
        bool shunned = p->shunned && r->class_ == LQ_RPC_UNSENT;
        finish(p, shunned ? p->err : lq_simulate_refusal(r->class_));
        return;
    }
    p->err = take_receipt(p, answer->doc, r->value);
    if (!p->err) {
        ask_trace(p);
        return;
    }
    lq_simulate_shun(p->owner, &p->shunned, answer->endpoint, p->err == LQ_ERR_SYNTAX);
    bool spent = lq_simulate_is_spent(p->owner, LQ_SIMULATE_WAY_RECEIPT, p->shunned);
    lq_err_t err = spent ? p->err : ask_receipt(p);
    if (err)
        finish(p, err);
}

lq_err_t lq_simulate_paid(lq_simulate_t *s, uint64_t id, const lq_hash_t *tx_hash,
                          const lq_header_t *block, lq_simulate_paid_fn_t *fn, void *ctx)
{
    size_t i = 0;
    while (i < s->config.max && s->payments[i].used)
        i++;
    if (i == s->config.max)
        return LQ_ERR_FULL;
    lq_simulate_payment_t *p = &s->payments[i];
    *p = (lq_simulate_payment_t){
        .owner = s,
        .id = id,
        .tx_hash = *tx_hash,
        .block = block->block,
        .base_fee_wei = block->base_fee_wei,
        .recipient = block->miner,
        .fn = fn,
        .ctx = ctx,
    };
    lq_err_t err = ask_receipt(p);
    p->used = err == LQ_OK;
    return err;
}
