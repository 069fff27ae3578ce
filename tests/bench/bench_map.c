#include "bench.h"

#include <stdlib.h>
#include <string.h>

#include "liqd/base/map.h"
#include "liqd/base/rng.h"

/* A million random addresses in a map of exactly that capacity, 48 MB. Each find waits for the one
   before, as in life, where one log names one account; the keys come in turn from an array, which
   costs next to nothing. The reference is one load from a random cache line of another 48 MB, each
   waiting for the one before: what no table of that size can beat. */
enum {
    ENTRIES = 1000000,
    KEY_SZ = 20
};
#define TABLE_SZ ((size_t)ENTRIES * 48)

typedef struct bench_map {
    lq_map_t *map;
    uint8_t *keys;   /* those in the map, then as many that are not */
    uint8_t *table;  /* the reference's, all zero */
    uint32_t *lines; /* where it reads, in turn */
    size_t at;       /* the next of either */
} bench_map_t;

/* Ends the iteration: nothing later starts before its loads are done. Without, a guessed branch
   would let the misses overlap, since their result is in no register that the next one needs. */
static inline void wait_for_loads(void)
{
#if defined(__x86_64__)
    __asm__ volatile("lfence" : : : "memory");
#elif defined(__aarch64__)
    __asm__ volatile("dsb ld\n\tisb" : : : "memory");
#endif
}

static void find_work(bench_map_t *b, const uint8_t *keys, size_t iters)
{
    uint32_t value = 0;
    for (size_t i = 0; i < iters; i++) {
        lq_err_t err = lq_map_find(b->map, &value, keys + b->at * KEY_SZ);
        lq_bench_keep(&err);
        wait_for_loads();
        b->at = b->at + 1 == ENTRIES ? 0 : b->at + 1;
    }
    lq_bench_keep(&value);
}

static void hit(void *ctx, size_t iters)
{
    bench_map_t *b = ctx;
    find_work(b, b->keys, iters);
}

static void miss(void *ctx, size_t iters)
{
    bench_map_t *b = ctx;
    find_work(b, b->keys + (size_t)ENTRIES * KEY_SZ, iters);
}

static void one_load(void *ctx, size_t iters)
{
    bench_map_t *b = ctx;
    uint8_t sum = 0;
    for (size_t i = 0; i < iters; i++) {
        sum ^= b->table[(size_t)b->lines[b->at] * LQ_CACHE_LINE_SZ];
        lq_bench_keep(&sum);
        wait_for_loads();
        b->at = b->at + 1 == ENTRIES ? 0 : b->at + 1;
    }
}

static void *must_alloc(lq_arena_t *arena, size_t sz)
{
    void *p = lq_arena_alloc(arena, sz, LQ_CACHE_LINE_SZ);
    if (!p)
        abort();
    return p;
}

lq_bench_fn_t lq_bench_map;
void lq_bench_map(lq_bench_t *bench)
{
    lq_arena_t arena;
    if (lq_arena_init(&arena, (size_t)1 << 28) != LQ_OK)
        abort();
    lq_rng_t rng;
    lq_rng_seed(&rng, 1);
    bench_map_t b = {0};
    if (lq_map_new(&b.map, &arena, KEY_SZ, ENTRIES, lq_rng_u64(&rng)) != LQ_OK)
        abort();
    b.keys = must_alloc(&arena, 2 * (size_t)ENTRIES * KEY_SZ);
    lq_rng_bytes(&rng, b.keys, 2 * (size_t)ENTRIES * KEY_SZ);
    b.table = must_alloc(&arena, TABLE_SZ);
    b.lines = must_alloc(&arena, ENTRIES * sizeof(b.lines[0]));
    memset(b.table, 0, TABLE_SZ);
    for (uint32_t i = 0; i < ENTRIES; i++) {
        b.lines[i] = (uint32_t)lq_rng_below(&rng, TABLE_SZ / LQ_CACHE_LINE_SZ);
        if (lq_map_insert(b.map, b.keys + (size_t)i * KEY_SZ, i) != LQ_OK)
            abort();
    }
    lq_bench_case_t c = {.name = "base/map_find_hit_1m",
                         .work = hit,
                         .reference = "one random load in 48 MB",
                         .reference_work = one_load,
                         .ctx = &b};
    lq_bench_case(bench, &c);
    c.name = "base/map_find_miss_1m";
    c.work = miss;
    lq_bench_case(bench, &c);
    lq_arena_fini(&arena);
}
