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
    while (!t->head) /* from lower first */
        lq_sync_event(t->sync, &broken);
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

/* Answers of the read I that account 0's owner has more than he has. */
static void answer_wrongly(chain_t *t, size_t i)
{
    size_t node = t->reads[i].node;
    uint64_t owner = lq_ledger_account(lq_sync_ledger(t->sync), 0).owner.b[1];
    t->nodes[node].c.balance[owner][0] += 5;
    chain_answer(t, i, false, false);
    t->nodes[node].c.balance[owner][0] -= 5;
}

static size_t read_of(const chain_t *t, size_t node, uint8_t what, uint8_t index)
{
    for (size_t i = 0; i < CHAIN_READS; i++)
        for (size_t j = 0; t->reads[i].used && t->reads[i].node == node && j < t->reads[i].cnt; j++)
            if (t->reads[i].what[j][0] == what && t->reads[i].what[j][1] == index)
                return i;
    return CHAIN_READS;
}

/* A block without logs but those that the caller adds. */
static chain_node_t *quiet_block(chain_t *t)
{
    t->tip = chain_extend(t, t->tip);
    chain_node_t *n = &t->nodes[t->tip];
    fake_contract_t c = t->nodes[n->parent].c;
    c.rate = n->c.rate;
    n->c = c;
    n->log_cnt = 0;
    return n;
}

static void move(chain_node_t *n, uint8_t owner, uint8_t reserve, uint8_t topic, uint64_t by)
{
    chain_log(n, (lq_address_t){{(uint8_t)(FAKE_TOKEN_BYTE + reserve)}}, topic, owner, by);
    if (topic == FAKE_TOPIC_MOVE)
        n->c.balance[owner][reserve] += by;
}

/* The tip is given, all but the answers to what is asked then. */
static void give_all(chain_t *t)
{
    while (chain_advance(t))
        continue;
}

/* Owners whom nobody has seen; the chain is made so that there are. */
static uint8_t stranger(const chain_t *t, uint8_t behind)
{
    for (unsigned o = behind + 1u; o < FAKE_OWNERS; o++) {
        lq_address_t owner = fake_owner(o);
        uint32_t a;
        if (lq_ledger_find(lq_sync_ledger(t->sync), &a, 0, &owner))
            return (uint8_t)o;
    }
    fail();
    return 0;
}

/* Its re-read is of a block above: what was read below, and is given again, is none. */
static void leaves_an_account_in_doubt_where_an_older_answer_is_given_again(void **state)
{
    (void)state;
    rng = lq_test_rng();
    lq_sync_config_t config = chain_config(&chain_instance);
    config.read_account_max = 1;
    config.audit_per_blk = 0;
    config.audit_risky_per_blk = 1;
    chain_t *t = chain_new(below, &rng, &config, 6);
    t->lax = true;
    assert_true(chain_rest(t));
    uint8_t known = lq_ledger_account(lq_sync_ledger(t->sync), 0).owner.b[1];
    (void)quiet_block(t);
    give_all(t);
    size_t below_node = t->tip;
    while (read_of(t, t->tip, FAKE_READ_OWNER, known) == CHAIN_READS)
        assert_true(chain_answer_any(t));
    size_t audit = read_of(t, t->tip, FAKE_READ_OWNER, known);
    uint8_t other = stranger(t, 0);
    move(quiet_block(t), other, 0, FAKE_TOPIC_MOVE, 7);
    size_t mid = t->tip;
    give_all(t);
    chain_answer(t, read_of(t, mid, FAKE_READ_RATE, 0), false, false);
    size_t late = read_of(t, mid, FAKE_READ_OWNER, other);
    assert_true(late < CHAIN_READS);
    move(quiet_block(t), known, 0, FAKE_TOPIC_ODD, 0);
    give_all(t);
    chain_answer(t, read_of(t, t->tip, FAKE_READ_OWNER, known), false, false);
    assert_int_equal(lq_ledger_account(lq_sync_ledger(t->sync), 0).state, LQ_ACCOUNT_KNOWN);
    answer_wrongly(t, audit);
    answer_wrongly(t, read_of(t, below_node, FAKE_READ_OWNER, known));
    assert_int_equal(instance_stat(t).mismatch_cnt, 1);
    assert_int_equal(lq_ledger_account(lq_sync_ledger(t->sync), 0).state, LQ_ACCOUNT_QUARANTINED);
    uint64_t replay_cnt = lq_sync_stat(t->sync).replay_cnt;
    chain_answer(t, late, false, false);
    assert_int_equal(lq_sync_stat(t->sync).replay_cnt, replay_cnt + 1);
    assert_int_equal(lq_ledger_account(lq_sync_ledger(t->sync), 0).state, LQ_ACCOUNT_QUARANTINED);
    t->lax = false;
    grow(t, 2);
    assert_int_equal(lq_ledger_account(lq_sync_ledger(t->sync), 0).state, LQ_ACCOUNT_KNOWN);
    chain_free(t);
}

