#ifndef LQ_DECODE_SUPPORT_H
#define LQ_DECODE_SUPPORT_H

/* What a text says, as one line, by our decoders and by jansson: the two must agree. */

#include <ctype.h>
#include <inttypes.h>
#include <jansson.h>

#include "liqd/chain/decode.h"
#include "liqd/codec/hex.h"
#include "lq_test.h"

typedef enum kind {
    HEADER,
    LOG,
    TX,
    RECEIPT,
    KIND_CNT
} kind_t;

static const char *const kind_prefix[KIND_CNT] = {"header_", "log_", "tx_", "receipt_"};

/* The members that are looked at. */
static const char *const kind_members[KIND_CNT][13] = {
    {"hash", "parentHash", "number", "timestamp", "gasLimit", "gasUsed", "baseFeePerGas", "miner",
     "logsBloom"},
    {"address", "topics", "data", "blockNumber", "transactionHash", "transactionIndex", "blockHash",
     "blockTimestamp", "logIndex", "removed"},
    {"hash", "from", "to", "type", "nonce", "gas", "value", "gasPrice", "maxFeePerGas",
     "maxPriorityFeePerGas", "input", "blockHash"},
    {"blockHash", "blockNumber", "transactionHash", "transactionIndex", "status", "gasUsed",
     "effectiveGasPrice", "from", "logsBloom"},
};

#define DATA_MAX 300

/* A line of "name=value " pairs, or an error. */
typedef struct view {
    lq_err_t err;
    size_t sz;
    char text[4096];
} view_t;

static void say(view_t *v, const char *name, const char *value)
{
    int sz = snprintf(v->text + v->sz, sizeof(v->text) - v->sz, "%s=%s ", name, value);
    assert_in_range(sz, 0, sizeof(v->text) - v->sz - 1);
    v->sz += (size_t)sz;
}

/* ---- by our decoders */

static void say_bytes(view_t *v, const char *name, const uint8_t *p, size_t sz)
{
    char hex[2 * 512 + 1];
    assert_true(sz <= 512);
    lq_hex_encode(hex, p, sz);
    hex[2 * sz] = '\0';
    say(v, name, hex);
}

static void say_u64(view_t *v, const char *name, uint64_t n)
{
    char text[32];
    (void)snprintf(text, sizeof(text), "%" PRIx64, n);
    say(v, name, text);
}

static void say_wei(view_t *v, const char *name, const lq_wei_t *wei)
{
    char text[LQ_HEX_U256_MAX_SZ + 1];
    text[lq_hex_encode_u256(text, &wei->raw)] = '\0';
    say(v, name, text + 2);
}

static void view_header(view_t *v, const lq_json_t *doc, lq_err_msg_t *msg)
{
    lq_header_t h;
    memset(&h, 0xa5, sizeof(h));
    lq_header_t before = h;
    v->err = lq_header_decode(doc, &h, msg, lq_json_root(doc));
    if (v->err) {
        assert_memory_equal(&h, &before, sizeof(h));
        return;
    }
    say_bytes(v, "hash", h.block.hash.b, 32);
    say_bytes(v, "parentHash", h.parent_hash.b, 32);
    say_u64(v, "number", h.block.number);
    say_u64(v, "timestamp", h.timestamp_sec);
    say_u64(v, "gasLimit", h.gas_limit);
    say_u64(v, "gasUsed", h.gas_used);
    say_wei(v, "baseFeePerGas", &h.base_fee_wei);
    say_bytes(v, "miner", h.miner.b, 20);
    say_bytes(v, "logsBloom", h.logs_bloom, LQ_BLOOM_SZ);
}

