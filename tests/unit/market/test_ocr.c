#include "liqd/market/ocr.h"

#include "market_test.h"
#include "ocr_rig.h"

#include "liqd/codec/keccak.h"

enum {
    NOW_SEC = 1700000000,
};

static lq_ocr_t ocr;

static const int64_t answers[] = {-3, 5, 200000000000, 200000000001, 200100000000};
static const lq_hash_t ocr1_context = {
    {[11] = 0xaa, [26] = 0xbb, [27] = 0, [28] = 0, [29] = 1, [30] = 0, [31] = 7}};

static int set_up(void **state)
{
    (void)state;
    lq_ocr_init(&ocr);
    return 0;
}

static void assert_untouched(const void *p, size_t sz)
{
    for (size_t i = 0; i < sz; i++)
        assert_int_equal(((const uint8_t *)p)[i], 0x5a);
}

/* The call decodes to an error with *OUT untouched and a message. */
static void refused(const uint8_t *data, size_t sz, lq_err_t want)
{
    lq_address_t to = address_of(7);
    lq_ocr_transmit_t out;
    lq_err_msg_t msg = {""};
    memset(&out, 0x5a, sizeof(out));
    assert_err(lq_ocr_transmit_decode(&ocr, &out, &msg, &to, data, sz), want);
    assert_untouched(&out, sizeof(out));
    assert_true(msg.text[0] != '\0');
}

static lq_ocr_transmit_t decoded(const calldata_t *c)
{
    lq_address_t to = address_of(7);
    lq_ocr_transmit_t out;
    assert_ok(lq_ocr_transmit_decode(&ocr, &out, NULL, &to, c->b, c->sz));
    return out;
}

static void topics_are_the_hashes_of_their_events(void **state)
{
    (void)state;
    static const struct {
        const lq_hash_t *topic;
        const char *signature;
    } rows[] = {
        {&lq_ocr1_new_transmission_topic,
         "NewTransmission(uint32,int192,address,int192[],bytes,bytes32)"},
        {&lq_ocr2_new_transmission_topic,
         "NewTransmission(uint32,int192,address,uint32,int192[],bytes,int192,bytes32,uint40)"},
    };
    for (size_t i = 0; i < LQ_ARRAY_CNT(rows); i++) {
        uint8_t hash[LQ_KECCAK_SZ];
        lq_keccak256(hash, rows[i].signature, strlen(rows[i].signature));
        assert_memory_equal(hash, rows[i].topic->b, sizeof(hash));
    }
}

static void a_pending_ocr2_transmit_says_its_answer(void **state)
{
    (void)state;
    words_t report = ocr2_report(1699999990, answers, 5);
    calldata_t c = transmit_of(LQ_OCR2, report.b, 32 * report.cnt, 4);
    lq_ocr_transmit_t t = decoded(&c);
    lq_address_t to = address_of(7);
    lq_hash_t digest = {{1, 2, 3}};
    assert_int_equal(t.version, LQ_OCR2);
    assert_memory_equal(&t.aggregator, &to, sizeof(to));
    assert_memory_equal(&t.config_digest, &digest, sizeof(digest));
    assert_u256_equal(t.answer.bits, u256_of("200000000000"));
    assert_int_equal(t.observations_sec, 1699999990);
    assert_int_equal(t.observation_cnt, 5);
    assert_int_equal(t.signature_cnt, 4);
    assert_int_equal(t.epoch_and_round, 0x0100000203); /* the low 40 bits of the word */
    c = transmit_of(LQ_OCR2_SECONDARY, report.b, 32 * report.cnt, 31);
    t = decoded(&c);
    assert_int_equal(t.version, LQ_OCR2_SECONDARY);
    assert_int_equal(t.signature_cnt, 31);
}

static void a_pending_ocr1_transmit_says_its_answer(void **state)
{
    (void)state;
    words_t report = ocr1_report(&ocr1_context, answers, 4);
    calldata_t c = transmit_of(LQ_OCR1, report.b, 32 * report.cnt, 2);
    lq_ocr_transmit_t t = decoded(&c);
    lq_hash_t digest = {{0xaa, [15] = 0xbb}};
    assert_int_equal(t.version, LQ_OCR1);
    assert_memory_equal(&t.config_digest, &digest, sizeof(digest));
    assert_u256_equal(t.answer.bits, u256_of("200000000000")); /* number 2 of 4 */
    assert_int_equal(t.observations_sec, 0);
    assert_int_equal(t.epoch_and_round, 0x010007);
}

