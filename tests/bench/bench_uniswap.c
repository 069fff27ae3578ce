#include "bench.h"

#include "../unit/market/uniswap_rig.h"

#define COIN UINT64_C(1000000000000000000)

/* Dollars of 6 decimals for coins of 18 at about 2000, spacing 10: the widths of the busiest pool,
   1 % deep within each spacing or so. */
typedef struct uniswap_bench {
    rig_t rig;
    lq_u256_t amount;
    uint32_t tick_cnt; /* that the amount crosses */
    bool zero_for_one;
    bool exact_out;
} uniswap_bench_t;

static uint32_t ticks_of(const uniswap_bench_t *b)
{
    lq_v3_quote_t q;
    LQ_ASSERT((b->exact_out ? lq_v3_given_out : lq_v3_given_in)(
                  &q, &b->rig.pool, b->rig.ticks, b->zero_for_one, &b->amount) == LQ_OK);
    return q.tick_cnt;
}

static void make(uniswap_bench_t *b, uint32_t tick_cnt, bool zero_for_one, bool exact_out)
{
    const int32_t tick = 200311;
    rig_init(&b->rig, tick, 10, 500);
    for (int32_t i = 1; i <= 20; i++)
        rig_mint(&b->rig, 200310 - 10 * i, 200320 + 10 * i, (lq_u128_t)COIN * (1 + (unsigned)i));
    b->zero_for_one = zero_for_one;
    b->exact_out = exact_out;
    b->tick_cnt = tick_cnt;
    /* Grown until it crosses more, then shrunk until it crosses as many. */
    b->amount = lq_u256_from_u64(UINT64_C(1) << 30);
    while (ticks_of(b) <= tick_cnt)
        b->amount = lq_u256_shl_wrap(&b->amount, 1);
    while (ticks_of(b) > tick_cnt) {
        lq_u256_t part = lq_u256_shr(&b->amount, 5);
        b->amount = lq_u256_sub_wrap(&b->amount, &part);
    }
    LQ_ASSERT(ticks_of(b) == tick_cnt);
}

static void quote(void *ctx, size_t iters)
{
    uniswap_bench_t *b = ctx;
    for (size_t i = 0; i < iters; i++) {
        lq_v3_quote_t q;
        b->amount.w[0] ^= i & 1;
        LQ_ASSERT((b->exact_out ? lq_v3_given_out : lq_v3_given_in)(
                      &q, &b->rig.pool, b->rig.ticks, b->zero_for_one, &b->amount) == LQ_OK);
        LQ_ASSERT(q.tick_cnt == b->tick_cnt);
        lq_bench_keep(&q);
    }
}

/* The floor of a quote: one product and one division of the widths at hand. */
static void multiply_and_divide(void *ctx, size_t iters)
{
    uniswap_bench_t *b = ctx;
    lq_u256_t l = lq_u256_from_halves(0, b->rig.pool.liquidity);
    l = lq_u256_shl_wrap(&l, 96);
    for (size_t i = 0; i < iters; i++) {
        lq_u256_t value;
        b->amount.w[0] ^= i & 1;
        LQ_ASSERT(lq_u256_mul_div_down(&value, &l, &b->amount, &b->rig.pool.sqrt) == LQ_OK);
        lq_bench_keep(&value);
    }
}

static void ratio(void *ctx, size_t iters)
{
    (void)ctx;
    for (size_t i = 0; i < iters; i++) {
        lq_u256_t out;
        LQ_ASSERT(lq_v3_sqrt_at_tick(&out, (int32_t)(i * 7919 % 1774545) - 887272) == LQ_OK);
        lq_bench_keep(&out);
    }
}

static void tick(void *ctx, size_t iters)
{
    uniswap_bench_t *b = ctx;
    for (size_t i = 0; i < iters; i++) {
        int32_t out;
        b->rig.pool.sqrt.w[0] ^= i;
        LQ_ASSERT(lq_v3_tick_at_sqrt(&out, &b->rig.pool.sqrt) == LQ_OK);
        lq_bench_keep(&out);
    }
}

static void pair(void *ctx, size_t iters)
{
    uniswap_bench_t *b = ctx;
    lq_u256_t reserve = lq_u256_from_u64(COIN);
    for (size_t i = 0; i < iters; i++) {
        lq_u256_t out;
        lq_u256_t amount = lq_u256_from_u64(COIN / 100 + i);
        LQ_ASSERT((b->exact_out ? lq_v2_given_out : lq_v2_given_in)(&out, &reserve, &reserve, 3000,
                                                                    &amount) == LQ_OK);
        lq_bench_keep(&out);
    }
}

lq_bench_fn_t lq_bench_uniswap;
void lq_bench_uniswap(lq_bench_t *bench)
{
    static uniswap_bench_t b;
    static const struct {
        const char *name;
        uint32_t tick_cnt;
        bool zero_for_one;
        bool exact_out;
    } quotes[] = {
        {"market/uniswap v3 given in, within a tick, token0", 0, true, false},
        {"market/uniswap v3 given in, within a tick, token1", 0, false, false},
        {"market/uniswap v3 given out, within a tick, token0", 0, false, true},
        {"market/uniswap v3 given out, within a tick, token1", 0, true, true},
        {"market/uniswap v3 given in, across 3 ticks, token0", 3, true, false},
        {"market/uniswap v3 given in, across 3 ticks, token1", 3, false, false},
        {"market/uniswap v3 given out, across 3 ticks, token0", 3, false, true},
        {"market/uniswap v3 given out, across 3 ticks, token1", 3, true, true},
    };
    for (size_t i = 0; i < LQ_ARRAY_CNT(quotes); i++) {
        make(&b, quotes[i].tick_cnt, quotes[i].zero_for_one, quotes[i].exact_out);
        lq_bench_case(bench, &(lq_bench_case_t){.name = quotes[i].name,
                                                .ctx = &b,
                                                .work = quote,
                                                .reference = "a product and a division",
                                                .reference_work = multiply_and_divide});
    }
    const lq_bench_case_t cases[] = {
        {.name = "market/uniswap v3 ratio of a tick", .ctx = &b, .work = ratio},
        {.name = "market/uniswap v3 tick of a ratio", .ctx = &b, .work = tick},
        {.name = "market/uniswap v2 given out", .ctx = &b, .work = pair},
    };
    for (size_t i = 0; i < LQ_ARRAY_CNT(cases); i++)
        lq_bench_case(bench, &cases[i]);
}