static void view_log(view_t *v, const lq_json_t *doc, lq_err_msg_t *msg)
{
    struct {
        lq_evm_log_t log;
        bool removed;
    } o, before;
    memset(&o, 0, sizeof(o)); /* 0xa5 is no bool */
    o.log.topic_cnt = 0xa5a5;
    before = o;
    uint8_t buf[DATA_MAX];
    v->err = lq_evm_log_decode(doc, &o.log, &o.removed, buf, sizeof(buf), msg, lq_json_root(doc));
    if (v->err) {
        assert_memory_equal(&o, &before, sizeof(o));
        return;
    }
    assert_ptr_equal(o.log.data, buf);
    say_bytes(v, "address", o.log.address.b, 20);
    for (uint32_t i = 0; i < o.log.topic_cnt; i++)
        say_bytes(v, "topic", o.log.topics[i].b, 32);
    say_bytes(v, "data", o.log.data, o.log.data_sz);
    say_u64(v, "blockNumber", o.log.block.number);
    say_bytes(v, "transactionHash", o.log.tx_hash.b, 32);
    say_u64(v, "transactionIndex", o.log.tx_idx);
    say_bytes(v, "blockHash", o.log.block.hash.b, 32);
    say_u64(v, "logIndex", o.log.log_idx);
    say(v, "removed", o.removed ? "true" : "false");
}

static void view_tx(view_t *v, const lq_json_t *doc, lq_err_msg_t *msg)
{
    struct {
        lq_pending_tx_t tx;
        bool mined;
    } o, before;
    memset(&o, 0, sizeof(o));
    o.tx.nonce = 0xa5a5;
    before = o;
    uint8_t buf[DATA_MAX];
    v->err = lq_pending_tx_decode(doc, &o.tx, &o.mined, buf, sizeof(buf), msg, lq_json_root(doc));
    if (v->err) {
        assert_memory_equal(&o, &before, sizeof(o));
        return;
    }
    assert_ptr_equal(o.tx.input, buf);
    say_bytes(v, "hash", o.tx.hash.b, 32);
    say_bytes(v, "from", o.tx.from.b, 20);
    say(v, "creates", o.tx.creates ? "true" : "false");
    say_bytes(v, "to", o.tx.to.b, 20);
    say_u64(v, "type", o.tx.type);
    say_u64(v, "nonce", o.tx.nonce);
    say_u64(v, "gas", o.tx.gas_limit);
    say_wei(v, "value", &o.tx.value_wei);
    say_wei(v, "max fee", &o.tx.max_fee_wei);
    say_wei(v, "max priority fee", &o.tx.max_priority_fee_wei);
    say_bytes(v, "input", o.tx.input, o.tx.input_sz);
    say(v, "mined", o.mined ? "true" : "false");
}

static void view_receipt(view_t *v, const lq_json_t *doc, lq_err_msg_t *msg)
{
    lq_receipt_t r;
    memset(&r, 0, sizeof(r));
    r.tx_idx = 0xa5a5;
    lq_receipt_t before = r;
    v->err = lq_receipt_decode(doc, &r, msg, lq_json_root(doc));
    if (v->err) {
        assert_memory_equal(&r, &before, sizeof(r));
        return;
    }
    say_bytes(v, "blockHash", r.block.hash.b, 32);
    say_u64(v, "blockNumber", r.block.number);
    say_bytes(v, "transactionHash", r.tx_hash.b, 32);
    say_u64(v, "transactionIndex", r.tx_idx);
    say(v, "success", r.success ? "true" : "false");
    say_u64(v, "gasUsed", r.gas_used);
    say_wei(v, "effectiveGasPrice", &r.effective_gas_price_wei);
    say_bytes(v, "from", r.from.b, 20);
    say_bytes(v, "logsBloom", r.logs_bloom, LQ_BLOOM_SZ);
}

/* Returns false where TEXT is no JSON by our scanner. */
static bool view_by_us(view_t *v, kind_t kind, const char *text)
{
    static lq_json_tok_t tok[65536];
    static const lq_json_limits_t limits = {LQ_JSON_TEXT_MAX, 64};
    lq_json_t doc;
    *v = (view_t){.err = LQ_OK};
    if (lq_json_parse(&doc, tok, LQ_ARRAY_CNT(tok), NULL, text, strlen(text), &limits))
        return false;
    static void (*const by[KIND_CNT])(view_t *, const lq_json_t *, lq_err_msg_t *) = {
        view_header, view_log, view_tx, view_receipt};
    lq_err_msg_t msg = {""};
    by[kind](v, &doc, &msg);
    assert_true((msg.text[0] != '\0') == (v->err != LQ_OK));
    return true;
}

