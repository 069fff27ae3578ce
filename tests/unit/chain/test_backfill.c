#include "liqd/chain/backfill.h"

#include "fake_pool.h"
#include "liqd/chain/decode.h"
#include "liqd/codec/hex.h"

#include <inttypes.h>

#define SECOND_NS   ((uint64_t)1000000000)
#define FIRST_BLK   100u
#define BLOCK_MAX   3000u
#define ADDRESS_CNT 6u /* the first 4 are watched */
#define TOPIC_CNT   4u /* the first 2 are watched */
#define DATA_MAX    96u

typedef enum lie {
    LIE_NONE,
    LIE_RANGE,   /* a log of another block */
    LIE_FILTER,  /* a log that is not watched */
    LIE_TWICE,   /* a log twice */
    LIE_HASH,    /* a log of another block of that number */
    LIE_LAST,    /* the same of the last block */
    LIE_REMOVED, /* a removed log */
    LIE_HEADER,  /* another header */
    LIE_KIND,    /* no list */
    LIE_FIELD,   /* a log without its data */
    LIE_TX,      /* transactions out of order; receipts: one is missing */
    LIE_LOG,     /* receipts: a log is missing */
    LIE_BLOOM,   /* receipts: the last log is missing */
    LIE_CNT,
} lie_t;

/* How a node answers; all zero is well. */
typedef struct node {
    uint64_t range_max;   /* blocks */
    size_t row_max;       /* logs of one list */
    size_t silent_max;    /* cut off there */
    size_t address_max;   /* of a filter */
    uint64_t head_blk;    /* 0: has all */
    uint64_t pruned_blk;  /* has none below */
    bool no_receipts;     /* does not know the method */
    lie_t lie;            /* always this one; LIE_NONE: any */
    uint32_t lie_pct;     /* so many answers are wrong in some way */
    uint32_t shuffle_pct; /* so many lists are out of order, which is allowed */
    uint32_t odd_pct;     /* so often something else */
    const char *message;  /* refuses everything with it */
} node_t;

typedef struct tx_log {
    uint64_t blk;
    uint32_t tx_idx, log_idx;
    uint32_t address, topic;
    uint32_t data_sz;
    bool watched;
} tx_log_t;

typedef struct world {
    lq_arena_t arena;
    lq_clock_manual_t clock;
    lq_loop_t *loop;
    lq_log_t log;
    size_t line_cnt;
    lq_rng_t rng;
    lq_pool_t pool;
    node_t nodes[4];
    lq_address_t addresses[ADDRESS_CNT];
    lq_hash_t topics[TOPIC_CNT];
    lq_filter_t filter;
    tx_log_t *logs; /* all of the chain, in order */
    size_t log_cnt;
    size_t first_log[BLOCK_MAX + 1]; /* of each block */
    uint32_t tx_cnt[BLOCK_MAX];
    size_t block_cnt;
    bool bare; /* its blocks have no logs */
    size_t row_min;
    lq_backfill_config_t config;
    lq_backfill_t *b;
    size_t at; /* the next log that must be given */
    size_t given_cnt, progress_cnt, done_cnt;
    lq_backfill_progress_t progress;
    lq_err_t err;
    lq_err_msg_t msg;
} world_t;

static void hash_text(char out[67], char what, uint64_t a, uint64_t b)
{
    (void)snprintf(out, 67, "0x%02x%030" PRIx64 "%032" PRIx64, (unsigned)what, a, b);
}

static uint8_t data_byte(const tx_log_t *log, size_t i)
{
    return (uint8_t)(log->blk * 7 + (uint64_t)log->log_idx * 3 + i);
}

static void make_chain(world_t *w, size_t block_cnt, uint32_t row_max)
{
    size_t max = 0;
    w->block_cnt = block_cnt;
    w->log_cnt = 0;
    free(w->logs);
    w->logs = NULL;
    for (size_t n = 0; n < block_cnt; n++) {
        w->first_log[n] = w->log_cnt;
        w->tx_cnt[n] = 1 + (uint32_t)lq_rng_below(&w->rng, 4);
        size_t cnt = lq_rng_below(&w->rng, 5) ? lq_rng_below(&w->rng, 4)
                                              : lq_rng_below(&w->rng, row_max + 1);
        cnt = w->bare ? 0 : cnt + w->row_min;
        uint32_t tx_idx = 0;
        uint32_t log_idx = 0;
        for (; cnt; cnt--) {
            if (w->log_cnt == max) {
                max = 2 * max + 1000;
                w->logs = realloc(w->logs, max * sizeof(*w->logs));
                assert_non_null(w->logs);
            }
            tx_idx += (uint32_t)lq_rng_below(&w->rng, w->tx_cnt[n] - tx_idx);
            tx_log_t *log = &w->logs[w->log_cnt++];
            *log = (tx_log_t){FIRST_BLK + n,
                              tx_idx,
                              log_idx++,
                              (uint32_t)lq_rng_below(&w->rng, ADDRESS_CNT),
                              (uint32_t)lq_rng_below(&w->rng, TOPIC_CNT),
                              (uint32_t)lq_rng_below(&w->rng, DATA_MAX),
                              false};
            log->watched = log->address < w->filter.address_cnt && log->topic < w->filter.topic_cnt;
        }
    }
    w->first_log[block_cnt] = w->log_cnt;
}

