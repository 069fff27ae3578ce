#ifndef RANDOM_EVENT_H
#define RANDOM_EVENT_H

/* Events and actions with anything in them. Members without a role for the kind are 0, or, where
   DIRT is set, whatever. */

#include <string.h>

#include "liqd/base/rng.h"
#include "liqd/record/code.h"

#define RANDOM_DATA_MAX   2000u
#define RANDOM_RESULT_MAX 6u
#define RANDOM_FILTER_MAX 5u

typedef struct random_event {
    lq_event_t event;
    lq_header_t head;
    lq_evm_log_t log;
    lq_pending_tx_t pending;
    lq_read_answer_t read;
    lq_read_result_t results[RANDOM_RESULT_MAX];
    lq_funds_t funds;
    lq_outcome_t outcome;
    uint8_t data[RANDOM_DATA_MAX];
} random_event_t;

typedef struct random_action {
    lq_action_t action;
    lq_sync_notice_t notice;
    lq_action_take_t take;
    lq_plan_t plan;
    lq_action_candidate_t candidate;
    lq_read_call_t calls[RANDOM_RESULT_MAX];
    lq_address_t addresses[RANDOM_FILTER_MAX];
    lq_hash_t topics[RANDOM_FILTER_MAX];
    uint8_t data[RANDOM_DATA_MAX];
} random_action_t;

/* Any number of bits is as likely. */
static inline uint64_t random_u64(lq_rng_t *rng)
{
    uint64_t bits = lq_rng_below(rng, 65);
    return bits ? lq_rng_u64(rng) >> (64 - bits) : 0;
}

static inline uint32_t random_u32(lq_rng_t *rng)
{
    return (uint32_t)(random_u64(rng) >> 32 ? lq_rng_u64(rng) : random_u64(rng));
}

static inline bool random_bool(lq_rng_t *rng)
{
    return lq_rng_u64(rng) & 1;
}

static inline lq_u256_t random_u256(lq_rng_t *rng)
{
    lq_u256_t v;
    lq_rng_bytes(rng, &v, sizeof(v));
    return lq_u256_shr(&v, (unsigned)lq_rng_below(rng, 257));
}

static inline lq_i256_t random_i256(lq_rng_t *rng)
{
    lq_u256_t v = random_u256(rng);
    lq_u256_t zero = lq_u256_from_u64(0);
    return (lq_i256_t){random_bool(rng) ? lq_u256_sub_wrap(&zero, &v) : v};
}

static inline lq_hash_t random_hash(lq_rng_t *rng)
{
    lq_hash_t v;
    lq_rng_bytes(rng, v.b, sizeof(v.b));
    return v;
}

static inline lq_address_t random_address(lq_rng_t *rng)
{
    lq_address_t v;
    lq_rng_bytes(rng, v.b, sizeof(v.b));
    return v;
}

static inline lq_block_ref_t random_block(lq_rng_t *rng)
{
    return (lq_block_ref_t){random_u64(rng), random_hash(rng)};
}

/* Some of the bytes at P. */
static inline const uint8_t *random_span(lq_rng_t *rng, size_t *sz, const uint8_t *p)
{
    size_t from = (size_t)lq_rng_below(rng, RANDOM_DATA_MAX);
    size_t most = random_bool(rng) ? 40 : RANDOM_DATA_MAX - from;
    *sz = (size_t)lq_rng_below(rng, (most < RANDOM_DATA_MAX - from ? most : 0) + 1);
    if (random_bool(rng))
        *sz = (size_t)lq_rng_below(rng, RANDOM_DATA_MAX - from + 1);
    return p + from;
}

static inline lq_err_t random_err(lq_rng_t *rng)
{
    static const lq_err_t errs[] = {LQ_OK,
#define RANDOM_ERR(name, code, string) LQ_ERR_##name,
                                    LQ_ERR_TABLE(RANDOM_ERR)
#undef RANDOM_ERR
    };
    return errs[lq_rng_below(rng, LQ_ARRAY_CNT(errs))];
}

static inline void random_header(lq_rng_t *rng, lq_header_t *out)
{
    out->block = random_block(rng);
    out->parent_hash = random_hash(rng);
    out->timestamp_sec = random_u64(rng);
    out->gas_limit = random_u64(rng);
    out->gas_used = random_u64(rng);
    out->base_fee_wei.raw = random_u256(rng);
    out->miner = random_address(rng);
    memset(out->logs_bloom, 0, LQ_BLOOM_SZ);
    for (size_t n = (size_t)lq_rng_below(rng, 3); n; n--) /* none, a bit, two */
        out->logs_bloom[lq_rng_below(rng, LQ_BLOOM_SZ)] = (uint8_t)(1u << lq_rng_below(rng, 8));
}

