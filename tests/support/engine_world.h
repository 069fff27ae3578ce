#ifndef ENGINE_WORLD_H
#define ENGINE_WORLD_H

/* An engine on the fake chain, with somebody who sends what it asks for or does not, funds that
   come and go and commands; and what has to hold behind each event. */

#include "engine_market.h"
#include "plan_digest.h"

#include "liqd/base/digest.h"
#include "liqd/base/rng.h"
#include "liqd/decide/executor.h"
#include "liqd/engine/engine.h"

enum {
    WORLD_INTENTS = 4096,
    WORLD_FIRST_SEC = 1000000,
    WORLD_EXECUTOR_BYTE = 0x99,
};

typedef struct world_intent {
    uint64_t id;
    uint64_t lane;
    uint32_t account;
    lq_address_t borrower; /* whose it is: a reorg may give the account's number to another */
    bool asked;            /* on its way */
    bool mined;
    bool won; /* and its account could be liquidated ever since */
    bool dropped;
    uint64_t repaid;
    uint64_t last_blk;
    uint64_t landed_blk; /* at least: what was followed when it was told to be mined */
} world_intent_t;

typedef struct world {
    chain_t *chain;
    lq_engine_t *engine;
    lq_engine_market_t market;
    lq_address_t executor;
    bool atomic;
    lq_sync_instance_t instance;
    uint64_t funds; /* of the debt token */
    uint64_t wall_sec;
    uint64_t digest; /* of all that was told */
    lq_event_kind_t kind;
    bool undone;
    uint64_t hurry;     /* of 100 events those that the next comes behind at once; behind the others
                           comes a slice of what was left to be decided. 0: all of it */
    uint64_t slice_cnt; /* beyond the first of an event */

    bool stands[64];
    lq_reason_t reasons[64];
    uint64_t began_cnt, ended_cnt;
    uint64_t seen_cnt[LQ_REASON_CNT];
    uint64_t ended_by_cnt[LQ_REASON_CNT];
    uint64_t limit_cnt[LQ_LIMIT_CNT];
    uint64_t drop_cnt;
    lq_action_candidate_t last_ended;
    lq_no_route_t no_routes[64]; /* by account, of those told last */
    lq_plan_t last_plan;
    uint64_t last_gain; /* at least, of the executor's first token */

    world_intent_t intents[WORLD_INTENTS];
    size_t intent_cnt;
    uint64_t window_blk;
    uint64_t high_blk; /* that was ever told of */
} world_t;

static inline void world_mix(world_t *w, const void *p, size_t sz)
{
    w->digest = lq_digest_word(w->digest, lq_digest(p, sz));
}

static inline bool world_is_of(const world_intent_t *it, const lq_address_t *borrower)
{
    return !memcmp(&it->borrower, borrower, sizeof(*borrower));
}

static inline void world_on_candidate(world_t *w, const lq_action_candidate_t *c)
{
    LQ_ASSERT(c->account < 64);
    world_mix(w, c, sizeof(*c));
    w->seen_cnt[c->reason]++;
    if (!w->stands[c->account]) {
        LQ_ASSERT(!c->ended && c->reason == LQ_REASON_NEW);
        w->began_cnt++;
    }
    w->stands[c->account] = !c->ended;
    w->reasons[c->account] = c->reason;
    w->no_routes[c->account] = c->no_route;
    LQ_ASSERT(c->reason == LQ_REASON_NO_ROUTE || !c->no_route);
    if (!c->ended)
        return;
    for (size_t i = 0; i < w->intent_cnt; i++)
        if (world_is_of(&w->intents[i], &c->borrower))
            w->intents[i].won = false;
    w->ended_cnt++;
    w->ended_by_cnt[c->reason]++;
    w->last_ended = *c;
}