static void put_hash(fake_text_t *t, const char *name, char what, uint64_t a, uint64_t b)
{
    char text[67];
    hash_text(text, what, a, b);
    fake_put(t, "\"%s\":\"%s\",", name, text);
}

static void put_log(world_t *w, fake_text_t *t, const tx_log_t *log, lie_t lie)
{
    uint32_t address = lie == LIE_FILTER ? ADDRESS_CNT - 1 : log->address;
    fake_put(t, "{");
    put_hash(t, "blockHash", lie == LIE_HASH || lie == LIE_LAST ? 'x' : 'b', log->blk, 0);
    put_hash(t, "transactionHash", 't', log->blk, log->tx_idx);
    uint64_t blk = log->blk + (lie == LIE_RANGE ? BLOCK_MAX : 0);
    fake_put(t, "\"blockNumber\":\"0x%" PRIx64 "\",\"logIndex\":\"0x%x\",", blk,
             (unsigned)log->log_idx);
    fake_put(t, "\"transactionIndex\":\"0x%x\",\"removed\":%s,",
             (unsigned)log->tx_idx + (lie == LIE_TX ? 9 : 0),
             lie == LIE_REMOVED ? "true" : "false");
    char hex[2 * sizeof(lq_hash_t) + 1] = {0};
    lq_hex_encode(hex, w->addresses[address].b, sizeof(lq_address_t));
    fake_put(t, "\"address\":\"0x%s\",", hex);
    lq_hex_encode(hex, w->topics[log->topic].b, sizeof(lq_hash_t));
    fake_put(t, "\"topics\":[\"0x%s\"]", hex);
    if (lie != LIE_FIELD) {
        fake_put(t, ",\"data\":\"0x");
        for (size_t i = 0; i < log->data_sz; i++)
            fake_put(t, "%02x", data_byte(log, i));
        fake_put(t, "\"");
    }
    fake_put(t, "}");
}

/* The bloom of the logs from FROM to TO. */
static void put_bloom(world_t *w, fake_text_t *t, size_t from, size_t to)
{
    uint8_t bloom[LQ_BLOOM_SZ] = {0};
    for (size_t i = from; i < to; i++) {
        lq_bloom_add(bloom, w->addresses[w->logs[i].address].b, sizeof(lq_address_t));
        lq_bloom_add(bloom, w->topics[w->logs[i].topic].b, sizeof(lq_hash_t));
    }
    fake_put(t, "\"logsBloom\":\"0x");
    for (size_t i = 0; i < LQ_BLOOM_SZ; i++)
        fake_put(t, "%02x", bloom[i]);
    fake_put(t, "\",");
}

static void put_header(world_t *w, fake_text_t *t, uint64_t blk)
{
    size_t n = blk - FIRST_BLK;
    fake_put(t, "{");
    put_hash(t, "hash", 'b', blk, 0);
    put_hash(t, "parentHash", 'b', blk - 1, 0);
    put_bloom(w, t, w->first_log[n], w->first_log[n + 1]);
    fake_put(t, "\"miner\":\"0x%040x\",\"number\":\"0x%" PRIx64 "\",\"gasLimit\":\"0x1\",", 7u,
             blk);
    fake_put(t, "\"gasUsed\":\"0x0\",\"timestamp\":\"0x1\",\"transactions\":[");
    for (uint32_t i = 0; i < w->tx_cnt[n]; i++)
        fake_put(t, "%s%u", i ? "," : "", (unsigned)i);
    fake_put(t, "]}");
}

