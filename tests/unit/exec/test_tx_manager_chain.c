#include "txman_rig.h"

/* Blocks that come and go, strangers, and what is there when a process begins. */

static bool halted(void)
{
    return lq_txman_sender_stat(rig.m, 0).halted;
}

/* ---- reorgs ---- */

static void an_undone_block_gives_back_what_it_had_and_the_bytes_go_again(void **state)
{
    (void)state;
    rig_reset();
    rig_start();
    lq_hash_t hash = rig_go(1);
    rig.top++;
    rig_head();
    rig_receipt(hash, true);
    size_t sends = rig_cnt(LQ_TXMAN_ACTION_SEND);
    rig_undone();
    assert_outcome(1, LQ_OUTCOME_UNMINED);
    assert_int_equal(rig_slots(LQ_TX_SENT), 1);
    assert_int_equal(rig_cnt(LQ_TXMAN_ACTION_SEND), sends + 1);
    assert_hash_equal(rig_sent().hash, hash);
    rig.fork++;
    rig.top++;
    rig_head();
    rig_receipt(hash, false);
    assert_outcome(1, LQ_OUTCOME_REVERTED);
}

static void what_was_undone_and_cancelled_came_to_nothing(void **state)
{
    (void)state;
    rig_reset();
    rig.config.bump_blk = 0;
    rig_start();
    lq_txman_take_t t = rig_wish(1);
    t.tx_cnt = 2;
    rig_take(t);
    rig_signing_t signings[2] = {rig.actions[0].as.sign, rig.actions[1].as.sign};
    lq_hash_t first = rig_sign_as(&signings[0]);
    lq_hash_t second = rig_sign_as(&signings[1]);
    rig.top++;
    rig_head();
    rig_receipt(first, true);
    rig.top++;
    rig_head();
    rig_receipt(second, true);
    assert_int_equal(rig_outcome().gas, 200000);
    rig_drop(1);
    rig_undone();
    rig.fork++;
    rig.counts[0] = 1;
    rig_next();
    rig_next();
    assert_int_equal(rig_signing().use, LQ_TX_USE_CANCEL);
    lq_hash_t cancel = rig_sign();
    rig.top++;
    rig_head();
    rig_receipt(cancel, true);
    assert_outcome(1, LQ_OUTCOME_MINED);
    assert_int_equal(rig_outcome().gas, 100000);
    assert_int_equal(rig_outcome().seized.w[0], 6);
}

static void what_was_dropped_is_not_sent_again_but_cancelled(void **state)
{
    (void)state;
    rig_reset();
    rig_start();
    lq_hash_t hash = rig_go(1);
    rig.top++;
    rig_head();
    rig_receipt(hash, true);
    rig_drop(1);
    size_t sends = rig_cnt(LQ_TXMAN_ACTION_SEND);
    rig_undone();
    rig.fork++;
    rig_next();
    rig_next();
    assert_int_equal(rig_cnt(LQ_TXMAN_ACTION_SEND), sends);
    assert_int_equal(rig_signing().use, LQ_TX_USE_CANCEL);
}

static void a_receipt_of_another_branch_is_not_believed(void **state)
{
    (void)state;
    rig_reset();
    rig_start();
    lq_hash_t hash = rig_go(1);
    rig.top++;
    rig_head();
    lq_block_ref_t other = rig_block(rig.top);
    other.hash.b[31] ^= 1;
    rig_receipt_in(hash, true, other);
    assert_int_equal(rig_slots(LQ_TX_SENT), 1);
    rig_receipt_in(hash, true, rig_block(rig.top + 1)); /* nor one that is ahead */
    assert_int_equal(rig_slots(LQ_TX_SENT), 1);
    rig_receipt(hash, true);
    assert_int_equal(rig_slots(LQ_TX_MINED), 1);
    rig.top++;
    rig_head();
    rig_receipt_in(hash, false, rig_block(rig.top)); /* one is enough */
    assert_int_equal(rig_slots(LQ_TX_MINED), 1);
}

/* The block is one below all that is known: nothing tells that it is not the chain's, but that all
   nodes count its nonce. */
