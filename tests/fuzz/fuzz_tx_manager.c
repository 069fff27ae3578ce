#include "fuzz.h"

#include "../support/tx_world.h"

/* The laws of the simulated world hold whatever the bytes have happen; when they are used up calm
   comes, and all that is under way comes to its end. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t sz)
{
    static tw_t world;
    tw_new(&world, 1, data, sz);
    while (world.byte_cnt && world.step < 600)
        tw_step(&world);
    world.byte_cnt = 0;
    tw_calm_down(&world);
    tw_free(&world);
    world.txs = NULL;
    world.records = NULL;
    world.arena = (lq_arena_t){0};
    return 0;
}