static void put_receipts(world_t *w, fake_text_t *t, uint64_t blk, lie_t lie)
{
    size_t n = blk - FIRST_BLK;
    size_t at = w->first_log[n];
    fake_put(t, "[");
    for (uint32_t i = 0; i < w->tx_cnt[n] - (lie == LIE_TX); i++) {
        size_t end = at;
        while (end < w->first_log[n + 1] && w->logs[end].tx_idx == i)
            end++;
        fake_put(t, "%s{", i ? "," : "");
        put_hash(t, "blockHash", lie == LIE_HASH ? 'x' : 'b', blk, 0);
        put_hash(t, "transactionHash", 't', blk, i);
        put_bloom(w, t, at, end);
        fake_put(t, "\"blockNumber\":\"0x%" PRIx64 "\",\"effectiveGasPrice\":\"0x1\",", blk);
        fake_put(t, "\"from\":\"0x%040x\",\"gasUsed\":\"0x1\",\"status\":\"0x1\",", 9u);
        fake_put(t, "\"transactionIndex\":\"0x%x\",\"logs\":[", (unsigned)i);
        size_t missing = lie == LIE_LOG     ? w->first_log[n]
                         : lie == LIE_BLOOM ? w->first_log[n + 1] - 1
                                            : SIZE_MAX;
        for (size_t k = at; k < end; k++) {
            if (k == missing)
                continue;
            fake_put(t, "%s", k > at && k - 1 != missing ? "," : "");
            put_log(w, t, &w->logs[k], LIE_NONE);
        }
        at = end;
        fake_put(t, "]}");
    }
    fake_put(t, "]");
}

/* What one call asks for. */
typedef struct query {
    uint64_t from, to;
    bool any_address;
    bool has[ADDRESS_CNT];
    size_t address_cnt;
} query_t;

static query_t read_query(const world_t *w, const char *params)
{
    static const lq_json_limits_t limits = {1 << 20, 8};
    lq_json_tok_t tok[256];
    lq_json_t doc;
    lq_json_iter_t it;
    lq_json_val_t v;
    query_t q = {0};
    uint8_t topic[32];
    assert_ok(lq_json_parse(&doc, tok, 256, NULL, params, strlen(params), &limits));
    lq_json_val_t root = lq_json_root(&doc);
    assert_ok(lq_json_get_qty_u64(&doc, &q.from, NULL, root, "[0].fromBlock"));
    assert_ok(lq_json_get_qty_u64(&doc, &q.to, NULL, root, "[0].toBlock"));
    q.any_address = lq_json_iter(&doc, &it, NULL, root, "[0].address") != LQ_OK;
    while (!q.any_address && lq_json_next(&doc, NULL, &v, &it)) {
        uint8_t address[20];
        assert_ok(lq_json_get_data(&doc, address, 20, NULL, v, NULL));
        for (size_t i = 0; i < ADDRESS_CNT; i++)
            q.has[i] |= memcmp(address, w->addresses[i].b, 20) == 0;
        q.address_cnt++;
    }
    if (w->filter.topic_cnt)
        assert_ok(lq_json_get_data(&doc, topic, 32, NULL, root, "[0].topics[0][1]"));
    return q;
}

/* Answers eth_getLogs as NODE does. */
static void put_logs(world_t *w, fake_text_t *t, const node_t *node, const query_t *q, lie_t lie)
{
    if (node->address_max && q->address_cnt > node->address_max) {
        fake_put(t, "!exceed max addresses or topics per search position");
        return;
    }
    if (node->range_max && q->to - q->from >= node->range_max) {
        fake_put(t, "!exceed maximum block range: %" PRIu64, node->range_max);
        return;
    }
    size_t to = w->first_log[q->to - FIRST_BLK + 1];
    const tx_log_t **found = calloc(w->log_cnt + 1, sizeof(void *));
    ;
    size_t cnt = 0;
    for (size_t i = w->first_log[q->from - FIRST_BLK]; i < to; i++) {
        const tx_log_t *log = &w->logs[i];
        bool fits = (q->any_address || q->has[log->address]) &&
                    (!w->filter.topic_cnt || log->topic < w->filter.topic_cnt);
        if (fits && (!node->head_blk || log->blk <= node->head_blk))
            found[cnt++] = log;
    }
    if (node->row_max && cnt > node->row_max) {
        fake_put(t, "!query returned more than %zu results", node->row_max);
        free(found);
        return;
    }
    if (node->silent_max && cnt > node->silent_max)
        cnt = node->silent_max;
    for (size_t i = cnt; lq_rng_below(&w->rng, 100) < node->shuffle_pct && i > 1; i--) {
        size_t k = lq_rng_below(&w->rng, i);
        const tx_log_t *swap = found[i - 1];
        found[i - 1] = found[k];
        found[k] = swap;
    }
    size_t liar = lie == LIE_LAST ? cnt - 1 : 0;
    if (lie == LIE_HASH || lie == LIE_TX) /* shows only where the block has another log */
        while (liar + 1 < cnt && found[liar + 1]->blk != found[liar]->blk)
            liar++;
    if ((lie == LIE_HASH || lie == LIE_TX) && liar + 1 >= cnt)
        lie = LIE_NONE;
    if (lie == LIE_LAST && cnt && found[liar]->blk != q->to)
        lie = LIE_NONE;
    fake_put(t, lie == LIE_KIND ? "{\"logs\":[" : "[");
    for (size_t i = 0; i < cnt; i++) {
        fake_put(t, "%s", i ? "," : "");
        put_log(w, t, found[i], i == liar ? lie : LIE_NONE);
        if (i == liar && lie == LIE_TWICE) {
            fake_put(t, ",");
            put_log(w, t, found[i], LIE_NONE);
        }
    }
    fake_put(t, lie == LIE_KIND ? "]}" : "]");
    free(found);
}

