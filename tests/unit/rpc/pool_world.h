#ifndef POOL_WORLD_H
#define POOL_WORLD_H

/* A pool under test, the nodes it talks to, a clock that the test moves, and all that was told, as
   text: endpoint (A, B, ..., '-' for none) and what it said, one word behind the other. */

#include "lq_test.h"
#include "lq_test_node.h"

#include <inttypes.h>

#include "liqd/net/loop.h"
#include "liqd/rpc/pool.h"

#define SEC_NS   UINT64_C(1000000000)
#define MS_NS    UINT64_C(1000000)
#define NODE_MAX 4

typedef struct world {
    lq_arena_t arena;
    lq_arena_mark_t mark;
    lq_clock_manual_t clock;
    uint64_t tick_ns; /* what passes with each look at it */
    lq_loop_t *loop;
    lq_log_t log;
    size_t error_cnt; /* log lines of that level */
    lq_pool_t *pool;
    size_t node_cnt;
    lq_test_node_t *nodes[NODE_MAX];
    bool frozen[NODE_MAX];
    lq_url_t urls[NODE_MAX];
    lq_pool_endpoint_t endpoints[NODE_MAX];
    lq_pool_config_t config;
    char told[4096];
    size_t told_sz;
    size_t answer_cnt;
    lq_rpc_id_t id;
    void (*then)(struct world *w); /* called once, in the next callback */
} world_t;

static inline void world_tell(world_t *w, uint32_t endpoint, const char *text, size_t sz)
{
    assert_true(w->told_sz + sz + 4 < sizeof(w->told));
    if (w->told_sz)
        w->told[w->told_sz++] = ' ';
    w->told[w->told_sz++] = "ABCD-"[endpoint < NODE_MAX ? endpoint : NODE_MAX];
    w->told[w->told_sz++] = ':';
    memcpy(w->told + w->told_sz, text, sz);
    w->told_sz += sz;
    w->told[w->told_sz] = '\0';
}

static inline void world_then(world_t *w)
{
    void (*then)(world_t * w) = w->then;
    w->then = NULL;
    if (then)
        then(w);
}

#define assert_told(w, want)                    \
    do {                                        \
        assert_string_equal((w)->told, (want)); \
        (w)->told_sz = 0;                       \
        (w)->told[0] = '\0';                    \
    } while (0)

static inline void world_log(void *ctx, lq_log_level_t level, const char *line, size_t line_sz)
{
    world_t *w = ctx;
    w->error_cnt += level == LQ_LOG_ERROR;
    if (getenv("POOL_LOG"))
        (void)fwrite(line, 1, line_sz, stderr);
}

static inline lq_time_t world_read_clock(void *ctx)
{
    world_t *w = ctx;
    lq_clock_manual_advance(&w->clock, w->tick_ns);
    return w->clock.now;
}

static inline void world_answer(void *ctx, const lq_rpc_answer_t *answer)
{
    world_t *w = ctx;
    const char *raw;
    size_t sz;
    w->answer_cnt++;
    for (size_t i = 0; i < answer->result_cnt; i++) {
        const lq_rpc_result_t *r = &answer->results[i];
        const char *name = lq_rpc_class_name(r->class_);
        if (r->class_ == LQ_RPC_OK &&
            lq_json_get_raw(answer->doc, &raw, &sz, NULL, r->value, NULL) == LQ_OK)
            world_tell(w, answer->endpoint, raw, sz);
        else
            world_tell(w, answer->endpoint, name, strlen(name));
    }
    world_then(w);
}

static inline void world_event(void *ctx, const lq_sub_event_t *event)
{
    static const char *const names[] = {"ON", "OFF", NULL, "REFUSED"};
    world_t *w = ctx;
    const char *raw;
    size_t sz;
    if (event->what == LQ_SUB_DATA) {
        assert_ok(lq_json_get_raw(event->doc, &raw, &sz, NULL, event->value, NULL));
        world_tell(w, event->endpoint, raw, sz);
    } else {
        world_tell(w, event->endpoint, names[event->what], strlen(names[event->what]));
    }
    world_then(w);
}

static inline void world_pump(world_t *w)
{
    for (int i = 0; i < 4; i++) {
        for (size_t k = 0; k < w->node_cnt; k++)
            (void)lq_test_node_poll(w->nodes[k]);
        lq_loop_turn(w->loop, 0);
    }
}

/* Lets time pass in steps as small as the pool's. */
static inline void world_pass(world_t *w, uint64_t ns)
{
    while (ns) {
        uint64_t step = ns < 50 * MS_NS ? ns : 50 * MS_NS;
        lq_clock_manual_advance(&w->clock, step);
        world_pump(w);
        ns -= step;
    }
}

