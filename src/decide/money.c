#include "liqd/decide/money.h"

#include "liqd/num/fixed.h"
#include "liqd/num/power_of_ten.h"

#define WAD_DECIMALS 18u

/* Sets *OUT = A FACTOR for an A below 2^128; false for others. */
static LQ_ALWAYS_INLINE bool scale_fits(lq_u256_t *out, const lq_u256_t *a, uint64_t factor)
{
    if (LQ_UNLIKELY(lq_u256_hi(a) != 0))
        return false;
    lq_u128_t low = (lq_u128_t)a->w[0] * factor;
    lq_u128_t high = (lq_u128_t)a->w[1] * factor + (uint64_t)(low >> 64);
    *out = (lq_u256_t){{(uint64_t)low, (uint64_t)high, (uint64_t)(high >> 64), 0}};
    return true;
}

/* amount 10^(18 - decimals) price / 10^18 is the same as the formula's, and a division by a
   constant. Sets *OUT to its quotient and *EXACT; false: not of such an amount. Of the remainder,
   which is below 10^18, the lowest limb tells whether it is 0. */
static LQ_ALWAYS_INLINE bool worth_by_wads(lq_u256_t *out, bool *exact, const lq_u256_t *amount,
                                           const lq_quote_t *quote)
{
    lq_u256_t scaled;
    if (quote->decimals > WAD_DECIMALS)
        return false;
    lq_u256_t factor = lq_power_of_ten(WAD_DECIMALS - quote->decimals);
    if (!scale_fits(&scaled, amount, factor.w[0]) ||
        lq_fixed_wad_mul_down(out, &scaled, &quote->price_wad))
        return false;
    *exact = scaled.w[0] * quote->price_wad.w[0] == out->w[0] * LQ_WAD_ONE.w[0];
    return true;
}

lq_err_t lq_worth_down(lq_usd_t *out, const lq_u256_t *amount, const lq_quote_t *quote)
{
    bool exact;
    if (quote->decimals > LQ_POWER_OF_TEN_MAX)
        return LQ_ERR_RANGE;
    if (LQ_LIKELY(worth_by_wads(&out->raw, &exact, amount, quote)))
        return LQ_OK;
    lq_u256_t unit = lq_power_of_ten(quote->decimals);
    return lq_u256_mul_div_down(&out->raw, amount, &quote->price_wad, &unit);
}

lq_err_t lq_worth_up(lq_usd_t *out, const lq_u256_t *amount, const lq_quote_t *quote)
{
    lq_u256_t quot;
    bool exact;
    if (quote->decimals > LQ_POWER_OF_TEN_MAX)
        return LQ_ERR_RANGE;
    if (LQ_LIKELY(worth_by_wads(&quot, &exact, amount, quote))) {
        lq_u256_t more = lq_u256_from_u64(!exact);
        out->raw = lq_u256_add_wrap(&quot, &more); /* a quotient by 10^18 has room */
        return LQ_OK;
    }
    lq_u256_t unit = lq_power_of_ten(quote->decimals);
    return lq_u256_mul_div_up(&out->raw, amount, &quote->price_wad, &unit);
}

lq_err_t lq_worth_of_usd(lq_u256_t *out, const lq_usd_t *usd, const lq_quote_t *quote)
{
    if (quote->decimals > LQ_POWER_OF_TEN_MAX)
        return LQ_ERR_RANGE;
    lq_u256_t unit = lq_power_of_ten(quote->decimals);
    return lq_u256_mul_div_down(out, &usd->raw, &unit, &quote->price_wad);
}

/* Sets *OUT = IN less each of the costs. Sums may leave 256 bits on the way to a result that has
   them: what is carried is counted. */
static lq_err_t net(lq_i256_t *out, const lq_u256_t *in, const lq_usd_t *const *costs,
                    size_t cost_cnt)
{
    lq_u256_t v = *in;
    unsigned borrow_cnt = 0;
    for (size_t i = 0; i < cost_cnt; i++) {
        borrow_cnt += lq_u256_lt(&v, &costs[i]->raw);
        v = lq_u256_sub_wrap(&v, &costs[i]->raw);
    }
    lq_i256_t result = {v}; /* the result is v - borrow_cnt 2^256 */
    if (borrow_cnt > 1 || lq_i256_is_neg(&result) != (borrow_cnt == 1))
        return LQ_ERR_RANGE;
    *out = result;
    return LQ_OK;
}