/* Where the call of a step stands in a program: as CALL writes it, with its size before it. */
static inline const uint8_t *world_find_call(const lq_read_call_t *tx, const uint8_t input[4])
{
    for (size_t i = 0; i + 6 <= tx->input_sz; i++)
        if (!tx->input[i] && tx->input[i + 1] == 4 && !memcmp(tx->input + i + 2, input, 4))
            return tx->input + i;
    return NULL;
}

/* The amount at *AT, which goes behind it. */
static inline uint64_t world_amount(const uint8_t **at)
{
    uint64_t v = 0;
    size_t sz = *(*at)++;
    LQ_ASSERT(sz <= 8);
    for (; sz; sz--)
        v = v << 8 | *(*at)++;
    return v;
}

/* The guard of the step number I of what is taken: what is owed less what those before it repay, of
   which three units are one of the ledger's; at least 1 behind others. */
static inline uint64_t world_guard_min(const world_t *w, const lq_action_take_t *take, size_t i)
{
    const lq_ledger_t *ledger = lq_sync_ledger(lq_engine_sync(w->engine));
    const lq_plan_step_t *steps = take->plan->steps;
    uint16_t debt = steps[i].call.pair.debt;
    uint64_t owed = 3 * (uint64_t)lq_ledger_amount(ledger, take->account, debt);
    uint64_t repaid = 0;
    bool before = false;
    for (size_t k = 0; k < i; k++) {
        bool same = steps[k].call.pair.debt == debt;
        before = before || same;
        repaid += same ? steps[k].outcome.repaid.w[0] : 0;
    }
    uint64_t left = (owed > repaid ? owed - repaid : 0) / 3;
    left -= left / 256;
    return before && !left ? 1 : left;
}

/* Reads the guards at *AT, of the steps from number FROM to TO: one of each debt, in their order.
 */
static inline void world_guards(const world_t *w, const uint8_t **at, const lq_action_take_t *take,
                                size_t from, size_t to)
{
    const lq_plan_step_t *steps = take->plan->steps;
    size_t cnt = *(*at)++;
    for (size_t i = from; i < to; i++) {
        bool again = false;
        for (size_t k = from; k < i; k++)
            again = again || steps[k].call.pair.debt == steps[i].call.pair.debt;
        if (again)
            continue;
        LQ_ASSERT(cnt-- > 0 && **at == FAKE_POOL_BYTE);
        *at += 20 + 1;
        LQ_ASSERT(world_amount(at) == world_guard_min(w, take, i));
        LQ_ASSERT((*at)[2] == (uint8_t)take->account && (*at)[3] == steps[i].call.pair.debt);
        *at += 2 + 4;
    }
    LQ_ASSERT(cnt == 0);
}

/* What the first transaction asks for of its first gain. */
static inline uint64_t world_gain(const world_t *w, const lq_action_take_t *take)
{
    const uint8_t *at = take->txs[0].input + 68 + 6;
    world_guards(w, &at, take, 0, take->tx_cnt == 1 ? take->plan->step_cnt : 1);
    LQ_ASSERT(*at >= 1);
    at += 1 + 20;
    return world_amount(&at);
}

/* One call of the executor for the plan or for each step, or the protocol's own. Whoever is sent
   has what the steps say in it, in their order; nobody may be late. */
