#include <inttypes.h>
#include <string.h>

#include "explain_internal.h"
#include "liqd/book/sync.h"
#include "liqd/decide/money.h"

/* ---- what is spent ---- */

static bool is_coin(const lq_config_inventory_t *own)
{
    return strcmp(own->token, LQ_CONFIG_COIN) == 0;
}

/* NULL: the inventory does not name the coin. */
static const lq_config_inventory_t *coin_of(const lq_config_t *config)
{
    for (size_t i = 0; i < config->inventory_cnt; i++)
        if (is_coin(&config->inventory[i]))
            return &config->inventory[i];
    return NULL;
}

static void explain_inventory(const lq_explain_ear_t *ear)
{
    const lq_config_t *config = ear->config;
    const lq_config_inventory_t *coin = coin_of(config);
    lq_explain_part_t keys;
    bool used = lq_explain_takes(config, LQ_FUNDING_INVENTORY);
    for (size_t i = 0; i < config->inventory_cnt; i++) {
        const lq_config_inventory_t *own = &config->inventory[i];
        (void)snprintf(keys.text, sizeof(keys.text), "inventory.%s.amount", own->name);
        if (is_coin(own))
            lq_explain_say(ear, LQ_EXPLAIN_SPEND, keys.text,
                           "A dry run takes %s of the chain's coin to be there for gas.",
                           own->amount);
        else if (used)
            lq_explain_say(ear, LQ_EXPLAIN_SPEND, keys.text,
                           "Of %s (%s) at most %s " WOULD " be in transactions under way at once.",
                           own->name, own->token, own->amount);
        else
            lq_explain_say(ear, LQ_EXPLAIN_SPEND, keys.text,
                           "Of %s (%s) nothing " WOULD
                           " be spent: no market is to be liquidated with own tokens.",
                           own->name, own->token);
    }
    if (!coin)
        lq_explain_say(
            ear, LQ_EXPLAIN_SPEND, "inventory",
            "The inventory does not name the chain's coin: a dry run takes enough of it to be there "
            "for gas.");
    if (lq_explain_takes(config, LQ_FUNDING_FLASH))
        lq_explain_say(
            ear, LQ_EXPLAIN_SPEND, "",
            "A flash loan is paid back in its own transaction, or never was: of own money such a "
            "liquidation costs gas and bid.");
}

static void explain_gas_limit(const lq_explain_ear_t *ear, const char *key, const lq_wei_t *most,
                              const char *window)
{
    lq_explain_part_t amount;
    if (lq_u256_is_zero(&most->raw))
        lq_explain_say(ear, LQ_EXPLAIN_SPEND, key, "There is no limit on what gas may cost in %s.",
                       window);
    else
        lq_explain_say(
            ear, LQ_EXPLAIN_SPEND, key,
            "What would bring gas above %s in %s is not sent, with what is under way reckoned in. "
            "A bid that is paid out of a profit does not count.",
            lq_explain_value(&amount, ear, key), window);
}

void lq_explain_spend(const lq_explain_ear_t *ear)
{
    const lq_config_t *config = ear->config;
    lq_explain_part_t amount;
    explain_inventory(ear);
    explain_gas_limit(ear, "limits.gas_hour", &config->gas_hour_wei, "an hour");
    explain_gas_limit(ear, "limits.gas_day", &config->gas_day_wei, "a day");
    if (lq_u256_is_zero(&config->loss_day_usd.raw))
        lq_explain_say(ear, LQ_EXPLAIN_SPEND, "limits.loss_day",
                       "There is no limit on what may be lost in a day.");
    else
        lq_explain_say(
            ear, LQ_EXPLAIN_SPEND, "limits.loss_day",
            "When %s were lost in a day nothing more " WOULD
            " be sent until it has passed. It counts "
            "what transactions have lost once they are final; gains do not make up for that.",
            lq_explain_value(&amount, ear, "limits.loss_day"));
    if (lq_u256_is_zero(&config->exposure_usd.raw))
        lq_explain_say(ear, LQ_EXPLAIN_SPEND, "limits.exposure",
                       "There is no limit on what may be under way at once.");
    else
        lq_explain_say(ear, LQ_EXPLAIN_SPEND, "limits.exposure",
                       "At most %s " WOULD
                       " be under way at once: gas, bids, and what own tokens repay.",
                       lq_explain_value(&amount, ear, "limits.exposure"));
    if (config->memory_file[0])
        lq_explain_say(ear, LQ_EXPLAIN_SPEND, "memory.file",
                       "What limits have counted is kept over restarts in %s.",
                       lq_explain_value(&amount, ear, "memory.file"));
    else
        lq_explain_say(
            ear, LQ_EXPLAIN_SPEND, "memory.file",
            "A restart forgets what limits have counted: no file is named to keep it in.");
}

/* ---- what stops it ---- */

