#include "explain.h"

#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#include "liqd/book/sync.h"
#include "liqd/decide/money.h"
#include "liqd/decide/sizing.h"
#include "liqd/net/url.h"

#define WATCH "What it will watch"
#define DO    "What it will do"
#define SPEND "What it can spend at most"
#define STOP  "What stops it"
#define NEVER "What it will never do"

#define TEXT_SZ 4096u

/* To whom it is explained. */
typedef struct ear {
    const lq_config_t *config;
    lq_explain_fn_t *fn;
    void *ctx;
} ear_t;

/* A part of a sentence. */
typedef struct part {
    char text[TEXT_SZ];
} part_t;

LQ_PRINTF(4, 5)
static void say(const ear_t *ear, const char *topic, const char *keys, const char *fmt, ...)
{
    char text[2 * TEXT_SZ];
    va_list ap;
    va_start(ap, fmt);
    (void)vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    ear->fn(ear->ctx, &(lq_explain_line_t){topic, text, keys});
}

/* The value of the key PATH, with its unit. */
static const char *value(part_t *out, const ear_t *ear, const char *path)
{
    for (size_t i = 0; i < lq_config_schema.key_cnt; i++) {
        const lq_schema_key_t *key = &lq_config_schema.keys[i];
        if (strcmp(key->path, path) != 0)
            continue;
        lq_schema_print(out->text, sizeof(out->text), key, ear->config);
        size_t sz = strlen(out->text);
        if (key->type == LQ_SCHEMA_USD)
            (void)snprintf(out->text + sz, sizeof(out->text) - sz, " USD");
        return out->text;
    }
    LQ_BUG("there is no key %s", path);
}

/* BPS hundredths of a percent. */
static const char *percent(part_t *out, uint64_t bps)
{
    if (bps % 100 == 0)
        (void)snprintf(out->text, sizeof(out->text), "%" PRIu64 " %%", bps / 100);
    else if (bps % 10 == 0)
        (void)snprintf(out->text, sizeof(out->text), "%" PRIu64 ".%" PRIu64 " %%", bps / 100,
                       bps % 100 / 10);
    else
        (void)snprintf(out->text, sizeof(out->text), "%" PRIu64 ".%02" PRIu64 " %%", bps / 100,
                       bps % 100);
    return out->text;
}

static void append(part_t *out, const char *name)
{
    size_t sz = strlen(out->text);
    (void)snprintf(out->text + sz, sizeof(out->text) - sz, "%s%s", sz ? ", " : "", name);
}

static const char *plural(uint64_t cnt)
{
    return cnt == 1 ? "" : "s";
}

/* ---- of the configuration ---- */

static bool is_taken(const lq_config_market_t *market, lq_funding_t funding)
{
    return market->liquidate && market->funding == (unsigned)funding;
}

/* The names of the markets that are liquidated by FUNDING, and their number. */
static size_t markets_of(part_t *out, const lq_config_t *config, lq_funding_t funding)
{
    size_t cnt = 0;
    out->text[0] = '\0';
    for (size_t i = 0; i < config->market_cnt; i++) {
        if (!is_taken(&config->markets[i], funding))
            continue;
        append(out, config->markets[i].name);
        cnt++;
    }
    return cnt;
}

static bool takes(const lq_config_t *config, lq_funding_t funding)
{
    for (size_t i = 0; i < config->market_cnt; i++)
        if (is_taken(&config->markets[i], funding))
            return true;
    return false;
}

static bool takes_any(const lq_config_t *config)
{
    return takes(config, LQ_FUNDING_FLASH) || takes(config, LQ_FUNDING_INVENTORY);
}

/* Whether transactions go through an executor, deployed or not. */
static bool has_executor(const lq_config_t *config)
{
    return config->executor[0] || !lq_config_is_deployed(config);
}

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

/* ---- what is watched ---- */

