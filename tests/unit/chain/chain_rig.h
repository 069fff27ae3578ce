#ifndef CHAIN_RIG_H
#define CHAIN_RIG_H

/* A pool and a tracker that are the test's own, with a chain of chain.h between: the pool keeps the
   calls and subscriptions that are made of it, the tracker writes down what it is told. */

#include "liqd/chain/chain.h"
#include "liqd/chain/decode.h"
#include "lq_test.h"

#define SEC       UINT64_C(1000000000)
#define BLOCK_NS  (12 * SEC)
#define POLL_NS   (2 * SEC)
#define NODE_CNT  3u
#define CALL_MAX  320u
#define LOG_MAX   4u
#define DATA_MAX  64u
#define PARAM_MAX 4096u

/* ---- the test's pool */

typedef struct made_call {
    lq_pool_call_t call;
    char methods[LQ_RPC_ITEM_MAX][32];
    char params[LQ_RPC_ITEM_MAX][256];
    uint64_t id;
    bool open;
} made_call_t;

typedef struct made_sub {
    char params[PARAM_MAX];
    lq_sub_fn_t *fn;
    void *ctx;
    bool on;
} made_sub_t;

struct lq_pool {
    made_call_t calls[CALL_MAX];
    size_t call_cnt;
    size_t open_cnt;
    bool full;
    bool down[NODE_CNT];
    lq_node_health_t health[NODE_CNT];
    made_sub_t subs[2];
    uint32_t sub_cnt;
    uint32_t sub_max;
    uint64_t heads[NODE_CNT];
    unsigned faults[NODE_CNT];
};

lq_err_t lq_pool_call(lq_pool_t *pool, lq_rpc_id_t *id, const lq_pool_call_t *call)
{
    if (pool->full)
        return LQ_ERR_FULL;
    assert_true(pool->call_cnt < CALL_MAX);
    made_call_t *made = &pool->calls[pool->call_cnt++];
    made->call = *call;
    for (size_t i = 0; i < call->rpc.item_cnt; i++) {
        const lq_rpc_item_t *item = &call->rpc.items[i];
        (void)snprintf(made->methods[i], sizeof(made->methods[i]), "%s", item->method);
        assert_true(item->params_sz < sizeof(made->params[i]));
        memcpy(made->params[i], item->params, item->params_sz);
        made->params[i][item->params_sz] = '\0';
    }
    made->id = id->id = pool->call_cnt;
    made->open = true;
    pool->open_cnt++;
    return LQ_OK;
}

void lq_pool_cancel(lq_pool_t *pool, lq_rpc_id_t id)
{
    made_call_t *made = &pool->calls[id.id - 1];
    assert_true(made->open);
    made->open = false;
    pool->open_cnt--;
}

lq_err_t lq_pool_subscribe(lq_pool_t *pool, uint32_t *sub, const char *params, size_t params_sz,
                           lq_sub_fn_t *fn, void *ctx)
{
    if (pool->sub_cnt == pool->sub_max)
        return LQ_ERR_FULL;
    made_sub_t *made = &pool->subs[pool->sub_cnt];
    assert_true(params_sz < sizeof(made->params));
    memcpy(made->params, params, params_sz);
    made->params[params_sz] = '\0';
    made->fn = fn;
    made->ctx = ctx;
    made->on = true;
    *sub = pool->sub_cnt++;
    return LQ_OK;
}

void lq_pool_unsubscribe(lq_pool_t *pool, uint32_t sub)
{
    assert_true(pool->subs[sub].on);
    pool->subs[sub].on = false;
}

void lq_pool_note_head(lq_pool_t *pool, uint32_t endpoint, uint64_t number)
{
    pool->heads[endpoint] = number;
}

void lq_pool_note_fault(lq_pool_t *pool, uint32_t endpoint)
{
    pool->faults[endpoint]++;
}

size_t lq_pool_endpoint_cnt(const lq_pool_t *pool)
{
    (void)pool;
    return NODE_CNT;
}

const char *lq_pool_name(const lq_pool_t *pool, uint32_t endpoint)
{
    static const char *const names[NODE_CNT] = {"a", "b", "c"};
    (void)pool;
    return names[endpoint];
}

