#include "txman_rig.h"

#include "tx_answers.h"

/* One that is sent and that nothing is known of yet. */
static lq_hash_t begin(void)
{
    rig_reset();
    rig.config.bump_blk = 0;
    rig_start();
    return rig_go(1);
}

static void every_class_has_a_reaction(void **state)
{
    (void)state;
    for (int c = 0; c < LQ_RPC_CLASS_CNT; c++) {
        bool ok = c == LQ_RPC_OK || c == LQ_RPC_KNOWN;
        assert_int_equal(txm_answer_rule((lq_rpc_class_t)c).reaction == TXM_ACCEPTED, ok);
        assert_int_equal(txm_answer_rule((lq_rpc_class_t)c).reaction == TXM_STOP,
                         c == LQ_RPC_MALFORMED); /* the table's zero */
    }
    assert_int_equal(txm_answer_rule((lq_rpc_class_t)99).reaction, TXM_AGAIN);
}

static void an_unknown_outcome_has_the_same_bytes_sent_again(void **state)
{
    (void)state;
    static const lq_rpc_class_t classes[] = {LQ_RPC_TIMEOUT, LQ_RPC_UNKNOWN,   LQ_RPC_BROKEN,
                                             LQ_RPC_UNSENT,  LQ_RPC_POOL_FULL, LQ_RPC_SEQUENCER,
                                             LQ_RPC_SYNCING, LQ_RPC_RATE,      LQ_RPC_FEE_CAP};
    for (size_t i = 0; i < sizeof(classes) / sizeof(classes[0]); i++) {
        lq_hash_t hash = begin();
        rig_answer_all(hash, classes[i]);
        rig_timer(0);
        assert_int_equal(rig_cnt(LQ_TXMAN_ACTION_SEND), 1);
        rig_timer(1);
        assert_int_equal(rig_cnt(LQ_TXMAN_ACTION_SEND), 2);
        assert_hash_equal(rig_sent().hash, hash);
        assert_true(rig_sent().again);
        rig_answer_all(hash, classes[i]);
        rig_timer(1); /* pauses grow */
        assert_int_equal(rig_cnt(LQ_TXMAN_ACTION_SEND), 2);
        rig_timer(1);
        assert_int_equal(rig_cnt(LQ_TXMAN_ACTION_SEND), 3);
        assert_int_equal(rig_cnt(LQ_TXMAN_ACTION_SIGN), 1); /* never a new nonce */
        assert_int_equal(lq_txman_stat(rig.m).resend_cnt, 2);
    }
}

static void what_one_accepted_goes_again_only_as_often_as_configured(void **state)
{
    (void)state;
    lq_hash_t hash = begin();
    rig_answer(hash, 0, LQ_RPC_OK);
    rig_answer(hash, 1, LQ_RPC_TIMEOUT);
    rig_timer(47);
    assert_int_equal(rig_cnt(LQ_TXMAN_ACTION_SEND), 1);
    rig_timer(1);
    assert_int_equal(rig_cnt(LQ_TXMAN_ACTION_SEND), 2);
    assert_int_equal(rig_sent().ways, RIG_PUBLIC); /* who took it may have lost it */
}

static void a_nonce_too_low_is_looked_up_by_every_hash(void **state)
{
    (void)state;
    lq_hash_t hash = begin();
    size_t asks = rig_cnt(LQ_TXMAN_ACTION_ASK);
    size_t counts = rig_cnt(LQ_TXMAN_ACTION_COUNT);
    rig_answer(hash, 0, LQ_RPC_NONCE_LOW);
    assert_int_equal(rig_cnt(LQ_TXMAN_ACTION_ASK), asks + 1);
    assert_int_equal(rig_cnt(LQ_TXMAN_ACTION_COUNT), counts + 1);
    assert_int_equal(lq_txman_sender_stat(rig.m, 0).next_nonce, 1);
    assert_false(lq_txman_sender_stat(rig.m, 0).halted);
}

static void a_nonce_too_high_has_the_lower_ones_sent_again(void **state)
{
    (void)state;
    lq_hash_t first = begin();
    lq_hash_t second = rig_go(2);
    rig_answer(second, 1, LQ_RPC_NONCE_HIGH);
    assert_int_equal(rig_cnt(LQ_TXMAN_ACTION_SEND), 2); /* it may be on its way still */
    rig.now.mono_ns += UINT64_C(1000000000);
    rig_answer(second, 1, LQ_RPC_NONCE_HIGH);
    assert_int_equal(rig_cnt(LQ_TXMAN_ACTION_SEND), 3);
    assert_hash_equal(rig_sent().hash, first);
    assert_int_equal(rig_sent().ways, 2);
}

