/* The engine on the fake chain, whose sync is the real one. Long because all of its cases begin on
   that chain in the same few ways. */

#include "engine_world.h"
#include "lq_test.h"

static lq_engine_market_t inventory(void)
{
    return (lq_engine_market_t){.funding = LQ_FUNDING_INVENTORY};
}

static void mishaps(chain_t *t)
{
    t->fail = 3;
    t->odd = 2;
    t->late_head = 30;
    t->skip = 10;
    t->reorg = 3;
    t->move_aggregator = 1;
}

static void reset_will(void)
{
    market_will = (market_will_t){.sizing = LQ_SIZING_PLAN};
}

static world_t *begun(lq_rng_t *rng, const lq_engine_config_t *config, lq_engine_market_t market)
{
    reset_will();
    world_t *w = world_new(world_pick, rng, config, market);
    world_until_trusted(w);
    (void)chain_rest(w->chain);
    return w;
}

static uint64_t standing(const world_t *w, lq_reason_t reason)
{
    return lq_engine_stat(w->engine).standing_cnt[reason];
}

/* ---- cases ---- */

static void nothing_is_taken_before_the_market_is_trusted(void **state)
{
    (void)state;
    lq_rng_t rng;
    lq_rng_seed(&rng, 1);
    reset_will();
    world_t *w = world_new(world_pick, &rng, NULL, inventory());
    world_fund(w, 1000000);
    for (size_t i = 0; i < 200; i++)
        chain_step(w->chain);
    assert_false(world_is_trusted(w));
    assert_true(w->seen_cnt[LQ_REASON_UNTRUSTED] > 0);
    assert_int_equal(w->intent_cnt, 0);
    world_free(w);
}

static void names_what_stands_against_each(void **state)
{
    (void)state;
    lq_rng_t rng;
    lq_rng_seed(&rng, 2);
    world_t *w = begun(&rng, NULL, inventory());
    world_blocks(w, 1);
    assert_true(standing(w, LQ_REASON_NO_FUNDS) > 0);
    assert_true(standing(w, LQ_REASON_BLOCKED) > 0);
    const lq_value_verdict_t verdicts[] = {LQ_VALUE_STALE, LQ_VALUE_DEVIATING, LQ_VALUE_NONE};
    const lq_reason_t reasons[] = {LQ_REASON_STALE_PRICE, LQ_REASON_DEVIATING_PRICE,
                                   LQ_REASON_NO_PRICE};
    for (size_t i = 0; i < LQ_ARRAY_CNT(verdicts); i++) {
        const uint32_t tokens[] = {0, 1, MARKET_COIN};
        for (size_t j = 0; j < LQ_ARRAY_CNT(tokens); j++) {
            market_will.verdicts[tokens[j]] = verdicts[i];
            world_blocks(w, 1);
            assert_true(standing(w, reasons[i]) > 0);
            assert_int_equal(standing(w, LQ_REASON_NO_FUNDS), 0);
            market_will.verdicts[tokens[j]] = LQ_VALUE_FRESH;
        }
    }
    assert_true(w->limit_cnt[LQ_LIMIT_STALE_PRICE] > 0);
    assert_true(w->limit_cnt[LQ_LIMIT_PRICE_DEVIATION] > 0);
    market_will.sizing = LQ_SIZING_NO_ROUTE;
    world_blocks(w, 1);
    assert_true(standing(w, LQ_REASON_NO_ROUTE) > 0);
    market_will.sizing = LQ_SIZING_UNPROFITABLE;
    world_fund(w, 100000);
    world_blocks(w, 1);
    assert_true(standing(w, LQ_REASON_UNPROFITABLE) > 0);
    market_will.sizing = LQ_SIZING_PLAN;
    market_will.divisor = 50;
    world_blocks(w, 1);
    assert_true(standing(w, LQ_REASON_BELOW_MINIMUM) + standing(w, LQ_REASON_IN_FLIGHT) > 0);
    world_command(w, LQ_COMMAND_PAUSE);
    world_outcomes(w, LQ_OUTCOME_CANCELLED);
    market_will.divisor = 1;
    world_blocks(w, 2);
    assert_true(standing(w, LQ_REASON_BREAKER) > 0);
    assert_int_equal(w->limit_cnt[LQ_LIMIT_PAUSE], 1);
    world_command(w, LQ_COMMAND_RESUME);
    assert_int_equal(w->limit_cnt[LQ_LIMIT_PAUSE], 2);
    world_free(w);
}

static void a_market_that_is_off_is_watched_alone(void **state)
{
    (void)state;
    lq_rng_t rng;
    lq_rng_seed(&rng, 3);
    lq_engine_market_t market = inventory();
    market.off = true;
    world_t *w = begun(&rng, NULL, market);
    world_fund(w, 100000);
    world_blocks(w, 3);
    assert_true(standing(w, LQ_REASON_BREAKER) > 0);
    assert_int_equal(lq_engine_stat(w->engine).size_cnt, 0);
    world_free(w);
}

static void a_price_far_from_the_protocols_is_none(void **state)
{
    (void)state;
    lq_rng_t rng;
    lq_rng_seed(&rng, 4);
    lq_engine_config_t config = world_config(NULL, NULL);
    config.limits.gap_bps = 100;
    world_t *w = begun(&rng, &config, inventory());
    world_fund(w, 100000);
    world_blocks(w, 3);
    assert_true(standing(w, LQ_REASON_DEVIATING_PRICE) > 0);
    assert_int_equal(w->intent_cnt, 0);
    world_free(w);
}