lq_pool_stat_t lq_pool_stat(const lq_pool_t *pool, uint32_t endpoint)
{
    return (lq_pool_stat_t){.up = !pool->down[endpoint], .health = pool->health[endpoint]};
}

/* ---- the test's tracker: writes down what it is told */

struct lq_tracker {
    lq_tracker_config_t config;
    lq_tracker_sink_t sink;
    uint64_t from_blk;
    uint64_t next_ns; /* what a step returns */
    lq_tracker_stat_t stat;
    char told[8192];
};

static lq_tracker_t the_tracker;

LQ_PRINTF(1, 2) static void tell(const char *fmt, ...)
{
    size_t at = strlen(the_tracker.told);
    va_list args;
    va_start(args, fmt);
    (void)vsnprintf(the_tracker.told + at, sizeof(the_tracker.told) - at, fmt, args);
    va_end(args);
}

lq_err_t lq_tracker_new(lq_tracker_t **t, lq_arena_t *arena, const lq_tracker_config_t *config,
                        const lq_filter_t *filter, const lq_tracker_sink_t *sink)
{
    (void)arena;
    (void)filter;
    if (!config->window_blk)
        return LQ_ERR_RANGE;
    the_tracker = (lq_tracker_t){.config = *config, .sink = *sink, .next_ns = UINT64_MAX};
    *t = &the_tracker;
    return LQ_OK;
}

void lq_tracker_start(lq_tracker_t *t, uint64_t from_blk, const lq_hash_t *parent_hash)
{
    (void)parent_hash;
    t->from_blk = from_blk;
}

void lq_tracker_connected(lq_tracker_t *t, uint32_t endpoint, bool on, lq_time_t now)
{
    (void)t;
    (void)now;
    tell("%u %s; ", endpoint, on ? "on" : "off");
}

void lq_tracker_head(lq_tracker_t *t, uint32_t endpoint, const lq_header_t *header, lq_time_t now)
{
    (void)t;
    (void)now;
    tell("%u head %u %02x; ", endpoint, (unsigned)header->block.number, header->block.hash.b[31]);
}

void lq_tracker_log(lq_tracker_t *t, uint32_t endpoint, const lq_evm_log_t *log, bool removed,
                    lq_time_t now)
{
    (void)t;
    (void)now;
    tell("%u %s %u.%u; ", endpoint, removed ? "removed" : "log", (unsigned)log->block.number,
         log->log_idx);
}

void lq_tracker_answer(lq_tracker_t *t, const lq_tracker_answer_t *answer)
{
    (void)t;
    tell("%u answers %u:", answer->endpoint, answer->id);
    for (size_t i = 0; i < answer->header_cnt; i++)
        tell(" %u", (unsigned)answer->headers[i].block.number);
    for (size_t i = 0; i < answer->log_cnt; i++)
        tell(" %u.%u/%zu%s", (unsigned)answer->logs[i].block.number, answer->logs[i].log_idx,
             answer->logs[i].data_sz,
             answer->logs[i].data_sz && answer->logs[i].data[0] != answer->logs[i].log_idx
                 ? " (another's data)"
                 : "");
    tell("; ");
}

void lq_tracker_unanswered(lq_tracker_t *t, uint32_t want_id, lq_unanswered_t why, lq_time_t now)
{
    (void)t;
    (void)now;
    tell("%u %s; ", want_id,
         why == LQ_UNANSWERED_ABSENT    ? "absent"
         : why == LQ_UNANSWERED_REFUSED ? "refused"
                                        : "unanswered");
}

uint64_t lq_tracker_step(lq_tracker_t *t, lq_time_t now)
{
    (void)now;
    return t->next_ns;
}

lq_tracker_stat_t lq_tracker_stat(const lq_tracker_t *t)
{
    return t->stat;
}

/* ---- the world of a test */

typedef struct world {
    lq_arena_t arena;
    lq_clock_manual_t clock;
    lq_loop_t *loop;
    lq_log_t log;
    unsigned line_cnt;
    lq_pool_t pool;
    lq_chain_t *chain;
    unsigned event_cnt;
    lq_json_tok_t toks[4096];
} world_t;

static void count_line(void *ctx, lq_log_level_t level, const char *line, size_t line_sz)
{
    (void)level;
    (void)line;
    (void)line_sz;
    ((world_t *)ctx)->line_cnt++;
}

