#include <string.h>

#include "engine_internal.h"

/* ---- places ---- */

uint32_t engine_place(const lq_engine_t *e, const engine_intent_t *intent)
{
    return (uint32_t)(intent - e->intents);
}

/* Its FINAL should have come long ago: no reorg that the book survives takes it back any more. */
static bool is_forgotten(const lq_engine_t *e, const engine_intent_t *intent)
{
    return intent->state != ENGINE_INTENT_ASKED &&
           e->top_blk > lq_time_after(intent->landed_blk, 2 * (uint64_t)e->config.sync.window_blk);
}

/* Where all are used one that was mined goes, the first of them: what comes of it finally is then
   not learned. NULL: too many are without an outcome. */
static engine_intent_t *find_place(const lq_engine_t *e)
{
    engine_intent_t *first = NULL;
    if (e->asked_cnt >= e->config.inflight_max)
        return NULL;
    for (size_t i = 0; i < engine_intent_max(&e->config); i++) {
        engine_intent_t *intent = &e->intents[i];
        if (intent->state == ENGINE_INTENT_FREE || is_forgotten(e, intent))
            return intent;
        if (intent->state != ENGINE_INTENT_ASKED && (!first || intent->id < first->id))
            first = intent;
    }
    return first;
}

bool engine_has_place(const lq_engine_t *e)
{
    return find_place(e) != NULL;
}

bool engine_has_free_place(const lq_engine_t *e)
{
    const engine_intent_t *intent = find_place(e);
    return intent && intent->state == ENGINE_INTENT_FREE;
}

engine_row_t *engine_row_of(const lq_engine_t *e, const engine_intent_t *intent)
{
    engine_row_t *row = engine_row(e, intent->account);
    return row && row->intent == engine_place(e, intent) ? row : NULL;
}

/* ---- funds ---- */

void engine_hold_funds(lq_engine_t *e, engine_intent_t *intent)
{
    for (size_t i = 0; i < intent->reserve_cnt; i++) {
        engine_reserve_t *r = &intent->reserves[i];
        lq_u256_t *reserved = &e->tokens[r->token].reserved;
        if (!r->held && !lq_u256_add_checked(reserved, reserved, &r->amount))
            r->held = true;
    }
}

static void free_reserve(lq_engine_t *e, engine_reserve_t *r)
{
    lq_u256_t *reserved = &e->tokens[r->token].reserved;
    if (r->held)
        *reserved = lq_u256_sub_wrap(reserved, &r->amount);
    r->held = false;
}

void engine_free_funds(lq_engine_t *e, engine_intent_t *intent)
{
    for (size_t i = 0; i < intent->reserve_cnt; i++)
        free_reserve(e, &intent->reserves[i]);
}

/* What was mined has left the balance with the next word of it, not before. */
void engine_funds(lq_engine_t *e, const lq_funds_t *funds)
{
    static const lq_address_t coin;
    if (engine_same_address(&funds->token, &coin)) {
        lq_wei_t balance = lq_wei_make(&funds->amount);
        lq_limits_set_gas_balance(e->limits, &balance);
        return;
    }
    uint32_t token = engine_token(e, &funds->token);
    if (token == ENGINE_NONE)
        return;
    e->tokens[token].funds = funds->amount;
    for (size_t i = 0; i < engine_intent_max(&e->config); i++) {
        engine_intent_t *intent = &e->intents[i];
        for (size_t j = 0; intent->state == ENGINE_INTENT_MINED && j < intent->reserve_cnt; j++)
            if (intent->reserves[j].token == token)
                free_reserve(e, &intent->reserves[j]);
    }
}

static void reserve_step(lq_engine_t *e, engine_intent_t *intent, const lq_plan_step_t *step)
{
    uint8_t decimals;
    uint32_t token = engine_factor_token(e, intent->instance, step->call.pair.debt, &decimals);
    intent->reserves[intent->reserve_cnt++] =
        (engine_reserve_t){.token = token, .amount = step->outcome.repaid};
}

/* ---- limits ---- */

lq_usd_t engine_exposure(const lq_engine_t *e, uint32_t instance, const lq_profit_t *profit)
{
    lq_u256_t sum = lq_u256_add_capped(&profit->gas_usd.raw, &profit->bid_usd.raw);
    if (e->markets[instance].funding == LQ_FUNDING_INVENTORY)
        sum = lq_u256_add_capped(&sum, &profit->repaid_usd.raw);
    return lq_usd_make(&sum);
}

