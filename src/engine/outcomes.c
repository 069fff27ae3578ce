#include <string.h>

#include "engine_internal.h"

/* ---- which it is ---- */

static engine_intent_t *find_intent(const lq_engine_t *e, uint64_t id)
{
    for (size_t i = 0; i < engine_intent_max(&e->config); i++)
        if (e->intents[i].state != ENGINE_INTENT_FREE && e->intents[i].id == id)
            return &e->intents[i];
    return NULL;
}

static bool is_of(const engine_intent_t *intent, const engine_row_t *row)
{
    return intent->instance == row->instance && intent->pool == row->pool &&
           engine_same_address(&intent->owner, &row->owner);
}

/* One of ROW's that is on its way; NULL: none is. */
static engine_intent_t *find_asked(const lq_engine_t *e, const engine_row_t *row)
{
    for (size_t i = 0; e->asked_cnt && i < engine_intent_max(&e->config); i++)
        if (e->intents[i].state == ENGINE_INTENT_ASKED && is_of(&e->intents[i], row))
            return &e->intents[i];
    return NULL;
}

/* The candidate that its account is, be it behind another; NULL: it is none. Its number may be
   another one since it was asked for: a reorg gives them anew. */
static engine_row_t *find_row(const lq_engine_t *e, const engine_intent_t *intent)
{
    uint32_t account;
    if (lq_ledger_find(e->ledger, &account, intent->pool, &intent->owner))
        return NULL;
    engine_row_t *row = engine_row(e, account);
    return row && is_of(intent, row) ? row : NULL;
}

/* ---- in flight no more ---- */

static lq_wei_t spent_wei(const lq_outcome_t *outcome)
{
    lq_u256_t gas = lq_u256_from_u64(outcome->gas);
    lq_u256_t spent = {{UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX}};
    (void)!lq_u256_mul_checked(&spent, &gas, &outcome->gas_price_wei.raw);
    if (outcome->kind == LQ_OUTCOME_REVERTED)
        spent = lq_u256_add_capped(&spent, &outcome->bid_wei.raw);
    return lq_wei_make(&spent);
}

/* It is not on its way any more; OUTCOME is NULL where it was never mined. */
static void landed(lq_engine_t *e, engine_intent_t *intent, const lq_outcome_t *outcome,
                   engine_intent_state_t state)
{
    lq_limits_end_t end = {.borrower = intent->owner,
                           .exposure = intent->exposure,
                           .gas_wei = intent->gas_wei,
                           .mined = outcome != NULL,
                           .failed = state == ENGINE_INTENT_REVERTED};
    if (outcome)
        end.spent_wei = spent_wei(outcome);
    lq_limits_ended(e->limits, &end, e->now_sec);
    e->asked_cnt--;
    intent->state = state;
    intent->landed_blk = e->top_blk;
    if (state == ENGINE_INTENT_FREE)
        e->stat.inflight_cnt--;
    if (state != ENGINE_INTENT_MINED)
        engine_free_funds(e, intent);
    engine_want_crowded(e);
}

void engine_drop(lq_engine_t *e, engine_row_t *row)
{
    engine_intent_t *intent = &e->intents[row->intent];
    if (intent->dropped)
        return;
    intent->dropped = true;
    engine_emit(e, &(lq_action_t){.kind = LQ_ACTION_DROP, .as.id = intent->id});
}

/* As if INTENT were not in flight: with the funds that it holds, and before its swaps. */
static void look_without(lq_engine_t *e, engine_verdict_t *out, engine_intent_t *intent,
                         engine_row_t *row)
{
    bool mined = row->mined;
    engine_free_funds(e, intent);
    intent->state = ENGINE_INTENT_FREE;
    engine_move(e);
    engine_look(e, row, out, false);
    e->swaps->back(e->swaps->ctx);
    e->plan_account = ENGINE_NONE;
    intent->state = ENGINE_INTENT_ASKED;
    engine_hold_funds(e, intent);
    row->mined = mined;
}

static void review_one(lq_engine_t *e, engine_intent_t *intent)
{
    engine_row_t *row = intent->state == ENGINE_INTENT_ASKED ? engine_row_of(e, intent) : NULL;
    engine_verdict_t verdict;
    if (!row || intent->dropped || e->review_blk < intent->target_blk ||
        !engine_is_to_swap(e, intent) || !engine_can_liquidate(e, row))
        return;
    look_without(e, &verdict, intent, row);
    if (verdict.reason == LQ_REASON_UNPROFITABLE || verdict.reason == LQ_REASON_BELOW_MINIMUM ||
        verdict.reason == LQ_REASON_NO_ROUTE)
        engine_drop(e, row);
}

void engine_want_review(lq_engine_t *e, uint64_t blk)
{
    e->review_blk = blk;
    e->review_cnt = e->asked_cnt ? engine_intent_max(&e->config) : 0;
}

