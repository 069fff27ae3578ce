#ifndef LIQD_BOOK_TRIGGER_INTERNAL_H
#define LIQD_BOOK_TRIGGER_INTERNAL_H

/* The searches behind lq_book_triggers and lq_book_time_to_liquidation, over whatever tells how an
   account stands at an answer or at a time.

   Health as a function of one feed's answer x is a quotient of two sums, of terms in x and of
   constants; where all terms stay what they are that is monotone. A cap turns a term in x into a
   constant at one answer. Between two such answers, the stops, health is monotone but for rounding,
   so that an account that is not liquidatable at either is not in between. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "liqd/book/book.h"
#include "liqd/market/price.h"
#include "liqd/num/u256.h"

/* How the account stands at ANSWER. */
typedef lq_health_verdict_t lq_trigger_ask_t(void *ctx, const lq_u256_t *answer);

typedef struct lq_trigger_search {
    lq_trigger_ask_t *ask;
    void *ctx;
    lq_u256_t present;      /* below 2^255 and above 0; safe there */
    const lq_u256_t *stops; /* ascending */
    size_t stop_cnt;
} lq_trigger_search_t;

/* lq_trigger_search returns BELOW, ABOVE or NEVER, with *ANSWER in the first two: the boundary
   nearest to the present answer, below it if there is one. Goes down to 1 and up to 2^64 times the
   present answer, at most 2^255 - 1. */
lq_trigger_kind_t lq_trigger_search(lq_u256_t *answer, const lq_trigger_search_t *s);

/* lq_trigger_stops adds to the CNT ascending STOPS the answers of FEED at which a cap in PRICE
   begins to hold at NOW_SEC, where it is the feed itself that is capped, and returns how many there
   are, at most MAX. */
size_t lq_trigger_stops(lq_u256_t *stops, size_t cnt, size_t max, const lq_price_t *price,
                        uint32_t feed, uint64_t now_sec);

/* Whether the account can be liquidated in AFTER_SEC. */
typedef bool lq_trigger_when_t(void *ctx, uint64_t after_sec);

/* The horizon is looked at in as many steps. */
#define LQ_TRIGGER_STEP_CNT 1024u

/* lq_trigger_time returns the first AFTER_SEC up to HORIZON_SEC that WHEN holds for, if it holds
   from then on or for a step at least; else one for which it holds and for the second before it
   does not, or UINT64_MAX. */
uint64_t lq_trigger_time(lq_trigger_when_t *when, void *ctx, uint64_t horizon_sec);

#endif
