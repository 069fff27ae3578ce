#include "txman_rig.h"

/* A process that ended, what it left in the journal, and what a power cut took of that. */

static lq_txman_sender_stat_t sender(void)
{
    return lq_txman_sender_stat(rig.m, 0);
}

static void tell_found(uint64_t nonce, lq_hash_t hash, bool is_ours)
{
    lq_txman_found_t f = {.nonce = nonce, .known = true, .is_ours = is_ours, .hash = hash};
    f.block = rig_block(rig.top);
    rig_event((lq_txman_event_t){.kind = LQ_TXMAN_FOUND, .as.found = &f});
}

/* ---- what a lost log had ---- */

static void what_cannot_be_taken_over_yet_changes_no_nonce(void **state)
{
    (void)state;
    rig_reset();
    rig_start();
    rig_count(0, 1); /* a stranger's */
    rig_event((lq_txman_event_t){.kind = LQ_TXMAN_RESUME});
    rig_go(1);
    assert_int_equal(rig_sent().nonce, 1);
    rig_crash((lq_txman_start_t){.has_journal = true, .new_boot = true, .adopt_blk = 3});
    rig_count(0, 2);
    rig_undone();
    rig.fork++;
    rig.top++;
    rig_head();
    rig_count(0, 2);
    assert_int_equal(rig_last(LQ_TXMAN_ACTION_FIND)->as.find.nonce, 0);
    rig.fails = true;
    tell_found(0, (lq_hash_t){{9}}, true);
    assert_int_equal(sender().next_nonce, 2);
    rig.fails = false;
    size_t finds = rig_cnt(LQ_TXMAN_ACTION_FIND);
    rig_timer(1);
    assert_int_equal(rig_cnt(LQ_TXMAN_ACTION_FIND), finds + 1); /* asked for until it can be */
    tell_found(0, (lq_hash_t){{9}}, true);
    size_t attempts = rig_record_cnt(LQ_TX_RECORD_ATTEMPT);
    tell_found(0, (lq_hash_t){{9}}, true); /* told twice */
    assert_int_equal(rig_record_cnt(LQ_TX_RECORD_ATTEMPT), attempts);
    assert_int_equal(sender().next_nonce, 2);
    assert_int_equal(sender().slot_cnt, 2);
}

/* Its fees are at the most: nothing can replace it, but its very bytes are signed again. */
static void what_was_taken_over_and_is_undone_goes_again_from_bytes_that_are_signed_anew(
    void **state)
{
    (void)state;
    rig_reset();
    rig.config.max_fee_wei = rig_wei(20 * GWEI);
    rig.config.bump_blk = 0;
    rig_start();
    lq_txman_take_t t = rig_wish(1);
    t.most_fee_wei = rig_wei(19 * GWEI);
    rig_take(t);
    lq_hash_t first = rig_sign();
    size_t kept = rig.record_cnt;
    for (unsigned i = 0; i < 3; i++)
        rig_next();
    assert_int_equal(rig_signing().use, LQ_TX_USE_CANCEL);
    lq_hash_t cancel = rig_sign();
    rig.record_cnt = kept; /* the power was cut */
    rig.top++;
    rig_crash((lq_txman_start_t){.has_journal = true, .new_boot = true, .adopt_blk = 3});
    rig_count(0, 1);
    rig.top++;
    rig_head();
    rig_absent(first);
    tell_found(0, cancel, true);
    rig_receipt(cancel, true);
    assert_int_equal(rig_slots(LQ_TX_MINED), 1);
    rig_undone();
    rig.fork++;
    rig.counts[0] = 0;
    for (unsigned i = 0; i < 3; i++)
        rig_next();
    assert_int_equal(rig_slots(LQ_TX_SENT), 1);
    assert_int_equal(rig_cnt(LQ_TXMAN_ACTION_SEND), 0);
    size_t attempts = rig_record_cnt(LQ_TX_RECORD_ATTEMPT);
    assert_hash_equal(rig_sign(), cancel);
    assert_int_equal(rig_record_cnt(LQ_TX_RECORD_ATTEMPT), attempts + 1);
    assert_true(rig_last_record(LQ_TX_RECORD_ATTEMPT)->of.attempt.raw_sz > 0);
    assert_hash_equal(rig_sent().hash, cancel);
    assert_int_equal(rig_slots(LQ_TX_CANCELLING), 1);
    rig_crash((lq_txman_start_t){.has_journal = true});
    rig_count(0, 0);
    rig_absent(first);
    rig_absent(cancel);
    assert_hash_equal(rig_sent().hash, cancel); /* its bytes are known by now */
}

