#include "fuzz.h"

#include "../support/dry_world.h"

/* A chain, rivals and a node that the bytes choose all of. Behind each step the model has booked
   the same. */

typedef struct input {
    const uint8_t *data;
    size_t sz;
} input_t;

static uint64_t take(void *ctx, uint64_t n)
{
    input_t *in = ctx;
    uint64_t v = 0;
    for (unsigned i = 0; i < (n > 256 ? 3u : 1u); i++) {
        v = v << 8 | (in->sz ? *in->data : 0);
        in->data += in->sz > 0;
        in->sz -= in->sz > 0;
    }
    return n ? v % n : 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t sz)
{
    input_t in = {data, sz};
    size_t intent_max = 1 + (size_t)take(&in, 16);
    dry_world_t *w = dry_world_new(take, &in, intent_max, (uint32_t)take(&in, 5));
    w->calm = take(&in, 2);
    while (in.sz)
        dry_step(w);
    dry_end(w);
    dry_world_free(w);
    return 0;
}
