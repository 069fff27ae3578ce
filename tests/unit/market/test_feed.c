#include "liqd/market/feed.h"

#include "market_test.h"

#include "liqd/codec/abi_chainlink.h"
#include "liqd/codec/abi_price_adapter.h"
#include "liqd/codec/abi_ratio.h"

enum {
    NOW_SEC = 1700000000,
};

/* latestRoundData's five words. */
typedef struct round_ret {
    uint8_t b[160];
} round_ret_t;

static round_ret_t round_ret(uint64_t phase, uint64_t round, const char *answer, const char *time)
{
    round_ret_t ret = {{0}};
    lq_u256_t round_id = {{round, phase, 0, 0}};
    lq_u256_t words[5] = {round_id, u256_of(answer), u256_of(time), u256_of(time), round_id};
    for (size_t i = 0; i < 5; i++)
        lq_u256_to_be(ret.b + 32 * i, &words[i]);
    return ret;
}

static lq_feed_outcome_t apply_round(lq_feed_t *feed, uint64_t phase, uint64_t round,
                                     const char *answer, const char *time)
{
    round_ret_t ret = round_ret(phase, round, answer, time);
    return lq_feed_apply_read(feed, LQ_FEED_READ_ANSWER, ret.b, sizeof(ret.b), NOW_SEC);
}

static lq_feed_outcome_t apply_word(lq_feed_t *feed, lq_feed_read_kind_t kind, const char *word,
                                    uint64_t block_sec)
{
    uint8_t ret[32];
    lq_u256_t v = u256_of(word);
    lq_u256_to_be(ret, &v);
    return lq_feed_apply_read(feed, kind, ret, sizeof(ret), block_sec);
}

static lq_feed_outcome_t apply_log(lq_feed_t *feed, uint64_t round, const char *answer,
                                   uint64_t updated_sec)
{
    lq_feed_update_t u = {i256_of(answer), round, updated_sec};
    return lq_feed_apply_log(feed, &u, NOW_SEC);
}

static lq_feed_t chainlink(bool dual, uint8_t decimals)
{
    lq_address_t proxy = address_of(1);
    return lq_feed_init_chainlink(&proxy, dual, decimals, 3600, 50);
}

/* A feed whose three reads were applied: aggregator 2, 8 decimals, round 10 of phase 4. */
static lq_feed_t filled(void)
{
    lq_feed_t feed = chainlink(false, LQ_FEED_DECIMALS_UNKNOWN);
    assert_int_equal(apply_word(&feed, LQ_FEED_READ_AGGREGATOR, "2", NOW_SEC), LQ_FEED_AGGREGATOR);
    assert_int_equal(apply_word(&feed, LQ_FEED_READ_DECIMALS, "8", NOW_SEC), LQ_FEED_OK);
    assert_int_equal(apply_round(&feed, 4, 10, "2000", "1699990000"), LQ_FEED_OK);
    assert_int_equal(feed.mark, LQ_FEED_OK);
    return feed;
}

static void reads_say_all_that_a_feed_is(void **state)
{
    (void)state;
    lq_feed_t feed = filled();
    assert_int_equal(feed.decimals, 8);
    assert_int_equal(feed.phase, 4);
    assert_int_equal(feed.round, 10);
    assert_int_equal(feed.updated_sec, 1699990000);
    assert_u256_equal(feed.answer.bits, u256_of("2000"));
    lq_address_t aggregator = address_of(2);
    assert_memory_equal(lq_feed_emitter(&feed), &aggregator, sizeof(aggregator));
    assert_int_equal(apply_round(&feed, 4, 10, "2000", "1699990000"), LQ_FEED_SAME);
    assert_int_equal(apply_word(&feed, LQ_FEED_READ_AGGREGATOR, "2", NOW_SEC), LQ_FEED_SAME);
    assert_int_equal(apply_word(&feed, LQ_FEED_READ_DECIMALS, "8", NOW_SEC), LQ_FEED_SAME);
    assert_int_equal(feed.mark, LQ_FEED_OK);
}

