#include "bench.h"

#include <string.h>

#include "liqd/base/rng.h"

static void ours(void *ctx, size_t iters)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < iters; i++)
        sum += lq_rng_u64(ctx);
    lq_bench_keep(&sum);
}

/* splitmix64: three multiplications, the least that passes statistical tests. */
static void floor_work(void *ctx, size_t iters)
{
    uint64_t seed;
    memcpy(&seed, ctx, sizeof(seed));
    uint64_t sum = 0;
    for (size_t i = 0; i < iters; i++) {
        seed += 0x9e3779b97f4a7c15u;
        uint64_t z = seed;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
        sum += z ^ (z >> 31);
        lq_bench_keep(&sum);
    }
}

lq_bench_fn_t lq_bench_rng;
void lq_bench_rng(lq_bench_t *bench)
{
    lq_rng_t rng;
    lq_rng_seed(&rng, 1);
    lq_bench_case(bench, &(lq_bench_case_t){.name = "base/rng_u64",
                                            .work = ours,
                                            .reference = "splitmix64",
                                            .reference_work = floor_work,
                                            .ctx = &rng});
}
