#ifndef ORACLES_RIG_H
#define ORACLES_RIG_H

/* A small world of contracts that answer views, and oracles that read it. */

#include "answer_log.h"
#include "market_test.h"

#include "liqd/codec/abi_chainlink.h"
#include "liqd/codec/abi_erc20.h"
#include "liqd/codec/abi_price_adapter.h"
#include "liqd/codec/abi_ratio.h"
#include "liqd/market/ocr.h"
#include "liqd/market/oracles.h"

#define SEL(name) LQ_ABI_PRICE_ADAPTER_##name##_SELECTOR

enum {
    NOW_SEC = 1700000000,
    VIEW_MAX = 512,
    WORD_MAX = 5,
    CALL_MAX = 128,
    CALL_DATA_SZ = 8192,
};

typedef struct world_view {
    lq_address_t at;
    uint32_t selector;
    size_t sz; /* of its answer */
    uint8_t answer[32 * WORD_MAX];
    bool gone; /* reverts */
} world_view_t;

typedef struct rig {
    lq_arena_t arena;
    lq_undo_t *undo;
    lq_oracles_t *o;
    world_view_t views[VIEW_MAX];
    size_t view_cnt;
    uint64_t block_sec;
    size_t read_cnt;
} rig_t;

static inline lq_address_t address_n(uint32_t n)
{
    return (lq_address_t){{[0] = 0xaa,
                           [16] = (uint8_t)(n >> 24),
                           [17] = (uint8_t)(n >> 16),
                           [18] = (uint8_t)(n >> 8),
                           [19] = (uint8_t)n}};
}

static inline lq_u256_t word_of_address(lq_address_t a)
{
    uint8_t be[32] = {0};
    memcpy(be + 12, a.b, 20);
    return lq_u256_from_be(be);
}

/* ---- the world ---- */

static inline world_view_t *view_of(rig_t *r, uint32_t at, uint32_t selector)
{
    lq_address_t a = address_n(at);
    for (size_t i = 0; i < r->view_cnt; i++)
        if (memcmp(&r->views[i].at, &a, sizeof(a)) == 0 && r->views[i].selector == selector)
            return &r->views[i];
    assert_true(r->view_cnt < VIEW_MAX);
    world_view_t *v = &r->views[r->view_cnt++];
    *v = (world_view_t){.at = a, .selector = selector};
    return v;
}

static inline void say_word(rig_t *r, uint32_t at, uint32_t selector, lq_u256_t word)
{
    world_view_t *v = view_of(r, at, selector);
    lq_u256_to_be(v->answer, &word);
    v->sz = 32;
    v->gone = false;
}

static inline void say(rig_t *r, uint32_t at, uint32_t selector, int64_t value)
{
    say_word(r, at, selector, lq_i256_from_i64(value).bits);
}

static inline void say_address(rig_t *r, uint32_t at, uint32_t selector, uint32_t whom)
{
    say_word(r, at, selector, word_of_address(address_n(whom)));
}

static inline void say_nothing(rig_t *r, uint32_t at, uint32_t selector)
{
    view_of(r, at, selector)->gone = true;
}

static inline void say_round(rig_t *r, uint32_t at, uint64_t phase, uint64_t round, int64_t answer,
                             uint64_t sec)
{
    world_view_t *v = view_of(r, at, LQ_ABI_CHAINLINK_LATEST_ROUND_DATA_SELECTOR);
    lq_u256_t id = {{round, phase, 0, 0}};
    lq_u256_t words[5] = {id, lq_i256_from_i64(answer).bits, lq_u256_from_u64(sec),
                          lq_u256_from_u64(sec), id};
    for (size_t i = 0; i < 5; i++)
        lq_u256_to_be(v->answer + 32 * i, &words[i]);
    v->sz = sizeof(v->answer);
    v->gone = false;
}

/* A proxy at AT over an aggregator at AT + 1000. */
static inline void put_answer(rig_t *r, uint32_t at, uint64_t round, int64_t answer)
{
    say_round(r, at, 1, round, answer, r->block_sec);
    say(r, at, SEL(LATEST_ANSWER), answer);
}