static void logs_move_it_and_two_logs_of_a_round_are_one(void **state)
{
    (void)state;
    lq_feed_t feed = filled();
    assert_int_equal(apply_log(&feed, 11, "2100", NOW_SEC), LQ_FEED_OK);
    assert_int_equal(apply_log(&feed, 11, "2100", NOW_SEC), LQ_FEED_SAME);
    assert_u256_equal(feed.answer.bits, u256_of("2100"));
    assert_int_equal(feed.updated_sec, NOW_SEC);
    /* the proxy then says the same, with its phase */
    assert_int_equal(apply_round(&feed, 4, 11, "2100", "1700000000"), LQ_FEED_SAME);
}

static void zero_and_negative_answers_are_kept_and_marked(void **state)
{
    (void)state;
    lq_feed_t feed = filled();
    assert_int_equal(apply_log(&feed, 11, "0", NOW_SEC), LQ_FEED_ZERO);
    assert_int_equal(feed.mark, LQ_FEED_ZERO);
    assert_true(lq_u256_is_zero(&feed.answer.bits));
    assert_int_equal(apply_log(&feed, 12, "-5", NOW_SEC), LQ_FEED_NEGATIVE);
    assert_int_equal(feed.mark, LQ_FEED_NEGATIVE);
    assert_true(lq_i256_is_neg(&feed.answer));
    assert_int_equal(apply_log(&feed, 13, "5", NOW_SEC), LQ_FEED_OK);
    assert_int_equal(feed.mark, LQ_FEED_OK);
    assert_int_equal(apply_round(&feed, 4, 14, "0", "1700000000"), LQ_FEED_ZERO);
    assert_int_equal(apply_round(&feed, 4, 14, "0", "1700000000"), LQ_FEED_SAME);
    assert_int_equal(feed.mark, LQ_FEED_ZERO);
}

/* Whatever goes back or ahead leaves the answer alone and marks the feed until a read heals it. */
static void what_goes_back_is_refused_and_stays_marked(void **state)
{
    (void)state;
    static const struct {
        uint64_t round;
        const char *answer;
        uint64_t updated_sec;
        lq_feed_outcome_t want;
    } rows[] = {
        {9, "2000", NOW_SEC, LQ_FEED_ROUND_BACK},
        {10, "2001", 1699990000, LQ_FEED_ROUND_BACK}, /* another answer to a known round */
        {11, "2000", 1699989999, LQ_FEED_TIME_BACK},
        {11, "2000", NOW_SEC + LQ_FEED_AHEAD_MAX_SEC + 1, LQ_FEED_TIME_AHEAD},
        {11, "2000", UINT64_MAX, LQ_FEED_TIME_AHEAD},
    };
    for (size_t i = 0; i < LQ_ARRAY_CNT(rows); i++) {
        lq_feed_t feed = filled();
        assert_int_equal(apply_log(&feed, rows[i].round, rows[i].answer, rows[i].updated_sec),
                         rows[i].want);
        assert_int_equal(feed.mark, rows[i].want);
        assert_u256_equal(feed.answer.bits, u256_of("2000"));
        assert_int_equal(feed.round, 10);
        /* a later log is taken, but the doubt stays */
        assert_int_equal(apply_log(&feed, 12, "2200", NOW_SEC), LQ_FEED_OK);
        assert_int_equal(feed.mark, rows[i].want);
        assert_int_equal(apply_round(&feed, 4, 12, "2200", "1700000000"), LQ_FEED_SAME);
        assert_int_equal(feed.mark, LQ_FEED_OK);
    }
}

