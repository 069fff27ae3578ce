#include "fuzz.h"
#include "fuzz_input.h"

#include "../support/engine_world.h"

/* A chain, a node, a sender and an operator that the bytes choose all of: order, reorgs, lies,
   outcomes of what was never asked for. Candidates and funds add up behind each event; and what is
   taken for a memory is one or is refused. */

/* A true memory that the bytes change, with a digest that fits. */
static void load(world_t *w, fuzz_input_t *in)
{
    size_t sz = lq_engine_memory_sz(w->engine);
    uint8_t *bytes = malloc(sz);
    lq_err_msg_t msg;
    LQ_ASSERT(bytes);
    lq_engine_save(w->engine, bytes);
    for (unsigned i = 0; i < 4 && in->sz; i++)
        bytes[fuzz_below(in, sz)] = (uint8_t)fuzz_below(in, 256);
    bytes[16] = 1; /* the next intent, which the world counts too */
    memset(bytes + 17, 0, 7);
    uint64_t digest = lq_digest(bytes, sz - 8);
    memcpy(bytes + sz - 8, &digest, 8);
    (void)!lq_engine_load(w->engine, &msg, bytes, sz - fuzz_below(in, 2));
    free(bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t sz)
{
    fuzz_input_t in = {data, sz};
    uint64_t choice = fuzz_below(&in, 256);
    lq_engine_config_t config = world_config(NULL, NULL);
    config.sync.undo_line_max = choice & 1 ? 80 : 20000;
    config.candidate_max = choice & 2 ? 2 : 64;
    config.inflight_max = choice & 4 ? 1 : 8;
    config.limits.gap_bps = choice & 8 ? 500 : 0;
    config.atomic = choice & 16;
    config.sync.window_blk = choice & 32 ? 4 : 64;
    market_will = (market_will_t){.sizing = LQ_SIZING_PLAN};
    uint64_t more = fuzz_below(&in, 256);
    config.sync.venues = chain_venues(more % (FAKE_POOLS + 1));
    if (more & 16)
        config.executor = (lq_address_t){{WORLD_EXECUTOR_BYTE}};
    config.slice_work = more & 8 ? 1 : LQ_ENGINE_SLICE;
    market_will.step_cnt = more >> 5 & 3;
    market_will.depth = more & 128 ? 1 : 0;
    lq_engine_market_t market = {.funding = choice & 64 ? LQ_FUNDING_FLASH : LQ_FUNDING_INVENTORY};
    world_t *w = world_new(fuzz_below, &in, &config, market);
    load(w, &in);
    w->hurry = more & 8 ? 60 : 0;
    world_trusted(w);
    w->chain->lax = true; /* fuzz_sync compares */
    w->chain->fail = choice & 128 ? 10 : 0;
    w->chain->odd = 5;
    w->chain->late_head = 50;
    w->chain->skip = 20;
    w->chain->reorg = 3;
    w->chain->deep = 10;
    world_fund(w, 2000);
    while (in.sz && w->chain->node_cnt < CHAIN_NODES - 100 && w->intent_cnt < WORLD_INTENTS - 64)
        world_step(w);
    world_go_on(w);
    world_free(w);
    return 0;
}
