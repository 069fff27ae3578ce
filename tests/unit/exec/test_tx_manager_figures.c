#include "txman_rig.h"

/* What an intent of several transactions came to, where some of them went their own way. */

#define COST                                                                            \
    (UINT64_C(100000) * 9 * GWEI + 7) /* of one that is mined; its logs tell of no gain \
                                       */

static lq_hash_t hashes[2];

/* Two transactions of one intent are given to relays, and the first of them is mined. */
static void mine_first(void)
{
    rig_reset();
    rig.config.bump_blk = 0;
    rig_start();
    lq_txman_take_t t = rig_wish(1);
    t.tx_cnt = 2;
    t.ways = RIG_PRIVATE;
    t.about.coin = (lq_quote_t){lq_u256_from_u64(UINT64_C(1000000000000000000)), 18};
    rig_take(t);
    rig_signing_t signings[2] = {rig.actions[0].as.sign, rig.actions[1].as.sign};
    for (size_t i = 0; i < 2; i++)
        hashes[i] = rig_sign_as(&signings[i]);
    rig.top++;
    rig_head();
    rig_count(0, 1);
    rig_receipt(hashes[0], true);
}

/* Two transactions, to builders alone: the first is mined, the second's last block passes. */
static void begin(void)
{
    mine_first();
    while (rig_slots(LQ_TX_SENT))
        rig_next();
    assert_int_equal(rig_slots(LQ_TX_EXPIRED), 1);
    assert_outcome(1, LQ_OUTCOME_MINED);
    assert_int_equal(rig_outcome().gas, 100000);
}

/* The second has a block all the same. */
static void mine_second(bool ok)
{
    rig.top++;
    rig_head();
    rig_count(0, 2);
    rig_receipt(hashes[1], ok);
}

static void finalize(void)
{
    rig_event((lq_txman_event_t){.kind = LQ_TXMAN_FINALIZED, .as.block = rig_block(rig.top)});
}

static void assert_recorded(lq_outcome_kind_t kind, uint64_t cost)
{
    const lq_tx_ended_t *e = &rig_last_record(LQ_TX_RECORD_ENDED)->of.ended;
    lq_u256_t magnitude = lq_i256_abs(&e->net_usd);
    assert_int_equal(e->kind, kind);
    assert_true(lq_i256_is_neg(&e->net_usd));
    assert_int_equal(magnitude.w[0], cost);
}

static void what_was_given_up_counts_once_it_is_mined(void **state)
{
    (void)state;
    for (int ok = 0; ok < 2; ok++) {
        begin();
        assert_recorded(LQ_OUTCOME_MINED, COST);
        mine_second(ok);
        assert_outcome(1, LQ_OUTCOME_MINED);
        assert_int_equal(rig_outcome().gas, 200000);
        assert_recorded(LQ_OUTCOME_MINED, 2 * COST);
        rig_undone();
        assert_outcome(1, LQ_OUTCOME_MINED);
        assert_int_equal(rig_outcome().gas, 100000);
        assert_recorded(LQ_OUTCOME_MINED, COST);
    }
}

static void what_was_given_up_counts_behind_the_end_for_good_too(void **state)
{
    (void)state;
    begin();
    finalize();
    assert_outcome(1, LQ_OUTCOME_FINAL);
    assert_recorded(LQ_OUTCOME_FINAL, COST);
    size_t outcomes = rig_cnt(LQ_TXMAN_ACTION_OUTCOME);
    mine_second(true);
    assert_recorded(LQ_OUTCOME_FINAL, 2 * COST);
    rig_undone();
    assert_recorded(LQ_OUTCOME_FINAL, COST);
    rig.fork++;
    mine_second(true);
    assert_recorded(LQ_OUTCOME_FINAL, 2 * COST);
    size_t ends = rig_record_cnt(LQ_TX_RECORD_ENDED);
    finalize();
    assert_int_equal(rig_slots(LQ_TX_MINED), 0);
    assert_int_equal(rig_record_cnt(LQ_TX_RECORD_ENDED), ends);
    assert_int_equal(rig_cnt(LQ_TXMAN_ACTION_OUTCOME), outcomes); /* who asked has done with it */
}

