#include "liqd/chain/decode.h"

#include <string.h>

#include "decode_internal.h"

/* EIP-2718: a type is at most 0x7f. */
#define TX_TYPE_MAX      0x7f
#define TX_TYPE_DYN_FEE  0x02 /* EIP-1559, the first with two fees */
#define TX_TYPE_SET_CODE 0x04 /* EIP-7702, the last that every chain has */

/* A number of at most MAX, which WHAT names. */
static LQ_ALWAYS_INLINE uint32_t take_below(reader_t *r, lq_json_val_t v, uint32_t max,
                                            const char *what)
{
    uint64_t n = 0;
    take_u64(r, &n, v);
    if (LQ_UNLIKELY(n > max))
        r->err = lq_err_msg_set(r->msg, LQ_ERR_RANGE, "%s: above %u; distrust the sender", what,
                                (unsigned)max);
    return (uint32_t)n;
}

static LQ_ALWAYS_INLINE void take_bytes(reader_t *r, size_t *out_sz, uint8_t *buf, size_t buf_max,
                                        lq_json_val_t v)
{
    if (LQ_LIKELY(!r->err))
        keep(r, lq_json_get_data_max(r->doc, buf, out_sz, buf_max, r->msg, v, NULL), v);
}

/* A bloom that is absent must exclude nothing. */
static void take_bloom(reader_t *r, uint8_t out[LQ_BLOOM_SZ], lq_json_val_t v)
{
    if (is_there(v))
        take_data(r, out, LQ_BLOOM_SZ, v);
    else
        memset(out, 0xff, LQ_BLOOM_SZ);
}

lq_err_t lq_header_decode(const lq_json_t *doc, lq_header_t *header, lq_err_msg_t *msg,
                          lq_json_val_t at)
{
    /* in geth's order */
    static const lq_json_key_t keys[] = {
        LQ_JSON_KEY("parentHash"),    LQ_JSON_KEY("miner"),
        LQ_JSON_KEY_OPT("logsBloom"), LQ_JSON_KEY("number"),
        LQ_JSON_KEY("gasLimit"),      LQ_JSON_KEY("gasUsed"),
        LQ_JSON_KEY("timestamp"),     LQ_JSON_KEY_OPT("baseFeePerGas"),
        LQ_JSON_KEY("hash"),
    };
    lq_json_val_t v[LQ_ARRAY_CNT(keys)];
    reader_t r = {doc, msg, lq_json_pick(doc, v, msg, at, keys, LQ_ARRAY_CNT(keys))};
    if (r.err)
        return r.err;
    lq_header_t out;
    out.base_fee_wei = (lq_wei_t){0};
    take_data(&r, out.parent_hash.b, 32, v[0]);
    take_data(&r, out.miner.b, 20, v[1]);
    take_bloom(&r, out.logs_bloom, v[2]);
    take_u64(&r, &out.block.number, v[3]);
    take_u64(&r, &out.gas_limit, v[4]);
    take_u64(&r, &out.gas_used, v[5]);
    take_u64(&r, &out.timestamp_sec, v[6]);
    if (is_there(v[7]))
        take_wei(&r, &out.base_fee_wei, v[7]);
    take_data(&r, out.block.hash.b, 32, v[8]);
    if (r.err)
        return r.err;
    *header = out;
    return LQ_OK;
}

void lq_decode_topics(reader_t *r, lq_evm_log_t *out, lq_json_val_t v)
{
    lq_json_iter_t it;
    lq_json_val_t topic;
    out->topic_cnt = 0;
    if (r->err)
        return;
    if (LQ_UNLIKELY(lq_json_kind(v) == LQ_JSON_KIND_OBJECT)) {
        r->err = lq_err_msg_set(r->msg, LQ_ERR_SYNTAX,
                                "topics: an object where an array is wanted; distrust the sender");
        return;
    }
    keep(r, lq_json_iter(r->doc, &it, r->msg, v, NULL), v);
    while (!r->err && lq_json_next(r->doc, NULL, &topic, &it)) {
        if (LQ_UNLIKELY(out->topic_cnt == LQ_TOPIC_MAX)) {
            r->err = lq_err_msg_set(r->msg, LQ_ERR_RANGE,
                                    "topics: more than %u; distrust the sender", LQ_TOPIC_MAX);
            return;
        }
        take_data(r, out->topics[out->topic_cnt++].b, 32, topic);
    }
}

