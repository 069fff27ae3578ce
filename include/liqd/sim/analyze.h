#ifndef LIQD_SIM_ANALYZE_H
#define LIQD_SIM_ANALYZE_H

/* What liquidating everybody would earn: now, under prices that have moved, under other costs and
   rules. Of the book that an engine keeps, by the engine's own sizing (engine.h, lq_engine_see);
   nothing is committed.

   Each account is sized alone: with all of the funds, on pools that nobody else has moved. Where
   many fall at once that is more than can be had of all; the sums that say so are of each behind
   those of more profit, on the same funds and pools (`together`).

   Dollars are wads. What an account has is counted as its protocol does: Aave's base currency,
   Morpho's loan token at our price of it, so that it is what the contracts' views say. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "liqd/base/err.h"
#include "liqd/engine/engine.h"

/* What came of the accounts that can be liquidated at one point. Counts and sums are of one
   instance, or of all. */
typedef struct lq_analysis_sum {
    uint64_t liquidatable_cnt;
    uint64_t sizing_cnt[LQ_SIZING_CNT]; /* of these, by what sizing says; PLAN: also below the
                                           minimum */
    uint64_t dust_cnt;  /* who with all they owe and hold could not earn the gas: not sized, and
                           counted as UNPROFITABLE */
    uint64_t taken_cnt; /* plans that come to the minimum; what stands below is of these alone */
    lq_usd_t collateral_usd; /* of all liquidatable, and so debt and bad debt */
    lq_usd_t debt_usd;
    lq_usd_t bad_debt_usd; /* what debts are more than collaterals */
    uint64_t bad_debt_cnt;
    lq_usd_t repaid_usd;
    lq_usd_t seized_usd;
    lq_i256_t gross_usd; /* seized less repaid */
    lq_usd_t swap_usd;
    lq_usd_t flash_fee_usd;
    lq_usd_t gas_usd;
    lq_usd_t bid_usd;
    lq_i256_t net_usd;
    uint64_t unpriced_cnt; /* liquidatable, and not in the sums of dollars: no price of ours */
    bool saturated;        /* a sum is more than its type holds, and is the most that it does */
} lq_analysis_sum_t;

/* One account that can be liquidated. Valid during the call. */
typedef struct lq_analysis_account {
    uint32_t account;
    uint32_t instance;
    const lq_health_t *health;
    lq_usd_t collateral_usd;
    lq_usd_t debt_usd;
    lq_sizing_t sizing;
    bool dust;
    bool taken;
    const lq_plan_t *plan; /* PLAN, UNPROFITABLE but for dust; else NULL */
} lq_analysis_account_t;
typedef void lq_analysis_fn_t(void *ctx, const lq_analysis_account_t *account);

typedef struct lq_analysis_point {
    lq_analysis_sum_t all;
    lq_analysis_sum_t instances[LQ_SYNC_INSTANCE_MAX];
    bool has_together;
    uint64_t together_cnt;  /* taken, each behind those of more profit */
    lq_i256_t together_usd; /* and their net */
} lq_analysis_point_t;

/* Opaque: memory for it. */
typedef struct lq_analysis lq_analysis_t;

/* lq_analysis_new makes *A for the accounts that ENGINE, which outlives it, has now. LQ_ERR_NOMEM.
   lq_analysis_free: NULL is allowed. */
LQ_MUST_USE lq_err_t lq_analysis_new(lq_analysis_t **a, lq_engine_t *engine);
void lq_analysis_free(lq_analysis_t *a);

/* lq_analysis_look sets *OUT to what is so under VIEW (NULL: now) and gives each liquidatable
   account to FN (NULL: to nobody), in rising order. TOGETHER: those sums too. Cost of a million
   accounts: 1.5 ms, for each that is liquidatable 0.5 us, and for each that is no dust a sizing:
   some 7 us, and with TOGETHER another of those that are taken.

   lq_analysis_grid sets OUT[I] to what is so under VIEWS[I], of CNT, as that does, in as many
   processes as there are processors: copies of this one that end before it returns. No other thread
   may run. GO_ON (NULL: always true) is asked in this one, before each point that it takes, with
   how many are there; false ends it. LQ_ERR_NOMEM, LQ_ERR_CLOSED: GO_ON said no; *OUT is then
   unchanged. */