/* A lie that is one for this query: the planner cannot know of others. */
static lie_t choose_lie(world_t *w, const node_t *node)
{
    if (lq_rng_below(&w->rng, 100) >= node->lie_pct)
        return LIE_NONE;
    return node->lie ? node->lie : (lie_t)(1 + lq_rng_below(&w->rng, LIE_CNT - 1));
}

static void answer_well(world_t *w, fake_call_t *c, uint32_t endpoint)
{
    const node_t *node = &w->nodes[endpoint];
    fake_text_t t[FAKE_ITEM_MAX] = {{0}};
    char *results[FAKE_ITEM_MAX] = {0};
    size_t cnt = c->call.rpc.item_cnt;
    lie_t lie = choose_lie(w, node);
    uint64_t blk = strtoull(c->params[cnt - 1] + 2, NULL, 16);
    assert_string_equal(c->method[cnt - 1], "eth_getBlockByNumber");
    for (size_t i = 0; i < cnt; i++) {
        if (strcmp(c->method[i], "eth_getLogs") == 0) {
            query_t q = read_query(w, c->params[i]);
            assert_int_equal(q.to, blk);
            if (q.from < node->pruned_blk)
                fake_put(&t[i], "!pruned history unavailable");
            else
                put_logs(w, &t[i], node, &q, lie);
        } else if (i + 1 < cnt) {
            assert_string_equal(c->method[i], "eth_getBlockReceipts");
            if (node->no_receipts)
                fake_put(&t[i], "!the method eth_getBlockReceipts does not exist/is not available");
            else
                put_receipts(w, &t[i], blk, lie);
        } else if (node->head_blk && blk > node->head_blk) {
            fake_put(&t[i], "null");
        } else {
            put_header(w, &t[i], lie == LIE_HEADER && blk > FIRST_BLK ? blk - 1 : blk);
        }
    }
    for (size_t i = 0; i < cnt; i++)
        results[i] = t[i].text;
    fake_answer(&w->pool, c, endpoint, w->clock.now, results);
    for (size_t i = 0; i < cnt; i++)
        free(t[i].text);
}

/* Answers a call that waits, whichever. */
static void answer_one(world_t *w)
{
    static const char *const odd[] = {"!too many requests", "#26", "#27", "!request timed out",
                                      "!server is on fire"};
    size_t nth = lq_rng_below(&w->rng, w->pool.call_cnt);
    fake_call_t *c = w->pool.calls;
    while (!c->id || nth--)
        c++;
    uint32_t endpoint = fake_endpoint(&w->pool, c);
    if (endpoint == UINT32_MAX) {
        char text[8];
        (void)snprintf(text, sizeof(text), "#%d", (int)LQ_RPC_UNSENT);
        fake_answer_all(&w->pool, c, endpoint, w->clock.now, text);
        return;
    }
    const node_t *node = &w->nodes[endpoint];
    if (node->message)
        fake_answer_all(&w->pool, c, endpoint, w->clock.now, node->message);
    else if (lq_rng_below(&w->rng, 100) < node->odd_pct)
        fake_answer_all(&w->pool, c, endpoint, w->clock.now,
                        odd[lq_rng_below(&w->rng, LQ_ARRAY_CNT(odd))]);
    else
        answer_well(w, c, endpoint);
}

static void assert_hash(const lq_hash_t *got, char what, uint64_t a, uint64_t b)
{
    char text[67];
    lq_hash_t want;
    hash_text(text, what, a, b);
    assert_ok(lq_hex_decode_data(want.b, sizeof(want.b), NULL, text, 66));
    assert_memory_equal(got, &want, sizeof(want));
}

