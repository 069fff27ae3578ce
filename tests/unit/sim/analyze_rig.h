#ifndef ANALYZE_RIG_H
#define ANALYZE_RIG_H

/* Small random markets for analyses: an Aave v3 and a Morpho Blue in one real engine, whose
   borrowers stand on both sides of being liquidatable, from cents to a million dollars. */

#define WORLD_USER_CNT 40u

#include "aave_engine.h"

#include "../protocol/morpho_blue_adapter_test.h"
#include "liqd/num/power_of_ten.h"
#include "liqd/sim/analyze.h"

enum {
    RIG_RESERVES = 6,
    RIG_ACCOUNTS = 256,
    RIG_AAVE = 0,
    RIG_MORPHO = 1,
    RIG_BASE_FEE = 20000, /* gwei: some dollars for a call, by the coin of a dollar */
};

typedef struct analyze_rig {
    aave_engine_t w;
    sim_t morpho;
    rig_t morpho_rig;
    lq_rng_t rng;
    lq_analysis_t *a;
    const lq_ledger_t *ledger;
    uint32_t gap_bps;
} analyze_rig_t;

/* What a test wants to be otherwise. */
typedef struct rig_will {
    bool empty;
    bool live; /* it liquidates: markets are not off */
    bool no_prices;
    lq_trust_t trust;
    uint32_t min_profit_bps;
    uint64_t min_profit_dollars;
} rig_will_t;

static inline uint64_t rig_below(analyze_rig_t *g, uint64_t n)
{
    return lq_rng_below(&g->rng, n);
}

/* ---- Aave ---- */

/* Units of reserve R worth CENTS. */
static inline lq_u256_t rig_units(const analyze_rig_t *g, unsigned r, uint64_t cents)
{
    const world_reserve_t *reserve = &g->w.world.reserves[r];
    lq_u256_t unit = lq_u256_from_u64(1);
    lq_u256_t ten = lq_u256_from_u64(10);
    for (unsigned i = 0; i < reserve->decimals; i++)
        unit = lq_u256_mul_wrap(&unit, &ten);
    lq_u256_t base = lq_u256_from_u64(1000000); /* of a cent */
    lq_u256_t v = lq_u256_from_u64(cents);
    v = lq_u256_mul_wrap(&v, &base);
    assert_ok(lq_u256_mul_div_down(&v, &v, &unit, &reserve->price));
    return v;
}

static inline void rig_draw_user(analyze_rig_t *g, unsigned user)
{
    world_user_t *u = &g->w.world.users[user];
    uint64_t cents = ((uint64_t)1 << rig_below(g, 27)) + rig_below(g, 100) + 2;
    unsigned collaterals = 1 + (unsigned)rig_below(g, 3);
    unsigned debts = 1 + (unsigned)rig_below(g, 2);
    uint64_t secured = 0;
    u->category = (uint8_t)(rig_below(g, 4) ? 0 : rig_below(g, WORLD_CATEGORY_CNT));
    for (unsigned i = 0; i < collaterals; i++) {
        unsigned r = (unsigned)rig_below(g, RIG_RESERVES);
        if (u->flag[r])
            continue;
        u->supply[r].scaled = rig_units(g, r, cents);
        u->flag[r] = !lq_u256_is_zero(&u->supply[r].scaled);
        secured += cents * g->w.world.reserves[r].threshold_bps / 10000;
    }
    uint64_t owed = secured * 1000 / (700 + rig_below(g, 900));
    for (unsigned i = 0; i < debts; i++) {
        unsigned r = (unsigned)rig_below(g, RIG_RESERVES);
        lq_u256_t units = rig_units(g, r, owed / debts);
        u->debt[r].scaled = lq_u256_add_wrap(&u->debt[r].scaled, &units);
    }
}

