#include "txman_rig.h"

/* What becomes of what is taken. Long because its sentences are many and short. */

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
    assert_int_equal(s.gas_limit, 400000);
    assert_memory_equal(s.input, rig_input, 8);
    lq_hash_t hash = rig_sign();
    assert_int_equal(rig_record_cnt(LQ_TX_RECORD_ATTEMPT), 1);
    assert_int_equal(rig_last_record(LQ_TX_RECORD_ATTEMPT)->of.attempt.number, 0);
    assert_hash_equal(rig_sent().hash, hash);
    assert_int_equal(rig_sent().ways, RIG_PUBLIC);
    assert_int_equal(rig_sent().first_blk, 101);
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

static void without_a_tag_a_depth_makes_final(void **state)
{
    (void)state;
    rig_reset();
    rig.config.final_blk = 3;
    rig_start();
    lq_hash_t hash = rig_go(1);
    rig.top++;
    rig_head();
    rig_receipt(hash, true);
    rig.counts[0] = 1;
    rig_next();
    rig_next();
    assert_outcome(1, LQ_OUTCOME_MINED);
    rig_next();
    assert_outcome(1, LQ_OUTCOME_FINAL);
}

static void what_reverts_is_told_with_its_words(void **state)
{
    (void)state;
    rig_reset();
    rig_start();
    lq_hash_t hash = rig_go(1);
    rig.top++;
    rig_head();
    rig_receipt(hash, false);
    assert_outcome(1, LQ_OUTCOME_REVERTED);
    assert_int_equal(rig_outcome().gas, 100000);
    assert_string_equal(rig_last_record(LQ_TX_RECORD_ENDED)->of.ended.why, "reverted: no");
    assert_int_equal(rig_slots(LQ_TX_REVERTED), 1);
}

static void what_was_earned_is_at_the_prices_of_the_decision(void **state)
{
    (void)state;
    rig_reset();
    rig_start();
    lq_txman_take_t t = rig_wish(1);
    const lq_address_t token = {{0x77}};
    t.about.price_cnt = 1;
    t.about.prices[0].token = token;
    t.about.prices[0].quote = (lq_quote_t){lq_u256_from_u64(UINT64_C(2000000000000000000)), 6};
    t.about.coin = (lq_quote_t){lq_u256_from_u64(UINT64_C(1000000000000000000)), 0};
    rig_take(t);
    lq_hash_t hash = rig_sign();
    rig.top++;
    rig_head();
    lq_tx_receipt_t r = {.block = rig_block(rig.top), .ok = true, .gas = 3, .gain_cnt = 1};
    r.gas_price_wei = rig_wei(1);
    r.l1_fee_wei = rig_wei(1);
    r.paid_wei = rig_wei(2);
    r.gains[0] = (lq_gain_t){token, lq_i256_from_i64(5000000)};
    lq_txman_told_t told = {.hash = hash, .at = rig_block(rig.top), .receipt = &r};
    rig_event((lq_txman_event_t){.kind = LQ_TXMAN_TOLD, .as.told = &told});
    lq_i256_t net = rig_last_record(LQ_TX_RECORD_ENDED)->of.ended.net_usd;
    assert_int_equal(net.bits.w[0], UINT64_C(4000000000000000000)); /* 10 less 3 + 1 + 2 */
    assert_int_equal(rig_outcome().gas_price_wei.raw.w[0], 2);      /* (3 + 1) / 3, rounded up */
}

/* ---- fees ---- */

static void fees_are_twice_the_base_fee_and_the_tip_while_a_bump_has_room(void **state)
{
    (void)state;
    static const struct {
        uint64_t base, tip, most, fee, paid_tip;
    } cases[] = {
        {8, 1, 100, 17, 1}, /* 2 x 8 + 1 */
        {8, 1, 18, 16, 1},  /* 8/9 of the most */
        {8, 1, 9, 9, 1},    /* never below the next block's */
        {8, 2, 9, 9, 2},    /* never above the most; the base fee is paid first */
        {8, 20, 9, 9, 9},   /* a tip is never above the fee */
        {400, 1, 900, 500, 1} /* the configured most */,
        {8, 0, 8, 8, 0},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        rig_reset();
        rig.base_fee = cases[i].base * GWEI;
        rig_start();
        lq_txman_take_t t = rig_wish(1);
        t.tip_wei = rig_wei(cases[i].tip * GWEI);
        t.most_fee_wei = rig_wei(cases[i].most * GWEI);
        rig_take(t);
        if (cases[i].fee == 500)
            assert_in_range(rig_signing().max_fee, 444 * GWEI, 445 * GWEI);
        else
            assert_int_equal(rig_signing().max_fee, cases[i].fee * GWEI);
        assert_int_equal(rig_signing().tip, cases[i].paid_tip * GWEI);
    }
}

static void a_base_fee_above_the_most_is_refused(void **state)
{
    (void)state;
    rig_reset();
    rig_start();
    lq_txman_take_t t = rig_wish(1);
    t.most_fee_wei = rig_wei(8 * GWEI - 1);
    rig_take(t);
    assert_outcome(1, LQ_OUTCOME_REFUSED);
    assert_int_equal(rig_cnt(LQ_TXMAN_ACTION_SIGN), 0);
}