static void an_underpriced_one_is_repriced_within_its_worth(void **state)
{
    (void)state;
    lq_hash_t hash = begin();
    rig_answer(hash, 0, LQ_RPC_UNDERPRICED);
    assert_int_equal(rig_cnt(LQ_TXMAN_ACTION_SIGN), 1); /* the other may take it */
    rig_answer(hash, 1, LQ_RPC_UNDERPRICED);
    assert_int_equal(rig_signing().max_fee, 17 * GWEI / 10 * 12);
    assert_int_equal(rig_signing().use, LQ_TX_USE_LIQUIDATE);
    hash = begin();
    rig_answer(hash, 0, LQ_RPC_UNDERPRICED);
    rig_answer(hash, 1, LQ_RPC_OK);
    assert_int_equal(rig_cnt(LQ_TXMAN_ACTION_SIGN), 1);
}

static void what_is_underpriced_goes_again_behind_each_head(void **state)
{
    (void)state;
    lq_hash_t hash = begin();
    rig_answer_all(hash, LQ_RPC_UNDERPRICED);
    lq_hash_t more = rig_sign();
    rig_answer_all(more, LQ_RPC_UNDERPRICED);
    size_t cnt = rig_cnt(LQ_TXMAN_ACTION_SEND);
    rig_head();
    assert_int_equal(rig_cnt(LQ_TXMAN_ACTION_SEND), cnt + 1);
    assert_hash_equal(rig_sent().hash, more);
    rig_answer_all(more, LQ_RPC_OK);
    rig_head();
    assert_int_equal(rig_cnt(LQ_TXMAN_ACTION_SEND), cnt + 1);
}

static void an_occupant_is_looked_for_and_both_fees_raised(void **state)
{
    (void)state;
    static const lq_rpc_class_t classes[] = {LQ_RPC_REPLACEMENT, LQ_RPC_OCCUPIED};
    for (int i = 0; i < 2; i++) {
        lq_hash_t hash = begin();
        rig_answer_all(hash, classes[i]);
        assert_int_equal(rig_last(LQ_TXMAN_ACTION_FIND)->as.find.nonce, 0);
        assert_int_equal(rig_signing().max_fee, 17 * GWEI / 10 * 12);
        assert_int_equal(rig_signing().tip, GWEI / 10 * 12);
        lq_txman_found_t f = {.known = true, .witness_cnt = 1, .hash = {{9}}};
        rig_event((lq_txman_event_t){.kind = LQ_TXMAN_FOUND, .as.found = &f});
        assert_false(lq_txman_sender_stat(rig.m, 0).halted); /* one node's pool tells nothing */
        f.block = rig_block(rig.top);
        f.block.hash.b[31] ^= 1; /* nor a block that nobody knows */
        rig_event((lq_txman_event_t){.kind = LQ_TXMAN_FOUND, .as.found = &f});
        assert_false(lq_txman_sender_stat(rig.m, 0).halted);
        f.witness_cnt = 2;
        f.block = (lq_block_ref_t){0};
        rig_event((lq_txman_event_t){.kind = LQ_TXMAN_FOUND, .as.found = &f});
        assert_true(lq_txman_sender_stat(rig.m, 0).halted); /* a stranger's */
        size_t sends = rig_cnt(LQ_TXMAN_ACTION_SEND);
        rig_sign();
        assert_int_equal(rig_cnt(LQ_TXMAN_ACTION_SEND), sends);
    }
}

static void missing_funds_hold_the_queue_until_the_balance_suffices(void **state)
{
    (void)state;
    lq_hash_t hash = begin();
    size_t counts = rig_cnt(LQ_TXMAN_ACTION_COUNT);
    rig_answer_all(hash, LQ_RPC_FUNDS);
    assert_int_equal(rig_cnt(LQ_TXMAN_ACTION_COUNT), counts + 1);
    assert_string_equal(rig_last(LQ_TXMAN_ACTION_NOTE)->as.note.what, "insufficient funds");
    rig_take(rig_wish(2));
    assert_int_equal(lq_txman_stat(rig.m).planned_cnt, 1);
    uint64_t balance = UINT64_C(400000) * 17 * GWEI;
    rig_count_of(0, 0, 0, rig.top, &balance);
    assert_int_equal(lq_txman_stat(rig.m).planned_cnt, 1); /* for one it does */
    balance *= 2;
    rig_count_of(0, 0, 0, rig.top, &balance);
    assert_int_equal(lq_txman_stat(rig.m).planned_cnt, 0);
}

static void what_one_way_alone_calls_malformed_goes_again(void **state)
{
    (void)state;
    for (int ways = 1; ways <= 2; ways++) {
        rig_reset();
        rig.config.bump_blk = 0;
        rig_start();
        lq_txman_take_t t = rig_wish(1);
        t.ways = ways == 1 ? 1 : RIG_PUBLIC;
        rig_take(t);
        lq_hash_t hash = rig_sign();
        for (unsigned i = 0; i < 3; i++) {
            rig_answer(hash, 0, LQ_RPC_MALFORMED);
            if (ways == 2)
                rig_answer(hash, 1, LQ_RPC_POOL_FULL);
            assert_false(lq_txman_sender_stat(rig.m, 0).halted);
            size_t sends = rig_cnt(LQ_TXMAN_ACTION_SEND);
            rig_timer(10);
            assert_int_equal(rig_cnt(LQ_TXMAN_ACTION_SEND), sends + 1);
        }
    }
}

