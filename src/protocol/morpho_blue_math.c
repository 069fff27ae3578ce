#include "liqd/protocol/morpho_blue_math.h"

#include "liqd/codec/keccak.h"
#include "liqd/num/fixed.h"
#include "liqd/num/power.h"
#include "morpho_internal.h"

#define WAD UINT64_C(1000000000000000000)

/* 1e36 @src morpho-org/morpho-blue:src/libraries/ConstantsLib.sol#ORACLE_PRICE_SCALE */
static const lq_u256_t ORACLE_PRICE_SCALE = {{0xb34b9f1000000000u, 0x00c097ce7bc90715u, 0, 0}};

lq_hash_t lq_morpho_market_id(const lq_abi_morpho_blue_market_params_t *params)
{
    const lq_address_t *const addresses[] = {&params->loan_token, &params->collateral_token,
                                             &params->oracle, &params->irm};
    uint8_t words[5][32] = {{0}};
    lq_hash_t id;
    for (size_t i = 0; i < LQ_ARRAY_CNT(addresses); i++)
        memcpy(words[i] + 12, addresses[i]->b, sizeof(addresses[i]->b));
    lq_u256_to_be(words[4], &params->lltv);
    lq_keccak256(id.b, words, sizeof(words));
    return id;
}

lq_err_t lq_morpho_market_load(lq_morpho_market_t *out, const lq_abi_morpho_blue_market_ret_t *read,
                               const lq_abi_morpho_blue_market_params_t *params)
{
    static const lq_address_t none = {{0}};
    lq_morpho_market_t m = {.has_irm = memcmp(&params->irm, &none, sizeof(none)) != 0};
    if (lq_u256_is_zero(&read->last_update))
        return LQ_ERR_NOT_FOUND;
    if (lq_morpho_u128(&m.total_supply_assets, &read->total_supply_assets) ||
        lq_morpho_u128(&m.total_supply_shares, &read->total_supply_shares) ||
        lq_morpho_u128(&m.total_borrow_assets, &read->total_borrow_assets) ||
        lq_morpho_u128(&m.total_borrow_shares, &read->total_borrow_shares) ||
        lq_u256_to_u64(&m.last_update_sec, &read->last_update) ||
        lq_u256_to_u64(&m.fee_wad, &read->fee) || m.fee_wad > LQ_MORPHO_MAX_FEE_WAD ||
        lq_u256_to_u64(&m.lltv_wad, &params->lltv) || m.lltv_wad >= WAD)
        return LQ_ERR_RANGE;
    if (m.total_borrow_assets > m.total_supply_assets)
        return LQ_ERR_INVAL;
    *out = m;
    return LQ_OK;
}

lq_err_t lq_morpho_position_load(lq_morpho_position_t *out,
                                 const lq_abi_morpho_blue_position_ret_t *read)
{
    lq_morpho_position_t p = {.supply_shares = read->supply_shares};
    if (lq_morpho_u128(&p.borrow_shares, &read->borrow_shares) ||
        lq_morpho_u128(&p.collateral, &read->collateral))
        return LQ_ERR_RANGE;
    *out = p;
    return LQ_OK;
}

/* V + ADD: at most 2^128 + 2^64. */
static lq_u256_t plus(lq_u128_t v, uint64_t add)
{
    lq_u128_t sum = v + add;
    return lq_u256_from_halves(sum < v, sum);
}

lq_err_t lq_morpho_to_shares_down(lq_u256_t *out, const lq_u256_t *assets, lq_u128_t total_assets,
                                  lq_u128_t total_shares)
{
    lq_u256_t ta = plus(total_assets, LQ_MORPHO_VIRTUAL_ASSETS);
    lq_u256_t ts = plus(total_shares, LQ_MORPHO_VIRTUAL_SHARES);
    return lq_fixed_mul_div_down(out, assets, &ts, &ta);
}