bool engine_is_reviewing(const lq_engine_t *e)
{
    return e->review_cnt != 0;
}

void engine_review(lq_engine_t *e)
{
    size_t cnt = engine_intent_max(&e->config);
    while (e->review_cnt && !engine_is_slice_over(e))
        review_one(e, &e->intents[cnt - e->review_cnt--]);
}

static void attach(lq_engine_t *e, engine_row_t *row, engine_intent_t *intent)
{
    intent->account = row->account;
    row->intent = engine_place(e, intent);
    row->mined = false;
    row->won = false;
    engine_set_plain(e, row, LQ_REASON_IN_FLIGHT);
    engine_set_dust(e, row, false);
}

/* Ours was mined, in a dry run, and the account is as it was. */
static void stand_won(lq_engine_t *e, engine_row_t *row)
{
    row->mined = true;
    row->won = true;
    engine_set_plain(e, row, LQ_REASON_TAKEN);
}

void engine_adopt(lq_engine_t *e, engine_row_t *row)
{
    engine_intent_t *intent = find_asked(e, row);
    if (intent)
        attach(e, row, intent);
    else if (engine_is_won(e, row))
        stand_won(e, row);
}

/* Somebody else was told to have liquidated the account: in a block that ours was for? */
static lq_reason_t lost_reason(const engine_row_t *row, const engine_intent_t *intent,
                               lq_reason_t otherwise)
{
    if (!row->has_rival)
        return otherwise;
    bool same = row->rival_blk >= intent->target_blk && row->rival_blk <= intent->last_blk;
    return same ? LQ_REASON_OUTBID : LQ_REASON_LOST;
}

/* ROW stands behind OTHER from now on, which a reorg gave back while another was in flight. */
static void stand_behind(lq_engine_t *e, engine_row_t *row, engine_intent_t *other)
{
    bool mined = row->mined;
    attach(e, row, other);
    row->mined = mined;
    if (!engine_can_liquidate(e, row))
        engine_drop(e, row);
}

static bool is_spoken_against(lq_reason_t reason)
{
    return reason == LQ_REASON_REVERTED || reason == LQ_REASON_SIMULATION_REVERTED;
}

/* ROW, if any, has INTENT in flight no more. Where nothing else is, it is looked at again when what
   is known now of the chain's top is all there: at once, where it is and that spoke against INTENT,
   which rests on less. */
static void let_go(lq_engine_t *e, engine_row_t *row, const engine_intent_t *intent,
                   lq_reason_t reason)
{
    if (!row)
        return;
    row->intent = ENGINE_NONE;
    row->wait_blk = e->top_blk;
    row->mined = row->mined || reason == LQ_REASON_TAKEN;
    engine_intent_t *other = find_asked(e, row);
    if (other) {
        stand_behind(e, row, other);
    } else if (engine_can_liquidate(e, row) && engine_is_won(e, row)) {
        stand_won(e, row);
    } else if (engine_can_liquidate(e, row)) {
        engine_set_plain(e, row, reason);
        row->has_rival = false;
        if (is_spoken_against(reason) && e->complete_blk >= row->wait_blk &&
            e->complete_blk > intent->seen_blk)
            engine_want_look(e, row);
    } else {
        engine_free_wins(e, row);
        engine_end(e, row, row->mined ? LQ_REASON_TAKEN : lost_reason(row, intent, reason));
    }
}

static void fail(lq_engine_t *e, engine_intent_t *intent, lq_reason_t reason)
{
    if (intent->state != ENGINE_INTENT_ASKED)
        return;
    engine_row_t *row = engine_row_of(e, intent);
    landed(e, intent, NULL, ENGINE_INTENT_FREE);
    let_go(e, row, intent, reason);
}

static void mined(lq_engine_t *e, engine_intent_t *intent, const lq_outcome_t *outcome, bool failed)
{
    if (intent->state != ENGINE_INTENT_ASKED)
        return;
    engine_row_t *row = engine_row_of(e, intent);
    landed(e, intent, outcome, failed ? ENGINE_INTENT_REVERTED : ENGINE_INTENT_MINED);
    let_go(e, row, intent, failed ? LQ_REASON_REVERTED : LQ_REASON_TAKEN);
}

/* Whoever stands for the account now, be it behind another intent that was mined in between. */
static void won(lq_engine_t *e, engine_intent_t *intent, const lq_outcome_t *outcome)
{
    if (intent->state != ENGINE_INTENT_ASKED)
        return;
    engine_win(e, intent);
    mined(e, intent, outcome, false);
    engine_row_t *row = find_row(e, intent);
    if (row && row->intent == ENGINE_NONE && engine_is_won(e, row) && engine_can_liquidate(e, row))
        stand_won(e, row);
}

