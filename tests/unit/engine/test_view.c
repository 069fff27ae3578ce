#include "../market/venues_rig.h"

#include "answer_log.h"
#include "following.h"
#include "population_trial.h"

#include "engine_internal.h"

#include "liqd/market/uniswap.h"

/* What if: an engine that sees prices beside one that was told them, over a population of Aave's
   arithmetic. */

#define ACCOUNT_CNT     300u
#define AGGREGATOR_BYTE 0xfa
#define PAIR_CNT        7u /* pools: each for the tokens of two reserves */
#define FEED_CNT        8u /* whose answers come by logs */
#define WAD             UINT64_C(1000000000000000000)

typedef struct eye {
    rig_t rig;
    lq_arena_t arena;
    lq_adapter_t adapter;
    lq_sync_instance_t instance;
    lq_engine_market_t market;
    lq_swaps_t swaps;
    lq_engine_t *engine;
    population_t p;
    lq_header_t head;
    uint64_t round;
    lq_u256_t prices_wad[POPULATION_ASSET_CNT]; /* at the begin */
    bool moves;                                 /* pools move with our prices */
    size_t take_cnt;
    uint64_t sized_before; /* sizings before the event at hand */
    uint64_t first_sized;  /* and in it, before the first that was taken */
    lq_i256_t first_usd;   /* which nets so much */
    lq_i256_t best_usd;    /* the most of those that were not */
} eye_t;

/* ---- what the engine is made of ---- */

static void asset_token(const lq_instance_t *self, uint16_t factor, lq_address_t *token,
                        uint8_t *decimals)
{
    population_adapter.asset_token(self, factor, token, decimals);
    *token = address_n(1 + lq_ledger_factor(self->ledger, factor)->asset);
}

/* Any view will do. */
static lq_err_t guard(const lq_instance_t *self, lq_calls_t *calls, lq_guard_t *out,
                      uint32_t account, const lq_liquidation_call_t *call,
                      const lq_liquidation_outcome_t *outcome)
{
    const lq_address_t token = address_n(1);
    uint8_t *input;
    (void)self;
    (void)account;
    (void)call;
    (void)outcome;
    lq_err_t err = lq_calls_add(calls, &input, &token, 4);
    if (err)
        return err;
    memset(input, 0, 4);
    *out = (lq_guard_t){.word = 0};
    return LQ_OK;
}

static uint32_t asset_of(const lq_address_t *token)
{
    return number_of(token) - 1;
}

static uint16_t factor_of(const eye_t *w, uint32_t asset)
{
    return w->p.instance->reserves[asset].debt;
}

static lq_u256_t price_of(eye_t *w, uint32_t asset)
{
    lq_quote_t quote = {.price_wad = {{0}}};
    lq_address_t token;
    assert_int_equal(lq_engine_price(w->engine, &quote, &token, 0, factor_of(w, asset)),
                     LQ_VALUE_FRESH);
    assert_int_equal(asset_of(&token), asset);
    return quote.price_wad;
}

/* A million dollars of each, at the prices of the begin. */
static lq_u256_t reserve_of(const eye_t *w, uint32_t asset)
{
    lq_u256_t worth = lq_u256_from_u64(1000000);
    lq_u256_t wad = lq_u256_from_u64(WAD);
    lq_u256_t unit = w->p.instance->reserves[asset].asset.unit.value;
    worth = lq_u256_mul_wrap(&worth, &wad);
    assert_ok(lq_u256_mul_div_down(&worth, &worth, &unit, &w->prices_wad[asset]));
    return worth;
}

/* Sets *NUM over *DEN to how much more IN has gained than TO: 1 where pools stay. */
static void gained(eye_t *w, lq_u256_t *num, lq_u256_t *den, uint32_t in, uint32_t to)
{
    lq_u256_t in_now = w->moves ? price_of(w, in) : w->prices_wad[in];
    lq_u256_t to_now = w->moves ? price_of(w, to) : w->prices_wad[to];
    assert_ok(lq_u256_mul_checked(num, &in_now, &w->prices_wad[to]));
    assert_ok(lq_u256_mul_checked(den, &to_now, &w->prices_wad[in]));
}

static size_t routes(void *ctx, lq_swap_route_t out[LQ_SWAP_ROUTE_MAX], lq_no_route_t *why,
                     const lq_address_t *token_in, const lq_address_t *token_out)
{
    eye_t *w = ctx;
    uint32_t in = asset_of(token_in);
    uint32_t to = asset_of(token_out);
    lq_u256_t a = reserve_of(w, in);
    lq_u256_t b = reserve_of(w, to);
    lq_u256_t num;
    lq_u256_t den;
    (void)why;
    gained(w, &num, &den, in, to);
    double spot = lq_u256_to_double(&b) / lq_u256_to_double(&a);
    for (uint32_t i = 0; i < 2; i++) /* the second is shallower */
        out[i] = (lq_swap_route_t){
            .path_cnt = 1,
            .paths = {{.hop_cnt = 1, .hops = {{.pool = 1 + i + 2 * (in * 64 + to)}}}},
            .spot = spot * (lq_u256_to_double(&num) / lq_u256_to_double(&den))};
    return 2;
}

