#include "liqd/decide/limits.h"
#include "liqd/num/decimal.h"
#include "liqd/num/fixed.h"

/* The least gas that a transaction takes. @src EIP-2028, Yellow Paper appendix G: Gtransaction */
#define TRANSACTION_GAS 21000u

static lq_err_t check_gas(const lq_limits_config_t *c, lq_err_msg_t *msg)
{
    char hour[LQ_WEI_TEXT_SZ];
    char day[LQ_WEI_TEXT_SZ];
    if (lq_u256_is_zero(&c->gas_hour_wei.raw) || lq_u256_is_zero(&c->gas_day_wei.raw) ||
        lq_wei_cmp(&c->gas_hour_wei, &c->gas_day_wei) <= 0)
        return LQ_OK;
    if (lq_wei_print(hour, sizeof(hour), &c->gas_hour_wei, LQ_WEI_UNIT_ETH) ||
        lq_wei_print(day, sizeof(day), &c->gas_day_wei, LQ_WEI_UNIT_ETH))
        return LQ_ERR_RANGE;
    return lq_err_msg_set(msg, LQ_ERR_RANGE,
                          "gas_hour: %s is more than gas_day allows, %s: lower the one or raise "
                          "the other",
                          hour, day);
}

/* A budget must have room for one transaction at the highest base fee that is let through. */
static lq_err_t check_budget(const lq_limits_config_t *c, lq_err_msg_t *msg, const char *name,
                             const lq_wei_t *budget)
{
    lq_u256_t units = lq_u256_from_u64(TRANSACTION_GAS);
    lq_wei_t least;
    char has[LQ_WEI_TEXT_SZ];
    char fee[LQ_WEI_TEXT_SZ];
    if (lq_u256_is_zero(&budget->raw) || lq_u256_is_zero(&c->base_fee_max_wei.raw))
        return LQ_OK;
    if (!lq_u256_mul_checked(&least.raw, &c->base_fee_max_wei.raw, &units) &&
        lq_wei_cmp(&least, budget) <= 0)
        return LQ_OK;
    if (lq_wei_print(has, sizeof(has), budget, LQ_WEI_UNIT_ETH) ||
        lq_wei_print(fee, sizeof(fee), &c->base_fee_max_wei, LQ_WEI_UNIT_GWEI))
        return LQ_ERR_RANGE;
    return lq_err_msg_set(msg, LQ_ERR_RANGE,
                          "%s: %s pays for no transaction at base_fee, %s: raise the one or "
                          "lower the other",
                          name, has, fee);
}

static lq_err_t check_reverts(const lq_limits_config_t *c, lq_err_msg_t *msg)
{
    if (c->revert_ratio_bps > LQ_BPS_ONE.w[0])
        return lq_err_msg_set(msg, LQ_ERR_RANGE,
                              "revert_ratio: %u bps is more than all: give 10000 for no limit",
                              c->revert_ratio_bps);
    if (c->revert_ratio_bps == LQ_BPS_ONE.w[0])
        return LQ_OK;
    if (c->revert_window == 0 || c->revert_window > LQ_LIMITS_WINDOW_MAX)
        return lq_err_msg_set(msg, LQ_ERR_RANGE,
                              "revert_window: %u is not from 1 to %u transactions: choose one, or "
                              "a revert_ratio of 10000 bps for no limit",
                              c->revert_window, LQ_LIMITS_WINDOW_MAX);
    if (c->revert_hold_sec == 0)
        return lq_err_msg_set(msg, LQ_ERR_RANGE,
                              "revert_hold: 0 s lets go at once: choose a time, or a revert_ratio "
                              "of 10000 bps for no limit");
    return LQ_OK;
}

static lq_err_t check_borrowers(const lq_limits_config_t *c, lq_err_msg_t *msg)
{
    if (c->borrower_failure_max > LQ_LIMITS_FAILURE_MAX)
        return lq_err_msg_set(msg, LQ_ERR_RANGE,
                              "borrower_failures: %u is above %u: choose fewer, or 0 for no limit",
                              c->borrower_failure_max, LQ_LIMITS_FAILURE_MAX);
    if (c->borrower_failure_max && c->borrower_failure_sec == 0)
        return lq_err_msg_set(msg, LQ_ERR_RANGE,
                              "borrower_window: 0 s counts no failure: choose a time, or 0 "
                              "borrower_failures for no limit");
    return LQ_OK;
}

lq_err_t lq_limits_check(const lq_limits_config_t *c, lq_err_msg_t *msg)
{
    lq_err_t err = check_gas(c, msg);
    if (!err)
        err = check_budget(c, msg, "gas_hour", &c->gas_hour_wei);
    if (!err)
        err = check_budget(c, msg, "gas_day", &c->gas_day_wei);
    if (!err)
        err = check_reverts(c, msg);
    if (!err)
        err = check_borrowers(c, msg);
    if (!err && c->gap_bps > LQ_BPS_ONE.w[0])
        return lq_err_msg_set(msg, LQ_ERR_RANGE,
                              "gap: %u bps below its price no token can be: choose at most 10000, "
                              "or 0 for no limit",
                              c->gap_bps);
    return err;
}
