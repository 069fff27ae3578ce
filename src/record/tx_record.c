#include "liqd/record/tx_record.h"

#include "bytes_internal.h"

#define HAS_POOL 0x80u /* beside the use; records of before have none */

/* ---- names */

const char *lq_tx_use_str(lq_tx_use_t use)
{
    switch (use) {
    case LQ_TX_USE_LIQUIDATE:
        return "liquidate";
    case LQ_TX_USE_CANCEL:
        return "cancel";
    case LQ_TX_USE_APPROVE:
        return "approve";
    case LQ_TX_USE_DEPLOY:
        return "deploy";
    case LQ_TX_USE_SWAP:
        return "swap";
    case LQ_TX_USE_SWEEP:
        return "sweep";
    case LQ_TX_USE_CNT:
        break;
    }
    return "unknown";
}

const char *lq_tx_state_str(lq_tx_state_t state)
{
    switch (state) {
    case LQ_TX_RESERVED:
        return "reserved";
    case LQ_TX_SENT:
        return "sent";
    case LQ_TX_CANCELLING:
        return "cancelling";
    case LQ_TX_EXPIRED:
        return "expired";
    case LQ_TX_MINED:
        return "mined";
    case LQ_TX_REVERTED:
        return "reverted";
    case LQ_TX_LOST:
        return "lost";
    case LQ_TX_FINAL:
        return "final";
    case LQ_TX_RELEASED:
        return "released";
    case LQ_TX_STATE_CNT:
        break;
    }
    return "unknown";
}

const char *lq_tx_record_kind_str(lq_tx_record_kind_t kind)
{
    switch (kind) {
    case LQ_TX_RECORD_RUN:
        return "run";
    case LQ_TX_RECORD_INTENT:
        return "intent";
    case LQ_TX_RECORD_ATTEMPT:
        return "attempt";
    case LQ_TX_RECORD_ANSWER:
        return "answer";
    case LQ_TX_RECORD_STATE:
        return "state";
    case LQ_TX_RECORD_RECEIPT:
        return "receipt";
    case LQ_TX_RECORD_ENDED:
        return "ended";
    case LQ_TX_RECORD_HALT:
        return "halt";
    case LQ_TX_RECORD_CANDIDATE:
        return "candidate";
    case LQ_TX_RECORD_KIND_CNT:
        break;
    }
    return "unknown";
}

const char *lq_tx_outcome_str(lq_outcome_kind_t kind)
{
    switch (kind) {
    case LQ_OUTCOME_SENT:
        return "sent";
    case LQ_OUTCOME_REFUSED:
        return "refused";
    case LQ_OUTCOME_SIMULATION_REVERTED:
        return "simulation_reverted";
    case LQ_OUTCOME_MINED:
        return "mined";
    case LQ_OUTCOME_WON:
        return "won";
    case LQ_OUTCOME_REVERTED:
        return "reverted";
    case LQ_OUTCOME_UNMINED:
        return "unmined";
    case LQ_OUTCOME_EXPIRED:
        return "expired";
    case LQ_OUTCOME_CANCELLED:
        return "cancelled";
    case LQ_OUTCOME_FINAL:
        return "final";
    case LQ_OUTCOME_CNT:
        break;
    }
    return "unknown";
}

/* ---- writing */

/* What is in an array of SZ that ends with a NUL. */
static LQ_ALWAYS_INLINE void put_text(put_t *p, const char *text, size_t sz)
{
    size_t n = strnlen(text, sz);
    LQ_ASSERT(n < sz);
    put_data(p, text, n);
}

/* A price of 0 is none, and has no decimals. */
static LQ_ALWAYS_INLINE void put_quote(put_t *p, const lq_quote_t *quote)
{
    put_u256(p, &quote->price_wad);
    if (!lq_u256_is_zero(&quote->price_wad))
        put_u8(p, quote->decimals);
}

static LQ_ALWAYS_INLINE void put_gains(put_t *p, const lq_gain_t *gains, size_t cnt)
{
    LQ_ASSERT(cnt <= LQ_TX_RECORD_TOKEN_MAX);
    put_u8(p, (uint8_t)cnt);
    for (size_t i = 0; i < cnt; i++) {
        put_address(p, &gains[i].token);
        put_i256(p, &gains[i].amount);
    }
}