static void on_log(void *ctx, const lq_evm_log_t *log)
{
    world_t *w = ctx;
    assert_int_equal(w->done_cnt, 0);
    while (w->at < w->log_cnt && !w->logs[w->at].watched)
        w->at++;
    assert_true(w->at < w->log_cnt);
    const tx_log_t *want = &w->logs[w->at++];
    w->given_cnt++;
    if (log->block.number != want->blk || log->log_idx != want->log_idx)
        fail_msg("log %" PRIu64 ":%u where %" PRIu64 ":%u comes next", log->block.number,
                 (unsigned)log->log_idx, want->blk, (unsigned)want->log_idx);
    assert_int_equal(log->tx_idx, want->tx_idx);
    assert_memory_equal(&log->address, &w->addresses[want->address], sizeof(log->address));
    assert_int_equal(log->topic_cnt, 1);
    assert_memory_equal(&log->topics[0], &w->topics[want->topic], sizeof(log->topics[0]));
    assert_int_equal(log->data_sz, want->data_sz);
    assert_hash(&log->block.hash, 'b', want->blk, 0);
    assert_hash(&log->tx_hash, 't', want->blk, want->tx_idx);
    for (size_t i = 0; i < want->data_sz; i++)
        assert_int_equal(log->data[i], data_byte(want, i));
}

static void on_progress(void *ctx, const lq_backfill_progress_t *progress)
{
    world_t *w = ctx;
    assert_true(progress->next_blk >= w->progress.next_blk);
    assert_int_equal(progress->log_cnt, w->given_cnt);
    assert_true(progress->waiting_ns <= progress->elapsed_ns);
    w->progress = *progress;
    w->progress_cnt++;
}

static void on_done(void *ctx, lq_err_t err, const lq_err_msg_t *msg)
{
    world_t *w = ctx;
    w->done_cnt++;
    w->err = err;
    w->msg = *msg;
    assert_int_equal(w->pool.call_cnt, 0);
    lq_backfill_free(w->b);
}

static void count_line(void *ctx, lq_log_level_t level, const char *line, size_t line_sz)
{
    world_t *w = ctx;
    (void)level;
    (void)line;
    (void)line_sz;
    w->line_cnt++;
}

static world_t *new_world(size_t block_cnt, uint32_t row_max, size_t endpoint_cnt)
{
    static const lq_log_config_t log = {
        .level = LQ_LOG_WARN, .line_max = LQ_LOG_LINE_MAX, .value_max = 512};
    world_t *w = calloc(1, sizeof(*w));
    assert_non_null(w);
    w->rng = lq_test_rng();
    w->clock.now = (lq_time_t){1700000000 * SECOND_NS, 1000 * SECOND_NS};
    assert_ok(lq_arena_init(&w->arena, (size_t)16 << 20));
    assert_ok(lq_log_init(&w->log, &log, lq_clock_manual(&w->clock), count_line, w));
    assert_ok(lq_loop_new(&w->loop, &w->arena, lq_clock_manual(&w->clock), 4));
    w->pool.endpoint_cnt = endpoint_cnt;
    w->pool.room = FAKE_CALL_MAX;
    lq_rng_bytes(&w->rng, w->addresses, sizeof(w->addresses));
    lq_rng_bytes(&w->rng, w->topics, sizeof(w->topics));
    w->filter = (lq_filter_t){w->addresses, 4, w->topics, 2};
    make_chain(w, block_cnt, row_max);
    w->config = (lq_backfill_config_t){
        .from_blk = FIRST_BLK,
        .to_blk = FIRST_BLK + block_cnt - 1,
        .range_blk = 1 + lq_rng_below(&w->rng, 200),
        .range_max_blk = 1000,
        .parallel = 1 + lq_rng_below(&w->rng, 16),
        .hold_max = 4 << 20,
        .timeout_ns = 10 * SECOND_NS,
        .give_up_ns = 60 * SECOND_NS,
        .trust_bloom = true,
    };
    return w;
}

static void free_world(world_t *w)
{
    for (size_t i = 0; i < FAKE_CALL_MAX; i++)
        if (w->pool.calls[i].id)
            fake_release(&w->pool, &w->pool.calls[i]);
    lq_loop_free(w->loop);
    lq_arena_fini(&w->arena);
    free(w->logs);
    free(w);
}

static void start(world_t *w)
{
    static const lq_backfill_handlers_t handlers = {NULL, on_log, on_progress, on_done};
    lq_backfill_handlers_t h = handlers;
    h.ctx = w;
    assert_ok(
        lq_backfill_new(&w->b, &w->arena, w->loop, &w->log, &w->pool, &w->config, &w->filter, &h));
    assert_int_equal(w->pool.call_cnt, 0);
}

