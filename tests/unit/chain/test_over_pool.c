/* Backfill and mempool over a real pool: two nodes on Unix sockets, played by the test. */

#include "liqd/chain/backfill.h"
#include "liqd/chain/mempool.h"

#include <inttypes.h>

#include "lq_test.h"
#include "lq_test_node.h"

#define SECOND_NS ((uint64_t)1000000000)
#define LAST_BLK  400u
#define RANGE_MAX 30u
#define NODE_CNT  2u

typedef struct world world_t;

typedef struct peer {
    world_t *w;
    lq_test_node_t *node;
    lq_url_t url;
    uint64_t head_blk;
    bool cuts; /* its connection, now and then */
    bool was_cut;
} peer_t;

struct world {
    lq_arena_t arena;
    lq_clock_manual_t clock;
    lq_loop_t *loop;
    lq_log_t log;
    lq_rng_t rng;
    peer_t peers[NODE_CNT];
    lq_pool_t *pool;
    lq_address_t address;
    uint64_t at_blk; /* of the next log */
    uint32_t at_idx;
    size_t given_cnt, done_cnt, pending_cnt;
    uint64_t nonce;
    lq_err_t err;
    lq_err_msg_t msg;
};

/* Block N has N % 3 logs. */
static char *logs_text(uint64_t from, uint64_t to)
{
    size_t max = 64 + RANGE_MAX * 2 * 700;
    char *text = malloc(max);
    assert_non_null(text);
    size_t sz = (size_t)snprintf(text, max, "[");
    for (uint64_t n = from; n <= to; n++)
        for (uint64_t i = 0; i < n % 3; i++)
            sz += (size_t)snprintf(
                text + sz, max - sz,
                "%s{\"address\":\"0x%040x\",\"topics\":[],\"data\":\"0x\",\"blockNumber\":"
                "\"0x%" PRIx64 "\",\"transactionHash\":\"0x%064x\",\"transactionIndex\":\"0x0\","
                "\"blockHash\":\"0x%064" PRIx64 "\",\"logIndex\":\"0x%" PRIx64 "\"}",
                sz > 1 ? "," : "", 0xaau, n, 1u, n, i);
    (void)snprintf(text + sz, max - sz, "]");
    return text;
}

static void answer_logs(const peer_t *p, lq_test_node_t *node, const lq_test_request_t *r)
{
    const char *from = strstr(r->params, "\"fromBlock\":\"");
    const char *to = strstr(r->params, "\"toBlock\":\"");
    assert_true(from && to && strstr(r->params, "\"address\":[\"0x"));
    uint64_t from_blk = strtoull(from + 13, NULL, 16);
    uint64_t to_blk = strtoull(to + 11, NULL, 16);
    if (to_blk - from_blk >= RANGE_MAX) {
        lq_test_node_error(node, r->id, -32005, "exceed maximum block range: 30");
        return;
    }
    char *text = logs_text(from_blk, to_blk < p->head_blk ? to_blk : p->head_blk);
    lq_test_node_result(node, r->id, text);
    free(text);
}

static bool handle(void *ctx, lq_test_node_t *node, const lq_test_request_t *r)
{
    peer_t *p = ctx;
    char text[2048];
    if (p->cuts && r->idx == 0 && lq_rng_below(&p->w->rng, 4) == 0)
        p->was_cut = true;
    if (strcmp(r->method, "eth_getLogs") == 0) {
        answer_logs(p, node, r);
    } else if (strcmp(r->method, "eth_getBlockByNumber") == 0 && r->params[1] == '"' &&
               r->params[2] == '0') {
        uint64_t blk = strtoull(r->params + 2, NULL, 16);
        (void)snprintf(text, sizeof(text),
                       "{\"parentHash\":\"0x%064x\",\"miner\":\"0x%040x\",\"number\":\"0x%" PRIx64
                       "\",\"gasLimit\":\"0x1\",\"gasUsed\":\"0x0\",\"timestamp\":\"0x1\","
                       "\"hash\":\"0x%064" PRIx64 "\",\"transactions\":[]}",
                       1u, 2u, blk, blk);
        lq_test_node_result(node, r->id, blk <= p->head_blk ? text : "null");
    } else {
        return false;
    }
    return true;
}

static void ignore_line(void *ctx, lq_log_level_t level, const char *line, size_t line_sz)
{
    (void)ctx;
    (void)level;
    (void)line;
    (void)line_sz;
}

