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
