/* What lies, breaks, changes or is too much. */

#include "oracles_rig.h"

#include "oracles_internal.h"

static rig_t rig;

static int set_up(void **state)
{
    rig_init(&rig);
    *state = &rig;
    return 0;
}

static int tear_down(void **state)
{
    rig_fini(*state);
    return 0;
}

static lq_feed_outcome_t mark_of(rig_t *r, uint32_t feed)
{
    return lq_oracles_feed(r->o, feed)->mark;
}

static void zero_and_negative_answers_are_no_price(void **state)
{
    rig_t *r = *state;
    put_feed(r, 1, 100);
    put_cap_stable(r, 2, 1, 200, 100);
    uint32_t feed = add_oracle(r, 1, LQ_ORACLE_VIEW_ANSWER);
    uint32_t cap = add_oracle(r, 2, LQ_ORACLE_VIEW_ANSWER);
    settle(r);
    assert_int_equal(log_answer(r, NULL, 1, 11, 0), LQ_FEED_ZERO);
    assert_verdict(r, feed, LQ_PRICE_NON_POSITIVE);
    assert_verdict(r, cap, LQ_PRICE_NON_POSITIVE);
    put_answer(r, 1, 11, 0);
    assert_true(audit(r, feed));
    assert_int_equal(log_answer(r, NULL, 1, 12, -5), LQ_FEED_NEGATIVE);
    assert_verdict(r, feed, LQ_PRICE_NON_POSITIVE);
    assert_int_equal(log_answer(r, NULL, 1, 13, 7), LQ_FEED_OK);
    put_answer(r, 1, 13, 7);
    assert_value(r, feed, LQ_ORACLE_FEED, 7);
}

static void a_shape_can_be_told_while_its_feed_says_zero(void **state)
{
    rig_t *r = *state;
    put_feed(r, 1, 0);
    uint32_t oracle = add_oracle(r, 1, LQ_ORACLE_VIEW_ANSWER);
    settle(r);
    assert_int_equal(lq_oracles_get(r->o, oracle).shape, LQ_ORACLE_FEED);
    assert_verdict(r, oracle, LQ_PRICE_NON_POSITIVE);
    assert_int_equal(log_answer(r, NULL, 1, 11, 9), LQ_FEED_OK);
    put_answer(r, 1, 11, 9);
    assert_value(r, oracle, LQ_ORACLE_FEED, 9);
}

static void a_round_that_goes_back_is_doubtful_until_it_is_read(void **state)
{
    rig_t *r = *state;
    put_feed(r, 1, 100);
    uint32_t oracle = add_oracle(r, 1, LQ_ORACLE_VIEW_ANSWER);
    settle(r);
    assert_int_equal(log_answer(r, NULL, 1, 9, 90), LQ_FEED_ROUND_BACK);
    assert_verdict(r, oracle, LQ_PRICE_DOUBTFUL);
    lq_subject_t subject = {0};
    assert_true(lq_oracles_next(r->o, &subject));
    assert_int_equal(subject.kind, LQ_ORACLES_SUBJECT_FEED);
    settle(r);
    assert_value(r, oracle, LQ_ORACLE_FEED, 100);
}

static void a_time_ahead_of_its_block_is_doubtful(void **state)
{
    rig_t *r = *state;
    put_feed(r, 1, 100);
    uint32_t oracle = add_oracle(r, 1, LQ_ORACLE_VIEW_ANSWER);
    settle(r);
    r->block_sec += 10;
    say_round(r, 1, 1, 11, 50, r->block_sec + 1);
    assert_int_equal(recheck(r), 1);
    assert_int_equal(mark_of(r, 0), LQ_FEED_TIME_AHEAD);
    assert_verdict(r, oracle, LQ_PRICE_DOUBTFUL);
}

static void decimals_that_change_are_doubtful_until_they_are_back(void **state)
{
    rig_t *r = *state;
    put_feed(r, 1, 100);
    uint32_t oracle = add_oracle(r, 1, LQ_ORACLE_VIEW_ANSWER);
    settle(r);
    say(r, 1, LQ_ABI_CHAINLINK_DECIMALS_SELECTOR, 18);
    (void)recheck(r);
    assert_int_equal(mark_of(r, 0), LQ_FEED_DECIMALS);
    assert_verdict(r, oracle, LQ_PRICE_DOUBTFUL);
    assert_int_equal(log_answer(r, NULL, 1, 11, 120), LQ_FEED_OK);
    assert_verdict(r, oracle, LQ_PRICE_DOUBTFUL);
    put_answer(r, 1, 11, 120);
    say(r, 1, LQ_ABI_CHAINLINK_DECIMALS_SELECTOR, 8);
    (void)recheck(r);
    assert_value(r, oracle, LQ_ORACLE_FEED, 120);
}

