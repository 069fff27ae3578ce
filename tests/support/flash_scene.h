#ifndef FLASH_SCENE_H
#define FLASH_SCENE_H

/* Accounts of Aave v3 as a fall of prices finds them, to be sized by flash loans over real quotes:
   one to three collaterals, one or two debts, and Uniswap v3 pools of several fees and depths
   between most of the tokens. The same seed is the same account. */

#include "../../src/market/routes_internal.h"
#include "aave_v3_world.h"
#include "liqd/decide/sizing.h"
#include "routes_world.h"

#define FLASH_RESERVES   6u
#define FLASH_FACTOR_MAX 64u
#define FLASH_TIMES_MAX  3.0 /* in powers of ten: how much deeper a pool may be than the account */

typedef struct flash_scene {
    lq_rng_t rng;
    world_t world;
    world_rig_t rig;
    pools_t pools;
    lq_arena_t arena;
    lq_arena_mark_t empty;
    lq_gas_t *gas;
    lq_terms_t terms;
    uint16_t collateral[FLASH_RESERVES]; /* factors */
    uint16_t debt[FLASH_RESERVES];
    lq_terms_token_t about[FLASH_FACTOR_MAX];
    uint32_t account;
    double dollars; /* that it owes */
    lq_trial_t trial;
} flash_scene_t;

typedef struct flash_reserve {
    double dollars;
    uint8_t decimals;
    uint16_t threshold_bps;
    uint16_t bonus_bps;
    bool stable;
} flash_reserve_t;

/* Ether, bitcoin, staked ether, and three dollars, as Aave has them. */
static const flash_reserve_t flash_reserves[FLASH_RESERVES] = {
    {3000, 18, 8300, 10500, false}, {60000, 8, 7800, 10500, false}, {3540, 18, 8100, 10600, false},
    {1, 6, 7800, 10450, true},      {1, 18, 7700, 10500, true},     {1, 6, 7800, 10450, true}};

static inline double flash_unit(flash_scene_t *s)
{
    return (double)(lq_rng_u64(&s->rng) >> 11) * 0x1p-53;
}

static inline bool flash_chance(flash_scene_t *s, unsigned one_in)
{
    return lq_rng_below(&s->rng, one_in) == 0;
}

/* 10^X, or near that between whole ones; X is not below 0. */
static inline double flash_ten_to(double x)
{
    unsigned whole = (unsigned)x;
    double v = 1 + 9 * (x - whole);
    for (; whole > 0; whole--)
        v *= 10;
    return v;
}

static inline double flash_sqrt(double x)
{
    double y = 1;
    for (unsigned i = 0; i < 200; i++)
        y = (y + x / y) / 2;
    return y;
}

static inline lq_u256_t flash_u256(double x)
{
    return lq_u256_from_halves(0, (lq_u128_t)x);
}

/* ---- the world ---- */

static inline void flash_find_factors(flash_scene_t *s)
{
    LQ_ASSERT(lq_ledger_factor_cnt(s->rig.ledger) <= FLASH_FACTOR_MAX);
    for (uint16_t i = 0; i < (uint16_t)lq_ledger_factor_cnt(s->rig.ledger); i++) {
        const lq_factor_t *about = lq_ledger_factor(s->rig.ledger, i);
        const flash_reserve_t *r;
        lq_address_t token;
        uint8_t decimals;
        lq_adapter_aave_v3.asset_token(s->rig.self, i, &token, &decimals);
        unsigned reserve = token.b[19];
        r = &flash_reserves[reserve];
        if (about->category)
            continue;
        if (about->side == LQ_SIDE_DEBT)
            s->debt[reserve] = i;
        if (about->side == LQ_SIDE_COLLATERAL)
            s->collateral[reserve] = i;
        s->about[i] =
            (lq_terms_token_t){.token = pools_token(reserve + 1),
                               .quote = {flash_u256(r->dollars * 1e18), r->decimals},
                               .loan = {.kind = LQ_LENDER_AAVE_V3,
                                        .pool = LQ_V3_NONE,
                                        .fee_pips = 500,
                                        .available = lq_u256_from_halves(0, (lq_u128_t)1 << 127)}};
    }
}

