/* What is wanted: the engine's and the operator's. */

#include <string.h>

#include "liqd/base/fetch.h"

#include "exec_internal.h"

/* The gas of the transaction number I of TAKE: where each step is its own, what the step's profit
   was reckoned with. */
static uint64_t gas_of(const lq_action_take_t *take, size_t i)
{
    lq_u256_t price = {{0}};
    lq_u256_t gas;
    if (take->tx_cnt == 1 || take->tx_cnt != take->plan->step_cnt ||
        lq_u256_add_checked(&price, &take->gas_price.base_fee_wei.raw,
                            &take->gas_price.tip_wei.raw) ||
        lq_u256_div_checked(&gas, &take->plan->steps[i].profit.gas_wei.raw, &price) || gas.w[1] ||
        gas.w[2] || gas.w[3] || !gas.w[0] || gas.w[0] > take->plan->gas)
        return take->plan->gas;
    return gas.w[0];
}

/* Never above what a block or the policy allows. */
uint64_t exec_bounded_gas(const lq_exec_t *x, uint64_t limit)
{
    const lq_header_t *head = exec_head(x);
    if (x->config.gas_max && limit > x->config.gas_max)
        limit = x->config.gas_max;
    if (head && head->gas_limit && limit > head->gas_limit)
        limit = head->gas_limit;
    return limit;
}

uint64_t exec_gas_limit(const lq_exec_t *x, uint64_t gas)
{
    return exec_bounded_gas(x, gas + (gas * x->config.gas_margin_bps + 9999) / 10000);
}

static void copy_name(char out[LQ_TX_RECORD_NAME_SZ], const char *name)
{
    size_t sz = strnlen(name, LQ_TX_RECORD_NAME_SZ - 1);
    memcpy(out, name, sz);
    out[sz] = '\0';
}

static void describe(lq_tx_intent_t *about, const lq_exec_take_t *t)
{
    const lq_action_take_t *take = t->take;
    about->engine_intent = take->intent;
    about->use = LQ_TX_USE_LIQUIDATE;
    copy_name(about->market, t->market);
    about->instance = take->instance;
    about->pool = t->pool;
    about->borrower = take->borrower;
    about->target_blk = take->target_blk;
    about->last_blk = take->last_blk;
    about->tx_cnt = (uint32_t)take->tx_cnt;
    about->estimate = take->plan->profit;
    about->least_usd = t->least_usd;
    about->step_cnt = take->plan->step_cnt;
    if (about->step_cnt)
        memcpy(about->steps, t->steps, about->step_cnt * sizeof(*t->steps));
    about->price_cnt =
        t->price_cnt < LQ_TX_RECORD_TOKEN_MAX ? t->price_cnt : LQ_TX_RECORD_TOKEN_MAX;
    if (about->price_cnt)
        memcpy(about->prices, t->prices, about->price_cnt * sizeof(*t->prices));
    about->coin = t->coin;
}

static bool has_executor(const lq_exec_t *x)
{
    static const lq_address_t none;
    return memcmp(&x->config.executor, &none, sizeof(none)) != 0;
}

static uint32_t all_ways(const lq_exec_t *x)
{
    return x->config.manager.public_mask | x->config.manager.private_mask;
}

/* Sets *OUT to what the manager is told of T, its transactions at TXS. */
static void make_take(const lq_exec_t *x, lq_txman_take_t *out, lq_txman_tx_t txs[LQ_TXMAN_TX_MAX],
                      const lq_exec_take_t *t)
{
    const lq_action_take_t *take = t->take;
    LQ_ASSERT(take->tx_cnt >= 1 && take->tx_cnt <= LQ_TXMAN_TX_MAX);
    LQ_ASSERT(take->plan->step_cnt <= LQ_PLAN_STEP_MAX);
    memset(out, 0, sizeof(*out));
    describe(&out->about, t);
    for (size_t i = 0; i < take->tx_cnt; i++)
        txs[i] = (lq_txman_tx_t){.to = take->txs[i].to,
                                 .input = take->txs[i].input,
                                 .input_sz = take->txs[i].input_sz,
                                 .gas_limit = exec_gas_limit(x, gas_of(take, i))};
    if (has_executor(x)) /* nobody else pays a bid on */
        txs[0].value_wei = take->bid_wei;
    out->txs = txs;
    out->tx_cnt = take->tx_cnt;
    out->tip_wei = take->gas_price.tip_wei;
    out->most_fee_wei = take->most_fee_wei;
    out->lane = take->lane;
    out->ways = all_ways(x);
}

void lq_exec_take(lq_exec_t *x, const lq_exec_take_t *t)
{
    lq_txman_tx_t txs[LQ_TXMAN_TX_MAX];
    lq_txman_take_t wanted;
    make_take(x, &wanted, txs, t);
    lq_txman_event_t event = {.kind = LQ_TXMAN_TAKE, .time = lq_clock_now(x->clock)};
    event.as.take = &wanted;
    x->stamping = true;
    x->stamp_ns = event.time.mono_ns;
    exec_act(x, &event);
    x->stamping = false;
    lq_hist_settle(&x->stamps);
}

/* What stands next in the rings. */
static void fetch_own(const lq_exec_t *x)
{
    lq_fetch(x, offsetof(lq_exec_t, notes));
    lq_fetch(&x->note_cnt, offsetof(lq_exec_t, heads) - offsetof(lq_exec_t, note_cnt));
    lq_fetch(&x->head_cnt, offsetof(lq_exec_t, hists) - offsetof(lq_exec_t, head_cnt));
    lq_fetch(&x->todos[x->todo_first], 2 * sizeof(x->todos[0]));
    lq_fetch(&x->recorded[x->recorded_cnt], 2 * sizeof(x->recorded[0]));
    lq_fetch(&x->recorded_sz[x->recorded_cnt], 2 * sizeof(x->recorded_sz[0]));
    lq_fetch(&x->attempts[x->attempt_cnt % EXEC_ATTEMPTS], sizeof(x->attempts[0]));
    lq_fetch(&x->intents[(x->call_id + 1) % EXEC_INTENTS], sizeof(x->intents[0]));
    if (x->head_cnt)
        lq_fetch(exec_head(x), sizeof(x->heads[0]));
}

void lq_exec_rehearse(lq_exec_t *x, const lq_exec_take_t *t)
{
    lq_txman_tx_t txs[LQ_TXMAN_TX_MAX];
    lq_txman_take_t wanted;
    make_take(x, &wanted, txs, t);
    lq_txman_warm(x->manager);
    lq_wal_warm(x->wal);
    lq_ways_warm(x->ways);
    for (size_t i = 0; i < x->config.sender_cnt; i++)
        if (x->senders[i].signer)
            lq_signer_warm(x->senders[i].signer, x->rooms[i]);
    fetch_own(x);
}

lq_err_t lq_exec_call(lq_exec_t *x, uint64_t *id, const lq_txman_take_t *call)
{
    size_t before = x->news_cnt;
    lq_txman_event_t event = {.kind = LQ_TXMAN_TAKE, .as.take = call};
    x->call_id = 0;
    x->record_failed = false;
    exec_act(x, &event);
    bool failed = x->record_failed;
    if (!x->call_id) /* what it was told of this is told by our result */
        x->news_cnt = before;
    exec_flush(x);
    if (!x->call_id)
        return failed ? LQ_ERR_IO : LQ_ERR_BUSY;
    *id = x->call_id;
    return LQ_OK;
}
