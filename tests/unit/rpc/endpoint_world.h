#ifndef ENDPOINT_WORLD_H
#define ENDPOINT_WORLD_H

/* An endpoint under test, the node it talks to, a clock that the test moves, and all that was told.
   What is told is kept as text, one word behind the other: "up", "down", "ON", "OFF", "REFUSED",
   a notification's raw text, and of each result its class or, where it is OK, its text. */

#include "lq_test.h"
#include "lq_test_node.h"

#include <unistd.h>

#include "liqd/net/loop.h"
#include "liqd/rpc/endpoint.h"

#define SEC_NS     1000000000ull
#define MS_NS      1000000ull
#define TOLD_MAX   ((size_t)1 << 20)
#define ENDPOINT_7 7

typedef struct world {
    lq_arena_t arena;
    lq_arena_mark_t mark;
    lq_clock_manual_t clock;
    lq_loop_t *loop;
    lq_log_t log;
    size_t log_cnt;
    char log_last[LQ_LOG_LINE_MAX + 1];
    lq_rng_t rng;
    lq_url_t url;
    lq_endpoint_config_t config;
    lq_endpoint_t *e;
    lq_test_node_t *node;
    char *told;
    size_t told_sz;
    size_t answer_cnt;
    size_t data_cnt;
    lq_rpc_answer_t answer;        /* the last; its pointers are void */
    lq_rpc_result_t result;        /* its first */
    void (*then)(struct world *w); /* called once, in the next callback */
    lq_rpc_id_t id;                /* of the last call */
    uint32_t sub;                  /* the last */
} world_t;

