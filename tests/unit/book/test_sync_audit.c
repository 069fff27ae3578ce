#include "lq_test.h"

#include "../../support/fake_chain.h"

static uint64_t below(void *ctx, uint64_t n)
{
    return lq_rng_below(ctx, n);
}

static lq_rng_t rng;

static chain_t *make(size_t past)
{
    rng = lq_test_rng();
    lq_sync_config_t config = chain_config(&chain_instance);
    return chain_new(below, &rng, &config, past);
}

static void grow(chain_t *t, size_t blocks)
{
    for (; blocks; blocks--) {
        t->tip = chain_extend(t, t->tip);
        assert_true(chain_rest(t));
    }
}

static lq_sync_instance_stat_t instance_stat(const chain_t *t)
{
    return lq_sync_instance_stat(t->sync, 0);
}

/* Makes our copy of account 0, which is among the riskiest and so audited, wrong. */
static void spoil(chain_t *t)
{
    lq_ledger_t *ledger = lq_sync_ledger(t->sync);
    assert_ok(lq_ledger_set_amount(ledger, 0, 0, lq_ledger_amount(ledger, 0, 0) + 1));
}

static void trusts_an_instance_after_its_audits(void **state)
{
    (void)state;
    chain_t *t = make(40);
    assert_int_equal(instance_stat(t).trust, LQ_TRUST_NONE);
    assert_true(chain_rest(t));
    assert_int_equal(instance_stat(t).trust, LQ_TRUST_AUDIT_ONLY);
    while (instance_stat(t).audit_cnt < LQ_TRUST_AUDIT_CNT) {
        assert_int_equal(instance_stat(t).trust, LQ_TRUST_AUDIT_ONLY);
        grow(t, 1);
    }
    assert_int_equal(instance_stat(t).trust, LQ_TRUST_FULL);
    assert_int_equal(t->trust_cnt[LQ_TRUST_FULL], 1);
    assert_int_equal(instance_stat(t).mismatch_cnt, 0);
    /* Another version: what matched says nothing of it. */
    fake_of(lq_sync_self(t->sync, 0))->version = 1;
    grow(t, 1);
    assert_int_equal(instance_stat(t).trust, LQ_TRUST_AUDIT_ONLY);
    assert_int_equal(instance_stat(t).version, 1);
    chain_free(t);
}

static void counts_a_mismatch_and_reads_the_account_again(void **state)
{
    (void)state;
    chain_t *t = make(40);
    assert_true(chain_rest(t));
    t->lax = true;
    spoil(t);
    grow(t, 1);
    assert_int_equal(instance_stat(t).mismatch_cnt, 1);
    assert_int_equal(lq_sync_stat(t->sync).mismatch_cnt, 1);
    assert_int_equal(t->last_mismatch.account, 0);
    assert_string_equal(t->last_mismatch.name, "balance 0");
    assert_int_equal(t->last_mismatch.expected.w[0], t->last_mismatch.actual.w[0] + 1);
    t->lax = false;
    grow(t, 1); /* compared with the contract */
    assert_int_equal(lq_ledger_account(lq_sync_ledger(t->sync), 0).state, LQ_ACCOUNT_KNOWN);
    assert_int_equal(instance_stat(t).mismatch_cnt, 1);
    assert_int_equal(chain_compare(t, t->tip), 0);
    chain_free(t);
}

static void stops_an_instance_after_too_many_mismatches(void **state)
{
    (void)state;
    chain_t *t = make(40);
    assert_true(chain_rest(t));
    t->lax = true;
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(instance_stat(t).trust, LQ_TRUST_AUDIT_ONLY);
        assert_int_equal(instance_stat(t).mismatch_cnt, i);
        spoil(t);
        grow(t, 2);
    }
    assert_int_equal(instance_stat(t).trust, LQ_TRUST_STOPPED);
    assert_int_equal(t->trust_cnt[LQ_TRUST_STOPPED], 1);
    grow(t, 2);
    assert_int_equal(instance_stat(t).trust, LQ_TRUST_STOPPED);
    lq_sync_restart(t->sync, 0);
    assert_int_equal(instance_stat(t).trust, LQ_TRUST_AUDIT_ONLY);
    spoil(t);
    grow(t, 2);
    assert_int_equal(instance_stat(t).trust, LQ_TRUST_AUDIT_ONLY);
    chain_free(t);
}

