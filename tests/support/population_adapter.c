#include "population_internal.h"

#include <math.h>

#include "lq_test.h"

/* A ray and a threshold of 100 %, as doubles. */
#define RAY 1e27
#define BPS 1e4

const lq_aave_v3_e_mode_t population_e_modes[CATEGORY_CNT] = {
    [CATEGORY_ETH] = {.liquidation_threshold_bps = 9500},
    [CATEGORY_USD] = {.liquidation_threshold_bps = 9200},
    [CATEGORY_BTC] = {.liquidation_threshold_bps = 8600},
};

static size_t state_sz(const lq_instance_config_t *config)
{
    (void)config;
    return sizeof(lq_instance_t) + (size_t)2 * LQ_UNDO_LINE_SZ;
}

static void index_at(lq_instance_t *self, reserve_t *r)
{
    assert_ok(lq_aave_v3_index_at(self->rules, &r->asset.liquidity_index, &r->accrual,
                                  LQ_AAVE_V3_ATOKEN, self->now_sec));
    assert_ok(lq_aave_v3_index_at(self->rules, &r->asset.variable_borrow_index, &r->accrual,
                                  LQ_AAVE_V3_DEBT, self->now_sec));
}

static uint16_t add_factor(lq_instance_t *self, size_t asset, category_t category, lq_side_t side)
{
    uint16_t factor = 0;
    lq_factor_t about = {self->pool, (uint16_t)asset, (uint8_t)category, (uint8_t)side};
    assert_ok(lq_ledger_add_factor(self->ledger, &factor, &about));
    return factor;
}

static lq_err_t make(lq_instance_t **self, lq_arena_t *arena, lq_undo_t *undo, lq_ledger_t *ledger,
                     const lq_instance_config_t *config)
{
    (void)arena;
    lq_instance_t *s = lq_undo_alloc(undo, sizeof(*s));
    if (!s)
        return LQ_ERR_NOMEM;
    s->ledger = ledger;
    s->undo = undo;
    s->rules = lq_aave_v3_rules(LQ_AAVE_V3_6);
    s->now_sec = POPULATION_NOW_SEC;
    assert_ok(lq_ledger_add_pool(ledger, &s->pool, (lq_ledger_pool_t){config->instance, 0}));
    for (size_t i = 0; i < POPULATION_ASSET_CNT; i++) {
        const reserve_kind_t *kind = &population_reserves[i];
        reserve_t *r = &s->reserves[i];
        assert_ok(lq_aave_v3_unit_make(&r->asset.unit, kind->decimals));
        r->asset.liquidation_threshold_bps = kind->threshold_bps;
        /* 1.02 to 1.3 rays; 1 to 6 % a year, debt above supply */
        uint64_t ray_hi = 0x33b2e3c;
        r->accrual.liquidity_index = (lq_u256_t){{i * 77777, ray_hi + ray_hi / 50 * (1 + i / 2)}};
        r->accrual.variable_borrow_index =
            (lq_u256_t){{i * 99999, ray_hi + ray_hi / 40 * (1 + i / 2)}};
        r->accrual.current_liquidity_rate = (lq_u256_t){{1, ray_hi / 100 * (1 + i % 4)}};
        r->accrual.current_variable_borrow_rate = (lq_u256_t){{1, ray_hi / 80 * (1 + i % 4)}};
        r->accrual.last_update_sec = POPULATION_NOW_SEC;
        index_at(s, r);
        r->idle = add_factor(s, i, CATEGORY_NONE, LQ_SIDE_IDLE);
        r->debt = add_factor(s, i, CATEGORY_NONE, LQ_SIDE_DEBT);
        r->collateral[CATEGORY_NONE] = add_factor(s, i, CATEGORY_NONE, LQ_SIDE_COLLATERAL);
        if (kind->category != CATEGORY_NONE)
            r->collateral[kind->category] = add_factor(s, i, kind->category, LQ_SIDE_COLLATERAL);
    }
    *self = s;
    return LQ_OK;
}

/* The reserve as VIEW (may be NULL) has it. */
static lq_aave_v3_asset_t asset_under(const lq_instance_t *self, size_t i,
                                      const lq_health_view_t *view)
{
    lq_instance_t at = {.rules = self->rules, .now_sec = self->now_sec};
    reserve_t r = self->reserves[i];
    if (!view)
        return r.asset;
    if (view->now_sec != 0 && view->now_sec != self->now_sec) {
        at.now_sec = view->now_sec;
        index_at(&at, &r);
    }
    for (size_t k = 0; k < view->shift_cnt; k++)
        if (view->shifts[k].oracle == i)
            r.asset.price = view->shifts[k].known ? view->shifts[k].price : lq_u256_from_u64(0);
    return r.asset;
}

static double threshold_of(const lq_aave_v3_asset_t *asset, const lq_factor_t *f)
{
    return (f->category != CATEGORY_NONE ? population_e_modes[f->category].liquidation_threshold_bps
                                         : asset->liquidation_threshold_bps) /
           BPS;
}

