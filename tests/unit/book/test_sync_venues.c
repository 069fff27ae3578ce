/* Pools and lenders in the sync: read beside all else, waited for by nobody, audited in turn. */

#include "lq_test.h"

#include "../../support/fake_chain.h"

static uint64_t below(void *ctx, uint64_t n)
{
    return lq_rng_below(ctx, n);
}

static chain_t *make_with(lq_rng_t *rng, size_t pool_cnt, size_t read_max)
{
    lq_sync_config_t config = chain_config(&chain_instance);
    config.venues = chain_venues(pool_cnt);
    config.read_max = read_max;
    return chain_new(below, rng, &config, 30);
}

static chain_t *make(lq_rng_t *rng, size_t pool_cnt)
{
    return make_with(rng, pool_cnt, 8);
}

static fake_venues_state_t *venues_of(const chain_t *t)
{
    return lq_sync_venues(t->sync)->state;
}

static lq_no_route_t status(const chain_t *t, uint32_t pool)
{
    return lq_venues_pool(lq_sync_venues(t->sync), pool)->status;
}

/* N blocks more, of which each settles. */
static void blocks(chain_t *t, size_t n)
{
    for (; n; n--) {
        t->tip = chain_extend(t, t->tip);
        assert_true(chain_rest(t));
    }
}

/* A block in which nothing happens, not given yet. */
static chain_node_t *plain_block(chain_t *t)
{
    t->tip = chain_extend(t, t->tip);
    chain_node_t *n = &t->nodes[t->tip];
    n->log_cnt = 0;
    n->c = t->nodes[n->parent].c;
    return n;
}

/* Gives pool 0 a value that can be used. */
static void refill(chain_t *t)
{
    chain_node_t *n = plain_block(t);
    n->c.pool_value[0] = 17;
    chain_log(n, chain_pools[0].address, FAKE_TOPIC_SWAP, 0, 17);
    assert_true(chain_rest(t));
}

static void keeps_pools_and_lenders_from_the_chain(void **state)
{
    (void)state;
    lq_rng_t rng = lq_test_rng();
    chain_t *t = make(&rng, FAKE_POOLS);
    assert_true(chain_rest(t));
    blocks(t, 6);
    for (uint32_t i = 0; i < FAKE_POOLS; i++)
        assert_int_equal(venues_of(t)->pools[i].stage, 2);
    size_t even = chain_above(t, t->tip, t->nodes[t->tip].header.block.number / 2 * 2);
    assert_int_equal(venues_of(t)->lender_has, t->nodes[even].c.lender_has);
    assert_true(lq_sync_stat(t->sync).pool_audit_cnt > 0);
    assert_int_equal(lq_sync_stat(t->sync).pool_mismatch_cnt, 0);
    chain_free(t);
}

/* Nothing is asked of what is not there; what is has its reads, and no more than its share. */
static void asks_nothing_where_there_is_no_pool(void **state)
{
    (void)state;
    lq_rng_t rng = lq_test_rng();
    chain_t *t = make(&rng, 0);
    assert_true(chain_rest(t));
    blocks(t, 10);
    assert_int_equal(t->pool_read_cnt, 0);
    assert_int_equal(t->notice_cnt[LQ_SYNC_NOTICE_POOL], 0);
    assert_int_equal(lq_sync_venues(t->sync)->seen_cnt, 0);
    chain_free(t);
}

static void nobody_waits_for_pools(void **state)
{
    (void)state;
    lq_rng_t rng = lq_test_rng();
    static const size_t read_maxes[] = {2, 8, 16, 64};
    for (size_t i = 0; i < LQ_ARRAY_CNT(read_maxes); i++) {
        chain_t *t = make_with(&rng, FAKE_POOLS, read_maxes[i]);
        t->mute_pools = true;
        assert_true(chain_rest(t));
        size_t settled = t->settled_cnt;
        blocks(t, 100); /* each settles */
        assert_true(t->settled_cnt >= settled + 100);
        assert_int_equal(status(t, 0), LQ_NO_ROUTE_UNREAD);
        assert_true(t->pool_read_cnt > 1); /* cancelled and asked anew */
        assert_int_equal(lq_sync_stat(t->sync).given_up_cnt, 0);
        t->mute_pools = false;
        blocks(t, 80);
        assert_int_equal(venues_of(t)->pools[FAKE_POOLS - 1].stage, 2);
        chain_free(t);
    }
}

