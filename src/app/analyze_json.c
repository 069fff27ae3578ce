/* `liqd analyze --json`: numbers in base units as decimal strings; dollars are wads. */

#include <string.h>

#include "analyze.h"
#include "json_value.h"
#include "liqd/codec/hex.h"
#include "liqd/keys/address.h"

#define CALL_SZ 1024u /* bytes of the protocol's call */

static bool is_wanted(const lq_analyze_t *a, uint32_t instance)
{
    return a->query.instance == UINT32_MAX || a->query.instance == instance;
}

static json_t *usd_json(const lq_usd_t *v)
{
    return lq_json_u256(&v->raw);
}

static json_t *token_json(const lq_analyze_t *a, const lq_address_t *token)
{
    char name[LQ_ANALYZE_NAME_SZ];
    char address[LQ_ANALYZE_NAME_SZ];
    lq_address_print(address, token);
    (void)lq_analyze_token(a, name, token);
    return json_pack("{s:s, s:o}", "token", address, "symbol",
                     strcmp(name, address) == 0 ? json_null() : json_string(name));
}

/* AMOUNT of the token of FACTOR. */
static json_t *amount_json(const lq_analyze_t *a, uint16_t factor, const lq_u256_t *amount)
{
    uint8_t decimals;
    lq_address_t token = lq_state_token(a->state, factor, &decimals);
    json_t *out = token_json(a, &token);
    bool ok = json_object_set_new(out, "decimals", json_integer(decimals)) == 0;
    ok &= json_object_set_new(out, "amount", lq_json_u256(amount)) == 0;
    return lq_json_keep_if(out, ok);
}

/* What a unit of gas costs in all. */
static json_t *gas_json(const lq_gas_price_t *gas)
{
    lq_u256_t price = lq_u256_add_wrap(&gas->base_fee_wei.raw, &gas->tip_wei.raw);
    return lq_json_u256(&price);
}

/* ---- sums */

static bool set_sum(json_t *out, const lq_analysis_sum_t *sum)
{
    json_t *more = json_pack(
        "{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:b}",
        "liquidatable", lq_json_count(sum->liquidatable_cnt), "collateral_usd_wad",
        usd_json(&sum->collateral_usd), "debt_usd_wad", usd_json(&sum->debt_usd),
        "bad_debt_usd_wad", usd_json(&sum->bad_debt_usd), "bad_debt",
        lq_json_count(sum->bad_debt_cnt), "taken", lq_json_count(sum->taken_cnt), "repaid_usd_wad",
        usd_json(&sum->repaid_usd), "seized_usd_wad", usd_json(&sum->seized_usd), "gross_usd_wad",
        lq_json_i256(&sum->gross_usd), "swap_usd_wad", usd_json(&sum->swap_usd),
        "flash_fee_usd_wad", usd_json(&sum->flash_fee_usd), "gas_usd_wad", usd_json(&sum->gas_usd),
        "bid_usd_wad", usd_json(&sum->bid_usd), "net_usd_wad", lq_json_i256(&sum->net_usd),
        "unpriced", lq_json_count(sum->unpriced_cnt), "saturated", (int)sum->saturated);
    bool ok = more && json_object_update(out, more) == 0;
    json_decref(more);
    return ok;
}