static lq_err_t given_out(void *ctx, lq_swap_t *out, const lq_swap_route_t *route,
                          const lq_u256_t *amount_out)
{
    eye_t *w = ctx;
    lq_swap_hop_t hop = route->paths[0].hops[0];
    uint32_t in = (hop.pool - 1) / 2 / 64;
    uint32_t to = (hop.pool - 1) / 2 % 64;
    lq_u256_t num;
    lq_u256_t den;
    lq_u256_t need;
    lq_u256_t paid;
    gained(w, &num, &den, in, to);
    if (lq_u256_mul_div_up(&need, amount_out, &den, &num))
        return LQ_ERR_RANGE;
    lq_u256_t from = reserve_of(w, in);
    lq_u256_t stock = reserve_of(w, to);
    from = lq_u256_shr(&from, (hop.pool - 1) % 2);
    stock = lq_u256_shr(&stock, (hop.pool - 1) % 2);
    if (lq_v2_given_out(&paid, &from, &stock, (hop.pool - 1) % 2 ? 500 : 3000, &need))
        return LQ_ERR_RANGE;
    *out = (lq_swap_t){.amount_in = paid, .amount_out = *amount_out, .gas = 90000, .leg_cnt = 1};
    out->legs[0] = (lq_swap_leg_t){.hop = hop, .amount_in = paid, .amount_out = need};
    return LQ_OK;
}

static void stay(void *ctx, const lq_swap_t *swap)
{
    (void)ctx;
    (void)swap;
}

static void back(void *ctx)
{
    (void)ctx;
}

static void on_action(void *ctx, const lq_action_t *action)
{
    eye_t *w = ctx;
    if (action->kind != LQ_ACTION_TAKE)
        return;
    assert_false(w->market.off);
    const lq_i256_t *net = &action->as.take->plan->profit.net_usd;
    if (w->take_cnt++ == 0) {
        w->first_sized = lq_engine_stat(w->engine).size_cnt - w->sized_before;
        w->first_usd = *net;
    } else if (w->take_cnt == 2 || lq_i256_lt(&w->best_usd, net)) {
        w->best_usd = *net;
    }
}

/* ---- making it ---- */

static void give(eye_t *w, lq_event_t e)
{
    e.time.wall_ns = POPULATION_NOW_SEC * 1000000000u;
    lq_engine_event(w->engine, &e);
    while (lq_engine_is_deciding(w->engine))
        lq_engine_event(w->engine, &(lq_event_t){.kind = LQ_EVENT_GO_ON, .time = e.time});
}

static lq_engine_config_t config_of(const eye_t *w)
{
    lq_sync_config_t sync = following_sync(&w->instance);
    sync.ledger = population_ledger(ACCOUNT_CNT);
    sync.venues = w->rig.config;
    lq_engine_config_t config = following_engine(&sync, &w->market);
    config.coin_token = address_n(1);
    config.bid.share_bps = 2500;
    config.min_profit_usd.raw = lq_u256_from_u64(1000);
    config.min_profit_bps = 10;
    config.executor = (lq_address_t){{9}};
    config.slippage_bps = 50;
    config.limits.gap_bps = 500;
    return config;
}

static void next_block(eye_t *w)
{
    if (w->head.block.number > 100)
        give(w, (lq_event_t){.kind = LQ_EVENT_BLOCK, .as.block = w->head.block});
    following_next(&w->head);
    give(w, (lq_event_t){.kind = LQ_EVENT_HEAD, .as.head = &w->head});
}

static void fund(eye_t *w, uint64_t whole)
{
    for (uint32_t i = 0; i < POPULATION_ASSET_CNT; i++) {
        lq_u256_t n = lq_u256_from_u64(whole);
        lq_u256_t unit = w->p.instance->reserves[i].asset.unit.value;
        lq_funds_t funds = {.token = address_n(1 + i), .amount = lq_u256_mul_wrap(&n, &unit)};
        give(w, (lq_event_t){.kind = LQ_EVENT_FUNDS, .as.funds = &funds});
    }
}

/* Pools that name tokens, and somebody who lends them. */
static void open_venues(eye_t *w)
{
    rig_t *r = &w->rig;
    r->chain = calloc(1, sizeof(*r->chain));
    assert_non_null(r->chain);
    for (uint32_t i = 0; i < PAIR_CNT; i++) {
        chain_pool_t *p = put_v2(r, i, 1 + 2 * i, 2 + 2 * i);
        p->reserves[0] = p->reserves[1] = 1000000;
    }
    for (uint32_t i = 0; i < TOKEN_MAX; i++)
        r->chain->balances[i][1] = UINT64_MAX;
    r->lenders[0] = (lq_lender_config_t){LQ_LENDER_MORPHO_BLUE, address_n(MORPHO)};
    r->config = (lq_venues_config_t){.pools = r->pools,
                                     .pool_cnt = PAIR_CNT,
                                     .lenders = r->lenders,
                                     .lender_cnt = 1,
                                     .tick_max = 16,
                                     .seed = 7};
}