/* Answers of a block that is not on top any more are applied together, but for what is asked of
   pools at that block. */
static void answers_do_not_wait_for_those_of_pools(void **state)
{
    (void)state;
    lq_rng_t rng = lq_test_rng();
    chain_t *t = make_with(&rng, 1, 16);
    t->mute_pools = true;
    while (!t->follows)
        assert_true(chain_housekeep(t) || chain_answer_any(t));
    for (unsigned i = 0; i < 3; i++) { /* what was asked at the first is unanswered */
        t->tip = chain_extend(t, t->tip);
        while (chain_advance(t))
            continue;
    }
    size_t unknown = lq_sync_stat(t->sync).unknown_cnt;
    size_t below_cnt = 0;
    assert_int_equal(t->pool_read_cnt, 1);
    for (size_t i = 0; i < CHAIN_READS; i++) {
        if (!t->reads[i].used || t->reads[i].never || t->reads[i].node == t->tip)
            continue;
        below_cnt++;
        chain_answer(t, i, false, false);
    }
    assert_true(below_cnt > 0 && lq_sync_stat(t->sync).unknown_cnt < unknown);
    chain_free(t);
}

/* Instances, oracles and venues are all told of each log, whoever it is of. */
static void no_log_is_swallowed(void **state)
{
    (void)state;
    lq_rng_t rng = lq_test_rng();
    chain_t *t = make(&rng, 2);
    assert_true(chain_rest(t));
    blocks(t, 20);
    assert_true(lq_sync_stat(t->sync).log_cnt > 20);
    assert_true(lq_sync_venues(t->sync)->seen_cnt >= lq_sync_stat(t->sync).log_cnt);
    chain_free(t);
}

static void looks_at_no_pool_where_none_has_changed(void **state)
{
    (void)state;
    lq_rng_t rng = lq_test_rng();
    chain_t *t = make(&rng, FAKE_POOLS);
    assert_true(chain_rest(t));
    blocks(t, 6);
    uint64_t looked = lq_sync_venues(t->sync)->looked_cnt;
    for (unsigned i = 0; i < 5; i++) {
        (void)plain_block(t);
        assert_true(chain_rest(t));
    }
    assert_int_equal(lq_sync_venues(t->sync)->looked_cnt, looked);
    refill(t);
    assert_true(lq_sync_venues(t->sync)->looked_cnt > looked);
    chain_free(t);
}

/* A pool whose contract says what no log has told. */
static void a_mismatch_told_twice_is_doubted_and_read_anew(void **state)
{
    (void)state;
    lq_rng_t rng = lq_test_rng();
    chain_t *t = make(&rng, 1);
    assert_true(chain_rest(t));
    refill(t);
    assert_int_equal(status(t, 0), LQ_NO_ROUTE_NONE);
    size_t told = t->notice_cnt[LQ_SYNC_NOTICE_POOL];
    size_t faults = lq_sync_stat(t->sync).fault_cnt;
    fake_pool_t *pool = &venues_of(t)->pools[0];
    t->lax = true; /* settled before the audit */
    plain_block(t)->c.pool_ticks[0] += 5;
    (void)chain_rest(t);
    assert_int_equal(lq_sync_stat(t->sync).pool_mismatch_cnt, 1);
    assert_int_equal(pool->ticks, t->nodes[t->tip].c.pool_ticks[0]); /* read anew */
    assert_int_equal(status(t, 0), LQ_NO_ROUTE_NONE);
    assert_int_equal(lq_sync_stat(t->sync).fault_cnt, faults);
    assert_true(t->notice_cnt[LQ_SYNC_NOTICE_POOL] >= told + 3); /* it, doubtful, usable */
    assert_string_equal(t->last_pool.text, "the pool can be used");
    blocks(t, 5);
    assert_int_equal(lq_sync_stat(t->sync).pool_mismatch_cnt, 1);
    chain_free(t);
}

