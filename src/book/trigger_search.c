#include "trigger_internal.h"

#include "liqd/base/compiler.h"
#include "liqd/num/i256.h"

/* CapAdapter's SCALING_FACTOR. */
#define CAP_SCALING_FACTOR 1000000u

static const lq_u256_t ONE = {{1, 0, 0, 0}};

static bool stands(lq_health_verdict_t verdict)
{
    return verdict == LQ_HEALTH_SAFE || verdict == LQ_HEALTH_NO_DEBT;
}

/* Half way, by length where FAR is far above SAFE. */
static lq_u256_t between(const lq_u256_t *safe, const lq_u256_t *far)
{
    unsigned safe_len = lq_u256_bit_len(safe);
    unsigned far_len = lq_u256_bit_len(far);
    if (far_len > safe_len + 2)
        return lq_u256_shl_wrap(safe, (far_len - safe_len) / 2);
    lq_u256_t sum = lq_u256_add_wrap(safe, far); /* both below 2^255 */
    return lq_u256_shr(&sum, 1);
}

static bool is_next(const lq_u256_t *a, const lq_u256_t *b)
{
    lq_u256_t gap = lq_u256_lt(a, b) ? lq_u256_sub_wrap(b, a) : lq_u256_sub_wrap(a, b);
    return lq_u256_eq(&gap, &ONE);
}

/* The account stands at SAFE and not at *BAD, where it is as *VERDICT says: narrows to a *BAD next
   to one where it stands. */
static void narrow(lq_u256_t *bad, lq_health_verdict_t *verdict, const lq_trigger_search_t *s,
                   lq_u256_t safe)
{
    while (!is_next(&safe, bad)) {
        lq_u256_t mid = between(&safe, bad);
        lq_health_verdict_t v = s->ask(s->ctx, &mid);
        if (stands(v)) {
            safe = mid;
        } else {
            *bad = mid;
            *verdict = v;
        }
    }
}

/* Looks from *SAFE to PROBE. True: the account does not stand all the way, and *FOUND tells whether
   it is liquidatable at *ANSWER. False: *SAFE is PROBE now. */
static bool leg(lq_u256_t *answer, bool *found, lq_u256_t *safe, const lq_trigger_search_t *s,
                const lq_u256_t *probe)
{
    lq_health_verdict_t verdict = s->ask(s->ctx, probe);
    if (stands(verdict)) {
        *safe = *probe;
        return false;
    }
    lq_u256_t bad = *probe;
    narrow(&bad, &verdict, s, *safe);
    *found = verdict == LQ_HEALTH_LIQUIDATABLE;
    if (*found)
        *answer = bad;
    return true;
}

static bool below(lq_u256_t *answer, const lq_trigger_search_t *s)
{
    bool found = false;
    lq_u256_t safe = s->present;
    for (size_t i = s->stop_cnt; i-- > 0;)
        if (lq_u256_lt(&s->stops[i], &safe) && !lq_u256_is_zero(&s->stops[i]) &&
            leg(answer, &found, &safe, s, &s->stops[i]))
            return found;
    if (lq_u256_lt(&ONE, &safe))
        (void)leg(answer, &found, &safe, s, &ONE);
    return found;
}

/* The end of the way up. */
static lq_u256_t top_of(const lq_u256_t *present)
{
    if (lq_u256_bit_len(present) <= 255 - 64)
        return lq_u256_shl_wrap(present, 64);
    return (lq_u256_t){{UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX >> 1}};
}

static bool above(lq_u256_t *answer, const lq_trigger_search_t *s)
{
    bool found = false;
    lq_u256_t safe = s->present;
    lq_u256_t top = top_of(&s->present);
    for (size_t i = 0; i < s->stop_cnt; i++)
        if (lq_u256_lt(&safe, &s->stops[i]) && lq_u256_lt(&s->stops[i], &top) &&
            leg(answer, &found, &safe, s, &s->stops[i]))
            return found;
    if (lq_u256_lt(&safe, &top))
        (void)leg(answer, &found, &safe, s, &top);
    return found;
}

