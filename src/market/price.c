#include "liqd/market/price.h"

#include "liqd/num/power_of_ten.h"

static const lq_u256_t ONE = {{1, 0, 0, 0}};

/* 1e6: the cap's SCALING_FACTOR; 365 days. */
enum {
    CAP_SCALING_FACTOR = 1000000,
    SECONDS_PER_YEAR = 31536000,
    PERCENTAGE_FACTOR = 10000,
};

/* uint104: the width of the cap's ratios in storage. */
#define CAP_RATIO_MAX (((lq_u128_t)1 << 104) - 1)

/* ---- building ---- */

static lq_err_t add(lq_price_t *price, uint8_t *node, const lq_price_node_t *n)
{
    if (price->node_cnt >= LQ_PRICE_NODE_MAX)
        return LQ_ERR_FULL;
    if (price->node_cnt > 0 && price->nodes[price->node_cnt - 1].op == LQ_PRICE_MORPHO)
        return LQ_ERR_INVAL;
    if (node)
        *node = (uint8_t)price->node_cnt;
    price->nodes[price->node_cnt++] = *n;
    return LQ_OK;
}

static bool is_node(const lq_price_t *price, uint8_t node)
{
    return node < price->node_cnt;
}

lq_err_t lq_price_add_feed(lq_price_t *price, uint8_t *node, uint32_t feed)
{
    return add(price, node, &(lq_price_node_t){.op = LQ_PRICE_FEED, .u.feed = feed});
}

lq_err_t lq_price_add_fixed(lq_price_t *price, uint8_t *node, const lq_i256_t *answer)
{
    return add(price, node, &(lq_price_node_t){.op = LQ_PRICE_FIXED, .u.fixed = *answer});
}

lq_err_t lq_price_add_product(lq_price_t *price, uint8_t *node, uint8_t a, uint8_t b,
                              uint8_t up_decimals, uint8_t down_decimals)
{
    if (!is_node(price, a) || !is_node(price, b))
        return LQ_ERR_INVAL;
    if (up_decimals > LQ_FEED_DECIMALS_MAX || down_decimals > LQ_FEED_DECIMALS_MAX)
        return LQ_ERR_RANGE;
    lq_price_node_t n = {.op = LQ_PRICE_PRODUCT};
    n.u.product.a = a;
    n.u.product.b = b;
    n.u.product.up_decimals = up_decimals;
    n.u.product.down_decimals = down_decimals;
    return add(price, node, &n);
}

lq_err_t lq_price_add_cap_ratio(lq_price_t *price, uint8_t *node, uint8_t base, uint8_t ratio,
                                const lq_price_ratio_cap_t *cap)
{
    if (!is_node(price, base) || !is_node(price, ratio))
        return LQ_ERR_INVAL;
    if (cap->ratio_decimals > LQ_FEED_DECIMALS_MAX || cap->snapshot_ratio > CAP_RATIO_MAX ||
        cap->max_growth_per_second_scaled > CAP_RATIO_MAX || cap->snapshot_sec >> 48 != 0)
        return LQ_ERR_RANGE;
    lq_price_node_t n = {.op = LQ_PRICE_CAP_RATIO};
    n.u.cap_ratio.base = base;
    n.u.cap_ratio.ratio = ratio;
    n.u.cap_ratio.cap = *cap;
    return add(price, node, &n);
}

lq_u128_t lq_price_cap_growth(lq_u128_t snapshot_ratio, uint16_t yearly_bps)
{
    /* 104 + 16 + 20 bits, then less than a quarter of the ratio: it fits uint104 again */
    lq_u256_t v = lq_u256_from_halves(0, snapshot_ratio);
    lq_u256_t factor = lq_u256_from_u64((uint64_t)yearly_bps * CAP_SCALING_FACTOR);
    lq_u256_t divisor = lq_u256_from_u64((uint64_t)PERCENTAGE_FACTOR * SECONDS_PER_YEAR);
    v = lq_u256_mul_wrap(&v, &factor);
    LQ_ASSERT(lq_u256_div_checked(&v, &v, &divisor) == LQ_OK);
    return lq_u256_lo(&v);
}