static eye_t *eye_of(lq_funding_t funding, uint64_t seed, bool off)
{
    eye_t *w = calloc(1, sizeof(*w));
    assert_non_null(w);
    open_venues(w);
    w->adapter = population_with_trials();
    w->adapter.asset_token = asset_token;
    w->adapter.guard = guard;
    w->instance = (lq_sync_instance_t){.adapter = &w->adapter, .name = "population"};
    w->market = (lq_engine_market_t){.off = off, .funding = funding};
    lq_engine_config_t config = config_of(w);
    w->swaps = (lq_swaps_t){
        .ctx = w, .routes = routes, .given_out = given_out, .move = stay, .back = back};
    assert_ok(lq_arena_init(&w->arena, lq_engine_arena_sz(&config)));
    assert_ok(lq_engine_new(&w->engine, &w->arena, &config, &w->swaps, on_action, w));
    lq_sync_t *sync = lq_engine_sync(w->engine);
    population_init_sync(&w->p, sync, ACCOUNT_CNT, seed);
    lq_sync_place_t place = following_place(100, POPULATION_NOW_SEC - 12, 1, LQ_TRUST_FULL);
    assert_ok(lq_sync_place_restored(sync, &place));
    w->rig.v = lq_sync_venues(sync);
    (void)read_all(&w->rig);
    read_lenders(&w->rig, 2);
    w->head = (lq_header_t){.block = place.block,
                            .timestamp_sec = POPULATION_NOW_SEC - 12,
                            .gas_limit = 30000000,
                            .gas_used = 15000000,
                            .base_fee_wei = {{{2000000000}}}};
    w->round = 100;
    give(w, (lq_event_t){.kind = LQ_EVENT_RESUME});
    next_block(w);
    fund(w, 20000);
    for (uint32_t i = 0; i < POPULATION_ASSET_CNT; i++)
        w->prices_wad[i] = price_of(w, i);
    return w;
}

static eye_t *eye_new(lq_funding_t funding, uint64_t seed)
{
    return eye_of(funding, seed, true);
}

static void eye_free(eye_t *w)
{
    lq_arena_fini(&w->arena);
    free(w->rig.chain);
    free(w);
}

/* The log of a price, as it comes from the node. */
static void tick(eye_t *w, uint32_t feed, uint64_t at)
{
    uint8_t data[32];
    const lq_address_t aggregator = {{AGGREGATOR_BYTE, (uint8_t)(feed + 1)}};
    lq_u256_t answer = lq_u256_from_u64(at);
    lq_evm_log_t log = answer_log(data, aggregator, &answer, ++w->round, POPULATION_NOW_SEC);
    log.block = w->head.block;
    give(w, (lq_event_t){.kind = LQ_EVENT_LOG, .as.log = &log});
}

/* ---- comparing ---- */

static void assert_same_swap(const lq_swap_t *a, const lq_swap_t *b)
{
    assert_u256_equal(a->amount_in, b->amount_in);
    assert_u256_equal(a->amount_out, b->amount_out);
    assert_int_equal(a->gas, b->gas);
    assert_int_equal(a->leg_cnt, b->leg_cnt);
    for (uint32_t i = 0; i < a->leg_cnt; i++) {
        assert_u256_equal(a->legs[i].amount_in, b->legs[i].amount_in);
        assert_u256_equal(a->legs[i].amount_out, b->legs[i].amount_out);
    }
}

static void assert_same_plan(const lq_plan_t *a, const lq_plan_t *b)
{
    assert_int_equal(a->step_cnt, b->step_cnt);
    assert_int_equal(a->gas, b->gas);
    assert_memory_equal(&a->gas_kind, &b->gas_kind, sizeof(a->gas_kind));
    assert_memory_equal(&a->profit, &b->profit, sizeof(a->profit));
    for (size_t i = 0; i < a->step_cnt; i++) {
        const lq_plan_step_t *x = &a->steps[i];
        const lq_plan_step_t *y = &b->steps[i];
        assert_int_equal(x->call.pair.collateral, y->call.pair.collateral);
        assert_int_equal(x->call.pair.debt, y->call.pair.debt);
        assert_u256_equal(x->call.amount, y->call.amount);
        assert_u256_equal(x->outcome.repaid, y->outcome.repaid);
        assert_u256_equal(x->outcome.seized, y->outcome.seized);
        assert_same_swap(&x->swap, &y->swap);
        assert_u256_equal(x->flash_fee, y->flash_fee);
    }
}