static inline void world_check_txs(const world_t *w, const lq_action_take_t *take)
{
    bool executor = w->executor.b[0];
    size_t step_cnt = take->plan->step_cnt;
    LQ_ASSERT(take->tx_cnt == (executor && w->atomic ? 1 : step_cnt));
    const uint8_t *before = NULL;
    for (size_t i = 0; i < step_cnt; i++) {
        const lq_read_call_t *tx = &take->txs[take->tx_cnt == 1 ? 0 : i];
        const uint8_t input[4] = {(uint8_t)take->account,
                                  (uint8_t)take->plan->steps[i].call.amount.w[0]};
        if (!executor) {
            LQ_ASSERT(tx->to.b[0] == FAKE_POOL_BYTE && tx->input_sz == 4);
            LQ_ASSERT(!memcmp(tx->input, input, 4));
            continue;
        }
        LQ_ASSERT(!memcmp(&tx->to, &w->executor, sizeof(tx->to)) && tx->input_sz > 76);
        const uint8_t *program = tx->input + 68;
        uint64_t last_blk = 0;
        for (size_t k = 1; k < 6; k++)
            last_blk = last_blk << 8 | program[k];
        LQ_ASSERT(last_blk == take->last_blk);
        const uint8_t *guards = program + 6;
        bool all = take->tx_cnt == 1;
        world_guards(w, &guards, take, all ? 0 : i, all ? step_cnt : i + 1);
        const lq_read_call_t rest = {
            .input = before && tx->input <= before && before < tx->input + tx->input_sz ? before + 1
                                                                                        : program};
        lq_read_call_t from = {.input = rest.input,
                               .input_sz = (size_t)(tx->input + tx->input_sz - rest.input)};
        before = world_find_call(&from, input);
        LQ_ASSERT(before);
    }
}

/* At the most that is paid for gas half of what is earned above the least is left, and not at one
   wei more. */
static inline void world_check_fee(const world_t *w, const lq_action_take_t *take)
{
    lq_usd_t least = lq_engine_least(w->engine, &take->plan->profit);
    lq_u256_t net = take->plan->profit.net_usd.bits;
    lq_u256_t unit = lq_u256_from_u64((uint64_t)2000 * 2 * take->plan->gas); /* in dollars, twice */
    lq_u256_t one = lq_u256_from_u64(1);
    lq_wei_t more;
    lq_u256_t cost;
    LQ_ASSERT(!lq_wei_sub_checked(&more, &take->most_fee_wei, &take->gas_price.base_fee_wei));
    LQ_ASSERT(!lq_wei_sub_checked(&more, &more, &take->gas_price.tip_wei));
    LQ_ASSERT(!lq_u256_sub_checked(&net, &net, &least.raw));
    LQ_ASSERT(!lq_u256_mul_checked(&cost, &more.raw, &unit) && !lq_u256_lt(&net, &cost));
    more.raw = lq_u256_add_wrap(&more.raw, &one);
    LQ_ASSERT(!lq_u256_mul_checked(&cost, &more.raw, &unit) && lq_u256_lt(&net, &cost));
}

static inline void world_on_take(world_t *w, const lq_action_take_t *take)
{
    uint64_t repaid = 0;
    for (size_t i = 0; i < take->plan->step_cnt; i++)
        if (take->plan->steps[i].call.pair.debt == 1) /* what is funded */
            repaid += take->plan->steps[i].outcome.repaid.w[0];
    uint64_t tied = repaid;
    world_check_txs(w, take);
    world_check_fee(w, take);
    w->last_plan = *take->plan;
    if (w->executor.b[0])
        w->last_gain = world_gain(w, take);
    LQ_ASSERT(take->intent == w->intent_cnt + 1 && w->intent_cnt < WORLD_INTENTS);
    LQ_ASSERT(w->stands[take->account] && take->target_blk <= take->last_blk);
    LQ_ASSERT(take->plan->gas_kind.leg_cnt ==
              lq_ledger_legs(lq_sync_ledger(lq_engine_sync(w->engine)), take->account).cnt);
    for (size_t i = 0; i < w->intent_cnt; i++) {
        bool same = world_is_of(&w->intents[i], &take->borrower);
        LQ_ASSERT(!same || !w->intents[i].asked);
        LQ_ASSERT(!same || !w->intents[i].won);
        tied += w->intents[i].asked ? w->intents[i].repaid : 0;
    }
    LQ_ASSERT(take->funding == LQ_FUNDING_FLASH || tied <= w->funds);
    w->intents[w->intent_cnt++] = (world_intent_t){.id = take->intent,
                                                   .lane = take->lane,
                                                   .account = take->account,
                                                   .borrower = take->borrower,
                                                   .asked = true,
                                                   .repaid = repaid,
                                                   .last_blk = take->last_blk};
    world_mix(w, &take->intent, sizeof(take->intent));
    world_mix(w, &take->lane, sizeof(take->lane));
    uint64_t plan = lq_test_plan_digest(take->plan);
    world_mix(w, &plan, sizeof(plan));
    world_mix(w, &take->ground, sizeof(take->ground));
    for (size_t i = 0; i < take->tx_cnt; i++)
        world_mix(w, take->txs[i].input, take->txs[i].input_sz);
    world_mix(w, &take->target_sec, 3 * sizeof(uint64_t));
}