static LQ_ALWAYS_INLINE void put_run(put_t *p, const lq_tx_run_t *run)
{
    put_text(p, run->program, sizeof(run->program));
    put_text(p, run->boot_id, sizeof(run->boot_id));
    put_varint(p, run->pid);
}

static LQ_ALWAYS_INLINE void put_steps(put_t *p, const lq_tx_intent_t *intent)
{
    LQ_ASSERT(intent->step_cnt <= LQ_PLAN_STEP_MAX);
    put_u8(p, (uint8_t)intent->step_cnt);
    for (size_t i = 0; i < intent->step_cnt; i++) {
        put_address(p, &intent->steps[i].collateral);
        put_address(p, &intent->steps[i].debt);
        put_u256(p, &intent->steps[i].repaid);
        put_u256(p, &intent->steps[i].seized);
    }
}

static LQ_ALWAYS_INLINE void put_prices(put_t *p, const lq_tx_intent_t *intent)
{
    LQ_ASSERT(intent->price_cnt <= LQ_TX_RECORD_TOKEN_MAX);
    put_u8(p, (uint8_t)intent->price_cnt);
    for (size_t i = 0; i < intent->price_cnt; i++) {
        put_address(p, &intent->prices[i].token);
        put_quote(p, &intent->prices[i].quote);
    }
}

static LQ_ALWAYS_INLINE void put_intent(put_t *p, const lq_tx_intent_t *intent)
{
    put_varint(p, intent->id);
    put_varint(p, intent->engine_intent);
    put_u8(p, (uint8_t)(intent->use | (intent->pool ? HAS_POOL : 0)));
    put_text(p, intent->market, sizeof(intent->market));
    put_varint(p, intent->instance);
    if (intent->pool)
        put_varint(p, intent->pool);
    put_address(p, &intent->borrower);
    put_varint(p, intent->target_blk);
    put_varint(p, intent->last_blk);
    put_varint(p, intent->tx_cnt);
    put_profit(p, &intent->estimate);
    put_u256(p, &intent->least_usd.raw);
    put_steps(p, intent);
    put_prices(p, intent);
    put_quote(p, &intent->coin);
}

static LQ_ALWAYS_INLINE void put_attempt(put_t *p, const lq_tx_attempt_t *attempt)
{
    LQ_ASSERT(attempt->raw_sz <= LQ_TX_RAW_MAX);
    put_varint(p, attempt->intent);
    put_varint(p, attempt->tx_idx);
    put_address(p, &attempt->sender);
    put_varint(p, attempt->nonce);
    put_varint(p, attempt->number);
    put_u8(p, (uint8_t)attempt->use);
    put_flag(p, attempt->is_private);
    put_varint(p, attempt->last_blk);
    put_varint(p, attempt->gas_limit);
    put_u256(p, &attempt->value_wei.raw);
    put_u256(p, &attempt->max_fee_wei.raw);
    put_u256(p, &attempt->tip_wei.raw);
    put_hash(p, &attempt->hash);
    put_data(p, attempt->raw, attempt->raw_sz);
}

static LQ_ALWAYS_INLINE void put_answer(put_t *p, const lq_tx_answer_t *answer)
{
    put_hash(p, &answer->hash);
    put_text(p, answer->way, sizeof(answer->way));
    put_varint(p, answer->target_blk);
    put_flag(p, answer->accepted);
    put_text(p, answer->class_, sizeof(answer->class_));
    put_text(p, answer->text, sizeof(answer->text));
    put_varint(p, answer->latency_ns);
}

static LQ_ALWAYS_INLINE void put_moved(put_t *p, const lq_tx_moved_t *moved)
{
    put_address(p, &moved->sender);
    put_varint(p, moved->nonce);
    put_u8(p, (uint8_t)moved->state);
    put_hash(p, &moved->hash);
    put_text(p, moved->why, sizeof(moved->why));
}

