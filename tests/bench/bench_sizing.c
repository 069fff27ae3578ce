#include "bench.h"

#include "../support/aave_v3_world.h"
#include "liqd/decide/sizing.h"
#include "liqd/protocol/morpho_blue_math.h"

/* What a liquidatable account of two legs takes to size, with an inventory and by a flash loan
   along one route and several, beside its ranges and one call of each, which nothing gets by with
   less than. How many quotes each sizing takes is printed first. */

#define GWEI UINT64_C(1000000000)
#define WAD  UINT64_C(1000000000000000000)

typedef struct scene {
    const lq_adapter_t *adapter;
    lq_instance_t *self;
    lq_trial_t trial;
    lq_sizing_room_t room;
    lq_plan_t plan;
    lq_gas_t *gas;
    lq_terms_t terms;
    uint64_t price_wad[2]; /* collateral, debt */
    uint16_t collateral;
    lq_swaps_t swaps;
    double rate; /* units of the debt for one of the collateral */
    size_t pool_cnt;
    double depth; /* units of the debt in the first pool */
} scene_t;

/* ---- pools of constant product, each of half the depth and a tenth more fee than the last ---- */

#define POOL_MAX 4u

static void pool_of(const scene_t *s, uint32_t pool, lq_u256_t *in, lq_u256_t *out, uint32_t *fee)
{
    double depth = s->depth / (double)(1u << pool);
    *in = lq_u256_from_halves(0, (lq_u128_t)(depth / s->rate));
    *out = lq_u256_from_halves(0, (lq_u128_t)depth);
    *fee = 500 + 300 * pool;
}

static size_t routes(void *ctx, lq_swap_route_t out[LQ_SWAP_ROUTE_MAX], lq_no_route_t *why,
                     const lq_address_t *token_in, const lq_address_t *token_out)
{
    const scene_t *s = ctx;
    (void)why;
    (void)token_in;
    (void)token_out;
    for (uint32_t i = 0; i < s->pool_cnt; i++)
        out[i] = (lq_swap_route_t){.path_cnt = 1,
                                   .paths = {{.hop_cnt = 1, .hops = {{.pool = i}}}},
                                   .spot = s->rate * (1 - (500 + 300 * i) / 1e6)};
    return s->pool_cnt;
}

static lq_err_t given_out(void *ctx, lq_swap_t *out, const lq_swap_route_t *route,
                          const lq_u256_t *amount)
{
    scene_t *s = ctx;
    lq_u256_t in;
    lq_u256_t reserve;
    uint32_t fee;
    lq_swap_hop_t hop = route->paths[0].hops[0];
    pool_of(s, hop.pool, &in, &reserve, &fee);
    lq_u256_t paid;
    if (lq_v2_given_out(&paid, &in, &reserve, fee, amount))
        return LQ_ERR_RANGE;
    *out = (lq_swap_t){.amount_in = paid,
                       .amount_out = *amount,
                       .gas = 70000,
                       .leg_cnt = 1,
                       .legs = {{.hop = hop, .amount_in = paid, .amount_out = *amount}}};
    return LQ_OK;
}

/* S again by a flash loan along CNT routes, of which the deepest has TIMES what is owed. */
static void make_flash(scene_t *flash, const scene_t *s, size_t cnt, double times)
{
    const lq_liquidation_outcome_t *o = &s->plan.steps[0].outcome;
    *flash = *s;
    flash->pool_cnt = cnt;
    flash->depth = lq_u256_to_double(&o->repaid) * times;
    flash->rate = lq_u256_to_double(&o->repaid) / lq_u256_to_double(&o->seized) * 1.04;
    flash->swaps = (lq_swaps_t){.ctx = flash, .routes = routes, .given_out = given_out};
    flash->terms.ctx = flash;
    flash->terms.swaps = &flash->swaps;
    flash->terms.funding = LQ_FUNDING_FLASH;
    lq_sizing_t got = lq_size(&flash->plan, &flash->room, flash->adapter, flash->self,
                              &flash->trial, &flash->terms);
    LQ_ASSERT(got == LQ_SIZING_PLAN);
    lq_gas_learn(flash->gas, &flash->plan.gas_kind, flash->plan.gas);
}

static bool token_of(void *ctx, lq_terms_token_t *out, uint16_t factor)
{
    const scene_t *s = ctx;
    uint8_t decimals = 0;
    s->adapter->asset_token(s->self, factor, &out->token, &decimals);
    if (decimals > 77) /* not read */
        decimals = 18;
    bool debt = factor != s->collateral;
    out->quote = (lq_quote_t){lq_u256_from_u64(s->price_wad[debt]), decimals};
    out->available = lq_u256_from_halves(1, 0);
    out->loan = (lq_loan_t){.kind = LQ_LENDER_AAVE_V3,
                            .pool = LQ_V3_NONE,
                            .fee_pips = 500,
                            .available = out->available};
    return true;
}