static inline void rig_draw_world(analyze_rig_t *g)
{
    world_t *w = &g->w.world;
    world_init(w, (unsigned)rig_below(g, 8), RIG_RESERVES);
    for (unsigned i = 0; i < RIG_RESERVES; i++) {
        w->reserves[i].price.w[0] += rig_below(g, 10000000);
        w->reserves[i].category = 0;
        w->reserves[i].paused = rig_below(g, 10) == 0;
    }
    for (unsigned i = 0; i < WORLD_USER_CNT; i++)
        rig_draw_user(g, i);
}

static inline void rig_read_aave(analyze_rig_t *g)
{
    assert_int_equal(world_rig_settle(&g->w.rig, 1000), 0);
    for (unsigned i = 0; i < WORLD_USER_CNT; i++)
        world_emit_borrow(&g->w.world, i, 2, 2);
    assert_int_equal(world_rig_settle(&g->w.rig, 1000), 0);
}

/* ---- Morpho ---- */

/* The loan token of the last market has no price of ours. */
static inline void rig_define_market(analyze_rig_t *g, size_t i)
{
    sim_market_t *x = &g->morpho.markets[i];
    unsigned loan = 2 * (unsigned)(i % 3);
    unsigned collateral = (loan + 2) % 6;
    const world_reserve_t *reserves = g->w.world.reserves;
    lq_u256_t scale = lq_power_of_ten(36);
    sim_define(&g->morpho, i, LQ_MORPHO_IRM_FIXED, WAD / 100 * (70 + rig_below(g, 25)));
    x->params.loan_token = world_address(AT_ASSET, i + 1 < MARKET_MAX ? loan : 99);
    x->params.collateral_token = world_address(AT_ASSET, collateral);
    x->id = lq_morpho_market_id(&x->params);
    assert_ok(lq_u256_mul_div_down(&x->price, &reserves[collateral].price, &scale,
                                   &reserves[loan].price));
    x->priced = true;
}

static inline void rig_draw_position(analyze_rig_t *g, size_t i, size_t actor)
{
    const sim_market_t *x = &g->morpho.markets[i];
    lq_u256_t amount = word_of(((lq_u128_t)1 << (56 + rig_below(g, 24))) + rig_below(g, WAD));
    lq_u256_t scale = lq_power_of_ten(36);
    lq_u256_t wad = lq_u256_from_u64(WAD);
    lq_u256_t health = lq_u256_from_u64(700 + rig_below(g, 900));
    lq_u256_t thousand = lq_u256_from_u64(1000);
    lq_u256_t owed;
    assert_ok(lq_u256_mul_div_down(&owed, &amount, &x->price, &scale));
    assert_ok(lq_u256_mul_div_down(&owed, &owed, &x->params.lltv, &wad));
    assert_ok(lq_u256_mul_div_down(&owed, &owed, &thousand, &health));
    sim_supply_collateral(&g->morpho, i, actor, lq_u256_lo(&amount));
    sim_borrow(&g->morpho, i, actor, lq_u256_lo(&owed));
}

static inline void rig_read_morpho(analyze_rig_t *g)
{
    lq_sync_t *sync = lq_engine_sync(g->w.engine);
    g->morpho.now_sec = g->w.world.now_sec;
    g->morpho_rig = (rig_t){.undo = lq_sync_undo(sync),
                            .ledger = lq_sync_ledger(sync),
                            .self = lq_sync_self(sync, RIG_MORPHO)};
    for (size_t i = 0; i < MARKET_MAX; i++) {
        rig_define_market(g, i);
        sim_create(&g->morpho, i);
        sim_supply(&g->morpho, i, 0, (lq_u128_t)1 << 100);
        for (size_t k = 0; k < ACTOR_CNT; k++)
            rig_draw_position(g, i, k);
    }
    rig_apply_from(&g->morpho_rig, &g->morpho, 0);
    rig_read_all(&g->morpho_rig, &g->morpho);
}