static lq_factor_value_t value_of(const lq_aave_v3_asset_t *asset, const lq_factor_t *f)
{
    if (f->side == LQ_SIDE_IDLE)
        return (lq_factor_value_t){0};
    bool is_debt = f->side == LQ_SIDE_DEBT;
    double unit = lq_u256_to_double(&asset->price) / lq_u256_to_double(&asset->unit.value);
    double index =
        lq_u256_to_double(is_debt ? &asset->variable_borrow_index : &asset->liquidity_index) / RAY;
    double v = unit * index * (is_debt ? 1 : threshold_of(asset, f));
    if (lq_u256_is_zero(&asset->price))
        v = (double)NAN;
    /* a token's unit of rounding in the balance, one of value in the base currency */
    return (lq_factor_value_t){.value = v, .amount_loss = 1, .value_loss = 1, .health_loss = 0};
}

static lq_factor_value_t shifted_value(const lq_instance_t *self, uint16_t factor,
                                       const lq_health_view_t *view)
{
    const lq_factor_t *f = lq_ledger_factor(self->ledger, factor);
    lq_aave_v3_asset_t asset = asset_under(self, f->asset, view);
    return value_of(&asset, f);
}

static void put_values(lq_instance_t *self, size_t i)
{
    const reserve_t *r = &self->reserves[i];
    uint16_t factors[CATEGORY_CNT + 1] = {r->debt, r->collateral[CATEGORY_NONE]};
    size_t cnt = 2;
    if (population_reserves[i].category != CATEGORY_NONE)
        factors[cnt++] = r->collateral[population_reserves[i].category];
    for (size_t k = 0; k < cnt; k++) {
        lq_factor_value_t v = value_of(&r->asset, lq_ledger_factor(self->ledger, factors[k]));
        lq_ledger_set_value(self->ledger, factors[k], &v);
    }
}

static void set_price(lq_instance_t *self, size_t i, bool known, const lq_u256_t *price)
{
    lq_u256_t v = known ? *price : lq_u256_from_u64(0);
    lq_undo_write(self->undo, &self->reserves[i].asset.price, &v, sizeof(v));
    put_values(self, i);
}

static void set_now(lq_instance_t *self, uint64_t now_sec)
{
    lq_undo_keep(self->undo, self, sizeof(*self));
    self->now_sec = now_sec;
    for (size_t i = 0; i < POPULATION_ASSET_CNT; i++) {
        index_at(self, &self->reserves[i]);
        put_values(self, i);
    }
}

static void clear(lq_instance_t *self)
{
    for (size_t i = 0; i < POPULATION_ASSET_CNT; i++)
        set_price(self, i, false, NULL);
}

/* ---- health ---- */

static bool read_legs(const lq_instance_t *self, lq_aave_v3_leg_t *out, lq_aave_v3_asset_t *assets,
                      uint32_t account, const lq_health_view_t *view)
{
    lq_legs_t legs = lq_ledger_legs(self->ledger, account);
    for (size_t i = 0; i < legs.cnt; i++) {
        const lq_factor_t *f = lq_ledger_factor(self->ledger, legs.factors[i]);
        const lq_aave_v3_asset_t *asset = &self->reserves[f->asset].asset;
        if (view) {
            assets[i] = asset_under(self, f->asset, view);
            asset = &assets[i];
        }
        lq_u256_t amount = lq_u256_from_halves(0, legs.amounts[i]);
        bool owes = f->side == LQ_SIDE_DEBT;
        out[i].asset = asset;
        out[i].flags = 0;
        if (f->side == LQ_SIDE_IDLE)
            continue;
        if (lq_u256_is_zero(&asset->price))
            return false;
        *(owes ? &out[i].scaled_debt : &out[i].scaled_supply) = amount;
        out[i].flags = owes ? LQ_AAVE_V3_BORROWING : LQ_AAVE_V3_COLLATERAL;
        if (f->category != CATEGORY_NONE)
            out[i].flags |= LQ_AAVE_V3_IN_E_MODE;
    }
    return true;
}

static void health(const lq_instance_t *self, lq_health_t *out, uint32_t account,
                   const lq_health_view_t *view)
{
    static const lq_u256_t one_wad = {{1000000000000000000u, 0, 0, 0}};
    lq_account_t about = lq_ledger_account(self->ledger, account);
    lq_aave_v3_leg_t legs[LQ_LEDGER_LEG_MAX];
    lq_aave_v3_asset_t assets[LQ_LEDGER_LEG_MAX];
    lq_aave_v3_account_t a;
    const lq_aave_v3_e_mode_t *e_mode =
        about.category != CATEGORY_NONE ? &population_e_modes[about.category] : NULL;
    *out = (lq_health_t){.verdict = LQ_HEALTH_UNKNOWN};
    if (about.state != LQ_ACCOUNT_KNOWN || !read_legs(self, legs, assets, account, view))
        return;
    out->verdict = LQ_HEALTH_REVERTS;
    if (lq_aave_v3_account(self->rules, &a, legs, about.leg_cnt, e_mode) != LQ_OK)
        return;
    out->threshold_bps = lq_aave_v3_average_threshold_bps(&a);
    out->collateral_value = a.total_collateral_base;
    out->debt_value = a.total_debt_base;
    out->factor_wad = a.health_factor;
    out->verdict = lq_u256_is_zero(&a.total_debt_base)      ? LQ_HEALTH_NO_DEBT
                   : lq_u256_lt(&a.health_factor, &one_wad) ? LQ_HEALTH_LIQUIDATABLE
                                                            : LQ_HEALTH_SAFE;
}