static void a_negative_median_stays_negative(void **state)
{
    (void)state;
    int64_t list[] = {-9, -8, -7};
    words_t report = ocr2_report(1, list, 3);
    calldata_t c = transmit_of(LQ_OCR2, report.b, 32 * report.cnt, 1);
    lq_ocr_transmit_t t = decoded(&c);
    assert_u256_equal(t.answer.bits, u256_of("-8"));
}

static void a_forwarder_hides_the_aggregator(void **state)
{
    (void)state;
    words_t report = ocr2_report(1, answers, 5);
    calldata_t inner = transmit_of(LQ_OCR2, report.b, 32 * report.cnt, 3);
    lq_address_t aggregator = address_of(42);
    calldata_t c;
    assert_ok(lq_abi_chainlink_forward_encode(c.b, sizeof(c.b), &c.sz, NULL, &aggregator, inner.b,
                                              inner.sz));
    lq_ocr_transmit_t t = decoded(&c);
    assert_memory_equal(&t.aggregator, &aggregator, sizeof(aggregator));
    assert_u256_equal(t.answer.bits, u256_of("200000000000"));
    /* once: a forwarder does not call a forwarder */
    calldata_t twice;
    assert_ok(lq_abi_chainlink_forward_encode(twice.b, sizeof(twice.b), &twice.sz, NULL,
                                              &aggregator, c.b, c.sz));
    refused(twice.b, twice.sz, LQ_ERR_INVAL);
    assert_ok(
        lq_abi_chainlink_forward_encode(c.b, sizeof(c.b), &c.sz, NULL, &aggregator, inner.b, 3));
    refused(c.b, c.sz, LQ_ERR_INVAL);
    refused(c.b, 4, LQ_ERR_SYNTAX);
}

static void other_calls_are_told_apart(void **state)
{
    (void)state;
    const uint8_t other[36] = {0xa9, 0x05, 0x9c, 0xbb};
    refused(other, sizeof(other), LQ_ERR_INVAL);
    for (size_t sz = 0; sz < 4; sz++)
        refused(other, sz, LQ_ERR_INVAL);
}

/* Cut anywhere, or longer than its parts: the contract reverts, and so there is no answer. */
static void calldata_of_another_size_is_refused(void **state)
{
    (void)state;
    for (int version = LQ_OCR1; version <= LQ_OCR2_SECONDARY; version++) {
        words_t report = version == LQ_OCR1 ? ocr1_report(&ocr1_context, answers, 5)
                                            : ocr2_report(1, answers, 5);
        calldata_t c = transmit_of((lq_ocr_version_t)version, report.b, 32 * report.cnt, 2);
        (void)decoded(&c);
        for (size_t sz = 4; sz < c.sz; sz++)
            refused(c.b, sz, LQ_ERR_SYNTAX);
        memset(c.b + c.sz, 0, 32);
        refused(c.b, c.sz + 1, LQ_ERR_SYNTAX);
        refused(c.b, c.sz + 32, LQ_ERR_SYNTAX);
    }
}

static void reports_that_the_contract_refuses_are_refused(void **state)
{
    (void)state;
    int64_t many[32] = {0};
    words_t report = ocr2_report(1, many, 31);
    calldata_t c = transmit_of(LQ_OCR2, report.b, 32 * report.cnt, 1);
    (void)decoded(&c);
    report = ocr2_report(1, many, 32);
    c = transmit_of(LQ_OCR2, report.b, 32 * report.cnt, 1);
    refused(c.b, c.sz, LQ_ERR_SYNTAX);
    report = ocr2_report(1, many, 0);
    c = transmit_of(LQ_OCR2, report.b, 32 * report.cnt, 1);
    refused(c.b, c.sz, LQ_ERR_SYNTAX);
    report = ocr2_report(1, many, 5);
    put_int(&report, 0); /* one word too many */
    c = transmit_of(LQ_OCR2, report.b, 32 * report.cnt, 1);
    refused(c.b, c.sz, LQ_ERR_SYNTAX);
    report = ocr2_report(UINT32_MAX, many, 5);
    c = transmit_of(LQ_OCR2, report.b, 32 * report.cnt, 1);
    assert_int_equal(decoded(&c).observations_sec, UINT32_MAX);
    report = ocr2_report((int64_t)UINT32_MAX + 1, many, 5);
    c = transmit_of(LQ_OCR2, report.b, 32 * report.cnt, 1);
    refused(c.b, c.sz, LQ_ERR_SYNTAX);
    report = ocr2_report(1, many, 5);
    report.b[160] = 1; /* no int192 */
    c = transmit_of(LQ_OCR2, report.b, 32 * report.cnt, 1);
    refused(c.b, c.sz, LQ_ERR_SYNTAX);
}

