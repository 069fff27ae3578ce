#include "liqd/sim/dry_run.h"

#include <string.h>

#include "dry_run_internal.h"
#include "liqd/base/clock.h"

#define INTENT_LIMIT 65536u
#define INPUT_SZ     4096u /* of one intent's calls, the rule; who has more leaves others less */
#define SPARE_SZ     1024u /* alignment of what is taken */

const char *lq_dry_verdict_str(lq_dry_verdict_t verdict)
{
    switch (verdict) {
    case LQ_DRY_WON:
        return "won";
    case LQ_DRY_LOST:
        return "lost";
    case LQ_DRY_REVERTED:
        return "reverted";
    case LQ_DRY_UNKNOWN:
        return "unknown";
    case LQ_DRY_VERDICT_CNT:
        break;
    }
    return "?";
}

/* ---- making it ---- */

static size_t bytes_max(const lq_dry_run_config_t *c)
{
    return c->intent_max * INPUT_SZ + (size_t)LQ_PLAN_STEP_MAX * LQ_DRY_RUN_TX_SZ_MAX;
}

static bool is_in_range(const lq_dry_run_config_t *c)
{
    return c->intent_max >= 1 && c->intent_max <= INTENT_LIMIT;
}

size_t lq_dry_run_arena_sz(const lq_dry_run_config_t *config)
{
    size_t tx = sizeof(lq_read_call_t) + sizeof(lq_wei_t);
    if (!is_in_range(config))
        return 0;
    return sizeof(lq_dry_run_t) + SPARE_SZ + bytes_max(config) +
           config->intent_max *
               (sizeof(dry_intent_t) + sizeof(uint64_t) + sizeof(size_t) + LQ_PLAN_STEP_MAX * tx);
}

static bool take_memory(lq_dry_run_t *d, lq_arena_t *arena)
{
    size_t n = d->config.intent_max;
    d->bytes_max = bytes_max(&d->config);
    d->intents = lq_arena_alloc(arena, n * sizeof(*d->intents), 64);
    d->bytes = lq_arena_alloc(arena, d->bytes_max, 64);
    d->ids = lq_arena_alloc(arena, n * sizeof(*d->ids), 16);
    d->tx_cnts = lq_arena_alloc(arena, n * sizeof(*d->tx_cnts), 16);
    d->txs = lq_arena_alloc(arena, n * LQ_PLAN_STEP_MAX * sizeof(*d->txs), 16);
    d->values_wei = lq_arena_alloc(arena, n * LQ_PLAN_STEP_MAX * sizeof(*d->values_wei), 16);
    return d->intents && d->bytes && d->ids && d->tx_cnts && d->txs && d->values_wei;
}

lq_err_t lq_dry_run_new(lq_dry_run_t **dry, lq_arena_t *arena, const lq_dry_run_config_t *config,
                        const lq_dry_sink_t *sink)
{
    if (!is_in_range(config))
        return LQ_ERR_RANGE;
    lq_dry_run_t *d = lq_arena_alloc(arena, sizeof(*d), 64);
    if (!d)
        return LQ_ERR_NOMEM;
    memset(d, 0, sizeof(*d));
    d->config = *config;
    d->sink = *sink;
    if (!take_memory(d, arena))
        return LQ_ERR_NOMEM;
    *dry = d;
    return LQ_OK;
}

lq_dry_run_stat_t lq_dry_run_stat(const lq_dry_run_t *d)
{
    return d->stat;
}

/* ---- intents ---- */

/* Sets *AT to where SZ bytes are free in one piece. Among several the newest never ends where the
   oldest begins. */
static bool find_bytes(const lq_dry_run_t *d, size_t *at, size_t sz)
{
    *at = 0;
    if (d->first == d->next)
        return sz <= d->bytes_max;
    size_t oldest = dry_intent(d, d->first)->bytes_at;
    if (oldest <= d->bytes_at && d->bytes_max - d->bytes_at < sz)
        return oldest > sz;
    *at = d->bytes_at;
    return oldest <= d->bytes_at || oldest - d->bytes_at > sz;
}

static bool keep_txs(lq_dry_run_t *d, dry_intent_t *it, const lq_action_take_t *take)
{
    size_t sz = 0;
    for (size_t i = 0; i < take->tx_cnt; i++)
        sz += take->txs[i].input_sz;
    if (!find_bytes(d, &it->bytes_at, sz))
        return false;
    it->tx_cnt = take->tx_cnt;
    size_t at = it->bytes_at;
    for (size_t i = 0; i < take->tx_cnt; i++) {
        it->txs[i] = (lq_read_call_t){
            .to = take->txs[i].to, .input = d->bytes + at, .input_sz = take->txs[i].input_sz};
        if (it->txs[i].input_sz)
            memcpy(d->bytes + at, take->txs[i].input, it->txs[i].input_sz);
        at += it->txs[i].input_sz;
    }
    d->bytes_at = at;
    return true;
}