static bool is_stale(const chain_t *t)
{
    return lq_sync_oracles(t->sync)->feed->stale;
}

/* Above the audited block another was begun, whose time is not the foreseen one. */
static void doubts_an_oracle_until_it_was_read(void **state)
{
    (void)state;
    chain_t *t = make(6);
    assert_true(chain_rest(t));
    chain_node_t *n = quiet_block(t);
    n->c.feed += 16;
    size_t audited = t->tip;
    give_all(t);
    while (read_of(t, audited, 9, 0) == CHAIN_READS || !t->nodes[audited].c.feed)
        assert_true(chain_answer_any(t));
    t->skip = t->late_head = 100;
    n = quiet_block(t);
    move(n, 0, 0, FAKE_TOPIC_MOVE, 1);
    assert_true(chain_advance(t)); /* its log; the HEAD comes later */
    assert_false(t->headed);
    t->lax = true;
    for (unsigned i = 0; i < 2; i++)
        chain_answer(t, read_of(t, audited, 9, 0), false, false);
    assert_int_equal(lq_sync_stat(t->sync).oracle_mismatch_cnt, 1);
    assert_true(is_stale(t));
    give_all(t);
    assert_true(is_stale(t));
    t->late_head = 0;
    t->lax = false;
    assert_true(chain_rest(t));
    assert_false(is_stale(t));
    assert_int_equal(lq_sync_oracles(t->sync)->feed->value, t->nodes[t->tip].c.feed);
    assert_int_equal(lq_sync_stat(t->sync).oracle_mismatch_cnt, 1);
    chain_free(t);
}

/* Undone and given again with an answer below, the accounts have other numbers: the answer to a
   question of before is of somebody else. */
static void drops_an_answer_whose_account_has_another_number(void **state)
{
    (void)state;
    chain_t *t = make(6);
    assert_true(chain_rest(t));
    (void)quiet_block(t);
    assert_true(chain_advance(t)); /* its HEAD: an adapter that lost its list and a reserve */
    fake_instance_t *f = fake_of(lq_sync_self(t->sync, 0));
    fake_state_t lost = *f->state;
    lost.read = 0;
    lost.listed = 1;
    fake_put(f, &lost);
    give_all(t);
    size_t lower = t->tip;
    uint8_t first = stranger(t, 0), second = stranger(t, first);
    chain_node_t *n = quiet_block(t);
    move(n, first, 1, FAKE_TOPIC_MOVE, 70); /* passed over at first */
    move(n, second, 0, FAKE_TOPIC_MOVE, 9);
    give_all(t);
    size_t late = read_of(t, t->tip, FAKE_READ_OWNER, second);
    size_t cnt = lq_ledger_cnt(lq_sync_ledger(t->sync));
    assert_true(late < CHAIN_READS);
    assert_int_equal(lq_ledger_account(lq_sync_ledger(t->sync), (uint32_t)cnt - 1).owner.b[1],
                     second);
    size_t i;
    while ((i = read_of(t, lower, FAKE_READ_RATE, 0)) < CHAIN_READS ||
           (i = read_of(t, lower, FAKE_READ_LIST, 0)) < CHAIN_READS)
        chain_answer(t, i, false, false);
    assert_int_equal(lq_ledger_cnt(lq_sync_ledger(t->sync)), cnt + 1);
    assert_int_equal(lq_ledger_account(lq_sync_ledger(t->sync), (uint32_t)cnt - 1).owner.b[1],
                     first);
    chain_answer(t, late, false, false);
    assert_int_not_equal(lq_ledger_account(lq_sync_ledger(t->sync), (uint32_t)cnt - 1).state,
                         LQ_ACCOUNT_KNOWN);
    assert_true(chain_rest(t)); /* compares what is settled */
    assert_int_equal(chain_compare(t, t->tip), 0);
    chain_free(t);
}