/* NewTransmission at a time that was foreseen, then AnswerUpdated with that of the block. */
static void a_time_that_was_not_foreseen_is_no_doubt(void **state)
{
    (void)state;
    for (uint64_t sec = NOW_SEC - 3; sec <= NOW_SEC + LQ_FEED_AHEAD_MAX_SEC; sec++) {
        lq_feed_t feed = filled();
        assert_int_equal(apply_log(&feed, 11, "1800", NOW_SEC), LQ_FEED_OK);
        assert_int_equal(apply_log(&feed, 11, "1800", sec),
                         sec == NOW_SEC ? LQ_FEED_SAME : LQ_FEED_OK);
        assert_int_equal(feed.mark, LQ_FEED_OK);
        assert_int_equal(feed.updated_sec, sec);
        assert_int_equal(feed.round, 11);
        assert_u256_equal(feed.answer.bits, u256_of("1800"));
    }
    /* nor does it take one away */
    lq_feed_t feed = filled();
    assert_int_equal(apply_log(&feed, 9, "1800", NOW_SEC), LQ_FEED_ROUND_BACK);
    assert_int_equal(apply_log(&feed, 10, "2000", NOW_SEC), LQ_FEED_OK);
    assert_int_equal(feed.mark, LQ_FEED_ROUND_BACK);
}

static void a_read_that_goes_back_needs_a_reset(void **state)
{
    (void)state;
    lq_feed_t feed = filled();
    assert_int_equal(apply_round(&feed, 4, 9, "1900", "1699980000"), LQ_FEED_ROUND_BACK);
    assert_int_equal(feed.mark, LQ_FEED_ROUND_BACK);
    assert_int_equal(feed.round, 10);
    lq_feed_reset(&feed);
    assert_int_equal(feed.mark, LQ_FEED_ABSENT);
    assert_int_equal(apply_round(&feed, 4, 9, "1900", "1699980000"), LQ_FEED_OK);
    assert_int_equal(feed.mark, LQ_FEED_OK);
    assert_int_equal(feed.round, 9);
}

static void no_answer_is_not_zero(void **state)
{
    (void)state;
    lq_feed_t feed = filled();
    assert_int_equal(lq_feed_apply_read(&feed, LQ_FEED_READ_ANSWER, NULL, 0, NOW_SEC),
                     LQ_FEED_ABSENT); /* it reverted */
    assert_int_equal(feed.mark, LQ_FEED_ABSENT);
    assert_int_equal(apply_round(&feed, 4, 10, "2000", "1699990000"), LQ_FEED_OK);
    assert_int_equal(apply_round(&feed, 4, 11, "2000", "0"), LQ_FEED_ABSENT); /* not complete */
    assert_int_equal(feed.mark, LQ_FEED_ABSENT);
    round_ret_t ret = round_ret(4, 12, "1", "1699990000");
    assert_int_equal(lq_feed_apply_read(&feed, LQ_FEED_READ_ANSWER, ret.b, 159, NOW_SEC),
                     LQ_FEED_MALFORMED);
    assert_int_equal(feed.mark, LQ_FEED_MALFORMED);
    ret = round_ret(1u << 16, 12, "1", "1699990000"); /* a round that is no uint80 */
    assert_int_equal(lq_feed_apply_read(&feed, LQ_FEED_READ_ANSWER, ret.b, 160, NOW_SEC),
                     LQ_FEED_MALFORMED);
    assert_int_equal(apply_round(&feed, 4, 12, "1", "18446744073709551616"), LQ_FEED_TIME_AHEAD);
    assert_int_equal(apply_round(&feed, 4, 12, "1", "1700000001"), LQ_FEED_TIME_AHEAD);
    assert_int_equal(apply_round(&feed, 4, 12, "1", "1700000000"), LQ_FEED_OK);
    assert_int_equal(feed.mark, LQ_FEED_OK);
}