static void what_is_not_mined_is_bumped_while_it_is_worth_it(void **state)
{
    (void)state;
    rig_reset();
    rig_start();
    lq_txman_take_t t = rig_wish(1);
    t.most_fee_wei = rig_wei(22 * GWEI);
    t.about.last_blk = rig.top + 20;
    rig_take(t);
    assert_int_equal(rig_signing().max_fee, 17 * GWEI);
    rig_sign();
    rig_next();
    assert_int_equal(rig_signing().nonce, 0);
    assert_int_equal(rig_signing().use, LQ_TX_USE_LIQUIDATE);
    assert_int_equal(rig_signing().max_fee, 17 * GWEI / 10 * 12);
    assert_int_equal(rig_signing().tip, GWEI / 10 * 12);
    rig_sign();
    assert_int_equal(lq_txman_stat(rig.m).bump_cnt, 1);
    assert_int_equal(rig_last_record(LQ_TX_RECORD_ATTEMPT)->of.attempt.number, 1);
    size_t cnt = rig_cnt(LQ_TXMAN_ACTION_SIGN);
    rig_next(); /* an eighth more than 20.4 is 22.95 */
    rig_next();
    assert_int_equal(rig_cnt(LQ_TXMAN_ACTION_SIGN), cnt);
}

static void the_last_bump_goes_to_the_most(void **state)
{
    (void)state;
    rig_reset();
    rig_start();
    lq_txman_take_t t = rig_wish(1);
    t.most_fee_wei = rig_wei(18 * GWEI);
    rig_take(t);
    assert_int_equal(rig_signing().max_fee, 16 * GWEI);
    rig_sign();
    rig_next();
    assert_int_equal(rig_signing().max_fee, 18 * GWEI); /* less than 20 %, but an eighth */
}

static void a_bump_waits_as_many_blocks_as_configured(void **state)
{
    (void)state;
    for (uint32_t blk = 0; blk < 3; blk++) {
        rig_reset();
        rig.config.bump_blk = blk;
        rig_start();
        lq_txman_take_t t = rig_wish(1);
        t.about.last_blk = rig.top + 20;
        rig_take(t);
        rig_sign();
        for (uint32_t i = 1; i <= 4; i++) {
            rig_next();
            assert_int_equal(rig_cnt(LQ_TXMAN_ACTION_SIGN), blk && i >= blk ? 2 : 1);
        }
    }
}

static void nothing_is_replaced_before_it_is_known_not_to_be_mined(void **state)
{
    (void)state;
    rig_reset();
    rig_start();
    rig_go(1);
    for (int i = 0; i < 10; i++) {
        rig.top++;
        rig_head(); /* and no answer to what is asked */
    }
    assert_int_equal(rig_cnt(LQ_TXMAN_ACTION_SIGN), 1);
}

/* ---- cancelling ---- */

static void behind_its_last_block_it_is_cancelled(void **state)
{
    (void)state;
    rig_reset();
    rig.config.bump_blk = 0;
    rig_start();
    lq_hash_t first = rig_go(1);
    rig_next();
    rig_next();
    assert_int_equal(rig_cnt(LQ_TXMAN_ACTION_SIGN), 1);
    rig_next();
    rig_signing_t s = rig_signing();
    assert_int_equal(s.use, LQ_TX_USE_CANCEL);
    assert_int_equal(s.gas_limit, 21000);
    assert_int_equal(s.value, 0);
    assert_memory_equal(&s.to, &rig.senders[0], sizeof(s.to));
    assert_int_equal(s.max_fee, 17 * GWEI / 10 * 12);
    lq_hash_t cancel = rig_sign();
    assert_int_equal(rig_slots(LQ_TX_CANCELLING), 1);
    assert_int_equal(lq_txman_stat(rig.m).cancel_cnt, 1);
    assert_int_equal(rig_sent().ways, RIG_PUBLIC);
    assert_outcome(1, LQ_OUTCOME_SENT); /* it may be mined yet */
    rig.top++;
    rig_head();
    rig_absent(first);
    rig_receipt(cancel, true);
    assert_outcome(1, LQ_OUTCOME_CANCELLED);
    rig_event((lq_txman_event_t){.kind = LQ_TXMAN_FINALIZED, .as.block = rig_block(rig.top)});
    assert_outcome(1, LQ_OUTCOME_CANCELLED);
}

static void what_is_being_cancelled_may_be_mined_yet(void **state)
{
    (void)state;
    rig_reset();
    rig_start();
    lq_hash_t first = rig_go(1);
    rig_drop(1);
    assert_int_equal(rig_cnt(LQ_TXMAN_ACTION_SIGN), 1); /* a block may be there that has it */
    rig_next();
    assert_int_equal(rig_signing().use, LQ_TX_USE_CANCEL);
    rig_sign();
    rig.top++;
    rig_head();
    rig_receipt(first, true);
    assert_outcome(1, LQ_OUTCOME_MINED);
}

static void a_drop_behind_a_block_waits_for_its_receipts(void **state)
{
    (void)state;
    rig_reset();
    rig.config.bump_blk = 0;
    rig_start();
    lq_hash_t hash = rig_go(1);
    rig.top++;
    rig_head();
    rig_drop(1);
    assert_int_equal(rig_cnt(LQ_TXMAN_ACTION_SIGN), 1);
    rig_absent(hash); /* it was a log of the block behind that dropped it, for all we know */
    assert_int_equal(rig_cnt(LQ_TXMAN_ACTION_SIGN), 1);
    rig_next();
    assert_int_equal(rig_signing().use, LQ_TX_USE_CANCEL);
}

