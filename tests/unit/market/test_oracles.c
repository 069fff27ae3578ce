/* Each shape, from the answers of a world of contracts. */

#include "oracles_rig.h"

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

static void a_proxy_is_a_feed_and_its_logs_move_it(void **state)
{
    rig_t *r = *state;
    put_feed(r, 1, 200000000000);
    uint32_t eth = add_oracle(r, 1, LQ_ORACLE_VIEW_ANSWER);
    assert_int_equal(lq_oracles_get(r->o, eth).shape, LQ_ORACLE_UNREAD);
    assert_true(lq_oracles_get(r->o, eth).needs_read);
    assert_verdict(r, eth, LQ_PRICE_ABSENT);
    settle(r);
    assert_value(r, eth, LQ_ORACLE_FEED, 200000000000);
    assert_int_equal(lq_oracles_get(r->o, eth).decimals, 8);
    assert_int_equal(lq_oracles_get(r->o, eth).updated_sec, NOW_SEC);
    lq_address_t watched[4];
    lq_address_t aggregator = address_n(1001);
    assert_int_equal(lq_oracles_watch(r->o, watched, 4), 1);
    assert_memory_equal(&watched[0], &aggregator, sizeof(aggregator));

    lq_oracles_settled(r->o);
    uint32_t feed = 99;
    assert_int_equal(log_answer(r, &feed, 1, 11, 210000000000), LQ_FEED_OK);
    assert_int_equal(feed, 0);
    size_t cnt;
    const uint32_t *changed = lq_oracles_changed(r->o, &cnt);
    assert_int_equal(cnt, 1);
    assert_int_equal(changed[0], eth);
    put_answer(r, 1, 11, 210000000000);
    assert_value(r, eth, LQ_ORACLE_FEED, 210000000000);
    assert_int_equal(log_answer(r, &feed, 1, 11, 210000000000), LQ_FEED_SAME);
    assert_int_equal(log_answer(r, &feed, 2, 11, 210000000000), LQ_FEED_SAME);
}

static void an_aggregator_without_a_proxy_is_its_own(void **state)
{
    rig_t *r = *state;
    put_feed(r, 1, 5);
    say_nothing(r, 1, LQ_ABI_CHAINLINK_AGGREGATOR_SELECTOR);
    say_round(r, 1, 0, 10, 5, NOW_SEC);
    say(r, 1, SEL(LATEST_ROUND), 10);
    uint32_t oracle = add_oracle(r, 1, LQ_ORACLE_VIEW_ANSWER);
    settle(r);
    assert_value(r, oracle, LQ_ORACLE_FEED, 5);
    lq_address_t watched;
    lq_address_t self = address_n(1);
    assert_int_equal(lq_oracles_watch(r->o, &watched, 1), 1);
    assert_memory_equal(&watched, &self, sizeof(self));
}

/* What has rounds by name alone may move without a log. */
static void a_round_that_nobody_counts_is_opaque(void **state)
{
    rig_t *r = *state;
    say_round(r, 1, 0, 0, 77, NOW_SEC);
    say(r, 1, SEL(LATEST_ANSWER), 77);
    say(r, 1, LQ_ABI_CHAINLINK_DECIMALS_SELECTOR, 8);
    uint32_t a = add_oracle(r, 1, LQ_ORACLE_VIEW_ANSWER);
    uint32_t b = add_oracle(r, 1, LQ_ORACLE_VIEW_ROUND);
    settle(r);
    assert_value(r, a, LQ_ORACLE_OPAQUE, 77);
    assert_value(r, b, LQ_ORACLE_OPAQUE, 77);
    say(r, 1, SEL(LATEST_ANSWER), 78);
    say_round(r, 1, 0, 0, 78, NOW_SEC);
    assert_int_equal(read_every_block(r), 2);
    assert_value(r, a, LQ_ORACLE_OPAQUE, 78);
    assert_value(r, b, LQ_ORACLE_OPAQUE, 78);
}