static void gives_blocks_again_once_for_all_answers_of_one(void **state)
{
    (void)state;
    rng = lq_test_rng();
    lq_sync_config_t config = chain_config(&chain_instance);
    config.read_account_max = 1;
    chain_t *t = chain_new(below, &rng, &config, 6);
    assert_true(chain_rest(t));
    chain_node_t *n = quiet_block(t);
    uint8_t owner = 0;
    for (unsigned i = 0; i < 3; i++) {
        owner = stranger(t, owner);
        move(n, owner, 0, FAKE_TOPIC_MOVE, 1 + i);
    }
    size_t lower = t->tip;
    give_all(t);
    (void)quiet_block(t);
    (void)quiet_block(t);
    while (t->given[t->given_cnt] != t->tip)
        assert_true(chain_advance(t));
    uint64_t replay_cnt = lq_sync_stat(t->sync).replay_cnt;
    size_t answered = 0;
    for (size_t i = 0; i < CHAIN_READS; i++) {
        if (!t->reads[i].used || t->reads[i].node != lower)
            continue;
        assert_int_equal(lq_sync_stat(t->sync).replay_cnt, replay_cnt);
        chain_answer(t, i, false, false);
        answered++;
    }
    assert_true(answered >= 4);
    assert_int_equal(lq_sync_stat(t->sync).replay_cnt, replay_cnt + 2);
    assert_true(chain_rest(t));
    chain_free(t);
}

/* Who follows anew knows no block below. */
static void goes_on_after_a_reorg_below_where_it_was_followed_anew(void **state)
{
    (void)state;
    for (size_t depth = 1; depth < 45; depth += depth < 12 ? 1 : 7) {
        chain_t *t = make(6);
        assert_true(chain_rest(t));
        grow(t, 50);
        size_t back_cnt = t->notice_cnt[LQ_SYNC_NOTICE_BACK];
        lq_sync_event(t->sync, &(lq_event_t){.kind = LQ_EVENT_BROKEN}); /* hence follows anew */
        assert_int_equal(t->notice_cnt[LQ_SYNC_NOTICE_BACK], back_cnt + 1);
        grow(t, 1);
        size_t at = t->tip;
        for (size_t i = 0; i < depth; i++)
            at = t->nodes[at].parent;
        t->given[0] = t->tip; /* as one who began just here */
        t->given_cnt = t->complete_cnt = 0;
        for (size_t i = 0; i < depth + 2; i++)
            at = chain_extend(t, at);
        t->tip = at;
        assert_true(chain_rest(t));
        assert_int_equal(lq_sync_stat(t->sync).rebuild_cnt, 0);
        assert_int_equal(chain_compare(t, t->tip), 0);
        chain_free(t);
    }
}

/* The past is searched by number: who was in the branch begun at alone is not found. */
static void is_not_settled_at_a_block_that_nothing_stands_on(void **state)
{
    (void)state;
    chain_t *t = make(4);
    size_t fork = t->tip;
    uint8_t owner = stranger(t, 0);
    for (size_t r = 0; r < FAKE_OWNERS; r++)
        if (!t->nodes[fork].c.balance[r][0])
            owner = (uint8_t)r;
    move(quiet_block(t), owner, 0, FAKE_TOPIC_MOVE, 5);
    for (unsigned i = 0; i < 3; i++)
        (void)quiet_block(t);
    (void)chain_housekeep(t); /* begins where the owner moved */
    t->tip = fork;
    for (unsigned i = 0; i < 6; i++)
        (void)quiet_block(t);
    while (chain_answer_any(t) || chain_housekeep(t))
        continue;
    assert_int_equal(lq_sync_stat(t->sync).phase, LQ_SYNC_FOLLOWING);
    assert_int_equal(t->settled_cnt, 0);
    assert_true(chain_rest(t));
    assert_int_equal(lq_sync_stat(t->sync).rebuild_cnt, 1);
    chain_free(t);
}

