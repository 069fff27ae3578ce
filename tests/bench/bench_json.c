#include "bench_json.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "liqd/base/rng.h"
#include "liqd/codec/json.h"

/* Texts as geth writes them, with its order of members; the peer takes the same fields. */

#define TEXT_MAX BENCH_TEXT_MAX
#define TOK_MAX  400000

typedef struct text {
    char *at;
    size_t sz;
    lq_rng_t *rng;
} text_t;

static void put(text_t *t, const char *fmt, ...) LQ_PRINTF(2, 3);
static void put(text_t *t, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    int sz = vsnprintf(t->at + t->sz, TEXT_MAX - t->sz, fmt, ap);
    va_end(ap);
    LQ_ASSERT(sz >= 0 && (size_t)sz < TEXT_MAX - t->sz);
    t->sz += (size_t)sz;
}

/* "name":"0x..." of SZ random bytes, and what follows it */
static void put_data(text_t *t, const char *before, size_t sz, const char *behind)
{
    uint8_t bytes[2048];
    char hex[2 * sizeof(bytes)];
    LQ_ASSERT(sz <= sizeof(bytes));
    lq_rng_bytes(t->rng, bytes, sz);
    lq_hex_encode(hex, bytes, sz);
    put(t, "%s\"0x%.*s\"%s", before, (int)(2 * sz), hex, behind);
}

/* a quantity of BITS bits */
static void put_quantity(text_t *t, const char *before, unsigned bits, const char *behind)
{
    uint64_t v = lq_rng_u64(t->rng) >> (64 - bits) | (uint64_t)1 << (bits - 1);
    put(t, "%s\"0x%" PRIx64 "\"%s", before, v, behind);
}

static void put_envelope(text_t *t)
{
    put_data(
        t, "{\"jsonrpc\":\"2.0\",\"method\":\"eth_subscription\",\"params\":{\"subscription\":", 16,
        ",\"result\":");
}

static void put_head(text_t *t)
{
    put_envelope(t);
    put_data(t, "{\"parentHash\":", 32, ",");
    put_data(t, "\"sha3Uncles\":", 32, ",");
    put_data(t, "\"miner\":", 20, ",");
    put_data(t, "\"stateRoot\":", 32, ",");
    put_data(t, "\"transactionsRoot\":", 32, ",");
    put_data(t, "\"receiptsRoot\":", 32, ",");
    put_data(t, "\"logsBloom\":", 256, ",\"difficulty\":\"0x0\",");
    put_quantity(t, "\"number\":", 25, ",");
    put_quantity(t, "\"gasLimit\":", 26, ",");
    put_quantity(t, "\"gasUsed\":", 25, ",");
    put_quantity(t, "\"timestamp\":", 31, ",");
    put_data(t, "\"extraData\":", 14, ",");
    put_data(t, "\"mixHash\":", 32, ",\"nonce\":\"0x0000000000000000\",");
    put_quantity(t, "\"baseFeePerGas\":", 34, ",");
    put_data(t, "\"withdrawalsRoot\":", 32, ",");
    put_quantity(t, "\"blobGasUsed\":", 18, ",");
    put_quantity(t, "\"excessBlobGas\":", 27, ",");
    put_data(t, "\"parentBeaconBlockRoot\":", 32, ",");
    put_data(t, "\"hash\":", 32, "}}}");
}

static void put_log_begin(text_t *t)
{
    put_data(t, "{\"address\":", 20, ",\"topics\":[");
    size_t topic_cnt = 2 + lq_rng_below(t->rng, 3);
    for (size_t i = 0; i < topic_cnt; i++)
        put_data(t, i ? "," : "", 32, "");
    put_data(t, "],\"data\":", 32 * lq_rng_below(t->rng, 4), ",");
}