/* The second has longer than it takes the first to be final. */
static void what_is_mined_is_final_once_the_last_of_the_others_is_given_up(void **state)
{
    (void)state;
    for (int again = 0; again < 2; again++) {
        mine_first();
        finalize();
        assert_int_equal(rig_slots(LQ_TX_SENT), 1);
        if (again) {
            rig_crash((lq_txman_start_t){.has_journal = true});
            rig_count(0, 1);
            rig_absent(hashes[1]);
        }
        while (rig_slots(LQ_TX_SENT))
            rig_next();
        assert_int_equal(rig_last_record(LQ_TX_RECORD_ENDED)->of.ended.kind, LQ_OUTCOME_FINAL);
        assert_int_equal(rig_record_cnt(LQ_TX_RECORD_ENDED), 2);
        if (!again)
            assert_outcome(1, LQ_OUTCOME_FINAL);
    }
}

static void what_a_killed_process_did_not_come_to_record_is_recorded_by_the_next(void **state)
{
    (void)state;
    for (int is_final = 0; is_final < 2; is_final++) {
        lq_outcome_kind_t kind = is_final ? LQ_OUTCOME_FINAL : LQ_OUTCOME_MINED;
        begin();
        if (is_final)
            finalize();
        size_t kept = rig.record_cnt;
        mine_second(true);
        while (rig.record_cnt > kept &&
               rig.records[rig.record_cnt - 1].record.kind == LQ_TX_RECORD_ENDED)
            rig.record_cnt--;
        assert_recorded(kind, COST);
        rig_crash((lq_txman_start_t){.has_journal = true});
        assert_recorded(kind, 2 * COST);
        size_t ends = rig_record_cnt(LQ_TX_RECORD_ENDED);
        rig_crash((lq_txman_start_t){.has_journal = true});
        assert_int_equal(rig_record_cnt(LQ_TX_RECORD_ENDED), ends);
    }
}

static bool is_of_first(const rig_record_t *r)
{
    return (r->record.kind == LQ_TX_RECORD_ATTEMPT && r->of.attempt.nonce == 0) ||
           (r->record.kind == LQ_TX_RECORD_STATE && r->of.moved.nonce == 0) ||
           (r->record.kind == LQ_TX_RECORD_RECEIPT && r->of.receipt.nonce == 0);
}

/* Its second nonce carries another intent, of whose nonces the journal tells. */
static void what_the_journal_tells_a_part_of_is_not_recorded_anew(void **state)
{
    (void)state;
    begin();
    lq_hash_t other = rig_go(2);
    assert_int_equal(rig_sent().nonce, 1);
    rig.top++;
    rig_head();
    rig_count(0, 2);
    rig_receipt(other, true);
    finalize();
    assert_int_equal(rig_slots(LQ_TX_MINED), 0);
    size_t ends = rig_record_cnt(LQ_TX_RECORD_ENDED);
    rig_new();
    for (size_t i = 0; i < rig.record_cnt; i++)
        if (!is_of_first(&rig.records[i]))
            assert_ok(lq_txman_restore(rig.m, &rig.records[i].record));
    rig_start_with((lq_txman_start_t){.has_journal = true});
    assert_int_equal(rig_record_cnt(LQ_TX_RECORD_ENDED), ends);
}

static int free_rig(void **state)
{
    (void)state;
    lq_arena_fini(&rig.arena);
    free(rig.records);
    return 0;
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(what_was_given_up_counts_once_it_is_mined),
    cmocka_unit_test(what_was_given_up_counts_behind_the_end_for_good_too),
    cmocka_unit_test(what_is_mined_is_final_once_the_last_of_the_others_is_given_up),
    cmocka_unit_test(what_a_killed_process_did_not_come_to_record_is_recorded_by_the_next),
    cmocka_unit_test(what_the_journal_tells_a_part_of_is_not_recorded_anew),
};

int main(void)
{
    return cmocka_run_group_tests(tests, NULL, free_rig);
}