/* A request to which a frozen node says nothing. */
static inline bool world_handle(void *ctx, lq_test_node_t *node, const lq_test_request_t *request)
{
    world_t *w = ctx;
    (void)request;
    for (size_t i = 0; i < w->node_cnt; i++)
        if (w->nodes[i] == node)
            return w->frozen[i];
    return false;
}

static inline lq_err_t world_try(world_t *w, const char *method, lq_role_t role,
                                 uint64_t timeout_ns)
{
    lq_rpc_item_t item = {method, "[]", 2};
    lq_pool_call_t call = {.rpc = {&item, 1, timeout_ns, world_answer, w}, .role = role};
    return lq_pool_call(w->pool, &w->id, &call);
}

static inline void world_call(world_t *w, const char *method)
{
    assert_ok(world_try(w, method, LQ_ROLE_READ, 10 * SEC_NS));
}

static inline lq_node_health_t world_health(const world_t *w, uint32_t i)
{
    return lq_pool_stat(w->pool, i).health;
}

/* All requests of METHOD that node I got. */
static inline size_t world_cnt(const world_t *w, size_t i, const char *method)
{
    return lq_test_node_request_cnt(w->nodes[i], method);
}

static inline void world_pool(world_t *w)
{
    lq_pool_free(w->pool);
    lq_arena_rewind(&w->arena, w->mark);
    assert_ok(lq_pool_new(&w->pool, &w->arena, w->loop, &w->log, &w->config));
}

/* CNT nodes of chain 1 at block 100 that answer "m" with their letter; no pool yet. */
static inline world_t *world_new(size_t cnt)
{
    static const lq_log_config_t log = {.line_max = LQ_LOG_LINE_MAX, .value_max = 512};
    world_t *w = calloc(1, sizeof(*w));
    assert_non_null(w);
    w->clock.now = (lq_time_t){1700000000 * SEC_NS, 1000 * SEC_NS};
    assert_ok(lq_arena_init(&w->arena, (size_t)256 << 20));
    assert_ok(lq_log_init(&w->log, &log, lq_clock_manual(&w->clock), world_log, w));
    assert_ok(lq_loop_new(&w->loop, &w->arena, (lq_clock_t){world_read_clock, w},
                          NODE_MAX * LQ_ENDPOINT_TIMER_CNT(1024, 16) + 1));
    w->node_cnt = cnt;
    for (size_t i = 0; i < cnt; i++) {
        static const char *const names[NODE_MAX] = {"a", "b", "c", "d"};
        char letter[4] = {'"', (char)('a' + i), '"'};
        w->nodes[i] = lq_test_node_new();
        lq_test_node_handle(w->nodes[i], world_handle, w);
        lq_test_node_script(w->nodes[i], "eth_blockNumber", "\"0x64\"");
        lq_test_node_script(w->nodes[i], "m", letter);
        lq_err_msg_t msg;
        const char *path = lq_test_node_path(w->nodes[i]);
        assert_ok(lq_url_parse(&w->urls[i], &msg, path, strlen(path)));
        w->endpoints[i] =
            (lq_pool_endpoint_t){.rpc = {.name = names[i],
                                         .url = &w->urls[i],
                                         .call_max = 1000,
                                         .sub_max = 4,
                                         .in_max = 1 << 20,
                                         .out_max = 1 << 16,
                                         .connect_ns = 5 * SEC_NS,
                                         .backoff_min_ns = 100 * MS_NS,
                                         .backoff_max_ns = 1 * SEC_NS},
                                 .roles = LQ_ROLE_READ | LQ_ROLE_SUBSCRIBE | LQ_ROLE_SEND};
    }
    w->config = (lq_pool_config_t){.endpoints = w->endpoints,
                                   .endpoint_cnt = cnt,
                                   .chain_id = 1,
                                   .block_ns = 2 * SEC_NS,
                                   .lag_blk_max = 10,
                                   .seed = 5};
    w->mark = lq_arena_mark(&w->arena);
    return w;
}

/* With a pool all of whose endpoints are well. */
static inline world_t *world_well(size_t cnt)
{
    world_t *w = world_new(cnt);
    world_pool(w);
    world_pump(w);
    world_pump(w);
    for (uint32_t i = 0; i < cnt; i++)
        assert_int_equal(world_health(w, i), LQ_NODE_HEALTH_WELL);
    return w;
}

static inline void world_end(world_t *w)
{
    lq_pool_free(w->pool);
    lq_loop_free(w->loop);
    lq_arena_fini(&w->arena);
    for (size_t i = 0; i < w->node_cnt; i++)
        lq_test_node_free(w->nodes[i]);
    free(w);
}

#endif