/* What an operator asks for counts from the next event on; what contradicts itself does not. */
static void works_on_by_what_an_operator_has_changed(void **state)
{
    (void)state;
    lq_rng_t rng;
    lq_rng_seed(&rng, 4);
    lq_engine_config_t config = world_config(NULL, NULL);
    lq_usd_t least = config.min_profit_usd;
    config.min_profit_usd = (lq_usd_t){market_wad(1000000000)};
    world_t *w = begun(&rng, &config, inventory());
    world_fund(w, 100000);
    world_blocks(w, 3);
    assert_int_equal(w->intent_cnt, 0);
    assert_true(standing(w, LQ_REASON_BELOW_MINIMUM) > 0);
    config.min_profit_usd = least;
    config.limits.revert_window = 0;
    assert_err(lq_engine_retune(w->engine, &config), LQ_ERR_RANGE);
    world_blocks(w, 1);
    assert_int_equal(w->intent_cnt, 0);
    config.limits.revert_window = 1;
    assert_ok(lq_engine_retune(w->engine, &config));
    world_blocks(w, 1);
    assert_true(w->intent_cnt > 0);
    world_free(w);
}

/* What is left of the funds goes to the next, sized anew. */
static void the_best_come_first_and_funds_are_shared(void **state)
{
    (void)state;
    lq_rng_t rng;
    lq_rng_seed(&rng, 5);
    world_t *w = begun(&rng, NULL, inventory());
    world_blocks(w, 1);
    size_t waiting = standing(w, LQ_REASON_NO_FUNDS);
    assert_true(waiting > 2);
    world_fund(w, 700);
    world_blocks(w, 1);
    assert_true(w->intent_cnt >= 2);
    assert_true(w->intents[0].repaid >= w->intents[1].repaid);
    uint64_t tied = 0;
    for (size_t i = 0; i < w->intent_cnt; i++)
        tied += w->intents[i].repaid;
    assert_int_equal(tied, 700);
    assert_true(w->seen_cnt[LQ_REASON_CONFLICT] > 0);
    world_free(w);
}

static uint64_t inflight(const world_t *w)
{
    return lq_engine_stat(w->engine).inflight_cnt;
}

/* Each is sized behind those before it, in this event and in flight. */
static void what_a_pool_has_no_depth_for_has_to_wait(void **state)
{
    (void)state;
    lq_rng_t rng;
    lq_rng_seed(&rng, 6);
    world_t *w = begun(&rng, NULL, (lq_engine_market_t){.funding = LQ_FUNDING_FLASH});
    assert_true(w->intent_cnt > FAKE_POOLS);
    assert_int_equal(w->seen_cnt[LQ_REASON_NOT_ENCODABLE], 0);
    world_outcomes(w, LQ_OUTCOME_CANCELLED);
    market_will.depth = 1;
    for (unsigned round = 0; round < 2; round++) {
        size_t before = w->intent_cnt;
        unsigned of_pool[FAKE_POOLS] = {0};
        for (unsigned i = 0; i < 2; i++) {
            world_blocks(w, 1);
            assert_int_equal(inflight(w), w->intent_cnt - before);
        }
        for (size_t i = before; i < w->intent_cnt; i++)
            assert_int_equal(of_pool[w->intents[i].account % FAKE_POOLS]++, 0);
        assert_true(w->intent_cnt - before > 1);
        world_outcomes(w, LQ_OUTCOME_CANCELLED);
    }
    assert_true(w->seen_cnt[LQ_REASON_CONFLICT] > 0);
    for (unsigned i = 0; i < FAKE_POOLS; i++)
        assert_int_equal(market_will.moved[i], 0);
    world_free(w);
}

static size_t waiting_for(const world_t *w, uint32_t pool)
{
    size_t cnt = 0;
    for (uint32_t a = pool; a < 64; a += FAKE_POOLS)
        cnt += w->stands[a] &&
               (w->reasons[a] == LQ_REASON_CONFLICT || w->reasons[a] == LQ_REASON_NO_ROUTE);
    return cnt;
}

/* One in flight whose pool others wait for, and whose account owes DEBT at least. */
static const world_intent_t *waited_for(const world_t *w, uint64_t debt)
{
    const lq_ledger_t *ledger = lq_sync_ledger(lq_engine_sync(w->engine));
    for (size_t i = 0; i < w->intent_cnt; i++)
        if (w->intents[i].asked && waiting_for(w, w->intents[i].account % FAKE_POOLS) &&
            lq_ledger_amount(ledger, w->intents[i].account, 1) >= debt)
            return &w->intents[i];
    fail_msg("nobody waits");
    return NULL;
}

/* In flight with one swap a pool, and more who wait. */
static world_t *crowded(lq_rng_t *rng)
{
    world_t *w = begun(rng, NULL, (lq_engine_market_t){.funding = LQ_FUNDING_FLASH});
    world_outcomes(w, LQ_OUTCOME_CANCELLED);
    market_will.depth = 1;
    world_blocks(w, 2);
    return w;
}