/* Has all answered until it is done. */
static void run(world_t *w)
{
    if (!w->b)
        start(w);
    for (size_t i = 0; !w->done_cnt; i++) {
        assert_true(i < 200000);
        lq_loop_turn(w->loop, 0);
        lq_clock_manual_advance(&w->clock, 20000000);
        assert_true(w->pool.call_cnt <= w->config.parallel);
        if (w->pool.call_cnt)
            answer_one(w);
    }
    assert_int_equal(w->done_cnt, 1);
}

static void assert_all_given(const world_t *w)
{
    if (w->err)
        fail_msg("%s: %s", lq_err_name(w->err), w->msg.text);
    size_t want = 0;
    for (size_t i = 0; i < w->log_cnt; i++)
        want += w->logs[i].watched;
    assert_int_equal(w->given_cnt, want);
    assert_int_equal(w->progress.next_blk, w->config.to_blk + 1);
    assert_int_equal(w->progress.eta_ns, 0);
}

static void gives_every_log_once_in_order(void **state)
{
    (void)state;
    for (size_t round = 0; round < lq_test_cnt(12, 300); round++) {
        world_t *w = new_world(1 + round * 37 % BLOCK_MAX, 60, 1);
        if (round % 3 == 1)
            w->nodes[0].range_max = 40;
        if (round % 3 == 2)
            w->nodes[0].row_max = 30;
        run(w);
        assert_all_given(w);
        assert_int_equal(w->progress.fault_cnt, 0);
        assert_int_equal(w->line_cnt, 0);
        free_world(w);
    }
}

static void sorts_what_a_node_gives_out_of_order(void **state)
{
    (void)state;
    world_t *w = new_world(600, 100, 1);
    w->nodes[0].shuffle_pct = 70;
    run(w);
    assert_all_given(w);
    assert_int_equal(w->progress.fault_cnt, 0);
    free_world(w);
}

static void believes_no_empty_answer_of_a_node_that_lags(void **state)
{
    (void)state;
    world_t *w = new_world(500, 40, 2);
    w->nodes[0].head_blk = FIRST_BLK + 200;
    run(w);
    assert_all_given(w);
    assert_true(w->progress.refused_cnt > 0);
    assert_int_equal(w->pool.fault_cnt[0], 0); /* that is no lie */
    free_world(w);
}

static void finds_logs_that_were_cut_off_silently(void **state)
{
    (void)state;
    static const size_t cuts[] = {100, 200, 1000};
    for (size_t i = 0; i < LQ_ARRAY_CNT(cuts); i++) {
        world_t *w = new_world(400, 600, 1);
        w->nodes[0].silent_max = cuts[i];
        w->config.range_blk = 400;
        run(w);
        assert_all_given(w);
        assert_true(w->progress.doubt_cnt > 0);
        free_world(w);
    }
}

static void reads_receipts_where_a_block_has_too_many_logs(void **state)
{
    (void)state;
    world_t *w = new_world(300, 200, 1);
    w->nodes[0].row_max = 10;
    run(w);
    assert_all_given(w);
    assert_true(w->progress.receipts_cnt > 10);
    free_world(w);
}

static void splits_a_filter_that_is_too_large(void **state)
{
    (void)state;
    for (size_t max = 1; max <= 3; max++) {
        world_t *w = new_world(300, 50, 1);
        w->nodes[0].address_max = max;
        run(w);
        assert_all_given(w);
        free_world(w);
    }
    world_t *w = new_world(300, 50, 2);
    w->nodes[0].message = "!exceed max addresses or topics per search position";
    run(w);
    assert_all_given(w); /* by the other */
    free_world(w);
    w = new_world(300, 50, 2);
    w->nodes[0].message = "!exceed max addresses or topics per search position";
    w->nodes[1].message = w->nodes[0].message;
    run(w);
    assert_err(w->err, LQ_ERR_REMOTE);
    assert_non_null(strstr(w->msg.text, "too many addresses or topics"));
    free_world(w);
}

static void watches_all_without_a_filter(void **state)
{
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        world_t *w = new_world(200, 50, 1);
        w->filter.address_cnt = i == 1 ? 4 : 0;
        w->filter.topic_cnt = i == 2 ? 2 : 0;
        for (size_t k = 0; k < w->log_cnt; k++)
            w->logs[k].watched =
                (i != 1 || w->logs[k].address < 4) && (i != 2 || w->logs[k].topic < 2);
        run(w);
        assert_all_given(w);
        free_world(w);
    }
}