/* ---- asking ---- */

static lq_quote_t quote_of(lq_engine_t *e, uint32_t instance, uint16_t factor)
{
    lq_quote_t quote = {0};
    uint32_t token = engine_factor_token(e, instance, factor, &quote.decimals);
    if (token != ENGINE_NONE)
        quote.price_wad = e->tokens[token].value.price_wad;
    return quote;
}

static bool is_one_pair(const lq_plan_t *plan)
{
    for (size_t i = 1; i < plan->step_cnt; i++)
        if (plan->steps[i].call.pair.collateral != plan->steps[0].call.pair.collateral ||
            plan->steps[i].call.pair.debt != plan->steps[0].call.pair.debt)
            return false;
    return true;
}

static void fill(lq_engine_t *e, engine_intent_t *intent, const engine_row_t *row, uint64_t lane)
{
    const lq_liquidation_pair_t *pair = &e->plan.steps[0].call.pair;
    memset(intent, 0, sizeof(*intent));
    intent->state = ENGINE_INTENT_ASKED;
    intent->id = e->next_intent++;
    intent->lane = lane;
    intent->owner = row->owner;
    intent->pool = row->pool;
    intent->account = row->account;
    intent->instance = row->instance;
    intent->seen_blk = e->complete_blk;
    intent->target_blk = e->ground.number + 1; /* a log may be ahead of its header */
    intent->last_blk = engine_last_blk(e);
    intent->profit = e->plan.profit;
    intent->exposure = engine_exposure(e, row->instance, &e->plan.profit);
    /* A bid is a part of what is earned: it uses up no budget but where it was paid for nothing. */
    intent->gas_wei = e->plan.profit.gas_wei;
    intent->gas_kind = e->plan.gas_kind;
    intent->one_pair = is_one_pair(&e->plan);
    intent->one_tx = e->tx_cnt == 1;
    intent->debt_factor = pair->debt;
    intent->owed = lq_ledger_amount(e->ledger, row->account, pair->debt);
    intent->collateral = quote_of(e, row->instance, pair->collateral);
    intent->debt = quote_of(e, row->instance, pair->debt);
    (void)lq_engine_coin(e, &intent->coin);
    for (size_t i = 0;
         e->markets[row->instance].funding == LQ_FUNDING_INVENTORY && i < e->plan.step_cnt; i++)
        reserve_step(e, intent, &e->plan.steps[i]);
}

static void keep_swaps(lq_engine_t *e, const engine_intent_t *intent)
{
    engine_swaps_t *of = &e->swaps_of[engine_place(e, intent)];
    of->cnt = 0;
    for (size_t i = 0; i < e->plan.step_cnt; i++)
        if (e->plan.steps[i].swap.leg_cnt)
            of->swaps[of->cnt++] = e->plan.steps[i].swap;
}

/* Whether less is owed than the guard wants, so that INTENT reverts before anything is swapped. */
static bool is_guarded(const lq_engine_t *e, const engine_intent_t *intent, uint32_t account)
{
    const lq_guard_t guard = lq_guard_of(0, intent->owed);
    return lq_ledger_amount(e->ledger, account, intent->debt_factor) < lq_u256_lo(&guard.min);
}

/* Where somebody liquidated the account in the blocks that it is for, he came before, or it was
   ours, and the pools have told: but not before all logs of that block are there, and not where he
   repaid another debt, which leaves ours to be mined. */
bool engine_is_to_swap(const lq_engine_t *e, const engine_intent_t *intent)
{
    const engine_row_t *row = engine_row_of(e, intent);
    bool is_over = row && row->has_rival && row->rival_blk >= intent->target_blk &&
                   row->rival_blk <= e->complete_blk && is_guarded(e, intent, row->account);
    return intent->state == ENGINE_INTENT_ASKED && !is_over;
}

void engine_move_below(lq_engine_t *e, uint64_t id)
{
    for (size_t i = 0; e->asked_cnt && i < engine_intent_max(&e->config); i++) {
        const engine_intent_t *intent = &e->intents[i];
        bool is_to_swap = intent->id < id && engine_is_to_swap(e, intent);
        for (size_t k = 0; is_to_swap && k < e->swaps_of[i].cnt; k++)
            e->swaps->move(e->swaps->ctx, &e->swaps_of[i].swaps[k]);
    }
}

void engine_move(lq_engine_t *e)
{
    engine_move_below(e, e->next_intent);
}