static void make_terms(scene_t *s, lq_arena_t *arena)
{
    LQ_ASSERT(lq_gas_new(&s->gas, arena, 64, 1) == LQ_OK);
    s->terms = (lq_terms_t){.ctx = s,
                            .token = token_of,
                            .swaps = &lq_swaps_none,
                            .gas = s->gas,
                            .gas_floor = lq_gas_floor_of(s->adapter->name),
                            .gas_price = {.base_fee_wei = {lq_u256_from_u64(GWEI)}},
                            .coin = {lq_u256_from_u64(3 * WAD), 18},
                            .atomic = true,
                            .leg_cnt = 2,
                            .try_max = 1u << 12};
    lq_liquidation_pair_t pair;
    LQ_ASSERT(s->adapter->trial_pairs(s->self, &s->trial, &pair, 1) == 1);
    s->collateral = pair.collateral;
    lq_sizing_t got = lq_size(&s->plan, &s->room, s->adapter, s->self, &s->trial, &s->terms);
    LQ_ASSERT(got == LQ_SIZING_PLAN);
    /* Kinds are known in a daemon that has run for a while. */
    lq_gas_learn(s->gas, &s->plan.gas_kind, s->plan.gas);
}

/* ---- Morpho ---- */

static lq_hash_t word(const lq_u256_t *v)
{
    lq_hash_t h;
    lq_u256_to_be(h.b, v);
    return h;
}

static lq_hash_t wide(lq_u128_t v)
{
    lq_u256_t w = lq_u256_from_halves(0, v);
    return word(&w);
}

static void tell(scene_t *s, const lq_hash_t *topic, const lq_hash_t *indexed, uint32_t indexed_cnt,
                 const lq_hash_t *data, size_t cnt)
{
    lq_evm_log_t log = {.address = {{0xbb}}, .topic_cnt = indexed_cnt + 1};
    log.topics[0] = *topic;
    for (uint32_t i = 0; i < indexed_cnt; i++)
        log.topics[i + 1] = indexed[i];
    log.data = (const uint8_t *)data;
    log.data_sz = 32 * cnt;
    LQ_ASSERT(s->adapter->apply(s->self, &log, 1700000000) != LQ_APPLIED_FAULT);
}

/* Borrowed 860 of 1000 at a loan to value of 86 %, and the price fell by a percent. */
static void draw_morpho(scene_t *s, lq_arena_t *arena)
{
    const lq_ledger_config_t about = {
        .account_max = 16, .leg_max = 64, .pool_max = 4, .factor_max = 8, .seed = 1};
    const lq_instance_config_t config = {.contract = {{0xbb}}, .asset_max = 2, .seed = 1};
    s->adapter = &lq_adapter_morpho_blue;
    const lq_undo_config_t undo_config = {
        lq_ledger_state_sz(&about) + s->adapter->state_sz(&config) + 64, 1 << 13, 8};
    lq_undo_t *undo;
    lq_ledger_t *ledger;
    LQ_ASSERT(lq_undo_new(&undo, arena, &undo_config) == LQ_OK);
    LQ_ASSERT(lq_ledger_new(&ledger, arena, undo, &about) == LQ_OK);
    LQ_ASSERT(s->adapter->make(&s->self, arena, undo, ledger, &config) == LQ_OK);
    const lq_abi_morpho_blue_market_params_t params = {.loan_token = {{1}},
                                                       .collateral_token = {{2}},
                                                       .oracle = {{3}},
                                                       .lltv = lq_u256_from_u64(WAD / 100 * 86)};
    const lq_u128_t coin = WAD;
    const lq_u128_t shares = coin * 860 * 1000000;
    lq_hash_t id = lq_morpho_market_id(&params);
    lq_hash_t data[5] = {{{0}}};
    data[0].b[12] = 1;
    data[1].b[12] = 2;
    data[2].b[12] = 3;
    data[4] = word(&params.lltv);
    tell(s, &lq_abi_morpho_blue_create_market_event_topic, &id, 1, data, 5);
    lq_hash_t who[3] = {id};
    who[2].b[31] = 9;
    lq_hash_t amounts[3] = {wide(coin * 5000), wide(coin * 5000 * 1000000)};
    tell(s, &lq_abi_morpho_blue_supply_event_topic, who, 3, amounts, 2);
    lq_hash_t by[3] = {id, who[2]};
    lq_hash_t borrow[3] = {{{0}}, wide(coin * 860), wide(shares)};
    tell(s, &lq_abi_morpho_blue_borrow_event_topic, by, 3, borrow, 3);
    lq_hash_t position[3] = {{{0}}, wide(shares), wide(coin * 1000)};
    lq_read_result_t read = {true, (const uint8_t *)position, sizeof(position)};
    LQ_ASSERT(s->adapter->answer(s->self, (lq_subject_t){LQ_SUBJECT_ACCOUNT, 0}, &read, 1,
                                 1700000000) == LQ_APPLIED);
    s->adapter->set_now(s->self, 1700000000);
    lq_u256_t price = lq_u256_from_u64(WAD / 100 * 99);
    lq_u256_t wad = lq_u256_from_u64(WAD);
    price = lq_u256_mul_wrap(&price, &wad);
    s->adapter->set_price(s->self, 0, true, &price);
    LQ_ASSERT(s->adapter->trial_open(s->self, &s->trial, 0, NULL) == LQ_OK);
    s->price_wad[0] = WAD / 100 * 99;
    s->price_wad[1] = WAD;
    make_terms(s, arena);
}