/* An aggregator replaced behind its proxy: what is made of its price cannot match, and nobody is to
   be stopped for it. */
static void excuses_whom_a_wrong_price_makes_wrong(void **state)
{
    (void)state;
    chain_t *t = make(40);
    assert_true(chain_rest(t));
    t->lax = true;
    size_t excused_cnt = 0;
    for (size_t i = 0; i < 60; i++) {
        lq_ledger_t *ledger = lq_sync_ledger(t->sync);
        uint64_t oracle_cnt = lq_sync_stat(t->sync).oracle_mismatch_cnt;
        uint64_t account_cnt = instance_stat(t).mismatch_cnt;
        spoil(t);
        lq_sync_oracles(t->sync)->feed->value++;
        grow(t, 1);
        /* unless the block had a log with the right price, and there is no excuse */
        if (lq_sync_stat(t->sync).oracle_mismatch_cnt > oracle_cnt) {
            excused_cnt++;
            assert_int_equal(instance_stat(t).mismatch_cnt, account_cnt);
        }
        uint8_t owner = lq_ledger_account(ledger, 0).owner.b[1];
        assert_ok(lq_ledger_set_amount(ledger, 0, 0, t->nodes[t->tip].c.balance[owner][0]));
        grow(t, 1);
    }
    assert_true(excused_cnt > 10);
    chain_free(t);
}

static size_t find_audit(const chain_t *t)
{
    for (size_t i = 0; i < CHAIN_READS; i++)
        if (t->reads[i].used && t->reads[i].cnt > 1)
            return i;
    return CHAIN_READS;
}

/* Steps until the audit of the tip is asked. */
static size_t run_to_audit(chain_t *t)
{
    t->tip = chain_extend(t, t->tip);
    for (size_t i = 0; i < 1000; i++) {
        size_t settled_cnt = t->settled_cnt;
        if (!chain_advance(t))
            (void)chain_answer_any(t);
        if (t->settled_cnt > settled_cnt && lq_sync_stat(t->sync).settled &&
            find_audit(t) < CHAIN_READS)
            return find_audit(t);
    }
    fail();
    return 0;
}

static void takes_an_answer_that_changes_for_the_nodes_fault(void **state)
{
    (void)state;
    chain_t *t = make(40);
    assert_true(chain_rest(t));
    uint64_t fault_cnt = lq_sync_stat(t->sync).fault_cnt;
    size_t i = run_to_audit(t);
    size_t node = t->reads[i].node;
    fake_contract_t contract = t->nodes[node].c;
    for (size_t o = 0; o < FAKE_OWNERS; o++)
        t->nodes[node].c.balance[o][0] += 5;
    t->lax = true; /* settled is told of the account in doubt */
    chain_answer(t, i, false, false);
    t->nodes[node].c = contract;
    assert_true(chain_rest(t));
    t->lax = false;
    assert_int_equal(lq_sync_stat(t->sync).mismatch_cnt, 0);
    assert_true(lq_sync_stat(t->sync).fault_cnt > fault_cnt);
    grow(t, 3);
    assert_int_equal(lq_sync_stat(t->sync).mismatch_cnt, 0);
    assert_int_equal(lq_sync_stat(t->sync).unknown_cnt, 0);
    chain_free(t);
}

static void drops_the_audit_of_a_block_that_was_undone(void **state)
{
    (void)state;
    chain_t *t = make(40);
    assert_true(chain_rest(t));
    size_t i = run_to_audit(t);
    while (t->given_cnt < 3) { /* followed anew just now: a reorg would leave the stack */
        assert_true(chain_rest(t));
        i = run_to_audit(t);
    }
    uint64_t audit_cnt = lq_sync_stat(t->sync).audit_cnt;
    size_t parent = t->nodes[t->nodes[t->reads[i].node].parent].parent;
    uint64_t id = t->reads[i].id;
    t->tip = chain_extend(t, chain_extend(t, chain_extend(t, parent)));
    while (t->given[t->given_cnt] != t->tip)
        assert_true(chain_advance(t));
    for (size_t j = 0; j < CHAIN_READS; j++)
        assert_false(t->reads[j].used && t->reads[j].id == id); /* cancelled */
    assert_int_equal(lq_sync_stat(t->sync).audit_cnt, audit_cnt);
    assert_true(chain_rest(t));
    chain_free(t);
}

