/* What is in flight and would not be asked for any more is dropped, behind the first block that it
   was for: by prices, pools and gas alone. */

#include "engine_world.h"
#include "lq_test.h"

/* A trusted market, and some in flight that nobody has heard of yet. */
static world_t *asked(lq_rng_t *rng, lq_funding_t funding)
{
    lq_rng_seed(rng, 7);
    market_will = (market_will_t){.sizing = LQ_SIZING_PLAN, .depth = 1};
    lq_engine_config_t config = world_config(NULL, NULL);
    config.inflight_max = 256;
    config.target_blk = 8;
    world_t *w = world_new(world_pick, rng, &config, (lq_engine_market_t){.funding = funding});
    market_will.no_route = LQ_NO_ROUTE_NO_DEPTH;
    for (size_t i = 0; !world_is_trusted(w); i++) {
        assert_true(i < 100000);
        market_will.sizing = LQ_SIZING_NO_ROUTE; /* nothing is asked for before */
        chain_step(w->chain);
    }
    (void)chain_rest(w->chain);
    assert_int_equal(w->intent_cnt, 0);
    market_will.sizing = LQ_SIZING_PLAN;
    market_will.no_route = 0;
    world_fund(w, 100000);
    world_plain_blocks(w, 1);
    assert_true(w->intent_cnt > 2);
    return w;
}

static uint64_t inflight(const world_t *w)
{
    return lq_engine_stat(w->engine).inflight_cnt;
}

/* ---- cases ---- */

/* A review looks at each as if it were not there, and leaves all as it was. */
static void what_earns_as_before_is_left_alone(void **state)
{
    (void)state;
    const lq_funding_t fundings[] = {LQ_FUNDING_INVENTORY, LQ_FUNDING_FLASH};
    for (size_t i = 0; i < LQ_ARRAY_CNT(fundings); i++) {
        lq_rng_t rng;
        world_t *w = asked(&rng, fundings[i]); /* one swap a pool: behind its own it would earn
                                                  nothing */
        size_t cnt = w->intent_cnt;
        world_plain_blocks(w, 4);
        assert_int_equal(w->drop_cnt, 0);
        assert_int_equal(w->intent_cnt, cnt);
        assert_int_equal(inflight(w), cnt);
        world_free(w);
    }
}

static void what_earns_nothing_any_more_is_dropped_once(void **state)
{
    (void)state;
    for (int how = 0; how < 3; how++) {
        lq_rng_t rng;
        world_t *w = asked(&rng, LQ_FUNDING_INVENTORY);
        size_t cnt = w->intent_cnt;
        if (how == 0)
            market_will.sizing = LQ_SIZING_UNPROFITABLE;
        else if (how == 1)
            market_will.sizing = LQ_SIZING_NO_ROUTE;
        else
            market_will.divisor = UINT64_C(1000000000000); /* below the minimum */
        market_will.no_route = how == 1 ? LQ_NO_ROUTE_NO_DEPTH : 0;
        world_timer(w, 1);
        assert_int_equal(w->drop_cnt, 0); /* the block that they are for has not come */
        world_plain_blocks(w, 1);
        assert_int_equal(w->drop_cnt, cnt);
        assert_int_equal(inflight(w), cnt); /* until their outcomes are told */
        world_plain_blocks(w, 2);
        assert_int_equal(w->drop_cnt, cnt);
        assert_int_equal(w->intent_cnt, cnt);
        world_free(w);
    }
}

/* Whether it earns is not known, or is not the question. */
static void what_stands_for_another_reason_is_left_alone(void **state)
{
    (void)state;
    for (int how = 0; how < 2; how++) {
        lq_rng_t rng;
        world_t *w = asked(&rng, LQ_FUNDING_INVENTORY);
        if (how == 0)
            market_will.verdicts[1] = LQ_VALUE_STALE;
        else
            world_command(w, LQ_COMMAND_PAUSE);
        world_plain_blocks(w, 3);
        assert_int_equal(w->drop_cnt, 0);
        world_free(w);
    }
}