static void keep_plan(dry_intent_t *it, const lq_plan_t *plan)
{
    it->plan_gas = plan->gas;
    for (size_t i = 0; i < plan->step_cnt; i++) {
        const lq_liquidation_outcome_t *out = &plan->steps[i].outcome;
        it->plan_repaid = lq_u256_add_wrap(&it->plan_repaid, &out->repaid);
        it->plan_seized = lq_u256_add_wrap(&it->plan_seized, &out->seized);
    }
}

void lq_dry_run_take(lq_dry_run_t *d, const lq_action_take_t *take, const lq_dry_moment_t *moment,
                     const lq_dry_price_t *prices, size_t price_cnt, const lq_quote_t *coin)
{
    LQ_ASSERT(take->tx_cnt <= LQ_PLAN_STEP_MAX && price_cnt <= LQ_DRY_RUN_TOKEN_MAX);
    dry_intent_t *it = dry_intent(d, d->next);
    if (d->next - d->first == d->config.intent_max) {
        d->stat.full_cnt++;
        return;
    }
    memset(it, 0, sizeof(*it));
    if (!keep_txs(d, it, take)) {
        d->stat.full_cnt++;
        return;
    }
    it->row.intent = take->intent;
    it->row.instance = take->instance;
    it->row.borrower = take->borrower;
    it->account = take->account;
    it->row.target_blk = take->target_blk;
    it->row.target_sec = take->target_sec;
    it->row.estimate = take->plan->profit;
    it->row.bid_wei = dry_pays_bid(d) ? take->bid_wei : (lq_wei_t){0};
    it->last_blk = take->last_blk;
    it->late = moment->shown_blk >= take->target_blk;
    it->mono_ns = moment->mono_ns;
    it->priority_wei = take->gas_price.tip_wei;
    it->coin = *coin;
    it->price_cnt = price_cnt;
    if (price_cnt)
        memcpy(it->prices, prices, price_cnt * sizeof(*prices));
    keep_plan(it, take->plan);
    d->next++;
}

/* ---- blocks ---- */

const dry_head_t *dry_head(const lq_dry_run_t *d, uint64_t number)
{
    const dry_head_t *head = &d->heads[number % DRY_HEAD_MAX];
    return head->stands && head->header.block.number == number ? head : NULL;
}

