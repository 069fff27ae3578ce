#ifndef LIQD_MARKET_SWAP_H
#define LIQD_MARKET_SWAP_H

/* What turning one token into another costs: the question that sizing asks, and that venues answer.

   For one pair of tokens what comes out rises with what goes in, and ever more slowly. Quotes are
   exact for the state that the venues have now; quoting commits nothing. */

#include <stddef.h>
#include <stdint.h>

#include "liqd/base/compiler.h"
#include "liqd/base/err.h"
#include "liqd/codec/types.h"
#include "liqd/num/u256.h"

/* Pools that one swap can go through. */
#define LQ_SWAP_POOL_MAX 8u

typedef struct lq_swap {
    lq_u256_t amount_in;
    lq_u256_t amount_out;
    uint32_t gas; /* units, approvals included */
    uint32_t pool_cnt;
    uint32_t pools[LQ_SWAP_POOL_MAX]; /* the venues' numbers: two swaps that share one move each
                                         other */
} lq_swap_t;

/* Each sets *OUT to the best route. LQ_ERR_NOT_FOUND: no venue has both tokens; LQ_ERR_RANGE: there
   is not so much depth. */
typedef struct lq_swaps {
    void *ctx;
    lq_err_t (*given_in)(void *ctx, lq_swap_t *out, const lq_address_t *token_in,
                         const lq_address_t *token_out, const lq_u256_t *amount_in);
    lq_err_t (*given_out)(void *ctx, lq_swap_t *out, const lq_address_t *token_in,
                          const lq_address_t *token_out, const lq_u256_t *amount_out);
} lq_swaps_t;

/* lq_swaps_none knows no venue: there is no route to anywhere. */
extern const lq_swaps_t lq_swaps_none;

#endif