static void what_is_dropped_before_it_is_signed_never_leaves(void **state)
{
    (void)state;
    rig_reset();
    rig_start();
    rig_take(rig_wish(1));
    rig_drop(1);
    assert_outcome(1, LQ_OUTCOME_CANCELLED);
    rig_sign();
    assert_int_equal(rig_cnt(LQ_TXMAN_ACTION_SEND), 0);
    assert_int_equal(lq_txman_sender_stat(rig.m, 0).next_nonce, 0);
    rig_take(rig_wish(2));
    assert_int_equal(rig_signing().nonce, 0); /* the nonce is free again */
}

static void of_private_ways_alone_the_nonce_expires_and_carries_another(void **state)
{
    (void)state;
    rig_reset();
    rig.config.bump_blk = 0;
    rig_start();
    lq_txman_take_t t = rig_wish(1);
    t.ways = RIG_PRIVATE;
    rig_take(t);
    lq_hash_t first = rig_sign();
    assert_int_equal(rig_sent().last_blk, 103);
    assert_true(rig_last_record(LQ_TX_RECORD_ATTEMPT)->of.attempt.is_private);
    rig_next();
    rig_drop(1); /* nobody can cancel it */
    rig_next();
    assert_int_equal(rig_cnt(LQ_TXMAN_ACTION_SIGN), 1);
    rig_next();
    assert_outcome(1, LQ_OUTCOME_EXPIRED);
    assert_int_equal(rig_slots(LQ_TX_EXPIRED), 1);
    assert_true(lq_txman_is_idle(rig.m));
    uint64_t fee = rig_signing().max_fee;
    rig_take(rig_wish(2));
    assert_int_equal(rig_signing().nonce, 0);
    assert_int_equal(rig_signing().max_fee, fee); /* without a bump */
    rig_sign();
    assert_int_equal(rig_last_record(LQ_TX_RECORD_ATTEMPT)->of.attempt.number, 1);
    rig.top++;
    rig_head();
    rig_receipt(first, true); /* its hash is still watched */
    assert_int_equal(rig_slots(LQ_TX_MINED), 1);
    assert_outcome(2, LQ_OUTCOME_CANCELLED);
}

static void a_nonce_that_expired_below_another_is_filled(void **state)
{
    (void)state;
    rig_reset();
    rig.config.bump_blk = 0;
    rig_start();
    lq_txman_take_t t = rig_wish(1);
    t.ways = RIG_PRIVATE;
    t.about.last_blk = rig.top + 1;
    rig_take(t);
    rig_sign();
    rig_go(2);
    rig_next();
    assert_outcome(1, LQ_OUTCOME_EXPIRED);
    assert_int_equal(rig_signing().use, LQ_TX_USE_CANCEL);
    assert_int_equal(rig_signing().nonce, 0);
    rig_sign();
    assert_int_equal(rig_slots(LQ_TX_CANCELLING), 1);
    assert_int_equal(rig_sent().nonce, 0);
}

/* ---- several ---- */

static void several_transactions_have_nonces_in_a_row_or_none(void **state)
{
    (void)state;
    rig_reset();
    rig_start();
    lq_txman_take_t t = rig_wish(1);
    t.tx_cnt = 3;
    rig_take(t);
    assert_int_equal(rig_slots(LQ_TX_RESERVED), 3);
    rig_signing_t s[3];
    for (size_t i = 0, n = 0; i < rig.action_cnt; i++)
        if (rig.actions[i].kind == LQ_TXMAN_ACTION_SIGN)
            s[n++] = rig.actions[i].as.sign;
    rig_sign_as(&s[2]);
    rig_sign_as(&s[0]);
    assert_int_equal(rig_cnt(LQ_TXMAN_ACTION_SEND), 0);
    lq_hash_t mid = rig_sign_as(&s[1]);
    assert_int_equal(rig_cnt(LQ_TXMAN_ACTION_SEND), 3);
    assert_int_equal(rig_sent().nonce, 2);
    rig.top++;
    rig_head();
    rig_receipt(mid, true);
    assert_outcome(1, LQ_OUTCOME_SENT); /* the others are not there yet */
}

static void where_one_of_several_is_not_signed_none_leaves(void **state)
{
    (void)state;
    rig_reset();
    rig_start();
    lq_txman_take_t t = rig_wish(1);
    t.tx_cnt = 2;
    rig_take(t);
    rig_signing_t last = rig_signing();
    rig_sign_refused();
    assert_outcome(1, LQ_OUTCOME_REFUSED);
    assert_string_equal(rig_last_record(LQ_TX_RECORD_ENDED)->of.ended.why, "the destination");
    last.id--; /* no such request any more */
    rig_sign_as(&last);
    assert_int_equal(rig_cnt(LQ_TXMAN_ACTION_SEND), 0);
    assert_int_equal(lq_txman_sender_stat(rig.m, 0).next_nonce, 0);
}

