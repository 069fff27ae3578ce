#include <string.h>

#include "engine_internal.h"

/* Calls tried for a step: a millisecond or two at the worst. */
#define TRY_MAX 4096u

/* Aave's unit of account: a dollar has 8 decimals. */
#define BASE_TO_WAD UINT64_C(10000000000)

static bool is_fresh(engine_ask_t *ask, uint32_t token)
{
    switch (engine_price(ask->e, token)) {
    case LQ_VALUE_FRESH:
        return true;
    case LQ_VALUE_DEVIATING:
        ask->deviating = true;
        break;
    case LQ_VALUE_STALE:
        ask->stale = true;
        break;
    case LQ_VALUE_NONE:
        ask->none = true;
        break;
    }
    return false;
}

/* Sets *OUT to what the account has of FACTOR, in units of its token. False: it is not known. */
static bool owed(lq_u256_t *out, const engine_ask_t *ask, uint16_t factor)
{
    const lq_engine_t *e = ask->e;
    const lq_adapter_t *adapter = engine_adapter(e, ask->instance);
    return adapter->token_amount &&
           !adapter->token_amount(lq_sync_self(e->sync, ask->instance), out, factor,
                                  lq_ledger_amount(e->ledger, ask->account, factor),
                                  e->seen->view.now_sec);
}

/* The most that a call of PAIR by BY repays now, in units of the debt token: at the end of its
   ranges, of which the last may repay less than the one before. 0: none tells. */
static lq_u256_t repaid_at_most(const engine_ask_t *ask, lq_liquidation_pair_t pair,
                                lq_liquidation_by_t by)
{
    const lq_engine_t *e = ask->e;
    const lq_adapter_t *adapter = engine_adapter(e, ask->instance);
    const lq_instance_t *self = lq_sync_self(e->sync, ask->instance);
    lq_liquidation_range_t ranges[LQ_LIQUIDATION_RANGE_MAX];
    lq_u256_t most = lq_u256_from_u64(0);
    size_t cnt = adapter->trial_ranges(self, e->trial, ranges, pair, by);
    for (size_t i = cnt > 2 ? cnt - 2 : 0; i < cnt; i++) {
        lq_liquidation_call_t call = {.pair = pair, .by = by, .amount = ranges[i].to};
        lq_liquidation_outcome_t out;
        adapter->trial_copy(e->tried, e->trial);
        if (adapter->trial_send(self, e->tried, &out, &call) == LQ_OK)
            most = lq_u256_max(&most, &out.repaid);
    }
    return most;
}

/* What one call may repay of the debt FACTOR at most now, a close factor looked at; 0: none tells.
 */
static lq_u256_t borrowed_at_most(const engine_ask_t *ask, uint16_t factor)
{
    const lq_engine_t *e = ask->e;
    const lq_instance_t *self = lq_sync_self(e->sync, ask->instance);
    lq_liquidation_pair_t pairs[LQ_PLAN_PAIR_MAX];
    lq_u256_t most = lq_u256_from_u64(0);
    size_t cnt =
        engine_adapter(e, ask->instance)->trial_pairs(self, e->trial, pairs, LQ_PLAN_PAIR_MAX);
    for (size_t i = 0; i < cnt && i < LQ_PLAN_PAIR_MAX; i++)
        for (unsigned by = 0; by < LQ_LIQUIDATION_BY_CNT && pairs[i].debt == factor; by++) {
            lq_u256_t repaid = repaid_at_most(ask, pairs[i], (lq_liquidation_by_t)by);
            most = lq_u256_max(&most, &repaid);
        }
    return most;
}

/* Sets OUT's loan to the cheapest that comes to what has to be borrowed. Where the cheapest of all
   comes to the whole debt, no call need be tried for that. */
static void find_loan(lq_terms_token_t *out, const engine_ask_t *ask, uint16_t factor)
{
    const lq_venues_t *venues = ask->e->venues;
    lq_u256_t least = lq_u256_from_u64(0);
    lq_u256_t whole = least;
    bool known = owed(&whole, ask, factor);
    bool lent = !lq_venues_loan(venues, &out->loan, &out->token, &least);
    if (known && lent && !lq_u256_lt(&out->loan.available, &whole))
        return;
    least = borrowed_at_most(ask, factor);
    if (lq_u256_is_zero(&least))
        least = whole;
    (void)!lq_venues_loan(venues, &out->loan, &out->token, &least); /* none: 0 available */
}