static inline void world_tell(world_t *w, const char *text, size_t sz)
{
    assert_true(w->told_sz + sz + 2 < TOLD_MAX);
    if (w->told_sz)
        w->told[w->told_sz++] = ' ';
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

/* Compares what was told since the last time. */
#define assert_told(w, want)                    \
    do {                                        \
        assert_string_equal((w)->told, (want)); \
        (w)->told_sz = 0;                       \
        (w)->told[0] = '\0';                    \
    } while (0)

static inline void world_log(void *ctx, lq_log_level_t level, const char *line, size_t line_sz)
{
    world_t *w = ctx;
    (void)level;
    w->log_cnt++;
    memcpy(w->log_last, line, line_sz);
    w->log_last[line_sz] = '\0';
    assert_null(strstr(w->log_last, "SECRET"));
}

static inline void world_state(void *ctx, uint32_t endpoint, bool up)
{
    world_t *w = ctx;
    assert_int_equal(endpoint, ENDPOINT_7);
    assert_int_equal(lq_endpoint_is_up(w->e), up);
    world_tell(w, up ? "up" : "down", up ? 2 : 4);
    world_then(w);
}

static inline void world_tell_result(world_t *w, const lq_json_t *doc, const lq_rpc_result_t *r)
{
    const char *raw;
    size_t sz;
    const char *name = lq_rpc_class_name(r->class_);
    if (r->class_ == LQ_RPC_OK &&
        (lq_json_get_raw(doc, &raw, &sz, NULL, r->value, NULL) == LQ_OK ||
         lq_json_get_number(doc, &raw, &sz, NULL, r->value, NULL) == LQ_OK))
        world_tell(w, raw, sz);
    else
        world_tell(w, name, strlen(name));
}

static inline void world_answer(void *ctx, const lq_rpc_answer_t *answer)
{
    world_t *w = ctx;
    w->answer_cnt++;
    w->answer = *answer;
    w->result = answer->results[0];
    assert_int_equal(answer->endpoint, ENDPOINT_7);
    assert_null(memmem(w->result.message, w->result.message_sz, "SECRET", 6));
    for (size_t i = 0; i < answer->result_cnt; i++)
        world_tell_result(w, answer->doc, &answer->results[i]);
    world_then(w);
}

static inline void world_event(void *ctx, const lq_sub_event_t *event)
{
    world_t *w = ctx;
    const char *raw;
    size_t sz;
    assert_int_equal(event->endpoint, ENDPOINT_7);
    switch (event->what) {
    case LQ_SUB_ON:
        world_tell(w, "ON", 2);
        break;
    case LQ_SUB_OFF:
        world_tell(w, "OFF", 3);
        break;
    case LQ_SUB_REFUSED:
        assert_non_null(event->refusal);
        world_tell(w, "REFUSED", 7);
        break;
    case LQ_SUB_DATA:
        w->data_cnt++;
        assert_ok(lq_json_get_raw(event->doc, &raw, &sz, NULL, event->value, NULL));
        world_tell(w, raw, sz);
        break;
    }
    world_then(w);
}

/* The node and the endpoint take turns until nothing can be under way on a Unix socket. */
static inline void world_pump(world_t *w)
{
    for (int i = 0; i < 4; i++) {
        (void)lq_test_node_poll(w->node);
        lq_loop_turn(w->loop, 0);
    }
}

static inline void world_pass(world_t *w, uint64_t ns)
{
    lq_clock_manual_advance(&w->clock, ns);
    world_pump(w);
}

static inline void world_call_items(world_t *w, const lq_rpc_item_t *items, size_t cnt)
{
    lq_rpc_call_t call = {items, cnt, SEC_NS, world_answer, w};
    assert_ok(lq_endpoint_call(w->e, &w->id, &call));
}

static inline void world_call(world_t *w, const char *method)
{
    lq_rpc_item_t item = {method, "[]", 2};
    world_call_items(w, &item, 1);
}

/* A batch of CNT calls of "m". */
static inline void world_batch(world_t *w, size_t cnt)
{
    lq_rpc_item_t items[LQ_RPC_ITEM_MAX];
    for (size_t i = 0; i < cnt; i++)
        items[i] = (lq_rpc_item_t){"m", "[]", 2};
    world_call_items(w, items, cnt);
}

static inline void world_subscribe(world_t *w)
{
    static const char params[] = "[\"logs\",{}]";
    assert_ok(lq_endpoint_subscribe(w->e, &w->sub, params, sizeof(params) - 1, world_event, w));
}

static inline const lq_endpoint_stat_t *world_stat(const world_t *w)
{
    return lq_endpoint_stat(w->e);
}

static inline void world_send(world_t *w, const char *text)
{
    assert_true(lq_test_node_send(w->node, text, strlen(text)));
}

/* Makes the endpoint anew from W->config. */
static inline void world_endpoint(world_t *w)
{
    lq_endpoint_free(w->e);
    lq_arena_rewind(&w->arena, w->mark);
    assert_ok(
        lq_endpoint_new(&w->e, &w->arena, w->loop, &w->log, &w->rng, &w->config, world_state, w));
}

static inline world_t *world_new(lq_test_node_t *node)
{
    static const lq_log_config_t log = {.line_max = LQ_LOG_LINE_MAX, .value_max = 512};
    world_t *w = calloc(1, sizeof(*w));
    assert_non_null(w);
    w->told = calloc(1, TOLD_MAX);
    assert_non_null(w->told);
    w->clock.now = (lq_time_t){1700000000 * SEC_NS, 1000 * SEC_NS};
    lq_rng_seed(&w->rng, 1);
    assert_ok(lq_arena_init(&w->arena, (size_t)64 << 20));
    assert_ok(lq_log_init(&w->log, &log, lq_clock_manual(&w->clock), world_log, w));
    assert_ok(lq_loop_new(&w->loop, &w->arena, lq_clock_manual(&w->clock),
                          LQ_ENDPOINT_TIMER_CNT(1024, 16)));
    w->node = node;
    lq_err_msg_t msg;
    const char *path = lq_test_node_path(w->node);
    assert_ok(lq_url_parse(&w->url, &msg, path, strlen(path)));
    w->config = (lq_endpoint_config_t){.name = "node",
                                       .number = ENDPOINT_7,
                                       .url = &w->url,
                                       .call_max = 8,
                                       .sub_max = 4,
                                       .in_max = 1 << 20,
                                       .out_max = 1 << 16,
                                       .connect_ns = 5 * SEC_NS,
                                       .backoff_min_ns = 100 * MS_NS,
                                       .backoff_max_ns = 10 * SEC_NS};
    w->mark = lq_arena_mark(&w->arena);
    world_endpoint(w);
    return w;
}

static inline int world_setup(void **state)
{
    world_t *w = world_new(lq_test_node_new());
    world_pump(w);
    assert_told(w, "up");
    *state = w;
    return 0;
}

static inline int world_teardown(void **state)
{
    world_t *w = *state;
    lq_endpoint_free(w->e);
    lq_loop_free(w->loop);
    lq_arena_fini(&w->arena);
    lq_test_node_free(w->node);
    free(w->told);
    free(w);
    return 0;
}

#define world_test(f) cmocka_unit_test_setup_teardown(f, world_setup, world_teardown)

#endif