static bool is_polled(const lq_config_node_t *node)
{
    lq_url_t url;
    return !lq_url_parse(&url, NULL, node->url, strlen(node->url)) && lq_url_is_http(&url);
}

static void explain_nodes(const ear_t *ear)
{
    const lq_config_t *config = ear->config;
    part_t names = {""};
    part_t polled = {""};
    for (size_t i = 0; i < config->node_cnt; i++) {
        append(&names, config->nodes[i].name);
        if (is_polled(&config->nodes[i]))
            append(&polled, config->nodes[i].name);
    }
    if (!config->node_cnt)
        say(ear, WATCH, "nodes", "Nothing: no node is named.");
    else if (config->node_cnt == 1)
        say(ear, WATCH, "nodes",
            "It asks one node, %s. When that one fails nothing is known until it is back.",
            names.text);
    else
        say(ear, WATCH, "nodes",
            "It asks %zu nodes, and goes on with the others when one fails: "
            "%s.",
            config->node_cnt, names.text);
    if (polled.text[0])
        say(ear, WATCH, "nodes",
            "Over HTTP there are no subscriptions: %s is asked for new blocks twice a block time.",
            polled.text);
}

static void explain_chain(const ear_t *ear)
{
    part_t name;
    say(ear, WATCH, "chain.id, chain.name",
        "The chain %s: a node whose chain id is not %" PRIu64 " is not used.",
        value(&name, ear, "chain.name"), ear->config->chain_id);
}

static void explain_market(const ear_t *ear, const lq_config_market_t *market)
{
    part_t keys;
    part_t ids = {""};
    const char *how = !market->liquidate ? "It is only watched: nothing of it is ever liquidated"
                      : market->funding == LQ_FUNDING_FLASH
                          ? "Its accounts would be liquidated with flash loans"
                          : "Its accounts would be liquidated with own tokens";
    size_t id_cnt = lq_config_word_cnt(market->ids);
    (void)snprintf(keys.text, sizeof(keys.text), "markets.%s.liquidate, markets.%s.funding",
                   market->name, market->name);
    if (id_cnt)
        (void)snprintf(ids.text, sizeof(ids.text), ", of it the %zu isolated market%s in ids",
                       id_cnt, plural(id_cnt));
    say(ear, WATCH, keys.text, "%s: %s at %s%s. %s.", market->name,
        lq_config_protocols[market->protocol], market->address, ids.text, how);
}

static void explain_files(const ear_t *ear)
{
    part_t file;
    part_t time;
    if (ear->config->snapshot_file[0])
        say(ear, WATCH, "snapshot.file, snapshot.max_age",
            "What was read is kept in %s. A start takes it up where it is not older than %s, and "
            "else reads everything anew.",
            value(&file, ear, "snapshot.file"), value(&time, ear, "snapshot.max_age"));
    else
        say(ear, WATCH, "snapshot.file",
            "No snapshot is kept: each start reads everything from the nodes, and each market has "
            "to earn its trust anew.");
}

static void explain_watch(const ear_t *ear)
{
    const lq_config_t *config = ear->config;
    explain_chain(ear);
    explain_nodes(ear);
    for (size_t i = 0; i < config->market_cnt; i++)
        explain_market(ear, &config->markets[i]);
    if (!config->market_cnt)
        say(ear, WATCH, "markets", "No market: none is named.");
    else
        explain_files(ear);
}

/* ---- what is done ---- */