/* What both say of every account is the same; returns how many have a plan. */
static size_t assert_same(eye_t *a, eye_t *b)
{
    static uint32_t endangered[ACCOUNT_CNT + POPULATION_SPARE_CNT];
    uint32_t cnt = (uint32_t)lq_ledger_cnt(lq_sync_ledger(lq_engine_sync(a->engine)));
    size_t found = lq_engine_endangered(a->engine, endangered, LQ_ARRAY_CNT(endangered));
    size_t plan_cnt = 0;
    size_t at = 0;
    assert_true(found <= LQ_ARRAY_CNT(endangered));
    for (uint32_t i = 0; i < cnt; i++) {
        lq_health_t x;
        lq_health_t y;
        lq_plan_t p;
        lq_plan_t q;
        lq_engine_health(a->engine, &x, i);
        lq_engine_health(b->engine, &y, i);
        assert_int_equal(x.verdict, y.verdict);
        assert_u256_equal(x.factor_wad, y.factor_wad);
        for (; at < found && endangered[at] < i; at++)
            assert_true(at == 0 || endangered[at - 1] < endangered[at]);
        assert_true(x.verdict != LQ_HEALTH_LIQUIDATABLE || (at < found && endangered[at] == i));
        lq_sizing_t sizing = lq_engine_size(a->engine, &p, i);
        assert_int_equal(lq_engine_size(b->engine, &q, i), sizing);
        if (sizing != LQ_SIZING_PLAN && sizing != LQ_SIZING_UNPROFITABLE)
            continue;
        assert_same_plan(&p, &q);
        plan_cnt += sizing == LQ_SIZING_PLAN;
    }
    return plan_cnt;
}

static lq_price_overlay_t moved(eye_t *w, lq_rng_t *rng, uint32_t feed)
{
    uint64_t was = w->p.feeds[feed].answer.bits.w[0];
    bool down = feed == FEED_ETH || lq_rng_below(rng, 2);
    uint64_t permille = down ? 600 + lq_rng_below(rng, 390) : 1000 + lq_rng_below(rng, 300);
    return (lq_price_overlay_t){.answer = lq_i256_from_i64((int64_t)(was * permille / 1000)),
                                .feed = population_feed(&w->p, (population_feed_t)feed)};
}

static void prices_that_are_seen_are_as_if_they_were_told(void **state)
{
    (void)state;
    lq_rng_t rng = lq_test_rng();
    size_t plan_cnts[2] = {0, 0};
    for (size_t i = 0; i < lq_test_cnt(12, 400); i++) {
        lq_funding_t funding = i % 2 ? LQ_FUNDING_FLASH : LQ_FUNDING_INVENTORY;
        uint64_t seed = lq_rng_u64(&rng);
        eye_t *a = eye_new(funding, seed);
        eye_t *b = eye_new(funding, seed);
        lq_price_overlay_t overlays[FEED_CNT];
        size_t cnt = 0;
        b->moves = true;
        for (uint32_t feed = FEED_ETH; feed < FEED_CNT; feed++)
            if (feed == FEED_ETH || lq_rng_below(&rng, 3) == 0)
                overlays[cnt++] = moved(a, &rng, feed);
        for (size_t k = 0; k < cnt; k++)
            for (uint32_t feed = 0; feed < FEED_CNT; feed++)
                if (population_feed(&b->p, (population_feed_t)feed) == overlays[k].feed)
                    tick(b, feed, overlays[k].answer.bits.w[0]);
        lq_engine_view_t view = {.overlays = overlays, .overlay_cnt = cnt};
        lq_engine_see(a->engine, &view);
        plan_cnts[i % 2] += assert_same(a, b);
        lq_engine_see(a->engine, NULL);
        for (size_t k = 0; k < cnt; k++) /* and told them it is the same still */
            for (uint32_t feed = 0; feed < FEED_CNT; feed++)
                if (population_feed(&a->p, (population_feed_t)feed) == overlays[k].feed)
                    tick(a, feed, overlays[k].answer.bits.w[0]);
        a->moves = true;
        (void)assert_same(a, b);
        eye_free(a);
        eye_free(b);
    }
    assert_true(plan_cnts[0] > 0 && plan_cnts[1] > 0);
}

/* Accounts that can be liquidated at once: ether has fallen by a fifth. */
static eye_t *fallen(lq_funding_t funding, uint64_t seed)
{
    eye_t *w = eye_new(funding, seed);
    w->moves = true;
    tick(w, FEED_ETH, w->p.feeds[FEED_ETH].answer.bits.w[0] / 5 * 4);
    return w;
}

static void a_view_of_nothing_changes_nothing(void **state)
{
    (void)state;
    lq_rng_t rng = lq_test_rng();
    for (unsigned i = 0; i < 4; i++) {
        uint64_t seed = lq_rng_u64(&rng);
        lq_funding_t funding = i % 2 ? LQ_FUNDING_FLASH : LQ_FUNDING_INVENTORY;
        eye_t *a = fallen(funding, seed);
        eye_t *b = fallen(funding, seed);
        lq_engine_view_t view = {.now_sec = 0};
        lq_gas_price_t gas;
        lq_engine_see(a->engine, &view);
        assert_true(assert_same(a, b) > 0);
        assert_true(lq_engine_gas_price(a->engine, &gas));
        view = (lq_engine_view_t){.has_gas_price = true, .gas_price = gas};
        lq_engine_see(a->engine, &view);
        assert_true(assert_same(a, b) > 0);
        view.now_sec = lq_book_now(lq_sync_book(lq_engine_sync(a->engine)));
        lq_engine_see(a->engine, &view);
        assert_true(assert_same(a, b) > 0);
        eye_free(a);
        eye_free(b);
    }
}