/* The first node always lies in one way: each way is found out by itself. */
static void finds_out_each_lie(void **state)
{
    (void)state;
    for (lie_t lie = LIE_RANGE; lie < LIE_CNT; lie++) {
        bool by_receipts = lie == LIE_LOG || lie == LIE_BLOOM;
        for (size_t round = 0; round < 2; round++) {
            world_t *w = new_world(1, 10, 2);
            w->filter.address_cnt = ADDRESS_CNT - 1;
            w->filter.topic_cnt = TOPIC_CNT;
            w->row_min = 3;
            w->bare = lie == LIE_HEADER && round == 0;
            make_chain(w, by_receipts ? 1 : 20, 10);
            for (size_t i = 0; i < w->log_cnt; i++)
                w->logs[i].watched = true;
            for (size_t i = 0; i < w->log_cnt; i++)
                w->logs[i].address %= ADDRESS_CNT - 1;
            w->config.to_blk = FIRST_BLK + w->block_cnt - 1;
            w->config.range_blk = 20;
            w->config.trust_bloom = lie == LIE_BLOOM;
            w->nodes[0].lie_pct = 100;
            w->nodes[0].lie = lie;
            if (by_receipts || (round && (lie == LIE_HASH || lie == LIE_TX))) {
                w->config.to_blk = FIRST_BLK;
                make_chain(w, 1, 10);
                for (size_t i = 0; i < w->log_cnt; i++) {
                    w->logs[i].watched = w->logs[i].address < ADDRESS_CNT - 1;
                    w->logs[i].address = i + 1 == w->log_cnt ? ADDRESS_CNT - 1 : 0;
                    w->logs[i].watched = i + 1 < w->log_cnt;
                }
                w->nodes[0].row_max = w->nodes[1].row_max = 1;
            }
            run(w);
            assert_all_given(w);
            if (w->pool.fault_cnt[0] != 1)
                fail_msg("lie %d was found out %zu times", (int)lie, (size_t)w->pool.fault_cnt[0]);
            assert_int_equal(w->pool.fault_cnt[1], 0);
            free_world(w);
        }
    }
}

/* One node of two lies in every way that shows; the other is honest, both fail now and then. */
static void believes_no_answer_that_contradicts_itself(void **state)
{
    (void)state;
    uint64_t fault_cnt = 0;
    for (size_t round = 0; round < lq_test_cnt(12, 300); round++) {
        world_t *w = new_world(300, 80, 2);
        w->nodes[0].lie_pct = 60;
        w->nodes[0].row_max = w->nodes[1].row_max = 60;
        w->nodes[0].odd_pct = w->nodes[1].odd_pct = (uint32_t)(round % 2 * 5);
        run(w);
        assert_all_given(w);
        assert_int_equal(w->progress.fault_cnt, w->pool.fault_cnt[0]);
        assert_int_equal(w->pool.fault_cnt[1], 0);
        assert_int_equal(w->line_cnt, w->progress.fault_cnt);
        fault_cnt += w->progress.fault_cnt;
        free_world(w);
    }
    assert_true(fault_cnt > 20);
}

static void holds_what_fits(void **state)
{
    (void)state;
    for (size_t round = 0; round < lq_test_cnt(6, 100); round++) {
        world_t *w = new_world(400, 100, 1);
        w->config.parallel = 8;
        w->config.hold_max = 60000 + lq_rng_below(&w->rng, 20000);
        run(w);
        assert_all_given(w);
        free_world(w);
    }
    world_t *w = new_world(100, 100, 1);
    w->config.hold_max = 2000;
    run(w);
    assert_err(w->err, LQ_ERR_FULL);
    assert_non_null(strstr(w->msg.text, "raise hold_max"));
    free_world(w);
}

static void resumes_where_it_was_stopped(void **state)
{
    (void)state;
    world_t *w = new_world(2500, 40, 1);
    w->config.range_max_blk = 50;
    w->config.range_blk = 20;
    start(w);
    while (w->progress.next_blk < FIRST_BLK + 200) {
        lq_loop_turn(w->loop, 0);
        lq_clock_manual_advance(&w->clock, 20000000);
        if (w->pool.call_cnt)
            answer_one(w);
    }
    lq_backfill_free(w->b);
    assert_int_equal(w->pool.call_cnt, 0);
    assert_int_equal(w->done_cnt, 0);
    lq_clock_manual_advance(&w->clock, 100 * SECOND_NS);
    lq_loop_turn(w->loop, 0); /* its timer is gone */
    w->config.from_blk = w->progress.next_blk;
    size_t before = w->given_cnt;
    w->given_cnt = 0;
    start(w);
    run(w);
    w->given_cnt += before;
    assert_all_given(w);
    free_world(w);
}

