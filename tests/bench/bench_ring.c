#include "bench.h"

#include <stdlib.h>
#include <string.h>

#include "liqd/base/ring.h"

/* One thread pushes a 64-byte element and pops it again, so that this is the cost of the code and
   not of the cache lines that travel between cores. The reference copies 64 bytes into as large a
   buffer and out again, the size being a constant there, which the ring does not have. */
enum {
    ELEM_SZ = 64,
    CAP = 256
};

typedef struct bench_ring {
    lq_ring_t *ring;
    uint8_t *buf;
    size_t at;
    uint8_t elem[ELEM_SZ];
} bench_ring_t;

static void push_pop(void *ctx, size_t iters)
{
    bench_ring_t *b = ctx;
    for (size_t i = 0; i < iters; i++) {
        if (!lq_ring_push(b->ring, b->elem) || !lq_ring_pop(b->ring, b->elem))
            abort();
        lq_bench_keep(b->elem);
    }
}

static void copy_twice(void *ctx, size_t iters)
{
    bench_ring_t *b = ctx;
    for (size_t i = 0; i < iters; i++) {
        uint8_t *slot = b->buf + b->at++ % CAP * ELEM_SZ;
        memcpy(slot, b->elem, ELEM_SZ);
        lq_bench_keep(slot);
        memcpy(b->elem, slot, ELEM_SZ);
        lq_bench_keep(b->elem);
    }
}

lq_bench_fn_t lq_bench_ring;
void lq_bench_ring(lq_bench_t *bench)
{
    lq_arena_t arena;
    if (lq_arena_init(&arena, (size_t)1 << 20) != LQ_OK)
        abort();
    bench_ring_t b = {.buf = lq_arena_alloc(&arena, (size_t)CAP * ELEM_SZ, LQ_CACHE_LINE_SZ)};
    if (!b.buf || lq_ring_new(&b.ring, &arena, ELEM_SZ, CAP) != LQ_OK)
        abort();
    memset(b.buf, 0, (size_t)CAP * ELEM_SZ);
    lq_bench_case(bench, &(lq_bench_case_t){.name = "base/ring_push_pop_64",
                                            .work = push_pop,
                                            .reference = "memcpy of 64 bytes, twice",
                                            .reference_work = copy_twice,
                                            .ctx = &b});
    lq_arena_fini(&arena);
}
