#include "bench.h"

#include <stdlib.h>
#include <string.h>

#include "population.h"

#include "liqd/book/snapshot.h"

/* A snapshot of a population, in memory: saved, and loaded again with the book rebuilt. A tenth of
   a million, since each sample loads once; a million take ten times as long. The sync around it is
   a place and its parts: the functions of sync.h that snapshots call are defined here. */
#ifndef BENCH_SNAPSHOT_ACCOUNTS
#define BENCH_SNAPSHOT_ACCOUNTS 100000
#endif
#define ACCOUNT_CNT (LQ_ASAN ? (size_t)5000 : (size_t)BENCH_SNAPSHOT_ACCOUNTS)

struct lq_sync {
    population_t p;
    bool is_made;
    lq_adapter_t adapter;
    lq_sync_instance_t instance;
    lq_sync_place_t place;
    uint8_t *file;
    uint8_t *copy; /* the reference's */
    size_t sz;
    size_t at;
};

lq_sync_stat_t lq_sync_stat(const lq_sync_t *s)
{
    (void)s;
    return (lq_sync_stat_t){.phase = LQ_SYNC_IDLE};
}

lq_err_t lq_sync_place(const lq_sync_t *s, lq_sync_place_t *out)
{
    *out = s->place;
    return LQ_OK;
}

lq_err_t lq_sync_place_restored(lq_sync_t *s, const lq_sync_place_t *place)
{
    s->place = *place;
    if (lq_book_bind(s->p.book) != LQ_OK)
        abort();
    lq_book_rebuild(s->p.book);
    return LQ_OK;
}

uint64_t lq_sync_chain_id(const lq_sync_t *s)
{
    (void)s;
    return 1;
}

size_t lq_sync_instance_cnt(const lq_sync_t *s)
{
    (void)s;
    return 1;
}

const lq_sync_instance_t *lq_sync_instance(const lq_sync_t *s, uint32_t instance)
{
    (void)instance;
    return &s->instance;
}

lq_instance_t *lq_sync_self(const lq_sync_t *s, uint32_t instance)
{
    (void)instance;
    return s->p.instance;
}

lq_ledger_t *lq_sync_ledger(const lq_sync_t *s)
{
    return s->p.ledger;
}

lq_oracles_t *lq_sync_oracles(const lq_sync_t *s)
{
    return s->p.oracles;
}

lq_book_t *lq_sync_book(const lq_sync_t *s)
{
    return s->p.book;
}

lq_undo_t *lq_sync_undo(const lq_sync_t *s)
{
    return s->p.undo;
}

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

static void ignore(void *ctx, const lq_book_event_t *event)
{
    (void)ctx;
    (void)event;
}

static lq_err_t write_file(void *ctx, const void *p, size_t sz)
{
    lq_sync_t *s = ctx;
    memcpy(s->file + s->at, p, sz);
    s->at += sz;
    return LQ_OK;
}

static lq_sync_t *made(void *ctx)
{
    lq_sync_t *s = ctx;
    if (s->is_made)
        return s;
    s->is_made = true;
    population_init_book(&s->p, ACCOUNT_CNT, 1, ignore, NULL);
    s->adapter = population_adapter;
    s->adapter.clear = clear_none;
    s->adapter.pieces = no_pieces;
    s->instance = (lq_sync_instance_t){.adapter = &s->adapter, .name = "population"};
    s->place = (lq_sync_place_t){.phase = LQ_SYNC_FOLLOWING, .instance_cnt = 1};
    lq_ledger_settled(s->p.ledger);
    s->sz = lq_snapshot_sz(s);
    s->file = malloc(s->sz);
    s->copy = malloc(s->sz);
    if (!s->file || !s->copy || lq_snapshot_save(s, write_file, s) != LQ_OK || s->at != s->sz)
        abort();
    return s;
}

static void save(void *ctx, size_t iters)
{
    lq_sync_t *s = made(ctx);
    for (; iters; iters--) {
        s->at = 0;
        if (lq_snapshot_save(s, write_file, s) != LQ_OK)
            abort();
    }
}

static void load(void *ctx, size_t iters)
{
    lq_sync_t *s = made(ctx);
    for (; iters; iters--) {
        lq_err_msg_t msg;
        if (lq_snapshot_load(s, &msg, s->file, s->sz) != LQ_OK)
            abort();
    }
}

static void rebuild(void *ctx, size_t iters)
{
    lq_sync_t *s = made(ctx);
    for (; iters; iters--)
        lq_book_rebuild(s->p.book);
}

static void copy(void *ctx, size_t iters)
{
    lq_sync_t *s = made(ctx);
    for (; iters; iters--) {
        memcpy(s->copy, s->file, s->sz);
        lq_bench_keep(s->copy);
    }
}

lq_bench_fn_t lq_bench_snapshot;
void lq_bench_snapshot(lq_bench_t *bench)
{
    static lq_sync_t s;
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
    if (s.is_made)
        population_fini(&s.p);
    free(s.file);
    free(s.copy);
}
