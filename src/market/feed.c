#include "liqd/market/feed.h"

#include "liqd/codec/abi_chainlink.h"
#include "liqd/codec/abi_price_adapter.h"

lq_feed_t lq_feed_init_chainlink(const lq_address_t *proxy, bool dual, uint8_t decimals,
                                 uint32_t heartbeat_sec, uint32_t deviation_bps)
{
    LQ_ASSERT(decimals <= LQ_FEED_DECIMALS_MAX || decimals == LQ_FEED_DECIMALS_UNKNOWN);
    return (lq_feed_t){
        .kind = dual ? LQ_FEED_DUAL : LQ_FEED_CHAINLINK,
        .mark = LQ_FEED_ABSENT,
        .source = *proxy,
        .aggregator = *proxy,
        .decimals = decimals,
        .heartbeat_sec = heartbeat_sec,
        .deviation_bps = deviation_bps,
    };
}

lq_feed_t lq_feed_init_ratio(const lq_address_t *source, uint32_t selector, const lq_u256_t *sample,
                             uint8_t decimals)
{
    LQ_ASSERT(decimals <= LQ_FEED_DECIMALS_MAX);
    lq_feed_t feed = {
        .kind = LQ_FEED_RATIO,
        .mark = LQ_FEED_ABSENT,
        .source = *source,
        .selector = selector,
        .decimals = decimals,
    };
    if (sample) {
        feed.sample = *sample;
        feed.has_sample = true;
    }
    return feed;
}

/* What the sign of an answer says about it. */
static lq_feed_outcome_t judge_sign(const lq_i256_t *answer)
{
    if (lq_i256_is_neg(answer))
        return LQ_FEED_NEGATIVE;
    return lq_u256_is_zero(&answer->bits) ? LQ_FEED_ZERO : LQ_FEED_OK;
}

lq_feed_t lq_feed_init_fixed(const lq_i256_t *answer, uint8_t decimals)
{
    LQ_ASSERT(decimals <= LQ_FEED_DECIMALS_MAX);
    return (lq_feed_t){
        .kind = LQ_FEED_FIXED,
        .mark = judge_sign(answer),
        .answer = *answer,
        .decimals = decimals,
    };
}

void lq_feed_reset(lq_feed_t *feed)
{
    if (feed->kind == LQ_FEED_FIXED)
        return;
    feed->answer = lq_i256_from_i64(0);
    feed->round = 0;
    feed->phase = 0;
    feed->updated_sec = 0;
    if (feed->mark != LQ_FEED_DECIMALS)
        feed->mark = LQ_FEED_ABSENT;
}

const lq_address_t *lq_feed_emitter(const lq_feed_t *feed)
{
    switch (feed->kind) {
    case LQ_FEED_CHAINLINK:
    case LQ_FEED_DUAL:
        return &feed->aggregator;
    case LQ_FEED_RATIO:
    case LQ_FEED_FIXED:
        break;
    }
    return NULL;
}

bool lq_feed_is_unsigned(const lq_feed_t *feed)
{
    return feed->kind == LQ_FEED_RATIO && feed->selector == LQ_ABI_PRICE_ADAPTER_PRICE_SELECTOR;
}

/* Whether the feed's number is one that its contract gave: these are compared with what follows. */
static bool has_answer(const lq_feed_t *feed)
{
    return feed->mark != LQ_FEED_ABSENT && feed->mark != LQ_FEED_AGGREGATOR;
}

static bool is_sign_mark(lq_feed_outcome_t mark)
{
    return mark == LQ_FEED_OK || mark == LQ_FEED_ZERO || mark == LQ_FEED_NEGATIVE;
}

/* What UPDATE is beside what the feed has. */
static lq_feed_outcome_t judge(const lq_feed_t *feed, const lq_feed_update_t *u, uint64_t block_sec)
{
    if (u->updated_sec > block_sec)
        return LQ_FEED_TIME_AHEAD;
    if (!has_answer(feed))
        return LQ_FEED_OK;
    if (u->round < feed->round)
        return LQ_FEED_ROUND_BACK;
    if (u->round == feed->round) {
        if (!lq_i256_eq(&u->answer, &feed->answer))
            return LQ_FEED_ROUND_BACK;
        /* NewTransmission has the time of its block, which may only be foreseen, AnswerUpdated
           behind it the true one */
        return u->updated_sec == feed->updated_sec ? LQ_FEED_SAME : LQ_FEED_OK;
    }
    return u->updated_sec < feed->updated_sec ? LQ_FEED_TIME_BACK : LQ_FEED_OK;
}

static void store(lq_feed_t *feed, const lq_feed_update_t *u)
{
    feed->answer = u->answer;
    feed->round = u->round;
    feed->updated_sec = u->updated_sec;
}

