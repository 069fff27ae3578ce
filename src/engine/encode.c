/* The transactions of a plan: one call of the executor for all of it or one a step, or, without an
   executor, the protocol's calls as they are. */

#include <string.h>

#include "liqd/decide/executor.h"

#include "engine_internal.h"

bool engine_has_executor(const lq_engine_config_t *config)
{
    static const lq_address_t none;
    return !engine_same_address(&config->executor, &none);
}

/* Several calls are one transaction only where somebody makes them. */
bool engine_is_atomic(const lq_engine_config_t *config)
{
    return config->atomic && engine_has_executor(config);
}

uint64_t engine_last_blk(const lq_engine_t *e)
{
    return e->ground.number + e->config.target_blk;
}

static bool encode_calls(lq_engine_t *e, const engine_row_t *row)
{
    const lq_adapter_t *adapter = engine_adapter(e, row->instance);
    e->calls.call_cnt = 0;
    e->calls.data_sz = 0;
    for (size_t i = 0; i < e->plan.step_cnt; i++)
        if (adapter->encode_call(lq_sync_self(e->sync, row->instance), &e->calls, row->account,
                                 &e->plan.steps[i].call, &e->plan.steps[i].outcome))
            return false;
    return true;
}

static bool is_owed_before(const lq_plan_t *plan, size_t from, size_t step)
{
    for (size_t i = from; i < step; i++)
        if (plan->steps[i].call.pair.debt == plan->steps[step].call.pair.debt)
            return true;
    return false;
}

/* What an account owes of the debt of step number STEP when those before it have repaid theirs, in
   what the ledger counts it by. false: it is not known. */
static bool owed_behind(lq_u256_t *out, const lq_engine_t *e, const engine_row_t *row, size_t step)
{
    const lq_adapter_t *adapter = engine_adapter(e, row->instance);
    uint16_t debt = e->plan.steps[step].call.pair.debt;
    lq_u128_t amount = lq_ledger_amount(e->ledger, row->account, debt);
    lq_u256_t whole;
    if (!adapter->token_amount ||
        adapter->token_amount(lq_sync_self(e->sync, row->instance), &whole, debt, amount, 0))
        return false;
    lq_u256_t left = whole;
    for (size_t i = 0; i < step; i++)
        if (e->plan.steps[i].call.pair.debt == debt &&
            lq_u256_sub_checked(&left, &left, &e->plan.steps[i].outcome.repaid))
            return false;
    *out = lq_u256_from_halves(0, amount);
    return !lq_u256_mul_div_down(out, out, &left, &whole);
}

/* Of what a transaction before it leaves of a debt: should that be lost, this one is too. */
static void guard_rest(const lq_engine_t *e, const engine_row_t *row, lq_guard_t *out, size_t step)
{
    const lq_u256_t one = lq_u256_from_u64(1);
    lq_u256_t left;
    *out = lq_guard_of(out->word, owed_behind(&left, e, row, step) ? lq_u256_lo(&left) : 0);
    out->min = lq_u256_max(&out->min, &one);
}

static bool encode_guard(lq_engine_t *e, const engine_row_t *row, lq_guard_t *out, size_t step)
{
    const lq_plan_step_t *of = &e->plan.steps[step];
    if (engine_adapter(e, row->instance)
            ->guard(lq_sync_self(e->sync, row->instance), &e->guards, out, row->account, &of->call,
                    &of->outcome))
        return false;
    if (is_owed_before(&e->plan, 0, step))
        guard_rest(e, row, out, step);
    return true;
}

/* What a transaction comes to before gas and bid. */
typedef struct worth {
    lq_u256_t gross;  /* what is earned */
    lq_u256_t gained; /* what the executor must have more of in the end: with an inventory all that
                         is seized, but for what is paid for it in the same token */
} worth_t;

static bool is_one_token(const lq_executor_tokens_t *tokens)
{
    return engine_same_address(&tokens->collateral, &tokens->debt);
}

/* Adds what STEP comes to. false: it earns nothing. */
static bool add_worth(worth_t *sum, const lq_plan_step_t *step, const lq_executor_tokens_t *tokens,
                      lq_funding_t funding)
{
    const lq_profit_t *p = &step->profit;
    const lq_u256_t *costs[] = {&p->repaid_usd.raw, &p->swap_usd.raw, &p->flash_fee_usd.raw};
    lq_u256_t gross = p->seized_usd.raw;
    for (size_t i = 0; i < LQ_ARRAY_CNT(costs); i++)
        if (lq_u256_sub_checked(&gross, &gross, costs[i]))
            return false;
    bool kept = funding == LQ_FUNDING_INVENTORY && !is_one_token(tokens);
    return !lq_u256_add_checked(&sum->gross, &sum->gross, &gross) &&
           !lq_u256_add_checked(&sum->gained, &sum->gained, kept ? &p->seized_usd.raw : &gross);
}