static inline void random_log(lq_rng_t *rng, lq_evm_log_t *out, const uint8_t *data)
{
    out->block = random_block(rng);
    out->tx_hash = random_hash(rng);
    out->tx_idx = random_u32(rng);
    out->log_idx = random_u32(rng);
    out->address = random_address(rng);
    out->topic_cnt = (uint32_t)lq_rng_below(rng, LQ_TOPIC_MAX + 1);
    for (size_t i = 0; i < out->topic_cnt; i++)
        out->topics[i] = random_hash(rng);
    out->data = random_span(rng, &out->data_sz, data);
}

static inline void random_pending(lq_rng_t *rng, lq_pending_tx_t *out, const uint8_t *data)
{
    out->hash = random_hash(rng);
    out->from = random_address(rng);
    out->creates = lq_rng_below(rng, 4) == 0;
    if (!out->creates)
        out->to = random_address(rng);
    out->type = (uint8_t)lq_rng_u64(rng);
    out->nonce = random_u64(rng);
    out->gas_limit = random_u64(rng);
    out->value_wei.raw = random_u256(rng);
    out->max_fee_wei.raw = random_u256(rng);
    out->max_priority_fee_wei.raw = random_u256(rng);
    out->input = random_span(rng, &out->input_sz, data);
}

static inline void random_read(lq_rng_t *rng, random_event_t *r)
{
    r->read.id = random_u64(rng);
    r->read.err = random_bool(rng) ? LQ_OK : random_err(rng);
    r->read.block = random_block(rng);
    r->read.results = r->results;
    r->read.result_cnt = (size_t)lq_rng_below(rng, RANDOM_RESULT_MAX + 1);
    for (size_t i = 0; i < r->read.result_cnt; i++) {
        r->results[i].ok = random_bool(rng);
        r->results[i].data = random_span(rng, &r->results[i].data_sz, r->data);
    }
}

static inline void random_outcome(lq_rng_t *rng, lq_outcome_t *out)
{
    out->intent = random_u64(rng);
    out->kind = (lq_outcome_kind_t)lq_rng_below(rng, LQ_OUTCOME_CNT);
    bool moved = out->kind == LQ_OUTCOME_MINED || out->kind == LQ_OUTCOME_WON ||
                 out->kind == LQ_OUTCOME_FINAL;
    if (moved || out->kind == LQ_OUTCOME_REVERTED) {
        out->gas = random_u32(rng);
        out->gas_price_wei.raw = random_u256(rng);
        out->bid_wei.raw = random_u256(rng);
    }
    if (moved) {
        out->repaid = random_u256(rng);
        out->seized = random_u256(rng);
    }
}

/* random_event makes OUT one of KIND. */
static inline void random_event(lq_rng_t *rng, random_event_t *out, lq_event_kind_t kind, bool dirt)
{
    memset(out, dirt ? 0x5a : 0, sizeof(*out));
    lq_rng_bytes(rng, out->data, sizeof(out->data));
    lq_event_t *e = &out->event;
    e->kind = kind;
    e->time = (lq_time_t){random_u64(rng), random_u64(rng)};
    if (kind == LQ_EVENT_HEAD || kind == LQ_EVENT_BEGIN) {
        random_header(rng, &out->head);
        e->as.head = &out->head;
    } else if (kind == LQ_EVENT_LOG) {
        random_log(rng, &out->log, out->data);
        e->as.log = &out->log;
    } else if (kind == LQ_EVENT_BLOCK || kind == LQ_EVENT_UNDONE) {
        e->as.block = random_block(rng);
    } else if (kind == LQ_EVENT_PENDING) {
        random_pending(rng, &out->pending, out->data);
        e->as.pending = &out->pending;
    } else if (kind == LQ_EVENT_READ) {
        random_read(rng, out);
        e->as.read = &out->read;
    } else if (kind == LQ_EVENT_FOUND) {
        random_log(rng, &out->log, out->data);
        e->as.found.instance = random_u32(rng);
        e->as.found.log = &out->log;
    } else if (kind == LQ_EVENT_SEARCHED) {
        e->as.searched.instance = random_u32(rng);
        e->as.searched.next_blk = random_u64(rng);
        e->as.searched.done = random_bool(rng);
    } else if (kind == LQ_EVENT_COMMAND) {
        e->as.command.kind = (lq_command_kind_t)lq_rng_below(rng, LQ_COMMAND_CNT);
        if (e->as.command.kind == LQ_COMMAND_RESTART)
            e->as.command.instance = random_u32(rng);
    } else if (kind == LQ_EVENT_FUNDS) {
        out->funds.token = random_address(rng);
        out->funds.amount = random_u256(rng);
        e->as.funds = &out->funds;
    } else if (kind == LQ_EVENT_OUTCOME) {
        random_outcome(rng, &out->outcome);
        e->as.outcome = &out->outcome;
    }
}