static void count_event(void *ctx, const lq_event_t *event)
{
    (void)event;
    ((world_t *)ctx)->event_cnt++;
}

static const lq_address_t watched = {{[19] = 0xaa}};
static const lq_hash_t topic = {{[31] = 0x77}};

static const lq_chain_config_t config = {.tracker = {.quorum = 1, .window_blk = 64},
                                         .block_ns = BLOCK_NS,
                                         .poll_ns = POLL_NS,
                                         .timeout_ns = 5 * SEC,
                                         .block_log_max = LOG_MAX,
                                         .block_data_max = DATA_MAX};

static lq_err_t make_chain(world_t *w, const lq_chain_config_t *c)
{
    static const lq_chain_start_t start = {.from_blk = 9};
    lq_filter_t filter = {&watched, 1, &topic, 1};
    return lq_chain_new(&w->chain, &w->arena, w->loop, &w->log, &w->pool, c, &filter, &start,
                        count_event, w);
}

static world_t *make_world(void)
{
    static const lq_log_config_t log_config = {
        .level = LQ_LOG_INFO, .line_max = 1024, .value_max = 256};
    world_t *w = calloc(1, sizeof(*w));
    assert_non_null(w);
    w->clock.now.mono_ns = 1000 * SEC;
    w->pool.sub_max = 2;
    assert_ok(lq_arena_init(&w->arena, (size_t)16 << 20));
    assert_ok(lq_loop_new(&w->loop, &w->arena, lq_clock_manual(&w->clock), 16));
    assert_ok(lq_log_init(&w->log, &log_config, lq_clock_manual(&w->clock), count_line, w));
    return w;
}

static int setup(void **state)
{
    world_t *w = make_world();
    assert_ok(make_chain(w, &config));
    *state = w;
    return 0;
}

static int teardown(void **state)
{
    world_t *w = *state;
    lq_chain_free(w->chain);
    assert_int_equal(w->pool.open_cnt, 0);
    assert_false(w->pool.subs[0].on);
    assert_false(w->pool.subs[1].on);
    lq_loop_free(w->loop);
    lq_arena_fini(&w->arena);
    free(w);
    return 0;
}

static void pass(world_t *w, uint64_t ns)
{
    lq_clock_manual_advance(&w->clock, ns);
    lq_loop_turn(w->loop, 0);
}

/* What the tracker has been told since the last time. */
static const char *told(void)
{
    static char text[sizeof(the_tracker.told)];
    memcpy(text, the_tracker.told, sizeof(text));
    the_tracker.told[0] = '\0';
    return text;
}

static made_call_t *last_call(world_t *w)
{
    assert_true(w->pool.call_cnt > 0);
    return &w->pool.calls[w->pool.call_cnt - 1];
}

static lq_json_t parse(world_t *w, const char *text)
{
    static const lq_json_limits_t limits = {1 << 20, 64};
    lq_json_t doc;
    assert_ok(
        lq_json_parse(&doc, w->toks, LQ_ARRAY_CNT(w->toks), NULL, text, strlen(text), &limits));
    return doc;
}

/* Ends the call with the elements of the array TEXT as its results. */
static void answer(world_t *w, made_call_t *made, uint32_t endpoint, const char *text)
{
    lq_json_t doc = parse(w, text);
    lq_rpc_result_t results[LQ_RPC_ITEM_MAX];
    lq_json_iter_t it;
    size_t cnt = 0;
    assert_ok(lq_json_iter(&doc, &it, NULL, lq_json_root(&doc), NULL));
    for (lq_json_val_t val; lq_json_next(&doc, NULL, &val, &it); cnt++)
        results[cnt] = (lq_rpc_result_t){.class_ = LQ_RPC_OK, .value = val};
    assert_int_equal(cnt, made->call.rpc.item_cnt);
    lq_rpc_answer_t said = {.doc = &doc,
                            .results = results,
                            .result_cnt = cnt,
                            .endpoint = endpoint,
                            .recv = w->clock.now};
    assert_true(made->open);
    made->open = false;
    w->pool.open_cnt--;
    made->call.rpc.fn(made->call.rpc.ctx, &said);
}