static inline void world_on_action(void *ctx, const lq_action_t *a)
{
    world_t *w = ctx;
    world_mix(w, &a->kind, sizeof(a->kind));
    switch (a->kind) {
    case LQ_ACTION_READ:
        chain_on_read(w->chain, a->as.read.id, &a->as.read.block, a->as.read.calls,
                      a->as.read.call_cnt);
        break;
    case LQ_ACTION_CANCEL_READ:
        chain_on_cancel(w->chain, a->as.id);
        break;
    case LQ_ACTION_SEARCH:
        chain_on_search(w->chain, a->as.search.instance, a->as.search.addresses,
                        a->as.search.address_cnt, a->as.search.topics, a->as.search.topic_cnt,
                        a->as.search.from_blk, a->as.search.to_blk);
        break;
    case LQ_ACTION_FOLLOW:
        chain_on_follow(w->chain, a->as.follow.from_blk, &a->as.follow.parent_hash,
                        a->as.follow.addresses, a->as.follow.address_cnt, a->as.follow.topics,
                        a->as.follow.topic_cnt);
        break;
    case LQ_ACTION_BEGIN:
        chain_on_head(w->chain);
        break;
    case LQ_ACTION_NOTICE:
        chain_on_notice(w->chain, a->as.notice);
        break;
    case LQ_ACTION_TAKE:
        world_on_take(w, a->as.take);
        break;
    case LQ_ACTION_DROP:
        LQ_ASSERT(a->as.id >= 1 && a->as.id <= w->intent_cnt);
        LQ_ASSERT(!w->intents[a->as.id - 1].dropped);
        w->intents[a->as.id - 1].dropped = true;
        w->drop_cnt++;
        break;
    case LQ_ACTION_CANDIDATE:
        world_on_candidate(w, a->as.candidate);
        break;
    case LQ_ACTION_LIMIT:
        w->limit_cnt[a->as.limit.hold.limit]++;
        break;
    case LQ_ACTION_CNT:
        LQ_BUG("no action");
    }
}

/* Began = ended + standing; who stands can be liquidated, or has something in flight, or waits for
   the end of a transaction; who can be stands. */
static inline void world_check(const world_t *w)
{
    lq_engine_stat_t stat = lq_engine_stat(w->engine);
    const lq_ledger_t *ledger = lq_sync_ledger(lq_engine_sync(w->engine));
    uint64_t ended = 0;
    uint64_t standing = 0;
    uint64_t told = 0;
    for (unsigned i = 0; i < LQ_REASON_CNT; i++) {
        ended += stat.ended_cnt[i];
        standing += stat.standing_cnt[i];
        LQ_ASSERT(stat.ended_cnt[i] == w->ended_by_cnt[i]);
    }
    for (uint32_t a = 0; a < 64; a++) {
        bool can = a < lq_ledger_cnt(ledger) &&
                   lq_book_tier(lq_sync_book(lq_engine_sync(w->engine)), a) == LQ_TIER_LIQUIDATABLE;
        told += w->stands[a];
        LQ_ASSERT(!can || w->stands[a] || stat.full_cnt);
        LQ_ASSERT(can || !w->stands[a] || w->reasons[a] == LQ_REASON_IN_FLIGHT ||
                  w->kind == LQ_EVENT_LOG);
    }
    LQ_ASSERT(stat.began_cnt == w->began_cnt && ended == w->ended_cnt);
    LQ_ASSERT(stat.began_cnt == ended + standing && standing == told);
    LQ_ASSERT(stat.take_cnt == w->intent_cnt);
}