static void explain_profit(const ear_t *ear)
{
    const lq_config_t *config = ear->config;
    bool has_least = !lq_u256_is_zero(&config->profit_min_usd.raw);
    part_t least;
    part_t part;
    const char *net = "net of what is repaid, swap, flash loan, gas and bid, at our own prices";
    const char *keys = "profit.min, profit.min_return";
    (void)value(&least, ear, "profit.min");
    (void)percent(&part, config->profit_min_bps);
    if (has_least && config->profit_min_bps)
        say(ear, DO, keys,
            "An account would be liquidated as soon as that earns at least %s, and at least %s of "
            "what is repaid, %s.",
            least.text, part.text, net);
    else if (has_least)
        say(ear, DO, keys, "An account would be liquidated as soon as that earns at least %s, %s.",
            least.text, net);
    else if (config->profit_min_bps)
        say(ear, DO, keys,
            "An account would be liquidated as soon as that earns at least %s of what is repaid, "
            "%s. There is no limit in dollars.",
            part.text, net);
    else
        say(ear, DO, keys,
            "An account would be liquidated as soon as that loses nothing, %s. There is no minimum "
            "profit.",
            net);
}

static void explain_bid(const ear_t *ear)
{
    const lq_config_t *config = ear->config;
    bool share = config->bid_kind == LQ_BID_SHARE;
    part_t tip;
    part_t offer;
    part_t cap;
    if (lq_u256_is_zero(&config->tip_wei.raw))
        say(ear, DO, "gas.tip", "Gas would cost the block's base fee, and no tip.");
    else
        say(ear, DO, "gas.tip", "Gas would cost the block's base fee and a tip of %s a unit.",
            value(&tip, ear, "gas.tip"));
    (void)percent(&cap, config->bid_cap_bps);
    if (!config->bid_cap_bps ||
        (share ? !config->bid_share_bps : lq_u256_is_zero(&config->bid_fixed_wei.raw)))
        say(ear, DO, share ? "bid.share, bid.cap" : "bid.amount, bid.cap",
            "Nothing beside that would be offered to whoever builds the block.");
    else if (share)
        say(ear, DO, "bid.share, bid.cap",
            "Of the profit before it %s would be offered to whoever builds the block, never more "
            "than %s.",
            percent(&offer, config->bid_share_bps), cap.text);
    else
        say(ear, DO, "bid.amount, bid.cap",
            "For each liquidation %s would be offered to whoever builds the block, never more than "
            "%s of the profit before it.",
            value(&offer, ear, "bid.amount"), cap.text);
}

static void explain_flash(const ear_t *ear)
{
    const lq_config_t *config = ear->config;
    part_t markets;
    part_t lenders = {""};
    part_t venues = {""};
    part_t believed = {""};
    size_t pool_cnt = 0;
    if (!markets_of(&markets, config, LQ_FUNDING_FLASH))
        return;
    for (size_t i = 0; i < config->lender_cnt; i++)
        append(&lenders, config->lenders[i].name);
    for (size_t i = 0; i < config->venue_cnt; i++) {
        append(&venues, config->venues[i].name);
        pool_cnt += lq_config_word_cnt(config->venues[i].pools);
        if (!config->venues[i].factory[0])
            append(&believed, config->venues[i].name);
    }
    say(ear, DO, "lenders, venues",
        "Debt of %s would be repaid with a flash loan of the cheapest that has enough (%s), and "
        "the loan by swapping a part of what is seized in the %zu pool%s of %s. The rest is the "
        "gain.",
        markets.text, lenders.text, pool_cnt, plural(pool_cnt), venues.text);
    if (believed.text[0])
        say(ear, DO, "venues.*.factory",
            "What the pools of %s say of themselves is believed: no factory is named that knows "
            "them.",
            believed.text);
}

static void explain_own(const ear_t *ear)
{
    part_t markets;
    if (markets_of(&markets, ear->config, LQ_FUNDING_INVENTORY))
        say(ear, DO, "inventory",
            "Debt of %s would be repaid with own tokens, which the %s holds. What is seized is "
            "kept, not sold.",
            markets.text, has_executor(ear->config) ? "executor" : "sender");
}

