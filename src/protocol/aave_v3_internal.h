#ifndef LIQD_PROTOCOL_AAVE_V3_INTERNAL_H
#define LIQD_PROTOCOL_AAVE_V3_INTERNAL_H

#include "liqd/protocol/aave_v3_health.h"

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