bool engine_tell(engine_ask_t *ask, lq_terms_token_t *out, uint16_t factor)
{
    lq_engine_t *e = ask->e;
    uint8_t decimals;
    uint32_t token = engine_factor_token(e, ask->instance, factor, &decimals);
    if (token == ENGINE_NONE || decimals > ENGINE_DECIMALS_MAX) {
        ask->none = true;
        return false;
    }
    if (!is_fresh(ask, token))
        return false;
    if (engine_is_apart(e, ask->instance, factor, ask->debt)) {
        ask->deviating = true;
        return false;
    }
    *out = (lq_terms_token_t){
        .token = e->tokens[token].address,
        .quote = {.price_wad = e->tokens[token].value.price_wad, .decimals = decimals},
        .available = e->seen->view.whole_funds ? engine_limitless : engine_available(e, token)};
    return true;
}

static bool tell_token(void *ctx, lq_terms_token_t *out, uint16_t factor)
{
    engine_ask_t *ask = ctx;
    if (!engine_tell(ask, out, factor))
        return false;
    if (ask->e->markets[ask->instance].funding == LQ_FUNDING_FLASH)
        find_loan(out, ask, factor);
    return true;
}

/* The factor of what ACCOUNT owes: the first, where there are several. */
static uint16_t debt_of(const lq_engine_t *e, uint32_t account)
{
    lq_legs_t legs = lq_ledger_legs(e->ledger, account);
    size_t i = 0;
    while (i + 1 < legs.cnt && lq_ledger_factor(e->ledger, legs.factors[i])->side != LQ_SIDE_DEBT)
        i++;
    return legs.cnt ? legs.factors[i] : 0;
}

lq_terms_t engine_terms(const lq_engine_t *e, uint32_t instance, const lq_quote_t *coin)
{
    lq_terms_t terms = {.swaps = e->swaps,
                        .gas = e->gas,
                        .gas_floor = e->floors[instance],
                        .coin = *coin,
                        .funding = e->markets[instance].funding,
                        .atomic = engine_is_atomic(&e->config),
                        .instance = instance,
                        .try_max = TRY_MAX};
    (void)lq_engine_gas_price(e, &terms.gas_price);
    return terms;
}

static lq_sizing_t size(lq_engine_t *e, engine_ask_t *ask, lq_plan_t *out, const lq_quote_t *coin)
{
    const lq_adapter_t *adapter = engine_adapter(e, ask->instance);
    const lq_instance_t *self = lq_sync_self(e->sync, ask->instance);
    if (adapter->trial_open(self, e->trial, ask->account, engine_health_view(e, ask->instance)))
        return LQ_SIZING_BLOCKED;
    lq_terms_t terms = engine_terms(e, ask->instance, coin);
    terms.ctx = ask;
    terms.token = tell_token;
    terms.leg_cnt = (uint16_t)lq_ledger_legs(e->ledger, ask->account).cnt;
    ask->debt = debt_of(e, ask->account);
    e->stat.size_cnt++;
    return lq_size(out, e->room, adapter, self, e->trial, &terms);
}

lq_sizing_t lq_engine_size(lq_engine_t *e, lq_plan_t *out, uint32_t account)
{
    lq_quote_t coin;
    lq_gas_price_t gas_price;
    lq_account_t about = lq_ledger_account(e->ledger, account);
    engine_ask_t ask = {
        .e = e, .account = account, .instance = lq_ledger_pool(e->ledger, about.pool).instance};
    if (!lq_engine_gas_price(e, &gas_price) || lq_engine_coin(e, &coin) != LQ_VALUE_FRESH)
        return LQ_SIZING_NO_PRICE;
    engine_forget_ways(e);
    if (!e->seen->spent)
        engine_move(e);
    lq_sizing_t sizing = size(e, &ask, out, &coin);
    if (!e->seen->spent)
        e->swaps->back(e->swaps->ctx);
    if (sizing == LQ_SIZING_PLAN && lq_bid_place(&out->profit, &e->config.bid, &coin))
        return LQ_SIZING_UNPROFITABLE;
    return sizing;
}

/* ---- dust ---- */

static uint32_t instance_of(const lq_engine_t *e, uint32_t account)
{
    uint32_t pool = lq_ledger_account(e->ledger, account).pool;
    return lq_ledger_pool(e->ledger, pool).instance;
}

static bool is_in_base(lq_engine_t *e, uint32_t instance, uint16_t debt)
{
    engine_factor_t *about = &e->factors[debt];
    if (about->in_base_cnt != e->round_cnt) {
        const lq_adapter_t *adapter = engine_adapter(e, instance);
        const lq_instance_t *self = lq_sync_self(e->sync, instance);
        uint32_t own = adapter->factor_oracle(self, debt);
        about->in_base = own != LQ_LEDGER_NONE && adapter->oracle(self, own).kind == LQ_ORACLE_AAVE;
        about->in_base_cnt = e->round_cnt;
        if (debt >= e->factor_cnt) /* to be forgotten */
            e->factor_cnt = debt + 1u;
    }
    return about->in_base;
}