static void make_pool(world_t *w)
{
    lq_pool_endpoint_t endpoints[NODE_CNT];
    for (size_t i = 0; i < NODE_CNT; i++)
        endpoints[i] = (lq_pool_endpoint_t){
            .rpc = {.name = i ? "second" : "first",
                    .url = &w->peers[i].url,
                    .call_max = 16,
                    .sub_max = 4,
                    .in_max = 1 << 20,
                    .out_max = 1 << 16,
                    .connect_ns = 5 * SECOND_NS,
                    .backoff_min_ns = SECOND_NS / 10,
                    .backoff_max_ns = SECOND_NS},
            .roles = LQ_ROLE_READ | LQ_ROLE_SUBSCRIBE,
        };
    lq_pool_config_t config = {
        .endpoints = endpoints,
        .endpoint_cnt = NODE_CNT,
        .chain_id = 1,
        .block_ns = 12 * SECOND_NS,
        .lag_blk_max = 1000,
        .seed = 1,
    };
    assert_ok(lq_pool_new(&w->pool, &w->arena, w->loop, &w->log, &config));
}

static int setup(void **state)
{
    static const lq_log_config_t log = {.line_max = LQ_LOG_LINE_MAX, .value_max = 512};
    world_t *w = calloc(1, sizeof(*w));
    assert_non_null(w);
    w->rng = lq_test_rng();
    w->clock.now = (lq_time_t){1700000000 * SECOND_NS, 1000 * SECOND_NS};
    w->address.b[19] = 0xaa;
    assert_ok(lq_arena_init(&w->arena, (size_t)256 << 20));
    assert_ok(lq_log_init(&w->log, &log, lq_clock_manual(&w->clock), ignore_line, w));
    assert_ok(lq_loop_new(&w->loop, &w->arena, lq_clock_manual(&w->clock),
                          NODE_CNT * LQ_ENDPOINT_TIMER_CNT(17, 4) + 2));
    for (size_t i = 0; i < NODE_CNT; i++) {
        peer_t *p = &w->peers[i];
        p->w = w;
        p->head_blk = LAST_BLK;
        p->node = lq_test_node_new();
        lq_test_node_handle(p->node, handle, p);
        lq_err_msg_t msg;
        const char *path = lq_test_node_path(p->node);
        assert_ok(lq_url_parse(&p->url, &msg, path, strlen(path)));
    }
    make_pool(w);
    *state = w;
    return 0;
}

static int teardown(void **state)
{
    world_t *w = *state;
    lq_pool_free(w->pool);
    lq_loop_free(w->loop);
    lq_arena_fini(&w->arena);
    for (size_t i = 0; i < NODE_CNT; i++)
        lq_test_node_free(w->peers[i].node);
    free(w);
    return 0;
}

static void step(world_t *w)
{
    for (size_t i = 0; i < NODE_CNT; i++) {
        peer_t *p = &w->peers[i];
        (void)lq_test_node_poll(p->node);
        if (p->was_cut)
            lq_test_node_cut(p->node);
        p->was_cut = false;
    }
    lq_clock_manual_advance(&w->clock, SECOND_NS / 200);
    lq_loop_turn(w->loop, 0);
}

static void on_log(void *ctx, const lq_evm_log_t *log)
{
    world_t *w = ctx;
    while (w->at_idx >= w->at_blk % 3) {
        w->at_blk++;
        w->at_idx = 0;
    }
    assert_int_equal(log->block.number, w->at_blk);
    assert_int_equal(log->log_idx, w->at_idx);
    w->at_idx++;
    w->given_cnt++;
}

static void on_progress(void *ctx, const lq_backfill_progress_t *progress)
{
    world_t *w = ctx;
    assert_int_equal(progress->log_cnt, w->given_cnt);
}

static void on_done(void *ctx, lq_err_t err, const lq_err_msg_t *msg)
{
    world_t *w = ctx;
    w->done_cnt++;
    w->err = err;
    w->msg = *msg;
}

static void backfill(world_t *w)
{
    lq_backfill_t *b;
    lq_filter_t filter = {.addresses = &w->address, .address_cnt = 1};
    lq_backfill_handlers_t handlers = {w, on_log, on_progress, on_done};
    lq_backfill_config_t config = {
        .from_blk = 1,
        .to_blk = LAST_BLK,
        .range_blk = 50,
        .range_max_blk = 500,
        .parallel = 4,
        .hold_max = 1 << 20,
        .timeout_ns = 5 * SECOND_NS,
        .give_up_ns = 60 * SECOND_NS,
        .trust_bloom = true,
    };
    w->at_blk = 1;
    assert_ok(
        lq_backfill_new(&b, &w->arena, w->loop, &w->log, w->pool, &config, &filter, &handlers));
    for (size_t i = 0; !w->done_cnt && i < 40000; i++)
        step(w);
    lq_backfill_free(b);
    assert_int_equal(w->done_cnt, 1);
    if (w->err)
        fail_msg("%s: %s", lq_err_name(w->err), w->msg.text);
    size_t want = 0;
    for (uint64_t n = 1; n <= LAST_BLK; n++)
        want += n % 3;
    assert_int_equal(w->given_cnt, want);
}