static void an_aggregator_that_counts_otherwise_is_opaque(void **state)
{
    rig_t *r = *state;
    put_feed(r, 1, 5);
    say_nothing(r, 1, LQ_ABI_CHAINLINK_AGGREGATOR_SELECTOR);
    say_round(r, 1, 0, 10, 5, NOW_SEC);
    say(r, 1, SEL(LATEST_ROUND), 9);
    uint32_t oracle = add_oracle(r, 1, LQ_ORACLE_VIEW_ANSWER);
    settle(r);
    assert_value(r, oracle, LQ_ORACLE_OPAQUE, 5);
}

static void a_ratio_without_a_cap_is_a_product(void **state)
{
    rig_t *r = *state;
    put_feed(r, 1, 200000000000);
    put_ratio(r, 2, 1, 1200000000000000000, 200000000000);
    uint32_t oracle = add_oracle(r, 2, LQ_ORACLE_VIEW_ANSWER);
    settle(r);
    assert_value(r, oracle, LQ_ORACLE_PRODUCT, 240000000000);
    assert_int_equal(lq_oracles_get(r->o, oracle).decimals, 8);
}

static void a_capped_ratio_grows_with_time(void **state)
{
    rig_t *r = *state;
    put_feed(r, 1, 200000000000);
    put_cap_ratio(r, 2, 1, 1250000000000000000, 200000000000, 1200000000000000000, NOW_SEC - 1000,
                  3000000000000000);
    uint32_t oracle = add_oracle(r, 2, LQ_ORACLE_VIEW_ANSWER);
    settle(r);
    assert_value(r, oracle, LQ_ORACLE_CAP_RATIO, 240000600000);
    lq_oracles_settled(r->o);
    r->block_sec += 100;
    lq_oracles_set_now(r->o, r->block_sec);
    put_cap_ratio(r, 2, 1, 1250000000000000000, 200000000000, 1200000000000000000, NOW_SEC - 1000,
                  3000000000000000);
    size_t cnt;
    (void)lq_oracles_changed(r->o, &cnt);
    assert_int_equal(cnt, 1);
    assert_value(r, oracle, LQ_ORACLE_CAP_RATIO, 240000660000);
    lq_u256_t value;
    assert_int_equal(lq_oracles_eval(r->o, &value, oracle, NULL, 0, NOW_SEC), LQ_PRICE_OK);
    assert_u256_equal(value, lq_u256_from_u64(240000600000));
}

/* Growth below one unit of the ratio a second counts as well. */
static void a_cap_grows_by_parts_of_a_unit(void **state)
{
    rig_t *r = *state;
    put_feed(r, 1, 200000000000000000);
    put_cap_ratio(r, 2, 1, 1250000000000000000, 200000000000000000, 1200000000000000000,
                  NOW_SEC - 1000, 3000000000999999);
    uint32_t oracle = add_oracle(r, 2, LQ_ORACLE_VIEW_ANSWER);
    settle(r);
    assert_value(r, oracle, LQ_ORACLE_CAP_RATIO, 240000600000000199);
}

/* Adapters from before growth was scaled have one getter less. */
static void an_older_cap_without_scaled_growth_is_the_same(void **state)
{
    rig_t *r = *state;
    put_feed(r, 1, 200000000000);
    put_cap_ratio(r, 2, 1, 1250000000000000000, 200000000000, 1200000000000000000, NOW_SEC - 1000,
                  3000000000000000);
    say_nothing(r, 2, SEL(GET_MAX_RATIO_GROWTH_PER_SECOND_SCALED));
    uint32_t oracle = add_oracle(r, 2, LQ_ORACLE_VIEW_ANSWER);
    settle(r);
    assert_value(r, oracle, LQ_ORACLE_CAP_RATIO, 240000600000);
}