static void another_aggregator_is_an_event_of_its_own(void **state)
{
    (void)state;
    lq_feed_t feed = filled();
    assert_int_equal(apply_word(&feed, LQ_FEED_READ_AGGREGATOR, "3", NOW_SEC), LQ_FEED_AGGREGATOR);
    assert_int_equal(feed.mark, LQ_FEED_AGGREGATOR);
    lq_address_t aggregator = address_of(3);
    assert_memory_equal(lq_feed_emitter(&feed), &aggregator, sizeof(aggregator));
    /* its rounds start anew, and its answer may be of an earlier time */
    assert_int_equal(apply_round(&feed, 5, 1, "2050", "1699980000"), LQ_FEED_OK);
    assert_int_equal(feed.mark, LQ_FEED_OK);
    assert_int_equal(feed.phase, 5);
    assert_int_equal(feed.round, 1);
    /* or a log of it comes first */
    assert_int_equal(apply_word(&feed, LQ_FEED_READ_AGGREGATOR, "4", NOW_SEC), LQ_FEED_AGGREGATOR);
    assert_int_equal(apply_log(&feed, 1, "2060", 1699970000), LQ_FEED_OK);
    assert_int_equal(feed.mark, LQ_FEED_OK);
    /* no proxy after all */
    assert_int_equal(lq_feed_apply_read(&feed, LQ_FEED_READ_AGGREGATOR, NULL, 0, NOW_SEC),
                     LQ_FEED_AGGREGATOR);
    aggregator = address_of(1);
    assert_memory_equal(lq_feed_emitter(&feed), &aggregator, sizeof(aggregator));
    uint8_t dirty[32] = {1, [31] = 1}; /* bits above an address */
    assert_int_equal(lq_feed_apply_read(&feed, LQ_FEED_READ_AGGREGATOR, dirty, 32, NOW_SEC),
                     LQ_FEED_MALFORMED);
    assert_int_equal(feed.mark, LQ_FEED_MALFORMED);
}

static void a_new_phase_alone_starts_rounds_anew(void **state)
{
    (void)state;
    lq_feed_t feed = filled();
    assert_int_equal(apply_round(&feed, 5, 1, "2050", "1699980000"), LQ_FEED_OK);
    assert_int_equal(feed.phase, 5);
    assert_int_equal(feed.round, 1);
}

static void decimals_that_change_or_cannot_be_mark_the_feed(void **state)
{
    (void)state;
    static const struct {
        const char *word;
        lq_feed_outcome_t want;
    } rows[] = {{"18", LQ_FEED_DECIMALS},
                {"77", LQ_FEED_DECIMALS},
                {"255", LQ_FEED_DECIMALS},
                {"256", LQ_FEED_MALFORMED},
                {NULL, LQ_FEED_ABSENT}};
    for (size_t i = 0; i < LQ_ARRAY_CNT(rows); i++) {
        lq_feed_t feed = filled();
        lq_feed_outcome_t outcome =
            rows[i].word ? apply_word(&feed, LQ_FEED_READ_DECIMALS, rows[i].word, NOW_SEC)
                         : lq_feed_apply_read(&feed, LQ_FEED_READ_DECIMALS, NULL, 0, NOW_SEC);
        assert_int_equal(outcome, rows[i].want);
        assert_int_equal(feed.mark, LQ_FEED_DECIMALS);
        assert_int_equal(feed.decimals, 8);
        /* neither an answer nor another aggregator settles that, nor forgetting */
        lq_feed_reset(&feed);
        assert_int_equal(apply_round(&feed, 4, 11, "7", "1700000000"), LQ_FEED_OK);
        assert_int_equal(apply_log(&feed, 12, "7", NOW_SEC), LQ_FEED_OK);
        assert_int_equal(apply_word(&feed, LQ_FEED_READ_AGGREGATOR, "3", NOW_SEC),
                         LQ_FEED_AGGREGATOR);
        assert_int_equal(feed.mark, LQ_FEED_DECIMALS);
        assert_int_equal(apply_word(&feed, LQ_FEED_READ_DECIMALS, "8", NOW_SEC), LQ_FEED_SAME);
        assert_int_equal(apply_round(&feed, 5, 1, "7", "1700000000"), LQ_FEED_OK);
        assert_int_equal(feed.mark, LQ_FEED_OK);
    }
    lq_feed_t feed = chainlink(false, LQ_FEED_DECIMALS_UNKNOWN);
    assert_int_equal(apply_word(&feed, LQ_FEED_READ_DECIMALS, "76", NOW_SEC), LQ_FEED_OK);
    assert_int_equal(feed.decimals, 76);
    feed = chainlink(false, LQ_FEED_DECIMALS_UNKNOWN);
    assert_int_equal(apply_word(&feed, LQ_FEED_READ_DECIMALS, "77", NOW_SEC), LQ_FEED_DECIMALS);
    assert_int_equal(apply_word(&feed, LQ_FEED_READ_DECIMALS, "255", NOW_SEC), LQ_FEED_DECIMALS);
    assert_int_equal(feed.decimals, LQ_FEED_DECIMALS_UNKNOWN);
}

