#include "bytes_internal.h"
#include "liqd/record/code.h"

bool lq_action_is_kept(lq_action_kind_t kind)
{
    switch (kind) {
    case LQ_ACTION_TAKE:
    case LQ_ACTION_DROP:
    case LQ_ACTION_CANDIDATE:
    case LQ_ACTION_LIMIT:
        return true;
    case LQ_ACTION_READ:
    case LQ_ACTION_CANCEL_READ:
    case LQ_ACTION_SEARCH:
    case LQ_ACTION_FOLLOW:
    case LQ_ACTION_BEGIN:
    case LQ_ACTION_NOTICE:
    case LQ_ACTION_CNT:
        return false;
    }
    return false;
}

/* ---- writing */

static LQ_ALWAYS_INLINE void put_calls(put_t *p, const lq_read_call_t *calls, size_t cnt)
{
    for (size_t i = 0; i < cnt; i++) {
        put_address(p, &calls[i].to);
        put_data(p, calls[i].input, calls[i].input_sz);
    }
}

static LQ_ALWAYS_INLINE void put_filter(put_t *p, const lq_address_t *addresses, size_t address_cnt,
                                        const lq_hash_t *topics, size_t topic_cnt)
{
    put_varint(p, address_cnt);
    put_bytes(p, addresses, address_cnt * sizeof(*addresses));
    put_varint(p, topic_cnt);
    put_bytes(p, topics, topic_cnt * sizeof(*topics));
}

/* NULL is not the empty text. */
static LQ_ALWAYS_INLINE void put_text(put_t *p, const char *text)
{
    put_flag(p, text != NULL);
    if (text)
        put_data(p, text, strlen(text));
}

static LQ_ALWAYS_INLINE void put_notice(put_t *p, const lq_sync_notice_t *n)
{
    put_u8(p, (uint8_t)n->kind);
    put_varint(p, n->instance);
    put_u8(p, (uint8_t)n->phase);
    put_u8(p, (uint8_t)n->trust);
    put_block(p, &n->block);
    put_varint(p, n->account);
    put_varint(p, n->index);
    put_u8(p, (uint8_t)n->outcome);
    put_text(p, n->name);
    put_u256(p, &n->expected);
    put_u256(p, &n->actual);
    put_text(p, n->text);
}

static LQ_ALWAYS_INLINE void put_leg(put_t *p, const lq_swap_leg_t *leg)
{
    put_varint(p, leg->hop.pool);
    put_flag(p, leg->hop.zero_for_one);
    put_varint(p, leg->path);
    put_u256(p, &leg->amount_in);
    put_u256(p, &leg->amount_out);
}

static LQ_ALWAYS_INLINE void put_loan(put_t *p, const lq_loan_t *loan)
{
    put_u8(p, (uint8_t)loan->kind);
    put_address(p, &loan->lender);
    put_flag(p, loan->token1);
    put_varint(p, loan->pool);
    put_varint(p, loan->fee_pips);
    put_u256(p, &loan->available);
}

static LQ_ALWAYS_INLINE void put_step(put_t *p, const lq_plan_step_t *step)
{
    LQ_ASSERT(step->swap.leg_cnt <= LQ_SWAP_LEG_MAX);
    put_varint(p, step->call.pair.collateral);
    put_varint(p, step->call.pair.debt);
    put_u8(p, (uint8_t)step->call.by);
    put_u256(p, &step->call.amount);
    put_u256(p, &step->outcome.repaid);
    put_u256(p, &step->outcome.seized);
    put_u256(p, &step->outcome.protocol_fee);
    put_flag(p, step->outcome.closes_debt);
    put_flag(p, step->outcome.takes_all);
    put_flag(p, step->outcome.bad_debt);
    put_profit(p, &step->profit);
    put_u256(p, &step->swap.amount_in);
    put_u256(p, &step->swap.amount_out);
    put_varint(p, step->swap.gas);
    put_u8(p, (uint8_t)step->swap.leg_cnt);
    for (size_t i = 0; i < step->swap.leg_cnt; i++)
        put_leg(p, &step->swap.legs[i]);
    put_loan(p, &step->loan);
    put_u256(p, &step->flash_fee);
}

