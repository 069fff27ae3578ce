#include "txman_rig.h"

/* ---- the way of one that goes well ---- */

static void what_is_taken_is_signed_recorded_and_sent(void **state)
{
    (void)state;
    rig_reset();
    rig_start();
    rig_take(rig_wish(1));
    assert_int_equal(rig_record_cnt(LQ_TX_RECORD_INTENT), 1);
    assert_int_equal(rig_cnt(LQ_TXMAN_ACTION_SEND), 0);
    assert_int_equal(rig_slots(LQ_TX_RESERVED), 1);
    rig_signing_t s = rig_signing();
    assert_int_equal(s.nonce, 0);
    assert_int_equal(s.max_fee, 17 * GWEI); /* twice the base fee and the tip */
    assert_int_equal(s.tip, GWEI);
    assert_int_equal(s.gas_limit, 400000);
    assert_memory_equal(s.input, rig_input, 8);
    lq_hash_t hash = rig_sign();
    assert_int_equal(rig_record_cnt(LQ_TX_RECORD_ATTEMPT), 1);
    assert_hash_equal(rig_sent().hash, hash);
    assert_int_equal(rig_sent().ways, RIG_PUBLIC);
    assert_false(rig_sent().again);
    assert_outcome(1, LQ_OUTCOME_SENT);
    assert_int_equal(rig_slots(LQ_TX_SENT), 1);
    assert_false(lq_txman_is_idle(rig.m));
}

static void what_is_mined_ends_and_is_final_later(void **state)
{
    (void)state;
    rig_reset();
    rig_start();
    lq_hash_t hash = rig_go(1);
    rig_answer_all(hash, LQ_RPC_OK);
    assert_int_equal(rig_record_cnt(LQ_TX_RECORD_ANSWER), 2);
    rig.top++;
    rig_head();
    rig_count(0, 1);
    rig_receipt(hash, true);
    assert_outcome(1, LQ_OUTCOME_MINED);
    assert_int_equal(rig_outcome().gas, 100000);
    assert_int_equal(rig_outcome().gas_price_wei.raw.w[0], 9 * GWEI);
    assert_int_equal(rig_outcome().bid_wei.raw.w[0], 7);
    assert_int_equal(rig_outcome().repaid.w[0], 5);
    assert_int_equal(rig_outcome().seized.w[0], 6);
    assert_true(lq_txman_is_idle(rig.m));
    rig_event((lq_txman_event_t){.kind = LQ_TXMAN_FINALIZED, .as.block = rig_block(rig.top)});
    assert_outcome(1, LQ_OUTCOME_FINAL);
    assert_int_equal(rig_outcome().seized.w[0], 6);
    assert_int_equal(lq_txman_sender_stat(rig.m, 0).slot_cnt, 0);
    assert_int_equal(lq_txman_sender_stat(rig.m, 0).next_nonce, 1);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(what_is_taken_is_signed_recorded_and_sent),
    cmocka_unit_test(what_is_mined_ends_and_is_final_later),
};

int main(void)
{
    return cmocka_run_group_tests(tests, NULL, NULL);
}
