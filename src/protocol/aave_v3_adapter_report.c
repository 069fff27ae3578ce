/* What reports tell beside the figures that decide. */

#include "aave_v3_adapter_internal.h"

lq_err_t aave_token_amount(const lq_instance_t *self, lq_u256_t *out, uint16_t factor,
                           lq_u128_t amount, uint64_t now_sec)
{
    const lq_factor_t *about = lq_ledger_factor(self->ledger, factor);
    const reserve_t *r = &self->reserves[about->asset];
    lq_aave_v3_token_t token = about->side == LQ_SIDE_DEBT ? LQ_AAVE_V3_DEBT : LQ_AAVE_V3_ATOKEN;
    lq_u256_t scaled = lq_u256_from_halves(0, is_flag_alone(about) ? 0 : amount);
    lq_u256_t index;
    if (!r->known ||
        lq_aave_v3_index_at(rules_now(self), &index, &r->accrual, token,
                            now_sec ? now_sec : self->s->now_sec) ||
        lq_aave_v3_balance(rules_now(self), out, token, &scaled, &index))
        return LQ_ERR_EMPTY;
    return LQ_OK;
}

uint32_t aave_factor_oracle(const lq_instance_t *self, uint16_t factor)
{
    const lq_aave_v3_rules_t *rules = rules_now(self);
    const lq_factor_t *f = lq_ledger_factor(self->ledger, factor);
    const reserve_t *r = &self->reserves[f->asset];
    const category_t *c = &self->categories[f->category];
    bool by_category = f->side != LQ_SIDE_IDLE && rules->e_mode_price && c->oracle != NONE32 &&
                       !is_zero(&c->price_source) &&
                       lq_aave_v3_in_e_mode(rules, f->category, r->category, bitmap_of(c), r->id);
    return by_category ? c->oracle : r->oracle;
}

#define BPS     10000
#define BPS_WAD UINT64_C(100000000000000)

uint16_t aave_bonus_under(uint16_t bonus_bps, const lq_what_if_t *what_if)
{
    int64_t more = (int64_t)bonus_bps + what_if->bonus_bps;
    if (what_if->bonus_bps == 0)
        return bonus_bps;
    if (more > UINT16_MAX)
        return UINT16_MAX;
    return more < BPS ? BPS : (uint16_t)more;
}

/* Without what rounds to units of the token.
   @formula seized = bonus; kept = (bonus - 1) fee
   @src aave-dao/aave-v3-origin:src/contracts/protocol/libraries/logic/LiquidationLogic.sol
        #_calculateAvailableCollateralToLiquidate */
lq_err_t aave_incentive(const lq_instance_t *self, lq_incentive_t *out, lq_liquidation_pair_t pair,
                        const lq_what_if_t *what_if)
{
    const lq_aave_v3_rules_t *rules = rules_now(self);
    const lq_factor_t *f = lq_ledger_factor(self->ledger, pair.collateral);
    const lq_factor_t *g = lq_ledger_factor(self->ledger, pair.debt);
    const lq_u256_t health = lq_u256_from_u64(0);
    const reserve_t *c = &self->reserves[f->asset];
    const reserve_t *d = &self->reserves[g->asset];
    const category_t *category = &self->categories[f->category];
    if (f->pool != self->s->pool || g->pool != self->s->pool || f->side != LQ_SIDE_COLLATERAL ||
        g->side != LQ_SIDE_DEBT || f->category != g->category || !self->s->version_sure ||
        !c->known || !d->known || (f->category != 0 && !category->known) ||
        !pair_passes(self, &health, self->s->now_sec, c, d))
        return LQ_ERR_EMPTY;
    bool in = f->category != 0 &&
              lq_aave_v3_in_e_mode(rules, f->category, c->category, bitmap_of(category), c->id);
    uint64_t bonus = in ? category->bonus_bps : c->bonus_bps;
    if (bonus < BPS)
        return LQ_ERR_EMPTY;
    bonus = aave_bonus_under((uint16_t)bonus, what_if);
    *out = (lq_incentive_t){.seized_wad = lq_u256_from_u64(bonus * BPS_WAD),
                            .kept_wad =
                                lq_u256_from_u64((bonus - BPS) * c->fee_bps * (BPS_WAD / BPS))};
    return LQ_OK;
}