static LQ_ALWAYS_INLINE void put_plan(put_t *p, const lq_plan_t *plan)
{
    LQ_ASSERT(plan->step_cnt <= LQ_PLAN_STEP_MAX);
    put_u8(p, (uint8_t)plan->step_cnt);
    for (size_t i = 0; i < plan->step_cnt; i++)
        put_step(p, &plan->steps[i]);
    put_varint(p, plan->gas);
    put_address(p, &plan->gas_kind.collateral_token);
    put_address(p, &plan->gas_kind.debt_token);
    put_varint(p, plan->gas_kind.instance);
    put_varint(p, plan->gas_kind.pool_cnt);
    put_varint(p, plan->gas_kind.leg_cnt);
    put_u8(p, plan->gas_kind.call_cnt);
    put_u8(p, plan->gas_kind.shape);
    put_profit(p, &plan->profit);
}

static LQ_ALWAYS_INLINE void put_take(put_t *p, const lq_action_take_t *take)
{
    put_varint(p, take->intent);
    put_varint(p, take->lane);
    put_varint(p, take->instance);
    put_varint(p, take->account);
    put_address(p, &take->borrower);
    put_u8(p, (uint8_t)take->funding);
    put_plan(p, take->plan);
    LQ_ASSERT(take->tx_cnt <= LQ_PLAN_STEP_MAX);
    put_u8(p, (uint8_t)take->tx_cnt);
    put_calls(p, take->txs, take->tx_cnt);
    put_block(p, &take->ground);
    put_varint(p, take->target_blk);
    put_varint(p, take->target_sec);
    put_varint(p, take->last_blk);
    put_u256(p, &take->gas_price.base_fee_wei.raw);
    put_u256(p, &take->gas_price.tip_wei.raw);
    put_u256(p, &take->bid_wei.raw);
    put_u256(p, &take->most_fee_wei.raw);
}

static bool has_hold(lq_reason_t reason)
{
    return reason == LQ_REASON_LIMIT || reason == LQ_REASON_BREAKER;
}

static bool has_liquidator(lq_reason_t reason)
{
    return reason == LQ_REASON_LOST || reason == LQ_REASON_OUTBID;
}

static LQ_ALWAYS_INLINE void put_hold(put_t *p, const lq_hold_t *hold)
{
    put_u8(p, (uint8_t)hold->limit);
    put_varint(p, hold->until_sec);
}

static LQ_ALWAYS_INLINE void put_candidate(put_t *p, const lq_action_candidate_t *c)
{
    put_varint(p, c->instance);
    put_varint(p, c->account);
    put_address(p, &c->borrower);
    put_u8(p, (uint8_t)c->reason);
    put_flag(p, c->ended);
    put_flag(p, c->has_profit);
    if (c->has_profit)
        put_profit(p, &c->profit);
    if (c->reason == LQ_REASON_NO_ROUTE)
        put_u8(p, (uint8_t)c->no_route);
    if (has_hold(c->reason))
        put_hold(p, &c->hold);
    if (has_liquidator(c->reason))
        put_address(p, &c->liquidator);
}