static void what_one_node_alone_calls_mined_is_not_final(void **state)
{
    (void)state;
    rig_reset();
    rig.config.bump_blk = 0;
    rig_start();
    lq_hash_t hash = rig_go(1);
    rig_receipt_in(hash, true, rig_block(50));
    assert_int_equal(rig_slots(LQ_TX_SENT), 1);
    rig_count_of(0, 1, 1, rig.top, NULL);
    rig_receipt_in(hash, true, rig_block(50));
    assert_outcome(1, LQ_OUTCOME_MINED);
    rig_count_of(0, 0, 1, rig.top, NULL);
    lq_txman_event_t e = {.kind = LQ_TXMAN_FINALIZED, .as.block = rig_block(rig.top)};
    rig_event(e);
    assert_int_equal(rig_slots(LQ_TX_MINED), 1);
    size_t sends = rig_cnt(LQ_TXMAN_ACTION_SEND);
    rig_count_of(0, 0, 1, rig.top, NULL); /* they disagree: it stays so */
    rig_event(e);
    assert_int_equal(rig_slots(LQ_TX_MINED), 1);
    rig_count_of(0, 0, 0, rig.top, NULL);
    assert_outcome(1, LQ_OUTCOME_UNMINED);
    assert_int_equal(rig_slots(LQ_TX_SENT), 1);
    assert_int_equal(rig_cnt(LQ_TXMAN_ACTION_SEND), sends + 1);
    assert_hash_equal(rig_sent().hash, hash);
    assert_true(lq_txman_stat(rig.m).alarm_cnt > 0);
    rig.top++;
    rig_head();
    rig_receipt(hash, true); /* by now it is */
    rig_count(0, 0);         /* a node that is not quite there yet tells nothing */
    assert_int_equal(rig_slots(LQ_TX_MINED), 1);
    rig_count(0, 1);
    e.as.block = rig_block(rig.top);
    rig_event(e);
    assert_outcome(1, LQ_OUTCOME_FINAL);
}

static void a_broken_stack_has_everything_asked_anew(void **state)
{
    (void)state;
    rig_reset();
    rig_start();
    lq_hash_t first = rig_go(1);
    lq_hash_t second = rig_go(2);
    rig.top++;
    rig_head();
    rig_receipt(first, true);
    rig_receipt(second, true);
    rig_event((lq_txman_event_t){.kind = LQ_TXMAN_BROKEN});
    assert_outcome(2, LQ_OUTCOME_MINED); /* until it is known otherwise */
    rig.top = 300;
    rig.fork++;
    rig_event((lq_txman_event_t){.kind = LQ_TXMAN_FINALIZED, .as.block = rig_block(rig.top)});
    assert_int_equal(rig_slots(LQ_TX_MINED), 2); /* nothing is final before it is asked */
    size_t asks = rig_cnt(LQ_TXMAN_ACTION_ASK);
    rig_head();
    assert_int_equal(rig_cnt(LQ_TXMAN_ACTION_ASK), asks + 2);
    rig_receipt_in(first, true, rig_block(290)); /* below all that we have of the chain */
    assert_int_equal(rig_slots(LQ_TX_MINED), 2);
    rig_absent(second);
    assert_outcome(2, LQ_OUTCOME_UNMINED);
    assert_hash_equal(rig_sent().hash, second);
}

/* ---- strangers ---- */

static void a_foreign_transaction_on_our_nonce_halts_a_block_later(void **state)
{
    (void)state;
    rig_reset();
    rig_start();
    lq_hash_t hash = rig_go(1);
    rig.top++;
    rig_head();
    rig_absent(hash);
    rig_count(0, 1);
    assert_false(halted()); /* that it is absent was not asked knowing this */
    rig_absent(hash);
    assert_false(halted()); /* a node may count what it has no receipt of yet */
    rig.top++;
    rig_head();
    rig_absent(hash);
    assert_true(halted());
    assert_int_equal(rig_slots(LQ_TX_LOST), 1);
    assert_int_equal(lq_txman_stat(rig.m).lost_cnt, 1);
    assert_outcome(1, LQ_OUTCOME_CANCELLED);
    assert_int_equal(rig_last(LQ_TXMAN_ACTION_FIND)->as.find.nonce, 0);
    lq_txman_found_t f = {.known = true, .hash = {{9}}, .block = rig_block(rig.top)};
    rig_event((lq_txman_event_t){.kind = LQ_TXMAN_FOUND, .as.found = &f});
    assert_hash_equal(rig_last_record(LQ_TX_RECORD_STATE)->of.moved.hash, f.hash);
    rig_undone();
    rig_undone();
    assert_int_equal(rig_slots(LQ_TX_LOST), 0);
    assert_outcome(1, LQ_OUTCOME_UNMINED);
    assert_true(halted()); /* an operator's to say */
}

