#include "bench.h"

#include <stdlib.h>
#include <string.h>

#include "liqd/base/rng.h"
#include "liqd/protocol/ledger.h"

/* A million accounts of 2 to 8 legs, 2.8 on average, whose rows alone are 32 MB. Each find and each
   change waits for the one before, as in life, where one log names one account; accounts come in
   random order. The reference is one load from a random cache line of as many bytes as the rows,
   each waiting for the one before. The ledger that is restored is a tenth of it. */
enum {
    ACCOUNTS = 1000000,
    SMALL = 100000,
    FACTORS = 99
};

typedef struct bench_ledger {
    lq_arena_t arena;
    lq_undo_t *undo;
    lq_ledger_t *ledger;
    lq_address_t *owners; /* of the accounts, in another order, then as many of nobody */
    uint32_t *accounts;   /* in another order */
    size_t cnt;
    size_t at;
    size_t changed_cnt;
    uint64_t blk;
} bench_ledger_t;

static inline void wait_for_loads(void)
{
#if defined(__x86_64__)
    __asm__ volatile("lfence" : : : "memory");
#elif defined(__aarch64__)
    __asm__ volatile("dsb ld\n\tisb" : : : "memory");
#endif
}

static void step(bench_ledger_t *b)
{
    wait_for_loads();
    b->at = b->at + 1 == b->cnt ? 0 : b->at + 1;
}

static void find(bench_ledger_t *b, const lq_address_t *owners, size_t iters)
{
    uint32_t account = 0;
    for (size_t i = 0; i < iters; i++) {
        lq_err_t err = lq_ledger_find(b->ledger, &account, 0, &owners[b->at]);
        lq_bench_keep(&err);
        step(b);
    }
    lq_bench_keep(&account);
}

static void hit(void *ctx, size_t iters)
{
    bench_ledger_t *b = ctx;
    find(b, b->owners, iters);
}

static void miss(void *ctx, size_t iters)
{
    bench_ledger_t *b = ctx;
    find(b, b->owners + b->cnt, iters);
}

static void one_load(void *ctx, size_t iters)
{
    bench_ledger_t *b = ctx;
    const uint8_t *bytes = (const uint8_t *)b->owners;
    uint8_t sum = 0;
    for (size_t i = 0; i < iters; i++) {
        sum ^= bytes[(size_t)b->accounts[b->at] * 32];
        lq_bench_keep(&sum);
        step(b);
    }
}

/* A block for each 200 changes, settled after each change. */
static void change(void *ctx, size_t iters)
{
    bench_ledger_t *b = ctx;
    for (size_t i = 0; i < iters; i++) {
        if (b->changed_cnt++ % 200 == 0)
            lq_undo_begin(b->undo, b->blk++);
        uint32_t account = b->accounts[b->at];
        uint16_t factor = lq_ledger_legs(b->ledger, account).factors[0];
        if (lq_ledger_set_amount(b->ledger, account, factor, b->changed_cnt) != LQ_OK)
            abort();
        lq_ledger_settled(b->ledger);
        step(b);
    }
}

/* Stands for the prefilter: reads what it reads, in order. */
static void scan(void *ctx, size_t iters)
{
    bench_ledger_t *b = ctx;
    for (; iters; iters--) {
        float sum = 0;
        for (size_t s = 0; s < lq_ledger_segment_cnt(b->ledger); s++) {
            lq_leg_blocks_t blocks = lq_ledger_blocks(b->ledger, s);
            for (size_t i = 0; i < blocks.block_cnt * blocks.block_sz; i += 32)
                sum += blocks.approx[i] * (float)blocks.factors[i];
        }
        lq_bench_keep(&sum);
    }
}

static void restore(void *ctx, size_t iters)
{
    bench_ledger_t *b = ctx;
    for (; iters; iters--) {
        /* What it writes beside the pieces has to be zero before. */
        lq_undo_piece_t pieces[LQ_LEDGER_PIECE_MAX];
        size_t cnt = lq_ledger_pieces(b->ledger, pieces);
        void *copies[LQ_LEDGER_PIECE_MAX];
        lq_arena_mark_t mark = lq_arena_mark(&b->arena);
        for (size_t i = 0; i < cnt; i++) {
            copies[i] = lq_arena_alloc(&b->arena, pieces[i].sz, LQ_CACHE_LINE_SZ);
            if (!copies[i])
                abort();
            memcpy(copies[i], pieces[i].data, pieces[i].sz);
        }
        lq_ledger_clear(b->ledger);
        for (size_t i = 0; i < cnt; i++)
            memcpy(pieces[i].data, copies[i], pieces[i].sz);
        lq_arena_rewind(&b->arena, mark);
        if (lq_ledger_restored(b->ledger) != LQ_OK)
            abort();
    }
}