static inline size_t rig_other(void *ctx, uint8_t *out, const lq_read_call_t *call)
{
    const analyze_rig_t *g = ctx;
    bool is_oracle =
        call->to.b[0] == 0x0f && selector_of(call) == LQ_ABI_MORPHO_BLUE_PRICE_SELECTOR;
    return is_oracle ? answer_call(&g->morpho, out, call) : 0;
}

/* ---- both ---- */

static inline void rig_make(analyze_rig_t *g, const rig_will_t *will)
{
    g->w.other = rig_other;
    g->w.other_ctx = g;
    lq_engine_config_t config = aave_engine_config(&g->w, RIG_ACCOUNTS);
    g->w.instances[RIG_MORPHO] = (lq_sync_instance_t){.adapter = &lq_adapter_morpho_blue,
                                                      .name = "morpho",
                                                      .config = {.contract = morpho_address,
                                                                 .version = LQ_ADAPTER_PROBE,
                                                                 .asset_max = MARKET_MAX}};
    config.sync.instance_cnt = 2;
    config.protocol_prices = !will->no_prices;
    config.limits.gap_bps = g->gap_bps = rig_below(g, 4) ? 300 : 0;
    config.min_profit_bps = will->min_profit_bps;
    lq_u256_t dollars = lq_u256_from_u64(will->min_profit_dollars);
    lq_u256_t wad = lq_u256_from_u64(WAD);
    config.min_profit_usd.raw = lq_u256_mul_wrap(&dollars, &wad);
    for (size_t i = 0; i < 2; i++)
        g->w.markets[i] = (lq_engine_market_t){.off = !will->live, .funding = LQ_FUNDING_INVENTORY};
    aave_engine_make(&g->w, &config);
}

/* Makes *G a market of SEED; rig_close frees it. */
static inline void rig_start(analyze_rig_t *g, uint64_t seed, const rig_will_t *will)
{
    memset(g, 0, sizeof(*g));
    lq_rng_seed(&g->rng, seed);
    rig_draw_world(g);
    rig_make(g, will);
    g->ledger = lq_sync_ledger(lq_engine_sync(g->w.engine));
    if (!will->empty) {
        rig_read_aave(g);
        rig_read_morpho(g);
    }
    aave_engine_value(&g->w);
    for (uint32_t i = 0; i < lq_ledger_cnt(g->ledger); i++)
        if (rig_below(g, 20) == 0)
            lq_ledger_set_state(lq_sync_ledger(lq_engine_sync(g->w.engine)), i,
                                LQ_ACCOUNT_QUARANTINED);
    aave_engine_follow(&g->w, 2, will->trust, RIG_BASE_FEE * UINT64_C(1000000000));
    for (unsigned i = 0; i < RIG_RESERVES; i++)
        if (rig_below(g, 8))
            aave_engine_fund(&g->w, world_address(AT_ASSET, i),
                             rig_units(g, i, 100 + rig_below(g, 100000000)));
    assert_ok(lq_analysis_new(&g->a, g->w.engine));
}

static inline void rig_stop(analyze_rig_t *g)
{
    lq_analysis_free(g->a);
    aave_engine_free(&g->w);
}

static inline uint32_t rig_instance(const analyze_rig_t *g, uint32_t account)
{
    return lq_ledger_pool(g->ledger, lq_ledger_account(g->ledger, account).pool).instance;
}

/* ---- views ---- */

/* A view that moves the prices of some reserves, and what the adapter of Aave is to be told of it.
 */
typedef struct rig_view {
    lq_engine_view_t view;
    lq_price_overlay_t overlays[RIG_RESERVES];
    lq_u256_t prices[RIG_RESERVES]; /* of all reserves, moved or not */
    lq_price_shift_t shifts[RIG_RESERVES];
    size_t shift_cnt;
} rig_view_t;