lq_feed_outcome_t lq_feed_apply_log(lq_feed_t *feed, const lq_feed_update_t *update,
                                    uint64_t block_sec)
{
    LQ_ASSERT(feed->kind == LQ_FEED_CHAINLINK || feed->kind == LQ_FEED_DUAL);
    if (feed->kind == LQ_FEED_DUAL)
        return LQ_FEED_REREAD;
    uint64_t latest_sec = block_sec + LQ_FEED_AHEAD_MAX_SEC;
    latest_sec = latest_sec < block_sec ? UINT64_MAX : latest_sec;
    lq_feed_outcome_t outcome = judge(feed, update, latest_sec);
    if (outcome == LQ_FEED_SAME)
        return outcome;
    if (outcome != LQ_FEED_OK) {
        feed->mark = outcome;
        return outcome;
    }
    outcome = judge_sign(&update->answer);
    /* a copy that has parted from the chain is not healed by one more log */
    if (is_sign_mark(feed->mark) || !has_answer(feed))
        feed->mark = outcome;
    store(feed, update);
    return outcome;
}

static void put_call(lq_feed_read_t *read, lq_feed_read_kind_t kind, const lq_address_t *to,
                     uint32_t selector, const lq_u256_t *sample)
{
    *read = (lq_feed_read_t){.kind = kind, .to = *to, .data_sz = 4};
    uint32_t be = __builtin_bswap32(selector);
    memcpy(read->data, &be, 4);
    if (sample) {
        lq_u256_to_be(read->data + 4, sample);
        read->data_sz = LQ_FEED_CALLDATA_SZ;
    }
}

size_t lq_feed_reads(lq_feed_read_t out[LQ_FEED_READ_MAX], const lq_feed_t *feed)
{
    switch (feed->kind) {
    case LQ_FEED_CHAINLINK:
    case LQ_FEED_DUAL:
        put_call(&out[0], LQ_FEED_READ_AGGREGATOR, &feed->source,
                 LQ_ABI_CHAINLINK_AGGREGATOR_SELECTOR, NULL);
        put_call(&out[1], LQ_FEED_READ_DECIMALS, &feed->source, LQ_ABI_CHAINLINK_DECIMALS_SELECTOR,
                 NULL);
        put_call(&out[2], LQ_FEED_READ_ANSWER, &feed->source,
                 LQ_ABI_CHAINLINK_LATEST_ROUND_DATA_SELECTOR, NULL);
        return 3;
    case LQ_FEED_RATIO:
        put_call(&out[0], LQ_FEED_READ_ANSWER, &feed->source, feed->selector,
                 feed->has_sample ? &feed->sample : NULL);
        return 1;
    case LQ_FEED_FIXED:
        break;
    }
    return 0;
}

static lq_feed_outcome_t apply_aggregator(lq_feed_t *feed, const uint8_t *ret, size_t ret_sz)
{
    lq_address_t aggregator = feed->source;
    if (ret_sz && lq_abi_chainlink_aggregator_decode(&aggregator, NULL, ret, ret_sz) != LQ_OK) {
        feed->mark = LQ_FEED_MALFORMED;
        return LQ_FEED_MALFORMED;
    }
    if (memcmp(aggregator.b, feed->aggregator.b, sizeof(aggregator.b)) == 0)
        return LQ_FEED_SAME;
    feed->aggregator = aggregator;
    feed->round = 0;
    /* its first answer may be of an earlier time than the old aggregator's last, and decimals that
       differ stay in doubt */
    if (feed->mark != LQ_FEED_DECIMALS)
        feed->mark = LQ_FEED_AGGREGATOR;
    return LQ_FEED_AGGREGATOR;
}

static lq_feed_outcome_t judge_decimals(uint64_t *decimals, const lq_feed_t *feed,
                                        const uint8_t *ret, size_t ret_sz)
{
    if (ret_sz == 0)
        return LQ_FEED_ABSENT;
    if (lq_abi_chainlink_decimals_decode(decimals, NULL, ret, ret_sz) != LQ_OK)
        return LQ_FEED_MALFORMED;
    bool known = feed->decimals != LQ_FEED_DECIMALS_UNKNOWN;
    if (*decimals > LQ_FEED_DECIMALS_MAX || (known && *decimals != feed->decimals))
        return LQ_FEED_DECIMALS;
    return known ? LQ_FEED_SAME : LQ_FEED_OK;
}

static lq_feed_outcome_t apply_decimals(lq_feed_t *feed, const uint8_t *ret, size_t ret_sz)
{
    uint64_t decimals;
    lq_feed_outcome_t outcome = judge_decimals(&decimals, feed, ret, ret_sz);
    if (outcome != LQ_FEED_OK && outcome != LQ_FEED_SAME) {
        feed->mark = LQ_FEED_DECIMALS;
        return outcome;
    }
    feed->decimals = (uint8_t)decimals;
    if (feed->mark == LQ_FEED_DECIMALS)
        feed->mark = LQ_FEED_ABSENT; /* the answer is read next */
    return outcome;
}