/* What earns and what does not, by reason. */
static json_t *reasons_json(const lq_analysis_sum_t *sum)
{
    static const lq_analyze_why_t whys[LQ_SIZING_CNT] = {
        [LQ_SIZING_PLAN] = LQ_ANALYZE_BELOW_MINIMUM,
        [LQ_SIZING_BLOCKED] = LQ_ANALYZE_BLOCKED,
        [LQ_SIZING_NO_PRICE] = LQ_ANALYZE_NO_PRICE,
        [LQ_SIZING_NO_ROUTE] = LQ_ANALYZE_NO_ROUTE,
        [LQ_SIZING_NO_FUNDS] = LQ_ANALYZE_NO_FUNDS,
        [LQ_SIZING_UNPROFITABLE] = LQ_ANALYZE_UNPROFITABLE,
    };
    uint64_t cnts[LQ_ANALYZE_WHY_CNT] = {0};
    json_t *out = json_object();
    bool ok = out != NULL;
    for (size_t i = 0; i < LQ_SIZING_CNT; i++)
        cnts[whys[i]] = sum->sizing_cnt[i];
    cnts[LQ_ANALYZE_TAKEN] = sum->taken_cnt;
    cnts[LQ_ANALYZE_BELOW_MINIMUM] -= sum->taken_cnt;
    cnts[LQ_ANALYZE_DUST] = sum->dust_cnt;
    cnts[LQ_ANALYZE_UNPROFITABLE] -= sum->dust_cnt;
    for (unsigned i = 0; i < LQ_ANALYZE_WHY_CNT; i++)
        ok &= json_object_set_new(out, lq_analyze_why_name((lq_analyze_why_t)i),
                                  lq_json_count(cnts[i])) == 0;
    return lq_json_keep_if(out, ok);
}

static json_t *together_json(bool has, uint64_t cnt, const lq_i256_t *usd)
{
    if (!has)
        return json_null();
    return json_pack("{s:o, s:o}", "taken", lq_json_count(cnt), "net_usd_wad", lq_json_i256(usd));
}

static json_t *point_json(const lq_analyze_t *a, const lq_analysis_point_t *point)
{
    const lq_analysis_sum_t *sum = lq_analyze_sum(a, point);
    json_t *out = json_object();
    json_t *markets = json_array();
    bool ok = out && set_sum(out, sum);
    for (uint32_t i = 0; ok && i < a->state->instance_cnt; i++) {
        if (!is_wanted(a, i))
            continue;
        json_t *market = json_pack("{s:s, s:o}", "market", lq_analyze_market(a, i), "reasons",
                                   reasons_json(&point->instances[i]));
        ok = market && set_sum(market, &point->instances[i]);
        ok &= lq_json_append(markets, market);
    }
    ok = ok && json_object_set_new(out, "reasons", reasons_json(sum)) == 0;
    ok = ok && json_object_set_new(out, "together",
                                   together_json(point->has_together, point->together_cnt,
                                                 &point->together_usd)) == 0;
    ok = ok && json_object_set(out, "markets", markets) == 0;
    json_decref(markets);
    return lq_json_keep_if(out, ok);
}

/* ---- shocks and grids */

static json_t *assets_json(const lq_shock_assets_t *assets)
{
    json_t *out = json_array();
    bool ok = out != NULL;
    for (size_t i = 0; i < assets->name_cnt; i++)
        ok &= lq_json_append(out, json_string(assets->names[i]));
    return lq_json_keep_if(out, ok);
}

static json_t *feeds_json(const lq_analyze_t *a, const lq_moves_t *moves)
{
    json_t *out = json_array();
    bool ok = out != NULL;
    for (size_t i = 0; i < moves->feed_cnt; i++) {
        char name[LQ_ANALYZE_NAME_SZ];
        const lq_feed_t *feed = lq_oracles_feed(a->world.ground.oracles, moves->feeds[i]);
        ok &= lq_json_append(out, json_pack("{s:s, s:o, s:o, s:i}", "name",
                                            lq_analyze_feed(a, name, moves->feeds[i]), "source",
                                            lq_json_address(&feed->source), "answer",
                                            lq_json_i256(&feed->answer), "decimals",
                                            (int)feed->decimals));
    }
    return lq_json_keep_if(out, ok);
}

static json_t *stays_json(const lq_analyze_t *a, const lq_moves_t *moves)
{
    json_t *out = json_array();
    bool ok = out != NULL;
    for (size_t i = 0; i < moves->stay_cnt; i++) {
        const lq_moves_stay_t *stay = &moves->stays[i];
        json_t *one = token_json(a, &stay->token);
        ok &= one &&
              json_object_set_new(one, "market",
                                  stay->instance == LQ_PRICING_OURS
                                      ? json_null()
                                      : json_string(lq_analyze_market(a, stay->instance))) == 0;
        ok = ok && json_object_set_new(one, "why", json_string(lq_moves_why_str(stay->why))) == 0;
        ok = ok && json_object_set_new(one, "oracles", lq_json_count(stay->cnt)) == 0;
        ok &= lq_json_append(out, one);
    }
    return lq_json_keep_if(out, ok);
}

