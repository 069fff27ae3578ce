#ifndef AAVE_ENGINE_H
#define AAVE_ENGINE_H

/* A real engine over the real adapter of Aave v3, in a pool as aave_v3_world.h has it: its prices
   are Chainlink feeds that the oracles read, so that overlays move them. State is put in by hand;
   what the engine asks for is not answered. Another instance may stand beside. */

#include "aave_v3_world.h"
#include "answer_log.h"
#include "following.h"
#include "lq_test.h"
#include "plan_digest.h"

#include "liqd/base/digest.h"
#include "liqd/codec/abi_chainlink.h"
#include "liqd/codec/abi_price_adapter.h"
#include "liqd/engine/engine.h"

enum {
    AAVE_AGGREGATOR = 0xfa,
    AAVE_CALL_MAX = 64,
    AAVE_FIRST_BLK = 100,
};

typedef struct aave_engine {
    lq_arena_t arena;
    lq_engine_t *engine;
    lq_sync_instance_t instances[2];
    lq_engine_market_t markets[2];
    world_t world;
    world_rig_t rig; /* of instance 0, in the engine's ledger */
    lq_header_t head;
    uint64_t digest; /* of what was asked for */
    uint64_t round;

    /* What another contract than the pool's feeds answers to CALL, in OUT; 0: it reverts. */
    size_t (*other)(void *ctx, uint8_t *out, const lq_read_call_t *call);
    void *other_ctx;
} aave_engine_t;

static inline lq_engine_config_t aave_engine_config(aave_engine_t *w, size_t account_max)
{
    w->instances[0] = (lq_sync_instance_t){.adapter = &lq_adapter_aave_v3,
                                           .name = "aave",
                                           .config = {.contract = world_address(AT_POOL, 0),
                                                      .version = w->world.version,
                                                      .asset_max = WORLD_RESERVE_MAX}};
    lq_sync_config_t sync = following_sync(w->instances);
    sync.ledger = (lq_ledger_config_t){.account_max = account_max,
                                       .leg_max = 4 * account_max + (size_t)16 * 1024,
                                       .pool_max = 32,
                                       .factor_max = 512};
    sync.group_max += account_max / 20;
    lq_engine_config_t config = following_engine(&sync, w->markets);
    config.coin_token = world_address(AT_ASSET, 0);
    config.candidate_max = 64;
    config.inflight_max = 8;
    config.gas_kind_max = 64;
    config.slice_work = LQ_ENGINE_SLICE;
    return config;
}

static inline void aave_engine_action(void *ctx, const lq_action_t *action)
{
    aave_engine_t *w = ctx;
    w->digest = lq_digest_word(w->digest, action->kind);
    if (action->kind == LQ_ACTION_CANDIDATE)
        w->digest = lq_digest_word(w->digest,
                                   lq_digest(action->as.candidate, sizeof(*action->as.candidate)));
    if (action->kind != LQ_ACTION_TAKE)
        return;
    w->digest = lq_digest_word(w->digest, action->as.take->intent);
    w->digest = lq_digest_word(w->digest, lq_test_plan_digest(action->as.take->plan));
    for (size_t i = 0; i < action->as.take->tx_cnt; i++)
        w->digest = lq_digest_word(
            w->digest, lq_digest(action->as.take->txs[i].input, action->as.take->txs[i].input_sz));
}

static inline void aave_engine_make(aave_engine_t *w, const lq_engine_config_t *config)
{
    assert_ok(lq_arena_init(&w->arena, lq_engine_arena_sz(config)));
    assert_ok(lq_engine_new(&w->engine, &w->arena, config, &lq_swaps_none, aave_engine_action, w));
    lq_sync_t *sync = lq_engine_sync(w->engine);
    w->rig = (world_rig_t){.undo = lq_sync_undo(sync),
                           .ledger = lq_sync_ledger(sync),
                           .self = lq_sync_self(sync, 0),
                           .world = &w->world};
    w->world.emit = world_rig_log;
    w->world.ctx = &w->rig;
    lq_book_set_now(lq_sync_book(sync), w->world.now_sec);
}

static inline void aave_engine_free(aave_engine_t *w)
{
    lq_arena_fini(&w->arena);
}

/* ---- prices ---- */

/* What feed I says: a reserve's price, or an e-mode's. */
static inline lq_u256_t aave_engine_price(const aave_engine_t *w, const lq_address_t *source)
{
    return source->b[0] == AT_SOURCE ? w->world.reserves[source->b[19]].price
                                     : w->world.categories[source->b[19]].price;
}

static inline size_t aave_engine_proxy(const aave_engine_t *w, uint8_t *out,
                                       const lq_read_call_t *call, uint32_t selector)
{
    lq_u256_t price = aave_engine_price(w, &call->to);
    lq_u256_t round = {{10, 1, 0, 0}}; /* of phase 1 */
    lq_u256_t sec = lq_u256_from_u64(w->world.now_sec);
    lq_address_t aggregator = call->to;
    aggregator.b[1] = AAVE_AGGREGATOR;
    const lq_u256_t words[5] = {round, price, sec, sec, round};
    memset(out, 0, 32);
    switch (selector) {
    case LQ_ABI_CHAINLINK_AGGREGATOR_SELECTOR:
        memcpy(out + 12, aggregator.b, sizeof(aggregator.b));
        return 32;
    case LQ_ABI_CHAINLINK_DECIMALS_SELECTOR:
        out[31] = 8;
        return 32;
    case LQ_ABI_PRICE_ADAPTER_LATEST_ANSWER_SELECTOR:
        lq_u256_to_be(out, &price);
        return 32;
    case LQ_ABI_CHAINLINK_LATEST_ROUND_DATA_SELECTOR:
        for (size_t i = 0; i < 5; i++)
            lq_u256_to_be(out + 32 * i, &words[i]);
        return 160;
    default:
        return 0;
    }
}