static lq_feed_outcome_t decode_round(lq_feed_update_t *out, uint16_t *phase, const uint8_t *ret,
                                      size_t ret_sz)
{
    lq_abi_chainlink_latest_round_data_ret_t r;
    if (lq_abi_chainlink_latest_round_data_decode(&r, NULL, ret, ret_sz) != LQ_OK)
        return LQ_FEED_MALFORMED;
    if (lq_u256_to_u64(&out->updated_sec, &r.updated_at) != LQ_OK)
        return LQ_FEED_TIME_AHEAD;
    if (out->updated_sec == 0)
        return LQ_FEED_ABSENT;
    out->answer.bits = r.answer;
    out->round = r.round_id.w[0];
    *phase = (uint16_t)r.round_id.w[1];
    return LQ_FEED_OK;
}

static lq_feed_outcome_t apply_round(lq_feed_t *feed, const uint8_t *ret, size_t ret_sz,
                                     uint64_t block_sec)
{
    lq_feed_update_t u;
    uint16_t phase = 0;
    lq_feed_outcome_t outcome = decode_round(&u, &phase, ret, ret_sz);
    if (outcome != LQ_FEED_OK)
        return outcome;
    /* rounds of another aggregator are others */
    bool comparable = has_answer(feed) && feed->mark != LQ_FEED_DECIMALS &&
                      (feed->phase == 0 || feed->phase == phase);
    lq_feed_t before = *feed;
    if (!comparable)
        before.mark = LQ_FEED_ABSENT;
    outcome = judge(&before, &u, block_sec);
    if (outcome == LQ_FEED_OK || outcome == LQ_FEED_SAME) {
        store(feed, &u);
        feed->phase = phase;
    }
    return outcome;
}

static lq_feed_outcome_t apply_ratio(lq_feed_t *feed, const uint8_t *ret, size_t ret_sz,
                                     uint64_t block_sec)
{
    if (ret_sz < 32)
        return LQ_FEED_MALFORMED;
    lq_u256_t word = lq_u256_from_be(ret);
    lq_i256_t answer = {word};
    if (!lq_feed_is_unsigned(feed) && lq_i256_from_u256(&answer, &word) != LQ_OK)
        return LQ_FEED_MALFORMED;
    if (has_answer(feed) && block_sec < feed->updated_sec)
        return LQ_FEED_TIME_BACK;
    feed->updated_sec = block_sec;
    if (has_answer(feed) && lq_i256_eq(&answer, &feed->answer))
        return LQ_FEED_SAME;
    feed->answer = answer;
    return LQ_FEED_OK;
}

static lq_feed_outcome_t apply_answer(lq_feed_t *feed, const uint8_t *ret, size_t ret_sz,
                                      uint64_t block_sec)
{
    lq_feed_outcome_t outcome;
    if (ret_sz == 0)
        outcome = LQ_FEED_ABSENT;
    else if (feed->kind == LQ_FEED_RATIO)
        outcome = apply_ratio(feed, ret, ret_sz, block_sec);
    else
        outcome = apply_round(feed, ret, ret_sz, block_sec);
    bool taken = outcome == LQ_FEED_OK || outcome == LQ_FEED_SAME;
    lq_feed_outcome_t sign = taken ? judge_sign(&feed->answer) : LQ_FEED_OK;
    if (sign == LQ_FEED_NEGATIVE && lq_feed_is_unsigned(feed))
        sign = LQ_FEED_OK;
    if (feed->mark != LQ_FEED_DECIMALS)
        feed->mark = taken ? sign : outcome;
    return taken && outcome == LQ_FEED_OK ? sign : outcome;
}

lq_feed_outcome_t lq_feed_apply_read(lq_feed_t *feed, lq_feed_read_kind_t kind, const uint8_t *ret,
                                     size_t ret_sz, uint64_t block_sec)
{
    LQ_ASSERT(feed->kind != LQ_FEED_FIXED);
    LQ_ASSERT(feed->kind != LQ_FEED_RATIO || kind == LQ_FEED_READ_ANSWER);
    switch (kind) {
    case LQ_FEED_READ_AGGREGATOR:
        return apply_aggregator(feed, ret, ret_sz);
    case LQ_FEED_READ_DECIMALS:
        return apply_decimals(feed, ret, ret_sz);
    case LQ_FEED_READ_ANSWER:
        break;
    }
    return apply_answer(feed, ret, ret_sz, block_sec);
}

const char *lq_feed_outcome_str(lq_feed_outcome_t outcome)
{
    switch (outcome) {
    case LQ_FEED_OK:
        return "good";
    case LQ_FEED_SAME:
        return "known already";
    case LQ_FEED_REREAD:
        return "to be read again";
    case LQ_FEED_AGGREGATOR:
        return "another aggregator";
    case LQ_FEED_ZERO:
        return "zero";
    case LQ_FEED_NEGATIVE:
        return "negative";
    case LQ_FEED_ABSENT:
        return "no answer";
    case LQ_FEED_ROUND_BACK:
        return "a round that went back";
    case LQ_FEED_TIME_BACK:
        return "a time that went back";
    case LQ_FEED_TIME_AHEAD:
        return "a time ahead of its block";
    case LQ_FEED_DECIMALS:
        return "decimals that cannot be or changed";
    case LQ_FEED_MALFORMED:
        return "malformed";
    }
    return "unknown";
}