/* Ends the call with a refusal of its first item. */
static void refuse(world_t *w, made_call_t *made, lq_rpc_class_t why)
{
    lq_rpc_result_t results[LQ_RPC_ITEM_MAX] = {{0}};
    for (size_t i = 0; i < made->call.rpc.item_cnt; i++)
        results[i].class_ = why;
    lq_rpc_answer_t said = {
        .results = results, .result_cnt = made->call.rpc.item_cnt, .recv = w->clock.now};
    assert_true(made->open);
    made->open = false;
    w->pool.open_cnt--;
    made->call.rpc.fn(made->call.rpc.ctx, &said);
}

static void notify(world_t *w, uint32_t sub, uint32_t endpoint, const char *text)
{
    lq_json_t doc = parse(w, text);
    lq_sub_event_t e = {.what = LQ_SUB_DATA,
                        .endpoint = endpoint,
                        .doc = &doc,
                        .value = lq_json_root(&doc),
                        .recv = w->clock.now};
    w->pool.subs[sub].fn(w->pool.subs[sub].ctx, &e);
}

static inline void signal_sub(world_t *w, uint32_t sub, uint32_t endpoint, lq_sub_what_t what)
{
    static const lq_rpc_result_t refusal = {.class_ = LQ_RPC_METHOD};
    lq_sub_event_t e = {
        .what = what, .endpoint = endpoint, .refusal = &refusal, .recv = w->clock.now};
    w->pool.subs[sub].fn(w->pool.subs[sub].ctx, &e);
}

enum {
    HEADS,
    LOGS
};

#define HASH_FMT "0x%064x"

static const char *header_text(unsigned number, unsigned hash)
{
    static char texts[8][512];
    static unsigned turn;
    char *text = texts[turn++ % 8];
    (void)snprintf(text, 512,
                   "{\"parentHash\":\"" HASH_FMT "\",\"miner\":\"0x%040x\",\"number\":\"0x%x\","
                   "\"gasLimit\":\"0x1\",\"gasUsed\":\"0x0\",\"timestamp\":\"0x5\","
                   "\"baseFeePerGas\":\"0x7\",\"hash\":\"" HASH_FMT "\"}",
                   hash - 1, 0u, number, hash);
    return text;
}

/* A log with DATA_SZ bytes of data, each its index; of the watched address where IS_WATCHED. */
static const char *log_text(unsigned number, unsigned idx, unsigned data_sz, bool is_watched)
{
    static char texts[8][1024];
    static unsigned turn;
    char *text = texts[turn++ % 8];
    char data[2 * 128 + 1] = "";
    for (unsigned i = 0; i < data_sz; i++)
        (void)snprintf(data + 2 * (size_t)i, 3, "%02x", idx);
    (void)snprintf(text, 1024,
                   "{\"address\":\"0x%040x\",\"topics\":[\"" HASH_FMT "\"],\"data\":\"0x%s\","
                   "\"blockNumber\":\"0x%x\",\"transactionHash\":\"" HASH_FMT "\","
                   "\"transactionIndex\":\"0x0\",\"blockHash\":\"" HASH_FMT "\","
                   "\"logIndex\":\"0x%x\",\"removed\":false}",
                   is_watched ? 0xaau : 0xbbu, 0x77u, data, number, 1u, number, idx);
    return text;
}

LQ_PRINTF(1, 2) static const char *text_of(const char *fmt, ...)
{
    static char text[16384];
    va_list args;
    va_start(args, fmt);
    int sz = vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);
    assert_in_range(sz, 1, sizeof(text) - 1);
    return text;
}

static void want(lq_want_t what)
{
    the_tracker.sink.want(the_tracker.sink.ctx, &what);
}

#define HASH_5      ((lq_hash_t){{[31] = 5}})
#define HASH_5_TEXT "\"0x0000000000000000000000000000000000000000000000000000000000000005\""
#define FILTER_TEXT                                                                \
    "\"address\":[\"0x00000000000000000000000000000000000000aa\"],\"topics\":[[\"" \
    "0x0000000000000000000000000000000000000000000000000000000000000077\"]]"

/* Ends the polls that come with every start. */
static void end_polls(world_t *w)
{
    pass(w, 0);
    for (uint32_t i = 0; i < NODE_CNT; i++)
        answer(w, &w->pool.calls[i], i, text_of("[%s]", header_text(1, 1)));
    (void)told();
}

#endif