lq_err_t lq_morpho_to_shares_up(lq_u256_t *out, const lq_u256_t *assets, lq_u128_t total_assets,
                                lq_u128_t total_shares)
{
    lq_u256_t ta = plus(total_assets, LQ_MORPHO_VIRTUAL_ASSETS);
    lq_u256_t ts = plus(total_shares, LQ_MORPHO_VIRTUAL_SHARES);
    return lq_fixed_mul_div_sum_up(out, assets, &ts, &ta);
}

lq_err_t lq_morpho_to_assets_down(lq_u256_t *out, const lq_u256_t *shares, lq_u128_t total_assets,
                                  lq_u128_t total_shares)
{
    lq_u256_t ta = plus(total_assets, LQ_MORPHO_VIRTUAL_ASSETS);
    lq_u256_t ts = plus(total_shares, LQ_MORPHO_VIRTUAL_SHARES);
    return lq_fixed_mul_div_down(out, shares, &ta, &ts);
}

lq_err_t lq_morpho_to_assets_up(lq_u256_t *out, const lq_u256_t *shares, lq_u128_t total_assets,
                                lq_u128_t total_shares)
{
    lq_u256_t ta = plus(total_assets, LQ_MORPHO_VIRTUAL_ASSETS);
    lq_u256_t ts = plus(total_shares, LQ_MORPHO_VIRTUAL_SHARES);
    return lq_fixed_mul_div_sum_up(out, shares, &ta, &ts);
}

static lq_err_t interest_of(lq_u128_t *out, const lq_morpho_market_t *m, uint64_t elapsed_sec,
                            const lq_u256_t *borrow_rate_wad)
{
    lq_u256_t interest = lq_u256_from_u64(elapsed_sec);
    lq_u256_t borrowed = lq_morpho_word(m->total_borrow_assets);
    if (lq_power_wtaylor(&interest, borrow_rate_wad, &interest) ||
        lq_fixed_wad_mul_down(&interest, &borrowed, &interest))
        return LQ_ERR_RANGE;
    return lq_morpho_u128(out, &interest);
}

/* The shares of the fee on INTEREST, which M's totals already contain. */
static lq_err_t fee_shares_of(lq_u128_t *out, const lq_morpho_market_t *m, lq_u128_t interest)
{
    lq_u256_t rate = lq_u256_from_u64(m->fee_wad);
    lq_u256_t fee = lq_morpho_word(interest);
    lq_u128_t rest;
    if (lq_fixed_wad_mul_down(&fee, &fee, &rate) ||
        lq_morpho_sub(&rest, m->total_supply_assets, lq_u256_lo(&fee)) ||
        lq_morpho_to_shares_down(&fee, &fee, rest, m->total_supply_shares))
        return LQ_ERR_RANGE;
    return lq_morpho_u128(out, &fee);
}

lq_err_t lq_morpho_accrue(lq_morpho_accrual_t *out, lq_morpho_market_t *market, uint64_t now_sec,
                          const lq_u256_t *borrow_rate_wad)
{
    lq_morpho_accrual_t added = {0, 0};
    lq_morpho_market_t m = *market;
    if (now_sec < m.last_update_sec)
        return LQ_ERR_RANGE;
    if (now_sec > m.last_update_sec && m.has_irm) {
        if (interest_of(&added.interest, &m, now_sec - m.last_update_sec, borrow_rate_wad) ||
            lq_morpho_add(&m.total_borrow_assets, m.total_borrow_assets, added.interest) ||
            lq_morpho_add(&m.total_supply_assets, m.total_supply_assets, added.interest))
            return LQ_ERR_RANGE;
        if (m.fee_wad != 0 &&
            (fee_shares_of(&added.fee_shares, &m, added.interest) ||
             lq_morpho_add(&m.total_supply_shares, m.total_supply_shares, added.fee_shares)))
            return LQ_ERR_RANGE;
    }
    m.last_update_sec = now_sec;
    *market = m;
    *out = added;
    return LQ_OK;
}

lq_err_t lq_morpho_collateral_value(lq_u256_t *out, lq_u128_t collateral, const lq_u256_t *price)
{
    /* By 1e18 twice: floor(floor(x / a) / b) = floor(x / (a b)), and division by that constant is a
       multiplication. */
    const lq_u256_t one = lq_u256_from_u64(1);
    lq_u256_t value = lq_morpho_word(collateral);
    if (lq_fixed_wad_mul_down(&value, &value, price) || lq_fixed_wad_mul_down(out, &value, &one))
        return LQ_ERR_RANGE;
    return LQ_OK;
}

