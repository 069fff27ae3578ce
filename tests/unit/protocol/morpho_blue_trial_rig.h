#ifndef MORPHO_BLUE_TRIAL_RIG_H
#define MORPHO_BLUE_TRIAL_RIG_H

/* One market and one borrower (account 0) in whatever state a case wants them. */

#include "morpho_blue_adapter_case.h"

/* Has the adapter read MARKET and POSITION, and PRICE told. */
static inline void place(const lq_morpho_market_t *market, const lq_morpho_position_t *position,
                         const lq_u256_t *price)
{
    sim_market_t *x = &sim.markets[0];
    uint64_t lltv_wad = x->m.lltv_wad;
    x->m = *market;
    x->m.lltv_wad = lltv_wad; /* a part of its id */
    x->m.last_update_sec = sim.now_sec;
    x->m.has_irm = false;
    x->position[1] = *position;
    x->price = *price;
    adapter->reread(rig.self);
    lq_ledger_set_state(rig.ledger, 0, LQ_ACCOUNT_QUARANTINED);
    rig_read_all(&rig, &sim);
    adapter->set_price(rig.self, 0, true, price);
    lq_ledger_settled(rig.ledger);
}

/* A market of LLTV_WAD. */
static inline void open_trials(uint64_t lltv_wad)
{
    memset(&sim, 0, sizeof(sim));
    sim.now_sec = 1700000000;
    for (size_t i = 0; i < MARKET_MAX; i++)
        sim_define(&sim, i, LQ_MORPHO_IRM_ZERO, lltv_wad + i);
    rig_open(&rig, NULL, 0);
    sim_create(&sim, 0);
    sim_supply(&sim, 0, 0, 1000000000);
    sim_supply_collateral(&sim, 0, 1, 500000000);
    sim_borrow(&sim, 0, 1, 300000000);
    rig_apply_from(&rig, &sim, 0);
    rig_read_all(&rig, &sim);
    adapter->set_now(rig.self, sim.now_sec);
    lq_ledger_settled(rig.ledger);
}

#endif