static inline void put_feed(rig_t *r, uint32_t at, int64_t answer)
{
    say_address(r, at, LQ_ABI_CHAINLINK_AGGREGATOR_SELECTOR, at + 1000);
    say(r, at, LQ_ABI_CHAINLINK_DECIMALS_SELECTOR, 8);
    put_answer(r, at, 10, answer);
}

/* ---- reads ---- */

static inline lq_read_result_t answer_of(rig_t *r, const lq_read_call_t *call)
{
    uint32_t selector = (uint32_t)call->input[0] << 24 | (uint32_t)call->input[1] << 16 |
                        (uint32_t)call->input[2] << 8 | call->input[3];
    for (size_t i = 0; i < r->view_cnt; i++) {
        const world_view_t *v = &r->views[i];
        if (v->selector == selector && !v->gone && memcmp(&v->at, &call->to, sizeof(v->at)) == 0)
            return (lq_read_result_t){true, v->answer, v->sz};
    }
    return (lq_read_result_t){false, NULL, 0};
}

typedef struct asked {
    lq_read_call_t calls[CALL_MAX];
    uint8_t data[CALL_DATA_SZ];
    lq_read_result_t results[CALL_MAX];
    size_t cnt;
} asked_t;

static inline void ask(rig_t *r, asked_t *a, lq_subject_t subject)
{
    lq_calls_t calls = {
        .calls = a->calls, .call_max = CALL_MAX, .data = a->data, .data_max = CALL_DATA_SZ};
    assert_ok(lq_oracles_reads(r->o, &calls, subject));
    a->cnt = calls.call_cnt;
    for (size_t i = 0; i < a->cnt; i++)
        a->results[i] = answer_of(r, &a->calls[i]);
}

static inline lq_oracles_answer_t read_one(rig_t *r, lq_subject_t subject)
{
    asked_t a;
    ask(r, &a, subject);
    r->read_cnt++;
    return lq_oracles_answer(r->o, subject, a.results, a.cnt, r->block_sec);
}

/* All that has to be read. */
static inline void settle(rig_t *r)
{
    for (unsigned pass = 0; pass < 20; pass++) {
        lq_subject_t subject = {0};
        if (!lq_oracles_next(r->o, &subject))
            return;
        do
            (void)read_one(r, subject);
        while (lq_oracles_next(r->o, &subject));
    }
    fail_msg("something is to be read for ever");
}

static inline size_t read_every_block(rig_t *r)
{
    lq_subject_t subject = {0};
    size_t cnt = 0;
    for (; lq_oracles_every_block(r->o, &subject); cnt++)
        (void)read_one(r, subject);
    return cnt;
}

static inline size_t recheck(rig_t *r)
{
    lq_subject_t subject = {0};
    size_t cnt = 0;
    for (; lq_oracles_recheck(r->o, &subject); cnt++)
        (void)read_one(r, subject);
    return cnt;
}

/* Whether the contract says what we expect. */
static inline bool audit(rig_t *r, uint32_t oracle)
{
    lq_read_call_t call;
    uint8_t data[4];
    lq_calls_t calls = {.calls = &call, .call_max = 1, .data = data, .data_max = sizeof(data)};
    assert_ok(lq_oracles_audit_reads(r->o, &calls, oracle));
    lq_read_result_t result = answer_of(r, &call);
    lq_u256_t ours = {{0}};
    lq_u256_t theirs = {{0}};
    bool we = lq_oracles_expected(r->o, &ours, oracle, r->block_sec) == LQ_PRICE_OK;
    bool they = lq_oracles_actual(r->o, &theirs, oracle, &result, 1) == LQ_PRICE_OK;
    return we == they && lq_u256_eq(&ours, &theirs);
}

/* ---- logs ---- */

/* AnswerUpdated of the aggregator of the proxy AT. */
static inline lq_feed_outcome_t log_answer(rig_t *r, uint32_t *feed, uint32_t at, uint64_t round,
                                           int64_t answer)
{
    uint8_t data[32];
    lq_i256_t current = lq_i256_from_i64(answer);
    lq_evm_log_t log = answer_log(data, address_n(at + 1000), &current.bits, round, r->block_sec);
    return lq_oracles_apply(r->o, feed, &log, r->block_sec);
}

/* ---- oracles ---- */

