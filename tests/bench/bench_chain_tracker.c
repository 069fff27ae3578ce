#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "liqd/base/rng.h"
#include "liqd/chain/tracker.h"

/* The next log of the top's next block, as the subscription of a single endpoint brings it. */

#define ADDRESS_CNT 200
#define TOPIC_CNT   20
#define BLOCK_LOGS  100

typedef struct tracker_ctx {
    lq_tracker_t *t;
    lq_header_t header;
    lq_evm_log_t log;
    uint8_t data[96];
    lq_time_t now;
    uint32_t want;
    size_t given_cnt;
} tracker_ctx_t;

static void on_event(void *ctx, const lq_event_t *e)
{
    tracker_ctx_t *c = ctx;
    c->given_cnt += e->kind == LQ_EVENT_LOG;
    lq_bench_keep(e);
}

static void on_want(void *ctx, const lq_want_t *want)
{
    (void)ctx, (void)want;
}

/* Begins the next block: its bloom holds nothing, so that the one before is complete at once. */
static void next_block(tracker_ctx_t *c)
{
    c->header.parent_hash = c->header.block.hash;
    c->header.block.number++;
    memcpy(c->header.block.hash.b, &c->header.block.number, sizeof(uint64_t));
    c->log.block.number = c->header.block.number + 1;
    c->log.block.hash = c->header.block.hash;
    uint64_t next = c->log.block.number;
    memcpy(c->log.block.hash.b, &next, sizeof(next));
    c->log.log_idx = 0;
    lq_tracker_head(c->t, 0, &c->header, c->now);
}

static void work(void *ctx, size_t iters)
{
    tracker_ctx_t *c = ctx;
    for (size_t i = 0; i < iters; i++) {
        next_block(c);
        size_t before = c->given_cnt;
        for (uint32_t k = 0; k < BLOCK_LOGS; k++) {
            c->log.log_idx = k;
            lq_tracker_log(c->t, 0, &c->log, false, c->now);
            (void)lq_tracker_step(c->t, c->now);
        }
        LQ_ASSERT(c->given_cnt == before + BLOCK_LOGS);
    }
}

lq_bench_fn_t lq_bench_chain_tracker;
void lq_bench_chain_tracker(lq_bench_t *bench)
{
    lq_rng_t rng;
    lq_rng_seed(&rng, 1);
    lq_address_t addresses[ADDRESS_CNT];
    lq_hash_t topics[TOPIC_CNT];
    lq_rng_bytes(&rng, addresses, sizeof(addresses));
    lq_rng_bytes(&rng, topics, sizeof(topics));
    lq_filter_t filter = {addresses, ADDRESS_CNT, topics, TOPIC_CNT};
    lq_tracker_config_t config = {.endpoint_cnt = 1,
                                  .quorum = 1,
                                  .window_blk = 64,
                                  .trust_bloom = true,
                                  .gap_max_blk = 1000,
                                  .retry_ns = 1000000000,
                                  .header_max = 256,
                                  .log_max = 10000,
                                  .data_max = 1 << 20};
    lq_arena_t arena;
    LQ_ASSERT(!lq_arena_init(&arena, (size_t)64 << 20));
    tracker_ctx_t c = {.header = {.block.number = 1}};
    lq_tracker_sink_t sink = {&c, on_event, on_want};
    LQ_ASSERT(!lq_tracker_new(&c.t, &arena, &config, &filter, &sink));
    c.log = (lq_evm_log_t){.address = addresses[7],
                           .topic_cnt = 3,
                           .topics = {topics[3]},
                           .data = c.data,
                           .data_sz = sizeof(c.data)};
    lq_bench_case_t b = {.name = "chain/tracker_log", .work = work, .ctx = &c, .scale = BLOCK_LOGS};
    lq_bench_case(bench, &b);
    lq_arena_fini(&arena);
}
