#ifndef FAKE_LENDER_H
#define FAKE_LENDER_H

/* A repay-and-seize protocol of small numbers, in rules like Aave's: a close factor by health and
   by what is left, a rule against dust, a protocol's fee, bad debt. Its ranges are found by trying
   every amount. The instance is the world itself. */

#include <string.h>

#include "liqd/protocol/adapter.h"

#define LENDER_TOKENS     3u /* of each side */
#define LENDER_AMOUNT_MAX 400u

typedef struct lender_leg {
    uint64_t amount;
    uint64_t price; /* the protocol's, of one unit */
    uint64_t threshold_bps;
    uint64_t bonus_bps; /* above 10000 */
    uint64_t fee_bps;   /* of the bonus */
} lender_leg_t;

typedef struct lender {
    lender_leg_t collateral[LENDER_TOKENS]; /* factors 0 to 2 */
    lender_leg_t debt[LENDER_TOKENS];       /* factors 3 to 5 */
    uint64_t close_bps;                     /* while health is above close_health */
    uint64_t close_health_bps;
    uint64_t small; /* what is worth less may be closed as a whole */
    uint64_t dust;  /* what is left of both is worth at least that, or one is nothing */
    bool by_seized;
} lender_t;

static inline const lender_t *lender_of(const lq_instance_t *self)
{
    return (const lender_t *)(const void *)self;
}

static inline lender_t *lender_trial(lq_trial_t *t)
{
    return (lender_t *)(void *)t->bytes;
}

static inline const lender_t *lender_trial_const(const lq_trial_t *t)
{
    return (const lender_t *)(const void *)t->bytes;
}

static inline uint64_t lender_worth(const lender_leg_t *legs)
{
    uint64_t sum = 0;
    for (unsigned i = 0; i < LENDER_TOKENS; i++)
        sum += legs[i].amount * legs[i].price;
    return sum;
}

/* Health in basis points, and none: UINT64_MAX. */
static inline uint64_t lender_health_bps(const lender_t *l)
{
    uint64_t secured = 0;
    uint64_t owed = lender_worth(l->debt);
    for (unsigned i = 0; i < LENDER_TOKENS; i++)
        secured +=
            l->collateral[i].amount * l->collateral[i].price * l->collateral[i].threshold_bps;
    return owed ? secured / owed : UINT64_MAX;
}

static inline bool lender_pair_is(const lender_t *l, lq_liquidation_pair_t p)
{
    return p.collateral < LENDER_TOKENS && p.debt >= LENDER_TOKENS && p.debt < 2 * LENDER_TOKENS &&
           l->collateral[p.collateral].amount && l->debt[p.debt - LENDER_TOKENS].amount &&
           lender_health_bps(l) < 10000;
}

static inline uint64_t lender_max_repaid(const lender_t *l, const lender_leg_t *c,
                                         const lender_leg_t *d)
{
    if (lender_health_bps(l) <= l->close_health_bps || c->amount * c->price < l->small ||
        d->amount * d->price < l->small)
        return d->amount;
    return d->amount * l->close_bps / 10000;
}

static inline lq_err_t lender_call(lender_t *l, lq_liquidation_outcome_t *out,
                                   lq_liquidation_pair_t p, lq_liquidation_by_t by, uint64_t amount)
{
    if (!lender_pair_is(l, p) || amount > UINT32_MAX ||
        (by == LQ_LIQUIDATION_BY_SEIZED && !l->by_seized))
        return LQ_ERR_PERM;
    lender_leg_t *c = &l->collateral[p.collateral];
    lender_leg_t *d = &l->debt[p.debt - LENDER_TOKENS];
    uint64_t repaid = amount;
    uint64_t taken = amount * d->price * c->bonus_bps / 10000 / c->price;
    if (by == LQ_LIQUIDATION_BY_SEIZED) {
        uint64_t unit = d->price * c->bonus_bps;
        taken = amount;
        repaid = (amount * c->price * 10000 + unit - 1) / unit;
    }
    if (taken > c->amount || repaid > lender_max_repaid(l, c, d))
        return LQ_ERR_PERM;
    uint64_t left_c = c->amount - taken;
    uint64_t left_d = d->amount - repaid;
    if (left_c && left_d && (left_c * c->price < l->dust || left_d * d->price < l->dust))
        return LQ_ERR_PERM;
    uint64_t fee = (taken - taken * 10000 / c->bonus_bps) * c->fee_bps / 10000;
    c->amount = left_c;
    d->amount = left_d;
    *out = (lq_liquidation_outcome_t){.repaid = lq_u256_from_u64(repaid),
                                      .seized = lq_u256_from_u64(taken - fee),
                                      .protocol_fee = lq_u256_from_u64(fee),
                                      .closes_debt = left_d == 0,
                                      .takes_all = left_c == 0};
    if (lender_worth(l->collateral) == 0 && lender_worth(l->debt) != 0) {
        out->bad_debt = true;
        for (unsigned i = 0; i < LENDER_TOKENS; i++)
            l->debt[i].amount = 0;
    }
    return LQ_OK;
}