lq_err_t lq_morpho_max_borrow(lq_u256_t *out, lq_u128_t collateral, uint64_t lltv_wad,
                              const lq_u256_t *price)
{
    lq_u256_t lltv = lq_u256_from_u64(lltv_wad);
    lq_u256_t value;
    lq_err_t err = lq_morpho_collateral_value(&value, collateral, price);
    return err ? err : lq_fixed_wad_mul_down(out, &value, &lltv);
}

lq_err_t lq_morpho_borrowed(lq_u256_t *out, const lq_morpho_market_t *market,
                            const lq_morpho_position_t *position)
{
    lq_u256_t shares = lq_morpho_word(position->borrow_shares);
    return lq_morpho_to_assets_up(out, &shares, market->total_borrow_assets,
                                  market->total_borrow_shares);
}

/* With n = borrow shares (TBA + 1) and d = TBS + 1e6, max >= floor((n + d - 1) / d) = ceil(n / d)
   just where max d >= n: a product instead of a division. A product beyond 256 bits is above n, and
   where n + d - 1 is, the contract reverts. */
lq_err_t lq_morpho_is_healthy(bool *healthy, const lq_morpho_market_t *market,
                              const lq_morpho_position_t *position, const lq_u256_t *price)
{
    if (position->borrow_shares == 0) {
        *healthy = true;
        return LQ_OK;
    }
    lq_u256_t n = lq_morpho_word(position->borrow_shares);
    lq_u256_t d = plus(market->total_borrow_assets, LQ_MORPHO_VIRTUAL_ASSETS);
    lq_u256_t max;
    lq_u256_t sum;
    if (lq_u256_mul_checked(&n, &n, &d))
        return LQ_ERR_RANGE;
    d = plus(market->total_borrow_shares, LQ_MORPHO_VIRTUAL_SHARES - 1);
    if (lq_u256_add_checked(&sum, &n, &d) ||
        lq_morpho_max_borrow(&max, position->collateral, market->lltv_wad, price))
        return LQ_ERR_RANGE;
    d = plus(market->total_borrow_shares, LQ_MORPHO_VIRTUAL_SHARES);
    *healthy = lq_u256_mul_checked(&max, &max, &d) != LQ_OK || !lq_u256_lt(&max, &n);
    return LQ_OK;
}

uint64_t lq_morpho_incentive_factor_wad(uint64_t lltv_wad)
{
    LQ_ASSERT(lltv_wad <= WAD);
    uint64_t cut = (uint64_t)((lq_u128_t)LQ_MORPHO_LIQUIDATION_CURSOR_WAD * (WAD - lltv_wad) / WAD);
    uint64_t factor = (uint64_t)((lq_u128_t)WAD * WAD / (WAD - cut));
    return factor < LQ_MORPHO_MAX_INCENTIVE_FACTOR_WAD ? factor
                                                       : LQ_MORPHO_MAX_INCENTIVE_FACTOR_WAD;
}

static lq_u256_t incentive_of(const lq_morpho_market_t *market)
{
    return lq_u256_from_u64(market->incentive_wad
                                ? market->incentive_wad
                                : lq_morpho_incentive_factor_wad(market->lltv_wad));
}

lq_err_t lq_morpho_shares_for_seized(lq_u256_t *out, const lq_morpho_market_t *market,
                                     const lq_u256_t *seized, const lq_u256_t *price)
{
    lq_u256_t factor = incentive_of(market);
    lq_u256_t value;
    if (lq_fixed_mul_div_sum_up(&value, seized, price, &ORACLE_PRICE_SCALE) ||
        lq_fixed_wad_div_sum_up(&value, &value, &factor))
        return LQ_ERR_RANGE;
    return lq_morpho_to_shares_up(out, &value, market->total_borrow_assets,
                                  market->total_borrow_shares);
}