static inline void random_profit(lq_rng_t *rng, lq_profit_t *out)
{
    out->seized_usd.raw = random_u256(rng);
    out->repaid_usd.raw = random_u256(rng);
    out->swap_usd.raw = random_u256(rng);
    out->flash_fee_usd.raw = random_u256(rng);
    out->gas_usd.raw = random_u256(rng);
    out->bid_usd.raw = random_u256(rng);
    out->gas_wei.raw = random_u256(rng);
    out->bid_wei.raw = random_u256(rng);
    out->net_usd = random_i256(rng);
    out->net_wei = random_i256(rng);
}

static inline void random_calls(lq_rng_t *rng, random_action_t *r)
{
    for (size_t i = 0; i < RANDOM_RESULT_MAX; i++) {
        r->calls[i].to = random_address(rng);
        r->calls[i].input = random_span(rng, &r->calls[i].input_sz, r->data);
    }
}

static inline void random_step(lq_rng_t *rng, lq_plan_step_t *out)
{
    out->call.pair.collateral = (uint16_t)random_u64(rng);
    out->call.pair.debt = (uint16_t)random_u64(rng);
    out->call.by = (lq_liquidation_by_t)lq_rng_below(rng, LQ_LIQUIDATION_BY_CNT);
    out->call.amount = random_u256(rng);
    out->outcome.repaid = random_u256(rng);
    out->outcome.seized = random_u256(rng);
    out->outcome.protocol_fee = random_u256(rng);
    out->outcome.closes_debt = random_bool(rng);
    out->outcome.takes_all = random_bool(rng);
    out->outcome.bad_debt = random_bool(rng);
    random_profit(rng, &out->profit);
    out->swap.amount_in = random_u256(rng);
    out->swap.amount_out = random_u256(rng);
    out->swap.gas = random_u32(rng);
    out->swap.leg_cnt = (uint32_t)lq_rng_below(rng, LQ_SWAP_LEG_MAX + 1);
    for (size_t i = 0; i < out->swap.leg_cnt; i++) {
        out->swap.legs[i].hop = (lq_swap_hop_t){random_u32(rng), random_bool(rng)};
        out->swap.legs[i].path = random_u32(rng);
        out->swap.legs[i].amount_in = random_u256(rng);
        out->swap.legs[i].amount_out = random_u256(rng);
    }
    out->loan.kind = (lq_lender_kind_t)lq_rng_below(rng, LQ_LENDER_KIND_CNT);
    out->loan.lender = random_address(rng);
    out->loan.token1 = random_bool(rng);
    out->loan.pool = random_u32(rng);
    out->loan.fee_pips = random_u32(rng);
    out->loan.available = random_u256(rng);
    out->flash_fee = random_u256(rng);
}

static inline void random_plan(lq_rng_t *rng, lq_plan_t *out)
{
    out->step_cnt = (size_t)lq_rng_below(rng, LQ_PLAN_STEP_MAX + 1);
    for (size_t i = 0; i < out->step_cnt; i++)
        random_step(rng, &out->steps[i]);
    out->gas = random_u32(rng);
    out->gas_kind.collateral_token = random_address(rng);
    out->gas_kind.debt_token = random_address(rng);
    out->gas_kind.instance = random_u32(rng);
    out->gas_kind.pool_cnt = random_u32(rng);
    out->gas_kind.leg_cnt = (uint16_t)random_u64(rng);
    out->gas_kind.call_cnt = (uint8_t)random_u64(rng);
    out->gas_kind.shape = (uint8_t)random_u64(rng);
    random_profit(rng, &out->profit);
}

static inline void random_take(lq_rng_t *rng, random_action_t *r)
{
    lq_action_take_t *out = &r->take;
    random_plan(rng, &r->plan);
    random_calls(rng, r);
    out->intent = random_u64(rng);
    out->lane = random_u64(rng);
    out->instance = random_u32(rng);
    out->account = random_u32(rng);
    out->borrower = random_address(rng);
    out->funding = random_bool(rng) ? LQ_FUNDING_INVENTORY : LQ_FUNDING_FLASH;
    out->plan = &r->plan;
    out->tx_cnt = (size_t)lq_rng_below(rng, LQ_PLAN_STEP_MAX + 1);
    out->txs = r->calls;
    out->ground = random_block(rng);
    out->target_blk = random_u64(rng);
    out->target_sec = random_u64(rng);
    out->last_blk = random_u64(rng);
    out->gas_price.base_fee_wei.raw = random_u256(rng);
    out->gas_price.tip_wei.raw = random_u256(rng);
    out->bid_wei.raw = random_u256(rng);
    out->most_fee_wei.raw = random_u256(rng);
}