/* What may be missing of the plan's profit, so that the least that is asked for is still there; and
   of that the part of a transaction that earns GROSS of WHOLE. */
static lq_usd_t spare_of(const lq_engine_t *e, const lq_u256_t *gross, const lq_u256_t *whole)
{
    lq_u256_t net;
    lq_u256_t spare;
    lq_usd_t least;
    engine_min_profit(e, &least, &e->plan.profit);
    if (lq_i256_to_u256(&net, &e->plan.profit.net_usd) ||
        lq_u256_sub_checked(&spare, &net, &least.raw) ||
        lq_u256_mul_div_down(&spare, &spare, gross, whole))
        return (lq_usd_t){0};
    return lq_usd_make(&spare);
}

/* Sets what may be missing of what is gained. Where something earns nothing, nothing may. */
static void allow_missing(const lq_engine_t *e, lq_executor_job_t *job,
                          const lq_executor_tokens_t tokens[LQ_PLAN_STEP_MAX], size_t from)
{
    worth_t whole = {0};
    worth_t part = {0};
    for (size_t i = 0; i < e->plan.step_cnt; i++) {
        const lq_plan_step_t *step = &e->plan.steps[i];
        bool in = i >= from && i < from + job->step_cnt;
        if (!add_worth(&whole, step, &tokens[i], job->funding) ||
            (in && !add_worth(&part, step, &tokens[i], job->funding)))
            return;
    }
    job->gross_usd = lq_usd_make(&part.gained);
    job->spare_usd = spare_of(e, &part.gross, &whole.gross);
}

static void name_tokens(lq_engine_t *e, lq_executor_tokens_t *out, uint32_t instance,
                        const lq_liquidation_pair_t *pair)
{
    uint8_t decimals;
    out->collateral =
        e->tokens[engine_factor_token(e, instance, pair->collateral, &decimals)].address;
    out->debt = e->tokens[engine_factor_token(e, instance, pair->debt, &decimals)].address;
}

/* A guard for each debt that the CNT steps from number FROM on repay, the first step's first. */
static bool encode_guards(lq_engine_t *e, const engine_row_t *row, lq_executor_job_t *job,
                          lq_guard_t mins[LQ_PLAN_STEP_MAX], size_t from, size_t cnt)
{
    job->guards = &e->guards.calls[e->guards.call_cnt];
    job->guard_mins = mins;
    for (size_t i = from; i < from + cnt; i++)
        if (!is_owed_before(&e->plan, from, i) && !encode_guard(e, row, &mins[job->guard_cnt++], i))
            return false;
    return true;
}

/* The transaction of CNT steps from the one of number FROM on. The bid goes with the first. */
static bool encode_tx(lq_engine_t *e, const engine_row_t *row, size_t from, size_t cnt)
{
    lq_executor_tokens_t tokens[LQ_PLAN_STEP_MAX];
    for (size_t i = 0; i < e->plan.step_cnt; i++)
        name_tokens(e, &tokens[i], row->instance, &e->plan.steps[i].call.pair);
    lq_executor_job_t job = {.steps = &e->plan.steps[from],
                             .step_cnt = cnt,
                             .calls = &e->calls.calls[from],
                             .tokens = &tokens[from],
                             .venues = e->venues,
                             .funding = e->markets[row->instance].funding,
                             .last_blk = engine_last_blk(e),
                             .slippage_bps = e->config.slippage_bps,
                             .sweep = e->config.sweep};
    lq_guard_t mins[LQ_PLAN_STEP_MAX];
    if (!encode_guards(e, row, &job, mins, from, cnt))
        return false;
    allow_missing(e, &job, tokens, from);
    if (!from)
        job.pay_wei = e->plan.profit.bid_wei;
    uint8_t *input = e->inputs + e->tx_cnt * LQ_EXECUTOR_SZ_MAX;
    lq_read_call_t *tx = &e->txs[e->tx_cnt++];
    *tx = (lq_read_call_t){.to = e->config.executor, .input = input};
    return !lq_executor_encode(input, LQ_EXECUTOR_SZ_MAX, &tx->input_sz, &job);
}

bool engine_encode(lq_engine_t *e, const engine_row_t *row)
{
    if (!encode_calls(e, row))
        return false;
    e->tx_cnt = e->plan.step_cnt;
    if (!engine_has_executor(&e->config)) {
        memcpy(e->txs, e->calls.calls, e->tx_cnt * sizeof(e->txs[0]));
        return true;
    }
    e->tx_cnt = 0;
    e->guards.call_cnt = 0;
    e->guards.data_sz = 0;
    size_t at_once = engine_is_atomic(&e->config) ? e->plan.step_cnt : 1;
    for (size_t i = 0; i < e->plan.step_cnt; i += at_once)
        if (!encode_tx(e, row, i, at_once))
            return false;
    return true;
}
