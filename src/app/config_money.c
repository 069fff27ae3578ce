/* What profit, bids, limits and the inventory come to, and what in them contradicts what. */

#include <string.h>

#include "config_internal.h"
#include "liqd/decide/money.h"
#include "liqd/decide/sizing.h"
#include "liqd/keys/address.h"
#include "liqd/num/decimal.h"

#define SEC_NS UINT64_C(1000000000)

void lq_config_check_coin(lq_schema_doc_t *doc, const void *values)
{
    const lq_config_t *config = values;
    (void)lq_config_check_address_or_none(doc, "chain.coin_token", config->coin_token);
}

void lq_config_check_bid(lq_schema_doc_t *doc, const void *values)
{
    const lq_config_t *config = values;
    if (config->bid_kind == LQ_BID_SHARE && config->bid_share_bps > config->bid_cap_bps)
        lq_schema_problem(doc, lq_schema_is_set(doc, "bid.share") ? "bid.share" : "bid.cap",
                          "contradicts %s: a share above the cap is never bid; lower bid.share or "
                          "raise bid.cap",
                          lq_schema_is_set(doc, "bid.share") ? "bid.cap" : "bid.share");
}

/* Whether an hour allows more than its day. */
static bool is_day_less(const lq_config_t *config)
{
    return !lq_u256_is_zero(&config->gas_day_wei.raw) &&
           lq_wei_cmp(&config->gas_hour_wei, &config->gas_day_wei) > 0;
}

void lq_config_check_gas(lq_schema_doc_t *doc, const void *values)
{
    const lq_config_t *config = values;
    bool hour_set = lq_schema_is_set(doc, "limits.gas_hour");
    if (is_day_less(config))
        lq_schema_problem(doc, hour_set ? "limits.gas_hour" : "limits.gas_day",
                          "contradicts %s: an hour would allow more than its day; lower "
                          "limits.gas_hour or raise limits.gas_day",
                          hour_set ? "limits.gas_day" : "limits.gas_hour");
}

/* What the limits themselves do not let pass; their words begin with the member's name. */
void lq_config_check_limits(lq_schema_doc_t *doc, const void *values)
{
    static const char *const named[] = {"limits.gas_hour",        "limits.gas_day",
                                        "limits.revert_ratio",    "limits.revert_window",
                                        "limits.revert_hold",     "limits.borrower_failures",
                                        "limits.borrower_window", "limits.gap"};
    const lq_config_t *config = values;
    lq_limits_config_t limits = lq_config_limits(config);
    lq_err_msg_t msg;
    if (is_day_less(config) || !lq_limits_check(&limits, &msg))
        return;
    const char *key = "limits.base_fee"; /* it is what most others have to fit */
    size_t sz = strcspn(msg.text, ":");
    for (size_t i = 0; i < LQ_ARRAY_CNT(named); i++) {
        const char *name = named[i] + strlen("limits.");
        bool is_it = strlen(name) == sz && memcmp(name, msg.text, sz) == 0;
        if (is_it && lq_schema_is_set(doc, named[i]))
            key = named[i];
    }
    lq_schema_problem(doc, key, "%s", msg.text);
}

static bool is_coin(const lq_config_inventory_t *own)
{
    return strcmp(own->token, LQ_CONFIG_COIN) == 0;
}

void lq_config_check_inventory_tokens(lq_schema_doc_t *doc, const void *values)
{
    const lq_config_t *config = values;
    lq_config_path_t path;
    lq_err_msg_t msg;
    lq_address_t address;
    for (size_t i = 0; i < config->inventory_cnt; i++) {
        const lq_config_inventory_t *own = &config->inventory[i];
        const char *key = lq_config_path(&path, "inventory", own->name, "token");
        if (!is_coin(own) && lq_address_parse(&address, &msg, own->token, strlen(own->token))) {
            lq_schema_problem(doc, key, "%s, nor " LQ_CONFIG_COIN, msg.text);
            continue;
        }
        for (size_t k = 0; k < i; k++)
            if (strcmp(config->inventory[k].token, own->token) == 0 ||
                lq_config_same_address(config->inventory[k].token, own->token))
                lq_schema_problem(doc, key, "is that of inventory.%s too: remove one of them",
                                  config->inventory[k].name);
    }
}