bool lq_engine_worth(lq_engine_t *e, lq_usd_t *out, uint32_t account, const lq_u256_t *value)
{
    uint32_t instance = instance_of(e, account);
    lq_legs_t legs = lq_ledger_legs(e->ledger, account);
    size_t i = 0;
    while (i < legs.cnt && lq_ledger_factor(e->ledger, legs.factors[i])->side != LQ_SIDE_DEBT)
        i++;
    if (i == legs.cnt)
        return false;
    if (is_in_base(e, instance, legs.factors[i])) {
        lq_u256_t unit = lq_u256_from_u64(BASE_TO_WAD);
        return !lq_u256_mul_checked(&out->raw, value, &unit);
    }
    uint8_t decimals;
    uint32_t token = engine_factor_token(e, instance, legs.factors[i], &decimals);
    if (token == ENGINE_NONE || engine_price(e, token) != LQ_VALUE_FRESH)
        return false;
    lq_quote_t quote = {.price_wad = e->tokens[token].value.price_wad, .decimals = decimals};
    return !lq_worth_up(out, value, &quote);
}

/* What the cheapest liquidation of INSTANCE costs in gas. */
static bool least_gas(const lq_engine_t *e, lq_usd_t *out, uint32_t instance,
                      const lq_quote_t *coin)
{
    lq_gas_price_t price;
    lq_profit_t p = {0};
    if (!lq_engine_gas_price(e, &price) ||
        lq_profit_settle(&p, e->floors[instance]->call, &price, coin))
        return false;
    *out = p.gas_usd;
    return true;
}

static bool is_dust(lq_engine_t *e, const engine_row_t *row, const lq_health_t *health,
                    const lq_quote_t *coin)
{
    lq_usd_t debt;
    lq_usd_t gas;
    if (!lq_engine_worth(e, &debt, row->account, &health->debt_value) ||
        !least_gas(e, &gas, row->instance, coin))
        return false;
    lq_u256_t incentive = lq_u256_from_u64(ENGINE_INCENTIVE_BPS);
    lq_u256_t whole = lq_u256_from_u64(ENGINE_BPS);
    lq_u256_t most;
    return !lq_u256_mul_div_up(&most, &debt.raw, &incentive, &whole) && lq_u256_lt(&most, &gas.raw);
}

/* ---- one candidate ---- */

static lq_reason_t price_reason(lq_value_verdict_t verdict)
{
    switch (verdict) {
    case LQ_VALUE_STALE:
        return LQ_REASON_STALE_PRICE;
    case LQ_VALUE_DEVIATING:
        return LQ_REASON_DEVIATING_PRICE;
    case LQ_VALUE_FRESH:
    case LQ_VALUE_NONE:
        break;
    }
    return LQ_REASON_NO_PRICE;
}

static lq_reason_t sizing_reason(const engine_ask_t *ask, lq_sizing_t sizing)
{
    switch (sizing) {
    case LQ_SIZING_PLAN:
        break;
    case LQ_SIZING_BLOCKED:
        return LQ_REASON_BLOCKED;
    case LQ_SIZING_NO_PRICE:
        if (ask->none)
            return LQ_REASON_NO_PRICE;
        return ask->stale ? LQ_REASON_STALE_PRICE : LQ_REASON_DEVIATING_PRICE;
    case LQ_SIZING_NO_ROUTE:
        return LQ_REASON_NO_ROUTE;
    case LQ_SIZING_NO_FUNDS:
        return LQ_REASON_NO_FUNDS;
    case LQ_SIZING_UNPROFITABLE:
        return LQ_REASON_UNPROFITABLE;
    }
    return LQ_REASON_NEW;
}

static void hold_by(engine_verdict_t *out, lq_hold_t hold)
{
    out->hold = hold;
    out->reason = lq_limit_is_breaker(hold.limit) ? LQ_REASON_BREAKER : LQ_REASON_LIMIT;
    if (hold.limit == LQ_LIMIT_STALE_HEAD)
        out->reason = LQ_REASON_STALE_HEAD;
}

/* What holds all of a market back, whoever it is. */
static lq_reason_t market_reason(lq_engine_t *e, engine_verdict_t *out, uint32_t instance)
{
    if (e->markets[instance].off) {
        hold_by(out, (lq_hold_t){.limit = LQ_LIMIT_PAUSE});
        return out->reason;
    }
    switch (lq_sync_instance_stat(e->sync, instance).trust) {
    case LQ_TRUST_FULL:
        break;
    case LQ_TRUST_STOPPED:
        hold_by(out, (lq_hold_t){.limit = LQ_LIMIT_AUDIT});
        return out->reason;
    case LQ_TRUST_NONE:
    case LQ_TRUST_AUDIT_ONLY:
        return LQ_REASON_UNTRUSTED;
    }
    lq_gas_price_t gas_price;
    return lq_engine_gas_price(e, &gas_price) ? LQ_REASON_NEW : LQ_REASON_STALE_HEAD;
}

