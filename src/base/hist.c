#include "liqd/base/hist.h"

#include <string.h>

void lq_hist_reset(lq_hist_t *hist)
{
    memset(hist, 0, sizeof(*hist));
    hist->min = UINT64_MAX;
}

/* The highest value of bucket IDX. Of the last one (shift 57, lead 127) the sum wraps to 0, and
   0 - 1 is the UINT64_MAX wanted. */
static uint64_t bucket_top(size_t idx)
{
    if (idx < LQ_HIST_SUB_CNT)
        return idx;
    unsigned shift = (unsigned)(idx >> LQ_HIST_SUB_BITS) - 1;
    uint64_t lead = idx - ((size_t)shift << LQ_HIST_SUB_BITS);
    return ((lead + 1) << shift) - 1;
}

lq_err_t lq_hist_percentile(const lq_hist_t *hist, uint64_t *v, uint32_t ppm)
{
    if (ppm > LQ_HIST_PPM_MAX)
        return LQ_ERR_RANGE;
    if (!hist->cnt)
        return LQ_ERR_EMPTY;
    lq_u128_t product = (lq_u128_t)hist->cnt * ppm;
    uint64_t rank = (uint64_t)((product + LQ_HIST_PPM_MAX - 1) / LQ_HIST_PPM_MAX);
    if (rank <= 1) {
        *v = hist->min;
        return LQ_OK;
    }
    size_t idx = 0;
    for (uint64_t seen = hist->bucket_cnt[0]; seen < rank; seen += hist->bucket_cnt[idx])
        idx++;
    uint64_t top = bucket_top(idx);
    *v = top < hist->max ? top : hist->max;
    return LQ_OK;
}

void lq_hist_merge(lq_hist_t *hist, const lq_hist_t *other)
{
    LQ_ASSERT(other->cnt <= UINT64_MAX - hist->cnt);
    for (size_t i = 0; i < LQ_HIST_BUCKET_CNT; i++)
        hist->bucket_cnt[i] += other->bucket_cnt[i];
    hist->cnt += other->cnt;
    hist->sum += other->sum;
    hist->min = other->min < hist->min ? other->min : hist->min;
    hist->max = other->max > hist->max ? other->max : hist->max;
}
