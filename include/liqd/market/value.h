#ifndef LIQD_MARKET_VALUE_H
#define LIQD_MARKET_VALUE_H

/* Our own price of an asset: what it is worth, as against price.h, which is what a protocol thinks
   and decides health. Several sources, one verdict; what is not LQ_VALUE_FRESH earns nothing. */

#include "liqd/num/u256.h"

/* Values are wads: 1e18 is one unit of account for one whole token. */
#define LQ_VALUE_DECIMALS 18

/* LQ_VALUE_SOURCE_MAX sources of one asset. */
#define LQ_VALUE_SOURCE_MAX 16

typedef struct lq_value_source {
    lq_u256_t price;        /* 0: none */
    uint64_t updated_sec;   /* when it was true */
    uint32_t heartbeat_sec; /* it is renewed at least so often; 0: it is as old as it is, and has
                               only the grace */
    uint8_t decimals;       /* of price; at most 77 */
} lq_value_source_t;

typedef struct lq_value_limits {
    uint32_t grace_sec;     /* beyond the heartbeat, and for clocks that run ahead */
    uint32_t deviation_bps; /* from the median: farther is an outlier */
} lq_value_limits_t;

typedef enum lq_value_verdict {
    LQ_VALUE_FRESH,     /* more than half of the fresh sources lie within the deviation */
    LQ_VALUE_DEVIATING, /* fresh sources disagree: no majority around the median */
    LQ_VALUE_STALE,     /* no source is fresh; the median of the old ones is given */
    LQ_VALUE_NONE,      /* no source has a price */
} lq_value_verdict_t;

typedef struct lq_value {
    lq_u256_t price_wad;  /* of an even number of sources the lower of the two in the middle: a
                             price that somebody gave */
    uint64_t updated_sec; /* of the oldest of those that count: all of what was said is so new */
    uint32_t spread_bps;  /* of the farthest that counts from the median, rounded up; UINT32_MAX
                             and beyond: that */
    uint32_t source_cnt;  /* that count: the fresh ones, or, where there are none, the stale */
    uint32_t outlier_cnt; /* of those */
} lq_value_t;

/* lq_value_aggregate sets *OUT from the SOURCE_CNT sources and returns the verdict; *OUT is
   unchanged for LQ_VALUE_NONE. A source is fresh until updated_sec + heartbeat_sec + grace_sec
   inclusive. One without a price, of more than 77 decimals, whose price overflows as a wad or is
   none in it, or from more than grace_sec after NOW_SEC does not count at all. At most
   LQ_VALUE_SOURCE_MAX sources (LQ_BUG above). */
lq_value_verdict_t lq_value_aggregate(lq_value_t *out, const lq_value_source_t *sources,
                                      size_t source_cnt, const lq_value_limits_t *limits,
                                      uint64_t now_sec);

/* How far a protocol's price is from ours. */
typedef struct lq_value_gap {
    int32_t gap_bps; /* ours above theirs, of theirs: truncated towards zero, clamped to the type */
    int64_t lag_sec; /* ours is newer by so much; clamped to the type */
} lq_value_gap_t;

/* lq_value_gap sets *OUT from two prices of one scale and their times. LQ_ERR_DIV_ZERO for a
   protocol's price of 0; *OUT is then unchanged. */
LQ_MUST_USE lq_err_t lq_value_gap(lq_value_gap_t *out, const lq_u256_t *protocol_price,
                                  uint64_t protocol_sec, const lq_u256_t *our_price,
                                  uint64_t our_sec);

/* lq_value_to_wad sets *OUT to PRICE of DECIMALS as a wad, rounded down. LQ_ERR_RANGE where it has
   no place in 256 bits, or for more than 77 decimals. */
LQ_MUST_USE lq_err_t lq_value_to_wad(lq_u256_t *out, const lq_u256_t *price, unsigned decimals);

/* lq_value_verdict_str returns the verdict as a person reads it, in lower case; static. */
const char *lq_value_verdict_str(lq_value_verdict_t verdict);

#endif