static void what_was_asked_before_the_count_makes_nobody_a_stranger(void **state)
{
    (void)state;
    rig_reset();
    rig_start();
    lq_hash_t hash = rig_go(1);
    rig.top++;
    rig_head();
    uint64_t before = rig.round;
    rig_count_of(0, 1, 1, rig.top - 1, NULL);
    uint64_t behind = rig.round;
    rig.round = before; /* told late */
    rig_absent(hash);
    assert_false(halted());
    rig.round = behind;
    rig_absent(hash);
    assert_true(halted());
}

static void finalize(void)
{
    rig_event((lq_txman_event_t){.kind = LQ_TXMAN_FINALIZED, .as.block = rig_block(rig.top)});
}

/* Has what was sent lost to a stranger; returns its hash. */
static lq_hash_t lose_one(void)
{
    rig_start();
    lq_hash_t hash = rig_go(1);
    rig.top++;
    rig_head();
    rig_count(0, 1);
    rig.top++;
    rig_head();
    rig_absent(hash);
    assert_true(halted());
    return hash;
}

static void what_was_lost_and_is_ours_for_good_halts_nobody_any_more(void **state)
{
    (void)state;
    for (int restarts = 0; restarts < 2; restarts++) {
        rig_reset();
        rig.config.bump_blk = 0;
        lq_hash_t hash = lose_one();
        rig_undone();
        rig_undone();
        rig.fork++;
        rig.top++;
        rig_head();
        rig_receipt(hash, true);
        rig_count(0, 1);
        assert_true(halted()); /* it may be undone as well */
        assert_int_equal(rig_slots(LQ_TX_MINED), 1);
        if (restarts) {
            rig_crash((lq_txman_start_t){.has_journal = true});
            rig_count(0, 1);
            rig_receipt(hash, true);
            assert_true(halted());
        }
        finalize();
        assert_false(halted());
        assert_false(rig_last_record(LQ_TX_RECORD_HALT)->of.halt.halted);
        rig_go(2);
        assert_int_equal(rig_sent().nonce, 1);
    }
}

static void one_that_is_a_strangers_for_good_is_enough(void **state)
{
    (void)state;
    rig_reset();
    rig.config.bump_blk = 0;
    lq_hash_t hash = lose_one();
    rig_count(0, 2); /* and one more */
    rig.top++;
    rig_head();
    rig_receipt(hash, true); /* a node lagged behind the others: only that one is a stranger's */
    assert_true(halted());
    rig_count(0, 2);
    finalize();
    assert_int_equal(lq_txman_sender_stat(rig.m, 0).slot_cnt, 0);
    assert_true(halted());
    rig_crash((lq_txman_start_t){.has_journal = true});
    rig_count(0, 2);
    finalize();
    assert_true(halted());
}

static void what_a_stranger_took_is_done_when_it_is_final(void **state)
{
    (void)state;
    rig_reset();
    rig_start();
    lq_hash_t hash = rig_go(1);
    rig.top++;
    rig_head();
    rig_count(0, 1);
    rig.top++;
    rig_head();
    rig_absent(hash);
    rig_event((lq_txman_event_t){.kind = LQ_TXMAN_FINALIZED, .as.block = rig_block(rig.top)});
    assert_int_equal(lq_txman_sender_stat(rig.m, 0).slot_cnt, 0);
    rig_event((lq_txman_event_t){.kind = LQ_TXMAN_RESUME});
    rig_go(2);
    assert_int_equal(rig_sent().nonce, 1);
}

static void a_count_beyond_all_that_is_reserved_halts_too(void **state)
{
    (void)state;
    rig_reset();
    rig_start();
    rig_count(0, 2);
    assert_true(halted());
    assert_int_equal(rig_slots(LQ_TX_LOST), 2);
    rig_event((lq_txman_event_t){.kind = LQ_TXMAN_RESUME});
    rig_go(1);
    assert_int_equal(rig_sent().nonce, 2);
}