/* ---- by jansson */

static void refuse(view_t *v, lq_err_t err)
{
    if (!v->err)
        v->err = err;
}

/* The digits of J, lower case; NULL where it is refused. */
static const char *digits_of(view_t *v, const json_t *j)
{
    static char out[4096];
    if (!j || json_is_null(j)) {
        refuse(v, LQ_ERR_NOT_FOUND);
        return NULL;
    }
    const char *s = json_string_value(j);
    if (!s || strncmp(s, "0x", 2) != 0 || strlen(s) != json_string_length(j) ||
        strspn(s + 2, "0123456789abcdefABCDEF") != strlen(s + 2)) {
        refuse(v, LQ_ERR_SYNTAX);
        return NULL;
    }
    assert_true(strlen(s) < sizeof(out));
    for (size_t i = 0; i <= strlen(s + 2); i++)
        out[i] = (char)tolower((unsigned char)s[2 + i]);
    return out;
}

static void expect_data(view_t *v, const char *name, const json_t *j, size_t sz)
{
    const char *s = digits_of(v, j);
    if (s && strlen(s) == 2 * sz)
        say(v, name, s);
    else if (s)
        refuse(v, LQ_ERR_SYNTAX);
}

static void expect_bytes(view_t *v, const char *name, const json_t *j)
{
    const char *s = digits_of(v, j);
    if (s && strlen(s) % 2)
        refuse(v, LQ_ERR_SYNTAX);
    else if (s && strlen(s) > (size_t)2 * DATA_MAX)
        refuse(v, LQ_ERR_TOO_LONG);
    else if (s)
        say(v, name, s);
}

static void expect_number(view_t *v, const char *name, const json_t *j, size_t digits_max)
{
    const char *s = digits_of(v, j);
    if (s && (!*s || (*s == '0' && s[1])))
        refuse(v, LQ_ERR_SYNTAX);
    else if (s && strlen(s) > digits_max)
        refuse(v, LQ_ERR_RANGE);
    else if (s)
        say(v, name, s);
}

static bool has(const json_t *o, const char *name)
{
    const json_t *j = json_object_get(o, name);
    return j && !json_is_null(j);
}

static void expect_bloom(view_t *v, const json_t *o)
{
    char all[2 * LQ_BLOOM_SZ + 1];
    memset(all, 'f', sizeof(all) - 1);
    all[sizeof(all) - 1] = '\0';
    if (has(o, "logsBloom"))
        expect_data(v, "logsBloom", json_object_get(o, "logsBloom"), LQ_BLOOM_SZ);
    else
        say(v, "logsBloom", all);
}

#define GET(name) json_object_get(o, name)

static void expect_header(view_t *v, const json_t *o)
{
    expect_data(v, "hash", GET("hash"), 32);
    expect_data(v, "parentHash", GET("parentHash"), 32);
    expect_number(v, "number", GET("number"), 16);
    expect_number(v, "timestamp", GET("timestamp"), 16);
    expect_number(v, "gasLimit", GET("gasLimit"), 16);
    expect_number(v, "gasUsed", GET("gasUsed"), 16);
    if (has(o, "baseFeePerGas"))
        expect_number(v, "baseFeePerGas", GET("baseFeePerGas"), 64);
    else
        say(v, "baseFeePerGas", "0");
    expect_data(v, "miner", GET("miner"), 20);
    expect_bloom(v, o);
}