lq_err_t lq_morpho_seized_for_shares(lq_u256_t *out, const lq_morpho_market_t *market,
                                     const lq_u256_t *shares, const lq_u256_t *price)
{
    lq_u256_t factor = incentive_of(market);
    lq_u256_t value;
    if (lq_morpho_to_assets_down(&value, shares, market->total_borrow_assets,
                                 market->total_borrow_shares) ||
        lq_fixed_wad_mul_down(&value, &value, &factor))
        return LQ_ERR_RANGE;
    return lq_fixed_mul_div_down(out, &value, &ORACLE_PRICE_SCALE, price);
}

/* Takes what P still owes from M, once no collateral is left. */
static lq_err_t realise_bad_debt(lq_morpho_liquidation_t *out, lq_morpho_market_t *m,
                                 lq_morpho_position_t *p)
{
    lq_u256_t total = lq_morpho_word(m->total_borrow_assets);
    lq_u256_t bad;
    lq_err_t err = lq_morpho_borrowed(&bad, m, p);
    if (err)
        return err;
    bad = lq_u256_min(&total, &bad);
    out->bad_debt_assets = bad;
    out->bad_debt_shares = lq_morpho_word(p->borrow_shares);
    m->total_borrow_assets -= lq_u256_lo(&bad);
    if (lq_morpho_sub(&m->total_supply_assets, m->total_supply_assets, lq_u256_lo(&bad)) ||
        lq_morpho_sub(&m->total_borrow_shares, m->total_borrow_shares, p->borrow_shares))
        return LQ_ERR_RANGE;
    p->borrow_shares = 0;
    return LQ_OK;
}

lq_err_t lq_morpho_settle(lq_morpho_liquidation_t *out, lq_morpho_market_t *market,
                          lq_morpho_position_t *position, const lq_u256_t *seized_assets,
                          const lq_u256_t *repaid_shares)
{
    lq_morpho_market_t m = *market;
    lq_morpho_position_t p = *position;
    lq_morpho_liquidation_t done = {.repaid_shares = *repaid_shares,
                                    .seized_assets = *seized_assets};
    lq_u128_t repaid;
    lq_u128_t seized;
    if (lq_morpho_to_assets_up(&done.repaid_assets, repaid_shares, m.total_borrow_assets,
                               m.total_borrow_shares) ||
        lq_morpho_u128(&repaid, repaid_shares) || lq_morpho_u128(&seized, seized_assets) ||
        lq_morpho_sub(&p.borrow_shares, p.borrow_shares, repaid) ||
        lq_morpho_sub(&m.total_borrow_shares, m.total_borrow_shares, repaid) ||
        lq_morpho_sub(&p.collateral, p.collateral, seized))
        return LQ_ERR_RANGE;
    m.total_borrow_assets = lq_morpho_zero_floor_sub(m.total_borrow_assets, &done.repaid_assets);
    if (p.collateral == 0) {
        lq_err_t err = realise_bad_debt(&done, &m, &p);
        if (err)
            return err;
    }
    *market = m;
    *position = p;
    if (out)
        *out = done;
    return LQ_OK;
}

lq_err_t lq_morpho_liquidate(lq_morpho_liquidation_t *out, lq_morpho_market_t *market,
                             lq_morpho_position_t *position, const lq_u256_t *price,
                             const lq_u256_t *seized_assets, const lq_u256_t *repaid_shares)
{
    lq_u256_t seized = *seized_assets;
    lq_u256_t shares = *repaid_shares;
    bool healthy = true;
    if (lq_u256_is_zero(&seized) == lq_u256_is_zero(&shares))
        return LQ_ERR_INVAL;
    lq_err_t err = lq_morpho_is_healthy(&healthy, market, position, price);
    if (err)
        return err;
    if (healthy)
        return LQ_ERR_PERM;
    if (lq_u256_is_zero(&shares))
        err = lq_morpho_shares_for_seized(&shares, market, &seized, price);
    else
        err = lq_morpho_seized_for_shares(&seized, market, &shares, price);
    return err ? err : lq_morpho_settle(out, market, position, &seized, &shares);
}