static inline void rig_view_shift(const analyze_rig_t *g, rig_view_t *out)
{
    lq_instance_t *self = lq_sync_self(lq_engine_sync(g->w.engine), RIG_AAVE);
    for (size_t i = 0; i < lq_adapter_aave_v3.oracle_cnt(self); i++) {
        lq_address_t s = lq_adapter_aave_v3.oracle(self, i).source;
        if (s.b[0] != AT_SOURCE || s.b[19] >= RIG_RESERVES)
            continue;
        if (!lq_u256_eq(&out->prices[s.b[19]], &g->w.world.reserves[s.b[19]].price))
            out->shifts[out->shift_cnt++] = (lq_price_shift_t){
                .oracle = (uint32_t)i, .known = true, .price = out->prices[s.b[19]]};
    }
}

static inline void rig_draw_view(analyze_rig_t *g, rig_view_t *out)
{
    memset(out, 0, sizeof(*out));
    for (unsigned r = 0; r < RIG_RESERVES; r++) {
        out->prices[r] = g->w.world.reserves[r].price;
        if (rig_below(g, 2))
            continue;
        lq_u256_t percent = lq_u256_from_u64(40 + rig_below(g, 90));
        lq_u256_t whole = lq_u256_from_u64(100);
        assert_ok(lq_u256_mul_div_down(&out->prices[r], &out->prices[r], &percent, &whole));
        out->overlays[out->view.overlay_cnt++] =
            (lq_price_overlay_t){.answer = {out->prices[r]}, .feed = aave_engine_feed(&g->w, r)};
    }
    out->view.overlays = out->overlays;
    out->view.whole_funds = rig_below(g, 2);
    if (rig_below(g, 3) == 0) {
        out->view.has_gas_price = true;
        out->view.gas_price.base_fee_wei.raw = lq_u256_from_u64(rig_below(g, UINT64_C(1) << 48));
    }
    rig_view_shift(g, out);
}

/* ACCOUNT's health under VIEW (NULL: now), by its adapter. */
static inline void rig_health(const analyze_rig_t *g, lq_health_t *out, uint32_t account,
                              const rig_view_t *view)
{
    uint32_t instance = rig_instance(g, account);
    const lq_adapter_t *of = instance == RIG_AAVE ? &lq_adapter_aave_v3 : &lq_adapter_morpho_blue;
    lq_health_view_t under = {0};
    if (view && instance == RIG_AAVE) {
        under.shifts = view->shifts;
        under.shift_cnt = view->shift_cnt;
    }
    of->health(lq_sync_self(lq_engine_sync(g->w.engine), instance), out, account, &under);
}

/* VALUE of ACCOUNT's pool in dollars, by the reserves' PRICES; false: of a token without a price.
 */
static inline bool rig_dollars(const analyze_rig_t *g, lq_u256_t *out, uint32_t account,
                               const lq_u256_t *value, const rig_view_t *view)
{
    lq_u256_t base = lq_u256_from_u64(10000000000u);
    *out = *value;
    if (rig_instance(g, account) == RIG_MORPHO) {
        lq_legs_t legs = lq_ledger_legs(g->ledger, account);
        lq_address_t token = {{0}};
        uint8_t decimals = 0;
        for (size_t i = 0; i < legs.cnt; i++)
            if (lq_ledger_factor(g->ledger, legs.factors[i])->side == LQ_SIDE_DEBT)
                lq_adapter_morpho_blue.asset_token(g->morpho_rig.self, legs.factors[i], &token,
                                                   &decimals);
        assert_int_equal(decimals, 18);
        if (token.b[19] >= RIG_RESERVES)
            return false;
        lq_u256_t wad = lq_u256_from_u64(WAD);
        lq_u256_t price = view ? view->prices[token.b[19]] : g->w.world.reserves[token.b[19]].price;
        price = lq_u256_mul_wrap(&price, &base);
        assert_ok(lq_u256_mul_div_up(out, out, &price, &wad));
        return true;
    }
    *out = lq_u256_mul_wrap(out, &base);
    return true;
}

#endif
