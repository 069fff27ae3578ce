#include "bench.h"

#include <gmp.h>

#include "liqd/base/rng.h"
#include "liqd/protocol/morpho_blue_math.h"
#include "liqd/protocol/morpho_irm.h"

/* Positions near the border of health in markets as they are on mainnet: tokens of 18 decimals, a
   price about 1, utilization about 90 %. Enough of them that branches cannot be learnt by heart,
   few enough for the first cache. */
#define CASE_CNT 128
#define WAD      UINT64_C(1000000000000000000)

typedef struct operands {
    lq_morpho_market_t market[CASE_CNT];
    lq_morpho_position_t position[CASE_CNT];
    lq_u256_t price[CASE_CNT];
} operands_t;

static void draw(operands_t *o)
{
    lq_rng_t rng;
    lq_rng_seed(&rng, 1);
    for (size_t i = 0; i < CASE_CNT; i++) {
        lq_u128_t supplied = (lq_u128_t)WAD * (1000000 + lq_rng_below(&rng, 99000000));
        lq_u128_t borrowed = supplied / 1000 * (850 + lq_rng_below(&rng, 100));
        lq_u128_t debt = borrowed / (1000 + lq_rng_below(&rng, 9000));
        lq_u256_t price = lq_u256_from_u64(WAD - 1 - lq_rng_below(&rng, 1000));
        lq_u256_t scale = lq_u256_from_u64(WAD + lq_rng_below(&rng, WAD));
        o->market[i] = (lq_morpho_market_t){
            .total_supply_assets = supplied,
            .total_supply_shares = supplied * (900000 + lq_rng_below(&rng, 99999)),
            .total_borrow_assets = borrowed,
            .total_borrow_shares = borrowed * (900000 + lq_rng_below(&rng, 99999)),
            .last_update_sec = 1700000000,
            .fee_wad = WAD / 10,
            .lltv_wad = 860000000000000000,
            .has_irm = true,
        };
        o->price[i] = lq_u256_mul_wrap(&price, &scale);
        o->position[i] = (lq_morpho_position_t){
            .borrow_shares = debt * (lq_u128_t)900000,
            .collateral = debt / scale.w[0] * WAD / 86 * (80 + lq_rng_below(&rng, 40)),
        };
    }
}

static void healthy(void *ctx, size_t iters)
{
    const operands_t *o = ctx;
    for (size_t i = 0; i < iters; i++) {
        size_t k = i % CASE_CNT;
        bool out = false;
        (void)!lq_morpho_is_healthy(&out, &o->market[k], &o->position[k], &o->price[k]);
        lq_bench_keep(&out);
    }
}

/* floor(a b / d) or, with UP, floor((a b + d - 1) / d), of numbers of 2 limbs. */
static void by_mpn(mp_limb_t out[3], const mp_limb_t *a, const mp_limb_t *b, const mp_limb_t *d,
                   bool up)
{
    mp_limb_t product[4];
    mp_limb_t rem[2];
    mpn_mul_n(product, a, b, 2);
    if (up) {
        mp_limb_t less[2];
        (void)mpn_sub_1(less, d, 2, 1);
        (void)mpn_add(product, product, 4, less, 2);
    }
    mpn_tdiv_qr(out, rem, 0, product, 4, d, 2);
}

static void limbs(mp_limb_t out[2], lq_u128_t v)
{
    out[0] = (uint64_t)v;
    out[1] = (uint64_t)(v >> 64);
}

/* The contract's steps by GMP's lowest level, with the divisor 1e18 in one limb. */
static bool healthy_by_mpn(const lq_morpho_market_t *m, const lq_morpho_position_t *p,
                           const lq_u256_t *price)
{
    static const mp_limb_t scale[2] = {0xb34b9f1000000000u, 0x00c097ce7bc90715u};
    mp_limb_t shares[2];
    mp_limb_t ta[2];
    mp_limb_t ts[2];
    mp_limb_t collateral[2];
    mp_limb_t owed[3];
    mp_limb_t value[3];
    mp_limb_t max[4];
    limbs(shares, p->borrow_shares);
    limbs(ta, m->total_borrow_assets + LQ_MORPHO_VIRTUAL_ASSETS);
    limbs(ts, m->total_borrow_shares + LQ_MORPHO_VIRTUAL_SHARES);
    limbs(collateral, p->collateral);
    by_mpn(owed, shares, ta, ts, true);
    by_mpn(value, collateral, price->w, scale, false);
    max[3] = mpn_mul_1(max, value, 3, m->lltv_wad);
    (void)mpn_divrem_1(max, 0, max, 4, WAD);
    return max[3] != 0 || mpn_cmp(max, owed, 3) >= 0;
}

static void mpn_healthy(void *ctx, size_t iters)
{
    const operands_t *o = ctx;
    for (size_t i = 0; i < iters; i++) {
        size_t k = i % CASE_CNT;
        bool out = healthy_by_mpn(&o->market[k], &o->position[k], &o->price[k]);
        lq_bench_keep(&out);
    }
}

static void borrow_rate(void *ctx, size_t iters)
{
    const operands_t *o = ctx;
    const lq_morpho_irm_t irm = {LQ_MORPHO_IRM_ADAPTIVE, LQ_MORPHO_IRM_INITIAL_RATE_WAD};
    for (size_t i = 0; i < iters; i++) {
        const lq_morpho_market_t *m = &o->market[i % CASE_CNT];
        lq_morpho_irm_rate_t out = {0, 0};
        (void)!lq_morpho_irm_borrow_rate(&out, &irm, m->total_supply_assets, m->total_borrow_assets,
                                         100 + i % CASE_CNT);
        lq_bench_keep(&out);
    }
}

static void accrue(void *ctx, size_t iters)
{
    const operands_t *o = ctx;
    const lq_u256_t rate = lq_u256_from_u64(LQ_MORPHO_IRM_INITIAL_RATE_WAD);
    for (size_t i = 0; i < iters; i++) {
        lq_morpho_market_t m = o->market[i % CASE_CNT];
        lq_morpho_accrual_t out = {0, 0};
        (void)!lq_morpho_accrue(&out, &m, m.last_update_sec + 12, &rate);
        lq_bench_keep(&m);
    }
}

lq_bench_fn_t lq_bench_morpho;
void lq_bench_morpho(lq_bench_t *bench)
{
    static operands_t o;
    draw(&o);
    const lq_bench_case_t cases[] = {
        {.name = "protocol/morpho health",
         .work = healthy,
         .reference = "GMP mpn",
         .reference_work = mpn_healthy,
         .ctx = &o,
         .target = 1.3},
        {.name = "protocol/morpho adaptive rate", .work = borrow_rate, .ctx = &o},
        {.name = "protocol/morpho accrual with fee", .work = accrue, .ctx = &o},
    };
    size_t healthy_cnt = 0;
    for (size_t i = 0; i < CASE_CNT; i++) {
        bool ours = false;
        lq_err_t err = lq_morpho_is_healthy(&ours, &o.market[i], &o.position[i], &o.price[i]);
        LQ_ASSERT(err == LQ_OK);
        LQ_ASSERT(ours == healthy_by_mpn(&o.market[i], &o.position[i], &o.price[i]));
        healthy_cnt += ours;
    }
    LQ_ASSERT(healthy_cnt > CASE_CNT / 8 && healthy_cnt < CASE_CNT - CASE_CNT / 8);
    for (size_t i = 0; i < LQ_ARRAY_CNT(cases); i++)
        lq_bench_case(bench, &cases[i]);
}