static void a_dual_aggregators_log_only_asks_for_a_read(void **state)
{
    (void)state;
    lq_feed_t feed = chainlink(true, 8);
    assert_int_equal(apply_round(&feed, 1, 10, "2000", "1699990000"), LQ_FEED_OK);
    lq_feed_t before = feed;
    assert_int_equal(apply_log(&feed, 11, "2100", NOW_SEC), LQ_FEED_REREAD);
    assert_memory_equal(&before, &feed, sizeof(feed));
    assert_int_equal(apply_round(&feed, 1, 11, "2100", "1700000000"), LQ_FEED_OK);
}

static void a_ratio_moves_by_reads_alone(void **state)
{
    (void)state;
    lq_address_t token = address_of(9);
    lq_feed_t feed = lq_feed_init_ratio(&token, LQ_ABI_RATIO_GET_RATE_SELECTOR, NULL, 18);
    assert_null(lq_feed_emitter(&feed));
    assert_int_equal(apply_word(&feed, LQ_FEED_READ_ANSWER, "105", NOW_SEC - 24), LQ_FEED_OK);
    assert_int_equal(feed.updated_sec, NOW_SEC - 24);
    assert_int_equal(apply_word(&feed, LQ_FEED_READ_ANSWER, "105", NOW_SEC - 12), LQ_FEED_SAME);
    assert_int_equal(feed.updated_sec, NOW_SEC - 12);
    assert_int_equal(apply_word(&feed, LQ_FEED_READ_ANSWER, "106", NOW_SEC - 13),
                     LQ_FEED_TIME_BACK);
    assert_int_equal(feed.mark, LQ_FEED_TIME_BACK);
    assert_u256_equal(feed.answer.bits, u256_of("105"));
    assert_int_equal(apply_word(&feed, LQ_FEED_READ_ANSWER, "104", NOW_SEC), LQ_FEED_OK);
    assert_int_equal(apply_word(&feed, LQ_FEED_READ_ANSWER, "0", NOW_SEC), LQ_FEED_ZERO);
    assert_int_equal(feed.mark, LQ_FEED_ZERO);
    assert_int_equal(apply_word(&feed, LQ_FEED_READ_ANSWER, "1", NOW_SEC), LQ_FEED_OK);
    uint8_t huge[32] = {0x80}; /* no int256, which is what the adapters make of it */
    assert_int_equal(lq_feed_apply_read(&feed, LQ_FEED_READ_ANSWER, huge, 32, NOW_SEC),
                     LQ_FEED_MALFORMED);
    assert_int_equal(lq_feed_apply_read(&feed, LQ_FEED_READ_ANSWER, huge, 31, NOW_SEC),
                     LQ_FEED_MALFORMED);
    assert_int_equal(lq_feed_apply_read(&feed, LQ_FEED_READ_ANSWER, NULL, 0, NOW_SEC),
                     LQ_FEED_ABSENT);
    assert_int_equal(feed.mark, LQ_FEED_ABSENT);
}