lq_err_t lq_evm_log_decode(const lq_json_t *doc, lq_evm_log_t *log, bool *removed, uint8_t *buf,
                           size_t buf_max, lq_err_msg_t *msg, lq_json_val_t at)
{
    /* in geth's order; the time is not looked at, but asked for so that the order is kept */
    static const lq_json_key_t keys[] = {
        LQ_JSON_KEY("address"),
        LQ_JSON_KEY("topics"),
        LQ_JSON_KEY("data"),
        LQ_JSON_KEY("blockNumber"),
        LQ_JSON_KEY("transactionHash"),
        LQ_JSON_KEY("transactionIndex"),
        LQ_JSON_KEY("blockHash"),
        LQ_JSON_KEY_OPT("blockTimestamp"),
        LQ_JSON_KEY("logIndex"),
        LQ_JSON_KEY_OPT("removed"),
    };
    lq_json_val_t v[LQ_ARRAY_CNT(keys)];
    reader_t r = {doc, msg, lq_json_pick(doc, v, msg, at, keys, LQ_ARRAY_CNT(keys))};
    if (r.err)
        return r.err;
    lq_evm_log_t out;
    bool is_removed = false;
    take_data(&r, out.address.b, 20, v[0]);
    lq_decode_topics(&r, &out, v[1]);
    take_bytes(&r, &out.data_sz, buf, buf_max, v[2]);
    take_u64(&r, &out.block.number, v[3]);
    take_data(&r, out.tx_hash.b, 32, v[4]);
    out.tx_idx = take_below(&r, v[5], UINT32_MAX, "transactionIndex");
    take_data(&r, out.block.hash.b, 32, v[6]);
    out.log_idx = take_below(&r, v[8], UINT32_MAX, "logIndex");
    if (!r.err && is_there(v[9]))
        keep(&r, lq_json_get_bool(doc, &is_removed, msg, v[9], NULL), v[9]);
    if (r.err)
        return r.err;
    out.data = buf;
    memset(out.topics + out.topic_cnt, 0, (LQ_TOPIC_MAX - out.topic_cnt) * sizeof(out.topics[0]));
    *log = out;
    *removed = is_removed;
    return LQ_OK;
}

/* A fee that only some types must have. */
static void take_fee(reader_t *r, lq_wei_t *out, lq_json_val_t v, const char *name)
{
    if (LQ_UNLIKELY(!r->err && lq_json_kind(v) == LQ_JSON_KIND_ABSENT))
        r->err =
            lq_err_msg_set(r->msg, LQ_ERR_NOT_FOUND,
                           "%s: missing in a transaction of this type; distrust the sender", name);
    take_wei(r, out, v);
}

/* Types with two fees name both; a mined one has its gas price too. Types that chains of their own
   add are taken by what they have: OP's deposits (0x7e) and Arbitrum's have a gas price alone. */
static void take_fees(reader_t *r, lq_pending_tx_t *out, lq_json_val_t gas_price,
                      lq_json_val_t max_fee, lq_json_val_t max_priority_fee)
{
    bool dynamic =
        out->type >= TX_TYPE_DYN_FEE && (out->type <= TX_TYPE_SET_CODE || is_there(max_fee));
    if (dynamic) {
        take_fee(r, &out->max_fee_wei, max_fee, "maxFeePerGas");
        take_fee(r, &out->max_priority_fee_wei, max_priority_fee, "maxPriorityFeePerGas");
    } else {
        take_fee(r, &out->max_fee_wei, gas_price, "gasPrice");
        out->max_priority_fee_wei = out->max_fee_wei;
    }
}