static void the_sender_with_the_fewest_nonces_goes_first(void **state)
{
    (void)state;
    rig_reset();
    rig.config.sender_cnt = 3;
    rig_start();
    for (uint64_t i = 0; i < 6; i++) {
        rig_go(i + 1);
        assert_int_equal(rig_sent().sender, i % 3);
        assert_int_equal(rig_sent().nonce, i / 3);
    }
    lq_txman_take_t t = rig_wish(7);
    t.has_sender = true;
    t.sender = 2;
    rig_take(t);
    assert_int_equal(rig_signing().sender, 2);
}

static void who_cannot_pay_is_passed_over(void **state)
{
    (void)state;
    rig_reset();
    rig.config.sender_cnt = 2;
    rig_start();
    uint64_t little = UINT64_C(400000) * 17 * GWEI - 1;
    rig_count_of(0, 0, 0, rig.top, &little);
    rig_go(1);
    assert_int_equal(rig_sent().sender, 1);
    uint64_t enough = little + 1;
    rig_count_of(0, 0, 0, rig.top, &enough);
    rig_go(2);
    assert_int_equal(rig_sent().sender, 0);
    rig_go(3);
    assert_int_equal(rig_sent().sender, 1); /* what is in flight is spent */
}

static void who_is_halted_is_passed_over(void **state)
{
    (void)state;
    rig_reset();
    rig.config.sender_cnt = 2;
    rig_start();
    rig_count(0, 1); /* a stranger's */
    assert_true(lq_txman_sender_stat(rig.m, 0).halted);
    rig_go(1);
    assert_int_equal(rig_sent().sender, 1);
}

static void beyond_what_may_be_in_flight_it_waits_until_its_last_block(void **state)
{
    (void)state;
    rig_reset();
    rig.config.inflight_max = 2;
    rig.config.bump_blk = 0;
    rig_start();
    lq_hash_t first = rig_go(1);
    rig_go(2);
    rig_take(rig_wish(3));
    lq_txman_take_t t = rig_wish(4);
    t.about.last_blk = rig.top + 1;
    rig_take(t);
    assert_int_equal(lq_txman_stat(rig.m).planned_cnt, 2);
    assert_false(lq_txman_is_idle(rig.m));
    rig.top++;
    rig_head();
    assert_outcome(4, LQ_OUTCOME_EXPIRED);
    rig_receipt(first, true);
    assert_int_equal(rig_signing().nonce, 2);
    assert_int_equal(lq_txman_stat(rig.m).planned_cnt, 0);
    rig_sign();
    assert_outcome(3, LQ_OUTCOME_SENT);
}

static void what_is_asked_for_again_is_not_sent_twice(void **state)
{
    (void)state;
    rig_reset();
    rig_start();
    lq_hash_t hash = rig_go(1);
    lq_txman_take_t t = rig_wish(2);
    t.about.borrower = rig_wish(1).about.borrower;
    size_t cnt = rig_cnt(LQ_TXMAN_ACTION_SIGN);
    rig_take(t);
    assert_int_equal(rig_cnt(LQ_TXMAN_ACTION_SIGN), cnt);
    assert_outcome(2, LQ_OUTCOME_SENT);
    rig.top++;
    rig_head();
    rig_receipt(hash, true);
    assert_outcome(2, LQ_OUTCOME_MINED);
    t.about.engine_intent = 3; /* what is mined is done: this is another */
    rig_take(t);
    assert_int_equal(rig_signing().nonce, 1);
}

static void who_borrows_in_two_pools_has_two_accounts(void **state)
{
    (void)state;
    rig_reset();
    rig_start();
    rig_go(1);
    lq_txman_take_t t = rig_wish(2);
    t.about.borrower = rig_wish(1).about.borrower;
    t.about.pool = rig_wish(1).about.pool + 1;
    rig_take(t);
    assert_int_equal(rig_signing().nonce, 1);
    rig_sign();
    assert_outcome(2, LQ_OUTCOME_SENT);
}

static void another_plan_of_the_same_account_goes_out_in_the_formers_place(void **state)
{
    (void)state;
    rig_reset();
    rig_start();
    lq_hash_t first = rig_go(1);
    uint8_t input[8] = {9};
    lq_txman_tx_t tx = rig_txs[0];
    tx.input = input;
    tx.gas_limit = 500000;
    lq_txman_take_t t = rig_wish(2);
    t.about.borrower = rig_wish(1).about.borrower;
    t.txs = &tx;
    rig_take(t);
    rig_signing_t s = rig_signing();
    assert_int_equal(s.nonce, 0);
    assert_memory_equal(s.input, input, 8);
    assert_int_equal(s.gas_limit, 500000);
    assert_int_equal(s.max_fee, 17 * GWEI / 10 * 12);
    lq_hash_t second = rig_sign();
    assert_hash_equal(rig_sent().hash, second);
    t.about.engine_intent = 3;
    t.tx_cnt = 2; /* which one nonce does not carry */
    t.txs = rig_txs;
    rig_take(t);
    rig_next();
    rig_next();
    assert_hash_equal(rig_sent().hash, second); /* nothing more is paid for the old one */
    rig.top++;
    rig_head();
    rig_receipt(first, true); /* whichever it is */
    assert_outcome(3, LQ_OUTCOME_MINED);
}

