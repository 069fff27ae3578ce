#include "bench.h"

#include <string.h>

#include "liqd/codec/abi_uniswap_v3.h"
#include "liqd/market/venues.h"

/* A v3 pool of a thousand ticks, and its logs: a block each. */
enum {
    SPACING = 10,
    POSITION_CNT = 500,
    AMOUNT = 1000000,
    MANY_CNT = 32000,
    CALL_MAX = 300,
    ANSWER_SZ = 256,
};

typedef struct venues_bench {
    lq_arena_t arena;
    lq_undo_t *undo;
    lq_venues_t *v;
    uint64_t blk;
    lq_evm_log_t position;
    uint8_t position_data[128];
    lq_evm_log_t swaps[2]; /* there and back */
    uint8_t swap_data[2][160];
    uint8_t answers[CALL_MAX][ANSWER_SZ];
} venues_bench_t;

static const lq_address_t pool_address = {{[19] = 1}};

static void put_i32(uint8_t out[32], int32_t v)
{
    uint32_t be = __builtin_bswap32((uint32_t)v);
    memset(out, v < 0 ? 0xff : 0, 28);
    memcpy(out + 28, &be, 4);
}

static void put_sqrt(uint8_t out[32], int32_t tick)
{
    lq_u256_t sqrt;
    LQ_ASSERT(lq_v3_sqrt_at_tick(&sqrt, tick) == LQ_OK);
    lq_u256_to_be(out, &sqrt);
}

/* At the price 1, without a tick. */
static void put_answer(uint8_t out[ANSWER_SZ], const lq_read_call_t *call)
{
    uint32_t selector = (uint32_t)call->input[0] << 24 | (uint32_t)call->input[1] << 16 |
                        (uint32_t)call->input[2] << 8 | call->input[3];
    memset(out, 0, ANSWER_SZ);
    if (selector == LQ_ABI_UNISWAP_V3_TOKEN0_SELECTOR)
        out[31] = 2;
    else if (selector == LQ_ABI_UNISWAP_V3_TOKEN1_SELECTOR)
        out[31] = 3;
    else if (selector == LQ_ABI_UNISWAP_V3_TICK_SPACING_SELECTOR)
        out[31] = SPACING;
    else if (selector == LQ_ABI_UNISWAP_V3_SLOT0_SELECTOR)
        put_sqrt(out, 0);
}

static void read_all(venues_bench_t *b)
{
    static lq_read_call_t calls[CALL_MAX];
    static uint8_t data[CALL_MAX * 64];
    static lq_read_result_t results[CALL_MAX];
    for (;;) {
        lq_subject_t subject = {0};
        lq_calls_t list = {
            .calls = calls, .call_max = CALL_MAX, .data = data, .data_max = sizeof(data)};
        if (!lq_venues_next(b->v, &subject))
            return;
        LQ_ASSERT(lq_venues_reads(b->v, &list, subject) == LQ_OK);
        for (size_t i = 0; i < list.call_cnt; i++) {
            put_answer(b->answers[i], &calls[i]);
            results[i] = (lq_read_result_t){true, b->answers[i], ANSWER_SZ};
        }
        LQ_ASSERT(lq_venues_answer(b->v, subject, results, list.call_cnt));
    }
}

static void give(venues_bench_t *b, const lq_evm_log_t *log)
{
    bool fault = false;
    LQ_ASSERT(lq_venues_apply(b->v, log, &fault) && !fault);
}

static void set_position(venues_bench_t *b, bool burn, int32_t lower, int32_t upper)
{
    b->position.topics[0] =
        burn ? lq_abi_uniswap_v3_burn_event_topic : lq_abi_uniswap_v3_mint_event_topic;
    put_i32(b->position.topics[2].b, lower);
    put_i32(b->position.topics[3].b, upper);
    put_i32(b->position_data, burn ? AMOUNT : 0);
    put_i32(b->position_data + 32, burn ? 0 : AMOUNT);
    b->position.data_sz = burn ? 96 : 128;
}

static void set_swap(venues_bench_t *b, unsigned i, int32_t tick, int32_t liquidity)
{
    b->swaps[i] = (lq_evm_log_t){.address = pool_address,
                                 .topic_cnt = 3,
                                 .topics = {lq_abi_uniswap_v3_swap_event_topic},
                                 .data = b->swap_data[i],
                                 .data_sz = sizeof(b->swap_data[i])};
    put_sqrt(b->swap_data[i] + 64, tick);
    put_i32(b->swap_data[i] + 96, liquidity);
    put_i32(b->swap_data[i] + 128, tick);
}

