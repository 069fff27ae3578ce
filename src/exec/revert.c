#include "liqd/exec/revert.h"

#include <inttypes.h>
#include <stdio.h>

#include "liqd/base/text.h"
#include "liqd/codec/abi_aave_v3.h"
#include "liqd/codec/abi_solidity.h"
#include "liqd/decide/executor.h"

#define INNER_SZ 96u

/* The errors of others that have a name. */
static const struct {
    uint32_t selector;
    const char *name;
} named[] = {
    {LQ_ABI_AAVE_V3_INVALID_AMOUNT_ERROR_SELECTOR, "InvalidAmount"},
    {LQ_ABI_AAVE_V3_RESERVE_INACTIVE_ERROR_SELECTOR, "ReserveInactive"},
    {LQ_ABI_AAVE_V3_RESERVE_PAUSED_ERROR_SELECTOR, "ReservePaused"},
    {LQ_ABI_AAVE_V3_HEALTH_FACTOR_NOT_BELOW_THRESHOLD_ERROR_SELECTOR,
     "HealthFactorNotBelowThreshold"},
    {LQ_ABI_AAVE_V3_COLLATERAL_CANNOT_BE_LIQUIDATED_ERROR_SELECTOR, "CollateralCannotBeLiquidated"},
    {LQ_ABI_AAVE_V3_SPECIFIED_CURRENCY_NOT_BORROWED_BY_USER_ERROR_SELECTOR,
     "SpecifiedCurrencyNotBorrowedByUser"},
    {LQ_ABI_AAVE_V3_PRICE_ORACLE_SENTINEL_CHECK_FAILED_ERROR_SELECTOR,
     "PriceOracleSentinelCheckFailed"},
    {LQ_ABI_AAVE_V3_LIQUIDATION_GRACE_SENTINEL_CHECK_FAILED_ERROR_SELECTOR,
     "LiquidationGraceSentinelCheckFailed"},
    {LQ_ABI_AAVE_V3_MUST_NOT_LEAVE_DUST_ERROR_SELECTOR, "MustNotLeaveDust"},
    {LQ_ABI_AAVE_V3_SELF_LIQUIDATION_ERROR_SELECTOR, "SelfLiquidation"},
};

static uint32_t selector_of(const uint8_t *data)
{
    return (uint32_t)data[0] << 24 | (uint32_t)data[1] << 16 | (uint32_t)data[2] << 8 | data[3];
}

/* What a contract of strangers says. */
static void tell_other(char *out, size_t out_sz, const uint8_t *data, size_t sz)
{
    lq_abi_solidity_error_error_t error;
    lq_abi_solidity_panic_error_t panic;
    if (!lq_abi_solidity_error_error_decode(&error, NULL, data, sz)) {
        lq_text_show_cut(out, out_sz, error.message.data, error.message.sz);
        return;
    }
    if (!lq_abi_solidity_panic_error_decode(&panic, NULL, data, sz)) {
        (void)snprintf(out, out_sz, "panic %#" PRIx64, panic.code.w[0]);
        return;
    }
    for (size_t i = 0; sz >= 4 && i < LQ_ARRAY_CNT(named); i++)
        if (named[i].selector == selector_of(data)) {
            (void)snprintf(out, out_sz, "%s", named[i].name);
            return;
        }
    if (sz >= 4)
        (void)snprintf(out, out_sz, "error 0x%08" PRIx32, selector_of(data));
    else
        (void)snprintf(out, out_sz, "it reverts without a reason");
}

void lq_revert_text(char *out, size_t out_sz, const uint8_t *data, size_t sz)
{
    lq_executor_revert_t revert;
    char inner[INNER_SZ] = "";
    if (lq_executor_revert(&revert, data, sz) || revert.error == LQ_EXECUTOR_ERROR_NONE) {
        tell_other(out, out_sz, data, sz);
        return;
    }
    if (revert.inner_sz)
        tell_other(inner, sizeof(inner), revert.inner, revert.inner_sz);
    (void)snprintf(out, out_sz, "%s%s%s", lq_executor_error_str(revert.error), inner[0] ? ": " : "",
                   inner);
}
