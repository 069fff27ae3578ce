#ifndef POPULATION_TRIAL_H
#define POPULATION_TRIAL_H

/* Liquidations of a population's accounts: one call of the first pair, in the arithmetic of Aave.
 */

#include <string.h>

#include "population.h"
#include "population_internal.h"

#include "liqd/base/compiler.h"
#include "liqd/protocol/aave_v3_balance.h"
#include "liqd/protocol/aave_v3_liquidation.h"

enum {
    POPULATION_BONUS_BPS = 10500,
    POPULATION_FEE_BPS = 1000,
};

typedef struct one_pair {
    uint32_t account;
    bool done;
    lq_liquidation_pair_t pair;
    lq_aave_v3_pair_t figures;
    lq_u256_t max;
    lq_health_t behind; /* what an adapter sums up after a call */
} one_pair_t;

static inline one_pair_t *one_pair(lq_trial_t *trial)
{
    return (one_pair_t *)(void *)trial->bytes;
}

static inline const one_pair_t *one_pair_const(const lq_trial_t *trial)
{
    return (const one_pair_t *)(const void *)trial->bytes;
}

static inline lq_u256_t one_pair_price(const lq_instance_t *self, uint32_t asset,
                                       const lq_health_view_t *view)
{
    for (size_t i = 0; view && i < view->shift_cnt; i++)
        if (view->shifts[i].oracle == asset)
            return view->shifts[i].price;
    return self->reserves[asset].asset.price;
}

static inline void one_pair_take_leg(const lq_instance_t *self, one_pair_t *t, uint16_t factor,
                                     lq_u128_t amount, const lq_health_view_t *view)
{
    const lq_factor_t *about = lq_ledger_factor(self->ledger, factor);
    const lq_aave_v3_asset_t *asset = &self->reserves[about->asset].asset;
    lq_u256_t scaled = lq_u256_from_halves(0, amount);
    lq_err_t err = LQ_OK;
    if (about->side == LQ_SIDE_DEBT) {
        t->pair.debt = factor;
        t->figures.debt_price = one_pair_price(self, about->asset, view);
        t->figures.debt_unit = asset->unit.value;
        err = lq_aave_v3_balance(self->rules, &t->figures.debt_balance, LQ_AAVE_V3_DEBT, &scaled,
                                 &asset->variable_borrow_index);
    } else if (about->side == LQ_SIDE_COLLATERAL) {
        t->pair.collateral = factor;
        t->figures.collateral_price = one_pair_price(self, about->asset, view);
        t->figures.collateral_unit = asset->unit.value;
        err = lq_aave_v3_balance(self->rules, &t->figures.collateral_balance, LQ_AAVE_V3_ATOKEN,
                                 &scaled, &asset->liquidity_index);
    }
    LQ_ASSERT(!err);
}

static inline lq_err_t one_pair_open(const lq_instance_t *self, lq_trial_t *trial, uint32_t account,
                                     const lq_health_view_t *view)
{
    one_pair_t *t = one_pair(trial);
    lq_health_t h;
    population_adapter.health(self, &h, account, view);
    if (h.verdict != LQ_HEALTH_LIQUIDATABLE)
        return LQ_ERR_EMPTY;
    lq_legs_t legs = lq_ledger_legs(self->ledger, account);
    memset(t, 0, sizeof(*t));
    t->account = account;
    t->figures.liquidation_bonus_bps = POPULATION_BONUS_BPS;
    if (view)
        t->figures.liquidation_bonus_bps =
            (uint16_t)(t->figures.liquidation_bonus_bps + view->what_if.bonus_bps);
    t->figures.protocol_fee_bps = POPULATION_FEE_BPS;
    for (size_t i = 0; i < legs.cnt; i++)
        one_pair_take_leg(self, t, legs.factors[i], legs.amounts[i], view);
    return lq_aave_v3_max_debt(self->rules, &t->max, &t->figures, &h.factor_wad, &h.debt_value);
}

static inline void one_pair_copy(lq_trial_t *to, const lq_trial_t *from)
{
    memcpy(to->bytes, from->bytes, sizeof(one_pair_t));
}