static void fill(venues_bench_t *b)
{
    const lq_venue_pool_config_t pool = {.kind = LQ_VENUE_UNISWAP_V3, .address = pool_address};
    const lq_venues_config_t config = {
        .pools = &pool, .pool_cnt = 1, .tick_max = (size_t)2 * MANY_CNT, .seed = 7};
    const lq_undo_config_t undo = {
        .state_sz = lq_venues_state_sz(&config) + 64, .line_max = 1u << 16, .blk_max = 65};
    LQ_ASSERT(lq_arena_init(&b->arena, 64u << 20) == LQ_OK);
    LQ_ASSERT(lq_undo_new(&b->undo, &b->arena, &undo) == LQ_OK);
    LQ_ASSERT(lq_venues_new(&b->v, &b->arena, b->undo, &config) == LQ_OK);
    read_all(b);
    b->position = (lq_evm_log_t){.address = pool_address, .topic_cnt = 4, .data = b->position_data};
    for (int32_t i = 1; i <= POSITION_CNT; i++) {
        set_position(b, false, -SPACING * i, SPACING * i);
        give(b, &b->position);
    }
    LQ_ASSERT(lq_venues_pool(b->v, 0)->status == LQ_NO_ROUTE_NONE);
    set_swap(b, 0, 35, (POSITION_CNT - 3) * AMOUNT); /* over three ticks */
    set_swap(b, 1, 0, POSITION_CNT * AMOUNT);
}

static void next_block(venues_bench_t *b)
{
    lq_undo_begin(b->undo, ++b->blk);
}

static void apply_swaps(void *ctx, size_t iters)
{
    venues_bench_t *b = ctx;
    for (size_t i = 0; i < iters; i++) {
        next_block(b);
        give(b, &b->swaps[i % 2]);
    }
    give(b, &b->swaps[1]);
}

/* A position over others' ends, in and out again. */
static void apply_positions(void *ctx, size_t iters)
{
    venues_bench_t *b = ctx;
    for (size_t i = 0; i < iters; i++) {
        next_block(b);
        set_position(b, i % 2 != 0, -SPACING * 200, SPACING * 300);
        give(b, &b->position);
    }
    if (iters % 2) {
        set_position(b, true, -SPACING * 200, SPACING * 300);
        give(b, &b->position);
    }
}

/* One with an end of its own, below five hundred others. */
static void apply_new_ticks(void *ctx, size_t iters)
{
    venues_bench_t *b = ctx;
    for (size_t i = 0; i < iters; i++) {
        next_block(b);
        set_position(b, i % 2 != 0, -SPACING * 600, SPACING * 100);
        give(b, &b->position);
    }
    if (iters % 2) {
        set_position(b, true, -SPACING * 600, SPACING * 100);
        give(b, &b->position);
    }
}

/* One with an end of its own behind 32,000 others that somebody has paid for. */
static void fill_many(venues_bench_t *b)
{
    for (int32_t i = POSITION_CNT + 200; i <= MANY_CNT; i++) {
        set_position(b, false, -SPACING * i, SPACING * i);
        give(b, &b->position);
    }
}

static void apply_behind_many(void *ctx, size_t iters)
{
    venues_bench_t *b = ctx;
    for (size_t i = 0; i < iters; i++) {
        next_block(b);
        set_position(b, i % 2 != 0, -SPACING * (MANY_CNT + 1), SPACING * 100);
        give(b, &b->position);
    }
    if (iters % 2) {
        set_position(b, true, -SPACING * (MANY_CNT + 1), SPACING * 100);
        give(b, &b->position);
    }
}

static void ignore(void *ctx, size_t iters)
{
    venues_bench_t *b = ctx;
    lq_evm_log_t other = b->swaps[0];
    bool fault = false;
    other.address.b[0] = 1;
    for (size_t i = 0; i < iters; i++)
        LQ_ASSERT(!lq_venues_apply(b->v, &other, &fault));
}

lq_bench_fn_t lq_bench_venues;
void lq_bench_venues(lq_bench_t *bench)
{
    static venues_bench_t b;
    fill(&b);
    lq_bench_case(bench, &(lq_bench_case_t){.name = "market/venues_swap_over_3_ticks",
                                            .work = apply_swaps,
                                            .ctx = &b});
    lq_bench_case(bench, &(lq_bench_case_t){
                             .name = "market/venues_mint", .work = apply_positions, .ctx = &b});
    lq_bench_case(bench, &(lq_bench_case_t){.name = "market/venues_mint_new_tick",
                                            .work = apply_new_ticks,
                                            .ctx = &b});
    lq_bench_case(bench, &(lq_bench_case_t){
                             .name = "market/venues_log_of_nobody", .work = ignore, .ctx = &b});
    fill_many(&b);
    lq_bench_case(bench, &(lq_bench_case_t){.name = "market/venues_mint_behind_32000",
                                            .work = apply_behind_many,
                                            .ctx = &b});
    lq_arena_fini(&b.arena);
}
