#include "fuzz.h"
#include "fuzz_input.h"

#include "../support/fake_chain.h"

/* A chain and a node that the bytes choose all of: order, reorgs, silence, lies. Nothing it says
   may end the process, ask what was asked already or cancel what was not. */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t sz)
{
    fuzz_input_t in = {data, sz};
    lq_sync_config_t config = chain_config(&chain_instance);
    uint64_t choice = fuzz_below(&in, 256);
    config.read_max = choice & 1 ? 2 : 16;
    config.read_account_max = choice & 2 ? 1 : 8;
    config.hold_max = choice & 4 ? 500 : 20000;
    config.window_blk = choice & 8 ? 4 : 64;
    config.undo_line_max = choice & 16 ? 80 : 20000;
    config.venues = chain_venues(fuzz_below(&in, FAKE_POOLS + 1));
    chain_t *t = chain_new(fuzz_below, &in, &config, fuzz_below(&in, 40));
    t->fail = choice & 32 ? 20 : 0;
    t->never = choice & 64 ? 5 : 0;
    t->lie_any = choice & 128 ? 20 : 0;
    t->lax = t->lie_any;
    t->odd = 5;
    t->late_head = 50;
    t->skip = 20;
    t->reorg = 3;
    t->deep = 10;
    t->move_aggregator = 5;
    while (in.sz && t->node_cnt < CHAIN_NODES - 100)
        chain_step(t);
    chain_free(t);
    return 0;
}