static void nothing_is_replaced_before_the_block_was_decided_on(void **state)
{
    (void)state;
    for (int dropped = 0; dropped < 2; dropped++) {
        rig_reset();
        rig_start();
        lq_txman_take_t t = rig_wish(1);
        t.about.last_blk = rig.top + 20;
        rig_take(t);
        lq_hash_t hash = rig_sign();
        size_t cnt = rig_cnt(LQ_TXMAN_ACTION_SIGN);
        rig.top++;
        lq_header_t h = {.block = rig_block(rig.top),
                         .gas_limit = 30000000,
                         .gas_used = 15000000,
                         .base_fee_wei = rig_wei(rig.base_fee)};
        rig_event((lq_txman_event_t){.kind = LQ_TXMAN_HEAD, .as.head = &h});
        rig_absent(hash);
        rig_timer(1);
        assert_int_equal(rig_cnt(LQ_TXMAN_ACTION_SIGN), cnt);
        rig_event((lq_txman_event_t){.kind = LQ_TXMAN_BLOCK, .as.block = h.block});
        assert_int_equal(rig_cnt(LQ_TXMAN_ACTION_SIGN), cnt);
        if (dropped)
            rig_drop(1);
        rig_timer(1);
        assert_int_equal(rig_cnt(LQ_TXMAN_ACTION_SIGN), cnt + !dropped);
    }
}

/* ---- simulation ---- */

static void what_is_simulated_has_a_nonce_only_then(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++) {
        rig_reset();
        rig.config.simulate = true;
        rig_start();
        rig_take(rig_wish(1));
        assert_int_equal(rig_slots(LQ_TX_RESERVED), 0);
        lq_txman_event_t e = {.kind = LQ_TXMAN_SIMULATED};
        e.as.simulated.id = rig_last(LQ_TXMAN_ACTION_SIMULATE)->as.sign.id;
        e.as.simulated.known = i != 2;
        e.as.simulated.ok = i == 1;
        e.as.simulated.why = "HealthFactorNotBelowThreshold";
        rig_event(e);
        if (i == 0) {
            assert_outcome(1, LQ_OUTCOME_SIMULATION_REVERTED);
            assert_string_equal(rig_last_record(LQ_TX_RECORD_ENDED)->of.ended.why,
                                "HealthFactorNotBelowThreshold");
        }
        assert_int_equal(rig_slots(LQ_TX_RESERVED), i != 0);
    }
}

static void what_was_decided_on_a_log_is_simulated_when_its_block_is_known(void **state)
{
    (void)state;
    rig_reset();
    rig.config.simulate = true;
    rig_start();
    lq_txman_take_t t = rig_wish(1);
    t.about.target_blk = rig.top + 2;
    rig_take(t);
    assert_int_equal(rig_cnt(LQ_TXMAN_ACTION_SIMULATE), 0);
    assert_int_equal(rig_slots(LQ_TX_RESERVED), 0);
    rig_next();
    assert_int_equal(rig_cnt(LQ_TXMAN_ACTION_SIMULATE), 1);
    rig_next();
    assert_int_equal(rig_cnt(LQ_TXMAN_ACTION_SIMULATE), 1);
}

static void tell_simulated(uint64_t id)
{
    lq_txman_event_t e = {.kind = LQ_TXMAN_SIMULATED};
    e.as.simulated.id = id;
    e.as.simulated.known = e.as.simulated.ok = true;
    rig_event(e);
}

/* While the old one is simulated, and while it waits for a nonce. */
static void another_plan_for_what_has_no_nonce_is_simulated_and_sent_in_its_place(void **state)
{
    (void)state;
    for (int waits = 0; waits < 2; waits++) {
        rig_reset();
        rig.config.simulate = true;
        rig.config.inflight_max = 2;
        rig_start();
        lq_txman_take_t other = rig_wish(9);
        other.tx_cnt = 2;
        rig_take(other);
        tell_simulated(rig_last(LQ_TXMAN_ACTION_SIMULATE)->as.sign.id);
        assert_int_equal(rig_slots(LQ_TX_RESERVED), 2); /* all that there are */
        rig_take(rig_wish(1));
        uint64_t id = rig_last(LQ_TXMAN_ACTION_SIMULATE)->as.sign.id;
        if (waits)
            tell_simulated(id);
        size_t asked = rig_cnt(LQ_TXMAN_ACTION_SIMULATE);
        lq_txman_take_t anew = rig_wish(2);
        anew.about.borrower = rig_wish(1).about.borrower;
        anew.txs = &rig_txs[1];
        anew.tx_cnt = 2;
        rig_take(anew);
        assert_outcome(1, LQ_OUTCOME_EXPIRED);
        assert_int_equal(rig_last_record(LQ_TX_RECORD_ENDED)->of.ended.kind, LQ_OUTCOME_CANCELLED);
        assert_int_equal(rig_cnt(LQ_TXMAN_ACTION_SIMULATE), asked + 1);
        rig_drop(9);
        tell_simulated(id); /* late: of what is not wanted any more */
        assert_int_equal(rig_slots(LQ_TX_RESERVED), 0);
        tell_simulated(rig_last(LQ_TXMAN_ACTION_SIMULATE)->as.sign.id);
        assert_int_equal(rig_slots(LQ_TX_RESERVED), 2);
        rig_signing_t second = rig_signing();
        assert_memory_equal(&second.to, &rig_txs[2].to, sizeof(second.to));
    }
}

