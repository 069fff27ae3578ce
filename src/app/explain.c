#include "explain_internal.h"

#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#include "liqd/net/url.h"

void lq_explain_say(const lq_explain_ear_t *ear, const char *topic, const char *keys,
                    const char *fmt, ...)
{
    const char *verb = lq_explain_is_live(ear->config) ? "will" : "would";
    char text[2 * LQ_EXPLAIN_TEXT_SZ];
    char said[sizeof(text) + 64 * sizeof("would")];
    size_t sz = 0;
    va_list ap;
    va_start(ap, fmt);
    (void)vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    for (const char *at = text; *at && sz < sizeof(said) - sizeof("would"); at++) {
        if (*at == WOULD[0])
            sz += (size_t)snprintf(said + sz, sizeof(said) - sz, "%s", verb);
        else
            said[sz++] = *at;
    }
    said[sz] = '\0';
    ear->fn(ear->ctx, &(lq_explain_line_t){topic, said, keys});
}

const char *lq_explain_value(lq_explain_part_t *out, const lq_explain_ear_t *ear, const char *path)
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

const char *lq_explain_percent(lq_explain_part_t *out, uint64_t bps)
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

void lq_explain_append(lq_explain_part_t *out, const char *name)
{
    size_t sz = strlen(out->text);
    (void)snprintf(out->text + sz, sizeof(out->text) - sz, "%s%s", sz ? ", " : "", name);
}

const char *lq_explain_plural(uint64_t cnt)
{
    return cnt == 1 ? "" : "s";
}

/* ---- of the configuration ---- */

static bool is_taken(const lq_config_market_t *market, lq_funding_t funding)
{
    return market->liquidate && market->funding == (unsigned)funding;
}

/* The names of the markets that are liquidated by FUNDING, and their number. */
static size_t markets_of(lq_explain_part_t *out, const lq_config_t *config, lq_funding_t funding)
{
    size_t cnt = 0;
    out->text[0] = '\0';
    for (size_t i = 0; i < config->market_cnt; i++) {
        if (!is_taken(&config->markets[i], funding))
            continue;
        lq_explain_append(out, config->markets[i].name);
        cnt++;
    }
    return cnt;
}

bool lq_explain_takes(const lq_config_t *config, lq_funding_t funding)
{
    for (size_t i = 0; i < config->market_cnt; i++)
        if (is_taken(&config->markets[i], funding))
            return true;
    return false;
}

static bool takes_any(const lq_config_t *config)
{
    return lq_explain_takes(config, LQ_FUNDING_FLASH) ||
           lq_explain_takes(config, LQ_FUNDING_INVENTORY);
}

/* Whether transactions go through an executor, deployed or not. */
bool lq_explain_has_executor(const lq_config_t *config)
{
    return config->executor[0] || !lq_config_is_deployed(config);
}

/* ---- what is watched ---- */

static bool is_polled(const lq_config_node_t *node)
{
    lq_url_t url;
    return !lq_url_parse(&url, NULL, node->url, strlen(node->url)) && lq_url_is_http(&url);
}

static void explain_nodes(const lq_explain_ear_t *ear)
{
    const lq_config_t *config = ear->config;
    lq_explain_part_t names = {""};
    lq_explain_part_t polled = {""};
    for (size_t i = 0; i < config->node_cnt; i++) {
        lq_explain_append(&names, config->nodes[i].name);
        if (is_polled(&config->nodes[i]))
            lq_explain_append(&polled, config->nodes[i].name);
    }
    if (!config->node_cnt)
        lq_explain_say(ear, LQ_EXPLAIN_WATCH, "nodes", "Nothing: no node is named.");
    else if (config->node_cnt == 1)
        lq_explain_say(
            ear, LQ_EXPLAIN_WATCH, "nodes",
            "It asks one node, %s. When that one fails nothing is known until it is back.",
            names.text);
    else
        lq_explain_say(ear, LQ_EXPLAIN_WATCH, "nodes",
                       "It asks %zu nodes, and goes on with the others when one fails: "
                       "%s.",
                       config->node_cnt, names.text);
    if (polled.text[0])
        lq_explain_say(
            ear, LQ_EXPLAIN_WATCH, "nodes",
            "Over HTTP there are no subscriptions: %s is asked for new blocks twice a block time.",
            polled.text);
}