static LQ_ALWAYS_INLINE void put_receipt(put_t *p, const lq_tx_receipt_t *receipt)
{
    put_address(p, &receipt->sender);
    put_varint(p, receipt->nonce);
    put_hash(p, &receipt->hash);
    put_block(p, &receipt->block);
    put_varint(p, receipt->tx_idx);
    put_flag(p, receipt->ok);
    put_varint(p, receipt->gas);
    put_u256(p, &receipt->gas_price_wei.raw);
    put_u256(p, &receipt->l1_fee_wei.raw);
    put_u256(p, &receipt->paid_wei.raw);
    put_gains(p, receipt->gains, receipt->gain_cnt);
    put_u256(p, &receipt->repaid);
    put_u256(p, &receipt->seized);
    if (!receipt->ok)
        put_text(p, receipt->why, sizeof(receipt->why));
}

/* Whether an outcome of KIND has realised anything. */
static bool has_net(lq_outcome_kind_t kind)
{
    return kind == LQ_OUTCOME_MINED || kind == LQ_OUTCOME_REVERTED || kind == LQ_OUTCOME_FINAL;
}

static LQ_ALWAYS_INLINE void put_ended(put_t *p, const lq_tx_ended_t *ended)
{
    put_varint(p, ended->intent);
    put_u8(p, (uint8_t)ended->kind);
    if (has_net(ended->kind))
        put_i256(p, &ended->net_usd);
    put_text(p, ended->why, sizeof(ended->why));
}

static LQ_ALWAYS_INLINE void put_halt(put_t *p, const lq_tx_halt_t *halt)
{
    put_address(p, &halt->sender);
    put_flag(p, halt->halted);
    put_text(p, halt->why, sizeof(halt->why));
}

static bool has_liquidator(lq_reason_t reason)
{
    return reason == LQ_REASON_LOST || reason == LQ_REASON_OUTBID;
}

static LQ_ALWAYS_INLINE void put_candidate(put_t *p, const lq_tx_candidate_t *candidate)
{
    put_text(p, candidate->market, sizeof(candidate->market));
    put_address(p, &candidate->borrower);
    put_u8(p, (uint8_t)candidate->reason);
    put_varint(p, candidate->began_blk);
    put_varint(p, candidate->ended_blk);
    put_flag(p, candidate->has_profit);
    if (candidate->has_profit)
        put_profit(p, &candidate->profit);
    if (has_liquidator(candidate->reason))
        put_address(p, &candidate->liquidator);
    put_text(p, candidate->text, sizeof(candidate->text));
}

static LQ_ALWAYS_INLINE void put_record(put_t *p, const lq_tx_record_t *r)
{
    put_u8(p, (uint8_t)r->kind);
    put_u64(p, r->wall_ns);
    switch (r->kind) {
    case LQ_TX_RECORD_RUN:
        put_run(p, r->as.run);
        return;
    case LQ_TX_RECORD_INTENT:
        put_intent(p, r->as.intent);
        return;
    case LQ_TX_RECORD_ATTEMPT:
        put_attempt(p, r->as.attempt);
        return;
    case LQ_TX_RECORD_ANSWER:
        put_answer(p, r->as.answer);
        return;
    case LQ_TX_RECORD_STATE:
        put_moved(p, r->as.moved);
        return;
    case LQ_TX_RECORD_RECEIPT:
        put_receipt(p, r->as.receipt);
        return;
    case LQ_TX_RECORD_ENDED:
        put_ended(p, r->as.ended);
        return;
    case LQ_TX_RECORD_HALT:
        put_halt(p, r->as.halt);
        return;
    case LQ_TX_RECORD_CANDIDATE:
        put_candidate(p, r->as.candidate);
        return;
    case LQ_TX_RECORD_KIND_CNT:
        break;
    }
    LQ_BUG("a record of kind %d", (int)r->kind);
}

size_t lq_tx_record_sz(const lq_tx_record_t *r)
{
    put_t p;
    p.mode = PUT_SIZE;
    p.sz = 0;
    put_record(&p, r);
    return p.sz;
}

/* A number of 256 bits takes a byte more than in memory, all else at most a quarter more. */
size_t lq_tx_record_most(const lq_tx_record_t *r)
{
    if (r->kind == LQ_TX_RECORD_INTENT)
        return 2 * sizeof(*r->as.intent);
    if (r->kind == LQ_TX_RECORD_ATTEMPT)
        return 2 * sizeof(*r->as.attempt) + r->as.attempt->raw_sz;
    return lq_tx_record_sz(r);
}

