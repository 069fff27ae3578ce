#include "bench.h"

#include "liqd/base/hist.h"
#include "liqd/base/rng.h"

#define VALUE_CNT 4096 /* a power of two */

typedef struct hist_case {
    lq_hist_t hist;
    uint64_t value_ns[VALUE_CNT]; /* latencies of any width up to 4 s */
} hist_case_t;

static void record(void *ctx, size_t iters)
{
    hist_case_t *c = ctx;
    for (size_t i = 0; i < iters; i++) {
        lq_hist_record(&c->hist, c->value_ns[i % VALUE_CNT]);
        lq_bench_keep(&c->hist);
    }
}

/* The least that any histogram does: one increment at a place that the value decides. */
static void increment(void *ctx, size_t iters)
{
    hist_case_t *c = ctx;
    for (size_t i = 0; i < iters; i++) {
        c->hist.bucket_cnt[c->value_ns[i % VALUE_CNT] % LQ_HIST_BUCKET_CNT]++;
        lq_bench_keep(&c->hist);
    }
}

static void percentile(void *ctx, size_t iters)
{
    hist_case_t *c = ctx;
    for (size_t i = 0; i < iters; i++) {
        uint64_t v = 0;
        if (lq_hist_percentile(&c->hist, &v, 990000) != LQ_OK)
            LQ_BUG("the histogram is not empty");
        lq_bench_keep(&v);
    }
}

lq_bench_fn_t lq_bench_hist;
void lq_bench_hist(lq_bench_t *bench)
{
    static hist_case_t c;
    lq_rng_t rng;
    lq_rng_seed(&rng, 1);
    lq_hist_reset(&c.hist);
    for (size_t i = 0; i < VALUE_CNT; i++)
        c.value_ns[i] = lq_rng_u64(&rng) >> (32 + lq_rng_below(&rng, 32));
    lq_bench_case(bench, &(lq_bench_case_t){.name = "base/hist_record",
                                            .work = record,
                                            .reference = "array increment",
                                            .reference_work = increment,
                                            .ctx = &c});
    lq_hist_reset(&c.hist); /* the increments counted in no order */
    record(&c, VALUE_CNT);
    lq_bench_case(
        bench, &(lq_bench_case_t){.name = "base/hist_percentile", .work = percentile, .ctx = &c});
}