/* The net of all plans, under VIEW. */
static double earned(eye_t *w, const lq_engine_view_t *view, size_t sizings[LQ_SIZING_CNT])
{
    uint32_t cnt = (uint32_t)lq_ledger_cnt(lq_sync_ledger(lq_engine_sync(w->engine)));
    double sum = 0;
    lq_engine_see(w->engine, view);
    memset(sizings, 0, LQ_SIZING_CNT * sizeof(sizings[0]));
    for (uint32_t i = 0; i < cnt; i++) {
        lq_plan_t plan;
        lq_sizing_t sizing = lq_engine_size(w->engine, &plan, i);
        sizings[sizing]++;
        if (sizing == LQ_SIZING_PLAN)
            sum += lq_u256_to_double(&plan.profit.net_usd.bits);
    }
    lq_engine_see(w->engine, NULL);
    return sum;
}

static void costs_and_rules_are_those_of_the_view(void **state)
{
    (void)state;
    lq_rng_t rng = lq_test_rng();
    eye_t *w = fallen(LQ_FUNDING_FLASH, lq_rng_u64(&rng));
    size_t n[LQ_SIZING_CNT];
    double now = earned(w, NULL, n);
    assert_true(now > 0 && n[LQ_SIZING_PLAN] > 0);
    lq_engine_view_t view = {.has_gas_price = true};
    assert_true(earned(w, &view, n) > now);
    view.gas_price.base_fee_wei.raw = lq_u256_from_u64(UINT64_MAX);
    assert_true(earned(w, &view, n) < now && n[LQ_SIZING_PLAN] == 0);
    view = (lq_engine_view_t){.swap_bps = 200};
    assert_true(earned(w, &view, n) < now);
    view = (lq_engine_view_t){.what_if = {.bonus_bps = 300}};
    assert_true(earned(w, &view, n) > now);
    view = (lq_engine_view_t){.what_if = {.bonus_bps = -400}};
    assert_true(earned(w, &view, n) < now);
    eye_free(w);

    w = fallen(LQ_FUNDING_INVENTORY, lq_rng_u64(&rng));
    fund(w, UINT32_MAX);
    double rich = earned(w, NULL, n);
    fund(w, 0);
    assert_true(earned(w, NULL, n) < rich && n[LQ_SIZING_PLAN] == 0 && n[LQ_SIZING_NO_FUNDS] > 0);
    view = (lq_engine_view_t){.whole_funds = true};
    double whole = earned(w, &view, n);
    assert_true(whole >= rich && whole <= rich && rich > 0);
    eye_free(w);
}

/* ---- at most ---- */

/* What was compared. */
typedef struct compared {
    size_t plan_cnt;
    size_t dust_cnt;
    size_t short_cnt; /* of both, who hold less than they owe */
} compared_t;

/* No plan under VIEW nets more than was said, nor is there one where all is dust. */
static void compare(compared_t *sum, eye_t *w, const lq_engine_view_t *view)
{
    uint32_t cnt = (uint32_t)lq_ledger_cnt(lq_sync_ledger(lq_engine_sync(w->engine)));
    lq_engine_see(w->engine, view);
    for (uint32_t i = 0; i < cnt; i++) {
        lq_plan_t plan;
        lq_health_t health;
        lq_i256_t most = lq_i256_from_i64(0);
        lq_engine_health(w->engine, &health, i);
        if (health.verdict != LQ_HEALTH_LIQUIDATABLE)
            continue;
        lq_sizing_t sizing = lq_engine_size(w->engine, &plan, i);
        if ((sizing != LQ_SIZING_PLAN && sizing != LQ_SIZING_UNPROFITABLE) ||
            !lq_engine_most(w->engine, &most, i, &health))
            continue;
        bool dust = lq_engine_is_dust(w->engine, i, &health);
        assert_false(lq_i256_lt(&most, &plan.profit.net_usd));
        assert_true(!dust || sizing == LQ_SIZING_UNPROFITABLE);
        sum->plan_cnt += sizing == LQ_SIZING_PLAN;
        sum->dust_cnt += dust;
        sum->short_cnt += (dust || sizing == LQ_SIZING_PLAN) &&
                          lq_u256_lt(&health.collateral_value, &health.debt_value);
    }
    lq_engine_see(w->engine, NULL);
}