/* At once, not only with the next block. */
static void who_waits_is_looked_at_when_what_was_in_flight_landed(void **state)
{
    (void)state;
    const lq_outcome_kind_t kinds[] = {LQ_OUTCOME_CANCELLED, LQ_OUTCOME_EXPIRED, LQ_OUTCOME_MINED};
    for (size_t i = 0; i < LQ_ARRAY_CNT(kinds); i++) {
        lq_rng_t rng;
        lq_rng_seed(&rng, 6);
        world_t *w = crowded(&rng);
        size_t before = w->intent_cnt;
        const world_intent_t *it = waited_for(w, 0);
        world_outcome(w, it->id, kinds[i]);
        assert_int_equal(w->intent_cnt, before + 1);
        assert_int_equal(w->intents[before].account % FAKE_POOLS, it->account % FAKE_POOLS);
        assert_int_not_equal(w->intents[before].account, it->account);
        world_free(w);
    }
}

/* Somebody liquidates an account whose liquidation is in flight; what it owes of the debt of that
   is less by BY, or (AGAIN) the same behind it. Sets *ID to the intent. Returns how many were asked
   for before. */
static size_t is_taken_by_a_rival(world_t *w, bool again, uint64_t *id)
{
    chain_t *t = w->chain;
    const uint64_t by = FAKE_PRICE + 1; /* less is no liquidation */
    const lq_address_t token = {{FAKE_TOKEN_BYTE + 1}};
    size_t before = w->intent_cnt;
    const world_intent_t *it = waited_for(w, by);
    *id = it->id;
    uint8_t owner =
        lq_ledger_account(lq_sync_ledger(lq_engine_sync(w->engine)), it->account).owner.b[1];
    chain_node_t *n = world_block(w);
    chain_log(n, token, FAKE_TOPIC_MOVE, owner, 0 - by);
    if (again)
        chain_log(n, token, FAKE_TOPIC_MOVE, owner, by);
    else
        n->c.balance[owner][1] -= by;
    (void)chain_rest(t);
    (void)world_block(w);
    (void)chain_rest(t);
    return before;
}

/* Its pool is free for the next block. */
static void what_a_rival_took_moves_no_pool(void **state)
{
    (void)state;
    lq_rng_t rng;
    lq_rng_seed(&rng, 6);
    world_t *w = crowded(&rng);
    uint64_t id;
    size_t before = is_taken_by_a_rival(w, false, &id);
    const world_intent_t *it = &w->intents[id - 1];
    assert_int_equal(it->id, id);
    assert_int_equal(w->intent_cnt, before + 1);
    assert_int_equal(w->intents[before].account % FAKE_POOLS, it->account % FAKE_POOLS);
    assert_int_not_equal(w->intents[before].account, it->account);
    world_free(w);
}

/* A rival who repaid another debt leaves ours to be mined, which may still swap. */
static void what_a_rival_left_moves_its_pool(void **state)
{
    (void)state;
    lq_rng_t rng;
    lq_rng_seed(&rng, 6);
    world_t *w = crowded(&rng);
    uint64_t id;
    size_t before = is_taken_by_a_rival(w, true, &id);
    assert_int_equal(w->intent_cnt, before);
    world_free(w);
}

static void a_lender_of_the_whole_debt_is_asked_once(void **state)
{
    (void)state;
    lq_rng_t rng;
    lq_rng_seed(&rng, 6);
    fake_loan_covers = true;
    world_t *w = begun(&rng, NULL, (lq_engine_market_t){.funding = LQ_FUNDING_FLASH});
    world_blocks(w, 1);
    assert_true(w->intent_cnt > FAKE_POOLS);
    fake_loan_covers = false;
    world_free(w);
}

static void a_route_that_is_not_there_has_its_reason(void **state)
{
    (void)state;
    lq_rng_t rng;
    lq_rng_seed(&rng, 6);
    world_t *w = begun(&rng, NULL, (lq_engine_market_t){.funding = LQ_FUNDING_FLASH});
    world_outcomes(w, LQ_OUTCOME_CANCELLED);
    size_t before = w->intent_cnt;
    const lq_no_route_t whys[] = {LQ_NO_ROUTE_NO_DEPTH, LQ_NO_ROUTE_DOUBTFUL,
                                  LQ_NO_ROUTE_NO_LENDER};
    market_will.sizing = LQ_SIZING_NO_ROUTE;
    for (size_t i = 0; i < LQ_ARRAY_CNT(whys); i++) {
        market_will.no_route = whys[i];
        if (whys[i] == LQ_NO_ROUTE_NO_LENDER) {
            market_will.sizing = LQ_SIZING_PLAN;
            w->chain->mute_pools = true; /* or it would come back */
            lq_sync_venues(lq_engine_sync(w->engine))->state->lender_has = 0;
        }
        world_blocks(w, 1);
        size_t told = 0;
        for (size_t a = 0; a < 64; a++)
            told +=
                w->stands[a] && w->reasons[a] == LQ_REASON_NO_ROUTE && w->no_routes[a] == whys[i];
        assert_true(told > 0);
        assert_int_equal(told, standing(w, LQ_REASON_NO_ROUTE));
    }
    assert_int_equal(w->intent_cnt, before);
    lq_sync_venues(lq_engine_sync(w->engine))->state->lender_has = 100000;
    world_blocks(w, 1); /* who had no route is looked at again */
    assert_true(w->intent_cnt > before);
    world_free(w);
}

/* The executor takes all steps at once or each on its own; without one the protocol is called, and
   nothing is atomic. What they say is checked where they are taken. */