/* geth up to 1.15; since 1.16 TIMED */
static void put_log_of_geth(text_t *t, bool timed)
{
    put_log_begin(t);
    put_quantity(t, "\"blockNumber\":", 25, ",");
    put_data(t, "\"transactionHash\":", 32, ",");
    put_quantity(t, "\"transactionIndex\":", 1 + (unsigned)lq_rng_below(t->rng, 8), ",");
    put_data(t, "\"blockHash\":", 32, ",");
    if (timed)
        put_quantity(t, "\"blockTimestamp\":", 31, ",");
    put_quantity(t, "\"logIndex\":", 1 + (unsigned)lq_rng_below(t->rng, 9), ",\"removed\":false}");
}

static void put_log(text_t *t)
{
    put_log_of_geth(t, false);
}

/* reth, anvil */
static void put_log_of_reth(text_t *t)
{
    put_log_begin(t);
    put_data(t, "\"blockHash\":", 32, ",");
    put_quantity(t, "\"blockNumber\":", 25, ",");
    put_quantity(t, "\"blockTimestamp\":", 31, ",");
    put_data(t, "\"transactionHash\":", 32, ",");
    put_quantity(t, "\"transactionIndex\":", 1 + (unsigned)lq_rng_below(t->rng, 8), ",");
    put_quantity(t, "\"logIndex\":", 1 + (unsigned)lq_rng_below(t->rng, 9), ",\"removed\":false}");
}

static void put_tx(text_t *t)
{
    put_envelope(t);
    put_data(t, "{\"blockHash\":null,\"blockNumber\":null,\"from\":", 20, ",");
    put_quantity(t, "\"gas\":", 20, ",");
    put_quantity(t, "\"gasPrice\":", 35, ",");
    put_quantity(t, "\"maxFeePerGas\":", 35, ",");
    put_quantity(t, "\"maxPriorityFeePerGas\":", 31, ",");
    put_data(t, "\"hash\":", 32, ",");
    put_data(t, "\"input\":", 740, ",");
    put_quantity(t, "\"nonce\":", 9, ",");
    put_data(t, "\"to\":", 20, ",\"transactionIndex\":null,");
    put_quantity(t, "\"value\":", 59, ",\"type\":\"0x2\",\"accessList\":[],\"chainId\":\"0x1\",");
    put_data(t, "\"v\":\"0x1\",\"r\":", 32, ",");
    put_data(t, "\"s\":", 32, ",\"yParity\":\"0x1\"}}}");
}

static void put_logs(text_t *t)
{
    put(t, "{\"jsonrpc\":\"2.0\",\"id\":7,\"result\":[");
    for (size_t i = 0; i < BENCH_LOG_CNT; i++) {
        put(t, "%s", i ? "," : "");
        put_log(t);
    }
    put(t, "]}");
}

static void put_one_log(text_t *t)
{
    put_envelope(t);
    put_log(t);
    put(t, "}}");
}

size_t bench_json_logs(char *out, lq_rng_t *rng)
{
    text_t t = {out, 0, rng};
    put_logs(&t);
    return t.sz;
}

size_t bench_json_log(char *out, lq_rng_t *rng)
{
    text_t t = {out, 0, rng};
    put_one_log(&t);
    return t.sz;
}

size_t bench_json_log_timed(char *out, lq_rng_t *rng)
{
    text_t t = {out, 0, rng};
    put_envelope(&t);
    put_log_of_geth(&t, true);
    put(&t, "}}");
    return t.sz;
}

size_t bench_json_log_reth(char *out, lq_rng_t *rng)
{
    text_t t = {out, 0, rng};
    put_envelope(&t);
    put_log_of_reth(&t);
    put(&t, "}}");
    return t.sz;
}

/* The last two without a peer. */
typedef struct json_case {
    const char *name;
    void (*put)(text_t *t);
    bench_take_fn_t *take;
    bench_take_fn_t *take_peer;
    double target;
    size_t scale;
} json_case_t;