static void follows_anew_once_for_each_reserve(void **state)
{
    (void)state;
    chain_t *t = make(40);
    assert_true(chain_rest(t));
    for (size_t i = 0; i < 60; i++) {
        size_t follow_cnt = t->follow_cnt;
        uint64_t listed = t->nodes[t->tip].c.listed;
        for (size_t j = 0; j < 4; j++) /* so that some below are not complete */
            t->tip = chain_extend(t, t->tip);
        grow(t, 1);
        assert_int_equal(t->follow_cnt - follow_cnt, t->nodes[t->tip].c.listed - listed);
    }
    assert_int_equal(lq_sync_stat(t->sync).rebuild_cnt, 0);
    chain_free(t);
}

static void keeps_the_accounts_when_the_chain_leaves_the_window(void **state)
{
    (void)state;
    chain_t *t = make(3000);
    assert_true(chain_rest(t));
    assert_int_equal(t->search_from, CHAIN_FIRST);
    size_t cnt = lq_ledger_cnt(lq_sync_ledger(t->sync));
    lq_event_t broken = {.kind = LQ_EVENT_BROKEN};
    lq_sync_event(t->sync, &broken);
    assert_true(t->head);
    assert_int_equal(t->notice_cnt[LQ_SYNC_NOTICE_REBUILD], 1);
    assert_int_equal(lq_sync_stat(t->sync).unknown_cnt, cnt);
    assert_int_equal(instance_stat(t).trust, LQ_TRUST_NONE);
    lq_sync_place_t place;
    assert_err(lq_sync_place(t->sync, &place), LQ_ERR_EMPTY);
    t->tip = chain_extend(t, t->tip);
    assert_true(chain_rest(t));
    assert_true(t->search_from > CHAIN_FIRST);
    assert_int_equal(lq_sync_stat(t->sync).unknown_cnt, 0);
    assert_int_equal(chain_compare(t, t->tip), 0);
    chain_free(t);
}

static void copy_pieces(const lq_undo_piece_t *to, const lq_undo_piece_t *from, size_t cnt)
{
    for (size_t i = 0; i < cnt; i++) {
        assert_true(from[i].sz <= to[i].max);
        memcpy(to[i].data, from[i].data, from[i].sz);
    }
}

/* What snapshot.c does, without the bytes in between. */
static void move_to(chain_t *to, chain_t *from)
{
    lq_undo_piece_t a[LQ_LEDGER_PIECE_MAX], b[LQ_LEDGER_PIECE_MAX];
    size_t cnt = lq_ledger_pieces(lq_sync_ledger(from->sync), a);
    assert_int_equal(lq_ledger_pieces(lq_sync_ledger(to->sync), b), cnt);
    copy_pieces(b, a, cnt);
    assert_ok(lq_ledger_restored(lq_sync_ledger(to->sync)));
    lq_undo_piece_t c[LQ_ADAPTER_PIECE_MAX], d[LQ_ADAPTER_PIECE_MAX];
    cnt = fake_pieces(lq_sync_self(from->sync, 0), c);
    (void)fake_pieces(lq_sync_self(to->sync, 0), d);
    copy_pieces(d, c, cnt);
    *lq_sync_oracles(to->sync)->feed = *lq_sync_oracles(from->sync)->feed;
    lq_sync_place_t place;
    assert_ok(lq_sync_place(from->sync, &place));
    lq_sync_place_t wrong = place;
    wrong.phase = LQ_SYNC_FOLLOWING + 1;
    assert_err(lq_sync_place_restored(to->sync, &wrong), LQ_ERR_RANGE);
    wrong = place;
    wrong.instance_cnt = 2;
    assert_err(lq_sync_place_restored(to->sync, &wrong), LQ_ERR_RANGE);
    wrong = place;
    wrong.instances[0].trust = LQ_TRUST_STOPPED + 1;
    assert_err(lq_sync_place_restored(to->sync, &wrong), LQ_ERR_RANGE);
    assert_ok(lq_sync_place_restored(to->sync, &place));
}

