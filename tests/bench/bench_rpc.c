#include <stdlib.h>
#include <string.h>

#include "../../src/rpc/endpoint_internal.h"
#include "bench.h"

/* From the text of a notification to the subscriber's callback, against parsing that text: what an
   endpoint adds. A log of 750 bytes as geth writes it, with 16 subscriptions, of which the last
   is its own. The target allows as much for the way as for the parsing: 80 ns. */

lq_bench_fn_t lq_bench_rpc;

#define SUB_ID "0xcd0c3e8af590364c09d0fa6a1210faf5"
#define WORD   "d78a0cb8bb633d06981248b816e7bd33c2a35a6089241d099fa519e361cab902"

static const char text[] =
    "{\"jsonrpc\":\"2.0\",\"method\":\"eth_subscription\",\"params\":{\"subscription\":\"" SUB_ID
    "\",\"result\":{\"address\":\"0x8320fe7702b96808f7bbc0d4a888ed1468216cfd\",\"topics\":[\"0x" WORD
    "\",\"0x" WORD "\",\"0x" WORD "\"],\"data\":\"0x" WORD "\",\"blockNumber\":\"0x1312d00\","
    "\"transactionHash\":\"0x" WORD "\",\"transactionIndex\":\"0x1a\",\"blockHash\":\"0x" WORD
    "\",\"logIndex\":\"0x4f\",\"removed\":false}}}";

typedef struct rpc_ctx {
    lq_arena_t arena;
    lq_loop_t *loop;
    lq_log_t log;
    lq_rng_t rng;
    lq_url_t url;
    lq_endpoint_t *e;
    lq_json_tok_t tok[256];
    uint64_t seen_cnt;
} rpc_ctx_t;

static void need(lq_err_t err)
{
    LQ_ASSERT(err == LQ_OK);
}

static void drop_line(void *ctx, lq_log_level_t level, const char *line, size_t line_sz)
{
    (void)ctx, (void)level, (void)line, (void)line_sz;
}

static void on_event(void *ctx, const lq_sub_event_t *event)
{
    rpc_ctx_t *c = ctx;
    c->seen_cnt++;
    lq_bench_keep(event);
}

/* The loop is never turned, so the endpoint never connects: what the node would have said of the
   subscriptions is written in by hand. */
static void set_up(rpc_ctx_t *c)
{
    static const char path[] = "/nonexistent/liqd-bench";
    static const lq_log_config_t log = {
        .level = LQ_LOG_ERROR, .line_max = LQ_LOG_LINE_MAX, .value_max = 64};
    const lq_endpoint_config_t config = {.name = "bench",
                                         .url = &c->url,
                                         .call_max = 64,
                                         .sub_max = 16,
                                         .in_max = 1 << 20,
                                         .out_max = 1 << 16,
                                         .connect_ns = 1000000000,
                                         .backoff_min_ns = 1000000000,
                                         .backoff_max_ns = 1000000000};
    need(lq_arena_init(&c->arena, (size_t)64 << 20));
    need(lq_loop_new(&c->loop, &c->arena, lq_clock_system(), LQ_ENDPOINT_TIMER_CNT(64, 16)));
    need(lq_log_init(&c->log, &log, lq_clock_system(), drop_line, NULL));
    lq_rng_seed(&c->rng, 1);
    need(lq_url_parse(&c->url, NULL, path, sizeof(path) - 1));
    need(lq_endpoint_new(&c->e, &c->arena, c->loop, &c->log, &c->rng, &config, NULL, NULL));
    for (size_t i = 0; i < 16; i++) {
        uint32_t sub;
        need(lq_endpoint_subscribe(c->e, &sub, "[]", 2, on_event, c));
        lq_sub_t *s = &c->e->subs[i];
        s->state = LQ_SUB_STATE_KEPT;
        s->id_sz = sizeof(SUB_ID) - 1;
        memcpy(s->id, SUB_ID, s->id_sz);
        if (i < 15)
            s->id[s->id_sz - 1] = (char)('g' + i);
        memcpy(&s->tail, s->id + s->id_sz - sizeof(s->tail), sizeof(s->tail));
    }
}

static void route(void *ctx, size_t iters)
{
    rpc_ctx_t *c = ctx;
    for (size_t i = 0; i < iters; i++)
        lq_endpoint_take(c->e, text, sizeof(text) - 1, (lq_time_t){1, 1});
}

static void parse(void *ctx, size_t iters)
{
    rpc_ctx_t *c = ctx;
    for (size_t i = 0; i < iters; i++) {
        lq_json_t doc;
        need(lq_json_parse(&doc, c->tok, LQ_ARRAY_CNT(c->tok), NULL, text, sizeof(text) - 1,
                           &c->e->limits));
        lq_bench_keep(&doc);
    }
}

void lq_bench_rpc(lq_bench_t *b)
{
    rpc_ctx_t *c = calloc(1, sizeof(*c));
    LQ_ASSERT(c);
    set_up(c);
    lq_bench_case(b, &(lq_bench_case_t){.name = "rpc/notification",
                                        .work = route,
                                        .reference = "lq_json_parse",
                                        .reference_work = parse,
                                        .ctx = c,
                                        .target = 2});
    LQ_ASSERT(c->e->stat.stray_cnt == 0 && c->e->stat.garbage_cnt == 0);
    lq_endpoint_free(c->e);
    lq_loop_free(c->loop);
    lq_arena_fini(&c->arena);
    free(c);
}