/* What was not heard of for so long is given up. */
static inline void world_forget(world_t *w, uint64_t head_blk)
{
    for (size_t i = 0; i < w->intent_cnt; i++)
        if (head_blk > w->intents[i].last_blk + LQ_ENGINE_PATIENCE_BLK)
            w->intents[i].asked = false;
}

static inline void world_slice(world_t *w)
{
    lq_event_t event = {.kind = LQ_EVENT_GO_ON};
    event.time = (lq_time_t){w->wall_sec * 1000000000u, w->wall_sec * 1000000000u};
    lq_engine_event(w->engine, &event);
    w->slice_cnt++;
}

/* Has what was left to be decided be done. */
static inline void world_go_on(world_t *w)
{
    while (lq_engine_is_deciding(w->engine))
        world_slice(w);
}

static inline void world_event(void *ctx, const lq_event_t *event)
{
    world_t *w = ctx;
    lq_event_t e = *event;
    e.time = (lq_time_t){w->wall_sec * 1000000000u, w->wall_sec * 1000000000u};
    if (e.kind == LQ_EVENT_HEAD && e.as.head->timestamp_sec > w->wall_sec) {
        w->wall_sec = e.as.head->timestamp_sec;
        e.time.wall_ns = w->wall_sec * 1000000000u;
    }
    w->kind = e.kind;
    uint64_t blk = 0;
    if (e.kind == LQ_EVENT_HEAD)
        world_forget(w, blk = e.as.head->block.number);
    else if (e.kind == LQ_EVENT_LOG)
        blk = e.as.log->block.number;
    w->high_blk = blk > w->high_blk ? blk : w->high_blk;
    w->undone = w->undone || e.kind == LQ_EVENT_UNDONE;
    lq_engine_event(w->engine, &e);
    if (!w->hurry)
        world_go_on(w);
    else if (chain_pick(w->chain, 100) >= w->hurry)
        world_slice(w);
    world_check(w);
}

static inline lq_engine_config_t world_config(const lq_sync_instance_t *instance,
                                              const lq_engine_market_t *market)
{
    lq_sync_config_t sync = chain_config(instance);
    sync.audit_per_blk = 24;
    sync.audit_risky_per_blk = 24;
    sync.read_account_max = 32;
    sync.audit_mismatch_max = 1000;
    return (lq_engine_config_t){
        .sync = sync,
        .markets = market,
        .protocol_prices = true,
        .coin_token = {{MARKET_COIN_BYTE}},
        .tip_wei = {{{1000000000}}},
        .bid = {.kind = LQ_BID_SHARE, .share_bps = 1000, .cap_bps = 10000},
        .min_profit_usd = {market_wad(20)},
        .min_profit_bps = 10,
        .slippage_bps = 50,
        .atomic = true,
        .target_blk = 2,
        .limits = {.revert_ratio_bps = 9000,
                   .revert_window = 8,
                   .revert_hold_sec = 100,
                   .borrower_failure_max = 3,
                   .borrower_failure_sec = 1000,
                   .stale_head_sec = 200},
        .candidate_max = 64,
        .inflight_max = 8,
        .gas_kind_max = 16,
        .slice_work = LQ_ENGINE_SLICE,
    };
}

