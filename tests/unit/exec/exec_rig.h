#ifndef EXEC_RIG_H
#define EXEC_RIG_H

/* What the shell and its ways stand on: a clock that the test moves, a loop, a log that is counted,
   and a pool of nodes on Unix sockets that take every transaction. */

#include "lq_test.h"
#include "lq_test_node.h"

#include "liqd/codec/hex.h"
#include "liqd/codec/keccak.h"
#include "liqd/net/loop.h"
#include "liqd/rpc/pool.h"

#define SEC_NS   UINT64_C(1000000000)
#define MS_NS    UINT64_C(1000000)
#define NODE_MAX 3u

typedef struct base {
    lq_arena_t arena;
    lq_clock_manual_t clock;
    lq_loop_t *loop;
    lq_log_t log;
    size_t line_cnt;
    char last_line[LQ_LOG_LINE_MAX];
    lq_pool_t *pool;
    lq_test_node_t *nodes[NODE_MAX];
    lq_url_t urls[NODE_MAX];
    size_t node_cnt;
    bool lies[NODE_MAX];  /* tells another hash */
    bool mutes[NODE_MAX]; /* says nothing to what is sent */
} base_t;

static inline void base_line(void *ctx, lq_log_level_t level, const char *line, size_t sz)
{
    base_t *b = ctx;
    if (level < LQ_LOG_WARN)
        return;
    b->line_cnt++;
    memcpy(b->last_line, line, sz < sizeof(b->last_line) ? sz : sizeof(b->last_line) - 1);
    b->last_line[sz < sizeof(b->last_line) ? sz : sizeof(b->last_line) - 1] = '\0';
}

/* The hash of the transaction in PARAMS: ["0x..."]. */
static inline void base_hash(char out[69], const char *params)
{
    static uint8_t raw[65536];
    lq_hash_t hash;
    size_t sz = (strlen(params) - 6) / 2;
    assert_ok(lq_hex_decode(raw, sz, NULL, params + 4, 2 * sz));
    lq_keccak256(hash.b, raw, sz);
    char digits[65] = "";
    lq_hex_encode(digits, hash.b, sizeof(hash.b));
    (void)snprintf(out, 69, "\"0x%s\"", digits);
}

static inline bool base_handle(void *ctx, lq_test_node_t *node, const lq_test_request_t *r)
{
    base_t *b = ctx;
    char hash[69];
    size_t i = 0;
    while (i < b->node_cnt && b->nodes[i] != node)
        i++;
    if (strcmp(r->method, "eth_sendRawTransaction") != 0)
        return false;
    base_hash(hash, r->params);
    if (i < b->node_cnt && b->lies[i])
        hash[3] = hash[3] == '0' ? '1' : '0';
    if (i == b->node_cnt || !b->mutes[i])
        lq_test_node_result(node, r->id, hash);
    return true;
}

static inline void base_pump(base_t *b)
{
    for (int i = 0; i < 6; i++) {
        for (size_t k = 0; k < b->node_cnt; k++)
            (void)lq_test_node_poll(b->nodes[k]);
        lq_loop_turn(b->loop, 0);
    }
}

static inline void base_pass(base_t *b, uint64_t ns)
{
    for (; ns; ns -= ns < 50 * MS_NS ? ns : 50 * MS_NS) {
        lq_clock_manual_advance(&b->clock, ns < 50 * MS_NS ? ns : 50 * MS_NS);
        base_pump(b);
    }
}

static inline size_t base_cnt(const base_t *b, size_t i, const char *method)
{
    return lq_test_node_request_cnt(b->nodes[i], method);
}

static inline void base_begin(base_t *b, size_t node_cnt)
{
    static const lq_log_config_t log = {.line_max = 2048, .value_max = 512};
    lq_pool_endpoint_t endpoints[NODE_MAX];
    static const char *const names[NODE_MAX] = {"a", "b", "c"};
    memset(b, 0, sizeof(*b));
    b->clock.now = (lq_time_t){1700000000 * SEC_NS, 1000 * SEC_NS};
    b->node_cnt = node_cnt;
    assert_ok(lq_arena_init(&b->arena, (size_t)2 << 30));
    assert_ok(lq_log_init(&b->log, &log, lq_clock_manual(&b->clock), base_line, b));
    assert_ok(lq_loop_new(&b->loop, &b->arena, lq_clock_manual(&b->clock), 8192));
    for (size_t i = 0; i < node_cnt; i++) {
        b->nodes[i] = lq_test_node_new();
        lq_test_node_handle(b->nodes[i], base_handle, b);
        lq_test_node_script(b->nodes[i], "eth_blockNumber", "\"0x64\"");
        const char *path = lq_test_node_path(b->nodes[i]);
        assert_ok(lq_url_parse(&b->urls[i], NULL, path, strlen(path)));
        endpoints[i] =
            (lq_pool_endpoint_t){.rpc = {.name = names[i],
                                         .url = &b->urls[i],
                                         .call_max = 100,
                                         .sub_max = 4,
                                         .in_max = 1 << 20,
                                         .out_max = 1 << 16,
                                         .connect_ns = 5 * SEC_NS,
                                         .backoff_min_ns = 100 * MS_NS,
                                         .backoff_max_ns = 1 * SEC_NS},
                                 .roles = LQ_ROLE_READ | LQ_ROLE_SUBSCRIBE | LQ_ROLE_SEND};
    }
    const lq_pool_config_t config = {.endpoints = endpoints,
                                     .endpoint_cnt = node_cnt,
                                     .chain_id = 1,
                                     .block_ns = 12 * SEC_NS,
                                     .lag_blk_max = 10,
                                     .seed = 5};
    assert_ok(lq_pool_new(&b->pool, &b->arena, b->loop, &b->log, &config));
    base_pump(b);
    base_pump(b);
    for (uint32_t i = 0; i < node_cnt; i++)
        assert_int_equal(lq_pool_stat(b->pool, i).health, LQ_NODE_HEALTH_WELL);
}

static inline void base_end(base_t *b)
{
    lq_pool_free(b->pool);
    lq_loop_free(b->loop);
    lq_arena_fini(&b->arena);
    for (size_t i = 0; i < b->node_cnt; i++)
        lq_test_node_free(b->nodes[i]);
}

#endif
