/* `liqd positions --json`: numbers in base units as decimal strings, beside their decimals. */

#include "json_value.h"
#include "positions.h"

static const char *name_of(const lq_positions_t *p, uint32_t instance)
{
    return p->state->instances[instance].name;
}

/* ---- markets */

static json_t *market_json(const lq_positions_t *p, uint32_t i)
{
    const lq_positions_count_t *c = &p->counts[i];
    const lq_sync_instance_t *instance = lq_sync_instance(p->state->sync, i);
    lq_sync_instance_stat_t stat = lq_sync_instance_stat(p->state->sync, i);
    json_t *version = stat.version == LQ_ADAPTER_PROBE
                          ? json_null()
                          : json_string(instance->adapter->version_names[stat.version]);
    json_t *accounts = json_pack(
        "{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "all", lq_json_count(c->account_cnt),
        "with_debt", lq_json_count(c->debt_cnt), "liquidatable", lq_json_count(c->liquidatable_cnt),
        "armed", lq_json_count(c->armed_cnt), "unknown", lq_json_count(c->unknown_cnt),
        "quarantined", lq_json_count(c->quarantined_cnt), "refused", lq_json_count(c->refused_cnt),
        "no_health", lq_json_count(c->no_health_cnt));
    return json_pack("{s:s, s:s, s:o, s:o, s:o, s:s, s:o, s:o, s:o, s:o}", "name", name_of(p, i),
                     "protocol", instance->adapter->name, "version", version, "address",
                     lq_json_address(&instance->config.contract), "assets",
                     lq_json_count(lq_positions_asset_cnt(p, i)), "trust", lq_trust_str(stat.trust),
                     "audits", lq_json_count(stat.audit_cnt), "mismatches",
                     lq_json_count(stat.mismatch_cnt), "faults", lq_json_count(stat.fault_cnt),
                     "accounts", accounts);
}

/* ---- accounts */

static json_t *leg_json(const lq_positions_t *p, uint32_t account, size_t i)
{
    static const char *const sides[] = {"idle", "collateral", "debt"};
    lq_leg_view_t leg = lq_positions_leg(p, account, i);
    lq_u256_t scaled = lq_u256_from_halves(0, leg.scaled);
    return json_pack("{s:s, s:o, s:o, s:i, s:o, s:o, s:i}", "side", sides[leg.side], "token",
                     lq_json_address(&leg.token), "symbol", lq_json_text(leg.symbol), "decimals",
                     (int)leg.decimals, "amount",
                     leg.known ? lq_json_u256(&leg.amount) : json_null(), "scaled",
                     lq_json_u256(&scaled), "category", (int)leg.category);
}

static json_t *legs_json(const lq_positions_t *p, uint32_t account)
{
    json_t *out = json_array();
    size_t cnt = lq_ledger_legs(lq_sync_ledger(p->state->sync), account).cnt;
    bool ok = true;
    for (size_t i = 0; i < cnt; i++)
        ok &= lq_json_append(out, leg_json(p, account, i));
    return lq_json_keep_if(out, ok);
}

static const char *trigger_str(lq_trigger_kind_t kind)
{
    switch (kind) {
    case LQ_TRIGGER_NEVER:
        return "never";
    case LQ_TRIGGER_NOW:
        return "now";
    case LQ_TRIGGER_BELOW:
        return "below";
    case LQ_TRIGGER_ABOVE:
        return "above";
    case LQ_TRIGGER_UNKNOWN:
        return "unknown";
    }
    LQ_BUG("a trigger is %d", (int)kind);
}

static json_t *trigger_json(const lq_positions_t *p, const lq_trigger_t *t)
{
    const lq_feed_t *feed = lq_oracles_feed(lq_sync_oracles(p->state->sync), t->feed);
    bool at = t->kind == LQ_TRIGGER_BELOW || t->kind == LQ_TRIGGER_ABOVE;
    int64_t bps;
    json_t *distance = at && lq_positions_distance(&bps, &t->answer, &feed->answer)
                           ? json_integer(bps)
                           : json_null();
    return json_pack("{s:o, s:s, s:o, s:i, s:o, s:o}", "feed", lq_json_address(&feed->source),
                     "kind", trigger_str(t->kind), "answer",
                     at ? lq_json_i256(&t->answer) : json_null(), "decimals", (int)feed->decimals,
                     "now", lq_json_i256(&feed->answer), "distance_bps", distance);
}