static inline world_t *world_new(uint64_t (*pick)(void *, uint64_t), void *pick_ctx,
                                 const lq_engine_config_t *wanted, lq_engine_market_t market)
{
    world_t *w = calloc(1, sizeof(*w));
    LQ_ASSERT(w);
    w->market = market;
    w->instance = chain_instance;
    lq_engine_config_t config = wanted ? *wanted : world_config(NULL, NULL);
    config.sync.instances = &w->instance;
    config.markets = &w->market;
    if (market.funding == LQ_FUNDING_FLASH) {
        config.executor = (lq_address_t){{WORLD_EXECUTOR_BYTE}};
        config.sync.venues = chain_venues(FAKE_POOLS);
    }
    w->executor = config.executor;
    w->atomic = config.atomic;
    w->window_blk = config.sync.window_blk;
    w->wall_sec = WORLD_FIRST_SEC;
    w->chain = chain_world(pick, pick_ctx, config.sync.venues.pool_cnt, 20);
    w->chain->event = world_event;
    w->chain->event_ctx = w;
    LQ_ASSERT(!lq_arena_init(&w->chain->arena, lq_engine_arena_sz(&config)));
    LQ_ASSERT(
        !lq_engine_new(&w->engine, &w->chain->arena, &config, &market_swaps, world_on_action, w));
    w->chain->sync = lq_engine_sync(w->engine);
    return w;
}

/* What a world is picked by: CTX is a lq_rng_t. */
static inline uint64_t world_pick(void *ctx, uint64_t n)
{
    return n ? lq_rng_below(ctx, n) : 0;
}

static inline bool world_is_trusted(const world_t *w)
{
    return lq_sync_instance_stat(lq_engine_sync(w->engine), 0).trust == LQ_TRUST_FULL;
}

static inline void world_until_trusted(world_t *w)
{
    for (size_t i = 0; !world_is_trusted(w); i++) {
        LQ_ASSERT(i < 100000);
        chain_step(w->chain);
    }
}

/* Goes on from where a market was trusted, in place of a beginning. */
static inline void world_trusted(world_t *w)
{
    chain_t *t = w->chain;
    size_t at = chain_above(t, t->tip, t->nodes[t->tip].header.block.number - 3);
    lq_sync_place_t place = {.block = t->nodes[at].header.block,
                             .block_sec = t->nodes[at].header.timestamp_sec,
                             .phase = LQ_SYNC_STRUCTURE,
                             .instance_cnt = 1};
    place.instances[0].searched_blk = CHAIN_FIRST;
    place.instances[0].audit_cnt = LQ_TRUST_AUDIT_CNT;
    place.instances[0].trust = LQ_TRUST_FULL;
    LQ_ASSERT(!lq_sync_place_restored(t->sync, &place));
    t->head = false;
    world_event(w, &(lq_event_t){.kind = LQ_EVENT_RESUME});
}

static inline void world_free(world_t *w)
{
    chain_free(w->chain);
    free(w);
}

static inline void world_fund(world_t *w, uint64_t amount)
{
    lq_funds_t funds = {.token = {{FAKE_TOKEN_BYTE + 1}}, .amount = {{amount, 0, 0, 0}}};
    w->funds = amount;
    world_event(w, &(lq_event_t){.kind = LQ_EVENT_FUNDS, .as.funds = &funds});
}

static inline void world_timer(world_t *w, uint64_t sec)
{
    w->wall_sec += sec;
    world_event(w, &(lq_event_t){.kind = LQ_EVENT_TIMER});
}

static inline void world_command(world_t *w, lq_command_kind_t kind)
{
    world_event(w, &(lq_event_t){.kind = LQ_EVENT_COMMAND, .as.command = {kind, 0}});
}

/* Mined so long ago that its place may be another's: that a reorg takes it back is not heard any
   more. */
static inline bool world_is_late(const world_t *w, const world_intent_t *it)
{
    return w->high_blk > it->landed_blk + 2 * w->window_blk;
}