/* The decimals of other tokens are known when the chain has told them. */
void lq_config_check_inventory_amounts(lq_schema_doc_t *doc, const void *values)
{
    const lq_config_t *config = values;
    lq_config_path_t path;
    lq_err_msg_t msg;
    lq_u256_t amount;
    for (size_t i = 0; i < config->inventory_cnt; i++) {
        const lq_config_inventory_t *own = &config->inventory[i];
        if (lq_config_amount(&amount, &msg, own,
                             is_coin(own) ? LQ_CONFIG_COIN_DECIMALS : LQ_CONFIG_TOKEN_DECIMALS_MAX))
            lq_schema_problem(doc, lq_config_path(&path, "inventory", own->name, "amount"), "%s",
                              msg.text);
    }
}

lq_err_t lq_config_amount(lq_u256_t *out, lq_err_msg_t *msg, const lq_config_inventory_t *own,
                          unsigned decimals)
{
    return lq_decimal_parse(out, msg, own->amount, strlen(own->amount), decimals);
}

/* Whether there is anything to repay with. */
static bool has_inventory(const lq_config_t *config)
{
    for (size_t i = 0; i < config->inventory_cnt; i++)
        if (!is_coin(&config->inventory[i]))
            return true;
    return false;
}

void lq_config_check_funding(lq_schema_doc_t *doc, const void *values)
{
    const lq_config_t *config = values;
    lq_config_path_t path;
    for (size_t i = 0; i < config->market_cnt && !has_inventory(config); i++) {
        const lq_config_market_t *market = &config->markets[i];
        if (market->liquidate && market->funding == LQ_FUNDING_INVENTORY)
            lq_schema_problem(
                doc, lq_config_path(&path, "markets", market->name, "funding"),
                "is inventory, and there is none: name tokens under inventory, or set "
                "flash");
    }
}

lq_limits_config_t lq_config_limits(const lq_config_t *config)
{
    /* the table's ranges fit */
    return (lq_limits_config_t){
        .gas_hour_wei = config->gas_hour_wei,
        .gas_day_wei = config->gas_day_wei,
        .loss_day_usd = config->loss_day_usd,
        .revert_ratio_bps = (uint32_t)config->revert_ratio_bps,
        .revert_window = (uint32_t)config->revert_window,
        .revert_hold_sec = (uint32_t)(config->revert_hold_ns / SEC_NS),
        .exposure_usd = config->exposure_usd,
        .borrower_failure_max = (uint32_t)config->borrower_failures,
        .borrower_failure_sec = (uint32_t)(config->borrower_window_ns / SEC_NS),
        .base_fee_max_wei = config->base_fee_max_wei,
        .gas_balance_min_wei = config->gas_balance_min_wei,
        .stale_head_sec = (uint32_t)(config->stale_head_ns / SEC_NS),
        .gap_bps = (uint32_t)config->gap_bps,
    };
}

/* Whether some token can have a price of ours in dollars. */
static bool has_prices(const lq_config_t *config)
{
    if (config->token_cnt)
        return true;
    for (size_t i = 0; i < config->market_cnt && config->protocol_prices; i++)
        if (strcmp(lq_config_protocols[config->markets[i].protocol], "aave_v3") == 0)
            return true;
    return false;
}

/* What keeps MARKET from being liquidated by flash loans. */
static void check_flash(lq_schema_doc_t *doc, const lq_config_t *config,
                        const lq_config_market_t *market)
{
    lq_config_path_t path;
    const char *key = lq_config_path(&path, "markets", market->name, "funding");
    if (market->funding != LQ_FUNDING_FLASH)
        return;
    if (!config->lender_cnt)
        lq_schema_problem(doc, key,
                          "is flash, and nobody lends: name one under lenders, or set inventory");
    if (!config->venue_cnt)
        lq_schema_problem(doc, key,
                          "is flash, and there are no pools to swap in: name some under venues, or "
                          "set inventory");
}

bool lq_config_check_run(lq_schema_doc_t *doc, const lq_config_t *config)
{
    lq_config_path_t path;
    size_t before = doc->problem_cnt;
    bool priced = has_prices(config);
    for (size_t i = 0; i < config->market_cnt; i++) {
        const lq_config_market_t *market = &config->markets[i];
        const char *key = lq_config_path(&path, "markets", market->name, "liquidate");
        if (!market->liquidate)
            continue;
        check_flash(doc, config, market);
        if (!config->coin_token[0])
            lq_schema_problem(doc, key,
                              "is true, but what gas costs is not known: set chain.coin_token to "
                              "the token that wraps the chain's coin, or false");
        else if (!priced)
            lq_schema_problem(doc, key,
                              "is true, but no token has a price of ours: name sources under "
                              "tokens, or set false");
    }
    return doc->problem_cnt == before;
}