/* Some receipts of calls of any pair, for as much gas as calls take, and more. */
static void learn(eye_t *w, lq_rng_t *rng)
{
    static const uint8_t ends = LQ_GAS_CLOSES_DEBT | LQ_GAS_TAKES_ALL | LQ_GAS_BAD_DEBT;
    for (uint64_t i = lq_rng_below(rng, 12); i; i--) {
        const lq_gas_kind_t kind = {
            .collateral_token = address_n(1 + (uint32_t)lq_rng_below(rng, POPULATION_ASSET_CNT)),
            .debt_token = address_n(1 + (uint32_t)lq_rng_below(rng, POPULATION_ASSET_CNT)),
            .leg_cnt = (uint16_t)(2 + lq_rng_below(rng, 3)),
            .call_cnt = (uint8_t)(1 + lq_rng_below(rng, 2)),
            .shape = (uint8_t)lq_rng_below(rng, ends + 1u)};
        lq_gas_learn(w->engine->gas, &kind, (uint32_t)(100000 + lq_rng_below(rng, 700000)));
    }
}

/* Of debts and collaterals near what gas costs, that is. */
static lq_gas_price_t draw_gas_price(lq_rng_t *rng)
{
    uint64_t gwei = UINT64_C(1) << lq_rng_below(rng, 12);
    return (lq_gas_price_t){.base_fee_wei = {lq_u256_from_u64(gwei * 1000000000)}};
}

static void no_plan_nets_more_than_the_most(void **state)
{
    (void)state;
    lq_rng_t rng = lq_test_rng();
    compared_t sums[2] = {{0}, {0}};
    for (size_t i = 0; i < lq_test_cnt(12, 400); i++) {
        eye_t *w = fallen(i % 2 ? LQ_FUNDING_FLASH : LQ_FUNDING_INVENTORY, lq_rng_u64(&rng));
        uint64_t ether = w->p.feeds[FEED_ETH].answer.bits.w[0];
        const lq_price_overlay_t fall = {
            .answer = lq_i256_from_i64((int64_t)(ether / 100 * (20 + lq_rng_below(&rng, 80)))),
            .feed = population_feed(&w->p, FEED_ETH)};
        lq_engine_view_t view = {.has_gas_price = true};
        compared_t *sum = &sums[i % 2];
        if (lq_rng_below(&rng, 2))
            learn(w, &rng);
        compare(sum, w, NULL);
        compare(sum, w, &view);
        view.whole_funds = true;
        view.gas_price = draw_gas_price(&rng);
        view.overlays = &fall;
        view.overlay_cnt = 1;
        compare(sum, w, &view);
        view.gas_price = draw_gas_price(&rng);
        view.what_if.bonus_bps = (int32_t)lq_rng_below(&rng, 2000) - 500;
        view.what_if.close_factor_bps = (uint16_t)lq_rng_below(&rng, 10001);
        compare(sum, w, &view);
        eye_free(w);
    }
    for (size_t i = 0; i < 2; i++)
        assert_true(sums[i].plan_cnt > 0 && sums[i].dust_cnt > 0 && sums[i].short_cnt > 0);
}

/* The fall of ether as one event, that is acted upon. */
static eye_t *acted(uint64_t seed)
{
    eye_t *w = eye_of(LQ_FUNDING_INVENTORY, seed, false);
    fund(w, 1000000000); /* enough for all */
    w->moves = true;
    w->take_cnt = 0;
    w->sized_before = lq_engine_stat(w->engine).size_cnt;
    tick(w, FEED_ETH, w->p.feeds[FEED_ETH].answer.bits.w[0] / 5 * 4);
    return w;
}

static void the_first_is_taken_before_the_others_are_sized(void **state)
{
    (void)state;
    uint64_t first_cnt = 0;
    uint64_t all_cnt = 0;
    for (uint64_t seed = 0; seed < 8; seed++) {
        eye_t *w = acted(seed);
        lq_engine_stat_t stat = lq_engine_stat(w->engine);
        assert_int_equal(stat.take_cnt, w->take_cnt);
        assert_true(w->take_cnt > 1);
        assert_int_equal(stat.standing_cnt[LQ_REASON_NEW], 0);
        assert_false(lq_i256_lt(&w->first_usd, &w->best_usd));
        first_cnt += w->first_sized;
        all_cnt += stat.began_cnt;
        eye_free(w);
    }
    assert_true(first_cnt < all_cnt / 2);
}

/* ---- rehearsals ---- */

static void count_take(void *ctx, const lq_action_t *action)
{
    size_t *cnt = ctx;
    *cnt += action->kind == LQ_ACTION_TAKE;
}

static uint64_t book_of(const eye_t *w)
{
    return lq_undo_digest(lq_sync_undo(lq_engine_sync(w->engine)));
}

/* Some are looked for first, with each block. */
static size_t rehearse(eye_t *w)
{
    size_t cnt = 0;
    uint64_t book = book_of(w);
    for (unsigned i = 0; i < 12; i++)
        (void)lq_engine_rehearse(w->engine, count_take, &cnt);
    assert_true(book_of(w) == book);
    return cnt;
}

