#ifndef ROUTES_WORLD_H
#define ROUTES_WORLD_H

/* A table of pools with routes over it, and the laws of what goes along them. Include
   market/routes_internal.h first. */

#include <string.h>

#include "liqd/base/err.h"

enum {
    POOLS_POOL_MAX = 1024,
    POOLS_TICK_MAX = 1 << 15,
    POOLS_TOKEN_MAX = 256
};

typedef struct pools {
    lq_arena_t arena;
    lq_venue_pool_t pools[POOLS_POOL_MAX];
    lq_v3_tick_t ticks[POOLS_TICK_MAX];
    uint32_t pool_cnt;
    uint32_t tick_cnt;
    lq_routes_t *routes;
    lq_swaps_t swaps;
} pools_t;

typedef struct pools_position {
    int32_t lower;
    int32_t upper; /* above it */
    lq_u128_t liquidity;
} pools_position_t;

/* Token N; rising with N. */
static inline lq_address_t pools_token(uint32_t n)
{
    return (lq_address_t){{[0] = 1, [18] = (uint8_t)(n >> 8), [19] = (uint8_t)n}};
}

static inline lq_venue_pool_t *pools_pool(pools_t *w, uint32_t token0, uint32_t token1,
                                          uint32_t fee_pips)
{
    LQ_ASSERT(w->pool_cnt < POOLS_POOL_MAX);
    lq_venue_pool_t *pool = &w->pools[w->pool_cnt++];
    memset(pool, 0, sizeof(*pool));
    pool->tokens[0] = pools_token(token0);
    pool->tokens[1] = pools_token(token1);
    pool->fee_pips = fee_pips;
    return pool;
}

static inline void pools_v2(pools_t *w, uint32_t token0, uint32_t token1, uint32_t fee_pips,
                            lq_u256_t reserve0, lq_u256_t reserve1)
{
    lq_venue_pool_t *pool = pools_pool(w, token0, token1, fee_pips);
    pool->config.kind = LQ_VENUE_UNISWAP_V2;
    pool->reserves[0] = reserve0;
    pool->reserves[1] = reserve1;
}

/* Adds NET to the tick of the pool that is made, in order. */
static inline void pools_tick(pools_t *w, lq_v3_pool_t *v3, uint32_t *lowest, int32_t tick,
                              lq_i128_t net, lq_u128_t gross)
{
    uint32_t below = LQ_V3_NONE;
    uint32_t above = *lowest;
    while (above != LQ_V3_NONE && w->ticks[above].tick < tick) {
        below = above;
        above = w->ticks[above].above;
    }
    uint32_t row = above;
    if (above == LQ_V3_NONE || w->ticks[above].tick != tick) {
        LQ_ASSERT(w->tick_cnt < POOLS_TICK_MAX);
        row = w->tick_cnt++;
        w->ticks[row] =
            (lq_v3_tick_t){.tick = tick, .pool = w->pool_cnt - 1, .below = below, .above = above};
        LQ_ASSERT(lq_v3_sqrt_at_tick(&w->ticks[row].sqrt, tick) == LQ_OK);
        *(below == LQ_V3_NONE ? lowest : &w->ticks[below].above) = row;
        if (above != LQ_V3_NONE)
            w->ticks[above].below = row;
    }
    w->ticks[row].net += net;
    w->ticks[row].gross += gross;
    v3->below = LQ_V3_NONE;
    v3->above = *lowest;
    while (v3->above != LQ_V3_NONE && w->ticks[v3->above].tick <= v3->tick) {
        v3->below = v3->above;
        v3->above = w->ticks[v3->above].above;
    }
}

