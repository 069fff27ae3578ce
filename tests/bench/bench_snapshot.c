#include "bench.h"

#include <stdlib.h>
#include <string.h>

#include "population.h"

#include "liqd/book/snapshot.h"

/* A snapshot of a population, in memory: saved, and loaded again, which makes a new sync and
   rebuilds the book. A tenth of a million, since each sample loads once; a million take ten times
   as long. */
#ifndef BENCH_SNAPSHOT_ACCOUNTS
#define BENCH_SNAPSHOT_ACCOUNTS 100000
#endif
#define ACCOUNT_CNT (LQ_ASAN ? (size_t)5000 : (size_t)BENCH_SNAPSHOT_ACCOUNTS)

typedef struct store {
    lq_arena_t arena;
    lq_arena_mark_t empty;
    lq_adapter_t adapter;
    lq_sync_instance_t instance;
    lq_sync_t *sync;
    population_t p;
    uint8_t *file;
    uint8_t *copy; /* the reference's */
    size_t sz;
    size_t at;
} store_t;

/* The population's instance stays as it is: what it has are reserves, a few. */
static void clear_none(lq_instance_t *self)
{
    (void)self;
}

static size_t no_pieces(lq_instance_t *self, lq_undo_piece_t out[LQ_ADAPTER_PIECE_MAX])
{
    (void)self;
    (void)out;
    return 0;
}

static lq_err_t write_file(void *ctx, const void *p, size_t sz)
{
    store_t *s = ctx;
    memcpy(s->file + s->at, p, sz);
    s->at += sz;
    return LQ_OK;
}

static void ignore_notice(void *ctx, const lq_sync_notice_t *notice)
{
    (void)ctx;
    (void)notice;
}

static void ignore_move(void *ctx, const lq_book_event_t *event)
{
    (void)ctx;
    (void)event;
}

/* It reads and searches nothing before it is told to go on. */
static const lq_sync_sink_t sink = {.notice = ignore_notice, .moved = ignore_move};

static lq_sync_config_t config_of(const store_t *s)
{
    return (lq_sync_config_t){
        .instances = &s->instance,
        .instance_cnt = 1,
        .ledger = population_ledger(ACCOUNT_CNT),
        .oracles = {.oracle_max = 128, .feed_max = 64},
        .group_max = 16384,
        .margin_bps = 50,
        .window_blk = 64,
        .undo_line_max = (size_t)1 << 16,
        .hold_max = (size_t)1 << 20,
        .block_sec = 12,
        .audit_mismatch_max = 1,
        .recheck_blk = 100,
        .read_max = 8,
        .read_account_max = 16,
        .chain_id = 1,
        .seed = 1,
    };
}

/* A sync that knows nothing, in place of the one before. */
static void begin(store_t *s)
{
    lq_sync_config_t config = config_of(s);
    lq_arena_rewind(&s->arena, s->empty);
    if (lq_sync_new(&s->sync, &s->arena, &config, &sink) != LQ_OK)
        abort();
}

static store_t *made(void *ctx)
{
    store_t *s = ctx;
    if (s->sync)
        return s;
    s->adapter = population_adapter;
    s->adapter.clear = clear_none;
    s->adapter.pieces = no_pieces;
    s->instance = (lq_sync_instance_t){.adapter = &s->adapter, .name = "population"};
    lq_sync_config_t config = config_of(s);
    if (lq_arena_init(&s->arena, lq_sync_arena_sz(&config)) != LQ_OK)
        abort();
    s->empty = lq_arena_mark(&s->arena);
    begin(s);
    population_init_sync(&s->p, s->sync, ACCOUNT_CNT, 1);
    lq_sync_place_t place = {.block = {.number = 100},
                             .block_sec = POPULATION_NOW_SEC,
                             .phase = LQ_SYNC_FOLLOWING,
                             .instance_cnt = 1};
    if (lq_sync_place_restored(s->sync, &place) != LQ_OK)
        abort();
    s->sz = lq_snapshot_sz(s->sync);
    s->file = malloc(s->sz);
    s->copy = malloc(s->sz);
    if (!s->file || !s->copy || lq_snapshot_save(s->sync, write_file, s) != LQ_OK || s->at != s->sz)
        abort();
    return s;
}

static void save(void *ctx, size_t iters)
{
    store_t *s = made(ctx);
    for (; iters; iters--) {
        s->at = 0;
        if (lq_snapshot_save(s->sync, write_file, s) != LQ_OK)
            abort();
    }
}

static void load(void *ctx, size_t iters)
{
    store_t *s = made(ctx);
    for (; iters; iters--) {
        lq_err_msg_t msg;
        begin(s);
        if (lq_snapshot_load(s->sync, &msg, s->file, s->sz) != LQ_OK ||
            lq_book_stat(lq_sync_book(s->sync)).tier_cnt[LQ_TIER_SAFE] < ACCOUNT_CNT / 2)
            abort();
    }
}

static void rebuild(void *ctx, size_t iters)
{
    store_t *s = made(ctx);
    for (; iters; iters--)
        lq_book_rebuild(lq_sync_book(s->sync));
}

static void copy(void *ctx, size_t iters)
{
    store_t *s = made(ctx);
    for (; iters; iters--) {
        memcpy(s->copy, s->file, s->sz);
        lq_bench_keep(s->copy);
    }
}

lq_bench_fn_t lq_bench_snapshot;
void lq_bench_snapshot(lq_bench_t *bench)
{
    static store_t s;
    lq_bench_case_t c = {.name = "book/snapshot saved, an account",
                         .work = save,
                         .reference = "memcpy of the file",
                         .reference_work = copy,
                         .ctx = &s,
                         .scale = ACCOUNT_CNT};
    lq_bench_case(bench, &c);
    c.name = "book/snapshot loaded, an account";
    c.work = load;
    c.reference = "rebuild of the book";
    c.reference_work = rebuild;
    lq_bench_case(bench, &c);
    if (s.sync)
        lq_arena_fini(&s.arena);
    free(s.file);
    free(s.copy);
}