typedef struct json_ctx {
    const json_case_t *c;
    text_t text;
    lq_json_tok_t *tok;
    void *peer;
    bench_fields_t out;
} json_ctx_t;

/* A text that is not what it should be is a defect of the benchmark. */
static void need(lq_err_t err)
{
    LQ_ASSERT(err == LQ_OK);
}

static const lq_json_limits_t limits = {LQ_JSON_TEXT_MAX, 16};

static lq_json_t parse(const json_ctx_t *c)
{
    lq_json_t doc;
    need(lq_json_parse(&doc, c->tok, TOK_MAX, NULL, c->text.at, c->text.sz, &limits));
    return doc;
}

static size_t take_head(void *ctx, bench_fields_t *fields, size_t stride)
{
    (void)stride;
    lq_json_t text = parse(ctx);
    const lq_json_t *doc = &text;
    bench_head_t *out = &fields->head;
    static const lq_json_key_t keys[] = {
        LQ_JSON_KEY("parentHash"), LQ_JSON_KEY("miner"),         LQ_JSON_KEY("logsBloom"),
        LQ_JSON_KEY("number"),     LQ_JSON_KEY("gasLimit"),      LQ_JSON_KEY("gasUsed"),
        LQ_JSON_KEY("timestamp"),  LQ_JSON_KEY("baseFeePerGas"), LQ_JSON_KEY("hash")};
    lq_json_val_t head;
    lq_json_val_t v[LQ_ARRAY_CNT(keys)];
    need(lq_json_find(doc, &head, NULL, lq_json_root(doc), "params.result"));
    need(lq_json_pick(doc, v, NULL, head, keys, LQ_ARRAY_CNT(keys)));
    need(lq_json_get_data(doc, out->parent_hash, 32, NULL, v[0], NULL));
    need(lq_json_get_data(doc, out->miner, 20, NULL, v[1], NULL));
    need(lq_json_get_data(doc, out->logs_bloom, 256, NULL, v[2], NULL));
    need(lq_json_get_qty_u64(doc, &out->number, NULL, v[3], NULL));
    need(lq_json_get_qty_u64(doc, &out->gas_limit, NULL, v[4], NULL));
    need(lq_json_get_qty_u64(doc, &out->gas_used, NULL, v[5], NULL));
    need(lq_json_get_qty_u64(doc, &out->timestamp_sec, NULL, v[6], NULL));
    need(lq_json_get_qty_u64(doc, &out->base_fee_wei, NULL, v[7], NULL));
    need(lq_json_get_data(doc, out->hash, 32, NULL, v[8], NULL));
    return 1;
}

static void take_fields_of_log(bench_log_t *out, const lq_json_t *doc, lq_json_val_t log)
{
    static const lq_json_key_t keys[] = {
        LQ_JSON_KEY("address"),     LQ_JSON_KEY("topics"),          LQ_JSON_KEY("data"),
        LQ_JSON_KEY("blockNumber"), LQ_JSON_KEY("transactionHash"), LQ_JSON_KEY("transactionIndex"),
        LQ_JSON_KEY("blockHash"),   LQ_JSON_KEY("logIndex"),        LQ_JSON_KEY("removed")};
    lq_json_val_t v[LQ_ARRAY_CNT(keys)];
    need(lq_json_pick(doc, v, NULL, log, keys, LQ_ARRAY_CNT(keys)));
    need(lq_json_get_data(doc, out->address, 20, NULL, v[0], NULL));
    lq_json_iter_t it;
    lq_json_val_t topic;
    need(lq_json_iter(doc, &it, NULL, v[1], NULL));
    out->topic_cnt = 0;
    while (lq_json_next(doc, NULL, &topic, &it)) {
        LQ_ASSERT(out->topic_cnt < 4);
        need(lq_json_get_data(doc, out->topic[out->topic_cnt++], 32, NULL, topic, NULL));
    }
    need(lq_json_get_data_max(doc, out->data, &out->data_sz, sizeof(out->data), NULL, v[2], NULL));
    need(lq_json_get_qty_u64(doc, &out->block_number, NULL, v[3], NULL));
    need(lq_json_get_data(doc, out->tx_hash, 32, NULL, v[4], NULL));
    need(lq_json_get_qty_u64(doc, &out->tx_idx, NULL, v[5], NULL));
    need(lq_json_get_data(doc, out->block_hash, 32, NULL, v[6], NULL));
    need(lq_json_get_qty_u64(doc, &out->log_idx, NULL, v[7], NULL));
    need(lq_json_get_bool(doc, &out->removed, NULL, v[8], NULL));
}