/* ---- what never left, or is over ---- */

static void what_was_recorded_and_never_left_does_not_leave_after_any_restart(void **state)
{
    (void)state;
    for (int told = 0; told < 2; told++) {
        rig_reset();
        rig.config.bump_blk = 0;
        rig_start();
        lq_txman_take_t t = rig_wish(1);
        t.tx_cnt = 2;
        rig_take(t);
        rig_signing_t second = rig_signing();
        rig_signing_t first = second;
        first.id = rig.actions[0].as.sign.id;
        first.nonce = 0;
        rig.fails_after = 1; /* the second attempt is not recorded */
        (void)rig_sign_as(&first);
        (void)rig_sign_as(&second);
        assert_outcome(1, LQ_OUTCOME_REFUSED);
        assert_int_equal(rig_record_cnt(LQ_TX_RECORD_ATTEMPT), 1);
        rig.fails_after = told ? SIZE_MAX : 1; /* the nonce's state, or the end as well */
        rig_timer(1);
        rig.fails_after = SIZE_MAX;
        for (unsigned i = 0; i < 3; i++) {
            rig_crash((lq_txman_start_t){.has_journal = true});
            rig_tell_nothing(0);
            rig_next();
            rig_timer(100);
            assert_int_equal(rig_cnt(LQ_TXMAN_ACTION_SEND), 0);
            assert_int_equal(rig_slots(LQ_TX_EXPIRED), 1);
        }
        assert_int_equal(rig_last_record(LQ_TX_RECORD_ENDED)->of.ended.kind,
                         told ? LQ_OUTCOME_REFUSED : LQ_OUTCOME_EXPIRED);
        rig_go(2);
        assert_int_equal(rig_sent().nonce, 0);
    }
}

static void behind_its_last_block_nothing_goes_to_private_ways(void **state)
{
    (void)state;
    for (int restarts = 0; restarts < 2; restarts++) {
        rig_reset();
        rig.config.bump_blk = 0;
        rig_start();
        lq_txman_take_t t = rig_wish(1);
        t.ways = RIG_PUBLIC | RIG_PRIVATE;
        rig_take(t);
        lq_hash_t hash = rig_sign();
        assert_int_equal(rig_sent().ways, RIG_PUBLIC | RIG_PRIVATE);
        rig.top += 3;
        if (restarts) {
            rig_crash((lq_txman_start_t){.has_journal = true});
            rig_tell_nothing(0);
        } else {
            rig.top++;
            rig_head();
            rig_timer(48);
        }
        assert_hash_equal(rig_sent().hash, hash);
        assert_int_equal(rig_sent().ways, RIG_PUBLIC);
    }
}