lq_err_t lq_price_add_cap_stable(lq_price_t *price, uint8_t *node, uint8_t base,
                                 const lq_i256_t *cap)
{
    if (!is_node(price, base))
        return LQ_ERR_INVAL;
    if (lq_i256_is_neg(cap))
        return LQ_ERR_RANGE;
    lq_price_node_t n = {.op = LQ_PRICE_CAP_STABLE};
    n.u.cap_stable.base = base;
    n.u.cap_stable.cap = *cap;
    return add(price, node, &n);
}

lq_err_t lq_price_add_morpho(lq_price_t *price, uint8_t *node, const lq_price_morpho_t *morpho)
{
    const uint8_t inputs[] = {morpho->base_vault,  morpho->base_feed_1,  morpho->base_feed_2,
                              morpho->quote_vault, morpho->quote_feed_1, morpho->quote_feed_2};
    for (size_t i = 0; i < LQ_ARRAY_CNT(inputs); i++)
        if (inputs[i] != LQ_PRICE_NO_NODE && !is_node(price, inputs[i]))
            return LQ_ERR_INVAL;
    return add(price, node, &(lq_price_node_t){.op = LQ_PRICE_MORPHO, .u.morpho = *morpho});
}

lq_err_t lq_price_morpho_scale_factor(lq_u256_t *out, const lq_price_morpho_params_t *params)
{
    const lq_price_morpho_params_t *p = params;
    unsigned plus =
        36u + p->quote_token_decimals + p->quote_feed_1_decimals + p->quote_feed_2_decimals;
    unsigned minus =
        (unsigned)p->base_token_decimals + p->base_feed_1_decimals + p->base_feed_2_decimals;
    if (plus < minus || plus - minus > LQ_POWER_OF_TEN_MAX)
        return LQ_ERR_RANGE;
    lq_u256_t v = lq_power_of_ten(plus - minus);
    lq_err_t err = lq_u256_mul_checked(&v, &v, &p->quote_sample);
    return err ? err : lq_u256_div_checked(out, &v, &p->base_sample);
}

/* ---- evaluating ---- */

/* The int256 of each node that was evaluated. */
typedef struct numbers {
    lq_i256_t at[LQ_PRICE_NODE_MAX];
} numbers_t;

static bool is_positive(const lq_i256_t *a)
{
    return !lq_i256_is_neg(a) && !lq_u256_is_zero(&a->bits);
}

static lq_price_verdict_t eval_feed(lq_i256_t *out, uint32_t feed, const lq_price_view_t *view)
{
    for (size_t i = 0; i < view->overlay_cnt; i++) {
        if (view->overlays[i].feed == feed) {
            *out = view->overlays[i].answer;
            return LQ_PRICE_OK;
        }
    }
    if (feed >= view->feed_cnt)
        return LQ_PRICE_ABSENT;
    const lq_feed_t *f = &view->feeds[feed];
    switch (f->mark) {
    case LQ_FEED_OK:
    case LQ_FEED_ZERO:
    case LQ_FEED_NEGATIVE:
        *out = f->answer;
        return LQ_PRICE_OK;
    case LQ_FEED_ABSENT:
        return LQ_PRICE_ABSENT;
    case LQ_FEED_SAME:
    case LQ_FEED_REREAD:
    case LQ_FEED_AGGREGATOR:
    case LQ_FEED_ROUND_BACK:
    case LQ_FEED_TIME_BACK:
    case LQ_FEED_TIME_AHEAD:
    case LQ_FEED_DECIMALS:
    case LQ_FEED_MALFORMED:
        break;
    }
    return LQ_PRICE_DOUBTFUL;
}

/* floor(A B 10^UP / 10^DOWN) of two positive numbers, each product an int256. */
static lq_price_verdict_t multiply(lq_i256_t *out, const lq_i256_t *a, const lq_i256_t *b,
                                   unsigned up, unsigned down)
{
    lq_i256_t v;
    if (lq_i256_mul_checked(&v, a, b) != LQ_OK)
        return LQ_PRICE_OVERFLOW;
    if (up > 0) {
        lq_i256_t factor = {lq_power_of_ten(up)};
        if (lq_i256_mul_checked(&v, &v, &factor) != LQ_OK)
            return LQ_PRICE_OVERFLOW;
    }
    lq_u256_t divisor = lq_power_of_ten(down);
    LQ_ASSERT(lq_u256_div_checked(&out->bits, &v.bits, &divisor) == LQ_OK);
    return LQ_PRICE_OK;
}

