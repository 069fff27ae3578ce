#ifndef PRICE_RIG_H
#define PRICE_RIG_H

/* Prices of each kind over feeds 0 and up, and their evaluation. */

#include "market_test.h"

enum {
    FEED_MAX = 8,
    NOW_SEC = 1700000000,
};

static inline lq_price_verdict_t eval_at(lq_u256_t *value, const lq_price_t *price,
                                         const lq_feed_t *feeds, uint64_t now_sec)
{
    lq_price_view_t view = {.feeds = feeds, .feed_cnt = FEED_MAX, .now_sec = now_sec};
    *value = UNTOUCHED;
    lq_price_verdict_t verdict = lq_price_eval(value, price, &view);
    if (verdict != LQ_PRICE_OK)
        assert_u256_equal(*value, UNTOUCHED);
    return verdict;
}

static inline lq_price_t plain(uint32_t feed)
{
    lq_price_t p = {0};
    assert_ok(lq_price_add_feed(&p, NULL, feed));
    return p;
}

static inline lq_price_t product(uint8_t up, uint8_t down)
{
    lq_price_t p = plain(0);
    assert_ok(lq_price_add_feed(&p, NULL, 1));
    assert_ok(lq_price_add_product(&p, NULL, 0, 1, up, down));
    return p;
}

static inline lq_price_t ratio_capped(const lq_price_ratio_cap_t *cap)
{
    lq_price_t p = plain(0);
    assert_ok(lq_price_add_feed(&p, NULL, 1));
    assert_ok(lq_price_add_cap_ratio(&p, NULL, 0, 1, cap));
    return p;
}

static inline lq_price_t stable_capped(const lq_i256_t *cap)
{
    lq_price_t p = plain(0);
    assert_ok(lq_price_add_cap_stable(&p, NULL, 0, cap));
    return p;
}

/* Feeds 0 to 5 in the order of the inputs; those whose bit of MISSING is set are not there. */
static inline lq_price_t morpho_of(const lq_u256_t *scale_factor, unsigned missing)
{
    lq_price_t p = {0};
    uint8_t in[6];
    for (uint32_t i = 0; i < 6; i++) {
        in[i] = LQ_PRICE_NO_NODE;
        if (!(missing >> i & 1))
            assert_ok(lq_price_add_feed(&p, &in[i], i));
    }
    lq_price_morpho_t morpho = {*scale_factor, in[0], in[1], in[2], in[3], in[4], in[5]};
    assert_ok(lq_price_add_morpho(&p, NULL, &morpho));
    return p;
}

#endif
