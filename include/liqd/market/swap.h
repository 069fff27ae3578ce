#ifndef LIQD_MARKET_SWAP_H
#define LIQD_MARKET_SWAP_H

/* What turning one token into another costs: the question that sizing asks, and that venues answer.

   A swap goes along a route: one to LQ_SWAP_PATH_MAX paths at once, each through one pool or
   through two with a token in between, no pool twice. How much each path carries is the quote's
   affair. Along one route what comes out rises with what goes in, and ever more slowly, but for
   rounding and for the gas of ticks that are crossed; of several routes that is not so, hence who
   looks for the best size looks along each. Quotes are exact for the state that the venues have
   now, and what was moved; quoting commits nothing. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "liqd/base/compiler.h"
#include "liqd/base/err.h"
#include "liqd/codec/types.h"
#include "liqd/num/u256.h"

#define LQ_SWAP_PATH_MAX  3u
#define LQ_SWAP_HOP_MAX   2u
#define LQ_SWAP_LEG_MAX   6u /* all hops of all paths */
#define LQ_SWAP_ROUTE_MAX 16u

_Static_assert(LQ_SWAP_LEG_MAX == LQ_SWAP_PATH_MAX * LQ_SWAP_HOP_MAX, "no hop is left out");

/* One pool on the way, by the venues' number. */
typedef struct lq_swap_hop {
    uint32_t pool;
    bool zero_for_one; /* token0 goes in */
} lq_swap_hop_t;

typedef struct lq_swap_path {
    uint32_t hop_cnt; /* 1 to LQ_SWAP_HOP_MAX, in the order that tokens go */
    lq_swap_hop_t hops[LQ_SWAP_HOP_MAX];
} lq_swap_path_t;

typedef struct lq_swap_route {
    uint32_t path_cnt;
    lq_swap_path_t paths[LQ_SWAP_PATH_MAX];
    double spot; /* units out for a unit in, of the first: no amount gets more. To steer by */
} lq_swap_route_t;

/* What goes through one pool. */
typedef struct lq_swap_leg {
    lq_swap_hop_t hop;
    uint32_t path; /* of the route; legs of one path stand together, in the order of its hops */
    lq_u256_t amount_in;
    lq_u256_t amount_out;
} lq_swap_leg_t;

typedef struct lq_swap {
    lq_u256_t amount_in; /* the sum over the paths; the same below */
    lq_u256_t amount_out;
    uint32_t gas;     /* units that it takes, ticks crossed included */
    uint32_t leg_cnt; /* paths that carry nothing have none */
    lq_swap_leg_t legs[LQ_SWAP_LEG_MAX];
} lq_swap_t;

/* X(name, string): LQ_NO_ROUTE_<name>: why there is no route, from the nearest miss down. */
#define LQ_NO_ROUTE_TABLE(X)                                     \
    X(NONE, "there is one")                                      \
    X(NO_DEPTH, "no pool has so much depth")                     \
    X(NO_LENDER, "nobody lends so much of the debt token")       \
    X(EMPTY, "the pool has no liquidity")                        \
    X(DOUBTFUL, "the pool did not match the chain")              \
    X(UNREAD, "the pool is not read yet")                        \
    X(FULL, "the pool has more ticks than there is room for")    \
    X(UNINITIALIZED, "the pool has no price")                    \
    X(FEE_TIER, "the factory does not know the pool's fee")      \
    X(TOKEN_ORDER, "the pool's tokens stand in the wrong order") \
    X(NOT_OF_FACTORY, "the pool is none of its factory's")       \
    X(NO_CONTRACT, "there is no such pool")                      \
    X(NO_POOL, "no pool joins the tokens")

typedef enum lq_no_route {
#define LQ_NO_ROUTE_ENUM(name, string) LQ_NO_ROUTE_##name,
    LQ_NO_ROUTE_TABLE(LQ_NO_ROUTE_ENUM)
#undef LQ_NO_ROUTE_ENUM
    LQ_NO_ROUTE_CNT
} lq_no_route_t;

/* lq_no_route_str returns its string; static. */
const char *lq_no_route_str(lq_no_route_t why);

/* The questions. */
typedef struct lq_swaps {
    void *ctx;

    /* routes: writes the routes from TOKEN_IN to TOKEN_OUT that may be worth taking, in falling
       order of spot, those of one path first, and returns how many there are, at most
       LQ_SWAP_ROUTE_MAX. A route of several paths comes behind each of its paths alone. Where there
       is none *WHY says why not; it is left alone otherwise. */
    size_t (*routes)(void *ctx, lq_swap_route_t out[LQ_SWAP_ROUTE_MAX], lq_no_route_t *why,
                     const lq_address_t *token_in, const lq_address_t *token_out);

    /* given_in, given_out: set *OUT to the swap of AMOUNT, above 0, along ROUTE, the parts of its
       paths chosen so that it gets the most, or pays the least. LQ_ERR_RANGE: there is not so much
       depth, or a pool of it is no more usable; *OUT is then unchanged. */
    lq_err_t (*given_in)(void *ctx, lq_swap_t *out, const lq_swap_route_t *route,
                         const lq_u256_t *amount_in);
    lq_err_t (*given_out)(void *ctx, lq_swap_t *out, const lq_swap_route_t *route,
                          const lq_u256_t *amount_out);

    /* move: from now on all that goes through a pool in the same direction is answered as if SWAP,
       quoted here, had been done, pool by pool what comes out of it; back: as if none had. What
       goes the other way would get more behind it, and must not count on it: it may come first, or
       never. To be taken back before the venues change. */
    void (*move)(void *ctx, const lq_swap_t *swap);
    void (*back)(void *ctx);
} lq_swaps_t;

/* lq_swaps_none knows no venue: there is no route to anywhere, and nothing to move. */
extern const lq_swaps_t lq_swaps_none;

#endif
