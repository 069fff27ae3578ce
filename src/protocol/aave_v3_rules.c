#include "liqd/protocol/aave_v3_rules.h"

#include "liqd/base/compiler.h"
#include "liqd/base/err.h"

/* clang-format off */
#define RULES_3_0                      \
    .stable_debt            = true,    \
    .health_by_average      = true,    \
    .zero_threshold_ignored = true,    \
    .e_mode_price           = true,    \
    .sentinel               = true
#define RULES_3_2                      \
    .health_by_average      = true,    \
    .zero_threshold_ignored = true,    \
    .e_mode_by_bitmap       = true,    \
    .sentinel               = true,    \
    .grace_period           = true
#define RULES_3_3                      \
    RULES_3_2,                         \
    .close_by_account       = true,    \
    .dust_refused           = true,    \
    .bad_debt               = LQ_AAVE_V3_BAD_DEBT_VALUE
#define RULES_SINCE_3_5                \
    .polynomial_interest      = true,  \
    .directional_balances     = true,  \
    .rounded_events           = true,  \
    .debt_value_up            = true,  \
    .liquidation_accrues_collateral = true, \
    .e_mode_by_bitmap         = true,  \
    .self_liquidation_refused = true,  \
    .grace_period             = true,  \
    .close_by_account         = true,  \
    .dust_refused             = true,  \
    .debt_needed_up           = true

static const lq_aave_v3_rules_t rules[] = {
    [LQ_AAVE_V3_0] = {RULES_3_0},
    [LQ_AAVE_V3_1] = {RULES_3_0, .grace_period = true},
    [LQ_AAVE_V3_2] = {RULES_3_2},
    [LQ_AAVE_V3_3] = {RULES_3_3},
    [LQ_AAVE_V3_4] = {RULES_3_3, .polynomial_interest = true, .self_liquidation_refused = true},
    [LQ_AAVE_V3_5] = {RULES_SINCE_3_5, .zero_threshold_ignored = true, .sentinel = true,
                      .bad_debt = LQ_AAVE_V3_BAD_DEBT_VALUE},
    [LQ_AAVE_V3_6] = {RULES_SINCE_3_5, .sentinel = true, .bad_debt = LQ_AAVE_V3_BAD_DEBT_VALUE},
    [LQ_AAVE_V3_7] = {RULES_SINCE_3_5, .seizure_directional = true,
                      .bad_debt = LQ_AAVE_V3_BAD_DEBT_SCALED},
};
/* clang-format on */

_Static_assert(LQ_ARRAY_CNT(rules) == LQ_AAVE_V3_VERSION_CNT, "rules for each version");

const lq_aave_v3_rules_t *lq_aave_v3_rules(lq_aave_v3_version_t version)
{
    LQ_ASSERT((unsigned)version < LQ_AAVE_V3_VERSION_CNT);
    return &rules[version];
}
