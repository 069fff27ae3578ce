/* The ground of moves that a state gives. */

#include <stdlib.h>
#include <string.h>

#include "moves.h"

static bool same(const lq_address_t *a, const lq_address_t *b)
{
    return memcmp(a, b, sizeof(*a)) == 0;
}

/* ---- names */

static void add_token(lq_moves_world_t *w, const lq_address_t *token, const char *symbol)
{
    for (size_t i = 0; i < w->ground.token_cnt; i++) {
        lq_symbol_t *at = &w->tokens[i];
        if (!same(&at->token, token))
            continue;
        if (!at->text[0])
            (void)snprintf(at->text, sizeof(at->text), "%s", symbol);
        return;
    }
    lq_symbol_t *at = &w->tokens[w->ground.token_cnt++];
    at->token = *token;
    (void)snprintf(at->text, sizeof(at->text), "%s", symbol);
}

static void add_tokens(lq_moves_world_t *w, const lq_state_t *state, const lq_symbol_t *symbols,
                       size_t symbol_cnt)
{
    const lq_oracles_t *o = lq_sync_oracles(state->sync);
    size_t factor_cnt = lq_ledger_factor_cnt(lq_sync_ledger(state->sync));
    for (uint32_t i = 0; i < lq_oracles_token_cnt(o); i++)
        add_token(w, &lq_oracles_token(o, i)->address, lq_oracles_token(o, i)->symbol);
    for (size_t i = 0; i < factor_cnt; i++) {
        uint8_t decimals;
        lq_address_t token = lq_state_token(state, (uint16_t)i, &decimals);
        add_token(w, &token, "");
    }
    for (size_t i = 0; i < symbol_cnt; i++)
        add_token(w, &symbols[i].token, symbols[i].text);
}

static void add_feeds(lq_moves_world_t *w, const lq_config_t *config)
{
    for (size_t i = 0; i < config->feed_cnt; i++)
        w->feeds[w->ground.feed_cnt++] =
            (lq_moves_feed_t){config->feeds[i].name, lq_config_address(config->feeds[i].address)};
}

/* ---- prices */

static void add_pricing(lq_moves_world_t *w, const lq_pricing_t *p)
{
    for (size_t i = 0; i < w->ground.pricing_cnt; i++) {
        const lq_pricing_t *at = &w->pricings[i];
        if (same(&at->token, &p->token) && at->oracle == p->oracle && at->instance == p->instance &&
            at->quote == p->quote && same(&at->unit, &p->unit))
            return;
    }
    w->pricings[w->ground.pricing_cnt++] = *p;
}

static uint32_t oracle_of(const lq_state_t *state, uint32_t instance, uint16_t factor)
{
    const lq_adapter_t *adapter = lq_sync_instance(state->sync, instance)->adapter;
    uint32_t own = adapter->factor_oracle
                       ? adapter->factor_oracle(lq_sync_self(state->sync, instance), factor)
                       : LQ_LEDGER_NONE;
    return own == LQ_LEDGER_NONE ? LQ_LEDGER_NONE
                                 : lq_book_oracle(lq_sync_book(state->sync), instance, own);
}

/* What FACTOR's market lends or takes is priced by its collateral's oracle alone. */
static void add_isolated(lq_moves_world_t *w, const lq_state_t *state, uint32_t instance,
                         uint16_t unit)
{
    const lq_ledger_t *ledger = lq_sync_ledger(state->sync);
    uint32_t pool = lq_ledger_factor(ledger, unit)->pool;
    size_t cnt = lq_ledger_factor_cnt(ledger);
    uint8_t decimals;
    lq_address_t lent = lq_state_token(state, unit, &decimals);
    for (size_t i = 0; i < cnt; i++) {
        uint32_t oracle;
        if (lq_ledger_factor(ledger, (uint16_t)i)->pool != pool || i == unit ||
            (oracle = oracle_of(state, instance, (uint16_t)i)) == LQ_LEDGER_NONE)
            continue;
        lq_pricing_t p = {.token = lq_state_token(state, (uint16_t)i, &decimals),
                          .oracle = oracle,
                          .instance = instance,
                          .unit = lent};
        add_pricing(w, &p);
        p = (lq_pricing_t){.token = lent, .oracle = oracle, .instance = instance, .quote = true};
        add_pricing(w, &p);
    }
}