static void what_is_mined_is_not_dropped(void **state)
{
    (void)state;
    lq_rng_t rng;
    world_t *w = asked(&rng, LQ_FUNDING_INVENTORY);
    size_t cnt = w->intent_cnt;
    world_outcome(w, 1, LQ_OUTCOME_MINED);
    market_will.sizing = LQ_SIZING_UNPROFITABLE;
    world_plain_blocks(w, 2);
    assert_false(w->intents[0].dropped);
    assert_int_equal(w->drop_cnt, cnt - 1);
    world_free(w);
}

static uint64_t debt_of(const world_t *w, const world_intent_t *it)
{
    return (uint64_t)lq_ledger_amount(lq_sync_ledger(lq_engine_sync(w->engine)), it->account, 1);
}

/* Somebody takes a part of what the account of IT owes, in the next block. */
static void is_liquidated(world_t *w, const world_intent_t *it)
{
    const uint64_t by = FAKE_PRICE + 1; /* less is no liquidation */
    const lq_ledger_t *ledger = lq_sync_ledger(lq_engine_sync(w->engine));
    uint8_t owner = lq_ledger_account(ledger, it->account).owner.b[1];
    chain_node_t *n = world_block(w);
    world_hold(n, owner, 0, 0); /* it can be liquidated still */
    world_hold(n, owner, 1, n->c.balance[owner][1] - by);
    (void)chain_rest(w->chain);
}

/* In the blocks that it is for: it may have been ours, of which the outcome tells. Not before. */
static void what_was_liquidated_meanwhile_is_left_to_its_outcome(void **state)
{
    (void)state;
    lq_rng_t rng;
    world_t *w = asked(&rng, LQ_FUNDING_INVENTORY);
    size_t cnt = w->intent_cnt;
    size_t at = 0;
    while (at < cnt && debt_of(w, &w->intents[at]) < FAKE_PRICE + 2)
        at++;
    assert_true(at < cnt);
    market_will.sizing = LQ_SIZING_UNPROFITABLE;
    is_liquidated(w, &w->intents[at]);
    assert_false(w->intents[at].dropped);
    assert_int_equal(w->drop_cnt, cnt - 1);
    world_outcome(w, at + 1, LQ_OUTCOME_CANCELLED);
    market_will.sizing = LQ_SIZING_PLAN;
    world_plain_blocks(w, 1);
    assert_int_equal(w->intent_cnt, cnt + 1);
    assert_int_equal(w->intents[cnt].account, w->intents[at].account);
    market_will.sizing = LQ_SIZING_UNPROFITABLE;
    world_plain_blocks(w, 1);
    assert_true(w->intents[cnt].dropped);
    world_free(w);
}

/* What was dropped, and is told to be cancelled, is asked for anew once it earns again. */
static void what_earns_again_is_asked_for_anew(void **state)
{
    (void)state;
    lq_rng_t rng;
    world_t *w = asked(&rng, LQ_FUNDING_INVENTORY);
    size_t cnt = w->intent_cnt;
    market_will.sizing = LQ_SIZING_UNPROFITABLE;
    world_plain_blocks(w, 1);
    assert_int_equal(w->drop_cnt, cnt);
    market_will.sizing = LQ_SIZING_PLAN;
    world_plain_blocks(w, 1);
    assert_int_equal(w->intent_cnt, cnt); /* it may be mined yet */
    world_outcome(w, 1, LQ_OUTCOME_CANCELLED);
    world_plain_blocks(w, 1);
    assert_int_equal(w->intent_cnt, cnt + 1);
    assert_int_equal(w->intents[cnt].account, w->intents[0].account);
    world_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_earns_as_before_is_left_alone),
        cmocka_unit_test(what_earns_nothing_any_more_is_dropped_once),
        cmocka_unit_test(what_stands_for_another_reason_is_left_alone),
        cmocka_unit_test(what_is_mined_is_not_dropped),
        cmocka_unit_test(what_was_liquidated_meanwhile_is_left_to_its_outcome),
        cmocka_unit_test(what_earns_again_is_asked_for_anew),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