/* ---- the adapter ---- */

static inline lq_err_t lender_trial_open(const lq_instance_t *self, lq_trial_t *trial,
                                         uint32_t account, const lq_health_view_t *view)
{
    (void)account;
    (void)view;
    *lender_trial(trial) = *lender_of(self);
    return lender_health_bps(lender_of(self)) < 10000 ? LQ_OK : LQ_ERR_EMPTY;
}

static inline void lender_trial_copy(lq_trial_t *to, const lq_trial_t *from)
{
    *lender_trial(to) = *lender_trial_const(from);
}

static inline size_t lender_trial_pairs(const lq_instance_t *self, const lq_trial_t *trial,
                                        lq_liquidation_pair_t *out, size_t max)
{
    const lender_t *l = lender_trial_const(trial);
    size_t cnt = 0;
    (void)self;
    for (uint16_t c = 0; c < LENDER_TOKENS; c++)
        for (uint16_t d = 0; d < LENDER_TOKENS; d++) {
            lq_liquidation_pair_t p = {c, (uint16_t)(d + LENDER_TOKENS)};
            if (!lender_pair_is(l, p))
                continue;
            if (cnt < max)
                out[cnt] = p;
            cnt++;
        }
    return cnt;
}

/* What is true behind a call, as far as it matters for the next. */
static inline unsigned lender_next(const lender_t *l, const lq_liquidation_outcome_t *o)
{
    uint64_t health = lender_health_bps(l);
    if (health >= 10000)
        return 1;
    unsigned next = 2u | (o->closes_debt ? 4u : 0) | (o->takes_all ? 8u : 0) |
                    (health <= l->close_health_bps ? 16u : 0);
    for (unsigned i = 0; i < LENDER_TOKENS; i++) {
        const lender_leg_t *c = &l->collateral[i];
        const lender_leg_t *d = &l->debt[i];
        next |= (c->amount * c->price < l->small ? 32u : 0) << (2 * i);
        next |= (d->amount * d->price < l->small ? 64u : 0) << (2 * i);
    }
    return next;
}

static inline size_t lender_trial_ranges(const lq_instance_t *self, const lq_trial_t *trial,
                                         lq_liquidation_range_t out[LQ_LIQUIDATION_RANGE_MAX],
                                         lq_liquidation_pair_t pair, lq_liquidation_by_t by)
{
    size_t cnt = 0;
    unsigned last = 0;
    (void)self;
    for (uint64_t a = 1; a <= LENDER_AMOUNT_MAX; a++) {
        lender_t l = *lender_trial_const(trial);
        lq_liquidation_outcome_t o;
        unsigned next = lender_call(&l, &o, pair, by, a) ? 0 : lender_next(&l, &o);
        if (next && (next != last || cnt == 0) && cnt < LQ_LIQUIDATION_RANGE_MAX)
            out[cnt++].from = lq_u256_from_u64(a);
        if (next)
            out[cnt - 1].to = lq_u256_from_u64(a);
        last = next;
    }
    return cnt;
}

static inline lq_err_t lender_trial_call(const lq_instance_t *self, lq_trial_t *trial,
                                         lq_liquidation_outcome_t *out,
                                         const lq_liquidation_call_t *call)
{
    uint64_t amount;
    (void)self;
    if (lq_u256_to_u64(&amount, &call->amount))
        return LQ_ERR_PERM;
    return lender_call(lender_trial(trial), out, call->pair, call->by, amount);
}

static inline void lender_trial_health(const lq_instance_t *self, const lq_trial_t *trial,
                                       lq_health_t *out)
{
    const lender_t *l = lender_trial_const(trial);
    (void)self;
    *out = (lq_health_t){.verdict =
                             lender_health_bps(l) < 10000 ? LQ_HEALTH_LIQUIDATABLE : LQ_HEALTH_SAFE,
                         .collateral_value = lq_u256_from_u64(lender_worth(l->collateral)),
                         .debt_value = lq_u256_from_u64(lender_worth(l->debt))};
}

static const lq_adapter_t fake_lender = {
    .name = "fake_lender",
    .trial_open = lender_trial_open,
    .trial_copy = lender_trial_copy,
    .trial_pairs = lender_trial_pairs,
    .trial_ranges = lender_trial_ranges,
    .trial_call = lender_trial_call,
    .trial_send = lender_trial_call,
    .trial_health = lender_trial_health,
};

#endif
