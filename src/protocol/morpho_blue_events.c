#include "liqd/protocol/morpho_blue_events.h"

#include "morpho_internal.h"

/* Makes *M the market at the time of an event that accrues before it. */
static lq_err_t reach(lq_morpho_market_t *m, uint64_t now_sec)
{
    if (m->last_update_sec == 0)
        return LQ_ERR_NOT_FOUND;
    if (m->has_irm ? now_sec != m->last_update_sec : now_sec < m->last_update_sec)
        return LQ_ERR_INVAL;
    m->last_update_sec = now_sec;
    return LQ_OK;
}

typedef lq_err_t convert_fn_t(lq_u256_t *, const lq_u256_t *, lq_u128_t, lq_u128_t);

/* Whether OUT = CONVERT(IN). */
static bool implies(convert_fn_t *convert, const lq_u256_t *in, const lq_u256_t *out,
                    lq_u128_t total_assets, lq_u128_t total_shares)
{
    lq_u256_t got;
    return !lq_u256_is_zero(in) && convert(&got, in, total_assets, total_shares) == LQ_OK &&
           lq_u256_eq(&got, out);
}

/* The caller of the contract gives assets or shares, not both, and the contract the other: in its
   own favour, for what comes in (shares down, assets up) as for what goes out (the reverse). */
static lq_err_t check_in(const lq_u256_t *assets, const lq_u256_t *shares, lq_u128_t total_assets,
                         lq_u128_t total_shares)
{
    bool fits = implies(lq_morpho_to_shares_down, assets, shares, total_assets, total_shares) ||
                implies(lq_morpho_to_assets_up, shares, assets, total_assets, total_shares);
    return fits ? LQ_OK : LQ_ERR_INVAL;
}

static lq_err_t check_out(const lq_u256_t *assets, const lq_u256_t *shares, lq_u128_t total_assets,
                          lq_u128_t total_shares)
{
    bool fits = implies(lq_morpho_to_shares_up, assets, shares, total_assets, total_shares) ||
                implies(lq_morpho_to_assets_down, shares, assets, total_assets, total_shares);
    return fits ? LQ_OK : LQ_ERR_INVAL;
}

lq_err_t lq_morpho_apply_create_market(lq_morpho_market_t *market, uint64_t now_sec,
                                       const lq_abi_morpho_blue_market_params_t *params)
{
    const lq_abi_morpho_blue_market_ret_t empty = {.last_update = lq_u256_from_u64(now_sec)};
    if (market->last_update_sec != 0)
        return LQ_ERR_EXISTS;
    if (now_sec == 0)
        return LQ_ERR_RANGE;
    return lq_morpho_market_load(market, &empty, params);
}

lq_err_t lq_morpho_apply_accrue_interest(lq_morpho_market_t *market,
                                         lq_morpho_position_t *fee_position, uint64_t now_sec,
                                         const lq_u256_t *prev_borrow_rate_wad,
                                         const lq_u256_t *interest, const lq_u256_t *fee_shares)
{
    lq_morpho_market_t m = *market;
    lq_morpho_accrual_t added = {0, 0};
    if (m.last_update_sec == 0)
        return LQ_ERR_NOT_FOUND;
    if (!m.has_irm || now_sec <= m.last_update_sec)
        return LQ_ERR_INVAL;
    if (lq_morpho_accrue(&added, &m, now_sec, prev_borrow_rate_wad))
        return LQ_ERR_RANGE;
    lq_u256_t want_interest = lq_morpho_word(added.interest);
    lq_u256_t want_shares = lq_morpho_word(added.fee_shares);
    if (!lq_u256_eq(&want_interest, interest) || !lq_u256_eq(&want_shares, fee_shares))
        return LQ_ERR_INVAL;
    if (fee_position &&
        lq_u256_add_checked(&fee_position->supply_shares, &fee_position->supply_shares, fee_shares))
        return LQ_ERR_RANGE;
    *market = m;
    return LQ_OK;
}

