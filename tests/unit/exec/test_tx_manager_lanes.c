#include "txman_rig.h"

static void a_lane_is_one_senders(void **state)
{
    (void)state;
    rig_reset();
    rig.config.sender_cnt = 3;
    rig_start();
    for (uint64_t i = 0; i < 3; i++) {
        lq_txman_take_t t = rig_wish(i + 1);
        t.lane = 1;
        rig_take(t);
        rig_sign();
        assert_int_equal(rig_sent().sender, 0);
        assert_int_equal(rig_sent().nonce, i);
    }
    lq_txman_take_t other = rig_wish(4);
    other.lane = 4;
    rig_take(other);
    rig_sign();
    assert_int_equal(rig_sent().sender, 1);
}

/* Simulations answer in any order. */
static void those_of_a_lane_have_nonces_in_their_order(void **state)
{
    (void)state;
    rig_reset();
    rig.config.simulate = true;
    rig.config.sender_cnt = 2;
    rig_start();
    lq_txman_event_t told[3] = {{0}};
    for (uint64_t i = 0; i < 3; i++) {
        lq_txman_take_t t = rig_wish(i + 1);
        t.lane = 1;
        rig_take(t);
        told[i].kind = LQ_TXMAN_SIMULATED;
        told[i].as.simulated.id = rig_last(LQ_TXMAN_ACTION_SIMULATE)->as.sign.id;
        told[i].as.simulated.known = true;
        told[i].as.simulated.ok = i != 1;
        told[i].as.simulated.why = "";
    }
    rig_event(told[2]);
    assert_int_equal(rig_cnt(LQ_TXMAN_ACTION_SIGN), 0);
    rig_event(told[0]);
    assert_int_equal(rig_cnt(LQ_TXMAN_ACTION_SIGN), 1);
    rig_sign();
    assert_outcome(1, LQ_OUTCOME_SENT);
    rig_event(told[1]); /* it ends, and who waits behind it goes */
    rig_sign();
    assert_outcome(3, LQ_OUTCOME_SENT);
    assert_int_equal(rig_sent().sender, 0);
    assert_int_equal(rig_sent().nonce, 1);
}

/* What is mined has its slot until it is final. */
static void a_lane_begins_where_most_room_is(void **state)
{
    (void)state;
    rig_reset();
    rig.config.sender_cnt = 2;
    rig_start();
    for (uint64_t i = 0; i < 4; i++) {
        lq_txman_take_t t = rig_wish(i + 1);
        t.lane = i + 1;
        rig_take(t);
        lq_hash_t hash = rig_sign();
        assert_int_equal(rig_sent().sender, i % 2);
        assert_int_equal(rig_sent().nonce, i / 2);
        rig.top++;
        rig_head();
        rig_receipt(hash, true);
        assert_outcome(i + 1, LQ_OUTCOME_MINED);
    }
}

static void tell_simulated(bool ok)
{
    lq_txman_event_t e = {.kind = LQ_TXMAN_SIMULATED};
    e.as.simulated.id = rig_last(LQ_TXMAN_ACTION_SIMULATE)->as.sign.id;
    e.as.simulated.known = true;
    e.as.simulated.ok = ok;
    e.as.simulated.why = "less is gained than asked";
    rig_event(e);
}

static void what_waits_for_a_nonce_is_tried_anew_with_each_head(void **state)
{
    (void)state;
    for (int ok = 0; ok < 2; ok++) {
        rig_reset();
        rig.config.simulate = true;
        rig.config.inflight_max = 1;
        rig.config.bump_blk = 0;
        rig_start();
        rig_take(rig_wish(1));
        tell_simulated(true);
        lq_hash_t first = rig_sign();
        rig_take(rig_wish(2));
        tell_simulated(true);
        size_t asked = rig_cnt(LQ_TXMAN_ACTION_SIMULATE);
        assert_int_equal(lq_txman_stat(rig.m).planned_cnt, 1);
        rig.top++;
        rig_head();
        assert_int_equal(rig_cnt(LQ_TXMAN_ACTION_SIMULATE), asked + 1);
        size_t signed_cnt = rig_cnt(LQ_TXMAN_ACTION_SIGN);
        rig_receipt(first, true); /* now there is room, and it is not known yet */
        assert_int_equal(rig_cnt(LQ_TXMAN_ACTION_SIGN), signed_cnt);
        tell_simulated(ok);
        assert_int_equal(rig_cnt(LQ_TXMAN_ACTION_SIGN), signed_cnt + (size_t)ok);
        if (ok)
            (void)rig_sign();
        assert_outcome(2, ok ? LQ_OUTCOME_SENT : LQ_OUTCOME_SIMULATION_REVERTED);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_lane_is_one_senders),
        cmocka_unit_test(those_of_a_lane_have_nonces_in_their_order),
        cmocka_unit_test(a_lane_begins_where_most_room_is),
        cmocka_unit_test(what_waits_for_a_nonce_is_tried_anew_with_each_head),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
