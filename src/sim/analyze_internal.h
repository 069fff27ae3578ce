#ifndef LQ_ANALYZE_INTERNAL_H
#define LQ_ANALYZE_INTERNAL_H

/* What the files of the analysis share.

     analyze.c              making it, a look, who earns together
     analyze_grid.c         many looks at once
     analyze_concentrate.c  holders and groups
     analyze_pairs.c        pairs, and the smallest liquidation of each */

#include "liqd/sim/analyze.h"

/* One that is taken alone. */
typedef struct analyze_offer {
    lq_i256_t net_usd;
    uint32_t account;
} analyze_offer_t;

/* The pairs of a pool: a place for each collateral with each debt. */
typedef struct analyze_pool {
    size_t place;
    uint32_t collateral_cnt;
    uint32_t debt_cnt;
} analyze_pool_t;

typedef struct analyze_pair {
    lq_liquidation_pair_t pair;
    uint32_t instance;
    bool seen;
    lq_u256_t owed; /* units of the debt token; then dollars */
} analyze_pair_t;

struct lq_analysis {
    lq_engine_t *engine;
    lq_sync_t *sync;
    const lq_ledger_t *ledger;
    size_t account_cnt;
    size_t factor_cnt;
    size_t pool_cnt;
    uint32_t *found; /* of the view: who might be liquidatable */
    analyze_offer_t *offers;
    size_t offer_cnt;
    lq_address_t *tokens;   /* of the factors, each once, in rising order */
    uint16_t *factor_token; /* which of them */
    uint16_t *factor_place; /* among those of the pool on the same side */
    analyze_pool_t *pools;
    analyze_pair_t *pairs;
    size_t pair_max;
    lq_plan_t plan;
};

static inline const lq_adapter_t *analyze_adapter(const lq_analysis_t *a, uint32_t instance)
{
    return lq_sync_instance(a->sync, instance)->adapter;
}

static inline uint32_t analyze_instance(const lq_analysis_t *a, uint32_t account)
{
    lq_account_t about = lq_ledger_account(a->ledger, account);
    return lq_ledger_pool(a->ledger, about.pool).instance;
}

/* analyze_add adds V to *SUM; where that has no place, *SUM is the most there is, and *SATURATED
   tells. */
static inline void analyze_add(lq_usd_t *sum, bool *saturated, const lq_u256_t *v)
{
    if (!lq_u256_add_checked(&sum->raw, &sum->raw, v))
        return;
    sum->raw = (lq_u256_t){{UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX}};
    *saturated = true;
}

#endif
