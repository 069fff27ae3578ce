#include "liqd/market/value.h"

#include "liqd/num/fixed.h"

#include "liqd/num/power_of_ten.h"

/* A source that counts, its price as a wad. */
typedef struct quote {
    lq_u256_t price_wad;
    uint64_t updated_sec;
    bool fresh;
} quote_t;

lq_err_t lq_value_to_wad(lq_u256_t *out, const lq_u256_t *price, unsigned decimals)
{
    if (decimals > LQ_POWER_OF_TEN_MAX)
        return LQ_ERR_RANGE;
    if (decimals <= LQ_VALUE_DECIMALS) {
        lq_u256_t factor = lq_power_of_ten(LQ_VALUE_DECIMALS - decimals);
        return lq_u256_mul_checked(out, price, &factor);
    }
    lq_u256_t divisor = lq_power_of_ten(decimals - LQ_VALUE_DECIMALS);
    return lq_u256_div_checked(out, price, &divisor);
}

/* Whether S counts; *OUT is then set. */
static bool read_source(quote_t *out, const lq_value_source_t *s, const lq_value_limits_t *limits,
                        uint64_t now_sec)
{
    if (s->updated_sec > now_sec && s->updated_sec - now_sec > limits->grace_sec)
        return false;
    if (lq_value_to_wad(&out->price_wad, &s->price, s->decimals) != LQ_OK ||
        lq_u256_is_zero(&out->price_wad))
        return false;
    uint64_t age_sec = s->updated_sec > now_sec ? 0 : now_sec - s->updated_sec;
    out->updated_sec = s->updated_sec;
    out->fresh = age_sec <= (uint64_t)s->heartbeat_sec + limits->grace_sec;
    return true;
}

/* Puts the quotes of freshness FRESH sorted over the others; returns how many, 0 with none moved.
 */
static size_t sort_those(quote_t *quotes, size_t cnt, bool fresh)
{
    size_t sorted_cnt = 0;
    for (size_t i = 0; i < cnt; i++) {
        if (quotes[i].fresh != fresh)
            continue;
        quote_t q = quotes[i];
        size_t k = sorted_cnt++;
        for (; k > 0 && lq_u256_lt(&q.price_wad, &quotes[k - 1].price_wad); k--)
            quotes[k] = quotes[k - 1];
        quotes[k] = q;
    }
    return sorted_cnt;
}

/* ceil(10000 |a - b| / b), at most UINT32_MAX; b > 0. */
static uint32_t distance_bps(const lq_u256_t *a, const lq_u256_t *b)
{
    lq_u256_t diff = lq_u256_lt(a, b) ? lq_u256_sub_wrap(b, a) : lq_u256_sub_wrap(a, b);
    lq_u256_t bps;
    uint64_t v;
    if (lq_u256_mul_div_up(&bps, &diff, &LQ_BPS_ONE, b) != LQ_OK ||
        lq_u256_to_u64(&v, &bps) != LQ_OK || v > UINT32_MAX)
        return UINT32_MAX;
    return (uint32_t)v;
}

static void summarise(lq_value_t *out, const quote_t *quotes, size_t cnt,
                      const lq_value_limits_t *limits)
{
    lq_value_t v = {.price_wad = quotes[(cnt - 1) / 2].price_wad,
                    .updated_sec = quotes[0].updated_sec,
                    .source_cnt = (uint32_t)cnt};
    for (size_t i = 0; i < cnt; i++) {
        uint32_t bps = distance_bps(&quotes[i].price_wad, &v.price_wad);
        if (bps > v.spread_bps)
            v.spread_bps = bps;
        if (bps > limits->deviation_bps)
            v.outlier_cnt++;
        if (quotes[i].updated_sec < v.updated_sec)
            v.updated_sec = quotes[i].updated_sec;
    }
    *out = v;
}

lq_value_verdict_t lq_value_aggregate(lq_value_t *out, const lq_value_source_t *sources,
                                      size_t source_cnt, const lq_value_limits_t *limits,
                                      uint64_t now_sec)
{
    LQ_ASSERT(source_cnt <= LQ_VALUE_SOURCE_MAX);
    quote_t quotes[LQ_VALUE_SOURCE_MAX];
    size_t cnt = 0;
    for (size_t i = 0; i < source_cnt; i++)
        if (read_source(&quotes[cnt], &sources[i], limits, now_sec))
            cnt++;
    if (cnt == 0)
        return LQ_VALUE_NONE;
    size_t fresh_cnt = sort_those(quotes, cnt, true);
    if (fresh_cnt == 0) {
        summarise(out, quotes, sort_those(quotes, cnt, false), limits);
        return LQ_VALUE_STALE;
    }
    summarise(out, quotes, fresh_cnt, limits);
    return 2 * (out->source_cnt - out->outlier_cnt) > out->source_cnt ? LQ_VALUE_FRESH
                                                                      : LQ_VALUE_DEVIATING;
}

static int32_t signed_bps(const lq_u256_t *diff, const lq_u256_t *base, bool negative)
{
    lq_u256_t bps;
    uint64_t v = INT32_MAX;
    if (lq_u256_mul_div_down(&bps, diff, &LQ_BPS_ONE, base) != LQ_OK ||
        lq_u256_to_u64(&v, &bps) != LQ_OK || v > INT32_MAX)
        v = INT32_MAX;
    return negative ? -(int32_t)v : (int32_t)v;
}

static int64_t signed_sec(uint64_t a, uint64_t b)
{
    uint64_t diff = a < b ? b - a : a - b;
    if (diff > INT64_MAX)
        diff = INT64_MAX;
    return a < b ? -(int64_t)diff : (int64_t)diff;
}

lq_err_t lq_value_gap(lq_value_gap_t *out, const lq_u256_t *protocol_price, uint64_t protocol_sec,
                      const lq_u256_t *our_price, uint64_t our_sec)
{
    if (lq_u256_is_zero(protocol_price))
        return LQ_ERR_DIV_ZERO;
    bool below = lq_u256_lt(our_price, protocol_price);
    lq_u256_t diff = below ? lq_u256_sub_wrap(protocol_price, our_price)
                           : lq_u256_sub_wrap(our_price, protocol_price);
    out->gap_bps = signed_bps(&diff, protocol_price, below);
    out->lag_sec = signed_sec(our_sec, protocol_sec);
    return LQ_OK;
}

const char *lq_value_verdict_str(lq_value_verdict_t verdict)
{
    switch (verdict) {
    case LQ_VALUE_FRESH:
        return "fresh";
    case LQ_VALUE_DEVIATING:
        return "deviating";
    case LQ_VALUE_STALE:
        return "stale";
    case LQ_VALUE_NONE:
        return "none";
    }
    return "unknown";
}