static void explain_executor(const ear_t *ear)
{
    const lq_config_t *config = ear->config;
    part_t slippage;
    if (!has_executor(config)) {
        say(ear, DO, "executor.address",
            "There is no executor: each call would be a transaction of its own, and nothing looks "
            "at what it has gained.");
        return;
    }
    if (config->executor[0])
        say(ear, DO, "executor.address", "All would go through the executor at %s.",
            config->executor);
    else
        say(ear, DO, "executor.address",
            "No executor is named: a dry run does as if one were deployed.");
    say(ear, DO, "executor.slippage",
        "The executor reverts, which costs the gas, where less than planned is gained by more "
        "than %s of what is gained and swapped together, or less than the minimum profit is left. "
        "Where all of a debt or of a collateral goes, interest may take up to 0.012 %% of what is "
        "repaid beside that.",
        percent(&slippage, config->slippage_bps));
    say(ear, DO, "executor.sweep",
        config->sweep ? "What is gained would go to the executor's owner in the same transaction."
                      : "What is gained would stay in the executor, where whoever holds an "
                        "operator's key could spend it.");
    say(ear, DO, "liquidation.atomic",
        config->atomic
            ? "Several calls for one account would go in one transaction, all or nothing."
            : "Several calls for one account would go each in a transaction of its own: "
              "the first may be mined without the second.");
}

static void explain_flight(const ear_t *ear)
{
    const lq_config_t *config = ear->config;
    say(ear, DO, "liquidation.blocks, liquidation.in_flight",
        "%s would be meant for the next %" PRIu64 " block%s%s, and up to %" PRIu64
        " of them be under way at once, one for each account.",
        config->in_flight == 1 ? "An attempt" : "Each attempt", config->target_blk,
        plural(config->target_blk), has_executor(config) ? ", behind which it reverts" : "",
        config->in_flight);
}

static void explain_do(const ear_t *ear)
{
    if (!takes_any(ear->config)) {
        say(ear, DO, "markets.*.liquidate",
            "It will watch, and liquidate nothing: no market is to be liquidated.");
        return;
    }
    explain_profit(ear);
    explain_flash(ear);
    explain_own(ear);
    explain_bid(ear);
    explain_executor(ear);
    explain_flight(ear);
}

/* ---- what is spent ---- */

static void explain_inventory(const ear_t *ear)
{
    const lq_config_t *config = ear->config;
    const lq_config_inventory_t *coin = coin_of(config);
    part_t keys;
    bool used = takes(config, LQ_FUNDING_INVENTORY);
    for (size_t i = 0; i < config->inventory_cnt; i++) {
        const lq_config_inventory_t *own = &config->inventory[i];
        (void)snprintf(keys.text, sizeof(keys.text), "inventory.%s.amount", own->name);
        if (is_coin(own))
            say(ear, SPEND, keys.text,
                "A dry run takes %s of the chain's coin to be there for gas.", own->amount);
        else if (used)
            say(ear, SPEND, keys.text,
                "Of %s (%s) at most %s would be in transactions under way at once.", own->name,
                own->token, own->amount);
        else
            say(ear, SPEND, keys.text,
                "Of %s (%s) nothing would be spent: no market is to be liquidated with own tokens.",
                own->name, own->token);
    }
    if (!coin)
        say(ear, SPEND, "inventory",
            "The inventory does not name the chain's coin: a dry run takes enough of it to be there "
            "for gas.");
    if (takes(config, LQ_FUNDING_FLASH))
        say(ear, SPEND, "",
            "A flash loan is paid back in its own transaction, or never was: of own money such a "
            "liquidation costs gas and bid.");
}

static void explain_gas_limit(const ear_t *ear, const char *key, const lq_wei_t *most,
                              const char *window)
{
    part_t amount;
    if (lq_u256_is_zero(&most->raw))
        say(ear, SPEND, key, "There is no limit on what gas may cost in %s.", window);
    else
        say(ear, SPEND, key,
            "What would bring gas above %s in %s is not sent, with what is under way reckoned in. "
            "A bid that is paid out of a profit does not count.",
            value(&amount, ear, key), window);
}