static void explain_chain(const lq_explain_ear_t *ear)
{
    lq_explain_part_t name;
    lq_explain_say(ear, LQ_EXPLAIN_WATCH, "chain.id, chain.name",
                   "The chain %s: a node whose chain id is not %" PRIu64 " is not used.",
                   lq_explain_value(&name, ear, "chain.name"), ear->config->chain_id);
}

static void explain_market(const lq_explain_ear_t *ear, const lq_config_market_t *market)
{
    lq_explain_part_t keys;
    lq_explain_part_t ids = {""};
    const char *how = !market->liquidate ? "It is only watched: nothing of it is ever liquidated"
                      : market->funding == LQ_FUNDING_FLASH
                          ? "Its accounts " WOULD " be liquidated with flash loans"
                          : "Its accounts " WOULD " be liquidated with own tokens";
    size_t id_cnt = lq_config_word_cnt(market->ids);
    (void)snprintf(keys.text, sizeof(keys.text), "markets.%s.liquidate, markets.%s.funding",
                   market->name, market->name);
    if (id_cnt)
        (void)snprintf(ids.text, sizeof(ids.text), ", of it the %zu isolated market%s in ids",
                       id_cnt, lq_explain_plural(id_cnt));
    lq_explain_say(ear, LQ_EXPLAIN_WATCH, keys.text, "%s: %s at %s%s. %s.", market->name,
                   lq_config_protocols[market->protocol], market->address, ids.text, how);
}

static void explain_files(const lq_explain_ear_t *ear)
{
    lq_explain_part_t file;
    lq_explain_part_t time;
    if (ear->config->snapshot_file[0])
        lq_explain_say(
            ear, LQ_EXPLAIN_WATCH, "snapshot.file, snapshot.max_age",
            "What was read is kept in %s. A start takes it up where it is not older than %s, and "
            "else reads everything anew.",
            lq_explain_value(&file, ear, "snapshot.file"),
            lq_explain_value(&time, ear, "snapshot.max_age"));
    else
        lq_explain_say(
            ear, LQ_EXPLAIN_WATCH, "snapshot.file",
            "No snapshot is kept: each start reads everything from the nodes, and each market has "
            "to earn its trust anew.");
}

static void explain_watch(const lq_explain_ear_t *ear)
{
    const lq_config_t *config = ear->config;
    explain_chain(ear);
    explain_nodes(ear);
    for (size_t i = 0; i < config->market_cnt; i++)
        explain_market(ear, &config->markets[i]);
    if (!config->market_cnt)
        lq_explain_say(ear, LQ_EXPLAIN_WATCH, "markets", "No market: none is named.");
    else
        explain_files(ear);
}

/* ---- what is done ---- */

static void explain_profit(const lq_explain_ear_t *ear)
{
    const lq_config_t *config = ear->config;
    bool has_least = !lq_u256_is_zero(&config->profit_min_usd.raw);
    lq_explain_part_t least;
    lq_explain_part_t part;
    const char *net = "net of what is repaid, swap, flash loan, gas and bid, at our own prices";
    const char *keys = "profit.min, profit.min_return";
    (void)lq_explain_value(&least, ear, "profit.min");
    (void)lq_explain_percent(&part, config->profit_min_bps);
    if (has_least && config->profit_min_bps)
        lq_explain_say(ear, LQ_EXPLAIN_DO, keys,
                       "An account " WOULD
                       " be liquidated as soon as that earns at least %s, and at least %s of "
                       "what is repaid, %s.",
                       least.text, part.text, net);
    else if (has_least)
        lq_explain_say(ear, LQ_EXPLAIN_DO, keys,
                       "An account " WOULD " be liquidated as soon as that earns at least %s, %s.",
                       least.text, net);
    else if (config->profit_min_bps)
        lq_explain_say(ear, LQ_EXPLAIN_DO, keys,
                       "An account " WOULD
                       " be liquidated as soon as that earns at least %s of what is repaid, "
                       "%s. There is no limit in dollars.",
                       part.text, net);
    else
        lq_explain_say(ear, LQ_EXPLAIN_DO, keys,
                       "An account " WOULD
                       " be liquidated as soon as that loses nothing, %s. There is no minimum "
                       "profit.",
                       net);
}