void engine_min_profit(const lq_engine_t *e, lq_usd_t *out, const lq_profit_t *p)
{
    lq_u256_t share = {{UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX}};
    lq_u256_t min_bps = lq_u256_from_u64(e->config.min_profit_bps);
    lq_u256_t whole = lq_u256_from_u64(ENGINE_BPS);
    (void)!lq_u256_mul_div_up(&share, &p->repaid_usd.raw, &min_bps, &whole); /* else all there is */
    out->raw = lq_u256_max(&e->config.min_profit_usd.raw, &share);
}

/* Whether the NET profit is below what is asked for. */
static bool is_below(const lq_engine_t *e, const lq_profit_t *p)
{
    lq_u256_t net;
    lq_usd_t least;
    engine_min_profit(e, &least, p);
    return lq_i256_to_u256(&net, &p->net_usd) || lq_u256_lt(&net, &least.raw);
}

/* The plan is there: whether it is good enough, and nothing holds it. */
static void judge(lq_engine_t *e, const engine_row_t *row, engine_verdict_t *out,
                  const lq_quote_t *coin)
{
    lq_hold_t hold;
    if (lq_bid_place(&e->plan.profit, &e->config.bid, coin)) {
        out->reason = LQ_REASON_UNPROFITABLE;
        return;
    }
    out->profit = e->plan.profit;
    if (is_below(e, &out->profit)) {
        out->reason = LQ_REASON_BELOW_MINIMUM;
        return;
    }
    lq_usd_t exposure = engine_exposure(e, row->instance, &out->profit);
    if (e->rehearsal.on) /* which goes on whatever holds it, and tells limits no time */
        (void)lq_limits_would_hold(e->limits, &hold, &row->owner, &exposure, &out->profit.gas_wei,
                                   e->now_sec);
    else if (lq_limits_hold(e->limits, &hold, &row->owner, &exposure, &out->profit.gas_wei,
                            e->now_sec))
        hold_by(out, hold);
}

void engine_look(lq_engine_t *e, engine_row_t *row, engine_verdict_t *out, bool may_be_dust)
{
    lq_health_t health;
    lq_quote_t coin;
    *out = (engine_verdict_t){.reason = LQ_REASON_NEW};
    row->values = engine_values(e, row->account);
    row->mined = false;
    out->reason = market_reason(e, out, row->instance);
    if (out->reason != LQ_REASON_NEW)
        return;
    lq_value_verdict_t price = lq_engine_coin(e, &coin);
    if (price != LQ_VALUE_FRESH) {
        out->reason = price_reason(price);
        return;
    }
    engine_adapter(e, row->instance)
        ->health(lq_sync_self(e->sync, row->instance), &health, row->account,
                 engine_health_view(e, row->instance));
    if (health.verdict != LQ_HEALTH_LIQUIDATABLE || health.blocked) {
        out->reason = LQ_REASON_BLOCKED;
        return;
    }
    out->is_dust = is_dust(e, row, &health, &coin);
    if (out->is_dust && may_be_dust) {
        out->reason = LQ_REASON_UNPROFITABLE;
        return;
    }
    engine_ask_t ask = {.e = e, .account = row->account, .instance = row->instance};
    e->plan_account = row->account;
    lq_sizing_t sizing = size(e, &ask, &e->plan, &coin);
    out->reason = sizing_reason(&ask, sizing);
    if (out->reason == LQ_REASON_NO_ROUTE)
        out->no_route = e->room->no_route;
    out->has_profit = sizing == LQ_SIZING_PLAN || sizing == LQ_SIZING_UNPROFITABLE;
    if (out->has_profit)
        out->profit = e->plan.profit;
    if (sizing == LQ_SIZING_PLAN && !e->seen->on) /* limits go with time, and a view with none */
        judge(e, row, out, &coin);
    if (out->reason == LQ_REASON_NEW)
        out->lane = engine_lane(e);
}

bool engine_limit_sees(lq_engine_t *e, lq_limit_t limit)
{
    lq_quote_t coin;
    if (limit == LQ_LIMIT_STALE_PRICE)
        return lq_engine_coin(e, &coin) == LQ_VALUE_STALE;
    if (limit == LQ_LIMIT_PRICE_DEVIATION)
        return lq_engine_coin(e, &coin) == LQ_VALUE_DEVIATING;
    for (uint32_t i = 0; limit == LQ_LIMIT_AUDIT && i < e->config.sync.instance_cnt; i++)
        if (lq_sync_instance_stat(e->sync, i).trust == LQ_TRUST_STOPPED)
            return true;
    return false;
}