/* Makes S's world; closed by flash_close. */
static inline void flash_open(flash_scene_t *s, unsigned version)
{
    lq_address_t owner = world_address(AT_USER, 0);
    world_init(&s->world, version, FLASH_RESERVES);
    for (unsigned i = 0; i < FLASH_RESERVES; i++) {
        const flash_reserve_t *like = &flash_reserves[i];
        world_reserve_t *r = &s->world.reserves[i];
        r->decimals = like->decimals;
        r->price = flash_u256(like->dollars * 1e8);
        r->category = 0;
        r->threshold_bps = like->threshold_bps;
        r->bonus_bps = like->bonus_bps;
        s->world.users[0].supply[i].scaled = lq_u256_from_u64(1000000);
        s->world.users[0].debt[i].scaled = lq_u256_from_u64(1000);
        s->world.users[0].flag[i] = true;
    }
    world_rig_make(&s->rig, &s->world, version, WORLD_RESERVE_MAX);
    LQ_ASSERT(world_rig_settle(&s->rig, 1000) == 0);
    world_emit_borrow(&s->world, 0, 2, 2);
    LQ_ASSERT(world_rig_settle(&s->rig, 1000) == 0);
    LQ_ASSERT(lq_ledger_find(s->rig.ledger, &s->account, 0, &owner) == LQ_OK);
    LQ_ASSERT(lq_arena_init(&s->arena, lq_gas_arena_sz(64) + 4096) == LQ_OK);
    s->empty = lq_arena_mark(&s->arena);
    flash_find_factors(s);
    pools_init(&s->pools);
}

static inline void flash_close(flash_scene_t *s)
{
    world_rig_fini(&s->rig);
    lq_arena_fini(&s->pools.arena);
    lq_arena_fini(&s->arena);
}

/* ---- an account and its pools ---- */

static inline void flash_leg(flash_scene_t *s, uint16_t factor, unsigned reserve, double dollars)
{
    const flash_reserve_t *r = &flash_reserves[reserve];
    double amount = dollars / r->dollars * flash_ten_to(r->decimals);
    LQ_ASSERT(lq_ledger_set_amount(s->rig.ledger, s->account, factor, (lq_u128_t)amount) == LQ_OK);
}

/* Parts DOLLARS among CNT of the reserves from FIRST on. */
static inline void flash_side(flash_scene_t *s, const uint16_t *factors, unsigned first,
                              unsigned cnt, double dollars, double weight)
{
    double left = dollars;
    for (unsigned i = 0; i < cnt; i++) {
        unsigned reserve = (first + i) % FLASH_RESERVES;
        double part = i + 1 == cnt ? left : left * flash_unit(s);
        left -= part;
        flash_leg(s, factors[reserve], reserve,
                  weight > 0 ? part / (flash_reserves[reserve].threshold_bps / 1e4) * weight
                             : part);
    }
}

/* A pool of about DEPTH dollars on each side around our own price, in nested positions. */
static inline void flash_pool(flash_scene_t *s, unsigned a, unsigned b, uint32_t fee,
                              int32_t spacing, double depth)
{
    pools_position_t positions[8];
    const flash_reserve_t *in = &flash_reserves[a];
    const flash_reserve_t *out = &flash_reserves[b];
    double units_a = depth / in->dollars * flash_ten_to(in->decimals);
    double units_b = depth / out->dollars * flash_ten_to(out->decimals);
    double off = 1 + 0.003 * (flash_unit(s) - 0.5);
    lq_u256_t sqrt = flash_u256(flash_sqrt(units_b / units_a) * off * 0x1p96);
    double liquidity = flash_sqrt(units_a) * flash_sqrt(units_b);
    size_t cnt = 1 + (size_t)lq_rng_below(&s->rng, LQ_ARRAY_CNT(positions));
    int32_t tick;
    LQ_ASSERT(lq_v3_tick_at_sqrt(&tick, &sqrt) == LQ_OK);
    tick -= tick % spacing;
    for (size_t i = 0; i < cnt; i++) {
        int32_t width = (int32_t)flash_ten_to(1.5 + 2.5 * flash_unit(s)) / spacing * spacing;
        width = i == 0 ? 15000 / spacing * spacing : width + spacing;
        positions[i] = (pools_position_t){tick - width, tick + width + spacing,
                                          (lq_u128_t)(liquidity / (double)cnt) + 1};
    }
    pools_v3(&s->pools, a + 1, b + 1, fee, spacing, &sqrt, positions, cnt);
}

