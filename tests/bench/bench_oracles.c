#include "bench.h"

#include <string.h>

#include "liqd/codec/abi_chainlink.h"
#include "liqd/codec/abi_price_adapter.h"
#include "liqd/market/oracles.h"

/* A feed with five oracles, among 2,000 of others, and its logs. */
enum {
    NOW_SEC = 1700000000,
    OTHER_CNT = 2000,
    OF_ONE_CNT = 5,
    CALL_MAX = 64,
};

typedef struct oracles_bench {
    lq_arena_t arena;
    lq_undo_t *undo;
    lq_oracles_t *o;
    uint64_t round;
    lq_evm_log_t log;
    uint8_t data[32];
    uint8_t answers[CALL_MAX][160];
} oracles_bench_t;

static lq_address_t address_of(uint32_t n)
{
    return (lq_address_t){
        {[0] = 1, [17] = (uint8_t)(n >> 16), [18] = (uint8_t)(n >> 8), [19] = (uint8_t)n}};
}

/* Address 0 is the feed of ether, 1 to 4 capped ratios over it, others feeds; aggregators are a
   million above. */
static size_t answer_call(uint8_t out[160], const lq_read_call_t *call)
{
    uint32_t selector = (uint32_t)call->input[0] << 24 | (uint32_t)call->input[1] << 16 |
                        (uint32_t)call->input[2] << 8 | call->input[3];
    uint32_t n = (uint32_t)call->to.b[17] << 16 | (uint32_t)call->to.b[18] << 8 | call->to.b[19];
    bool is_cap = n >= 1 && n < OF_ONE_CNT;
    lq_u256_t word = {{0}};
    lq_address_t address;
    memset(out, 0, 160);
    switch (selector) {
    case LQ_ABI_CHAINLINK_AGGREGATOR_SELECTOR:
    case LQ_ABI_PRICE_ADAPTER_BASE_TO_USD_AGGREGATOR_SELECTOR:
        if (is_cap == (selector == LQ_ABI_CHAINLINK_AGGREGATOR_SELECTOR))
            return 0;
        address = address_of(is_cap ? 0 : n + 1000000);
        memcpy(out + 12, address.b, sizeof(address.b));
        return 32;
    case LQ_ABI_CHAINLINK_LATEST_ROUND_DATA_SELECTOR:
        if (is_cap)
            return 0;
        out[31] = out[159] = 1;
        word = lq_u256_from_u64(200000000000);
        lq_u256_to_be(out + 32, &word);
        word = lq_u256_from_u64(NOW_SEC - 100);
        lq_u256_to_be(out + 96, &word);
        return 160;
    case LQ_ABI_CHAINLINK_DECIMALS_SELECTOR:
        word = lq_u256_from_u64(8);
        break;
    case LQ_ABI_PRICE_ADAPTER_LATEST_ANSWER_SELECTOR:
        word = lq_u256_from_u64(is_cap ? 240000000000 : 200000000000);
        break;
    case LQ_ABI_PRICE_ADAPTER_RATIO_DECIMALS_SELECTOR:
        word = lq_u256_from_u64(18);
        break;
    case LQ_ABI_PRICE_ADAPTER_GET_RATIO_SELECTOR:
    case LQ_ABI_PRICE_ADAPTER_GET_SNAPSHOT_RATIO_SELECTOR:
        word = lq_u256_from_u64(1200000000000000000);
        break;
    case LQ_ABI_PRICE_ADAPTER_GET_SNAPSHOT_TIMESTAMP_SELECTOR:
        word = lq_u256_from_u64(NOW_SEC - 1000);
        break;
    case LQ_ABI_PRICE_ADAPTER_GET_MAX_RATIO_GROWTH_PER_SECOND_SELECTOR:
        word = lq_u256_from_u64(1000);
        break;
    default:
        return 0;
    }
    lq_u256_to_be(out, &word);
    return 32;
}

static void read_all(oracles_bench_t *b)
{
    lq_subject_t subject = {0};
    while (lq_oracles_next(b->o, &subject)) {
        lq_read_call_t calls[CALL_MAX];
        lq_read_result_t results[CALL_MAX];
        uint8_t data[1024];
        lq_calls_t list = {
            .calls = calls, .call_max = CALL_MAX, .data = data, .data_max = sizeof(data)};
        LQ_ASSERT(lq_oracles_reads(b->o, &list, subject) == LQ_OK);
        for (size_t i = 0; i < list.call_cnt; i++) {
            size_t sz = answer_call(b->answers[i], &calls[i]);
            results[i] = (lq_read_result_t){sz != 0, b->answers[i], sz};
        }
        LQ_ASSERT(lq_oracles_answer(b->o, subject, results, list.call_cnt, NOW_SEC) !=
                  LQ_ORACLES_FAULT);
    }
}

