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
                                 &e->plan.steps[i].call))
            return false;
    return true;
}

/* Of a debt that an earlier transaction of the plan repays a part of no more is known than that
   some of it is left. */
static bool encode_guard(lq_engine_t *e, const engine_row_t *row, lq_guard_t *out, size_t step)
{
    const lq_liquidation_pair_t *pair = &e->plan.steps[step].call.pair;
    if (engine_adapter(e, row->instance)
            ->guard(lq_sync_self(e->sync, row->instance), &e->guards, out, row->account, *pair))
        return false;
    for (size_t i = 0; i < step; i++)
        if (e->plan.steps[i].call.pair.debt == pair->debt)
            out->min = lq_u256_from_u64(1);
    return true;
}

/* What is earned before gas and bid; 0 where that is nothing. */
static lq_u256_t gross_of(const lq_profit_t *p)
{
    const lq_u256_t *costs[] = {&p->repaid_usd.raw, &p->swap_usd.raw, &p->flash_fee_usd.raw};
    lq_u256_t left = p->seized_usd.raw;
    for (size_t i = 0; i < LQ_ARRAY_CNT(costs); i++)
        if (lq_u256_sub_checked(&left, &left, costs[i]))
            return lq_u256_from_u64(0);
    return left;
}

/* What may be missing of the plan's profit, so that the least that is asked for is still there; and
   of that the part of a transaction that earns GROSS. */
static lq_usd_t spare_of(const lq_engine_t *e, const lq_u256_t *gross)
{
    lq_u256_t net;
    lq_u256_t spare;
    lq_usd_t least;
    lq_u256_t whole = gross_of(&e->plan.profit);
    engine_min_profit(e, &least, &e->plan.profit);
    if (lq_i256_to_u256(&net, &e->plan.profit.net_usd) ||
        lq_u256_sub_checked(&spare, &net, &least.raw) ||
        lq_u256_mul_div_down(&spare, &spare, gross, &whole))
        return (lq_usd_t){0};
    return lq_usd_make(&spare);
}

static void name_tokens(lq_engine_t *e, lq_executor_tokens_t *out, uint32_t instance,
                        const lq_liquidation_pair_t *pair)
{
    uint8_t decimals;
    out->collateral =
        e->tokens[engine_factor_token(e, instance, pair->collateral, &decimals)].address;
    out->debt = e->tokens[engine_factor_token(e, instance, pair->debt, &decimals)].address;
}

/* The transaction of CNT steps from the one of number FROM on. The bid goes with the first. */
static bool encode_tx(lq_engine_t *e, const engine_row_t *row, size_t from, size_t cnt)
{
    lq_executor_tokens_t tokens[LQ_PLAN_STEP_MAX];
    const lq_plan_step_t *steps = &e->plan.steps[from];
    lq_executor_job_t job = {.steps = steps,
                             .step_cnt = cnt,
                             .calls = &e->calls.calls[from],
                             .tokens = tokens,
                             .venues = e->venues,
                             .funding = e->markets[row->instance].funding,
                             .last_blk = engine_last_blk(e),
                             .slippage_bps = e->config.slippage_bps,
                             .sweep = e->config.sweep};
    for (size_t i = 0; i < cnt; i++)
        name_tokens(e, &tokens[i], row->instance, &steps[i].call.pair);
    if (!encode_guard(e, row, &job.guard_min, from))
        return false;
    job.guard = &e->guards.calls[e->guards.call_cnt - 1];
    job.gross_usd.raw = gross_of(cnt == e->plan.step_cnt ? &e->plan.profit : &steps[0].profit);
    job.spare_usd = spare_of(e, &job.gross_usd.raw);
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