static size_t take_tx(void *ctx, bench_fields_t *fields, size_t stride)
{
    (void)stride;
    lq_json_t text = parse(ctx);
    const lq_json_t *doc = &text;
    bench_tx_t *out = &fields->tx;
    static const lq_json_key_t keys[] = {
        LQ_JSON_KEY("from"),         LQ_JSON_KEY("gas"),
        LQ_JSON_KEY("maxFeePerGas"), LQ_JSON_KEY("maxPriorityFeePerGas"),
        LQ_JSON_KEY("hash"),         LQ_JSON_KEY("input"),
        LQ_JSON_KEY("nonce"),        LQ_JSON_KEY("to"),
        LQ_JSON_KEY("value"),        LQ_JSON_KEY("type")};
    lq_json_val_t tx;
    lq_json_val_t v[LQ_ARRAY_CNT(keys)];
    need(lq_json_find(doc, &tx, NULL, lq_json_root(doc), "params.result"));
    need(lq_json_pick(doc, v, NULL, tx, keys, LQ_ARRAY_CNT(keys)));
    need(lq_json_get_data(doc, out->from, 20, NULL, v[0], NULL));
    need(lq_json_get_qty_u64(doc, &out->gas, NULL, v[1], NULL));
    need(lq_json_get_qty_u64(doc, &out->max_fee_wei, NULL, v[2], NULL));
    need(lq_json_get_qty_u64(doc, &out->max_priority_wei, NULL, v[3], NULL));
    need(lq_json_get_data(doc, out->hash, 32, NULL, v[4], NULL));
    need(lq_json_get_data_max(doc, out->input, &out->input_sz, sizeof(out->input), NULL, v[5],
                              NULL));
    need(lq_json_get_qty_u64(doc, &out->nonce, NULL, v[6], NULL));
    need(lq_json_get_data(doc, out->to, 20, NULL, v[7], NULL));
    need(lq_json_get_qty_u256(doc, &out->value_wei, NULL, v[8], NULL));
    need(lq_json_get_qty_u64(doc, &out->type, NULL, v[9], NULL));
    return 1;
}

static size_t take_log(void *ctx, bench_fields_t *out, size_t stride)
{
    (void)stride;
    lq_json_t doc = parse(ctx);
    lq_json_val_t log;
    need(lq_json_find(&doc, &log, NULL, lq_json_root(&doc), "params.result"));
    take_fields_of_log(&out->log, &doc, log);
    return 1;
}

static size_t take_logs(void *ctx, bench_fields_t *out, size_t stride)
{
    lq_json_t doc = parse(ctx);
    lq_json_iter_t it;
    lq_json_val_t log;
    need(lq_json_iter(&doc, &it, NULL, lq_json_root(&doc), "result"));
    size_t cnt = 0;
    while (lq_json_next(&doc, NULL, &log, &it))
        take_fields_of_log(&out[cnt++ * stride].log, &doc, log);
    return cnt;
}

static size_t take_nothing(void *ctx, bench_fields_t *out, size_t stride)
{
    (void)out, (void)stride;
    lq_json_t doc = parse(ctx);
    lq_bench_keep(&doc);
    return 1;
}