lq_trigger_kind_t lq_trigger_search(lq_u256_t *answer, const lq_trigger_search_t *s)
{
    if (below(answer, s))
        return LQ_TRIGGER_BELOW;
    return above(answer, s) ? LQ_TRIGGER_ABOVE : LQ_TRIGGER_NEVER;
}

/* ---- stops ---- */

static bool is_feed(const lq_price_t *price, uint8_t node, uint32_t feed)
{
    return price->nodes[node].op == LQ_PRICE_FEED && price->nodes[node].u.feed == feed;
}

/* The largest ratio that CAP lets through: price.h. */
static lq_u256_t ratio_max(const lq_price_ratio_cap_t *cap, uint64_t now_sec)
{
    uint64_t elapsed_sec = now_sec > cap->snapshot_sec ? now_sec - cap->snapshot_sec : 0;
    lq_u256_t growth = lq_u256_from_halves(0, cap->max_growth_per_second_scaled);
    lq_u256_t elapsed = lq_u256_from_u64(elapsed_sec);
    lq_u256_t scaling = lq_u256_from_u64(CAP_SCALING_FACTOR);
    lq_u256_t ratio = lq_u256_from_halves(0, cap->snapshot_ratio);
    growth = lq_u256_mul_wrap(&growth, &elapsed);
    LQ_ASSERT(lq_u256_div_checked(&growth, &growth, &scaling) == LQ_OK);
    return lq_u256_add_wrap(&ratio, &growth);
}

/* Inserts STOP where it is new and there is room; without it a search may miss what lies between
   two caps of one feed. */
static size_t insert(lq_u256_t *stops, size_t cnt, size_t max, const lq_u256_t *stop)
{
    size_t at = cnt;
    while (at > 0 && lq_u256_lt(stop, &stops[at - 1]))
        at--;
    if (cnt >= max || (at > 0 && lq_u256_eq(stop, &stops[at - 1])))
        return cnt;
    for (size_t i = cnt; i > at; i--)
        stops[i] = stops[i - 1];
    stops[at] = *stop;
    return cnt + 1;
}

size_t lq_trigger_stops(lq_u256_t *stops, size_t cnt, size_t max, const lq_price_t *price,
                        uint32_t feed, uint64_t now_sec)
{
    for (uint32_t i = 0; i < price->node_cnt; i++) {
        const lq_price_node_t *n = &price->nodes[i];
        if (n->op == LQ_PRICE_CAP_STABLE && is_feed(price, n->u.cap_stable.base, feed)) {
            cnt = insert(stops, cnt, max, &n->u.cap_stable.cap.bits); /* never negative */
        } else if (n->op == LQ_PRICE_CAP_RATIO && is_feed(price, n->u.cap_ratio.ratio, feed)) {
            lq_u256_t stop = ratio_max(&n->u.cap_ratio.cap, now_sec);
            cnt = insert(stops, cnt, max, &stop);
        }
    }
    return cnt;
}

/* ---- time ---- */

uint64_t lq_trigger_time(lq_trigger_when_t *when, void *ctx, uint64_t horizon_sec)
{
    if (when(ctx, 0))
        return 0;
    uint64_t step_cnt = horizon_sec < LQ_TRIGGER_STEP_CNT ? horizon_sec : LQ_TRIGGER_STEP_CNT;
    uint64_t not_yet = 0;
    for (uint64_t k = 1; k <= step_cnt; k++) {
        uint64_t at = (uint64_t)((lq_u128_t)horizon_sec * k / step_cnt);
        if (!when(ctx, at)) {
            not_yet = at;
            continue;
        }
        while (at - not_yet > 1) {
            uint64_t mid = not_yet + (at - not_yet) / 2;
            if (when(ctx, mid))
                at = mid;
            else
                not_yet = mid;
        }
        return at;
    }
    return UINT64_MAX;
}
