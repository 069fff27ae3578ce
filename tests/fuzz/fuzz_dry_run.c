#include "fuzz.h"
#include "fuzz_input.h"

#include "../support/dry_world.h"

/* A chain, rivals and a node that the bytes choose all of. Behind each step the model has booked
   the same. */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t sz)
{
    fuzz_input_t in = {data, sz};
    size_t intent_max = 1 + (size_t)fuzz_below(&in, 16);
    dry_world_t *w = dry_world_new(fuzz_below, &in, intent_max, (uint32_t)fuzz_below(&in, 5));
    w->calm = fuzz_below(&in, 2);
    while (in.sz)
        dry_step(w);
    dry_end(w);
    dry_world_free(w);
    return 0;
}
