#ifndef RANDOM_TX_RECORD_H
#define RANDOM_TX_RECORD_H

/* Records of transactions with anything in them. Members without a role for the kind are 0, or,
   where DIRT is set, whatever. */

#include <string.h>

#include "liqd/record/tx_record.h"
#include "random_event.h"

typedef struct random_tx_record {
    lq_tx_record_t record;
    union {
        lq_tx_run_t run;
        lq_tx_intent_t intent;
        lq_tx_attempt_t attempt;
        lq_tx_answer_t answer;
        lq_tx_moved_t moved;
        lq_tx_receipt_t receipt;
        lq_tx_ended_t ended;
        lq_tx_halt_t halt;
        lq_tx_candidate_t candidate;
    } of;
    uint8_t data[RANDOM_DATA_MAX];
} random_tx_record_t;

/* Of any bytes but NUL, and of any length that fits, the longest and none among them. */
static inline void random_text(lq_rng_t *rng, char *out, size_t sz)
{
    static const char chars[] = "abcdefghijklmnopqrstuvwxyz 0123456789'\"\\%;,\n\t\x01\xc3\xff";
    size_t n = (size_t)lq_rng_below(rng, random_bool(rng) ? 12 : sz);
    if (lq_rng_below(rng, 8) == 0)
        n = sz - 1;
    for (size_t i = 0; i < n; i++)
        out[i] = chars[lq_rng_below(rng, sizeof(chars) - 1)];
    out[n] = '\0';
}

static inline void random_quote(lq_rng_t *rng, lq_quote_t *out)
{
    out->price_wad = random_u256(rng);
    if (!lq_u256_is_zero(&out->price_wad))
        out->decimals = (uint8_t)lq_rng_below(rng, 78);
}

static inline void random_tx_profit(lq_rng_t *rng, lq_profit_t *out)
{
    lq_u256_t *amounts[] = {&out->seized_usd.raw,    &out->repaid_usd.raw, &out->swap_usd.raw,
                            &out->flash_fee_usd.raw, &out->gas_usd.raw,    &out->bid_usd.raw,
                            &out->gas_wei.raw,       &out->bid_wei.raw};
    for (size_t i = 0; i < LQ_ARRAY_CNT(amounts); i++)
        *amounts[i] = random_u256(rng);
    out->net_usd = random_i256(rng);
    out->net_wei = random_i256(rng);
}

static inline void random_tx_intent(lq_rng_t *rng, lq_tx_intent_t *out)
{
    out->id = random_u64(rng);
    out->engine_intent = random_u64(rng);
    out->use = (lq_tx_use_t)lq_rng_below(rng, LQ_TX_USE_CNT);
    random_text(rng, out->market, sizeof(out->market));
    out->instance = random_u32(rng);
    out->pool = lq_rng_below(rng, 2) ? random_u32(rng) : 0;
    out->borrower = random_address(rng);
    out->target_blk = random_u64(rng);
    out->last_blk = random_u64(rng);
    out->tx_cnt = random_u32(rng);
    random_tx_profit(rng, &out->estimate);
    out->least_usd.raw = random_u256(rng);
    out->step_cnt = (size_t)lq_rng_below(rng, LQ_PLAN_STEP_MAX + 1);
    for (size_t i = 0; i < out->step_cnt; i++)
        out->steps[i] = (lq_tx_step_t){random_address(rng), random_address(rng), random_u256(rng),
                                       random_u256(rng)};
    out->price_cnt = (size_t)lq_rng_below(rng, LQ_TX_RECORD_TOKEN_MAX + 1);
    for (size_t i = 0; i < out->price_cnt; i++) {
        out->prices[i].token = random_address(rng);
        random_quote(rng, &out->prices[i].quote);
    }
    random_quote(rng, &out->coin);
}

static inline void random_tx_attempt(lq_rng_t *rng, lq_tx_attempt_t *out, const uint8_t *data)
{
    out->intent = random_u64(rng);
    out->tx_idx = random_u32(rng);
    out->sender = random_address(rng);
    out->nonce = random_u64(rng);
    out->number = random_u32(rng);
    out->use = (lq_tx_use_t)lq_rng_below(rng, LQ_TX_USE_CNT);
    out->is_private = random_bool(rng);
    out->last_blk = random_u64(rng);
    out->gas_limit = random_u64(rng);
    out->value_wei.raw = random_u256(rng);
    out->max_fee_wei.raw = random_u256(rng);
    out->tip_wei.raw = random_u256(rng);
    out->hash = random_hash(rng);
    out->raw = random_span(rng, &out->raw_sz, data);
}

static inline void random_tx_answer(lq_rng_t *rng, lq_tx_answer_t *out)
{
    out->hash = random_hash(rng);
    random_text(rng, out->way, sizeof(out->way));
    out->target_blk = random_u64(rng);
    out->accepted = random_bool(rng);
    random_text(rng, out->class_, sizeof(out->class_));
    random_text(rng, out->text, sizeof(out->text));
    out->latency_ns = random_u64(rng);
}

