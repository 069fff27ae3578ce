/* What one event makes liquidatable is decided in slices, the best first. */

#include "engine_world.h"
#include "lq_test.h"

/* A trusted market, of which each sizing is a slice where SLICE_WORK is 1. */
static world_t *begun(lq_rng_t *rng, size_t slice_work, lq_funding_t funding)
{
    lq_engine_config_t config = world_config(NULL, NULL);
    config.slice_work = slice_work;
    market_will = (market_will_t){.sizing = LQ_SIZING_PLAN};
    world_t *w = world_new(world_pick, rng, &config, (lq_engine_market_t){.funding = funding});
    world_until_trusted(w);
    return w;
}

static lq_funding_t funding_of(size_t i)
{
    return i % 2 ? LQ_FUNDING_INVENTORY : LQ_FUNDING_FLASH;
}

/* Any days: what was told. */
static uint64_t live_through(uint64_t seed, size_t slice_work, uint64_t hurry, uint64_t *slice_cnt)
{
    lq_rng_t rng;
    lq_rng_seed(&rng, seed);
    world_t *w = begun(&rng, slice_work, funding_of(seed));
    w->hurry = hurry;
    market_will.wide = 1 + (uint32_t)(seed % 8);
    w->chain->fail = 3;
    w->chain->odd = 2;
    w->chain->late_head = 30;
    w->chain->skip = 10;
    w->chain->reorg = 3;
    w->chain->move_aggregator = 1;
    for (size_t i = 0; i < 2000 && w->chain->node_cnt < CHAIN_NODES - 100; i++)
        world_step(w);
    world_go_on(w);
    world_check(w);
    *slice_cnt += w->slice_cnt;
    uint64_t digest = w->digest;
    world_free(w);
    return digest;
}

static void however_small_the_slices_the_same_is_done(void **state)
{
    (void)state;
    lq_rng_t rng = lq_test_rng();
    uint64_t seed = lq_rng_u64(&rng);
    uint64_t slice_cnt = 0;
    uint64_t none = 0;
    for (size_t i = 0; i < lq_test_cnt(4, 100); i++)
        assert_true(live_through(seed + i, 1, 0, &slice_cnt) ==
                    live_through(seed + i, SIZE_MAX, 0, &none));
    assert_true(slice_cnt > 0);
    assert_int_equal(none, 0);
}

/* Candidates and funds add up behind each event, and all comes to its end. */
static void anything_may_happen_in_between(void **state)
{
    (void)state;
    lq_rng_t rng = lq_test_rng();
    uint64_t seed = lq_rng_u64(&rng);
    uint64_t slice_cnt = 0;
    for (size_t i = 0; i < lq_test_cnt(6, 200); i++)
        (void)live_through(seed + i, 1, 30 + 20 * (i % 4), &slice_cnt);
    assert_true(slice_cnt > 0);
}

/* The market falls, and nothing is held back any more. */
static world_t *fallen(lq_rng_t *rng, lq_funding_t funding)
{
    lq_rng_seed(rng, 5);
    world_t *w = begun(rng, 1, funding);
    (void)chain_rest(w->chain);
    world_outcomes(w, LQ_OUTCOME_CANCELLED);
    world_blocks(w, 2);
    return w;
}

static uint64_t standing(const world_t *w, lq_reason_t reason)
{
    return lq_engine_stat(w->engine).standing_cnt[reason];
}

static void each_leaves_when_it_is_his_turn(void **state)
{
    (void)state;
    lq_rng_t rng;
    world_t *w = fallen(&rng, LQ_FUNDING_INVENTORY);
    assert_true(standing(w, LQ_REASON_NO_FUNDS) > 2);
    world_fund(w, 100000);
    w->hurry = 100;
    (void)world_block(w);
    size_t before = w->intent_cnt;
    while (chain_advance(w->chain))
        ;
    assert_true(lq_engine_is_deciding(w->engine));
    while (lq_engine_is_deciding(w->engine)) {
        uint64_t cnt = lq_engine_stat(w->engine).size_cnt;
        world_slice(w);
        assert_in_range(lq_engine_stat(w->engine).size_cnt - cnt, 0, 2); /* one, and why */
    }
    assert_true(w->intent_cnt > before + 1);
    for (size_t i = before + 1; i < w->intent_cnt; i++)
        assert_true(w->intents[i].repaid <= w->intents[i - 1].repaid);
    world_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(however_small_the_slices_the_same_is_done),
        cmocka_unit_test(anything_may_happen_in_between),
        cmocka_unit_test(each_leaves_when_it_is_his_turn),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