static void a_log_that_does_not_decode_marks_the_feed(void **state)
{
    rig_t *r = *state;
    put_feed(r, 1, 100);
    uint32_t oracle = add_oracle(r, 1, LQ_ORACLE_VIEW_ANSWER);
    settle(r);
    lq_evm_log_t log = {.address = address_n(1001), .topic_cnt = 2};
    log.topics[0] = lq_ocr2_new_transmission_topic;
    uint32_t feed = 99;
    assert_int_equal(lq_oracles_apply(r->o, &feed, &log, r->block_sec), LQ_FEED_MALFORMED);
    assert_int_equal(feed, 0);
    assert_verdict(r, oracle, LQ_PRICE_DOUBTFUL);
    settle(r);
    assert_value(r, oracle, LQ_ORACLE_FEED, 100);
    log.topic_cnt = 0;
    assert_int_equal(lq_oracles_apply(r->o, &feed, &log, r->block_sec), LQ_FEED_SAME);
}

static void an_answer_that_does_not_decode_is_a_fault(void **state)
{
    rig_t *r = *state;
    put_feed(r, 1, 100);
    uint32_t oracle = add_oracle(r, 1, LQ_ORACLE_VIEW_ANSWER);
    settle(r);
    view_of(r, 1, LQ_ABI_CHAINLINK_LATEST_ROUND_DATA_SELECTOR)->sz = 31;
    lq_subject_t subject = {LQ_ORACLES_SUBJECT_FEED, 0};
    assert_int_equal(read_one(r, subject), LQ_ORACLES_MARKED);
    assert_int_equal(mark_of(r, 0), LQ_FEED_MALFORMED);
    assert_int_equal(read_one(r, subject), LQ_ORACLES_TAKEN); /* it was marked already */
    assert_int_equal(mark_of(r, 0), LQ_FEED_MALFORMED);
    assert_verdict(r, oracle, LQ_PRICE_DOUBTFUL);
    /* results of another question */
    asked_t a;
    ask(r, &a, subject);
    assert_int_equal(lq_oracles_answer(r->o, subject, a.results, a.cnt - 1, r->block_sec),
                     LQ_ORACLES_FAULT);
    subject = (lq_subject_t){LQ_ORACLES_SUBJECT_ORACLE, 77};
    assert_int_equal(lq_oracles_answer(r->o, subject, a.results, a.cnt, r->block_sec),
                     LQ_ORACLES_FAULT);
    subject = (lq_subject_t){9, 0};
    assert_int_equal(lq_oracles_answer(r->o, subject, a.results, a.cnt, r->block_sec),
                     LQ_ORACLES_FAULT);
}

/* Each adapter of which the own answer is another than its parts make. */
static void who_says_something_else_than_its_parts_is_opaque(void **state)
{
    rig_t *r = *state;
    put_feed(r, 1, 200000000000);
    put_ratio(r, 2, 1, 1200000000000000000, 200000000001 + 5);
    put_cap_stable(r, 3, 1, 104000000, 103);
    say(r, 4, SEL(PRICE), 1);
    say_address(r, 4, SEL(BASE_FEED_1), 1);
    say(r, 4, SEL(SCALE_FACTOR), 5);
    uint32_t oracles[3] = {add_oracle(r, 2, LQ_ORACLE_VIEW_ANSWER),
                           add_oracle(r, 3, LQ_ORACLE_VIEW_ANSWER),
                           add_oracle(r, 4, LQ_ORACLE_VIEW_PRICE)};
    settle(r);
    assert_value(r, oracles[0], LQ_ORACLE_OPAQUE, 240000000007);
    assert_value(r, oracles[1], LQ_ORACLE_OPAQUE, 103);
    assert_value(r, oracles[2], LQ_ORACLE_OPAQUE, 1);
    assert_int_equal(read_every_block(r), 3); /* the ratio that they are not made of is not read */
}

