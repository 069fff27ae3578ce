#include "bench.h"

#include "../support/aave_v3_world.h"

/* Health from the ledger's legs, beside the bare arithmetic on legs that stand ready: accounts of
   three collaterals and two debts. */
#define ACCOUNT_CNT WORLD_USER_CNT
#define LEG_CNT     5
#define COLL_CNT    3

typedef struct scene {
    world_t world;
    world_rig_t rig;
    lq_aave_v3_asset_t assets[LEG_CNT];
    lq_aave_v3_leg_t legs[ACCOUNT_CNT][LEG_CNT];
    uint64_t now_sec;
} scene_t;

static void draw(scene_t *s)
{
    world_t *w = &s->world;
    lq_rng_t rng;
    lq_rng_seed(&rng, 1);
    world_init(w, LQ_AAVE_V3_6, LEG_CNT);
    for (unsigned u = 0; u < ACCOUNT_CNT; u++)
        for (unsigned r = 0; r < LEG_CNT; r++) {
            uint64_t unit = w->reserves[r].decimals == 18 ? 1000000000000000000u : 1000000;
            lq_u256_t tokens = lq_u256_from_u64(1 + lq_rng_below(&rng, 100000));
            lq_u256_t one = lq_u256_from_u64(unit);
            lq_u256_t amount = lq_u256_mul_wrap(&tokens, &one);
            amount.w[0] ^= lq_rng_below(&rng, 100000);
            w->users[u].flag[r] = r < COLL_CNT;
            *(r < COLL_CNT ? &w->users[u].supply[r].scaled : &w->users[u].debt[r].scaled) = amount;
        }
    world_rig_make(&s->rig, w, LQ_AAVE_V3_6, 64);
    LQ_ASSERT(world_rig_settle(&s->rig, 1000) == 0);
    for (unsigned u = 0; u < ACCOUNT_CNT; u++)
        world_emit_borrow(w, u, 0, 2);
    LQ_ASSERT(world_rig_settle(&s->rig, 1000) == 0);
}

/* The same as the bare arithmetic takes it. */
static void draw_legs(scene_t *s)
{
    const world_t *w = &s->world;
    for (unsigned r = 0; r < LEG_CNT; r++) {
        lq_aave_v3_asset_t *a = &s->assets[r];
        LQ_ASSERT(lq_aave_v3_unit_make(&a->unit, w->reserves[r].decimals) == LQ_OK);
        a->price = w->reserves[r].price;
        a->liquidity_index = world_index(w, r, LQ_AAVE_V3_ATOKEN);
        a->variable_borrow_index = world_index(w, r, LQ_AAVE_V3_DEBT);
        a->liquidation_threshold_bps = w->reserves[r].threshold_bps;
        for (unsigned u = 0; u < ACCOUNT_CNT; u++)
            s->legs[u][r] = (lq_aave_v3_leg_t){.asset = a,
                                               .scaled_supply = w->users[u].supply[r].scaled,
                                               .scaled_debt = w->users[u].debt[r].scaled,
                                               .flags = r < COLL_CNT ? LQ_AAVE_V3_COLLATERAL
                                                                     : LQ_AAVE_V3_BORROWING};
    }
}

static void health(void *ctx, size_t iters)
{
    const scene_t *s = ctx;
    for (size_t i = 0; i < iters; i++) {
        lq_health_t h;
        lq_adapter_aave_v3.health(s->rig.self, &h, (uint32_t)(i % ACCOUNT_CNT), NULL);
        lq_bench_keep(&h);
    }
}

static void bare(void *ctx, size_t iters)
{
    const scene_t *s = ctx;
    for (size_t i = 0; i < iters; i++) {
        lq_aave_v3_account_t out = {.total_debt_base = {{0}}};
        (void)!lq_aave_v3_account(lq_aave_v3_rules(LQ_AAVE_V3_6), &out, s->legs[i % ACCOUNT_CNT],
                                  LEG_CNT, NULL);
        lq_bench_keep(&out);
    }
}

static void health_later(void *ctx, size_t iters)
{
    const scene_t *s = ctx;
    lq_health_view_t view = {.now_sec = s->world.now_sec + 12};
    for (size_t i = 0; i < iters; i++) {
        lq_health_t h;
        lq_adapter_aave_v3.health(s->rig.self, &h, (uint32_t)(i % ACCOUNT_CNT), &view);
        lq_bench_keep(&h);
    }
}

/* Under a view that was made ready: half of the prices move. */
static void health_seen(void *ctx, size_t iters)
{
    const scene_t *s = ctx;
    lq_price_shift_t shifts[LEG_CNT];
    lq_health_view_t view = {.shifts = shifts};
    for (uint32_t i = 0; i < LEG_CNT; i += 2)
        shifts[view.shift_cnt++] = (lq_price_shift_t){i, true, s->world.reserves[i].price};
    for (size_t i = 0; i < iters; i++) {
        lq_health_t h;
        lq_adapter_aave_v3.health(s->rig.self, &h, (uint32_t)(i % ACCOUNT_CNT), &view);
        lq_bench_keep(&h);
    }
}

static void set_now(void *ctx, size_t iters)
{
    scene_t *s = ctx;
    for (size_t i = 0; i < iters; i++)
        lq_adapter_aave_v3.set_now(s->rig.self, ++s->now_sec);
    lq_ledger_settled(s->rig.ledger);
}

static void set_price(void *ctx, size_t iters)
{
    scene_t *s = ctx;
    for (size_t i = 0; i < iters; i++) {
        lq_u256_t price = lq_u256_from_u64(100000000 + (i & 0xffff));
        lq_adapter_aave_v3.set_price(s->rig.self, i % LEG_CNT, true, &price);
    }
    lq_ledger_settled(s->rig.ledger);
}

lq_bench_fn_t lq_bench_aave_adapter;
void lq_bench_aave_adapter(lq_bench_t *bench)
{
    static scene_t scene;
    static scene_t moved;
    draw(&scene);
    draw_legs(&scene);
    draw(&moved);
    moved.now_sec = moved.world.now_sec;
    const lq_bench_case_t cases[] = {
        /* wanted: at most 1.3 and what reading the ledger takes */
        {.name = "protocol/aave adapter health 3+2",
         .work = health,
         .reference = "without ledger",
         .reference_work = bare,
         .ctx = &scene,
         .target = 1.6},
        {.name = "protocol/aave adapter health 3+2, prices seen",
         .work = health_seen,
         .reference = "now",
         .reference_work = health,
         .ctx = &scene,
         .target = 1.3},
        {.name = "protocol/aave adapter health 3+2, 12 s on", .work = health_later, .ctx = &scene},
        {.name = "protocol/aave adapter set_now, 5 reserves", .work = set_now, .ctx = &moved},
        {.name = "protocol/aave adapter set_price", .work = set_price, .ctx = &moved},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        lq_bench_case(bench, &cases[i]);
    world_rig_fini(&scene.rig);
    world_rig_fini(&moved.rig);
}