/* ---- who may not ---- */

static void where_recording_fails_nothing_leaves(void **state)
{
    (void)state;
    for (size_t after = 0; after < 2; after++) { /* the intent, the attempt */
        rig_reset();
        rig_start();
        rig.fails_after = after;
        rig_take(rig_wish(1));
        if (after)
            rig_sign();
        assert_outcome(1, LQ_OUTCOME_REFUSED);
        assert_int_equal(rig_cnt(LQ_TXMAN_ACTION_SEND), 0);
        assert_int_equal(lq_txman_sender_stat(rig.m, 0).next_nonce, 0);
        rig.fails_after = SIZE_MAX;
        rig_go(2);
        assert_int_equal(rig_sent().nonce, 0);
    }
}

static void while_the_journal_fails_only_reconciliation_goes_on(void **state)
{
    (void)state;
    rig_reset();
    rig_start();
    lq_hash_t hash = rig_go(1);
    size_t sends = rig_cnt(LQ_TXMAN_ACTION_SEND);
    rig_event((lq_txman_event_t){.kind = LQ_TXMAN_RECORDING, .as.recording = false});
    rig_take(rig_wish(2));
    assert_outcome(2, LQ_OUTCOME_REFUSED);
    rig_timer(100);
    rig_next();
    assert_int_equal(rig_cnt(LQ_TXMAN_ACTION_SEND), sends);
    assert_int_equal(rig_cnt(LQ_TXMAN_ACTION_SIGN), 1);
    rig.fails = true;
    rig_receipt(hash, true);
    assert_outcome(1, LQ_OUTCOME_MINED);
    rig.fails = false;
    size_t receipts = rig_record_cnt(LQ_TX_RECORD_RECEIPT);
    rig_timer(1); /* what could not be recorded is, as soon as it can be */
    assert_int_equal(rig_record_cnt(LQ_TX_RECORD_RECEIPT), receipts + 1);
    assert_int_equal(rig_last_record(LQ_TX_RECORD_ENDED)->of.ended.kind, LQ_OUTCOME_MINED);
}

static void what_is_final_is_recorded_before_its_nonce_is_forgotten(void **state)
{
    (void)state;
    rig_reset();
    rig_start();
    lq_hash_t hash = rig_go(1);
    rig.top++;
    rig_head();
    rig_receipt(hash, true);
    rig_count(0, 1);
    rig.fails = true;
    lq_txman_event_t e = {.kind = LQ_TXMAN_FINALIZED, .as.block = rig_block(rig.top)};
    rig_event(e);
    assert_int_equal(rig_slots(LQ_TX_MINED), 1);
    rig.fails = false;
    rig_event(e);
    assert_int_equal(rig_slots(LQ_TX_MINED), 0);
    assert_outcome(1, LQ_OUTCOME_FINAL);
}

static void a_nonce_is_not_final_before_its_receipt_is_recorded(void **state)
{
    (void)state;
    rig_reset();
    rig_start();
    lq_hash_t hash = rig_go(1);
    rig.top++;
    rig_head();
    rig.fails = true;
    rig_receipt(hash, true);
    rig_count(0, 1);
    rig.fails = false;
    rig.fails_after = 0;
    lq_txman_event_t e = {.kind = LQ_TXMAN_FINALIZED, .as.block = rig_block(rig.top)};
    rig_event(e);
    assert_int_equal(rig_slots(LQ_TX_MINED), 1);
    rig.fails_after = SIZE_MAX;
    rig_event(e);
    assert_int_equal(rig_slots(LQ_TX_MINED), 0);
    assert_int_equal(rig_record_cnt(LQ_TX_RECORD_RECEIPT), 1);
    assert_outcome(1, LQ_OUTCOME_FINAL);
}

/* Has what is taken expire, of private ways alone; returns its hash. */
static lq_hash_t expire(uint64_t engine_intent)
{
    lq_txman_take_t t = rig_wish(engine_intent);
    t.ways = RIG_PRIVATE;
    rig_input[4] = (uint8_t)engine_intent; /* each another payload */
    rig_take(t);
    lq_hash_t hash = rig_sign();
    for (unsigned i = 0; i < 3; i++)
        rig_next();
    assert_outcome(engine_intent, LQ_OUTCOME_EXPIRED);
    rig.action_cnt = 0;
    return hash;
}

static void bytes_that_were_not_recorded_never_leave(void **state)
{
    (void)state;
    rig_reset();
    rig.config.bump_blk = 0;
    rig_start();
    lq_hash_t first = expire(1);
    rig.fails_after = 1; /* the intent's record, not the attempt's */
    lq_txman_take_t t = rig_wish(2);
    t.ways = RIG_PRIVATE;
    rig_take(t);
    rig_sign();
    assert_outcome(2, LQ_OUTCOME_REFUSED);
    rig.fails_after = SIZE_MAX;
    /* the block in which the first would have been is another, and undone in its turn */
    rig_undone();
    rig.fork++;
    rig.top++;
    rig_head();
    rig_receipt(first, true);
    assert_int_equal(rig_slots(LQ_TX_MINED), 1);
    rig_undone();
    assert_int_equal(rig_slots(LQ_TX_SENT), 1);
    assert_int_equal(rig_cnt(LQ_TXMAN_ACTION_SEND), 0);
}