static void several_steps_are_one_transaction_or_each_its_own(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 8; i++) {
        lq_rng_t rng;
        lq_rng_seed(&rng, 5 + i);
        lq_engine_config_t config = world_config(NULL, NULL);
        bool flash = i & 4;
        config.atomic = i & 1;
        if (i & 2)
            config.executor = (lq_address_t){{WORLD_EXECUTOR_BYTE}};
        lq_engine_market_t market = {.funding = flash ? LQ_FUNDING_FLASH : LQ_FUNDING_INVENTORY};
        world_t *w = begun(&rng, &config, market);
        world_outcomes(w, LQ_OUTCOME_CANCELLED);
        market_will.step_cnt = 3;
        world_fund(w, 3000);
        world_blocks(w, 2);
        assert_int_equal(market_will.atomic, config.atomic && (flash || i & 2));
        assert_int_equal(w->last_plan.step_cnt, 3);
        assert_int_equal(w->seen_cnt[LQ_REASON_NOT_ENCODABLE], 0);
        world_free(w);
    }
}

/* Each debt has its guard in the transaction that repays it, and one is enough. They are checked
   where they are taken. */
static void each_debt_has_its_guard(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 6; i++) {
        lq_rng_t rng;
        lq_rng_seed(&rng, 5 + i);
        lq_engine_config_t config = world_config(NULL, NULL);
        config.atomic = i & 1;
        config.executor = (lq_address_t){{WORLD_EXECUTOR_BYTE}};
        world_t *w = begun(&rng, &config, inventory());
        market_will.step_cnt = LQ_PLAN_STEP_MAX;
        market_will.debt_cnt = (uint16_t)(1 + i / 2);
        world_fund(w, 3000);
        world_blocks(w, 2);
        assert_true(w->intent_cnt > 0);
        assert_int_equal(w->last_plan.step_cnt, LQ_PLAN_STEP_MAX);
        world_free(w);
    }
}

static void what_cannot_be_written_is_told_as_that(void **state)
{
    (void)state;
    lq_rng_t rng;
    lq_rng_seed(&rng, 6);
    world_t *w = begun(&rng, NULL, (lq_engine_market_t){.funding = LQ_FUNDING_FLASH});
    world_outcomes(w, LQ_OUTCOME_CANCELLED);
    size_t before = w->intent_cnt;
    market_will.no_job = true;
    world_blocks(w, 1);
    assert_true(standing(w, LQ_REASON_NOT_ENCODABLE) > 0);
    assert_int_equal(w->seen_cnt[LQ_REASON_REFUSED], 0);
    assert_int_equal(w->intent_cnt, before);
    market_will.no_job = false;
    world_blocks(w, 1);
    assert_true(w->intent_cnt > before);
    world_free(w);
}

/* So much of what is gained may be missing that gas, bid and the least profit are still there. */
static void the_least_profit_is_there_at_worst(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 4; i++) {
        lq_rng_t rng;
        lq_rng_seed(&rng, 6);
        lq_engine_config_t config = world_config(NULL, NULL);
        bool flash = i & 1;
        config.executor = (lq_address_t){{WORLD_EXECUTOR_BYTE}};
        config.slippage_bps = i & 2 ? 10000 : 3;
        lq_engine_market_t market = {.funding = flash ? LQ_FUNDING_FLASH : LQ_FUNDING_INVENTORY};
        world_t *w = begun(&rng, &config, market);
        world_fund(w, 3000);
        world_blocks(w, 2);
        const lq_plan_step_t *step = &w->last_plan.steps[0];
        const lq_profit_t *p = &w->last_plan.profit;
        lq_u256_t all =
            lq_u256_from_u64(step->outcome.seized.w[0] - (flash ? step->swap.amount_in.w[0] : 0));
        lq_u256_t worth =
            flash ? lq_u256_sub_wrap(&p->seized_usd.raw, &p->repaid_usd.raw) : p->seized_usd.raw;
        lq_u256_t gain = lq_u256_from_u64(w->last_gain);
        lq_u256_t left;
        assert_true(!lq_u256_is_zero(&gain) && !lq_u256_lt(&all, &gain));
        assert_ok(lq_u256_mul_div_down(&left, &gain, &worth, &all));
        if (!flash)
            left = lq_u256_sub_wrap(&left, &p->repaid_usd.raw);
        lq_u256_t costs = lq_u256_add_wrap(&p->gas_usd.raw, &p->bid_usd.raw);
        lq_u256_t thousand = lq_u256_from_u64(10000 / config.min_profit_bps);
        lq_u256_t share;
        assert_ok(lq_u256_div_checked(&share, &p->repaid_usd.raw, &thousand));
        lq_u256_t min_profit = lq_u256_max(&config.min_profit_usd.raw, &share);
        left = lq_u256_sub_wrap(&left, &costs);
        assert_false(lq_u256_lt(&left, &min_profit) || left.w[3] >> 63);
        lq_u256_t whole = lq_u256_from_u64(10000);
        lq_u256_t bps = lq_u256_from_u64(config.slippage_bps);
        lq_u256_t missing;
        assert_ok(lq_u256_mul_div_down(&missing, &step->outcome.seized, &bps, &whole));
        missing = lq_u256_add_wrap(&gain, &missing);
        assert_false(lq_u256_lt(&missing, &all));
        if (i == 3) { /* all that may be missing is allowed to be */
            gain = lq_u256_from_u64(w->last_gain - 1);
            assert_ok(lq_u256_mul_div_down(&left, &gain, &worth, &all));
            left = lq_u256_sub_wrap(&left, &costs);
            assert_true(lq_u256_lt(&left, &min_profit) || left.w[3] >> 63);
        }
        world_free(w);
    }
}

