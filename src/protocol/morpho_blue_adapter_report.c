/* What reports tell beside the figures that decide. */

#include "morpho_blue_adapter_internal.h"

/* Collateral bears no interest; debt is what repaying all of it would cost. */
lq_err_t lq_morpho_token_amount(const lq_instance_t *self, lq_u256_t *out, uint16_t factor,
                                lq_u128_t amount, uint64_t now_sec)
{
    uint32_t i = lq_ledger_factor(self->ledger, factor)->asset;
    lq_morpho_position_t position = {.borrow_shares = amount};
    lq_morpho_market_t market;
    if (factor == self->abouts[i].collateral_factor) {
        *out = lq_u256_from_halves(0, amount);
        return LQ_OK;
    }
    lq_morpho_now_t now = now_sec
                              ? lq_morpho_row_at(&market, &self->abouts[i], &self->rows[i], now_sec)
                              : lq_morpho_row_now(&market, self, i);
    if (now != LQ_MORPHO_NOW_OK || lq_morpho_borrowed(out, &market, &position))
        return LQ_ERR_EMPTY;
    return LQ_OK;
}

bool lq_morpho_pool_id(const lq_instance_t *self, uint32_t local, lq_hash_t *id)
{
    *id = self->abouts[local].id;
    return true;
}

/* A market's oracle prices its collateral; what is owed is the unit. */
uint32_t lq_morpho_factor_oracle(const lq_instance_t *self, uint16_t factor)
{
    const lq_factor_t *about = lq_ledger_factor(self->ledger, factor);
    return about->side == LQ_SIDE_COLLATERAL ? about->asset : LQ_LEDGER_NONE;
}

#define BPS_WAD ((int64_t)LQ_MORPHO_WAD / 10000)

uint64_t lq_morpho_incentive_under(uint64_t lltv_wad, const lq_what_if_t *what_if)
{
    int64_t factor = (int64_t)lq_morpho_incentive_factor_wad(lltv_wad);
    lq_i128_t more = factor + (lq_i128_t)what_if->bonus_bps * BPS_WAD;
    if (what_if->bonus_bps == 0)
        return (uint64_t)factor;
    if (more > INT64_MAX)
        return INT64_MAX;
    return more < (int64_t)LQ_MORPHO_WAD ? LQ_MORPHO_WAD : (uint64_t)more;
}

lq_err_t lq_morpho_incentive(const lq_instance_t *self, lq_incentive_t *out,
                             lq_liquidation_pair_t pair, const lq_what_if_t *what_if)
{
    uint32_t i = lq_ledger_factor(self->ledger, pair.collateral)->asset;
    const lq_morpho_about_t *about = &self->abouts[i];
    if (about->collateral_factor != pair.collateral || about->debt_factor != pair.debt ||
        !about->has_params || self->rows[i].state != LQ_MORPHO_MARKET_KNOWN)
        return LQ_ERR_EMPTY;
    *out = (lq_incentive_t){
        .seized_wad = lq_u256_from_u64(lq_morpho_incentive_under(about->lltv_wad, what_if))};
    return LQ_OK;
}