static void fill(oracles_bench_t *b)
{
    const lq_oracles_config_t config = {.oracle_max = 4096, .feed_max = 4096, .seed = 7};
    const lq_undo_config_t undo = {
        .state_sz = lq_oracles_state_sz(&config) + 64, .line_max = 1u << 16, .blk_max = 65};
    LQ_ASSERT(lq_arena_init(&b->arena, 64u << 20) == LQ_OK);
    LQ_ASSERT(lq_undo_new(&b->undo, &b->arena, &undo) == LQ_OK);
    LQ_ASSERT(lq_oracles_new(&b->o, &b->arena, b->undo, &config) == LQ_OK);
    lq_oracles_set_now(b->o, NOW_SEC);
    for (uint32_t i = 0; i < OTHER_CNT; i++) {
        uint32_t oracle;
        lq_address_t source = address_of(i);
        LQ_ASSERT(lq_oracles_add(b->o, &oracle, &source, LQ_ORACLE_VIEW_ANSWER) == LQ_OK);
    }
    for (unsigned pass = 0; pass < 3; pass++)
        read_all(b);
    for (uint32_t i = 0; i < OTHER_CNT; i++)
        LQ_ASSERT(lq_oracles_get(b->o, i).shape ==
                  (i >= 1 && i < OF_ONE_CNT ? LQ_ORACLE_CAP_RATIO : LQ_ORACLE_FEED));
    lq_oracles_settled(b->o);
    b->round = 1;
    b->log = (lq_evm_log_t){.address = address_of(1000000), .topic_cnt = 3, .data = b->data};
    b->log.data_sz = sizeof(b->data);
    b->log.topics[0] = lq_abi_chainlink_answer_updated_event_topic;
    lq_u256_t sec = lq_u256_from_u64(NOW_SEC);
    lq_u256_to_be(b->data, &sec);
}

static void next_round(oracles_bench_t *b)
{
    b->round++;
    lq_u256_t round = lq_u256_from_u64(b->round);
    lq_u256_t answer = lq_u256_from_u64(200000000000 + (b->round & 0xffff));
    lq_u256_to_be(b->log.topics[1].b, &answer);
    lq_u256_to_be(b->log.topics[2].b, &round);
}

/* One log a block. */
static void apply(void *ctx, size_t iters)
{
    oracles_bench_t *b = ctx;
    for (size_t i = 0; i < iters; i++) {
        next_round(b);
        lq_undo_begin(b->undo, b->round);
        LQ_ASSERT(lq_oracles_apply(b->o, NULL, &b->log, NOW_SEC) == LQ_FEED_OK);
        size_t cnt;
        (void)lq_oracles_changed(b->o, &cnt);
        LQ_ASSERT(cnt == OF_ONE_CNT);
        lq_oracles_settled(b->o);
    }
}

/* The floor: the five prices alone. */
static void evaluate(void *ctx, size_t iters)
{
    oracles_bench_t *b = ctx;
    for (size_t i = 0; i < iters; i++) {
        for (uint32_t k = 0; k < OF_ONE_CNT; k++) {
            lq_u256_t value;
            LQ_ASSERT(lq_oracles_eval(b->o, &value, k, NULL, 0, NOW_SEC) == LQ_PRICE_OK);
            lq_bench_keep(&value);
        }
    }
}

static void ignore(void *ctx, size_t iters)
{
    oracles_bench_t *b = ctx;
    lq_evm_log_t other = b->log;
    other.address = address_of(77);
    for (size_t i = 0; i < iters; i++)
        LQ_ASSERT(lq_oracles_apply(b->o, NULL, &other, NOW_SEC) == LQ_FEED_SAME);
}

lq_bench_fn_t lq_bench_oracles;
void lq_bench_oracles(lq_bench_t *bench)
{
    static oracles_bench_t b;
    fill(&b);
    lq_bench_case(bench, &(lq_bench_case_t){.name = "market/oracles_log_of_5",
                                            .work = apply,
                                            .reference = "5_prices",
                                            .reference_work = evaluate,
                                            .ctx = &b,
                                            .target = 2});
    lq_bench_case(bench, &(lq_bench_case_t){
                             .name = "market/oracles_log_of_nobody", .work = ignore, .ctx = &b});
    lq_arena_fini(&b.arena);
}