static void a_stable_cap_holds_and_its_log_has_it_read_anew(void **state)
{
    rig_t *r = *state;
    put_feed(r, 1, 101000000);
    put_cap_stable(r, 2, 1, 104000000, 101000000);
    put_cap_stable(r, 3, 2, 100500000, 101000000); /* over an adapter */
    uint32_t outer = add_oracle(r, 3, LQ_ORACLE_VIEW_ANSWER);
    uint32_t inner = add_oracle(r, 2, LQ_ORACLE_VIEW_ANSWER);
    settle(r);
    assert_value(r, inner, LQ_ORACLE_CAP_STABLE, 101000000);
    assert_value(r, outer, LQ_ORACLE_CAP_STABLE, 100500000);

    put_cap_stable(r, 2, 1, 100200000, 101000000);
    put_cap_stable(r, 3, 2, 100500000, 100200000);
    lq_evm_log_t log = {.address = address_n(2), .topic_cnt = 1};
    log.topics[0] = lq_abi_price_adapter_price_cap_updated_event_topic;
    assert_int_equal(lq_oracles_apply(r->o, NULL, &log, r->block_sec), LQ_FEED_REREAD);
    assert_verdict(r, inner, LQ_PRICE_DOUBTFUL);
    assert_verdict(r, outer, LQ_PRICE_DOUBTFUL);
    settle(r);
    assert_value(r, inner, LQ_ORACLE_CAP_STABLE, 100200000);
    assert_value(r, outer, LQ_ORACLE_CAP_STABLE, 100200000);
}

static void two_feeds_make_a_product(void **state)
{
    rig_t *r = *state;
    put_feed(r, 1, 200000000000);
    put_feed(r, 2, 99000000);
    say_round(r, 2, 1, 10, 99000000, NOW_SEC - 700);
    say_address(r, 3, SEL(PEG_TO_BASE), 1);
    say_address(r, 3, SEL(ASSET_TO_PEG), 2);
    say(r, 3, SEL(DENOMINATOR), 10000000000000000);
    say(r, 3, LQ_ABI_CHAINLINK_DECIMALS_SELECTOR, 8);
    say(r, 3, SEL(LATEST_ANSWER), 198000000000);
    uint32_t oracle = add_oracle(r, 3, LQ_ORACLE_VIEW_ANSWER);
    settle(r);
    assert_value(r, oracle, LQ_ORACLE_PRODUCT, 198000000000);
    assert_int_equal(lq_oracles_get(r->o, oracle).updated_sec, NOW_SEC - 700);
    say(r, 3, SEL(DENOMINATOR), 10000000000000001);
    lq_oracles_mismatch(r->o, oracle);
    settle(r);
    assert_value(r, oracle, LQ_ORACLE_OPAQUE, 198000000000);
}

static void the_staked_token_asks_for_pooled_ether(void **state)
{
    rig_t *r = *state;
    put_feed(r, 1, 200000000000);
    say_address(r, 3, SEL(ETH_TO_BASE), 1);
    say_address(r, 3, SEL(STETH), 4);
    say(r, 3, SEL(RATIO_DECIMALS), 18);
    say(r, 3, LQ_ABI_CHAINLINK_DECIMALS_SELECTOR, 8);
    say(r, 3, SEL(LATEST_ANSWER), 240000000000);
    say(r, 4, LQ_ABI_RATIO_GET_POOLED_ETH_BY_SHARES_SELECTOR, 1200000000000000000);
    uint32_t oracle = add_oracle(r, 3, LQ_ORACLE_VIEW_ANSWER);
    settle(r);
    assert_value(r, oracle, LQ_ORACLE_PRODUCT, 240000000000);
    uint32_t feed;
    lq_address_t steth = address_n(4);
    assert_ok(lq_oracles_find_feed(r->o, &feed, &steth));
    assert_u256_equal(lq_oracles_feed(r->o, feed)->sample, lq_u256_from_u64(RATIO_ONE));
    lq_address_t nobody = address_n(5);
    assert_err(lq_oracles_find_feed(r->o, &feed, &nobody), LQ_ERR_NOT_FOUND);
}

