#ifndef MORPHO_BLUE_ADAPTER_CASE_H
#define MORPHO_BLUE_ADAPTER_CASE_H

/* One market and one borrower, for the cases that one can name. */

#include "morpho_blue_adapter_test.h"

static sim_t sim;
static rig_t rig;

/* A market of KIND with supply, and a borrower (actor 1), read. */
static inline void open_market(lq_morpho_irm_kind_t kind)
{
    memset(&sim, 0, sizeof(sim));
    sim.now_sec = 1700000000;
    for (size_t i = 0; i < MARKET_MAX; i++)
        sim_define(&sim, i, kind, WAD / 100 * 80 + i);
    rig_open(&rig, NULL, 0);
    sim_create(&sim, 0);
    sim_supply(&sim, 0, 0, 1000000000);
    sim_supply_collateral(&sim, 0, 1, 500000000);
    sim_borrow(&sim, 0, 1, 300000000);
    rig_apply_from(&rig, &sim, 0);
    rig_read_all(&rig, &sim);
    adapter->set_now(rig.self, sim.now_sec);
    sim.markets[0].priced = true;
    sim.markets[0].price = u256_of(EVM_SCALE);
    adapter->set_price(rig.self, 0, true, &sim.markets[0].price);
}

static inline lq_health_t health_of(uint32_t account, const lq_health_view_t *view)
{
    lq_health_t h;
    adapter->health(rig.self, &h, account, view);
    return h;
}

static inline lq_health_verdict_t verdict(void)
{
    return health_of(0, NULL).verdict;
}

static inline bool is_marked(void)
{
    lq_subject_t at = {0, 0};
    return adapter->next(rig.self, &at) && at.index == 0;
}

static inline lq_account_state_t state_of(uint32_t account)
{
    return (lq_account_state_t)lq_ledger_account(rig.ledger, account).state;
}

static inline lq_applied_t apply(const sim_log_t *l)
{
    return adapter->apply(rig.self, &l->log, sim.now_sec);
}

static inline lq_applied_t apply_last(void)
{
    return apply(&sim.logs[sim.log_cnt - 1]);
}

#endif
