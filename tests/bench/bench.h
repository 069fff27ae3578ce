#ifndef LQ_BENCH_H
#define LQ_BENCH_H

/* Benchmarks as ratios: each case is timed against a floor or a peer in the same run, their samples
   taken in turns, because the machines are noisy and only the ratio is worth quoting. */

#include <stddef.h>
#include <stdint.h>

typedef struct lq_bench lq_bench_t;

/* One file bench_<name>.c declares and defines lq_bench_<name> of this type: it calls lq_bench_case
   for each of its cases. */
typedef void lq_bench_fn_t(lq_bench_t *bench);

/* lq_bench_work_t does the work ITERS times. What it computes must go through lq_bench_keep, or the
   compiler drops it. */
typedef void lq_bench_work_t(void *ctx, size_t iters);

typedef struct lq_bench_case {
    const char *name;                /* "<layer>/<what>" */
    lq_bench_work_t *work;           /* ours */
    const char *reference;           /* names the floor or the peer; NULL where there is none */
    lq_bench_work_t *reference_work; /* it, on the same input */
    void *ctx;                       /* given to both */
    double target;                   /* largest wanted p50 / reference p50; 0 where none is set */
    size_t scale; /* units of work in one iteration, 0 means 1: figures are ns a unit */
} lq_bench_case_t;

/* lq_bench_case warms up, measures and reports the case C, unless --filter leaves it out. */
void lq_bench_case(lq_bench_t *b, const lq_bench_case_t *c);

/* lq_bench_keep has the compiler believe that the bytes behind P are read and written. */
static inline void lq_bench_keep(const void *p)
{
    __asm__ volatile("" : : "g"(p) : "memory");
}

#endif