/* The whole of a uint256, which is what Morpho makes of it. */
static void a_price_is_whatever_it_is_but_zero(void **state)
{
    (void)state;
    lq_address_t source = address_of(1);
    lq_feed_t feed = lq_feed_init_ratio(&source, LQ_ABI_PRICE_ADAPTER_PRICE_SELECTOR, NULL,
                                        LQ_FEED_DECIMALS_MAX);
    assert_true(lq_feed_is_unsigned(&feed));
    uint8_t word[32];
    for (unsigned top = 0x7f; top <= 0x80; top++) {
        memset(word, 0xff, sizeof(word));
        word[0] = (uint8_t)top;
        assert_int_equal(lq_feed_apply_read(&feed, LQ_FEED_READ_ANSWER, word, 32, NOW_SEC),
                         LQ_FEED_OK);
        assert_int_equal(feed.mark, LQ_FEED_OK);
        assert_u256_equal(feed.answer.bits, lq_u256_from_be(word));
        assert_int_equal(lq_feed_apply_read(&feed, LQ_FEED_READ_ANSWER, word, 32, NOW_SEC),
                         LQ_FEED_SAME);
        assert_int_equal(feed.mark, LQ_FEED_OK);
    }
    assert_int_equal(apply_word(&feed, LQ_FEED_READ_ANSWER, "0", NOW_SEC), LQ_FEED_ZERO);
    assert_int_equal(feed.mark, LQ_FEED_ZERO);
    assert_int_equal(lq_feed_apply_read(&feed, LQ_FEED_READ_ANSWER, word, 31, NOW_SEC),
                     LQ_FEED_MALFORMED);
    assert_int_equal(lq_feed_apply_read(&feed, LQ_FEED_READ_ANSWER, word, 32, NOW_SEC), LQ_FEED_OK);
    assert_int_equal(feed.mark, LQ_FEED_OK);
    feed = lq_feed_init_ratio(&source, LQ_ABI_PRICE_ADAPTER_PRICE_SELECTOR + 1, NULL, 0);
    assert_false(lq_feed_is_unsigned(&feed));
    feed = filled();
    feed.selector = LQ_ABI_PRICE_ADAPTER_PRICE_SELECTOR;
    assert_false(lq_feed_is_unsigned(&feed));
}

static void names_the_reads_that_recheck_it(void **state)
{
    (void)state;
    lq_feed_read_t reads[LQ_FEED_READ_MAX];
    uint8_t want[LQ_FEED_CALLDATA_SZ];
    size_t want_sz;
    lq_address_t proxy = address_of(1);
    lq_feed_t feed = filled();
    assert_int_equal(lq_feed_reads(reads, &feed), 3);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(reads[i].kind, (lq_feed_read_kind_t)i);
        assert_memory_equal(&reads[i].to, &proxy, sizeof(proxy)); /* and not the aggregator */
        assert_int_equal(reads[i].data_sz, 4);
    }
    assert_ok(lq_abi_chainlink_aggregator_encode(want, sizeof(want), &want_sz, NULL));
    assert_memory_equal(reads[0].data, want, want_sz);
    assert_ok(lq_abi_chainlink_decimals_encode(want, sizeof(want), &want_sz, NULL));
    assert_memory_equal(reads[1].data, want, want_sz);
    assert_ok(lq_abi_chainlink_latest_round_data_encode(want, sizeof(want), &want_sz, NULL));
    assert_memory_equal(reads[2].data, want, want_sz);

    lq_u256_t sample = u256_of("1000000000000000000");
    feed = lq_feed_init_ratio(&proxy, LQ_ABI_RATIO_CONVERT_TO_ASSETS_SELECTOR, &sample, 18);
    assert_int_equal(lq_feed_reads(reads, &feed), 1);
    assert_ok(lq_abi_ratio_convert_to_assets_encode(want, sizeof(want), &want_sz, NULL, &sample));
    assert_int_equal(reads[0].data_sz, want_sz);
    assert_memory_equal(reads[0].data, want, want_sz);
    feed = lq_feed_init_ratio(&proxy, LQ_ABI_RATIO_ST_ETH_PER_TOKEN_SELECTOR, NULL, 18);
    assert_int_equal(lq_feed_reads(reads, &feed), 1);
    assert_int_equal(reads[0].data_sz, 4);
}