static void names_what_did_not_match(void **state)
{
    (void)state;
    lq_rng_t rng = lq_test_rng();
    chain_t *t = make(&rng, 1);
    assert_true(chain_rest(t));
    refill(t);
    t->lax = true;
    t->mute_pools = true; /* not read anew: the last notices stay */
    uint64_t before = plain_block(t)->c.pool_ticks[0]++;
    (void)chain_rest(t);
    for (size_t i = 0; i < CHAIN_READS; i++) /* audits are answered all the same */
        for (size_t round = 0; round < 3 && t->reads[i].used; round++) {
            bool audit = false;
            for (size_t j = 0; j < t->reads[i].cnt; j++)
                audit = audit || t->reads[i].what[j][0] == FAKE_READ_POOL_AUDIT;
            if (!audit)
                break;
            chain_answer(t, i, false, false);
            i = 0;
        }
    assert_int_equal(lq_sync_stat(t->sync).pool_mismatch_cnt, 1);
    assert_int_equal(status(t, 0), LQ_NO_ROUTE_DOUBTFUL);
    assert_string_equal(t->last_pool.text, lq_no_route_str(LQ_NO_ROUTE_DOUBTFUL));
    assert_int_equal(t->last_mismatched.index, 0);
    assert_string_equal(t->last_mismatched.name, "ticks");
    assert_int_equal(t->last_mismatched.expected.w[0], before);
    assert_int_equal(t->last_mismatched.actual.w[0], before + 1);
    chain_free(t);
}

/* One lie: the second answer to the same question at the same block clears the pool. */
static void what_a_node_says_once_is_no_mismatch(void **state)
{
    (void)state;
    lq_rng_t rng = lq_test_rng();
    size_t asked_again = 0;
    for (size_t run = 0; run < 20; run++) {
        chain_t *t = make(&rng, 1);
        assert_true(chain_rest(t));
        refill(t);
        t->lax = true; /* a block may settle while it lies */
        (void)plain_block(t);
        for (size_t i = 0; i < 10000; i++) {
            if (chain_housekeep(t) || chain_advance(t))
                continue;
            bool lied = false;
            for (size_t k = 0; k < CHAIN_READS && !lied; k++) {
                chain_read_t *r = &t->reads[k];
                bool only = r->used && r->cnt;
                size_t at = 0;
                while (only && at < r->cnt && r->what[at][0] != FAKE_READ_POOL_AUDIT)
                    at++;
                if (!only || at == r->cnt || asked_again > run)
                    continue;
                chain_node_t *n = &t->nodes[r->node];
                n->c.pool_value[0] ^= 1;
                chain_answer(t, k, false, false);
                n->c.pool_value[0] ^= 1;
                asked_again++;
                lied = true;
            }
            if (!lied && !chain_answer_any(t))
                break;
        }
        assert_int_equal(lq_sync_stat(t->sync).pool_mismatch_cnt, 0);
        assert_int_not_equal(status(t, 0), LQ_NO_ROUTE_DOUBTFUL);
        chain_free(t);
    }
    assert_true(asked_again > 10);
}

static void a_log_that_contradicts_has_its_pool_read_anew(void **state)
{
    (void)state;
    lq_rng_t rng = lq_test_rng();
    chain_t *t = make(&rng, 1);
    assert_true(chain_rest(t));
    refill(t);
    size_t faults = lq_sync_stat(t->sync).fault_cnt;
    chain_node_t *n = plain_block(t);
    chain_log(n, chain_pools[0].address, FAKE_TOPIC_POOL_ODD, 0, 0);
    assert_true(chain_rest(t));
    assert_int_equal(lq_sync_stat(t->sync).fault_cnt, faults + 1);
    assert_int_equal(status(t, 0), LQ_NO_ROUTE_NONE);
    chain_free(t);
}

