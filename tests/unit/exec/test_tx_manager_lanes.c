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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_lane_is_one_senders),
        cmocka_unit_test(those_of_a_lane_have_nonces_in_their_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