static void explain_spend(const ear_t *ear)
{
    const lq_config_t *config = ear->config;
    part_t amount;
    explain_inventory(ear);
    explain_gas_limit(ear, "limits.gas_hour", &config->gas_hour_wei, "an hour");
    explain_gas_limit(ear, "limits.gas_day", &config->gas_day_wei, "a day");
    if (lq_u256_is_zero(&config->loss_day_usd.raw))
        say(ear, SPEND, "limits.loss_day", "There is no limit on what may be lost in a day.");
    else
        say(ear, SPEND, "limits.loss_day",
            "When %s were lost in a day nothing more would be sent until it has passed. It counts "
            "what transactions have lost once they are final; gains do not make up for that.",
            value(&amount, ear, "limits.loss_day"));
    if (lq_u256_is_zero(&config->exposure_usd.raw))
        say(ear, SPEND, "limits.exposure", "There is no limit on what may be under way at once.");
    else
        say(ear, SPEND, "limits.exposure",
            "At most %s would be under way at once: gas, bids, and what own tokens repay.",
            value(&amount, ear, "limits.exposure"));
    if (config->memory_file[0])
        say(ear, SPEND, "memory.file", "What limits have counted is kept over restarts in %s.",
            value(&amount, ear, "memory.file"));
    else
        say(ear, SPEND, "memory.file",
            "A restart forgets what limits have counted: no file is named to keep it in.");
}

/* ---- what stops it ---- */

static void explain_prices(const ear_t *ear)
{
    const lq_config_t *config = ear->config;
    part_t names = {""};
    part_t grace;
    part_t apart;
    for (size_t i = 0; i < config->token_cnt; i++)
        append(&names, config->tokens[i].name);
    if (!config->token_cnt)
        say(ear, STOP, "tokens, value.protocol_prices",
            "Our own prices come from the protocols' own oracles alone, and nothing else is compared "
            "with these: no token has sources of its own.");
    else
        say(ear, STOP, "tokens, value.protocol_prices",
            "Our own prices come from the sources of %s%s.", names.text,
            config->protocol_prices ? ", and from the protocols' own oracles"
                                    : " alone: a token without sources is neither repaid nor "
                                      "seized");
    if (config->feed_cnt)
        say(ear, STOP, "value.grace, feeds.*.heartbeat",
            "A source counts until %s after its feed's heartbeat; of a feed that is not named here "
            "no longer than that.",
            value(&grace, ear, "value.grace"));
    else
        say(ear, STOP, "value.grace, feeds.*.heartbeat",
            "A source counts for %s: no feed is named with its heartbeat, so that those which "
            "answer less often stop everything in between.",
            value(&grace, ear, "value.grace"));
    say(ear, STOP, "tokens",
        "A token of which no source counts is neither repaid nor seized. Where only one does, that "
        "one is believed.");
    say(ear, STOP, "value.deviation",
        "Where no more than half of a token's sources are within %s of their median it is neither "
        "repaid nor seized.",
        percent(&apart, config->value_deviation_bps));
    if (config->gap_bps)
        say(ear, STOP, "limits.gap",
            "Where our price and the protocol's are more than %s apart the token is neither repaid "
            "nor seized.",
            percent(&apart, config->gap_bps));
    else
        say(ear, STOP, "limits.gap",
            "There is no limit on how far our price and the protocol's may be apart.");
}

static void explain_world(const ear_t *ear)
{
    const lq_config_t *config = ear->config;
    part_t v;
    if (lq_u256_is_zero(&config->base_fee_max_wei.raw))
        say(ear, STOP, "limits.base_fee", "There is no limit on the base fee.");
    else
        say(ear, STOP, "limits.base_fee",
            "While the base fee of the next block is above %s nothing would be sent.",
            value(&v, ear, "limits.base_fee"));
    if (lq_u256_is_zero(&config->gas_balance_min_wei.raw))
        say(ear, STOP, "limits.gas_balance",
            "There is no limit below which the senders' coin may not fall.");
    else
        say(ear, STOP, "limits.gas_balance",
            "What would leave the senders less than %s for gas is not sent.",
            value(&v, ear, "limits.gas_balance"));
    if (config->stale_head_ns)
        say(ear, STOP, "limits.stale_head",
            "While the newest block is more than %s old nothing would be sent.",
            value(&v, ear, "limits.stale_head"));
    else
        say(ear, STOP, "limits.stale_head",
            "There is no limit on how old the newest block may be.");
}