static inline void flash_draw_pools(flash_scene_t *s)
{
    lq_arena_reset(&s->pools.arena);
    s->pools.pool_cnt = 0;
    s->pools.tick_cnt = 0;
    double often = 0.15 + 0.6 * flash_unit(s);
    for (unsigned a = 0; a < FLASH_RESERVES; a++)
        for (unsigned b = a + 1; b < FLASH_RESERVES; b++) {
            bool stable = flash_reserves[a].stable && flash_reserves[b].stable;
            double times = 1 + FLASH_TIMES_MAX * flash_unit(s);
            double depth = s->dollars * flash_ten_to(times);
            if (stable && flash_unit(s) < often)
                flash_pool(s, a, b, 100, 1, 4 * depth);
            if (flash_unit(s) < often)
                flash_pool(s, a, b, 500, 10, depth);
            if (flash_unit(s) < often / 2)
                flash_pool(s, a, b, 3000, 60, depth * flash_unit(s));
        }
    pools_open(&s->pools, 1);
}

static inline bool flash_token(void *ctx, lq_terms_token_t *out, uint16_t factor)
{
    const flash_scene_t *s = ctx;
    *out = s->about[factor];
    return !lq_u256_is_zero(&out->quote.price_wad);
}

static inline void flash_draw_terms(flash_scene_t *s)
{
    uint64_t fee = (uint64_t)(1e8 * flash_ten_to(2.5 * flash_unit(s)));
    lq_arena_rewind(&s->arena, s->empty);
    LQ_ASSERT(lq_gas_new(&s->gas, &s->arena, 64, 1) == LQ_OK);
    s->terms = (lq_terms_t){.ctx = s,
                            .token = flash_token,
                            .swaps = &s->pools.swaps,
                            .gas = s->gas,
                            .gas_floor = lq_gas_floor_of(lq_adapter_aave_v3.name),
                            .gas_price = {.base_fee_wei = {lq_u256_from_u64(fee)}},
                            .coin = {flash_u256(3000e18), 18},
                            .funding = LQ_FUNDING_FLASH,
                            .atomic = true,
                            .leg_cnt = (uint16_t)lq_ledger_legs(s->rig.ledger, s->account).cnt,
                            .try_max = 4096};
}

/* Sets the account and the pools of S to those of SEED and opens S's trial. False: it cannot be
   liquidated. Most stand a little below what they have to: half of them may be closed. */
static inline bool flash_draw(flash_scene_t *s, uint64_t seed)
{
    lq_rng_seed(&s->rng, seed);
    s->dollars = flash_ten_to(3.3 + 3 * flash_unit(s));
    double health = flash_chance(s, 3) ? 0.78 + 0.2 * flash_unit(s) : 0.95 + 0.05 * flash_unit(s);
    unsigned collaterals = flash_chance(s, 8) ? 1 : flash_chance(s, 3) ? 3 : 2;
    unsigned debts = flash_chance(s, 3) ? 1 : 2;
    unsigned first = (unsigned)lq_rng_below(&s->rng, FLASH_RESERVES);
    for (unsigned i = 0; i < FLASH_RESERVES; i++) {
        flash_leg(s, s->collateral[i], i, 0);
        flash_leg(s, s->debt[i], i, 0);
    }
    flash_side(s, s->collateral, first, collaterals, s->dollars, health);
    flash_side(s, s->debt, first + collaterals, debts, s->dollars, 0);
    flash_draw_pools(s);
    flash_draw_terms(s);
    return lq_adapter_aave_v3.trial_open(s->rig.self, &s->trial, s->account, NULL) == LQ_OK;
}

#endif