static void ends_when_nobody_has_the_blocks(void **state)
{
    (void)state;
    static const struct {
        const char *message;
        lq_err_t err;
    } cases[] = {
        {"!pruned history unavailable", LQ_ERR_NOT_FOUND},
        {"!Monthly capacity limit exceeded", LQ_ERR_REMOTE},
        {"!who are you", LQ_ERR_REMOTE},
    };
    for (size_t i = 0; i < LQ_ARRAY_CNT(cases); i++) {
        world_t *w = new_world(50, 10, 2);
        w->nodes[0].message = w->nodes[1].message = cases[i].message;
        run(w);
        assert_err(w->err, cases[i].err);
        assert_int_equal(w->given_cnt, 0);
        assert_non_null(strstr(w->msg.text, "no node gives them"));
        free_world(w);
    }
}

static void gives_up_when_nobody_answers(void **state)
{
    (void)state;
    world_t *w = new_world(50, 10, 2);
    char text[8];
    (void)snprintf(text, sizeof(text), "#%d", (int)LQ_RPC_TIMEOUT);
    w->nodes[0].message = text;
    uint64_t begin = w->clock.now.mono_ns;
    run(w);
    assert_err(w->err, LQ_ERR_TIMEOUT);
    uint64_t took = w->clock.now.mono_ns - begin;
    assert_true(took >= w->config.give_up_ns && took < w->config.give_up_ns + 2 * SECOND_NS);
    assert_true(w->progress_cnt >= 55); /* told each second meanwhile */
    free_world(w);
}

static void waits_where_the_pool_is_full(void **state)
{
    (void)state;
    world_t *w = new_world(300, 40, 1);
    w->config.parallel = 8;
    w->pool.room = 2;
    run(w);
    assert_all_given(w);
    free_world(w);
}

static void ends_when_its_filter_cannot_be_sent(void **state)
{
    (void)state;
    world_t *w = new_world(300, 40, 1);
    w->pool.too_long = true;
    run(w);
    assert_err(w->err, LQ_ERR_TOO_LONG);
    assert_non_null(strstr(w->msg.text, "4 addresses and 2 topics"));
    free_world(w);
}

static void refuses_a_bad_config(void **state)
{
    (void)state;
    world_t *w = new_world(50, 10, 1);
    lq_backfill_handlers_t h = {w, on_log, on_progress, on_done};
    size_t used = lq_arena_used_sz(&w->arena);
    lq_backfill_config_t bad = w->config;
    bad.give_up_ns = 0;
    assert_err(lq_backfill_new(&w->b, &w->arena, w->loop, &w->log, &w->pool, &bad, &w->filter, &h),
               LQ_ERR_RANGE);
    bad = w->config;
    bad.parallel = 17;
    assert_err(lq_backfill_new(&w->b, &w->arena, w->loop, &w->log, &w->pool, &bad, &w->filter, &h),
               LQ_ERR_RANGE);
    bad = w->config;
    bad.hold_max = (size_t)1 << 40;
    assert_err(lq_backfill_new(&w->b, &w->arena, w->loop, &w->log, &w->pool, &bad, &w->filter, &h),
               LQ_ERR_NOMEM);
    assert_null(w->b);
    assert_int_equal(lq_arena_used_sz(&w->arena), used);
    free_world(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gives_every_log_once_in_order),
        cmocka_unit_test(sorts_what_a_node_gives_out_of_order),
        cmocka_unit_test(believes_no_empty_answer_of_a_node_that_lags),
        cmocka_unit_test(finds_logs_that_were_cut_off_silently),
        cmocka_unit_test(reads_receipts_where_a_block_has_too_many_logs),
        cmocka_unit_test(splits_a_filter_that_is_too_large),
        cmocka_unit_test(watches_all_without_a_filter),
        cmocka_unit_test(finds_out_each_lie),
        cmocka_unit_test(believes_no_answer_that_contradicts_itself),
        cmocka_unit_test(holds_what_fits),
        cmocka_unit_test(resumes_where_it_was_stopped),
        cmocka_unit_test(ends_when_nobody_has_the_blocks),
        cmocka_unit_test(gives_up_when_nobody_answers),
        cmocka_unit_test(waits_where_the_pool_is_full),
        cmocka_unit_test(ends_when_its_filter_cannot_be_sent),
        cmocka_unit_test(refuses_a_bad_config),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
