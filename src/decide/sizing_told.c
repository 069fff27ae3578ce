#include <string.h>

#include "liqd/base/digest.h"

#include "sizing_internal.h"

void lq_sizer_forget_told(lq_sizer_t *s)
{
    memset(s->room->is_told, 0, sizeof(s->room->is_told));
}

static bool is_of(const lq_sizing_told_t *told, const lq_liquidation_call_t *first,
                  lq_liquidation_pair_t pair, lq_liquidation_by_t by)
{
    return told->first.pair.collateral == first->pair.collateral &&
           told->first.pair.debt == first->pair.debt && told->first.by == first->by &&
           told->pair.collateral == pair.collateral && told->pair.debt == pair.debt &&
           told->by == by && lq_u256_eq(&told->first.amount, &first->amount);
}

/* Two in each other's way are asked for again. */
static size_t place_of(const lq_liquidation_call_t *first, lq_liquidation_pair_t pair,
                       lq_liquidation_by_t by)
{
    uint64_t h = lq_digest_word(first->amount.w[0], first->amount.w[1]);
    h = lq_digest_word(h, (uint64_t)first->pair.collateral << 16 | first->pair.debt);
    h = lq_digest_word(h, (uint64_t)pair.collateral << 16 | pair.debt);
    h = lq_digest_word(h, (uint64_t)first->by << 8 | by);
    return h % LQ_SIZING_TOLD_MAX;
}

size_t lq_sizer_ranges(lq_sizer_t *s, const lq_trial_t *base,
                       lq_liquidation_range_t out[LQ_LIQUIDATION_RANGE_MAX],
                       lq_liquidation_pair_t pair, lq_liquidation_by_t by)
{
    if (!s->first)
        return s->adapter->trial_ranges(s->self, base, out, pair, by);
    size_t at = place_of(s->first, pair, by);
    lq_sizing_told_t *told = &s->room->told[at];
    if (s->room->is_told[at] && is_of(told, s->first, pair, by)) {
        memcpy(out, told->ranges, told->cnt * sizeof(out[0]));
        return told->cnt;
    }
    size_t cnt = s->adapter->trial_ranges(s->self, base, out, pair, by);
    s->room->is_told[at] = cnt <= LQ_SIZING_TOLD_RANGE_MAX;
    if (s->room->is_told[at]) {
        *told = (lq_sizing_told_t){.first = *s->first, .pair = pair, .by = by, .cnt = cnt};
        memcpy(told->ranges, out, cnt * sizeof(out[0]));
    }
    return cnt;
}