static void what_the_first_of_several_came_to_counts_behind_a_restart(void **state)
{
    (void)state;
    for (int final = 0; final < 2; final++) {
        rig_reset();
        rig.config.bump_blk = 0;
        rig_start();
        lq_txman_take_t t = rig_wish(1);
        t.tx_cnt = 2;
        t.about.coin = (lq_quote_t){lq_u256_from_u64(UINT64_C(1000000000000000000)), 18};
        rig_take(t);
        rig_signing_t signings[2] = {rig.actions[0].as.sign, rig.actions[1].as.sign};
        lq_hash_t first = rig_sign_as(&signings[0]);
        lq_hash_t second = rig_sign_as(&signings[1]);
        rig.top++;
        rig_head();
        rig_receipt(first, true);
        rig_count(0, 1);
        if (final)
            rig_event(
                (lq_txman_event_t){.kind = LQ_TXMAN_FINALIZED, .as.block = rig_block(rig.top)});
        size_t ended = rig_record_cnt(LQ_TX_RECORD_ENDED);
        rig_crash((lq_txman_start_t){.has_journal = true});
        assert_int_equal(rig_record_cnt(LQ_TX_RECORD_ENDED), ended);
        rig_count(0, 1);
        rig.top++;
        rig_head();
        rig_receipt_in(first, true, rig_block(rig.top - 1));
        rig_receipt(second, true);
        assert_int_equal(rig_last_record(LQ_TX_RECORD_ENDED)->of.ended.kind, LQ_OUTCOME_MINED);
        lq_i256_t net = rig_last_record(LQ_TX_RECORD_ENDED)->of.ended.net_usd;
        lq_u256_t cost = lq_i256_abs(&net);
        assert_true(lq_i256_is_neg(&net)); /* of both: gas and what was paid */
        assert_int_equal(cost.w[0], 2 * (UINT64_C(100000) * 9 * GWEI + 7));
    }
}

/* A stranger's nonce that is free again has what was recorded for it as it was. */
static void what_never_left_stays_so_behind_a_stranger_that_is_undone(void **state)
{
    (void)state;
    for (int restarts = 0; restarts < 2; restarts++) {
        rig_reset();
        rig.config.bump_blk = 0;
        rig_start();
        lq_txman_take_t t = rig_wish(1);
        t.tx_cnt = 2;
        rig_take(t);
        rig_signing_t signings[2] = {rig.actions[0].as.sign, rig.actions[1].as.sign};
        rig.fails_after = 1;
        lq_hash_t first = rig_sign_as(&signings[0]);
        (void)rig_sign_as(&signings[1]);
        rig.fails_after = SIZE_MAX;
        rig_timer(1);
        if (restarts) {
            rig_crash((lq_txman_start_t){.has_journal = true});
            rig_count(0, 0);
        }
        rig_count(0, 1);
        rig.top++;
        rig_head();
        rig_absent(first);
        assert_int_equal(rig_slots(LQ_TX_LOST), 1);
        rig_event((lq_txman_event_t){.kind = LQ_TXMAN_RESUME});
        rig_undone();
        rig_undone();
        rig.fork++;
        rig_next();
        rig_timer(100);
        assert_int_equal(rig_slots(LQ_TX_EXPIRED), 1);
        assert_int_equal(rig_cnt(LQ_TXMAN_ACTION_SEND), 0);
    }
}

/* ---- nonces that the chain has ---- */

static void a_nonce_that_the_chain_has_is_given_to_nobody(void **state)
{
    (void)state;
    rig_reset();
    rig.config.bump_blk = 0;
    rig_start();
    lq_txman_take_t t = rig_wish(1);
    t.ways = RIG_PRIVATE;
    rig_take(t);
    rig_sign();
    for (unsigned i = 0; i < 3; i++)
        rig_next();
    assert_int_equal(rig_slots(LQ_TX_EXPIRED), 1);
    rig_count(0, 1); /* by a stranger, or by what has expired: it is not known yet */
    rig_take(rig_wish(2));
    assert_int_equal(rig_signing().nonce, 1);
    rig_sign();
    rig_count(0, 0); /* a reorg: it is not used after all, and somebody waits for it */
    rig_timer(1);
    assert_int_equal(rig_signing().nonce, 0);
    assert_int_equal(rig_signing().use, LQ_TX_USE_CANCEL);
}

