#ifndef MARKET_TEST_H
#define MARKET_TEST_H

/* What the tests of market share: num's operands and oracle, and feeds at hand. */

#include "../num/num_test.h"

#include "liqd/market/price.h"

static inline lq_address_t address_of(uint8_t last)
{
    return (lq_address_t){{[19] = last}};
}

static inline lq_i256_t i256_of(const char *text)
{
    return (lq_i256_t){u256_of(text)};
}

/* A feed with ANSWER, good or not, as a read left it. */
static inline lq_feed_t feed_of(const lq_i256_t *answer)
{
    lq_address_t proxy = address_of(1);
    lq_feed_t feed = lq_feed_init_chainlink(&proxy, false, 8, 3600, 50);
    lq_feed_update_t u = {.answer = *answer, .round = 1, .updated_sec = 1};
    (void)lq_feed_apply_log(&feed, &u, 1);
    return feed;
}

#endif
