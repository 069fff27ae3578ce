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

/* Everything at once; each settled state is compared with the contract's as it is told. */
static void equals_the_contract_whenever_it_is_settled(void **state)
{
    (void)state;
    lq_rng_t rng = lq_test_rng();
    for (size_t run = 0; run < lq_test_cnt(20, 400); run++) {
        chain_t *t = make(&rng, 20 + lq_rng_below(&rng, 60));
        t->fail = (unsigned)lq_rng_below(&rng, 2) * 10;
        t->odd = (unsigned)lq_rng_below(&rng, 2) * 5;
        t->late_head = (unsigned)lq_rng_below(&rng, 3) * 40;
        t->skip = (unsigned)lq_rng_below(&rng, 2) * 20;
        t->reorg = (unsigned)lq_rng_below(&rng, 4);
        t->deep = lq_rng_below(&rng, 4) ? 4 : 64;
        t->move_aggregator = 1;
        for (size_t i = 0; i < 4000; i++)
            chain_step(t);
        t->fail = 0;
        size_t blocks = 300;
        while (!chain_rest(t) && blocks--)
            t->tip = chain_extend(t, t->tip);
        assert_true(lq_sync_stat(t->sync).settled);
        assert_int_equal(lq_sync_stat(t->sync).mismatch_cnt, 0);
        assert_int_equal(t->notice_cnt[LQ_SYNC_NOTICE_MISMATCH], 0);
        assert_int_equal(chain_compare(t, t->tip), 0);
        lq_sync_stat_t stat = lq_sync_stat(t->sync);
        if (getenv("DBG")) printf("settled %zu/%zu replay %lu rebuild %lu follow %zu fault %lu failed %lu oracle_mis %lu audits %lu full %zu\n", t->settled_cnt, t->node_cnt, stat.replay_cnt, stat.rebuild_cnt, t->follow_cnt, stat.fault_cnt, stat.read_failed_cnt, stat.oracle_mismatch_cnt, stat.audit_cnt, t->notice_cnt[LQ_SYNC_NOTICE_FULL]);
        chain_free(t);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(settles_from_nothing),
        cmocka_unit_test(equals_the_contract_whenever_it_is_settled),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