static json_t *shocks_json(const lq_analyze_t *a)
{
    json_t *out = json_array();
    bool ok = out != NULL;
    for (size_t i = 0; i < a->query.shock_cnt; i++)
        ok &= lq_json_append(out, json_pack("{s:o, s:i, s:o, s:o}", "assets",
                                            assets_json(&a->query.shocks[i].assets), "change_ppm",
                                            (int)a->query.shocks[i].change, "moves",
                                            feeds_json(a, &a->shock_moves[i]), "stays",
                                            stays_json(a, &a->shock_moves[i])));
    return lq_json_keep_if(out, ok);
}

static json_t *odds_json(const lq_analyze_t *a)
{
    json_t *out = json_array();
    bool ok = out != NULL;
    for (size_t i = 0; i < a->odd_cnt; i++) {
        const lq_moves_odd_t *odd = &a->odds[i];
        json_t *one = token_json(a, &odd->token);
        ok &=
            one && json_object_set_new(one, "market",
                                       odd->instance == LQ_PRICING_OURS
                                           ? json_null()
                                           : json_string(lq_analyze_market(a, odd->instance))) == 0;
        ok = ok && json_object_set_new(one, "change_ppm", json_integer(odd->change)) == 0;
        ok &= lq_json_append(out, one);
    }
    return lq_json_keep_if(out, ok);
}

static json_t *axes_json(const lq_analyze_t *a)
{
    json_t *out = json_array();
    bool ok = out != NULL;
    for (size_t i = 0; i < a->query.axis_cnt; i++) {
        const lq_shock_range_t *range = &a->query.axes[i];
        ok &= lq_json_append(
            out, json_pack("{s:o, s:i, s:i, s:i, s:o, s:o}", "assets", assets_json(&range->assets),
                           "from_ppm", (int)range->from, "to_ppm", (int)range->to, "step_ppm",
                           (int)range->step, "moves", feeds_json(a, &a->axis_moves[i]), "stays",
                           stays_json(a, &a->axis_moves[i])));
    }
    return lq_json_keep_if(out, ok);
}

static json_t *grid_point_json(const lq_analyze_t *a, const lq_analyze_point_t *point)
{
    json_t *changes = json_array();
    bool ok = changes != NULL;
    for (size_t i = 0; i < a->query.axis_cnt; i++)
        ok &= lq_json_append(changes, json_integer(point->changes[i]));
    json_t *out =
        json_pack("{s:o, s:o, s:o}", "changes_ppm", changes, "together",
                  together_json(a->query.together, point->together_cnt, &point->together_usd),
                  "reasons", reasons_json(&point->sum));
    return lq_json_keep_if(out, ok && out && set_sum(out, &point->sum));
}

static json_t *grid_json(const lq_analyze_t *a)
{
    json_t *points = json_array();
    bool ok = points != NULL;
    if (!a->query.axis_cnt) {
        json_decref(points);
        return json_null();
    }
    for (size_t i = 0; i < a->point_cnt; i++)
        ok &= lq_json_append(points, grid_point_json(a, &a->points[i]));
    json_t *out = json_pack("{s:o, s:o}", "axes", axes_json(a), "points", points);
    return lq_json_keep_if(out, ok);
}

/* ---- accounts */

static json_t *profit_json(const lq_profit_t *p)
{
    return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "seized_usd_wad",
                     usd_json(&p->seized_usd), "repaid_usd_wad", usd_json(&p->repaid_usd),
                     "swap_usd_wad", usd_json(&p->swap_usd), "flash_fee_usd_wad",
                     usd_json(&p->flash_fee_usd), "gas_usd_wad", usd_json(&p->gas_usd),
                     "bid_usd_wad", usd_json(&p->bid_usd), "gas_wei", lq_json_u256(&p->gas_wei.raw),
                     "bid_wei", lq_json_u256(&p->bid_wei.raw), "net_usd_wad",
                     lq_json_i256(&p->net_usd), "net_wei", lq_json_i256(&p->net_wei));
}

