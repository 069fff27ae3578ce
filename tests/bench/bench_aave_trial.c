#include "bench.h"

#include "../support/aave_v3_world.h"

/* Liquidation trials of two accounts with two collaterals and a debt, in 3.6: one of a million, of
   which one call may repay all, and one that heals on the way. */
enum {
    LARGE,
    HEALING,
    CASE_CNT
};

typedef struct scene {
    world_t world;
    world_rig_t rig;
    lq_trial_t trials[CASE_CNT];
    lq_trial_t copy;
    lq_liquidation_pair_t pairs[CASE_CNT];
    uint32_t accounts[CASE_CNT];
} scene_t;

typedef struct job {
    scene_t *scene;
    unsigned which;
} job_t;

static lq_u256_t whole(uint64_t tokens, uint64_t unit)
{
    lq_u256_t a = lq_u256_from_u64(tokens);
    lq_u256_t b = lq_u256_from_u64(unit);
    return lq_u256_mul_wrap(&a, &b);
}

static void draw(scene_t *s)
{
    world_t *w = &s->world;
    const uint64_t wad = 1000000000000000000u;
    world_init(w, LQ_AAVE_V3_6, 4); /* 1 and 3 have 6 decimals */
    w->reserves[0].price = lq_u256_from_u64(200000000000);
    for (unsigned i = 1; i < 4; i++)
        w->reserves[i].price = lq_u256_from_u64(100000000);
    w->users[LARGE].supply[0].scaled = whole(500, wad);
    w->users[LARGE].debt[3].scaled = whole(900000, 1000000);
    w->users[HEALING].supply[0].scaled = whole(2, wad);
    w->users[HEALING].debt[3].scaled = whole(3235, 1000000);
    for (unsigned u = 0; u < CASE_CNT; u++) {
        w->users[u].supply[1].scaled = whole(10, 1000000);
        w->users[u].flag[0] = w->users[u].flag[1] = true;
    }
    world_rig_make(&s->rig, w, LQ_AAVE_V3_6, 64);
    LQ_ASSERT(world_rig_settle(&s->rig, 1000) == 0);
    for (unsigned u = 0; u < CASE_CNT; u++)
        world_emit_borrow(w, u, 0, 2);
    LQ_ASSERT(world_rig_settle(&s->rig, 1000) == 0);
    for (unsigned u = 0; u < CASE_CNT; u++) {
        lq_liquidation_pair_t pairs[2];
        lq_address_t owner = world_address(AT_USER, u);
        LQ_ASSERT(lq_ledger_find(s->rig.ledger, &s->accounts[u], 0, &owner) == LQ_OK);
        LQ_ASSERT(lq_adapter_aave_v3.trial_open(s->rig.self, &s->trials[u], s->accounts[u], NULL) ==
                  LQ_OK);
        LQ_ASSERT(lq_adapter_aave_v3.trial_pairs(s->rig.self, &s->trials[u], pairs, 2) == 2);
        s->pairs[u] = pairs[0];
    }
}

static void open(void *ctx, size_t iters)
{
    scene_t *s = ((job_t *)ctx)->scene;
    for (size_t i = 0; i < iters; i++) {
        (void)!lq_adapter_aave_v3.trial_open(s->rig.self, &s->copy, s->accounts[LARGE], NULL);
        lq_bench_keep(&s->copy);
    }
}

static void open_seen(void *ctx, size_t iters)
{
    scene_t *s = ((job_t *)ctx)->scene;
    const lq_price_shift_t shift = {0, true, s->world.reserves[0].price};
    const lq_health_view_t view = {.shifts = &shift, .shift_cnt = 1};
    for (size_t i = 0; i < iters; i++) {
        (void)!lq_adapter_aave_v3.trial_open(s->rig.self, &s->copy, s->accounts[LARGE], &view);
        lq_bench_keep(&s->copy);
    }
}

static void copy(void *ctx, size_t iters)
{
    scene_t *s = ((job_t *)ctx)->scene;
    for (size_t i = 0; i < iters; i++) {
        lq_adapter_aave_v3.trial_copy(&s->copy, &s->trials[LARGE]);
        lq_bench_keep(&s->copy);
    }
}

static void pairs(void *ctx, size_t iters)
{
    scene_t *s = ((job_t *)ctx)->scene;
    for (size_t i = 0; i < iters; i++) {
        lq_liquidation_pair_t out[2];
        (void)lq_adapter_aave_v3.trial_pairs(s->rig.self, &s->trials[LARGE], out, 2);
        lq_bench_keep(out);
    }
}

static void ranges(void *ctx, size_t iters)
{
    const job_t *j = ctx;
    const scene_t *s = j->scene;
    for (size_t i = 0; i < iters; i++) {
        lq_liquidation_range_t out[LQ_LIQUIDATION_RANGE_MAX];
        size_t cnt = lq_adapter_aave_v3.trial_ranges(s->rig.self, &s->trials[j->which], out,
                                                     s->pairs[j->which], LQ_LIQUIDATION_BY_REPAID);
        LQ_ASSERT(cnt > 0);
        lq_bench_keep(out);
    }
}

static void copy_and_call(void *ctx, size_t iters)
{
    scene_t *s = ((job_t *)ctx)->scene;
    const lq_liquidation_call_t call = {s->pairs[LARGE], LQ_LIQUIDATION_BY_REPAID,
                                        lq_u256_from_u64(1000000000)};
    for (size_t i = 0; i < iters; i++) {
        lq_liquidation_outcome_t out;
        lq_adapter_aave_v3.trial_copy(&s->copy, &s->trials[LARGE]);
        (void)!lq_adapter_aave_v3.trial_call(s->rig.self, &s->copy, &out, &call);
        lq_bench_keep(&out);
    }
}

lq_bench_fn_t lq_bench_aave_trial;
void lq_bench_aave_trial(lq_bench_t *bench)
{
    static scene_t scene;
    static job_t large = {&scene, LARGE};
    static job_t healing = {&scene, HEALING};
    draw(&scene);
    const lq_bench_case_t cases[] = {
        {.name = "protocol/aave trial open 2+1", .work = open, .ctx = &large},
        {.name = "protocol/aave trial open 2+1, a price seen",
         .work = open_seen,
         .reference = "now",
         .reference_work = open,
         .ctx = &large,
         .target = 1.3},
        {.name = "protocol/aave trial copy 2+1", .work = copy, .ctx = &large},
        {.name = "protocol/aave trial pairs 2+1", .work = pairs, .ctx = &large},
        {.name = "protocol/aave trial ranges, of a million", .work = ranges, .ctx = &large},
        {.name = "protocol/aave trial ranges, heals", .work = ranges, .ctx = &healing},
        {.name = "protocol/aave trial copy and call", .work = copy_and_call, .ctx = &large},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        lq_bench_case(bench, &cases[i]);
    world_rig_fini(&scene.rig);
}