static void nodes_that_disagree_lead_to_nothing(void **state)
{
    (void)state;
    rig_reset();
    rig_start();
    lq_hash_t hash = rig_go(1);
    rig.top++;
    rig_head();
    rig_count_of(0, 0, 5, rig.top, NULL); /* the lowest counts */
    rig_absent(hash);
    assert_false(halted());
    assert_int_equal(lq_txman_sender_stat(rig.m, 0).next_nonce, 1);
    lq_txman_count_t c = {
        .cnt = 9, .most = 9, .at = rig_block(rig.top + 1), .newest_blk = rig.top + 1};
    rig_event((lq_txman_event_t){.kind = LQ_TXMAN_COUNT, .as.count = &c}); /* of no block of ours */
    assert_false(halted());
}

static void a_used_nonce_whose_receipt_comes_late_is_ours(void **state)
{
    (void)state;
    rig_reset();
    rig_start();
    lq_hash_t hash = rig_go(1);
    rig.top++;
    rig_head();
    rig_count(0, 1);
    rig_receipt(hash, true);
    rig_absent(hash); /* a node that lags */
    assert_false(halted());
    assert_outcome(1, LQ_OUTCOME_MINED);
}

static void a_gap_that_nobody_fills_is_filled(void **state)
{
    (void)state;
    rig_reset();
    rig_new();
    rig.counts[0] = 5;
    rig_start_with((lq_txman_start_t){.allow_used = true});
    rig_go(1);
    assert_int_equal(rig_sent().nonce, 5);
    rig_count_of(0, 4, 5, rig.top, NULL);
    assert_int_equal(rig_signing().nonce, 5);
    rig_count_of(0, 4, 4, rig.top, NULL); /* a reorg took a stranger's away */
    assert_int_equal(rig_signing().nonce, 4);
    assert_int_equal(rig_signing().use, LQ_TX_USE_CANCEL);
}

/* ---- start-up ---- */

static void a_used_nonce_without_a_journal_needs_a_word(void **state)
{
    (void)state;
    for (int allow = 0; allow < 2; allow++) {
        rig_reset();
        rig_new();
        rig.counts[0] = 7;
        rig_start_with((lq_txman_start_t){.allow_used = allow});
        assert_int_equal(halted(), !allow);
        assert_int_equal(rig_cnt(LQ_TXMAN_ACTION_READY), 1);
        if (!allow)
            rig_event((lq_txman_event_t){.kind = LQ_TXMAN_RESUME});
        rig_go(1);
        assert_int_equal(rig_sent().nonce, 7);
    }
}

static void a_journal_that_is_gone_needs_a_word_whatever_the_log_has(void **state)
{
    (void)state;
    for (int allow = 0; allow < 2; allow++) {
        rig_reset();
        rig_start();
        rig_go(1);
        rig_crash((lq_txman_start_t){.allow_used = allow});
        rig_count(0, 1);
        assert_int_equal(halted(), !allow);
    }
}

static void nothing_is_taken_before_it_is_ready(void **state)
{
    (void)state;
    rig_reset();
    rig_new();
    rig_event((lq_txman_event_t){.kind = LQ_TXMAN_START,
                                 .as.start = &(lq_txman_start_t){.has_journal = true}});
    rig_head();
    rig_take(rig_wish(1));
    assert_outcome(1, LQ_OUTCOME_REFUSED);
    rig_count_of(0, 0, 1, rig.top, NULL); /* nodes that disagree: later */
    assert_int_equal(rig_cnt(LQ_TXMAN_ACTION_READY), 0);
    size_t counts = rig_cnt(LQ_TXMAN_ACTION_COUNT);
    rig_timer(1);
    assert_int_equal(rig_cnt(LQ_TXMAN_ACTION_COUNT), counts + 1);
    rig_count(0, 0);
    assert_int_equal(rig_cnt(LQ_TXMAN_ACTION_READY), 1);
}