static inline void world_outcome(world_t *w, uint64_t id, lq_outcome_kind_t kind)
{
    lq_outcome_t outcome = {.intent = id, .kind = kind};
    bool moved = kind == LQ_OUTCOME_MINED || kind == LQ_OUTCOME_WON || kind == LQ_OUTCOME_FINAL;
    if (moved || kind == LQ_OUTCOME_REVERTED) {
        outcome.gas = 250000;
        outcome.gas_price_wei.raw = lq_u256_from_u64(1000000000);
    }
    world_intent_t *it = id >= 1 && id <= w->intent_cnt ? &w->intents[id - 1] : NULL;
    if (it && it->asked && kind != LQ_OUTCOME_SENT && kind != LQ_OUTCOME_UNMINED) {
        it->asked = false;
        it->mined =
            kind == LQ_OUTCOME_MINED || kind == LQ_OUTCOME_WON || kind == LQ_OUTCOME_REVERTED;
        it->won = kind == LQ_OUTCOME_WON;
        it->landed_blk = lq_sync_stat(lq_engine_sync(w->engine)).top.number;
        if (moved) {
            outcome.repaid = lq_u256_from_u64(it->repaid);
            outcome.seized = lq_u256_from_u64(it->repaid);
        }
    } else if (it && it->mined && kind == LQ_OUTCOME_UNMINED) {
        it->asked = !world_is_late(w, it);
        it->mined = false;
        it->won = false;
    } else if (it && kind == LQ_OUTCOME_FINAL) {
        it->mined = false;
    }
    world_event(w, &(lq_event_t){.kind = LQ_EVENT_OUTCOME, .as.outcome = &outcome});
}

/* The same outcome of all that are in flight. */
static inline void world_outcomes(world_t *w, lq_outcome_kind_t kind)
{
    for (size_t i = 0; i < w->intent_cnt; i++)
        if (w->intents[i].asked)
            world_outcome(w, i + 1, kind);
}

/* N blocks more, to the end. */
static inline void world_blocks(world_t *w, size_t n)
{
    for (; n; n--) {
        w->chain->tip = chain_extend(w->chain, w->chain->tip);
        (void)chain_rest(w->chain);
    }
}

/* A block on the tip in which nothing happens, not given yet. */
static inline chain_node_t *world_block(world_t *w)
{
    chain_t *t = w->chain;
    t->tip = chain_extend(t, t->tip);
    chain_node_t *n = &t->nodes[t->tip];
    n->log_cnt = 0;
    n->c = t->nodes[n->parent].c;
    return n;
}

/* N blocks in which nothing happens. */
static inline void world_plain_blocks(world_t *w, size_t n)
{
    for (; n; n--) {
        (void)world_block(w);
        (void)chain_rest(w->chain);
    }
}

/* OWNER has TO of RESERVE from N on. */
static inline void world_hold(chain_node_t *n, uint8_t owner, uint8_t reserve, uint64_t to)
{
    uint64_t by = to - n->c.balance[owner][reserve];
    n->c.balance[owner][reserve] = to;
    chain_log(n, (lq_address_t){{(uint8_t)(FAKE_TOKEN_BYTE + reserve)}}, FAKE_TOPIC_MOVE, owner,
              by);
}

/* One step of everything. */
static inline void world_step(world_t *w)
{
    uint64_t what = chain_pick(w->chain, 100);
    if (what < 75) {
        chain_step(w->chain);
    } else if (what < 90) {
        uint64_t id = w->intent_cnt - chain_pick(w->chain, 12);
        lq_outcome_kind_t kind = (lq_outcome_kind_t)chain_pick(w->chain, LQ_OUTCOME_CNT);
        world_outcome(w, id, kind);
    } else if (what < 93) {
        world_fund(w, chain_pick(w->chain, 3000));
    } else if (what < 96) {
        world_timer(w, chain_pick(w->chain, 4));
    } else if (what < 97) {
        world_command(w, (lq_command_kind_t)chain_pick(w->chain, LQ_COMMAND_CNT));
    } else {
        market_will.verdicts[chain_pick(w->chain, 2)] =
            chain_pick(w->chain, 8) ? LQ_VALUE_FRESH : (lq_value_verdict_t)chain_pick(w->chain, 4);
    }
}

#endif