static void assert_did_same(const eye_t *a, const eye_t *b)
{
    lq_engine_stat_t stats[] = {lq_engine_stat(a->engine), lq_engine_stat(b->engine)};
    lq_book_stat_t books[] = {lq_book_stat(lq_sync_book(lq_engine_sync(a->engine))),
                              lq_book_stat(lq_sync_book(lq_engine_sync(b->engine)))};
    assert_memory_equal(&stats[0], &stats[1], sizeof(stats[0]));
    assert_memory_equal(books[0].tier_cnt, books[1].tier_cnt, sizeof(books[0].tier_cnt));
    assert_int_equal(a->take_cnt, b->take_cnt);
    assert_true(lq_i256_eq(&a->first_usd, &b->first_usd));
    assert_true(lq_i256_eq(&a->best_usd, &b->best_usd));
}

/* Ether falls by a fifth, a thousandth at a time. */
static void what_is_rehearsed_leaves_book_and_decisions_as_they_were(void **state)
{
    (void)state;
    size_t cnt = 0;
    for (uint64_t seed = 0; seed < 2; seed++) {
        eye_t *eyes[2];
        for (size_t i = 0; i < 2; i++) {
            eyes[i] = eye_of(LQ_FUNDING_INVENTORY, seed, false);
            fund(eyes[i], 1000000000);
            eyes[i]->moves = true;
        }
        uint64_t at = eyes[0]->p.feeds[FEED_ETH].answer.bits.w[0];
        for (uint64_t last = at / 5 * 4; at > last; at -= at / 1000) {
            for (size_t i = 0; i < 2; i++)
                tick(eyes[i], FEED_ETH, at);
            cnt += rehearse(eyes[1]);
            for (size_t i = 0; i < 2; i++)
                next_block(eyes[i]);
            cnt += rehearse(eyes[1]);
            assert_did_same(eyes[0], eyes[1]);
        }
        assert_true(eyes[0]->take_cnt > 0);
        eye_free(eyes[0]);
        eye_free(eyes[1]);
    }
    assert_true(cnt > 0);
}

/* ---- break-even ---- */

/* What repaying AMOUNT of reserve DEBT for COLLATERAL nets with the inventory, by its own
   arithmetic. */
static lq_i256_t net_of(eye_t *w, const lq_gas_t *gas, uint32_t collateral, uint32_t debt,
                        uint64_t amount)
{
    const lq_engine_config_t config = config_of(w);
    const uint64_t bonus = POPULATION_BONUS_BPS;
    const lq_u256_t kept =
        lq_u256_from_u64(bonus * 10000 - (bonus - 10000) * POPULATION_FEE_BPS); /* of 1e8 */
    lq_quote_t in = {.price_wad = {{0}}};
    lq_quote_t out = {.price_wad = {{0}}};
    lq_address_t token_in;
    lq_address_t token_out;
    assert_int_equal(lq_engine_price(w->engine, &in, &token_in, 0, factor_of(w, collateral)), 0);
    assert_int_equal(lq_engine_price(w->engine, &out, &token_out, 0, factor_of(w, debt)), 0);
    lq_quote_t coin = {.price_wad = price_of(w, 0), .decimals = 18};
    lq_u256_t repaid = lq_u256_from_u64(amount);
    lq_u256_t seized;
    mpz_t x;
    mpz_t y;
    mpz_inits(x, y, NULL);
    to_mpz(x, &repaid);
    to_mpz(y, &kept);
    mpz_mul(x, x, y);
    to_mpz(y, &out.price_wad);
    mpz_mul(x, x, y);
    mpz_ui_pow_ui(y, 10, in.decimals);
    mpz_mul(x, x, y);
    to_mpz(y, &in.price_wad);
    mpz_t z;
    mpz_init(z);
    mpz_ui_pow_ui(z, 10, out.decimals + 8u);
    mpz_mul(y, y, z);
    mpz_fdiv_q(x, x, y);
    seized = from_mpz(x);
    mpz_clears(x, y, z, NULL);
    lq_gas_kind_t kind = {
        .collateral_token = token_in, .debt_token = token_out, .leg_cnt = 2, .call_cnt = 1};
    lq_profit_t p = {.net_usd = lq_i256_from_i64(0)};
    lq_gas_price_t price;
    assert_ok(lq_worth_down(&p.seized_usd, &seized, &in));
    assert_ok(lq_worth_up(&p.repaid_usd, &repaid, &out));
    assert_true(lq_engine_gas_price(w->engine, &price));
    assert_ok(lq_profit_settle(&p, lq_gas_estimate(gas, &kind, lq_gas_floor_of("aave_v3"), 0),
                               &price, &coin));
    if (!lq_i256_is_neg(&p.net_usd))
        assert_ok(lq_bid_place(&p, &config.bid, &coin));
    return p.net_usd;
}

