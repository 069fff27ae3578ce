#include "bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "answer_log.h"
#include "following.h"
#include "population_trial.h"

/* The engine over a population of a million: from the log of a price to the transaction wanted, of
   the one account that it makes liquidatable. */
#define ACCOUNT_CNT (LQ_ASAN ? (size_t)50000 : (size_t)1000000)

#define AGGREGATOR_BYTE 0xfa
#define SAMPLE_MAX      200000u
#define USDC            10u /* the reserve; ether is 0 */

typedef struct world {
    lq_arena_t arena;
    lq_adapter_t adapter;
    lq_sync_instance_t instance;
    lq_engine_market_t market;
    lq_engine_t *engine;
    population_t p;
    lq_header_t head;
    uint64_t round;
    int64_t high; /* of ETH: nobody is liquidatable */
    int64_t low;  /* one is */
    uint64_t intent;
    uint64_t taken_ns;
    uint64_t took[SAMPLE_MAX];  /* ns from event to decision */
    uint64_t quiet[SAMPLE_MAX]; /* of a price that moves as much, and endangers nobody */
    size_t took_cnt;
} world_t;

/* ---- the world ---- */

static uint64_t now_ns(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static void on_action(void *ctx, const lq_action_t *action)
{
    world_t *w = ctx;
    if (action->kind != LQ_ACTION_TAKE)
        return;
    w->intent = action->as.take->intent;
    w->taken_ns = now_ns();
}

static void event(world_t *w, lq_event_t e)
{
    e.time.wall_ns = POPULATION_NOW_SEC * 1000000000u;
    lq_engine_event(w->engine, &e);
    while (lq_engine_is_deciding(w->engine))
        lq_engine_event(w->engine, &(lq_event_t){.kind = LQ_EVENT_GO_ON, .time = e.time});
}

/* The log of a price, as it comes from the node. */
static void tick(world_t *w, int64_t answer)
{
    uint8_t data[32];
    const lq_address_t aggregator = {{AGGREGATOR_BYTE, FEED_ETH + 1}};
    lq_u256_t word = lq_u256_from_u64((uint64_t)answer);
    lq_evm_log_t log = answer_log(data, aggregator, &word, ++w->round, POPULATION_NOW_SEC);
    log.block = w->head.block;
    event(w, (lq_event_t){.kind = LQ_EVENT_LOG, .as.log = &log});
}

static void next_block(world_t *w)
{
    if (w->head.block.number > 100)
        event(w, (lq_event_t){.kind = LQ_EVENT_BLOCK, .as.block = w->head.block});
    following_next(&w->head);
    event(w, (lq_event_t){.kind = LQ_EVENT_HEAD, .as.head = &w->head});
}

/* How many are armed or liquidatable where ETH answers ANSWER. */
static size_t endangered_at(world_t *w, int64_t answer)
{
    next_block(w);
    tick(w, answer);
    lq_book_stat_t stat = lq_book_stat(lq_sync_book(lq_engine_sync(w->engine)));
    return stat.tier_cnt[LQ_TIER_ARMED] + stat.tier_cnt[LQ_TIER_LIQUIDATABLE];
}

/* Cancels what is in flight, so that the next tick has it to ask for again. */
static void cancel(world_t *w)
{
    lq_outcome_t outcome = {.intent = w->intent, .kind = LQ_OUTCOME_CANCELLED};
    event(w, (lq_event_t){.kind = LQ_EVENT_OUTCOME, .as.outcome = &outcome});
}

/* The lowest answer of ETH below FIRST at which nobody is endangered. */
static int64_t safe_answer(world_t *w, int64_t first)
{
    int64_t bad = first / 2;
    int64_t good = first;
    while (good - bad > 1) {
        int64_t mid = bad + (good - bad) / 2;
        if (endangered_at(w, mid))
            bad = mid;
        else
            good = mid;
    }
    return good;
}

static lq_engine_config_t config_of(const world_t *w)
{
    lq_sync_config_t sync = following_sync(&w->instance);
    sync.ledger = population_ledger(ACCOUNT_CNT);
    sync.group_max += ACCOUNT_CNT / 20;
    lq_engine_config_t config = following_engine(&sync, &w->market);
    config.coin_token = (lq_address_t){{0xbb, 1}};
    config.limits.gap_bps = 500;
    return config;
}

static void start(world_t *w)
{
    lq_engine_config_t config = config_of(w);
    w->adapter = population_with_trials();
    w->instance = (lq_sync_instance_t){.adapter = &w->adapter, .name = "population"};
    if (lq_arena_init(&w->arena, lq_engine_arena_sz(&config)) != LQ_OK ||
        lq_engine_new(&w->engine, &w->arena, &config, &lq_swaps_none, on_action, w) != LQ_OK)
        abort();
    population_init_sync(&w->p, lq_engine_sync(w->engine), ACCOUNT_CNT, 1);
    lq_sync_place_t place = following_place(100, POPULATION_NOW_SEC - 12, 1, LQ_TRUST_FULL);
    if (lq_sync_place_restored(lq_engine_sync(w->engine), &place) != LQ_OK)
        abort();
    w->head = (lq_header_t){.block = place.block, .timestamp_sec = POPULATION_NOW_SEC - 12};
    w->round = 100;
    event(w, (lq_event_t){.kind = LQ_EVENT_RESUME});
}

static void fund(world_t *w)
{
    for (uint8_t i = 0; i < POPULATION_ASSET_CNT; i++) {
        lq_funds_t funds = {.token = {{0xbb, (uint8_t)(i + 1)}}, .amount = {{0, 1u << 30, 0, 0}}};
        event(w, (lq_event_t){.kind = LQ_EVENT_FUNDS, .as.funds = &funds});
    }
}

static world_t *made(void *ctx)
{
    world_t *w = ctx;
    if (w->engine)
        return w;
    start(w);
    int64_t first = (int64_t)w->p.feeds[FEED_ETH].answer.bits.w[0];
    w->high = safe_answer(w, first) / 100 * 102;
    w->low = w->high / 1000 * 999;
    next_block(w);
    tick(w, w->high);
    (void)population_account(&w->p, 0, USDC, 1e12, 1.0005);
    fund(w);
    next_block(w);
    lq_engine_stat_t stat = lq_engine_stat(w->engine);
    (void)fprintf(stderr,
                  "# engine: %zu accounts; ETH from %lld to %lld makes one liquidatable; before: "
                  "%llu candidates, %llu sized\n",
                  ACCOUNT_CNT, (long long)w->high, (long long)w->low,
                  (unsigned long long)stat.began_cnt, (unsigned long long)stat.size_cnt);
    return w;
}

/* Until the transaction is wanted; where none is, until the event has been taken. */
static uint64_t timed_tick(world_t *w, int64_t answer)
{
    next_block(w);
    w->taken_ns = 0;
    uint64_t from = now_ns();
    tick(w, answer);
    uint64_t to = now_ns();
    return (w->taken_ns ? w->taken_ns : to) - from;
}

/* A block, the price that makes one liquidatable, the price that heals it, and what was asked for
   cancelled; and a block with a price that endangers nobody. The first tick of each block is timed
   by itself. */
static void decisions(void *ctx, size_t iters)
{
    world_t *w = made(ctx);
    for (; iters; iters--) {
        uint64_t takes = lq_engine_stat(w->engine).take_cnt;
        uint64_t took = timed_tick(w, w->low);
        if (lq_engine_stat(w->engine).take_cnt != takes + 1)
            abort();
        tick(w, w->high);
        cancel(w);
        uint64_t quiet = timed_tick(w, w->high + (w->high - w->low));
        tick(w, w->high);
        if (w->took_cnt == SAMPLE_MAX)
            continue;
        w->took[w->took_cnt] = took;
        w->quiet[w->took_cnt++] = quiet;
    }
}

/* Answers that move a little where nobody is near: two ticks. */
static void quiet_ticks(void *ctx, size_t iters)
{
    world_t *w = made(ctx);
    for (; iters; iters--) {
        next_block(w);
        for (unsigned i = 0; i < 32; i++) {
            tick(w, w->high + w->high / 100);
            tick(w, w->high + w->high / 100 + 1);
        }
    }
}

static int by_size(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a;
    uint64_t y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static void report(const char *what, uint64_t *ns, size_t cnt)
{
    qsort(ns, cnt, sizeof(ns[0]), by_size);
    if (cnt)
        (void)fprintf(stderr, "# engine: %s: p50 %llu ns, p99 %llu ns, %zu times\n", what,
                      (unsigned long long)ns[cnt / 2], (unsigned long long)ns[cnt * 99 / 100], cnt);
}

lq_bench_fn_t lq_bench_engine;
void lq_bench_engine(lq_bench_t *bench)
{
    static world_t w = {.market = {.funding = LQ_FUNDING_INVENTORY}};
    const lq_bench_case_t cases[] = {
        {.name = "engine/block, decision, healed, cancelled", .work = decisions, .ctx = &w},
        {.name = "engine/tick that endangers nobody", .work = quiet_ticks, .ctx = &w, .scale = 64},
    };
    for (size_t i = 0; i < LQ_ARRAY_CNT(cases); i++)
        lq_bench_case(bench, &cases[i]);
    if (!w.engine)
        return;
    report("from a price to the decision", w.took, w.took_cnt);
    report("of a price that endangers nobody", w.quiet, w.took_cnt);
    lq_arena_fini(&w.arena);
}