static void expect_log(view_t *v, const json_t *o)
{
    expect_data(v, "address", GET("address"), 20);
    const json_t *topics = GET("topics");
    size_t i;
    const json_t *topic;
    json_array_foreach(topics, i, topic)
    {
        if (i == 4)
            refuse(v, LQ_ERR_RANGE);
        expect_data(v, "topic", topic, 32);
    }
    if (!json_is_array(topics))
        refuse(v, has(o, "topics") ? LQ_ERR_SYNTAX : LQ_ERR_NOT_FOUND);
    expect_bytes(v, "data", GET("data"));
    expect_number(v, "blockNumber", GET("blockNumber"), 16);
    expect_data(v, "transactionHash", GET("transactionHash"), 32);
    expect_number(v, "transactionIndex", GET("transactionIndex"), 8);
    expect_data(v, "blockHash", GET("blockHash"), 32);
    expect_number(v, "logIndex", GET("logIndex"), 8);
    if (has(o, "removed") && !json_is_boolean(GET("removed")))
        refuse(v, LQ_ERR_SYNTAX);
    say(v, "removed", json_is_true(GET("removed")) ? "true" : "false");
}

static void expect_tx(view_t *v, const json_t *o)
{
    expect_data(v, "hash", GET("hash"), 32);
    expect_data(v, "from", GET("from"), 20);
    say(v, "creates", has(o, "to") ? "false" : "true");
    if (has(o, "to"))
        expect_data(v, "to", GET("to"), 20);
    else
        say(v, "to", "0000000000000000000000000000000000000000");
    unsigned long type = 0;
    if (has(o, "type")) {
        expect_number(v, "type", GET("type"), 2);
        if (!v->err)
            type = strtoul(json_string_value(GET("type")), NULL, 16);
        if (type > 127)
            refuse(v, LQ_ERR_RANGE);
    } else {
        say(v, "type", "0");
    }
    expect_number(v, "nonce", GET("nonce"), 16);
    expect_number(v, "gas", GET("gas"), 16);
    expect_number(v, "value", GET("value"), 64);
    bool two = type == 2 || type == 3 || type == 4 || (type > 4 && has(o, "maxFeePerGas"));
    expect_number(v, "max fee", two ? GET("maxFeePerGas") : GET("gasPrice"), 64);
    expect_number(v, "max priority fee", two ? GET("maxPriorityFeePerGas") : GET("gasPrice"), 64);
    expect_bytes(v, "input", GET("input"));
    if (has(o, "blockHash")) {
        view_t unsaid = {.err = v->err};
        expect_data(&unsaid, "blockHash", GET("blockHash"), 32);
        refuse(v, unsaid.err);
    }
    say(v, "mined", has(o, "blockHash") ? "true" : "false");
}

static void expect_receipt(view_t *v, const json_t *o)
{
    expect_data(v, "blockHash", GET("blockHash"), 32);
    expect_number(v, "blockNumber", GET("blockNumber"), 16);
    expect_data(v, "transactionHash", GET("transactionHash"), 32);
    expect_number(v, "transactionIndex", GET("transactionIndex"), 8);
    view_t status = {.err = LQ_OK};
    expect_number(&status, "status", GET("status"), 1);
    refuse(v, status.err);
    bool success = !v->err && strcmp(status.text, "status=1 ") == 0;
    if (!v->err && !success && strcmp(status.text, "status=0 ") != 0)
        refuse(v, LQ_ERR_RANGE);
    say(v, "success", success ? "true" : "false");
    expect_number(v, "gasUsed", GET("gasUsed"), 16);
    expect_number(v, "effectiveGasPrice", GET("effectiveGasPrice"), 64);
    expect_data(v, "from", GET("from"), 20);
    expect_bloom(v, o);
}

#undef GET

static void view_by_jansson(view_t *v, kind_t kind, const json_t *o)
{
    *v = (view_t){.err = json_is_object(o) ? LQ_OK : LQ_ERR_SYNTAX};
    static void (*const by[KIND_CNT])(view_t *, const json_t *) = {expect_header, expect_log,
                                                                   expect_tx, expect_receipt};
    if (!v->err)
        by[kind](v, o);
}

#endif