static size_t take_frame(void *ctx, bench_fields_t *out, size_t stride)
{
    (void)out, (void)stride;
    const text_t *t = &((json_ctx_t *)ctx)->text;
    lq_json_frame_t frame;
    lq_json_frame_init(&frame, &limits);
    size_t used;
    size_t value_sz;
    need(lq_json_frame_feed(&frame, &used, &value_sz, NULL, t->at, t->sz));
    LQ_ASSERT(value_sz == t->sz);
    return 1;
}

static void work(void *ctx, size_t iters)
{
    json_ctx_t *c = ctx;
    for (size_t i = 0; i < iters; i++) {
        (void)c->c->take(c, &c->out, 0);
        lq_bench_keep(&c->out);
    }
}

#if LIQD_PEER_SIMDJSON
#define PEER(fn) (fn)

static void work_peer(void *ctx, size_t iters)
{
    json_ctx_t *c = ctx;
    for (size_t i = 0; i < iters; i++) {
        (void)c->c->take_peer(c->peer, &c->out, 0);
        lq_bench_keep(&c->out);
    }
}

/* Both must take the same out of the text. */
static void compare(json_ctx_t *c)
{
    bench_fields_t *ours = calloc(BENCH_LOG_CNT, sizeof(*ours));
    bench_fields_t *theirs = calloc(BENCH_LOG_CNT, sizeof(*theirs));
    LQ_ASSERT(ours && theirs);
    size_t cnt = c->c->take(c, ours, 1);
    LQ_ASSERT(c->c->take_peer(c->peer, theirs, 1) == cnt);
    LQ_ASSERT(memcmp(ours, theirs, cnt * sizeof(*ours)) == 0);
    free(ours);
    free(theirs);
}

static void run_beside_peer(lq_bench_t *bench, json_ctx_t *c, lq_bench_case_t *b)
{
    c->peer = peer_simdjson_new(c->text.at, c->text.sz);
    compare(c);
    b->reference = "simdjson on demand";
    b->reference_work = work_peer;
    b->target = c->c->target;
    lq_bench_case(bench, b);
    peer_simdjson_free(c->peer);
}
#else
#define PEER(fn) NULL

static void run_beside_peer(lq_bench_t *bench, json_ctx_t *c, lq_bench_case_t *b)
{
    (void)c;
    lq_bench_case(bench, b);
}
#endif

static const json_case_t cases[] = {
    {"codec/json_head", put_head, take_head, PEER(peer_simdjson_head), 1.3, 1},
    {"codec/json_log", put_one_log, take_log, PEER(peer_simdjson_log), 1.2, 1},
    {"codec/json_pending_tx", put_tx, take_tx, PEER(peer_simdjson_tx), 0, 1},
    {"codec/json_10000_logs", put_logs, take_logs, PEER(peer_simdjson_logs), 1.1, 1},
    {"codec/json_parse_only_10000_logs", put_logs, take_nothing, NULL, 0, 1},
    {"codec/json_frame_only_10000_logs", put_logs, take_frame, NULL, 0, 1},
};

lq_bench_fn_t lq_bench_json;
void lq_bench_json(lq_bench_t *bench)
{
    for (size_t i = 0; i < LQ_ARRAY_CNT(cases); i++) {
        lq_rng_t rng;
        lq_rng_seed(&rng, 1);
        json_ctx_t c = {.c = &cases[i], .text = {malloc(TEXT_MAX), 0, &rng}};
        c.tok = calloc(TOK_MAX, sizeof(*c.tok));
        LQ_ASSERT(c.text.at && c.tok);
        c.c->put(&c.text);
        lq_bench_case_t b = {.name = c.c->name, .work = work, .ctx = &c, .scale = c.c->scale};
        if (c.c->take_peer)
            run_beside_peer(bench, &c, &b);
        else
            lq_bench_case(bench, &b);
        free(c.tok);
        free(c.text.at);
    }
}