/* So many that the first of them are forgotten; returns the first's hash. */
static lq_hash_t expire_many(unsigned cnt)
{
    rig_reset();
    rig.config.bump_blk = 4; /* later than the last block */
    rig_start();
    lq_hash_t first = expire(1);
    for (unsigned i = 1; i < cnt; i++)
        (void)expire(1 + i);
    assert_int_equal(lq_txman_sender_stat(rig.m, 0).slot_cnt, 1);
    return first;
}

static void an_attempt_that_was_forgotten_is_ours_when_it_is_mined(void **state)
{
    (void)state;
    for (int ours = 0; ours < 2; ours++) {
        lq_hash_t first = expire_many(40);
        rig_go(100);
        size_t from = rig.action_cnt;
        rig.top++;
        rig_head();
        rig.counts[0] = 1;
        rig_tell_nothing(from);
        from = rig.action_cnt;
        rig.top++;
        rig_head();
        rig_tell_nothing(from); /* none that it knows */
        assert_false(lq_txman_sender_stat(rig.m, 0).halted);
        assert_non_null(rig_last(LQ_TXMAN_ACTION_FIND));
        lq_txman_found_t f = {.known = true, .is_ours = ours, .hash = first};
        f.block = rig_block(rig.top);
        rig_event((lq_txman_event_t){.kind = LQ_TXMAN_FOUND, .as.found = &f});
        assert_int_equal(lq_txman_sender_stat(rig.m, 0).halted, !ours);
        assert_int_equal(rig_slots(LQ_TX_LOST), !ours);
        if (!ours)
            continue;
        rig_receipt(first, true);
        assert_int_equal(rig_slots(LQ_TX_MINED), 1);
        assert_outcome(100, LQ_OUTCOME_CANCELLED); /* it was another's */
        rig_go(101);
        assert_int_equal(rig_sent().nonce, 1);
    }
}

static void what_has_expired_often_is_restored(void **state)
{
    (void)state;
    (void)expire_many(120);
    size_t ended = rig_record_cnt(LQ_TX_RECORD_ENDED);
    rig_crash((lq_txman_start_t){.has_journal = true});
    assert_int_equal(rig_record_cnt(LQ_TX_RECORD_ENDED), ended); /* no end twice */
}

static void a_pause_lets_what_is_under_way_go_on(void **state)
{
    (void)state;
    rig_reset();
    rig_start();
    rig_go(1);
    rig_event((lq_txman_event_t){.kind = LQ_TXMAN_PAUSE});
    rig_take(rig_wish(2));
    assert_outcome(2, LQ_OUTCOME_REFUSED);
    rig_next();
    rig_sign();
    assert_int_equal(lq_txman_stat(rig.m).bump_cnt, 1);
    rig_event((lq_txman_event_t){.kind = LQ_TXMAN_RESUME});
    rig_go(3);
    assert_outcome(3, LQ_OUTCOME_SENT);
}

static void stopping_cancels_what_can_be_and_takes_nothing_more(void **state)
{
    (void)state;
    rig_reset();
    rig.config.inflight_max = 1;
    rig_start();
    rig_go(1);
    rig_take(rig_wish(2));
    rig_event((lq_txman_event_t){.kind = LQ_TXMAN_STOP});
    assert_outcome(2, LQ_OUTCOME_CANCELLED);
    assert_int_equal(rig_signing().use, LQ_TX_USE_CANCEL);
    lq_hash_t cancel = rig_sign();
    rig_take(rig_wish(3));
    assert_outcome(3, LQ_OUTCOME_REFUSED);
    rig.top++;
    rig_head();
    rig_receipt(cancel, true);
    assert_outcome(1, LQ_OUTCOME_CANCELLED);
    assert_true(lq_txman_is_idle(rig.m));
}

static void what_cannot_be_is_refused_at_once(void **state)
{
    (void)state;
    rig_reset();
    rig_start();
    lq_txman_take_t bad[6];
    for (size_t i = 0; i < 6; i++)
        bad[i] = rig_wish(i + 1);
    bad[0].tx_cnt = 0;
    bad[1].ways = 0x100;
    bad[2].about.last_blk = rig.top;
    bad[3].has_sender = true;
    bad[3].sender = 1;
    bad[4].tx_cnt = LQ_TXMAN_TX_MAX + 1;
    lq_txman_tx_t large = rig_txs[0];
    large.input_sz = LQ_TX_RAW_MAX;
    bad[5].txs = &large;
    for (size_t i = 0; i < 6; i++) {
        rig_take(bad[i]);
        assert_outcome(i + 1, LQ_OUTCOME_REFUSED);
    }
    assert_int_equal(rig_record_cnt(LQ_TX_RECORD_INTENT), 0);
    for (uint64_t i = 0; i < rig.config.intent_max; i++)
        rig_take(rig_wish(10 + i));
    rig_take(rig_wish(99));
    assert_outcome(99, LQ_OUTCOME_REFUSED);
}