size_t lq_tx_record_encode(uint8_t *out, const lq_tx_record_t *r)
{
    put_t p;
    p.mode = PUT_WRITE;
    p.at = out;
    put_record(&p, r);
    return (size_t)(p.at - out);
}

/* ---- reading: what is read into is all zero */

static void get_text(get_t *g, char *out, size_t sz)
{
    size_t n = 0;
    const uint8_t *p = get_data(g, &n);
    if (!p || n >= sz || memchr(p, 0, n)) {
        g->bad = true;
        return;
    }
    memcpy(out, p, n);
}

static void get_quote(get_t *g, lq_quote_t *out)
{
    out->price_wad = get_u256(g);
    if (!lq_u256_is_zero(&out->price_wad))
        out->decimals = get_u8(g);
}

static size_t get_gains(get_t *g, lq_gain_t *gains)
{
    size_t cnt = get_kind(g, LQ_TX_RECORD_TOKEN_MAX + 1);
    for (size_t i = 0; i < cnt; i++) {
        gains[i].token = get_address(g);
        gains[i].amount = get_i256(g);
    }
    return cnt;
}

static void get_run(get_t *g, lq_tx_run_t *out)
{
    get_text(g, out->program, sizeof(out->program));
    get_text(g, out->boot_id, sizeof(out->boot_id));
    out->pid = get_varint(g);
}

static void get_intent(get_t *g, lq_tx_intent_t *out)
{
    out->id = get_varint(g);
    out->engine_intent = get_varint(g);
    uint8_t use = get_u8(g);
    out->use = (lq_tx_use_t)get_max(g, use & ~HAS_POOL, LQ_TX_USE_CNT - 1);
    get_text(g, out->market, sizeof(out->market));
    out->instance = get_u32(g);
    out->pool = use & HAS_POOL ? get_u32(g) : 0;
    g->bad |= (use & HAS_POOL) && !out->pool;
    out->borrower = get_address(g);
    out->target_blk = get_varint(g);
    out->last_blk = get_varint(g);
    out->tx_cnt = get_u32(g);
    get_profit(g, &out->estimate);
    out->least_usd.raw = get_u256(g);
    out->step_cnt = get_kind(g, LQ_PLAN_STEP_MAX + 1);
    for (size_t i = 0; i < out->step_cnt; i++) {
        out->steps[i].collateral = get_address(g);
        out->steps[i].debt = get_address(g);
        out->steps[i].repaid = get_u256(g);
        out->steps[i].seized = get_u256(g);
    }
    out->price_cnt = get_kind(g, LQ_TX_RECORD_TOKEN_MAX + 1);
    for (size_t i = 0; i < out->price_cnt; i++) {
        out->prices[i].token = get_address(g);
        get_quote(g, &out->prices[i].quote);
    }
    get_quote(g, &out->coin);
}

static void get_attempt(get_t *g, lq_tx_attempt_t *out)
{
    out->intent = get_varint(g);
    out->tx_idx = get_u32(g);
    out->sender = get_address(g);
    out->nonce = get_varint(g);
    out->number = get_u32(g);
    out->use = (lq_tx_use_t)get_kind(g, LQ_TX_USE_CNT);
    out->is_private = get_flag(g);
    out->last_blk = get_varint(g);
    out->gas_limit = get_varint(g);
    out->value_wei.raw = get_u256(g);
    out->max_fee_wei.raw = get_u256(g);
    out->tip_wei.raw = get_u256(g);
    out->hash = get_hash(g);
    out->raw = get_data(g, &out->raw_sz);
    if (out->raw_sz > LQ_TX_RAW_MAX)
        g->bad = true;
}

static void get_answer(get_t *g, lq_tx_answer_t *out)
{
    out->hash = get_hash(g);
    get_text(g, out->way, sizeof(out->way));
    out->target_blk = get_varint(g);
    out->accepted = get_flag(g);
    get_text(g, out->class_, sizeof(out->class_));
    get_text(g, out->text, sizeof(out->text));
    out->latency_ns = get_varint(g);
}