/* A log that fits at the time of its block alone, or at none. */
static void mutes_a_fault_until_the_time_is_known(void **state)
{
    (void)state;
    for (unsigned is_skipped = 0; is_skipped < 2; is_skipped++) {
        for (unsigned remains = 0; remains < 2; remains++) {
            chain_t *t = make(6);
            assert_true(chain_rest(t));
            uint8_t known = lq_ledger_account(lq_sync_ledger(t->sync), 0).owner.b[1];
            (void)quiet_block(t);
            give_all(t);
            uint64_t fault_cnt = lq_sync_stat(t->sync).fault_cnt;
            t->late_head = 100;
            t->skip = is_skipped ? 100 : 0;
            chain_node_t *n = quiet_block(t);
            n->c.clock = t->nodes[n->parent].c.clock;
            move(n, known, 0, FAKE_TOPIC_SEC, n->header.timestamp_sec + remains);
            assert_true(chain_advance(t));
            assert_false(t->headed);
            bool in_doubt =
                lq_ledger_account(lq_sync_ledger(t->sync), 0).state == LQ_ACCOUNT_QUARANTINED;
            assert_int_equal(in_doubt, is_skipped || remains);
            while (chain_answer_any(t)) /* of the block below; they ask nothing more */
                continue;
            assert_int_equal(lq_sync_stat(t->sync).fault_cnt, fault_cnt);
            assert_int_equal(t->notice_cnt[LQ_SYNC_NOTICE_FAULT], fault_cnt);
            assert_true(chain_advance(t));
            assert_true(t->headed);
            in_doubt =
                lq_ledger_account(lq_sync_ledger(t->sync), 0).state == LQ_ACCOUNT_QUARANTINED;
            assert_int_equal(in_doubt, remains);
            assert_int_equal(lq_sync_stat(t->sync).fault_cnt, fault_cnt + remains);
            assert_true(chain_rest(t));
            assert_int_equal(lq_sync_stat(t->sync).fault_cnt, fault_cnt + remains);
            chain_free(t);
        }
    }
}

/* Answers all reads, those of WHAT and INDEX in a way: not, or with what does not fit. */
static void answer_all_but(chain_t *t, uint8_t what, uint8_t index, bool fails)
{
    for (size_t i = 0; i < CHAIN_READS; i++) {
        chain_read_t r = t->reads[i];
        if (!r.used)
            continue;
        if (r.cnt > 1 || r.what[0][0] != what || r.what[0][1] != index) {
            chain_answer(t, i, false, false);
            continue;
        }
        t->reads[i].used = false;
        lq_read_result_t result = {.ok = true, .data = (const uint8_t *)"", .data_sz = 0};
        lq_read_answer_t a = {.id = r.id,
                              .err = fails ? LQ_ERR_TIMEOUT : LQ_OK,
                              .block = t->nodes[r.node].header.block,
                              .results = &result,
                              .result_cnt = fails ? 0 : 1};
        lq_sync_event(t->sync, &(lq_event_t){.kind = LQ_EVENT_READ, .as.read = &a});
    }
}

static bool any_read(const chain_t *t)
{
    for (size_t i = 0; i < CHAIN_READS; i++)
        if (t->reads[i].used)
            return true;
    return false;
}

static void quiet_grow(chain_t *t, uint8_t what, uint8_t index, bool fails)
{
    (void)quiet_block(t);
    do {
        give_all(t);
        answer_all_but(t, what, index, fails);
    } while (any_read(t));
}

/* The turns that it had before any block passed are none of a contract's. */
static void does_not_give_up_what_failed_while_the_structure_was_read(void **state)
{
    (void)state;
    rng = lq_test_rng();
    lq_sync_config_t config = chain_config(&chain_instance);
    config.read_account_max = 1;
    chain_t *t = chain_new(below, &rng, &config, 9);
    t->lax = true;
    while (lq_sync_stat(t->sync).phase != LQ_SYNC_FOLLOWING) {
        (void)chain_housekeep(t);
        answer_all_but(t, 9, 0, true);
    }
    for (unsigned i = 0; i < 45; i++)
        quiet_grow(t, 9, 0, true);
    assert_int_equal(t->settled_cnt, 0);
    assert_int_equal(lq_sync_stat(t->sync).given_up_cnt, 0);
    for (unsigned i = 0; i < 10 && !t->settled_cnt; i++) {
        (void)quiet_block(t);
        (void)chain_rest(t);
    }
    assert_true(t->settled_cnt > 0);
    chain_free(t);
}