static void what_was_sent_goes_again_lowest_first_then_it_is_ready(void **state)
{
    (void)state;
    rig_reset();
    rig_start();
    lq_hash_t first = rig_go(1);
    lq_hash_t second = rig_go(2);
    rig_crash((lq_txman_start_t){.has_journal = true});
    rig_count(0, 0);
    rig_absent(second);
    assert_int_equal(rig_cnt(LQ_TXMAN_ACTION_SEND), 0);
    assert_int_equal(rig_cnt(LQ_TXMAN_ACTION_READY), 0);
    rig_absent(first);
    assert_int_equal(rig_cnt(LQ_TXMAN_ACTION_SEND), 2);
    assert_hash_equal(rig_sent().hash, second);
    assert_true(rig_sent().again);
    assert_int_equal(rig_cnt(LQ_TXMAN_ACTION_READY), 1);
    rig_go(3);
    assert_int_equal(rig_sent().nonce, 2);
}

static void what_was_mined_meanwhile_is_found_by_any_of_its_hashes(void **state)
{
    (void)state;
    rig_reset();
    rig_start();
    lq_hash_t first = rig_go(1);
    rig_drop(1);
    rig_sign();
    rig.top += 50;
    rig_crash((lq_txman_start_t){.has_journal = true});
    rig_count(0, 1);
    assert_int_equal(rig_cnt(LQ_TXMAN_ACTION_READY), 0);
    rig_receipt_in(first, true, rig_block(rig.top - 20));
    assert_int_equal(rig_cnt(LQ_TXMAN_ACTION_READY), 1);
    assert_int_equal(rig_cnt(LQ_TXMAN_ACTION_SEND), 0);
    assert_int_equal(rig_last_record(LQ_TX_RECORD_ENDED)->of.ended.kind, LQ_OUTCOME_MINED);
    assert_null(rig_last(LQ_TXMAN_ACTION_OUTCOME)); /* the engine's numbers began anew */
}

static void the_same_account_taken_anew_owns_what_was_restored(void **state)
{
    (void)state;
    rig_reset();
    rig_start();
    lq_hash_t hash = rig_go(77);
    rig_crash((lq_txman_start_t){.has_journal = true});
    rig_count(0, 0);
    rig_absent(hash);
    lq_txman_take_t t = rig_wish(1);
    t.about.borrower = rig_wish(77).about.borrower;
    rig_take(t);
    assert_outcome(1, LQ_OUTCOME_SENT);
    rig.top++;
    rig_head();
    rig_receipt(hash, true);
    assert_outcome(1, LQ_OUTCOME_MINED);
}

static void a_chain_ahead_of_the_journal_under_one_boot_halts(void **state)
{
    (void)state;
    rig_reset();
    rig_start();
    lq_hash_t hash = rig_go(1);
    rig_crash((lq_txman_start_t){.has_journal = true});
    rig_count(0, 3);
    assert_true(halted());
    assert_int_equal(rig_cnt(LQ_TXMAN_ACTION_SEND), 0);
    (void)hash;
}

static void under_a_new_boot_what_is_ours_is_taken_over(void **state)
{
    (void)state;
    for (int ours = 0; ours < 2; ours++) {
        rig_reset();
        rig_start();
        lq_hash_t hash = rig_go(1);
        rig_crash((lq_txman_start_t){.has_journal = true, .new_boot = true, .adopt_blk = 3});
        rig_count(0, 2);
        rig_receipt_in(hash, true, rig_block(rig.top - 1));
        assert_false(halted());
        assert_int_equal(rig_last(LQ_TXMAN_ACTION_FIND)->as.find.nonce, 1);
        lq_txman_found_t f = {.nonce = 1, .known = true, .is_ours = ours, .hash = {{9}}};
        f.block = rig_block(rig.top);
        rig_event((lq_txman_event_t){.kind = LQ_TXMAN_FOUND, .as.found = &f});
        assert_int_equal(halted(), !ours);
        if (!ours)
            continue;
        assert_hash_equal(rig_last_record(LQ_TX_RECORD_ATTEMPT)->of.attempt.hash, f.hash);
        rig_receipt(f.hash, true);
        assert_int_equal(rig_cnt(LQ_TXMAN_ACTION_READY), 0); /* a builder may have more */
        rig.counts[0] = 2;
        rig_next();
        rig_next();
        assert_int_equal(rig_cnt(LQ_TXMAN_ACTION_READY), 0);
        rig_next();
        assert_int_equal(rig_cnt(LQ_TXMAN_ACTION_READY), 1);
        rig_go(2);
        assert_int_equal(rig_sent().nonce, 2);
    }
}

