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
    lq_evm_log_t logs[BLOCK_LOGS];
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
    ((tracker_ctx_t *)ctx)->want = want->id;
}

static void name(lq_hash_t *hash, uint64_t number)
{
    memcpy(hash->b, &number, sizeof(number));
}

/* The block's logs, then its head, then the answer that completes it: what each log costs in all.
 */
static void one_block(tracker_ctx_t *c)
{
    lq_header_t *h = &c->header;
    h->parent_hash = h->block.hash;
    name(&h->block.hash, ++h->block.number);
    for (uint32_t k = 0; k < BLOCK_LOGS; k++) {
        c->logs[k].block = h->block;
        lq_tracker_log(c->t, 0, &c->logs[k], false, c->now);
        (void)lq_tracker_step(c->t, c->now);
    }
    lq_tracker_head(c->t, 0, h, c->now);
    lq_tracker_answer_t a = {.id = c->want, .logs = c->logs, .log_cnt = BLOCK_LOGS, .time = c->now};
    lq_tracker_answer(c->t, &a);
}

static void work(void *ctx, size_t iters)
{
    tracker_ctx_t *c = ctx;
    size_t before = c->given_cnt;
    for (size_t i = 0; i < iters; i++)
        one_block(c);
    LQ_ASSERT(c->given_cnt == before + iters * BLOCK_LOGS);
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
    for (uint32_t k = 0; k < BLOCK_LOGS; k++)
        c.logs[k] = (lq_evm_log_t){.log_idx = k,
                                   .address = addresses[7],
                                   .topic_cnt = 3,
                                   .topics = {topics[3]},
                                   .data = c.data,
                                   .data_sz = sizeof(c.data)};
    memset(c.header.logs_bloom, 0xff, sizeof(c.header.logs_bloom));
    name(&c.header.block.hash, 1);
    lq_tracker_connected(c.t, 0, true, c.now);
    one_block(&c); /* begins the stack */
    one_block(&c);
    lq_bench_case_t b = {.name = "chain/tracker_log", .work = work, .ctx = &c, .scale = BLOCK_LOGS};
    lq_bench_case(bench, &b);
    lq_arena_fini(&arena);
}
