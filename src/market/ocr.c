#include "liqd/market/ocr.h"

#include "liqd/codec/abi_chainlink.h"
#include "liqd/codec/abi_chainlink_ocr1.h"

/* Leaves of the longest list that is read: 2 lists of signatures and what stands around them. */
enum {
    VAL_MAX = 2 * LQ_OCR_ORACLE_MAX + 16,
};

const lq_hash_t lq_ocr1_new_transmission_topic = LQ_OCR1_NEW_TRANSMISSION_TOPIC_INIT;
const lq_hash_t lq_ocr2_new_transmission_topic = LQ_OCR2_NEW_TRANSMISSION_TOPIC_INIT;

static void parse(lq_abi_type_t *type, const char *text)
{
    LQ_ASSERT(lq_abi_type_parse(type, NULL, text, strlen(text)) == LQ_OK);
}

void lq_ocr_init(lq_ocr_t *ocr)
{
    parse(&ocr->ocr1_transmit, "(bytes,bytes32[],bytes32[],bytes32)");
    parse(&ocr->ocr2_transmit, "(bytes32[3],bytes,bytes32[],bytes32[],bytes32)");
    parse(&ocr->ocr1_report, "(bytes32,bytes32,int192[])");
    parse(&ocr->ocr2_report, "(uint32,bytes32,int192[],int192)");
    parse(&ocr->ocr1_log, "(int192,address,int192[],bytes,bytes32)");
    parse(&ocr->ocr2_log, "(int192,address,uint32,int192[],bytes,int192,bytes32,uint40)");
    parse(&ocr->forward, "(address,bytes)");
}

static bool is_topic(const lq_hash_t *topics, size_t topic_cnt, const lq_hash_t *topic)
{
    return topic_cnt > 0 && memcmp(topics[0].b, topic->b, sizeof(topic->b)) == 0;
}

static lq_err_t decode_answer_updated(lq_feed_update_t *out, lq_err_msg_t *msg,
                                      const lq_hash_t *topics, size_t topic_cnt,
                                      const uint8_t *data, size_t data_sz)
{
    lq_abi_chainlink_answer_updated_event_t e;
    lq_err_t err =
        lq_abi_chainlink_answer_updated_event_decode(&e, msg, topics, topic_cnt, data, data_sz);
    if (err)
        return err;
    lq_feed_update_t u = {.answer.bits = e.current};
    if (lq_u256_to_u64(&u.round, &e.round_id) || lq_u256_to_u64(&u.updated_sec, &e.updated_at))
        return lq_err_msg_set(msg, LQ_ERR_RANGE,
                              "chainlink.AnswerUpdated: a round or time beyond 64 bits");
    *out = u;
    return LQ_OK;
}

lq_err_t lq_ocr_log_decode(const lq_ocr_t *ocr, lq_feed_update_t *out, lq_err_msg_t *msg,
                           const lq_hash_t *topics, size_t topic_cnt, const uint8_t *data,
                           size_t data_sz, uint64_t block_sec)
{
    const lq_abi_type_t *type = NULL;
    if (is_topic(topics, topic_cnt, &lq_ocr2_new_transmission_topic))
        type = &ocr->ocr2_log;
    else if (is_topic(topics, topic_cnt, &lq_ocr1_new_transmission_topic))
        type = &ocr->ocr1_log;
    else
        return decode_answer_updated(out, msg, topics, topic_cnt, data, data_sz);
    lq_u256_t round;
    uint64_t round_u64;
    if (topic_cnt != 2)
        return lq_err_msg_set(msg, LQ_ERR_SYNTAX, "NewTransmission: %zu topics, not 2", topic_cnt);
    round = lq_u256_from_be(topics[1].b);
    if (lq_u256_to_u64(&round_u64, &round) || round_u64 > UINT32_MAX)
        return lq_err_msg_set(msg, LQ_ERR_SYNTAX, "NewTransmission: the round is no uint32");
    lq_abi_val_t vals[VAL_MAX];
    size_t cnt;
    lq_err_t err = lq_abi_decode(vals, VAL_MAX, &cnt, msg, type, data, data_sz);
    if (err)
        return err;
    *out = (lq_feed_update_t){
        .answer.bits = vals[0].num, .round = round_u64, .updated_sec = block_sec};
    return LQ_OK;
}

static lq_err_t refuse(lq_err_msg_t *msg, const char *why)
{
    return lq_err_msg_set(msg, LQ_ERR_SYNTAX, "transmit: %s", why);
}

/* A report's list of observations: its count at VALS, the numbers behind. */
static lq_err_t take_median(lq_ocr_transmit_t *out, lq_err_msg_t *msg, const lq_abi_val_t *vals,
                            bool sorted)
{
    size_t cnt = vals[0].cnt;
    const lq_abi_val_t *observations = vals + 1;
    if (cnt == 0 || cnt > LQ_OCR_ORACLE_MAX)
        return refuse(msg, "no observations, or more than oracles");
    for (size_t i = 1; sorted && i < cnt; i++) {
        lq_i256_t a = {observations[i - 1].num};
        lq_i256_t b = {observations[i].num};
        if (lq_i256_lt(&b, &a))
            return refuse(msg, "observations that are not sorted");
    }
    out->answer.bits = observations[cnt / 2].num;
    out->observation_cnt = (uint32_t)cnt;
    return LQ_OK;
}

static uint64_t low_40_bits(const lq_hash_t *word)
{
    lq_u256_t num = lq_u256_from_be(word->b);
    return num.w[0] & 0xffffffffffu;
}

