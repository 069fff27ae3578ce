#include "bench.h"

#include "liqd/base/rng.h"
#include "liqd/decide/gas.h"
#include "liqd/decide/limits.h"
#include "liqd/decide/money.h"
#include "liqd/num/fixed.h"

/* Enough that branches cannot be learnt by heart. */
#define CASE_CNT 128

#define NOW_SEC UINT64_C(1700000000)

typedef struct money {
    lq_u256_t amounts[CASE_CNT]; /* of a token of 18 decimals up to a billion */
    lq_quote_t quotes[CASE_CNT];
    lq_profit_t profits[CASE_CNT];
} money_t;

static void draw(money_t *m, uint8_t decimals)
{
    lq_rng_t rng;
    lq_rng_seed(&rng, 1);
    for (size_t i = 0; i < CASE_CNT; i++) {
        uint64_t whole = lq_rng_below(&rng, 1000000000);
        lq_u256_t wad = lq_u256_from_u64(lq_rng_u64(&rng) >> (decimals < 18 ? 20 : 0));
        lq_u256_t factor = lq_u256_from_u64(decimals < 18 ? 1 : whole);
        m->amounts[i] = lq_u256_mul_wrap(&wad, &factor);
        wad = lq_u256_from_u64(lq_rng_u64(&rng));
        factor = lq_u256_from_u64(1 + lq_rng_below(&rng, 10000));
        m->quotes[i] = (lq_quote_t){lq_u256_mul_wrap(&wad, &factor), decimals};
        m->profits[i] = (lq_profit_t){.seized_usd = {m->quotes[i].price_wad}};
    }
}

static void worth(void *ctx, size_t iters)
{
    const money_t *m = ctx;
    for (size_t i = 0; i < iters; i++) {
        lq_usd_t out;
        (void)!lq_worth_down(&out, &m->amounts[i % CASE_CNT], &m->quotes[i % CASE_CNT]);
        lq_bench_keep(&out);
    }
}

static void worth_by_mul_div(void *ctx, size_t iters)
{
    const money_t *m = ctx;
    lq_u256_t unit = m->quotes[0].decimals == 18 ? LQ_WAD_ONE : lq_u256_from_u64(1000000);
    for (size_t i = 0; i < iters; i++) {
        lq_usd_t out;
        (void)!lq_u256_mul_div_down(&out.raw, &m->amounts[i % CASE_CNT],
                                    &m->quotes[i % CASE_CNT].price_wad, &unit);
        lq_bench_keep(&out);
    }
}

static void settle(void *ctx, size_t iters)
{
    money_t *m = ctx;
    const lq_gas_price_t price = {{lq_u256_from_u64(30000000000)}, {lq_u256_from_u64(1000000000)}};
    for (size_t i = 0; i < iters; i++) {
        lq_profit_t *p = &m->profits[i % CASE_CNT];
        (void)!lq_profit_settle(p, 400000, &price, &m->quotes[(i + 1) % CASE_CNT]);
        lq_bench_keep(p);
    }
}

/* ---- limits and gas ---- */

static lq_address_t address(size_t i)
{
    return (lq_address_t){{(uint8_t)i, (uint8_t)(i >> 8), 7}};
}

static void hold(void *ctx, size_t iters)
{
    lq_limits_t *limits = ctx;
    const lq_usd_t exposure = {lq_u256_from_u64(1)};
    const lq_wei_t gas = {lq_u256_from_u64(1)};
    for (size_t i = 0; i < iters; i++) {
        lq_hold_t out;
        lq_address_t who = address(i % 2048);
        bool held = lq_limits_hold(limits, &out, &who, &exposure, &gas, NOW_SEC + i % 3600);
        LQ_ASSERT(!held);
        lq_bench_keep(&out);
    }
}

