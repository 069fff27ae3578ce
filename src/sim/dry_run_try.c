#include <stdio.h>
#include <string.h>

#include "dry_run_internal.h"
#include "liqd/base/text.h"
#include "liqd/exec/revert.h"
#include "liqd/keys/address.h"

#define WHY_SZ sizeof(((lq_dry_row_t *)0)->why)

bool dry_pays_bid(const lq_dry_run_t *d)
{
    static const lq_address_t none;
    return memcmp(&d->config.executor, &none, sizeof(none)) != 0;
}

/* ---- why it reverts ---- */

static void tell_why(dry_intent_t *it, const lq_dry_result_t *result)
{
    lq_executor_revert_t revert = {.error = LQ_EXECUTOR_ERROR_NONE};
    if (lq_executor_revert(&revert, result->data, result->data_sz))
        revert.error = LQ_EXECUTOR_ERROR_NONE;
    it->row.error = revert.error;
    lq_revert_text(it->row.why, WHY_SZ, result->data, result->data_sz);
}

/* ---- what it earns ---- */

/* Sets the row's gains to what the logs of RESULTS tell; false: they do not tell all, or what
   cannot be. */
static bool sum_gains(const lq_dry_run_t *d, dry_intent_t *it, const lq_dry_result_t *results)
{
    const lq_address_t ours[] = {d->config.sender, d->config.executor, d->config.owner};
    lq_address_t tokens[LQ_DRY_RUN_TOKEN_MAX];
    for (size_t i = 0; i < it->price_cnt; i++)
        tokens[i] = it->prices[i].token;
    const lq_gain_of_t of = {ours, LQ_ARRAY_CNT(ours), tokens, it->price_cnt};
    for (size_t i = 0; i < it->tx_cnt; i++) {
        if (!results[i].has_logs)
            return false;
        for (size_t k = 0; k < results[i].log_cnt; k++)
            if (lq_gain_add(it->row.gains, &it->row.gain_cnt, LQ_DRY_RUN_TOKEN_MAX, &of,
                            &results[i].logs[k])) {
                (void)snprintf(it->row.why, WHY_SZ, "the logs tell of more than there can be");
                return false;
            }
    }
    return true;
}

/* NULL: it had no price. */
static const lq_quote_t *quote_of(const dry_intent_t *it, const lq_address_t *token)
{
    for (size_t i = 0; i < it->price_cnt; i++)
        if (memcmp(&it->prices[i].token, token, sizeof(*token)) == 0 &&
            !lq_u256_is_zero(&it->prices[i].quote.price_wad))
            return &it->prices[i].quote;
    return NULL;
}

static void tell_unpriced(dry_intent_t *it, const lq_address_t *token)
{
    char text[LQ_ADDRESS_TEXT_SZ + 1];
    lq_address_print(text, token);
    (void)snprintf(it->row.why, WHY_SZ, "%s has no price and counts for nothing", text);
}

static lq_err_t subtract_up(lq_i256_t *net, const lq_u256_t *wei, const lq_quote_t *coin)
{
    lq_i256_t cost;
    lq_usd_t usd;
    lq_err_t err = lq_worth_up(&usd, wei, coin);
    if (!err)
        err = lq_i256_from_u256(&cost, &usd.raw);
    return err ? err : lq_i256_sub_checked(net, net, &cost);
}

/* Sets *NET to what the gains are worth less gas and BID. */
static lq_err_t net_of(lq_i256_t *net, dry_intent_t *it, const lq_wei_t *bid)
{
    lq_i256_t sum = lq_i256_from_i64(0);
    lq_err_t err = LQ_OK;
    for (size_t i = 0; !err && i < it->row.gain_cnt; i++) {
        const lq_quote_t *quote = quote_of(it, &it->row.gains[i].token);
        lq_i256_t worth = lq_i256_from_i64(0);
        if (quote)
            err = lq_gain_worth(&worth, &it->row.gains[i], quote);
        else
            tell_unpriced(it, &it->row.gains[i].token);
        if (!err)
            err = lq_i256_add_checked(&sum, &sum, &worth);
    }
    if (!err)
        err = subtract_up(&sum, &it->row.gas_wei.raw, &it->coin);
    if (!err)
        err = subtract_up(&sum, &bid->raw, &it->coin);
    if (!err)
        *net = sum;
    return err;
}