static inline void pools_v3(pools_t *w, uint32_t token0, uint32_t token1, uint32_t fee_pips,
                            int32_t spacing, const lq_u256_t *sqrt,
                            const pools_position_t *positions, size_t cnt)
{
    lq_venue_pool_t *pool = pools_pool(w, token0, token1, fee_pips);
    uint32_t lowest = LQ_V3_NONE;
    pool->config.kind = LQ_VENUE_UNISWAP_V3;
    pool->v3 = (lq_v3_pool_t){.sqrt = *sqrt,
                              .spacing = spacing,
                              .fee_pips = fee_pips,
                              .below = LQ_V3_NONE,
                              .above = LQ_V3_NONE};
    LQ_ASSERT(lq_v3_tick_at_sqrt(&pool->v3.tick, sqrt) == LQ_OK);
    for (size_t i = 0; i < cnt; i++) {
        const pools_position_t *p = &positions[i];
        pools_tick(w, &pool->v3, &lowest, p->lower, (lq_i128_t)p->liquidity, p->liquidity);
        pools_tick(w, &pool->v3, &lowest, p->upper, -(lq_i128_t)p->liquidity, p->liquidity);
        if (p->lower <= pool->v3.tick && pool->v3.tick < p->upper)
            pool->v3.liquidity += p->liquidity;
    }
}

static inline void pools_init(pools_t *w)
{
    w->pool_cnt = 0;
    w->tick_cnt = 0;
    LQ_ASSERT(!lq_arena_init(&w->arena, lq_routes_arena_sz(POOLS_POOL_MAX)));
}

/* Makes the routes over the pools that there are. */
static inline void pools_open(pools_t *w, uint64_t seed)
{
    lq_routes_view_t view = {w->pools, sizeof(w->pools[0]), w->pool_cnt, w->ticks, NULL, NULL};
    lq_arena_reset(&w->arena);
    LQ_ASSERT(!lq_routes_new(&w->routes, &w->arena, &view, seed));
    w->swaps = lq_routes_swaps(w->routes);
}

static inline lq_err_t pools_quote(pools_t *w, lq_swap_t *out, const lq_swap_route_t *route,
                                   const lq_u256_t *amount, bool exact_out)
{
    return exact_out ? w->swaps.given_out(w->swaps.ctx, out, route, amount)
                     : w->swaps.given_in(w->swaps.ctx, out, route, amount);
}

static inline void pools_check_leg(const pools_t *w, const lq_swap_leg_t *leg, bool exact_out)
{
    const lq_venue_pool_t *pool = &w->pools[leg->hop.pool];
    bool down = leg->hop.zero_for_one;
    if (pool->config.kind == LQ_VENUE_UNISWAP_V2) {
        lq_u256_t got;
        LQ_ASSERT(!(exact_out ? lq_v2_given_out(&got, &pool->reserves[!down], &pool->reserves[down],
                                                pool->fee_pips, &leg->amount_out)
                              : lq_v2_given_in(&got, &pool->reserves[!down], &pool->reserves[down],
                                               pool->fee_pips, &leg->amount_in)));
        LQ_ASSERT(lq_u256_eq(&got, exact_out ? &leg->amount_in : &leg->amount_out));
        return;
    }
    lq_v3_quote_t q;
    LQ_ASSERT(!(exact_out ? lq_v3_given_out(&q, &pool->v3, w->ticks, down, &leg->amount_out)
                          : lq_v3_given_in(&q, &pool->v3, w->ticks, down, &leg->amount_in)));
    LQ_ASSERT(lq_u256_eq(&q.amount_in, &leg->amount_in));
    LQ_ASSERT(lq_u256_eq(&q.amount_out, &leg->amount_out));
}

/* SWAP of AMOUNT along ROUTE: legs in order, each what its pool says, their sums the totals, and no
   better than the spot. */
static inline void pools_check_swap(const pools_t *w, const lq_swap_t *swap,
                                    const lq_swap_route_t *route, const lq_u256_t *amount,
                                    bool exact_out)
{
    lq_u256_t in = {{0}};
    lq_u256_t out = {{0}};
    uint32_t at = 0;
    for (uint32_t i = 0; i < route->path_cnt; i++) {
        const lq_swap_path_t *path = &route->paths[i];
        if (at == swap->leg_cnt || swap->legs[at].path != i)
            continue;
        in = lq_u256_add_wrap(&in, &swap->legs[at].amount_in);
        for (uint32_t j = 0; j < path->hop_cnt; j++, at++) {
            const lq_swap_leg_t *leg = &swap->legs[at];
            LQ_ASSERT(at < swap->leg_cnt && leg->path == i);
            LQ_ASSERT(leg->hop.pool == path->hops[j].pool);
            LQ_ASSERT(leg->hop.zero_for_one == path->hops[j].zero_for_one);
            LQ_ASSERT(!j || lq_u256_eq(&leg->amount_in, &leg[-1].amount_out));
            pools_check_leg(w, leg, exact_out);
        }
        out = lq_u256_add_wrap(&out, &swap->legs[at - 1].amount_out);
    }
    LQ_ASSERT(at && at == swap->leg_cnt && swap->gas >= 21000 * at);
    LQ_ASSERT(lq_u256_eq(&in, &swap->amount_in) && lq_u256_eq(&out, &swap->amount_out));
    LQ_ASSERT(lq_u256_eq(exact_out ? &out : &in, amount));
    LQ_ASSERT(lq_u256_to_double(&out) <= lq_u256_to_double(&in) * route->spot);
}

