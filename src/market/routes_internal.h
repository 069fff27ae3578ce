#ifndef LIQD_MARKET_ROUTES_INTERNAL_H
#define LIQD_MARKET_ROUTES_INTERNAL_H

/* Which routes join two tokens, and what goes along one: the questions of swap.h over a table of
   pools that somebody else keeps.

   What is moved stands in copies beside the pools until it is taken back, one of each direction:
   whoever goes the other way finds the pool as it is.

   What is kept here is an index of the pools by their tokens. It is no state: it is made again when
   it is asked the next time after lq_routes_stale, or where tokens were written another number of
   times: a reorg may take back what a pool said of its tokens since it was known. */

#include "liqd/base/arena.h"
#include "liqd/market/swap.h"
#include "liqd/market/venues.h"

/* Opaque. */
typedef struct lq_routes lq_routes_t;

/* The pools and their ticks; they never move and outlive the routes. */
typedef struct lq_routes_view {
    const lq_venue_pool_t *pools; /* the first */
    size_t stride_sz;             /* bytes from one to the next */
    size_t pool_cnt;              /* at most LQ_VENUES_POOL_MAX */
    const lq_v3_tick_t *ticks;
    const uint32_t *written_cnt;   /* state: how often tokens were written; NULL: never again */
    const lq_venue_pool_t **moved; /* by pool and direction, what it is behind what was moved, or
                                      NULL; NULL: nothing can be moved */
} lq_routes_view_t;

static inline const lq_venue_pool_t *lq_routes_pool(const lq_routes_view_t *view, uint32_t pool)
{
    const char *first = (const char *)view->pools;
    return (const lq_venue_pool_t *)(const void *)(first + pool * view->stride_sz);
}

/* Where HOP's copy stands. */
static inline size_t lq_routes_moved_at(const lq_swap_hop_t *hop)
{
    return 2 * (size_t)hop->pool + hop->zero_for_one;
}

/* The pool as HOP finds it. */
static inline const lq_venue_pool_t *lq_routes_pool_of(const lq_routes_view_t *view,
                                                       const lq_swap_hop_t *hop)
{
    const lq_venue_pool_t *moved = view->moved ? view->moved[lq_routes_moved_at(hop)] : NULL;
    return moved ? moved : lq_routes_pool(view, hop->pool);
}

/* ---- routes.c ---- */

size_t lq_routes_arena_sz(size_t pool_cnt);

/* lq_routes_new makes *ROUTES in ARENA. LQ_ERR_NOMEM. */
LQ_MUST_USE lq_err_t lq_routes_new(lq_routes_t **routes, lq_arena_t *arena,
                                   const lq_routes_view_t *view, uint64_t seed);

/* lq_routes_stale: the tokens of a pool were written. */
void lq_routes_stale(lq_routes_t *routes);

/* lq_routes_price returns units out for a unit in through HOP, its fee taken off, of the first: 0
   where its pool is not usable. Within 2^-48 of it. */
double lq_routes_price(const lq_routes_view_t *view, const lq_swap_hop_t *hop);

/* lq_routes_swaps returns the questions of swap.h about ROUTES. */
lq_swaps_t lq_routes_swaps(lq_routes_t *routes);

/* ---- routes_quote.c ---- */

/* lq_routes_quote sets *OUT to the swap of AMOUNT in, or out, along ROUTE: given_in and given_out
   of swap.h. */
LQ_MUST_USE lq_err_t lq_routes_quote(const lq_routes_view_t *view, lq_swap_t *out,
                                     const lq_swap_route_t *route, const lq_u256_t *amount,
                                     bool exact_out);

/* lq_routes_move makes POOL, a copy of that of LEG, what it is behind LEG; what is not there cannot
   be taken. */
void lq_routes_move(const lq_routes_view_t *view, lq_venue_pool_t *pool, const lq_swap_leg_t *leg);

/* ---- routes_split.c ---- */

/* How an amount is best parted, in real numbers: exact to about 2^-40 of the amount, and by
   rounding. */
typedef struct lq_routes_split {
    double in[LQ_SWAP_PATH_MAX];  /* what each path takes */
    double out[LQ_SWAP_PATH_MAX]; /* and gives */
    double price;                 /* units out for a unit in of one more unit: on each path that
                                     carries anything, and no path has a better one */
    uint32_t rest;                /* the path that takes what rounding leaves */
} lq_routes_split_t;

/* lq_routes_part sets *OUT to the parts of AMOUNT in, or out, along ROUTE, whose pools are usable.
   LQ_ERR_RANGE: there is not so much depth; *OUT is then what there is.
   Cost: about 0.1 us, and 0.05 us for each tick crossed. */
LQ_MUST_USE lq_err_t lq_routes_part(const lq_routes_view_t *view, lq_routes_split_t *out,
                                    const lq_swap_route_t *route, double amount, bool exact_out);

#endif