static lq_price_verdict_t eval_product(lq_i256_t *out, const lq_price_node_t *n,
                                       const numbers_t *numbers)
{
    const lq_i256_t *a = &numbers->at[n->u.product.a];
    const lq_i256_t *b = &numbers->at[n->u.product.b];
    if (!is_positive(a) || !is_positive(b)) {
        *out = lq_i256_from_i64(0);
        return LQ_PRICE_OK;
    }
    return multiply(out, a, b, n->u.product.up_decimals, n->u.product.down_decimals);
}

static lq_price_verdict_t eval_cap_ratio(lq_i256_t *out, const lq_price_node_t *n,
                                         const numbers_t *numbers, uint64_t now_sec)
{
    const lq_price_ratio_cap_t *cap = &n->u.cap_ratio.cap;
    const lq_i256_t *base = &numbers->at[n->u.cap_ratio.base];
    lq_i256_t ratio = numbers->at[n->u.cap_ratio.ratio];
    if (!is_positive(base) || !is_positive(&ratio)) {
        *out = lq_i256_from_i64(0);
        return LQ_PRICE_OK;
    }
    if (now_sec < cap->snapshot_sec)
        return LQ_PRICE_TOO_EARLY;
    /* 104 + 64 bits, then a sum: nothing overflows, and the maximum is an int256 */
    lq_u256_t max = lq_u256_from_halves(0, cap->max_growth_per_second_scaled);
    lq_u256_t elapsed_sec = lq_u256_from_u64(now_sec - cap->snapshot_sec);
    lq_u256_t scaling = lq_u256_from_u64(CAP_SCALING_FACTOR);
    lq_u256_t snapshot_ratio = lq_u256_from_halves(0, cap->snapshot_ratio);
    max = lq_u256_mul_wrap(&max, &elapsed_sec);
    LQ_ASSERT(lq_u256_div_checked(&max, &max, &scaling) == LQ_OK);
    max = lq_u256_add_wrap(&max, &snapshot_ratio);
    ratio.bits = lq_u256_min(&ratio.bits, &max);
    return multiply(out, base, &ratio, 0, cap->ratio_decimals);
}

static void eval_cap_stable(lq_i256_t *out, const lq_price_node_t *n, const numbers_t *numbers)
{
    const lq_i256_t *base = &numbers->at[n->u.cap_stable.base];
    const lq_i256_t *cap = &n->u.cap_stable.cap;
    if (lq_i256_lt(cap, base))
        *out = *cap;
    else if (!is_positive(base))
        *out = lq_i256_from_i64(0);
    else
        *out = *base;
}

/* *V = *V times the number of NODE, as Solidity multiplies uint256. */
static lq_price_verdict_t scale_by(lq_u256_t *v, uint8_t node, const numbers_t *numbers)
{
    if (node == LQ_PRICE_NO_NODE)
        return LQ_PRICE_OK;
    if (lq_i256_is_neg(&numbers->at[node]))
        return LQ_PRICE_NEGATIVE;
    if (lq_u256_mul_checked(v, v, &numbers->at[node].bits) != LQ_OK)
        return LQ_PRICE_OVERFLOW;
    return LQ_PRICE_OK;
}

static lq_price_verdict_t eval_morpho(lq_u256_t *out, const lq_price_morpho_t *m,
                                      const numbers_t *numbers)
{
    const uint8_t inputs[2][3] = {{m->base_vault, m->base_feed_1, m->base_feed_2},
                                  {m->quote_vault, m->quote_feed_1, m->quote_feed_2}};
    lq_u256_t brackets[2] = {ONE, ONE};
    for (size_t i = 0; i < 2; i++) {
        for (size_t k = 0; k < 3; k++) {
            lq_price_verdict_t verdict = scale_by(&brackets[i], inputs[i][k], numbers);
            if (verdict != LQ_PRICE_OK)
                return verdict;
        }
    }
    lq_err_t err = lq_u256_mul_div_down(out, &m->scale_factor, &brackets[0], &brackets[1]);
    if (err == LQ_ERR_DIV_ZERO)
        return LQ_PRICE_DIV_ZERO;
    return err ? LQ_PRICE_OVERFLOW : LQ_PRICE_OK;
}