/* Each outcome gives its reason, to those who stand and to those who end. */
static void outcomes_become_reasons(void **state)
{
    (void)state;
    const struct {
        lq_outcome_kind_t kind;
        lq_reason_t reason;
    } rows[] = {{LQ_OUTCOME_REFUSED, LQ_REASON_REFUSED},
                {LQ_OUTCOME_SIMULATION_REVERTED, LQ_REASON_SIMULATION_REVERTED},
                {LQ_OUTCOME_EXPIRED, LQ_REASON_EXPIRED},
                {LQ_OUTCOME_CANCELLED, LQ_REASON_CANCELLED},
                {LQ_OUTCOME_REVERTED, LQ_REASON_REVERTED},
                {LQ_OUTCOME_MINED, LQ_REASON_TAKEN}};
    for (size_t i = 0; i < LQ_ARRAY_CNT(rows); i++) {
        lq_rng_t rng;
        lq_rng_seed(&rng, 7);
        world_t *w = begun(&rng, NULL, inventory());
        world_fund(w, 2000);
        world_blocks(w, 1);
        assert_true(standing(w, LQ_REASON_IN_FLIGHT) > 0);
        uint64_t before = w->ended_by_cnt[rows[i].reason];
        world_outcomes(w, rows[i].kind);
        assert_int_equal(standing(w, LQ_REASON_IN_FLIGHT), 0);
        assert_true(standing(w, rows[i].reason) + w->ended_by_cnt[rows[i].reason] > before);
        world_free(w);
    }
}

/* Whom a simulation spoke against is asked for again with the next block, be nothing in it: what it
   was run on may have been behind. */
static void who_would_have_reverted_is_asked_for_with_the_next_block(void **state)
{
    (void)state;
    uint64_t again = 0;
    for (uint64_t seed = 1; seed <= 20; seed++) {
        lq_rng_t rng;
        lq_rng_seed(&rng, seed);
        world_t *w = begun(&rng, NULL, inventory());
        world_fund(w, 1000000);
        world_blocks(w, 1);
        world_outcomes(w, LQ_OUTCOME_SIMULATION_REVERTED);
        uint64_t stand = standing(w, LQ_REASON_SIMULATION_REVERTED);
        assert_int_equal(standing(w, LQ_REASON_IN_FLIGHT), 0);
        (void)world_block(w);
        (void)chain_rest(w->chain);
        assert_int_equal(standing(w, LQ_REASON_SIMULATION_REVERTED), 0);
        assert_true(!stand || standing(w, LQ_REASON_IN_FLIGHT) > 0);
        again += standing(w, LQ_REASON_IN_FLIGHT);
        world_free(w);
    }
    assert_true(again > 0);
}

/* All funds are held by one, which can be liquidated still. */
static world_t *with_one_in_flight(lq_rng_t *rng)
{
    lq_engine_config_t config = world_config(NULL, NULL);
    config.inflight_max = 64; /* room for all */
    for (uint64_t seed = 1; seed < 200; seed++) {
        lq_rng_seed(rng, seed);
        world_t *w = begun(rng, &config, inventory());
        const lq_book_t *book = lq_sync_book(lq_engine_sync(w->engine));
        world_fund(w, 100);
        world_blocks(w, 1);
        if (inflight(w) == 1 && w->intents[0].repaid == 100 &&
            lq_book_tier(book, w->intents[0].account) == LQ_TIER_LIQUIDATABLE)
            return w;
        world_free(w);
    }
    fail_msg("nobody is in flight");
    return NULL;
}

/* Not only with the next head: behind what it reverted by it may earn as before. Once: what is told
   of that is told of the same state. */
static void who_reverted_is_looked_at_as_soon_as_its_block_is_all_there(void **state)
{
    (void)state;
    const lq_outcome_kind_t kinds[] = {LQ_OUTCOME_REVERTED, LQ_OUTCOME_SIMULATION_REVERTED};
    for (size_t i = 0; i < 2 * LQ_ARRAY_CNT(kinds); i++) {
        lq_rng_t rng;
        world_t *w = with_one_in_flight(&rng);
        uint32_t account = w->intents[0].account;
        (void)world_block(w);
        while (lq_sync_stat(lq_engine_sync(w->engine)).top.number <
               w->chain->nodes[w->chain->tip].header.block.number)
            assert_true(chain_advance(w->chain));
        bool late = i % 2;
        if (late)
            (void)chain_rest(w->chain);
        world_fund(w, 1000000); /* for all */
        world_outcome(w, w->intents[0].id, kinds[i / 2]);
        if (!late) {
            assert_int_not_equal(w->reasons[account], LQ_REASON_IN_FLIGHT);
            (void)chain_rest(w->chain);
        }
        assert_int_equal(w->reasons[account], LQ_REASON_IN_FLIGHT);
        size_t again = w->intent_cnt;
        while (w->intents[again - 1].account != account)
            again--;
        assert_true(again > 1);
        world_outcome(w, again, kinds[i / 2]);
        assert_int_not_equal(w->reasons[account], LQ_REASON_IN_FLIGHT);
        world_free(w);
    }
}

