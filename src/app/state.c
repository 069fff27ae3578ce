#include "state.h"

#include <string.h>
#include <sys/random.h>

#include "liqd/base/clock.h"
#include "senders.h"

#define SEC_NS UINT64_C(1000000000)

/* An Aave reserve has factors for each e-mode category and side, of which most are never made. */
#define FACTORS_PER_RESERVE 64u
#define FACTORS_PER_MARKET  3u
#define WINDOW_BLK          64u

static bool is_isolated(const lq_config_market_t *market)
{
    return strcmp(lq_config_protocols[market->protocol], "morpho_blue") == 0;
}

uint64_t lq_state_seed(void)
{
    uint64_t seed;
    if (getrandom(&seed, sizeof(seed), 0) != (ssize_t)sizeof(seed))
        seed = lq_clock_now(lq_clock_system()).mono_ns; /* an old kernel's early start */
    return seed;
}

lq_value_limits_t lq_state_limits(const lq_config_t *config)
{
    return (lq_value_limits_t){.grace_sec = (uint32_t)(config->value_grace_ns / SEC_NS),
                               .deviation_bps = (uint32_t)config->value_deviation_bps};
}

static void init_instance(lq_state_t *state, size_t i, bool decide)
{
    const lq_config_market_t *market = &state->config->markets[i];
    lq_sync_instance_t *instance = &state->instances[i];
    unsigned version;
    size_t id_cnt = 0;
    size_t sz;
    const char *at = market->ids;
    for (const char *word; id_cnt < LQ_STATE_ID_MAX && (word = lq_config_word(&sz, &at));)
        if (lq_config_id(&state->ids[i][id_cnt++], word, sz))
            LQ_BUG("an id was loaded that is none");
    if (lq_config_version(&version, market))
        LQ_BUG("a version was loaded that is none");
    state->markets[i] = (lq_engine_market_t){.off = !decide || !market->liquidate,
                                             .funding = (lq_funding_t)market->funding};
    *instance = (lq_sync_instance_t){
        .adapter = lq_adapter_find(lq_config_protocols[market->protocol]),
        .config = {.contract = lq_config_address(market->address),
                   .version = version,
                   .ids = id_cnt ? state->ids[i] : NULL,
                   .id_cnt = id_cnt,
                   .asset_max = lq_config_assets(market)},
        .name = market->name,
        .from_blk = market->from_blk,
    };
}

static size_t min_sz(size_t a, size_t b)
{
    return a < b ? a : b;
}

static lq_sync_config_t sync_config(const lq_state_t *state, uint64_t seed)
{
    const lq_config_t *config = state->config;
    size_t accounts = config->book_accounts;
    size_t pools = 0;
    size_t factors = 0;
    for (size_t i = 0; i < config->market_cnt; i++) {
        const lq_config_market_t *market = &config->markets[i];
        size_t assets = lq_config_assets(market);
        pools += is_isolated(market) ? assets : 1;
        factors += assets * (is_isolated(market) ? FACTORS_PER_MARKET : FACTORS_PER_RESERVE);
    }
    return (lq_sync_config_t){
        .instances = state->instances,
        .instance_cnt = state->instance_cnt,
        .ledger = {.account_max = accounts,
                   .leg_max = config->book_legs ? config->book_legs : 4 * accounts,
                   .pool_max = pools,
                   .factor_max = min_sz(factors, LQ_LEDGER_FACTOR_MAX)},
        .oracles = {.oracle_max = config->book_oracles,
                    .feed_max = config->book_feeds,
                    .seed = seed},
        .venues = {.pools = state->pools,
                   .pool_cnt = state->pool_cnt,
                   .lenders = state->lenders,
                   .lender_cnt = state->lender_cnt,
                   .tick_max = config->book_ticks},
        .group_max = config->book_groups,
        .margin_bps = (uint32_t)config->book_margin_bps,
        .window_blk = WINDOW_BLK,
        .undo_line_max = config->book_undo_sz / (LQ_UNDO_LINE_SZ + 4),
        .hold_max = config->book_replay_sz,
        .block_sec = config->block_ns < SEC_NS ? 1 : config->block_ns / SEC_NS,
        .audit_per_blk = (uint32_t)config->audit_accounts,
        .audit_risky_per_blk = (uint32_t)config->audit_riskiest,
        .audit_mismatch_max = (uint32_t)config->audit_mismatch_max,
        .recheck_blk = (uint32_t)config->audit_recheck_blk,
        .read_max = LQ_STATE_READ_MAX,
        .read_account_max = LQ_STATE_READ_ACCOUNT_MAX,
        .chain_id = config->chain_id,
        .seed = seed,
    };
}