static void only_ocr1_demands_an_order(void **state)
{
    (void)state;
    int64_t unsorted[] = {3, 1, 2};
    words_t report = ocr1_report(&ocr1_context, unsorted, 3);
    calldata_t c = transmit_of(LQ_OCR1, report.b, 32 * report.cnt, 1);
    refused(c.b, c.sz, LQ_ERR_SYNTAX);
    report = ocr2_report(1, unsorted, 3);
    c = transmit_of(LQ_OCR2, report.b, 32 * report.cnt, 1);
    assert_u256_equal(decoded(&c).answer.bits, u256_of("1"));
}

static void counts_of_signatures_are_checked(void **state)
{
    (void)state;
    words_t report = ocr2_report(1, answers, 5);
    calldata_t c = transmit_of(LQ_OCR2, report.b, 32 * report.cnt, 0);
    refused(c.b, c.sz, LQ_ERR_SYNTAX);
    c = transmit_of(LQ_OCR2, report.b, 32 * report.cnt, 32);
    refused(c.b, c.sz, LQ_ERR_SYNTAX);
    c = transmit_of(LQ_OCR2, report.b, 32 * report.cnt, 40); /* more leaves than are read */
    refused(c.b, c.sz, LQ_ERR_FULL);
    lq_hash_t words[4] = {{{0}}};
    assert_ok(lq_abi_chainlink_transmit_encode(c.b, sizeof(c.b), &c.sz, NULL, words, report.b,
                                               32 * report.cnt, words, 2, words, 1, words));
    refused(c.b, c.sz, LQ_ERR_SYNTAX);
}

/* ---- logs ---- */

static words_t ocr2_log(int64_t answer)
{
    words_t w = {.cnt = 0};
    put_int(&w, answer);
    put_int(&w, 0xfeed);     /* transmitter */
    put_int(&w, 1699999990); /* when the oracles looked */
    put_int(&w, 256);        /* the observations' place */
    put_int(&w, 256 + 192);  /* the observers' */
    put_int(&w, 77);
    put_int(&w, 1);
    put_int(&w, 0x203);
    put_list(&w, answers, 5);
    put_int(&w, 5);
    put_int(&w, 0);
    return w;
}

static words_t ocr1_log(int64_t answer)
{
    words_t w = {.cnt = 0};
    put_int(&w, answer);
    put_int(&w, 0xfeed);
    put_int(&w, 160);
    put_int(&w, 160 + 192);
    put_int(&w, 1);
    put_list(&w, answers, 5);
    put_int(&w, 5);
    put_int(&w, 0);
    return w;
}

static lq_err_t decode_log(lq_feed_update_t *out, const lq_hash_t *topics, size_t topic_cnt,
                           const uint8_t *data, size_t sz)
{
    lq_err_msg_t msg = {""};
    memset(out, 0x5a, sizeof(*out));
    lq_err_t err = lq_ocr_log_decode(&ocr, out, &msg, topics, topic_cnt, data, sz, NOW_SEC);
    if (err) {
        assert_untouched(out, sizeof(*out));
        assert_true(msg.text[0] != '\0');
    }
    return err;
}

static void new_transmissions_of_both_generations_are_updates(void **state)
{
    (void)state;
    for (int k = 0; k < 2; k++) {
        words_t w = k ? ocr2_log(-12) : ocr1_log(-12);
        lq_hash_t topics[3] = {k ? lq_ocr2_new_transmission_topic : lq_ocr1_new_transmission_topic,
                               {{[30] = 1, [31] = 2}}};
        lq_feed_update_t u;
        assert_ok(decode_log(&u, topics, 2, w.b, 32 * w.cnt));
        assert_u256_equal(u.answer.bits, u256_of("-12"));
        assert_int_equal(u.round, 258);
        assert_int_equal(u.updated_sec, NOW_SEC);
        assert_err(decode_log(&u, topics, 1, w.b, 32 * w.cnt), LQ_ERR_SYNTAX);
        assert_err(decode_log(&u, topics, 3, w.b, 32 * w.cnt), LQ_ERR_SYNTAX);
        for (size_t sz = 0; sz < 32 * w.cnt - 32; sz++) /* the last word is padding */
            assert_err(decode_log(&u, topics, 2, w.b, sz), LQ_ERR_SYNTAX);
        topics[1].b[27] = 1; /* no uint32 */
        assert_err(decode_log(&u, topics, 2, w.b, 32 * w.cnt), LQ_ERR_SYNTAX);
    }
}