static uint64_t min_u64(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* The block behind which nothing is waited for: the engine asks for the account anew then. */
static uint64_t patience(const lq_dry_run_t *d, const dry_intent_t *it)
{
    uint64_t own = min_u64(d->config.patience_blk, LQ_DRY_RUN_FINAL_BLK - 1);
    return min_u64(lq_time_after(it->row.target_blk, own),
                   lq_time_after(it->last_blk, LQ_ENGINE_PATIENCE_BLK));
}

static const char *why_given_up(const dry_intent_t *it)
{
    return it->state == DRY_WAITING ? "its block did not come, or not with its logs, in time"
                                    : "the simulation did not answer in time";
}

static void leave(lq_dry_run_t *d)
{
    while (d->first < d->next && dry_intent(d, d->first)->state == DRY_FINAL)
        d->first++;
}

static void on_head(lq_dry_run_t *d, const lq_header_t *header, uint64_t received_mono_ns)
{
    uint64_t number = header->block.number;
    d->heads[number % DRY_HEAD_MAX] = (dry_head_t){.header = *header, .stands = true};
    for (uint64_t i = d->first; i < d->next; i++) {
        dry_intent_t *it = dry_intent(d, i);
        if (it->row.target_blk == number && received_mono_ns < it->mono_ns)
            it->late = true;
        if (it->state < DRY_BOOKED && number > patience(d, it))
            dry_give_up(d, it, why_given_up(it), true);
        if (it->state == DRY_BOOKED &&
            number >= lq_time_after(it->row.target_blk, LQ_DRY_RUN_FINAL_BLK))
            dry_finish(d, it);
    }
    leave(d);
}

static void on_block(lq_dry_run_t *d, const lq_block_ref_t *block)
{
    dry_head_t *head = &d->heads[block->number % DRY_HEAD_MAX];
    if (!head->stands || head->header.block.number != block->number ||
        memcmp(&head->header.block.hash, &block->hash, sizeof(block->hash)) != 0)
        return;
    head->complete = true;
    dry_ask(d, block->number);
}

/* Liquidations of block FROM and those above were none. */
static bool forget_rivals(dry_intent_t *it, uint64_t from)
{
    size_t cnt = 0;
    for (size_t i = 0; i < it->rival_cnt; i++)
        if (it->rivals[i].of.blk < from)
            it->rivals[cnt++] = it->rivals[i];
    bool some = cnt < it->rival_cnt;
    it->rival_cnt = cnt;
    return some;
}

/* Blocks go from the top: who is booked in this one or above stands on nothing now. */
static void back(lq_dry_run_t *d, uint64_t from)
{
    for (uint64_t i = d->next; i-- > d->first;) {
        dry_intent_t *it = dry_intent(d, i);
        if (it->state == DRY_FINAL)
            continue;
        if (it->row.target_blk >= from)
            dry_take_back(d, it);
        if (forget_rivals(it, from))
            dry_later(d, it);
    }
}

static void on_undone(lq_dry_run_t *d, const lq_block_ref_t *block)
{
    d->heads[block->number % DRY_HEAD_MAX].stands = false;
    back(d, block->number);
}

static void on_broken(lq_dry_run_t *d)
{
    for (size_t i = 0; i < DRY_HEAD_MAX; i++)
        d->heads[i].stands = false;
    back(d, 0);
}

void lq_dry_run_event(lq_dry_run_t *d, const lq_event_t *event)
{
    switch (event->kind) {
    case LQ_EVENT_HEAD:
        on_head(d, event->as.head, event->time.mono_ns);
        break;
    case LQ_EVENT_BLOCK:
        on_block(d, &event->as.block);
        break;
    case LQ_EVENT_UNDONE:
        on_undone(d, &event->as.block);
        break;
    case LQ_EVENT_BROKEN:
        on_broken(d);
        break;
    case LQ_EVENT_LOG:
    case LQ_EVENT_PENDING:
    case LQ_EVENT_READ:
    case LQ_EVENT_BEGIN:
    case LQ_EVENT_RESUME:
    case LQ_EVENT_FOUND:
    case LQ_EVENT_SEARCHED:
    case LQ_EVENT_TIMER:
    case LQ_EVENT_GO_ON:
    case LQ_EVENT_COMMAND:
    case LQ_EVENT_FUNDS:
    case LQ_EVENT_OUTCOME:
    case LQ_EVENT_CNT:
        break;
    }
}

/* A transaction of several calls is one. Of those behind the target the first is enough. */
static bool is_of_interest(const dry_intent_t *it, const lq_evm_log_t *log)
{
    for (size_t i = 0; i < it->rival_cnt; i++) {
        const lq_dry_rival_t *r = &it->rivals[i].of;
        if (r->blk == log->block.number &&
            memcmp(&r->tx_hash, &log->tx_hash, sizeof(log->tx_hash)) == 0)
            return false;
        if (r->blk > it->row.target_blk && log->block.number > it->row.target_blk)
            return false;
    }
    return true;
}

void lq_dry_run_liquidated(lq_dry_run_t *d, uint32_t account, const lq_address_t *liquidator,
                           const lq_evm_log_t *log)
{
    for (uint64_t i = d->first; i < d->next; i++) {
        dry_intent_t *it = dry_intent(d, i);
        if (it->state == DRY_FINAL || it->account != account || !is_of_interest(it, log))
            continue;
        if (it->rival_cnt == DRY_RIVAL_MAX) {
            it->crowded = it->crowded || log->block.number <= it->row.target_blk;
            continue;
        }
        it->rivals[it->rival_cnt++] = (dry_rival_t){.of = {.known = true,
                                                           .liquidator = *liquidator,
                                                           .tx_hash = log->tx_hash,
                                                           .blk = log->block.number,
                                                           .tx_idx = log->tx_idx}};
        dry_later(d, it);
    }
}

void lq_dry_run_renumbered(lq_dry_run_t *d)
{
    for (uint64_t i = d->first; i < d->next; i++)
        dry_intent(d, i)->account = DRY_NOBODY;
}

void lq_dry_run_end(lq_dry_run_t *d)
{
    for (uint64_t i = d->first; i < d->next; i++) {
        dry_intent_t *it = dry_intent(d, i);
        if (it->state < DRY_BOOKED)
            dry_give_up(d, it, "the run ended before it was known", false);
    }
}