static void is_not_settled_while_an_account_waits_for_its_turn(void **state)
{
    (void)state;
    for (unsigned fails = 0; fails < 2; fails++) {
        rng = lq_test_rng();
        lq_sync_config_t config = chain_config(&chain_instance);
        config.read_account_max = 1;
        chain_t *t = chain_new(below, &rng, &config, 6);
        assert_true(chain_rest(t));
        uint8_t owner = stranger(t, 0);
        move(quiet_block(t), owner, 0, FAKE_TOPIC_MOVE, 3);
        size_t settled_cnt = t->settled_cnt;
        uint64_t audit_cnt = lq_sync_stat(t->sync).audit_cnt;
        for (unsigned i = 0; i < 5; i++)
            quiet_grow(t, FAKE_READ_OWNER, owner, fails);
        assert_int_equal(t->settled_cnt, settled_cnt);
        assert_true(lq_sync_stat(t->sync).audit_cnt > audit_cnt);
        assert_int_equal(lq_sync_stat(t->sync).given_up_cnt, 0);
        for (unsigned i = 0; i < 200 && t->settled_cnt == settled_cnt; i++)
            quiet_grow(t, FAKE_READ_OWNER, owner, fails);
        assert_int_equal(t->settled_cnt, settled_cnt + 1);
        assert_int_equal(lq_sync_stat(t->sync).given_up_cnt, 1);
        assert_int_equal(lq_sync_stat(t->sync).unknown_cnt, 1);
        for (unsigned i = 0; i < 300 && lq_sync_stat(t->sync).unknown_cnt; i++)
            grow(t, 1); /* asked on */
        assert_int_equal(lq_sync_stat(t->sync).unknown_cnt, 0);
        assert_int_equal(lq_sync_stat(t->sync).given_up_cnt, 0);
        chain_free(t);
    }
}

/* A contract that says what is no number is none that fails: what it says next counts at once. That
   it is read anew has a second round at each block, in which nobody may sit out. */
static void reads_on_what_says_no_number(void **state)
{
    (void)state;
    for (unsigned blocks = 1; blocks < 40; blocks += blocks) {
        chain_t *t = make(6);
        lq_sync_oracles(t->sync)->moves = true;
        assert_true(chain_rest(t));
        uint64_t fault_cnt = lq_sync_stat(t->sync).fault_cnt;
        for (unsigned i = 0; i < blocks; i++) {
            lq_sync_oracles(t->sync)->feed->stale = 1;
            quiet_block(t)->c.feed = CHAIN_NO_NUMBER;
            assert_true(chain_rest(t));
        }
        assert_true(lq_sync_oracles(t->sync)->feed->marked);
        assert_int_equal(lq_sync_stat(t->sync).fault_cnt, fault_cnt + 1);
        assert_int_equal(lq_sync_stat(t->sync).given_up_cnt, 0);
        quiet_block(t)->c.feed = 77;
        assert_true(chain_rest(t));
        assert_int_equal(lq_sync_oracles(t->sync)->feed->value, 77);
        assert_int_equal(lq_sync_stat(t->sync).oracle_mismatch_cnt, 0);
        chain_free(t);
    }
}

/* Leaves the blocks above FORK for one more, the first of them with what OWNER did. */
static void fork_from(chain_t *t, size_t fork, uint8_t owner)
{
    uint64_t depth = t->nodes[t->tip].header.block.number - t->nodes[fork].header.block.number;
    t->tip = fork;
    move(quiet_block(t), owner, 0, FAKE_TOPIC_MOVE, 4);
    for (uint64_t i = 0; i < depth; i++)
        (void)quiet_block(t);
}

/* In the other branch the account has the same number, and was never asked. */
static void forgets_what_failed_in_blocks_that_are_undone(void **state)
{
    (void)state;
    for (unsigned fails = 0; fails < 2; fails++) {
        rng = lq_test_rng();
        lq_sync_config_t config = chain_config(&chain_instance);
        config.read_account_max = 1;
        chain_t *t = chain_new(below, &rng, &config, 6);
        assert_true(chain_rest(t));
        (void)quiet_block(t);
        assert_true(chain_rest(t));
        size_t fork = t->tip;
        uint8_t owner = stranger(t, 0);
        move(quiet_block(t), owner, 0, FAKE_TOPIC_MOVE, 3);
        for (unsigned i = 0; i < 9; i++)
            quiet_grow(t, FAKE_READ_OWNER, owner, fails);
        assert_int_equal(lq_sync_stat(t->sync).given_up_cnt, !fails);
        fork_from(t, fork, owner);
        assert_true(chain_rest(t));
        assert_int_equal(lq_sync_stat(t->sync).unknown_cnt, 0);
        assert_int_equal(lq_sync_stat(t->sync).given_up_cnt, 0);
        assert_int_equal(chain_compare(t, t->tip), 0);
        chain_free(t);
    }
}