static void get_moved(get_t *g, lq_tx_moved_t *out)
{
    out->sender = get_address(g);
    out->nonce = get_varint(g);
    out->state = (lq_tx_state_t)get_kind(g, LQ_TX_STATE_CNT);
    out->hash = get_hash(g);
    get_text(g, out->why, sizeof(out->why));
}

static void get_receipt(get_t *g, lq_tx_receipt_t *out)
{
    out->sender = get_address(g);
    out->nonce = get_varint(g);
    out->hash = get_hash(g);
    out->block = get_block(g);
    out->tx_idx = get_u32(g);
    out->ok = get_flag(g);
    out->gas = get_u32(g);
    out->gas_price_wei.raw = get_u256(g);
    out->l1_fee_wei.raw = get_u256(g);
    out->paid_wei.raw = get_u256(g);
    out->gain_cnt = get_gains(g, out->gains);
    out->repaid = get_u256(g);
    out->seized = get_u256(g);
    if (!out->ok)
        get_text(g, out->why, sizeof(out->why));
}

static void get_ended(get_t *g, lq_tx_ended_t *out)
{
    out->intent = get_varint(g);
    out->kind = (lq_outcome_kind_t)get_kind(g, LQ_OUTCOME_CNT);
    if (has_net(out->kind))
        out->net_usd = get_i256(g);
    get_text(g, out->why, sizeof(out->why));
}

static void get_halt(get_t *g, lq_tx_halt_t *out)
{
    out->sender = get_address(g);
    out->halted = get_flag(g);
    get_text(g, out->why, sizeof(out->why));
}

static void get_candidate(get_t *g, lq_tx_candidate_t *out)
{
    get_text(g, out->market, sizeof(out->market));
    out->borrower = get_address(g);
    out->reason = (lq_reason_t)get_kind(g, LQ_REASON_CNT);
    out->began_blk = get_varint(g);
    out->ended_blk = get_varint(g);
    out->has_profit = get_flag(g);
    if (out->has_profit)
        get_profit(g, &out->profit);
    if (has_liquidator(out->reason))
        out->liquidator = get_address(g);
    get_text(g, out->text, sizeof(out->text));
}

static void get_of(get_t *g, lq_tx_record_room_t *room)
{
    lq_tx_record_t *r = &room->record;
    switch (r->kind) {
    case LQ_TX_RECORD_RUN:
        get_run(g, &room->of.run);
        r->as.run = &room->of.run;
        return;
    case LQ_TX_RECORD_INTENT:
        get_intent(g, &room->of.intent);
        r->as.intent = &room->of.intent;
        return;
    case LQ_TX_RECORD_ATTEMPT:
        get_attempt(g, &room->of.attempt);
        r->as.attempt = &room->of.attempt;
        return;
    case LQ_TX_RECORD_ANSWER:
        get_answer(g, &room->of.answer);
        r->as.answer = &room->of.answer;
        return;
    case LQ_TX_RECORD_STATE:
        get_moved(g, &room->of.moved);
        r->as.moved = &room->of.moved;
        return;
    case LQ_TX_RECORD_RECEIPT:
        get_receipt(g, &room->of.receipt);
        r->as.receipt = &room->of.receipt;
        return;
    case LQ_TX_RECORD_ENDED:
        get_ended(g, &room->of.ended);
        r->as.ended = &room->of.ended;
        return;
    case LQ_TX_RECORD_HALT:
        get_halt(g, &room->of.halt);
        r->as.halt = &room->of.halt;
        return;
    case LQ_TX_RECORD_CANDIDATE:
        get_candidate(g, &room->of.candidate);
        r->as.candidate = &room->of.candidate;
        return;
    case LQ_TX_RECORD_KIND_CNT:
        return;
    }
}

lq_err_t lq_tx_record_decode(lq_tx_record_room_t *room, const uint8_t *p, size_t sz)
{
    get_t g = get_begin(p, sz);
    memset(room, 0, sizeof(*room));
    room->record.kind = (lq_tx_record_kind_t)get_kind(&g, LQ_TX_RECORD_KIND_CNT);
    room->record.wall_ns = get_u64(&g);
    get_of(&g, room);
    return g.bad || get_left(&g) ? LQ_ERR_SYNTAX : LQ_OK;
}