static LQ_ALWAYS_INLINE void put_action(put_t *p, const lq_action_t *action)
{
    put_u8(p, (uint8_t)action->kind);
    switch (action->kind) {
    case LQ_ACTION_READ:
        put_varint(p, action->as.read.id);
        put_block(p, &action->as.read.block);
        put_varint(p, action->as.read.call_cnt);
        put_calls(p, action->as.read.calls, action->as.read.call_cnt);
        return;
    case LQ_ACTION_CANCEL_READ:
    case LQ_ACTION_DROP:
        put_varint(p, action->as.id);
        return;
    case LQ_ACTION_SEARCH:
        put_varint(p, action->as.search.instance);
        put_filter(p, action->as.search.addresses, action->as.search.address_cnt,
                   action->as.search.topics, action->as.search.topic_cnt);
        put_varint(p, action->as.search.from_blk);
        put_varint(p, action->as.search.to_blk);
        return;
    case LQ_ACTION_FOLLOW:
        put_varint(p, action->as.follow.from_blk);
        put_hash(p, &action->as.follow.parent_hash);
        put_filter(p, action->as.follow.addresses, action->as.follow.address_cnt,
                   action->as.follow.topics, action->as.follow.topic_cnt);
        return;
    case LQ_ACTION_BEGIN:
        return;
    case LQ_ACTION_NOTICE:
        put_notice(p, action->as.notice);
        return;
    case LQ_ACTION_TAKE:
        put_take(p, action->as.take);
        return;
    case LQ_ACTION_CANDIDATE:
        put_candidate(p, action->as.candidate);
        return;
    case LQ_ACTION_LIMIT:
        put_hold(p, &action->as.limit.hold);
        put_flag(p, action->as.limit.holds);
        return;
    case LQ_ACTION_CNT:
        break;
    }
    LQ_BUG("an action of kind %d", (int)action->kind);
}

size_t lq_action_sz(const lq_action_t *action)
{
    put_t p;
    p.mode = PUT_SIZE;
    p.sz = 0;
    put_action(&p, action);
    return p.sz;
}

size_t lq_action_encode(uint8_t *out, const lq_action_t *action)
{
    put_t p;
    p.mode = PUT_WRITE;
    p.at = out;
    put_action(&p, action);
    return (size_t)(p.at - out);
}

uint64_t lq_action_digest(const lq_action_t *action)
{
    put_t p;
    p.mode = PUT_DIGEST;
    put_digest_begin(&p);
    put_action(&p, action);
    return put_digest_end(&p);
}

/* ---- reading */

static uint16_t get_u16(get_t *g)
{
    return (uint16_t)get_max(g, get_varint(g), UINT16_MAX);
}

static void get_leg(get_t *g, lq_swap_leg_t *out)
{
    out->hop.pool = get_u32(g);
    out->hop.zero_for_one = get_flag(g);
    out->path = get_u32(g);
    out->amount_in = get_u256(g);
    out->amount_out = get_u256(g);
}

static void get_loan(get_t *g, lq_loan_t *out)
{
    out->kind = (lq_lender_kind_t)get_kind(g, LQ_LENDER_KIND_CNT);
    out->lender = get_address(g);
    out->token1 = get_flag(g);
    out->pool = get_u32(g);
    out->fee_pips = get_u32(g);
    out->available = get_u256(g);
}

static void get_step(get_t *g, lq_plan_step_t *out)
{
    out->call.pair.collateral = get_u16(g);
    out->call.pair.debt = get_u16(g);
    out->call.by = (lq_liquidation_by_t)get_kind(g, LQ_LIQUIDATION_BY_CNT);
    out->call.amount = get_u256(g);
    out->outcome.repaid = get_u256(g);
    out->outcome.seized = get_u256(g);
    out->outcome.protocol_fee = get_u256(g);
    out->outcome.closes_debt = get_flag(g);
    out->outcome.takes_all = get_flag(g);
    out->outcome.bad_debt = get_flag(g);
    get_profit(g, &out->profit);
    out->swap.amount_in = get_u256(g);
    out->swap.amount_out = get_u256(g);
    out->swap.gas = get_u32(g);
    out->swap.leg_cnt = get_kind(g, LQ_SWAP_LEG_MAX + 1);
    for (size_t i = 0; i < out->swap.leg_cnt; i++)
        get_leg(g, &out->swap.legs[i]);
    get_loan(g, &out->loan);
    out->flash_fee = get_u256(g);
}

