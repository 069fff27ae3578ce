/* Logs: of aggregators, which move feeds, and of adapters, whose parameters changed. */

#include "liqd/codec/abi_chainlink.h"
#include "liqd/codec/abi_price_adapter.h"

#include "oracles_internal.h"

enum {
    TOPIC_CNT = 6,
};

static const lq_hash_t topics[TOPIC_CNT] = {
    LQ_ABI_CHAINLINK_ANSWER_UPDATED_EVENT_TOPIC_INIT,
    LQ_OCR1_NEW_TRANSMISSION_TOPIC_INIT,
    LQ_OCR2_NEW_TRANSMISSION_TOPIC_INIT,
    LQ_ABI_PRICE_ADAPTER_CAP_PARAMETERS_UPDATED_EVENT_TOPIC_INIT,
    LQ_ABI_PRICE_ADAPTER_PRICE_CAP_UPDATED_EVENT_TOPIC_INIT,
    LQ_ABI_PRICE_ADAPTER_FIXED_PRICE_UPDATED_EVENT_TOPIC_INIT,
};

/* Which of them tell of an adapter's parameters. */
#define PARAM_TOPIC_FIRST 3

size_t lq_oracles_watch(const lq_oracles_t *o, lq_address_t *out, size_t max)
{
    size_t cnt = o->head->emitter_cnt;
    for (size_t i = 0; i < cnt && i < max; i++)
        out[i] = o->emitters[i].address;
    return cnt;
}

const lq_hash_t *lq_oracles_topics(size_t *cnt)
{
    *cnt = TOPIC_CNT;
    return topics;
}

/* The place of LOG's first topic among them; TOPIC_CNT: none. */
static size_t topic_of(const lq_evm_log_t *log)
{
    size_t i = 0;
    while (i < TOPIC_CNT &&
           (log->topic_cnt == 0 || memcmp(log->topics[0].b, topics[i].b, sizeof(topics[i].b)) != 0))
        i++;
    return i;
}

static bool is_adapter(const lq_oracles_row_t *row)
{
    switch ((lq_oracle_shape_t)row->candidate) {
    case LQ_ORACLE_FIXED:
    case LQ_ORACLE_CAP_RATIO:
    case LQ_ORACLE_CAP_STABLE:
        return true;
    case LQ_ORACLE_UNREAD:
    case LQ_ORACLE_FEED:
    case LQ_ORACLE_PRODUCT:
    case LQ_ORACLE_CHAINLINK_V2:
    case LQ_ORACLE_OPAQUE:
    case LQ_ORACLE_NONE:
        break;
    }
    return false;
}

/* Whatever the log says: the getters are asked again. */
static lq_feed_outcome_t apply_params(lq_oracles_t *o, const lq_address_t *source)
{
    lq_feed_outcome_t outcome = LQ_FEED_SAME;
    for (unsigned view = 0; view < LQ_ORACLES_VIEW_CNT; view++) {
        uint32_t oracle;
        if (lq_oracles_find(o, &oracle, source, (lq_oracle_view_t)view) ||
            !is_adapter(&o->rows[oracle]))
            continue;
        lq_oracles_doubt(o, oracle);
        outcome = LQ_FEED_REREAD;
    }
    return outcome;
}

/* A log of an aggregator that does not decode: our copy and the chain have parted. */
static lq_feed_outcome_t apply_malformed(lq_oracles_t *o, uint32_t feed)
{
    lq_feed_t *f = &o->feeds[feed];
    if (f->mark != LQ_FEED_DECIMALS)
        f->mark = LQ_FEED_MALFORMED;
    return LQ_FEED_MALFORMED;
}

static bool is_to_be_read(lq_feed_outcome_t outcome)
{
    switch (outcome) {
    case LQ_FEED_OK:
    case LQ_FEED_SAME:
    case LQ_FEED_ZERO:
    case LQ_FEED_NEGATIVE:
        return false;
    case LQ_FEED_REREAD:
    case LQ_FEED_AGGREGATOR:
    case LQ_FEED_ABSENT:
    case LQ_FEED_ROUND_BACK:
    case LQ_FEED_TIME_BACK:
    case LQ_FEED_TIME_AHEAD:
    case LQ_FEED_DECIMALS:
    case LQ_FEED_MALFORMED:
        break;
    }
    return true;
}

static lq_feed_outcome_t apply_update(lq_oracles_t *o, uint32_t feed,
                                      const lq_feed_update_t *update, uint64_t block_sec)
{
    lq_feed_t *f = &o->feeds[feed];
    lq_undo_keep(o->undo, f, sizeof(*f));
    lq_feed_outcome_t outcome =
        update ? lq_feed_apply_log(f, update, block_sec) : apply_malformed(o, feed);
    if (outcome == LQ_FEED_SAME)
        return outcome;
    if (LQ_UNLIKELY(is_to_be_read(outcome)))
        lq_oracles_set_feed_unread(o, feed, true);
    lq_oracles_evaluate_feed(o, feed, block_sec);
    return outcome;
}

lq_feed_outcome_t lq_oracles_apply(lq_oracles_t *o, uint32_t *feed, const lq_evm_log_t *log,
                                   uint64_t block_sec)
{
    uint32_t emitter;
    size_t topic = topic_of(log);
    if (topic == TOPIC_CNT || lq_oracles_find_emitter(o, &emitter, &log->address))
        return LQ_FEED_SAME;
    if (topic >= PARAM_TOPIC_FIRST)
        return apply_params(o, &log->address);
    uint32_t link = o->emitters[emitter].feed;
    if (link == 0)
        return LQ_FEED_SAME;
    lq_feed_update_t update;
    bool good = lq_ocr_log_decode(&o->ocr, &update, NULL, log->topics, log->topic_cnt, log->data,
                                  log->data_sz, block_sec) == LQ_OK;
    lq_feed_outcome_t outcome = LQ_FEED_SAME;
    for (; link; link = o->links[link - 1].emitter_next) {
        lq_feed_outcome_t one = apply_update(o, link - 1, good ? &update : NULL, block_sec);
        if (outcome != LQ_FEED_SAME || one == LQ_FEED_SAME)
            continue;
        outcome = one;
        if (feed)
            *feed = link - 1;
    }
    return outcome;
}

bool lq_oracles_answer_log(const lq_oracles_t *o, lq_evm_log_t *log, uint8_t data[32],
                           uint32_t feed, const lq_i256_t *answer, uint64_t now_sec)
{
    const lq_feed_t *f = &o->feeds[feed];
    const lq_address_t *emitter = feed < o->head->feed_cnt ? lq_feed_emitter(f) : NULL;
    if (!emitter || f->mark != LQ_FEED_OK)
        return false;
    lq_u256_t round = lq_u256_from_u64(f->round + 1);
    lq_u256_t sec = lq_u256_from_u64(now_sec > f->updated_sec ? now_sec : f->updated_sec);
    *log = (lq_evm_log_t){.address = *emitter, .topic_cnt = 3, .data_sz = 32};
    log->data = data;
    log->topics[0] = lq_abi_chainlink_answer_updated_event_topic;
    lq_u256_to_be(log->topics[1].b, &answer->bits);
    lq_u256_to_be(log->topics[2].b, &round);
    lq_u256_to_be(data, &sec);
    return true;
}