static lq_err_t name_promises(lq_state_t *state)
{
    const lq_config_t *config = state->config;
    for (size_t i = 0; i < config->feed_cnt; i++) {
        const lq_config_feed_t *feed = &config->feeds[i];
        lq_feed_promise_t promise = {lq_config_address(feed->address),
                                     (uint32_t)(feed->heartbeat_ns / SEC_NS),
                                     (uint32_t)feed->deviation_bps};
        lq_err_t err = lq_oracles_promise(lq_sync_oracles(state->sync), &promise);
        if (err)
            return err;
    }
    return LQ_OK;
}

static lq_err_t name_token(lq_oracles_t *oracles, const lq_config_token_t *token)
{
    uint32_t number;
    lq_address_t address = lq_config_address(token->address);
    const char *at = token->sources;
    size_t sz;
    lq_err_t err = lq_oracles_add_token(oracles, &number, &address);
    for (const char *word; !err && (word = lq_config_word(&sz, &at));) {
        char text[64];
        uint32_t oracle;
        (void)snprintf(text, sizeof(text), "%.*s", (int)sz, word);
        lq_address_t source = lq_config_address(text);
        err = lq_oracles_add(oracles, &oracle, &source, LQ_ORACLE_VIEW_ANSWER);
        err = err ? err : lq_oracles_add_source(oracles, number, oracle);
    }
    return err;
}

lq_err_t lq_state_name(lq_state_t *state, lq_err_msg_t *msg)
{
    const lq_config_t *config = state->config;
    lq_err_t err = name_promises(state);
    for (size_t i = 0; !err && i < config->token_cnt; i++)
        err = name_token(lq_sync_oracles(state->sync), &config->tokens[i]);
    if (err)
        return lq_err_msg_set(msg, err, "feeds and tokens: %s: raise book.oracles and book.feeds",
                              lq_err_str(err));
    return LQ_OK;
}

lq_address_t lq_state_token(const lq_state_t *state, uint16_t factor, uint8_t *decimals)
{
    const lq_ledger_t *ledger = lq_sync_ledger(state->sync);
    uint32_t instance = lq_ledger_pool(ledger, lq_ledger_factor(ledger, factor)->pool).instance;
    lq_address_t token;
    lq_sync_instance(state->sync, instance)
        ->adapter->asset_token(lq_sync_self(state->sync, instance), factor, &token, decimals);
    return token;
}

/* Sets *DECIMALS to TOKEN's, as oracles or markets know them; false where none does yet. */
static bool find_decimals(const lq_state_t *state, uint8_t *decimals, const lq_address_t *token)
{
    const lq_oracles_t *oracles = lq_sync_oracles(state->sync);
    size_t cnt = lq_ledger_factor_cnt(lq_sync_ledger(state->sync));
    for (size_t i = 0; i < cnt; i++) {
        lq_address_t other = lq_state_token(state, (uint16_t)i, decimals);
        if (*decimals != LQ_DECIMALS_UNKNOWN && memcmp(&other, token, sizeof(other)) == 0)
            return true;
    }
    for (uint32_t i = 0; i < lq_oracles_token_cnt(oracles); i++) {
        const lq_token_t *t = lq_oracles_token(oracles, i);
        *decimals = t->decimals;
        if (memcmp(&t->address, token, sizeof(*token)) == 0)
            return t->symbol[0]; /* it has been read */
    }
    return false;
}

const lq_funds_t lq_state_coins = {{{0}}, {{0, 1, 0, 0}}};

lq_err_t lq_state_inventory(const lq_state_t *state, lq_funds_t *out, lq_err_msg_t *msg,
                            const lq_config_inventory_t *own)
{
    bool coin = strcmp(own->token, LQ_CONFIG_COIN) == 0;
    lq_funds_t funds = {{{0}}, lq_u256_from_u64(0)};
    uint8_t decimals = LQ_CONFIG_COIN_DECIMALS;
    lq_err_msg_t why;
    if (!coin)
        funds.token = lq_config_address(own->token);
    if (!coin && !find_decimals(state, &decimals, &funds.token))
        return LQ_ERR_NOT_FOUND;
    if (lq_config_amount(&funds.amount, &why, own, decimals))
        return lq_err_msg_set(msg, LQ_ERR_CONFIG, "inventory.%s.amount: %s", own->name, why.text);
    *out = funds;
    return LQ_OK;
}

/* Whether the oracles know TOKEN. */
static bool is_known(const lq_oracles_t *oracles, const lq_address_t *token)
{
    for (uint32_t i = 0; i < lq_oracles_token_cnt(oracles); i++)
        if (memcmp(&lq_oracles_token(oracles, i)->address, token, sizeof(*token)) == 0)
            return true;
    return false;
}

/* Has the oracles read the tokens of the ledger that they do not know, so that snapshots hold their
   symbols. Where a block is undone the token goes with it, and is named again at the next one. */