/* Every limit is set, none is reached, and half of those who are asked for have failed once. */
static lq_limits_t *new_limits(lq_arena_t *arena)
{
    const lq_u256_t much = lq_u256_from_u64(1000000);
    const lq_limits_config_t config = {
        .gas_hour_wei = {much},
        .gas_day_wei = {much},
        .loss_day_usd = {much},
        .revert_ratio_bps = 5000,
        .revert_window = LQ_LIMITS_WINDOW_MAX,
        .revert_hold_sec = 600,
        .exposure_usd = {much},
        .borrower_failure_max = 3,
        .borrower_failure_sec = 3600,
        .base_fee_max_wei = {lq_u256_from_u64(40)},
        .gas_balance_min_wei = {lq_u256_from_u64(10)},
        .stale_head_sec = 7200,
    };
    const lq_wei_t fee = {lq_u256_from_u64(40)};
    const lq_wei_t balance = {much};
    const lq_i256_t loss = lq_i256_from_i64(-5);
    lq_limits_t *limits;
    LQ_ASSERT(!lq_limits_new(&limits, arena, &config, 1));
    lq_limits_set_base_fee(limits, &fee);
    lq_limits_set_gas_balance(limits, &balance);
    lq_limits_set_head(limits, NOW_SEC);
    lq_limits_realised(limits, &loss, NOW_SEC);
    for (size_t i = 0; i < LQ_LIMITS_BORROWER_MAX; i++) {
        lq_limits_end_t end = {.borrower = address(i), .mined = i % 8 == 0, .failed = true};
        lq_limits_taken(limits, &end.exposure, &end.gas_wei, NOW_SEC);
        end.spent_wei.raw = lq_u256_from_u64(10);
        lq_limits_ended(limits, &end, NOW_SEC);
        lq_limits_resume(limits);
    }
    return limits;
}

typedef struct gas_case {
    lq_gas_t *gas;
    lq_gas_kind_t kinds[CASE_CNT];
} gas_case_t;

static void estimate(void *ctx, size_t iters)
{
    const gas_case_t *c = ctx;
    const lq_gas_floor_t *floor = lq_gas_floor_of("aave_v3");
    for (size_t i = 0; i < iters; i++) {
        uint32_t units = lq_gas_estimate(c->gas, &c->kinds[i % CASE_CNT], floor, 0);
        lq_bench_keep(&units);
    }
}

static void draw_gas(gas_case_t *c, lq_arena_t *arena, bool known)
{
    LQ_ASSERT(!lq_gas_new(&c->gas, arena, 4096, 1));
    for (size_t i = 0; i < 4096; i++) {
        lq_gas_kind_t kind = {.collateral_token = address(i % 64),
                              .debt_token = address(i / 64 % 16),
                              .leg_cnt = (uint16_t)(i / 1024),
                              .call_cnt = 1};
        lq_gas_learn(c->gas, &kind, 350000 + (uint32_t)i);
        kind.pool_cnt = !known;
        c->kinds[i % CASE_CNT] = kind;
    }
}

lq_bench_fn_t lq_bench_decide;
void lq_bench_decide(lq_bench_t *bench)
{
    static money_t of_18;
    static money_t of_6;
    static gas_case_t known;
    static gas_case_t unknown;
    lq_arena_t arena;
    LQ_ASSERT(!lq_arena_init(&arena, lq_limits_arena_sz() + 2 * lq_gas_arena_sz(4096)));
    draw(&of_18, 18);
    draw(&of_6, 6);
    draw_gas(&known, &arena, true);
    draw_gas(&unknown, &arena, false);
    const lq_bench_case_t cases[] = {
        /* wanted: at most 20 ns */
        {.name = "decide/worth, 18 decimals",
         .work = worth,
         .reference = "mul_div",
         .reference_work = worth_by_mul_div,
         .ctx = &of_18},
        {.name = "decide/worth, 6 decimals",
         .work = worth,
         .reference = "mul_div",
         .reference_work = worth_by_mul_div,
         .ctx = &of_6},
        {.name = "decide/profit", .work = settle, .ctx = &of_18},
        /* wanted: at most 60 ns */
        {.name = "decide/limits, none holds", .work = hold, .ctx = new_limits(&arena)},
        {.name = "decide/gas, known", .work = estimate, .ctx = &known},
        {.name = "decide/gas, nearest of 32", .work = estimate, .ctx = &unknown},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        lq_bench_case(bench, &cases[i]);
    lq_arena_fini(&arena);
}