static inline void random_tx_moved(lq_rng_t *rng, lq_tx_moved_t *out)
{
    out->sender = random_address(rng);
    out->nonce = random_u64(rng);
    out->state = (lq_tx_state_t)lq_rng_below(rng, LQ_TX_STATE_CNT);
    out->hash = random_hash(rng);
    random_text(rng, out->why, sizeof(out->why));
}

static inline void random_tx_receipt(lq_rng_t *rng, lq_tx_receipt_t *out)
{
    out->sender = random_address(rng);
    out->nonce = random_u64(rng);
    out->hash = random_hash(rng);
    out->block = random_block(rng);
    out->tx_idx = random_u32(rng);
    out->ok = random_bool(rng);
    out->gas = random_u32(rng);
    out->gas_price_wei.raw = random_u256(rng);
    out->l1_fee_wei.raw = random_u256(rng);
    out->paid_wei.raw = random_u256(rng);
    out->gain_cnt = (size_t)lq_rng_below(rng, LQ_TX_RECORD_TOKEN_MAX + 1);
    for (size_t i = 0; i < out->gain_cnt; i++)
        out->gains[i] = (lq_gain_t){random_address(rng), random_i256(rng)};
    out->repaid = random_u256(rng);
    out->seized = random_u256(rng);
    if (!out->ok)
        random_text(rng, out->why, sizeof(out->why));
}

static inline void random_tx_ended(lq_rng_t *rng, lq_tx_ended_t *out)
{
    out->intent = random_u64(rng);
    out->kind = (lq_outcome_kind_t)lq_rng_below(rng, LQ_OUTCOME_CNT);
    if (out->kind == LQ_OUTCOME_MINED || out->kind == LQ_OUTCOME_REVERTED ||
        out->kind == LQ_OUTCOME_FINAL)
        out->net_usd = random_i256(rng);
    random_text(rng, out->why, sizeof(out->why));
}

static inline void random_tx_candidate(lq_rng_t *rng, lq_tx_candidate_t *out)
{
    random_text(rng, out->market, sizeof(out->market));
    out->borrower = random_address(rng);
    out->reason = (lq_reason_t)lq_rng_below(rng, LQ_REASON_CNT);
    out->began_blk = random_u64(rng);
    out->ended_blk = random_u64(rng);
    out->has_profit = random_bool(rng);
    if (out->has_profit)
        random_tx_profit(rng, &out->profit);
    if (out->reason == LQ_REASON_LOST || out->reason == LQ_REASON_OUTBID)
        out->liquidator = random_address(rng);
    random_text(rng, out->text, sizeof(out->text));
}

/* random_tx_record makes OUT one of KIND. */
static inline void random_tx_record(lq_rng_t *rng, random_tx_record_t *out,
                                    lq_tx_record_kind_t kind, bool dirt)
{
    memset(out, dirt ? 0x5a : 0, sizeof(*out));
    lq_rng_bytes(rng, out->data, sizeof(out->data));
    lq_tx_record_t *r = &out->record;
    r->kind = kind;
    r->wall_ns = random_u64(rng);
    switch (kind) {
    case LQ_TX_RECORD_RUN:
        random_text(rng, out->of.run.program, sizeof(out->of.run.program));
        random_text(rng, out->of.run.boot_id, sizeof(out->of.run.boot_id));
        out->of.run.pid = random_u64(rng);
        r->as.run = &out->of.run;
        return;
    case LQ_TX_RECORD_INTENT:
        random_tx_intent(rng, &out->of.intent);
        r->as.intent = &out->of.intent;
        return;
    case LQ_TX_RECORD_ATTEMPT:
        random_tx_attempt(rng, &out->of.attempt, out->data);
        r->as.attempt = &out->of.attempt;
        return;
    case LQ_TX_RECORD_ANSWER:
        random_tx_answer(rng, &out->of.answer);
        r->as.answer = &out->of.answer;
        return;
    case LQ_TX_RECORD_STATE:
        random_tx_moved(rng, &out->of.moved);
        r->as.moved = &out->of.moved;
        return;
    case LQ_TX_RECORD_RECEIPT:
        random_tx_receipt(rng, &out->of.receipt);
        r->as.receipt = &out->of.receipt;
        return;
    case LQ_TX_RECORD_ENDED:
        random_tx_ended(rng, &out->of.ended);
        r->as.ended = &out->of.ended;
        return;
    case LQ_TX_RECORD_HALT:
        out->of.halt.sender = random_address(rng);
        out->of.halt.halted = random_bool(rng);
        random_text(rng, out->of.halt.why, sizeof(out->of.halt.why));
        r->as.halt = &out->of.halt;
        return;
    case LQ_TX_RECORD_CANDIDATE:
        random_tx_candidate(rng, &out->of.candidate);
        r->as.candidate = &out->of.candidate;
        return;
    case LQ_TX_RECORD_KIND_CNT:
        return;
    }
}

#endif