/* A feed that is nobody must not count as one that is absent. */
static void an_oracle_over_nobody_is_opaque(void **state)
{
    rig_t *r = *state;
    say(r, 4, SEL(PRICE), 1000);
    say_address(r, 4, SEL(BASE_FEED_1), 77);
    say(r, 4, SEL(SCALE_FACTOR), 1000);
    uint32_t oracle = add_oracle(r, 4, LQ_ORACLE_VIEW_PRICE);
    settle(r);
    assert_value(r, oracle, LQ_ORACLE_OPAQUE, 1000);
    assert_int_equal(lq_oracles_get(r->o, 1).shape, LQ_ORACLE_NONE);
}

static void parameters_of_what_has_none_are_ignored(void **state)
{
    rig_t *r = *state;
    put_feed(r, 1, 5);
    say_nothing(r, 1, LQ_ABI_CHAINLINK_AGGREGATOR_SELECTOR);
    say_round(r, 1, 0, 10, 5, NOW_SEC);
    say(r, 1, SEL(LATEST_ROUND), 10);
    uint32_t oracle = add_oracle(r, 1, LQ_ORACLE_VIEW_ANSWER);
    settle(r);
    lq_evm_log_t log = {.address = address_n(1), .topic_cnt = 1};
    log.topics[0] = lq_abi_price_adapter_price_cap_updated_event_topic;
    assert_int_equal(lq_oracles_apply(r->o, NULL, &log, r->block_sec), LQ_FEED_SAME);
    assert_value(r, oracle, LQ_ORACLE_FEED, 5);
}

/* An aggregator replaced behind its proxy is one, and comes again in some months. */
static void mismatches_a_day_apart_are_each_the_first(void **state)
{
    rig_t *r = *state;
    put_feed(r, 1, 100);
    uint32_t oracle = add_oracle(r, 1, LQ_ORACLE_VIEW_ANSWER);
    settle(r);
    for (unsigned n = 0; n < 4; n++) {
        r->block_sec += LQ_ORACLES_MISMATCH_SEC + 1;
        lq_oracles_set_now(r->o, r->block_sec);
        lq_oracles_mismatch(r->o, oracle);
        settle(r);
        assert_value(r, oracle, LQ_ORACLE_FEED, 100);
    }
    lq_oracles_set_now(r->o, r->block_sec + LQ_ORACLES_MISMATCH_SEC);
    lq_oracles_mismatch(r->o, oracle);
    settle(r);
    assert_value(r, oracle, LQ_ORACLE_OPAQUE, 100);
}

static void a_mismatch_is_read_anew_and_the_second_is_opaque(void **state)
{
    rig_t *r = *state;
    put_feed(r, 1, 100);
    put_cap_stable(r, 2, 1, 90, 100);
    uint32_t oracle = add_oracle(r, 2, LQ_ORACLE_VIEW_ANSWER);
    settle(r);
    assert_value(r, oracle, LQ_ORACLE_CAP_STABLE, 90);
    put_cap_stable(r, 2, 1, 80, 100); /* no log of it came */
    assert_false(audit(r, oracle));
    lq_oracles_mismatch(r->o, oracle);
    assert_verdict(r, oracle, LQ_PRICE_DOUBTFUL);
    lq_oracles_mismatch(r->o, oracle); /* it is to be read anyway: not counted */
    settle(r);
    assert_value(r, oracle, LQ_ORACLE_CAP_STABLE, 80);
    put_cap_stable(r, 2, 1, 70, 100);
    lq_oracles_mismatch(r->o, oracle);
    settle(r);
    assert_value(r, oracle, LQ_ORACLE_OPAQUE, 70);
}

/* Smart Value Recapture: a log tells of a round that the proxy does not give yet. */
static void a_proxy_behind_its_logs_is_read_at_every_block(void **state)
{
    rig_t *r = *state;
    put_feed(r, 1, 100);
    uint32_t oracle = add_oracle(r, 1, LQ_ORACLE_VIEW_ANSWER);
    settle(r);
    assert_int_equal(read_every_block(r), 0);
    assert_int_equal(log_answer(r, NULL, 1, 11, 110), LQ_FEED_OK);
    assert_false(audit(r, oracle));
    lq_oracles_mismatch(r->o, oracle);
    settle(r);
    assert_value(r, oracle, LQ_ORACLE_FEED, 100);
    assert_int_equal(lq_oracles_feed(r->o, 0)->kind, LQ_FEED_DUAL);
    assert_int_equal(log_answer(r, NULL, 1, 12, 120), LQ_FEED_REREAD);
    settle(r);
    assert_value(r, oracle, LQ_ORACLE_FEED, 100);
    put_answer(r, 1, 11, 110);
    assert_int_equal(read_every_block(r), 1);
    assert_value(r, oracle, LQ_ORACLE_FEED, 110);
}

