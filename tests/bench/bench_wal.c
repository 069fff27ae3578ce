#include "bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "liqd/record/wal.h"

/* What a write point costs before bytes may leave: an append to a log on tmpfs. The reference
   copies as many bytes into as large a ring, touched as this one is. Target: 300 ns for 800 bytes,
   whatever the reference takes. */

#define LOG_SZ ((size_t)64 << 20)

typedef struct bench_wal {
    lq_wal_t *wal;
    size_t sz;
    uint8_t *source;
    uint8_t *ring;
    size_t at;
} bench_wal_t;

/* Once in many samples, as the journal's thread does beside it. */
static void release_all(lq_wal_t *wal)
{
    uint64_t seq = 0;
    const uint8_t *p = NULL;
    size_t sz = 0;
    while (lq_wal_next(wal, &seq, &p, &sz))
        ;
    lq_wal_release(wal, seq);
}

static void append(void *ctx, size_t iters)
{
    bench_wal_t *b = ctx;
    lq_wal_stat_t stat = lq_wal_stat(b->wal);
    if (stat.sz - stat.used_sz < iters * (b->sz + 64))
        release_all(b->wal);
    for (size_t i = 0; i < iters; i++) {
        lq_bench_keep(b->source);
        if (lq_wal_append(b->wal, NULL, b->source, b->sz, 0) != LQ_OK)
            abort();
    }
}

static void copy(void *ctx, size_t iters)
{
    bench_wal_t *b = ctx;
    for (size_t i = 0; i < iters; i++) {
        if (b->at + b->sz > LOG_SZ)
            b->at = 0;
        lq_bench_keep(b->source);
        memcpy(b->ring + b->at, b->source, b->sz);
        lq_bench_keep(b->ring + b->at);
        b->at += b->sz;
    }
}

lq_bench_fn_t lq_bench_wal;
void lq_bench_wal(lq_bench_t *bench)
{
    static const lq_wal_bind_t bind = {.chain_id = 1};
    char path[64];
    bool found;
    bench_wal_t b = {.source = calloc(1, LOG_SZ), .ring = malloc(LOG_SZ)};
    (void)snprintf(path, sizeof(path), "/dev/shm/liqd-bench-wal-%ld", (long)getpid());
    if (!b.source || !b.ring || lq_wal_open(&b.wal, NULL, &found, path, LOG_SZ, &bind, 1) != LQ_OK)
        abort();
    (void)unlink(path);
    memset(b.ring, 1, LOG_SZ);
    for (size_t i = 0; i < LOG_SZ; i++)
        b.source[i] = (uint8_t)(7 * i);
    static const size_t sizes[] = {100, 800, 4000};
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        char name[64];
        char reference[64];
        b.sz = sizes[i];
        (void)snprintf(name, sizeof(name), "record/wal_append_%zu", b.sz);
        (void)snprintf(reference, sizeof(reference), "memcpy of %zu bytes", b.sz);
        lq_bench_case(bench, &(lq_bench_case_t){.name = name,
                                                .work = append,
                                                .reference = reference,
                                                .reference_work = copy,
                                                .ctx = &b});
    }
    lq_wal_close(b.wal);
    free(b.source);
    free(b.ring);
}