static void a_halt_outlives_the_process(void **state)
{
    (void)state;
    rig_reset();
    rig_start();
    rig_count(0, 1);
    rig_crash((lq_txman_start_t){.has_journal = true});
    rig_count(0, 1);
    assert_true(halted());
    assert_string_not_equal(lq_txman_sender_stat(rig.m, 0).why, "");
}

static void what_was_reserved_and_not_recorded_is_free(void **state)
{
    (void)state;
    rig_reset();
    rig_start();
    rig_take(rig_wish(1));
    rig_crash((lq_txman_start_t){.has_journal = true});
    rig_count(0, 0);
    assert_int_equal(rig_last_record(LQ_TX_RECORD_ENDED)->of.ended.kind, LQ_OUTCOME_CANCELLED);
    rig_go(2);
    assert_int_equal(rig_sent().nonce, 0);
}

static void records_of_a_stranger_with_unfinished_nonces_are_refused(void **state)
{
    (void)state;
    rig_reset();
    rig_new();
    lq_tx_attempt_t a = {.sender = {{1}}, .nonce = 4};
    lq_tx_moved_t moved = {.sender = {{1}}, .nonce = 4, .state = LQ_TX_FINAL};
    lq_tx_record_t r = {.kind = LQ_TX_RECORD_ATTEMPT, .as.attempt = &a};
    assert_err(lq_txman_restore(rig.m, &r), LQ_ERR_INVAL);
    r = (lq_tx_record_t){.kind = LQ_TX_RECORD_STATE, .as.moved = &moved};
    assert_ok(lq_txman_restore(rig.m, &r));
    a.sender = rig.senders[0];
    r = (lq_tx_record_t){.kind = LQ_TX_RECORD_ATTEMPT, .as.attempt = &a};
    assert_ok(lq_txman_restore(rig.m, &r));
    a.nonce += LQ_TXMAN_SLOT_MAX;
    assert_err(lq_txman_restore(rig.m, &r), LQ_ERR_FULL);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(an_undone_block_gives_back_what_it_had_and_the_bytes_go_again),
    cmocka_unit_test(what_was_undone_and_cancelled_came_to_nothing),
    cmocka_unit_test(what_was_dropped_is_not_sent_again_but_cancelled),
    cmocka_unit_test(a_receipt_of_another_branch_is_not_believed),
    cmocka_unit_test(what_one_node_alone_calls_mined_is_not_final),
    cmocka_unit_test(a_broken_stack_has_everything_asked_anew),
    cmocka_unit_test(a_foreign_transaction_on_our_nonce_halts_a_block_later),
    cmocka_unit_test(what_was_asked_before_the_count_makes_nobody_a_stranger),
    cmocka_unit_test(what_was_lost_and_is_ours_for_good_halts_nobody_any_more),
    cmocka_unit_test(one_that_is_a_strangers_for_good_is_enough),
    cmocka_unit_test(what_a_stranger_took_is_done_when_it_is_final),
    cmocka_unit_test(a_count_beyond_all_that_is_reserved_halts_too),
    cmocka_unit_test(nodes_that_disagree_lead_to_nothing),
    cmocka_unit_test(a_used_nonce_whose_receipt_comes_late_is_ours),
    cmocka_unit_test(a_gap_that_nobody_fills_is_filled),
    cmocka_unit_test(a_used_nonce_without_a_journal_needs_a_word),
    cmocka_unit_test(a_journal_that_is_gone_needs_a_word_whatever_the_log_has),
    cmocka_unit_test(nothing_is_taken_before_it_is_ready),
    cmocka_unit_test(what_was_sent_goes_again_lowest_first_then_it_is_ready),
    cmocka_unit_test(what_was_mined_meanwhile_is_found_by_any_of_its_hashes),
    cmocka_unit_test(the_same_account_taken_anew_owns_what_was_restored),
    cmocka_unit_test(a_chain_ahead_of_the_journal_under_one_boot_halts),
    cmocka_unit_test(under_a_new_boot_what_is_ours_is_taken_over),
    cmocka_unit_test(a_halt_outlives_the_process),
    cmocka_unit_test(what_was_reserved_and_not_recorded_is_free),
    cmocka_unit_test(records_of_a_stranger_with_unfinished_nonces_are_refused),
};

int main(void)
{
    return cmocka_run_group_tests(tests, NULL, NULL);
}