static void answer_updated_is_an_update(void **state)
{
    (void)state;
    lq_u256_t current = u256_of("-7");
    lq_hash_t topics[3] = {lq_abi_chainlink_answer_updated_event_topic, {{0}}, {{[31] = 9}}};
    lq_u256_to_be(topics[1].b, &current);
    uint8_t data[32] = {[28] = 1};
    lq_feed_update_t u;
    assert_ok(decode_log(&u, topics, 3, data, 32));
    assert_u256_equal(u.answer.bits, current);
    assert_int_equal(u.round, 9);
    assert_int_equal(u.updated_sec, 1 << 24);
    topics[2].b[23] = 1;
    assert_err(decode_log(&u, topics, 3, data, 32), LQ_ERR_RANGE);
    topics[2].b[23] = 0;
    data[23] = 1;
    assert_err(decode_log(&u, topics, 3, data, 32), LQ_ERR_RANGE);
    assert_err(decode_log(&u, topics, 3, data, 31), LQ_ERR_SYNTAX);
    topics[0].b[0] ^= 1;
    assert_err(decode_log(&u, topics, 3, data, 32), LQ_ERR_INVAL);
    assert_int_not_equal(decode_log(&u, NULL, 0, data, 32), LQ_OK);
}

/* Random observations: the median is number floor(cnt / 2), whatever else the report says. */
static void random_reports_say_their_median(void **state)
{
    (void)state;
    lq_rng_t rng = lq_test_rng();
    for (size_t i = 0; i < lq_test_cnt(2000, 100000); i++) {
        int64_t list[LQ_OCR_ORACLE_MAX] = {0};
        size_t cnt = 1 + lq_rng_below(&rng, LQ_OCR_ORACLE_MAX);
        for (size_t k = 0; k < cnt; k++)
            list[k] = (int64_t)lq_rng_u64(&rng);
        words_t report = ocr2_report((int64_t)lq_rng_below(&rng, UINT32_MAX), list, cnt);
        calldata_t c = transmit_of(LQ_OCR2, report.b, 32 * report.cnt, 1 + lq_rng_below(&rng, 31));
        lq_i256_t want = lq_i256_from_i64(list[cnt / 2]);
        assert_u256_equal(decoded(&c).answer.bits, want.bits);
        c.b[lq_rng_below(&rng, c.sz)] ^= (uint8_t)(1u << lq_rng_below(&rng, 8));
        lq_ocr_transmit_t t;
        lq_address_t to = address_of(7);
        lq_err_t err = lq_ocr_transmit_decode(&ocr, &t, NULL, &to, c.b, c.sz);
        assert_true(err == LQ_OK || err == LQ_ERR_SYNTAX || err == LQ_ERR_INVAL ||
                    err == LQ_ERR_FULL);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(topics_are_the_hashes_of_their_events),
        cmocka_unit_test(a_pending_ocr2_transmit_says_its_answer),
        cmocka_unit_test(a_pending_ocr1_transmit_says_its_answer),
        cmocka_unit_test(a_negative_median_stays_negative),
        cmocka_unit_test(a_forwarder_hides_the_aggregator),
        cmocka_unit_test(other_calls_are_told_apart),
        cmocka_unit_test(calldata_of_another_size_is_refused),
        cmocka_unit_test(reports_that_the_contract_refuses_are_refused),
        cmocka_unit_test(only_ocr1_demands_an_order),
        cmocka_unit_test(counts_of_signatures_are_checked),
        cmocka_unit_test(new_transmissions_of_both_generations_are_updates),
        cmocka_unit_test(answer_updated_is_an_update),
        cmocka_unit_test(random_reports_say_their_median),
    };
    return cmocka_run_group_tests(tests, set_up, NULL);
}