typedef bool lq_analysis_go_on_t(void *ctx, size_t done_cnt);
void lq_analysis_look(lq_analysis_t *a, lq_analysis_point_t *out, const lq_engine_view_t *view,
                      bool together, lq_analysis_fn_t *fn, void *ctx);
LQ_MUST_USE lq_err_t lq_analysis_grid(lq_analysis_t *a, lq_analysis_point_t *out,
                                      const lq_engine_view_t *views, size_t cnt, bool together,
                                      lq_analysis_go_on_t *go_on, void *ctx);

/* Whom a few hold, and what falls together. */
typedef struct lq_analysis_holder {
    uint32_t account;
    uint32_t instance;
    lq_usd_t collateral_usd;
    lq_usd_t debt_usd;
    lq_u256_t factor_wad;
} lq_analysis_holder_t;

#define LQ_ANALYSIS_HOLDER_MAX 20u
#define LQ_ANALYSIS_GROUP_MAX  20u
#define LQ_ANALYSIS_SIDE_MAX   8u /* tokens named of each side */

/* Accounts of one instance with the same tokens on the same sides: what moves one moves all. */
typedef struct lq_analysis_group {
    uint32_t instance;
    uint64_t account_cnt;
    uint8_t collateral_cnt; /* may be more than are named */
    uint8_t debt_cnt;
    lq_address_t collaterals[LQ_ANALYSIS_SIDE_MAX]; /* in the order of their addresses */
    lq_address_t debts[LQ_ANALYSIS_SIDE_MAX];
    lq_usd_t collateral_usd;
    lq_usd_t debt_usd;
    lq_u256_t least_factor_wad;
} lq_analysis_group_t;

typedef struct lq_analysis_concentration {
    uint64_t account_cnt; /* with debt, a health and a price */
    lq_usd_t collateral_usd;
    lq_usd_t debt_usd;
    uint32_t top_bps[3]; /* of all debt, owed by the largest 1, 10, 100 accounts */
    uint32_t hhi_bps;    /* Herfindahl-Hirschman index of the debts: 10000 is one account */
    lq_analysis_holder_t holders[LQ_ANALYSIS_HOLDER_MAX]; /* the largest debts, falling */
    size_t holder_cnt;
    lq_analysis_group_t groups[LQ_ANALYSIS_GROUP_MAX]; /* the same */
    size_t group_cnt;
    size_t group_all_cnt;
    bool saturated; /* as lq_analysis_sum_t's */
} lq_analysis_concentration_t;

/* lq_analysis_concentrate sets *OUT as of now. LQ_ERR_NOMEM. */
LQ_MUST_USE lq_err_t lq_analysis_concentrate(lq_analysis_t *a, lq_analysis_concentration_t *out);

/* What the smallest liquidation is that is worth it, of one pair. */
typedef struct lq_analysis_break_even {
    uint32_t instance;
    lq_liquidation_pair_t pair;
    lq_usd_t
        debt_usd;     /* of this debt token, owed by accounts that have both; 0: no price of ours */
    lq_err_t err;     /* LQ_OK, or as lq_engine_break_even */
    lq_u256_t repaid; /* units of the debt token */
    lq_profit_t profit;
    lq_incentive_t incentive;
} lq_analysis_break_even_t;

/* lq_analysis_pairs writes up to MAX pairs that accounts have both sides of, in falling order of
   debt_usd, those of one instance together, and returns how many there are; of each only what is
   needed to ask for it is set. lq_analysis_break_even sets the rest of ROW under VIEW, for what a
   decision asks (lq_engine_least). */
size_t lq_analysis_pairs(lq_analysis_t *a, lq_analysis_break_even_t *out, size_t max);
void lq_analysis_break_even(lq_analysis_t *a, lq_analysis_break_even_t *row,
                            const lq_engine_view_t *view);

#endif