static lq_price_verdict_t eval_node(lq_i256_t *out, const lq_price_node_t *n,
                                    const numbers_t *numbers, const lq_price_view_t *view)
{
    switch (n->op) {
    case LQ_PRICE_FEED:
        return eval_feed(out, n->u.feed, view);
    case LQ_PRICE_FIXED:
        *out = n->u.fixed;
        return LQ_PRICE_OK;
    case LQ_PRICE_PRODUCT:
        return eval_product(out, n, numbers);
    case LQ_PRICE_CAP_RATIO:
        return eval_cap_ratio(out, n, numbers, view->now_sec);
    case LQ_PRICE_CAP_STABLE:
        eval_cap_stable(out, n, numbers);
        return LQ_PRICE_OK;
    case LQ_PRICE_MORPHO:
        return eval_morpho(&out->bits, &n->u.morpho, numbers);
    }
    LQ_BUG("price node of kind %d", (int)n->op);
}

/* Whether the number of the last node N is a uint256. */
static bool is_unsigned(const lq_price_node_t *n, const lq_price_view_t *view)
{
    if (n->op == LQ_PRICE_FEED)
        return n->u.feed < view->feed_cnt && lq_feed_is_unsigned(&view->feeds[n->u.feed]);
    return n->op == LQ_PRICE_MORPHO;
}

lq_price_verdict_t lq_price_eval(lq_u256_t *value, const lq_price_t *price,
                                 const lq_price_view_t *view)
{
    LQ_ASSERT(price->node_cnt > 0 && price->node_cnt <= LQ_PRICE_NODE_MAX);
    numbers_t numbers;
    uint32_t last = price->node_cnt - 1;
    for (uint32_t i = 0; i <= last; i++) {
        lq_price_verdict_t verdict = eval_node(&numbers.at[i], &price->nodes[i], &numbers, view);
        if (LQ_UNLIKELY(verdict != LQ_PRICE_OK))
            return verdict;
    }
    const lq_i256_t *result = &numbers.at[last];
    if (lq_u256_is_zero(&result->bits) ||
        (lq_i256_is_neg(result) && !is_unsigned(&price->nodes[last], view)))
        return LQ_PRICE_NON_POSITIVE;
    *value = result->bits;
    return LQ_PRICE_OK;
}

/* ---- asking ---- */

size_t lq_price_feeds(uint32_t out[LQ_PRICE_NODE_MAX], const lq_price_t *price)
{
    size_t cnt = 0;
    for (uint32_t i = 0; i < price->node_cnt; i++) {
        if (price->nodes[i].op != LQ_PRICE_FEED)
            continue;
        size_t k = 0;
        while (k < cnt && out[k] != price->nodes[i].u.feed)
            k++;
        if (k == cnt)
            out[cnt++] = price->nodes[i].u.feed;
    }
    return cnt;
}

bool lq_price_moves_with_time(const lq_price_t *price)
{
    for (uint32_t i = 0; i < price->node_cnt; i++)
        if (price->nodes[i].op == LQ_PRICE_CAP_RATIO &&
            price->nodes[i].u.cap_ratio.cap.max_growth_per_second_scaled != 0)
            return true;
    return false;
}

const char *lq_price_verdict_str(lq_price_verdict_t verdict)
{
    switch (verdict) {
    case LQ_PRICE_OK:
        return "good";
    case LQ_PRICE_ABSENT:
        return "a feed has no answer";
    case LQ_PRICE_DOUBTFUL:
        return "a feed is marked";
    case LQ_PRICE_NON_POSITIVE:
        return "zero or negative";
    case LQ_PRICE_NEGATIVE:
        return "reverts on a negative answer";
    case LQ_PRICE_OVERFLOW:
        return "reverts on an overflow";
    case LQ_PRICE_DIV_ZERO:
        return "reverts on a quote of zero";
    case LQ_PRICE_TOO_EARLY:
        return "reverts before the snapshot of its cap";
    }
    return "unknown";
}