static void the_least_size_is_worth_it_and_one_unit_less_is_not(void **state)
{
    (void)state;
    lq_rng_t rng = lq_test_rng();
    lq_arena_t arena;
    lq_gas_t *gas;
    assert_ok(lq_arena_init(&arena, lq_gas_arena_sz(8) + 4096));
    assert_ok(lq_gas_new(&gas, &arena, 8, 1));
    eye_t *w = eye_new(LQ_FUNDING_INVENTORY, lq_rng_u64(&rng));
    fund(w, 0); /* no matter */
    for (unsigned i = 0; i < 200; i++) {
        uint32_t c = (uint32_t)lq_rng_below(&rng, 10);
        uint32_t d = (uint32_t)lq_rng_below(&rng, POPULATION_ASSET_CNT);
        lq_liquidation_pair_t pair = {w->p.instance->reserves[c].collateral[0], factor_of(w, d)};
        lq_usd_t least = {lq_u256_from_u64(lq_rng_below(&rng, 2) ? 0 : lq_rng_u64(&rng))};
        lq_u256_t repaid = lq_u256_from_u64(0);
        lq_profit_t p;
        lq_usd_t net = least;
        if (c == d)
            continue;
        lq_err_t err = lq_engine_break_even(w->engine, &repaid, &p, 0, pair, &least);
        assert_ok(err);
        if (lq_u256_bit_len(&repaid) > 63)
            continue;
        lq_i256_t here = net_of(w, gas, c, d, repaid.w[0]);
        assert_memory_equal(&here, &p.net_usd, sizeof(here));
        assert_ok(lq_i256_to_u256(&net.raw, &here));
        assert_false(lq_u256_lt(&net.raw, &least.raw));
        lq_i256_t less = net_of(w, gas, c, d, repaid.w[0] - 1);
        assert_true(lq_i256_is_neg(&less) ||
                    (!lq_i256_to_u256(&net.raw, &less) && lq_u256_lt(&net.raw, &least.raw)));
    }
    eye_free(w);
    lq_arena_fini(&arena);
}

static void what_swaps_cost_has_an_end(void **state)
{
    (void)state;
    lq_rng_t rng = lq_test_rng();
    eye_t *w = eye_new(LQ_FUNDING_FLASH, lq_rng_u64(&rng));
    lq_liquidation_pair_t pair = {w->p.instance->reserves[0].collateral[0], factor_of(w, 10)};
    lq_u256_t repaid = lq_u256_from_u64(0);
    lq_u256_t more = repaid;
    lq_profit_t p = {.net_usd = lq_i256_from_i64(0)};
    lq_usd_t least = {lq_u256_from_u64(0)};
    assert_ok(lq_engine_break_even(w->engine, &repaid, &p, 0, pair, &least));
    lq_usd_t last = least;
    for (unsigned k = 0; k < 3; k++) { /* what earns as much, and a unit of value more */
        assert_ok(lq_i256_to_u256(&last.raw, &p.net_usd));
        assert_ok(lq_engine_break_even(w->engine, &more, &p, 0, pair, &last));
        assert_u256_equal(more, repaid);
        const lq_u256_t one = lq_u256_from_u64(1);
        last.raw = lq_u256_add_wrap(&last.raw, &one);
        assert_ok(lq_engine_break_even(w->engine, &repaid, &p, 0, pair, &last));
        assert_true(lq_u256_lt(&more, &repaid));
    }
    least.raw = lq_u256_from_u64(WAD); /* of dollars: more than there is */
    lq_u256_t wad = lq_u256_from_u64(WAD);
    least.raw = lq_u256_mul_wrap(&least.raw, &wad);
    const lq_u256_t untouched = repaid;
    assert_err(lq_engine_break_even(w->engine, &repaid, &p, 0, pair, &least), LQ_ERR_NOT_FOUND);
    assert_u256_equal(repaid, untouched);
    lq_engine_view_t view = {.what_if = {.bonus_bps = 1000}};
    lq_engine_see(w->engine, &view);
    least.raw = lq_u256_from_u64(0);
    assert_ok(lq_engine_break_even(w->engine, &more, &p, 0, pair, &least));
    assert_true(lq_u256_lt(&more, &repaid));
    view = (lq_engine_view_t){.what_if = {.bonus_bps = -500}}; /* nothing is earned then */
    lq_engine_see(w->engine, &view);
    assert_err(lq_engine_break_even(w->engine, &more, &p, 0, pair, &least), LQ_ERR_NOT_FOUND);
    lq_engine_see(w->engine, NULL);
    pair.debt = factor_of(w, 20); /* nobody lends it */
    assert_err(lq_engine_break_even(w->engine, &more, &p, 0, pair, &least), LQ_ERR_EMPTY);
    eye_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(prices_that_are_seen_are_as_if_they_were_told),
        cmocka_unit_test(a_view_of_nothing_changes_nothing),
        cmocka_unit_test(costs_and_rules_are_those_of_the_view),
        cmocka_unit_test(no_plan_nets_more_than_the_most),
        cmocka_unit_test(the_first_is_taken_before_the_others_are_sized),
        cmocka_unit_test(what_is_rehearsed_leaves_book_and_decisions_as_they_were),
        cmocka_unit_test(the_least_size_is_worth_it_and_one_unit_less_is_not),
        cmocka_unit_test(what_swaps_cost_has_an_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