/* ---- what has no events, reads or audits ---- */

static size_t watch(const lq_instance_t *self, lq_address_t *out, size_t max)
{
    (void)self;
    (void)out;
    (void)max;
    return 0;
}

static const lq_hash_t *topics(size_t *cnt)
{
    *cnt = 0;
    return NULL;
}

static lq_err_t discover(lq_instance_t *self, const lq_evm_log_t *log)
{
    (void)self;
    (void)log;
    return LQ_OK;
}

static lq_applied_t apply(lq_instance_t *self, const lq_evm_log_t *log, uint64_t block_sec)
{
    (void)self;
    (void)log;
    (void)block_sec;
    return LQ_APPLIED_NOT;
}

static bool next(const lq_instance_t *self, lq_subject_t *subject)
{
    (void)self;
    (void)subject;
    return false;
}

static lq_err_t reads(const lq_instance_t *self, lq_calls_t *calls, lq_subject_t subject)
{
    (void)self;
    (void)calls;
    (void)subject;
    return LQ_OK;
}

static lq_applied_t answer(lq_instance_t *self, lq_subject_t subject,
                           const lq_read_result_t *results, size_t cnt, uint64_t block_sec)
{
    (void)self;
    (void)subject;
    (void)results;
    (void)cnt;
    (void)block_sec;
    return LQ_APPLIED_NOT;
}

static size_t oracle_cnt(const lq_instance_t *self)
{
    (void)self;
    return POPULATION_ASSET_CNT;
}

static lq_oracle_ref_t oracle(const lq_instance_t *self, size_t i)
{
    (void)self;
    return (lq_oracle_ref_t){population_source(i), LQ_ORACLE_AAVE};
}

static lq_err_t audit_reads(const lq_instance_t *self, lq_calls_t *calls, uint32_t account)
{
    (void)self;
    (void)calls;
    (void)account;
    return LQ_OK;
}

static lq_err_t audit_expected(const lq_instance_t *self, lq_audit_t *out, uint32_t account,
                               uint64_t now_sec)
{
    (void)self;
    (void)out;
    (void)account;
    (void)now_sec;
    return LQ_ERR_EMPTY;
}

static lq_err_t audit_actual(const lq_instance_t *self, lq_audit_t *out, uint32_t account,
                             const lq_read_result_t *results, size_t cnt)
{
    (void)self;
    (void)out;
    (void)account;
    (void)results;
    (void)cnt;
    return LQ_ERR_SYNTAX;
}

static unsigned version(const lq_instance_t *self)
{
    (void)self;
    return 0;
}

static size_t pieces(lq_instance_t *self, lq_undo_piece_t out[LQ_ADAPTER_PIECE_MAX])
{
    out[0] = (lq_undo_piece_t){self, 0, sizeof(*self)}; /* made anew, and told the prices */
    return 1;
}

static lq_err_t restored(lq_instance_t *self)
{
    (void)self;
    return LQ_OK;
}

static void asset_token(const lq_instance_t *self, uint16_t factor, lq_address_t *token,
                        uint8_t *decimals)
{
    uint16_t asset = lq_ledger_factor(self->ledger, factor)->asset;
    *token = (lq_address_t){{0xbb, (uint8_t)(asset + 1)}};
    *decimals = population_reserves[asset].decimals;
}

static const char *const version_names[] = {"3.6", NULL};

const lq_adapter_t population_adapter = {
    .name = "population",
    .version_names = version_names,
    .layout = 1,
    .state_sz = state_sz,
    .make = make,
    .clear = clear,
    .watch = watch,
    .topics = topics,
    .discovery_topics = topics,
    .discover = discover,
    .apply = apply,
    .next = next,
    .every_block = next,
    .reads = reads,
    .answer = answer,
    .oracle_cnt = oracle_cnt,
    .oracle = oracle,
    .set_price = set_price,
    .set_now = set_now,
    .health = health,
    .shifted_value = shifted_value,
    .audit_reads = audit_reads,
    .audit_expected = audit_expected,
    .audit_actual = audit_actual,
    .version = version,
    .pieces = pieces,
    .restored = restored,
    .asset_token = asset_token,
};