static void what_an_operator_has_skipped_by_a_branch_that_is_gone_is_free(void **state)
{
    (void)state;
    rig_reset();
    rig_start();
    lq_hash_t hash = rig_go(1);
    rig_crash((lq_txman_start_t){.has_journal = true});
    rig_count(0, 3);
    assert_true(sender().halted);
    rig_undone();
    rig.fork++;
    rig_event((lq_txman_event_t){.kind = LQ_TXMAN_RESUME});
    rig.top++;
    rig_head();
    rig_count(0, 2);
    rig_receipt(hash, true);
    rig.top++;
    rig_head();
    rig_count(0, 2);
    assert_int_equal(rig_slots(LQ_TX_LOST), 1);
    rig_go(2);
    assert_int_equal(rig_sent().nonce, 2);
}

/* More of a stranger's than there are slots: the lowest is far behind the others, and ends too. */
static void what_a_stranger_has_ends_however_far_behind_it_is(void **state)
{
    (void)state;
    rig_reset();
    rig_start();
    rig_count(0, 1); /* a stranger's */
    rig_event((lq_txman_event_t){.kind = LQ_TXMAN_RESUME});
    rig_crash((lq_txman_start_t){.has_journal = true});
    rig_count(0, 100);
    assert_true(sender().halted);
    rig_event((lq_txman_event_t){.kind = LQ_TXMAN_RESUME});
    assert_int_equal(sender().next_nonce, 100);
    rig.top++;
    rig_head();
    rig_count(0, 100);
    rig_event((lq_txman_event_t){.kind = LQ_TXMAN_FINALIZED, .as.block = rig_block(rig.top)});
    assert_int_equal(sender().slot_cnt, 0);
}

/* A process that is killed as soon as the nonce is final leaves nothing that it was lost by. */
static void what_a_sender_halted_for_is_settled_before_its_nonce_is_final(void **state)
{
    (void)state;
    for (int is_ours = 0; is_ours < 2; is_ours++) {
        rig_reset();
        rig.config.bump_blk = 0;
        rig_start();
        lq_hash_t hash = rig_go(1);
        rig.top++;
        rig_head();
        rig_count(0, 1);
        rig.top++;
        rig_head();
        rig_absent(hash);
        assert_true(sender().halted);
        if (is_ours) {
            rig_undone();
            rig_undone();
            rig.fork++;
            rig.top++;
            rig_head();
            rig_receipt(hash, true);
        }
        rig_count(0, 1);
        rig_event((lq_txman_event_t){.kind = LQ_TXMAN_FINALIZED, .as.block = rig_block(rig.top)});
        assert_int_equal(sender().slot_cnt, 0);
        while (rig.records[rig.record_cnt - 1].record.kind != LQ_TX_RECORD_STATE)
            rig.record_cnt--;
        assert_int_equal(rig_last_record(LQ_TX_RECORD_STATE)->of.moved.state, LQ_TX_FINAL);
        rig_crash((lq_txman_start_t){.has_journal = true});
        assert_int_equal(sender().halted, !is_ours);
        assert_int_equal(strstr(sender().why, "for good") != NULL, !is_ours);
    }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(what_cannot_be_taken_over_yet_changes_no_nonce),
    cmocka_unit_test(what_was_taken_over_and_is_undone_goes_again_from_bytes_that_are_signed_anew),
    cmocka_unit_test(what_was_recorded_and_never_left_does_not_leave_after_any_restart),
    cmocka_unit_test(behind_its_last_block_nothing_goes_to_private_ways),
    cmocka_unit_test(what_never_left_stays_so_behind_a_stranger_that_is_undone),
    cmocka_unit_test(what_the_first_of_several_came_to_counts_behind_a_restart),
    cmocka_unit_test(a_nonce_that_the_chain_has_is_given_to_nobody),
    cmocka_unit_test(what_an_operator_has_skipped_by_a_branch_that_is_gone_is_free),
    cmocka_unit_test(what_a_stranger_has_ends_however_far_behind_it_is),
    cmocka_unit_test(what_a_sender_halted_for_is_settled_before_its_nonce_is_final),
};

int main(void)
{
    return cmocka_run_group_tests(tests, NULL, NULL);
}