static void another_aggregator_is_watched_and_the_old_one_moves_nothing(void **state)
{
    rig_t *r = *state;
    put_feed(r, 1, 100);
    uint32_t oracle = add_oracle(r, 1, LQ_ORACLE_VIEW_ANSWER);
    settle(r);
    uint64_t digest = lq_undo_digest(r->undo);
    lq_undo_begin(r->undo, 1);
    say_address(r, 1, LQ_ABI_CHAINLINK_AGGREGATOR_SELECTOR, 1005);
    say_round(r, 1, 2, 1, 105, r->block_sec);
    say(r, 1, SEL(LATEST_ANSWER), 105);
    lq_subject_t subject = {0};
    assert_true(lq_oracles_recheck(r->o, &subject));
    assert_int_equal(read_one(r, subject), LQ_ORACLES_WATCH);
    assert_int_equal(lq_oracles_watch(r->o, NULL, 0), 2);
    assert_value(r, oracle, LQ_ORACLE_FEED, 105);
    assert_int_equal(log_answer(r, NULL, 1, 99, 1), LQ_FEED_SAME);
    assert_int_equal(log_answer(r, NULL, 5, 2, 106), LQ_FEED_OK);
    assert_true(lq_oracles_recheck(r->o, &(lq_subject_t){0}));
    say_round(r, 1, 2, 2, 106, r->block_sec);
    assert_int_equal(read_one(r, subject), LQ_ORACLES_TAKEN);
    assert_ok(lq_undo_back(r->undo, 1));
    assert_true(lq_undo_digest(r->undo) == digest);
    assert_int_equal(log_answer(r, NULL, 1, 11, 101), LQ_FEED_OK);
}

static void feeds_of_one_aggregator_move_together(void **state)
{
    rig_t *r = *state;
    put_feed(r, 1, 100);
    put_feed(r, 2, 100);
    say_address(r, 2, LQ_ABI_CHAINLINK_AGGREGATOR_SELECTOR, 1001);
    uint32_t a = add_oracle(r, 1, LQ_ORACLE_VIEW_ANSWER);
    uint32_t b = add_oracle(r, 2, LQ_ORACLE_VIEW_ANSWER);
    settle(r);
    assert_int_equal(lq_oracles_watch(r->o, NULL, 0), 1);
    assert_int_equal(log_answer(r, NULL, 1, 11, 120), LQ_FEED_OK);
    put_answer(r, 1, 11, 120);
    put_answer(r, 2, 11, 120);
    assert_value(r, a, LQ_ORACLE_FEED, 120);
    assert_value(r, b, LQ_ORACLE_FEED, 120);
}

static void both_generations_of_transmissions_move_a_feed(void **state)
{
    rig_t *r = *state;
    put_feed(r, 1, 100);
    uint32_t oracle = add_oracle(r, 1, LQ_ORACLE_VIEW_ANSWER);
    settle(r);
    /* int192, address, int192[], bytes, bytes32; int192, address, uint32, int192[], bytes, int192,
       bytes32, uint40: the heads, then two empty tails */
    uint8_t data[320] = {0};
    data[31] = 120;
    data[95] = data[127] = 160;
    lq_evm_log_t log = {.address = address_n(1001), .topic_cnt = 2, .data = data, .data_sz = 192};
    log.topics[0] = lq_ocr1_new_transmission_topic;
    log.topics[1].b[31] = 11;
    assert_int_equal(lq_oracles_apply(r->o, NULL, &log, r->block_sec), LQ_FEED_OK);
    put_answer(r, 1, 11, 120);
    assert_value(r, oracle, LQ_ORACLE_FEED, 120);
    memset(data, 0, sizeof(data));
    data[31] = 130;
    data[126] = data[158] = 1;
    log.data_sz = 288;
    log.topics[0] = lq_ocr2_new_transmission_topic;
    log.topics[1].b[31] = 12;
    assert_int_equal(lq_oracles_apply(r->o, NULL, &log, r->block_sec), LQ_FEED_OK);
    put_answer(r, 1, 12, 130);
    assert_value(r, oracle, LQ_ORACLE_FEED, 130);
    assert_int_equal(log_answer(r, NULL, 1, 12, 130), LQ_FEED_SAME);
}

