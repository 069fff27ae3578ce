#ifndef LIQD_BASE_HIST_H
#define LIQD_BASE_HIST_H

/* A histogram of any 64-bit values, for latencies above all: constant size, recording in a few
   instructions, percentiles with a proven error. Integers only.

   Each power of two is divided into LQ_HIST_SUB_CNT = 2^6 equal buckets. A value v >= 64 lies in a
   bucket of width w = 2^(floor(log2 v) - 6), and a bucket is reported by its highest value, so

       exact <= reported <= exact + w - 1,   w - 1 < w <= exact / 2^6:

   a reported percentile is never below the exact one and above it by less than 2^-6 (1.6 %) of it.
   Below LQ_HIST_EXACT_CNT = 128 each value has its own bucket (w = 1): exact. */

#include <stddef.h>
#include <stdint.h>

#include "liqd/base/compiler.h"
#include "liqd/base/err.h"

#define LQ_HIST_SUB_BITS  6u
#define LQ_HIST_SUB_CNT   ((size_t)1 << LQ_HIST_SUB_BITS)
#define LQ_HIST_EXACT_CNT (2 * LQ_HIST_SUB_CNT)

/* 64 buckets each for [0, 2^6), [2^6, 2^7), ... [2^63, 2^64). */
#define LQ_HIST_BUCKET_CNT ((64 - LQ_HIST_SUB_BITS + 1) * LQ_HIST_SUB_CNT)

/* The whole, in parts per million: p99 is 990000. */
#define LQ_HIST_PPM_MAX 1000000u

/* About 30 KB; nothing outside it. The members above BUCKET_CNT may be read, only the functions
   below write them. Not synchronised: one writer, and readers on its thread. */
typedef struct lq_hist {
    lq_u128_t sum; /* exact: fewer than 2^64 values of less than 2^64 */
    uint64_t cnt;  /* values recorded */
    uint64_t min;  /* UINT64_MAX while cnt is 0 */
    uint64_t max;  /* 0 while cnt is 0 */
    uint64_t bucket_cnt[LQ_HIST_BUCKET_CNT];
} lq_hist_t;

/* lq_hist_reset makes HIST empty. Must come before the first use. */
void lq_hist_reset(lq_hist_t *hist);

/* lq_hist_bucket returns the index of V's bucket, below LQ_HIST_BUCKET_CNT. */
static inline size_t lq_hist_bucket(uint64_t v)
{
    /* 0 up to 127: V itself; else V >> shift is its leading 7 bits, 64 to 127 */
    unsigned shift = 63u - LQ_HIST_SUB_BITS - (unsigned)__builtin_clzll(v | LQ_HIST_SUB_CNT);
    return ((size_t)shift << LQ_HIST_SUB_BITS) + (size_t)(v >> shift);
}

/* lq_hist_record counts V in HIST. Constant time, no branch. At most 2^64 - 1 values between two
   resets (584 years at one per nanosecond). */
static inline void lq_hist_record(lq_hist_t *hist, uint64_t v)
{
    hist->bucket_cnt[lq_hist_bucket(v)]++;
    hist->cnt++;
    hist->sum += v;
    hist->min = v < hist->min ? v : hist->min;
    hist->max = v > hist->max ? v : hist->max;
}

/* Values that are recorded when nobody waits any more: a bucket is hardly ever in a cache. */
#define LQ_HIST_LATER_MAX 16u

typedef struct lq_hist_later {
    size_t cnt;
    struct {
        lq_hist_t *hist;
        uint64_t v;
    } of[LQ_HIST_LATER_MAX];
} lq_hist_later_t;

/* lq_hist_settle records all that LATER has. */
static inline void lq_hist_settle(lq_hist_later_t *later)
{
    for (size_t i = 0; i < later->cnt; i++)
        lq_hist_record(later->of[i].hist, later->of[i].v);
    later->cnt = 0;
}

/* lq_hist_put has LATER, all zero at first, record V in HIST at the next lq_hist_settle, or, where
   it is full, now. */
static inline void lq_hist_put(lq_hist_later_t *later, lq_hist_t *hist, uint64_t v)
{
    if (later->cnt == LQ_HIST_LATER_MAX)
        lq_hist_settle(later);
    later->of[later->cnt].hist = hist;
    later->of[later->cnt++].v = v;
}

/* lq_hist_percentile sets *V to the value of nearest rank for the share PPM, within the error
   above: the smallest recorded value that at least max(1, ceil(cnt * PPM / 10^6)) recorded values
   do not exceed. Never above max; exactly min for the rank 1 (PPM = 0), exactly max for the rank
   cnt (PPM = LQ_HIST_PPM_MAX). Walks the buckets: a few microseconds at most.
   Errors: LQ_ERR_RANGE where PPM > LQ_HIST_PPM_MAX, LQ_ERR_EMPTY where nothing was recorded. */
LQ_MUST_USE lq_err_t lq_hist_percentile(const lq_hist_t *hist, uint64_t *v, uint32_t ppm);

/* lq_hist_merge records in HIST all that was recorded in OTHER: the result equals, bit for bit, a
   histogram that recorded both. Both counts together must stay below 2^64 (LQ_BUG otherwise). */
void lq_hist_merge(lq_hist_t *hist, const lq_hist_t *other);

#endif