static void a_fixed_price_is_fixed_until_its_log(void **state)
{
    rig_t *r = *state;
    say(r, 1, SEL(PRICE), 100000000);
    say(r, 1, SEL(LATEST_ANSWER), 100000000);
    say(r, 1, SEL(DECIMALS), 8);
    say(r, 1, LQ_ABI_CHAINLINK_DECIMALS_SELECTOR, 8);
    say_address(r, 1, SEL(ACL_MANAGER), 9);
    uint32_t oracle = add_oracle(r, 1, LQ_ORACLE_VIEW_ANSWER);
    settle(r);
    assert_value(r, oracle, LQ_ORACLE_FIXED, 100000000);
    say(r, 1, SEL(PRICE), 100000001);
    say(r, 1, SEL(LATEST_ANSWER), 100000001);
    lq_evm_log_t log = {.address = address_n(1), .topic_cnt = 1};
    log.topics[0] = lq_abi_price_adapter_fixed_price_updated_event_topic;
    assert_int_equal(lq_oracles_apply(r->o, NULL, &log, r->block_sec), LQ_FEED_REREAD);
    settle(r);
    assert_value(r, oracle, LQ_ORACLE_FIXED, 100000001);
}

/* Two base feeds and a quote feed, no vaults: getters that are missing count as absent. */
static void put_morpho(rig_t *r, uint32_t at, int64_t price)
{
    say_address(r, at, SEL(BASE_FEED_1), 1);
    say_address(r, at, SEL(BASE_FEED_2), 2);
    say_address(r, at, SEL(QUOTE_FEED_1), 3);
    say(r, at, SEL(QUOTE_FEED_2), 0);
    say(r, at, SEL(SCALE_FACTOR), 1000);
    say(r, at, SEL(PRICE), price);
}

static void morphos_oracle_is_made_of_feeds_and_vaults(void **state)
{
    rig_t *r = *state;
    put_feed(r, 1, 3000);
    put_feed(r, 2, 500);
    put_feed(r, 3, 7);
    put_morpho(r, 4, 214285714);
    uint32_t oracle = add_oracle(r, 4, LQ_ORACLE_VIEW_PRICE);
    settle(r);
    assert_value(r, oracle, LQ_ORACLE_CHAINLINK_V2, 214285714);
    assert_int_equal(lq_oracles_get(r->o, oracle).decimals, 36);

    put_morpho(r, 5, 214285714 / 2);
    say_address(r, 5, SEL(QUOTE_VAULT), 6);
    say(r, 5, SEL(QUOTE_VAULT_CONVERSION_SAMPLE), 1000);
    say(r, 6, LQ_ABI_RATIO_CONVERT_TO_ASSETS_SELECTOR, 2);
    uint32_t vault = add_oracle(r, 5, LQ_ORACLE_VIEW_PRICE);
    settle(r);
    assert_value(r, vault, LQ_ORACLE_CHAINLINK_V2, 214285714 / 2);
    assert_int_equal(read_every_block(r), 1); /* the vault's ratio */

    /* a vault that does not tell its sample */
    put_morpho(r, 7, 5);
    say_address(r, 7, SEL(BASE_VAULT), 6);
    uint32_t odd = add_oracle(r, 7, LQ_ORACLE_VIEW_PRICE);
    settle(r);
    assert_value(r, odd, LQ_ORACLE_OPAQUE, 5);
}