static json_t *call_json(const lq_analyze_t *a, uint32_t account, const lq_plan_step_t *step)
{
    uint8_t data[CALL_SZ];
    char input[2 + 2 * CALL_SZ + 1] = "0x";
    lq_read_call_t call;
    lq_calls_t calls = {.calls = &call, .call_max = 1, .data = data, .data_max = sizeof(data)};
    const lq_ledger_t *ledger = lq_sync_ledger(a->state->sync);
    uint32_t instance = lq_ledger_pool(ledger, lq_ledger_account(ledger, account).pool).instance;
    if (lq_sync_instance(a->state->sync, instance)
            ->adapter->encode_call(lq_sync_self(a->state->sync, instance), &calls, account,
                                   &step->call, &step->outcome))
        return json_null();
    lq_hex_encode(input + 2, call.input, call.input_sz);
    input[2 + 2 * call.input_sz] = '\0';
    return json_pack("{s:o, s:s}", "to", lq_json_address(&call.to), "input", input);
}

static json_t *steps_json(const lq_analyze_t *a, const lq_analyze_account_t *row)
{
    lq_plan_t plan;
    json_t *out = json_array();
    bool ok = out != NULL;
    if (!row->taken || lq_engine_size(a->state->engine, &plan, row->account) != LQ_SIZING_PLAN)
        return out;
    for (size_t i = 0; i < plan.step_cnt; i++) {
        const lq_plan_step_t *s = &plan.steps[i];
        ok &= lq_json_append(
            out, json_pack("{s:o, s:o, s:o}", "repays",
                           amount_json(a, s->call.pair.debt, &s->outcome.repaid), "seizes",
                           amount_json(a, s->call.pair.collateral, &s->outcome.seized), "call",
                           call_json(a, row->account, s)));
    }
    return lq_json_keep_if(out, ok);
}

/* The isolated market that ACCOUNT is in, null where there are none. */
static json_t *id_json(const lq_analyze_t *a, uint32_t account)
{
    const lq_ledger_t *ledger = lq_sync_ledger(a->state->sync);
    lq_ledger_pool_t pool = lq_ledger_pool(ledger, lq_ledger_account(ledger, account).pool);
    const lq_adapter_t *adapter = lq_sync_instance(a->state->sync, pool.instance)->adapter;
    lq_hash_t id;
    if (!adapter->pool_id ||
        !adapter->pool_id(lq_sync_self(a->state->sync, pool.instance), pool.local, &id))
        return json_null();
    return lq_json_hash(&id);
}

static json_t *owner_json(const lq_analyze_t *a, uint32_t account)
{
    lq_account_t about = lq_ledger_account(lq_sync_ledger(a->state->sync), account);
    return lq_json_address(&about.owner);
}

static json_t *account_json(const lq_analyze_t *a, size_t i)
{
    const lq_analyze_account_t *row = &a->accounts[i];
    return json_pack(
        "{s:o, s:s, s:o, s:o, s:o, s:o, s:o, s:s, s:o, s:o}", "rank", lq_json_count(i + 1),
        "market", lq_analyze_market(a, row->instance), "id", id_json(a, row->account), "account",
        owner_json(a, row->account), "health_factor_wad", lq_json_u256(&row->factor_wad),
        "collateral_usd_wad", usd_json(&row->collateral_usd), "debt_usd_wad",
        usd_json(&row->debt_usd), "reason", lq_analyze_why_name(lq_analyze_why(row)), "profit",
        row->has_profit ? profit_json(&row->profit) : json_null(), "steps", steps_json(a, row));
}

static json_t *accounts_json(const lq_analyze_t *a)
{
    json_t *out = json_array();
    bool ok = out != NULL;
    lq_analyze_see(a, true);
    for (size_t i = 0; i < lq_analyze_shown(a); i++)
        ok &= lq_json_append(out, account_json(a, i));
    lq_analyze_see(a, false);
    return lq_json_keep_if(out, ok);
}