static json_t *triggers_json(const lq_positions_t *p, const lq_positions_outlook_t *o)
{
    json_t *out = json_array();
    bool ok = true;
    for (size_t i = 0; i < o->trigger_cnt; i++)
        ok &= lq_json_append(out, trigger_json(p, &o->triggers[i]));
    return lq_json_keep_if(out, ok);
}

/* What liquidating earns: "now", or at the answer of "trigger"; "why" nothing would be sent. */
static json_t *profit_json(const lq_positions_t *p, const lq_positions_profit_t *profit)
{
    const char *at = profit->is_now ? "now" : profit->where ? "trigger" : "";
    return json_pack("{s:o, s:o, s:i, s:o, s:o}", "at", lq_json_text(at), "net_usd",
                     profit->has_net ? lq_json_i256(&profit->net_usd) : json_null(), "decimals",
                     LQ_VALUE_DECIMALS, "why", lq_json_text(profit->why ? profit->why : ""),
                     "trigger", profit->where ? trigger_json(p, profit->where) : json_null());
}

static json_t *gas_json(const lq_report_terms_t *terms)
{
    const lq_gas_price_t *gas = &terms->gas_price;
    lq_u256_t price = lq_u256_add_wrap(&gas->base_fee_wei.raw, &gas->tip_wei.raw);
    return json_pack("{s:o, s:s}", "price_wei", lq_json_u256(&price), "from",
                     lq_report_gas_str(terms->gas));
}

/* The isolated market that ACCOUNT is in, null where there are none. */
static json_t *pool_json(const lq_positions_t *p, uint32_t account)
{
    const lq_ledger_t *ledger = lq_sync_ledger(p->state->sync);
    lq_ledger_pool_t pool = lq_ledger_pool(ledger, lq_ledger_account(ledger, account).pool);
    const lq_adapter_t *adapter = lq_sync_instance(p->state->sync, pool.instance)->adapter;
    lq_hash_t id;
    if (!adapter->pool_id ||
        !adapter->pool_id(lq_sync_self(p->state->sync, pool.instance), pool.local, &id))
        return json_null();
    return lq_json_hash(&id);
}

static json_t *value_json(const lq_u256_t *v, const lq_value_unit_t *unit)
{
    return json_pack("{s:o, s:i, s:o}", "amount", lq_json_u256(v), "decimals", (int)unit->decimals,
                     "unit", lq_json_text(unit->text));
}

static json_t *position_json(const lq_positions_t *p, size_t i)
{
    uint32_t account = p->rows[i].account;
    const lq_book_t *book = lq_sync_book(p->state->sync);
    lq_account_t about = lq_ledger_account(lq_sync_ledger(p->state->sync), account);
    lq_health_t health = lq_positions_health(p, account);
    lq_value_unit_t unit = lq_positions_unit(p, account);
    lq_positions_outlook_t outlook;
    lq_positions_outlook(&outlook, p, account);
    uint64_t sec = outlook.interest_sec;
    return json_pack(
        "{s:o, s:s, s:o, s:o, s:o, s:s, s:b, s:i, s:o, s:o, s:s, s:i, s:o, s:o, s:o, s:o}", "rank",
        lq_json_count(i + 1), "market", name_of(p, lq_positions_instance(p, account)), "id",
        pool_json(p, account), "account", lq_json_address(&about.owner), "health_factor_wad",
        lq_json_u256(&health.factor_wad), "verdict", lq_health_verdict_str(health.verdict),
        "blocked", (int)health.blocked, "threshold_bps", (int)health.threshold_bps, "collateral",
        value_json(&health.collateral_value, &unit), "debt", value_json(&health.debt_value, &unit),
        "tier", lq_tier_str(lq_book_tier(book, account)), "category", (int)about.category, "legs",
        legs_json(p, account), "triggers", triggers_json(p, &outlook), "interest_sec",
        sec == UINT64_MAX ? json_null() : lq_json_count(sec), "profit",
        profit_json(p, &outlook.profit));
}

static json_t *apart_json(const lq_positions_t *p, uint32_t account)
{
    lq_account_t about = lq_ledger_account(lq_sync_ledger(p->state->sync), account);
    return json_pack("{s:s, s:o, s:o, s:s}", "market",
                     name_of(p, lq_positions_instance(p, account)), "id", pool_json(p, account),
                     "account", lq_json_address(&about.owner), "why", lq_positions_why(p, account));
}

/* ---- feeds and tokens */