static void adapters_over_one_another_in_a_circle_are_refused(void **state)
{
    rig_t *r = *state;
    put_cap_stable(r, 1, 2, 50, 40);
    put_cap_stable(r, 2, 1, 50, 40);
    put_cap_stable(r, 3, 3, 50, 40);
    uint32_t a = add_oracle(r, 1, LQ_ORACLE_VIEW_ANSWER);
    uint32_t b = add_oracle(r, 2, LQ_ORACLE_VIEW_ANSWER);
    uint32_t self = add_oracle(r, 3, LQ_ORACLE_VIEW_ANSWER);
    settle(r);
    assert_value(r, a, LQ_ORACLE_CAP_STABLE, 40); /* over the other, which is opaque */
    assert_value(r, b, LQ_ORACLE_OPAQUE, 40);
    assert_value(r, self, LQ_ORACLE_OPAQUE, 40);
}

static void a_tower_of_adapters_ends_at_a_depth(void **state)
{
    rig_t *r = *state;
    for (uint32_t i = 1; i < 40; i++)
        put_cap_stable(r, i, i + 1, 50, 40);
    uint32_t oracle = add_oracle(r, 1, LQ_ORACLE_VIEW_ANSWER);
    settle(r);
    assert_value(r, oracle, LQ_ORACLE_CAP_STABLE, 40);
    assert_int_equal(lq_oracles_cnt(r->o), 1 + LQ_ORACLES_DEPTH_MAX);
    assert_value(r, LQ_ORACLES_DEPTH_MAX, LQ_ORACLE_OPAQUE, 40);
}

static void more_nodes_than_a_price_has_are_opaque(void **state)
{
    rig_t *r = *state;
    put_feed(r, 1, 100000000);
    put_ratio(r, 2, 1, RATIO_ONE, 100000000);
    put_cap_stable(r, 3, 2, 100000000, 100000000);
    for (uint32_t k = 0; k < 4; k++)
        put_cap_stable(r, 10 + k, 3, 100000000, 100000000);
    say(r, 5, SEL(SCALE_FACTOR), 1);
    say(r, 5, SEL(PRICE), 1);
    say_address(r, 5, SEL(BASE_FEED_1), 10);
    say_address(r, 5, SEL(BASE_FEED_2), 11);
    say_address(r, 5, SEL(QUOTE_FEED_1), 12);
    say_address(r, 5, SEL(QUOTE_FEED_2), 13);
    for (uint32_t at = 10; at < 14; at++)
        say_round(r, at, 0, 0, 100000000, NOW_SEC);
    uint32_t oracle = add_oracle(r, 5, LQ_ORACLE_VIEW_PRICE);
    settle(r);
    assert_value(r, oracle, LQ_ORACLE_OPAQUE, 1);
}

/* A getter that gives what its contract cannot have. */
static void parameters_that_cannot_be_are_opaque(void **state)
{
    rig_t *r = *state;
    put_feed(r, 1, 100);
    put_cap_stable(r, 2, 1, -5, 3);
    say(r, 2, SEL(LATEST_ANSWER), 3);
    put_cap_ratio(r, 3, 1, RATIO_ONE, 100, RATIO_ONE, NOW_SEC - 5, 0);
    say_word(r, 3, SEL(GET_SNAPSHOT_RATIO), (lq_u256_t){{0, 1ull << 41, 0, 0}});
    put_cap_ratio(r, 4, 1, RATIO_ONE, 100, RATIO_ONE, NOW_SEC - 5, 0);
    say_nothing(r, 4, SEL(GET_SNAPSHOT_TIMESTAMP));
    put_ratio(r, 5, 1, RATIO_ONE, 100);
    say(r, 5, SEL(RATIO_DECIMALS), 77);
    for (uint32_t at = 2; at < 6; at++) {
        uint32_t oracle = add_oracle(r, at, LQ_ORACLE_VIEW_ANSWER);
        settle(r);
        assert_value(r, oracle, LQ_ORACLE_OPAQUE, at == 2 ? 3 : 100);
    }
}