/* It had failed before them as well: given up it remains, until it is answered in its turn. */
static void asks_at_once_what_failed_again_in_blocks_that_are_undone(void **state)
{
    (void)state;
    rng = lq_test_rng();
    lq_sync_config_t config = chain_config(&chain_instance);
    config.read_account_max = 1;
    chain_t *t = chain_new(below, &rng, &config, 6);
    assert_true(chain_rest(t));
    uint8_t owner = stranger(t, 0);
    move(quiet_block(t), owner, 0, FAKE_TOPIC_MOVE, 3);
    for (unsigned i = 0; i < 9; i++)
        quiet_grow(t, FAKE_READ_OWNER, owner, false);
    assert_int_equal(lq_sync_stat(t->sync).given_up_cnt, 1);
    size_t fork = t->tip;
    for (unsigned i = 0; i < 8; i++)
        quiet_grow(t, FAKE_READ_OWNER, owner, false);
    fork_from(t, fork, owner);
    give_all(t);
    assert_int_equal(lq_sync_stat(t->sync).given_up_cnt, 1);
    assert_true(chain_rest(t));
    assert_int_equal(lq_sync_stat(t->sync).unknown_cnt, 0);
    assert_int_equal(lq_sync_stat(t->sync).given_up_cnt, 0);
    assert_int_equal(chain_compare(t, t->tip), 0);
    chain_free(t);
}

/* What gets an answer sometimes is enough to go on from; only blocks that give none are left. */
static void reads_the_structure_from_a_node_that_fails_now_and_then(void **state)
{
    (void)state;
    rng = lq_test_rng();
    lq_sync_config_t config = chain_config(&chain_instance);
    config.read_account_max = 1;
    chain_t *t = chain_new(below, &rng, &config, 6);
    (void)chain_housekeep(t);
    size_t list = read_of(t, t->reads[0].node, FAKE_READ_LIST, 0);
    chain_answer(t, list, true, false);
    chain_answer(t, read_of(t, t->reads[0].node, FAKE_READ_LIST, 0), true, false);
    chain_answer(t, read_of(t, t->reads[0].node, 9, 0), false, false);
    chain_answer(t, read_of(t, t->reads[0].node, FAKE_READ_LIST, 0), true, false);
    assert_int_equal(lq_sync_stat(t->sync).rebuild_cnt, 0);
    chain_answer(t, read_of(t, t->reads[0].node, FAKE_READ_LIST, 0), true, false);
    chain_answer(t, read_of(t, t->reads[0].node, FAKE_READ_LIST, 0), true, false);
    assert_int_equal(lq_sync_stat(t->sync).rebuild_cnt, 1);
    assert_true(chain_rest(t));
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
        cmocka_unit_test(leaves_an_account_in_doubt_where_an_older_answer_is_given_again),
        cmocka_unit_test(doubts_an_oracle_until_it_was_read),
        cmocka_unit_test(drops_an_answer_whose_account_has_another_number),
        cmocka_unit_test(gives_blocks_again_once_for_all_answers_of_one),
        cmocka_unit_test(goes_on_after_a_reorg_below_where_it_was_followed_anew),
        cmocka_unit_test(is_not_settled_at_a_block_that_nothing_stands_on),
        cmocka_unit_test(mutes_a_fault_until_the_time_is_known),
        cmocka_unit_test(is_not_settled_while_an_account_waits_for_its_turn),
        cmocka_unit_test(reads_on_what_says_no_number),
        cmocka_unit_test(forgets_what_failed_in_blocks_that_are_undone),
        cmocka_unit_test(asks_at_once_what_failed_again_in_blocks_that_are_undone),
        cmocka_unit_test(reads_the_structure_from_a_node_that_fails_now_and_then),
        cmocka_unit_test(does_not_give_up_what_failed_while_the_structure_was_read),
        cmocka_unit_test(goes_on_from_where_a_snapshot_was_taken),
        cmocka_unit_test(tells_once_that_accounts_have_no_room),
        cmocka_unit_test(refuses_what_is_out_of_range),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
