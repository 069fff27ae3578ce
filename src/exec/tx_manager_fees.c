#include "tx_manager_internal.h"

static lq_wei_t least_of(const lq_wei_t *a, const lq_wei_t *b)
{
    return (lq_wei_t){lq_u256_min(&a->raw, &b->raw)};
}

/* Fees are below 2^192 (config), so that nothing here leaves 256 bits; an intent's most, which a
   stranger's number may have made, is cut to the configured one first. */
static lq_u256_t part(const lq_u256_t *a, uint64_t of, uint64_t by, bool up)
{
    lq_u256_t out = *a;
    lq_u256_t mul = lq_u256_from_u64(of);
    lq_u256_t div = lq_u256_from_u64(by);
    lq_err_t err =
        up ? lq_u256_mul_div_up(&out, a, &mul, &div) : lq_u256_mul_div_down(&out, a, &mul, &div);
    LQ_ASSERT(!err);
    return out;
}

bool txm_fees_first(const lq_txman_t *m, txm_fees_t *out, const lq_wei_t *tip,
                    const lq_wei_t *most_wei)
{
    lq_wei_t most = least_of(most_wei, &m->config.max_fee_wei);
    lq_wei_t wanted_tip = least_of(tip, &most);
    if (!m->has_fee || lq_u256_lt(&most.raw, &m->base_fee_wei.raw))
        return false;
    lq_u256_t next = lq_u256_add_wrap(&m->base_fee_wei.raw, &wanted_tip.raw);
    lq_u256_t twice = lq_u256_add_wrap(&next, &m->base_fee_wei.raw);
    lq_u256_t room = part(&most.raw, 8, 9, false); /* for a first bump */
    lq_u256_t fee = lq_u256_min(&twice, &room);
    fee = lq_u256_max(&next, &fee);
    out->max_fee_wei.raw = lq_u256_min(&fee, &most.raw);
    out->tip_wei = least_of(&wanted_tip, &out->max_fee_wei);
    return true;
}

/* @formula max(old + 1, ceil(9 old / 8)) @src ethereum/go-ethereum:core/txpool/legacypool/list.go
   #Add, whose 10 % and strictly more every client's rule is at most 12.5 % of */
static lq_u256_t least_raised(const lq_u256_t *old)
{
    lq_u256_t one = lq_u256_from_u64(1);
    lq_u256_t more = lq_u256_add_wrap(old, &one);
    lq_u256_t by = part(old, 9, 8, true);
    return lq_u256_max(&more, &by);
}

bool txm_fees_raised(const lq_txman_t *m, txm_fees_t *out, const txm_attempt_t *old,
                     const lq_wei_t *most_wei)
{
    lq_wei_t most = least_of(most_wei, &m->config.max_fee_wei);
    lq_u256_t least = least_raised(&old->max_fee_wei.raw);
    lq_u256_t least_tip = least_raised(&old->tip_wei.raw);
    if (lq_u256_lt(&most.raw, &least) || lq_u256_lt(&most.raw, &least_tip))
        return false;
    lq_u256_t fee = part(&old->max_fee_wei.raw, 10000 + (uint64_t)m->config.bump_bps, 10000, true);
    lq_u256_t tip = part(&old->tip_wei.raw, 10000 + (uint64_t)m->config.bump_bps, 10000, true);
    fee = lq_u256_max(&fee, &least);
    fee = lq_u256_max(&fee, &least_tip);
    tip = lq_u256_max(&tip, &least_tip);
    txm_fees_t now;
    lq_wei_t wanted = {tip};
    if (txm_fees_first(m, &now, &wanted, &most)) /* the base fee may have run ahead */
        fee = lq_u256_max(&fee, &now.max_fee_wei.raw);
    out->max_fee_wei.raw = lq_u256_min(&fee, &most.raw);
    out->tip_wei.raw = lq_u256_min(&tip, &out->max_fee_wei.raw);
    return true;
}

lq_u256_t txm_cost(uint64_t gas_limit, const lq_wei_t *max_fee, const lq_wei_t *value)
{
    lq_u256_t cost = {{UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX}};
    lq_u256_t gas = lq_u256_from_u64(gas_limit);
    lq_u256_t sum;
    if (!lq_u256_mul_checked(&sum, &gas, &max_fee->raw) &&
        !lq_u256_add_checked(&sum, &sum, &value->raw))
        cost = sum;
    return cost;
}