static void explain_bid(const lq_explain_ear_t *ear)
{
    const lq_config_t *config = ear->config;
    bool share = config->bid_kind == LQ_BID_SHARE;
    lq_explain_part_t tip;
    lq_explain_part_t offer;
    lq_explain_part_t cap;
    if (lq_u256_is_zero(&config->tip_wei.raw))
        lq_explain_say(ear, LQ_EXPLAIN_DO, "gas.tip",
                       "Gas " WOULD " cost the block's base fee, and no tip.");
    else
        lq_explain_say(ear, LQ_EXPLAIN_DO, "gas.tip",
                       "Gas " WOULD " cost the block's base fee and a tip of %s a unit.",
                       lq_explain_value(&tip, ear, "gas.tip"));
    (void)lq_explain_percent(&cap, config->bid_cap_bps);
    if (!config->bid_cap_bps ||
        (share ? !config->bid_share_bps : lq_u256_is_zero(&config->bid_fixed_wei.raw)))
        lq_explain_say(ear, LQ_EXPLAIN_DO, share ? "bid.share, bid.cap" : "bid.amount, bid.cap",
                       "Nothing beside that " WOULD " be offered to whoever builds the block.");
    else if (share)
        lq_explain_say(ear, LQ_EXPLAIN_DO, "bid.share, bid.cap",
                       "Of the profit before it %s " WOULD
                       " be offered to whoever builds the block, never more "
                       "than %s.",
                       lq_explain_percent(&offer, config->bid_share_bps), cap.text);
    else
        lq_explain_say(ear, LQ_EXPLAIN_DO, "bid.amount, bid.cap",
                       "For each liquidation %s " WOULD
                       " be offered to whoever builds the block, never more than "
                       "%s of the profit before it.",
                       lq_explain_value(&offer, ear, "bid.amount"), cap.text);
}

static void explain_flash(const lq_explain_ear_t *ear)
{
    const lq_config_t *config = ear->config;
    lq_explain_part_t markets;
    lq_explain_part_t lenders = {""};
    lq_explain_part_t venues = {""};
    lq_explain_part_t believed = {""};
    size_t pool_cnt = 0;
    if (!markets_of(&markets, config, LQ_FUNDING_FLASH))
        return;
    for (size_t i = 0; i < config->lender_cnt; i++)
        lq_explain_append(&lenders, config->lenders[i].name);
    for (size_t i = 0; i < config->venue_cnt; i++) {
        lq_explain_append(&venues, config->venues[i].name);
        pool_cnt += lq_config_word_cnt(config->venues[i].pools);
        if (!config->venues[i].factory[0])
            lq_explain_append(&believed, config->venues[i].name);
    }
    lq_explain_say(
        ear, LQ_EXPLAIN_DO, "lenders, venues",
        "Debt of %s " WOULD
        " be repaid with a flash loan of the cheapest that has enough (%s), and "
        "the loan by swapping a part of what is seized in the %zu pool%s of %s. The rest is the "
        "gain.",
        markets.text, lenders.text, pool_cnt, lq_explain_plural(pool_cnt), venues.text);
    if (believed.text[0])
        lq_explain_say(
            ear, LQ_EXPLAIN_DO, "venues.*.factory",
            "What the pools of %s say of themselves is believed: no factory is named that knows "
            "them.",
            believed.text);
}

static void explain_own(const lq_explain_ear_t *ear)
{
    lq_explain_part_t markets;
    if (markets_of(&markets, ear->config, LQ_FUNDING_INVENTORY))
        lq_explain_say(ear, LQ_EXPLAIN_DO, "inventory",
                       "Debt of %s " WOULD
                       " be repaid with own tokens, which the %s holds. What is seized is "
                       "kept%s.",
                       markets.text, lq_explain_has_executor(ear->config) ? "executor" : "sender",
                       ear->config->seized_action == LQ_SEIZED_SWAP ? "" : ", not sold");
}