static void explain_failures(const ear_t *ear)
{
    const lq_config_t *config = ear->config;
    part_t ratio;
    part_t hold;
    part_t window;
    if (config->revert_ratio_bps == 10000)
        say(ear, STOP, "limits.revert_ratio",
            "There is no limit on how many transactions may revert.");
    else
        say(ear, STOP, "limits.revert_ratio, limits.revert_window, limits.revert_hold",
            "When more than %s of the newest %" PRIu64
            " transaction%s reverted nothing would be sent for %s.",
            percent(&ratio, config->revert_ratio_bps), config->revert_window,
            plural(config->revert_window), value(&hold, ear, "limits.revert_hold"));
    if (config->borrower_failures)
        say(ear, STOP, "limits.borrower_failures, limits.borrower_window",
            "An account for which %" PRIu64
            " transaction%s reverted within %s would be left alone until one of them is older.",
            config->borrower_failures, plural(config->borrower_failures),
            value(&window, ear, "limits.borrower_window"));
    else
        say(ear, STOP, "limits.borrower_failures",
            "There is no limit on how many transactions for one account may revert.");
}

static void explain_audits(const ear_t *ear)
{
    const lq_config_t *config = ear->config;
    say(ear, STOP, "audit.accounts, audit.riskiest",
        "At each block up to %" PRIu64
        " accounts are compared with what the contracts say of them. "
        "Until %u such audits of a market have matched it is only watched.",
        config->audit_accounts + config->audit_riskiest, LQ_TRUST_AUDIT_CNT);
    say(ear, STOP, "audit.mismatch_max",
        "After more than %" PRIu64 " audit%s of a market that did not match nothing more of it "
        "would be liquidated.",
        config->audit_mismatch_max, plural(config->audit_mismatch_max));
}

/* ---- what is never done ---- */

static void explain_never(const ear_t *ear)
{
    const lq_config_t *config = ear->config;
    part_t names = {""};
    say(ear, NEVER, "",
        "Send a transaction: liqd run works with --dry-run alone, which sends nothing.");
    say(ear, NEVER, "", "Hold a key: liqd run opens no keystore, and no configuration names one.");
    for (size_t i = 0; i < config->market_cnt; i++)
        if (!config->markets[i].liquidate)
            append(&names, config->markets[i].name);
    if (names.text[0])
        say(ear, NEVER, "markets.*.liquidate", "Liquidate anything of %s.", names.text);
    if (takes(config, LQ_FUNDING_INVENTORY))
        say(ear, NEVER, "inventory",
            "Repay with a token that the inventory does not name, or plan more of one than the "
            "inventory has.");
    if (markets_of(&names, config, LQ_FUNDING_FLASH)) {
        say(ear, NEVER, "markets.*.funding", "Repay a debt of %s with own tokens.", names.text);
        say(ear, NEVER, "venues",
            "Swap what it has not seized, or in a pool that the configuration does not name.");
    } else if (takes_any(config)) {
        say(ear, NEVER, "markets.*.funding",
            "Swap anything: no market is to be liquidated with flash loans.");
    }
}

void lq_explain(const lq_config_t *config, lq_explain_fn_t *fn, void *ctx)
{
    ear_t ear = {config, fn, ctx};
    explain_watch(&ear);
    explain_do(&ear);
    if (takes_any(config)) {
        explain_spend(&ear);
        explain_audits(&ear);
        explain_prices(&ear);
        explain_world(&ear);
        explain_failures(&ear);
    }
    explain_never(&ear);
}