static void a_fixed_feed_never_moves(void **state)
{
    (void)state;
    lq_feed_read_t reads[LQ_FEED_READ_MAX];
    lq_i256_t one = i256_of("100000000");
    lq_feed_t feed = lq_feed_init_fixed(&one, 8);
    assert_int_equal(feed.mark, LQ_FEED_OK);
    assert_int_equal(lq_feed_reads(reads, &feed), 0);
    assert_null(lq_feed_emitter(&feed));
    lq_feed_reset(&feed);
    assert_u256_equal(feed.answer.bits, one.bits);
    one = i256_of("0");
    assert_int_equal(lq_feed_init_fixed(&one, 8).mark, LQ_FEED_ZERO);
}

static void every_outcome_has_a_name(void **state)
{
    (void)state;
    for (int o = LQ_FEED_OK; o <= LQ_FEED_MALFORMED; o++)
        assert_string_not_equal(lq_feed_outcome_str((lq_feed_outcome_t)o), "unknown");
    assert_string_equal(lq_feed_outcome_str((lq_feed_outcome_t)99), "unknown");
}

/* Whatever comes: an unmarked feed has a positive answer, and no log but a better one moves it. */
static void random_histories_keep_the_law(void **state)
{
    (void)state;
    lq_rng_t rng = lq_test_rng();
    for (size_t i = 0; i < lq_test_cnt(2000, 100000); i++) {
        lq_feed_t feed = chainlink(false, 8);
        for (size_t k = 0; k < 30; k++) {
            lq_feed_t before = feed;
            lq_feed_update_t u = {lq_i256_from_i64((int64_t)lq_rng_below(&rng, 6) - 1),
                                  lq_rng_below(&rng, 8), NOW_SEC - 4 + lq_rng_below(&rng, 6)};
            lq_feed_outcome_t outcome = lq_feed_apply_log(&feed, &u, NOW_SEC);
            bool taken =
                outcome == LQ_FEED_OK || outcome == LQ_FEED_ZERO || outcome == LQ_FEED_NEGATIVE;
            if (feed.mark == LQ_FEED_OK)
                assert_true(!lq_i256_is_neg(&feed.answer) && !lq_u256_is_zero(&feed.answer.bits));
            if (taken && before.mark != LQ_FEED_ABSENT)
                assert_true(u.round > before.round
                                ? u.updated_sec >= before.updated_sec
                                : u.round == before.round && lq_i256_eq(&u.answer, &before.answer));
            if (taken)
                assert_int_equal(u.round, feed.round);
            else
                assert_true(lq_i256_eq(&before.answer, &feed.answer) && before.round == feed.round);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_say_all_that_a_feed_is),
        cmocka_unit_test(logs_move_it_and_two_logs_of_a_round_are_one),
        cmocka_unit_test(zero_and_negative_answers_are_kept_and_marked),
        cmocka_unit_test(what_goes_back_is_refused_and_stays_marked),
        cmocka_unit_test(a_time_that_was_not_foreseen_is_no_doubt),
        cmocka_unit_test(a_read_that_goes_back_needs_a_reset),
        cmocka_unit_test(no_answer_is_not_zero),
        cmocka_unit_test(another_aggregator_is_an_event_of_its_own),
        cmocka_unit_test(a_new_phase_alone_starts_rounds_anew),
        cmocka_unit_test(decimals_that_change_or_cannot_be_mark_the_feed),
        cmocka_unit_test(a_dual_aggregators_log_only_asks_for_a_read),
        cmocka_unit_test(a_ratio_moves_by_reads_alone),
        cmocka_unit_test(a_price_is_whatever_it_is_but_zero),
        cmocka_unit_test(names_the_reads_that_recheck_it),
        cmocka_unit_test(a_fixed_feed_never_moves),
        cmocka_unit_test(every_outcome_has_a_name),
        cmocka_unit_test(random_histories_keep_the_law),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
