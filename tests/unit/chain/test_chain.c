/* The shell of chain.h between a pool and a tracker that are the test's own: what it asks, what it
   tells, and when. With real ones it is shown by tests/chain/soak.mjs. */

#include "liqd/chain/chain.h"
#include "liqd/chain/decode.h"
#include "lq_test.h"

#define SEC       UINT64_C(1000000000)
#define BLOCK_NS  (12 * SEC)
#define POLL_NS   (2 * SEC)
#define NODE_CNT  3u
#define CALL_MAX  64u
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
    return (lq_pool_stat_t){.up = !pool->down[endpoint]};
}

/* ---- the test's tracker: writes down what it is told */

struct lq_tracker {
    lq_tracker_config_t config;
    lq_tracker_sink_t sink;
    uint64_t from_blk;
    uint64_t next_ns; /* what a step returns */
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

void lq_tracker_unanswered(lq_tracker_t *t, uint32_t want_id, bool absent, lq_time_t now)
{
    (void)t;
    (void)now;
    tell("%u %s; ", want_id, absent ? "absent" : "unanswered");
}

uint64_t lq_tracker_step(lq_tracker_t *t, lq_time_t now)
{
    (void)now;
    return t->next_ns;
}

lq_tracker_stat_t lq_tracker_stat(const lq_tracker_t *t)
{
    (void)t;
    return (lq_tracker_stat_t){.reorg_cnt = 7};
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

static void signal_sub(world_t *w, uint32_t sub, uint32_t endpoint, lq_sub_what_t what)
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

/* ---- the cases */

static void subscribes_and_polls_everywhere_at_the_start(void **state)
{
    world_t *w = *state;
    assert_string_equal(w->pool.subs[HEADS].params, "[\"newHeads\"]");
    assert_string_equal(w->pool.subs[LOGS].params, "[\"logs\",{" FILTER_TEXT "}]");
    assert_int_equal(the_tracker.config.endpoint_cnt, NODE_CNT);
    assert_int_equal(the_tracker.from_blk, 9);
    assert_int_equal(w->pool.call_cnt, 0);
    pass(w, 0);
    assert_int_equal(w->pool.call_cnt, NODE_CNT);
    for (uint32_t i = 0; i < NODE_CNT; i++) {
        const made_call_t *made = &w->pool.calls[i];
        assert_true(made->call.pinned);
        assert_int_equal(made->call.endpoint, i);
        assert_string_equal(made->methods[0], "eth_getBlockByNumber");
        assert_string_equal(made->params[0], "[\"latest\",false]");
    }
    assert_int_equal(lq_chain_stat(w->chain).poll_cnt, NODE_CNT);
    assert_int_equal(lq_chain_stat(w->chain).tracker.reorg_cnt, 7);
}

static void tells_heads_and_logs(void **state)
{
    world_t *w = *state;
    notify(w, HEADS, 1, header_text(20, 5));
    assert_string_equal(told(), "1 on; 1 head 20 05; ");
    assert_int_equal(w->pool.heads[1], 20);
    notify(w, LOGS, 2, log_text(20, 3, 2, true));
    assert_string_equal(told(), "2 log 20.3; ");
    notify(w, HEADS, 1, header_text(21, 6));
    assert_string_equal(told(), "1 head 21 06; ");
}

static void hands_events_on(void **state)
{
    world_t *w = *state;
    lq_event_t event = {.kind = LQ_EVENT_BROKEN};
    the_tracker.sink.event(the_tracker.sink.ctx, &event);
    assert_int_equal(w->event_cnt, 1);
}

static void counts_what_does_not_decode(void **state)
{
    world_t *w = *state;
    notify(w, HEADS, 1, "{\"number\":\"0x5\"}");
    notify(w, HEADS, 1, "17");
    notify(w, LOGS, 0, "{}");
    notify(w, LOGS, 0, log_text(20, 3, DATA_MAX + 1, true));
    assert_string_equal(told(), "");
    assert_int_equal(lq_chain_stat(w->chain).garbage_cnt, 4);
    assert_int_equal(w->pool.faults[1], 2);
    assert_int_equal(w->pool.faults[0], 2);
    assert_int_equal(w->line_cnt, 4);
}

static void polls_where_there_is_no_subscription(void **state)
{
    world_t *w = *state;
    end_polls(w);
    pass(w, POLL_NS - 1);
    assert_int_equal(w->pool.call_cnt, NODE_CNT);
    pass(w, 1);
    assert_int_equal(w->pool.call_cnt, 2 * NODE_CNT);
    pass(w, 10 * POLL_NS); /* one at a time */
    assert_int_equal(w->pool.call_cnt, 2 * NODE_CNT);
    answer(w, &w->pool.calls[NODE_CNT], 0, text_of("[%s]", header_text(30, 9)));
    assert_string_equal(told(), "0 head 30 09; ");
    assert_int_equal(w->pool.heads[0], 30);
    assert_int_equal(lq_chain_stat(w->chain).missed_head_cnt, 0);
}

static void polls_at_once_when_a_subscription_comes(void **state)
{
    world_t *w = *state;
    end_polls(w);
    signal_sub(w, HEADS, 2, LQ_SUB_ON);
    pass(w, 0);
    assert_int_equal(w->pool.call_cnt, NODE_CNT + 1);
    assert_int_equal(last_call(w)->call.endpoint, 2);
}

static void cross_checks_a_subscription_that_is_silent(void **state)
{
    world_t *w = *state;
    end_polls(w);
    w->pool.down[0] = w->pool.down[1] = true;
    signal_sub(w, HEADS, 2, LQ_SUB_ON);
    notify(w, HEADS, 2, header_text(30, 9));
    (void)told();
    pass(w, 2 * BLOCK_NS - 1);
    assert_int_equal(w->pool.call_cnt, NODE_CNT);
    assert_string_equal(told(), "0 off; 1 off; ");
    pass(w, 1);
    assert_int_equal(w->pool.call_cnt, NODE_CNT + 1);
    answer(w, last_call(w), 2, text_of("[%s]", header_text(30, 9)));
    assert_int_equal(lq_chain_stat(w->chain).missed_head_cnt, 0);
    (void)told();
    pass(w, 2 * BLOCK_NS);
    answer(w, last_call(w), 2, text_of("[%s]", header_text(31, 10)));
    assert_string_equal(told(), "2 head 31 0a; ");
    assert_int_equal(lq_chain_stat(w->chain).missed_head_cnt, 1);
}

static void a_lost_or_refused_subscription_is_polled_for(void **state)
{
    world_t *w = *state;
    end_polls(w);
    signal_sub(w, HEADS, 1, LQ_SUB_ON);
    notify(w, HEADS, 1, header_text(30, 9));
    (void)told();
    signal_sub(w, HEADS, 1, LQ_SUB_OFF);
    assert_string_equal(told(), "1 off; ");
    signal_sub(w, HEADS, 2, LQ_SUB_ON);
    notify(w, HEADS, 2, header_text(30, 9));
    signal_sub(w, HEADS, 2, LQ_SUB_REFUSED);
    (void)told();
    signal_sub(w, LOGS, 2, LQ_SUB_REFUSED);
    assert_string_equal(told(), "");
    assert_int_equal(w->line_cnt, 2);
}

static void a_failed_poll_is_a_node_that_is_not_there(void **state)
{
    world_t *w = *state;
    end_polls(w);
    signal_sub(w, HEADS, 1, LQ_SUB_ON);
    pass(w, POLL_NS);
    assert_int_equal(w->pool.call_cnt, 2 * NODE_CNT);
    refuse(w, &w->pool.calls[NODE_CNT], LQ_RPC_RATE);
    assert_string_equal(told(), "0 off; ");
    refuse(w, &w->pool.calls[NODE_CNT + 1], LQ_RPC_RATE); /* its subscription still speaks */
    assert_string_equal(told(), "");
    refuse(w, &w->pool.calls[NODE_CNT + 2], LQ_RPC_TIMEOUT);
    assert_string_equal(told(), "2 off; ");
    pass(w, POLL_NS);
    answer(w, &w->pool.calls[2 * NODE_CNT], 0, text_of("[%s]", header_text(30, 9)));
    assert_string_equal(told(), "0 on; 0 head 30 09; ");
    answer(w, &w->pool.calls[2 * NODE_CNT + 1], 2, "[null]"); /* without a latest block */
    assert_int_equal(lq_chain_stat(w->chain).garbage_cnt, 1);
}

static void asks_what_the_tracker_wants(void **state)
{
    static const struct {
        lq_want_kind_t kind;
        const char *method;
        const char *params;
    } cases[] = {
        {LQ_WANT_HEAD, "eth_getBlockByNumber", "[\"latest\",false]"},
        {LQ_WANT_HEADER, "eth_getBlockByHash", "[" HASH_5_TEXT ",false]"},
        {LQ_WANT_LOGS, "eth_getLogs", "[{\"blockHash\":" HASH_5_TEXT "," FILTER_TEXT "}]"},
        {LQ_WANT_RECEIPTS, "eth_getBlockReceipts", "[" HASH_5_TEXT "]"},
        {LQ_WANT_HEADERS, "eth_getBlockByNumber", "[\"0x9\",false]"},
        {LQ_WANT_LOGS_RANGE, "eth_getLogs",
         "[{\"fromBlock\":\"0x9\",\"toBlock\":\"0xa\"," FILTER_TEXT "}]"},
    };
    world_t *w = *state;
    for (uint32_t i = 0; i < LQ_ARRAY_CNT(cases); i++) {
        bool is_any = i % 2 == 0;
        want((lq_want_t){.id = i,
                         .kind = cases[i].kind,
                         .endpoint = is_any ? LQ_TRACKER_ANY : 1,
                         .not_mask = 4,
                         .hash = HASH_5,
                         .from = 9,
                         .to = 10});
        const made_call_t *made = last_call(w);
        assert_string_equal(made->methods[0], cases[i].method);
        assert_string_equal(made->params[0], cases[i].params);
        assert_int_equal(made->call.pinned, !is_any);
        assert_int_equal(made->call.not_mask, 4);
        assert_int_equal(made->call.role, LQ_ROLE_READ);
        assert_int_equal(made->call.min_head_blk, cases[i].kind == LQ_WANT_HEAD ? 0 : 10);
        assert_int_equal(made->call.rpc.item_cnt, i < 4 ? 1 : 2);
        if (i >= 4) {
            assert_string_equal(made->methods[1], "eth_getBlockByNumber");
            assert_string_equal(made->params[1], "[\"0xa\",false]");
        }
    }
    assert_int_equal(lq_chain_stat(w->chain).want_cnt, LQ_ARRAY_CNT(cases));
}

static void decodes_answers(void **state)
{
    world_t *w = *state;
    lq_want_t asked = {.id = 1, .kind = LQ_WANT_HEADER, .endpoint = LQ_TRACKER_ANY, .hash = HASH_5};
    want(asked);
    answer(w, last_call(w), 2, text_of("[%s]", header_text(20, 5)));
    assert_string_equal(told(), "2 answers 1: 20; ");
    asked = (lq_want_t){.id = 2, .kind = LQ_WANT_HEADERS, .from = 8, .to = 10};
    want(asked);
    answer(w, last_call(w), 0, text_of("[%s,%s,null]", header_text(8, 8), header_text(9, 9)));
    assert_string_equal(told(), "0 answers 2: 8 9; ");
    asked.kind = LQ_WANT_LOGS;
    want(asked);
    answer(w, last_call(w), 1,
           text_of("[[%s,%s]]", log_text(8, 1, 30, true), log_text(8, 4, 34, true)));
    assert_string_equal(told(), "1 answers 2: 8.1/30 8.4/34; ");
    want(asked);
    answer(w, last_call(w), 1, "[[]]");
    assert_string_equal(told(), "1 answers 2:; ");
    asked.kind = LQ_WANT_LOGS_RANGE;
    want(asked);
    answer(w, last_call(w), 1, text_of("[[%s],%s]", log_text(8, 1, 1, true), header_text(10, 10)));
    assert_string_equal(told(), "1 answers 2: 10 8.1/1; ");
    asked.kind = LQ_WANT_RECEIPTS;
    want(asked);
    answer(w, last_call(w), 1,
           text_of("[[{\"logs\":[%s]},{\"logs\":[]},{\"logs\":[%s]}]]", log_text(8, 0, 2, false),
                   log_text(8, 1, 2, true)));
    assert_string_equal(told(), "1 answers 2: 8.0/2 8.1/2; ");
    asked.kind = LQ_WANT_HEAD;
    want(asked);
    answer(w, last_call(w), 1, text_of("[%s]", header_text(77, 5)));
    assert_string_equal(told(), "1 answers 2: 77; ");
    assert_int_equal(w->pool.heads[1], 77);
}

static void tells_absence_from_failure(void **state)
{
    world_t *w = *state;
    lq_want_t asked = {.id = 4, .kind = LQ_WANT_HEADER, .endpoint = LQ_TRACKER_ANY};
    want(asked);
    answer(w, last_call(w), 2, "[null]");
    assert_string_equal(told(), "4 absent; ");
    want(asked);
    refuse(w, last_call(w), LQ_RPC_ABSENT);
    assert_string_equal(told(), "4 absent; ");
    want(asked);
    refuse(w, last_call(w), LQ_RPC_TIMEOUT);
    assert_string_equal(told(), "4 unanswered; ");
    asked = (lq_want_t){.id = 5, .kind = LQ_WANT_HEADERS, .from = 8, .to = 9};
    want(asked);
    answer(w, last_call(w), 2, text_of("[null,%s]", header_text(9, 9)));
    assert_string_equal(told(), "5 absent; ");
    asked.kind = LQ_WANT_LOGS_RANGE; /* [] from a node that has not the end is no answer */
    want(asked);
    answer(w, last_call(w), 2, "[[],null]");
    assert_string_equal(told(), "5 absent; ");
    assert_int_equal(lq_chain_stat(w->chain).unanswered_cnt, 5);
    assert_int_equal(lq_chain_stat(w->chain).garbage_cnt, 0);
}

static void refuses_answers_that_do_not_decode_or_fit(void **state)
{
    world_t *w = *state;
    static const lq_want_t header = {.id = 1, .kind = LQ_WANT_HEADER};
    static const lq_want_t logs = {.id = 2, .kind = LQ_WANT_LOGS};
    static const lq_want_t receipts = {.id = 3, .kind = LQ_WANT_RECEIPTS};
    want(header);
    answer(w, last_call(w), 1, "[{\"number\":\"0x1\"}]");
    want(header);
    answer(w, last_call(w), 1, "[[]]");
    want(logs);
    answer(w, last_call(w), 1, "[[{}]]");
    want(logs);
    answer(w, last_call(w), 1,
           text_of("[[%s,%s,%s,%s,%s]]", log_text(1, 0, 0, true), log_text(1, 1, 0, true),
                   log_text(1, 2, 0, true), log_text(1, 3, 0, true), log_text(1, 4, 0, true)));
    want(logs);
    answer(w, last_call(w), 1,
           text_of("[[%s,%s]]", log_text(1, 0, DATA_MAX, true), log_text(1, 1, 1, true)));
    want(logs);
    answer(w, last_call(w), 1, "[{}]");
    want(receipts);
    answer(w, last_call(w), 1, "[[{}]]");
    want(receipts);
    answer(w, last_call(w), 1, "[[{\"logs\":{}}]]");
    want(receipts);
    answer(w, last_call(w), 1, "[{}]");
    assert_string_equal(told(),
                        "1 unanswered; 1 unanswered; 2 unanswered; 2 unanswered; "
                        "2 unanswered; 2 unanswered; 3 unanswered; 3 unanswered; 3 unanswered; ");
    assert_int_equal(lq_chain_stat(w->chain).garbage_cnt, 9);
    assert_int_equal(w->pool.faults[1], 9);
    want(logs);
    answer(w, last_call(w), 1,
           text_of("[[%s,%s,%s,%s]]", log_text(1, 0, DATA_MAX, true), log_text(1, 1, 0, true),
                   log_text(1, 2, 0, true), log_text(1, 3, 0, true)));
    assert_string_equal(told(), "1 answers 2: 1.0/64 1.1/0 1.2/0 1.3/0; ");
}

static void reads_receipts_where_a_block_has_too_many_logs(void **state)
{
    world_t *w = *state;
    static const lq_rpc_class_t limits[] = {LQ_RPC_ROWS, LQ_RPC_RANGE, LQ_RPC_FILTER};
    lq_want_t asked = {.id = 6, .kind = LQ_WANT_LOGS, .endpoint = 1, .hash = HASH_5};
    for (size_t i = 0; i < LQ_ARRAY_CNT(limits); i++) {
        want(asked);
        refuse(w, last_call(w), limits[i]);
        assert_string_equal(told(), "");
        assert_string_equal(last_call(w)->methods[0], "eth_getBlockReceipts");
        assert_string_equal(last_call(w)->params[0], "[" HASH_5_TEXT "]");
        answer(w, last_call(w), 1,
               text_of("[[{\"logs\":[%s,%s]},{\"logs\":[%s]}]]", log_text(8, 0, 2, false),
                       log_text(8, 1, 2, true), log_text(8, 2, 3, true)));
        assert_string_equal(told(), "1 answers 6: 8.1/2 8.2/3; ");
    }
    want(asked);
    refuse(w, last_call(w), LQ_RPC_ROWS);
    refuse(w, last_call(w), LQ_RPC_ROWS);
    assert_string_equal(told(), "6 unanswered; ");
}

static void a_call_that_cannot_be_made_is_unanswered_in_the_next_turn(void **state)
{
    world_t *w = *state;
    end_polls(w);
    w->pool.full = true;
    lq_want_t asked = {.id = 6, .kind = LQ_WANT_LOGS, .endpoint = 1, .hash = HASH_5};
    want(asked);
    notify(w, HEADS, 1, header_text(20, 5));
    (void)told();
    pass(w, 0);
    assert_string_equal(told(), "6 unanswered; ");
    pass(w, POLL_NS); /* polls neither */
    w->pool.full = false;
    pass(w, POLL_NS);
    assert_int_equal(w->pool.call_cnt, 2 * NODE_CNT);
}

static void wakes_the_tracker_when_it_wants(void **state)
{
    world_t *w = *state;
    end_polls(w);
    signal_sub(w, HEADS, 0, LQ_SUB_ON);
    the_tracker.next_ns = w->clock.now.mono_ns + 5;
    notify(w, HEADS, 0, header_text(20, 5));
    the_tracker.next_ns = UINT64_MAX;
    w->pool.full = true;
    lq_want_t asked = {.id = 6, .kind = LQ_WANT_LOGS, .endpoint = 1, .hash = HASH_5};
    want(asked); /* told at the first turn of the timer */
    (void)told();
    pass(w, 4);
    assert_string_equal(told(), "");
    pass(w, 1);
    assert_string_equal(told(), "6 unanswered; ");
}

static void refuses_a_config_without_sense(void **state)
{
    (void)state;
    world_t *w = make_world();
    lq_chain_config_t bad[] = {config, config, config, config, config, config};
    bad[0].block_ns = 0;
    bad[1].poll_ns = 0;
    bad[2].timeout_ns = 0;
    bad[3].block_log_max = 0;
    bad[4].block_data_max = 0;
    bad[5].tracker.window_blk = 0;
    for (size_t i = 0; i < LQ_ARRAY_CNT(bad); i++)
        assert_err(make_chain(w, &bad[i]), LQ_ERR_RANGE);
    bad[0] = config;
    bad[0].block_log_max = SIZE_MAX;
    assert_err(make_chain(w, &bad[0]), LQ_ERR_NOMEM);
    bad[0].block_log_max = 1 << 20;
    assert_err(make_chain(w, &bad[0]), LQ_ERR_NOMEM);
    w->pool.sub_max = 1;
    assert_err(make_chain(w, &config), LQ_ERR_FULL);
    assert_false(w->pool.subs[0].on);
    lq_chain_free(NULL);
    lq_loop_free(w->loop);
    lq_arena_fini(&w->arena);
    free(w);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(subscribes_and_polls_everywhere_at_the_start),
        CASE(tells_heads_and_logs),
        CASE(hands_events_on),
        CASE(counts_what_does_not_decode),
        CASE(polls_where_there_is_no_subscription),
        CASE(polls_at_once_when_a_subscription_comes),
        CASE(cross_checks_a_subscription_that_is_silent),
        CASE(a_lost_or_refused_subscription_is_polled_for),
        CASE(a_failed_poll_is_a_node_that_is_not_there),
        CASE(asks_what_the_tracker_wants),
        CASE(decodes_answers),
        CASE(tells_absence_from_failure),
        CASE(refuses_answers_that_do_not_decode_or_fit),
        CASE(reads_receipts_where_a_block_has_too_many_logs),
        CASE(a_call_that_cannot_be_made_is_unanswered_in_the_next_turn),
        CASE(wakes_the_tracker_when_it_wants),
        cmocka_unit_test(refuses_a_config_without_sense),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