lq_err_t lq_morpho_apply_set_fee(lq_morpho_market_t *market, uint64_t now_sec,
                                 const lq_u256_t *new_fee_wad)
{
    lq_morpho_market_t m = *market;
    lq_err_t err = reach(&m, now_sec);
    if (err)
        return err;
    if (lq_u256_to_u64(&m.fee_wad, new_fee_wad) || m.fee_wad > LQ_MORPHO_MAX_FEE_WAD)
        return LQ_ERR_RANGE;
    if (m.fee_wad == market->fee_wad)
        return LQ_ERR_INVAL;
    *market = m;
    return LQ_OK;
}

/* Whether nobody has more than all have together. */
static bool is_part(const lq_u256_t *shares, lq_u128_t total_shares)
{
    lq_u256_t total = lq_morpho_word(total_shares);
    return !lq_u256_lt(&total, shares);
}

lq_err_t lq_morpho_apply_supply(lq_morpho_market_t *market, lq_morpho_position_t *position,
                                uint64_t now_sec, const lq_u256_t *assets, const lq_u256_t *shares)
{
    lq_morpho_market_t m = *market;
    lq_u256_t own = position ? position->supply_shares : lq_u256_from_u64(0);
    lq_u128_t a;
    lq_u128_t s;
    lq_err_t err = reach(&m, now_sec);
    if (!err)
        err = check_in(assets, shares, m.total_supply_assets, m.total_supply_shares);
    if (err)
        return err;
    if (lq_morpho_u128(&a, assets) || lq_morpho_u128(&s, shares) ||
        lq_u256_add_checked(&own, &own, shares) ||
        lq_morpho_add(&m.total_supply_shares, m.total_supply_shares, s) ||
        lq_morpho_add(&m.total_supply_assets, m.total_supply_assets, a))
        return LQ_ERR_RANGE;
    if (!is_part(&own, m.total_supply_shares))
        return LQ_ERR_INVAL;
    if (position)
        position->supply_shares = own;
    *market = m;
    return LQ_OK;
}

lq_err_t lq_morpho_apply_withdraw(lq_morpho_market_t *market, lq_morpho_position_t *position,
                                  uint64_t now_sec, const lq_u256_t *assets,
                                  const lq_u256_t *shares)
{
    lq_morpho_market_t m = *market;
    lq_u256_t own = position ? position->supply_shares : *shares;
    lq_u128_t a;
    lq_u128_t s;
    lq_err_t err = reach(&m, now_sec);
    if (!err)
        err = check_out(assets, shares, m.total_supply_assets, m.total_supply_shares);
    if (err)
        return err;
    if (lq_morpho_u128(&a, assets) || lq_morpho_u128(&s, shares) ||
        lq_u256_sub_checked(&own, &own, shares) ||
        lq_morpho_sub(&m.total_supply_shares, m.total_supply_shares, s) ||
        lq_morpho_sub(&m.total_supply_assets, m.total_supply_assets, a))
        return LQ_ERR_RANGE;
    if (!is_part(&own, m.total_supply_shares) || m.total_borrow_assets > m.total_supply_assets)
        return LQ_ERR_INVAL;
    if (position)
        position->supply_shares = own;
    *market = m;
    return LQ_OK;
}

lq_err_t lq_morpho_apply_borrow(lq_morpho_market_t *market, lq_morpho_position_t *position,
                                uint64_t now_sec, const lq_u256_t *assets, const lq_u256_t *shares)
{
    lq_morpho_market_t m = *market;
    lq_u128_t own = position->borrow_shares;
    lq_u128_t a;
    lq_u128_t s;
    lq_err_t err = reach(&m, now_sec);
    if (!err)
        err = check_out(assets, shares, m.total_borrow_assets, m.total_borrow_shares);
    if (err)
        return err;
    if (lq_morpho_u128(&a, assets) || lq_morpho_u128(&s, shares) || lq_morpho_add(&own, own, s) ||
        lq_morpho_add(&m.total_borrow_shares, m.total_borrow_shares, s) ||
        lq_morpho_add(&m.total_borrow_assets, m.total_borrow_assets, a))
        return LQ_ERR_RANGE;
    if (own > m.total_borrow_shares || m.total_borrow_assets > m.total_supply_assets)
        return LQ_ERR_INVAL;
    position->borrow_shares = own;
    *market = m;
    return LQ_OK;
}