static void a_mock_with_a_price_alone_is_opaque_and_no_overlay_moves_it(void **state)
{
    rig_t *r = *state;
    say(r, 1, SEL(PRICE), 5000);
    uint32_t oracle = add_oracle(r, 1, LQ_ORACLE_VIEW_PRICE);
    settle(r);
    assert_value(r, oracle, LQ_ORACLE_OPAQUE, 5000);
    say(r, 1, SEL(PRICE), 6000);
    assert_false(audit(r, oracle));
    assert_int_equal(read_every_block(r), 1);
    assert_value(r, oracle, LQ_ORACLE_OPAQUE, 6000);
    lq_u256_t value;
    lq_price_overlay_t overlay = {.answer = lq_i256_from_i64(1), .feed = 0};
    assert_int_equal(lq_oracles_eval(r->o, &value, oracle, &overlay, 1, 0), LQ_PRICE_OK);
    assert_u256_equal(value, lq_u256_from_u64(6000));
    say(r, 1, SEL(PRICE), 0);
    (void)read_every_block(r);
    assert_verdict(r, oracle, LQ_PRICE_NON_POSITIVE);
    assert_true(audit(r, oracle));
}

/* Somebody's oracle that says what no sum can be multiplied by, and then again what one can. */
static void a_price_that_no_int256_holds_is_one(void **state)
{
    rig_t *r = *state;
    say(r, 1, SEL(PRICE), 5000);
    uint32_t oracle = add_oracle(r, 1, LQ_ORACLE_VIEW_PRICE);
    settle(r);
    static const lq_u256_t words[] = {{{UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX}},
                                      {{0, 0, 0, (uint64_t)1 << 63}},
                                      {{UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX >> 1}}};
    for (size_t i = 0; i < LQ_ARRAY_CNT(words); i++) {
        lq_subject_t subject = {0};
        say_word(r, 1, SEL(PRICE), words[i]);
        assert_true(lq_oracles_every_block(r->o, &subject));
        assert_int_equal(read_one(r, subject), LQ_ORACLES_TAKEN);
        assert_verdict(r, oracle, LQ_PRICE_OK);
        assert_u256_equal(lq_oracles_get(r->o, oracle).value, words[i]);
        assert_true(audit(r, oracle));
    }
    say(r, 1, SEL(PRICE), 7);
    (void)read_every_block(r);
    assert_value(r, oracle, LQ_ORACLE_OPAQUE, 7);
}

/* It is told once, and the feed is read on. */
static void an_answer_that_is_no_number_has_its_turn_at_each_block(void **state)
{
    rig_t *r = *state;
    say(r, 1, SEL(PRICE), 5000);
    uint32_t oracle = add_oracle(r, 1, LQ_ORACLE_VIEW_PRICE);
    settle(r);
    view_of(r, 1, SEL(PRICE))->sz = 31;
    lq_oracles_answer_t want = LQ_ORACLES_MARKED;
    for (unsigned i = 0; i < 3; i++, want = LQ_ORACLES_TAKEN) {
        lq_subject_t subject = {0};
        assert_true(lq_oracles_every_block(r->o, &subject));
        assert_int_equal(read_one(r, subject), want);
        assert_verdict(r, oracle, LQ_PRICE_DOUBTFUL);
        assert_true(audit(r, oracle));
    }
    say(r, 1, SEL(PRICE), 7);
    (void)read_every_block(r);
    assert_value(r, oracle, LQ_ORACLE_OPAQUE, 7);
}

static void who_does_not_answer_is_none_until_a_recheck_finds_it(void **state)
{
    rig_t *r = *state;
    uint32_t a = add_oracle(r, 1, LQ_ORACLE_VIEW_ANSWER);
    uint32_t b = add_oracle(r, 1, LQ_ORACLE_VIEW_PRICE);
    settle(r);
    assert_int_equal(lq_oracles_get(r->o, a).shape, LQ_ORACLE_NONE);
    assert_int_equal(lq_oracles_get(r->o, b).shape, LQ_ORACLE_NONE);
    assert_verdict(r, a, LQ_PRICE_ABSENT);
    assert_true(audit(r, a));
    put_feed(r, 1, 7);
    assert_int_equal(recheck(r), 2);
    settle(r);
    assert_value(r, a, LQ_ORACLE_FEED, 7);
    assert_int_equal(lq_oracles_get(r->o, b).shape, LQ_ORACLE_NONE);
}