/* Sets *OUT to the signed worth USD in units of COIN, truncated towards zero. */
static lq_err_t signed_of_usd(lq_i256_t *out, const lq_i256_t *usd, const lq_quote_t *coin)
{
    lq_usd_t abs_usd = {lq_i256_abs(usd)};
    lq_u256_t abs;
    lq_err_t err = lq_worth_of_usd(&abs, &abs_usd, coin);
    if (err)
        return err;
    bool neg = lq_i256_is_neg(usd);
    lq_u256_t zero = lq_u256_from_u64(0);
    lq_i256_t v = {neg ? lq_u256_sub_wrap(&zero, &abs) : abs};
    if (!lq_u256_is_zero(&abs) && lq_i256_is_neg(&v) != neg)
        return LQ_ERR_RANGE;
    *out = v;
    return LQ_OK;
}

/* Sets both nets of P from its other members. */
static lq_err_t settle_nets(lq_profit_t *p, const lq_quote_t *coin)
{
    const lq_usd_t *costs[] = {&p->repaid_usd, &p->swap_usd, &p->flash_fee_usd, &p->gas_usd,
                               &p->bid_usd};
    lq_err_t err = net(&p->net_usd, &p->seized_usd.raw, costs, LQ_ARRAY_CNT(costs));
    return err ? err : signed_of_usd(&p->net_wei, &p->net_usd, coin);
}

lq_err_t lq_profit_settle(lq_profit_t *p, uint32_t gas, const lq_gas_price_t *price,
                          const lq_quote_t *coin)
{
    lq_profit_t settled = *p;
    lq_u256_t units = lq_u256_from_u64(gas);
    lq_wei_t per_gas;
    lq_err_t err = lq_wei_add_checked(&per_gas, &price->base_fee_wei, &price->tip_wei);
    if (!err)
        err = lq_u256_mul_checked(&settled.gas_wei.raw, &per_gas.raw, &units);
    if (!err)
        err = lq_worth_up(&settled.gas_usd, &settled.gas_wei.raw, coin);
    if (!err)
        err = settle_nets(&settled, coin);
    if (err)
        return err;
    *p = settled;
    return LQ_OK;
}

/* BPS / 10000 of AMOUNT, rounded down; BPS <= 10000, so it fits. */
static lq_u256_t share_down(const lq_u256_t *amount, uint32_t bps)
{
    lq_u256_t part = lq_u256_from_u64(bps);
    lq_u256_t out = lq_u256_from_u64(0);
    lq_err_t err = lq_u256_mul_div_down(&out, amount, &part, &LQ_BPS_ONE);
    LQ_ASSERT(!err);
    return out;
}

/* What BID offers of PROFIT_WEI > 0. */
static lq_wei_t bid_of(const lq_bid_t *bid, const lq_u256_t *profit_wei)
{
    lq_u256_t cap = share_down(profit_wei, bid->cap_bps);
    lq_u256_t want = bid->fixed_wei.raw;
    if (bid->kind == LQ_BID_SHARE)
        want = share_down(profit_wei, bid->share_bps);
    if (!lq_u256_is_zero(&bid->most_wei.raw))
        cap = lq_u256_min(&cap, &bid->most_wei.raw);
    return (lq_wei_t){lq_u256_min(&want, &cap)};
}

lq_err_t lq_bid_place(lq_profit_t *p, const lq_bid_t *bid, const lq_quote_t *coin)
{
    LQ_ASSERT(lq_u256_is_zero(&p->bid_wei.raw) && lq_u256_is_zero(&p->bid_usd.raw));
    if (bid->share_bps > LQ_BPS_ONE.w[0] || bid->cap_bps > LQ_BPS_ONE.w[0])
        return LQ_ERR_RANGE;
    if (lq_i256_is_neg(&p->net_wei))
        return LQ_OK;
    lq_profit_t settled = *p;
    settled.bid_wei = bid_of(bid, &p->net_wei.bits);
    /* Never above net_usd: net_wei is rounded down, so its worth is at most net_usd, a whole
       number, also when rounded up. */
    lq_err_t err = lq_worth_up(&settled.bid_usd, &settled.bid_wei.raw, coin);
    if (!err)
        err = settle_nets(&settled, coin);
    if (err)
        return err;
    *p = settled;
    return LQ_OK;
}