static void an_operators_own_ends_by_its_journals_number(void **state)
{
    (void)state;
    rig_reset();
    rig_start();
    lq_txman_take_t t = rig_wish(0);
    t.about.use = LQ_TX_USE_APPROVE;
    t.about.last_blk = 0; /* none */
    rig_take(t);
    lq_hash_t hash = rig_sign();
    rig.top++;
    rig_head();
    rig_receipt(hash, true);
    assert_int_equal(rig_last(LQ_TXMAN_ACTION_ENDED)->as.ended.intent, 1);
    assert_int_equal(rig_last(LQ_TXMAN_ACTION_ENDED)->as.ended.kind, LQ_OUTCOME_MINED);
    assert_null(rig_last(LQ_TXMAN_ACTION_OUTCOME));
}

static void a_config_out_of_range_is_refused(void **state)
{
    (void)state;
    const lq_txman_sink_t sink = {NULL, rig_on_record, rig_on_action};
    lq_txman_t *m = NULL;
    lq_arena_t arena;
    for (int i = 0; i < 8; i++) {
        rig_reset();
        lq_txman_config_t c = rig.config;
        size_t sz = lq_txman_arena_sz(&c);
        c.sender_cnt = i == 0 ? 0 : c.sender_cnt;
        c.intent_max = i == 1 ? 0 : c.intent_max;
        c.inflight_max = i == 2 ? 65 : c.inflight_max;
        c.bump_bps = i == 3 ? 1249 : c.bump_bps;
        c.private_mask = i == 4 ? RIG_PUBLIC : c.private_mask;
        c.max_fee_wei.raw.w[3] = i == 5;
        c.resend_ns = i == 6 ? 0 : c.resend_ns;
        assert_ok(lq_arena_init(&arena, i == 7 ? sz - 4096 : sz));
        assert_err(lq_txman_new(&m, &arena, &c, &sink), i == 7 ? LQ_ERR_NOMEM : LQ_ERR_RANGE);
        assert_null(m);
        lq_arena_fini(&arena);
    }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(what_is_taken_is_signed_recorded_and_sent),
    cmocka_unit_test(what_is_mined_ends_and_is_final_later),
    cmocka_unit_test(without_a_tag_a_depth_makes_final),
    cmocka_unit_test(what_reverts_is_told_with_its_words),
    cmocka_unit_test(what_was_earned_is_at_the_prices_of_the_decision),
    cmocka_unit_test(fees_are_twice_the_base_fee_and_the_tip_while_a_bump_has_room),
    cmocka_unit_test(a_base_fee_above_the_most_is_refused),
    cmocka_unit_test(what_is_not_mined_is_bumped_while_it_is_worth_it),
    cmocka_unit_test(the_last_bump_goes_to_the_most),
    cmocka_unit_test(who_borrows_in_two_pools_has_two_accounts),
    cmocka_unit_test(a_bump_waits_as_many_blocks_as_configured),
    cmocka_unit_test(nothing_is_replaced_before_it_is_known_not_to_be_mined),
    cmocka_unit_test(behind_its_last_block_it_is_cancelled),
    cmocka_unit_test(what_is_being_cancelled_may_be_mined_yet),
    cmocka_unit_test(a_drop_behind_a_block_waits_for_its_receipts),
    cmocka_unit_test(what_is_dropped_before_it_is_signed_never_leaves),
    cmocka_unit_test(of_private_ways_alone_the_nonce_expires_and_carries_another),
    cmocka_unit_test(a_nonce_that_expired_below_another_is_filled),
    cmocka_unit_test(several_transactions_have_nonces_in_a_row_or_none),
    cmocka_unit_test(where_one_of_several_is_not_signed_none_leaves),
    cmocka_unit_test(the_sender_with_the_fewest_nonces_goes_first),
    cmocka_unit_test(who_cannot_pay_is_passed_over),
    cmocka_unit_test(who_is_halted_is_passed_over),
    cmocka_unit_test(beyond_what_may_be_in_flight_it_waits_until_its_last_block),
    cmocka_unit_test(what_is_asked_for_again_is_not_sent_twice),
    cmocka_unit_test(another_plan_of_the_same_account_goes_out_in_the_formers_place),
    cmocka_unit_test(nothing_is_replaced_before_the_block_was_decided_on),
    cmocka_unit_test(what_is_simulated_has_a_nonce_only_then),
    cmocka_unit_test(what_was_decided_on_a_log_is_simulated_when_its_block_is_known),
    cmocka_unit_test(another_plan_for_what_has_no_nonce_is_simulated_and_sent_in_its_place),
    cmocka_unit_test(where_recording_fails_nothing_leaves),
    cmocka_unit_test(while_the_journal_fails_only_reconciliation_goes_on),
    cmocka_unit_test(what_is_final_is_recorded_before_its_nonce_is_forgotten),
    cmocka_unit_test(a_nonce_is_not_final_before_its_receipt_is_recorded),
    cmocka_unit_test(bytes_that_were_not_recorded_never_leave),
    cmocka_unit_test(an_attempt_that_was_forgotten_is_ours_when_it_is_mined),
    cmocka_unit_test(what_has_expired_often_is_restored),
    cmocka_unit_test(a_pause_lets_what_is_under_way_go_on),
    cmocka_unit_test(stopping_cancels_what_can_be_and_takes_nothing_more),
    cmocka_unit_test(what_cannot_be_is_refused_at_once),
    cmocka_unit_test(an_operators_own_ends_by_its_journals_number),
    cmocka_unit_test(a_config_out_of_range_is_refused),
};

int main(void)
{
    return cmocka_run_group_tests(tests, NULL, NULL);
}