/* PRICE and half of what is earned above the least, a gas. */
static lq_wei_t most_fee(const lq_engine_t *e, const engine_intent_t *intent,
                         const lq_gas_price_t *price)
{
    lq_u256_t net = {{0}};
    lq_u256_t spare = {{0}};
    lq_u256_t units = lq_u256_from_u64(2 * (uint64_t)e->plan.gas);
    lq_usd_t least;
    lq_wei_t most = {{{UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX}}};
    engine_min_profit(e, &least, &intent->profit);
    if (!lq_i256_to_u256(&net, &intent->profit.net_usd) &&
        !lq_u256_sub_checked(&net, &net, &least.raw) &&
        !lq_worth_of_usd(&spare, &(lq_usd_t){net}, &intent->coin))
        (void)!lq_u256_div_checked(&spare, &spare, &units); /* no gas: nothing is paid for it */
    (void)!lq_wei_add_checked(&most, &price->base_fee_wei, &price->tip_wei);
    most.raw = lq_u256_add_capped(&most.raw, &spare);
    return most;
}

static void emit_take(lq_engine_t *e, const engine_intent_t *intent, lq_action_fn_t *fn, void *ctx)
{
    const engine_head_t *head = engine_head(e);
    lq_action_take_t take;
    memset(&take, 0, sizeof(take));
    take.intent = intent->id;
    take.lane = intent->lane;
    take.instance = intent->instance;
    take.account = intent->account;
    take.borrower = intent->owner;
    take.funding = e->markets[intent->instance].funding;
    take.plan = &e->plan;
    take.txs = e->txs;
    take.tx_cnt = e->tx_cnt;
    take.ground = e->ground;
    take.target_blk = intent->target_blk;
    take.target_sec = lq_book_now(e->book);
    take.last_blk = intent->last_blk;
    take.gas_price =
        (lq_gas_price_t){.base_fee_wei = head->next_fee_wei, .tip_wei = e->config.tip_wei};
    take.bid_wei = intent->profit.bid_wei;
    take.most_fee_wei = most_fee(e, intent, &take.gas_price);
    fn(ctx, &(lq_action_t){.kind = LQ_ACTION_TAKE, .as.take = &take});
}

bool engine_ask(lq_engine_t *e, const engine_row_t *row, uint64_t lane, uint32_t *at)
{
    engine_intent_t *intent = find_place(e);
    if (!engine_encode(e, row))
        return false;
    if (intent->state == ENGINE_INTENT_FREE)
        e->stat.inflight_cnt++;
    else
        engine_free_funds(e, intent);
    fill(e, intent, row, lane);
    keep_swaps(e, intent);
    emit_take(e, intent, e->fn,
              e->ctx); /* it is waited for: what has to be noted can be noted later */
    *at = engine_place(e, intent);
    return true;
}

void engine_ask_in_play(lq_engine_t *e, const engine_row_t *row, uint64_t lane, lq_action_fn_t *fn,
                        void *ctx)
{
    engine_intent_t *intent = find_place(e);
    LQ_ASSERT(intent && intent->state == ENGINE_INTENT_FREE);
    fill(e, intent, row, lane);
    keep_swaps(e, intent);
    emit_take(e, intent, fn, ctx);
    e->next_intent--;
    memset(intent, 0, sizeof(*intent));
}

void engine_hold(lq_engine_t *e, engine_row_t *row, uint32_t at, const engine_verdict_t *verdict)
{
    engine_intent_t *intent = &e->intents[at];
    engine_verdict_t said = *verdict;
    said.reason = LQ_REASON_IN_FLIGHT;
    engine_hold_funds(e, intent);
    e->asked_cnt++;
    e->stat.take_cnt++;
    lq_limits_taken(e->limits, &intent->exposure, &intent->gas_wei, e->now_sec);
    row->intent = at;
    engine_set_reason(e, row, &said);
    engine_set_dust(e, row, false);
    for (size_t i = 0; i < e->swaps_of[at].cnt; i++)
        e->swaps->move(e->swaps->ctx, &e->swaps_of[at].swaps[i]);
}

bool engine_take(lq_engine_t *e, engine_row_t *row, uint64_t lane, const engine_verdict_t *verdict)
{
    uint32_t at;
    if (!engine_ask(e, row, lane, &at)) {
        engine_verdict_t said = *verdict;
        said.reason = LQ_REASON_NOT_ENCODABLE;
        engine_set_reason(e, row, &said);
        return false;
    }
    engine_hold(e, row, at, verdict);
    return true;
}