static inline size_t one_pair_pairs(const lq_instance_t *self, const lq_trial_t *trial,
                                    lq_liquidation_pair_t *out, size_t max)
{
    (void)self;
    if (one_pair_const(trial)->done)
        return 0;
    if (max)
        out[0] = one_pair_const(trial)->pair;
    return 1;
}

static inline size_t one_pair_ranges(const lq_instance_t *self, const lq_trial_t *trial,
                                     lq_liquidation_range_t out[LQ_LIQUIDATION_RANGE_MAX],
                                     lq_liquidation_pair_t pair, lq_liquidation_by_t by)
{
    (void)self;
    (void)pair;
    if (by != LQ_LIQUIDATION_BY_REPAID)
        return 0;
    out[0] = (lq_liquidation_range_t){lq_u256_from_u64(1), one_pair_const(trial)->max};
    return 1;
}

static inline lq_err_t one_pair_call(const lq_instance_t *self, lq_trial_t *trial,
                                     lq_liquidation_outcome_t *out,
                                     const lq_liquidation_call_t *call)
{
    one_pair_t *t = one_pair(trial);
    lq_aave_v3_seizure_t s;
    lq_err_t err = lq_aave_v3_seize(self->rules, &s, &t->figures, &call->amount);
    if (err)
        return err;
    population_adapter.health(self, &t->behind, t->account, NULL);
    *out = (lq_liquidation_outcome_t){
        .repaid = s.debt_needed, .seized = s.collateral, .protocol_fee = s.protocol_fee};
    t->done = true;
    return LQ_OK;
}

static inline void one_pair_health(const lq_instance_t *self, const lq_trial_t *trial,
                                   lq_health_t *out)
{
    population_adapter.health(self, out, one_pair_const(trial)->account, NULL);
}

static inline lq_err_t one_pair_encode(const lq_instance_t *self, lq_calls_t *calls,
                                       uint32_t account, const lq_liquidation_call_t *call,
                                       const lq_liquidation_outcome_t *outcome)
{
    uint8_t *input;
    lq_address_t to = {{1}};
    (void)self;
    (void)outcome;
    lq_err_t err = lq_calls_add(calls, &input, &to, 164);
    if (err)
        return err;
    memset(input, 0, 164);
    memcpy(input + 4, &account, sizeof(account));
    lq_u256_to_be(input + 132, &call->amount);
    return LQ_OK;
}

static inline bool one_pair_liquidated(const lq_instance_t *self, lq_liquidation_log_t *out,
                                       const lq_evm_log_t *log)
{
    (void)self;
    (void)out;
    (void)log;
    return false;
}

static inline uint32_t one_pair_oracle(const lq_instance_t *self, uint16_t factor)
{
    return lq_ledger_factor(self->ledger, factor)->asset;
}

static inline lq_err_t one_pair_incentive(const lq_instance_t *self, lq_incentive_t *out,
                                          lq_liquidation_pair_t pair, const lq_what_if_t *what_if)
{
    const uint64_t bps_wad = 100000000000000;
    uint64_t bonus = (uint64_t)((int64_t)POPULATION_BONUS_BPS + what_if->bonus_bps);
    (void)self;
    (void)pair;
    *out = (lq_incentive_t){
        .seized_wad = lq_u256_from_u64(bonus * bps_wad),
        .kept_wad = lq_u256_from_u64((bonus - 10000) * POPULATION_FEE_BPS * (bps_wad / 10000))};
    return LQ_OK;
}

/* population_with_trials returns the population's adapter with liquidations. */
static inline lq_adapter_t population_with_trials(void)
{
    lq_adapter_t out = population_adapter;
    out.name = "aave_v3";
    out.trial_open = one_pair_open;
    out.trial_copy = one_pair_copy;
    out.trial_pairs = one_pair_pairs;
    out.trial_ranges = one_pair_ranges;
    out.trial_call = one_pair_call;
    out.trial_send = one_pair_call;
    out.trial_health = one_pair_health;
    out.encode_call = one_pair_encode;
    out.liquidated = one_pair_liquidated;
    out.factor_oracle = one_pair_oracle;
    out.incentive = one_pair_incentive;
    return out;
}

#endif