static void patience_ends(void **state)
{
    (void)state;
    lq_rng_t rng;
    lq_rng_seed(&rng, 8);
    world_t *w = begun(&rng, NULL, inventory());
    world_fund(w, 100);
    world_blocks(w, 1);
    assert_int_equal(lq_engine_stat(w->engine).inflight_cnt, 1);
    uint32_t account = w->intents[0].account;
    while (lq_sync_stat(lq_engine_sync(w->engine)).top.number <
           w->intents[0].last_blk + LQ_ENGINE_PATIENCE_BLK) {
        world_blocks(w, 1);
        assert_int_equal(w->reasons[account], LQ_REASON_IN_FLIGHT);
    }
    world_fund(w, 0);
    world_blocks(w, 1);
    assert_true(w->seen_cnt[LQ_REASON_EXPIRED] > 0);
    assert_int_equal(lq_engine_stat(w->engine).inflight_cnt, 0);
    world_free(w);
}

/* What was sent may be mined yet, or was, and the answer is late. */
static void what_was_sent_ends_by_its_outcome_alone(void **state)
{
    (void)state;
    lq_rng_t rng;
    lq_rng_seed(&rng, 8);
    world_t *w = begun(&rng, NULL, inventory());
    world_fund(w, 100);
    world_blocks(w, 1);
    uint32_t account = w->intents[0].account;
    world_outcome(w, w->intents[0].id, LQ_OUTCOME_SENT);
    world_fund(w, 0);
    world_blocks(w, 3 * LQ_ENGINE_PATIENCE_BLK + 4);
    assert_int_equal(w->reasons[account], LQ_REASON_IN_FLIGHT);
    assert_int_equal(w->seen_cnt[LQ_REASON_EXPIRED], 0);
    uint64_t taken_cnt = w->seen_cnt[LQ_REASON_TAKEN];
    world_outcome(w, w->intents[0].id, LQ_OUTCOME_MINED);
    assert_true(w->seen_cnt[LQ_REASON_TAKEN] > taken_cnt);
    assert_int_equal(lq_engine_stat(w->engine).inflight_cnt, 1); /* not final yet */
    world_free(w);
}

static void who_stands_still_without_a_block_is_held_back(void **state)
{
    (void)state;
    lq_rng_t rng;
    lq_rng_seed(&rng, 9);
    world_t *w = begun(&rng, NULL, inventory());
    world_blocks(w, 1);
    assert_int_equal(w->limit_cnt[LQ_LIMIT_STALE_HEAD], 0);
    world_timer(w, 1000);
    assert_int_equal(w->limit_cnt[LQ_LIMIT_STALE_HEAD], 1);
    world_fund(w, 10000);
    w->wall_sec += 100000;
    world_blocks(w, 1); /* its own time is long ago */
    assert_true(standing(w, LQ_REASON_STALE_HEAD) > 0);
    world_free(w);
}

/* Whoever is undone and given again stands as if nothing had been. */
static void an_undone_block_takes_back_what_it_made(void **state)
{
    (void)state;
    for (uint64_t seed = 10; seed < 20; seed++) {
        lq_rng_t rng;
        lq_rng_seed(&rng, seed);
        world_t *w = begun(&rng, NULL, inventory());
        chain_t *t = w->chain;
        bool before[64];
        world_blocks(w, 2);
        memcpy(before, w->stands, sizeof(before));
        size_t tip = t->tip;
        size_t low = chain_above(t, tip, t->nodes[tip].header.block.number - 6);
        t->tip = low;
        for (size_t i = 0; i < 6; i++)
            t->tip = chain_extend(t, t->tip);
        (void)chain_rest(t);
        t->tip = tip;
        (void)chain_rest(t);
        assert_memory_equal(before, w->stands, sizeof(before));
        assert_true(w->undone);
        world_free(w);
    }
}

/* Asks what would be at another price, and leaves all as it was. */
static void look_around(world_t *w, uint64_t turn)
{
    const lq_price_overlay_t overlay = {.answer = lq_i256_from_i64((int64_t)(1 + turn % 700))};
    const lq_engine_view_t view = {.overlays = &overlay,
                                   .overlay_cnt = turn % 3 ? 1 : 0,
                                   .has_gas_price = turn % 5 == 0,
                                   .whole_funds = turn % 7 == 0,
                                   .swap_bps = (uint32_t)(turn % 11)};
    uint32_t endangered[64];
    lq_engine_stat_t stat = lq_engine_stat(w->engine);
    lq_engine_see(w->engine, &view);
    (void)lq_engine_endangered(w->engine, endangered, LQ_ARRAY_CNT(endangered));
    for (uint32_t i = 0; i < lq_ledger_cnt(lq_sync_ledger(lq_engine_sync(w->engine))); i++) {
        lq_plan_t plan;
        lq_health_t health;
        lq_engine_health(w->engine, &health, i);
        if (lq_engine_size(w->engine, &plan, i) == LQ_SIZING_PLAN && turn % 2)
            lq_engine_spend(w->engine, i, &plan);
    }
    lq_engine_see(w->engine, NULL);
    assert_int_equal(lq_engine_stat(w->engine).take_cnt, stat.take_cnt);
}

static bool looks;     /* between any two steps */
static bool rehearses; /* likewise */
static size_t rehearsal_cnt;

/* As often as there may be rehearsals between two events: the book, the statistics and what is
   saved are what they were. What is told it compares with who does not. */