/* A reorg took it back: it may be mined again. Where another was asked for in between, that one is
   one too many. */
static void unmined(lq_engine_t *e, engine_intent_t *intent)
{
    if (intent->state != ENGINE_INTENT_MINED && intent->state != ENGINE_INTENT_REVERTED)
        return;
    intent->state = ENGINE_INTENT_ASKED;
    e->asked_cnt++;
    engine_unwin(e, intent);
    engine_hold_funds(e, intent);
    lq_limits_taken(e->limits, &intent->exposure, &intent->gas_wei, e->now_sec);
    engine_row_t *row = find_row(e, intent);
    if (!row)
        return;
    row->mined = false;
    if (row->intent != ENGINE_NONE)
        engine_drop(e, row);
    else
        attach(e, row, intent);
}

/* What it came to, at the prices that it was decided by. */
static bool realised(lq_profit_t *p, const engine_intent_t *intent, const lq_outcome_t *outcome)
{
    lq_gas_price_t price = {.base_fee_wei = outcome->gas_price_wei};
    *p = intent->profit;
    p->bid_wei = outcome->bid_wei;
    if (lq_worth_up(&p->bid_usd, &outcome->bid_wei.raw, &intent->coin))
        return false;
    if (intent->state == ENGINE_INTENT_REVERTED) {
        p->seized_usd = p->repaid_usd = p->swap_usd = p->flash_fee_usd = (lq_usd_t){0};
    } else if (intent->one_pair) {
        if (lq_worth_down(&p->seized_usd, &outcome->seized, &intent->collateral) ||
            lq_worth_up(&p->repaid_usd, &outcome->repaid, &intent->debt))
            return false;
    }
    return !lq_profit_settle(p, outcome->gas, &price, &intent->coin);
}

static void final(lq_engine_t *e, engine_intent_t *intent, const lq_outcome_t *outcome)
{
    lq_profit_t profit;
    mined(e, intent, outcome, lq_u256_is_zero(&outcome->seized));
    if (intent->state == ENGINE_INTENT_MINED && intent->one_tx && outcome->gas)
        lq_gas_learn(e->gas, &intent->gas_kind, outcome->gas);
    if (realised(&profit, intent, outcome))
        lq_limits_realised(e->limits, &profit.net_usd, e->now_sec);
    engine_free_funds(e, intent);
    intent->state = ENGINE_INTENT_FREE;
    e->stat.inflight_cnt--;
}

void engine_outcome(lq_engine_t *e, const lq_outcome_t *outcome)
{
    engine_intent_t *intent = find_intent(e, outcome->intent);
    if (!intent)
        return;
    switch (outcome->kind) {
    case LQ_OUTCOME_REFUSED:
        fail(e, intent, LQ_REASON_REFUSED);
        break;
    case LQ_OUTCOME_SIMULATION_REVERTED:
        fail(e, intent, LQ_REASON_SIMULATION_REVERTED);
        break;
    case LQ_OUTCOME_EXPIRED:
        fail(e, intent, LQ_REASON_EXPIRED);
        break;
    case LQ_OUTCOME_CANCELLED:
        fail(e, intent, LQ_REASON_CANCELLED);
        break;
    case LQ_OUTCOME_MINED:
        mined(e, intent, outcome, false);
        break;
    case LQ_OUTCOME_WON:
        won(e, intent, outcome);
        break;
    case LQ_OUTCOME_REVERTED:
        mined(e, intent, outcome, true);
        break;
    case LQ_OUTCOME_UNMINED:
        unmined(e, intent);
        break;
    case LQ_OUTCOME_FINAL:
        final(e, intent, outcome);
        break;
    case LQ_OUTCOME_SENT:
        intent->sent = true;
        break;
    case LQ_OUTCOME_CNT:
        break;
    }
}

void engine_expire(lq_engine_t *e)
{
    const engine_head_t *head = engine_head(e);
    if (!head)
        return;
    for (size_t i = 0; e->asked_cnt && i < engine_intent_max(&e->config); i++) {
        engine_intent_t *intent = &e->intents[i];
        if (intent->state == ENGINE_INTENT_ASKED && !intent->sent &&
            head->block.number > LQ_ENGINE_PATIENCE_BLK &&
            head->block.number - LQ_ENGINE_PATIENCE_BLK > intent->last_blk)
            fail(e, intent, LQ_REASON_EXPIRED);
    }
}

void engine_forget_rivals(lq_engine_t *e, uint64_t blk)
{
    for (size_t i = 0; e->asked_cnt && i < engine_intent_max(&e->config); i++) {
        const engine_intent_t *intent = &e->intents[i];
        engine_row_t *row = intent->state == ENGINE_INTENT_ASKED ? engine_row_of(e, intent) : NULL;
        if (row && row->rival_blk >= blk)
            row->has_rival = false;
    }
}