static void backfills_over_sockets(void **state)
{
    backfill(*state);
}

static void backfills_though_connections_are_cut(void **state)
{
    world_t *w = *state;
    w->peers[0].cuts = w->peers[1].cuts = true;
    backfill(w);
    assert_true(lq_test_node_connect_cnt(w->peers[0].node) +
                    lq_test_node_connect_cnt(w->peers[1].node) >
                2);
}

static void backfills_from_the_node_that_does_not_lag(void **state)
{
    world_t *w = *state;
    w->peers[0].head_blk = 100;
    backfill(w);
}

static void on_pending(void *ctx, const lq_event_t *event)
{
    world_t *w = ctx;
    assert_int_equal(event->kind, LQ_EVENT_PENDING);
    w->pending_cnt++;
    w->nonce = event->as.pending->nonce;
}

#define TX(hash, nonce)                                                                      \
    "{\"from\":\"0x00000000000000000000000000000000000000aa\",\"gas\":\"0x1\",\"gasPrice\":" \
    "\"0x1\",\"hash\":\"0x" hash "\",\"input\":\"0x\",\"nonce\":\"" nonce "\",\"to\":"       \
    "\"0x00000000000000000000000000000000000000aa\",\"value\":\"0x0\",\"type\":\"0x0\"}"
#define HASH_1 "1111111111111111111111111111111111111111111111111111111111111111"
#define HASH_2 "2222222222222222222222222222222222222222222222222222222222222222"

/* The second node refuses whole transactions, but not hashes. */
static bool refuse_full(void *ctx, lq_test_node_t *node, const lq_test_request_t *r)
{
    (void)ctx;
    if (strcmp(r->method, "eth_subscribe") != 0 || !strstr(r->params, "true"))
        return false;
    lq_test_node_error(node, r->id, -32602, "invalid params: unexpected argument");
    return true;
}

static void pump(world_t *w)
{
    for (size_t i = 0; i < 20; i++)
        step(w);
}

static void gives_pending_transactions_of_whatever_form(void **state)
{
    world_t *w = *state;
    lq_test_node_t *first = w->peers[0].node;
    lq_test_node_t *second = w->peers[1].node;
    lq_test_node_handle(second, refuse_full, NULL);
    lq_test_node_script(second, "eth_getTransactionByHash", TX(HASH_2, "0x2"));
    lq_mempool_config_t config = {
        .full = true,
        .seen_max = 100,
        .fetch_max = 4,
        .fetch_rate = 10,
        .input_max = 1000,
        .timeout_ns = SECOND_NS,
        .seed = 1,
    };
    lq_mempool_t *m;
    assert_ok(lq_mempool_new(&m, &w->arena, w->loop, &w->log, w->pool, &config, &w->address, 1,
                             on_pending, w));
    pump(w);
    assert_string_equal(lq_test_node_params(second, "eth_subscribe"),
                        "[\"newPendingTransactions\"]");
    lq_test_node_notify(first, "0x1", TX(HASH_1, "0x1"));
    pump(w);
    assert_int_equal(w->pending_cnt, 1);
    assert_int_equal(w->nonce, 1);
    lq_test_node_notify(second, lq_test_node_sub(second), "\"0x" HASH_1 "\"");
    pump(w);
    assert_int_equal(w->pending_cnt, 1);
    lq_test_node_notify(second, lq_test_node_sub(second), "\"0x" HASH_2 "\"");
    pump(w);
    assert_int_equal(w->pending_cnt, 2);
    assert_int_equal(w->nonce, 2);
    assert_int_equal(lq_test_node_request_cnt(first, "eth_getTransactionByHash"), 0);
    assert_int_equal(lq_mempool_stat(m)->double_cnt, 1);
    lq_mempool_free(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(backfills_over_sockets, setup, teardown),
        cmocka_unit_test_setup_teardown(backfills_though_connections_are_cut, setup, teardown),
        cmocka_unit_test_setup_teardown(backfills_from_the_node_that_does_not_lag, setup, teardown),
        cmocka_unit_test_setup_teardown(gives_pending_transactions_of_whatever_form, setup,
                                        teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