static inline lq_hold_t random_hold(lq_rng_t *rng)
{
    return (lq_hold_t){(lq_limit_t)lq_rng_below(rng, LQ_LIMIT_CNT), random_u64(rng)};
}

static inline void random_candidate(lq_rng_t *rng, lq_action_candidate_t *out)
{
    out->instance = random_u32(rng);
    out->account = random_u32(rng);
    out->borrower = random_address(rng);
    out->reason = (lq_reason_t)lq_rng_below(rng, LQ_REASON_CNT);
    out->ended = random_bool(rng);
    out->has_profit = random_bool(rng);
    if (out->has_profit)
        random_profit(rng, &out->profit);
    if (out->reason == LQ_REASON_NO_ROUTE)
        out->no_route = (lq_no_route_t)lq_rng_below(rng, LQ_NO_ROUTE_CNT);
    if (out->reason == LQ_REASON_LIMIT || out->reason == LQ_REASON_BREAKER) {
        out->hold.limit = (lq_limit_t)lq_rng_below(rng, LQ_LIMIT_CNT);
        out->hold.until_sec = random_u64(rng);
    }
    if (out->reason == LQ_REASON_LOST || out->reason == LQ_REASON_OUTBID)
        out->liquidator = random_address(rng);
}

static inline void random_notice(lq_rng_t *rng, lq_sync_notice_t *out)
{
    static const char *const texts[] = {NULL, "", "WETH", "an answer did not decode\n"};
    out->kind = (lq_sync_notice_kind_t)lq_rng_below(rng, LQ_SYNC_NOTICE_BACK + 1);
    out->instance = random_u32(rng);
    out->phase = (lq_sync_phase_t)lq_rng_below(rng, LQ_SYNC_FOLLOWING + 1);
    out->trust = (lq_trust_t)lq_rng_below(rng, LQ_TRUST_STOPPED + 1);
    out->block = random_block(rng);
    out->account = random_u32(rng);
    out->index = random_u32(rng);
    out->outcome = (lq_feed_outcome_t)lq_rng_below(rng, LQ_FEED_MALFORMED + 1);
    out->name = texts[lq_rng_below(rng, LQ_ARRAY_CNT(texts))];
    out->expected = random_u256(rng);
    out->actual = random_u256(rng);
    out->text = texts[lq_rng_below(rng, LQ_ARRAY_CNT(texts))];
}

/* random_action makes OUT one of KIND. */
static inline void random_action(lq_rng_t *rng, random_action_t *out, lq_action_kind_t kind,
                                 bool dirt)
{
    memset(out, dirt ? 0x5a : 0, sizeof(*out));
    lq_rng_bytes(rng, out->data, sizeof(out->data));
    lq_rng_bytes(rng, out->addresses, sizeof(out->addresses));
    lq_rng_bytes(rng, out->topics, sizeof(out->topics));
    size_t address_cnt = (size_t)lq_rng_below(rng, RANDOM_FILTER_MAX + 1);
    size_t topic_cnt = (size_t)lq_rng_below(rng, RANDOM_FILTER_MAX + 1);
    lq_action_t *a = &out->action;
    a->kind = kind;
    if (kind == LQ_ACTION_READ) {
        random_calls(rng, out);
        a->as.read.id = random_u64(rng);
        a->as.read.block = random_block(rng);
        a->as.read.calls = out->calls;
        a->as.read.call_cnt = (size_t)lq_rng_below(rng, RANDOM_RESULT_MAX + 1);
    } else if (kind == LQ_ACTION_CANCEL_READ || kind == LQ_ACTION_DROP) {
        a->as.id = random_u64(rng);
    } else if (kind == LQ_ACTION_SEARCH) {
        a->as.search =
            (lq_action_search_t){random_u32(rng), out->addresses,  address_cnt,    out->topics,
                                 topic_cnt,       random_u64(rng), random_u64(rng)};
    } else if (kind == LQ_ACTION_FOLLOW) {
        a->as.follow = (lq_action_follow_t){random_u64(rng), random_hash(rng), out->addresses,
                                            address_cnt,     out->topics,      topic_cnt};
    } else if (kind == LQ_ACTION_NOTICE) {
        random_notice(rng, &out->notice);
        a->as.notice = &out->notice;
    } else if (kind == LQ_ACTION_TAKE) {
        random_take(rng, out);
        a->as.take = &out->take;
    } else if (kind == LQ_ACTION_CANDIDATE) {
        random_candidate(rng, &out->candidate);
        a->as.candidate = &out->candidate;
    } else if (kind == LQ_ACTION_LIMIT) {
        a->as.limit.hold = random_hold(rng);
        a->as.limit.holds = random_bool(rng);
    }
}

#endif
