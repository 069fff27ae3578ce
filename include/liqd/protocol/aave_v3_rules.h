#ifndef LIQD_PROTOCOL_AAVE_V3_RULES_H
#define LIQD_PROTOCOL_AAVE_V3_RULES_H

/* What differs between the versions of Aave v3, one named rule each, so that no formula asks for a
   version. POOL_REVISION does not tell the version (core-v3 1.19.3 says 1, v3-origin 3.6.0 says 10,
   forks number as they like): it is configured or probed by behaviour. */

#include <stdbool.h>

typedef enum lq_aave_v3_version {
    LQ_AAVE_V3_0, /* @aave/core-v3 1.19.3 */
    LQ_AAVE_V3_1, /* aave-dao/aave-v3-origin v3.1.0, and so on */
    LQ_AAVE_V3_2,
    LQ_AAVE_V3_3,
    LQ_AAVE_V3_4,
    LQ_AAVE_V3_5,
    LQ_AAVE_V3_6,
    LQ_AAVE_V3_7,
} lq_aave_v3_version_t;

#define LQ_AAVE_V3_VERSION_CNT 8

/* How a liquidation tells that the account has no collateral left, so that its debts become the
   reserves' deficits. */
typedef enum lq_aave_v3_bad_debt {
    LQ_AAVE_V3_BAD_DEBT_NONE,   /* there are no deficits */
    LQ_AAVE_V3_BAD_DEBT_VALUE,  /* the value seized is the account's whole collateral value */
    LQ_AAVE_V3_BAD_DEBT_SCALED, /* the value of the scaled units consumed is */
} lq_aave_v3_bad_debt_t;

typedef struct lq_aave_v3_rules {
    /* interest */
    bool polynomial_interest; /* 3.4: x + x^2/2 + x^3/6 for debt, before three binomial terms */

    /* balances and values */
    bool directional_balances; /* 3.5: each balance and scaled amount is rounded to the pool's good,
                                  before half up */
    bool rounded_events;       /* 3.5: Mint and Burn tell differences of rounded balances, before
                                  amounts and interest */
    bool debt_value_up;        /* 3.5: a debt's value is rounded up */
    bool stable_debt;          /* to 3.1: stable debt is part of a debt */

    /* indices that no event tells */
    bool liquidation_accrues_collateral; /* 3.5: a liquidation brings the collateral's reserve up to
                                            date, without a ReserveDataUpdated where the liquidator
                                            takes aTokens; before only where they are burnt */

    /* account data */
    bool health_by_average;      /* to 3.4: health from the average threshold, truncated to 1 bps */
    bool zero_threshold_ignored; /* to 3.5: a reserve whose own threshold is 0 is no collateral */
    bool e_mode_price;           /* to 3.1: an e-mode may price its assets by a source of its own */
    bool e_mode_by_bitmap;       /* 3.2: the e-mode lists its collaterals, before each reserve named
                                    its one category */

    /* liquidation */
    bool self_liquidation_refused; /* 3.4 */
    bool sentinel;                 /* to 3.6: the oracle sentinel is asked above 0.95 */
    bool grace_period;             /* 3.1: liquidationGracePeriodUntil */
    bool close_by_account;         /* 3.3: half of the account's debt, from 2000 USD on; before half
                                      of the reserve's */
    bool dust_refused;             /* 3.3: MustNotLeaveDust */
    bool debt_needed_up;           /* 3.5: percentDivCeil, before percentDiv */
    bool seizure_directional; /* 3.7: percentMulFloor, percentDivFloor and percentMulCeil, before
                                 half up */
    lq_aave_v3_bad_debt_t bad_debt;
} lq_aave_v3_rules_t;

/* lq_aave_v3_rules returns the rules of VERSION. Static, never NULL. */
const lq_aave_v3_rules_t *lq_aave_v3_rules(lq_aave_v3_version_t version);

#endif