static void rehearse(world_t *w)
{
    static uint8_t bytes[2][65536];
    lq_engine_stat_t stats[2];
    uint64_t books[2];
    size_t sz = lq_engine_memory_sz(w->engine);
    assert_true(sz <= sizeof(bytes[0]));
    for (size_t i = 0; i < 2; i++) {
        lq_engine_save(w->engine, bytes[i]);
        stats[i] = lq_engine_stat(w->engine);
        books[i] = lq_undo_digest(lq_sync_undo(lq_engine_sync(w->engine)));
        for (size_t k = 0; i == 0 && k < 12; k++)
            rehearsal_cnt += lq_engine_rehearse(w->engine, NULL, NULL);
    }
    assert_int_equal(lq_engine_memory_sz(w->engine), sz);
    assert_memory_equal(bytes[0], bytes[1], sz);
    assert_memory_equal(&stats[0], &stats[1], sizeof(stats[0]));
    assert_true(books[0] == books[1]);
}

static uint64_t run(uint64_t seed, size_t steps, uint64_t seen[LQ_REASON_CNT],
                    uint64_t ended[LQ_REASON_CNT], lq_engine_market_t market, size_t candidate_max)
{
    lq_rng_t rng;
    lq_rng_seed(&rng, seed);
    reset_will();
    lq_engine_config_t config = world_config(NULL, NULL);
    config.candidate_max = candidate_max;
    config.sync.undo_line_max = seed % 4 ? 20000 : 300;
    world_t *w = world_new(world_pick, &rng, &config, market);
    world_until_trusted(w);
    mishaps(w->chain);
    for (size_t i = 0; i < steps && w->chain->node_cnt < CHAIN_NODES - 100; i++) {
        world_step(w);
        if (looks)
            look_around(w, seed + i);
        if (rehearses)
            rehearse(w);
    }
    for (unsigned i = 0; i < LQ_REASON_CNT; i++) {
        seen[i] += w->seen_cnt[i];
        ended[i] += w->ended_by_cnt[i];
    }
    uint64_t digest = w->digest;
    world_free(w);
    return digest;
}

static void every_candidate_ends_in_one_reason_whatever_happens(void **state)
{
    (void)state;
    lq_rng_t rng = lq_test_rng();
    uint64_t seed = lq_rng_u64(&rng);
    size_t runs = lq_test_cnt(12, 200);
    uint64_t seen[LQ_REASON_CNT] = {0};
    uint64_t ended[LQ_REASON_CNT] = {0};
    for (size_t i = 0; i < runs; i++) {
        lq_engine_market_t market = {.funding = i % 3 ? LQ_FUNDING_INVENTORY : LQ_FUNDING_FLASH};
        (void)run(seed + i, 4000, seen, ended, market, i % 5 ? 64 : 3);
    }
    for (unsigned i = 0; i < LQ_REASON_CNT; i++)
        print_message("%-20s seen %6llu ended %6llu\n", lq_reason_str((lq_reason_t)i),
                      (unsigned long long)seen[i], (unsigned long long)ended[i]);
    const lq_reason_t ends[] = {LQ_REASON_TAKEN,   LQ_REASON_LOST,     LQ_REASON_OUTBID,
                                LQ_REASON_HEALED,  LQ_REASON_UNDONE,   LQ_REASON_REVERTED,
                                LQ_REASON_EXPIRED, LQ_REASON_CANCELLED};
    for (size_t i = 0; i < LQ_ARRAY_CNT(ends); i++)
        assert_true(runs < 100 || ended[ends[i]] > 0);
}

static void the_same_events_give_the_same_actions(void **state)
{
    (void)state;
    lq_rng_t rng = lq_test_rng();
    uint64_t seed = lq_rng_u64(&rng);
    uint64_t cnts[LQ_REASON_CNT] = {0};
    for (size_t i = 0; i < 3; i++)
        assert_true(run(seed + i, 3000, cnts, cnts, inventory(), 64) ==
                    run(seed + i, 3000, cnts, cnts, inventory(), 64));
}

static void who_looks_at_what_would_be_does_what_he_would_have_done(void **state)
{
    (void)state;
    lq_rng_t rng = lq_test_rng();
    uint64_t seed = lq_rng_u64(&rng);
    uint64_t cnts[LQ_REASON_CNT] = {0};
    for (size_t i = 0; i < 4; i++) {
        lq_engine_market_t market = {.funding = i % 2 ? LQ_FUNDING_INVENTORY : LQ_FUNDING_FLASH};
        uint64_t digests[2];
        for (size_t k = 0; k < 2; k++) {
            looks = k == 1;
            digests[k] = run(seed + i, 1500, cnts, cnts, market, 64);
        }
        looks = false;
        assert_true(digests[0] == digests[1]);
    }
}

static void who_rehearses_does_what_he_would_have_done(void **state)
{
    (void)state;
    lq_rng_t rng = lq_test_rng();
    uint64_t seed = lq_rng_u64(&rng);
    uint64_t cnts[LQ_REASON_CNT] = {0};
    size_t runs = lq_test_cnt(4, 100);
    rehearsal_cnt = 0;
    for (size_t i = 0; i < runs; i++) {
        lq_engine_market_t market = {.funding = i % 2 ? LQ_FUNDING_INVENTORY : LQ_FUNDING_FLASH};
        uint64_t digests[2];
        for (size_t k = 0; k < 2; k++) {
            rehearses = k == 1;
            digests[k] = run(seed + i, 1500, cnts, cnts, market, 64);
        }
        rehearses = false;
        assert_true(digests[0] == digests[1]);
    }
    print_message("%zu rehearsals came to a transaction\n", rehearsal_cnt);
    assert_true(runs < 100 || rehearsal_cnt > 0);
}