static void settle(const lq_dry_run_t *d, dry_intent_t *it, const lq_dry_result_t *results)
{
    it->row.has_gains = sum_gains(d, it, results);
    if (it->row.has_gains && net_of(&it->row.net_usd, it, &it->row.bid_wei)) {
        (void)snprintf(it->row.why, WHY_SZ, "what was gained is worth more than can be");
        it->row.has_gains = false;
    }
    if (!it->row.has_gains) {
        it->row.gain_cnt = 0;
        it->row.net_usd = it->row.estimate.net_usd;
    }
}

/* ---- what it costs ---- */

/* Where a node does not tell it: the plan's; of what reverts none. */
static void set_gas(dry_intent_t *it, const lq_header_t *block, const lq_dry_result_t *results)
{
    uint64_t gas = 0;
    bool known = true;
    for (size_t i = 0; i < it->tx_cnt; i++) {
        gas += results[i].gas;
        known = known && results[i].gas;
    }
    if (!known && it->tried == DRY_TRIED_OK)
        gas = it->plan_gas;
    it->row.gas = gas < UINT32_MAX ? (uint32_t)gas : UINT32_MAX;
    it->gas_price_wei = block->base_fee_wei;
    it->gas_price_wei.raw = lq_u256_add_capped(&it->gas_price_wei.raw, &it->priority_wei.raw);
    lq_u256_t units = lq_u256_from_u64(it->row.gas);
    if (lq_u256_mul_checked(&it->row.gas_wei.raw, &it->gas_price_wei.raw, &units))
        memset(&it->row.gas_wei, 0xff, sizeof(it->row.gas_wei));
    lq_u256_t bid_per_gas = lq_u256_from_u64(0);
    (void)!lq_u256_div_checked(&bid_per_gas, &it->row.bid_wei.raw, &units); /* no gas: no bid */
    it->row.tip_wei = it->priority_wei;
    it->row.tip_wei.raw = lq_u256_add_capped(&it->row.tip_wei.raw, &bid_per_gas);
}

/* ---- one intent ---- */

void dry_untried(dry_intent_t *it, const char *why)
{
    it->tried = DRY_TRIED_NOT;
    lq_text_show_cut(it->row.why, WHY_SZ, (const uint8_t *)why, strlen(why));
}

static void reverted(dry_intent_t *it, const lq_header_t *block, const lq_dry_result_t *results,
                     size_t at)
{
    const lq_wei_t none = {0};
    it->tried = DRY_TRIED_REVERTED;
    it->row.tried = true;
    set_gas(it, block, results);
    tell_why(it, &results[at]);
    it->row.net_usd = lq_i256_from_i64(0);
    (void)!net_of(&it->row.net_usd, it, &none); /* what leaves 256 bits costs nobody anything */
}

void dry_try(const lq_dry_run_t *d, dry_intent_t *it, const lq_header_t *block,
             const lq_dry_result_t *results)
{
    for (size_t i = 0; i < it->tx_cnt; i++)
        if (results[i].known && !results[i].ok) {
            reverted(it, block, results, i);
            return;
        }
    for (size_t i = 0; i < it->tx_cnt; i++)
        if (!results[i].known) {
            dry_untried(it, results[i].why ? results[i].why
                                           : "the node tells of one transaction alone, and another "
                                             "stands before it: it lacks eth_simulateV1");
            return;
        }
    it->tried = DRY_TRIED_OK;
    it->row.tried = true;
    set_gas(it, block, results);
    it->repaid = it->seized = lq_u256_from_u64(0);
    for (size_t i = 0; i < it->tx_cnt; i++) {
        it->repaid = lq_u256_add_capped(&it->repaid, &results[i].repaid);
        it->seized = lq_u256_add_capped(&it->seized, &results[i].seized);
    }
    if (lq_u256_is_zero(&it->seized) || lq_u256_is_zero(&it->repaid)) {
        it->repaid = it->plan_repaid;
        it->seized = it->plan_seized;
    }
    settle(d, it, results);
}