static void add_market_pricings(lq_moves_world_t *w, const lq_state_t *state)
{
    const lq_ledger_t *ledger = lq_sync_ledger(state->sync);
    size_t cnt = lq_ledger_factor_cnt(ledger);
    for (size_t i = 0; i < cnt; i++) {
        uint16_t factor = (uint16_t)i;
        uint32_t instance = lq_ledger_pool(ledger, lq_ledger_factor(ledger, factor)->pool).instance;
        const lq_adapter_t *adapter = lq_sync_instance(state->sync, instance)->adapter;
        uint8_t decimals;
        if (adapter->pool_id) {
            if (lq_ledger_factor(ledger, factor)->side == LQ_SIDE_DEBT)
                add_isolated(w, state, instance, factor);
            continue;
        }
        lq_pricing_t p = {.token = lq_state_token(state, factor, &decimals),
                          .oracle = oracle_of(state, instance, factor),
                          .instance = instance};
        add_pricing(w, &p);
    }
}

static void add_source(lq_moves_world_t *w, const lq_oracles_t *o, const lq_address_t *token,
                       const lq_address_t *source)
{
    for (uint32_t i = 0; i < lq_oracles_cnt(o); i++) {
        lq_oracle_t oracle = lq_oracles_get(o, i);
        if (oracle.view != LQ_ORACLE_VIEW_ANSWER || !same(&oracle.source, source))
            continue;
        lq_pricing_t p = {.token = *token, .oracle = i, .instance = LQ_PRICING_OURS};
        add_pricing(w, &p);
        return;
    }
}

static void add_own_pricings(lq_moves_world_t *w, const lq_state_t *state)
{
    const lq_config_t *config = state->config;
    for (size_t i = 0; i < config->token_cnt; i++) {
        lq_address_t token = lq_config_address(config->tokens[i].address);
        const char *at = config->tokens[i].sources;
        size_t sz;
        for (const char *word; (word = lq_config_word(&sz, &at));) {
            char text[64];
            (void)snprintf(text, sizeof(text), "%.*s", (int)sz, word);
            lq_address_t source = lq_config_address(text);
            add_source(w, lq_sync_oracles(state->sync), &token, &source);
        }
    }
}

lq_err_t lq_moves_world_open(lq_moves_world_t *out, const lq_state_t *state,
                             const lq_symbol_t *symbols, size_t symbol_cnt)
{
    const lq_oracles_t *o = lq_sync_oracles(state->sync);
    size_t factor_cnt = lq_ledger_factor_cnt(lq_sync_ledger(state->sync));
    size_t source_max = (size_t)LQ_CONFIG_TOKEN_MAX * LQ_VALUE_SOURCE_MAX;
    memset(out, 0, sizeof(*out));
    out->tokens =
        calloc(lq_oracles_token_cnt(o) + factor_cnt + symbol_cnt + 1, sizeof(*out->tokens));
    /* an isolated market has one collateral and one debt, and two prices */
    out->pricings = calloc(2 * factor_cnt + source_max + 1, sizeof(*out->pricings));
    out->feeds = calloc(state->config->feed_cnt + 1, sizeof(*out->feeds));
    out->ground.oracles = o;
    out->ground.tokens = out->tokens;
    out->ground.pricings = out->pricings;
    out->ground.feeds = out->feeds;
    if (!out->tokens || !out->pricings || !out->feeds)
        return LQ_ERR_NOMEM;
    add_tokens(out, state, symbols, symbol_cnt);
    add_feeds(out, state->config);
    add_market_pricings(out, state);
    add_own_pricings(out, state);
    return LQ_OK;
}

void lq_moves_world_close(lq_moves_world_t *w)
{
    free(w->tokens);
    free(w->pricings);
    free(w->feeds);
    memset(w, 0, sizeof(*w));
}