static void what_is_learned_survives_a_restart(void **state)
{
    (void)state;
    lq_rng_t rng;
    lq_rng_seed(&rng, 30);
    world_t *w = begun(&rng, NULL, inventory());
    world_fund(w, 2000);
    world_blocks(w, 1);
    size_t cnt = w->intent_cnt;
    assert_true(cnt > 0);
    world_outcomes(w, LQ_OUTCOME_MINED);
    world_outcomes(w, LQ_OUTCOME_FINAL);
    for (size_t i = 0; i < cnt; i++)
        world_outcome(w, i + 1, LQ_OUTCOME_FINAL);
    assert_int_equal(lq_engine_stat(w->engine).inflight_cnt, 0);
    size_t sz = lq_engine_memory_sz(w->engine);
    uint8_t *bytes = malloc(sz);
    uint8_t *again = malloc(sz);
    assert_true(bytes && again);
    lq_engine_save(w->engine, bytes);
    world_t *other = world_new(world_pick, &rng, NULL, inventory());
    lq_err_msg_t msg;
    for (size_t i = 0; i < sz; i++) { /* nothing of what is damaged is taken */
        bytes[i] ^= 1;
        assert_int_not_equal(lq_engine_load(other->engine, &msg, bytes, sz), LQ_OK);
        assert_int_not_equal(lq_engine_load(other->engine, &msg, bytes, i), LQ_OK);
        bytes[i] ^= 1;
    }
    assert_ok(lq_engine_load(other->engine, &msg, bytes, sz));
    assert_int_equal(lq_engine_memory_sz(other->engine), sz);
    lq_engine_save(other->engine, again);
    assert_memory_equal(bytes, again, sz);
    assert_int_equal(lq_engine_load(other->engine, &msg, bytes, sz), LQ_ERR_EXISTS);
    free(bytes);
    free(again);
    world_free(other);
    world_free(w);
}

static void refuses_what_is_out_of_range(void **state)
{
    (void)state;
    lq_engine_config_t good = world_config(&chain_instance, &(lq_engine_market_t){0});
    lq_engine_config_t bad[5] = {good, good, good, good, good};
    bad[4].slippage_bps = 10001;
    bad[0].candidate_max = 0;
    bad[1].inflight_max = 1025;
    bad[2].target_blk = 17;
    bad[3].target_blk = 0;
    for (size_t i = 0; i < LQ_ARRAY_CNT(bad); i++) {
        lq_arena_t arena = {0};
        lq_engine_t *engine = NULL;
        assert_int_equal(lq_engine_arena_sz(&bad[i]), 0);
        assert_int_equal(
            lq_engine_new(&engine, &arena, &bad[i], &lq_swaps_none, world_on_action, NULL),
            LQ_ERR_RANGE);
    }
    lq_engine_config_t flash = good;
    lq_engine_market_t market = {.funding = LQ_FUNDING_FLASH};
    lq_arena_t arena = {0};
    lq_engine_t *engine = NULL;
    flash.markets = &market; /* and no executor */
    assert_int_equal(lq_engine_new(&engine, &arena, &flash, NULL, world_on_action, NULL),
                     LQ_ERR_RANGE);
    market.off = true;
    assert_int_equal(lq_engine_new(&engine, &arena, &flash, NULL, world_on_action, NULL),
                     LQ_ERR_NOMEM);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_taken_before_the_market_is_trusted),
        cmocka_unit_test(names_what_stands_against_each),
        cmocka_unit_test(a_market_that_is_off_is_watched_alone),
        cmocka_unit_test(a_price_far_from_the_protocols_is_none),
        cmocka_unit_test(works_on_by_what_an_operator_has_changed),
        cmocka_unit_test(the_best_come_first_and_funds_are_shared),
        cmocka_unit_test(what_a_pool_has_no_depth_for_has_to_wait),
        cmocka_unit_test(a_lender_of_the_whole_debt_is_asked_once),
        cmocka_unit_test(who_waits_is_looked_at_when_what_was_in_flight_landed),
        cmocka_unit_test(what_a_rival_took_moves_no_pool),
        cmocka_unit_test(what_a_rival_left_moves_its_pool),
        cmocka_unit_test(a_route_that_is_not_there_has_its_reason),
        cmocka_unit_test(several_steps_are_one_transaction_or_each_its_own),
        cmocka_unit_test(each_debt_has_its_guard),
        cmocka_unit_test(what_cannot_be_written_is_told_as_that),
        cmocka_unit_test(the_least_profit_is_there_at_worst),
        cmocka_unit_test(outcomes_become_reasons),
        cmocka_unit_test(who_would_have_reverted_is_asked_for_with_the_next_block),
        cmocka_unit_test(who_reverted_is_looked_at_as_soon_as_its_block_is_all_there),
        cmocka_unit_test(patience_ends),
        cmocka_unit_test(what_was_sent_ends_by_its_outcome_alone),
        cmocka_unit_test(who_stands_still_without_a_block_is_held_back),
        cmocka_unit_test(an_undone_block_takes_back_what_it_made),
        cmocka_unit_test(every_candidate_ends_in_one_reason_whatever_happens),
        cmocka_unit_test(the_same_events_give_the_same_actions),
        cmocka_unit_test(who_looks_at_what_would_be_does_what_he_would_have_done),
        cmocka_unit_test(who_rehearses_does_what_he_would_have_done),
        cmocka_unit_test(what_is_learned_survives_a_restart),
        cmocka_unit_test(refuses_what_is_out_of_range),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