static json_t *feed_json(const lq_positions_t *p, uint32_t i)
{
    const lq_feed_t *feed = lq_oracles_feed(lq_sync_oracles(p->state->sync), i);
    char name[LQ_FEED_NAME_SZ];
    uint64_t age = p->block_sec > feed->updated_sec ? p->block_sec - feed->updated_sec : 0;
    return json_pack("{s:s, s:o, s:o, s:i, s:o, s:o, s:o, s:s}", "name",
                     lq_positions_feed_name(name, p, &feed->source), "source",
                     lq_json_address(&feed->source), "answer", lq_json_i256(&feed->answer),
                     "decimals", (int)feed->decimals, "updated", lq_json_count(feed->updated_sec),
                     "age_sec", lq_json_count(age), "heartbeat_sec",
                     lq_json_count(feed->heartbeat_sec), "state", lq_feed_outcome_str(feed->mark));
}

static json_t *gap_json(const lq_positions_t *p, const lq_positions_gap_t *gap)
{
    lq_oracle_t oracle = lq_oracles_get(lq_sync_oracles(p->state->sync), gap->oracle);
    return json_pack("{s:s, s:o, s:I, s:I}", "market", name_of(p, gap->instance), "oracle",
                     lq_json_address(&oracle.source), "gap_bps", (json_int_t)gap->gap.gap_bps,
                     "lag_sec", (json_int_t)gap->gap.lag_sec);
}

static json_t *token_json(const lq_positions_t *p, uint32_t i)
{
    const lq_oracles_t *oracles = lq_sync_oracles(p->state->sync);
    const lq_token_t *token = lq_oracles_token(oracles, i);
    lq_value_limits_t limits = lq_state_limits(p->state->config);
    lq_value_t value = {0};
    lq_value_verdict_t verdict = lq_oracles_value(oracles, &value, i, &limits);
    lq_positions_gap_t gaps[LQ_SYNC_INSTANCE_MAX];
    size_t gap_cnt = lq_positions_gaps(gaps, p, i);
    json_t *list = json_array();
    bool ok = true;
    for (size_t k = 0; k < gap_cnt; k++)
        ok &= lq_json_append(list, gap_json(p, &gaps[k]));
    return json_pack(
        "{s:o, s:o, s:s, s:o, s:i, s:o, s:o, s:o}", "token", lq_json_address(&token->address),
        "symbol", lq_json_text(token->symbol), "state", lq_value_verdict_str(verdict), "price",
        verdict == LQ_VALUE_NONE ? json_null() : lq_json_u256(&value.price_wad), "decimals",
        LQ_VALUE_DECIMALS, "sources", lq_json_count(value.source_cnt), "outliers",
        lq_json_count(value.outlier_cnt), "gaps", lq_json_keep_if(list, ok));
}

json_t *lq_positions_json(const lq_positions_t *p, uint64_t clock_sec)
{
    const lq_oracles_t *oracles = lq_sync_oracles(p->state->sync);
    json_t *markets = json_array();
    json_t *positions = json_array();
    json_t *apart = json_array();
    json_t *feeds = json_array();
    json_t *tokens = json_array();
    bool ok = true;
    for (uint32_t i = 0; i < p->state->instance_cnt; i++)
        ok &= lq_json_append(markets, market_json(p, i));
    for (size_t i = 0; i < p->row_cnt; i++)
        ok &= lq_json_append(positions, position_json(p, i));
    for (size_t i = 0; i < p->apart_cnt; i++)
        ok &= lq_json_append(apart, apart_json(p, p->apart[i]));
    for (uint32_t i = 0; i < lq_oracles_feed_cnt(oracles); i++)
        ok &= lq_json_append(feeds, feed_json(p, i));
    for (uint32_t i = 0; i < lq_oracles_token_cnt(oracles); i++)
        ok &= lq_json_append(tokens, token_json(p, i));
    uint64_t age = clock_sec > p->block_sec ? clock_sec - p->block_sec : 0;
    json_t *block = json_pack("{s:o, s:o, s:o, s:o}", "number", lq_json_count(p->block.number),
                              "hash", lq_json_hash(&p->block.hash), "timestamp",
                              lq_json_count(p->block_sec), "age_sec", lq_json_count(age));
    json_t *root = json_pack("{s:s, s:o, s:o, s:o, s:b, s:o, s:o, s:o, s:o, s:o, s:o, s:o}",
                             "chain", p->state->config->chain_name, "chain_id",
                             lq_json_count(p->state->config->chain_id), "block", block, "gas",
                             gas_json(&p->terms), "whole_funds", (int)p->terms.whole_funds,
                             "markets", markets, "positions", positions, "position_cnt",
                             lq_json_count(p->match_cnt), "apart", apart, "apart_cnt",
                             lq_json_count(p->apart_all_cnt), "feeds", feeds, "tokens", tokens);
    return lq_json_keep_if(root, ok);
}
