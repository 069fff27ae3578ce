#include "lq_test.h"

#include "../../support/fake_chain.h"

static uint64_t below(void *ctx, uint64_t n)
{
    return lq_rng_below(ctx, n);
}

static chain_t *make(lq_rng_t *rng, size_t past)
{
    lq_sync_config_t config = chain_config(&chain_instance);
    return chain_new(below, rng, &config, past);
}

static void settles_from_nothing(void **state)
{
    (void)state;
    lq_rng_t rng = lq_test_rng();
    chain_t *t = make(&rng, 50);
    t->head = false;
    assert_int_equal(lq_sync_stat(t->sync).phase, LQ_SYNC_IDLE);
    t->head = true;
    assert_true(chain_rest(t));
    assert_int_equal(lq_sync_stat(t->sync).phase, LQ_SYNC_FOLLOWING);
    assert_int_equal(lq_sync_stat(t->sync).unknown_cnt, 0);
    assert_int_equal(lq_sync_stat(t->sync).rebuild_cnt, 0);
    assert_true(t->settled_cnt > 0);
    chain_free(t);
}

static void shuffle_world(chain_t *t, lq_rng_t *rng)
{
    t->fail = (unsigned)lq_rng_below(rng, 2) * 10;
    t->never = (unsigned)lq_rng_below(rng, 3) / 2 * 3;
    t->odd = (unsigned)lq_rng_below(rng, 2) * 5;
    t->late_head = (unsigned)lq_rng_below(rng, 3) * 40;
    t->skip = (unsigned)lq_rng_below(rng, 2) * 20;
    t->reorg = (unsigned)lq_rng_below(rng, 4);
    t->deep = lq_rng_below(rng, 4) ? 4 : 64;
    t->move_aggregator = 1;
}

static const lq_sync_instance_t *shuffle_config(lq_sync_config_t *config, lq_rng_t *rng,
                                                lq_sync_instance_t *instance, lq_adapter_t *adapter)
{
    static const size_t reads[] = {1, 2, 8, 64};
    static const size_t accounts[] = {1, 3, 30};
    static const size_t holds[] = {600, 4000, 100000};
    *instance = chain_instance;
    *adapter = fake_adapter;
    instance->adapter = adapter;
    *config = chain_config(instance);
    config->read_max = reads[lq_rng_below(rng, 4)];
    config->read_account_max = accounts[lq_rng_below(rng, 3)];
    config->hold_max = holds[lq_rng_below(rng, 3)];
    if (!lq_rng_below(rng, 4))
        config->undo_line_max = 60 + lq_rng_below(rng, 300);
    if (!lq_rng_below(rng, 4))
        config->window_blk = 3 + (uint32_t)lq_rng_below(rng, 10);
    if (!lq_rng_below(rng, 4))
        adapter->reread = NULL;
    config->venues = chain_venues(lq_rng_below(rng, FAKE_POOLS + 1));
    return instance;
}

/* Lets the chain go on until what failed had its turn again. */
static void comes_to_rest(chain_t *t)
{
    t->fail = 0;
    t->never = 0;
    t->odd = 0;
    for (size_t blocks = 0; blocks < 400 && (!chain_rest(t) || lq_sync_stat(t->sync).unknown_cnt);
         blocks++)
        t->tip = chain_extend(t, t->tip);
    assert_true(lq_sync_stat(t->sync).settled);
    assert_int_equal(lq_sync_stat(t->sync).unknown_cnt, 0);
    assert_int_equal(chain_compare(t, t->tip), 0);
}

/* Nothing waits for pools: they come on their own, when those that failed have their turn. */
static void pools_come_too(chain_t *t)
{
    size_t left = 1;
    for (size_t blocks = 0; blocks < 300 && left; blocks++) {
        t->tip = chain_extend(t, t->tip);
        left = !chain_rest(t);
        assert_int_equal(chain_compare_pools(t, t->tip, &left), 0);
    }
    assert_int_equal(left, 0);
}

/* Everything at once; each settled state is compared with the contract's as it is told. */
static void equals_the_contract_whenever_it_is_settled(void **state)
{
    (void)state;
    lq_rng_t rng = lq_test_rng();
    for (size_t run = 0; run < lq_test_cnt(60, 2000); run++) {
        lq_sync_config_t config;
        lq_sync_instance_t instance;
        lq_adapter_t adapter;
        shuffle_config(&config, &rng, &instance, &adapter);
        chain_t *t = chain_new(below, &rng, &config, 20 + lq_rng_below(&rng, 60));
        shuffle_world(t, &rng);
        for (size_t i = 0; i < 3000; i++)
            chain_step(t);
        comes_to_rest(t);
        pools_come_too(t);
        assert_int_equal(lq_sync_stat(t->sync).pool_mismatch_cnt, 0);
        assert_true(t->pool_cnt || !t->notice_cnt[LQ_SYNC_NOTICE_POOL]);
        assert_int_equal(lq_sync_stat(t->sync).mismatch_cnt, 0);
        assert_int_equal(t->notice_cnt[LQ_SYNC_NOTICE_MISMATCH], 0);
        chain_free(t);
    }
}

/* What a node says that lies in all it says comes to nothing worse than a wrong state. */
static void recovers_from_a_node_that_lies(void **state)
{
    (void)state;
    lq_rng_t rng = lq_test_rng();
    for (size_t run = 0; run < lq_test_cnt(20, 500); run++) {
        lq_sync_config_t config;
        lq_sync_instance_t instance;
        lq_adapter_t adapter;
        shuffle_config(&config, &rng, &instance, &adapter);
        chain_t *t = chain_new(below, &rng, &config, 30);
        shuffle_world(t, &rng);
        t->lax = true;
        t->lie_any = 20;
        for (size_t i = 0; i < 2000; i++)
            chain_step(t);
        chain_free(t);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(settles_from_nothing),
        cmocka_unit_test(equals_the_contract_whenever_it_is_settled),
        cmocka_unit_test(recovers_from_a_node_that_lies),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
