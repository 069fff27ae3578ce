#include "bench.h"

#include <stdlib.h>
#include <string.h>

#include "liqd/base/rng.h"
#include "liqd/base/undo.h"

/* Writes of 16 bytes, in turn over the lines of a small state, in a window of 65 blocks. "First"
   begins a block each time that it comes round, so that each write keeps its line; "again" stays in
   one block. The reference is a bare copy of 16 bytes to the same places, whose size is a constant,
   which the journal's is not. The cold state is of 256 MB, in random order, a block for each 4096
   writes: its lines come from memory for both, but a bare store waits for none of them. */
enum {
    WRITE_SZ = 16,
    HOT_CNT = 512,       /* lines: 32 KB */
    COLD_CNT = 1 << 22,  /* lines */
    COLD_BLK_CNT = 4096, /* writes */
    BLK_MAX = 65
};

typedef struct bench_undo {
    lq_undo_t *undo;
    uint8_t *state;
    uint32_t *order; /* of the lines, COLD_CNT */
    size_t line_cnt;
    size_t blk_cnt; /* writes */
    size_t at;      /* the next line, in turn */
    size_t copy_at; /* the reference's */
    uint64_t blk;
    uint8_t bytes[WRITE_SZ];
} bench_undo_t;

static inline uint8_t *next_place(bench_undo_t *b, size_t *at)
{
    size_t idx = *at;
    *at = idx + 1 == b->line_cnt ? 0 : idx + 1;
    return b->state + (b->order ? b->order[idx] : idx) * LQ_UNDO_LINE_SZ;
}

static void first(void *ctx, size_t iters)
{
    bench_undo_t *b = ctx;
    for (size_t i = 0; i < iters; i++) {
        if (b->at % b->blk_cnt == 0)
            lq_undo_begin(b->undo, b->blk++);
        lq_undo_write(b->undo, next_place(b, &b->at), b->bytes, WRITE_SZ);
    }
}

static void again(void *ctx, size_t iters)
{
    bench_undo_t *b = ctx;
    for (size_t i = 0; i < iters; i++)
        lq_undo_write(b->undo, next_place(b, &b->at), b->bytes, WRITE_SZ);
}

static void copy(void *ctx, size_t iters)
{
    bench_undo_t *b = ctx;
    for (size_t i = 0; i < iters; i++) {
        uint8_t *dst = next_place(b, &b->copy_at);
        lq_bench_keep(dst);
        memcpy(dst, b->bytes, WRITE_SZ);
        lq_bench_keep(dst);
    }
}

/* A block of HOT_CNT lines and back, by line; against the bare copies. */
static void write_and_back(void *ctx, size_t iters)
{
    bench_undo_t *b = ctx;
    for (size_t i = 0; i < iters; i++) {
        lq_undo_begin(b->undo, b->blk);
        again(b, HOT_CNT);
        if (lq_undo_back(b->undo, b->blk) != LQ_OK)
            abort();
    }
}

static void copy_hot(void *ctx, size_t iters)
{
    copy(ctx, iters * HOT_CNT);
}

static void start(bench_undo_t *b, lq_arena_t *arena, size_t line_cnt, size_t blk_cnt)
{
    *b = (bench_undo_t){.line_cnt = line_cnt, .blk_cnt = blk_cnt};
    const lq_undo_config_t c = {.state_sz = (line_cnt + 2) * LQ_UNDO_LINE_SZ,
                                .line_max = (blk_cnt + 1) * BLK_MAX,
                                .blk_max = BLK_MAX};
    if (lq_arena_init(arena, (size_t)1 << 30) != LQ_OK || lq_undo_new(&b->undo, arena, &c) != LQ_OK)
        abort();
    b->state = lq_undo_alloc(b->undo, line_cnt * LQ_UNDO_LINE_SZ);
    if (!b->state)
        abort();
}

static void shuffle_lines(bench_undo_t *b, lq_arena_t *arena)
{
    lq_rng_t rng;
    lq_rng_seed(&rng, 1);
    b->order = lq_arena_alloc(arena, b->line_cnt * sizeof(b->order[0]), LQ_CACHE_LINE_SZ);
    if (!b->order)
        abort();
    for (size_t i = 0; i < b->line_cnt; i++) {
        size_t k = lq_rng_below(&rng, i + 1);
        b->order[i] = b->order[k];
        b->order[k] = (uint32_t)i;
    }
}

lq_bench_fn_t lq_bench_undo;
void lq_bench_undo(lq_bench_t *bench)
{
    lq_arena_t arena;
    bench_undo_t b;
    start(&b, &arena, HOT_CNT, HOT_CNT);
    lq_bench_case_t c = {.name = "base/undo_write_16_first",
                         .work = first,
                         .reference = "memcpy of 16 bytes",
                         .reference_work = copy,
                         .ctx = &b};
    lq_bench_case(bench, &c);
    c.name = "base/undo_write_16_again";
    c.work = again;
    lq_bench_case(bench, &c);
    lq_bench_case(bench, &(lq_bench_case_t){.name = "base/undo_write_16_and_back",
                                            .work = write_and_back,
                                            .reference = "memcpy of 16 bytes",
                                            .reference_work = copy_hot,
                                            .ctx = &b,
                                            .scale = HOT_CNT});
    lq_arena_fini(&arena);

    start(&b, &arena, COLD_CNT, COLD_BLK_CNT);
    shuffle_lines(&b, &arena);
    c.name = "base/undo_write_16_cold";
    c.work = first;
    lq_bench_case(bench, &c);
    lq_arena_fini(&arena);
}
