#ifndef LIQD_PROTOCOL_AAVE_V3_INTERNAL_H
#define LIQD_PROTOCOL_AAVE_V3_INTERNAL_H

#include "liqd/protocol/aave_v3_health.h"
#include "liqd/protocol/aave_v3_liquidation.h"

/* lq_aave_v3_account_wide and _fast are the two ways of lq_aave_v3_account, for tests to compare.
   The wide one computes everything in checked 256 bits. The fast one returns false, and leaves *OUT
   alone, where an operand is too wide for it. */
LQ_MUST_USE lq_err_t lq_aave_v3_account_wide(const lq_aave_v3_rules_t *rules,
                                             lq_aave_v3_account_t *out,
                                             const lq_aave_v3_leg_t *legs, size_t cnt,
                                             const lq_aave_v3_e_mode_t *e_mode);
LQ_MUST_USE bool lq_aave_v3_account_fast(const lq_aave_v3_rules_t *rules, lq_aave_v3_account_t *out,
                                         const lq_aave_v3_leg_t *legs, size_t cnt,
                                         const lq_aave_v3_e_mode_t *e_mode);

/* lq_aave_v3_set_health sets the health factor of *A from its other fields; _fast is false, and
   leaves *A alone, where they are too wide for it. */
LQ_MUST_USE lq_err_t lq_aave_v3_set_health(const lq_aave_v3_rules_t *rules,
                                           lq_aave_v3_account_t *a);
LQ_MUST_USE bool lq_aave_v3_set_health_fast(const lq_aave_v3_rules_t *rules,
                                            lq_aave_v3_account_t *a);

/* Values, in the base currency, of a pair's two sides at which its calls are other ones. */
typedef struct lq_aave_v3_borders {
    uint64_t collateral_large; /* from here on the close factor holds, where both sides are large */
    uint64_t debt_large;
    uint64_t whole_above; /* how much more half of all debts is to be than one to repay it whole */
    uint64_t collateral_leftover; /* less, and not nothing, may not be left */
    uint64_t debt_leftover;
} lq_aave_v3_borders_t;

/* The contract's own. */
#define LQ_AAVE_V3_BORDERS                                                \
    (lq_aave_v3_borders_t)                                                \
    {                                                                     \
        .collateral_large = LQ_AAVE_V3_MIN_CLOSE_FACTOR_BASE,             \
        .debt_large = LQ_AAVE_V3_MIN_CLOSE_FACTOR_BASE, .whole_above = 0, \
        .collateral_leftover = LQ_AAVE_V3_MIN_LEFTOVER_BASE,              \
        .debt_leftover = LQ_AAVE_V3_MIN_LEFTOVER_BASE,                    \
    }

/* lq_aave_v3_max_debt and lq_aave_v3_leaves_dust by these borders. */
LQ_MUST_USE lq_err_t lq_aave_v3_max_debt_by(const lq_aave_v3_rules_t *rules, lq_u256_t *out,
                                            const lq_aave_v3_pair_t *p,
                                            const lq_aave_v3_borders_t *borders,
                                            const lq_u256_t *health_factor,
                                            const lq_u256_t *total_debt_base);
LQ_MUST_USE lq_err_t lq_aave_v3_leaves_dust_by(const lq_aave_v3_rules_t *rules, bool *out,
                                               const lq_aave_v3_pair_t *p,
                                               const lq_aave_v3_borders_t *borders,
                                               const lq_aave_v3_seizure_t *s);

/* lq_aave_v3_counts tells whether LEG is collateral. */
static inline bool lq_aave_v3_counts(const lq_aave_v3_rules_t *rules, const lq_aave_v3_leg_t *leg)
{
    return (leg->flags & LQ_AAVE_V3_COLLATERAL) &&
           (!rules->zero_threshold_ignored || leg->asset->liquidation_threshold_bps != 0);
}

/* lq_aave_v3_threshold_bps returns the threshold that LEG's collateral counts with. */
static inline uint16_t lq_aave_v3_threshold_bps(const lq_aave_v3_leg_t *leg,
                                                const lq_aave_v3_e_mode_t *e_mode)
{
    return e_mode && (leg->flags & LQ_AAVE_V3_IN_E_MODE) ? e_mode->liquidation_threshold_bps
                                                         : leg->asset->liquidation_threshold_bps;
}

#endif