static void one_log_of_ether_moves_all_that_is_made_of_it(void **state)
{
    rig_t *r = *state;
    const int64_t before = 200000000000;
    const int64_t after = 190000000000;
    put_feed(r, 1, before);
    put_cap_ratio(r, 2, 1, 1200000000000000000, before, 1190000000000000000, NOW_SEC - 1000, 0);
    put_cap_ratio(r, 3, 1, 1050000000000000000, before, 1100000000000000000, NOW_SEC - 1000, 5000);
    uint32_t weth = add_oracle(r, 1, LQ_ORACLE_VIEW_ANSWER);
    uint32_t wsteth = add_oracle(r, 2, LQ_ORACLE_VIEW_ANSWER);
    uint32_t weeth = add_oracle(r, 3, LQ_ORACLE_VIEW_ANSWER);
    settle(r);
    uint32_t by_feed[8];
    uint32_t feed;
    lq_address_t source = address_n(1);
    assert_ok(lq_oracles_find_feed(r->o, &feed, &source));
    /* in falling order, whatever was read when */
    lq_oracles_mismatch(r->o, wsteth);
    settle(r);
    assert_int_equal(lq_oracles_by_feed(r->o, by_feed, 8, feed), 3);
    assert_true(by_feed[0] > by_feed[1] && by_feed[1] > by_feed[2]);

    lq_price_overlay_t overlay = {.answer = lq_i256_from_i64(after), .feed = feed};
    lq_u256_t shifted;
    assert_int_equal(lq_oracles_eval(r->o, &shifted, wsteth, &overlay, 1, 0), LQ_PRICE_OK);
    lq_oracles_settled(r->o);
    assert_int_equal(log_answer(r, NULL, 1, 11, after), LQ_FEED_OK);
    size_t cnt;
    (void)lq_oracles_changed(r->o, &cnt);
    assert_int_equal(cnt, 3);
    put_answer(r, 1, 11, after);
    put_cap_ratio(r, 2, 1, 1200000000000000000, after, 1190000000000000000, NOW_SEC - 1000, 0);
    put_cap_ratio(r, 3, 1, 1050000000000000000, after, 1100000000000000000, NOW_SEC - 1000, 5000);
    assert_value(r, weth, LQ_ORACLE_FEED, 190000000000);
    assert_value(r, wsteth, LQ_ORACLE_CAP_RATIO, 226100000000);
    assert_value(r, weeth, LQ_ORACLE_CAP_RATIO, 199500000000);
    assert_u256_equal(shifted, lq_u256_from_u64(226100000000));
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        CASE(a_proxy_is_a_feed_and_its_logs_move_it),
        CASE(an_aggregator_without_a_proxy_is_its_own),
        CASE(a_round_that_nobody_counts_is_opaque),
        CASE(an_aggregator_that_counts_otherwise_is_opaque),
        CASE(a_ratio_without_a_cap_is_a_product),
        CASE(a_capped_ratio_grows_with_time),
        CASE(a_cap_grows_by_parts_of_a_unit),
        CASE(an_older_cap_without_scaled_growth_is_the_same),
        CASE(a_stable_cap_holds_and_its_log_has_it_read_anew),
        CASE(two_feeds_make_a_product),
        CASE(the_staked_token_asks_for_pooled_ether),
        CASE(a_fixed_price_is_fixed_until_its_log),
        CASE(morphos_oracle_is_made_of_feeds_and_vaults),
        CASE(a_mock_with_a_price_alone_is_opaque_and_no_overlay_moves_it),
        CASE(a_price_that_no_int256_holds_is_one),
        CASE(an_answer_that_is_no_number_has_its_turn_at_each_block),
        CASE(who_does_not_answer_is_none_until_a_recheck_finds_it),
        CASE(one_log_of_ether_moves_all_that_is_made_of_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