static void get_plan(get_t *g, lq_plan_t *out)
{
    out->step_cnt = get_kind(g, LQ_PLAN_STEP_MAX + 1);
    for (size_t i = 0; i < out->step_cnt; i++)
        get_step(g, &out->steps[i]);
    out->gas = get_u32(g);
    out->gas_kind.collateral_token = get_address(g);
    out->gas_kind.debt_token = get_address(g);
    out->gas_kind.instance = get_u32(g);
    out->gas_kind.pool_cnt = get_u32(g);
    out->gas_kind.leg_cnt = get_u16(g);
    out->gas_kind.call_cnt = get_u8(g);
    out->gas_kind.shape = get_u8(g);
    get_profit(g, &out->profit);
}

static void get_take(get_t *g, lq_action_room_t *room)
{
    lq_action_take_t *out = &room->take;
    out->intent = get_varint(g);
    out->lane = get_varint(g);
    out->instance = get_u32(g);
    out->account = get_u32(g);
    out->borrower = get_address(g);
    out->funding = (lq_funding_t)get_kind(g, LQ_FUNDING_FLASH + 1);
    get_plan(g, &room->plan);
    out->plan = &room->plan;
    out->tx_cnt = get_kind(g, LQ_PLAN_STEP_MAX + 1);
    for (size_t i = 0; i < out->tx_cnt; i++) {
        room->txs[i].to = get_address(g);
        room->txs[i].input = get_data(g, &room->txs[i].input_sz);
    }
    out->txs = room->txs;
    out->ground = get_block(g);
    out->target_blk = get_varint(g);
    out->target_sec = get_varint(g);
    out->last_blk = get_varint(g);
    out->gas_price.base_fee_wei.raw = get_u256(g);
    out->gas_price.tip_wei.raw = get_u256(g);
    out->bid_wei.raw = get_u256(g);
    out->most_fee_wei.raw = get_u256(g);
}

static lq_hold_t get_hold(get_t *g)
{
    lq_hold_t hold;
    hold.limit = (lq_limit_t)get_kind(g, LQ_LIMIT_CNT);
    hold.until_sec = get_varint(g);
    return hold;
}

static void get_candidate(get_t *g, lq_action_candidate_t *out)
{
    out->instance = get_u32(g);
    out->account = get_u32(g);
    out->borrower = get_address(g);
    out->reason = (lq_reason_t)get_kind(g, LQ_REASON_CNT);
    out->ended = get_flag(g);
    out->has_profit = get_flag(g);
    if (out->has_profit)
        get_profit(g, &out->profit);
    if (out->reason == LQ_REASON_NO_ROUTE)
        out->no_route = (lq_no_route_t)get_kind(g, LQ_NO_ROUTE_CNT);
    if (has_hold(out->reason))
        out->hold = get_hold(g);
    if (has_liquidator(out->reason))
        out->liquidator = get_address(g);
}

lq_err_t lq_action_decode(lq_action_room_t *room, const uint8_t *p, size_t sz)
{
    get_t g = get_begin(p, sz);
    memset(room, 0, sizeof(*room));
    room->action.kind = (lq_action_kind_t)get_kind(&g, LQ_ACTION_CNT);
    if (g.bad || !lq_action_is_kept(room->action.kind))
        return LQ_ERR_SYNTAX;
    if (room->action.kind == LQ_ACTION_TAKE) {
        get_take(&g, room);
        room->action.as.take = &room->take;
    } else if (room->action.kind == LQ_ACTION_CANDIDATE) {
        get_candidate(&g, &room->candidate);
        room->action.as.candidate = &room->candidate;
    } else if (room->action.kind == LQ_ACTION_LIMIT) {
        room->action.as.limit.hold = get_hold(&g);
        room->action.as.limit.holds = get_flag(&g);
    } else {
        room->action.as.id = get_varint(&g);
    }
    return g.bad || get_left(&g) ? LQ_ERR_SYNTAX : LQ_OK;
}