lq_err_t lq_pending_tx_decode(const lq_json_t *doc, lq_pending_tx_t *tx, bool *mined, uint8_t *buf,
                              size_t buf_max, lq_err_msg_t *msg, lq_json_val_t at)
{
    static const lq_json_key_t keys[] = {
        LQ_JSON_KEY_OPT("blockHash"),
        LQ_JSON_KEY("from"),
        LQ_JSON_KEY("gas"),
        LQ_JSON_KEY_OPT("gasPrice"),
        LQ_JSON_KEY_OPT("maxFeePerGas"),
        LQ_JSON_KEY_OPT("maxPriorityFeePerGas"),
        LQ_JSON_KEY("hash"),
        LQ_JSON_KEY("input"),
        LQ_JSON_KEY("nonce"),
        LQ_JSON_KEY_OPT("to"),
        LQ_JSON_KEY("value"),
        LQ_JSON_KEY_OPT("type"),
    };
    lq_json_val_t v[LQ_ARRAY_CNT(keys)];
    reader_t r = {doc, msg, lq_json_pick(doc, v, msg, at, keys, LQ_ARRAY_CNT(keys))};
    if (r.err)
        return r.err;
    lq_pending_tx_t out = {.creates = !is_there(v[9])};
    lq_hash_t block_hash;
    if (is_there(v[0]))
        take_data(&r, block_hash.b, 32, v[0]);
    take_data(&r, out.from.b, 20, v[1]);
    take_u64(&r, &out.gas_limit, v[2]);
    take_data(&r, out.hash.b, 32, v[6]);
    take_bytes(&r, &out.input_sz, buf, buf_max, v[7]);
    take_u64(&r, &out.nonce, v[8]);
    if (!out.creates)
        take_data(&r, out.to.b, 20, v[9]);
    take_wei(&r, &out.value_wei, v[10]);
    if (is_there(v[11])) /* nodes from before EIP-2718 know one type */
        out.type = (uint8_t)take_below(&r, v[11], TX_TYPE_MAX, "type");
    take_fees(&r, &out, v[3], v[4], v[5]);
    if (r.err)
        return r.err;
    out.input = buf;
    *tx = out;
    *mined = is_there(v[0]);
    return LQ_OK;
}

lq_err_t lq_receipt_decode(const lq_json_t *doc, lq_receipt_t *receipt, lq_err_msg_t *msg,
                           lq_json_val_t at)
{
    static const lq_json_key_t keys[] = {
        LQ_JSON_KEY("blockHash"), LQ_JSON_KEY("blockNumber"),     LQ_JSON_KEY("effectiveGasPrice"),
        LQ_JSON_KEY("from"),      LQ_JSON_KEY("gasUsed"),         LQ_JSON_KEY_OPT("logsBloom"),
        LQ_JSON_KEY("status"),    LQ_JSON_KEY("transactionHash"), LQ_JSON_KEY("transactionIndex"),
    };
    lq_json_val_t v[LQ_ARRAY_CNT(keys)];
    reader_t r = {doc, msg, lq_json_pick(doc, v, msg, at, keys, LQ_ARRAY_CNT(keys))};
    if (r.err)
        return r.err;
    lq_receipt_t out;
    take_data(&r, out.block.hash.b, 32, v[0]);
    take_u64(&r, &out.block.number, v[1]);
    take_wei(&r, &out.effective_gas_price_wei, v[2]);
    take_data(&r, out.from.b, 20, v[3]);
    take_u64(&r, &out.gas_used, v[4]);
    take_bloom(&r, out.logs_bloom, v[5]);
    out.success = take_below(&r, v[6], 1, "status");
    take_data(&r, out.tx_hash.b, 32, v[7]);
    out.tx_idx = take_below(&r, v[8], UINT32_MAX, "transactionIndex");
    if (r.err)
        return r.err;
    *receipt = out;
    return LQ_OK;
}