static void *must_alloc(lq_arena_t *arena, size_t sz)
{
    void *p = lq_arena_alloc(arena, sz, LQ_CACHE_LINE_SZ);
    if (!p)
        abort();
    return p;
}

static size_t any_leg_cnt(lq_rng_t *rng)
{
    size_t x = lq_rng_below(rng, 100);
    return x < 50 ? 2 : x < 80 ? 3 : x < 95 ? 4 : 5 + x % 4;
}

static void add_accounts(bench_ledger_t *b, lq_rng_t *rng)
{
    for (size_t i = 0; i < b->cnt; i++) {
        uint32_t account;
        if (lq_ledger_add(b->ledger, &account, 0, &b->owners[i]) != LQ_OK)
            abort();
        size_t first = lq_rng_below(rng, FACTORS);
        for (size_t k = any_leg_cnt(rng); k; k--)
            if (lq_ledger_set_amount(b->ledger, account, (uint16_t)((first + 5 * k) % FACTORS),
                                     1 + lq_rng_u64(rng)) != LQ_OK)
                abort();
        b->accounts[i] = account;
    }
    lq_ledger_settled(b->ledger);
}

static void start(bench_ledger_t *b, size_t cnt)
{
    *b = (bench_ledger_t){.cnt = cnt};
    const lq_ledger_config_t c = {.account_max = cnt,
                                  .leg_max = cnt * 33 / 10,
                                  .pool_max = 1,
                                  .factor_max = FACTORS,
                                  .seed = 1};
    const lq_undo_config_t u = {
        .state_sz = lq_ledger_state_sz(&c) + LQ_UNDO_LINE_SZ, .line_max = 1u << 20, .blk_max = 65};
    if (lq_arena_init(&b->arena, (size_t)3 << 29) != LQ_OK ||
        lq_undo_new(&b->undo, &b->arena, &u) != LQ_OK ||
        lq_ledger_new(&b->ledger, &b->arena, b->undo, &c) != LQ_OK)
        abort();
    uint32_t pool;
    uint16_t factor;
    if (lq_ledger_add_pool(b->ledger, &pool, (lq_ledger_pool_t){0, 0}) != LQ_OK)
        abort();
    for (size_t i = 0; i < FACTORS; i++)
        if (lq_ledger_add_factor(b->ledger, &factor, &(lq_factor_t){.side = (uint8_t)(i % 3)}) !=
            LQ_OK)
            abort();
    b->owners = must_alloc(&b->arena, 2 * cnt * sizeof(b->owners[0]));
    b->accounts = must_alloc(&b->arena, cnt * sizeof(b->accounts[0]));
    lq_rng_t rng;
    lq_rng_seed(&rng, 1);
    lq_rng_bytes(&rng, b->owners, 2 * cnt * sizeof(b->owners[0]));
    add_accounts(b, &rng);
    for (size_t i = 0; i < cnt; i++) { /* both, alike or not: only the order matters */
        size_t k = lq_rng_below(&rng, i + 1);
        lq_address_t owner = b->owners[i];
        b->owners[i] = b->owners[k];
        b->owners[k] = owner;
        uint32_t account = b->accounts[i];
        b->accounts[i] = b->accounts[k];
        b->accounts[k] = account;
    }
}

lq_bench_fn_t lq_bench_ledger;
void lq_bench_ledger(lq_bench_t *bench)
{
    bench_ledger_t b;
    start(&b, ACCOUNTS);
    lq_bench_case_t c = {.name = "protocol/ledger_find_hit",
                         .work = hit,
                         .reference = "one load",
                         .reference_work = one_load,
                         .ctx = &b};
    lq_bench_case(bench, &c);
    c.name = "protocol/ledger_find_miss";
    c.work = miss;
    lq_bench_case(bench, &c);
    c.name = "protocol/ledger_set_amount";
    c.work = change;
    lq_bench_case(bench, &c);
    lq_bench_case(bench, &(lq_bench_case_t){.name = "protocol/ledger_scan_an_account",
                                            .work = scan,
                                            .ctx = &b,
                                            .scale = ACCOUNTS});
    lq_arena_fini(&b.arena);

    start(&b, SMALL);
    lq_bench_case(bench, &(lq_bench_case_t){.name = "protocol/ledger_restored_an_account",
                                            .work = restore,
                                            .ctx = &b,
                                            .scale = SMALL});
    lq_arena_fini(&b.arena);
}