static inline bool pools_same_path(const lq_swap_path_t *a, const lq_swap_path_t *b)
{
    bool same = a->hop_cnt == b->hop_cnt;
    for (uint32_t i = 0; same && i < a->hop_cnt; i++)
        same = a->hops[i].pool == b->hops[i].pool &&
               a->hops[i].zero_for_one == b->hops[i].zero_for_one;
    return same;
}

/* The order of routes, their pools once each and from one token to the other. */
static inline void pools_check_routes(const pools_t *w, const lq_swap_route_t *routes, size_t cnt,
                                      const lq_address_t *in, const lq_address_t *to)
{
    LQ_ASSERT(cnt <= LQ_SWAP_ROUTE_MAX);
    for (size_t i = 0; i < cnt; i++) {
        const lq_swap_route_t *r = &routes[i];
        uint32_t pools[LQ_SWAP_LEG_MAX];
        uint32_t pool_cnt = 0;
        LQ_ASSERT(r->path_cnt >= 1 && r->path_cnt <= LQ_SWAP_PATH_MAX && r->spot > 0);
        if (i && (routes[i - 1].path_cnt == 1) == (r->path_cnt == 1))
            LQ_ASSERT(routes[i - 1].spot >= r->spot);
        LQ_ASSERT(!i || r->path_cnt > 1 || routes[i - 1].path_cnt == 1);
        for (uint32_t p = 0; p < r->path_cnt; p++) {
            lq_address_t token = *in;
            for (uint32_t h = 0; h < r->paths[p].hop_cnt; h++) {
                const lq_swap_hop_t *hop = &r->paths[p].hops[h];
                const lq_venue_pool_t *pool = &w->pools[hop->pool];
                LQ_ASSERT(pool->status == LQ_NO_ROUTE_NONE);
                LQ_ASSERT(!memcmp(&pool->tokens[!hop->zero_for_one], &token, sizeof(token)));
                token = pool->tokens[hop->zero_for_one];
                for (uint32_t k = 0; k < pool_cnt; k++)
                    LQ_ASSERT(pools[k] != hop->pool);
                pools[pool_cnt++] = hop->pool;
            }
            LQ_ASSERT(!memcmp(&token, to, sizeof(token)));
            size_t alone = 0; /* the same path alone stands before */
            while (alone < i && (routes[alone].path_cnt > 1 ||
                                 !pools_same_path(&routes[alone].paths[0], &r->paths[p])))
                alone++;
            LQ_ASSERT(r->path_cnt == 1 || alone < i);
        }
    }
}

/* QUOTE of several paths, or ERR, is not worse than those of each alone. */
static inline void pools_check_best(pools_t *w, const lq_swap_t *quote, lq_err_t err,
                                    const lq_swap_route_t *route, const lq_u256_t *amount,
                                    bool exact_out)
{
    for (uint32_t i = 0; i < route->path_cnt; i++) {
        lq_swap_route_t single = {.path_cnt = 1, .spot = route->spot};
        lq_swap_t alone;
        single.paths[0] = route->paths[i];
        if (pools_quote(w, &alone, &single, amount, exact_out))
            continue;
        LQ_ASSERT(!err);
        LQ_ASSERT(!lq_u256_lt(&quote->amount_out, &alone.amount_out));
        LQ_ASSERT(!lq_u256_lt(&alone.amount_in, &quote->amount_in));
    }
}

#endif