/* @src contract/OffchainAggregator.sol#decodeReport, #transmit */
static lq_err_t read_ocr1_report(const lq_ocr_t *ocr, lq_ocr_transmit_t *out, lq_err_msg_t *msg,
                                 const lq_abi_bytes_t *report)
{
    lq_abi_val_t vals[VAL_MAX];
    size_t cnt;
    lq_err_t err =
        lq_abi_decode(vals, VAL_MAX, &cnt, msg, &ocr->ocr1_report, report->data, report->sz);
    if (err)
        return err;
    /* 11 bytes of padding, 16 of the digest, 5 of epoch and round */
    memcpy(out->config_digest.b, vals[0].fixed.b + 11, 16);
    out->epoch_and_round = low_40_bits(&vals[0].fixed);
    return take_median(out, msg, vals + 2, true);
}

/* @src contract2/OCR2Aggregator.sol#_decodeReport, #_report */
static lq_err_t read_ocr2_report(const lq_ocr_t *ocr, lq_ocr_transmit_t *out, lq_err_msg_t *msg,
                                 const lq_abi_bytes_t *report)
{
    lq_abi_val_t vals[VAL_MAX];
    size_t cnt;
    lq_err_t err =
        lq_abi_decode(vals, VAL_MAX, &cnt, msg, &ocr->ocr2_report, report->data, report->sz);
    if (err)
        return err;
    out->observations_sec = (uint32_t)vals[0].num.w[0];
    err = take_median(out, msg, vals + 2, false);
    if (err)
        return err;
    if (report->sz != 32 * (5 + (size_t)out->observation_cnt))
        return refuse(msg, "a report longer than its observations");
    return LQ_OK;
}

/* The arguments of transmit behind its selector: CONTEXT_CNT words, report, rs, ss, rawVs. */
static lq_err_t read_transmit(const lq_ocr_t *ocr, lq_ocr_transmit_t *out, lq_err_msg_t *msg,
                              const uint8_t *args, size_t args_sz)
{
    bool is_ocr1 = out->version == LQ_OCR1;
    const lq_abi_type_t *type = is_ocr1 ? &ocr->ocr1_transmit : &ocr->ocr2_transmit;
    const size_t context_cnt = is_ocr1 ? 0 : 3;
    lq_abi_val_t vals[VAL_MAX];
    size_t cnt;
    lq_err_t err = lq_abi_decode(vals, VAL_MAX, &cnt, msg, type, args, args_sz);
    if (err)
        return err;
    const lq_abi_bytes_t *report = &vals[context_cnt].bytes;
    size_t rs_cnt = vals[context_cnt + 1].cnt;
    size_t ss_cnt = vals[context_cnt + 2 + rs_cnt].cnt;
    if (rs_cnt != ss_cnt || rs_cnt == 0 || rs_cnt > LQ_OCR_ORACLE_MAX)
        return refuse(msg, "a count of signatures that no contract takes");
    if (args_sz != 32 * (context_cnt + 7 + rs_cnt + ss_cnt) + report->sz)
        return refuse(msg, "calldata longer or shorter than its parts");
    out->signature_cnt = (uint32_t)rs_cnt;
    if (is_ocr1)
        return read_ocr1_report(ocr, out, msg, report);
    out->config_digest = vals[0].fixed;
    out->epoch_and_round = low_40_bits(&vals[1].fixed);
    return read_ocr2_report(ocr, out, msg, report);
}

static uint32_t selector_of(const uint8_t *data, size_t sz)
{
    if (sz < 4)
        return 0; /* of none of these functions */
    return (uint32_t)data[0] << 24 | (uint32_t)data[1] << 16 | (uint32_t)data[2] << 8 | data[3];
}

static bool version_of(lq_ocr_version_t *out, uint32_t selector)
{
    if (selector == LQ_ABI_CHAINLINK_TRANSMIT_SELECTOR)
        *out = LQ_OCR2;
    else if (selector == LQ_ABI_CHAINLINK_TRANSMIT_SECONDARY_SELECTOR)
        *out = LQ_OCR2_SECONDARY;
    else if (selector == LQ_ABI_CHAINLINK_OCR1_TRANSMIT_SELECTOR)
        *out = LQ_OCR1;
    else
        return false;
    return true;
}

lq_err_t lq_ocr_transmit_decode(const lq_ocr_t *ocr, lq_ocr_transmit_t *out, lq_err_msg_t *msg,
                                const lq_address_t *to, const uint8_t *data, size_t data_sz)
{
    lq_ocr_transmit_t t = {.aggregator = *to};
    lq_abi_bytes_t call = {data, data_sz};
    if (selector_of(data, data_sz) == LQ_ABI_CHAINLINK_FORWARD_SELECTOR) {
        lq_abi_val_t vals[2];
        size_t cnt;
        lq_err_t err = lq_abi_decode(vals, 2, &cnt, msg, &ocr->forward, data + 4, data_sz - 4);
        if (err)
            return err;
        t.aggregator = vals[0].address;
        call = vals[1].bytes;
    }
    if (!version_of(&t.version, selector_of(call.data, call.sz)))
        return lq_err_msg_set(msg, LQ_ERR_INVAL, "not a call of transmit");
    lq_err_t err = read_transmit(ocr, &t, msg, call.data + 4, call.sz - 4);
    if (err)
        return err;
    *out = t;
    return LQ_OK;
}