/* ---- sensitivity and break-even */

static json_t *sense_json(const lq_analyze_sense_t *s)
{
    static const char *const names[LQ_ANALYZE_LEVER_CNT] = {"gas_price", "bonus_bps",
                                                            "close_factor_bps", "slippage_bps"};
    bool gas = s->lever == LQ_ANALYZE_GAS;
    json_t *times = gas && s->value ? json_real((double)s->value / 10) : json_null();
    return json_pack("{s:s, s:o, s:o, s:o, s:o}", "of", names[s->lever], "value",
                     gas ? lq_json_u256(&s->gas_wei.raw) : json_integer(s->value), "times", times,
                     "taken", lq_json_count(s->taken_cnt), "net_usd_wad",
                     lq_json_i256(&s->net_usd));
}

static json_t *senses_json(const lq_analyze_t *a)
{
    json_t *out = json_array();
    bool ok = out != NULL;
    for (size_t i = 0; i < a->sense_cnt; i++)
        ok &= lq_json_append(out, sense_json(&a->senses[i]));
    return lq_json_keep_if(out, ok);
}

static json_t *break_even_json(const lq_analyze_t *a, const lq_analyze_pair_t *pair, size_t i)
{
    const lq_analysis_break_even_t *at = &pair->at[i];
    const char *state = !at->err                      ? "found"
                        : at->err == LQ_ERR_NOT_FOUND ? "never"
                                                      : "no_price_or_route";
    return json_pack("{s:o, s:s, s:o, s:o}", "gas_price_wei", gas_json(&a->gases[i]), "state",
                     state, "repaid",
                     at->err ? json_null() : amount_json(a, at->pair.debt, &at->repaid), "profit",
                     at->err ? json_null() : profit_json(&at->profit));
}

static json_t *factor_json(const lq_analyze_t *a, uint16_t factor)
{
    uint8_t decimals;
    lq_address_t token = lq_state_token(a->state, factor, &decimals);
    return token_json(a, &token);
}

static json_t *pair_json(const lq_analyze_t *a, const lq_analyze_pair_t *pair)
{
    const lq_analysis_break_even_t *row = &pair->at[0];
    json_t *list = json_array();
    bool ok = list != NULL;
    for (size_t i = 0; i < a->gas_cnt; i++)
        ok &= lq_json_append(list, break_even_json(a, pair, i));
    json_t *out = json_pack(
        "{s:s, s:o, s:o, s:o, s:o, s:o, s:o}", "market", lq_analyze_market(a, row->instance),
        "collateral", factor_json(a, row->pair.collateral), "debt", factor_json(a, row->pair.debt),
        "debt_usd_wad", usd_json(&row->debt_usd), "seized_wad",
        lq_json_u256(&row->incentive.seized_wad), "kept_wad",
        lq_json_u256(&row->incentive.kept_wad), "at", list);
    return lq_json_keep_if(out, ok);
}

static json_t *pairs_json(const lq_analyze_t *a)
{
    json_t *out = json_array();
    bool ok = out != NULL;
    for (size_t i = 0; i < a->pair_cnt; i++)
        ok &= lq_json_append(out, pair_json(a, &a->pairs[i]));
    return lq_json_keep_if(out, ok);
}

/* ---- concentration */

static json_t *side_json(const lq_analyze_t *a, const lq_address_t *tokens, size_t cnt)
{
    json_t *out = json_array();
    bool ok = out != NULL;
    for (size_t i = 0; i < cnt && i < LQ_ANALYSIS_SIDE_MAX; i++)
        ok &= lq_json_append(out, token_json(a, &tokens[i]));
    return lq_json_keep_if(out, ok);
}