/* ---- Aave ---- */

/* Health of 0.9 (all may be closed) or 0.99 (half of it, and then again). */
static void draw_aave(scene_t *s, world_t *w, world_rig_t *rig, unsigned health_percent,
                      lq_arena_t *arena)
{
    world_init(w, LQ_AAVE_V3_6, 4);
    const lq_u128_t supplied = (lq_u128_t)WAD * 10000; /* of reserve 0, at 1 dollar, 80 % */
    w->users[0].supply[0].scaled = lq_u256_from_halves(0, supplied);
    w->users[0].flag[0] = true;
    w->users[0].debt[1].scaled = /* 2 dollars each, 6 decimals */
        lq_u256_from_u64(UINT64_C(4000000000) * 100 / health_percent);
    w->reserves[0].category = 0;
    world_rig_make(rig, w, LQ_AAVE_V3_6, 8);
    LQ_ASSERT(world_rig_settle(rig, 1000) == 0);
    world_emit_borrow(w, 0, 1, 2);
    LQ_ASSERT(world_rig_settle(rig, 1000) == 0);
    s->adapter = &lq_adapter_aave_v3;
    s->self = rig->self;
    LQ_ASSERT(s->adapter->trial_open(s->self, &s->trial, 0, NULL) == LQ_OK);
    s->price_wad[0] = WAD;
    s->price_wad[1] = 2 * WAD;
    make_terms(s, arena);
}

/* ---- work ---- */

static void size(void *ctx, size_t iters)
{
    scene_t *s = ctx;
    for (size_t i = 0; i < iters; i++) {
        lq_sizing_t got = lq_size(&s->plan, &s->room, s->adapter, s->self, &s->trial, &s->terms);
        lq_bench_keep(&got);
        lq_bench_keep(&s->plan);
    }
}

static void least(void *ctx, size_t iters)
{
    scene_t *s = ctx;
    for (size_t i = 0; i < iters; i++) {
        lq_liquidation_pair_t pair;
        lq_liquidation_range_t ranges[LQ_LIQUIDATION_RANGE_MAX];
        (void)s->adapter->trial_pairs(s->self, &s->trial, &pair, 1);
        size_t cnt =
            s->adapter->trial_ranges(s->self, &s->trial, ranges, pair, LQ_LIQUIDATION_BY_REPAID);
        for (size_t k = 0; k < cnt; k++) {
            lq_liquidation_outcome_t out;
            lq_liquidation_call_t call = {pair, LQ_LIQUIDATION_BY_REPAID, ranges[k].to};
            s->adapter->trial_copy(&s->room.trials[0], &s->trial);
            (void)!s->adapter->trial_call(s->self, &s->room.trials[0], &out, &call);
            lq_bench_keep(&out);
        }
    }
}

lq_bench_fn_t lq_bench_sizing;
void lq_bench_sizing(lq_bench_t *bench)
{
    static scene_t morpho;
    static scene_t whole;
    static scene_t half;
    static world_t worlds[2];
    static world_rig_t rigs[2];
    lq_arena_t arena;
    LQ_ASSERT(lq_arena_init(&arena, 16 << 20) == LQ_OK);
    draw_morpho(&morpho, &arena);
    draw_aave(&whole, &worlds[0], &rigs[0], 90, &arena);
    draw_aave(&half, &worlds[1], &rigs[1], 99, &arena);
    static scene_t flash[6];
    make_flash(&flash[0], &morpho, 1, 1000);
    make_flash(&flash[1], &morpho, 4, 1000);
    make_flash(&flash[2], &morpho, 1, 20);
    make_flash(&flash[3], &morpho, 4, 20);
    make_flash(&flash[4], &whole, 4, 1000);
    make_flash(&flash[5], &half, 4, 1000);
    const lq_bench_case_t cases[] = {
        {.name = "decide/sizing Morpho, 2 legs", .ctx = &morpho},
        {.name = "decide/sizing Aave, 2 legs, all at once", .ctx = &whole},
        {.name = "decide/sizing Aave, 2 legs, several calls", .ctx = &half},
        {.name = "decide/sizing Morpho, flash, 1 route, to the end", .ctx = &flash[0]},
        {.name = "decide/sizing Morpho, flash, 4 routes, to the end", .ctx = &flash[1]},
        {.name = "decide/sizing Morpho, flash, 1 route, in between", .ctx = &flash[2]},
        {.name = "decide/sizing Morpho, flash, 4 routes, in between", .ctx = &flash[3]},
        {.name = "decide/sizing Aave, flash, 4 routes, all at once", .ctx = &flash[4]},
        {.name = "decide/sizing Aave, flash, 4 routes, several calls", .ctx = &flash[5]},
    };
    for (size_t i = 0; i < LQ_ARRAY_CNT(cases); i++) {
        lq_bench_case_t c = cases[i];
        c.work = size;
        c.reference = "ranges, calls";
        c.reference_work = least;
        lq_bench_case(bench, &c);
    }
    lq_arena_fini(&arena);
}