static void what_all_ways_call_malformed_stops_its_sender(void **state)
{
    (void)state;
    lq_hash_t hash = begin();
    rig_answer(hash, 0, LQ_RPC_MALFORMED);
    assert_false(lq_txman_sender_stat(rig.m, 0).halted);
    rig_answer(hash, 1, LQ_RPC_MALFORMED);
    assert_true(lq_txman_sender_stat(rig.m, 0).halted);
    assert_true(rig_last_record(LQ_TX_RECORD_HALT)->of.halt.halted);
    rig_take(rig_wish(2));
    assert_outcome(2, LQ_OUTCOME_REFUSED);
    rig_timer(100);
    rig_next();
    assert_int_equal(rig_cnt(LQ_TXMAN_ACTION_SEND), 1);
    rig_event((lq_txman_event_t){.kind = LQ_TXMAN_RESUME});
    assert_false(rig_last_record(LQ_TX_RECORD_HALT)->of.halt.halted);
    assert_int_equal(rig_cnt(LQ_TXMAN_ACTION_SEND), 2);
}

static void an_acceptance_beside_a_severe_error_is_an_alarm(void **state)
{
    (void)state;
    lq_hash_t hash = begin();
    rig_answer(hash, 0, LQ_RPC_MALFORMED);
    rig_answer(hash, 1, LQ_RPC_OK);
    assert_false(lq_txman_sender_stat(rig.m, 0).halted);
    assert_int_equal(lq_txman_stat(rig.m).alarm_cnt, 1);
    rig_answer(hash, 0, LQ_RPC_FUNDS);
    assert_int_equal(lq_txman_stat(rig.m).alarm_cnt, 1); /* once an attempt */
}

static void an_acceptance_of_another_hash_is_an_alarm_and_none(void **state)
{
    (void)state;
    lq_hash_t hash = begin();
    lq_txman_answer_t a = {.hash = hash, .class_ = LQ_RPC_OK, .has_hash = true, .told = {{1}}};
    rig_event((lq_txman_event_t){.kind = LQ_TXMAN_ANSWERED, .as.answer = &a});
    assert_int_equal(lq_txman_stat(rig.m).alarm_cnt, 1);
    assert_false(rig_last_record(LQ_TX_RECORD_ANSWER)->of.answer.accepted);
    rig_answer(hash, 1, LQ_RPC_TIMEOUT);
    rig_timer(1);
    assert_int_equal(rig_cnt(LQ_TXMAN_ACTION_SEND), 2); /* nobody has it for sure */
}

static void what_all_refuse_is_cancelled_since_it_may_live_somewhere(void **state)
{
    (void)state;
    lq_hash_t hash = begin();
    rig_answer(hash, 0, LQ_RPC_REVERT);
    assert_int_equal(rig_cnt(LQ_TXMAN_ACTION_SIGN), 1);
    rig_answer(hash, 1, LQ_RPC_REVERT);
    assert_int_equal(rig_signing().use, LQ_TX_USE_CANCEL);
    assert_int_equal(rig_signing().nonce, 0);
    lq_hash_t cancel = rig_sign();
    rig.top++;
    rig_head();
    rig_receipt(cancel, true);
    assert_outcome(1, LQ_OUTCOME_REFUSED);
}

static void what_is_said_of_old_attempts_changes_nothing(void **state)
{
    (void)state;
    lq_hash_t old = begin();
    rig_drop(1);
    rig_sign();
    size_t cnt = rig.action_cnt;
    rig_answer_all(old, LQ_RPC_UNDERPRICED);
    assert_int_equal(rig.action_cnt, cnt);
    rig_answer((lq_hash_t){{7}}, 0, LQ_RPC_MALFORMED); /* of nothing of ours */
    assert_int_equal(rig.action_cnt, cnt);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(every_class_has_a_reaction),
    cmocka_unit_test(an_unknown_outcome_has_the_same_bytes_sent_again),
    cmocka_unit_test(what_one_accepted_goes_again_only_as_often_as_configured),
    cmocka_unit_test(a_nonce_too_low_is_looked_up_by_every_hash),
    cmocka_unit_test(a_nonce_too_high_has_the_lower_ones_sent_again),
    cmocka_unit_test(an_underpriced_one_is_repriced_within_its_worth),
    cmocka_unit_test(what_is_underpriced_goes_again_behind_each_head),
    cmocka_unit_test(an_occupant_is_looked_for_and_both_fees_raised),
    cmocka_unit_test(missing_funds_hold_the_queue_until_the_balance_suffices),
    cmocka_unit_test(what_one_way_alone_calls_malformed_goes_again),
    cmocka_unit_test(what_all_ways_call_malformed_stops_its_sender),
    cmocka_unit_test(an_acceptance_beside_a_severe_error_is_an_alarm),
    cmocka_unit_test(an_acceptance_of_another_hash_is_an_alarm_and_none),
    cmocka_unit_test(what_all_refuse_is_cancelled_since_it_may_live_somewhere),
    cmocka_unit_test(what_is_said_of_old_attempts_changes_nothing),
};

int main(void)
{
    return cmocka_run_group_tests(tests, NULL, NULL);
}