static void explain_prices(const lq_explain_ear_t *ear)
{
    const lq_config_t *config = ear->config;
    lq_explain_part_t names = {""};
    lq_explain_part_t grace;
    lq_explain_part_t apart;
    for (size_t i = 0; i < config->token_cnt; i++)
        lq_explain_append(&names, config->tokens[i].name);
    if (!config->token_cnt)
        lq_explain_say(
            ear, LQ_EXPLAIN_STOP, "tokens, value.protocol_prices",
            "Our own prices come from the protocols' own oracles alone, and nothing else is compared "
            "with these: no token has sources of its own.");
    else
        lq_explain_say(ear, LQ_EXPLAIN_STOP, "tokens, value.protocol_prices",
                       "Our own prices come from the sources of %s%s.", names.text,
                       config->protocol_prices
                           ? ", and from the protocols' own oracles"
                           : " alone: a token without sources is neither repaid nor "
                             "seized");
    if (config->feed_cnt)
        lq_explain_say(
            ear, LQ_EXPLAIN_STOP, "value.grace, feeds.*.heartbeat",
            "A source counts until %s after its feed's heartbeat; of a feed that is not named here "
            "no longer than that.",
            lq_explain_value(&grace, ear, "value.grace"));
    else
        lq_explain_say(
            ear, LQ_EXPLAIN_STOP, "value.grace, feeds.*.heartbeat",
            "A source counts for %s: no feed is named with its heartbeat, so that those which "
            "answer less often stop everything in between.",
            lq_explain_value(&grace, ear, "value.grace"));
    lq_explain_say(
        ear, LQ_EXPLAIN_STOP, "tokens",
        "A token of which no source counts is neither repaid nor seized. Where only one does, that "
        "one is believed.");
    lq_explain_say(
        ear, LQ_EXPLAIN_STOP, "value.deviation",
        "Where no more than half of a token's sources are within %s of their median it is neither "
        "repaid nor seized.",
        lq_explain_percent(&apart, config->value_deviation_bps));
    if (config->gap_bps)
        lq_explain_say(
            ear, LQ_EXPLAIN_STOP, "limits.gap",
            "Where our price and the protocol's are more than %s apart the token is neither repaid "
            "nor seized.",
            lq_explain_percent(&apart, config->gap_bps));
    else
        lq_explain_say(ear, LQ_EXPLAIN_STOP, "limits.gap",
                       "There is no limit on how far our price and the protocol's may be apart.");
}

static void explain_world(const lq_explain_ear_t *ear)
{
    const lq_config_t *config = ear->config;
    lq_explain_part_t v;
    if (lq_u256_is_zero(&config->base_fee_max_wei.raw))
        lq_explain_say(ear, LQ_EXPLAIN_STOP, "limits.base_fee",
                       "There is no limit on the base fee.");
    else
        lq_explain_say(ear, LQ_EXPLAIN_STOP, "limits.base_fee",
                       "While the base fee of the next block is above %s nothing " WOULD
                       " be sent.",
                       lq_explain_value(&v, ear, "limits.base_fee"));
    if (lq_u256_is_zero(&config->gas_balance_min_wei.raw))
        lq_explain_say(ear, LQ_EXPLAIN_STOP, "limits.gas_balance",
                       "There is no limit below which the senders' coin may not fall.");
    else
        lq_explain_say(ear, LQ_EXPLAIN_STOP, "limits.gas_balance",
                       "What would leave the senders less than %s for gas is not sent.",
                       lq_explain_value(&v, ear, "limits.gas_balance"));
    if (config->stale_head_ns)
        lq_explain_say(ear, LQ_EXPLAIN_STOP, "limits.stale_head",
                       "While the newest block is more than %s old nothing " WOULD " be sent.",
                       lq_explain_value(&v, ear, "limits.stale_head"));
    else
        lq_explain_say(ear, LQ_EXPLAIN_STOP, "limits.stale_head",
                       "There is no limit on how old the newest block may be.");
}

static void explain_failures(const lq_explain_ear_t *ear)
{
    const lq_config_t *config = ear->config;
    lq_explain_part_t ratio;
    lq_explain_part_t hold;
    lq_explain_part_t window;
    if (config->revert_ratio_bps == 10000)
        lq_explain_say(ear, LQ_EXPLAIN_STOP, "limits.revert_ratio",
                       "There is no limit on how many transactions may revert.");
    else
        lq_explain_say(ear, LQ_EXPLAIN_STOP,
                       "limits.revert_ratio, limits.revert_window, limits.revert_hold",
                       "When more than %s of the newest %" PRIu64
                       " transaction%s reverted nothing " WOULD " be sent for %s.",
                       lq_explain_percent(&ratio, config->revert_ratio_bps), config->revert_window,
                       lq_explain_plural(config->revert_window),
                       lq_explain_value(&hold, ear, "limits.revert_hold"));
    if (config->borrower_failures)
        lq_explain_say(ear, LQ_EXPLAIN_STOP, "limits.borrower_failures, limits.borrower_window",
                       "An account for which %" PRIu64 " transaction%s reverted within %s " WOULD
                       " be left alone until one of them is older.",
                       config->borrower_failures, lq_explain_plural(config->borrower_failures),
                       lq_explain_value(&window, ear, "limits.borrower_window"));
    else
        lq_explain_say(ear, LQ_EXPLAIN_STOP, "limits.borrower_failures",
                       "There is no limit on how many transactions for one account may revert.");
}

static void explain_audits(const lq_explain_ear_t *ear)
{
    const lq_config_t *config = ear->config;
    lq_explain_say(ear, LQ_EXPLAIN_STOP, "audit.accounts, audit.riskiest",
                   "At each block up to %" PRIu64
                   " accounts are compared with what the contracts say of them. "
                   "Until %u such audits of a market have matched it is only watched.",
                   config->audit_accounts + config->audit_riskiest, LQ_TRUST_AUDIT_CNT);
    lq_explain_say(ear, LQ_EXPLAIN_STOP, "audit.mismatch_max",
                   "After more than %" PRIu64
                   " audit%s of a market that did not match nothing more of it " WOULD
                   " be liquidated.",
                   config->audit_mismatch_max, lq_explain_plural(config->audit_mismatch_max));
}

void lq_explain_stop(const lq_explain_ear_t *ear)
{
    explain_audits(ear);
    explain_prices(ear);
    explain_world(ear);
    explain_failures(ear);
}