static inline size_t aave_engine_ask(const aave_engine_t *w, uint8_t *out,
                                     const lq_read_call_t *call)
{
    uint32_t selector = (uint32_t)call->input[0] << 24 | (uint32_t)call->input[1] << 16 |
                        (uint32_t)call->input[2] << 8 | call->input[3];
    bool is_feed =
        (call->to.b[0] == AT_SOURCE || call->to.b[0] == AT_SOURCE + 100) && call->to.b[1] == 0;
    if (is_feed)
        return aave_engine_proxy(w, out, call, selector);
    return w->other ? w->other(w->other_ctx, out, call) : 0;
}

static inline void aave_engine_read(aave_engine_t *w, lq_subject_t subject)
{
    static uint8_t data[AAVE_CALL_MAX][192];
    lq_oracles_t *oracles = lq_sync_oracles(lq_engine_sync(w->engine));
    lq_read_call_t list[AAVE_CALL_MAX];
    lq_read_result_t results[AAVE_CALL_MAX];
    uint8_t in[4096];
    lq_calls_t calls = {
        .calls = list, .call_max = AAVE_CALL_MAX, .data = in, .data_max = sizeof(in)};
    assert_ok(lq_oracles_reads(oracles, &calls, subject));
    for (size_t i = 0; i < calls.call_cnt; i++) {
        size_t sz = aave_engine_ask(w, data[i], &list[i]);
        results[i] = (lq_read_result_t){sz > 0, data[i], sz};
    }
    assert_true(lq_oracles_answer(oracles, subject, results, calls.call_cnt, w->world.now_sec) !=
                LQ_ORACLES_FAULT);
}

/* Has the oracles read, and everything valued. */
static inline void aave_engine_value(aave_engine_t *w)
{
    lq_sync_t *sync = lq_engine_sync(w->engine);
    lq_subject_t subject = {0};
    assert_ok(lq_book_bind(lq_sync_book(sync)));
    for (size_t pass = 0; pass < 20 && lq_oracles_next(lq_sync_oracles(sync), &subject); pass++) {
        do
            aave_engine_read(w, subject);
        while (lq_oracles_next(lq_sync_oracles(sync), &subject));
        subject = (lq_subject_t){0};
    }
    lq_book_settle(lq_sync_book(sync));
    lq_book_rebuild(lq_sync_book(sync));
}

/* The oracles' number of the feed of reserve R. */
static inline uint32_t aave_engine_feed(const aave_engine_t *w, unsigned r)
{
    lq_address_t source = world_address(AT_SOURCE, r);
    uint32_t feed = 0;
    assert_ok(lq_oracles_find_feed(lq_sync_oracles(lq_engine_sync(w->engine)), &feed, &source));
    return feed;
}

/* ---- following ---- */

static inline void aave_engine_event(aave_engine_t *w, lq_event_t event)
{
    event.time.wall_ns = w->world.now_sec * 1000000000u;
    lq_engine_event(w->engine, &event);
    while (lq_engine_is_deciding(w->engine))
        lq_engine_event(w->engine, &(lq_event_t){.kind = LQ_EVENT_GO_ON, .time = event.time});
}

/* Stands at a block, whose successor costs BASE_FEE_WEI, with TRUST in each of CNT instances. */
static inline void aave_engine_follow(aave_engine_t *w, size_t cnt, lq_trust_t trust,
                                      uint64_t base_fee_wei)
{
    lq_sync_t *sync = lq_engine_sync(w->engine);
    lq_sync_place_t place =
        following_place(AAVE_FIRST_BLK, w->world.now_sec - 12, (uint32_t)cnt, trust);
    for (uint32_t i = 0; i < cnt; i++)
        place.instances[i].version = lq_sync_instance_stat(sync, i).version;
    assert_ok(lq_sync_place_restored(sync, &place));
    aave_engine_event(w, (lq_event_t){.kind = LQ_EVENT_RESUME});
    w->head = (lq_header_t){.block = {.number = AAVE_FIRST_BLK + 1, .hash = {{1}}},
                            .timestamp_sec = w->world.now_sec - 12,
                            .base_fee_wei = {{{base_fee_wei}}}};
    aave_engine_event(w, (lq_event_t){.kind = LQ_EVENT_HEAD, .as.head = &w->head});
}

static inline void aave_engine_fund(aave_engine_t *w, lq_address_t token, lq_u256_t amount)
{
    lq_funds_t funds = {.token = token, .amount = amount};
    aave_engine_event(w, (lq_event_t){.kind = LQ_EVENT_FUNDS, .as.funds = &funds});
}

/* The feed of reserve R answers PRICE, as a log tells. */
static inline void aave_engine_tick(aave_engine_t *w, unsigned r, uint64_t price)
{
    uint8_t data[32];
    lq_address_t aggregator = world_address(AT_SOURCE, r);
    aggregator.b[1] = AAVE_AGGREGATOR;
    lq_u256_t answer = lq_u256_from_u64(price);
    lq_evm_log_t log = answer_log(data, aggregator, &answer, 11 + w->round++, w->world.now_sec);
    log.block = w->head.block;
    aave_engine_event(w, (lq_event_t){.kind = LQ_EVENT_LOG, .as.log = &log});
}

#endif