static void explain_executor(const lq_explain_ear_t *ear)
{
    const lq_config_t *config = ear->config;
    lq_explain_part_t slippage;
    if (!lq_explain_has_executor(config)) {
        lq_explain_say(ear, LQ_EXPLAIN_DO, "executor.address",
                       "There is no executor: each call " WOULD
                       " be a transaction of its own, and nothing looks "
                       "at what it has gained.");
        return;
    }
    if (config->executor[0])
        lq_explain_say(ear, LQ_EXPLAIN_DO, "executor.address",
                       "All " WOULD " go through the executor at %s.", config->executor);
    else
        lq_explain_say(ear, LQ_EXPLAIN_DO, "executor.address",
                       "No executor is named: a dry run does as if one were deployed.");
    lq_explain_say(
        ear, LQ_EXPLAIN_DO, "executor.slippage",
        "The executor reverts, which costs the gas, where less than planned is gained by more "
        "than %s of what is gained and swapped together, or less than the minimum profit is left. "
        "Where all of a debt or of a collateral goes, interest may take up to 0.012 %% of what is "
        "repaid beside that.",
        lq_explain_percent(&slippage, config->slippage_bps));
    lq_explain_say(ear, LQ_EXPLAIN_DO, "executor.sweep",
                   config->sweep ? "What is gained " WOULD
                                   " go to the executor's owner in the same transaction."
                                 : "What is gained " WOULD
                                   " stay in the executor, where whoever holds an "
                                   "operator's key could spend it.");
    lq_explain_say(ear, LQ_EXPLAIN_DO, "liquidation.atomic",
                   config->atomic ? "Several calls for one account " WOULD
                                    " go in one transaction, all or nothing."
                                  : "Several calls for one account " WOULD
                                    " go each in a transaction of its own: "
                                    "the first may be mined without the second.");
}

static void explain_flight(const lq_explain_ear_t *ear)
{
    const lq_config_t *config = ear->config;
    lq_explain_say(ear, LQ_EXPLAIN_DO, "liquidation.blocks, liquidation.in_flight",
                   "%s " WOULD " be meant for the next %" PRIu64 " block%s%s, and up to %" PRIu64
                   " of them be under way at once, one for each account.",
                   config->in_flight == 1 ? "An attempt" : "Each attempt", config->target_blk,
                   lq_explain_plural(config->target_blk),
                   lq_explain_has_executor(config) ? ", behind which it reverts" : "",
                   config->in_flight);
}

static void explain_do(const lq_explain_ear_t *ear)
{
    if (!takes_any(ear->config)) {
        lq_explain_say(ear, LQ_EXPLAIN_DO, "markets.*.liquidate",
                       "It will watch, and liquidate nothing: no market is to be liquidated.");
        return;
    }
    explain_profit(ear);
    explain_flash(ear);
    explain_own(ear);
    explain_bid(ear);
    explain_executor(ear);
    explain_flight(ear);
    lq_explain_sending(ear);
}

/* ---- what is never done ---- */

static void explain_never(const lq_explain_ear_t *ear)
{
    const lq_config_t *config = ear->config;
    lq_explain_part_t names = {""};
    lq_explain_never_sent(ear);
    for (size_t i = 0; i < config->market_cnt; i++)
        if (!config->markets[i].liquidate)
            lq_explain_append(&names, config->markets[i].name);
    if (names.text[0])
        lq_explain_say(ear, LQ_EXPLAIN_NEVER, "markets.*.liquidate", "Liquidate anything of %s.",
                       names.text);
    if (lq_explain_takes(config, LQ_FUNDING_INVENTORY))
        lq_explain_say(
            ear, LQ_EXPLAIN_NEVER, "inventory",
            "Repay with a token that the inventory does not name, or plan more of one than the "
            "inventory has.");
    if (markets_of(&names, config, LQ_FUNDING_FLASH))
        lq_explain_say(ear, LQ_EXPLAIN_NEVER, "markets.*.funding",
                       "Repay a debt of %s with own tokens.", names.text);
    if (config->seized_action == LQ_SEIZED_SWAP) {
        lq_explain_say(ear, LQ_EXPLAIN_NEVER, "venues, seized.action",
                       "Swap what the inventory is to have, or in a pool that the configuration "
                       "does not name.");
    } else if (names.text[0]) {
        lq_explain_say(
            ear, LQ_EXPLAIN_NEVER, "venues",
            "Swap what it has not seized, or in a pool that the configuration does not name.");
    } else if (takes_any(config)) {
        lq_explain_say(ear, LQ_EXPLAIN_NEVER, "markets.*.funding",
                       "Swap anything: no market is to be liquidated with flash loans.");
    }
}

void lq_explain(const lq_config_t *config, lq_explain_fn_t *fn, void *ctx)
{
    lq_explain_ear_t ear = {config, fn, ctx};
    explain_watch(&ear);
    explain_do(&ear);
    if (takes_any(config)) {
        lq_explain_spend(&ear);
        lq_explain_stop(&ear);
    }
    explain_never(&ear);
}