static inline void rig_init_sized(rig_t *r, size_t oracle_max, size_t feed_max)
{
    lq_oracles_config_t config = {.oracle_max = oracle_max, .feed_max = feed_max, .seed = 7};
    *r = (rig_t){.block_sec = NOW_SEC};
    assert_ok(lq_arena_init(&r->arena, 64u << 20));
    lq_undo_config_t undo = {
        .state_sz = lq_oracles_state_sz(&config) + 64, .line_max = 1u << 14, .blk_max = 64};
    assert_ok(lq_undo_new(&r->undo, &r->arena, &undo));
    assert_ok(lq_oracles_new(&r->o, &r->arena, r->undo, &config));
    lq_oracles_set_now(r->o, NOW_SEC);
}

static inline void rig_init(rig_t *r)
{
    rig_init_sized(r, 64, 64);
}

static inline void rig_fini(rig_t *r)
{
    lq_arena_fini(&r->arena);
}

static inline uint32_t add_oracle(rig_t *r, uint32_t at, lq_oracle_view_t view)
{
    uint32_t oracle;
    lq_address_t source = address_n(at);
    assert_ok(lq_oracles_add(r->o, &oracle, &source, view));
    return oracle;
}

static inline void assert_value(rig_t *r, uint32_t oracle, lq_oracle_shape_t shape, uint64_t value)
{
    lq_oracle_t got = lq_oracles_get(r->o, oracle);
    assert_string_equal(lq_oracle_shape_str(got.shape), lq_oracle_shape_str(shape));
    assert_false(got.needs_read);
    assert_string_equal(lq_price_verdict_str(got.verdict), lq_price_verdict_str(LQ_PRICE_OK));
    assert_u256_equal(got.value, lq_u256_from_u64(value));
    assert_true(audit(r, oracle));
}

static inline void assert_verdict(rig_t *r, uint32_t oracle, lq_price_verdict_t verdict)
{
    assert_string_equal(lq_price_verdict_str(lq_oracles_get(r->o, oracle).verdict),
                        lq_price_verdict_str(verdict));
}

/* ---- adapters: their getters, and what they say of themselves ---- */

#define RATIO_ONE 1000000000000000000

static inline void put_ratio(rig_t *r, uint32_t at, uint32_t base, int64_t ratio, int64_t base_says)
{
    say_address(r, at, SEL(BASE_TO_USD_AGGREGATOR), base);
    say(r, at, SEL(RATIO_DECIMALS), 18);
    say(r, at, SEL(GET_RATIO), ratio);
    say(r, at, LQ_ABI_CHAINLINK_DECIMALS_SELECTOR, 8);
    lq_u128_t product = (lq_u128_t)ratio * (lq_u128_t)base_says / RATIO_ONE;
    say(r, at, SEL(LATEST_ANSWER), (int64_t)product);
}

/* SCALED growth a second; the cap is what it is at the block's time. */
static inline void put_cap_ratio(rig_t *r, uint32_t at, uint32_t base, int64_t ratio,
                                 int64_t base_says, int64_t snapshot, uint64_t snapshot_sec,
                                 int64_t scaled)
{
    int64_t max = snapshot + (int64_t)((lq_u128_t)scaled * (r->block_sec - snapshot_sec) / 1000000);
    put_ratio(r, at, base, ratio < max ? ratio : max, base_says);
    say(r, at, SEL(GET_RATIO), ratio);
    say(r, at, SEL(GET_SNAPSHOT_RATIO), snapshot);
    say(r, at, SEL(GET_SNAPSHOT_TIMESTAMP), (int64_t)snapshot_sec);
    say(r, at, SEL(GET_MAX_RATIO_GROWTH_PER_SECOND), scaled / 1000000);
    say(r, at, SEL(GET_MAX_RATIO_GROWTH_PER_SECOND_SCALED), scaled);
}

static inline void put_cap_stable(rig_t *r, uint32_t at, uint32_t base, int64_t cap,
                                  int64_t base_says)
{
    say_address(r, at, SEL(ASSET_TO_USD_AGGREGATOR), base);
    say(r, at, SEL(GET_PRICE_CAP), cap);
    say(r, at, LQ_ABI_CHAINLINK_DECIMALS_SELECTOR, 8);
    say(r, at, SEL(LATEST_ANSWER), base_says < cap ? base_says : cap);
}

#endif