static void name_tokens(lq_state_t *state)
{
    lq_oracles_t *oracles = lq_sync_oracles(state->sync);
    size_t cnt = lq_ledger_factor_cnt(lq_sync_ledger(state->sync));
    uint8_t decimals;
    uint32_t number;
    for (size_t i = 0; i < cnt; i++) {
        lq_address_t token = lq_state_token(state, (uint16_t)i, &decimals);
        if (!is_known(oracles, &token) && lq_oracles_add_token(oracles, &number, &token))
            return; /* full: a name is missing, nothing else */
    }
}

static void on_action(void *ctx, const lq_action_t *action)
{
    lq_state_t *state = ctx;
    if (action->kind == LQ_ACTION_NOTICE) {
        state->rebuilt |= action->as.notice->kind == LQ_SYNC_NOTICE_REBUILD;
        state->settled |= action->as.notice->kind == LQ_SYNC_NOTICE_SETTLED;
    }
    if (state->fn)
        state->fn(state->ctx, action);
}

lq_err_t lq_state_event(lq_state_t *state, lq_err_msg_t *msg, const lq_event_t *event)
{
    lq_err_t err = LQ_OK;
    state->rebuilt = state->settled = false;
    lq_engine_event(state->engine, event);
    if (state->rebuilt)
        err = lq_state_name(state, msg);
    if (!err && state->settled && lq_sync_stat(state->sync).settled)
        name_tokens(state);
    return err;
}

static lq_engine_config_t engine_config(const lq_state_t *state)
{
    const lq_config_t *config = state->config;
    return (lq_engine_config_t){
        .sync = sync_config(state, state->seed),
        .markets = state->markets,
        .value = lq_state_limits(config),
        .protocol_prices = config->protocol_prices,
        .coin_token = state->coin_token,
        .base_fee = {config->elasticity, config->base_fee_denominator},
        .tip_wei = config->tip_wei,
        .bid = {.kind = (lq_bid_kind_t)config->bid_kind,
                .fixed_wei = config->bid_fixed_wei,
                .share_bps = (uint32_t)config->bid_share_bps,
                .cap_bps = (uint32_t)config->bid_cap_bps,
                .most_wei = lq_senders_bid_max(config)},
        .min_profit_usd = config->profit_min_usd,
        .min_profit_bps = (uint32_t)config->profit_min_bps,
        .executor = lq_config_executor(config),
        .slippage_bps = (uint32_t)config->slippage_bps,
        .sweep = config->sweep,
        .atomic = config->atomic,
        .target_blk = (uint32_t)config->target_blk,
        .limits = lq_config_limits(config),
        .candidate_max = config->candidates,
        .inflight_max = config->in_flight,
        .gas_kind_max = config->gas_kinds,
        .slice_work = LQ_ENGINE_SLICE,
    };
}

lq_err_t lq_state_retune(lq_state_t *state)
{
    lq_engine_config_t config = engine_config(state);
    return lq_engine_retune(state->engine, &config);
}

lq_err_t lq_state_again(lq_state_t *state, lq_err_msg_t *msg, uint64_t seed)
{
    state->seed = seed;
    state->rebuilt = state->settled = false;
    lq_engine_config_t config = engine_config(state);
    lq_arena_reset(&state->arena);
    lq_err_t err = lq_engine_new(&state->engine, &state->arena, &config, NULL, on_action, state);
    if (err)
        return lq_err_msg_set(msg, err,
                              "the book cannot be made: %s: see the limits in the "
                              "section book, and markets.*.assets",
                              lq_err_str(err));
    state->sync = lq_engine_sync(state->engine);
    return lq_state_name(state, msg);
}

lq_err_t lq_state_open(lq_state_t *state, lq_err_msg_t *msg, const lq_config_t *config, bool decide,
                       lq_action_fn_t *fn, void *ctx, uint64_t seed)
{
    memset(state, 0, sizeof(*state));
    state->config = config;
    state->fn = fn;
    state->ctx = ctx;
    state->seed = seed;
    state->instance_cnt = config->market_cnt;
    if (config->coin_token[0])
        state->coin_token = lq_config_address(config->coin_token);
    if (!config->market_cnt)
        return lq_err_msg_set(msg, LQ_ERR_EMPTY,
                              "no market is configured: name one under markets, or include a "
                              "file from market/");
    for (size_t i = 0; i < config->market_cnt; i++)
        init_instance(state, i, decide);
    state->pool_cnt = lq_config_pools(state->pools, config);
    state->lender_cnt = lq_config_lenders(state->lenders, config);
    lq_engine_config_t made = engine_config(state);
    size_t sz = lq_engine_arena_sz(&made);
    lq_err_t err = lq_arena_init(&state->arena, sz);
    if (err)
        return lq_err_msg_set(msg, err, "%zu MiB for the book: %s: lower book.accounts", sz >> 20,
                              lq_err_str(err));
    return lq_state_again(state, msg, seed);
}

void lq_state_close(lq_state_t *state)
{
    lq_arena_fini(&state->arena);
    state->engine = NULL;
    state->sync = NULL;
}
