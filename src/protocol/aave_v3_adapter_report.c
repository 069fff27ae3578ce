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