lq_err_t lq_morpho_apply_repay(lq_morpho_market_t *market, lq_morpho_position_t *position,
                               uint64_t now_sec, const lq_u256_t *assets, const lq_u256_t *shares)
{
    lq_morpho_market_t m = *market;
    lq_u128_t own = position->borrow_shares;
    lq_u128_t s;
    lq_err_t err = reach(&m, now_sec);
    if (!err)
        err = check_in(assets, shares, m.total_borrow_assets, m.total_borrow_shares);
    if (err)
        return err;
    if (lq_morpho_u128(&s, shares) || lq_morpho_sub(&own, own, s) ||
        lq_morpho_sub(&m.total_borrow_shares, m.total_borrow_shares, s))
        return LQ_ERR_RANGE;
    if (own > m.total_borrow_shares)
        return LQ_ERR_INVAL;
    m.total_borrow_assets = lq_morpho_zero_floor_sub(m.total_borrow_assets, assets);
    position->borrow_shares = own;
    *market = m;
    return LQ_OK;
}

lq_err_t lq_morpho_apply_supply_collateral(lq_morpho_position_t *position,
                                           const lq_morpho_market_t *market,
                                           const lq_u256_t *assets)
{
    lq_u128_t a;
    if (market->last_update_sec == 0)
        return LQ_ERR_NOT_FOUND;
    if (lq_u256_is_zero(assets))
        return LQ_ERR_INVAL;
    if (lq_morpho_u128(&a, assets))
        return LQ_ERR_RANGE;
    return lq_morpho_add(&position->collateral, position->collateral, a);
}

lq_err_t lq_morpho_apply_withdraw_collateral(lq_morpho_market_t *market,
                                             lq_morpho_position_t *position, uint64_t now_sec,
                                             const lq_u256_t *assets)
{
    lq_morpho_market_t m = *market;
    lq_u128_t a;
    lq_err_t err = reach(&m, now_sec);
    if (err)
        return err;
    if (lq_u256_is_zero(assets))
        return LQ_ERR_INVAL;
    if (lq_morpho_u128(&a, assets) || lq_morpho_sub(&position->collateral, position->collateral, a))
        return LQ_ERR_RANGE;
    *market = m;
    return LQ_OK;
}

static bool same(const lq_morpho_liquidation_t *a, const lq_morpho_liquidation_t *b)
{
    return lq_u256_eq(&a->repaid_assets, &b->repaid_assets) &&
           lq_u256_eq(&a->repaid_shares, &b->repaid_shares) &&
           lq_u256_eq(&a->seized_assets, &b->seized_assets) &&
           lq_u256_eq(&a->bad_debt_assets, &b->bad_debt_assets) &&
           lq_u256_eq(&a->bad_debt_shares, &b->bad_debt_shares);
}

lq_err_t lq_morpho_apply_liquidate(lq_morpho_market_t *market, lq_morpho_position_t *position,
                                   uint64_t now_sec, const lq_morpho_liquidation_t *event)
{
    lq_morpho_market_t m = *market;
    lq_morpho_position_t p = *position;
    lq_morpho_liquidation_t done;
    lq_err_t err = reach(&m, now_sec);
    if (!err)
        err = lq_morpho_settle(&done, &m, &p, &event->seized_assets, &event->repaid_shares);
    if (err)
        return err;
    if (!same(&done, event))
        return LQ_ERR_INVAL;
    *market = m;
    *position = p;
    return LQ_OK;
}