/* In whatever phase, after whatever step. */
static void goes_on_from_where_a_snapshot_was_taken(void **state)
{
    (void)state;
    for (size_t steps = 0; steps < 120; steps += 1 + steps / 20) {
        chain_t *t = make(30);
        lq_sync_place_t place;
        for (size_t i = 0; i < steps || lq_sync_place(t->sync, &place); i++)
            chain_step(t);
        chain_t *other = make(0);
        memcpy(other->nodes, t->nodes, sizeof(t->nodes));
        other->node_cnt = t->node_cnt;
        other->tip = t->tip;
        move_to(other, t);
        other->head = false;
        assert_int_equal(lq_sync_stat(other->sync).phase, place.phase);
        lq_sync_resume(other->sync);
        assert_true(chain_rest(other));
        grow(other, 3);
        assert_int_equal(lq_sync_stat(other->sync).unknown_cnt, 0);
        assert_int_equal(lq_sync_stat(other->sync).rebuild_cnt, 0);
        chain_free(t);
        chain_free(other);
    }
}

static void tells_once_that_accounts_have_no_room(void **state)
{
    (void)state;
    rng = lq_test_rng();
    lq_sync_config_t config = chain_config(&chain_instance);
    config.ledger.account_max = 5;
    chain_t *t = chain_new(below, &rng, &config, 60);
    t->lax = true;
    assert_true(chain_rest(t));
    assert_int_equal(t->notice_cnt[LQ_SYNC_NOTICE_FULL], 1);
    assert_int_equal(lq_ledger_cnt(lq_sync_ledger(t->sync)), 5);
    chain_free(t);
}

static void refuses_what_is_out_of_range(void **state)
{
    (void)state;
    lq_sync_config_t config = chain_config(&chain_instance);
    lq_arena_t arena;
    assert_ok(lq_arena_init(&arena, lq_sync_arena_sz(&config)));
    lq_sync_t *sync = NULL;
    lq_sync_sink_t sink = {0};
    config.instance_cnt = 0;
    assert_err(lq_sync_new(&sync, &arena, &config, &sink), LQ_ERR_RANGE);
    config.instance_cnt = LQ_SYNC_INSTANCE_MAX + 1;
    assert_err(lq_sync_new(&sync, &arena, &config, &sink), LQ_ERR_RANGE);
    config.instance_cnt = 1;
    config.read_max = 65;
    assert_err(lq_sync_new(&sync, &arena, &config, &sink), LQ_ERR_RANGE);
    assert_int_equal(lq_sync_arena_sz(&config), 0);
    config.read_max = 64;
    lq_arena_fini(&arena);
    assert_ok(lq_arena_init(&arena, 4096));
    assert_err(lq_sync_new(&sync, &arena, &config, &sink), LQ_ERR_NOMEM);
    assert_null(sync);
    lq_arena_fini(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(trusts_an_instance_after_its_audits),
        cmocka_unit_test(counts_a_mismatch_and_reads_the_account_again),
        cmocka_unit_test(stops_an_instance_after_too_many_mismatches),
        cmocka_unit_test(excuses_whom_a_wrong_price_makes_wrong),
        cmocka_unit_test(takes_an_answer_that_changes_for_the_nodes_fault),
        cmocka_unit_test(drops_the_audit_of_a_block_that_was_undone),
        cmocka_unit_test(follows_anew_once_for_each_reserve),
        cmocka_unit_test(keeps_the_accounts_when_the_chain_leaves_the_window),
        cmocka_unit_test(goes_on_from_where_a_snapshot_was_taken),
        cmocka_unit_test(tells_once_that_accounts_have_no_room),
        cmocka_unit_test(refuses_what_is_out_of_range),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