static json_t *holders_json(const lq_analyze_t *a)
{
    const lq_analysis_concentration_t *c = &a->concentration;
    json_t *out = json_array();
    bool ok = out != NULL;
    for (size_t i = 0; i < c->holder_cnt; i++) {
        const lq_analysis_holder_t *h = &c->holders[i];
        if (is_wanted(a, h->instance))
            ok &= lq_json_append(
                out, json_pack("{s:s, s:o, s:o, s:o, s:o, s:o}", "market",
                               lq_analyze_market(a, h->instance), "id", id_json(a, h->account),
                               "account", owner_json(a, h->account), "collateral_usd_wad",
                               usd_json(&h->collateral_usd), "debt_usd_wad", usd_json(&h->debt_usd),
                               "health_factor_wad", lq_json_u256(&h->factor_wad)));
    }
    return lq_json_keep_if(out, ok);
}

static json_t *groups_json(const lq_analyze_t *a)
{
    const lq_analysis_concentration_t *c = &a->concentration;
    json_t *out = json_array();
    bool ok = out != NULL;
    for (size_t i = 0; i < c->group_cnt; i++) {
        const lq_analysis_group_t *g = &c->groups[i];
        if (is_wanted(a, g->instance))
            ok &= lq_json_append(
                out, json_pack("{s:s, s:o, s:i, s:i, s:o, s:o, s:o, s:o, s:o}", "market",
                               lq_analyze_market(a, g->instance), "accounts",
                               lq_json_count(g->account_cnt), "collateral_cnt",
                               (int)g->collateral_cnt, "debt_cnt", (int)g->debt_cnt, "collaterals",
                               side_json(a, g->collaterals, g->collateral_cnt), "debts",
                               side_json(a, g->debts, g->debt_cnt), "collateral_usd_wad",
                               usd_json(&g->collateral_usd), "debt_usd_wad", usd_json(&g->debt_usd),
                               "least_health_factor_wad", lq_json_u256(&g->least_factor_wad)));
    }
    return lq_json_keep_if(out, ok);
}

static json_t *concentration_json(const lq_analyze_t *a)
{
    const lq_analysis_concentration_t *c = &a->concentration;
    return json_pack("{s:o, s:o, s:o, s:i, s:i, s:i, s:i, s:o, s:o, s:o, s:b}", "accounts",
                     lq_json_count(c->account_cnt), "collateral_usd_wad",
                     usd_json(&c->collateral_usd), "debt_usd_wad", usd_json(&c->debt_usd),
                     "top_1_bps", (int)c->top_bps[0], "top_10_bps", (int)c->top_bps[1],
                     "top_100_bps", (int)c->top_bps[2], "hhi_bps", (int)c->hhi_bps, "largest",
                     holders_json(a), "groups", groups_json(a), "group_cnt",
                     lq_json_count(c->group_all_cnt), "saturated", (int)c->saturated);
}

json_t *lq_analyze_json(const lq_analyze_t *a, uint64_t clock_sec)
{
    uint64_t age = clock_sec > a->block_sec ? clock_sec - a->block_sec : 0;
    uint32_t market = a->query.instance;
    json_t *block = json_pack("{s:o, s:o, s:o, s:o}", "number", lq_json_count(a->block.number),
                              "hash", lq_json_hash(&a->block.hash), "timestamp",
                              lq_json_count(a->block_sec), "age_sec", lq_json_count(age));
    json_t *accounts = accounts_json(a);
    return json_pack(
        "{s:s, s:o, s:o, s:o, s:i, s:o, s:b, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}",
        "chain", a->state->config->chain_name, "chain_id",
        lq_json_count(a->state->config->chain_id), "block", block, "market",
        market == UINT32_MAX ? json_null() : json_string(lq_analyze_market(a, market)),
        "usd_decimals", 18, "gas",
        json_pack("{s:o, s:s}", "price_wei", gas_json(&a->terms.gas_price), "from",
                  lq_report_gas_str(a->terms.gas)),
        "whole_funds", (int)a->terms.whole_funds, "now", point_json(a, &a->now), "shocks",
        shocks_json(a), "shocked", a->query.shock_cnt ? point_json(a, &a->shocked) : json_null(),
        "odd", odds_json(a), "accounts", accounts, "account_cnt", lq_json_count(a->account_cnt),
        "grid", grid_json(a), "sensitivity", senses_json(a), "break_even", pairs_json(a),
        "concentration", concentration_json(a));
}
