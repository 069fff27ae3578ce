#ifndef AAVE_V3_TRIAL_DRAW_H
#define AAVE_V3_TRIAL_DRAW_H

/* Reserves and an account that can be liquidated, drawn at random. */

#include "aave_v3_trial_model.h"

static inline uint64_t between(lq_rng_t *rng, uint64_t lo, uint64_t hi)
{
    return lo + lq_rng_below(rng, hi - lo + 1);
}

static inline bool chance(lq_rng_t *rng, unsigned one_in)
{
    return lq_rng_below(rng, one_in) == 0;
}

/* A reserve of whose tokens one unit is worth some dollars, or (LARGE) as they are. */
static inline void draw_reserve(lq_rng_t *rng, world_reserve_t *r, bool large)
{
    r->accrual.liquidity_index = any_index(rng);
    r->accrual.variable_borrow_index = any_index(rng);
    r->decimals = (uint8_t)(large ? (chance(rng, 2) ? 6 : 18) : between(rng, 0, 2));
    uint64_t unit = r->decimals == 2 ? 100 : r->decimals == 1 ? 10 : 1;
    uint64_t cents = large ? between(rng, 10, 400000) : between(rng, 50, 600) * unit;
    r->price = n(cents * 1000000 + (chance(rng, 2) ? lq_rng_below(rng, 1000000) : 0));
    r->threshold_bps = (uint16_t)between(rng, 5000, 9500);
    r->bonus_bps = (uint16_t)between(rng, 10001, 12000);
    r->fee_bps = (uint16_t)(chance(rng, 3) ? 0 : between(rng, 1, 3000));
    r->grace_until_sec = chance(rng, 20) ? 1 : 0;
}

static inline num_t tokens(const world_reserve_t *r, uint64_t cents)
{
    evm_t e = {false};
    num_t unit = n(1);
    for (unsigned k = 0; k < r->decimals; k++)
        unit = n_mul(&e, unit, n(10));
    return n_mul_div(&e, n(cents * 1000000), unit, r->price, EVM_DOWN);
}

/* Debts of the user whose health is then some HEALTH of 1000. */
static inline void draw_user(lq_rng_t *rng, world_t *w, bool large)
{
    world_user_t *u = &w->users[0];
    double secured = 0;
    unsigned collaterals = (unsigned)between(rng, 1, 2);
    unsigned debts = (unsigned)between(rng, 1, 2);
    unsigned first_debt = chance(rng, 8) ? 0 : 2; /* sometimes owed in what is supplied */
    u->category = (uint8_t)(chance(rng, 3) ? 1 : 0);
    w->categories[1].threshold_bps = (uint16_t)between(rng, 8500, 9800);
    w->categories[1].bonus_bps = (uint16_t)between(rng, 10001, 10500);
    w->categories[1].bitmap = lq_rng_below(rng, 16);
    w->categories[1].source = w->version <= 1 && chance(rng, 3);
    w->categories[1].price = w->reserves[0].price;
    for (unsigned i = 0; i < collaterals; i++) {
        uint64_t cents = between(rng, 100, large ? 10000000 : 450000);
        if (chance(rng, 4))
            cents = between(rng, 1, 3000);
        u->supply[i].scaled = tokens(&w->reserves[i], cents);
        u->flag[i] = true;
        secured += (double)cents * w->reserves[i].threshold_bps / 1e4 *
                   lq_u256_to_double(&w->reserves[i].accrual.liquidity_index) / 1e27;
    }
    double owed = secured * 1000 / (double)between(rng, chance(rng, 3) ? 500 : 940, 1000);
    for (unsigned i = 0; i < debts; i++) {
        const world_reserve_t *r = &w->reserves[first_debt + i];
        double part = i + 1 == debts ? owed : owed * (double)lq_rng_below(rng, 100) / 100;
        owed -= part;
        part /= lq_u256_to_double(&r->accrual.variable_borrow_index) / 1e27;
        u->debt[first_debt + i].scaled = tokens(r, (uint64_t)part);
    }
}

#endif