/* The question about a pool's audit that is not answered; CHAIN_READS: there is none. */
static size_t open_audit(const chain_t *t)
{
    for (size_t i = 0; i < CHAIN_READS; i++)
        for (size_t k = 0; t->reads[i].used && k < t->reads[i].cnt; k++)
            if (t->reads[i].what[k][0] == FAKE_READ_POOL_AUDIT)
                return i;
    return CHAIN_READS;
}

/* Doubted by a log between the question and the answer. */
static void the_audit_of_a_pool_that_is_doubted_by_now_is_no_fault(void **state)
{
    (void)state;
    lq_rng_t rng = lq_test_rng();
    chain_t *t = make(&rng, 1);
    assert_true(chain_rest(t));
    refill(t);
    size_t faults = lq_sync_stat(t->sync).fault_cnt;
    t->lax = true;
    (void)plain_block(t);
    while (open_audit(t) == CHAIN_READS)
        assert_true(chain_housekeep(t) || chain_advance(t) || chain_answer_any(t));
    chain_log(plain_block(t), chain_pools[0].address, FAKE_TOPIC_POOL_ODD, 0, 0);
    while (chain_advance(t))
        continue;
    assert_int_equal(status(t, 0), LQ_NO_ROUTE_DOUBTFUL);
    assert_int_not_equal(open_audit(t), CHAIN_READS);
    chain_answer(t, open_audit(t), false, false);
    assert_int_equal(lq_sync_stat(t->sync).fault_cnt, faults + 1); /* the log */
    assert_true(chain_rest(t));
    assert_int_equal(status(t, 0), LQ_NO_ROUTE_NONE);
    chain_free(t);
}

static void a_rebuild_reads_pools_anew(void **state)
{
    (void)state;
    lq_rng_t rng = lq_test_rng();
    chain_t *t = make(&rng, 2);
    assert_true(chain_rest(t));
    blocks(t, 3);
    assert_int_equal(venues_of(t)->pools[1].stage, 2);
    while (t->follows) /* further and further back, until there is nothing more */
        chain_event(t, &(lq_event_t){.kind = LQ_EVENT_BROKEN}),
            t->follows = t->follows && !lq_sync_stat(t->sync).rebuild_cnt;
    assert_int_equal(lq_sync_stat(t->sync).rebuild_cnt, 1);
    assert_int_equal(venues_of(t)->pools[1].stage, 0);
    assert_true(chain_rest(t));
    blocks(t, 3);
    assert_int_equal(venues_of(t)->pools[1].stage, 2);
    chain_free(t);
}

static void refuses_more_pools_than_there_can_be(void **state)
{
    (void)state;
    lq_sync_config_t config = chain_config(&chain_instance);
    config.venues = chain_venues(LQ_VENUES_POOL_MAX + 1);
    assert_int_equal(lq_sync_arena_sz(&config), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keeps_pools_and_lenders_from_the_chain),
        cmocka_unit_test(asks_nothing_where_there_is_no_pool),
        cmocka_unit_test(nobody_waits_for_pools),
        cmocka_unit_test(answers_do_not_wait_for_those_of_pools),
        cmocka_unit_test(no_log_is_swallowed),
        cmocka_unit_test(looks_at_no_pool_where_none_has_changed),
        cmocka_unit_test(a_mismatch_told_twice_is_doubted_and_read_anew),
        cmocka_unit_test(names_what_did_not_match),
        cmocka_unit_test(what_a_node_says_once_is_no_mismatch),
        cmocka_unit_test(a_log_that_contradicts_has_its_pool_read_anew),
        cmocka_unit_test(the_audit_of_a_pool_that_is_doubted_by_now_is_no_fault),
        cmocka_unit_test(a_rebuild_reads_pools_anew),
        cmocka_unit_test(refuses_more_pools_than_there_can_be),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