static void a_full_table_says_so(void **state)
{
    (void)state;
    static rig_t r;
    rig_init_sized(&r, 2, 1);
    put_feed(&r, 1, 100);
    put_cap_stable(&r, 2, 1, 200, 100);
    put_cap_stable(&r, 3, 4, 200, 100);
    uint32_t oracle = add_oracle(&r, 2, LQ_ORACLE_VIEW_ANSWER);
    settle(&r);
    assert_value(&r, oracle, LQ_ORACLE_CAP_STABLE, 100);
    lq_address_t source = address_n(9);
    assert_err(lq_oracles_add(r.o, &oracle, &source, LQ_ORACLE_VIEW_ANSWER), LQ_ERR_FULL);
    assert_int_equal(oracle, 0);
    lq_oracles_mismatch(r.o, 0);
    lq_oracles_mismatch(r.o, 0);
    settle(&r);
    lq_oracles_mismatch(r.o, 0); /* opaque now, and there is no room for its feed */
    lq_subject_t subject = {0};
    assert_true(lq_oracles_next(r.o, &subject));
    assert_int_equal(read_one(&r, subject), LQ_ORACLES_FAULT);
    assert_true(lq_oracles_get(r.o, 0).needs_read);
    assert_verdict(&r, 0, LQ_PRICE_DOUBTFUL);
    lq_feed_promise_t promise = {.proxy = address_n(1), .heartbeat_sec = 60};
    assert_ok(lq_oracles_promise(r.o, &promise));
    promise.proxy = address_n(2);
    assert_err(lq_oracles_promise(r.o, &promise), LQ_ERR_FULL);
    rig_fini(&r);
}

static void no_room_for_the_calls_leaves_them_unchanged(void **state)
{
    rig_t *r = *state;
    (void)add_oracle(r, 1, LQ_ORACLE_VIEW_ANSWER);
    lq_read_call_t list[4];
    uint8_t data[64];
    lq_calls_t calls = {.calls = list, .call_max = 4, .data = data, .data_max = sizeof(data)};
    assert_err(lq_oracles_reads(r->o, &calls, (lq_subject_t){LQ_ORACLES_SUBJECT_ORACLE, 0}),
               LQ_ERR_FULL);
    assert_int_equal(calls.call_cnt, 0);
    assert_int_equal(calls.data_sz, 0);
}

static void topics_are_those_of_their_modules(void **state)
{
    (void)state;
    size_t cnt;
    const lq_hash_t *topics = lq_oracles_topics(&cnt);
    const lq_hash_t *const want[] = {&lq_abi_chainlink_answer_updated_event_topic,
                                     &lq_ocr1_new_transmission_topic,
                                     &lq_ocr2_new_transmission_topic,
                                     &lq_abi_price_adapter_cap_parameters_updated_event_topic,
                                     &lq_abi_price_adapter_price_cap_updated_event_topic,
                                     &lq_abi_price_adapter_fixed_price_updated_event_topic};
    assert_int_equal(cnt, LQ_ARRAY_CNT(want));
    for (size_t i = 0; i < cnt; i++)
        assert_memory_equal(&topics[i], want[i], sizeof(topics[i]));
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        CASE(zero_and_negative_answers_are_no_price),
        CASE(a_shape_can_be_told_while_its_feed_says_zero),
        CASE(a_round_that_goes_back_is_doubtful_until_it_is_read),
        CASE(a_time_ahead_of_its_block_is_doubtful),
        CASE(decimals_that_change_are_doubtful_until_they_are_back),
        CASE(a_log_that_does_not_decode_marks_the_feed),
        CASE(an_answer_that_does_not_decode_is_a_fault),
        CASE(who_says_something_else_than_its_parts_is_opaque),
        CASE(an_oracle_over_nobody_is_opaque),
        CASE(parameters_of_what_has_none_are_ignored),
        CASE(a_mismatch_is_read_anew_and_the_second_is_opaque),
        CASE(mismatches_a_day_apart_are_each_the_first),
        CASE(a_proxy_behind_its_logs_is_read_at_every_block),
        CASE(another_aggregator_is_watched_and_the_old_one_moves_nothing),
        CASE(feeds_of_one_aggregator_move_together),
        CASE(both_generations_of_transmissions_move_a_feed),
        CASE(adapters_over_one_another_in_a_circle_are_refused),
        CASE(a_tower_of_adapters_ends_at_a_depth),
        CASE(more_nodes_than_a_price_has_are_opaque),
        CASE(parameters_that_cannot_be_are_opaque),
        cmocka_unit_test(a_full_table_says_so),
        CASE(no_room_for_the_calls_leaves_them_unchanged),
        cmocka_unit_test(topics_are_those_of_their_modules),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
