#include "lq_test.h"

#include "../../support/fake_chain.h"

/* What an account shares with others, here the instance's clock, got wrong: who notices, and how
   often it is read again. */

static uint64_t below(void *ctx, uint64_t n)
{
    return lq_rng_below(ctx, n);
}

static lq_rng_t rng;
static unsigned doubt_cnt;

static void count_doubt(lq_instance_t *self, uint32_t account)
{
    doubt_cnt++;
    fake_doubt(self, account);
}

/* The clock stands for a figure that is made of the account and of what it shares. */
static lq_err_t mixed_expected(const lq_instance_t *self, lq_audit_t *out, uint32_t account,
                               uint64_t now_sec)
{
    lq_err_t err = fake_audit_expected(self, out, account, now_sec);
    out->own_cnt = out->cnt;
    return err;
}

/* Our own arithmetic is wrong for account 0. */
static lq_err_t odd_expected(const lq_instance_t *self, lq_audit_t *out, uint32_t account,
                             uint64_t now_sec)
{
    lq_err_t err = mixed_expected(self, out, account, now_sec);
    out->values[0].w[0] += account == 0;
    return err;
}

typedef lq_err_t expected_fn_t(const lq_instance_t *self, lq_audit_t *out, uint32_t account,
                               uint64_t now_sec);

static lq_adapter_t adapter;
static lq_sync_instance_t instance;

static chain_t *make(expected_fn_t *expected, uint32_t risky_cnt)
{
    rng = lq_test_rng();
    doubt_cnt = 0;
    adapter = fake_adapter;
    adapter.doubt = count_doubt;
    adapter.audit_expected = expected;
    instance = chain_instance;
    instance.adapter = &adapter;
    lq_sync_config_t config = chain_config(&instance);
    config.audit_per_blk = 1;
    config.audit_risky_per_blk = risky_cnt;
    chain_t *t = chain_new(below, &rng, &config, 40);
    t->lax = true;
    return t;
}

/* Of blocks without logs: one that widens what is watched is given, and so audited, twice. */
static void grow(chain_t *t, size_t blocks)
{
    for (; blocks; blocks--) {
        t->tip = chain_extend(t, t->tip);
        chain_node_t *n = &t->nodes[t->tip];
        fake_contract_t c = t->nodes[n->parent].c;
        c.rate = n->c.rate;
        n->c = c;
        n->log_cnt = 0;
        assert_true(chain_rest(t));
    }
}

static void spoil_clock(chain_t *t)
{
    fake_instance_t *f = fake_of(lq_sync_self(t->sync, 0));
    fake_state_t s = *f->state;
    s.clock++;
    fake_put(f, &s);
}

static uint64_t mismatch_cnt(const chain_t *t)
{
    return lq_sync_instance_stat(t->sync, 0).mismatch_cnt;
}

static void reads_at_once_what_is_shared_where_a_value_of_that_alone_differs(void **state)
{
    (void)state;
    chain_t *t = make(fake_audit_expected, 2);
    assert_true(chain_rest(t));
    assert_int_equal(doubt_cnt, 0);
    spoil_clock(t);
    grow(t, 1);
    assert_true(mismatch_cnt(t) > 0);
    assert_string_equal(t->last_mismatch.name, "clock");
    assert_true(doubt_cnt > 0);
    assert_int_equal(chain_compare(t, t->tip), 0);
    uint64_t cnt = mismatch_cnt(t);
    t->lax = false;
    grow(t, 4);
    assert_int_equal(mismatch_cnt(t), cnt);
    chain_free(t);
}

static void reads_an_account_before_what_it_shares_where_either_may_be_wrong(void **state)
{
    (void)state;
    chain_t *t = make(mixed_expected, 0);
    assert_true(chain_rest(t));
    spoil_clock(t);
    grow(t, 1);
    assert_int_equal(mismatch_cnt(t), 1);
    assert_int_equal(doubt_cnt, 0);
    assert_int_equal(chain_compare(t, t->tip), 1);
    grow(t, 1); /* who was read is audited, whoever else is */
    assert_true(doubt_cnt > 0);
    assert_int_equal(chain_compare(t, t->tip), 0);
    uint64_t cnt = mismatch_cnt(t);
    t->lax = false;
    grow(t, 4);
    assert_int_equal(mismatch_cnt(t), cnt);
    chain_free(t);
}

/* One account alone is doubted here, and each round is of one block. */
static void keeps_its_distance_where_to_read_what_is_shared_does_not_help(void **state)
{
    (void)state;
    chain_t *t = make(odd_expected, 2);
    assert_true(chain_rest(t));
    doubt_cnt = 0;
    grow(t, 2);
    while (doubt_cnt < 7) /* at distances of 1, 2, 4, 8, 16, 32 */
        grow(t, 1);
    unsigned blocks = 0;
    for (; doubt_cnt < 8; blocks++)
        grow(t, 1);
    assert_int_equal(blocks, 32);
    assert_true(mismatch_cnt(t) > 60);
    chain_free(t);
}

/* Nor does it have the instance stopped sooner than chance would. */
static void audits_a_suspect_before_others_but_twice(void **state)
{
    (void)state;
    chain_t *t = make(odd_expected, 0);
    assert_true(chain_rest(t));
    while (mismatch_cnt(t) == 0)
        grow(t, 1);
    assert_int_equal(mismatch_cnt(t), 1);
    grow(t, 2);
    assert_true(mismatch_cnt(t) >= 3);
    uint64_t cnt = mismatch_cnt(t);
    grow(t, 40);
    assert_true(mismatch_cnt(t) < cnt + 20);
    chain_free(t);
}

/* Undone with the block of its audit, given again with an answer below, or in time: in the end the
   clock is right. */
static void ends_right_whatever_becomes_of_the_block_of_the_audit(void **state)
{
    (void)state;
    chain_t *t = make(fake_audit_expected, 2);
    assert_true(chain_rest(t));
    for (unsigned i = 0; i < 60 && t->node_cnt + 80 < CHAIN_NODES; i++) {
        spoil_clock(t);
        uint64_t cnt = mismatch_cnt(t);
        for (unsigned k = 0; k < 3; k++)
            t->tip = chain_extend(t, t->tip);
        for (unsigned k = 0; k < 1000 && mismatch_cnt(t) == cnt; k++)
            if (chain_pick(t, 2) ? !chain_answer_any(t) : !chain_advance(t))
                (void)chain_housekeep(t);
        if (chain_pick(t, 2))
            chain_reorg(t);
        assert_true(chain_rest(t));
        grow(t, 3);
        assert_int_equal(chain_compare(t, t->tip), 0);
    }
    assert_true(doubt_cnt > 0);
    chain_free(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_at_once_what_is_shared_where_a_value_of_that_alone_differs),
        cmocka_unit_test(reads_an_account_before_what_it_shares_where_either_may_be_wrong),
        cmocka_unit_test(keeps_its_distance_where_to_read_what_is_shared_does_not_help),
        cmocka_unit_test(audits_a_suspect_before_others_but_twice),
        cmocka_unit_test(ends_right_whatever_becomes_of_the_block_of_the_audit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
